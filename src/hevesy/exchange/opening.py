"""Tables from elsewhere, by the kind of their file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.exchange.csv_table import read_csv_table
from hevesy.exchange.dataset_json import read_dataset_json
from hevesy.exchange.excel_table import read_excel_table
from hevesy.exchange.source_table import SourceTable, TableOptions
from hevesy.exchange.transport_file import read_transport_file

__all__ = ["open_table"]

_READERS: Mapping[str, Callable[[Path, TableOptions], SourceTable]] = MappingProxyType(
    {
        ".csv": read_csv_table,
        ".tsv": read_csv_table,
        ".txt": read_csv_table,
        ".xlsx": read_excel_table,
        ".xlsm": read_excel_table,
        ".json": read_dataset_json,
        ".ndjson": read_dataset_json,
        ".xpt": read_transport_file,
    }
)


def open_table(path: Path, options: TableOptions) -> SourceTable:
    """Open a table by its name's ending.

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
        Of another kind, or it can't be read.

    Examples
    --------
    >>> open_table(Path("notes.docx"), TableOptions())
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: this kind of file is not imported: got 'notes.docx', allowed: ...
    """
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise TrialError(
            "this kind of file is not imported",
            got=path.name,
            allowed=", ".join(_READERS),
            remedy="save it as CSV, .xlsx, Dataset-JSON or XPT",
        )
    return reader(path, options)
