"""`hevesy demo`: a virtual patient written as DICOM, the main job over it, the truth beside it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from hevesy.case import CaseResult, Truth
from hevesy.dose import mean_density, mean_region_dose
from hevesy.files import read_case, staged_output
from hevesy.images import Volume, hu_to_density
from hevesy.progress import SILENT, Control
from hevesy.workflows.compute import compute_case
from hevesy.workflows.dose import OUTPUTS, gather_provenance, write_results
from hevesy.workflows.read_sessions import read_sessions

if TYPE_CHECKING:
    from hevesy.dicom import StudyIdentity
    from hevesy.simulation import SimulatedScan, VirtualPatient

__all__ = [
    "SEED",
    "TIME_ZERO",
    "ZONE",
    "administration_lines",
    "demo_case_text",
    "demo_truth",
    "run_demo",
    "stored_truth",
    "virtual_identity",
    "with_truth",
    "write_anatomy",
]

SEED = 1
ZONE = "Asia/Shanghai"
TIME_ZERO = datetime(2024, 3, 4, 9, 30, tzinfo=ZoneInfo(ZONE))


def run_demo(out_dir: Path, *, seed: int = SEED, control: Control = SILENT) -> CaseResult:
    """Make a virtual patient, write it as DICOM with a case file, and compute its doses.

    Everything that `hevesy dose` does is done: the DICOM is read back, the scans are registered,
    measured and fitted. Only the truth is added at the end.

    Parameters
    ----------
    out_dir : Path
        Gets the files of `hevesy dose`, and in ``input`` the case file and the DICOM.
    seed : int
        Of the patient and of the noise.
    control : Control

    Returns
    -------
    CaseResult
        With the truth of each region.

    Examples
    --------
    >>> run_demo(Path(__file__) / "demo")
    Traceback (most recent call last):
    ...
    hevesy.errors.OutputError: ...
    """
    from hevesy.simulation import build_virtual_patient

    with staged_output(out_dir, owned=(*OUTPUTS, "input")) as stage:
        control.stage("making a virtual patient")
        patient = build_virtual_patient(seed=seed)
        case_path = _write_input(patient, stage.path("input"), seed, control)
        control.stage("reading the scans")
        case = read_case(case_path)
        sessions = read_sessions(case, patient.nuclide, control=control)
        provenance = gather_provenance(case, case_path, patient.nuclide)
        result = compute_case(case, sessions, patient.nuclide, provenance, control=control)
        result = with_truth(result, stored_truth(demo_truth(patient), seed))
        result = _with_body_truth(result, seed)
        return write_results(result, sessions, stage.folder, control=control)


def demo_truth(patient: "VirtualPatient") -> dict[str, Truth]:
    """What is true of each region: decays in closed form, dose by the unblurred map's energy.

    Parameters
    ----------
    patient : VirtualPatient

    Returns
    -------
    dict of str to Truth

    Examples
    --------
    >>> from hevesy.simulation import build_virtual_patient
    >>> truth = demo_truth(build_virtual_patient(seed=1))
    >>> truth["lesion"].mean_dose_gy > 100
    True
    """
    from hevesy.simulation import patient_regions, render_ct, true_tia_bq_s

    density = hu_to_density(render_ct(patient, seed=0, noise_hu=0.0))
    decays = true_tia_bq_s(patient)
    truth = {}
    for region in patient_regions(patient):
        tia_bq_s = decays[region.name]
        dose = mean_region_dose(
            tia_bq_s,
            volume_ml=region.volume_ml,
            density_g_per_cm3=mean_density(density, region.mask),
            nuclide=patient.nuclide,
        )
        truth[region.name] = Truth(tia_mbq_h=tia_bq_s / 3.6e9, mean_dose_gy=dose.mean_dose_gy)
    return truth


def stored_truth(truth: Mapping[str, Truth], seed: int) -> dict[str, Truth]:
    """Replace doses by PENELOPE's over the true activity, where they are stored.

    Parameters
    ----------
    truth : Mapping of str to Truth
    seed : int
        Of the patient.

    Returns
    -------
    dict of str to Truth

    Examples
    --------
    >>> given = {"lesion": Truth(tia_mbq_h=1.0, mean_dose_gy=1.0)}
    >>> "PENELOPE" in stored_truth(given, 1)["lesion"].dose_source
    True
    """
    from hevesy.simulation import read_transported_truth

    stored = read_transported_truth(seed)
    if stored is None:
        return dict(truth)
    return {
        name: replace(
            known, mean_dose_gy=stored.mean_dose_gy[name], dose_source=stored.source[name]
        )
        for name, known in truth.items()
    }


def with_truth(result: CaseResult, truth: Mapping[str, Truth]) -> CaseResult:
    """Return the result with each region's truth beside its figures."""
    regions = tuple(replace(region, truth=truth.get(region.name)) for region in result.regions)
    return replace(result, regions=regions)


def _with_body_truth(result: CaseResult, seed: int) -> CaseResult:
    from hevesy.simulation import read_transported_truth

    stored, rest = read_transported_truth(seed), result.rest_of_body
    if stored is None or rest is None:
        return result
    body = replace(rest.body_in_ct, true_dose_gy=stored.body_mean_dose_gy)
    return replace(result, rest_of_body=replace(rest, body_in_ct=body))


def _write_input(patient: "VirtualPatient", folder: Path, seed: int, control: Control) -> Path:
    from hevesy.simulation import SCAN_HOURS, simulate_session

    control.stage("scanning it, and writing DICOM")
    folder.mkdir()
    for number, hours in enumerate(SCAN_HOURS, start=1):
        scan = simulate_session(patient, scan=number, hours=hours, seed=seed)
        _write_scan(patient, scan, folder / f"scan_{number}", seed)
        control.advance(number, len(SCAN_HOURS))
    path = folder / "case.toml"
    path.write_text(demo_case_text(patient, len(SCAN_HOURS), scan), encoding="utf-8")
    return path


def _write_scan(patient: "VirtualPatient", scan: "SimulatedScan", folder: Path, seed: int) -> None:
    from hevesy.dicom import NmAcquisition, write_nm_spect

    start = TIME_ZERO + timedelta(seconds=scan.start_s)
    identity = virtual_identity(scan.scan, start, seed)
    write_anatomy(patient, scan.ct, folder, identity, with_regions=scan.scan == 1)
    write_nm_spect(
        folder / "spect.dcm",
        scan.spect,
        NmAcquisition(
            start=start,
            duration_s=scan.duration_s,
            nuclide=patient.nuclide.name,
            half_life_s=patient.nuclide.half_life_s,
            administered_bq=patient.net_activity_bq,
            administered_at=TIME_ZERO,
            decay_correction="START",
        ),
        identity=identity,
    )


def virtual_identity(scan: int, start: datetime, seed: int) -> "StudyIdentity":
    """Who the virtual patient is in its files: no person.

    Parameters
    ----------
    scan : int
        Its number.
    start : datetime
        Of the scan; aware.
    seed : int
        From which the identifiers follow.

    Returns
    -------
    StudyIdentity
    """
    from hevesy.dicom import StudyIdentity

    return StudyIdentity(
        patient_id="VIRTUAL-1",
        patient_name="Virtual^Patient",
        study_start=start,
        study_description="Virtual patient (no person)",
        seed=f"demo {seed} scan {scan}",
    )


def write_anatomy(
    patient: "VirtualPatient",
    ct: Volume,
    folder: Path,
    identity: "StudyIdentity",
    *,
    with_regions: bool,
) -> None:
    """Write a scan's CT and, for the first scan, the drawn regions, into a new folder.

    Parameters
    ----------
    patient : VirtualPatient
        As it lies in `ct`.
    ct : Volume
        HU.
    folder : Path
        Is made; gets ``ct`` and ``regions.dcm``.
    identity : StudyIdentity
    with_regions : bool
    """
    from hevesy.dicom import read_ct, write_ct_series, write_rtstruct
    from hevesy.simulation import patient_regions

    folder.mkdir()
    write_ct_series(folder / "ct", ct, identity=identity)
    if with_regions:
        write_rtstruct(
            folder / "regions.dcm",
            patient_regions(patient),
            read_ct(folder / "ct").context,
            written_at=identity.study_start,
        )


def demo_case_text(patient: "VirtualPatient", scans: int, scan: "SimulatedScan") -> str:
    """Write the virtual patient's case file, as a site would.

    Parameters
    ----------
    patient : VirtualPatient
    scans : int
        How many.
    scan : SimulatedScan
        Any of them, for the camera's figures.

    Returns
    -------
    str
    """
    lines = administration_lines(patient)
    for number in range(1, scans + 1):
        lines += [
            "",
            "[[scan]]",
            f'spect = "scan_{number}/spect.dcm"',
            f'ct = "scan_{number}/ct"',
        ]
        if number == 1:
            lines.append('structures = ["scan_1/regions.dcm"]')
    lines += [
        "",
        "[options]",
        'precision = "3 %"                 # of hot voxels; regions are far more precise',
        'compare = ["local", "kernel"]     # the engine itself is chosen: lung is near a lesion',
        f'resolution = "{scan.fwhm_mm:g} mm"',
        'resolution_uncertainty = "0.5 mm"',
        'partial_volume = "gtm"',
        f"counts_per_bq_s = {scan.counts_per_bq_s:g}",
        'calibration_uncertainty = "3 %"',
        'contour_uncertainty = "0.5 mm"',
        "uptake_phase = true               # for organs; a depot has none",
        f"seed = {SEED}",
        "",
    ]
    return "\n".join(lines)


def administration_lines(patient: "VirtualPatient") -> list[str]:
    """Write the case file's head: who, what, when and where it was injected."""
    lines = [
        "# A virtual patient: no person. Written by `hevesy demo`.",
        'patient = "VIRTUAL-1"',
        f'nuclide = "{patient.nuclide.name}"',
        'agent = "ImDendrim (virtual)"',
        f'timezone = "{ZONE}"',
        "",
        "[administration]",
        f'activity = "{patient.net_activity_bq / 1e6:.6g} MBq"',
        'activity_uncertainty = "2 %"',
        'kind = "net"',
        f"time = {TIME_ZERO.replace(tzinfo=None).isoformat()}",
        'route = "intratumoral"',
    ]
    for name, activity_bq in patient.injected_bq.items():
        lines += [
            "",
            "[[administration.injection]]",
            f'lesion = "{name}"',
            f'activity = "{activity_bq / 1e6:.6g} MBq"',
        ]
    return lines
