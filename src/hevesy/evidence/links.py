"""Curves that turn a linear predictor into a probability, with their derivatives."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit, ndtr, ndtri

from hevesy.errors import TrialError

__all__ = ["LINKS", "LINK_WORDS", "link_of", "probability_of"]

LINKS = ("logit", "probit", "loglog")
"""``loglog`` is the Poisson model of tumour control: exp(-exp(-predictor))."""

LINK_WORDS = {"logit": "log odds", "probit": "probit", "loglog": "-log(-log(share))"}
"""What each curve's slope is the slope of."""

_EDGE = {"logit": (-300.0, 300.0), "probit": (-25.0, 25.0), "loglog": (-6.0, 300.0)}

Floats = NDArray[np.float64]


def probability_of(predictor: Floats, link: str) -> Floats:
    """Give the probability at a linear predictor.

    Parameters
    ----------
    predictor : ndarray of float, any shape
    link : str
        One of `LINKS`.

    Returns
    -------
    ndarray of float, same shape

    Examples
    --------
    >>> probability_of(np.array([0.0]), "logit").tolist()
    [0.5]
    """
    require_link(link)
    return curve(predictor, link)[0]


def link_of(probability: float, link: str) -> float:
    """Give the linear predictor of a probability.

    Parameters
    ----------
    probability : float
        Between 0 and 1, both excluded.
    link : str
        One of `LINKS`.

    Returns
    -------
    float

    Raises
    ------
    TrialError
        A probability that is not between 0 and 1.

    Examples
    --------
    >>> round(link_of(0.5, "loglog"), 4)
    0.3665
    """
    require_link(link)
    if not 0 < probability < 1:
        raise TrialError(
            "a probability must lie between 0 and 1",
            got=probability,
            allowed="0 < p < 1",
            remedy="give 0.5 or 0.8, for example",
        )
    if link == "logit":
        return float(logit(probability))
    if link == "probit":
        return float(ndtri(probability))
    return float(-np.log(-np.log(probability)))


def require_link(link: str) -> None:
    """Refuse a curve that is not known."""
    if link not in LINKS:
        raise TrialError(
            "this curve is not known", got=link, allowed=", ".join(LINKS), remedy="take logit"
        )


def curve(predictor: Floats, link: str) -> tuple[Floats, Floats, Floats, Floats]:
    """Probability, its complement, first derivative, and second over first derivative."""
    eta = np.clip(predictor, *_EDGE[link])
    if link == "logit":
        p, q = expit(eta), expit(-eta)
        return p, q, p * q, q - p
    if link == "probit":
        p, q = ndtr(eta), ndtr(-eta)
        return p, q, np.exp(-0.5 * eta**2) / np.sqrt(2 * np.pi), -eta
    t = np.exp(-eta)
    p, q = np.exp(-t), -np.expm1(-t)
    return p, q, t * p, t - 1
