"""`hevesy trial share` on a study with records and images: the copy is used, and searched."""

import csv
import hashlib
import json
import stat
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset

from hevesy.dicom import (
    DAMAGED,
    NmAcquisition,
    StudyIdentity,
    read_ct,
    write_ct_series,
    write_nm_spect,
    write_rtstruct,
)
from hevesy.dicom.atomic_write import write_dataset
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.progress import SILENT
from hevesy.report import ReportDocument
from hevesy.store import JobTable
from hevesy.trial import StudyRows
from hevesy.trial.rows import PatientRow
from hevesy.trial.sharing import Identifiers, SharingKey, Tally, patient_clocks
from hevesy.workflows.sharing.images import plan_images, share_images
from hevesy.workflows.sharing.material import RecordedScan, ShareMaterial
from hevesy.workflows.study import open_study
from tests.store import dose_study as d
from tests.store.commands import Run, refused

SQLITE = pytest.mark.parametrize("dialect", ["sqlite"], indirect=True)
SHANGHAI = ZoneInfo("Asia/Shanghai")
GIVEN = datetime(2024, 4, 9, 10, tzinfo=SHANGHAI)
WHO = ("MRN-880417", "Zhang^Wei", "19310203")
SECRET = (
    b"880417", b"Zhang", b"Wei", b"19310203", b"2024-04", b"202404", b"2024-03", b"202403",
    b"Xinhua", b"P02", b"P01", b"Shanghai", b"slipped on the stairs", b"Pudong",
)  # fmt: skip
FREE = {"provenance", "patient", "timezone"}
TIMED = {"time", "start"}


@pytest.fixture(autouse=True)
def no_reports(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reports of doses are slow, and not judged here."""
    page = ReportDocument(html="", number="0123456789")
    monkeypatch.setattr("hevesy.report.render_report", lambda result: page)
    monkeypatch.setattr("hevesy.report.html_to_pdf", lambda html: b"%PDF")


def share(run: Run, study: Path, out: Path, *words: object, user: str = "coordinator") -> str:
    key = out.parent / "sharing.key"
    done = run("trial", "share", "--study", study, "--out", out, "--key", key, "--as", user, *words)
    assert done[0] == 0, done[2]
    return done[1]


def rows_of(copy: Path, name: str) -> list[dict[str, str]]:
    with (copy / "tables" / "rows" / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def write_dicom_scan(place: Path, *, hours: float) -> None:
    """A CT with its outlines, and a SPECT whose block leaves with 12 h."""
    grid = Grid.from_spacing((8, 9, 10), spacing_mm=(5, 5, 5), origin_mm=(-20, -20, -20))
    start = GIVEN + timedelta(hours=hours)
    who = StudyIdentity(
        patient_id=WHO[0], patient_name=WHO[1], patient_birth_date=WHO[2], study_start=start,
        study_description="Shanghai Xinhua, Pudong", seed=f"share {hours}",
    )  # fmt: skip
    frame = "1.2.3.4.5.6"
    mask = d.block().astype(bool)
    hu = Volume(values=np.where(mask, 60.0, 20.0), grid=grid, quantity=Quantity.HU,
                frame_of_reference=frame)  # fmt: skip
    write_ct_series(place / "ct", hu, identity=who)
    image = read_ct(place / "ct")
    region = Region(name="Zhang tumour", mask=mask, grid=image.volume.grid)
    write_rtstruct(place / "rs.dcm", [region], image.context, written_at=start)
    activity = 1e6 * mask * 2.0 ** (-hours / 12)
    spect = Volume(
        values=activity, grid=grid, quantity=Quantity.BQ_PER_ML, frame_of_reference=frame
    )
    write_nm_spect(
        place / "spect.dcm", spect,
        NmAcquisition(start=start, duration_s=1200.0, nuclide="Re-188", half_life_s=61214.4,
                      administered_bq=1.5e9, administered_at=GIVEN, decay_correction="START"),
        identity=who,
    )  # fmt: skip


def second_patient(study: Path, *, burnt: bool = False) -> None:
    """P02: two DICOM scans, an event with a narrative, all at the site in Shanghai."""
    d.enter(study, "patient", "P02", "coordinator", *d.sets(site="S1", sex="M", birth_year=1931))
    inclusion = d.sets(patient="P02", at="2024-04-01T09:00", eligible="yes", ecog=1)
    d.enter(study, "inclusion", "P02-1", "coordinator", *inclusion, *d.MET)
    d.enter(
        study,
        "screening",
        "SC2",
        "coordinator",
        *d.sets(
            inclusion="P02-1", screened_on="2024-03-28", age_years=93, primary_tumour="rare one"
        ),
    )
    d.enter(study, "lesion", "L2", "coordinator", *d.sets(patient="P02", organ="liver"))
    d.enter(
        study,
        "administration",
        "A2",
        "investigator",
        *d.sets(
            inclusion="P02-1",
            at="2024-04-09T10:00",
            kind="net",
            activity="1.5 GBq",
            activity_uncertainty="30 MBq",
            operator="investigator",
        ),
    )
    d.inject(study, "I2", "A2", GIVEN, lesion="L2")
    d.enter(
        study,
        "adverse_event",
        "AE2",
        "coordinator",
        *d.sets(
            inclusion="P02-1",
            administration="A2",
            term="Fever",
            organ_class="General",
            grade=1,
            began_on="2024-04-11",
            related_agent="possible",
            related_procedure="unlikely",
            serious="no",
            narrative="Mr Zhang slipped on the stairs",
        ),
    )
    for number, hours in enumerate((6, 24), start=1):
        write_dicom_scan(study / "dicom" / "P02" / str(number), hours=hours)
        place = f"dicom/P02/{number}"
        if burnt:
            slice_ = sorted((study / place / "ct").iterdir())[0]
            dataset = dcmread(slice_)
            dataset.BurnedInAnnotation = "YES"
            dataset.save_as(slice_)
            (study / place / "ct" / "notes.txt").write_text("of Zhang Wei")
        d.enter(study, "scan", f"D{number}", "physicist", *d.sets(
            administration="A2", at=(GIVEN + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M"),
            spect=f"{place}/spect.dcm", ct=f"{place}/ct", structures=f"{place}/rs.dcm",
            lesions__L2="Zhang tumour"))  # fmt: skip


def without(value: object, gone: set[str]) -> object:
    if isinstance(value, dict):
        return {key: without(inner, gone) for key, inner in value.items() if key not in gone}
    return [without(inner, gone) for inner in value] if isinstance(value, list) else value


def test_records_and_volumes(run: Run, trial: Path, tmp_path: Path) -> None:
    """On both databases: the copy's case gives the dose that the study's gives, to the digit."""
    before = {path: path.read_bytes() for path in (trial / "dicom").rglob("*") if path.is_file()}
    said = share(run, trial, tmp_path / "copy")
    assert "1 patients" in said
    assert "No guarantee of anonymity" in said
    copy, key = tmp_path / "copy", tmp_path / "sharing.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert "judge whether these 1 of 1 may go out" in (copy / "report.md").read_text()
    (case,) = (copy / "cases").iterdir()
    (trial / "case.toml").write_text(d.CASE)
    results = []
    for name, path in (("first", trial / "case.toml"), ("again", case)):
        done = run("dose", path, "--out", tmp_path / name)
        assert done[0] == 0, done[2]
        found = json.loads((tmp_path / name / "result.json").read_text())
        results.append(without(found, FREE | TIMED))
    assert results[0] == results[1]
    assert (tmp_path / "first" / "dose.nii.gz").read_bytes() == (
        tmp_path / "again" / "dose.nii.gz"
    ).read_bytes()
    # what was made can be made again, by the same key alone, and the study is as it was
    share(run, trial, tmp_path / "twice", user="statistician")
    files = sorted(path.relative_to(copy) for path in copy.rglob("*") if path.is_file())
    assert all((copy / f).read_bytes() == (tmp_path / "twice" / f).read_bytes() for f in files)
    assert before == {path: path.read_bytes() for path in before}
    listed = dict(csv.reader((copy / "manifest.csv").read_text().splitlines()[1:]))
    assert set(listed) == {path.as_posix() for path in files} - {"manifest.csv"}
    for name, digest in listed.items():
        assert hashlib.sha256((copy / name).read_bytes()).hexdigest() == digest
    secret = bytes.fromhex(key.read_text().strip())
    for path in copy.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert secret not in content
            assert key.read_bytes().strip() not in content
    with open_study(trial) as (_, store):
        jobs = [(job.kind, job.state, job.asked_by, job.request) for job in JobTable(store).all()]
    assert [job[:3] for job in jobs] == [
        ("share", "done", "coordinator"), ("share", "done", "statistician"),
    ]  # fmt: skip
    assert jobs[0][3]["key"] in (copy / "report.md").read_text()


@SQLITE
def test_dicom_and_records_together(run: Run, trial: Path, tmp_path: Path) -> None:
    """Two patients at a site 8 h ahead: dose, intervals, and a search of all bytes."""
    second_patient(trial)
    done = run("dose", "--study", trial, "--administration", "A2", "--as", "physicist")
    assert done[0] == 0, done[2]
    key = tmp_path / "sharing.key"  # of shifts of 232 and 115 days: no day of March or April 2024
    key.write_text("5a" * 32 + "\n")
    key.chmod(0o600)
    said = share(run, trial, tmp_path / "copy")
    copy = tmp_path / "copy"
    assert "LOOK AT the images" in said  # they do not say what they show
    assert len(list((copy / "cases").iterdir())) == 2
    stored = json.loads((trial / "derived" / "A2" / "result-1" / "result.json").read_text())
    (case,) = (path for path in (copy / "cases").iterdir() if "/ct" in path.read_text())
    done = run("dose", case, "--out", tmp_path / "again")
    assert done[0] == 0, done[2]
    again = json.loads((tmp_path / "again" / "result.json").read_text())
    name = next(region["name"] for region in again["regions"])
    assert name.startswith("region-")
    told = json.dumps(without(stored, FREE | TIMED)).replace("Zhang tumour", name)
    assert json.loads(told) == without(again, FREE | TIMED)
    assert [region["mean_dose_gy"] for region in stored["regions"]] == [
        region["mean_dose_gy"] for region in again["regions"]
    ]
    # the records' doses have the same name of the region, and the same number
    doses = rows_of(copy, "doses")
    assert [row["region"] for row in doses] == [name]
    assert float(doses[0]["mean_dose_gy"]) == stored["regions"][0]["mean_dose_gy"]
    # between DICOM and records: the scan begins 6 h after the end of the injection
    moments = {
        row["administration"]: datetime.fromisoformat(row["given_at"])
        for row in rows_of(copy, "administrations")
    }
    starts = sorted(
        datetime.strptime(f"{one.AcquisitionDate}{one.AcquisitionTime}"[:14], "%Y%m%d%H%M%S")  # noqa: DTZ007
        for one in map(dcmread, copy.rglob("spect.dcm"))
    )
    given = moments[case.stem].replace(tzinfo=None)
    assert [start - given for start in starts] == [timedelta(hours=6), timedelta(hours=24)]
    (event,) = rows_of(copy, "events")
    assert (datetime.fromisoformat(event["began_on"]).date() - given.date()).days == 2
    assert event["narrative"] == "removed"
    assert {row["age_years"] for row in rows_of(copy, "inclusions")} == {"", "90"}
    for path in copy.rglob("*"):
        if path.is_file() and not path.name.endswith(".gz"):
            content = path.read_bytes()
            assert not [word for word in SECRET if word in content], path.name
            assert b"1.2.3.4.5.6" not in content
    removed = (copy / "removed.csv").read_text()
    assert "records,events.narrative,removed,1" in removed
    assert "DICOM,PatientID,replaced by codes" in removed
    kept = share(
        run, trial, tmp_path / "kept", "--keep", "inclusions.primary_tumour", "--no-images"
    )
    assert "0 image files" in kept
    assert {row["primary_tumour"] for row in rows_of(tmp_path / "kept", "inclusions")} == {
        "", "rare one",
    }  # fmt: skip
    # a name that only the images know is found in a kept text, whether they go or not
    share(run, trial, tmp_path / "told", "--keep", "events.narrative", "--no-images")
    assert {row["narrative"] for row in rows_of(tmp_path / "told", "events")} == {"removed"}


@SQLITE
def test_a_copy_in_which_something_is_left_is_taken_away(
    run: Run, trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The proof does not trust the rewriting: it is told to do nothing, and the copy goes."""
    second_patient(trial)
    monkeypatch.setattr("secrets.token_bytes", lambda n: b"\x5a" * n)  # a shift of 115 days
    key = tmp_path / "k"
    words = ("trial", "share", "--study", trial, "--out", tmp_path / "copy", "--key", key,
             "--as", "coordinator")  # fmt: skip
    with monkeypatch.context() as patch:
        patch.setattr(
            "hevesy.dicom.sharing.rewrite.FileMoments.pair", lambda _, day, time: (day, time)
        )
        refused(run(*words), "something of the source was found", "a day that is none")
    for place, spoilt, said in (
        ("shared_rows._Copy._word", lambda *_: "Fever of P02", "a known identifier is left"),
        ("shared_rows._Copy._word", lambda *_: "of Coordinator Ada", "a known identifier is left"),
        ("patient_clock.PatientClock.day", lambda _, day: day, "a day is none of the source's"),
        ("patient_clock.PatientClock.moment", lambda _, at: at, "a day is none of the source's"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(f"hevesy.trial.sharing.{place}", spoilt)
            refused(run(*words, "--no-images"), "something of the source was found", said)
    assert not (tmp_path / "copy").exists()
    assert not key.exists()
    with open_study(trial) as (_, store):
        assert {job.state for job in JobTable(store).all()} == {"failed"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["s"]


@SQLITE
def test_an_image_that_must_not_go_takes_its_case_file_along(
    run: Run, trial: Path, tmp_path: Path
) -> None:
    """A CT without a slice would give another dose: it is said, and no case names it."""
    second_patient(trial, burnt=True)
    said = share(run, trial, tmp_path / "copy")
    assert "it says that text is burnt into its pixels (2)" in said
    assert "it is no DICOM file (2)" in said
    assert "no case file: an image of its scans is left out (1)" in said
    (case,) = (tmp_path / "copy" / "cases").iterdir()
    assert "ct" not in case.read_text().split()
    assert "burnt into its pixels" in (tmp_path / "copy" / "report.html").read_text()
    assert len(list((tmp_path / "copy").rglob("*.txt"))) == 0


def test_an_image_that_two_patients_scans_name_does_not_go(tmp_path: Path) -> None:
    """The same voxels under two codes would tie the two, whose shifts differ."""
    for name in ("own", "shared"):
        (tmp_path / f"{name}.nrrd").write_text("NRRD0004\n")
    (tmp_path / "link.nrrd").symlink_to("shared.nrrd")
    named = [("P1", "own.nrrd"), ("P1", "shared.nrrd"), ("P2", "link.nrrd")]
    scans = tuple(
        RecordedScan(scan=f"S{n}", patient=who, administration=f"A{n}", at=GIVEN,
                     keys={"spect": text}, lesions={})
        for n, (who, text) in enumerate(named)
    )  # fmt: skip
    nothing = cast(Any, None)
    material = ShareMaterial(
        rows=StudyRows(study="A", as_of=GIVEN.date()), study=nothing, zones={}, scans=scans,
        known=Identifiers(), staff=Identifiers(), cases=(), labelled_at={},
    )  # fmt: skip
    plan = plan_images(material, tmp_path, SharingKey(secret=bytes(32)))
    assert {known: len(found) for known, found in plan.files.items()} == {
        ("P1", "own.nrrd"): 1, ("P1", "shared.nrrd"): 0, ("P2", "link.nrrd"): 0,
    }  # fmt: skip
    assert plan.incomplete == {("P1", "shared.nrrd"), ("P2", "link.nrrd")}
    assert {who for who, why in plan.left_out if "whose it is" in why} == {"P1", "P2"}


def test_why_a_file_is_left_out_does_not_tell_the_day(tmp_path: Path) -> None:
    """Half past two on 27 October 2024 was twice in Paris: said, it would tell the true date."""
    made = Dataset()
    made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "1.2.3.99"
    made.PatientID, made.AcquisitionDate, made.AcquisitionTime = WHO[0], "20241027", "023000"
    write_dataset(made, tmp_path / "twice.dcm")
    (tmp_path / "cut.dcm").write_bytes((tmp_path / "twice.dcm").read_bytes()[:200])
    paris, key, nothing = ZoneInfo("Europe/Paris"), SharingKey(secret=bytes(32)), cast(Any, None)
    rows = StudyRows(study="A", as_of=GIVEN.date(),
                     patients=(PatientRow(patient="P1", site="S1"),))  # fmt: skip
    scan = RecordedScan(scan="S1", patient="P1", administration="A1", at=GIVEN,
                        keys={"spect": "twice.dcm", "ct": "cut.dcm"}, lesions={})  # fmt: skip
    material = ShareMaterial(
        rows=rows, study=nothing, zones={"S1": paris}, scans=(scan,), known=Identifiers(),
        staff=Identifiers(), cases=(), labelled_at={},
    )  # fmt: skip
    written = share_images(
        plan_images(material, tmp_path, key), tmp_path / "copy", material=material, key=key,
        clocks=patient_clocks(rows, key, material.zones), known=Identifiers(),
        region=lambda _, name: name, tally=Tally(), control=SILENT,
    )  # fmt: skip
    assert written.left_out == {("P1", DAMAGED): 2}
    assert written.incomplete == {("P1", "twice.dcm"), ("P1", "cut.dcm")}


def test_refusals(run: Run, trial: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    key, out = tmp_path / "key", tmp_path / "copy"

    def call(*words: object, user: str = "coordinator") -> tuple[int, str, str]:
        return run("trial", "share", "--study", trial, "--as", user, *words)

    refused(call("--out", out, "--key", key, user="physicist"), "physicist may not make a de-id")
    refused(call("--out", out, "--key", key, user="eve"), "nobody of this name")
    refused(call("--out", out), "there is no key in HEVESY_SHARING_KEY")
    refused(call("--out", out, "--key", out / "key"), "the key would lie in the copy")
    refused(call("--out", trial / "copy", "--key", key), "would lie in the study's folder")
    refused(call("--out", out, "--key", key, "--format", "xlsx"), "no such format", "xpt")
    refused(call("--out", out, "--key", key, "--keep", "patients.sex"), "is no free text")
    (tmp_path / "short").write_text("abcd\n")
    (tmp_path / "short").chmod(0o600)
    refused(call("--out", out, "--key", tmp_path / "short"), "no key in the file of --key")
    (tmp_path / "open").write_text("ab" * 32 + "\n")
    (tmp_path / "open").chmod(0o644)
    refused(call("--out", out, "--key", tmp_path / "open"), "others may read the key", "0600")
    (tmp_path / "other").write_text("no key, and everybody may read it\n")
    (tmp_path / "other").chmod(0o644)
    refused(call("--out", out, "--key", tmp_path / "other"), "no key in the file of --key")
    refused(call("--out", out, "--key", tmp_path), "the file of --key can't be read")
    refused(call("--out", out, "--key", tmp_path / "no" / "key"), "can't be made")
    out.mkdir()
    refused(call("--out", out, "--key", key), "there is something already")
    out.rmdir()
    (trial / "dicom" / "1" / "spect.nii.gz").rename(trial / "dicom" / "1" / "gone")
    refused(call("--out", out, "--key", key), "the spect of scan N1 is not there")
    assert not out.exists()
    assert not key.exists()
    monkeypatch.setenv("HEVESY_SHARING_KEY", "cd" * 32)
    done = call("--out", out, "--no-images", "--json")
    assert done[0] == 0
    told = json.loads(done[1])
    assert (told["patients"], told["image_files"], told["left_out"]) == (1, 0, [])
    manifest = (out / "manifest.csv").read_bytes()
    assert told["manifest_sha256"] == hashlib.sha256(manifest).hexdigest()
    assert told["files"] == manifest.count(b"\n")


def test_nobody_to_share(run: Run, study: Path, tmp_path: Path) -> None:
    add = ("user", "add", "cora", "--role", "coordinator", "--study", study)
    assert run(*add)[0] == 0
    share_it = ("trial", "share", "--study", study, "--out", tmp_path / "c", "--key",
                tmp_path / "k", "--as", "cora")  # fmt: skip
    refused(run(*share_it), "nobody is included")
    assert not (tmp_path / "k").exists()
