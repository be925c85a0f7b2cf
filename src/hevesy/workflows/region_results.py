"""All that is said of one region, from its measurements, curves, mass and map."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.case import (
    BedResult,
    Case,
    DvhResult,
    MonitorEntry,
    RegionResult,
    ScanMeasurement,
)
from hevesy.dose import (
    DoseMap,
    DoseUncertainty,
    biologically_effective_dose,
    border_densities,
    compute_dvh,
    generalised_eud,
    mean_density,
    mean_region_dose,
    region_doses_gy,
)
from hevesy.images import Region
from hevesy.nuclides import Nuclide
from hevesy.timeactivity import KineticsPrior
from hevesy.workflows.curves import CourseFits, draw_curve
from hevesy.workflows.dosemap import MappedDose
from hevesy.workflows.frames import Frames
from hevesy.workflows.measure import MeasuredRegion
from hevesy.workflows.monitor import MonitoredCourse, monitor_course
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.region_uncertainty import (
    BorderMass,
    RegionCourse,
    course_uncertainty,
    uncertainty_over_courses,
)
from hevesy.workflows.session import Session

__all__ = ["RegionWork", "assemble_region"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionWork:
    """What one region's result is made of.

    Parameters
    ----------
    region : PlannedRegion
    mask : Region
        On the dose grid.
    measured : tuple of MeasuredRegion
        For each session.
    curves : CourseFits
    borders_mm : Mapping of str to float
        Standard uncertainty of every region's border, mm, this one's included.
    energy_ratio : float
        Energy imparted to the region over the electrons' energy released in it, as transport
        found it; 1 for local deposition.
    transport_relative_uncertainty : float or None
        Statistical, of a simulation.
    prior : KineticsPrior or None
        What is expected of a lesion's kinetics; None is the wide prior.
    """

    region: PlannedRegion
    mask: Region
    measured: tuple[MeasuredRegion, ...]
    curves: CourseFits
    borders_mm: Mapping[str, float]
    energy_ratio: float = 1.0
    transport_relative_uncertainty: float | None = None
    prior: KineticsPrior | None = None


def assemble_region(
    work: RegionWork,
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    mapped: MappedDose,
    nuclide: Nuclide,
) -> RegionResult:
    """Bring a region's figures together.

    Parameters
    ----------
    work : RegionWork
    case : Case
    sessions : sequence of Session
    frames : Frames
    mapped : MappedDose
    nuclide : Nuclide

    Returns
    -------
    RegionResult
    """
    _, drawn = work.region.home
    volume_ml = drawn.volume_ml
    density = _density(work, case, frames, mapped)
    fits = work.curves.fits
    gy_per_bq_s = work.energy_ratio * (
        mean_region_dose(
            1.0, volume_ml=volume_ml, density_g_per_cm3=density, nuclide=nuclide
        ).mean_dose_gy
    )
    doses_gy = {course: gy_per_bq_s * max(fit.tia_bq_s, 0.0) for course, fit in fits.items()}
    courses = _courses(work, case, sessions, mapped)
    chains = {number: course_uncertainty(found, case.options) for number, found in courses.items()}
    tia_bq_s = sum(fit.tia_bq_s for fit in work.curves.fits.values())
    tia_u, dose_u, shares = uncertainty_over_courses(
        work.curves.fits,
        doses_gy=doses_gy,
        chains=chains,
        covariances_bq2_s2=work.curves.covariances_bq2_s2,
        transport_relative_uncertainty=work.transport_relative_uncertainty,
        unseen_gy={
            course: gy_per_bq_s * fit.tia_uncertainty_bq_s
            for course, fit in fits.items()
            if fit.tia_bq_s == 0
        },
    )
    dvh = _dvh(work, case, mapped.dose)
    monitor, doubts = _monitor(work, case, sessions, courses, nuclide, gy_per_bq_s)
    warnings = [text for fit in work.curves.fits.values() for text in fit.warnings]
    warnings += [text for found in work.measured for text in found.warnings]
    warnings += [text for chain in chains.values() for text in chain.warnings]
    warnings += doubts
    return RegionResult(
        name=work.region.name,
        kind=work.region.kind,
        volume_ml=volume_ml,
        mass_g=volume_ml * density,
        density_g_cm3=density,
        tia_mbq_h=tia_bq_s / 3.6e9,
        tia_uncertainty_mbq_h=tia_u / 3.6e9,
        mean_dose_gy=sum(doses_gy.values()),
        mean_dose_uncertainty_gy=dose_u,
        voxel_mean_dose_gy=_voxel_mean(work, mapped.dose),
        scans=_scans(work, sessions, chains),
        curves=tuple(
            draw_curve(
                fit,
                course,
                max(s.seconds_after_administration for s in sessions if s.course == course),
            )
            for course, fit in work.curves.fits.items()
        ),
        dvh=dvh,
        beds=_beds(work, case, doses_gy),
        eud_gy=_eud(work, case, mapped.dose),
        shares=shares,
        warnings=tuple(dict.fromkeys(warnings)),
        monitor=monitor,
    )


def _density(work: RegionWork, case: Case, frames: Frames, mapped: MappedDose) -> float:
    stated = dict(case.options.region_density_g_cm3)
    if work.region.name in stated:
        return stated[work.region.name]
    return mean_density(mapped.density, work.mask.mask)


def _courses(
    work: RegionWork, case: Case, sessions: Sequence[Session], mapped: MappedDose
) -> dict[int, RegionCourse]:
    """Scans, curve and borders after each administration."""
    mass = _mass_on_border(work, case, mapped)
    found = {}
    for course, fit in work.curves.fits.items():
        scans = [
            (session.hours_after_administration, measured)
            for session, measured in zip(sessions, work.measured, strict=True)
            if session.course == course
        ]
        found[course] = RegionCourse(
            name=work.region.name,
            volume_ml=work.region.home[1].volume_ml,
            fit=fit,
            hours=tuple(hours for hours, _ in scans),
            measured=tuple(measured for _, measured in scans),
            own_bq=(
                tuple(work.curves.remainders[course].net_bq.tolist())
                if course in work.curves.remainders
                else tuple(measured.activity_bq for _, measured in scans)
            ),
            borders_mm=work.borders_mm,
            border_mass=mass,
        )
    return found


def _monitor(
    work: RegionWork, case: Case, sessions: Sequence[Session], courses: Mapping[int, RegionCourse],
    nuclide: Nuclide, gy_per_bq_s: float,
) -> tuple[tuple[MonitorEntry, ...], list[str]]:  # fmt: skip
    """The running dose after each scan of each course."""
    entries: list[MonitorEntry] = []
    doubts: list[str] = []
    for course, region in courses.items():
        left = work.curves.remainders.get(course)
        found, warnings = monitor_course(
            MonitoredCourse(
                course=course,
                kind=work.region.kind,
                region=region,
                scans=tuple(s.scan for s in sessions if s.course == course),
                left_bq=(
                    (0.0,) * len(region.hours)
                    if left is None
                    else tuple(left.uncertainties_bq.tolist())
                ),
                gy_per_bq_s=gy_per_bq_s,
                transport_relative_uncertainty=work.transport_relative_uncertainty,
            ),
            case,
            nuclide,
            prior=work.prior,
        )
        entries += found
        doubts += warnings
    return tuple(entries), doubts


def _mass_on_border(work: RegionWork, case: Case, mapped: MappedDose) -> BorderMass:
    """Density on both sides of the border, relative to the region's mean."""
    if work.region.name in dict(case.options.region_density_g_cm3):
        return BorderMass(inside_ratio=1.0, outside_ratio=1.0)
    mean = mean_density(mapped.density, work.mask.mask)
    inside, outside = border_densities(mapped.density, work.mask.mask)
    return BorderMass(inside_ratio=inside / mean, outside_ratio=outside / mean)


def _scans(
    work: RegionWork, sessions: Sequence[Session], chains: Mapping[int, DoseUncertainty]
) -> tuple[ScanMeasurement, ...]:
    seen: dict[int, int] = {}
    scans = []
    for session, found in zip(sessions, work.measured, strict=True):
        position = seen.get(session.course, 0)
        seen[session.course] = position + 1
        relative = chains[session.course].activity_relative[position]
        activity_mbq = found.activity_bq / 1e6
        left = work.curves.remainders.get(session.course)
        scans.append(
            ScanMeasurement(
                scan=session.scan,
                course=session.course,
                hours_after_administration=session.hours_after_administration,
                activity_mbq=activity_mbq,
                activity_uncertainty_mbq=relative * abs(activity_mbq),
                random_uncertainty_mbq=(
                    None
                    if found.random_relative_uncertainty is None
                    else found.random_relative_uncertainty * abs(activity_mbq)
                ),
                uncorrected_mbq=found.uncorrected_bq / 1e6,
                recovery=found.recovery,
                left_over_mbq=0.0 if left is None else float(left.left_bq[position]) / 1e6,
                left_over_uncertainty_mbq=(
                    0.0 if left is None else float(left.uncertainties_bq[position]) / 1e6
                ),
            )
        )
    return tuple(scans)


def _dvh(work: RegionWork, case: Case, dose: DoseMap) -> DvhResult:
    found = compute_dvh(
        dose,
        work.mask.mask,
        resolution_fwhm_mm=case.options.resolution_fwhm_mm,
        doses_at_gy=case.options.dvh_volumes_at_gy,
    )
    return DvhResult(
        d98_gy=found.d98_gy,
        d70_gy=found.d70_gy,
        d50_gy=found.d50_gy,
        d2_gy=found.d2_gy,
        valid=found.valid,
        reason=found.reason,
        dose_gy=found.dose_gy,
        volume_share=found.volume_share,
        volume_shares_at=found.volume_shares_at,
    )


def _voxel_mean(work: RegionWork, dose: DoseMap) -> float:
    doses_gy, shares = region_doses_gy(dose, work.mask.mask)
    return float(np.dot(doses_gy, shares))


def _eud(work: RegionWork, case: Case, dose: DoseMap) -> float | None:
    if case.options.eud_a is None:
        return None
    doses_gy, shares = region_doses_gy(dose, work.mask.mask)
    return generalised_eud(doses_gy, shares, a=case.options.eud_a)


def _beds(work: RegionWork, case: Case, doses_gy: Mapping[int, float]) -> tuple[BedResult, ...]:
    beds = []
    for model in case.options.radiobiology:
        if model.regions and work.region.name not in model.regions:
            continue
        total = sum(
            biologically_effective_dose(
                doses_gy[course],
                curve=fit.curve,
                alpha_per_gy=model.alpha_per_gy,
                alpha_beta_gy=model.alpha_beta_gy,
                repair_half_time_s=model.repair_half_time_s,
            ).bed_gy
            for course, fit in work.curves.fits.items()
            if doses_gy[course] > 0
            or len(work.curves.fits) == 1  # a course that brought nothing adds none
        )
        beds.append(
            BedResult(
                bed_gy=total,
                alpha_per_gy=model.alpha_per_gy,
                alpha_beta_gy=model.alpha_beta_gy,
                repair_half_time_h=model.repair_half_time_s / 3600.0,
            )
        )
    return tuple(beds)
