"""`hevesy trial tables`: a study's rows as tables and figures in a folder."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from hevesy.errors import TrialError
from hevesy.files import staged_output
from hevesy.protocol import StudyProtocol
from hevesy.trial import ResponseRules, StudyRows
from hevesy.trial.tables import (
    StudyTable,
    TableOptions,
    prepare_analysis,
    split_by_activity,
    tabulate_study,
)
from hevesy.trial.tables.tabulate import TABLE_NAMES
from hevesy.units import parse_activity_bq
from hevesy.workflows.study import open_study
from hevesy.workflows.study_rows import read_study_rows
from hevesy.workflows.trial_rules import parse_days

__all__ = [
    "TABLE_FORMATS",
    "TableRequest",
    "WrittenTables",
    "choose_options",
    "require_formats",
    "tabulate_folder",
    "write_tables",
]

TABLE_FORMATS = ("html", "docx", "csv")
_PAGE, _WORD, _FOLDER, _FIGURES = "tables.html", "tables.docx", "tables", "figures"
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


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRequest:
    """What somebody asks for; None takes what the protocol says, or else the usual.

    Parameters
    ----------
    unit : str or None
        "inclusion" or "person"; else the protocol's unit of events.
    criteria : str or None
        Else the protocol's, else itRECIST.
    confirm, min_stable : str or None
        Such as "4w"; else the protocol's, else 4 and 6 weeks.
    max_ne : int or None
        Else the protocol's, else 1.
    cohorts : str or None
        Limits of activity, such as "100 mCi, 200 mCi"; else the protocol's cohorts.
    """

    unit: str | None = None
    criteria: str | None = None
    confirm: str | None = None
    min_stable: str | None = None
    max_ne: int | None = None
    cohorts: str | None = None


def choose_options(protocol: StudyProtocol, request: TableRequest) -> TableOptions:
    """Put together what is asked for and what the protocol lays down.

    Examples
    --------
    >>> from hevesy.protocol import ProtocolSite
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> choose_options(protocol, TableRequest(confirm="6w")).rules.confirm_days
    42
    """
    laid = protocol.response
    usual = ResponseRules()
    if laid is not None:
        usual = ResponseRules(
            confirm_days=laid.confirm_days,
            min_stable_days=laid.min_stable_days,
            max_not_evaluable=laid.max_not_evaluable,
        )

    def days(text: str | None, what: str, otherwise: int) -> int:
        return otherwise if text is None else parse_days(text, what)

    if request.cohorts is None:
        bands = protocol.cohorts
    else:
        bands = split_by_activity(_limits_bq(request.cohorts))
    return TableOptions(
        unit=request.unit or protocol.units.events,
        criteria=request.criteria or (laid.criteria if laid else "itrecist"),
        rules=ResponseRules(
            confirm_days=days(request.confirm, "--confirm", usual.confirm_days),
            min_stable_days=days(request.min_stable, "--min-stable", usual.min_stable_days),
            max_not_evaluable=(
                usual.max_not_evaluable if request.max_ne is None else request.max_ne
            ),
        ),
        cohorts=bands,
    )


def _limits_bq(text: str) -> tuple[float, ...]:
    parts = [part for part in text.split(",") if part.strip()]
    return tuple(parse_activity_bq(part.strip(), "--cohorts") for part in parts)


def tabulate_folder(
    folder: Path, out: Path, *, request: TableRequest, formats: Sequence[str]
) -> WrittenTables:
    """Make the tables and figures of a study's folder.

    Parameters
    ----------
    folder : Path
        The study's.
    out : Path
        Where the files go: all of them, or none.
    request : TableRequest
    formats : sequence of str
        Of `TABLE_FORMATS`.

    Returns
    -------
    WrittenTables

    Examples
    --------
    >>> tabulate_folder(Path("no-study"), Path("out"), request=TableRequest(), formats=["csv"])
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    require_formats(formats, TABLE_FORMATS, what="tables")
    with open_study(folder, any_protocol=True) as (study, store), store.reading() as reader:
        options = choose_options(study.protocol, request)
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
        An unknown format, or nobody was treated.

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
    from hevesy.report.figure_files import list_figure_files
    from hevesy.report.trial_figures import draw_study

    require_formats(formats, TABLE_FORMATS, what="tables")
    analysis = prepare_analysis(rows, options=options)
    tables = tabulate_study(analysis)
    figures = draw_study(analysis, png="docx" in formats)
    files: dict[str, bytes] = {}
    if "csv" in formats:
        from hevesy.report.trial_csv import table_csv

        for table in tables:
            files[f"{_FOLDER}/{table.name}.csv"] = table_csv(table).encode("utf-8")
        files |= {f"{_FIGURES}/{name}": data for name, data in list_figure_files(figures).items()}
    if "html" in formats:
        from hevesy.report.trial_page import render_study_page

        files[_PAGE] = render_study_page(rows, tables, figures).encode("utf-8")
    if "docx" in formats:
        from hevesy.report.trial_word import render_study_word

        files[_WORD] = render_study_word(rows, tables, figures)
    with staged_output(out, owned=_owned()) as stage:
        stage.write_all(files)
    return WrittenTables(
        study=rows.study, unit=analysis.unit_text, tables=tables, files=tuple(files)
    )


def _owned() -> tuple[str, ...]:
    from hevesy.report.trial_figures import FIGURES

    return (
        _PAGE, _WORD, *(f"{_FOLDER}/{name}.csv" for name in TABLE_NAMES),
        *(f"{_FIGURES}/{name}.{kind}" for name in FIGURES for kind in ("csv", "svg")),
    )  # fmt: skip


def require_formats(formats: Sequence[str], known: Sequence[str], *, what: str) -> None:
    """Refuse formats that are not known, and none at all.

    Parameters
    ----------
    formats : sequence of str
        As somebody asked for them.
    known : sequence of str
    what : str
        Of what they are formats.

    Raises
    ------
    TrialError
        One that is not known, or none.

    Examples
    --------
    >>> require_formats(["xls"], TABLE_FORMATS, what="tables")
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: this format of tables is unknown: got 'xls', allowed: html, ...
    """
    unknown = [name for name in formats if name not in known]
    if unknown or not formats:
        raise TrialError(
            f"this format of {what} is unknown",
            got=", ".join(unknown) or "none",
            allowed=", ".join(known),
            remedy="give one or several, with commas between",
        )
