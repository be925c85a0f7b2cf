"""`hevesy demo --raw`: the virtual patient from raw projections to the report."""

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from hevesy.case import CaseResult
from hevesy.files import read_calibration, read_case, staged_output
from hevesy.progress import SILENT, Control
from hevesy.workflows.compute import compute_case
from hevesy.workflows.demo import (
    SEED,
    TIME_ZERO,
    administration_lines,
    demo_truth,
    stored_truth,
    virtual_identity,
    with_truth,
    write_anatomy,
)
from hevesy.workflows.demo_calibration import (
    VIEW_S,
    VIEWS_PER_HEAD,
    RawBedPlan,
    RawChoice,
    acquire_bed,
    calibrate_raw,
)
from hevesy.workflows.dose import OUTPUTS, gather_provenance, write_results
from hevesy.workflows.read_sessions import read_sessions

if TYPE_CHECKING:
    from hevesy.simulation import VirtualPatient

__all__ = ["run_demo_raw", "write_raw_patient"]

_BED_CENTRES_MM = (60.0, -60.0)
_BETWEEN_BEDS_S = 60.0


def run_demo_raw(out_dir: Path, *, seed: int = SEED, control: Control = SILENT) -> CaseResult:
    """Make a virtual patient's raw projections and a calibration, and compute its doses.

    A phantom and the patient's six scans of two beds are counted by a model of the camera, written
    as raw NM and read back; the phantom gives the calibration record; every image is reconstructed
    with scatter and penetration by the model, and goes the way of `hevesy dose`.

    Parameters
    ----------
    out_dir : Path
        Gets the files of `hevesy dose`, and in ``input`` the case file, the calibration and the
        DICOM.
    seed : int
        Of the patient and of the noise.
    control : Control

    Returns
    -------
    CaseResult
        With the truth of each region.

    Examples
    --------
    >>> run_demo_raw(Path(__file__) / "demo")
    Traceback (most recent call last):
    ...
    hevesy.errors.OutputError: ...
    """
    from hevesy.simulation import build_virtual_patient

    with staged_output(out_dir, owned=(*OUTPUTS, "input")) as stage:
        control.stage("making a virtual patient")
        patient = build_virtual_patient(seed=seed)
        case_path = write_raw_patient(
            patient, stage.path("input"), RawChoice(), seed=seed, control=control
        )
        control.stage("reading the scans")
        case = read_case(case_path)
        sessions = read_sessions(case, patient.nuclide, control=control)
        provenance = gather_provenance(case, case_path, patient.nuclide)
        result = compute_case(case, sessions, patient.nuclide, provenance, control=control)
        result = with_truth(result, stored_truth(demo_truth(patient), seed))
        return write_results(result, sessions, stage.folder, control=control)


def write_raw_patient(
    patient: "VirtualPatient",
    folder: Path,
    choice: RawChoice,
    *,
    seed: int = SEED,
    control: Control = SILENT,
) -> Path:
    """Write the calibration, six scans of two beds, and the case file.

    Parameters
    ----------
    patient : VirtualPatient
    folder : Path
        Is made.
    choice : RawChoice
    seed : int
        Of the noise.
    control : Control

    Returns
    -------
    Path
        The case file.
    """
    folder.mkdir(parents=True)
    control.stage("scanning a phantom, and calibrating")
    calibrate_raw(folder, patient.nuclide, seed, choice, control)
    control.stage("scanning the patient, and writing raw projections")
    _write_scans(patient, folder, seed, control)
    case_path = folder / "case.toml"
    case_path.write_text(_case_text(patient, folder), encoding="utf-8")
    return case_path


def _write_scans(patient: "VirtualPatient", folder: Path, seed: int, control: Control) -> None:
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
            late_s = (number - 1) * (VIEWS_PER_HEAD * VIEW_S + _BETWEEN_BEDS_S)
            begin = start + timedelta(seconds=late_s)
            acquire_bed(
                place / f"bed_{number}.dcm",
                activity_bq_per_ml(lying, 3600.0 * hours + late_s),
                ct,
                patient.nuclide,
                RawBedPlan(
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
        'precision = "3 %"                 # of hot voxels; regions are far more precise',
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
