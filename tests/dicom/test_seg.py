"""SEG: exact round trips, highdicom's reading and writing as the independent side, refusals."""

from pathlib import Path

import highdicom as hd
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from pydicom import Dataset
from pydicom.sr.codedict import codes

from hevesy.dicom import (
    Delineation,
    DicomContext,
    SegmentKind,
    read_seg,
    read_structure_reference,
    read_structures,
    seeded_uid,
    write_seg,
)
from hevesy.errors import GridError, IdentityError, ImageFileError, RegionError
from hevesy.images import Grid, Region
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
    return write_seg(path, regions, image, written_at=WRITTEN_AT, **options)


@pytest.fixture
def grid() -> Grid:
    return oblique_grid((8, 13, 11), 5)  # 143 pixels: frames do not end on whole bytes


@pytest.fixture
def regions(grid: Grid) -> tuple[Region, ...]:
    return (
        ball(grid, "liver", (4, 6, 5), 3.0 * max(grid.spacing_mm)),
        ball(grid, "lesion 1", (3, 5, 5), 1.5 * max(grid.spacing_mm)),
    )


@pytest.fixture
def written(tmp_path: Path, grid: Grid, regions: tuple[Region, ...]) -> Path:
    return write(tmp_path / "seg.dcm", regions, context_of(grid))


@ANY
@given(drawn_regions())
def test_masks_come_back_exactly(tmp_path: Path, regions: tuple[Region, ...]) -> None:
    grid = regions[0].grid
    image = context_of(grid)
    found = read_seg(write(tmp_path / "a.dcm", regions, image), image)
    assert found.warnings == ()
    assert found.names == tuple(region.name for region in regions)
    for drawn, read in zip(regions, found.regions, strict=True):
        assert read.grid is grid
        assert np.array_equal(drawn.mask, read.mask)
        assert read.frame_of_reference == image.frame_of_reference


def embedded(region: Region, grid: Grid) -> np.ndarray:
    """Put a region's mask into a larger grid by its voxels' positions in the patient."""
    index = grid.to_index(region.grid.to_world_mm(np.argwhere(region.mask)))
    assert np.abs(index - np.round(index)).max() < 0.01
    mask = np.zeros(grid.shape, dtype=bool)
    mask[tuple(np.round(index).astype(int).T)] = True
    return mask


@ANY
@given(drawn_regions())
def test_without_the_image_voxels_keep_their_places(
    tmp_path: Path, regions: tuple[Region, ...]
) -> None:
    grid = regions[0].grid
    found = read_seg(write(tmp_path / "a.dcm", regions, context_of(grid)))
    for drawn, read in zip(regions, found.regions, strict=True):
        assert np.array_equal(embedded(read, grid), drawn.mask)


@ANY
@given(drawn_regions())
def test_highdicom_reads_the_same_voxels(tmp_path: Path, regions: tuple[Region, ...]) -> None:
    grid = regions[0].grid
    path = write(tmp_path / "a.dcm", regions, context_of(grid))
    volume = hd.seg.segread(path).get_volume(combine_segments=False)
    for number, region in enumerate(regions):
        index = np.argwhere(volume.array[..., number])
        world = np.column_stack([index, np.ones(len(index))]) @ volume.affine.T
        expected = grid.to_world_mm(np.argwhere(region.mask))
        assert len(world) == len(expected)
        ours = grid.to_index(world[:, :3])
        assert np.abs(ours - np.round(ours)).max() < 1e-3
        assert set(map(tuple, np.round(ours).astype(int).tolist())) == set(
            map(tuple, np.argwhere(region.mask).tolist())
        )


def test_the_file_stands_up_to_dciodvfy(
    tmp_path: Path, written: Path, grid: Grid, regions: tuple[Region, ...]
) -> None:
    assert dicom_errors(written) == []
    options = {
        "kinds": {"liver": SegmentKind.ORGAN, "lesion 1": SegmentKind.TUMOUR},
        "delineation": Delineation.MANUAL,
    }
    for name, image in (
        ("ct.dcm", context_of(grid)),
        ("nm.dcm", context_of(grid, multi_frame=True)),
    ):
        path = write(tmp_path / name, regions, image, **options)
        assert dicom_errors(path) == []
        assert np.array_equal(read_seg(path, image)["liver"].mask, regions[0].mask)


def test_codes_labels_and_references(tmp_path: Path, grid: Grid) -> None:
    region = ball(grid, "Läsion α 1", (4, 6, 5), 2 * max(grid.spacing_mm))
    image = context_of(grid, multi_frame=True)
    path = write(tmp_path / "a.dcm", (region,), image, kinds={region.name: SegmentKind.TUMOUR})
    seg = hd.seg.segread(path)
    description = seg.get_segment_description(1)
    assert description.segment_label == "Läsion α 1"
    assert description.segmented_property_type == codes.SCT.Neoplasm
    category = description.segmented_property_category
    assert category == codes.SCT.MorphologicallyAbnormalStructure
    assert description.algorithm_type.value == "SEMIAUTOMATIC"
    frame = seg.PerFrameFunctionalGroupsSequence[0]
    source = frame.DerivationImageSequence[0].SourceImageSequence[0]
    k = np.flatnonzero(region.mask.any(axis=(1, 2)))[0]
    assert source.ReferencedFrameNumber == k + 1
    assert read_structure_reference(path).series == (image.series_uid,)
    assert seg.SegmentsOverlap == "NO"


def test_the_codes_are_the_dictionarys() -> None:
    for kind, category, meaning in (
        (SegmentKind.TISSUE, codes.SCT.Tissue, codes.SCT.Tissue),
        (SegmentKind.ORGAN, codes.SCT.AnatomicalStructure, codes.SCT.Organ),
        (SegmentKind.TUMOUR, codes.SCT.MorphologicallyAbnormalStructure, codes.SCT.Neoplasm),
    ):
        assert kind.value == ((category.value, category.meaning), (meaning.value, meaning.meaning))


# Files of others, made by highdicom


def foreign(
    path: Path,
    grid: Grid,
    pixels: np.ndarray,
    kind: str,
    *,
    labels: tuple[str, ...] = ("liver", "lesion 1"),
    syntax: str = "1.2.840.10008.1.2.1",
    **options: object,
) -> Path:
    """Write a SEG by highdicom on a grid of the test image's frame."""
    context = context_of(grid)
    source = Dataset()
    for keyword, value in (*context.patient, *context.study):
        setattr(source, keyword, value)
    source.SOPClassUID = context.sop_class_uid
    source.SOPInstanceUID = context.slices[0].sop_instance_uid
    source.SeriesInstanceUID = context.series_uid
    source.FrameOfReferenceUID = context.frame_of_reference
    source.Modality = "CT"
    source.Rows, source.Columns = grid.shape[1:]
    source.PixelSpacing = list(grid.spacing_mm[1:])
    source.SliceThickness = grid.spacing_mm[0]
    orientation = [*grid.direction[:, 2], *grid.direction[:, 1]]
    source.ImageOrientationPatient = [round(float(v), 12) for v in orientation]
    source.ImagePositionPatient = [round(float(v), 9) for v in grid.origin_mm]
    descriptions = [
        hd.seg.SegmentDescription(
            segment_number=number,
            segment_label=label,
            segmented_property_category=codes.SCT.Tissue,
            segmented_property_type=codes.SCT.Tissue,
            algorithm_type="MANUAL",
        )
        for number, label in enumerate(labels, start=1)
    ]
    seg = hd.seg.Segmentation(
        source_images=[source],
        pixel_array=pixels,
        segmentation_type=kind,
        segment_descriptions=descriptions,
        series_instance_uid=seeded_uid("foreign"),
        series_number=1,
        sop_instance_uid=seeded_uid("foreign", "1"),
        instance_number=1,
        manufacturer="other",
        manufacturer_model_name="other",
        software_versions="1",
        device_serial_number="1",
        pixel_measures=hd.PixelMeasuresSequence(
            grid.spacing_mm[1:], grid.spacing_mm[0], grid.spacing_mm[0]
        ),
        plane_orientation=hd.PlaneOrientationSequence("PATIENT", orientation),
        plane_positions=[
            hd.PlanePositionSequence("PATIENT", grid.to_world_mm([k, 0, 0]))
            for k in range(grid.shape[0])
        ],
        transfer_syntax_uid=syntax,
        **options,
    )
    seg.save_as(path)
    return path


@pytest.mark.parametrize(
    ("kind", "syntax"),
    [
        ("BINARY", "1.2.840.10008.1.2.1"),
        ("BINARY", "1.2.840.10008.1.2"),
        ("LABELMAP", "1.2.840.10008.1.2.1"),
        ("LABELMAP", "1.2.840.10008.1.2.5"),  # run-length
        ("FRACTIONAL", "1.2.840.10008.1.2.5"),
    ],
)
@pytest.mark.parametrize("omit_empty", [True, False])
def test_other_kinds_and_encodings(
    tmp_path: Path, grid: Grid, kind: str, syntax: str, omit_empty: bool
) -> None:
    labels = np.random.default_rng(3).integers(0, 3, grid.shape).astype(np.uint8)
    labels[:2] = labels[-3:-1] = 0
    path = foreign(
        tmp_path / "a.dcm", grid, labels, kind, syntax=syntax, omit_empty_frames=omit_empty
    )
    found = read_seg(path, context_of(grid))
    assert np.array_equal(found["liver"].mask, labels == 1)
    assert np.array_equal(found["lesion 1"].mask, labels == 2)
    assert all(region.grid.matches(grid) for region in found.regions)
    assert bool(found.warnings) == (kind == "FRACTIONAL")


def test_fractions_of_a_half_and_more_are_in(tmp_path: Path, grid: Grid) -> None:
    shares = np.random.default_rng(3).uniform(0, 1, grid.shape)
    shares[2, 2, 2] = 0.5
    path = foreign(
        tmp_path / "a.dcm",
        grid,
        shares,
        "FRACTIONAL",
        labels=("liver",),
        fractional_type="PROBABILITY",
        max_fractional_value=200,
    )
    found = read_seg(path, context_of(grid))
    # highdicom stores the share in steps of 1/200, rounded; exactly half a step is left out.
    sure = np.abs(shares - 0.5) > 0.5 / 200
    assert np.array_equal(found["liver"].mask[sure], (shares >= 0.5)[sure])
    assert found["liver"].mask[2, 2, 2]
    assert "0.5" in found.warnings[0]


def test_other_voxels_keep_their_grid(tmp_path: Path, grid: Grid) -> None:
    y, x = 3, 2
    rows, columns = grid.shape[1] - 5, grid.shape[2] - 4
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world_mm([1, y, x])
    part = Grid(shape=(grid.shape[0] - 2, rows, columns), affine=affine)
    labels = np.ones(part.shape, dtype=np.uint8)
    path = foreign(tmp_path / "part.dcm", part, labels, "BINARY", labels=("box",))
    inside = read_seg(path, context_of(grid))  # a part of the image: on the image's grid
    expected = np.zeros(grid.shape, dtype=bool)
    expected[1:-1, y : y + rows, x : x + columns] = True
    assert np.array_equal(inside["box"].mask, expected)
    assert inside.warnings == ()

    affine[:3, 3] = grid.to_world_mm([1, y + 0.3, x])
    apart = Grid(shape=part.shape, affine=affine)
    path = foreign(tmp_path / "apart.dcm", apart, labels, "BINARY", labels=("box",))
    outside = read_seg(path, context_of(grid))
    assert outside["box"].grid.matches(apart)
    assert outside["box"].mask.all()
    assert "own grid" in outside.warnings[0]


# Refusals


def test_another_frame_or_patient_is_refused(written: Path, grid: Grid) -> None:
    with pytest.raises(IdentityError, match="another frame of reference"):
        read_seg(written, context_of(grid, frame="b"))
    with pytest.raises(IdentityError, match="another series"):
        read_seg(written, context_of(grid, seed="b", frame=None))
    # Another series in the same frame: the voxels say where they are.
    assert read_seg(written, context_of(grid, seed="b")).warnings == ()
    change(written, lambda dataset: setattr(dataset, "PatientID", "T2"))
    with pytest.raises(IdentityError, match="two patients"):
        read_seg(written, context_of(grid))


def test_names(written: Path, grid: Grid, regions: tuple[Region, ...]) -> None:
    image = context_of(grid)
    assert read_structures(written, image, names=["lesion 1"]).names == ("lesion 1",)
    with pytest.raises(RegionError, match="no such segment: got 'spleen'"):
        read_seg(written, image, names=["spleen"])

    def rename(dataset: Dataset) -> None:
        dataset.SegmentSequence[1].SegmentLabel = "liver"

    with pytest.raises(RegionError, match="two regions have one name: got 'liver'"):
        read_seg(change(written, rename), image)


def test_an_empty_segment_is_refused_by_name(tmp_path: Path, grid: Grid) -> None:
    labels = np.ones(grid.shape, dtype=np.uint8)
    path = foreign(tmp_path / "a.dcm", grid, labels, "BINARY")
    with pytest.raises(RegionError, match="'lesion 1' is empty"):
        read_seg(path, context_of(grid))
    assert read_seg(path, context_of(grid), names=["liver"])["liver"].mask.all()


def test_frames_that_contradict_each_other_are_refused(written: Path, grid: Grid) -> None:
    original = written.read_bytes()
    image = context_of(grid)

    def twice(dataset: Dataset) -> None:
        frames = dataset.PerFrameFunctionalGroupsSequence
        frames[1].PlanePositionSequence = frames[0].PlanePositionSequence

    with pytest.raises(ImageFileError, match="at one place"):
        read_seg(change(written, twice), image)
    written.write_bytes(original)

    def nowhere(dataset: Dataset) -> None:
        del dataset.PerFrameFunctionalGroupsSequence[0].PlanePositionSequence

    with pytest.raises(ImageFileError, match="unreadable"):
        read_seg(change(written, nowhere), image)
    written.write_bytes(original)

    def uneven(dataset: Dataset) -> None:
        position = dataset.PerFrameFunctionalGroupsSequence[1].PlanePositionSequence[0]
        moved = np.array(position.ImagePositionPatient, dtype=float)
        moved += 0.3 * grid.spacing_mm[0] * grid.direction[:, 0]
        position.ImagePositionPatient = [f"{value:.6f}" for value in moved]

    with pytest.raises(GridError, match="equally spaced"):
        read_seg(change(written, uneven), image)


def test_truncated_files_are_refused(written: Path, grid: Grid) -> None:
    whole = written.read_bytes()
    image = context_of(grid)
    for length in np.linspace(0, len(whole) - 1, 60).astype(int):
        written.write_bytes(whole[:length])
        with pytest.raises((ImageFileError, RegionError)):
            read_structures(written, image)
