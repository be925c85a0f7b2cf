"""Kaplan-Meier curves with their bands, censor marks and numbers at risk."""

from collections.abc import Iterator, Sequence
from math import nan
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Mark, Panel, column, line_marks
from hevesy.report.style import (
    BLUE,
    GREEN,
    INK,
    PAGE_WIDTH_MM,
    PURPLE,
    VERMILLION,
    new_figure,
    place,
)
from hevesy.trial.tables import DAYS_PER_MONTH, SurvivalCurve

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_survival", "mark_survival"]

_LOOKS = ((BLUE, "-"), (VERMILLION, (0, (5, 1.6))), (GREEN, (0, (1.2, 1.4))),
          (PURPLE, (0, (6, 1.4, 1.2, 1.4))))  # fmt: skip
_MOST_PANELS, _PANEL_MM = 4, 68.0
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60)
_CURVE, _BAND, _CENSORED, _RISK = "Kaplan-Meier", "95 % band", "censored", "at risk"


def mark_survival(curves: Sequence[tuple[str, SurvivalCurve]], *, what: str) -> tuple[Panel, ...]:
    """Give each curve's steps, its 95 % band (log-log Greenwood) and who is still at risk.

    Parameters
    ----------
    curves : sequence of (str, SurvivalCurve)
        Name and estimate; the first four are taken.
    what : str
        Such as "overall survival".

    Returns
    -------
    tuple of Panel
        Steps as corners. A curve ends where the last unit was followed to; a band begins with the
        first event, and ends where the curve reaches 0.

    Examples
    --------
    >>> from hevesy.trial.tables import SurvivalTime, estimate_survival
    >>> curve = estimate_survival([SurvivalTime(days=90, event=True),
    ...                            SurvivalTime(days=200, event=False)])
    >>> panel = mark_survival([("all", curve)], what="overall survival")[0]
    >>> [(round(one.x, 2), one.y) for one in panel.of("line")]
    [(0.0, 100.0), (2.96, 100.0), (2.96, 50.0), (6.57, 50.0)]
    """
    shown = curves[:_MOST_PANELS]
    month = float(DAYS_PER_MONTH)
    end = max(curve.followed_to for _, curve in shown) / month
    step = next((s for s in _STEPS_MONTHS if end / s <= 8), 120)
    panels = []
    for name, curve in shown:
        marks = [*_band(curve), *_corners(curve)]
        marks += [
            Mark(series=_CENSORED, kind="point", x=day / month, y=100 * curve.at(day)[0])
            for day in sorted(set(curve.censored))
        ]
        marks += [
            Mark(series=_RISK, kind="number", x=step * i,
                 y=curve.at_risk(int(step * i * DAYS_PER_MONTH)))
            for i in range(int(end / step) + 1)
        ]  # fmt: skip
        panels.append(
            Panel(
                title=f"{name}\n{curve.events} of {curve.n} with the event",
                x_is="time since the first administration (months)", y_is=f"{what} (%)",
                marks=tuple(marks),
            )
        )  # fmt: skip
    return tuple(panels)


def _steps(curve: SurvivalCurve, values: Sequence[float]) -> Iterator[tuple[float, float]]:
    """Corners of a step function in months and per cent: each value holds from its day on."""
    month = float(DAYS_PER_MONTH)
    before = nan
    for day, value in zip(curve.days, values, strict=True):
        if before == before:
            yield day / month, 100 * before
        yield day / month, 100 * value
        before = value
    yield curve.followed_to / month, 100 * before


def _corners(curve: SurvivalCurve) -> tuple[Mark, ...]:
    corners = list(_steps(curve, curve.share))
    return line_marks(_CURVE, [x for x, _ in corners], [y for _, y in corners])


def _band(curve: SurvivalCurve) -> Iterator[Mark]:
    """The band, day by day of its steps; where a limit does not exist there is none."""
    month = float(DAYS_PER_MONTH)
    ends = [*curve.days[1:], curve.followed_to]
    for start, end, low, high in zip(curve.days, ends, curve.lower, curve.upper, strict=True):
        for day in (start, end):
            if low == low and high == high:
                yield Mark(series=_BAND, kind="band", x=day / month, y_low=100 * low,
                           y_high=100 * high)  # fmt: skip


def draw_survival(panels: Sequence[Panel]) -> "Figure":
    """Draw each curve with its band and, below, who is still at risk.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_survival`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.style import drawing
    >>> from hevesy.trial.tables import SurvivalTime, estimate_survival
    >>> curve = estimate_survival([SurvivalTime(days=90, event=True),
    ...                            SurvivalTime(days=200, event=False)])
    >>> with drawing():
    ...     figure = draw_survival(mark_survival([("all", curve)], what="overall survival"))
    >>> figure.axes[0].get_ylabel()
    'overall survival (%)'
    """
    wide = PAGE_WIDTH_MM if len(panels) == 1 else PAGE_WIDTH_MM / 2
    figure = new_figure(PAGE_WIDTH_MM, _PANEL_MM * ((len(panels) + 1) // 2), fitted=False)
    end = max(float(column(panel.of("line"), "x").max()) for panel in panels)
    for i, panel in enumerate(panels):
        axes = place(
            figure,
            left_mm=(i % 2) * wide + 18,
            top_mm=(i // 2) * _PANEL_MM + 9,
            width_mm=wide - 22,
            height_mm=_PANEL_MM - 32,
        )
        _draw_curve(axes, panel, *_LOOKS[i])
        _number_at_risk(axes, panel)
        axes.set_title(panel.title, fontsize=7)
        axes.set_ylim(0, 104)
        axes.set_xlim(0, max(end * 1.02, 0.5))
        if i % 2 == 0:
            axes.set_ylabel(panel.y_is)
    return figure


def _number_at_risk(axes: "Axes", panel: Panel) -> None:
    """Ticks in months; below each how many are still followed on its day; the axis' label."""
    numbers = panel.of("number")
    ticks = column(numbers, "x").tolist()
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    for tick, one in zip(ticks, numbers, strict=True):
        axes.annotate(
            f"{one.y:g}", (tick, 0), xytext=(0, -30), xycoords=("data", "axes fraction"),
            textcoords="offset points", ha="center", va="center", fontsize=7,
        )  # fmt: skip
    axes.annotate("at risk", (0, 0), xytext=(-12, -30), xycoords="axes fraction",
                  textcoords="offset points", ha="right", va="center", fontsize=7)  # fmt: skip
    axes.annotate(panel.x_is, (0.5, 0), xytext=(0, -44), xycoords="axes fraction",
                  textcoords="offset points", ha="center", va="center", fontsize=7.5)  # fmt: skip


def _draw_curve(axes: "Axes", panel: Panel, colour: str, dash: object) -> None:
    band = panel.of("band")
    axes.fill_between(column(band, "x"), column(band, "y_low"), column(band, "y_high"),
                      color=colour, alpha=0.16, linewidth=0)  # fmt: skip
    for line in panel.lines():
        axes.plot(column(line, "x"), column(line, "y"), color=colour, linestyle=dash)
    marks = panel.of("point")
    axes.plot(column(marks, "x"), column(marks, "y"), marker="|", color=INK, markersize=5,
              markeredgewidth=0.8, linestyle="none")  # fmt: skip
