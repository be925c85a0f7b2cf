"""What subjects and lesions got, against what happened: all pairs, each row in its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.evidence.association import Association, ExposurePoint, fit_association
from hevesy.evidence.lesions import LesionOutcome, local_control
from hevesy.evidence.rule import ThresholdRule
from hevesy.evidence.study_subjects import SubjectExposure

__all__ = ["EVENT_OUTCOMES", "associate_lesions", "associate_subjects"]

EVENT_OUTCOMES = (
    "event related to the agent",
    "event of grade 3 or more",
)
"""Events of a subject that are set beside exposures; no event recorded counts as none."""


_CHANGES = (
    ("density change", "density_change_percent", "%"),
    ("best change of diameter", "best_change_percent", "%"),
)
_END = "endpoint"
_VOLUME = re.compile(r"v\d+(\.\d+)?_(share|percent)")
_VOLUME_STEP = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Exposure:
    name: str
    unit: str
    step_factor: float = 0.0
    """Of the unit; 0: the slope is per doubling."""


def associate_lesions(
    lesions: Sequence[LesionOutcome], *, rule: ThresholdRule
) -> tuple[Association, ...]:
    """Set lesions' changes beside the rule's dose, and all outcomes beside volumes with a dose.

    A share of the volume (`v100_share`: of the voxels with 100 Gy or more; `v100_percent`) is no
    dose: it may be 0 or 100 %, so it has no logarithm, and results state no uncertainty of it. It
    stands here as it is, per 10 % of the volume, taken as exact, and not in a rule.

    Parameters
    ----------
    lesions : sequence of LesionOutcome
    rule : ThresholdRule

    Returns
    -------
    tuple of Association
        For the rule's dose density in HU (last against baseline), then the diameter (best), in per
        cent per doubling; for each volume the same, then the rule's endpoint.

    Examples
    --------
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, metrics={"v100_share": 0.4})]
    >>> [(one.exposure, one.outcome) for one in associate_lesions(rows, rule=ThresholdRule(
    ...     name="x"))][1:3]
    [('mean dose', 'best change of diameter'), ('volume with 100 Gy or more', 'density change')]
    """
    dose = _Exposure(name=rule.metric.removesuffix("_gy").replace("_", " "), unit="Gy")
    found = [_pair_lesions(lesions, dose, rule.metric, *change, rule) for change in _CHANGES]
    end = "response" if rule.horizon_d is None else f"local control at {rule.horizon_d} d"
    volumes = sorted(
        {key for row in lesions for key in row.metrics if _VOLUME.fullmatch(key)},
        key=lambda key: (float(key[1:].split("_")[0]), key),
    )
    for key in volumes:
        amount, kind = key[1:].split("_")
        name = f"volume with {amount} Gy or more" if kind == "share" else f"V{amount}"
        volume = _Exposure(name=name, unit="%", step_factor=_VOLUME_STEP)
        found += [
            _pair_lesions(lesions, volume, key, *outcome, rule)
            for outcome in (*_CHANGES, (end, _END, ""))
        ]
    return tuple(found)


def _pair_lesions(
    lesions: Sequence[LesionOutcome],
    exposure: _Exposure,
    metric: str,
    outcome: str,
    key: str,
    unit: str,
    rule: ThresholdRule,
) -> Association:
    points, uncounted = [], []
    for row in lesions:
        got, reached = row.dose_of(metric), _became(row, key, rule)
        if got is not None and metric.endswith("_share"):
            got *= 100
        there = got is not None and (got > 0 or (exposure.step_factor > 0 and got >= 0))
        lacks = "no dose" if exposure.unit == "Gy" else "no volume"
        missing = [] if there else [lacks]
        missing += [] if reached is not None else [f"no {outcome}"]
        name = f"{row.lesion} ({row.administration})" if row.administration else row.lesion
        if missing or got is None or reached is None:
            uncounted.append((name, ", ".join(missing)))
            continue
        unsure = None if exposure.step_factor else row.dose_uncertainty_gy
        if unsure is not None and row.dose_gy:
            unsure *= got / row.dose_gy  # another metric has the mean dose's relative one
        points.append(
            ExposurePoint(
                row=name, subject=row.subject, exposure=got, uncertainty=unsure, outcome=reached
            )
        )
    return fit_association(
        points, exposure=exposure.name, exposure_unit=exposure.unit, outcome=outcome,
        outcome_unit=unit, rule=rule, step_factor=exposure.step_factor, uncounted=uncounted,
        note="volumes have no stated uncertainty: taken as exact, the slope may be too flat"
        if exposure.step_factor else "",
    )  # fmt: skip


def _became(row: LesionOutcome, key: str, rule: ThresholdRule) -> float | None:
    if key != _END:
        value: float | None = getattr(row, key)
        return value
    done = row.responded
    if rule.horizon_d is not None:
        done = local_control(row.followed_d, row.progressed, horizon_d=rule.horizon_d)
    return None if done is None else float(done)


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
        _Exposure(name="procedures", unit="", step_factor=1.0),
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
        outcome_unit=unit, rule=rule, step_factor=exposure.step_factor, uncounted=uncounted,
    )  # fmt: skip


def _exposed(row: SubjectExposure, name: str) -> tuple[float | None, float | None, str]:
    if name == "activity":
        if row.activity_mbq <= 0:
            return None, None, "no activity"
        return row.activity_mbq, row.activity_uncertainty_mbq, ""
    if name == "procedures":
        return float(row.procedures), None, ""
    return organ_exposure(row, name.removeprefix("dose to "))


def organ_exposure(row: SubjectExposure, organ: str) -> tuple[float | None, float | None, str]:
    """Dose to an organ by all administrations, its uncertainty, or why there is none."""
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
