"""The crystal behind the collimator: energy and place of an event, and how both blur."""

import math
from dataclasses import dataclass

import numpy as np

from hevesy.camera.point_spread import FWHM_PER_SIGMA
from hevesy.camera.window import EnergyWindow
from hevesy.errors import InputError
from hevesy.media import SODIUM_IODIDE, linear_attenuation_per_mm

__all__ = ["REFERENCE_KEV", "Detector"]

REFERENCE_KEV = 140.5
"""Energy at which resolutions are stated: 99mTc."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Detector:
    """A sodium iodide crystal with its photomultipliers.

    Energy and place blur as light does: the FWHM of the energy grows with the square root of the
    energy, and the FWHM of the place falls with it.

    Parameters
    ----------
    crystal_mm : float
        Thickness of the crystal, mm, above 0 (3/8 inch is 9.5).
    intrinsic_mm : float
        FWHM of the place at 140.5 keV, mm, above 0.
    energy_resolution_percent : float
        FWHM of the energy at 140.5 keV, per cent of it, above 0.
    dead_time_s : float
        Paralysable dead time, s, 0 or more.
    back_layer_mm : float
        Light guide and photomultipliers as a layer of PMMA that scatters photons back, mm, 0 (no
        such layer) or more.

    Raises
    ------
    InputError
        A number that is not allowed.

    Examples
    --------
    >>> round(Detector(crystal_mm=9.5).energy_fwhm_kev(140.5), 2)
    13.91
    """

    crystal_mm: float = 9.5
    intrinsic_mm: float = 3.8
    energy_resolution_percent: float = 9.9
    dead_time_s: float = 0.0
    back_layer_mm: float = 66.0

    def __post_init__(self) -> None:
        above = (self.crystal_mm, self.intrinsic_mm, self.energy_resolution_percent)
        least = (self.dead_time_s, self.back_layer_mm)
        if not (all(0 < x < math.inf for x in above) and all(0 <= x < math.inf for x in least)):
            raise InputError(
                "a detector's thickness and resolutions must be above 0",
                got=(*above, *least),
                allowed="dead time and back layer: 0 or more",
                remedy="give a crystal of 9.5 mm, 3.8 mm and 9.9 % where nothing else is known",
            )

    def energy_fwhm_kev(self, energy_kev: float) -> float:
        """FWHM of the measured energy of a deposit, keV."""
        share = 0.01 * self.energy_resolution_percent
        return share * REFERENCE_KEV * math.sqrt(energy_kev / REFERENCE_KEV)

    def intrinsic_fwhm_mm(self, energy_kev: float) -> float:
        """FWHM of the place of an event with that measured energy, mm."""
        return self.intrinsic_mm * math.sqrt(REFERENCE_KEV / energy_kev)

    def window_fraction(self, energy_kev: float, window: EnergyWindow) -> float:
        """Share of the events that deposit an energy, which a window counts.

        Parameters
        ----------
        energy_kev : float
            Energy deposited, keV.
        window : EnergyWindow

        Returns
        -------
        float
            0 to 1, of a Gaussian.
        """
        sigma = self.energy_fwhm_kev(energy_kev) / FWHM_PER_SIGMA
        upper = (window.upper_kev - energy_kev) / (sigma * math.sqrt(2.0))
        lower = (window.lower_kev - energy_kev) / (sigma * math.sqrt(2.0))
        return 0.5 * (math.erf(upper) - math.erf(lower))

    def interaction_fraction(self, energy_kev: float) -> float:
        """Share of the photons that come straight on and meet the crystal at all.

        Coherent scattering, which goes forward, does not count.
        """
        return 1.0 - math.exp(-self._stopping_per_mm(energy_kev) * self.crystal_mm)

    def mean_depth_mm(self, energy_kev: float) -> float:
        """Mean depth of the first event of photons that come straight on, mm."""
        mu_per_mm = self._stopping_per_mm(energy_kev)
        tau = mu_per_mm * self.crystal_mm
        return 1.0 / mu_per_mm - self.crystal_mm / math.expm1(tau)

    def _stopping_per_mm(self, energy_kev: float) -> float:
        energy = np.asarray(energy_kev)
        coherent = linear_attenuation_per_mm(SODIUM_IODIDE, energy, "coherent")
        return float(linear_attenuation_per_mm(SODIUM_IODIDE, energy) - coherent)
