"""How far a study's job is, in the table that everybody sees; and whether it is to stop."""

import time

from hevesy.errors import Interrupted
from hevesy.progress import Control
from hevesy.store import JobTable

__all__ = ["JobControl"]

_EVERY_S = 1.0  # how often steps are written down, s


class JobControl:
    """Tells one control and the table of jobs; stops where either asks for it.

    Parameters
    ----------
    jobs : JobTable
    name : str
        The job, running.
    control : Control
        Of who waits for it.
    """

    def __init__(self, jobs: JobTable, name: str, control: Control) -> None:
        self._jobs = jobs
        self._name = name
        self._control = control
        self._stage = ""
        self._step = (0, 0)
        self._cancelled = False
        self._written = time.monotonic()

    def stage(self, name: str) -> None:
        """Say that a new stage has begun."""
        self._control.stage(name)
        self._stage, self._step = name, (0, 0)
        self._tell(now=True)
        self._raise_if_cancelled()

    def advance(self, done: int, total: int) -> None:
        """Say that `done` of `total` steps of this stage are finished."""
        self._control.advance(done, total)
        self._step = (done, total)
        self._tell(now=False)
        self._raise_if_cancelled()

    def should_stop(self) -> bool:
        """Whether the work should end at the next safe place."""
        self._tell(now=False)
        return self._cancelled or self._control.should_stop()

    def _tell(self, *, now: bool) -> None:
        moment = time.monotonic()
        if not now and moment - self._written < _EVERY_S:
            return
        self._written = moment
        done, total = self._step
        self._cancelled |= self._jobs.progress(
            self._name, stage=self._stage, done=done, total=total
        )

    def _raise_if_cancelled(self) -> None:
        if self._cancelled:
            raise Interrupted("the job was cancelled", remedy="nothing was written or filed")
