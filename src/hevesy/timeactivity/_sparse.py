"""Curves that the scans alone don't determine: a prior, a trapezoid, a tail that isn't known."""

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import FitError
from hevesy.kinetics import Curve, ExponentialCurve, TrapezoidCurve
from hevesy.timeactivity._scans import Scans
from hevesy.timeactivity.options import FitOptions
from hevesy.timeactivity.result import ModelCandidate, TimeActivityFit

Array = NDArray[np.float64]
KEPT_SAMPLES = 200
LARGE_EXTRAPOLATION_SHARE = 0.5


def extrapolation_warning(scans: Scans, curve: Curve, tia_bq_s: float) -> tuple[str, ...]:
    """Say so where most of the integral lies after the last scan."""
    beyond = curve.tia_bq_s(float(scans.times_s[-1])) / tia_bq_s
    if beyond <= LARGE_EXTRAPOLATION_SHARE:
        return ()
    return (f"{100 * beyond:.0f} % of the time-integrated activity lies after the last scan",)


def _assemble(
    scans: Scans, model: str, name: str, curve: Curve, samples: list[Curve], *,
    uncertainty_bq_s: float, interval_bq_s: tuple[float, float],
    parameters: tuple[tuple[str, float], ...], tail_per_s: float | None,
    method: str, warnings: tuple[str, ...],
) -> TimeActivityFit:  # fmt: skip
    tia = curve.tia_bq_s()
    at_bound = tail_per_s is not None and tail_per_s <= scans.decay_per_s * (1 + 1e-12)
    candidate = ModelCandidate(
        name=name, aicc=None, weight=1.0, tia_bq_s=tia, tia_uncertainty_bq_s=uncertainty_bq_s,
        at_bound=at_bound, parameters=parameters,
    )  # fmt: skip
    return TimeActivityFit(
        name=scans.name, model=model, candidates=(candidate,), curve=curve, tia_bq_s=tia,
        tia_uncertainty_bq_s=uncertainty_bq_s, tia_interval68_bq_s=interval_bq_s,
        effective_half_life_s=None if tail_per_s is None else math.log(2) / tail_per_s,
        interval_method=method, chi2=math.nan,
        warnings=(*warnings, *extrapolation_warning(scans, curve, tia)),
        samples=tuple(samples[:KEPT_SAMPLES]),
    )  # fmt: skip


def _spread(samples: list[Curve], centre: float) -> tuple[float, tuple[float, float]]:
    found = np.array([curve.tia_bq_s() for curve in samples])
    low, high = (float(q) for q in np.quantile(found, (0.158655, 0.841345)))
    return float(np.sqrt(np.mean((found - centre) ** 2))), (low, high)


def fit_with_prior(scans: Scans, options: FitOptions) -> TimeActivityFit:
    """One exponential whose half-life is given; only its amplitude is fitted.

    The half-life is drawn from a normal distribution cut at zero and at the physical half-life.
    """
    half_life, spread = options.effective_half_life_s, options.effective_half_life_uncertainty_s
    if half_life is None or spread is None:
        raise FitError(
            f"region '{scans.name}': one scan can't tell how fast activity leaves",
            got=f"{scans.count} scan and no effective half-life",
            remedy="set effective_half_life and effective_half_life_uncertainty",
        )
    physical = math.log(2) / scans.decay_per_s
    if half_life > physical * (1 + 1e-9):
        raise FitError(
            f"region '{scans.name}': an effective half-life can't be longer than the physical one",
            got=f"{half_life / 3600:.4g} h",
            allowed=f"at most {physical / 3600:.4g} h",
            remedy="correct effective_half_life; it includes physical decay",
        )
    scans.require_sigmas("a curve with a given half-life")
    rate = max(math.log(2) / half_life, scans.decay_per_s)
    rng = np.random.default_rng(options.seed)
    drawn = _truncated_normal(half_life, spread, physical, options.n_bootstrap, rng)
    rates = np.maximum(math.log(2) / drawn, scans.decay_per_s)
    noise = rng.standard_normal((options.n_bootstrap, scans.count))
    limit = options.initial_activity_limit_bq
    limit = math.inf if limit is None else limit
    weights = 1 / scans.sigmas_bq**2 if options.weighting == "measured" else np.ones(scans.count)

    def amplitudes(rate_per_s: Array, values: Array) -> Array:
        shape = np.exp(-rate_per_s[:, None] * scans.times_s)
        raw = (weights * values * shape).sum(axis=1) / (weights * shape**2).sum(axis=1)
        return np.asarray(np.clip(raw, 0.0, limit))

    centre = amplitudes(np.array([rate]), scans.activities_bq[None])
    curve = ExponentialCurve(amplitudes_bq=centre, rates_per_s=np.array([rate]))
    some = amplitudes(rates, scans.activities_bq + scans.sigmas_bq * noise)
    samples: list[Curve] = [
        ExponentialCurve(amplitudes_bq=np.array([a]), rates_per_s=np.array([k]))
        for a, k in zip(some, rates, strict=True)
    ]
    uncertainty, interval = _spread(samples, curve.tia_bq_s())
    warnings = ["the effective half-life is given, not measured"]
    if limit < math.inf and centre[0] >= limit:
        warnings.append("the activity at time zero is held at the net injected activity")
    return _assemble(
        scans, "mono-exponential with a given effective half-life", "prior", curve, samples,
        uncertainty_bq_s=uncertainty, interval_bq_s=interval, tail_per_s=rate,
        parameters=(("amplitude_1_bq", float(centre[0])), ("rate_1_per_s", rate)),
        method="sampling of the given half-life and of the scans' noise", warnings=tuple(warnings),
    )  # fmt: skip


def _truncated_normal(
    mean: float, spread: float, top: float, count: int, rng: np.random.Generator
) -> Array:
    from scipy.special import ndtr, ndtri

    low, high = ndtr(-mean / spread), ndtr((top - mean) / spread)
    share = low + (high - low) * rng.random(count)
    drawn = mean + spread * ndtri(share)
    # A half-life near zero would leave nothing to integrate and overflow before the first scan.
    return np.asarray(np.clip(drawn, 0.05 * mean, top))


def _physical_start_bq(scans: Scans, options: FitOptions) -> float:
    """Activity at zero if only physical decay came before the first scan."""
    start = float(scans.activities_bq[0] * math.exp(scans.decay_per_s * scans.times_s[0]))
    limit = options.initial_activity_limit_bq
    return max(start if limit is None else min(start, limit), 0.0)


def _last_two_rate(scans: Scans, values: Array) -> float:
    """Rate through the last two scans, never below physical decay."""
    if scans.count < 2 or values[-1] <= 0 or values[-2] <= 0:
        return scans.decay_per_s
    step = float(scans.times_s[-1] - scans.times_s[-2])
    return max(scans.decay_per_s, math.log(values[-2] / values[-1]) / step)


def fit_trapezoid(scans: Scans, options: FitOptions) -> TimeActivityFit:
    """Straight lines, and the tail that was declared; its interval holds counting noise only."""
    scans.require_sigmas("a trapezoid")

    def through(values: Array) -> TrapezoidCurve:
        kept = np.maximum(values, 0.0)
        here = Scans(scans.name, scans.times_s, kept, scans.sigmas_bq, scans.decay_per_s)
        last_two = options.tail == "last-two"
        rate = _last_two_rate(scans, kept) if last_two else scans.decay_per_s
        start = 0.0 if options.uptake_phase else _physical_start_bq(here, options)
        return TrapezoidCurve(
            times_s=scans.times_s, activities_bq=kept, tail_rate_per_s=rate, start_activity_bq=start
        )

    curve = through(scans.activities_bq)
    rng = np.random.default_rng(options.seed)
    noise = rng.standard_normal((options.n_bootstrap, scans.count)) * scans.sigmas_bq
    samples: list[Curve] = [through(scans.activities_bq + row) for row in noise]
    uncertainty, interval = _spread(samples, curve.tia_bq_s())
    start_words = "from zero" if options.uptake_phase else "by physical decay"
    return _assemble(
        scans, f"trapezoid, start {start_words}, tail: {options.tail}", "trapezoid", curve, samples,
        uncertainty_bq_s=uncertainty, interval_bq_s=interval, tail_per_s=curve.tail_rate_per_s,
        parameters=(
            ("start_activity_bq", curve.start_activity_bq),
            ("tail_rate_per_s", curve.tail_rate_per_s),
        ),
        method="sampling of the scans' noise",
        warnings=("a trapezoid's uncertainty holds the scans' noise, not its start and tail",),
    )  # fmt: skip


def rise_sigmas(scans: Scans) -> float:
    """By how many standard deviations the last scan exceeds pure decay from the one before.

    0 or less where it does not; infinite where the scans have no uncertainty.
    """
    before, last = scans.activities_bq[-2:]
    left = math.exp(-scans.decay_per_s * (scans.times_s[-1] - scans.times_s[-2]))
    excess = float(last - before * left)
    sigma = math.hypot(float(scans.sigmas_bq[-1]), float(scans.sigmas_bq[-2]) * left)
    if sigma == 0:
        return math.inf if excess > 0 else 0.0
    return excess / sigma


def fastest_plausible_rate_per_s(scans: Scans) -> float:
    """The fastest clearance after the last scan that is still called plausible, 1/s.

    The larger of two: the fastest clearance of a one-compartment uptake curve through the last
    two scans, whose limit is c t exp(-k t), so k = ln((t2/t1) / (A2/A1)) / (t2 - t1); and a
    biological half-life as long as the time from zero to the last scan.
    """
    (t1, t2), (a1, a2) = scans.times_s[-2:], scans.activities_bq[-2:]
    rate = scans.decay_per_s + math.log(2) / t2
    if t1 > 0 and a1 > 0 and a2 > 0:
        rate = max(rate, math.log(t2 / t1 * a1 / a2) / (t2 - t1))
    return float(rate)


def fit_open_tail(scans: Scans, options: FitOptions) -> TimeActivityFit:
    """Scans whose last is higher than decay permits: what lies between two tails.

    Upper: by physical decay before the first and after the last scan. Lower: from nothing at time
    zero, and the fastest plausible clearance after the last. The curve is the one between them
    whose integral is the middle; the standard uncertainty is that of a rectangular distribution
    (GUM 4.3.7) with the scans' noise.
    """
    scans.require_sigmas("a curve that rises to the last scan")
    fast, slow = fastest_plausible_rate_per_s(scans), scans.decay_per_s
    first = _physical_start_bq(scans, options)

    def between(values: Array, start_share: float, tail_share: float) -> TrapezoidCurve:
        mean_life = (1 - tail_share) / fast + tail_share / slow
        return TrapezoidCurve(
            times_s=scans.times_s, activities_bq=np.maximum(values, 0.0),
            tail_rate_per_s=1 / mean_life, start_activity_bq=start_share * first,
        )  # fmt: skip

    values, sigmas = scans.activities_bq, scans.sigmas_bq
    curve, lowest, highest = (between(values, s, s) for s in (0.5, 0.0, 1.0))
    rng = np.random.default_rng(options.seed)
    noise = rng.standard_normal((options.n_bootstrap, scans.count)) * sigmas
    shares = rng.random((options.n_bootstrap, 2))
    samples: list[Curve] = [
        between(values + row, start, tail) for row, (start, tail) in zip(noise, shares, strict=True)
    ]
    low, high = lowest.tia_bq_s(), highest.tia_bq_s()
    low_noise = np.std([between(values + row, 0.0, 0.0).tia_bq_s() for row in noise])
    high_noise = np.std([between(values + row, 1.0, 1.0).tia_bq_s() for row in noise])
    uncertainty = math.hypot((high - low) / math.sqrt(12), float(max(low_noise, high_noise)))
    warning = (
        f"the last scan is higher than physical decay from the one before permits "
        f"({rise_sigmas(scans):.1f} standard deviations): these scans can't tell how fast activity "
        f"leaves; the figure is the middle between a half-life of {math.log(2) / fast / 3600:.3g} h"
        f" ({low / 3.6e9:.4g} MBq h) and physical decay ({high / 3.6e9:.4g} MBq h) after the last "
        "scan, and more if uptake went on; a later scan would tell"
    )
    return _assemble(
        scans, "trapezoid to the last scan, tail between two limits", "open-tail", curve, samples,
        uncertainty_bq_s=uncertainty, tail_per_s=None,
        interval_bq_s=(max(low - float(low_noise), 0.0), high + float(high_noise)),
        parameters=(
            ("slowest_tail_rate_per_s", slow), ("fastest_tail_rate_per_s", fast),
            ("lowest_tia_bq_s", low), ("highest_tia_bq_s", high),
        ),
        method="limits of start and tail, with the scans' noise", warnings=(warning,),
    )  # fmt: skip
