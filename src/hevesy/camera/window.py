"""Energy windows of a gamma camera."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["EnergyWindow"]


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class EnergyWindow:
    """An interval of measured energy, in which events are counted.

    Parameters
    ----------
    lower_kev, upper_kev : float
        Its limits, keV; the lower is 0 or more and below the upper.

    Raises
    ------
    InputError
        Limits that are not numbers, negative or in the wrong order.

    Examples
    --------
    >>> peak = EnergyWindow.around(155.0, percent=10.0)
    >>> peak.lower_kev, peak.upper_kev
    (139.5, 170.5)
    >>> peak.width_kev
    31.0
    """

    lower_kev: float
    upper_kev: float

    def __post_init__(self) -> None:
        if not 0 <= self.lower_kev < self.upper_kev < math.inf:
            raise InputError(
                "an energy window's limits are not in order",
                got=f"{self.lower_kev:g} to {self.upper_kev:g} keV",
                allowed="0 <= lower < upper",
                remedy="give the lower limit first, both in keV",
            )

    @classmethod
    def around(cls, energy_kev: float, *, percent: float) -> "EnergyWindow":
        """The window of `energy_kev` plus and minus `percent` of it."""
        half = energy_kev * percent / 100.0
        return cls(lower_kev=energy_kev - half, upper_kev=energy_kev + half)

    @property
    def width_kev(self) -> float:
        """Its width, keV."""
        return self.upper_kev - self.lower_kev

    @property
    def centre_kev(self) -> float:
        """Its middle, keV."""
        return 0.5 * (self.lower_kev + self.upper_kev)

    def overlaps(self, other: "EnergyWindow") -> bool:
        """Whether the two share more than a border."""
        return self.lower_kev < other.upper_kev and other.lower_kev < self.upper_kev
