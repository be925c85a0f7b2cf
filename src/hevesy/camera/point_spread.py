"""How wide a point looks, by its distance from the collimator."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError

__all__ = ["FWHM_PER_SIGMA", "PointSpread"]

FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))


@dataclass(frozen=True, slots=True, kw_only=True)
class PointSpread:
    """A Gaussian whose width grows with the distance from the collimator's face.

    The collimator's geometric FWHM is ``slope_mm_per_mm x distance + at_face_mm``; it adds in
    quadrature to the detector's own.

    Parameters
    ----------
    slope_mm_per_mm : float
        Growth of the collimator's FWHM, mm per mm, 0 or more.
    at_face_mm : float
        The collimator's FWHM at distance 0, mm, 0 or more.
    intrinsic_mm : float
        FWHM of the detector itself, mm, 0 or more.

    Raises
    ------
    InputError
        A negative number, or one that is not finite.

    Examples
    --------
    >>> spread = PointSpread(slope_mm_per_mm=0.07, at_face_mm=4.0, intrinsic_mm=3.8)
    >>> float(spread.fwhm_mm(200.0).round(1))
    18.4
    """

    slope_mm_per_mm: float
    at_face_mm: float
    intrinsic_mm: float

    @classmethod
    def from_text(cls, text: str, what: str) -> "PointSpread":
        """Read ``SLOPE:FACE:INTRINSIC`` (mm/mm, mm, mm).

        Parameters
        ----------
        text : str
        what : str
            The key or option, for messages.

        Returns
        -------
        PointSpread

        Raises
        ------
        InputError
            Not three numbers of 0 or more.

        Examples
        --------
        >>> PointSpread.from_text("0.0535:3:3.8", "--psf").intrinsic_mm
        3.8
        """
        try:
            slope, face, intrinsic = (float(part) for part in text.split(":"))
        except ValueError:
            raise InputError(
                f"{what} needs three numbers",
                got=text,
                allowed="SLOPE:FACE:INTRINSIC (mm/mm, mm, mm)",
                remedy="write it as 0.0535:3:3.8",
            ) from None
        return cls(slope_mm_per_mm=slope, at_face_mm=face, intrinsic_mm=intrinsic)

    def __post_init__(self) -> None:
        numbers = (self.slope_mm_per_mm, self.at_face_mm, self.intrinsic_mm)
        if not all(0 <= number < math.inf for number in numbers):
            raise InputError(
                "a point spread's widths must be 0 or more",
                got=numbers,
                remedy="give slope_mm_per_mm, at_face_mm and intrinsic_mm",
            )

    def fwhm_mm(self, distance_mm: ArrayLike) -> NDArray[np.float64]:
        """FWHM at a distance from the collimator's face, mm, shape of `distance_mm`."""
        distance = np.maximum(np.asarray(distance_mm, dtype=np.float64), 0.0)
        return np.hypot(self.slope_mm_per_mm * distance + self.at_face_mm, self.intrinsic_mm)

    def sigma_mm(self, distance_mm: ArrayLike) -> NDArray[np.float64]:
        """Standard deviation at a distance from the collimator's face, mm."""
        return self.fwhm_mm(distance_mm) / FWHM_PER_SIGMA
