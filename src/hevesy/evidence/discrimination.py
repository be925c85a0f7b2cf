"""How well the dose tells lesions that respond: ROC, its area, the best cut, less optimism."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_resamples
from hevesy.evidence.intervals import bootstrap_interval, reachable_confidence

__all__ = ["RocCurve", "compute_roc"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class RocCurve:
    """A receiver operating characteristic.

    Parameters
    ----------
    cuts_gy : ndarray of float, shape (m,)
        A lesion counts as positive at or above it; rising.
    sensitivity, specificity : ndarray of float, shape (m,)
    area_share : float
        As found in these data.
    confidence : float
        Of the intervals: what was asked, or less where the resamples can't reach that.
    area_interval : tuple of (float, float)
        From resamples of patients, about the apparent area.
    area_optimism_share, area_corrected_share : float
        What the apparent area is too far from a half by, on average, and the area nearer by it, at
        most a half.
    best_cut_gy : float
        Greatest sensitivity + specificity - 1 (Youden).
    best_cut_interval_gy : tuple of (float, float)
    youden_share, youden_corrected_share : float
        Apparent, and less its optimism.
    """

    cuts_gy: Floats = field(repr=False)
    sensitivity: Floats = field(repr=False)
    specificity: Floats = field(repr=False)
    area_share: float
    confidence: float
    area_interval: tuple[float, float]
    area_optimism_share: float
    area_corrected_share: float
    best_cut_gy: float
    best_cut_interval_gy: tuple[float, float]
    youden_share: float
    youden_corrected_share: float

    def __post_init__(self) -> None:
        for values in (self.cuts_gy, self.sensitivity, self.specificity):
            values.setflags(write=False)


def compute_roc(
    doses_gy: Floats,
    responded: NDArray[np.bool_],
    clusters: NDArray[np.int64],
    *,
    resamples: int,
    seed: int,
    confidence: float = 0.95,
    common_dose_share: float = 0.0,
) -> RocCurve:
    """Compute the ROC of dose for response, with Harrell's optimism from resamples of patients.

    In each resample the direction (more dose, more response, or less) and the best cut are chosen
    anew, then judged there and in the data as they are; the mean difference is the optimism. From
    the area's, the resamples' mean deviation from the area is taken out, which is of mean zero: a
    dose whose direction is clear in each resample has then no optimism, and none a negative one.

    Parameters
    ----------
    doses_gy : ndarray of float, shape (n,)
    responded : ndarray of bool, shape (n,)
    clusters : ndarray of int, shape (n,)
    resamples, seed : int
    confidence : float
    common_dose_share : float
        Relative standard deviation that all doses share: it widens the best cut's interval.

    Returns
    -------
    RocCurve

    Raises
    ------
    TrialError
        One outcome alone.

    References
    ----------
    Harrell FE, Lee KL, Mark DB. Stat Med 1996;15:361. Youden WJ. Cancer 1950;3:32.

    Examples
    --------
    >>> roc = compute_roc(np.array([1.0, 2, 3, 4, 5, 6]), np.array([0, 0, 1, 0, 1, 1]) > 0,
    ...                   np.arange(6), resamples=500, seed=1)
    >>> round(roc.area_share, 4), roc.best_cut_gy
    (0.8889, 3.0)
    """
    x, y = np.asarray(doses_gy, dtype=float), np.asarray(responded, dtype=bool)
    if y.all() or not y.any():
        raise TrialError(
            "a ROC needs both outcomes", got=f"{y.sum()} of {y.size}", remedy="show the data"
        )
    cuts = np.unique(x)
    weights = cluster_resamples(clusters, resamples=resamples, seed=seed)
    weights = weights[(weights[:, y].sum(axis=1) > 0) & (weights[:, ~y].sum(axis=1) > 0)]
    one = np.ones((1, y.size))
    area, areas = _areas(x, y, one)[0], _areas(x, y, weights)
    truly, falsely = _rates(x, y, one, cuts)
    best = int(np.argmax(truly[0] - falsely[0]))
    resampled_true, resampled_false = _rates(x, y, weights, cuts)
    gains = resampled_true - resampled_false
    chosen = np.argmax(gains, axis=1)
    flipped = areas < 0.5
    too_good = np.where(flipped, 1 - areas, areas) - np.where(flipped, 1 - area, area)
    by_chance = (areas - area) * (1 if area >= 0.5 else -1)  # of mean zero: a control variate
    area_optimism = float(np.mean(too_good - by_chance))
    cut_optimism = np.mean(gains.max(axis=1) - (truly[0] - falsely[0])[chosen])
    subjects = int(np.unique(clusters).size)
    confidence = reachable_confidence(confidence, subjects, areas.size)
    shift = np.random.default_rng([seed, 2]).standard_normal(areas.size)
    drawn_cuts = cuts[chosen] * np.exp(np.sqrt(np.log1p(common_dose_share**2)) * shift)
    limits = bootstrap_interval(
        np.column_stack([areas, drawn_cuts]), confidence=confidence, clusters=subjects
    )
    (area_low, cut_low), (area_high, cut_high) = limits
    youden = float((truly[0] - falsely[0])[best])
    return RocCurve(
        cuts_gy=cuts, sensitivity=truly[0], specificity=1 - falsely[0], area_share=float(area),
        area_interval=(float(area_low), float(area_high)), area_optimism_share=area_optimism,
        area_corrected_share=0.5 + math.copysign(
            max(abs(float(area) - 0.5) - area_optimism, 0.0), float(area) - 0.5
        ),
        confidence=confidence, best_cut_gy=float(cuts[best]),
        best_cut_interval_gy=(float(cut_low), float(cut_high)), youden_share=youden,
        youden_corrected_share=youden - float(cut_optimism),
    )  # fmt: skip


def _areas(x: Floats, y: NDArray[np.bool_], weights: Floats) -> Floats:
    wins = (x[y][:, None] > x[~y][None]) + 0.5 * (x[y][:, None] == x[~y][None])
    with_outcome, without = weights[:, y], weights[:, ~y]
    pairs = np.einsum("bi,ij,bj->b", with_outcome, wins, without, optimize=True)
    return np.asarray(pairs / (with_outcome.sum(axis=1) * without.sum(axis=1)))


def _rates(x: Floats, y: NDArray[np.bool_], weights: Floats, cuts: Floats) -> tuple[Floats, Floats]:
    positive = (x[:, None] >= cuts[None]).astype(float)
    truly = weights[:, y] @ positive[y] / weights[:, y].sum(axis=1, keepdims=True)
    falsely = weights[:, ~y] @ positive[~y] / weights[:, ~y].sum(axis=1, keepdims=True)
    return truly, falsely
