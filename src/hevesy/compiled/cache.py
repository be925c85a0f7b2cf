"""Where compiled kernels are kept, and under which name.

numba looks at the file of the function it compiles and misses edits of functions in other files
that are compiled into it. So the folder's name holds a hash of all kernel sources, of numba's
version and of the CPU: any edit of a kernel starts a new folder.
"""

import hashlib
import os
import tempfile
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from hevesy.errors import OutputError

__all__ = ["cache_folder", "kernel_sources", "source_hash"]

PACKAGE = Path(__file__).resolve().parents[1]


def kernel_sources(package: Path = PACKAGE) -> tuple[Path, ...]:
    """Files that hold kernels: those of `package` whose name ends in ``kernels.py``, in order.

    Examples
    --------
    >>> all(path.name.endswith("kernels.py") for path in kernel_sources())
    True
    """
    return tuple(sorted(package.rglob("*kernels.py")))


def source_hash(sources: Iterable[Path], *, numba_version: str, cpu: str) -> str:
    """Hash of the kernels' text, numba's version and the CPU, 16 hexadecimal digits.

    Parameters
    ----------
    sources : iterable of Path
        The kernels' files; their names and texts count, their folders don't.
    numba_version : str
    cpu : str
        The CPU's name, as LLVM knows it.

    Returns
    -------
    str

    Examples
    --------
    >>> len(source_hash([], numba_version="0.60.0", cpu="skylake"))
    16
    """
    digest = hashlib.sha256(f"{numba_version}\0{cpu}\0".encode())
    for path in sources:
        text = path.read_bytes()
        digest.update(f"{path.name}\0{len(text)}\0".encode())
        digest.update(text)
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path | None:
    """Folder for this machine's compiled kernels; None where nothing can be written.

    ``$HEVESY_CACHE_DIR`` where it is set, else ``$XDG_CACHE_HOME/hevesy`` or ``~/.cache/hevesy``,
    else a folder of the user's own in the system's temporary one.

    Raises
    ------
    OutputError
        ``HEVESY_CACHE_DIR`` names a folder that can't be written.

    Examples
    --------
    >>> folder = cache_folder()
    >>> folder is None or folder.is_dir()
    True
    """
    import numba
    from llvmlite import binding  # type: ignore[import-untyped]

    key = source_hash(
        kernel_sources(), numba_version=numba.__version__, cpu=str(binding.get_host_cpu_name())
    )
    declared = os.environ.get("HEVESY_CACHE_DIR")
    if declared:
        folder = Path(declared).expanduser() / "kernels" / key
        if not _usable(folder):
            raise OutputError(
                "compiled kernels can't be kept in HEVESY_CACHE_DIR",
                got=declared,
                remedy="make it writable, name another folder, or unset it",
            )
        return folder
    for parent in _default_parents():
        if _usable(parent / "kernels" / key):
            return parent / "kernels" / key
    return None


def _default_parents() -> list[Path]:
    parents = []
    if os.environ.get("XDG_CACHE_HOME"):
        parents.append(Path(os.environ["XDG_CACHE_HOME"]) / "hevesy")
    home = os.path.expanduser("~")  # noqa: PTH111 - Path.home() raises where there is none
    if home != "~":
        parents.append(Path(home) / ".cache" / "hevesy")
    user = os.getuid() if hasattr(os, "getuid") else "user"
    parents.append(Path(tempfile.gettempdir()) / f"hevesy-{user}")
    return parents


def _usable(folder: Path) -> bool:
    """Whether the folder can be made, is the user's own and takes a file.

    Cached code is run as it is found: a folder that another user owns is not taken.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if hasattr(os, "getuid") and folder.stat().st_uid != os.getuid():
            return False
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False
