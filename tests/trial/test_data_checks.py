"""The data checks: a clean study has none, each planted fault flips exactly its check."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.trial import (
    DATA_CHECKS,
    DataFinding,
    InclusionRow,
    PatientRow,
    StudyRows,
    check_rows,
    read_publication,
)
from tests.trial import made_flow as m
from tests.trial import made_study_rows as made


def found_in(rows: StudyRows, scans: object = made.SCANS) -> list[DataFinding]:
    return list(check_rows(rows, made.PROTOCOL, now=made.NOW, scans=scans))  # type: ignore[arg-type]


def test_a_clean_study_has_no_finding() -> None:
    assert found_in(made.clean()) == []


@pytest.mark.parametrize("plant", made.PLANTS, ids=": ".join)
def test_a_planted_fault_flips_its_check_and_no_other(plant: tuple[str, str]) -> None:
    found = found_in(made.PLANTS[plant](made.clean()))
    assert [one.check for one in found] == [plant[0]], found
    assert all(one.words and one.records for one in found)


def test_a_scan_before_its_injection() -> None:
    early = replace(made.SCANS[1], at=datetime(2024, 3, 5, 10, tzinfo=UTC))  # at its very end
    found = found_in(made.clean(), (made.SCANS[0], early))
    assert [(one.check, one.records) for one in found] == [
        ("scan-before-injection", (("scan", "N2"), ("administration", "A2")))
    ]


def test_every_check_is_planted() -> None:
    assert {name for name, _ in made.PLANTS} | {"scan-before-injection"} == set(DATA_CHECKS)


APART = [plant for plant in made.PLANTS if plant not in {("flow", "left before treated")}]


@settings(max_examples=40, deadline=None)
@for_any(st.sets(st.sampled_from(APART), max_size=6))
def test_faults_together_are_found_together(plants: set[tuple[str, str]]) -> None:
    rows = made.clean()
    # rows are addressed by their place, and copied as they are: those that do either come last
    for plant in sorted(plants, key=lambda one: (one[0] == "identical-rows", one[1] == "missing")):
        rows = made.PLANTS[plant](rows)
    assert {one.check for one in found_in(rows)} == {name for name, _ in plants}


def test_table_1_of_the_paper() -> None:
    """Jin et al. 2025: rows 7 and 20, 22 and 23 agree in every field; row 19 has ECOG 3."""
    table = read_publication("imdendrim").tables["patients"]
    sexes = {"female": "F", "male": "M"}
    rows = m.rows(
        [
            InclusionRow(
                inclusion=row["patient"], patient=f"P{row['patient']}", included_on=m.DAY,
                eligible=True, age_years=int(row["age_years"]), ecog=int(row["ecog"]),
                primary_tumour=row["primary_tumour"], treated_site=row["treated_site"],
            )
            for row in table
        ]
    )  # fmt: skip
    patients = tuple(
        PatientRow(patient=f"P{row['patient']}", site="S", sex=sexes[row["sex"].lower()])
        for row in table
    )
    found = check_rows(replace(rows, patients=patients), made.PROTOCOL, now=made.NOW)
    pairs = [one.records for one in found if one.check == "identical-rows"]
    assert [tuple(name for _, name in pair) for pair in pairs] == [("7", "20"), ("22", "23")]
    over = [one for one in found if one.check == "criterion-limit"]
    assert [one.records for one in over] == [(("inclusion", "19"),)]
    assert "ecog 3" in over[0].words
    # the answers are not published
    assert {one.check for one in found} == {"identical-rows", "criterion-limit", "eligibility"}
    waived = [
        replace(row, waivers={"ECOG": "no other treatment"}) if row.inclusion == "19" else row
        for row in rows.inclusions
    ]
    after = check_rows(replace(rows, inclusions=tuple(waived)), made.PROTOCOL, now=made.NOW)
    assert not [one for one in after if one.check == "criterion-limit"]


def test_a_finding_needs_a_check_and_a_record() -> None:
    for check, records in (("no-such", (("patient", "P1"),)), ("unit", ())):
        with pytest.raises(TrialError, match="needs a check that exists"):
            DataFinding(check=check, words="x", records=records)
