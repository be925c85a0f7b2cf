"""A study's rows as values: what tables, figures, checks and exports are made from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import MappingProxyType

__all__ = [
    "AdministrationRow",
    "AssessmentRow",
    "DepartureRow",
    "DoseRow",
    "EventRow",
    "InclusionRow",
    "InjectionRow",
    "LesionPlace",
    "MeasurementRow",
    "PatientRow",
    "StudyRows",
    "VisitRow",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRow:
    """A person; `sex` is F, M, other or empty."""

    patient: str
    site: str
    sex: str = ""
    birth_year: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionRow:
    """One inclusion of a person: its screening, consent and verdict.

    Parameters
    ----------
    inclusion, patient : str
    included_on : date
        Day at the site.
    screened_on : date or None
    eligible : bool
    criteria : mapping of str to bool
        Answers, by the criterion's name in the protocol.
    waivers : mapping of str to str
        Unmet criteria that were waived, with the reason.
    evidence : mapping of str to str
    failure_reason : str
        Why a screening failed; empty for somebody who was enrolled.
    violation : str
        What was found after the treatment that made the patient not eligible.
    age_years, ecog, prior_lines : int or None
    primary_tumour, treated_site : str
    consent_on : date or None
    consent_version : str
    board_on : date or None
    board_decision : str
    generated : bool
        Made up to fit published margins, not recorded.
    """

    inclusion: str
    patient: str
    included_on: date
    eligible: bool
    screened_on: date | None = None
    criteria: Mapping[str, bool] = field(default_factory=dict)
    waivers: Mapping[str, str] = field(default_factory=dict)
    evidence: Mapping[str, str] = field(default_factory=dict)
    failure_reason: str = ""
    violation: str = ""
    age_years: int | None = None
    ecog: int | None = None
    prior_lines: int | None = None
    primary_tumour: str = ""
    treated_site: str = ""
    consent_on: date | None = None
    consent_version: str = ""
    board_on: date | None = None
    board_decision: str = ""
    generated: bool = False

    def __post_init__(self) -> None:
        for name in ("criteria", "waivers", "evidence"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionPlace:
    """A lesion and where it is."""

    lesion: str
    patient: str
    organ: str
    longest_diameter_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationRow:
    """A treatment: `given_at` is the end of the injection, in the site's zone as `given_on` is.

    `lesions` are those that were injected; `needle_passes` is the sum over its injections, None
    where one of them has none on record.
    """

    administration: str
    inclusion: str
    given_at: datetime
    given_on: date
    activity_mbq: float
    activity_uncertainty_mbq: float | None = None
    prescribed_mbq: float | None = None
    kind: str = "net"
    lesions: tuple[str, ...] = ()
    needle_passes: int | None = None
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionRow:
    """One syringe into one lesion, its moments in the site's zone; `lot` is the batch."""

    injection: str
    administration: str
    lesion: str
    started_at: datetime
    ended_at: datetime
    net_mbq: float
    net_uncertainty_mbq: float | None = None
    lot: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRow:
    """A visit that took place."""

    visit: str
    inclusion: str
    name: str
    visited_on: date
    ecog: int | None = None
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartureRow:
    """How somebody left the study; `kind` is one of `hevesy.trial.DEPARTURES`."""

    departure: str
    inclusion: str
    kind: str
    left_on: date
    reason: str = ""
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EventRow:
    """An adverse event as recorded; see `hevesy.trial.AdverseEvent` for what is counted.

    `serious` None says that nobody has said; `aware_at`, `reported_at` and
    `authority_reported_at` are aware times.
    """

    event: str
    inclusion: str
    term: str
    organ_class: str
    grade: int
    began_on: date
    administration: str = ""
    ctcae: str = ""
    ended_on: date | None = None
    outcome: str = ""
    related_agent: str = ""
    related_procedure: str = ""
    serious: bool | None = None
    seriousness: str = ""
    expected: bool | None = None
    aware_at: datetime | None = None
    reported_at: datetime | None = None
    authority_reported_at: datetime | None = None
    action_taken: str = ""
    narrative: str = ""
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasurementRow:
    """A laboratory value or vital sign, in the digits that were recorded."""

    measurement: str
    inclusion: str
    visit: str
    measured_on: date
    test: str
    value: Decimal
    unit: str
    lower_normal: Decimal | None = None
    upper_normal: Decimal | None = None
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class AssessmentRow:
    """A lesion at a visit; diameter in mm, density in HU, in the digits that were recorded."""

    assessment: str
    inclusion: str
    lesion: str
    visit: str
    assessed_on: date
    role: str
    status: str
    organ: str
    diameter_mm: Decimal | None = None
    too_small: bool = False
    node: bool = False
    injected: bool = False
    density_hu: Decimal | None = None
    blood_supply: str = ""
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRow:
    """The dose of a region by the newest filed result of an administration.

    `metrics` are the further figures of that region's result (``"d70_gy"``, ...), where given.
    """

    dose: str
    administration: str
    region: str
    method: str
    mean_dose_gy: float
    mean_dose_uncertainty_gy: float | None = None
    lesion: str = ""
    volume_ml: float | None = None
    mass_g: float | None = None
    metrics: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", MappingProxyType(dict(self.metrics)))


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyRows:
    """Every row of a study that its tables need, as they hold now.

    Parameters
    ----------
    study : str
        Its name.
    as_of : date
        Day up to which nothing was known later.
    patients, inclusions, lesions, administrations, injections, visits, departures : tuples of rows
    events, measurements, assessments, doses : tuples of rows

    Examples
    --------
    >>> rows = StudyRows(study="A study", as_of=date(2026, 1, 9))
    >>> rows.inclusions, rows.treated
    ((), frozenset())
    """

    study: str
    as_of: date
    patients: tuple[PatientRow, ...] = ()
    inclusions: tuple[InclusionRow, ...] = ()
    lesions: tuple[LesionPlace, ...] = ()
    administrations: tuple[AdministrationRow, ...] = ()
    injections: tuple[InjectionRow, ...] = ()
    visits: tuple[VisitRow, ...] = ()
    departures: tuple[DepartureRow, ...] = ()
    events: tuple[EventRow, ...] = ()
    measurements: tuple[MeasurementRow, ...] = ()
    assessments: tuple[AssessmentRow, ...] = ()
    doses: tuple[DoseRow, ...] = ()

    @property
    def treated(self) -> frozenset[str]:
        """Inclusions with an administration: the safety set."""
        return frozenset(row.inclusion for row in self.administrations)
