"""`hevesy dose --study`: the case from the records, the result filed, on both databases."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hevesy.store import JobTable, Store, open_store
from hevesy.store.tables import Dose, Result
from tests.store import dose_study as d
from tests.store.commands import Run, address_of, refused

PROVENANCE = "provenance"


@pytest.fixture
def trial(run: Run, study: Path) -> Path:
    d.make_trial(run, study)
    return study


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


def test_a_dose_is_computed_and_filed(run: Run, trial: Path, tmp_path: Path, dialect: str) -> None:
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
    # closed form: A0 T / ln 2; 188Re: 0.77816 MeV of electrons per decay (ICRP-107), all of it
    # local; 1e-3 for the image's float32 and the four digits of the energy
    volume_ml = 4 * 5 * 6 * 0.125
    tia_bq_s = 1e6 * volume_ml * d.HALF_LIFE_H * 3600 / 0.6931471805599453
    assert (dose.region, dose.lesion, dose.method) == ("tumour", "L1", "local")
    assert dose.tia_bq_s == pytest.approx(tia_bq_s, rel=1e-3)
    assert dose.volume_ml == pytest.approx(volume_ml)
    joule_per_kg = tia_bq_s * 0.77816e6 * 1.602176634e-19 / (volume_ml * 1e-3)
    assert dose.mean_dose_gy == pytest.approx(joule_per_kg, rel=1e-2)
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
