"""The running posterior of a region's curve and dose: what is known after each scan."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import FitError, InputError
from hevesy.timeactivity._particles import Target, advance, begin, natural
from hevesy.timeactivity._retention import share_integrals_s, shares
from hevesy.timeactivity.measured_curve import DoseScale, MeasuredCurve
from hevesy.timeactivity.prior import KineticsPrior, wide_prior

__all__ = [
    "CurvePosterior",
    "follow_curve",
    "single_scan_posterior",
]

Array = NDArray[np.float64]
_CONFLICT_SIGMAS = 2.5
_HEADROOM = 10.0  # of the reference activity over the first scan's where nothing else is known
_TENTH = (0.05, 0.95)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CurvePosterior:
    """What is known of a curve after some scans: equally likely curves.

    Parameters
    ----------
    scans : int
        How many were seen.
    coordinates : ndarray of float64, shape (n, 6)
        As of `KineticsPrior`.
    common_log : ndarray of float64, shape (n,)
        Logarithm of measured over true share of the injected activity.
    noise_log : ndarray of float64, shape (n,)
        Logarithm of true over stated random uncertainty.
    dose_log : ndarray of float64, shape (n,)
        Logarithm of the true dose over the one that the measured curve and mass give.
    reference_bq : float
        What the shares are of, Bq.
    decay_per_s, gy_per_bq_s : float
    wide_prior_weight : float
        That the wide prior holds here and not the given one, after these scans.
    warnings : tuple of str
    """

    scans: int
    coordinates: Array
    common_log: Array
    noise_log: Array
    dose_log: Array
    reference_bq: float
    decay_per_s: float
    gy_per_bq_s: float
    wide_prior_weight: float
    warnings: tuple[str, ...] = field(default=())

    def activities_bq(self, times_s: Array) -> Array:
        """Curves (n, t) on the scale of the measurements, at times (t,), Bq."""
        times = np.atleast_1d(np.asarray(times_s, dtype=np.float64))
        scale = self.reference_bq * np.exp(self.common_log)[:, None]
        return np.asarray(scale * shares(self.coordinates, times, self.decay_per_s))

    def doses_gy(self, end_s: float = math.inf) -> Array:
        """Doses (n,) given until `end_s`, Gy."""
        decays = share_integrals_s(self.coordinates, end_s, self.decay_per_s)
        scale = self.gy_per_bq_s * self.reference_bq
        return np.asarray(scale * decays * np.exp(self.common_log + self.dose_log))

    def interval90_gy(self, end_s: float = math.inf) -> tuple[float, float]:
        """5 and 95 % quantiles of the dose until `end_s`, Gy."""
        low, high = np.quantile(self.doses_gy(end_s), _TENTH)
        return float(low), float(high)


@dataclass(frozen=True, slots=True)
class _Chain:
    """One prior's particles through the scans."""

    target: Target
    rng: np.random.Generator
    count: int

    def run(self) -> list[tuple[Array, float]]:
        """Whitened particles and log evidence after each scan."""
        particles, evidence = begin(self.target, self.count, self.rng)
        found = [(particles, evidence)]
        for scan in range(1, self.target.times.size):
            if math.isfinite(evidence):
                particles, gained = advance(self.target, particles, scan, self.rng)
                evidence += gained
            found.append((particles, evidence))
        return found


def follow_curve(
    curve: MeasuredCurve,
    *,
    prior: KineticsPrior,
    wide: KineticsPrior,
    scale: DoseScale | Sequence[DoseScale],
    seed: int,
    n_particles: int = 2000,
) -> tuple[CurvePosterior, ...]:
    """Posterior of a region's curve and dose after each of its scans.

    That after scan k is the same whether later scans were made or not. Scans, prior, the errors
    that all scans share (with what they say about activity against the injected) and those of the
    dose alone are all in it; a robust prior is a mixture whose weights the scans decide.

    Parameters
    ----------
    curve : MeasuredCurve
    prior : KineticsPrior
    wide : KineticsPrior
        What holds where `prior` does not, with the prior's own `wide_weight`.
    scale : DoseScale or sequence of DoseScale
        One for all, or as known after each scan: then the first is what ties activity to injection.
    seed : int
    n_particles : int
        The 90 % interval's ends are known to about 2 / sqrt(n) of the standard deviation.

    Returns
    -------
    tuple of CurvePosterior
        One for each scan.

    Raises
    ------
    FitError
        No curve of this kind meets the scans.
    InputError
        Another number of scales than of scans.

    References
    ----------
    Chopin, Biometrika 2002;89:539; Del Moral et al., J R Stat Soc B 2006;68:411 (the sampling);
    Schmidli et al., Biometrics 2014;70:1023 (robust mixture).

    Examples
    --------
    >>> hours = np.array([1.0, 24.0, 48.0])
    >>> decay = math.log(2) / 61200
    >>> activities = 4e8 * np.exp(-decay * 3600 * hours)
    >>> curve = MeasuredCurve(times_s=3600 * hours, activities_bq=activities,
    ...                       uncertainties_bq=0.03 * activities, decay_per_s=decay,
    ...                       injected_bq=5e8)
    >>> found = follow_curve(curve, prior=wide_prior(), wide=wide_prior(),
    ...                      scale=DoseScale(gy_per_bq_s=1e-12), seed=1)
    >>> widths = [high - low for low, high in (p.interval90_gy() for p in found)]
    >>> widths[0] > widths[1] > widths[2]
    True
    """
    scales = [scale] * _size(curve) if isinstance(scale, DoseScale) else list(scale)
    if len(scales) != _size(curve):
        raise InputError(
            "a curve needs one dose scale, or one for each scan",
            got=f"{len(scales)} scales, {_size(curve)} scans",
            remedy="give as many",
        )
    tied = curve.injected_bq is not None
    conflicts = [
        tied and _over_injected(curve.first(k), scales[0]) for k in range(1, _size(curve) + 1)
    ]
    runs: dict[bool, list[CurvePosterior]] = {}
    for loose in dict.fromkeys(bool(c) or not tied for c in conflicts):
        chains = _chains(curve, prior, wide, scales[0], seed=seed, count=n_particles, loose=loose)
        runs[loose] = _mixed(curve, prior, chains, scales, seed=seed, count=n_particles)
    return tuple(
        _with_doubt(runs[bool(conflict) or not tied][k], bool(conflict))
        for k, conflict in enumerate(conflicts)
    )


def single_scan_posterior(
    curve: MeasuredCurve,
    scan: int,
    *,
    prior: KineticsPrior,
    wide: KineticsPrior,
    scale: DoseScale,
    seed: int,
    n_particles: int = 2000,
) -> CurvePosterior:
    """Posterior from one scan alone: single-time-point dosimetry, with its error.

    Parameters
    ----------
    curve : MeasuredCurve
    scan : int
        From 0.
    prior, wide, scale, seed, n_particles
        As of `follow_curve`.

    Returns
    -------
    CurvePosterior

    Examples
    --------
    >>> curve = MeasuredCurve(times_s=[86400.0], activities_bq=[2e8], uncertainties_bq=[6e6],
    ...                       decay_per_s=1.13e-5, injected_bq=6e8)
    >>> found = single_scan_posterior(curve, 0, prior=wide_prior(), wide=wide_prior(),
    ...                               scale=DoseScale(gy_per_bq_s=1e-12), seed=1)
    >>> found.scans
    1
    """
    return follow_curve(
        curve.only(scan), prior=prior, wide=wide, scale=scale, seed=seed, n_particles=n_particles
    )[0]


def _size(curve: MeasuredCurve) -> int:
    return int(curve.times_s.size)


def _over_injected(curve: MeasuredCurve, scale: DoseScale) -> bool:
    """Whether a scan shows more than was given, beyond what its uncertainty allows."""
    if curve.injected_bq is None:
        return False
    back = curve.activities_bq * np.exp(curve.decay_per_s * curve.times_s) / curve.injected_bq
    random = curve.uncertainties_bq / np.maximum(np.abs(curve.activities_bq), 1e-300)
    common = math.hypot(scale.activity_relative_uncertainty, curve.injected_relative_uncertainty)
    relative = np.sqrt(random**2 + curve.scatter_relative**2 + common**2)
    return bool((np.log(np.maximum(back, 1e-300)) > _CONFLICT_SIGMAS * relative).any())


def _loosened(prior: KineticsPrior) -> KineticsPrior:
    """The same kinetics, with the injected activity out of it."""
    unknown = wide_prior("unknown")
    mean, covariance = prior.mean.copy(), prior.covariance.copy()
    mean[0] = unknown.mean[0]
    covariance[0, :] = covariance[:, 0] = 0.0
    covariance[0, 0] = unknown.covariance[0, 0]
    return replace(prior, mean=mean, covariance=covariance)


def _chains(
    curve: MeasuredCurve, prior: KineticsPrior, wide: KineticsPrior, scale: DoseScale,
    *, seed: int, count: int, loose: bool,
) -> list[tuple[float, _Chain]]:  # fmt: skip
    """Prior probability and chain of each part of the mixture."""
    injected = curve.injected_bq
    common = scale.activity_relative_uncertainty
    if loose or injected is None:
        first = max(float(curve.activities_bq[0]), 0.0) + 2 * float(curve.uncertainties_bq[0])
        injected = _HEADROOM * first * math.exp(curve.decay_per_s * float(curve.times_s[0]))
        turn: Callable[[KineticsPrior], KineticsPrior] = _loosened
    else:
        common = math.hypot(common, curve.injected_relative_uncertainty)
        turn = replace
    weight = prior.wide_weight
    parts = [(1.0 - weight, prior), (weight, wide)]
    sigmas = np.hypot(curve.uncertainties_bq, curve.scatter_relative * curve.activities_bq)
    return [
        (
            probability,
            _Chain(
                Target(
                    turn(part), curve.times_s, curve.activities_bq, sigmas, curve.decay_per_s,
                    injected, common,
                ),
                np.random.default_rng([seed, index, int(loose)]),
                count,
            ),
        )
        for index, (probability, part) in enumerate(parts)
        if probability > 0
    ]  # fmt: skip


def _mixed(
    curve: MeasuredCurve, prior: KineticsPrior, chains: list[tuple[float, _Chain]],
    scales: Sequence[DoseScale], *, seed: int, count: int,
) -> list[CurvePosterior]:  # fmt: skip
    runs = [(probability, chain, chain.run()) for probability, chain in chains]
    found = []
    for k in range(_size(curve)):
        logs = np.array([math.log(p) + run[k][1] for p, _, run in runs])
        if not math.isfinite(logs.max()):
            raise FitError(
                "no retention curve meets the scans",
                got=f"{curve.activities_bq[k] / 1e6:.4g} MBq at {curve.times_s[k] / 3600:.4g} h",
                remedy="look at the first scan and the injected activity",
            )
        share = np.exp(logs - logs.max())
        share /= share.sum()
        kept = np.diff(np.concatenate(([0], np.rint(np.cumsum(share) * count)))).astype(int)
        parts = [
            mean + run[k][0][:n] @ factor.T
            for n, (_, chain, run) in zip(kept, runs, strict=True)
            for mean, factor in (chain.target.factor(),)
        ]
        target = chains[0][1].target
        rng = np.random.default_rng([seed, 99, k])
        found.append(_posterior(np.concatenate(parts), k + 1, target, scales[k], rng))
        wide = float(share[1]) if len(share) > 1 else float(prior.wide_weight > 0)
        found[-1] = replace(found[-1], wide_prior_weight=wide)
    return found


def _posterior(
    x: Array, scans: int, target: Target, scale: DoseScale, rng: np.random.Generator
) -> CurvePosterior:
    """Particles with the dose's own errors drawn beside them."""
    slope = scale.covariance_relative / target.common_sd**2 if target.common_sd > 0 else 0.0
    left = scale.dose_relative_uncertainty**2 - slope * scale.covariance_relative
    error = slope * x[:, 5] + math.sqrt(max(left, 0.0)) * rng.standard_normal(len(x))
    return CurvePosterior(
        scans=scans,
        coordinates=natural(x),
        common_log=x[:, 5],
        noise_log=x[:, 6],
        dose_log=-error,
        reference_bq=target.injected,
        decay_per_s=target.decay,
        gy_per_bq_s=scale.gy_per_bq_s,
        wide_prior_weight=0.0,
    )


def _with_doubt(posterior: CurvePosterior, conflict: bool) -> CurvePosterior:
    if not conflict:
        return posterior
    return replace(
        posterior,
        warnings=(
            "a scan shows more activity than was injected, beyond its uncertainty: the injected "
            "activity was left out of the running dose",
        ),
    )
