"""An image at the points of a plane."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid

__all__ = ["sample_plane"]


def sample_plane(
    values: NDArray[Any], grid: Grid, points_mm: NDArray[np.float64], outside: float
) -> NDArray[np.float32]:
    """Values at points in LPS mm, linear between voxels.

    Parameters
    ----------
    values : ndarray, shape ``grid.shape``
        Numbers, or a mask.
    grid : Grid
    points_mm : ndarray, shape (..., 3)
        x, y, z.
    outside : float
        Beyond the grid.

    Returns
    -------
    ndarray of float32, shape (...)

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(1, 1, 2))
    >>> sample_plane(np.array([[[0.0, 10, 20]]]), grid, np.array([[1.0, 0, 0]]), 0.0).tolist()
    [5.0]
    """
    from scipy.ndimage import map_coordinates

    index = np.moveaxis(grid.to_index(points_mm), -1, 0)
    source = values.view(np.uint8) if values.dtype == np.bool_ else values
    sampled = map_coordinates(source, index, np.float32, order=1, cval=outside)
    return np.asarray(sampled, dtype=np.float32)
