"""Reconstructed NM: geometry and values to a step, and refusals."""

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
from pydicom.dataset import Dataset

from hevesy.dicom import NmAcquisition, read_projections, read_spect, write_nm_spect
from hevesy.errors import GridError, ImageFileError, QuantityError, TimeError, UnitError
from hevesy.images import Grid, Quantity
from hevesy.quantification.decay import DecayTags
from tests.dicom.image_cases import (
    FRAME,
    PARIS,
    SCAN,
    WHO,
    centres_mm,
    grids,
    random_values,
    verify,
    volume,
)
from tests.dicom.raw_cases import raw, written

GRID = Grid.from_spacing((4, 5, 6), spacing_mm=(4.4, 3.9, 4.1), origin_mm=(-20.5, 30.25, -700))


@pytest.fixture
def nm(tmp_path: Path) -> Path:
    path = tmp_path / "nm.dcm"
    spect = volume(random_values(GRID, 1, top=1e6), GRID, Quantity.BQ_PER_ML)
    write_nm_spect(path, spect, SCAN, identity=WHO)
    return path


def change(path: Path, **attributes: object) -> Path:
    """Set attributes; None removes one."""
    dataset = pydicom.dcmread(path)
    for keyword, value in attributes.items():
        if value is None:
            if keyword in dataset:
                del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path)
    return path


def as_stored(path: Path) -> np.ndarray:
    dataset = pydicom.dcmread(path)
    return dataset.pixel_array.astype(float)


@given(grid=grids(), seed=st.integers(0, 2**32 - 1), top=st.floats(1e-3, 1e12))
@settings(max_examples=25, deadline=None)
def test_what_is_written_comes_back(
    tmp_path_factory: pytest.TempPathFactory, grid: Grid, seed: int, top: float
) -> None:
    path = tmp_path_factory.mktemp("nm") / "nm.dcm"
    written = volume(random_values(grid, seed, top=top), grid, Quantity.BQ_PER_ML)
    step = write_nm_spect(path, written, SCAN, identity=WHO)
    image = read_spect(path)
    # half a step, and float32's own rounding of the largest value
    assert np.abs(image.volume.values - written.values).max() <= 0.5 * step + 1e-7 * top
    # 16 bits over the maximum; the slope as a decimal string of 10 digits or more
    assert step == pytest.approx(written.values.max() / 65535, rel=1e-8)
    np.testing.assert_allclose(centres_mm(image.volume.grid), centres_mm(grid), atol=1e-7)
    assert image.volume.quantity is Quantity.BQ_PER_ML
    assert image.frame_of_reference == FRAME


@given(grid=grids())
@settings(max_examples=20, deadline=None)
def test_frames_lie_where_the_standard_puts_them(
    tmp_path_factory: pytest.TempPathFactory, grid: Grid
) -> None:
    """PS3.3 C.8.4.15, worked out here from the written attributes alone."""
    path = tmp_path_factory.mktemp("nm") / "nm.dcm"
    write_nm_spect(
        path, volume(random_values(grid, 1, top=1.0), grid, Quantity.BQ_PER_ML), SCAN, identity=WHO
    )
    dataset = pydicom.dcmread(path)
    detector = dataset.DetectorInformationSequence[0]
    first = np.array(detector.ImagePositionPatient, dtype=float)
    row = np.array(detector.ImageOrientationPatient[:3], dtype=float)
    column = np.array(detector.ImageOrientationPatient[3:], dtype=float)
    between_rows, between_columns = (float(v) for v in dataset.PixelSpacing)
    k, i, j = grid.shape[0] - 1, grid.shape[1] - 1, grid.shape[2] - 1
    expected = (
        first
        + np.cross(row, column) * float(dataset.SpacingBetweenSlices) * k
        + column * between_rows * i
        + row * between_columns * j
    )
    np.testing.assert_allclose(grid.to_world_mm([k, i, j]), expected, atol=1e-6)


def test_a_negative_spacing_runs_against_the_normal(nm: Path) -> None:
    """GE writes axial frames from the head down: row x column is +z, the spacing negative."""
    change(nm, SpacingBetweenSlices="-4.4")
    grid = read_spect(nm).volume.grid
    assert grid.to_world_mm([3, 0, 0]).tolist() == pytest.approx([-20.5, 30.25, -700 - 3 * 4.4])


def test_files_are_valid_dicom(nm: Path) -> None:
    verify(nm)


def test_what_the_file_says_of_the_scan(nm: Path) -> None:
    spect = read_spect(nm, zone=PARIS)
    assert spect.start == datetime(2024, 5, 6, 8, 15, 30, tzinfo=UTC)
    assert spect.start.tzinfo is UTC
    assert spect.duration_s == 1200.0
    assert spect.radionuclide == "Re-188"
    assert spect.half_life_s == 61214.4
    assert spect.administered_bq == pytest.approx(1.234e9)
    assert spect.administration_time == datetime(2024, 5, 6, 7, 5, tzinfo=UTC)
    assert spect.decay_tags == DecayTags(
        decay_correction="START", corrected_for_decay=True, modality="NM"
    )
    assert spect.warnings == ()


@pytest.mark.parametrize("word", ["START", "ADMIN", "NONE"])
def test_decay_semantics_survive(tmp_path: Path, word: str) -> None:
    path = tmp_path / "nm.dcm"
    spect = volume(random_values(GRID, 1, top=1.0), GRID, Quantity.BQ_PER_ML)
    scan = replace(SCAN, decay_correction=word, decay_factor=1.25)
    write_nm_spect(path, spect, scan, identity=WHO)
    tags = read_spect(path).decay_tags
    assert tags.decay_correction == word
    assert tags.corrected_for_decay is (word != "NONE")
    assert tags.decay_factor == 1.25


def test_the_same_seed_gives_the_same_bytes(nm: Path, tmp_path: Path) -> None:
    spect = volume(random_values(GRID, 1, top=1e6), GRID, Quantity.BQ_PER_ML)
    write_nm_spect(tmp_path / "again.dcm", spect, SCAN, identity=WHO)
    assert nm.read_bytes() == (tmp_path / "again.dcm").read_bytes()


def test_frames_follow_the_slice_vector(nm: Path) -> None:
    before = read_spect(nm)
    change(nm, SliceVector=[4, 3, 2, 1])
    after = read_spect(nm)
    np.testing.assert_array_equal(after.volume.values, before.volume.values[::-1])
    assert after.volume.grid.matches(before.volume.grid)
    assert [piece.frame_number for piece in after.context.slices] == [4, 3, 2, 1]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("TOMO", "raw projections.*reconstruct them first"),
        ("GATED TOMO", "raw gated"),
        ("RECON GATED TOMO", "gated reconstruction"),
        ("WHOLE BODY", "planar whole-body"),
        ("STATIC", "planar"),
        ("DYNAMIC", "planar dynamic"),
        ("SOMETHING", "unknown kind"),
    ],
)
def test_other_kinds_of_nm_are_refused(nm: Path, kind: str, message: str) -> None:
    change(nm, ImageType=["ORIGINAL", "PRIMARY", kind, "EMISSION"])
    with pytest.raises(ImageFileError, match=message):
        read_spect(nm)


def test_a_transmission_image_is_refused(nm: Path) -> None:
    change(nm, ImageType=["ORIGINAL", "PRIMARY", "RECON TOMO", "TRANSMISSION"])
    with pytest.raises(ImageFileError, match="transmission"):
        read_spect(nm)


def test_raw_data_beside_a_reconstruction_are_left_aside(nm: Path) -> None:
    raw = nm.with_name("raw.dcm")
    raw.write_bytes(nm.read_bytes())
    change(raw, ImageType=["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"], SOPInstanceUID="1.2.3.4")
    assert read_spect(nm.parent).volume.grid.matches(GRID)


def test_two_reconstructions_need_a_choice(nm: Path) -> None:
    other = nm.with_name("other.dcm")
    other.write_bytes(nm.read_bytes())
    change(other, SOPInstanceUID="1.2.3.4")
    with pytest.raises(ImageFileError, match="more than one reconstruction"):
        read_spect(nm.parent)


def test_several_windows_in_one_file_are_refused(nm: Path) -> None:
    change(nm, SliceVector=[1, 2, 1, 2], NumberOfSlices=2)
    with pytest.raises(ImageFileError, match="not the slices of one volume"):
        read_spect(nm)


def two_heads(path: Path, frames: dict[str, list[int]]) -> Path:
    """The frame pointer of an acquisition kept beside the slices', as some vendors do."""
    return change(
        path,
        NumberOfDetectors=2,
        FrameIncrementPointer=[0x00540020, 0x00540080],  # Detector Vector, Slice Vector
        **frames,
    )


def test_two_heads_of_one_volume_change_nothing(nm: Path) -> None:
    """A reconstruction has one frame a slice whatever heads saw it; order is the Slice Vector's."""
    before = read_spect(nm)
    two_heads(nm, {"DetectorVector": [1, 1, 1, 1], "SliceVector": [3, 1, 4, 2]})
    after = read_spect(nm)
    place = [1, 3, 0, 2]  # the frames of slices 1 to 4
    np.testing.assert_array_equal(after.volume.values, before.volume.values[place])
    assert after.volume.grid.matches(before.volume.grid)


@pytest.mark.parametrize(
    ("vectors", "slices"),
    [
        ({"DetectorVector": [1, 1, 2, 2], "SliceVector": [1, 2, 1, 2]}, 2),  # head after head
        ({"DetectorVector": [1, 2, 1, 2], "SliceVector": [1, 1, 2, 2]}, 2),  # slice after slice
        ({"DetectorVector": [1, 1, 2, 2], "SliceVector": [1, 2, 3, 4]}, 4),  # one volume, two heads
        ({"EnergyWindowVector": [1, 1, 2, 2], "SliceVector": [1, 2, 3, 4]}, 4),
        ({"TimeSlotVector": [1, 2, 1, 2]}, 4),
        ({"PhaseVector": [1, 2, 3, 4]}, 4),
    ],
)
def test_frames_of_several_heads_windows_or_phases_are_refused(
    nm: Path, vectors: dict[str, list[int]], slices: int
) -> None:
    if "SliceVector" not in vectors:
        change(nm, SliceVector=None)
    two_heads(nm, {**vectors, "NumberOfSlices": slices})  # type: ignore[dict-item]
    with pytest.raises(ImageFileError, match=r"not the slices of one volume.*a volume of its own"):
        read_spect(nm)


def test_no_spacing_between_slices_is_refused(nm: Path) -> None:
    change(nm, SpacingBetweenSlices=None)
    with pytest.raises(GridError, match="which way slices run"):
        read_spect(nm)


def test_no_position_is_refused(nm: Path) -> None:
    change(nm, DetectorInformationSequence=[Dataset()])
    with pytest.raises(GridError, match="does not say where it lies"):
        read_spect(nm)


def test_detectors_that_disagree_are_refused(nm: Path) -> None:
    dataset = pydicom.dcmread(nm)
    dataset.DetectorInformationSequence[1].ImagePositionPatient = [-20.5, 30.25, -690]
    dataset.save_as(nm)
    with pytest.raises(GridError, match=r"different places.*10\.00 mm"):
        read_spect(nm)


class TestUnits:
    def test_rescale_slope_and_units_serve_without_a_mapping(self, nm: Path) -> None:
        change(nm, RealWorldValueMappingSequence=None, Units="BQML", RescaleSlope="2.5")
        np.testing.assert_allclose(read_spect(nm).volume.values, 2.5 * as_stored(nm), rtol=1e-6)

    def test_a_mapping_in_kbq_is_scaled(self, nm: Path) -> None:
        dataset = pydicom.dcmread(nm)
        item = dataset.RealWorldValueMappingSequence[0]
        item.MeasurementUnitsCodeSequence[0].CodeValue = "kBq/ml"
        item.RealWorldValueSlope, item.RealWorldValueIntercept = 0.5, 3.0
        dataset.save_as(nm)
        spect = read_spect(nm)
        assert spect.volume.quantity is Quantity.BQ_PER_ML
        expected = 1000 * (0.5 * as_stored(nm) + 3)
        np.testing.assert_allclose(spect.volume.values, expected, rtol=1e-6)

    def test_millibecquerel_is_not_megabecquerel(self, nm: Path) -> None:
        dataset = pydicom.dcmread(nm)
        code = dataset.RealWorldValueMappingSequence[0].MeasurementUnitsCodeSequence[0]
        code.CodeValue = "mBq/ml"
        dataset.save_as(nm)
        with pytest.raises(QuantityError, match="unit is unknown: got 'mBq/ml'"):
            read_spect(nm)

    def test_silence_is_refused_and_the_error_says_how(self, nm: Path) -> None:
        change(nm, RealWorldValueMappingSequence=None)
        with pytest.raises(QuantityError, match=r'unit = "Bq/mL"'):
            read_spect(nm)

    @pytest.mark.parametrize(
        ("unit", "quantity", "factor"),
        [
            ("Bq/mL", Quantity.BQ_PER_ML, 1),
            ("kBq/mL", Quantity.BQ_PER_ML, 1e3),
            ("MBq/mL", Quantity.BQ_PER_ML, 1e6),
            ("Bq", Quantity.BQ, 1),
            ("counts", Quantity.COUNTS, 1),
        ],
    )
    def test_the_case_may_declare(
        self, nm: Path, unit: str, quantity: Quantity, factor: float
    ) -> None:
        change(nm, RealWorldValueMappingSequence=None, RescaleSlope="1")
        spect = read_spect(nm, unit=unit)
        assert spect.volume.quantity is quantity
        np.testing.assert_allclose(spect.volume.values, factor * as_stored(nm), rtol=1e-6)

    def test_a_declared_unit_may_not_contradict(self, nm: Path) -> None:
        with pytest.raises(QuantityError, match="not the declared one"):
            read_spect(nm, unit="kBq/mL")

    def test_an_unknown_declared_unit_is_refused(self, nm: Path) -> None:
        with pytest.raises(UnitError, match="allowed: Bq/mL"):
            read_spect(nm, unit="bq/l")

    def test_two_mappings_are_refused(self, nm: Path) -> None:
        dataset = pydicom.dcmread(nm)
        dataset.RealWorldValueMappingSequence.append(dataset.RealWorldValueMappingSequence[0])
        dataset.save_as(nm)
        with pytest.raises(QuantityError, match="2 mappings"):
            read_spect(nm)

    def test_counts_stay_counts(self, nm: Path) -> None:
        change(nm, RealWorldValueMappingSequence=None, Units="CNTS", RescaleSlope="1")
        assert read_spect(nm).volume.quantity is Quantity.COUNTS

    def test_declared_activity_over_counts_is_warned_of(self, nm: Path) -> None:
        change(nm, RealWorldValueMappingSequence=None, Units="CNTS")
        spect = read_spect(nm, unit="Bq/mL")
        assert spect.volume.quantity is Quantity.BQ_PER_ML
        assert any("says counts" in warning for warning in spect.warnings)

    def test_negative_activities_are_refused(self, nm: Path) -> None:
        change(nm, PixelRepresentation=1)
        with pytest.raises(QuantityError, match="negative activities"):
            read_spect(nm)

    def test_negative_activities_are_not_written(self, tmp_path: Path) -> None:
        values = random_values(GRID, 1, top=1.0)
        values[1, 2, 3] = -1e-3
        with pytest.raises(QuantityError, match=r"1 voxels, down to -0\.001"):
            write_nm_spect(
                tmp_path / "nm.dcm", volume(values, GRID, Quantity.BQ_PER_ML), SCAN, identity=WHO
            )
        assert list(tmp_path.iterdir()) == []


class TestTimes:
    def test_the_file_offset_holds_before_the_zone(self, nm: Path) -> None:
        change(nm, TimezoneOffsetFromUTC="-0500")
        spect = read_spect(nm, zone=PARIS)
        assert spect.start == datetime(2024, 5, 6, 15, 15, 30, tzinfo=UTC)
        assert any("time zone is -7 h" in warning for warning in spect.warnings)

    def test_the_zone_serves_a_file_without_offset(self, nm: Path) -> None:
        change(nm, TimezoneOffsetFromUTC=None)
        assert read_spect(nm, zone=PARIS).start == datetime(2024, 5, 6, 8, 15, 30, tzinfo=UTC)

    def test_without_any_zone_there_is_no_time(self, nm: Path) -> None:
        change(nm, TimezoneOffsetFromUTC=None)
        spect = read_spect(nm)
        assert spect.start is None
        assert any("no zone" in warning for warning in spect.warnings)

    def test_series_time_is_taken_with_a_warning(self, nm: Path) -> None:
        change(nm, AcquisitionTime=None, SeriesTime="111213")
        spect = read_spect(nm)
        assert spect.start == datetime(2024, 5, 6, 9, 12, 13, tzinfo=UTC)
        assert any("SeriesTime was taken" in warning for warning in spect.warnings)

    def test_acquisition_datetime_comes_before_series_time(self, nm: Path) -> None:
        change(nm, AcquisitionDate=None, AcquisitionDateTime="20240506121530+0400")
        spect = read_spect(nm)
        assert spect.start == datetime(2024, 5, 6, 8, 15, 30, tzinfo=UTC)
        assert spect.warnings == ()

    @pytest.mark.parametrize(
        ("day", "clock", "word"),
        [("20240331", "023000", "gap"), ("20241027", "023000", "overlap")],
    )
    def test_daylight_saving_is_refused(self, nm: Path, day: str, clock: str, word: str) -> None:
        change(nm, TimezoneOffsetFromUTC=None, AcquisitionDate=day, AcquisitionTime=clock)
        with pytest.raises(TimeError, match=f"{word} of daylight saving"):
            read_spect(nm, zone=PARIS)
        change(nm, TimezoneOffsetFromUTC="+0100")
        assert read_spect(nm, zone=PARIS).start is not None

    @pytest.mark.filterwarnings("ignore:Invalid value for VR TM")  # while the test makes the file
    def test_a_time_that_no_clock_shows_is_refused(self, nm: Path) -> None:
        change(nm, AcquisitionTime="256000")
        with pytest.raises(TimeError, match="no calendar has"):
            read_spect(nm, zone=PARIS)

    def test_one_detector_over_a_whole_turn_is_warned_of(self, nm: Path) -> None:
        dataset = pydicom.dcmread(nm)
        dataset.NumberOfDetectors = 1
        dataset.RotationInformationSequence[0].ScanArc = "360"
        dataset.save_as(nm)
        spect = read_spect(nm)
        assert spect.duration_s == 1200.0
        assert any("half of that" in warning for warning in spect.warnings)

    def test_no_rotation_gives_no_duration(self, nm: Path) -> None:
        change(nm, RotationInformationSequence=None)
        spect = read_spect(nm)
        assert spect.duration_s is None
        assert any("how long" in warning for warning in spect.warnings)


def test_real_projections_are_refused(shared_data: Callable[[str], Path], tmp_path: Path) -> None:
    with zipfile.ZipFile(shared_data("ge670_lu177_raw") / "NM.zip") as archive:
        archive.extractall(tmp_path)
    with pytest.raises(ImageFileError, match="raw projections"):
        read_spect(tmp_path)


def test_a_real_planar_image_is_refused(shared_data: Callable[[str], Path]) -> None:
    with pytest.raises(ImageFileError, match="planar whole-body"):
        read_spect(shared_data("wholebody_planar") / "NM1_UNC.dcm")


def test_counts_join_the_study_they_came_from(tmp_path: Path) -> None:
    """A reconstruction: patient, study and frame are the projections'; the values are counts."""
    bed = read_projections(written(tmp_path / "raw.dcm", raw()))
    grid = bed.projections.geometry.grid()
    image = volume(random_values(grid, 1, top=40.0), grid, Quantity.COUNTS)
    scan = NmAcquisition(
        start=bed.started_at, duration_s=bed.duration_s, nuclide=bed.agent.radionuclide,
        half_life_s=None, administered_bq=None, administered_at=None, decay_correction="NONE",
        corrections=("ATTN",), manufacturer="maker", model="camera", collimator="HE", heads=1,
        views=4, scan_arc_deg=24.0,
    )  # fmt: skip
    path = tmp_path / "spect.dcm"
    created = datetime(2024, 5, 6, 12, tzinfo=UTC)
    step = write_nm_spect(path, image, scan, identity=bed.context, created=created)
    verify(path)
    back = read_spect(path)
    assert back.volume.quantity is Quantity.COUNTS
    assert np.abs(back.volume.values - image.values).max() <= 0.51 * step
    assert back.start == bed.started_at
    assert back.duration_s == bed.duration_s
    assert back.decay_tags.decay_correction == "NONE"
    assert back.decay_tags.corrected_for_decay is False
    assert back.radionuclide == "Re-188"
    assert back.administered_bq is None
    assert back.patient_key == bed.patient_key
    assert back.study_uid == bed.context.study_uid
    assert back.series_uid != bed.context.series_uid
    np.testing.assert_allclose(centres_mm(back.volume.grid), centres_mm(grid), atol=1e-7)
    with pytest.raises(TimeError, match="time it was made"):
        write_nm_spect(path, image, scan, identity=bed.context)


def test_a_reconstruction_without_dates_or_agent(tmp_path: Path) -> None:
    scan = NmAcquisition(
        start=None, duration_s=1200.0, nuclide=None, half_life_s=None, administered_bq=None,
        administered_at=None, decay_correction="NONE",
    )  # fmt: skip
    image = volume(random_values(GRID, 1, top=1e6), GRID, Quantity.COUNTS)
    path = tmp_path / "spect.dcm"
    write_nm_spect(path, image, scan, identity=WHO)
    verify(path)
    back = read_spect(path)
    assert back.start is None
    assert back.radionuclide is None
    with pytest.raises(QuantityError, match="can't be written as a SPECT"):
        write_nm_spect(path, image.with_values(image.values, Quantity.GY), scan, identity=WHO)
