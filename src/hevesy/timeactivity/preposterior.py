"""How much scans that have not been made yet would narrow the dose."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.timeactivity.posterior import CurvePosterior

__all__ = ["expected_interval90_width_gy"]

Array = NDArray[np.float64]


def expected_interval90_width_gy(
    posterior: CurvePosterior, times_s: ArrayLike, *, relative_uncertainties: ArrayLike
) -> float:
    """Width of the final dose's 90 % interval that is to be expected after further scans, Gy.

    The logarithms of dose and future activities are taken as jointly normal with the covariance
    that the posterior's curves have (Bayes linear): the variance that scans leave is V - c' (C +
    N)^-1 c, with N their random uncertainty, and today's width is scaled by its root. It is right
    where the scans narrow the dose evenly; a scan that may overturn what is believed (a prior in
    doubt) is worth more than this says. Scans at no time leave today's width.

    Parameters
    ----------
    posterior : CurvePosterior
    times_s : array_like of float, shape (m,)
        Of the further scans, s since time zero.
    relative_uncertainties : array_like of float, shape (m,) or ()
        Random standard uncertainty of each activity, as a share.

    Returns
    -------
    float

    Raises
    ------
    InputError
        A time or an uncertainty below 0.

    References
    ----------
    Goldstein and Wooff, Bayes Linear Statistics, Wiley 2007, section 1.2 (adjusted variance);
    Lindley, Ann Math Stat 1956;27:986 (the value of an experiment before it is made).

    Examples
    --------
    >>> import math
    >>> from hevesy.timeactivity import DoseScale, MeasuredCurve, follow_curve, wide_prior
    >>> curve = MeasuredCurve(times_s=[3600.0], activities_bq=[4e8], uncertainties_bq=[1e7],
    ...                       decay_per_s=math.log(2) / 61200, injected_bq=5e8)
    >>> (now,) = follow_curve(curve, prior=wide_prior(), wide=wide_prior(),
    ...                       scale=DoseScale(gy_per_bq_s=1e-12), seed=1)
    >>> low, high = now.interval90_gy()
    >>> expected_interval90_width_gy(now, [86400.0], relative_uncertainties=0.03) < 0.5 * (high-low)
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
    dose = np.log(np.maximum(posterior.doses_gy(), 1e-300))
    total = float(np.var(dose))
    if times.size == 0 or total == 0.0:
        return high - low
    seen = np.log(np.maximum(posterior.activities_bq(times), 1e-300))
    centred = seen - seen.mean(axis=0)
    with_dose = centred.T @ (dose - dose.mean()) / dose.size
    scatter = float(np.mean(np.exp(2 * posterior.noise_log)))
    among = centred.T @ centred / dose.size + np.diag(scatter * np.maximum(noise, 1e-6) ** 2)
    left = total - float(with_dose @ np.linalg.solve(among, with_dose))
    return (high - low) * float(np.sqrt(min(max(left / total, 0.0), 1.0)))
