"""`hevesy trial` and `hevesy user`, by their real `main`, on both databases."""

import contextlib
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hevesy.store import JobTable
from hevesy.store.revisions import HEAD, downgrade
from tests.store.commands import Run, address_of, refused


def heads(run: Run, study: Path) -> dict[str, object]:
    code, out, _ = run("trial", "check", study, "--audit", "--json")
    assert code == 0, out
    found: dict[str, object] = json.loads(out)
    return found


def test_from_init_to_restore(run: Run, study: Path, tmp_path: Path) -> None:
    assert {p.name for p in study.iterdir()} >= {"study.toml", "dicom", "derived"}
    assert run("user", "add", "paul", "--study", study, "--role", "pharmacist")[0] == 0
    assert (
        run("user", "role", "paul", "--study", study, "--role", "monitor", "--reason", "x")[0] == 0
    )
    users = json.loads(run("user", "list", "--study", study, "--json")[1])["users"]
    assert [(u["user"], u["roles"]) for u in users] == [
        ("ada", ["administrator"]), ("paul", ["monitor"]),
    ]  # fmt: skip
    assert run("user", "passphrase", "--study", study, "--as", "paul")[0] == 0
    before = heads(run, study)
    assert run("trial", "backup", study, "--to", tmp_path / "b.zip")[0] == 0
    jobs = json.loads(run("trial", "jobs", study, "--json")[1])["jobs"]
    assert [(j["kind"], j["state"], j["asked_by"]) for j in jobs] == [("backup", "done", "ada")]
    code, _, error = run(
        "trial", "restore", tmp_path / "b.zip", "--to", tmp_path / "r", "--store", "study.db"
    )
    assert code == 0, error
    after = heads(run, tmp_path / "r")
    assert (after["head"], after["rows"]) == (before["head"], before["rows"])
    assert run("trial", "check", study, "--backup", tmp_path / "b.zip")[0] == 0
    assert "up to date" in run("trial", "upgrade", study)[1]


def test_a_cancelled_backup(
    run: Run, study: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(JobTable, "progress", lambda *_, **__: True)  # as if asked to stop
    refused(run("trial", "backup", study, "--to", tmp_path / "b.zip"), "was cancelled")
    assert [p.name for p in tmp_path.iterdir()] == ["s"]
    (job,) = json.loads(run("trial", "jobs", study, "--json")[1])["jobs"]
    assert job["state"] == "cancelled"
    refused(run("trial", "jobs", study, "--cancel", job["job"]), "this job has ended")


def test_an_altered_record_is_found(run: Run, study: Path, tmp_path: Path) -> None:
    assert run("trial", "backup", study, "--to", tmp_path / "b.zip")[0] == 0
    engine = create_engine(address_of(study))
    with engine.begin() as connection:
        on = " ON account" if engine.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER account_no_update{on}"))
        connection.execute(text("UPDATE account SET full_name = 'Eve'"))
    engine.dispose()
    code, out, error = run("trial", "check", study, "--audit")
    assert (code, error) == (1, "")
    assert "FAULT: account 'ada' version 1 was altered" in out
    assert "account_no_update is missing" in out
    refused(run("trial", "backup", study, "--to", tmp_path / "c.zip"), "the audit is not proved")
    assert not (tmp_path / "c.zip").exists()


def test_a_row_that_cannot_be_read_is_a_fault(run: Run, study: Path) -> None:
    """Broken JSON in the study's own row: the check says so, with the proof, and no traceback."""
    engine = create_engine(address_of(study))
    with engine.begin() as connection:
        on = " ON study" if engine.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER study_no_update{on}"))
        connection.execute(text("UPDATE study SET protocol = '{'"))
    engine.dispose()
    code, out, error = run("trial", "check", study, "--audit")
    assert (code, error) == (1, "")
    assert "FAULT: `protocol` of a study can't be read: it is not what was written" in out
    assert "FAULT: study 'study' version 1 was altered" in out


def test_a_changed_protocol(run: Run, study: Path) -> None:
    path = study / "study.toml"
    path.write_text("# a comment changes nothing\n" + path.read_text())
    assert run("trial", "check", study)[0] == 0
    path.write_text(path.read_text().replace("low = 85.0", "low = 80.0"))
    assert run("trial", "check", study)[0] == 1
    add = ("user", "add", "paul", "--study", study, "--role", "monitor")
    refused(run(*add), "study.toml is not the protocol that is recorded", "trial amend")
    refused(run("trial", "amend", study, "--reason", " "), "needs a reason")
    assert run("trial", "amend", study, "--reason", "amendment 1")[0] == 0
    assert run(*add)[0] == 0
    refused(run("trial", "amend", study, "--reason", "again"), "changes nothing")


def test_refusals_of_people(
    run: Run, study: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    add = ("user", "add", "paul", "--study", study, "--role")
    refused(run(*add, "farmacist"), "no such role", 'did you mean "pharmacist"')
    refused(run(*add, "monitor", "--as", "eve"), "nobody of this name")
    refused(
        run("user", "role", "ada", "--study", study, "--reason", "x"), "without an administrator"
    )
    (tmp_path / "wrong").write_text("wrong words here\n")
    wrong = ("--passphrase-file", tmp_path / "wrong")
    refused(run(*add, "monitor", *wrong), "passphrase of ada is wrong")
    refused(run(*add, "monitor", "--passphrase-file", tmp_path / "no"), "can't be read")
    monkeypatch.setenv("HEVESY_NEW_PASSPHRASE", "short")
    refused(run(*add, "monitor"), "too short")
    monkeypatch.delenv("HEVESY_NEW_PASSPHRASE")
    refused(run(*add, "monitor"), "a new passphrase", "--new-passphrase-file")
    monkeypatch.setenv("HEVESY_USER", " ")
    refused(run(*add, "monitor"), "needs somebody who makes it")
    assert len(json.loads(run("user", "list", "--study", study, "--json")[1])["users"]) == 1


def test_refusals_of_folders(run: Run, study: Path, tmp_path: Path) -> None:
    refused(run("trial", "check", tmp_path / "none"), "this folder holds no study")
    refused(run("trial", "init", study), "there is something already")
    refused(run("trial", "init", tmp_path / "t", "--template", "imdendrum"), "did you mean")
    refused(run("trial", "init", tmp_path / "t", "--store", "mysql://u:secret@h/d"), "[store] url")
    assert "secret" not in run("trial", "init", tmp_path / "t", "--store", "x://u:secret@h/d")[2]
    nobody = "postgresql+psycopg://u:secret@127.0.0.1:1/none"
    done = run("trial", "init", tmp_path / "t", "--store", nobody)
    refused(done, "the database can't be opened")
    assert "secret" not in done[2]
    assert not (tmp_path / "t").exists()
    toml = study / "study.toml"
    good = toml.read_text()
    for bad, words in {
        good.replace("labelled_within", "labeled_within"): "did you mean `labelled_within`",
        good.replace('"2 h"', '"2 hours"'): "got '2 hours'",
        good.replace("Asia/Shanghai", "Asia/Shanghia"): 'did you mean "Asia/Shanghai"',
        good.replace("low = 85.0", "accepted = []"): "a test without a limit",
        good.replace('"6 h", "24 h"', '"24 h", "6 h"'): "not in ascending order",
        good + "[": "not valid TOML",
    }.items():
        toml.write_text(bad)
        refused(run("trial", "check", study), words)


def test_a_newer_database(run: Run, study: Path, tmp_path: Path) -> None:
    assert run("trial", "backup", study, "--to", tmp_path / "b.zip")[0] == 0
    refused(run("trial", "backup", study, "--to", tmp_path / "b.zip"), "there is a file already")
    engine = create_engine(address_of(study))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    for words in (("trial", "check", study), ("trial", "upgrade", study)):
        refused(run(*words), "of a newer version", "use a newer hevesy")
    with engine.begin() as connection:  # and one of before there were jobs
        connection.execute(text(f"UPDATE alembic_version SET version_num = '{HEAD}'"))
        downgrade(connection, "0001")
    engine.dispose()
    refused(run("trial", "check", study), "of an older version", "hevesy trial upgrade")
    assert f"Revision 0001, now {HEAD}" in run("trial", "upgrade", study)[1]
    assert run("trial", "check", study, "--audit")[0] == 0


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 2 MB, or skip and say why."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if not mount or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_and_a_read_only_disk(run: Run, disk: Path) -> None:
    study = disk / "s"
    assert run("trial", "init", study)[0] == 0
    before = heads(run, study)
    add = ("user", "add", "paul", "--study", study, "--role", "monitor")
    with contextlib.suppress(OSError), (disk / "filler").open("wb", buffering=0) as file:
        while file.write(b"0" * 4096):
            pass
    refused(run(*add), "disk", "make room")
    (disk / "filler").unlink()
    assert heads(run, study) == before
    subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
    refused(run(*add), "can't be opened", "may be written to")  # WAL needs to write
    subprocess.run(["mount", "-o", "remount,rw", str(disk)], check=True)
    assert run(*add)[0] == 0
    assert heads(run, study)["audit_records"] == 6


def test_the_real_command(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hevesy", "trial", "check", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    refused((done.returncode, done.stdout, done.stderr), "this folder holds no study")
