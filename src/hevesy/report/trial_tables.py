"""A study's tables in the words of the report, and its rows in words."""

from hevesy.report.table import Cell, Column, Row, Table
from hevesy.trial import StudyRows
from hevesy.trial.tables import CountCell, FigureCell, StudyTable
from hevesy.trial.tables.cell import RowKey

__all__ = ["GENERATED_MARK", "describe_rows", "to_report_table"]

GENERATED_MARK = "†"
_GENERATED_NOTE = (
    "rests on generated rows, all or in part: made up to fit published margins, not recorded"
)


def to_report_table(table: StudyTable, *, linked: bool = False) -> Table:
    """Give a study's table as one of the report.

    Parameters
    ----------
    table : StudyTable
    linked : bool
        Each count with members leads to the list of its rows, at "TABLE-ROW-COLUMN".

    Returns
    -------
    Table
        The unit of analysis stands in its caption; a count has its exact 95 % interval below.

    Examples
    --------
    >>> from hevesy.trial.tables import TableOptions, prepare_analysis, tabulate_events
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> found = tabulate_events(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> cell = to_report_table(found, linked=True).rows[0].cells[0]
    >>> cell.text, cell.detail, cell.link
    ('2 (66.7 %)', '9.4 to 99.2 %', 'events-0-0')
    """
    rows = []
    group = ""
    for r, row in enumerate(table.rows):
        cells = []
        for c, cell in enumerate(row.cells):
            link = f"{table.name}-{r}-{c}" if linked else ""
            cells.append(_cell(cell, link))
        rows.append(
            Row(
                heading=row.heading,
                cells=tuple(cells),
                group=row.group if row.group != group else "",
            )
        )
        group = row.group
    notes = [("", note) for note in table.notes]
    if table.generated:
        notes.append((GENERATED_MARK, _GENERATED_NOTE))
    return Table(
        caption=f"{table.caption}. Unit: {table.unit}",
        columns=(Column(title="", number=False), *(Column(title=name) for name in table.columns)),
        rows=tuple(rows),
        notes=tuple(notes),
    )


def _cell(cell: CountCell | FigureCell, link: str) -> Cell:
    if isinstance(cell, FigureCell):
        unknown = cell.value is None and cell.lower is None
        mark = GENERATED_MARK if cell.generated and not unknown else ""
        return Cell(text=cell.text, missing=unknown, mark=mark)
    return Cell(
        text=cell.text,
        detail=cell.interval_text,
        mark=GENERATED_MARK if cell.generated else "",
        link=link if cell.n else "",
    )


def describe_rows(rows: StudyRows) -> dict[RowKey, str]:
    """Say each row in a few words, for the lists behind the counts.

    Examples
    --------
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> describe_rows(sample_rows())["adverse_event", "E2"]
    'Fever, grade 3, 2026-01-11, agent unlikely, procedure probable'
    """
    words: dict[RowKey, str] = {}
    for i in rows.inclusions:
        known = (
            f"patient {i.patient}",
            f"{i.age_years} a" if i.age_years is not None else "",
            f"ECOG {i.ecog}" if i.ecog is not None else "",
            i.primary_tumour,
            i.treated_site,
            f"{i.prior_lines} prior lines" if i.prior_lines is not None else "",
        )
        words["inclusion", i.inclusion] = ", ".join(text for text in known if text)
    for a in rows.administrations:
        said = f"{a.given_on}, {a.activity_mbq:.10g} MBq ({a.kind}), lesions {len(a.lesions)}"
        said += "" if a.needle_passes is None else f", {a.needle_passes} needle passes"
        words["administration", a.administration] = said
    for v in rows.visits:
        words["visit", v.visit] = f"{v.name}, {v.visited_on}"
    for d in rows.departures:
        words["departure", d.departure] = f"{d.kind}, {d.left_on}"
    for e in rows.events:
        agent, procedure = (
            level or "not recorded" for level in (e.related_agent, e.related_procedure)
        )
        words["adverse_event", e.event] = (
            f"{e.term.strip()}, grade {e.grade}, {e.began_on}, agent {agent}, procedure {procedure}"
        )
    for m in rows.measurements:
        words["measurement", m.measurement] = f"{m.test} {m.value} {m.unit}, {m.measured_on}"
    for s in rows.assessments:
        size = f", {s.diameter_mm} mm" if s.diameter_mm is not None else ""
        words["lesion_assessment", s.assessment] = (
            f"{s.lesion}, {s.role}, {s.visit}, {s.assessed_on}, {s.status}{size}"
        )
    return words
