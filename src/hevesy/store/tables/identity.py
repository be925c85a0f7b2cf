"""Who takes part, and with what: sites, people, dose calibrators."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Json, Number, Secret, UtcTime, Words
from hevesy.store.record import Record

__all__ = ["Account", "Device", "DeviceCheck", "DeviceFactor", "Site", "Study"]


class Study(Record):
    """The study's protocol in force, as text and hash, so that no limit changes unseen."""

    __tablename__ = "study"
    __action__ = Action.AMEND_PROTOCOL

    name: Mapped[str] = mapped_column(Words)
    protocol: Mapped[Any] = mapped_column(Json)
    protocol_sha256: Mapped[str] = mapped_column(Words)


class Site(Record):
    """A place with a time zone of its own."""

    __tablename__ = "site"
    __action__ = Action.EQUIP

    name: Mapped[str] = mapped_column(Words)
    timezone: Mapped[str] = mapped_column(Words)


class Account(Record):
    """A person: name, roles, the hash of their passphrase (argon2)."""

    __tablename__ = "account"
    __action__ = Action.ADMINISTER_USERS
    __refers__ = (("site", "site"),)

    full_name: Mapped[str] = mapped_column(Words)
    roles: Mapped[list[str]] = mapped_column(Json)
    passphrase_hash: Mapped[str] = mapped_column(Secret)
    site: Mapped[str | None] = mapped_column(Words, default=None)


class Device(Record):
    """A measuring device, such as a dose calibrator."""

    __tablename__ = "device"
    __action__ = Action.EQUIP
    __refers__ = (("site", "site"),)

    kind: Mapped[str] = mapped_column(Words)
    site: Mapped[str] = mapped_column(Words)
    maker: Mapped[str | None] = mapped_column(Words, default=None)
    model: Mapped[str | None] = mapped_column(Words, default=None)
    serial: Mapped[str | None] = mapped_column(Words, default=None)


class DeviceFactor(Record):
    """A calibrator's factor for a nuclide in a container, with its validity.

    It was determined at `volume_ml`, and holds from `volume_low_ml` to `volume_high_ml`; without
    them at that volume only.
    """

    __tablename__ = "device_factor"
    __action__ = Action.EQUIP
    __refers__ = (("device", "device"),)

    device: Mapped[str] = mapped_column(Words)
    nuclide: Mapped[str] = mapped_column(Words)
    container: Mapped[str] = mapped_column(Words)
    volume_ml: Mapped[float] = mapped_column(Number)
    factor: Mapped[float] = mapped_column(Number)
    relative_uncertainty: Mapped[float] = mapped_column(Number)
    traceable_to: Mapped[str] = mapped_column(Words)
    valid_from: Mapped[datetime] = mapped_column(UtcTime)
    valid_until: Mapped[datetime] = mapped_column(UtcTime)
    volume_low_ml: Mapped[float | None] = mapped_column(Number, default=None)
    volume_high_ml: Mapped[float | None] = mapped_column(Number, default=None)


class DeviceCheck(Record):
    """A constancy reading of a long-lived source."""

    __tablename__ = "device_check"
    __action__ = Action.EQUIP
    __refers__ = (
        ("device", "device"),
        ("performed_by", "account"),
    )

    device: Mapped[str] = mapped_column(Words)
    source: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    expected_bq: Mapped[float] = mapped_column(Number)
    measured_bq: Mapped[float] = mapped_column(Number)
    performed_by: Mapped[str] = mapped_column(Words)
