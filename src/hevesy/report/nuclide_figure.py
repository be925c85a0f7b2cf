"""The comparison of nuclides as a figure: power over time, and beta spectra."""

import os
import tempfile
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from hevesy.errors import NuclideError, OutputError
from hevesy.nuclides import NuclideComparison
from hevesy.report.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PAGE_WIDTH_MM,
    PURPLE,
    SKY,
    VERMILLION,
    drawing,
    looks,
    new_figure,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_nuclide_comparison", "write_nuclide_comparison"]

_FORMATS = ("png", "pdf", "svg")
_COLOURS = (VERMILLION, BLUE, GREEN, BLACK, PURPLE, ORANGE, SKY)
_HOURS = 10 * 24.0
_HEIGHT_MM = 74.0


def draw_nuclide_comparison(rows: Sequence[NuclideComparison]) -> "Figure":
    """Draw power per GBq over ten days, and beta spectra, side by side.

    Left: power of all electrons in mW from 1 GBq that stays where it is (the dose rate is in
    proportion to it), on a logarithmic axis. Right: betas per decay and MeV. Colours are those of
    Okabe and Ito; dashes differ too, for prints in grey.

    Parameters
    ----------
    rows : sequence of NuclideComparison
        Of `compare_nuclides`; up to seven stay apart by colour and dash.

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Raises
    ------
    NuclideError
        There is nothing to draw.

    Examples
    --------
    >>> from hevesy.nuclides import compare_nuclides
    >>> with drawing():
    ...     figure = draw_nuclide_comparison(compare_nuclides(["Re-188", "Y-90"]))
    >>> [axes.get_xlabel() for axes in figure.axes]
    ['Time (h)', 'Beta energy (MeV)']
    """
    if not rows:
        raise NuclideError("there is no nuclide to draw", remedy="name at least one nuclide")
    figure = new_figure(PAGE_WIDTH_MM, _HEIGHT_MM)
    left, right = figure.subplots(1, 2)
    names = [row.nuclide.name for row in rows]
    look_of = looks(names)
    colour_of = dict(zip(names, cycle(_COLOURS), strict=False))
    hours = np.linspace(0.0, _HOURS, 481)
    for row in rows:
        name = row.nuclide.name
        line = {"color": colour_of[name], "linestyle": look_of[name].dash, "label": name}
        left.plot(hours, row.electron_power_mw_per_gbq(hours * 3600.0), **line)
        if row.nuclide.beta_energy_mev.size:
            right.plot(row.nuclide.beta_energy_mev, row.nuclide.beta_density_per_mev, **line)
    left.set_yscale("log")
    highest = max(float(row.electron_power_mw_per_gbq(0.0)) for row in rows)
    left.set_ylim(highest * 1e-4, highest * 2)
    left.set_xlim(0.0, _HOURS)
    left.set_xticks(np.arange(0.0, _HOURS + 1, 48.0))
    left.set(xlabel="Time (h)", ylabel="Electron power (mW per GBq at 0 h)")
    left.set_title("Power given to tissue")
    right.set_yscale("log")
    right.set_xlim(left=0.0)
    right.set_ylim(bottom=1e-3)
    right.set(xlabel="Beta energy (MeV)", ylabel="Betas per decay and MeV")
    right.set_title("Beta spectra")
    for axes in (left, right):  # plain numbers: the house style reads no mathematics in texts
        axes.yaxis.set_major_formatter("{x:g}")
    figure.legend(
        *left.get_legend_handles_labels(), loc="outside lower center", ncols=min(len(rows), 8)
    )
    return figure


def write_nuclide_comparison(rows: Sequence[NuclideComparison], path: Path) -> Path:
    """Write the comparison's figure as PNG (300 dpi), PDF or SVG, by the name's ending.

    Nothing is left under the final name where writing fails.

    Parameters
    ----------
    rows : sequence of NuclideComparison
    path : Path
        Ends in ``.png``, ``.pdf`` or ``.svg``.

    Returns
    -------
    Path
        The file written.

    Raises
    ------
    OutputError
        Another ending, or the file could not be written.

    Examples
    --------
    >>> import tempfile
    >>> from hevesy.nuclides import compare_nuclides
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = write_nuclide_comparison(compare_nuclides(["Re-188"]), Path(folder) / "a.svg")
    ...     file.read_text()[:5]
    '<?xml'
    """
    ending = path.suffix.lower().removeprefix(".")
    if ending not in _FORMATS:
        raise OutputError(
            "the figure's file name has an ending that is not known",
            got=path.name,
            allowed=", ".join(f".{name}" for name in _FORMATS),
            remedy="name it, for example, nuclides.pdf",
        )
    metadata = {"CreationDate": None} if ending == "pdf" else {}
    if ending == "svg":
        metadata = {"Date": None}
    part: Path | None = None
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".part")
        part = Path(name)
        with os.fdopen(handle, "wb") as file, drawing():
            figure = draw_nuclide_comparison(rows)
            figure.savefig(file, format=ending, dpi=300, metadata=metadata)
        part.chmod(0o644)
        part.replace(path)
    except OSError as error:
        raise OutputError(
            "the figure could not be written",
            got=f"{path.name}: {error.strerror}",
            remedy="check that the folder exists, may be written, and has space left",
        ) from error
    finally:
        if part is not None:
            part.unlink(missing_ok=True)
    return path
