"""Voxels as kernels see them."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.media import TissueMap

__all__ = ["VoxelTable", "voxel_table"]


class VoxelTable(NamedTuple):
    """Density and medium of a grid's voxels, on the grid's own axes.

    Parameters
    ----------
    nz, ny, nx : int
        Voxels along the array's axes.
    sx_cm, sy_cm, sz_cm : float
        A voxel's edges along x, y, z, cm.
    density : ndarray of float32, shape (nz, ny, nx)
        g/cm3. Read-only.
    labels : ndarray of uint8, shape (nz, ny, nx)
        Read-only.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> from hevesy.media import uniform_tissue
    >>> grid = Grid.from_spacing((2, 3, 4), spacing_mm=(5, 2, 3))
    >>> table = voxel_table(uniform_tissue(grid, "water"))
    >>> table.nx, table.sx_cm, table.sz_cm
    (4, 0.3, 0.5)
    """

    nz: int
    ny: int
    nx: int
    sx_cm: float
    sy_cm: float
    sz_cm: float
    density: NDArray[np.float32]
    labels: NDArray[np.uint8]


def voxel_table(tissue: TissueMap) -> VoxelTable:
    """Prepare a tissue map for kernels.

    Parameters
    ----------
    tissue : TissueMap
        On any grid: transport runs on the grid's own axes, which are at right angles.

    Returns
    -------
    VoxelTable

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> from hevesy.media import uniform_tissue
    >>> grid = Grid.from_spacing((1, 1, 1), spacing_mm=(2, 2, 2))
    >>> voxel_table(uniform_tissue(grid, "lung")).density.dtype.name
    'float32'
    """
    grid = tissue.density.grid
    density = np.ascontiguousarray(tissue.density.values, dtype=np.float32).view()
    density.setflags(write=False)
    nz, ny, nx = (int(n) for n in grid.shape)
    sz, sy, sx = (float(mm) / 10.0 for mm in grid.spacing_mm)
    return VoxelTable(nz, ny, nx, sx, sy, sz, density, tissue.labels)
