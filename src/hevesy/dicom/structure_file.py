"""Opening a structure file, and knowing the image it was drawn on."""

import contextlib
import struct
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydicom import Dataset, dcmread
from pydicom.dataset import FileDataset
from pydicom.errors import BytesLengthException, InvalidDicomError

from hevesy.dicom.identity import DicomContext
from hevesy.errors import IdentityError, ImageFileError

__all__ = [
    "StructureReference",
    "lenient_reading",
    "read_structure_file",
    "shortened",
    "structure_kind",
]

_KINDS = {
    "1.2.840.10008.5.1.4.1.1.481.3": "RTSTRUCT",
    "1.2.840.10008.5.1.4.1.1.66.4": "SEG",
    "1.2.840.10008.5.1.4.1.1.66.7": "SEG",  # label map
}
_UNDEFINED_LENGTH = 0xFFFFFFFF
# What pydicom raises on broken files.
_BROKEN = (
    InvalidDicomError, BytesLengthException, OSError, EOFError, ValueError, AttributeError,
    KeyError, TypeError, IndexError, NotImplementedError, OverflowError, RuntimeError, struct.error,
)  # fmt: skip


def structure_kind(dataset: Dataset) -> str | None:
    """``"RTSTRUCT"``, ``"SEG"``, or None for anything else.

    Examples
    --------
    >>> structure_kind(Dataset()) is None
    True
    """
    return _KINDS.get(str(dataset.get("SOPClassUID") or ""))


@contextlib.contextmanager
def lenient_reading(name: str) -> Iterator[None]:
    """Bear with vendors' small faults, and turn what pydicom cannot bear into an error for people.

    pydicom converts elements when they are first looked at, so this belongs around looking too.

    Parameters
    ----------
    name : str
        The file's name, for the message.

    Raises
    ------
    ImageFileError
        Whatever pydicom raises on a broken file.

    Examples
    --------
    >>> with lenient_reading("a.dcm"):
    ...     Dataset().Rows
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: a structure file is truncated, unreadable or not DICOM: ...
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # values that break a VR's length or character set
            yield
    except _BROKEN as error:
        raise ImageFileError(
            "a structure file is truncated, unreadable or not DICOM",
            got=name,
            remedy="copy or export it again",
        ) from error


def read_structure_file(path: Path, *kinds: str, header_only: bool = False) -> FileDataset:
    """Read an RTSTRUCT or SEG.

    Parameters
    ----------
    path : Path
        The file; one without the 128-byte preamble is read too.
    kinds : str
        ``"RTSTRUCT"``, ``"SEG"``: which are wanted; both where none is given.
    header_only : bool
        Stop before a SEG's pixels.

    Returns
    -------
    pydicom.FileDataset

    Raises
    ------
    ImageFileError
        Missing, not DICOM, truncated, or of another kind.

    Examples
    --------
    >>> read_structure_file(Path("absent.dcm"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the structure file is missing: got 'absent.dcm'; ...
    """
    wanted = kinds or ("RTSTRUCT", "SEG")
    if not path.is_file():
        raise ImageFileError(
            "the structure file is missing", got=path.name, remedy="check the path in the case"
        )
    with lenient_reading(path.name):
        dataset = dcmread(path, force=True, stop_before_pixels=header_only)
        kind = structure_kind(dataset)
        modality = str(dataset.get("Modality") or "no modality")
        whole = _is_whole(dataset)
    if kind not in wanted:
        raise ImageFileError(
            "a file is no DICOM file that holds regions",
            got=f"{path.name}, {modality}",
            allowed=" or ".join(wanted),
            remedy="give the RTSTRUCT or SEG",
        )
    if not whole:
        raise ImageFileError(
            "a structure file is truncated", got=path.name, remedy="copy or export it again"
        )
    return dataset


def _is_whole(dataset: Dataset) -> bool:
    """Whether each element has as many bytes as it announces: pydicom forgives the last."""
    for tag in dataset.keys():  # noqa: SIM118 - iterating a Dataset converts its elements
        element: Any = dataset.get_item(tag)
        if not element.is_raw or not isinstance(element.value, bytes):
            continue
        if element.length != _UNDEFINED_LENGTH and len(element.value) < element.length:
            return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class StructureReference:
    """The image that a structure file says it was drawn on.

    Parameters
    ----------
    frames : tuple of str
        Frame of Reference UIDs.
    series : tuple of str
        Series Instance UIDs; empty where the file names none.
    instances : frozenset of str
        SOP Instance UIDs; empty where the file names none.
    patient_id : str
        To compare, never to show.

    Examples
    --------
    >>> StructureReference(frames=("1.2.3",), series=("1.2.3.4",)).series
    ('1.2.3.4',)
    """

    frames: tuple[str, ...]
    series: tuple[str, ...] = ()
    instances: frozenset[str] = frozenset()
    patient_id: str = ""

    @classmethod
    def of(cls, dataset: Dataset) -> "StructureReference":
        """Read it from an RTSTRUCT or a SEG."""
        rtstruct = structure_kind(dataset) == "RTSTRUCT"
        frames, series, instances = _of_rtstruct(dataset) if rtstruct else _of_seg(dataset)
        return cls(
            frames=tuple(dict.fromkeys(filter(None, frames))),
            series=tuple(dict.fromkeys(filter(None, series))),
            instances=frozenset(filter(None, instances)),
            patient_id=str(dataset.get("PatientID") or "").strip(),
        )

    def require_image(self, image: DicomContext, *, same_series: bool = True) -> tuple[str, ...]:
        """Refuse an image that it was not drawn on; return warnings where the file is silent.

        With `same_series` False (a SEG, which has voxels of its own) a common frame of reference is
        enough.

        Raises
        ------
        IdentityError
            Another patient, another frame of reference, or another series.
        """
        patient_id = dict(image.patient).get("PatientID", "").strip()
        if self.patient_id and patient_id and self.patient_id.upper() != patient_id.upper():
            raise IdentityError(
                "the structure file and the image are of two patients (IDs are compared)",
                remedy="give files of one patient",
            )
        frame = image.frame_of_reference
        if frame and self.frames and frame not in self.frames:
            raise IdentityError(
                "the structures lie in another frame of reference than the image",
                got=", ".join(shortened(uid) for uid in self.frames),
                allowed=shortened(frame),
                remedy="give the image they were drawn on, or its own structures",
            )
        if frame and self.frames and not same_series:
            return ()
        if self.series:
            if image.series_uid in self.series:
                return ()
            raise IdentityError(
                "the structures were drawn on another series than the image",
                got=", ".join(shortened(uid) for uid in self.series),
                allowed=shortened(image.series_uid),
                remedy="give the image they were drawn on, or its own structures",
            )
        if self.instances:
            if self.instances & {part.sop_instance_uid for part in image.slices}:
                return ()
            raise IdentityError(
                "the structures were drawn on other images than the one given",
                got=shortened(min(self.instances)),
                remedy="give the image they were drawn on, or its own structures",
            )
        if frame and self.frames:
            return (
                "the structure file does not say on which series it was drawn; "
                "its frame of reference is the image's",
            )
        raise IdentityError(
            "neither a series nor a frame of reference ties the structures to the image",
            remedy="export them with references to the image they were drawn on",
        )


def shortened(uid: str | None) -> str:
    """Return the end of a UID: enough to tell two apart.

    Examples
    --------
    >>> shortened("1.2.840.113619.2.55.3.604688119.971.1449741835.417")
    '...41835.417'
    """
    if not uid:
        return "none"
    return uid if len(uid) <= 12 else f"...{uid[-9:]}"


def _of_rtstruct(dataset: Dataset) -> tuple[list[str], list[str], list[str]]:
    frames, series, instances = [], [], []
    for frame in dataset.get("ReferencedFrameOfReferenceSequence") or []:
        frames.append(str(frame.get("FrameOfReferenceUID") or ""))
        for study in frame.get("RTReferencedStudySequence") or []:
            for one in study.get("RTReferencedSeriesSequence") or []:
                series.append(str(one.get("SeriesInstanceUID") or ""))
                for image in one.get("ContourImageSequence") or []:
                    instances.append(str(image.get("ReferencedSOPInstanceUID") or ""))
    for roi in dataset.get("StructureSetROISequence") or []:
        frames.append(str(roi.get("ReferencedFrameOfReferenceUID") or ""))
    if not instances:
        for roi in dataset.get("ROIContourSequence") or []:
            for contour in roi.get("ContourSequence") or []:
                for image in contour.get("ContourImageSequence") or []:
                    instances.append(str(image.get("ReferencedSOPInstanceUID") or ""))
    return frames, series, instances


def _of_seg(dataset: Dataset) -> tuple[list[str], list[str], list[str]]:
    frames = [str(dataset.get("FrameOfReferenceUID") or "")]
    series, instances = [], []
    for one in dataset.get("ReferencedSeriesSequence") or []:
        series.append(str(one.get("SeriesInstanceUID") or ""))
        for image in one.get("ReferencedInstanceSequence") or []:
            instances.append(str(image.get("ReferencedSOPInstanceUID") or ""))
    return frames, series, instances
