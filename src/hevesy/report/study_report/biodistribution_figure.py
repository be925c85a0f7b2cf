"""Parts of the injected activity over time: single curves, means and their spread."""

from collections.abc import Iterator, Sequence
from math import ceil, fsum, sqrt
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Mark, Panel, bars, column
from hevesy.report.style import GREY, PAGE_WIDTH_MM, looks, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hevesy.report.study_report.material import ResultEntry
    from hevesy.report.study_report.pooled_parts import PooledParts

__all__ = ["draw_parts", "mark_parts"]

_MOST_LINES = 80  # thin lines in a panel; more would be a grey block
_MOST_PANELS = 6
_MEAN = "mean with SD between regions"


def mark_parts(
    results: "Sequence[ResultEntry]", pooled: "Sequence[PooledParts]"
) -> tuple[Panel, ...]:
    """Give each region's course, and the means with their spread, for lesions and each organ.

    Parameters
    ----------
    results : sequence of ResultEntry
    pooled : sequence of PooledParts

    Returns
    -------
    tuple of Panel
        The first six kinds of regions; of each, 80 courses at most, which its title says.

    Examples
    --------
    >>> from hevesy.report.study_report.pooled_parts import pool_parts
    >>> from hevesy.report.study_report.sample import sample_given
    >>> results = sample_given().material.results
    >>> panels = mark_parts(results, pool_parts(results, [3600.0, 86400.0]))
    >>> [(one.x, one.y) for one in panels[0].of("point")]
    [(1.1, 80.0), (23.0, 72.0)]
    """
    panels = []
    for name in list(dict.fromkeys(one.region for one in pooled))[:_MOST_PANELS]:
        courses = [
            (result, region)
            for result in results
            for region in result.regions
            if region.parts and name == ("lesions" if region.kind == "lesion" else region.region)
        ]
        shown = f"; {_MOST_LINES} drawn" if len(courses) > _MOST_LINES else ""
        marks = [
            Mark(series=name, kind="line", label=f"{region.region} ({result.administration})",
                 x=part.hours_after_administration, y=part.percent,
                 y_low=_limit(part.percent, part.percent_uncertainty, -1),
                 y_high=_limit(part.percent, part.percent_uncertainty, 1),
                 records=(("result", result.result),))
            for result, region in courses[:_MOST_LINES] for part in region.parts
        ]  # fmt: skip
        panels.append(
            Panel(
                title=f"{name} (n = {len(courses)}{shown})", x_is="h after the injection",
                y_is="% IA, decay taken out",
                marks=(*marks, *_means([one for one in pooled if one.region == name])),
            )
        )  # fmt: skip
    return tuple(panels)


def _limit(percent: float, unsure: float | None, sign: int) -> float | None:
    return None if unsure is None else percent + sign * unsure


def _means(pooled: "Sequence[PooledParts]") -> Iterator[Mark]:
    for one in pooled:
        values = [part.percent for _, part in one.parts]
        hours = [part.hours_after_administration for _, part in one.parts]
        n, mean = len(values), fsum(values) / len(values)
        total = fsum((v - mean) ** 2 for v in values)
        spread = sqrt(total / (n - 1)) if n > 1 else None
        yield Mark(
            series=_MEAN, kind="point", label=f"{one.label}, n = {n}", x=fsum(hours) / n, y=mean,
            y_low=None if spread is None else mean - spread,
            y_high=None if spread is None else mean + spread,
            records=tuple(dict.fromkeys(("result", name) for name, _ in one.parts)),
        )  # fmt: skip


def draw_parts(panels: Sequence[Panel]) -> "Figure":
    """Draw a panel for the lesions and for each organ.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_parts`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.study_report.pooled_parts import pool_parts
    >>> from hevesy.report.study_report.sample import sample_given
    >>> from hevesy.report.style import drawing
    >>> results = sample_given().material.results
    >>> with drawing():
    ...     figure = draw_parts(mark_parts(results, pool_parts(results, [3600.0, 86400.0])))
    >>> [axes.get_title("left") for axes in figure.axes]
    ['lesions (n = 2)', 'liver (n = 2)']
    """
    wide = min(3, len(panels))
    high = ceil(len(panels) / wide)
    figure = new_figure(PAGE_WIDTH_MM, 8 + 60 * high)
    all_axes = figure.subplots(high, wide, squeeze=False, sharex=True).ravel()
    names = [panel.series("line")[0] for panel in panels]
    styles = looks(names, ["lesions"])
    for axes, panel, name in zip(all_axes, panels, names, strict=False):
        for line in panel.lines():
            axes.plot(column(line, "x"), column(line, "y"), color=GREY, lw=0.5, alpha=0.6)
        means, look = panel.of("point", _MEAN), styles[name]
        axes.errorbar(
            column(means, "x"), column(means, "y"), yerr=bars(means, "y"), color=look.colour,
            ls=look.dash, marker=look.marker, lw=1.8, capsize=2, elinewidth=1.0,
        )  # fmt: skip
        axes.set_title(panel.title)
        axes.set_ylim(bottom=min(0.0, *column(panel.of("line"), "y")))
        axes.set_xlabel(panel.x_is)
    for axes in all_axes[len(panels) :]:
        axes.set_axis_off()
    for axes in all_axes[::wide]:
        axes.set_ylabel(panels[0].y_is)
    return figure
