"""A table as a value: columns, rows, marks and footnotes; no markup."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hevesy.report.numbers import NOT_AVAILABLE, format_measurement, format_number, is_number
from hevesy.units import MBQ_PER_MCI

if TYPE_CHECKING:
    from hevesy.case import RegionResult

__all__ = [
    "Cell",
    "Column",
    "Notes",
    "Row",
    "Table",
    "in_mci",
    "lesions_first",
    "local_time",
    "measured_cell",
    "number_cell",
]

_MARKS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One figure or word in a table.

    Parameters
    ----------
    text : str
    detail : str
        A second, smaller line.
    mark : str
        Letter of a footnote.
    struck : bool
        Not valid: shown struck through.
    missing : bool
        There is no figure.
    alert : bool
        Worth a second look.
    link : str
        Name of a place on the same page that says more.
    """

    text: str
    detail: str = ""
    mark: str = ""
    struck: bool = False
    missing: bool = False
    alert: bool = False
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column's heading, its unit and whether it holds numbers."""

    title: str
    unit: str = ""
    number: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A row: its heading and its cells; `group` starts a new group under that name."""

    heading: str
    cells: tuple[Cell, ...]
    group: str = ""
    lesion: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with its caption and footnotes.

    Parameters
    ----------
    caption : str
    columns : tuple of Column
        The first is that of the rows' headings.
    rows : tuple of Row
    notes : tuple of (str, str)
        Mark and text.
    doses : bool
        It shows doses: "research use only" stands beside it.
    """

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[tuple[str, str], ...] = ()
    doses: bool = False


@dataclass(slots=True)
class Notes:
    """Footnotes as they come up; the same text gets the same letter."""

    texts: list[str] = field(default_factory=list)

    def mark(self, text: str) -> str:
        """Letter of the footnote `text`; none for an empty one."""
        if not text:
            return ""
        if text not in self.texts:
            self.texts.append(text)
        n = self.texts.index(text)
        return _MARKS[n] if n < len(_MARKS) else str(n + 1)

    def listed(self) -> tuple[tuple[str, str], ...]:
        """All footnotes, in order."""
        return tuple((self.mark(text), text) for text in self.texts)


def number_cell(value: float | None, uncertainty: float | None = None) -> Cell:
    """A cell for a number, with an uncertainty where one belongs to it.

    Examples
    --------
    >>> number_cell(3.14159).text, number_cell(100.0, 4.2).text
    ('3.14', '100.0 ± 4.2')
    """
    text = format_number(value) if uncertainty is None else format_measurement(value, uncertainty)
    return Cell(text=text, missing=not is_number(value))


def measured_cell(
    value: float, uncertainty: float, notes: Notes, reason: str, *, detail: str = ""
) -> Cell:
    """A cell for a measurement; what is not available gets a footnote that says why.

    Parameters
    ----------
    value, uncertainty : float
        In one unit; one standard deviation.
    notes : Notes
        Takes the footnote.
    reason : str
        Why there may be no value.
    detail : str
        A second, smaller line.

    Returns
    -------
    Cell

    Examples
    --------
    >>> cell = measured_cell(float("nan"), 1.0, Notes(), "The fit failed.")
    >>> cell.text, cell.mark
    ('not available', 'a')
    """
    if not is_number(value):
        return Cell(text=NOT_AVAILABLE, mark=notes.mark(reason), missing=True)
    if not is_number(uncertainty):
        mark = notes.mark("The uncertainty is not available: see this region's warnings.")
        return Cell(text=format_number(value), mark=mark, detail=detail)
    return Cell(text=format_measurement(value, uncertainty), detail=detail)


def in_mci(value_mbq: float, uncertainty_mbq: float | None) -> str:
    """Write an activity in mCi.

    Examples
    --------
    >>> in_mci(1110.0, 37.0)
    '30.0 ± 1.0'
    """
    if uncertainty_mbq is None:
        return format_number(value_mbq / MBQ_PER_MCI, digits=4)
    return format_measurement(value_mbq / MBQ_PER_MCI, uncertainty_mbq / MBQ_PER_MCI)


def local_time(moment: datetime, timezone: str) -> str:
    """Date, time and offset at the site.

    Examples
    --------
    >>> from datetime import UTC
    >>> local_time(datetime(2024, 5, 14, 7, 22, tzinfo=UTC), "Europe/Paris")
    '2024-05-14 09:22 (UTC+02:00)'
    """
    local = moment.astimezone(ZoneInfo(timezone))
    offset = local.isoformat()[-6:]
    return f"{local:%Y-%m-%d %H:%M} (UTC{offset})"


def lesions_first(regions: Sequence["RegionResult"]) -> list["RegionResult"]:
    """Give regions with lesions first, otherwise in their order.

    Examples
    --------
    >>> lesions_first([])
    []
    """
    return sorted(regions, key=lambda r: r.kind != "lesion")
