"""Complications of organs: Lyman's curve against a known truth, and what is not fitted."""

from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np
import pytest

from hevesy.evidence import (
    SubjectExposure,
    ThresholdRule,
    fit_complications,
    lkb_ntcp,
    subject_table,
)
from hevesy.trial import AdministrationRow, DoseRow, EventRow, InclusionRow, StudyRows

RULE = ThresholdRule(name="x", resamples=200)
LIVER = "Hepatobiliary disorders"


def subject(number: int, dose_gy: float, grade: int, unsure_gy: float | None) -> SubjectExposure:
    return SubjectExposure(
        inclusion=f"P{number}-1", subject=f"P{number}", activity_mbq=900.0, procedures=1,
        organ_doses_gy={"Liver": dose_gy, "nowhere": 1.0}, organ_courses={"Liver": 1, "nowhere": 1},
        organ_uncertainties_gy={} if unsure_gy is None else {"Liver": unsure_gy},
        class_grades={"hepatobiliary disorders ": grade, "Eye disorders": 4},
    )  # fmt: skip


def test_a_known_curve_is_found_through_uncertain_doses() -> None:
    """2,000 inclusions, doses uncertain by 40 %: TD50 40 Gy, m 0.4.

    The standard errors are 2.5 % and 7 % here (from the resamples); three are allowed.
    """
    generator = np.random.default_rng(2)
    true = 40 * np.exp(0.6 * generator.normal(size=2000))
    seen = true * np.exp(np.sqrt(np.log1p(0.16)) * generator.normal(size=2000))
    hit = generator.random(2000) < lkb_ntcp(true, td50_gy=40.0, m_factor=0.4)
    rows = [subject(i, float(seen[i]), 2 * int(hit[i]), 0.4 * float(seen[i])) for i in range(2000)]
    two, three = fit_complications(rows, rule=RULE)
    assert (two.organ, two.organ_class, two.grade, three.grade) == ("Liver", LIVER, 2, 3)
    assert two.curve is not None
    assert two.curve.kind == "lkb"
    assert two.curve.half_gy == pytest.approx(40.0, rel=0.075)
    assert two.curve.shape_factor == pytest.approx(0.4, rel=0.21)
    assert two.curve.exact_half[1] > 0.6  # flatter
    assert two.note == ""
    assert f"{int(hit.sum())} of 2000 inclusions; TD50 " in two.as_text()
    assert three.not_fitted == "too few: 0 with and 2000 without in 2000 patients"
    assert three.curve is None


def test_what_is_not_counted_or_fitted_is_said() -> None:
    rows = [subject(i, 4.0 + i, 3 * (i > 8), None) for i in range(14)]
    rows.append(replace(rows[0], inclusion="P99-1", subject="P99", procedures=2))
    rows.append(
        replace(rows[0], inclusion="P98-1", subject="P98", organ_doses_gy={}, organ_courses={})
    )
    found = fit_complications(rows, rule=RULE)
    assert {one.status for one in found} == {"exploratory"}
    for one in found:
        assert len(one.points) == 14
        assert dict(one.uncounted) == {
            "P99-1": "dose of 1 of 2 administrations", "P98-1": "dose of 0 of 1 administrations",
        }  # fmt: skip
        assert one.curve is not None
        assert one.note == "doses without an uncertainty are taken as exact"
    few = fit_complications(rows[:9], rule=RULE)[0]
    assert few.not_fitted == "too few: 0 with and 9 without in 9 patients"
    assert few.as_text().startswith("Liver, Hepatobiliary disorders of grade 2 or more: 0 of 9")


def test_grades_of_a_class_are_the_worst_after_the_first_administration() -> None:
    day = date(2026, 3, 2)

    def event(name: str, grade: int, on: date, organ_class: str = LIVER) -> EventRow:
        return EventRow(event=name, inclusion="P1-1", term="x", organ_class=organ_class,
                        grade=grade, began_on=on)  # fmt: skip

    rows = StudyRows(
        study="A study", as_of=date(2026, 9, 1),
        inclusions=(InclusionRow(inclusion="P1-1", patient="P1", included_on=day, eligible=True),),
        administrations=(
            AdministrationRow(administration="A1", inclusion="P1-1", given_on=day,
                              given_at=datetime(2026, 3, 2, 9, tzinfo=UTC), activity_mbq=900.0),
        ),
        doses=(DoseRow(dose="D1", administration="A1", region="liver", method="m",
                       mean_dose_gy=4.0),),
        events=(event("E1", 4, date(2026, 3, 1)), event("E2", 1, day),
                event("E3", 3, date(2026, 4, 1)), event("E4", 2, day, "Eye disorders")),
    )  # fmt: skip
    assert dict(subject_table(rows)[0].class_grades) == {LIVER: 3, "Eye disorders": 2}
