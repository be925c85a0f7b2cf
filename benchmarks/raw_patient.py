"""The virtual patient from raw projections, by a calibration of its own: found beside true.

    python -m benchmarks.raw_patient OUT [--scatter tew:0.8] [--psf] [--factor sphere]

What it shows so far (docs/validation/spect.md): beside a depot 200 times hotter than the liver, no
scatter estimate from windows gives every region; lesions within 10 %, organs not.
"""

import argparse
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from benchmarks.calibration_phantom import CalibrationPhantom, build_calibration_phantom
from hevesy.camera import EnergyWindow, ViewGeometry, get_camera
from hevesy.dicom import RawAcquisition, StudyIdentity, write_projections
from hevesy.files import read_calibration, read_volume, write_volume
from hevesy.images import Quantity, Volume
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control
from hevesy.workflows.demo import (
    SEED,
    TIME_ZERO,
    ZONE,
    administration_lines,
    virtual_identity,
    write_anatomy,
)
from hevesy.workflows.dose import run_dose
from hevesy.workflows.spect_calibrate import run_spect_calibrate
from hevesy.workflows.spect_reconstruct import run_spect_reconstruct
from hevesy.workflows.spect_request import ReconstructRequest

if TYPE_CHECKING:
    from hevesy.simulation import VirtualPatient

CAMERA = "siemens-symbia-he"
PEAK, LOWER, UPPER = (
    EnergyWindow(lower_kev=low, upper_kev=high)
    for low, high in ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5))
)
_HEADS, _VIEWS_PER_HEAD, _VIEW_S = 2, 30, 20.0
_ROWS = 80  # of 4.8 mm: the field of the Symbia along the axis
_RADIUS_MM = 210.0
_BED_CENTRES_MM = (60.0, -60.0)
_BETWEEN_BEDS_S = 60.0
# Without the resolution in the model the image blurs evenly, which the transfer matrix undoes.
_ITERATIONS, _SUBSETS = 4, 10
_POSTFILTER_MM, _SMOOTHING_MM = 5.0, 15.0
_STOCK_BQ_PER_ML = 6.0e5
# without the lungs: beside the lesion in them no image of 17 mm tells what they hold
_REGIONS = (
    "lung lesion", "small lesion", "lesion", "liver", "left kidney", "right kidney", "bladder",
)  # fmt: skip
_CALIBRATED_AT = datetime(2024, 2, 26, 10, 0, tzinfo=ZoneInfo(ZONE))


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How the scans are reconstructed and calibrated."""

    scatter: str
    psf: bool
    factor: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bed:
    """One bed of one scan: where, when, and which random numbers."""

    centre_mm: float
    start: datetime
    seed: int
    series: int


def prepare(folder: Path, choice: "Choice", *, seed: int = SEED) -> Path:
    """Write the calibration, six scans of two beds, and the case file; return the case's path."""
    from hevesy.simulation import build_virtual_patient

    folder.mkdir(parents=True)
    patient = build_virtual_patient(seed=seed)
    _calibrate(folder, patient.nuclide, seed, choice)
    _scan(patient, folder, seed, SILENT)
    case_path = folder / "case.toml"
    case_path.write_text(_case_text(patient, folder), encoding="utf-8")
    return case_path


def main() -> None:
    """Make the patient, run `hevesy dose`'s work over it, and print found and true."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.raw_patient", description=__doc__)
    parser.add_argument("out", type=Path)
    parser.add_argument("--scatter", default="tew:0.8")
    parser.add_argument("--psf", action="store_true")
    parser.add_argument("--factor", choices=("cylinder", "sphere"), default="cylinder")
    given = parser.parse_args()
    choice = Choice(scatter=given.scatter, psf=given.psf, factor=given.factor)
    path = prepare(given.out, choice)
    result = run_dose(path, given.out / "results")
    truth = true_decays()
    for region in result.regions:
        true = truth[region.name]
        print(
            f"{region.name:14s} {region.tia_mbq_h:9.1f} ± {region.tia_uncertainty_mbq_h:7.1f} "
            f"MBq h, true {true:9.1f} ({100 * (region.tia_mbq_h / true - 1):+.1f} %)"
        )


def true_decays() -> dict[str, float]:
    """True TIA of each region, MBq h."""
    from hevesy.simulation import build_virtual_patient, true_tia_bq_s

    return {
        name: found / 3.6e9
        for name, found in true_tia_bq_s(build_virtual_patient(seed=SEED)).items()
    }


def _geometry(centre_mm: float) -> ViewGeometry:
    """Two heads that face each other, on a circle."""
    steps = np.arange(_VIEWS_PER_HEAD) * 180.0 / _VIEWS_PER_HEAD
    camera = get_camera(CAMERA)
    return ViewGeometry(
        angles_deg=np.concatenate([steps, steps + 180.0]),
        radii_mm=np.full(_HEADS * _VIEWS_PER_HEAD, _RADIUS_MM),
        shape=(_ROWS, camera.matrix[1]),
        pixel_mm=camera.pixel_mm,
        axial_centre_mm=centre_mm,
    )


def _acquire(
    path: Path,
    activity: Volume,
    ct: Volume,
    nuclide: Nuclide,
    bed: _Bed,
    identity: StudyIdentity,
    *,
    given_bq: float,
    given_at: datetime,
    frame_of_reference: str,
) -> None:
    """Count one bed and write its raw NM."""
    from hevesy.simulation import record_counts, simulate_projections

    camera = get_camera(CAMERA)
    starts = np.tile(np.arange(_VIEWS_PER_HEAD) * _VIEW_S, _HEADS)
    expected = simulate_projections(
        activity,
        ct,
        camera,
        nuclide,
        _geometry(bed.centre_mm),
        (PEAK, LOWER, UPPER),
        view_seconds=np.full(starts.size, _VIEW_S),
        view_starts_s=starts,
    )
    counted = record_counts(expected, dead_time_s=camera.detector.dead_time_s, seed=bed.seed)
    write_projections(
        path,
        counted,
        RawAcquisition(
            start=bed.start,
            nuclide=nuclide.name,
            half_life_s=nuclide.half_life_s,
            administered_bq=given_bq,
            administered_at=given_at,
            heads=_HEADS,
            collimator=camera.collimator.name,
            model=camera.name,
        ),
        identity=identity,
        frame_of_reference=frame_of_reference,
        series_number=bed.series,
    )


def _calibrate(folder: Path, nuclide: Nuclide, seed: int, choice: Choice) -> None:
    """Scan the phantom, reconstruct it and make ``record.json`` of it."""
    from hevesy.dicom import seeded_uid

    place = folder / "calibration"
    place.mkdir()
    phantom = build_calibration_phantom(stock_bq_per_ml=_STOCK_BQ_PER_ML)
    write_volume(place / "ct.nii.gz", phantom.ct)
    identity = StudyIdentity(
        patient_id="PHANTOM-1",
        patient_name="Phantom^Spheres",
        study_start=_CALIBRATED_AT,
        study_description="Calibration phantom (no person)",
        seed=f"demo {seed} calibration",
    )
    total_bq = float(phantom.activity.values.sum()) * phantom.activity.grid.voxel_volume_ml
    _acquire(
        place / "bed_1.dcm",
        phantom.activity,
        phantom.ct,
        nuclide,
        _Bed(centre_mm=0.0, start=_CALIBRATED_AT, seed=1000 * seed, series=1),
        identity,
        given_bq=total_bq,
        given_at=_CALIBRATED_AT - timedelta(minutes=1),
        frame_of_reference=seeded_uid(f"demo {seed} calibration", "frame"),
    )
    request = ReconstructRequest(
        beds=(place / "bed_1.dcm",),
        ct=place / "ct.nii.gz",
        iterations=_ITERATIONS,
        subsets=_SUBSETS,
        peak_kev=(PEAK.lower_kev, PEAK.upper_kev),
        scatter=choice.scatter,
        scatter_smoothing_mm=_SMOOTHING_MM,
        point_spread=get_camera(CAMERA).point_spread(155.0) if choice.psf else None,
        postfilter_mm=_POSTFILTER_MM,
        zone=ZoneInfo(ZONE),
    )
    found = run_spect_reconstruct(request, place / "image")
    grid = read_volume(place / "image" / "spect.nii.gz", quantity=Quantity.COUNTS).grid
    write_volume(place / "labels.nii.gz", phantom.labels(grid))
    text = _plan_text(phantom, found["mean_view_seconds"], nuclide, choice)
    (place / "plan.toml").write_text(text, encoding="utf-8")
    run_spect_calibrate(place / "plan.toml", folder / "record.json")


def _plan_text(
    phantom: CalibrationPhantom, counted_s: float, nuclide: Nuclide, choice: Choice
) -> str:
    """Write the calibration's plan, as a site would."""
    camera = get_camera(CAMERA)
    spread = camera.point_spread(155.0)
    shown = f"{spread.slope_mm_per_mm:.6g}:{spread.at_face_mm:.6g}:{spread.intrinsic_mm:.6g}"
    psf = [f'psf = "{shown}"'] if choice.psf else []
    day = _CALIBRATED_AT.date()
    moment = _CALIBRATED_AT.replace(tzinfo=None).isoformat()
    spheres_ml = sum(np.pi / 6 * across**3 for across in phantom.diameters_mm) / 1e3
    stock_bq = phantom.stock_bq_per_ml * 1000.0
    water_bq = phantom.background_bq_per_ml * phantom.water_ml
    total_bq = phantom.stock_bq_per_ml * spheres_ml + water_bq
    voxel = ", ".join(f'"{step:g} mm"' for step in (camera.pixel_mm[0], *[camera.pixel_mm[1]] * 2))
    when = [f"at = {moment}", f"start = {moment}", f'duration = "{counted_s:.6g} s"']
    lines = [
        "# A phantom of hot spheres in warm water, simulated. ",
        f'version = "{day.isoformat()}"',
        f'scanner = "{camera.name}"',
        f'collimator = "{camera.collimator.name}"',
        f'nuclide = "{nuclide.name}"',
        f'timezone = "{ZONE}"',
        f"made = {day.isoformat()}",
        f"expires = {day.replace(year=day.year + 1).isoformat()}",
        f'factor_from = ["{choice.factor}"]',
        'recovery_model = "blurred-sphere"  # which says how wide the image blurs',
        "",
        "[windows]",
        *(
            f"{name} = [{window.lower_kev:g}, {window.upper_kev:g}]"
            for name, window in (("peak", PEAK), ("lower", LOWER), ("upper", UPPER))
        ),
        f'scatter = "{choice.scatter}"',
        f'smoothing = "{_SMOOTHING_MM:g} mm"',
        "",
        "[reconstruction]",
        f"iterations = {_ITERATIONS}",
        f"subsets = {_SUBSETS}",
        *psf,
        f'postfilter = "{_POSTFILTER_MM:g} mm"',
        f"voxel = [{voxel}]",
        "",
        "[dose_calibrator]",
        'name = "virtual chamber"',
        'traceable_to = "the truth"',
        'uncertainty = "2 %"',
        "",
        "[dead_time]",
        f'value = "{1e6 * camera.detector.dead_time_s:g} us"',
        'uncertainty = "0.2 us"',
        "",
        "[[cylinder]]",
        'image = "image/spect.nii.gz"',
        f'activity = "{total_bq / 1e6:.8g} MBq"',
        *when,
        "",
        "[[spheres]]",
        'image = "image/spect.nii.gz"',
        'labels = "labels.nii.gz"',
        f'activity = "{stock_bq / 1e6:.8g} MBq"',
        *when,
        "stock_ml = 1000.0",
        f'background_activity = "{water_bq / 1e6:.8g} MBq"',
        f"background_ml = {phantom.water_ml:.8g}",
        'margin = "16 mm"',
        'shell = "10 mm"',
        'fwhm = "12 mm"',
        'least_for_factor = "28 mm"',
    ]
    for number, across in enumerate(phantom.diameters_mm, start=1):
        lines += ["", "[[spheres.sphere]]", f"label = {number}", f'diameter = "{across:g} mm"']
    return "\n".join([*lines, ""])


def _scan(patient: "VirtualPatient", folder: Path, seed: int, control: Control) -> None:
    """Scan the patient in two beds at each of the trial's times; write raw NM, CT and regions."""
    from hevesy.simulation import (
        SCAN_HOURS,
        activity_bq_per_ml,
        frame_uid,
        move_patient,
        render_ct,
        scan_position,
    )

    for scan, hours in enumerate(SCAN_HOURS, start=1):
        start = TIME_ZERO + timedelta(hours=hours)
        identity = virtual_identity(scan, start, seed)
        frame = frame_uid(seed, scan)
        lying = move_patient(patient, scan_position(scan, seed), frame_of_reference=frame)
        place = folder / f"scan_{scan}"
        ct = render_ct(lying, seed=scan)
        write_anatomy(lying, ct, place, identity, with_regions=scan == 1)
        for number, centre_mm in enumerate(_BED_CENTRES_MM, start=1):
            late_s = (number - 1) * (_VIEWS_PER_HEAD * _VIEW_S + _BETWEEN_BEDS_S)
            begin = start + timedelta(seconds=late_s)
            _acquire(
                place / f"bed_{number}.dcm",
                activity_bq_per_ml(lying, 3600.0 * hours + late_s),
                ct,
                patient.nuclide,
                _Bed(
                    centre_mm=centre_mm,
                    start=begin,
                    seed=1000 * seed + 10 * scan + number,
                    series=number,
                ),
                identity,
                given_bq=patient.net_activity_bq,
                given_at=TIME_ZERO,
                frame_of_reference=frame,
            )
        control.advance(scan, len(SCAN_HOURS))


def _case_text(patient: "VirtualPatient", folder: Path) -> str:
    """Write the case: raw projections, and of the image what the calibration found."""
    from hevesy.simulation import SCAN_HOURS

    recovery = read_calibration(folder / "record.json").recovery
    lines = administration_lines(patient)
    for number in range(1, len(SCAN_HOURS) + 1):
        beds = ", ".join(
            f'"scan_{number}/bed_{bed}.dcm"' for bed in range(1, len(_BED_CENTRES_MM) + 1)
        )
        lines += [
            "",
            "[[scan]]",
            f"projections = [{beds}]",
            'calibration = "record.json"',
            f'ct = "scan_{number}/ct"',
        ]
        if number == 1:
            lines.append('structures = ["scan_1/regions.dcm"]')
    lines += [
        "",
        "[options]",
        'method = "local"',
        f"regions = {list(_REGIONS)}".replace("'", '"'),
        "count_repeats = 0",
        'partial_volume = "gtm"',
        'contour_uncertainty = "0.5 mm"',
        "uptake_phase = true",
        f"seed = {SEED}",
    ]
    if recovery is not None:
        fwhm_mm = float(recovery.parameters[0])
        lines += [
            f'resolution = "{fwhm_mm:.3g} mm"              # of the calibration\'s spheres',
            'resolution_uncertainty = "1 mm"',
        ]
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    main()
