"""Raw projections for the demonstration, and a calibration made from them, as a site would."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import numpy as np

from hevesy.camera import EnergyWindow, ViewGeometry, get_camera
from hevesy.files import read_volume, write_volume
from hevesy.images import Quantity, Volume
from hevesy.nuclides import Nuclide
from hevesy.progress import SILENT, Control
from hevesy.workflows.demo import ZONE
from hevesy.workflows.spect.calibrate import run_spect_calibrate
from hevesy.workflows.spect.reconstruct import run_spect_reconstruct
from hevesy.workflows.spect.request import ReconstructRequest

if TYPE_CHECKING:
    from hevesy.dicom import StudyIdentity
    from hevesy.simulation import CalibrationPhantom

__all__ = ["RawBedPlan", "RawChoice", "acquire_bed", "calibrate_raw"]

CAMERA = "siemens-symbia-he"
PEAK, LOWER, UPPER = (
    EnergyWindow(lower_kev=low, upper_kev=high)
    for low, high in ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5))
)
HEADS, VIEWS_PER_HEAD, VIEW_S = 2, 30, 20.0
_ROWS = 80  # of 4.8 mm: the field of the Symbia along the axis
_RADIUS_MM = 210.0
# Without the resolution in the model the image blurs evenly, which the transfer matrix undoes.
_ITERATIONS, _SUBSETS = 4, 10
_POSTFILTER_MM, _SMOOTHING_MM = 5.0, 15.0
_STOCK_BQ_PER_ML = 6.0e5
_CALIBRATED_AT = datetime(2024, 2, 26, 10, 0, tzinfo=ZoneInfo(ZONE))


@dataclass(frozen=True, slots=True, kw_only=True)
class RawChoice:
    """How the scans are reconstructed and calibrated.

    Parameters
    ----------
    scatter : str
        As in `ReconstructRequest`.
    psf : bool
        Whether the resolution is in the model.
    factor : {"cylinder", "sphere"}
        What the calibration's factor comes from.
    """

    scatter: str = f"model:{CAMERA}"
    psf: bool = False
    factor: str = "cylinder"


@dataclass(frozen=True, slots=True, kw_only=True)
class RawBedPlan:
    """One bed of one scan: where, when, and which random numbers.

    Parameters
    ----------
    centre_mm : float
        z of its middle.
    start : datetime
    seed : int
    series : int
        DICOM's number.
    """

    centre_mm: float
    start: datetime
    seed: int
    series: int


def _smoothing_mm(choice: RawChoice) -> float:
    """A model's scatter needs none."""
    return 0.0 if choice.scatter.startswith("model") else _SMOOTHING_MM


def _geometry(centre_mm: float) -> ViewGeometry:
    """Two heads that face each other, on a circle."""
    steps = np.arange(VIEWS_PER_HEAD) * 180.0 / VIEWS_PER_HEAD
    camera = get_camera(CAMERA)
    return ViewGeometry(
        angles_deg=np.concatenate([steps, steps + 180.0]),
        radii_mm=np.full(HEADS * VIEWS_PER_HEAD, _RADIUS_MM),
        shape=(_ROWS, camera.matrix[1]),
        pixel_mm=camera.pixel_mm,
        axial_centre_mm=centre_mm,
    )


def acquire_bed(
    path: Path,
    activity: Volume,
    ct: Volume,
    nuclide: Nuclide,
    bed: RawBedPlan,
    identity: "StudyIdentity",
    *,
    given_bq: float,
    given_at: datetime,
    frame_of_reference: str,
) -> None:
    """Count one bed and write its raw NM.

    Parameters
    ----------
    path : Path
    activity, ct : Volume
        BQ_PER_ML at the bed's start; HU.
    nuclide : Nuclide
    bed : RawBedPlan
    identity : StudyIdentity
    given_bq : float
        Activity given, Bq.
    given_at : datetime
    frame_of_reference : str
    """
    from hevesy.dicom import RawAcquisition, write_projections
    from hevesy.simulation import record_counts, simulate_projections

    camera = get_camera(CAMERA)
    starts = np.tile(np.arange(VIEWS_PER_HEAD) * VIEW_S, HEADS)
    expected = simulate_projections(
        activity,
        ct,
        camera,
        nuclide,
        _geometry(bed.centre_mm),
        (PEAK, LOWER, UPPER),
        view_seconds=np.full(starts.size, VIEW_S),
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
            heads=HEADS,
            collimator=camera.collimator.name,
            model=camera.name,
        ),
        identity=identity,
        frame_of_reference=frame_of_reference,
        series_number=bed.series,
    )


def calibrate_raw(
    folder: Path, nuclide: Nuclide, seed: int, choice: RawChoice, control: Control = SILENT
) -> None:
    """Scan the phantom, reconstruct it and make ``record.json`` of it.

    Parameters
    ----------
    folder : Path
        Gets ``record.json`` and, in ``calibration``, what it was made from.
    nuclide : Nuclide
    seed : int
        Of the noise.
    choice : RawChoice
    control : Control
    """
    from hevesy.dicom import StudyIdentity, seeded_uid
    from hevesy.simulation import build_calibration_phantom

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
    acquire_bed(
        place / "bed_1.dcm",
        phantom.activity,
        phantom.ct,
        nuclide,
        RawBedPlan(centre_mm=0.0, start=_CALIBRATED_AT, seed=1000 * seed, series=1),
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
        scatter_smoothing_mm=_smoothing_mm(choice),
        point_spread=get_camera(CAMERA).point_spread(155.0) if choice.psf else None,
        postfilter_mm=_POSTFILTER_MM,
        zone=ZoneInfo(ZONE),
    )
    found = run_spect_reconstruct(request, place / "image", control=control)
    grid = read_volume(place / "image" / "spect.nii.gz", quantity=Quantity.COUNTS).grid
    write_volume(place / "labels.nii.gz", phantom.labels(grid))
    text = _plan_text(phantom, found["mean_view_seconds"], nuclide, choice)
    (place / "plan.toml").write_text(text, encoding="utf-8")
    run_spect_calibrate(place / "plan.toml", folder / "record.json")


def _plan_text(
    phantom: "CalibrationPhantom", counted_s: float, nuclide: Nuclide, choice: RawChoice
) -> str:
    """Write the calibration's plan, as a site would."""
    camera = get_camera(CAMERA)
    spread = camera.point_spread(155.0)
    shown = f"{spread.slope_mm_per_mm:.6g}:{spread.at_face_mm:.6g}:{spread.intrinsic_mm:.6g}"
    psf = [f'psf = "{shown}"'] if choice.psf else []
    day = _CALIBRATED_AT.date()
    moment = _CALIBRATED_AT.replace(tzinfo=None).isoformat()
    spheres_ml = sum(np.pi / 6 * across**3 for across in phantom.diameters_mm) / 1e3
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
        f'smoothing = "{_smoothing_mm(choice):g} mm"',
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
    ]
    return "\n".join([*lines, *_spheres_lines(phantom, when), ""])


def _spheres_lines(phantom: "CalibrationPhantom", when: list[str]) -> list[str]:
    """Write the plan's spheres, filled from one stock, in warm water."""
    stock_bq = phantom.stock_bq_per_ml * 1000.0
    water_bq = phantom.background_bq_per_ml * phantom.water_ml
    lines = [
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
    return lines
