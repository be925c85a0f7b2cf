"""Long work, kept where everybody sees it: it survives the process that asked for it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, func, insert, select, update

from hevesy.errors import RecordError
from hevesy.store.connection import read_transaction, write_transaction
from hevesy.store.opening import Store
from hevesy.store.tables import Job

__all__ = ["STALE_S", "JobState", "JobTable"]

STALE_S = 600.0
"""A running job of another host without a heartbeat for so long is taken for dead, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobState:
    """A job as it is now.

    Parameters
    ----------
    name : str
    kind : str
    request : object
        What was asked.
    asked_by : str
    asked_at : datetime
    state : str
        ``"queued"``, ``"running"``, ``"done"``, ``"failed"`` or ``"cancelled"``.
    stage : str
        What it is at.
    done, total : int
        Steps of the stage.
    outcome : str
        How it ended.
    cancel_asked : bool

    Examples
    --------
    >>> from datetime import UTC
    >>> JobState(
    ...     name="job-1", kind="dose", request={}, asked_by="yann",
    ...     asked_at=datetime(2026, 1, 9, tzinfo=UTC), state="queued", stage="", done=0, total=0,
    ...     outcome="", cancel_asked=False,
    ... ).open
    True
    """

    name: str
    kind: str
    request: Any
    asked_by: str
    asked_at: datetime
    state: str
    stage: str
    done: int
    total: int
    outcome: str
    cancel_asked: bool

    @property
    def open(self) -> bool:
        """Whether it has not ended."""
        return self.state in {"queued", "running"}


class JobTable:
    """Jobs of a study; each call is a transaction of its own. Jobs are no records.

    Parameters
    ----------
    store : Store
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def queue(self, kind: str, request: object, *, asked_by: str) -> str:
        """Put a job into the table and give its name."""
        with self._changing() as connection:
            number = connection.execute(select(func.count()).select_from(Job)).scalar_one() + 1
            connection.execute(
                insert(Job).values(
                    id=f"job-{number}", kind=kind, request=request, asked_by=asked_by,
                    asked_at=self._store.clock(), state="queued", stage="", done=0, total=0,
                    outcome="", cancel_asked=0,
                )
            )  # fmt: skip
        return f"job-{number}"

    def start(self, name: str, *, host: str, pid: int) -> None:
        """Say that a process has taken up a queued job.

        Raises
        ------
        RecordError
            It is not queued: somebody else has it, or it has ended (from the change).
        """
        now = self._store.clock()
        self._change(
            name,
            ("queued",),
            state="running",
            host=host,
            pid=pid,
            started_at=now,
            heartbeat_at=now,
        )

    def progress(self, name: str, *, stage: str, done: int = 0, total: int = 0) -> bool:
        """Say how far a running job is; give whether it is asked to stop."""
        total = max(total, done, 0)
        self._change(
            name,
            ("running",),
            stage=stage,
            done=max(done, 0),
            total=total,
            heartbeat_at=self._store.clock(),
        )
        return self.find(name).cancel_asked

    def finish(self, name: str, *, state: str, outcome: str = "") -> None:
        """Say how a job ended: ``"done"``, ``"failed"`` or ``"cancelled"``."""
        self._change(
            name, ("queued", "running"), state=state, outcome=outcome, ended_at=self._store.clock()
        )

    def cancel(self, name: str) -> JobState:
        """Ask a job to stop: a queued one ends at once, a running one at its next safe place.

        Raises
        ------
        RecordError
            It is unknown or has ended.
        """
        job = self.find(name)
        if not job.open:
            raise RecordError("this job has ended", got=f"{name}, {job.state}", remedy="leave it")
        if job.state == "queued":
            self.finish(name, state="cancelled", outcome="cancelled before it began")
        else:
            self._change(name, ("running",), cancel_asked=1)
        return self.find(name)

    def find(self, name: str) -> JobState:
        """Give a job.

        Raises
        ------
        RecordError
            It is unknown.
        """
        found = next((job for job in self.all() if job.name == name), None)
        if found is None:
            raise RecordError(
                "there is no such job", got=name[:60], remedy="see `hevesy trial jobs`"
            )
        return found

    def all(self) -> tuple[JobState, ...]:
        """Give every job, in the order in which they were asked for."""
        query = select(Job.__table__).order_by(Job.__table__.c.asked_at, Job.__table__.c.id)
        with read_transaction(self._store.engine) as connection:
            rows = connection.execute(query).mappings().all()
        return tuple(
            JobState(
                name=row["id"],
                cancel_asked=bool(row["cancel_asked"]),
                **{
                    name: row[name]
                    for name in (
                        "kind", "request", "asked_by", "asked_at", "state", "stage", "done",
                        "total", "outcome",
                    )
                },
            )
            for row in rows
        )  # fmt: skip

    def fail_stale(self, *, host: str, is_alive: Callable[[int], bool]) -> tuple[str, ...]:
        """End the jobs whose process is gone: on this host by its number, elsewhere by silence.

        Parameters
        ----------
        host : str
            This one.
        is_alive : callable
            Whether a process of this host runs.

        Returns
        -------
        tuple of str
            Names of the jobs that were ended.
        """
        table = Job.__table__
        query = select(table.c.id, table.c.host, table.c.pid, table.c.heartbeat_at).where(
            table.c.state == "running"
        )
        silent_since = self._store.clock() - timedelta(seconds=STALE_S)
        with read_transaction(self._store.engine) as connection:
            rows = connection.execute(query).all()
        ended = []
        for name, where, pid, heartbeat in rows:
            gone = not is_alive(pid) if where == host else heartbeat < silent_since
            if gone:
                self._change(
                    name,
                    ("running",),
                    state="failed",
                    outcome="its process ended without a word",
                    ended_at=self._store.clock(),
                )
                ended.append(name)
        return tuple(ended)

    @contextmanager
    def _changing(self) -> Iterator[Connection]:
        with write_transaction(self._store.engine) as connection:
            if connection.dialect.name == "postgresql":
                connection.exec_driver_sql("LOCK TABLE job IN EXCLUSIVE MODE")
            yield connection

    def _change(self, name: str, states: tuple[str, ...], **values: Any) -> None:
        table = Job.__table__
        with self._changing() as connection:
            done = connection.execute(
                update(Job).where(table.c.id == name, table.c.state.in_(states)).values(**values)
            )
            if done.rowcount != 1:
                raise RecordError(
                    "this job is not where it was thought to be",
                    got=name[:60],
                    allowed=" or ".join(states),
                    remedy="see `hevesy trial jobs`",
                )
