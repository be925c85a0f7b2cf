"""The continual reassessment method: one parameter, its posterior, the next level."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hevesy.errors import TrialError
from hevesy.evidence.escalation import check_toxicities

__all__ = [
    "MODELS",
    "PRIOR_VARIANCE",
    "CrmPosterior",
    "Reassessment",
    "count_outcomes",
    "reassess",
]

MODELS = ("power", "logistic")
PRIOR_VARIANCE = 1.34
_INTERCEPT = 3.0
_STANDARD = np.linspace(-8.0, 8.0, 2001)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reassessment:
    """What the model says after some patients.

    Parameters
    ----------
    parameter : tuple of (float, float)
        Posterior mean and standard deviation.
    toxicities : tuple of float
        By level, at the posterior mean of the parameter.
    level : int
        From 0: nearest to the target.
    """

    parameter: tuple[float, float]
    toxicities: tuple[float, ...]
    level: int


def reassess(
    skeleton: Sequence[float],
    *,
    target_share: float,
    levels: Sequence[int],
    toxic: Sequence[bool],
    model: str = "power",
    prior_variance_factor: float = PRIOR_VARIANCE,
) -> Reassessment:
    """Give the posterior of the model and the level nearest to the target.

    Power model: skeleton to the exp(a); logistic: intercept 3, slope exp(a) over doses that give
    the skeleton at a = 0. Prior of a: normal, mean 0.

    Parameters
    ----------
    skeleton : sequence of float
        Guessed toxicities, by level.
    target_share : float
    levels : sequence of int
        Each patient's level, from 0.
    toxic : sequence of bool
    model : str
        One of `MODELS`.
    prior_variance_factor : float
        Of a.

    Returns
    -------
    Reassessment

    Raises
    ------
    TrialError
        A model that is not known, levels that do not exist, a target that is not between 0 and 1,
        a variance that is not between 0.01 and 100.

    References
    ----------
    O'Quigley J, Pepe M, Fisher L. Biometrics 1990;46:33. Cheung YK. Dose Finding by the Continual
    Reassessment Method, 2011, chapter 3.

    Examples
    --------
    >>> found = reassess([0.05, 0.12, 0.25, 0.40, 0.55], target_share=0.25, model="logistic",
    ...                  levels=[2, 4, 4, 2, 3], toxic=[False, False, True, False, False])
    >>> found.level, [round(p, 2) for p in found.toxicities]
    (3, [0.01, 0.03, 0.08, 0.18, 0.33])
    """
    posterior = CrmPosterior(
        skeleton,
        target_share=target_share,
        model=model,
        prior_variance_factor=prior_variance_factor,
    )
    return posterior.reassess(*count_outcomes(levels, toxic, size=len(skeleton)))


def count_outcomes(
    levels: Sequence[int], toxic: Sequence[bool], *, size: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Count patients treated and patients with a toxicity, by level.

    Parameters
    ----------
    levels : sequence of int
        Each patient's, from 0.
    toxic : sequence of bool
    size : int
        Number of levels.

    Returns
    -------
    (ndarray, ndarray)
        float64, shape (levels,).

    Raises
    ------
    TrialError
        More of one than of the other, or a level that does not exist.

    Examples
    --------
    >>> count_outcomes([0, 0, 1], [False, True, True], size=2)
    (array([2., 1.]), array([1., 1.]))
    """
    if len(levels) != len(toxic):
        raise TrialError(
            "every patient needs a level and an outcome",
            got=f"{len(levels)} levels, {len(toxic)} outcomes", remedy="give as many of both",
        )  # fmt: skip
    if any(not 0 <= level < size for level in levels):
        raise TrialError(
            "a patient's level does not exist", got=next(a for a in levels if not 0 <= a < size),
            allowed=f"0 to {size - 1}", remedy="count levels from 0",
        )  # fmt: skip
    n, y = np.zeros(size), np.zeros(size)
    np.add.at(n, list(levels), 1)
    np.add.at(y, list(levels), np.asarray(toxic, dtype=float))
    return n, y


class CrmPosterior:
    """The posterior of one model and prior, for many trials.

    Parameters
    ----------
    skeleton : sequence of float
    target_share : float
    model : str
    prior_variance_factor : float

    Raises
    ------
    TrialError
        A skeleton that does not rise, a model that is not known, a target that is not between 0
        and 1, a variance that is not between 0.01 and 100.

    Examples
    --------
    >>> import numpy as np
    >>> made = CrmPosterior([0.1, 0.3], target_share=0.3)
    >>> made.reassess(np.array([3.0, 0.0]), np.array([0.0, 0.0])).level
    1
    """

    def __init__(
        self,
        skeleton: Sequence[float],
        *,
        target_share: float,
        model: str = "power",
        prior_variance_factor: float = PRIOR_VARIANCE,
    ) -> None:
        guess = check_toxicities(skeleton, what="skeleton")
        if any(b <= a for a, b in pairwise(guess)):
            raise TrialError(
                "the skeleton's levels can't be told apart", got=", ".join(f"{v:g}" for v in guess),
                allowed="probabilities that rise from level to level", remedy="guess anew",
            )  # fmt: skip
        if (
            model not in MODELS
            or not 0 < target_share < 1
            or not 0.01 <= prior_variance_factor <= 100
        ):
            raise TrialError(
                "this reassessment can't be made",
                got=f"{model}, target {target_share}, variance {prior_variance_factor}",
                allowed=f"{', '.join(MODELS)}; a target between 0 and 1; a variance of 0.01 to 100",
                remedy="correct it",
            )
        self._guess, self._model, self._target_share = guess, model, target_share
        self._grid = prior_variance_factor**0.5 * _STANDARD
        self._tables = _log_tables(guess, model, self._grid)
        self._prior = np.exp(-0.5 * _STANDARD**2)

    def reassess(self, n: NDArray[np.float64], y: NDArray[np.float64]) -> Reassessment:
        """Give what the model says after some patients.

        Parameters
        ----------
        n, y : ndarray
            Treated, and with a toxicity; float64, shape (levels,).

        Returns
        -------
        Reassessment
        """
        weight = self._weights(n, y)
        mean = float(weight @ self._grid)
        sd = float(np.sqrt(weight @ (self._grid - mean) ** 2))
        shares = _shares(self._guess, self._model, np.array([mean]))[0]
        return Reassessment(
            parameter=(mean, sd), toxicities=tuple(shares.tolist()),
            level=int(np.argmin(np.abs(shares - self._target_share))),
        )  # fmt: skip

    def exceeds(
        self, n: NDArray[np.float64], y: NDArray[np.float64], *, toxic_share: float
    ) -> float:
        """Give the posterior probability that the lowest level's toxicity exceeds a share.

        Parameters
        ----------
        n, y : ndarray
            Treated, and with a toxicity; float64, shape (levels,).
        toxic_share : float

        Returns
        -------
        float
        """
        lowest = np.exp(self._tables[0][:, 0])
        return float(self._weights(n, y)[lowest > toxic_share].sum())

    def _weights(self, n: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        likely = self._tables[0] @ y + self._tables[1] @ (n - y)
        weight = self._prior * np.exp(likely - likely.max())
        return np.asarray(weight / weight.sum())


def _shares(
    guess: tuple[float, ...], model: str, parameter: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Toxicities, shape (parameters, levels)."""
    base = np.asarray(guess)
    scale = np.exp(parameter)[:, None]
    if model == "power":
        return np.asarray(base[None] ** scale)
    dose = np.log(base / (1 - base)) - _INTERCEPT
    return np.asarray(expit(_INTERCEPT + scale * dose))


def _log_tables(
    guess: tuple[float, ...], model: str, grid: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Logarithms of toxicity and of none, shape (grid, levels)."""
    shares = np.clip(_shares(guess, model, grid), 1e-300, 1 - 1e-16)
    return np.log(shares), np.log1p(-shares)
