"""TU, TR and RS: lesions, what was measured of them, and the response that follows."""

from collections.abc import Iterator
from datetime import date

from hevesy.trial.export.draft import GENERATED, Draft
from hevesy.trial.export.subjects import Subject, Subjects, iso
from hevesy.trial.rows import AssessmentRow, InclusionRow, LesionPlace, StudyRows
from hevesy.trial.tables.course import LesionCourse

__all__ = ["RESPONSE_NAMES", "draft_identification", "draft_responses", "draft_results"]

_ROLES = {"target": "TARGET", "nontarget": "NON-TARGET", "new": "NEW"}
_STATES = {
    "present": "PRESENT",
    "absent": "ABSENT",
    "unequivocal-progression": "UNEQUIVOCAL PROGRESSION",
    "not-evaluable": "NOT EVALUABLE",
}
RESPONSE_NAMES = {
    "TRGRESP": "Target Response",
    "NTRGRESP": "Non-target Response",
    "NEWLIND": "New Lesion Indicator",
    "OVRLRESP": "Overall Response",
}
"""Kinds of a response in RS, by their code."""
_GROUPS = {"injected": "INJECTED", "noninjected": "NON-INJECTED"}


def draft_identification(rows: StudyRows, subjects: Subjects) -> Iterator[Draft]:
    """Draft TU: each lesion of a subject once, with its place, which stands nowhere else.

    A lesion's role is that of its first assessment. One that was never assessed is there all the
    same (LESIDENT), so that injections and doses have something to relate to.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells["TULNKID"] for one in draft_identification(rows, made.subjects)]
    ['L1', 'L2', 'L3', 'L1b', 'L4']
    """
    first: dict[tuple[str, str], tuple[Subject, AssessmentRow]] = {}
    for row in sorted(rows.assessments, key=lambda one: (one.assessed_on, one.assessment)):
        subject = subjects.of(row.inclusion, row.assessment)
        first.setdefault((subject.usubjid, row.lesion), (subject, row))
    for (_, lesion), (subject, row) in first.items():
        yield _lesion(
            subject, lesion, "TUMIDENT", _ROLES[row.role], row.organ,
            generated=row.generated, day=row.assessed_on, visit=row.visit,
            number=subjects.visit_numbers[row.visit],
        )  # fmt: skip
    places = {place.lesion: place for place in rows.lesions}
    treated = _treated(rows, subjects)
    for (usubjid, lesion), (inclusion, role) in treated.items():
        if (usubjid, lesion) not in first and lesion in places:
            subject = subjects.of_inclusion[inclusion]
            yield _lesion(subject, lesion, "LESIDENT", role, places[lesion].organ)
    known = {lesion for _, lesion in (*first, *treated)}
    yield from _others(rows, subjects, [p for p in rows.lesions if p.lesion not in known])


def _treated(rows: StudyRows, subjects: Subjects) -> dict[tuple[str, str], tuple[str, str]]:
    """Lesions that were injected, then those with a dose alone: their inclusion and what it was."""
    inclusions = {row.administration: row.inclusion for row in rows.administrations}
    named = [
        (row.administration, name, "INJECTED")
        for row in rows.administrations
        for name in row.lesions
    ]
    named += [(row.administration, row.lesion, "INJECTED") for row in rows.injections]
    named += [(row.administration, row.lesion, "RECORDED") for row in rows.doses if row.lesion]
    found: dict[tuple[str, str], tuple[str, str]] = {}
    for administration, lesion, role in named:
        inclusion = inclusions[administration]
        usubjid = subjects.of(inclusion, administration).usubjid
        found.setdefault((usubjid, lesion), (inclusion, role))
    return found


def _others(rows: StudyRows, subjects: Subjects, places: list[LesionPlace]) -> Iterator[Draft]:
    """Lesions that were neither assessed nor injected: of the patient's first inclusion."""
    order = sorted(rows.inclusions, key=lambda row: (row.included_on, row.inclusion))
    own: dict[str, InclusionRow] = {}
    for row in order:
        own.setdefault(row.patient, row)
    for place in places:
        if place.patient in own:
            subject = subjects.of_inclusion[own[place.patient].inclusion]
            yield _lesion(subject, place.lesion, "LESIDENT", "RECORDED", place.organ)


def _lesion(
    subject: Subject,
    lesion: str,
    code: str,
    role: str,
    organ: str,
    *,
    generated: bool = False,
    day: date | None = None,
    visit: str | None = None,
    number: float | None = None,
) -> Draft:
    return Draft(
        source=("lesion", subject.usubjid, lesion),
        cells={
            "USUBJID": subject.usubjid,
            "TULNKID": lesion,
            "TUTESTCD": code,
            "TUTEST": "Tumor Identification" if code == "TUMIDENT" else "Lesion Identification",
            "TUORRES": role,
            "TUSTRESC": role,
            "TULOC": organ.upper(),
            "VISITNUM": number,
            "VISIT": visit,
            "TUDTC": iso(day),
            "TUDY": subject.day(day),
        },
        qualifiers=(GENERATED,) if generated else (),
    )


def draft_results(rows: StudyRows, subjects: Subjects) -> Iterator[Draft]:
    """Draft TR: state, diameter, density and blood supply of a lesion at a visit, as recorded.

    Parameters
    ----------
    rows : StudyRows
    subjects : Subjects

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> [one.cells["TRORRES"] for one in draft_results(rows, made.subjects)][:2]
    ['PRESENT', '50']
    """
    for row in rows.assessments:
        subject = subjects.of(row.inclusion, row.assessment)
        for code, test, text, number, unit in _results(row):
            yield Draft(
                source=("lesion_assessment", row.assessment, code),
                cells={
                    "USUBJID": subject.usubjid,
                    "TRSPID": row.assessment,
                    "TRLNKID": row.lesion,
                    "TRTESTCD": code,
                    "TRTEST": test,
                    "TRORRES": text,
                    "TRORRESU": unit,
                    "TRSTRESC": text,
                    "TRSTRESN": number,
                    "TRSTRESU": unit,
                    "VISITNUM": subjects.visit_numbers[row.visit],
                    "VISIT": row.visit,
                    "TRDTC": iso(row.assessed_on),
                    "TRDY": subject.day(row.assessed_on),
                },
                qualifiers=(GENERATED,) if row.generated else (),
            )


def _results(row: AssessmentRow) -> Iterator[tuple[str, str, str, float | None, str | None]]:
    yield "TUMSTATE", "Tumor State", _STATES[row.status], None, None
    size = ("SAXIS", "Short Axis") if row.node else ("LDIAM", "Longest Diameter")
    if row.diameter_mm is not None:
        yield *size, str(row.diameter_mm), float(row.diameter_mm), "mm"
    elif row.too_small:
        yield *size, "TOO SMALL TO MEASURE", None, None
    if row.density_hu is not None:
        yield "DENSITY", "Density", str(row.density_hu), float(row.density_hu), "HU"
    if row.blood_supply:
        yield "BLOODSUP", "Blood Supply", row.blood_supply.upper(), None, None


def draft_responses(
    courses: dict[str, LesionCourse],
    rows: StudyRows,
    subjects: Subjects,
    *,
    criteria: str,
) -> Iterator[Draft]:
    """Draft RS: responses at each visit after the baseline, under itRECIST also of each group.

    Parameters
    ----------
    courses : dict of str to LesionCourse
        By the subject's leading inclusion.
    rows : StudyRows
    subjects : Subjects
    criteria : str
        "recist1.1" or "itrecist".

    Yields
    ------
    Draft

    Examples
    --------
    >>> from hevesy.trial.export.sample import sample_tabulation
    >>> rows, protocol, made = sample_tabulation()
    >>> courses = {one.first.inclusion: made.analysis.courses[one.key]
    ...            for one in made.analysis.units}
    >>> found = draft_responses(courses, rows, made.subjects, criteria="itrecist")
    >>> [one.cells["RSORRES"] for one in found][:3]
    ['PR', 'N', 'PR']
    """
    days: dict[tuple[str, str], date] = {}
    for row in rows.assessments:
        key = (row.inclusion, row.visit)
        days[key] = min(days.get(key, row.assessed_on), row.assessed_on)
    for inclusion, course in courses.items():
        subject = subjects.of(inclusion, inclusion)
        for visit in course.later:
            groups: list[tuple[str | None, dict[str, str]]] = [
                (None, {"TRGRESP": visit.target, "NTRGRESP": visit.nontarget,
                        "NEWLIND": "Y" if visit.new else "N", "OVRLRESP": visit.overall}),
            ]  # fmt: skip
            groups += [
                (_GROUPS[name], {"TRGRESP": group.target, "NTRGRESP": group.nontarget,
                                 "OVRLRESP": group.overall})
                for name, group in sorted(visit.groups.items())
            ]  # fmt: skip
            day = days[inclusion, visit.visit]
            for group_name, found in groups:
                for code, words in found.items():
                    if words in {"none", "baseline"}:
                        continue
                    yield Draft(
                        source=("response", inclusion, visit.visit, group_name or "", code),
                        cells={
                            "USUBJID": subject.usubjid,
                            "RSSPID": f"{inclusion} {visit.visit}",
                            "RSTESTCD": code,
                            "RSTEST": RESPONSE_NAMES[code],
                            "RSCAT": "ITRECIST" if criteria == "itrecist" else "RECIST 1.1",
                            "RSSCAT": group_name,
                            "RSORRES": words.upper(),
                            "RSSTRESC": words.upper(),
                            "VISITNUM": subjects.visit_numbers[visit.visit],
                            "VISIT": visit.visit,
                            "RSDTC": iso(day),
                            "RSDY": subject.day(day),
                        },
                        qualifiers=(GENERATED,) if course.generated else (),
                    )
