"""SAS transport files (XPT), versions 5 and 8."""

from collections.abc import Iterator, Sequence
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

__all__ = ["read_transport_file"]

_AT_ONCE = 20_000


def read_transport_file(path: Path, options: TableOptions) -> SourceTable:
    """Open a SAS transport file.

    Dates are those of SAS's date formats; numbers are binary there, and are read with the 15
    digits that such a number holds. Row 1 is the first row of data.

    Parameters
    ----------
    path : Path
    options : TableOptions
        `encoding` applies, if the file's texts are not UTF-8.

    Returns
    -------
    SourceTable

    Raises
    ------
    TrialError
        No transport file, or its texts are in another encoding.

    Examples
    --------
    >>> read_transport_file(Path("no-such.xpt"), TableOptions())
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a table could not be read: got 'no-such.xpt: No such file...
    """
    require_file(path)
    first = _part(path, options, 0)
    columns = require_columns([str(name) for name in first.columns], path.name)
    return SourceTable(name=path.name, columns=columns, rows=_rows(path, options, first))


def _part(path: Path, options: TableOptions, offset: int) -> Any:
    import pyreadstat  # slow to import, and needed here alone

    try:
        frame, _ = pyreadstat.read_xport(
            str(path),
            row_offset=offset,
            row_limit=_AT_ONCE,
            encoding=options.encoding or None,
        )
    except Exception as error:
        raise TrialError(
            f"{path.name} can't be read as a SAS transport file",
            got=type(error).__name__,
            remedy="export it again; if its letters are not UTF-8, name the encoding under [table] "
            "in the map",
        ) from error
    return frame


def _rows(
    path: Path, options: TableOptions, first: Any
) -> Iterator[tuple[int, Sequence[Cell | CellFault]]]:
    frame, offset = first, 0
    while len(frame):
        columns = [frame[name].tolist() for name in frame.columns]
        for number, cells in enumerate(zip(*columns, strict=True), start=offset + 1):
            yield number, [_plain(cell) for cell in cells]
        offset += len(frame)
        if len(frame) < _AT_ONCE:
            return
        frame = _part(path, options, offset)


def _plain(cell: Any) -> Cell:
    """What is missing is empty: NaN, NaT."""
    if cell != cell:
        return None
    to_datetime = getattr(cell, "to_pydatetime", None)
    value: Cell = cell if to_datetime is None else to_datetime()
    return value
