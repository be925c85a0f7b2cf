"""How fast activity leaves: effective and biological half-life, each with how sure it is."""

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.timeactivity.result import TimeActivityFit

__all__ = ["HalfLives", "half_lives", "terminal_half_life_uncertainty_s"]

_BOUND = NormalDist().inv_cdf(0.95)
_LEAST_SAMPLES = 20  # below, a spread would be a guess
_TOLD_SIGMAS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfLives:
    """Effective and biological half-life; all in s.

    Parameters
    ----------
    effective_s, effective_uncertainty_s : float, float or None
    biological_s, biological_uncertainty_s : float or None
        None where the effective one is not shorter than the physical one beyond its uncertainty.
    biological_at_least_s : float or None
        One-sided 95 % bound; None where the uncertainty is not known.
    """

    effective_s: float
    effective_uncertainty_s: float | None
    biological_s: float | None
    biological_uncertainty_s: float | None
    biological_at_least_s: float | None


def half_lives(
    effective_s: float, effective_uncertainty_s: float | None, *, physical_s: float
) -> HalfLives:
    """Biological half-life from effective and physical: their rates subtract.

    1/T_biological = 1/T_effective - 1/T_physical. The difference is told from none where it is
    more than two standard uncertainties; else only a bound is given, from the rate plus 1.645 of
    them (95 %, one-sided; a rate below 0 counts as 0).

    Parameters
    ----------
    effective_s : float
        Above 0, s.
    effective_uncertainty_s : float or None
        Standard uncertainty, s; None where it is not known, and nothing biological is then said.
    physical_s : float
        Above 0, s.

    Returns
    -------
    HalfLives

    Raises
    ------
    InputError
        A half-life that is not above 0, or a negative uncertainty.

    Examples
    --------
    >>> found = half_lives(12 * 3600.0, 360.0, physical_s=17 * 3600.0)
    >>> round(found.biological_s / 3600, 1), round(found.biological_uncertainty_s / 3600, 1)
    (40.8, 1.2)
    >>> bound = half_lives(17 * 3600.0, 360.0, physical_s=17 * 3600.0)
    >>> bound.biological_s is None, round(bound.biological_at_least_s / 3600)
    (True, 1757)
    """
    spread_s = effective_uncertainty_s
    fine = 0 < effective_s < math.inf and 0 < physical_s < math.inf
    if not fine or (spread_s is not None and not 0 <= spread_s < math.inf):
        raise InputError(
            "a half-life must be above 0",
            got=f"effective {effective_s:g} s, physical {physical_s:g} s",
            remedy="correct it",
        )
    if spread_s is None:
        return HalfLives(
            effective_s=effective_s,
            effective_uncertainty_s=None,
            biological_s=None,
            biological_uncertainty_s=None,
            biological_at_least_s=None,
        )
    rate = math.log(2.0) * (1.0 / effective_s - 1.0 / physical_s)
    sigma = math.log(2.0) * spread_s / effective_s**2
    highest = max(rate, 0.0) + _BOUND * sigma
    told = rate > _TOLD_SIGMAS * sigma and rate > 1e-9 / physical_s
    return HalfLives(
        effective_s=effective_s,
        effective_uncertainty_s=spread_s,
        biological_s=math.log(2.0) / rate if told else None,
        biological_uncertainty_s=math.log(2.0) * sigma / rate**2 if told else None,
        biological_at_least_s=math.log(2.0) / highest if highest > 0 else None,
    )


def terminal_half_life_uncertainty_s(fit: TimeActivityFit, *, from_s: float) -> float | None:
    """Spread of the half-life after a moment, over the curves that a fit leaves open.

    Each sample's half-life is that of its fall over one effective half-life from `from_s` on; the
    uncertainty is half the distance between the 15.87 % and 84.13 % quantiles. A sample that does
    not fall there has none, and is left out.

    Parameters
    ----------
    fit : TimeActivityFit
    from_s : float
        Usually the last scan, s since time zero.

    Returns
    -------
    float or None
        Standard uncertainty, s; None where the fit has no half-life or too few samples.

    Examples
    --------
    >>> from hevesy.timeactivity import FitOptions, fit_time_activity
    >>> fit = fit_time_activity([3600.0, 43200.0, 86400.0, 172800.0], [9e6, 5.6e6, 3.4e6, 1.2e6],
    ...                         [9e4, 6e4, 4e4, 2e4], decay_per_s=1.13e-5, options=FitOptions(),
    ...                         name="liver")
    >>> 0.0 < terminal_half_life_uncertainty_s(fit, from_s=172800.0) < 7200.0
    True
    """
    half_life_s = fit.effective_half_life_s
    if half_life_s is None or len(fit.samples) < _LEAST_SAMPLES:
        return None
    moments = np.array([from_s, from_s + half_life_s])
    drawn: NDArray[np.float64] = np.stack([curve.activity_bq(moments) for curve in fit.samples])
    falls = (drawn[:, 1] > 0) & (drawn[:, 0] > drawn[:, 1])
    if int(falls.sum()) < _LEAST_SAMPLES:
        return None
    lives = math.log(2.0) * half_life_s / np.log(drawn[falls, 0] / drawn[falls, 1])
    low, high = np.quantile(lives, (0.158655, 0.841345))
    return float(high - low) / 2.0
