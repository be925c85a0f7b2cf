"""Raw projections: what is written comes back, whichever way a camera wrote it."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.dicom import Supplied, read_projections, write_projections
from hevesy.errors import GridError, ImageFileError, InputError, OutputError, QuantityError
from tests.dicom.image_cases import FRAME, IDENTIFIERS, WHO, verify
from tests.dicom.raw_cases import HOW, change, raw, written

ROTATION, DETECTOR = "RotationInformationSequence", "DetectorInformationSequence"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return written(tmp_path / "raw.dcm", raw())


@given(
    heads=st.integers(1, 2),
    views=st.integers(1, 6),
    start=st.integers(-1800, 3600).map(lambda n: n / 10),
    step=st.sampled_from([-12.0, -6.0, -2.8125, 2.8125, 3.0, 6.0]),
    spread=st.floats(0.0, 80.0),
    axis=st.tuples(st.floats(-100, 100), st.floats(-100, 100)),
    axial=st.floats(-900, 900),
    seed=st.integers(0, 1000),
)
@settings(max_examples=60, deadline=None)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory,
    heads: int,
    views: int,
    start: float,
    step: float,
    spread: float,
    axis: tuple[float, float],
    axial: float,
    seed: int,
) -> None:
    radii = np.round(250.0 + spread * np.random.default_rng(seed).random(heads * views), 4)
    seen = raw(views=views, heads=heads, start=start, step=step, radii=radii, axis=axis,
               axial=axial, seed=seed)  # fmt: skip
    bed = read_projections(written(tmp_path_factory.mktemp("raw") / "raw.dcm", seen, heads=heads))
    back, geometry = bed.projections, bed.projections.geometry
    np.testing.assert_array_equal(back.counts, seen.counts)
    assert back.windows == seen.windows
    np.testing.assert_array_equal(geometry.radii_mm, seen.geometry.radii_mm)
    np.testing.assert_allclose(geometry.angles_deg, seen.geometry.angles_deg, atol=1e-9)
    np.testing.assert_array_equal(back.view_seconds, seen.view_seconds)
    np.testing.assert_array_equal(back.view_starts_s, seen.view_starts_s)
    assert geometry.shape == seen.geometry.shape
    assert geometry.pixel_mm == seen.geometry.pixel_mm
    np.testing.assert_allclose(geometry.axis_mm, axis, atol=1e-8)
    assert geometry.axial_centre_mm == pytest.approx(axial, abs=1e-8)
    assert bed.heads == heads


def test_what_the_file_says_of_the_scan(file: Path) -> None:
    bed = read_projections(file)
    assert bed.started_at == datetime(2024, 5, 6, 8, 15, 30, tzinfo=UTC)
    assert bed.agent.radionuclide == "Re-188"
    assert bed.agent.administered_bq == pytest.approx(1.234e9)
    assert bed.agent.administration_time == datetime(2024, 5, 6, 7, 5, tzinfo=UTC)
    assert (bed.collimator, bed.window_names) == ("HE", ("PEAK", "LOWER"))
    assert bed.frame_of_reference == FRAME
    assert bed.counts_by_window == tuple(int(c.sum()) for c in raw().counts)
    assert bed.duration_s == 80.0
    assert bed.warnings == ()
    assert not any(word in repr(bed) for word in IDENTIFIERS)


@pytest.mark.parametrize("heads", [1, 2])
@pytest.mark.parametrize("step", [-6.0, 6.0])
def test_files_are_valid_dicom(tmp_path: Path, heads: int, step: float) -> None:
    radii = np.linspace(200.0, 260.0, 4 * heads)
    verify(written(tmp_path / "raw.dcm", raw(heads=heads, step=step, radii=radii), heads=heads))


def test_a_pixel_lies_where_the_standard_says(tmp_path: Path) -> None:
    """A first view at the front, worked out by hand: the patient's left is on the right side."""
    seen = raw(start=180.0)
    path = written(tmp_path / "raw.dcm", seen)
    dataset = pydicom.dcmread(path)
    detector = dataset[DETECTOR][0]
    np.testing.assert_allclose(
        np.asarray(detector.ImageOrientationPatient, float), [1, 0, 0, 0, 0, -1], atol=1e-9
    )
    # the file's first row is the head's; ours is the feet's
    np.testing.assert_array_equal(dataset.pixel_array[0][0], seen.counts[0, 0, -1])
    z_top = float(detector.ImagePositionPatient[2])
    assert z_top == pytest.approx(2 * 4.8)


def test_rows_from_the_feet(tmp_path: Path) -> None:
    seen = raw(axial=100.0)
    path = written(tmp_path / "raw.dcm", seen)
    dataset = pydicom.dcmread(path)
    pixels = dataset.pixel_array[:, ::-1]
    dataset.PixelData = np.ascontiguousarray(pixels).tobytes()
    detector = dataset[DETECTOR][0]
    detector.ImageOrientationPatient = [-1, 0, 0, 0, 0, 1]
    x, y, _ = detector.ImagePositionPatient
    detector.ImagePositionPatient = [x, y, 100.0 - 2 * 4.8]
    dataset.save_as(path)
    bed = read_projections(path)
    np.testing.assert_array_equal(bed.projections.counts, seen.counts)
    assert bed.projections.geometry.axial_centre_mm == pytest.approx(100.0)


@pytest.mark.parametrize("start", [0.0, 90.0, 180.0, 263.0])
def test_mirrored_columns_are_turned_over(tmp_path: Path, start: float) -> None:
    seen = raw(start=start)
    path = written(tmp_path / "raw.dcm", seen)
    dataset = pydicom.dcmread(path)
    dataset.PixelData = np.ascontiguousarray(dataset.pixel_array[:, :, ::-1]).tobytes()
    detector = dataset[DETECTOR][0]
    cosines = np.asarray(detector.ImageOrientationPatient, float)
    detector.ImageOrientationPatient = [*(-cosines[:3]), *cosines[3:]]
    dataset.save_as(path)
    bed = read_projections(path)
    np.testing.assert_array_equal(bed.projections.counts, seen.counts)
    assert any("turned over" in warning for warning in bed.warnings)


def test_frames_in_another_order(tmp_path: Path) -> None:
    """View by view instead of window by window: the vectors say which is which."""
    seen = raw(heads=2)
    path = written(tmp_path / "raw.dcm", seen, heads=2)
    dataset = pydicom.dcmread(path)
    order = np.random.default_rng(3).permutation(16)
    dataset.PixelData = np.ascontiguousarray(dataset.pixel_array[order]).tobytes()
    for word in ("EnergyWindowVector", "DetectorVector", "AngularViewVector"):
        setattr(dataset, word, [int(v) for v in np.asarray(dataset[word].value)[order]])
    dataset.save_as(path)
    np.testing.assert_array_equal(read_projections(path).projections.counts, seen.counts)


def test_two_heads_written_as_one(file: Path) -> None:
    assert read_projections(file, heads_in_one=2).projections.view_starts_s.tolist() == [
        0.0, 20.0, 0.0, 20.0,
    ]  # fmt: skip
    with pytest.raises(InputError, match="can't be shared out"):
        read_projections(file, heads_in_one=3)


@pytest.mark.parametrize(
    ("where", "attributes", "error", "words"),
    [
        ("", {"Modality": "CT"}, ImageFileError, "not a nuclear medicine image"),
        ("", {"ImageType": ["ORIGINAL", "PRIMARY", "WHOLE BODY", "EMISSION"]}, ImageFileError,
         "is planar"),
        ("", {"ImageType": ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]}, ImageFileError,
         "reconstructed already"),
        ("", {"ImageType": ["ORIGINAL", "PRIMARY", "GATED TOMO", "EMISSION"]}, ImageFileError,
         "gated"),
        ("", {"ImageType": ["ORIGINAL", "PRIMARY", "TOMO", "TRANSMISSION"]}, ImageFileError,
         "transmission"),
        ("", {"RescaleSlope": "0.5", "RescaleIntercept": "0"}, QuantityError, "rescaled"),
        ("", {"EnergyWindowInformationSequence": []}, ImageFileError, "energy windows"),
        ("", {"AngularViewVector": [1, 2, 3] * 2}, ImageFileError, "views are missing"),
        ("", {"AngularViewVector": [1, 2, 3, 3] * 2}, ImageFileError, "view 4"),
        ("", {"AngularViewVector": None}, ImageFileError, "AngularViewVector"),
        ("", {"RotationVector": [1, 1, 2, 2] * 2}, ImageFileError, "several rotations"),
        (ROTATION, {"NumberOfFramesInRotation": 5}, ImageFileError, "window 1, head 1, view 5"),
        (ROTATION, {"ActualFrameDuration": None}, InputError, "--duration"),
        (ROTATION, {"ActualFrameDuration": 0}, InputError, "--duration"),
        (ROTATION, {"RotationDirection": None}, InputError, "--direction"),
        (ROTATION, {"AngularStep": None, "ScanArc": None}, InputError, "angle between views"),
        (DETECTOR, {"ImageOrientationPatient": None}, GridError, "--rows-from"),
        (DETECTOR, {"ImagePositionPatient": None}, GridError, "--axial-centre"),
        (DETECTOR, {"ImageOrientationPatient": [1, 0, 0, 0, 0.6, -0.8]}, GridError, "tilted"),
        ("", {"PixelSpacing": None}, GridError, "pixels' size"),
    ],
)  # fmt: skip
def test_refusals(
    file: Path, where: str, attributes: dict[str, object], error: type[Exception], words: str
) -> None:
    change(file, where=where, **attributes)
    with pytest.raises(error, match=words):
        read_projections(file)


def test_a_start_and_a_radius_that_are_in_neither_place(file: Path) -> None:
    change(file, where=DETECTOR, StartAngle=None, RadialPosition=None)
    read_projections(file)  # the rotation's
    change(file, where=ROTATION, RadialPosition=None)
    with pytest.raises(InputError, match="--radius"):
        read_projections(file)
    bed = read_projections(file, supplied=Supplied(radius_mm=251.0))
    assert bed.projections.geometry.radii_mm.tolist() == [251.0] * 4
    change(file, where=ROTATION, StartAngle=None)
    with pytest.raises(InputError, match="--start"):
        read_projections(file, supplied=Supplied(radius_mm=251.0))
    bed = read_projections(file, supplied=Supplied(radius_mm=251.0, start_deg=(30.0,)))
    assert bed.projections.geometry.angles_deg.tolist() == [30.0, 36.0, 42.0, 48.0]


def test_a_second_head_needs_a_start_of_its_own(tmp_path: Path) -> None:
    path = written(tmp_path / "raw.dcm", raw(heads=2), heads=2)
    dataset = pydicom.dcmread(path)
    for item in dataset[DETECTOR]:
        del item.StartAngle
    dataset.save_as(path)
    with pytest.raises(InputError, match="head 1"):
        read_projections(path)
    with pytest.raises(InputError, match="each head needs a start angle"):
        read_projections(path, supplied=Supplied(start_deg=(0.0,)))
    bed = read_projections(path, supplied=Supplied(start_deg=(0.0, 180.0)))
    np.testing.assert_array_equal(
        bed.projections.geometry.angles_deg, raw(heads=2).geometry.angles_deg
    )


def test_what_is_supplied_overrules_with_a_warning(file: Path) -> None:
    given = Supplied(radius_mm=240.0, seconds=10.0, direction="CW", start_deg=(90.0,))
    bed = read_projections(file, supplied=given)
    assert bed.projections.geometry.angles_deg.tolist() == [90.0, 84.0, 78.0, 72.0]
    assert bed.projections.view_seconds[0] == 10.0
    assert sum("was taken" in warning for warning in bed.warnings) == 4


def test_saturated_pixels(tmp_path: Path) -> None:
    path = written(tmp_path / "raw.dcm", raw())
    dataset = pydicom.dcmread(path)
    pixels = dataset.pixel_array.copy()
    pixels[3, 2, 1] = 65535
    dataset.PixelData = pixels.tobytes()
    dataset.save_as(path)
    with pytest.raises(QuantityError, match="1 pixels at 65535"):
        read_projections(path)
    change(path, BitsStored=12, HighBit=11)
    with pytest.raises(QuantityError, match="saturated"):
        read_projections(path)


def test_what_nm_cannot_hold(tmp_path: Path) -> None:
    seen = raw()
    path = tmp_path / "raw.dcm"
    halves = replace(seen, counts=seen.counts * 0.5)
    uneven = replace(seen, view_seconds=np.array([20.0, 20.0, 20.0, 21.0]))
    skewed = replace(
        seen, geometry=replace(seen.geometry, angles_deg=np.array([0.0, 6.0, 12.0, 19.0]))
    )
    off = replace(seen, geometry=replace(seen.geometry, offset_mm=1.0))
    for faulty, words in (
        (halves, "whole counts"),
        (uneven, "one duration"),
        (skewed, "equal steps"),
        (off, "off its axis"),
    ):
        with pytest.raises(OutputError, match=words):
            write_projections(path, faulty, HOW, identity=WHO, frame_of_reference=FRAME)
    with pytest.raises(OutputError, match="shared out"):
        write_projections(path, seen, replace(HOW, heads=3), identity=WHO, frame_of_reference=FRAME)
    assert list(tmp_path.iterdir()) == []


@pytest.fixture(scope="module")
def ge_beds(
    shared_data: Callable[[str], Path], tmp_path_factory: pytest.TempPathFactory
) -> list[Path]:
    folder = tmp_path_factory.mktemp("ge")
    with zipfile.ZipFile(shared_data("ge670_lu177_raw") / "NM.zip") as archive:
        archive.extractall(folder)
    return sorted(folder.rglob("bed?_projections.dcm"))


def test_real_beds_turn_either_way(ge_beds: list[Path]) -> None:
    first, second = (read_projections(path) for path in ge_beds)
    for bed, start, step, radius, centre in (
        (first, 180.16, 6.0, 253.7, 177.0),
        (second, 0.16, -6.0, 254.8, -177.0),
    ):
        geometry = bed.projections.geometry
        np.testing.assert_allclose(geometry.angles_deg, start + step * np.arange(60))
        assert geometry.radii_mm.tolist() == [radius] * 60
        assert geometry.axial_centre_mm == pytest.approx(centre)
        # GE's shift between its CT and its camera
        np.testing.assert_allclose(geometry.axis_mm, (0.3, -6.9), atol=0.01)
        assert bed.projections.windows[1].lower_kev == 187.2
        assert bed.collimator == "MEGP"
        assert bed.duration_s == 1500.0
        assert not any("turned over" in warning for warning in bed.warnings)
    assert sum(first.counts_by_window) == 5692479  # Counts Accumulated of the file
    assert sum(second.counts_by_window) == 12190080
    assert first.frame_of_reference == second.frame_of_reference
    assert first.patient_key == second.patient_key


def test_real_beds_agree_where_they_overlap(ge_beds: list[Path]) -> None:
    """From the front and from the back, the two beds show the same 35 mm of patient.

    They turned in opposite directions from opposite sides: with a wrong direction, or rows or
    columns turned over in one of them, left and right or head and feet would be exchanged.
    """
    seen = [read_projections(path).projections for path in ge_beds]
    for angle in (0.0, 90.0, 180.0, 270.0):
        strips = []
        for one in seen:
            away = np.abs((one.geometry.angles_deg - angle + 180) % 360 - 180)
            view = one.in_window(one.windows[1])[int(np.argmin(away))].astype(float)
            z = one.geometry.grid().to_world_mm([[k, 0, 0] for k in range(128)])[:, 2]
            strips.append(view[np.abs(z) < 16].sum(axis=0))
        smooth = [np.convolve(strip, np.ones(5) / 5, mode="same") for strip in strips]
        assert np.corrcoef(*smooth)[0, 1] > 0.95
        if angle in {0.0, 180.0}:  # the liver makes the strip uneven: a mirror would show
            assert np.corrcoef(smooth[0], smooth[1][::-1])[0, 1] < 0.6
