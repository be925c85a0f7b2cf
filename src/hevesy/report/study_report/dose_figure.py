"""All doses of a study as one figure: lesions in order, other regions by name."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hevesy.report.figure_marks import Mark, Panel, bars, column, note_mark
from hevesy.report.style import BLUE, INK, PAGE_WIDTH_MM, VERMILLION, log_ticks, new_figure
from hevesy.trial import DoseRow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_study_doses", "mark_study_doses"]

_MOST_NAMES = 30
_MOST_REGIONS = 10
_LESIONS, _REGIONS, _MEDIAN = "lesions", "other regions", "median"
_DOSE = "mean absorbed dose (Gy)"


def mark_study_doses(doses: Sequence[DoseRow]) -> tuple[Panel, ...]:
    """Give every positive mean dose with its standard deviation, and regions' medians.

    Parameters
    ----------
    doses : sequence of DoseRow

    Returns
    -------
    tuple of Panel
        Lesions in order of their dose; other regions by name, the first ten, where there are any.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> panels = mark_study_doses(sample_given().material.rows.doses)
    >>> [(one.y_word, one.x, one.x_low) for one in panels[0].marks]
    [('L2', 90.0, 81.0), ('L1', 210.0, 189.0)]
    """
    others = [row for row in doses if not row.lesion and row.mean_dose_gy > 0]
    names = sorted({row.region for row in others})[:_MOST_REGIONS]
    lesions = sorted(
        (row for row in doses if row.lesion and row.mean_dose_gy > 0),
        key=lambda row: (row.mean_dose_gy, row.dose),
    )
    named = len(lesions) <= _MOST_NAMES
    left = Panel(
        title=f"Lesions (n = {len(lesions)})", x_is=_DOSE, x_scale="log",
        y_is="" if named else "lesions, in order of dose",
        marks=tuple(_dose(_LESIONS, i, row, row.lesion if named else "")
                    for i, row in enumerate(lesions))
        or (note_mark("no lesion has a dose above 0"),),
    )  # fmt: skip
    marks: list[Mark] = []
    for i, name in enumerate(names):
        own = sorted((row for row in others if row.region == name), key=lambda row: row.dose)
        marks += [_dose(_REGIONS, i, row, name) for row in own]
        values = sorted(row.mean_dose_gy for row in own)
        middle = (values[(len(values) - 1) // 2] + values[len(values) // 2]) / 2
        marks.append(
            Mark(series=_MEDIAN, kind="point", label=f"of {len(values)}", x=middle, y=i,
                 y_word=name, records=tuple(("dose", row.dose) for row in own))
        )  # fmt: skip
    if not marks:
        return (left,)
    right = Panel(title="Other regions", x_is=_DOSE, x_scale="log", y_is="", marks=tuple(marks))
    return left, right


def _dose(series: str, place: int, row: DoseRow, word: str) -> Mark:
    unsure = row.mean_dose_uncertainty_gy
    return Mark(
        series=series, kind="point", label=row.lesion or row.administration, x=row.mean_dose_gy,
        x_low=None if unsure is None else row.mean_dose_gy - unsure,
        x_high=None if unsure is None else row.mean_dose_gy + unsure, y=place, y_word=word,
        records=(("dose", row.dose),),
    )  # fmt: skip


def draw_study_doses(panels: Sequence[Panel]) -> "Figure":
    """Draw the doses on a logarithmic scale; those of one region are shifted apart.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_study_doses`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     figure = draw_study_doses(mark_study_doses(sample_given().material.rows.doses))
    >>> [axes.get_title("left") for axes in figure.axes]
    ['Lesions (n = 2)', 'Other regions']
    """
    lesions = panels[0].of("point")
    others = panels[-1].of("point", _REGIONS)
    regions = dict(zip(column(others, "y").tolist(), (o.y_word for o in others), strict=True))
    high = 30 + 4.0 * max(len(regions), min(len(lesions), _MOST_NAMES), 6)
    figure = new_figure(PAGE_WIDTH_MM, high)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    left = all_axes[0]
    _points(left, lesions, column(lesions, "y"), VERMILLION, "o")
    left.set_ylim(-0.7, max(len(lesions), 1) - 0.3)
    left.set_title(panels[0].title)
    named = [one for one in lesions if one.y_word]
    left.set_yticks(column(named, "y"), [one.y_word for one in named])
    left.set_ylabel(panels[0].y_is)
    for one in panels[0].of("note"):
        left.text(0.5, 0.5, one.label, ha="center", color=INK, transform=left.transAxes)
    _finish(left)
    if len(panels) > 1:
        _draw_others(all_axes[1], panels[1], regions)
    return figure


def _draw_others(axes: "Axes", panel: Panel, regions: dict[float, str]) -> None:
    for i in regions:
        own = [one for one in panel.of("point", _REGIONS) if one.y == i]
        n = len(own)
        _points(axes, own, i + 0.5 * (np.arange(n) + 0.5) / n - 0.25, BLUE, "s")
    medians = panel.of("point", _MEDIAN)
    places = column(medians, "y")
    axes.vlines(column(medians, "x"), places - 0.35, places + 0.35, color=INK, lw=1.4)
    axes.set_yticks(list(regions), list(regions.values()))
    axes.set_ylim(max(regions) + 0.5, -0.5)
    axes.set_title(panel.title)
    _finish(axes)


def _finish(axes: "Axes") -> None:
    axes.set_xscale("log")
    log_ticks(axes)
    axes.set_xlabel(_DOSE)


def _points(
    axes: "Axes", marks: Sequence[Mark], y: NDArray[np.float64], colour: str, marker: str
) -> None:
    """Marks with bars; a bar that would reach 0 or below ends at the axis, as a log scale must."""
    if not marks:
        return
    x = column(marks, "x")
    down, up = bars(marks, "x")
    axes.errorbar(
        x, y, xerr=[np.minimum(down, 0.999 * x), up], fmt=marker, color=colour, mfc="white",
        ms=3.2 if len(marks) <= 100 else 1.6, elinewidth=0.7,
    )  # fmt: skip
