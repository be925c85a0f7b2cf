"""What a design would do, as figures: levels taken and treated; patients for a threshold."""

import io
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hevesy.errors import OutputError
from hevesy.evidence import DesignCheck, Operating
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    PAGE_WIDTH_MM,
    VERMILLION,
    drawing,
    new_figure,
    to_png,
    to_svg,
)
from hevesy.trial import clopper_pearson_percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "check_design_format",
    "draw_design_checks",
    "draw_operating",
    "render_design_figure",
]

_FORMATS = ("png", "pdf", "svg")
_WIDE = 1.96  # standard errors to either side: 95 %


def draw_operating(found: Operating, *, target_share: float | None = None) -> "Figure":
    """Draw how often each level is taken and how many are treated there, with 95 % intervals.

    Parameters
    ----------
    found : Operating
        The intervals are those of the number of simulated trials; none where it is exact.
    target_share : float or None
        The toxicity aimed at; drawn beside the supposed truth.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.evidence import three_plus_three
    >>> with drawing():
    ...     figure = draw_operating(three_plus_three([0.1, 0.3]))
    >>> figure.axes[1].get_ylabel()
    'patients on average'
    """
    figure = new_figure(PAGE_WIDTH_MM, 70)
    left, right = figure.subplots(1, 2, width_ratios=(len(found.selected) + 1, len(found.selected)))
    levels = range(len(found.selected))
    names = [f"{i + 1}\n{100 * truth:.3g} %" for i, truth in enumerate(found.toxicities)]
    left.bar(
        [*levels, len(found.selected)], [100 * v for v in (*found.selected, found.none_share)],
        color=[*([BLUE] * len(found.selected)), GREY], width=0.7,
    )  # fmt: skip
    right.bar(levels, found.patients, color=BLUE, width=0.7, label="treated")
    right.bar(levels, found.events, color=VERMILLION, width=0.35, label="with a toxicity")
    if found.trials:
        shares = [100 * _WIDE * v for v in (*found.selected_uncertainty, found.none_uncertainty)]
        _whiskers(left, [100 * v for v in (*found.selected, found.none_share)], shares)
        _whiskers(right, found.patients, [_WIDE * v for v in found.patients_uncertainty])
    left.set_xticks([*levels, len(found.selected)], [*names, "none\n"])
    right.set_xticks(levels, names)
    left.set_ylabel("trials that take the level (%)")
    right.set_ylabel("patients on average")
    for axes in (left, right):
        axes.set_xlabel("level, and its supposed probability of a toxicity")
    right.legend(loc="upper right", frameon=False)
    how = (
        f"{found.trials} trials, seed {found.seed}; whiskers: 95 % of the simulation"
        if found.trials
        else "exact"
    )
    aim = "" if target_share is None else f", target {100 * target_share:.3g} %"
    figure.suptitle(
        f"{found.design}{aim}: {found.mean_patients:.1f} patients on average ({how})", fontsize=8.5
    )
    return figure


def _whiskers(axes: "Axes", heights: Sequence[float], sizes: Sequence[float]) -> None:
    """No whisker below zero: nothing is less often than never."""
    below = [min(size, height) for size, height in zip(sizes, heights, strict=True)]
    axes.errorbar(
        range(len(heights)), heights, yerr=[below, list(sizes)], fmt="none", ecolor=INK,
        elinewidth=0.9, capsize=2,
    )  # fmt: skip


def draw_design_checks(
    tried: Sequence[DesignCheck], *, ratio: float, assurance_share: float
) -> "Figure":
    """Draw how often studies of so many patients give a narrow interval, and how often it covers.

    Parameters
    ----------
    tried : sequence of DesignCheck
    ratio : float
        Upper over lower limit that is narrow enough.
    assurance_share : float
        Share of studies that should be so narrow.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide, exact 95 % intervals; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> one = DesignCheck(patients=36, studies=100, not_fitted=0, no_rise=0, unbounded=1,
    ...     truth_gy=100.0, median_gy=99.0, bias_percent=-1.0, covered=94, median_ratio=1.8,
    ...     narrow=50)
    >>> with drawing():
    ...     figure = draw_design_checks([one], ratio=2.0, assurance_share=0.8)
    >>> figure.axes[0].get_ylabel()
    'studies (%)'
    """
    figure = new_figure(PAGE_WIDTH_MM, 75)
    axes = figure.add_subplot()
    ordered = sorted(tried, key=lambda one: one.patients)
    for label, colour, marker, shift, counts in (
        (f"interval with upper / lower at most {ratio:g}", BLUE, "o", -0.09,
         [(one.narrow, one.studies) for one in ordered]),
        ("interval that holds the true threshold, of those fitted", VERMILLION, "s", 0.09,
         [(one.covered, one.fitted) for one in ordered]),
    ):  # fmt: skip
        points = [(place + shift, k, n) for place, (k, n) in enumerate(counts) if n]
        shares = [100 * k / n for _, k, n in points]
        limits = [clopper_pearson_percent(k, n) for _, k, n in points]
        axes.errorbar(
            [x for x, _, _ in points], shares,
            yerr=[[s - low for s, (low, _) in zip(shares, limits, strict=True)],
                  [high - s for s, (_, high) in zip(shares, limits, strict=True)]],
            fmt=marker, color=colour, markersize=4, elinewidth=0.9, capsize=2, label=label,
        )  # fmt: skip
    axes.axhline(100 * assurance_share, color=INK, lw=0.9, ls=(0, (5, 2)))
    axes.text(1.0, 100 * assurance_share, f" {100 * assurance_share:g} %", ha="left", va="center",
              transform=axes.get_yaxis_transform(), fontsize=7.5)  # fmt: skip
    axes.set_xticks(range(len(ordered)), [str(one.patients) for one in ordered])
    axes.set_xlim(-0.6, len(ordered) - 0.4)
    axes.set_xlabel("patients (each number that was tried)")
    axes.set_ylabel("studies (%)")
    axes.set_ylim(-2, 102)
    axes.legend(loc="lower right", frameon=False)
    axes.set_title(
        f"true threshold {ordered[0].truth_gy:.0f} Gy; {ordered[0].studies} studies each, "
        "exact 95 % intervals", fontsize=8.5,
    )  # fmt: skip
    return figure


def check_design_format(file_format: str) -> None:
    """Refuse a format that can't be drawn, before anything is computed.

    Raises
    ------
    OutputError
        Neither png, pdf nor svg.

    Examples
    --------
    >>> check_design_format("svg")
    """
    if file_format not in _FORMATS:
        raise OutputError(
            "the figure's file name has an ending that is not known", got=file_format or "none",
            allowed=", ".join(f".{name}" for name in _FORMATS),
            remedy="name it, for example, design.png",
        )  # fmt: skip


def render_design_figure(draw: "Callable[[], Figure]", file_format: str) -> bytes:
    """Draw a figure and give its bytes.

    Parameters
    ----------
    draw : callable
        Draws it: `draw_operating` or `draw_design_checks` with what they take.
    file_format : str
        ``"png"`` (300 dpi), ``"pdf"`` or ``"svg"``.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from hevesy.evidence import three_plus_three
    >>> render_design_figure(lambda: draw_operating(three_plus_three([0.1, 0.3])), "svg")[:5]
    b'<?xml'
    """
    check_design_format(file_format)
    with drawing():
        figure = draw()
        if file_format == "png":
            return to_png(figure, dpi=300)
        if file_format == "svg":
            return to_svg(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", metadata={"CreationDate": None})
        return buffer.getvalue()
