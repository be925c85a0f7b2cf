"""`hevesy trial tables`: a study's rows as tables and figures in a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.files import staged_output
from hevesy.trial import StudyRows
from hevesy.trial.tables import StudyTable, TableOptions, prepare_analysis, tabulate_study
from hevesy.trial.tables.tabulate import TABLE_NAMES
from hevesy.units import parse_activity_bq
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows

__all__ = ["TABLE_FORMATS", "WrittenTables", "cohort_limits_mbq", "tabulate_folder", "write_tables"]

TABLE_FORMATS = ("html", "docx", "csv")
_PAGE, _WORD, _FOLDER = "tables.html", "tables.docx", "tables"
_OWNED = (_PAGE, _WORD, *(f"{_FOLDER}/{name}.csv" for name in TABLE_NAMES))
_AS_OF = date.max  # all rows that there are


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenTables:
    """What was written.

    Parameters
    ----------
    study : str
    unit : str
        The unit of analysis, with its number.
    tables : tuple of StudyTable
    files : tuple of str
        Within the folder.
    """

    study: str
    unit: str
    tables: tuple[StudyTable, ...]
    files: tuple[str, ...]


def cohort_limits_mbq(text: str) -> tuple[float, ...]:
    """Read limits of activity cohorts, such as "100 mCi, 200 mCi"; empty for none.

    Examples
    --------
    >>> cohort_limits_mbq("100 mCi, 7.4 GBq")
    (3700.0, 7400.0)
    """
    parts = [part for part in text.split(",") if part.strip()]
    return tuple(parse_activity_bq(part.strip(), "--cohorts") / 1e6 for part in parts)


def tabulate_folder(
    folder: Path, out: Path, *, options: TableOptions, formats: Sequence[str]
) -> WrittenTables:
    """Make the tables and figures of a study's folder.

    Parameters
    ----------
    folder : Path
        The study's.
    out : Path
        Where the files go: all of them, or none.
    options : TableOptions
    formats : sequence of str
        Of `TABLE_FORMATS`.

    Returns
    -------
    WrittenTables

    Examples
    --------
    >>> tabulate_folder(Path("no-study"), Path("out"), options=TableOptions(), formats=["csv"])
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    _require_formats(formats)
    with open_study(folder, any_protocol=True) as (study, store), store.reading() as reader:
        rows = read_study_rows(reader, study=study.protocol.name, as_of=_AS_OF)
    return write_tables(rows, out, options=options, formats=formats)


def write_tables(
    rows: StudyRows, out: Path, *, options: TableOptions, formats: Sequence[str]
) -> WrittenTables:
    """Make the tables and figures of a study's rows.

    Parameters
    ----------
    rows : StudyRows
    out : Path
    options : TableOptions
    formats : sequence of str

    Returns
    -------
    WrittenTables

    Raises
    ------
    TrialError
        An unknown format (and from `prepare_analysis`: nobody was treated).

    Examples
    --------
    >>> import tempfile
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     out = Path(folder) / "out"
    ...     made = write_tables(sample_rows(), out, options=TableOptions(), formats=["csv"])
    ...     made.files[0], (out / made.files[0]).is_file()
    ('tables/baseline.csv', True)
    """
    _require_formats(formats)
    analysis = prepare_analysis(rows, options=options)
    tables = tabulate_study(analysis)
    files: dict[str, bytes] = {}
    if "csv" in formats:
        from hevesy.report.trial_csv import table_csv

        for table in tables:
            files[f"{_FOLDER}/{table.name}.csv"] = table_csv(table).encode("utf-8")
    if {"html", "docx"} & set(formats):
        from hevesy.report.trial_figures import draw_study
        from hevesy.report.trial_page import render_study_page
        from hevesy.report.trial_word import render_study_word

        figures = draw_study(analysis, png="docx" in formats)
        if "html" in formats:
            files[_PAGE] = render_study_page(rows, tables, figures).encode("utf-8")
        if "docx" in formats:
            files[_WORD] = render_study_word(rows, tables, figures)
    with staged_output(out, owned=_OWNED) as stage:
        for name, content in files.items():
            path = stage.path(name)
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content)
    return WrittenTables(
        study=rows.study, unit=analysis.unit_text, tables=tables, files=tuple(files)
    )


def _require_formats(formats: Sequence[str]) -> None:
    unknown = [name for name in formats if name not in TABLE_FORMATS]
    if unknown or not formats:
        raise TrialError(
            "this format of tables is unknown",
            got=", ".join(unknown) or "none",
            allowed=", ".join(TABLE_FORMATS),
            remedy="give one or several, with commas between",
        )
