"""Escalating the activity: what a design does under a supposed truth, and 3+3 exactly."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hevesy.errors import TrialError

__all__ = [
    "Operating",
    "check_toxicities",
    "require_trials",
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
    patients_sd : tuple of float
        Standard deviation from trial to trial of the number treated, by level and then in the whole
        trial; empty where the figures are exact.

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
    patients_sd: tuple[float, ...] = ()

    @property
    def mean_patients(self) -> float:
        """In the whole trial."""
        return sum(self.patients)

    @property
    def selected_uncertainty(self) -> tuple[float, ...]:
        """Standard error of `selected` from the number of simulated trials; zeros where exact."""
        return tuple(self._binomial(share) for share in self.selected)

    @property
    def none_uncertainty(self) -> float:
        """Standard error of `none_share`."""
        return self._binomial(self.none_share)

    @property
    def patients_uncertainty(self) -> tuple[float, ...]:
        """Standard error of `patients`."""
        if not self.trials:
            return (0.0,) * len(self.patients)
        return tuple(sd / math.sqrt(self.trials) for sd in self.patients_sd[:-1])

    @property
    def mean_patients_uncertainty(self) -> float:
        """Standard error of `mean_patients`; 0 where exact."""
        return self.patients_sd[-1] / math.sqrt(self.trials) if self.trials else 0.0

    def _binomial(self, share: float) -> float:
        """With two pseudo-trials of either kind, so that 0 of n is not certain (Agresti-Coull)."""
        if not self.trials:
            return 0.0
        shifted = (share * self.trials + 2) / (self.trials + 4)
        return math.sqrt(shifted * (1 - shifted) / (self.trials + 4))


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


def require_trials(cohorts: int, cohort_size: int, trials: int, *, seed: int = 0) -> None:
    """Refuse numbers of patients or trials that can't be run.

    Parameters
    ----------
    cohorts, cohort_size, trials, seed : int

    Raises
    ------
    TrialError
        Outside 1 to 200 cohorts, 1 to 20 patients in each, 1 to 1,000,000 trials; a negative seed.

    Examples
    --------
    >>> require_trials(10, 3, 2000)
    """
    if not (1 <= cohorts <= 200 and 1 <= cohort_size <= 20 and 1 <= trials <= 1_000_000):
        raise TrialError(
            "these trials can't be simulated",
            got=f"{cohorts} cohorts of {cohort_size}, {trials} trials",
            allowed="1 to 200 cohorts of 1 to 20, 1 to 1000000 trials",
            remedy="give other numbers",
        )
    if seed < 0:
        raise TrialError("a seed can't be negative", got=seed, allowed="0 or more", remedy="give 1")
