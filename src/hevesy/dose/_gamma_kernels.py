"""The gamma index, voxel by voxel.

For each reference voxel, the least of (distance / DTA)^2 + (dose difference / criterion)^2 over the
evaluated dose, which is interpolated trilinearly at points between its voxels. Points come in order
of distance t. The dose changes by no more than its steepest slope L around times t, so what is left
to find is no less than t^2 + (d - L t)^2, for the difference d in place; the search ends when that,
which grows from t = L d / (1 + L^2) on, exceeds what was found.
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel


@kernel
def _dose_at(dose: Any, z: Any, y: Any, x: Any) -> Any:
    """Trilinear between voxels' centres; not a number outside of them."""
    nz, ny, nx = dose.shape
    if not (0.0 <= z <= nz - 1 and 0.0 <= y <= ny - 1 and 0.0 <= x <= nx - 1):
        return math.nan
    iz, iy, ix = min(int(z), nz - 1), min(int(y), ny - 1), min(int(x), nx - 1)
    jz, jy, jx = min(iz + 1, nz - 1), min(iy + 1, ny - 1), min(ix + 1, nx - 1)
    tz, ty, tx = z - iz, y - iy, x - ix
    a = dose[iz, iy, ix] + tx * (dose[iz, iy, jx] - dose[iz, iy, ix])
    b = dose[iz, jy, ix] + tx * (dose[iz, jy, jx] - dose[iz, jy, ix])
    c = dose[jz, iy, ix] + tx * (dose[jz, iy, jx] - dose[jz, iy, ix])
    d = dose[jz, jy, ix] + tx * (dose[jz, jy, jx] - dose[jz, jy, ix])
    low, high = a + ty * (b - a), c + ty * (d - c)
    return low + tz * (high - low)


@kernel
def gamma_slab(
    reference: Any, evaluated: Any, steepest: Any, first: Any, last: Any,
    offsets: Any, distance2: Any, local: Any, criterion: Any, threshold: Any, most: Any, gamma: Any,
) -> None:  # fmt: skip
    """Fill slices `first` to before `last` of `gamma`; voxels under the threshold get -1.

    reference, evaluated : ndarray of float64, shape (z, y, x); steepest : the same, no less than
    any change of the evaluated dose over one DTA within the search; offsets : ndarray of float64,
    shape (n, 3), voxels along z, y, x; distance2 : ndarray of float64, shape (n,), in units of the
    DTA, ascending; local : bool, whether `criterion` is a share of the voxel's reference dose or a
    dose; most : float, where the search may end; gamma : ndarray of float32, shape (z, y, x).
    """
    _, ny, nx = reference.shape
    for iz in range(first, last):
        for iy in range(ny):
            for ix in range(nx):
                dose = reference[iz, iy, ix]
                if dose < threshold or dose <= 0.0:
                    gamma[iz, iy, ix] = -1.0
                    continue
                inverse = 1.0 / (criterion * dose if local else criterion)
                best = most * most
                here = abs(evaluated[iz, iy, ix] - dose) * inverse
                slope = steepest[iz, iy, ix] * inverse
                turn = slope * here / (1.0 + slope * slope)
                for n in range(distance2.size):
                    way = max(math.sqrt(distance2[n]), turn)
                    left = max(here - slope * way, 0.0)
                    if distance2[n] >= best or way * way + left * left > best:
                        break
                    other = _dose_at(
                        evaluated, iz + offsets[n, 0], iy + offsets[n, 1], ix + offsets[n, 2]
                    )
                    apart = (other - dose) * inverse
                    value = distance2[n] + apart * apart
                    if value < best:
                        best = value
                gamma[iz, iy, ix] = np.float32(math.sqrt(best))
