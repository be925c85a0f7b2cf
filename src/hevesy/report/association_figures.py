"""Exposures against outcomes as figures: every row with its uncertainty, the curve and its band."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import OutputError
from hevesy.evidence import Association
from hevesy.report.style import BLUE, GREY, PAGE_WIDTH_MM, SKY, drawing, new_figure, to_png, to_svg
from hevesy.units import MBQ_PER_MCI

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_associations", "render_association_figure"]

_ROW_MM, _ACROSS, _MOST = 62.0, 3, 9
_LINE_WORDS = 38


def draw_associations(found: Sequence[Association], *, title: str) -> "Figure":
    """Draw one panel for each pair: rows with exposure ± 1 SD, the curve with its band if fitted.

    Parameters
    ----------
    found : sequence of Association
        One to nine.
    title : str
        What all of them are; the panels add numbers and intervals.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Raises
    ------
    OutputError
        No pair, or more than nine.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, associate_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, density_change_percent=-9.0)]
    >>> with drawing():
    ...     figure = draw_associations(associate_lesions(rows, rule=ThresholdRule(name="x")),
    ...                                title="Lesions")
    >>> figure.axes[0].get_ylabel()
    'density change (%)'
    """
    if not 0 < len(found) <= _MOST:
        raise OutputError(
            "these pairs can't be drawn in one figure", got=len(found), allowed=f"1 to {_MOST}",
            remedy="draw fewer",
        )  # fmt: skip
    rows = -(-len(found) // _ACROSS)
    width_mm = PAGE_WIDTH_MM / 2 if len(found) == 1 else PAGE_WIDTH_MM
    figure = new_figure(width_mm, 10 + _ROW_MM * rows)
    panels = figure.subplots(rows, min(_ACROSS, len(found)), squeeze=False).ravel()
    for axes, one in zip(panels, found, strict=False):
        _panel(axes, one)
    for axes in panels[len(found) :]:
        axes.set_axis_off()
    said = f"{title}; exploratory, ±\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}SD of the exposure"
    figure.suptitle(textwrap.fill(said, 46 if len(found) == 1 else 100), fontsize=8)
    return figure


def _panel(axes: "Axes", one: Association) -> None:
    x = np.array([point.exposure for point in one.points])
    y = np.array([point.outcome for point in one.points])
    if one.binary:
        y = y + np.random.default_rng(1).uniform(-0.05, 0.05, y.size)
    if one.doubling and x.size:
        axes.set_xscale("log")
    if x.size:
        sd = np.array([point.uncertainty or 0.0 for point in one.points])
        ends = [sd, sd]
        if one.doubling:
            width = np.exp(np.sqrt(np.log1p((sd / x) ** 2)))
            ends = [x - x / width, x * width - x]
        axes.errorbar(
            x, y, xerr=ends, fmt="o", ms=3, color=BLUE, mfc="white",
            elinewidth=0.6, lw=0,
        )  # fmt: skip
    if one.coefficients is not None:
        at = np.geomspace(x.min(), x.max(), 200) if one.doubling else np.linspace(
            x.min(), x.max(), 200)  # fmt: skip
        middle, low, high = one.curve(at)
        axes.fill_between(at, low, high, color=SKY, alpha=0.35, lw=0)
        axes.plot(at, middle, color=BLUE, lw=1.6)
    if one.binary:
        axes.set_ylim(-0.12, 1.12)
        axes.set_yticks([0, 1], ["no", "yes"])
    else:
        axes.axhline(0, color=GREY, lw=0.6)
    _ticks(axes, one, x)
    unit = f" ({one.exposure_unit})" if one.exposure_unit else ""
    unit = " (MBq, below in mCi)" if one.exposure_unit == "MBq" else unit
    axes.set_xlabel(f"{one.exposure}{unit}")
    axes.set_ylabel(f"{one.outcome} (%)" if one.outcome_unit else one.outcome)
    axes.set_title(_words(one), fontsize=6.5)


def _ticks(axes: "Axes", one: Association, x: np.ndarray) -> None:
    """Few and plain: the least, a middle one and the greatest, in figures that can be read."""
    from matplotlib.ticker import NullLocator

    if not x.size:
        axes.set_xticks([])
        return
    if one.doubling:
        low, high = float(x.min()), float(x.max())
        ticks = np.geomspace(low, high, 3) if high > low else np.array([low])
        words = [_figure(tick) for tick in ticks]
        if one.exposure_unit == "MBq":
            words = [f"{word}\n{_figure(tick / MBQ_PER_MCI)}" for word, tick in
                     zip(words, ticks, strict=True)]  # fmt: skip
        axes.set_xticks(ticks, words)
        axes.xaxis.set_minor_locator(NullLocator())
    elif one.exposure_unit:
        axes.set_xlim(-4, 104)
        axes.set_xticks([0, 25, 50, 75, 100])
    else:
        axes.set_xticks(sorted({*x.tolist()}))


def _figure(value: float) -> str:
    return f"{value:.2g}" if value < 100 else f"{value:.0f}"


def _words(one: Association) -> str:
    said = f"n = {len(one.points)}, {len(one.uncounted)} not counted"
    if one.coefficients is None or one.interval is None:
        return "\n".join([said, *textwrap.wrap(f"nothing fitted: {one.not_fitted}", _LINE_WORDS)])
    slope, (low, high) = one.coefficients[1], one.interval
    per = one.per
    level = f"{100 * one.confidence:g} %"
    said = f"{said}\nexposures taken as exact" if one.note else said
    if one.binary:
        a, b, c = np.exp([slope, low, high])
        return f"{said}\nodds x {a:.2g} per {per}\n({level}: {b:.2g} to {c:.2g})"
    return f"{said}\n{slope:+.3g} points per {per}\n({level}: {low:.3g} to {high:.3g})"


def render_association_figure(
    found: Sequence[Association], *, title: str, file_format: str
) -> bytes:
    """Draw pairs and give the figure's bytes.

    Parameters
    ----------
    found : sequence of Association
    title : str
    file_format : str
        ``"png"`` (300 dpi) or ``"svg"``.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, associate_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0)]
    >>> pairs = associate_lesions(rows, rule=ThresholdRule(name="x"))
    >>> render_association_figure(pairs, title="Lesions", file_format="svg")[:5]
    b'<?xml'
    """
    with drawing():
        drawn = draw_associations(found, title=title)
        return to_svg(drawn) if file_format == "svg" else to_png(drawn, dpi=300)
