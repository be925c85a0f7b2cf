"""Ordered categories against dose: proportional odds with a weak prior on the slope."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_resamples
from hevesy.evidence.dose_error import DoseData, expected_log_dose
from hevesy.evidence.intervals import bootstrap_interval

__all__ = ["OrdinalFit", "fit_ordinal"]

Floats = NDArray[np.float64]
_FARTHEST = 60.0
_PROBIT = 1 / 1.7**2  # the logistic curve as a normal one, 1.7 times as wide
_MOST = 4.0  # a curve steeper than its doses can show: the widening stops here


@dataclass(frozen=True, slots=True, kw_only=True)
class OrdinalFit:
    """Proportional odds of a better category.

    Parameters
    ----------
    categories : tuple of str
        Worst first; only those met.
    counts : tuple of int
    log_odds : tuple of float
        One: of a better category, per unit of the covariate; its uncertainty undone where one was
        given.
    uncorrected : tuple of float
        With the covariate taken as exact.
    cuts : tuple of float
        Log odds of being at or below each category but the best, where the covariate is 0.
    profile_interval : tuple of (float, float)
        Of independent observations.
    cluster_interval : tuple of (float, float)
        From resamples of patients: the one to report.
    confidence : float
    """

    categories: tuple[str, ...]
    counts: tuple[int, ...]
    log_odds: tuple[float]
    uncorrected: tuple[float]
    cuts: tuple[float, ...]
    profile_interval: tuple[float, float]
    cluster_interval: tuple[float, float]
    confidence: float


def fit_ordinal(
    categories: Sequence[str],
    covariate: Floats,
    clusters: NDArray[np.int64],
    *,
    order: Sequence[str],
    resamples: int,
    seed: int,
    confidence: float = 0.95,
    prior_weight: float = 1.0,
    covariate_sd: Floats | None = None,
) -> OrdinalFit:
    """Fit proportional odds, penalised by a log-F prior on the slope per standard deviation.

    Log-F(1, 1) holds an odds ratio per standard deviation between 1/648 and 648 with 95 %
    probability: it says little, and keeps the slope finite. An uncertain covariate is replaced by
    its expectation given what was measured, in each resample, and the odds are widened by the
    variance that is left (regression calibration, as in `fit_corrected`).

    Parameters
    ----------
    categories : sequence of str
    covariate : ndarray of float, shape (n,)
    clusters : ndarray of int, shape (n,)
    order : sequence of str
        Worst first.
    resamples, seed : int
    confidence : float
    prior_weight : float
        Degrees of freedom of the prior; 0 is plain maximum likelihood.
    covariate_sd : ndarray of float, shape (n,), optional
        Standard deviation of the covariate's independent normal errors.

    Returns
    -------
    OrdinalFit

    Raises
    ------
    TrialError
        A category that is not in the order, fewer than two met, or a covariate the same in all.

    References
    ----------
    McCullagh P. J R Stat Soc B 1980;42:109. Greenland S, Mansournia MA. Stat Med 2015;34:3133.
    Carroll RJ, Ruppert D, Stefanski LA, Crainiceanu CM. Measurement Error in Nonlinear Models,
    2nd ed. 2006, section 4.8.2.

    Examples
    --------
    >>> found = fit_ordinal(["PD", "SD", "PR", "SD", "PR", "PD"], np.array([1.0, 2, 3, 1, 2, 1]),
    ...                     np.arange(6), order=["PD", "SD", "PR"], resamples=90, seed=1,
    ...                     confidence=0.8)
    >>> found.counts, found.log_odds[0] > 0
    ((2, 2, 2), True)
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2

    x = np.asarray(covariate, dtype=float)
    met = [name for name in order if name in set(categories)]
    unknown = sorted(set(categories) - set(order))
    scale, centre = float(x.std()), float(x.mean())
    if unknown or len(met) < 2 or scale == 0 or len(categories) != x.size:
        raise TrialError(
            "ordered categories can't be fitted", got=", ".join(unknown or met) or "none",
            allowed=f"two or more of {', '.join(order)}, and doses that differ",
            remedy="show the data instead",
        )  # fmt: skip
    y = np.array([met.index(name) for name in categories])
    z = (x - centre) / scale
    sd = np.zeros_like(z) if covariate_sd is None else np.asarray(covariate_sd, dtype=float) / scale
    data = DoseData(log_dose=z, log_sd=sd, responded=np.zeros(z.shape, dtype=bool))
    weights = np.vstack([np.ones(y.size), cluster_resamples(clusters, resamples=resamples,
                                                            seed=seed)])  # fmt: skip
    expected, left = expected_log_dose(data, weights)
    whole = (expected[0], left[0], weights[0])
    best, top = _maximise(y, *whole, prior_weight, None)
    plain, _ = _maximise(y, z, np.zeros_like(z), weights[0], prior_weight, None)
    drop = float(chi2.ppf(confidence, 1)) / 2

    def fallen(at: float) -> float:
        return top - _maximise(y, *whole, prior_weight, at)[1] - drop

    limits = []
    for side in (-1.0, 1.0):
        far = 1.0
        while fallen(best[-1] + side * far) < 0 and far < _FARTHEST:
            far *= 1.6
        edge = best[-1] + side * far
        free = fallen(edge) < 0
        limits.append(side * np.inf if free else float(brentq(fallen, best[-1], edge)) / scale)
    draws = []
    for some, rest, weight in zip(expected[1:], left[1:], weights[1:], strict=True):
        if np.unique(y[weight > 0]).size == len(met):
            draws.append(_maximise(y, some, rest, weight, prior_weight, None)[0][-1] / scale)
    low, high = bootstrap_interval(draws, confidence=confidence, clusters=np.unique(clusters).size)
    cuts = _cuts(best[:-1]) + best[-1] * centre / scale
    return OrdinalFit(
        categories=tuple(met), counts=tuple(np.bincount(y, minlength=len(met)).tolist()),
        log_odds=(float(best[-1] / scale),), uncorrected=(float(plain[-1] / scale),),
        cuts=tuple(cuts.tolist()),
        profile_interval=(limits[0], limits[1]), cluster_interval=(float(low), float(high)),
        confidence=confidence,
    )  # fmt: skip


def _cuts(parameters: Floats) -> Floats:
    """Rising cuts from the first and the logarithms of the gaps."""
    return np.cumsum(np.concatenate([parameters[:1], np.exp(np.clip(parameters[1:], -20, 20))]))


def _maximise(
    y: NDArray[np.int_], z: Floats, left: Floats, weights: Floats, prior: float, held: float | None
) -> tuple[Floats, float]:
    """Parameters (first cut, log gaps, slope) and the penalised log-likelihood."""
    from scipy.optimize import minimize
    from scipy.special import expit

    levels = int(y.max()) + 1
    below = np.cumsum([weights[y == k].sum() for k in range(levels)])[:-1] / weights.sum()
    start = np.log(below / (1 - below))
    first = np.concatenate([start[:1], np.log(np.maximum(np.diff(start), 1e-3))])

    def against(parameters: Floats) -> float:
        slope = parameters[-1] if held is None else held
        cuts = _cuts(parameters[: levels - 1])
        edges = np.concatenate([[-np.inf], cuts, [np.inf]])
        widen = np.sqrt(np.minimum(1 + _PROBIT * slope**2 * left, _MOST))
        chance = expit((edges[y + 1] - slope * z) / widen) - expit((edges[y] - slope * z) / widen)
        likely = float(weights @ np.log(np.maximum(chance, 1e-300)))
        return -likely - prior * (slope / 2 - float(np.logaddexp(0.0, slope)))

    begin = first if held is not None else np.append(first, 0.0)
    found = minimize(against, begin, method="BFGS", options={"gtol": 1e-7})
    best = found.x if held is None else np.append(found.x, held)
    return np.asarray(best, dtype=float), -float(found.fun)
