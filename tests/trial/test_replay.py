"""The paper held to its own tables: found by computing, and flipped by changed tables only."""

import csv
from dataclasses import replace
from pathlib import Path
from statistics import median

import pytest

from hevesy.errors import TrialError
from hevesy.trial import Publication, PublishedStatement, read_publication, replay

PAPER = read_publication("imdendrim")
AGREES, DIFFERS, LACKS = "agrees", "differs", "can't be recomputed"


def verdicts(publication: Publication) -> dict[str, str]:
    return {found.statement.name: found.verdict for found in replay(publication)}


def changed(table: str, row: int, **cells: str) -> Publication:
    """The publication with cells of one row changed (rows from 1)."""
    rows = [dict(one) for one in PAPER.tables[table]]
    for column, cell in cells.items():
        assert column in rows[row - 1]
        assert rows[row - 1][column] != cell
        rows[row - 1][column] = cell
    return replace(PAPER, tables={**PAPER.tables, table: tuple(rows)})


def flipped(publication: Publication) -> dict[str, str]:
    before, after = verdicts(PAPER), verdicts(publication)
    return {name: after[name] for name in before if before[name] != after[name]}


def test_what_does_not_agree_is_found() -> None:
    """The facts that the paper's own tables contradict, worked out by hand from its Table 1."""
    found = {one.statement.name: one for one in replay(PAPER)}
    expected = {
        "age-median": "59.5", "male-percent": "72.2", "ecog-most": "3", "ecog-eligible": "1",
        "site-eligible": "6", "flow-mitt": "36", "flow-safety": "42", "sites": "3", "ethics": "3",
        "high-activity-events": "0", "reduction": "2", "half-life-re188": "17.00",
        "beta-mean": "Y-90", "beta-most": "Y-90", "male-percent-persons": "76.5",
        "half-life-i131": "8.021", "gamma-percent": "15.6",
    }  # fmt: skip
    assert {n: one.recomputed for n, one in found.items() if one.verdict == DIFFERS} == expected
    lacking = {n for n, one in found.items() if one.verdict == LACKS}
    assert {"third-line", "activity-least", "activity-most", "follow-up", "any-event",
            "related-agent", "partial-remissions", "grade-4", "haematology"} <= lacking  # fmt: skip
    assert "7 = 20; 22 = 23" in found["included-twice"].why
    assert "patient 19" in found["ecog-3"].why
    assert all(found[name].why.startswith("because ") for name in lacking)
    assert len(found) >= 40


def test_no_verdict_stands_in_the_data() -> None:
    folder = Path(str(__import__("hevesy").__file__)).parent / "trial" / "data"
    text = (folder / "imdendrim_statements.toml").read_text(encoding="utf-8")
    for word in (AGREES, DIFFERS, "recomputed =", "verdict ="):
        assert word not in text


# what each change must flip, by hand; everything else must stay
CHANGES = [
    ("patients", 19, {"ecog": "2"},
     {"ecog-most": AGREES, "ecog-3": DIFFERS, "ecog-eligible": AGREES}),
    ("patients", 1, {"age_years": "59"}, {"age-median": AGREES}),  # the middle two: 59, 59
    ("patients", 20, {"age_years": "51"},  # 26 of 35 persons: 74.3
     {"included-twice": DIFFERS, "male-percent-persons": AGREES}),
    ("patients", 13, {"age_years": "17"}, {"age-least": DIFFERS, "age-eligible": DIFFERS}),
    ("patients", 3, {"age_years": "79"}, {"age-most": DIFFERS}),
    ("patients", 5, {"treated_site": "liver"}, {"site-percent": DIFFERS}),  # 31 of 36: 86.1
    ("patients", 28, {"primary_tumour": "Colon cancer"}, {"included-breast": DIFFERS}),
    ("patients", 8, {"primary_tumour": "Rectal cancer"}, {"included-bone": DIFFERS}),
    ("patients", 1, {"sex": "male"}, {}),  # 27 of 36 is 75.0: it still differs
    ("events", 1, {"all_grades_n": "18"},
     {"fatigue-percent": DIFFERS, "text-fatigue-n": DIFFERS,
      "text-fatigue-percent": DIFFERS}),
    ("events", 4, {"all_grades_n": "12"},  # more than nausea's 11
     {"dizziness-percent": DIFFERS, "most-common": DIFFERS}),
    ("events", 1, {"grade_1_2_n": "18"},
     {"fatigue-grades": DIFFERS, "fatigue-percent-1-2": DIFFERS}),
    ("events", 7, {"grade_3_or_more_n": "0"},
     {"pneumothorax-grades": DIFFERS, "pneumothorax-percent-3": DIFFERS, "grade-3-n": DIFFERS,
      "grade-3-percent": DIFFERS, "grade-3-abstract": DIFFERS}),
    ("facts", 1, {"value": "52"}, {"flow-treated": DIFFERS}),
    ("facts", 5, {"value": "2"}, {"flow-failures": DIFFERS}),
    ("facts", 13, {"value": "3"}, {"reduction": AGREES}),
]  # fmt: skip


@pytest.mark.parametrize(("table", "row", "cells", "expected"), CHANGES)
def test_a_changed_table_flips_exactly_what_it_should(
    table: str, row: int, cells: dict[str, str], expected: dict[str, str]
) -> None:
    assert flipped(changed(table, row, **cells)) == expected


def test_every_single_age_against_a_plain_reading() -> None:
    """Each patient's age set to each of a few: median, least, most, eligibility, repeats."""
    table = PAPER.tables["patients"]
    ages = [int(row["age_years"]) for row in table]
    rest = [tuple(row[c].lower() for c in ("sex", "primary_tumour", "treated_site", "ecog"))
            for row in table]  # fmt: skip
    for i, age in enumerate(ages, start=1):
        for new in (17, 26, 58, 59, 61, 78, 90):
            if new == age:
                continue
            now = [*ages[: i - 1], new, *ages[i:]]
            expected = {
                "age-median": AGREES if int(median(now) + 0.5) == 59 else DIFFERS,
                "age-least": AGREES if min(now) == 26 else DIFFERS,
                "age-most": AGREES if max(now) == 78 else DIFFERS,
                "age-eligible": AGREES if min(now) >= 18 else DIFFERS,
                "included-twice": AGREES
                if len(set(zip(now, rest, strict=True))) == 36 - 2
                else DIFFERS,
            }
            found = {
                one.statement.name: one.verdict
                for one in replay(
                    replace(
                        changed("patients", i, age_years=str(new)),
                        statements=tuple(s for s in PAPER.statements if s.name in expected),
                    )
                )
            }
            assert found == expected, (i, new)


def test_what_is_given_later_is_recomputed() -> None:
    """A column that the paper lacks, once there, is used: no 'can't' is written in."""
    rows = tuple({**row, "activity_mci": str(30 + i)} for i, row in
                 enumerate(PAPER.tables["patients"]))  # fmt: skip
    more = replace(PAPER, tables={**PAPER.tables, "patients": rows})
    assert flipped(more) == {"activity-least": AGREES, "activity-most": DIFFERS,
                             "included-twice": DIFFERS}  # fmt: skip
    spoilt = changed("patients", 2, age_years="unknown")
    assert set(flipped(spoilt)) == {"age-median", "age-least", "age-most", "age-eligible"}
    assert set(flipped(spoilt).values()) == {LACKS}


def test_a_tie_at_the_border_of_a_rank_is_seen() -> None:
    found = {one.statement.name: one for one in replay(changed("events", 4, all_grades_n="11"))}
    assert found["most-common"].verdict == DIFFERS
    assert "11, 11" in found["most-common"].why


def test_unknown_rules_and_names_are_refused() -> None:
    statement = PublishedStatement(
        name="x", where="", what="", published="1", compare="equal", rule="guess", arguments={}
    )
    with pytest.raises(TrialError, match="rule is unknown"):
        replay(replace(PAPER, statements=(statement,)))
    with pytest.raises(TrialError, match="one name"):
        replace(PAPER, statements=(statement, statement))


def test_the_packaged_tables_are_the_papers(request: pytest.FixtureRequest) -> None:
    """Against the paper's own CSV where it lies beside the checkout."""
    paper = Path(__file__).resolve().parents[3] / "shared" / "paper"
    if not paper.is_dir():
        pytest.skip("the paper's tables are not beside the checkout (../shared/paper)")
    for name, file in (
        ("patients", "table1_patients.csv"),
        ("events", "table2_adverse_events.csv"),
    ):
        rows = list(csv.DictReader((paper / file).read_text(encoding="utf-8").splitlines()))
        assert [dict(row) for row in PAPER.tables[name]] == rows
