"""How photons scatter and set electrons free: sampling of single events.

Modelled: Compton scattering by Klein and Nishina with the incoherent scattering function of the
medium; Rayleigh scattering with its form factors; the photoelectron's direction by Sauter; pairs
with a flat share of energy. Neglected: Doppler broadening and binding in Compton's energies,
polarisation, interference between molecules. Energies in MeV, x in 1/angstrom.
"""

import math
from typing import Any

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import uniform

__all__ = [
    "deflect",
    "draw_azimuth",
    "sample_annihilation",
    "sample_compton",
    "sample_pair_cosine",
    "sample_photoelectron_cosine",
    "sample_rayleigh_cosine",
    "turn",
]

MASS_MEV = 0.51099895
PER_ANGSTROM_MEV = 1.0 / 12.39842e-3  # 1 / (h c)


@kernel
def draw_azimuth(state: Any) -> Any:
    """Draw cosine and sine of a uniform azimuth, without the functions (von Neumann).

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.

    Returns
    -------
    tuple of float64

    Examples
    --------
    >>> import numpy as np
    >>> cosine, sine = draw_azimuth(np.zeros(1, dtype=np.uint64))
    >>> bool(abs(cosine**2 + sine**2 - 1) < 1e-12)
    True
    """
    while True:
        a = 2.0 * uniform(state) - 1.0
        b = uniform(state)
        square = a * a + b * b
        if square <= 1.0:
            scale = 1.0 / square
            return (a * a - b * b) * scale, 2.0 * a * b * scale


@kernel
def turn(ux: Any, uy: Any, uz: Any, cosine: Any, azimuth_cosine: Any, azimuth_sine: Any) -> Any:
    """Turn a direction by a polar angle about an azimuth.

    Parameters
    ----------
    ux, uy, uz : float64
        Unit vector.
    cosine : float64
        Of the polar angle.
    azimuth_cosine, azimuth_sine : float64
        Of the azimuth.

    Returns
    -------
    tuple of float64
        The new unit vector.

    Examples
    --------
    >>> [round(float(u), 6) + 0.0 for u in turn(0.0, 0.0, 1.0, 0.0, 1.0, 0.0)]
    [1.0, 0.0, 0.0]
    """
    sine = math.sqrt(max(0.0, 1.0 - cosine * cosine))
    a, b = sine * azimuth_cosine, sine * azimuth_sine
    rho2 = ux * ux + uy * uy
    if rho2 < 1e-12:
        return a, b, math.copysign(cosine, uz * cosine)
    scale = 1.0 / math.sqrt(rho2)
    vx = cosine * ux + (a * ux * uz - b * uy) * scale
    vy = cosine * uy + (a * uy * uz + b * ux) * scale
    vz = cosine * uz - a * rho2 * scale
    # one step of Newton's for 1 / sqrt: keeps the length 1 through any number of turns
    fix = 1.5 - 0.5 * (vx * vx + vy * vy + vz * vz)
    return vx * fix, vy * fix, vz * fix


@kernel
def deflect(state: Any, ux: Any, uy: Any, uz: Any, cosine: Any) -> Any:
    """Turn a direction by a polar angle about a uniform azimuth.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.
    ux, uy, uz : float64
        Unit vector.
    cosine : float64
        Of the polar angle.

    Returns
    -------
    tuple of float64
        The new unit vector.

    Examples
    --------
    >>> import numpy as np
    >>> float(deflect(np.zeros(1, dtype=np.uint64), 0.0, 0.0, 1.0, 0.5)[2])
    0.5
    """
    a, b = draw_azimuth(state)
    return turn(ux, uy, uz, cosine, a, b)


@kernel
def sample_compton(state: Any, energy: Any, medium: Any, scatter: Any) -> Any:
    """Draw the energy and the polar cosine of a Compton-scattered photon.

    Composition and rejection, then rejection by S(x)/Z.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.
    energy : float64
        MeV.
    medium : int
        Row of `scatter`.
    scatter : ndarray of float64, shape (media, n)
        S/Z at x / (1 + x) = 0 ... 1.

    Returns
    -------
    tuple of float64
        Energy, MeV, and cosine.

    References
    ----------
    Butcher, Messel. Nucl Phys 1960;20:15. Klein, Nishina. Z Phys 1929;52:853.

    Examples
    --------
    >>> import numpy as np
    >>> energy, cosine = sample_compton(np.zeros(1, dtype=np.uint64), 0.5, 0, np.ones((1, 9)))
    >>> bool(abs(0.5 / energy - 1 - 0.5 / 0.51099895 * (1 - cosine)) < 1e-12)
    True
    """
    k = energy / MASS_MEV
    least = 1.0 / (1.0 + 2.0 * k)
    first = -math.log(least)
    both = first + 0.5 * (1.0 - least * least)
    last = scatter.shape[1] - 1
    x_scale = energy * PER_ANGSTROM_MEV
    while True:
        if uniform(state) * both < first:
            ratio = math.exp(-first * uniform(state))
        else:
            ratio = math.sqrt(least * least + (1.0 - least * least) * uniform(state))
        t = min((1.0 - ratio) / (k * ratio), 2.0)
        accept = 1.0 - ratio * t * (2.0 - t) / (1.0 + ratio * ratio)
        u = uniform(state)
        if u < accept:
            x = x_scale * math.sqrt(0.5 * t)
            place = last * x / (1.0 + x)
            row = int(place)
            low = scatter[medium, row]
            if u < accept * (low + (place - row) * (scatter[medium, row + 1] - low)):
                return energy * ratio, 1.0 - t


@kernel
def _search(values: Any, wanted: Any) -> Any:
    """Index i with values[i] <= wanted < values[i + 1], within the row's ends."""
    low, high = 0, values.shape[0] - 1
    while high - low > 1:
        middle = (low + high) >> 1
        if values[middle] <= wanted:
            low = middle
        else:
            high = middle
    return low


@kernel
def sample_rayleigh_cosine(
    state: Any, energy: Any, medium: Any, rayleigh_x2: Any, rayleigh_area: Any
) -> Any:
    """Draw the polar cosine of a Rayleigh-scattered photon.

    x^2 by the inverse of the integral of F^2, then rejection by (1 + cos^2) / 2.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.
    energy : float64
        MeV.
    medium : int
        Row of `rayleigh_area`.
    rayleigh_x2 : ndarray of float64, shape (n,)
    rayleigh_area : ndarray of float64, shape (media, n)
        As in `PhotonTables`.

    Returns
    -------
    float64

    Examples
    --------
    >>> import numpy as np
    >>> x2 = np.array([0.0, 1e6])
    >>> state = np.zeros(1, dtype=np.uint64)
    >>> -1 <= sample_rayleigh_cosine(state, 0.05, 0, x2, np.array([[0.0, 1.0]])) <= 1
    True
    """
    area = rayleigh_area[medium]
    greatest = energy * PER_ANGSTROM_MEV
    greatest = greatest * greatest
    row = _search(rayleigh_x2, greatest)
    share = (greatest - rayleigh_x2[row]) / (rayleigh_x2[row + 1] - rayleigh_x2[row])
    whole = area[row] + min(share, 1.0) * (area[row + 1] - area[row])
    while True:
        wanted = uniform(state) * whole
        row = _search(area, wanted)
        share = (wanted - area[row]) / (area[row + 1] - area[row])
        x2 = rayleigh_x2[row] + share * (rayleigh_x2[row + 1] - rayleigh_x2[row])
        cosine = max(1.0 - 2.0 * x2 / greatest, -1.0)
        if 2.0 * uniform(state) < 1.0 + cosine * cosine:
            return cosine


@kernel
def sample_photoelectron_cosine(state: Any, energy: Any) -> Any:
    """Draw the angle between a photoelectron and the photon, by Sauter's K-shell formula.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.
    energy : float64
        The electron's kinetic energy, MeV.

    Returns
    -------
    float64
        Cosine.

    References
    ----------
    Sauter. Ann Phys 1931;11:454. Sampled as in Salvat, PENELOPE-2018, NEA/MBDAV/R(2019)1,
    section 2.2.1.

    Examples
    --------
    >>> import numpy as np
    >>> -1 <= sample_photoelectron_cosine(np.zeros(1, dtype=np.uint64), 0.1) <= 1
    True
    """
    gamma = 1.0 + energy / MASS_MEV
    beta = math.sqrt(1.0 - 1.0 / (gamma * gamma))
    a = 1.0 / beta - 1.0
    add = 0.5 * beta * gamma * (gamma - 1.0) * (gamma - 2.0)
    greatest = 2.0 * (1.0 / a + add)
    while True:
        u = uniform(state)
        nu = 2.0 * a / ((a + 2.0) ** 2 - 4.0 * u) * (2.0 * u + (a + 2.0) * math.sqrt(u))
        if uniform(state) * greatest < (2.0 - nu) * (1.0 / (a + nu) + add):
            return 1.0 - nu


@kernel
def sample_pair_cosine(state: Any, energy: Any) -> Any:
    """Draw the angle between an electron of a pair and the photon.

    The leading term of the high-energy formula, (1 - beta cos)^-2.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.
    energy : float64
        The electron's kinetic energy, MeV.

    Returns
    -------
    float64
        Cosine.

    References
    ----------
    Salvat, PENELOPE-2018, NEA/MBDAV/R(2019)1, section 2.4.1.

    Examples
    --------
    >>> import numpy as np
    >>> -1 <= sample_pair_cosine(np.zeros(1, dtype=np.uint64), 0.1) <= 1
    True
    """
    gamma = 1.0 + energy / MASS_MEV
    beta = math.sqrt(1.0 - 1.0 / (gamma * gamma))
    u = 2.0 * uniform(state) - 1.0
    return (u + beta) / (u * beta + 1.0)


@kernel
def sample_annihilation(state: Any) -> Any:
    """Draw the direction of one annihilation photon, isotropically; the other flies opposite.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.

    Returns
    -------
    tuple of float64
        Unit vector.

    Examples
    --------
    >>> import numpy as np
    >>> ux, uy, uz = sample_annihilation(np.zeros(1, dtype=np.uint64))
    >>> bool(abs(ux * ux + uy * uy + uz * uz - 1) < 1e-12)
    True
    """
    uz = 2.0 * uniform(state) - 1.0
    sine = math.sqrt(1.0 - uz * uz)
    a, b = draw_azimuth(state)
    return sine * a, sine * b, uz
