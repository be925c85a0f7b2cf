"""The SPECT of one scan: a reconstructed image, or raw projections made into one."""

import math
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from hevesy.case import Case, ScanSource
from hevesy.dicom import DicomContext, read_spect
from hevesy.errors import CaseError, NuclideError, QuantityError, TimeError
from hevesy.files import is_volume_file, read_activity_volume, read_calibration
from hevesy.images import Quantity, Volume
from hevesy.nuclides import Nuclide
from hevesy.progress import Control
from hevesy.quantification import CountingFloor, CountingNoise, resolve_decay
from hevesy.reconstruction import ScatterMethod
from hevesy.workflows.spect.request import MODEL_UNCERTAINTY, ReconstructRequest
from hevesy.workflows.spect.scan import ReconstructedScan, reconstruct_scan, scan_warnings

__all__ = ["ScanImage", "read_scan_image"]

_CLOCK_TOLERANCE_S = 60.0
_ACTIVITY_TOLERANCE = 0.02


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanImage:
    """Activity at the frame's start, and what is known of its making.

    Parameters
    ----------
    spect : Volume
        BQ_PER_ML; physical activity at `start`.
    start : datetime
        Of the frame, UTC.
    course : int
        Number of the administration that it follows, from 1.
    seconds_after_administration : float
        Above 0.
    duration_s : float or None
        Of the frame, s.
    decay_note : str
        What the values referred to, and why that is believed.
    dicom : bool
        Whether it came from DICOM, which could have named its frame of reference.
    context : DicomContext or None
        Of a DICOM image, for writers and for structures drawn on it.
    patient_key : str or None
        For comparisons only.
    counting : CountingNoise or None
    repeats : tuple of ndarray of float32, shape of `spect`
        The image again with counts drawn anew, Bq/mL.
    shifted : ndarray of float32, shape of `spect`, or None
        The image again with the scatter model's standard uncertainty added to it, Bq/mL.
    floor : CountingFloor or None
        The least counting uncertainty of a region.
    calibration_relative_uncertainty : float or None
    warnings : tuple of str
    """

    spect: Volume
    start: datetime
    course: int
    seconds_after_administration: float
    duration_s: float | None
    decay_note: str
    dicom: bool = False
    context: DicomContext | None = None
    patient_key: str | None = None
    counting: CountingNoise | None = None
    repeats: tuple[NDArray[np.float32], ...] = ()
    shifted: NDArray[np.float32] | None = None
    floor: CountingFloor | None = None
    calibration_relative_uncertainty: float | None = None
    warnings: tuple[str, ...] = ()


def read_scan_image(
    case: Case, source: ScanSource, number: int, nuclide: Nuclide, control: Control
) -> ScanImage:
    """Read one scan's SPECT, or reconstruct it from its raw projections.

    Parameters
    ----------
    case : Case
    source : ScanSource
    number : int
        Of the scan, from 1.
    nuclide : Nuclide
    control : Control
        Told of a reconstruction's progress.

    Returns
    -------
    ScanImage

    Raises
    ------
    TimeError
        The scan has no time, or lies before the injection.
    """
    where = f"scan {number}"
    if source.spect is None:
        return _from_projections(case, source, nuclide, where, control)
    zone = ZoneInfo(case.timezone)
    dicom = (
        None
        if is_volume_file(source.spect)
        else read_spect(source.spect, zone=zone, unit=source.unit)
    )
    if dicom is None:
        volume = read_activity_volume(source.spect, unit=source.unit or "")
        start = source.time
    else:
        volume = dicom.volume
        start = source.time or dicom.start
        _require_nuclide(dicom.radionuclide, nuclide, where)
    if start is None:
        raise _no_start(where)
    course, elapsed_s = _course(case, start, where)
    duration_s = source.duration_s or (dicom.duration_s if dicom else None)
    declared = source.decay_corrected_to
    decay = resolve_decay(
        dicom.decay_tags if dicom else None,
        declared=declared.value if declared else None,
        decay_per_s=nuclide.decay_per_s,
        frame_duration_s=duration_s,
        seconds_since_administration=elapsed_s,
        where=where,
    )
    warnings = list(dicom.warnings) if dicom else []
    if dicom is not None:
        warnings += _said_otherwise(
            case,
            course,
            start,
            _Said(dicom.start, dicom.administration_time, dicom.administered_bq),
        )
    return ScanImage(
        spect=_physical(volume, decay.factor_to_frame_start, where),
        start=start,
        course=course,
        seconds_after_administration=elapsed_s,
        duration_s=duration_s,
        decay_note=f"{where}: {decay.note}",
        dicom=dicom is not None,
        context=dicom.context if dicom else None,
        patient_key=dicom.patient_key if dicom else None,
        warnings=tuple(warnings),
    )


def _from_projections(
    case: Case, source: ScanSource, nuclide: Nuclide, where: str, control: Control
) -> ScanImage:
    """Reconstruct by the calibration record's own protocol, so that its factor holds."""
    if source.calibration is None:
        raise QuantityError(
            f"the projections of {where} have no calibration",
            remedy="name the record in that [[scan]]",
        )
    request = _request(case, source, source.calibration, nuclide, where)
    scan = reconstruct_scan(
        request,
        repeats=case.options.count_repeats,
        seed=case.options.seed,
        shift_scatter=True,
        control=control,
    )
    start = source.time or scan.start
    if start is None:
        raise _no_start(where)
    if not scan.referred:
        raise TimeError(
            f"the beds of {where} do not all say when they began",
            remedy="export the beds with their acquisition times",
        )
    course, elapsed_s = _course(case, start, where)
    first = scan.prepared[0].raw
    agent = first.agent
    activity = scan.activity or {}
    return ScanImage(
        spect=_physical(scan.image, 1.0, where),
        start=start,
        course=course,
        seconds_after_administration=elapsed_s,
        duration_s=scan.duration_s,
        decay_note=f"{where}: reconstructed from projections, at the first bed's start",
        dicom=True,
        patient_key=first.patient_key,
        counting=CountingNoise(counts_per_bq=activity["counts_per_bq"]),
        repeats=scan.repeats,
        shifted=scan.shifted,
        floor=_floor(scan, float(activity["counts_per_bq"])),
        calibration_relative_uncertainty=activity["calibration_relative_uncertainty"],
        warnings=(
            *scan_warnings(request, scan),
            *_doubts(request),
            *_said_otherwise(
                case,
                course,
                start,
                _Said(scan.start, agent.administration_time, agent.administered_bq),
            ),
        ),
    )


def _request(
    case: Case, source: ScanSource, calibration: Path, nuclide: Nuclide, where: str
) -> ReconstructRequest:
    """Ask for a reconstruction by the record's protocol."""
    protocol = read_calibration(calibration).protocol
    plan = protocol.reconstruction
    if plan.attenuation and source.ct is None:
        raise CaseError(
            f"{where} has no CT, and its calibration is for images corrected for attenuation",
            remedy="add `ct` to that [[scan]]",
        )
    return ReconstructRequest(
        beds=source.projections,
        ct=source.ct if plan.attenuation else None,
        no_attenuation=not plan.attenuation,
        iterations=plan.iterations,
        subsets=plan.subsets,
        peak_kev=(protocol.peak.lower_kev, protocol.peak.upper_kev),
        scatter=protocol.scatter,
        scatter_uncertainty=(
            MODEL_UNCERTAINTY
            if case.options.scatter_relative_uncertainty is None
            else case.options.scatter_relative_uncertainty
        ),
        scatter_smoothing_mm=protocol.scatter_smoothing_fwhm_mm,
        point_spread=plan.point_spread,
        postfilter_mm=plan.postfilter_fwhm_mm,
        nuclide=nuclide.name,
        zone=ZoneInfo(case.timezone),
        calibration=calibration,
        administered=tuple((given.activity_bq, given.time) for given in case.administrations),
    )


def _doubts(request: ReconstructRequest) -> tuple[str, ...]:
    """What an estimate of scatter can't do (docs/methods/raw-projections.md)."""
    if request.scatter == "none":
        return ("scatter was not corrected: activities are too high",)
    if ScatterMethod.parse(request.scatter).camera is not None:
        share = 100 * request.scatter_uncertainty
        return (
            f"scatter and penetration are a model's ({request.scatter}), taken as known to "
            f"{share:g} %: what that does to each region is in its uncertainty (scatter); an organ "
            "around a region many times hotter may still be off by tens of per cent through the "
            "resolution, which is not",
        )
    return (
        "scatter and penetration were estimated from energy windows: an organ beside a region many "
        "times hotter may be off by tens of per cent, which is not in its uncertainty",
    )


def _floor(scan: ReconstructedScan, counts_per_bq: float) -> CountingFloor:
    """From the first bed: the others are counted alike."""
    bed, figures = scan.prepared[0], scan.beds[0].figures
    views = bed.projections.geometry
    counts = bed.peak_counts
    summed = counts.sum(axis=0, dtype=np.float64)
    shadow = float((summed > 0.05 * summed.max()).sum()) * math.prod(views.pixel_mm)
    seen = max(figures["counts_in"] - figures["counts_scatter"], 1.0)
    through = seen / max(figures["counts_reconstructed"], seen)
    return CountingFloor(
        counts_per_mm2=float(counts.sum(dtype=np.float64)) / shadow,
        activity_per_count_bq=1.0 / (counts_per_bq * through),
    )


def _no_start(where: str) -> TimeError:
    return TimeError(
        f"{where} has no start time",
        remedy="add the frame's start to that [[scan]], e.g. time = 2018-11-15T13:06:00",
    )


class _Said(NamedTuple):
    """What a file says of its scan and administration."""

    start: datetime | None
    administration_time: datetime | None
    administered_bq: float | None


def _require_nuclide(named: str | None, nuclide: Nuclide, where: str) -> None:
    if named is not None and named != nuclide.name:
        raise NuclideError(
            f"the DICOM of {where} names another nuclide than the case",
            got=named,
            allowed=nuclide.name,
            remedy="correct `nuclide` in the case, or give the right scan",
        )


def _course(case: Case, start: datetime, where: str) -> tuple[int, float]:
    """The last administration that ended before the frame began."""
    passed = [
        (number, (start - given.time).total_seconds())
        for number, given in enumerate(case.administrations, start=1)
        if start > given.time
    ]
    if not passed:
        first = case.administrations[0].time
        raise TimeError(
            f"{where} begins before the injection's end",
            got=f"{(first - start).total_seconds() / 3600:.2f} h before",
            remedy="check the administration's `time`, `timezone` and the scan's time",
        )
    return passed[-1]


def _physical(volume: Volume, factor: float, where: str) -> Volume:
    """Bq/mL at the frame's start."""
    if volume.quantity not in {Quantity.BQ_PER_ML, Quantity.BQ}:
        raise QuantityError(
            f"the SPECT of {where} does not hold activity",
            got=str(volume.quantity),
            allowed=f"{Quantity.BQ_PER_ML} or {Quantity.BQ}",
            remedy="give the calibrated image; where it is one whose file says counts, add "
            '`unit = "Bq/mL"` to that [[scan]]',
        )
    if float(volume.values.min()) < 0:
        raise QuantityError(
            f"the SPECT of {where} holds negative activities",
            got=f"{float(volume.values.min()):g}",
            allowed="0 and above",
            remedy="set them to 0 where you can justify it",
        )
    per_ml = 1.0 if volume.quantity is Quantity.BQ_PER_ML else 1.0 / volume.grid.voxel_volume_ml
    values = volume.values * volume.values.dtype.type(factor * per_ml)
    return volume.with_values(values, Quantity.BQ_PER_ML)


def _said_otherwise(case: Case, course: int, start: datetime, said: _Said) -> list[str]:
    """What the file says of scan and administration, where it is not what the case says."""
    given = case.administrations[course - 1]
    found = []
    if said.start is not None:
        apart_s = abs((said.start - start).total_seconds())
        if apart_s > _CLOCK_TOLERANCE_S:
            found.append(f"its DICOM has the start {apart_s / 60:.0f} min away from the case's")
    if said.administration_time is not None:
        apart_s = abs((said.administration_time - given.time).total_seconds())
        if apart_s > _CLOCK_TOLERANCE_S:
            found.append(
                f"its DICOM has the administration {apart_s / 60:.0f} min away from the case's"
            )
    if said.administered_bq:
        apart = said.administered_bq / given.activity_bq - 1.0
        if abs(apart) > _ACTIVITY_TOLERANCE:
            found.append(
                f"its DICOM's administered activity is {100 * apart:+.1f} % off the case's"
            )
    return found
