"""Lesions within patients: resamples of patients, and a sandwich that knows of few clusters."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.links import curve

__all__ = ["cluster_numbers", "cluster_resamples", "sandwich_covariance"]

Floats = NDArray[np.float64]


def cluster_numbers(subjects: Sequence[str]) -> NDArray[np.int64]:
    """Number the subjects in the order in which they come.

    Examples
    --------
    >>> cluster_numbers(["b", "a", "b"]).tolist()
    [0, 1, 0]
    """
    seen: dict[str, int] = {}
    return np.array([seen.setdefault(name, len(seen)) for name in subjects], dtype=np.int64)


def cluster_resamples(clusters: NDArray[np.int64], *, resamples: int, seed: int) -> Floats:
    """Draw patients with replacement, each with all their lesions.

    Parameters
    ----------
    clusters : ndarray of int, shape (n,)
        Numbers of the patients, from 0.
    resamples : int
    seed : int

    Returns
    -------
    ndarray of float, shape (resamples, n)
        How often each lesion stands in each resample.

    Raises
    ------
    TrialError
        Fewer than two patients, or fewer than one resample.

    References
    ----------
    Davison AC, Hinkley DV. Bootstrap Methods and their Application, 1997, section 3.8. Field CA,
    Welsh AH. J R Stat Soc B 2007;69:369.

    Examples
    --------
    >>> weights = cluster_resamples(np.array([0, 0, 1]), resamples=3, seed=1)
    >>> weights.shape, bool(np.all(weights[:, 0] == weights[:, 1]))
    ((3, 3), True)
    """
    count = int(clusters.max(initial=-1)) + 1
    if count < 2 or resamples < 1:
        raise TrialError(
            "resampling needs two patients or more, and one resample or more",
            got=f"{count} patients, {resamples} resamples",
            remedy="show the data instead",
        )
    generator = np.random.default_rng(seed)
    drawn = generator.multinomial(count, np.full(count, 1 / count), size=resamples)
    return drawn[:, clusters].astype(float)


def sandwich_covariance(
    design: Floats,
    outcome: NDArray[np.bool_],
    clusters: NDArray[np.int64],
    coefficients: Sequence[float],
    *,
    link: str = "logit",
) -> Floats:
    """Give the covariance of coefficients under any correlation within patients.

    Liang and Zeger's sandwich with Mancl and DeRouen's correction: residuals of a patient are
    divided by one less the leverage of that patient, which takes out the sandwich's bias towards
    zero with few patients.

    Parameters
    ----------
    design : ndarray of float, shape (n, p)
    outcome : ndarray of bool, shape (n,)
    clusters : ndarray of int, shape (n,)
    coefficients : sequence of float
    link : str

    Returns
    -------
    ndarray of float, shape (p, p)

    References
    ----------
    Liang KY, Zeger SL. Biometrika 1986;73:13. Mancl LA, DeRouen TA. Biometrics 2001;57:126.

    Examples
    --------
    >>> x = np.column_stack([np.ones(6), [0.0, 0, 0, 1, 1, 1]])
    >>> y = np.array([True, False, False, True, True, False])
    >>> sandwich_covariance(x, y, np.arange(6), [-0.6931, 1.3863]).shape
    (2, 2)
    """
    p, q, slope, _ = curve(design @ np.asarray(coefficients, dtype=float), link)
    rest = np.asarray(outcome, dtype=float) - p
    variance = p * q
    bread = np.linalg.inv((design * (slope**2 / variance)[:, None]).T @ design)
    meat = np.zeros((design.shape[1], design.shape[1]))
    for cluster in np.unique(clusters):
        own = clusters == cluster
        d = design[own] * slope[own, None]  # derivative of the probability
        weigh = d / variance[own, None]
        leverage = d @ bread @ weigh.T
        score = weigh.T @ np.linalg.solve(np.eye(own.sum()) - leverage, rest[own])
        meat += np.outer(score, score)
    return bread @ meat @ bread
