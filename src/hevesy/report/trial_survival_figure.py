"""Kaplan-Meier curves with their bands, censor marks and numbers at risk."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

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

__all__ = ["draw_survival"]

_LOOKS = ((BLUE, "-"), (VERMILLION, (0, (5, 1.6))), (GREEN, (0, (1.2, 1.4))),
          (PURPLE, (0, (6, 1.4, 1.2, 1.4))))  # fmt: skip
_MOST_PANELS, _PANEL_MM = 4, 68.0
_STEPS_MONTHS = (1, 2, 3, 6, 12, 24, 36, 60)


def draw_survival(curves: Sequence[tuple[str, SurvivalCurve]], *, what: str) -> "Figure":
    """Draw each curve with its 95 % band (log-log Greenwood) and, below, who is still at risk.

    Parameters
    ----------
    curves : sequence of (str, SurvivalCurve)
        Name and estimate; up to four.
    what : str
        The axis' label, such as "overall survival".

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`. A curve ends where the
        last unit was followed to; a band begins with the first event, and ends where the curve
        reaches 0.

    Examples
    --------
    >>> from hevesy.report.style import drawing
    >>> from hevesy.trial.tables import SurvivalTime, estimate_survival
    >>> curve = estimate_survival([SurvivalTime(days=90, event=True),
    ...                            SurvivalTime(days=200, event=False)])
    >>> with drawing():
    ...     figure = draw_survival([("all", curve)], what="overall survival")
    >>> figure.axes[0].get_ylabel()
    'overall survival (%)'
    """
    shown = curves[:_MOST_PANELS]
    end = max(curve.followed_to for _, curve in shown) / float(DAYS_PER_MONTH)
    wide = PAGE_WIDTH_MM if len(shown) == 1 else PAGE_WIDTH_MM / 2
    figure = new_figure(PAGE_WIDTH_MM, _PANEL_MM * ((len(shown) + 1) // 2), fitted=False)
    for i, (name, curve) in enumerate(shown):
        axes = place(
            figure,
            left_mm=(i % 2) * wide + 18,
            top_mm=(i // 2) * _PANEL_MM + 9,
            width_mm=wide - 22,
            height_mm=_PANEL_MM - 32,
        )
        colour, dash = _LOOKS[i]
        _draw_curve(axes, curve, colour, dash)
        _number_at_risk(axes, curve, end)
        axes.set_title(f"{name}\n{curve.events} of {curve.n} with the event", fontsize=7)
        axes.set_ylim(0, 104)
        axes.set_xlim(0, max(end * 1.02, 0.5))
        if i % 2 == 0:
            axes.set_ylabel(f"{what} (%)")
    return figure


def _number_at_risk(axes: "Axes", curve: SurvivalCurve, end: float) -> None:
    """Ticks in months; below each how many are still followed on its day; the axis' label."""
    step = next((s for s in _STEPS_MONTHS if end / s <= 8), 120)
    ticks = [step * i for i in range(int(end / step) + 1)]
    axes.set_xticks(ticks)
    for tick in ticks:
        axes.annotate(
            str(curve.at_risk(int(tick * DAYS_PER_MONTH))), (tick, 0), xytext=(0, -30),
            xycoords=("data", "axes fraction"), textcoords="offset points", ha="center",
            va="center", fontsize=7,
        )  # fmt: skip
    axes.annotate("at risk", (0, 0), xytext=(-12, -30), xycoords="axes fraction",
                  textcoords="offset points", ha="right", va="center", fontsize=7)  # fmt: skip
    axes.annotate("time since the first administration (months)", (0.5, 0), xytext=(0, -44),
                  xycoords="axes fraction", textcoords="offset points", ha="center", va="center",
                  fontsize=7.5)  # fmt: skip


def _draw_curve(axes: "Axes", curve: SurvivalCurve, colour: str, dash: object) -> None:
    month = float(DAYS_PER_MONTH)
    days = [*curve.days, curve.followed_to]
    x = [day / month for day in days]

    def percent(values: Sequence[float]) -> list[float]:
        return [100 * value for value in (*values, values[-1])]

    axes.fill_between(x, percent(curve.lower), percent(curve.upper), step="post", color=colour,
                      alpha=0.16, linewidth=0)  # fmt: skip
    axes.step(x, percent(curve.share), where="post", color=colour, linestyle=dash)
    marks = sorted(set(curve.censored))
    axes.plot([day / month for day in marks], [100 * curve.at(day)[0] for day in marks],
              marker="|", color=INK, markersize=5, markeredgewidth=0.8,
              linestyle="none")  # fmt: skip
