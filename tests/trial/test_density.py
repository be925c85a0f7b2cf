"""Density and blood supply by visit, against a course that is worked out here by hand."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hevesy.trial import AssessmentRow, StudyRows
from hevesy.trial.tables import (
    CountCell,
    StudyTable,
    TableOptions,
    prepare_analysis,
    tabulate_density,
    tabulate_study,
)
from hevesy.trial.tables.sample import sample_rows

DAYS = {"before": date(2026, 1, 5), "week 6": date(2026, 2, 20), "week 12": date(2026, 4, 1)}
# inclusion, visit, lesion: mm, HU, blood supply, injected
COURSE = [
    ("I1", "before", "a", "50", "80", "rich", True),
    ("I1", "before", "b", "20", "15", "", False),  # below 20 HU: no share of it
    ("I2", "before", "c", "40", "60", "moderate", True),
    ("I1", "week 6", "a", "48", "68", "reduced", True),  # -15.0 % HU, on the border: PR
    ("I1", "week 6", "b", "20", "10", "", False),  # share not known, size the same: NE
    ("I2", "week 6", "c", "44", "60", "poor", True),  # +10 % in size, density the same: PD
    ("I1", "week 12", "a", None, None, "absent", True),  # gone: CR
    ("I1", "week 12", "b", "18", None, "", False),  # -10 % in size: PR
    ("I2", "week 12", "c", "41", "59", "poor", True),  # +2.5 %, -1.7 %: SD
]


def rows() -> StudyRows:
    made = tuple(
        AssessmentRow(
            assessment=f"{inclusion}-{lesion}-{visit}", inclusion=inclusion, lesion=lesion,
            visit=visit, assessed_on=DAYS[visit], role="target", organ="liver",
            status="present" if size else "absent",
            diameter_mm=Decimal(size) if size else None, injected=injected,
            density_hu=Decimal(density) if density else None, blood_supply=supply,
        )
        for inclusion, visit, lesion, size, density, supply, injected in COURSE
    )  # fmt: skip
    return replace(sample_rows(), assessments=made)


def table(found: StudyRows) -> StudyTable:
    return tabulate_density(prepare_analysis(found, options=TableOptions()))


def counts(found: StudyTable, group: str, column: int = 0) -> dict[str, int]:
    return {
        row.heading: row.cells[column].n
        for row in found.rows
        if row.group == group and isinstance(row.cells[column], CountCell) and row.cells[column].n
    }


def test_each_visit_by_hand() -> None:
    found = table(rows())
    assert found.columns == ("all (N = 3)", "injected (N = 2)", "not injected (N = 1)")
    choi = "{}: Choi, each lesion by itself"
    assert counts(found, choi.format("week 6")) == {"PR": 1, "PD": 1, "NE": 1}
    assert counts(found, choi.format("week 6"), 1) == {"PR": 1, "PD": 1}
    assert counts(found, choi.format("week 12")) == {"CR": 1, "PR": 1, "SD": 1}
    assert counts(found, "Baseline: blood supply") == {"rich": 1, "moderate": 1, "not recorded": 1}
    assert counts(found, "week 12: blood supply") == {"poor": 1, "absent": 1, "not recorded": 1}
    median = {r.group: r.cells[0].text for r in found.rows if r.heading.startswith("median")}
    assert median == {
        "Baseline: density, HU": "60.0",
        "week 6: change of density, HU": "-5.0",  # of -12, -5, 0
        "week 6: change of density, %": "-7.5",  # the mean of -15 and 0
        "week 12: change of density, HU": "-1.0",
        "week 12: change of density, %": "-1.7",  # 100 / 60
    }
    assert counts(found, "week 12: change of density, HU") == {"not recorded": 2}
    groups = list(dict.fromkeys(row.group.partition(":")[0] for row in found.rows))
    assert groups == ["Baseline", "week 6", "week 12"]


def test_levels_fill_the_denominator_and_name_their_rows() -> None:
    found = table(rows())
    for group in {row.group for row in found.rows if "blood" in row.group or "Choi" in row.group}:
        own = [row.cells[0] for row in found.rows if row.group == group]
        assert sum(cell.n for cell in own) == own[0].denominator == 3
    [cell] = [r.cells[0] for r in found.rows if r.heading == "CR" and r.cells[0].n]
    assert cell.members[0].unit == ("lesion", "a")
    assert cell.members[0].rows == (
        ("lesion_assessment", "I1-a-week 12"), ("lesion_assessment", "I1-a-before"),
    )  # fmt: skip


def test_it_is_there_only_where_something_is_recorded() -> None:
    names = [t.name for t in tabulate_study(prepare_analysis(rows(), options=TableOptions()))]
    assert names[names.index("lesions") + 1] == "density"
    bare = prepare_analysis(sample_rows(), options=TableOptions())
    assert "density" not in [t.name for t in tabulate_study(bare)]


def test_generated_rows_are_marked() -> None:
    made = rows()
    one = replace(made.assessments[0], generated=True)  # the baseline of lesion a
    found = table(replace(made, assessments=(one, *made.assessments[1:])))
    [cell] = [r.cells[0] for r in found.rows if r.heading == "CR" and r.cells[0].n]
    assert cell.generated == 1
