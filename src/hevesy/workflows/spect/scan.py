"""One scan's raw beds reconstructed, put together and, by a record, made becquerels."""

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import SystemModel
from hevesy.dicom import RawBed, seeded_uid
from hevesy.errors import Interrupted, NuclideError
from hevesy.files import record_input
from hevesy.images import Volume
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.progress import SILENT, Control
from hevesy.provenance import InputRecord
from hevesy.reconstruction import (
    OsemState,
    ScatterEstimate,
    ScatterMethod,
    reconstruct_osem,
    smooth_gaussian,
    stitch_beds,
)
from hevesy.workflows.spect.beds import (
    PreparedBed,
    estimate_bed_scatter,
    prepare_bed,
    read_beds,
    read_ct_volume,
    refuse_truncated,
    weigh_views,
)
from hevesy.workflows.spect.calibrated import Calibrated, calibrate_beds, quantify_image
from hevesy.workflows.spect.model_scatter import (
    BedWork,
    FoundImage,
    image_within_field,
    model_backgrounds,
    reconstruct_in_step,
)
from hevesy.workflows.spect.request import ReconstructRequest

__all__ = ["BedImage", "ReconstructedScan", "reconstruct_scan", "scan_warnings"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BedImage:
    """What is kept of a bed once it is reconstructed.

    Parameters
    ----------
    state : OsemState
    scatter : ScatterEstimate
        That went with it.
    image : Volume
        COUNTS, within the field.
    figures : dict
        For result.json.
    repeats : tuple of Volume
        The image again from counts drawn anew, COUNTS.
    shifted : Volume or None
        The image again, had the scatter model one standard uncertainty more of everything, COUNTS.
    """

    state: OsemState
    scatter: ScatterEstimate
    image: Volume
    figures: dict[str, Any]
    repeats: tuple[Volume, ...] = ()
    shifted: Volume | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReconstructedScan:
    """One image of the body, with what it was made from.

    Parameters
    ----------
    image : Volume
        COUNTS that a voxel would add to a mean view without attenuation, or BQ_PER_ML; at the
        first bed's start where `referred`.
    prepared : tuple of PreparedBed
    beds : tuple of BedImage
    nuclide : Nuclide or None
    mean_s : float
        What a mean view is worth, s.
    referred : bool
        Whether all beds are referred to the first one's start.
    calibrated : Calibrated or None
    activity : dict or None
        The calibration's figures, for result.json.
    inputs : tuple of InputRecord
    repeats : tuple of ndarray of float32, shape of `image`
        The image again, from counts of all windows drawn anew (Poisson about what was counted):
        their spread is the image's counting noise, scatter's included (a model's scatter is not
        drawn anew: it is smooth, and rests on all counts).
    shifted : ndarray of float32, shape of `image`, or None
        The image again with the scatter model's standard uncertainty added to it; None for scatter
        from windows.
    """

    image: Volume
    prepared: tuple[PreparedBed, ...]
    beds: tuple[BedImage, ...]
    nuclide: Nuclide | None
    mean_s: float
    referred: bool
    calibrated: Calibrated | None
    activity: dict[str, Any] | None
    inputs: tuple[InputRecord, ...]
    repeats: tuple[NDArray[np.float32], ...] = ()
    shifted: NDArray[np.float32] | None = None

    @property
    def start(self) -> datetime | None:
        """The first bed's start, UTC; None where one bed's is not known."""
        starts = [bed.raw.started_at for bed in self.prepared]
        known = [start for start in starts if start is not None]
        return min(known) if known and len(known) == len(starts) else None

    @property
    def duration_s(self) -> float:
        """From the first bed's start to the last one's end, s; the first bed's without starts."""
        first = self.start
        ends = [
            (bed.raw.started_at - first).total_seconds() + bed.raw.duration_s
            for bed in self.prepared
            if first is not None and bed.raw.started_at is not None
        ]
        return max(ends, default=self.prepared[0].raw.duration_s)


def reconstruct_scan(
    request: ReconstructRequest,
    *,
    repeats: int = 0,
    seed: int = 1,
    shift_scatter: bool = False,
    control: Control = SILENT,
) -> ReconstructedScan:
    """Read one scan's beds and CT, and reconstruct them into one image.

    Parameters
    ----------
    request : ReconstructRequest
    repeats : int
        How often to draw the counts anew and reconstruct them (parametric bootstrap: Haynor and
        Woods 1989, IEEE Trans Med Imaging 8:337).
    seed : int
        Of these draws.
    shift_scatter : bool
        Whether to reconstruct once more with a model's scatter raised by its uncertainty.
    control : Control

    Returns
    -------
    ReconstructedScan

    Raises
    ------
    Interrupted
        The user stopped the work.

    Examples
    --------
    >>> from pathlib import Path
    >>> reconstruct_scan(ReconstructRequest(beds=(Path("no-such-bed.dcm"),)))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    control.stage("reading the beds")
    raws, inputs = read_beds(request)
    nuclide = _nuclide(request, raws)
    ct = read_ct_volume(request, raws[0])
    if request.ct is not None:
        inputs = (*inputs, record_input("CT", request.ct))
    prepared = tuple(
        prepare_bed(raw, number, ct, request) for number, raw in enumerate(raws, start=1)
    )
    decay = None if nuclide is None else nuclide.decay_per_s
    calibrated = (
        None
        if request.calibration is None
        else calibrate_beds(request.calibration, prepared, request, nuclide)
    )
    losses = None if calibrated is None else calibrated.dead_time
    live = None if losses is None else tuple(loss.live_fraction for loss in losses)
    weights, mean_s, referred = weigh_views(prepared, decay, live)
    works = [
        BedWork(number, bed, _system(bed, request), weight, request, control)
        for number, (bed, weight) in enumerate(zip(prepared, weights, strict=True), start=1)
    ]
    beds = _images(works, ct, nuclide, repeats=repeats, seed=seed, shift=shift_scatter)
    control.stage("putting the beds together")
    frame = raws[0].frame_of_reference or seeded_uid(raws[0].context.series_uid, "frame")
    drawn = [_together([bed.repeats[n] for bed in beds], request, frame) for n in range(repeats)]
    shifted = [bed.shifted for bed in beds if bed.shifted is not None]
    if shifted:
        drawn.append(_together(shifted, request, frame))
    image = _together([bed.image for bed in beds], request, frame)
    activity = None
    if calibrated is not None and request.calibration is not None:
        inputs = (*inputs, record_input("calibration record", request.calibration))
        counted_s = mean_s * float(weights[0].sum())
        image, activity = quantify_image(image, calibrated, mean_s=mean_s, counted_s=counted_s)
        drawn = [
            quantify_image(one, calibrated, mean_s=mean_s, counted_s=counted_s)[0] for one in drawn
        ]
    values = [np.asarray(one.values, dtype=np.float32) for one in drawn]
    return ReconstructedScan(
        image=image,
        prepared=prepared,
        beds=beds,
        nuclide=nuclide,
        mean_s=mean_s,
        referred=referred,
        calibrated=calibrated,
        activity=activity,
        inputs=inputs,
        repeats=tuple(values[:repeats]),
        shifted=values[repeats] if len(values) > repeats else None,
    )


def _together(images: list[Volume], request: ReconstructRequest, frame: str) -> Volume:
    image = smooth_gaussian(stitch_beds(images), request.postfilter_mm)
    return replace(image, frame_of_reference=frame)


def _nuclide(request: ReconstructRequest, raws: tuple[RawBed, ...]) -> Nuclide | None:
    named = {raw.agent.radionuclide for raw in raws if raw.agent.radionuclide is not None}
    if request.nuclide is not None:
        named.add(get_nuclide(request.nuclide).name)
    if len(named) > 1:
        raise NuclideError(
            "the beds and --nuclide name different nuclides",
            got=", ".join(sorted(named)),
            allowed="one",
            remedy="correct --nuclide, or give beds of one scan",
        )
    return get_nuclide(named.pop()) if named else None


def _system(bed: PreparedBed, request: ReconstructRequest) -> SystemModel:
    return SystemModel(
        geometry=bed.padded.geometry,
        point_spread=request.point_spread,
        attenuation=bed.attenuation,
        support="field",
    )


def _images(
    works: Sequence[BedWork],
    ct: Volume | None,
    nuclide: Nuclide | None,
    *,
    repeats: int,
    seed: int,
    shift: bool,
) -> tuple[BedImage, ...]:
    """Reconstruct every bed, draw its counts anew, and raise a model's scatter."""
    request, control = works[0].request, works[0].control
    shifted: list[Volume | None] = [None] * len(works)
    if ScatterMethod.parse(request.scatter).camera is not None and ct is not None:
        control.stage("reconstructing with the scatter model")
        models = model_backgrounds(works, ct, nuclide)
        found = reconstruct_in_step(works, models)
        if shift:
            control.stage("once more, with the scatter model's uncertainty")
            raised = reconstruct_in_step(works, models, scale=1.0 + request.scatter_uncertainty)
            shifted = [
                image_within_field(one.state, work.bed)
                for one, work in zip(raised, works, strict=True)
            ]
        del models
    else:
        found = tuple(_alone(work) for work in works)
    beds = []
    for work, one, other in zip(works, found, shifted, strict=True):
        if repeats:
            control.stage(f"bed {work.number}: counts drawn anew")
        seeds = ((seed, work.number, repeat) for repeat in range(repeats))
        images = tuple(_repeat(work, one.scatter, drawn) for drawn in seeds)
        refuse_truncated(work.bed, one.scatter, work.number, request)
        beds.append(
            BedImage(
                state=one.state,
                scatter=one.scatter,
                image=image_within_field(one.state, work.bed),
                figures=_figures(work, one),
                repeats=images,
                shifted=other,
            )
        )
    return tuple(beds)


def _alone(work: BedWork) -> FoundImage:
    """One bed with scatter from its windows."""
    work.control.stage(f"bed {work.number}")
    wall, cpu = time.perf_counter(), time.process_time()
    state = _osem(work, work.bed.peak_counts, work.bed.scatter)
    seconds, cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu
    if work.control.should_stop():
        raise Interrupted("interrupted", remedy="nothing was written")
    return FoundImage(state, work.bed.scatter, seconds, cpu_seconds)


def _figures(work: BedWork, found: FoundImage) -> dict[str, Any]:
    """One bed's, for result.json."""
    bed = work.bed
    image = image_within_field(found.state, bed)
    spread = bed.projections.geometry.radii_mm
    return {
        "counts_in": int(bed.peak_counts.sum(dtype=np.int64)),
        "counts_scatter": float(found.scatter.expected_counts.sum()),
        "counts_expected": found.state.figures[-1].expected_counts,
        "counts_reconstructed": float(image.values.sum(dtype=np.float64) * work.weight.sum()),
        "counts_by_window": {
            f"{w.lower_kev:g}-{w.upper_kev:g} keV": n
            for w, n in zip(bed.raw.projections.windows, bed.raw.counts_by_window, strict=True)
        },
        "views": bed.projections.geometry.view_count,
        "heads": bed.raw.heads,
        "rows_in_field": [bed.rows.start, bed.rows.stop],
        "axial_centre_mm": bed.projections.geometry.axial_centre_mm,
        "radius_mm": [float(spread.min()), float(spread.max())],
        "view_seconds": float(bed.projections.view_seconds.mean()),
        "ct_coverage": None if bed.coverage is None else asdict(bed.coverage),
        "iterations": [asdict(one) for one in found.state.figures],
        "seconds": found.seconds,
        "cpu_seconds": found.cpu_seconds,
    }


def _osem(work: BedWork, counts: NDArray[Any], scatter: ScatterEstimate) -> OsemState:
    margin, request = work.bed.margin, work.request
    ends = ((0, 0), (margin, margin), (0, 0))
    return reconstruct_osem(
        np.pad(counts, ends),
        work.model,
        iterations=request.iterations,
        subsets=request.subsets,
        additive=None if request.scatter == "none" else np.pad(scatter.expected_counts, ends),
        view_weights=work.weight,
        row_weights=work.bed.row_weights,
        control=work.control,
        threads=request.threads,
    )


def _repeat(work: BedWork, scatter: ScatterEstimate, seed: tuple[int, ...]) -> Volume:
    """The bed's image from counts drawn anew."""
    bed, request = work.bed, work.request
    rng = np.random.default_rng(list(seed))
    drawn = replace(bed.projections, counts=rng.poisson(bed.projections.counts))
    if ScatterMethod.parse(request.scatter).camera is None:
        scatter = estimate_bed_scatter(drawn, bed.peak, request)
    image = image_within_field(_osem(work, drawn.in_window(bed.peak), scatter), bed)
    if work.control.should_stop():
        raise Interrupted("interrupted", remedy="nothing was written")
    return image


def scan_warnings(request: ReconstructRequest, scan: ReconstructedScan) -> list[str]:
    """What is to be said of a reconstructed scan.

    Parameters
    ----------
    request : ReconstructRequest
    scan : ReconstructedScan

    Returns
    -------
    list of str
    """
    found = [
        f"bed {number}: {warning}"
        for number, bed in enumerate(scan.prepared, start=1)
        for warning in bed.raw.warnings
        if request.nuclide is None or "nuclide" not in warning
    ]
    if scan.nuclide is None:
        found.append("the nuclide is not known: decay during the scan was not corrected")
    elif not scan.referred:
        found.append("the beds' starts are not known: each is referred to its own")
    if request.point_spread is None:
        found.append("no resolution was modelled (--psf)")
    for number, bed in enumerate(scan.prepared, start=1):
        if bed.coverage is not None and bed.coverage.across_share < 1:
            share = 100 * bed.coverage.across_share
            found.append(
                f"bed {number}: the CT covers {share:.0f} % of the field across; beyond it nothing "
                "attenuates"
            )
    found += [] if scan.calibrated is None else list(scan.calibrated.warnings)
    return found
