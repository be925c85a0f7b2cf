"""What a record of a kind consists of, for those who enter it."""

from dataclasses import dataclass

from sqlalchemy import inspect

from hevesy.store.columns import Day, Exact, Flag, Json, Number, UtcTime, Whole, Words
from hevesy.store.record import Record, references

__all__ = ["RecordField", "record_fields", "record_values"]

_TYPES = ((Day, "day"), (Exact, "exact"), (Flag, "flag"), (Json, "json"), (Number, "number"),
          (UtcTime, "time"), (Whole, "whole"), (Words, "words"))  # fmt: skip
_MANAGED = frozenset({"id", "version", "first_version", "audit"})


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordField:
    """A column that people fill.

    Parameters
    ----------
    name : str
        With its unit, as the table has it.
    type : str
        ``"words"``, ``"number"``, ``"exact"``, ``"whole"``, ``"flag"``, ``"day"``, ``"time"`` or
        ``"json"``.
    required : bool
    refers : str
        The kind of record that it names; empty for a value of its own.

    Examples
    --------
    >>> RecordField(name="at", type="time", required=True, refers="").name
    'at'
    """

    name: str
    type: str
    required: bool
    refers: str


def record_fields(kind: type[Record]) -> tuple[RecordField, ...]:
    """Give the columns of a kind that people fill, those that must be given first.

    Parameters
    ----------
    kind : type of Record

    Returns
    -------
    tuple of RecordField

    Examples
    --------
    >>> from hevesy.store.tables import Lesion
    >>> [field.name for field in record_fields(Lesion) if field.required]
    ['patient', 'organ']
    """
    refers = references(kind)
    fields = [
        RecordField(
            name=str(column.key),
            type=next(word for cls, word in _TYPES if isinstance(column.type, cls)),
            required=not column.nullable,
            refers=refers.get(str(column.key), ""),
        )
        for column in inspect(kind).columns
        if column.key not in _MANAGED
    ]
    return tuple(sorted(fields, key=lambda field: not field.required))


def record_values(record: Record) -> dict[str, object]:
    """Give what people filled into a record, by column.

    Parameters
    ----------
    record : Record

    Returns
    -------
    dict of str to object

    Examples
    --------
    >>> from hevesy.store.tables import Lesion
    >>> record_values(Lesion(id="L1", patient="P01", organ="liver"))["organ"]
    'liver'
    """
    return {field.name: getattr(record, field.name) for field in record_fields(type(record))}
