"""The audit's chain: what a record says, and the hash that ties it to the one before."""

import hashlib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Connection, text

from hevesy.errors import RecordError
from hevesy.store.columns import Secret, canonical_json
from hevesy.store.record import Record
from hevesy.store.tables import Audit
from hevesy.store.triggers import GENESIS

__all__ = [
    "AUDIT_FIELDS",
    "append_audit",
    "append_audits",
    "audit_hash",
    "chain_head",
    "lock_chain",
    "row_text",
    "stored_columns",
    "stored_values",
]

AUDIT_FIELDS = (
    "seq", "at", "who", "action", "kind", "record", "record_version", "old", "new", "reason",
    "software", "previous",
)  # fmt: skip
"""What an audit record's hash covers, all of it but the hash."""

_UNAUDITED = frozenset({"audit", "first_version"})
_LOCK = 4_073_188  # names this lock among a PostgreSQL database's advisory locks; any number does


def stored_values(record: Record) -> dict[str, Any]:
    """Values of a record as the database keeps them, by column.

    Raises
    ------
    RecordError
        A value that may not be missing is.

    Examples
    --------
    >>> from hevesy.store.tables import Site
    >>> stored_values(Site(id="S1", name="Hospital", timezone="Europe/Paris"))["name"]
    'Hospital'
    """
    names = (name for name, _, _ in _binders(type(record)))
    return stored_columns(type(record), {name: getattr(record, name) for name in names})


def stored_columns(kind: type[Record], given: Mapping[str, Any]) -> dict[str, Any]:
    """Values as the database keeps them, from those that people know.

    Parameters
    ----------
    kind : type of Record
    given : mapping of str to object
        By column; a missing one is empty.

    Returns
    -------
    dict of str to object
        `audit` and `first_version` are the writer's, and 0 and 1 unless given.

    Raises
    ------
    RecordError
        A value that may not be missing is.

    Examples
    --------
    >>> from hevesy.store.tables import Site
    >>> given = {"id": "S1", "version": 1, "name": "Hospital", "timezone": "Europe/Paris"}
    >>> stored_columns(Site, given)["timezone"]
    'Europe/Paris'
    """
    values: dict[str, Any] = {"audit": 0, "first_version": 1}
    for name, bind, nullable in _binders(kind):
        value = given.get(name, values.get(name))
        values[name] = value if bind is None or value is None else bind(value, None)
        if values[name] is None and not nullable:
            raise RecordError(f"{name} of a {kind.__tablename__} is missing", remedy="give it")
    return values


@cache
def _binders(kind: type[Record]) -> tuple[tuple[str, Any, bool], ...]:
    """Name, check and whether it may be missing, for each column."""
    return tuple(
        (column.name, getattr(column.type, "process_bind_param", None), bool(column.nullable))
        for column in kind.__table__.columns
    )


@cache
def _audited(kind: type[Record]) -> tuple[tuple[str, bool], ...]:
    """Name and whether it is a secret, for each column that the audit covers."""
    return tuple(
        (column.name, isinstance(column.type, Secret))
        for column in kind.__table__.columns
        if column.name not in _UNAUDITED
    )


def row_text(kind: type[Record], values: Mapping[str, Any]) -> str:
    """Canonical text of a stored row, as the audit keeps it; secrets as their hash.

    Parameters
    ----------
    kind : type of Record
        The row's table.
    values : mapping of str to object
        As the database keeps them, by column.

    Returns
    -------
    str

    Examples
    --------
    >>> from hevesy.store.tables import Site
    >>> site = Site(id="S1", name="Hospital", timezone="Europe/Paris")
    >>> row_text(Site, stored_values(site))
    '{"id":"S1","name":"Hospital","timezone":"Europe/Paris","version":1}'
    """
    shown = {}
    for name, secret in _audited(kind):
        value = values[name]
        if secret and value is not None:
            value = f"sha256:{hashlib.sha256(str(value).encode()).hexdigest()}"
        shown[name] = value
    return canonical_json(shown)


def audit_hash(fields: Mapping[str, Any]) -> str:
    """SHA-256 over the canonical text of an audit record, the hash before it included.

    Parameters
    ----------
    fields : mapping of str to object
        `AUDIT_FIELDS`, as the database keeps them.

    Returns
    -------
    str
        64 hexadecimal digits.

    Examples
    --------
    >>> audit_hash(dict.fromkeys(AUDIT_FIELDS, 1))[:8]
    'cf51625b'
    """
    payload = canonical_json({name: fields[name] for name in AUDIT_FIELDS})
    return hashlib.sha256(payload.encode()).hexdigest()


def lock_chain(connection: Connection) -> None:
    """Let one writer at a time append, until its transaction ends.

    On SQLite ``BEGIN IMMEDIATE`` has done it already.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> with create_engine("sqlite://").connect() as connection:
    ...     lock_chain(connection)
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def chain_head(connection: Connection) -> tuple[int, str]:
    """Sequence number and hash of the last audit record; 0 and zeros where there is none.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> from hevesy.store.revisions import upgrade
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection)
    ...     chain_head(connection)[0]
    0
    """
    row = connection.execute(
        text("SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1")
    ).one_or_none()
    return (0, GENESIS) if row is None else (int(row[0]), str(row[1]))


def append_audit(connection: Connection, fields: Mapping[str, Any]) -> int:
    """Append one record to the chain; the caller holds `lock_chain`.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes.
    fields : mapping of str to object
        `AUDIT_FIELDS` without `seq` and `previous`, as the database keeps them.

    Returns
    -------
    int
        The record's sequence number.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> from hevesy.store.revisions import upgrade
    >>> fields = dict.fromkeys(AUDIT_FIELDS, "x") | {"record_version": 1}
    >>> fields["at"] = "2026-01-09T10:30:00.000000Z"
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection)
    ...     append_audit(connection, fields)
    1
    """
    return append_audits(connection, [fields])[0]


def append_audits(connection: Connection, entries: Sequence[Mapping[str, Any]]) -> list[int]:
    """Append records to the chain, each with the hash of the one before.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes; the caller holds `lock_chain`.
    entries : sequence of mapping of str to object
        Each as `append_audit` takes it; one or more.

    Returns
    -------
    list of int
        Their sequence numbers.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> from hevesy.store.revisions import upgrade
    >>> fields = dict.fromkeys(AUDIT_FIELDS, "x") | {"record_version": 1}
    >>> fields["at"] = "2026-01-09T10:30:00.000000Z"
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection)
    ...     append_audits(connection, [fields, fields | {"record": "y"}])
    [1, 2]
    """
    last, previous = chain_head(connection)
    rows = []
    for seq, fields in enumerate(entries, start=last + 1):
        whole = {**fields, "seq": seq, "previous": previous}
        whole["hash"] = previous = audit_hash(whole)
        rows.append(whole)
    names = ", ".join(column.name for column in Audit.__table__.columns)
    marks = ", ".join(f":{column.name}" for column in Audit.__table__.columns)
    connection.execute(text(f"INSERT INTO audit ({names}) VALUES ({marks})"), rows)
    return [row["seq"] for row in rows]
