"""A study made ready for its tables: the safety set, its rows by unit, its responses."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.trial.rows import AdministrationRow, EventRow, InclusionRow, StudyRows
from hevesy.trial.tables.cell import CountCell, Member, RowKey
from hevesy.trial.tables.course import LesionCourse, assess_courses
from hevesy.trial.tables.options import NO_COHORT, TableOptions

__all__ = ["AnalysisUnit", "StudyAnalysis", "prepare_analysis"]

_GENERATED = (
    ("inclusion", "inclusions", "inclusion"),
    ("administration", "administrations", "administration"),
    ("visit", "visits", "visit"),
    ("departure", "departures", "departure"),
    ("adverse_event", "events", "event"),
    ("measurement", "measurements", "measurement"),
    ("lesion_assessment", "assessments", "assessment"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalysisUnit:
    """One treated inclusion, or one treated patient with all inclusions.

    Parameters
    ----------
    key : (str, str)
        Kind and name of the record.
    first : InclusionRow
        The inclusion that was treated first: baseline, response and follow-up start there.
    inclusions : tuple of str
        The treated ones.
    administrations : tuple of AdministrationRow
        In order of time; at least one.
    events : tuple of EventRow
        That began on the day of the first administration or later.
    earlier_events : tuple of EventRow
        That began before it.
    cohort : str
        By the activity of the first administration.
    """

    key: RowKey
    first: InclusionRow
    inclusions: tuple[str, ...]
    administrations: tuple[AdministrationRow, ...]
    events: tuple[EventRow, ...]
    earlier_events: tuple[EventRow, ...]
    cohort: str

    @property
    def started_on(self) -> date:
        """Day of the first administration."""
        return self.administrations[0].given_on


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyAnalysis:
    """What all tables and figures of a study are made from.

    Parameters
    ----------
    rows : StudyRows
    options : TableOptions
    units : tuple of AnalysisUnit
        The safety set: everyone with an administration.
    columns : mapping of str to frozenset of (str, str)
        Units of each column: "all", then each cohort, and those in none where there are such.
    courses : mapping of (str, str) to LesionCourse
        Response of each unit.
    last_contact : mapping of (str, str) to (date, (str, str))
        Last day on which something is known of a unit, and the row that says so.
    untreated_events : int
        Events of inclusions that were never treated: outside of the safety set.
    generated : frozenset of (str, str)
        Rows that were made up to fit published margins.
    placed_by_generated : frozenset of (str, str)
        Units whose first administration is generated: day 0 and their cohort rest on it.
    """

    rows: StudyRows
    options: TableOptions
    units: tuple[AnalysisUnit, ...]
    columns: Mapping[str, frozenset[RowKey]]
    courses: Mapping[RowKey, LesionCourse]
    last_contact: Mapping[RowKey, tuple[date, RowKey]]
    untreated_events: int
    generated: frozenset[RowKey]
    placed_by_generated: frozenset[RowKey]

    @property
    def unit_text(self) -> str:
        """The unit of analysis, as a table prints it."""
        n = len(self.units)
        made_up = len(self.placed_by_generated)
        said = f"; {made_up} by a generated administration †" if made_up else ""
        inclusions = sum(len(unit.inclusions) for unit in self.units)
        patients = len({unit.first.patient for unit in self.units})
        if self.options.unit == "person":
            more = f", {inclusions} treated inclusions" if inclusions != n else ""
            return f"persons who were treated, N = {n}{more}{said}"
        more = f", of {patients} persons" if patients != n else ""
        return f"inclusions that were treated, N = {n}{more}{said}"

    def member(self, unit: RowKey, rows: Iterable[RowKey] = ()) -> Member:
        """Name a unit, and the rows behind it, marked where one is generated."""
        behind = tuple(rows)
        made = unit in self.generated or any(row in self.generated for row in behind)
        return Member(unit=unit, rows=behind, generated=made)

    def counts(self, members: Iterable[Member]) -> tuple[CountCell, ...]:
        """Count members in every column."""
        found = tuple(members)
        return tuple(
            CountCell(
                members=tuple(
                    replace(m, generated=True)
                    if name != "all" and m.unit in self.placed_by_generated
                    else m
                    for m in found
                    if m.unit in column
                ),
                denominator=len(column),
            )
            for name, column in self.columns.items()
        )


def prepare_analysis(rows: StudyRows, *, options: TableOptions) -> StudyAnalysis:
    """Find the safety set and arrange its rows.

    Parameters
    ----------
    rows : StudyRows
    options : TableOptions

    Returns
    -------
    StudyAnalysis

    Raises
    ------
    TrialError
        Nobody was treated, or a row names an inclusion that is not there.

    Examples
    --------
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> prepare_analysis(sample_rows(), options=TableOptions()).unit_text
    'inclusions that were treated, N = 3'
    """
    units = _units(rows, options)
    if not units:
        raise TrialError(
            "nobody has been treated in this study: there is nothing to tabulate",
            got=f"{len(rows.inclusions)} inclusions, no administration",
            remedy="record an administration, or pass the rows of a study that has one",
        )
    generated = frozenset(
        (kind, getattr(row, name))
        for kind, table, name in _GENERATED
        for row in getattr(rows, table)
        if row.generated
    )
    columns = {"all": frozenset(unit.key for unit in units)}
    names = [cohort.name for cohort in options.cohorts]
    if names and any(unit.cohort == NO_COHORT for unit in units):
        names.append(NO_COHORT)
    for name in names:
        columns[name] = frozenset(unit.key for unit in units if unit.cohort == name)
    first = {unit.first.inclusion: unit for unit in units}
    courses = assess_courses(
        rows,
        {name: unit.started_on for name, unit in first.items()},
        criteria=options.criteria,
        rules=options.rules,
    )
    treated = {name for unit in units for name in unit.inclusions}
    return StudyAnalysis(
        rows=rows,
        options=options,
        units=units,
        columns=MappingProxyType(columns),
        courses=MappingProxyType({first[name].key: found for name, found in courses.items()}),
        last_contact=MappingProxyType(_last_contacts(rows, units)),
        untreated_events=sum(event.inclusion not in treated for event in rows.events),
        generated=generated,
        placed_by_generated=frozenset(
            unit.key
            for unit in units
            if ("administration", unit.administrations[0].administration) in generated
        ),
    )


def _units(rows: StudyRows, options: TableOptions) -> tuple[AnalysisUnit, ...]:
    inclusions = {row.inclusion: row for row in rows.inclusions}
    named = {row.inclusion for row in rows.administrations} | {e.inclusion for e in rows.events}
    lost = named - inclusions.keys()
    if lost:
        raise TrialError(
            "rows name inclusions that are not among the study's",
            got=f"{len(lost)} of them",
            remedy="read the study's rows again, all of them",
        )
    kind = "inclusion" if options.unit == "inclusion" else "patient"

    def key_of(name: str) -> RowKey:
        return (kind, name if kind == "inclusion" else inclusions[name].patient)

    given: dict[RowKey, list[AdministrationRow]] = {}
    for row in rows.administrations:
        given.setdefault(key_of(row.inclusion), []).append(row)
    treated = rows.treated
    events: dict[RowKey, list[EventRow]] = {}
    for event in rows.events:
        if event.inclusion in treated:
            events.setdefault(key_of(event.inclusion), []).append(event)
    units = []
    for key, own in given.items():
        ordered = sorted(own, key=lambda row: (row.given_at, row.administration))
        start = ordered[0].given_on
        units.append(
            AnalysisUnit(
                key=key,
                first=inclusions[ordered[0].inclusion],
                inclusions=tuple(dict.fromkeys(row.inclusion for row in ordered)),
                administrations=tuple(ordered),
                events=tuple(e for e in events.get(key, ()) if e.began_on >= start),
                earlier_events=tuple(e for e in events.get(key, ()) if e.began_on < start),
                cohort=options.cohort_of(ordered[0].activity_mbq),
            )
        )
    return tuple(sorted(units, key=lambda unit: (unit.started_on, unit.key)))


def _last_contacts(
    rows: StudyRows, units: tuple[AnalysisUnit, ...]
) -> dict[RowKey, tuple[date, RowKey]]:
    """Latest row of each unit that shows the person to be followed, or gone."""
    last: dict[str, tuple[date, RowKey]] = {}
    given, seen, measured = rows.administrations, rows.visits, rows.measurements
    for inclusion, day, key in (
        *((r.inclusion, r.given_on, ("administration", r.administration)) for r in given),
        *((r.inclusion, r.visited_on, ("visit", r.visit)) for r in seen),
        *(
            (r.inclusion, r.assessed_on, ("lesion_assessment", r.assessment))
            for r in rows.assessments
        ),
        *((r.inclusion, r.measured_on, ("measurement", r.measurement)) for r in measured),
        *((r.inclusion, r.began_on, ("adverse_event", r.event)) for r in rows.events),
    ):
        if inclusion not in last or day > last[inclusion][0]:
            last[inclusion] = (day, key)
    for gone in rows.departures:  # after it nothing is followed
        last[gone.inclusion] = (gone.left_on, ("departure", gone.departure))
    return {
        unit.key: max((last[name] for name in unit.inclusions), key=lambda pair: (pair[0], pair[1]))
        for unit in units
    }
