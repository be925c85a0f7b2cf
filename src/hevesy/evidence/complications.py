"""Doses to organs against events of the organs' class: Lyman's curve where events are enough."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.errors import TrialError
from hevesy.evidence.association import ExposurePoint, too_few_points
from hevesy.evidence.clusters import cluster_numbers
from hevesy.evidence.control_curves import ControlCurve, fit_control_curve
from hevesy.evidence.dose_error import LEAST_RELIABILITY, DoseData, log_uncertainty, reliability
from hevesy.evidence.exposure import organ_exposure
from hevesy.evidence.rule import ThresholdRule
from hevesy.evidence.study_subjects import SubjectExposure

__all__ = ["COMPLICATION_GRADES", "ORGAN_CLASSES", "Complication", "fit_complications"]

ORGAN_CLASSES = {
    "liver": "Hepatobiliary disorders",
    "lung": "Respiratory, thoracic and mediastinal disorders",
    "lungs": "Respiratory, thoracic and mediastinal disorders",
    "kidney": "Renal and urinary disorders",
    "kidneys": "Renal and urinary disorders",
    "urinary bladder": "Renal and urinary disorders",
    "bladder": "Renal and urinary disorders",
    "marrow": "Blood and lymphatic system disorders",
    "red marrow": "Blood and lymphatic system disorders",
    "spleen": "Blood and lymphatic system disorders",
    "stomach": "Gastrointestinal disorders",
    "small intestine": "Gastrointestinal disorders",
    "colon": "Gastrointestinal disorders",
    "bowel": "Gastrointestinal disorders",
    "heart": "Cardiac disorders",
    "thyroid": "Endocrine disorders",
    "skin": "Skin and subcutaneous tissue disorders",
}
"""CTCAE 5.0's class of each organ's own events; a region of another name has none."""

COMPLICATION_GRADES = (2, 3)
"""An event counts from this grade on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Complication:
    """An organ's dose against events of its class; exploratory, whatever the threshold's rule is.

    Parameters
    ----------
    organ, organ_class : str
    grade : int
        An event of this grade or more.
    points : tuple of ExposurePoint
        Treated inclusions with a dose of every administration.
    uncounted : tuple of (str, str)
        The others, and why.
    not_fitted : str
        Why there is no curve; empty if there is.
    curve : ControlCurve or None
        Lyman's, of kind ``"lkb"``.
    note : str
        What has to be said beside the curve.
    status : str
    """

    organ: str
    organ_class: str
    grade: int
    points: tuple[ExposurePoint, ...]
    uncounted: tuple[tuple[str, str], ...]
    not_fitted: str
    curve: ControlCurve | None = None
    note: str = ""
    status: str = "exploratory"

    def as_text(self) -> str:
        """In words."""
        events = sum(point.outcome > 0 for point in self.points)
        said = (
            f"{self.organ}, {self.organ_class} of grade {self.grade} or more: {events} of "
            f"{len(self.points)} inclusions"
        )
        if self.curve is None:
            return f"{said}; not fitted: {self.not_fitted}"
        if self.curve.half_gy is None or self.curve.shape_factor is None:
            return f"{said}; the curve does not rise with dose"
        low, high = (
            "no limit" if x is None else f"{x:.3g} Gy" for x in self.curve.half_interval_gy
        )
        return f"{said}; TD50 {self.curve.half_gy:.3g} Gy ({low} to {high}), m " + (
            f"{self.curve.shape_factor:.2g}"
        )


def fit_complications(
    subjects: Sequence[SubjectExposure], *, rule: ThresholdRule
) -> tuple[Complication, ...]:
    """Set each organ's dose beside events of its class, and fit Lyman's curve where it can be.

    The dose is the organ's mean dose, summed over administrations: the generalised equivalent
    uniform dose with the volume exponent n = 1, as of an organ whose parts work in parallel. For
    another n the organ's own histogram would be needed, of the sum of all administrations. Events
    of the class need not be the dose's doing, and no event recorded counts as none. Fitted from
    the rule's fewest numbers on; the doses' uncertainty is undone as in the control curves.

    Parameters
    ----------
    subjects : sequence of SubjectExposure
    rule : ThresholdRule
        Its correction, confidence, resamples, seed and fewest numbers are used.

    Returns
    -------
    tuple of Complication
        Every organ with a class, grade 2 or more, then 3 or more.

    References
    ----------
    Lyman JT. Radiat Res 1985;104:S13. Kutcher GJ, Burman C. IJROBP 1989;16:1623. Niemierko A.
    Med Phys 1999;26:1100 (the mean dose as n = 1).

    Examples
    --------
    >>> one = SubjectExposure(inclusion="P1-1", subject="P1", activity_mbq=900.0, procedures=1,
    ...                       organ_doses_gy={"liver": 4.0}, organ_courses={"liver": 1})
    >>> fit_complications([one], rule=ThresholdRule(name="x"))[0].as_text()[:54]
    'liver, Hepatobiliary disorders of grade 2 or more: 0 o'
    """
    organs = sorted({name for row in subjects for name in row.organ_doses_gy})
    return tuple(
        _complication(subjects, organ, ORGAN_CLASSES[organ.casefold()], grade, rule)
        for organ in organs
        if organ.casefold() in ORGAN_CLASSES
        for grade in COMPLICATION_GRADES
    )


def _complication(
    subjects: Sequence[SubjectExposure],
    organ: str,
    organ_class: str,
    grade: int,
    rule: ThresholdRule,
) -> Complication:
    points, uncounted = [], []
    for row in subjects:
        dose, unsure, why = organ_exposure(row, organ)
        if dose is None:
            uncounted.append((row.inclusion, why))
            continue
        worst = max(
            (
                of for name, of in row.class_grades.items()
                if name.strip().casefold() == organ_class.casefold()
            ),
            default=0,
        )  # fmt: skip
        points.append(
            ExposurePoint(
                row=row.inclusion, subject=row.subject, exposure=dose, uncertainty=unsure,
                outcome=float(worst >= grade),
            )
        )  # fmt: skip
    few = too_few_points(points, rule, binary=True)
    curve, note = None, ""
    if not few:
        try:
            curve, note = _fit(points, rule)
        except TrialError as error:  # too few resamples had both outcomes
            few = str(error)
    return Complication(
        organ=organ, organ_class=organ_class, grade=grade, points=tuple(points),
        uncounted=tuple(uncounted), not_fitted=few, curve=curve, note=note,
    )  # fmt: skip


def _fit(points: Sequence[ExposurePoint], rule: ThresholdRule) -> tuple[ControlCurve, str]:
    doses = np.array([point.exposure for point in points])
    done = np.array([point.outcome > 0 for point in points])
    known = all(point.uncertainty is not None for point in points)
    log_sd = log_uncertainty(doses, np.array([point.uncertainty or 0.0 for point in points]))
    note = "" if known else "doses without an uncertainty are taken as exact"
    if rule.correction == "none":
        log_sd, note = np.zeros_like(doses), "doses taken as exact"
    data = DoseData(log_dose=np.log(doses), log_sd=log_sd, responded=done)
    if float(reliability(data, np.ones((1, doses.size)))[0]) < LEAST_RELIABILITY:
        log_sd = np.zeros_like(doses)
        note = "the doses differ little beyond their uncertainty: taken as exact"
    curve = fit_control_curve(
        doses, done, cluster_numbers([point.subject for point in points]), kind="lkb",
        resamples=rule.resamples, seed=rule.seed, confidence=rule.confidence, log_sd=log_sd,
        common_dose_share=rule.common_dose_share,
    )  # fmt: skip
    return curve, note
