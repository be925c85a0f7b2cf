"""A study as it would be: the records that hold now, and those that are meant to be written."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeVar

from sqlalchemy import Connection, select

from hevesy.store.reading import Reader
from hevesy.store.record import Record

__all__ = ["Preview"]

R = TypeVar("R", bound=Record)
_MANAGED = ("id", "version", "first_version", "audit")
_MADE_AT_MOST = 20_000  # records kept for the next question; more would only fill the memory


class _Held:
    """All records of one kind: their values by name, found by the value of a column."""

    def __init__(self, connection: Connection, kind: type[Record]) -> None:
        self.kind = kind
        self.versions: dict[str, tuple[int, int]] = {}
        self.rows: dict[str, Mapping[str, Any]] = {}
        self.stored = 0
        self._made: dict[str, Record] = {}
        self._indexes: dict[str, dict[Any, list[str]]] = {}
        table = kind.__table__
        names = [column.name for column in table.columns if column.name not in _MANAGED]
        fetch = connection.execute(
            select(table).order_by(table.c.id, table.c.version),
            execution_options={"yield_per": 500},
        )
        for row in fetch.mappings():  # a later version takes the place of the one before
            self.versions[row["id"]] = (row["version"], row["audit"])
            self.rows[row["id"]] = {name: row[name] for name in names}
        self.stored = len(self.rows)

    def put(self, name: str, values: Mapping[str, Any]) -> None:
        self.rows[name] = values
        self._made.pop(name, None)
        for column, index in self._indexes.items():
            found = index.setdefault(_key(values[column]), [])
            if name not in found[-1:]:
                found.append(name)

    def record(self, name: str) -> Record:
        made = self._made.get(name)
        if made is None:
            made = self.kind(id=name, **self.rows[name])
            made.version, made.audit = self.versions.get(name, (1, 0))
            if len(self._made) >= _MADE_AT_MOST:
                self._made.clear()
            self._made[name] = made
        return made

    def names(self, equal: Mapping[str, Any]) -> list[str]:
        """Names of the records with equal columns, in order."""
        if not equal:
            return sorted(self.rows)
        if "id" in equal:
            chosen = [equal["id"]] if equal["id"] in self.rows else []
            rest = {column: value for column, value in equal.items() if column != "id"}
        else:
            buckets = (self._index(column).get(_key(value), []) for column, value in equal.items())
            chosen, rest = min(buckets, key=len), dict(equal)
        return sorted(
            {
                name
                for name in chosen
                if all(self.rows[name][column] == value for column, value in rest.items())
            }
        )

    def _index(self, column: str) -> dict[Any, list[str]]:
        if column not in self._indexes:
            index: dict[Any, list[str]] = {}
            for name, values in self.rows.items():
                index.setdefault(_key(values[column]), []).append(name)
            self._indexes[column] = index
        return self._indexes[column]


def _key(value: Any) -> Any:
    return str(value) if isinstance(value, dict | list) else value


class Preview(Reader):
    """Answers as a `Reader` of the study would after the staged records were written.

    Each kind that is asked for is read once, as a whole; many questions about many records are
    answered from memory then. Histories, signatures and the audit are those of the database.

    Parameters
    ----------
    connection : Connection
        In a transaction; nothing is written to it.
    """

    def __init__(self, connection: Connection) -> None:
        super().__init__(connection)
        self._kinds: dict[type[Record], _Held] = {}

    def _held(self, kind: type[Record]) -> _Held:
        if kind not in self._kinds:
            self._kinds[kind] = _Held(self.connection, kind)
        return self._kinds[kind]

    def stored(self, kind: type[Record], name: str) -> tuple[int, Mapping[str, Any]] | None:
        """Give version and values of a record as it stands now, before anything else is staged.

        Returns
        -------
        (int, mapping) or None
            None where the name is free. To be asked before `stage` has put another in its place.
        """
        held = self._held(kind)
        if name not in held.versions:
            return None
        return held.versions[name][0], held.rows[name]

    def stage(self, kind: type[Record], name: str, values: Mapping[str, Any]) -> None:
        """Put a record beside the others, or in the place of the one of its name.

        Parameters
        ----------
        kind : type of Record
        name : str
        values : mapping of str to object
            All that people fill, by column, as they will be; not changed later.
        """
        self._held(kind).put(name, values)

    def knows(self, name: str) -> bool:
        """Whether any record of the kinds that were asked for so far would have this name."""
        return any(name in held.rows for held in self._kinds.values())

    def has(self, kind: type[Record], name: str) -> bool:
        """Whether there would be a record of this name."""
        return name in self._held(kind).rows

    def find(self, kind: type[R], name: str) -> R | None:
        """Give a record as it would be, or None where it is unknown."""
        held = self._held(kind)
        return held.record(name) if name in held.rows else None  # type: ignore[return-value]

    def each(self, kind: type[R], /, **equal: Any) -> Iterator[R]:
        """Give one record after the other, those with equal columns, by name."""
        if not equal and kind not in self._kinds:  # nothing of it is staged: read once, not kept
            yield from super().each(kind)
            return
        held = self._held(kind)
        for name in held.names(equal):
            yield held.record(name)  # type: ignore[misc]

    def among(self, kind: type[R], column: str, values: Sequence[str]) -> tuple[R, ...]:
        """Give all records whose column is one of some values, by name."""
        held = self._held(kind)
        names = {name for value in values for name in held.names({column: value})}
        return tuple(held.record(name) for name in sorted(names))  # type: ignore[misc]

    def count(self, kind: type[Record]) -> int:
        """Give how many records of a kind there would be."""
        if kind not in self._kinds:
            return super().count(kind)
        return len(self._held(kind).rows)
