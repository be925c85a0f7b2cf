"""The same patient unspoilt: the command accepts it, so what it refuses is the fault alone."""

import json
import math
from datetime import UTC, timedelta
from pathlib import Path

import jsonschema
import numpy as np
import pydicom
import pytest

from hevesy.dicom import read_rtdose
from hevesy.files import read_volume, result_schema, write_volume
from hevesy.images import Grid, Quantity, Volume
from tests.refusals.command import OUTPUTS, contents, run_here, run_process, write_earlier_result
from tests.refusals.patient import (
    CT_GRID,
    HALF_LIFE_H,
    HOURS,
    IDENTIFIERS,
    PATIENT_ID,
    TIME_ZERO,
)
from tests.refusals.spoil import (
    NM,
    as_pt,
    both,
    case,
    compressed,
    region_without_contours,
    use_seg,
)

MEV_J = 1.602176634e-13
LU177_MEV = 0.14792  # electrons per decay, ICRP-107: betas, conversion and Auger electrons


def read_result(out: Path) -> dict[str, object]:
    result = json.loads((out / "result.json").read_text())
    jsonschema.validate(result, result_schema())
    return dict(result)


def by_name(result: dict[str, object]) -> dict[str, dict[str, float]]:
    return {region["name"]: region for region in result["regions"]}  # type: ignore[attr-defined]


def test_the_patient_is_accepted(patient: Path) -> None:
    out = patient.parent / "out"
    write_earlier_result(out)
    before = contents(patient)
    done = run_process(patient / "case.toml", out)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert {path.name for path in out.iterdir()} == set(OUTPUTS)  # nothing hidden is left
    assert contents(patient) == before
    regions = by_name(read_result(out))
    assert list(regions) == ["lesion", "liver"]
    for region in regions.values():
        scans = region["scans"]
        assert [s["hours_after_administration"] for s in scans] == pytest.approx(HOURS)  # type: ignore[attr-defined]
        # uniform regions: all scans scale alike; half a step of 16 bits is 1e-4 of the liver's
        activity = [s["activity_mbq"] for s in scans]  # type: ignore[attr-defined]
        expected = [2 ** (-(h - HOURS[0]) / HALF_LIFE_H) for h in HOURS]
        assert np.array(activity) / activity[0] == pytest.approx(expected, rel=3e-4)
    dose = read_volume(out / "dose.nii.gz", quantity=Quantity.GY)
    assert dose.grid.matches(CT_GRID)
    rtdose = read_rtdose(out / "rtdose.dcm")
    step = float(dose.values.max()) / 2**31
    np.testing.assert_allclose(rtdose.values, dose.values, atol=step + 1e-7, rtol=1e-6)
    assert pydicom.dcmread(out / "rtdose.dcm").PatientID == PATIENT_ID  # the PACS needs it
    seg = pydicom.dcmread(out / "seg.dcm")
    assert [s.SegmentLabel for s in seg.SegmentSequence] == ["lesion", "liver"]
    assert (out / "report.pdf").read_bytes().startswith(b"%PDF-")
    shown = done.stdout + (out / "report.html").read_text() + (out / "result.json").read_text()
    for word in IDENTIFIERS:
        assert word not in shown


def test_pt_slices_seg_and_an_own_ct_calibration(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (patient / "scanner.csv").write_text("hu,density_g_cm3\n-1000,0.001\n0,1.0\n1000,1.0\n")
    options = 'count_uncertainty = "2 %"\nhu_to_density = "scanner.csv"'
    both(as_pt(use_seg), case(('count_uncertainty = "2 %"', options)))(patient)
    done = run_here(patient / "case.toml", patient.parent / "out", capsys)
    assert done.returncode == 0, done.stderr
    for region in by_name(read_result(patient.parent / "out")).values():
        assert region["mass_g"] == pytest.approx(region["volume_ml"], rel=1e-6)  # 1.0 g/cm3
        first, second = (region["scans"][i]["activity_mbq"] for i in (0, 1))  # type: ignore[index]
        # a PT slice of its own slope beside an NM file: both in steps of 1/65535
        assert second / first == pytest.approx(2 ** (-20 / HALF_LIFE_H), rel=3e-4)


def test_an_undrawn_name_is_left_out_and_said(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    region_without_contours(patient)
    done = run_here(patient / "case.toml", patient.parent / "out", capsys)
    assert done.returncode == 0, done.stderr
    result = read_result(patient.parent / "out")
    assert list(by_name(result)) == ["lesion"]
    said = "scan 1: region 'liver' has no contours: left out"
    assert said in result["warnings"]  # type: ignore[operator]


def test_regions_are_chosen_by_name(patient: Path, capsys: pytest.CaptureFixture[str]) -> None:
    case(('method = "local"', 'method = "local"\nregions = ["liver"]'))(patient)
    done = run_here(patient / "case.toml", patient.parent / "out", capsys)
    assert done.returncode == 0, done.stderr
    assert list(by_name(read_result(patient.parent / "out"))) == ["liver"]


def test_run_length_encoded_images_give_the_same_figures(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def figures(out: str) -> dict[str, object]:
        done = run_here(patient / "case.toml", patient.parent / out, capsys)
        assert done.returncode == 0, done.stderr
        return {
            name: [region[key] for key in ("mass_g", "tia_mbq_h", "mean_dose_gy")]
            for name, region in by_name(read_result(patient.parent / out)).items()
        }

    plain = figures("plain")
    both(compressed(NM), compressed("scan_1/ct"))(patient)
    assert figures("encoded") == plain


def test_nifti_alone_has_no_dicom_to_write(
    patient: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = patient.parent / "out"
    write_earlier_result(out)
    done = run_here(patient / "nifti.toml", out, capsys)
    assert done.returncode == 0, done.stderr
    # nor is the earlier run's RTDOSE left beside this one's dose
    assert {path.name for path in out.iterdir()} == set(OUTPUTS) - {"rtdose.dcm", "seg.dcm"}
    warnings = read_result(out)["warnings"]
    assert any("no RTDOSE and no SEG were written" in text for text in warnings)  # type: ignore[attr-defined]


COURSES = """patient = "P01"
nuclide = "Lu-177"
agent = "DOTATATE"
timezone = "Europe/Warsaw"

[options]
density_g_cm3 = 1.0
count_uncertainty = "2 %"
"""
# Concentration at time zero in Bq/mL and effective half-life in h, of each course.
GIVEN = ((10e3, 60.0), (25e3, 100.0))
COURSE_TEXT = """
[[administration]]
activity = "7 GBq"
kind = "net"
time = {time}
route = "intravenous"
"""
SCAN_TEXT = """
[[scan]]
spect = "{name}"
structures = ["block.nrrd"]
structure_names = {{ 1 = "block" }}
time = {time}
unit = "Bq/mL"
decay_corrected_to = "acquisition"
"""


@pytest.mark.parametrize("days", [100, 5])
def test_repeated_courses_add_up(
    days: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A uniform field after each of two courses: D = sum of C0/lambda E/rho.

    After 5 days the first has left a quarter of itself, which no course counts twice.
    """
    grid = Grid.from_spacing((10, 12, 14), spacing_mm=(5, 5, 5))
    block = np.zeros(grid.shape, dtype=np.uint8)
    block[2:8, 2:10, 2:12] = 1
    write_volume(
        tmp_path / "block.nrrd", Volume(values=block, grid=grid, quantity=Quantity.RELATIVE)
    )
    text = COURSES
    for course, (at_zero, half_life_h) in enumerate(GIVEN):
        zero = TIME_ZERO + timedelta(days=days * course)
        text += COURSE_TEXT.format(time=zero.isoformat())
        for hours in (24, 96):
            name = f"course{course}_{hours}h.nii.gz"
            level = at_zero * 2 ** (-hours / half_life_h)
            if course:
                level += GIVEN[0][0] * 2 ** (-(24 * days + hours) / GIVEN[0][1])
            values = np.full(grid.shape, level)
            image = Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML)
            write_volume(tmp_path / name, image)
            moment = (zero.astimezone(UTC) + timedelta(hours=hours)).isoformat()
            text += SCAN_TEXT.format(name=name, time=moment)
    (tmp_path / "case.toml").write_text(text)
    done = run_here(tmp_path / "case.toml", tmp_path / "out", capsys)
    assert done.returncode == 0, done.stderr
    result = read_result(tmp_path / "out")
    block_result = by_name(result)["block"]
    decays_per_ml = sum(c0 * half_life_h * 3600 / math.log(2) for c0, half_life_h in GIVEN)
    dose_gy = decays_per_ml * LU177_MEV * MEV_J / 1e-3
    # images in 32 bits (6e-8), the energy to 5 digits (3e-5): within 1e-4
    assert block_result["mean_dose_gy"] == pytest.approx(dose_gy, rel=1e-4)
    tia_mbq_h = decays_per_ml * block_result["volume_ml"] / 3.6e9
    assert block_result["tia_mbq_h"] == pytest.approx(tia_mbq_h, rel=1e-4)
    # each voxel for itself, the map in 32 bits: the same number everywhere
    dose = read_volume(tmp_path / "out/dose.nii.gz", quantity=Quantity.GY)
    np.testing.assert_allclose(dose.values, dose_gy, rtol=2e-4)
    assert block_result["voxel_mean_dose_gy"] == pytest.approx(dose_gy, rel=2e-4)
    left = [scan["left_over_mbq"] for scan in block_result["scans"]]  # type: ignore[attr-defined]
    assert left[:2] == [0.0, 0.0]
    ml = block_result["volume_ml"]
    at_first = GIVEN[0][0] * 2 ** (-(24 * days + 24) / GIVEN[0][1]) * ml / 1e6
    assert left[2] == pytest.approx(at_first, rel=1e-4)
    said = [text for text in block_result["warnings"] if "taken off" in text]  # type: ignore[attr-defined]
    assert len(said) == (1 if days == 5 else 0)
    assert "Left from before" in (tmp_path / "out/report.html").read_text()
