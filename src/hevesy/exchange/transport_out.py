"""SAS transport files, version 5, written: names, texts and dates within that format's limits."""

import math
from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from hevesy.errors import TrialError
from hevesy.trial.export import Cell, DataSet, Variable

__all__ = ["MOST_TEXT_BYTES", "transport_faults", "write_transport_file"]

MOST_TEXT_BYTES = 200
"""Of a text in a file of version 5."""
_MOST_NAME_BYTES, _MOST_LABEL_BYTES = 8, 40
_EPOCH = date(1960, 1, 1)  # SAS counts days from here
_STAMPS = (144, 160, 464, 480)  # bytes 64-79 of records 2 and 6, bytes 0-15 of records 3 and 7
_STAMP_BYTES = 16
_CARD_BYTES, _NAMES_AT, _NAME_BYTES = 80, 640, 140  # a card; the first variable's entry; its size
_LENGTH_AT, _PLACE_AT = 4, 84  # in that entry: 2 bytes of length, 4 bytes of place in a record
_MONTHS = ["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"]
_LEAST, _MOST = 5.397605346934028e-79, 7.237005577332262e75  # of SAS's numbers


def transport_faults(data: DataSet) -> tuple[str, ...]:
    """Say what of a data set can't be kept in a transport file of version 5.

    Parameters
    ----------
    data : DataSet

    Returns
    -------
    tuple of str
        Each names the variable and the row; nothing is cut or replaced.

    References
    ----------
    SAS Institute, TS-140: record layout of a SAS version 5 or 6 data set in XPORT format.

    Examples
    --------
    >>> term = Variable(name="AETERM", label="Term", kind="text")
    >>> data = DataSet(name="AE", standard="sdtm", label="A", group="EVENTS", structure="One",
    ...                variables=(term,), rows=(("fever",), ("38 \N{DEGREE SIGN}C",)))
    >>> transport_faults(data)
    ('AE.AETERM, row 2: a letter that is not ASCII',)
    """
    found = []
    if not _is_name(data.name):
        found.append(f"{data.name}: more than 8 letters and digits in its name")
    for at, variable in enumerate(data.variables):
        place = f"{data.name}.{variable.name}"
        if not _is_name(variable.name):
            found.append(f"{place}: more than 8 letters and digits in its name")
        if len(variable.label.encode()) > _MOST_LABEL_BYTES or not variable.label.isascii():
            found.append(f"{place}: a label of more than 40 bytes, or not ASCII")
        for number, row in enumerate(data.rows, start=1):
            fault = _fault(row[at])
            if fault:
                found.append(f"{place}, row {number}: {fault}")
    return tuple(found)


def _is_name(name: str) -> bool:
    plain = name.replace("_", "")
    return (
        len(name) <= _MOST_NAME_BYTES
        and name.isascii()
        and plain.isalnum()
        and not name[:1].isdigit()
    )


def _fault(cell: Cell) -> str:
    if isinstance(cell, str):
        if not cell.isascii():
            return "a letter that is not ASCII"
        if len(cell) > MOST_TEXT_BYTES:
            return f"{len(cell)} bytes of at most {MOST_TEXT_BYTES}"
        if cell != cell.rstrip(" ") or "\x00" in cell:
            return "a space at the end, which the format does not keep"
    elif isinstance(cell, int | float) and cell:
        if not math.isfinite(cell) or not _LEAST <= abs(cell) <= _MOST:
            return "a number that the format can't hold"
        if isinstance(cell, int) and abs(cell) > 2**53:
            return "a whole number of more than 53 bits"
    return ""


def write_transport_file(data: DataSet, path: Path, *, made_at: datetime) -> None:
    """Write a data set as a transport file of version 5.

    Numeric dates are days since 1960-01-01 with the format DATE9. The same input gives the same
    bytes: both time stamps are the stated moment. A record has more than 80 bytes, by blanks behind
    its last text where it would not: pandas (`read_sas`) miscounts the rows of shorter ones.

    Parameters
    ----------
    data : DataSet
        With at least one row.
    path : Path
    made_at : datetime

    Raises
    ------
    TrialError
        `transport_faults` has something to say.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> long = Variable(name="QVAL", label="Value", kind="text")
    >>> data = DataSet(name="XX", standard="sdtm", label="A", group="EVENTS", structure="One",
    ...                variables=(long,), rows=(("x" * 201,),))
    >>> write_transport_file(data, Path("x.xpt"), made_at=datetime(2026, 1, 9, tzinfo=UTC))
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a data set does not fit into a transport file: got 'XX.QVAL, row 1...
    """
    faults = transport_faults(data)
    if faults:
        raise TrialError(
            "a data set does not fit into a transport file",
            got=faults[0] + (f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""),
            allowed="ASCII texts of at most 200 bytes, names of at most 8 letters and digits",
            remedy="correct the record, or leave xpt out of --format",
        )
    import pandas as pd  # slow to import, and needed here alone
    import pyreadstat

    columns: dict[str, Any] = {}
    for at, variable in enumerate(data.variables):
        columns[variable.name] = _column(variable, [row[at] for row in data.rows])
    pyreadstat.write_xport(
        pd.DataFrame(columns),
        str(path),
        file_label=data.label,
        column_labels=[variable.label for variable in data.variables],
        table_name=data.name,
        file_format_version=5,
        variable_format={v.name: "DATE9." for v in data.variables if v.kind == "numdate"},
    )
    content = bytearray(path.read_bytes())
    _stamp(content, made_at)
    path.write_bytes(_widened(content, [v.kind for v in data.variables], rows=len(data.rows)))


def _column(variable: Variable, cells: Sequence[Cell]) -> Any:
    import pandas as pd

    if variable.kind in {"text", "date", "datetime"}:
        return pd.Series(["" if cell is None else str(cell) for cell in cells], dtype=object)
    numbers = [
        math.nan
        if cell is None
        else float((cell - _EPOCH).days if isinstance(cell, date) else cell)
        for cell in cells
    ]
    return pd.Series(numbers, dtype="float64")


def _stamp(content: bytearray, made_at: datetime) -> None:
    """Put the stated moment where the library wrote the clock's."""
    words = f"{made_at:%d}{_MONTHS[made_at.month - 1]}{made_at:%y:%H:%M:%S}".encode("ascii")
    for at in _STAMPS:
        content[at : at + _STAMP_BYTES] = words


def _widened(content: bytearray, kinds: Sequence[str], *, rows: int) -> bytes:
    """Lengthen the last text of each record to a record of more than one card.

    References
    ----------
    SAS Institute, TS-140: member header, variable entries (NAMESTR), observations.
    """

    def number(at: int, size: int) -> int:
        return int.from_bytes(content[at : at + size], "big")

    entries = [_NAMES_AT + _NAME_BYTES * i for i in range(len(kinds))]
    lengths = [number(at + _LENGTH_AT, 2) for at in entries]
    record = sum(lengths)
    texts = [i for i, kind in enumerate(kinds) if kind in {"text", "date", "datetime"}]
    more = _CARD_BYTES + 1 - record
    if more <= 0 or not texts:
        return bytes(content)
    last = texts[-1]
    end = number(entries[last] + _PLACE_AT, 4) + lengths[last]
    for i, at in enumerate(entries[last:], start=last):
        if i == last:
            content[at + _LENGTH_AT : at + _LENGTH_AT + 2] = (lengths[i] + more).to_bytes(2, "big")
        else:
            place = number(at + _PLACE_AT, 4) + more
            content[at + _PLACE_AT : at + _PLACE_AT + 4] = place.to_bytes(4, "big")
    names = _NAME_BYTES * len(kinds)
    start = _NAMES_AT + names + -names % _CARD_BYTES + _CARD_BYTES
    parts = [bytes(content[:start])]
    for at in range(start, start + rows * record, record):
        parts += [
            bytes(content[at : at + end]),
            b" " * more,
            bytes(content[at + end : at + record]),
        ]
    body = rows * (record + more)
    return b"".join([*parts, b" " * (-body % _CARD_BYTES)])
