"""Doses to organs against events as a figure: every inclusion, and Lyman's curve if fitted."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hevesy.evidence import Complication
from hevesy.report.figure_marks import Mark, Panel, column, line_marks, note_mark
from hevesy.report.panel_grid import (
    band_marks,
    draw_grid,
    draw_rows_and_curve,
    exposure_limits,
    require_panels,
)
from hevesy.report.style import GREY

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COMPLICATIONS_TITLE", "draw_complications", "mark_complications"]

COMPLICATIONS_TITLE = "Inclusions: organ doses and events of the organ's class"
_WORDS = 34
_HALF = Mark(series="", kind="rule", label="half", y=0.5)


def mark_complications(
    found: Sequence[Complication],
    *,
    records: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
) -> tuple[Panel, ...]:
    """Give inclusions with their dose, limits of ± 1 SD, and the curve with its band if fitted.

    Parameters
    ----------
    found : sequence of Complication
        One to nine.
    records : mapping of str to tuple of (str, str), optional
        Records behind a point, by its inclusion.

    Returns
    -------
    tuple of Panel
        One for each organ and grade. A dose's limits are those of one standard deviation of its
        logarithm.

    Raises
    ------
    OutputError
        None, or more than nine.

    Examples
    --------
    >>> from hevesy.evidence import SubjectExposure, ThresholdRule, fit_complications
    >>> one = SubjectExposure(inclusion="P1-1", subject="P1", activity_mbq=900.0, procedures=1,
    ...                       organ_doses_gy={"liver": 4.0}, organ_courses={"liver": 1})
    >>> panels = mark_complications(fit_complications([one], rule=ThresholdRule(name="x")))
    >>> [(panel.title, panel.of("point")[0].x) for panel in panels]
    [('liver, grade 2 or more', 4.0), ('liver, grade 3 or more', 4.0)]
    """
    require_panels(len(found), "complications")
    return tuple(_mark(one, records or {}) for one in found)


def _mark(one: Complication, records: Mapping[str, tuple[tuple[str, str], ...]]) -> Panel:
    marks = [note_mark(words) for words in _words(one)]
    for point in one.points:
        low, high = exposure_limits(point.exposure, point.uncertainty, logarithm=True)
        marks.append(
            Mark(series="inclusions", kind="point", label=point.row, x=point.exposure, x_low=low,
                 x_high=high, y=point.outcome, y_word="yes" if point.outcome else "no",
                 records=records.get(point.row, ()))
        )  # fmt: skip
    if one.curve is not None:
        doses = [point.exposure for point in one.points]
        at = np.linspace(min(doses), max(doses), 200)
        band = f"{100 * one.curve.confidence:g} % band, patients resampled"
        marks += band_marks(band, at, *one.curve.band(at))
        marks += line_marks("Lyman's curve", at.tolist(), one.curve.probability(at).tolist())
    return Panel(
        title=f"{one.organ}, grade {one.grade} or more",
        x_is=f"mean dose to {one.organ} (Gy)",
        y_is=f"event of grade {one.grade} or more",
        marks=(*marks, _HALF),
    )


def _words(one: Complication) -> tuple[str, ...]:
    said = [
        *textwrap.wrap(one.organ_class, _WORDS),
        f"n = {len(one.points)}, {len(one.uncounted)} not counted",
    ]
    if one.curve is None:
        return (*said, *textwrap.wrap(f"not fitted: {one.not_fitted}", _WORDS))
    if one.curve.half_gy is None or one.curve.shape_factor is None:
        return (*said, "the curve does not rise with dose")
    low, high = ("no limit" if x is None else f"{x:.3g}" for x in one.curve.half_interval_gy)
    return (
        *said, f"TD50 {one.curve.half_gy:.3g} Gy ({low} to {high})",
        f"m {one.curve.shape_factor:.2g}", *textwrap.wrap(one.note, _WORDS),
    )  # fmt: skip


def draw_complications(panels: Sequence[Panel]) -> "Figure":
    """Draw one panel for each organ and grade: inclusions with dose ± 1 SD, the curve if fitted.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_complications`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.evidence import SubjectExposure, ThresholdRule, fit_complications
    >>> from hevesy.report.style import drawing
    >>> one = SubjectExposure(inclusion="P1-1", subject="P1", activity_mbq=900.0, procedures=1,
    ...                       organ_doses_gy={"liver": 4.0}, organ_courses={"liver": 1})
    >>> found = fit_complications([one], rule=ThresholdRule(name="x"))
    >>> with drawing():
    ...     figure = draw_complications(mark_complications(found))
    >>> figure.axes[0].get_xlabel()
    'mean dose to liver (Gy)'
    """
    said = f"{COMPLICATIONS_TITLE}; exploratory, ±\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}SD"
    return draw_grid(panels, title=f"{said} of the dose", draw_panel=_panel)


def _panel(axes: "Axes", panel: Panel) -> None:
    points = panel.of("point")
    draw_rows_and_curve(axes, panel, shifted=True)
    if points:
        reach = np.fmax(column(points, "x"), column(points, "x_high"))
        axes.set_xlim(0, 1.15 * float(reach.max()))
    for level in column(panel.of("rule"), "y"):
        axes.axhline(level, color=GREY, lw=0.6, ls=(0, (1.2, 1.4)))
    axes.set_ylim(-0.12, 1.12)
    axes.set_yticks([0, 0.5, 1], ["0, no", "0.5", "1, yes"])
