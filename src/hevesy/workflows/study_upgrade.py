"""A study's database brought to this version of hevesy; never without a backup."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from hevesy.errors import OutputError, StudyError
from hevesy.files import atomic_file, read_study
from hevesy.protocol import Action
from hevesy.store import BackupManifest, Store, back_up, connect, read_backup, upgrade_proved
from hevesy.store.audit import lock_chain
from hevesy.store.connection import read_transaction, write_transaction
from hevesy.store.revisions import HEAD, current_revision, known_revisions
from hevesy.workflows.study import permit, study_address
from hevesy.workflows.study_heads import remember_head

__all__ = ["StudyUpgrade", "upgrade_study"]


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyUpgrade:
    """What an upgrade did.

    Parameters
    ----------
    before, after : str
        The database's revision.
    backup : Path or None
        Where the records lie as they were; None where nothing was to be done.
    """

    before: str
    after: str
    backup: Path | None


def upgrade_study(folder: Path, *, user: str, target: Path | None = None) -> StudyUpgrade:
    """Bring a study's database to this version of hevesy, all of it or nothing.

    Before, and while nobody else can write, all records are saved as `backup_study` saves them:
    a study that can't be saved, because its audit is not proved or the disk is full, is not
    upgraded. `restore_study` makes a study of it by this version of hevesy or the earlier one.

    Parameters
    ----------
    folder : Path
    user : str
    target : Path or None
        The backup's file, a new one; None makes a name with revision and time in `folder`.

    Returns
    -------
    StudyUpgrade

    Raises
    ------
    StudyError
        There is no database, or it is of a newer version.

    Examples
    --------
    >>> upgrade_study(Path("no-such-folder"), user="ada")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    study = read_study(folder / "study.toml")
    address = study_address(folder, study)
    if isinstance(address, Path) and not address.is_file():
        raise StudyError("the study has no database", got="study.db", remedy="restore a backup")
    now = datetime.now(UTC)
    engine = connect(address)
    try:
        with read_transaction(engine) as connection:
            before = current_revision(connection)
        if before not in known_revisions():
            raise StudyError(
                "the database is of a newer version" if before else "the database holds no study",
                got=before or "no tables of hevesy's",
                allowed=HEAD,
                remedy="use a newer hevesy" if before else "correct [store] in study.toml",
            )
        permit(Store(engine, clock=lambda: now), user, Action.MAINTAIN)
        if before == HEAD:
            return StudyUpgrade(before=HEAD, after=HEAD, backup=None)
        place = target or folder / f"before-{HEAD}-{now:%Y%m%dT%H%M%SZ}.zip"
        with write_transaction(engine) as connection:
            lock_chain(connection)
            text = (folder / "study.toml").read_text("utf-8")
            save = functools.partial(back_up, connection, study=text, now=now)
            _save(save, folder, place)
            upgrade_proved(connection)
    finally:
        engine.dispose()
    return StudyUpgrade(before=str(before), after=HEAD, backup=place)


def _save(save: Callable[[IO[bytes]], BackupManifest], folder: Path, place: Path) -> None:
    """Write the backup, read it again, and remember where the audit ended."""
    if place.exists():
        raise OutputError(
            "there is a file already, so nothing was upgraded",
            got=str(place),
            remedy="name a new one for the backup",
        )
    with atomic_file(place) as part, part.open("wb") as stream:
        manifest = save(stream)
    if read_backup(place) != manifest:
        raise OutputError(
            "the backup does not read back as it was written, so nothing was upgraded",
            got=place.name,
            remedy="write it again, to another disk",
        )
    remember_head(
        folder,
        name=place.name,
        created=manifest.created,
        seq=manifest.head_seq,
        head=manifest.head_hash,
    )
