"""Masses of regions that were drawn on several scans, and what that does to their doses."""

import math
from collections.abc import Mapping, Sequence

import numpy as np

from hevesy.case import Case, LesionMass, MassPoint, RegionResult
from hevesy.dose import effective_mass, mean_density
from hevesy.images import HuDensityTable, Region, Volume, coverage_share, hu_to_density
from hevesy.quantification import volume_relative_uncertainty
from hevesy.workflows.curves import CourseFits
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.region_uncertainty import drawn_border_mm
from hevesy.workflows.session import Session

__all__ = ["follow_masses"]


def follow_masses(
    case: Case,
    sessions: Sequence[Session],
    planned: Sequence[PlannedRegion],
    fitted: Mapping[str, CourseFits],
    regions: Sequence[RegionResult],
    hu_table: HuDensityTable | None,
) -> tuple[tuple[LesionMass, ...], tuple[str, ...]]:
    """Give volume and mass by scan of regions drawn on two scans or more.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
    planned : sequence of PlannedRegion
    fitted : Mapping of str to CourseFits
    regions : sequence of RegionResult
        In the order of `planned`.
    hu_table : HuDensityTable or None
        The site's own CT calibration.

    Returns
    -------
    masses : tuple of LesionMass
    warnings : tuple of str
        Doses that a changing mass alters by more than their uncertainty.
    """
    found, warnings = [], []
    for region, result in zip(planned, regions, strict=True):
        if len(region.drawn) < 2:
            continue
        points = tuple(
            _point(case, sessions[index], drawn, region, sessions, result, hu_table)
            for index, drawn in sorted(region.drawn, key=lambda one: one[0])
        )
        mass = _with_dose(case, sessions, region, points, fitted[region.name], result)
        if mass is None:
            continue
        found.append(mass)
        change = mass.changing_mean_dose_gy - mass.mean_dose_gy
        if abs(change) > result.mean_dose_uncertainty_gy:
            warnings.append(
                f"region '{region.name}': its mass changes from {points[0].mass_g:.3g} to "
                f"{points[-1].mass_g:.3g} g over the scans; with each interval's own mass its mean "
                f"dose is {mass.changing_mean_dose_gy:.3g} Gy, not {mass.mean_dose_gy:.3g} Gy, and "
                "that is more than the stated uncertainty"
            )
    return tuple(found), tuple(warnings)


def _point(
    case: Case,
    session: Session,
    drawn: Region,
    region: PlannedRegion,
    sessions: Sequence[Session],
    result: RegionResult,
    hu_table: HuDensityTable | None,
) -> MassPoint:
    volume_ml = drawn.volume_ml
    relative = volume_relative_uncertainty(
        volume_ml, border_mm=drawn_border_mm(region, sessions, case.options)
    )
    density = _density(case, session, drawn, hu_table) or result.density_g_cm3
    return MassPoint(
        scan=session.scan,
        hours_after_administration=session.hours_after_administration,
        volume_ml=volume_ml,
        volume_uncertainty_ml=relative * volume_ml,
        mass_g=volume_ml * density,
        mass_uncertainty_g=relative * volume_ml * density,
    )


def _density(
    case: Case, session: Session, drawn: Region, hu_table: HuDensityTable | None
) -> float | None:
    """By that scan's own CT; None where the case states it or there is no CT."""
    if drawn.name in dict(case.options.region_density_g_cm3) or session.ct is None:
        return None
    density: Volume = hu_to_density(session.ct, hu_table)
    if drawn.grid.matches(density.grid):
        return mean_density(density, drawn.mask)
    share = coverage_share(drawn, density.grid)
    return float(np.average(np.asarray(density.values), weights=share))


def _with_dose(
    case: Case,
    sessions: Sequence[Session],
    region: PlannedRegion,
    points: tuple[MassPoint, ...],
    curves: CourseFits,
    result: RegionResult,
) -> LesionMass | None:
    """Mean the mass over the decays of every course; None where there are none."""
    by_scan = {session.scan: session for session in sessions}
    total = math.fsum(max(fit.tia_bq_s, 0.0) for fit in curves.fits.values())
    if not total > 0:
        return None
    over = variance = 0.0
    for course, fit in curves.fits.items():
        if fit.tia_bq_s <= 0:
            continue
        zero = case.administrations[course - 1].time
        found = effective_mass(
            fit.curve,
            [(by_scan[point.scan].start - zero).total_seconds() for point in points],
            [point.mass_g for point in points],
            [point.mass_uncertainty_g for point in points],
        )
        part = fit.tia_bq_s / found.mass_g
        over += part
        variance += (part * found.mass_uncertainty_g / found.mass_g) ** 2
    mass_g = total / over
    relative = math.sqrt(variance) / over
    dose_gy = result.mean_dose_gy * result.mass_g / mass_g
    own = result.mean_dose_uncertainty_gy / result.mean_dose_gy if result.mean_dose_gy > 0 else 0.0
    return LesionMass(
        region=region.name,
        points=points,
        effective_mass_g=mass_g,
        effective_mass_uncertainty_g=relative * mass_g,
        mean_dose_gy=result.mean_dose_gy,
        changing_mean_dose_gy=dose_gy,
        changing_mean_dose_uncertainty_gy=dose_gy * math.hypot(own, relative),
    )
