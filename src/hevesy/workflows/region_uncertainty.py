"""One region's uncertainty: what its scans, borders and curves bring together."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from hevesy.case import CaseOptions, PartialVolume, UncertaintyShare
from hevesy.dose import DoseUncertainty, DoseUncertaintyInputs, propagate_dose_uncertainty
from hevesy.quantification import border_uncertainty_mm, volume_relative_uncertainty
from hevesy.timeactivity import TimeActivityFit
from hevesy.workflows.measure import MeasuredRegion
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.session import Session

__all__ = [
    "BorderMass",
    "RegionCourse",
    "course_uncertainty",
    "drawn_border_mm",
    "uncertainty_over_courses",
]

NO_COVARIANCES: Mapping[tuple[int, int], float] = MappingProxyType({})
NO_DOSES: Mapping[int, float] = MappingProxyType({})
# Mean of a standard normal number where it is above 0, times the chance that it is.
_ONE_SIDED_MEAN = 1.0 / math.sqrt(2.0 * math.pi)


@dataclass(frozen=True, slots=True, kw_only=True)
class BorderMass:
    """How dense it is on both sides of a region's border.

    Parameters
    ----------
    inside_ratio, outside_ratio : float
        Mean density along the border over the region's mean.
    """

    inside_ratio: float
    outside_ratio: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionCourse:
    """One region after one administration.

    Parameters
    ----------
    name : str
    volume_ml : float
        As drawn where mass and dose are taken, mL.
    fit : TimeActivityFit
    hours : tuple of float
        Of each scan after the administration.
    measured : tuple of MeasuredRegion
        At each scan.
    own_bq : tuple of float
        This course's own activity at each scan, less what earlier courses left, Bq.
    borders_mm : Mapping of str to float
        Standard uncertainty of every region's border, mm.
    border_mass : BorderMass
    """

    name: str
    volume_ml: float
    fit: TimeActivityFit
    hours: tuple[float, ...]
    measured: tuple[MeasuredRegion, ...]
    own_bq: tuple[float, ...]
    borders_mm: Mapping[str, float]
    border_mass: BorderMass


def drawn_border_mm(
    region: PlannedRegion, sessions: Sequence[Session], options: CaseOptions
) -> float:
    """Standard uncertainty of a region's border, from the image it was drawn on or as stated, mm.

    Parameters
    ----------
    region : PlannedRegion
    sessions : sequence of Session
    options : CaseOptions

    Returns
    -------
    float
    """
    home, drawn = region.home
    session = sessions[home]
    on_spect = drawn.grid.matches(session.spect.grid) or session.ct is None
    return border_uncertainty_mm(
        voxel_mm=float(np.cbrt(drawn.grid.voxel_volume_ml * 1000.0)),
        fwhm_mm=(options.resolution_fwhm_mm or 0.0) if on_spect else 0.0,
        stated_mm=options.contour_uncertainty_mm,
    )


def course_uncertainty(course: RegionCourse, options: CaseOptions) -> DoseUncertainty:
    """Propagate uncertainty for one region and course.

    What is common to all scans acts on the TIA by the mean of its effects on the scans, weighted by
    the part of the integral that each scan stands for. A border that is out by u at every point,
    opposite points independently, grows by u / sqrt(2) and is shifted along each axis by u /
    sqrt(2). Where the tissue outside is denser than inside, a border's errors do not cancel in the
    mass: what it gains on one side is heavier than what it loses on the other.

    Parameters
    ----------
    course : RegionCourse
    options : CaseOptions

    Returns
    -------
    DoseUncertainty
    """
    weights = _integral_shares(course)
    own_mm = course.borders_mm[course.name]
    volume = volume_relative_uncertainty(
        course.volume_ml,
        border_mm=own_mm,
        border_area_mm2=max(found.border_area_mm2 for found in course.measured),
    )
    ratios = [found.volume_slope_ratio for found in course.measured]
    fit = course.fit
    tia = abs(fit.tia_bq_s)
    position, neighbours = _borders(course, weights)
    mass = course.border_mass
    jump = abs(mass.outside_ratio - mass.inside_ratio)
    return propagate_dose_uncertainty(
        DoseUncertaintyInputs(
            volume_relative_uncertainty=volume,
            activity_volume_slope_ratio=float(np.dot(weights, ratios)),
            mass_volume_slope_ratio=(mass.inside_ratio + mass.outside_ratio) / 2.0,
            position_relative_uncertainty=position,
            neighbours_relative_uncertainty=neighbours,
            random_relative_uncertainty=tuple(
                f.random_relative_uncertainty for f in course.measured
            ),
            tia_fit_relative_uncertainty=fit.tia_uncertainty_bq_s / tia if tia > 0 else 0.0,
            tia_counting_relative_uncertainty=_counting(course),
            calibration_relative_uncertainty=options.calibration_relative_uncertainty,
            recovery_relative_uncertainty=_recovery(course, weights, options),
            scatter_relative_uncertainty=_scatter(course, weights),
            density_relative_uncertainty=(
                _ONE_SIDED_MEAN * math.sqrt(2.0) * volume * jump if jump > 0 else None
            ),
            breathing_relative_uncertainty=_motion(
                weights, [found.breathing_relative_uncertainty for found in course.measured]
            ),
            mismatch_relative_uncertainty=_motion(
                weights, [found.mismatch_relative_uncertainty for found in course.measured]
            ),
        )
    )


def _motion(weights: NDArray[np.float64], shares: Sequence[float | None]) -> float | None:
    """Mean over the scans, by what each stands for; scans of which nothing is said bring none."""
    if all(share is None for share in shares):
        return None
    return float(np.dot(weights, [share or 0.0 for share in shares]))


def _integral_shares(course: RegionCourse) -> NDArray[np.float64]:
    """Part of the TIA that each scan stands for: half-way to its neighbours, the last to the end.

    The last scan's part goes on with the curve's own half-life, where it could be told.
    """
    hours = np.array(course.hours)
    half_life_s = course.fit.effective_half_life_s
    edges = np.concatenate([[0.0], (hours[1:] + hours[:-1]) / 2.0, hours[-1:]])
    spans = np.diff(edges)
    spans[-1] += 0.0 if half_life_s is None else half_life_s / 3600.0 / math.log(2.0)
    activity = np.abs(np.array(course.own_bq))
    shares = np.maximum(activity * np.maximum(spans, 1e-9), 1e-30)
    return np.asarray(shares / shares.sum())


def _borders(course: RegionCourse, weights: NDArray[np.float64]) -> tuple[float, float | None]:
    """What the region's own place, and the other regions' borders, do to its TIA."""
    if not all(found.border_slopes_per_mm for found in course.measured):
        return 0.0, None
    position = neighbours = 0.0
    for name, border_mm in course.borders_mm.items():
        slopes = weights @ np.array([f.border_slopes_per_mm[name] for f in course.measured])
        effects = slopes * border_mm / math.sqrt(2.0)
        if name == course.name:  # its growth goes with the volume
            position = float(np.linalg.norm(effects[1:]))
        else:
            neighbours = math.hypot(neighbours, float(np.linalg.norm(effects)))
    return position, neighbours


def _counting(course: RegionCourse) -> float | None:
    """Counting's share of the fit's uncertainty, where counting is known at every scan."""
    part, tia = course.fit.tia_counting_uncertainty_bq_s, abs(course.fit.tia_bq_s)
    unknown = any(found.random_relative_uncertainty is None for found in course.measured)
    return None if part is None or tia <= 0 or unknown else part / tia


def _recovery(
    course: RegionCourse, weights: NDArray[np.float64], options: CaseOptions
) -> float | None:
    if options.partial_volume is PartialVolume.RECOVERY_CURVE:
        return options.recovery_relative_uncertainty
    if options.partial_volume is PartialVolume.GEOMETRIC_TRANSFER_MATRIX:
        slope = float(np.dot(weights, [found.fwhm_slope_per_mm for found in course.measured]))
        return abs(slope) * options.resolution_uncertainty_mm
    return None


def _scatter(course: RegionCourse, weights: NDArray[np.float64]) -> float | None:
    """The scatter model's error is one for all scans: its effects are averaged with their signs."""
    slopes = [found.scatter_slope for found in course.measured]
    return abs(float(np.dot(weights, slopes))) if any(slopes) else None


def uncertainty_over_courses(
    fits: Mapping[int, TimeActivityFit],
    *,
    doses_gy: Mapping[int, float],
    chains: Mapping[int, DoseUncertainty],
    covariances_bq2_s2: Mapping[tuple[int, int], float] = NO_COVARIANCES,
    transport_relative_uncertainty: float | None = None,
    unseen_gy: Mapping[int, float] = NO_DOSES,
) -> tuple[float, float, tuple[UncertaintyShare, ...]]:
    """Add courses: what is common (all but fit and counting) adds straight, the rest in squares.

    Fits of overlapping courses err against each other: their covariances take from fit and
    counting alike.

    Parameters
    ----------
    fits : Mapping of int to TimeActivityFit
        By course.
    doses_gy : Mapping of int to float
        Mean doses, Gy.
    chains : Mapping of int to DoseUncertainty
    covariances_bq2_s2 : Mapping of tuple of int to float
        Of two courses' TIAs, by earlier and later course, (Bq s)2.
    transport_relative_uncertainty : float or None
        Statistical, of the simulation that gave the doses.
    unseen_gy : Mapping of int to float
        Dose of one standard uncertainty of the TIA, Gy, for courses whose TIA is 0.

    Returns
    -------
    tia_uncertainty_bq_s : float
    dose_uncertainty_gy : float
    shares : tuple of UncertaintyShare
        Largest first.
    """
    independent = {"fit", "counting"}
    totals: dict[str, float] = {}
    tia_common = tia_fit = 0.0
    for course, chain in chains.items():
        tia = abs(fits[course].tia_bq_s)
        fit_u = fits[course].tia_uncertainty_bq_s
        tia_fit += fit_u**2
        tia_common += math.sqrt(max((chain.tia_relative * tia) ** 2 - fit_u**2, 0.0))
        for share in chain.shares:
            part = share.relative_uncertainty * doses_gy[course]
            before = totals.get(share.source, 0.0)
            totals[share.source] = (
                math.hypot(before, part) if share.source in independent else before + part
            )
    total_gy = sum(doses_gy.values())
    total_bq_s = sum(fit.tia_bq_s for fit in fits.values())
    for course, fit in fits.items():
        if fit.tia_bq_s == 0:  # no dose that a share could be relative to
            found_gy = unseen_gy.get(course, 0.0)
            if total_bq_s > 0:
                found_gy = fit.tia_uncertainty_bq_s * total_gy / total_bq_s
            totals["fit"] = math.hypot(totals.get("fit", 0.0), found_gy)
    if covariances_bq2_s2 and tia_fit > 0:
        shared = 2.0 * sum(covariances_bq2_s2.values())
        kept = max(1.0 + shared / tia_fit, 0.0)
        tia_fit *= kept
        for source in independent & totals.keys():
            totals[source] *= math.sqrt(kept)
    if transport_relative_uncertainty:
        totals["transport"] = transport_relative_uncertainty * total_gy
    dose_u = math.hypot(*totals.values()) if totals else 0.0
    shares = tuple(
        UncertaintyShare(
            source=source,
            relative_uncertainty=part / total_gy if total_gy > 0 else 0.0,
            variance_share=(part / dose_u) ** 2,
        )
        for source, part in sorted(totals.items(), key=lambda item: -item[1])
        if dose_u > 0
    )
    return math.hypot(tia_common, math.sqrt(tia_fit)), dose_u, shares
