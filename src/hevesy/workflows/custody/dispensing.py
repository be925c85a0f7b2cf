"""Syringes, samples and waste drawn from a vial, each against the batch and the vial's books."""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from hevesy.errors import CustodyError
from hevesy.files import atomic_write_bytes
from hevesy.nuclides import get_nuclide
from hevesy.pharmacy import (
    ActivityBalance,
    Draw,
    DrawKind,
    SyringeLabel,
    Vial,
    balance_vial,
    draw_from,
    label_payload,
    label_text,
)
from hevesy.protocol import Action, StudyProtocol
from hevesy.store import Writer
from hevesy.store import tables as t
from hevesy.workflows.custody.acting import acting, confirm_activity, happened
from hevesy.workflows.custody.measuring import VialReading, apply_calibrator
from hevesy.workflows.custody.standing import (
    Standing,
    place_at,
    read_standing,
    read_vial,
    require_standing,
)
from hevesy.workflows.custody.supply import measure_vial, vial_site

__all__ = ["DispensedSyringe", "dispense", "label_of", "label_subject", "withdraw"]

_PLAUSIBLE = 3.0  # a solution is even: draws don't differ from their volume's share by more
_RESIDUAL = "residual"
_SUBJECT = "subject "  # the label's line, as `label_text` writes it


@dataclass(frozen=True, slots=True, kw_only=True)
class DispensedSyringe:
    """A syringe as it was drawn.

    Parameters
    ----------
    syringe : Syringe
        The store's.
    label : SyringeLabel
    lines : tuple of str
        The label's, in the site's zone.
    vial : Vial
        What it was drawn from, with this draw.
    """

    syringe: t.Syringe
    label: SyringeLabel
    lines: tuple[str, ...]
    vial: Vial


def _draw(
    writer: Writer,
    row: t.Vial,
    draw: Draw,
    *,
    confirmed: bool,
    closes: bool = False,
) -> Vial:
    """Draw from a vial on record; ask where the activity is not its volume's share.

    What closes the books is no draw: its reading is held against them, whatever it says.
    """
    happened(writer, draw.measured_at, "the draw")
    if any(w.purpose == _RESIDUAL for w in writer.all(t.Withdrawal, vial=row.id)):
        raise CustodyError(
            f"the books of vial {row.id} are closed", remedy="its residual was measured already"
        )
    vial = read_vial(writer, row, writer.get(t.Batch, row.batch).nuclide)
    left_bq, left_ml = vial.activity_left_bq(draw.drawn_at), vial.volume_left_ml
    drawn = draw_from(vial, draw) if draw.volume_ml > left_ml else None  # volume has no grace
    if left_bq > 0 and left_ml > 0:
        expected_bq = left_bq * draw.volume_ml / left_ml
        confirm_activity(
            draw.activity_bq,
            expected_bq=expected_bq,
            ratio=_PLAUSIBLE,
            what=f"the activity of {draw.identifier}, {draw.volume_ml:g} mL,",
            confirmed=confirmed,
        )
    if closes:
        return vial
    return drawn or draw_from(vial, draw)


@contextlib.contextmanager
def _beside(path: Path | None, content: bytes) -> Iterator[None]:
    """Write a file beside a record: both, or neither."""
    if path is None:
        yield
        return
    if path.exists():
        raise CustodyError(
            "there is a file of this name already", got=path.name, remedy="name another file"
        )
    atomic_write_bytes(path, content)
    try:
        yield
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def dispense(
    folder: Path,
    syringe: str,
    *,
    vial: str,
    user: str,
    container: str,
    shield: str,
    volume_ml: float,
    reading: VialReading,
    subject: str | None = None,
    label_file: Path | None = None,
    confirmed: bool = False,
) -> DispensedSyringe:
    """Draw a syringe from a vial of a released batch, with its label.

    Parameters
    ----------
    folder : Path
    syringe, vial, user, container, shield : str
    volume_ml : float
    reading : VialReading
        Of the syringe.
    subject : str or None
        The patient's code, for the label.
    label_file : Path or None
        .png, .pdf or .svg: the label with its Data Matrix code.
    confirmed : bool
        An implausible activity was asked about, and is right.

    Returns
    -------
    DispensedSyringe

    Raises
    ------
    CustodyError
        The subject is no patient of the study.
    """
    with contextlib.ExitStack() as stack:
        protocol, writer = stack.enter_context(
            acting(folder, user, Action.DISPENSE, reason=reading.unusual)
        )
        row = writer.get(t.Vial, vial)
        standing = read_standing(writer, protocol, row.batch, reading.measured_at)
        require_standing(standing, reading.measured_at, "dispensing")
        _refuse_open(standing)
        zone = ZoneInfo(writer.get(t.Site, vial_site(writer, row)).timezone)
        reading, calibration = measure_vial(
            writer, protocol, row, reading, container=container, volume_ml=volume_ml
        )
        if subject is not None and writer.find(t.Patient, subject) is None:
            raise CustodyError(
                "the label's subject is no patient of the study", remedy="check the code"
            )
        draw = _as_draw(syringe, DrawKind.SYRINGE, volume_ml, reading)
        drawn = _draw(writer, row, draw, confirmed=confirmed)
        label, text = label_of(
            protocol,
            writer.get(t.Batch, row.batch),
            zone,
            syringe=syringe,
            activity_bq=reading.activity_bq,
            measured_at=reading.measured_at,
            expires_at=standing.release.expires_at,
            volume_ml=volume_ml,
            shield=shield,
            subject=subject,
        )
        made = writer.add(t.Syringe(
            id=syringe, vial=vial, container=container, volume_ml=volume_ml,
            activity_bq=reading.activity_bq, activity_uncertainty_bq=draw.activity_uncertainty_bq,
            measured_at=reading.measured_at, device=reading.device, calibration=calibration,
            shield=shield,
            label=text, performed_by=user,
        ))  # fmt: skip
        picture = b"" if label_file is None else _picture(label, zone, label_file)
        # the inner one commits: where that fails, the label is taken away again
        with _beside(label_file, picture), stack.pop_all():
            lines = label_text(label, zone)
            return DispensedSyringe(syringe=made, label=label, lines=lines, vial=drawn)


def label_of(
    protocol: StudyProtocol,
    batch: t.Batch,
    zone: ZoneInfo,
    *,
    syringe: str,
    activity_bq: float,
    measured_at: datetime,
    expires_at: datetime | None,
    volume_ml: float,
    shield: str | None,
    subject: str | None,
) -> tuple[SyringeLabel, str]:
    """Make a syringe's label, and the text that stands on record: its lines and its code.

    Parameters
    ----------
    protocol : StudyProtocol
    batch : Batch
    zone : ZoneInfo
        The site's.
    syringe : str
    activity_bq : float
        At `measured_at`, Bq.
    measured_at, expires_at : datetime
    volume_ml : float
    shield, subject : str or None

    Returns
    -------
    SyringeLabel, str
    """
    label = SyringeLabel(
        study=protocol.name,
        agent=batch.agent,
        batch=batch.id,
        syringe=syringe,
        nuclide=get_nuclide(batch.nuclide),
        activity_bq=activity_bq,
        reference_at=measured_at,
        expires_at=expires_at or measured_at,
        volume_ml=volume_ml,
        shield=shield or "none",
        subject=subject,
    )
    return label, "\n".join((*label_text(label, zone), label_payload(label)))


def label_subject(syringe: t.Syringe) -> str | None:
    """Give the patient's code that a syringe's label on record names.

    Parameters
    ----------
    syringe : Syringe
        The store's.

    Returns
    -------
    str or None
    """
    lines = (syringe.label or "").splitlines()
    return next((line.removeprefix(_SUBJECT) for line in lines if line.startswith(_SUBJECT)), None)


def _refuse_open(standing: Standing) -> None:
    """A result that the release rested on may have been declared invalid since."""
    still = standing.quality.open_before_injection
    if still:
        raise CustodyError(
            f"batch {standing.release.batch} can't be used for the dispensing",
            got="; ".join(verdict.words for verdict in still),
            allowed="every test that is due before the injection passed",
            remedy="repeat the test, or take another batch",
        )


def _as_draw(name: str, kind: DrawKind, volume_ml: float, reading: VialReading) -> Draw:
    return Draw(
        identifier=name,
        kind=kind,
        volume_ml=volume_ml,
        activity_bq=reading.activity_bq,
        activity_uncertainty_bq=reading.relative_uncertainty * reading.activity_bq,
        drawn_at=reading.measured_at,
        measured_at=reading.measured_at,
    )


def _picture(label: SyringeLabel, zone: ZoneInfo, path: Path) -> bytes:
    from hevesy.report.syringe_label import render_syringe_label

    return render_syringe_label(label, zone, path.suffix.lower().lstrip("."))


def withdraw(
    folder: Path,
    vial: str,
    *,
    user: str,
    purpose: str,
    volume_ml: float,
    reading: VialReading,
    container: str | None = None,
    name: str | None = None,
    confirmed: bool = False,
) -> tuple[t.Withdrawal, ActivityBalance | None]:
    """Enter a sample or waste drawn from a vial, or the residual, which closes its books.

    Parameters
    ----------
    folder : Path
    vial, user : str
    purpose : str
        ``"sample"``, ``"waste"`` or ``"residual"``.
    volume_ml : float
    reading : VialReading
    container : str or None
        In which it was measured; a residual is measured in its vial by default.
    name : str or None
    confirmed : bool

    Returns
    -------
    Withdrawal, ActivityBalance or None
        The books, where they were closed.

    Raises
    ------
    CustodyError
        An unknown purpose, or more than the vial holds.
    """
    purposes = (DrawKind.SAMPLE.value, DrawKind.WASTE.value, _RESIDUAL)
    if purpose not in purposes:
        raise CustodyError(
            "nothing is withdrawn for this", got=purpose, allowed=", ".join(purposes),
            remedy="take one of these; a syringe is drawn by `hevesy pharmacy dispense`",
        )  # fmt: skip
    with acting(folder, user, Action.DISPENSE, reason=reading.unusual) as (protocol, writer):
        row = writer.get(t.Vial, vial)
        count = len(writer.all(t.Withdrawal, vial=vial))
        identifier = name or f"{vial}-W{count + 1}"
        closes = purpose == _RESIDUAL
        kind = DrawKind.WASTE if closes else DrawKind(purpose)
        held_in = container or (row.container if closes else None)
        reading, calibration = apply_calibrator(
            writer,
            protocol,
            reading,
            sites={place_at(writer, row, reading.measured_at)},
            container=held_in,
            volume_ml=volume_ml,
            nuclide=writer.get(t.Batch, row.batch).nuclide,
        )
        draw = _as_draw(identifier, kind, volume_ml, reading)
        drawn = _draw(writer, row, draw, confirmed=confirmed, closes=closes)
        books = None
        if closes:
            books = balance_vial(
                drawn,
                left_bq=draw.activity_bq,
                left_uncertainty_bq=draw.activity_uncertainty_bq,
                left_measured_at=draw.measured_at,
            )
        made = writer.add(
            t.Withdrawal(
                id=identifier,
                vial=vial,
                purpose=purpose,
                volume_ml=volume_ml,
                activity_bq=draw.activity_bq,
                activity_uncertainty_bq=draw.activity_uncertainty_bq,
                measured_at=draw.measured_at,
                device=reading.device,
                container=held_in,
                calibration=calibration,
                performed_by=user,
            )
        )
        return made, books
