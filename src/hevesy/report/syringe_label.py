"""A syringe's label as a picture: text beside a Data Matrix code (ECC 200)."""

from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import OutputError
from hevesy.pharmacy import SyringeLabel, label_payload, label_text
from hevesy.report.style import BLACK, drawing, new_figure, place, to_png, to_svg

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["data_matrix", "draw_syringe_label", "render_syringe_label"]

_LONGEST = 200  # characters: a code of 52 modules still prints at 0.4 mm a module
_WIDTH_MM, _HEIGHT_MM, _CODE_MM, _EDGE_MM = 90.0, 36.0, 22.0, 4.0
_FONT_PT, _LEAST_PT = 7.0, 4.0
_QUIET = 2  # light modules around the code; the standard asks for one


def data_matrix(text: str) -> NDArray[np.bool_]:
    """Encode a text as a square Data Matrix (ECC 200).

    Parameters
    ----------
    text : str
        Printable ASCII.

    Returns
    -------
    ndarray of bool, shape (n, n)
        True is dark; without the quiet zone.

    Raises
    ------
    OutputError
        Nothing, too much, or other characters.

    References
    ----------
    ISO/IEC 16022 (Data Matrix), encoded by ppf.datamatrix.

    Examples
    --------
    >>> data_matrix("123456").shape
    (10, 10)
    """
    if not (0 < len(text) <= _LONGEST and text.isascii() and text.isprintable()):
        raise OutputError(
            "this text can't be made a Data Matrix code",
            got=text[:40],
            allowed=f"1 to {_LONGEST} printable ASCII characters",
            remedy="shorten the numbers, or write them in ASCII",
        )
    from ppf.datamatrix import DataMatrix

    dark = np.array(DataMatrix(text, codecs=["ascii"]).matrix, dtype=np.float64) > 0
    return np.asarray(dark)


def draw_syringe_label(label: SyringeLabel, zone: ZoneInfo) -> "Figure":
    """Draw a label of 90 by 36 mm.

    Parameters
    ----------
    label : SyringeLabel
    zone : ZoneInfo
        The site's, for the times.

    Returns
    -------
    matplotlib.figure.Figure
        Draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     figure = draw_syringe_label(_example(), ZoneInfo("Europe/Warsaw"))
    >>> len(figure.axes)
    2
    """
    figure = new_figure(_WIDTH_MM, _HEIGHT_MM, fitted=False)
    code = np.pad(data_matrix(label_payload(label)), _QUIET)
    box = place(figure, left_mm=_EDGE_MM, top_mm=_EDGE_MM, width_mm=_CODE_MM, height_mm=_CODE_MM)
    box.imshow(code, cmap="gray_r", vmin=0, vmax=1, interpolation="nearest")
    box.set_axis_off()
    words = place(
        figure, left_mm=_CODE_MM + 2 * _EDGE_MM, top_mm=_EDGE_MM,
        width_mm=_WIDTH_MM - _CODE_MM - 3 * _EDGE_MM, height_mm=_HEIGHT_MM - 2 * _EDGE_MM,
    )  # fmt: skip
    words.set_axis_off()
    lines = label_text(label, zone)
    for n, line in enumerate(lines):
        drawn = words.text(
            0.0, 1 - n / (len(lines) - 1), line, va="center", ha="left", color=BLACK,
            fontsize=_FONT_PT, weight="bold" if n == 0 else "normal",
        )  # fmt: skip
        room = words.get_window_extent().width / drawn.get_window_extent().width
        if room < 1:  # a long name gets smaller letters, never an end that is cut off
            drawn.set_fontsize(_smaller_pt(room, line))
    return figure


def _smaller_pt(room: float, line: str) -> float:
    if _FONT_PT * room < _LEAST_PT:
        raise OutputError(
            "a line is too long for the label",
            got=line,
            allowed=f"about {int(len(line) * room * _FONT_PT / _LEAST_PT)} characters",
            remedy="shorten the study's name, or the agent's",
        )
    return _FONT_PT * room


def _example() -> SyringeLabel:
    from datetime import UTC, datetime

    from hevesy.nuclides import get_nuclide

    return SyringeLabel(
        study="IMD-1", agent="[188Re]Re-ImDendrim", batch="B-2024-017", syringe="S-2024-017-1",
        nuclide=get_nuclide("Re-188"), activity_bq=2e9, volume_ml=2.0, shield="10 mm PMMA",
        reference_at=datetime(2024, 3, 1, 9, tzinfo=UTC),
        expires_at=datetime(2024, 3, 1, 15, tzinfo=UTC), subject="P-012",
    )  # fmt: skip


def render_syringe_label(label: SyringeLabel, zone: ZoneInfo, file_format: str = "svg") -> bytes:
    """Draw a label and give its bytes.

    Parameters
    ----------
    label : SyringeLabel
    zone : ZoneInfo
    file_format : {"svg", "png"}

    Returns
    -------
    bytes

    Raises
    ------
    OutputError
        Another format.

    Examples
    --------
    >>> render_syringe_label(_example(), ZoneInfo("Europe/Warsaw"))[:5]
    b'<?xml'
    """
    if file_format not in {"svg", "png"}:
        raise OutputError(
            "a label has another format", got=file_format, allowed="svg, png", remedy="choose one"
        )
    with drawing():
        figure = draw_syringe_label(label, zone)
        return to_png(figure, dpi=300) if file_format == "png" else to_svg(figure)
