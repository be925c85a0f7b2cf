"""Lesions as they were measured, visit by visit, and what their rows contradict."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise
from types import MappingProxyType

from hevesy.errors import TrialError

__all__ = [
    "ROLES",
    "STATUSES",
    "LesionRow",
    "LesionVisit",
    "SubjectLesions",
    "arrange_lesions",
    "lesion_fault",
    "size_in_sum_mm",
]

ROLES = ("target", "nontarget", "new")
STATUSES = ("present", "absent", "unequivocal-progression", "not-evaluable")
TOO_SMALL_MM = Decimal(5)  # RECIST 1.1, 4.3.2: seen, but too small to measure
NODE_NORMAL_MM = Decimal(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionRow:
    """One lesion at one visit.

    Parameters
    ----------
    row : int
        Where it stands in its table, for messages.
    subject, visit : str
    day : int
        Of the study.
    lesion : str
    role : str
        One of `ROLES`.
    organ : str
    node : bool
        A lymph node: its diameter is the short axis.
    injected : bool
        Injected by this visit.
    diameter_mm : Decimal or None
        None where none was recorded.
    too_small : bool
        Present, but too small to measure: 5 mm.
    status : str
        One of `STATUSES`.

    Raises
    ------
    TrialError
        A value that contradicts the status or the role.

    Examples
    --------
    >>> LesionRow(row=2, subject="1", visit="V0", day=0, lesion="T1", role="target", organ="liver",
    ...           node=False, injected=True, diameter_mm=Decimal("31.5"), too_small=False,
    ...           status="present").size_mm
    Decimal('31.5')
    """

    row: int
    subject: str
    visit: str
    day: int
    lesion: str
    role: str
    organ: str
    node: bool
    injected: bool
    diameter_mm: Decimal | None
    too_small: bool
    status: str

    def __post_init__(self) -> None:
        fault = self._fault()
        if fault:
            raise TrialError(f"row {self.row}: {fault}", remedy="correct the row")

    def _fault(self) -> str:
        if not (self.subject and self.visit and self.lesion and self.organ):
            return "subject, visit, lesion or organ is empty"
        return lesion_fault(
            role=self.role,
            status=self.status,
            diameter_mm=self.diameter_mm,
            too_small=self.too_small,
        )

    @property
    def size_mm(self) -> Decimal | None:
        """What goes into a sum, mm: 0 if absent, 5 if too small to measure, None if unknown."""
        return size_in_sum_mm(self.status, self.diameter_mm, too_small=self.too_small)

    @property
    def gone(self) -> bool:
        """Absent, or a lymph node with a normal short axis (below 10 mm)."""
        size_mm = self.size_mm
        if self.node:
            return size_mm is not None and size_mm < NODE_NORMAL_MM
        return self.status == "absent"


def size_in_sum_mm(status: str, diameter_mm: Decimal | None, *, too_small: bool) -> Decimal | None:
    """What of a lesion goes into a sum, mm: 0 if absent, 5 if too small, None if unknown.

    Parameters
    ----------
    status : str
        One of `STATUSES`.
    diameter_mm : Decimal or None
    too_small : bool

    Returns
    -------
    Decimal or None

    Examples
    --------
    >>> size_in_sum_mm("present", None, too_small=True)
    Decimal('5')
    """
    if status == "absent":
        return Decimal(0)
    if too_small:
        return TOO_SMALL_MM
    return diameter_mm if status != "not-evaluable" else None


def lesion_fault(*, role: str, status: str, diameter_mm: Decimal | None, too_small: bool) -> str:
    """Say what contradicts itself in one lesion's assessment; empty if nothing does.

    Parameters
    ----------
    role, status : str
        Of `ROLES` and `STATUSES`.
    diameter_mm : Decimal or None
    too_small : bool

    Returns
    -------
    str

    Examples
    --------
    >>> lesion_fault(role="target", status="absent", diameter_mm=Decimal(3), too_small=False)
    'absent with a diameter'
    """
    if role not in ROLES or status not in STATUSES:
        return f"role {role!r} or status {status!r} is unknown"
    if diameter_mm is not None and (not diameter_mm.is_finite() or diameter_mm < 0):
        return f"diameter_mm can't be {diameter_mm}"
    if role == "target" and status == "unequivocal-progression":
        return "a target is measured; unequivocal-progression is said of non-targets"
    if status == "present" and diameter_mm == 0:
        return "present with a diameter of 0 mm; an invisible lesion is absent"
    if status == "absent" and (too_small or diameter_mm):
        return "absent with a diameter"
    if status == "not-evaluable" and (too_small or diameter_mm is not None):
        return "not-evaluable with a diameter"
    return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionVisit:
    """All rows of one subject at one visit.

    Parameters
    ----------
    name : str
    day : int
    rows : mapping of str to LesionRow
        By lesion.

    Raises
    ------
    TrialError
        No row.

    Examples
    --------
    >>> LesionVisit(name="V0", day=0, rows={})
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a visit has no lesion: got 'V0'; leave the visit out
    """

    name: str
    day: int
    rows: Mapping[str, LesionRow]

    def __post_init__(self) -> None:
        if not self.rows:
            raise TrialError("a visit has no lesion", got=self.name, remedy="leave the visit out")
        object.__setattr__(self, "rows", MappingProxyType(dict(self.rows)))


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectLesions:
    """One subject's visits in order of their days; the first is the baseline.

    Parameters
    ----------
    subject : str
    visits : tuple of LesionVisit

    Raises
    ------
    TrialError
        No visit, or days that do not grow.

    Examples
    --------
    >>> SubjectLesions(subject="1", visits=())
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a subject has no visit; give a baseline
    """

    subject: str
    visits: tuple[LesionVisit, ...]

    def __post_init__(self) -> None:
        if not self.visits:
            raise TrialError("a subject has no visit", remedy="give a baseline")
        days = [visit.day for visit in self.visits]
        if any(b <= a for a, b in pairwise(days)):
            raise TrialError("visits must have days of their own", got=days, remedy="correct them")

    def of_role(self, role: str) -> tuple[LesionRow, ...]:
        """The baseline's rows of a role, in the order of the table."""
        return tuple(row for row in self.visits[0].rows.values() if row.role == role)


def arrange_lesions(rows: Sequence[LesionRow]) -> tuple[SubjectLesions, ...]:
    """Put rows in order and refuse what contradicts itself, all of it at once.

    Parameters
    ----------
    rows : sequence of LesionRow

    Returns
    -------
    tuple of SubjectLesions
        In the order in which subjects appear.

    Raises
    ------
    TrialError
        A lesion twice at one visit, without a baseline, or of another role, organ or kind than at
        baseline; a visit of two days; a baseline that was not measured. Rows are named, subjects
        are not.

    Examples
    --------
    >>> arrange_lesions([])
    ()
    """
    by_subject: dict[str, list[LesionRow]] = {}
    for row in rows:
        by_subject.setdefault(row.subject, []).append(row)
    problems: list[str] = []
    arranged = []
    for subject, own in by_subject.items():
        found = _contradictions(own)
        problems += found
        if not found:
            arranged.append(SubjectLesions(subject=subject, visits=_visits(own)))
    if problems:
        raise TrialError(
            f"{len(problems)} problem{'s' if len(problems) > 1 else ''} with the lesions",
            got=_joined(problems),
            remedy="correct these rows; nothing was assessed",
        )
    return tuple(arranged)


def _joined(problems: Sequence[str], most: int = 25) -> str:
    more = f"; and {len(problems) - most} more" if len(problems) > most else ""
    return "; ".join(problems[:most]) + more


def _visits(rows: Iterable[LesionRow]) -> tuple[LesionVisit, ...]:
    days: dict[int, list[LesionRow]] = {}
    for row in rows:
        days.setdefault(row.day, []).append(row)
    return tuple(
        LesionVisit(name=own[0].visit, day=day, rows={row.lesion: row for row in own})
        for day, own in sorted(days.items())
    )


def _contradictions(rows: Sequence[LesionRow]) -> list[str]:
    problems = []
    day_of: dict[str, LesionRow] = {}
    visit_of: dict[int, LesionRow] = {}
    seen: dict[tuple[int, str], LesionRow] = {}
    for row in rows:
        first = day_of.setdefault(row.visit, row)
        if first.day != row.day:
            problems.append(
                f"row {row.row}: visit {row.visit} on day {row.day}, in row {first.row} on day "
                f"{first.day}"
            )
        other = visit_of.setdefault(row.day, row)
        if other.visit != row.visit:
            problems.append(
                f"row {row.row}: day {row.day} is visit {row.visit}, in row {other.row} "
                f"{other.visit}"
            )
        before = seen.setdefault((row.day, row.lesion), row)
        if before is not row:
            problems.append(
                f"row {row.row}: lesion {row.lesion} stands at visit {row.visit} in row "
                f"{before.row} already"
            )
    baseline_day = min(row.day for row in rows)
    baseline = {row.lesion: row for row in rows if row.day == baseline_day}
    for row in rows:
        fault = _at_baseline(row) if row.day == baseline_day else _since(row, baseline)
        if fault:
            problems.append(f"row {row.row}: {fault}")
    known = [row for row in baseline.values() if row.role != "new"]
    if not known:
        problems.append(f"row {rows[0].row}: this subject's baseline has no lesion")
    return problems


def _at_baseline(row: LesionRow) -> str:
    if row.role == "new":
        return f"lesion {row.lesion} is new at the baseline"
    if row.status != "present":
        return f"lesion {row.lesion} is {row.status} at the baseline"
    if row.role == "target" and row.diameter_mm is None:
        return f"target {row.lesion} has no diameter at the baseline"
    return ""


def _since(row: LesionRow, baseline: Mapping[str, LesionRow]) -> str:
    first = baseline.get(row.lesion)
    if row.role == "new":
        return f"lesion {row.lesion} is new, but was there at the baseline" if first else ""
    if first is None:
        return f"{row.role} {row.lesion} has no baseline (what appears later is new)"
    for what in ("role", "node", "organ"):
        was, now = getattr(first, what), getattr(row, what)
        if str(was).casefold() != str(now).casefold():
            return f"lesion {row.lesion}: {what} is {now}, at the baseline it was {was}"
    return ""
