"""A corrected injection: its readings, what each lesion got, and the administration's sum."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from hevesy.errors import CustodyError
from hevesy.nuclides import decay_factor, get_nuclide
from hevesy.pharmacy import (
    InjectionPart,
    NetActivity,
    SyringeMeasurement,
    net_injected_activity,
    split_over_lesions,
)
from hevesy.protocol import StudyProtocol
from hevesy.store import Record, Writer
from hevesy.store import tables as t
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.custody.standing import syringe_sites

__all__ = ["remeasure"]

_WHOLE = ("started_at", "ended_at", "pre_bq", "pre_at", "post_bq", "post_at", "device")


def remeasure(
    writer: Writer,
    protocol: StudyProtocol,
    old: t.Injection,
    values: Mapping[str, Any],
    expected_version: int,
) -> tuple[Record, tuple[str, ...]]:
    """Correct an injection: readings and times are the syringe's, and so all its lesions'.

    Shares and reflux stay as they were entered. A residual that was measured late turns gross
    into net.

    Parameters
    ----------
    writer : Writer
    protocol : StudyProtocol
    old : Injection
    values : mapping of str to object
        The columns that change; ``spread``, ``is_reading``, ``unusual`` of the readings.
    expected_version : int
        Of `old`.

    Returns
    -------
    Injection, tuple of str
        The new version; the other records that changed.
    """
    changes = dict(values)
    spread, is_reading, unusual = (changes.pop(k) for k in ("spread", "is_reading", "unusual"))
    rows = [
        row
        for row in writer.all(t.Injection, administration=old.administration)
        if row.id == old.id or (old.syringe is not None and row.syringe == old.syringe)
    ]
    common = {k: v for k, v in changes.items() if k != "needle_passes"}
    each: dict[str, dict[str, Any]] = {row.id: dict(common) for row in rows}
    if "needle_passes" in changes:
        each[old.id]["needle_passes"] = changes["needle_passes"]
    if spread is not None or set(changes) & set(_WHOLE):
        now = {column: changes.get(column, getattr(old, column)) for column in _WHOLE}
        entered = _readings(old, changes, now, spread, is_reading, unusual)
        measured, calibration, fraction = _measure(writer, protocol, old, entered, rows)
        net, parts = _net(writer, old, rows, now, measured, fraction)
        for row, part in zip(rows, split_over_lesions(net, parts), strict=True):
            each[row.id] |= {
                **{f"{key}_bq": activity_bq for key, activity_bq in measured.items()},
                "calibration": calibration,
                "net_bq": part.activity_bq,
                "net_uncertainty_bq": part.uncertainty_bq,
                "kind": net.kind,
            }
    also = []
    for row in rows:
        version = expected_version if row.id == old.id else row.version
        writer.correct(t.Injection, row.id, expected_version=version, **each[row.id])
        also.append(f"injection {row.id}")
    also += _administration(writer, old.administration)
    made = writer.get(t.Injection, old.id)
    return made, tuple(name for name in also if name != f"injection {old.id}")


def _readings(
    old: t.Injection,
    changes: Mapping[str, Any],
    now: Mapping[str, Any],
    spread: float | None,
    is_reading: bool,
    unusual: str,
) -> dict[str, VialReading]:
    if (now["post_bq"] is None) != (now["post_at"] is None):
        raise CustodyError(
            "a residual needs its activity and its time",
            got="post" if now["post_at"] is None else "post_at",
            remedy="give both, or neither: the answer is then gross",
        )
    found = {}
    for key in ("pre", "post"):
        if now[f"{key}_bq"] is None:
            continue
        how = (old.calibration or {}).get(key) or {}
        entered = f"{key}_bq" in changes
        own = how.get("entered_relative_uncertainty", (old.net_uncertainty_bq or 0.0) / old.net_bq)
        found[key] = VialReading(
            activity_bq=now[f"{key}_bq"] if entered else how.get("entered_bq", now[f"{key}_bq"]),
            relative_uncertainty=own if spread is None else spread,
            measured_at=now[f"{key}_at"],
            device=now["device"],
            is_reading=is_reading if entered else how.get("entered") == "reading",
            unusual=unusual or how.get("unusual", ""),
        )
    return found


def _measure(
    writer: Writer,
    protocol: StudyProtocol,
    old: t.Injection,
    entered: Mapping[str, VialReading],
    rows: Sequence[t.Injection],
) -> tuple[dict[str, float], dict[str, Any] | None, float]:
    """Activities, how they were measured, and the uncertainty that is common to them."""
    syringe = None if old.syringe is None else writer.get(t.Syringe, old.syringe)
    nuclide = writer.get(t.Administration, old.administration).nuclide
    lesions = [row.lesion for row in rows]
    sites = frozenset() if syringe is None else syringe_sites(writer, syringe, lesions)
    found = {
        key: apply_calibrator(
            writer,
            protocol,
            reading,
            sites=sites,
            container=None if syringe is None else syringe.container,
            volume_ml=0.0 if syringe is None else syringe.volume_ml,
            nuclide=nuclide,
        )
        for key, reading in entered.items()
    }
    calibration = {key: kept for key, (_, kept) in found.items() if kept is not None}
    fraction = max(reading.relative_uncertainty for reading, _ in found.values())
    measured = {key: reading.activity_bq for key, (reading, _) in found.items()}
    return measured, calibration or None, fraction


def _net(
    writer: Writer,
    old: t.Injection,
    rows: Sequence[t.Injection],
    now: Mapping[str, Any],
    measured: Mapping[str, float],
    fraction: float,
) -> tuple[NetActivity, tuple[InjectionPart, ...]]:
    """The syringe's net activity again, and the lesions' shares as they were."""
    nuclide = get_nuclide(writer.get(t.Administration, old.administration).nuclide)
    after = None
    if "post" in measured:
        after = SyringeMeasurement(activity_bq=measured["post"], measured_at=now["post_at"])
    net = net_injected_activity(
        nuclide,
        before=SyringeMeasurement(activity_bq=measured["pre"], measured_at=now["pre_at"]),
        after=after,
        started_at=now["started_at"],
        ended_at=now["ended_at"],
        calibrator_uncertainty_fraction=fraction,
    )
    whole = math.fsum(_with_reflux(row) for row in rows)
    parts = tuple(
        InjectionPart(
            lesion=row.lesion,
            share=_with_reflux(row) / whole,
            needle_passes=row.needle_passes or 1,
            reflux_fraction=_reflux(row),
        )
        for row in rows
    )
    return net, parts


def _reflux(row: t.Injection) -> float:
    return 0.0 if row.reflux is None else float(row.reflux.removesuffix("%")) / 100


def _with_reflux(row: t.Injection) -> float:
    """What a lesion was given, what flowed back included, Bq."""
    return row.net_bq / (1 - _reflux(row))


def _administration(writer: Writer, name: str) -> list[str]:
    """The sum of its syringes, each carried to the end of the last; errors add up as they are."""
    given = writer.get(t.Administration, name)
    rows = writer.all(t.Injection, administration=name)
    nuclide = get_nuclide(given.nuclide)
    at = max(row.ended_at for row in rows)
    total = spread = 0.0
    for row in rows:
        faded = decay_factor(nuclide, (at - row.started_at).total_seconds())
        total += _with_reflux(row) * faded
        spread += (row.net_uncertainty_bq or 0.0) / (1 - _reflux(row)) * faded
    values: dict[str, Any] = {
        "at": at,
        "kind": "gross" if any(row.kind == "gross" for row in rows) else "net",
        "activity_bq": total,
        "activity_uncertainty_bq": spread,
    }
    same = math.isclose(total, given.activity_bq, rel_tol=1e-12) and math.isclose(
        spread, given.activity_uncertainty_bq or 0.0, rel_tol=1e-12
    )
    if same and (given.at, given.kind) == (at, values["kind"]):
        return []
    writer.correct(t.Administration, name, expected_version=given.version, **values)
    return [f"administration {name}"]
