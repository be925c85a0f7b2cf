"""From a study's rows to lesions and subjects: every case of the rules, exact at the borders."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from hevesy.evidence import account_lesions, lesion_table, subject_table
from hevesy.trial import (
    AdministrationRow,
    AssessmentRow,
    DoseRow,
    EventRow,
    InclusionRow,
    MeasurementRow,
    StudyRows,
)

DAY0 = date(2026, 1, 10)


def look(day: int, mm: str | None, lesion: str = "T1", inclusion: str = "i1", **more: object):
    return AssessmentRow(
        assessment=f"{inclusion}{lesion}{day}", inclusion=inclusion, lesion=lesion, visit=str(day),
        assessed_on=DAY0 + timedelta(days=day), role="target",
        status=str(more.pop("status", "present")), organ="liver",
        diameter_mm=None if mm is None else Decimal(mm), **more,
    )  # fmt: skip


def given(name: str, day: int, lesions: tuple[str, ...] = ("T1",), inclusion: str = "i1"):
    on = DAY0 + timedelta(days=day)
    return AdministrationRow(
        administration=name, inclusion=inclusion, given_on=on, activity_mbq=500.0, lesions=lesions,
        given_at=datetime(on.year, on.month, on.day, 12, tzinfo=UTC),
    )  # fmt: skip


def dose(name: str, lesion: str, gy: float, region: str = "") -> DoseRow:
    return DoseRow(dose=f"{name}{lesion}{region}", administration=name, lesion=lesion,
                   region=region or lesion, method="kernel", mean_dose_gy=gy,
                   mean_dose_uncertainty_gy=gy / 10, metrics={"d70_gy": gy / 2})  # fmt: skip


def study(**parts: object) -> StudyRows:
    inclusions = tuple(
        InclusionRow(inclusion=i, patient=p, included_on=DAY0, eligible=True)
        for i, p in (("i1", "p1"), ("i2", "p1"), ("i3", "p2"))
    )
    return StudyRows(study="x", as_of=date(2027, 1, 1), inclusions=inclusions, **parts)


def course(*looks: AssessmentRow):
    rows = study(administrations=(given("a1", 0),), doses=(dose("a1", "T1", 80.0),),
                 assessments=looks)  # fmt: skip
    (found,) = lesion_table(rows).rows
    return found


@pytest.mark.parametrize(
    ("sizes", "category", "progressed", "followed"),
    [
        (("50", "35"), "PR", False, 40),
        (("50", "35.01"), "SD", False, 40),
        (("49", "58.8"), "PD", True, 40),
        (("49", "58.79"), "SD", False, 40),
        (("20", "24.9"), "SD", False, 40),  # 24.5 %, but less than 5 mm
        (("50", "30", "36"), "PR", True, 80),  # +20 % and +6 mm over the least
        (("50", "60", "20"), "PD", True, 40),  # a response after progression does not count
    ],
)
def test_categories_of_a_lesion(
    sizes: tuple[str, ...], category: str, progressed: bool, followed: int
) -> None:
    looks = [look(-5, sizes[0])] + [look(40 * i, mm) for i, mm in enumerate(sizes[1:], start=1)]
    found = course(*looks)
    assert (found.category, found.progressed, found.followed_d) == (category, progressed, followed)
    assert found.responded is (category in {"CR", "PR"})
    assert (found.dose_gy, found.dose_uncertainty_gy, found.metrics["d70_gy"]) == (80, 8, 40)


def test_gone_back_small_nodes_and_not_evaluable() -> None:
    gone = course(look(0, "30"), look(40, None, status="absent"), look(80, "7"))
    assert (gone.category, gone.progressed, gone.best_change_percent) == ("CR", True, -100)
    small = course(look(0, "30"), look(40, None, too_small=True))
    assert small.category == "PR"
    assert small.best_change_percent == pytest.approx(-100 * 25 / 30)
    node = course(look(0, "20", node=True), look(40, "9.9", node=True))
    assert node.category == "CR"
    worse = course(look(0, None), look(40, "20"))
    assert worse.responded is None  # no measured baseline
    skipped = course(look(0, "30"), look(40, None, status="not-evaluable"), look(80, "20"))
    assert (skipped.category, skipped.followed_d) == ("PR", 80)
    said = course(look(0, "30"), look(40, None, status="unequivocal-progression"))
    assert (said.category, said.progressed) == ("PD", True)


def test_density() -> None:
    found = course(look(0, "30", density_hu=Decimal(80)), look(40, "30", density_hu=Decimal(60)))
    assert found.density_change_percent == -25
    assert (
        course(look(0, "30"), look(40, "30", density_hu=Decimal(60))).density_change_percent is None
    )


def test_two_administrations_divide_the_follow_up() -> None:
    """A person included twice is one subject; the second course starts from its own baseline."""
    rows = study(
        administrations=(given("a1", 0), given("a2", 100, inclusion="i2")),
        doses=(dose("a1", "T1", 80.0), dose("a2", "T1", 120.0)),
        assessments=(
            look(-1, "50"), look(50, "30"), look(99, "30", inclusion="i2"),
            look(150, "20", inclusion="i2"),
        ),
    )  # fmt: skip
    first, second = lesion_table(rows).rows
    assert first.subject == second.subject == "p1"
    assert (first.administration, first.best_change_percent) == ("a1", -40)
    assert second.best_change_percent == pytest.approx(-100 / 3)
    assert second.followed_d == 50


def test_nothing_is_dropped() -> None:
    rows = study(
        administrations=(given("a1", 0, ("T1", "T2", "T3", "T4")),),
        doses=(
            dose("a1", "T1", 80.0), dose("a1", "T3", 70.0), dose("a1", "T4", 60.0),
            dose("a1", "T4", 65.0, "rim"), dose("lost", "T9", 10.0), dose("a1", "", 1.0, "liver"),
        ),
        assessments=(
            look(0, "30"), look(40, "20"), look(0, "30", "T2"), look(40, "30", "T2"),
            look(40, "30", "T3"), look(0, "30", "T4"), look(40, "30", "T4"),
        ),
    )  # fmt: skip
    table = lesion_table(rows)
    account = account_lesions(table.rows)
    assert account.counts == {"complete": 1, "dose_without_outcome": 1,
                              "outcome_without_dose": 2, "neither": 0}  # fmt: skip
    assert len(table.notes) == 3
    assert account_lesions(table.rows, metric="d70_gy").complete[0][1] == 40


def test_subjects() -> None:
    def measured(day: int, value: str, unit: str = "10^9/L", test: str = "platelets"):
        return MeasurementRow(
            measurement=f"{test}{day}", inclusion="i1", visit=str(day), test=test, unit=unit,
            measured_on=DAY0 + timedelta(days=day), value=Decimal(value),
        )  # fmt: skip

    def event(day: int, grade: int, related: str = ""):
        return EventRow(event=str(day), inclusion="i1", term="Fever", organ_class="General",
                        grade=grade, began_on=DAY0 + timedelta(days=day),
                        related_agent=related)  # fmt: skip

    rows = study(
        administrations=(given("a1", 0), given("a2", 30)),
        doses=(dose("a1", "", 2.0, "liver"), dose("a2", "", 3.0, "liver"),
               dose("a2", "", 0.5, "lung"), dose("a1", "T1", 90.0)),
        events=(event(-3, 4), event(0, 2, "unlikely"), event(5, 1, "definite")),
        measurements=(measured(-10, "300"), measured(0, "250"), measured(7, "180"),
                      measured(20, "260"), measured(0, "4", test="leukocytes"),
                      measured(0, "1", test="bilirubin", unit="mg/dL"),
                      measured(9, "20", test="bilirubin", unit="umol/L")),
    )  # fmt: skip
    (found,) = subject_table(rows)
    assert (found.subject, found.activity_mbq, found.procedures) == ("p1", 1000.0, 2)
    assert dict(found.organ_doses_gy) == {"liver": 5.0, "lung": 0.5}
    assert dict(found.organ_courses) == {"liver": 2, "lung": 1}
    assert (found.worst_grade, found.worst_related_grade, found.events) == (2, 1, 2)
    assert (found.shifts["platelets"].fall, found.shifts["platelets"].rise) == (70, 10)
    assert found.missing == ("bilirubin", "leukocytes")
