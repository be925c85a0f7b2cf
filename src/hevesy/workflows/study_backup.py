"""Backups of a study, and their restoration; long work is a job that everybody sees."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from hevesy.errors import HevesyError, Interrupted, OutputError
from hevesy.files import atomic_file, parse_study
from hevesy.protocol import Action
from hevesy.store import (
    BackupManifest,
    JobState,
    JobTable,
    Store,
    read_backup,
    restore_backup,
    write_backup,
)
from hevesy.workflows.study import new_folder, open_study, permit, with_address
from hevesy.workflows.study_heads import remember_head

__all__ = ["backup_study", "list_jobs", "restore_study", "run_job"]


@contextmanager
def run_job(store: Store, kind: str, request: object, *, user: str) -> Iterator[str]:
    """Keep the table of jobs true while work goes on.

    Parameters
    ----------
    store : Store
    kind : str
    request : object
        What was asked, as JSON takes it.
    user : str

    Yields
    ------
    str
        The job's name.
    """
    jobs = JobTable(store)
    jobs.fail_stale(host=socket.gethostname(), is_alive=_is_alive)
    name = jobs.queue(kind, request, asked_by=user)
    jobs.start(name, host=socket.gethostname(), pid=os.getpid())
    try:
        yield name
    except (KeyboardInterrupt, Interrupted):
        jobs.finish(name, state="cancelled", outcome="interrupted")
        raise
    except HevesyError as error:
        jobs.finish(name, state="failed", outcome=error.problem)
        raise
    except Exception as error:
        jobs.finish(name, state="failed", outcome=type(error).__name__)
        raise
    jobs.finish(name, state="done")


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def backup_study(folder: Path, target: Path, *, user: str) -> BackupManifest:
    """Write a study's records into one file, and remember in the folder where the audit ended.

    Parameters
    ----------
    folder : Path
    target : Path
        A new file.
    user : str

    Returns
    -------
    BackupManifest

    Raises
    ------
    OutputError
        The file is there already, or can't be written.
    Interrupted
        Somebody cancelled the job.

    Examples
    --------
    >>> backup_study(Path("no-such-folder"), Path("a.zip"), user="ada")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder) as (_, store):
        permit(store, user, Action.MAINTAIN)
        if target.exists():
            raise OutputError("there is a file already", got=str(target), remedy="name a new one")
        text = (folder / "study.toml").read_text("utf-8")
        with (
            run_job(store, "backup", {"to": target.name}, user=user) as job,
            atomic_file(target) as part,
            part.open("wb") as stream,
        ):
            jobs = JobTable(store)

            def report(stage: str, done: int, total: int) -> None:
                if jobs.progress(job, stage=stage, done=done, total=total):
                    raise Interrupted("the backup was cancelled", remedy="nothing was written")

            manifest = write_backup(store, stream, study=text, now=datetime.now(UTC), report=report)
        if read_backup(target) != manifest:
            raise OutputError(
                "the backup does not read back as it was written",
                got=target.name,
                remedy="write it again, to another disk",
            )
        remember_head(
            folder,
            name=target.name,
            created=manifest.created,
            seq=manifest.head_seq,
            head=manifest.head_hash,
        )
    return manifest


def restore_study(backup: Path, folder: Path, *, store: str | None = None) -> BackupManifest:
    """Make a study's folder from a backup, and prove that it holds what was saved.

    Parameters
    ----------
    backup : Path
        From `backup_study`.
    folder : Path
        Not there yet, or empty.
    store : str or None
        ``"study.db"``, or the address of an empty PostgreSQL database; None for what the backup's
        study.toml says.

    Returns
    -------
    BackupManifest

    Examples
    --------
    >>> restore_study(Path("no-such.zip"), Path("folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this is no complete backup of a study: ...
    """
    text = read_backup(backup).study
    if store is not None:
        text = with_address(text, None if store == "study.db" else store)
    study = parse_study(text)
    with new_folder(folder) as hidden:
        (hidden / "study.toml").write_text(text, "utf-8")
        for name in ("dicom", "derived"):
            (hidden / name).mkdir()
        manifest = restore_backup(backup, hidden / "study.db" if study.url is None else study.url)
        remember_head(
            hidden,
            name=backup.name,
            created=manifest.created,
            seq=manifest.head_seq,
            head=manifest.head_hash,
        )
    return manifest


def list_jobs(folder: Path, *, cancel: str | None = None, user: str = "") -> tuple[JobState, ...]:
    """Give a study's jobs; those whose process is gone are ended first.

    Parameters
    ----------
    folder : Path
    cancel : str or None
        A job that is asked to stop.
    user : str
        Who asks for that.

    Returns
    -------
    tuple of JobState

    Examples
    --------
    >>> list_jobs(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder) as (_, store):
        jobs = JobTable(store)
        if cancel is not None:
            if jobs.find(cancel).asked_by != user:
                permit(store, user, Action.MAINTAIN)
            jobs.cancel(cancel)
        jobs.fail_stale(host=socket.gethostname(), is_alive=_is_alive)
        return jobs.all()
