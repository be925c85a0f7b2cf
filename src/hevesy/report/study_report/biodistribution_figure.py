"""Parts of the injected activity over time: single curves, means and their spread."""

from collections.abc import Sequence
from math import ceil, fsum, sqrt
from typing import TYPE_CHECKING

from hevesy.report.style import GREY, PAGE_WIDTH_MM, looks, new_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hevesy.report.study_report.biodistribution import PooledParts
    from hevesy.report.study_report.material import ResultEntry

__all__ = ["draw_parts"]

_MOST_LINES = 80  # thin lines in a panel; more would be a grey block
_MOST_PANELS = 6


def draw_parts(results: "Sequence[ResultEntry]", pooled: "Sequence[PooledParts]") -> "Figure":
    """Draw a panel for the lesions and for each organ.

    Parameters
    ----------
    results : sequence of ResultEntry
    pooled : sequence of PooledParts

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.study_report.biodistribution import pool_parts
    >>> from hevesy.report.study_report.sample import sample_given
    >>> from hevesy.report.style import drawing
    >>> results = sample_given().material.results
    >>> with drawing():
    ...     figure = draw_parts(results, pool_parts(results, [3600.0, 86400.0]))
    >>> [axes.get_title("left") for axes in figure.axes]
    ['lesions (n = 2)', 'liver (n = 2)']
    """
    names = list(dict.fromkeys(one.region for one in pooled))[:_MOST_PANELS]
    wide = min(3, len(names))
    high = ceil(len(names) / wide)
    figure = new_figure(PAGE_WIDTH_MM, 8 + 60 * high)
    all_axes = figure.subplots(high, wide, squeeze=False, sharex=True).ravel()
    styles = looks(names, ["lesions"])
    for axes, name in zip(all_axes, names, strict=False):
        own = [
            region.parts
            for result in results
            for region in result.regions
            if region.parts and name == ("lesions" if region.kind == "lesion" else region.region)
        ]
        for parts in own[:_MOST_LINES]:
            axes.plot(
                [p.hours_after_administration for p in parts], [p.percent for p in parts],
                color=GREY, lw=0.5, alpha=0.6,
            )  # fmt: skip
        x, y, spread = [], [], []
        for one in pooled:
            if one.region == name:
                values = [part.percent for _, part in one.parts]
                hours = [part.hours_after_administration for _, part in one.parts]
                mean = fsum(values) / len(values)
                x.append(fsum(hours) / len(hours))
                y.append(mean)
                n = len(values)
                total = fsum((v - mean) ** 2 for v in values)
                spread.append(sqrt(total / (n - 1)) if n > 1 else 0.0)
        look = styles[name]
        axes.errorbar(
            x, y, yerr=spread, color=look.colour, ls=look.dash, marker=look.marker, lw=1.8,
            capsize=2, elinewidth=1.0,
        )  # fmt: skip
        shown = f"; {_MOST_LINES} drawn" if len(own) > _MOST_LINES else ""
        axes.set_title(f"{name} (n = {len(own)}{shown})")
        axes.set_ylim(bottom=min(0.0, *(v for parts in own for v in (p.percent for p in parts))))
        axes.set_xlabel("h after the injection")
    for axes in all_axes[len(names) :]:
        axes.set_axis_off()
    for axes in all_axes[::wide]:
        axes.set_ylabel("% IA, decay taken out")
    return figure
