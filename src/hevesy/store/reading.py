"""Records as they are now, and as they were."""

import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, TextClause, bindparam, text
from sqlalchemy.types import TypeDecorator

from hevesy.errors import RecordError, StudyError
from hevesy.protocol import Role
from hevesy.store.audit import chain_head
from hevesy.store.record import Base, Record
from hevesy.store.tables import Account, Audit, Signature

__all__ = ["Reader"]

R = TypeVar("R", bound=Record)
_STREAM = {"yield_per": 500}
_AT_ONCE = 500  # values in one query; SQLite takes 999 at least
# Queries are texts, as the writer's are: to build and compile them as objects takes longer than
# to run them, and a command line makes each of them once.
_NOW = "NOT EXISTS (SELECT 1 FROM {name} n WHERE n.id = t.id AND n.version = t.version + 1)"


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
        query = _query(kind, "WHERE t.id = :id ORDER BY t.version")
        rows = self.connection.execute(query, {"id": name}).mappings()
        return tuple(_record(kind, row) for row in rows)

    def find(self, kind: type[R], name: str) -> R | None:
        """Give the version of a record that holds now, or None where it is unknown."""
        query = _query(kind, "WHERE t.id = :id ORDER BY t.version DESC LIMIT 1")
        row = self.connection.execute(query, {"id": name}).mappings().one_or_none()
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
        columns = kind.__table__.columns
        given = {column: _bound(columns[column].type, value) for column, value in equal.items()}
        tests = [
            f"t.{column} IS NULL" if value is None else f"t.{column} = :{column}"
            for column, value in given.items()
        ]
        now = _NOW.format(name=kind.__tablename__)
        query = _query(kind, f"WHERE {' AND '.join([*tests, now])} ORDER BY t.id")
        rows = self.connection.execute(query, given, execution_options=_STREAM)
        for row in rows.mappings():
            yield _record(kind, row)

    def among(self, kind: type[R], column: str, values: Sequence[str]) -> tuple[R, ...]:
        """Give all records of a kind that hold now and whose column is one of some values."""
        name = kind.__table__.columns[column].name
        now = _NOW.format(name=kind.__tablename__)
        query = _query(kind, f"WHERE t.{name} IN :among AND {now} ORDER BY t.id", among=True)
        found: list[R] = []
        for first in range(0, len(values), _AT_ONCE):
            part = {"among": list(values[first : first + _AT_ONCE])}
            found += (_record(kind, row) for row in self.connection.execute(query, part).mappings())
        return tuple(found)

    def count(self, kind: type[Record]) -> int:
        """Give how many records of a kind there are."""
        query = text(f"SELECT count(*) FROM {kind.__tablename__} WHERE version = 1")
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

    def entered_before(self, kind: type[Record], seq: int) -> frozenset[str]:
        """Give the names of a kind's records that were there before an audit record."""
        query = _query(Audit, "WHERE t.kind = :kind AND t.record_version = 1 AND t.seq < :seq")
        named = {"kind": kind.__tablename__, "seq": seq}
        rows = self.connection.execute(query, named, execution_options=_STREAM).mappings()
        return frozenset(str(row["record"]) for row in rows)

    def trail(self, kind: type[Record], name: str) -> tuple[Audit, ...]:
        """Give the audit records of one record, in the order of their making."""
        query = _query(Audit, "WHERE t.kind = :kind AND t.record = :record ORDER BY t.seq")
        named = {"kind": kind.__tablename__, "record": name}
        rows = self.connection.execute(query, named).mappings()
        return tuple(Audit(**_values(Audit, row)) for row in rows)


@functools.cache
def _query(kind: type[Base], rest: str, *, among: bool = False) -> TextClause:
    columns = ", ".join(f"t.{column.name} AS {column.name}" for column in kind.__table__.columns)
    query = text(f"SELECT {columns} FROM {kind.__tablename__} t {rest}")
    return query.bindparams(bindparam("among", expanding=True)) if among else query


@functools.cache
def _conversions(kind: type[Base]) -> Mapping[str, Callable[[Any, Any], Any]]:
    """How columns are read whose values the database keeps in another form."""
    plain = TypeDecorator.process_result_value
    types = {column.name: column.type for column in kind.__table__.columns}
    return {
        name: found.process_result_value
        for name, found in types.items()
        if isinstance(found, TypeDecorator) and type(found).process_result_value is not plain
    }


def _bound(kept_as: Any, value: Any) -> Any:
    """A value as the database keeps it."""
    return kept_as.process_bind_param(value, None)


def _values(kind: type[Base], row: Mapping[Any, Any]) -> dict[str, Any]:
    values = dict(row)
    for name, convert in _conversions(kind).items():
        try:
            values[name] = convert(values[name], None)
        except (ValueError, TypeError, ArithmeticError) as error:
            raise StudyError(
                f"`{name}` of a {kind.__tablename__} can't be read: it is not what was written",
                remedy="run `hevesy trial check --audit`, and restore a backup",
            ) from error
    return values


def _record(kind: type[R], row: Mapping[Any, Any]) -> R:
    values = _values(kind, row)
    version, audit = values.pop("version"), values.pop("audit")
    del values["first_version"]
    record = kind(**values)
    record.version, record.audit = version, audit
    return record
