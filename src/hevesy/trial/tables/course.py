"""The lesions of each treated inclusion over time: responses, sums and their changes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.trial.best_response import ResponseRules
from hevesy.trial.lesions import LesionRow, size_in_sum_mm
from hevesy.trial.recist import SubjectResponse, VisitResponse, assess_response
from hevesy.trial.rows import AssessmentRow, StudyRows
from hevesy.trial.tables.cell import RowKey

__all__ = ["GROUPS", "STATES", "LesionCourse", "assess_courses", "size_of"]

GROUPS = ("all", "injected", "noninjected")
STATES = ("assessed", "no baseline", "no later visit", "contradictory")


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionCourse:
    """Lesions of one inclusion, from its baseline on.

    Parameters
    ----------
    state : str
        One of `STATES`. The baseline is the last visit on the day of the first administration or
        before it; without one nothing is compared.
    problem : str
        Why rows contradict each other; empty otherwise.
    response : SubjectResponse or None
        Days count from the first administration; a visit's day is that of its first assessment.
    rows : mapping of str to tuple of (str, str)
        Assessments of each visit.
    changes : mapping of str to tuple of (int, Fraction or None)
        For each of `GROUPS` that has targets: day, and change of the sum of the same targets from
        the baseline, per cent; None where one was not measured. A target belongs to the injected
        ones if it was ever injected.
    lesions : mapping of str to (bool, tuple of (int, Fraction or None, (str, str)))
        For each target: ever injected; day, change of its diameter in per cent, and the row.
    generated : bool
        A row behind it was made up to fit published margins.
    """

    state: str
    problem: str = ""
    response: SubjectResponse | None = None
    rows: Mapping[str, tuple[RowKey, ...]] = field(default_factory=dict)
    changes: Mapping[str, tuple[tuple[int, Fraction | None], ...]] = field(default_factory=dict)
    lesions: Mapping[str, tuple[bool, tuple[tuple[int, Fraction | None, RowKey], ...]]] = field(
        default_factory=dict
    )
    generated: bool = False

    def __post_init__(self) -> None:
        for name in ("rows", "changes", "lesions"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    @property
    def later(self) -> tuple[VisitResponse, ...]:
        """Assessed visits after the baseline."""
        return self.response.visits[1:] if self.response else ()

    def first(self, overall: Sequence[str]) -> VisitResponse | None:
        """First visit after the baseline with one of these overall responses."""
        return next((visit for visit in self.later if visit.overall in overall), None)

    def best(self, *, confirmed: bool, group: str = "all") -> str:
        """Best response; the state where there is none, "none" for a group without lesions."""
        if self.response is None or self.state != "assessed":
            return self.state
        if group == "all":
            whole = self.response
            return whole.best_confirmed if confirmed else whole.best_overall
        if not any(v.groups[group].overall not in {"none", "baseline"} for v in self.later):
            return "none"
        return self.response.best_of_group[group][int(confirmed)]

    def best_change(self, group: str) -> Fraction | None:
        """Least change of a group's sum up to the first progression of that group, per cent."""
        until = next((v.day for v in self.later if self._overall(v, group) == "PD"), None)
        found = [
            change
            for day, change in self.changes.get(group, ())
            if change is not None and (until is None or day <= until)
        ]
        return min(found, default=None)

    @staticmethod
    def _overall(visit: VisitResponse, group: str) -> str:
        return visit.groups[group].overall if group in visit.groups else visit.overall


def assess_courses(
    rows: StudyRows,
    started_on: Mapping[str, date],
    *,
    criteria: str,
    rules: ResponseRules,
) -> dict[str, LesionCourse]:
    """Assess each inclusion by itself: one that contradicts itself does not hide the others.

    Parameters
    ----------
    rows : StudyRows
    started_on : mapping of str to date
        Day of the first administration of each inclusion that is wanted.
    criteria : str
    rules : ResponseRules

    Returns
    -------
    dict of str to LesionCourse
        By inclusion.

    Examples
    --------
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> courses = assess_courses(sample_rows(), {"I1": date(2026, 1, 10)}, criteria="recist1.1",
    ...                          rules=ResponseRules())
    >>> courses["I1"].best(confirmed=False), courses["I1"].best_change("all")
    ('PR', Fraction(-40, 1))
    """
    own: dict[str, list[AssessmentRow]] = {}
    for row in rows.assessments:
        if row.inclusion in started_on:
            own.setdefault(row.inclusion, []).append(row)
    return {
        name: _course(own.get(name, ()), start, criteria, rules)
        for name, start in started_on.items()
    }


def _course(
    rows: Sequence[AssessmentRow], start: date, criteria: str, rules: ResponseRules
) -> LesionCourse:
    dates: dict[str, date] = {}
    for row in rows:
        dates[row.visit] = min(dates.get(row.visit, row.assessed_on), row.assessed_on)
    before = [day for day in dates.values() if day <= start]
    if not before:
        return LesionCourse(state="no baseline")
    baseline = max(before)
    used = [row for row in rows if dates[row.visit] >= baseline]
    keys: dict[str, tuple[RowKey, ...]] = {}
    for row in used:
        keys[row.visit] = (*keys.get(row.visit, ()), ("lesion_assessment", row.assessment))
    generated = any(row.generated for row in used)
    try:
        lesion_rows = [
            _lesion_row(i, row, (dates[row.visit] - start).days) for i, row in enumerate(used)
        ]
        response = assess_response(lesion_rows, criteria=criteria, rules=rules)[0]
    except TrialError as error:
        said = re.sub(r"row (\d+)", lambda found: used[int(found[1])].assessment, str(error))
        return LesionCourse(state="contradictory", problem=said, rows=keys, generated=generated)
    lesions = _lesion_changes(lesion_rows, used, response.visits[0].day)
    return LesionCourse(
        state="assessed" if len(response.visits) > 1 else "no later visit",
        response=response,
        rows=keys,
        changes=_changes(lesion_rows, response.visits, lesions),
        lesions=lesions,
        generated=generated,
    )


def _lesion_row(i: int, row: AssessmentRow, day: int) -> LesionRow:
    return LesionRow(
        row=i,
        subject=row.inclusion,
        visit=row.visit,
        day=day,
        lesion=row.lesion,
        role=row.role,
        organ=row.organ,
        node=row.node,
        injected=row.injected,
        diameter_mm=row.diameter_mm,
        too_small=row.too_small,
        status=row.status,
    )


def size_of(row: AssessmentRow) -> Decimal | None:
    """Size of a lesion as a sum takes it, mm: 0 if absent; None if unknown.

    Parameters
    ----------
    row : AssessmentRow

    Returns
    -------
    Decimal or None

    Examples
    --------
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> size_of(sample_rows().assessments[0])
    Decimal('50')
    """
    return size_in_sum_mm(row.status, row.diameter_mm, too_small=row.too_small)


def _lesion_changes(
    rows: Sequence[LesionRow], recorded: Sequence[AssessmentRow], baseline: int
) -> dict[str, tuple[bool, tuple[tuple[int, Fraction | None, RowKey], ...]]]:
    first = {r.lesion: r.size_mm for r in rows if r.day == baseline and r.role == "target"}
    injected = {row.lesion for row in rows if row.injected}
    found: dict[str, list[tuple[int, Fraction | None, RowKey]]] = {name: [] for name in first}
    for row, source in zip(rows, recorded, strict=True):
        if row.lesion in found and row.day > baseline:
            key = ("lesion_assessment", source.assessment)
            found[row.lesion].append((row.day, _percent(row.size_mm, first[row.lesion]), key))
    return {
        name: (name in injected, tuple(sorted(course, key=lambda step: step[0])))
        for name, course in found.items()
    }


def _changes(
    rows: Sequence[LesionRow],
    visits: Sequence[VisitResponse],
    lesions: Mapping[str, tuple[bool, object]],
) -> dict[str, tuple[tuple[int, Fraction | None], ...]]:
    sizes = {(row.lesion, row.day): row.size_mm for row in rows}
    groups = {
        "all": tuple(lesions),
        "injected": tuple(name for name, (injected, _) in lesions.items() if injected),
        "noninjected": tuple(name for name, (injected, _) in lesions.items() if not injected),
    }
    changes = {}
    for group, names in groups.items():
        if names:
            sums = [_sum([sizes.get((name, visit.day)) for name in names]) for visit in visits]
            changes[group] = tuple(
                (visit.day, _percent(now, sums[0]))
                for visit, now in zip(visits[1:], sums[1:], strict=True)
            )
    return changes


def _sum(sizes: Sequence[Decimal | None]) -> Decimal | None:
    known = [size for size in sizes if size is not None]
    return sum(known, Decimal(0)) if len(known) == len(sizes) else None


def _percent(now: Decimal | None, before: Decimal | None) -> Fraction | None:
    if now is None or not before:
        return None
    (a, b), (c, d) = now.as_integer_ratio(), before.as_integer_ratio()
    return Fraction(100 * (a * d - b * c), b * c)
