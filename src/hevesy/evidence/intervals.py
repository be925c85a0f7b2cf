"""Intervals from resamples of patients: which draws are their limits, and how many that takes."""

from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri, stdtr, stdtrit

from hevesy.errors import TrialError

__all__ = [
    "bootstrap_interval",
    "expanded_tail_share",
    "first_crossing",
    "reachable_confidence",
    "resamples_needed",
]

Floats = NDArray[np.float64]
_LEAST_CONFIDENCE = 0.5
_ROUNDING = 1e-9


def expanded_tail_share(confidence: float, clusters: int) -> float:
    """Give the share of resamples that lies beyond each limit of the expanded interval.

    Resamples of n patients scatter too little, by sqrt((n - 1) / n), and a normal tail takes their
    spread as known. So the share is that of a normal beyond sqrt(n / (n - 1)) times Student's
    quantile with n - 1 degrees of freedom: for a mean of normal values the percentile interval is
    then Student's own.

    Parameters
    ----------
    confidence : float
    clusters : int
        Patients, n.

    Returns
    -------
    float
        0 where there are fewer than two patients.

    References
    ----------
    Hesterberg TC. What teachers should know about the bootstrap. Am Stat 2015;69:371, on the
    expanded percentile interval.

    Examples
    --------
    >>> [round(expanded_tail_share(0.95, n), 4) for n in (10, 36, 100_000)]
    [0.0086, 0.0198, 0.025]
    """
    if clusters < 2:
        return 0.0
    quantile = float(stdtrit(clusters - 1, 0.5 * (1 + confidence)))
    return float(ndtr(-np.sqrt(clusters / (clusters - 1)) * quantile))


def resamples_needed(confidence: float, clusters: int) -> float:
    """Give the least number of resamples whose extreme draws reach the limits.

    The tail holds the share p of the resamples, and limit is the (R + 1) p-th draw: the first at
    the least.

    Parameters
    ----------
    confidence : float
    clusters : int

    Returns
    -------
    float
        A whole number, or infinity.

    Examples
    --------
    >>> resamples_needed(0.95, 10), resamples_needed(0.95, 5)
    (116.0, 1048.0)
    """
    tail = expanded_tail_share(confidence, clusters)
    return float(np.ceil(1 / tail - 1)) if tail > 0 else np.inf


def reachable_confidence(confidence: float, clusters: int, resamples: int) -> float:
    """Give the confidence that an interval from so many resamples can have, at most `confidence`.

    Where the resamples are fewer than `resamples_needed`, their least and greatest draw are the
    limits of an interval of less confidence: the one whose `expanded_tail_share` is 1 / (R + 1).

    Parameters
    ----------
    confidence : float
    clusters : int
        Patients, two or more.
    resamples : int

    Returns
    -------
    float

    Raises
    ------
    TrialError
        Fewer than two patients, or fewer resamples than an interval of 50 % needs.

    Examples
    --------
    >>> reachable_confidence(0.95, 10, 116), round(reachable_confidence(0.95, 10, 100), 4)
    (0.95, 0.9456)
    """
    if resamples >= resamples_needed(confidence, clusters):
        return confidence
    least = min(confidence, _LEAST_CONFIDENCE)
    if clusters < 2 or resamples < resamples_needed(least, clusters):
        _too_few(resamples, confidence, clusters, least)
    quantile = -float(ndtri(1 / (resamples + 1))) * np.sqrt((clusters - 1) / clusters)
    return float(2 * stdtr(clusters - 1, quantile * (1 - _ROUNDING)) - 1)


def bootstrap_interval(draws: Any, *, confidence: float, clusters: int) -> tuple[Floats, Floats]:
    """Give the limits of an interval from resamples of patients.

    The expanded percentile interval: order statistics (R + 1) p of R draws, between two draws
    linearly, where p is `expanded_tail_share`. (The common rule, 1 + (R - 1) p, leaves more than
    p beyond each limit: 3.0 % for 2.5 % of 200 draws.)

    Parameters
    ----------
    draws : array_like of float, shape (R,) or (R, m)
        Finite; of each resample.
    confidence : float
    clusters : int
        Patients that were resampled.

    Returns
    -------
    low, high : ndarray of float, shape () or (m,)

    Raises
    ------
    TrialError
        Too few resamples for that confidence with so few patients.

    References
    ----------
    Davison AC, Hinkley DV. Bootstrap Methods and their Application, 1997, section 5.2.1. Hyndman
    RJ, Fan Y. Am Stat 1996;50:361, type 6. Hesterberg TC. Am Stat 2015;69:371.

    Examples
    --------
    >>> low, high = bootstrap_interval(np.arange(1, 200), confidence=0.95, clusters=10**6)
    >>> round(float(low), 3), round(float(high), 3)
    (5.0, 195.0)
    """
    values = np.asarray(draws, dtype=float)
    if values.shape[0] < resamples_needed(confidence, clusters):
        _too_few(values.shape[0], confidence, clusters, confidence)
    tail = expanded_tail_share(confidence, clusters)
    low, high = np.quantile(values, [tail, 1 - tail], axis=0, method="weibull")
    return low, high


def _too_few(resamples: int, confidence: float, clusters: int, least: float) -> NoReturn:
    raise TrialError(
        f"too few resamples for an interval of {100 * confidence:g} %",
        got=f"{resamples} of {clusters} patients",
        allowed=words_of(resamples_needed(least, clusters)),
        remedy="take more resamples, or a smaller confidence",
    )


def words_of(least: float) -> str:
    """Say how many resamples are needed."""
    return f"{least:.0f} or more" if np.isfinite(least) else "two patients or more"


def first_crossing(x: Floats, value: Floats) -> float | None:
    """Say where `value` first rises through zero.

    Parameters
    ----------
    x, value : ndarray of float, shape (n,)

    Returns
    -------
    float or None
        None if it is above zero from the beginning, or never is.

    Examples
    --------
    >>> first_crossing(np.array([0.0, 1.0, 2.0]), np.array([-1.0, -0.5, 0.5]))
    1.5
    """
    up = np.flatnonzero(value >= 0)
    if up.size == 0 or up[0] == 0:
        return None
    i = int(up[0])
    share = -value[i - 1] / (value[i] - value[i - 1])
    return float(x[i - 1] + share * (x[i] - x[i - 1]))
