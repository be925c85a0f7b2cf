"""Every write is one transaction with its audit record; a correction is a further version."""

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, inspect, select, text

from hevesy._version import __version__
from hevesy.errors import AccessError, RecordError
from hevesy.protocol import Role, check_permission
from hevesy.store.audit import (
    append_audit,
    append_audits,
    chain_head,
    row_text,
    stored_columns,
    stored_values,
)
from hevesy.store.columns import UtcTime, Words
from hevesy.store.reading import Reader
from hevesy.store.record import Record
from hevesy.store.tables import Account, Signature

__all__ = ["Acting", "Writer"]

R = TypeVar("R", bound=Record)
_OWN = frozenset({"passphrase_hash"})
_AT_ONCE = 500  # rows in one statement; SQLite takes 999 values in a question at least


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """Who writes, why, and whether they gave their passphrase.

    Parameters
    ----------
    user : str
    roles : tuple of Role
    signed : bool
        Their passphrase was checked.
    reason : str
    founding : bool
        The study's first records: the person who makes it becomes its administrator.

    Examples
    --------
    >>> Acting(user="anna", roles=(Role.PHARMACIST,), signed=False, reason="").user
    'anna'
    """

    user: str
    roles: tuple[Role, ...]
    signed: bool
    reason: str
    founding: bool = False


class Writer(Reader):
    """Adds records within one transaction; made by `Store.writing`.

    All of it is kept when the block ends well, or none.

    Parameters
    ----------
    connection : Connection
        In a transaction that writes, with the audit's chain locked.
    acting : Acting
    clock : callable
        Gives the time, aware.
    """

    def __init__(
        self, connection: Connection, acting: Acting, clock: Callable[[], datetime]
    ) -> None:
        super().__init__(connection)
        self.acting = acting
        self._clock = clock

    def now(self) -> datetime:
        """Give the time of the study's clock."""
        return self._clock()

    def add(self, record: R) -> R:
        """Add the first version of a record.

        Parameters
        ----------
        record : Record
            New; its name is not taken.

        Returns
        -------
        Record
            The same, with its version and audit record.

        Raises
        ------
        AccessError
            The acting person may not (from `check_permission`), or people are added without a
            passphrase.
        RecordError
            It is there already, or its values can't be kept.
        """
        if isinstance(record, Signature):
            raise RecordError("a signature is not entered", remedy="sign the record")
        kind = type(record)
        self._permit(kind, record)
        if self.find(kind, record.id) is not None:
            raise RecordError(
                f"this {_word(kind)} is there already", got=record.id[:60], remedy="correct it"
            )
        record.version = 1
        self._write(record, None, "add")
        if isinstance(record, Account):
            self.sign(Account, record.id, meaning="admitted to the study")
        return record

    def add_many(self, kind: type[Record], rows: Iterable[tuple[str, Mapping[str, Any]]]) -> int:
        """Add the first versions of many records of one kind, as `add` would one by one.

        Each row gets its own audit record in the same chain, under the same triggers; only the
        statements are fewer.

        Parameters
        ----------
        kind : type of Record
            No person and no signature.
        rows : iterable of (str, mapping)
            Name, and all values that people fill, by column; missing ones are empty.

        Returns
        -------
        int
            How many.

        Raises
        ------
        AccessError
            The acting person may not (from `check_permission`).
        RecordError
            A record is there already or given twice, or its values can't be kept.
        """
        if kind in (Account, Signature):
            raise RecordError(f"a {_word(kind)} is added alone", remedy="add it by itself")
        self._permit(kind, None)
        known = {column.key for column in inspect(kind).columns}
        left, total = iter(rows), 0
        while part := list(islice(left, _AT_ONCE)):
            self._require_free(kind, [name for name, _ in part])
            if stray := next((key for _, given in part for key in given if key not in known), ""):
                raise RecordError(
                    f"a {_word(kind)} has no such value", got=stray[:60], remedy="leave it out"
                )
            values = [
                stored_columns(kind, {**given, "id": name, "version": 1}) for name, given in part
            ]
            entries = [
                self._entry(kind, name, 1, None, row_text(kind, row), "add")
                for (name, _), row in zip(part, values, strict=True)
            ]
            for row, seq in zip(values, append_audits(self.connection, entries), strict=True):
                row |= {"audit": seq, "first_version": 1}
            self._insert(kind, values)
            total += len(part)
        return total

    def correct(
        self,
        kind: type[R],
        name: str,
        /,
        *,
        expected_version: int,
        meaning: str = "",
        **changes: Any,
    ) -> R:
        """Add a corrected version of a record; the old one stays.

        Parameters
        ----------
        kind : type of Record
        name : str
        expected_version : int
            The version that was seen when the correction was made.
        meaning : str
            Of the new signature, where the record is signed.
        changes : object
            The columns that change, with their new values.

        Returns
        -------
        Record
            The new version.

        Raises
        ------
        AccessError
            The acting person may not; or the record is signed and they gave no passphrase.
        RecordError
            No reason was given, the record is unknown, was changed meanwhile, or nothing changes.
        """
        old = self.get(kind, name)
        self._permit(kind, old, frozenset(changes))
        if kind is Signature:
            raise RecordError("a signature is not corrected", remedy="sign again")
        if not self.acting.reason.strip():
            raise RecordError("a correction needs a reason", remedy="give it by --reason")
        if old.version != expected_version:
            raise RecordError(
                f"this {_word(kind)} was changed meanwhile by somebody else",
                got=f"version {old.version}",
                allowed=f"version {expected_version}, which was seen",
                remedy="look at it again, then correct it",
            )
        new = _changed(old, changes)
        if row_text(kind, {**stored_values(new), "version": 0}) == row_text(
            kind, {**stored_values(old), "version": 0}
        ):
            raise RecordError("the correction changes nothing", remedy="leave it out")
        signed = bool(self.signatures(kind, name))
        if signed and not self.acting.signed:
            raise AccessError(
                f"this {_word(kind)} is signed",
                got=name[:60],
                remedy="a change needs a new signature: give the passphrase",
            )
        self._write(new, row_text(kind, stored_values(old)), "correct")
        if signed:
            self.sign(kind, name, meaning=meaning or "corrected")
        return new

    def sign(self, kind: type[Record], name: str, *, meaning: str) -> Signature:
        """Put the acting person's name under the version of a record that holds now.

        Parameters
        ----------
        kind : type of Record
        name : str
        meaning : str
            What the signature says: ``"released"``, ``"checked"``.

        Returns
        -------
        Signature

        Raises
        ------
        AccessError
            No passphrase was given.
        RecordError
            The record is unknown, or the meaning is missing.
        """
        if not self.acting.signed:
            raise AccessError(
                "a signature needs the passphrase", got=self.acting.user, remedy="give it"
            )
        if not meaning.strip():
            raise RecordError("a signature needs a meaning", remedy="say what it stands for")
        record = self.get(kind, name)
        content = row_text(kind, stored_values(record))
        signature = Signature(
            id=f"signature-{chain_head(self.connection)[0] + 1}",
            signer=self.acting.user,
            at=self._clock(),
            meaning=meaning,
            kind=str(kind.__tablename__),
            record=name,
            record_version=record.version,
            content_sha256=hashlib.sha256(content.encode()).hexdigest(),
        )
        self._write(signature, None, "sign")
        return signature

    def _require_free(self, kind: type[Record], names: list[str]) -> None:
        table = kind.__table__
        query = select(table.c.id).where(
            table.c.version == 1, table.c.id.in_(bindparam("names", expanding=True))
        )
        taken = self.connection.execute(query, {"names": names}).scalars().first()
        if taken is None and len(set(names)) < len(names):
            taken = next(name for name in names if names.count(name) > 1)
        if taken is not None:
            raise RecordError(
                f"this {_word(kind)} is there already", got=taken[:60], remedy="correct it"
            )

    def _permit(
        self, kind: type[Record], record: Record | None, columns: frozenset[str] = frozenset()
    ) -> None:
        acting = self.acting
        if acting.founding:
            return
        if kind is Account and not acting.signed:
            raise AccessError(
                "people and roles change only with a signature",
                got=acting.user,
                remedy="give your passphrase",
            )
        if isinstance(record, Account) and record.id == acting.user and columns and columns <= _OWN:
            return
        check_permission(acting.user, acting.roles, kind.__action__)

    def _write(self, record: Record, old: str | None, action: str) -> None:
        kind = type(record)
        values = stored_values(record)
        entry = self._entry(kind, record.id, record.version, old, row_text(kind, values), action)
        record.audit = append_audit(self.connection, entry)
        self._insert(kind, [values | {"audit": record.audit, "first_version": 1}])

    def _entry(
        self, kind: type[Record], name: str, version: int, old: str | None, new: str, action: str
    ) -> dict[str, Any]:
        return {
            "at": UtcTime().process_bind_param(self._clock(), None),
            "who": self.acting.user,
            "action": action,
            "kind": str(kind.__tablename__),
            "record": name,
            "record_version": version,
            "old": old,
            "new": new,
            "reason": Words().process_bind_param(self.acting.reason, None),
            "software": f"hevesy {__version__}",
        }

    def _insert(self, kind: type[Record], rows: list[dict[str, Any]]) -> None:
        names = ", ".join(rows[0])
        marks = ", ".join(f":{name}" for name in rows[0])
        self.connection.execute(
            text(f"INSERT INTO {kind.__tablename__} ({names}) VALUES ({marks})"), rows
        )


def _word(kind: type[Record]) -> str:
    return str(kind.__tablename__).replace("_", " ")


def _changed(old: R, changes: dict[str, Any]) -> R:
    columns = {column.key for column in inspect(type(old)).columns}
    managed = {"id", "version", "first_version", "audit"}
    for name in changes:
        if name not in columns - managed:
            raise RecordError(
                f"a {_word(type(old))} has no such value to correct",
                got=name,
                allowed=", ".join(sorted(columns - managed)),
                remedy="name one of these",
            )
    values = {name: getattr(old, name) for name in columns - managed}
    new = type(old)(id=old.id, **{**values, **changes})
    new.version = old.version + 1
    return new
