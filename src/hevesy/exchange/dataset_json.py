"""CDISC Dataset-JSON 1.1: one data set, as one JSON document or line by line."""

import json
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import zip_longest
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

__all__ = ["read_dataset_json"]

_VERSION = "1.1"


def read_dataset_json(path: Path, options: TableOptions) -> SourceTable:
    """Open a Dataset-JSON 1.1 file, ``.json`` or, line by line, ``.ndjson``.

    Numbers keep the digits that are written. Row 1 is the first row of data.

    Parameters
    ----------
    path : Path
    options : TableOptions
        Nothing of it applies but `missing` and `identifying`.

    Returns
    -------
    SourceTable

    Raises
    ------
    TrialError
        No Dataset-JSON 1.1, or fewer rows than it says.

    References
    ----------
    CDISC, Dataset-JSON version 1.1, sections "Dataset-JSON" and "NDJSON representation".

    Examples
    --------
    >>> import tempfile
    >>> text = '{"datasetJSONVersion": "1.1.0", "records": 1, "rows": [["7", 0.10]],'
    >>> text += '"columns": [{"name": "USUBJID"}, {"name": "AVAL"}]}'
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "adlb.json"
    ...     _ = file.write_text(text)
    ...     list(read_dataset_json(file, TableOptions()).rows)
    [(1, ['7', Decimal('0.10')])]
    """
    require_file(path)
    if path.suffix.lower() == ".ndjson":
        lines = _lines(path)
        head = next(lines, None)
        rows = lines
    else:
        head = _parse(path.read_bytes(), path.name, 0)
        rows = iter(head.get("rows") or []) if isinstance(head, dict) else iter(())
    if not isinstance(head, dict) or "columns" not in head:
        raise _no_dataset(path.name, "no columns")
    version = str(head.get("datasetJSONVersion", ""))
    if version != _VERSION and not version.startswith(f"{_VERSION}."):
        raise _no_dataset(path.name, f"version {version[:20] or 'not stated'}")
    columns = head["columns"]
    if not isinstance(columns, list) or not all(
        isinstance(column, dict) and isinstance(column.get("name"), str) for column in columns
    ):
        raise _no_dataset(path.name, "columns without names")
    names = require_columns([column["name"] for column in columns], path.name, row=1)
    return SourceTable(
        name=path.name,
        columns=names,
        rows=_rows(
            rows, path.name, head.get("records"), [column.get("dataType") for column in columns]
        ),
    )


def _no_dataset(name: str, why: str) -> TrialError:
    return TrialError(
        f"{name} is no Dataset-JSON of version {_VERSION}", got=why, remedy="export it again"
    )


def _parse(text: bytes | str, name: str, line: int) -> Any:
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise _no_dataset(name, f"no JSON in line {line}" if line else "no JSON") from None


def _lines(path: Path) -> Iterator[Any]:
    with path.open("rb") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield _parse(line, path.name, number)


def _rows(
    rows: Iterator[Any], name: str, stated: object, types: Sequence[object]
) -> Iterator[tuple[int, Sequence[Cell | CellFault]]]:
    number = 0
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, list):
            raise _no_dataset(name, f"row {number} is no list")
        yield number, [_cell(value, kind) for value, kind in zip_longest(row, types)][: len(row)]
    if isinstance(stated, int) and stated != number:
        raise TrialError(
            f"{name} has not the rows that it says",
            got=number,
            allowed=str(stated),
            remedy="it was cut off: export it again",
        )


def _cell(value: object, kind: object) -> Cell | CellFault:
    if kind == "integer" and isinstance(value, Decimal) and value == int(value):
        return int(value)  # some writers say 3.0
    if value is None or isinstance(value, str | int | bool | Decimal):
        return value
    return CellFault(words=f"a {'table' if isinstance(value, Mapping) else 'list'} in a cell")
