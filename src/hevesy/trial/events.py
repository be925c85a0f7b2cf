"""Adverse events counted: a subject once a row, at the worst grade of that row."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.trial.exact_interval import Proportion

__all__ = [
    "ATTRIBUTIONS",
    "BINARY_ATTRIBUTIONS",
    "RELATED",
    "AdverseEvent",
    "EventCount",
    "EventTable",
    "count_events",
]

ATTRIBUTIONS = ("unrelated", "unlikely", "possible", "probable", "definite")
BINARY_ATTRIBUTIONS = ("not related", "related")  # where no degree was recorded
RELATED = ("possible", "probable", "definite", "related")
NOT_RECORDED = "not recorded"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdverseEvent:
    """One event of one subject.

    Parameters
    ----------
    subject : str
    term, organ_class : str
    grade : int
        1 to 5.
    related_agent, related_procedure : str
        One of `ATTRIBUTIONS` or, without a degree, of `BINARY_ATTRIBUTIONS`; empty where it was not
        recorded.

    Raises
    ------
    TrialError
        An empty text, a grade or an attribution that does not exist.

    Examples
    --------
    >>> AdverseEvent(subject="1", term="Fever", organ_class="General", grade=2).grade
    2
    """

    subject: str
    term: str
    organ_class: str
    grade: int
    related_agent: str = ""
    related_procedure: str = ""

    def __post_init__(self) -> None:
        if not self.subject or not self.term or not self.organ_class:
            raise TrialError(
                "an event needs a subject, a term and a class", remedy="fill in all three"
            )
        if not 1 <= self.grade <= 5:
            raise TrialError(
                "an event's grade", got=self.grade, allowed="1 to 5", remedy="correct the grade"
            )
        for level in (self.related_agent, self.related_procedure):
            if level and level not in ATTRIBUTIONS + BINARY_ATTRIBUTIONS:
                raise TrialError(
                    "an attribution",
                    got=level,
                    allowed=", ".join(ATTRIBUTIONS),
                    remedy="correct it, or leave it empty",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class EventCount:
    """Subjects of one row of a table, by their worst grade in that row.

    Parameters
    ----------
    by_grade : tuple of int
        Subjects whose worst grade of the row is 1, 2, 3, 4, 5.
    denominator : int

    Raises
    ------
    TrialError
        Not five grades, or more subjects than the denominator.

    Examples
    --------
    >>> count = EventCount(by_grade=(5, 2, 1, 0, 0), denominator=36)
    >>> count.all.as_text(), count.grade_3_plus.n
    ('8 (22.2 %)', 1)
    """

    by_grade: tuple[int, ...]
    denominator: int

    def __post_init__(self) -> None:
        if len(self.by_grade) != 5:
            raise TrialError("a row counts five grades", got=len(self.by_grade), remedy="give five")
        Proportion(n=sum(self.by_grade), denominator=self.denominator)

    @property
    def all(self) -> Proportion:
        """Subjects with any grade."""
        return Proportion(n=sum(self.by_grade), denominator=self.denominator)

    @property
    def grade_1_2(self) -> Proportion:
        """Subjects whose worst grade is 1 or 2."""
        return Proportion(n=sum(self.by_grade[:2]), denominator=self.denominator)

    @property
    def grade_3_plus(self) -> Proportion:
        """Subjects whose worst grade is 3 or more."""
        return Proportion(n=sum(self.by_grade[2:]), denominator=self.denominator)


@dataclass(frozen=True, slots=True, kw_only=True)
class EventTable:
    """Adverse events of a safety set.

    Parameters
    ----------
    any : EventCount
        Subjects with any event.
    classes, terms : mapping of str to EventCount
        Most frequent first.
    agent, procedure : mapping of str to EventCount
        By attribution: each level, "related" (possible or more), and "not recorded".
    agent_by_procedure : mapping of (str, str) to EventCount
        Related or not to the agent, and to the procedure.
    notes : tuple of str

    Raises
    ------
    TrialError
        Never; the counts check themselves.

    Examples
    --------
    >>> table = count_events([AdverseEvent(subject="1", term="Fever", organ_class="General",
    ...                                    grade=1)], denominator=2)
    >>> table.any.all.percent
    50.0
    """

    any: EventCount
    classes: Mapping[str, EventCount]
    terms: Mapping[str, EventCount]
    agent: Mapping[str, EventCount]
    procedure: Mapping[str, EventCount]
    agent_by_procedure: Mapping[tuple[str, str], EventCount]
    notes: tuple[str, ...]


def count_events(events: Sequence[AdverseEvent], *, denominator: int) -> EventTable:
    """Count subjects by row and worst grade.

    Every row is a maximum of its own: a subject with a grade 1 and a grade 3 of one term is one
    subject of grade 3 there. Names that differ in case or spaces only are one.

    Parameters
    ----------
    events : sequence of AdverseEvent
    denominator : int
        Subjects of the safety set, those without an event included.

    Returns
    -------
    EventTable

    Raises
    ------
    TrialError
        More subjects than the denominator; a term in two classes.

    Examples
    --------
    >>> rows = [AdverseEvent(subject=s, term="Pain", organ_class="General", grade=g)
    ...         for s, g in (("1", 1), ("1", 3), ("2", 2))]
    >>> count_events(rows, denominator=4).terms["Pain"].by_grade
    (0, 1, 1, 0, 0)
    """
    subjects = {event.subject for event in events}
    if denominator < max(1, len(subjects)):
        raise TrialError(
            "the denominator is smaller than the number of subjects with events",
            got=f"{denominator} for {len(subjects)} subjects",
            allowed=f"{max(1, len(subjects))} or more",
            remedy="give the number of subjects in the safety set",
        )
    names: dict[str, str] = {}
    for event in events:
        for name in (event.term, event.organ_class):
            names.setdefault(_key(name), " ".join(name.split()))
    _require_one_class(events, names)

    def count(chosen: Iterable[AdverseEvent]) -> EventCount:
        return _count(chosen, denominator)

    def table(name_of: Callable[[AdverseEvent], str]) -> Mapping[str, EventCount]:
        groups: dict[str, list[AdverseEvent]] = {}
        for event in events:
            groups.setdefault(names[_key(name_of(event))], []).append(event)
        counted = {name: count(group) for name, group in groups.items()}
        order = sorted(counted, key=lambda name: (-counted[name].all.n, name.lower()))
        return MappingProxyType({name: counted[name] for name in order})

    return EventTable(
        any=count(events),
        classes=table(lambda event: event.organ_class),
        terms=table(lambda event: event.term),
        agent=_attributed(events, lambda event: event.related_agent, count),
        procedure=_attributed(events, lambda event: event.related_procedure, count),
        agent_by_procedure=_crossed(events, count),
        notes=_notes(events),
    )


def _key(name: str) -> str:
    return " ".join(name.casefold().split())


def _require_one_class(events: Sequence[AdverseEvent], names: Mapping[str, str]) -> None:
    classes: dict[str, set[str]] = {}
    for event in events:
        classes.setdefault(_key(event.term), set()).add(_key(event.organ_class))
    double = {term: found for term, found in classes.items() if len(found) > 1}
    if double:
        said = "; ".join(
            f"{names[term]} in {' and '.join(sorted(names[c] for c in found))}"
            for term, found in double.items()
        )
        raise TrialError(
            "a term must be in one class",
            got=said,
            remedy="write the same class in every row of the term",
        )


def _count(events: Iterable[AdverseEvent], denominator: int) -> EventCount:
    worst: dict[str, int] = {}
    for event in events:
        worst[event.subject] = max(worst.get(event.subject, 0), event.grade)
    grades = list(worst.values())
    return EventCount(
        by_grade=tuple(grades.count(grade) for grade in (1, 2, 3, 4, 5)), denominator=denominator
    )


def _attributed(
    events: Sequence[AdverseEvent],
    level_of: Callable[[AdverseEvent], str],
    count: Callable[[Iterable[AdverseEvent]], EventCount],
) -> Mapping[str, EventCount]:
    found = {level: count(e for e in events if level_of(e) == level) for level in ATTRIBUTIONS}
    found["related"] = count(e for e in events if level_of(e) in RELATED)
    found[NOT_RECORDED] = count(e for e in events if not level_of(e))
    return MappingProxyType(found)


def _crossed(
    events: Sequence[AdverseEvent], count: Callable[[Iterable[AdverseEvent]], EventCount]
) -> Mapping[tuple[str, str], EventCount]:
    def kind(level: str) -> str:
        if not level:
            return NOT_RECORDED
        return "related" if level in RELATED else "not related"

    kinds = ("related", "not related", NOT_RECORDED)
    return MappingProxyType(
        {
            (agent, procedure): count(
                e
                for e in events
                if (kind(e.related_agent), kind(e.related_procedure)) == (agent, procedure)
            )
            for agent in kinds
            for procedure in kinds
        }
    )


def _notes(events: Sequence[AdverseEvent]) -> tuple[str, ...]:
    notes = []
    twice = len(events) - len(set(events))
    if twice:
        notes.append(f"{twice} rows repeat another in every field; each subject counts once anyway")
    missing = sum(not e.related_agent or not e.related_procedure for e in events)
    if missing:
        notes.append(f"{missing} of {len(events)} rows lack an attribution")
    return tuple(notes)
