"""PenRed in a process of its own: start, watch, stop, and what went wrong."""

import importlib.util
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from hevesy.errors import HevesyError, InputError, Interrupted
from hevesy.progress import SILENT, Control

__all__ = ["has_penelope", "require_penelope", "run_worker"]

_WORKER = Path(__file__).with_name("worker.py")
_POLL_S = 0.1


def has_penelope() -> bool:
    """Whether pyPenred is installed; it is looked for, not imported.

    Examples
    --------
    >>> has_penelope() in (True, False)
    True
    """
    return importlib.util.find_spec("pyPenred") is not None


def require_penelope() -> None:
    """Refuse where pyPenred is not installed.

    Raises
    ------
    InputError
        It is not installed.

    Examples
    --------
    >>> if has_penelope():
    ...     require_penelope()
    """
    if not has_penelope():
        raise InputError(
            "method 'penelope' needs PenRed, which is not installed",
            remedy="pip install 'hevesy[penelope]'",
        )


def run_worker(task: str, folder: Path, *, total: int = 0, control: Control = SILENT) -> None:
    """Run one task of the worker in a folder, and wait for it.

    Parameters
    ----------
    task : str
        ``"materials"`` or ``"simulate"``.
    folder : Path
        Holds the task's inputs; its outputs come to lie beside them.
    total : int
        Histories that will be simulated, for the progress; 0 says nothing.
    control : Control
        Told of histories done; asked whether to stop.

    Raises
    ------
    Interrupted
        `control` asked to stop; the process has been ended.
    HevesyError
        The process failed; the message holds the last line that it wrote.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     run_worker("nothing", Path(folder))
    Traceback (most recent call last):
        ...
    hevesy.errors.HevesyError: PenRed's process ended with code 2; ...
    """
    log = folder / "log"
    command = [sys.executable, "-P", str(_WORKER), task, str(folder)]
    with (
        log.open("wb") as output,
        subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        ) as process,
    ):
        try:
            _wait(process, folder / "progress", total, control)
        finally:
            _end(process)
    if process.returncode != 0:
        said = _last_line(log, folder)
        raise HevesyError(
            f"PenRed's process ended with code {process.returncode}"
            + (f" and the words '{said}'" if said else ""),
            remedy="run it again with fewer voxels or media; if it stays, report it",
        )


def _wait(process: subprocess.Popen[bytes], progress: Path, total: int, control: Control) -> None:
    seen = 0
    while process.poll() is None:
        if control.should_stop():
            raise Interrupted("the PENELOPE run was stopped", remedy="start again")
        if total and progress.exists():
            done = min(int(progress.read_text(encoding="ascii")), total)
            if done > seen:
                seen = done
                control.advance(done, total)
        time.sleep(_POLL_S)


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the process if it still runs, with whatever it started."""
    if process.poll() is not None:
        return
    if hasattr(os, "killpg"):
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _last_line(log: Path, folder: Path) -> str:
    lines = log.read_text(encoding="utf-8", errors="replace").splitlines()
    written = [line.strip() for line in lines if line.strip()]
    return written[-1].replace(str(folder), "FOLDER")[:300] if written else ""
