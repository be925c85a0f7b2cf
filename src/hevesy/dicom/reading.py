"""DICOM files opened, with errors for people."""

import struct
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.dataset import FileDataset
from pydicom.errors import BytesLengthException, InvalidDicomError
from pydicom.uid import UID, ExplicitVRLittleEndian, ImplicitVRLittleEndian

from hevesy.errors import ImageFileError

__all__ = ["decode_pixels", "read_dataset", "refusing_damage"]

# What pydicom and its decoders raise on broken files. A missing decoder is a RuntimeError.
_BROKEN = (
    InvalidDicomError, BytesLengthException, EOFError, ValueError, AttributeError, KeyError,
    TypeError, NotImplementedError, RuntimeError, IndexError, OverflowError, struct.error,
)  # fmt: skip


@contextmanager
def refusing_damage(what: str) -> Iterator[None]:
    """Turn what a damaged header raises, wherever it is first looked at, into an error for people.

    pydicom decodes an element when it is asked for it, so that a wrong byte shows late: an unknown
    value representation, a decimal string that is no number.

    Parameters
    ----------
    what : str
        Which image, for messages.

    Raises
    ------
    ImageFileError
        In place of pydicom's and numpy's errors, which it keeps as its cause.

    Examples
    --------
    >>> with refusing_damage("the CT"):
    ...     float("1.0g")
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM header of the CT is damaged: got 'ValueError'; ...
    """
    try:
        with warnings.catch_warnings():
            # pydicom's warnings quote the header, and the header names the patient
            warnings.filterwarnings("ignore", module="pydicom")
            yield
    except _BROKEN as error:
        raise ImageFileError(
            f"a DICOM header of {what} is damaged",
            # not the message: it may quote the header, and the header may name the patient
            got=type(error).__name__,
            remedy="copy or export the files again",
        ) from error


def read_dataset(
    path: Path, *, header_only: bool = False, tags: Sequence[str] | None = None
) -> FileDataset:
    """Read a DICOM file.

    Parameters
    ----------
    path : Path
        The file; one without the 128-byte preamble is read too.
    header_only : bool
        Stop before the pixels.
    tags : sequence of str or None
        Keywords to read; None reads all.

    Returns
    -------
    pydicom.FileDataset

    Raises
    ------
    ImageFileError
        The file is missing, unreadable or broken.

    Examples
    --------
    >>> read_dataset(Path("no-such-file.dcm"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM file can't be opened: got 'no-such-file.dcm'; ...
    """
    try:
        with warnings.catch_warnings():
            # Vendors' values that break a VR's length or character set: tolerated on reading.
            warnings.simplefilter("ignore")
            dataset = dcmread(
                path,
                stop_before_pixels=header_only,
                force=True,
                specific_tags=None if tags is None else list(tags),
            )
            if "TransferSyntaxUID" not in dataset.file_meta:  # a file without a preamble
                implicit = dataset.original_encoding[0]
                dataset.file_meta.TransferSyntaxUID = (
                    ImplicitVRLittleEndian if implicit else ExplicitVRLittleEndian
                )
            return dataset
    except OSError as error:
        raise ImageFileError(
            "a DICOM file can't be opened",
            got=path.name,
            remedy=f"check that it exists and may be read ({error.strerror or 'no reason given'})",
        ) from error
    except _BROKEN as error:
        raise ImageFileError(
            "a file is truncated or is not DICOM", got=path.name, remedy="copy or export it again"
        ) from error


def decode_pixels(dataset: FileDataset, *, name: str) -> NDArray[np.generic]:
    """Stored values of an image, before any rescaling.

    Parameters
    ----------
    dataset : pydicom.FileDataset
        With its pixels.
    name : str
        The file's name, for messages.

    Returns
    -------
    ndarray, shape (rows, columns) or (frames, rows, columns)
        Integers as stored; float32 or float64 for float pixel data.

    Raises
    ------
    ImageFileError
        No pixels, too few of them, or a compression that can't be decoded here.

    Examples
    --------
    >>> from pydicom.dataset import Dataset
    >>> decode_pixels(Dataset(), name="a.dcm")
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: an image has no pixels: got 'a.dcm'; it is truncated, ...
    """
    if not any(word in dataset for word in ("PixelData", "FloatPixelData", "DoubleFloatPixelData")):
        raise ImageFileError(
            "an image has no pixels",
            got=name,
            remedy="it is truncated, or no image: copy or export it again",
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return np.asarray(dataset.pixel_array)
    except _BROKEN as error:
        meta = getattr(dataset, "file_meta", None)
        syntax = UID(getattr(meta, "TransferSyntaxUID", None) or ExplicitVRLittleEndian)
        compressed = not syntax.is_private and syntax.is_compressed
        raise ImageFileError(
            f"the pixels of '{name}' can't be read",
            got=f"transfer syntax {syntax.name}" if compressed else "fewer or other than declared",
            remedy="export it uncompressed (Explicit VR Little Endian)"
            if compressed
            else "it is truncated: copy or export it again",
        ) from error
