"""A table's cells as the values of records: parsed as what people type is, with row and column."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal

from hevesy.errors import HevesyError
from hevesy.exchange import Cell, CellFault, SourceTable, ValueMap, cell_text
from hevesy.store import RecordField
from hevesy.workflows.record_text import parse_record

__all__ = ["BoundValue", "Problem", "bind_value", "join_cells", "split_template"]

_MEMO_AT_MOST = 50_000
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_SERIAL = re.compile(r"\d{5}(\.\d+)?")
_ISO = re.compile(r"(\d{4}-\d\d-\d\d)(T\d\d(:\d\d){0,2}(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?")
_PARTIAL = re.compile(r"\d{4}(-\d\d)?")
_FIRST_SERIAL = 61  # 1900-03-01: before it, spreadsheets count a day that never was
_LAST_SERIAL = 73_050  # 2099-12-31
_LENGTHS = {"mm": Decimal(1), "cm": Decimal(10)}
_NUMBERS = ("number", "exact", "whole")


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a cell can't be used; `got` is shown only where the column identifies nobody."""

    words: str
    got: str = ""
    allowed: str = ""

    def said(self, *, hide: bool) -> str:
        """Say it, without the value where the column identifies somebody."""
        shown = [f"got {self.got!r}"] if self.got and not hide else []
        shown += [f"allowed: {self.allowed}"] if self.allowed else []
        return f"{self.words}: {', '.join(shown)}" if shown else self.words


@dataclass(slots=True)
class BoundValue:
    """One key of a record, tied to the columns of a table.

    `read` gives the value that is kept, by column of the record, or a `Problem`.
    """

    key: str
    target: RecordField
    value: ValueMap
    places: tuple[str | int, ...]
    identifying: bool
    missing: frozenset[str]
    decimal_comma: bool
    day_zero: date
    imputed: int = 0
    _memo: dict[object, tuple[Mapping[str, object] | Problem, int]] = field(default_factory=dict)

    @property
    def shown(self) -> str:
        """The columns, for a message."""
        names = list(dict.fromkeys(self.value.columns))
        return f"column {', '.join(names)}" if names else "a constant"

    def read(
        self, cells: Sequence[Cell | CellFault], zone: str | None
    ) -> Mapping[str, object] | Problem:
        """Read the value of one row; `zone` is that of times without an offset."""
        if len(self.places) == 1 and isinstance(self.places[0], int):
            cell = cells[self.places[0]]
        else:
            cell = join_cells(self.places, cells, self.missing)
        if isinstance(cell, CellFault):
            return Problem(cell.words)
        known = (type(cell), cell, zone)
        found = self._memo.get(known)
        if found is None:
            if len(self._memo) >= _MEMO_AT_MOST:
                self._memo.clear()
            found = self._memo[known] = self._parse(cell, zone)
        self.imputed += found[1]
        return found[0]

    def _parse(self, cell: Cell, zone: str | None) -> tuple[Mapping[str, object] | Problem, int]:
        text = cell_text(cell)
        if text in self.missing:
            text = ""
        if self.value.codes and text:
            if text not in self.value.codes:
                return Problem(
                    "a code that the map does not list", text[:60], ", ".join(self.value.codes)
                ), 0
            text = self.value.codes[text]
            cell = text
        imputed = 0
        if text and self.target.type == "day":
            day = self._day(cell, text)
            if isinstance(day, Problem):
                return day, 0
            imputed = int(not _ISO.fullmatch(text) and self.value.partial != "")
            text = day
        elif text and self.target.type in _NUMBERS:
            number = self._number(cell, text)
            if isinstance(number, Problem):
                return number, 0
            text = number
        try:
            return parse_record({self.key: [text]}, [self.target], zone), imputed
        except HevesyError as error:
            got = "" if error.got is None else str(error.got)
            return Problem(error.problem, got, error.allowed), 0

    def _number(self, cell: Cell, text: str) -> str | Problem:
        if isinstance(cell, str):
            if self.decimal_comma:
                if "." in text:
                    return Problem("a point where the map says a decimal comma", text[:60])
                text = text.replace(",", ".")
            elif "," in text:
                return Problem(
                    "a comma in a number", text[:60], 'a decimal point, or decimal = "," in the map'
                )
        if not self.value.unit:
            return text
        if self.target.type == "exact":
            try:
                return f"{Decimal(text) * _LENGTHS[self.value.unit]:f}"
            except ArithmeticError:
                return Problem("no decimal number", text[:60])
        return f"{text} {self.value.unit}"

    def _day(self, cell: Cell, text: str) -> str | Problem:
        if isinstance(cell, date):  # a datetime is one
            return text[:10]
        form = self.value.date
        if form == "excel":
            return self._serial(text)
        if isinstance(cell, int | float | Decimal) or _SERIAL.fullmatch(text):
            return Problem(
                "a spreadsheet's number for a date", text[:60],
                'a date, or date = "excel" for this column in the map',
            )  # fmt: skip
        if form != "iso":
            return _written_day(text, form)
        if full := _ISO.fullmatch(text):
            return full[1]
        if _PARTIAL.fullmatch(text):
            if self.value.partial:
                return f"{text}-01-01"[:10]
            return Problem(
                "a date without its day", text, 'a whole date, or partial = "first-day" in the map'
            )
        return Problem("no date", text[:60], "2026-01-09, or date = ... for this column in the map")

    def _serial(self, text: str) -> str | Problem:
        try:
            number = Decimal(text)
        except ArithmeticError:
            return Problem("no spreadsheet date", text[:60], "its serial number, such as 46031")
        if not _FIRST_SERIAL <= number <= _LAST_SERIAL:
            return Problem("no spreadsheet date", text[:60], f"{_FIRST_SERIAL} to {_LAST_SERIAL}")
        return (self.day_zero + timedelta(days=int(number))).isoformat()


def _written_day(text: str, form: str) -> str | Problem:
    wrong = Problem("no date as the map says", text[:60], form)
    if form == "DDMMMYYYY":
        month = text[2:5].upper()
        if not re.fullmatch(r"\d\d[A-Za-z]{3}\d{4}", text) or month not in _MONTHS:
            return wrong
        parts = {"DD": text[:2], "MM": str(_MONTHS.index(month) + 1), "YYYY": text[5:]}
    else:
        mark = "." if "." in form else "/"
        words, wanted = text.split(mark), form.split(mark)
        if len(words) != len(wanted) or not all(re.fullmatch(r"\d{1,4}", word) for word in words):
            return wrong
        parts = dict(zip(wanted, words, strict=True))
    try:
        if len(parts["YYYY"]) != 4:  # two digits could be of two centuries
            return wrong
        day = datetime(int(parts["YYYY"]), int(parts["MM"]), int(parts["DD"]))  # noqa: DTZ001
    except ValueError:
        return wrong
    return day.date().isoformat()


def join_cells(
    places: Sequence[str | int], cells: Sequence[Cell | CellFault], missing: frozenset[str]
) -> str | CellFault:
    """Put words and cells together; empty where one of the cells is.

    Parameters
    ----------
    places : sequence of str or int
        Words, and the places of cells.
    cells : sequence of Cell or CellFault
    missing : frozenset of str
        Texts that say that nothing was recorded.

    Returns
    -------
    str or CellFault

    Examples
    --------
    >>> join_cells([0, "-", 1], ["P01", 7], frozenset())
    'P01-7'
    """
    parts = []
    for place in places:
        if isinstance(place, str):
            parts.append(place)
            continue
        cell = cells[place]
        if isinstance(cell, CellFault):
            return cell
        text = cell_text(cell)
        if not text or text in missing:
            return ""
        parts.append(text)
    return "".join(parts)


def split_template(template: str, columns: Mapping[str, int]) -> tuple[str | int, ...]:
    """Give a template's words, and the places of its columns.

    Examples
    --------
    >>> split_template("{a}-{b}", {"a": 0, "b": 3})
    (0, '-', 3)
    """
    parts: list[str | int] = []
    for number, part in enumerate(re.split(r"\{([^{}]*)\}", template)):
        if number % 2:
            parts.append(columns[" ".join(part.split())])
        elif part:
            parts.append(part)
    return tuple(parts)


def bind_value(
    key: str,
    given: RecordField,
    value: ValueMap,
    table: SourceTable,
    *,
    missing: Sequence[str],
    decimal_comma: bool,
    identifying: frozenset[str],
) -> BoundValue:
    """Tie a key of a record to the columns of a table.

    Parameters
    ----------
    key : str
        As `hevesy trial record --set` takes it.
    given : RecordField
        The record's column.
    value : ValueMap
    table : SourceTable
        Has the columns that the value needs.
    missing : sequence of str
    decimal_comma : bool
    identifying : frozenset of str
        Columns whose values are not shown.

    Returns
    -------
    BoundValue

    Examples
    --------
    >>> field = RecordField(name="term", type="words", required=True, refers="")
    >>> table = SourceTable(name="e.csv", columns=("AETERM",), rows=iter(()))
    >>> bound = bind_value("term", field, ValueMap(template="{AETERM}"), table, missing=(),
    ...                    decimal_comma=False, identifying=frozenset())
    >>> bound.read(["Fever"], None)
    {'term': 'Fever'}
    """
    places = {column: number for number, column in enumerate(table.columns)}
    return BoundValue(
        key=key,
        target=given,
        value=value,
        places=split_template(value.template, places),
        identifying=bool(given.refers) or not identifying.isdisjoint(value.columns),
        missing=frozenset(missing),
        decimal_comma=decimal_comma,
        day_zero=table.day_zero,
    )
