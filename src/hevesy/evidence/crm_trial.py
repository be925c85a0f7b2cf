"""Trials by the continual reassessment method: the rules around the model, and what they do."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.escalation import Operating, check_toxicities, require_trials
from hevesy.evidence.reassessment import (
    PRIOR_VARIANCE,
    CrmPosterior,
    Reassessment,
    count_outcomes,
)

__all__ = ["COHERENCES", "CrmAdvice", "CrmRules", "advise_crm", "simulate_crm"]

COHERENCES = ("last", "share")


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmRules:
    """What a protocol lays around the model.

    Parameters
    ----------
    start_level : int
        Of the first cohort, from 0.
    prior_variance_factor : float
        Variance of the model's parameter before any patient.
    coherence : str
        ``"last"``: not up after a cohort whose last patient had a toxicity. ``"share"``: not up
        from a level whose observed share with a toxicity exceeds the target.
    skips_down : bool
        Whether levels may be skipped on the way down; if not, at most one below the lowest tried.
        None is ever skipped on the way up.
    enough_patients : int or None
        A trial ends once so many were treated at the level that would be next.
    toxic_share, certainty_share : float or None
        A trial ends, and no level is taken, once the lowest level's toxicity exceeds the first with
        more than the second posterior probability. Both or none.
    takes_next : bool
        In the end the level that would be next is taken, also where nobody was treated at it; else
        the model's, and none above those tried.

    Raises
    ------
    TrialError
        A rule that can't be used.

    References
    ----------
    Cheung YK. Dose Finding by the Continual Reassessment Method, 2011 (``"last"``). Yap C et al.
    Clin Cancer Res 2017;23:7440 (``"share"``, both ends).

    Examples
    --------
    >>> CrmRules(toxic_share=0.3, certainty_share=0.9).coherence
    'last'
    """

    start_level: int = 0
    prior_variance_factor: float = PRIOR_VARIANCE
    coherence: str = "last"
    skips_down: bool = True
    enough_patients: int | None = None
    toxic_share: float | None = None
    certainty_share: float | None = None
    takes_next: bool = False

    def __post_init__(self) -> None:
        if self.coherence not in COHERENCES:
            raise TrialError(
                "this rule for going up is unknown", got=self.coherence,
                allowed=", ".join(COHERENCES), remedy="give one of them",
            )  # fmt: skip
        if self.enough_patients is not None and self.enough_patients < 1:
            raise TrialError(
                "a level can't have enough patients at so few", got=self.enough_patients,
                allowed="1 or more", remedy="give 9 to 18, or leave it out",
            )  # fmt: skip
        pair = (self.toxic_share, self.certainty_share)
        if (pair[0] is None) != (pair[1] is None) or any(
            one is not None and not 0 < one < 1 for one in pair
        ):
            raise TrialError(
                "this rule for ending a trial that is too toxic can't be used",
                got=f"toxicity over {pair[0]}, probability over {pair[1]}",
                allowed="both between 0 and 1, or neither",
                remedy="give both, such as the target plus 0.1, and 0.9",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmAdvice:
    """What the design does after some patients.

    Parameters
    ----------
    level : int or None
        The next cohort's, from 0, or the one taken if the trial ends; None if it ends with none.
    ends : str
        ``""``, ``"enough"`` or ``"toxic"``.
    found : Reassessment
        What the model says.
    """

    level: int | None
    ends: str
    found: Reassessment


def advise_crm(
    skeleton: Sequence[float],
    *,
    target_share: float,
    levels: Sequence[int],
    toxic: Sequence[bool],
    model: str = "power",
    rules: CrmRules | None = None,
) -> CrmAdvice:
    """Give the next cohort's level, by the model and the rules around it.

    Parameters
    ----------
    skeleton : sequence of float
        Guessed toxicities, by level.
    target_share : float
    levels : sequence of int
        Each patient's, from 0, in the order of treatment.
    toxic : sequence of bool
    model : str
    rules : CrmRules or None
        None: the defaults.

    Returns
    -------
    CrmAdvice

    Raises
    ------
    TrialError
        Nobody treated yet, or what `reassess` refuses.

    References
    ----------
    Yap C et al. Clin Cancer Res 2017;23:7440.

    Examples
    --------
    >>> advise_crm([0.1, 0.2, 0.4], target_share=0.2, levels=[0, 0, 0], toxic=[0, 0, 0]).level
    1
    """
    if not levels:
        raise TrialError(
            "nobody was treated yet", got="no patients", remedy="the first cohort's level is a rule"
        )
    n, y = count_outcomes(levels, toxic, size=len(skeleton))
    used = rules if rules is not None else CrmRules()
    design = _Design(skeleton, target_share, model, used)
    return design.advise(n, y, last=levels[-1], bad=bool(toxic[-1]))


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
    rules: CrmRules | None = None,
) -> Operating:
    """Simulate trials by the continual reassessment method.

    Parameters
    ----------
    toxicities, skeleton : sequence of float
        Supposed truth and the model's guess.
    target_share : float
    patients, cohort_size : int
    trials, seed : int
    model : str
    rules : CrmRules or None
        None: from the lowest level, by the last patient, no early end.

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
    require_trials(cohorts, cohort_size, trials, seed=seed)
    if len(values) != len(guess):
        raise TrialError(
            "truth and skeleton do not fit", got=f"{len(values)} and {len(guess)} levels",
            allowed="as many guesses as levels", remedy="give one guess a level",
        )  # fmt: skip
    design = _Design(guess, target_share, model, rules if rules is not None else CrmRules())
    generator = np.random.default_rng(seed)
    treated, toxic = (np.zeros((trials, len(values))) for _ in range(2))
    chosen = np.zeros(len(values) + 1)
    for n, y in zip(treated, toxic, strict=True):
        taken = design.run(values, n, y, patients=patients, size=cohort_size, generator=generator)
        chosen[len(values) if taken is None else taken] += 1
    return Operating(
        design=f"CRM ({model})", toxicities=values, selected=tuple((chosen[:-1] / trials).tolist()),
        none_share=float(chosen[-1] / trials), patients=tuple(treated.mean(axis=0).tolist()),
        events=tuple(toxic.mean(axis=0).tolist()), trials=trials, seed=seed,
        patients_sd=(*treated.std(axis=0).tolist(), float(treated.sum(axis=1).std())),
    )  # fmt: skip


class _Design:
    """One model with its rules; what it says of a state is kept."""

    def __init__(
        self, skeleton: Sequence[float], target_share: float, model: str, rules: CrmRules
    ) -> None:
        if not 0 <= rules.start_level < len(skeleton):
            raise TrialError(
                "the first level does not exist", got=rules.start_level,
                allowed=f"0 to {len(skeleton) - 1}", remedy="count levels from 0",
            )  # fmt: skip
        self._posterior = CrmPosterior(
            skeleton, target_share=target_share, model=model,
            prior_variance_factor=rules.prior_variance_factor,
        )  # fmt: skip
        self._target_share, self._rules = target_share, rules
        self._known: dict[bytes, tuple[Reassessment, bool]] = {}

    def _look(self, n: NDArray[np.float64], y: NDArray[np.float64]) -> tuple[Reassessment, bool]:
        """What the model says, and whether the lowest level is too toxic."""
        key = n.tobytes() + y.tobytes()
        if key not in self._known:
            limit, certainty = self._rules.toxic_share, self._rules.certainty_share
            over = (
                limit is not None
                and certainty is not None
                and self._posterior.exceeds(n, y, toxic_share=limit) > certainty
            )
            self._known[key] = self._posterior.reassess(n, y), over
        return self._known[key]

    def advise(
        self, n: NDArray[np.float64], y: NDArray[np.float64], *, last: int, bad: bool
    ) -> CrmAdvice:
        """The next level after a cohort at `last`, whose last patient was `bad`."""
        found, over = self._look(n, y)
        if over:
            return CrmAdvice(level=None, ends="toxic", found=found)
        tried = np.flatnonzero(n)
        level = min(found.level, int(tried[-1]) + 1)
        if not self._rules.skips_down:
            level = max(level, int(tried[0]) - 1)
        by_share = self._rules.coherence == "share"
        if bad if not by_share else y[last] / n[last] > self._target_share:
            level = min(level, last)
        enough = self._rules.enough_patients
        ends = "enough" if enough is not None and n[level] >= enough else ""
        return CrmAdvice(level=level, ends=ends, found=found)

    def run(
        self,
        values: Sequence[float],
        n: NDArray[np.float64],
        y: NDArray[np.float64],
        *,
        patients: int,
        size: int,
        generator: np.random.Generator,
    ) -> int | None:
        """Fill one trial's numbers by level; give the level taken."""
        level, left = self._rules.start_level, patients
        while True:
            bad = generator.random(min(size, left)) < values[level]
            left -= bad.size
            n[level] += bad.size
            y[level] += bad.sum()
            advice = self.advise(n, y, last=level, bad=bool(bad[-1]))
            if advice.level is None:
                return None
            if advice.ends or not left:
                if self._rules.takes_next or advice.ends:
                    return advice.level
                return min(advice.found.level, int(np.flatnonzero(n)[-1]))
            level = advice.level
