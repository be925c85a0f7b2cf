"""NIfTI and NRRD without their headers' texts: the same voxels, nothing that was written there."""

import gzip
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
    ],
)  # fmt: skip
def test_refusals(content: bytes, name: str) -> None:
    with pytest.raises(ImageFileError, match="can't be cleaned"):
        strip_volume_texts(content, name)
