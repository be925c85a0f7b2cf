"""Regions that show nothing: 0 with its uncertainty, and a warning, not a refusal."""

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.kinetics import ExponentialCurve
from hevesy.timeactivity import TimeActivityFit

__all__ = ["WITHIN_SIGMAS", "nothing_seen", "unseen_spread_bq", "widen_below_zero"]

WITHIN_SIGMAS = 3.0  # as far as the fit itself takes a value below zero as noise
_KEPT_SAMPLES = 200
Array = NDArray[np.float64]


def widen_below_zero(
    activities_bq: Array, counting_bq: Array, *, name: str, scans: Sequence[int]
) -> tuple[Array, Array, tuple[str, ...]]:
    """Take activities that noise alone can't have put below zero as 0, uncertain by as much.

    A region beside one many times hotter can come out below zero, where the partial-volume
    correction or the scatter takes off too much: what is wrong there is at least of that size.

    Parameters
    ----------
    activities_bq, counting_bq : ndarray of float64, shape (n,)
        Of the scans, and their random standard uncertainty, Bq.
    name : str
        The region.
    scans : sequence of int
        Their numbers.

    Returns
    -------
    activities_bq, uncertainties_bq : ndarray of float64, shape (n,)
    said : tuple of str
        Warnings.
    """
    below = (activities_bq < 0) & (activities_bq < -WITHIN_SIGMAS * counting_bq)
    nowhere = not (activities_bq > 0).any()
    if not (below.any() or nowhere):
        return activities_bq, counting_bq, ()
    taken = below | ((activities_bq <= 0) & nowhere)
    said = tuple(
        f"region '{name}' shows {value / 1e6:.3g} MBq in scan {scan}: it counts as 0, uncertain by "
        "as much (what was taken off for its neighbours or for scatter was too much)"
        for value, scan, zero in zip(activities_bq, scans, taken, strict=True)
        if zero and value < 0
    )
    if nowhere:
        said = (*said, f"region '{name}' shows no activity in any scan: 0 with its uncertainty")
    sigmas = np.where(taken, np.hypot(counting_bq, activities_bq), counting_bq)
    return np.where(taken, 0.0, activities_bq), sigmas, said


def unseen_spread_bq(times_s: Array, sigmas_bq: Array, decay_per_s: float) -> float:
    """What the scans' uncertainties, common to all of them, would be at time zero, Bq.

    Their integral over time (straight between scans, physical decay before and after) times the
    decay constant: what errs alike in all scans does not become less by there being many.

    Parameters
    ----------
    times_s, sigmas_bq : ndarray of float64, shape (n,)
        Of the scans, in order of time.
    decay_per_s : float

    Returns
    -------
    float
    """
    before = sigmas_bq[0] * math.expm1(decay_per_s * times_s[0]) / decay_per_s
    after = sigmas_bq[-1] / decay_per_s
    return float(decay_per_s * (before + np.trapezoid(sigmas_bq, times_s) + after))


def nothing_seen(
    spread_bq: float, decay_per_s: float, *, name: str, said: tuple[str, ...], model: str
) -> TimeActivityFit:
    """No activity: 0, with what an unseen one could be if it stayed.

    Parameters
    ----------
    spread_bq : float
        Standard uncertainty of the activity at time zero, Bq.
    decay_per_s : float
        Physical decay constant, 1/s.
    name : str
        The region.
    said : tuple of str
        Warnings.
    model : str
        In words.

    Returns
    -------
    TimeActivityFit
    """
    from scipy.special import ndtri

    rates = np.array([decay_per_s])
    drawn = spread_bq * np.maximum(ndtri((np.arange(_KEPT_SAMPLES) + 0.5) / _KEPT_SAMPLES), 0.0)
    spread_bq_s = spread_bq / decay_per_s
    return TimeActivityFit(
        name=name,
        model=model,
        candidates=(),
        curve=ExponentialCurve(amplitudes_bq=np.zeros(1), rates_per_s=rates),
        tia_bq_s=0.0,
        tia_uncertainty_bq_s=spread_bq_s,
        tia_interval68_bq_s=(0.0, spread_bq_s),
        effective_half_life_s=None,
        interval_method="the scans' uncertainty, by physical decay",
        chi2=math.nan,
        warnings=said,
        samples=tuple(
            ExponentialCurve(amplitudes_bq=np.array([a]), rates_per_s=rates) for a in drawn
        ),
    )
