"""Doses to organs against events as a figure: every inclusion, and Lyman's curve if fitted."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import OutputError
from hevesy.evidence import Complication
from hevesy.report.style import (
    BLUE,
    GREY,
    PAGE_WIDTH_MM,
    SKY,
    drawing,
    new_figure,
    research_line,
    to_png,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_complications", "render_complication_figure"]

_ROW_MM, _ACROSS, _MOST = 62.0, 3, 9
_WORDS = 34


def draw_complications(found: Sequence[Complication]) -> "Figure":
    """Draw one panel for each organ and grade: inclusions with dose ± 1 SD, the curve if fitted.

    Parameters
    ----------
    found : sequence of Complication
        One to nine.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Raises
    ------
    OutputError
        None, or more than nine.

    Examples
    --------
    >>> from hevesy.evidence import SubjectExposure, ThresholdRule, fit_complications
    >>> one = SubjectExposure(inclusion="P1-1", subject="P1", activity_mbq=900.0, procedures=1,
    ...                       organ_doses_gy={"liver": 4.0}, organ_courses={"liver": 1})
    >>> with drawing():
    ...     figure = draw_complications(fit_complications([one], rule=ThresholdRule(name="x")))
    >>> figure.axes[0].get_xlabel()
    'mean dose to liver (Gy)'
    """
    if not 0 < len(found) <= _MOST:
        raise OutputError(
            "these complications can't be drawn in one figure", got=len(found),
            allowed=f"1 to {_MOST}", remedy="draw fewer",
        )  # fmt: skip
    rows = -(-len(found) // _ACROSS)
    figure = new_figure(PAGE_WIDTH_MM, 12 + _ROW_MM * rows)
    panels = figure.subplots(rows, min(_ACROSS, len(found)), squeeze=False).ravel()
    for axes, one in zip(panels, found, strict=False):
        _panel(axes, one)
    for axes in panels[len(found) :]:
        axes.set_axis_off()
    figure.suptitle(
        "Inclusions: organ doses and events of the organ's class; exploratory, ± 1 SD of the dose",
        fontsize=8,
    )
    research_line(figure)
    return figure


def _panel(axes: "Axes", one: Complication) -> None:
    x = np.array([point.exposure for point in one.points])
    y = np.array([point.outcome for point in one.points])
    if x.size:
        sd = np.array([point.uncertainty or 0.0 for point in one.points])
        width = np.exp(np.sqrt(np.log1p((sd / x) ** 2)))
        axes.errorbar(
            x, y + np.random.default_rng(1).uniform(-0.05, 0.05, y.size),
            xerr=[x - x / width, x * width - x], fmt="o", ms=3, color=BLUE, mfc="white",
            elinewidth=0.6, lw=0,
        )  # fmt: skip
        axes.set_xlim(0, 1.15 * float((x * width).max()))
    if one.curve is not None:
        at = np.linspace(float(x.min()), float(x.max()), 200)
        low, high = one.curve.band(at)
        axes.fill_between(at, low, high, color=SKY, alpha=0.35, lw=0)
        axes.plot(at, one.curve.probability(at), color=BLUE, lw=1.6)
    axes.axhline(0.5, color=GREY, lw=0.6, ls=(0, (1.2, 1.4)))
    axes.set_ylim(-0.12, 1.12)
    axes.set_yticks([0, 0.5, 1], ["0, no", "0.5", "1, yes"])
    axes.set_xlabel(f"mean dose to {one.organ} (Gy)")
    axes.set_ylabel(f"event of grade {one.grade} or more")
    axes.set_title(_words(one), fontsize=6.5)


def _words(one: Complication) -> str:
    named = textwrap.fill(one.organ_class, _WORDS)
    said = f"{named}\nn = {len(one.points)}, {len(one.uncounted)} not counted"
    if one.curve is None:
        return "\n".join([said, *textwrap.wrap(f"not fitted: {one.not_fitted}", _WORDS)])
    if one.curve.half_gy is None or one.curve.shape_factor is None:
        return f"{said}\nthe curve does not rise with dose"
    low, high = ("no limit" if x is None else f"{x:.3g}" for x in one.curve.half_interval_gy)
    fitted = f"TD50 {one.curve.half_gy:.3g} Gy ({low} to {high})\nm {one.curve.shape_factor:.2g}"
    return "\n".join([said, fitted, *textwrap.wrap(one.note, _WORDS)])


def render_complication_figure(found: Sequence[Complication], *, file_format: str) -> bytes:
    """Draw complications and give the figure's bytes.

    Parameters
    ----------
    found : sequence of Complication
    file_format : str
        ``"png"`` (300 dpi) or ``"svg"``.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from hevesy.evidence import SubjectExposure, ThresholdRule, fit_complications
    >>> one = SubjectExposure(inclusion="P1-1", subject="P1", activity_mbq=900.0, procedures=1,
    ...                       organ_doses_gy={"liver": 4.0}, organ_courses={"liver": 1})
    >>> found = fit_complications([one], rule=ThresholdRule(name="x"))
    >>> render_complication_figure(found, file_format="svg")[:5]
    b'<?xml'
    """
    with drawing():
        drawn = draw_complications(found)
        return to_svg(drawn) if file_format == "svg" else to_png(drawn, dpi=300)
