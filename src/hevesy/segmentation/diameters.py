"""A lesion's diameters, as a radiologist measures them in the slices of a CT."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid, Region

__all__ = ["LesionDiameters", "measure_diameters"]

_CHORD_STEPS = 4  # samples a pixel along and across the long axis


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionDiameters:
    """The longest diameter in any slice, and the longest one across it in the same slice.

    Parameters
    ----------
    longest_mm, short_axis_mm : float
        RECIST's longest diameter, and the short axis of a lymph node.
    slice_index : int
        Of the image, along its first axis.
    longest_ends_mm, short_axis_ends_mm : ndarray, shape (2, 3)
        x, y, z in the patient's LPS frame.
    uncertainty_mm : float
        Standard uncertainty by the pixels alone; who draws the outline is not in it.

    Examples
    --------
    >>> ends = np.zeros((2, 3))
    >>> LesionDiameters(longest_mm=31.0, short_axis_mm=24.0, slice_index=7, longest_ends_mm=ends,
    ...                 short_axis_ends_mm=ends, uncertainty_mm=0.3).longest_mm
    31.0
    """

    longest_mm: float
    short_axis_mm: float
    slice_index: int
    longest_ends_mm: NDArray[np.float64]
    short_axis_ends_mm: NDArray[np.float64]
    uncertainty_mm: float

    def __post_init__(self) -> None:
        for name in ("longest_ends_mm", "short_axis_ends_mm"):
            ends = np.array(getattr(self, name), dtype=np.float64)
            ends.setflags(write=False)
            object.__setattr__(self, name, ends)


def measure_diameters(region: Region) -> LesionDiameters:
    """Measure a region's longest diameter in the image's slices, and the short axis across it.

    The outline runs midway between the voxels within and those without. The longest diameter is
    the greatest distance of two of its points in one slice, in whichever slice it is longest; it
    may cross a hollow. The short axis is the longest chord square to it in the same slice.

    Parameters
    ----------
    region : Region
        shape (slices, rows, columns): slices along the first axis, as CT is stored.

    Returns
    -------
    LesionDiameters

    Notes
    -----
    Each end lies within half a pixel: a uniform error of variance d^2/12, so sqrt(d^2/6) for both.

    References
    ----------
    Eisenhauer EA et al. Eur J Cancer 2009;45:228 (RECIST 1.1), sec. 3.1: the longest diameter in
    the plane of measurement; lymph nodes by their short axis.

    Examples
    --------
    >>> grid = Grid.from_spacing((3, 40, 40), spacing_mm=(5, 1, 1))
    >>> mask = np.zeros(grid.shape, bool)
    >>> mask[1, 10:30, 15:25] = True
    >>> found = measure_diameters(Region(name="T1", mask=mask, grid=grid))
    >>> round(found.longest_mm, 1), found.slice_index
    (21.9, 1)
    """
    found = []
    for index in map(int, np.flatnonzero(region.mask.any(axis=(1, 2)))):
        outline = np.insert(_outline(region.mask[index]), 0, index, axis=-1)
        found.append((*_farthest(region.grid.to_world_mm(outline)), index))
    length_mm, ends, index = max(found, key=lambda one: one[0])
    short_ends = _short_axis(region, index, ends)
    pixel_mm = max(region.grid.spacing_mm[1:])
    return LesionDiameters(
        longest_mm=length_mm,
        short_axis_mm=float(np.linalg.norm(short_ends[1] - short_ends[0])),
        slice_index=index,
        longest_ends_mm=ends,
        short_axis_ends_mm=short_ends,
        uncertainty_mm=pixel_mm / 6**0.5,
    )


def _outline(mask: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Points midway between a pixel within and its neighbour without; shape (n, 2), row, column."""
    padded = np.pad(mask, 1)
    points = []
    for shift in ((1, 0), (-1, 0), (0, 1), (0, -1)):
        edge = padded & ~np.roll(padded, shift, axis=(0, 1))
        points.append(np.argwhere(edge) - 1.0 - 0.5 * np.array(shift))
    return np.concatenate(points)


def _farthest(points_mm: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
    """The two points farthest apart; only corners of the hull can be."""
    from scipy.spatial import ConvexHull

    flat = points_mm - points_mm.mean(axis=0)
    plane = np.linalg.svd(flat, full_matrices=False)[2][:2]
    corners = points_mm[ConvexHull(flat @ plane.T).vertices]
    apart = np.linalg.norm(corners[:, None] - corners[None, :], axis=-1)
    first, second = np.unravel_index(int(apart.argmax()), apart.shape)
    return float(apart[first, second]), np.stack([corners[first], corners[second]])


def _short_axis(region: Region, index: int, ends_mm: NDArray[np.float64]) -> NDArray[np.float64]:
    """Ends of the longest chord in the slice that is square to the longest diameter; (2, 3)."""
    from scipy.ndimage import map_coordinates

    grid: Grid = region.grid
    length_mm = float(np.linalg.norm(ends_mm[1] - ends_mm[0]))
    along = (ends_mm[1] - ends_mm[0]) / length_mm
    corner = grid.to_world_mm([[index, 0, 0], [index, 1, 0], [index, 0, 1]])
    normal = np.cross(corner[1] - corner[0], corner[2] - corner[0])
    across = np.cross(normal / np.linalg.norm(normal), along)
    step_mm = min(grid.spacing_mm[1:]) / _CHORD_STEPS
    t = np.arange(0.0, length_mm + step_mm, step_mm)
    s = np.arange(-length_mm, length_mm + step_mm, step_mm)
    points = ends_mm[0] + t[:, None, None] * along + s[None, :, None] * across
    places = np.moveaxis(grid.to_index(points), -1, 0)[1:]
    inside = map_coordinates(region.mask[index].astype(np.float32), places, order=1) >= 0.5
    first = inside.argmax(axis=1)
    last = inside.shape[1] - 1 - inside[:, ::-1].argmax(axis=1)
    spans = np.where(inside.any(axis=1), last - first + 1, 0)
    row = int(spans.argmax())
    low, high = points[row, first[row]], points[row, last[row]]
    return np.stack([low - across * step_mm / 2, high + across * step_mm / 2])
