"""The whole question in one call: lesions and a rule in, threshold and its interval out."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_numbers
from hevesy.evidence.discrimination import RocCurve, compute_roc
from hevesy.evidence.dose_response import DoseResponse, fit_dose_response, too_few_outcomes
from hevesy.evidence.lesions import LesionAccount, LesionOutcome, account_lesions
from hevesy.evidence.rule import ThresholdRule
from hevesy.evidence.separation import separation

__all__ = ["EvidenceResult", "Threshold", "analyse_lesions"]

_EXPLORATORY = "exploratory"
_FAR, _MANY_GY, _SHOWN = 20, 3000.0, 5
_FEW_PATIENTS = 20  # between 12, where intervals were found too short, and 36, where they were not


@dataclass(frozen=True, slots=True, kw_only=True)
class Threshold:
    """A threshold of dose, and what it is worth.

    Parameters
    ----------
    dose_gy : float or None
        None where the curve does not rise.
    low_gy, high_gy : float or None
        Limits of the interval; None on a side that has none.
    status : str
        ``"pre-specified"`` or ``"exploratory"``.
    extrapolated : bool
        Outside the doses that were given.
    rule_sha256 : str

    Examples
    --------
    >>> Threshold(dose_gy=100.0, low_gy=60.0, high_gy=None, status="exploratory",
    ...           extrapolated=False, rule_sha256="").as_text()
    '100 Gy (60 Gy to no upper limit), exploratory'
    """

    dose_gy: float | None
    low_gy: float | None
    high_gy: float | None
    status: str
    extrapolated: bool
    rule_sha256: str

    def as_text(self) -> str:
        """In words."""
        dose = "none: the curve does not rise" if self.dose_gy is None else f"{self.dose_gy:.3g} Gy"
        low = "no lower limit" if self.low_gy is None else f"{self.low_gy:.3g} Gy"
        high = "no upper limit" if self.high_gy is None else f"{self.high_gy:.3g} Gy"
        beyond = ", beyond the doses that were given" if self.extrapolated else ""
        return f"{dose} ({low} to {high}){beyond}, {self.status}"


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceResult:
    """What lesions say about a threshold of dose.

    Parameters
    ----------
    rule : ThresholdRule
    status : str
        ``"pre-specified"`` if the rule's hash was fixed before, else ``"exploratory"``.
    account : LesionAccount
        Every lesion, those without dose or outcome too.
    not_fitted : str
        Why nothing was fitted; empty if something was.
    separated : str
        See `separation`.
    curve : DoseResponse or None
    threshold : Threshold or None
    roc : RocCurve or None
    notes : tuple of str
    """

    rule: ThresholdRule
    status: str
    account: LesionAccount
    not_fitted: str
    separated: str
    curve: DoseResponse | None
    threshold: Threshold | None
    roc: RocCurve | None
    notes: tuple[str, ...]


def analyse_lesions(
    lesions: Sequence[LesionOutcome], *, rule: ThresholdRule, fixed_sha256: str = ""
) -> EvidenceResult:
    """Find the threshold of dose by a rule.

    Parameters
    ----------
    lesions : sequence of LesionOutcome
    rule : ThresholdRule
    fixed_sha256 : str
        The hash of the rule as it was fixed before the outcomes were known. Without it the result
        is exploratory, and says so.

    Returns
    -------
    EvidenceResult

    Raises
    ------
    TrialError
        The fixed rule is another one, or no lesion at all.

    Examples
    --------
    >>> rows = [LesionOutcome(subject=str(i), lesion="T", dose_gy=20.0 + i, responded=i > 7)
    ...         for i in range(9)]
    >>> found = analyse_lesions(rows, rule=ThresholdRule(name="x"))
    >>> found.not_fitted
    'too few outcomes: 1 lesions with and 8 without in 9 patients; the rule asks for 5 of each...'
    """
    if not lesions:
        raise TrialError("there are no lesions", remedy="give one row a lesion")
    if fixed_sha256 and fixed_sha256.lower() != rule.sha256:
        raise TrialError(
            "this is not the rule that was fixed", got=rule.sha256, allowed=fixed_sha256,
            remedy="use the rule as it was fixed, or leave its hash out: then all is exploratory",
        )  # fmt: skip
    known = {"mean_dose_gy"} | {name for row in lesions for name in row.metrics}
    if rule.metric not in known:
        raise TrialError(
            "no lesion has the rule's dose", got=rule.metric,
            allowed=", ".join(sorted(name for name in known if name.endswith("_gy"))),
            remedy="add its column to the table, or name another in the rule",
        )  # fmt: skip
    status = "pre-specified" if fixed_sha256 else _EXPLORATORY
    account = account_lesions(lesions, metric=rule.metric, horizon_d=rule.horizon_d)
    notes = [] if fixed_sha256 else ["exploratory: the rule was not fixed before the outcomes"]
    missing = account.total - len(account.complete)
    if missing:
        words = "1 lesion lacks" if missing == 1 else f"{missing} lesions lack"
        notes.append(f"{words} dose or outcome: listed, not used")
    too_few = too_few_outcomes(account, rule)
    if too_few:
        return EvidenceResult(
            rule=rule, status=status, account=account, not_fitted=too_few, separated="none",
            curve=None, threshold=None, roc=None, notes=tuple(notes),
        )  # fmt: skip
    doses = np.array([dose for _, dose, _ in account.complete])
    responded = np.array([outcome for _, _, outcome in account.complete])
    found = separation(np.column_stack([np.ones_like(doses), np.log(doses)]), responded)
    curve = fit_dose_response(account.complete, rule=rule)
    if found != "none":
        notes.append(_separated(found, curve.uncorrected[1]))
    roc = compute_roc(
        doses, responded, cluster_numbers([row.subject for row, _, _ in account.complete]),
        resamples=rule.resamples, seed=rule.seed, confidence=rule.confidence,
        common_dose_share=rule.common_dose_share,
    )  # fmt: skip
    notes += curve.notes
    low, high = curve.slope_interval()
    if high < 0:
        notes.append("the outcome becomes rarer with dose (slope interval below 0): no threshold")
    elif low <= 0:
        notes.append("the data do not show that response rises with dose (slope interval holds 0)")
    notes += _dose_warnings(account, rule)
    return EvidenceResult(
        rule=rule, status=status, account=account, not_fitted="", separated=found, curve=curve,
        threshold=_threshold(rule, status, curve, roc), roc=roc, notes=tuple(notes),
    )  # fmt: skip


def _separated(found: str, slope: float) -> str:
    """What separation means, by its kind and by the direction of the curve."""
    apart = "without error" if found == "complete" else "but for ties at the cut"
    limit = "lower" if slope > 0 else "upper"
    return (
        f"{found} separation: a cut of dose tells the outcomes apart {apart}; the slope is held by "
        f"the penalty alone, and only its {limit} limit means anything"
    )


def _dose_warnings(account: LesionAccount, rule: ThresholdRule) -> list[str]:
    """What is possible and seldom right: units confused, an uncertainty above its dose."""
    doses = np.array([dose for _, dose, _ in account.complete])
    middle = float(np.median(doses))
    notes = []
    far = doses[(doses > _FAR * middle) | (doses < middle / _FAR)]
    if far.size:
        shown = ", ".join(f"{dose:g}" for dose in far[:_SHOWN])
        notes.append(
            f"{far.size} of {doses.size} doses lie more than {_FAR} times above or below the "
            f"median of {middle:.3g} Gy ({shown} Gy): are they all in Gy?"
        )
    if middle > _MANY_GY:
        notes.append(f"the median dose is {middle:.0f} Gy: are the doses in Gy, and not in cGy?")
    unsure = [
        row for row, _, _ in account.complete
        if row.dose_gy and (row.dose_uncertainty_gy or 0.0) > row.dose_gy
    ]  # fmt: skip
    if unsure and rule.correction != "none":
        named = ", ".join(f"{row.subject}/{row.lesion}" for row in unsure[:_SHOWN])
        notes.append(
            f"{len(unsure)} of {doses.size} doses have an uncertainty above the dose itself "
            f"({named}{', ...' if len(unsure) > _SHOWN else ''}): they say little, and widen all"
        )
    patients = len({row.subject for row, _, _ in account.complete})
    if patients < _FEW_PATIENTS:
        notes.append(
            f"{patients} patients are few: in simulated studies of 12 the 95 % interval of an 80 % "
            "threshold held it in 90 %, and its upper limit was too low"
        )
    if rule.method == "youden":
        notes.append(
            "Youden's cut is of doses as they were measured: their single uncertainty is not "
            "undone, and the cut depends on which doses were given"
        )
    return notes


def _threshold(rule: ThresholdRule, status: str, curve: DoseResponse, roc: RocCurve) -> Threshold:
    dose: float | None
    low: float | None
    high: float | None
    if rule.method == "youden":
        dose = roc.best_cut_gy
        low, high = roc.best_cut_interval_gy
    else:
        dose = curve.dose_gy(rule.probability)
        low, high = curve.dose_interval_gy(rule.probability)
    least, most = curve.doses_range
    return Threshold(
        dose_gy=dose, low_gy=low, high_gy=high, status=status,
        extrapolated=dose is not None and not least <= dose <= most, rule_sha256=rule.sha256,
    )  # fmt: skip
