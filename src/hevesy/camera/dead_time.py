"""Counts that a paralysable detector loses, and the rate that it would have counted."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError

__all__ = [
    "FLAGGED_LOSS_RATIO",
    "MOST_LOSS_RATIO",
    "DeadTime",
    "TrueRate",
    "check_low_branch",
    "measurable_after_s",
    "observed_rate_per_s",
    "true_rate_per_s",
    "upper_branch_rate_per_s",
]

MOST_LOSS_RATIO = 0.7  # n tau: the observed rate has 0.945 of its greatest value
FLAGGED_LOSS_RATIO = 0.2  # n tau: 18 % of the counts are lost, as far as 177Lu was validated
_LATER = "measure later, when the activity has decayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadTime:
    """A detector's dead time for the rate of one energy window, scatter taken off.

    Parameters
    ----------
    dead_time_s : float
        tau of m = n exp(-n tau), s, 0 or more; n and m are rates of the *scatter-corrected peak*
        over the whole detector, so that tau is larger than the electronics' own by the share of
        all events that fall elsewhere.
    uncertainty_s : float
        Its standard uncertainty, s.

    Raises
    ------
    InputError
        A negative number, or one that is not finite.

    References
    ----------
    Dead time of 177Lu on the scatter-corrected photopeak: EJNMMI Phys 2018,
    doi:10.1186/s40658-017-0202-7, and 2020, doi:10.1186/s40658-020-00296-w.

    Examples
    --------
    >>> DeadTime(dead_time_s=4.6e-6, uncertainty_s=0.2e-6).uncertainty_s
    2e-07
    """

    dead_time_s: float
    uncertainty_s: float = 0.0

    def __post_init__(self) -> None:
        for number in (self.dead_time_s, self.uncertainty_s):
            _require_dead_time(number)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrueRate:
    """Rates without dead-time losses, by the low branch.

    Parameters
    ----------
    rate_per_s : ndarray of float64, shape of the observed rates
        n, 1/s.
    loss_ratio : ndarray of float64, same shape
        n tau; the share ``1 - exp(-n tau)`` of the counts was lost.
    factor : ndarray of float64, same shape
        n/m = exp(n tau), 1 or more.
    relative_to_observed : ndarray of float64, same shape
        d ln n / d ln m = 1/(1 - n tau): a relative uncertainty of the observed rate grows by it.
    dead_time_relative : ndarray of float64, same shape
        n u(tau)/(1 - n tau): relative uncertainty from the dead time's. Common to all views and
        all scans of a detector.
    flagged : ndarray of bool, same shape
        Where n tau is above the limit that was handed in.

    Examples
    --------
    >>> found = true_rate_per_s(1e4 * math.exp(-0.1), DeadTime(dead_time_s=1e-5))
    >>> round(float(found.rate_per_s), 6), round(float(found.relative_to_observed), 6)
    (10000.0, 1.111111)
    """

    rate_per_s: NDArray[np.float64]
    loss_ratio: NDArray[np.float64]
    factor: NDArray[np.float64]
    relative_to_observed: NDArray[np.float64]
    dead_time_relative: NDArray[np.float64]
    flagged: NDArray[np.bool_]


def _require_dead_time(dead_time_s: float) -> None:
    if not 0 <= dead_time_s < math.inf:
        raise InputError(
            "a dead time must be 0 or more",
            got=f"{dead_time_s:g} s",
            remedy="give the detector's dead time in s, such as 4.6e-6",
        )


def _rates(rates: ArrayLike) -> NDArray[np.float64]:
    array = np.asarray(rates, dtype=np.float64)
    if array.size and not (np.isfinite(array).all() and array.min() >= 0):
        raise InputError(
            "a counting rate must be 0 or more",
            got=f"least {np.nanmin(array):g} /s",
            remedy="give counts of the whole detector over seconds",
        )
    return array


def observed_rate_per_s(true_per_s: ArrayLike, dead_time_s: float) -> NDArray[np.float64]:
    """Rate that a paralysable detector counts, m = n exp(-n tau).

    Parameters
    ----------
    true_per_s : array_like of float
        n, rates without losses, 1/s, 0 or more.
    dead_time_s : float
        tau, s.

    Returns
    -------
    ndarray of float64, shape of `true_per_s`

    Raises
    ------
    InputError
        A negative rate or dead time (from the checks of both).

    References
    ----------
    Knoll, Radiation Detection and Measurement, 4th ed., chapter 4, section VII (paralyzable model).

    Examples
    --------
    >>> float(observed_rate_per_s(1e5, 1e-6).round(3))
    90483.742
    """
    _require_dead_time(dead_time_s)
    true = _rates(true_per_s)
    return np.asarray(true * np.exp(-true * dead_time_s))


def true_rate_per_s(
    observed_per_s: ArrayLike,
    dead_time: DeadTime,
    *,
    most_ratio: float = MOST_LOSS_RATIO,
    flag_ratio: float = FLAGGED_LOSS_RATIO,
) -> TrueRate:
    """Rate without losses by the low branch, n = -W0(-m tau)/tau.

    Each observed rate below 1/(e tau) belongs to two true rates; this takes the lower.
    `check_low_branch` tells whether it may be taken. Near the top of the curve the inversion blows
    up: d ln n/d ln m = 1/(1 - n tau), 3.3 at the default limit of 0.7.

    Parameters
    ----------
    observed_per_s : array_like of float
        m, 1/s: the scatter-corrected peak over the whole detector.
    dead_time : DeadTime
    most_ratio : float
        Largest n tau that is accepted, above 0 and below 1.
    flag_ratio : float
        n tau above which a rate is flagged.

    Returns
    -------
    TrueRate

    Raises
    ------
    InputError
        A rate that no paralysable detector of this dead time can count, or one too near to that;
        a limit out of range.

    References
    ----------
    Corless et al. 1996, Adv Comput Math 5:329 (the Lambert function).

    Examples
    --------
    >>> lost = true_rate_per_s([0.0, 5e4], DeadTime(dead_time_s=2e-6))
    >>> lost.factor.round(4).tolist()
    [1.0, 1.1183]
    >>> true_rate_per_s(3.6e5, DeadTime(dead_time_s=1e-6))
    Traceback (most recent call last):
    hevesy.errors.InputError: too many counts are lost to dead time to be corrected: ...
    """
    if not 0 < most_ratio < 1:
        raise InputError(
            "the limit of n tau must be between 0 and 1",
            got=most_ratio,
            remedy=f"give a number such as {MOST_LOSS_RATIO}",
        )
    observed = _rates(observed_per_s)
    tau = dead_time.dead_time_s
    load = observed * tau
    most = float(load.max(initial=0.0))
    if most > math.exp(-1.0) * (1 + 1e-12):
        raise InputError(
            "the observed rate is higher than a detector of this dead time can count",
            got=f"{most / tau:.4g} /s at a dead time of {1e6 * tau:.3g} us",
            allowed=f"up to {math.exp(-1.0) / tau:.4g} /s, 1/(e tau)",
            remedy="check the dead time of the calibration, and that both belong to one detector",
        )
    loss = _low_branch(load)
    if float(loss.max(initial=0.0)) > most_ratio:
        raise InputError(
            "too many counts are lost to dead time to be corrected",
            got=f"n tau {float(loss.max()):.3f} at {most / tau:.4g} /s",
            allowed=f"n tau up to {most_ratio:g}",
            remedy=_LATER,
        )
    return TrueRate(
        rate_per_s=observed * np.exp(loss),
        loss_ratio=loss,
        factor=np.exp(loss),
        relative_to_observed=1.0 / (1.0 - loss),
        dead_time_relative=observed * np.exp(loss) * dead_time.uncertainty_s / (1.0 - loss),
        flagged=loss > flag_ratio,
    )


def _low_branch(load: NDArray[np.float64]) -> NDArray[np.float64]:
    """N tau of m tau, 0 to 1."""
    from scipy.special import lambertw

    return np.asarray(-lambertw(-np.minimum(load, math.exp(-1.0)), k=0).real)


def upper_branch_rate_per_s(observed_per_s: ArrayLike, dead_time_s: float) -> NDArray[np.float64]:
    """The other rate that would be observed as the same, n = -W-1(-m tau)/tau.

    Parameters
    ----------
    observed_per_s : array_like of float
        m, 1/s, at most 1/(e tau).
    dead_time_s : float
        tau, s.

    Returns
    -------
    ndarray of float64, shape of `observed_per_s`
        1/tau or more; infinite where nothing is observed or the dead time is 0.

    Raises
    ------
    InputError
        A rate above 1/(e tau).

    Examples
    --------
    >>> high = upper_branch_rate_per_s(1e5, 1e-6)
    >>> float(high.round(-3)), float(observed_rate_per_s(high, 1e-6).round(3))
    (3577000.0, 100000.0)
    """
    from scipy.special import lambertw

    _require_dead_time(dead_time_s)
    load = _rates(observed_per_s) * dead_time_s
    if float(load.max(initial=0.0)) > math.exp(-1.0) * (1 + 1e-12):
        raise InputError(
            "the observed rate is higher than a detector of this dead time can count",
            got=f"{float(load.max()) / dead_time_s:.4g} /s",
            allowed=f"up to {math.exp(-1.0) / dead_time_s:.4g} /s",
            remedy="check the dead time of the calibration",
        )
    high = np.full(load.shape, math.inf)
    some = load > 0
    inside = np.minimum(load[some], math.exp(-1.0))
    high[some] = -lambertw(-inside, k=-1).real / dead_time_s
    return high


def check_low_branch(
    observed_per_s: ArrayLike,
    dead_time: DeadTime,
    *,
    most_true_per_s: float | None = None,
    earlier_per_s: ArrayLike = (),
    later_per_s: ArrayLike = (),
    relative_uncertainty: float = 0.02,
    decay_per_s: float | None = None,
) -> None:
    """Refuse rates that may belong to the paralysed branch.

    Two proofs are accepted, and one disproof:

    - *Bound.* No more activity can be there than was given: if the greatest possible true rate
      (`most_true_per_s`: activity given, decayed, times the detector's sensitivity in air) is
      below the upper branch's, the lower one is the only one left.
    - *Series.* Activity in a patient only falls after the administration. On the low branch the
      rate falls with it. A *later* scan that counts more than this one says that this one was
      paralysed: refused. An *earlier* scan that counted more, by three times the uncertainty of
      the ratio, says that this one lies on the low branch if the earlier one did; so a series whose
      rates fall from a first scan that has its bound is proved by it.

    A full-spectrum rate or the ratio of two windows does *not* tell the branch: all windows of a
    detector are live for the same share of the time.

    Parameters
    ----------
    observed_per_s : array_like of float
        m, 1/s, of one scan's views.
    dead_time : DeadTime
    most_true_per_s : float, optional
        The greatest true rate that the activity given allows, 1/s.
    earlier_per_s, later_per_s : array_like of float
        Observed rates of the same patient's scans before this one, known to be on the low branch,
        and after it; each scan's greatest over its views.
    relative_uncertainty : float
        Of a scan's greatest rate against another's (placement, counting).
    decay_per_s : float, optional
        The nuclide's decay constant: a refusal then says when the bound will do, 1/s.

    Raises
    ------
    InputError
        A later scan counted more; or neither proof holds.

    Examples
    --------
    >>> check_low_branch(1e5, DeadTime(dead_time_s=1e-6), most_true_per_s=5e5)
    >>> check_low_branch(1e5, DeadTime(dead_time_s=1e-6), later_per_s=[2e5])
    Traceback (most recent call last):
    hevesy.errors.InputError: a later scan counts more than this one: ...
    """
    here = float(_rates(observed_per_s).max(initial=0.0))
    slack = 3.0 * math.sqrt(2.0) * relative_uncertainty
    later = float(_rates(later_per_s).max(initial=0.0))
    if later > here * (1.0 + slack):
        raise InputError(
            "a later scan counts more than this one: the detector was paralysed here",
            got=f"{here:.4g} /s, later {later:.4g} /s",
            remedy=_LATER,
        )
    if dead_time.dead_time_s == 0 or here == 0:
        return
    high = float(upper_branch_rate_per_s(here, dead_time.dead_time_s))
    if most_true_per_s is not None and most_true_per_s < high:
        return
    earlier = _rates(earlier_per_s)
    if earlier.size and here < float(earlier.max()) * (1.0 - slack):
        return
    remedy = "give the activity administered, or the rate of an earlier scan that is known"
    if most_true_per_s is not None and decay_per_s is not None:
        wait_s = measurable_after_s(most_true_per_s, dead_time.dead_time_s, decay_per_s=decay_per_s)
        told_s = _told_after_s(here, dead_time.dead_time_s, most_true_per_s, decay_per_s)
        remedy = (
            f"measure {wait_s / 3600:.1f} h later, when even all of it can be measured; "
            f"{told_s / 3600:.1f} h later will do if the lower rate is the true one"
        )
    raise InputError(
        "it can't be told whether the detector was paralysed",
        got=f"{here:.4g} /s, which {high:.4g} /s would give as well"
        + ("" if most_true_per_s is None else f"; up to {most_true_per_s:.4g} /s are possible"),
        remedy=remedy,
    )


def _told_after_s(
    observed_per_s: float, dead_time_s: float, most_true_per_s: float, decay_per_s: float
) -> float:
    """When the bound tells the branch, should the lower rate be the true one, s.

    Both fall by decay, x = n tau and r x = the bound's n tau. The bound lies below the upper branch
    from (r x) exp(-r x) = x exp(-x) on, which is x = ln r / (r - 1). Activity that also leaves the
    body makes x smaller, which only helps.
    """
    now = float(_low_branch(np.asarray(observed_per_s * dead_time_s)))
    ratio = most_true_per_s * dead_time_s / now
    told = math.log(ratio) / (ratio - 1.0) if ratio > 1.0 else 1.0
    return max(math.log(now / min(told, MOST_LOSS_RATIO)), 0.0) / decay_per_s


def measurable_after_s(
    true_per_s: float,
    dead_time_s: float,
    *,
    decay_per_s: float,
    most_ratio: float = MOST_LOSS_RATIO,
) -> float:
    """How long to wait until n tau is at its limit, by decay alone, s.

    Parameters
    ----------
    true_per_s : float
        True rate now, or the greatest one possible, 1/s.
    dead_time_s : float
        tau, s.
    decay_per_s : float
        Decay constant, physical (an upper bound of the time) or effective, 1/s.
    most_ratio : float
        The limit of n tau.

    Returns
    -------
    float
        s; 0 where it can be measured now.

    Raises
    ------
    InputError
        A decay constant or a limit that is not above 0.

    Examples
    --------
    >>> half_life_s = 17.0 * 3600
    >>> round(measurable_after_s(1.4e6, 1e-6, decay_per_s=math.log(2) / half_life_s) / 3600, 3)
    17.0
    """
    _require_dead_time(dead_time_s)
    if not (0 < decay_per_s < math.inf and most_ratio > 0):
        raise InputError(
            "the time of waiting needs a decay constant and a limit above 0",
            got=f"{decay_per_s:g} /s, n tau {most_ratio:g}",
            remedy="give the nuclide's decay constant",
        )
    load = float(_rates(true_per_s)) * dead_time_s
    return max(math.log(load / most_ratio), 0.0) / decay_per_s if load > 0 else 0.0
