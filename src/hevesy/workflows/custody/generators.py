"""Generators and their elutions on record: received, eluted, predicted from their own history."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from hevesy.errors import CustodyError, TimeError
from hevesy.pharmacy import (
    BreakthroughVerdict,
    Elution,
    ElutionForecast,
    ElutionRow,
    ElutionTiming,
    Generator,
    forecast_elution,
    get_decay_pair,
    plan_elution,
    reckon_elutions,
    unit_slip_question,
)
from hevesy.protocol import Action
from hevesy.store import Reader
from hevesy.store import tables as t
from hevesy.workflows.custody.acting import acting, confirm, happened, site_of
from hevesy.workflows.custody.eluates import judge_eluate
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.study import open_study

__all__ = [
    "GeneratorLog",
    "elute",
    "predict_from_history",
    "read_log",
    "receive_generator",
    "reckon_line",
]

_LEAST_YIELD = 0.1  # of what is on the column: less is asked about
_LEAST_HISTORY = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorLog:
    """A generator and its elutions, as `hevesy.pharmacy` reckons with them.

    Parameters
    ----------
    generator : Generator
    elutions : tuple of Elution
    """

    generator: Generator
    elutions: tuple[Elution, ...]


def receive_generator(
    folder: Path,
    name: str,
    *,
    user: str,
    site: str | None,
    parent_bq: float,
    parent_relative_uncertainty: float,
    daughter_bq: float,
    calibrated_at: datetime,
    lot: str,
    nuclide: str | None = None,
    parent_nuclide: str | None = None,
    supplier: str | None = None,
    expires_at: datetime | None = None,
    confirmed: bool = False,
) -> t.Generator:
    """Enter a generator as its certificate states it.

    Parameters
    ----------
    folder : Path
    name, user : str
    site : str or None
    parent_bq, parent_relative_uncertainty, daughter_bq : float
        On the column at the calibration, Bq; k = 1.
    calibrated_at : datetime
    lot : str
    nuclide, parent_nuclide : str or None
        The study's nuclide, and its usual parent, by default.
    supplier : str or None
    expires_at : datetime or None
    confirmed : bool
        More daughter than the parent can have made was asked about, and is right.

    Returns
    -------
    Generator
        The store's.
    """
    with acting(folder, user, Action.PREPARE) as (protocol, writer):
        pair = get_decay_pair(nuclide or protocol.nuclide, parent_nuclide)
        checked = Generator(
            identifier=name,
            pair=pair,
            parent_bq=parent_bq,
            daughter_bq=daughter_bq,
            calibrated_at=happened(writer, calibrated_at, "the calibration"),
        )
        if daughter_bq > pair.equilibrium_ratio * parent_bq > 0:
            most_bq = pair.equilibrium_ratio * parent_bq
            confirm(
                f"the column holds {daughter_bq / 1e6:.6g} MBq of {pair.daughter.name}, and "
                f"{pair.parent.name} makes at most {most_bq / 1e6:.6g} MBq; is it right?",
                confirmed=confirmed,
            )
        return writer.add(
            t.Generator(
                id=name,
                site=site_of(writer, protocol, site).id,
                parent_nuclide=pair.parent.name,
                daughter_nuclide=pair.daughter.name,
                lot=lot,
                calibrated_at=checked.calibrated_at,
                parent_bq=parent_bq,
                parent_relative_uncertainty=parent_relative_uncertainty,
                daughter_bq=daughter_bq,
                supplier=supplier,
                expires_at=expires_at,
            )
        )


def read_log(reader: Reader, name: str) -> GeneratorLog:
    """Read a generator with its elutions.

    Parameters
    ----------
    reader : Reader
    name : str
        The generator.

    Returns
    -------
    GeneratorLog

    Raises
    ------
    CustodyError
        What it held at its calibration is not known.
    """
    row = reader.get(t.Generator, name)
    if row.daughter_bq is None:
        raise CustodyError(
            f"of generator {name} it is not known what daughter it held at its calibration",
            remedy="correct its record",
        )
    generator = Generator(
        identifier=name,
        pair=get_decay_pair(row.daughter_nuclide, row.parent_nuclide),
        parent_bq=row.parent_bq,
        daughter_bq=row.daughter_bq,
        calibrated_at=row.calibrated_at,
    )
    elutions = tuple(
        Elution(
            identifier=line.id,
            eluted_at=line.at,
            measured_at=line.measured_at,
            activity_bq=line.activity_bq,
            activity_uncertainty_bq=line.activity_uncertainty_bq or 0.0,
            volume_ml=line.volume_ml,
            performed_by=line.performed_by,
        )
        for line in reader.all(t.Elution, generator=name)
    )
    return GeneratorLog(generator=generator, elutions=elutions)


def elute(
    folder: Path,
    name: str,
    *,
    generator: str,
    user: str,
    at: datetime,
    reading: VialReading,
    volume_ml: float,
    container: str | None = None,
    column_lot: str | None = None,
    breakthrough_ratio: float | None = None,
    aluminium_ug_per_ml: float | None = None,
    note: str | None = None,
    confirmed: bool = False,
) -> tuple[t.Elution, ElutionRow, BreakthroughVerdict | None]:
    """Enter an elution beside what the column held and what was predicted.

    Parameters
    ----------
    folder : Path
    name, generator, user : str
    at : datetime
        End of the elution.
    reading : VialReading
        Of the daughter in the eluate.
    volume_ml : float
    container : str or None
        In what it was measured.
    column_lot : str or None
    breakthrough_ratio : float or None
        Parent over daughter at the eluate's measurement.
    aluminium_ug_per_ml : float or None
    note : str or None
    confirmed : bool
        An implausible activity was asked about, and is right.

    Returns
    -------
    Elution, ElutionRow, BreakthroughVerdict or None
        The store's record, its line in the log, and what the study says of its breakthrough;
        over the limit it is entered, for it was eluted, and goes into no batch.
    """
    with acting(folder, user, Action.PREPARE, reason=reading.unusual) as (protocol, writer):
        row = writer.get(t.Generator, generator)
        log = read_log(writer, generator)
        happened(writer, reading.measured_at, "the eluate's measurement")
        _refuse_expired(row, at)
        found, calibration = apply_calibrator(
            writer,
            protocol,
            reading,
            sites={row.site},
            container=container,
            volume_ml=volume_ml,
            nuclide=row.daughter_nuclide,
        )
        new = Elution(
            identifier=name,
            eluted_at=at,
            measured_at=found.measured_at,
            activity_bq=found.activity_bq,
            activity_uncertainty_bq=found.relative_uncertainty * found.activity_bq,
            volume_ml=volume_ml,
            performed_by=user,
            aluminium_ug_per_ml=aluminium_ug_per_ml,
        )
        line = reckon_line(log, new, generator, confirmed=confirmed)
        ahead = None
        if sum(e.eluted_at < new.eluted_at for e in log.elutions) >= _LEAST_HISTORY:
            ahead = forecast_elution(log.generator, log.elutions, new.eluted_at).prediction
        made = t.Elution(
            id=name,
            generator=generator,
            at=new.eluted_at,
            volume_ml=volume_ml,
            activity_bq=new.activity_bq,
            activity_uncertainty_bq=new.activity_uncertainty_bq,
            measured_at=new.measured_at,
            performed_by=user,
            device=found.device,
            container=container,
            calibration=calibration,
            column_lot=column_lot,
            breakthrough_relative=breakthrough_ratio,
            breakthrough_at=None if breakthrough_ratio is None else new.measured_at,
            aluminium_ug_per_ml=aluminium_ug_per_ml,
            left_bq=line.left_bq,
            predicted_bq=None if ahead is None else ahead.eluted_bq,
            predicted_uncertainty_bq=None if ahead is None else ahead.eluted_uncertainty_bq,
            note=note,
        )
        verdict = judge_eluate(writer, protocol, made)
        return writer.add(made), line, verdict


def _refuse_expired(row: t.Generator, at: datetime) -> None:
    if row.expires_at is not None and at >= row.expires_at:
        raise TimeError(
            f"generator {row.id} is past its expiry",
            got=at.isoformat(),
            allowed=f"before {row.expires_at.isoformat()}",
            remedy="elute another generator",
        )


def reckon_line(log: GeneratorLog, new: Elution, generator: str, *, confirmed: bool) -> ElutionRow:
    """Give an elution's line in its generator's log; an implausible activity is asked about.

    Parameters
    ----------
    log : GeneratorLog
        Without the elution.
    new : Elution
    generator : str
    confirmed : bool

    Returns
    -------
    ElutionRow
    """
    reckoned = reckon_elutions(log.generator, (*log.elutions, new))
    line = next(found for found in reckoned if found.elution is new)
    if line.eluted_bq > 0:  # asked about as it was read
        most_bq = line.theoretical_bq * new.activity_bq / line.eluted_bq
        question = unit_slip_question(
            new.activity_bq,
            low_bq=_LEAST_YIELD * most_bq,
            high_bq=most_bq,
            what=f"the eluate of generator {generator}",
        )
        confirm(question, confirmed=confirmed)
    return line


def predict_from_history(
    folder: Path,
    generator: str,
    *,
    at: datetime | None,
    needed_bq: float | None = None,
) -> tuple[ElutionForecast, ElutionTiming | None, datetime]:
    """Predict the next elution of a generator from its own log.

    Parameters
    ----------
    folder : Path
    generator : str
    at : datetime or None
        The elution to come; now by default.
    needed_bq : float or None
        Find when an elution gives this much, from `at` on.

    Returns
    -------
    ElutionForecast, ElutionTiming or None, datetime
        The last is `at`.
    """
    with open_study(folder) as (_, store), store.reading() as reader:
        log = read_log(reader, generator)
        moment = store.clock() if at is None else at
    ahead = forecast_elution(log.generator, log.elutions, moment)
    timing = None
    if needed_bq is not None:
        timing = plan_elution(log.generator, log.elutions, now=moment, needed_bq=needed_bq)
    return ahead, timing, moment
