"""What is restored is what was saved, from either database to either."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hevesy.errors import StudyError
from hevesy.store import (
    Store,
    check_audit,
    open_store,
    read_backup,
    record_kinds,
    restore_backup,
    write_backup,
)
from hevesy.store.audit import chain_head, row_text, stored_values

NOW = datetime(2026, 2, 1, tzinfo=UTC)


def save(store: Store, path: Path) -> None:
    with path.open("wb") as stream:
        write_backup(store, stream, study='name = "A"\n', now=NOW)


def everything(store: Store) -> list[str]:
    with store.reading() as reader:
        return [
            row_text(kind, stored_values(record))
            for kind in record_kinds().values()
            for record in reader.all(kind)
        ]


def test_saved_and_restored(
    store: Store,
    place: Callable[..., str | Path],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    save(store, tmp_path / "a.zip")
    targets = [place()]
    if isinstance(targets[0], Path):
        from tests.store.conftest import run_on

        address = request.getfixturevalue("postgresql")
        run_on(address, f"CREATE DATABASE other_{tmp_path.name[-1]} TEMPLATE template0")
        targets.append(f"{address}/other_{tmp_path.name[-1]}")
    else:
        targets.append(tmp_path / "other.db")
    for target in targets:
        manifest = restore_backup(tmp_path / "a.zip", target)
        assert manifest.study == 'name = "A"\n'
        other = open_store(target, clock=lambda: NOW)
        with other.reading() as reader, store.reading() as original:
            assert check_audit(reader.connection).proved
            assert chain_head(reader.connection) == chain_head(original.connection)
        assert everything(other) == everything(store)
        with other.writing("ada") as writer:  # and it can be gone on with
            writer.add(record_kinds()["site"](id="S9", name="New", timezone="UTC"))  # type: ignore[call-arg]
        other.close()
        with pytest.raises(StudyError, match="holds a study already"):
            restore_backup(tmp_path / "a.zip", target)


def test_a_damaged_backup_is_refused(
    store: Store, place: Callable[..., str | Path], tmp_path: Path
) -> None:
    save(store, tmp_path / "a.zip")
    target = place()
    for member in ("rows/dose.jsonl", "rows/audit.jsonl", "manifest.json"):
        with (
            zipfile.ZipFile(tmp_path / "a.zip") as whole,
            zipfile.ZipFile(tmp_path / "b.zip", "w") as damaged,
        ):
            for name in whole.namelist():
                content = whole.read(name)
                if name == member:
                    content = content.replace(b"lesion 1", b"lesion 2").replace(b"88.5", b"885.")
                    content = content.replace(b'"hash": "', b'"hash": "0')
                damaged.writestr(name, content)
        with pytest.raises(StudyError, match="no complete backup"):
            restore_backup(tmp_path / "b.zip", target)
    restore_backup(tmp_path / "a.zip", target)  # nothing was left in the way


def test_any_altered_byte_of_a_backup(store: Store, tmp_path: Path) -> None:
    """It is refused, or it was none that says anything, such as a date of the zip file's."""
    save(store, tmp_path / "a.zip")
    manifest = read_backup(tmp_path / "a.zip")
    content = (tmp_path / "a.zip").read_bytes()
    refusals = 0
    for number in range(40):
        broken = bytearray(content)
        broken[len(broken) * number // 40] ^= 0x10
        (tmp_path / "b.zip").write_bytes(broken)
        try:
            found = restore_backup(tmp_path / "b.zip", tmp_path / f"{number}.db")
        except StudyError:
            refusals += 1
        else:
            assert found == manifest
    assert refusals > 20


def test_a_cut_off_backup_is_refused(store: Store, tmp_path: Path) -> None:
    save(store, tmp_path / "a.zip")
    content = (tmp_path / "a.zip").read_bytes()
    (tmp_path / "b.zip").write_bytes(content[: len(content) // 2])
    with pytest.raises(StudyError, match="no complete backup"):
        read_backup(tmp_path / "b.zip")
