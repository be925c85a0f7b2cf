"""NIfTI-1 files, read as their standard says; whatever is doubtful is refused.

General readers fill what a truncated file lacks with zeros, turn NaN into zeros, take an image
without an orientation for one that has it, and choose one of two orientations that disagree.
Here each of these would be a wrong dose without a word.

References
----------
nifti1.h of the NIfTI-1.1 standard: field offsets, data types, scaling, "METHOD 2" (quaternion)
and "METHOD 3" (affine) of orientation.
"""

import gzip
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import ImageFileError
from hevesy.images import Grid

__all__ = ["check_nifti", "read_nifti"]

_HEADER_BYTES = 348
_APART_MM = 0.1  # the two orientations may differ by rounding (float32), not by more
_TYPES = {
    2: "u1", 4: "i2", 8: "i4", 16: "f4", 64: "f8", 256: "i1", 512: "u2", 768: "u4",
    1024: "i8", 1280: "u8",
}  # fmt: skip
_MM_PER_UNIT = {0: 1.0, 1: 1000.0, 2: 1.0, 3: 0.001}  # unknown is taken for mm, as everywhere


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    shape: tuple[int, int, int]  # (x, y, z) as in the file
    dtype: np.dtype[Any]
    offset: int
    slope: float
    intercept: float
    ras_mm: NDArray[np.float64]  # index (i, j, k, 1) to RAS mm, shape (3, 4)


def read_nifti(path: Path) -> tuple[NDArray[Any], Grid]:
    """Read a NIfTI-1 image.

    Parameters
    ----------
    path : Path
        ``.nii`` or ``.nii.gz``; three axes (a fourth of length 1 is let pass).

    Returns
    -------
    values : ndarray, shape (z, y, x)
        In the file's type; floats where the file scales its numbers.
    grid : Grid
        LPS mm.

    Raises
    ------
    ImageFileError
        Not NIfTI-1, truncated, more than three axes, or an orientation that is missing or
        doubtful.

    Examples
    --------
    >>> read_nifti(Path(__file__))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the file is not NIfTI-1: ...
    """
    content = _content(path)
    header = _parse(content, path)
    x, y, z = header.shape
    count = x * y * z
    if len(content) < header.offset + count * header.dtype.itemsize:
        raise _fault("the file is truncated", path, "copy it again from its source")
    stored = np.frombuffer(content, dtype=header.dtype, count=count, offset=header.offset)
    values = stored.reshape(z, y, x).astype(header.dtype.newbyteorder("="))
    if header.slope != 0 and (header.slope, header.intercept) != (1.0, 0.0):
        small = header.dtype.itemsize <= 2 or header.dtype.str.endswith("f4")
        scaled = values * np.float64(header.slope) + header.intercept
        values = scaled.astype(np.float32) if small else scaled
    return values, _grid(header)


def check_nifti(path: Path) -> None:
    """Refuse a NIfTI-1 file that `read_nifti` would refuse.

    Examples
    --------
    >>> check_nifti(Path(__file__))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the file is not NIfTI-1: ...
    """
    read_nifti(path)


def _fault(problem: str, path: Path, remedy: str) -> ImageFileError:
    return ImageFileError(problem, got=path.name, remedy=remedy)


def _content(path: Path) -> bytes:
    content = path.read_bytes()
    if content[:2] != b"\x1f\x8b":
        return content
    try:
        return gzip.decompress(content)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        raise _fault(
            "the file is truncated or damaged", path, "copy it again from its source"
        ) from None


def _parse(content: bytes, path: Path) -> _Header:
    raw = content[:_HEADER_BYTES].ljust(_HEADER_BYTES, b"\0")
    orders = [o for o in "<>" if struct.unpack(f"{o}i", raw[:4])[0] == _HEADER_BYTES]
    if not orders or raw[344:348] != b"n+1\0":
        raise _fault("the file is not NIfTI-1", path, "save it as single-file NIfTI-1 or NRRD")
    order = orders[0]
    axes, *sizes = struct.unpack(f"{order}8h", raw[40:56])
    sizes = sizes[: max(axes, 0)]
    if len(sizes) < 3 or min(sizes) < 1 or any(size != 1 for size in sizes[3:]):
        raise ImageFileError(
            "the image must have three axes",
            got=f"{path.name}: {' x '.join(map(str, sizes))}",
            remedy="give one [[scan]] per time point",
        )
    code = struct.unpack(f"{order}h", raw[70:72])[0]
    if code not in _TYPES:
        raise _fault(
            f"the file's data type {code} is not one number a voxel",
            path,
            "save it as integers or floats",
        )
    offset, slope, intercept = struct.unpack(f"{order}3f", raw[108:120])
    if not all(np.isfinite((offset, slope, intercept))) or offset < _HEADER_BYTES:
        raise _fault("the file's header is damaged", path, "copy it again from its source")
    return _Header(
        shape=(sizes[0], sizes[1], sizes[2]),
        dtype=np.dtype(order + _TYPES[code]),
        offset=int(offset),
        slope=slope,
        intercept=intercept,
        ras_mm=_orientation(raw, order, sizes[:3], path),
    )


def _orientation(raw: bytes, order: str, sizes: list[int], path: Path) -> NDArray[np.float64]:
    q_code, s_code = struct.unpack(f"{order}2h", raw[252:256])
    if q_code <= 0 and s_code <= 0:
        raise _fault(
            "the file does not say how the image lies in the patient (qform and sform code 0)",
            path,
            "export it again with its orientation",
        )
    unit_mm = _MM_PER_UNIT.get(raw[123] & 7)
    if unit_mm is None:
        raise _fault("the file's unit of length is unknown", path, "save it in mm")
    by_affine, by_quaternion = _sform(raw, order), _qform(raw, order)
    if q_code > 0 and s_code > 0:
        ends = np.array([[0.0, 0.0, 0.0, 1.0], [*(n - 1.0 for n in sizes), 1.0]])
        apart_mm = np.abs((by_affine - by_quaternion) @ ends.T).max() * unit_mm
        if not apart_mm <= _APART_MM:
            raise _fault(
                f"the file has two orientations (qform, sform) that disagree by {apart_mm:.3g} mm",
                path,
                "keep the scanner's and export it again",
            )
    return (by_affine if s_code > 0 else by_quaternion) * unit_mm


def _sform(raw: bytes, order: str) -> NDArray[np.float64]:
    """Affine from index (i, j, k, 1) to RAS, shape (3, 4), by "METHOD 3"."""
    rows = struct.unpack(f"{order}12f", raw[280:328])
    return np.array(rows, dtype=np.float64).reshape(3, 4)


def _qform(raw: bytes, order: str) -> NDArray[np.float64]:
    """Affine from index (i, j, k, 1) to RAS, shape (3, 4), by "METHOD 2"."""
    pixdim = struct.unpack(f"{order}8f", raw[76:108])
    b, c, d, x, y, z = struct.unpack(f"{order}6f", raw[256:280])
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


def _grid(header: _Header) -> Grid:
    """RAS of (i, j, k) becomes LPS of (z, y, x): two signs change, the columns turn round."""
    lps = np.diag([-1.0, -1.0, 1.0]) @ header.ras_mm
    affine = np.eye(4)
    affine[:3, :3] = lps[:, 2::-1]
    affine[:3, 3] = lps[:, 3]
    x, y, z = header.shape
    return Grid(shape=(z, y, x), affine=affine)
