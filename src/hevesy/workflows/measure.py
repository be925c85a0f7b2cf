"""Each region's activity in each scan, with what is known of its uncertainty."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.case import Case, CaseOptions, PartialVolume
from hevesy.errors import Interrupted
from hevesy.images import Quantity, Region, RigidTransform, coverage_share
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.quantification import (
    CountingNoise,
    RegionActivity,
    breathing_blur_mm,
    breathing_offsets_mm,
    correct_by_transfer_matrix,
    measure_regions,
    mismatch_offsets_mm,
    recovery_coefficient,
    solve_transfer_matrix,
    spread_over,
)
from hevesy.workflows.frames import Frames
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.session import Session

__all__ = ["MeasuredRegion", "measure_case"]

Offset = tuple[float, float, float]

ILL_CONDITIONED = 10.0  # an error in the image of 1 % may then become 10 % in an activity


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredRegion:
    """One region in one scan.

    Parameters
    ----------
    activity_bq : float
        Corrected for partial volume as the case asks, Bq.
    uncorrected_bq : float
        As the image shows it, Bq.
    recovery : float
        Uncorrected over corrected.
    random_relative_uncertainty : float or None
        From counting.
    fwhm_slope_per_mm : float
        d ln A / d FWHM of the correction, 1/mm.
    volume_slope_ratio : float
        d ln A / d ln v, the correction included.
    volume_ml : float
        Of the region on this scan, mL.
    border_area_mm2 : float
        Of the region's border on this scan, mm2.
    border_slopes_per_mm : Mapping of str to tuple of float
        d ln A / d r for every region's border that grows or is shifted along x, y, z by r; empty
        without the transfer matrix.
    scatter_slope : float
        What one standard uncertainty of the scatter model does to the activity, as a share with
        its sign; 0 where scatter is not a model's.
    warnings : tuple of str
    breathing_relative_uncertainty, mismatch_relative_uncertainty : float or None
        What motion within the scan, and the scan's place, do to the activity; None where nothing is
        said of them.
    """

    activity_bq: float
    uncorrected_bq: float
    recovery: float
    random_relative_uncertainty: float | None
    fwhm_slope_per_mm: float
    volume_slope_ratio: float
    volume_ml: float
    border_area_mm2: float = 0.0
    border_slopes_per_mm: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    scatter_slope: float = 0.0
    warnings: tuple[str, ...] = ()
    breathing_relative_uncertainty: float | None = None
    mismatch_relative_uncertainty: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scene:
    """One scan and what is to be measured on it."""

    case: Case
    session: Session
    index: int
    frames: Frames
    regions: Sequence[PlannedRegion]

    @property
    def lesions(self) -> list[str]:
        """Names of those whose middle may be hotter than their border."""
        return [region.name for region in self.regions if region.kind == "lesion"]


def measure_case(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    regions: Sequence[PlannedRegion],
    nuclide: Nuclide,
    *,
    control: Control,
) -> tuple[tuple[dict[str, MeasuredRegion], ...], tuple[str, ...]]:
    """Measure all regions on every scan, in the SPECT's own voxels.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
    frames : Frames
    regions : sequence of PlannedRegion
    nuclide : Nuclide
    control : Control
        Told of each scan.

    Returns
    -------
    measured : tuple of dict
        For each session, by region.
    warnings : tuple of str
        What is to be said of all of them.

    Raises
    ------
    Interrupted
        The user stopped the work.
    """
    measured = []
    conditions = []
    body = _body(sessions, frames)
    for index, session in enumerate(sessions):
        if control.should_stop():
            raise Interrupted("stopped while measuring", remedy="run the command again")
        scene = _Scene(case=case, session=session, index=index, frames=frames, regions=regions)
        found, condition = _measure_session(scene, body, nuclide)
        if session.shifted is not None:
            raised = replace(
                session,
                spect=session.spect.with_values(session.shifted, session.spect.quantity),
                repeats=(),
            )
            other, _ = _measure_session(replace(scene, session=raised), body, nuclide)
            found = {name: _with_slope(one, other[name]) for name, one in found.items()}
        moving = (session.breathing_mm, session.mismatch_mm)
        if any(moving):
            moved = partial(_activities_when_moved, scene, body)
            found = _with_motion(found, session, case.options, moved)
        found = {name: _at_least(region, session) for name, region in found.items()}
        measured.append(found)
        conditions.append(condition)
        control.advance(index + 1, len(sessions))
    return tuple(measured), _matrix_warning(max(conditions))


def _measure_session(
    scene: _Scene, body: Region | None, nuclide: Nuclide
) -> tuple[dict[str, MeasuredRegion], float]:
    """All regions of one scan."""
    session, options = scene.session, scene.case.options
    noise = session.counting or CountingNoise.of_frame(
        counts_per_bq_s=options.counts_per_bq_s,
        frame_duration_s=session.duration_s,
        decay_per_s=nuclide.decay_per_s,
        relative_uncertainty=options.count_relative_uncertainty,
    )
    return _measure(session, _coverages(scene), _inside(scene, body), noise, options, scene.lesions)


def _coverages(scene: _Scene, offset_mm: Offset = (0.0, 0.0, 0.0)) -> dict[str, NDArray[Any]]:
    """Shares of the SPECT's voxels, all regions drawn so far (LPS mm) from their places."""
    back = RigidTransform.from_parts(translation_mm=[-d for d in offset_mm])
    coverages: dict[str, NDArray[Any]] = {}
    for region in scene.regions:
        drawn, transform = region.on(scene.index, scene.frames)
        coverages[region.name] = coverage_share(
            drawn,
            scene.session.spect.grid,
            transform=transform.compose(back) if any(offset_mm) else transform,
            least_inside_share=0.0 if any(offset_mm) else 0.99,
        )
    return coverages


def _inside(scene: _Scene, body: Region | None) -> NDArray[Any] | None:
    if body is None:
        return None
    frames = scene.frames
    return coverage_share(
        body,
        scene.session.spect.grid,
        transform=frames.to_scan[frames.reference].compose(frames.to_scan[scene.index].inverse()),
        least_inside_share=0.0,
    )


def _activities_when_moved(
    scene: _Scene, body: Region | None, offset_mm: Offset
) -> dict[str, float]:
    """Every region's activity where all regions lie off by an offset, Bq."""
    options = scene.case.options
    coverages = _coverages(scene, offset_mm)
    if options.partial_volume is PartialVolume.GEOMETRIC_TRANSFER_MATRIX:
        return solve_transfer_matrix(
            scene.session.spect,
            coverages,
            fwhm_mm=options.resolution_fwhm_mm or 0.0,
            body=_inside(scene, body),
            uneven=scene.lesions,
        )
    return {
        found.name: found.activity_bq / _recovery(found.volume_ml, options)[0]
        for found in measure_regions(scene.session.spect, coverages)
    }


def _with_motion(
    found: dict[str, MeasuredRegion],
    session: Session,
    options: CaseOptions,
    moved: Callable[[Offset], dict[str, float]],
) -> dict[str, MeasuredRegion]:
    """Each region with what breathing and mismatch do to its activity."""
    still = {name: region.activity_bq for name, region in found.items()}
    breathing = mismatch = None
    if session.breathing_mm:
        spread = spread_over(still, moved, breathing_offsets_mm(session.breathing_mm))
        wider_mm = breathing_blur_mm(session.breathing_mm, options.resolution_fwhm_mm or 0.0)
        breathing = {
            name: math.hypot(u, found[name].fwhm_slope_per_mm * wider_mm)
            for name, u in spread.items()
        }
    if session.mismatch_mm:
        mismatch = spread_over(still, moved, mismatch_offsets_mm(session.mismatch_mm))
    return {
        name: replace(
            region,
            breathing_relative_uncertainty=None if breathing is None else breathing[name],
            mismatch_relative_uncertainty=None if mismatch is None else mismatch[name],
        )
        for name, region in found.items()
    }


def _matrix_warning(condition: float) -> tuple[str, ...]:
    if condition <= ILL_CONDITIONED:
        return ()
    return (
        f"the transfer matrix is ill conditioned (condition number up to {condition:.0f}): small "
        "errors of image and contours are magnified, in small regions most",
    )


def _body(sessions: Sequence[Session], frames: Frames) -> Region | None:
    ct = sessions[frames.reference].ct
    if ct is None:
        return None
    from hevesy.segmentation import outline_body

    return outline_body(ct.require(Quantity.HU))


def _measure(
    session: Session,
    coverages: dict[str, NDArray[Any]],
    body: NDArray[Any] | None,
    noise: CountingNoise,
    options: CaseOptions,
    lesions: Sequence[str],
) -> tuple[dict[str, MeasuredRegion], float]:
    plain = measure_regions(session.spect, coverages, noise=noise)
    if len(session.repeats) > 1:
        plain = tuple(
            replace(found, random_relative_uncertainty=_spread(found, session, coverages))
            for found in plain
        )
    if options.partial_volume is PartialVolume.GEOMETRIC_TRANSFER_MATRIX:
        corrected = correct_by_transfer_matrix(
            session.spect,
            coverages,
            fwhm_mm=options.resolution_fwhm_mm or 0.0,
            body=body,
            noise=noise,
            uneven=lesions,
            repeats=session.repeats,
        )
        regions = {
            found.name: MeasuredRegion(
                activity_bq=found.activity_bq,
                uncorrected_bq=found.uncorrected_bq,
                recovery=found.recovery,
                random_relative_uncertainty=found.random_relative_uncertainty,
                fwhm_slope_per_mm=found.fwhm_slope_per_mm,
                volume_slope_ratio=found.volume_slope_ratio,
                volume_ml=simple.volume_ml,
                border_area_mm2=simple.border_area_mm2,
                border_slopes_per_mm=found.border_slopes_per_mm,
                warnings=(*simple.warnings, *found.warnings),
            )
            for found, simple in zip(corrected.regions, plain, strict=True)
        }
        return regions, corrected.condition
    measured = {}
    for simple in plain:
        recovery, slope = _recovery(simple.volume_ml, options)
        measured[simple.name] = MeasuredRegion(
            activity_bq=simple.activity_bq / recovery,
            uncorrected_bq=simple.activity_bq,
            recovery=recovery,
            random_relative_uncertainty=simple.random_relative_uncertainty,
            fwhm_slope_per_mm=0.0,
            volume_slope_ratio=simple.volume_slope_ratio - slope,
            volume_ml=simple.volume_ml,
            border_area_mm2=simple.border_area_mm2,
            warnings=simple.warnings,
        )
    return measured, 1.0


def _spread(
    found: RegionActivity, session: Session, coverages: dict[str, NDArray[Any]]
) -> float | None:
    """Standard deviation of a region's activity over the repeated images, as a share."""
    share = coverages[found.name]
    drawn = [
        float(np.vdot(share, image)) * session.spect.grid.voxel_volume_ml
        for image in session.repeats
    ]
    return float(np.std(drawn, ddof=1) / abs(found.activity_bq)) if found.activity_bq else None


def _at_least(region: MeasuredRegion, session: Session) -> MeasuredRegion:
    """No region is known better than what hides in the counts before and behind it."""
    if session.floor is None or region.activity_bq == 0 or region.volume_ml <= 0:
        return region
    least = session.floor.deviation_bq(region.volume_ml) / abs(region.activity_bq)
    return replace(
        region,
        random_relative_uncertainty=max(region.random_relative_uncertainty or 0.0, least),
    )


def _with_slope(region: MeasuredRegion, raised: MeasuredRegion) -> MeasuredRegion:
    """What the raised scatter does to a region."""
    if region.activity_bq == 0:
        return region
    slope = (raised.activity_bq - region.activity_bq) / abs(region.activity_bq)
    return replace(region, scatter_slope=slope)


def _recovery(volume_ml: float, options: CaseOptions) -> tuple[float, float]:
    """Recovery from the site's curve, and d ln R / d ln v; 1 and 0 without a curve."""
    if options.recovery_curve is None:
        return 1.0, 0.0
    beta_ml, alpha = options.recovery_curve
    found = recovery_coefficient(volume_ml, beta_ml=beta_ml, alpha=alpha)
    return found.recovery, found.volume_slope_ratio
