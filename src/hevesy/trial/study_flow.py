"""The flow of a study counted from its rows: who was screened, treated and lost, and why."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.protocol import StudyProtocol
from hevesy.trial.flow import FlowExit, FlowStage, SubjectFlow
from hevesy.trial.rows import DepartureRow, InclusionRow, StudyRows

__all__ = ["FLOW_UNITS", "StudyFlow", "flow_of_study"]

FLOW_UNITS = ("inclusion", "person")
NO_REASON = "reason not recorded"
NOT_TREATED = "not treated so far"
STAGES = ("Screened", "Enrolled", "Treated", "Analysed")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyFlow:
    """A study's flow, with who is behind each count.

    Parameters
    ----------
    flow : SubjectFlow
    unit : str
        ``"inclusion"`` or ``"person"``: what is counted.
    members : mapping of str to tuple of str
        Names of those in each stage.
    left : mapping of (str, str) to tuple of str
        Names of those who left a stage, by stage and reason.
    faults : tuple of str
        Rows that contradict each other, and sums that do not agree.
    generated : mapping of str to int
        How many of its rows were made up to fit published margins, by table; none is left out.

    Raises
    ------
    TrialError
        A count is not the number of its members.

    Examples
    --------
    >>> stage = FlowStage(name="Screened", subjects=1, exits=())
    >>> StudyFlow(flow=SubjectFlow(stages=(stage,)), unit="person",
    ...           members={"Screened": ("P1",)}, left={}, faults=()).unit
    'person'
    """

    flow: SubjectFlow
    unit: str
    members: Mapping[str, tuple[str, ...]]
    left: Mapping[tuple[str, str], tuple[str, ...]]
    faults: tuple[str, ...]
    generated: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for stage in self.flow.stages:
            counts = [(stage.subjects, self.members[stage.name])]
            counts += [(one.subjects, self.left[stage.name, one.reason]) for one in stage.exits]
            for n, names in counts:
                if n != len(names) or len(set(names)) != n:
                    raise TrialError(
                        f"a count of the stage '{stage.name}' is not that of its members",
                        got=f"{n} for {len(names)} names",
                        remedy="count the members",
                    )
        for name in ("members", "left", "generated"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def said_generated(self) -> str:
        """The generated rows in words; empty if there are none."""
        return ", ".join(f"{n} {table}" for table, n in self.generated.items())


@dataclass(frozen=True, slots=True, kw_only=True)
class _Course:
    """How far one inclusion came: `stage` is the index of the last stage that it reached."""

    inclusion: InclusionRow
    stage: int
    reason: str = ""


def flow_of_study(
    rows: StudyRows, protocol: StudyProtocol, *, unit: str | None = None
) -> StudyFlow:
    """Count a study's flow from its rows.

    Screened is every inclusion on record. One that is not eligible left with its screening's
    reason; enrolled is who is eligible, or was treated all the same (a fault, and named, unless
    it is recorded as a violation that was found later); treated is who received an administration
    (the safety set); analysed is who was treated and neither was lost, refused, withdrew nor died.
    Reasons that the protocol lists are shown where nobody had them. A person with several
    inclusions counts once, by the one that came furthest, and the later one of two that came
    equally far.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    unit : str or None
        ``"inclusion"`` or ``"person"``; None takes the protocol's.

    Returns
    -------
    StudyFlow

    Raises
    ------
    TrialError
        Another unit, or nobody was screened.

    References
    ----------
    Yap C et al. CONSORT-DEFINE, BMJ 2023;383:e076387.

    Examples
    --------
    >>> from hevesy.protocol import ProtocolSite
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> day = date(2026, 1, 9)
    >>> rows = StudyRows(study="A", as_of=day, inclusions=(
    ...     InclusionRow(inclusion="I1", patient="P1", included_on=day, eligible=False,
    ...                  failure_reason="no lesion"),))
    >>> [(stage.name, stage.subjects) for stage in flow_of_study(rows, protocol).flow.stages]
    [('Screened', 1), ('Enrolled', 0), ('Treated', 0), ('Analysed', 0)]
    """
    counted = unit or protocol.units.flow
    if counted not in FLOW_UNITS:
        raise TrialError(
            "a flow counts inclusions or persons",
            got=counted,
            allowed=", ".join(FLOW_UNITS),
            remedy="name one of them",
        )
    if not rows.inclusions:
        raise TrialError(
            "nobody was screened in this study", remedy="record patients and inclusions first"
        )
    departures, faults = _departures(rows)
    treated = rows.treated
    courses = [_course(row, treated, departures, protocol) for row in rows.inclusions]
    faults += _contradictions(rows, departures)

    def by_inclusion(course: _Course) -> str:
        return course.inclusion.inclusion

    def by_person(course: _Course) -> str:
        return course.inclusion.patient

    name_of = by_inclusion
    if counted == "person":
        name_of = by_person
        courses = _furthest(courses)
    members = {
        stage: tuple(name_of(course) for course in courses if course.stage >= index)
        for index, stage in enumerate(STAGES)
    }
    left = _left(courses, protocol, name_of)
    flow = SubjectFlow(
        stages=tuple(
            FlowStage(
                name=stage,
                subjects=len(members[stage]),
                exits=tuple(
                    FlowExit(reason=reason, subjects=len(names))
                    for (of, reason), names in left.items()
                    if of == stage
                ),
            )
            for stage in STAGES
        )
    )
    return StudyFlow(
        flow=flow,
        unit=counted,
        members=members,
        left=left,
        faults=(*faults, *flow.faults),
        generated=_generated(rows),
    )


def _generated(rows: StudyRows) -> dict[str, int]:
    counts = {
        "inclusions": sum(row.generated for row in rows.inclusions),
        "administrations": sum(row.generated for row in rows.administrations),
        "departures": sum(row.generated for row in rows.departures),
    }
    return {name: n for name, n in counts.items() if n}


def _departures(rows: StudyRows) -> tuple[dict[str, DepartureRow], list[str]]:
    """The last departure of each inclusion, and what is wrong with them."""
    found: dict[str, DepartureRow] = {}
    faults = []
    known = {row.inclusion for row in rows.inclusions}
    for row in sorted(rows.departures, key=lambda one: (one.left_on, one.departure)):
        if row.inclusion in found:
            faults.append(f"{row.inclusion} left twice: {found[row.inclusion].departure} and "
                          f"{row.departure}")  # fmt: skip
        if row.inclusion not in known:
            faults.append(f"{row.departure} is of {row.inclusion}, which is not on record")
        found[row.inclusion] = row
    return found, faults


def _contradictions(rows: StudyRows, departures: Mapping[str, DepartureRow]) -> list[str]:
    faults = []
    known = {row.inclusion for row in rows.inclusions}
    first: dict[str, date] = {}
    for given in rows.administrations:
        if given.inclusion not in known:
            faults.append(f"{given.administration} is of {given.inclusion}, which is not on record")
        day = first.get(given.inclusion, given.given_on)
        first[given.inclusion] = min(day, given.given_on)
    for row in rows.inclusions:
        name, gone = row.inclusion, departures.get(row.inclusion)
        if name in first and not row.eligible and not row.violation:
            faults.append(f"{name} was treated and is not eligible")
        if row.failure_reason and (row.eligible or name in first):
            faults.append(f"{name} is {'treated' if name in first else 'eligible'}, and its "
                          f"screening failed")  # fmt: skip
        if not row.eligible and name not in first and not row.failure_reason:
            faults.append(f"{name} is not eligible, and no reason is recorded")
        if gone is not None and name in first and gone.left_on < first[name]:
            faults.append(f"{name} left on {gone.left_on}, before it was treated")
        if gone is not None and gone.kind == "completed" and name not in first:
            faults.append(f"{name} completed the study without a treatment")
    return faults


def _course(
    row: InclusionRow,
    treated: Iterable[str],
    departures: Mapping[str, DepartureRow],
    protocol: StudyProtocol,
) -> _Course:
    gone = departures.get(row.inclusion)
    if row.inclusion in treated:
        if gone is None or gone.kind == "completed":
            return _Course(inclusion=row, stage=3)
        return _Course(inclusion=row, stage=2, reason=_label(gone, protocol))
    if row.eligible:
        reason = NOT_TREATED if gone is None else _label(gone, protocol)
        return _Course(inclusion=row, stage=1, reason=reason)
    return _Course(inclusion=row, stage=0, reason=row.failure_reason or NO_REASON)


def _label(gone: DepartureRow, protocol: StudyProtocol) -> str:
    """The protocol's words for a departure where it lists it, else the kind and the reason."""
    listed = {(one.kind, one.reason) for one in protocol.departures}
    if gone.reason and (gone.kind, gone.reason) in listed:
        return gone.reason
    if (gone.kind, "") in listed or not gone.reason:
        return gone.kind
    return f"{gone.kind}: {gone.reason}"


def _furthest(courses: Iterable[_Course]) -> list[_Course]:
    best: dict[str, _Course] = {}
    for course in courses:
        other = best.setdefault(course.inclusion.patient, course)
        if _rank(course) > _rank(other):
            best[course.inclusion.patient] = course
    return list(best.values())


def _rank(course: _Course) -> tuple[int, date, str]:
    return course.stage, course.inclusion.included_on, course.inclusion.inclusion


def _left(
    courses: Iterable[_Course], protocol: StudyProtocol, name_of: Callable[[_Course], str]
) -> dict[tuple[str, str], tuple[str, ...]]:
    """Who left, by stage and reason: those that the protocol lists first, then the frequent."""
    found: dict[tuple[str, str], list[str]] = {
        (STAGES[0], reason): [] for reason in protocol.screen_failures
    }
    found |= {
        (STAGES[2], one.reason or one.kind): []
        for one in protocol.departures
        if one.kind != "completed"
    }
    listed = list(found)
    for course in courses:
        if course.reason:
            found.setdefault((STAGES[course.stage], course.reason), []).append(name_of(course))
    others = sorted(set(found) - set(listed), key=lambda key: (-len(found[key]), key))
    return {key: tuple(found[key]) for key in (*listed, *others)}
