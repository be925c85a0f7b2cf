"""How electrons lose energy to the electrons of a medium."""

import math
from functools import cache

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.media.elements import get_element
from hevesy.media.medium import Medium

__all__ = [
    "ELECTRON_MASS_MEV",
    "collision_stopping_power_mev_cm2_per_g",
    "csda_range_g_per_cm2",
    "density_effect_correction",
    "moller_cross_section_cm2_per_g",
    "soft_straggling_mev2_cm2_per_g",
]

ELECTRON_MASS_MEV = 0.51099895
_CLASSICAL_RADIUS_CM = 2.8179403262e-13
_TWO_PI_R2_M = 2.0 * math.pi * _CLASSICAL_RADIUS_CM**2 * ELECTRON_MASS_MEV  # MeV cm2
_PLASMA_EV = 28.8159  # of 1 g/cm3 with Z/A = 1


def beta_squared(energy_mev: ArrayLike) -> NDArray[np.float64]:
    """Square of the velocity over that of light, of an electron of this kinetic energy."""
    energy = np.asarray(energy_mev, dtype=np.float64)
    return energy * (energy + 2 * ELECTRON_MASS_MEV) / (energy + ELECTRON_MASS_MEV) ** 2


@cache
def _oscillators(medium: Medium) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Sternheimer's oscillators: strengths (sum 1), energies squared over the plasma energy's."""
    strength, binding = [], []
    for symbol, share in medium.mass_fractions:
        element = get_element(symbol)
        for electrons, binding_ev in element.shells:
            strength.append(share * electrons / element.atomic_weight)
            binding.append(binding_ev)
    f = np.array(strength)
    z_over_a = float(f.sum())
    f /= z_over_a
    plasma_ev = _PLASMA_EV * math.sqrt(medium.density_g_per_cm3 * z_over_a)
    bare = np.array(binding) / plasma_ev
    wanted = math.log(medium.mean_excitation_energy_ev / plasma_ev)
    low, high = 1e-3, 1e3
    for _ in range(200):  # one scale for all binding energies, so that their mean is I
        middle = math.sqrt(low * high)
        if 0.5 * float(np.dot(f, np.log((middle * bare) ** 2 + f / 1.5))) < wanted:
            low = middle
        else:
            high = middle
    return f, (math.sqrt(low * high) * bare) ** 2


def density_effect_correction(medium: Medium, energy_mev: ArrayLike) -> NDArray[np.float64]:
    """Density-effect correction of the collision stopping power.

    Sternheimer's oscillator model, solved numerically: one oscillator a subshell, their energies
    scaled so that the logarithmic mean is the medium's I. At the medium's nominal density.

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray
        Kinetic energy, MeV.

    Returns
    -------
    ndarray of float64, shape of `energy_mev`
        delta, without unit; 0 where the medium does not polarise.

    References
    ----------
    Sternheimer, Berger, Seltzer. Atom Data Nucl Data Tables 1984;30:261, equations 5 to 10.
    Fano. Annu Rev Nucl Sci 1963;13:1.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> round(float(density_effect_correction(get_medium("water"), 1.0)), 2)
    0.21
    """
    strength, bare2 = _oscillators(medium)
    energy = np.ravel(np.asarray(energy_mev, dtype=np.float64))
    beta2 = beta_squared(energy)
    wanted = 1.0 / beta2 - 1.0

    def dispersion(l2: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray((strength / (bare2 + l2[:, None])).sum(axis=1))

    low, high = np.zeros_like(energy), 1.0 / wanted
    for _ in range(60):  # equation 8: sum f/(nu2 + l2) = 1/beta2 - 1, falling in l2
        middle = 0.5 * (low + high)
        more = dispersion(middle) > wanted
        low, high = np.where(more, middle, low), np.where(more, high, middle)
    dressed2 = bare2 + strength / 1.5
    delta = np.log1p(low[:, None] / dressed2) @ strength - low * (1.0 - beta2)
    delta[dispersion(np.zeros_like(energy)) <= wanted] = 0.0
    return delta.reshape(np.shape(energy_mev))


def collision_stopping_power_mev_cm2_per_g(
    medium: Medium, energy_mev: ArrayLike, *, cutoff_mev: float = math.inf
) -> NDArray[np.float64]:
    """Mass collision stopping power of electrons, restricted to losses below a cut-off.

    Bethe's formula with Moller's cross section and the density effect. No shell correction, as in
    ESTAR: 0.1 % to 1 % too much below 20 keV by ICRU 37's own estimate.

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray
        Kinetic energy, MeV; 1 keV and more.
    cutoff_mev : float
        Largest energy loss that counts, MeV; all by default (half of the energy: of two electrons
        the faster one is the primary).

    Returns
    -------
    ndarray of float64, shape of `energy_mev`
        MeV cm2/g.

    Raises
    ------
    InputError
        An energy below 1 keV, where Bethe's formula ends.

    References
    ----------
    ICRU Report 37 (1984), equations 2.2 to 2.5 and 4.4 (restricted).

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> round(float(collision_stopping_power_mev_cm2_per_g(get_medium("water"), 1.0)), 3)
    1.845
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    if energy.size and float(energy.min()) < 1e-3:
        raise InputError(
            "an electron's energy is below what Bethe's formula holds for",
            got=f"{float(energy.min()):g} MeV",
            allowed="0.001 MeV and more",
            remedy="deposit slower electrons where they are",
        )
    tau = energy / ELECTRON_MASS_MEV
    beta2 = beta_squared(energy)
    eta = np.minimum(cutoff_mev / energy, 0.5)
    excitation = medium.mean_excitation_energy_ev * 1e-6 / ELECTRON_MASS_MEV
    part = (
        -1.0
        - beta2
        + np.log(4.0 * (1.0 - eta) * eta)
        + 1.0 / (1.0 - eta)
        + (1.0 - beta2) * (0.5 * (tau * eta) ** 2 + (2.0 * tau + 1.0) * np.log(1.0 - eta))
    )
    bracket = np.log(tau**2 * (tau + 2.0) / (2.0 * excitation**2)) + part
    bracket = bracket - density_effect_correction(medium, energy)
    return _TWO_PI_R2_M * medium.electrons_per_g / beta2 * bracket


def moller_cross_section_cm2_per_g(
    medium: Medium, energy_mev: ArrayLike, cutoff_mev: float
) -> NDArray[np.float64]:
    """Cross section of collisions that lose more than a cut-off, per gram.

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray
        Kinetic energy, MeV.
    cutoff_mev : float
        Least energy loss, MeV; at energies below twice this there are none.

    Returns
    -------
    ndarray of float64, shape of `energy_mev`
        cm2/g.

    References
    ----------
    Moller. Ann Phys 1932;14:531. ICRU Report 37 (1984), equation 2.4.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> float(moller_cross_section_cm2_per_g(get_medium("water"), 0.1, 0.05))
    0.0
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    eta = np.minimum(cutoff_mev / energy, 0.5)
    gamma = energy / ELECTRON_MASS_MEV + 1.0
    # integral from eta to 1/2 of 1/e2 + 1/(1-e)2 + ((g-1)/g)2 - (2g-1)/g2 /(e (1-e))
    value = (
        1.0 / eta
        - 1.0 / (1.0 - eta)
        + ((gamma - 1.0) / gamma) ** 2 * (0.5 - eta)
        - (2.0 * gamma - 1.0) / gamma**2 * np.log((1.0 - eta) / eta)
    )
    scale = _TWO_PI_R2_M * medium.electrons_per_g
    return np.asarray(scale * value / (beta_squared(energy) * energy))


def soft_straggling_mev2_cm2_per_g(
    medium: Medium, energy_mev: ArrayLike, cutoff_mev: float
) -> NDArray[np.float64]:
    """Variance of the energy lost in collisions below a cut-off, per g/cm2 of path.

    The second moment of Moller's cross section; what binding changes of it is neglected (it is
    carried by the largest losses).

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray
        Kinetic energy, MeV.
    cutoff_mev : float
        Largest energy loss, MeV.

    Returns
    -------
    ndarray of float64, shape of `energy_mev`
        MeV2 cm2/g.

    References
    ----------
    Moller. Ann Phys 1932;14:531; its second moment in closed form.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> round(float(soft_straggling_mev2_cm2_per_g(get_medium("water"), 1.0, 0.05)), 5)
    0.00475
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    eta = np.minimum(cutoff_mev / energy, 0.5)
    gamma = energy / ELECTRON_MASS_MEV + 1.0
    # e2 x (1/e2 + 1/(1-e)2 + ((g-1)/g)2 - (2g-1)/g2 / (e (1-e))), from 0 to eta
    value = (
        eta
        + (1.0 / (1.0 - eta) + 2.0 * np.log(1.0 - eta) - (1.0 - eta))
        + ((gamma - 1.0) / gamma) ** 2 * eta**3 / 3.0
        - (2.0 * gamma - 1.0) / gamma**2 * (-np.log(1.0 - eta) - eta)
    )
    scale = _TWO_PI_R2_M * medium.electrons_per_g
    return np.asarray(scale * value * energy / beta_squared(energy))


def csda_range_g_per_cm2(
    medium: Medium, energy_mev: ArrayLike, *, least_mev: float = 1e-3
) -> NDArray[np.float64]:
    """Path of an electron that slows down continuously by collisions alone.

    Radiative losses shorten it by 0.3 % at 1 MeV in water.

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray
        Kinetic energy, MeV.
    least_mev : float
        Where the path ends, MeV.

    Returns
    -------
    ndarray of float64, shape of `energy_mev`
        g/cm2.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> round(float(csda_range_g_per_cm2(get_medium("water"), 1.0)), 2)
    0.44
    """
    energy = np.asarray(energy_mev, dtype=np.float64)
    top = max(float(energy.max()), 2 * least_mev)
    grid = np.geomspace(least_mev, top, 400)
    inverse = grid / collision_stopping_power_mev_cm2_per_g(medium, grid)
    steps = 0.5 * (inverse[1:] + inverse[:-1]) * np.diff(np.log(grid))
    path = np.concatenate([[0.0], np.cumsum(steps)])
    return np.asarray(np.interp(energy, grid, path))
