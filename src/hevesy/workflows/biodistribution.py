"""Where the injected activity is, and how long it stays: added to a finished result."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hevesy.case import (
    Case,
    CaseResult,
    CourseCurve,
    PercentInjected,
    RegionKinetics,
    RegionResult,
)
from hevesy.nuclides import Nuclide
from hevesy.quantification import injected_share, region_detection
from hevesy.timeactivity import half_lives, terminal_half_life_uncertainty_s
from hevesy.workflows.body_field import BodyField, find_body_fields
from hevesy.workflows.closure import ScanLedger, close_case, closure_warnings
from hevesy.workflows.curves import CourseFits
from hevesy.workflows.excretion import excreted_before
from hevesy.workflows.frames import Frames
from hevesy.workflows.ledger import add_up_regions, overlap_warnings
from hevesy.workflows.lesion_place import lesions_out_of_place
from hevesy.workflows.measure import MeasuredRegion
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.seen_then import early_warnings
from hevesy.workflows.session import Session
from hevesy.workflows.whole_body import balance_case, counting_of, whole_image_bq

__all__ = ["with_biodistribution"]

_BEYOND_SIGMAS = 2.0
_LEAST_RECOVERY = 0.05  # below, a limit divided by it would say more of the division
_HOUR_S = 3600.0


def with_biodistribution(
    result: CaseResult,
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    planned: Sequence[PlannedRegion],
    measured: Sequence[Mapping[str, MeasuredRegion]],
    fitted: Mapping[str, CourseFits],
    nuclide: Nuclide,
) -> CaseResult:
    """Add closure, parts of the injected activity, half-lives and their warnings to a result.

    Parameters
    ----------
    result : CaseResult
        With its regions in the order of `planned`, and their masks on the dose grid.
    case : Case
    sessions : sequence of Session
    frames : Frames
    planned : sequence of PlannedRegion
    measured : sequence of Mapping
        For each session, by region.
    fitted : Mapping of str to CourseFits
        By region.
    nuclide : Nuclide

    Returns
    -------
    CaseResult
    """
    fields = find_body_fields(sessions, frames)
    excreted = [excreted_before(case, session, nuclide) for session in sessions]
    balances = balance_case(case, sessions, nuclide, fields, excreted)
    ledgers = add_up_regions(
        result.regions, result.masks, sessions, frames,
        case.options.calibration_relative_uncertainty,
    )  # fmt: skip
    scans = [
        ScanLedger(session=session, balance=balance, field=field, ledger=ledger)
        for session, balance, field, ledger in zip(sessions, balances, fields, ledgers, strict=True)
    ]
    closure = close_case(case, scans, result.regions)
    around = [
        _background_bq_per_ml(session, found, field)
        for session, found, field in zip(sessions, measured, fields, strict=True)
    ]
    regions = tuple(
        _with_parts(region, case, sessions, [found[region.name] for found in measured],
                    fitted[region.name], around, nuclide)
        for region in result.regions
    )  # fmt: skip
    moved = lesions_out_of_place(planned, sessions, frames, case.options)
    warnings = [*early_warnings(case), *closure_warnings(closure), *overlap_warnings(result.masks)]
    warnings += [text for one in excreted for text in one.warnings]
    return replace(
        result,
        closure=closure,
        regions=tuple(
            replace(
                region,
                warnings=(
                    *[text for name, text in moved if name == region.name],
                    *_too_much(region),
                    *region.warnings,
                ),
            )
            for region in regions
        ),
        warnings=tuple(dict.fromkeys([*warnings, *result.warnings])),
    )


def _too_much(region: RegionResult) -> list[str]:
    """More than was injected, beyond the uncertainty."""
    found = []
    for part in region.percent_ia:
        beyond = part.decay_corrected_percent - 100.0
        sigma = part.decay_corrected_percent_uncertainty
        if beyond > _BEYOND_SIGMAS * sigma:
            found.append(
                f"region '{region.name}', scan {part.scan}: it holds "
                f"{part.decay_corrected_percent:.4g} ± {sigma:.2g} % of "
                "the injected activity (decay taken out), and can't hold more than 100 %: "
                "calibration, injected activity, or a time is wrong"
            )
    return found


def _with_parts(
    region: RegionResult,
    case: Case,
    sessions: Sequence[Session],
    measured: Sequence[MeasuredRegion],
    curves: CourseFits,
    around: Sequence[float],
    nuclide: Nuclide,
) -> RegionResult:
    parts = tuple(
        _part(region, index, case, session, measured[index], around[index], nuclide)
        for index, session in enumerate(sessions)
    )
    kinetics = tuple(
        _kinetics(
            region, curve, case, curves, nuclide,
            last_s=max(
                s.seconds_after_administration for s in sessions if s.course == curve.course
            ),
        )
        for curve in region.curves
    )  # fmt: skip
    return replace(region, percent_ia=parts, kinetics=kinetics)


def _kinetics(
    region: RegionResult,
    curve: CourseCurve,
    case: Case,
    curves: CourseFits,
    nuclide: Nuclide,
    *,
    last_s: float,
) -> RegionKinetics:
    given = case.administrations[curve.course - 1]
    fit = curves.fits[curve.course]
    known_s = fit.effective_half_life_s
    lives = None
    if known_s is not None:
        spread_s = terminal_half_life_uncertainty_s(fit, from_s=last_s)
        lives = half_lives(known_s, spread_s, physical_s=nuclide.half_life_s)
    injected_mbq = given.activity_bq / 1e6
    residence_h = curve.tia_mbq_h / injected_mbq
    tia_u_mbq_h = _tia_uncertainty(region, curve.tia_mbq_h, curve.tia_uncertainty_mbq_h)
    return RegionKinetics(
        course=curve.course,
        effective_half_life_h=_hours(lives.effective_s if lives else None),
        effective_half_life_uncertainty_h=_hours(lives.effective_uncertainty_s if lives else None),
        biological_half_life_h=_hours(lives.biological_s if lives else None),
        biological_half_life_uncertainty_h=_hours(
            lives.biological_uncertainty_s if lives else None
        ),
        biological_half_life_at_least_h=_hours(lives.biological_at_least_s if lives else None),
        residence_time_h=residence_h,
        residence_time_uncertainty_h=math.hypot(
            tia_u_mbq_h / injected_mbq,
            residence_h * (given.activity_relative_uncertainty or 0.0),
        ),
    )


def _tia_uncertainty(region: RegionResult, tia_mbq_h: float, fit_mbq_h: float) -> float:
    """A course's TIA with all that is uncertain of it: the region's share of it, or the fit's."""
    if region.tia_mbq_h <= 0:
        return fit_mbq_h
    return max(fit_mbq_h, region.tia_uncertainty_mbq_h * tia_mbq_h / region.tia_mbq_h)


def _hours(seconds: float | None) -> float | None:
    return None if seconds is None else seconds / _HOUR_S


def _part(
    region: RegionResult,
    index: int,
    case: Case,
    session: Session,
    found: MeasuredRegion,
    around_bq_per_ml: float,
    nuclide: Nuclide,
) -> PercentInjected:
    scan = region.scans[index]
    given = case.administrations[session.course - 1]
    part = injected_share(
        (scan.activity_mbq - scan.left_over_mbq) * 1e6,
        math.hypot(scan.activity_uncertainty_mbq, scan.left_over_uncertainty_mbq) * 1e6,
        injected_bq=given.activity_bq,
        injected_relative_uncertainty=given.activity_relative_uncertainty,
        decay_factor=math.exp(-nuclide.decay_per_s * session.seconds_after_administration),
    )
    below, limit_bq = _detection(case, session, found, around_bq_per_ml, nuclide)
    return PercentInjected(
        scan=session.scan,
        course=session.course,
        hours_after_administration=session.hours_after_administration,
        percent=100.0 * part.physical_share,
        percent_uncertainty=100.0 * part.physical_uncertainty_share,
        decay_corrected_percent=100.0 * part.decay_corrected_share,
        decay_corrected_percent_uncertainty=100.0 * part.decay_corrected_uncertainty_share,
        below_detection=below,
        detection_limit_mbq=None if limit_bq is None else limit_bq / 1e6,
        detection_limit_percent=None if limit_bq is None else 100.0 * limit_bq / given.activity_bq,
    )


def _detection(
    case: Case,
    session: Session,
    found: MeasuredRegion,
    around_bq_per_ml: float,
    nuclide: Nuclide,
) -> tuple[bool | None, float | None]:
    """Whether the activity can't be told from none, and Currie's detection limit, Bq."""
    counts_per_bq = counting_of(session, case, nuclide).counts_per_bq
    if counts_per_bq is None:
        return None, None
    recovery = min(max(found.recovery, _LEAST_RECOVERY), 1.0)
    random_bq = (found.random_relative_uncertainty or 0.0) * abs(found.activity_bq)
    own_bq2 = abs(found.activity_bq) / (counts_per_bq * recovery)  # Poisson of what is there
    random_bq = math.sqrt(max(random_bq**2 - own_bq2, 0.0))
    if session.floor is not None and found.volume_ml > 0:
        random_bq = max(random_bq, session.floor.deviation_bq(found.volume_ml))
    limit = region_detection(
        background_bq=around_bq_per_ml * found.volume_ml,
        random_uncertainty_bq=random_bq,
        counts_per_bq=counts_per_bq * recovery,
        calibration_relative_uncertainty=case.options.calibration_relative_uncertainty,
    )
    if limit is None:
        return None, None
    return bool(found.activity_bq <= limit.decision_bq), limit.detection_bq


def _background_bq_per_ml(
    session: Session, found: Mapping[str, MeasuredRegion], field: BodyField
) -> float:
    """Concentration of the body around the regions; 0 where no CT tells how large it is."""
    if field.body_ml is None:
        return 0.0
    rest_ml = field.body_ml - sum(region.volume_ml for region in found.values())
    rest_bq = whole_image_bq(session) - sum(region.uncorrected_bq for region in found.values())
    return max(rest_bq, 0.0) / rest_ml if rest_ml > 0 else 0.0
