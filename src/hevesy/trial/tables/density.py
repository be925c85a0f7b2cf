"""Table of density and blood supply by visit: lesions that lose their blood before they shrink."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hevesy.trial.choi import ChoiResponse, assess_choi
from hevesy.trial.rows import AssessmentRow
from hevesy.trial.tables.analysis import StudyAnalysis
from hevesy.trial.tables.cell import CountCell, Member, RowKey, StudyTable, TableRow
from hevesy.trial.tables.course import LesionCourse, size_of
from hevesy.trial.tables.statistics import describe, exact
from hevesy.trial.words import BLOOD_SUPPLY

__all__ = ["DensityCourse", "has_density", "tabulate_density", "trace_density"]

_CHOI = ("CR", "PR", "SD", "PD", "NE")
_BASELINE = ""  # no visit is called so
_NOT_RECORDED = "not recorded"
_NOT_KNOWN = "not known"
_DESCRIBED = 3  # median, quartiles, range


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """One target lesion at one visit, beside its baseline."""

    visit: str
    day: int
    injected: bool
    member: Member
    row: AssessmentRow
    before: AssessmentRow
    choi: ChoiResponse | None


@dataclass(frozen=True, slots=True, kw_only=True)
class DensityCourse:
    """One target lesion's density over time.

    Parameters
    ----------
    lesion : (str, str)
    injected : bool
        Ever.
    points : tuple of (int, Decimal, (str, str))
        Day since the first administration, density in HU, and the assessment; the baseline first.
    """

    lesion: RowKey
    injected: bool
    points: tuple[tuple[int, Decimal, RowKey], ...]


def trace_density(analysis: StudyAnalysis) -> tuple[DensityCourse, ...]:
    """Density of each target lesion from its baseline on; visits without it are left out.

    Parameters
    ----------
    analysis : StudyAnalysis

    Returns
    -------
    tuple of DensityCourse
        Lesions with a density at the baseline and at a later visit.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> rows = sample_rows()
    >>> dense = tuple(replace(a, density_hu=Decimal(60)) for a in rows.assessments)
    >>> courses = trace_density(
    ...     prepare_analysis(replace(rows, assessments=dense), options=TableOptions()))
    >>> [(day, int(hu)) for day, hu, _ in courses[0].points]
    [(-5, 60), (41, 60), (81, 60)]
    """
    by_key = {("lesion_assessment", row.assessment): row for row in analysis.rows.assessments}
    found = []
    for unit in analysis.units:
        course = analysis.courses[unit.key]
        lesions: dict[RowKey, list[_Seen]] = {}
        for seen in _lesions(analysis, course, by_key):
            lesions.setdefault(seen.member.unit, []).append(seen)
        for lesion, steps in lesions.items():
            if course.response is None or steps[0].row.density_hu is None:
                continue
            first = course.response.visits[0].day
            points = tuple(
                (
                    first if seen.visit == _BASELINE else seen.day,
                    seen.row.density_hu,
                    ("lesion_assessment", seen.row.assessment),
                )
                for seen in steps
                if seen.row.density_hu is not None
            )
            if len(points) > 1:
                found.append(
                    DensityCourse(lesion=lesion, injected=steps[0].injected, points=points)
                )
    return tuple(found)


def has_density(analysis: StudyAnalysis) -> bool:
    """Whether a density or a blood supply is on record at all.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> has_density(prepare_analysis(sample_rows(), options=TableOptions()))
    False
    """
    return any(row.density_hu is not None or row.blood_supply for row in analysis.rows.assessments)


def tabulate_density(analysis: StudyAnalysis) -> StudyTable:
    """Table of each visit's target lesions: category by Choi, change of density, blood supply.

    Examples
    --------
    >>> from dataclasses import replace
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> rows = sample_rows()
    >>> dense = tuple(replace(a, density_hu=Decimal(60)) for a in rows.assessments)
    >>> table = tabulate_density(
    ...     prepare_analysis(replace(rows, assessments=dense), options=TableOptions()))
    >>> [(row.heading, row.cells[0].text) for row in table.rows if "V1: Choi" in row.group][1:3]
    [('PR', '1 (50.0 %)'), ('SD', '1 (50.0 %)')]
    """
    by_key = {("lesion_assessment", row.assessment): row for row in analysis.rows.assessments}
    found = [
        seen
        for unit in analysis.units
        for seen in _lesions(analysis, analysis.courses[unit.key], by_key)
    ]
    lesions = {seen.member.unit: seen.injected for seen in found}
    names = ("all", "injected", "not injected")
    own = (
        list(lesions),
        [key for key, injected in lesions.items() if injected],
        [key for key, injected in lesions.items() if not injected],
    )
    rows: list[TableRow] = []
    by_visit: dict[str, list[_Seen]] = {}
    for seen in found:
        by_visit.setdefault(seen.visit, []).append(seen)
    for visit in _visits(found):
        here = by_visit.get(visit, [])
        columns = (
            here,
            [seen for seen in here if seen.injected],
            [seen for seen in here if not seen.injected],
        )
        rows += _visit_rows(visit, columns)
    return StudyTable(
        name="density",
        caption="Density and blood supply of the target lesions by visit",
        unit=f"target lesions with a baseline, N = {len(lesions)}",
        columns=tuple(f"{name} (N = {len(keys)})" for name, keys in zip(names, own, strict=True)),
        rows=tuple(rows),
        notes=(
            "As recorded: mean density under the outline, HU, and blood supply on contrast CT. "
            "Percentages are of the lesions that were assessed at the visit. Choi's categories "
            "are of each lesion by itself, by its own size and density (10 % or 15 %): a "
            "description; new lesions are in the table of responses. NE where the density or the "
            "size that decides is not known; of a baseline below 20 HU no share is taken. The "
            "size of a lymph node is its short axis. Lesions of one person are not independent.",
        ),
    )


def _lesions(
    analysis: StudyAnalysis, course: LesionCourse, by_key: Mapping[RowKey, AssessmentRow]
) -> Iterator[_Seen]:
    """Every target of a course at its baseline and at each later visit."""
    if course.response is None:
        return
    visits = course.response.visits
    first = [visit.visit for visit in visits if visit.day == visits[0].day]
    start = {by_key[key].lesion: key for visit in first for key in course.rows[visit]}
    for lesion, (injected, steps) in course.lesions.items():
        before_key = start[lesion]
        before = by_key[before_key]
        yield _seen(analysis, _BASELINE, 0, injected, (before_key,), before, before)
        for day, _, key in steps:
            row = by_key[key]
            yield _seen(analysis, row.visit, day, injected, (key, before_key), row, before)


def _seen(
    analysis: StudyAnalysis,
    visit: str,
    day: int,
    injected: bool,
    keys: tuple[RowKey, ...],
    row: AssessmentRow,
    before: AssessmentRow,
) -> _Seen:
    size_mm = size_of(before)
    choi = None
    if row is not before and size_mm:
        choi = assess_choi(
            baseline_mm=size_mm,
            size_mm=size_of(row),
            baseline_hu=before.density_hu,
            density_hu=row.density_hu,
        )
    member = analysis.member(("lesion", row.lesion), keys)
    return _Seen(
        visit=visit, day=day, injected=injected, member=member, row=row, before=before, choi=choi
    )


def _visits(found: Sequence[_Seen]) -> list[str]:
    """The baseline, then the visits by the earliest day on which one took place."""
    days: dict[str, int] = {}
    for seen in found:
        if seen.visit != _BASELINE:
            days[seen.visit] = min(days.get(seen.visit, seen.day), seen.day)
    later = sorted(days, key=lambda visit: (days[visit], visit))
    return [_BASELINE, *later] if found else []


def _visit_rows(visit: str, columns: tuple[list[_Seen], ...]) -> Iterator[TableRow]:
    if visit == _BASELINE:
        yield from _figures("Baseline", "density, HU", columns, lambda seen: seen.row.density_hu)
    else:
        yield from _counts(
            f"{visit}: Choi, each lesion by itself", _CHOI, columns,
            lambda seen: seen.choi.category if seen.choi else "NE",
        )  # fmt: skip
        yield from _figures(visit, "change of density, HU", columns, _change_hu)
        yield from _figures(visit, "change of density, %", columns, _change_percent)
    words = [seen.row.blood_supply for seen in columns[0]]
    levels = [word for word in BLOOD_SUPPLY if word in words]
    yield from _counts(
        f"{visit or 'Baseline'}: blood supply", (*levels, _NOT_RECORDED), columns,
        lambda seen: seen.row.blood_supply or _NOT_RECORDED,
    )  # fmt: skip


def _change_hu(seen: _Seen) -> Decimal | None:
    now, before = seen.row.density_hu, seen.before.density_hu
    return None if now is None or before is None else now - before


def _change_percent(seen: _Seen) -> Decimal | None:
    return seen.choi.density_change_percent if seen.choi else None


def _counts(
    group: str,
    levels: Sequence[str],
    columns: tuple[list[_Seen], ...],
    level_of: Callable[[_Seen], str],
) -> Iterator[TableRow]:
    sorted_in: list[dict[str, list[Member]]] = []
    for column in columns:
        members: dict[str, list[Member]] = {level: [] for level in levels}
        for seen in column:
            members.setdefault(level_of(seen), []).append(seen.member)
        sorted_in.append(members)
    for level in levels:
        yield TableRow(
            heading=level,
            cells=tuple(
                CountCell(members=tuple(members[level]), denominator=len(column))
                for column, members in zip(columns, sorted_in, strict=True)
            ),
            group=group,
        )


def _figures(
    visit: str,
    what: str,
    columns: tuple[list[_Seen], ...],
    value_of: Callable[[_Seen], Decimal | None],
) -> Iterator[TableRow]:
    unit = what.rpartition(", ")[2]
    described = []
    for column in columns:
        known = [(seen, value_of(seen)) for seen in column]
        values: list[Fraction] = [exact(value) for _, value in known if value is not None]
        made_up = sum(seen.member.generated for seen, value in known if value is not None)
        described.append(describe(values, unit=unit, decimals=1, generated=made_up)[:_DESCRIBED])
    for cells in zip(*described, strict=True):
        yield TableRow(
            heading=cells[0][0], cells=tuple(cell for _, cell in cells), group=f"{visit}: {what}"
        )
    yield from _counts(
        f"{visit}: {what}", (_NOT_KNOWN,), columns,
        lambda seen: _NOT_KNOWN if value_of(seen) is None else "",
    )  # fmt: skip
