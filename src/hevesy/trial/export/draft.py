"""Rows of a data set before they have their order and their sequence numbers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.trial.export.dataset import Cell, DataSet, dataset_template

__all__ = ["GENERATED", "Draft", "Qualifier", "Source", "assemble"]

Source = tuple[str, ...]
"""What a row was made from: kind and name of the record, and a test's code where there is one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Qualifier:
    """A value for which the standard's domain has no variable.

    Parameters
    ----------
    name, label, value, origin : str

    Examples
    --------
    >>> Qualifier(name="DOSEMCI", label="Dose in mCi", value="40", origin="Derived").name
    'DOSEMCI'
    """

    name: str
    label: str
    value: str
    origin: str = "Collected"


GENERATED = Qualifier(
    name="GENERATD", label="Made Up to Fit Published Margins", value="Y", origin="Assigned"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A row: cells by the name of their variable, and what goes beside them.

    Parameters
    ----------
    source : tuple of str
        What it was made from; unique within its data set.
    cells : mapping of str to cell
        Variables that are left out are empty.
    qualifiers : tuple of Qualifier
        Those without a value are dropped.

    Examples
    --------
    >>> Draft(source=("patient", "P1"), cells={"AGE": 61}).cells["AGE"]
    61
    """

    source: Source
    cells: Mapping[str, Cell]
    qualifiers: tuple[Qualifier, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cells", MappingProxyType(dict(self.cells)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Assembled:
    """A data set, its supplemental qualifiers, and where each source's row is.

    Parameters
    ----------
    data : DataSet
    supplement : DataSet or None
        None where there is no qualifier.
    sequence : mapping of source to int
        The sequence number of its row; 1 for a data set without such numbers.
    """

    data: DataSet
    supplement: DataSet | None = None
    sequence: Mapping[Source, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "sequence", MappingProxyType(dict(self.sequence)))


def assemble(name: str, drafts: Iterable[Draft], *, study: str) -> Assembled:
    """Order rows by their keys and number them within each subject.

    Parameters
    ----------
    name : str
        Of a described data set.
    drafts : iterable of Draft
    study : str
        STUDYID of every row.

    Returns
    -------
    Assembled

    Raises
    ------
    TrialError
        A cell of a variable that the data set does not have.

    Examples
    --------
    >>> rows = [Draft(source=("event", n), cells={"USUBJID": "1", "AETERM": n, "AESPID": n})
    ...         for n in ("b", "a")]
    >>> made = assemble("AE", rows, study="S")
    >>> made.data.column("AETERM"), made.sequence["event", "b"]
    (('a', 'b'), 2)
    """
    template = dataset_template(name)
    names = template.names
    rows = list(drafts)
    unknown = {cell for draft in rows for cell in draft.cells} - set(names)
    if unknown:
        raise TrialError(
            f"{name} has no such variable",
            got=", ".join(sorted(unknown)),
            remedy="add it to the packaged table of variables",
        )
    fixed: dict[str, Cell] = {"STUDYID": study}
    if "DOMAIN" in names:
        fixed["DOMAIN"] = name
    keys = [key for key in template.keys if key != "STUDYID"]
    order = sorted(rows, key=lambda draft: [_sortable(draft.cells.get(key)) for key in keys])
    numbered = f"{name}SEQ" if f"{name}SEQ" in names else ""
    last: dict[Cell, int] = {}
    sequence: dict[Source, int] = {}
    cells = []
    for draft in order:
        subject = draft.cells.get("USUBJID")
        own = dict(fixed)
        sequence[draft.source] = 1
        if numbered:
            last[subject] = last.get(subject, 0) + 1
            own[numbered] = sequence[draft.source] = last[subject]
        own |= draft.cells
        cells.append(tuple(_plain(own.get(column)) for column in names))
    return Assembled(
        data=replace(template, rows=tuple(cells)),
        supplement=_supplement(name, order, sequence, numbered, study),
        sequence=sequence,
    )


def _plain(cell: Cell) -> Cell:
    """An empty text is nothing."""
    return None if cell == "" else cell


def _sortable(cell: Cell) -> tuple[int, float, str]:
    if cell is None or cell == "":
        return 0, 0.0, ""
    if isinstance(cell, str):
        return 2, 0.0, cell
    return 1, float(cell.toordinal() if isinstance(cell, date) else cell), ""


def _supplement(
    name: str,
    drafts: Sequence[Draft],
    sequence: Mapping[Source, int],
    numbered: str,
    study: str,
) -> DataSet | None:
    template = dataset_template(f"SUPP{name}")
    rows = []
    for draft in drafts:
        for one in sorted(draft.qualifiers, key=lambda found: found.name):
            if not one.value:
                continue
            made: dict[str, Cell] = {
                "STUDYID": study,
                "RDOMAIN": name,
                "USUBJID": draft.cells["USUBJID"],
                "IDVAR": numbered or None,
                "IDVARVAL": str(sequence[draft.source]) if numbered else None,
                "QNAM": one.name,
                "QLABEL": one.label,
                "QVAL": one.value,
                "QORIG": one.origin,
            }
            rows.append(tuple(made[column] for column in template.names))
    return replace(template, rows=tuple(rows)) if rows else None
