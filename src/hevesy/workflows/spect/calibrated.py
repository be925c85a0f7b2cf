"""A reconstruction's calibration: whether the record serves, dead time, becquerels."""

import math
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.errors import InputError, NuclideError, TimeError
from hevesy.files import read_calibration
from hevesy.images import Volume
from hevesy.nuclides import Nuclide
from hevesy.quantification import (
    CalibrationRecord,
    DeadTimeCorrection,
    ReconstructionProtocol,
    ScanProtocol,
    check_protocol,
    correct_dead_time,
    to_bq_per_ml,
)
from hevesy.reconstruction import ScatterMethod, choose_windows
from hevesy.workflows.spect.beds import PreparedBed
from hevesy.workflows.spect.request import ReconstructRequest

__all__ = ["Calibrated", "calibrate_beds", "quantify_image"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Calibrated:
    """A record that serves this scan, and what each bed lost.

    Parameters
    ----------
    record : CalibrationRecord
    dead_time : tuple of DeadTimeCorrection or None
        One for each bed; None where the record has no dead time.
    """

    record: CalibrationRecord
    dead_time: tuple[DeadTimeCorrection, ...] | None

    @property
    def dead_time_relative(self) -> float:
        """Relative uncertainty from the dead time's own; the beds' largest."""
        return max((d.dead_time_relative for d in self.dead_time or ()), default=0.0)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What the dead time warns of."""
        return tuple(word for d in self.dead_time or () for word in d.warnings)

    def figures(self) -> dict[str, Any]:
        """For result.json."""
        return {
            "version": self.record.version,
            "counts_per_bq_s": self.record.counts_per_bq_s,
            "relative_uncertainty": self.record.relative_uncertainty,
            "dead_time_relative_uncertainty": self.dead_time_relative,
            "largest_loss_ratio": None
            if self.dead_time is None
            else max(float(d.loss_ratio.max()) for d in self.dead_time),
        }


def calibrate_beds(
    path: Path,
    prepared: tuple[PreparedBed, ...],
    request: ReconstructRequest,
    nuclide: Nuclide | None,
) -> Calibrated:
    """Read a record, refuse it for another protocol or time, and find what each view lost.

    Parameters
    ----------
    path : Path
        The record.
    prepared : tuple of PreparedBed
    request : ReconstructRequest
    nuclide : Nuclide or None

    Returns
    -------
    Calibrated

    Raises
    ------
    NuclideError
        The nuclide is not known.
    TimeError
        The scan's day is not known.
    InputError
        Scatter by a model, a dead time, and no windows beside the peak to find its rate.

    Examples
    --------
    >>> calibrate_beds(Path("none.json"), (), ReconstructRequest(beds=(Path("a"),)), None)
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the calibration record can't be read ...
    """
    record = read_calibration(path)
    if nuclide is None:
        raise NuclideError(
            "the nuclide is not known, so counts can't be made becquerels",
            remedy="give it with --nuclide",
        )
    day = _day(prepared, request)
    for bed in prepared:
        check_protocol(record, _protocol(bed, request, nuclide), on=day)
    if record.dead_time is None:
        return Calibrated(record=record, dead_time=None)
    losses = []
    modelled = ScatterMethod.parse(request.scatter).camera is not None
    for number, bed in enumerate(prepared, start=1):
        if modelled and bed.scatter.method == "none":
            raise InputError(
                f"bed {number} has no windows beside the peak, which the dead time needs: its rate "
                "is that of the peak less the triple window's scatter",
                remedy="record both windows, or calibrate without a dead time",
            )
        given = _most_bq(bed, request, nuclide)
        losses.append(
            correct_dead_time(
                bed.projections,
                bed.peak,
                bed.scatter,
                record.dead_time,
                decay_per_s=nuclide.decay_per_s,
                most_true_per_s=None if given is None else given * record.counts_per_bq_s,
                where=f"bed {number}",
            )
        )
    return Calibrated(record=record, dead_time=tuple(losses))


def _most_bq(bed: PreparedBed, request: ReconstructRequest, nuclide: Nuclide) -> float | None:
    """Activity that can be there at most: what was given, decayed where its time is known."""
    before = bed.raw.started_at
    if request.administered and before is not None:
        return math.fsum(
            given_bq * math.exp(-nuclide.decay_per_s * (before - moment).total_seconds())
            for given_bq, moment in request.administered
            if moment < before
        )
    given = request.administered_bq or bed.raw.agent.administered_bq
    moment, start = bed.raw.agent.administration_time, bed.raw.started_at
    if given is None or moment is None or start is None or start < moment:
        return given
    return given * math.exp(-nuclide.decay_per_s * (start - moment).total_seconds())


def _day(prepared: tuple[PreparedBed, ...], request: ReconstructRequest) -> date:
    if request.day is not None:
        return request.day
    start = prepared[0].raw.started_at
    if start is None:
        raise TimeError(
            "the scan's day is not known, so the calibration's dates can't be checked",
            remedy="give it with --day YYYY-MM-DD, or the site's zone with --zone",
        )
    return (start if request.zone is None else start.astimezone(request.zone)).date()


def _protocol(bed: PreparedBed, request: ReconstructRequest, nuclide: Nuclide) -> ScanProtocol:
    beside = choose_windows(bed.projections.windows, bed.peak)
    used = [getattr(beside, name) for name in ScatterMethod.parse(request.scatter).windows]
    spacing = bed.projections.geometry.grid().spacing_mm
    return ScanProtocol(
        scanner=request.scanner or bed.raw.model,
        collimator=bed.raw.collimator,
        nuclide=nuclide.name,
        peak=bed.peak,
        scatter_windows=tuple(window for window in used if window is not None),
        scatter=request.scatter,
        scatter_smoothing_fwhm_mm=request.scatter_smoothing_mm,
        reconstruction=ReconstructionProtocol(
            algorithm="OSEM",
            iterations=request.iterations,
            subsets=request.subsets,
            attenuation=bed.attenuation is not None,
            point_spread=request.point_spread,
            postfilter_fwhm_mm=request.postfilter_mm,
            voxel_mm=spacing,
        ),
    )


def quantify_image(
    image: Volume, calibrated: Calibrated, *, mean_s: float, counted_s: float
) -> tuple[Volume, dict[str, Any]]:
    """Turn the image of a mean view's counts into Bq/mL.

    Parameters
    ----------
    image : Volume
        COUNTS.
    calibrated : Calibrated
    mean_s : float
        What a mean view is worth, s: seconds x decay x live fraction.
    counted_s : float
        The same, summed over one bed's views, s.

    Returns
    -------
    image : Volume
        BQ_PER_ML, float32.
    figures : dict
        For result.json.
    """
    found = to_bq_per_ml(
        image,
        calibrated.record,
        duration_s=mean_s,
        counted_s=counted_s,
        dead_time_relative=calibrated.dead_time_relative,
    )
    activity = replace(found.image, values=np.asarray(found.image.values, dtype=np.float32))
    total = float(np.asarray(activity.values, np.float64).sum()) * activity.grid.voxel_volume_ml
    return activity, {
        **calibrated.figures(),
        "total_bq": total,
        "calibration_relative_uncertainty": found.calibration_relative_uncertainty,
        "counts_per_bq": found.counting.counts_per_bq,
    }
