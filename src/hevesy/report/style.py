"""How figures look: colours, lines, type, and the way from a figure to bytes.

Figures are `matplotlib.figure.Figure` objects; pyplot and its global state are not used. Colours
are Okabe and Ito's, which stay apart for colour-blind readers; lines differ in dash and marker
too, for prints in grey.

References
----------
Okabe M, Ito K. Color Universal Design, 2008 (the palette); Wong B. Nat Methods 8:441, 2011,
doi:10.1038/nmeth.1618.
"""

import base64
import io
import re
import textwrap
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from math import ceil, floor, log10
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "ACCENT",
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "GRID",
    "INK",
    "ORANGE",
    "PAGE_WIDTH_MM",
    "PURPLE",
    "SKY",
    "VERMILLION",
    "YELLOW",
    "Look",
    "Picture",
    "data_uri",
    "drawing",
    "log_ticks",
    "looks",
    "new_figure",
    "place",
    "research_line",
    "to_png",
    "to_svg",
]

BLUE, VERMILLION, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
ORANGE, SKY, BLACK, YELLOW = "#E69F00", "#56B4E9", "#000000", "#F0E442"
INK, GREY, GRID, ACCENT = "#1F2A30", "#5B6770", "#DDE3E7", "#0B4F6C"
PAGE_WIDTH_MM = 178.0  # A4 less two margins of 16 mm

_WARM = (VERMILLION, PURPLE, ORANGE)
_COOL = (BLUE, GREEN, SKY)  # black and grey are lost on a CT
_DASHES: tuple[Any, ...] = ("-", (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.4, 1.2, 1.4)))
_MARKERS = ("o", "s", "^", "D", "v", "P", "X", "h")

_FEWEST_TICKS, _MOST_TICKS = 3, 9
_PREAMBLE = re.compile(rb"<!DOCTYPE[^>]*>\s*| *<metadata>.*?</metadata>\s*", re.DOTALL)

_RC: Any = {
    "font.family": ["DejaVu Sans"],
    "font.size": 7.5,
    "text.color": INK,
    "text.parse_math": False,  # a region may be called "$5"
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.labelsize": 7.5,
    "axes.titlesize": 8.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.5,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.labelsize": 7.0,
    "ytick.labelsize": 7.0,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "xtick.minor.size": 0.0,
    "ytick.minor.size": 0.0,
    "lines.linewidth": 1.4,
    "lines.markersize": 3.6,
    "legend.frameon": False,
    "legend.fontsize": 7.0,
    "legend.handlelength": 2.6,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
    "hatch.linewidth": 0.5,
    "svg.fonttype": "none",  # text stays text: searched, read aloud, a tenth of the size
    "svg.hashsalt": "hevesy",  # the same figure gives the same bytes
    "path.simplify": True,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How one region is drawn, in every figure of a report.

    Parameters
    ----------
    colour : str
        As ``#rrggbb``.
    dash : object
        A matplotlib line style.
    marker : str
        A matplotlib marker.
    width_pt : float
        Line width, pt.

    Examples
    --------
    >>> Look(colour=BLUE, dash="-", marker="o", width_pt=1.2).marker
    'o'
    """

    colour: str
    dash: Any
    marker: str
    width_pt: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A figure in the report.

    Parameters
    ----------
    title, caption, alt : str
        Heading, what is seen, and the same for those who cannot see it.
    uri : str
        The picture itself, as a ``data:`` address.

    Examples
    --------
    >>> Picture(title="DVH", caption="", alt="curves", uri="data:,").title
    'DVH'
    """

    title: str
    caption: str
    alt: str
    uri: str


def looks(names: Sequence[str], lesions: Sequence[str] = ()) -> dict[str, Look]:
    """Give each name a look: lesions in warm colours and heavier, others in cool ones.

    Parameters
    ----------
    names : sequence of str
        What is to be drawn, in order.
    lesions : sequence of str
        Those of `names` that are lesions.

    Returns
    -------
    dict of str to Look

    Examples
    --------
    >>> both = looks(["tumour", "liver"], ["tumour"])
    >>> both["tumour"].colour, both["liver"].colour
    ('#D55E00', '#0072B2')
    """
    chosen: dict[str, Look] = {}
    counts = {True: 0, False: 0}
    for name in names:
        lesion = name in lesions
        colours, n = (_WARM if lesion else _COOL), counts[lesion]
        counts[lesion] += 1
        chosen[name] = Look(
            colour=colours[n % len(colours)],
            dash=_DASHES[n % len(_DASHES)],
            marker=_MARKERS[n % len(_MARKERS)],
            width_pt=1.8 if lesion else 1.2,
        )
    return chosen


@contextmanager
def drawing() -> Iterator[None]:
    """Draw and save figures in the house's style; matplotlib's settings are put back after.

    Both the drawing and the saving of a figure belong inside. matplotlib's settings are one per
    process: don't draw on two threads at once.

    Examples
    --------
    >>> with drawing():
    ...     to_svg(new_figure(40, 20))[:5]
    b'<?xml'
    """
    import matplotlib as mpl

    with mpl.rc_context(_RC):
        yield


def new_figure(width_mm: float, height_mm: float, *, fitted: bool = True) -> "Figure":
    """Make an empty figure of a size in mm, which belongs to no window and no global list.

    Parameters
    ----------
    width_mm, height_mm : float
        On paper.
    fitted : bool
        Let matplotlib fit the axes into the figure; False where they are placed by `place`, which
        is several times faster.

    Returns
    -------
    Figure

    Examples
    --------
    >>> new_figure(254, 127).get_size_inches().tolist()
    [10.0, 5.0]
    """
    from matplotlib.figure import Figure

    return Figure(
        figsize=(width_mm / 25.4, height_mm / 25.4), layout="constrained" if fitted else None
    )


def place(
    figure: "Figure", *, left_mm: float, top_mm: float, width_mm: float, height_mm: float
) -> "Axes":
    """Put axes on a figure at a place in mm from its upper left corner.

    Parameters
    ----------
    figure : Figure
    left_mm, top_mm, width_mm, height_mm : float
        Of the box within the axes; labels stand outside it.

    Returns
    -------
    Axes

    Examples
    --------
    >>> figure = new_figure(100, 50, fitted=False)
    >>> axes = place(figure, left_mm=10, top_mm=5, width_mm=80, height_mm=40)
    >>> [round(float(v), 2) for v in axes.get_position().bounds]
    [0.1, 0.1, 0.8, 0.8]
    """
    wide, high = (25.4 * float(v) for v in figure.get_size_inches())
    box = (left_mm / wide, 1 - (top_mm + height_mm) / high, width_mm / wide, height_mm / high)
    return figure.add_axes(box)


def log_ticks(axes: "Axes") -> None:
    """Set few ticks in plain figures on a logarithmic x axis: 1, 2, 5, or more where too few fit.

    Parameters
    ----------
    axes : Axes
        With its marks; its limits stay.

    Examples
    --------
    >>> with drawing():
    ...     axes = new_figure(80, 40).add_subplot()
    ...     axes.set_xscale("log")
    ...     lines = axes.plot([30, 900], [0, 1])
    ...     log_ticks(axes)
    >>> [tick.get_text() for tick in axes.get_xticklabels()]
    ['50', '100', '200', '500', '1000']
    """
    from matplotlib.ticker import NullLocator

    low, high = axes.get_xlim()
    powers = range(floor(log10(low)), ceil(log10(high)) + 1)
    ticks: list[float] = []
    for steps in ((1, 2, 5), (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8)):
        ticks = [m * 10.0**k for k in powers for m in steps if low <= m * 10.0**k <= high]
        if len(ticks) >= _FEWEST_TICKS:
            break
    if len(ticks) > _MOST_TICKS:
        ticks = [tick for tick in ticks if f"{tick:e}".startswith("1")]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(low, high)


def to_svg(figure: "Figure") -> bytes:
    """Give the figure as SVG; its text is text, and no date is in it.

    Examples
    --------
    >>> with drawing():
    ...     b"<svg" in to_svg(new_figure(40, 20))
    True
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return _PREAMBLE.sub(b"", buffer.getvalue())


def research_line(figure: "Figure", words: str = "") -> None:
    """Write beneath a figure that is saved by itself what it is for.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        One of constrained layout, as `new_figure` makes it.
    words : str
        What else has to stand there.

    Examples
    --------
    >>> with drawing():
    ...     figure = new_figure(80, 40)
    ...     research_line(figure)
    >>> figure.get_supxlabel()
    'Research use only, not a medical device.'
    """
    use = "Research use only, not a medical device."
    said = f"{words} {use}".strip()
    wide = int(figure.get_figwidth() * 17.5)
    figure.supxlabel(textwrap.fill(said, max(wide, 30)), fontsize=6.5, color=INK)


def to_png(figure: "Figure", dpi: int = 150) -> bytes:
    """Give the figure as PNG, drawn by Agg.

    Examples
    --------
    >>> with drawing():
    ...     to_png(new_figure(40, 20), dpi=50)[1:4]
    b'PNG'
    """
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=dpi, metadata={"Software": None})
    return buffer.getvalue()


def data_uri(content: bytes, media_type: str) -> str:
    """Give a picture as an address that holds the picture itself.

    Examples
    --------
    >>> data_uri(b"<svg/>", "image/svg+xml")
    'data:image/svg+xml;base64,PHN2Zy8+'
    """
    return f"data:{media_type};base64,{base64.b64encode(content).decode('ascii')}"
