"""Photon cross sections of a medium: its elements' ones, by their share of the mass."""

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.media.cross_sections import read_photon_cross_sections, read_photon_scattering
from hevesy.media.elements import get_element
from hevesy.media.medium import Medium

__all__ = [
    "PHOTON_MEV",
    "PhotonProcess",
    "form_factor_squared",
    "mass_attenuation_cm2_per_g",
    "photoelectric_binding_mev",
    "scattering_function",
]

PHOTON_MEV = (1e-3, 3.0)
"""Least and greatest photon energy of the tables, MeV."""

PhotonProcess = Literal["total", "photoelectric", "incoherent", "coherent", "pair"]

_COLUMNS: dict[str, slice] = {
    "total": slice(1, 5),
    "photoelectric": slice(1, 2),
    "incoherent": slice(2, 3),
    "coherent": slice(3, 4),
    "pair": slice(4, 5),
}
Numbers = NDArray[np.float64]


def _checked_energies(energy_mev: ArrayLike) -> Numbers:
    energies = np.asarray(energy_mev, dtype=np.float64)
    low, high = PHOTON_MEV
    if not np.all((energies >= low) & (energies <= high)):
        raise InputError(
            "a photon's energy lies outside the tables",
            got=f"{float(np.min(energies)):g} to {float(np.max(energies)):g} MeV",
            allowed=f"{low:g} to {high:g} MeV",
            remedy="deposit softer photons where they arise; harder ones are not supported",
        )
    return energies


def _log_log(energies: Numbers, table_mev: Numbers, values: Numbers) -> Numbers:
    """Interpolated in both logarithms; 0 below the first positive value (a threshold)."""
    first = int(np.argmax(values > 0))
    found = np.interp(np.log(energies), np.log(table_mev[first:]), np.log(values[first:]))
    return np.where(energies < table_mev[first], 0.0, np.exp(found))


def mass_attenuation_cm2_per_g(
    medium: Medium, energy_mev: ArrayLike, process: PhotonProcess = "total"
) -> Numbers:
    """Mass attenuation coefficient mu/rho of a medium.

    Elements by their share of the mass (molecular and solid-state effects are left out), each
    interpolated in both logarithms. The total includes coherent scattering. Photoelectric and
    coherent values above 800 keV are continued by a power law; both are under 0.02 % of the
    total of water there.

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray
        Photon energy, 0.001 to 3 MeV.
    process : {"total", "photoelectric", "incoherent", "coherent", "pair"}
        Pair is that in the nucleus' field; triplets, under 0.2 % of water's total at 3 MeV, are
        counted as incoherent.

    Returns
    -------
    ndarray of float64, shape of `energy_mev`
        cm2/g.

    Raises
    ------
    InputError
        An energy outside the tables (raised by the check of the energies).

    References
    ----------
    Elam et al. 2002 and NIST XCOM, see `hevesy.media.cross_sections`.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> float(mass_attenuation_cm2_per_g(get_medium("water"), 0.1).round(4))
    0.1707
    """
    energies = _checked_energies(energy_mev)
    tables = read_photon_cross_sections()
    found = np.zeros(energies.shape)
    for symbol, share in medium.mass_fractions:
        table = tables[symbol]
        found = found + share * _log_log(
            energies, table[:, 0], table[:, _COLUMNS[process]].sum(axis=1)
        )
    return np.asarray(found)


def photoelectric_binding_mev(medium: Medium, energy_mev: ArrayLike) -> Numbers:
    """Mean binding energy of the electrons that photoelectric absorption sets free.

    An atom gives its K electron above its K edge and an unbound one below; the mean over the
    elements is weighted by their absorption. (The K shell's part is 0.88 to 0.95 of it for these
    elements; the rest would raise the electron's energy by a fraction of a keV.)

    Parameters
    ----------
    medium : Medium
    energy_mev : float or ndarray
        Photon energy, 0.001 to 3 MeV.

    Returns
    -------
    ndarray of float64, shape of `energy_mev`
        MeV; below the photon's energy.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> float(1e3 * photoelectric_binding_mev(get_medium("cortical-bone"), 0.05).round(6))
    3.525
    """
    energies = _checked_energies(energy_mev)
    tables = read_photon_cross_sections()
    weighted, total = np.zeros(energies.shape), np.zeros(energies.shape)
    for symbol, share in medium.mass_fractions:
        table = tables[symbol]
        absorbed = share * _log_log(energies, table[:, 0], table[:, 1])
        edge_mev = 1e-6 * get_element(symbol).shells[0][1]
        weighted = weighted + np.where(energies > edge_mev, edge_mev, 0.0) * absorbed
        total = total + absorbed
    return np.asarray(weighted / total)


def form_factor_squared(medium: Medium, x_per_angstrom: ArrayLike) -> Numbers:
    """Squared atomic form factors of a medium, summed over the atoms of one gram.

    Coherent scattering into a solid angle is r_e^2 (1 + cos^2 theta) / 2 times this: the atoms
    scatter independently of each other (no interference between molecules).

    Parameters
    ----------
    medium : Medium
    x_per_angstrom : float or ndarray
        x = sin(theta/2) / wavelength, 1/angstrom, to 250.

    Returns
    -------
    ndarray of float64, shape of `x_per_angstrom`
        1/g.

    References
    ----------
    Hubbell et al., J Phys Chem Ref Data 1975;4:471.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> per_g = form_factor_squared(get_medium("water"), 0.0)
    >>> bool(abs(per_g / 6.02214076e23 * 18.015 - 66) < 0.05)
    True
    """
    from scipy.interpolate import PchipInterpolator

    x = np.asarray(x_per_angstrom, dtype=np.float64)
    atoms = dict(medium.atoms_per_g)
    found = np.zeros(x.shape)
    for symbol, _ in medium.mass_fractions:
        table = read_photon_scattering()[symbol]
        inner = table[1, 0]
        curve = PchipInterpolator(np.log(table[1:, 0]), np.log(table[1:, 1]))
        form = np.exp(curve(np.log(np.maximum(x, inner))))
        form = np.where(x < inner, np.interp(x, table[:2, 0], table[:2, 1]), form)
        found = found + atoms[get_element(symbol).atomic_number] * form**2
    return np.asarray(found)


def scattering_function(medium: Medium, x_per_angstrom: ArrayLike) -> Numbers:
    """Incoherent scattering function of a medium per electron, S(x) / Z.

    Incoherent scattering into a solid angle is Klein's and Nishina's cross section times this.

    Parameters
    ----------
    medium : Medium
    x_per_angstrom : float or ndarray
        x = sin(theta/2) / wavelength, 1/angstrom.

    Returns
    -------
    ndarray of float64, shape of `x_per_angstrom`
        Between 0 and 1.

    References
    ----------
    Hubbell et al., J Phys Chem Ref Data 1975;4:471.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> scattering_function(get_medium("water"), [0.0, 0.5, 50.0]).round(2)
    array([0.  , 0.78, 1.  ])
    """
    x = np.asarray(x_per_angstrom, dtype=np.float64)
    atoms = dict(medium.atoms_per_g)
    found = np.zeros(x.shape)
    for symbol, _ in medium.mass_fractions:
        table = read_photon_scattering()[symbol]
        inner = table[1, 0]
        free = np.interp(np.log(np.maximum(x, inner)), np.log(table[1:, 0]), table[1:, 2])
        free = np.where(x < inner, np.interp(x, table[:2, 0], table[:2, 2]), free)
        found = found + atoms[get_element(symbol).atomic_number] * free
    return np.asarray(found / medium.electrons_per_g)
