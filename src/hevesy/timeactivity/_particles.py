"""Sequential Monte Carlo over one curve's coordinates, one scan after the other.

A particle is a point of the standard normal space of the prior (whitened), so that moves need no
bounds. The first scan is met exactly in amplitude (its noise is drawn, the retained share follows,
and the weight is the prior's density there); every later scan is let in by tempering, resampling
and random-walk Metropolis moves.

Del Moral, Doucet, Jasra, J R Stat Soc B 2006;68:411, doi:10.1111/j.1467-9868.2006.00553.x; Chopin,
Biometrika 2002;89:539, doi:10.1093/biomet/89.3.539.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.timeactivity._retention import logistic, unit_shares
from hevesy.timeactivity.prior import KineticsPrior

Array = NDArray[np.float64]
MOVES = 10
SIZE = 8  # six coordinates, the common error, the scale of the noise
FIRST_DRAWS = 8  # times as many points are drawn for the first scan
LEAST_EFFECTIVE = 0.5
NOISE_SCALE_SD = 0.35  # of ln(true over stated random uncertainty)


@dataclass(frozen=True, slots=True)
class Target:
    """Scans and prior of one curve: times (k,), measured values and sigmas in Bq."""

    prior: KineticsPrior
    times: Array
    values: Array
    sigmas: Array
    decay: float
    injected: float
    common_sd: float

    def factor(self) -> tuple[Array, Array]:
        """Mean (8,) and Cholesky factor of z1..z5, common error, ln noise scale, z0 (last)."""
        order = [1, 2, 3, 4, 5, 0]
        mean = np.zeros(SIZE)
        covariance = np.zeros((SIZE, SIZE))
        where = [0, 1, 2, 3, 4, 7]
        mean[where] = self.prior.mean[order]
        covariance[np.ix_(where, where)] = self.prior.covariance[np.ix_(order, order)]
        covariance[5, 5] = max(self.common_sd, 1e-9) ** 2
        covariance[6, 6] = NOISE_SCALE_SD**2
        return mean, np.asarray(np.linalg.cholesky(covariance))

    def log_likelihood(self, x: Array, scans: slice) -> Array:
        """Of the scans, (n,), for particles (n, 8) in the prior's own coordinates."""
        z = natural(x)
        predicted = logistic(z[:, :1]) * unit_shares(z, self.times[scans], self.decay)
        predicted = predicted * self.injected * np.exp(x[:, 5:6])
        residual = (self.values[scans] - predicted) / self.sigmas[scans]
        n = self.values[scans].size
        return np.asarray(-0.5 * np.sum(residual**2, axis=1) * np.exp(-2 * x[:, 6]) - n * x[:, 6])


def natural(x: Array) -> Array:
    """Coordinates z0..z5 (n, 6) of particles (n, 8)."""
    return np.concatenate((x[:, 7:8], x[:, :5]), axis=1)


def begin(target: Target, count: int, rng: np.random.Generator) -> tuple[Array, float]:
    """Particles (n, 8), whitened, given the first scan; and the log of its evidence."""
    mean, factor = target.factor()
    many = FIRST_DRAWS * count
    u = rng.standard_normal((many, SIZE))
    x = mean + u @ factor.T
    noise = rng.standard_normal(many) * np.exp(x[:, 6]) * target.sigmas[0]
    per_share = unit_shares(natural(x), target.times[:1], target.decay)[:, 0]
    per_share = np.maximum(per_share, 1e-300) * target.injected * np.exp(x[:, 5])
    share = (target.values[0] - noise) / per_share
    inside = (share > 0) & (share < 1)
    safe = np.where(inside, share, 0.5)
    last = factor[7, 7]
    given = x[:, 7] - last * u[:, 7]
    u[:, 7] = (np.log(safe / (1 - safe)) - given) / last
    log_weight = -0.5 * u[:, 7] ** 2 - 0.5 * math.log(2 * math.pi)
    log_weight -= np.log(last * safe * (1 - safe) * per_share)
    log_weight = np.where(inside, log_weight, -np.inf)
    top = float(log_weight.max())
    if not math.isfinite(top):
        return u[:count], -math.inf
    weight = np.exp(log_weight - top)
    evidence = top + math.log(float(weight.mean()))
    # the same measure as `log_likelihood`, which leaves out the sigmas
    evidence += math.log(float(target.sigmas[0])) + 0.5 * math.log(2 * math.pi)
    return u[_resample(weight / weight.sum(), count, rng)], evidence


def advance(target: Target, u: Array, scan: int, rng: np.random.Generator) -> tuple[Array, float]:
    """Particles after scan `scan` (from 0) of those before it, and the log of its evidence."""
    mean, factor = target.factor()
    new = target.log_likelihood(mean + u @ factor.T, slice(scan, scan + 1))
    old = target.log_likelihood(mean + u @ factor.T, slice(0, scan))
    reached, evidence, scale = 0.0, 0.0, 1.0
    while reached < 1.0:
        step = _next_step(new, 1.0 - reached)
        log_weight = step * new
        top = float(log_weight.max())
        weight = np.exp(log_weight - top)
        evidence += top + math.log(float(weight.mean()))
        reached = min(1.0, reached + step)
        kept = _resample(weight / weight.sum(), len(u), rng)
        u, new, old = u[kept], new[kept], old[kept]
        spread = np.linalg.cholesky(np.cov(u.T) + 1e-9 * np.eye(SIZE)) * 2.38 / math.sqrt(SIZE)
        for _ in range(MOVES):
            trial = u + scale * rng.standard_normal(u.shape) @ spread.T
            x = mean + trial @ factor.T
            trial_old = target.log_likelihood(x, slice(0, scan))
            trial_new = target.log_likelihood(x, slice(scan, scan + 1))
            gain = trial_old - old + reached * (trial_new - new)
            gain += 0.5 * (np.sum(u**2, axis=1) - np.sum(trial**2, axis=1))
            taken = np.log(rng.random(len(u))) < gain
            u = np.where(taken[:, None], trial, u)
            new, old = np.where(taken, trial_new, new), np.where(taken, trial_old, old)
            scale *= math.exp(0.5 * (float(taken.mean()) - 0.25))
    return u, evidence


def _next_step(log_likelihood: Array, rest: float) -> float:
    """The largest step that keeps half of the particles effective."""

    def effective(step: float) -> float:
        weight = np.exp(step * (log_likelihood - log_likelihood.max()))
        return float(weight.sum() ** 2 / np.sum(weight**2) / weight.size)

    if effective(rest) >= LEAST_EFFECTIVE:
        return rest
    low, high = 0.0, rest
    for _ in range(30):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if effective(middle) >= LEAST_EFFECTIVE else (low, middle)
    return max(low, 1e-6)


def _resample(weight: Array, count: int, rng: np.random.Generator) -> NDArray[np.intp]:
    """Systematic resampling."""
    edges = np.cumsum(weight)
    edges[-1] = 1.0
    return np.searchsorted(edges, (np.arange(count) + rng.random()) / count)
