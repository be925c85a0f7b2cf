"""Tables of adverse events: by term and class, attribution, activity cohort and time."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

from hevesy.errors import TrialError
from hevesy.trial.events import ATTRIBUTIONS, RELATED
from hevesy.trial.rows import EventRow
from hevesy.trial.tables.analysis import AnalysisUnit, StudyAnalysis
from hevesy.trial.tables.cell import CountCell, Member, RowKey, StudyTable, TableRow

__all__ = [
    "GRADE_COLUMNS",
    "fold",
    "related_to",
    "spell",
    "tabulate_attributions",
    "tabulate_event_times",
    "tabulate_events",
    "tabulate_events_by_cohort",
    "worst_members",
]

GRADE_COLUMNS = ("all grades", "grade 1 or 2", "grade 3 or more")
_ALL, _LOW, _HIGH = range(1, 6), range(1, 3), range(3, 6)
_NOT_RECORDED = "not recorded"
_WORST = (
    "Each unit counts once a row, at the worst grade of that row; the rows behind a count are the "
    "events of that grade. A row's grades are maxima of their own."
)
_FROM_DAY_0 = (
    "Events that began on the day of the first administration or later. Percentages are of the "
    "safety set, those without an event included; intervals are Clopper and Pearson's 95 %."
)
_RELATED = "related (possible or more)"
_SAID = {
    "related": "related, no degree",
    "not related": "not related, no degree",
    "": _NOT_RECORDED,
}
_BOTH = "agent {}, procedure {}"
_KINDS = ("related", "not related", _NOT_RECORDED)
_LEVELS = (_RELATED, *reversed(ATTRIBUTIONS), *_SAID.values())
_ATTRIBUTION_HEADINGS = {
    "To the agent": _LEVELS,
    "To the procedure": _LEVELS,
    "To both": tuple(_BOTH.format(agent, procedure) for agent in _KINDS for procedure in _KINDS),
}

_Chosen = Callable[[EventRow], bool]


def related_to(what: str) -> _Chosen:
    """Whether an event is possibly, or more than that, due to the "agent" or the "procedure".

    Examples
    --------
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> [related_to("procedure")(event) for event in sample_rows().events[:1]]
    [True]
    """
    return lambda event: str(getattr(event, f"related_{what}")) in RELATED


def worst_members(
    analysis: StudyAnalysis, chosen: _Chosen, *, earlier: bool = False
) -> tuple[tuple[int, Member], ...]:
    """Units with a chosen event, each with its worst grade and the events of that grade.

    Parameters
    ----------
    analysis : StudyAnalysis
    chosen : callable of EventRow to bool
    earlier : bool
        Take events from before the first administration instead.

    Returns
    -------
    tuple of (int, Member)

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> analysis = prepare_analysis(sample_rows(), options=TableOptions())
    >>> [(grade, m.rows) for grade, m in worst_members(analysis, lambda e: e.term == "Fever")]
    [(3, (('adverse_event', 'E2'),))]
    """
    chosen_of = (
        (unit, [e for e in (unit.earlier_events if earlier else unit.events) if chosen(e)])
        for unit in analysis.units
    )
    return tuple(_worst(analysis, unit.key, own) for unit, own in chosen_of if own)


def _worst(analysis: StudyAnalysis, key: RowKey, own: Sequence[EventRow]) -> tuple[int, Member]:
    grade = max(event.grade for event in own)
    behind = (("adverse_event", event.event) for event in own if event.grade == grade)
    return grade, analysis.member(key, behind)


def _graded(
    analysis: StudyAnalysis, found: Iterable[tuple[int, Member]]
) -> tuple[CountCell, CountCell, CountCell]:
    pairs = tuple(found)

    def cell(grades: range) -> CountCell:
        members = tuple(member for grade, member in pairs if grade in grades)
        return CountCell(members=members, denominator=len(analysis.units))

    return cell(_ALL), cell(_LOW), cell(_HIGH)


def fold(text: str) -> str:
    """Fold names that differ in case or spaces only into one.

    Examples
    --------
    >>> fold(" Fever  after injection"), fold("FEVER AFTER INJECTION")
    ('fever after injection', 'fever after injection')
    """
    return " ".join(text.casefold().split())


def spell(names: Iterable[str]) -> dict[str, str]:
    """Most frequent spelling of each folded name.

    Examples
    --------
    >>> spell(["FEVER", "Fever", "Fever "])
    {'fever': 'Fever'}
    """
    counted: dict[str, Counter[str]] = {}
    for name in names:
        counted.setdefault(fold(name), Counter())[" ".join(name.split())] += 1
    return {key: spellings.most_common(1)[0][0] for key, spellings in counted.items()}


def _grouped(
    analysis: StudyAnalysis,
) -> dict[str, dict[str, tuple[tuple[int, Member], ...]]]:
    """For each class, by frequency: its own row under "" and its terms', by frequency."""
    names = spell(
        name for unit in analysis.units for e in unit.events for name in (e.organ_class, e.term)
    )
    classes: dict[str, set[str]] = {}
    own: dict[tuple[str, str], dict[RowKey, list[EventRow]]] = {}
    for unit in analysis.units:
        for event in unit.events:
            organ_class, term = fold(event.organ_class), fold(event.term)
            classes.setdefault(term, set()).add(organ_class)
            for row in ((organ_class, ""), (organ_class, term)):
                own.setdefault(row, {}).setdefault(unit.key, []).append(event)
    double = sorted(names[term] for term, found in classes.items() if len(found) > 1)
    if double:
        raise TrialError(
            "a term must be in one class",
            got="; ".join(double),
            remedy="correct the events, so that each term has the same class in every row",
        )
    names[""] = ""
    tables: dict[str, dict[str, tuple[tuple[int, Member], ...]]] = {}
    for organ_class, term in sorted(own, key=lambda row: (-len(own[row]), names[row[1]].lower())):
        found = own[organ_class, term]
        members = tuple(_worst(analysis, key, events) for key, events in found.items())
        tables.setdefault(names[organ_class], {})[names[term]] = members
    order = sorted(tables, key=lambda name: (-len(tables[name][""]), name.lower()))
    return {name: tables[name] for name in order}


def _notes(analysis: StudyAnalysis) -> tuple[str, ...]:
    notes = [_WORST, _FROM_DAY_0]
    if analysis.untreated_events:
        notes.append(
            f"{analysis.untreated_events} events of inclusions that were never treated are outside "
            "of the safety set and not counted."
        )
    return tuple(notes)


def tabulate_events(analysis: StudyAnalysis) -> StudyTable:
    """Table of events by class and term, and by worst grade.

    Parameters
    ----------
    analysis : StudyAnalysis

    Returns
    -------
    StudyTable

    Raises
    ------
    TrialError
        A term in two classes.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_events(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [(row.heading, row.cells[0].text) for row in table.rows[:2]]
    [('any event', '2 (66.7 %)'), ('no event', '1 (33.3 %)')]
    """
    nobody = [unit for unit in analysis.units if not unit.events]
    none = CountCell(
        members=tuple(analysis.member(unit.key) for unit in nobody),
        denominator=len(analysis.units),
    )
    empty = CountCell(members=(), denominator=len(analysis.units))
    rows = [
        TableRow(heading="any event", cells=_graded(analysis, _any(analysis))),
        TableRow(heading="no event", cells=(none, empty, empty)),
    ]
    for organ_class, terms in _grouped(analysis).items():
        for term, found in terms.items():
            heading = term or "any of this class"
            cells = _graded(analysis, found)
            rows.append(TableRow(heading=heading, cells=cells, group=organ_class))
    before = worst_members(analysis, lambda _: True, earlier=True)
    rows.append(
        TableRow(
            heading="began before the first administration",
            cells=_graded(analysis, before),
            group="Not counted above",
        )
    )
    return StudyTable(
        name="events",
        caption="Adverse events by class, term and worst grade",
        unit=analysis.unit_text,
        columns=GRADE_COLUMNS,
        rows=tuple(rows),
        notes=_notes(analysis),
    )


def _any(analysis: StudyAnalysis) -> tuple[tuple[int, Member], ...]:
    return worst_members(analysis, lambda _: True)


def tabulate_attributions(analysis: StudyAnalysis) -> StudyTable:
    """Table of events by attribution to the agent, to the procedure, and to both.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_attributions(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [row.cells[0].n for row in table.rows if row.heading == "related (possible or more)"]
    [0, 2]
    """
    own: dict[tuple[str, str], dict[RowKey, list[EventRow]]] = {}
    for unit in analysis.units:
        for event in unit.events:
            for row in _attribution_rows(event):
                own.setdefault(row, {}).setdefault(unit.key, []).append(event)
    rows = []
    for group, headings in _ATTRIBUTION_HEADINGS.items():
        for heading in headings:
            found = own.get((group, heading), {})
            if found or "no degree" not in heading:
                pairs = (_worst(analysis, key, events) for key, events in found.items())
                rows.append(TableRow(heading=heading, cells=_graded(analysis, pairs), group=group))
    return StudyTable(
        name="attributions",
        caption="Adverse events by attribution to the agent and to the procedure",
        unit=analysis.unit_text,
        columns=GRADE_COLUMNS,
        rows=tuple(rows),
        notes=(
            *_notes(analysis),
            "A unit may stand in several rows: one for each attribution among its events.",
        ),
    )


def _attribution_rows(event: EventRow) -> tuple[tuple[str, str], ...]:
    """Group and heading of each row of the table in which an event stands."""
    rows = []
    for group, level in (
        ("To the agent", event.related_agent),
        ("To the procedure", event.related_procedure),
    ):
        if level in RELATED:
            rows.append((group, _RELATED))
        rows.append((group, _SAID.get(level, level)))
    kinds = [
        (_NOT_RECORDED if not level else "related" if level in RELATED else "not related")
        for level in (event.related_agent, event.related_procedure)
    ]
    rows.append(("To both", _BOTH.format(*kinds)))
    return tuple(rows)


def tabulate_events_by_cohort(analysis: StudyAnalysis) -> StudyTable:
    """Table of events by class and term in each activity cohort.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions, split_by_activity
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> options = TableOptions(cohorts=split_by_activity([2e9]))
    >>> table = tabulate_events_by_cohort(prepare_analysis(sample_rows(), options=options))
    >>> [cell.text for cell in table.rows[0].cells[::2]]
    ['2 (66.7 %)', '1 (100.0 %)', '1 (50.0 %)']
    """

    def row(heading: str, found: Iterable[tuple[int, Member]], group: str = "") -> TableRow:
        pairs = tuple(found)
        every = analysis.counts(member for _, member in pairs)
        high = analysis.counts(member for grade, member in pairs if grade in _HIGH)
        both = (cell for pair in zip(every, high, strict=True) for cell in pair)
        return TableRow(heading=heading, cells=tuple(both), group=group)

    rows = [row("any event", _any(analysis))]
    for organ_class, terms in _grouped(analysis).items():
        for term, found in terms.items():
            rows.append(row(term or "any of this class", found, organ_class))
    columns = [
        f"{name} (N = {len(units)}), {grades}"
        for name, units in analysis.columns.items()
        for grades in (GRADE_COLUMNS[0], GRADE_COLUMNS[2])
    ]
    return StudyTable(
        name="events_by_cohort",
        caption="Adverse events by activity cohort",
        unit=analysis.unit_text,
        columns=tuple(columns),
        rows=tuple(rows),
        notes=(*_notes(analysis), "A cohort is that of the first administration's activity."),
    )


def tabulate_event_times(analysis: StudyAnalysis) -> StudyTable:
    """Table of events by the time since the administration before them.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_event_times(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> table.rows[0].heading, table.rows[0].cells[0].text
    ('day 0 to 1', '2 (66.7 %)')
    """
    last = analysis.options.days
    starts = (0, *(day + 1 for day in last))
    names = [f"day {a} to {b}" for a, b in zip(starts, last, strict=False)]
    names.append(f"day {starts[-1]} or later")
    banded: list[list[tuple[int, Member]]] = [[] for _ in names]
    for unit in analysis.units:
        own: dict[int, list[EventRow]] = {}
        for event in unit.events:
            days = _days_since(unit, event)
            own.setdefault(sum(days > day for day in last), []).append(event)
        for band, events in own.items():
            banded[band].append(_worst(analysis, unit.key, events))
    return StudyTable(
        name="event_times",
        caption="Adverse events by time since the last administration before them",
        unit=analysis.unit_text,
        columns=GRADE_COLUMNS,
        rows=tuple(
            TableRow(heading=name, cells=_graded(analysis, found))
            for name, found in zip(names, banded, strict=True)
        ),
        notes=(
            *_notes(analysis),
            "Day 0 is the day of the administration. A unit may stand in several rows.",
        ),
    )


def _days_since(unit: AnalysisUnit, event: EventRow) -> int:
    before = [a.given_on for a in unit.administrations if a.given_on <= event.began_on]
    return (event.began_on - max(before)).days
