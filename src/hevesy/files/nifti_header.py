"""What SimpleITK does not tell of a NIfTI file: whether it is whole, and how it lies.

SimpleITK fills what is missing from a truncated file with zeros, takes an image without an
orientation for one that has, and chooses one of two orientations that disagree. All three would
be wrong numbers without a word.
"""

import gzip
import struct
import zlib
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import ImageFileError

__all__ = ["check_nifti"]

_HEADER_BYTES = 348
_APART_MM = 0.1  # the two orientations may differ by rounding (float32), not by more


def check_nifti(path: Path) -> None:
    """Refuse a NIfTI-1 file that is truncated or does not say how it lies in the patient.

    Parameters
    ----------
    path : Path
        ``.nii`` or ``.nii.gz``.

    Raises
    ------
    ImageFileError
        Not NIfTI-1, truncated, no orientation, or two that disagree.

    References
    ----------
    nifti1.h of the NIfTI-1.1 standard: the field offsets, "METHOD 2" (quaternion) and "METHOD 3"
    (affine) of orientation.

    Examples
    --------
    >>> check_nifti(Path(__file__))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the file is not NIfTI-1: ...
    """
    header, size = _header_and_size(path)
    order = "<" if struct.unpack("<i", header[:4])[0] == _HEADER_BYTES else ">"
    is_nifti = struct.unpack(f"{order}i", header[:4])[0] == _HEADER_BYTES
    if not is_nifti or header[344:348] != b"n+1\0":
        raise _fault("the file is not NIfTI-1", path, "save it as single-file NIfTI-1 or NRRD")
    dims = struct.unpack(f"{order}8h", header[40:56])
    bits = struct.unpack(f"{order}h", header[72:74])[0]
    offset = int(struct.unpack(f"{order}f", header[108:112])[0])
    voxels = int(np.prod([max(n, 1) for n in dims[1 : 1 + max(dims[0], 0)]], dtype=np.int64))
    if size < offset + voxels * bits // 8:
        raise _fault("the file is truncated", path, "copy it again from its source")
    q_code, s_code = struct.unpack(f"{order}2h", header[252:256])
    if q_code <= 0 and s_code <= 0:
        raise _fault(
            "the file does not say how the image lies in the patient (qform and sform code 0)",
            path,
            "export it again with its orientation",
        )
    if q_code > 0 and s_code > 0:
        ends = np.array([[*([0.0] * 3), 1.0], [*(max(n, 1) - 1.0 for n in dims[1:4]), 1.0]])
        apart = (_sform(header, order) - _qform(header, order)) @ ends.T
        if np.abs(apart).max() > _APART_MM:
            raise _fault(
                "the file has two orientations (qform, sform) that disagree by "
                f"{np.abs(apart).max():.3g} mm",
                path,
                "keep the scanner's and export it again",
            )


def _fault(problem: str, path: Path, remedy: str) -> ImageFileError:
    return ImageFileError(problem, got=path.name, remedy=remedy)


def _header_and_size(path: Path) -> tuple[bytes, int]:
    """The header and the size of the (unpacked) file."""
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    if not packed:
        with path.open("rb") as plain:
            header = plain.read(_HEADER_BYTES).ljust(_HEADER_BYTES, b"\0")
        return header, path.stat().st_size
    size = 0
    header = b""
    try:
        with gzip.open(path, "rb") as file:
            while block := file.read(1 << 22):
                header = header or block[:_HEADER_BYTES]
                size += len(block)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise _fault(
            "the file is truncated or damaged", path, "copy it again from its source"
        ) from None
    return header.ljust(_HEADER_BYTES, b"\0"), size


def _sform(header: bytes, order: str) -> NDArray[np.float64]:
    """Affine from index (i, j, k, 1) to RAS mm, shape (3, 4), by "METHOD 3"."""
    rows = struct.unpack(f"{order}12f", header[280:328])
    return np.array(rows, dtype=np.float64).reshape(3, 4)


def _qform(header: bytes, order: str) -> NDArray[np.float64]:
    """Affine from index (i, j, k, 1) to RAS mm, shape (3, 4), by "METHOD 2"."""
    pixdim = struct.unpack(f"{order}8f", header[76:108])
    b, c, d, x, y, z = struct.unpack(f"{order}6f", header[256:280])
    a = np.sqrt(max(0.0, 1.0 - b * b - c * c - d * d))
    norm = np.sqrt(a * a + b * b + c * c + d * d)
    a, b, c, d = a / norm, b / norm, c / norm, d / norm
    rotation = np.array(
        [
            [a * a + b * b - c * c - d * d, 2 * (b * c - a * d), 2 * (b * d + a * c)],
            [2 * (b * c + a * d), a * a + c * c - b * b - d * d, 2 * (c * d - a * b)],
            [2 * (b * d - a * c), 2 * (c * d + a * b), a * a + d * d - c * c - b * b],
        ]
    )
    flip = -1.0 if pixdim[0] < 0 else 1.0
    scaled = rotation * np.array([pixdim[1], pixdim[2], pixdim[3] * flip])
    return np.column_stack([scaled, [x, y, z]])
