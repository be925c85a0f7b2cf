"""Activity, TIA and dose of the regions that were made around injections."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from hevesy.case import (
    Case,
    PartialVolume,
    RegionResult,
    ScanMeasurement,
    UncertaintyShare,
)
from hevesy.dose import mean_density
from hevesy.images import Region
from hevesy.kinetics import RetentionCurve
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.timeactivity import TimeActivityFit
from hevesy.workflows.curves import counting_sigmas_bq, draw_curve
from hevesy.workflows.dosemap import MappedDose
from hevesy.workflows.frames import Frames
from hevesy.workflows.injection_plan import InjectionPlan
from hevesy.workflows.measure import MeasuredRegion, measure_case
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.region_uncertainty import (
    BorderMass,
    RegionCourse,
    course_uncertainty,
    drawn_border_mm,
)
from hevesy.workflows.session import Session

__all__ = ["MadeWork", "assemble_made", "measure_made"]

# Points of a standard normal number, equally likely: a band of all scans erring together.
_NORMAL = tuple(NormalDist().inv_cdf((n + 0.5) / 41) for n in range(41))
_LOCAL = (
    "the local engine lets energy stay where it is released: what the lesion gives its "
    "surroundings is missing here"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MadeWork:
    """Measurements of the made regions, with every region of the partition.

    Parameters
    ----------
    measured : tuple of dict
        For each session, by region.
    borders_mm : Mapping of str to float
        Standard uncertainty of each region's border, mm.
    warnings : tuple of str
    """

    measured: tuple[dict[str, MeasuredRegion], ...]
    borders_mm: Mapping[str, float]
    warnings: tuple[str, ...]


def measure_made(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    plan: InjectionPlan,
    nuclide: Nuclide,
    *,
    control: Control,
) -> MadeWork:
    """Measure every part of the partition at once, by the transfer matrix.

    Without it a rim or a tract would show the lesion's blur and little else, so it is used here
    whatever the case does for the drawn regions.

    Parameters
    ----------
    case : Case
        With a resolution.
    sessions : sequence of Session
    frames : Frames
    plan : InjectionPlan
    nuclide : Nuclide
    control : Control

    Returns
    -------
    MadeWork
    """
    by_matrix = replace(
        case,
        options=replace(case.options, partial_volume=PartialVolume.GEOMETRIC_TRANSFER_MATRIX),
    )
    regions = (*plan.made, *plan.others)
    measured, doubts = measure_case(by_matrix, sessions, frames, regions, nuclide, control=control)
    return MadeWork(
        measured=measured,
        borders_mm={r.name: drawn_border_mm(r, sessions, case.options) for r in regions},
        warnings=tuple(f"around the injections: {text}" for text in doubts),
    )


def assemble_made(
    region: PlannedRegion,
    mask: Region,
    work: MadeWork,
    case: Case,
    sessions: Sequence[Session],
    mapped: MappedDose,
    nuclide: Nuclide,
    *,
    source_relative_uncertainty: float,
) -> RegionResult:
    """Bring a made region's figures together.

    Its curve is decay times a retention that goes straight from scan to scan, which is linear, so
    that parts add up. Its dose is the map's, for most of it comes from the lesion beside.

    Parameters
    ----------
    region : PlannedRegion
    mask : Region
        On the dose grid.
    work : MadeWork
    case : Case
    sessions : sequence of Session
    mapped : MappedDose
    nuclide : Nuclide
    source_relative_uncertainty : float
        Of the decays that give the dose: the lesion's own.

    Returns
    -------
    RegionResult
    """
    found = tuple(by_region[region.name] for by_region in work.measured)
    fits, scans = _courses(region, found, work, case, sessions, nuclide)
    density = mean_density(mapped.density, mask.mask)
    dose_gy, border_gy = _dose(mask, mapped, work.borders_mm[region.name])
    sources = {"decays": source_relative_uncertainty * dose_gy, "volume": border_gy}
    total_gy = math.hypot(*sources.values())
    tia = math.fsum(fit.tia_bq_s for fit, _ in fits.values())
    tia_u = math.hypot(*(fit.tia_uncertainty_bq_s for fit, _ in fits.values()))
    common = math.fsum(u for _, u in fits.values())
    warnings = [text for one in found for text in one.warnings]
    if mapped.found.method == "local":
        warnings.append(_LOCAL)
    return RegionResult(
        name=region.name,
        kind=region.kind,
        volume_ml=mask.volume_ml,
        mass_g=mask.volume_ml * density,
        density_g_cm3=density,
        tia_mbq_h=tia / 3.6e9,
        tia_uncertainty_mbq_h=math.hypot(tia_u, common) / 3.6e9,
        mean_dose_gy=dose_gy,
        mean_dose_uncertainty_gy=total_gy,
        voxel_mean_dose_gy=dose_gy,
        scans=scans,
        curves=tuple(
            draw_curve(
                fit,
                course,
                max(s.seconds_after_administration for s in sessions if s.course == course),
            )
            for course, (fit, _) in fits.items()
        ),
        dvh=None,
        shares=tuple(
            UncertaintyShare(
                source=source,
                relative_uncertainty=part / dose_gy if dose_gy > 0 else 0.0,
                variance_share=(part / total_gy) ** 2,
            )
            for source, part in sorted(sources.items(), key=lambda item: -item[1])
            if total_gy > 0
        ),
        warnings=tuple(dict.fromkeys(warnings)),
    )


def _courses(
    region: PlannedRegion,
    found: Sequence[MeasuredRegion],
    work: MadeWork,
    case: Case,
    sessions: Sequence[Session],
    nuclide: Nuclide,
) -> tuple[dict[int, tuple[TimeActivityFit, float]], tuple[ScanMeasurement, ...]]:
    """Each course's curve with its common uncertainty in Bq s, and every scan's figures."""
    fits: dict[int, tuple[TimeActivityFit, float]] = {}
    scans: list[ScanMeasurement] = []
    volume_ml = region.home[1].volume_ml
    for course in sorted({session.course for session in sessions}):
        chosen = [(s, f) for s, f in zip(sessions, found, strict=True) if s.course == course]
        left_bq = np.array([_left_bq(case, fits, session) for session, _ in chosen])
        activities_bq = np.array([one.activity_bq for _, one in chosen])
        random_bq = counting_sigmas_bq([one for _, one in chosen])
        fit = _retention(
            region.name,
            np.array([session.seconds_after_administration for session, _ in chosen]),
            activities_bq - left_bq,
            random_bq,
            nuclide,
        )
        chain = course_uncertainty(
            RegionCourse(
                name=region.name,
                volume_ml=volume_ml,
                fit=fit,
                hours=tuple(session.hours_after_administration for session, _ in chosen),
                measured=tuple(one for _, one in chosen),
                own_bq=tuple((activities_bq - left_bq).tolist()),
                borders_mm=work.borders_mm,
                border_mass=BorderMass(inside_ratio=1.0, outside_ratio=1.0),
            ),
            case.options,
        )
        tia = abs(fit.tia_bq_s)
        common = math.sqrt(max((chain.tia_relative * tia) ** 2 - fit.tia_uncertainty_bq_s**2, 0.0))
        fits[course] = (fit, common)
        for (session, one), relative, left in zip(
            chosen, chain.activity_relative, left_bq, strict=True
        ):
            scans.append(_scan(session, one, relative, float(left)))
    return fits, tuple(scans)


def _left_bq(
    case: Case, fits: Mapping[int, tuple[TimeActivityFit, float]], session: Session
) -> float:
    """What earlier courses' curves say is still there."""
    return math.fsum(
        float(
            fit.curve.activity_bq(
                (session.start - case.administrations[course - 1].time).total_seconds()
            )
        )
        for course, (fit, _) in fits.items()
    )


def _scan(
    session: Session, found: MeasuredRegion, relative: float, left_bq: float
) -> ScanMeasurement:
    activity_mbq = found.activity_bq / 1e6
    random = found.random_relative_uncertainty
    return ScanMeasurement(
        scan=session.scan,
        course=session.course,
        hours_after_administration=session.hours_after_administration,
        activity_mbq=activity_mbq,
        activity_uncertainty_mbq=relative * abs(activity_mbq),
        random_uncertainty_mbq=None if random is None else random * abs(activity_mbq),
        uncorrected_mbq=found.uncorrected_bq / 1e6,
        recovery=found.recovery,
        left_over_mbq=left_bq / 1e6,
    )


def _retention(
    name: str,
    times_s: NDArray[np.float64],
    activities_bq: NDArray[np.float64],
    random_bq: NDArray[np.float64],
    nuclide: Nuclide,
) -> TimeActivityFit:
    curve = RetentionCurve(
        times_s=times_s, activities_bq=activities_bq, decay_per_s=nuclide.decay_per_s
    )
    tia = curve.tia_bq_s()
    uncertainty = float(np.linalg.norm(curve.tia_weights_s() * random_bq))
    samples = tuple(
        RetentionCurve(
            times_s=times_s,
            activities_bq=activities_bq + sign * random_bq,
            decay_per_s=nuclide.decay_per_s,
        )
        for sign in _NORMAL
    )
    return TimeActivityFit(
        name=name,
        model="physical decay of a retention that goes straight from scan to scan",
        candidates=(),
        curve=curve,
        tia_bq_s=tia,
        tia_uncertainty_bq_s=uncertainty,
        tia_interval68_bq_s=(tia - uncertainty, tia + uncertainty),
        effective_half_life_s=None,
        interval_method="the scans' counting uncertainty through a linear integral",
        chi2=math.nan,
        warnings=(),
        tia_counting_uncertainty_bq_s=uncertainty,
        samples=samples,
    )


def _dose(mask: Region, mapped: MappedDose, border_mm: float) -> tuple[float, float]:
    """Energy over mass by the map, and what the region's place does to it, Gy.

    The region is shifted by its border's uncertainty along each axis, both ways; the axes' errors
    are independent.
    """
    from scipy.ndimage import shift

    reach = [math.ceil(border_mm / mm) + 2 for mm in mask.grid.spacing_mm]
    box = []
    for axis, (n, more) in enumerate(zip(mask.grid.shape, reach, strict=True)):
        there = np.flatnonzero(mask.mask.any(axis=tuple(a for a in range(3) if a != axis)))
        box.append(slice(max(0, int(there[0]) - more), min(n, int(there[-1]) + more + 1)))
    cut = (box[0], box[1], box[2])
    inside = mask.mask[cut].astype(np.float64)
    density = np.asarray(mapped.density.values)[cut].astype(np.float64)
    dose = np.asarray(mapped.dose.dose.values)[cut].astype(np.float64)

    def mean(weight: NDArray[np.float64]) -> float:
        mass = weight * density
        return float(np.vdot(mass, dose) / mass.sum())

    variance = 0.0
    for axis, mm in enumerate(mask.grid.spacing_mm):
        offset = [border_mm / mm if a == axis else 0.0 for a in range(3)]
        up = mean(shift(inside, offset, order=1))
        down = mean(shift(inside, [-o for o in offset], order=1))
        variance += ((up - down) / 2.0) ** 2
    return mean(inside), math.sqrt(variance)
