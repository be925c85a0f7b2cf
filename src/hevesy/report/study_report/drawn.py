"""A section's own figure, drawn for the page and for print."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from hevesy.report.style import drawing, to_png, to_svg
from hevesy.report.trial_figures import StudyFigure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_section_figure"]


def draw_section_figure(
    name: str, title: str, caption: str, draw: "Callable[[], Figure]", *, png: bool
) -> StudyFigure:
    """Draw a figure in the house's style.

    Parameters
    ----------
    name, title, caption : str
    draw : callable
        Gives the matplotlib figure.
    png : bool
        Also as PNG, 200 dpi.

    Returns
    -------
    StudyFigure

    Examples
    --------
    >>> from hevesy.report.style import new_figure
    >>> draw_section_figure("x", "X", "", lambda: new_figure(40, 20), png=False).png
    b''
    """
    with drawing():
        figure = draw()
        return StudyFigure(
            name=name,
            title=title,
            caption=caption,
            svg=to_svg(figure),
            png=to_png(figure, dpi=200) if png else b"",
        )
