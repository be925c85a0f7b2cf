"""Adverse events as dots: share of the safety set with each term, with exact intervals."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from hevesy.report.style import BLUE, PAGE_WIDTH_MM, VERMILLION, new_figure
from hevesy.trial.tables.figures import EventDots

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MOST_TERMS", "draw_event_dots"]

MOST_TERMS = 25
_BANDS = (("grade 1 or 2", BLUE, "o", -0.16), ("grade 3 or more", VERMILLION, "s", 0.16))


def draw_event_dots(panels: Sequence[tuple[str, Sequence[EventDots]]]) -> "Figure":
    """Draw the share of units with each term in two bands of worst grade, exact 95 % intervals.

    Parameters
    ----------
    panels : sequence of (str, sequence of EventDots)
        Title ("any cause", ...), and the same terms in the same order in each.

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
    >>> with drawing():
    ...     figure = draw_event_dots([("any cause", count_event_dots(analysis, "any"))])
    >>> [label.get_text() for label in figure.axes[0].get_yticklabels()]
    ['Fever', 'Pain']
    """
    shown = [(title, dots[:MOST_TERMS]) for title, dots in panels]
    rows = len(shown[0][1])
    figure = new_figure(PAGE_WIDTH_MM, 22.0 + 5.2 * max(rows, 3))
    all_axes = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
    reach = 5.0
    for axes, (title, dots) in zip(all_axes, shown, strict=True):
        for label, colour, marker, offset in _BANDS:
            cells = [one.low if offset < 0 else one.high for one in dots]
            shares = [100 * cell.n / cell.denominator for cell in cells]
            limits = [tuple(float(v) for v in cell.interval) for cell in cells]
            reach = max(reach, *(high for _, high in limits))
            axes.errorbar(
                shares, [i + offset for i in range(rows)],
                xerr=[[s - low for s, (low, _) in zip(shares, limits, strict=True)],
                      [high - s for s, (_, high) in zip(shares, limits, strict=True)]],
                fmt=marker, color=colour, markersize=3.4, elinewidth=0.9, capsize=1.6, label=label,
            )  # fmt: skip
        axes.set_title(title)
        axes.set_xlabel("share of the safety set (%)")
    for axes in all_axes:
        axes.set_xlim(-0.02 * reach, min(100.0, 1.05 * reach))
    all_axes[0].set_yticks(range(rows), [one.term for one in shown[0][1]])
    all_axes[0].set_ylim(rows - 0.5, -0.5)
    handles, labels = all_axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper left", ncols=2)
    return figure
