"""Safety: adverse events, laboratory shifts, serious events told one by one."""

from hevesy.report.numbers import format_number
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import TracedCell, TracedRow, TracedTable, counted, said
from hevesy.trial import (
    SHIFT_GRADES,
    EventNarrative,
    HaematologyAnswer,
    ShiftTable,
    event_narratives,
    judge_haematology,
    shift_tables,
)
from hevesy.trial.tables import StudyTable
from hevesy.units import MBQ_PER_MCI

__all__ = ["safety_section"]

_TABLES = ("events", "attributions", "events_by_cohort", "event_times")
_WORDS = {True: "yes", False: "no", None: "not recorded"}


def safety_section(given: ReportGiven) -> Section:
    """Report adverse events, laboratory shifts and serious events.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in safety_section(sample_given()).tables]
    ['events', 'attributions', 'event_times', 'serious_events']
    """
    material = given.material
    if given.analysis is None:
        return Section(
            name="safety", title="Safety", missing="nobody has been treated: no safety set"
        )
    tables: list[StudyTable | TracedTable] = [
        given.tables[name] for name in _TABLES if name in given.tables
    ]
    says, missing = [], ""
    untreated = given.analysis.untreated_events
    if untreated:
        says.append(f"{untreated} events of people who were never treated are in no table here.")
    measured = material.rows.measurements
    if not measured:
        missing = "no laboratory value is on record: there is no shift table"
    elif not material.protocol.events.ctcae:
        missing = "the protocol pins no version of CTCAE: laboratory values are not graded"
    else:
        shifts = shift_tables(material.rows, material.protocol)
        answer = judge_haematology(shifts)
        says.append(f"Haematologic toxicity: {answer.verdict}; {answer.words}")
        tables += [_shift(index, shift) for index, shift in enumerate(shifts, 1)]
        tables.append(_worsened(shifts, answer))
    told = event_narratives(material.rows, material.protocol, now=material.made_at)
    tables.append(_narratives(told))
    figures = [given.figures["events"]] if "events" in given.figures else []
    return Section(
        name="safety",
        title="Safety",
        says=tuple(says),
        tables=tuple(tables),
        figures=tuple(figures),
        missing=missing,
    )


def _shift(index: int, shift: ShiftTable) -> TracedTable:
    rows = []
    for before in SHIFT_GRADES:
        cells = tuple(
            counted([("inclusion", name) for name in shift.cells.get((before, after), ())])
            for after in SHIFT_GRADES
        )
        rows.append(TracedRow(heading=before, cells=cells))
    return TracedTable(
        name=f"shift_{index}",
        caption=f"{shift.test}: {shift.term}; grade by CTCAE {shift.version} before (rows) and "
        "worst after (columns)",
        unit=f"inclusions that were treated, N = {shift.subjects}",
        columns=tuple((name, "") for name in SHIFT_GRADES),
        rows=tuple(rows),
        notes=tuple(f"not graded: {reason}" for reason in shift.reasons),
    )


def _worsened(shifts: tuple[ShiftTable, ...], answer: HaematologyAnswer) -> TracedTable:
    rows = [
        TracedRow(
            heading=shift.term,
            group="blood counts" if shift.term in answer.worsened else "other tests",
            cells=(
                counted([("inclusion", name) for name in shift.worsened], of=shift.subjects),
                counted([("inclusion", name) for name in shift.unknown], of=shift.subjects),
            ),
        )
        for shift in shifts
    ]
    rows.sort(key=lambda row: row.group)
    return TracedTable(
        name="laboratory_worsened",
        caption="Laboratory grades that rose after the first treatment",
        unit="inclusions that were treated",
        columns=(("worsened", ""), ("no grade after it", "")),
        rows=tuple(rows),
    )


def _narratives(told: tuple[EventNarrative, ...]) -> TracedTable:
    return TracedTable(
        name="serious_events",
        caption="Serious events",
        unit=f"serious events, N = {len(told)}",
        columns=(
            ("event", "text"), ("relation, expected", "text"), ("course", "text"),
            ("treatment before it", "text"), ("reports", "text"), ("as the site tells it", "text"),
        ),
        rows=tuple(TracedRow(heading=one.event.event, cells=_story(one)) for one in told),
        notes=("none is on record as serious",) if not told else (),
    )  # fmt: skip


def _story(one: EventNarrative) -> tuple[TracedCell, ...]:
    event, key = one.event, ("adverse_event", one.event.event)
    who = [f"inclusion {event.inclusion}"]
    if one.inclusion is not None:
        who += [f"{one.inclusion.age_years} years"] if one.inclusion.age_years is not None else []
        who += [one.inclusion.primary_tumour] if one.inclusion.primary_tumour else []
    who += [one.patient.sex] if one.patient is not None and one.patient.sex else []
    mark = " † generated" if one.generated else ""
    what = (
        f"{event.term} ({event.organ_class}), grade {event.grade}"
        f"{', CTCAE ' + event.ctcae if event.ctcae else ''}; "
        f"{event.seriousness or 'why it is serious is not recorded'}; {', '.join(who)}{mark}"
    )
    relation = (
        f"agent: {event.related_agent or 'not recorded'}; procedure: "
        f"{event.related_procedure or 'not recorded'}; expected: {_WORDS[event.expected]}"
    )
    ended = f"to {event.ended_on}" if event.ended_on else "end not recorded"
    lasted = f", {one.duration_days} d" if one.duration_days is not None else ""
    gone = f"; left the study: {one.departure.kind}, {one.departure.left_on}" if (
        one.departure) else ""  # fmt: skip
    course = (
        f"{event.began_on} {ended}{lasted}; outcome: {event.outcome or 'not recorded'}; "
        f"action: {event.action_taken or 'not recorded'}{gone}"
    )
    before = "no injection before it"
    keys = [key]
    if one.administration is not None:
        shot = one.administration
        keys.append(("administration", shot.administration))
        before = (
            f"injection {one.injection_number}, {format_number(shot.activity_mbq, digits=4)} MBq "
            f"({format_number(shot.activity_mbq / MBQ_PER_MCI)} mCi), "
            f"day {one.days_since_injection}"
        )
    late = any(deadline.late for deadline in one.deadlines)
    reports = "; ".join(
        f"{d.report}: {d.state}" + (f", due {d.due_at:%Y-%m-%d %H:%M} UTC" if d.due_at else "")
        for d in one.deadlines
    )
    return (
        said(what, key), said(relation), said(course), said(before, *keys[1:]),
        said(reports or "none is due", alert=late), said(event.narrative or "not recorded"),
    )  # fmt: skip
