"""Folders as sites have them: side files, broken files, two patients."""

import shutil
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pydicom
import pytest
from pydicom.uid import MediaStorageDirectoryStorage

from hevesy.dicom import (
    find_dicom_series,
    patient_key,
    read_ct,
    read_spect,
    require_same_patient,
    write_ct_series,
    write_nm_spect,
)
from hevesy.errors import HevesyError, IdentityError, ImageFileError
from hevesy.images import Grid, Quantity
from tests.dicom.image_cases import IDENTIFIERS, PARIS, SCAN, WHO, volume

GRID = Grid.from_spacing((3, 8, 8), spacing_mm=(4, 4, 4))


@pytest.fixture
def study(tmp_path: Path) -> Path:
    """A CT and a SPECT of one patient, in folders of their own."""
    folder = tmp_path / "study"
    zeros = np.zeros(GRID.shape)
    write_ct_series(folder / "ct", volume(zeros, GRID, Quantity.HU), identity=WHO)
    spect = volume(zeros, GRID, Quantity.BQ_PER_ML)
    write_nm_spect(folder / "nm" / "nm.dcm", spect, SCAN, identity=WHO)
    return folder


def test_a_folder_is_searched_below_too(study: Path) -> None:
    ct, nm = find_dicom_series(study)
    assert (ct.modality, len(ct.files)) == ("CT", 3)
    assert (nm.modality, len(nm.files)) == ("NM", 1)
    assert ct.study_uid == nm.study_uid
    assert ct.patient_key == nm.patient_key
    assert read_ct(study).volume.grid.matches(GRID)
    assert read_spect(study).volume.grid.matches(GRID)


def test_one_file_will_do(study: Path) -> None:
    assert [s.modality for s in find_dicom_series(study / "nm" / "nm.dcm")] == ["NM"]


def test_side_files_are_left_aside(study: Path) -> None:
    (study / "ct" / "README.txt").write_text("a note")
    (study / "ct" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0" * 100)
    (study / "ct" / ".hidden").write_bytes(b"\x00" * 10)
    (study / "DICOMDIR").write_bytes(b"not even DICOM")
    assert read_ct(study).volume.grid.shape == GRID.shape


def test_a_media_directory_under_another_name_is_left_aside(study: Path) -> None:
    path = study / "index.dcm"
    shutil.copy(study / "nm" / "nm.dcm", path)
    dataset = pydicom.dcmread(path)
    dataset.file_meta.MediaStorageSOPClassUID = MediaStorageDirectoryStorage
    dataset.save_as(path)
    assert len(find_dicom_series(study)) == 2


def test_files_without_suffix_and_without_preamble_are_read(study: Path) -> None:
    for number, path in enumerate(sorted((study / "ct").iterdir())):
        dataset = pydicom.Dataset(pydicom.dcmread(path))
        bare = path.with_name(f"IM{number:04d}")
        pydicom.dcmwrite(bare, dataset, implicit_vr=True, little_endian=True)
        path.unlink()
        assert bare.read_bytes()[128:132] != b"DICM"
    assert read_ct(study).volume.grid.shape == GRID.shape


@pytest.mark.parametrize("share", [0.001, 0.05, 0.3, 0.6, 0.99])
@pytest.mark.parametrize("name", ["nm.dcm", "nm"])
def test_a_truncated_file_is_refused(study: Path, share: float, name: str) -> None:
    whole = (study / "nm" / "nm.dcm").read_bytes()
    (study / "nm" / "nm.dcm").unlink()
    path = study / "nm" / name
    path.write_bytes(whole[: int(len(whole) * share)])
    for place in (path, study / "nm"):
        with pytest.raises(ImageFileError):
            read_spect(place)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.5, 0.95])
def test_a_truncated_slice_in_a_series_is_refused(study: Path, share: float) -> None:
    path = study / "ct" / "CT0003.dcm"
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(ImageFileError):
        read_ct(study)


def test_a_file_that_claims_to_be_dicom_must_be(study: Path) -> None:
    (study / "ct" / "extra.dcm").write_text("I am a text of some length, " * 20)
    with pytest.raises(ImageFileError, match=r"extra\.dcm"):
        read_ct(study)


def test_a_file_that_is_not_dicom_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "spect.nii"
    path.write_bytes(b"\x5c\x01\x00\x00" * 200)
    with pytest.raises(ImageFileError, match="truncated or is no DICOM"):
        read_spect(path)
    with pytest.raises(ImageFileError, match="no DICOM images here"):
        read_spect(tmp_path)


def test_a_missing_path_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="no such DICOM file or folder"):
        read_ct(tmp_path / "nothing")


@pytest.mark.parametrize(
    "change",
    [
        {"patient_id": "OTHER-1"},
        {"patient_name": "Other^Name"},
        {"patient_birth_date": "19620301"},
    ],
)
def test_two_patients_in_a_folder_are_refused(study: Path, change: dict[str, str]) -> None:
    other = replace(WHO, **change, seed="other")
    spect = volume(np.zeros(GRID.shape), GRID, Quantity.BQ_PER_ML)
    write_nm_spect(study / "other.dcm", spect, SCAN, identity=other)
    with pytest.raises(IdentityError, match="2 patients") as caught:
        read_ct(study)
    assert not any(word in str(caught.value) for word in (*IDENTIFIERS, "OTHER", "Other"))


def test_spelling_does_not_make_two_patients() -> None:
    one, other = pydicom.Dataset(), pydicom.Dataset()
    one.PatientName, other.PatientName = "Doe^Jane", "DOE^JANE^^"
    assert patient_key(one) == patient_key(other)
    require_same_patient(patient_key(one), patient_key(other), what="they")
    other.PatientID = "7"
    with pytest.raises(IdentityError, match="two patients"):
        require_same_patient(patient_key(one), patient_key(other), what="they")


def test_identifiers_are_never_shown(study: Path) -> None:
    image, spect = read_ct(study), read_spect(study, zone=PARIS)
    shown = [repr(image), repr(spect), repr(image.context), repr(spect.context), repr(WHO)]
    shown += [repr(series) for series in find_dicom_series(study)]
    shown += [image.patient_key, *spect.warnings, *image.warnings]
    assert not any(word in text for word in IDENTIFIERS for text in shown)


def test_errors_are_one_line_without_identifiers(study: Path) -> None:
    shutil.copy(study / "ct" / "CT0002.dcm", study / "ct" / "copy")
    (study / "nm" / "nm.dcm").write_bytes((study / "nm" / "nm.dcm").read_bytes()[:1500])
    for read in (read_ct, read_spect):
        with pytest.raises(HevesyError) as caught:
            read(study)
        text = str(caught.value)
        assert "\n" not in text
        assert not any(word in text for word in IDENTIFIERS)


def test_damaged_bytes_give_an_image_or_one_line(study: Path) -> None:
    """Bytes of the header are changed at random; pydicom's own errors must not come through."""
    whole = (study / "nm" / "nm.dcm").read_bytes()
    rng = np.random.default_rng(20240506)
    path = study / "nm" / "nm.dcm"
    said = []
    for _ in range(150):
        damaged = bytearray(whole)
        for place in rng.integers(132, len(whole) - GRID.size * 2, size=3):
            damaged[place] = rng.integers(256)
        path.write_bytes(damaged)
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                read_spect(path, zone=PARIS)
            except HevesyError as error:
                said.append(str(error))
    assert said
    assert not any("\n" in text or word in text for word in IDENTIFIERS for text in said)
