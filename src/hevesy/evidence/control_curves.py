"""Curves of tumour control and of complications, fitted and published."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.clusters import cluster_resamples
from hevesy.evidence.jeffreys import fit_resamples
from hevesy.evidence.links import link_of, probability_of

__all__ = [
    "CONTROL_KINDS",
    "PUBLISHED_DOSES",
    "PUBLISHED_WARNING",
    "ControlCurve",
    "PublishedDose",
    "fit_control_curve",
    "lkb_ntcp",
    "logistic_tcp",
    "poisson_tcp",
]

Floats = NDArray[np.float64]

CONTROL_KINDS = ("logistic", "poisson", "lkb")
"""Logistic in log dose; Poisson (surviving clonogens) and Lyman's normal curve in dose."""

_LINK = {"logistic": "logit", "poisson": "loglog", "lkb": "probit"}

PUBLISHED_WARNING = (
    "a threshold does not carry from one agent to another: dose rate, range, how evenly the dose "
    "lies, the tumour and how response was read differ"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDose:
    """A dose that others reported, to stand beside one's own.

    Parameters
    ----------
    agent, what : str
    dose_gy : float
    bed_gy : float or None
    source : str

    Examples
    --------
    >>> PUBLISHED_DOSES[0].agent, PUBLISHED_DOSES[0].dose_gy
    ('90Y', 292.0)
    """

    agent: str
    what: str
    dose_gy: float
    bed_gy: float | None
    source: str


PUBLISHED_DOSES = (
    PublishedDose(
        agent="90Y", what="half of the tumours controlled", dose_gy=292.0, bed_gy=441.0,
        source="J Nucl Med 61:104",
    ),
    PublishedDose(
        agent="186Re nanoliposome, intratumoral", what="longer survival at or above it",
        dose_gy=100.0, bed_gy=None, source="ReSPECT trial, abstracts",
    ),
    PublishedDose(
        agent="32P, intratumoral", what="prescribed, no threshold", dose_gy=100.0, bed_gy=None,
        source="NCT05131776",
    ),
)  # fmt: skip


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
        Of the predictor in log(dose / reference), or dose / reference.
    draws : ndarray of float, shape (resamples, 2)
    confidence : float
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
    draws: Floats = field(repr=False)
    confidence: float
    half_gy: float | None
    half_interval_gy: tuple[float | None, float | None]
    shape_factor: float | None

    def __post_init__(self) -> None:
        self.draws.setflags(write=False)

    def probability(self, dose_gy: Floats) -> Floats:
        """On the curve."""
        x = _scaled(self.kind, np.asarray(dose_gy, dtype=float) / self.reference_gy)
        return probability_of(self.coefficients[0] + self.coefficients[1] * x, _LINK[self.kind])

    def band(self, dose_gy: Floats) -> tuple[Floats, Floats]:
        """Pointwise interval, from resamples of patients."""
        x = _scaled(self.kind, np.asarray(dose_gy, dtype=float) / self.reference_gy)
        tail = 50 * (1 - self.confidence)
        every = self.draws[:, :1] + self.draws[:, 1:] * x
        low, high = np.percentile(every, [tail, 100 - tail], axis=0)
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
) -> ControlCurve:
    """Fit tumour control, or a complication of an organ, against dose, BED or EUD.

    Penalised by Jeffreys' prior, patients resampled. Doses are taken as exact: the slope is too
    flat if they are not (`fit_dose_response` undoes that). The volume exponent of lkb is in the
    EUD that is given; it is not fitted.

    Parameters
    ----------
    doses_gy : ndarray of float, shape (n,)
    outcome : ndarray of bool, shape (n,)
    clusters : ndarray of int, shape (n,)
    kind : str
        One of `CONTROL_KINDS`.
    resamples, seed : int
    confidence : float

    Returns
    -------
    ControlCurve

    Raises
    ------
    TrialError
        A kind that is not known, doses that are not positive or do not differ, one outcome alone.

    Examples
    --------
    >>> dose = np.linspace(20, 200, 30)
    >>> found = fit_control_curve(dose, (np.arange(30) % 7) * 8 < dose / 4, np.arange(30),
    ...                           kind="poisson", resamples=50, seed=1)
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
    scaled = _scaled(kind, x / reference)
    design = np.column_stack([np.ones_like(scaled), scaled])[None]
    best = fit_resamples(design, y, np.ones((1, y.size)), link=_LINK[kind])[0]
    weights = cluster_resamples(clusters, resamples=resamples, seed=seed)
    draws = fit_resamples(design, y, weights, link=_LINK[kind])
    draws = draws[np.all(np.isfinite(draws), axis=1)]
    half, shape = _half(kind, best, reference)
    low, high = _half_interval(kind, draws, reference, (x.min(), x.max()), confidence)
    return ControlCurve(
        kind=kind, reference_gy=reference, coefficients=(float(best[0]), float(best[1])),
        draws=draws, confidence=confidence, half_gy=half, half_interval_gy=(low, high),
        shape_factor=shape,
    )  # fmt: skip


def _scaled(kind: str, ratio: Floats) -> Floats:
    return np.log(ratio) if kind == "logistic" else np.asarray(ratio)


def _half(kind: str, best: Floats, reference: float) -> tuple[float | None, float | None]:
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


def _half_interval(
    kind: str, draws: Floats, reference: float, seen: tuple[float, float], confidence: float
) -> tuple[float | None, float | None]:
    doses = np.geomspace(seen[0] / 10, seen[1] * 10, 801)
    tail = 50 * (1 - confidence)
    every = draws[:, :1] + draws[:, 1:] * _scaled(kind, doses / reference)
    low, high = np.percentile(every, [tail, 100 - tail], axis=0) - link_of(0.5, _LINK[kind])
    reaches, passed = np.flatnonzero(high >= 0), np.flatnonzero(low < 0)
    first = None if reaches.size == 0 or reaches[0] == 0 else float(doses[reaches[0]])
    last = None if passed.size == 0 or passed[-1] == doses.size - 1 else float(doses[passed[-1]])
    return first, last
