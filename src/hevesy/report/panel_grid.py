"""Figures of several panels of one kind: rows with their exposure, and a curve with its band."""

import textwrap
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import OutputError
from hevesy.report.figure_marks import Mark, Panel, bars, column
from hevesy.report.style import BLUE, PAGE_WIDTH_MM, SKY, new_figure, research_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "MOST_PANELS",
    "band_marks",
    "draw_grid",
    "draw_rows_and_curve",
    "exposure_limits",
    "require_panels",
]

MOST_PANELS = 9
_ROW_MM, _ACROSS = 62.0, 3


def require_panels(number: int, what: str) -> None:
    """Refuse none, or more than fit in one figure.

    Parameters
    ----------
    number : int
    what : str
        What the panels are, for the message.

    Raises
    ------
    OutputError
        None, or more than `MOST_PANELS`.

    Examples
    --------
    >>> require_panels(9, "pairs")
    """
    if not 0 < number <= MOST_PANELS:
        raise OutputError(
            f"these {what} can't be drawn in one figure", got=number,
            allowed=f"1 to {MOST_PANELS}", remedy="draw fewer",
        )  # fmt: skip


def exposure_limits(
    exposure: float, unsure: float | None, *, logarithm: bool
) -> tuple[float | None, float | None]:
    """Give one standard deviation to both sides.

    Parameters
    ----------
    exposure : float
    unsure : float or None
        Its standard deviation, in the same unit.
    logarithm : bool
        One standard deviation of the logarithm, as of a log-normal of this mean and deviation:
        the limits stay above 0. Of an exposure of 0 there is none: its limits are plain.

    Returns
    -------
    (float or None, float or None)
        None where there is no uncertainty.

    Examples
    --------
    >>> exposure_limits(80.0, 10.0, logarithm=False), exposure_limits(80.0, None, logarithm=True)
    ((70.0, 90.0), (None, None))
    """
    if not unsure:
        return None, None
    if not logarithm or exposure <= 0:
        return exposure - unsure, exposure + unsure
    width = float(np.exp(np.sqrt(np.log1p((unsure / exposure) ** 2))))
    return exposure / width, exposure * width


def band_marks(
    series: str, x: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]
) -> Iterator[Mark]:
    """Give a band's points as marks.

    Parameters
    ----------
    series : str
    x, low, high : ndarray of float, shape (points,)

    Yields
    ------
    Mark

    Examples
    --------
    >>> [one.y_high for one in band_marks("b", np.ones(1), np.zeros(1), np.ones(1))]
    [1.0]
    """
    for a, b, c in zip(x.tolist(), low.tolist(), high.tolist(), strict=True):
        yield Mark(series=series, kind="band", x=a, y_low=b, y_high=c)


def draw_grid(
    panels: Sequence[Panel], *, title: str, draw_panel: "Callable[[Axes, Panel], None]"
) -> "Figure":
    """Draw panels three in a row, below a title; one alone at half the width.

    Parameters
    ----------
    panels : sequence of Panel
        Their notes stand above each.
    title : str
    draw_panel : callable
        Draws one into its axes.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide (one panel: 89); draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.style import drawing
    >>> panel = Panel(title="p", x_is="dose (Gy)", y_is="share", marks=())
    >>> with drawing():
    ...     figure = draw_grid([panel], title="One", draw_panel=lambda axes, panel: None)
    >>> figure.axes[0].get_xlabel()
    'dose (Gy)'
    """
    rows = -(-len(panels) // _ACROSS)
    alone = len(panels) == 1
    figure = new_figure(PAGE_WIDTH_MM / 2 if alone else PAGE_WIDTH_MM, 10 + _ROW_MM * rows)
    all_axes = figure.subplots(rows, min(_ACROSS, len(panels)), squeeze=False).ravel()
    for axes, panel in zip(all_axes, panels, strict=False):
        axes.set_xlabel(panel.x_is)
        axes.set_ylabel(panel.y_is)
        axes.set_title("\n".join(one.label for one in panel.of("note")), fontsize=6.5)
        draw_panel(axes, panel)
    for axes in all_axes[len(panels) :]:
        axes.set_axis_off()
    figure.suptitle(textwrap.fill(title, 46 if alone else 100), fontsize=8)
    research_line(figure)
    return figure


def draw_rows_and_curve(axes: "Axes", panel: Panel, *, shifted: bool) -> None:
    """Draw a panel's points with their limits along x, and its curve over its band.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
    panel : Panel
    shifted : bool
        Points of yes and no: moved a little up or down so that they don't hide each other.

    Examples
    --------
    >>> from hevesy.report.style import drawing, new_figure
    >>> point = Mark(series="rows", kind="point", x=80, x_low=70, x_high=90, y=1)
    >>> with drawing():
    ...     axes = new_figure(40, 40).add_subplot()
    ...     draw_rows_and_curve(axes, Panel(title="", x_is="", y_is="", marks=(point,)),
    ...                         shifted=False)
    >>> len(axes.containers)
    1
    """
    points, band, curve = panel.of("point"), panel.of("band"), panel.of("line")
    y = column(points, "y")
    if shifted:
        y = y + np.random.default_rng(1).uniform(-0.05, 0.05, y.size)
    if points:
        axes.errorbar(column(points, "x"), y, xerr=bars(points, "x"), fmt="o", ms=3, color=BLUE,
                      mfc="white", elinewidth=0.6, lw=0)  # fmt: skip
    if curve:
        axes.fill_between(column(band, "x"), column(band, "y_low"), column(band, "y_high"),
                          color=SKY, alpha=0.35, lw=0)  # fmt: skip
        axes.plot(column(curve, "x"), column(curve, "y"), color=BLUE, lw=1.6)
