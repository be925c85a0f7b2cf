"""Excel workbooks: cached values, dates, errors."""

import zipfile
from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from hevesy.errors import TrialError
from hevesy.exchange.cells import Cell, CellFault
from hevesy.exchange.source_table import (
    SourceTable,
    TableOptions,
    require_columns,
    require_file,
)

__all__ = ["read_excel_table", "sheet_names"]

_LARGEST_BYTES = 20_000_000
_LARGEST_UNPACKED_BYTES = 400_000_000


def read_excel_table(path: Path, options: TableOptions) -> SourceTable:
    """Open one sheet of a workbook.

    A formula counts as the value that was saved with it. Cells with an error, and formulas
    without a saved value, are `CellFault`. A cell that is formatted as a date is a date; a date
    without the format is a number.

    Parameters
    ----------
    path : Path
        .xlsx or .xlsm.
    options : TableOptions

    Returns
    -------
    SourceTable

    Raises
    ------
    TrialError
        No workbook, too large, or which of several sheets is not said.

    Examples
    --------
    >>> import tempfile
    >>> from openpyxl import Workbook
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     book = Workbook()
    ...     for row in (["subject", "grade"], ["7", 2]):
    ...         book.active.append(row)
    ...     book.save(Path(folder) / "e.xlsx")
    ...     list(read_excel_table(Path(folder) / "e.xlsx", TableOptions()).rows)
    [(2, ['7', 2])]
    """
    require_file(path, largest_bytes=_LARGEST_BYTES)
    _require_workbook(path)
    book, sheet = _open(path, options, cached=True)
    rows = _rows(book, sheet, *_open(path, options, cached=False))
    for number, cells in rows:
        if number >= options.heading_row:
            names = [str(cell) if isinstance(cell, str | int | float) else "" for cell in cells]
            columns = require_columns(names, path.name, row=number)
            return SourceTable(
                name=path.name,
                columns=columns,
                rows=_fitted(rows, len(columns)),
                day_zero=book.epoch.date(),
            )
    raise TrialError(f"{path.name} is empty", remedy="export it again, with its heading")


def sheet_names(path: Path) -> tuple[str, ...]:
    """Give the names of a workbook's sheets.

    Parameters
    ----------
    path : Path
        .xlsx or .xlsm.

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> import tempfile
    >>> from openpyxl import Workbook
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     Workbook().save(Path(folder) / "e.xlsx")
    ...     sheet_names(Path(folder) / "e.xlsx")
    ('Sheet',)
    """
    require_file(path, largest_bytes=_LARGEST_BYTES)
    _require_workbook(path)
    book = _load(path, cached=True)
    try:
        return tuple(sheet.title for sheet in book.worksheets)
    finally:
        book.close()


def _require_workbook(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as packed:
            unpacked = sum(entry.file_size for entry in packed.infolist())
    except (zipfile.BadZipFile, OSError):
        raise TrialError(
            f"{path.name} is no workbook of the .xlsx kind",
            allowed=".xlsx without a password",
            remedy="save it as .xlsx (Excel's own), or as CSV",
        ) from None
    if unpacked > _LARGEST_UNPACKED_BYTES:
        raise TrialError(
            "this workbook is too large",
            got=f"{path.name}, {unpacked / 1e6:.0f} MB unpacked",
            allowed=f"up to {_LARGEST_UNPACKED_BYTES / 1e6:.0f} MB",
            remedy="save the sheet as CSV, or split it",
        )


def _load(path: Path, *, cached: bool) -> Any:
    import openpyxl  # slow to import, and needed here alone

    try:
        return openpyxl.load_workbook(path, read_only=True, data_only=cached)
    except Exception as error:
        raise TrialError(
            f"{path.name} can't be read as a workbook",
            got=type(error).__name__,
            remedy="open it in a spreadsheet and save it again",
        ) from error


def _open(path: Path, options: TableOptions, *, cached: bool) -> tuple[Any, Any]:
    book = _load(path, cached=cached)
    names = [sheet.title for sheet in book.worksheets]
    wanted = options.sheet or (names[0] if len(names) == 1 else "")
    if wanted not in names:
        book.close()
        raise TrialError(
            f"{path.name} has no such sheet" if wanted else f"{path.name} has several sheets",
            got=wanted or None,
            allowed=", ".join(names),
            remedy='name one by sheet = "..." under [table] in the map',
        )
    return book, book[wanted]


def _rows(
    book: Any, sheet: Any, formulas: Any, other: Any
) -> Iterator[tuple[int, list[Cell | CellFault]]]:
    try:
        pairs = zip(sheet.iter_rows(), other.iter_rows(), strict=True)
        for number, (shown, written) in enumerate(pairs, start=1):
            cells = [_cell(a, b) for a, b in zip(shown, written, strict=True)]
            if any(cell not in (None, "") for cell in cells):
                yield number, cells
    finally:
        book.close()
        formulas.close()


def _cell(shown: Any, written: Any) -> Cell | CellFault:
    if shown.data_type == "e":
        return CellFault(words=f"an error of the spreadsheet: {shown.value}")
    if shown.value is None and written.data_type == "f":
        return CellFault(words="a formula without its value: open the file, save it again")
    value: Cell = shown.value
    if value is not None and not isinstance(value, str | int | float | datetime):
        return CellFault(words="a span of time") if hasattr(value, "days") else value
    return value


def _fitted(
    rows: Iterator[tuple[int, list[Cell | CellFault]]], width: int
) -> Iterator[tuple[int, Sequence[Cell | CellFault]]]:
    for number, cells in rows:
        while len(cells) > width and cells[-1] in (None, ""):
            cells.pop()
        yield number, cells + [None] * (width - len(cells))
