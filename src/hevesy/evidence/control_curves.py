"""Curves of tumour control and of complications, fitted and published."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_resamples
from hevesy.evidence.dose_error import DoseData, fit_corrected, fit_integrated
from hevesy.evidence.intervals import bootstrap_interval, first_crossing
from hevesy.evidence.links import link_of, probability_of

__all__ = [
    "CONTROL_KINDS",
    "ControlCurve",
    "fit_control_curve",
    "lkb_ntcp",
    "logistic_tcp",
    "poisson_tcp",
]

Floats = NDArray[np.float64]

CONTROL_KINDS = ("logistic", "poisson", "lkb")
"""Logistic in log dose; Poisson (surviving clonogens) and Lyman's normal curve in dose."""

_LINK = {"logistic": "logit", "poisson": "loglog", "lkb": "probit"}


def logistic_tcp(dose_gy: Floats, *, d50_gy: float, gamma50_factor: float) -> Floats:
    """Give tumour control by the logistic curve of log dose.

    Parameters
    ----------
    dose_gy : ndarray of float, any shape
    d50_gy : float
        Dose of half control.
    gamma50_factor : float
        Normalised slope there: change of control per relative change of dose.

    Returns
    -------
    ndarray of float, same shape

    References
    ----------
    Bentzen SM, Tucker SL. Int J Radiat Biol 1997;71:531.

    Examples
    --------
    >>> logistic_tcp(np.array([60.0]), d50_gy=60.0, gamma50_factor=2.0).tolist()
    [0.5]
    """
    ratio = d50_gy / np.asarray(dose_gy, dtype=float)
    return np.asarray(1 / (1 + ratio ** (4 * gamma50_factor)))


def poisson_tcp(dose_gy: Floats, *, d50_gy: float, gamma50_factor: float) -> Floats:
    """Give tumour control by Poisson survival of clonogens, log-linear in dose (or BED).

    With a dose in BED this is the linear-quadratic Poisson model: exp(-N exp(-alpha BED)).

    Parameters
    ----------
    dose_gy : ndarray of float, any shape
    d50_gy, gamma50_factor : float

    Returns
    -------
    ndarray of float, same shape

    References
    ----------
    Bentzen SM, Tucker SL. Int J Radiat Biol 1997;71:531.

    Examples
    --------
    >>> poisson_tcp(np.array([60.0]), d50_gy=60.0, gamma50_factor=2.0).round(12).tolist()
    [0.5]
    """
    power = 2 * gamma50_factor / math.log(2) * (1 - np.asarray(dose_gy, dtype=float) / d50_gy)
    return np.asarray(np.exp(-math.log(2) * np.exp(np.minimum(power, 700.0))))


def lkb_ntcp(eud_gy: Floats, *, td50_gy: float, m_factor: float) -> Floats:
    """Give the probability of a complication by Lyman, Kutcher and Burman's curve.

    Parameters
    ----------
    eud_gy : ndarray of float, any shape
        Generalised equivalent uniform dose with the organ's volume exponent.
    td50_gy, m_factor : float

    Returns
    -------
    ndarray of float, same shape

    References
    ----------
    Lyman JT. Radiat Res 1985;104:S13. Kutcher GJ, Burman C. IJROBP 1989;16:1623.

    Examples
    --------
    >>> lkb_ntcp(np.array([40.0, 52.0]), td50_gy=40.0, m_factor=0.3).round(4).tolist()
    [0.5, 0.8413]
    """
    from scipy.special import ndtr

    return np.asarray(ndtr((np.asarray(eud_gy, dtype=float) - td50_gy) / (m_factor * td50_gy)))


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlCurve:
    """A fitted curve of control or complication.

    Parameters
    ----------
    kind : str
        One of `CONTROL_KINDS`.
    reference_gy : float
    coefficients : tuple of (float, float)
        Of the predictor in log(dose / reference), or dose / reference; the doses' uncertainty
        undone where one was given.
    uncorrected : tuple of (float, float)
        With doses taken as exact.
    draws : ndarray of float, shape (resamples, 2)
    confidence : float
    subjects : int
        Patients that were resampled.
    half_gy : float or None
        D50 (TD50); None where the curve does not rise.
    half_interval_gy : tuple of (float or None, float or None)
        Where the band holds a half; None on a side without a limit.
    shape_factor : float or None
        gamma50, of lkb m.
    """

    kind: str
    reference_gy: float
    coefficients: tuple[float, float]
    uncorrected: tuple[float, float]
    draws: Floats = field(repr=False)
    confidence: float
    subjects: int
    half_gy: float | None
    half_interval_gy: tuple[float | None, float | None]
    shape_factor: float | None

    def __post_init__(self) -> None:
        self.draws.setflags(write=False)

    @property
    def exact_half(self) -> tuple[float | None, float | None]:
        """D50 and shape with doses taken as exact."""
        return _half(self.kind, self.uncorrected, self.reference_gy)

    def probability(self, dose_gy: Floats) -> Floats:
        """On the curve."""
        x = _scaled(self.kind, np.asarray(dose_gy, dtype=float) / self.reference_gy)
        return probability_of(self.coefficients[0] + self.coefficients[1] * x, _LINK[self.kind])

    def band(self, dose_gy: Floats) -> tuple[Floats, Floats]:
        """Pointwise interval, from resamples of patients."""
        x = _scaled(self.kind, np.asarray(dose_gy, dtype=float) / self.reference_gy)
        low, high = bootstrap_interval(
            self.draws[:, :1] + self.draws[:, 1:] * x,
            confidence=self.confidence, clusters=self.subjects,
        )  # fmt: skip
        return probability_of(low, _LINK[self.kind]), probability_of(high, _LINK[self.kind])


def fit_control_curve(
    doses_gy: Floats,
    outcome: NDArray[np.bool_],
    clusters: NDArray[np.int64],
    *,
    kind: str,
    resamples: int,
    seed: int,
    confidence: float = 0.95,
    log_sd: Floats | None = None,
    common_dose_share: float = 0.0,
) -> ControlCurve:
    """Fit tumour control, or a complication of an organ, against dose, BED or EUD.

    Penalised by Jeffreys' prior, patients resampled. The doses' uncertainty is undone in each
    resample under log-normal true doses: in log dose by regression calibration, in dose by the
    probability that is expected given what was measured. The volume exponent of lkb is in the EUD
    that is given; it is not fitted.

    Parameters
    ----------
    doses_gy : ndarray of float, shape (n,)
    outcome : ndarray of bool, shape (n,)
    clusters : ndarray of int, shape (n,)
    kind : str
        One of `CONTROL_KINDS`.
    resamples, seed : int
    confidence : float
    log_sd : ndarray of float, shape (n,), optional
        Standard deviation of each log dose; without it doses are taken as exact.
    common_dose_share : float
        Relative standard deviation that all doses share: it widens the band.

    Returns
    -------
    ControlCurve

    Raises
    ------
    TrialError
        A kind that is not known, doses that are not positive or do not differ, one outcome alone,
        or doses so far apart that the fit has no finite answer.

    Examples
    --------
    >>> dose = np.linspace(20, 200, 30)
    >>> found = fit_control_curve(dose, (np.arange(30) % 7) * 8 < dose / 4, np.arange(30),
    ...                           kind="poisson", resamples=60, seed=1)
    >>> 20 < found.half_gy < 200
    True
    """
    x, y = np.asarray(doses_gy, dtype=float), np.asarray(outcome, dtype=bool)
    good = x.size and np.all(np.isfinite(x)) and x.min() > 0 and np.ptp(x) > 0
    if kind not in CONTROL_KINDS or not good or y.all() or not y.any():
        raise TrialError(
            "a control curve can't be fitted", got=f"{kind}, {y.sum()} of {y.size}",
            allowed=f"{', '.join(CONTROL_KINDS)}; positive doses that differ; both outcomes",
            remedy="show the data instead",
        )  # fmt: skip
    reference = float(np.exp(np.log(x).mean()))
    none = np.zeros_like(x)
    exact = DoseData(log_dose=np.log(x / reference), log_sd=none, responded=y)
    unsure = none if log_sd is None else np.asarray(log_sd, dtype=float)
    data = DoseData(log_dose=exact.log_dose, log_sd=unsure, responded=y)
    one = np.ones((1, y.size))
    best, plain = _fit(kind, data, one)[0], _fit(kind, exact, one)[0]
    if not np.all(np.isfinite([best, plain])):
        raise TrialError(
            "a control curve has no finite fit", got=f"{kind}, {x.min():g} to {x.max():g} Gy",
            remedy="look for a dose in another unit",
        )  # fmt: skip
    draws = _fit(kind, data, cluster_resamples(clusters, resamples=resamples, seed=seed))
    draws = draws[np.all(np.isfinite(draws), axis=1)]
    if common_dose_share:
        shift = np.random.default_rng([seed, 2]).standard_normal(draws.shape[0])
        shift *= math.sqrt(math.log1p(common_dose_share**2))
        if kind == "logistic":
            draws[:, 0] += draws[:, 1] * shift
        else:
            draws[:, 1] *= np.exp(shift)
    half, shape = _half(kind, best, reference)
    subjects = int(np.unique(clusters).size)
    doses = np.geomspace(x.min() / 10, x.max() * 10, 801)
    below, above = bootstrap_interval(
        draws[:, :1] + draws[:, 1:] * _scaled(kind, doses / reference),
        confidence=confidence, clusters=subjects,
    )  # fmt: skip
    wanted = link_of(0.5, _LINK[kind])
    last = first_crossing(-doses[::-1], (wanted - below)[::-1])
    return ControlCurve(
        kind=kind, reference_gy=reference, coefficients=(float(best[0]), float(best[1])),
        uncorrected=(float(plain[0]), float(plain[1])), draws=draws, confidence=confidence,
        subjects=subjects, half_gy=half, shape_factor=shape,
        half_interval_gy=(first_crossing(doses, above - wanted), None if last is None else -last),
    )  # fmt: skip


def _fit(kind: str, data: DoseData, weights: Floats) -> Floats:
    if kind == "logistic":
        return fit_corrected(data, weights, link=_LINK[kind])
    return fit_integrated(data, weights, link=_LINK[kind])


def _scaled(kind: str, ratio: Floats) -> Floats:
    return np.log(ratio) if kind == "logistic" else np.asarray(ratio)


def _half(
    kind: str, best: Floats | tuple[float, float], reference: float
) -> tuple[float | None, float | None]:
    """D50 and gamma50 (of lkb m)."""
    intercept, slope = float(best[0]), float(best[1])
    if slope <= 0:
        return None, None
    at = (link_of(0.5, _LINK[kind]) - intercept) / slope
    if kind == "logistic":
        return reference * math.exp(at), slope / 4
    if at <= 0:
        return None, None
    if kind == "poisson":
        return reference * at, 0.5 * math.log(2) * slope * at
    return reference * at, 1 / (slope * at)
