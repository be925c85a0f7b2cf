"""A table from elsewhere, row by row, and the bounds of what is read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.exchange.cells import Cell, CellFault

__all__ = ["LARGEST_BYTES", "SourceTable", "TableOptions", "require_columns", "require_file"]

LARGEST_BYTES = 64_000_000
"""Larger files are refused: 100,000 laboratory values are about a sixth of it as CSV."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableOptions:
    """What a mapping file says of the table itself.

    Parameters
    ----------
    encoding : str
        Of a text file; empty means UTF-8.
    separator : str
        One character; empty: the one of ``, ; tab |`` that the heading has most.
    decimal_comma : bool
        Numbers are written as 3,5.
    sheet : str
        Of a workbook; empty: its only one.
    heading_row : int
        Where the columns' names stand, from 1.
    missing : tuple of str
        Texts that say that nothing was recorded, besides an empty cell.
    identifying : tuple of str
        Columns whose values no message shows.

    Examples
    --------
    >>> TableOptions(missing=("ND",)).heading_row
    1
    """

    encoding: str = ""
    separator: str = ""
    decimal_comma: bool = False
    sheet: str = ""
    heading_row: int = 1
    missing: tuple[str, ...] = ()
    identifying: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceTable:
    """Columns, and rows that are read once.

    Parameters
    ----------
    name : str
        Of the file, for messages.
    columns : tuple of str
        As the heading has them.
    rows : iterator of (int, sequence of Cell or CellFault)
        The row's number as a spreadsheet shows it, and its cells; rows without any are left out.
    day_zero : date
        Day 0 of the dates that a spreadsheet keeps as numbers.

    Examples
    --------
    >>> SourceTable(name="a.csv", columns=("subject",), rows=iter([(2, ["7"])])).columns
    ('subject',)
    """

    name: str
    columns: tuple[str, ...]
    rows: Iterator[tuple[int, Sequence[Cell | CellFault]]]
    day_zero: date = date(1899, 12, 30)  # makes the serial numbers from 1900-03-01 right


def require_file(path: Path, *, largest_bytes: int = LARGEST_BYTES) -> int:
    """Refuse a file that is missing, or larger than is read.

    Parameters
    ----------
    path : Path
    largest_bytes : int

    Returns
    -------
    int
        Its size, bytes.

    Raises
    ------
    TrialError

    Examples
    --------
    >>> require_file(Path("no-such.csv"))
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a table could not be read: got 'no-such.csv: No such file...
    """
    try:
        size = path.stat().st_size
        with path.open("rb"):
            pass
    except OSError as error:
        raise TrialError(
            "a table could not be read",
            got=f"{path.name}: {error.strerror}",
            remedy="check the file's name and that it may be read",
        ) from error
    if size > largest_bytes:
        raise TrialError(
            "this table is too large",
            got=f"{path.name}, {size / 1e6:.0f} MB",
            allowed=f"up to {largest_bytes / 1e6:.0f} MB",
            remedy="split it by rows, each part with the heading; nothing was read",
        )
    return size


def require_columns(cells: Sequence[str], name: str, *, row: int = 1) -> tuple[str, ...]:
    """Take the heading of a table: every column named, none twice.

    Parameters
    ----------
    cells : sequence of str
    name : str
        Of the file.
    row : int
        Where the heading stands.

    Returns
    -------
    tuple of str
        Without blanks at their ends, and without empty columns at the end.

    Raises
    ------
    TrialError

    Examples
    --------
    >>> require_columns(["subject ", "term", ""], "a.csv")
    ('subject', 'term')
    """
    columns = [" ".join(cell.split()) for cell in cells]
    while columns and not columns[-1]:
        columns.pop()
    faults = [f"column {i} has no name" for i, column in enumerate(columns, 1) if not column]
    twice = sorted({column for column in columns if column and columns.count(column) > 1})
    faults += [f"column {column!r} stands twice" for column in twice]
    if faults or not columns:
        raise TrialError(
            f"{name}: the heading in row {row} can't be used",
            got="; ".join(faults[:25]) or "an empty row",
            remedy="name each column once, or say where the heading is by heading_row under "
            "[table] in the map",
        )
    return tuple(columns)
