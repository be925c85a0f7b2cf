"""Follow-up as lanes: a bar for each unit with what happened on it."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Mark, Panel, column
from hevesy.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    PAGE_WIDTH_MM,
    PURPLE,
    SKY,
    VERMILLION,
    new_figure,
)
from hevesy.trial.tables import DAYS_PER_MONTH, DatedUnit

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["MOST_LANES", "draw_swimmer", "mark_swimmer"]

MOST_LANES = 80
_FOLLOWED = "followed"
_EVENTS = {  # marker, colour, size
    "administration": ("^", BLUE, 4.0),
    "first response": ("D", GREEN, 4.0),
    "progression": ("X", VERMILLION, 4.6),
    "death": ("s", BLACK, 4.0),
    "left alive": ("|", PURPLE, 7.0),
    "still followed": (">", GREY, 4.6),
}


def mark_swimmer(lanes: Sequence[DatedUnit], *, numbered: str) -> tuple[Panel, ...]:
    """Give a lane for each unit: administrations, response, progression, departure, censoring.

    Parameters
    ----------
    lanes : sequence of DatedUnit
        Longest first; the first `MOST_LANES` are taken.
    numbered : str
        What a lane is: "inclusions" or "persons".

    Returns
    -------
    tuple of Panel
        One.

    Examples
    --------
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis
    >>> from hevesy.trial.tables.figures import order_lanes
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> lanes = order_lanes(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [one.y_word for one in mark_swimmer(lanes, numbered="inclusions")[0].of("span")]
    ['I2', 'I1', 'I3']
    """
    shown = lanes[:MOST_LANES]
    month = float(DAYS_PER_MONTH)
    marks = [
        Mark(series=_FOLLOWED, kind="span", x_low=0, x=lane.last_day / month, y=i,
             y_word=lane.unit.key[1], records=(lane.unit.key, lane.last_row))
        for i, lane in enumerate(shown)
    ]  # fmt: skip
    for what in _EVENTS:
        for i, lane in enumerate(shown):
            marks += [
                Mark(series=what, kind="point", x=day / month, y=i, y_word=lane.unit.key[1],
                     records=(record,))
                for day, happened, record in _happened(lane) if happened == what
            ]  # fmt: skip
    more = f", the longest followed of {len(lanes)}" if len(lanes) > len(shown) else ""
    return (
        Panel(
            title="", x_is="time since the first administration (months)",
            y_is=f"{len(shown)} {numbered}{more}", marks=tuple(marks),
        ),
    )  # fmt: skip


def _happened(lane: DatedUnit) -> Iterator[tuple[int, str, tuple[str, str]]]:
    """Day, what, and the record that says so, or the unit's."""
    start = lane.unit.started_on
    for row in lane.unit.administrations:
        yield (row.given_on - start).days, "administration", ("administration", row.administration)
    if lane.responded_day is not None:
        yield lane.responded_day, "first response", lane.unit.key
    if lane.progressed_day is not None:
        yield lane.progressed_day, "progression", lane.unit.key
    last = "death" if lane.died else "left alive" if lane.departure else "still followed"
    yield lane.last_day, last, lane.last_row


def draw_swimmer(panels: Sequence[Panel]) -> "Figure":
    """Draw the lanes.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_swimmer`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.style import drawing
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis
    >>> from hevesy.trial.tables.figures import order_lanes
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> lanes = order_lanes(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> with drawing():
    ...     figure = draw_swimmer(mark_swimmer(lanes, numbered="inclusions"))
    >>> figure.axes[0].get_xlabel()
    'time since the first administration (months)'
    """
    panel = panels[0]
    lanes = panel.of("span")
    figure = new_figure(PAGE_WIDTH_MM, 24.0 + 3.4 * max(len(lanes), 6))
    axes = figure.add_subplot()
    axes.barh(column(lanes, "y"), column(lanes, "x"), height=0.55, color=SKY, alpha=0.45,
              edgecolor="none")  # fmt: skip
    for what, (marker, colour, size) in _EVENTS.items():
        own = panel.of("point", what)
        if own:
            bare = marker == "|"
            axes.plot(
                column(own, "x"), column(own, "y"), marker=marker, color=colour,
                markersize=size, markeredgewidth=1.4 if bare else 0.4, linestyle="none",
                markeredgecolor=colour if bare else "white", clip_on=False, label=what,
            )  # fmt: skip
    axes.set_yticks(column(lanes, "y"), [one.y_word for one in lanes], fontsize=5.5)
    axes.set_ylim(len(lanes) - 0.3, -0.9)
    axes.set_xlim(left=0)
    axes.grid(visible=False, axis="y")
    axes.set_xlabel(panel.x_is)
    axes.set_ylabel(panel.y_is)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1.0), ncols=6, borderaxespad=0.2,
                columnspacing=1.2)  # fmt: skip
    return figure
