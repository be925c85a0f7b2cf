"""Models beside the threshold: control curves, ordered response, time to progression."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_numbers
from hevesy.evidence.control_curves import CONTROL_KINDS, ControlCurve, fit_control_curve
from hevesy.evidence.dose_error import LEAST_RELIABILITY, DoseData, reliability
from hevesy.evidence.dose_response import log_uncertainties, too_few_outcomes
from hevesy.evidence.intervals import resamples_needed
from hevesy.evidence.lesions import CATEGORIES, LesionOutcome, account_lesions
from hevesy.evidence.ordinal import OrdinalFit, fit_ordinal
from hevesy.evidence.rule import ThresholdRule
from hevesy.evidence.survival import HazardFit, fit_hazard

__all__ = ["FurtherModels", "fit_further"]

P = ParamSpec("P")
R = TypeVar("R")
Floats = NDArray[np.float64]
_MOST_RESAMPLES = 200  # of the ordinal model, which is fitted one resample after another


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherModels:
    """What else was fitted; exploratory, whatever the threshold's rule is.

    Parameters
    ----------
    control : tuple of ControlCurve
    ordinal : OrdinalFit or None
        Per doubling of the dose.
    hazard : HazardFit or None
        Per doubling of the dose.
    notes : tuple of str
        What was not fitted, and why.
    remarks : tuple of str
        What has to be said beside what was fitted.
    status : str
    """

    control: tuple[ControlCurve, ...]
    ordinal: OrdinalFit | None
    hazard: HazardFit | None
    notes: tuple[str, ...]
    remarks: tuple[str, ...] = ()
    status: str = "exploratory"


def fit_further(lesions: Sequence[LesionOutcome], *, rule: ThresholdRule) -> FurtherModels:
    """Fit control curves, ordered categories and time to progression against dose.

    The doses' uncertainty is undone in each resample (regression calibration), unless the rule
    takes doses as exact, or less than half of the log doses' variance is true. Each needs as many
    outcomes as the rule asks for: events for the hazard, lesions outside the commonest category
    for the ordered response.

    Parameters
    ----------
    lesions : sequence of LesionOutcome
    rule : ThresholdRule

    Returns
    -------
    FurtherModels

    Examples
    --------
    >>> found = fit_further([LesionOutcome(subject="1", lesion="T", dose_gy=50.0, responded=True)],
    ...                     rule=ThresholdRule(name="x"))
    >>> found.control, found.hazard is None
    ((), True)
    """
    notes: list[str] = []
    remarks: list[str] = []
    account = account_lesions(lesions, metric=rule.metric, horizon_d=rule.horizon_d)
    control: tuple[ControlCurve, ...] = ()
    too_few = too_few_outcomes(account, rule)
    if too_few:
        notes.append(f"control curves: {too_few.split(';')[0].split(':')[0]}")
    else:
        rows = [row for row, _, _ in account.complete]
        doses = np.array([dose for _, dose, _ in account.complete])
        log_sd = _uncertain("control curves", rows, rule, remarks)
        curves = [
            _attempt(
                f"control curve, {kind}", notes, fit_control_curve, doses,
                np.array([done for _, _, done in account.complete]),
                cluster_numbers([row.subject for row in rows]), kind=kind,
                resamples=rule.resamples, seed=rule.seed, confidence=rule.confidence,
                log_sd=log_sd, common_dose_share=rule.common_dose_share,
            )
            for kind in CONTROL_KINDS[:2]
        ]  # fmt: skip
        control = tuple(curve for curve in curves if curve is not None)
    return FurtherModels(
        control=control,
        ordinal=_ordinal(lesions, rule, notes, remarks),
        hazard=_hazard(lesions, rule, notes, remarks),
        notes=tuple(notes),
        remarks=tuple(remarks),
    )


def _attempt(
    what: str, notes: list[str], fit: Callable[P, R], *args: P.args, **options: P.kwargs
) -> R | None:
    """Fit, or say why not: too few resamples had all outcomes, for example."""
    try:
        return fit(*args, **options)
    except TrialError as error:
        notes.append(f"{what}: {error}")
        return None


def _uncertain(
    what: str, rows: Sequence[LesionOutcome], rule: ThresholdRule, remarks: list[str]
) -> Floats:
    """Log doses' standard deviations, or zeros where they can't be undone; said either way."""
    log_sd, said = log_uncertainties(rows, rule)
    remarks += [f"{what}: {one}" for one in said]
    if rule.correction == "none" or not np.any(log_sd > 0):
        return np.zeros_like(log_sd)
    log_dose = np.log(np.array([row.dose_of(rule.metric) for row in rows], dtype=float))
    data = DoseData(log_dose=log_dose, log_sd=log_sd, responded=np.zeros(log_sd.shape, dtype=bool))
    if float(reliability(data, np.ones((1, log_sd.size)))[0]) < LEAST_RELIABILITY:
        remarks.append(
            f"{what}: the doses differ little beyond their uncertainty: taken as exact, the slope "
            "is too flat"
        )
        return np.zeros_like(log_sd)
    return log_sd


def _ordinal(
    lesions: Sequence[LesionOutcome], rule: ThresholdRule, notes: list[str], remarks: list[str]
) -> OrdinalFit | None:
    rows = [row for row in lesions if row.category and row.dose_of(rule.metric)]
    if not rows:
        return None
    kinds = [row.category for row in rows]
    others = len(kinds) - max(kinds.count(kind) for kind in CATEGORIES)
    clusters = cluster_numbers([row.subject for row in rows])
    subjects = int(clusters.max()) + 1
    doses = np.array([row.dose_of(rule.metric) for row in rows], dtype=float)
    if others < rule.fewest_each or subjects < rule.fewest_subjects or np.ptp(doses) == 0:
        notes.append(f"ordered response: {others} lesions outside the commonest category, too few")
        return None
    enough = int(2 * resamples_needed(rule.confidence, subjects))
    log_sd = _uncertain("ordered response", rows, rule, remarks)
    return _attempt(
        "ordered response", notes, fit_ordinal, kinds, np.log2(doses), clusters,
        order=CATEGORIES[::-1], seed=rule.seed,
        resamples=min(rule.resamples, max(_MOST_RESAMPLES, enough)),
        confidence=rule.confidence, covariate_sd=log_sd / np.log(2),
    )  # fmt: skip


def _hazard(
    lesions: Sequence[LesionOutcome], rule: ThresholdRule, notes: list[str], remarks: list[str]
) -> HazardFit | None:
    rows = [row for row in lesions if row.progressed is not None and row.dose_of(rule.metric)]
    if not rows:
        return None
    events = np.array([bool(row.progressed) for row in rows])
    subjects = len({row.subject for row in rows})
    doses = np.array([row.dose_of(rule.metric) for row in rows], dtype=float)
    few = events.sum() < rule.fewest_each or subjects < rule.fewest_subjects
    if few or np.ptp(doses) == 0:
        notes.append(f"time to progression: {int(events.sum())} events, too few")
        return None
    log_sd = _uncertain("time to progression", rows, rule, remarks)
    if log_sd.any():
        remarks.append(
            f"time to progression: {int(events.sum())} events of {events.size}; the calibration "
            "is exact for rare events or a small slope, else somewhat too weak"
        )
    found = _attempt(
        "time to progression", notes, fit_hazard,
        np.array([row.followed_d for row in rows], dtype=float), events, np.log2(doses),
        cluster_numbers([row.subject for row in rows]), resamples=rule.resamples, seed=rule.seed,
        confidence=rule.confidence, covariate_sd=log_sd / np.log(2),
    )  # fmt: skip
    if found is not None and found.monotone:
        remarks.append(
            "time to progression: monotone, each event has the least (or each the greatest) dose "
            "of those at risk: the hazard ratio is held by the penalty alone, and only its limit "
            "towards 1 means anything"
        )
    return found
