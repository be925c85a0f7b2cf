"""NIfTI and NRRD files without the texts of their headers; every number as it was."""

import gzip
import struct
import zlib

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
_FIELDS = {
    "type", "dimension", "space", "space dimension", "sizes", "spacings", "thicknesses",
    "space directions", "space origin", "space units", "centers", "centerings", "kinds", "endian",
    "encoding", "measurement frame", "axis mins", "axis maxs", "axismins", "axismaxs", "min", "max",
}  # fmt: skip


def strip_volume_texts(content: bytes, name: str) -> bytes:
    r"""Give a volume's file without comments, descriptions, extensions and key-value pairs.

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
        It is damaged, is NIfTI-2, or has its voxels in another file.

    References
    ----------
    Cox RW et al. A (sort of) new image data format standard: NIfTI-1. NeuroImage 22 (2004) e1440;
    Teem: Nearly Raw Raster Data, format definition.

    Examples
    --------
    >>> strip_volume_texts(b"NRRD0004\n# of Mrs Doe\ntype: float\nwho:=Doe\n\n....", "a.nrrd")
    b'NRRD0004\ntype: float\n\n....'
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
    return bytes(header) + bytes(4) + content[begin:]


def _nrrd(content: bytes) -> bytes:
    head, gap, voxels = content.partition(b"\n\n")
    lines = head.replace(b"\r", b"").split(b"\n")
    if not gap or not lines[0].startswith(b"NRRD"):
        raise _damaged("no NRRD header with voxels behind it")
    kept = [lines[0]]
    for line in lines[1:]:
        word = line.split(b":")[0].strip().lower().decode("ascii", "replace")
        if line.startswith(b"#") or b":=" in line:
            continue
        if word in {"data file", "datafile", "line skip", "lineskip", "byte skip", "byteskip"}:
            raise _damaged(f"`{word}` in its header")
        if word in _FIELDS:
            kept.append(line)
    return b"\n".join(kept) + b"\n\n" + voxels
