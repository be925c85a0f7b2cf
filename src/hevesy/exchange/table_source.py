"""Where a table comes from: a file, or what a server gave."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.exchange.csv_table import split_text
from hevesy.exchange.opening import open_table
from hevesy.exchange.source_table import SourceTable, TableOptions, require_file

__all__ = ["TableSource", "file_source", "text_source"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TableSource:
    r"""A table that can be read more than once.

    Parameters
    ----------
    name : str
        For messages.
    sha256 : str
        Of its content.
    open : callable
        Gives the table by the options of a map.

    Examples
    --------
    >>> text_source("a,b\n1,2\n", name="records").name
    'records'
    """

    name: str
    sha256: str
    open: Callable[[TableOptions], SourceTable]


def file_source(path: Path) -> TableSource:
    """Take a file as it is now.

    Parameters
    ----------
    path : Path

    Returns
    -------
    TableSource

    Raises
    ------
    TrialError
        It is missing, too large, or changes while it is read.

    Examples
    --------
    >>> file_source(Path("no-such.csv"))
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a table could not be read: got 'no-such.csv: No such file...
    """
    require_file(path)

    def digest() -> str:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    sha256 = digest()

    def opened(options: TableOptions) -> SourceTable:
        table = open_table(path, options)
        if digest() != sha256:
            raise TrialError(
                f"{path.name} is changing while it is read", remedy="close it elsewhere, try again"
            )
        return table

    return TableSource(name=path.name, sha256=sha256, open=opened)


def text_source(text: str, *, name: str) -> TableSource:
    r"""Take CSV text that is held in memory.

    Parameters
    ----------
    text : str
    name : str
        For messages.

    Returns
    -------
    TableSource

    Examples
    --------
    >>> text_source("a,b\n1,2\n", name="records").open(TableOptions()).columns
    ('a', 'b')
    """

    def opened(options: TableOptions) -> SourceTable:
        return split_text(iter(io.StringIO(text, newline="")), name, options)

    return TableSource(name=name, sha256=hashlib.sha256(text.encode()).hexdigest(), open=opened)
