"""A figure as files: its marks as CSV, and the pictures of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from hevesy.report.figure_marks import Panel, figure_csv
from hevesy.report.style import drawing, to_png, to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from hevesy.report.trial_figures import StudyFigure

__all__ = ["list_figure_files", "render_figure_files"]


def list_figure_files(figures: "Iterable[StudyFigure]") -> dict[str, bytes]:
    """Give each drawn figure as two files: its marks as CSV, and the picture of them as SVG.

    Parameters
    ----------
    figures : iterable of StudyFigure

    Returns
    -------
    dict of str to bytes
        By file name.

    Examples
    --------
    >>> from hevesy.report.figure_marks import note_mark
    >>> from hevesy.report.trial_figures import StudyFigure
    >>> panel = Panel(title="p", x_is="", y_is="", marks=(note_mark("none"),))
    >>> figure = StudyFigure(name="spider", title="Spider", caption="", panels=(panel,),
    ...                      svg=b"<svg/>", png=b"")
    >>> list(list_figure_files([figure]))
    ['spider.csv', 'spider.svg']
    """
    found = {}
    for figure in figures:
        found[f"{figure.name}.csv"] = figure_csv(figure.panels).encode("utf-8")
        found[f"{figure.name}.svg"] = figure.svg
    return found


def render_figure_files(
    name: str, panels: Sequence[Panel], draw: "Callable[[Sequence[Panel]], Figure]"
) -> dict[str, bytes]:
    """Draw a figure's marks once, and give them and the pictures of them.

    Parameters
    ----------
    name : str
        The files' name without ending.
    panels : sequence of Panel
        All that the figure shows.
    draw : callable
        Gives the matplotlib figure from the panels alone.

    Returns
    -------
    dict of str to bytes
        By file name: CSV, SVG, and PNG of 300 dpi.

    Examples
    --------
    >>> from hevesy.report.figure_marks import note_mark
    >>> from hevesy.report.style import new_figure
    >>> panel = Panel(title="p", x_is="", y_is="", marks=(note_mark("none"),))
    >>> list(render_figure_files("a", [panel], lambda panels: new_figure(20, 20)))
    ['a.csv', 'a.svg', 'a.png']
    """
    with drawing():
        figure = draw(panels)
        return {
            f"{name}.csv": figure_csv(panels).encode("utf-8"),
            f"{name}.svg": to_svg(figure),
            f"{name}.png": to_png(figure, dpi=300),
        }
