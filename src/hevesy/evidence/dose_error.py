"""Doses that are known with an uncertainty: what that does to a curve, and how it is undone."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from hevesy.errors import TrialError
from hevesy.evidence.jeffreys import fit_resamples
from hevesy.evidence.links import curve

__all__ = [
    "CORRECTIONS",
    "LEAST_RELIABILITY",
    "DoseData",
    "fit_corrected",
    "fit_integrated",
    "log_uncertainty",
]

Floats = NDArray[np.float64]

CORRECTIONS = ("calibration", "simex", "none")
"""How the attenuation by uncertain doses is undone."""

LEAST_RELIABILITY = 0.5
"""True share of the variance below which models beside the threshold take doses as exact.

Half of what is seen is error then, and undoing it multiplies that.
"""

_SHRINK = {"logit": 1 / 1.7**2, "probit": 1.0, "loglog": 0.0}
_WIDTH = {"logit": 1 / 1.7**2, "probit": 1.0, "loglog": 6 / np.pi**2}
"""One over the variance of the tolerances that each curve is the distribution of."""

_MOST = 4.0  # a curve steeper than its doses can show: the widening stops here
_LEAST_RELIABILITY = 0.2
_ROUNDS, _CLOSE = 12, 1e-3
_ADDED = (0.5, 1.0, 1.5, 2.0)
_NODES, _NODE_WEIGHTS = np.polynomial.hermite_e.hermegauss(9)
_NEVER = 1e-12  # least probability, and least chance of the contrary, of a lesion in its fit


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseData:
    """Doses of lesions with their uncertainty, on the log scale, and what became of them.

    Parameters
    ----------
    log_dose : ndarray of float, shape (n,)
        Natural logarithm of the dose over a reference.
    log_sd : ndarray of float, shape (n,)
        Standard deviation of it, 0 where none is taken.
    responded : ndarray of bool, shape (n,)

    Raises
    ------
    TrialError
        Lengths that differ, or numbers that are not finite.

    Examples
    --------
    >>> data = DoseData(log_dose=np.array([0.0, 0.4]), log_sd=np.array([0.1, 0.1]),
    ...                 responded=np.array([False, True]))
    >>> data.responded.sum()
    np.int64(1)
    """

    log_dose: Floats
    log_sd: Floats
    responded: NDArray[np.bool_]

    def __post_init__(self) -> None:
        shapes = {self.log_dose.shape, self.log_sd.shape, self.responded.shape}
        good = np.all(np.isfinite(self.log_dose)) and np.all(np.isfinite(self.log_sd))
        if len(shapes) > 1 or not good or np.any(self.log_sd < 0):
            raise TrialError(
                "doses, their uncertainties and outcomes do not fit",
                got=f"shapes {sorted(shapes)}",
                allowed="three vectors of one length, finite",
                remedy="give each lesion a dose, an uncertainty and an outcome",
            )
        for name in ("log_dose", "log_sd", "responded"):
            values = getattr(self, name).copy()
            values.setflags(write=False)
            object.__setattr__(self, name, values)


def log_uncertainty(dose_gy: Floats, uncertainty_gy: Floats) -> Floats:
    """Give the standard deviation of a log-normal dose's logarithm.

    The log-normal has the stated mean and standard deviation.

    Parameters
    ----------
    dose_gy, uncertainty_gy : ndarray of float, same shape

    Returns
    -------
    ndarray of float, same shape

    References
    ----------
    Johnson NL, Kotz S, Balakrishnan N. Continuous Univariate Distributions 1, 1994, ch. 14.

    Examples
    --------
    >>> log_uncertainty(np.array([100.0]), np.array([20.0])).round(4).tolist()
    [0.198]
    """
    relative = np.asarray(uncertainty_gy, dtype=float) / np.asarray(dose_gy, dtype=float)
    return np.asarray(np.sqrt(np.log1p(relative**2)))


def reliability(data: DoseData, weights: Floats) -> Floats:
    """True over observed variance of the log doses in each resample, not below a floor."""
    _, spread, _ = _moments(data, weights)
    error = weights @ data.log_sd**2 / weights.sum(axis=1)
    return np.asarray(spread / (spread + error))


def at_floor(data: DoseData) -> bool:
    """Whether the doses hardly differ beyond their uncertainty: nothing can be undone."""
    ones = np.ones((1, data.log_dose.size))
    return bool(_moments(data, ones)[2][0])


def fit_corrected(
    data: DoseData,
    weights: Floats,
    *,
    link: str = "logit",
    correction: str = "calibration",
    seed: int = 1,
    copies: int = 50,
) -> Floats:
    """Fit response against log dose in many resamples, with the doses' uncertainty undone.

    ``calibration``: each log dose is replaced by its expectation given what was measured (normal
    true log doses; mean and spread from the resample itself), and the curve is widened by the
    variance that is left, the logistic-normal integral taken by its probit approximation (for
    loglog the expectation alone). ``simex``: error is added four times, and the coefficients
    extrapolated by a parabola to none. ``none``: attenuated, for comparison. Errors are taken as
    independent from lesion to lesion; an error common to all doses moves the threshold with it
    and attenuates nothing.

    Parameters
    ----------
    data : DoseData
    weights : ndarray of float, shape (resamples, n)
    link : str
    correction : str
        One of `CORRECTIONS`.
    seed : int
        Of simex's added errors.
    copies : int
        Of the data at each of simex's four error sizes.

    Returns
    -------
    ndarray of float, shape (resamples, 2)
        Intercept and slope per unit of the true log dose.

    Raises
    ------
    TrialError
        A correction that is not known.

    References
    ----------
    Carroll RJ, Ruppert D, Stefanski LA, Crainiceanu CM. Measurement Error in Nonlinear Models,
    2nd ed. 2006, sections 4.2, 4.8.2 (calibration), 5.3 (simex).

    Examples
    --------
    >>> log_dose = np.linspace(-1, 1, 40)
    >>> data = DoseData(log_dose=log_dose, log_sd=np.full(40, 0.4),
    ...                 responded=np.sin(9 * log_dose) / 2 + log_dose > 0)
    >>> one = np.ones((1, 40))
    >>> naive = fit_corrected(data, one, correction="none")
    >>> bool(fit_corrected(data, one)[0, 1] > naive[0, 1])
    True
    """
    if correction not in CORRECTIONS:
        raise TrialError(
            "this correction is not known",
            got=correction,
            allowed=", ".join(CORRECTIONS),
            remedy="take calibration",
        )
    if correction == "none" or not np.any(data.log_sd > 0):
        return fit_resamples(_design(data.log_dose[None]), data.responded, weights, link=link)
    if correction == "simex":
        return _extrapolate(data, weights, link, seed, copies)
    return _calibrate(data, weights, link)


def _design(x: Floats) -> Floats:
    return np.stack([np.ones_like(x), x], axis=-1)


def _moments(data: DoseData, weights: Floats) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Mean and true variance of the log doses in each resample; whether a floor was met."""
    total = weights.sum(axis=1)
    mean = weights @ data.log_dose / total
    off = data.log_dose[None] - mean[:, None]
    variance = np.sum(weights * off**2, axis=1) / np.maximum(total - 1, 1)
    spread = variance - weights @ data.log_sd**2 / total
    floor = _LEAST_RELIABILITY * variance
    return mean, np.maximum(np.maximum(spread, floor), 1e-12), spread < floor


def expected_log_dose(data: DoseData, weights: Floats) -> tuple[Floats, Floats]:
    """True log doses as they are expected given what was measured, in each resample.

    Parameters
    ----------
    data : DoseData
    weights : ndarray of float, shape (resamples, n)

    Returns
    -------
    ndarray of float, shape (resamples, n)
        Expectations.
    ndarray of float, shape (resamples, n)
        Variances that are left.
    """
    mean, spread, _ = _moments(data, weights)
    error = data.log_sd[None] ** 2
    share = spread[:, None] / (spread[:, None] + error)
    return mean[:, None] + share * (data.log_dose[None] - mean[:, None]), share * error


def _calibrate(data: DoseData, weights: Floats, link: str) -> Floats:
    expected, variance = expected_log_dose(data, weights)
    left = variance * _SHRINK[link]
    found = fit_resamples(_design(expected), data.responded, weights, link=link)
    if not np.any(left > 0):
        return found
    open_ones = np.flatnonzero(np.all(np.isfinite(found), axis=1))
    for _ in range(_ROUNDS):
        some = found[open_ones]
        widen = np.sqrt(np.minimum(1 + some[:, 1:] ** 2 * left[open_ones], _MOST))
        design = _design(expected[open_ones]) / widen[..., None]
        again = fit_resamples(design, data.responded, weights[open_ones], link=link, start=some)
        found[open_ones] = again
        open_ones = open_ones[np.abs(again - some).max(axis=1) > _CLOSE]
        if open_ones.size == 0:
            break
    return found


def fit_integrated(data: DoseData, weights: Floats, *, link: str) -> Floats:
    """Fit response against dose (not its logarithm), log-normal uncertainties undone.

    Each dose is replaced by the one at which the curve gives the probability that is expected
    given what was measured (normal true log doses; mean and spread from the resample itself; nine
    nodes of Gauss and Hermite), until nothing changes. The score then has the expectation zero.
    As in `fit_corrected` a curve steeper than its doses can show is held: integrated over no more
    than doubles its width.

    Parameters
    ----------
    data : DoseData
    weights : ndarray of float, shape (resamples, n)
    link : str

    Returns
    -------
    ndarray of float, shape (resamples, 2)
        Intercept, and slope per unit of the true dose over the reference.

    References
    ----------
    Carroll RJ, Ruppert D, Stefanski LA, Crainiceanu CM. Measurement Error in Nonlinear Models,
    2nd ed. 2006, sections 4.6 and 8.

    Examples
    --------
    >>> from dataclasses import replace
    >>> generator = np.random.default_rng(0)
    >>> true, error = 0.6 * generator.normal(size=2000), 0.4 * generator.normal(size=2000)
    >>> data = DoseData(log_dose=true + error, log_sd=np.full(2000, 0.4),
    ...                 responded=generator.random(2000) < np.exp(-np.exp(3.5 - 4 * np.exp(true))))
    >>> found = fit_integrated(data, np.ones((1, 2000)), link="loglog")
    >>> naive = fit_integrated(replace(data, log_sd=np.zeros(2000)), np.ones((1, 2000)),
    ...                        link="loglog")
    >>> round(float(found[0, 1])), round(float(naive[0, 1]))
    (4, 2)
    """
    if not np.any(data.log_sd > 0):
        design = _design(np.exp(data.log_dose)[None])
        return fit_resamples(design, data.responded, weights, link=link)
    middle, left = expected_log_dose(data, weights)
    share = _NODE_WEIGHTS / _NODE_WEIGHTS.sum()
    mean = np.exp(middle + left / 2)
    found = fit_resamples(_design(mean), data.responded, weights, link=link)
    open_ones = np.flatnonzero(np.all(np.isfinite(found), axis=1))
    for _ in range(_ROUNDS):
        some = found[open_ones]
        p, q = np.zeros_like(mean[open_ones]), np.zeros_like(mean[open_ones])
        steep = some[:, 1:] * mean[open_ones]  # per unit of log dose
        room = (_MOST - 1) / np.maximum(_WIDTH[link] * steep**2, 1e-12)
        spread = np.sqrt(np.minimum(left[open_ones], room))
        for node, weight in zip(_NODES, share, strict=True):
            dose = np.exp(middle[open_ones] + spread * node)
            up, down, _, _ = curve(some[:, :1] + some[:, 1:] * dose, link)
            p, q = p + weight * up, q + weight * down
        with np.errstate(divide="ignore", invalid="ignore"):
            dose = (predictor_of(p, q, link) - some[:, :1]) / some[:, 1:]
        dose = np.where(np.abs(some[:, 1:]) > _CLOSE, dose, mean[open_ones])
        again = fit_resamples(
            _design(dose), data.responded, weights[open_ones], link=link, start=some
        )
        found[open_ones] = again
        open_ones = open_ones[np.abs(again - some).max(axis=1) > _CLOSE]
        if open_ones.size == 0:
            break
    return found


def predictor_of(p: Floats, q: Floats, link: str) -> Floats:
    """Linear predictors of probabilities, given with their complements."""
    p, q = np.clip(p, _NEVER, 1.0), np.clip(q, _NEVER, 1.0)
    if link == "logit":
        return np.asarray(np.log(p) - np.log(q))
    if link == "probit":
        return np.asarray(np.where(p < 0.5, ndtri(p), -ndtri(q)))
    return np.asarray(-np.log(np.where(p < 0.5, -np.log(p), -np.log1p(-q))))


def _extrapolate(data: DoseData, weights: Floats, link: str, seed: int, copies: int) -> Floats:
    generator = np.random.default_rng(seed)
    noise = generator.standard_normal((copies, data.log_dose.size)) * data.log_sd
    noise -= noise.mean(axis=0)  # errors that average to none: less scatter for the same copies
    means = [fit_resamples(_design(data.log_dose[None]), data.responded, weights, link=link)]
    for added in _ADDED:
        shifted = data.log_dose + np.sqrt(added) * noise
        if weights.shape[0] == 1:
            many = np.repeat(weights, copies, axis=0)
            found = fit_resamples(_design(shifted), data.responded, many, link=link)
            means.append(found.mean(axis=0, keepdims=True))
            continue
        total = np.zeros_like(means[0])
        for one in shifted:
            total += fit_resamples(_design(one[None]), data.responded, weights, link=link)
        means.append(total / copies)
    at = np.array([0.0, *_ADDED])
    parabola = np.stack([np.ones_like(at), at, at**2], axis=1)
    pick = np.array([1.0, -1.0, 1.0]) @ np.linalg.pinv(parabola)
    return np.asarray(np.einsum("k,kbp->bp", pick, np.stack(means)))
