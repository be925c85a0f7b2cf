"""The Bayesian optimal interval design: its boundaries, and what trials by it would do."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.escalation import Operating, check_toxicities, require_trials

__all__ = ["BoinBoundaries", "boin_boundaries", "simulate_boin"]

_NEVER = 10_000  # more toxicities than patients


@dataclass(frozen=True, slots=True, kw_only=True)
class BoinBoundaries:
    """When BOIN goes up, down, shuts a level, or ends, by patients treated at a level.

    Parameters
    ----------
    escalate_share, deescalate_share : float
        Observed share at or below, at or above which it moves.
    treated : tuple of int
    escalate, deescalate : tuple of int
        Number with a toxicity at or below, at or above which it moves.
    eliminate : tuple of (int or None)
        Number at or above which the level and those above are shut.
    stop_lowest : tuple of (int or None)
        Number at the lowest level at or above which the trial ends without a level.

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
    stop_lowest: tuple[int | None, ...]


def boin_boundaries(
    target_share: float,
    *,
    most: int,
    safe_factor: float = 0.6,
    toxic_factor: float = 1.4,
    eliminate_share: float = 0.95,
    lowest_share: float | None = None,
    stay_at_one_of_three: bool = False,
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
    lowest_share : float or None
        The same for the lowest level, where it ends the trial; None: `eliminate_share`. At most
        that.
    stay_at_one_of_three : bool
        One toxicity in the first three stays, also where the boundary says down.

    Returns
    -------
    BoinBoundaries

    Raises
    ------
    TrialError
        A target outside 0.05 to 0.6, factors that do not enclose 1, or a share for the lowest level
        that is not between 0.5 and the other levels'.

    References
    ----------
    Liu S, Yuan Y. J R Stat Soc C 2015;64:507, equations 4 and 5, section 2.3. The stricter lowest
    level: Yan F et al. J Stat Softw 2020;94(13). One of three: Zhao Y et al. Clin Cancer Res
    2024;30:673, table 1.

    Examples
    --------
    >>> found = boin_boundaries(0.3, most=6)
    >>> round(found.escalate_share, 3), round(found.deescalate_share, 3), found.eliminate[5]
    (0.236, 0.359, 4)
    """
    if not (0.05 <= target_share <= 0.6 and 0 < safe_factor < 1 < toxic_factor and most >= 1):
        raise TrialError(
            "BOIN's target or interval can't be used", got=target_share,
            allowed="a target of 0.05 to 0.6, factors below and above 1", remedy="give 0.3",
        )  # fmt: skip
    strict = eliminate_share if lowest_share is None else lowest_share
    if not 0.5 <= strict <= eliminate_share < 1:
        raise TrialError(
            "BOIN's posterior probability for the lowest level can't be used", got=strict,
            allowed=f"0.5 to {eliminate_share:g}", remedy="give 0.9",
        )  # fmt: skip
    low, high, aim = safe_factor * target_share, toxic_factor * target_share, target_share
    if high >= 1:
        raise TrialError(
            "BOIN's toxic share reaches 1", got=high, remedy="give a smaller target or factor"
        )
    up = math.log((1 - low) / (1 - aim)) / math.log(aim * (1 - low) / (low * (1 - aim)))
    down = math.log((1 - aim) / (1 - high)) / math.log(high * (1 - aim) / (aim * (1 - high)))
    treated = tuple(range(1, most + 1))
    deescalate = [math.ceil(down * n) for n in treated]
    if stay_at_one_of_three and most >= 3:
        deescalate[2] = max(deescalate[2], 2)
    return BoinBoundaries(
        escalate_share=up, deescalate_share=down, treated=treated,
        escalate=tuple(math.floor(up * n) for n in treated), deescalate=tuple(deescalate),
        eliminate=tuple(_too_toxic(aim, n, eliminate_share) for n in treated),
        stop_lowest=tuple(_too_toxic(aim, n, strict) for n in treated),
    )  # fmt: skip


def _too_toxic(target_share: float, treated: int, certainty: float) -> int | None:
    """Least number with a toxicity at which the posterior exceeds the target so certainly."""
    from scipy.stats import beta

    if treated < 3:
        return None
    count = np.arange(treated + 1)
    risky = count[beta.sf(target_share, count + 1, treated - count + 1) > certainty]
    return int(risky[0]) if risky.size else None


def simulate_boin(
    toxicities: Sequence[float],
    *,
    target_share: float,
    cohorts: int,
    cohort_size: int,
    trials: int,
    seed: int,
    enough_patients: int | None = None,
    lowest_share: float | None = None,
    stay_at_one_of_three: bool = False,
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
    enough_patients : int or None
        A trial ends early once so many were treated at a level and the next cohort would be treated
        there again; None: never.
    lowest_share, stay_at_one_of_three
        As `boin_boundaries` takes them.

    Returns
    -------
    Operating

    Raises
    ------
    TrialError
        Numbers of patients that can't be used.

    References
    ----------
    Liu S, Yuan Y. J R Stat Soc C 2015;64:507. Yan F et al. J Stat Softw 2020;94(13).

    Examples
    --------
    >>> found = simulate_boin([0.05, 0.3, 0.6], target_share=0.3, cohorts=10, cohort_size=3,
    ...                       trials=200, seed=1)
    >>> found.selected[1] > 0.6
    True
    """
    values = np.asarray(check_toxicities(toxicities))
    require_trials(cohorts, cohort_size, trials, seed=seed)
    if enough_patients is not None and enough_patients < 1:
        raise TrialError(
            "a level can't have enough patients at so few", got=enough_patients,
            allowed="1 or more", remedy="give 9 to 18, or leave it out",
        )  # fmt: skip
    rules = boin_boundaries(
        target_share, most=cohorts * cohort_size, lowest_share=lowest_share,
        stay_at_one_of_three=stay_at_one_of_three,
    )  # fmt: skip
    n, y, top = _run_trials(
        values, rules, cohorts=cohorts, size=cohort_size, trials=trials,
        enough=_NEVER if enough_patients is None else enough_patients,
        generator=np.random.default_rng(seed),
    )  # fmt: skip
    levels = values.size
    ends, counts = np.unique(np.column_stack([n, y, top]), axis=0, return_counts=True)
    chosen = np.zeros(levels + 1)
    for end, count in zip(ends, counts.tolist(), strict=True):
        chosen[_nearest_level(end[:levels], end[levels:-1], int(end[-1]), target_share)] += count
    return Operating(
        design="BOIN", toxicities=tuple(values.tolist()),
        selected=tuple((chosen[:levels] / trials).tolist()),
        none_share=float(chosen[levels] / trials), patients=tuple(n.mean(axis=0).tolist()),
        events=tuple(y.mean(axis=0).tolist()), trials=trials, seed=seed,
        patients_sd=(*n.std(axis=0).tolist(), float(n.sum(axis=1).std())),
    )  # fmt: skip


def _run_trials(
    values: NDArray[np.float64],
    rules: BoinBoundaries,
    *,
    cohorts: int,
    size: int,
    trials: int,
    enough: int,
    generator: np.random.Generator,
) -> tuple[NDArray[np.int_], NDArray[np.int_], NDArray[np.int_]]:
    """Treated and toxic, shape (trials, levels), and the highest level not shut, -1 for none."""
    shape = (trials, values.size)
    n, y = np.zeros(shape, dtype=np.int_), np.zeros(shape, dtype=np.int_)
    level, top = np.zeros(trials, dtype=np.int_), np.full(trials, values.size - 1)
    up, down = np.array(rules.escalate), np.array(rules.deescalate)
    shut, lowest = (
        np.array([_NEVER if one is None else one for one in row])
        for row in (rules.eliminate, rules.stop_lowest)
    )
    going = np.arange(trials)
    for _ in range(cohorts):
        now = level[going]
        n[going, now] += size
        y[going, now] += generator.binomial(size, values[now])
        row, toxic = n[going, now] - 1, y[going, now]
        out = (toxic >= shut[row]) | ((now == 0) & (toxic >= lowest[row]))
        highest = np.where(out, now - 1, top[going])
        lower, higher = toxic >= down[row], toxic <= up[row]
        after = np.where(higher, np.minimum(now + 1, highest), now)
        after = np.where(lower, np.maximum(now - 1, 0), after)
        after = np.where(out, highest, after)
        top[going], level[going] = highest, after
        going = going[(highest >= 0) & ~((row + 1 >= enough) & (after == now))]
    return n, y, top


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
