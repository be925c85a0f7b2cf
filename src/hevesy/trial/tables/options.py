"""What a study's tables count, and by which rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from hevesy.errors import TrialError
from hevesy.protocol import ActivityCohort, name_cohort
from hevesy.trial.best_response import ResponseRules
from hevesy.trial.recist import CRITERIA
from hevesy.units import MBQ_PER_MCI

__all__ = ["NO_COHORT", "UNITS", "TableOptions", "split_by_activity"]

UNITS = ("inclusion", "person")
NO_COHORT = "in no cohort"
_BQ_PER_MBQ = 1e6


def split_by_activity(limits_bq: Sequence[float]) -> tuple[ActivityCohort, ...]:
    """Make cohorts between limits; each belongs to the cohort above it.

    Parameters
    ----------
    limits_bq : sequence of float

    Returns
    -------
    tuple of ActivityCohort

    Raises
    ------
    TrialError
        Limits that are not positive and ascending.

    Examples
    --------
    >>> [band.name for band in split_by_activity([1.11e9])]
    ['below 1110 MBq (30 mCi)', '1110 MBq (30 mCi) or more']
    """
    ends = (0.0, *limits_bq, float("inf"))
    if any(not b > a for a, b in pairwise(ends)):
        raise TrialError(
            "the limits of the activity cohorts must be positive and ascend",
            got=", ".join(f"{limit / _BQ_PER_MBQ:g} MBq" for limit in limits_bq),
            remedy="order them",
        )
    if not limits_bq:
        return ()
    said = [
        f"{limit / _BQ_PER_MBQ:.10g} MBq ({limit / _BQ_PER_MBQ / MBQ_PER_MCI:.4g} mCi)"
        for limit in limits_bq
    ]
    between = [
        ActivityCohort(name=f"{a} to below {b}", low_bq=low, high_bq=high)
        for (a, b), (low, high) in zip(pairwise(said), pairwise(limits_bq), strict=True)
    ]
    return (
        ActivityCohort(name=f"below {said[0]}", high_bq=limits_bq[0]),
        *between,
        ActivityCohort(name=f"{said[-1]} or more", low_bq=limits_bq[-1]),
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
    cohorts : tuple of ActivityCohort
        Activity cohorts, of which an activity is in one at most; empty: none.
    days : tuple of int
        Last days of the bands of time since an injection.

    Raises
    ------
    TrialError
        A choice that does not exist, or limits out of order.

    Examples
    --------
    >>> TableOptions(cohorts=split_by_activity([1.11e9])).cohort_of(1110.0)
    '1110 MBq (30 mCi) or more'
    """

    unit: str = "inclusion"
    criteria: str = "itrecist"
    rules: ResponseRules = field(default_factory=ResponseRules)
    cohorts: tuple[ActivityCohort, ...] = ()
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
        return name_cohort(self.cohorts, activity_mbq=activity_mbq) or NO_COHORT
