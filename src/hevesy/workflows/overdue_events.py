"""Serious events whose report is overdue: what every look at a study shows."""

from datetime import datetime

from hevesy.protocol import EventRules
from hevesy.store import Reader
from hevesy.store.tables import AdverseEvent
from hevesy.trial import EventRow, event_deadlines

__all__ = ["overdue_reports"]


def overdue_reports(reader: Reader, rules: EventRules, *, now: datetime) -> tuple[str, ...]:
    """Say which reports of serious events are overdue and not made.

    Parameters
    ----------
    reader : Reader
    rules : EventRules
        The protocol's.
    now : datetime
        Aware.

    Returns
    -------
    tuple of str
    """
    events = [
        EventRow(
            event=one.id,
            inclusion=one.inclusion,
            term=one.term,
            organ_class=one.organ_class,
            grade=one.grade,
            began_on=one.began_on,
            outcome=one.outcome or "",
            related_agent=one.related_agent or "",
            serious=one.serious,
            seriousness=one.seriousness or "",
            expected=one.expected,
            aware_at=one.aware_at,
            reported_at=one.reported_at,
            authority_reported_at=one.authority_reported_at,
        )
        for one in reader.each(AdverseEvent, serious=True)
    ]
    found = event_deadlines(events, rules, now=now)
    return tuple(one.as_text() for one in found if one.state == "overdue")
