"""A study's protocol as values: sites, criteria, labelling, tests, visits, bounds."""

from dataclasses import dataclass

from hevesy.errors import StudyError

__all__ = [
    "Criterion",
    "LabellingStep",
    "ProtocolSite",
    "QualityLimit",
    "StudyProtocol",
]


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
    """

    name: str
    words: str
    include: bool = True


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

    Raises
    ------
    StudyError
        No site; a name twice; times or activities out of order; a limit that can't be.
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

    def __post_init__(self) -> None:
        if not self.sites:
            raise StudyError("a study needs a site", remedy="add [[site]] to study.toml")
        for what, items in (
            ("site", self.sites),
            ("criterion", self.criteria),
            ("labelling step", self.steps),
            ("test", self.tests),
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
