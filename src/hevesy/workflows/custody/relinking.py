"""A corrected link of the chain: what a record was made from, while nothing rests on it yet."""

from collections.abc import Mapping
from typing import Any

from hevesy.errors import CustodyError
from hevesy.store import Reader, Record, record_kinds, record_values, references
from hevesy.store import tables as t
from hevesy.workflows.custody.standing import place_at

__all__ = ["LINKS", "relinked"]

LINKS: Mapping[str, str] = {"syringe": "vial", "withdrawal": "vial", "batch_elution": "elution"}
"""Kinds whose link may be corrected, and the link; the rest follows from the books."""


def relinked(reader: Reader, old: Record, values: Mapping[str, Any]) -> Record:
    """Give a record as it would be with its link corrected; the other values as they are.

    Parameters
    ----------
    reader : Reader
    old : Record
    values : mapping of str to object
        The columns that change.

    Returns
    -------
    Record
        `old` itself where the link stays.

    Raises
    ------
    CustodyError
        Something rests on the record, its batch was decided on, or the other source is of
        another nuclide or at another place.
    """
    kind = old.__tablename__
    column = LINKS.get(kind)
    if column is None or values.get(column, getattr(old, column)) == getattr(old, column):
        return old
    link = values[column]
    target: Any = reader.get(record_kinds()[column], link)
    _require_bare(reader, old)
    made: Any = type(old)(id=old.id, **{**record_values(old), column: link})
    if isinstance(old, t.BatchElution):
        _require_undecided(reader, old)
        nuclides = [_of_elution(reader, name) for name in (old.elution, link)]
    else:
        own: Any = old
        nuclides = [_of_vial(reader, name) for name in (own.vial, link)]
        at = own.measured_at
        here, there = (
            place_at(reader, reader.get(t.Vial, own.vial), at),
            place_at(reader, target, at),
        )
        if here != there:
            raise CustodyError(
                f"vial {link} was elsewhere when {kind} {old.id} was drawn",
                got=there,
                allowed=here,
                remedy="check the vial and the time",
            )
    if nuclides[0] != nuclides[1]:
        raise CustodyError(
            f"{column} {link} is of another nuclide",
            got=nuclides[1],
            allowed=nuclides[0],
            remedy="check its name",
        )
    return made  # type: ignore[no-any-return]


def _of_vial(reader: Reader, name: str) -> str:
    return reader.get(t.Batch, reader.get(t.Vial, name).batch).nuclide


def _of_elution(reader: Reader, name: str) -> str:
    generator = reader.get(t.Elution, name).generator
    return reader.get(t.Generator, generator).daughter_nuclide


def _require_bare(reader: Reader, old: Record) -> None:
    """No other record names this one: what was made of it would have another origin."""
    for kind in record_kinds().values():
        for column, other in references(kind).items():
            if other == old.__tablename__:
                for row in reader.all(kind, **{column: old.id}):
                    raise CustodyError(
                        f"{other} {old.id} keeps its link: {row.__tablename__} {row.id} rests on "
                        "it",
                        remedy="what was made of it would have another origin; note it as a "
                        "deviation",
                    )


def _require_undecided(reader: Reader, old: t.BatchElution) -> None:
    for decision in reader.all(t.ReleaseDecision, batch=old.batch):
        raise CustodyError(
            f"batch_elution {old.id} keeps its link: release_decision {decision.id} rests on it",
            remedy="the batch was decided on with this eluate; note it as a deviation",
        )
