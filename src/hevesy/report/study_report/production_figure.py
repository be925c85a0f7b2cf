"""Eluates against prediction and column, and tests against their limits, as one figure."""

from math import hypot
from typing import TYPE_CHECKING

from hevesy.report.style import BLUE, GREY, INK, PAGE_WIDTH_MM, VERMILLION, new_figure

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hevesy.report.study_report.material import StudyMaterial

__all__ = ["draw_production"]


def draw_production(material: "StudyMaterial") -> "Figure":
    """Draw ratios of eluates, and tests' results against their limits.

    Parameters
    ----------
    material : StudyMaterial

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     figure = draw_production(sample_given().material)
    >>> figure.axes[0].get_ylabel()
    'ratio'
    """
    figure = new_figure(PAGE_WIDTH_MM, 72)
    left, right = figure.subplots(1, 2)
    _eluates(left, material)
    _tests(right, material)
    handles, labels = left.get_legend_handles_labels()
    if handles:
        figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure


def _eluates(axes: "Axes", material: "StudyMaterial") -> None:
    order = sorted(material.eluates, key=lambda one: one.eluted_at)
    series = []
    ahead = [
        (i, one.eluted_bq / one.predicted_bq,
         hypot((one.eluted_uncertainty_bq or 0) / one.eluted_bq,
               (one.predicted_uncertainty_bq or 0) / one.predicted_bq))
        for i, one in enumerate(order, 1) if one.eluted_bq and one.predicted_bq
    ]  # fmt: skip
    series.append((ahead, BLUE, "o", -0.1, "measured / predicted"))
    held = [
        (i, one.eluted_bq / one.theoretical_bq, (one.eluted_uncertainty_bq or 0) / one.eluted_bq)
        for i, one in enumerate(order, 1) if one.eluted_bq and one.theoretical_bq
    ]  # fmt: skip
    series.append((held, VERMILLION, "s", 0.1, "measured / on the column (yield)"))
    for points, colour, marker, offset, label in series:
        if points:
            axes.errorbar(
                [i + offset for i, _, _ in points], [r for _, r, _ in points],
                yerr=[r * s for _, r, s in points], fmt=marker, color=colour, markersize=3.4,
                elinewidth=0.9, capsize=1.6, label=label,
            )  # fmt: skip
    axes.axhline(1.0, color=GREY, lw=0.8)
    axes.set_xlabel("eluate, in order of time")
    axes.set_ylabel("ratio")
    axes.set_title("Eluates")
    if any(points for points, *_ in series):
        n = len(order)
        axes.set_xlim(0.4, n + 0.6)
        if n <= 12:
            axes.set_xticks(range(1, n + 1))
    else:
        axes.text(0.5, 0.5, "no eluate with a prediction or a yield", ha="center", color=INK,
                  transform=axes.transAxes)  # fmt: skip


def _tests(axes: "Axes", material: "StudyMaterial") -> None:
    limits = {test.name: test for test in material.protocol.tests}
    lines = []
    for name, test in limits.items():
        values = [t.value for t in material.tests
                  if t.kind == name and t.value is not None and not t.invalid_because]  # fmt: skip
        for limit, word in ((test.lowest_value, "≥"), (test.highest_value, "≤")):
            if values and limit:
                shares = [v / limit for v in values]
                lines.append((f"{name}\n{word} {limit:g} {test.unit}".strip(), shares))
    for i, (_, shares) in enumerate(lines):
        axes.plot(shares, [i] * len(shares), "o", color=BLUE, mfc="white", ms=4)
    axes.axvline(1.0, color=INK, lw=1.0)
    axes.set_yticks(range(len(lines)), [name for name, _ in lines])
    axes.set_ylim(max(len(lines), 1) - 0.5, -0.5)
    axes.set_xlabel("result / limit")
    axes.set_title("Tests with a number")
    if not lines:
        axes.text(0.5, 0.5, "no result with a numerical limit", ha="center", color=INK,
                  transform=axes.transAxes)  # fmt: skip
