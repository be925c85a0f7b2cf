"""The dose while it is being given: what was known of a region after each scan."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from hevesy.case import (
    ActivityKind,
    Administration,
    Case,
    FurtherScan,
    MonitorEntry,
    Route,
)
from hevesy.errors import FitError, InputError
from hevesy.nuclides import Nuclide
from hevesy.timeactivity import (
    CurvePosterior,
    DoseScale,
    FitOptions,
    KineticsPrior,
    MeasuredCurve,
    cited_prior,
    expected_interval90_width_gy,
    fit_time_activity,
    follow_curve,
    single_scan_posterior,
    wide_prior,
)
from hevesy.workflows.curves import UNKNOWN_COUNTING
from hevesy.workflows.region_uncertainty import RegionCourse, course_uncertainty

__all__ = [
    "SCAN_SCATTER",
    "MonitoredCourse",
    "monitor_course",
    "resolve_prior",
    "stated_activity_uncertainty",
]

SCAN_SCATTER = 0.02
"""Scatter from scan to scan beyond counting: repositioning, breathing, drawing; as a share."""
_UNSTATED_ACTIVITY = 0.05
_GROSS_ACTIVITY = 0.10
_SOON_S = 1800.0  # a planned scan within half an hour of one that was made is that one


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonitoredCourse:
    """One region after one administration, as the running dose needs it.

    Parameters
    ----------
    course : int
    kind : str
        ``"lesion"`` or ``"organ"``.
    region : RegionCourse
        Measurements and borders.
    scans : tuple of int
        Numbers of the scans in the case.
    left_bq : tuple of float
        Standard uncertainty of what earlier courses left in each, Bq.
    gy_per_bq_s : float
        Mean dose of one decay.
    transport_relative_uncertainty : float or None
    """

    course: int
    kind: str
    region: RegionCourse
    scans: tuple[int, ...]
    left_bq: tuple[float, ...]
    gy_per_bq_s: float
    transport_relative_uncertainty: float | None = None


def resolve_prior(name: str, read: KineticsPrior | None = None) -> KineticsPrior | None:
    """Find the prior of a case's lesions; None stands for the wide one of each region.

    Parameters
    ----------
    name : str
        ``"wide"``, ``"cited:NAME"`` or ``"file"``.
    read : KineticsPrior or None
        What the file holds.

    Returns
    -------
    KineticsPrior or None

    Raises
    ------
    InputError
        An unknown name.

    Examples
    --------
    >>> resolve_prior("cited:re188-lipiodol").name
    'cited:re188-lipiodol'
    """
    if read is not None:
        return read
    if name == "wide":
        return None
    if name.startswith("cited:"):
        return cited_prior(name.removeprefix("cited:"))
    raise InputError(
        "options.prior is not known", got=name, remedy='write "wide", "cited:NAME" or a file'
    )


def stated_activity_uncertainty(stated: float | None, *, gross: bool) -> float:
    """Relative standard uncertainty of an injected activity as the running dose takes it.

    5 % where the case does not say; 10 % more, in squares, where the residual was not taken off.

    Parameters
    ----------
    stated : float or None
        As the case has it.
    gross : bool

    Returns
    -------
    float

    Examples
    --------
    >>> stated_activity_uncertainty(None, gross=False)
    0.05
    """
    share = _UNSTATED_ACTIVITY if stated is None else stated
    return math.hypot(share, _GROSS_ACTIVITY) if gross else share


def monitor_course(
    monitored: MonitoredCourse, case: Case, nuclide: Nuclide, *, prior: KineticsPrior | None = None
) -> tuple[tuple[MonitorEntry, ...], tuple[str, ...]]:
    """Follow one region through the scans after one administration.

    Parameters
    ----------
    monitored : MonitoredCourse
    case : Case
    nuclide : Nuclide
    prior : KineticsPrior or None
        Of lesions; None is the wide one. Organs always have the wide one.

    Returns
    -------
    entries : tuple of MonitorEntry
        One after each scan; none where no curve meets the scans.
    warnings : tuple of str
    """
    given = case.administrations[monitored.course - 1]
    wide = wide_prior("depot" if _own_injection_bq(monitored, given) else "organ")
    wanted = prior if prior is not None and monitored.kind == "lesion" else wide
    curve = _curve(monitored, given, nuclide)
    seed = case.options.seed
    counts = range(1, len(monitored.scans) + 1)
    scales = [_scale(monitored, count, case, nuclide) for count in counts]
    try:
        followed = follow_curve(curve, prior=wanted, wide=wide, scale=scales, seed=seed)
        alone = [
            single_scan_posterior(
                curve, count - 1, prior=wanted, wide=wide, scale=scales[count - 1], seed=seed
            )
            for count in counts
        ]
    except FitError as error:
        return (), (f"no running dose: {error}",)
    entries = tuple(
        _entry(monitored, case, curve.first(count), followed[count - 1], alone[count - 1], wanted)
        for count in counts
    )
    return entries, tuple(dict.fromkeys(text for now in followed for text in now.warnings))


def _own_injection_bq(monitored: MonitoredCourse, given: Administration) -> float | None:
    """What was injected into this very region, Bq."""
    if given.route is not Route.INTRATUMORAL or monitored.kind != "lesion":
        return None
    own = [part.activity_bq for part in given.injections if part.lesion == monitored.region.name]
    return sum(own) if own else None


def _curve(monitored: MonitoredCourse, given: Administration, nuclide: Nuclide) -> MeasuredCurve:
    measured = monitored.region.measured
    relative = np.array(
        [
            UNKNOWN_COUNTING
            if found.random_relative_uncertainty is None
            else max(found.random_relative_uncertainty, 1e-6)
            for found in measured
        ]
    )
    seen = np.abs(np.array([found.activity_bq for found in measured]))
    return MeasuredCurve(
        times_s=3600.0 * np.array(monitored.region.hours),
        activities_bq=np.array(monitored.region.own_bq),
        uncertainties_bq=np.maximum(np.hypot(relative * seen, monitored.left_bq), 1.0),
        decay_per_s=nuclide.decay_per_s,
        injected_bq=_own_injection_bq(monitored, given) or given.activity_bq,
        injected_relative_uncertainty=stated_activity_uncertainty(
            given.activity_relative_uncertainty, gross=given.kind is ActivityKind.GROSS
        ),
        scatter_relative=SCAN_SCATTER,
    )


def _scale(monitored: MonitoredCourse, count: int, case: Case, nuclide: Nuclide) -> DoseScale:
    """Dose of a decay and the errors common to the first `count` scans, as known after them."""
    course = monitored.region
    last = max(abs(course.own_bq[count - 1]), 1.0)
    fit = fit_time_activity(
        [3600.0 * course.hours[count - 1]],
        [last],
        [last * 1e-3],
        decay_per_s=nuclide.decay_per_s,
        options=FitOptions(
            models=("prior",),
            effective_half_life_s=nuclide.half_life_s,
            effective_half_life_uncertainty_s=1e-3 * nuclide.half_life_s,
        ),
        name=course.name,
    )
    chain = course_uncertainty(
        replace(
            course,
            fit=fit,
            hours=course.hours[:count],
            measured=course.measured[:count],
            own_bq=course.own_bq[:count],
        ),
        case.options,
    )
    transport = monitored.transport_relative_uncertainty or 0.0
    return DoseScale(
        gy_per_bq_s=monitored.gy_per_bq_s,
        activity_relative_uncertainty=chain.tia_common_relative,
        dose_relative_uncertainty=math.hypot(chain.dose_common_relative, transport),
        covariance_relative=chain.common_covariance_relative,
    )


def _entry(
    monitored: MonitoredCourse, case: Case, known: MeasuredCurve, now: CurvePosterior,
    alone: CurvePosterior, prior: KineticsPrior,
) -> MonitorEntry:  # fmt: skip
    at_s = float(known.times_s[-1])
    so_far, final = now.doses_gy(at_s), now.doses_gy()
    further, width = _further(case, known, now)
    return MonitorEntry(
        after_scan=monitored.scans[known.times_s.size - 1],
        course=monitored.course,
        hours=at_s / 3600.0,
        dose_so_far_gy=float(np.median(so_far)),
        dose_so_far_uncertainty_gy=float(np.std(so_far)),
        final_dose_gy=float(np.median(final)),
        final_dose_uncertainty_gy=float(np.std(final)),
        final_dose_interval90_gy=now.interval90_gy(),
        single_scan_dose_gy=float(np.median(alone.doses_gy())),
        single_scan_interval90_gy=alone.interval90_gy(),
        prior=prior.name,
        wide_prior_weight=1.0 if prior.name == "wide" else now.wide_prior_weight,
        further_scans=further,
        expected_interval90_width_gy=width,
    )


def _further(
    case: Case, known: MeasuredCurve, now: CurvePosterior
) -> tuple[tuple[FurtherScan, ...], float]:
    """What each planned scan would tell, and the width after all of them."""
    last_s = float(known.times_s[-1])
    times = sorted(t for t in case.options.planned_scans_s if t > last_s + _SOON_S)
    counting = float(known.uncertainties_bq[-1]) / max(abs(float(known.activities_bq[-1])), 1.0)
    ahead = np.median(now.activities_bq(np.array([last_s, *times])), axis=0)
    grown = counting * np.sqrt(ahead[0] / np.maximum(ahead[1:], 1e-300))
    noise = np.minimum(np.hypot(grown, known.scatter_relative), 1.0)

    def width(chosen: Sequence[int]) -> float:
        return expected_interval90_width_gy(
            now, [times[i] for i in chosen], relative_uncertainties=noise[list(chosen)],
            seed=case.options.seed,
        )  # fmt: skip

    every = range(len(times))
    alone = [width([i]) for i in every]
    # More scans never tell less: where many are imagined, their width is an upper estimate.
    further = tuple(
        FurtherScan(
            hours=times[i] / 3600.0,
            expected_interval90_width_gy=alone[i],
            expected_width_if_skipped_gy=min(
                width([j for j in every if j != i]), *(alone[j] for j in every if j != i)
            )
            if len(times) > 1
            else width([]),
        )
        for i in every
    )
    return further, min([width(every), *alone])
