"""SEG: regions written as a binary segmentation on the image's voxels."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from enum import Enum
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.tag import Tag
from pydicom.uid import ExplicitVRLittleEndian, SegmentationStorage
from pydicom.valuerep import format_number_as_ds

from hevesy.dicom.identity import DicomContext, seeded_uid
from hevesy.dicom.structure_output import Delineation, begin_structures, write_structure_file
from hevesy.images import Grid, Region

__all__ = ["SegmentKind", "write_seg"]

_SEGMENT_NUMBER = Tag(0x0062000B)
_SEGMENT_IDENTIFICATION = Tag(0x0062000A)
_POSITION = Tag(0x00200032)
_PLANE_POSITION = Tag(0x00209113)


class SegmentKind(Enum):
    """What a segment is: SNOMED CT code and meaning of its category and of its type.

    References
    ----------
    DICOM PS3.16, CID 7150 (Segmentation Property Categories).
    """

    TISSUE = (("85756007", "Tissue"), ("85756007", "Tissue"))
    ORGAN = (("91723000", "Anatomical Structure"), ("91772007", "Organ"))
    TUMOUR = (("49755003", "Morphologically Abnormal Structure"), ("108369006", "Neoplasm"))


def write_seg(
    path: Path,
    regions: Sequence[Region],
    image: DicomContext,
    *,
    written_at: datetime,
    kinds: Mapping[str, SegmentKind] | None = None,
    delineation: Delineation = Delineation.SEMIAUTOMATIC,
    label: str = "HEVESY",
) -> Path:
    """Write regions as a binary SEG on the image's grid; regions may overlap.

    One frame per region and slice that holds it; each frame names the slice of the source image.
    The same regions written at the same time get the same UIDs.

    Parameters
    ----------
    path : Path
        File to be written; it appears whole or not at all.
    regions : sequence of Region
        On the image's grid.
    image : DicomContext
        Of the image they belong to, which has a frame of reference.
    written_at : datetime
        Aware; content date and time.
    kinds : mapping of str to SegmentKind, optional
        By region's name; tissue where nothing is said.
    delineation : Delineation
        How the regions were drawn.
    label : str
        Content Label: capitals, digits, space and underscore, up to 16.

    Returns
    -------
    Path
        `path`.

    References
    ----------
    DICOM PS3.3, A.51 (Segmentation IOD), C.8.20.

    Examples
    --------
    >>> from datetime import UTC
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(2, 2, 2))
    >>> image = DicomContext.from_header(Dataset(), grid=grid, slices=())
    >>> write_seg(Path("a.dcm"), [], image, written_at=datetime(2026, 1, 1, tzinfo=UTC))
    Traceback (most recent call last):
    hevesy.errors.RegionError: there is no region to write; give at least one
    """
    regions = tuple(regions)
    dataset = begin_structures(
        "SEG", regions, image, sop_class_uid=SegmentationStorage, written_at=written_at
    )
    dataset.InstanceNumber = 1
    dataset.ContentDate = dataset.InstanceCreationDate
    dataset.ContentTime = dataset.InstanceCreationTime
    dataset.ContentLabel = label[:16]
    dataset.ContentDescription = "Regions (research use only)"
    dataset.ContentCreatorName = ""
    dataset.ImageType = ["DERIVED", "PRIMARY"]
    dataset.LossyImageCompression = "00"
    _add_pixel_description(dataset, image.grid)
    dataset.SegmentationType = "BINARY"
    dataset.SegmentsOverlap = "YES" if _overlap(regions) else "NO"
    dataset.SegmentSequence = [
        _segment(number, region, (kinds or {}).get(region.name, SegmentKind.TISSUE), delineation)
        for number, region in enumerate(regions, start=1)
    ]
    dataset.ReferencedSeriesSequence = [_referenced_series(image)]
    _add_dimensions(dataset)
    _add_frames(dataset, regions, image)
    return write_structure_file(dataset, path, ExplicitVRLittleEndian)


def _add_pixel_description(dataset: Dataset, grid: Grid) -> None:
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = grid.shape[1:]
    dataset.BitsAllocated = 1
    dataset.BitsStored = 1
    dataset.HighBit = 0
    dataset.PixelRepresentation = 0


def _overlap(regions: tuple[Region, ...]) -> bool:
    """Whether a voxel is in two regions."""
    taken = regions[0].mask.copy()
    for region in regions[1:]:
        if (taken & region.mask).any():
            return True
        taken |= region.mask
    return False


def _code(value: str, scheme: str, meaning: str) -> Dataset:
    code = Dataset()
    code.CodeValue = value
    code.CodingSchemeDesignator = scheme
    code.CodeMeaning = meaning
    return code


def _segment(number: int, region: Region, kind: SegmentKind, delineation: Delineation) -> Dataset:
    (category, category_meaning), (property_type, type_meaning) = kind.value
    segment = Dataset()
    segment.SegmentedPropertyCategoryCodeSequence = [_code(category, "SCT", category_meaning)]
    segment.SegmentNumber = number
    segment.SegmentLabel = region.name.strip()
    segment.SegmentAlgorithmType = delineation.value
    if delineation is not Delineation.MANUAL:
        segment.SegmentAlgorithmName = "hevesy"
    segment.SegmentedPropertyTypeCodeSequence = [_code(property_type, "SCT", type_meaning)]
    return segment


def _referenced_series(image: DicomContext) -> Dataset:
    series = Dataset()
    series.SeriesInstanceUID = image.series_uid
    series.ReferencedInstanceSequence = []
    for uid in dict.fromkeys(part.sop_instance_uid for part in image.slices):
        instance = Dataset()
        instance.ReferencedSOPClassUID = image.sop_class_uid
        instance.ReferencedSOPInstanceUID = uid
        series.ReferencedInstanceSequence.append(instance)
    return series


def _add_dimensions(dataset: Dataset) -> None:
    """Frames are told apart by their segment, then by their position."""
    organization = Dataset()
    organization.DimensionOrganizationUID = seeded_uid("dimensions", dataset.SOPInstanceUID)
    dataset.DimensionOrganizationSequence = [organization]
    dataset.DimensionIndexSequence = []
    for pointer, group, meaning in (
        (_SEGMENT_NUMBER, _SEGMENT_IDENTIFICATION, "Segment Number"),
        (_POSITION, _PLANE_POSITION, "Image Position Patient"),
    ):
        index = Dataset()
        index.DimensionOrganizationUID = organization.DimensionOrganizationUID
        index.DimensionIndexPointer = pointer
        index.FunctionalGroupPointer = group
        index.DimensionDescriptionLabel = meaning
        dataset.DimensionIndexSequence.append(index)


def _add_frames(dataset: Dataset, regions: tuple[Region, ...], image: DicomContext) -> None:
    """Add the functional groups and the pixels."""
    dataset.SharedFunctionalGroupsSequence = [_shared_groups(image.grid)]
    derivations = [_derivation(image, k) for k in range(image.grid.shape[0])]
    positions = [_position(image.grid, k) for k in range(image.grid.shape[0])]
    occupied = [region.mask.any(axis=(1, 2)) for region in regions]
    used = np.flatnonzero(np.any(occupied, axis=0))
    place = {int(k): i for i, k in enumerate(used, start=1)}  # an index without gaps
    frames = []
    for number, slices in enumerate(occupied, start=1):
        for k in np.flatnonzero(slices).tolist():
            frame = Dataset()
            content = Dataset()
            content.DimensionIndexValues = [number, place[k]]
            frame.FrameContentSequence = [content]
            frame.PlanePositionSequence = [positions[k]]
            identification = Dataset()
            identification.ReferencedSegmentNumber = number
            frame.SegmentIdentificationSequence = [identification]
            frame.DerivationImageSequence = [derivations[k]]
            frames.append(frame)
    dataset.NumberOfFrames = len(frames)
    dataset.PerFrameFunctionalGroupsSequence = frames
    planes = (
        region.mask[k]
        for region, slices in zip(regions, occupied, strict=True)
        for k in np.flatnonzero(slices)
    )
    dataset.PixelData = _packed(planes)
    dataset["PixelData"].VR = "OB"


def _packed(planes: Iterator[NDArray[np.bool_]]) -> bytes:
    """Pack frames to bits, one after the other without filling up bytes between them."""
    parts = []
    left = np.empty(0, dtype=np.bool_)
    for plane in planes:
        bits = np.concatenate([left, plane.ravel()])
        whole = bits.size // 8 * 8
        parts.append(np.packbits(bits[:whole], bitorder="little").tobytes())
        left = bits[whole:]
    parts.append(np.packbits(left, bitorder="little").tobytes())
    packed = b"".join(parts)
    return packed + b"\0" * (len(packed) % 2)


def _shared_groups(grid: Grid) -> Dataset:
    """Describe what all frames have in common: orientation and spacing."""
    z_mm, y_mm, x_mm = grid.spacing_mm
    measures = Dataset()
    measures.SliceThickness = _ds(z_mm)
    measures.SpacingBetweenSlices = _ds(z_mm)
    measures.PixelSpacing = [_ds(y_mm), _ds(x_mm)]
    orientation = Dataset()
    along_rows, along_columns = grid.direction[:, 2], grid.direction[:, 1]
    orientation.ImageOrientationPatient = [_ds(v) for v in (*along_rows, *along_columns)]
    shared = Dataset()
    shared.PixelMeasuresSequence = [measures]
    shared.PlaneOrientationSequence = [orientation]
    return shared


def _position(grid: Grid, k: int) -> Dataset:
    position = Dataset()
    position.ImagePositionPatient = [_ds(v) for v in grid.to_world_mm([k, 0, 0])]
    return position


def _derivation(image: DicomContext, k: int) -> Dataset:
    """Refer to the slice that a frame was drawn on."""
    part = image.slices[k]
    source = Dataset()
    source.ReferencedSOPClassUID = image.sop_class_uid
    source.ReferencedSOPInstanceUID = part.sop_instance_uid
    if part.frame_number is not None:
        source.ReferencedFrameNumber = part.frame_number
    purpose = _code("121322", "DCM", "Source image for image processing operation")
    source.PurposeOfReferenceCodeSequence = [purpose]
    derivation = Dataset()
    derivation.SourceImageSequence = [source]
    derivation.DerivationCodeSequence = [_code("113076", "DCM", "Segmentation")]
    return derivation


def _ds(value: float) -> str:
    return format_number_as_ds(float(value))
