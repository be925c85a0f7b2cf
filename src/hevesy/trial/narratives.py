"""What a document tells of each serious adverse event."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hevesy.protocol import StudyProtocol, name_cohort
from hevesy.trial.deadlines import EventDeadline, event_deadlines
from hevesy.trial.rows import (
    AdministrationRow,
    DepartureRow,
    EventRow,
    InclusionRow,
    PatientRow,
    StudyRows,
)

__all__ = ["EventNarrative", "event_narratives", "injection_before"]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNarrative:
    """One serious event and what belongs to it; None and empty texts were not recorded.

    Parameters
    ----------
    event : EventRow
    inclusion : InclusionRow or None
        None where it is not on record.
    patient : PatientRow or None
    administration : AdministrationRow or None
        The one that the event names, else the last one on or before the day it began.
    injection_number : int or None
        Of the inclusion's administrations, the first is 1.
    days_since_injection : int or None
    duration_days : int or None
        From the first to the last day, both counted.
    cohort : str
        By the activity of that administration.
    deadlines : tuple of EventDeadline
    departure : DepartureRow or None

    Examples
    --------
    >>> from datetime import date
    >>> event = EventRow(event="E", inclusion="I", term="Fever", organ_class="General", grade=3,
    ...                  began_on=date(2026, 1, 9))
    >>> EventNarrative(event=event, inclusion=None, patient=None, administration=None,
    ...                injection_number=None, days_since_injection=None, duration_days=None,
    ...                cohort="", deadlines=(), departure=None).generated
    False
    """

    event: EventRow
    inclusion: InclusionRow | None
    patient: PatientRow | None
    administration: AdministrationRow | None
    injection_number: int | None
    days_since_injection: int | None
    duration_days: int | None
    cohort: str
    deadlines: tuple[EventDeadline, ...]
    departure: DepartureRow | None

    @property
    def generated(self) -> bool:
        """The event was made up to fit published margins."""
        return self.event.generated


def injection_before(
    event: EventRow, administrations: Sequence[AdministrationRow]
) -> AdministrationRow | None:
    """Give the administration that an event follows.

    Parameters
    ----------
    event : EventRow
    administrations : sequence of AdministrationRow
        Those of other inclusions don't count.

    Returns
    -------
    AdministrationRow or None
        The one that the event names; else the last one on or before the day it began.

    Examples
    --------
    >>> from datetime import UTC, date
    >>> event = EventRow(event="E", inclusion="I", term="Fever", organ_class="General", grade=3,
    ...                  began_on=date(2026, 1, 9))
    >>> injection_before(event, [])
    """
    own = [row for row in administrations if row.inclusion == event.inclusion]
    named = [row for row in own if row.administration == event.administration]
    before = [row for row in own if row.given_on <= event.began_on]
    if named:
        return named[0]
    return max(before, key=lambda row: (row.given_at, row.administration)) if before else None


def event_narratives(
    rows: StudyRows, protocol: StudyProtocol, *, now: datetime
) -> tuple[EventNarrative, ...]:
    """Put together what a document tells of each serious event.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    now : datetime
        Aware; for the deadlines.

    Returns
    -------
    tuple of EventNarrative
        By inclusion, then by the day on which they began.

    Examples
    --------
    >>> from datetime import UTC, date
    >>> from hevesy.protocol import ProtocolSite
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> event = EventRow(event="E", inclusion="I", term="Fever", organ_class="General", grade=3,
    ...                  began_on=date(2026, 1, 9), ended_on=date(2026, 1, 10), serious=True)
    >>> rows = StudyRows(study="A", as_of=date(2026, 2, 1), events=(event,))
    >>> event_narratives(rows, protocol, now=datetime(2026, 2, 1, tzinfo=UTC))[0].duration_days
    2
    """
    inclusions = {row.inclusion: row for row in rows.inclusions}
    patients = {row.patient: row for row in rows.patients}
    departures = {row.inclusion: row for row in rows.departures}
    given: dict[str, list[AdministrationRow]] = {}
    for row in sorted(rows.administrations, key=lambda one: (one.given_at, one.administration)):
        given.setdefault(row.inclusion, []).append(row)
    told = []
    serious = [event for event in rows.events if event.serious]
    for event in sorted(serious, key=lambda one: (one.inclusion, one.began_on, one.event)):
        own = given.get(event.inclusion, [])
        before = injection_before(event, own)
        inclusion = inclusions.get(event.inclusion)
        ended = event.ended_on
        told.append(
            EventNarrative(
                event=event,
                inclusion=inclusion,
                patient=None if inclusion is None else patients.get(inclusion.patient),
                administration=before,
                injection_number=None if before is None else own.index(before) + 1,
                days_since_injection=(
                    None if before is None else (event.began_on - before.given_on).days
                ),
                duration_days=None if ended is None else (ended - event.began_on).days + 1,
                cohort=(
                    ""
                    if before is None
                    else name_cohort(protocol.cohorts, activity_mbq=before.activity_mbq)
                ),
                deadlines=event_deadlines([event], protocol.events, now=now),
                departure=departures.get(event.inclusion),
            )
        )
    return tuple(told)
