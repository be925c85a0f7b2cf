"""`hevesy spect reconstruct`: raw beds and a CT in, one image of the body out."""

import json
import platform
import resource
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy._version import __version__
from hevesy.camera import SystemModel
from hevesy.dicom import NmAcquisition, RawBed, seeded_uid, write_nm_spect
from hevesy.errors import Interrupted, NuclideError
from hevesy.files import record_input, staged_output, write_volume
from hevesy.images import Quantity, Volume
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.progress import SILENT, Control
from hevesy.provenance import InputRecord
from hevesy.reconstruction import OsemState, reconstruct_osem, smooth_gaussian, stitch_beds
from hevesy.workflows.spect_beds import (
    PreparedBed,
    prepare_bed,
    read_beds,
    read_ct_volume,
    weigh_views,
)
from hevesy.workflows.spect_calibrated import calibrate_beds, quantify_image
from hevesy.workflows.spect_request import ReconstructRequest

__all__ = ["SPECT_OUTPUTS", "run_spect_reconstruct"]

SPECT_OUTPUTS = ("spect.nii.gz", "spect.dcm", "result.json")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Bed:
    """What is kept of a bed once it is reconstructed."""

    state: OsemState
    image: Volume  # within the field
    figures: dict[str, Any]


def run_spect_reconstruct(
    request: ReconstructRequest, out_dir: Path, *, control: Control = SILENT
) -> dict[str, Any]:
    """Reconstruct raw beds and put them together.

    The image's voxel holds the counts that it would add to a mean view without attenuation,
    referred to the first bed's start where the nuclide is known; with a calibration record, Bq/mL.

    Parameters
    ----------
    request : ReconstructRequest
    out_dir : Path
        Gets spect.nii.gz, spect.dcm and result.json, all or nothing.
    control : Control

    Returns
    -------
    dict
        What result.json holds.

    Raises
    ------
    NuclideError
        The request's nuclide is not the files'.
    Interrupted
        The user stopped the work.

    Examples
    --------
    >>> run_spect_reconstruct(ReconstructRequest(beds=(Path("no-such-bed.dcm"),)), Path("out"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    wall, cpu = time.perf_counter(), time.process_time()
    control.stage("reading the beds")
    raws, inputs = read_beds(request)
    nuclide = _nuclide(request, raws)
    ct = read_ct_volume(request, raws[0])
    if request.ct is not None:
        inputs = (*inputs, record_input("CT", request.ct))
    prepared = tuple(
        prepare_bed(raw, number, ct, request) for number, raw in enumerate(raws, start=1)
    )
    del ct
    decay = None if nuclide is None else nuclide.decay_per_s
    calibrated = (
        None
        if request.calibration is None
        else calibrate_beds(request.calibration, prepared, request, nuclide)
    )
    losses = None if calibrated is None else calibrated.dead_time
    live = None if losses is None else tuple(loss.live_fraction for loss in losses)
    weights, mean_s, referred = weigh_views(prepared, decay, live)
    beds = []
    for number, (bed, weight) in enumerate(zip(prepared, weights, strict=True), start=1):
        control.stage(f"bed {number}")
        beds.append(_reconstruct(bed, weight, request, control))
        if control.should_stop():
            raise Interrupted("interrupted", remedy="nothing was written")
    control.stage("putting the beds together")
    frame = raws[0].frame_of_reference or seeded_uid(raws[0].context.series_uid, "frame")
    image = stitch_beds([bed.image for bed in beds])
    image = replace(smooth_gaussian(image, request.postfilter_mm), frame_of_reference=frame)
    activity = None
    if calibrated is not None and request.calibration is not None:
        inputs = (*inputs, record_input("calibration record", request.calibration))
        counted_s = mean_s * float(weights[0].sum())
        image, activity = quantify_image(image, calibrated, mean_s=mean_s, counted_s=counted_s)
    figures = _figures(request, prepared, beds, image, mean_s, referred, nuclide, inputs)
    figures["calibration"] = activity
    figures["warnings"] += [] if calibrated is None else list(calibrated.warnings)
    with staged_output(out_dir, owned=SPECT_OUTPUTS) as stage:
        write_volume(stage.path("spect.nii.gz"), image)
        created = datetime.now(request.zone or UTC)
        write_nm_spect(
            stage.path("spect.dcm"),
            image,
            _acquisition(request, prepared, nuclide, referred),
            identity=raws[0].context,
            created=created,
            series_number=100,
            description="hevesy reconstruction",
        )
        figures["created"] = created.isoformat(timespec="seconds")
        figures["seconds"] = time.perf_counter() - wall
        figures["cpu_seconds"] = time.process_time() - cpu
        figures["peak_memory_mb"] = _peak_memory_mb()
        stage.path("result.json").write_text(json.dumps(figures, indent=1) + "\n", "utf-8")
    return figures


def _peak_memory_mb() -> float:
    """Of the process so far; the system counts in kB, or in bytes (macOS)."""
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return used / (1e6 if sys.platform == "darwin" else 1e3)


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


def _reconstruct(
    bed: PreparedBed, weight: NDArray[np.float64], request: ReconstructRequest, control: Control
) -> _Bed:
    wall, cpu = time.perf_counter(), time.process_time()
    model = SystemModel(
        geometry=bed.padded.geometry,
        point_spread=request.point_spread,
        attenuation=bed.attenuation,
        support="field",
    )
    counts = bed.peak_counts
    ends = ((0, 0), (bed.margin, bed.margin), (0, 0))
    state = reconstruct_osem(
        bed.padded.in_window(bed.peak),
        model,
        iterations=request.iterations,
        subsets=request.subsets,
        additive=None if request.scatter == "none" else np.pad(bed.scatter.expected_counts, ends),
        view_weights=weight,
        row_weights=bed.row_weights,
        control=control,
        threads=request.threads,
    )
    grid = bed.projections.geometry.grid()
    values = state.image[bed.margin : bed.margin + grid.shape[0]]
    image = Volume(values=values, grid=grid, quantity=Quantity.COUNTS)
    spread = bed.projections.geometry.radii_mm
    figures: dict[str, Any] = {
        "counts_in": int(counts.sum(dtype=np.int64)),
        "counts_scatter": float(bed.scatter.expected_counts.sum()),
        "counts_expected": state.figures[-1].expected_counts,
        "counts_reconstructed": float(values.sum(dtype=np.float64) * weight.sum()),
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
        "iterations": [asdict(one) for one in state.figures],
        "seconds": time.perf_counter() - wall,
        "cpu_seconds": time.process_time() - cpu,
    }
    return _Bed(state=state, image=image, figures=figures)


def _warnings(
    request: ReconstructRequest, prepared: tuple[PreparedBed, ...], nuclide: Nuclide | None,
    referred: bool,
) -> list[str]:  # fmt: skip
    found = [
        f"bed {number}: {warning}"
        for number, bed in enumerate(prepared, start=1)
        for warning in bed.raw.warnings
        if request.nuclide is None or "nuclide" not in warning
    ]
    if nuclide is None:
        found.append("the nuclide is not known: decay during the scan was not corrected")
    elif not referred:
        found.append("the beds' starts are not known: each is referred to its own")
    if request.point_spread is None:
        found.append("no resolution was modelled (--psf)")
    for number, bed in enumerate(prepared, start=1):
        if bed.coverage is not None and bed.coverage.across_share < 1:
            share = 100 * bed.coverage.across_share
            found.append(
                f"bed {number}: the CT covers {share:.0f} % of the field across; beyond it nothing "
                "attenuates"
            )
    return found


def _figures(
    request: ReconstructRequest,
    prepared: tuple[PreparedBed, ...],
    beds: list[_Bed],
    image: Volume,
    mean_s: float,
    referred: bool,
    nuclide: Nuclide | None,
    inputs: tuple[InputRecord, ...],
) -> dict[str, Any]:
    totals = {
        name: sum(bed.figures[name] for bed in beds)
        for name in ("counts_in", "counts_scatter", "counts_expected", "counts_reconstructed")
    }
    peak = prepared[0].peak
    return {
        "unit": str(image.quantity),
        **totals,
        "mean_view_seconds": mean_s,
        "referred_to": "start of the first bed" if referred else "each bed's own frame",
        "nuclide": None if nuclide is None else nuclide.name,
        "peak_kev": [peak.lower_kev, peak.upper_kev],
        "scatter": prepared[0].scatter.method,
        "updates": beds[0].state.updates,
        "beds": [bed.figures for bed in beds],
        "warnings": _warnings(request, prepared, nuclide, referred),
        "provenance": {
            "hevesy_version": __version__,
            "inputs": [asdict(record) for record in inputs],
            "options": _options(request),
            "packages": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("numpy", "scipy", "numba", "pydicom")},
            },
        },
        "intended_use": "Research use only. Not a medical device.",
    }


def _options(request: ReconstructRequest) -> Mapping[str, Any]:
    """Every option in force but the files, whose names may tell a patient's."""
    options = {
        k: v
        for k, v in asdict(request).items()
        if k not in {"beds", "ct", "calibration", "threads"}
    }
    options["day"] = None if request.day is None else request.day.isoformat()
    options["zone"] = None if request.zone is None else request.zone.key
    return options


def _acquisition(
    request: ReconstructRequest,
    prepared: tuple[PreparedBed, ...],
    nuclide: Nuclide | None,
    referred: bool,
) -> NmAcquisition:
    first = prepared[0].raw
    starts = [bed.raw.started_at for bed in prepared]
    known = [start for start in starts if start is not None]
    heads = max(1, first.heads)
    geometry = first.projections.geometry
    views = max(1, geometry.view_count // heads)
    step = abs(float(geometry.angles_deg[1] - geometry.angles_deg[0])) if views > 1 else 0.0
    peak = prepared[0].peak
    words = [
        *(("ATTN",) if request.ct is not None else ()),
        *(("SCAT",) if request.scatter != "none" else ()),
    ]
    return NmAcquisition(
        start=min(known) if len(known) == len(starts) else None,
        duration_s=first.duration_s,
        nuclide=None if nuclide is None else nuclide.name,
        half_life_s=None if nuclide is None else nuclide.half_life_s,
        administered_bq=first.agent.administered_bq,
        administered_at=first.agent.administration_time,
        decay_correction="START" if referred else "NONE",
        energy_window_kev=(peak.lower_kev, peak.upper_kev),
        corrections=tuple(words),
        manufacturer=first.manufacturer,
        model=first.model,
        collimator=first.collimator,
        heads=heads,
        views=views,
        scan_arc_deg=step * views,
    )
