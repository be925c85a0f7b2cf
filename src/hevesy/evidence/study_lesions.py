"""A study's rows as lesions with dose and outcome: one row a lesion of an administration."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from hevesy.evidence.lesions import LesionOutcome
from hevesy.trial import AdministrationRow, AssessmentRow, DoseRow, StudyRows

__all__ = ["StudyLesions", "lesion_table"]

_TOO_SMALL_MM = Decimal(5)
_NODE_MM = Decimal(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyLesions:
    """A study's lesions, and what was odd about them.

    Parameters
    ----------
    rows : tuple of LesionOutcome
        Subject is the patient, so that a person included twice stays one cluster.
    notes : tuple of str
        What was not taken, counted: doses of no lesion, lesions with two doses, without a
        baseline.
    elsewhere : tuple of (str, str)
        Patient and lesion, of treated patients' lesions that were assessed but that no
        administration injected and no dose is of: in no row.
    """

    rows: tuple[LesionOutcome, ...]
    notes: tuple[str, ...]
    elsewhere: tuple[tuple[str, str], ...] = ()


def lesion_table(rows: StudyRows) -> StudyLesions:
    """Put each lesion's dose beside what became of it.

    A lesion belongs to an administration that injected it or gave it a dose. Its baseline is the
    last assessment on or before the day of the administration; its follow-up ends the day before
    the next administration to the same lesion. Categories are those of the lesion alone, after
    RECIST 1.1's cut-offs, not confirmed: CR gone (a node below 10 mm), PR 30 % or more below the
    baseline, PD 20 % or more and 5 mm or more above the least size so far (or recorded as
    unequivocal, or seen again after it was gone), else SD; the best up to the first PD counts.
    Response is CR or PR. Progression is the first PD; without one, the last assessment. Ratios are
    exact. Density: the last in follow-up against the baseline.

    Parameters
    ----------
    rows : StudyRows

    Returns
    -------
    StudyLesions

    Examples
    --------
    >>> from datetime import date
    >>> lesion_table(StudyRows(study="A study", as_of=date(2026, 1, 9))).rows
    ()
    """
    patient_of = {row.inclusion: row.patient for row in rows.inclusions}
    looks: dict[tuple[str, str], list[AssessmentRow]] = defaultdict(list)
    for look in rows.assessments:
        looks[patient_of.get(look.inclusion, look.inclusion), look.lesion].append(look)
    doses: dict[tuple[str, str], list[DoseRow]] = defaultdict(list)
    for dose in rows.doses:
        if dose.lesion:
            doses[dose.administration, dose.lesion].append(dose)
    given: dict[tuple[str, str], list[AdministrationRow]] = defaultdict(list)
    for one in sorted(rows.administrations, key=lambda row: row.given_at):
        treated = {*one.lesions, *(lesion for name, lesion in doses if name == one.administration)}
        for lesion in sorted(treated):
            given[patient_of.get(one.inclusion, one.inclusion), lesion].append(one)
    found = []
    twice = unseen = 0
    for (patient, lesion), courses in given.items():
        for i, one in enumerate(courses):
            own = doses.get((one.administration, lesion), [])
            twice += len(own) > 1
            end = courses[i + 1].given_on if i + 1 < len(courses) else None
            some = sorted(looks[patient, lesion], key=lambda look: look.assessed_on)
            before = [look for look in some if look.assessed_on <= one.given_on]
            after = [
                look
                for look in some
                if look.assessed_on > one.given_on and (end is None or look.assessed_on < end)
            ]
            course = _follow(before[-1] if before else None, after, one)
            unseen += bool(after) and not course
            found.append(_outcome(patient, lesion, one, own, course))
    treated_patients = {patient_of.get(name, name) for name in rows.treated}
    elsewhere = tuple(
        sorted(key for key in looks if key[0] in treated_patients and key not in given)
    )
    return StudyLesions(
        rows=tuple(found), notes=_notes(rows, twice, unseen, len(elsewhere)), elsewhere=elsewhere
    )


def _notes(rows: StudyRows, twice: int, unseen: int, elsewhere: int) -> tuple[str, ...]:
    said = []
    if elsewhere:
        said.append(
            f"{elsewhere} lesions of treated patients were assessed, not injected, and have no "
            "dose: listed, in no row"
        )
    if twice:
        said.append(f"{twice} lesions have doses of two regions or more: none is taken")
    if unseen:
        said.append(f"{unseen} lesions have follow-up and no measured baseline: no response")
    known = {row.administration for row in rows.administrations}
    lost = sum(bool(row.lesion) and row.administration not in known for row in rows.doses)
    if lost:
        said.append(f"{lost} lesion doses belong to no administration: not taken")
    return tuple(said)


def _outcome(
    patient: str,
    lesion: str,
    one: AdministrationRow,
    own: Sequence[DoseRow],
    course: Mapping[str, object],
) -> LesionOutcome:
    dose = own[0] if len(own) == 1 else None
    good = dose is not None and dose.mean_dose_gy > 0
    category = str(course.get("category", ""))
    days = course.get("followed_d")
    return LesionOutcome(
        subject=patient,
        lesion=lesion,
        administration=one.administration,
        dose_gy=dose.mean_dose_gy if good and dose else None,
        dose_uncertainty_gy=dose.mean_dose_uncertainty_gy if good and dose else None,
        responded=category in {"CR", "PR"} if category else None,
        category=category,
        best_change_percent=_percent(course.get("change")),
        density_change_percent=_percent(course.get("density")),
        followed_d=days if isinstance(days, int) else None,
        progressed=bool(course["progressed"]) if "progressed" in course else None,
        metrics=dose.metrics if dose else {},
    )


def _percent(value: object) -> float | None:
    return float(value) if isinstance(value, Fraction) else None


def _size(look: AssessmentRow) -> Decimal | None:
    if look.status == "absent":
        return Decimal(0)
    if look.status == "not-evaluable":
        return None
    return _TOO_SMALL_MM if look.too_small else look.diameter_mm


def _follow(
    baseline: AssessmentRow | None, after: Sequence[AssessmentRow], one: AdministrationRow
) -> dict[str, object]:
    """What became of a lesion; empty where it can't be said."""
    first = None if baseline is None else _size(baseline)
    if baseline is None or not first:
        return {}
    measured = [(look, size) for look in after if (size := _size(look)) is not None]
    measured += [
        (look, first) for look in after
        if look.status == "unequivocal-progression" and _size(look) is None
    ]  # fmt: skip
    measured.sort(key=lambda pair: pair[0].assessed_on)
    found: dict[str, object] = {}
    densities = [look.density_hu for look in after if look.density_hu is not None]
    if baseline.density_hu and densities:
        change = Fraction(densities[-1]) - Fraction(baseline.density_hu)
        found["density"] = 100 * change / abs(Fraction(baseline.density_hu))
    if not measured:
        return found
    least, gone, best = first, False, "PD"
    progressed, last = False, measured[-1][0]
    for look, size in measured:
        category = _category(look, size, first, least, gone)
        if category == "PD":
            progressed, last = True, look
            break
        best = min(best, category, key=("CR", "PR", "SD", "PD").index)
        least, gone = min(least, size), gone or category == "CR"
    seen = [size for look, size in measured if look.assessed_on <= last.assessed_on]
    found["change"] = 100 * (Fraction(min(seen)) - Fraction(first)) / Fraction(first)
    found["category"] = best
    found["progressed"] = progressed
    found["followed_d"] = (last.assessed_on - one.given_on).days
    return found


def _category(
    look: AssessmentRow, size: Decimal, first: Decimal, least: Decimal, gone: bool
) -> str:
    if look.status == "unequivocal-progression":
        return "PD"
    if look.status == "absent" or (look.node and size < _NODE_MM):
        return "CR"
    if gone and not look.node:
        return "PD"
    if size * 5 >= least * 6 and size - least >= 5:
        return "PD"
    return "PR" if size * 10 <= first * 7 else "SD"
