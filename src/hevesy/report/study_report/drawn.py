"""A section's own figure: its marks, drawn for the page and for print."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Panel
from hevesy.report.study_report.section import ReportGiven
from hevesy.report.style import drawing, to_png, to_svg
from hevesy.report.trial_figures import StudyFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_section_figure"]


def draw_section_figure(
    given: ReportGiven,
    *,
    name: str,
    title: str,
    caption: str,
    panels: Sequence[Panel],
    draw: "Callable[[Sequence[Panel]], Figure]",
) -> StudyFigure:
    """Draw a figure in the house's style, if the report wants it drawn.

    Parameters
    ----------
    given : ReportGiven
    name, title, caption : str
    panels : sequence of Panel
        All that the figure shows.
    draw : callable
        Gives the matplotlib figure from the panels alone.

    Returns
    -------
    StudyFigure

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> from hevesy.report.style import new_figure
    >>> draw_section_figure(sample_given(), name="x", title="X", caption="", panels=(),
    ...                     draw=lambda panels: new_figure(40, 20)).svg
    b''
    """
    svg = png = b""
    if given.drawn:
        with drawing():
            figure = draw(panels)
            svg = to_svg(figure)
            png = to_png(figure, dpi=200) if given.png else b""
    return StudyFigure(
        name=name, title=title, caption=caption, panels=tuple(panels), svg=svg, png=png
    )
