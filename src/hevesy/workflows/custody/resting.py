"""Measurements that rest on a dose calibrator's factor or constancy check."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hevesy.store import Reader, Record
from hevesy.store import tables as t
from hevesy.workflows.study import open_study

__all__ = ["measured_with", "measurements_of"]

_KEYS = {"device_factor": "factor_record", "device_check": "check"}
_MEASURED: tuple[type[Record], ...] = (
    t.Elution, t.Vial, t.Withdrawal, t.Dispatch, t.Receipt, t.Syringe, t.Injection,
    t.ExcretaSample,
)  # fmt: skip


def measurements_of(folder: Path, kind: str, name: str) -> tuple[str, ...]:
    """List what was measured with a factor or check on record; see `measured_with`.

    Parameters
    ----------
    folder : Path
        The study's.
    kind, name : str

    Returns
    -------
    tuple of str

    Examples
    --------
    >>> measurements_of(Path("no-such-folder"), "patient", "P01")
    ()
    """
    if kind not in _KEYS:
        return ()
    with open_study(folder, any_protocol=True) as (_, store), store.reading() as reader:
        return measured_with(reader, kind, name)


def measured_with(reader: Reader, kind: str, name: str) -> tuple[str, ...]:
    """List the measurements in which a factor or constancy check was applied.

    A correction of a factor or check does not change them: each stands with the version that was
    applied, until it is corrected itself.

    Parameters
    ----------
    reader : Reader
    kind : str
        Another kind than ``device_factor`` and ``device_check`` has none.
    name : str

    Returns
    -------
    tuple of str
        Kind and name of each record, such as ``"syringe S-1"``.
    """
    key = _KEYS.get(kind)
    if key is None:
        return ()
    return tuple(
        f"{table.__tablename__} {row.id}"
        for table in _MEASURED
        for row in reader.each(table)
        if _has(getattr(row, "calibration", None), key, name)
    )


def _has(kept: Mapping[str, Any] | None, key: str, name: str) -> bool:
    """An injection keeps one of each of its two readings."""
    if kept is None:
        return False
    return kept.get(key) == name or any(
        part.get(key) == name for part in kept.values() if isinstance(part, Mapping)
    )
