"""`hevesy trial upgrade` saves the records first, says where, and does nothing without."""

import json
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hevesy.store.connection import connect, write_transaction
from hevesy.store.revisions import HEAD, current_revision, downgrade, known_revisions
from tests.store.commands import Run, address_of, refused
from tests.store.test_commands import heads


def take_down(study: Path, revision: str) -> None:
    """As the study was before this version of hevesy."""
    address = address_of(study)
    engine = connect(study / "study.db" if address.startswith("sqlite") else address)
    with write_transaction(engine) as connection:
        downgrade(connection, revision)
    engine.dispose()


def revision_of(study: Path) -> str | None:
    engine = create_engine(address_of(study))
    with engine.connect() as connection:
        found = current_revision(connection)
    engine.dispose()
    return found


@pytest.mark.parametrize("revision", known_revisions()[:-1])
def test_from_every_earlier_revision(run: Run, trial: Path, tmp_path: Path, revision: str) -> None:
    before = heads(run, trial)
    files = set(trial.iterdir())
    take_down(trial, revision)
    refused(run("trial", "upgrade", trial, "--as", "monitor"), "monitor may not back up, upgrade")
    assert set(trial.iterdir()) == files
    done = json.loads(run("trial", "upgrade", trial, "--json")[1])
    backup = Path(done.pop("backup"))
    assert done == {"before": revision, "after": HEAD}
    assert set(trial.iterdir()) - files == {backup, trial / "backups.jsonl"}
    after = heads(run, trial)
    assert [after[key] for key in ("head", "rows")] == [before[key] for key in ("head", "rows")]
    assert after["backups"] == 1  # whose head the audit is held against from now on
    restored = ("trial", "restore", backup, "--to", tmp_path / "r", "--store", "study.db")
    assert run(*restored)[0] == 0
    assert heads(run, tmp_path / "r")["head"] == before["head"]
    assert run("trial", "upgrade", trial)[1] == "It is up to date.\n"
    assert set(trial.iterdir()) - files == {backup, trial / "backups.jsonl"}


def test_without_a_backup_nothing_is_upgraded(run: Run, study: Path, tmp_path: Path) -> None:
    earlier = known_revisions()[-2]
    take_down(study, earlier)
    files = set(study.iterdir())
    (tmp_path / "b.zip").write_text("in the way")
    refused(run("trial", "upgrade", study, "--backup", tmp_path / "b.zip"), "a file already")
    assert (tmp_path / "b.zip").read_text() == "in the way"
    refused(run("trial", "upgrade", study, "--backup", tmp_path / "none" / "b.zip"), "none")
    engine = create_engine(address_of(study))
    with engine.begin() as connection:
        on = " ON account" if engine.dialect.name == "postgresql" else ""
        connection.execute(text(f"DROP TRIGGER account_no_update{on}"))
        connection.execute(text("UPDATE account SET full_name = 'Eve'"))
    engine.dispose()
    refused(run("trial", "upgrade", study), "the audit is not proved, so no backup was written")
    assert revision_of(study) == earlier
    assert set(study.iterdir()) == files
