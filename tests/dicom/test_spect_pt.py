"""SPECT written as PT slices, as Siemens' quantitative reconstructions are."""

import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pydicom
import pytest

from hevesy.dicom import read_rtdose, read_spect, write_rtdose
from hevesy.errors import GridError, ImageFileError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification.decay import DecayTags
from tests.dicom.image_cases import FRAME, PARIS, pt_slices, verify


def test_slopes_are_applied_slice_by_slice(tmp_path: Path) -> None:
    spect = read_spect(pt_slices(tmp_path), zone=PARIS)
    stored = np.arange(15.0).reshape(3, 5)
    for z in range(4):
        np.testing.assert_allclose(spect.volume.values[z], stored * 10.0 ** (z - 1), rtol=1e-6)
    assert spect.volume.grid.spacing_mm == (4.0, 3.0, 2.0)
    assert spect.volume.grid.origin_mm.tolist() == [-10, -20, 30]
    assert spect.volume.quantity is Quantity.BQ_PER_ML
    assert spect.frame_of_reference == FRAME


def test_what_the_file_says_of_the_scan(tmp_path: Path) -> None:
    spect = read_spect(pt_slices(tmp_path), zone=PARIS)
    assert spect.start == datetime(2024, 5, 6, 8, 15, 30, 500000, tzinfo=UTC)
    assert spect.duration_s == 1200
    assert spect.decay_tags == DecayTags(
        decay_correction="START",
        decay_factor=1.0066,
        corrected_for_decay=True,
        frame_reference_time_s=600.0,
        modality="PT",
    )
    assert spect.warnings == ("the SPECT does not say which radiopharmaceutical was given",)


def test_beds_at_different_times_start_with_the_earliest(tmp_path: Path) -> None:
    folder = pt_slices(tmp_path, changes={3: {"AcquisitionTime": "104000", "DecayFactor": "1.01"}})
    spect = read_spect(folder, zone=PARIS)
    assert spect.start == datetime(2024, 5, 6, 8, 15, 30, 500000, tzinfo=UTC)
    assert spect.decay_tags.decay_factor is None
    assert spect.decay_tags.frame_reference_time_s is None
    assert any("acquired over 1469.5 s" in warning for warning in spect.warnings)
    assert any("differ in Decay Factor" in warning for warning in spect.warnings)


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({-1: {"Units": "GML"}}, QuantityError, "unit is unknown: got 'GML'"),
        ({-1: {"Units": None}}, QuantityError, "does not say what its numbers are"),
        ({1: {"Units": "CNTS"}}, QuantityError, "2 units"),
        ({2: {"RescaleSlope": None}}, QuantityError, "no Rescale Slope"),
        ({2: {"DecayCorrection": "ADMIN"}}, QuantityError, "differ in Decay Correction"),
        ({-1: {"PixelRepresentation": 1}}, QuantityError, "negative activities"),
        ({2: {"ImagePositionPatient": [-10, -20, 39]}}, GridError, "not equally spaced"),
        (
            {-1: {"SOPClassUID": "1.2.840.10008.5.1.4.1.1.130"}},
            ImageFileError,
            "enhanced multi-frame PET",
        ),
    ],
)
def test_what_is_refused(
    tmp_path: Path,
    changes: dict[int, dict[str, object]],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        read_spect(pt_slices(tmp_path, changes=changes), zone=PARIS)


def test_unequal_durations_are_not_guessed(tmp_path: Path) -> None:
    spect = read_spect(pt_slices(tmp_path, changes={1: {"ActualFrameDuration": 900000}}))
    assert spect.duration_s is None
    assert any("Actual Frame Duration" in warning for warning in spect.warnings)


def test_a_ct_alone_is_no_spect(tmp_path: Path) -> None:
    folder = pt_slices(tmp_path, changes={-1: {"Modality": "MR"}})
    with pytest.raises(ImageFileError, match=r"no SPECT reconstruction here.*MR"):
        read_spect(folder)


@pytest.fixture(scope="module")
def intevo(shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("intevo")
    source = shared_data("intevo16_lu177_spect") / "SCAN_001_SPECT_PT_dicom.zip"
    with zipfile.ZipFile(source) as archive:
        archive.extractall(folder)
    return folder


def test_a_real_quantitative_spect(intevo: Path, tmp_path: Path) -> None:
    """Siemens Symbia Intevo 16, xSPECT Quant; figures from the data set's own description."""
    spect = read_spect(intevo, zone=ZoneInfo("America/Detroit"))
    grid = spect.volume.grid
    assert grid.shape == (199, 256, 256)
    assert grid.spacing_mm == pytest.approx((1.95313,) * 3, abs=1e-5)
    assert spect.volume.quantity is Quantity.BQ_PER_ML
    assert spect.start == datetime(2018, 11, 15, 18, 6, 28, 148000, tzinfo=UTC)  # UTC-5
    assert spect.administration_time == datetime(2018, 11, 15, 14, 22, tzinfo=UTC)
    hours = (spect.start - spect.administration_time).total_seconds() / 3600
    assert hours == pytest.approx(3.7, abs=0.05)
    assert spect.radionuclide == "Lu-177"
    assert spect.administered_bq == pytest.approx(7.210e9, rel=1e-3)
    assert spect.half_life_s == pytest.approx(6.647 * 86400, rel=1e-3)
    assert spect.duration_s == pytest.approx(1506.277)
    assert spect.decay_tags == DecayTags(
        decay_correction="ADMIN",
        decay_factor=1.0,
        corrected_for_decay=True,
        frame_reference_time_s=753.1385,
        modality="PT",
    )
    assert spect.warnings == ()
    # the whole image holds part of what was given, and no more
    activity_bq = float(spect.volume.values.sum(dtype=np.float64)) * grid.voxel_volume_ml
    assert 0.05e9 < activity_bq < 7.21e9
    assert not any(word in repr(spect) for word in ("DOE", "ANON54121"))

    # slices are stored from the feet up: the last file by Instance Number is the first slice
    one = next(file for file in intevo.rglob("*.dcm"))
    header = pydicom.dcmread(one)
    position = np.array(header.ImagePositionPatient, dtype=float)
    z = round(float(grid.to_index(position)[0]))
    np.testing.assert_allclose(
        spect.volume.values[z], header.pixel_array * float(header.RescaleSlope), rtol=1e-6
    )

    # a dose written beside it: valid, in the patient's own study
    dose = Volume(
        values=spect.volume.values[::8, ::8, ::8] * 1e-5,
        grid=_thinned(grid),
        quantity=Quantity.GY,
        frame_of_reference=spect.frame_of_reference,
    )
    done = write_rtdose(
        tmp_path / "d.dcm",
        dose,
        spect.context,
        written_at=datetime(2024, 1, 1, tzinfo=UTC),
        bits=16,
    )
    verify(done.path)
    written = pydicom.dcmread(done.path)
    assert written.StudyInstanceUID == header.StudyInstanceUID
    assert written.PatientID == header.PatientID
    assert np.abs(read_rtdose(done.path).values - dose.values).max() <= done.step_gy


def _thinned(grid: Grid) -> Grid:
    affine = grid.affine.copy()
    affine[:3, :3] *= 8
    z, y, x = (-(-n // 8) for n in grid.shape)
    return Grid(shape=(z, y, x), affine=affine)
