"""One family fitted to one region: the optimum, its AICc, and how sure its integral is."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.timeactivity._families import Family, curve_integrals, curve_values
from hevesy.timeactivity._least_squares import best_start, minimise
from hevesy.timeactivity._profile import profile_interval

Array = NDArray[np.float64]
Flags = NDArray[np.bool_]
NEAR_BOUND_SIGMAS = 2.0


@dataclass(frozen=True, slots=True)
class Problem:
    """A region's scans in scaled numbers (see `_families`).

    `sigmas` are 0 where none were given; `known` says whether they weight the fit.
    """

    times: Array
    values: Array
    sigmas: Array
    known: bool
    limit: float

    @property
    def weights(self) -> Array:
        return 1.0 / self.sigmas if self.known else np.ones_like(self.values)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A fitted family: `theta` (p,), draws of it (s, p), its integral and interval, scaled."""

    family: Family
    theta: Array
    squares: float
    aicc: float | None
    inflation: float
    sigma: Array
    at_bound: bool
    at_limit: bool
    integral: float
    uncertainty: float
    low: float
    high: float
    method: str
    draws: Array


def counted_parameters(family: Family, known: bool) -> int:
    """Fitted parameters, and the standard deviation where the scatter has to give it."""
    return family.n_parameters + (0 if known else 1)


def fit_family(
    problem: Problem, family: Family, *, interval: str, n_draws: int, seed: int
) -> Candidate:
    """Fit one family; `interval` as in `FitOptions`."""
    lower, upper = family.bounds(problem.times, problem.limit)
    theta, squares = best_start(
        family, problem.times, problem.values, problem.weights, lower, upper
    )
    held = (theta <= lower) | (theta >= upper)
    degrees = problem.times.size - int((~held).sum())
    sigma, inflation = _effective_sigma(problem, squares, degrees)
    integral, gradient = curve_integrals(family, theta[None])
    covariance = _covariance(problem, family, theta, held, sigma)
    rng = np.random.default_rng(seed)
    near = covariance is None or _near_bound(theta, held, lower, upper, covariance)
    if interval == "auto":
        limit_near = theta[0] >= 0.98 * upper[0]
        interval = "covariance" if not near else "bootstrap" if limit_near else "profile"
    unfit = covariance is None if interval == "covariance" else theta[0] >= upper[0]
    if interval != "bootstrap" and unfit:
        interval = "bootstrap"
    if interval == "covariance" and covariance is not None:
        spread = math.sqrt(max(float(gradient[0] @ covariance @ gradient[0]), 0.0))
        low, high = float(integral[0]) - spread, float(integral[0]) + spread
        draws = rng.multivariate_normal(theta, covariance, size=n_draws, method="eigh")
        draws = np.clip(draws, lower, upper)
    else:
        draws = _bootstrap(problem, family, theta, sigma, lower, upper, n_draws, rng)
        found = curve_integrals(family, draws)[0]
        low, high = (float(q) for q in np.quantile(found, (0.158655, 0.841345)))
        spread = float(np.sqrt(np.mean((found - integral[0]) ** 2)))
        if interval == "profile":
            low, high = profile_interval(
                family, theta, problem.times, problem.values, sigma, lower, upper
            )
            spread = max(spread, (high - low) / 2)
    return Candidate(
        family=family, theta=theta, squares=squares,
        aicc=_aicc(problem, family, squares), inflation=inflation, sigma=sigma,
        at_bound=bool(held.any()),
        at_limit=bool(theta[0] >= upper[0]), integral=float(integral[0]), uncertainty=spread,
        low=low, high=high, method=interval, draws=draws,
    )  # fmt: skip


def _effective_sigma(problem: Problem, squares: float, degrees: int) -> tuple[Array, float]:
    """Standard deviations that the scatter about the curve does not contradict.

    Measured: the stated ones, raised by the Birge ratio where chi2 per degree of freedom exceeds
    1, never lowered. Uniform: the larger of the scatter and the mean of the stated ones; where
    none were stated, the scatter times Student's factor for its degrees of freedom.
    """
    ones = np.ones_like(problem.values)
    if problem.known:
        ratio = math.sqrt(squares / degrees) if degrees > 0 else 1.0
        ratio = max(1.0, ratio)
        return problem.sigmas * ratio, ratio
    stated = float(np.sqrt(np.mean(problem.sigmas**2)))
    scatter = math.sqrt(squares / degrees) if degrees > 0 else 0.0
    if stated == 0.0:
        from scipy.special import stdtrit

        factor = float(stdtrit(degrees, 0.841345)) if degrees > 0 else 1.0
        return ones * scatter * factor, 1.0
    return ones * max(stated, scatter), max(1.0, scatter / stated)


def _aicc(problem: Problem, family: Family, squares: float) -> float | None:
    """Burnham and Anderson 2002, eq. 2.4 (least squares: p. 63); None where n < k + 2."""
    n, k = problem.times.size, counted_parameters(family, problem.known)
    if n < k + 2:
        return None
    if problem.known:
        deviance = squares
    else:
        # Exact curves would have a logarithm of nothing: rounding sets the floor.
        floor = 1e-24 * float(np.sum(problem.values**2))
        deviance = n * math.log(max(squares, floor) / n)
    return deviance + 2 * k + 2 * k * (k + 1) / (n - k - 1)


def _covariance(
    problem: Problem, family: Family, theta: Array, held: Flags, sigma: Array
) -> Array | None:
    """Covariance of the parameters (0 for those held at a bound); None where it is singular."""
    free = np.flatnonzero(~held)
    covariance = np.zeros((theta.size, theta.size))
    if free.size == 0:
        return None
    _, jacobian = curve_values(family, theta[None], problem.times)
    # The estimator's weights are those of the fit; what it passes on is the scatter `sigma`.
    weighted = jacobian[0][:, free] * problem.weights[:, None]
    size = np.sqrt(np.sum(weighted**2, axis=0))
    if not (size > 0).all() or np.linalg.cond(weighted / size) > 1e7:
        return None
    solver = np.linalg.pinv(weighted / size) / size[:, None]
    passed = solver * (problem.weights * sigma)
    covariance[np.ix_(free, free)] = passed @ passed.T
    return covariance


def _near_bound(theta: Array, held: Flags, lower: Array, upper: Array, covariance: Array) -> bool:
    error = NEAR_BOUND_SIGMAS * np.sqrt(np.diag(covariance))
    return bool((held | (theta - error < lower) | (theta + error > upper)).any())


def _bootstrap(
    problem: Problem, family: Family, theta: Array, sigma: Array,
    lower: Array, upper: Array, n_draws: int, rng: np.random.Generator,
) -> Array:  # fmt: skip
    """Refits (s, p) of the fitted curve with fresh normal noise."""
    model, _ = curve_values(family, theta[None], problem.times)
    noisy = model + sigma * rng.standard_normal((n_draws, problem.times.size))
    start = np.repeat(theta[None], n_draws, axis=0)
    # Off the bounds, so that a gradient there can be felt.
    inside = lower + 0.02 * (np.minimum(upper, lower + 1.0) - lower)
    start = np.where(start <= lower, inside, start)
    found, _ = minimise(
        family, start, problem.times, noisy, problem.weights, lower, upper, coarse=True
    )
    return found
