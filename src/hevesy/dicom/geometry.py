"""From DICOM planes (position, orientation, spacing) to a grid, and back."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import GridError
from hevesy.images import Grid

__all__ = ["PlaneStack", "right_handed", "row_and_column_cosines", "stack_planes"]

_UNIT = 1e-3  # a direction cosine's length and orthogonality as written
_LINE_MM = 0.1  # positions written with one digit are off by 0.05 mm, and so are the line's ends
_LINE_SHARE = 0.01  # of the spacing
_GAP_SHARE = 0.25  # of the spacing; a missing slice is 1, a duplicate -1
_DRIFT_MM = 0.05
_SHEAR = 1e-4  # in-plane drift per mm along the normal: 0.006 degrees, the grid's own limit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneStack:
    """A grid made of planes, and which plane is which slice of it.

    Parameters
    ----------
    grid : Grid
        Slices along the array's first axis lie in the direction of the planes' normal.
    order : ndarray of int, shape (planes,)
        ``order[z]`` is the index, among the planes given, of slice z.
    """

    grid: Grid
    order: NDArray[np.intp]


def row_and_column_cosines(
    orientation: ArrayLike, *, where: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Unit vectors along a row and along a column, at right angles to the last digit.

    Parameters
    ----------
    orientation : array_like, shape (6,)
        Image Orientation (Patient): the direction of a row (x grows), then of a column (y grows).
    where : str
        Which image, for messages.

    Returns
    -------
    row, column : ndarray of float64, shape (3,)
        LPS.

    Raises
    ------
    GridError
        Not six numbers, or two vectors that are not unit and at right angles within 0.001.

    References
    ----------
    DICOM PS3.3 C.7.6.2.1.1.

    Examples
    --------
    >>> row_and_column_cosines([1, 0, 0, 0, 1, 0], where="the CT")[1].tolist()
    [0.0, 1.0, 0.0]
    """
    cosines = np.asarray(orientation, dtype=np.float64)
    if cosines.shape != (6,) or not np.isfinite(cosines).all():
        raise GridError(
            f"{where} has no usable Image Orientation (Patient)",
            got=f"{cosines.size} numbers",
            allowed="6 finite direction cosines",
            remedy="export the images again with their orientation",
        )
    row, column = cosines[:3], cosines[3:]
    faults = (np.linalg.norm(row) - 1, np.linalg.norm(column) - 1, row @ column)
    if np.abs(faults).max() > _UNIT:
        raise GridError(
            f"the direction cosines of {where} are not unit vectors at right angles",
            got=[round(float(c), 6) for c in cosines],
            allowed=f"within {_UNIT:g}",
            remedy="export the images again with their orientation",
        )
    row = row / np.linalg.norm(row)
    column = column - (column @ row) * row
    return row, column / np.linalg.norm(column)


def stack_planes(
    positions_mm: ArrayLike,
    *,
    orientation: ArrayLike,
    pixel_spacing_mm: Sequence[float],
    rows: int,
    columns: int,
    single_spacing_mm: float | None = None,
    where: str = "the series",
) -> PlaneStack:
    """Order parallel planes along their normal and make a grid of them.

    The planes must stand on one line along the normal (no shear) and be equally spaced: each
    position within 0.1 mm or 1 % of the spacing, whichever is larger, of the line from the first to
    the last, and each gap within 25 % of the usual (the lower median) gap.

    Parameters
    ----------
    positions_mm : array_like, shape (planes, 3)
        Image Position (Patient) of each plane, LPS mm, in any order.
    orientation : array_like, shape (6,)
        Image Orientation (Patient), common to all.
    pixel_spacing_mm : sequence of float
        Pixel Spacing: between rows (y), then between columns (x), mm.
    rows, columns : int
        Pixels along y and x.
    single_spacing_mm : float or None
        Thickness of the voxels where there is one plane only, mm.
    where : str
        Which image, for messages.

    Returns
    -------
    PlaneStack

    Raises
    ------
    GridError
        Missing, duplicate or unequally spaced slices; a tilted gantry; one slice of unknown
        thickness.

    References
    ----------
    DICOM PS3.3 C.7.6.2.1.1 (equation C.7.6.2.1-1).

    Examples
    --------
    >>> stack = stack_planes([[0, 0, 5], [0, 0, 0], [0, 0, 2.5]], orientation=[1, 0, 0, 0, 1, 0],
    ...                      pixel_spacing_mm=(1, 1), rows=4, columns=4)
    >>> stack.grid.spacing_mm, stack.order.tolist()
    ((2.5, 1.0, 1.0), [1, 2, 0])
    """
    positions = np.asarray(positions_mm, dtype=np.float64)
    row, column = row_and_column_cosines(orientation, where=where)
    normal = np.cross(row, column)
    along = positions @ normal
    order = np.argsort(along, kind="stable")
    if len(order) == 1:
        if not single_spacing_mm or single_spacing_mm <= 0:
            raise GridError(
                f"{where} is one slice of unknown thickness",
                got=single_spacing_mm,
                remedy="give the whole series",
            )
        spacing_mm = float(single_spacing_mm)
    else:
        spacing_mm = _check_spacing(along[order], where)
        _check_shear(positions[order], normal, where)
    affine = np.eye(4)
    affine[:3, 0] = normal * spacing_mm
    affine[:3, 1] = column * float(pixel_spacing_mm[0])
    affine[:3, 2] = row * float(pixel_spacing_mm[1])
    affine[:3, 3] = positions[order[0]]
    return PlaneStack(grid=Grid(shape=(len(order), rows, columns), affine=affine), order=order)


def _check_spacing(along: NDArray[np.float64], where: str) -> float:
    """Spacing in mm of sorted positions along the normal, or the error that names the gap."""
    gaps = np.diff(along)
    # the lower median: of two gaps, the larger one is where a slice is missing
    usual = float(np.sort(gaps)[(len(gaps) - 1) // 2])
    same = np.flatnonzero(gaps <= max(1e-3, _GAP_SHARE * usual))
    if same.size:
        i = int(same[0])
        raise GridError(
            f"{where} has two slices at one place: numbers {i + 1} and {i + 2} of {len(along)}, "
            "counted along the normal",
            got=f"{gaps[i]:.3f} mm apart",
            allowed=f"{usual:.3f} mm" if usual > 0 else "different positions",
            remedy="remove the duplicate, or give one series only",
        )
    i = int(np.argmax(gaps))
    if gaps[i] > (1 + _GAP_SHARE) * usual:
        missing = round(gaps[i] / usual) - 1
        what = (
            f"misses {missing} slice{'s' * (missing > 1)}" if missing else "is not equally spaced"
        )
        raise GridError(
            f"{where} {what} between numbers {i + 1} and {i + 2} of {len(along)}, counted along "
            "the normal",
            got=f"{gaps[i]:.3f} mm apart",
            allowed=f"{usual:.3f} mm",
            remedy="export the whole series again",
        )
    line = np.linspace(along[0], along[-1], len(along))
    spacing_mm = float((along[-1] - along[0]) / (len(along) - 1))
    off = np.abs(along - line)
    limit = min(max(_LINE_MM, _LINE_SHARE * spacing_mm), _GAP_SHARE * spacing_mm)
    if off.max() > limit:
        i = int(np.argmax(np.abs(gaps - spacing_mm)))
        raise GridError(
            f"{where} is not equally spaced: numbers {i + 1} and {i + 2} of {len(along)}, counted "
            "along the normal",
            got=f"{gaps[i]:.3f} mm apart, positions up to {off.max():.3f} mm off",
            allowed=f"{spacing_mm:.3f} mm, {limit:.3f} mm off",
            remedy="export a series of equal spacing",
        )
    return spacing_mm


def _check_shear(positions: NDArray[np.float64], normal: NDArray[np.float64], where: str) -> None:
    moved = positions - positions[0]
    along = moved @ normal
    drift = np.linalg.norm(moved - along[:, None] * normal, axis=1)
    if (drift > _DRIFT_MM + _SHEAR * along).any():
        tilt = np.degrees(np.arctan2(drift[-1], along[-1]))
        raise GridError(
            f"the slices of {where} are not stacked along their normal (a tilted gantry, or "
            "slices that were moved)",
            got=f"{drift.max():.2f} mm sideways, {tilt:.2f} degrees",
            allowed=f"{_DRIFT_MM:g} mm",
            remedy="resample the series to a grid without shear",
        )


def right_handed(values: NDArray[np.generic], grid: Grid) -> tuple[NDArray[np.generic], Grid]:
    """Same voxels with slices along the planes' normal, as most readers expect.

    A grid whose z axis runs against row x column is turned over: the array is reversed along z and
    the grid starts at the other end.

    Parameters
    ----------
    values : ndarray, shape ``grid.shape``
        Not changed.
    grid : Grid
        Where the voxels lie.

    Returns
    -------
    values : ndarray, shape ``grid.shape``
        A view.
    grid : Grid

    Examples
    --------
    >>> axes = np.diag([1.0, 1.0, 1.0])[::-1] * [-1, 1, 1]
    >>> grid = Grid.from_spacing((3, 2, 2), spacing_mm=(4, 1, 1), direction=axes)
    >>> right_handed(np.zeros(grid.shape), grid)[1].origin_mm.tolist()
    [0.0, 0.0, -8.0]
    """
    z, y, x = grid.direction.T
    if np.dot(np.cross(x, y), z) > 0:
        return values, grid
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world_mm([grid.shape[0] - 1, 0, 0])
    affine[:3, 0] = -affine[:3, 0]
    return values[::-1], Grid(shape=grid.shape, affine=affine)
