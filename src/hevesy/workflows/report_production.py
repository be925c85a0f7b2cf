"""How the agent of a study was made, judged and sent, as its report tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import hypot

from hevesy.errors import HevesyError
from hevesy.nuclides import decay_factor, get_nuclide
from hevesy.pharmacy import ElutionRow, reckon_elutions
from hevesy.protocol import StudyProtocol
from hevesy.report.study_report.material import (
    BatchEntry,
    EluateEntry,
    ReleaseEntry,
    TestEntry,
    TransportEntry,
)
from hevesy.store import Reader
from hevesy.store import tables as t
from hevesy.workflows.custody.generators import read_log
from hevesy.workflows.custody.standing import limits_of_tests, read_standing

__all__ = ["ProductionEntries", "read_production"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductionEntries:
    """All of a study's production."""

    eluates: tuple[EluateEntry, ...]
    batches: tuple[BatchEntry, ...]
    tests: tuple[TestEntry, ...]
    transports: tuple[TransportEntry, ...]


def read_production(reader: Reader, protocol: StudyProtocol) -> ProductionEntries:
    """Read elutions, batches, tests and dispatches; what can't be reckoned says why.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol

    Returns
    -------
    ProductionEntries
    """
    return ProductionEntries(
        eluates=tuple(
            one
            for row in sorted(reader.each(t.Generator), key=lambda row: row.id)
            for one in _eluates(reader, row.id)
        ),
        batches=tuple(
            _batch(reader, protocol, row)
            for row in sorted(reader.each(t.Batch), key=lambda row: (row.started_at, row.id))
        ),
        tests=_tests(reader, protocol),
        transports=_transports(reader),
    )


def _eluates(reader: Reader, generator: str) -> list[EluateEntry]:
    why, lines = "", {}
    try:
        log = read_log(reader, generator)
        reckoned = reckon_elutions(log.generator, log.elutions)
        lines = {line.elution.identifier: line for line in reckoned}
    except HevesyError as error:
        why = error.problem
    rows = sorted(reader.each(t.Elution, generator=generator), key=lambda row: (row.at, row.id))
    return [_eluate(row, lines, why) for row in rows]


def _eluate(row: t.Elution, lines: Mapping[str, ElutionRow], why: str) -> EluateEntry:
    line = lines.get(row.id)
    # an uncertainty that was not recorded is not 0
    unsure = None if line is None or row.activity_uncertainty_bq is None else (
        line.eluted_uncertainty_bq)  # fmt: skip
    return EluateEntry(
        elution=row.id,
        generator=row.generator,
        eluted_at=row.at,
        volume_ml=row.volume_ml,
        eluted_bq=None if line is None else line.eluted_bq,
        eluted_uncertainty_bq=unsure,
        theoretical_bq=None if line is None else line.theoretical_bq,
        predicted_bq=row.predicted_bq,
        predicted_uncertainty_bq=row.predicted_uncertainty_bq,
        breakthrough_ratio=row.breakthrough_relative,
        why_not=why,
    )


def _batch(reader: Reader, protocol: StudyProtocol, row: t.Batch) -> BatchEntry:
    parts = reader.all(t.BatchElution, batch=row.id)
    steps = sorted(reader.all(t.BatchStep, batch=row.id), key=lambda step: step.ordinal)
    decided = sorted(reader.all(t.ReleaseDecision, batch=row.id), key=lambda one: (one.at, one.id))
    why, took_s = "", None
    deviations: tuple[str, ...] = ()
    verdicts: tuple[tuple[str, str], ...] = ()
    try:
        standing = read_standing(reader, protocol, row.id)
        deviations = tuple(f"{d.step}: {d.words}" for d in standing.labelling.deviations)
        took_s = standing.labelling.elution_to_labelled_s
        verdicts = tuple((v.kind.name, v.outcome.value) for v in standing.quality.verdicts)
    except HevesyError as error:
        why = error.problem
    precursor = None
    if row.measured_at is not None and parts:
        nuclide = get_nuclide(row.nuclide)
        ages_s = [(row.measured_at - part.measured_at).total_seconds() for part in parts]
        if min(ages_s) >= 0:
            precursor = sum(
                part.activity_bq * decay_factor(nuclide, age_s)
                for part, age_s in zip(parts, ages_s, strict=True)
            )
    return BatchEntry(
        batch=row.id,
        labelled_at=row.labelled_at,
        activity_bq=row.activity_bq,
        activity_uncertainty_bq=row.activity_uncertainty_bq,
        precursor_bq=precursor,
        elution_to_labelled_s=took_s if parts and row.labelled_at is not None else None,
        elutions=tuple(part.elution for part in parts),
        steps=tuple(step.id for step in steps),
        planned_steps=len(protocol.steps),
        deviations=deviations,
        step_notes=tuple(f"{s.step}: {s.deviation}" for s in steps if s.deviation),
        verdicts=verdicts,
        releases=tuple(
            ReleaseEntry(decision=one.id, state=one.state, decided_at=one.at,
                         decided_by=one.decided_by, reason=one.reason or "")
            for one in decided
        ),
        why_not=why,
    )  # fmt: skip


def _tests(reader: Reader, protocol: StudyProtocol) -> tuple[TestEntry, ...]:
    limits = {kind.name: kind for kind in limits_of_tests(protocol)}
    found = []
    for row in sorted(reader.each(t.QualityTest), key=lambda one: (one.result_at, one.id)):
        kind = limits.get(row.test)
        found.append(
            TestEntry(
                test=row.id,
                batch=row.batch,
                kind=row.test,
                unit=row.unit or ("" if kind is None else kind.unit),
                allowed="" if kind is None else kind.limits_text,
                value=row.value,
                uncertainty=row.uncertainty,
                words=row.words or "",
                invalid_because=row.invalid_because or "",
            )
        )
    return tuple(found)


def _transports(reader: Reader) -> tuple[TransportEntry, ...]:
    received: dict[str, list[t.Receipt]] = {}
    for row in reader.each(t.Receipt):
        received.setdefault(row.dispatch, []).append(row)
    nuclides = {row.id: row.nuclide for row in reader.each(t.Batch)}
    vials = {row.id: nuclides[row.batch] for row in reader.each(t.Vial)}
    sent = sorted(reader.each(t.Dispatch), key=lambda row: (row.at, row.id))
    return tuple(_transport(row, received.get(row.id, ()), vials[row.vial]) for row in sent)


def _transport(row: t.Dispatch, got: Sequence[t.Receipt], nuclide: str) -> TransportEntry:
    sent = TransportEntry(
        dispatch=row.id, vial=row.vial, from_site=row.from_site, to_site=row.to_site,
        sent_at=row.at,
    )  # fmt: skip
    if not got:
        return sent
    last = max(got, key=lambda one: (one.at, one.id))
    way_s = (last.measured_at - row.measured_at).total_seconds()
    expected = unsure = None
    if way_s >= 0:
        factor = decay_factor(get_nuclide(nuclide), way_s)
        expected = row.activity_bq * factor
        both = (row.activity_uncertainty_bq, last.activity_uncertainty_bq)
        if both[0] is not None and both[1] is not None:
            unsure = hypot(both[0] * factor, both[1])
    return replace(
        sent, receipt=last.id, received_bq=last.activity_bq,
        expected_bq=expected, difference_uncertainty_bq=unsure,
    )  # fmt: skip
