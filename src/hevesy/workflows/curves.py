"""Each region's curve after each administration."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from hevesy.case import Case, CourseCurve, Route
from hevesy.errors import FitError
from hevesy.nuclides import Nuclide
from hevesy.timeactivity import FitOptions, TimeActivityFit, fit_time_activity
from hevesy.workflows.measure import MeasuredRegion
from hevesy.workflows.remainders import Remainder, fit_after_earlier, left_by_earlier
from hevesy.workflows.session import Session
from hevesy.workflows.unseen import nothing_seen, unseen_spread_bq, widen_below_zero

__all__ = ["CourseFits", "counting_sigmas_bq", "draw_curve", "fit_courses"]

# Where the case gives no way to know the counting noise, scans are weighted alike in relative
# terms; 5 % is the usual repeatability of a large region's activity in SPECT (EANM, Gear 2018).
UNKNOWN_COUNTING = 0.05
_POINTS = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CourseFits:
    """One region's curves, each of one course's own activity.

    Parameters
    ----------
    fits : Mapping of int to TimeActivityFit
        By course, from 1.
    remainders : Mapping of int to Remainder
        What earlier courses left and was taken off the scans, by course; the first has none.
    covariances_bq2_s2 : Mapping of tuple of int to float
        Of two courses' TIAs, by earlier and later course, (Bq s)2.
    """

    fits: Mapping[int, TimeActivityFit]
    remainders: Mapping[int, Remainder]
    covariances_bq2_s2: Mapping[tuple[int, int], float]


def fit_courses(
    case: Case,
    sessions: Sequence[Session],
    measured: Sequence[Mapping[str, MeasuredRegion]],
    nuclide: Nuclide,
    name: str,
    kind: str,
) -> CourseFits:
    """Fit one region's curve after each administration, of that course's own activity.

    What the curves of the courses before say is still there is taken off a later course's scans.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
    measured : sequence of Mapping
        For each session, by region.
    nuclide : Nuclide
    name : str
        The region.
    kind : str
        ``"lesion"`` or ``"organ"``.

    Returns
    -------
    CourseFits

    Raises
    ------
    FitError
        A curve that the measurements cannot give; names the region.
    """
    fits: dict[int, TimeActivityFit] = {}
    remainders: dict[int, Remainder] = {}
    covariances: dict[tuple[int, int], float] = {}
    zeros = {number: given.time for number, given in enumerate(case.administrations, start=1)}
    for course in sorted({session.course for session in sessions}):
        chosen = [
            (session, found[name])
            for session, found in zip(sessions, measured, strict=True)
            if session.course == course
        ]
        times_s = np.array([session.seconds_after_administration for session, _ in chosen])
        activities_bq = np.array([found.activity_bq for _, found in chosen])
        counting_bq = counting_sigmas_bq([found for _, found in chosen])
        if len(chosen) > 1 or fits:
            _require_activity(chosen, name)
        fit = partial(
            fit_time_activity,
            times_s,
            decay_per_s=nuclide.decay_per_s,
            options=_options(case, course, name, kind),
            name=name,
        )
        if not fits:
            numbers = [session.scan for session, _ in chosen]
            values_bq, sigmas_bq, said = widen_below_zero(
                activities_bq, counting_bq, name=name, scans=numbers
            )
            if (values_bq > 0).any():
                found = fit(values_bq, sigmas_bq)
            else:
                spread_bq = unseen_spread_bq(times_s, sigmas_bq, nuclide.decay_per_s)
                found = nothing_seen(
                    spread_bq, nuclide.decay_per_s, name=name, said=(),
                    model="nothing: no scan shows any activity",
                )  # fmt: skip
            fits[course] = replace(found, warnings=(*said, *found.warnings))
            continue
        starts = [session.start for session, _ in chosen]
        remainders[course] = left_by_earlier(fits, zeros, starts, activities_bq)
        fits[course], with_earlier = fit_after_earlier(
            fit,
            times_s,
            remainders[course],
            counting_bq,
            decay_per_s=nuclide.decay_per_s,
            name=name,
            course=course,
            scans=[session.scan for session, _ in chosen],
        )
        covariances |= {(earlier, course): value for earlier, value in with_earlier.items()}
    return CourseFits(fits=fits, remainders=remainders, covariances_bq2_s2=covariances)


def counting_sigmas_bq(measured: Sequence[MeasuredRegion]) -> NDArray[np.float64]:
    """Random standard uncertainty of each scan's activity, Bq.

    Parameters
    ----------
    measured : sequence of MeasuredRegion

    Returns
    -------
    ndarray of float64, shape (n,)
    """
    relative = np.array(
        [
            UNKNOWN_COUNTING
            if found.random_relative_uncertainty is None
            else max(found.random_relative_uncertainty, 1e-6)
            for found in measured
        ]
    )
    return np.asarray(relative * np.abs(np.array([found.activity_bq for found in measured])))


def _require_activity(chosen: Sequence[tuple[Session, MeasuredRegion]], name: str) -> None:
    """No relative uncertainty gives a scan without activity a weight."""
    for session, found in chosen:
        if found.activity_bq == 0:
            raise FitError(
                f"region '{name}' shows no activity at all in scan {session.scan}, so its curve "
                "can't be weighted",
                got=f"0 MBq at {session.hours_after_administration:.4g} h",
                remedy="is it the right image? Leave that scan out, or the region "
                "(`regions` in [options])",
            )


def _options(case: Case, course: int, name: str, kind: str) -> FitOptions:
    administration = case.administrations[course - 1]
    depot = administration.route is Route.INTRATUMORAL and kind == "lesion"
    limit = None
    if depot:
        injected = [p.activity_bq for p in administration.injections if p.lesion == name]
        limit = sum(injected) if injected else administration.activity_bq
    options = case.options
    return FitOptions(
        models=options.fit_models,
        uptake_phase=options.uptake_phase and not depot,
        initial_activity_limit_bq=limit,
        effective_half_life_s=options.effective_half_life_s,
        effective_half_life_uncertainty_s=options.effective_half_life_uncertainty_s,
        tail=options.tail,
        seed=options.seed,
    )


def draw_curve(fit: TimeActivityFit, course: int, last_s: float) -> CourseCurve:
    """Give a fit as the report draws it, from time zero past the last scan.

    Parameters
    ----------
    fit : TimeActivityFit
    course : int
    last_s : float
        Time of the last scan, s; the curve is drawn 15 % further.

    Returns
    -------
    CourseCurve

    Examples
    --------
    >>> fit = fit_time_activity([3600.0, 86400.0], [9e6, 3e6], [1e5, 1e5], decay_per_s=1e-5,
    ...                         options=FitOptions(), name="liver")
    >>> draw_curve(fit, 1, 86400.0).hours.size
    200
    """
    times_s = np.linspace(0.0, 1.15 * last_s, _POINTS)
    low_bq, high_bq = fit.band(times_s)
    half_life_s = fit.effective_half_life_s
    return CourseCurve(
        course=course,
        model=fit.model,
        tia_mbq_h=fit.tia_bq_s / 3.6e9,
        tia_uncertainty_mbq_h=fit.tia_uncertainty_bq_s / 3.6e9,
        effective_half_life_h=None if half_life_s is None else half_life_s / 3600.0,
        hours=times_s / 3600.0,
        activity_mbq=fit.curve.activity_bq(times_s) / 1e6,
        low_mbq=low_bq / 1e6,
        high_mbq=high_bq / 1e6,
    )
