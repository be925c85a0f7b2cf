"""What a dose calibrator showed, turned into activity by the factor and checks on record."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from hevesy.errors import CustodyError
from hevesy.nuclides import Nuclide, get_nuclide
from hevesy.pharmacy import (
    CalibratorFactor,
    ConstancyCheck,
    choose_factor,
    measure_activity,
    require_constancy,
)
from hevesy.protocol import StudyProtocol
from hevesy.store import Reader
from hevesy.store import tables as t

__all__ = ["VialReading", "apply_calibrator"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VialReading:
    """An amount in a dose calibrator.

    Parameters
    ----------
    activity_bq : float
        At `measured_at`, Bq: the activity, or what the device showed.
    relative_uncertainty : float
        One standard deviation; of the reading alone where the device's factor is on record.
    measured_at : datetime
        Aware.
    device : str or None
        The dose calibrator, as the study calls it.
    is_reading : bool
        `activity_bq` is what the device showed, to be multiplied by its factor.
    unusual : str
        Why it counts without a factor or a constancy check that holds; empty: it does not.
    """

    activity_bq: float
    relative_uncertainty: float
    measured_at: datetime
    device: str | None = None
    is_reading: bool = False
    unusual: str = ""


def apply_calibrator(
    reader: Reader,
    protocol: StudyProtocol,
    reading: VialReading,
    *,
    sites: Collection[str],
    container: str | None,
    volume_ml: float,
    nuclide: str,
) -> tuple[VialReading, dict[str, Any] | None]:
    """Turn what was entered into activity, as the device's records allow.

    The factor is that of device, container, nuclide and volume at the moment of the measurement.
    Its uncertainty joins that of the reading in squares, whether hevesy multiplied or the device
    did. The last constancy check must hold, where the study has set limits.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    reading : VialReading
        As entered.
    sites : collection of str
        Where it may have been measured: the device stands at one of them.
    container : str or None
        What it was measured in.
    volume_ml : float
    nuclide : str

    Returns
    -------
    VialReading, dict or None
        The activity with its whole uncertainty; and how it was measured, for the record: None
        where no device was named.

    Raises
    ------
    CustodyError
        A reading without a device or a factor; no factor or check that holds and no reason; a
        device of another site and no reason.
    """
    if reading.device is None:
        if reading.is_reading:
            raise CustodyError(
                "a reading is multiplied by its device's factor, and no device was named",
                remedy="give --device, or the activity without --reading",
            )
        return reading, None
    _require_site(reader, reading, sites)
    kept: dict[str, Any] = {
        "entered": "reading" if reading.is_reading else "activity",
        "entered_bq": reading.activity_bq,
        "entered_relative_uncertainty": reading.relative_uncertainty,
    }
    kept |= _constancy(reader, protocol, reading)
    if reading.unusual:
        kept["unusual"] = reading.unusual
    row = None
    if protocol.calibrator_factors:
        row = _factor(reader, reading, container, volume_ml, get_nuclide(nuclide))
    if row is None:
        if reading.is_reading:
            raise CustodyError(
                f"a reading of {reading.device} has no factor to be multiplied by",
                got=f"{container or 'no container'}, {volume_ml:g} mL",
                remedy="enter the factor by `hevesy trial record device_factor`, or give the "
                "activity that the device shows with its own factor, without --reading",
            )
        return reading, kept
    kept |= {
        "factor": row.factor,
        "factor_record": row.id,
        "factor_version": row.version,
        "factor_relative_uncertainty": row.relative_uncertainty,
    }
    shown_bq = reading.activity_bq if reading.is_reading else reading.activity_bq / row.factor
    found = measure_activity(
        _as_factor(row),
        reading_bq=shown_bq,
        reading_uncertainty_bq=reading.relative_uncertainty * shown_bq,
    )
    activity_bq = found.activity_bq if reading.is_reading else reading.activity_bq
    whole = (reading.relative_uncertainty**2 + row.relative_uncertainty**2) ** 0.5
    return replace(reading, activity_bq=activity_bq, relative_uncertainty=whole), kept


def _require_site(reader: Reader, reading: VialReading, sites: Collection[str]) -> None:
    device = reader.get(t.Device, str(reading.device))
    if device.site not in sites and not reading.unusual:
        raise CustodyError(
            f"{device.id} is a device of another site",
            got=device.site,
            allowed=", ".join(sorted(sites)),
            remedy="name the device that it was measured on, or add --unusual and a --reason",
        )


def _as_factor(row: t.DeviceFactor) -> CalibratorFactor:
    """Without a range of volumes it holds at the one at which it was determined."""
    return CalibratorFactor(
        device=row.device,
        container=row.container,
        nuclide=get_nuclide(row.nuclide),
        volume_low_ml=row.volume_ml if row.volume_low_ml is None else row.volume_low_ml,
        volume_high_ml=row.volume_ml if row.volume_high_ml is None else row.volume_high_ml,
        factor=row.factor,
        relative_uncertainty=row.relative_uncertainty,
        determined_at=row.valid_from,
        expires_at=row.valid_until,
        traceable_to=row.traceable_to,
    )


def _factor(
    reader: Reader,
    reading: VialReading,
    container: str | None,
    volume_ml: float,
    nuclide: Nuclide,
) -> t.DeviceFactor | None:
    """The record of the factor that holds; None where a reason says that it may lack."""
    device = str(reading.device)
    rows = reader.all(t.DeviceFactor, device=device)
    if container is None and not reading.unusual:
        raise CustodyError(
            f"the factor of {device} depends on the container, and none was named",
            allowed=", ".join(sorted({row.container for row in rows})),
            remedy="give --container",
        )
    factors = [_as_factor(row) for row in rows]
    try:
        chosen = choose_factor(
            factors,
            device=device,
            container=container or "",
            nuclide=nuclide,
            volume_ml=volume_ml,
            at=reading.measured_at,
        )
    except CustodyError as error:
        if reading.unusual:
            return None
        raise CustodyError(
            error.problem,
            got=error.got,
            allowed=error.allowed,
            remedy="enter it by `hevesy trial record device_factor`, measure in a container that "
            "has one, or add --unusual and a --reason; a study that keeps none says so by "
            "[calibrator] factors = false",
        ) from None
    return next(row for row, own in zip(rows, factors, strict=True) if own is chosen)


def _constancy(reader: Reader, protocol: StudyProtocol, reading: VialReading) -> dict[str, Any]:
    """The last check before the measurement, which must hold where the study has set limits."""
    device, at = str(reading.device), reading.measured_at
    rows = [row for row in reader.all(t.DeviceCheck, device=device) if row.at <= at]
    latest = max(rows, key=lambda row: (row.at, row.audit), default=None)
    within, every_s = protocol.constancy_within_fraction, protocol.constancy_every_s
    if within is not None or every_s is not None:
        _require(_checks([] if latest is None else [latest], within), reading, device, at, every_s)
    if latest is None:
        return {}
    return {
        "check": latest.id,
        "check_version": latest.version,
        "check_deviation": latest.measured_bq / latest.expected_bq - 1,
    }


def _checks(rows: Sequence[t.DeviceCheck], within: float | None) -> list[ConstancyCheck]:
    return [
        ConstancyCheck(
            device=row.device,
            nuclide=None,
            reference_bq=row.expected_bq,
            reference_at=row.at,
            read_at=row.at,
            reading_bq=row.measured_bq,
            limit_fraction=within,
        )
        for row in rows
    ]


def _require(
    checks: Sequence[ConstancyCheck],
    reading: VialReading,
    device: str,
    at: datetime,
    every_s: float | None,
) -> None:
    try:
        require_constancy(checks, device=device, at=at, valid_for_s=every_s)
    except CustodyError as error:
        if reading.unusual:
            return
        raise CustodyError(
            error.problem,
            got=error.got,
            allowed=error.allowed,
            remedy=f"{error.remedy} and enter that by `hevesy trial record device_check`, or add "
            "--unusual and a --reason",
        ) from None
