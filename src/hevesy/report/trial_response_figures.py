"""Response as figures: waterfall and spider."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hevesy.report.figure_marks import Mark, Panel, column
from hevesy.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PAGE_WIDTH_MM,
    SKY,
    VERMILLION,
    new_figure,
)
from hevesy.trial.tables import DAYS_PER_MONTH
from hevesy.trial.tables.figures import SpiderLine, WaterfallBar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_spider", "draw_waterfall", "mark_spider", "mark_waterfall"]

_LOOKS: dict[
    str, tuple[str, str, Any]
] = {  # colour, hatch, dash: apart in colour, for the colour-blind, and in grey
    "CR": (GREEN, "xxxx", (0, (6, 1.4, 1.2, 1.4))),
    "PR": (BLUE, "", "-"),
    "SD": (ORANGE, "....", (0, (5, 1.6))),
    "non-CR/non-PD": (SKY, "++++", (0, (5, 1.6))),
    "PD": (VERMILLION, "////", (0, (1.2, 1.4))),
    "NE": (GREY, "", (0, (3, 3))),
}
_OTHER: tuple[str, str, Any] = (GREY, "", (0, (3, 3)))
_FEW = 60  # bars that can bear a hatch and a mark of their own
_MOST_NAMES = 40  # below the bars
_FLAT_PERCENT = 0.5  # a bar that can't be seen as one is drawn as a dash
_CONFIRMED = "confirmed"
_LIMITS = tuple(
    Mark(series="", kind="rule", y=percent, label=words)
    for percent, words in ((20, "+20 %"), (-30, "−30 %"), (0, ""))
)


def _thresholds(axes: "Axes", panel: Panel) -> None:
    for one in panel.of("rule"):
        if one.y:
            axes.axhline(one.y, color=INK, linewidth=0.7, linestyle=(0, (5, 2)))
            axes.annotate(one.label, (1.0, one.y), xycoords=("axes fraction", "data"),
                          fontsize=6.5, xytext=(2, 0), textcoords="offset points",
                          va="center")  # fmt: skip
        else:
            axes.axhline(0, color=GREY, linewidth=0.6)


def _legend(axes: "Axes", handles: Sequence[Any], columns: int) -> None:
    axes.legend(handles=list(handles), loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns,
                borderaxespad=0.2, columnspacing=1.2)  # fmt: skip


def mark_waterfall(panels: Sequence[tuple[str, Sequence[WaterfallBar]]]) -> tuple[Panel, ...]:
    """Give the best change of the targets' sum of each unit, a panel for each group of lesions.

    Parameters
    ----------
    panels : sequence of (str, sequence of WaterfallBar)
        Title, and bars from the largest change to the least.

    Returns
    -------
    tuple of Panel
        Thresholds at -30 and +20 % of the baseline among the marks; diameters have no recorded
        uncertainty.

    Examples
    --------
    >>> from fractions import Fraction
    >>> bar = WaterfallBar(unit=("inclusion", "I1"), change=Fraction(-40), best="PR",
    ...                    confirmed=True)
    >>> [(one.series, one.y) for one in mark_waterfall([("injected", [bar])])[0].of("bar")]
    [('PR', -40.0)]
    """
    made = []
    for title, bars in panels:
        marks = [
            Mark(series=bar.best, kind="bar", label=bar.unit[1], x=i, y=float(bar.change),
                 records=(bar.unit,))
            for i, bar in enumerate(bars)
        ] + [
            Mark(series=_CONFIRMED, kind="point", label=bar.unit[1], x=i, y=float(bar.change),
                 records=(bar.unit,))
            for i, bar in enumerate(bars) if bar.confirmed
        ]  # fmt: skip
        made.append(
            Panel(
                title=title, x_is=f"{title}: n = {len(bars)} with a measured change",
                y_is="best change of the sum (%)", marks=(*marks, *_LIMITS),
            )
        )  # fmt: skip
    return tuple(made)


def draw_waterfall(panels: Sequence[Panel]) -> "Figure":
    """Draw the bars.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_waterfall`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from hevesy.report.style import drawing
    >>> bar = WaterfallBar(unit=("inclusion", "I1"), change=Fraction(-40), best="PR",
    ...                    confirmed=True)
    >>> with drawing():
    ...     figure = draw_waterfall(mark_waterfall([("injected lesions", [bar])]))
    >>> figure.axes[0].get_ylabel()
    'best change of the sum (%)'
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figure = new_figure(PAGE_WIDTH_MM, 62.0 * len(panels))
    for axes, panel in zip(
        figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True
    ):
        bars = panel.of("bar")
        _draw_bars(axes, panel)
        _thresholds(axes, panel)
        axes.set_ylim(-112, max(30.0, *column(bars, "y")) * 1.12)
        axes.set_xlim(-0.8, len(bars) - 0.2)
        named = bars if len(bars) <= _MOST_NAMES else ()
        axes.set_xticks(column(named, "x"), [bar.label for bar in named], fontsize=5.5,
                        rotation=90 if len(named) > 12 else 0)  # fmt: skip
        axes.grid(visible=False, axis="x")
        axes.set_ylabel(panel.y_is)
        axes.set_xlabel(panel.x_is)
        found = [name for name in _LOOKS if panel.of("bar", name)]
        handles: list[Any] = [
            Patch(facecolor=_LOOKS[name][0], hatch=_LOOKS[name][1], edgecolor="white", label=name)
            for name in found
        ]
        if panel.of("point", _CONFIRMED):
            handles.append(Line2D([], [], marker="*", color=BLACK, linestyle="none",
                                  label=_CONFIRMED))  # fmt: skip
        _legend(axes, handles, 7)
    return figure


def _draw_bars(axes: "Axes", panel: Panel) -> None:
    """Bars by response, and stars; thousands of them as plain lines, which are drawn at once."""
    n = len(panel.of("bar"))
    few = n <= _FEW
    for name in panel.series("bar"):
        colour, hatch, _ = _LOOKS.get(name, _OTHER)
        own = panel.of("bar", name)
        places, heights = column(own, "x"), column(own, "y")
        if few:
            axes.bar(places, heights, width=0.8, color=colour, hatch=hatch, edgecolor="white",
                     linewidth=0.3)  # fmt: skip
        else:
            axes.vlines(places, 0, heights, color=colour, linewidth=400.0 / n)
        flat = places[np.abs(heights) < _FLAT_PERCENT]
        axes.plot(flat, np.zeros_like(flat), marker="_", color=colour, markersize=6 if few else 2,
                  linestyle="none")  # fmt: skip
    starred = panel.of("point", _CONFIRMED)
    heights = column(starred, "y")
    axes.plot(
        column(starred, "x"), heights + np.where(heights <= 0, -3.5, 3.5), marker="*",
        color=BLACK, markersize=5 if few else 2, linestyle="none",
    )  # fmt: skip


def mark_spider(panels: Sequence[tuple[str, Sequence[SpiderLine]]]) -> tuple[Panel, ...]:
    """Give each unit's sum over time, a panel for each group of lesions.

    Parameters
    ----------
    panels : sequence of (str, sequence of SpiderLine)

    Returns
    -------
    tuple of Panel

    Examples
    --------
    >>> from fractions import Fraction
    >>> line = SpiderLine(unit=("inclusion", "I1"), best="PR",
    ...                   points=((-3, Fraction(0)), (40, Fraction(-40))))
    >>> [one.y for one in mark_spider([("injected lesions", [line])])[0].of("line")]
    [0.0, -40.0]
    """
    made = []
    for title, lines in panels:
        marks = [
            Mark(series=line.best, kind="line", label=line.unit[1],
                 x=day / float(DAYS_PER_MONTH), y=float(change), records=(line.unit,))
            for line in lines for day, change in line.points
        ]  # fmt: skip
        made.append(
            Panel(
                title=f"{title}, n = {len(lines)}",
                x_is="time since the first administration (months)",
                y_is="change of the sum (%)", marks=(*marks, *_LIMITS),
            )
        )  # fmt: skip
    return tuple(made)


def draw_spider(panels: Sequence[Panel]) -> "Figure":
    """Draw the courses.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_spider`.

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from fractions import Fraction
    >>> from hevesy.report.style import drawing
    >>> line = SpiderLine(unit=("inclusion", "I1"), best="PR",
    ...                   points=((-3, Fraction(0)), (40, Fraction(-40))))
    >>> with drawing():
    ...     figure = draw_spider(mark_spider([("injected lesions", [line])]))
    >>> figure.axes[0].get_xlabel()
    'time since the first administration (months)'
    """
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    figure = new_figure(PAGE_WIDTH_MM, 62.0 * len(panels))
    for axes, panel in zip(
        figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True
    ):
        handles = []
        lines = panel.lines()
        for name in (*_LOOKS, "other"):
            own = [
                np.column_stack([column(line, "x"), column(line, "y")])
                for line in lines
                if (line[0].series if line[0].series in _LOOKS else "other") == name
            ]
            if not own:
                continue
            colour, _, dash = _LOOKS.get(name, _OTHER)
            axes.add_collection(
                LineCollection(own, colors=colour, linestyles=[dash],
                               linewidths=0.9 if len(lines) < 200 else 0.3)
            )  # fmt: skip
            if len(lines) < 200:
                axes.plot(*np.concatenate(own).T, color=colour, marker="o", markersize=2,
                          linestyle="none")  # fmt: skip
            handles.append(Line2D([], [], color=colour, linestyle=dash, label=name))
        axes.autoscale()
        _thresholds(axes, panel)
        axes.set_ylabel(panel.y_is)
        axes.set_xlabel(panel.x_is)
        axes.set_title(panel.title, loc="right", fontsize=7, fontweight="normal")
        _legend(axes, handles, 7)
    return figure
