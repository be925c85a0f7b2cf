"""ADTR, ADRS and ADDOSE: sizes, responses and doses for analysis."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from decimal import Decimal

from hevesy.trial.export.dataset import Cell
from hevesy.trial.export.draft import Draft
from hevesy.trial.export.sdtm import Tabulation
from hevesy.trial.export.subjects import Subject
from hevesy.trial.rows import AssessmentRow, StudyRows
from hevesy.trial.tables.course import LesionCourse

__all__ = ["draft_analysed_doses", "draft_analysed_responses", "draft_sizes"]

_SIZES = {"LDIAM": "Longest Diameter (mm)", "SAXIS": "Short Axis (mm)"}
_BEST = {  # confirmed, group: code, words
    (False, "all"): ("BOR", "Best Overall Response"),
    (True, "all"): ("CBOR", "Confirmed Best Overall Response"),
    (False, "injected"): ("BORINJ", "Best Response of Injected Lesions"),
    (True, "injected"): ("CBORINJ", "Confirmed Best Response of Injected Lesions"),
    (False, "noninjected"): ("BORNON", "Best Response of Non-Injected Lesions"),
    (True, "noninjected"): ("CBORNON", "Confirmed Best Response of Non-Injected Lesions"),
}


def _courses(made: Tabulation) -> dict[str, LesionCourse]:
    if made.analysis is None:
        return {}
    return {one.first.inclusion: made.analysis.courses[one.key] for one in made.analysis.units}


def _baseline(course: LesionCourse | None) -> str:
    if course is None or course.response is None:
        return ""
    return course.response.visits[0].visit


def draft_sizes(rows: StudyRows, made: Tabulation) -> Iterator[Draft]:
    """Draft ADTR: each measured diameter, and the sum of the targets at each visit (derived).

    Changes are from the last visit on the day of the first administration or before it; without
    one, and for a second inclusion of a person, there is no baseline and no change.

    Parameters
    ----------
    rows : StudyRows
    made : Tabulation

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells.get("PCHG") for one in draft_sizes(rows, made)][:3]
    [None, -40.0, -36.0]
    """
    courses = _courses(made)
    base = {
        (row.inclusion, row.lesion): row.diameter_mm
        for row in rows.assessments
        if row.visit == _baseline(courses.get(row.inclusion)) and row.diameter_mm is not None
    }
    for row in rows.assessments:
        if row.diameter_mm is None:
            continue
        code = "SAXIS" if row.node else "LDIAM"
        source = ("lesion_assessment", row.assessment, code)
        own = base.get((row.inclusion, row.lesion))
        first = row.visit == _baseline(courses.get(row.inclusion))
        subject = made.subjects.of(row.inclusion, row.assessment)
        known = row.visit in _rows_of(courses.get(row.inclusion))
        yield Draft(
            source=source,
            cells={
                **_visit(made, subject, row.visit, row.assessed_on),
                "PARAM": _SIZES[code],
                "PARAMCD": code,
                "LNKID": row.lesion,
                "AVAL": float(row.diameter_mm),
                **(_change(row.diameter_mm, own, first=first) if known else {}),
                "SRCDOM": "TR",
                "SRCSEQ": made.sequence["TR"][source],
                "GENFL": "Y" if row.generated else None,
            },
        )
    for inclusion, course in courses.items():
        subject = made.subjects.of(inclusion, inclusion)
        yield from _sums(made, subject, course, rows.assessments, inclusion)


def _rows_of(course: LesionCourse | None) -> Mapping[str, object]:
    return {} if course is None or course.response is None else course.rows


def _visit(made: Tabulation, subject: Subject, visit: str, day: date) -> dict[str, Cell]:
    return {
        "USUBJID": subject.usubjid,
        "AVISIT": visit,
        "AVISITN": made.subjects.visit_numbers[visit],
        "ADT": day,
        "ADY": subject.day(day),
    }


def _change(value: Decimal, base: Decimal | None, *, first: bool) -> dict[str, Cell]:
    if base is None:
        return {}
    found: dict[str, Cell] = {"BASE": float(base)}
    if first:
        return {**found, "ABLFL": "Y"}
    found["CHG"] = float(value - base)
    if base:
        found["PCHG"] = float((value - base) * 100 / base)
    return found


def _sums(
    made: Tabulation,
    subject: Subject,
    course: LesionCourse,
    assessments: tuple[AssessmentRow, ...],
    inclusion: str,
) -> Iterator[Draft]:
    if course.response is None:
        return
    days = _visit_days(assessments, inclusion)
    base = course.response.visits[0].sum_mm
    same = {day for day, change in course.changes.get("all", ()) if change is not None}
    for number, visit in enumerate(course.response.visits):
        if visit.sum_mm is None:
            continue
        comparable = number == 0 or visit.day in same
        yield Draft(
            source=("sum", inclusion, visit.visit),
            cells={
                **_visit(made, subject, visit.visit, days[visit.visit]),
                "PARAM": "Sum of Target Diameters (mm)",
                "PARAMCD": "SUMDIAM",
                "PARAMTYP": "DERIVED",
                "AVAL": float(visit.sum_mm),
                **(_change(visit.sum_mm, base, first=number == 0) if comparable else {}),
                "GENFL": "Y" if course.generated else None,
            },
        )


def _visit_days(assessments: tuple[AssessmentRow, ...], inclusion: str) -> dict[str, date]:
    days: dict[str, date] = {}
    for row in assessments:
        if row.inclusion == inclusion:
            days[row.visit] = min(days.get(row.visit, row.assessed_on), row.assessed_on)
    return days


def draft_analysed_responses(rows: StudyRows, made: Tabulation) -> Iterator[Draft]:
    """Draft ADRS: the overall response at each visit, and the best ones of each subject.

    Who could not be assessed keeps the reason as the value: NO BASELINE, NO LATER VISIT,
    CONTRADICTORY. Under itRECIST also the best responses of injected and of other lesions.

    Parameters
    ----------
    rows : StudyRows
    made : Tabulation

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells["AVALC"] for one in draft_analysed_responses(rows, made)][:3]
    ['PR', 'PR', 'PR']
    """
    for inclusion, course in _courses(made).items():
        subject = made.subjects.of(inclusion, inclusion)
        generated = "Y" if course.generated else None
        for visit in course.later:
            source = ("response", inclusion, visit.visit, "", "OVRLRESP")
            if source not in made.sequence.get("RS", {}):
                continue
            day = (subject.started_on or date.min) + timedelta(days=visit.day)
            yield Draft(
                source=source,
                cells={
                    **_visit(made, subject, visit.visit, day),
                    "PARAM": "Overall Response",
                    "PARAMCD": "OVRLRESP",
                    "AVALC": visit.overall.upper(),
                    "ANL01FL": "Y",
                    "SRCDOM": "RS",
                    "SRCSEQ": made.sequence["RS"][source],
                    "GENFL": generated,
                },
            )
        for (confirmed, group), (code, words) in _BEST.items():
            response = course.response if course.state == "assessed" else None
            grouped = response is not None and response.best_of_group
            if group != "all" and not grouped:
                continue
            best = course.best(confirmed=confirmed, group=group)
            if best == "none":
                continue
            yield Draft(
                source=("best", inclusion, code),
                cells={
                    "USUBJID": subject.usubjid,
                    "PARAM": words,
                    "PARAMCD": code,
                    "PARAMTYP": "DERIVED",
                    "AVALC": best.upper(),
                    "ANL01FL": "Y",
                    "GENFL": generated,
                },
            )


def draft_analysed_doses(rows: StudyRows, made: Tabulation) -> Iterator[Draft]:
    """Draft ADDOSE: each figure of a dose; the mean dose with its standard uncertainty.

    Parameters
    ----------
    rows : StudyRows
    made : Tabulation

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> first = list(draft_analysed_doses(rows, made))[1].cells
    >>> first["PARAMCD"], first["AVAL"], first["AVALSD"]
    ('DOSEMEAN', 181.25, 22.0)
    """
    given = {row.administration: row for row in rows.administrations}
    collected = made.dataset("XD")
    records = [] if collected is None else list(collected.records())
    uncertain = {
        (row["USUBJID"], row["XDSPID"]): row["XDSTRESN"]
        for row in records
        if row["XDTESTCD"] == "DOSEU"
    }
    for row in records:
        code = str(row["XDTESTCD"])
        if code == "DOSEU":
            continue
        administration = given[str(row["XDGRPID"])]
        mean = code == "DOSEMEAN"
        yield Draft(
            source=("dose", str(row["XDSPID"]), code),
            cells={
                "USUBJID": row["USUBJID"],
                "PARAM": f"{row['XDTEST']} ({row['XDSTRESU']})",
                "PARAMCD": code,
                "ADMINID": row["XDGRPID"],
                "DOSEID": row["XDSPID"],
                "LNKID": row["XDLNKID"],
                "REGION": row["XDLOC"],
                "METHOD": row["XDMETHOD"],
                "ADT": date.fromisoformat(str(row["XDDTC"])[:10]),
                "ADY": row["XDDY"],
                "AVAL": row["XDSTRESN"],
                "AVALU": row["XDSTRESU"],
                "AVALSD": uncertain.get((row["USUBJID"], row["XDSPID"])) if mean else None,
                "SRCDOM": "XD",
                "SRCSEQ": row["XDSEQ"],
                "GENFL": "Y" if administration.generated else None,
            },
        )
