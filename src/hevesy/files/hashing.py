"""What was read, known by its content."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from hevesy.errors import ImageFileError
from hevesy.provenance import InputRecord

__all__ = ["record_input"]


def record_input(role: str, paths: Path | Sequence[Path]) -> InputRecord:
    """Hash one input: a file, a folder with everything below it, or several of them.

    The hash of a single file is its content's SHA-256. Of more files it is the SHA-256 of their
    hexadecimal hashes in sorted order, so that neither names nor places enter.

    Parameters
    ----------
    role : str
        What it was used as; never a name that may identify a patient.
    paths : Path or sequence of Path
        Files and folders.

    Returns
    -------
    InputRecord

    Raises
    ------
    ImageFileError
        A path does not exist, or a file can't be read.

    Examples
    --------
    >>> record_input("case file", Path(__file__)).files
    1
    """
    hashes: list[str] = []
    size = 0
    for path in _files([paths] if isinstance(paths, Path) else paths):
        try:
            with path.open("rb") as file:
                hashes.append(hashlib.file_digest(file, "sha256").hexdigest())
                size += file.tell()
        except OSError as error:
            raise ImageFileError(
                f"the {role} can't be read ({error.strerror})",
                got=str(path),
                remedy="check the path in the case file",
            ) from None
    joined = hashlib.sha256("".join(sorted(hashes)).encode("ascii")).hexdigest()
    return InputRecord(
        role=role,
        sha256=hashes[0] if len(hashes) == 1 else joined,
        files=len(hashes),
        size_bytes=size,
    )


def _files(paths: Sequence[Path]) -> list[Path]:
    found: dict[Path, None] = {}
    for path in paths:
        inner = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        found.update(dict.fromkeys(p.resolve() for p in inner))
    return list(found)
