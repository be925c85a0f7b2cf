"""What follows from a correction: sums, labels, the log's residues, the administered activity."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from hevesy.nuclides import decay_factor, get_nuclide
from hevesy.pharmacy import reckon_elutions
from hevesy.protocol import StudyProtocol
from hevesy.store import Reader, Record, Writer
from hevesy.store import tables as t
from hevesy.workflows.custody.dispensing import label_of, label_subject
from hevesy.workflows.custody.generators import read_log
from hevesy.workflows.custody.reinjecting import remeasure
from hevesy.workflows.custody.standing import read_standing, whereabouts

__all__ = ["Reach", "follow", "reach_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """What a record bears on.

    Parameters
    ----------
    generators, batches : tuple of str
    """

    generators: tuple[str, ...]
    batches: tuple[str, ...]


def reach_of(reader: Reader, record: Record) -> Reach:
    """Find the generators and batches on which a record of the chain bears.

    Parameters
    ----------
    reader : Reader
    record : Record

    Returns
    -------
    Reach
    """
    if isinstance(record, t.Generator | t.Elution):
        generator = record.id if isinstance(record, t.Generator) else record.generator
        eluted = [row.id for row in reader.all(t.Elution, generator=generator)]
        parts = reader.among(t.BatchElution, "elution", eluted)
        return Reach(generators=(generator,), batches=tuple(sorted({p.batch for p in parts})))
    if isinstance(record, t.BatchElution):
        parts = reader.all(t.BatchElution, elution=record.elution)
        return Reach(generators=(), batches=tuple(sorted({p.batch for p in parts})))
    return Reach(generators=(), batches=(_batch_of(reader, record),))


def _batch_of(reader: Reader, record: Any) -> str:
    if isinstance(record, t.Injection):
        record = reader.get(t.Syringe, str(record.syringe))
    if isinstance(record, t.Receipt):
        record = reader.get(t.Dispatch, record.dispatch)
    if isinstance(record, t.Syringe | t.Withdrawal | t.Dispatch):
        record = reader.get(t.Vial, record.vial)
    return str(record.id if isinstance(record, t.Batch) else record.batch)


def follow(
    writer: Writer,
    protocol: StudyProtocol,
    old: Record,
    values: Mapping[str, Any],
    expected_version: int,
) -> tuple[Record, tuple[str, ...]]:
    """Write a correction, and the versions of other records that follow from it.

    Parameters
    ----------
    writer : Writer
    protocol : StudyProtocol
    old : Record
    values : mapping of str to object
        The columns that change.
    expected_version : int

    Returns
    -------
    Record, tuple of str
        The new version; the others, by kind and name.
    """
    if isinstance(old, t.Injection):
        return remeasure(writer, protocol, old, values, expected_version)
    if isinstance(old, t.Elution) and {"breakthrough_relative", "measured_at"} & set(values):
        values = {**values, **_breakthrough(old, values)}
    if isinstance(old, t.Syringe):
        values = {**values, "label": _label(writer, protocol, old, values)}
    made = writer.correct(type(old), old.id, expected_version=expected_version, **values)
    also: list[str] = []
    if isinstance(made, t.Generator | t.Elution):
        also += _residues(writer, made.id if isinstance(made, t.Generator) else made.generator)
    if isinstance(made, t.BatchStep | t.Vial):
        also += _sums(writer, protocol, made.batch)
    if isinstance(made, t.Batch) and "expires_at" in values:
        also += _labels(writer, protocol, made.id)
    own = f"{made.__tablename__} {made.id}"
    return writer.get(type(made), made.id), tuple(name for name in also if name != own)


def _breakthrough(old: t.Elution, values: Mapping[str, Any]) -> dict[str, Any]:
    """A ratio without a time of its own is that of the eluate's measurement."""
    ratio = values.get("breakthrough_relative", old.breakthrough_relative)
    if ratio is None:
        return {"breakthrough_at": None}
    if "breakthrough_at" in values or (
        old.breakthrough_at is not None and old.breakthrough_at != old.measured_at
    ):
        return {}
    return {"breakthrough_at": values.get("measured_at", old.measured_at)}


def _residues(writer: Writer, generator: str) -> list[str]:
    """What each elution left behind, reckoned again along the log."""
    log = read_log(writer, generator)
    changed = []
    for line in reckon_elutions(log.generator, log.elutions):
        row = writer.get(t.Elution, line.elution.identifier)
        if row.left_bq is None or math.isclose(row.left_bq, line.left_bq, rel_tol=1e-9):
            continue
        writer.correct(t.Elution, row.id, expected_version=row.version, left_bq=line.left_bq)
        changed.append(f"elution {row.id}")
    return changed


def _sums(writer: Writer, protocol: StudyProtocol, name: str) -> list[str]:
    """A batch's times and sums, from its steps and vials."""
    batch = writer.get(t.Batch, name)
    nuclide = get_nuclide(batch.nuclide)
    vials = writer.all(t.Vial, batch=name)
    at = max(vial.measured_at for vial in vials)
    pairs = [(v, decay_factor(nuclide, (at - v.measured_at).total_seconds())) for v in vials]
    steps = writer.all(t.BatchStep, batch=name)
    values: dict[str, Any] = {
        "started_at": min(step.started_at for step in steps),
        "labelled_at": read_standing(writer, protocol, name).labelling.labelled_at
        if protocol.steps
        else max(step.ended_at for step in steps),
        "activity_bq": math.fsum(v.activity_bq * f for v, f in pairs),
        "activity_uncertainty_bq": math.fsum((v.activity_uncertainty_bq or 0.0) * f
                                             for v, f in pairs),
        "volume_ml": math.fsum(v.volume_ml for v in vials),
        "measured_at": at,
    }  # fmt: skip
    if all(getattr(batch, key) == value for key, value in values.items()):
        return []
    writer.correct(t.Batch, name, expected_version=batch.version, **values)
    return [f"batch {name}"]


def _label(
    reader: Reader, protocol: StudyProtocol, old: t.Syringe, values: Mapping[str, Any]
) -> str | None:
    """The label's text anew, for the same patient; past the expiry there is none to make."""
    vial = reader.get(t.Vial, values.get("vial", old.vial))
    batch = reader.get(t.Batch, vial.batch)
    place, _ = whereabouts(reader, vial)
    zone = ZoneInfo(reader.get(t.Site, place).timezone)

    def now(column: str) -> Any:
        return values.get(column, getattr(old, column))

    if batch.expires_at is None or batch.expires_at <= now("measured_at"):
        return old.label
    _, text = label_of(
        protocol,
        batch,
        zone,
        syringe=old.id,
        activity_bq=now("activity_bq"),
        measured_at=now("measured_at"),
        expires_at=batch.expires_at,
        volume_ml=now("volume_ml"),
        shield=now("shield"),
        subject=label_subject(old),
    )
    return text


def _labels(writer: Writer, protocol: StudyProtocol, batch: str) -> list[str]:
    """Labels of syringes, which state the batch's expiry."""
    changed = []
    for vial in writer.all(t.Vial, batch=batch):
        for row in writer.all(t.Syringe, vial=vial.id):
            text = _label(writer, protocol, row, {})
            if text != row.label:
                writer.correct(t.Syringe, row.id, expected_version=row.version, label=text)
                changed.append(f"syringe {row.id}")
    return changed
