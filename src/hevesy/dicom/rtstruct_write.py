"""RTSTRUCT: regions written as contours along the voxels' edges."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataelem import DataElement
from pydicom.sequence import Sequence as DicomSequence
from pydicom.tag import Tag
from pydicom.uid import ImplicitVRLittleEndian, RTStructureSetStorage
from pydicom.valuerep import format_number_as_ds

from hevesy.dicom.identity import DicomContext
from hevesy.dicom.structure_output import Delineation, begin_structures, write_structure_file
from hevesy.errors import GridError
from hevesy.images import Grid, Region
from hevesy.segmentation.outlines import outline_mask

__all__ = ["write_rtstruct"]

_CONTOUR_DATA = Tag(0x30060050)
_STUDY_CLASS = "1.2.840.10008.3.1.2.3.1"  # Detached Study Management, as the attribute wants
_COLOURS = (
    (230, 159, 0),
    (86, 180, 233),
    (0, 158, 115),
    (240, 228, 66),
    (0, 114, 178),
    (213, 94, 0),
    (204, 121, 167),
)  # Okabe and Ito, told apart by colour-blind eyes too


def write_rtstruct(
    path: Path,
    regions: Sequence[Region],
    image: DicomContext,
    *,
    written_at: datetime,
    label: str = "hevesy",
    interpreted_types: Mapping[str, str] | None = None,
    delineation: Delineation = Delineation.SEMIAUTOMATIC,
) -> Path:
    """Write regions as an RTSTRUCT that gives exactly the same voxels back.

    Contours (CLOSED_PLANAR, holes as keyholes) run along the voxels' edges, half a voxel from any
    centre. Coordinates are rounded to 1/1000 of the smallest voxel spacing or finer, which leaves
    0.499 of a voxel before any could change sides. The slices' spacing is told by Source
    Pixel Planes Characteristics, and each contour names the slice it was drawn on.

    The same regions written at the same time get the same UIDs.

    Parameters
    ----------
    path : Path
        File to be written; it appears whole or not at all.
    regions : sequence of Region
        On the image's grid.
    image : DicomContext
        Of the image they were drawn on, which has a frame of reference.
    written_at : datetime
        Aware; the structure set's date and time.
    label : str
        Structure Set Label, up to 16 characters.
    interpreted_types : mapping of str to str, optional
        RT ROI Interpreted Type by region (``"GTV"``, ``"ORGAN"``, ...).
    delineation : Delineation
        How the regions were drawn.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    GridError
        Coordinates too large for DICOM's 16 characters at the precision needed.

    References
    ----------
    DICOM PS3.3, A.19 (RT Structure Set IOD), C.8.8.6.3 (keyhole technique).

    Examples
    --------
    >>> from datetime import UTC
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(2, 2, 2))
    >>> image = DicomContext.from_header(Dataset(), grid=grid, slices=())
    >>> write_rtstruct(Path("a.dcm"), [], image, written_at=datetime(2026, 1, 1, tzinfo=UTC))
    Traceback (most recent call last):
    hevesy.errors.RegionError: there is no region to write; give at least one
    """
    regions = tuple(regions)
    dataset = begin_structures(
        "RTSTRUCT",
        regions,
        image,
        sop_class_uid=RTStructureSetStorage,
        written_at=written_at,
    )
    dataset.OperatorsName = None
    dataset.StructureSetDate = dataset.InstanceCreationDate
    dataset.StructureSetTime = dataset.InstanceCreationTime
    dataset.StructureSetLabel = label[:16]
    dataset.ReferencedFrameOfReferenceSequence = [_referenced_frame(image)]
    _add_regions(dataset, regions, image, interpreted_types or {}, delineation)
    dataset.ApprovalStatus = "UNAPPROVED"
    # Explicit VR has 16 bits for the length of a contour's text, too few for a long outline.
    return write_structure_file(dataset, path, ImplicitVRLittleEndian)


def _add_regions(
    dataset: Dataset,
    regions: tuple[Region, ...],
    image: DicomContext,
    interpreted_types: Mapping[str, str],
    delineation: Delineation,
) -> None:
    """Add names, contours and observations of all regions."""
    names, contours, observations = [], [], []
    planes = _source_planes(image.grid)
    for number, region in enumerate(regions, start=1):
        name = Dataset()
        name.ROINumber = number
        name.ReferencedFrameOfReferenceUID = image.frame_of_reference
        name.ROIName = region.name.strip()
        name.ROIGenerationAlgorithm = delineation.value
        names.append(name)
        drawn = Dataset()
        drawn.ROIDisplayColor = list(_COLOURS[(number - 1) % len(_COLOURS)])
        drawn.SourcePixelPlanesCharacteristicsSequence = [planes]
        drawn.ContourSequence = _contours(region, image)
        drawn.ReferencedROINumber = number
        contours.append(drawn)
        observed = Dataset()
        observed.ObservationNumber = number
        observed.ReferencedROINumber = number
        observed.RTROIInterpretedType = interpreted_types.get(region.name, "")
        observed.ROIInterpreter = None
        observations.append(observed)
    dataset.StructureSetROISequence = names
    dataset.ROIContourSequence = contours
    dataset.RTROIObservationsSequence = observations


def _contours(region: Region, image: DicomContext) -> DicomSequence:
    """One item per contour, with the slice that it was drawn on."""
    decimals = _decimals(image.grid)
    items = []
    for points in outline_mask(region.mask, image.grid):
        item = Dataset()
        item.ContourImageSequence = [_slice_of(points, image)]
        item.ContourGeometricType = "CLOSED_PLANAR"
        item.NumberOfContourPoints = len(points)
        text = _as_text(points, decimals)
        # As bytes: of a decimal string (DS), pydicom makes an object for each number. The file is
        # written without VRs, so that nothing of this shows.
        item[_CONTOUR_DATA] = DataElement(_CONTOUR_DATA, "OB", text)
        items.append(item)
    return DicomSequence(items)


def _slice_of(points: NDArray[np.float64], image: DicomContext) -> Dataset:
    """Refer to the instance, or to the frame, that a contour lies on."""
    k = round(float(image.grid.to_index(points)[:, 0].mean()))
    source = image.slices[k]
    item = Dataset()
    item.ReferencedSOPClassUID = image.sop_class_uid
    item.ReferencedSOPInstanceUID = source.sop_instance_uid
    if source.frame_number is not None:
        item.ReferencedFrameNumber = source.frame_number
    return item


def _decimals(grid: Grid) -> int:
    """Decimals that keep rounding under 1/1000 of a voxel; at least 4 (0.05 micrometres)."""
    return max(4, math.ceil(-math.log10(1e-3 * min(grid.spacing_mm))))


def _as_text(points: NDArray[np.float64], decimals: int) -> bytes:
    numbers = [f"{value:.{decimals}f}" for value in points.ravel().tolist()]
    longest = max(numbers, key=len)
    if len(longest) > 16:
        raise GridError(
            "the image lies too far from its origin for DICOM's decimal strings",
            got=longest,
            allowed="16 characters",
            remedy="write a SEG instead",
        )
    text = "\\".join(numbers).encode("ascii")
    return text + b" " * (len(text) % 2)


def _referenced_frame(image: DicomContext) -> Dataset:
    """Refer to the image: frame of reference, study, series and every instance."""
    series = Dataset()
    series.SeriesInstanceUID = image.series_uid
    series.ContourImageSequence = []
    for uid in dict.fromkeys(part.sop_instance_uid for part in image.slices):
        instance = Dataset()
        instance.ReferencedSOPClassUID = image.sop_class_uid
        instance.ReferencedSOPInstanceUID = uid
        series.ContourImageSequence.append(instance)
    study = Dataset()
    study.ReferencedSOPClassUID = _STUDY_CLASS
    study.ReferencedSOPInstanceUID = image.study_uid
    study.RTReferencedSeriesSequence = [series]
    frame = Dataset()
    frame.FrameOfReferenceUID = image.frame_of_reference
    frame.RTReferencedStudySequence = [study]
    return frame


def _source_planes(grid: Grid) -> Dataset:
    """Describe the voxels that the contours follow."""
    planes = Dataset()
    z_mm, y_mm, x_mm = grid.spacing_mm
    planes.PixelSpacing = [_ds(y_mm), _ds(x_mm)]
    planes.SpacingBetweenSlices = _ds(z_mm)
    along_rows, along_columns = grid.direction[:, 2], grid.direction[:, 1]
    planes.ImageOrientationPatient = [_ds(v) for v in (*along_rows, *along_columns)]
    planes.ImagePositionPatient = [_ds(v) for v in grid.origin_mm]
    planes.NumberOfFrames = grid.shape[0]
    planes.Rows = grid.shape[1]
    planes.Columns = grid.shape[2]
    return planes


def _ds(value: float) -> str:
    return format_number_as_ds(float(value))
