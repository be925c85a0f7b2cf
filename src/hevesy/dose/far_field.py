"""What photons bring to places out of the electrons' reach, on a coarser grid."""

from functools import lru_cache
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.dose.convolution import convolve
from hevesy.dose.voxel_kernel import lay_out_shells
from hevesy.images import Volume

__all__ = ["block_sums", "far_field_mev", "spread_linearly"]

_Numbers = NDArray[np.float64]
_NEAR_BLOCKS = 3.0  # integrated up to here, and with falling weight to twice as far


def block_sums(values: NDArray[Any], factors: tuple[int, int, int]) -> NDArray[np.float64]:
    """Sum blocks of voxels; the last block of an axis may be cut off.

    Parameters
    ----------
    values : ndarray, shape (z, y, x)
    factors : tuple of int
        Voxels along each axis that make one.

    Returns
    -------
    ndarray of float64, shape ``ceil(values.shape / factors)``

    Examples
    --------
    >>> block_sums(np.ones((2, 2, 5)), (2, 2, 2)).tolist()
    [[[8.0, 8.0, 4.0]]]
    """
    summed = np.asarray(values)
    for axis, factor in enumerate(factors):
        starts = np.arange(0, summed.shape[axis], factor)
        summed = np.add.reduceat(summed, starts, axis=axis)
    return np.asarray(summed, dtype=np.float64)


def _between(fine: int, factor: int) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """For each voxel's centre, the block whose centre is before it and the way to the next."""
    blocks = -(-fine // factor)
    place = np.clip((np.arange(fine) + 0.5) / factor - 0.5, 0.0, blocks - 1.0)
    low = np.minimum(place.astype(np.int64), max(blocks - 2, 0))
    return low, (place - low).astype(np.float32)


def _stretch(values: NDArray[np.float32], axis: int, fine: int, factor: int) -> NDArray[np.float32]:
    low, way = _between(fine, factor)
    high = np.minimum(low + 1, values.shape[axis] - 1)
    shape = [1, 1, 1]
    shape[axis] = fine
    way = way.reshape(shape)
    return np.asarray(values.take(low, axis) * (1.0 - way) + values.take(high, axis) * way)


def spread_linearly(
    coarse: NDArray[Any], shape: tuple[int, int, int], factors: tuple[int, int, int]
) -> NDArray[np.float32]:
    """Share blocks' sums out to voxels, straight lines between the blocks' centres.

    Parameters
    ----------
    coarse : ndarray, shape (a, b, c)
        Sums over whole blocks.
    shape : tuple of int
        Of the fine grid.
    factors : tuple of int
        Voxels to a block along each axis.

    Returns
    -------
    ndarray of float32, shape `shape`

    Examples
    --------
    >>> spread_linearly(np.full((1, 1, 2), 8.0), (2, 2, 4), (2, 2, 2))[0, 0].tolist()
    [1.0, 1.0, 1.0, 1.0]
    """
    each = np.asarray(coarse, dtype=np.float32) / np.float32(np.prod(factors))
    planes = _stretch(_stretch(each, 2, shape[2], factors[2]), 1, shape[1], factors[1])
    found = np.empty(shape, dtype=np.float32)
    low, way = _between(shape[0], factors[0])
    for z in range(shape[0]):  # slice by slice: no copies of the whole
        high = planes[min(low[z] + 1, planes.shape[0] - 1)]
        np.multiply(planes[low[z]], 1.0 - way[z], out=found[z])
        found[z] += high * way[z]
    return found


def far_field_mev(
    tia: Volume,
    radius_mm: _Numbers,
    shells_mev: _Numbers,
    *,
    first_mm: float,
    threads: int | None = None,
) -> NDArray[np.float32]:
    """Energy of far shells in each voxel, convolved on blocks about a third as wide as `first_mm`.

    Blocks at the grid's end that are cut off count as whole: their decays are spread over them.

    Parameters
    ----------
    tia : Volume
        BQ_S.
    radius_mm : ndarray of float64, shape (n + 1,)
    shells_mev : ndarray of float64, shape (n,)
        Energy per decay between each two radii.
    first_mm : float
        Nearer shells carry only part of their energy here.
    threads : int, optional

    Returns
    -------
    ndarray of float32, shape ``tia.grid.shape``
        MeV.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((8, 8, 8), spacing_mm=(4, 4, 4))
    >>> tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    >>> energy = far_field_mev(tia, np.array([8.0, 12.0]), np.array([1.0]), first_mm=16.0)
    >>> bool(0 < energy[0, 0, 0] < energy[4, 4, 4] < 1.001)
    True
    """
    spacing = tia.grid.spacing_mm
    z, y, x = (max(int(first_mm / (3.0 * mm) + 1e-9), 1) for mm in spacing)
    sums = block_sums(np.asarray(tia.values), (z, y, x))
    blocks = (spacing[0] * z, spacing[1] * y, spacing[2] * x)
    a, b, c = (
        min(int(radius_mm[-1] / mm) + 1, max(n - 1, 1))
        for mm, n in zip(blocks, sums.shape, strict=True)
    )
    octant = _coarse_kernel(tuple(radius_mm), tuple(shells_mev), blocks, (a, b, c))
    part, box = convolve(sums, octant, threads=threads)
    coarse = np.zeros(sums.shape, dtype=np.float32)
    coarse[box] = part
    return spread_linearly(coarse, tia.grid.shape, (z, y, x))


@lru_cache(maxsize=8)
def _coarse_kernel(
    radius_mm: tuple[float, ...],
    shells_mev: tuple[float, ...],
    blocks_mm: tuple[float, float, float],
    half_width: tuple[int, int, int],
) -> NDArray[np.float64]:
    """Octant of the blocks' kernel: integrated near by, and further out where it is smooth taken
    at eight points whose variance is that of two blocks' distance, a^2 / 6 along each axis.
    """
    radii, shells = np.array(radius_mm), np.array(shells_mev)
    widest = max(blocks_mm)
    middle = 0.5 * (radii[1:] + radii[:-1])
    t = np.clip((middle / widest - _NEAR_BLOCKS) / _NEAR_BLOCKS, 0.0, 1.0)
    smooth = t * t * (3.0 - 2.0 * t)
    near = np.where(smooth < 1.0, shells * (1.0 - smooth), 0.0)
    kept = 1 + int(np.flatnonzero(near)[-1]) if near.any() else 1
    octant = lay_out_shells(
        radii[: kept + 1], near[:kept], blocks_mm, half_width, tolerance_relative=3e-3
    ).octant_mev.copy()
    per_mm = np.divide(shells * smooth, np.diff(radii), out=np.zeros(shells.size), where=smooth > 0)
    volume = float(np.prod(blocks_mm))
    steps = [mm / np.sqrt(6.0) for mm in blocks_mm]
    axes = [np.arange(n + 1) * mm for n, mm in zip(half_width, blocks_mm, strict=True)]
    for signs in product((-1.0, 1.0), repeat=3):
        z, y, x = (axis + s * h for axis, s, h in zip(axes, signs, steps, strict=True))
        r = np.sqrt(z[:, None, None] ** 2 + y[:, None] ** 2 + x**2)
        octant += 0.125 * volume * np.interp(r, middle, per_mm, right=0.0) / (4.0 * np.pi * r**2)
    return octant
