"""Dose to RTDOSE and back, to one step; the 16-bit twin is valid DICOM."""

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
import SimpleITK
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.dicom import DicomContext, read_ct, read_rtdose, write_ct_series, write_rtdose
from hevesy.errors import GridError, HevesyError, ImageFileError, OutputError, QuantityError
from hevesy.images import Grid, Quantity, Volume
from tests.dicom.image_cases import (
    FRAME,
    WHO,
    centres_mm,
    grids,
    random_values,
    sampled_at,
    verify,
    volume,
)

WRITTEN = datetime(2024, 5, 13, 12, tzinfo=UTC)
GRID = Grid.from_spacing((3, 5, 6), spacing_mm=(4, 2, 2), origin_mm=(-7, 11, 13))


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> DicomContext:
    folder = tmp_path_factory.mktemp("image") / "ct"
    write_ct_series(folder, volume(np.zeros(GRID.shape), GRID, Quantity.HU), identity=WHO)
    return read_ct(folder).context


@pytest.mark.parametrize("bits", [16, 32])
@given(grid=grids(), seed=st.integers(0, 2**32 - 1), top=st.floats(1e-6, 1e5))
@settings(max_examples=25, deadline=None)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    context: DicomContext,
    bits: int,
    grid: Grid,
    seed: int,
    top: float,
) -> None:
    path = tmp_path_factory.mktemp("dose") / "rtdose.dcm"
    dose = volume(random_values(grid, seed, top=top), grid, Quantity.GY)
    done = write_rtdose(path, dose, context, written_at=WRITTEN, bits=bits)
    back = read_rtdose(path)
    error = np.abs(sampled_at(back, centres_mm(grid)) - dose.values)
    # rounding is half a step; 1e-15 of the maximum is float64's own
    assert error.max() <= 0.5 * done.step_gy + 1e-15 * top
    # the step is the maximum over the largest integer, rounded up to a decimal string
    assert done.step_gy == pytest.approx(dose.values.max() / (2**bits - 1), rel=1e-8)
    found = back.grid.to_world_mm(np.rint(back.grid.to_index(centres_mm(grid))))
    np.testing.assert_allclose(found, centres_mm(grid), atol=1e-7)
    assert back.frame_of_reference == FRAME
    assert back.quantity is Quantity.GY


@given(grid=grids())
@settings(max_examples=15, deadline=None)
def test_another_reader_sees_the_same_grid(
    tmp_path_factory: pytest.TempPathFactory, context: DicomContext, grid: Grid
) -> None:
    """SimpleITK (GDCM) is independent code; it gives the integers, without the scaling."""
    path = tmp_path_factory.mktemp("dose") / "rtdose.dcm"
    dose = volume(random_values(grid, 1, top=70.0), grid, Quantity.GY)
    done = write_rtdose(path, dose, context, written_at=WRITTEN, bits=16)
    image = SimpleITK.ReadImage(str(path))
    read = read_rtdose(path)
    theirs = SimpleITK.GetArrayFromImage(image) * done.step_gy
    np.testing.assert_allclose(theirs, read.values, rtol=1e-12)
    for index in ((0, 0, 0), tuple(n - 1 for n in read.grid.shape)):
        place = image.TransformIndexToPhysicalPoint([int(i) for i in index[::-1]])
        np.testing.assert_allclose(place, read.grid.to_world_mm(index), atol=1e-4)


def test_the_16_bit_twin_is_valid(context: DicomContext, tmp_path: Path) -> None:
    dose = volume(random_values(GRID, 1, top=70.0), GRID, Quantity.GY)
    done = write_rtdose(
        tmp_path / "d.dcm", dose, context, written_at=WRITTEN, bits=16, heterogeneity="IMAGE"
    )
    verify(done.path)


def test_both_widths_differ_in_their_pixels_only(context: DicomContext, tmp_path: Path) -> None:
    """dciodvfy cannot read 32-bit pixels: what it says of the twin holds for all else."""
    dose = volume(random_values(GRID, 1, top=70.0), GRID, Quantity.GY)
    headers = []
    for bits in (16, 32):
        path = tmp_path / f"{bits}.dcm"
        write_rtdose(path, dose, context, written_at=WRITTEN, bits=bits)
        headers.append(pydicom.dcmread(path))
    differing = {
        element.keyword for element in headers[0] if headers[1][element.tag].value != element.value
    }
    assert {element.tag for element in headers[0]} == {element.tag for element in headers[1]}
    assert differing == {
        "SOPInstanceUID", "SeriesInstanceUID", "BitsAllocated", "BitsStored", "HighBit",
        "DoseGridScaling", "PixelData",
    }  # fmt: skip


def test_it_joins_the_study_of_the_image(context: DicomContext, tmp_path: Path) -> None:
    dose = volume(random_values(GRID, 1, top=70.0), GRID, Quantity.GY)
    write_rtdose(tmp_path / "d.dcm", dose, context, written_at=WRITTEN)
    header = pydicom.dcmread(tmp_path / "d.dcm")
    assert header.StudyInstanceUID == WHO.study_uid
    assert header.PatientID == WHO.patient_id
    assert header.FrameOfReferenceUID == FRAME
    assert (header.DoseUnits, header.DoseType) == ("GY", "PHYSICAL")
    assert header.InstanceCreationTime == "140000"  # 12 h UTC in the study's +0200
    images = header.PlanOverviewSequence[0].ReferencedImageSequence
    assert len(images) == GRID.shape[0]


@pytest.mark.parametrize("character_set", ["ISO_IR 100", "ISO_IR 192", None])
def test_names_in_any_character_set_are_carried_over(
    tmp_path: Path, character_set: str | None
) -> None:
    header = pydicom.Dataset()
    if character_set is not None:
        header.SpecificCharacterSet = character_set
    header.PatientName, header.FrameOfReferenceUID = "Müßig^Zoë", FRAME
    header.TimezoneOffsetFromUTC = "nonsense"
    image = DicomContext.from_header(header, grid=GRID, slices=())
    dose = volume(random_values(GRID, 1, top=70.0), GRID, Quantity.GY)
    write_rtdose(tmp_path / "d.dcm", dose, image, written_at=WRITTEN)
    assert str(pydicom.dcmread(tmp_path / "d.dcm").PatientName) == "Müßig^Zoë"


def test_the_same_dose_gives_the_same_bytes_and_another_dose_other_uids(
    context: DicomContext, tmp_path: Path
) -> None:
    dose = volume(random_values(GRID, 1, top=70.0), GRID, Quantity.GY)
    one = write_rtdose(tmp_path / "1.dcm", dose, context, written_at=WRITTEN)
    two = write_rtdose(tmp_path / "2.dcm", dose, context, written_at=WRITTEN)
    assert one.path.read_bytes() == two.path.read_bytes()
    other = volume(dose.values[::-1], GRID, Quantity.GY)
    three = write_rtdose(tmp_path / "3.dcm", other, context, written_at=WRITTEN)
    assert three.sop_instance_uid != one.sop_instance_uid


@pytest.mark.parametrize("value", [0.0, 1e-12, 1e9])
def test_a_uniform_dose_of_any_size(context: DicomContext, tmp_path: Path, value: float) -> None:
    dose = volume(np.full(GRID.shape, value), GRID, Quantity.GY)
    done = write_rtdose(tmp_path / "d.dcm", dose, context, written_at=WRITTEN)
    assert done.step_gy > 0
    assert np.abs(read_rtdose(done.path).values - value).max() <= done.step_gy


def test_one_plane_is_a_grid_too(context: DicomContext, tmp_path: Path) -> None:
    grid = Grid.from_spacing((1, 5, 6), spacing_mm=(4, 2, 2))
    dose = volume(random_values(grid, 1, top=1.0), grid, Quantity.GY)
    done = write_rtdose(tmp_path / "d.dcm", dose, context, written_at=WRITTEN)
    assert read_rtdose(done.path).grid.matches(grid)


def test_absolute_and_descending_offsets_are_read(context: DicomContext, tmp_path: Path) -> None:
    """The second form of C.8.8.3.2 holds z itself; some planning systems count downwards."""
    dose = volume(random_values(GRID, 1, top=1.0), GRID, Quantity.GY)
    done = write_rtdose(tmp_path / "d.dcm", dose, context, written_at=WRITTEN)
    before = read_rtdose(done.path)
    header = pydicom.dcmread(done.path)
    header.GridFrameOffsetVector = [13, 17, 21]
    header.save_as(done.path)
    assert read_rtdose(done.path).grid.matches(before.grid)
    header.GridFrameOffsetVector = [0, -4, -8]
    header.ImagePositionPatient = [-7, 11, 21]
    header.save_as(done.path)
    turned = read_rtdose(done.path)
    assert turned.grid.matches(before.grid)
    np.testing.assert_array_equal(turned.values, before.values[::-1])


@pytest.mark.parametrize(
    ("attributes", "error", "message"),
    [
        ({"DoseUnits": "RELATIVE"}, QuantityError, "units RELATIVE"),
        ({"DoseType": "EFFECTIVE"}, QuantityError, "type EFFECTIVE"),
        ({"DoseGridScaling": None}, QuantityError, "scaling None"),
        ({"GridFrameOffsetVector": [0, 4]}, ImageFileError, "3 frames, 2 offsets"),
        ({"GridFrameOffsetVector": [0, 4, 9]}, GridError, "not equally spaced|misses"),
        ({"SOPClassUID": "1.2.840.10008.5.1.4.1.1.2"}, ImageFileError, "no RTDOSE"),
    ],
)
def test_other_doses_are_refused(
    context: DicomContext,
    tmp_path: Path,
    attributes: dict[str, object],
    error: type[HevesyError],
    message: str,
) -> None:
    dose = volume(random_values(GRID, 1, top=1.0), GRID, Quantity.GY)
    done = write_rtdose(tmp_path / "d.dcm", dose, context, written_at=WRITTEN)
    header = pydicom.dcmread(done.path)
    for keyword, value in attributes.items():
        setattr(header, keyword, value)
    header.save_as(done.path)
    with pytest.raises(error, match=message):
        read_rtdose(done.path)


def test_what_is_not_written(context: DicomContext, tmp_path: Path) -> None:
    values = random_values(GRID, 1, top=1.0)
    path = tmp_path / "d.dcm"
    negative = values.copy()
    negative[0, 0, 0] = -1e-9
    with pytest.raises(QuantityError, match="below 0"):
        write_rtdose(path, volume(negative, GRID, Quantity.GY), context, written_at=WRITTEN)
    with pytest.raises(QuantityError, match="does not hold"):
        write_rtdose(path, volume(values, GRID, Quantity.HU), context, written_at=WRITTEN)
    with pytest.raises(OutputError, match="8 bits"):
        write_rtdose(path, volume(values, GRID, Quantity.GY), context, written_at=WRITTEN, bits=8)
    elsewhere = Volume(values=values, grid=GRID, quantity=Quantity.GY, frame_of_reference="1.2.3.4")
    with pytest.raises(GridError, match="different frames of reference"):
        write_rtdose(path, elsewhere, context, written_at=WRITTEN)
    assert list(tmp_path.iterdir()) == []


def test_an_image_without_a_frame_of_reference_takes_no_dose(tmp_path: Path) -> None:
    nowhere = DicomContext.from_header(pydicom.Dataset(), grid=GRID, slices=())
    dose = volume(random_values(GRID, 1, top=1.0), GRID, Quantity.GY)
    with pytest.raises(GridError, match="no frame of reference"):
        write_rtdose(tmp_path / "d.dcm", dose, nowhere, written_at=WRITTEN)
