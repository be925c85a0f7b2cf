"""From the patient to the filed dose."""

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Flag, Json, Number, UtcTime, Whole, Words
from hevesy.store.record import Record

__all__ = [
    "Administration",
    "Dose",
    "ExcretaSample",
    "Inclusion",
    "Injection",
    "Lesion",
    "Patient",
    "RegionVolume",
    "Result",
    "Scan",
]


class Patient(Record):
    """A person, by the study's pseudonym."""

    __tablename__ = "patient"
    __action__ = Action.ENROL
    __refers__ = (("site", "site"),)

    site: Mapped[str] = mapped_column(Words)
    sex: Mapped[str | None] = mapped_column(Words, default=None)
    birth_year: Mapped[int | None] = mapped_column(Whole, default=None)


class Inclusion(Record):
    """One inclusion of a person, who may be included twice.

    `violation` says what was found after the treatment that made the patient not eligible.
    """

    __tablename__ = "inclusion"
    __action__ = Action.ENROL
    __refers__ = (("patient", "patient"),)

    patient: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    eligible: Mapped[bool] = mapped_column(Flag)
    consent_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    criteria: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    ecog: Mapped[int | None] = mapped_column(Whole, default=None)
    note: Mapped[str | None] = mapped_column(Words, default=None)
    violation: Mapped[str | None] = mapped_column(Words, default=None)


class Lesion(Record):
    """A lesion of a patient."""

    __tablename__ = "lesion"
    __action__ = Action.ENROL
    __refers__ = (("patient", "patient"),)

    patient: Mapped[str] = mapped_column(Words)
    organ: Mapped[str] = mapped_column(Words)
    description: Mapped[str | None] = mapped_column(Words, default=None)
    longest_diameter_mm: Mapped[float | None] = mapped_column(Number, default=None)


class Administration(Record):
    """One course: what was given; `at` is the end of the injection."""

    __tablename__ = "administration"
    __action__ = Action.ADMINISTER
    __refers__ = (
        ("inclusion", "inclusion"),
        ("operator", "account"),
    )

    inclusion: Mapped[str] = mapped_column(Words)
    agent: Mapped[str] = mapped_column(Words)
    nuclide: Mapped[str] = mapped_column(Words)
    route: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    kind: Mapped[str] = mapped_column(Words)
    activity_bq: Mapped[float] = mapped_column(Number)
    operator: Mapped[str] = mapped_column(Words)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    prescribed_bq: Mapped[float | None] = mapped_column(Number, default=None)
    note: Mapped[str | None] = mapped_column(Words, default=None)
    generated: Mapped[bool | None] = mapped_column(Flag, default=None)


class Injection(Record):
    """What one syringe put into one lesion in one administration."""

    __tablename__ = "injection"
    __action__ = Action.ADMINISTER
    __refers__ = (
        ("administration", "administration"),
        ("lesion", "lesion"),
        ("syringe", "syringe"),
        ("device", "device"),
        ("operator", "account"),
    )

    administration: Mapped[str] = mapped_column(Words)
    lesion: Mapped[str] = mapped_column(Words)
    started_at: Mapped[datetime] = mapped_column(UtcTime)
    ended_at: Mapped[datetime] = mapped_column(UtcTime)
    pre_bq: Mapped[float] = mapped_column(Number)
    pre_at: Mapped[datetime] = mapped_column(UtcTime)
    net_bq: Mapped[float] = mapped_column(Number)
    kind: Mapped[str] = mapped_column(Words)
    operator: Mapped[str] = mapped_column(Words)
    syringe: Mapped[str | None] = mapped_column(Words, default=None)
    post_bq: Mapped[float | None] = mapped_column(Number, default=None)
    post_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    net_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)
    needle_passes: Mapped[int | None] = mapped_column(Whole, default=None)
    reflux: Mapped[str | None] = mapped_column(Words, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    needle_gauge: Mapped[str | None] = mapped_column(Words, default=None)
    needle_tracks: Mapped[Any] = mapped_column(Json, nullable=True, default=None)


class ExcretaSample(Record):
    """Activity that was collected from a patient; without `started_at` it is one voiding."""

    __tablename__ = "excreta_sample"
    __action__ = Action.IMAGE
    __refers__ = (
        ("administration", "administration"),
        ("device", "device"),
    )

    administration: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    ended_at: Mapped[datetime] = mapped_column(UtcTime)
    activity_bq: Mapped[float] = mapped_column(Number)
    activity_uncertainty_bq: Mapped[float] = mapped_column(Number)
    measured_at: Mapped[datetime] = mapped_column(UtcTime)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    volume_ml: Mapped[float | None] = mapped_column(Number, default=None)
    device: Mapped[str | None] = mapped_column(Words, default=None)
    container: Mapped[str | None] = mapped_column(Words, default=None)
    calibration: Mapped[Any] = mapped_column(Json, nullable=True, default=None)


class Scan(Record):
    """A SPECT/CT session; paths are relative to the study's folder."""

    __tablename__ = "scan"
    __action__ = Action.IMAGE
    __refers__ = (("administration", "administration"),)

    administration: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    files_sha256: Mapped[str] = mapped_column(Words)
    spect: Mapped[str | None] = mapped_column(Words, default=None)
    projections: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    ct: Mapped[str | None] = mapped_column(Words, default=None)
    structures: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    calibration: Mapped[str | None] = mapped_column(Words, default=None)
    options: Mapped[Any] = mapped_column(Json, nullable=True, default=None)


class RegionVolume(Record):
    """A region as it lies on one scan."""

    __tablename__ = "region_volume"
    __action__ = Action.IMAGE
    __refers__ = (
        ("scan", "scan"),
        ("lesion", "lesion"),
    )

    scan: Mapped[str] = mapped_column(Words)
    region: Mapped[str] = mapped_column(Words)
    volume_ml: Mapped[float] = mapped_column(Number)
    lesion: Mapped[str | None] = mapped_column(Words, default=None)
    activity_bq: Mapped[float | None] = mapped_column(Number, default=None)
    activity_uncertainty_bq: Mapped[float | None] = mapped_column(Number, default=None)


class Result(Record):
    """A filed result of an administration; `content` is result.json, to the letter."""

    __tablename__ = "result"
    __action__ = Action.COMPUTE
    __refers__ = (("administration", "administration"),)

    administration: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    computed_at: Mapped[datetime] = mapped_column(UtcTime)
    content: Mapped[str] = mapped_column(Words)
    content_sha256: Mapped[str] = mapped_column(Words)
    folder: Mapped[str | None] = mapped_column(Words, default=None)
    job: Mapped[str | None] = mapped_column(Words, default=None)


class Dose(Record):
    """The dose of one region by one result."""

    __tablename__ = "dose"
    __action__ = Action.COMPUTE
    __refers__ = (
        ("result", "result"),
        ("administration", "administration"),
        ("lesion", "lesion"),
    )

    result: Mapped[str] = mapped_column(Words)
    administration: Mapped[str] = mapped_column(Words)
    region: Mapped[str] = mapped_column(Words)
    method: Mapped[str] = mapped_column(Words)
    mean_dose_gy: Mapped[float] = mapped_column(Number)
    lesion: Mapped[str | None] = mapped_column(Words, default=None)
    volume_ml: Mapped[float | None] = mapped_column(Number, default=None)
    mass_g: Mapped[float | None] = mapped_column(Number, default=None)
    tia_bq_s: Mapped[float | None] = mapped_column(Number, default=None)
    tia_uncertainty_bq_s: Mapped[float | None] = mapped_column(Number, default=None)
    mean_dose_uncertainty_gy: Mapped[float | None] = mapped_column(Number, default=None)
