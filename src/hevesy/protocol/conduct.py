"""What a protocol lays down for the course of its patients: cohorts, visits, events, response."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.errors import StudyError

__all__ = [
    "DEPARTURES",
    "RESPONSE_CRITERIA",
    "ActivityCohort",
    "AnalysisUnits",
    "EventRules",
    "ListedDeparture",
    "PlannedVisit",
    "ResponseProtocol",
    "name_cohort",
]

DEPARTURES = ("lost to follow-up", "refused", "withdrawn", "dead", "completed")
"""Kinds of a departure; "completed" ended as planned."""
RESPONSE_CRITERIA = ("recist1.1", "itrecist")
_DAY_S = 86400.0
_BQ_PER_MBQ = 1e6
_SUBJECTS = ("inclusion", "person")


def _require(value: str, allowed: tuple[str, ...], key: str) -> None:
    if value not in allowed:
        raise StudyError(
            f"{key} of study.toml is not one of the allowed words",
            got=value[:60],
            allowed=", ".join(allowed),
            remedy="write one of them",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityCohort:
    """A group of patients by administered activity: from `low_bq` up to, but not with, `high_bq`.

    Parameters
    ----------
    name : str
    low_bq, high_bq : float or None
        Bq; None leaves that side open.

    Raises
    ------
    StudyError
        The bounds are the wrong way round.

    Examples
    --------
    >>> cohort = ActivityCohort(name="low", high_bq=3.7e9)
    >>> cohort.holds(3.69e9), cohort.holds(3.7e9)
    (True, False)
    """

    name: str
    low_bq: float | None = None
    high_bq: float | None = None

    def __post_init__(self) -> None:
        if self.low_bq is not None and self.high_bq is not None and self.low_bq >= self.high_bq:
            raise StudyError(
                f"the activities of the cohort '{self.name}' are the wrong way round",
                got=f"{self.low_bq / _BQ_PER_MBQ:g} to {self.high_bq / _BQ_PER_MBQ:g} MBq",
                remedy="correct [[cohort]] in study.toml",
            )

    def holds(self, activity_bq: float) -> bool:
        """Whether an administered activity is of this cohort."""
        return self.holds_mbq(activity_bq / _BQ_PER_MBQ)

    def holds_mbq(self, activity_mbq: float) -> bool:
        """Whether an activity is of this cohort; limits become MBq as a study's rows do.

        So one that lies on a limit stays on it.
        """
        if self.low_bq is not None and activity_mbq < self.low_bq / _BQ_PER_MBQ:
            return False
        return self.high_bq is None or activity_mbq < self.high_bq / _BQ_PER_MBQ


def name_cohort(cohorts: Sequence[ActivityCohort], *, activity_mbq: float) -> str:
    """Name the first cohort that holds an activity; empty where none does.

    Parameters
    ----------
    cohorts : sequence of ActivityCohort
    activity_mbq : float

    Returns
    -------
    str

    Examples
    --------
    >>> cohorts = (ActivityCohort(name="low", high_bq=3.7e9),)
    >>> name_cohort(cohorts, activity_mbq=3699.0), name_cohort(cohorts, activity_mbq=3700.0)
    ('low', '')
    """
    return next((one.name for one in cohorts if one.holds_mbq(activity_mbq)), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """A visit and its window, in whole days after the day of the first injection.

    Parameters
    ----------
    name : str
    day : int
        0 is the day of the first injection; negative before it.
    before_days, after_days : int
        How much earlier or later still counts.

    Raises
    ------
    StudyError
        A window is negative.

    Examples
    --------
    >>> visit = PlannedVisit(name="week 6", day=42, before_days=7, after_days=7)
    >>> visit.first_day, visit.last_day
    (35, 49)
    """

    name: str
    day: int
    before_days: int = 0
    after_days: int = 0

    def __post_init__(self) -> None:
        if self.before_days < 0 or self.after_days < 0:
            raise StudyError(
                f"the window of the visit '{self.name}' is negative",
                got=f"{self.before_days} days before, {self.after_days} after",
                remedy="correct [[visit]] in study.toml",
            )

    @property
    def first_day(self) -> int:
        """First day of the window."""
        return self.day - self.before_days

    @property
    def last_day(self) -> int:
        """Last day of the window."""
        return self.day + self.after_days


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRules:
    """How adverse events are graded, and until when they are reported.

    Parameters
    ----------
    ctcae : str
        The version; empty where the protocol pins none.
    sae_report_s : float
        From awareness to the report to the sponsor, s.
    susar_fatal_s, susar_other_s : float
        From awareness to the report to the authority, s: fatal or life-threatening, and others.

    Raises
    ------
    StudyError
        A time is not above 0.

    References
    ----------
    ICH E2A (1994), III.B: 7 and 15 calendar days. Regulation (EU) No 536/2014, Article 41: 24 h,
    Article 42: 7 and 15 days.

    Examples
    --------
    >>> EventRules().sae_report_s / 3600
    24.0
    """

    ctcae: str = ""
    sae_report_s: float = _DAY_S
    susar_fatal_s: float = 7 * _DAY_S
    susar_other_s: float = 15 * _DAY_S

    def __post_init__(self) -> None:
        for value in (self.sae_report_s, self.susar_fatal_s, self.susar_other_s):
            if not value > 0:
                raise StudyError(
                    "a time to report an event must be above 0",
                    got=value,
                    remedy="correct [events] in study.toml",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseProtocol:
    """How tumour response is judged.

    Parameters
    ----------
    criteria : str
        One of `RESPONSE_CRITERIA`.
    confirm_days : int
        Least time to a confirmation.
    min_stable_days : int
        SD counts from this time after the baseline.
    max_not_evaluable : int
        Visits NE allowed before a confirmation.

    Raises
    ------
    StudyError
        Other criteria, or a negative number.

    Examples
    --------
    >>> ResponseProtocol(criteria="itrecist").confirm_days
    28
    """

    criteria: str
    confirm_days: int = 28
    min_stable_days: int = 42
    max_not_evaluable: int = 1

    def __post_init__(self) -> None:
        _require(self.criteria, RESPONSE_CRITERIA, "response.criteria")
        for value in (self.confirm_days, self.min_stable_days, self.max_not_evaluable):
            if value < 0:
                raise StudyError(
                    "a number of [response] is negative", got=value, remedy="correct study.toml"
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedDeparture:
    """A way to leave the study that its tables show even where nobody took it.

    Parameters
    ----------
    kind : str
        One of `DEPARTURES`.
    reason : str
        Empty: any reason of this kind.

    Raises
    ------
    StudyError
        Another kind.

    Examples
    --------
    >>> ListedDeparture(kind="refused", reason="refused subsequent treatment").kind
    'refused'
    """

    kind: str
    reason: str = ""

    def __post_init__(self) -> None:
        _require(self.kind, DEPARTURES, "departure.kind")


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisUnits:
    """What is counted: a person may be included twice.

    Parameters
    ----------
    flow, events : str
        ``"inclusion"`` or ``"person"``.
    exposure : str
        ``"administration"``, ``"inclusion"`` or ``"person"``.
    response : str
        ``"lesion"``, ``"inclusion"`` or ``"person"``.

    Raises
    ------
    StudyError
        Another word.

    Examples
    --------
    >>> AnalysisUnits().response
    'lesion'
    """

    flow: str = "inclusion"
    events: str = "inclusion"
    exposure: str = "administration"
    response: str = "lesion"

    def __post_init__(self) -> None:
        _require(self.flow, _SUBJECTS, "units.flow")
        _require(self.events, _SUBJECTS, "units.events")
        _require(self.exposure, ("administration", *_SUBJECTS), "units.exposure")
        _require(self.response, ("lesion", *_SUBJECTS), "units.response")
