"""Data sets as CSV, Excel and Parquet; the same input gives the same bytes."""

import csv
import io
import re
import zipfile
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from hevesy.errors import TrialError
from hevesy.trial.export import Cell, DataSet

__all__ = ["csv_bytes", "excel_bytes", "parquet_bytes"]

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_MOST_CELL_LETTERS = 32_767
_CORE = "docProps/core.xml"
_STAMP = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*")


def csv_bytes(data: DataSet) -> bytes:
    r"""Write a data set as CSV: UTF-8, comma, a heading; what is not recorded is empty.

    Parameters
    ----------
    data : DataSet

    Returns
    -------
    bytes

    Examples
    --------
    >>> from hevesy.trial.export import dataset_template
    >>> csv_bytes(dataset_template("RELREC"))
    b'STUDYID,RDOMAIN,USUBJID,IDVAR,IDVARVAL,RELTYPE,RELID\n'
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(data.names)
    writer.writerows([_text(cell) for cell in row] for row in data.rows)
    return buffer.getvalue().encode()


def _text(cell: Cell) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, date):
        return cell.isoformat()
    return repr(cell) if isinstance(cell, float) else str(cell)


def excel_bytes(datasets: Sequence[DataSet], *, made_at: datetime) -> bytes:
    """Write data sets as one workbook, a sheet for each.

    Texts are texts, never formulas.

    Parameters
    ----------
    datasets : sequence of DataSet
        At least one.
    made_at : datetime
        Stated as the moment of creation.

    Returns
    -------
    bytes

    Raises
    ------
    TrialError
        A text that a cell can't hold.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.trial.export import dataset_template
    >>> made = excel_bytes([dataset_template("DM")], made_at=datetime(2026, 1, 9, tzinfo=UTC))
    >>> made[:2]
    b'PK'
    """
    from openpyxl import Workbook  # slow to import, and needed here alone
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.utils.exceptions import IllegalCharacterError

    book = Workbook(write_only=True)
    for data in datasets:
        sheet = book.create_sheet(data.name)
        sheet.append(list(data.names))
        for number, row in enumerate(data.rows, start=1):
            cells: list[Any] = list(row)
            for at, cell in enumerate(row):
                if isinstance(cell, str) and (cell[:1] == "=" or len(cell) > _MOST_CELL_LETTERS):
                    if len(cell) > _MOST_CELL_LETTERS:
                        raise _no_cell(data, number, at)
                    cells[at] = WriteOnlyCell(sheet, value=cell)
                    cells[at].data_type = "s"
            try:
                sheet.append(cells)
            except IllegalCharacterError as error:
                raise _no_cell(data, number, 0) from error
    buffer = io.BytesIO()
    book.save(buffer)
    return _without_clock(buffer.getvalue(), made_at)


def _no_cell(data: DataSet, number: int, at: int) -> TrialError:
    return TrialError(
        "a text does not fit into a cell of a workbook",
        got=f"{data.name}, row {number}, from {data.names[at]} on",
        allowed=f"at most {_MOST_CELL_LETTERS} letters, no control characters",
        remedy="correct the record, or leave xlsx out of --format",
    )


def _without_clock(content: bytes, made_at: datetime) -> bytes:
    stated = f"{made_at:%Y-%m-%dT%H:%M:%SZ}".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            part = old.read(name)
            if name == _CORE:
                part = _STAMP.sub(rb"\g<1>" + stated, part)
            entry = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, part)
    return out.getvalue()


def parquet_bytes(data: DataSet) -> bytes:
    """Write a data set as Parquet, each column with its label.

    Parameters
    ----------
    data : DataSet

    Returns
    -------
    bytes
        Texts, 64-bit integers, doubles, days and truth values; None is null.

    Examples
    --------
    >>> from hevesy.trial.export import dataset_template
    >>> parquet_bytes(dataset_template("DM"))[:4]
    b'PAR1'
    """
    import pyarrow as pa  # slow to import, and needed here alone
    import pyarrow.parquet as pq

    types = {"integer": pa.int64(), "float": pa.float64(), "numdate": pa.date32(),
             "boolean": pa.bool_()}  # fmt: skip
    columns, entries = [], []
    for at, variable in enumerate(data.variables):
        kind = types.get(variable.kind, pa.string())
        cells: list[Any] = [row[at] for row in data.rows]
        if variable.kind == "float":
            cells = [None if cell is None else float(cell) for cell in cells]
        columns.append(pa.array(cells, type=kind))
        entries.append(pa.field(variable.name, kind, metadata={"label": variable.label}))
    schema = pa.schema(entries, metadata={"name": data.name, "label": data.label})
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(columns, schema=schema), sink)
    return bytes(sink.getvalue().to_pybytes())
