"""Adverse events of a study counted from its rows: the safety set, by activity, by time."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.protocol import StudyProtocol, name_cohort
from hevesy.trial.events import AdverseEvent, EventTable, count_events
from hevesy.trial.narratives import injection_before
from hevesy.trial.rows import AdministrationRow, EventRow, StudyRows
from hevesy.trial.study_flow import FLOW_UNITS

__all__ = ["TIME_BANDS", "StudyEvents", "count_study_events"]

TIME_BANDS = (("day 0-1", 0, 1), ("day 2-7", 2, 7), ("day 8-28", 8, 28), ("after day 28", 29, None))
"""Days from the last injection to the day on which an event began."""
NO_COHORT = "no cohort of the protocol"


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyEvents:
    """Adverse events of a study's safety set.

    Parameters
    ----------
    unit : str
        ``"inclusion"`` or ``"person"``: what is counted.
    subjects : tuple of str
        The safety set: those who received an administration.
    table : EventTable
    cohorts : mapping of str to EventTable
        By the activity of the subject's first administration, each with its own denominator.
    times : mapping of str to EventTable
        By `TIME_BANDS`, each over the whole safety set.
    not_counted : tuple of str
        Events of those who were never treated, and events before the first administration.
    counted, generated : int
        Events that count, and how many of them were made up to fit published margins.

    Raises
    ------
    TrialError
        Another unit.

    Examples
    --------
    >>> table = count_events([], denominator=1)
    >>> StudyEvents(unit="person", subjects=("P1",), table=table, cohorts={}, times={},
    ...             not_counted=()).denominator
    1
    """

    unit: str
    subjects: tuple[str, ...]
    table: EventTable
    cohorts: Mapping[str, EventTable]
    times: Mapping[str, EventTable]
    not_counted: tuple[str, ...]
    counted: int = 0
    generated: int = 0

    def __post_init__(self) -> None:
        if self.unit not in FLOW_UNITS:
            raise TrialError(
                "events are counted by inclusions or persons",
                got=self.unit,
                allowed=", ".join(FLOW_UNITS),
                remedy="name one of them",
            )
        for name in ("cohorts", "times"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def denominator(self) -> int:
        """How many are in the safety set."""
        return len(self.subjects)


def count_study_events(
    rows: StudyRows, protocol: StudyProtocol, *, unit: str | None = None
) -> StudyEvents:
    """Count a study's adverse events over its safety set.

    An event counts from the day of the first administration on, or where it names an
    administration; others are listed, not counted. Events on that day that began before the
    injection can't be told apart: days are all that is recorded.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    unit : str or None
        ``"inclusion"`` or ``"person"``; None takes the protocol's.

    Returns
    -------
    StudyEvents

    Raises
    ------
    TrialError
        Another unit, or nobody was treated.

    Examples
    --------
    >>> from datetime import date
    >>> from hevesy.protocol import ProtocolSite
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> count_study_events(StudyRows(study="A", as_of=date(2026, 1, 9)), protocol)
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: nobody was treated in this study; record administrations first
    """
    counted = unit or protocol.units.events
    if counted not in FLOW_UNITS:
        raise TrialError(
            "events are counted by inclusions or persons",
            got=counted,
            allowed=", ".join(FLOW_UNITS),
            remedy="name one of them",
        )
    if not rows.administrations:
        raise TrialError("nobody was treated in this study", remedy="record administrations first")
    patients = {row.inclusion: row.patient for row in rows.inclusions}

    def subject(inclusion: str) -> str:
        return patients.get(inclusion, inclusion) if counted == "person" else inclusion

    given: dict[str, list[AdministrationRow]] = {}
    for row in sorted(rows.administrations, key=lambda one: (one.given_at, one.administration)):
        given.setdefault(row.inclusion, []).append(row)
    cohort: dict[str, str] = {}
    for row in sorted(rows.administrations, key=lambda one: (one.given_at, one.administration)):
        name = name_cohort(protocol.cohorts, activity_mbq=row.activity_mbq) or NO_COHORT
        cohort.setdefault(subject(row.inclusion), name)
    events: list[tuple[AdverseEvent, int]] = []
    not_counted, generated = [], 0
    for event in rows.events:
        before = injection_before(event, given.get(event.inclusion, []))
        if before is None:
            not_counted.append(event.event)
            continue
        generated += event.generated
        days = (event.began_on - before.given_on).days
        events.append((_adverse_event(event, subject(event.inclusion)), days))
    return StudyEvents(
        unit=counted,
        subjects=tuple(sorted(cohort)),
        table=count_events([one for one, _ in events], denominator=len(cohort)),
        cohorts=_by_cohort(events, cohort, protocol),
        times={
            name: count_events(
                [one for one, days in events
                 if max(days, 0) >= first and (last is None or days <= last)],
                denominator=len(cohort),
            )
            for name, first, last in TIME_BANDS
        },
        not_counted=tuple(not_counted),
        counted=len(events),
        generated=generated,
    )  # fmt: skip


def _by_cohort(
    events: list[tuple[AdverseEvent, int]], cohort: Mapping[str, str], protocol: StudyProtocol
) -> dict[str, EventTable]:
    """A table for each cohort with a subject in it; none where the protocol has no cohorts."""
    if not protocol.cohorts:
        return {}
    sizes = {
        name: sum(one == name for one in cohort.values())
        for name in (*(one.name for one in protocol.cohorts), NO_COHORT)
    }
    return {
        name: count_events(
            [event for event, _ in events if cohort[event.subject] == name], denominator=size
        )
        for name, size in sizes.items()
        if size
    }


def _adverse_event(event: EventRow, subject: str) -> AdverseEvent:
    return AdverseEvent(
        subject=subject,
        term=event.term,
        organ_class=event.organ_class,
        grade=event.grade,
        related_agent=event.related_agent,
        related_procedure=event.related_procedure,
    )
