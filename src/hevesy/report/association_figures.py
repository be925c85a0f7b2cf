"""Exposures against outcomes as figures: every row with its uncertainty, the curve and its band."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import OutputError
from hevesy.evidence import EVENT_OUTCOMES, Association
from hevesy.report.figure_marks import Mark, Panel, bars, column, line_marks, note_mark
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
from hevesy.units import MBQ_PER_MCI

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["choose_pairs", "draw_associations", "mark_associations", "render_association_figure"]

_ROW_MM, _ACROSS, _MOST = 62.0, 3, 9
_LINE_WORDS = 38
_POINTS, _CURVE, _BAND = "rows", "curve", "band, patients resampled"
_ZERO = Mark(series="", kind="rule", label="no change", y=0)


def choose_pairs(
    of_lesions: Sequence[Association], of_subjects: Sequence[Association]
) -> dict[str, tuple[str, tuple[Association, ...]]]:
    """Give the pairs that are drawn together, nine at most, and what they are, by a figure's name.

    Parameters
    ----------
    of_lesions, of_subjects : sequence of Association

    Returns
    -------
    dict of str to (str, tuple of Association)

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, associate_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0)]
    >>> list(choose_pairs(associate_lesions(rows, rule=ThresholdRule(name="x")), ()))
    ['changes']
    """
    events = [one for one in of_subjects if one.outcome == EVENT_OUTCOMES[0]]
    laboratory = [
        one for one in of_subjects
        if one.exposure == "activity" and one.outcome.endswith(", lowest") and one.points
    ]  # fmt: skip
    shown = {
        "changes": ("Lesions: outcomes against dose", tuple(of_lesions[:_MOST])),
        "events": ("Inclusions: events against exposures", tuple(events[:_MOST])),
        "laboratory": ("Inclusions: laboratory shifts", tuple(laboratory[:_MOST])),
    }
    return {name: (title, some) for name, (title, some) in shown.items() if some}


def mark_associations(
    found: Sequence[Association],
    *,
    records: Mapping[str, tuple[tuple[str, str], ...]] | None = None,
) -> tuple[Panel, ...]:
    """Give rows with their exposure, limits of ± 1 SD, and the curve with its band if fitted.

    Parameters
    ----------
    found : sequence of Association
        One to nine.
    records : mapping of str to tuple of (str, str), optional
        Records behind a point, by its row's name.

    Returns
    -------
    tuple of Panel
        One for each pair. Limits of an exposure are those of one standard deviation, of its
        logarithm where the slope is per doubling.

    Raises
    ------
    OutputError
        No pair, or more than nine.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, associate_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, density_change_percent=-9.0)]
    >>> panels = mark_associations(associate_lesions(rows, rule=ThresholdRule(name="x")))
    >>> [(one.x, one.y) for one in panels[0].of("point")]
    [(80.0, -9.0)]
    """
    if not 0 < len(found) <= _MOST:
        raise OutputError(
            "these pairs can't be drawn in one figure", got=len(found), allowed=f"1 to {_MOST}",
            remedy="draw fewer",
        )  # fmt: skip
    return tuple(_mark(one, records or {}) for one in found)


def _mark(one: Association, records: Mapping[str, tuple[tuple[str, str], ...]]) -> Panel:
    marks = [note_mark(words) for words in _words(one).split("\n")]
    for point in one.points:
        low, high = _ends(point.exposure, point.uncertainty, doubling=one.doubling)
        word = ("yes" if point.outcome else "no") if one.binary else ""
        marks.append(
            Mark(series=_POINTS, kind="point", label=point.row, x=point.exposure, x_low=low,
                 x_high=high, y=point.outcome, y_word=word, records=records.get(point.row, ()))
        )  # fmt: skip
    if one.coefficients is not None:
        reached = [point.exposure for point in one.points]
        spaced = np.geomspace if one.doubling else np.linspace
        at = spaced(min(reached), max(reached), 200)
        middle, below, above = one.curve(at)
        marks += [
            Mark(series=_BAND, kind="band", x=a, y_low=b, y_high=c)
            for a, b, c in zip(at.tolist(), below.tolist(), above.tolist(), strict=True)
        ]
        marks += line_marks(_CURVE, at.tolist(), middle.tolist())
    marks += [] if one.binary else [_ZERO]
    return Panel(
        title=f"{one.outcome} by {one.exposure}",
        x_is=f"{one.exposure} ({one.exposure_unit})" if one.exposure_unit else one.exposure,
        y_is=f"{one.outcome} (%)" if one.outcome_unit else one.outcome,
        x_scale="log" if one.doubling and one.points else "linear", marks=tuple(marks),
    )  # fmt: skip


def _ends(
    exposure: float, unsure: float | None, *, doubling: bool
) -> tuple[float | None, float | None]:
    """One standard deviation to both sides; of the logarithm where the slope is per doubling."""
    if not unsure:
        return None, None
    if not doubling:
        return exposure - unsure, exposure + unsure
    width = float(np.exp(np.sqrt(np.log1p((unsure / exposure) ** 2))))
    return exposure / width, exposure * width


def draw_associations(panels: Sequence[Panel], *, title: str) -> "Figure":
    """Draw one panel for each pair: rows with exposure ± 1 SD, the curve with its band if fitted.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_associations`.
    title : str
        What all of them are; the panels add numbers and intervals.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, associate_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, density_change_percent=-9.0)]
    >>> pairs = associate_lesions(rows, rule=ThresholdRule(name="x"))
    >>> with drawing():
    ...     figure = draw_associations(mark_associations(pairs), title="Lesions")
    >>> figure.axes[0].get_ylabel()
    'density change (%)'
    """
    rows = -(-len(panels) // _ACROSS)
    width_mm = PAGE_WIDTH_MM / 2 if len(panels) == 1 else PAGE_WIDTH_MM
    figure = new_figure(width_mm, 10 + _ROW_MM * rows)
    all_axes = figure.subplots(rows, min(_ACROSS, len(panels)), squeeze=False).ravel()
    for axes, panel in zip(all_axes, panels, strict=False):
        _panel(axes, panel)
    for axes in all_axes[len(panels) :]:
        axes.set_axis_off()
    said = f"{title}; exploratory, ±\N{NO-BREAK SPACE}1\N{NO-BREAK SPACE}SD of the exposure"
    figure.suptitle(textwrap.fill(said, 46 if len(panels) == 1 else 100), fontsize=8)
    research_line(figure)
    return figure


def _panel(axes: "Axes", panel: Panel) -> None:
    points = panel.of("point")
    x, y = column(points, "x"), column(points, "y")
    binary = not panel.of("rule")
    if binary:
        y = y + np.random.default_rng(1).uniform(-0.05, 0.05, y.size)
    axes.set_xscale(panel.x_scale)
    if x.size:
        axes.errorbar(x, y, xerr=bars(points, "x"), fmt="o", ms=3, color=BLUE, mfc="white",
                      elinewidth=0.6, lw=0)  # fmt: skip
    band, curve = panel.of("band"), panel.of("line")
    if curve:
        axes.fill_between(column(band, "x"), column(band, "y_low"), column(band, "y_high"),
                          color=SKY, alpha=0.35, lw=0)  # fmt: skip
        axes.plot(column(curve, "x"), column(curve, "y"), color=BLUE, lw=1.6)
    if binary:
        axes.set_ylim(-0.12, 1.12)
        axes.set_yticks([0, 1], ["no", "yes"])
    else:
        axes.axhline(0, color=GREY, lw=0.6)
    _ticks(axes, x, unit=panel.x_is.rpartition(" (")[2].removesuffix(")"))
    axes.set_xlabel(panel.x_is.replace("(MBq)", "(MBq, below in mCi)"))
    axes.set_ylabel(panel.y_is)
    axes.set_title("\n".join(one.label for one in panel.of("note")), fontsize=6.5)


def _ticks(axes: "Axes", x: np.ndarray, *, unit: str) -> None:
    """Few and plain: the least, a middle one and the greatest, in figures that can be read."""
    from matplotlib.ticker import NullLocator

    if not x.size:
        axes.set_xticks([])
        return
    if axes.get_xscale() == "log":
        low, high = float(x.min()), float(x.max())
        ticks = np.geomspace(low, high, 3) if high > low else np.array([low])
        words = [_figure(tick) for tick in ticks]
        if unit == "MBq":
            words = [f"{word}\n{_figure(tick / MBQ_PER_MCI)}" for word, tick in
                     zip(words, ticks, strict=True)]  # fmt: skip
        axes.set_xticks(ticks, words)
        axes.xaxis.set_minor_locator(NullLocator())
    elif unit.startswith("%"):
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
        drawn = draw_associations(mark_associations(found), title=title)
        return to_svg(drawn) if file_format == "svg" else to_png(drawn, dpi=300)
