"""What a camera recorded at one bed position."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.window import EnergyWindow
from hevesy.errors import GridError, InputError

__all__ = ["Projections"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Projections:
    """Counts of each energy window in each view and pixel of one bed.

    Parameters
    ----------
    counts : ndarray, shape (windows, views, axial, transaxial)
        Counts, 0 or more; axes as `ViewGeometry` says. Made read-only (float32 or integers are
        kept as they are).
    windows : tuple of EnergyWindow
        One for each first index.
    geometry : ViewGeometry
        Where the detector stood.
    view_seconds : ndarray of float64, shape (views,)
        How long each view was counted, s, above 0.
    view_starts_s : ndarray of float64, shape (views,)
        When each view began, s after the bed's start; two heads' views begin together.

    Raises
    ------
    GridError
        Shapes that do not fit each other.
    InputError
        Negative or non-finite counts, durations not above 0, two equal windows.

    Examples
    --------
    >>> views = ViewGeometry(angles_deg=np.array([0.0, 180.0]), radii_mm=np.full(2, 250.0),
    ...                      shape=(4, 4), pixel_mm=(4.8, 4.8))
    >>> seen = Projections(counts=np.ones((1, 2, 4, 4)), windows=(EnergyWindow(
    ...     lower_kev=139.5, upper_kev=170.5),), geometry=views,
    ...     view_seconds=np.full(2, 20.0), view_starts_s=np.zeros(2))
    >>> float(seen.in_window(seen.windows[0]).sum())
    32.0
    """

    counts: NDArray[Any]
    windows: tuple[EnergyWindow, ...]
    geometry: ViewGeometry
    view_seconds: NDArray[np.float64]
    view_starts_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts)
        expected = (len(self.windows), self.geometry.view_count, *self.geometry.shape)
        if counts.shape != expected:
            raise GridError(
                "projections do not have the shape of their windows, views and pixels",
                got=counts.shape,
                allowed=str(expected),
                remedy="give (windows, views, axial, transaxial)",
            )
        if counts.size and not (np.isfinite(counts).all() and counts.min() >= 0):
            raise InputError(
                "projections hold counts that are negative or not finite",
                got=f"least {counts.min():g}",
                allowed="0 or more",
                remedy="give the counts as they were recorded",
            )
        if len(set(self.windows)) != len(self.windows):
            raise InputError(
                "two energy windows are the same",
                got=", ".join(f"{w.lower_kev:g}-{w.upper_kev:g} keV" for w in self.windows),
                remedy="give each window once",
            )
        counts = counts.view()
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)
        for name in ("view_seconds", "view_starts_s"):
            array = np.array(getattr(self, name), dtype=np.float64)
            if array.shape != (self.geometry.view_count,) or not np.isfinite(array).all():
                raise GridError(
                    f"{name} must be one finite number a view",
                    got=f"shape {array.shape}",
                    allowed=f"({self.geometry.view_count},)",
                    remedy="give one number for each view",
                )
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if not (self.view_seconds > 0).all():
            raise InputError(
                "a view has no duration",
                got=f"least {self.view_seconds.min():g} s",
                remedy="give how long each view was counted, s",
            )

    def in_window(self, window: EnergyWindow) -> NDArray[Any]:
        """Counts of one window.

        Parameters
        ----------
        window : EnergyWindow
            One of `windows`.

        Returns
        -------
        ndarray, shape (views, axial, transaxial)
            Read-only.

        Raises
        ------
        InputError
            The window was not recorded.
        """
        if window not in self.windows:
            raise InputError(
                "an energy window was not recorded",
                got=f"{window.lower_kev:g}-{window.upper_kev:g} keV",
                allowed=", ".join(f"{w.lower_kev:g}-{w.upper_kev:g}" for w in self.windows),
                remedy="name a recorded window",
            )
        return np.asarray(self.counts[self.windows.index(window)])
