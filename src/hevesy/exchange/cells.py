"""One cell of a table from elsewhere: what it holds, and its words."""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

__all__ = ["Cell", "CellFault", "cell_text"]

Cell = str | int | float | Decimal | bool | date | datetime | time | None
"""A cell as its file has it; text from CSV, numbers and dates where a format knows them."""

_DIGITS = 15  # a spreadsheet and a SAS file hold binary numbers; no more decimal digits were typed


@dataclass(frozen=True, slots=True, kw_only=True)
class CellFault:
    """A cell without a usable value.

    Parameters
    ----------
    words : str
        Why, for people.

    Examples
    --------
    >>> CellFault(words="an error: #DIV/0!").words
    'an error: #DIV/0!'
    """

    words: str


def cell_text(cell: Cell) -> str:
    """Say a cell's value as people would type it.

    Binary numbers are written with at most 15 significant digits, which is what spreadsheets and
    SAS keep of the digits that were typed.

    Parameters
    ----------
    cell : Cell

    Returns
    -------
    str
        Without blanks at its ends; empty for an empty cell.

    Examples
    --------
    >>> cell_text(0.049999999999999996), cell_text(12.0), cell_text(True), cell_text(None)
    ('0.05', '12', 'yes', '')
    >>> cell_text(datetime(2026, 1, 9)), cell_text(datetime(2026, 1, 9, 10, 30))
    ('2026-01-09', '2026-01-09T10:30:00')
    """
    if isinstance(cell, str):
        return cell.strip()
    if cell is None or cell != cell:  # NaN: a SAS file's missing number
        return ""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float):
        return f"{Decimal(f'{cell:.{_DIGITS}g}'):f}"
    if isinstance(cell, datetime):
        midnight = cell.time() == time(0) and cell.tzinfo is None
        return cell.date().isoformat() if midnight else cell.isoformat()
    if isinstance(cell, date | time):
        return cell.isoformat()
    return f"{cell:f}" if isinstance(cell, Decimal) else str(cell)
