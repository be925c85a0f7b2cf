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
from hevesy.store import Record, Writer, record_values
from hevesy.store import tables as t
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.custody.standing import syringe_sites

__all__ = ["remeasure"]

_OF_LESION = ("needle_passes", "lesion", "reflux")
_DIVIDED = ("lesion", "reflux", "net_bq", "net_uncertainty_bq")
_SUM_TOLERANCE = 1e-6
_WHOLE = ("started_at", "ended_at", "pre_bq", "pre_at", "post_bq", "post_at", "device")


def remeasure(
    writer: Writer,
    protocol: StudyProtocol,
    old: t.Injection,
    values: Mapping[str, Any],
    expected_version: int,
) -> tuple[Record, tuple[str, ...]]:
    """Correct an injection: readings and times are the syringe's, and so all its lesions'.

    Shares and reflux stay as they were entered, unless they are corrected: the whole that left
    the syringe is then divided anew. A residual that was measured late turns gross into net.

    Parameters
    ----------
    writer : Writer
    protocol : StudyProtocol
    old : Injection
    values : mapping of str to object
        The columns that change; ``spread``, ``is_reading``, ``unusual`` of the readings;
        ``reflux`` as a fraction; ``shares`` by lesion.
    expected_version : int
        Of `old`.

    Returns
    -------
    Injection, tuple of str
        The new version; the other records that changed.

    Raises
    ------
    CustodyError
        Shares of other lesions than the syringe's, or not 1 together; a lesion of another
        patient, or twice in a syringe.
    """
    changes = dict(values)
    spread, is_reading, unusual = (changes.pop(k) for k in ("spread", "is_reading", "unusual"))
    rows = [
        row
        for row in writer.all(t.Injection, administration=old.administration)
        if row.id == old.id or (old.syringe is not None and row.syringe == old.syringe)
    ]
    shares = changes.pop("shares", None)
    own = {key: changes.pop(key) for key in _OF_LESION if key in changes}
    each: dict[str, dict[str, Any]] = {row.id: dict(changes) for row in rows}
    if "lesion" in own:
        _require_lesion(writer, old, rows, own["lesion"])
    if shares is not None or "reflux" in own:
        for name, values_of in _divide(old, rows, shares, own).items():
            each[name] |= values_of
        own.pop("reflux", None)
    each[old.id] |= own
    rows = [_changed(row, each[row.id]) for row in rows]
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
        if not each[row.id] and row.id != old.id:
            continue
        version = expected_version if row.id == old.id else row.version
        writer.correct(t.Injection, row.id, expected_version=version, **each[row.id])
        also.append(f"injection {row.id}")
    also += _administration(writer, old.administration)
    made = writer.get(t.Injection, old.id)
    return made, tuple(name for name in also if name != f"injection {old.id}")


def _require_lesion(
    writer: Writer, old: t.Injection, rows: Sequence[t.Injection], lesion: str
) -> None:
    given = writer.get(t.Administration, old.administration)
    patient = writer.get(t.Inclusion, given.inclusion).patient
    if writer.get(t.Lesion, lesion).patient != patient:
        raise CustodyError(f"lesion {lesion} is of another patient", remedy="check the lesion")
    if any(row.lesion == lesion for row in rows):
        raise CustodyError(
            f"lesion {lesion} stands in this injection already",
            remedy="correct its share, or name another lesion",
        )
    if old.needle_tracks:
        raise CustodyError(
            f"needle tracks of lesion {old.lesion} rest on it",
            remedy="a track belongs to its lesion; note it as a deviation",
        )


def _divide(
    old: t.Injection,
    rows: Sequence[t.Injection],
    shares: Mapping[str, float] | None,
    own: Mapping[str, Any],
) -> dict[str, dict[str, Any]]:
    """What left the syringe, divided anew; the sum over lesions and what flowed back is kept."""
    given = {row.lesion: _with_reflux(row) for row in rows}
    whole = math.fsum(given.values())
    if shares is None:
        shares = {lesion: part / whole for lesion, part in given.items()}
    if set(shares) != set(given):
        raise CustodyError(
            "the shares of a syringe are corrected together",
            got=", ".join(sorted(shares)),
            allowed=", ".join(sorted(given)),
            remedy="give one for each of its lesions; a lesion's name is corrected apart",
        )
    if abs(math.fsum(shares.values()) - 1) > _SUM_TOLERANCE or min(shares.values()) <= 0:
        raise CustodyError(
            "the lesions' shares of a syringe must be above 0, and 1 together",
            got=", ".join(f"{lesion} {share:g}" for lesion, share in sorted(shares.items())),
            remedy="correct the shares; what flowed back is given apart, as reflux",
        )
    found = {}
    for row in rows:
        back = _reflux(row)
        if row.id == old.id and "reflux" in own:
            back = own["reflux"] or 0.0
        if not 0 <= back < 1:
            raise CustodyError(
                "what flowed back is a part of what was given",
                got=f"{100 * back:g} %",
                allowed="from 0 up to, but not, 100 %",
                remedy="correct it",
            )
        net_bq = whole * shares[row.lesion] * (1 - back)
        relative = (row.net_uncertainty_bq or 0.0) / row.net_bq
        found[row.id] = {
            "net_bq": net_bq,
            "net_uncertainty_bq": None if row.net_uncertainty_bq is None else relative * net_bq,
            "reflux": f"{100 * back:.12g} %" if back else None,
        }
        found[row.id] = {
            key: value for key, value in found[row.id].items() if value != getattr(row, key)
        }
    return found


def _changed(row: t.Injection, values: Mapping[str, Any]) -> t.Injection:
    """The row as it will be: readings are divided by its new share."""
    keep = {key: values[key] for key in _DIVIDED if key in values}
    made = t.Injection(id=row.id, **{**record_values(row), **keep})
    made.version = row.version
    return made


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
