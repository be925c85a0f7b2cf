"""Until when a serious adverse event must be reported, and whether it was."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from hevesy.errors import TrialError
from hevesy.protocol import EventRules
from hevesy.trial.events import RELATED
from hevesy.trial.rows import EventRow

__all__ = ["DEADLINE_STATES", "EventDeadline", "event_deadlines", "is_deadly", "is_susar"]

DEADLINE_STATES = ("reported", "reported late", "open", "overdue", "no time of awareness")
TO_SPONSOR, TO_AUTHORITY = "SAE to the sponsor", "SUSAR to the authority"
_DEADLY = frozenset({"death", "life-threatening"})


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDeadline:
    """One report that a serious event needs.

    Parameters
    ----------
    event, inclusion : str
    report : str
        ``"SAE to the sponsor"`` or ``"SUSAR to the authority"``.
    due_at : datetime or None
        Aware; None where nobody recorded the time of awareness.
    reported_at : datetime or None
    state : str
        One of `DEADLINE_STATES`.

    Raises
    ------
    TrialError
        Another state.

    Examples
    --------
    >>> EventDeadline(event="E1", inclusion="I1", report="SAE to the sponsor", due_at=None,
    ...               reported_at=None, state="no time of awareness").late
    False
    """

    event: str
    inclusion: str
    report: str
    due_at: datetime | None
    reported_at: datetime | None
    state: str

    def __post_init__(self) -> None:
        if self.state not in DEADLINE_STATES:
            raise TrialError(
                "a deadline's state",
                got=self.state,
                allowed=", ".join(DEADLINE_STATES),
                remedy="name one of them",
            )

    @property
    def late(self) -> bool:
        """The deadline is over: reported after it, or not at all."""
        return self.state in {"overdue", "reported late"}

    def as_text(self) -> str:
        """Say it in one line."""
        due = "" if self.due_at is None else f", due {self.due_at.isoformat(timespec='minutes')}"
        at = self.reported_at
        done = "" if at is None else f", reported {at.isoformat(timespec='minutes')}"
        return f"{self.event} of {self.inclusion}: {self.report}: {self.state}{due}{done}"


def is_deadly(event: EventRow) -> bool:
    """Whether an event is fatal or life-threatening, by its seriousness, grade 5 or outcome.

    Grade 4 alone is not: seriousness is recorded apart from the grade (ICH E2A, II.B).

    Examples
    --------
    >>> from datetime import date
    >>> is_deadly(EventRow(event="E", inclusion="I", term="a", organ_class="b", grade=4,
    ...                    began_on=date(2026, 1, 9)))
    False
    """
    reasons = {part.strip() for part in event.seriousness.split(",")}
    return bool(reasons & _DEADLY) or event.grade == 5 or event.outcome == "fatal"


def is_susar(event: EventRow) -> bool | None:
    """Whether an event is a suspected unexpected serious adverse reaction to the agent.

    Returns
    -------
    bool or None
        None where it is serious, and its expectedness or its relation to the agent, on which the
        answer turns, is not recorded.

    Examples
    --------
    >>> from datetime import date
    >>> is_susar(EventRow(event="E", inclusion="I", term="a", organ_class="b", grade=3,
    ...                   began_on=date(2026, 1, 9), serious=True, related_agent="possible"))
    """
    if not event.serious or event.expected:
        return False
    if event.related_agent and event.related_agent not in RELATED:
        return False
    return None if event.expected is None or not event.related_agent else True


def event_deadlines(
    events: Iterable[EventRow], rules: EventRules, *, now: datetime
) -> tuple[EventDeadline, ...]:
    """Give every report that serious events need, with its deadline and state.

    The sponsor's report is due `sae_report_s` after awareness, the authority's `susar_fatal_s`
    where the event is fatal or life-threatening and `susar_other_s` else: hours and days of 24 h,
    counted from the first awareness at the site, which is the earliest clock. A report at its
    deadline is in time. Whether an event is a SUSAR and was not decided shows by a data check.

    Parameters
    ----------
    events : iterable of EventRow
    rules : EventRules
        The protocol's.
    now : datetime
        Aware.

    Returns
    -------
    tuple of EventDeadline
        In the order of the events.

    Raises
    ------
    TrialError
        `now` has no zone.

    References
    ----------
    ICH E2A (1994), III.B; Regulation (EU) No 536/2014, Articles 41 and 42.

    Examples
    --------
    >>> from datetime import UTC, date
    >>> event = EventRow(event="E1", inclusion="I1", term="a", organ_class="b", grade=3,
    ...                  began_on=date(2026, 1, 9), serious=True,
    ...                  aware_at=datetime(2026, 1, 9, 8, tzinfo=UTC))
    >>> [one.state for one in event_deadlines([event], EventRules(),
    ...                                       now=datetime(2026, 1, 10, 9, tzinfo=UTC))]
    ['overdue']
    """
    if now.tzinfo is None:
        raise TrialError("`now` has no zone", got=now.isoformat(), remedy="give an aware time")
    found = []
    for event in events:
        if not event.serious:
            continue
        found.append(_deadline(event, TO_SPONSOR, rules.sae_report_s, event.reported_at, now))
        if is_susar(event):
            within_s = rules.susar_fatal_s if is_deadly(event) else rules.susar_other_s
            found.append(_deadline(event, TO_AUTHORITY, within_s, event.authority_reported_at, now))
    return tuple(found)


def _deadline(
    event: EventRow, report: str, within_s: float, reported_at: datetime | None, now: datetime
) -> EventDeadline:
    due_at = None if event.aware_at is None else event.aware_at + timedelta(seconds=within_s)
    if due_at is None:
        state = "no time of awareness" if reported_at is None else "reported"
    elif reported_at is not None:
        state = "reported" if reported_at <= due_at else "reported late"
    else:
        state = "open" if now <= due_at else "overdue"
    return EventDeadline(
        event=event.event,
        inclusion=event.inclusion,
        report=report,
        due_at=due_at,
        reported_at=reported_at,
        state=state,
    )
