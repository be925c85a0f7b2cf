"""A study's report as one page that needs nothing but itself, and no script."""

from collections.abc import Mapping, Sequence
from typing import Any

from hevesy.report.study_report.material import StudyMaterial
from hevesy.report.study_report.section import Section
from hevesy.report.study_report.traced import TracedTable, measured, to_plain_table, traced_lists
from hevesy.report.style import Picture, data_uri
from hevesy.report.table import Table
from hevesy.report.trial_page import report_environment, row_lists
from hevesy.report.trial_tables import describe_rows, to_report_table
from hevesy.trial.tables import StudyTable
from hevesy.trial.tables.cell import RowKey

__all__ = ["describe_material", "render_report_page", "report_table"]

_MOST_PRINTED = 200  # rows of a listing on paper: thousands would be a hundred pages


def describe_material(material: StudyMaterial) -> dict[RowKey, str]:
    """Say each record in a few words, for the lists behind the numbers.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_material
    >>> describe_material(sample_material())["dose", "result-1-1"]
    'A1, L1: 210 ± 21 Gy, local'
    """
    words = describe_rows(material.rows)
    for row in material.rows.doses:
        dose = measured(row.mean_dose_gy, row.mean_dose_uncertainty_gy).text
        words["dose", row.dose] = f"{row.administration}, {row.region}: {dose} Gy, {row.method}"
    for place in material.rows.lesions:
        words["lesion", place.lesion] = f"patient {place.patient}, {place.organ}"
    for patient in material.rows.patients:
        words["patient", patient.patient] = f"site {patient.site}"
    for one in material.results:
        at = f"{one.computed_at:%Y-%m-%d %H:%M} UTC"
        words["result", one.result] = f"{one.administration}, {one.scans} scans, computed {at}"
    for eluate in material.eluates:
        at = f"{eluate.eluted_at:%Y-%m-%d %H:%M} UTC"
        words["elution", eluate.elution] = f"generator {eluate.generator}, {at}"
    for batch in material.batches:
        made = f"labelled {batch.labelled_at:%Y-%m-%d %H:%M} UTC" if batch.labelled_at else ""
        words["batch", batch.batch] = made
        for decision in batch.releases:
            words["release_decision", decision.decision] = (
                f"{decision.state}, {decision.decided_at:%Y-%m-%d %H:%M} UTC, by "
                f"{decision.decided_by}"
            )
    for test in material.tests:
        found = test.words if test.value is None else f"{test.value:.10g} {test.unit}".strip()
        off = f", invalid: {test.invalid_because}" if test.invalid_because else ""
        words["quality_test", test.test] = f"batch {test.batch}, {test.kind}: {found}{off}"
    for sent in material.transports:
        way = f"vial {sent.vial}, {sent.from_site} to {sent.to_site}"
        words["dispatch", sent.dispatch] = way
        words["receipt", sent.receipt] = way
    return words


def report_table(
    table: StudyTable | TracedTable, *, linked: bool = False, printed: bool = False
) -> Table:
    """Give a table of either kind as one of the report.

    Parameters
    ----------
    table : StudyTable or TracedTable
    linked : bool
        Numbers lead to the records behind them.
    printed : bool
        A listing of more than 200 rows is cut, and says so.

    Returns
    -------
    Table

    Examples
    --------
    >>> report_table(TracedTable(name="t", caption="A", unit="b", columns=(), rows=())).caption
    'A. Unit: b'
    """
    if isinstance(table, TracedTable):
        return to_plain_table(table, linked=linked, most=_MOST_PRINTED if printed else None)
    return to_report_table(table, linked=linked)


def _part(section: Section, words: Mapping[RowKey, str], *, linked: bool) -> dict[str, Any]:
    import markupsafe

    def lists(table: StudyTable | TracedTable) -> str:
        if not linked:
            return ""
        if isinstance(table, TracedTable):
            return traced_lists(table, words)
        return "".join(row_lists(table, words))

    return {
        "name": section.name,
        "title": section.title,
        "says": section.says,
        "missing": section.missing,
        "tables": [
            (
                table.name,
                report_table(table, linked=linked, printed=not linked),
                markupsafe.Markup(lists(table)),
            )
            for table in section.tables
        ],
        "pictures": [
            Picture(
                title=figure.title,
                caption=figure.caption,
                alt=f"{figure.title}. {figure.caption}",
                uri=data_uri(figure.svg, "image/svg+xml"),
            )
            for figure in section.figures
            if figure.svg
        ],
    }


def render_report_page(
    material: StudyMaterial, sections: Sequence[Section], *, linked: bool = True
) -> str:
    """Render the report as HTML.

    Parameters
    ----------
    material : StudyMaterial
    sections : sequence of Section
    linked : bool
        Numbers open the list of records behind them, by the style sheet alone; False for print.

    Returns
    -------
    str
        The same material gives the same page.

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_material
    >>> section = Section(name="dose", title="Dose", missing="no scans")
    >>> "no scans" in render_report_page(sample_material(), [section])
    True
    """
    words = describe_material(material) if linked else {}
    generated = any(
        isinstance(table, StudyTable) and table.generated
        for section in sections
        for table in section.tables
    )
    return str(
        report_environment()
        .get_template("study_report.html.j2")
        .render(
            study=material.rows.study,
            made=f"{material.made_at:%Y-%m-%d %H:%M} UTC",
            software=material.software,
            head=material.proof.audit_head[:16] or "none",
            linked=linked,
            generated=generated,
            parts=[_part(section, words, linked=linked) for section in sections],
        )
    )
