"""`hevesy trial report`: a study's report, from its records, as HTML, PDF, Word and CSV."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from hevesy.errors import TimeError
from hevesy.files import staged_output
from hevesy.report.figure_files import list_figure_files
from hevesy.report.study_report.assemble import assemble_sections, report_csv
from hevesy.report.study_report.material import StudyMaterial
from hevesy.report.study_report.section import Section
from hevesy.trial.tables import TableOptions
from hevesy.workflows.report_material import read_report_material
from hevesy.workflows.study import open_study
from hevesy.workflows.trial_tables import TableRequest, choose_options, require_formats

__all__ = [
    "REPORT_FORMATS",
    "WrittenReport",
    "read_material",
    "report_study",
    "write_report",
]

REPORT_FORMATS = ("html", "pdf", "docx", "csv")
_NAMES = {"html": "study-report.html", "pdf": "study-report.pdf", "docx": "study-report.docx"}
_FOLDER, _FIGURES = "report-tables", "report-figures"


@dataclass(frozen=True, slots=True, kw_only=True)
class WrittenReport:
    """What was written.

    Parameters
    ----------
    study : str
    sections : tuple of Section
    files : tuple of str
        Within the folder.
    """

    study: str
    sections: tuple[Section, ...]
    files: tuple[str, ...]


def report_study(
    folder: Path,
    out: Path,
    *,
    request: TableRequest,
    formats: Sequence[str],
    made_at: datetime | None = None,
) -> WrittenReport:
    """Make the report of a study's folder.

    Parameters
    ----------
    folder : Path
        The study's.
    out : Path
        Where the files go: all of them, or none.
    request : TableRequest
    formats : sequence of str
        Of `REPORT_FORMATS`.
    made_at : datetime or None
        Aware, the report's date, by which it is judged what is overdue; None: now.

    Returns
    -------
    WrittenReport
    """
    require_formats(formats, REPORT_FORMATS, what="a report")
    material, options = read_material(folder, request=request, made_at=made_at)
    return write_report(material, out, options=options, formats=formats)


def read_material(
    folder: Path, *, request: TableRequest, made_at: datetime | None = None
) -> tuple[StudyMaterial, TableOptions]:
    """Read what a study's report is made from.

    Parameters
    ----------
    folder : Path
        The study's.
    request : TableRequest
    made_at : datetime or None
        Aware, the report's date, by which it is judged what is overdue; None: now.

    Returns
    -------
    StudyMaterial, TableOptions

    Raises
    ------
    TimeError
        The date has no zone, or is not past.
    """
    now = datetime.now(UTC)
    moment = now if made_at is None else made_at
    if moment.tzinfo is None or moment > now:
        raise TimeError(
            "a report's date needs a zone, and must be past",
            got=moment.isoformat(),
            allowed=f"up to {now.isoformat(timespec='minutes')}",
            remedy="give, for example, 2026-06-01T12:00Z, or leave it out",
        )
    minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
    with open_study(folder, any_protocol=True) as (study, store), store.reading() as reader:
        options = choose_options(study.protocol, request)
        return read_report_material(reader, study, folder, made_at=minute), options


def write_report(
    material: StudyMaterial, out: Path, *, options: TableOptions, formats: Sequence[str]
) -> WrittenReport:
    """Make and write a report.

    Parameters
    ----------
    material : StudyMaterial
    out : Path
    options : TableOptions
    formats : sequence of str

    Returns
    -------
    WrittenReport
    """
    require_formats(formats, REPORT_FORMATS, what="a report")
    sections = assemble_sections(material, options=options, png="docx" in formats)
    files: dict[str, bytes] = {}
    if "html" in formats or "pdf" in formats:
        from hevesy.report.study_report.page import render_report_page

        if "html" in formats:
            files[_NAMES["html"]] = render_report_page(material, sections).encode("utf-8")
        if "pdf" in formats:
            from hevesy.report.pdf import html_to_pdf

            printed = render_report_page(material, sections, linked=False)
            files[_NAMES["pdf"]] = html_to_pdf(printed)
    if "docx" in formats:
        from hevesy.report.study_report.word import render_report_word

        files[_NAMES["docx"]] = render_report_word(material, sections)
    if "csv" in formats:
        files |= {
            f"{_FOLDER}/{table.name}.csv": report_csv(table).encode("utf-8")
            for section in sections
            for table in section.tables
        }
        figures = list_figure_files(one for section in sections for one in section.figures)
        files |= {f"{_FIGURES}/{name}": content for name, content in figures.items()}
    with staged_output(out, owned=_owned(out)) as stage:
        stage.write_all(files)
    return WrittenReport(study=material.rows.study, sections=sections, files=tuple(files))


def _owned(out: Path) -> tuple[str, ...]:
    """An earlier report's files: its tables and figures stand in folders of their own."""
    found = list(_NAMES.values())
    for folder, endings in ((_FOLDER, {".csv"}), (_FIGURES, {".csv", ".svg"})):
        if (out / folder).is_dir():
            own = sorted(p.name for p in (out / folder).iterdir() if p.suffix in endings)
            found += [f"{folder}/{name}" for name in own]
    return tuple(found)
