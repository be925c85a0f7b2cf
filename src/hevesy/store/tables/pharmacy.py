"""From the generator to the released batch."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Flag, Json, Number, UtcTime, Whole, Words
from hevesy.store.record import Record

__all__ = [
    "Batch",
    "BatchComponent",
    "BatchElution",
    "BatchStep",
    "Elution",
    "Generator",
    "QualityTest",
    "ReleaseDecision",
]


class Generator(Record):
    """A generator: both activities on the column at its calibration."""

    __tablename__ = "generator"
    __action__ = Action.PREPARE
    __refers__ = (("site", "site"),)

    site: Mapped[str] = mapped_column(Words)
    parent_nuclide: Mapped[str] = mapped_column(Words)
    daughter_nuclide: Mapped[str] = mapped_column(Words)
    lot: Mapped[str] = mapped_column(Words)
    calibrated_at: Mapped[datetime] = mapped_column(UtcTime)
    parent_bq: Mapped[float] = mapped_column(Number)
    supplier: Mapped[str | None] = mapped_column(Words, default=None)
    parent_relative_uncertainty: Mapped[float | None] = mapped_column(Number, default=None)
    daughter_bq: Mapped[float | None] = mapped_column(Number, default=None)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)


class Elution(Record):
    """An elution: activity with its time, breakthrough, what was left on the column."""

    __tablename__ = "elution"
    __action__ = Action.PREPARE
    __refers__ = (
        ("generator", "generator"),
        ("device", "device"),
        ("performed_by", "account"),
    )

    generator: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    volume_ml: Mapped[float] = mapped_column(Number)
    activity_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    container: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    column_lot: Mapped[str | None] = mapped_column(Words, default=None)
    breakthrough_relative: Mapped[float | None] = mapped_column(Number, default=None)
    breakthrough_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    aluminium_ug_per_ml: Mapped[float | None] = mapped_column(Number, default=None)
    left_bq: Mapped[float | None] = mapped_column(Number, default=None)
    predicted_bq: Mapped[float | None] = mapped_column(Number, default=None)
    predicted_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    note: Mapped[str | None] = mapped_column(Words, default=None)


class Batch(Record):
    """A labelling batch."""

    __tablename__ = "batch"
    __action__ = Action.PREPARE
    __refers__ = (
        ("site", "site"),
        ("device", "device"),
        ("performed_by", "account"),
    )

    site: Mapped[str] = mapped_column(Words)
    agent: Mapped[str] = mapped_column(Words)
    nuclide: Mapped[str] = mapped_column(Words)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    labelled_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    activity_bq: Mapped[float | None] = mapped_column(Number, default=None)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    volume_ml: Mapped[float | None] = mapped_column(Number, default=None)
    measured_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    equipment: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    note: Mapped[str | None] = mapped_column(Words, default=None)


class BatchElution(Record):
    """What of an elution went into a batch."""

    __tablename__ = "batch_elution"
    __action__ = Action.PREPARE
    __refers__ = (
        ("batch", "batch"),
        ("elution", "elution"),
    )

    batch: Mapped[str] = mapped_column(Words)
    elution: Mapped[str] = mapped_column(Words)
    volume_ml: Mapped[float] = mapped_column(Number)
    activity_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)


class BatchComponent(Record):
    """A reagent, kit or vial of a batch, with lot and expiry."""

    __tablename__ = "batch_component"
    __action__ = Action.PREPARE
    __refers__ = (("batch", "batch"),)

    batch: Mapped[str] = mapped_column(Words)
    name: Mapped[str] = mapped_column(Words)
    lot: Mapped[str] = mapped_column(Words)
    quantity: Mapped[str | None] = mapped_column(Words, default=None)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)


class BatchStep(Record):
    """A step of the labelling as it was done, with who did and who checked it."""

    __tablename__ = "batch_step"
    __action__ = Action.PREPARE
    __refers__ = (
        ("batch", "batch"),
        ("performed_by", "account"),
        ("checked_by", "account"),
    )

    batch: Mapped[str] = mapped_column(Words)
    step: Mapped[str] = mapped_column(Words)
    ordinal: Mapped[int] = mapped_column(Whole)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    temperature_low_deg_c: Mapped[float | None] = mapped_column(Number, default=None)
    temperature_high_deg_c: Mapped[float | None] = mapped_column(Number, default=None)
    gas: Mapped[str | None] = mapped_column(Words, default=None)
    equipment: Mapped[str | None] = mapped_column(Words, default=None)
    checked_by: Mapped[str | None] = mapped_column(Words, default=None)
    deviation: Mapped[str | None] = mapped_column(Words, default=None)


class QualityTest(Record):
    """A quality test: value, verdict, and the raw data it rests on."""

    __tablename__ = "quality_test"
    __action__ = Action.TEST
    __refers__ = (
        ("batch", "batch"),
        ("performed_by", "account"),
    )

    batch: Mapped[str] = mapped_column(Words)
    test: Mapped[str] = mapped_column(Words)
    sampled_at: Mapped[datetime] = mapped_column(UtcTime)
    result_at: Mapped[datetime] = mapped_column(UtcTime)
    performed_by: Mapped[str] = mapped_column(Words)
    passed: Mapped[bool | None] = mapped_column(Flag, default=None)
    value: Mapped[float | None] = mapped_column(Number, default=None)
    uncertainty: Mapped[float | None] = mapped_column(Number, default=None)
    unit: Mapped[str | None] = mapped_column(Words, default=None)
    words: Mapped[str | None] = mapped_column(Words, default=None)
    invalid_because: Mapped[str | None] = mapped_column(Words, default=None)
    limit_low: Mapped[float | None] = mapped_column(Number, default=None)
    limit_high: Mapped[float | None] = mapped_column(Number, default=None)
    settings: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    raw: Mapped[str | None] = mapped_column(Words, default=None)
    raw_sha256: Mapped[str | None] = mapped_column(Words, default=None)


class ReleaseDecision(Record):
    """A move of a batch from one state to the next, with the tests it rests on."""

    __tablename__ = "release_decision"
    __action__ = Action.RELEASE
    __refers__ = (
        ("batch", "batch"),
        ("decided_by", "account"),
    )

    batch: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    decided_by: Mapped[str] = mapped_column(Words)
    expires_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    tests: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    reason: Mapped[str | None] = mapped_column(Words, default=None)
