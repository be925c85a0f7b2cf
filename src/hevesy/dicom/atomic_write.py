"""DICOM files written whole or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from hevesy.errors import OutputError

__all__ = ["write_dataset", "writing_file", "writing_folder"]

_EXPLICIT = str(ExplicitVRLittleEndian)


@contextmanager
def writing_file(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; on success it takes the final name, else it goes.

    Parameters
    ----------
    path : Path
        The final name; a file of that name is replaced at the end.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    OutputError
        The folder can't be made or written, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder, writing_file(Path(folder) / "a") as part:
    ...     _ = part.write_text("whole")
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield part
        os.replace(part, path)  # noqa: PTH105 - atomic on one file system
    except OSError as error:
        raise _refusal(path, error) from error
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


@contextmanager
def writing_folder(folder: Path) -> Iterator[Path]:
    """Give a temporary folder beside `folder`; on success it takes the final name, else it goes.

    Parameters
    ----------
    folder : Path
        The final name; it must not exist, or be empty.

    Yields
    ------
    Path
        Where to write.

    Raises
    ------
    OutputError
        The folder holds files, can't be written, or the disk is full.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     with writing_folder(Path(parent) / "ct") as part:
    ...         _ = (part / "1.dcm").write_text("whole")
    ...     sorted(file.name for file in (Path(parent) / "ct").iterdir())
    ['1.dcm']
    """
    part = folder.with_name(f".{folder.name}.{os.getpid()}.part")
    try:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise OutputError(
                "the folder for a DICOM series is not empty",
                got=folder.name,
                remedy="give another folder, or empty it",
            )
        part.mkdir(parents=True)
        yield part
        os.replace(part, folder)  # noqa: PTH105 - atomic; takes an empty folder's place
    except OSError as error:
        raise _refusal(folder, error) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)


def write_dataset(dataset: Dataset, path: Path, *, transfer_syntax: str = _EXPLICIT) -> Path:
    """Write a data set as a DICOM file, whole or not at all.

    Parameters
    ----------
    dataset : pydicom.Dataset
        With SOP Class and Instance UID. Its file meta information is made here.
    path : Path
        The final name.
    transfer_syntax : str
        UID; Explicit VR Little Endian by default.

    Returns
    -------
    Path
        `path`.

    Examples
    --------
    >>> import tempfile
    >>> ds = Dataset()
    >>> ds.SOPClassUID, ds.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.7", "1.2.3"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_dataset(ds, Path(folder) / "a.dcm").name
    'a.dcm'
    """
    meta = FileMetaDataset()
    meta.TransferSyntaxUID = UID(transfer_syntax)
    meta.MediaStorageSOPClassUID = dataset.SOPClassUID
    meta.MediaStorageSOPInstanceUID = dataset.SOPInstanceUID
    dataset.file_meta = meta
    with writing_file(path) as part, part.open("wb") as file:
        dataset.save_as(file, enforce_file_format=True)
        file.flush()
        os.fsync(file.fileno())  # a full disk may show only here
    return path


def _refusal(path: Path, error: OSError) -> OutputError:
    told: BaseException | None = error  # pydicom raises it anew, with its own words only
    while isinstance(told, OSError) and not told.strerror:
        told = told.__cause__ or told.__context__
    reason = told.strerror if isinstance(told, OSError) else None
    return OutputError(
        "a DICOM file can't be written",
        got=f"'{path.name}': {reason or 'no reason given'}",
        remedy="free some space, or give a folder that can be written",
    )
