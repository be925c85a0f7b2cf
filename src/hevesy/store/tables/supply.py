"""From the batch to the syringe."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Json, Number, UtcTime, Words
from hevesy.store.record import Record

__all__ = ["Dispatch", "Receipt", "Syringe", "Vial", "Withdrawal"]


class Vial(Record):
    """A container filled from a batch."""

    __tablename__ = "vial"
    __action__ = Action.DISPENSE
    __refers__ = (
        ("batch", "batch"),
        ("device", "device"),
        ("performed_by", "account"),
    )

    batch: Mapped[str] = mapped_column(Words)
    container: Mapped[str] = mapped_column(Words)
    volume_ml: Mapped[float] = mapped_column(Number)
    activity_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)


class Withdrawal(Record):
    """What left a vial and is no syringe: sample, waste, residual."""

    __tablename__ = "withdrawal"
    __action__ = Action.DISPENSE
    __refers__ = (
        ("vial", "vial"),
        ("device", "device"),
        ("performed_by", "account"),
    )

    vial: Mapped[str] = mapped_column(Words)
    purpose: Mapped[str] = mapped_column(Words)
    volume_ml: Mapped[float] = mapped_column(Number)
    activity_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    container: Mapped[str | None] = mapped_column(Words, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)


class Dispatch(Record):
    """A vial sent from one site to another, as measured before."""

    __tablename__ = "dispatch"
    __action__ = Action.TRANSPORT
    __refers__ = (
        ("vial", "vial"),
        ("from_site", "site"),
        ("to_site", "site"),
        ("device", "device"),
        ("performed_by", "account"),
    )

    vial: Mapped[str] = mapped_column(Words)
    from_site: Mapped[str] = mapped_column(Words)
    to_site: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    activity_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)


class Receipt(Record):
    """The arrival of a dispatch, with the second calibrator's reading."""

    __tablename__ = "receipt"
    __action__ = Action.TRANSPORT
    __refers__ = (
        ("dispatch", "dispatch"),
        ("device", "device"),
        ("performed_by", "account"),
    )

    dispatch: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    activity_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    condition: Mapped[str | None] = mapped_column(Words, default=None)


class Syringe(Record):
    """A syringe drawn from a vial."""

    __tablename__ = "syringe"
    __action__ = Action.DISPENSE
    __refers__ = (
        ("vial", "vial"),
        ("device", "device"),
        ("performed_by", "account"),
    )

    vial: Mapped[str] = mapped_column(Words)
    container: Mapped[str] = mapped_column(Words)
    volume_ml: Mapped[float] = mapped_column(Number)
    activity_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    shield: Mapped[str | None] = mapped_column(Words, default=None)
    label: Mapped[str | None] = mapped_column(Words, default=None)
