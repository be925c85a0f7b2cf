"""A lesion's density on CT: what lies under its outline."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError
from hevesy.images import Quantity, Region, Volume

__all__ = ["LesionDensity", "measure_density"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionDensity:
    """HU of the voxels under an outline.

    Parameters
    ----------
    mean_hu, spread_hu : float
        Mean, and standard deviation of the voxels: how uneven the lesion is, not how sure the mean.
    percentiles_hu : tuple of float
        10th, 50th and 90th.
    volume_ml : float
    values_hu : ndarray of float32, shape (n,)
        The voxels themselves.

    Examples
    --------
    >>> LesionDensity(mean_hu=8.0, spread_hu=40.0, percentiles_hu=(-40.0, 15.0, 45.0),
    ...               volume_ml=48.4, values_hu=np.zeros(3)).mean_hu
    8.0
    """

    mean_hu: float
    spread_hu: float
    percentiles_hu: tuple[float, float, float]
    volume_ml: float
    values_hu: NDArray[np.float32]

    def __post_init__(self) -> None:
        values = np.array(self.values_hu, dtype=np.float32)
        values.setflags(write=False)
        object.__setattr__(self, "values_hu", values)


def measure_density(ct: Volume, region: Region) -> LesionDensity:
    """Measure the density under a region's outline.

    Parameters
    ----------
    ct : Volume
        HU.
    region : Region
        On the CT's grid.

    Returns
    -------
    LesionDensity

    Raises
    ------
    QuantityError
        The volume is no CT.
    GridError
        The region lies on another grid.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(5, 1, 1))
    >>> ct = Volume(values=np.full(grid.shape, 40.0), grid=grid, quantity=Quantity.HU)
    >>> measure_density(ct, Region(name="T1", mask=np.ones(grid.shape, bool), grid=grid)).mean_hu
    40.0
    """
    ct.require(Quantity.HU)
    if not ct.grid.matches(region.grid):
        raise GridError(
            "the outline lies on another grid than the CT",
            got=region.name,
            remedy="bring it onto the CT's grid first",
        )
    values = ct.values[region.mask].astype(np.float64)
    low, middle, high = (float(v) for v in np.percentile(values, (10, 50, 90)))
    return LesionDensity(
        mean_hu=float(values.mean()),
        spread_hu=float(values.std()),
        percentiles_hu=(low, middle, high),
        volume_ml=values.size * ct.grid.voxel_volume_ml,
        values_hu=values.astype(np.float32),
    )
