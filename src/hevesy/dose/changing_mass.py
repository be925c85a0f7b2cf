"""Dose to a region whose mass changes while it is irradiated."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.kinetics import Curve

__all__ = ["EffectiveMass", "effective_mass"]

_NODES = 16
_STEP = 1e-4  # of a mass, for its weight


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectiveMass:
    """The constant mass that would give the same mean dose.

    Parameters
    ----------
    mass_g : float
    mass_uncertainty_g : float
        Standard uncertainty, from those of the measured masses.
    weights : tuple of float
        What each measured mass counts for: d ln(effective) / d ln(measured). They sum to 1.

    Examples
    --------
    >>> EffectiveMass(mass_g=30.0, mass_uncertainty_g=1.0, weights=(0.6, 0.4)).weights
    (0.6, 0.4)
    """

    mass_g: float
    mass_uncertainty_g: float
    weights: tuple[float, ...]


def effective_mass(
    curve: Curve, times_s: ArrayLike, masses_g: ArrayLike, mass_uncertainties_g: ArrayLike
) -> EffectiveMass:
    """Mean a changing mass over the decays: m = TIA / integral of A(t) / m(t).

    With energy E per decay the mean dose is D = E integral of A(t) / m(t) dt, each interval's
    decays over its own mass, so D = E TIA / m with this m. The mass goes straight between
    measurements and is level before the first and after the last. What leaves the region with a
    shrinking mass takes no dose with it in this picture, and energy is taken to stay as at one
    mass: it is a mean over time of the dose rate, not a dose to a fixed set of cells.

    Parameters
    ----------
    curve : Curve
        Activity since time zero.
    times_s : array_like, shape (n,)
        When the masses were measured, s since time zero (below 0: before), strictly rising.
    masses_g : array_like, shape (n,)
        Above 0.
    mass_uncertainties_g : array_like, shape (n,)
        Standard, independent from one measurement to the next, 0 or more.

    Returns
    -------
    EffectiveMass

    Raises
    ------
    InputError
        Arrays of different length, times that do not rise, a mass that is not above 0, an
        uncertainty below 0, or a curve without decays.

    References
    ----------
    MIRD pamphlet 21, Bolch et al. 2009, J Nucl Med 50:477: the schema's time-dependent form, in
    which S changes with the mass.

    Examples
    --------
    >>> from hevesy.kinetics import ExponentialCurve
    >>> curve = ExponentialCurve(amplitudes_bq=[1e6], rates_per_s=[1e-5])
    >>> round(effective_mass(curve, [0.0, 1e5], [20.0, 20.0], [1.0, 1.0]).mass_g, 9)
    20.0
    """
    times = np.asarray(times_s, dtype=np.float64).reshape(-1)
    masses = np.asarray(masses_g, dtype=np.float64).reshape(-1)
    spread = np.asarray(mass_uncertainties_g, dtype=np.float64).reshape(-1)
    rising = times.size > 0 and bool((np.diff(times) > 0).all()) and bool(np.isfinite(times).all())
    sizes = times.shape == masses.shape == spread.shape
    if not (rising and sizes and (masses > 0).all() and (spread >= 0).all()):
        raise InputError(
            "masses need times that rise, values above 0 g and uncertainties of 0 g or more",
            got=f"times {times.tolist()} s, masses {masses.tolist()} g",
            remedy="give one mass for each CT, in order of time",
        )
    tia = curve.tia_bq_s()
    if not tia > 0:
        raise InputError(
            "a mass can be averaged over decays only where there are some",
            got=f"{tia:g} Bq s",
            remedy="look at the region's curve",
        )
    mass = tia / _over_mass(curve, times, masses)
    weights = []
    for n in range(masses.size):
        up, down = masses.copy(), masses.copy()
        up[n] *= 1.0 + _STEP
        down[n] *= 1.0 - _STEP
        high, low = (tia / _over_mass(curve, times, other) for other in (up, down))
        weights.append((high - low) / (2.0 * _STEP * mass))
    relative = np.asarray(weights) * spread / masses
    return EffectiveMass(
        mass_g=mass,
        mass_uncertainty_g=mass * float(np.linalg.norm(relative)),
        weights=tuple(weights),
    )


def _over_mass(curve: Curve, times: NDArray[np.float64], masses: NDArray[np.float64]) -> float:
    """Integral of A(t) / m(t) from time zero on, Bq s / g."""
    nodes, weights = np.polynomial.legendre.leggauss(_NODES)
    start = max(float(times[0]), 0.0)
    last = max(float(times[-1]), 0.0)
    parts = [curve.tia_bq_s(0.0, start) / float(masses[0])]
    knots = np.concatenate(([start], times[(times > start) & (times < last)], [last]))
    for low, high in zip(knots[:-1].tolist(), knots[1:].tolist(), strict=True):
        # the decays of each eighth are the curve's own; the quadrature is for the mass alone
        edges = np.linspace(low, high, 9)
        for a, b in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            if b <= a:
                continue
            time = 0.5 * (a + b) + 0.5 * (b - a) * nodes
            rate = curve.activity_bq(time) / np.interp(time, times, masses)
            parts.append(0.5 * (b - a) * float(weights @ rate))
    parts.append(curve.tia_bq_s(last, np.inf) / float(masses[-1]))
    return math.fsum(parts)
