"""How much scans that have not been made yet would narrow the dose."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.timeactivity.posterior import CurvePosterior

__all__ = ["expected_interval90_width_gy"]

Array = NDArray[np.float64]
IMAGINED = 48  # outcomes of the further scans, drawn from what is believed
LEAST_EFFECTIVE = 25.0  # curves that an outcome must leave: fewer can't tell a width
NINETY = 1.6449  # standard deviations from the median to either end


def expected_interval90_width_gy(
    posterior: CurvePosterior, times_s: ArrayLike, *, relative_uncertainties: ArrayLike, seed: int
) -> float:
    """Width of the final dose's 90 % interval that is to be expected after further scans, Gy.

    The scans are imagined: their outcomes are drawn from curves of the posterior with noise, the
    posterior's curves are weighted by each outcome (the one it was drawn from left out), and the
    widths of the log-normal intervals that they leave are averaged. The dose's own common errors
    (mass, and what calibration leaves) stay as they are: no scan tells them. Where an outcome
    leaves fewer than 25 curves its weights are evened until it does, so of many scans the gain is
    rather understated. It is an expectation over what is believed now; where a prior is in doubt,
    a scan may well widen the interval. Scans at no time leave today's width.

    Parameters
    ----------
    posterior : CurvePosterior
    times_s : array_like of float, shape (m,)
        Of the further scans, s since time zero.
    relative_uncertainties : array_like of float, shape (m,) or ()
        Random standard uncertainty of each activity, as a share.
    seed : int

    Returns
    -------
    float

    Raises
    ------
    InputError
        A time or an uncertainty below 0.

    References
    ----------
    Raiffa and Schlaifer, Applied Statistical Decision Theory, Harvard 1961 (preposterior
    analysis); Lindley, Ann Math Stat 1956;27:986.

    Examples
    --------
    >>> import math
    >>> from hevesy.timeactivity import DoseScale, MeasuredCurve, follow_curve, wide_prior
    >>> curve = MeasuredCurve(times_s=[3600.0], activities_bq=[4e8], uncertainties_bq=[1e7],
    ...                       decay_per_s=math.log(2) / 61200, injected_bq=5e8)
    >>> (now,) = follow_curve(curve, prior=wide_prior(), wide=wide_prior(),
    ...                       scale=DoseScale(gy_per_bq_s=1e-12), seed=1)
    >>> low, high = now.interval90_gy()
    >>> after = expected_interval90_width_gy(now, [86400.0], relative_uncertainties=0.03, seed=1)
    >>> after < 0.5 * (high - low)
    True
    """
    times = np.atleast_1d(np.asarray(times_s, dtype=np.float64))
    noise = np.broadcast_to(np.asarray(relative_uncertainties, dtype=np.float64), times.shape)
    if (times < 0).any() or (noise < 0).any():
        raise InputError(
            "planned scans need times and uncertainties of 0 or more",
            got=f"{times.tolist()} s, {noise.tolist()}",
            remedy="correct `planned_scans`",
        )
    low, high = posterior.interval90_gy()
    if times.size == 0:
        return high - low
    shown = np.log(np.maximum(posterior.doses_gy(), 1e-300)) - posterior.dose_log
    seen = np.log(np.maximum(posterior.activities_bq(times), 1e-300))
    spread = np.exp(posterior.noise_log)[:, None] * np.maximum(noise, 1e-6)
    rng = np.random.default_rng([seed, posterior.scans])
    chosen = rng.choice(shown.size, size=min(IMAGINED, shown.size), replace=False)
    outcomes = seen[chosen] + spread[chosen] * rng.standard_normal((chosen.size, times.size))
    fit = -np.sum(np.log(spread), axis=1) - 0.5 * np.sum(
        ((outcomes[:, None, :] - seen) / spread) ** 2, axis=2
    )
    fit[np.arange(chosen.size), chosen] = -np.inf
    weight = _evened_weights(fit)
    middle = weight @ shown
    variance = weight @ shown**2 - middle**2
    ends = NINETY * np.sqrt(np.maximum(variance, 0.0) + float(np.var(posterior.dose_log)))
    common = float(np.mean(posterior.dose_log))
    return float(np.mean(2.0 * np.exp(middle + common) * np.sinh(ends)))


def _evened_weights(fit: Array) -> Array:
    """Normalised weights (outcomes, n) of log likelihoods, each row tempered where it is steep."""
    relative = fit - fit.max(axis=1, keepdims=True)
    weight = np.empty_like(relative)
    steep, power = np.arange(len(fit)), 1.0
    while True:  # only rows that are still too steep are made anew
        part = np.exp(power * relative[steep])
        part /= part.sum(axis=1, keepdims=True)
        weight[steep] = part
        steep = steep[1.0 / np.sum(part**2, axis=1) < LEAST_EFFECTIVE]
        if steep.size == 0 or power < 1e-9:
            return np.asarray(weight)
        power *= 0.7
