"""A region's curve from its scans: which models are offered, chosen and averaged."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import FitError
from hevesy.kinetics import Curve, ExponentialCurve, average_curves
from hevesy.timeactivity._candidate import Candidate, Problem, counted_parameters, fit_family
from hevesy.timeactivity._families import FAMILIES, Family
from hevesy.timeactivity._scans import Scans, check_scans
from hevesy.timeactivity._sparse import (
    KEPT_SAMPLES,
    extrapolation_warning,
    fit_open_tail,
    fit_trapezoid,
    fit_with_prior,
    rise_sigmas,
)
from hevesy.timeactivity.options import FitOptions
from hevesy.timeactivity.result import ModelCandidate, TimeActivityFit

__all__ = ["fit_time_activity"]

Array = NDArray[np.float64]
RISE_SIGMAS = 2.0  # a last scan that exceeds decay by more is a rise, not noise
REJECTED = 0.01  # probability of chi2 below which a curve does not describe its scans
RAISED_ENOUGH_TO_SAY = 1.5


def fit_time_activity(
    times_s: ArrayLike,
    activities_bq: ArrayLike,
    uncertainties_bq: ArrayLike,
    *,
    decay_per_s: float,
    options: FitOptions,
    name: str,
) -> TimeActivityFit:
    """Fit a region's time-activity curve and its integral, with their uncertainty.

    Sums of exponentials, no rate below physical decay, fitted by weighted least squares, chosen
    and averaged by AICc. One scan needs a given half-life; two give a mono-exponential, or two
    limits where the later is too high for any; see ``docs/methods/time-activity.md``.

    Parameters
    ----------
    times_s : array_like of float, shape (n,)
        Start of each frame since time zero (end of the injection), s.
    activities_bq : array_like of float, shape (n,)
        Physical activity at that moment, Bq, not corrected to the injection.
    uncertainties_bq : array_like of float, shape (n,)
        Random standard uncertainty of each, Bq, independent from scan to scan. What is common to
        all scans (calibration, volume) does not belong here.
    decay_per_s : float
        Physical decay constant, 1/s.
    options : FitOptions
    name : str
        The region's name, for messages.

    Returns
    -------
    TimeActivityFit

    Raises
    ------
    FitError
        The measurements can't give the curve; the message names the region and says why.

    References
    ----------
    Burnham and Anderson, Model Selection and Multimodel Inference, 2nd ed. 2002: AICc eq. 2.4,
    weights eq. 2.9, average eq. 4.1; variance of the average as in Sociol. Methods Res.
    2004;33:261, the weighted sum of variance and squared distance. Glatting et al., Med. Phys.
    2007;34:4285 (choice of curves by AICc in dosimetry). Birge, Phys. Rev. 1932;40:207.

    Examples
    --------
    >>> import numpy as np
    >>> hours = np.array([1, 6, 24, 48, 72, 96])
    >>> activity = 1e9 * np.exp(-np.log(2) / 12 * hours)
    >>> fit = fit_time_activity(hours * 3600, activity, 0.03 * activity,
    ...     decay_per_s=np.log(2) / (17.0 * 3600), options=FitOptions(), name="lesion")
    >>> round(fit.tia_bq_s / 3.6e9, 1), round(fit.effective_half_life_s / 3600, 3)
    (17312.3, 12.0)
    """
    scans = check_scans(times_s, activities_bq, uncertainties_bq, decay_per_s, options, name)
    if options.models == ("trapezoid",):
        return fit_trapezoid(scans, options)
    if options.models == ("prior",) or (scans.count == 1 and not options.models):
        return fit_with_prior(scans, options)
    if not options.models and scans.count == 2 and _rise_without_cause(scans, options):
        return fit_open_tail(scans, options)
    problem = scans.problem(options)
    families, choice = _offered(scans, options, problem)
    fitted = [
        fit_family(
            problem, family, interval=options.interval, n_draws=options.n_bootstrap,
            seed=options.seed + 1000 * index,
        )
        for index, family in enumerate(families)
    ]  # fmt: skip
    if not options.models and _tail_unknown(scans, options, problem, fitted):
        return fit_open_tail(scans, options)
    return _average(scans, options, fitted, choice)


def _is_depot(options: FitOptions) -> bool:
    return options.initial_activity_limit_bq is not None and not options.uptake_phase


def _rise_without_cause(scans: Scans, options: FitOptions) -> bool:
    """The last scan is higher than decay permits, and no depot forbids activity to come in."""
    return not _is_depot(options) and rise_sigmas(scans) > RISE_SIGMAS


def _tail_unknown(
    scans: Scans, options: FitOptions, problem: Problem, fitted: list[Candidate]
) -> bool:
    """Three scans and more that rise at the end, which no offered curve describes."""
    if not problem.known or scans.count < 3 or not _rise_without_cause(scans, options):
        return False
    from scipy.special import chdtrc

    degrees = [max(scans.count - c.family.n_parameters, 1) for c in fitted]
    chances = [float(chdtrc(d, c.squares)) for d, c in zip(degrees, fitted, strict=True)]
    return max(chances) < REJECTED


def _offered(scans: Scans, options: FitOptions, problem: Problem) -> tuple[list[Family], bool]:
    """The families to fit, and whether AICc can choose among them."""
    names = options.models or (
        ("mono", "bi", "tri", "bi-uptake") if options.uptake_phase else ("mono", "bi", "tri")
    )
    asked = [FAMILIES[n] for n in names]
    count = scans.count
    determined = [f for f in asked if count >= f.n_parameters]
    if not determined:
        raise FitError(
            f"region '{scans.name}': too few scans for the curve that was asked for",
            got=f"{count} scans for {', '.join(names)}",
            allowed="; ".join(f"{f.name}: {f.n_parameters} or more" for f in asked),
            remedy="name a simpler model, or set effective_half_life and the model 'prior'",
        )
    if len(asked) > 1:
        choosable = [f for f in determined if count >= counted_parameters(f, problem.known) + 2]
        # With an uptake phase asked for, a choice that can't hold it is no choice.
        if choosable and (not options.uptake_phase or any(f.rising for f in choosable)):
            return choosable, True
    rising = [f for f in determined if f.rising and (options.uptake_phase or len(asked) == 1)]
    alone = rising or sorted(determined, key=lambda f: f.n_parameters)
    if count == alone[0].n_parameters:
        scans.require_sigmas("a curve with as many parameters as scans")
    return [alone[0]], False


def _average(
    scans: Scans, options: FitOptions, fitted: list[Candidate], choice: bool
) -> TimeActivityFit:
    if choice:
        criteria = np.array([math.inf if c.aicc is None else c.aicc for c in fitted])
        weights = np.exp(-0.5 * (criteria - criteria.min()))
        weights = weights / weights.sum()
    else:
        weights = np.ones(1)
    unit = scans.scale_bq / scans.decay_per_s
    centre = sum(float(w) * c.integral for w, c in zip(weights, fitted, strict=True))
    variance = sum(
        w * (c.uncertainty**2 + (c.integral - centre) ** 2)
        for w, c in zip(weights, fitted, strict=True)
    )
    heaviest = fitted[int(np.argmax(weights))]
    curve = average_curves([_curve(scans, c, c.theta) for c in fitted], weights.tolist())
    half_lives = [_terminal_half_life_s(scans, c) for c in fitted]
    return TimeActivityFit(
        name=scans.name,
        model=_words(fitted, weights),
        candidates=tuple(
            ModelCandidate(
                name=c.family.name, aicc=c.aicc if choice else None, weight=float(w),
                tia_bq_s=c.integral * unit, tia_uncertainty_bq_s=c.uncertainty * unit,
                at_bound=c.at_bound, parameters=_parameters(_curve(scans, c, c.theta)),
            )
            for w, c in zip(weights, fitted, strict=True)
        ),
        curve=curve,
        tia_bq_s=centre * unit,
        tia_uncertainty_bq_s=math.sqrt(float(variance)) * unit,
        tia_interval68_bq_s=_interval(fitted, weights, unit),
        effective_half_life_s=float(np.dot(weights, half_lives)),
        interval_method=", ".join(dict.fromkeys(c.method for c in fitted)),
        chi2=heaviest.squares if scans.problem(options).known else _chi2(scans, heaviest),
        warnings=_warnings(scans, heaviest, curve, centre * unit),
        tia_counting_uncertainty_bq_s=_counting(scans, options, fitted, weights, unit),
        samples=_samples(scans, fitted, weights),
    )  # fmt: skip


def _counting(
    scans: Scans, options: FitOptions, fitted: list[Candidate], weights: Array, unit: float
) -> float | None:
    """What the stated uncertainties alone bring: before the Birge factor, within the models."""
    if not scans.problem(options).known:
        return None
    parts = [w * (c.uncertainty / c.inflation) ** 2 for w, c in zip(weights, fitted, strict=True)]
    return math.sqrt(float(sum(parts))) * unit


def _curve(scans: Scans, candidate: Candidate, theta: Array) -> ExponentialCurve:
    amplitudes, rates, _, _ = candidate.family.terms(theta[None])
    kept = amplitudes[0] != 0
    if not kept.any():
        kept = np.arange(kept.size) == kept.size - 1
    return ExponentialCurve(
        amplitudes_bq=amplitudes[0][kept] * scans.scale_bq,
        rates_per_s=rates[0][kept] * scans.decay_per_s,
    )


def _parameters(curve: ExponentialCurve) -> tuple[tuple[str, float], ...]:
    pairs = zip(curve.amplitudes_bq.tolist(), curve.rates_per_s.tolist(), strict=True)
    return tuple(
        item
        for i, (amplitude, rate) in enumerate(pairs, 1)
        for item in ((f"amplitude_{i}_bq", amplitude), (f"rate_{i}_per_s", rate))
    )


def _terminal_half_life_s(scans: Scans, candidate: Candidate) -> float:
    curve = _curve(scans, candidate, candidate.theta)
    share = np.abs(curve.amplitudes_bq) / np.abs(curve.amplitudes_bq).sum()
    return math.log(2) / float(curve.rates_per_s[share > 1e-6].min())


def _interval(fitted: list[Candidate], weights: Array, unit: float) -> tuple[float, float]:
    """68 % interval of the mixture of the candidates' (two-piece normal) distributions."""
    if len(fitted) == 1:
        return max(fitted[0].low, 0.0) * unit, fitted[0].high * unit
    from scipy.special import ndtri

    z = ndtri((np.arange(400) + 0.5) / 400)
    values, mass = [], []
    for weight, c in zip(weights, fitted, strict=True):
        width = np.where(z < 0, max(c.integral - c.low, 0.0), max(c.high - c.integral, 0.0))
        values.append(c.integral + z * width)
        mass.append(np.full(z.size, weight / z.size))
    order = np.argsort(np.concatenate(values))
    value, cumulated = np.concatenate(values)[order], np.cumsum(np.concatenate(mass)[order])
    low, high = np.interp((0.158655, 0.841345), cumulated, value)
    return max(float(low), 0.0) * unit, float(high) * unit


def _samples(scans: Scans, fitted: list[Candidate], weights: Array) -> tuple[Curve, ...]:
    samples: list[Curve] = []
    for weight, candidate in zip(weights, fitted, strict=True):
        wanted = min(round(float(weight) * KEPT_SAMPLES), len(candidate.draws))
        samples += [_curve(scans, candidate, theta) for theta in candidate.draws[:wanted]]
    return tuple(samples)


def _chi2(scans: Scans, candidate: Candidate) -> float:
    if not scans.stated:
        return math.nan
    model = _curve(scans, candidate, candidate.theta).activity_bq(scans.times_s)
    return float(np.sum(((scans.activities_bq - model) / scans.sigmas_bq) ** 2))


def _words(fitted: list[Candidate], weights: Array) -> str:
    if len(fitted) == 1:
        return fitted[0].family.words
    pairs = sorted(zip(weights.tolist(), fitted, strict=True), key=lambda p: -p[0])
    return ", ".join(f"{c.family.words} ({w:.2f})" for w, c in pairs) + "; average by AICc weights"


def _warnings(scans: Scans, heaviest: Candidate, curve: Curve, tia_bq_s: float) -> tuple[str, ...]:
    warnings = []
    slowest = float(heaviest.family.terms(heaviest.theta[None])[1].min())
    if slowest <= 1.0 + 1e-9:
        warnings.append(
            "the slowest phase falls no faster than physical decay: these scans show no clearance"
        )
    if heaviest.at_limit:
        warnings.append("the activity at time zero is held at the net injected activity")
    if heaviest.inflation > RAISED_ENOUGH_TO_SAY:
        warnings.append(
            f"the scans scatter about the curve {heaviest.inflation:.1f} times as much as their "
            "uncertainty says; the uncertainty is raised by that factor"
        )
    return (*warnings, *extrapolation_warning(scans, curve, tia_bq_s))
