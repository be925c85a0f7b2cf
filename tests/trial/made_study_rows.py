"""A small study without a fault, and faults to plant: each is for one data check."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

from hevesy.protocol import PlannedVisit
from hevesy.trial import (
    AssessmentRow,
    EventRow,
    LesionPlace,
    MeasurementRow,
    PatientRow,
    ScanTime,
    StudyRows,
    VisitRow,
)
from tests.trial import made_flow as m

PROTOCOL = m.protocol(
    visits=(PlannedVisit(name="day 0", day=0), PlannedVisit(name="week 6", day=42, before_days=7,
                                                            after_days=7)),
)  # fmt: skip
GIVEN = m.DAY + timedelta(days=4)
WEEK_6 = GIVEN + timedelta(days=42)
NOW = datetime(2025, 6, 1, tzinfo=UTC)
AWARE = datetime(2024, 3, 20, 8, tzinfo=UTC)


def event(number: int, **changes: Any) -> EventRow:
    values: dict[str, Any] = {
        "event": f"E{number}", "inclusion": f"I{number}", "term": "Fever",
        "organ_class": "General", "grade": 1, "began_on": GIVEN + timedelta(days=number),
        "ctcae": "5.0", "related_agent": "unlikely", "related_procedure": "possible",
        "serious": False,
    }  # fmt: skip
    return EventRow(**{**values, **changes})


def value(number: int, day: date, amount: str, **changes: Any) -> MeasurementRow:
    values: dict[str, Any] = {
        "measurement": f"M{number}-{day}", "inclusion": f"I{number}", "visit": "v",
        "measured_on": day, "test": "neutrophils", "value": Decimal(amount), "unit": "10^9/L",
        "lower_normal": Decimal("2.0"), "upper_normal": Decimal("7.0"),
    }  # fmt: skip
    return MeasurementRow(**{**values, **changes})


def assessment(number: int, day: date, diameter_mm: str, **changes: Any) -> AssessmentRow:
    values: dict[str, Any] = {
        "assessment": f"S{number}-{day}", "inclusion": f"I{number}", "lesion": f"L{number}",
        "visit": str(day), "assessed_on": day, "role": "target", "status": "present",
        "organ": "liver", "diameter_mm": Decimal(diameter_mm),
    }  # fmt: skip
    return AssessmentRow(**{**values, **changes})


def clean() -> StudyRows:
    """Five treated, the fifth dead of a fatal event that was reported in time; one screened."""
    treated = range(1, 6)
    inclusions = [
        m.inclusion(n, age_years=50 + n, primary_tumour="colon", treated_site="liver",
                    prior_lines=n, consent_on=m.DAY - timedelta(days=4))
        for n in treated
    ]  # fmt: skip
    inclusions.append(m.inclusion(6, eligible=False, failure_reason="no appropriate lesion",
                                  criteria={}, age_years=70))  # fmt: skip
    died = GIVEN + timedelta(days=20)
    known = AWARE + timedelta(days=5)
    fatal = event(5, grade=5, outcome="fatal", serious=True, seriousness="death", expected=False,
                  term="Bleeding", organ_class="Vascular", related_agent="possible",
                  began_on=died, aware_at=known, reported_at=known + timedelta(hours=2),
                  authority_reported_at=known + timedelta(days=2))  # fmt: skip
    visits = [VisitRow(visit=f"V{n}-0", inclusion=f"I{n}", name="day 0", visited_on=GIVEN, ecog=1)
              for n in treated]  # fmt: skip
    visits += [VisitRow(visit=f"V{n}-6", inclusion=f"I{n}", name="week 6", visited_on=WEEK_6)
               for n in range(1, 5)]  # fmt: skip
    rows = m.rows(
        inclusions,
        lesions=tuple(LesionPlace(lesion=f"L{n}", patient=f"P{n}", organ="liver") for n in treated),
        administrations=tuple(m.given(n) for n in treated),
        visits=tuple(visits),
        departures=(replace(m.gone(5, "dead"), left_on=died),),
        events=(*(event(n) for n in range(1, 5)), fatal),
        measurements=tuple(value(n, day, "3.0") for n in range(1, 5) for day in (m.DAY, WEEK_6)),
        assessments=tuple(
            assessment(n, day, size)
            for n in range(1, 5) for day, size in ((m.DAY, "31.0"), (WEEK_6, "24.50"))
        ),
    )  # fmt: skip
    patients = tuple(
        PatientRow(patient=f"P{n}", site="S", sex="F", birth_year=2024 - (70 if n == 6 else 50 + n))
        for n in range(1, 7)
    )
    return replace(rows, patients=patients)


SCANS = (
    ScanTime(scan="N1", administration="A1", at=datetime(2024, 3, 5, 16, tzinfo=UTC)),
    ScanTime(scan="N2", administration="A2", at=datetime(2024, 3, 5, 16, tzinfo=UTC)),
)


def change(table: str, number: int, **values: Any) -> Callable[[StudyRows], StudyRows]:
    """Change the values of one row of a table."""

    def plant(rows: StudyRows) -> StudyRows:
        of = list(getattr(rows, table))
        of[number] = replace(of[number], **values)
        return replace(rows, **{table: tuple(of)})

    return plant


def add(table: str, row: Any) -> Callable[[StudyRows], StudyRows]:
    return lambda rows: replace(rows, **{table: (*getattr(rows, table), row)})


def drop(table: str, number: int) -> Callable[[StudyRows], StudyRows]:
    return lambda rows: replace(
        rows, **{table: tuple(r for n, r in enumerate(getattr(rows, table)) if n != number)}
    )


LATE = {"serious": True, "seriousness": "hospitalisation", "expected": True, "aware_at": AWARE,
        "began_on": date(2024, 3, 20)}  # fmt: skip
PLANTS: Mapping[tuple[str, str], Callable[[StudyRows], StudyRows]] = {
    ("identical-rows", "a measurement twice"): add(
        "measurements", value(1, WEEK_6, "3.0", measurement="M-again")),
    ("identical-rows", "an event twice"): lambda rows: add(
        "events", replace(rows.events[1], event="E-again"))(rows),
    ("eligibility", "no answer"): change("inclusions", 0, criteria={"age": True}),
    ("criterion-limit", "ECOG 3"): lambda rows: change("visits", 0, ecog=3)(
        change("inclusions", 0, ecog=3)(rows)),
    ("ecog-at-treatment", "ECOG 3 on the day"): change("visits", 1, ecog=3),
    ("ecog-at-treatment", "none"): lambda rows: change("visits", 2, ecog=None)(
        change("inclusions", 2, ecog=None)(rows)),
    ("age-and-birth", "born later"): change("patients", 0, birth_year=1999),
    ("date-order", "screened later"): change(
        "inclusions", 1, screened_on=m.DAY + timedelta(days=1)),
    ("date-order", "consent after treatment"): change(
        "inclusions", 2, consent_on=GIVEN + timedelta(days=1)),
    ("date-order", "ended before it began"): change("events", 0, ended_on=GIVEN),
    ("date-order", "aware before it began"): change(
        "events", 1, aware_at=datetime(2024, 3, 1, tzinfo=UTC)),
    ("after-death", "measured"): add(
        "measurements", value(5, GIVEN + timedelta(days=21), "3.0")),
    ("event-untreated", "screened only"): add("events", event(6)),
    ("event-before-treatment", "laid to the puncture"): change(
        "events", 2, began_on=GIVEN - timedelta(days=1)),
    ("death", "nobody died"): add(
        "events", event(4, event="E-fatal", grade=5, serious=True, seriousness="death",
                        expected=True, aware_at=AWARE, reported_at=AWARE)),
    ("sae-overdue", "not reported"): change("events", 3, **LATE),
    ("sae-overdue", "reported late"): add(
        "events", event(3, event="E-late", **LATE, reported_at=AWARE + timedelta(hours=25))),
    ("serious-incomplete", "grade 3, nobody said"): add(
        "events", event(1, event="E-3", grade=3, serious=None)),
    ("serious-incomplete", "not expected or not"): add(
        "events", event(2, event="E-se", serious=True, seriousness="hospitalisation",
                        related_agent="possible", aware_at=AWARE, reported_at=AWARE)),
    ("term-class", "in two classes"): add(
        "events", event(1, event="E-class", organ_class="Other")),
    ("ctcae-version", "another"): add("events", event(2, event="E-v6", ctcae="6.0")),
    ("unit", "g/L"): add("measurements", value(1, GIVEN, "3.0", unit="g/L")),
    ("range", "a hundred times normal"): add("measurements", value(2, GIVEN, "3000")),
    ("range", "half a metre"): add("assessments", assessment(3, GIVEN, "500")),
    ("lesion-baseline", "later only"): add("assessments", assessment(2, GIVEN, "9", lesion="L9")),
    ("lesion-twice", "at one visit"): add(
        "assessments", assessment(4, WEEK_6, "30", assessment="S-again")),
    ("visit", "missing"): drop("visits", 5),
    ("visit", "too late"): change("visits", 7, visited_on=WEEK_6 + timedelta(days=8)),
    ("flow", "no reason"): change("inclusions", 5, failure_reason=""),
    ("flow", "left before treated"): add("departures", m.gone(4, "refused", days=2)),
}  # fmt: skip
"""By the check that finds it and what is planted."""
