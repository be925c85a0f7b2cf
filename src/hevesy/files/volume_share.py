"""NIfTI and NRRD files without the texts of their headers; every number as it was."""

import gzip
import math
import struct
import zlib
from collections.abc import Mapping

from hevesy.errors import ImageFileError

__all__ = ["strip_volume_texts"]

_HEADER, _DATA = 348, 352
_TEXTS = (
    (4, 14),
    (14, 32),
    (148, 228),
    (228, 252),
    (328, 344),
)  # bytes of NIfTI-1
_BYTES_OF = {
    name: size
    for size, names in (
        (1, "signed char, int8, int8_t, uchar, unsigned char, uint8, uint8_t"),
        (2, "short, short int, signed short, signed short int, int16, int16_t, ushort, "
            "unsigned short, unsigned short int, uint16, uint16_t"),
        (4, "int, signed int, int32, int32_t, uint, unsigned int, uint32, uint32_t, float"),
        (8, "longlong, long long, long long int, signed long long, signed long long int, int64, "
            "int64_t, ulonglong, unsigned long long, unsigned long long int, uint64, uint64_t, "
            "double"),
    )
    for name in names.split(", ")
}  # fmt: skip
_FIELDS = {
    "type", "dimension", "space", "space dimension", "sizes", "spacings", "thicknesses",
    "space directions", "space origin", "space units", "centers", "centerings", "kinds", "endian",
    "encoding", "measurement frame", "axis mins", "axis maxs", "axismins", "axismaxs", "min", "max",
}  # fmt: skip


def strip_volume_texts(content: bytes, name: str) -> bytes:
    r"""Give a volume's file without comments, descriptions, extensions and key-value pairs.

    What follows the voxels goes, too; compressed ones are compressed anew.

    Parameters
    ----------
    content : bytes
        The whole file.
    name : str
        Its name: ``.nii``, ``.nii.gz`` or ``.nrrd``.

    Returns
    -------
    bytes
        The same voxels and the same geometry, to the bit.

    Raises
    ------
    ImageFileError
        It is damaged, is NIfTI-2, has its voxels in another file, or has them as text.

    References
    ----------
    Cox RW et al. A (sort of) new image data format standard: NIfTI-1. NeuroImage 22 (2004) e1440;
    Teem: Nearly Raw Raster Data, format definition.

    Examples
    --------
    >>> head = b"NRRD0004\ntype: float\nsizes: 1 1 1\nencoding: raw\n"
    >>> strip_volume_texts(head + b"# of Mrs Doe\nwho:=Doe\n\n....Doe", "a.nrrd")
    b'NRRD0004\ntype: float\nsizes: 1 1 1\nencoding: raw\n\n....'
    """
    if name.lower().endswith(".nrrd"):
        return _nrrd(content)
    if not name.lower().endswith(".gz"):
        return _nifti(content)
    try:
        whole = gzip.decompress(content)
    except (OSError, EOFError, zlib.error):
        raise _damaged("its compression is broken") from None
    return gzip.compress(_nifti(whole), mtime=0)


def _damaged(why: str) -> ImageFileError:
    return ImageFileError(
        "a volume's header can't be cleaned",
        got=why,
        allowed="NIfTI-1 in one file, or NRRD with its voxels in it",
        remedy="write it anew in one of these forms",
    )


def _nifti(content: bytes) -> bytes:
    order = next((o for o in "<>" if content[:4] == struct.pack(f"{o}i", _HEADER)), None)
    if order is None or content[344:348] != b"n+1\0" or len(content) < _DATA:
        raise _damaged("no NIfTI-1 header")
    header = bytearray(content[:_HEADER])
    begin = int(struct.unpack_from(f"{order}f", header, 108)[0])
    if not _DATA <= begin <= len(content):
        raise _damaged(f"voxels from byte {begin}")
    for first, end in _TEXTS:
        header[first:end] = bytes(end - first)
    struct.pack_into(f"{order}f", header, 108, float(_DATA))
    dims = struct.unpack_from(f"{order}8h", header, 40)
    (bits,) = struct.unpack_from(f"{order}h", header, 72)
    sizes = dims[1 : 1 + dims[0]] if 0 < dims[0] < len(dims) else (0,)
    length = math.prod(sizes) * bits // 8
    if length <= 0:
        raise _damaged("its sizes say that it has no voxels")
    return bytes(header) + bytes(4) + _voxels(content[begin:], length)


def _voxels(content: bytes, length: int) -> bytes:
    """Take the voxels alone: what follows them may be anything."""
    if len(content) < length:
        raise _damaged(f"{len(content)} bytes of {length} of voxels")
    return content[:length]


def _nrrd(content: bytes) -> bytes:
    head, gap, voxels = content.partition(b"\n\n")
    lines = head.replace(b"\r", b"").split(b"\n")
    if not gap or not lines[0].startswith(b"NRRD"):
        raise _damaged("no NRRD header with voxels behind it")
    kept, said = [lines[0]], dict[str, str]()
    for line in lines[1:]:
        word, _, value = line.decode("ascii", "replace").partition(":")
        word = word.strip().lower()
        if line.startswith(b"#") or b":=" in line:
            continue
        if word in {"data file", "datafile", "line skip", "lineskip", "byte skip", "byteskip"}:
            raise _damaged(f"`{word}` in its header")
        if word in _FIELDS:
            kept.append(line)
            said[word] = value.strip().lower()
    return b"\n".join(kept) + b"\n\n" + _nrrd_voxels(voxels, said)


def _nrrd_voxels(content: bytes, said: Mapping[str, str]) -> bytes:
    """Take the voxels alone; a compressed part has a header of its own, with a file's name."""
    size = _BYTES_OF.get(said.get("type", ""))
    counts = said.get("sizes", "").split()
    if size is None or not counts or not all(count.isdigit() for count in counts):
        raise _damaged("it does not say how many voxels of which type it has")
    length = size * math.prod(int(count) for count in counts)
    encoding = said.get("encoding", "")
    if encoding == "raw":
        return _voxels(content, length)
    if encoding not in {"gzip", "gz"}:
        raise _damaged(f"the encoding {encoding[:20]!r}")
    try:
        whole = zlib.decompressobj(wbits=31).decompress(content)
    except zlib.error:
        raise _damaged("its compression is broken") from None
    return gzip.compress(_voxels(whole, length), mtime=0)
