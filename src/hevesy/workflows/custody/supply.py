"""Vials on their way: sent and received, with both calibrators' readings."""

from datetime import datetime
from pathlib import Path
from typing import Any

from hevesy.errors import CustodyError
from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    CalibratorReading,
    ReceiptComparison,
    ReleaseState,
    compare_receipt,
    elapsed_s,
)
from hevesy.protocol import Action, StudyProtocol
from hevesy.store import Reader
from hevesy.store import tables as t
from hevesy.workflows.custody.acting import acting, confirm, confirm_activity, happened, site_of
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.custody.standing import place_at, read_standing, read_vial, whereabouts

__all__ = ["VialReading", "dispatch_vial", "measure_vial", "receive_vial", "vial_site"]

_PLAUSIBLE = 3.0  # a vial's reading and its books never differ by more, but for a slip
_GONE = {ReleaseState.REJECTED, ReleaseState.RECALLED}


def dispatch_vial(
    folder: Path,
    vial: str,
    *,
    user: str,
    to_site: str,
    at: datetime,
    reading: VialReading,
    name: str | None = None,
    confirmed: bool = False,
) -> t.Dispatch:
    """Send a vial to another site; a batch may travel while its tests run.

    Parameters
    ----------
    folder : Path
    vial, user, to_site : str
    at : datetime
    reading : VialReading
        Before it left.
    name : str or None
        Of the dispatch.
    confirmed : bool

    Returns
    -------
    Dispatch
        The store's.

    Raises
    ------
    CustodyError
        The batch was rejected or recalled, the vial is under way, or is there already.
    """
    with acting(folder, user, Action.TRANSPORT, reason=reading.unusual) as (protocol, writer):
        row = writer.get(t.Vial, vial)
        standing = read_standing(writer, protocol, row.batch)
        release = standing.release
        if release.state in _GONE or standing.demanded is not None:
            raise CustodyError(
                f"batch {row.batch} can't be sent",
                got=release.state.value if release.state in _GONE else "a test failed",
                remedy="keep it apart",
            )
        if at >= release.expires_at:
            raise CustodyError(
                f"batch {row.batch} is past its expiry and can't be sent",
                got=at.isoformat(),
                allowed=f"before {release.expires_at.isoformat()}",
                remedy="keep it apart",
            )
        here = vial_site(writer, row)
        there = site_of(writer, protocol, to_site).id
        if there == here:
            raise CustodyError(
                f"vial {vial} is at this site already", got=there, remedy="name another site"
            )
        elapsed_s(reading.measured_at, happened(writer, at, "the dispatch"), "reading and dispatch")
        reading, calibration = measure_vial(writer, protocol, row, reading)
        _check_books(writer, row, reading, confirmed=confirmed)
        count = len(writer.all(t.Dispatch, vial=vial))
        return writer.add(
            t.Dispatch(
                id=name or f"{vial}-T{count + 1}",
                vial=vial,
                from_site=here,
                to_site=there,
                at=at,
                activity_bq=reading.activity_bq,
                activity_uncertainty_bq=reading.relative_uncertainty * reading.activity_bq,
                measured_at=reading.measured_at,
                device=reading.device,
                calibration=calibration,
                performed_by=user,
            )
        )


def vial_site(reader: Reader, vial: t.Vial) -> str:
    """Tell at which site a vial is.

    Parameters
    ----------
    reader : Reader
    vial : Vial
        The store's.

    Returns
    -------
    str

    Raises
    ------
    CustodyError
        It is under way.
    """
    place, under_way = whereabouts(reader, vial)
    if under_way is not None:
        raise CustodyError(
            f"vial {vial.id} is under way",
            got=under_way.id,
            remedy="enter its receipt first, by `hevesy pharmacy receive`",
        )
    return place


def measure_vial(
    reader: Reader,
    protocol: StudyProtocol,
    row: t.Vial,
    reading: VialReading,
    *,
    container: str | None = None,
    volume_ml: float | None = None,
) -> tuple[VialReading, dict[str, Any] | None]:
    """Apply the dose calibrator to a vial with what is left in it, or to a part of it.

    Parameters
    ----------
    reader : Reader
    protocol : StudyProtocol
    row : Vial
        The store's.
    reading : VialReading
        As entered.
    container, volume_ml : str, float or None
        Of the part; the vial's own, with what its books say is left, by default.

    Returns
    -------
    VialReading, dict or None
        See `apply_calibrator`.
    """
    nuclide = reader.get(t.Batch, row.batch).nuclide
    if volume_ml is None:
        volume_ml = read_vial(reader, row, nuclide).volume_left_ml
    return apply_calibrator(
        reader,
        protocol,
        reading,
        sites={place_at(reader, row, reading.measured_at)},
        container=container or row.container,
        volume_ml=volume_ml,
        nuclide=nuclide,
    )


def _check_books(reader: Reader, row: t.Vial, reading: VialReading, *, confirmed: bool) -> None:
    """A vial's reading beside what its books say is left in it."""
    nuclide = reader.get(t.Batch, row.batch).nuclide
    left_bq = read_vial(reader, row, nuclide).activity_left_bq(reading.measured_at)
    if left_bq > 0:
        confirm_activity(
            reading.activity_bq,
            expected_bq=left_bq,
            ratio=_PLAUSIBLE,
            what=f"the activity of vial {row.id}",
            confirmed=confirmed,
        )


def receive_vial(
    folder: Path,
    dispatch: str,
    *,
    user: str,
    at: datetime,
    reading: VialReading,
    condition: str | None = None,
    confirmed: bool = False,
) -> tuple[t.Receipt, ReceiptComparison]:
    """Enter the arrival of a vial, with the second calibrator's reading beside the first.

    Parameters
    ----------
    folder : Path
    dispatch, user : str
    at : datetime
    reading : VialReading
    condition : str or None
        In words.
    confirmed : bool

    Returns
    -------
    Receipt, ReceiptComparison

    Raises
    ------
    CustodyError
        It has arrived already.
    """
    with acting(folder, user, Action.TRANSPORT, reason=reading.unusual) as (protocol, writer):
        sent = writer.get(t.Dispatch, dispatch)
        if writer.all(t.Receipt, dispatch=dispatch):
            raise CustodyError(f"dispatch {dispatch} has arrived already", remedy="look it up")
        vial = writer.get(t.Vial, sent.vial)
        nuclide = get_nuclide(writer.get(t.Batch, vial.batch).nuclide)
        elapsed_s(sent.at, at, "dispatch and receipt")
        happened(writer, reading.measured_at, "the receipt's reading")
        elapsed_s(at, reading.measured_at, "the receipt and its reading")
        reading, calibration = measure_vial(writer, protocol, vial, reading)
        compared = compare_receipt(
            nuclide,
            CalibratorReading(
                item=vial.id,
                device=sent.device or f"calibrator of {sent.from_site}",
                activity_bq=sent.activity_bq,
                uncertainty_bq=sent.activity_uncertainty_bq or 0.0,
                measured_at=sent.measured_at,
            ),
            CalibratorReading(
                item=vial.id,
                device=reading.device or f"calibrator of {sent.to_site}",
                activity_bq=reading.activity_bq,
                uncertainty_bq=reading.relative_uncertainty * reading.activity_bq,
                measured_at=reading.measured_at,
            ),
        )
        confirm(compared.question, confirmed=confirmed)
        made = writer.add(
            t.Receipt(
                id=f"{dispatch}-R",
                dispatch=dispatch,
                at=at,
                activity_bq=reading.activity_bq,
                activity_uncertainty_bq=reading.relative_uncertainty * reading.activity_bq,
                measured_at=reading.measured_at,
                device=reading.device,
                calibration=calibration,
                condition=condition,
                performed_by=user,
            )
        )
        return made, compared
