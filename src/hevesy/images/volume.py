"""An image: values on a grid, with what they mean."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, QuantityError, RegionError
from hevesy.images.grid import Grid

__all__ = ["Quantity", "Region", "Volume"]


class Quantity(StrEnum):
    """What a voxel's number is, with its canonical unit."""

    HU = "HU"
    DENSITY_G_PER_CM3 = "g/cm3"
    COUNTS = "counts"
    ATTENUATION_PER_MM = "1/mm"  # linear attenuation coefficient of photons of one energy
    BQ = "Bq"  # activity in the voxel
    BQ_PER_ML = "Bq/mL"
    BQ_S = "Bq.s"  # decays in the voxel
    BQ_S_PER_ML = "Bq.s/mL"
    GY = "Gy"
    RELATIVE = "1"  # a share, e.g. a relative standard uncertainty


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Volume:
    """Values on a grid; the array is read-only and operations return a new volume.

    Parameters
    ----------
    values : ndarray, shape ``grid.shape``
        Numbers in the unit of `quantity`; floats or integers. Made read-only: a writable array is
        copied unless it owns its data alone, so hand over arrays you will not change.
    grid : Grid
        Where the voxels lie.
    quantity : Quantity
        What the numbers are.
    frame_of_reference : str or None
        DICOM Frame of Reference UID: two volumes that share it need no registration.

    Raises
    ------
    GridError
        The array's shape is not the grid's.
    QuantityError
        A value is NaN or infinite.

    Examples
    --------
    >>> grid = Grid.from_spacing((2, 3, 4), spacing_mm=(4, 4, 4))
    >>> spect = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> spect.values.flags.writeable
    False
    """

    values: NDArray[Any]
    grid: Grid
    quantity: Quantity
    frame_of_reference: str | None = None

    def __post_init__(self) -> None:
        values = np.asarray(self.values)
        if values.shape != self.grid.shape:
            raise GridError(
                "an image's array does not have its grid's shape",
                got=values.shape,
                allowed=str(self.grid.shape),
                remedy="give the array in (z, y, x) order",
            )
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise QuantityError(
                f"the {self.quantity} image has values that are not finite",
                got=f"{int(np.count_nonzero(~np.isfinite(values)))} voxels",
                remedy="mend or mask them before use",
            )
        values = values.view()
        values.setflags(write=False)
        object.__setattr__(self, "values", values)

    def require(self, *quantities: Quantity) -> "Volume":
        """Return this volume if it holds one of `quantities`.

        Raises
        ------
        QuantityError
            It holds another.

        Examples
        --------
        >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(1, 1, 1))
        >>> ct = Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU)
        >>> ct.require(Quantity.HU) is ct
        True
        """
        if self.quantity not in quantities:
            raise QuantityError(
                "the image does not hold what this step needs",
                got=str(self.quantity),
                allowed=", ".join(quantities),
                remedy="give the right image, or convert it first",
            )
        return self

    def with_values(self, values: NDArray[Any], quantity: Quantity | None = None) -> "Volume":
        """Return a volume on the same grid and frame with other values.

        Examples
        --------
        >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(1, 1, 1))
        >>> ct = Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU)
        >>> ct.with_values(np.ones(grid.shape), Quantity.DENSITY_G_PER_CM3).quantity.value
        'g/cm3'
        """
        return Volume(
            values=values,
            grid=self.grid,
            quantity=quantity or self.quantity,
            frame_of_reference=self.frame_of_reference,
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Region:
    """A named set of voxels (a volume of interest).

    Parameters
    ----------
    name : str
        As the site calls it; unique in a case.
    mask : ndarray of bool, shape ``grid.shape``
        True inside. Read-only.
    grid : Grid
        Where the voxels lie.
    frame_of_reference : str or None
        DICOM Frame of Reference UID of the image it was drawn on.

    Raises
    ------
    GridError
        The mask's shape is not the grid's.
    RegionError
        The name or the mask is empty.

    Examples
    --------
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(10, 10, 10))
    >>> Region(name="lesion", mask=np.ones(grid.shape, dtype=bool), grid=grid).volume_ml
    8.0
    """

    name: str
    mask: NDArray[np.bool_]
    grid: Grid
    frame_of_reference: str | None = None

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise RegionError("a region has no name", remedy="name it in its file")
        mask = np.asarray(self.mask, dtype=np.bool_)
        if mask.shape != self.grid.shape:
            raise GridError(
                f"the mask of region '{self.name}' does not have its grid's shape",
                got=mask.shape,
                allowed=str(self.grid.shape),
                remedy="give the mask in (z, y, x) order",
            )
        if not mask.any():
            raise RegionError(
                f"region '{self.name}' is empty or lies outside the image",
                got="0 voxels",
                remedy="draw it on this image, or leave it out",
            )
        mask = mask.view()
        mask.setflags(write=False)
        object.__setattr__(self, "mask", mask)

    @property
    def volume_ml(self) -> float:
        """Volume of the voxels inside, mL."""
        return float(np.count_nonzero(self.mask) * self.grid.voxel_volume_ml)
