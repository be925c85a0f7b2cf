"""Where the audit ended when backups were made: kept in the folder, outside of the database."""

import json
import os
from pathlib import Path

from hevesy.errors import StudyError

__all__ = ["known_heads", "remember_head"]

_NAME = "backups.jsonl"


def known_heads(folder: Path) -> tuple[tuple[int, str], ...]:
    """Sequence numbers and hashes of the audit's heads at earlier backups.

    Parameters
    ----------
    folder : Path
        The study's.

    Returns
    -------
    tuple of (int, str)

    Raises
    ------
    StudyError
        The file can't be read.
    """
    path = folder / _NAME
    if not path.exists():
        return ()
    try:
        entries = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]
        return tuple((int(entry["seq"]), str(entry["hash"])) for entry in entries)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StudyError(
            f"{_NAME} of the study can't be read",
            got=type(error).__name__,
            remedy="put back the file that lists the study's backups",
        ) from error


def remember_head(folder: Path, *, name: str, created: str, seq: int, head: str) -> None:
    """Add a backup to the folder's list.

    Parameters
    ----------
    folder : Path
        The study's.
    name, created : str
        The backup's file and time.
    seq : int
    head : str
        Hash of the audit's last record.
    """
    line = json.dumps({"created": created, "backup": name, "seq": seq, "hash": head})
    with (folder / _NAME).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
        file.flush()
        os.fsync(file.fileno())
