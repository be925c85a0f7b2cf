"""Means over the voxels of one grid of what is constant in the voxels of another.

First-order conservative remapping: a source voxel's value fills its whole box, a target voxel gets
the mean over its own box, and outside the source there is nothing. Where the grids' axes are
parallel (in any order and direction) the overlaps of boxes are products of overlaps of intervals,
and the means are exact; elsewhere each target voxel is cut into cells (see `_overlap_kernels`).

References
----------
Jones PW. First- and second-order conservative remapping schemes for grids in spherical
coordinates. Mon Weather Rev 1999;127:2204, eq. 3 and 6 (the first-order scheme).
"""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.compiled import run_batches
from hevesy.images.grid import Grid
from hevesy.images.transform import RigidTransform

__all__ = ["Box", "aligned_axes", "index_matrix", "mean_in_voxels", "reach", "share_in_field"]

Box = tuple[slice, slice, slice]

_DRIFT = 0.005  # source voxels that a "parallel" axis may drift over the whole target
_CELLS_PER_SOURCE_VOXEL = 2  # along an axis; the page on images gives the errors
_BATCHES = 32


def index_matrix(source: Grid, target: Grid, transform: RigidTransform) -> NDArray[np.float64]:
    """Matrix from the target's indices to the source's.

    Parameters
    ----------
    source, target : Grid
        The two lattices.
    transform : RigidTransform
        From the target's world to the source's world.

    Returns
    -------
    ndarray of float64, shape (4, 4)
        Takes the homogeneous target index ``(z, y, x, 1)`` to the source's ``(z, y, x, 1)``.

    Examples
    --------
    >>> fine = Grid.from_spacing((4, 4, 4), spacing_mm=(1, 1, 1))
    >>> coarse = Grid.from_spacing((2, 2, 2), spacing_mm=(2, 2, 2))
    >>> index_matrix(fine, coarse, RigidTransform.identity()).diagonal().tolist()
    [2.0, 2.0, 2.0, 1.0]
    """
    matrix = np.linalg.inv(source.affine) @ transform.matrix @ target.affine
    # Round-off of 1e-12 would keep equal grids from being seen as equal.
    near = np.round(matrix)
    return np.where(np.abs(matrix - near) < 1e-9, near, matrix)


def aligned_axes(
    matrix: NDArray[np.float64], shape: tuple[int, int, int]
) -> tuple[int, int, int] | None:
    """Which source axis runs along each target axis, or None where the grids are oblique.

    Parameters
    ----------
    matrix : ndarray of float64, shape (4, 4)
        As of `index_matrix`.
    shape : tuple of int
        The target's voxels along ``(z, y, x)``.

    Returns
    -------
    tuple of int or None
        Source axis for target axes 0, 1, 2.

    Examples
    --------
    >>> aligned_axes(np.eye(4)[[2, 1, 0, 3]], (8, 8, 8))
    (2, 1, 0)
    """
    scale = matrix[:3, :3]
    axes = np.abs(scale).argmax(axis=0)
    if sorted(axes.tolist()) != [0, 1, 2]:
        return None
    rest = scale.copy()
    rest[axes, range(3)] = 0.0
    if (np.abs(rest) @ np.asarray(shape)).max() > _DRIFT:
        return None
    return int(axes[0]), int(axes[1]), int(axes[2])


def reach(box: Box, matrix: NDArray[np.float64], shape: tuple[int, int, int]) -> Box | None:
    """Target voxels that a box of source voxels can touch.

    Parameters
    ----------
    box : tuple of slice
        Source voxels along ``(z, y, x)``.
    matrix : ndarray of float64, shape (4, 4)
        As of `index_matrix`.
    shape : tuple of int
        The target's voxels along ``(z, y, x)``.

    Returns
    -------
    tuple of slice or None
        None where they don't meet.

    Examples
    --------
    >>> reach((slice(0, 2),) * 3, np.diag([2.0, 2.0, 2.0, 1.0]), (4, 4, 4))[0]
    slice(0, 2, None)
    """
    ends = np.array([(s.start - 0.5, s.stop - 0.5) for s in box])
    corners = np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
    back = np.linalg.inv(matrix)
    corners = corners @ back[:3, :3].T + back[:3, 3]
    low = np.maximum(np.floor(corners.min(axis=0) + 0.5 + 1e-9).astype(int), 0)
    high = np.minimum(np.ceil(corners.max(axis=0) + 0.5 - 1e-9).astype(int), shape)
    if (low >= high).any():
        return None
    z, y, x = (slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    return z, y, x


def mean_in_voxels(
    values: NDArray[Any], matrix: NDArray[np.float64], shape: tuple[int, int, int]
) -> NDArray[np.float32]:
    """Mean of the source over each target voxel; nothing (0) outside the source.

    Exact (to float32) where the axes are parallel. Elsewhere over cells, two or more to a source
    voxel along each axis; beside the result a float32 copy of the source is held.

    Parameters
    ----------
    values : ndarray of numbers or bool, shape (z, y, x) of the source
        Each fills its voxel.
    matrix : ndarray of float64, shape (4, 4)
        As of `index_matrix`.
    shape : tuple of int
        The target's voxels along ``(z, y, x)``.

    Returns
    -------
    ndarray of float32, shape `shape`
        In the unit of `values`.

    Examples
    --------
    >>> values = np.arange(8.0).reshape(2, 2, 2)
    >>> mean_in_voxels(values, np.array(
    ...     [[2, 0, 0, 0.5], [0, 2, 0, 0.5], [0, 0, 2, 0.5], [0, 0, 0, 1.0]]), (1, 1, 1)).item()
    3.5
    """
    axes = aligned_axes(matrix, shape)
    if axes is None:
        return _celled(values, matrix, shape)
    return _exact(values, matrix, shape, axes)


def _exact(
    values: NDArray[Any],
    matrix: NDArray[np.float64],
    shape: tuple[int, int, int],
    axes: tuple[int, int, int],
) -> NDArray[np.float32]:
    """Contract one axis after another with the overlaps of its intervals."""
    from scipy.sparse import csr_array

    middle = matrix[:3, :3] @ ((np.asarray(shape) - 1) / 2) + matrix[:3, 3]
    result = np.asarray(np.transpose(values, axes), dtype=np.float32)
    jobs: list[tuple[float, int, csr_array[np.float32]]] = []
    for axis, source_axis in enumerate(axes):
        step = float(matrix[source_axis, axis])
        first = float(middle[source_axis]) - step * (shape[axis] - 1) / 2
        overlaps = _interval_overlaps(shape[axis], values.shape[source_axis], step, first)
        jobs.append((shape[axis] / values.shape[source_axis], axis, csr_array(overlaps)))
    for _, axis, weights in sorted(jobs, key=lambda job: job[0]):  # what shrinks most goes first
        moved = np.moveaxis(result, axis, 0)
        flat = np.asarray(weights @ np.ascontiguousarray(moved).reshape(moved.shape[0], -1))
        result = np.moveaxis(flat.reshape(-1, *moved.shape[1:]), 0, axis)
    return np.ascontiguousarray(result, dtype=np.float32)


def _interval_overlaps(n: int, n_source: int, step: float, first: float) -> NDArray[np.float32]:
    """Share of each target interval that lies in each source interval; shape (n, n_source)."""
    centre = first + step * np.arange(n)[:, None]
    edge = np.arange(n_source)[None, :] - 0.5
    low = np.maximum(centre - abs(step) / 2, edge)
    high = np.minimum(centre + abs(step) / 2, edge + 1.0)
    overlap = np.clip(high - low, 0.0, None) / abs(step)
    overlap[overlap < 1e-9] = 0.0
    return np.asarray(overlap, dtype=np.float32)


def _celled(
    values: NDArray[Any], matrix: NDArray[np.float64], shape: tuple[int, int, int]
) -> NDArray[np.float32]:
    """Cut each target voxel into cells, some planes of the target at a time, on threads."""
    from hevesy.images._overlap_kernels import mean_planes

    size = np.abs(matrix[:3, :3])  # source voxels along each source axis, a target voxel
    cells = np.maximum(np.ceil(_CELLS_PER_SOURCE_VOXEL * size.max(axis=0)), 1).astype(np.int64)
    while (size / cells).sum(axis=1).max() > 1.0:  # a cell's box meets two source voxels at most
        cells += 1
    result = np.zeros(shape, dtype=np.float32)
    nz, ny, nx = values.shape
    box = reach((slice(0, nz), slice(0, ny), slice(0, nx)), matrix, shape)
    if box is None:
        return result
    source = np.array(values, dtype=np.float32, order="C")  # writable: one compiled variant
    low = np.array([s.start for s in box], dtype=np.int64)
    sides = [s.stop - s.start for s in box]
    thick = -(-sides[0] // _BATCHES)

    def work(batch: int) -> NDArray[np.float32]:
        corner = low + np.array([batch * thick, 0, 0])
        part = np.zeros((max(0, min(thick, box[0].stop - corner[0])), *sides[1:]), np.float32)
        mean_planes(source, matrix, cells, (size / cells).sum(axis=1), corner, part)
        return part

    parts = run_batches(work, -(-sides[0] // thick))
    result[box] = np.concatenate(parts)
    return result


def share_in_field(
    shape: tuple[int, int, int], field: tuple[int, int, int], matrix: NDArray[np.float64]
) -> NDArray[np.float32]:
    """Share of each voxel that lies within another grid's field.

    For each axis of the field the share of the voxel between its two end planes, in closed form
    (a plane cuts a box's volume as the distribution of a sum of three uniform numbers); the three
    shares are multiplied, which is exact but for voxels at an oblique field's edges and corners.

    Parameters
    ----------
    shape : tuple of int
        The voxels, along ``(z, y, x)``.
    field : tuple of int
        The other grid's voxels along ``(z, y, x)``.
    matrix : ndarray of float64, shape (4, 4)
        Takes the voxels' index ``(z, y, x, 1)`` to the other grid's.

    Returns
    -------
    ndarray of float32, shape `shape`
        0 to 1.

    Examples
    --------
    >>> share_in_field((1, 1, 2), (1, 1, 1), np.diag([1.0, 1.0, 1.0, 1.0])).tolist()
    [[[1.0, 0.0]]]
    """
    result = np.ones(shape, dtype=np.float32)
    for axis, n in enumerate(field):
        place = matrix[axis, 3] + sum(
            matrix[axis, k] * np.arange(count).reshape([-1 if a == k else 1 for a in range(3)])
            for k, count in enumerate(shape)
        )
        widths = np.abs(matrix[axis, :3])
        for sign, end in ((1.0, n - 0.5), (-1.0, 0.5)):
            _keep_below(result, sign * place, end, widths)
    return result


def _keep_below(
    result: NDArray[np.float32],
    place: NDArray[np.float64],
    end: float,
    widths: NDArray[np.float64],
) -> None:
    """Multiply by the share of each voxel that lies below an end plane of the field."""
    half = widths.sum() / 2
    result[place >= end + half] = 0.0
    cut = np.abs(place - end) < half  # few: the closed form is for those that the plane cuts
    result[cut] *= _below(end - place[cut], widths)


def _below(limit: NDArray[np.float64], widths: NDArray[np.float64]) -> NDArray[np.float32]:
    """Probability that a sum of up to three centred uniform numbers is below a limit."""
    wide = widths[widths > 1e-4 * widths.max()]  # the closed form divides by every width
    half = wide.sum() / 2
    # From the nearer end, so that the powers that cancel are those of small numbers.
    near = half - np.abs(np.clip(limit, -half, half))
    tail = np.zeros_like(near)
    for signs in np.ndindex(*(2,) * wide.size):
        tail += (-1) ** sum(signs) * np.clip(near - np.dot(signs, wide), 0.0, None) ** wide.size
    tail /= math.factorial(wide.size) * np.prod(wide)
    return np.asarray(np.where(limit < 0, tail, 1.0 - tail), dtype=np.float32)
