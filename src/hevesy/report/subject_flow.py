"""A trial's flow as a figure: stages down, exits with their reasons to the right."""

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from hevesy.errors import OutputError
from hevesy.report.figure_marks import Mark, Panel, column, note_mark
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    PAGE_WIDTH_MM,
    VERMILLION,
    drawing,
    new_figure,
    to_png,
    to_svg,
)
from hevesy.trial import SubjectFlow

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_flow", "draw_subject_flow", "mark_flow", "render_subject_flow"]

_FORMATS = ("png", "pdf", "svg")
_MOST_FAULTS = 6
_STAGE_MM, _LINE_MM, _GAP_MM, _FOOT_MM = 13.0, 4.6, 7.0, 9.0
_REACHED, _LEFT, _WRONG = "reached the stage", "left after it", "Contradiction: "
_AGREES = "every stage is the one before less those who left"
_Names = Mapping[str, Sequence[tuple[str, str]]]


def _box(axes: "Axes", x: float, y: float, width: float, height: float, colour: str) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle((x, y), width, height, facecolor="white", edgecolor=colour, linewidth=1.0)
    )


def _arrow(axes: "Axes", start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.annotate(
        "", xy=end, xytext=start,
        arrowprops={"arrowstyle": "-|>", "color": GREY, "lw": 1.0, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip


def draw_subject_flow(
    flow: SubjectFlow, *, unit: str = "subjects", faults: Sequence[str] | None = None
) -> "Figure":
    """Draw a flow; sums that do not agree are said below it.

    Counts are exact, so no uncertainty is drawn.

    Parameters
    ----------
    flow : SubjectFlow
    unit : str
        What n counts.
    faults : sequence of str or None
        What to say below it; None takes the flow's own. Of more than 6 the rest is counted.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.trial import published_flow, read_publication
    >>> with drawing():
    ...     figure = draw_subject_flow(published_flow(read_publication("imdendrim")))
    >>> [text.get_text() for text in figure.axes[0].texts][:1]
    ['Screened, n = 51']
    """
    return draw_flow(mark_flow(flow, unit=unit, faults=faults))


def mark_flow(
    flow: SubjectFlow,
    *,
    unit: str = "subjects",
    faults: Sequence[str] | None = None,
    members: _Names | None = None,
    left: Mapping[tuple[str, str], Sequence[tuple[str, str]]] | None = None,
) -> tuple[Panel, ...]:
    """Give stages, and exits with their reasons, as counts from top to bottom.

    Parameters
    ----------
    flow : SubjectFlow
    unit : str
        What n counts.
    faults : sequence of str or None
        Contradictions; None takes the flow's own. Of more than 6 the rest is counted.
    members : mapping of str to sequence of (str, str), optional
        Records that reached a stage.
    left : mapping of (str, str) to sequence of (str, str), optional
        Records that left after a stage, by stage and reason.

    Returns
    -------
    tuple of Panel
        One: a bar for each count, a place on y for each stage and exit.

    Examples
    --------
    >>> from hevesy.trial import published_flow, read_publication
    >>> panel = mark_flow(published_flow(read_publication("imdendrim")))[0]
    >>> [(one.y_word, one.x) for one in panel.of("span", "reached the stage")][:2]
    [('Screened', 51.0), ('Enrolled and treated', 42.0)]
    """
    marks: list[Mark] = []
    for stage in flow.stages:
        marks.append(
            Mark(series=_REACHED, kind="span", x_low=0, x=stage.subjects, y=len(marks),
                 y_word=stage.name, records=tuple((members or {}).get(stage.name, ())))
        )  # fmt: skip
        marks += [
            Mark(series=_LEFT, kind="span", x_low=0, x=one.subjects, y=len(marks) + i,
                 label=stage.name, y_word=one.reason,
                 records=tuple((left or {}).get((stage.name, one.reason), ())))
            for i, one in enumerate(stage.exits)
        ]  # fmt: skip
    wrong = flow.faults if faults is None else tuple(faults)
    if len(wrong) > _MOST_FAULTS:
        more = len(wrong) - _MOST_FAULTS
        wrong = (*wrong[:_MOST_FAULTS], f"and {more} more: see `hevesy trial flow`")
    notes = [note_mark(f"{_WRONG}{words}") for words in wrong] or [note_mark(_AGREES)]
    return (Panel(title="Flow", x_is=f"n: {unit}", y_is="", marks=(*marks, *notes)),)


def draw_flow(panels: Sequence[Panel]) -> "Figure":
    """Draw a flow's counts as boxes.

    Parameters
    ----------
    panels : sequence of Panel
        From `mark_flow`.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.trial import published_flow, read_publication
    >>> with drawing():
    ...     figure = draw_flow(mark_flow(published_flow(read_publication("imdendrim"))))
    >>> [text.get_text() for text in figure.axes[0].texts][:1]
    ['Screened, n = 51']
    """
    panel = panels[0]
    stages = panel.of("span", _REACHED)
    exits = {stage.y_word: [one for one in panel.of("span", _LEFT) if one.label == stage.y_word]
             for stage in stages}  # fmt: skip
    exits_mm = [_LINE_MM * (len(own) + 1) + 4 if own else 0.0 for own in exits.values()]
    height_mm = sum(_STAGE_MM + e + _GAP_MM for e in exits_mm) + _FOOT_MM
    notes = [one.label for one in panel.of("note")]
    wrong = [words.removeprefix(_WRONG) for words in notes if words.startswith(_WRONG)]
    height_mm += _LINE_MM * len(wrong)
    figure = new_figure(PAGE_WIDTH_MM, height_mm)
    axes = figure.add_subplot()
    axes.set_axis_off()
    axes.set_xlim(0, PAGE_WIDTH_MM)
    axes.set_ylim(0, height_mm + 0.5)  # half a line's width above the first box
    y = height_mm
    for i, (stage, exit_mm) in enumerate(zip(stages, exits_mm, strict=True)):
        y -= _STAGE_MM
        _box(axes, 8, y, 70, _STAGE_MM, BLUE)
        axes.text(43, y + _STAGE_MM / 2, f"{stage.y_word}, n = {stage.x:.0f}", ha="center",
                  va="center", fontsize=9, color=INK)  # fmt: skip
        own = exits[stage.y_word]
        if own:
            top = y - _GAP_MM / 2
            _box(axes, 92, top - exit_mm, 80, exit_mm, GREY)
            _arrow(axes, (43, top - exit_mm / 2), (92, top - exit_mm / 2))
            words = [f"left, n = {column(own, 'x').sum():.0f}"]
            words += [f"    {one.y_word}, n = {one.x:.0f}" for one in own]
            axes.text(96, top - exit_mm / 2, "\n".join(words), ha="left", va="center",
                      fontsize=8, color=INK, linespacing=1.45)  # fmt: skip
        if i + 1 < len(stages):
            _arrow(axes, (43, y), (43, y - exit_mm - _GAP_MM))
        y -= exit_mm + _GAP_MM
    said = "\n".join(wrong) or _AGREES
    axes.text(8, 2.5, f"{panel.x_is}; {said}", ha="left", va="bottom", fontsize=7.5,
              color=VERMILLION if wrong else INK)  # fmt: skip
    return figure


def render_subject_flow(
    flow: SubjectFlow,
    file_format: str,
    *,
    unit: str = "subjects",
    faults: Sequence[str] | None = None,
) -> bytes:
    """Draw a flow and give the figure's bytes.

    Parameters
    ----------
    flow : SubjectFlow
    file_format : str
        ``"png"`` (300 dpi), ``"pdf"`` or ``"svg"``.
    unit : str
        What n counts.
    faults : sequence of str or None
        What to say below it; None takes the flow's own.

    Returns
    -------
    bytes

    Raises
    ------
    OutputError
        Another format.

    Examples
    --------
    >>> from hevesy.trial import published_flow, read_publication
    >>> render_subject_flow(published_flow(read_publication("imdendrim")), "svg")[:5]
    b'<?xml'
    """
    if file_format not in _FORMATS:
        raise OutputError(
            "the figure's file name has an ending that is not known",
            got=file_format or "none",
            allowed=", ".join(f".{name}" for name in _FORMATS),
            remedy="name it, for example, flow.png",
        )
    with drawing():
        figure = draw_subject_flow(flow, unit=unit, faults=faults)
        if file_format == "png":
            return to_png(figure, dpi=300)
        if file_format == "svg":
            return to_svg(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", metadata={"CreationDate": None})
        return buffer.getvalue()
