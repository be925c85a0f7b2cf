"""How far an electron goes in water."""

import math
from functools import cache
from typing import Any

import numpy as np

from hevesy.errors import InputError

__all__ = ["csda_range_mm"]

# NIST ESTAR (Standard Reference Database 124), liquid water: energy in MeV, CSDA range in g/cm2.
_ESTAR_WATER = (
    (0.0100, 2.515e-4), (0.0125, 3.728e-4), (0.0150, 5.147e-4), (0.0175, 6.762e-4),
    (0.0200, 8.566e-4), (0.0250, 1.272e-3), (0.0300, 1.756e-3), (0.0350, 2.306e-3),
    (0.0400, 2.919e-3), (0.0450, 3.591e-3), (0.0500, 4.320e-3), (0.0550, 5.103e-3),
    (0.0600, 5.940e-3), (0.0700, 7.762e-3), (0.0800, 9.773e-3), (0.0900, 1.196e-2),
    (0.1000, 1.431e-2), (0.1250, 2.083e-2), (0.1500, 2.817e-2), (0.1750, 3.622e-2),
    (0.2000, 4.488e-2), (0.2500, 6.372e-2), (0.3000, 8.421e-2), (0.3500, 1.060e-1),
    (0.4000, 1.288e-1), (0.4500, 1.523e-1), (0.5000, 1.766e-1), (0.5500, 2.013e-1),
    (0.6000, 2.265e-1), (0.7000, 2.778e-1), (0.8000, 3.302e-1), (0.9000, 3.832e-1),
    (1.0000, 4.367e-1), (1.2500, 5.717e-1), (1.5000, 7.075e-1), (1.7500, 8.432e-1),
    (2.0000, 9.785e-1), (2.5000, 1.247), (3.0000, 1.514),
)  # fmt: skip


@cache
def _interpolator() -> Any:
    from scipy.interpolate import PchipInterpolator

    energy, reach = np.log(np.array(_ESTAR_WATER)).T
    return PchipInterpolator(energy, reach)


def csda_range_mm(energy_mev: float, density_g_cm3: float = 1.0) -> float:
    """Length of an electron's path in water, in the continuous-slowing-down approximation, mm.

    NIST's ESTAR table for liquid water, interpolated in the logarithms of energy and range (within
    0.1 %), divided by the density. ESTAR's own uncertainty is 1 to 2 % above 100 keV and 2 to 3 %
    below. Multiple scattering bends the path, so that the depth reached is shorter than this length
    (the mean depth clearly, the greatest by a few per cent). Another density than water's stands
    for water-like tissue of that density; bone is not.

    Parameters
    ----------
    energy_mev : float
        Kinetic energy, MeV, 0.01 to 3.
    density_g_cm3 : float
        Mass density, g/cm3, above 0.

    Returns
    -------
    float
        CSDA range, mm.

    Raises
    ------
    InputError
        The energy is outside the table, or the density is not above 0.

    References
    ----------
    Berger, Coursey, Zucker, Chang: ESTAR, NIST SRD 124, 10.18434/T4NC7P; ICRU Report 37 (1984).

    Examples
    --------
    >>> csda_range_mm(1.0)
    4.367
    """
    low, high = _ESTAR_WATER[0][0], _ESTAR_WATER[-1][0]
    if not low <= energy_mev <= high:
        raise InputError(
            "the table of electron ranges does not hold this energy",
            got=f"{energy_mev:g} MeV",
            allowed=f"{low:g} to {high:g} MeV",
            remedy="give an energy in the range",
        )
    if not 0 < density_g_cm3 < math.inf:
        raise InputError(
            "a density must be above 0 g/cm3",
            got=f"{density_g_cm3:g} g/cm3",
            remedy="give the medium's density",
        )
    reach_g_cm2 = math.exp(float(_interpolator()(math.log(energy_mev))))
    return round(reach_g_cm2 * 10.0, 9) / density_g_cm3
