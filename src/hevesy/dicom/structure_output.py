"""What RTSTRUCT and SEG have in common when they are written."""

import contextlib
import os
from enum import StrEnum
from pathlib import Path

from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID

from hevesy.dicom.image_reference import ImageReference
from hevesy.errors import IdentityError, OutputError, RegionError
from hevesy.images import Region

__all__ = ["Delineation", "add_patient_and_study", "require_writable", "write_structure_file"]

_NAME_LENGTH = 64  # DICOM LO
_PATIENT = ("PatientName", "PatientID", "PatientBirthDate", "PatientSex")
_STUDY = ("StudyDate", "StudyTime", "ReferringPhysicianName", "StudyID", "AccessionNumber")


class Delineation(StrEnum):
    """How regions were drawn, in DICOM's words."""

    MANUAL = "MANUAL"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"
    AUTOMATIC = "AUTOMATIC"


def require_writable(image: ImageReference, regions: tuple[Region, ...]) -> Dataset:
    """Refuse what cannot be written for an image, and return the image's header.

    Raises
    ------
    RegionError
        A name that DICOM cannot hold.
    IdentityError
        An image without a header, or without a frame of reference.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(2, 2, 2))
    >>> require_writable(ImageReference(grid=grid), ())
    Traceback (most recent call last):
    hevesy.errors.RegionError: there is no region to write; give at least one
    """
    image.require_regions(regions)
    for region in regions:
        name = region.name.strip()
        if len(name) > _NAME_LENGTH or "\\" in name or not name.isprintable():
            raise RegionError(
                "a region's name does not fit into DICOM",
                got=name[:80],
                allowed=f"up to {_NAME_LENGTH} printable characters, no backslash",
                remedy="rename it",
            )
    if image.header is None or not image.series_uid or not image.sop_uids:
        raise IdentityError(
            "structures cannot refer to an image that is not a DICOM series",
            remedy="write NIfTI instead, or give the DICOM image",
        )
    if not image.frame_of_reference:
        raise IdentityError(
            "structures cannot refer to an image without a frame of reference",
            got=str(image.header.get("Modality") or "no modality"),
            remedy="write them on the CT",
        )
    return image.header


def add_patient_and_study(dataset: Dataset, header: Dataset) -> None:
    """Copy whose image it is and of which study; the text becomes UTF-8."""
    dataset.SpecificCharacterSet = "ISO_IR 192"
    for keyword in (*_PATIENT, *_STUDY):
        value = header.get(keyword)
        setattr(dataset, keyword, None if value is None else str(value))
    dataset.StudyInstanceUID = header.StudyInstanceUID


def write_structure_file(dataset: Dataset, path: Path, transfer_syntax: str) -> Path:
    """Write a dataset under its final name only when it is whole.

    Parameters
    ----------
    dataset : pydicom Dataset
        With SOP class and instance.
    path : Path
        Final name; its folder must exist.
    transfer_syntax : str
        Transfer Syntax UID.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OutputError
        The file system refused: no such folder, no right, no space.

    Examples
    --------
    >>> from pydicom.uid import ExplicitVRLittleEndian
    >>> empty = Dataset()
    >>> empty.SOPClassUID, empty.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.66.4", "1.2.3"
    >>> write_structure_file(empty, Path("/no/such/folder/seg.dcm"), ExplicitVRLittleEndian)
    Traceback (most recent call last):
    hevesy.errors.OutputError: a DICOM file could not be written: got 'seg.dcm', ...
    """
    meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    meta.TransferSyntaxUID = transfer_syntax
    meta.ImplementationClassUID = PYDICOM_IMPLEMENTATION_UID
    dataset.file_meta = meta
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with temporary.open("wb") as file:
            dataset.save_as(file, enforce_file_format=True)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            "a DICOM file could not be written",
            got=path.name,
            allowed=error.strerror or type(error).__name__,
            remedy="check that the folder exists and has space",
        ) from error
    finally:
        with contextlib.suppress(OSError):  # there is no such folder, or it was moved: nothing left
            temporary.unlink(missing_ok=True)
    return path
