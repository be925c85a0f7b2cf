"""How electrons are deflected by a medium: Legendre moments of all soft collisions."""

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.media.collision import ELECTRON_MASS_MEV, beta_squared
from hevesy.media.cross_sections import read_photon_scattering
from hevesy.media.elements import ELEMENTS
from hevesy.media.medium import Medium

__all__ = ["deflection_moments_cm2_per_g", "legendre_polynomials"]

_FINE_STRUCTURE = 7.2973525693e-3
_HBAR_C_MEV_CM = 1.973269804e-11
_LEAST_HALF = 1e-10  # (1 - cos) / 2 of the smallest angle: screening ends far above it
_ANGLES = 1600
_MEV_ANGSTROM = 2.0 * 12.398419843e-3  # momentum transfer of x = sin(theta/2) / wavelength = 1
_SYMBOLS = {element.atomic_number: element.symbol for element in ELEMENTS}
_Numbers = NDArray[np.float64]


def deflection_moments_cm2_per_g(
    medium: Medium, energy_mev: ArrayLike, *, orders: int, cutoff_mev: float
) -> _Numbers:
    """Goudsmit-Saunderson moments per mass path length: ``G_l = int (1 - P_l(cos)) dsigma``.

    Elastic collisions: Mott's cross section (McKinley and Feshbach's form) times the square of the
    nuclear charge that the atom's electrons leave unscreened, 1 - F(q)/Z. Inelastic ones that lose
    less than `cutoff_mev`: Moller's cross section with the angle of a free collision, times the
    incoherent scattering function S(q)/Z, which takes out what the atom can't absorb. In the first
    Born approximation, which holds for the light elements of tissue at the energies where the
    electron's way is longer than a hundredth of a millimetre.

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray of shape (n,)
        Kinetic energies, MeV.
    orders : int
        Largest l.
    cutoff_mev : float
        Collisions that lose more are simulated one by one, and not in here, MeV.

    Returns
    -------
    ndarray of float64, shape (n, orders + 1)
        cm2/g; number 0 is 0, number 1 the inverse of the transport mean free path.

    References
    ----------
    Goudsmit, Saunderson. Phys Rev 1940;57:24. McKinley, Feshbach. Phys Rev 1948;74:1759.
    ICRU Report 77 (2007).

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> moments = deflection_moments_cm2_per_g(get_medium("water"), 1.0, orders=2, cutoff_mev=0.05)
    >>> round(1 / float(moments[0, 1]), 3)  # g/cm2
    0.575
    """
    half, weight, rest = _angles(orders)
    sections = np.empty((np.size(energy_mev), half.size))
    for n, energy in enumerate(np.ravel(np.asarray(energy_mev, dtype=np.float64))):
        sections[n] = _elastic(medium, float(energy), half)
        sections[n] += _inelastic(medium, float(energy), half, cutoff_mev)
    return np.asarray((sections * weight) @ rest)


def legendre_polynomials(cosine: _Numbers, orders: int) -> _Numbers:
    """Legendre polynomials by their recurrence.

    Parameters
    ----------
    cosine : ndarray of float64, shape (n,)
    orders : int
        Largest order.

    Returns
    -------
    ndarray of float64, shape (orders + 1, n)

    Examples
    --------
    >>> legendre_polynomials(np.array([0.5]), 2)[:, 0].tolist()
    [1.0, 0.5, -0.125]
    """
    found = np.empty((max(orders, 1) + 1, cosine.size))
    found[0], found[1] = 1.0, cosine
    for n in range(1, orders):
        found[n + 1] = ((2 * n + 1) * cosine * found[n] - n * found[n - 1]) / (n + 1)
    return found[: orders + 1]


@cache
def _angles(orders: int) -> tuple[_Numbers, _Numbers, _Numbers]:
    """(1 - cos)/2 from small to 1, the weight of each in an integral over it, and 1 - P_l there."""
    half = np.geomspace(_LEAST_HALF, 1.0, _ANGLES)
    step = math.log(half[1] / half[0])
    weight = step * half
    weight[[0, -1]] *= 0.5
    return half, weight, 1.0 - legendre_polynomials(1.0 - 2.0 * half, orders).T


def _elastic(medium: Medium, energy_mev: float, half: _Numbers) -> _Numbers:
    """Cross section per gram and per unit of (1 - cos) / 2."""
    beta2 = float(beta_squared(energy_mev))
    momentum_mev = math.sqrt(energy_mev * (energy_mev + 2 * ELECTRON_MASS_MEV))
    # d(sigma)/d(half) = 4 pi (alpha hbar c / (2 p beta))2 Z2 / half2
    rutherford = 4.0 * math.pi * (_FINE_STRUCTURE * _HBAR_C_MEV_CM / (2.0 * momentum_mev)) ** 2
    rutherford /= beta2
    sine = np.sqrt(half)
    x = 2.0 * momentum_mev * sine / _MEV_ANGSTROM
    total = np.zeros_like(half)
    for z, atoms in medium.atoms_per_g:
        spin = 1.0 - beta2 * half
        spin += math.pi * _FINE_STRUCTURE * z * math.sqrt(beta2) * sine * (1.0 - sine)
        table = read_photon_scattering()[_SYMBOLS[z]]
        bare = z - np.interp(x, table[:, 0], table[:, 1], right=0.0)
        total += atoms * bare**2 * spin
    return np.asarray(total * rutherford / half**2)


def _inelastic(medium: Medium, energy_mev: float, half: _Numbers, cutoff_mev: float) -> _Numbers:
    """Cross section per gram and per unit of (1 - cos) / 2 of collisions below the cut-off."""
    mass = ELECTRON_MASS_MEV
    sine2 = 4.0 * half * (1.0 - half)
    loss = energy_mev * (energy_mev + 2 * mass) * sine2 / (2 * mass + energy_mev * sine2)
    soft = (half < 0.5) & (loss <= min(cutoff_mev, 0.5 * energy_mev))
    loss = loss[soft]
    slope = (  # d(loss)/d(half)
        energy_mev * (energy_mev + 2 * mass) * 2 * mass * 4.0 * (1.0 - 2.0 * half[soft])
    ) / (2 * mass + energy_mev * sine2[soft]) ** 2
    gamma = energy_mev / mass + 1.0
    share = loss / energy_mev
    moller = (
        1.0 / share**2
        + 1.0 / (1.0 - share) ** 2
        + ((gamma - 1.0) / gamma) ** 2
        - (2.0 * gamma - 1.0) / gamma**2 / (share * (1.0 - share))
    ) / energy_mev**2
    radius_cm = _FINE_STRUCTURE * _HBAR_C_MEV_CM / mass
    prefactor = 2.0 * math.pi * radius_cm**2 * mass / float(beta_squared(energy_mev))
    x = np.sqrt(loss * (loss + 2 * mass)) / _MEV_ANGSTROM
    electrons = np.zeros_like(loss)
    for z, atoms in medium.atoms_per_g:
        table = read_photon_scattering()[_SYMBOLS[z]]
        first, value = table[1, 0], table[1, 2]
        able = np.interp(x, table[:, 0], table[:, 2], right=float(z))
        electrons += atoms * np.where(x < first, value * (x / first) ** 2, able)
    found = np.zeros_like(half)
    found[soft] = prefactor * moller * slope * electrons
    return found
