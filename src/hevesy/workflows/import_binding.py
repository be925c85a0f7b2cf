"""A mapping file tied to a study's kinds of record and to a table's columns."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hevesy.errors import TrialError
from hevesy.exchange import Cell, CellFault, ImportMap, RecordMap, SourceTable, cell_text
from hevesy.files import nearest
from hevesy.store import Record, RecordField, record_fields, record_kinds, references
from hevesy.workflows.import_values import (
    BoundValue,
    Problem,
    bind_value,
    join_cells,
    split_template,
)
from hevesy.workflows.record_text import field_keys
from hevesy.workflows.study_records import TYPED_KINDS

__all__ = ["IMPORTED_KINDS", "BoundRecord", "bind_map"]

IMPORTED_KINDS = tuple(kind for kind in TYPED_KINDS if kind != "scan")
"""Kinds that a table's rows can become: those that are typed, but for scans, which need files."""

_MOST_FAULTS = 25


@dataclass(frozen=True, slots=True)
class BoundRecord:
    """One record of a row, tied to columns."""

    spec: RecordMap
    table: type[Record]
    fields: tuple[RecordField, ...]
    keys: Mapping[str, str]
    values: tuple[BoundValue, ...]
    name_places: tuple[str | int, ...]
    refers: tuple[tuple[str, str, type[Record]], ...]
    missing: frozenset[str]
    when: tuple[tuple[int, frozenset[str]], ...]
    unless: tuple[tuple[int, frozenset[str]], ...]

    @property
    def kind(self) -> str:
        """The kind of record."""
        return self.spec.kind

    @property
    def word(self) -> str:
        """The kind, for people."""
        return self.spec.kind.replace("_", " ")

    @property
    def columns(self) -> tuple[str, ...]:
        """The record's columns."""
        return tuple(self.keys)

    def applies(self, cells: Sequence[Cell | CellFault]) -> bool:
        """Whether a row becomes this record."""
        return all(self._text(cells[i]) in texts for i, texts in self.when) and not any(
            self._text(cells[i]) in texts for i, texts in self.unless
        )

    def _text(self, cell: Cell | CellFault) -> str:
        text = cell.words if isinstance(cell, CellFault) else cell_text(cell)
        return "" if text in self.missing else text

    def name_of(self, cells: Sequence[Cell | CellFault]) -> str | Problem:
        """Make the record's name; blanks become dashes."""
        name = join_cells(self.name_places, cells, self.missing)
        if isinstance(name, CellFault):
            return Problem(name.words)
        if not name:
            return Problem(f"nothing in column {' or '.join(self.spec.name.columns)}")
        return "-".join(name.split())

    def where(self, key: str) -> str:
        """The columns of a key, for a message; empty where the map does not give it."""
        for value in self.values:
            if key in (value.key, value.key.partition(".")[0], value.target.name):
                return f"{value.shown}"
        return ""


def bind_map(given: ImportMap, table: SourceTable) -> tuple[BoundRecord, ...]:
    r"""Tie a map to the kinds of record and to a table.

    Parameters
    ----------
    given : ImportMap
    table : SourceTable

    Returns
    -------
    tuple of BoundRecord
        Those that others refer to first.

    Raises
    ------
    TrialError
        Unknown kinds, keys, columns; units and codes that can't be: all at once.

    Examples
    --------
    >>> from hevesy.exchange import parse_import_map
    >>> text = '[[record]]\nkind = "lesion"\nname = "{nr}"\nvalues = { patient = "subject" }'
    >>> table = SourceTable(name="l.csv", columns=("nr", "subject"), rows=iter(()))
    >>> [one.kind for one in bind_map(parse_import_map(text, name="m.toml"), table)]
    ['lesion']
    """
    faults: list[str] = []
    for number, spec in enumerate(given.records, start=1):
        _check_record(spec, f"record[{number}]", faults)
    known = {" ".join(column.split()) for column in table.columns}
    needed = [column for spec in given.records for column in sorted(spec.columns)]
    for column in dict.fromkeys([*needed, *given.table.identifying]):
        if " ".join(column.split()) not in known:
            near = nearest(column, table.columns)
            hint = f" (did you mean {near!r}?)" if near else ""
            faults.append(f"column {column!r} is not in {table.name}{hint}")
    if faults:
        more = len(faults) - _MOST_FAULTS
        said = "; ".join(faults[:_MOST_FAULTS]) + (f"; and {more} more" if more > 0 else "")
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise TrialError(
            f"{given.name}: {count}: {said}",
            remedy="correct the map, or the table's heading; nothing was imported",
        )
    identifying = frozenset(given.table.identifying).union(
        *(spec.name.columns for spec in given.records)
    )
    order = list(record_kinds())
    made = [_bind(spec, given, table, identifying) for spec in given.records]
    return tuple(sorted(made, key=lambda one: order.index(one.kind)))


def _check_record(spec: RecordMap, where: str, faults: list[str]) -> None:
    if spec.kind not in IMPORTED_KINDS:
        near = nearest(spec.kind, IMPORTED_KINDS)
        hint = f"did you mean {near!r}?" if near else f"allowed: {', '.join(IMPORTED_KINDS)}"
        faults.append(f"{where}.kind {spec.kind[:40]!r} is not a kind that is imported ({hint})")
        return
    keys = field_keys(record_fields(record_kinds()[spec.kind]))
    for key, value in spec.values.items():
        head, _, inner = key.partition(".")
        place = f"{where}.values.{key}"
        if head not in keys:
            near = nearest(head, list(keys))
            hint = f"did you mean `{near}`?" if near else f"known: {', '.join(keys)}"
            faults.append(f"{place} is unknown ({hint})")
            continue
        field = keys[head]
        if (field.type == "json") != bool(inner):
            faults.append(f"{place}: write {head}{'.NAME' if field.type == 'json' else ''}")
        if value.unit and field.type == "exact" and value.unit not in ("mm", "cm"):
            faults.append(f"{place}.unit {value.unit[:20]!r} is unknown (allowed: mm, cm)")
        has_unit = field.type == "number" or (field.type == "exact" and head.endswith("_mm"))
        if value.unit and not has_unit:
            faults.append(f"{place}.unit: this value has no unit of its own")
        if (value.date != "iso" or value.partial) and field.type != "day":
            faults.append(f"{place}.date: this value is no day")


def _bind(
    spec: RecordMap, given: ImportMap, table: SourceTable, identifying: frozenset[str]
) -> BoundRecord:
    kind = record_kinds()[spec.kind]
    fields = record_fields(kind)
    keys = field_keys(fields)
    places = {column: number for number, column in enumerate(table.columns)}
    missing = frozenset(given.table.missing)
    values = [
        bind_value(
            key,
            keys[key.partition(".")[0]],
            value,
            table,
            missing=given.table.missing,
            decimal_comma=given.table.decimal_comma,
            identifying=identifying,
        )
        for key, value in spec.values.items()
    ]

    def conditions(
        given: Mapping[str, Sequence[str]],
    ) -> tuple[tuple[int, frozenset[str]], ...]:
        return tuple(
            (places[" ".join(column.split())], frozenset(texts)) for column, texts in given.items()
        )

    return BoundRecord(
        spec=spec,
        table=kind,
        fields=fields,
        keys={field.name: key for key, field in keys.items()},
        values=tuple(sorted(values, key=lambda one: one.target.type == "time")),
        name_places=split_template(spec.name.template, places),
        refers=tuple(
            (column, other, record_kinds()[other]) for column, other in references(kind).items()
        ),
        missing=missing,
        when=conditions(spec.when),
        unless=conditions(spec.unless),
    )
