"""What a study's tables count, and by which rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hevesy.errors import TrialError
from hevesy.trial.best_response import ResponseRules
from hevesy.trial.recist import CRITERIA
from hevesy.units import MBQ_PER_MCI

__all__ = ["NO_COHORT", "UNITS", "CohortBand", "TableOptions", "split_by_activity"]

UNITS = ("inclusion", "person")
NO_COHORT = "in no cohort"


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortBand:
    """Activities of one cohort.

    Parameters
    ----------
    name : str
    low_mbq : float or None
        Belongs to it; None for no lower limit.
    high_mbq : float or None
        Does not belong to it.

    Raises
    ------
    TrialError
        The limits are the wrong way round.

    Examples
    --------
    >>> band = CohortBand(name="low", high_mbq=3700.0)
    >>> band.holds(3699.0), band.holds(3700.0)
    (True, False)
    """

    name: str
    low_mbq: float | None = None
    high_mbq: float | None = None

    def __post_init__(self) -> None:
        low, high = self.low_mbq, self.high_mbq
        if not self.name or (low is not None and high is not None and not low < high):
            raise TrialError(
                "a cohort's limits must ascend, and it needs a name",
                got=f"{self.name or 'no name'}: {low} to {high} MBq",
                remedy="order them",
            )

    def holds(self, activity_mbq: float) -> bool:
        """Whether an activity belongs to it."""
        above = self.low_mbq is None or activity_mbq >= self.low_mbq
        return above and (self.high_mbq is None or activity_mbq < self.high_mbq)


def split_by_activity(limits_mbq: Sequence[float]) -> tuple[CohortBand, ...]:
    """Make cohorts between limits; each belongs to the cohort above it.

    Raises
    ------
    TrialError
        Limits that are not positive and ascending.

    Examples
    --------
    >>> [band.name for band in split_by_activity([1110.0])]
    ['below 1110 MBq (30 mCi)', '1110 MBq (30 mCi) or more']
    """
    ends = (0.0, *limits_mbq, float("inf"))
    if any(not b > a for a, b in pairwise(ends)):
        raise TrialError(
            "the limits of the activity cohorts must be positive and ascend",
            got=", ".join(f"{limit:g} MBq" for limit in limits_mbq),
            remedy="order them",
        )
    if not limits_mbq:
        return ()
    said = [f"{limit:.10g} MBq ({limit / MBQ_PER_MCI:.4g} mCi)" for limit in limits_mbq]
    between = [
        CohortBand(name=f"{a} to below {b}", low_mbq=low, high_mbq=high)
        for (a, b), (low, high) in zip(pairwise(said), pairwise(limits_mbq), strict=True)
    ]
    return (
        CohortBand(name=f"below {said[0]}", high_mbq=limits_mbq[0]),
        *between,
        CohortBand(name=f"{said[-1]} or more", low_mbq=limits_mbq[-1]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """Choices that a table prints beside its numbers.

    Parameters
    ----------
    unit : str
        One of `UNITS`: what events, baseline, response and follow-up are counted in. Somebody who
        was included twice is two inclusions, or one person with the worst of both.
    criteria : str
        "recist1.1" or "itrecist".
    rules : ResponseRules
    cohorts : tuple of CohortBand
        Activity cohorts, of which an activity is in one at most; empty: none.
    days : tuple of int
        Last days of the bands of time since an injection.

    Raises
    ------
    TrialError
        A choice that does not exist, or limits out of order.

    Examples
    --------
    >>> TableOptions(cohorts=split_by_activity([1110.0])).cohort_of(1110.0)
    '1110 MBq (30 mCi) or more'
    """

    unit: str = "inclusion"
    criteria: str = "itrecist"
    rules: ResponseRules = field(default_factory=ResponseRules)
    cohorts: tuple[CohortBand, ...] = ()
    days: tuple[int, ...] = (1, 7, 30, 90)

    def __post_init__(self) -> None:
        for what, got, allowed in (
            ("unit of analysis", self.unit, UNITS),
            ("response criterion", self.criteria, CRITERIA),
        ):
            if got not in allowed:
                raise TrialError(
                    f"this {what} is unknown",
                    got=got,
                    allowed=", ".join(allowed),
                    remedy="give one of them",
                )
        if any(b <= a for a, b in pairwise((-1, *self.days))):
            raise TrialError(
                "the bands of days must ascend",
                got=", ".join(str(day) for day in self.days),
                remedy="order them",
            )
        names = [cohort.name for cohort in self.cohorts]
        if len(set(names)) != len(names):
            raise TrialError(
                "two cohorts have one name", got=", ".join(names), remedy="name each once"
            )

    def cohort_of(self, activity_mbq: float) -> str:
        """Name of the cohort of an activity; `NO_COHORT` where it is in none."""
        return next((c.name for c in self.cohorts if c.holds(activity_mbq)), NO_COHORT)
