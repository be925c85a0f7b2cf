"""Results get their final names together, when all of them are complete, or not at all."""

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from hevesy.errors import OutputError

__all__ = [
    "StagedOutput",
    "atomic_file",
    "atomic_write_bytes",
    "atomic_write_text",
    "staged_output",
]

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EFBIG: "the file would be too large for this disk",
    errno.EROFS: "the disk is read-only",
}


class StagedOutput:
    """A hidden folder in which a run's files grow until all of them are complete.

    Made by `staged_output`.

    Parameters
    ----------
    folder : Path
        The hidden folder.

    Examples
    --------
    >>> StagedOutput(Path("out/.part")).path("result.json").as_posix()
    'out/.part/result.json'
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, name: str) -> Path:
        """Where the file that will be called `name` is to be written.

        Raises
        ------
        OutputError
            `name` is hidden or leads out of the folder.
        """
        path = self.folder / name
        if name.startswith(".") or Path(name).is_absolute() or ".." in Path(name).parts:
            raise OutputError(
                "an output's name must stay within its folder", got=name, remedy="choose another"
            )
        return path

    def write_all(self, files: Mapping[str, bytes]) -> None:
        """Write files, in folders of their own where their names have one.

        Parameters
        ----------
        files : mapping of str to bytes
            Contents by name.

        Examples
        --------
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     StagedOutput(Path(folder)).write_all({"tables/a.csv": b"1"})
        ...     (Path(folder) / "tables" / "a.csv").read_bytes()
        b'1'
        """
        for name, content in files.items():
            path = self.path(name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)


@contextmanager
def staged_output(out_dir: Path, *, owned: tuple[str, ...] = ()) -> Iterator[StagedOutput]:
    """Collect a run's files in a hidden folder, and move them to `out_dir` when all are there.

    While the block runs, and when it ends by any exception, nothing new stands under a final
    name and an earlier run's files are untouched. A process that is killed outright leaves its
    hidden folder (``.hevesy-*``), never a final name.

    Parameters
    ----------
    out_dir : Path
        The folder for the results; made when there is something to put into it.
    owned : tuple of str
        Names that this kind of run may write. Those that this run did not write are taken away
        at its end, so that no file of an earlier run stands beside this one's.

    Yields
    ------
    StagedOutput

    Raises
    ------
    OutputError
        `out_dir` is a file or can't be written to, the disk is full, or a file could not be
        moved (those already moved are then put back).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with staged_output(Path(folder) / "out") as stage:
    ...         _ = stage.path("a.txt").write_text("done")
    ...     sorted(path.name for path in (Path(folder) / "out").iterdir())
    ['a.txt']
    """
    made = _make_parents(out_dir)
    hidden: Path | None = None
    try:
        hidden = _hidden_folder(out_dir)
        (hidden / "new").mkdir()
        yield StagedOutput(hidden / "new")
        _commit(hidden, out_dir, owned)
    except OSError as error:
        if error.errno in _FULL:
            raise _not_written(error, out_dir) from error
        raise
    finally:
        if hidden is not None:
            shutil.rmtree(hidden, ignore_errors=True)
        for folder in reversed(made):  # only those that stayed empty
            with _quiet():
                folder.rmdir()


@contextmanager
def _quiet() -> Iterator[None]:
    try:
        yield
    except OSError:
        return


def _not_written(error: OSError, out_dir: Path) -> OutputError:
    reason = _FULL.get(error.errno or 0, error.strerror or "unknown reason")
    return OutputError(
        f"the results could not be written: {reason}",
        got=str(out_dir),
        remedy="make room or choose another --out; nothing was left under a final name",
    )


def _make_parents(out_dir: Path) -> list[Path]:
    """Make the folders above `out_dir`; return those that are new."""
    if out_dir.exists() and not out_dir.is_dir():
        raise OutputError(
            "the output folder is a file", got=str(out_dir), remedy="choose another --out"
        )
    missing = [folder for folder in out_dir.absolute().parents if not folder.exists()]
    made: list[Path] = []
    for folder in reversed(missing):
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            for empty in reversed(made):
                with _quiet():
                    empty.rmdir()
            raise _not_written(error, out_dir) from error
        made.append(folder)
    return made


def _hidden_folder(out_dir: Path) -> Path:
    # Inside an existing folder (it may be a disk of its own), else beside the one to come.
    place = out_dir if out_dir.is_dir() else out_dir.absolute().parent
    try:
        return Path(tempfile.mkdtemp(prefix=".hevesy-", dir=place))
    except OSError as error:
        raise _not_written(error, out_dir) from error


def _commit(hidden: Path, out_dir: Path, owned: tuple[str, ...]) -> None:
    new, old = hidden / "new", hidden / "old"
    names = sorted(path.relative_to(new) for path in new.rglob("*") if path.is_file())
    for name in names:
        _sync(new / name)
    try:
        if not out_dir.exists():
            new.chmod(0o777 & ~_umask())
            new.rename(out_dir)
            return
        _swap(names, [Path(name) for name in owned], new, old, out_dir)
    except OSError as error:
        raise _not_written(error, out_dir) from error


def _swap(names: list[Path], owned: list[Path], new: Path, old: Path, out_dir: Path) -> None:
    """Move the old files out and the new ones in; on a fault put everything back."""
    moved: list[tuple[Path, Path]] = []
    try:
        for name in dict.fromkeys((*names, *owned)):
            if (out_dir / name).is_file():
                _move(out_dir / name, old / name, moved)
        for name in names:
            _move(new / name, out_dir / name, moved)
    except BaseException:
        for source, target in reversed(moved):
            target.replace(source)
        raise


def _move(source: Path, target: Path, moved: list[tuple[Path, Path]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    moved.append((source, target))
    try:
        source.replace(target)
    except BaseException:
        if source.exists():  # it was not moved: nothing to put back
            moved.pop()
        raise


def _sync(path: Path) -> None:
    """Have the disk take the bytes before a final name points at them."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


@contextmanager
def atomic_file(path: Path) -> Iterator[Path]:
    """Give a temporary name beside `path`, which becomes `path` when the block ends well.

    Parameters
    ----------
    path : Path
        The final name; its folder exists.

    Yields
    ------
    Path
        The temporary name, with the suffixes of `path`.

    Raises
    ------
    OutputError
        The disk is full, read-only or forbids it.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with atomic_file(Path(folder) / "a.txt") as part:
    ...         _ = part.write_text("done")
    ...     (Path(folder) / "a.txt").read_text()
    'done'
    """
    part = path.with_name(f".hevesy-{os.getpid()}-{path.name}")
    try:
        yield part
        _sync(part)
        part.replace(path)
    except OSError as error:
        raise OutputError(
            f"a file could not be written: {_FULL.get(error.errno or 0, error.strerror)}",
            got=str(path),
            remedy="make room or choose another folder",
        ) from error
    finally:
        with _quiet():
            part.unlink(missing_ok=True)


def atomic_write_bytes(path: Path, content: bytes) -> Path:
    """Write a file that is there completely or not at all; return its path.

    Raises
    ------
    OutputError
        The disk is full, read-only or forbids it (from `atomic_file`).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     atomic_write_bytes(Path(folder) / "a.bin", b"1234").stat().st_size
    4
    """
    with atomic_file(path) as part:
        part.write_bytes(content)
    return path


def atomic_write_text(path: Path, text: str) -> Path:
    """Write a UTF-8 text that is there completely or not at all; return its path.

    Raises
    ------
    OutputError
        The disk is full, read-only or forbids it (from `atomic_file`).

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     atomic_write_text(Path(folder) / "a.txt", "µ").read_text(encoding="utf-8")
    'µ'
    """
    return atomic_write_bytes(path, text.encode("utf-8"))
