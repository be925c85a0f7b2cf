"""A study's protocol as values: sites, criteria, labelling, tests, visits, bounds."""

from dataclasses import dataclass, field
from itertools import pairwise

from hevesy.errors import StudyError
from hevesy.protocol.conduct import (
    ActivityCohort,
    AnalysisUnits,
    EventRules,
    ListedDeparture,
    PlannedVisit,
    ResponseProtocol,
    name_cohort,
)

__all__ = [
    "MEASURES",
    "Criterion",
    "LabellingStep",
    "ProtocolSite",
    "QualityLimit",
    "StudyProtocol",
]

MEASURES = ("age_years", "ecog", "prior_lines")
"""Recorded numbers that a criterion may bound."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolSite:
    """A place where the study is done.

    Parameters
    ----------
    name : str
    timezone : str
        IANA name.
    ethics : str
        Reference of the ethics committee's approval; empty where it is not known.
    """

    name: str
    timezone: str
    ethics: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A condition of eligibility.

    Parameters
    ----------
    name : str
        Short, for tables.
    words : str
        What is asked, as the protocol says it.
    include : bool
        Must be met; otherwise it must not be met.
    measure : str
        One of `MEASURES` where a recorded number decides it; else empty.
    lowest_value, highest_value : float or None
        Of the measure; both borders are met.

    Raises
    ------
    StudyError
        Another measure; a limit without a measure, or a measure without a limit.

    Examples
    --------
    >>> ecog = Criterion(name="ECOG", words="2 or less", measure="ecog", highest_value=2)
    >>> ecog.holds(2), ecog.holds(3)
    (True, False)
    """

    name: str
    words: str
    include: bool = True
    measure: str = ""
    lowest_value: float | None = None  # of the measure
    highest_value: float | None = None

    def __post_init__(self) -> None:
        limits = self.lowest_value is not None or self.highest_value is not None
        if self.measure and self.measure not in MEASURES:
            raise StudyError(
                f"the criterion '{self.name}' is about no recorded number",
                got=self.measure[:60],
                allowed=", ".join(MEASURES),
                remedy="correct its measure in study.toml, or leave it out",
            )
        if limits != bool(self.measure):
            raise StudyError(
                f"the criterion '{self.name}' needs a measure and a limit, or neither",
                got=self.measure or "a limit alone",
                remedy="correct [[criterion]] in study.toml",
            )

    def holds(self, value: float) -> bool:
        """Whether a recorded number meets the limits."""
        return (self.lowest_value is None or value >= self.lowest_value) and (
            self.highest_value is None or value <= self.highest_value
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LabellingStep:
    """A step of the labelling, with its limits.

    Parameters
    ----------
    name : str
    temperature_deg_c : float or None
        Nominal; None where the protocol sets none.
    temperature_tolerance_deg_c : float or None
        How far a reading may be off; None leaves the reading unjudged.
    duration_s : float or None
        Nominal, s.
    duration_tolerance_s : float or None
        How far off it may be, s; None leaves it unjudged.
    gas : str
        Empty for air.

    Raises
    ------
    StudyError
        A duration or a tolerance is negative.

    Examples
    --------
    >>> LabellingStep(name="reduction", temperature_deg_c=72.0, duration_s=1200.0).gas
    ''
    """

    name: str
    temperature_deg_c: float | None = None
    temperature_tolerance_deg_c: float | None = None
    duration_s: float | None = None
    duration_tolerance_s: float | None = None
    gas: str = ""

    def __post_init__(self) -> None:
        for value in (self.temperature_tolerance_deg_c, self.duration_s, self.duration_tolerance_s):
            if value is not None and value < 0:
                raise StudyError(
                    f"a limit of the step '{self.name}' is negative",
                    got=value,
                    remedy="correct it in study.toml",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityLimit:
    """A test of a batch and what it must give.

    Parameters
    ----------
    name : str
    unit : str
        Of the limits.
    lowest_value, highest_value : float or None
        In `unit`; both borders pass.
    accepted : tuple of str
        Words that pass, for a test without a number.
    before_injection : bool
        Needed before the batch may be injected; otherwise its result may come later.

    Raises
    ------
    StudyError
        There is no limit, or the lower one is above the upper.

    Examples
    --------
    >>> QualityLimit(name="radio-TLC", unit="%", lowest_value=85.0).highest_value is None
    True
    """

    name: str
    unit: str = ""
    lowest_value: float | None = None  # in `unit`
    highest_value: float | None = None
    accepted: tuple[str, ...] = ()
    before_injection: bool = True

    def __post_init__(self) -> None:
        low, high = self.lowest_value, self.highest_value
        if low is None and high is None and not self.accepted:
            raise StudyError(
                "a test without a limit can't be passed",
                got=self.name,
                remedy="give it low, high or accepted in study.toml",
            )
        if low is not None and high is not None and low > high:
            raise StudyError(
                f"the limits of the test '{self.name}' are the wrong way round",
                got=f"{low:g} to {high:g}",
                remedy="correct them in study.toml",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyProtocol:
    """What a study has laid down.

    Parameters
    ----------
    name : str
    nuclide : str
        As in ICRP-107: ``"Re-188"``.
    agent : str
    route : str
    sites : tuple of ProtocolSite
        At least one.
    criteria : tuple of Criterion
    steps : tuple of LabellingStep
        In their order.
    tests : tuple of QualityLimit
    labelled_within_s : float or None
        From the end of the elution to the end of the labelling, s.
    injected_within_s : float or None
        From the end of the labelling to the injection, s: the batch's expiry.
    scan_times_s : tuple of float
        Planned scans after the end of the injection, s, ascending.
    activity_low_bq, activity_high_bq : float or None
        Administered activities that are plausible for this study, Bq.
    source : str
        Where the protocol comes from.
    calibrator_factors : bool
        The study keeps its dose calibrators' factors, and every measurement needs one.
    constancy_within_fraction : float or None
        Greatest relative deviation of a calibrator's constancy check.
    constancy_every_s : float or None
        How long a constancy check holds, s.
    breakthrough_limit_ratio : float or None
        Greatest parent over daughter activity in an eluate.
    breakthrough_after_s : float or None
        Time after the elution at which that limit holds, s; set with it.
    cohorts : tuple of ActivityCohort
        By administered activity; they don't overlap.
    visits : tuple of PlannedVisit
        In the order of their days.
    events : EventRules
    response : ResponseProtocol or None
        None where the protocol sets no criteria.
    screen_failures : tuple of str
        Reasons that are listed: shown where nobody had them.
    departures : tuple of ListedDeparture
        The same, for those who left.
    units : AnalysisUnits

    Raises
    ------
    StudyError
        No site; a name twice; times or activities out of order; cohorts that overlap; a limit that
        can't be.
    """

    name: str
    nuclide: str
    agent: str
    route: str
    sites: tuple[ProtocolSite, ...]
    criteria: tuple[Criterion, ...] = ()
    steps: tuple[LabellingStep, ...] = ()
    tests: tuple[QualityLimit, ...] = ()
    labelled_within_s: float | None = None
    injected_within_s: float | None = None
    scan_times_s: tuple[float, ...] = ()
    activity_low_bq: float | None = None
    activity_high_bq: float | None = None
    source: str = ""
    calibrator_factors: bool = True
    constancy_within_fraction: float | None = None
    constancy_every_s: float | None = None
    breakthrough_limit_ratio: float | None = None
    breakthrough_after_s: float | None = None
    cohorts: tuple[ActivityCohort, ...] = ()
    visits: tuple[PlannedVisit, ...] = ()
    events: EventRules = field(default_factory=EventRules)
    response: ResponseProtocol | None = None
    screen_failures: tuple[str, ...] = ()
    departures: tuple[ListedDeparture, ...] = ()
    units: AnalysisUnits = field(default_factory=AnalysisUnits)

    def __post_init__(self) -> None:
        if not self.sites:
            raise StudyError("a study needs a site", remedy="add [[site]] to study.toml")
        for what, items in (
            ("site", self.sites),
            ("criterion", self.criteria),
            ("labelling step", self.steps),
            ("test", self.tests),
            ("cohort", self.cohorts),
            ("visit", self.visits),
        ):
            names = [item.name for item in items]
            twice = next((name for name in names if names.count(name) > 1), None)
            if twice is not None:
                raise StudyError(
                    f"study.toml names a {what} twice", got=twice, remedy="name each once"
                )
        times = self.scan_times_s
        if any(b <= a for a, b in zip((0.0, *times), times, strict=False)):
            raise StudyError(
                "the planned scans are not in ascending order",
                got=", ".join(f"{time / 3600:g} h" for time in times),
                remedy="order them in study.toml",
            )
        low, high = self.activity_low_bq, self.activity_high_bq
        if low is not None and high is not None and low >= high:
            raise StudyError(
                "the study's activities are the wrong way round",
                got=f"{low / 1e6:g} to {high / 1e6:g} MBq",
                remedy="correct [activity] in study.toml",
            )
        self._check_limits()
        if len(set(self.screen_failures)) < len(self.screen_failures) or len(
            set(self.departures)
        ) < len(self.departures):
            raise StudyError(
                "study.toml lists a screen failure or a departure twice", remedy="list each once"
            )
        days = [visit.day for visit in self.visits]
        if days != sorted(days):
            raise StudyError(
                "the visits are not in the order of their days",
                got=", ".join(f"{visit.name} on day {visit.day}" for visit in self.visits),
                remedy="order [[visit]] in study.toml",
            )
        self._require_apart()

    def _check_limits(self) -> None:
        limit, after_s = self.breakthrough_limit_ratio, self.breakthrough_after_s
        if (limit is None) != (after_s is None):
            raise StudyError(
                "a breakthrough limit needs its reference time: the parent's share grows",
                got="breakthrough_limit" if after_s is None else "breakthrough_after",
                allowed="breakthrough_limit and breakthrough_after",
                remedy="give both in [generator] of study.toml, or neither",
            )
        for value, key in ((limit, "breakthrough_limit"),
                           (self.constancy_within_fraction, "constancy_within")):  # fmt: skip
            if value is not None and not 0 < value < 1:
                raise StudyError(
                    f"{key} can't be", got=f"{value:g}", allowed="above 0, below 1",
                    remedy="correct it in study.toml",
                )  # fmt: skip

    def _require_apart(self) -> None:
        """Cohorts must not overlap: an activity is of one of them at most."""
        ordered = sorted(self.cohorts, key=lambda cohort: cohort.low_bq or 0.0)
        for lower, upper in pairwise(ordered):
            if lower.high_bq is None or lower.high_bq > (upper.low_bq or 0.0):
                raise StudyError(
                    "two cohorts of study.toml overlap",
                    got=f"{lower.name} and {upper.name}",
                    remedy="end one where the next begins",
                )

    def cohort_of(self, activity_bq: float) -> str:
        """Name of the cohort of an administered activity; empty where it is of none."""
        return name_cohort(self.cohorts, activity_mbq=activity_bq / 1e6)
