"""Text tables: encoding, separator, quotes."""

import codecs
import csv
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.exchange.source_table import (
    SourceTable,
    TableOptions,
    require_columns,
    require_file,
)

__all__ = ["read_csv_table", "split_text"]

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_WIDE = ("utf-16", "utf-32")  # a line's end is not one byte there
_SEPARATORS = (",", ";", "\t", "|")
_LONGEST = 1_000_000  # characters of one cell; a longer one is a quotation mark left open


def read_csv_table(path: Path, options: TableOptions) -> SourceTable:
    r"""Open a text table.

    UTF-8, with or without a byte-order mark, unless the options name another encoding.

    Parameters
    ----------
    path : Path
    options : TableOptions

    Returns
    -------
    SourceTable
        Its rows are read as they are asked for.

    Raises
    ------
    TrialError
        Missing, too large, in another encoding, no table.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "e.csv"
    ...     _ = file.write_bytes(b"\xef\xbb\xbfsubject;term\n7;Fever\n")
    ...     table = read_csv_table(file, TableOptions())
    ...     table.columns, list(table.rows)
    (('subject', 'term'), [(2, ['7', 'Fever'])])
    """
    require_file(path)
    return split_text(_lines(path, _encoding(path, options)), path.name, options)


def split_text(lines: Iterator[str], name: str, options: TableOptions) -> SourceTable:
    r"""Split lines of text into a table.

    Parameters
    ----------
    lines : iterator of str
        With their ends.
    name : str
        For messages.
    options : TableOptions

    Returns
    -------
    SourceTable

    Raises
    ------
    TrialError
        Empty, or not separated.

    Examples
    --------
    >>> split_text(iter(["a,b\n", "1,2\n"]), "t", TableOptions()).columns
    ('a', 'b')
    """
    head = []
    for line in lines:
        head.append(line)
        if len(head) >= options.heading_row and line.strip():
            break
    last = head[-1] if head else ""
    separator = options.separator or max(_SEPARATORS, key=last.count)
    csv.field_size_limit(_LONGEST)
    reader = csv.reader(chain(head, lines), delimiter=separator, strict=True)
    rows = _rows(reader, name)
    for number, cells in rows:
        if number >= options.heading_row:
            columns = require_columns(cells, name, row=number)
            return SourceTable(name=name, columns=columns, rows=_fitted(rows, len(columns)))
    raise TrialError(f"{name} is empty", remedy="export it again, with its heading")


def _encoding(path: Path, options: TableOptions) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
    marked = next((name for mark, name in _BOMS if start.startswith(mark)), "")
    wanted = options.encoding or "utf-8"
    try:
        known = codecs.lookup(wanted).name
    except LookupError:
        raise TrialError(
            "encoding of [table] is unknown",
            got=wanted[:40],
            allowed="utf-8, cp1252, iso-8859-1, utf-16, gb18030, ...",
            remedy="correct the map",
        ) from None
    if start.startswith(b"PK\x03\x04"):
        raise TrialError(
            f"{path.name} is a workbook and not a text table",
            allowed="CSV, or .xlsx by its own name",
            remedy="name it .xlsx, or save it as CSV",
        )
    if marked and marked != known:
        raise TrialError(
            f"{path.name} is in {marked.upper()}",
            allowed=wanted.upper(),
            remedy=f'write encoding = "{marked}" under [table] in the map, or save it as UTF-8',
        )
    return "utf-8-sig" if known == "utf-8" else known


def _lines(path: Path, encoding: str) -> Iterator[str]:
    if encoding in _WIDE:
        try:
            with path.open(encoding=encoding, newline="") as file:
                yield from file
        except UnicodeError:
            raise _undecodable(path, encoding, 0) from None
        return
    with path.open("rb") as file:
        for number, raw in enumerate(file, start=1):
            try:
                yield raw.decode(encoding if number == 1 else encoding.removesuffix("-sig"))
            except UnicodeDecodeError:
                raise _undecodable(path, encoding, number) from None


def _undecodable(path: Path, encoding: str, number: int) -> TrialError:
    where = f"line {number} of {path.name}" if number else path.name
    said = encoding.removesuffix("-sig").upper()
    return TrialError(
        f"{where} is not in {said}",
        allowed=f"{said}, or the encoding that the map names",
        remedy='if it comes from a spreadsheet on Windows, write encoding = "cp1252" under '
        "[table] in the map and look at the dry run's letters; or save it as UTF-8",
    )


def _rows(reader: Iterator[list[str]], name: str) -> Iterator[tuple[int, list[str]]]:
    number = 0
    while True:
        number += 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise TrialError(
                f"{name}, row {number}: no CSV table",
                got=str(error),
                remedy="look for a quotation mark that is not closed, and export it again",
            ) from error
        if any(map(str.strip, cells)):
            yield number, cells


def _fitted(
    rows: Iterator[tuple[int, list[str]]], width: int
) -> Iterator[tuple[int, Sequence[str]]]:
    for number, cells in rows:
        while len(cells) > width and not cells[-1].strip():
            cells.pop()  # a separator at the end of each line
        yield number, cells
