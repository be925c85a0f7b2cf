"""Planar contours to masks: which voxels lie inside polygons drawn in the patient."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionError
from hevesy.images import Grid

__all__ = ["ContourFill", "fill_contours", "fill_polygons", "plane_positions"]

_SAME_PLANE = 0.05  # slices: planes closer than this are one plane whose text was rounded
_OFF_LATTICE = 0.1  # share of the plane spacing by which a plane may leave its regular place
_TIE = 1e-3  # slices: rounding in files must not decide where a plane lies half-way


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ContourFill:
    """What a region's contours fill.

    Parameters
    ----------
    mask : ndarray of bool, shape ``grid.shape``
        True inside. Read-only.
    warnings : tuple of str
        What was met on the way: parts outside the image, slices without a contour.
    """

    mask: NDArray[np.bool_]
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        mask = self.mask.view()
        mask.setflags(write=False)
        object.__setattr__(self, "mask", mask)


def fill_polygons(
    polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int]
) -> NDArray[np.bool_]:
    """Mark the pixels whose centres lie inside polygons, by the even-odd rule.

    A pixel is in when a ray from its centre crosses the polygons' edges an odd number of times, so
    that a hole may be a polygon of its own or be reached through a keyhole. A centre exactly on an
    edge belongs to the side of larger row, or of larger column: lower bounds are in, upper bounds
    out, and polygons that share an edge share no pixel and leave none out.

    Parameters
    ----------
    polygons : sequence of ndarray of float64, shape (n, 2)
        Vertices ``(row, column)`` in pixel indices; an integer names a pixel's centre. The last
        vertex is joined to the first.
    shape : tuple of int
        Rows and columns. What lies outside is left out.

    Returns
    -------
    ndarray of bool, shape `shape`

    References
    ----------
    Shimrat M (1962) Algorithm 112: position of point relative to polygon. Commun ACM 5:434,
    doi:10.1145/368637.368653.

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [0.0, 2.0], [2.0, 2.0], [2.0, 0.0]])
    >>> fill_polygons([square], (3, 4)).astype(int)
    array([[1, 1, 0, 0],
           [1, 1, 0, 0],
           [0, 0, 0, 0]])
    """
    mask = np.zeros(shape, dtype=np.bool_)
    start, end = _edges(polygons)
    # One order of an edge's ends, so that a keyhole's two sides cross a row at the same number.
    swap = start[:, 0] > end[:, 0]
    low = np.where(swap[:, None], end, start)
    high = np.where(swap[:, None], start, end)
    first = np.maximum(np.ceil(low[:, 0]), 0).astype(np.int64)
    after = np.minimum(np.ceil(high[:, 0]), shape[0]).astype(np.int64)
    crossed = after - first
    used = crossed > 0
    if not used.any():
        return mask
    low, high, first, crossed = low[used], high[used], first[used], crossed[used]
    edge = np.repeat(np.arange(len(low)), crossed)
    step = np.arange(len(edge)) - np.repeat(np.cumsum(crossed) - crossed, crossed)
    row = first[edge] + step
    slope = (high[:, 1] - low[:, 1]) / (high[:, 0] - low[:, 0])
    column = low[edge, 1] + (row - low[edge, 0]) * slope[edge]
    column = np.clip(np.ceil(column), 0, shape[1]).astype(np.int64)
    top, bottom = int(row.min()), int(row.max()) + 1
    left, right = int(column.min()), int(column.max()) + 1
    flat = (row - top) * (right - left) + (column - left)
    toggles = np.bincount(flat, minlength=(bottom - top) * (right - left)) & 1
    inside = np.bitwise_xor.accumulate(
        toggles.astype(np.uint8).reshape(bottom - top, right - left), axis=1
    )
    right = min(right, shape[1])
    mask[top:bottom, left:right] = inside[:, : right - left]
    return mask


def _edges(
    polygons: Sequence[NDArray[np.float64]],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Start and end of every edge of closed polygons."""
    if not polygons:
        return np.empty((0, 2)), np.empty((0, 2))
    return (
        np.concatenate(list(polygons)),
        np.concatenate([np.roll(polygon, -1, axis=0) for polygon in polygons]),
    )


def plane_positions(
    contours_mm: Sequence[NDArray[np.float64]], grid: Grid, *, name: str
) -> NDArray[np.float64]:
    """Position of each contour's plane along the grid's slices, in slices.

    Parameters
    ----------
    contours_mm : sequence of ndarray of float64, shape (n, 3)
        Vertices of each contour in LPS mm.
    grid : Grid
        The image's grid.
    name : str
        The region's name, for messages.

    Returns
    -------
    ndarray of float64, shape (contours,)
        Slice index (a fraction where a plane lies between two slices).

    Raises
    ------
    RegionError
        A contour is not parallel to the slices: its points leave their plane by more than half a
        slice.

    Examples
    --------
    >>> grid = Grid.from_spacing((4, 4, 4), spacing_mm=(5, 1, 1))
    >>> triangle = np.array([[0.0, 0, 10], [1, 0, 10], [0, 1, 10]])
    >>> plane_positions([triangle], grid, name="lesion").tolist()
    [2.0]
    """
    positions = np.empty(len(contours_mm))
    for i, contour in enumerate(contours_mm):
        along = grid.to_index(contour)[:, 0]
        positions[i] = along.mean()
        apart = float(np.abs(along - positions[i]).max())
        if apart > 0.5:
            raise RegionError(
                f"a contour of region '{name}' is not parallel to the image's slices",
                got=f"points {apart:.3g} slices off their plane",
                allowed="up to 0.5",
                remedy="give the image it was drawn on, or redraw it on this image's slices",
            )
    return positions


def fill_contours(
    contours_mm: Sequence[NDArray[np.float64]],
    grid: Grid,
    *,
    name: str,
    slab_mm: float | None = None,
) -> ContourFill:
    """Mark the voxels of a grid whose centres lie inside a region's planar contours.

    Each contour stands for a slab around its plane, as thick as the planes lie apart. A slice of
    the grid takes the contours of the slab that holds its centre (a slab owns its lower face, not
    its upper), and in it `fill_polygons` decides with all contours of that plane together. Planes
    need not coincide with slices: finer ones are sampled at the slices' centres, coarser ones are
    extended over their slab. Nothing is interpolated between planes.

    Parameters
    ----------
    contours_mm : sequence of ndarray of float64, shape (n, 3)
        Vertices of closed planar contours, LPS mm, in planes parallel to the grid's slices.
    grid : Grid
        The image's grid, oblique and anisotropic ones included.
    name : str
        The region's name, for messages.
    slab_mm : float, optional
        Thickness of one contour's slab, mm. Where it equals the slices' spacing, each contour goes
        to its nearest slice. By default the smallest distance between two planes, or the slices'
        spacing where there is one plane only.

    Returns
    -------
    ContourFill

    Raises
    ------
    RegionError
        No contours, contours that are not parallel to the slices, planes that are not equally
        spaced, a region outside the image or so thin that no slice's centre lies in it.

    References
    ----------
    DICOM PS3.3, C.8.8.6.3 (representing inner and outer contours).

    Examples
    --------
    >>> grid = Grid.from_spacing((4, 4, 4), spacing_mm=(5, 1, 1))
    >>> square = np.array([[0.5, 0.5, 10], [2.5, 0.5, 10], [2.5, 2.5, 10], [0.5, 2.5, 10]])
    >>> int(fill_contours([square], grid, name="lesion").mask.sum())
    4
    """
    if not contours_mm:
        raise RegionError(
            f"region '{name}' has no closed contour", remedy="draw it, or leave it out"
        )
    positions = plane_positions(contours_mm, grid, name=name)
    slot, first, pitch = _lattice(positions, grid.spacing_mm[0], slab_mm, name)
    owner = np.floor((np.arange(grid.shape[0]) - first + _TIE) / pitch + 0.5).astype(np.int64)
    mask = np.zeros(grid.shape, dtype=np.bool_)
    plane = (grid.shape[1], grid.shape[2])
    beyond, disputed = False, 0
    for k in np.flatnonzero(np.isin(owner, slot)):
        members = np.flatnonzero(slot == owner[k]).tolist()
        polygons = [grid.to_index(contours_mm[i])[:, 1:] for i in members]
        mask[k] = fill_polygons(polygons, plane)
        disputed += _crossing(polygons, plane)
        vertices = np.concatenate(polygons)
        # A millesimal of a voxel for text that was rounded.
        beyond |= bool((vertices < -0.501).any())
        beyond |= bool((vertices > np.array(grid.shape[1:]) - 0.499).any())
    if not mask.any():
        raise RegionError(
            f"region '{name}' holds no voxel of the image",
            got=f"planes from slice {positions.min():.4g} to {positions.max():.4g}",
            allowed=f"0 to {grid.shape[0] - 1}, with a voxel's centre inside a contour",
            remedy="check that it was drawn on this image, or leave it out",
        )
    beyond |= bool(((slot < owner[0]) | (slot > owner[-1])).any())
    return ContourFill(mask=mask, warnings=_warnings(slot, pitch, beyond, disputed, grid, name))


def _crossing(polygons: Sequence[NDArray[np.float64]], shape: tuple[int, int]) -> int:
    """Count the pixels that two polygons share of which neither lies within the other."""
    if len(polygons) < 2:
        return 0
    filled = [fill_polygons([polygon], shape) for polygon in polygons]
    if np.sum(filled, axis=0, dtype=np.int32).max() < 2:
        return 0
    disputed = np.zeros(shape, dtype=np.bool_)
    for i, one in enumerate(filled):
        for other in filled[:i]:
            both = one & other
            if both.any() and not np.array_equal(both, one) and not np.array_equal(both, other):
                disputed |= both
    return int(np.count_nonzero(disputed))


def _lattice(
    positions: NDArray[np.float64], spacing_mm: float, slab_mm: float | None, name: str
) -> tuple[NDArray[np.int64], float, float]:
    """Number the planes: each contour's plane number, plane 0's position and their pitch."""
    order = np.argsort(positions, kind="stable")
    new = np.diff(positions[order], prepend=-np.inf) > _SAME_PLANE
    plane_of = np.empty(len(positions), dtype=np.int64)
    plane_of[order] = np.cumsum(new) - 1
    planes = np.bincount(plane_of, weights=positions) / np.bincount(plane_of)
    gaps = np.diff(planes)
    slab = None if slab_mm is None else slab_mm / spacing_mm
    if slab is not None and abs(slab - 1) < 0.01:  # drawn on slices like these: the nearest one
        slots = np.ceil(planes - 0.5 - _TIE).astype(np.int64)
        if len(set(slots.tolist())) == len(slots):
            return slots[plane_of], 0.0, 1.0
    pitch = slab or (float(gaps.min()) if len(gaps) else 1.0)
    if len(gaps) and gaps.min() < pitch:  # a slab cannot be thicker than its planes lie apart
        pitch = float(gaps.min())
    # Numbered from the lowest plane, step by step, so that a rounded pitch does not add up.
    slots = np.concatenate([[0], np.cumsum(np.floor(gaps / pitch + 0.5))]).astype(np.int64)
    if len(gaps) and slab is None:
        pitch = float((planes[-1] - planes[0]) / slots[-1])
    first = float(np.mean(planes - slots * pitch))
    off = float(np.abs(planes - first - slots * pitch).max())
    if off > max(_OFF_LATTICE * pitch, _SAME_PLANE) or len(set(slots.tolist())) < len(slots):
        raise RegionError(
            f"the contours of region '{name}' lie on planes that are not equally spaced",
            got=f"{off * spacing_mm:.3g} mm off planes {pitch * spacing_mm:.3g} mm apart",
            allowed=f"up to {_OFF_LATTICE:.0%} of the distance between planes",
            remedy="redraw it on the image's slices",
        )
    return slots[plane_of], first, pitch


def _warnings(
    slot: NDArray[np.int64], pitch: float, beyond: bool, disputed: int, grid: Grid, name: str
) -> tuple[str, ...]:
    """Put what a person should know of a filled region into words."""
    found = []
    if disputed:
        found.append(
            f"contours of region '{name}' cross each other; the {disputed} voxels that two of them "
            "share are taken as outside it, by the even-odd rule"
        )
    if beyond:
        found.append(f"region '{name}' reaches out of the image; the part outside is left out")
    planes = np.unique(slot)
    lacking = int(planes[-1] - planes[0] + 1 - len(planes))
    if lacking:
        found.append(
            f"region '{name}' has no contour on {lacking} of its {lacking + len(planes)} planes; "
            "they are taken as outside it"
        )
    if pitch > 1.5:
        found.append(
            f"region '{name}' was drawn on planes {pitch * grid.spacing_mm[0]:.3g} mm apart; "
            f"each contour stands for a slab of that thickness over slices of "
            f"{grid.spacing_mm[0]:.3g} mm"
        )
    return tuple(found)
