"""Escalating the activity: 3+3 exactly, BOIN's boundaries, and what each design would do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError

__all__ = [
    "BoinBoundaries",
    "Operating",
    "boin_boundaries",
    "check_toxicities",
    "simulate_boin",
    "three_plus_three",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operating:
    """What a design does under a supposed truth, on average.

    Parameters
    ----------
    design : str
    toxicities : tuple of float
        Supposed probability of a dose-limiting toxicity, by level.
    selected : tuple of float
        Probability that a level is taken for the maximum tolerated one.
    none_share : float
        Probability that none is.
    patients, events : tuple of float
        Mean number treated, and with a toxicity, by level.
    trials : int
        Simulated; 0 where the figures are exact.
    seed : int or None

    Examples
    --------
    >>> round(three_plus_three([0.4, 0.5]).selected[0], 3)
    0.256
    """

    design: str
    toxicities: tuple[float, ...]
    selected: tuple[float, ...]
    none_share: float
    patients: tuple[float, ...]
    events: tuple[float, ...]
    trials: int = 0
    seed: int | None = None

    @property
    def mean_patients(self) -> float:
        """In the whole trial."""
        return sum(self.patients)


@dataclass(frozen=True, slots=True, kw_only=True)
class BoinBoundaries:
    """When BOIN goes up, down, or shuts a level, by patients treated at it.

    Parameters
    ----------
    escalate_share, deescalate_share : float
        Observed share at or below, at or above which it moves.
    treated : tuple of int
    escalate, deescalate : tuple of int
        Number with a toxicity at or below, at or above which it moves.
    eliminate : tuple of (int or None)
        Number at or above which the level and those above are shut.

    Examples
    --------
    >>> boin_boundaries(0.3, most=3).deescalate
    (1, 1, 2)
    """

    escalate_share: float
    deescalate_share: float
    treated: tuple[int, ...]
    escalate: tuple[int, ...]
    deescalate: tuple[int, ...]
    eliminate: tuple[int | None, ...]


def check_toxicities(toxicities: Sequence[float], *, what: str = "toxicity") -> tuple[float, ...]:
    """Refuse probabilities that are none, or that fall with the level.

    Parameters
    ----------
    toxicities : sequence of float
    what : str
        Their name, for the message.

    Returns
    -------
    tuple of float

    Raises
    ------
    TrialError
        Fewer than one, outside 0 to 1, or falling.

    Examples
    --------
    >>> check_toxicities([0.1, 0.2])
    (0.1, 0.2)
    """
    values = tuple(float(value) for value in toxicities)
    falling = any(b < a for a, b in pairwise(values))
    if not values or falling or not all(0 < value < 1 for value in values):
        raise TrialError(
            f"the levels' {what} can't be used", got=", ".join(f"{v:g}" for v in values) or "none",
            allowed="probabilities between 0 and 1 that do not fall from level to level",
            remedy="give one a level, lowest level first",
        )  # fmt: skip
    return values


def three_plus_three(toxicities: Sequence[float]) -> Operating:
    """Give the exact operating characteristics of 3+3 without de-escalation.

    Three are treated; none with a toxicity: up; one: three more, and up if they have none; else
    stop, and the level below is taken.

    Parameters
    ----------
    toxicities : sequence of float
        By level, lowest first.

    Returns
    -------
    Operating

    References
    ----------
    Storer BE. Biometrics 1989;45:925. Lin Y, Shih WJ. Biostatistics 2001;2:203.

    Examples
    --------
    >>> found = three_plus_three([0.1, 0.3])
    >>> round(sum(found.selected) + found.none_share, 12)
    1.0
    """
    values = check_toxicities(toxicities)
    reached = 1.0
    selected, patients, events = [0.0] * len(values), [], []
    none = 0.0
    for level, p in enumerate(values):
        q = 1 - p
        again = 3 * p * q**2
        up = q**3 + again * q**3
        patients.append(reached * (3 + 3 * again))
        events.append(patients[-1] * p)
        if level:
            selected[level - 1] = reached * (1 - up)
        else:
            none = 1 - up
        reached *= up
    selected[-1] = reached
    return Operating(
        design="3+3", toxicities=values, selected=tuple(selected), none_share=none,
        patients=tuple(patients), events=tuple(events),
    )  # fmt: skip


def boin_boundaries(
    target_share: float,
    *,
    most: int,
    safe_factor: float = 0.6,
    toxic_factor: float = 1.4,
    eliminate_share: float = 0.95,
) -> BoinBoundaries:
    """Compute the boundaries of the Bayesian optimal interval design.

    Parameters
    ----------
    target_share : float
        Probability of a dose-limiting toxicity that is aimed at.
    most : int
        Patients at one level, at most.
    safe_factor, toxic_factor : float
        The target times these: too low, too toxic.
    eliminate_share : float
        A level is shut if it exceeds the target with more than this posterior probability (uniform
        prior, three patients or more).

    Returns
    -------
    BoinBoundaries

    Raises
    ------
    TrialError
        A target outside 0.05 to 0.6, or factors that do not enclose 1.

    References
    ----------
    Liu S, Yuan Y. J R Stat Soc C 2015;64:507, equations 4 and 5, section 2.3.

    Examples
    --------
    >>> found = boin_boundaries(0.3, most=6)
    >>> round(found.escalate_share, 3), round(found.deescalate_share, 3), found.eliminate[5]
    (0.236, 0.359, 4)
    """
    from scipy.stats import beta

    if not (0.05 <= target_share <= 0.6 and 0 < safe_factor < 1 < toxic_factor and most >= 1):
        raise TrialError(
            "BOIN's target or interval can't be used", got=target_share,
            allowed="a target of 0.05 to 0.6, factors below and above 1", remedy="give 0.3",
        )  # fmt: skip
    low, high, aim = safe_factor * target_share, toxic_factor * target_share, target_share
    if high >= 1:
        raise TrialError(
            "BOIN's toxic share reaches 1", got=high, remedy="give a smaller target or factor"
        )
    up = math.log((1 - low) / (1 - aim)) / math.log(aim * (1 - low) / (low * (1 - aim)))
    down = math.log((1 - aim) / (1 - high)) / math.log(high * (1 - aim) / (aim * (1 - high)))
    treated = tuple(range(1, most + 1))
    shut: list[int | None] = []
    for n in treated:
        risky = [k for k in range(n + 1) if beta.sf(aim, k + 1, n - k + 1) > eliminate_share]
        shut.append(risky[0] if risky and n >= 3 else None)
    return BoinBoundaries(
        escalate_share=up, deescalate_share=down, treated=treated,
        escalate=tuple(math.floor(up * n) for n in treated),
        deescalate=tuple(math.ceil(down * n) for n in treated), eliminate=tuple(shut),
    )  # fmt: skip


def simulate_boin(
    toxicities: Sequence[float],
    *,
    target_share: float,
    cohorts: int,
    cohort_size: int,
    trials: int,
    seed: int,
) -> Operating:
    """Simulate trials by BOIN.

    The level taken is the one, of those treated and not shut, whose share by isotonic regression
    is nearest to the target; the lower of two as near from above.

    Parameters
    ----------
    toxicities : sequence of float
    target_share : float
    cohorts, cohort_size : int
    trials, seed : int

    Returns
    -------
    Operating

    References
    ----------
    Liu S, Yuan Y. J R Stat Soc C 2015;64:507.

    Examples
    --------
    >>> found = simulate_boin([0.05, 0.3, 0.6], target_share=0.3, cohorts=10, cohort_size=3,
    ...                       trials=200, seed=1)
    >>> found.selected[1] > 0.6
    True
    """
    values = check_toxicities(toxicities)
    require_trials(cohorts, cohort_size, trials)
    rules = boin_boundaries(target_share, most=cohorts * cohort_size)
    generator = np.random.default_rng(seed)
    levels = len(values)
    chosen, treated, toxic = np.zeros(levels + 1), np.zeros(levels), np.zeros(levels)
    for _ in range(trials):
        n, y = np.zeros(levels, dtype=int), np.zeros(levels, dtype=int)
        level, top = 0, levels - 1
        for _ in range(cohorts):
            n[level] += cohort_size
            y[level] += generator.binomial(cohort_size, values[level])
            row = n[level] - 1
            limit = rules.eliminate[row]
            if limit is not None and y[level] >= limit:
                top = level - 1
                if top < 0:
                    break
                level = top
            elif y[level] >= rules.deescalate[row]:
                level = max(level - 1, 0)
            elif y[level] <= rules.escalate[row]:
                level = min(level + 1, top)
        chosen[_nearest_level(n, y, top, target_share)] += 1
        treated += n
        toxic += y
    return Operating(
        design="BOIN", toxicities=values, selected=tuple((chosen[:levels] / trials).tolist()),
        none_share=float(chosen[levels] / trials), patients=tuple((treated / trials).tolist()),
        events=tuple((toxic / trials).tolist()), trials=trials, seed=seed,
    )  # fmt: skip


def require_trials(cohorts: int, cohort_size: int, trials: int) -> None:
    """Refuse numbers of patients or trials that can't be run."""
    if not (1 <= cohorts <= 200 and 1 <= cohort_size <= 20 and 1 <= trials <= 1_000_000):
        raise TrialError(
            "these trials can't be simulated",
            got=f"{cohorts} cohorts of {cohort_size}, {trials} trials",
            allowed="1 to 200 cohorts of 1 to 20, 1 to 1000000 trials",
            remedy="give other numbers",
        )


def _nearest_level(n: NDArray[np.int_], y: NDArray[np.int_], top: int, target_share: float) -> int:
    """Level whose isotonic share is nearest to the target; the number of levels for none."""
    used = np.flatnonzero((n > 0) & (np.arange(n.size) <= top))
    if used.size == 0:
        return n.size
    share = (y[used] + 0.05) / (n[used] + 0.1)
    variance = share * (1 - share) / (n[used] + 1.1)
    smooth = _isotonic(share, 1 / variance) + 1e-10 * np.arange(used.size)
    return int(used[np.argmin(np.abs(smooth - target_share))])


def _isotonic(values: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weighted rising least squares by pooling adjacent violators."""
    blocks: list[list[float]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append([value, weight, 1])
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            a, b = blocks[-2], blocks.pop()
            total = a[1] + b[1]
            a[0], a[1], a[2] = (a[0] * a[1] + b[0] * b[1]) / total, total, a[2] + b[2]
    return np.repeat([b[0] for b in blocks], [int(b[2]) for b in blocks])
