"""How many patients a threshold needs: studies drawn from a supposed truth."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.evidence.dose_response import fit_dose_response, too_few_outcomes
from hevesy.evidence.lesions import LesionOutcome, account_lesions
from hevesy.evidence.rule import ThresholdRule
from hevesy.progress import SILENT, Control

__all__ = [
    "DesignCheck",
    "LesionTruth",
    "check_design",
    "draw_lesions",
    "patients_needed",
    "true_threshold_gy",
]

_LATENT = math.pi**2 / 3  # variance of the standard logistic
_NODES, _WEIGHTS = np.polynomial.hermite_e.hermegauss(61)


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionTruth:
    """A supposed truth: how lesions respond, and what a study sees of it.

    Parameters
    ----------
    half_dose_gy : float
        Dose at which half of the lesions respond.
    steepness_factor : float
        Slope of the log odds per unit of log dose, within a patient.
    patient_share : float
        Share of the latent variance that is common to a patient's lesions.
    median_dose_gy : float
    dose_spread_factor : float
        Standard deviation of the log dose over lesions.
    dose_uncertainty_share : float
        Relative, of each measured dose, independent.
    lesions_per_patient_ratio : float
        Mean; one at least, the rest Poisson.
    missing_share : float
        Of outcomes.

    Raises
    ------
    TrialError
        A number outside its range.

    Examples
    --------
    >>> LesionTruth(half_dose_gy=100.0).lesions_per_patient_ratio
    2.0
    """

    half_dose_gy: float
    steepness_factor: float = 3.0
    patient_share: float = 0.3
    median_dose_gy: float = 100.0
    dose_spread_factor: float = 0.6
    dose_uncertainty_share: float = 0.25
    lesions_per_patient_ratio: float = 2.0
    missing_share: float = 0.0

    def __post_init__(self) -> None:
        for key, low, high in (
            ("half_dose_gy", 0.1, 1e5), ("steepness_factor", 0.1, 30.0),
            ("patient_share", 0.0, 0.9), ("median_dose_gy", 0.1, 1e5),
            ("dose_spread_factor", 0.05, 3.0), ("dose_uncertainty_share", 0.0, 1.0),
            ("lesions_per_patient_ratio", 1.0, 20.0), ("missing_share", 0.0, 0.9),
        ):  # fmt: skip
            value = getattr(self, key)
            if not low <= value <= high:
                raise TrialError(
                    f"a supposed truth's {key} can't be used", got=value,
                    allowed=f"{low:g} to {high:g}", remedy="suppose another one",
                )  # fmt: skip

    @property
    def patient_sd(self) -> float:
        """Standard deviation of a patient's shift of the log odds."""
        return math.sqrt(_LATENT * self.patient_share / (1 - self.patient_share))


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignCheck:
    """What a study of so many patients would find.

    Parameters
    ----------
    patients, studies : int
    not_fitted, no_rise, unbounded : int
        Studies with too few outcomes; whose curve did not rise; whose interval had no limit on a
        side. The last are counted as covering where they do.
    truth_gy : float
    median_gy : float
        Of the thresholds found.
    bias_percent : float
        Of the median, against the truth.
    covered : int
        Intervals that hold the truth, of those fitted.
    median_ratio : float
        Upper over lower limit, unbounded ones as infinite.
    narrow : int
        Studies whose upper over lower limit is at most the ratio asked for.

    Examples
    --------
    >>> DesignCheck(patients=36, studies=100, not_fitted=0, no_rise=0, unbounded=1, truth_gy=100.0,
    ...     median_gy=99.0, bias_percent=-1.0, covered=94, median_ratio=1.8, narrow=50).fitted
    100
    """

    patients: int
    studies: int
    not_fitted: int
    no_rise: int
    unbounded: int
    truth_gy: float
    median_gy: float
    bias_percent: float
    covered: int
    median_ratio: float
    narrow: int

    @property
    def fitted(self) -> int:
        """Studies in which something was fitted."""
        return self.studies - self.not_fitted


def true_threshold_gy(truth: LesionTruth, *, probability: float) -> float:
    """Give the dose at which a share of all lesions responds, patients' shifts integrated over.

    Parameters
    ----------
    truth : LesionTruth
    probability : float

    Returns
    -------
    float

    References
    ----------
    Zeger SL, Liang KY, Albert PS. Biometrics 1988;44:1049 (population-averaged and subject's).

    Examples
    --------
    >>> round(true_threshold_gy(LesionTruth(half_dose_gy=80.0), probability=0.5), 6)
    80.0
    """
    from scipy.optimize import brentq
    from scipy.special import expit

    shift = truth.patient_sd * _NODES

    def beyond(log_dose: float) -> float:
        share = expit(truth.steepness_factor * log_dose + shift) @ _WEIGHTS / _WEIGHTS.sum()
        return float(share - probability)

    reach = 60.0 / truth.steepness_factor
    return truth.half_dose_gy * math.exp(float(brentq(beyond, -reach, reach, xtol=1e-12)))


def draw_lesions(
    truth: LesionTruth, *, patients: int, generator: np.random.Generator
) -> tuple[LesionOutcome, ...]:
    """Draw one study.

    True doses are log-normal, measured ones differ from them by a log-normal error, and a
    patient's lesions share a normal shift of their log odds.

    Parameters
    ----------
    truth : LesionTruth
    patients : int
    generator : numpy.random.Generator

    Returns
    -------
    tuple of LesionOutcome

    Examples
    --------
    >>> rows = draw_lesions(LesionTruth(half_dose_gy=100.0), patients=3,
    ...                     generator=np.random.default_rng(1))
    >>> len({row.subject for row in rows})
    3
    """
    counts = 1 + generator.poisson(truth.lesions_per_patient_ratio - 1, size=patients)
    owner = np.repeat(np.arange(patients), counts)
    n = owner.size
    spread = generator.standard_normal(n)
    log_dose = math.log(truth.median_dose_gy) + truth.dose_spread_factor * spread
    shift = truth.patient_sd * generator.standard_normal(patients)[owner]
    odds = truth.steepness_factor * (log_dose - math.log(truth.half_dose_gy)) + shift
    responded = generator.random(n) < 1 / (1 + np.exp(-odds))
    log_sd = math.sqrt(math.log1p(truth.dose_uncertainty_share**2))
    measured = np.exp(log_dose + log_sd * generator.standard_normal(n))
    missing = generator.random(n) < truth.missing_share
    return tuple(
        LesionOutcome(
            subject=f"S{owner[i] + 1:03d}",
            lesion=f"T{i + 1}",
            dose_gy=float(measured[i]),
            dose_uncertainty_gy=float(truth.dose_uncertainty_share * measured[i]),
            responded=None if missing[i] else bool(responded[i]),
        )
        for i in range(n)
    )


def check_design(
    truth: LesionTruth,
    *,
    patients: int,
    rule: ThresholdRule,
    studies: int,
    seed: int,
    ratio: float = 2.0,
    control: Control = SILENT,
) -> DesignCheck:
    """Draw studies and say what their thresholds are worth.

    Parameters
    ----------
    truth : LesionTruth
    patients : int
        In each study.
    rule : ThresholdRule
        Of method ``"probability"``; its seed is replaced by each study's own.
    studies, seed : int
    ratio : float
        Upper over lower limit that would be narrow enough.
    control : Control

    Returns
    -------
    DesignCheck

    Raises
    ------
    TrialError
        A rule by Youden's cut, which has no true value; fewer than 2 patients; no study.

    Examples
    --------
    >>> found = check_design(LesionTruth(half_dose_gy=100.0), patients=36, studies=2, seed=1,
    ...                      rule=ThresholdRule(name="x", resamples=120))
    >>> found.studies, round(found.truth_gy, 6)
    (2, 100.0)
    """
    if rule.method != "probability" or patients < 2 or studies < 1:
        raise TrialError(
            "this design can't be checked",
            got=f"{rule.method}, {patients} patients, {studies} studies",
            allowed="method probability, 2 patients or more, 1 study or more",
            remedy="give a rule whose threshold has a true value",
        )
    target = true_threshold_gy(truth, probability=rule.probability)
    rows: list[tuple[float | None, float | None, float | None] | None] = []
    for study in range(studies):
        rows.append(one_study(truth, patients, rule, seed, study))
        control.advance(study + 1, studies)
    return summarise_studies(rows, patients=patients, truth_gy=target, ratio=ratio)


def one_study(
    truth: LesionTruth, patients: int, rule: ThresholdRule, seed: int, study: int
) -> tuple[float | None, float | None, float | None] | None:
    """Threshold and limits that one drawn study finds; None where nothing is fitted."""
    generator = np.random.default_rng([seed, patients, study])
    lesions = draw_lesions(truth, patients=patients, generator=generator)
    account = account_lesions(lesions, metric=rule.metric, horizon_d=rule.horizon_d)
    if too_few_outcomes(account, rule):
        return None
    curve = fit_dose_response(account.complete, rule=replace(rule, seed=study + 1))
    return curve.dose_gy(rule.probability), *curve.dose_interval_gy(rule.probability)


def summarise_studies(
    rows: Sequence[tuple[float | None, float | None, float | None] | None],
    *,
    patients: int,
    truth_gy: float,
    ratio: float,
) -> DesignCheck:
    """Bias, coverage and width over studies: None is a study in which nothing was fitted."""
    fitted = [row for row in rows if row is not None]
    doses = np.array([np.inf if dose is None else dose for dose, _, _ in fitted])
    low = np.array([0.0 if limit is None else limit for _, limit, _ in fitted])
    high = np.array([np.inf if limit is None else limit for _, _, limit in fitted])
    widths: NDArray[np.float64] = np.divide(
        high, low, out=np.full(high.shape, np.inf), where=(low > 0) & np.isfinite(high)
    )
    median = float(np.median(doses)) if fitted else math.nan
    return DesignCheck(
        patients=patients,
        studies=len(rows),
        not_fitted=len(rows) - len(fitted),
        no_rise=int(np.sum(np.isinf(doses))),
        unbounded=int(np.sum(np.isinf(widths))),
        truth_gy=truth_gy,
        median_gy=median,
        bias_percent=100 * (median / truth_gy - 1),
        covered=int(np.sum((low <= truth_gy) & (truth_gy <= high))),
        median_ratio=float(np.median(widths)) if fitted else math.inf,
        narrow=int(np.sum(widths <= ratio)),
    )


def patients_needed(
    check: Callable[[int], DesignCheck], *, assurance_share: float, least: int, most: int
) -> tuple[int | None, tuple[DesignCheck, ...]]:
    """Find how many patients make the interval narrow enough in most studies.

    Doubles from `least` until the share of narrow intervals reaches `assurance_share`, then halves
    the gap down to a twentieth of the number. The share rises with patients but for chance.

    Parameters
    ----------
    check : callable
        Patients to `DesignCheck`.
    assurance_share : float
    least, most : int

    Returns
    -------
    (int or None, tuple of DesignCheck)
        None if not even `most` are enough; with it every number that was tried.

    Raises
    ------
    TrialError
        Limits that cross, or a share that is not one.

    Examples
    --------
    >>> def check(n):
    ...     return DesignCheck(patients=n, studies=100, not_fitted=0, no_rise=0, unbounded=0,
    ...         truth_gy=1.0, median_gy=1.0, bias_percent=0.0, covered=95, median_ratio=2.0,
    ...         narrow=min(100, n))
    >>> patients_needed(check, assurance_share=0.8, least=20, most=500)[0]
    80
    """
    if not 0 < assurance_share < 1 or not 2 <= least <= most:
        raise TrialError(
            "the search for a number of patients can't begin",
            got=f"{least} to {most}, share {assurance_share}",
            allowed="2 or more, rising; a share between 0 and 1",
            remedy="give other limits",
        )
    tried: list[DesignCheck] = []

    def enough(patients: int) -> bool:
        tried.append(check(patients))
        return tried[-1].narrow >= assurance_share * tried[-1].studies

    low, high = least, least
    while not enough(high):
        if high == most:
            return None, tuple(tried)
        low, high = high, min(2 * high, most)
    while high - low > max(1, high // 20):
        middle = (low + high) // 2
        if enough(middle):
            high = middle
        else:
            low = middle
    return high, tuple(tried)
