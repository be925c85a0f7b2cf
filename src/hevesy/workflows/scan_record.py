"""A scan as it is typed: `key=value`, of which many name files."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hevesy.errors import RecordError
from hevesy.files import study_scan
from hevesy.workflows.scan_files import FILE_KEYS, hash_files, identify, inside_study

__all__ = ["PLAIN_SCAN_KEYS", "SCAN_KEYS", "scan_values"]

_READ = ("unit", "duration", "decay_corrected_to", "registration", "breathing", "mismatch")
_TABLES = ("structure_names", "lesions")
_LISTS = ("projections", "structures")
PLAIN_SCAN_KEYS = ("administration", "at")
"""What of a scan is a column as it is typed."""
SCAN_KEYS = (*PLAIN_SCAN_KEYS, *FILE_KEYS, *_READ, *_TABLES)
"""What is typed of a scan; all but `lesions` as a case file's ``[[scan]]`` has it."""


def _table(value: object) -> dict[str, Any]:
    return dict(value) if isinstance(value, Mapping) else {}


def scan_values(
    given: Mapping[str, list[str]],
    earlier: Mapping[str, Any],
    values: Mapping[str, Any],
    folder: Path,
) -> dict[str, Any]:
    """Give a scan's columns: its files, found and hashed; how they are read; whose they are.

    Parameters
    ----------
    given : mapping of str to list of str
        What was typed.
    earlier : mapping of str to object
        Keys of the version before, from `scan_keys`.
    values : mapping of str to object
        Columns that are known so far.
    folder : Path
        The study's.

    Returns
    -------
    dict of str to object

    Raises
    ------
    RecordError
        Something is missing, or written in another way.
    """
    keys = {**earlier, **_scan_keys(given, earlier, folder)}
    keys = {key: value for key, value in keys.items() if value}
    lesions = dict(_table((values.get("options") or {}).get("lesions")))
    for key, texts in given.items():
        if key.startswith("lesions."):
            lesions[key.partition(".")[2]] = texts[-1]
    lesions = {lesion: region for lesion, region in lesions.items() if region}
    for column in PLAIN_SCAN_KEYS:
        if values.get(column) is None:
            raise RecordError(
                f"a scan needs `{column}`", remedy=f"add --set {column}=..., see --help"
            )
    study_scan(keys, folder, values["at"])
    digest, single = hash_files(folder, keys)
    options = {
        "files": single,
        "read": {key: value for key, value in keys.items() if key not in FILE_KEYS},
        "lesions": lesions,
        "identity": identify(folder, keys),
    }
    return {
        **{key: keys.get(key) for key in FILE_KEYS},
        "files_sha256": digest,
        "options": {key: value for key, value in options.items() if value},
    }


def _scan_keys(
    given: Mapping[str, list[str]], earlier: Mapping[str, Any], folder: Path
) -> dict[str, Any]:
    keys: dict[str, Any] = {}
    for key, texts in given.items():
        head, _, inner = key.partition(".")
        if head in PLAIN_SCAN_KEYS or head == "lesions":
            continue
        if (head == "structure_names") != bool(inner) or (len(texts) > 1 and head not in _LISTS):
            raise RecordError(
                f"`{key}` is not written so",
                got=f"{len(texts)} values" if len(texts) > 1 else key,
                remedy="give it once; only projections and structures may come several times, and "
                "structure_names and lesions have a part after a dot",
            )
        if head == "structure_names":
            names = keys.setdefault(head, dict(earlier.get(head, {})))
            names[inner] = texts[0]
            if not texts[0]:
                del names[inner]
        elif head in FILE_KEYS:
            found = [inside_study(folder, text, head) for text in texts if text]
            keys[head] = found if head in _LISTS else (found[0] if found else None)
        else:
            keys[head] = texts[0] or None
    return keys
