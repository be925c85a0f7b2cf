"""A study's tables and figures as a Word document."""

import io
import zipfile
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hevesy.report.table import Cell, Table
from hevesy.report.trial_figures import StudyFigure
from hevesy.report.trial_tables import to_report_table
from hevesy.trial import StudyRows
from hevesy.trial.tables import StudyTable

__all__ = [
    "add_word_figure",
    "add_word_table",
    "fix_properties",
    "new_word_document",
    "pack_without_times",
    "render_study_word",
    "save_word",
]

_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
_WIDE = 6  # columns from which a page lies on its side


def render_study_word(
    rows: StudyRows, tables: Sequence[StudyTable], figures: Sequence[StudyFigure]
) -> bytes:
    """Render tables and figures as .docx; the same rows give the same bytes.

    Parameters
    ----------
    rows : StudyRows
    tables : sequence of StudyTable
    figures : sequence of StudyFigure
        With their PNG.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis, tabulate_events
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> rows = sample_rows()
    >>> events = tabulate_events(prepare_analysis(rows, options=TableOptions()))
    >>> render_study_word(rows, [events], [])[:2]
    b'PK'
    """
    title = f"{rows.study}: tables and figures"
    document = new_word_document(title)
    for table in tables:
        document.add_heading(table.caption, 1)
        add_word_table(document, to_report_table(table))
    for figure in figures:
        document.add_heading(figure.title, 1)
        add_word_figure(document, figure)
    return save_word(document, title)


def new_word_document(title: str) -> Any:
    """Begin a document on its side, under a title, with what it is for.

    Examples
    --------
    >>> new_word_document("A study: tables").paragraphs[0].text
    'A study: tables'
    """
    import docx
    from docx.enum.section import WD_ORIENT
    from docx.shared import Mm, Pt

    document = docx.Document()
    document.styles["Normal"].font.size = Pt(9)
    page = document.sections[0]
    page.orientation = WD_ORIENT.LANDSCAPE
    page.page_width, page.page_height = Mm(297), Mm(210)
    for side in ("left_margin", "right_margin", "top_margin", "bottom_margin"):
        setattr(page, side, Mm(16))
    document.add_heading(title, 0)
    document.add_paragraph(
        "Research use only, not a medical device. Percentages are rounded half away from zero; in "
        "brackets exact 95 % intervals (Clopper and Pearson)."
    )
    return document


def add_word_figure(document: Any, figure: StudyFigure) -> None:
    """Add a figure with its caption.

    Examples
    --------
    >>> from hevesy.report.style import drawing, new_figure, to_png
    >>> document = new_word_document("A study")
    >>> with drawing():
    ...     png = to_png(new_figure(40, 20))
    >>> add_word_figure(document, StudyFigure(name="x", title="X", caption="A caption.",
    ...                                       panels=(), svg=b"", png=png))
    >>> document.paragraphs[-1].text
    'A caption.'
    """
    from docx.shared import Mm

    wide, high = _size_mm(figure.png)
    scale = min(178.0 / wide, 150.0 / high)
    document.add_picture(io.BytesIO(figure.png), width=Mm(wide * scale))
    document.add_paragraph(figure.caption)


def save_word(document: Any, title: str) -> bytes:
    """Give a document's bytes; the same document gives the same.

    Examples
    --------
    >>> save_word(new_word_document("A study"), "A study")[:2]
    b'PK'
    """
    fix_properties(document, title)
    buffer = io.BytesIO()
    document.save(buffer)
    return pack_without_times(buffer.getvalue())


def add_word_table(document: Any, table: Table) -> None:
    """Add a table with its caption and notes.

    Examples
    --------
    >>> from hevesy.report.table import Column
    >>> document = new_word_document("A study")
    >>> add_word_table(document, Table(caption="A caption", columns=(Column(title="n"),), rows=()))
    >>> document.paragraphs[-1].text
    'A caption'
    """
    from docx.shared import Pt

    document.add_paragraph(table.caption)
    groups = [row for row in table.rows if row.group]
    drawn = document.add_table(rows=1 + len(table.rows) + len(groups), cols=len(table.columns))
    drawn.style = "Light List Accent 1"
    lines: list[list[str]] = [[column.title for column in table.columns]]
    for row in table.rows:
        if row.group:
            lines.append([row.group, *[""] * (len(table.columns) - 1)])
        lines.append([row.heading, *(_text(cell) for cell in row.cells)])
    size = Pt(8 if len(table.columns) <= _WIDE else 6.5)
    # every cell once: table.cell() would walk the table anew each time
    for line, place in zip(lines, drawn.rows, strict=True):
        for text, cell in zip(line, place.cells, strict=True):
            cell.paragraphs[0].add_run(text).font.size = size
    for mark, note in table.notes:
        document.add_paragraph(f"{mark} {note}".strip())


def _text(cell: Cell) -> str:
    interval = f" [{cell.detail}]" if cell.detail else ""
    return f"{cell.text}{cell.mark}{interval}"


def _size_mm(png: bytes) -> tuple[float, float]:
    """Width and height of a PNG of 200 dpi, from its header."""
    wide, high = (int.from_bytes(png[start : start + 4], "big") for start in (16, 20))
    return wide / 200 * 25.4, high / 200 * 25.4


def fix_properties(document: Any, title: str) -> None:
    """Give a document the same author and time on every machine.

    Examples
    --------
    >>> import docx
    >>> document = docx.Document()
    >>> fix_properties(document, "A title")
    >>> document.core_properties.created.year
    1980
    """
    known = document.core_properties
    known.author = known.last_modified_by = "hevesy"
    known.title = title
    known.comments = "Research use only, not a medical device."
    known.created = known.modified = datetime(*_ZIP_EPOCH, tzinfo=UTC)
    known.revision = 1


def pack_without_times(content: bytes) -> bytes:
    """Pack the same parts with one fixed time each: the same document gives the same bytes.

    Examples
    --------
    >>> buffer = io.BytesIO()
    >>> with zipfile.ZipFile(buffer, "w") as made:
    ...     made.writestr("a", "b")
    >>> packed = zipfile.ZipFile(io.BytesIO(pack_without_times(buffer.getvalue())))
    >>> packed.infolist()[0].date_time[0]
    1980
    """
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            part = zipfile.ZipInfo(name, date_time=_ZIP_EPOCH)
            part.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(part, old.read(name))
    return buffer.getvalue()
