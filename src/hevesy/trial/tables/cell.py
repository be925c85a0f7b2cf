"""A trial's table as values: counts that name the rows behind them, and exact statistics."""

from dataclasses import dataclass
from fractions import Fraction

from hevesy.errors import TrialError
from hevesy.trial.exact_interval import Proportion, round_half_away

__all__ = ["CountCell", "FigureCell", "Member", "RowKey", "StudyTable", "TableRow"]

RowKey = tuple[str, str]  # kind of record, as the store names it, and the record


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One counted unit, and the rows that put it into its cell.

    Parameters
    ----------
    unit : (str, str)
        Kind and name of the record that is counted.
    rows : tuple of (str, str)
        Kind and name of each record from which the cell follows.
    generated : bool
        The unit, or a row behind it, was made up to fit published margins.
    """

    unit: RowKey
    rows: tuple[RowKey, ...] = ()
    generated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCell:
    """So many units of so many; each is named.

    Parameters
    ----------
    members : tuple of Member
        Each unit once.
    denominator : int
        0 in a column of nobody.

    Raises
    ------
    TrialError
        A unit twice, or more units than the denominator.

    Examples
    --------
    >>> ada = Member(unit=("inclusion", "I1"), rows=(("adverse_event", "E7"),))
    >>> cell = CountCell(members=(ada,), denominator=8)
    >>> cell.text, cell.interval_text
    ('1 (12.5 %)', '0.3 to 52.7 %')
    """

    members: tuple[Member, ...]
    denominator: int

    def __post_init__(self) -> None:
        if len({member.unit for member in self.members}) != len(self.members):
            raise TrialError(
                "a unit stands twice in one cell", remedy="report it: a cell counts units once"
            )
        if self.n > self.denominator:
            Proportion(n=self.n, denominator=max(self.denominator, 1))
            raise TrialError("a cell of nobody has members", got=self.n, remedy="report it")

    @property
    def n(self) -> int:
        """How many."""
        return len(self.members)

    @property
    def generated(self) -> int:
        """How many of them rest on a generated row."""
        return sum(member.generated for member in self.members)

    @property
    def percent(self) -> str:
        """Rounded half away from zero to one decimal; empty in a column of nobody."""
        if not self.denominator:
            return ""
        return str(round_half_away(Fraction(100 * self.n, self.denominator), 1))

    @property
    def interval(self) -> tuple[str, str]:
        """Clopper and Pearson's 95 % limits, per cent, one decimal; empty for nobody."""
        if not self.denominator:
            return "", ""
        low, high = Proportion(n=self.n, denominator=self.denominator).ci95_percent
        return str(round_half_away(Fraction(low), 1)), str(round_half_away(Fraction(high), 1))

    @property
    def text(self) -> str:
        """Such as "17 (47.2 %)"."""
        return f"{self.n} ({self.percent} %)" if self.denominator else "0 of 0"

    @property
    def interval_text(self) -> str:
        """Such as "30.4 to 64.5 %"."""
        low, high = self.interval
        return f"{low} to {high} %" if low else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureCell:
    """A statistic: its value, or limits, or both.

    Parameters
    ----------
    statistic : str
        What it is: "median", "range", ...
    n : int
        Units from which it comes.
    unit : str
        Empty for a plain number.
    decimals : int
    value, lower, upper : Fraction or None
        Exact; None where it does not exist.
    missing : str
        What stands where there is no value: "not reached", ...
    generated : int
        Units of the n that rest on generated rows.

    Raises
    ------
    TrialError
        One limit without the other where there is no value.

    Examples
    --------
    >>> FigureCell(statistic="median", n=4, unit="a", decimals=1, value=Fraction(119, 2),
    ...            lower=Fraction(50), upper=Fraction(65)).text
    '59.5 (50.0 to 65.0)'
    """

    statistic: str
    n: int
    unit: str = ""
    decimals: int = 1
    value: Fraction | None = None
    lower: Fraction | None = None
    upper: Fraction | None = None
    missing: str = "not available"
    generated: int = 0

    def __post_init__(self) -> None:
        if self.value is None and self.lower is None and self.upper is not None:
            raise TrialError("an upper limit alone", got=self.statistic, remedy="give the lower")

    def rounded(self, value: Fraction | None) -> str:
        """Write one of its numbers, rounded half away from zero; empty for None."""
        return "" if value is None else str(round_half_away(value, self.decimals))

    @property
    def text(self) -> str:
        """Such as "59.5 (50.0 to 65.0)"; an open end is "not reached"."""
        low, high = self.rounded(self.lower), self.rounded(self.upper)
        limits = f"{low or 'not reached'} to {high or 'not reached'}" if low or high else ""
        if self.value is None:
            if self.statistic in {"quartiles", "range"} and limits:
                return limits
            return f"{self.missing} ({limits})" if limits else self.missing
        return f"{self.rounded(self.value)} ({limits})" if limits else self.rounded(self.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRow:
    """A row: its heading, its cells, and the group in which it stands."""

    heading: str
    cells: tuple[CountCell | FigureCell, ...]
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyTable:
    """A table of a study.

    Parameters
    ----------
    name : str
        Short, for file names.
    caption : str
    unit : str
        What is counted, with its number: printed with the table.
    columns : tuple of str
        Without that of the headings.
    rows : tuple of TableRow
    notes : tuple of str
        Rules and missing values.

    Raises
    ------
    TrialError
        A row with another number of cells than there are columns.

    Examples
    --------
    >>> StudyTable(name="t", caption="A table", unit="1 inclusion", columns=("all",), rows=()).rows
    ()
    """

    name: str
    caption: str
    unit: str
    columns: tuple[str, ...]
    rows: tuple[TableRow, ...]
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for row in self.rows:
            if len(row.cells) != len(self.columns):
                raise TrialError(
                    f"a row of {self.name} has another number of cells than columns",
                    got=f"{row.heading}: {len(row.cells)} of {len(self.columns)}",
                    remedy="report it",
                )

    @property
    def generated(self) -> bool:
        """Whether a cell rests on a generated row."""
        return any(
            isinstance(cell, CountCell) and cell.generated
            for row in self.rows
            for cell in row.cells
        )
