"""Eluates against prediction and column, and tests against their limits, as one figure."""

from collections.abc import Iterator, Sequence
from math import hypot
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Mark, Panel, bars, column, note_mark
from hevesy.report.style import BLUE, GREY, INK, PAGE_WIDTH_MM, VERMILLION, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hevesy.report.study_report.material import EluateEntry, StudyMaterial

__all__ = ["draw_production", "mark_production"]

_AHEAD, _HELD = "measured / predicted", "measured / on the column (yield)"
_LOOKS = {_AHEAD: (BLUE, "o", -0.1), _HELD: (VERMILLION, "s", 0.1)}
_UNIT = Mark(series="", kind="rule", label="1", y=1)
_LIMIT = Mark(series="", kind="rule", label="limit", x=1)


def mark_production(material: "StudyMaterial") -> tuple[Panel, ...]:
    """Give ratios of eluates with one standard deviation, and tests' results over their limits.

    Parameters
    ----------
    material : StudyMaterial

    Returns
    -------
    tuple of Panel
        Two. The yield's deviation is that of the reading of the eluate alone.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> mark_production(sample_given().material)[0].of("note")[0].label
    'no eluate with a prediction or a yield'
    """
    order = sorted(material.eluates, key=lambda one: one.eluted_at)
    ratios = [mark for i, one in enumerate(order, 1) for mark in _ratios(i, one)]
    ratios.sort(key=lambda mark: mark.series != _AHEAD)
    tests = list(_tests(material))
    return (
        Panel(
            title="Eluates", x_is="eluate, in order of time", y_is="ratio",
            marks=(*ratios, _UNIT) if ratios else (
                note_mark("no eluate with a prediction or a yield"), _UNIT),
        ),
        Panel(
            title="Tests with a number", x_is="result / limit", y_is="",
            marks=(*tests, _LIMIT) if tests else (
                note_mark("no result with a numerical limit"), _LIMIT),
        ),
    )  # fmt: skip


def _ratios(place: int, one: "EluateEntry") -> Iterator[Mark]:
    found, unsure = one.eluted_bq, one.eluted_uncertainty_bq
    if not found:
        return
    own = None if unsure is None else unsure / found
    both = None
    if own is not None and one.predicted_uncertainty_bq is not None and one.predicted_bq:
        both = hypot(own, one.predicted_uncertainty_bq / one.predicted_bq)
    for series, against, relative in (
        (_AHEAD, one.predicted_bq, both), (_HELD, one.theoretical_bq, own),
    ):  # fmt: skip
        if against:
            ratio = found / against
            spread = None if relative is None else relative * ratio
            yield Mark(
                series=series, kind="point", label=one.elution, x=place, y=ratio,
                y_low=None if spread is None else ratio - spread,
                y_high=None if spread is None else ratio + spread,
                records=(("elution", one.elution),),
            )  # fmt: skip


def _tests(material: "StudyMaterial") -> Iterator[Mark]:
    place = 0
    for test in material.protocol.tests:
        own = [
            (one, one.value)
            for one in material.tests
            if one.kind == test.name and one.value is not None and not one.invalid_because
        ]
        for limit, word in ((test.lowest_value, "≥"), (test.highest_value, "≤")):
            if own and limit:
                for one, value in own:
                    yield Mark(
                        series="results", kind="point", label=one.batch, x=value / limit, y=place,
                        y_word=f"{test.name}\n{word} {limit:g} {test.unit}".strip(),
                        records=(("quality_test", one.test),),
                    )  # fmt: skip
                place += 1


def draw_production(panels: Sequence[Panel]) -> "Figure":
    """Draw both panels side by side.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_production`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     figure = draw_production(mark_production(sample_given().material))
    >>> figure.axes[0].get_ylabel()
    'ratio'
    """
    figure = new_figure(PAGE_WIDTH_MM, 72)
    left, right = figure.subplots(1, 2)
    _draw_eluates(left, panels[0])
    _draw_tests(right, panels[1])
    for axes, panel in ((left, panels[0]), (right, panels[1])):
        axes.set_xlabel(panel.x_is)
        axes.set_ylabel(panel.y_is)
        axes.set_title(panel.title)
        for one in panel.of("note"):
            axes.text(0.5, 0.5, one.label, ha="center", color=INK, transform=axes.transAxes)
    handles, labels = left.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure


def _draw_eluates(axes: "Axes", panel: Panel) -> None:
    alone = len(panel.series("point")) == 1
    for label, (colour, marker, offset) in _LOOKS.items():
        points = panel.of("point", label)
        if points:
            axes.errorbar(
                column(points, "x") + (0.0 if alone else offset), column(points, "y"),
                yerr=bars(points, "y"), fmt=marker, color=colour, markersize=3.4, elinewidth=0.9,
                capsize=1.6, label=label,
            )  # fmt: skip
    axes.axhline(1.0, color=GREY, lw=0.8)
    n = int(max(column(panel.of("point"), "x"), default=0))
    if n:
        axes.set_xlim(0.4, n + 0.6)
        if n <= 12:
            axes.set_xticks(range(1, n + 1))


def _draw_tests(axes: "Axes", panel: Panel) -> None:
    points = panel.of("point")
    places = column(points, "y")
    names = dict(zip(places.tolist(), (one.y_word for one in points), strict=True))
    axes.plot(column(points, "x"), places, "o", color=BLUE, mfc="white", ms=4)
    axes.axvline(1.0, color=INK, lw=1.0)
    axes.set_yticks(list(names), list(names.values()))
    axes.set_ylim(max(len(names), 1) - 0.5, -0.5)
