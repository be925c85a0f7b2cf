"""Radio-TLC strips as a figure: counts with their Poisson error, regions, background, shares."""

import io
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import OutputError
from hevesy.pharmacy import RadiochemicalPurity, StripAnalysis
from hevesy.report.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PAGE_WIDTH_MM,
    PURPLE,
    SKY,
    VERMILLION,
    drawing,
    new_figure,
    to_png,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_tlc", "render_tlc"]

_FORMATS = ("png", "pdf", "svg")
_COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY)
_STRIP_MM = 62.0
_HEAD_MM = 6.0


def _draw_strip(axes: "Axes", strip: StripAnalysis) -> None:
    trace = strip.trace
    at, counts = trace.position_mm, trace.counts
    low, high = counts - np.sqrt(counts), counts + np.sqrt(counts)
    axes.fill_between(at, low, high, step="mid", color=GREY, alpha=0.35, lw=0)
    axes.step(at, counts, where="mid", color=INK, lw=0.9)
    top = max(float(high.max()), 1.0)
    axes.set_ylim(0.0, 1.38 * top)
    for n, (region, share, colour) in enumerate(
        zip(strip.regions, strip.shares, cycle(_COLOURS), strict=False)
    ):
        axes.axvspan(region.low_mm, region.high_mm, color=colour, alpha=0.16, lw=0)
        axes.text(
            0.5 * (region.low_mm + region.high_mm), (1.36 - 0.13 * (n % 2)) * top,
            f"{region.name}\n{share.share_percent:.2f} ± {share.share_uncertainty_percent:.2f} %",
            ha="center", va="top", fontsize=7, color=INK,
        )  # fmt: skip
    if strip.background is not None:
        ground = strip.background
        axes.axvspan(
            ground.low_mm, ground.high_mm, facecolor="none", edgecolor=GREY, hatch="////",
            alpha=0.5, lw=0,
        )  # fmt: skip
        axes.text(
            0.5 * (ground.low_mm + ground.high_mm), 0.97 * top, "background",
            ha="center", va="top", fontsize=6.5, color=INK, rotation=90,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5},
        )  # fmt: skip
        axes.axhline(strip.background_counts, color=GREY, ls=(0, (5, 1.6)), lw=0.9)
    axes.set_xlim(float(at[0]), float(at[-1]))
    axes.set_ylabel("counts per point")
    axes.set_title(trace.name)


def draw_tlc(strips: Sequence[StripAnalysis], purity: RadiochemicalPurity) -> "Figure":
    """Draw each strip's raw counts with a band of one standard deviation, and its regions.

    Parameters
    ----------
    strips : sequence of StripAnalysis
        One or more.
    purity : RadiochemicalPurity
        Of all of them.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.pharmacy import TlcRegion, TlcTrace, analyse_strip, radiochemical_purity
    >>> trace = TlcTrace(name="strip", position_mm=[0, 1, 2, 3], counts=[1, 900, 100, 0])
    >>> strip = analyse_strip(trace, [TlcRegion(name="product", low_mm=0, high_mm=2)],
    ...                       nuclide=get_nuclide("Re-188"), whole=True)
    >>> with drawing():
    ...     figure = draw_tlc([strip], radiochemical_purity([strip]))
    >>> figure.axes[0].get_xlabel()
    'position (mm)'
    """
    figure = new_figure(PAGE_WIDTH_MM, _HEAD_MM + _STRIP_MM * len(strips))
    panels = figure.subplots(len(strips), 1, squeeze=False)[:, 0]
    for axes, strip in zip(panels, strips, strict=True):
        _draw_strip(axes, strip)
    panels[-1].set_xlabel("position (mm)")
    words = (
        f"radiochemical purity {purity.rcp_percent:.2f} ± "
        f"{purity.rcp_uncertainty_percent:.2f} % (k = 1, counting)"
    )
    if purity.limit_percent is not None:
        verdict = "met" if purity.passed else "NOT met"
        words += f"; limit {purity.limit_percent:g} %: {verdict}"
    figure.suptitle(words, fontsize=8.5, ha="left", x=0.01)
    return figure


def render_tlc(
    strips: Sequence[StripAnalysis], purity: RadiochemicalPurity, file_format: str
) -> bytes:
    """Draw strips and give the figure's bytes.

    Parameters
    ----------
    strips : sequence of StripAnalysis
    purity : RadiochemicalPurity
    file_format : str
        ``"png"`` (300 dpi), ``"pdf"`` or ``"svg"``.

    Returns
    -------
    bytes

    Raises
    ------
    OutputError
        Another format.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.pharmacy import TlcRegion, TlcTrace, analyse_strip, radiochemical_purity
    >>> trace = TlcTrace(name="strip", position_mm=[0, 1, 2, 3], counts=[1, 900, 100, 0])
    >>> strip = analyse_strip(trace, [TlcRegion(name="product", low_mm=0, high_mm=2)],
    ...                       nuclide=get_nuclide("Re-188"), whole=True)
    >>> render_tlc([strip], radiochemical_purity([strip]), "svg")[:5]
    b'<?xml'
    """
    if file_format not in _FORMATS:
        raise OutputError(
            "the figure's file name has an ending that is not known",
            got=file_format or "none",
            allowed=", ".join(f".{name}" for name in _FORMATS),
            remedy="name it, for example, strip.png",
        )
    with drawing():
        figure = draw_tlc(strips, purity)
        if file_format == "png":
            return to_png(figure, dpi=300)
        if file_format == "svg":
            return to_svg(figure)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="pdf", metadata={"CreationDate": None})
        return buffer.getvalue()
