"""A made-up study from an explicit seed: nobody in it is real, and no number means anything.

It has what a real one has: screening failures, people included twice, missing values, events
before treatment and without attribution, visits that were not measured in full, new lesions,
losses and deaths.
"""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from hevesy.trial import (
    AdministrationRow,
    AssessmentRow,
    DepartureRow,
    EventRow,
    InclusionRow,
    LesionPlace,
    MeasurementRow,
    PatientRow,
    StudyRows,
    VisitRow,
)

CLASSES = {
    "General disorders": ("Fever", "Fatigue", "Injection site pain"),
    "Gastrointestinal disorders": ("Nausea", "Vomiting", "Abdominal pain", "Haematemesis"),
    "Respiratory disorders": ("Pneumothorax", "Cough", "Dyspnoea"),
    "Investigations": ("ALT increased", "Neutrophil count decreased", "Platelet count decreased"),
}
TERMS = tuple((term, name) for name, terms in CLASSES.items() for term in terms)
LEVELS = ("unrelated", "unlikely", "possible", "probable", "definite", "")
TUMOURS = ("hepatocellular carcinoma", "colorectal cancer", "lung cancer", "breast cancer", "")
SITES = ("liver", "lung", "lymph node", "")
START = date(2024, 1, 8)
AS_OF = date(2026, 6, 30)


def make_study(
    seed: int,
    *,
    patients: int = 60,
    events: int = 200,
    visits: int = 4,
    lesions: int = 3,
    measurements: int = 0,
) -> StudyRows:
    """Make a study; the same arguments give the same rows."""
    made = _Maker(np.random.default_rng(seed), visits=visits, lesions=lesions)
    for number in range(patients):
        made.patient(number)
    treated = sorted(made.starts)
    for number in range(events):
        made.event(number, treated[int(made.rng.integers(len(treated)))])
    for number in range(measurements):
        made.measurement(number, treated[number % len(treated)])
    return StudyRows(
        study="A made-up study",
        as_of=AS_OF,
        patients=tuple(made.patients),
        inclusions=tuple(made.inclusions),
        lesions=tuple(made.lesions),
        administrations=tuple(made.administrations),
        visits=tuple(made.visits),
        departures=tuple(made.departures),
        events=tuple(made.events),
        measurements=tuple(made.measurements),
        assessments=tuple(made.assessments),
    )


class _Maker:
    def __init__(self, rng: np.random.Generator, *, visits: int, lesions: int) -> None:
        self.rng, self.later, self.per_patient = rng, visits, lesions
        self.starts: dict[str, date] = {}
        self.patients: list[PatientRow] = []
        self.inclusions: list[InclusionRow] = []
        self.lesions: list[LesionPlace] = []
        self.administrations: list[AdministrationRow] = []
        self.visits: list[VisitRow] = []
        self.departures: list[DepartureRow] = []
        self.events: list[EventRow] = []
        self.measurements: list[MeasurementRow] = []
        self.assessments: list[AssessmentRow] = []

    def chance(self, share: float) -> bool:
        return bool(self.rng.random() < share)

    def one_of(self, words: tuple[str, ...]) -> str:
        return words[int(self.rng.integers(len(words)))]

    def patient(self, number: int) -> None:
        name = f"P{number:04d}"
        self.patients.append(
            PatientRow(patient=name, site="S1", sex=self.one_of(("F", "M", "M", "")))
        )
        for again in range(2 if self.chance(0.05) else 1):
            self.inclusion(f"I{number:04d}{'ab'[again]}", name, again)

    def inclusion(self, name: str, patient: str, again: int) -> None:
        on = START + timedelta(days=int(self.rng.integers(0, 500)) + 300 * again)
        eligible = self.chance(0.85)
        self.inclusions.append(
            InclusionRow(
                inclusion=name,
                patient=patient,
                included_on=on,
                screened_on=on,
                eligible=eligible,
                failure_reason="" if eligible else "no appropriate lesion",
                age_years=None if self.chance(0.05) else int(self.rng.integers(19, 86)),
                ecog=None if self.chance(0.05) else int(self.rng.integers(0, 4)),
                prior_lines=None if self.chance(0.1) else int(self.rng.integers(0, 12)),
                primary_tumour=self.one_of(TUMOURS),
                treated_site=self.one_of(SITES),
                generated=self.chance(0.1),
            )
        )
        if eligible:
            self.treat(name, patient, on + timedelta(days=int(self.rng.integers(1, 10))))

    def treat(self, name: str, patient: str, start: date) -> None:
        self.starts[name] = start
        own = [f"{name}-L{i}" for i in range(self.per_patient)]
        injected = [lesion for i, lesion in enumerate(own) if i == 0 or self.chance(0.3)]
        organs = ["liver" if i < 2 else "lung" for i in range(self.per_patient)]
        self.lesions += [
            LesionPlace(lesion=lesion, patient=patient, organ=organ)
            for lesion, organ in zip(own, organs, strict=True)
        ]
        day = start
        for course in range(1 + int(self.chance(0.2))):
            self.administrations.append(
                AdministrationRow(
                    administration=f"{name}-A{course}",
                    inclusion=name,
                    given_at=datetime.combine(day, time(9, 30), tzinfo=UTC),
                    given_on=day,
                    activity_mbq=round(float(self.rng.uniform(1110, 12469)), 1),
                    lesions=tuple(injected) if self.chance(0.9) else (),
                )
            )
            day += timedelta(days=60)
        self.follow(name, start, own, organs, injected)

    def follow(
        self, name: str, start: date, own: list[str], organs: list[str], injected: list[str]
    ) -> None:
        sizes = [Decimal(int(self.rng.integers(120, 800))) / 10 for _ in own]
        trend = float(self.rng.normal(-0.12, 0.18))
        stays = int(self.rng.integers(1, self.later + 2))
        day = start
        for visit in range(stays):
            day = start - timedelta(days=3) if visit == 0 else start + timedelta(days=42 * visit)
            label = f"{name}-V{visit}"
            self.visits.append(
                VisitRow(visit=label, inclusion=name, name=f"visit {visit}", visited_on=day)
            )
            for i, lesion in enumerate(own):
                unseen = visit > 0 and self.chance(0.04)
                if visit:
                    factor = max(0.0, 1 + trend + float(self.rng.normal(0, 0.06)))
                    sizes[i] = Decimal(round(float(sizes[i]) * factor * 10)) / 10
                gone = not unseen and sizes[i] < 3
                status = "not-evaluable" if unseen else "absent" if gone else "present"
                self.assess(name, lesion, label, day, "target", organs[i], status,
                            None if unseen or gone else sizes[i], lesion in injected)  # fmt: skip
            if visit > 1 and self.chance(0.08):
                self.assess(name, f"{name}-N", label, day, "new", "bone", "present", None, False)
        kind = self.one_of(("", "", "", "died", "lost", "withdrawn", "completed"))
        if kind:
            gone_on = max(day, start) + timedelta(days=int(self.rng.integers(1, 200)))
            self.departures.append(
                DepartureRow(departure=f"{name}-D", inclusion=name, kind=kind, left_on=gone_on)
            )

    def assess(
        self, name: str, lesion: str, visit: str, day: date, role: str, organ: str, status: str,
        size: Decimal | None, injected: bool,
    ) -> None:  # fmt: skip
        self.assessments.append(
            AssessmentRow(
                assessment=f"{visit}-{lesion[len(name) + 1 :]}",
                inclusion=name,
                lesion=lesion,
                visit=visit[len(name) + 1 :],
                assessed_on=day,
                role=role,
                status=status,
                organ=organ,
                diameter_mm=size,
                injected=injected,
            )
        )

    def event(self, number: int, name: str) -> None:
        term, organ_class = TERMS[min(int(self.rng.exponential(3.5)), len(TERMS) - 1)]
        grade = 1 + int(self.rng.choice(5, p=[0.5, 0.3, 0.13, 0.05, 0.02]))
        self.events.append(
            EventRow(
                event=f"E{number:05d}",
                inclusion=name,
                term=term if self.chance(0.9) else f" {term.upper()} ",
                organ_class=organ_class,
                grade=grade,
                began_on=self.starts[name] + timedelta(days=int(self.rng.exponential(30)) - 2),
                related_agent=self.one_of(LEVELS),
                related_procedure=self.one_of(LEVELS),
                generated=self.chance(0.1),
            )
        )

    def measurement(self, number: int, name: str) -> None:
        self.measurements.append(
            MeasurementRow(
                measurement=f"M{number:06d}",
                inclusion=name,
                visit="",
                measured_on=self.starts[name] + timedelta(days=int(self.rng.integers(0, 40))),
                test="neutrophils",
                value=Decimal(int(self.rng.integers(5, 90))) / 10,
                unit="10^9/L",
            )
        )
