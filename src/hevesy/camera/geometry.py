"""Where the detector stood in each view."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError
from hevesy.images import Grid

__all__ = ["ViewGeometry"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ViewGeometry:
    """The views of one bed position: parallel beams onto a plane that turns about an axis.

    The axis of rotation is parallel to the world's z (LPS, mm: x to the patient's left, y to the
    back, z to the head). Angles are DICOM's (0054,0200): 0 is at the patient's back, and they
    grow towards the patient's left. At angle a the detector's outward normal is
    ``(sin a, cos a, 0)`` and its transaxial direction is ``(-cos a, sin a, 0)``: pixel columns
    run as an observer behind the detector sees the patient, left to right. Pixel rows run along
    +z, towards the head. Projections are ``(views, axial, transaxial)``.

    Parameters
    ----------
    angles_deg : ndarray of float64, shape (views,)
        Position of the detector in each view, degrees; any order, either direction.
    radii_mm : ndarray of float64, shape (views,)
        Distance of the axis to the collimator's face, mm, above 0.
    shape : tuple of int
        Pixels, (axial, transaxial).
    pixel_mm : tuple of float
        Their spacing, (axial, transaxial), mm.
    axis_mm : tuple of float
        World x and y of the axis of rotation, mm.
    axial_centre_mm : float
        World z of the middle of the detector, mm.
    offset_mm : float
        Transaxial coordinate of the detector's middle, from the axis' image, mm.

    Raises
    ------
    GridError
        Arrays of another shape, no view, numbers that are not finite, a radius, spacing or size
        that is not above 0.

    Examples
    --------
    >>> views = ViewGeometry(
    ...     angles_deg=np.arange(0.0, 360.0, 6.0), radii_mm=np.full(60, 250.0),
    ...     shape=(128, 128), pixel_mm=(4.8, 4.8))
    >>> views.grid().shape
    (128, 128, 128)
    """

    angles_deg: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    shape: tuple[int, int]
    pixel_mm: tuple[float, float]
    axis_mm: tuple[float, float] = (0.0, 0.0)
    axial_centre_mm: float = 0.0
    offset_mm: float = 0.0

    def __post_init__(self) -> None:
        for name in ("angles_deg", "radii_mm"):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.ndim != 1 or array.size < 1 or not np.isfinite(array).all():
                raise GridError(
                    f"{name} of the views must be one finite number a view",
                    got=f"an array of shape {array.shape}",
                    remedy="give one number for each view",
                )
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if self.angles_deg.size != self.radii_mm.size or not (self.radii_mm > 0).all():
            raise GridError(
                "each view needs a radius above 0",
                got=f"{self.angles_deg.size} angles, {self.radii_mm.size} radii, "
                f"least {self.radii_mm.min():g} mm",
                remedy="give one radius for each angle, mm",
            )
        numbers = (*self.axis_mm, self.axial_centre_mm, self.offset_mm, *self.pixel_mm)
        if min(self.shape) < 1 or min(self.pixel_mm) <= 0 or not np.isfinite(numbers).all():
            raise GridError(
                "a detector's pixels need a number and a spacing above 0",
                got=f"{self.shape} pixels of {self.pixel_mm} mm",
                remedy="give (axial, transaxial) for both",
            )

    @property
    def view_count(self) -> int:
        """How many views there are."""
        return int(self.angles_deg.size)

    def grid(self) -> Grid:
        """The image grid that belongs to the views.

        Voxels along z are the detector's rows, at the same places; across, a square of
        ``transaxial`` voxels of the transaxial spacing, its middle on the axis.
        """
        axial, across = self.shape
        axial_mm, across_mm = self.pixel_mm
        half = (across - 1) / 2 * across_mm
        origin = (
            self.axis_mm[0] - half,
            self.axis_mm[1] - half,
            self.axial_centre_mm - (axial - 1) / 2 * axial_mm,
        )
        return Grid.from_spacing(
            (axial, across, across), spacing_mm=(axial_mm, across_mm, across_mm), origin_mm=origin
        )

    def select(self, views: NDArray[np.integer] | slice) -> "ViewGeometry":
        """The same geometry with some of the views only, such as a subset's."""
        return ViewGeometry(
            angles_deg=self.angles_deg[views],
            radii_mm=self.radii_mm[views],
            shape=self.shape,
            pixel_mm=self.pixel_mm,
            axis_mm=self.axis_mm,
            axial_centre_mm=self.axial_centre_mm,
            offset_mm=self.offset_mm,
        )
