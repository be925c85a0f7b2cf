"""Checks of exported data sets: none for a clean study, each planted fault flips its own."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from hevesy.trial.export import (
    CONFORMANCE_CHECKS,
    Cell,
    DataSet,
    build_adam,
    build_sdtm,
    check_datasets,
)
from hevesy.trial.export.sample import sample_study
from tests.trial import made_study_rows

Sets = dict[str, DataSet]


def made() -> Sets:
    rows, protocol = sample_study()
    tabulation = build_sdtm(rows, protocol)
    found = (*tabulation.datasets, *build_adam(rows, protocol, tabulation))
    return {one.name: one for one in found}


MADE = made()


def put(name: str, variable: str, value: Cell, row: int = 0) -> Callable[[Sets], Sets]:
    """Change one cell."""

    def plant(sets: Sets) -> Sets:
        data = sets[name]
        at = data.names.index(variable)
        rows = [list(one) for one in data.rows]
        rows[row][at] = value
        return {**sets, name: replace(data, rows=tuple(tuple(one) for one in rows))}

    return plant


def drop(name: str, row: int) -> Callable[[Sets], Sets]:
    return lambda sets: {
        **sets,
        name: replace(sets[name], rows=tuple(r for n, r in enumerate(sets[name].rows) if n != row)),
    }


def twice(name: str) -> Callable[[Sets], Sets]:
    return lambda sets: {
        **sets, name: replace(sets[name], rows=(*sets[name].rows, sets[name].rows[-1]))
    }  # fmt: skip


PLANTS: dict[tuple[str, str], Callable[[Sets], Sets]] = {
    ("controlled-term", "a sex"): put("DM", "SEX", "W"),
    ("controlled-term", "a grade"): put("AE", "AETOXGR", "6"),
    ("key-unique", "a row twice"): twice("LB"),
    ("key-unique", "a number twice"): put("AE", "AESEQ", 1, row=1),
    ("required-value", "no term"): put("AE", "AETERM", None),
    ("text-length", "201 bytes"): put("AE", "AETERM", "x" * 201),
    ("text-length", "9 letters"): put("LB", "LBTESTCD", "ABCDEFGHI"),
    ("paired-variables", "a code with two names"): put("LB", "LBTEST", "Something"),
    ("paired-variables", "an age without a unit"): put("DM", "AGEU", None),
    ("paired-variables", "two numbers of a visit"): put("TR", "VISITNUM", 7.0),
    ("standard-unit", "another unit"): put("LB", "LBSTRESU", "g/L"),
    ("analysis-change", "CHG"): put("ADTR", "CHG", 1.0, row=1),
    ("analysis-change", "PCHG"): put("ADTR", "PCHG", 3.0, row=1),
    ("date-form", "a day that is none"): put("AE", "AESTDTC", "2026-02-30"),
    ("date-form", "day first"): put("AE", "AESTDTC", "11.01.2026"),
    ("date-order", "ends before it begins"): put("AE", "AEENDTC", "2026-01-10"),
    ("date-order", "times of one day"): put("EX", "EXENDTC", "2026-01-10T08:00:00+00:00"),
    ("study-day", "a day 0"): put("AE", "AESTDY", 0),
    ("study-day", "counted from 0"): put("LB", "LBDY", 41, row=1),
    ("subject-known", "DM lacks one"): drop("DM", 0),
    ("subject-known", "ADSL lacks one"): drop("ADSL", 3),
    ("reference-resolves", "a lesion"): put("TR", "TRLNKID", "L9"),
    ("reference-resolves", "a lesion of another subject"): put("EX", "EXLNKID", "L2"),
    ("reference-resolves", "a dose's lesion"): put("XD", "XDLNKID", "L9"),
    ("reference-resolves", "a qualifier"): put("SUPPAE", "IDVARVAL", "99"),
    ("reference-resolves", "a relation"): put("RELREC", "IDVARVAL", "99", row=0),
    ("reference-resolves", "a variable"): put("RELREC", "IDVAR", "AEXXX", row=0),
    ("traceability", "no such record"): put("ADAE", "SRCSEQ", 99),
    ("traceability", "no source"): put("ADTR", "SRCSEQ", None),
    ("population", "treated, not in it"): put("ADSL", "SAFFL", "N"),
    ("population", "in it, not treated"): put("ADSL", "SAFFL", "Y", row=3),
}


def test_a_clean_study_has_no_finding() -> None:
    assert check_datasets(tuple(MADE.values())) == ()
    filled = {"DM", "DS", "IE", "EX", "PR", "AE", "SUPPAE", "TU", "TR", "RS", "VS", "LB", "XD",
              "RELREC", "ADSL", "ADAE", "ADTR", "ADRS", "ADTTE", "ADDOSE"}  # fmt: skip
    assert filled <= set(MADE)


def test_the_clean_study_of_the_data_checks_has_none() -> None:
    """Made by others for the data checks: a dead person and a screening failure are in it."""
    tabulation = build_sdtm(made_study_rows.clean(), made_study_rows.PROTOCOL)
    adam = build_adam(made_study_rows.clean(), made_study_rows.PROTOCOL, tabulation)
    assert check_datasets((*tabulation.datasets, *adam)) == ()


@pytest.mark.parametrize("plant", PLANTS, ids=" ".join)
def test_a_planted_fault_is_found(plant: tuple[str, str]) -> None:
    found = check_datasets(tuple(PLANTS[plant](MADE).values()))
    assert plant[0] in {one.check for one in found}


def test_each_check_has_a_planted_fault() -> None:
    assert {name for name, _ in PLANTS} == set(CONFORMANCE_CHECKS)


def test_a_relation_without_its_data_set_is_found() -> None:
    without = [one for one in MADE.values() if one.name != "TU"]
    assert "reference-resolves" in {one.check for one in check_datasets(without)}
