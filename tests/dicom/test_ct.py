"""CT series: what is written comes back, and what is broken is refused."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage

from hevesy.dicom import read_ct, seeded_uid, write_ct_series
from hevesy.dicom.atomic_write import write_dataset
from hevesy.errors import GridError, ImageFileError, OutputError, QuantityError
from hevesy.images import Grid, Quantity
from tests.dicom.image_cases import (
    FRAME,
    WHO,
    centres_mm,
    grids,
    sampled_at,
    verify,
    volume,
)

GRID = Grid.from_spacing((4, 5, 6), spacing_mm=(2.5, 0.9, 1.1), origin_mm=(-20.5, 30.25, -700))


def hounsfield(grid: Grid, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-1024, 3072, grid.shape).astype(np.int16)


@pytest.fixture
def series(tmp_path: Path) -> Path:
    folder = tmp_path / "ct"
    write_ct_series(folder, volume(hounsfield(GRID), GRID, Quantity.HU), identity=WHO)
    return folder


def change(folder: Path, z: int, **attributes: object) -> None:
    path = folder / f"CT{z + 1:04d}.dcm"
    dataset = pydicom.dcmread(path)
    for keyword, value in attributes.items():
        setattr(dataset, keyword, value)
    dataset.save_as(path)


@given(grid=grids(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=20, deadline=None)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, grid: Grid, seed: int
) -> None:
    folder = tmp_path_factory.mktemp("ct") / "series"
    written = volume(hounsfield(grid, seed), grid, Quantity.HU)
    write_ct_series(folder, written, identity=WHO)
    image = read_ct(folder)
    assert image.volume.values.dtype == np.int16
    assert image.frame_of_reference == FRAME
    # to the last digit at every voxel centre, whichever way the slices run
    np.testing.assert_array_equal(sampled_at(image.volume, centres_mm(grid)), written.values)
    # decimal strings keep 10 digits of 400 mm
    corners = centres_mm(grid).reshape(-1, 3)
    found = image.volume.grid.to_world_mm(np.rint(image.volume.grid.to_index(corners)))
    np.testing.assert_allclose(found, corners, atol=1e-7)


@given(grid=grids())
@settings(max_examples=15, deadline=None)
def test_another_reader_sees_the_same_geometry(
    tmp_path_factory: pytest.TempPathFactory, grid: Grid
) -> None:
    """SimpleITK (GDCM) is independent code."""
    folder = tmp_path_factory.mktemp("ct") / "series"
    files = write_ct_series(folder, volume(hounsfield(grid), grid, Quantity.HU), identity=WHO)
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames([str(file) for file in files])
    image = reader.Execute()
    read = read_ct(folder).volume
    np.testing.assert_array_equal(SimpleITK.GetArrayFromImage(image), read.values)
    for index in ((0, 0, 0), tuple(n - 1 for n in read.grid.shape)):
        theirs = image.TransformIndexToPhysicalPoint([int(i) for i in index[::-1]])
        np.testing.assert_allclose(theirs, read.grid.to_world_mm(index), atol=1e-4)


def test_fractions_of_a_hounsfield_unit_are_rounded(tmp_path: Path) -> None:
    values = np.random.default_rng(3).uniform(-1000, 2000, GRID.shape)
    write_ct_series(tmp_path / "ct", volume(values, GRID, Quantity.HU), identity=WHO)
    back = read_ct(tmp_path / "ct").volume
    assert np.abs(back.values - values).max() <= 0.5


def test_files_are_valid_dicom(series: Path) -> None:
    verify(series / "CT0001.dcm")


def test_the_same_seed_gives_the_same_bytes(series: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    write_ct_series(again, volume(hounsfield(GRID), GRID, Quantity.HU), identity=WHO)
    for file in series.iterdir():
        assert file.read_bytes() == (again / file.name).read_bytes()


def test_slices_of_the_context_follow_the_grid(series: Path) -> None:
    image = read_ct(series)
    for z, piece in enumerate(image.context.slices):
        np.testing.assert_allclose(piece.position_mm, image.volume.grid.to_world_mm([z, 0, 0]))
        assert piece.sop_instance_uid == seeded_uid(WHO.seed, WHO.study_uid, "CT", "1", str(z))


def test_rescale_slopes_are_applied_slice_by_slice(series: Path) -> None:
    plain = read_ct(series).volume.values
    change(series, 1, RescaleSlope="2.5", RescaleIntercept="-7.25")
    scaled = read_ct(series).volume.values
    assert scaled.dtype == np.float32
    np.testing.assert_array_equal(scaled[1], plain[1] * np.float32(2.5) - np.float32(7.25))
    np.testing.assert_array_equal(scaled[[0, 2, 3]], plain[[0, 2, 3]])


def test_sums_beyond_16_bits_become_floats(series: Path) -> None:
    for z in range(4):
        change(series, z, RescaleIntercept="32000")
    assert read_ct(series).volume.values.max() > 32767


def test_patient_position_does_not_matter(series: Path) -> None:
    before = read_ct(series).volume.grid
    for z in range(4):
        change(series, z, PatientPosition="FFP", InstanceNumber=9 - z, SliceLocation=str(-z))
    assert read_ct(series).volume.grid.matches(before)


def test_a_missing_slice_is_refused(series: Path) -> None:
    (series / "CT0002.dcm").unlink()
    with pytest.raises(GridError, match=r"misses 1 slice between numbers 1 and 2 of 3"):
        read_ct(series)


def test_wide_equal_spacing_is_warned_of(series: Path) -> None:
    assert read_ct(series).warnings == ()
    for name in ("CT0002.dcm", "CT0003.dcm"):
        (series / name).unlink()
    assert read_ct(series).warnings == (
        "the slices of the CT are 2.5 mm thick and 7.5 mm apart: some may be missing",
    )


def test_a_duplicate_slice_is_refused(series: Path) -> None:
    (series / "copy.dcm").write_bytes((series / "CT0002.dcm").read_bytes())
    with pytest.raises(GridError, match="two slices at one place"):
        read_ct(series)


def test_unequal_slices_are_refused(series: Path) -> None:
    change(series, 3, ImagePositionPatient=[-20.5, 30.25, -700 + 7.5 + 0.4])
    with pytest.raises(GridError, match="not equally spaced"):
        read_ct(series)


@pytest.mark.parametrize(
    ("attributes", "message"),
    [
        ({"ImageOrientationPatient": [1, 0, 0, 0, 0, -1]}, "orientation"),
        ({"PixelSpacing": [1, 1]}, "pixel spacing"),
        ({"FrameOfReferenceUID": "1.2.3"}, "Frame of Reference"),
        ({"ImagePositionPatient": None}, "ImagePositionPatient"),
        ({"PixelSpacing": None}, "PixelSpacing"),
    ],
)
def test_a_slice_unlike_the_others_is_refused(
    series: Path, attributes: dict[str, object], message: str
) -> None:
    change(series, 2, **attributes)
    with pytest.raises(GridError, match=message):
        read_ct(series)


def test_a_sheared_series_is_refused(series: Path) -> None:
    for z in range(4):
        change(series, z, ImagePositionPatient=[-20.5, 30.25 + 0.3 * z, -700 + 2.5 * z])
    with pytest.raises(GridError, match="tilted gantry"):
        read_ct(series)


def test_a_scout_in_the_series_is_left_aside(series: Path) -> None:
    change(series, 3, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"])
    assert read_ct(series).volume.grid.shape == (3, 5, 6)


def test_two_series_need_a_choice(series: Path, tmp_path: Path) -> None:
    other = volume(hounsfield(GRID, 2), GRID, Quantity.HU)
    write_ct_series(tmp_path / "ct" / "second", other, identity=WHO, series_number=7)
    with pytest.raises(ImageFileError, match="more than one CT series"):
        read_ct(tmp_path)
    chosen = read_ct(tmp_path, series_uid=seeded_uid(WHO.seed, WHO.study_uid, "CT", "7"))
    np.testing.assert_array_equal(chosen.volume.values, other.values)


def test_a_full_folder_is_not_written_into(series: Path) -> None:
    before = sorted(series.iterdir())
    with pytest.raises(OutputError, match="not empty"):
        write_ct_series(series, volume(hounsfield(GRID), GRID, Quantity.HU), identity=WHO)
    assert sorted(series.iterdir()) == before


def test_what_16_bits_cannot_hold_is_not_written(tmp_path: Path) -> None:
    values = np.full(GRID.shape, 40000.0)
    with pytest.raises(QuantityError, match="16 bits"):
        write_ct_series(tmp_path / "ct", volume(values, GRID, Quantity.HU), identity=WHO)
    assert not (tmp_path / "ct").exists()


def enhanced_ct(path: Path, values: np.ndarray, grid: Grid) -> None:
    """One enhanced multi-frame file; frames in reverse order of position."""
    ds = Dataset()
    WHO.apply(ds)
    ds.SOPClassUID, ds.SOPInstanceUID = EnhancedCTImageStorage, seeded_uid("enhanced")
    ds.SeriesInstanceUID, ds.FrameOfReferenceUID = seeded_uid("enhanced", "series"), FRAME
    ds.Modality, ds.ImageType = "CT", ["ORIGINAL", "PRIMARY", "VOLUME", "NONE"]
    ds.NumberOfFrames, ds.Rows, ds.Columns = grid.shape
    ds.SamplesPerPixel, ds.PhotometricInterpretation = 1, "MONOCHROME2"
    ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
    shared, measures, plane, rescale = Dataset(), Dataset(), Dataset(), Dataset()
    measures.PixelSpacing, measures.SliceThickness = list(grid.spacing_mm[1:]), grid.spacing_mm[0]
    plane.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
    rescale.RescaleSlope, rescale.RescaleIntercept = "1", "-1024"
    shared.PixelMeasuresSequence, shared.PlaneOrientationSequence = [measures], [plane]
    shared.PixelValueTransformationSequence = [rescale]
    ds.SharedFunctionalGroupsSequence = [shared]
    frames = []
    for z in reversed(range(grid.shape[0])):
        frame, position = Dataset(), Dataset()
        position.ImagePositionPatient = list(grid.to_world_mm([z, 0, 0]))
        frame.PlanePositionSequence = [position]
        frames.append(frame)
    ds.PerFrameFunctionalGroupsSequence = frames
    stored = (values[::-1].astype(int) + 1024).astype("<u2")
    ds.add_new("PixelData", "OW", stored.tobytes())
    write_dataset(ds, path)


def test_an_enhanced_ct_is_read(tmp_path: Path) -> None:
    values = hounsfield(GRID)
    enhanced_ct(tmp_path / "ct.dcm", values, GRID)
    image = read_ct(tmp_path / "ct.dcm")
    np.testing.assert_array_equal(image.volume.values, values)
    assert image.volume.grid.matches(GRID)
    assert [piece.frame_number for piece in image.context.slices] == [4, 3, 2, 1]


def test_real_slices_keep_their_geometry(
    shared_data: Callable[[str], Path], tmp_path: Path
) -> None:
    """Every 50th slice of a GE CT of 2.5 mm: equal spacing of 125 mm, feet first."""
    with zipfile.ZipFile(shared_data("ge670_lu177_raw") / "CT_dicom_7slices.zip") as archive:
        archive.extractall(tmp_path)
    image = read_ct(tmp_path)
    assert image.volume.grid.shape == (7, 512, 512)
    assert image.volume.grid.spacing_mm == pytest.approx((125, 0.976562, 0.976562))
    np.testing.assert_allclose(image.volume.grid.origin_mm, [-250, -250, -378])
    reader = SimpleITK.ImageSeriesReader()
    reader.SetFileNames(reader.GetGDCMSeriesFileNames(str(next(tmp_path.iterdir()))))
    theirs = SimpleITK.GetArrayFromImage(reader.Execute())
    np.testing.assert_array_equal(image.volume.values, theirs)
