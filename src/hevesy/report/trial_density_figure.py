"""Density of the target lesions over time: lesions that lose their blood before they shrink."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Mark, Panel, column
from hevesy.report.style import BLUE, INK, ORANGE, PAGE_WIDTH_MM, new_figure
from hevesy.trial.choi import LEAST_BASELINE_HU
from hevesy.trial.tables import DAYS_PER_MONTH, DensityCourse

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_density", "mark_density"]

_INJECTED, _OTHERS = "injected", "not injected"
_LOOKS = {_INJECTED: (BLUE, "-", "o"), _OTHERS: (ORANGE, (0, (5, 1.6)), "s")}
_LIMIT = Mark(series="", kind="rule", label="−15 %", y=-15)
_ZERO = Mark(series="", kind="rule", y=0)
_MANY = 200  # lines that can bear marks


def mark_density(courses: Sequence[DensityCourse]) -> tuple[Panel, ...]:
    """Give each lesion's density, and its change from the baseline in per cent.

    Parameters
    ----------
    courses : sequence of DensityCourse

    Returns
    -------
    tuple of Panel
        Two. Where the baseline is below 20 HU the change is left out, as no share is taken of it.

    Examples
    --------
    >>> from decimal import Decimal
    >>> key = ("lesion_assessment", "A")
    >>> course = DensityCourse(lesion=("lesion", "L1"), injected=True,
    ...                        points=((-5, Decimal(60), key), (41, Decimal(45), key)))
    >>> [[one.y for one in panel.of("line")] for panel in mark_density([course])]
    [[60.0, 45.0], [0.0, -25.0]]
    """
    days = "time since the first administration (months)"
    plain: list[Mark] = []
    changes: list[Mark] = []
    for course in courses:
        before = float(course.points[0][1])
        for day, density_hu, record in course.points:
            hu = float(density_hu)
            series = _INJECTED if course.injected else _OTHERS
            x = day / float(DAYS_PER_MONTH)
            plain.append(
                Mark(series=series, kind="line", label=course.lesion[1], x=x, y=hu,
                     records=(record,))
            )  # fmt: skip
            if before >= LEAST_BASELINE_HU:
                changes.append(
                    Mark(series=series, kind="line", label=course.lesion[1], x=x,
                         y=100 * (hu - before) / before, records=(record,))
                )  # fmt: skip
    n = len({(one.series, one.label) for one in changes})
    panels = [
        Panel(title=f"Density, n = {len(courses)}", x_is=days, y_is="mean density (HU)",
              marks=tuple(plain)),
        Panel(title=f"Change, n = {n}", x_is=days, y_is="change of density (%)",
              marks=(*changes, _LIMIT, _ZERO)),
    ]  # fmt: skip
    return tuple(panels)


def draw_density(panels: Sequence[Panel]) -> "Figure":
    """Draw the courses, panels side by side.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_density`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from decimal import Decimal
    >>> from hevesy.report.style import drawing
    >>> key = ("lesion_assessment", "A")
    >>> course = DensityCourse(lesion=("lesion", "L1"), injected=True,
    ...                        points=((-5, Decimal(60), key), (41, Decimal(45), key)))
    >>> with drawing():
    ...     figure = draw_density(mark_density([course]))
    >>> [axes.get_ylabel() for axes in figure.axes]
    ['mean density (HU)', 'change of density (%)']
    """
    from matplotlib.lines import Line2D

    figure = new_figure(PAGE_WIDTH_MM, 70)
    all_axes = figure.subplots(1, len(panels), squeeze=False)[0]
    for axes, panel in zip(all_axes, panels, strict=True):
        lines = panel.lines()
        few = len(lines) <= _MANY
        for line in lines:
            colour, dash, marker = _LOOKS[line[0].series]
            axes.plot(
                column(line, "x"), column(line, "y"), color=colour, ls=dash,
                lw=0.9 if few else 0.3, marker=marker if few else "", ms=2.4,
            )  # fmt: skip
        for one in panel.of("rule"):
            level = float(column([one], "y")[0])
            axes.axhline(level, color=INK, lw=0.7, ls=(0, (5, 2)) if one.label else "-")
            axes.annotate(one.label, (1.0, level), xycoords=("axes fraction", "data"),
                          fontsize=6.5, xytext=(2, 0), textcoords="offset points",
                          va="center")  # fmt: skip
        axes.set_xlabel(panel.x_is)
        axes.set_ylabel(panel.y_is)
        axes.set_title(panel.title)
    handles = [
        Line2D([], [], color=colour, ls=dash, marker=marker, ms=2.4, label=name)
        for name, (colour, dash, marker) in _LOOKS.items()
        if name in panels[0].series("line")
    ]
    figure.legend(handles=handles, loc="outside upper left", ncols=2)
    return figure
