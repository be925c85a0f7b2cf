"""Absorbed dose as RTDOSE: written into an image's study, read back."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileDataset
from pydicom.tag import Tag
from pydicom.uid import RTDoseStorage

from hevesy._version import __version__
from hevesy.dicom.atomic_write import write_dataset
from hevesy.dicom.encoding import decimal, decimals, place_plane, scale_to_integers
from hevesy.dicom.geometry import right_handed, row_and_column_cosines, stack_planes
from hevesy.dicom.identity import DicomContext, dataset_in_study, seeded_uid
from hevesy.dicom.reading import decode_pixels, read_dataset, refusing_damage
from hevesy.errors import GridError, ImageFileError, OutputError, QuantityError
from hevesy.images import Quantity, Volume

__all__ = ["RtDoseFile", "read_rtdose", "write_rtdose"]

_OFFSETS = Tag("GridFrameOffsetVector")
_HETEROGENEITY = {"IMAGE", "ROI_OVERRIDE", "WATER"}


@dataclass(frozen=True, slots=True, kw_only=True)
class RtDoseFile:
    """An RTDOSE that was written.

    Parameters
    ----------
    path : Path
        The file.
    step_gy : float
        Dose Grid Scaling: the dose of one unit of a pixel, Gy. Rounding is half of it at most.
    bits : int
        Bits of a pixel.
    sop_instance_uid, series_uid : str
        Of the new object.
    """

    path: Path
    step_gy: float
    bits: int
    sop_instance_uid: str = field(repr=False)
    series_uid: str = field(repr=False)


def write_rtdose(
    path: Path,
    dose: Volume,
    context: DicomContext,
    *,
    written_at: datetime,
    bits: int = 32,
    heterogeneity: str | None = None,
    description: str = "Absorbed dose (research use only)",
) -> RtDoseFile:
    """Write a dose map as RTDOSE into the study of an image.

    One grid of unsigned integers times Dose Grid Scaling, in Gy, physical dose. Any orientation:
    frames follow along the normal by Grid Frame Offset Vector (relative form). 32 bits have steps
    of 2e-10 of the maximum; 16 bits (2e-5) are for software that reads no more. The same dose,
    context and moment give the same UIDs.

    Parameters
    ----------
    path : Path
        The file; replaced if it exists, and left as it was if writing fails.
    dose : Volume
        In Gy, none negative.
    context : DicomContext
        Of an image in the dose's frame of reference.
    written_at : datetime
        Aware.
    bits : int
        32 or 16.
    heterogeneity : str or None
        Tissue Heterogeneity Correction: ``"IMAGE"`` (densities from the CT), ``"ROI_OVERRIDE"``,
        ``"WATER"``; None leaves it out.
    description : str
        Series Description.

    Returns
    -------
    RtDoseFile

    Raises
    ------
    GridError
        The context has no frame of reference, or another one than the dose.
    OutputError
        Bits other than 16 and 32, or an unknown heterogeneity.

    References
    ----------
    DICOM PS3.3 A.18 (RT Dose IOD), C.8.8.3 (RT Dose), C.8.8.3.2 (Grid Frame Offset Vector).

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> from hevesy.images import Grid
    >>> header = Dataset()
    >>> header.FrameOfReferenceUID = "1.2.3"
    >>> grid = Grid.from_spacing((2, 3, 4), spacing_mm=(4, 2, 2))
    >>> context = DicomContext.from_header(header, grid=grid, slices=())
    >>> dose = Volume(values=np.full(grid.shape, 65.535), grid=grid, quantity=Quantity.GY)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     done = write_rtdose(Path(folder) / "rtdose.dcm", dose, context, bits=16,
    ...                         written_at=datetime(2024, 5, 6, 9, tzinfo=UTC))
    ...     float(read_rtdose(done.path).values[0, 0, 0]), done.step_gy
    (65.535, 0.001)
    """
    dose.require(Quantity.GY)
    _check_frame(dose, context)
    if bits not in {16, 32} or heterogeneity not in {None, *_HETEROGENEITY}:
        raise OutputError(
            "an RTDOSE has 16 or 32 bits and a known heterogeneity correction",
            got=f"{bits} bits, {heterogeneity}",
            allowed=f"16, 32; {', '.join(sorted(_HETEROGENEITY))} or none",
            remedy="choose one of these",
        )
    values, grid = right_handed(dose.values, dose.grid)
    pixels = scale_to_integers(values, bits=bits, what="the dose")
    seed = (context.series_uid, written_at.isoformat(), str(bits), _digest(pixels.stored),
            pixels.step_text, str(grid.affine.tolist()))  # fmt: skip
    uid = seeded_uid("rtdose", *seed)
    dataset = dataset_in_study(
        context, sop_class_uid=RTDoseStorage, sop_instance_uid=uid, created=written_at
    )
    _describe(dataset, description, series_uid=seeded_uid("rtdose series", *seed))
    place_plane(dataset, grid)
    dataset.SliceThickness = decimal(grid.spacing_mm[0])
    dataset.NumberOfFrames = grid.shape[0]
    dataset.FrameIncrementPointer = _OFFSETS
    dataset.GridFrameOffsetVector = decimals(np.arange(grid.shape[0]) * grid.spacing_mm[0])
    if heterogeneity is not None:
        dataset.TissueHeterogeneityCorrection = heterogeneity
    _refer(dataset, context)
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = grid.shape[1:]
    dataset.BitsAllocated = dataset.BitsStored = bits
    dataset.HighBit = bits - 1
    dataset.PixelRepresentation = 0
    dataset.DoseGridScaling = pixels.step_text
    dataset.add_new(Tag("PixelData"), "OW", pixels.stored.astype(f"<u{bits // 8}").tobytes())
    write_dataset(dataset, path)
    return RtDoseFile(
        path=path,
        step_gy=pixels.step,
        bits=bits,
        sop_instance_uid=uid,
        series_uid=str(dataset.SeriesInstanceUID),
    )


def _check_frame(dose: Volume, context: DicomContext) -> None:
    if context.frame_of_reference is None:
        raise GridError(
            "the image has no frame of reference to write the dose in",
            got=context.modality or "no modality",
            remedy="write it on the CT, or leave it out",
        )
    if dose.frame_of_reference not in {None, context.frame_of_reference}:
        raise GridError(
            "the dose and the image it is to be written with are in different frames of reference",
            remedy="give the image that the dose was computed on",
        )


def _digest(stored: NDArray[np.unsignedinteger]) -> str:
    return hashlib.sha256(np.ascontiguousarray(stored).tobytes()).hexdigest()


def _describe(dataset: Dataset, description: str, *, series_uid: str) -> None:
    dataset.Modality = "RTDOSE"
    dataset.SeriesInstanceUID = series_uid
    dataset.SeriesNumber = 1
    dataset.SeriesDescription = description[:64]
    dataset.SeriesDate = dataset.ContentDate = dataset.InstanceCreationDate
    dataset.SeriesTime = dataset.ContentTime = dataset.InstanceCreationTime
    dataset.OperatorsName = ""
    dataset.Manufacturer = "hevesy"
    dataset.ManufacturerModelName = "hevesy"
    dataset.SoftwareVersions = __version__
    dataset.InstanceNumber = 1
    dataset.DoseUnits = "GY"
    dataset.DoseType = "PHYSICAL"
    dataset.DoseComment = "Research use only; not a medical device"


def _refer(dataset: Dataset, context: DicomContext) -> None:
    """Say what the dose sums, without an RT Plan.

    PLAN, MULTI_PLAN, FRACTION, BEAM and BRACHY require a Referenced RT Plan, RECORD a treatment
    record; a radiopharmaceutical therapy has neither, and a reference to an object that nobody
    has would be false. PLAN_OVERVIEW (since 2016) requires a Plan Overview Sequence instead, whose
    label and site may be empty, and which names the images.
    """
    dataset.DoseSummationType = "PLAN_OVERVIEW"
    overview = Dataset()
    overview.PlanOverviewIndex = 1
    overview.RTPlanLabel = ""
    overview.TreatmentSite = ""
    overview.TreatmentSiteCodeSequence = []
    overview.PrescriptionOverviewSequence = []
    files = dict.fromkeys(s.sop_instance_uid for s in context.slices if s.sop_instance_uid)
    if files and context.sop_class_uid:
        overview.ReferencedImageSequence = [_reference(context.sop_class_uid, f) for f in files]
    dataset.PlanOverviewSequence = [overview]


def _reference(sop_class_uid: str, sop_instance_uid: str) -> Dataset:
    item = Dataset()
    item.ReferencedSOPClassUID = sop_class_uid
    item.ReferencedSOPInstanceUID = sop_instance_uid
    return item


def read_rtdose(path: Path) -> Volume:
    """Read an RTDOSE grid in Gy.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    Volume
        float64 (a 32-bit pixel is finer than float32), slices along the planes' normal.

    Raises
    ------
    ImageFileError
        The file is no RTDOSE with a grid.
    QuantityError
        Relative, effective or signed dose, or no Dose Grid Scaling.

    References
    ----------
    DICOM PS3.3 C.8.8.3, C.8.8.3.2 (Grid Frame Offset Vector, relative and absolute).

    Examples
    --------
    >>> read_rtdose(Path("no-such-file.dcm"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    with refusing_damage("the RTDOSE"):
        return _read_rtdose(path)


def _read_rtdose(path: Path) -> Volume:
    dataset = read_dataset(path)
    if dataset.get("SOPClassUID") != RTDoseStorage:
        raise ImageFileError(
            "the file is no RTDOSE",
            got=f"modality {dataset.get('Modality') or 'missing'}",
            allowed="RT Dose Storage",
            remedy="give an RTDOSE file",
        )
    units, kind = str(dataset.get("DoseUnits", "")), str(dataset.get("DoseType", ""))
    scaling = dataset.get("DoseGridScaling")
    if units != "GY" or kind != "PHYSICAL" or not scaling or dataset.get("PixelRepresentation"):
        raise QuantityError(
            "the RTDOSE does not hold physical dose in Gy",
            got=f"units {units or 'missing'}, type {kind or 'missing'}, scaling {scaling}",
            allowed="GY, PHYSICAL, unsigned, a Dose Grid Scaling above 0",
            remedy="export physical dose in Gy",
        )
    stored = decode_pixels(dataset, name=path.name)
    stored = stored[None] if stored.ndim == 2 else stored
    positions = _frame_positions(dataset, len(stored))
    stack = stack_planes(
        positions,
        orientation=dataset.ImageOrientationPatient,
        pixel_spacing_mm=[float(v) for v in dataset.PixelSpacing],
        rows=stored.shape[1],
        columns=stored.shape[2],
        single_spacing_mm=float(dataset.get("SliceThickness") or 0) or None,
        where="the RTDOSE",
    )
    values = stored[stack.order].astype(np.float64) * float(scaling)
    return Volume(
        values=values,
        grid=stack.grid,
        quantity=Quantity.GY,
        frame_of_reference=str(dataset.get("FrameOfReferenceUID") or "") or None,
    )


def _frame_positions(dataset: FileDataset, frames: int) -> NDArray[np.float64]:
    if not dataset.get("ImagePositionPatient") or not dataset.get("ImageOrientationPatient"):
        raise ImageFileError(
            "the RTDOSE does not say where it lies", remedy="export it with its geometry"
        )
    position = np.asarray(dataset.ImagePositionPatient, dtype=np.float64)
    row, column = row_and_column_cosines(dataset.ImageOrientationPatient, where="the RTDOSE")
    vector = dataset.get("GridFrameOffsetVector")
    offsets = np.zeros(1) if vector is None else np.atleast_1d(np.asarray(vector, dtype=float))
    if len(offsets) != frames:
        raise ImageFileError(
            "the RTDOSE does not place each of its frames",
            got=f"{frames} frames, {len(offsets)} offsets",
            remedy="export it again",
        )
    # The absolute form gives z instead of offsets; both are one from the first frame on.
    return np.asarray(position + (offsets - offsets[0])[:, None] * np.cross(row, column))
