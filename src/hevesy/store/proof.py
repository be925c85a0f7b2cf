"""The audit's proof: the chain is recomputed, and every row is held against what was audited."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, inspect, text

from hevesy.store.audit import AUDIT_FIELDS, audit_hash, row_text
from hevesy.store.record import Base, Record, record_kinds
from hevesy.store.revisions import HEAD, current_revision, list_triggers
from hevesy.store.triggers import GENESIS, expected_triggers

__all__ = ["AuditProof", "audited_columns", "check_audit"]

_STREAM = {"yield_per": 1000}
_SHOWN = 20  # faults that are listed; the rest is counted


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditProof:
    """What a check of the audit found.

    Parameters
    ----------
    records : int
        Audit records read.
    rows : int
        Audited rows compared.
    head : str
        Hash of the last audit record.
    faults : tuple of str
        What does not agree, the first of them; none where all is as it was written.
    more : int
        Faults beyond those.

    Examples
    --------
    >>> AuditProof(records=0, rows=0, head="0", faults=(), more=0).proved
    True
    """

    records: int
    rows: int
    head: str
    faults: tuple[str, ...]
    more: int

    @property
    def proved(self) -> bool:
        """Whether nothing was altered, as far as the chain can tell."""
        return not self.faults


def audited_columns(connection: Connection) -> dict[str, tuple[str, ...]]:
    """Columns of the audit and of every audited table, as the database's revision has them.

    Parameters
    ----------
    connection : Connection
        To a database of this revision, or of an earlier one.

    Returns
    -------
    dict of str to tuple of str
        By table, those referred to first.

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> from hevesy.store.revisions import upgrade
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection)
    ...     audited_columns(connection)["site"]
    ('id', 'version', 'name', 'timezone', 'first_version', 'audit')
    """
    whole = {
        name: tuple(column.name for column in Base.metadata.tables[name].columns)
        for name in ("audit", *record_kinds())
    }
    if current_revision(connection) == HEAD:
        return whole
    inspector = inspect(connection)
    there = {
        name: {column["name"] for column in inspector.get_columns(name)}
        for name in inspector.get_table_names()
    }
    return {
        name: tuple(column for column in columns if column in there[name])
        for name, columns in whole.items()
        if name in there
    }


def check_audit(
    connection: Connection, *, known_heads: tuple[tuple[int, str], ...] = ()
) -> AuditProof:
    """Recompute the chain and compare every audited row; memory does not grow with the study.

    A database of an earlier revision is held against what it had: its tables and columns.

    The chain alone can't tell that its last records were cut off and the rows with them: a head
    that was kept elsewhere (in a backup) does.

    Parameters
    ----------
    connection : Connection
        In a transaction that reads.
    known_heads : tuple of (int, str)
        Sequence numbers and hashes that the chain had at earlier times.

    Returns
    -------
    AuditProof

    Examples
    --------
    >>> from sqlalchemy import create_engine
    >>> from hevesy.store.revisions import upgrade
    >>> with create_engine("sqlite://").connect() as connection:
    ...     upgrade(connection)
    ...     check_audit(connection).proved
    True
    """
    faults: list[str] = []
    count = 0
    wanted: dict[int, set[str]] = {}
    for seq, kept in known_heads:
        wanted.setdefault(seq, set()).add(kept)
    chain = _Chain()
    for fault in chain.walk(connection, wanted):
        count += 1
        if len(faults) < _SHOWN:
            faults.append(fault)
    rows = 0
    there = audited_columns(connection)
    kinds = {name: kind for name, kind in record_kinds().items() if name in there}
    for name, kind in kinds.items():
        table = _Rows(kind, there[name])
        for fault in table.compare(connection, chain.kinds.pop(name, 0)):
            count += 1
            if len(faults) < _SHOWN:
                faults.append(fault)
        rows += table.rows
    others = [f"audit records of an unknown kind of record: {name}" for name in chain.kinds]
    for fault in (*others, *_missing_triggers(connection, tuple(kinds))):
        count += 1
        if len(faults) < _SHOWN:
            faults.append(fault)
    return AuditProof(
        records=chain.seq,
        rows=rows,
        head=chain.hash,
        faults=tuple(faults),
        more=count - len(faults),
    )


class _Chain:
    """Where the walk along the chain is."""

    def __init__(self) -> None:
        self.seq = 0
        self.hash = GENESIS
        self.kinds: dict[str, int] = {}

    def walk(self, connection: Connection, wanted: dict[int, set[str]]) -> Iterator[str]:
        names = ", ".join((*AUDIT_FIELDS, "hash"))
        query = text(f"SELECT {names} FROM audit ORDER BY seq")
        for row in connection.execute(query, execution_options=_STREAM).mappings():
            yield from self._step(dict(row), wanted)
        for seq in sorted(wanted):
            if seq > self.seq:
                yield (
                    f"the audit ends at record {self.seq}, but an earlier backup has record {seq}: "
                    "its end was cut off"
                )

    def _step(self, fields: dict[str, Any], wanted: dict[int, set[str]]) -> Iterator[str]:
        seq = int(fields["seq"])
        if seq != self.seq + 1:
            yield f"audit record {self.seq + 1} is missing"
        if fields["previous"] != self.hash:
            yield f"audit record {seq} does not follow from the one before"
        computed = audit_hash(fields)
        if computed != fields["hash"]:
            yield f"audit record {seq} was altered"
        if wanted.get(seq, {fields["hash"]}) != {fields["hash"]}:
            yield f"audit record {seq} is not the one that an earlier backup has"
        self.seq, self.hash = seq, str(fields["hash"])
        self.kinds[fields["kind"]] = self.kinds.get(fields["kind"], 0) + 1


class _Rows:
    """The rows of one table, held against the audit."""

    def __init__(self, kind: type[Record], columns: tuple[str, ...]) -> None:
        self.kind = kind
        self.name = str(kind.__tablename__)
        self.columns = columns
        known = {column.name for column in kind.__table__.columns}
        self.later = dict.fromkeys(known.difference(columns))  # empty, where not there yet
        self.rows = 0

    def compare(self, connection: Connection, audited: int) -> Iterator[str]:
        picked = ", ".join(f"t.{name} AS {name}" for name in self.columns)
        query = text(
            f"SELECT {picked}, a.new AS audit_new, a.kind AS audit_kind, a.record AS audit_record, "
            "a.record_version AS audit_version "
            f"FROM {self.name} t LEFT JOIN audit a ON a.seq = t.audit ORDER BY t.audit"
        )
        for row in connection.execute(query, execution_options=_STREAM).mappings():
            self.rows += 1
            yield from self._row({**row, **self.later})
        if self.rows != audited:
            yield (
                f"{self.name} has {self.rows} rows, but {audited} were audited: "
                f"rows were {'added' if self.rows > audited else 'taken away'}"
            )

    def _row(self, row: dict[str, Any]) -> Iterator[str]:
        where = f"{self.name} '{row['id']}' version {row['version']}"
        named = (row["audit_kind"], row["audit_record"], row["audit_version"])
        if row["audit_new"] is None or named != (self.name, row["id"], row["version"]):
            yield f"{where} has no audit record of its own"
            return
        found = row_text(self.kind, row)
        if found != row["audit_new"] and not _same_but_newer(found, row["audit_new"]):
            yield f"{where} was altered: it is not what audit record {row['audit']} holds"
        if row["first_version"] != 1:
            yield f"{where} was altered: first_version"


def _same_but_newer(found: str, audited: str) -> bool:
    """Whether all that differs is columns that came by a later revision and are still empty."""
    try:
        new, old = json.loads(found), json.loads(audited)
    except ValueError:
        return False
    grown = {name for name in new if name not in old and new[name] is None}
    return bool(grown) and {k: v for k, v in new.items() if k not in grown} == old


def _missing_triggers(connection: Connection, kinds: tuple[str, ...]) -> Iterator[str]:
    there = set(list_triggers(connection))
    for table in ("audit", *kinds):
        for trigger in expected_triggers(table, connection.dialect.name):
            if trigger not in there:
                yield f"the database's rule {trigger} is missing or switched off"
