"""Models beside the threshold: control curves, ordered response, time to progression."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.evidence.clusters import cluster_numbers
from hevesy.evidence.control_curves import CONTROL_KINDS, ControlCurve, fit_control_curve
from hevesy.evidence.dose_response import too_few_outcomes
from hevesy.evidence.lesions import CATEGORIES, LesionOutcome, account_lesions
from hevesy.evidence.ordinal import OrdinalFit, fit_ordinal
from hevesy.evidence.rule import ThresholdRule
from hevesy.evidence.survival import HazardFit, fit_hazard

__all__ = ["FurtherModels", "fit_further"]

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
    status : str
    """

    control: tuple[ControlCurve, ...]
    ordinal: OrdinalFit | None
    hazard: HazardFit | None
    notes: tuple[str, ...]
    status: str = "exploratory"


def fit_further(lesions: Sequence[LesionOutcome], *, rule: ThresholdRule) -> FurtherModels:
    """Fit control curves, ordered categories and time to progression against dose.

    Doses are taken as exact here. Each needs as many outcomes as the rule asks for: events for
    the hazard, lesions outside the commonest category for the ordered response.

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
    account = account_lesions(lesions, metric=rule.metric, horizon_d=rule.horizon_d)
    control: tuple[ControlCurve, ...] = ()
    if too_few_outcomes(account, rule):
        notes.append("control curves: too few outcomes")
    else:
        doses = np.array([dose for _, dose, _ in account.complete])
        outcome = np.array([done for _, _, done in account.complete])
        clusters = cluster_numbers([row.subject for row, _, _ in account.complete])
        control = tuple(
            fit_control_curve(
                doses, outcome, clusters, kind=kind, resamples=rule.resamples, seed=rule.seed,
                confidence=rule.confidence,
            )
            for kind in CONTROL_KINDS[:2]
        )  # fmt: skip
    return FurtherModels(
        control=control,
        ordinal=_ordinal(lesions, rule, notes),
        hazard=_hazard(lesions, rule, notes),
        notes=tuple(notes),
    )


def _ordinal(
    lesions: Sequence[LesionOutcome], rule: ThresholdRule, notes: list[str]
) -> OrdinalFit | None:
    rows = [row for row in lesions if row.category and row.dose_of(rule.metric)]
    if not rows:
        return None
    kinds = [row.category for row in rows]
    others = len(kinds) - max(kinds.count(kind) for kind in CATEGORIES)
    subjects = len({row.subject for row in rows})
    doses = np.array([row.dose_of(rule.metric) for row in rows], dtype=float)
    if others < rule.fewest_each or subjects < rule.fewest_subjects or np.ptp(doses) == 0:
        notes.append(f"ordered response: {others} lesions outside the commonest category, too few")
        return None
    return fit_ordinal(
        kinds, np.log2(doses), cluster_numbers([row.subject for row in rows]),
        order=CATEGORIES[::-1], resamples=min(rule.resamples, _MOST_RESAMPLES), seed=rule.seed,
        confidence=rule.confidence,
    )  # fmt: skip


def _hazard(
    lesions: Sequence[LesionOutcome], rule: ThresholdRule, notes: list[str]
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
    return fit_hazard(
        np.array([row.followed_d for row in rows], dtype=float), events, np.log2(doses),
        cluster_numbers([row.subject for row in rows]), resamples=rule.resamples, seed=rule.seed,
        confidence=rule.confidence,
    )  # fmt: skip
