"""What subjects and lesions got, against what happened: all pairs, each row in its place."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.evidence.association import Association, ExposurePoint, fit_association
from hevesy.evidence.lesions import LesionOutcome
from hevesy.evidence.rule import ThresholdRule
from hevesy.evidence.study_subjects import SubjectExposure

__all__ = ["EVENT_OUTCOMES", "associate_lesions", "associate_subjects"]

EVENT_OUTCOMES = (
    "event related to the agent",
    "event of grade 3 or more",
)
"""Events of a subject that are set beside exposures; no event recorded counts as none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exposure:
    name: str
    unit: str
    doubling: bool = True


def associate_lesions(
    lesions: Sequence[LesionOutcome], *, rule: ThresholdRule
) -> tuple[Association, ...]:
    """Set lesions' changes of density and size beside the rule's dose.

    Parameters
    ----------
    lesions : sequence of LesionOutcome
    rule : ThresholdRule

    Returns
    -------
    tuple of Association
        Density in HU (last against baseline), then the diameter (best), in per cent per doubling.

    Examples
    --------
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0)]
    >>> associate_lesions(rows, rule=ThresholdRule(name="x"))[0].uncounted
    (('T', 'no density change'),)
    """
    found = []
    for outcome, key in (
        ("density change", "density_change_percent"),
        ("best change of diameter", "best_change_percent"),
    ):
        points, uncounted = [], []
        for row in lesions:
            dose, change = row.dose_of(rule.metric), getattr(row, key)
            missing = [
                what
                for what, there in (
                    ("no dose", dose is not None and dose > 0),
                    (f"no {outcome}", change is not None),
                )
                if not there
            ]
            name = f"{row.lesion} ({row.administration})" if row.administration else row.lesion
            if missing or dose is None:
                uncounted.append((name, ", ".join(missing)))
                continue
            unsure = row.dose_uncertainty_gy
            if unsure is not None and row.dose_gy:
                unsure *= dose / row.dose_gy  # another metric has the mean dose's relative one
            points.append(
                ExposurePoint(
                    row=name, subject=row.subject, exposure=dose, uncertainty=unsure, outcome=change
                )
            )
        found.append(
            fit_association(
                points, exposure=rule.metric.removesuffix("_gy").replace("_", " "),
                exposure_unit="Gy", outcome=outcome, outcome_unit="%", rule=rule,
                uncounted=uncounted,
            )
        )  # fmt: skip
    return tuple(found)


def associate_subjects(
    subjects: Sequence[SubjectExposure], *, rule: ThresholdRule
) -> tuple[Association, ...]:
    """Set each subject's activity, procedures and organ doses beside events and laboratory shifts.

    Laboratory: the lowest and the highest value after the first administration, as per cent of the
    one before, less 100. An organ's dose counts where every administration has one.

    Parameters
    ----------
    subjects : sequence of SubjectExposure
    rule : ThresholdRule

    Returns
    -------
    tuple of Association
        Every exposure with every outcome, in this order.

    Examples
    --------
    >>> one = SubjectExposure(inclusion="P1-1", subject="P1", activity_mbq=900.0, procedures=1)
    >>> found = associate_subjects([one], rule=ThresholdRule(name="x"))[0]
    >>> found.exposure, found.outcome
    ('activity', 'event related to the agent')
    """
    organs = sorted({name for row in subjects for name in row.organ_doses_gy})
    tests = sorted({name for row in subjects for name in (*row.shifts, *row.missing)})
    exposures = [
        _Exposure(name="activity", unit="MBq"),
        _Exposure(name="procedures", unit="", doubling=False),
        *(_Exposure(name=f"dose to {name}", unit="Gy") for name in organs),
    ]
    outcomes = [(name, "") for name in EVENT_OUTCOMES]
    outcomes += [(f"{test}, {end}", "%") for test in tests for end in ("lowest", "highest")]
    return tuple(
        _pair(subjects, exposure, outcome, unit, rule)
        for exposure in exposures
        for outcome, unit in outcomes
    )


def _pair(
    subjects: Sequence[SubjectExposure],
    exposure: _Exposure,
    outcome: str,
    unit: str,
    rule: ThresholdRule,
) -> Association:
    points, uncounted = [], []
    for row in subjects:
        got, unsure, why = _exposed(row, exposure.name)
        reached, missing = _reached(row, outcome)
        if got is None or reached is None:
            uncounted.append((row.inclusion, ", ".join(filter(None, (why, missing)))))
            continue
        points.append(
            ExposurePoint(
                row=row.inclusion, subject=row.subject, exposure=got, uncertainty=unsure,
                outcome=reached,
            )
        )  # fmt: skip
    return fit_association(
        points, exposure=exposure.name, exposure_unit=exposure.unit, outcome=outcome,
        outcome_unit=unit, rule=rule, doubling=exposure.doubling, uncounted=uncounted,
    )  # fmt: skip


def _exposed(row: SubjectExposure, name: str) -> tuple[float | None, float | None, str]:
    if name == "activity":
        if row.activity_mbq <= 0:
            return None, None, "no activity"
        return row.activity_mbq, row.activity_uncertainty_mbq, ""
    if name == "procedures":
        return float(row.procedures), None, ""
    organ = name.removeprefix("dose to ")
    dose = row.organ_doses_gy.get(organ, 0.0)
    with_dose = row.organ_courses.get(organ, 0)
    if with_dose < row.procedures:
        return None, None, f"dose of {with_dose} of {row.procedures} administrations"
    if dose <= 0:
        return None, None, "a dose of 0 Gy has no logarithm"
    return dose, row.organ_uncertainties_gy.get(organ), ""


def _reached(row: SubjectExposure, outcome: str) -> tuple[float | None, str]:
    if outcome in EVENT_OUTCOMES:
        related = outcome == EVENT_OUTCOMES[0]
        return float(row.worst_related_grade >= 1 if related else row.worst_grade >= 3), ""
    test, _, end = outcome.rpartition(", ")
    shift = row.shifts.get(test)
    if shift is None:
        return None, f"no {test} before and after in one unit"
    if not shift.before:
        return None, f"{test} of 0 before"
    after = shift.lowest if end == "lowest" else shift.highest
    return 100 * (float(after) / float(shift.before) - 1), ""
