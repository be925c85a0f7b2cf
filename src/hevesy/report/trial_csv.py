"""A study's table as tidy CSV: a line for each cell."""

import csv
import io

from hevesy.trial.tables import CountCell, FigureCell, StudyTable

__all__ = ["CSV_COLUMNS", "table_csv"]

CSV_COLUMNS = (
    "table", "row", "column", "n", "denominator", "percent", "lower", "upper", "unit",
    "group", "statistic", "value", "generated", "counted",
)  # fmt: skip


def table_csv(table: StudyTable) -> str:
    r"""Write a table's cells, one in a line, rounded as they are printed.

    Parameters
    ----------
    table : StudyTable

    Returns
    -------
    str
        `lower` and `upper` are limits of the percentage, or of `value`; `unit` is theirs.
        `generated`: counted units that rest on generated rows; `counted`: the unit of analysis.

    Examples
    --------
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis, tabulate_events
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> found = tabulate_events(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> print(table_csv(found).splitlines()[1])
    events,any event,all grades,2,3,66.7,9.4,99.2,%,,count,,0,"inclusions that were treated, N = 3"
    """
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for row in table.rows:
        for column, cell in zip(table.columns, row.cells, strict=True):
            fields = _count(cell) if isinstance(cell, CountCell) else _figure(cell)
            writer.writerow(
                (table.name, row.heading, column, *fields[:6], row.group, *fields[6:], table.unit)
            )
    return buffer.getvalue()


def _count(cell: CountCell) -> tuple[object, ...]:
    low, high = cell.interval
    generated = cell.generated
    return cell.n, cell.denominator, cell.percent, low, high, "%", "count", "", generated


def _figure(cell: FigureCell) -> tuple[object, ...]:
    low, high, value = (cell.rounded(v) for v in (cell.lower, cell.upper, cell.value))
    return cell.n, "", "", low, high, cell.unit, cell.statistic, value, cell.generated
