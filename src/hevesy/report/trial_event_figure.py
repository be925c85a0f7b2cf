"""Adverse events as dots: share of the safety set with each term, with exact intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Mark, Panel, bars, column
from hevesy.report.style import BLUE, PAGE_WIDTH_MM, VERMILLION, new_figure
from hevesy.trial.tables.figures import EventDots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MOST_TERMS", "draw_event_dots", "mark_event_dots"]

MOST_TERMS = 25
_BANDS = (("grade 1 or 2", BLUE, "o", -0.16), ("grade 3 or more", VERMILLION, "s", 0.16))


def mark_event_dots(panels: Sequence[tuple[str, Sequence[EventDots]]]) -> tuple[Panel, ...]:
    """Give the share of units with each term in two bands of worst grade, exact 95 % intervals.

    Parameters
    ----------
    panels : sequence of (str, sequence of EventDots)
        Title ("any cause", ...), and the same terms in the same order in each.

    Returns
    -------
    tuple of Panel
        A place on y for each of the first `MOST_TERMS` terms.

    Examples
    --------
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis
    >>> from hevesy.trial.tables.figures import count_event_dots
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> analysis = prepare_analysis(sample_rows(), options=TableOptions())
    >>> panel = mark_event_dots([("any cause", count_event_dots(analysis, "any"))])[0]
    >>> [(one.y_word, one.series) for one in panel.marks if one.x]
    [('Pain', 'grade 1 or 2'), ('Fever', 'grade 3 or more')]
    """
    made = []
    for title, dots in panels:
        marks = []
        for band, *_ in _BANDS:
            for i, one in enumerate(dots[:MOST_TERMS]):
                cell = one.low if band == _BANDS[0][0] else one.high
                low, high = (float(limit) for limit in cell.interval)
                marks.append(
                    Mark(
                        series=band, kind="point", label=f"{cell.n} of {cell.denominator}",
                        x=100 * cell.n / cell.denominator, x_low=low, x_high=high, y=i,
                        y_word=one.term, records=tuple(member.unit for member in cell.members),
                    )
                )  # fmt: skip
        made.append(
            Panel(title=title, x_is="share of the safety set (%)", y_is="", marks=tuple(marks))
        )
    return tuple(made)


def draw_event_dots(panels: Sequence[Panel]) -> "Figure":
    """Draw the shares with their intervals, panels side by side.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_event_dots`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.style import drawing
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis
    >>> from hevesy.trial.tables.figures import count_event_dots
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> analysis = prepare_analysis(sample_rows(), options=TableOptions())
    >>> dots = count_event_dots(analysis, "any")
    >>> with drawing():
    ...     figure = draw_event_dots(mark_event_dots([("any cause", dots)]))
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['Fever', 'Pain']
    """
    dots = panels[0].of("point")
    terms = dict(zip(column(dots, "y").tolist(), (one.y_word for one in dots), strict=True))
    rows = len(terms)
    figure = new_figure(PAGE_WIDTH_MM, 22.0 + 5.2 * max(rows, 3))
    all_axes = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
    reach = 5.0
    for axes, panel in zip(all_axes, panels, strict=True):
        for label, colour, marker, offset in _BANDS:
            dots = panel.of("point", label)
            reach = max(reach, *column(dots, "x_high"))
            axes.errorbar(
                column(dots, "x"), column(dots, "y") + offset, xerr=bars(dots, "x"), fmt=marker,
                color=colour, markersize=3.4, elinewidth=0.9, capsize=1.6, label=label,
            )  # fmt: skip
        axes.set_title(panel.title)
        axes.set_xlabel(panel.x_is)
    for axes in all_axes:
        axes.set_xlim(-0.02 * reach, min(100.0, 1.05 * reach))
    all_axes[0].set_yticks(list(terms), list(terms.values()))
    all_axes[0].set_ylim(rows - 0.5, -0.5)
    handles, labels = all_axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure
