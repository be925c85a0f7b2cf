"""Dose and outcome as figures: the curve with its band and the lesions, the ROC, control curves."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hevesy.report.evidence_marks import (
    BEST_CUT,
    BEYOND,
    CORRECTED,
    EXACT,
    NO_DISCRIMINATION,
    PUBLISHED,
    ROC,
    THRESHOLD,
)
from hevesy.report.figure_marks import Mark, Panel, bars, column
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    PAGE_WIDTH_MM,
    SKY,
    VERMILLION,
    log_ticks,
    new_figure,
    research_line,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_control", "draw_dose_response", "draw_roc"]

_LEGEND_WORDS, _TITLE_WORDS = 34, 62
_DASHED: Any = (0, (5, 1.6))
_DOTTED: Any = (0, (1.2, 1.4))


def draw_dose_response(panels: Sequence[Panel]) -> "Figure":
    """Draw lesions with their doses' uncertainty, the curve with its band, and the threshold.

    Lesions stand above 1 and below 0, shifted a little so that they don't hide each other.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_dose_response`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions
    >>> from hevesy.report.evidence_marks import mark_dose_response
    >>> from hevesy.report.style import drawing
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, responded=True)]
    >>> result = analyse_lesions(rows, rule=ThresholdRule(name="x"))
    >>> with drawing():
    ...     figure = draw_dose_response(mark_dose_response(result))
    >>> figure.axes[0].get_xlabel()
    'mean dose (Gy)'
    """
    panel = panels[0]
    figure = new_figure(PAGE_WIDTH_MM, 92)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    _lesions(axes, [one for one in panel.of("point") if one.series != THRESHOLD])
    for name in panel.series("band"):
        _band(axes, panel.of("band", name), SKY, 0.35, label=name)
    for name, colour, dash, width in ((CORRECTED, BLUE, "-", 1.8), (EXACT, GREY, _DASHED, 1.2)):
        line = panel.of("line", name)
        if line:
            _line(axes, line, color=colour, ls=dash, lw=width, label=name)
    _threshold(axes, panel)
    axes.set_ylim(-0.16, 1.16)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel(panel.x_is)
    axes.set_ylabel(panel.y_is)
    axes.set_title(textwrap.fill(panel.title, _TITLE_WORDS))
    log_ticks(axes)
    figure.legend(loc="outside right upper")
    research_line(figure)
    return figure


def _line(axes: "Axes", line: Sequence[Mark], **look: Any) -> None:
    axes.plot(column(line, "x"), column(line, "y"), **look)


def _band(
    axes: "Axes", marks: Sequence[Mark], colour: str, alpha: float, label: str | None = None
) -> None:
    axes.fill_between(
        column(marks, "x"), column(marks, "y_low"), column(marks, "y_high"), color=colour,
        alpha=alpha, lw=0, label=label and textwrap.fill(label, _LEGEND_WORDS),
    )  # fmt: skip


def _lesions(axes: "Axes", lesions: Sequence[Mark]) -> None:
    shift = np.random.default_rng(1).uniform(-0.055, 0.055, len(lesions))
    for outcome, colour, marker in ((1.0, BLUE, "o"), (0.0, VERMILLION, "s")):
        chosen = [i for i, one in enumerate(lesions) if one.y == outcome]
        if not chosen:
            continue
        own = [lesions[i] for i in chosen]
        axes.errorbar(
            column(own, "x"), (1.08 if outcome else -0.08) + shift[chosen], xerr=bars(own, "x"),
            fmt=marker, ms=3.4, color=colour, mfc="white", elinewidth=0.6, lw=0,
            label=textwrap.fill(own[0].series, _LEGEND_WORDS),
        )  # fmt: skip


def _threshold(axes: "Axes", panel: Panel) -> None:
    for one in panel.of("point", THRESHOLD):
        low, high = axes.get_xlim()
        left = low if one.x_low is None else one.x_low
        right = high if one.x_high is None else one.x_high
        levels = column([one, one], "y")
        axes.plot([left, right], levels, color=INK, lw=1.6, solid_capstyle="butt")
        axes.plot(column([one], "x"), levels[:1], "D", color=INK, ms=5,
                  label=textwrap.fill(f"{THRESHOLD}: {one.label}", _LEGEND_WORDS))  # fmt: skip
        for level in column(panel.of("rule"), "y"):
            axes.axhline(level, color=GREY, lw=0.6, ls=_DOTTED)
        axes.set_xlim(low, high)


def draw_roc(panels: Sequence[Panel]) -> "Figure":
    """Draw the ROC of dose for the outcome.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_roc`.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions
    >>> from hevesy.report.evidence_marks import mark_roc
    >>> from hevesy.report.style import drawing
    >>> rows = [LesionOutcome(subject=str(i), lesion="T", dose_gy=20.0 + i, responded=i % 5 > 2)
    ...         for i in range(20)]
    >>> rule = ThresholdRule(name="x", resamples=120)
    >>> with drawing():
    ...     draw_roc(mark_roc(analyse_lesions(rows, rule=rule))).axes[0].get_xlabel()
    '1 - specificity'
    """
    panel = panels[0]
    figure = new_figure(100, 100)
    axes = figure.add_subplot()
    _line(axes, panel.of("line", NO_DISCRIMINATION), color=GREY, lw=0.8, ls=_DOTTED)
    _line(axes, panel.of("line", ROC), color=BLUE, drawstyle="default", lw=1.6)
    best = panel.of("point", BEST_CUT)
    cuts = [one for one in panel.of("point") if one.series != BEST_CUT]
    axes.plot(column(cuts, "x"), column(cuts, "y"), ".", color=BLUE, ms=2.5)
    axes.plot(column(best, "x"), column(best, "y"), "D", color=VERMILLION, ms=5)
    axes.text(
        0.98, 0.03, "\n".join(one.label for one in panel.of("note")), ha="right", va="bottom",
        transform=axes.transAxes, fontsize=7,
    )  # fmt: skip
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.set_xlabel(panel.x_is)
    axes.set_ylabel(panel.y_is)
    axes.set_title(panel.title)
    research_line(figure)
    return figure


def draw_control(panels: Sequence[Panel]) -> "Figure":
    """Draw the fitted control curves with their bands, and published doses beside them.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_control`.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions, fit_further
    >>> from hevesy.report.evidence_marks import mark_control
    >>> from hevesy.report.style import drawing
    >>> rows = [LesionOutcome(subject=str(i), lesion="T", dose_gy=20.0 + i, responded=i % 5 > 2)
    ...         for i in range(20)]
    >>> rule = ThresholdRule(name="x", resamples=120)
    >>> marks = mark_control(analyse_lesions(rows, rule=rule), fit_further(rows, rule=rule))
    >>> with drawing():
    ...     figure = draw_control(marks)
    >>> figure.axes[0].get_ylabel()
    'share of lesions with response'
    """
    panel = panels[0]
    figure = new_figure(PAGE_WIDTH_MM, 92)
    axes = figure.add_subplot()
    looks = ((BLUE, "-", SKY), (VERMILLION, _DASHED, VERMILLION))
    names = panel.series("line")
    seen = [name for name in names if not name.endswith((BEYOND, EXACT))]
    for name, (colour, dash, fill) in zip(seen, looks, strict=False):
        kind = name.partition(":")[0]
        for band in panel.series("band"):
            if band.startswith(f"{kind}, "):
                _band(axes, panel.of("band", band), fill, 0.22)
        _line(axes, panel.of("line", name), color=colour, ls=dash, lw=1.8,
              label=textwrap.fill(name, _LEGEND_WORDS))  # fmt: skip
        plain = f"{kind}, {EXACT}"
        if plain in names:
            _line(axes, panel.of("line", plain), color=colour, ls=_DOTTED, lw=1.0, label=plain)
        _line(axes, panel.of("line", f"{kind}{BEYOND}"), color=colour, ls=dash, lw=0.7)
    dots: tuple[Any, ...] = (_DOTTED, (0, (3, 3)), (0, (8, 2)), (0, (6, 1.4, 1.2, 1.4)))
    rules = panel.of("rule")
    for one, at, dash in zip(rules, column(rules, "x"), dots, strict=True):
        words = [textwrap.fill(part, _LEGEND_WORDS, subsequent_indent="  ")
                 for part in f"{PUBLISHED} {one.label}".split("; ")]  # fmt: skip
        axes.axvline(at, color=GREY, lw=1.1, ls=dash, label="\n".join(words))
    axes.set_xlim(0, float(column(panel.of("line"), "x").max()))
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel(panel.x_is)
    research_line(figure, " ".join(one.label for one in panel.of("note")))
    axes.set_ylabel(panel.y_is)
    axes.set_title(panel.title)
    figure.legend(loc="outside right upper")
    return figure
