"""Whether a corrected activity is plausible beside the records, as it was asked at its entry."""

from typing import Any

from hevesy.nuclides import decay_factor, get_nuclide
from hevesy.pharmacy import Vial
from hevesy.protocol import StudyProtocol
from hevesy.store import Reader, Record
from hevesy.store import tables as t
from hevesy.workflows.custody.acting import confirm_activity
from hevesy.workflows.custody.generators import GeneratorLog, read_log, reckon_line
from hevesy.workflows.custody.injections import ask_total
from hevesy.workflows.custody.labelling import ask_batch
from hevesy.workflows.custody.standing import read_vial

__all__ = ["ask_again"]

_SHARE, _TWICE = 3.0, 2.0  # as at the entry: a draw or a vial; a second reading of the same


def ask_again(reader: Reader, protocol: StudyProtocol, record: Record, *, confirmed: bool) -> None:
    """Ask about a corrected activity that looks like a slip; go on where it was confirmed.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    record : Record
        Corrected already.
    confirmed : bool
        By ``--yes-unit``.
    """
    row: Any = record
    if isinstance(record, t.Elution):
        log = read_log(reader, record.generator)
        own = next(one for one in log.elutions if one.identifier == record.id)
        others = tuple(one for one in log.elutions if one is not own)
        rest = GeneratorLog(generator=log.generator, elutions=others)
        reckon_line(rest, own, record.generator, confirmed=confirmed)
    elif isinstance(record, t.Vial | t.BatchElution):
        ask_batch(reader, reader.get(t.Batch, record.batch), confirmed=confirmed)
    elif isinstance(record, t.Syringe | t.Withdrawal) and row.volume_ml > 0:
        left_bq, left_ml = _left_before(reader, reader.get(t.Vial, record.vial), row)
        if left_bq > 0 and left_ml > 0:
            _ask(row, left_bq * record.volume_ml / left_ml, _SHARE, confirmed)
    elif isinstance(record, t.Dispatch):
        left_bq, _ = _left_before(reader, reader.get(t.Vial, record.vial), row)
        if left_bq > 0:
            _ask(row, left_bq, _SHARE, confirmed)
    elif isinstance(record, t.Receipt):
        sent = reader.get(t.Dispatch, record.dispatch)
        nuclide = reader.get(t.Batch, reader.get(t.Vial, sent.vial).batch).nuclide
        later_s = (record.measured_at - sent.measured_at).total_seconds()
        expected_bq = sent.activity_bq * decay_factor(get_nuclide(nuclide), later_s)
        _ask(row, expected_bq, _TWICE, confirmed)
    elif isinstance(record, t.Injection):
        _ask_injection(reader, protocol, record, confirmed=confirmed)


def _ask(row: Any, expected_bq: float, ratio: float, confirmed: bool) -> None:
    confirm_activity(
        row.activity_bq,
        expected_bq=expected_bq,
        ratio=ratio,
        what=f"the activity of {row.__tablename__} {row.id}",
        confirmed=confirmed,
    )


def _left_before(reader: Reader, vial: t.Vial, row: Any) -> tuple[float, float]:
    """What the vial held just before a draw or a dispatch, Bq and mL."""
    whole = read_vial(reader, vial, reader.get(t.Batch, vial.batch).nuclide)
    earlier = tuple(
        draw
        for draw in whole.draws
        if draw.identifier != row.id and draw.drawn_at <= row.measured_at
    )
    then = Vial(
        batch=whole.batch,
        nuclide=whole.nuclide,
        volume_ml=whole.volume_ml,
        activity_bq=whole.activity_bq,
        activity_uncertainty_bq=whole.activity_uncertainty_bq,
        measured_at=whole.measured_at,
        draws=earlier,
    )
    return then.activity_left_bq(row.measured_at), then.volume_left_ml


def _ask_injection(
    reader: Reader, protocol: StudyProtocol, row: t.Injection, *, confirmed: bool
) -> None:
    given = reader.get(t.Administration, row.administration)
    if row.syringe is not None:
        syringe = reader.get(t.Syringe, row.syringe)
        waited_s = (row.pre_at - syringe.measured_at).total_seconds()
        expected_bq = syringe.activity_bq * decay_factor(get_nuclide(given.nuclide), waited_s)
        confirm_activity(
            row.pre_bq,
            expected_bq=expected_bq,
            ratio=_TWICE,
            what=f"the activity of syringe {syringe.id}",
            confirmed=confirmed,
        )
    ask_total(protocol, given, confirmed=confirmed)
