"""Profile likelihood of a curve's integral."""

import numpy as np
from numpy.typing import NDArray

from hevesy.timeactivity._families import Family, Terms, curve_integrals
from hevesy.timeactivity._least_squares import minimise

Array = NDArray[np.float64]


def _by_integral(family: Family) -> Family:
    """The same family with its integral in the place of its first parameter."""

    def terms(theta: Array) -> Terms:
        unit = theta.copy()
        unit[:, 0] = 1.0
        per_unit, gradient = curve_integrals(family, unit)
        inner = theta.copy()
        inner[:, 0] = theta[:, 0] / per_unit
        amplitudes, rates, d_amplitude, d_rate = family.terms(inner)
        by_first = d_amplitude[:, :, 0].copy()
        chain = -theta[:, 0, None] / per_unit[:, None] ** 2 * gradient
        chain[:, 0] = 1 / per_unit
        d_amplitude[:, :, 0] = 0.0
        d_amplitude = d_amplitude + by_first[:, :, None] * chain[:, None, :]
        return amplitudes, rates, d_amplitude, d_rate

    return Family(family.name, family.words, family.n_parameters, family.n_shares, terms)


def profile_interval(
    family: Family, theta: Array, times: Array, values: Array, sigma: Array,
    lower: Array, upper: Array,
) -> tuple[float, float]:  # fmt: skip
    """Integrals at which the best sum of squares is 1 above its minimum.

    The bound on the activity at zero is not carried along: where it is active the bootstrap is
    used instead.
    """
    centre = float(curve_integrals(family, theta[None])[0][0])
    offsets = np.geomspace(1e-4, 1.5, 28)
    offsets = np.concatenate((-offsets[::-1], [0.0], offsets))
    shape = _by_integral(family)
    start = np.repeat(theta[None], offsets.size, axis=0)
    inside = lower + 0.02 * (np.minimum(upper, lower + 1.0) - lower)
    start = np.where(start <= lower, inside, start)
    start = np.concatenate((start, np.repeat(theta[None], offsets.size, axis=0)))
    fixed = np.tile(centre * np.exp(offsets), 2)
    start[:, 0] = fixed
    low, high = np.repeat(lower[None], start.shape[0], 0), np.repeat(upper[None], start.shape[0], 0)
    low[:, 0] = high[:, 0] = fixed
    _, cost = minimise(shape, start, times, values, 1 / sigma, low, high, coarse=True)
    cost = cost.reshape(2, -1).min(axis=0)
    rise = np.sqrt(np.maximum(cost - cost[offsets.size // 2], 0.0))
    middle = offsets.size // 2
    upward = _crossing(offsets[middle:], rise[middle:])
    downward = _crossing(-offsets[middle::-1], rise[middle::-1])
    return centre * float(np.exp(-downward)), centre * float(np.exp(upward))


def _crossing(offset: Array, rise: Array) -> float:
    above = np.flatnonzero(rise >= 1.0)
    if above.size == 0:
        return float(offset[-1])
    i = int(above[0])
    share = (1.0 - rise[i - 1]) / (rise[i] - rise[i - 1])
    return float(offset[i - 1] + share * (offset[i] - offset[i - 1]))
