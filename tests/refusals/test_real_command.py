"""Every bad input of the issue's list, through the real command, on a small real patient.

An earlier result lies in the output folder each time, and must lie there unchanged afterwards.
"""

from pathlib import Path

import pytest

from tests.refusals import spoil
from tests.refusals.command import assert_refused, contents, run_process, write_earlier_result
from tests.refusals.spoil import CT_SLICE, NM, PT_SLICE, RTSTRUCT, Spoil, as_pt, case, nifti_case

INJECTION = "time = 2024-03-05T10:00:00\n"
DICOM_CASES: list[tuple[str, Spoil, tuple[str, ...]]] = [
    (
        "a CT slice is missing",
        spoil.removed(CT_SLICE),
        ("scan 1: the CT misses 1 slice", "16.000 mm apart"),
    ),
    (
        "a PT slice is missing",
        as_pt(spoil.removed(PT_SLICE)),
        ("scan 1: the SPECT misses 1 slice",),
    ),
    ("a CT slice twice", spoil.copied_slice(CT_SLICE), ("the CT has two slices at one place",)),
    ("a PT slice twice", as_pt(spoil.copied_slice(PT_SLICE)), ("two slices at one place",)),
    ("unequal CT slices", spoil.moved_slice(CT_SLICE, 1.5), ("the CT is not equally spaced",)),
    ("unequal PT slices", as_pt(spoil.moved_slice(PT_SLICE, 1.5)), ("not equally spaced",)),
    (
        "CT and SPECT in different frames",
        spoil.whole_series("scan_2/ct", FrameOfReferenceUID="1.2.3.4"),
        ("CT and SPECT of scan 2 lie in different frames", 'registration = "rigid"'),
    ),
    ("an unknown unit in NM", spoil.unknown_nm_unit, ("unit is unknown", "SUVbw", "unit =")),
    (
        "an unknown unit in PT",
        as_pt(spoil.whole_series("scan_1/spect", Units="GML")),
        ("unit is unknown", "GML"),
    ),
    ("no injection time", case((INJECTION, "")), ("administration.time is missing",)),
    (
        "a scan before the injection",
        case((INJECTION, INJECTION.replace("T10", "T15"))),
        ("scan 1 begins before the injection's end", "1.00 h before"),
    ),
    (
        "times without a zone",
        case(('timezone = "Europe/Warsaw"\n', "")),
        ("administration.time has no zone", "timezone"),
    ),
    (
        "a time that clocks skip",
        case(("2024-03-05T10:00:00", "2024-03-31T02:30:00")),
        ("administration.time never was in Europe/Warsaw",),
    ),
    (
        "a time that clocks pass twice",
        case(("2024-03-05T10:00:00", "2023-10-29T02:30:00")),
        ("administration.time happened twice in Europe/Warsaw", "offset"),
    ),
    ("a region outside the image", spoil.region_outside, ("region 'liver'", "slice 130")),
    (
        "a region without contours that is asked for",
        spoil.both(
            spoil.region_without_contours,
            spoil.case(('method = "local"\n', 'method = "local"\nregions = ["lesion", "liver"]\n')),
        ),
        ("'liver'", "0 contours"),
    ),
    ("no region with contours", spoil.no_contours, ("no region with closed contours",)),
    ("a region twice in an RTSTRUCT", spoil.two_regions_of_one_name, ("one name", "'liver'")),
    ("a region twice over two files", spoil.one_name_in_two_files, ("scan 1", "'liver'")),
    ("a segment without voxels", spoil.empty_segments, ("'liver'", "empty")),
    (
        "another nuclide than the DICOM's",
        case(('nuclide = "Lu-177"', 'nuclide = "Re-188"')),
        ("scan 1 names another nuclide", "'Lu-177'", "Re-188"),
    ),
    ("an RTSTRUCT of another series", spoil.structures_of_scan_2, ("another series",)),
    ("a truncated NM", spoil.cut(NM), ("nm.dcm", "truncated")),
    ("a truncated CT slice", spoil.cut(CT_SLICE), ("CT0010.dcm", "truncated")),
    ("a truncated RTSTRUCT", spoil.cut(RTSTRUCT), ("regions.dcm", "truncated")),
    ("a file that is not DICOM", spoil.text_instead(CT_SLICE), ("CT0010.dcm", "truncated")),
    (
        "a folder of two patients",
        spoil.copied_slice(CT_SLICE, PatientID="SECRET-ID-TWO"),
        ("the folder holds files of two patients",),
    ),
    (
        "the CT of another patient",
        spoil.ct_of_another_patient,
        ("the SPECT and the CT of scan 1", "two"),
    ),
    ("a truncated case file", spoil.cut("case.toml", 0.42), ("not valid TOML",)),
]
NIFTI_CASES: list[tuple[str, Spoil, tuple[str, ...]]] = [
    ("an unknown unit", nifti_case(('"Bq/mL"', '"Bq/g"')), ("scan[1].unit", "Bq/g", "Bq/mL")),
    ("negative activities", spoil.negative_nifti, ("scan 1 holds negative activities", "-1")),
    ("a truncated NIfTI", spoil.cut("nifti/spect.nii.gz"), ("truncated", "spect.nii.gz")),
    ("a label map elsewhere", spoil.labels_elsewhere, ("is not within the image", "0.0 %")),
    ("an empty label map", spoil.empty_label_map, ("region 'liver'", "the map is empty")),
]


def identify(row: object) -> str:
    return row if isinstance(row, str) else ""


def refuse(patient: Path, name: str, fault: Spoil, words: tuple[str, ...]) -> None:
    fault(patient)
    out = patient.parent / "out"
    write_earlier_result(out)
    before = contents(patient.parent)
    assert_refused(run_process(patient / name, out), words)
    assert contents(patient.parent) == before


@pytest.mark.parametrize(("name", "fault", "words"), DICOM_CASES, ids=identify)
def test_dicom(patient: Path, name: str, fault: Spoil, words: tuple[str, ...]) -> None:
    refuse(patient, "case.toml", fault, words)


@pytest.mark.parametrize(("name", "fault", "words"), NIFTI_CASES, ids=identify)
def test_nifti(patient: Path, name: str, fault: Spoil, words: tuple[str, ...]) -> None:
    refuse(patient, "nifti.toml", fault, words)
