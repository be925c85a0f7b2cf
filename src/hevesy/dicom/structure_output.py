"""What RTSTRUCT and SEG have in common when they are written."""

import contextlib
import hashlib
import os
from datetime import datetime
from enum import StrEnum
from pathlib import Path

import numpy as np
from pydicom import Dataset
from pydicom.dataset import FileMetaDataset
from pydicom.uid import PYDICOM_IMPLEMENTATION_UID, UID

from hevesy._version import __version__
from hevesy.dicom.identity import DicomContext, dataset_in_study, seeded_uid
from hevesy.dicom.structure_file import shortened
from hevesy.errors import GridError, IdentityError, OutputError, RegionError
from hevesy.images import Region

__all__ = ["Delineation", "begin_structures", "write_structure_file"]

_NAME_LENGTH = 64  # DICOM LO


class Delineation(StrEnum):
    """How regions were drawn, in DICOM's words."""

    MANUAL = "MANUAL"
    SEMIAUTOMATIC = "SEMIAUTOMATIC"
    AUTOMATIC = "AUTOMATIC"


def begin_structures(
    kind: str,
    regions: tuple[Region, ...],
    image: DicomContext,
    *,
    sop_class_uid: str,
    written_at: datetime,
) -> Dataset:
    """Check that regions can be written for an image, and begin their dataset.

    Patient, study, frame of reference, series and equipment are filled in; text is UTF-8. UIDs
    follow from the image's series, the regions and the time.

    Parameters
    ----------
    kind : str
        The modality.
    regions : tuple of Region
        On the image's grid.
    image : DicomContext
        Of the image they were drawn on.
    sop_class_uid : str
        Of the file to be written.
    written_at : datetime
        Aware.

    Returns
    -------
    pydicom.Dataset

    Raises
    ------
    RegionError
        No regions, two of one name, or a name that DICOM cannot hold.
    GridError
        A region on another grid.
    IdentityError
        A region in another frame of reference, or an image without one.

    Examples
    --------
    >>> from datetime import UTC
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(2, 2, 2))
    >>> image = DicomContext.from_header(Dataset(), grid=grid, slices=())
    >>> begin_structures("SEG", (), image, sop_class_uid="1.2", written_at=datetime.now(UTC))
    Traceback (most recent call last):
    hevesy.errors.RegionError: there is no region to write; give at least one
    """
    _require_names(regions)
    _require_place(regions, image)
    digest = hashlib.sha256()
    for region in regions:
        digest.update(region.name.encode())
        digest.update(np.packbits(region.mask).tobytes())
    seed = (kind, image.series_uid, written_at.isoformat(), digest.hexdigest())
    dataset = dataset_in_study(
        image,
        sop_class_uid=sop_class_uid,
        sop_instance_uid=seeded_uid("instance", *seed),
        created=written_at,
    )
    dataset.SpecificCharacterSet = "ISO_IR 192"
    dataset.Modality = kind
    dataset.SeriesInstanceUID = seeded_uid("series", *seed)
    dataset.SeriesNumber = 1
    dataset.SeriesDescription = "Regions (research use only)"
    dataset.SeriesDate = dataset.InstanceCreationDate
    dataset.SeriesTime = dataset.InstanceCreationTime
    dataset.Manufacturer = "hevesy"
    dataset.ManufacturerModelName = "hevesy"
    dataset.DeviceSerialNumber = "0"
    dataset.SoftwareVersions = __version__
    return dataset


def _require_names(regions: tuple[Region, ...]) -> None:
    if not regions:
        raise RegionError("there is no region to write", remedy="give at least one")
    names = [region.name.strip() for region in regions]
    for name in names:
        if names.count(name) > 1:
            raise RegionError(
                "two regions have one name", got=name, remedy="give each a name of its own"
            )
        if len(name) > _NAME_LENGTH or "\\" in name or not name.isprintable():
            raise RegionError(
                "a region's name does not fit into DICOM",
                got=name[:80],
                allowed=f"up to {_NAME_LENGTH} printable characters, no backslash",
                remedy="rename it",
            )


def _require_place(regions: tuple[Region, ...], image: DicomContext) -> None:
    if not image.frame_of_reference or not image.slices:
        raise IdentityError(
            "structures cannot refer to an image without a frame of reference",
            got=image.modality or "no modality",
            remedy="write them on the CT",
        )
    for region in regions:
        if not region.grid.matches(image.grid):
            raise GridError(
                f"region '{region.name}' does not lie on the image's grid",
                got=region.grid.shape,
                allowed=str(image.grid.shape),
                remedy="resample it to the image, or give the image it was drawn on",
            )
        frame = region.frame_of_reference
        if frame and frame != image.frame_of_reference:
            raise IdentityError(
                f"region '{region.name}' lies in another frame of reference than the image",
                got=shortened(frame),
                allowed=shortened(image.frame_of_reference),
                remedy="register the images, and resample the region",
            )


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
    meta.TransferSyntaxUID = UID(transfer_syntax)
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
