"""What a study's tables count, and by which rules."""

from dataclasses import dataclass, field
from itertools import pairwise

from hevesy.errors import TrialError
from hevesy.trial.best_response import ResponseRules
from hevesy.trial.recist import CRITERIA
from hevesy.units import MBQ_PER_MCI

__all__ = ["UNITS", "TableOptions"]

UNITS = ("inclusions", "patients")


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """Choices that a table prints beside its numbers.

    Parameters
    ----------
    unit : str
        One of `UNITS`: what events, baseline, response and follow-up are counted in. A patient who
        was included twice is two inclusions, or one patient with the worst of both.
    criteria : str
        "recist1.1" or "itrecist".
    rules : ResponseRules
    cohort_limits_mbq : tuple of float
        Where one activity cohort ends and the next begins, ascending, MBq; a limit belongs to the
        cohort above it. Empty: no cohorts.
    days : tuple of int
        Last days of the bands of time since an injection.

    Raises
    ------
    TrialError
        A choice that does not exist, or limits out of order.

    Examples
    --------
    >>> TableOptions(cohort_limits_mbq=(1110.0,)).cohorts
    ('below 1110 MBq (30 mCi)', '1110 MBq (30 mCi) or more')
    """

    unit: str = "inclusions"
    criteria: str = "itrecist"
    rules: ResponseRules = field(default_factory=ResponseRules)
    cohort_limits_mbq: tuple[float, ...] = ()
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
        for name, limits in (
            ("limits of the activity cohorts", self.cohort_limits_mbq),
            ("bands of days", self.days),
        ):
            ordered = all(b > a for a, b in pairwise((0, *limits)))
            finite = all(limit < float("inf") for limit in limits)
            if not (ordered and finite):
                raise TrialError(
                    f"the {name} must be positive and ascend",
                    got=", ".join(f"{limit:g}" for limit in limits),
                    remedy="order them",
                )

    @property
    def cohorts(self) -> tuple[str, ...]:
        """Names of the activity cohorts, lowest first."""
        said = [
            f"{limit:.10g} MBq ({limit / MBQ_PER_MCI:.4g} mCi)" for limit in self.cohort_limits_mbq
        ]
        if not said:
            return ()
        between = [f"{low} to below {high}" for low, high in pairwise(said)]
        return (f"below {said[0]}", *between, f"{said[-1]} or more")

    def cohort_of(self, activity_mbq: float) -> str:
        """Name of the cohort of an activity; empty without cohorts.

        Examples
        --------
        >>> TableOptions(cohort_limits_mbq=(1110.0,)).cohort_of(1110.0)
        '1110 MBq (30 mCi) or more'
        """
        if not self.cohort_limits_mbq:
            return ""
        return self.cohorts[sum(activity_mbq >= limit for limit in self.cohort_limits_mbq)]
