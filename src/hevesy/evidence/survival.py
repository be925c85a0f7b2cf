"""Time to an event against one covariate: Cox regression penalised by Jeffreys' prior."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_resamples
from hevesy.evidence.dose_error import DoseData, expected_log_dose
from hevesy.evidence.intervals import bootstrap_interval

__all__ = ["HazardFit", "fit_hazard"]

Floats = NDArray[np.float64]
_FARTHEST = 60.0
_STEPS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class HazardFit:
    """The log hazard ratio of one covariate.

    Parameters
    ----------
    log_hazard : tuple of float
        One: per unit of the covariate; its uncertainty undone where one was given.
    uncorrected : tuple of float
        With the covariate taken as exact.
    profile_interval : tuple of (float, float)
        Of independent observations; infinite where the profile has no limit.
    cluster_interval : tuple of (float, float)
        From resamples of patients: the one to report.
    confidence : float
    events, observations : int
    monotone : bool
        Whether plain partial likelihood has no maximum.
    """

    log_hazard: tuple[float]
    uncorrected: tuple[float]
    profile_interval: tuple[float, float]
    cluster_interval: tuple[float, float]
    confidence: float
    events: int
    observations: int
    monotone: bool


def fit_hazard(
    times_d: Floats,
    events: NDArray[np.bool_],
    covariate: Floats,
    clusters: NDArray[np.int64],
    *,
    resamples: int,
    seed: int,
    confidence: float = 0.95,
    covariate_sd: Floats | None = None,
) -> HazardFit:
    """Fit proportional hazards by the partial likelihood times the root of its information.

    Ties after Breslow. The penalty is Firth's, as Heinze and Schemper use it for monotone
    likelihoods. An uncertain covariate is replaced by its expectation given what was measured, in
    each resample. That is an approximation: exact for rare events or a small slope; among those
    still at risk late in a study with many events the covariate is no longer what it was at the
    beginning, and the slope stays somewhat too flat.

    Parameters
    ----------
    times_d : ndarray of float, shape (n,)
        Days to the event or the last look.
    events : ndarray of bool, shape (n,)
    covariate : ndarray of float, shape (n,)
    clusters : ndarray of int, shape (n,)
    resamples, seed : int
    confidence : float
    covariate_sd : ndarray of float, shape (n,), optional
        Standard deviation of the covariate's independent normal errors.

    Returns
    -------
    HazardFit

    Raises
    ------
    TrialError
        Lengths that differ, no event, or a covariate that is the same in all.

    References
    ----------
    Heinze G, Schemper M. Biometrics 2001;57:114. Cox DR. J R Stat Soc B 1972;34:187.
    Prentice RL. Biometrika 1982;69:331 (regression calibration).

    Examples
    --------
    >>> times = np.array([30.0, 60, 90, 120, 150, 180])
    >>> fit = fit_hazard(times, np.array([1, 1, 0, 1, 0, 0]) > 0, np.array([1.0, 2, 2, 1, 3, 3]),
    ...                  np.arange(6), resamples=90, seed=1, confidence=0.8)
    >>> fit.events, fit.log_hazard[0] < 0
    (3, True)
    """
    from scipy.optimize import brentq
    from scipy.stats import chi2

    t, happened = np.asarray(times_d, dtype=float), np.asarray(events, dtype=bool)
    x = np.asarray(covariate, dtype=float)
    if not (t.shape == happened.shape == x.shape == clusters.shape) or not np.all(np.isfinite(x)):
        raise TrialError(
            "times, events and covariate do not fit", got=f"{t.shape}, {x.shape}",
            remedy="give one of each a lesion",
        )  # fmt: skip
    centre, scale = float(x.mean()), float(x.std())
    if not happened.any() or scale == 0:
        raise TrialError(
            "a hazard ratio needs events and a covariate that differs",
            got=f"{int(happened.sum())} events", remedy="show the data instead",
        )  # fmt: skip
    z = (x - centre) / scale
    risk = (t[None] >= t[happened][:, None]).astype(float)
    sd = np.zeros_like(z) if covariate_sd is None else np.asarray(covariate_sd, dtype=float) / scale
    data = DoseData(log_dose=z, log_sd=sd, responded=happened)
    one = np.ones((1, t.size))
    expected, _ = expected_log_dose(data, one)
    best = float(_climb(expected, happened, risk, one)[0])
    plain = float(_climb(z[None], happened, risk, one)[0])
    top = _value(expected, happened, risk, one, np.array([best]))[0][0]
    drop = float(chi2.ppf(confidence, 1)) / 2

    def fallen(at: float) -> float:
        return float(top - _value(expected, happened, risk, one, np.array([at]))[0][0]) - drop

    limits = []
    for side in (-1.0, 1.0):
        far = 1.0
        while fallen(best + side * far) < 0 and far < _FARTHEST:
            far *= 1.6
        open_end = fallen(best + side * far) < 0
        limits.append(
            side * np.inf if open_end else float(brentq(fallen, best, best + side * far)) / scale
        )
    weights = cluster_resamples(clusters, resamples=resamples, seed=seed)
    weights = weights[weights[:, happened].sum(axis=1) > 0]
    draws = _climb(expected_log_dose(data, weights)[0], happened, risk, weights) / scale
    low, high = bootstrap_interval(
        draws[np.isfinite(draws)], confidence=confidence, clusters=np.unique(clusters).size
    )
    return HazardFit(
        log_hazard=(best / scale,), uncorrected=(plain / scale,),
        profile_interval=(limits[0], limits[1]),
        cluster_interval=(float(low), float(high)), confidence=confidence,
        events=int(happened.sum()), observations=t.size, monotone=_monotone(z, happened, risk),
    )  # fmt: skip


def _monotone(z: Floats, happened: NDArray[np.bool_], risk: Floats) -> bool:
    """Whether each event has the least, or each the greatest, covariate of those at risk."""
    here = z[happened][:, None]
    among = risk > 0
    highest = bool(np.all(np.where(among, z[None] <= here, True)))
    lowest = bool(np.all(np.where(among, z[None] >= here, True)))
    return highest or lowest


def _value(
    z: Floats, happened: NDArray[np.bool_], risk: Floats, weights: Floats, beta: Floats
) -> tuple[Floats, Floats, Floats]:
    """Penalised log partial likelihood, its gradient, the information; each shape (B,)."""
    power = beta[:, None] * z
    power = power - power.max(axis=1, keepdims=True)
    each = weights * np.exp(power)
    s0 = np.maximum(each @ risk.T, 1e-300)
    mean = (each * z) @ risk.T / s0
    second = (each * z**2) @ risk.T / s0
    third = (each * z**3) @ risk.T / s0
    variance = np.maximum(second - mean**2, 0.0)
    skew = third - 3 * mean * second + 2 * mean**3
    count = weights[:, happened]
    information = np.maximum(np.sum(count * variance, axis=1), 1e-300)
    likely = np.sum(count * (power[:, happened] - np.log(s0)), axis=1)
    gradient = np.sum(count * (z[:, happened] - mean), axis=1)
    gradient = gradient + 0.5 * np.sum(count * skew, axis=1) / information
    return likely + 0.5 * np.log(information), gradient, information


def _climb(z: Floats, happened: NDArray[np.bool_], risk: Floats, weights: Floats) -> Floats:
    """Coefficients (B,); NaN where a resample's events do not differ in risk."""
    beta = np.zeros(weights.shape[0])
    value, gradient, information = _value(z, happened, risk, weights, beta)
    usable = information > 1e-8
    for _ in range(_STEPS):
        step = np.clip(gradient / information, -2.0, 2.0)
        if np.all(np.abs(step * gradient)[usable] < 1e-14):
            break
        for _ in range(30):
            tried = _value(z, happened, risk, weights, beta + step)
            worse = tried[0] < value - 1e-13 * np.abs(value)
            if not worse.any():
                break
            step[worse] *= 0.5
        beta, (value, gradient, information) = beta + step, tried
    return np.where(usable, beta, np.nan)
