"""The synopsis: what was asked, how many there were, and what came out, with links to the rest."""

from collections.abc import Iterator

from hevesy.errors import OutputError
from hevesy.report.numbers import format_number
from hevesy.report.study_report.flow import count_flow
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import TracedCell, TracedRow, TracedTable, counted, said
from hevesy.trial.tables import CountCell
from hevesy.trial.tables.cell import RowKey
from hevesy.units import MBQ_PER_MCI

__all__ = ["synopsis_section"]

_COUNTS = (
    ("events", "any event", "", "all grades", "with an adverse event"),
    ("events", "any event", "", "grade 3 or more", "worst grade 3 or more"),
    ("attributions", "related (possible or more)", "To the agent", "all grades",
     "with an event related to the agent"),
    ("attributions", "related (possible or more)", "To the agent", "grade 3 or more",
     "of grade 3 or more related to the agent"),
    ("responses", "objective response (CR or PR)", "Overall", "", "objective response"),
    ("responses", "disease control (CR, PR, SD or non-CR/non-PD)", "Overall", "",
     "disease control"),
)  # fmt: skip
_GROUPS = {"events": "Safety", "attributions": "Safety", "responses": "Response"}


def synopsis_section(given: ReportGiven) -> Section:
    """Say what was asked, N, and the main results.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in synopsis_section(sample_given()).tables]
    ['synopsis', 'results']
    """
    protocol = given.material.protocol
    times = ", ".join(f"{at / 3600:g}" for at in protocol.scan_times_s)
    response = protocol.response
    asked = [
        ("study", protocol.name),
        ("agent, nuclide, route", f"{protocol.agent}, {protocol.nuclide}, {protocol.route}"),
        ("source", protocol.source),
        ("sites", ", ".join(site.name for site in protocol.sites)),
        ("eligibility", "; ".join(one.words for one in protocol.criteria)),
        ("activity cohorts", ", ".join(one.name for one in protocol.cohorts)),
        ("planned scans, h after the injection", times),
        ("planned visits", ", ".join(f"{v.name} (day {v.day})" for v in protocol.visits)),
        ("adverse events", f"CTCAE {protocol.events.ctcae}" if protocol.events.ctcae else ""),
        ("response", "" if response is None else response.criteria),
        ("unit of the flow", protocol.units.flow),
    ]
    return Section(
        name="synopsis",
        title="Synopsis",
        says=(
            "Research use only, not a medical device. Figures are those of the records as they "
            "stand; what is missing is said in each section.",
        ),
        tables=(
            TracedTable(
                name="synopsis",
                caption="What was asked",
                unit="the protocol in force",
                columns=(("", "text"),),
                rows=tuple(
                    TracedRow(heading=name, cells=(said(text or "not set in the protocol"),))
                    for name, text in asked
                ),
            ),
            TracedTable(
                name="results",
                caption="How many, and what came out",
                unit=given.analysis.unit_text if given.analysis else "nobody was treated",
                columns=(("", ""), ("", "text")),
                rows=tuple(_results(given)),
                notes=(
                    "medians with their range; counts with exact 95 % intervals. Response without "
                    "confirmation; with it: see response.",
                ),
            ),
        ),
        missing="" if given.analysis else "nobody has been treated",
    )


def _row(group: str, heading: str, cell: TracedCell, words: str = "") -> TracedRow:
    return TracedRow(group=group, heading=heading, cells=(cell, said(words)))


def _results(given: ReportGiven) -> Iterator[TracedRow]:
    rows = given.material.rows
    flow = count_flow(given)
    if flow is not None:
        kind = "inclusion" if flow.unit == "inclusion" else "patient"
        for stage in flow.flow.stages:
            names = [(kind, name) for name in flow.members[stage.name]]
            yield _row("Flow", stage.name, counted(names), f"{flow.unit}s")
    activities = [
        (one.activity_mbq, ("administration", one.administration)) for one in rows.administrations
    ]
    yield _median("Exposure", "activity of an administration", activities, "MBq")
    if activities:
        mci = [(value / MBQ_PER_MCI, key) for value, key in activities]
        yield _median("Exposure", "the same in mCi", mci, "mCi")
    serious = [("adverse_event", one.event) for one in rows.events if one.serious]
    unsaid = sum(one.serious is None for one in rows.events)
    of = f"events; of {unsaid} it is not recorded" if unsaid else "events"
    none_known = unsaid and not serious  # which is not none
    yield _row("Safety", "serious events", said("") if none_known else counted(serious), of)
    for table, heading, group, column, words in _COUNTS:
        cell = _find(given, table, heading, group, column)
        if table == "responses" and not rows.assessments:
            yield _row("Response", words, said("no lesion was assessed"))
        elif cell is not None:
            keys = tuple(dict.fromkeys(key for m in cell.members for key in (m.unit, *m.rows)))
            notes = [f"{cell.generated} rest on generated rows"] if cell.generated else []
            unknown = (
                _find(given, table, "not recorded", group, column)
                if table == "attributions" else None
            )  # fmt: skip
            count = TracedCell(text=cell.text, detail=cell.interval_text, rows=keys,
                              value=float(cell.n))  # fmt: skip
            if unknown is not None and unknown.n:
                notes.append(f"of {unknown.n} the relation is not recorded")
                count = count if cell.n else said("")  # none known is not none
            yield _row(_GROUPS[table], words, count, "; ".join(notes))
    lesions = [(one.mean_dose_gy, ("dose", one.dose)) for one in rows.doses if one.lesion]
    yield _median("Dose", "mean dose of lesions", lesions, "Gy")
    told = [one for one in given.material.results if one.closure is not None]
    if told:
        closes = [("result", r.result) for r in told if r.closure and r.closure.verdict == "closes"]
        yield _row("Dose", "activity adds up", counted(closes, of=len(told)),
                   "administrations with a balance")  # fmt: skip


def _find(
    given: ReportGiven, table: str, heading: str, group: str, column: str
) -> CountCell | None:
    """A count of the study's tables, by where it stands."""
    found = given.tables.get(table)
    if found is None:
        return None
    place = found.columns.index(column) if column in found.columns else 0
    for row in found.rows:
        if column and column not in found.columns:
            break
        if row.heading == heading and (not group or row.group == group):
            cell = row.cells[place]
            if isinstance(cell, CountCell):
                return cell
    raise OutputError(
        f"the synopsis finds no row '{heading}' in the table {table}", remedy="report it"
    )


def _median(group: str, heading: str, values: list[tuple[float, RowKey]], unit: str) -> TracedRow:
    if not values:
        return _row(group, heading, said("none on record"))
    numbers = sorted(value for value, _ in values)
    n = len(numbers)
    middle = (numbers[(n - 1) // 2] + numbers[n // 2]) / 2
    cell = TracedCell(
        text=f"{format_number(middle, digits=4)} {unit}",
        detail=" to ".join(format_number(x, digits=4) for x in (numbers[0], numbers[-1])),
        rows=tuple(key for _, key in values),
        value=middle,
    )
    return _row(group, heading, cell, f"median of {n}")
