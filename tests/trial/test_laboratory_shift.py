"""Shift tables: grades before and after, everybody in each, the missing counted."""

from collections import Counter
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given as for_any
from hypothesis import settings
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.trial import (
    SHIFT_GRADES,
    MeasurementRow,
    ShiftTable,
    StudyRows,
    judge_haematology,
    shift_tables,
)
from hevesy.trial.laboratory_shift import terms_of_test
from tests.trial import made_flow as m
from tests.trial.made_study_rows import GIVEN, PROTOCOL, WEEK_6, value

BLOOD = ("haemoglobin", "lymphocytes", "neutrophils", "platelets", "leukocytes")


def study(treated: int, *values: MeasurementRow) -> StudyRows:
    numbers = range(1, treated + 1)
    return m.rows(
        [m.inclusion(n) for n in numbers],
        administrations=tuple(m.given(n) for n in numbers), measurements=values,
    )  # fmt: skip


def one(rows: StudyRows) -> dict[tuple[str, str], tuple[str, ...]]:
    (table,) = shift_tables(rows, PROTOCOL)
    assert table.subjects == len(rows.treated)
    return dict(table.cells)


def test_neutrophils() -> None:
    """CTCAE v5.0: below LLN, 1.5, 1.0, 0.5; the day of the injection is still before it."""
    rows = study(
        4,
        value(1, m.DAY, "1.9"), value(1, GIVEN, "2.0"), value(1, WEEK_6, "1.49"),
        value(1, WEEK_6 + timedelta(days=1), "1.5"),
        value(2, GIVEN + timedelta(days=1), "0.4"),
        value(3, m.DAY, "3.0"),
    )  # fmt: skip
    assert one(rows) == {
        ("0", "2"): ("I1",), ("missing", "4"): ("I2",), ("0", "missing"): ("I3",),
        ("missing", "missing"): ("I4",),
    }  # fmt: skip
    (table,) = shift_tables(rows, PROTOCOL)
    assert (table.worsened, table.unknown) == (("I1", "I2"), ("I3", "I4"))
    assert [sum(table.row(before)) for before in SHIFT_GRADES] == [2, 0, 0, 0, 0, 0, 2]


def alt(n: int, day: Any, amount: str, **more: Any) -> MeasurementRow:
    limits = {"lower_normal": None, "upper_normal": Decimal(40), "unit": "U/L", "test": "ALT"}
    return value(n, day, amount, **{**limits, **more})


def test_enzymes_are_graded_by_an_abnormal_baseline() -> None:
    """ALT 100 of 40 is grade 1 (up to 3 ULN); 150 is 1.5 x baseline, not 3.75 ULN: grade 1."""
    assert one(study(1, alt(1, m.DAY, "100"), alt(1, WEEK_6, "150"))) == {("1", "1"): ("I1",)}
    assert one(study(1, alt(1, m.DAY, "30"), alt(1, WEEK_6, "150"))) == {("0", "2"): ("I1",)}
    other = alt(1, WEEK_6, "150", unit="mmol/L")
    assert one(study(1, alt(1, m.DAY, "100"), other)) == {("1", "not graded"): ("I1",)}


def test_what_cannot_be_graded_is_counted_and_said() -> None:
    rows = study(2, alt(1, m.DAY, "30", upper_normal=None), alt(2, WEEK_6, "30"))
    (table,) = shift_tables(rows, PROTOCOL)
    assert dict(table.cells) == {
        ("not graded", "missing"): ("I1",), ("missing", "0"): ("I2",),
    }  # fmt: skip
    assert len(table.reasons) == 1
    assert "upper_normal" in table.reasons[0]


def test_two_terms_of_one_test_and_none_of_an_unknown() -> None:
    potassium = {"test": "potassium", "unit": "mmol/L", "lower_normal": Decimal("3.5"),
                 "upper_normal": Decimal("5.1")}  # fmt: skip
    rows = study(1, value(1, WEEK_6, "6.1", **potassium), value(1, WEEK_6, "1", test="magic"))
    found = {table.term: dict(table.cells) for table in shift_tables(rows, PROTOCOL)}
    assert found["Hyperkalemia"] == {("missing", "3"): ("I1",)}
    assert set(found) == {"Hyperkalemia", "Hypokalemia"}
    assert terms_of_test("magic") == ()
    bare = replace(PROTOCOL, events=replace(PROTOCOL.events, ctcae=""))
    with pytest.raises(TrialError, match="pins no version of CTCAE"):
        shift_tables(rows, bare)


def normal(n: int, test: str, day: Any, amount: str = "3.0") -> MeasurementRow:
    unit = "g/L" if test == "haemoglobin" else "10^9/L"
    limits = {"haemoglobin": (120, 160), "platelets": (150, 400), "lymphocytes": (1, 5)}
    low, high = limits.get(test, (2, 10))
    shown = {"haemoglobin": "140", "platelets": "200"}.get(test, amount)
    return value(n, day, shown, test=test, unit=unit, lower_normal=Decimal(low),
                 upper_normal=Decimal(high), measurement=f"{test}-{n}-{day}")  # fmt: skip


def test_no_haematologic_toxicity_is_said_only_of_what_was_measured() -> None:
    everything = [normal(n, test, day) for n in (1, 2) for test in BLOOD for day in (m.DAY, WEEK_6)]
    assert judge_haematology(shift_tables(study(2, *everything), PROTOCOL)).verdict == "none"
    fewer = [row for row in everything if (row.test, row.inclusion) != ("platelets", "I2")]
    some = judge_haematology(shift_tables(study(2, *fewer), PROTOCOL))
    assert some.verdict == "none where measured"
    assert "Platelet count decreased: 1 of 2 without a grade after it" in some.words
    worse = [*everything, normal(2, "neutrophils", WEEK_6 + timedelta(days=1), "1.2")]
    found = judge_haematology(shift_tables(study(2, *worse), PROTOCOL))
    assert found.verdict == "toxicity"
    assert dict(found.worsened) == {"Neutrophil count decreased": ("I2",)}
    before = [normal(1, test, m.DAY) for test in BLOOD]
    told = judge_haematology(shift_tables(study(1, *before), PROTOCOL))
    assert told.verdict == "can't be told"


def test_a_cell_that_does_not_exist() -> None:
    with pytest.raises(TrialError, match="no such cell"):
        ShiftTable(test="x", term="y", cells={("0", "5"): ("I1",)}, reasons=())


def grade(amount: int) -> int:
    """Tenths of 10^9/L; the cut-offs by hand."""
    return sum(amount < cut for cut in (20, 15, 10, 5))


DRAWN = st.lists(st.tuples(st.integers(-20, 60), st.integers(0, 40)), max_size=5)


@settings(max_examples=60, deadline=None)
@for_any(st.lists(DRAWN, min_size=1, max_size=5))
def test_any_values_against_plain_loops(drawn: list[list[tuple[int, int]]]) -> None:
    """Days from the injection and tenths of 10^9/L; of one day the last in the order of names."""
    rows, want = [], Counter()
    for n, own in enumerate(drawn, start=1):
        for i, (days, amount) in enumerate(own):
            rows.append(value(n, GIVEN + timedelta(days=days), f"{amount // 10}.{amount % 10}",
                              measurement=f"M{n}-{i}"))  # fmt: skip
        before = [(days, i) for i, (days, _) in enumerate(own) if days <= 0]
        after = [grade(amount) for days, amount in own if days > 0]
        start = str(grade(own[max(before)[1]][1])) if before else "missing"
        want[start, str(max(after)) if after else "missing"] += 1
    tables = shift_tables(study(len(drawn), *rows), PROTOCOL)
    if not rows:
        assert tables == ()
        return
    got = {cell: len(names) for cell, names in tables[0].cells.items()}
    assert got == dict(want)
    assert tables[0].subjects == len(drawn)
