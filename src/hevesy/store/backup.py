"""A backup: every row of every audited table as text, with hashes, for either database."""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from sqlalchemy import Connection, text
from sqlalchemy.exc import IntegrityError

from hevesy._version import __version__
from hevesy.errors import StudyError
from hevesy.store.audit import chain_head
from hevesy.store.columns import canonical_json
from hevesy.store.connection import connect, read_transaction, write_transaction
from hevesy.store.opening import Store
from hevesy.store.proof import audited_columns, check_audit
from hevesy.store.record import Base
from hevesy.store.revisions import (
    HEAD,
    check_revision,
    current_revision,
    known_revisions,
    upgrade,
)

__all__ = ["BackupManifest", "back_up", "read_backup", "restore_backup", "write_backup"]

_FORMAT = 1
_CHUNK = 500
_UNREADABLE = (  # RuntimeError: an altered flag says that it is encrypted or packed otherwise
    KeyError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error
)  # fmt: skip
_STREAM = {"yield_per": 1000}


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupManifest:
    """What a backup holds.

    Parameters
    ----------
    revision : str
        Of the database.
    created : str
        ISO 8601, UTC.
    head_seq, head_hash : int, str
        The audit's last record.
    tables : tuple of (str, int, str)
        Name, rows, SHA-256 of the rows' text.
    study : str
        The study.toml.
    software : str

    Examples
    --------
    >>> BackupManifest(
    ...     revision="0001", created="", head_seq=0, head_hash="", tables=(("batch", 2, ""),),
    ...     study="", software="",
    ... ).rows
    2
    """

    revision: str
    created: str
    head_seq: int
    head_hash: str
    tables: tuple[tuple[str, int, str], ...]
    study: str
    software: str

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(count for _, count, _ in self.tables)


def _lines(connection: Connection, table: str, columns: Sequence[str]) -> Iterator[bytes]:
    order = "seq" if table == "audit" else "audit"
    query = text(f"SELECT {', '.join(columns)} FROM {table} ORDER BY {order}")
    for row in connection.execute(query, execution_options=_STREAM):
        yield canonical_json(list(row)).encode() + b"\n"


def write_backup(
    store: Store,
    target: IO[bytes],
    *,
    study: str,
    now: datetime,
    report: Callable[[str, int, int], object] = lambda stage, done, total: None,
) -> BackupManifest:
    """Write all records, as they are at one moment, into a zip file.

    Jobs are no records and are left out; so are the images in ``dicom/``.

    Parameters
    ----------
    store : Store
    target : binary file
        Open for writing.
    study : str
        Text of study.toml.
    now : datetime
        Aware.
    report : callable
        Told the stage, and how many of how many tables are done.

    Returns
    -------
    BackupManifest

    Examples
    --------
    >>> write_backup.__name__
    'write_backup'
    """
    with read_transaction(store.engine) as connection:
        return back_up(connection, target, study=study, now=now, report=report)


def back_up(
    connection: Connection,
    target: IO[bytes],
    *,
    study: str,
    now: datetime,
    report: Callable[[str, int, int], object] = lambda stage, done, total: None,
) -> BackupManifest:
    """Write all records of a database of this or an earlier revision, as `write_backup` does.

    Parameters
    ----------
    connection : Connection
        In a transaction that sees one moment.
    target : binary file
        Open for writing.
    study : str
        Text of study.toml.
    now : datetime
        Aware.
    report : callable
        Told the stage, and how many of how many tables are done.

    Returns
    -------
    BackupManifest

    Raises
    ------
    StudyError
        The audit is not proved: a backup would keep what was altered.

    Examples
    --------
    >>> back_up.__name__
    'back_up'
    """
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        report("proving the audit", 0, 0)
        if not check_audit(connection).proved:
            raise StudyError(
                "the audit is not proved, so no backup was written",
                remedy="run `hevesy trial check --audit`, and restore an earlier backup",
            )
        tables = []
        there = audited_columns(connection)
        for done, (name, columns) in enumerate(there.items()):
            report(f"writing {name}", done, len(there))
            digest, count = hashlib.sha256(), 0
            with archive.open(f"rows/{name}.jsonl", "w", force_zip64=True) as member:
                member.write(canonical_json(columns).encode() + b"\n")
                for line in _lines(connection, name, columns):
                    digest.update(line)
                    count += 1
                    member.write(line)
            tables.append((name, count, digest.hexdigest()))
        seq, head = chain_head(connection)
        manifest = BackupManifest(
            revision=current_revision(connection) or HEAD,
            created=now.isoformat(timespec="seconds"),
            head_seq=seq,
            head_hash=head,
            tables=tuple(tables),
            study=study,
            software=f"hevesy {__version__}",
        )
        archive.writestr("study.toml", study)
        archive.writestr("manifest.json", _manifest_text(manifest))
    return manifest


def _manifest_text(manifest: BackupManifest) -> str:
    return json.dumps(
        {
            "format": _FORMAT,
            "software": manifest.software,
            "revision": manifest.revision,
            "created": manifest.created,
            "head": {"seq": manifest.head_seq, "hash": manifest.head_hash},
            "study_sha256": hashlib.sha256(manifest.study.encode()).hexdigest(),
            "tables": [
                {"name": name, "rows": rows, "sha256": digest}
                for name, rows, digest in manifest.tables
            ],
        },
        indent=2,
    )


def _damaged(path: Path, why: str) -> StudyError:
    return StudyError(
        f"this is no complete backup of a study: {why}",
        got=path.name,
        remedy="give another backup",
    )


def read_backup(path: Path) -> BackupManifest:
    """Read what a backup says of itself.

    Raises
    ------
    StudyError
        It is missing, damaged, or of a newer version.

    Examples
    --------
    >>> read_backup(Path("no-such.zip"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this is no complete backup of a study: ...
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = json.loads(archive.read("manifest.json"))
            study = archive.read("study.toml").decode("utf-8")
            if entries["format"] > _FORMAT or entries["revision"] not in known_revisions():
                raise StudyError(
                    "the backup is of a newer version",
                    got=str(entries["revision"]),
                    allowed=HEAD,
                    remedy="use a newer hevesy",
                )
            if hashlib.sha256(study.encode()).hexdigest() != entries["study_sha256"]:
                raise _damaged(path, "its study.toml was altered")
            return BackupManifest(
                revision=entries["revision"],
                created=entries["created"],
                head_seq=int(entries["head"]["seq"]),
                head_hash=entries["head"]["hash"],
                tables=tuple((t["name"], int(t["rows"]), t["sha256"]) for t in entries["tables"]),
                study=study,
                software=entries["software"],
            )
    except (OSError, *_UNREADABLE) as error:
        raise _damaged(path, type(error).__name__) from error


def restore_backup(path: Path, address: str | Path) -> BackupManifest:
    """Put a backup's records into an empty database, all of them or none, and prove them.

    Parameters
    ----------
    path : Path
        From `write_backup`, of either database.
    address : str or Path
        See `connect`; a file that is not there yet, or an empty database.

    Returns
    -------
    BackupManifest

    Raises
    ------
    StudyError
        The database holds a study, or what was restored is not what was saved.

    Examples
    --------
    >>> restore_backup(Path("no-such.zip"), Path("study.db"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this is no complete backup of a study: ...
    """
    manifest = read_backup(path)
    engine = connect(address)
    try:
        with zipfile.ZipFile(path) as archive, write_transaction(engine) as connection:
            if current_revision(connection) is not None:
                raise StudyError(
                    "the database holds a study already", remedy="give an empty database"
                )
            upgrade(connection, manifest.revision)
            try:
                for name, _, _ in manifest.tables:
                    _insert(connection, archive, name)
            except (*_UNREADABLE, IntegrityError) as error:
                raise _damaged(path, type(error).__name__) from error
            _compare(connection, archive, manifest, path)
            upgrade(connection)
            check_revision(connection)
            known = ((manifest.head_seq, manifest.head_hash),) if manifest.head_seq else ()
            proof = check_audit(connection, known_heads=known)
            if not proof.proved or chain_head(connection) != (
                manifest.head_seq,
                manifest.head_hash,
            ):
                raise _damaged(
                    path, proof.faults[0] if proof.faults else "its audit ends elsewhere"
                )
    finally:
        engine.dispose()
    return manifest


def _columns(archive: zipfile.ZipFile, table: str) -> list[str]:
    known = {column.name for column in Base.metadata.tables[table].columns}
    with archive.open(f"rows/{table}.jsonl") as member:
        columns = json.loads(member.readline())
    if not set(columns) <= known:
        raise StudyError(
            "the backup has values that this hevesy does not know",
            got=table,
            remedy="use a newer hevesy",
        )
    return list(columns)


def _insert(connection: Connection, archive: zipfile.ZipFile, table: str) -> None:
    columns = _columns(archive, table)
    marks = ", ".join(f":{name}" for name in columns)
    statement = text(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})")
    chunk: list[dict[str, Any]] = []
    with archive.open(f"rows/{table}.jsonl") as member:
        member.readline()
        for line in member:
            chunk.append(dict(zip(columns, json.loads(line), strict=True)))
            if len(chunk) == _CHUNK:
                connection.execute(statement, chunk)
                chunk = []
    if chunk:
        connection.execute(statement, chunk)


def _compare(
    connection: Connection, archive: zipfile.ZipFile, manifest: BackupManifest, path: Path
) -> None:
    """Read all rows back from the database: they are those that were saved."""
    for name, rows, digest in manifest.tables:
        found, count = hashlib.sha256(), 0
        for line in _lines(connection, name, _columns(archive, name)):
            found.update(line)
            count += 1
        if count != rows or found.hexdigest() != digest:
            raise _damaged(path, f"the rows of {name} are not those that were saved")
