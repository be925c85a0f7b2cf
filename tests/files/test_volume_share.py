"""NIfTI and NRRD without their headers' texts: the same voxels, nothing that was written there."""

import gzip
import io
import struct
from pathlib import Path

import numpy as np
import pytest

from hevesy.errors import ImageFileError
from hevesy.files import read_volume, strip_volume_texts, write_volume
from hevesy.images import Grid, Quantity, Volume

GRID = Grid.from_spacing((3, 4, 5), spacing_mm=(4, 3, 2), origin_mm=(-7, 8, 9))
VALUES = np.random.default_rng(1).random(GRID.shape).astype(np.float32)


def written(path: Path) -> bytes:
    write_volume(path, Volume(values=VALUES, grid=GRID, quantity=Quantity.BQ_PER_ML))
    return path.read_bytes()


def same(path: Path, content: bytes) -> None:
    first = read_volume(path, quantity=Quantity.BQ_PER_ML)
    path.write_bytes(content)
    then = read_volume(path, quantity=Quantity.BQ_PER_ML)
    assert np.array_equal(first.values, then.values)
    assert np.array_equal(first.grid.origin_mm, then.grid.origin_mm)
    assert np.array_equal(first.grid.direction, then.grid.direction)
    assert first.grid.spacing_mm == then.grid.spacing_mm


@pytest.mark.parametrize("ending", ["nii", "nii.gz"])
def test_nifti(tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a.{ending}"
    content = written(path)
    whole = bytearray(gzip.decompress(content) if ending.endswith("gz") else content)
    whole[148:156] = b"Mrs Doe!"
    whole[228:236] = b"doe.aux\0"
    # an extension of 32 bytes between header and voxels, as the format allows
    begin = int(struct.unpack_from("<f", whole, 108)[0])
    told = struct.pack("<ii", 32, 6) + b"comment: Mrs Doe........"
    whole[348:352] = b"\1\0\0\0"
    changed = bytes(whole[:352]) + told + bytes(whole[begin:])
    changed = changed[:108] + struct.pack("<f", 352 + 32) + changed[112:]
    path.write_bytes(gzip.compress(changed) if ending.endswith("gz") else changed)
    clean = strip_volume_texts(path.read_bytes(), path.name)
    plain = gzip.decompress(clean) if ending.endswith("gz") else clean
    assert b"Doe" not in plain
    assert b"doe" not in plain
    same(path, clean)
    assert strip_volume_texts(clean, path.name) == clean


def test_what_follows_the_voxels_goes(tmp_path: Path) -> None:
    path = tmp_path / "a.nii"
    content = written(path)
    assert strip_volume_texts(content + b"of Mrs Doe", path.name) == strip_volume_texts(
        content, path.name
    )
    with pytest.raises(ImageFileError, match="can't be cleaned"):
        strip_volume_texts(content[:-1], path.name)
    with pytest.raises(ImageFileError, match="no voxels"):
        strip_volume_texts(content[:42] + b"\0\0" + content[44:], path.name)


def test_a_file_s_name_within_a_compressed_nrrd_goes(tmp_path: Path) -> None:
    """gzip (RFC 1952) writes a name and a moment before what it compresses."""
    path = tmp_path / "a.nrrd"
    head, gap, voxels = written(path).partition(b"\n\n")
    head = head.replace(b"encoding: gzip", b"encoding: raw")
    raw = gzip.decompress(voxels) if voxels[:2] == b"\x1f\x8b" else voxels
    buffer = io.BytesIO()
    with gzip.GzipFile("Doe_Jane_20240506.raw", "wb", fileobj=buffer, mtime=1714953600) as file:
        file.write(raw + b"of Mrs Doe")
    path.write_bytes(
        head.replace(b"encoding: raw", b"encoding: gzip") + gap + buffer.getvalue() + b"Doe"
    )
    assert b"Doe_Jane" in path.read_bytes()
    clean = strip_volume_texts(path.read_bytes(), path.name)
    assert b"Doe" not in clean
    assert gzip.decompress(clean.partition(b"\n\n")[2]) == raw
    same(path, clean)
    path.write_bytes(head + gap + raw + b"of Mrs Doe")
    assert strip_volume_texts(path.read_bytes(), path.name).endswith(raw)


def test_nrrd(tmp_path: Path) -> None:
    path = tmp_path / "a.nrrd"
    head, gap, voxels = written(path).partition(b"\n\n")
    path.write_bytes(head + b"\n# of Mrs Doe\ncontent: Doe\nPatient:=Doe 1952" + gap + voxels)
    clean = strip_volume_texts(path.read_bytes(), path.name)
    assert b"Doe" not in clean
    assert b"1952" not in clean
    same(path, clean)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"", "a.nii"), (b"x" * 400, "a.nii"), (b"not gzip", "a.nii.gz"),
        (struct.pack("<i", 540) + bytes(536), "a.nii"), (b"NRRD0004\ntype: float\n", "a.nrrd"),
        (b"NRRD0004\ntype: float\ndata file: a.raw\n\n", "a.nrrd"),
        (b"NRRD0004\ntype: float\nbyte skip: 5\n\n", "a.nrrd"),
        (b"NRRD0004\ntype: float\nsizes: 1 1 1\nencoding: ascii\n\n1.5", "a.nrrd"),
        (b"NRRD0004\ntype: block\nsizes: 1 1 1\nencoding: raw\n\n1.5", "a.nrrd"),
        (b"NRRD0004\ntype: float\nsizes: 1 1 1\nencoding: gzip\n\n1.5", "a.nrrd"),
    ],
)  # fmt: skip
def test_refusals(content: bytes, name: str) -> None:
    with pytest.raises(ImageFileError, match="can't be cleaned"):
        strip_volume_texts(content, name)
