"""A study's report as a Word document."""

from collections.abc import Sequence

from hevesy.report.study_report.material import StudyMaterial
from hevesy.report.study_report.page import report_table
from hevesy.report.study_report.section import Section
from hevesy.report.trial_word import (
    add_word_figure,
    add_word_table,
    new_word_document,
    save_word,
)

__all__ = ["render_report_word"]


def render_report_word(material: StudyMaterial, sections: Sequence[Section]) -> bytes:
    """Render the report as .docx; the same material gives the same bytes.

    Parameters
    ----------
    material : StudyMaterial
    sections : sequence of Section
        Their figures with PNG.

    Returns
    -------
    bytes

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_material
    >>> render_report_word(sample_material(), [Section(name="dose", title="Dose")])[:2]
    b'PK'
    """
    title = f"{material.rows.study}: study report"
    document = new_word_document(title)
    document.add_paragraph(
        f"Made {material.made_at:%Y-%m-%d %H:%M} UTC by hevesy {material.software}; audit head "
        f"{material.proof.audit_head or 'none'}. The HTML report opens the records behind every "
        "number."
    )
    for number, section in enumerate(sections, start=1):
        document.add_heading(f"{number}. {section.title}", 1)
        if section.missing:
            document.add_paragraph(f"Missing: {section.missing}")
        for text in section.says:
            document.add_paragraph(text)
        for figure in section.figures:
            add_word_figure(document, figure)
        for table in section.tables:
            shown = report_table(table, printed=True)
            if shown.rows:
                add_word_table(document, shown)
            else:
                said = " ".join(note for _, note in shown.notes)
                document.add_paragraph(f"{shown.caption}: {said}")
    return save_word(document, title)
