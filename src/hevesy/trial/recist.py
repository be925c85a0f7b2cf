"""RECIST 1.1 and itRECIST: a response at each visit, with its reason, by exact arithmetic."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.trial.best_response import ResponseRules, best_response, is_confirmed
from hevesy.trial.lesions import LesionRow, LesionVisit, SubjectLesions, arrange_lesions
from hevesy.trial.target_sum import TargetState, judge_targets, number_text, was_gone

__all__ = ["CRITERIA", "GroupResponse", "SubjectResponse", "VisitResponse", "assess_response"]

CRITERIA = ("recist1.1", "itrecist")
MOST_TARGETS = 5
MOST_PER_ORGAN = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupResponse:
    """Injected, or non-injected, lesions at one visit.

    Parameters
    ----------
    sum_mm : Decimal or None
        Of the group's targets.
    target, nontarget, overall : str
    reason : str

    Raises
    ------
    TrialError
        No reason.

    Examples
    --------
    >>> GroupResponse(sum_mm=Decimal(20), target="SD", nontarget="none", overall="SD",
    ...               reason="-4.8 % of the baseline").overall
    'SD'
    """

    sum_mm: Decimal | None
    target: str
    nontarget: str
    overall: str
    reason: str

    def __post_init__(self) -> None:
        _require_reason(self.reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitResponse:
    """One visit.

    Parameters
    ----------
    visit : str
    day : int
    sum_mm : Decimal or None
        Of all targets; None where one was not measured, and without targets.
    target : str
        CR, PR, SD, PD, NE; "none" without targets; "baseline" at the first visit.
    nontarget : str
        CR, non-CR/non-PD, PD, NE; "none"; "baseline".
    new : bool
        A new lesion is known.
    overall : str
        CR, PR, SD, non-CR/non-PD, PD, NE; "baseline".
    reason : str
    groups : mapping of str to GroupResponse
        "injected" and "noninjected" under itRECIST.

    Raises
    ------
    TrialError
        No reason.

    Examples
    --------
    >>> VisitResponse(visit="V0", day=0, sum_mm=Decimal(49), target="baseline", nontarget="none",
    ...               new=False, overall="baseline", reason="1 target, 49 mm", groups={}).day
    0
    """

    visit: str
    day: int
    sum_mm: Decimal | None
    target: str
    nontarget: str
    new: bool
    overall: str
    reason: str
    groups: Mapping[str, GroupResponse]

    def __post_init__(self) -> None:
        _require_reason(self.reason)
        object.__setattr__(self, "groups", MappingProxyType(dict(self.groups)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectResponse:
    """One subject's course.

    Parameters
    ----------
    subject : str
    visits : tuple of VisitResponse
    best_overall, best_confirmed : str
    best_of_group : mapping of str to (str, str)
        Best and best confirmed response of injected and of non-injected lesions.
    notes : tuple of str

    Raises
    ------
    TrialError
        No visit.

    Examples
    --------
    >>> SubjectResponse(subject="1", visits=(), best_overall="NE", best_confirmed="NE",
    ...                 best_of_group={}, notes=())
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a course has no visit; give the baseline
    """

    subject: str
    visits: tuple[VisitResponse, ...]
    best_overall: str
    best_confirmed: str
    best_of_group: Mapping[str, tuple[str, str]]
    notes: tuple[str, ...]

    def __post_init__(self) -> None:
        if not self.visits:
            raise TrialError("a course has no visit", remedy="give the baseline")
        object.__setattr__(self, "best_of_group", MappingProxyType(dict(self.best_of_group)))


def _require_reason(reason: str) -> None:
    if not reason:
        raise TrialError("a response needs its reason", remedy="say from which sums it follows")


def assess_response(
    rows: Sequence[LesionRow], *, criteria: str, rules: ResponseRules
) -> tuple[SubjectResponse, ...]:
    """Assess every visit of every subject.

    Target lesions by their sum (`judge_targets`), non-targets by their status, new lesions by their
    presence, together by RECIST's tables 1 and 2. Once a PR is confirmed, a visit that is neither
    PR nor PD by its sums stays PR overall, as EORTC's answers to questions have it.

    Under itRECIST all targets, injected or not, make the overall response; each group has one of
    its own, over the lesions that are in it at that visit, compared with the same lesions before.
    A lesion is injected from the first visit that says so. A new lesion counts at each later visit,
    too, until it is recorded absent; it belongs to neither group.

    Limits: progression is not confirmed as in iRECIST; tumour markers are not seen.

    Parameters
    ----------
    rows : sequence of LesionRow
    criteria : str
        "recist1.1" or "itrecist".
    rules : ResponseRules

    Returns
    -------
    tuple of SubjectResponse

    Raises
    ------
    TrialError
        Unknown criteria; rows that contradict each other; more targets than the criteria allow.

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228. Goldmacher et al., J Clin Oncol 2020;38:2667.
    EORTC, RECIST frequently asked questions, "Managing PR when TP measurements change slightly".

    Examples
    --------
    >>> def row(visit, day, mm):
    ...     return LesionRow(row=2, subject="1", visit=visit, day=day, lesion="T1", role="target",
    ...                      organ="liver", node=False, injected=True, diameter_mm=Decimal(mm),
    ...                      too_small=False, status="present")
    >>> found = assess_response([row("V0", 0, "49"), row("V1", 42, "58.8")],
    ...                         criteria="recist1.1", rules=ResponseRules())
    >>> found[0].visits[1].overall, found[0].visits[1].reason
    ('PD', 'targets +20.0 % and +9.8 mm over the nadir of visit V0 (49 mm)')
    """
    if criteria not in CRITERIA:
        raise TrialError(
            "these response criteria are unknown",
            got=criteria,
            allowed=", ".join(CRITERIA),
            remedy="give one of them",
        )
    subjects = arrange_lesions(rows)
    _require_allowed_targets(subjects, criteria)
    return tuple(_assess(subject, criteria, rules) for subject in subjects)


def _require_allowed_targets(subjects: Sequence[SubjectLesions], criteria: str) -> None:
    problems = []
    for subject in subjects:
        targets = subject.of_role("target")
        groups: dict[str, list[LesionRow]] = {}
        if criteria == "recist1.1":
            groups["targets"] = list(targets)
            for row in targets:
                organ = "lymph nodes" if row.node else row.organ.casefold()
                groups.setdefault(f"targets in {organ}", []).append(row)
        else:
            for row in targets:
                name = "injected targets" if row.injected else "non-injected targets"
                groups.setdefault(name, []).append(row)
        for name, own in groups.items():
            most = MOST_PER_ORGAN if name.startswith("targets in") else MOST_TARGETS
            if len(own) > most:
                rows = ", ".join(str(row.row) for row in own)
                problems.append(f"rows {rows}: {len(own)} {name}, {most} are allowed")
    if problems:
        raise TrialError(
            f"too many targets for {criteria}",
            got="; ".join(problems[:25]),
            remedy="make the others non-targets, at every visit",
        )


def _assess(subject: SubjectLesions, criteria: str, rules: ResponseRules) -> SubjectResponse:
    targets = tuple(row.lesion for row in subject.of_role("target"))
    nontargets = tuple(row.lesion for row in subject.of_role("nontarget"))
    whole: list[GroupResponse] = []
    groups: dict[str, list[GroupResponse]] = {}
    names = ("injected", "noninjected") if criteria == "itrecist" else ()
    visits = []
    for i, visit in enumerate(subject.visits):
        new = _new_lesions(subject.visits[: i + 1])
        whole.append(_judge(subject.visits, i, targets, nontargets, new, whole, rules))
        here = {}
        for name in names:
            is_in = [
                tuple(x for x in own if _injected(subject.visits[: i + 1], x) == (name[0] == "i"))
                for own in (targets, nontargets)
            ]
            before = groups.setdefault(name, [])
            before.append(_judge(subject.visits, i, is_in[0], is_in[1], (), before, rules))
            here[name] = before[-1]
        visits.append(
            VisitResponse(
                visit=visit.name,
                day=visit.day,
                sum_mm=whole[i].sum_mm,
                target=whole[i].target,
                nontarget=whole[i].nontarget,
                new=bool(new),
                overall=whole[i].overall,
                reason=whole[i].reason,
                groups=here,
            )
        )
    return SubjectResponse(
        subject=subject.subject,
        visits=tuple(visits),
        best_overall=_best(subject, whole, rules, confirmed=False),
        best_confirmed=_best(subject, whole, rules, confirmed=True),
        best_of_group={
            name: (
                _best(subject, own, rules, confirmed=False),
                _best(subject, own, rules, confirmed=True),
            )
            for name, own in groups.items()
        },
        notes=_notes(subject),
    )


def _best(
    subject: SubjectLesions,
    course: Sequence[GroupResponse],
    rules: ResponseRules,
    *,
    confirmed: bool,
) -> str:
    first = subject.visits[0].day
    pairs = [
        (visit.day - first, found.overall)
        for visit, found in zip(subject.visits[1:], course[1:], strict=True)
        if found.overall != "none"
    ]
    return best_response(pairs, rules, confirmed=confirmed)


def _injected(visits: Sequence[LesionVisit], lesion: str) -> bool:
    return any(lesion in visit.rows and visit.rows[lesion].injected for visit in visits)


def _new_lesions(visits: Sequence[LesionVisit]) -> tuple[str, ...]:
    """New lesions that are known at the last of these visits."""
    known: dict[str, None] = {}
    for visit in visits:
        for name, row in visit.rows.items():
            if row.role != "new":
                continue
            if row.status in {"present", "unequivocal-progression"}:
                known[name] = None
            elif row.status == "absent":
                known.pop(name, None)
    return tuple(known)


def _judge(
    visits: Sequence[LesionVisit],
    i: int,
    targets: Sequence[str],
    nontargets: Sequence[str],
    new: Sequence[str],
    before: Sequence[GroupResponse],
    rules: ResponseRules,
) -> GroupResponse:
    in_response = [found.overall for found in before if found.overall not in {"NE", "none"}]
    was_complete = bool(in_response) and in_response[-1] == "CR"
    state = judge_targets(visits, i, targets, was_complete=was_complete)
    nontarget, why = _nontargets(visits[: i + 1], nontargets, was_complete=was_complete)
    if i == 0:
        label = "baseline" if targets or nontargets else "none"
        return GroupResponse(
            sum_mm=state.sum_mm,
            target="baseline" if targets else "none",
            nontarget="baseline" if nontargets else "none",
            overall=label,
            reason=state.reason if targets else f"baseline of {len(nontargets)} non-targets",
        )
    overall = _overall(state.response, nontarget, bool(new))
    reason = _reason(overall, state, nontarget, why, new)
    course = [(v.day, found.overall) for v, found in zip(visits, before, strict=False)]
    if overall == "SD" and _held(course, rules):
        overall, reason = "PR", f"a confirmed PR holds until progression; {reason}"
    return GroupResponse(
        sum_mm=state.sum_mm,
        target=state.response,
        nontarget=nontarget,
        overall=overall,
        reason=reason,
    )


def _held(course: Sequence[tuple[int, str]], rules: ResponseRules) -> bool:
    """Whether a response was confirmed before and no progression followed (EORTC's reading)."""
    if any(overall == "PD" for _, overall in course):
        return False
    return is_confirmed(course, ("PR", "CR"), rules)


def _nontargets(
    visits: Sequence[LesionVisit], nontargets: Sequence[str], *, was_complete: bool
) -> tuple[str, str]:
    if not nontargets:
        return "none", ""
    visit = visits[-1]
    rows = {name: visit.rows.get(name) for name in nontargets}
    progressed = [n for n, r in rows.items() if r and r.status == "unequivocal-progression"]
    if progressed:
        return "PD", f"unequivocal progression of {', '.join(progressed)}"
    unknown = [n for n, r in rows.items() if r is None or r.status == "not-evaluable"]
    remain = [n for n, r in rows.items() if r and r.status == "present" and not r.gone]
    back = [name for name in remain if was_complete and was_gone(visits[:-1], name)]
    if back:
        return "PD", f"{', '.join(back)} reappeared after a complete response"
    if unknown:
        return "NE", f"{', '.join(unknown)} not evaluated"
    if remain:
        return "non-CR/non-PD", f"{', '.join(remain)} still there"
    return "CR", "all non-targets gone"


def _overall(target: str, nontarget: str, new: bool) -> str:
    """Tables 1 and 2 of RECIST 1.1."""
    if new or "PD" in {target, nontarget}:
        return "PD"
    if target == "none":
        return nontarget
    if target == "CR":
        return "CR" if nontarget in {"CR", "none"} else "PR"
    return target


def _reason(overall: str, state: TargetState, nontarget: str, why: str, new: Sequence[str]) -> str:
    parts = []
    if state.response != "none":
        parts.append(f"targets {state.reason}")
    if why and (nontarget == "PD" or overall != "PD") and nontarget != "none":
        parts.append(f"non-targets: {why}" if nontarget != "PD" else why)
    if new:
        parts.append(f"new lesion {', '.join(new)}")
    return "; ".join(parts) or "no lesion of this group"


def _notes(subject: SubjectLesions) -> tuple[str, ...]:
    notes = []
    for row in subject.of_role("target"):
        least = Decimal(15 if row.node else 10)
        if row.diameter_mm is not None and row.diameter_mm < least:
            kind = "a node's short axis" if row.node else "a target"
            notes.append(
                f"{row.lesion}: {number_text(row.diameter_mm)} mm at the baseline is not "
                f"measurable ({kind} must be {least} mm or more)"
            )
    if len(subject.visits) == 1:
        notes.append("no visit after the baseline")
    return tuple(notes)
