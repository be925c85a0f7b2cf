"""Response as figures: waterfall, spider and swimmer."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from hevesy.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PAGE_WIDTH_MM,
    PURPLE,
    SKY,
    VERMILLION,
    new_figure,
)
from hevesy.trial.tables import DAYS_PER_MONTH, DatedUnit
from hevesy.trial.tables.figures import SpiderLine, WaterfallBar

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["MOST_LANES", "draw_spider", "draw_swimmer", "draw_waterfall"]

MOST_LANES = 80
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


def _thresholds(axes: "Axes") -> None:
    for percent, words in ((20, "+20 %"), (-30, "−30 %")):
        axes.axhline(percent, color=INK, linewidth=0.7, linestyle=(0, (5, 2)))
        axes.annotate(words, (1.0, percent), xycoords=("axes fraction", "data"), fontsize=6.5,
                      xytext=(2, 0), textcoords="offset points", va="center")  # fmt: skip
    axes.axhline(0, color=GREY, linewidth=0.6)


def _legend(axes: "Axes", handles: Sequence[Any], columns: int) -> None:
    axes.legend(handles=list(handles), loc="lower left", bbox_to_anchor=(0, 1.0), ncols=columns,
                borderaxespad=0.2, columnspacing=1.2)  # fmt: skip


def draw_waterfall(panels: Sequence[tuple[str, Sequence[WaterfallBar]]]) -> "Figure":
    """Draw the best change of the targets' sum of each unit, a panel for each group of lesions.

    Parameters
    ----------
    panels : sequence of (str, sequence of WaterfallBar)
        Title, and bars from the largest change to the least.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`. Thresholds at -30 and
        +20 % of the baseline are drawn; diameters have no recorded uncertainty.

    Examples
    --------
    >>> from fractions import Fraction
    >>> from hevesy.report.style import drawing
    >>> bar = WaterfallBar(unit=("inclusion", "I1"), change=Fraction(-40), best="PR",
    ...                    confirmed=True)
    >>> with drawing():
    ...     figure = draw_waterfall([("injected lesions", [bar])])
    >>> figure.axes[0].get_ylabel()
    'best change of the sum (%)'
    """
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    figure = new_figure(PAGE_WIDTH_MM, 62.0 * len(panels))
    for axes, (title, bars) in zip(
        figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True
    ):
        _draw_bars(axes, bars)
        _thresholds(axes)
        axes.set_ylim(-112, max(30.0, *(float(bar.change) for bar in bars)) * 1.12)
        axes.set_xlim(-0.8, len(bars) - 0.2)
        axes.set_xticks([])
        axes.grid(visible=False, axis="x")
        axes.set_ylabel("best change of the sum (%)")
        axes.set_xlabel(f"{title}: n = {len(bars)} with a measured change")
        found = [name for name in _LOOKS if any(bar.best == name for bar in bars)]
        handles: list[Any] = [
            Patch(facecolor=_LOOKS[name][0], hatch=_LOOKS[name][1], edgecolor="white", label=name)
            for name in found
        ]
        if any(bar.confirmed for bar in bars):
            handles.append(Line2D([], [], marker="*", color=BLACK, linestyle="none",
                                  label="confirmed"))  # fmt: skip
        _legend(axes, handles, 7)
    return figure


def _draw_bars(axes: "Axes", bars: Sequence[WaterfallBar]) -> None:
    """Bars by response, and stars; thousands of them as plain lines, which are drawn at once."""
    few = len(bars) <= _FEW
    for name in dict.fromkeys(bar.best for bar in bars):
        colour, hatch, _ = _LOOKS.get(name, _OTHER)
        own = [(i, float(bar.change)) for i, bar in enumerate(bars) if bar.best == name]
        places, heights = ([pair[k] for pair in own] for k in (0, 1))
        if few:
            axes.bar(places, heights, width=0.8, color=colour, hatch=hatch, edgecolor="white",
                     linewidth=0.3)  # fmt: skip
        else:
            axes.vlines(places, 0, heights, color=colour, linewidth=400.0 / len(bars))
        flat = [i for i, height in own if height == 0]
        axes.plot(flat, [0.0] * len(flat), marker="_", color=colour, markersize=6 if few else 2,
                  linestyle="none")  # fmt: skip
    starred = [(i, float(bar.change)) for i, bar in enumerate(bars) if bar.confirmed]
    axes.plot(
        [i for i, _ in starred],
        [height + (-3.5 if height <= 0 else 3.5) for _, height in starred],
        marker="*", color=BLACK, markersize=5 if few else 2, linestyle="none",
    )  # fmt: skip


def draw_spider(panels: Sequence[tuple[str, Sequence[SpiderLine]]]) -> "Figure":
    """Draw each unit's sum over time, a panel for each group of lesions.

    Parameters
    ----------
    panels : sequence of (str, sequence of SpiderLine)

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
    ...     figure = draw_spider([("injected lesions", [line])])
    >>> figure.axes[0].get_xlabel()
    'time since the first administration (months)'
    """
    from matplotlib.collections import LineCollection
    from matplotlib.lines import Line2D

    figure = new_figure(PAGE_WIDTH_MM, 62.0 * len(panels))
    for axes, (title, lines) in zip(
        figure.subplots(len(panels), 1, squeeze=False)[:, 0], panels, strict=True
    ):
        handles = []
        for name in (*_LOOKS, "other"):
            own = [
                [(day / float(DAYS_PER_MONTH), float(change)) for day, change in line.points]
                for line in lines
                if (line.best if line.best in _LOOKS else "other") == name
            ]
            if not own:
                continue
            colour, _, dash = _LOOKS.get(name, _OTHER)
            axes.add_collection(
                LineCollection(own, colors=colour, linestyles=[dash],
                               linewidths=0.9 if len(lines) < 200 else 0.3)
            )  # fmt: skip
            if len(lines) < 200:
                axes.plot(*zip(*(p for line in own for p in line), strict=True), color=colour,
                          marker="o", markersize=2, linestyle="none")  # fmt: skip
            handles.append(Line2D([], [], color=colour, linestyle=dash, label=name))
        axes.autoscale()
        _thresholds(axes)
        axes.set_ylabel("change of the sum (%)")
        axes.set_xlabel("time since the first administration (months)")
        axes.set_title(f"{title}, n = {len(lines)}", loc="right", fontsize=7, fontweight="normal")
        _legend(axes, handles, 7)
    return figure


_EVENTS = (  # marker, colour, label, size
    ("^", BLUE, "administration", 4.0),
    ("D", GREEN, "first response", 4.0),
    ("X", VERMILLION, "progression", 4.6),
    ("s", BLACK, "death", 4.0),
    ("|", PURPLE, "left alive", 7.0),
    (">", GREY, "still followed", 4.6),
)


def _lane_events(lane: DatedUnit) -> list[tuple[int, int]]:
    """Day and place in `_EVENTS` of all that happened."""
    start = lane.unit.started_on
    found = [((row.given_on - start).days, 0) for row in lane.unit.administrations]
    if lane.responded_day is not None:
        found.append((lane.responded_day, 1))
    if lane.progressed_day is not None:
        found.append((lane.progressed_day, 2))
    found.append((lane.last_day, 3 if lane.died else 4 if lane.departure else 5))
    return found


def draw_swimmer(lanes: Sequence[DatedUnit], *, numbered: str) -> "Figure":
    """Draw a lane for each unit: administrations, response, progression, departure, censoring.

    Parameters
    ----------
    lanes : sequence of DatedUnit
        Longest first; the first `MOST_LANES` are drawn.
    numbered : str
        What a lane is: "inclusions" or "persons".

    Returns
    -------
    matplotlib.figure.Figure

    Examples
    --------
    >>> from hevesy.report.style import drawing
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis
    >>> from hevesy.trial.tables.figures import order_lanes
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> lanes = order_lanes(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> with drawing():
    ...     figure = draw_swimmer(lanes, numbered="inclusions")
    >>> figure.axes[0].get_xlabel()
    'time since the first administration (months)'
    """
    from matplotlib.lines import Line2D

    shown = lanes[:MOST_LANES]
    month = float(DAYS_PER_MONTH)
    figure = new_figure(PAGE_WIDTH_MM, 24.0 + 3.4 * max(len(shown), 6))
    axes = figure.add_subplot()
    axes.barh(
        range(len(shown)), [lane.last_day / month for lane in shown], height=0.55, color=SKY,
        alpha=0.45, edgecolor="none",
    )  # fmt: skip
    happened = [(day / month, i, kind) for i, lane in enumerate(shown)
                for day, kind in _lane_events(lane)]  # fmt: skip
    handles = []
    for kind, (marker, colour, label, size) in enumerate(_EVENTS):
        own = [(x, y) for x, y, which in happened if which == kind]
        if own:
            axes.plot(*zip(*own, strict=True), marker=marker, color=colour, markersize=size,
                      markeredgewidth=1.4 if marker == "|" else 0.4, linestyle="none",
                      markeredgecolor=colour if marker == "|" else "white",
                      clip_on=False)  # fmt: skip
            handles.append(Line2D([], [], marker=marker, color=colour, markersize=size,
                                  linestyle="none", label=label))  # fmt: skip
    axes.set_yticks(range(len(shown)), [lane.unit.key[1] for lane in shown], fontsize=5.5)
    axes.set_ylim(len(shown) - 0.3, -0.9)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel("time since the first administration (months)")
    more = f", the longest followed of {len(lanes)}" if len(lanes) > len(shown) else ""
    axes.set_ylabel(f"{len(shown)} {numbered}{more}")
    _legend(axes, handles, 6)
    return figure
