"""Texts beside the pixels: comments within compressed frames, bytes behind the last pixel."""

import math
import struct

from pydicom.dataset import Dataset

from hevesy.errors import ImageFileError

__all__ = ["bytes_of_pixels", "clean_pixels"]

_PIXELS = ("PixelData", "FloatPixelData", "DoubleFloatPixelData")
_ITEM = b"\xfe\xff\x00\xe0"
_JPEG, _JPEG_2000 = b"\xff\xd8", b"\xff\x4f"
_COMMENT = 0xFE
_APPLICATION = range(0xE1, 0xF0)  # but for APP0 (JFIF's size) and APP14 (Adobe's colours)
_ADOBE = 0xEE
_SCAN = 0xDA  # start of scan: the picture itself
_COMMENT_2000, _TILE_2000 = 0x64, 0x90


def bytes_of_pixels(dataset: Dataset) -> int | None:
    """Give how many bytes uncompressed pixels take; None where the file does not say it.

    Examples
    --------
    >>> image = Dataset()
    >>> image.Rows, image.Columns, image.BitsAllocated = 4, 3, 16
    >>> bytes_of_pixels(image)
    24
    """
    words = ("Rows", "Columns", "BitsAllocated")
    if any(dataset.get(word) is None for word in words):
        return None
    rows, columns, bits = (int(dataset[word].value) for word in words)
    samples = int(dataset.get("SamplesPerPixel") or 1)
    values = rows * columns * samples * int(dataset.get("NumberOfFrames") or 1)
    if str(dataset.get("PhotometricInterpretation")) == "YBR_FULL_422":
        values = values * 2 // 3
    return math.ceil(values * bits / 8)


def clean_pixels(made: Dataset, *, compressed: bool) -> bool:
    r"""Take the texts beside the pixels out of a data set; every pixel stays as it was.

    Of frames compressed as JPEG, JPEG-LS or JPEG 2000 the comments and the application's segments
    are filled with zeros; of uncompressed pixels whatever follows the last one goes.

    Parameters
    ----------
    made : pydicom.Dataset
        The copy's, which is changed.
    compressed : bool
        Its pixels are encapsulated.

    Returns
    -------
    bool
        Something was there.

    Raises
    ------
    ImageFileError
        There are fewer bytes than pixels.

    References
    ----------
    ITU-T T.81, B.2.4 (marker segments); ITU-T T.800, A.9.2 (COM); DICOM PS3.5, A.4.

    Examples
    --------
    >>> image = Dataset()
    >>> image.Rows, image.Columns, image.BitsAllocated = 1, 3, 8
    >>> image.PixelData = b"\x01\x02\x03of Mrs Doe"
    >>> clean_pixels(image, compressed=False), image.PixelData
    (True, b'\x01\x02\x03\x00')
    """
    word = next((one for one in _PIXELS if one in made), "")
    content = made[word].value if word else None
    if not isinstance(content, bytes):
        return False
    cleaned = _without_comments(content) if compressed else _cut(content, bytes_of_pixels(made))
    if cleaned == content:
        return False
    made[word].value = cleaned
    return True


def _cut(content: bytes, length: int | None) -> bytes:
    if length is None:
        return content
    if len(content) < length:
        raise ImageFileError(
            "pixels of a file to be shared are missing",
            got=f"{len(content)} bytes",
            allowed=f"{length}",
            remedy="copy or export the files again",
        )
    return content[:length] + b"\0" * (length % 2)


def _without_comments(content: bytes) -> bytes:
    changed = bytearray(content)
    at = 0
    while at + 8 <= len(content) and content[at : at + 4] == _ITEM:
        (length,) = struct.unpack_from("<I", content, at + 4)
        first, at = at + 8, at + 8 + length
        begin = content[first : first + 2]
        if begin in {_JPEG, _JPEG_2000}:
            _blank(changed, first + 2, min(at, len(content)), newer=begin == _JPEG_2000)
    return bytes(changed)


def _blank(changed: bytearray, at: int, end: int, *, newer: bool) -> None:
    """Fill the texts of a frame's main header with zeros."""
    while at + 4 <= end and changed[at] == 0xFF:
        marker = changed[at + 1]
        if marker == (_TILE_2000 if newer else _SCAN):
            return
        (length,) = struct.unpack_from(">H", changed, at + 2)
        text = marker == _COMMENT or (marker in _APPLICATION and marker != _ADOBE)
        if newer:
            text = marker == _COMMENT_2000
        if text:
            first = at + (6 if newer else 4)  # of JPEG 2000's comment the kind stays
            last = min(at + 2 + length, end)
            changed[first:last] = bytes(max(0, last - first))
        at += 2 + length
