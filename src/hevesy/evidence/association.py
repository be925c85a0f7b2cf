"""One exposure against one outcome, exploratory: a slope, its interval, and every row's place."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.evidence.clusters import cluster_numbers, cluster_resamples
from hevesy.evidence.dose_error import (
    LEAST_RELIABILITY,
    DoseData,
    expected_log_dose,
    fit_corrected,
    log_uncertainty,
    reliability,
)
from hevesy.evidence.intervals import bootstrap_interval, resamples_needed
from hevesy.evidence.links import probability_of
from hevesy.evidence.rule import ThresholdRule

__all__ = ["Association", "ExposurePoint", "fit_association", "pairs_words"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExposurePoint:
    """A row that counts.

    Parameters
    ----------
    row, subject : str
        Its name, and the patient it is of.
    exposure : float
        Above 0 where the slope is per doubling.
    uncertainty : float or None
        Standard deviation of it; None is not known, and taken as none.
    outcome : float
        0 or 1, or a change.

    Examples
    --------
    >>> ExposurePoint(row="P1-1", subject="P1", exposure=80.0, uncertainty=8.0, outcome=1).row
    'P1-1'
    """

    row: str
    subject: str
    exposure: float
    uncertainty: float | None
    outcome: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Association:
    """How an outcome goes with an exposure; exploratory, whatever the threshold's rule is.

    Parameters
    ----------
    exposure, exposure_unit, outcome, outcome_unit : str
        In words; the outcome's unit is empty where it is yes or no.
    binary : bool
    doubling : bool
        The slope is per doubling of the exposure; else per `step_factor` of it.
    points : tuple of ExposurePoint
    uncounted : tuple of (str, str)
        Rows that do not count, and why.
    not_fitted : str
        Why there is no slope; empty if there is.
    coefficients : (float, float) or None
        Intercept and slope: of the log odds, or of the change.
    uncorrected : (float, float) or None
        With exposures taken as exact.
    reliability_share : float or None
        True over observed variance of the exposures.
    draws : ndarray of float, shape (resamples, 2)
        Coefficients of the patients' resamples, read-only.
    confidence : float
    note : str
        What has to be said beside the slope.
    step_factor : float
        Of the exposure's unit, where the slope is not per doubling.
    status : str

    Examples
    --------
    >>> points = [ExposurePoint(row="a", subject="a", exposure=1.0, uncertainty=None, outcome=1)]
    >>> found = fit_association(points, exposure="activity", exposure_unit="MBq", outcome="fever",
    ...                         rule=ThresholdRule(name="x"))
    >>> found.not_fitted
    'too few: 1 with and 0 without in 1 patients'
    """

    exposure: str
    exposure_unit: str
    outcome: str
    outcome_unit: str
    binary: bool
    doubling: bool
    points: tuple[ExposurePoint, ...]
    uncounted: tuple[tuple[str, str], ...]
    not_fitted: str
    coefficients: tuple[float, float] | None = None
    uncorrected: tuple[float, float] | None = None
    reliability_share: float | None = None
    draws: Floats = field(default_factory=lambda: np.empty((0, 2)), repr=False)
    confidence: float = 0.95
    note: str = ""
    step_factor: float = 1.0
    status: str = "exploratory"

    def __post_init__(self) -> None:
        self.draws.setflags(write=False)

    @property
    def per(self) -> str:
        """What the slope is per."""
        if self.doubling:
            return "doubling"
        return f"{self.step_factor:g} {self.exposure_unit}" if self.exposure_unit else "procedure"

    @property
    def interval(self) -> tuple[float, float] | None:
        """Of the slope, from patients resampled."""
        if self.coefficients is None:
            return None
        low, high = self._limits(self.draws[:, 1])
        return float(low), float(high)

    def curve(self, exposure: Floats) -> tuple[Floats, Floats, Floats]:
        """Modelled outcome at exposures, and its pointwise interval; where something was fitted."""
        intercept, slope = self.coefficients or (np.nan, np.nan)
        x = _scaled(np.asarray(exposure, dtype=float), 0.0 if self.doubling else self.step_factor)
        every = self.draws[:, :1] + self.draws[:, 1:] * x
        low, high = self._limits(every)
        middle = intercept + slope * x
        if not self.binary:
            return middle, low, high
        return tuple(probability_of(one, "logit") for one in (middle, low, high))  # type: ignore[return-value]

    def _limits(self, draws: Floats) -> tuple[Floats, Floats]:
        subjects = len({point.subject for point in self.points})
        return bootstrap_interval(draws, confidence=self.confidence, clusters=subjects)


def pairs_words(found: Sequence[Association]) -> str:
    """Say how many pairs there are, and how many intervals miss the truth by chance alone.

    Parameters
    ----------
    found : sequence of Association

    Returns
    -------
    str

    Examples
    --------
    >>> pairs_words(())
    '0 pairs, 0 fitted'
    """
    fitted = [one for one in found if one.coefficients is not None]
    said = f"{len(found)} pairs, {len(fitted)} fitted"
    if not fitted:
        return said
    chance = len(fitted) * (1 - fitted[0].confidence)
    return (
        f"{said}; no interval is widened for their number: if no exposure had to do with any "
        f"outcome, {chance:.2g} of these intervals would still miss that, on average"
    )


def fit_association(
    points: Sequence[ExposurePoint],
    *,
    exposure: str,
    exposure_unit: str,
    outcome: str,
    rule: ThresholdRule,
    outcome_unit: str = "",
    step_factor: float = 0.0,
    note: str = "",
    uncounted: Sequence[tuple[str, str]] = (),
) -> Association:
    """Fit an outcome against an exposure, the exposure's uncertainty undone, patients resampled.

    Yes or no (`outcome_unit` empty): the log odds, penalised by Jeffreys' prior. A change: a
    straight line by least squares. Exposures are replaced by their expectation given what was
    measured (regression calibration) in each resample, unless the rule takes doses as exact, or
    less than half of the exposures' variance is true.
    Nothing is fitted below the rule's number of patients, or of rows with and without the outcome.

    Parameters
    ----------
    points : sequence of ExposurePoint
    exposure, exposure_unit, outcome, outcome_unit : str
    rule : ThresholdRule
        Its correction, confidence, resamples, seed and fewest numbers are used.
    step_factor : float
        The slope is per so much of the exposure, which is then taken as exact; 0: per doubling.
    note : str
        To be said beside the slope.
    uncounted : sequence of (str, str)

    Returns
    -------
    Association

    References
    ----------
    Carroll RJ, Ruppert D, Stefanski LA, Crainiceanu CM. Measurement Error in Nonlinear Models,
    2nd ed. 2006, chapter 4.

    Examples
    --------
    >>> points = [ExposurePoint(row=str(i), subject=str(i), exposure=2.0**i, uncertainty=None,
    ...                         outcome=-5.0 * i) for i in range(12)]
    >>> found = fit_association(points, exposure="dose", exposure_unit="Gy", outcome="density",
    ...                         outcome_unit="%", rule=ThresholdRule(name="x", resamples=120))
    >>> round(found.coefficients[1], 6), round(found.interval[1], 6)
    (-5.0, -5.0)
    """
    binary, doubling = not outcome_unit, step_factor == 0
    about = {
        "exposure": exposure, "exposure_unit": exposure_unit, "outcome": outcome,
        "outcome_unit": outcome_unit, "binary": binary, "doubling": doubling,
        "points": tuple(points), "uncounted": tuple(uncounted), "confidence": rule.confidence,
        "step_factor": step_factor or 1.0,
    }  # fmt: skip
    few = too_few_points(points, rule, binary=binary)
    if few:
        return Association(**about, not_fitted=few)  # type: ignore[arg-type]
    given = np.array([point.exposure for point in points])
    log_sd = np.zeros_like(given)
    if doubling and rule.correction != "none":
        unsure = np.array([point.uncertainty or 0.0 for point in points])
        log_sd = log_uncertainty(given, unsure) / np.log(2)
    outcomes = np.array([point.outcome for point in points], dtype=float)
    scaled = _scaled(given, step_factor)
    middle = float(scaled.mean())  # centred, or intercept and slope hardly settle
    data = DoseData(log_dose=scaled - middle, log_sd=log_sd, responded=binary & (outcomes > 0))
    clusters = cluster_numbers([point.subject for point in points])
    weights = cluster_resamples(clusters, resamples=rule.resamples, seed=rule.seed)
    one = np.ones((1, given.size))
    exact = DoseData(log_dose=data.log_dose, log_sd=np.zeros_like(log_sd), responded=data.responded)

    def fit(which: DoseData, how: Floats) -> Floats:
        found = fit_corrected(which, how) if binary else _line(which, how, outcomes)
        return np.column_stack([found[:, 0] - found[:, 1] * middle, found[:, 1]])

    share = float(reliability(data, one)[0])
    if share < LEAST_RELIABILITY:
        data = exact
        note = (
            "the exposures differ little beyond their uncertainty: taken as exact, the slope is "
            "too flat"
        )
    draws = fit(data, weights)
    draws = draws[np.all(np.isfinite(draws), axis=1)]
    if draws.shape[0] < resamples_needed(rule.confidence, int(clusters.max()) + 1):
        few = f"too few resamples could be fitted: {draws.shape[0]}"
        return Association(**about, not_fitted=few)  # type: ignore[arg-type]
    best, plain = fit(data, one)[0], fit(exact, one)[0]
    return Association(
        **about,  # type: ignore[arg-type]
        not_fitted="",
        coefficients=(float(best[0]), float(best[1])),
        uncorrected=(float(plain[0]), float(plain[1])),
        reliability_share=share,
        note=note,
        draws=draws,
    )


def _scaled(exposure: Floats, step: float) -> Floats:
    return exposure / step if step else np.log2(exposure)


def too_few_points(points: Sequence[ExposurePoint], rule: ThresholdRule, *, binary: bool) -> str:
    """Say why nothing is fitted to points; empty where something can be."""
    subjects = len({point.subject for point in points})
    if binary:
        positive = sum(point.outcome > 0 for point in points)
        others = len(points) - positive
        if min(positive, others) < rule.fewest_each or subjects < rule.fewest_subjects:
            return f"too few: {positive} with and {others} without in {subjects} patients"
    elif subjects < rule.fewest_subjects:
        return f"too few: {len(points)} rows of {subjects} patients"
    if len({point.exposure for point in points}) < 2:
        return "all exposures are equal"
    return ""


def _line(data: DoseData, weights: Floats, change: Floats) -> Floats:
    """Intercept and slope of weighted least squares on expected exposures, in each resample."""
    x, _ = expected_log_dose(data, weights)
    total = weights.sum(axis=1, keepdims=True)
    middle = np.sum(weights * x, axis=1, keepdims=True) / total
    level = weights @ change / total[:, 0]
    spread = np.sum(weights * (x - middle) ** 2, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        slope = np.sum(weights * (x - middle) * change, axis=1) / spread
    slope = np.where(spread > 1e-9 * total[:, 0], slope, np.nan)
    return np.stack([level - slope * middle[:, 0], slope], axis=1)
