"""`hevesy dose --study`: the case from the records, the result filed, on both databases."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydicom import dcmread

from hevesy.dicom import NmAcquisition, StudyIdentity, patient_key, write_nm_spect
from hevesy.errors import RecordError
from hevesy.files import read_study
from hevesy.images import Quantity, Volume
from hevesy.progress import Control
from hevesy.store import JobTable, Store, open_store
from hevesy.store.tables import Dose, Result
from hevesy.workflows.study_case import read_study_case
from hevesy.workflows.study_dose import run_study_dose
from hevesy.workflows.study_records import correct_record
from tests.store import dose_study as d
from tests.store.commands import Run, address_of, refused

PROVENANCE = "provenance"


def opened(study: Path) -> Store:
    address = address_of(study)
    local = address.startswith("sqlite")
    return open_store(study / "study.db" if local else address, clock=lambda: datetime.now(UTC))


def filed(study: Path) -> tuple[tuple[Result, ...], tuple[Dose, ...]]:
    store = opened(study)
    with store.reading() as reader:
        found = reader.all(Result), reader.all(Dose)
    store.close()
    return found


def compute(run: Run, study: Path, *words: object, user: str = "physicist") -> tuple[int, str, str]:
    return run("dose", "--study", study, "--administration", "A1", "--as", user, *words)


def test_a_dose_is_computed_and_filed(
    run: Run, trial: Path, tmp_path: Path, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("hevesy.report.html_to_pdf", lambda html: b"%PDF")  # slow, and not judged
    done = compute(run, trial)
    assert done[0] == 0, done[2]
    assert "Filed as result-1 of A1" in done[1]
    (result,), (dose,) = filed(trial)
    folder = trial / "derived" / "A1" / "result-1"
    text = (folder / "result.json").read_text()
    assert result.folder == "derived/A1/result-1"
    assert (result.content, result.kind) == (text, "dose")
    assert result.content_sha256 == hashlib.sha256(text.encode()).hexdigest()
    assert {path.name for path in folder.iterdir()} == {
        "result.json", "report.html", "report.pdf", "dose.nii.gz",
    }  # fmt: skip
    assert {path.name for path in (trial / "derived").iterdir()} == {"A1"}
    # closed form: A0 T / ln 2; 188Re: 0.7793 MeV of electrons per decay (ICRP-107), all of it
    # local; 2e-4 for the image's float32 and the four digits of the energy
    volume_ml = 4 * 5 * 6 * 0.125
    tia_bq_s = 1e6 * volume_ml * d.HALF_LIFE_H * 3600 / 0.6931471805599453
    assert (dose.region, dose.lesion, dose.method) == ("tumour", "L1", "local")
    assert dose.tia_bq_s == pytest.approx(tia_bq_s, rel=1e-4)
    assert dose.volume_ml == pytest.approx(volume_ml)
    joule_per_kg = tia_bq_s * 0.7793e6 * 1.602176634e-19 / (volume_ml * 1e-3)
    assert dose.mean_dose_gy == pytest.approx(joule_per_kg, rel=2e-4)
    assert dose.mean_dose_uncertainty_gy is not None
    assert 0 < dose.mean_dose_uncertainty_gy < dose.mean_dose_gy
    jobs = json.loads(run("trial", "jobs", trial, "--json")[1])["jobs"]
    assert [(job["kind"], job["state"]) for job in jobs] == [("dose", "done")]
    assert result.job == jobs[0]["job"]
    assert run("trial", "check", trial, "--audit")[0] == 0
    if dialect == "sqlite":  # the same case as a file gives the same figures
        (trial / "case.toml").write_text(d.CASE)
        done = run("dose", trial / "case.toml", "--out", tmp_path / "out")
        assert done[0] == 0, done[2]
        stored, by_file = (
            json.loads(path.read_text())
            for path in (folder / "result.json", tmp_path / "out" / "result.json")
        )
        before, after = stored.pop(PROVENANCE), by_file.pop(PROVENANCE)
        assert stored == by_file
        assert before["options"] == after["options"]
        roles = [[(i["role"], i["sha256"]) for i in p["inputs"]] for p in (before, after)]
        assert roles[0][1:] == roles[1][1:]
        assert (roles[0][0][0], roles[1][0][0]) == ("study records", "case file")


def test_refusals_leave_nothing(run: Run, trial: Path, tmp_path: Path) -> None:
    before = sorted(trial.rglob("*"))
    refused(compute(run, trial, user="eve"), "nobody of this name")
    unknown = run("dose", "--study", trial, "--administration", "A7", "--as", "physicist")
    refused(unknown, "no such administration", "'A7'")
    refused(compute(run, trial, "--scans", 2), "--scans asks for a number", "1 to 1")
    refused(run("dose", "--study", trial, "--as", "physicist"), "--administration is missing")
    refused(run("dose"), "takes a CASE.toml, or --study")
    refused(run("dose", trial / "case.toml", "--study", trial), "takes a CASE.toml, or --study")
    refused(run("dose", trial / "case.toml"), "--out is missing")
    image = trial / "dicom" / "1" / "spect.nii.gz"
    whole = image.read_bytes()
    image.unlink()
    refused(compute(run, trial), "the spect of scan N1 is not there")
    image.write_bytes(whole[:-1])
    refused(compute(run, trial), "are not those that were recorded", "another spect")
    image.write_bytes(whole)
    toml = trial / "study.toml"
    good = toml.read_text()
    toml.write_text(good.replace('"1 %"', '"2 %"'))
    refused(compute(run, trial), "not the protocol that is recorded")
    toml.write_text(good.replace('method = "local"', 'method = "locale"'))
    refused(compute(run, trial), "dose.method names an unknown engine", 'did you mean "local"')
    toml.write_text(good)
    enter = ("trial", "record", "administration", "A2", "--study", trial, "--as", "investigator")
    words = d.sets(
        inclusion="P01-1", at="2024-03-25T10:00", kind="net", activity="40 mCi",
        operator="investigator",
    )  # fmt: skip
    assert run(*enter, *words)[0] == 0
    other = ("dose", "--study", trial, "--administration", "A2", "--as", "physicist")
    refused(run(*other), "has no scan")
    d.write_scan(trial, "2", hours=20 * 24 + 6)
    d.enter(trial, "scan", "N2", "physicist", *d.sets(
        administration="A2", at="2024-03-25T16:00"), *d.scan("2"))  # fmt: skip
    refused(run(*other), "A2 is intratumoral and has no injections")
    later = d.GIVEN + timedelta(days=20)
    d.inject(trial, "I2", "A2", later, kind="gross", post_bq=None, post_at=None)
    refused(run(*other), "the activity of I2 is gross", "residual")
    # a scan whose record says another administration than its time
    correct = ("trial", "correct", "scan", "N1", "--reason", "x", "--study", trial)
    code, _, error = run(*correct, "--set", "at=2024-03-26T10:00", "--as", "physicist")
    assert code == 0, error
    refused(compute(run, trial), "scan N1 of A1 is after A2, whose activity it shows")
    refused(
        run(*correct, "--set", "at=2024-03-05T09:59", "--as", "physicist"),
        "before its injection", "2024-03-05T01:59",
    )  # fmt: skip
    assert filed(trial) == ((), ())
    assert json.loads(run("trial", "jobs", trial, "--json")[1])["jobs"] == []
    left = set(trial.rglob("*")) - set(before)
    assert {path.name for path in left} == {"2", "spect.nii.gz", "labels.nrrd"}


def test_a_job_that_is_cancelled_or_overtaken(
    run: Run, trial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What others do while it computes: nothing is written or filed, and the job says why."""

    def cancelled(*arguments: object, control: Control, **options: object) -> None:
        control.stage("transport")
        (name,) = (job.name for job in jobs.all())
        assert (jobs.find(name).state, jobs.find(name).stage) == ("running", "transport")
        jobs.cancel(name)
        control.stage("writing")

    def overtaken(*arguments: object, **options: object) -> None:
        correct_record(trial, "scan", "N1", ["duration=20 min"], user="physicist", reason="x")

    store = opened(trial)
    jobs = JobTable(store)
    monkeypatch.setattr("hevesy.workflows.study_dose.compute_into", cancelled)
    refused(compute(run, trial), "the job was cancelled", "nothing was written or filed")
    monkeypatch.setattr("hevesy.workflows.study_dose.compute_into", overtaken)
    refused(compute(run, trial), "the records were changed while the dose was computed")
    assert [job.state for job in jobs.all()] == ["cancelled", "failed"]
    store.close()
    assert filed(trial) == ((), ())
    assert list((trial / "derived").iterdir()) == []


def test_courses_and_what_went_into_each(
    run: Run, trial: Path, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Earlier administrations of the inclusion are courses; a net activity is carried to time 0."""
    later = d.GIVEN + timedelta(hours=34)  # two half-lives of 188Re (17.004 h)
    d.enter(trial, "administration", "A2", "investigator", *d.sets(
        inclusion="P01-1", at=later.isoformat(), kind="net", activity="1.5 GBq",
        operator="investigator"))  # fmt: skip
    # 17.004 h before its end: half is left, to 1e-9 of the half-life's five digits
    begun = later - timedelta(seconds=61214.4)
    d.inject(trial, "I2", "A2", begun, ended_at=later, net_bq=2.0e9)
    for number, hours in ((2, 40.0), (3, 58.0)):
        both_kbq_per_ml = 1000.0 * (1.0 + 2.0 ** (34.0 / d.HALF_LIFE_H))  # as if all from time 0
        d.write_scan(trial, str(number), hours=hours, kbq_per_ml=both_kbq_per_ml)
        at = (d.GIVEN + timedelta(hours=hours)).isoformat()
        d.enter(trial, "scan", f"N{number}", "physicist", *d.sets(
            administration="A2", at=at), *d.scan(str(number)))  # fmt: skip
    study, store = read_study(trial / "study.toml"), opened(trial)
    with store.reading() as reader:
        both = read_study_case(reader, study, trial, "A2")
        early = read_study_case(reader, study, trial, "A2", scans=1)
        first = read_study_case(reader, study, trial, "A1")
    assert (both.courses, first.courses) == (("A1", "A2"), ("A1",))
    assert [name for name, _ in both.scans] == ["N1", "N2", "N3"]
    assert [name for name, _ in early.scans] == ["N1", "N2"]
    assert (early.case.scans_left_out, both.case.scans_left_out) == (1, 0)
    (part,) = both.case.administrations[1].injections
    assert part.lesion == "tumour"
    assert part.activity_bq == pytest.approx(1.0e9, rel=1e-6)
    assert both.case.administrations[0].activity_relative_uncertainty == pytest.approx(0.02)
    assert both.case.administrations[1].activity_relative_uncertainty is None
    if dialect == "sqlite":  # filed as what it is: the dose of both, twice that of one
        monkeypatch.setattr("hevesy.report.html_to_pdf", lambda html: b"%PDF")
        assert run_study_dose(trial, "A2", user="physicist").courses == ("A1", "A2")
        (result,), (dose,) = filed(trial)
        assert result.kind == "dose of several courses"
        assert dose.method == "local, sum of A1, A2"
        one_bq_s = 1e6 * 15.0 * d.HALF_LIFE_H * 3600 / 0.6931471805599453
        # the curves' data are exact; 1e-3 for the fit's end and the image's float32
        assert dose.tia_bq_s == pytest.approx(2 * one_bq_s, rel=1e-3)
    # of another inclusion, whose activity has not decayed: its dose can't be told apart
    d.enter(
        trial,
        "inclusion",
        "P01-2",
        "coordinator",
        *d.sets(patient="P01", at="2024-03-07T09:00", eligible="yes"),
        *d.MET,
    )
    d.enter(trial, "administration", "A3", "investigator", *d.sets(
        inclusion="P01-2", at="2024-03-08T10:00", kind="net", activity="1.5 GBq",
        operator="investigator"))  # fmt: skip
    with store.reading() as reader, pytest.raises(RecordError, match="has not decayed when A3"):
        read_study_case(reader, study, trial, "A3")
    store.close()


def test_whose_files_they_are(run: Run, trial: Path) -> None:
    """The DICOM patient is compared by a keyed hash, of which no record holds the key."""
    grid = d.GRID
    values = 1e5 * d.block() + 1.0
    image = Volume(
        values=values, grid=grid, quantity=Quantity.BQ_PER_ML, frame_of_reference="1.2.3"
    )
    d.enter(trial, "patient", "P02", "coordinator", "site=S1")
    for person, hours in (("Doe^Jane", 7), ("Doe^Jane", 8), ("Roe^Rita", 9)):
        start = d.GIVEN + timedelta(hours=hours)
        (trial / "dicom" / f"d{hours}").mkdir()
        write_nm_spect(
            trial / "dicom" / f"d{hours}" / "1.dcm",
            image,
            NmAcquisition(
                start=start, duration_s=600.0, nuclide="Re-188", half_life_s=61214.4,
                administered_bq=1.5e9, administered_at=d.GIVEN, decay_correction="START",
            ),
            identity=StudyIdentity(
                patient_id=f"47{person}", patient_name=person, study_start=start, seed=str(hours)
            ),
        )  # fmt: skip
    record = ("trial", "record", "scan", "--study", trial, "--as", "physicist")

    def words(hours: int, late_s: float = 0.0) -> list[str]:
        at = (d.GIVEN + timedelta(hours=hours, seconds=late_s)).isoformat()
        return d.sets(administration="A1", at=at, spect=f"dicom/d{hours}")

    assert run(*record, *words(7))[0] == 0
    assert run(*record, *words(8, late_s=130.0))[0] == 0
    # the files themselves say when they were measured: 130 s are more than the 120 s of clocks
    refused(compute(run, trial), "another start than its record", "within 120 s")
    done = run(*record, *words(9))
    refused(done, "the DICOM patient of these files is not the one of scan")
    shown = run("trial", "show", "scan", "--study", trial, "--json")[1]
    names = ("Doe", "Roe", "Jane", "Rita", "47Doe")
    assert not any(name in done[2] + shown for name in names)
    kept = [entry["options"].get("identity") for entry in json.loads(shown)["records"]]
    assert len({hashed for hashed in kept if hashed}) == 1
    header = patient_key(dcmread(trial / "dicom" / "d7" / "1.dcm"))
    assert header not in shown  # which could be guessed back from a short number


EXCRETA = [
    ("kind=sweat", "allowed: urine, faeces, blood, other"),
    ("started_at=2024-03-05T09:00", "`started_at` is before `the injection's end`"),
    ("ended_at=2024-03-05T09:59", "is before `started_at`"),
    ("measured_at=2024-03-05T12:00", "`measured_at` is before `ended_at`"),
    ("measured_at=2999-03-05T12:00", "lies in the future"),
    ("activity=60 GBq", "more than was injected"),
    ("activity=60", "needs a number and a unit"),
    ("administration=A9", "no such administration"),
    ("device=D9", "no such device"),
]


def test_excreta_are_counted(
    run: Run, trial: Path, tmp_path: Path, dialect: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As [[urine]] of a case file; faeces count, and say nothing of whether all urine was kept."""
    urine = {
        "administration": "A1", "kind": "urine", "started_at": "2024-03-05T10:00",
        "ended_at": "2024-03-05T15:50", "activity": "60 MBq", "activity_uncertainty": "3 MBq",
        "measured_at": "2024-03-05T15:55", "volume": "310 mL",
    }  # fmt: skip
    enter = ("trial", "record", "excreta_sample", "--study", trial, "--as", "physicist")
    for text, words in EXCRETA:
        key, _, value = text.partition("=")
        refused(run(*enter, *d.sets(**{**urine, key: value})), words)
    assert run(*enter, *d.sets(**urine))[0] == 0
    refused(run(*enter, *d.sets(**urine)), "two collections overlap")
    assert run(*enter, *d.sets(**{**urine, "activity": "0 MBq", "started_at": "2024-03-05T15:50",
                                  "ended_at": "2024-03-05T15:51"}))[0] == 0  # fmt: skip
    blood = {**urine, "kind": "blood", "activity": "1 MBq", "volume": "2 mL"}
    assert run(*enter, *d.sets(**blood))[0] == 0  # it is still in the body
    store, study = opened(trial), read_study(trial / "study.toml")
    with store.reading() as reader:
        case = read_study_case(reader, study, trial, "A1").case
    assert [(one.kind, one.activity_bq) for one in case.urine] == [("urine", 60e6), ("urine", 0.0)]
    assert case.urine[0].activity_relative_uncertainty == pytest.approx(0.05)
    if dialect == "sqlite":
        monkeypatch.setattr("hevesy.report.html_to_pdf", lambda html: b"%PDF")
        collected = (
            "[[urine]]\nstart = 2024-03-05T10:00:00\nend = 2024-03-05T15:50:00\n"
            'activity = "60 MBq"\nuncertainty = "5 %"\nmeasured_at = 2024-03-05T15:55:00\n'
            "[[urine]]\nstart = 2024-03-05T15:50:00\nend = 2024-03-05T15:51:00\n"
            'activity = "0 MBq"\nuncertainty = "5 %"\nmeasured_at = 2024-03-05T15:55:00\n'
        )
        (trial / "case.toml").write_text(d.CASE + collected)
        assert run("dose", trial / "case.toml", "--out", tmp_path / "out")[0] == 0
        assert compute(run, trial)[0] == 0
        (folder,) = (trial / "derived" / "A1").iterdir()
        stored, by_file = (
            json.loads(path.read_text())["closure"]
            for path in (folder / "result.json", tmp_path / "out" / "result.json")
        )
        assert stored == by_file
        assert stored["excreted_by"] == "urine"
        # 60 MBq at 15:55, back to time zero at 10:00
        assert stored["excreted_mbq"] == pytest.approx(60 * 2 ** (355 / 60 / 17.0040), rel=1e-4)
        faeces = {**urine, "kind": "faeces", "activity": "20 MBq"}
        assert run(*enter, *d.sets(**faeces))[0] == 0
        assert compute(run, trial)[0] == 0
        again = json.loads((folder.parent / "result-2" / "result.json").read_text())["closure"]
        assert again["excreted_by"] == "excreta"
        assert again["excreted_mbq"] == pytest.approx(stored["excreted_mbq"] * 80 / 60, rel=1e-9)
    store.close()


def test_needles_reach_the_case(trial: Path) -> None:
    track = [[0.0, 0.0, 0.0], [0.0, 30.0, 40.0]]
    d.inject(trial, "I2", "A1", d.GIVEN, net_bq=1e5, needle_tracks=[track], needle_gauge="22G")
    store = opened(trial)
    with store.reading() as reader:
        case = read_study_case(reader, read_study(trial / "study.toml"), trial, "A1").case
    (part,) = case.administrations[0].injections
    assert part.tracks_mm == (((0.0, 0.0, 0.0), (0.0, 30.0, 40.0)),)
    store.close()
