"""What in a chain contradicts itself: every rule of numbers and times, run again on its records."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from hevesy.errors import InputError, RecordError, TimeError
from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    Draw,
    DrawKind,
    SyringeMeasurement,
    Vial,
    draw_from,
    elapsed_s,
    net_injected_activity,
    reckon_elutions,
    require_usable,
)
from hevesy.protocol import StudyProtocol
from hevesy.store import Reader
from hevesy.store import tables as t
from hevesy.workflows.custody.generators import read_log
from hevesy.workflows.custody.labelling import check_expiry, check_gain, part_draw
from hevesy.workflows.custody.standing import read_standing, read_vial

__all__ = ["Problem", "chain_problems"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A rule that a record breaks.

    Parameters
    ----------
    record : str
        Kind and name.
    words : str
        The rule.
    error : InputError
        With the values.
    """

    record: str
    words: str
    error: InputError = field(compare=False)


class _Notes:
    def __init__(self) -> None:
        self.found: list[Problem] = []

    @contextmanager
    def of(self, record: str) -> Iterator[None]:
        try:
            yield
        except InputError as error:
            self.found.append(Problem(record=record, words=error.problem, error=error))


def chain_problems(
    reader: Reader, protocol: StudyProtocol, generators: Sequence[str], batches: Sequence[str]
) -> tuple[Problem, ...]:
    """Run the rules of numbers and times again on generators and batches, and all below them.

    Not asked again: what was plausible, whether tests passed, who did it.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    generators, batches : sequence of str

    Returns
    -------
    tuple of Problem
    """
    notes = _Notes()
    for name in generators:
        _generator(reader, notes, name)
    for name in batches:
        _batch(reader, protocol, notes, name)
    return tuple(notes.found)


def _generator(reader: Reader, notes: _Notes, name: str) -> None:
    row = reader.get(t.Generator, name)
    with notes.of(f"generator {name}"):
        log = read_log(reader, name)
        reckon_elutions(log.generator, log.elutions)
    for elution in reader.all(t.Elution, generator=name):
        if row.expires_at is not None and elution.at >= row.expires_at:
            with notes.of(f"elution {elution.id}"):
                raise TimeError(
                    f"generator {name} is past its expiry",
                    got=elution.at.isoformat(),
                    allowed=f"before {row.expires_at.isoformat()}",
                    remedy="correct one of the two times",
                )


def _batch(reader: Reader, protocol: StudyProtocol, notes: _Notes, name: str) -> None:
    batch = reader.get(t.Batch, name)
    parts = reader.all(t.BatchElution, batch=name)
    for part in parts:
        _eluate(reader, notes, reader.get(t.Elution, part.elution))
    with notes.of(f"batch {name}"):
        standing = read_standing(reader, protocol, name)
        if standing.labelling.labelled_at != batch.labelled_at:
            raise TimeError(
                "its labelling ended at another time than its last step",
                got=str(batch.labelled_at),
                remedy="correct the step",
            )
    with notes.of(f"batch {name}"):
        check_expiry(protocol, batch)
    with notes.of(f"batch {name}"):
        check_gain(reader, batch, parts)
    for vial in reader.all(t.Vial, batch=name):
        with notes.of(f"vial {vial.id}"):
            elapsed_s(batch.labelled_at or batch.started_at, vial.measured_at,
                      "the labelling's end and the vial's measurement")  # fmt: skip
        _books(reader, notes, vial, batch.nuclide)
        _way(reader, notes, batch, vial)
        for syringe in reader.all(t.Syringe, vial=vial.id):
            _syringe(reader, protocol, notes, batch, syringe)


def _eluate(reader: Reader, notes: _Notes, elution: t.Elution) -> None:
    generator = reader.get(t.Generator, elution.generator)
    vial = Vial(
        batch=f"eluate {elution.id}",
        nuclide=get_nuclide(generator.daughter_nuclide),
        volume_ml=elution.volume_ml,
        activity_bq=elution.activity_bq,
        activity_uncertainty_bq=elution.activity_uncertainty_bq or 0.0,
        measured_at=elution.measured_at,
    )
    parts = sorted(
        reader.all(t.BatchElution, elution=elution.id), key=lambda part: part.measured_at
    )
    _replay(notes, vial, [(f"batch {part.batch}", part_draw(part.batch, part)) for part in parts])


def _books(reader: Reader, notes: _Notes, row: t.Vial, nuclide: str) -> None:
    whole = read_vial(reader, row, nuclide)
    kinds = {DrawKind.SYRINGE: "syringe"}
    draws = [
        (f"{kinds.get(draw.kind, 'withdrawal')} {draw.identifier}", draw) for draw in whole.draws
    ]
    empty = Vial(
        batch=whole.batch,
        nuclide=whole.nuclide,
        volume_ml=whole.volume_ml,
        activity_bq=whole.activity_bq,
        activity_uncertainty_bq=whole.activity_uncertainty_bq,
        measured_at=whole.measured_at,
    )
    _replay(notes, empty, draws)
    for left in reader.all(t.Withdrawal, vial=row.id, purpose="residual"):
        with notes.of(f"withdrawal {left.id}"):
            whole.activity_left_bq(left.measured_at)


def _replay(notes: _Notes, vial: Vial, draws: Sequence[tuple[str, Draw]]) -> None:
    """Draw by draw, as they were made."""
    for record, draw in draws:
        with notes.of(record):
            vial = draw_from(vial, draw)


def _way(reader: Reader, notes: _Notes, batch: t.Batch, vial: t.Vial) -> None:
    for sent in reader.all(t.Dispatch, vial=vial.id):
        with notes.of(f"dispatch {sent.id}"):
            elapsed_s(vial.measured_at, sent.measured_at, "the vial's two measurements")
            elapsed_s(sent.measured_at, sent.at, "reading and dispatch")
            if batch.expires_at is not None and sent.at >= batch.expires_at:
                raise TimeError(
                    f"it left after the expiry of batch {batch.id}",
                    got=sent.at.isoformat(),
                    allowed=f"before {batch.expires_at.isoformat()}",
                    remedy="correct one of the two times",
                )
        for got in reader.all(t.Receipt, dispatch=sent.id):
            with notes.of(f"receipt {got.id}"):
                elapsed_s(sent.at, got.at, "dispatch and receipt")
                elapsed_s(got.at, got.measured_at, "the receipt and its reading")


def _syringe(
    reader: Reader, protocol: StudyProtocol, notes: _Notes, batch: t.Batch, syringe: t.Syringe
) -> None:
    with notes.of(f"syringe {syringe.id}"):
        then = read_standing(reader, protocol, batch.id, syringe.measured_at)
        require_usable(then.release, syringe.measured_at, "dispensing")
    for shot in reader.all(t.Injection, syringe=syringe.id):
        with notes.of(f"injection {shot.id}"):
            elapsed_s(syringe.measured_at, shot.pre_at, "filling and measuring the syringe")
            after = None
            if shot.post_bq is not None and shot.post_at is not None:
                after = SyringeMeasurement(activity_bq=shot.post_bq, measured_at=shot.post_at)
            net_injected_activity(
                get_nuclide(batch.nuclide),
                before=SyringeMeasurement(activity_bq=shot.pre_bq, measured_at=shot.pre_at),
                after=after,
                started_at=shot.started_at,
                ended_at=shot.ended_at,
            )
            then = read_standing(reader, protocol, batch.id, shot.ended_at)
            for moment in (shot.started_at, shot.ended_at):
                require_usable(then.release, moment, "injection")
        _scans(reader, notes, reader.get(t.Administration, shot.administration))


def _scans(reader: Reader, notes: _Notes, given: t.Administration) -> None:
    for scan in reader.all(t.Scan, administration=given.id):
        if scan.at <= given.at:
            with notes.of(f"scan {scan.id}"):
                raise RecordError(
                    f"it would be before its injection, {given.id}",
                    got=scan.at.isoformat(),
                    allowed=f"after {given.at.isoformat()}",
                    remedy="correct one of the two times",
                )
