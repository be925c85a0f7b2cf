"""A made-up study of three treated inclusions, for examples."""

from datetime import UTC, date, datetime
from decimal import Decimal

from hevesy.trial.rows import (
    AdministrationRow,
    AssessmentRow,
    DepartureRow,
    EventRow,
    InclusionRow,
    PatientRow,
    StudyRows,
    VisitRow,
)

__all__ = ["sample_rows"]

_SIZES = {"I1": ("50", "30", "32"), "I2": ("40", "41", "60"), "I3": ("20",)}
_DAYS = ((2026, 1, 5), (2026, 2, 20), (2026, 4, 1))


def sample_rows() -> StudyRows:
    """Three inclusions, one screened and not treated, three events; nobody of them is real.

    Examples
    --------
    >>> rows = sample_rows()
    >>> len(rows.inclusions), sorted(rows.treated)
    (4, ['I1', 'I2', 'I3'])
    """
    names = ("I1", "I2", "I3", "I4")
    ages = {"I1": 61, "I2": 48, "I3": None, "I4": 70}
    activities_mbq = {"I1": 1110.0, "I2": 2220.0, "I3": 3700.0}
    return StudyRows(
        study="A made-up study",
        as_of=date(2026, 6, 1),
        patients=tuple(PatientRow(patient=f"P{n[1]}", site="S1", sex="F") for n in names),
        inclusions=tuple(
            InclusionRow(
                inclusion=name,
                patient=f"P{name[1]}",
                included_on=date(2026, 1, 5),
                eligible=name != "I4",
                age_years=ages[name],
                ecog=1,
                primary_tumour="liver",
            )
            for name in names
        ),
        administrations=tuple(
            AdministrationRow(
                administration=f"A{name[1]}",
                inclusion=name,
                given_at=datetime(2026, 1, 10, 9, tzinfo=UTC),
                given_on=date(2026, 1, 10),
                activity_mbq=activity_mbq,
                lesions=(f"L{name[1]}",),
            )
            for name, activity_mbq in activities_mbq.items()
        ),
        visits=(
            VisitRow(
                visit="V9", inclusion="I3", name="week 4", visited_on=date(2026, 2, 7), ecog=1
            ),
        ),
        departures=(
            DepartureRow(departure="D1", inclusion="I2", kind="died", left_on=date(2026, 5, 2)),
        ),
        events=(
            _event("E1", "I1", "Fever", "General", 1),
            _event("E2", "I1", "Fever", "General", 3),
            _event("E3", "I2", "Pain", "General", 2),
        ),
        assessments=tuple(
            AssessmentRow(
                assessment=f"S{name[1]}-{i}",
                inclusion=name,
                lesion=f"L{name[1]}",
                visit=f"V{i}",
                assessed_on=date(*_DAYS[i]),
                role="target",
                status="present",
                organ="liver",
                diameter_mm=Decimal(size),
                injected=True,
            )
            for name, sizes in _SIZES.items()
            for i, size in enumerate(sizes)
        ),
    )


def _event(name: str, inclusion: str, term: str, organ_class: str, grade: int) -> EventRow:
    return EventRow(
        event=name,
        inclusion=inclusion,
        term=term,
        organ_class=organ_class,
        grade=grade,
        began_on=date(2026, 1, 11),
        related_agent="unlikely",
        related_procedure="probable",
    )
