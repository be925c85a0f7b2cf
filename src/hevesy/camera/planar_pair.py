"""Two planar views of a patient, from the front and from the back, on one lattice."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.projections import Projections
from hevesy.camera.window import EnergyWindow
from hevesy.errors import GridError, InputError

__all__ = ["PlanarPair"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanarPair:
    """Counts of an anterior and a posterior view, both laid on the patient's axes.

    Parameters
    ----------
    counts : ndarray, shape (windows, 2, rows, columns)
        The anterior view first. Rows run to the patient's head, columns to the patient's left, in
        both views: the posterior one was turned over. Read-only.
    windows : tuple of EnergyWindow
        One for each first index.
    pixel_mm : tuple of float
        ``(row, column)`` spacing, mm.
    corner_mm : tuple of float
        ``(z, x)`` of the centre of the first pixel in the CT's frame, LPS mm.
    exposure_s : float
        How long each point of the patient was counted, s: of a whole-body scan the detector's
        length over the speed.
    scan_s : float
        From the first count to the last, s.
    field_mm : float or None
        Length of the detector along the patient, for a scan over the body; None: all was counted
        at once.

    Raises
    ------
    GridError
        Shapes that do not fit.
    InputError
        Counts below 0, lengths or times that are not above 0.

    Examples
    --------
    >>> pair = PlanarPair(counts=np.ones((1, 2, 3, 4)), windows=(EnergyWindow(lower_kev=139.5,
    ...     upper_kev=170.5),), pixel_mm=(4.0, 4.0), corner_mm=(0.0, -6.0), exposure_s=600.0,
    ...     scan_s=600.0)
    >>> pair.shape
    (3, 4)
    """

    counts: NDArray[Any]
    windows: tuple[EnergyWindow, ...]
    pixel_mm: tuple[float, float]
    corner_mm: tuple[float, float]
    exposure_s: float
    scan_s: float
    field_mm: float | None = None

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts)
        if counts.ndim != 4 or counts.shape[:2] != (len(self.windows), 2) or 0 in counts.shape:
            raise GridError(
                "planar counts do not have the shape of windows, two views and pixels",
                got=counts.shape,
                allowed=f"({len(self.windows)}, 2, rows, columns)",
                remedy="give the anterior view first, then the posterior one",
            )
        if not (np.isfinite(counts).all() and counts.min() >= 0):
            raise InputError(
                "planar views hold counts that are negative or not finite",
                got=f"least {counts.min():g}",
                allowed="0 or more",
                remedy="give the counts as they were recorded",
            )
        field = self.pixel_mm[0] if self.field_mm is None else self.field_mm
        numbers = (*self.pixel_mm, self.exposure_s, self.scan_s, field)
        fine = all(0 < number < math.inf for number in numbers)
        if not fine or not np.isfinite(self.corner_mm).all():
            raise InputError(
                "planar views need pixels, times and a detector's length above 0, and a place",
                got=f"{self.pixel_mm} mm, {self.exposure_s:g} s of {self.scan_s:g} s",
                remedy="correct them",
            )
        if self.exposure_s > self.scan_s * (1 + 1e-9):
            raise InputError(
                "a point of the patient can't be counted for longer than the scan lasted",
                got=f"{self.exposure_s:g} s",
                allowed=f"up to {self.scan_s:g} s",
                remedy="correct the exposure or the scan's duration",
            )
        counts = counts.view()
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return (int(self.counts.shape[2]), int(self.counts.shape[3]))

    def as_projections(self) -> Projections:
        """The views as projections at 180 and 0 degrees, for corrections window by window.

        The radius, which planar files do not hold, is the field's width: corrections of counts do
        not look at it. The posterior view keeps the patient's axes.
        """
        rows, columns = self.shape
        return Projections(
            counts=self.counts,
            windows=self.windows,
            geometry=ViewGeometry(
                angles_deg=np.array([180.0, 0.0]),
                radii_mm=np.full(2, columns * self.pixel_mm[1]),
                shape=(rows, columns),
                pixel_mm=self.pixel_mm,
            ),
            view_seconds=np.full(2, self.exposure_s),
            view_starts_s=np.zeros(2),
        )
