"""Corrections of the chain's records: a further version, under the rules of the first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any

from hevesy.errors import CustodyError
from hevesy.files import nearest
from hevesy.protocol import StudyProtocol
from hevesy.store import Record, Writer, record_fields, record_kinds
from hevesy.store import tables as t
from hevesy.units import parse_share
from hevesy.workflows.custody.acting import acting, happened
from hevesy.workflows.custody.consistency import Problem, chain_problems
from hevesy.workflows.custody.following import Reach, follow, reach_of
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.custody.questions import ask_again
from hevesy.workflows.custody.relinking import relinked
from hevesy.workflows.custody.standing import place_at
from hevesy.workflows.record_text import field_keys, parse_pairs, parse_record

__all__ = ["CORRECTED", "Correction", "correct_chain", "correction_keys"]

_MEASURED = ("volume_ml", "activity_bq", "measured_at", "container", "device")
CORRECTED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "generator": ("lot", "supplier", "calibrated_at", "parent_bq",
                      "parent_relative_uncertainty", "daughter_bq", "expires_at"),
        "elution": ("at", *_MEASURED, "column_lot", "breakthrough_relative", "breakthrough_at",
                    "aluminium_ug_per_ml", "note"),
        "batch": ("expires_at", "note"),
        "batch_elution": ("elution", "volume_ml", "activity_bq", "measured_at"),
        "batch_component": ("name", "lot", "quantity", "expires_at"),
        "batch_step": ("started_at", "ended_at", "temperature_low_deg_c", "temperature_high_deg_c",
                       "gas", "performed_by", "checked_by"),
        "vial": _MEASURED,
        "withdrawal": ("vial", *_MEASURED),
        "dispatch": ("at", "activity_bq", "measured_at", "device"),
        "receipt": ("at", "activity_bq", "measured_at", "device", "condition"),
        "syringe": ("vial", *_MEASURED, "shield"),
        "injection": ("lesion", "reflux", "started_at", "ended_at", "pre_bq", "pre_at", "post_bq",
                      "post_at", "device", "needle_gauge", "needle_passes"),
    }
)  # fmt: skip
"""Kinds of the chain's records, and what of each may be corrected; the rest follows from it."""

_UNCERTAIN = "uncertainty"
_SHARE = "share"
_MEASURES = frozenset({"elution", "vial", "withdrawal", "dispatch", "receipt", "syringe"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """A correction as it was entered.

    Parameters
    ----------
    record : Record
        The new version.
    also : tuple of str
        Other records that followed from it, by kind and name.
    """

    record: Record
    also: tuple[str, ...]


def correction_keys(kind: str) -> tuple[str, ...]:
    """Give the keys that a correction of a kind takes; ``uncertainty`` is relative, of a reading.

    ``share`` of an injection names a lesion behind a dot: ``share.L1=60 %``, each of its syringe.

    Parameters
    ----------
    kind : str

    Returns
    -------
    tuple of str

    Raises
    ------
    CustodyError
        It is not corrected by this command.

    Examples
    --------
    >>> correction_keys("batch")
    ('expires_at', 'note')
    """
    if kind not in CORRECTED:
        near = nearest(kind, list(CORRECTED))
        raise CustodyError(
            "this kind of record is not corrected here",
            got=kind[:60],
            allowed=", ".join(CORRECTED),
            remedy=f'did you mean "{near}"?'
            if near
            else "typed records: `hevesy trial correct`; a result: `hevesy pharmacy invalidate`; "
            "a decision is followed by another",
        )
    keys = field_keys(record_fields(record_kinds()[kind]))
    found = [key for key, field in keys.items() if field.name in CORRECTED[kind]]
    if kind == "injection":
        return (*found, _UNCERTAIN, _SHARE)
    return (*found, _UNCERTAIN) if kind in _MEASURES else tuple(found)


def _parse(
    kind: str, pairs: Sequence[str], protocol: StudyProtocol
) -> tuple[dict[str, Any], float | None]:
    """The columns that change, and the reading's relative uncertainty."""
    given = parse_pairs(pairs, correction_keys(kind), kind.replace("_", " "))
    spread = given.pop(_UNCERTAIN, None)
    shares = _shares(given)
    zones = {site.timezone for site in protocol.sites}
    zone = zones.pop() if len(zones) == 1 else None
    zero = ("post_bq", "daughter_bq", "breakthrough_relative")
    values = parse_record(given, record_fields(record_kinds()[kind]), zone, zero=zero)
    if values.get("reflux") is not None:
        values["reflux"] = parse_share(str(values["reflux"]), "`reflux`")
    if shares:
        values["shares"] = shares
    return values, None if spread is None else parse_share(spread[-1], "`uncertainty`")


def _shares(given: dict[str, list[str]]) -> dict[str, float]:
    """Take the lesions' shares of a syringe out of what was typed."""
    found = {}
    for key in [key for key in given if key.partition(".")[0] == _SHARE]:
        lesion, texts = key.partition(".")[2], given.pop(key)
        if not lesion or len(texts) != 1:
            raise CustodyError(
                "a share names its lesion, once",
                got=key[:60],
                allowed="share.LESION",
                remedy='write it as --set "share.L1=60 %", for each lesion of the syringe',
            )
        found[lesion] = parse_share(texts[0], f"`{key}`")
    return found


def correct_chain(
    folder: Path,
    kind: str,
    name: str,
    pairs: Sequence[str],
    *,
    user: str,
    reason: str,
    version: int | None = None,
    passphrase: str | None = None,
    is_reading: bool = False,
    unusual: bool = False,
    confirmed: bool = False,
) -> Correction:
    """Correct a record of the chain, with what follows from it; or refuse it, all of it.

    The rules of the first entry are run again, on the record and on all that rests on it.

    Parameters
    ----------
    folder : Path
    kind, name : str
        See `CORRECTED`.
    pairs : sequence of str
        ``key=value``, see `correction_keys`.
    user, reason : str
    version : int or None
        The version that was seen; None is the one that holds now.
    passphrase : str or None
        Where the record is signed.
    is_reading : bool
        A new activity is what the device shows.
    unusual : bool
        The reason says why it counts without a factor or constancy check that holds.
    confirmed : bool
        An implausible activity was asked about, and is right.

    Returns
    -------
    Correction

    Raises
    ------
    CustodyError
        Nothing to correct, or something would contradict itself: it is named.
    """
    correction_keys(kind)
    table = record_kinds()[kind]
    if not reason.strip():
        raise CustodyError("a correction needs a reason", remedy="give it by --reason")
    with acting(folder, user, table.__action__, reason=reason, passphrase=passphrase) as opened:
        protocol, writer = opened
        old = writer.get(table, name)
        values, spread = _parse(kind, pairs, protocol)
        if not values and spread is None:
            raise CustodyError(
                "nothing is given to correct",
                allowed=", ".join(correction_keys(kind)),
                remedy="give it by --set KEY=VALUE",
            )
        for column, value in values.items():
            if isinstance(value, datetime) and not column.startswith("expires"):
                happened(writer, value, f"`{column}`")
        said = reason if unusual else ""
        source = relinked(writer, old, values)
        if kind in _MEASURES:
            values = _measure(writer, protocol, source, values, spread, is_reading, said)
        elif kind == "injection":
            values = {**values, "spread": spread, "is_reading": is_reading, "unusual": said}
        reach = _both(reach_of(writer, old), reach_of(writer, source))
        before = set(_problems(writer, protocol, reach))
        seen = old.version if version is None else version
        record, also = follow(writer, protocol, old, values, seen)
        new = [p for p in _problems(writer, protocol, reach) if p not in before]
        if new:
            raise _impossible(kind, name, new[0])
        ask_again(writer, protocol, record, confirmed=confirmed)
        return Correction(record=record, also=also)


def _both(first: Reach, second: Reach) -> Reach:
    return Reach(
        generators=tuple(dict.fromkeys((*first.generators, *second.generators))),
        batches=tuple(dict.fromkeys((*first.batches, *second.batches))),
    )


def _problems(writer: Writer, protocol: StudyProtocol, reach: Reach) -> tuple[Problem, ...]:
    return chain_problems(writer, protocol, reach.generators, reach.batches)


def _impossible(kind: str, name: str, problem: Problem) -> CustodyError:
    own = f"{kind} {name}"
    found = problem.error
    words = f"{own} can't be corrected so"
    if problem.record != own:
        words += f": {problem.record} rests on it"
    return CustodyError(
        f"{words}: {found.problem}",
        got=found.got,
        allowed=found.allowed,
        remedy=f"check the values, or correct {problem.record} first",
    )


def _measure(
    writer: Writer,
    protocol: StudyProtocol,
    old: Record,
    values: Mapping[str, Any],
    spread: float | None,
    is_reading: bool,
    unusual: str,
) -> dict[str, Any]:
    """The activity anew by the device's records, where it or what it depends on changes."""
    own: Any = old
    if spread is None and not set(values) & {*_MEASURED, "vial"}:
        return dict(values)
    now = {**{key: getattr(own, key, None) for key in _MEASURED}, **values}
    how = own.calibration or {}
    entered = "activity_bq" in values
    if spread is None:
        stated = (own.activity_uncertainty_bq or 0.0) / own.activity_bq if own.activity_bq else 0.0
        spread = how.get("entered_relative_uncertainty", stated)
    container, volume_ml, nuclide = _amount(writer, own, now)
    found, calibration = apply_calibrator(
        writer,
        protocol,
        VialReading(
            activity_bq=now["activity_bq"] if entered else how.get("entered_bq", own.activity_bq),
            relative_uncertainty=spread,
            measured_at=now["measured_at"],
            device=now["device"],
            is_reading=is_reading if entered else how.get("entered") == "reading",
            unusual=unusual or how.get("unusual", ""),
        ),
        sites={_site(writer, own, now["measured_at"])},
        container=container,
        volume_ml=volume_ml,
        nuclide=nuclide,
    )
    return {
        **values,
        "activity_bq": found.activity_bq,
        "activity_uncertainty_bq": found.relative_uncertainty * found.activity_bq,
        "calibration": calibration,
    }


def _site(writer: Writer, own: Any, at: datetime) -> str:
    if isinstance(own, t.Elution):
        return writer.get(t.Generator, own.generator).site
    if isinstance(own, t.Vial):
        return writer.get(t.Batch, own.batch).site
    if isinstance(own, t.Dispatch):
        return own.from_site
    if isinstance(own, t.Receipt):
        return writer.get(t.Dispatch, own.dispatch).to_site
    return place_at(writer, writer.get(t.Vial, own.vial), at)


def _amount(writer: Writer, own: Any, now: Mapping[str, Any]) -> tuple[str | None, float, str]:
    """Container, volume and nuclide of what was measured; on its way a vial has its own."""
    if isinstance(own, t.Elution):
        nuclide = writer.get(t.Generator, own.generator).daughter_nuclide
        return now["container"], now["volume_ml"], nuclide
    if isinstance(own, t.Vial):
        return now["container"], now["volume_ml"], writer.get(t.Batch, own.batch).nuclide
    sent = writer.get(t.Dispatch, own.dispatch) if isinstance(own, t.Receipt) else own
    vial = writer.get(t.Vial, sent.vial)
    nuclide = writer.get(t.Batch, vial.batch).nuclide
    if isinstance(own, t.Dispatch | t.Receipt):
        draws: list[t.Syringe | t.Withdrawal] = list(writer.all(t.Syringe, vial=vial.id))
        draws += writer.all(t.Withdrawal, vial=vial.id)
        drawn = [row.volume_ml for row in draws if row.measured_at <= own.measured_at]
        return vial.container, vial.volume_ml - sum(drawn), nuclide
    return now["container"], now["volume_ml"], nuclide
