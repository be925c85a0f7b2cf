"""All doses of a study as one figure: lesions in order, other regions by name."""

from collections.abc import Sequence
from math import ceil, floor, log10
from typing import TYPE_CHECKING

from hevesy.report.style import BLUE, INK, PAGE_WIDTH_MM, VERMILLION, new_figure
from hevesy.trial import DoseRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_study_doses"]

_MOST_NAMES = 30
_FEWEST_TICKS, _MOST_TICKS = 3, 9
_MOST_REGIONS = 10


def draw_study_doses(doses: Sequence[DoseRow]) -> "Figure":
    """Draw every positive mean dose with its standard deviation.

    Parameters
    ----------
    doses : sequence of DoseRow

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     figure = draw_study_doses(sample_given().material.rows.doses)
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Lesions (n = 2)', 'Other regions']
    """
    names = sorted({row.region for row in doses if not row.lesion})[:_MOST_REGIONS]
    lesions = sorted(
        (row for row in doses if row.lesion and row.mean_dose_gy > 0),
        key=lambda row: (row.mean_dose_gy, row.dose),
    )
    high = 30 + 4.0 * max(len(names), min(len(lesions), _MOST_NAMES), 6)
    figure = new_figure(PAGE_WIDTH_MM, high)
    if names:
        left, right = figure.subplots(1, 2)
        _draw_others(right, doses, names)
    else:
        left = figure.add_subplot()
    _points(left, [(i, row) for i, row in enumerate(lesions)], VERMILLION, "o")
    left.set_ylim(-0.7, max(len(lesions), 1) - 0.3)
    left.set_title(f"Lesions (n = {len(lesions)})")
    if len(lesions) <= _MOST_NAMES:
        left.set_yticks(range(len(lesions)), [row.lesion for row in lesions])
    else:
        left.set_yticks([])
        left.set_ylabel("lesions, in order of dose")
    _finish(left)
    return figure


def _draw_others(axes: "Axes", doses: Sequence[DoseRow], names: Sequence[str]) -> None:
    for i, name in enumerate(names):
        own = sorted(
            (r for r in doses if not r.lesion and r.region == name and r.mean_dose_gy > 0),
            key=lambda row: row.dose,
        )
        n = len(own)
        if n:
            spots = [(i + (0.5 * (k + 0.5) / n - 0.25), row) for k, row in enumerate(own)]
            _points(axes, spots, BLUE, "s")
            values = sorted(row.mean_dose_gy for row in own)
            middle = (values[(n - 1) // 2] + values[n // 2]) / 2
            axes.plot([middle, middle], [i - 0.35, i + 0.35], color=INK, lw=1.4)
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(len(names) - 0.5, -0.5)
    axes.set_title("Other regions")
    _finish(axes)


def _finish(axes: "Axes") -> None:
    """A logarithmic scale with 1, 2 and 5 in plain figures; more where these are too few."""
    from matplotlib.ticker import NullLocator

    axes.set_xscale("log")
    low, high = axes.get_xlim()
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    for steps in ((1, 2, 5), (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)):
        ticks = [m * 10.0**k for k in powers for m in steps if low <= m * 10.0**k <= high]
        if len(ticks) >= _FEWEST_TICKS:
            break
    if len(ticks) > _MOST_TICKS:
        ticks = [t for t in ticks if f"{t:e}".startswith("1")]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(low, high)
    axes.set_xlabel("mean absorbed dose (Gy)")


def _points(axes: "Axes", spots: Sequence[tuple[float, DoseRow]], colour: str, marker: str) -> None:
    """Marks with bars; a bar that would reach 0 or below ends at the axis, as a log scale must."""
    if not spots:
        return
    x = [row.mean_dose_gy for _, row in spots]
    unsure = [row.mean_dose_uncertainty_gy or 0.0 for _, row in spots]
    down = [min(u, 0.999 * v) for u, v in zip(unsure, x, strict=True)]
    axes.errorbar(
        x, [y for y, _ in spots], xerr=[down, unsure], fmt=marker, color=colour, mfc="white",
        ms=3.2 if len(spots) <= 100 else 1.6, elinewidth=0.7,
    )  # fmt: skip
