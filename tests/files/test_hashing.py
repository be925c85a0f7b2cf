"""An input is known by its content."""

import hashlib
from pathlib import Path

import pytest

from hevesy.errors import ImageFileError
from hevesy.files import record_input


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_one_file(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    record = record_input("case file", tmp_path / "a")
    # FIPS 180-2, appendix B.1: SHA-256 of "abc"
    assert record.sha256 == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert (record.role, record.files, record.size_bytes) == ("case file", 1, 3)


def test_a_folder_by_content_not_by_name(tmp_path: Path) -> None:
    for place, names in (("one", ("a", "b")), ("two", ("z", "sub/y"))):
        for name, data in zip(names, (b"1", b"22"), strict=True):
            path = tmp_path / place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
    one, two = (record_input("scan 1 CT", tmp_path / name) for name in ("one", "two"))
    assert one == two
    assert one.sha256 == sha("".join(sorted([sha(b"1"), sha(b"22")])).encode())
    assert (one.files, one.size_bytes) == (2, 3)
    (tmp_path / "two" / "z").write_bytes(b"2")
    assert record_input("scan 1 CT", tmp_path / "two").sha256 != one.sha256


def test_several_paths_once_each(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    assert record_input("x", [tmp_path / "a", tmp_path]).files == 1


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(ImageFileError, match="scan 1 CT can't be read"):
        record_input("scan 1 CT", tmp_path / "none")
