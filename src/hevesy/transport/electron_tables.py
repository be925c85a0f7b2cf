"""Everything the electron kernel looks up, for a set of media."""

import math
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.media import (
    Medium,
    bremsstrahlung_hard_cm2_per_g,
    bremsstrahlung_quantiles,
    collision_stopping_power_mev_cm2_per_g,
    csda_range_g_per_cm2,
    deflection_moments_cm2_per_g,
    get_medium,
    legendre_polynomials,
    moller_cross_section_cm2_per_g,
    radiative_stopping_power_mev_cm2_per_g,
    soft_straggling_mev2_cm2_per_g,
)

__all__ = ["ElectronTables", "StepControl", "electron_tables"]

_Numbers = NDArray[np.float64]
_ORDERS = 120  # exp(-G_l) is below 1e-12 from l = 60 on, for the weakest step
_QUANTILES = 128  # equal shares of the deflections, and as many again within the last of them
_ANGLES = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class StepControl:
    """How finely electrons are followed; the defaults pass the convergence tests.

    Parameters
    ----------
    top_mev : float
        Highest energy that can be transported, MeV.
    bottom_mev : float
        Where transport ends at the latest, MeV (2.5 um of water).
    hard_loss_mev : float
        Collisions that lose more than this are simulated one by one, MeV.
    photon_cutoff_mev : float
        Bremsstrahlung photons above this are simulated one by one, MeV.
    strength_high, strength_low : float
        Scattering strength of a step (its length over the transport mean free path) in water at
        1 MeV and above, and at 0.1 MeV; between, straight in the logarithms.
    tolerance_mm : float
        An electron that can go no further than this is absorbed. At 0.02 mm the slow electrons
        that leave a surface are missed: 2 to 5 % of the dose in air beside tissue.
    rejection_mev : float
        Below this energy an electron that cannot leave its voxel is absorbed; at 0.3 MeV it would
        have radiated 0.2 % of its energy.

    Raises
    ------
    InputError
        Energies or strengths that make no steps.

    Examples
    --------
    >>> StepControl().hard_loss_mev
    0.02
    """

    top_mev: float = 3.0
    bottom_mev: float = 0.01
    hard_loss_mev: float = 0.02
    photon_cutoff_mev: float = 0.01
    strength_high: float = 0.1
    strength_low: float = 0.3
    tolerance_mm: float = 0.002
    rejection_mev: float = 0.3

    def __post_init__(self) -> None:
        if not (
            0.005 <= self.bottom_mev < self.top_mev <= 3.0
            and self.hard_loss_mev >= 0.005
            and self.photon_cutoff_mev >= 0.001
            and 0.01 <= self.strength_high <= 1.0
            and 0.01 <= self.strength_low <= 1.0
            and self.tolerance_mm >= 0
        ):
            raise InputError(
                "electrons cannot be followed with these steps",
                got=repr(self),
                allowed="0.005 to 3 MeV, cut-offs of 5 keV (photons 1 keV) and more, strengths of"
                " 0.01 to 1",
                remedy="use the defaults",
            )


class ElectronTables(NamedTuple):
    """Tables for M media and B energy bins; bins are the same in all media. Arrays are read-only.

    Parameters
    ----------
    edge_mev : ndarray of float64, shape (B + 1,)
        Borders of the bins, from the highest energy down, MeV.
    path_g_per_cm2_mev : ndarray of float64, shape (M, B)
        Mass path for each MeV lost softly (mean of the inverse restricted stopping power).
    spread : ndarray of float64, shape (M, B)
        Relative standard deviation of the path through a whole bin.
    hard_per_mev : ndarray of float64, shape (M, B)
        Hard collisions and hard photons for each MeV lost softly.
    radiative_share : ndarray of float64, shape (M, B)
        Share of photons among these.
    photon_draw : ndarray of float64, shape (M, B, 65)
        Of `bremsstrahlung_quantiles`, at the bin's middle.
    reach_g_per_cm2 : ndarray of float64, shape (M, B)
        Path that is left at each bin's upper border.
    deflection : ndarray of float64, shape (M, B, 256)
        Means of (1 - cos) / 2 over shares of the deflections through a whole bin: 127 shares of
        1/128, then (from 128 on) the last one in 128 parts.
    strength : ndarray of float64, shape (M, B)
        Scattering strength of each bin.
    scored : ndarray of float64, shape (M, B)
        Scored energy over deposited: 1 for dose to the medium, the ratio of stopping powers for
        dose to water.
    hard_loss_mev, photon_cutoff_mev, tolerance_cm, rejection_mev : float
        Of `StepControl`.

    Examples
    --------
    >>> electron_tables((get_medium("water"),)).deflection.shape[2]
    256
    """

    edge_mev: _Numbers
    path_g_per_cm2_mev: _Numbers
    spread: _Numbers
    hard_per_mev: _Numbers
    radiative_share: _Numbers
    photon_draw: _Numbers
    reach_g_per_cm2: _Numbers
    deflection: _Numbers
    strength: _Numbers
    scored: _Numbers
    hard_loss_mev: float
    photon_cutoff_mev: float
    tolerance_cm: float
    rejection_mev: float


@cache
def electron_tables(
    media: tuple[Medium, ...],
    control: StepControl = StepControl(),
    *,
    dose_to_water: bool = False,
) -> ElectronTables:
    """Make the electron kernel's tables.

    Parameters
    ----------
    media : tuple of Medium
    control : StepControl
    dose_to_water : bool
        Score the dose that a small cavity of water would get (Bragg and Gray).

    Returns
    -------
    ElectronTables

    References
    ----------
    Goudsmit, Saunderson. Phys Rev 1940;57:24, with the loss of energy along the step integrated.

    Examples
    --------
    >>> float(electron_tables((get_medium("lung"),)).edge_mev[0])
    3.0
    """
    edges = _edges(control)
    rows = [_medium_rows(medium, edges, control) for medium in media]
    columns = [np.stack(column) for column in zip(*rows, strict=True)]
    path, spread, hard, radiative, draw, reach, deflection, strength = columns
    scored = np.ones_like(path)
    if dose_to_water:
        middle = np.sqrt(edges[1:] * edges[:-1])
        water = collision_stopping_power_mev_cm2_per_g(get_medium("water"), middle)
        scored = np.stack(
            [water / collision_stopping_power_mev_cm2_per_g(medium, middle) for medium in media]
        )
    arrays = (edges, path, spread, hard, radiative, draw, reach, deflection, strength, scored)
    for array in arrays:
        array.setflags(write=False)
    return ElectronTables(
        *arrays,
        hard_loss_mev=control.hard_loss_mev,
        photon_cutoff_mev=control.photon_cutoff_mev,
        tolerance_cm=control.tolerance_mm / 10.0,
        rejection_mev=control.rejection_mev,
    )


def _soft_stopping_power(medium: Medium, energy_mev: _Numbers, control: StepControl) -> _Numbers:
    """Loss that is not simulated one by one, MeV cm2/g."""
    return collision_stopping_power_mev_cm2_per_g(
        medium, energy_mev, cutoff_mev=control.hard_loss_mev
    ) + radiative_stopping_power_mev_cm2_per_g(
        medium, energy_mev, cut_off_mev=control.photon_cutoff_mev
    )


def _edges(control: StepControl) -> _Numbers:
    """Borders such that each bin has the wanted scattering strength in water."""
    water = get_medium("water")
    energy = np.geomspace(0.5 * control.bottom_mev, control.top_mev, 120)
    moments = deflection_moments_cm2_per_g(
        water, energy, orders=1, cutoff_mev=control.hard_loss_mev
    )
    rate = moments[:, 1] / _soft_stopping_power(water, energy, control) * energy
    steps = 0.5 * (rate[1:] + rate[:-1]) * np.diff(np.log(energy))
    total = np.concatenate([[0.0], np.cumsum(steps)])  # strength from the bottom up
    slope = math.log(control.strength_low / control.strength_high) / math.log(10.0)
    edges = [control.top_mev]
    while edges[-1] > control.bottom_mev:
        here = edges[-1]
        wanted = control.strength_high * max(1.0 / here, 1.0) ** slope
        left = float(np.interp(math.log(here), np.log(energy), total)) - wanted
        next_mev = math.exp(float(np.interp(left, total, np.log(energy)))) if left > 0 else 0.0
        edges.append(max(next_mev, 0.6 * here, control.bottom_mev))
    return np.array(edges)


def _medium_rows(medium: Medium, edges: _Numbers, control: StepControl) -> tuple[_Numbers, ...]:
    """One medium's rows, in the order of `ElectronTables`."""
    nodes, weights = np.polynomial.legendre.leggauss(3)
    share = 0.5 * weights
    width = -np.diff(edges)
    middle = 0.5 * (edges[1:] + edges[:-1])
    energy = (middle[:, None] + 0.5 * width[:, None] * nodes).ravel()
    shape = (width.size, nodes.size)
    stopping = _soft_stopping_power(medium, energy, control).reshape(shape)
    collide = moller_cross_section_cm2_per_g(medium, energy, control.hard_loss_mev).reshape(shape)
    emit = bremsstrahlung_hard_cm2_per_g(
        medium, energy, cut_off_mev=control.photon_cutoff_mev
    ).reshape(shape)
    variance = soft_straggling_mev2_cm2_per_g(medium, energy, control.hard_loss_mev).reshape(shape)
    moments = deflection_moments_cm2_per_g(
        medium, energy, orders=_ORDERS, cutoff_mev=control.hard_loss_mev
    ).reshape(*shape, -1)
    path = (share / stopping).sum(axis=1)
    # the path to lose dE has the variance of the loss over the stopping power squared
    spread = np.sqrt((share * variance / stopping**3).sum(axis=1) / width) / path
    hard = (share * (collide + emit) / stopping).sum(axis=1)
    radiative = (share * emit / stopping).sum(axis=1) / np.maximum(hard, 1e-300)
    total = np.einsum("bn,bnl->bl", width[:, None] * share / stopping, moments)
    draw = bremsstrahlung_quantiles(medium, middle, cut_off_mev=control.photon_cutoff_mev)
    reach = csda_range_g_per_cm2(medium, edges[:-1])
    return path, spread, hard, radiative, draw, reach, _deflections(total), total[:, 1].copy()


@cache
def _legendre_integrals() -> tuple[_Numbers, _Numbers]:
    """(1 - cos)/2, and integrals of (2l+1)/2 P_l from there to 0, for each l."""
    half = np.concatenate([[0.0], np.geomspace(1e-7, 1.0, _ANGLES)])
    polynomials = legendre_polynomials(1.0 - 2.0 * half, _ORDERS + 1)
    found = np.empty((_ORDERS + 1, half.size))
    found[0] = half
    found[1:] = 0.5 * (polynomials[:-2] - polynomials[2:])
    return half, found


def _deflections(total: _Numbers) -> _Numbers:
    """Means of (1 - cos)/2 over equal shares of each bin's distribution; its mean is exact."""
    half, integrals = _legendre_integrals()
    wide = np.linspace(0.0, 1.0, _QUANTILES + 1)
    shares = np.concatenate([wide[:-1], np.linspace(wide[-2], 1.0, _QUANTILES + 1)[1:]])
    found = np.zeros((total.shape[0], 2 * _QUANTILES))
    for b, moments in enumerate(total):
        running = np.maximum.accumulate(np.clip(np.exp(-moments) @ integrals, 0.0, 1.0))
        running[-1] = 1.0
        first = np.diff(running) * 0.5 * (half[1:] + half[:-1])
        upto = np.interp(shares, running, np.concatenate([[0.0], np.cumsum(first)]))
        means = np.diff(upto) / np.diff(shares)
        found[b, : _QUANTILES - 1] = means[: _QUANTILES - 1]
        found[b, _QUANTILES:] = means[_QUANTILES - 1 :]
        exact = 0.5 * (1.0 - math.exp(-moments[1]))
        mean = found[b, :_QUANTILES].sum() + found[b, _QUANTILES:].mean()
        found[b] *= exact * _QUANTILES / mean
    return found
