"""A batch's record as a text file: what was labelled, how, by whom, into which vials."""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hevesy.errors import CustodyError
from hevesy.files.case_times import read_zone, to_utc
from hevesy.files.model_refusal import refuse_shape
from hevesy.pharmacy import Component, StepRecord, as_utc
from hevesy.units import parse_activity_bq, parse_share, parse_volume_ml

__all__ = ["BatchFile", "BatchPart", "BatchVial", "parse_batch_file", "read_batch_file"]

_WHAT = "the batch's record"


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPart:
    """What of an elution went into a batch.

    Parameters
    ----------
    elution : str
    volume_ml, activity_bq : float
        Activity at `measured_at`, Bq.
    measured_at : datetime
        UTC.
    """

    elution: str
    volume_ml: float
    activity_bq: float
    measured_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchVial:
    """A vial that was filled from a batch.

    Parameters
    ----------
    name, container : str
    volume_ml, activity_bq, activity_uncertainty_bq : float
        Activity at `measured_at`, Bq; k = 1.
    measured_at : datetime
        UTC.
    device : str or None
        The dose calibrator, as the study calls it.
    is_reading : bool
        The activity is what the device showed, to be multiplied by its factor on record.
    """

    name: str
    container: str
    volume_ml: float
    activity_bq: float
    activity_uncertainty_bq: float
    measured_at: datetime
    device: str | None
    is_reading: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchFile:
    """What a batch's record says.

    Parameters
    ----------
    site : str or None
    expires_at : datetime or None
        None: as the study sets it.
    note : str or None
    equipment : dict of str to str
        Kind and device.
    parts : tuple of BatchPart
    components : tuple of Component
    steps : tuple of StepRecord
    vials : tuple of BatchVial
    """

    site: str | None
    expires_at: datetime | None
    note: str | None
    equipment: dict[str, str]
    parts: tuple[BatchPart, ...]
    components: tuple[Component, ...]
    steps: tuple[StepRecord, ...]
    vials: tuple[BatchVial, ...]


class _Table(BaseModel):
    model_config = ConfigDict(
        strict=True, extra="forbid", frozen=True, allow_inf_nan=False, str_strip_whitespace=True
    )


class _Elution(_Table):
    name: str = Field(min_length=1)
    volume: str
    activity: str
    measured: datetime


class _Component(_Table):
    name: str = Field(min_length=1)
    lot: str = Field(min_length=1)
    expires: datetime


class _Step(_Table):
    name: str = Field(min_length=1)
    start: datetime
    end: datetime
    performed_by: str = Field(min_length=1)
    checked_by: str = Field(min_length=1)
    temperature_low_deg_c: float | None = None
    temperature_high_deg_c: float | None = None
    gas: str | None = None


class _Vial(_Table):
    name: str = Field(min_length=1)
    container: str = Field(min_length=1)
    volume: str
    activity: str
    uncertainty: str
    measured: datetime
    device: str | None = None
    reading: bool = False


class _Batch(_Table):
    site: str | None = None
    timezone: str | None = None
    expires: datetime | None = None
    note: str | None = None
    equipment: dict[str, str] = Field(default={})
    elution: list[_Elution] = Field(min_length=1)
    component: list[_Component] = Field(default=[])
    step: list[_Step] = Field(default=[])
    vial: list[_Vial] = Field(min_length=1)


def read_batch_file(path: Path) -> BatchFile:
    r"""Read a batch's record.

    Parameters
    ----------
    path : Path

    Returns
    -------
    BatchFile

    Raises
    ------
    CustodyError
        It can't be read.

    Examples
    --------
    >>> read_batch_file(Path("no-such.toml"))
    Traceback (most recent call last):
    ...
    hevesy.errors.CustodyError: the batch's record can't be read: got 'FileNotFoundError'; ...
    """
    try:
        text = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CustodyError(
            f"{_WHAT} can't be read", got=type(error).__name__, remedy="give a TOML file"
        ) from None
    return parse_batch_file(text)


def parse_batch_file(text: str) -> BatchFile:
    """Turn the text of a batch's record into values.

    Parameters
    ----------
    text : str
        TOML.

    Returns
    -------
    BatchFile

    Raises
    ------
    CustodyError
        It is not TOML.

    Examples
    --------
    >>> parse_batch_file('site = "Workshop"')
    Traceback (most recent call last):
    ...
    hevesy.errors.CaseError: elution is missing in the batch's record; add it
    """
    try:
        model = _Batch.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise CustodyError(
            f"{_WHAT} is not valid TOML", got=str(error)[:80], remedy="correct the file"
        ) from None
    except ValidationError as error:
        raise refuse_shape(error, _Batch, _WHAT) from None
    zone = None if model.timezone is None else read_zone(model.timezone)
    return BatchFile(
        site=model.site,
        expires_at=None
        if model.expires is None
        else _moment(model.expires, zone, "the batch's expiry"),
        note=model.note,
        equipment=model.equipment,
        parts=tuple(
            BatchPart(
                elution=part.name,
                volume_ml=parse_volume_ml(part.volume, f"the volume of {part.name}"),
                activity_bq=parse_activity_bq(part.activity, f"the activity of {part.name}"),
                measured_at=_moment(part.measured, zone, f"the measurement of {part.name}"),
            )
            for part in model.elution
        ),
        components=tuple(
            Component(
                kind=part.name,
                lot=part.lot,
                expires_at=_moment(part.expires, zone, f"the expiry of {part.name}"),
            )
            for part in model.component
        ),
        steps=tuple(_step(step, zone) for step in model.step),
        vials=tuple(_vial(vial, zone) for vial in model.vial),
    )


def _moment(time: datetime, zone: ZoneInfo | None, what: str) -> datetime:
    """A local time needs `timezone`; `as_utc` refuses one without."""
    return as_utc(time, what) if zone is None else to_utc(time, zone, what)


def _step(step: _Step, zone: ZoneInfo | None) -> StepRecord:
    return StepRecord(
        step=step.name,
        started_at=_moment(step.start, zone, f"start of step '{step.name}'"),
        ended_at=_moment(step.end, zone, f"end of step '{step.name}'"),
        performed_by=step.performed_by,
        checked_by=step.checked_by,
        temperature_low_deg_c=step.temperature_low_deg_c,
        temperature_high_deg_c=step.temperature_high_deg_c,
        gas=step.gas,
    )


def _vial(vial: _Vial, zone: ZoneInfo | None) -> BatchVial:
    activity_bq = parse_activity_bq(vial.activity, f"the activity of {vial.name}")
    return BatchVial(
        name=vial.name,
        container=vial.container,
        volume_ml=parse_volume_ml(vial.volume, f"the volume of {vial.name}"),
        activity_bq=activity_bq,
        activity_uncertainty_bq=activity_bq * parse_share(vial.uncertainty),
        measured_at=_moment(vial.measured, zone, f"the measurement of {vial.name}"),
        device=vial.device,
        is_reading=vial.reading,
    )
