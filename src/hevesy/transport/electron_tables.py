"""Everything the electron kernel looks up, for a set of media."""

import math
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hevesy.media import Medium
from hevesy.media.collision import (
    collision_stopping_power_mev_cm2_per_g,
    moller_cross_section_cm2_per_g,
    soft_straggling_mev2_cm2_per_g,
)
from hevesy.media.deflection import deflection_moments_cm2_per_g

__all__ = ["ElectronTables", "StepControl", "electron_tables"]

_ORDERS = 160
_QUANTILES = 128  # equal shares of the deflections, and as many again within the last of them
_INNER = 5  # energies in a bin over which its averages are taken


@dataclass(frozen=True, slots=True, kw_only=True)
class StepControl:
    """How finely electrons are followed; the defaults pass the convergence tests.

    Parameters
    ----------
    top_mev : float
        Highest energy that can be transported, MeV.
    bottom_mev : float
        Where transport ends at the latest, MeV.
    hard_loss_mev : float
        Collisions that lose more than this are simulated one by one, MeV.
    strength : float
        Scattering strength of a step (its length over the transport mean free path) at 1 MeV and
        above.
    strength_low : float
        The same at 0.1 MeV; between, straight in the logarithms.

    Examples
    --------
    >>> StepControl().hard_loss_mev
    0.05
    """

    top_mev: float = 3.0
    bottom_mev: float = 0.01
    hard_loss_mev: float = 0.05
    strength: float = 0.15
    strength_low: float = 0.4


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ElectronTables:
    """Tables for M media and B energy bins; bins are the same in all media.

    Parameters
    ----------
    edge_mev : ndarray of float64, shape (B + 1,)
        Borders of the bins, from the highest energy down, MeV.
    path_g_per_cm2_mev : ndarray of float64, shape (M, B)
        Mass path for each MeV lost softly (mean of the inverse restricted stopping power).
    spread : ndarray of float64, shape (M, B)
        Relative standard deviation of the path through a whole bin.
    hard_per_mev : ndarray of float64, shape (M, B)
        Hard collisions for each MeV lost softly.
    reach_g_per_cm2 : ndarray of float64, shape (M, B + 1)
        Path that is left at each border of a bin.
    deflection : ndarray of float64, shape (M, B, 256)
        Quantiles of (1 - cos) / 2 of the deflection over a whole bin.
    strength : ndarray of float64, shape (M, B)
        Scattering strength of each bin.
    hard_loss_mev : float

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> tables = electron_tables((get_medium("water"),))
    >>> tables.path_g_per_cm2_mev.shape[0]
    1
    """

    edge_mev: NDArray[np.float64]
    path_g_per_cm2_mev: NDArray[np.float64]
    spread: NDArray[np.float64]
    hard_per_mev: NDArray[np.float64]
    reach_g_per_cm2: NDArray[np.float64]
    deflection: NDArray[np.float64]
    strength: NDArray[np.float64]
    hard_loss_mev: float


def _edges(control: StepControl, water: Medium) -> NDArray[np.float64]:
    """Borders such that each bin has the wanted scattering strength in water."""
    energy = np.geomspace(control.bottom_mev * 0.5, control.top_mev, 400)
    cutoff = control.hard_loss_mev
    rate = np.array(
        [deflection_moments_cm2_per_g(water, e, orders=1, cutoff_mev=cutoff)[1] for e in energy]
    )
    rate /= collision_stopping_power_mev_cm2_per_g(water, energy, cutoff_mev=cutoff)
    total = np.concatenate(
        [[0.0], np.cumsum(0.5 * (rate[1:] + rate[:-1]) * np.diff(energy))]
    )  # strength from the bottom up to each energy
    edges = [control.top_mev]
    slope = math.log(control.strength_low / control.strength) / math.log(10.0)
    while edges[-1] > control.bottom_mev:
        here = edges[-1]
        wanted = control.strength * max(min(1.0 / here, 50.0), 1.0) ** slope
        left = float(np.interp(here, energy, total)) - wanted
        edges.append(float(np.interp(left, total, energy)) if left > 0 else control.bottom_mev)
        edges[-1] = max(edges[-1], 0.6 * here)
    edges[-1] = control.bottom_mev
    return np.array(edges)


@cache
def electron_tables(
    media: tuple[Medium, ...], control: StepControl = StepControl()
) -> ElectronTables:
    """Make the electron kernel's tables.

    Parameters
    ----------
    media : tuple of Medium
    control : StepControl

    Returns
    -------
    ElectronTables

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> float(electron_tables((get_medium("lung"),)).edge_mev[0])
    3.0
    """
    from hevesy.media import get_medium

    edges = _edges(control, get_medium("water"))
    bins = edges.size - 1
    shape = (len(media), bins)
    path, spread, hard, strength = (np.zeros(shape) for _ in range(4))
    reach = np.zeros((len(media), bins + 1))
    deflection = np.zeros((*shape, 2 * _QUANTILES))
    node, weight = np.polynomial.legendre.leggauss(_INNER)
    half_cos = np.concatenate([[0.0], np.geomspace(1e-7, 1.0, 3000)])
    legendre = _integrals(half_cos)
    cut = control.hard_loss_mev
    for m, medium in enumerate(media):
        for b in range(bins):
            high, low = edges[b], edges[b + 1]
            energies = 0.5 * (high + low) + 0.5 * (high - low) * node
            share = 0.5 * weight
            stopping = collision_stopping_power_mev_cm2_per_g(medium, energies, cutoff_mev=cut)
            inverse = share / stopping
            path[m, b] = inverse.sum()
            collisions = moller_cross_section_cm2_per_g(medium, energies, cut)
            hard[m, b] = np.dot(inverse, collisions)
            variance = soft_straggling_mev2_cm2_per_g(medium, energies, cut)
            # path(dE) fluctuates by the loss's variance over the stopping power squared
            spread[m, b] = (
                math.sqrt(float(np.dot(share, variance / stopping**3)) / (high - low)) / path[m, b]
            )
            moments = np.array(
                [
                    deflection_moments_cm2_per_g(medium, e, orders=_ORDERS, cutoff_mev=cut)
                    for e in energies
                ]
            )
            total = (high - low) * np.dot(inverse, moments)
            strength[m, b] = total[1]
            deflection[m, b] = _quantiles(total, half_cos, legendre)
        whole = np.array([1.0])  # noqa
        reach[m] = _reach(medium, edges)
    tables = ElectronTables(
        edge_mev=edges,
        path_g_per_cm2_mev=path,
        spread=spread,
        hard_per_mev=hard,
        reach_g_per_cm2=reach,
        deflection=deflection,
        strength=strength,
        hard_loss_mev=cut,
    )
    return tables


def _reach(medium: Medium, edges: NDArray[np.float64]) -> NDArray[np.float64]:
    from hevesy.media.collision import csda_range_g_per_cm2

    return csda_range_g_per_cm2(medium, edges)


def _integrals(half_cos: NDArray[np.float64]) -> NDArray[np.float64]:
    """Integrals of (2l+1)/2 P_l from cos to 1, for each order and angle."""
    cosine = 1.0 - 2.0 * half_cos
    polynomials = np.empty((_ORDERS + 2, cosine.size))
    polynomials[0], polynomials[1] = 1.0, cosine
    for order in range(1, _ORDERS + 1):
        polynomials[order + 1] = (
            (2 * order + 1) * cosine * polynomials[order] - order * polynomials[order - 1]
        ) / (order + 1)
    found = np.empty((_ORDERS + 1, cosine.size))
    found[0] = half_cos
    found[1:] = 0.5 * (polynomials[:-2] - polynomials[2:])
    return found


def _quantiles(
    total: NDArray[np.float64], half_cos: NDArray[np.float64], legendre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Means of (1 - cos)/2 between equal shares of the deflections: 127 and 128 in the last."""
    cumulative = np.exp(-total) @ legendre
    cumulative = np.maximum.accumulate(np.clip(cumulative, 0.0, 1.0))
    cumulative[-1] = 1.0
    wide = np.linspace(0.0, 1.0, _QUANTILES + 1)
    fine = np.linspace(wide[-2], 1.0, _QUANTILES + 1)
    at = np.concatenate([wide[:-1], fine])
    # integral of the quantile function up to each share, so that each interval keeps its mean
    steps = np.diff(cumulative) * 0.5 * (half_cos[1:] + half_cos[:-1])
    first = np.concatenate([[0.0], np.cumsum(steps)])
    keep = np.concatenate([[True], np.diff(cumulative) > 0])
    upto = np.interp(at, cumulative[keep], first[keep])
    means = np.diff(upto) / np.diff(at).clip(1e-300)
    means = np.delete(means, _QUANTILES - 1) if means.size > 2 * _QUANTILES - 1 else means
    found = np.zeros(2 * _QUANTILES)
    found[: _QUANTILES - 1] = means[: _QUANTILES - 1]
    found[_QUANTILES:] = means[_QUANTILES - 1 :][:_QUANTILES]
    exact = 0.5 * (1.0 - math.exp(-total[1]))
    mean = found[: _QUANTILES - 1].sum() / _QUANTILES + found[_QUANTILES:].mean() / _QUANTILES
    return found * (exact / mean)
