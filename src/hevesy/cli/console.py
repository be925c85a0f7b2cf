"""What the terminal shows while work goes on, and how Ctrl-C reaches the work."""

import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from hevesy.errors import Interrupted

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

__all__ = ["TerminalControl", "terminal_control"]


class TerminalControl:
    """Progress on standard error: a bar in a terminal, on request plain lines elsewhere.

    Once a stop was asked for, the next report of progress raises `Interrupted`: between two steps
    nothing is half done.

    Parameters
    ----------
    progress : rich.progress.Progress, optional
        The bar to drive; None where there is no terminal.
    plain : bool
        Write a line for each stage.
    """

    def __init__(self, progress: "Progress | None" = None, *, plain: bool = False) -> None:
        self._progress = progress
        self._plain = plain
        self._task: TaskID | None = None
        self._started = time.monotonic()
        self._stop = False

    def stage(self, name: str) -> None:
        """Say that a new stage has begun."""
        self._raise_if_stopped()
        if self._plain:
            seconds = time.monotonic() - self._started
            print(f"[{seconds:6.1f} s] {name}", file=sys.stderr, flush=True)  # noqa: T201
        if self._progress is not None:
            if self._task is not None:
                self._progress.remove_task(self._task)
            self._task = self._progress.add_task(name, total=None)

    def advance(self, done: int, total: int) -> None:
        """Say that `done` of `total` steps of this stage are finished."""
        self._raise_if_stopped()
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=total)

    def should_stop(self) -> bool:
        """Whether the work should end at the next safe place."""
        return self._stop

    def request_stop(self) -> None:
        """Ask the work to end at the next safe place."""
        self._stop = True

    def finish(self) -> None:
        """Take the bar away: what follows prints a result that is already in its place."""
        if self._progress is not None:
            self._progress.stop()

    def _raise_if_stopped(self) -> None:
        if self._stop:
            raise Interrupted("interrupted", remedy="nothing was written")


@contextmanager
def terminal_control(*, quiet: bool = False, verbose: bool = False) -> Iterator[TerminalControl]:
    """Give a control for one run; the first Ctrl-C or SIGTERM asks it to stop.

    A second one stops the work where it is; what it had begun to write is still taken away. One
    that comes once the results have their names changes nothing: they are printed.

    Parameters
    ----------
    quiet : bool
        Show nothing.
    verbose : bool
        Write a line for each stage, instead of a bar.

    Yields
    ------
    TerminalControl
    """
    bar = None if quiet or verbose or not sys.stderr.isatty() else _bar()
    control = TerminalControl(bar, plain=verbose and not quiet)

    def stop(number: int, frame: FrameType | None) -> None:
        if control.should_stop():
            raise KeyboardInterrupt
        control.request_stop()
        if bar is not None:
            bar.console.print("stopping at the next safe place; once more stops at once")

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        if bar is None:
            yield control
        else:
            with bar:
                yield control
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _bar() -> "Progress":
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        Progress,
        SpinnerColumn,
        TaskProgressColumn,
        TextColumn,
        TimeElapsedColumn,
    )

    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
