"""What the store keeps of its own doings: the audit, signatures, jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Json, UtcTime, Whole, Words
from hevesy.store.record import Base, Record

__all__ = ["Audit", "Job", "Signature"]


class Audit(Base):
    """One record for each row written: who, when, what, old, new, why, by which software.

    `old` and `new` are canonical JSON of the row; `hash` covers all of it and the record before.
    """

    __tablename__ = "audit"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq"),
        UniqueConstraint("kind", "record", "record_version"),
        {"sqlite_strict": True},
    )

    seq: Mapped[int] = mapped_column(Whole, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcTime)
    who: Mapped[str] = mapped_column(Words)
    action: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    record: Mapped[str] = mapped_column(Words)
    record_version: Mapped[int] = mapped_column(Whole)
    old: Mapped[str | None] = mapped_column(Words)
    new: Mapped[str] = mapped_column(Words)
    reason: Mapped[str] = mapped_column(Words)
    software: Mapped[str] = mapped_column(Words)
    previous: Mapped[str] = mapped_column(Words)
    hash: Mapped[str] = mapped_column(Words, unique=True)


class Signature(Record):
    """A person's name under one version of one record, with its meaning."""

    __tablename__ = "signature"
    __action__ = Action.READ
    __refers__ = (("signer", "account"),)

    signer: Mapped[str] = mapped_column(Words)
    at: Mapped[datetime] = mapped_column(UtcTime)
    meaning: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    record: Mapped[str] = mapped_column(Words)
    record_version: Mapped[int] = mapped_column(Whole)
    content_sha256: Mapped[str] = mapped_column(Words)


class Job(Base):
    """Long work: what was asked, by whom, how far it is. No record, so it may change."""

    __tablename__ = "job"
    __table_args__ = (
        CheckConstraint(
            "state in ('queued', 'running', 'done', 'failed', 'cancelled')", name="state"
        ),
        CheckConstraint("total >= 0 and done >= 0 and done <= total", name="progress"),
        {"sqlite_strict": True},
    )

    id: Mapped[str] = mapped_column(Words, primary_key=True)
    kind: Mapped[str] = mapped_column(Words)
    request: Mapped[Any] = mapped_column(Json)
    asked_by: Mapped[str] = mapped_column(Words)
    asked_at: Mapped[datetime] = mapped_column(UtcTime)
    state: Mapped[str] = mapped_column(Words, default="queued")
    stage: Mapped[str] = mapped_column(Words, default="")
    done: Mapped[int] = mapped_column(Whole, default=0)
    total: Mapped[int] = mapped_column(Whole, default=0)
    host: Mapped[str | None] = mapped_column(Words, default=None)
    pid: Mapped[int | None] = mapped_column(Whole, default=None)
    started_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    ended_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    outcome: Mapped[str] = mapped_column(Words, default="")
    cancel_asked: Mapped[int] = mapped_column(Whole, default=0)
