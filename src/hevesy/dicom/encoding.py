"""Numbers as DICOM stores them: decimal strings, integer pixels with a scale."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.valuerep import format_number_as_ds

from hevesy.errors import QuantityError
from hevesy.images import Grid

__all__ = ["ScaledPixels", "decimal", "decimals", "place_plane", "scale_to_integers"]

_SMALLEST_STEP = 1e-30


def decimal(value: float) -> str:
    """Decimal string of 16 characters at most.

    Examples
    --------
    >>> decimal(1 / 3)
    '0.33333333333333'
    """
    text: str = format_number_as_ds(float(value))
    return text


def decimals(values: Iterable[float]) -> list[str]:
    """Decimal strings of several numbers.

    Examples
    --------
    >>> decimals([1.0, -0.25])
    ['1.0', '-0.25']
    """
    # -1e-17 and its like, from a rotation, would fill 16 characters with nothing
    return [decimal(0.0 if abs(value) < 1e-12 else float(value)) for value in values]


def place_plane(dataset: Dataset, grid: Grid, *, z: int = 0) -> None:
    """Write Image Position, Image Orientation (Patient) and Pixel Spacing of slice `z`.

    Parameters
    ----------
    dataset : pydicom.Dataset
        Written into.
    grid : Grid
        Of the image.
    z : int
        Index of the slice.

    Examples
    --------
    >>> dataset = Dataset()
    >>> place_plane(dataset, Grid.from_spacing((2, 2, 2), spacing_mm=(3, 2, 1)), z=1)
    >>> dataset.ImagePositionPatient, dataset.PixelSpacing
    ([0.0, 0.0, 3.0], [2.0, 1.0])
    """
    _, column, row = grid.direction.T
    dataset.ImagePositionPatient = decimals(grid.to_world_mm([z, 0, 0]))
    dataset.ImageOrientationPatient = decimals((*row, *column))
    dataset.PixelSpacing = decimals(grid.spacing_mm[1:])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScaledPixels:
    """Values as integers times a step.

    Parameters
    ----------
    stored : ndarray of uint16 or uint32, shape of the values
        Integers.
    step : float
        Value = stored x step, in the values' unit; exactly what `step_text` says.
    step_text : str
        Decimal string.
    """

    stored: NDArray[np.unsignedinteger]
    step: float
    step_text: str


def scale_to_integers(values: NDArray[Any], *, bits: int, what: str) -> ScaledPixels:
    """Store values of 0 and above as unsigned integers, to half a step.

    The step is the largest value over the largest integer, rounded up to a decimal string, so that
    no value is clipped; the integers are made with the step as it will be read.

    Parameters
    ----------
    values : ndarray, shape (slices, rows, columns)
        Finite, none negative.
    bits : int
        16 or 32.
    what : str
        What they are, for messages.

    Returns
    -------
    ScaledPixels

    Raises
    ------
    QuantityError
        Negative values.

    Examples
    --------
    >>> scale_to_integers(np.array([[[0.0, 65535.0]]]), bits=16, what="a dose").step
    1.0
    """
    smallest, largest = float(values.min()), float(values.max())
    if smallest < 0 or not np.isfinite(largest):
        raise QuantityError(
            f"{what} has values below 0, or infinite ones",
            got=f"{int(np.count_nonzero(values < 0))} voxels, down to {smallest:g}",
            allowed="0 and above",
            remedy="mend them before writing DICOM",
        )
    top = 2**bits - 1
    wanted = max(largest / top, _SMALLEST_STEP) if largest > 0 else 1.0
    text = decimal(wanted)
    if float(text) < wanted:
        # A decimal string keeps 10 digits or more: one part in 10^9 up is enough for any of them.
        text = decimal(wanted * (1 + 1e-9))
    step = float(text)
    stored = np.empty(values.shape, dtype=np.uint16 if bits == 16 else np.uint32)
    for z in range(len(values)):
        stored[z] = np.minimum(np.rint(values[z].astype(np.float64) / step), top)
    return ScaledPixels(stored=stored, step=step, step_text=text)
