"""The families of exponential curves: terms, derivatives, bounds, starting points.

Everything here is in scaled numbers: time in units of 1/lambda (lambda the physical decay
constant), activity in units of the largest measured one. A rate is then 1 + (biological rate) /
lambda, and the physical bound is a biological rate of at least 0. Parameters are chosen so that
all bounds are a box: the activity at zero `a`, shares of it in [0, 1], the slowest biological
rate, and the steps from it to the faster ones.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from itertools import combinations, product

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
# (amplitudes, rates, their derivatives by the parameters): shapes (b, m), (b, m), (b, m, p) twice
Terms = tuple[Array, Array, Array, Array]

# A falling phase that loses more than this factor before the first scan can't be told from the
# scans, and its amplitude at zero would be anything: its biological rate is bounded there.
FALL_BEFORE_FIRST_SCAN = 10.0
# An uptake that leaves exp(-20) unfinished at the first scan is finished.
UPTAKE_EXPONENT = 20.0


@dataclass(frozen=True, slots=True)
class Family:
    """One family: its size, its terms, and where in the parameters the rates begin."""

    name: str
    words: str
    n_parameters: int
    n_shares: int
    terms: Callable[[Array], Terms]

    @property
    def rising(self) -> bool:
        return self.name == "bi-uptake"

    def bounds(self, times: Array, limit: float) -> tuple[Array, Array]:
        """Lower and upper bounds of the parameters; `limit` is for the activity at zero."""
        first = float(times[times > 0].min(initial=np.inf))
        spacing = np.diff(np.unique(np.concatenate(([0.0], times))))
        shortest = float(spacing[spacing > 0].min(initial=first))
        n_rates = self.n_parameters - 1 - self.n_shares
        if self.n_parameters == 2:
            fastest = 50.0 / shortest
        elif self.rising:
            fastest = UPTAKE_EXPONENT / first
        elif times.min() > 0:
            fastest = max(math.log(FALL_BEFORE_FIRST_SCAN) / first, 1e-3)
        else:
            fastest = UPTAKE_EXPONENT / shortest
        lower = np.zeros(self.n_parameters)
        upper = np.concatenate(([limit], np.ones(self.n_shares), np.full(n_rates, fastest)))
        if self.rising:
            lower[2] = 1e-3 / float(times.max())
            upper[0] = np.inf
            upper[1] = UPTAKE_EXPONENT / float(times.max())
        return lower, upper

    def starts(self, times: Array, lower: Array, upper: Array) -> Array:
        """Starting points, shape (b, p); the amplitude is left at 1 and fitted first."""
        last = float(times.max())
        n_rates = self.n_parameters - 1 - self.n_shares
        top = float(upper[-1])
        grid = np.concatenate(([0.0], np.geomspace(min(0.1 / last, 0.5 * top), 0.9 * top, 8)))
        shares = list(product((0.2, 0.5, 0.8), repeat=self.n_shares))
        points = []
        for rates in combinations(grid, n_rates):
            steps = np.diff(np.concatenate(([0.0], rates)))  # the slowest first
            points += [np.concatenate(([1.0], share, steps)) for share in shares]
        return np.asarray(np.clip(np.array(points), lower, upper))


def _mono(theta: Array) -> Terms:
    amplitude, rate = theta[:, :1], 1.0 + theta[:, 1:2]
    d_amplitude = np.zeros((len(theta), 1, 2))
    d_rate = np.zeros_like(d_amplitude)
    d_amplitude[:, 0, 0] = 1.0
    d_rate[:, 0, 1] = 1.0
    return amplitude, rate, d_amplitude, d_rate


def _bi(theta: Array) -> Terms:
    """a, share of the faster phase, slow biological rate, step to the faster."""
    a, share, slow, step = theta.T
    amplitudes = np.stack((a * share, a * (1 - share)), axis=1)
    rates = np.stack((1 + slow + step, 1 + slow), axis=1)
    d_amplitude = np.zeros((len(theta), 2, 4))
    d_rate = np.zeros_like(d_amplitude)
    d_amplitude[:, 0, 0], d_amplitude[:, 1, 0] = share, 1 - share
    d_amplitude[:, 0, 1], d_amplitude[:, 1, 1] = a, -a
    d_rate[:, :, 2] = 1.0
    d_rate[:, 0, 3] = 1.0
    return amplitudes, rates, d_amplitude, d_rate


def _tri(theta: Array) -> Terms:
    """a, share of the fastest, share of the middle in the rest, slow rate, two steps."""
    a, first, second, slow, step_1, step_2 = theta.T
    rest = 1 - first
    amplitudes = np.stack((a * first, a * rest * second, a * rest * (1 - second)), axis=1)
    rates = np.stack((1 + slow + step_1 + step_2, 1 + slow + step_1, 1 + slow), axis=1)
    d_amplitude = np.zeros((len(theta), 3, 6))
    d_rate = np.zeros_like(d_amplitude)
    shape = np.stack((first, rest * second, rest * (1 - second)), axis=1)
    d_amplitude[:, :, 0] = shape
    d_amplitude[:, 0, 1] = a
    d_amplitude[:, 1, 1], d_amplitude[:, 2, 1] = -a * second, -a * (1 - second)
    d_amplitude[:, 1, 2], d_amplitude[:, 2, 2] = a * rest, -a * rest
    d_rate[:, :, 3] = 1.0
    d_rate[:, :2, 4] = 1.0
    d_rate[:, 0, 5] = 1.0
    return amplitudes, rates, d_amplitude, d_rate


def _bi_uptake(theta: Array) -> Terms:
    """c, slow biological rate, step d to the uptake rate; A = -B = c (1 + d) / d.

    `c` stays finite as the two rates meet, where the curve becomes c t exp(-k t).
    """
    c, slow, step = theta.T
    scale = (1 + step) / step
    amplitudes = np.stack((-c * scale, c * scale), axis=1)
    rates = np.stack((1 + slow + step, 1 + slow), axis=1)
    d_amplitude = np.zeros((len(theta), 2, 3))
    d_rate = np.zeros_like(d_amplitude)
    d_amplitude[:, 0, 0], d_amplitude[:, 1, 0] = -scale, scale
    d_amplitude[:, 0, 2], d_amplitude[:, 1, 2] = c / step**2, -c / step**2
    d_rate[:, :, 1] = 1.0
    d_rate[:, 0, 2] = 1.0
    return amplitudes, rates, d_amplitude, d_rate


FAMILIES = {
    "mono": Family("mono", "mono-exponential", 2, 0, _mono),
    "bi": Family("bi", "bi-exponential", 4, 1, _bi),
    "tri": Family("tri", "tri-exponential", 6, 2, _tri),
    "bi-uptake": Family("bi-uptake", "bi-exponential with uptake (B = -A)", 3, 0, _bi_uptake),
}


def curve_values(family: Family, theta: Array, times: Array) -> tuple[Array, Array]:
    """Values (b, n) and derivatives (b, n, p) of the curves `theta` (b, p) at `times` (n,)."""
    amplitudes, rates, d_amplitude, d_rate = family.terms(theta)
    decay = np.exp(-rates[:, None, :] * times[None, :, None])
    values = np.einsum("bm,bnm->bn", amplitudes, decay)
    slope = -amplitudes[:, None, :] * times[None, :, None] * decay
    jacobian = np.einsum("bnm,bmp->bnp", decay, d_amplitude)
    jacobian += np.einsum("bnm,bmp->bnp", slope, d_rate)
    return values, jacobian


def curve_integrals(family: Family, theta: Array) -> tuple[Array, Array]:
    """Integrals (b,) from zero to infinity, and their derivatives (b, p)."""
    amplitudes, rates, d_amplitude, d_rate = family.terms(theta)
    integrals = np.sum(amplitudes / rates, axis=1)
    gradient = np.einsum("bm,bmp->bp", 1 / rates, d_amplitude)
    gradient -= np.einsum("bm,bmp->bp", amplitudes / rates**2, d_rate)
    return integrals, gradient
