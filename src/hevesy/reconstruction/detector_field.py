"""The part of a detector that counts: rows beyond its field, a patient who is cut off."""

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import Projections, ViewGeometry
from hevesy.errors import GridError

__all__ = ["counting_rows", "crop_rows", "pad_rows", "truncated_share"]

_DARK = 0.05  # of the rows inside: what lies beyond the field counts less
_RISE = 4  # rows over which the field's edge rises, by the resolution
_INSIDE = 12  # rows from the edge on that say what inside is
_HALF = 0.5
_QUARTER = 0.25
_BACKGROUND = 1 / 3
_EDGE_COLUMNS = 3


def counting_rows(projections: Projections) -> slice:
    """Rows within the detector's field, which may be shorter than the matrix.

    Cameras pad the matrix: GE's 128 rows of 4.42 mm are 566 mm, its detector is 400 mm. Rows at
    either end are dark where all of them have less than a twentieth of the counts of those that
    follow the edge, and a pixel there less than a third of what the darkest quarter of each view
    has behind the edge: the field's end takes the background with it, the end of a source or a
    phantom does not. From there on the field begins where half of the counts are reached. Bands
    of fewer than 6 rows, which the edge's own blur fills, may be kept. All windows are summed.

    Parameters
    ----------
    projections : Projections

    Returns
    -------
    slice
        Of the axial axis.

    Examples
    --------
    >>> from hevesy.camera import EnergyWindow
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(60, 4),
    ...                      pixel_mm=(4.0, 4.0))
    >>> counts = np.zeros((1, 1, 60, 4))
    >>> counts[:, :, 10:48] = 100.0
    >>> counting_rows(Projections(counts=counts, windows=(EnergyWindow(lower_kev=1, upper_kev=2),),
    ...     geometry=views, view_seconds=np.ones(1), view_starts_s=np.zeros(1)))
    slice(10, 48, None)
    """
    summed = projections.counts.sum(axis=0, dtype=np.float64).swapaxes(0, 1)
    return slice(_dark_rows(summed), len(summed) - _dark_rows(summed[::-1]))


def _dark_rows(summed: NDArray[np.float64]) -> int:
    """How many rows at the start lie beyond the field; counts as (axial, views, transaxial)."""
    dark = 0
    profile = summed.sum(axis=(1, 2))
    for row in range(profile.size // 3):
        inside = profile[row + _RISE : row + _INSIDE]
        if not inside.size or profile[: row + 1].max() >= _DARK * inside.min():
            continue
        background = np.quantile(summed[row + _RISE : row + _INSIDE].mean(axis=0), _QUARTER)
        if profile[: row + 1].max() / summed[0].size < background * _BACKGROUND:
            dark = row + 1
    if dark:
        inside = profile[dark + _RISE : dark + _INSIDE]
        while profile[dark] < _HALF * np.median(inside):
            dark += 1
    return dark


def crop_rows(projections: Projections, rows: slice) -> Projections:
    """The same projections with some of the rows only; each pixel stays where it was.

    Parameters
    ----------
    projections : Projections
    rows : slice
        Of the axial axis, without a step.

    Returns
    -------
    Projections

    Raises
    ------
    GridError
        No row is left, or the slice has a step.

    Examples
    --------
    >>> from hevesy.camera import EnergyWindow
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(6, 4),
    ...                      pixel_mm=(4.0, 4.0))
    >>> seen = Projections(counts=np.ones((1, 1, 6, 4)), windows=(EnergyWindow(lower_kev=1,
    ...     upper_kev=2),), geometry=views, view_seconds=np.ones(1), view_starts_s=np.zeros(1))
    >>> crop_rows(seen, slice(0, 4)).geometry.axial_centre_mm
    -4.0
    """
    old = projections.geometry
    first, last, step = rows.indices(old.shape[0])
    if step != 1 or last <= first:
        raise GridError(
            "no rows are left of the projections",
            got=f"{first} to {last}, step {step}",
            allowed=f"within 0 to {old.shape[0]}",
            remedy="give a slice of rows",
        )
    moved = (first + last - old.shape[0]) / 2 * old.pixel_mm[0]
    geometry = ViewGeometry(
        angles_deg=old.angles_deg,
        radii_mm=old.radii_mm,
        shape=(last - first, old.shape[1]),
        pixel_mm=old.pixel_mm,
        axis_mm=old.axis_mm,
        axial_centre_mm=old.axial_centre_mm + moved,
        offset_mm=old.offset_mm,
    )
    return Projections(
        counts=projections.counts[:, :, first:last],
        windows=projections.windows,
        geometry=geometry,
        view_seconds=projections.view_seconds,
        view_starts_s=projections.view_starts_s,
    )


def pad_rows(projections: Projections, rows: int) -> tuple[Projections, NDArray[np.float64]]:
    """Projections with empty rows at both ends, and weights that say these were not measured.

    Activity beyond the field's end blurs into its last rows. An image that ends with the field
    has to put it into its own last slices; one that goes on, by twice the resolution, has not.

    Parameters
    ----------
    projections : Projections
        Rows within the field.
    rows : int
        How many to add at each end.

    Returns
    -------
    projections : Projections
        Each pixel stays where it was.
    row_weights : ndarray of float64, shape (axial,)
        1 for a measured row, else 0; for `reconstruct_osem`.

    Examples
    --------
    >>> from hevesy.camera import EnergyWindow
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(2, 4),
    ...                      pixel_mm=(4.0, 4.0))
    >>> seen = Projections(counts=np.ones((1, 1, 2, 4)), windows=(EnergyWindow(lower_kev=1,
    ...     upper_kev=2),), geometry=views, view_seconds=np.ones(1), view_starts_s=np.zeros(1))
    >>> pad_rows(seen, 1)[1].tolist()
    [0.0, 1.0, 1.0, 0.0]
    """
    old = projections.geometry
    geometry = ViewGeometry(
        angles_deg=old.angles_deg,
        radii_mm=old.radii_mm,
        shape=(old.shape[0] + 2 * rows, old.shape[1]),
        pixel_mm=old.pixel_mm,
        axis_mm=old.axis_mm,
        axial_centre_mm=old.axial_centre_mm,
        offset_mm=old.offset_mm,
    )
    ends = ((0, 0), (0, 0), (rows, rows), (0, 0))
    padded = Projections(
        counts=np.pad(projections.counts, ends),
        windows=projections.windows,
        geometry=geometry,
        view_seconds=projections.view_seconds,
        view_starts_s=projections.view_starts_s,
    )
    return padded, np.pad(np.ones(old.shape[0]), rows)


def truncated_share(counts: NDArray[np.integer] | NDArray[np.floating]) -> float:
    """How strongly the patient is cut off at the sides: edge columns against the hottest ones.

    In each view the mean of 3 columns at the edge, of the brighter side, is held against the mean
    of the 10 hottest; the views' median is taken, for a patient that is cut off in some views only
    (an arm) is seen by the others. The edge lies a twenty-fifth of the matrix within it, where
    GE's detector ends; in a matrix that is padded more a cut is not noticed.

    Parameters
    ----------
    counts : ndarray, shape (views, axial, transaxial)
        Of the peak window, rows within the field.

    Returns
    -------
    float
        0 for a patient within the field.

    Examples
    --------
    >>> view = np.zeros((1, 4, 64))
    >>> view[..., 20:40] = 9.0
    >>> truncated_share(view)
    0.0
    >>> view[..., 20:] = 9.0
    >>> truncated_share(view)
    1.0
    """
    columns = counts.sum(axis=1, dtype=np.float64)
    hottest = np.sort(columns, axis=1)[:, -10:].mean(axis=1)
    first = columns.shape[1] // 25
    last = columns.shape[1] - first
    left = columns[:, first : first + _EDGE_COLUMNS].mean(axis=1)
    right = columns[:, last - _EDGE_COLUMNS : last].mean(axis=1)
    share = np.maximum(left, right) / np.maximum(hottest, 1e-12)
    return float(np.median(share))
