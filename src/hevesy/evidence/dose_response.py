"""Response against dose: a curve with its band, for lesions clustered in patients."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_numbers, cluster_resamples
from hevesy.evidence.dose_error import DoseData, at_floor, fit_corrected, log_uncertainty
from hevesy.evidence.intervals import bootstrap_interval, first_crossing, reachable_confidence
from hevesy.evidence.lesions import LesionAccount, LesionOutcome
from hevesy.evidence.links import link_of, probability_of
from hevesy.evidence.rule import ThresholdRule

__all__ = ["DoseResponse", "fit_dose_response", "too_few_outcomes"]

Floats = NDArray[np.float64]
_REACH = 10.0  # a threshold is looked for from a tenth of the least dose to ten times the most
_GRID = 801
_COPIES_OF_RESAMPLES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseResponse:
    """A fitted curve of response against dose.

    Parameters
    ----------
    link : str
    reference_gy : float
        Geometric mean of the doses; the curve runs in log(dose / reference).
    coefficients : tuple of (float, float)
        Intercept and slope, the doses' uncertainty undone.
    uncorrected : tuple of (float, float)
        With doses taken as exact: attenuated.
    draws : ndarray of float, shape (resamples, 2)
        Coefficients of resamples of patients, read-only.
    confidence : float
        Of band and intervals: the rule's, or less where its resamples can't reach that.
    doses_range : tuple of (float, float)
        Least and greatest dose, Gy.
    lesions, subjects, responders : int
    failed_resamples : int
        That had one outcome alone; they are left out of the band.
    notes : tuple of str

    Examples
    --------
    >>> curve = DoseResponse(link="logit", reference_gy=100.0, coefficients=(0.0, 2.0),
    ...     uncorrected=(0.0, 1.8), draws=np.array([[0.0, 2.0], [0.1, 2.2]]), confidence=0.95,
    ...     doses_range=(20.0, 300.0), lesions=20, subjects=10, responders=9, failed_resamples=0)
    >>> curve.probability(np.array([100.0])).tolist(), round(curve.dose_gy(0.8), 1)
    ([0.5], 200.0)
    """

    link: str
    reference_gy: float
    coefficients: tuple[float, float]
    uncorrected: tuple[float, float]
    draws: Floats = field(repr=False)
    confidence: float
    doses_range: tuple[float, float]
    lesions: int
    subjects: int
    responders: int
    failed_resamples: int
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        self.draws.setflags(write=False)

    def probability(self, dose_gy: Floats) -> Floats:
        """Modelled share of lesions that respond at a dose."""
        intercept, slope = self.coefficients
        return probability_of(intercept + slope * self._log(dose_gy), self.link)

    def band(self, dose_gy: Floats) -> tuple[Floats, Floats]:
        """Pointwise interval of the curve, from the resamples."""
        low, high = self._predictors(self._log(dose_gy))
        return probability_of(low, self.link), probability_of(high, self.link)

    def dose_gy(self, probability: float) -> float | None:
        """Dose at which the curve reaches a probability; None where it does not rise."""
        intercept, slope = self.coefficients
        if slope <= 0:
            return None
        with np.errstate(over="ignore"):
            found = np.exp((link_of(probability, self.link) - intercept) / slope)
        return float(self.reference_gy * found) if np.isfinite(found) else None

    def dose_interval_gy(self, probability: float) -> tuple[float | None, float | None]:
        """Doses at which the band holds the probability; None on a side without a limit.

        Looked for from a tenth of the least dose to ten times the greatest; a band that lies
        below the probability all the way has ten times the greatest as its lower limit, one that
        lies above it a tenth of the least as its upper.
        """
        low, high = self.doses_range
        ends = self._log(np.array([low / _REACH, high * _REACH]))
        x = np.linspace(float(ends[0]), float(ends[1]), _GRID)
        wanted = link_of(probability, self.link)
        below, above = self._predictors(x)
        first = first_crossing(x, above - wanted)
        last = first_crossing(-x[::-1], (wanted - below)[::-1])
        if np.all(above < wanted):  # the band reaches it nowhere: more than the greatest looked at
            first = float(x[-1])
        if np.all(below > wanted):
            last = -float(x[0])
        return (
            None if first is None else float(self.reference_gy * np.exp(first)),
            None if last is None else float(self.reference_gy * np.exp(-last)),
        )

    def slope_interval(self) -> tuple[float, float]:
        """Of the slope per unit of log dose."""
        low, high = bootstrap_interval(
            self.draws[:, 1], confidence=self.confidence, clusters=self.subjects
        )
        return float(low), float(high)

    def _log(self, dose_gy: Floats) -> Floats:
        return np.log(np.asarray(dose_gy, dtype=float) / self.reference_gy)

    def _predictors(self, x: Floats) -> tuple[Floats, Floats]:
        every = self.draws[:, :1] + self.draws[:, 1:] * x
        return bootstrap_interval(every, confidence=self.confidence, clusters=self.subjects)


def fit_dose_response(
    complete: Sequence[tuple[LesionOutcome, float, bool]], *, rule: ThresholdRule
) -> DoseResponse:
    """Fit the share of lesions that respond against the log of their dose.

    Penalised by Jeffreys' prior (`fit_binary`), the doses' uncertainty undone (`fit_corrected`),
    the band from a bootstrap of patients with all their lesions, in which every step is done
    again. The curve is that of the population (marginal), not of one patient.

    Why a bootstrap of patients and not a sandwich: the threshold is a ratio, the correction for
    uncertain doses is estimated too, and both are in the resamples. No model of the correlation
    within patients is needed.

    Parameters
    ----------
    complete : sequence of (LesionOutcome, float, bool)
        From `account_lesions`.
    rule : ThresholdRule
        Its link, correction, confidence, resamples, seed and common share are used.

    Returns
    -------
    DoseResponse

    Raises
    ------
    TrialError
        All doses equal, one outcome alone, or fewer than two patients.

    Examples
    --------
    >>> rows = [(LesionOutcome(subject=str(i // 2), lesion=str(i)), 20.0 + 9 * i, i % 5 + i > 13)
    ...         for i in range(24)]
    >>> found = fit_dose_response(rows, rule=ThresholdRule(name="x", resamples=120))
    >>> found.lesions, found.subjects, found.coefficients[1] > 0
    (24, 12, True)
    """
    doses = np.array([dose for _, dose, _ in complete])
    responded = np.array([outcome for _, _, outcome in complete])
    if responded.all() or not responded.any() or np.ptp(doses) == 0:
        raise TrialError(
            "a curve needs both outcomes and doses that differ",
            got=f"{responded.sum()} of {responded.size} with the outcome",
            remedy="show the data instead",
        )
    log_sd, notes = log_uncertainties([row for row, _, _ in complete], rule)
    reference = float(np.exp(np.log(doses).mean()))
    data = DoseData(log_dose=np.log(doses / reference), log_sd=log_sd, responded=responded)
    correction = rule.correction
    if correction != "none" and at_floor(data):
        correction = "none"
        notes.append(
            "the doses hardly differ beyond their uncertainty: the attenuation can't be undone "
            "and the slope is too flat"
        )
    clusters = cluster_numbers([row.subject for row, _, _ in complete])
    weights = cluster_resamples(clusters, resamples=rule.resamples, seed=rule.seed)
    one = np.ones((1, responded.size))
    best = fit_corrected(data, one, link=rule.link, correction=correction, seed=rule.seed)[0]
    plain = fit_corrected(data, one, link=rule.link, correction="none")[0]
    draws = fit_corrected(
        data, weights, link=rule.link, correction=correction, seed=rule.seed,
        copies=_COPIES_OF_RESAMPLES,
    )  # fmt: skip
    good = draws[np.all(np.isfinite(draws), axis=1)]
    failed = rule.resamples - good.shape[0]
    if failed:
        notes.append(f"{failed} of {rule.resamples} resamples had one outcome alone")
    if rule.common_dose_share:
        shift = np.random.default_rng([rule.seed, 2]).standard_normal(good.shape[0])
        scale = np.sqrt(np.log1p(rule.common_dose_share**2))
        good[:, 0] += good[:, 1] * scale * shift
    subjects = int(clusters.max()) + 1
    confidence = reachable_confidence(rule.confidence, subjects, good.shape[0])
    if confidence < rule.confidence:
        notes.append(
            f"{good.shape[0]} resamples of {subjects} patients can't reach the rule's "
            f"{100 * rule.confidence:g} %: the intervals of curve and threshold are of "
            f"{100 * confidence:.4g} %"
        )
    return DoseResponse(
        link=rule.link, reference_gy=reference, coefficients=(float(best[0]), float(best[1])),
        uncorrected=(float(plain[0]), float(plain[1])), draws=good, confidence=confidence,
        doses_range=(float(doses.min()), float(doses.max())), lesions=responded.size,
        subjects=subjects, responders=int(responded.sum()),
        failed_resamples=failed, notes=tuple(notes),
    )  # fmt: skip


def too_few_outcomes(account: LesionAccount, rule: ThresholdRule) -> str:
    """Say why nothing is fitted: too few lesions of either outcome, or patients, or equal doses.

    Examples
    --------
    >>> from hevesy.evidence.lesions import account_lesions
    >>> too_few_outcomes(account_lesions([]), ThresholdRule(name="x"))[:16]
    'too few outcomes'
    """
    responders = sum(outcome for _, _, outcome in account.complete)
    others = len(account.complete) - responders
    subjects = len({row.subject for row, _, _ in account.complete})
    if min(responders, others) < rule.fewest_each or subjects < rule.fewest_subjects:
        return (
            f"too few outcomes: {responders} lesions with and {others} without in {subjects} "
            f"patients; the rule asks for {rule.fewest_each} of each in {rule.fewest_subjects} "
            "patients or more; the data are shown and nothing is fitted"
        )
    if len({dose for _, dose, _ in account.complete}) < 2:
        return "all doses are equal; the data are shown and nothing is fitted"
    return ""


def log_uncertainties(
    rows: Sequence[LesionOutcome], rule: ThresholdRule
) -> tuple[Floats, list[str]]:
    """Log standard deviations; what is missing is filled by the others' median, and said."""
    notes: list[str] = []
    relative = np.array(
        [
            np.nan if row.dose_uncertainty_gy is None or row.dose_gy is None
            else row.dose_uncertainty_gy / row.dose_gy
            for row in rows
        ]
    )  # fmt: skip
    known = np.isfinite(relative)
    if rule.correction == "none":
        notes.append("doses taken as exact: the slope is too flat if they are not")
    elif not known.any():
        notes.append("no dose has an uncertainty: doses taken as exact, the slope may be too flat")
    elif not known.all():
        notes.append(
            f"{int((~known).sum())} doses have no uncertainty: the others' median is taken, "
            f"{100 * np.median(relative[known]):.0f} %"
        )
    if rule.metric != "mean_dose_gy" and known.any():
        notes.append(f"{rule.metric}: the mean dose's relative uncertainty is taken")
    filled = np.where(known, relative, np.median(relative[known]) if known.any() else 0.0)
    return log_uncertainty(np.ones_like(filled), filled), notes
