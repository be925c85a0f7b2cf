"""A study's own prior: the distribution of its patients' kinetics, from their posteriors."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import FitError
from hevesy.timeactivity.posterior import CurvePosterior
from hevesy.timeactivity.prior import KineticsPrior

__all__ = ["LEAST_PATIENTS", "fit_study_prior"]

Array = NDArray[np.float64]
LEAST_PATIENTS = 5
_STEPS = 40
_FLOOR_SD = 0.35  # of each coordinate; with as many patients' weight as `_FLOOR_PATIENTS`
_FLOOR_PATIENTS = 2.0


def fit_study_prior(
    patients: Sequence[CurvePosterior], *, given: KineticsPrior, name: str = "study"
) -> KineticsPrior:
    """Fit the normal distribution of kinetics over a study's lesions (hierarchical, by EM).

    Each lesion's posterior under the prior `given` is a sample; weighted by the new prior over the
    given one it is the lesion's posterior under the new. Expectation and maximisation alternate
    from the given prior on, so what no scan tells stays as wide as it was. The covariance is held
    up by two patients' worth of 0.35 in each coordinate, and widened by 1 + 1/n for the mean's own
    uncertainty.

    Parameters
    ----------
    patients : sequence of CurvePosterior
        One for each lesion, after its last scan, found under `given` alone.
    given : KineticsPrior
        Best a wide one.
    name : str

    Returns
    -------
    KineticsPrior

    Raises
    ------
    FitError
        Fewer than `LEAST_PATIENTS`, or posteriors whose injected activity was left out.

    References
    ----------
    Dempster, Laird, Rubin, J R Stat Soc B 1977;39:1; Wei and Tanner, J Am Stat Assoc 1990;85:699
    (expectation by sampling).

    Examples
    --------
    >>> fit_study_prior([], given=KineticsPrior(name="a", source="b", mean=np.zeros(6),
    ...                                         covariance=np.eye(6)))
    Traceback (most recent call last):
    ...
    hevesy.errors.FitError: ...
    """
    usable = [patient for patient in patients if not patient.warnings]
    if len(usable) < LEAST_PATIENTS:
        raise FitError(
            "too few lesions for a study's prior",
            got=f"{len(usable)} usable of {len(patients)}",
            allowed=f"{LEAST_PATIENTS} or more, with their injected activity",
            remedy='take "wide" until there are more',
        )
    samples = [patient.coordinates for patient in usable]
    floor = _FLOOR_SD**2 * np.eye(given.mean.size)
    mean, covariance = given.mean, given.covariance
    n = len(samples)
    for _ in range(_STEPS):
        weights = [_weights(z, mean, covariance, given) for z in samples]
        pairs = list(zip(weights, samples, strict=True))
        mean = np.mean([w @ z for w, z in pairs], axis=0)
        spread = np.mean([(z - mean).T @ ((z - mean) * w[:, None]) for w, z in pairs], axis=0)
        covariance = (n * spread + _FLOOR_PATIENTS * floor) / (n + _FLOOR_PATIENTS)
    return KineticsPrior(
        name=name,
        source=f"{n} lesions of the study",
        mean=mean,
        covariance=covariance * (1.0 + 1.0 / n),
    )


def _weights(z: Array, mean: Array, covariance: Array, given: KineticsPrior) -> Array:
    """Normalised weights (n,) that turn the given prior's posterior into the new prior's."""
    ratio = _log_density(z, mean, covariance) - _log_density(z, given.mean, given.covariance)
    weight = np.exp(ratio - ratio.max())
    return np.asarray(weight / weight.sum())


def _log_density(z: Array, mean: Array, covariance: Array) -> Array:
    factor = np.linalg.cholesky(covariance)
    white = np.linalg.solve(factor, (z - mean).T)
    log_determinant = 2 * float(np.log(np.diag(factor)).sum())
    return np.asarray(-0.5 * (np.sum(white**2, axis=0) + log_determinant))
