"""Kernel of means over oblique voxels.

Modelled: a source that is constant in each of its voxels, averaged over target voxels whose axes
are not parallel to its own. Each target voxel is cut into small cells along its own axes; a cell is
taken as the smallest box along the source's axes that holds it, at the cell's centre, so its share
in each of up to eight source voxels is a product of three overlaps. Neglected: the cell's own
turn (its box is a little larger, which smooths by less than a cell). Parallel axes come out exact.

Units: index space of the source throughout; values in the caller's unit. Sums are in float64.
"""

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.compiled import kernel


@kernel
def mean_planes(
    values: NDArray[np.float32],
    matrix: NDArray[np.float64],
    cells: NDArray[np.int64],
    reach: NDArray[np.float64],
    low: NDArray[np.int64],
    out: NDArray[np.float32],
) -> None:
    """Fill `out`, whose voxel (0, 0, 0) is the target's voxel `low`; `reach` is a cell's box."""
    nz, ny, nx = values.shape
    shape = (nz, ny, nx)
    first = np.zeros(3, dtype=np.int64)
    beyond = np.zeros(3)
    count = cells[0] * cells[1] * cells[2]
    for z in range(out.shape[0]):
        for y in range(out.shape[1]):
            for x in range(out.shape[2]):
                total = 0.0
                for a in range(cells[0]):
                    tz = low[0] + z + (a + 0.5) / cells[0] - 0.5
                    for b in range(cells[1]):
                        ty = low[1] + y + (b + 0.5) / cells[1] - 0.5
                        for c in range(cells[2]):
                            tx = low[2] + x + (c + 0.5) / cells[2] - 0.5
                            outside = False
                            for k in range(3):
                                place = (
                                    matrix[k, 0] * tz
                                    + matrix[k, 1] * ty
                                    + matrix[k, 2] * tx
                                    + matrix[k, 3]
                                )
                                start = math.floor(place - 0.5 * reach[k] + 0.5)
                                first[k] = start
                                # share of the cell's box in the next source voxel
                                over = (place + 0.5 * reach[k] - start - 0.5) / reach[k]
                                beyond[k] = min(max(over, 0.0), 1.0)
                                if start < -1 or start >= shape[k]:
                                    outside = True
                            if outside:
                                continue
                            for i in range(2):
                                zi = first[0] + i
                                wz = beyond[0] if i == 1 else 1.0 - beyond[0]
                                if wz == 0.0 or zi < 0 or zi >= nz:
                                    continue
                                for j in range(2):
                                    yj = first[1] + j
                                    wy = beyond[1] if j == 1 else 1.0 - beyond[1]
                                    if wy == 0.0 or yj < 0 or yj >= ny:
                                        continue
                                    row = 0.0
                                    if first[2] >= 0:
                                        row += (1.0 - beyond[2]) * values[zi, yj, first[2]]
                                    if first[2] + 1 < nx:
                                        row += beyond[2] * values[zi, yj, first[2] + 1]
                                    total += wz * wy * row
                out[z, y, x] = total / count
