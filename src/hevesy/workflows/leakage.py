"""Where an injection is at every scan: in its lesions, along the needle, in organs, elsewhere."""

import math
from collections.abc import Mapping, Sequence

from hevesy.case import (
    Administration,
    Case,
    LeakageCourse,
    LeakagePoint,
    RegionResult,
    RetainedShare,
    ScanMeasurement,
    ShareOfInjection,
)
from hevesy.nuclides import Nuclide
from hevesy.quantification import InjectedPart, LeakageShares, share_injection
from hevesy.workflows.injection_plan import OUTSIDE, InjectionPlan
from hevesy.workflows.injection_results import MadeWork
from hevesy.workflows.session import Session

__all__ = ["leakage_courses"]

_IN_LESION = ("deposit", "rest of lesion")


def leakage_courses(
    case: Case,
    sessions: Sequence[Session],
    plan: InjectionPlan,
    work: MadeWork,
    regions: Sequence[RegionResult],
    made: Sequence[RegionResult],
    nuclide: Nuclide,
) -> tuple[tuple[LeakageCourse, ...], tuple[str, ...]]:
    """Divide every scan's activities by what its course injected.

    Lesions are as they were measured by themselves. Organs are what the partition leaves of them,
    so that a rim within the liver is not counted twice; their relative uncertainty is the whole
    organ's.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
        In order of time.
    plan : InjectionPlan
    work : MadeWork
    regions : sequence of RegionResult
        As drawn.
    made : sequence of RegionResult
        Of the made regions.
    nuclide : Nuclide

    Returns
    -------
    courses : tuple of LeakageCourse
        Of every course with injections and a scan.
    warnings : tuple of str
    """
    courses, warnings = [], []
    for course, given in enumerate(case.administrations, start=1):
        indices = [i for i, session in enumerate(sessions) if session.course == course]
        if not given.injections or not indices:
            continue
        if given.activity_relative_uncertainty is None:
            warnings.append(
                f"course {course}: the injected activity's uncertainty is not stated, and not in "
                "the leakage: state `activity_uncertainty` in [administration]"
            )
        points, lost = [], []
        for index in indices:
            point, at_site = _point(
                case, given, sessions[index], index, plan, work, regions, made, nuclide
            )
            points.append(point)
            lost.append(at_site)
        if points[0].leaked_share < -2.0 * points[0].leaked_uncertainty_share:
            warnings.append(
                f"course {course}: the lesions hold more than was injected "
                f"({100 * points[0].retained_share:.0f} % at scan {points[0].scan}, beyond twice "
                "its uncertainty): look at calibration, net activity and resolution"
            )
        if below := _below_nothing(points[0]):
            warnings.append(f"course {course}: {below}")
        courses.append(
            LeakageCourse(
                course=course,
                net_injected_mbq=given.activity_bq / 1e6,
                extravasation_percent=100.0 * lost[0][0],
                extravasation_uncertainty_percent=100.0 * lost[0][1],
                points=tuple(points),
            )
        )
    return tuple(courses), tuple(warnings)


def _below_nothing(first: LeakagePoint) -> str:
    """Name what a part below zero says of the image; empty where none is."""
    found = [p for p in first.parts if p.share < -2.0 * p.uncertainty_share]
    if not found:
        return ""
    parts = ", ".join(
        f"{p.name} ({100 * p.share:.1f} ± {100 * p.uncertainty_share:.1f} %)" for p in found
    )
    return (
        f"less than nothing was found in {parts}, beyond twice its uncertainty: the image is "
        "sharper than `resolution` says, or the lesion is drawn too large; the shares around it "
        "and the extravasation are not to be relied on"
    )


def _point(
    case: Case,
    given: Administration,
    session: Session,
    index: int,
    plan: InjectionPlan,
    work: MadeWork,
    regions: Sequence[RegionResult],
    made: Sequence[RegionResult],
    nuclide: Nuclide,
) -> tuple[LeakagePoint, tuple[float, float]]:
    calibration = case.options.calibration_relative_uncertainty or 0.0
    of_scan = {region.name: _of_scan(region, session.scan) for region in regions}
    injected = {part.lesion: part for part in given.injections}
    lesions = {name: _part(of_scan[name], calibration) for name in injected}
    parts, at_site = _made_parts(made, session.scan, calibration)
    parts |= _organ_parts(case, plan, work, index, of_scan, calibration)
    decay = math.exp(-nuclide.decay_per_s * session.seconds_after_administration)
    net_relative = given.activity_relative_uncertainty or 0.0

    def share(
        net_bq: float, held: Mapping[str, InjectedPart], rest: Mapping[str, InjectedPart]
    ) -> LeakageShares:
        return share_injection(
            net_bq=net_bq,
            net_relative_uncertainty=net_relative,
            decay_factor=decay,
            lesions=tuple(held.values()),
            parts=rest,
            at_site=at_site,
            calibration_relative_uncertainty=calibration,
        )

    found = share(given.activity_bq, lesions, parts)
    own = {name: share(injected[name].activity_bq, {name: lesions[name]}, {}) for name in lesions}
    point = LeakagePoint(
        scan=session.scan,
        hours_after_administration=session.hours_after_administration,
        retained_share=found.retained[0],
        retained_uncertainty_share=found.retained[1],
        leaked_share=found.leaked[0],
        leaked_uncertainty_share=found.leaked[1],
        parts=tuple(
            ShareOfInjection(name=name, share=value, uncertainty_share=u)
            for name, value, u in found.parts
        ),
        rest_share=found.rest[0],
        rest_uncertainty_share=found.rest[1],
        lesions=tuple(
            RetainedShare(
                lesion=name,
                injected_mbq=injected[name].activity_bq / 1e6,
                retained_share=one.retained[0],
                retained_uncertainty_share=one.retained[1],
            )
            for name, one in own.items()
        ),
    )
    return point, found.extravasation


def _of_scan(region: RegionResult, scan: int) -> ScanMeasurement:
    return next(found for found in region.scans if found.scan == scan)


def _part(found: ScanMeasurement, calibration: float) -> InjectedPart:
    """A region's own activity of this course, its uncertainty without the calibration's."""
    activity_mbq = found.activity_mbq - found.left_over_mbq
    common_mbq = calibration * abs(found.activity_mbq)
    own_mbq = math.sqrt(max(found.activity_uncertainty_mbq**2 - common_mbq**2, 0.0))
    return InjectedPart(
        activity_bq=1e6 * activity_mbq,
        own_uncertainty_bq=1e6 * math.hypot(own_mbq, found.left_over_uncertainty_mbq),
    )


def _made_parts(
    made: Sequence[RegionResult], scan: int, calibration: float
) -> tuple[dict[str, InjectedPart], list[str]]:
    parts = {
        region.name: _part(_of_scan(region, scan), calibration)
        for region in made
        if region.kind not in _IN_LESION or region.name.endswith(OUTSIDE)
    }
    return parts, list(parts)


def _organ_parts(
    case: Case,
    plan: InjectionPlan,
    work: MadeWork,
    index: int,
    of_scan: Mapping[str, ScanMeasurement],
    calibration: float,
) -> dict[str, InjectedPart]:
    """What the partition leaves of downstream organs, less what earlier courses left there."""
    asked = case.options.injection_regions
    wanted = () if asked is None else asked.downstream
    parts = {}
    for region in plan.others:
        if region.kind != "organ" or (wanted and region.name not in wanted):
            continue
        whole = of_scan[region.name]
        activity_mbq = work.measured[index][region.name].activity_bq / 1e6
        scale = activity_mbq / whole.activity_mbq if whole.activity_mbq else 1.0
        part = _part(whole, calibration)
        parts[region.name] = InjectedPart(
            activity_bq=part.activity_bq * scale,
            own_uncertainty_bq=part.own_uncertainty_bq * abs(scale),
        )
    return parts
