"""Enhanced multi-frame CT: planes from its functional groups."""

from pathlib import Path
from typing import Any

from pydicom.dataset import Dataset, FileDataset

from hevesy.dicom.reading import decode_pixels, read_dataset
from hevesy.dicom.slices import Plane
from hevesy.errors import GridError

__all__ = ["read_enhanced_planes"]


def read_enhanced_planes(file: Path, *, where: str) -> list[Plane]:
    """Read an enhanced (or legacy converted enhanced) multi-frame file as planes.

    A frame's own functional group holds before the shared one. A file with more than one stack or
    more than one time comes out as planes at the same place, which `assemble` refuses.

    Parameters
    ----------
    file : Path
        The file.
    where : str
        Which image, for messages.

    Returns
    -------
    list of Plane
        In the order of the frames.

    Raises
    ------
    GridError
        A frame without position, orientation or spacing.

    References
    ----------
    DICOM PS3.3 C.7.6.16.2 (Pixel Measures, Plane Position, Plane Orientation, Pixel Value
    Transformation).

    Examples
    --------
    >>> read_enhanced_planes(Path("no-such-file.dcm"), where="the CT")
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    dataset = read_dataset(file)
    stored = decode_pixels(dataset, name=file.name)
    stored = stored[None] if stored.ndim == 2 else stored
    del dataset.PixelData
    frames = dataset.get("PerFrameFunctionalGroupsSequence") or []
    if len(frames) != len(stored) or stored.ndim != 3:
        raise GridError(
            f"{where} does not describe each of its frames",
            got=f"{len(frames)} descriptions, pixels of shape {stored.shape}",
            remedy="export it as single slices",
        )

    def value(frame: Dataset, group: str, keyword: str, default: Any = None) -> Any:
        shared = (dataset.get("SharedFunctionalGroupsSequence") or [Dataset()])[0]
        for holder in (frame, shared):
            item = (holder.get(group) or [Dataset()])[0]
            if item.get(keyword) is not None:
                return item[keyword].value
        if default is None:
            raise GridError(
                f"a frame of {where} has no {keyword}", remedy="export it as single slices"
            )
        return default

    return [
        _plane(dataset, stored[i], i + 1, lambda *a, frame=frame, **k: value(frame, *a, **k))
        for i, frame in enumerate(frames)
    ]


def _plane(dataset: FileDataset, stored: Any, number: int, value: Any) -> Plane:
    measures, rescale = "PixelMeasuresSequence", "PixelValueTransformationSequence"
    thickness = value(measures, "SliceThickness", 0.0)
    return Plane(
        header=dataset,
        stored=stored,
        slope=float(value(rescale, "RescaleSlope", 1.0)),
        intercept=float(value(rescale, "RescaleIntercept", 0.0)),
        position_mm=tuple(map(float, value("PlanePositionSequence", "ImagePositionPatient"))),
        orientation=tuple(map(float, value("PlaneOrientationSequence", "ImageOrientationPatient"))),
        pixel_spacing_mm=tuple(map(float, value(measures, "PixelSpacing"))),
        thickness_mm=float(thickness) or None,
        frame_number=number,
    )
