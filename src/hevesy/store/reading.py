"""Records as they are now, and as they were."""

from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, bindparam, func, select

from hevesy.errors import RecordError
from hevesy.protocol import Role
from hevesy.store.audit import chain_head
from hevesy.store.record import Record
from hevesy.store.tables import Account, Audit, Signature

__all__ = ["Reader"]

R = TypeVar("R", bound=Record)
_STREAM = {"yield_per": 500}
_AT_ONCE = 500  # values in one query; SQLite takes 999 at least


class Reader:
    """Reads records within one transaction; made by `Store.reading`.

    Parameters
    ----------
    connection : Connection
        In a transaction.
    """

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def history(self, kind: type[R], name: str) -> tuple[R, ...]:
        """Give every version of a record, the first one first; none where it is unknown."""
        table = kind.__table__
        query = select(table).where(table.c.id == name).order_by(table.c.version)
        return tuple(_record(kind, row) for row in self.connection.execute(query).mappings())

    def find(self, kind: type[R], name: str) -> R | None:
        """Give the version of a record that holds now, or None where it is unknown."""
        table = kind.__table__
        query = select(table).where(table.c.id == name).order_by(table.c.version.desc()).limit(1)
        row = self.connection.execute(query).mappings().one_or_none()
        return None if row is None else _record(kind, row)

    def get(self, kind: type[R], name: str) -> R:
        """Give the version of a record that holds now.

        Raises
        ------
        RecordError
            It is unknown.
        """
        found = self.find(kind, name)
        if found is None:
            what = str(kind.__tablename__).replace("_", " ")
            raise RecordError(
                f"there is no such {what} in the study",
                got=name[:60],
                remedy="check its name, or enter it first",
            )
        return found

    def all(self, kind: type[R], /, **equal: Any) -> tuple[R, ...]:
        """Give all records of a kind that hold now, those with equal columns, by name."""
        return tuple(self.each(kind, **equal))

    def each(self, kind: type[R], /, **equal: Any) -> Iterator[R]:
        """Give one record after the other, as `all` does, without holding them all."""
        table = kind.__table__
        newer = table.alias("newer")
        query = (
            select(table)
            .where(*(table.c[column] == value for column, value in equal.items()))
            .where(
                ~select(newer.c.id)
                .where(newer.c.id == table.c.id, newer.c.version == table.c.version + 1)
                .exists()
            )
            .order_by(table.c.id)
        )
        rows = self.connection.execute(query, execution_options=_STREAM)
        for row in rows.mappings():
            yield _record(kind, row)

    def among(self, kind: type[R], column: str, values: Sequence[str]) -> tuple[R, ...]:
        """Give all records of a kind that hold now and whose column is one of some values."""
        table = kind.__table__
        newer = table.alias("newer")
        query = (
            select(table)
            .where(table.c[column].in_(bindparam("among", expanding=True)))
            .where(
                ~select(newer.c.id)
                .where(newer.c.id == table.c.id, newer.c.version == table.c.version + 1)
                .exists()
            )
            .order_by(table.c.id)
        )
        found: list[R] = []
        for first in range(0, len(values), _AT_ONCE):
            part = {"among": list(values[first : first + _AT_ONCE])}
            found += (_record(kind, row) for row in self.connection.execute(query, part).mappings())
        return tuple(found)

    def count(self, kind: type[Record]) -> int:
        """Give how many records of a kind there are."""
        table = kind.__table__
        query = select(func.count()).select_from(table).where(table.c.version == 1)
        return int(self.connection.execute(query).scalar_one())

    def account(self, name: str) -> Account:
        """Give a person of the study.

        Raises
        ------
        RecordError
            They are unknown (from `get`).
        """
        return self.get(Account, name)

    def roles(self, name: str) -> tuple[Role, ...]:
        """Give the roles of a person."""
        return tuple(Role(word) for word in self.account(name).roles)

    def signatures(self, kind: type[Record], name: str) -> tuple[Signature, ...]:
        """Give the signatures under any version of a record, in the order of their making."""
        found = self.all(Signature, kind=str(kind.__tablename__), record=name)
        return tuple(sorted(found, key=lambda signature: signature.audit))

    def head(self) -> tuple[int, str]:
        """Give number and hash of the last audit record: what was read holds while it stays."""
        return chain_head(self.connection)

    def trail(self, kind: type[Record], name: str) -> tuple[Audit, ...]:
        """Give the audit records of one record, in the order of their making."""
        table = Audit.__table__
        query = (
            select(table)
            .where(table.c.kind == kind.__tablename__, table.c.record == name)
            .order_by(table.c.seq)
        )
        return tuple(Audit(**row) for row in self.connection.execute(query).mappings())


def _record(kind: type[R], row: Any) -> R:
    values = dict(row)
    version, audit = values.pop("version"), values.pop("audit")
    del values["first_version"]
    record = kind(**values)
    record.version, record.audit = version, audit
    return record
