"""RTSTRUCT: exact round trips, foreign files, and what is refused."""

from pathlib import Path

import numpy as np
import pydicom
import pytest
from hypothesis import HealthCheck, given, settings
from pydicom import Dataset

from hevesy.dicom import (
    Delineation,
    DicomContext,
    read_rtstruct,
    read_structure_reference,
    read_structures,
    write_rtstruct,
)
from hevesy.dicom.structures import read_structure_names
from hevesy.errors import (
    GridError,
    IdentityError,
    ImageFileError,
    OutputError,
    RegionError,
)
from hevesy.images import Grid, Region
from hevesy.segmentation.outlines import outline_mask
from tests.dicom.structure_cases import (
    WRITTEN_AT,
    ball,
    change,
    context_of,
    dicom_errors,
    drawn_regions,
    oblique_grid,
)

ANY = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def write(path: Path, regions: tuple[Region, ...], image: DicomContext, **options: object) -> Path:
    return write_rtstruct(path, regions, image, written_at=WRITTEN_AT, **options)


@pytest.fixture
def grid() -> Grid:
    return oblique_grid((8, 20, 24), 5)


@pytest.fixture
def regions(grid: Grid) -> tuple[Region, ...]:
    return (
        ball(grid, "liver", (4, 10, 12), 3.5 * max(grid.spacing_mm)),
        ball(grid, "lesion 1", (3, 8, 8), 2.0 * max(grid.spacing_mm)),
    )


@pytest.fixture
def written(tmp_path: Path, grid: Grid, regions: tuple[Region, ...]) -> Path:
    return write(tmp_path / "rtstruct.dcm", regions, context_of(grid))


@ANY
@given(drawn_regions())
def test_masks_come_back_exactly(tmp_path: Path, regions: tuple[Region, ...]) -> None:
    image = context_of(regions[0].grid)
    first = read_rtstruct(write(tmp_path / "first.dcm", regions, image), image)
    assert first.names == tuple(region.name for region in regions)
    for drawn, read in zip(regions, first.regions, strict=True):
        assert np.array_equal(drawn.mask, read.mask)
        assert read.frame_of_reference == image.frame_of_reference
    # RTSTRUCT -> mask -> RTSTRUCT
    second = read_rtstruct(write(tmp_path / "second.dcm", first.regions, image), image)
    for one, other in zip(first.regions, second.regions, strict=True):
        assert np.array_equal(one.mask, other.mask)


def test_the_file_stands_up_to_dciodvfy(written: Path) -> None:
    assert dicom_errors(written) == []


def test_contours_as_another_program_sees_them(
    written: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    """Area by the shoelace formula in the patient's millimetres, from pydicom's own numbers."""
    dataset = pydicom.dcmread(written)
    for roi, region in zip(dataset.ROIContourSequence, regions, strict=True):
        area = np.zeros(3)
        for contour in roi.ContourSequence:
            numbers = [str(number) for number in contour.ContourData]
            assert max(len(number) for number in numbers) <= 16
            points = np.array(numbers, dtype=float).reshape(-1, 3)
            assert len(points) == contour.NumberOfContourPoints
            area += 0.5 * np.cross(points, np.roll(points, -1, axis=0)).sum(axis=0)
        volume_ml = np.linalg.norm(area) * grid.spacing_mm[0] / 1000
        # Coordinates are rounded to 1e-4 mm on edges of a millimetre and more.
        assert volume_ml == pytest.approx(region.volume_ml, rel=1e-4)


def test_contours_name_their_slices_and_the_series(written: Path, grid: Grid) -> None:
    image = context_of(grid)
    uids = [part.sop_instance_uid for part in image.slices]
    dataset = pydicom.dcmread(written)
    for roi in dataset.ROIContourSequence:
        for contour in roi.ContourSequence:
            k = grid.to_index([float(v) for v in contour.ContourData[:3]])[0]
            assert contour.ContourImageSequence[0].ReferencedSOPInstanceUID == uids[round(k)]
    reference = read_structure_reference(written)
    assert reference.series == (image.series_uid,)
    assert reference.frames == (image.frame_of_reference,)
    assert reference.instances == set(uids)


def test_a_multi_frame_image_is_referred_to_by_frame(
    tmp_path: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    image = context_of(grid, multi_frame=True)
    path = write(tmp_path / "nm.dcm", regions, image)
    dataset = pydicom.dcmread(path)
    contour = dataset.ROIContourSequence[0].ContourSequence[0]
    k = grid.to_index([float(v) for v in contour.ContourData[:3]])[0]
    assert contour.ContourImageSequence[0].ReferencedFrameNumber == round(k) + 1
    assert np.array_equal(read_rtstruct(path, image)["liver"].mask, regions[0].mask)
    assert dicom_errors(path) == []


def test_the_same_regions_at_the_same_time_give_the_same_file(
    tmp_path: Path, grid: Grid, regions: tuple[Region, ...], written: Path
) -> None:
    again = write(tmp_path / "again.dcm", regions, context_of(grid))
    assert again.read_bytes() == written.read_bytes()


def test_names_types_and_delineation_are_written(tmp_path: Path, grid: Grid) -> None:
    region = ball(grid, "Läsion α 1", (4, 10, 12), 2 * max(grid.spacing_mm))
    path = write(
        tmp_path / "a.dcm",
        (region,),
        context_of(grid),
        interpreted_types={region.name: "GTV"},
        delineation=Delineation.MANUAL,
    )
    dataset = pydicom.dcmread(path)
    assert dataset.RTROIObservationsSequence[0].RTROIInterpretedType == "GTV"
    assert dataset.StructureSetROISequence[0].ROIGenerationAlgorithm == "MANUAL"
    assert read_rtstruct(path, context_of(grid)).names == ("Läsion α 1",)
    assert dicom_errors(path) == []


# Files of others


def replace_contours(dataset: Dataset, number: int, contours: list[np.ndarray], kind: str) -> None:
    """Give a ROI other contours, without what hevesy adds for itself."""
    roi = dataset.ROIContourSequence[number]
    del roi.SourcePixelPlanesCharacteristicsSequence
    source = roi.ContourSequence[0].ContourImageSequence
    roi.ContourSequence = []
    for points in contours:
        item = Dataset()
        item.ContourImageSequence = source
        item.ContourGeometricType = kind
        item.NumberOfContourPoints = len(points)
        item.ContourData = [f"{value:.4f}" for value in points.ravel()]
        roi.ContourSequence.append(item)


@pytest.mark.parametrize("kind", ["CLOSED_PLANAR", "CLOSEDPLANAR_XOR"])
def test_holes_as_contours_of_their_own(
    written: Path, grid: Grid, regions: tuple[Region, ...], kind: str
) -> None:
    separate = list(outline_mask(regions[0].mask, grid, keyholes=False))
    assert len(separate) > len(outline_mask(regions[0].mask, grid))
    change(written, lambda dataset: replace_contours(dataset, 0, separate, kind))
    assert np.array_equal(read_rtstruct(written, context_of(grid))["liver"].mask, regions[0].mask)


def test_a_contour_that_is_there_twice_counts_once(
    written: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    contours = list(outline_mask(regions[0].mask, grid)) * 2
    change(written, lambda dataset: replace_contours(dataset, 0, contours, "CLOSED_PLANAR"))
    found = read_rtstruct(written, context_of(grid))
    assert np.array_equal(found["liver"].mask, regions[0].mask)
    assert "counted once" in " ".join(found.warnings)


def test_points_and_open_contours_are_left_out_and_told(
    written: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    point = [np.array([[1.0, 2.0, 3.0]])]
    change(written, lambda dataset: replace_contours(dataset, 1, point, "POINT"))
    found = read_rtstruct(written, context_of(grid))
    assert found.names == ("liver",)
    assert found.warnings == ("region 'lesion 1' has POINT contours only: left out",)
    with pytest.raises(RegionError, match="lesion 1"):
        read_rtstruct(written, context_of(grid), names=["lesion 1"])

    def mix(dataset: Dataset) -> None:
        dataset.ROIContourSequence[0].ContourSequence[0].ContourGeometricType = "OPEN_PLANAR"

    change(written, mix)
    assert "OPEN_PLANAR" in " ".join(read_rtstruct(written, context_of(grid)).warnings)


def test_regions_chosen_by_name(written: Path, grid: Grid) -> None:
    image = context_of(grid)
    assert read_rtstruct(written, image, names=["lesion 1"]).names == ("lesion 1",)
    assert read_rtstruct(written, image, names=["lesion 1", "liver"]).names == ("lesion 1", "liver")
    with pytest.raises(RegionError, match="no such region: got 'spleen', allowed: liver, lesion 1"):
        read_rtstruct(written, image, names=["spleen"])


def test_islands_two_slices_apart_stay_apart(tmp_path: Path) -> None:
    # Without the file's word on the slices' spacing this could be one slab of two slices.
    grid = Grid.from_spacing((5, 4, 4), spacing_mm=(3, 1, 1))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[[1, 3], 1:3, 1:3] = True
    image = context_of(grid)
    path = write(tmp_path / "a.dcm", (Region(name="r", mask=mask, grid=grid),), image)

    def forget(dataset: Dataset) -> None:
        del dataset.ROIContourSequence[0].SourcePixelPlanesCharacteristicsSequence

    for how in (lambda dataset: None, forget):
        change(path, how)
        found = read_rtstruct(path, image)
        assert np.array_equal(found["r"].mask, mask)
        assert "no contour on 1 of its 3 planes" in found.warnings[0]


def test_retired_slab_thickness_is_honoured(tmp_path: Path) -> None:
    grid = Grid.from_spacing((9, 4, 4), spacing_mm=(1, 1, 1))
    mask = np.zeros(grid.shape, dtype=bool)
    mask[[2, 6], 1:3, 1:3] = True
    image = context_of(grid)
    path = write(tmp_path / "a.dcm", (Region(name="r", mask=mask, grid=grid),), image)

    def thick(dataset: Dataset) -> None:
        del dataset.ROIContourSequence[0].SourcePixelPlanesCharacteristicsSequence
        for contour in dataset.ROIContourSequence[0].ContourSequence:
            contour.ContourSlabThickness = "2"

    found = read_rtstruct(change(path, thick), image)
    assert np.flatnonzero(found["r"].mask.any(axis=(1, 2))).tolist() == [1, 2, 5, 6]


def test_a_file_without_references_is_taken_by_its_frame(
    written: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    def forget(dataset: Dataset) -> None:
        del dataset.ReferencedFrameOfReferenceSequence
        for roi in dataset.ROIContourSequence:
            for contour in roi.ContourSequence:
                del contour.ContourImageSequence

    found = read_rtstruct(change(written, forget), context_of(grid))
    assert np.array_equal(found["liver"].mask, regions[0].mask)
    assert "does not say on which series" in found.warnings[0]


def test_a_region_in_another_frame_is_left_out(written: Path, grid: Grid) -> None:
    def move(dataset: Dataset) -> None:
        dataset.StructureSetROISequence[1].ReferencedFrameOfReferenceUID = "1.2.3"

    found = read_rtstruct(change(written, move), context_of(grid))
    assert found.names == ("liver",)
    assert "another frame of reference: left out" in found.warnings[0]
    with pytest.raises(IdentityError, match="lesion 1"):
        read_rtstruct(written, context_of(grid), names=["lesion 1"])


# Refusals


def test_another_series_frame_or_patient_is_refused(written: Path, grid: Grid) -> None:
    with pytest.raises(IdentityError, match="another series"):
        read_rtstruct(written, context_of(grid, seed="b"))
    with pytest.raises(IdentityError, match="another frame of reference"):
        read_rtstruct(written, context_of(grid, frame="b"))
    change(written, lambda dataset: setattr(dataset, "PatientID", "T2"))
    with pytest.raises(IdentityError, match="two patients") as caught:
        read_rtstruct(written, context_of(grid))
    assert "T1" not in str(caught.value)
    assert "T2" not in str(caught.value)


def test_outside_regions_are_refused_and_empty_ones_left_out_unless_asked_for(
    tmp_path: Path, written: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    far = [
        contour + 5000.0 * grid.direction[:, 2] for contour in outline_mask(regions[1].mask, grid)
    ]
    change(written, lambda dataset: replace_contours(dataset, 1, far, "CLOSED_PLANAR"))
    with pytest.raises(RegionError, match="'lesion 1' holds no voxel of the image"):
        read_rtstruct(written, context_of(grid))

    def empty(dataset: Dataset) -> None:
        del dataset.ROIContourSequence[1].ContourSequence

    change(written, empty)
    with pytest.raises(RegionError, match="'lesion 1' has no closed contour: got '0 contours'"):
        read_rtstruct(written, context_of(grid), names=["lesion 1"])
    assert read_rtstruct(written, context_of(grid), names=["liver"]).names == ("liver",)
    # planning systems write every name of a template, drawn or not
    found = read_rtstruct(written, context_of(grid))
    assert "lesion 1" not in found.names
    assert "region 'lesion 1' has no contours: left out" in found.warnings
    assert "lesion 1" in read_structure_names(written)


def test_no_drawn_region_at_all_is_refused(written: Path, grid: Grid) -> None:
    def empty(dataset: Dataset) -> None:
        del dataset.ROIContourSequence

    with pytest.raises(RegionError, match="no region with closed contours"):
        read_rtstruct(change(written, empty), context_of(grid))


def test_two_regions_of_one_name_are_refused(written: Path, grid: Grid) -> None:
    def rename(dataset: Dataset) -> None:
        dataset.StructureSetROISequence[1].ROIName = "liver "

    with pytest.raises(RegionError, match="two regions have one name: got 'liver'"):
        read_rtstruct(change(written, rename), context_of(grid))


@pytest.mark.parametrize("data", ["1\\2\\3\\4", "1\\2\\nan", "1\\2\\x"])
def test_broken_contour_data_are_refused(written: Path, grid: Grid, data: str) -> None:
    whole = written.read_bytes()
    text = bytes(
        pydicom.dcmread(written).ROIContourSequence[0].ContourSequence[0].get_item(0x30060050).value
    )
    put = data.encode()
    broken = whole.replace(text, put + b"\\" + b"0" * (len(text) - len(put) - 1), 1)
    assert len(broken) == len(whole)
    assert broken != whole
    written.write_bytes(broken)
    with pytest.raises(ImageFileError, match="liver"):
        read_rtstruct(written, context_of(grid))


def test_truncated_files_are_refused(
    written: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    whole = written.read_bytes()
    image = context_of(grid)
    # What follows the contours (observations, approval) may be lost without harm.
    contours_end = whole.rindex(b"CLOSED_PLANAR") + 100
    for length in np.linspace(0, contours_end, 60).astype(int):
        written.write_bytes(whole[:length])
        with pytest.raises((ImageFileError, RegionError)):
            read_structures(written, image)
    for length in range(contours_end, len(whole), 7):
        written.write_bytes(whole[:length])
        try:
            found = read_structures(written, image)
        except ImageFileError:
            continue
        assert np.array_equal(found["lesion 1"].mask, regions[1].mask)


def test_other_files_are_refused(tmp_path: Path, grid: Grid) -> None:
    image = context_of(grid)
    text = tmp_path / "notes.txt"
    text.write_text("not DICOM at all " * 50)
    with pytest.raises(ImageFileError, match="DICOM"):
        read_structures(text, image)
    with pytest.raises(ImageFileError, match="missing"):
        read_structures(tmp_path / "absent.dcm", image)
    with pytest.raises(ImageFileError, match="missing"):
        read_structures(tmp_path, image)


def test_what_cannot_be_written_is_refused(
    tmp_path: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    path = tmp_path / "a.dcm"
    with pytest.raises(IdentityError, match="without a frame of reference"):
        write(path, regions, context_of(grid, frame=None))
    with pytest.raises(GridError, match="'liver' does not lie on the image's grid"):
        write(path, regions, context_of(oblique_grid(grid.shape, 6)))
    elsewhere = Region(name="a", mask=regions[0].mask, grid=grid, frame_of_reference="1.2.3")
    with pytest.raises(IdentityError, match="another frame"):
        write(path, (elsewhere,), context_of(grid))
    with pytest.raises(RegionError, match="two regions have one name"):
        write(path, (regions[0], regions[0]), context_of(grid))
    for name in ("x" * 65, "a\\b", "a\nb"):
        with pytest.raises(RegionError, match="does not fit"):
            write(path, (Region(name=name, mask=regions[0].mask, grid=grid),), context_of(grid))
    far = Grid.from_spacing(grid.shape, spacing_mm=(1e-6, 1, 1), origin_mm=(1e7, 0, 0))
    with pytest.raises(GridError, match="16 characters"):
        write(path, (Region(name="a", mask=regions[0].mask, grid=far),), context_of(far))
    assert list(tmp_path.iterdir()) == []


def test_nothing_half_written_is_left(
    tmp_path: Path,
    grid: Grid,
    regions: tuple[Region, ...],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(OutputError, match="could not be written"):
        write(tmp_path / "no" / "a.dcm", regions, context_of(grid))

    def full(self: Dataset, file: object, **options: object) -> None:
        file.write(b"half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Dataset, "save_as", full)
    with pytest.raises(OutputError, match="No space left"):
        write(tmp_path / "a.dcm", regions, context_of(grid))
    assert list(tmp_path.iterdir()) == []
