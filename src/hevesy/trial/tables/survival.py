"""Kaplan and Meier's estimate with Greenwood's variance on the log-log scale."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from scipy.special import ndtri

from hevesy.errors import TrialError

__all__ = ["SurvivalCurve", "SurvivalTime", "estimate_survival"]

_Z = float(ndtri(0.975))


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalTime:
    """How long a unit was followed, whole days, and whether the event ended it.

    Raises
    ------
    TrialError
        A negative time.

    Examples
    --------
    >>> SurvivalTime(days=30, event=False).event
    False
    """

    days: int
    event: bool

    def __post_init__(self) -> None:
        if self.days < 0:
            raise TrialError(
                "a follow-up can't be negative", got=f"{self.days} d", remedy="correct the dates"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivalCurve:
    """A step function; each step holds from its day on.

    Parameters
    ----------
    n : int
    events : int
    days : tuple of int
        Day 0, and each day with an event.
    share, lower, upper : tuple of float
        Without the event after that day, and its 95 % band; not a number where it does not exist.
    censored : tuple of int
        Day of each censored unit, ascending.
    times : tuple of SurvivalTime
    """

    n: int
    events: int
    days: tuple[int, ...]
    share: tuple[float, ...]
    lower: tuple[float, ...]
    upper: tuple[float, ...]
    censored: tuple[int, ...]
    times: tuple[SurvivalTime, ...]

    def at(self, day: int) -> tuple[float, float, float]:
        """Share without the event after a day, with its band.

        Beyond the last time that was followed it is not known; `followed_to` tells it.
        """
        i = sum(step <= day for step in self.days) - 1
        return self.share[i], self.lower[i], self.upper[i]

    def at_risk(self, day: int) -> int:
        """Units still followed just before a day."""
        return sum(time.days >= day for time in self.times)

    @property
    def followed_to(self) -> int:
        """Longest time, days."""
        return max(time.days for time in self.times)

    @property
    def median_days(self) -> int | None:
        """First day on which the share is one half or less; None if it is not reached."""
        return _first(self.days, self.share)

    @property
    def median_interval_days(self) -> tuple[int | None, int | None]:
        """Days on which the band's limits reach one half (Brookmeyer and Crowley)."""
        return _first(self.days, self.lower), _first(self.days, self.upper)


def _first(days: Sequence[int], shares: Sequence[float]) -> int | None:
    # 1e-12: products of shares that are exactly one half may end a rounding above it
    return next((d for d, s in zip(days, shares, strict=True) if s <= 0.5 + 1e-12), None)


def estimate_survival(times: Sequence[SurvivalTime]) -> SurvivalCurve:
    """Estimate the share without the event.

    A unit that is censored on the day of an event counts as at risk on it. The band is
    S^exp(+-z s), with s^2 Greenwood's sum over ln(S)^2: within 0 and 1 everywhere. Where S is 1
    there is no lower limit, and where it is 0 no upper one: a width of nothing would say that
    nothing is uncertain.

    Parameters
    ----------
    times : sequence of SurvivalTime

    Returns
    -------
    SurvivalCurve

    Raises
    ------
    TrialError
        Nobody.

    References
    ----------
    Kaplan EL, Meier P. J Am Stat Assoc 1958;53:457. Kalbfleisch JD, Prentice RL. The Statistical
    Analysis of Failure Time Data, 2nd edition, 2002, section 1.4. Brookmeyer R, Crowley J.
    Biometrics 1982;38:29.

    Examples
    --------
    >>> found = [SurvivalTime(days=d, event=e) for d, e in ((5, True), (8, False), (9, True))]
    >>> curve = estimate_survival(found)
    >>> curve.days, [round(share, 3) for share in curve.share], curve.median_days
    ((0, 5, 9), [1.0, 0.667, 0.0], 9)
    """
    if not times:
        raise TrialError("nobody has no survival", remedy="leave the curve out")
    ended: dict[int, int] = {}
    left: dict[int, int] = {}
    for time in times:
        left[time.days] = left.get(time.days, 0) + 1
        ended[time.days] = ended.get(time.days, 0) + time.event
    at_risk, share, greenwood = len(times), 1.0, 0.0
    steps: list[tuple[int, float, float, float]] = [(0, 1.0, math.nan, 1.0)]
    for day in sorted(left):
        died = ended[day]
        if died:
            share = share * (at_risk - died) / at_risk if at_risk > died else 0.0
            low, high = 0.0, math.nan
            if at_risk > died:
                greenwood += died / (at_risk * (at_risk - died))
                width = _Z * math.sqrt(greenwood) / abs(math.log(share))
                low, high = share ** math.exp(width), share ** math.exp(-width)
            if day == 0:
                steps.clear()
            steps.append((day, share, low, high))
        at_risk -= left[day]
    days, shares, lower, upper = zip(*steps, strict=True)
    return SurvivalCurve(
        n=len(times),
        events=sum(ended.values()),
        days=days,
        share=shares,
        lower=lower,
        upper=upper,
        censored=tuple(sorted(time.days for time in times if not time.event)),
        times=tuple(times),
    )
