"""Tables of response: best overall response with exact rates, and each target lesion's change."""

from collections.abc import Callable
from fractions import Fraction

from hevesy.trial.tables.analysis import AnalysisUnit, StudyAnalysis
from hevesy.trial.tables.cell import CountCell, Member, RowKey, StudyTable, TableRow
from hevesy.trial.tables.course import LesionCourse

__all__ = ["BEST", "tabulate_lesions", "tabulate_responses"]

BEST = ("CR", "PR", "SD", "non-CR/non-PD", "PD", "NE")
_WORDS = {
    "CR": "complete response",
    "PR": "partial response",
    "SD": "stable disease",
    "non-CR/non-PD": "neither complete response nor progression",
    "PD": "progression",
    "NE": "not evaluable",
    "none": "no lesion of this group",
    "no baseline": "no baseline before treatment",
    "no later visit": "no visit after the baseline",
    "contradictory": "rows contradict each other: not assessed",
}
_RATES = (
    ("objective response (CR or PR)", ("CR", "PR")),
    ("disease control (CR, PR, SD or non-CR/non-PD)", ("CR", "PR", "SD", "non-CR/non-PD")),
)
_GROUP_NAMES = {
    "all": "Overall",
    "injected": "Injected lesions",
    "noninjected": "Lesions that were not injected",
}


def tabulate_responses(analysis: StudyAnalysis) -> StudyTable:
    """Table of the best response, without and with confirmation.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_responses(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [cell.text for cell in table.rows[1].cells]
    ['1 (33.3 %)', '1 (33.3 %)']
    """
    itrecist = analysis.options.criteria == "itrecist"
    rows = []
    for group in ("all", "injected", "noninjected") if itrecist else ("all",):
        states = (*BEST, *(("none",) if group != "all" else ()), *list(_WORDS)[7:])
        named = [(f"{name}, {_WORDS[name]}" if name in BEST else _WORDS[name], (name,))
                 for name in states]  # fmt: skip
        found = [_best_members(analysis, group, confirmed=confirmed) for confirmed in (False, True)]
        for heading, wanted in (*named, *_RATES):
            cells = tuple(
                cell
                for pairs in found
                for cell in analysis.counts(member for best, member in pairs if best in wanted)
            )
            rows.append(TableRow(heading=heading, cells=cells, group=_GROUP_NAMES[group]))
    columns = [
        f"{name} (N = {len(units)}), {how}"
        for how in ("unconfirmed", "confirmed")
        for name, units in analysis.columns.items()
    ]
    problems = [course.problem for course in analysis.courses.values() if course.problem]
    return StudyTable(
        name="responses",
        caption=f"Best response, {'itRECIST' if itrecist else 'RECIST 1.1'}",
        unit=analysis.unit_text,
        columns=tuple(columns),
        rows=tuple(rows),
        notes=(
            f"Rule: {analysis.options.rules.as_text()}. The baseline is the last visit on the day "
            "of the first administration or before. Percentages are of everyone treated, those "
            "not assessed included; intervals are Clopper and Pearson's 95 %.",
            *(f"Not assessed: {problem}" for problem in problems[:5]),
            *((f"and {len(problems) - 5} more not assessed.",) if len(problems) > 5 else ()),
        ),
    )


def _best_members(
    analysis: StudyAnalysis, group: str, *, confirmed: bool
) -> list[tuple[str, Member]]:
    found = []
    for unit in analysis.units:
        course = analysis.courses[unit.key]
        best = course.best(confirmed=confirmed, group=group)
        found.append((best, analysis.member(unit.key, _rows_behind(course, best, group))))
    return found


def _rows_behind(course: LesionCourse, best: str, group: str) -> tuple[RowKey, ...]:
    """Assessments of the first visit with this response; of all visits where there is none."""
    for visit in course.later:
        overall = visit.overall if group == "all" else visit.groups[group].overall
        if overall == best:
            return course.rows[visit.visit]
    return tuple(key for keys in course.rows.values() for key in keys)


def tabulate_lesions(analysis: StudyAnalysis) -> StudyTable:
    """Table of the target lesions by the best change of their diameter.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_lesions(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [(row.heading, row.cells[0].n) for row in table.rows if row.cells[0].n]
    [('smaller by 30 % or more', 1), ('larger by less than 20 %', 1), ('not measured again', 1)]
    """
    bands: tuple[tuple[str, Callable[[Fraction | None], bool]], ...] = (
        ("gone", lambda c: c == -100),
        ("smaller by 30 % or more", lambda c: c is not None and -100 < c <= -30),
        ("smaller by less than 30 %", lambda c: c is not None and -30 < c < 0),
        ("unchanged", lambda c: c == 0),
        ("larger by less than 20 %", lambda c: c is not None and 0 < c < 20),
        ("larger by 20 % or more", lambda c: c is not None and c >= 20),
        ("not measured again", lambda c: c is None),
    )
    found = [one for unit in analysis.units for one in _lesions(analysis, unit)]
    groups = (
        ("all", found),
        ("injected", [one for one in found if one[0]]),
        ("not injected", [one for one in found if not one[0]]),
    )
    rows = tuple(
        TableRow(
            heading=heading,
            cells=tuple(
                CountCell(
                    members=tuple(member for _, change, member in own if wanted(change)),
                    denominator=len(own),
                )
                for _, own in groups
            ),
        )
        for heading, wanted in bands
    )
    return StudyTable(
        name="lesions",
        caption="Target lesions by the best change of their diameter",
        unit=f"target lesions with a baseline, N = {len(found)}",
        columns=tuple(f"{name} (N = {len(own)})" for name, own in groups),
        rows=rows,
        notes=(
            "Least diameter after the baseline against the baseline's; a description, no response "
            "by criteria. A lesion counts as injected if it was ever injected. Lesions of one "
            "person are not independent: the percentages have intervals as if they were.",
        ),
    )


def _lesions(
    analysis: StudyAnalysis, unit: AnalysisUnit
) -> list[tuple[bool, Fraction | None, Member]]:
    found = []
    for name, (injected, course) in analysis.courses[unit.key].lesions.items():
        measured = [(change, key) for _, change, key in course if change is not None]
        best = min((change for change, _ in measured), default=None)
        rows = next(((key,) for change, key in measured if change == best), ())
        found.append((injected, best, analysis.member(("lesion", name), rows)))
    return found
