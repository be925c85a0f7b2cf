"""How much of each voxel a region fills."""

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionError
from hevesy.images.grid import Grid
from hevesy.images.overlap import Box, index_matrix, mean_in_voxels, reach
from hevesy.images.transform import RigidTransform
from hevesy.images.volume import Region

__all__ = ["coverage_share"]

_IDENTITY = RigidTransform.identity()


def coverage_share(
    region: Region,
    grid: Grid,
    *,
    transform: RigidTransform = _IDENTITY,
    least_inside_share: float = 0.99,
) -> NDArray[np.float32]:
    """Share of each voxel's volume that a region drawn on another grid fills.

    Exact where the axes of both grids are parallel, in either direction of fineness; elsewhere
    over cells in each voxel, two or more to a voxel of the region's grid along each axis. Only the
    voxels around the region are worked on.

    Parameters
    ----------
    region : Region
        On its own grid (often the CT's).
    grid : Grid
        The target (often the SPECT's).
    transform : RigidTransform
        TAKES POINTS OF THE TARGET'S WORLD TO THE REGION'S WORLD (LPS mm).
    least_inside_share : float
        How much of the region's volume must lie within the target's field. A cut region has
        neither its own mass nor its own activity, so less is an error; 0 lets any part do.

    Returns
    -------
    ndarray of float32, shape ``grid.shape``
        0 to 1. Its sum times the voxel volume is the region's volume within the field: to 1e-5
        where the axes are parallel, else to 0.3 % for regions of 100 voxels of their grid or more
        (and far better for large ones).

    Raises
    ------
    RegionError
        The region lies outside the target's field, or less than `least_inside_share` is within.

    Examples
    --------
    >>> fine = Grid.from_spacing((1, 1, 4), spacing_mm=(1, 1, 1))
    >>> coarse = Grid.from_spacing((1, 1, 2), spacing_mm=(1, 1, 2), origin_mm=(0.5, 0, 0))
    >>> lesion = Region(name="lesion", mask=np.array([[[0, 1, 1, 1]]], dtype=bool), grid=fine)
    >>> coverage_share(lesion, coarse).tolist()
    [[[0.5, 1.0]]]
    """
    box = _around(region.mask)
    start = np.array([s.start for s in box], dtype=np.float64)
    matrix = index_matrix(region.grid, grid, transform)
    matrix[:3, 3] -= start
    mask = region.mask[box]
    nz, ny, nx = mask.shape
    where = reach((slice(0, nz), slice(0, ny), slice(0, nx)), matrix, grid.shape)
    result = np.zeros(grid.shape, dtype=np.float32)
    inside = 0.0
    if where is not None:
        corner = np.array([s.start for s in where], dtype=np.float64)
        size = (
            where[0].stop - where[0].start,
            where[1].stop - where[1].start,
            where[2].stop - where[2].start,
        )
        local = matrix.copy()
        local[:3, 3] += matrix[:3, :3] @ corner
        result[where] = np.clip(mean_in_voxels(mask, local, size), 0.0, 1.0)
        covered_ml = float(result[where].sum(dtype=np.float64)) * grid.voxel_volume_ml
        inside = covered_ml / region.volume_ml
    # play for the cells of small oblique regions
    if inside <= 0.0 or inside < least_inside_share - 0.003:
        raise RegionError(
            f"region '{region.name}' is not within the image it is used on",
            got=f"{100 * inside:.1f} % of its volume inside",
            allowed=f"{100 * least_inside_share:.0f} % or more",
            remedy="check the registration, or use an image that holds the whole region",
        )
    return result


def _around(mask: NDArray[np.bool_]) -> Box:
    """The smallest box of voxels that holds the mask."""
    spans = []
    for axis in range(3):
        other = tuple(a for a in range(3) if a != axis)
        found = np.flatnonzero(mask.any(axis=other))
        spans.append(slice(int(found[0]), int(found[-1]) + 1))
    return spans[0], spans[1], spans[2]
