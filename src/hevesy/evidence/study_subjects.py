"""A study's rows as subjects: activity, procedures and organ doses beside events and shifts."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from hevesy.trial import RELATED, EventRow, StudyRows

__all__ = ["LaboratoryShift", "SubjectExposure", "subject_table"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryShift:
    """A test before and after, in the digits and the unit recorded.

    Parameters
    ----------
    unit : str
    before : Decimal
        Last on or before the day of the first administration.
    lowest, highest : Decimal
        After it.

    Examples
    --------
    >>> LaboratoryShift(unit="10^9/L", before=Decimal(4), lowest=Decimal(2),
    ...                 highest=Decimal(4)).fall
    Decimal('2')
    """

    unit: str
    before: Decimal
    lowest: Decimal
    highest: Decimal

    @property
    def fall(self) -> Decimal:
        """From before to the lowest."""
        return self.before - self.lowest

    @property
    def rise(self) -> Decimal:
        """From before to the highest."""
        return self.highest - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectExposure:
    """One inclusion: what it got, and what happened.

    Parameters
    ----------
    inclusion, subject : str
    activity_mbq : float
        Of all administrations.
    procedures : int
    organ_doses_gy : mapping of str to float
        By region that is no lesion, summed over administrations with a result; see `organ_courses`.
    organ_courses : mapping of str to int
        Administrations with a dose of that region: fewer than `procedures` if some are missing.
    worst_grade : int
        0 without an event.
    worst_related_grade : int
        Of events related to the agent.
    events : int
    class_grades : mapping of str to int
        Worst grade by the event's organ class, as it was recorded.
    shifts : mapping of str to LaboratoryShift
        By test.
    missing : tuple of str
        Tests that have values before or after alone, or in two units.
    activity_uncertainty_mbq : float or None
        Taken as common to all administrations: the sum. None if one is not known.
    organ_uncertainties_gy : mapping of str to float
        Likewise, by region; without those of which one is not known.
    """

    inclusion: str
    subject: str
    activity_mbq: float
    procedures: int
    organ_doses_gy: Mapping[str, float] = field(default_factory=dict)
    organ_courses: Mapping[str, int] = field(default_factory=dict)
    worst_grade: int = 0
    worst_related_grade: int = 0
    events: int = 0
    shifts: Mapping[str, LaboratoryShift] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    activity_uncertainty_mbq: float | None = None
    organ_uncertainties_gy: Mapping[str, float] = field(default_factory=dict)
    class_grades: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in (
            "organ_doses_gy", "organ_courses", "shifts", "organ_uncertainties_gy", "class_grades",
        ):  # fmt: skip
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))


def subject_table(rows: StudyRows) -> tuple[SubjectExposure, ...]:
    """Put activity, procedures and organ doses beside events and laboratory shifts.

    One row for each inclusion that was treated. Events count from the day of the first
    administration on. Values in another unit than the one before treatment are not converted:
    the test is listed as missing.

    Parameters
    ----------
    rows : StudyRows

    Returns
    -------
    tuple of SubjectExposure

    Examples
    --------
    >>> subject_table(StudyRows(study="A study", as_of=date(2026, 1, 9)))
    ()
    """
    patient_of = {row.inclusion: row.patient for row in rows.inclusions}
    found = []
    for inclusion in sorted(rows.treated):
        given = [row for row in rows.administrations if row.inclusion == inclusion]
        names = {row.administration for row in given}
        first = min(row.given_on for row in given)
        doses: dict[str, float] = defaultdict(float)
        courses: dict[str, set[str]] = defaultdict(set)
        unsure: dict[str, list[float | None]] = defaultdict(list)
        for dose in rows.doses:
            if dose.administration in names and not dose.lesion:
                doses[dose.region] += dose.mean_dose_gy
                courses[dose.region].add(dose.administration)
                unsure[dose.region].append(dose.mean_dose_uncertainty_gy)
        events = [e for e in rows.events if e.inclusion == inclusion and e.began_on >= first]
        related = [event.grade for event in events if event.related_agent in RELATED]
        shifts, missing = _shifts(rows, inclusion, first)
        found.append(
            SubjectExposure(
                inclusion=inclusion, subject=patient_of.get(inclusion, inclusion),
                activity_mbq=sum(row.activity_mbq for row in given), procedures=len(given),
                organ_doses_gy=doses, organ_courses={k: len(v) for k, v in courses.items()},
                worst_grade=max((event.grade for event in events), default=0),
                worst_related_grade=max(related, default=0), events=len(events), shifts=shifts,
                missing=missing, class_grades=_by_class(events),
                activity_uncertainty_mbq=_sum([one.activity_uncertainty_mbq for one in given]),
                organ_uncertainties_gy={
                    name: total for name, parts in unsure.items()
                    if (total := _sum(parts)) is not None
                },
            )
        )  # fmt: skip
    return tuple(found)


def _by_class(events: Sequence[EventRow]) -> dict[str, int]:
    worst: dict[str, int] = {}
    for event in events:
        worst[event.organ_class] = max(event.grade, worst.get(event.organ_class, 0))
    return worst


def _sum(parts: Sequence[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return sum(known) if len(known) == len(parts) else None


def _shifts(
    rows: StudyRows, inclusion: str, first: date
) -> tuple[dict[str, LaboratoryShift], tuple[str, ...]]:
    own = sorted(
        (row for row in rows.measurements if row.inclusion == inclusion),
        key=lambda row: row.measured_on,
    )
    shifts, missing = {}, []
    for test in sorted({row.test for row in own}):
        before = [row for row in own if row.test == test and row.measured_on <= first]
        after = [row for row in own if row.test == test and row.measured_on > first]
        if not before or not after or {row.unit for row in after} != {before[-1].unit}:
            missing.append(test)
            continue
        values = [row.value for row in after]
        shifts[test] = LaboratoryShift(
            unit=before[-1].unit, before=before[-1].value, lowest=min(values), highest=max(values)
        )
    return shifts, tuple(missing)
