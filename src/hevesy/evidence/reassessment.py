"""The continual reassessment method: one parameter, its posterior, the next level."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from hevesy.errors import TrialError
from hevesy.evidence.escalation import Operating, check_toxicities, require_trials

__all__ = ["MODELS", "Reassessment", "reassess", "simulate_crm"]

MODELS = ("power", "logistic")
_PRIOR_SD = 1.34**0.5
_INTERCEPT = 3.0
_GRID = np.linspace(-8 * _PRIOR_SD, 8 * _PRIOR_SD, 2001)
_PRIOR = np.exp(-0.5 * (_GRID / _PRIOR_SD) ** 2)


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
) -> Reassessment:
    """Give the posterior of the model and the level nearest to the target.

    Power model: skeleton to the exp(a); logistic: intercept 3, slope exp(a) over doses that give
    the skeleton at a = 0. Prior of a: normal, mean 0, variance 1.34.

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

    Returns
    -------
    Reassessment

    Raises
    ------
    TrialError
        A model that is not known, levels that do not exist, a target that is not between 0 and 1.

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
    guess = check_toxicities(skeleton, what="skeleton")
    if model not in MODELS or not 0 < target_share < 1 or len(levels) != len(toxic):
        raise TrialError(
            "this reassessment can't be made", got=f"{model}, target {target_share}",
            allowed=f"{', '.join(MODELS)}; a target between 0 and 1; an outcome a patient",
            remedy="correct it",
        )  # fmt: skip
    if any(not 0 <= level < len(guess) for level in levels):
        raise TrialError(
            "a patient's level does not exist", got=max(levels), allowed=f"0 to {len(guess) - 1}",
            remedy="count levels from 0",
        )  # fmt: skip
    n, y = np.zeros(len(guess)), np.zeros(len(guess))
    np.add.at(n, list(levels), 1)
    np.add.at(y, list(levels), np.asarray(toxic, dtype=float))
    mean, sd, shares = _posterior(_log_table(guess, model), n, y, guess, model)
    return Reassessment(
        parameter=(mean, sd), toxicities=tuple(shares.tolist()),
        level=int(np.argmin(np.abs(shares - target_share))),
    )  # fmt: skip


def simulate_crm(
    toxicities: Sequence[float],
    *,
    skeleton: Sequence[float],
    target_share: float,
    patients: int,
    cohort_size: int,
    trials: int,
    seed: int,
    model: str = "power",
) -> Operating:
    """Simulate trials by the continual reassessment method.

    Starts at the lowest level, skips no level on the way up, and does not go up after a cohort
    with a toxicity in its last patient.

    Parameters
    ----------
    toxicities, skeleton : sequence of float
        Supposed truth and the model's guess.
    target_share : float
    patients, cohort_size : int
    trials, seed : int
    model : str

    Returns
    -------
    Operating

    Raises
    ------
    TrialError
        A skeleton of another length than the truth, or a model that is not known.

    Examples
    --------
    >>> found = simulate_crm([0.05, 0.3, 0.6], skeleton=[0.1, 0.3, 0.5], target_share=0.3,
    ...                      patients=30, cohort_size=3, trials=100, seed=1)
    >>> found.selected[1] > 0.6
    True
    """
    values, guess = check_toxicities(toxicities), check_toxicities(skeleton, what="skeleton")
    cohorts = -(-patients // cohort_size) if cohort_size > 0 else 0
    require_trials(cohorts, cohort_size, trials)
    if len(values) != len(guess) or model not in MODELS or not 0 < target_share < 1:
        raise TrialError(
            "truth, skeleton, target and model do not fit",
            got=f"{len(values)} and {len(guess)} levels, target {target_share}, {model}",
            allowed=f"as many guesses as levels, a target between 0 and 1, {', '.join(MODELS)}",
            remedy="give one guess a level",
        )
    table = _log_table(guess, model)
    generator = np.random.default_rng(seed)
    size = len(values)
    chosen, treated, toxic = np.zeros(size), np.zeros(size), np.zeros(size)
    for _ in range(trials):
        n, y, level, highest = np.zeros(size), np.zeros(size), 0, 0
        for cohort in range(cohorts):
            now = min(cohort_size, patients - cohort * cohort_size)
            bad = generator.random(now) < values[level]
            n[level] += now
            y[level] += bad.sum()
            highest = max(highest, level)
            shares = _posterior(table, n, y, guess, model)[2]
            wanted = int(np.argmin(np.abs(shares - target_share)))
            last = level
            level = min(wanted, highest + 1)
            if bad[-1] and level > last:
                level = last
        chosen[min(wanted, highest)] += 1
        treated += n
        toxic += y
    return Operating(
        design=f"CRM ({model})", toxicities=values, selected=tuple((chosen / trials).tolist()),
        none_share=0.0, patients=tuple((treated / trials).tolist()),
        events=tuple((toxic / trials).tolist()), trials=trials, seed=seed,
    )  # fmt: skip


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


def _log_table(
    guess: tuple[float, ...], model: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    shares = np.clip(_shares(guess, model, _GRID), 1e-300, 1 - 1e-16)
    return np.log(shares), np.log1p(-shares)


def _posterior(
    table: tuple[NDArray[np.float64], NDArray[np.float64]],
    n: NDArray[np.float64],
    y: NDArray[np.float64],
    guess: tuple[float, ...],
    model: str,
) -> tuple[float, float, NDArray[np.float64]]:
    likely = table[0] @ y + table[1] @ (n - y)
    weight = _PRIOR * np.exp(likely - likely.max())
    weight /= weight.sum()
    mean = float(weight @ _GRID)
    sd = float(np.sqrt(weight @ (_GRID - mean) ** 2))
    return mean, sd, _shares(guess, model, np.array([mean]))[0]
