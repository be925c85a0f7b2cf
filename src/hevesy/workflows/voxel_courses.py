"""Curves voxel by voxel, course by course, each of that course's own activity."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hevesy.case import Case
from hevesy.images import Grid, resample_activity
from hevesy.kinetics import Curve, ExponentialCurve
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.quantification import CountingNoise
from hevesy.timeactivity import (
    FitOptions,
    VoxelCurves,
    VoxelFitOptions,
    evaluate_voxel_curves,
    fit_time_activity,
    fit_voxel_curves,
)
from hevesy.workflows.curves import UNKNOWN_COUNTING, CourseFits
from hevesy.workflows.frames import Frames
from hevesy.workflows.remainders import WORTH_SAYING_SHARE, Remainder
from hevesy.workflows.session import Session

__all__ = ["MOST_LABELS", "integrate_voxels"]

Image = NDArray[np.float32]
Labels = NDArray[np.uint8]

MOST_LABELS = 255  # regions that a label of 8 bits can tell apart; 0 is what lies outside
_HOT_SHARE = 0.2  # voxels above this share of the maximum say how much noise a hot voxel has


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Earlier:
    """A course that has been fitted."""

    zero: datetime
    voxels: VoxelCurves
    pooled: tuple[Curve, ...]


def integrate_voxels(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    nuclide: Nuclide,
    grid: Grid,
    labels: Labels,
    regions: Sequence[CourseFits],
    *,
    control: Control,
) -> Image:
    """Integrate each voxel's activity over time, summed over the courses.

    From the scans of a later course the voxels' own earlier curves are taken off, scaled in each
    region so that the voxels lose the share that the region's curve loses. Where the share is
    worth saying, the region's voxels are then scaled to the region's own TIA for that course.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
    frames : Frames
    nuclide : Nuclide
    grid : Grid
        The reference SPECT's.
    labels : ndarray of uint8, shape (n_voxels,)
        0 outside all regions, else 1 + the place in `regions`.
    regions : sequence of CourseFits
        255 at most.
    control : Control

    Returns
    -------
    ndarray of float32, shape (n_voxels,)
        Bq s/mL.
    """
    tia = np.zeros(grid.size, dtype=np.float32)
    earlier: list[_Earlier] = []
    for course in sorted({session.course for session in sessions}):
        control.stage(f"curves voxel by voxel, course {course}")
        chosen = [(i, s) for i, s in enumerate(sessions) if s.course == course]
        shown = np.empty((len(chosen), grid.size), dtype=np.float32)
        for row, (index, session) in enumerate(chosen):
            moved = resample_activity(session.spect, grid, transform=frames.to_scan[index])
            shown[row] = moved.values.reshape(-1)
            control.advance(row + 1, len(chosen) + 1)
        left = [region.remainders.get(course) for region in regions]
        starts = [session.start for _, session in chosen]
        own = shown if not earlier else _take_off(shown, earlier, starts, labels, left)
        noise = np.array(
            [
                _voxel_noise(case, session, nuclide, row, grid.voxel_volume_ml)
                for (_, session), row in zip(chosen, shown, strict=True)
            ]
        )
        times_s = np.array([session.seconds_after_administration for _, session in chosen])
        field = _field_curve(case, times_s, shown, own, nuclide)
        curves = [field, *(region.fits[course].curve for region in regions)]
        pooled = tuple(_with_shape(curve, nuclide) for curve in curves)
        own_rates = case.options.voxel_curves and len(chosen) > 1
        found = fit_voxel_curves(
            times_s,
            own,
            noise,
            decay_per_s=nuclide.decay_per_s,
            pooled=pooled,
            pooled_index=labels,
            options=VoxelFitOptions(minimum_sigmas=5.0 if own_rates else np.inf),
            control=control,
        )
        scale = _to_regions(found, shown, labels, course, regions, grid.voxel_volume_ml)
        tia += found.tia_bq_s if scale is None else found.tia_bq_s * scale[labels]
        zero = case.administrations[course - 1].time
        earlier.append(_Earlier(zero=zero, voxels=found, pooled=pooled))
    return tia


def _take_off(
    shown: Image,
    earlier: Sequence[_Earlier],
    starts: Sequence[datetime],
    labels: Labels,
    remainders: Sequence[Remainder | None],
) -> Image:
    """Scans less what the voxels' earlier curves leave, by each region's share; may be negative.

    Outside all regions the voxels' curves stand as they are.
    """
    own = np.empty_like(shown)
    for row, start in enumerate(starts):
        left = np.zeros(shown.shape[1], dtype=np.float32)
        for before in earlier:
            left += evaluate_voxel_curves(
                before.voxels,
                (start - before.zero).total_seconds(),
                pooled=before.pooled,
                pooled_index=labels,
            )
        for number, remainder in enumerate(remainders, start=1):
            if remainder is None:
                continue
            inside = labels == number
            wanted = float(remainder.shares[row]) * float(shown[row, inside].sum(dtype=np.float64))
            there = float(left[inside].sum(dtype=np.float64))
            if there > 0:
                left[inside] *= np.float32(max(wanted, 0.0) / there)
            else:  # no voxel had a curve: the region's share of what each shows
                left[inside] = np.float32(remainder.shares[row]) * shown[row, inside]
        own[row] = shown[row] - left
    return own


def _to_regions(
    found: VoxelCurves,
    shown: Image,
    labels: Labels,
    course: int,
    regions: Sequence[CourseFits],
    voxel_ml: float,
) -> Image | None:
    """Factor by label that gives a region's voxels the TIA of its own curve, as the image has it.

    What is left after taking off may be less than a voxel's noise, and voxels can't be fitted
    below 0: their sum would be too high. None where nothing worth saying was taken off.
    """
    scale = np.ones(1 + MOST_LABELS, dtype=np.float32)
    changed = False
    for number, region in enumerate(regions, start=1):
        left = region.remainders.get(course)
        if left is None or not (left.shares > WORTH_SAYING_SHARE).any():
            continue
        inside = labels == number
        seen = float(shown[:, inside].sum(dtype=np.float64)) * voxel_ml
        whole = float(left.measured_bq.sum())
        now = float(found.tia_bq_s[inside].sum(dtype=np.float64)) * voxel_ml
        if now > 0 and whole > 0 and seen > 0:
            wanted = region.fits[course].tia_bq_s * seen / whole
            scale[number] = max(wanted, 0.0) / now
            changed = True
    return scale if changed else None


def _with_shape(curve: Curve, nuclide: Nuclide) -> Curve:
    """A pooled curve serves by its form: physical decay where a course brought nothing."""
    if curve.tia_bq_s() > 0:
        return curve
    return ExponentialCurve(amplitudes_bq=np.ones(1), rates_per_s=np.array([nuclide.decay_per_s]))


def _voxel_noise(
    case: Case, session: Session, nuclide: Nuclide, image: Image, voxel_ml: float
) -> float:
    """Noise of a hot voxel, Bq/mL: Poisson where the sensitivity is known, else a share of it."""
    top = float(image.max())
    if top <= 0:
        return 1.0
    hot = float(image[image > _HOT_SHARE * top].mean())
    noise = CountingNoise.of_frame(
        counts_per_bq_s=case.options.counts_per_bq_s,
        frame_duration_s=session.duration_s,
        decay_per_s=nuclide.decay_per_s,
    ).relative(hot * voxel_ml)
    return hot * (2.0 * UNKNOWN_COUNTING if noise is None else noise)


def _field_curve(
    case: Case, times_s: NDArray[np.float64], shown: Image, own: Image, nuclide: Nuclide
) -> Curve:
    """The whole field's curve, of a course's own activity; physical decay where there is none."""
    totals = own.sum(axis=1, dtype=np.float64)
    gross = shown.sum(axis=1, dtype=np.float64)
    if own is not shown:
        totals = np.maximum(totals, 0.0)
        if not (totals > 0).any():
            return _with_shape(
                ExponentialCurve(amplitudes_bq=np.zeros(1), rates_per_s=np.ones(1)), nuclide
            )
    return fit_time_activity(
        times_s,
        totals,
        UNKNOWN_COUNTING * np.abs(gross),
        decay_per_s=nuclide.decay_per_s,
        options=FitOptions(
            effective_half_life_s=case.options.effective_half_life_s,
            effective_half_life_uncertainty_s=case.options.effective_half_life_uncertainty_s,
        ),
        name="the whole field of view",
    ).curve
