"""Nuclides as vendors and the standard write them; activities in the right unit."""

from datetime import UTC, datetime

import pytest
from pydicom.dataset import Dataset
from pydicom.sr._concepts_dict import concepts

from hevesy.dicom.radiopharmaceutical import (
    RadiopharmaceuticalTags,
    parse_radionuclide,
    radionuclide_code,
    read_radiopharmaceutical,
)
from hevesy.dicom.times import DicomClock
from tests.dicom.image_cases import PARIS

ISOTOPES = {  # DICOM PS3.16 CID 18, as pydicom ships it
    (scheme, code): meaning
    for scheme, words in concepts.items()
    for coded in words.values()
    for code, (meaning, groups) in coded.items()
    if 18 in groups
}


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("177 Lutetium", "Lu-177"),  # Siemens xSPECT Quant
        ("^177^Lutetium", "Lu-177"),  # CID 18
        ("188^Rhenium", "Re-188"),
        ("Re-188", "Re-188"),
        ("RE188", "Re-188"),
        ("188Re", "Re-188"),
        ("[188Re]Re", "Re-188"),
        ("Rhenium 186", "Re-186"),
        ("90Y", "Y-90"),
        ("Y-90 microspheres", "Y-90"),
        ("166 Holmium", "Ho-166"),
        ("^99m^Technetium", "Tc-99m"),
        ("Tc99m", "Tc-99m"),
        ("Tc-99m", "Tc-99m"),
        ("99mTc", "Tc-99m"),
        ("I-131", "I-131"),
        ("131 Iodine", "I-131"),
        ("Iodine^131^", "I-131"),
        ("^32^Phosphorus", "P-32"),
        ("F-18", "F-18"),
        ("", None),
        ("Lutetium", None),
        ("Solution", None),
        ("177Lu and 99mTc", None),
        ("Lu-177 DOTATATE 7.4 GBq", "Lu-177"),
    ],
)
def test_spellings(text: str, name: str | None) -> None:
    assert parse_radionuclide(text) == name


def test_every_isotope_of_the_standard_is_understood() -> None:
    assert len(ISOTOPES) > 30
    rare = {"Barium", "Cobalt", "Ruthenium", "Sodium", "Tantalum", "Potassium", "Cesium"}
    missed = [
        meaning
        for meaning in ISOTOPES.values()
        if parse_radionuclide(meaning) is None and not any(word in meaning for word in rare)
    ]
    assert missed == []


@pytest.mark.parametrize("name", ["Re-188", "Re-186", "Lu-177", "Y-90", "Ho-166", "I-131", "P-32"])
def test_codes_are_those_of_the_standard(name: str) -> None:
    code, scheme, meaning = radionuclide_code(name)
    assert ISOTOPES[scheme, code] == meaning
    assert parse_radionuclide(meaning) == name


def test_a_nuclide_outside_the_standard_has_a_code_of_its_own() -> None:
    assert radionuclide_code("W-188") == ("W-188", "99HEVESY", "^188^Tungsten")
    assert parse_radionuclide("^188^Tungsten") == "W-188"


def header(modality: str, **attributes: object) -> Dataset:
    ds, item = Dataset(), Dataset()
    ds.Modality = modality
    for keyword, value in attributes.items():
        setattr(item, keyword, value)
    ds.RadiopharmaceuticalInformationSequence = [item]
    return ds


def read(ds: Dataset) -> RadiopharmaceuticalTags:
    return read_radiopharmaceutical(ds, DicomClock(ds, PARIS))


@pytest.mark.parametrize(
    ("modality", "dose", "expected_bq", "warned"),
    [
        ("NM", "7210", 7.21e9, False),  # MBq, as C.8.4.10.1.7 has it
        ("PT", "7210425599", 7210425599, False),  # Bq, as C.8.9.2 has it
        ("NM", "7210000000", 7.21e9, True),
        ("PT", "7210", 7.21e9, True),
        ("NM", "0", None, False),
    ],
)
def test_administered_activity(
    modality: str, dose: str, expected_bq: float | None, warned: bool
) -> None:
    ds = header(modality, RadionuclideTotalDose=dose, Radiopharmaceutical="177Lu DOTATATE")
    tags = read(ds)
    assert tags.administered_bq == expected_bq
    assert any("Total Dose" in w for w in tags.warnings) is warned
    assert tags.radionuclide == "Lu-177"


def test_a_start_time_without_a_date_is_not_read() -> None:
    tags = read(header("PT", RadiopharmaceuticalStartTime="092200"))
    assert tags.administration_time is None
    assert any("no date" in w for w in tags.warnings)


def test_a_start_time_in_the_overlap_is_not_read() -> None:
    tags = read(header("PT", RadiopharmaceuticalStartDateTime="20241027023000"))
    assert tags.administration_time is None
    assert any("overlap" in w for w in tags.warnings)


def test_an_unknown_code_is_no_error() -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "X1", "99SITE", "our nuclide"
    ds = header("NM", RadionuclideCodeSequence=[code], RadionuclideHalfLife="61214.4")
    tags = read(ds)
    assert tags.radionuclide is None
    assert tags.half_life_s == 61214.4
    assert any("radionuclide code" in w for w in tags.warnings)


def test_a_code_without_meaning_is_understood() -> None:
    code = Dataset()
    code.CodeValue, code.CodingSchemeDesignator, code.CodeMeaning = "423578007", "SCT", ""
    tags = read(
        header(
            "NM",
            RadionuclideCodeSequence=[code],
            RadiopharmaceuticalStartDateTime="20240506090500+0200",
        )
    )
    assert tags.radionuclide == "Re-188"
    assert tags.administration_time == datetime(2024, 5, 6, 7, 5, tzinfo=UTC)
