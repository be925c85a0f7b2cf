"""Masks to planar contours that give exactly the same mask back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionError
from hevesy.images import Grid

__all__ = ["outline_mask", "outline_slice"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Loop:
    """A closed run of voxel edges: corners ``(row, column)``, counted in voxel edges."""

    corners: NDArray[np.int64]
    component: int
    is_hole: bool


def outline_mask(
    mask: NDArray[np.bool_], grid: Grid, *, keyholes: bool = True
) -> tuple[NDArray[np.float64], ...]:
    """Contours along the voxels' edges, slice by slice.

    No voxel's centre is nearer to a contour than half a voxel, so that reading it back by
    `hevesy.segmentation.contours.fill_contours` gives the same mask bit for bit as long as the
    vertices' rounding stays below half a voxel. Voxels that touch at a corner only are outlined
    apart.

    Parameters
    ----------
    mask : ndarray of bool, shape ``grid.shape``
        True inside.
    grid : Grid
        Where the voxels lie.
    keyholes : bool
        Join each hole to its surrounding contour by a channel of no width, as DICOM asks of
        CLOSED_PLANAR contours. Otherwise holes are contours of their own, to be taken by the
        even-odd rule.

    Returns
    -------
    tuple of ndarray of float64, shape (n, 3)
        Vertices in LPS mm, by rising slice.

    Raises
    ------
    RegionError
        The mask does not have the grid's shape.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 3, 3), spacing_mm=(5, 2, 2))
    >>> ring = np.array([[[1, 1, 1], [1, 0, 1], [1, 1, 1]]], dtype=bool)
    >>> [len(contour) for contour in outline_mask(ring, grid)]
    [11]
    >>> [len(contour) for contour in outline_mask(ring, grid, keyholes=False)]
    [4, 4]
    """
    if mask.shape != grid.shape:
        raise RegionError(
            "a mask does not have its grid's shape",
            got=mask.shape,
            allowed=str(grid.shape),
            remedy="give the mask in (z, y, x) order",
        )
    found = []
    for k in np.flatnonzero(mask.any(axis=(1, 2))):
        for corners in outline_slice(mask[k], keyholes=keyholes):
            index = np.column_stack([np.full(len(corners), float(k)), corners])
            found.append(grid.to_world_mm(index))
    return tuple(found)


def outline_slice(
    mask: NDArray[np.bool_], *, keyholes: bool = True
) -> tuple[NDArray[np.float64], ...]:
    """Polygons along the pixels' edges of one slice.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, columns)
        True inside.
    keyholes : bool
        Join holes to their surrounding polygon; otherwise they are polygons of their own.

    Returns
    -------
    tuple of ndarray of float64, shape (n, 2)
        Vertices ``(row, column)`` in pixel indices, half-integers all; outer polygons turn one
        way, holes the other.

    References
    ----------
    DICOM PS3.3, C.8.8.6.3 (the keyhole technique).

    Examples
    --------
    >>> outline_slice(np.array([[True]]))[0].tolist()
    [[-0.5, -0.5], [-0.5, 0.5], [0.5, 0.5], [0.5, -0.5]]
    """
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    if not len(rows):
        return ()
    top, left = rows[0], columns[0]
    loops = _trace_loops(mask[top : rows[-1] + 1, left : columns[-1] + 1])
    polygons = _join_holes(loops) if keyholes else [loop.corners for loop in loops]
    return tuple(polygon + np.array([top - 0.5, left - 0.5]) for polygon in polygons)


def _trace_loops(mask: NDArray[np.bool_]) -> list[_Loop]:
    """Outlines of all 4-connected parts and of their holes.

    The corners of the outlines alternate between horizontal and vertical edges; along a row's
    line, sorted corners pair up as the ends of the horizontal edges, along a column's line as the
    ends of the vertical ones.
    """
    from scipy.ndimage import label

    padded = np.pad(mask, 1)
    parts, _ = label(padded)  # 4-connected: a corner does not join
    above_left, above_right = padded[:-1, :-1], padded[:-1, 1:]
    below_left, below_right = padded[1:, :-1], padded[1:, 1:]
    edge_left, edge_right = above_left != below_left, above_right != below_right
    i, j = np.nonzero(edge_left != edge_right)
    touch_i, touch_j = np.nonzero(
        edge_left & edge_right & (above_left != above_right)
    )  # two voxels that meet at this corner only: it is there twice
    rightward = edge_right[i, j].astype(np.int64)
    downward = (below_left != below_right)[i, j].astype(np.int64)
    falling = above_left[touch_i, touch_j].astype(np.int64)
    row = np.concatenate([i, touch_i, touch_i])
    column = np.concatenate([j, touch_j, touch_j])
    zero, one = np.zeros_like(falling), np.ones_like(falling)
    # First copy has the edge upward, second the edge downward; their horizontal edges keep each
    # with the voxel whose corner it is.
    rightward = np.concatenate([rightward, 1 - falling, falling])
    downward = np.concatenate([downward, zero, one])
    along_row = _pairs(np.lexsort((rightward, column, row)))
    along_column = _pairs(np.lexsort((downward, row, column)))
    loops = []
    for chain in _chains(along_row, along_column):
        corners = np.column_stack([row[chain], column[chain]])
        r, c = corners[np.lexsort((corners[:, 1], corners[:, 0]))[0]]  # its upper left corner
        is_hole = not padded[r + 1, c + 1]
        component = int(parts[r, c + 1] if is_hole else parts[r + 1, c + 1])
        turn = _signed_area(corners)
        if (turn < 0) != is_hole:
            corners = corners[::-1]
        loops.append(_Loop(corners=corners, component=component, is_hole=is_hole))
    return loops


def _pairs(order: NDArray[np.int64]) -> list[int]:
    """Make the first of `order` the partner of the second, the third of the fourth, and so on."""
    partner = np.empty_like(order)
    partner[order[0::2]] = order[1::2]
    partner[order[1::2]] = order[0::2]
    found: list[int] = partner.tolist()
    return found


def _chains(along_row: Sequence[int], along_column: Sequence[int]) -> list[list[int]]:
    """Closed walks that follow a horizontal and a vertical edge in turn."""
    seen = [False] * len(along_row)
    chains = []
    for start in range(len(along_row)):
        if seen[start]:
            continue
        chain: list[int] = []
        at = start
        while not seen[at]:
            across = along_row[at]
            seen[at] = seen[across] = True
            chain += (at, across)
            at = along_column[across]
        chains.append(chain)
    return chains


def _signed_area(corners: NDArray[np.int64]) -> float:
    """Twice the area; above 0 for outlines that begin to the right from their upper left."""
    y, x = corners[:, 0], corners[:, 1]
    return float(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y))


def _join_holes(loops: list[_Loop]) -> list[NDArray[np.int64]]:
    """Polygons without holes: each hole hangs on its surroundings by a channel of no width.

    From the leftmost corner of a hole, the channel runs left along the row's line to the next
    outline of the same part. Holes are taken from the left, so that what it meets is joined
    already.
    """
    joined = {loop.component: loop.corners for loop in loops if not loop.is_hole}
    holes = [loop for loop in loops if loop.is_hole]
    for hole in sorted(holes, key=lambda loop: int(loop.corners[:, 1].min())):
        outer = joined[hole.component]
        at = int(np.lexsort((hole.corners[:, 0], hole.corners[:, 1]))[0])
        row, column = hole.corners[at]
        following = np.roll(outer, -1, axis=0)
        upright = outer[:, 1] == following[:, 1]
        spans = (np.minimum(outer[:, 0], following[:, 0]) <= row) & (
            row <= np.maximum(outer[:, 0], following[:, 0])
        )
        met = np.flatnonzero(upright & spans & (outer[:, 1] < column))
        edge = int(met[np.argmax(outer[met, 1])])
        gate = np.array([[row, outer[edge, 1]]])
        around = np.roll(hole.corners, -at, axis=0)
        path = [outer[: edge + 1], gate, around, around[:1], gate, outer[edge + 1 :]]
        joined[hole.component] = _without_repeats(np.concatenate(path))
    return list(joined.values())


def _without_repeats(corners: NDArray[np.int64]) -> NDArray[np.int64]:
    """Drop corners that repeat their predecessor."""
    new = np.any(corners != np.roll(corners, 1, axis=0), axis=1)
    return corners[new]
