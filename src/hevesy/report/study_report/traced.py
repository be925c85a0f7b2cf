"""Tables whose cells name the records behind them: values, listings, summaries."""

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from hevesy.errors import OutputError
from hevesy.report.numbers import NOT_AVAILABLE, format_measurement, format_number
from hevesy.report.table import Cell, Column, Row, Table
from hevesy.trial.tables.cell import RowKey

__all__ = [
    "TracedCell",
    "TracedRow",
    "TracedTable",
    "counted",
    "measured",
    "said",
    "spread",
    "to_plain_table",
    "traced_csv",
    "traced_lists",
]

_COLUMNS = (
    "table", "group", "row", "column", "text", "detail", "value", "uncertainty", "unit", "records",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedCell:
    """What a cell says, its number in full, and the records from which it follows.

    Parameters
    ----------
    text, detail : str
    rows : tuple of (str, str)
        Kind and name of each record.
    value, uncertainty : float or None
        In the column's unit, unrounded.
    missing, alert : bool

    Examples
    --------
    >>> TracedCell(text="3", rows=(("dose", "D1"),)).rows
    (('dose', 'D1'),)
    """

    text: str
    detail: str = ""
    rows: tuple[RowKey, ...] = ()
    value: float | None = None
    uncertainty: float | None = None
    missing: bool = False
    alert: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedRow:
    """A row: heading, cells, and the group in which it stands."""

    heading: str
    cells: tuple[TracedCell, ...]
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TracedTable:
    """A table of a study that is no count over its safety set.

    Parameters
    ----------
    name, caption, unit : str
        `unit` is what a row or a number counts, as it is printed.
    columns : tuple of (str, str)
        Title and unit of each, without that of the headings; a unit of ``"text"`` sets it as words.
    rows : tuple of TracedRow
    notes : tuple of str
    doses : bool
        It shows doses.

    Raises
    ------
    OutputError
        A row with another number of cells than there are columns.

    Examples
    --------
    >>> TracedTable(name="t", caption="A table", unit="doses", columns=(), rows=()).rows
    ()
    """

    name: str
    caption: str
    unit: str
    columns: tuple[tuple[str, str], ...]
    rows: tuple[TracedRow, ...]
    notes: tuple[str, ...] = ()
    doses: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise OutputError(
                    f"a row of {self.name} has another number of cells than columns",
                    got=f"{row.heading}: {len(row.cells)} of {len(self.columns)}",
                    remedy="report it",
                )


def said(text: str, *rows: RowKey, alert: bool = False) -> TracedCell:
    """Give a cell of words.

    Parameters
    ----------
    text : str
    rows : (str, str)
        Records behind it.
    alert : bool

    Returns
    -------
    TracedCell

    Examples
    --------
    >>> said("released", ("batch", "B1")).text
    'released'
    """
    return TracedCell(text=text or "–", rows=rows, alert=alert, missing=not text)


def counted(rows: Iterable[RowKey], *, of: int | None = None) -> TracedCell:
    """Give a cell that counts records.

    Parameters
    ----------
    rows : iterable of (str, str)
    of : int or None
        Of how many.

    Returns
    -------
    TracedCell

    Examples
    --------
    >>> counted([("dose", "D1")], of=4).text
    '1 of 4'
    """
    found = tuple(rows)
    text = str(len(found)) if of is None else f"{len(found)} of {of}"
    return TracedCell(text=text, rows=found, value=float(len(found)))


def measured(
    value: float | None,
    uncertainty: float | None,
    *rows: RowKey,
    detail: str = "",
    alert: bool = False,
) -> TracedCell:
    """Give a cell of a measurement with its standard uncertainty.

    Parameters
    ----------
    value, uncertainty : float or None
        In one unit.
    rows : (str, str)
        Records behind it.
    detail : str
    alert : bool

    Returns
    -------
    TracedCell

    Examples
    --------
    >>> measured(100.0, 4.2, ("dose", "D1")).text
    '100.0 ± 4.2'
    """
    if value is None or not math.isfinite(value):
        return TracedCell(text=NOT_AVAILABLE, rows=rows, missing=True)
    text = format_measurement(value, uncertainty) if uncertainty is not None else (
        f"{format_number(value)} ± not stated")  # fmt: skip
    return TracedCell(
        text=text, detail=detail, rows=rows, value=value, uncertainty=uncertainty,
        alert=alert,
    )  # fmt: skip


def spread(
    values: Sequence[tuple[float, RowKey]], *, digits: int = 3, decimals: int | None = None
) -> tuple[TracedCell, ...]:
    """Summarise numbers in five cells: n, mean, standard deviation, median, range.

    The standard deviation is over n - 1; of one value there is none.

    Parameters
    ----------
    values : sequence of (float, (str, str))
        Each with its record.
    digits : int
        Significant digits.
    decimals : int or None
        Digits after the point instead, for differences about 0.

    Returns
    -------
    tuple of TracedCell

    Examples
    --------
    >>> cells = spread([(1.0, ("dose", "A")), (2.0, ("dose", "B")), (6.0, ("dose", "C"))])
    >>> [cell.text for cell in cells]
    ['3', '3.00', '2.65', '2.00', '1.00 to 6.00']
    """
    keys = tuple(dict.fromkeys(key for _, key in values))
    numbers = sorted(number for number, _ in values)
    n = len(numbers)
    none = TracedCell(text=NOT_AVAILABLE, missing=True)
    count = TracedCell(text=str(n), rows=keys, value=float(n))
    if not n:
        return (count, none, none, none, none)
    mean = math.fsum(numbers) / n
    middle = (numbers[(n - 1) // 2] + numbers[n // 2]) / 2
    deviation = math.sqrt(math.fsum((x - mean) ** 2 for x in numbers) / (n - 1)) if n > 1 else None

    def written(number: float) -> str:
        if decimals is None:
            return format_number(number, digits=digits)
        return f"{round(number, decimals) + 0.0:.{decimals}f}"

    def cell(number: float | None) -> TracedCell:
        if number is None:
            return none
        return TracedCell(text=written(number), value=number)

    low, high = written(numbers[0]), written(numbers[-1])
    ends = low if n == 1 else f"{low} to {high}"
    return (count, cell(mean), cell(deviation), cell(middle), TracedCell(text=ends))


def to_plain_table(table: TracedTable, *, linked: bool = False, most: int | None = None) -> Table:
    """Give a traced table as one of the report.

    Parameters
    ----------
    table : TracedTable
    linked : bool
        Each cell with records leads to their list, at "TABLE-ROW-COLUMN".
    most : int or None
        Rows to show; what is left out is said below.

    Returns
    -------
    Table

    Examples
    --------
    >>> rows = (TracedRow(heading="a", cells=(counted([("dose", "D1")]),)),)
    >>> table = TracedTable(name="t", caption="T", unit="doses", columns=(("n", ""),), rows=rows)
    >>> to_plain_table(table, linked=True).rows[0].cells[0].link
    't-0-0'
    """
    group = ""
    rows = []
    for r, row in enumerate(table.rows[:most]):
        cells = tuple(
            Cell(
                text=cell.text,
                detail=cell.detail,
                missing=cell.missing,
                alert=cell.alert,
                link=f"{table.name}-{r}-{c}" if linked and cell.rows else "",
            )
            for c, cell in enumerate(row.cells)
        )
        rows.append(
            Row(heading=row.heading, cells=cells, group="" if row.group == group else row.group)
        )
        group = row.group
    columns = (
        Column(title=title, unit="" if unit == "text" else unit, number=unit != "text")
        for title, unit in table.columns
    )
    notes = table.notes
    if len(rows) < len(table.rows):
        cut = f"{len(rows)} of {len(table.rows)} rows are shown here; all stand in the HTML report"
        notes = (*notes, f"{cut} and in report-tables/{table.name}.csv")
    return Table(
        caption=f"{table.caption}. Unit: {table.unit}",
        columns=(Column(title="", number=False), *columns),
        rows=tuple(rows),
        notes=tuple(("", note) for note in notes),
        doses=table.doses,
    )


def traced_lists(table: TracedTable, words: Mapping[RowKey, str]) -> str:
    """Give the lists of records behind a table's cells as HTML, shown when they are called.

    Parameters
    ----------
    table : TracedTable
    words : mapping of (str, str) to str
        What to say of each record.

    Returns
    -------
    str

    Examples
    --------
    >>> rows = (TracedRow(heading="a", cells=(counted([("dose", "D1")]),)),)
    >>> table = TracedTable(name="t", caption="T", unit="doses", columns=(("n", ""),), rows=rows)
    >>> "dose D1" in traced_lists(table, {})
    True
    """
    parts = []
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row.cells):
            if not cell.rows:
                continue
            place = ", ".join(filter(None, (row.group, row.heading, table.columns[c][0])))
            items = "".join(
                f"<li><b>{key[0].replace('_', ' ')} {escape(key[1])}</b> "
                f"{escape(words.get(key, ''))}</li>"
                for key in cell.rows
            )
            parts.append(
                f'<section class="rows" id="{table.name}-{r}-{c}"><h3>{escape(place)}: '
                f'{escape(cell.text)}</h3><p><a href="#{table.name}">close</a></p>'
                f"<ol>{items}</ol></section>\n"
            )
    return "".join(parts)


def traced_csv(table: TracedTable) -> str:
    """Write a table's cells, one in a line; numbers unrounded, records by kind and name.

    Examples
    --------
    >>> rows = (TracedRow(heading="a", cells=(counted([("dose", "D1")]),)),)
    >>> table = TracedTable(name="t", caption="T", unit="doses", columns=(("n", ""),), rows=rows)
    >>> traced_csv(table).splitlines()[1]
    't,,a,n,1,,1.0,,,dose:D1'
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for row in table.rows:
        for (title, unit), cell in zip(table.columns, row.cells, strict=True):
            writer.writerow(
                (
                    table.name, row.group, row.heading, title, cell.text, cell.detail,
                    _number(cell.value), _number(cell.uncertainty),
                    "" if unit == "text" else unit,
                    " ".join(f"{kind}:{name}" for kind, name in cell.rows),
                )
            )  # fmt: skip
    return buffer.getvalue()


def _number(number: float | None) -> str:
    return "" if number is None else repr(number)
