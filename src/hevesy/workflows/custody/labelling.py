"""A labelling batch on record: its eluates, steps, components, vials, in one transaction."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from hevesy.errors import CustodyError
from hevesy.files.batch_record import BatchFile, BatchPart
from hevesy.nuclides import decay_factor, get_nuclide
from hevesy.pharmacy import (
    Draw,
    DrawKind,
    LabellingBatch,
    LabellingReview,
    Vial,
    draw_from,
    review_labelling,
    unit_slip_question,
)
from hevesy.protocol import Action, StudyProtocol
from hevesy.store import Reader, Writer
from hevesy.store import tables as t
from hevesy.workflows.custody.acting import acting, confirm, happened, site_of
from hevesy.workflows.custody.eluates import refuse_breakthrough
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.custody.standing import labelling_protocol

__all__ = ["LabelledBatch", "ask_batch", "check_expiry", "check_gain", "label_batch", "part_draw"]

_LEAST_LABELLED = 0.1  # of what went in: less is asked about
_SIGMAS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledBatch:
    """A batch as it was entered.

    Parameters
    ----------
    batch : Batch
        The store's.
    review : LabellingReview
    used_bq : float
        What went in, at the batch's measurement, Bq.
    """

    batch: t.Batch
    review: LabellingReview
    used_bq: float


def label_batch(
    folder: Path,
    name: str,
    record: BatchFile,
    *,
    user: str,
    confirmed: bool = False,
    unusual: str = "",
) -> LabelledBatch:
    """Enter a labelled batch with all that belongs to it; what lacks a part is refused.

    Parameters
    ----------
    folder : Path
    name : str
        The batch's.
    record : BatchFile
    user : str
        Who labelled.
    confirmed : bool
        An implausible activity was asked about, and is right.
    unusual : str
        Why vials count without a factor or constancy check that holds; empty: they don't.

    Returns
    -------
    LabelledBatch

    Raises
    ------
    CustodyError
        There is a batch of this name.
    """
    with acting(folder, user, Action.PREPARE, reason=unusual) as (protocol, writer):
        nuclide = get_nuclide(protocol.nuclide)
        if writer.find(t.Batch, name) is not None:
            raise CustodyError(
                "this batch is there already", got=name, remedy="give it a name of its own"
            )
        record, calibrations = _measure(writer, protocol, record, unusual)
        used_bq, first = _take_eluates(writer, protocol, name, record)
        review = _review(writer, protocol, name, record, first)
        batch = _batch(writer, protocol, name, record, review, user)
        used_bq *= decay_factor(nuclide, (batch.measured_at - first).total_seconds())  # type: ignore[operator]
        _refuse_gain(batch, used_bq, _relative(writer, record), confirmed=confirmed)
        _write(writer, batch, record, user, calibrations)
        return LabelledBatch(batch=batch, review=review, used_bq=used_bq)


def _measure(
    writer: Writer, protocol: StudyProtocol, record: BatchFile, unusual: str
) -> tuple[BatchFile, dict[str, Any]]:
    """The vials with the activities that their dose calibrators' records give."""
    site = site_of(writer, protocol, record.site).id
    vials, calibrations = [], {}
    for vial in record.vials:
        entered = VialReading(
            activity_bq=vial.activity_bq,
            relative_uncertainty=vial.activity_uncertainty_bq / vial.activity_bq
            if vial.activity_bq > 0
            else 0.0,
            measured_at=vial.measured_at,
            device=vial.device,
            is_reading=vial.is_reading,
            unusual=unusual,
        )
        found, calibrations[vial.name] = apply_calibrator(
            writer,
            protocol,
            entered,
            sites={site},
            container=vial.container,
            volume_ml=vial.volume_ml,
            nuclide=protocol.nuclide,
        )
        spread_bq = found.relative_uncertainty * found.activity_bq
        vials.append(
            replace(vial, activity_bq=found.activity_bq, activity_uncertainty_bq=spread_bq)
        )
    return replace(record, vials=tuple(vials)), calibrations


def _take_eluates(
    writer: Writer, protocol: StudyProtocol, name: str, record: BatchFile
) -> tuple[float, datetime]:
    """Draw the parts from their eluates; give their sum at the first elution, and its time."""
    nuclide = get_nuclide(protocol.nuclide)
    if len({part.elution for part in record.parts}) < len(record.parts):
        raise CustodyError(
            f"batch {name} names an elution twice", remedy="give each once, with all that was used"
        )
    eluted = {part.elution: writer.get(t.Elution, part.elution) for part in record.parts}
    first = min(row.at for row in eluted.values())
    used_bq = 0.0
    for part in record.parts:
        row = eluted[part.elution]
        generator = writer.get(t.Generator, row.generator)
        if generator.daughter_nuclide != nuclide.name:
            raise CustodyError(
                f"elution {part.elution} is not of the study's nuclide",
                got=generator.daughter_nuclide,
                allowed=nuclide.name,
                remedy="take another eluate",
            )
        refuse_breakthrough(writer, protocol, row)
        earlier = writer.all(t.BatchElution, elution=part.elution)
        vial = Vial(
            batch=f"eluate {row.id}",
            nuclide=nuclide,
            volume_ml=row.volume_ml,
            activity_bq=row.activity_bq,
            activity_uncertainty_bq=row.activity_uncertainty_bq or 0.0,
            measured_at=row.measured_at,
            draws=tuple(
                sorted((part_draw(e.batch, e) for e in earlier), key=lambda draw: draw.drawn_at)
            ),
        )
        draw_from(vial, part_draw(name, part))
        back = decay_factor(nuclide, (part.measured_at - first).total_seconds())
        used_bq += part.activity_bq / back
    return used_bq, first


def part_draw(name: str, part: BatchPart | t.BatchElution) -> Draw:
    """Give a batch's part as a draw from its eluate.

    Parameters
    ----------
    name : str
        The batch's.
    part : BatchPart or BatchElution

    Returns
    -------
    Draw
    """
    return Draw(
        identifier=name,
        kind=DrawKind.SAMPLE,
        volume_ml=part.volume_ml,
        activity_bq=part.activity_bq,
        drawn_at=part.measured_at,
        measured_at=part.measured_at,
    )


def _review(
    writer: Writer, protocol: StudyProtocol, name: str, record: BatchFile, eluted_at: datetime
) -> LabellingReview:
    limits = labelling_protocol(protocol)
    if limits is not None and record.steps:
        done = LabellingBatch(
            batch=name,
            eluted_at=eluted_at,
            components=record.components,
            equipment=tuple(record.equipment.items()),
            steps=record.steps,
        )
        return review_labelling(limits, done)
    if limits is not None or not record.steps:
        steps = "one" if limits is None else ", ".join(step.name for step in limits.steps)
        raise CustodyError(
            f"the record of batch {name} is incomplete",
            got="no step",
            allowed=steps,
            remedy="fill in what was done, by [[step]]",
        )
    labelled_at = max(step.ended_at for step in record.steps)
    took_s = (labelled_at - eluted_at).total_seconds()
    return LabellingReview(labelled_at=labelled_at, elution_to_labelled_s=took_s, deviations=())


def _batch(
    writer: Writer,
    protocol: StudyProtocol,
    name: str,
    record: BatchFile,
    review: LabellingReview,
    user: str,
) -> t.Batch:
    nuclide = get_nuclide(protocol.nuclide)
    at = max(vial.measured_at for vial in record.vials)
    happened(writer, at, "the vial's measurement")
    early = next((v for v in record.vials if v.measured_at < review.labelled_at), None)
    if early is not None:
        raise CustodyError(
            f"vial {early.name} was measured before the batch was labelled",
            got=early.measured_at.isoformat(),
            allowed=f"from {review.labelled_at.isoformat()}",
            remedy="correct one of the two times",
        )
    faded = [decay_factor(nuclide, (at - v.measured_at).total_seconds()) for v in record.vials]
    pairs = list(zip(record.vials, faded, strict=True))
    return t.Batch(
        id=name,
        site=site_of(writer, protocol, record.site).id,
        agent=protocol.agent,
        nuclide=nuclide.name,
        started_at=min(step.started_at for step in record.steps),
        labelled_at=review.labelled_at,
        performed_by=user,
        activity_bq=math.fsum(vial.activity_bq * f for vial, f in pairs),
        # readings of one calibrator share its error: they add up as they are
        activity_uncertainty_bq=math.fsum(v.activity_uncertainty_bq * f for v, f in pairs),
        volume_ml=math.fsum(vial.volume_ml for vial in record.vials),
        measured_at=at,
        expires_at=_expiry(protocol, name, record, review.labelled_at),
        equipment=record.equipment or None,
        note=record.note,
    )


def _expiry(
    protocol: StudyProtocol, name: str, record: BatchFile, labelled_at: datetime
) -> datetime:
    within_s, given = protocol.injected_within_s, record.expires_at
    latest = None if within_s is None else labelled_at + timedelta(seconds=within_s)
    if given is None and latest is None:
        raise CustodyError(
            f"batch {name} has no expiry",
            allowed="`injected_within` in study.toml, or `expires` in the batch's record",
            remedy="set it",
        )
    expiry = given if latest is None or (given is not None and given <= latest) else latest
    if given is not None and latest is not None and given > latest:
        raise CustodyError(
            f"batch {name} expires later than the study allows",
            got=given.isoformat(),
            allowed=f"until {latest.isoformat()}",
            remedy="correct it, or leave it out",
        )
    if expiry is None or expiry <= labelled_at:
        raise CustodyError(
            f"batch {name} expires before it is labelled", remedy="correct one of the two times"
        )
    return expiry


def check_expiry(protocol: StudyProtocol, batch: t.Batch) -> None:
    """Refuse a batch on record that expires before it is labelled, or later than the study allows.

    Parameters
    ----------
    protocol : StudyProtocol
    batch : Batch
        The store's.

    Raises
    ------
    CustodyError
        It does.
    """
    labelled_at, expiry = batch.labelled_at or batch.started_at, batch.expires_at
    latest = None
    if protocol.injected_within_s is not None:
        latest = labelled_at + timedelta(seconds=protocol.injected_within_s)
    if expiry is None or expiry <= labelled_at or (latest is not None and expiry > latest):
        raise CustodyError(
            f"batch {batch.id} expires before it is labelled, or later than the study allows",
            got=None if expiry is None else expiry.isoformat(),
            allowed=f"after {labelled_at.isoformat()}"
            + ("" if latest is None else f", until {latest.isoformat()}"),
            remedy="correct its expires_at",
        )


def check_gain(reader: Reader, batch: t.Batch, parts: Sequence[t.BatchElution]) -> None:
    """Refuse a batch on record whose vials hold more than went in.

    Parameters
    ----------
    reader : Reader
    batch : Batch
        The store's.
    parts : sequence of BatchElution
    """
    used_bq, relative = _used(reader, batch, parts)
    if parts and (batch.activity_bq or 0.0) > used_bq:
        _refuse_gain(batch, used_bq, relative, confirmed=True)


def ask_batch(reader: Reader, batch: t.Batch, *, confirmed: bool) -> None:
    """Ask about a batch on record that holds very little of what went in.

    Parameters
    ----------
    reader : Reader
    batch : Batch
        The store's.
    confirmed : bool
    """
    parts = reader.all(t.BatchElution, batch=batch.id)
    if parts:
        used_bq, relative = _used(reader, batch, parts)
        _refuse_gain(batch, used_bq, relative, confirmed=confirmed)


def _used(reader: Reader, batch: t.Batch, parts: Sequence[t.BatchElution]) -> tuple[float, float]:
    """What went in, at the batch's measurement, Bq; the largest relative uncertainty of it."""
    nuclide = get_nuclide(batch.nuclide)
    at = batch.measured_at or batch.started_at
    used_bq = math.fsum(
        part.activity_bq * decay_factor(nuclide, max(0.0, (at - part.measured_at).total_seconds()))
        for part in parts
    )
    rows = [reader.get(t.Elution, part.elution) for part in parts]
    relative = max(((r.activity_uncertainty_bq or 0.0) / r.activity_bq for r in rows), default=0.0)
    return used_bq, relative


def _relative(writer: Writer, record: BatchFile) -> float:
    """Largest relative uncertainty of the eluates' readings."""
    rows = [writer.get(t.Elution, part.elution) for part in record.parts]
    return max((r.activity_uncertainty_bq or 0.0) / r.activity_bq for r in rows)


def _refuse_gain(batch: t.Batch, used_bq: float, relative: float, *, confirmed: bool) -> None:
    """More in the vials than went in is refused beyond two standard deviations; little is asked."""
    held_bq = batch.activity_bq or 0.0
    sigma_bq = math.hypot(batch.activity_uncertainty_bq or 0.0, relative * used_bq)
    confirm(
        unit_slip_question(
            held_bq,
            low_bq=_LEAST_LABELLED * used_bq,
            high_bq=used_bq + _SIGMAS * sigma_bq,
            what=f"the activity of batch {batch.id}",
        ),
        confirmed=confirmed and held_bq <= used_bq + _SIGMAS * sigma_bq,
    )


def _write(
    writer: Writer, batch: t.Batch, record: BatchFile, user: str, calibrations: Mapping[str, Any]
) -> None:
    name = batch.id
    people = {person for step in record.steps for person in (step.performed_by, step.checked_by)}
    for person in sorted(people):
        writer.account(person)
    writer.add(batch)
    for n, part in enumerate(record.parts, start=1):
        writer.add(t.BatchElution(
            id=f"{name}-E{n}", batch=name, elution=part.elution, volume_ml=part.volume_ml,
            activity_bq=part.activity_bq, measured_at=part.measured_at,
        ))  # fmt: skip
    for n, lot in enumerate(record.components, start=1):
        writer.add(t.BatchComponent(
            id=f"{name}-C{n}", batch=name, name=lot.kind, lot=lot.lot, expires_at=lot.expires_at
        ))  # fmt: skip
    for n, step in enumerate(sorted(record.steps, key=lambda s: s.started_at), start=1):
        writer.add(t.BatchStep(
            id=f"{name}-S{n}", batch=name, step=step.step, ordinal=n, started_at=step.started_at,
            ended_at=step.ended_at, performed_by=step.performed_by, checked_by=step.checked_by,
            temperature_low_deg_c=step.temperature_low_deg_c,
            temperature_high_deg_c=step.temperature_high_deg_c, gas=step.gas,
        ))  # fmt: skip
    for vial in record.vials:
        writer.add(t.Vial(
            id=vial.name, batch=name, container=vial.container, volume_ml=vial.volume_ml,
            activity_bq=vial.activity_bq, activity_uncertainty_bq=vial.activity_uncertainty_bq,
            measured_at=vial.measured_at, device=vial.device, performed_by=user,
            calibration=calibrations[vial.name],
        ))  # fmt: skip
