"""`hevesy spect simulate`: an activity and a CT in, raw projections out."""

import json
import math
import platform
import time
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy._version import __version__
from hevesy.camera import (
    MOST_LOSS_RATIO,
    Camera,
    EnergyWindow,
    Projections,
    get_camera,
    measure_ct_coverage,
)
from hevesy.dicom import RawAcquisition, StudyIdentity, seeded_uid, write_projections
from hevesy.errors import GridError, ImageFileError, Interrupted, QuantityError
from hevesy.files import is_volume_file, read_volume, record_input, staged_output
from hevesy.images import (
    Grid,
    Quantity,
    Volume,
    activity_inside_share,
    hu_to_density,
    resample,
    resample_activity,
)
from hevesy.media import classify_tissue
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.progress import SILENT, Control
from hevesy.provenance import InputRecord
from hevesy.simulation import (
    add_background,
    decayed_seconds,
    expected_loss_ratios,
    field_share,
    model_projections,
    patient_reach_mm,
    record_counts,
    simulate_camera_photons,
    usual_windows,
)
from hevesy.workflows.spect.simulate_request import (
    ACTIVITY_UNITS,
    ScanPlan,
    SimulateRequest,
    plan_scan,
)

__all__ = ["run_spect_simulate"]

_CLEARANCE_MM = 20.0
_TISSUE_MM = 3.0  # voxels of a Monte Carlo run are no finer
_UNCOVERED_MM = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Scene:
    """What all beds share."""

    activity: Volume
    ct: Volume
    camera: Camera
    nuclide: Nuclide
    windows: tuple[EnergyWindow, ...]
    plan: ScanPlan
    start: datetime
    dead_time_s: float


def run_spect_simulate(
    request: SimulateRequest, out_dir: Path, *, control: Control = SILENT
) -> dict[str, Any]:
    """Simulate a scan of a known activity, and write what a camera would.

    Parameters
    ----------
    request : SimulateRequest
    out_dir : Path
        Gets bed_1.dcm ... (NM, TOMO, from the feet up) and result.json, all or nothing.
    control : Control

    Returns
    -------
    dict
        What result.json holds.

    Raises
    ------
    Interrupted
        The user stopped the work.

    Examples
    --------
    >>> run_spect_simulate(SimulateRequest(activity=Path("no.nii"), ct=Path("no.nii"),
    ...     camera="siemens-symbia-he", nuclide="Re-188", seconds_per_view=20, seed=1), Path("out"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: no such image: ...
    """
    wall, cpu = time.perf_counter(), time.process_time()
    control.stage("reading activity and CT")
    scene = _scene(request)
    inputs = (record_input("activity", request.activity), record_input("CT", request.ct))
    names = tuple(f"bed_{number}.dcm" for number in range(1, len(scene.plan.beds) + 1))
    identity = StudyIdentity(
        patient_id="SIMULATED",
        patient_name="Simulated^Scan",
        study_start=scene.start,
        study_description="hevesy simulation",
        seed=" ".join([*(record.sha256 for record in inputs), str(request.seed)]),
    )
    frame = scene.ct.frame_of_reference or seeded_uid(identity.seed, "frame")
    old = tuple(path.name for path in out_dir.glob("bed_*.dcm")) if out_dir.is_dir() else ()
    beds = []
    with staged_output(out_dir, owned=(*names, *old, "result.json")) as stage:
        for number, name in enumerate(names, start=1):
            control.stage(f"bed {number} of {len(names)}")
            drawn, figures = _simulate_bed(scene, request, number, control)
            if control.should_stop():
                raise Interrupted("interrupted", remedy="nothing was written")
            write_projections(
                stage.path(name), drawn, _acquisition(scene, request, number),
                identity=identity, frame_of_reference=frame, series_number=number,
                description=f"Simulated projections, bed {number}",
            )  # fmt: skip
            beds.append({"file": name, **figures})
        result = _result(scene, request, beds, inputs)
        result["created"] = datetime.now(UTC).isoformat(timespec="seconds")
        result["seconds"] = time.perf_counter() - wall
        result["cpu_seconds"] = time.process_time() - cpu
        stage.path("result.json").write_text(json.dumps(result, indent=1) + "\n", "utf-8")
    return result


def _read(path: Path, what: str, quantity: Quantity) -> Volume:
    if not is_volume_file(path):
        raise ImageFileError(
            f"{what} is not an image that can be simulated from",
            got=path.name,
            allowed="a NIfTI or NRRD file",
            remedy="convert a DICOM series first",
        )
    return read_volume(path, quantity=quantity)


def _scene(request: SimulateRequest) -> _Scene:
    camera, nuclide = get_camera(request.camera), get_nuclide(request.nuclide)
    windows = usual_windows(nuclide) if request.windows is None else request.windows
    activity = _read(request.activity, "the activity", Quantity.BQ_PER_ML)
    if activity.values.min() < 0 or activity.values.max() <= 0:
        raise QuantityError(
            "the activity has negative voxels, or none that is above 0",
            got=f"{activity.values.min():.4g} to {activity.values.max():.4g} {request.unit}",
            allowed="0 and above, some above 0",
            remedy="mend the image, or check that --activity names the right one",
        )
    factor = ACTIVITY_UNITS[request.unit]
    if factor != 1.0:
        activity = activity.with_values(np.asarray(activity.values, np.float64) * factor)
    ct = _read(request.ct, "the CT", Quantity.HU)
    if not -1100 <= float(ct.values.min()) < 3500 or float(ct.values.max()) > 40_000:
        raise QuantityError(
            "the CT's values can't be HU",
            got=f"{float(ct.values.min()):g} to {float(ct.values.max()):g}",
            allowed="-1024 (air) to some thousands",
            remedy="give a CT in HU with --ct",
        )
    inside = activity_inside_share(activity, ct.grid)
    if inside < 0.99:
        raise GridError(
            "the CT does not cover the activity",
            got=f"{100 * (1 - inside):.0f} % of the activity lies outside it",
            allowed="1 %",
            remedy="give a CT of the same patient in the same place",
        )
    radius = request.radius_mm if request.radius_mm is not None else 1.0
    plan = plan_scan(request, camera, activity, ct.grid, radius)
    if request.radius_mm is None:
        reach = max(float(patient_reach_mm(activity, ct, bed).max()) for bed in plan.beds)
        radius = math.ceil(reach + _CLEARANCE_MM)
        plan = plan_scan(request, camera, activity, ct.grid, radius)
    return _Scene(
        activity=activity,
        ct=ct,
        camera=camera,
        nuclide=nuclide,
        windows=windows,
        plan=plan,
        start=request.start_time or datetime.now(UTC).replace(microsecond=0),
        dead_time_s=camera.detector.dead_time_s
        if request.dead_time_s is None
        else request.dead_time_s,
    )


def _expected(
    scene: _Scene, request: SimulateRequest, number: int, seed: int, control: Control
) -> tuple[Projections, dict[str, NDArray[np.float64]]]:
    """Expected counts of a bed, decay within the scan included, and which way they came."""
    geometry, plan = scene.plan.beds[number - 1], scene.plan
    late_s = (number - 1) * plan.bed_seconds
    if request.method == "model":
        run = model_projections(
            scene.activity, scene.ct, scene.camera, scene.nuclide, geometry, scene.windows,
            view_seconds=plan.view_seconds, view_starts_s=plan.view_starts_s, bed_start_s=late_s,
            kvp=request.kvp, threads=request.threads, control=control,
        )  # fmt: skip
        return run.expected, run.origin_counts
    grid = _tissue_grid(scene.ct.grid)
    tissue_ct = resample(scene.ct, grid, outside=-1000.0)
    photons = simulate_camera_photons(
        resample_activity(scene.activity, grid),
        classify_tissue(hu_to_density(tissue_ct), tissue_ct), scene.nuclide, scene.camera, geometry,
        scene.windows, view_seconds=plan.view_seconds, view_starts_s=plan.view_starts_s,
        histories=request.histories, seed=seed, looks=min(6, request.views),
        threads=request.threads, control=control,
    )  # fmt: skip
    worth = decayed_seconds(
        plan.view_seconds, plan.view_starts_s + late_s, scene.nuclide.decay_per_s
    )
    share = (worth / plan.view_seconds)[None, :, None, None]
    counts = (photons.expected.counts * share).astype(np.float32)
    return replace(photons.expected, counts=counts), photons.origin_counts


def _tissue_grid(ct: Grid) -> Grid:
    """Upright voxels of 3 mm or more over the CT."""
    ends = [(-0.5, n - 0.5) for n in ct.shape]
    corners = ct.to_world_mm(np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3))
    low, high = corners.min(axis=0), corners.max(axis=0)
    step = np.maximum(np.array(ct.spacing_mm[::-1]), _TISSUE_MM)
    count = np.maximum(np.rint((high - low) / step), 1).astype(int)
    first = 0.5 * (low + high) - (count - 1) / 2 * step
    nx, ny, nz = (int(n) for n in count)
    x, y, z = (float(s) for s in step)
    return Grid.from_spacing((nz, ny, nx), spacing_mm=(z, y, x), origin_mm=first)


def _simulate_bed(
    scene: _Scene, request: SimulateRequest, number: int, control: Control
) -> tuple[Projections, dict[str, Any]]:
    source, noise = (
        int(n) for n in np.random.SeedSequence([request.seed, number]).generate_state(2, np.uint32)
    )
    geometry = scene.plan.beds[number - 1]
    expected, origin = _expected(scene, request, number, source, control)
    field = field_share(scene.camera, geometry)
    with_room = add_background(expected, request.background_per_s, field=field)
    losses = expected_loss_ratios(with_room, scene.dead_time_s)
    drawn = record_counts(
        expected, seed=noise, dead_time_s=scene.dead_time_s,
        background_per_s=request.background_per_s, field=field,
    )  # fmt: skip
    live = np.exp(-losses)[None, :, None, None]
    rows = int((field.max(axis=1) > 0).sum())
    seen = replace(geometry, shape=(rows, geometry.shape[1])).grid()
    coverage = measure_ct_coverage(scene.ct.grid, seen)
    return drawn, {
        "axial_centre_mm": geometry.axial_centre_mm,
        "radius_mm": float(geometry.radii_mm[0]),
        "start": _bed_start(scene, number).isoformat(),
        "noise_seed": noise,
        "expected_counts": _by_window(scene.windows, with_room.counts),
        "expected_after_losses": _by_window(scene.windows, with_room.counts * live),
        "drawn_counts": {k: int(v) for k, v in _by_window(scene.windows, drawn.counts).items()},
        "origin_share": _shares(scene.windows, origin),
        "n_tau": {"lowest": float(losses.min()), "highest": float(losses.max())},
        "ct_missing_mm": max(coverage.missing_feet_mm, coverage.missing_head_mm),
    }


def _name(window: EnergyWindow) -> str:
    return f"{window.lower_kev:g}-{window.upper_kev:g} keV"


def _by_window(windows: tuple[EnergyWindow, ...], counts: NDArray[Any]) -> dict[str, float]:
    return {
        _name(window): float(one.sum(dtype=np.float64))
        for window, one in zip(windows, counts, strict=True)
    }


def _shares(
    windows: tuple[EnergyWindow, ...], origin: dict[str, NDArray[np.float64]]
) -> dict[str, dict[str, float]]:
    total = np.maximum(sum(origin.values()), 1e-300)
    return {
        _name(window): {way: float(counts[w] / total[w]) for way, counts in origin.items()}
        for w, window in enumerate(windows)
    }


def _bed_start(scene: _Scene, number: int) -> datetime:
    return scene.start + timedelta(seconds=(number - 1) * scene.plan.bed_seconds)


def _acquisition(scene: _Scene, request: SimulateRequest, number: int) -> RawAcquisition:
    return RawAcquisition(
        start=_bed_start(scene, number),
        nuclide=scene.nuclide.name,
        half_life_s=scene.nuclide.half_life_s,
        heads=request.heads,
        collimator=scene.camera.collimator.name,
        model=scene.camera.name,
    )


def _warnings(scene: _Scene, beds: list[dict[str, Any]]) -> list[str]:
    found = []
    half = scene.camera.field_mm[0] / 2
    index = np.indices(scene.activity.grid.shape).reshape(3, -1).T
    height = scene.activity.grid.to_world_mm(index)[:, 2]
    seen = np.zeros(height.size, dtype=bool)
    for geometry in scene.plan.beds:
        seen |= np.abs(height - geometry.axial_centre_mm) <= half
    values = np.asarray(scene.activity.values, dtype=np.float64).ravel()
    outside = float(values[~seen].sum() / values.sum())
    if outside > 0.001:
        found.append(f"{100 * outside:.1f} % of the activity lies beyond the beds' fields")
    for number, bed in enumerate(beds, start=1):
        if bed["ct_missing_mm"] > _UNCOVERED_MM:
            found.append(
                f"bed {number}: {bed['ct_missing_mm']:.0f} mm of its field are without CT, which a "
                "reconstruction would refuse"
            )
        if bed["n_tau"]["highest"] > MOST_LOSS_RATIO:
            found.append(
                f"bed {number}: n tau reaches {bed['n_tau']['highest']:.2f}; above "
                f"{MOST_LOSS_RATIO:g} no dead time can be corrected"
            )
    return found


def _result(
    scene: _Scene,
    request: SimulateRequest,
    beds: list[dict[str, Any]],
    inputs: tuple[InputRecord, ...],
) -> dict[str, Any]:
    activity = scene.activity
    total = float(activity.values.sum(dtype=np.float64)) * activity.grid.voxel_volume_ml
    options = {k: v for k, v in asdict(request).items() if k not in {"activity", "ct", "threads"}}
    options["start_time"] = scene.start.isoformat()
    options["windows"] = [_name(window) for window in scene.windows]
    options["dead_time_s"] = scene.dead_time_s
    return {
        "activity_bq": total,
        "nuclide": scene.nuclide.name,
        "camera": scene.camera.name,
        "method": request.method,
        "histories": request.histories if request.method == "monte-carlo" else None,
        "seed": request.seed,
        "start": scene.start.isoformat(),
        "peak_kev": [scene.windows[0].lower_kev, scene.windows[0].upper_kev],
        "dead_time_s": scene.dead_time_s,
        "n_tau_highest": max(bed["n_tau"]["highest"] for bed in beds),
        "beds": beds,
        "warnings": _warnings(scene, beds),
        "provenance": {
            "hevesy_version": __version__,
            "inputs": [asdict(record) for record in inputs],
            "options": options,
            "data_sets": [asdict(scene.nuclide.data_set)],
            "packages": {
                "python": platform.python_version(),
                **{name: version(name) for name in ("numpy", "scipy", "numba", "pydicom")},
            },
        },
        "intended_use": "Research use only. Not a medical device.",
    }
