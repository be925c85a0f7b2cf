"""What becomes of a patient: screening, visits, events, laboratory, lesions' sizes, departure."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Mapped, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Day, Exact, Flag, Json, UtcTime, Whole, Words
from hevesy.store.record import Record

__all__ = [
    "AdverseEvent",
    "DataQuery",
    "Departure",
    "LesionAssessment",
    "Measurement",
    "Screening",
    "StudyTerms",
    "Visit",
]


class Screening(Record):
    """What was known of a patient at screening; the criteria's answers are the inclusion's.

    `evidence` says for a criterion where its answer comes from, `waivers` why an unmet one was
    waived: a deviation.
    """

    __tablename__ = "screening"
    __action__ = Action.FOLLOW
    __refers__ = (("inclusion", "inclusion"),)

    inclusion: Mapped[str] = mapped_column(Words)
    screened_on: Mapped[date] = mapped_column(Day)
    age_years: Mapped[int | None] = mapped_column(Whole, default=None)
    primary_tumour: Mapped[str | None] = mapped_column(Words, default=None)
    treated_site: Mapped[str | None] = mapped_column(Words, default=None)
    prior_lines: Mapped[int | None] = mapped_column(Whole, default=None)
    consent_version: Mapped[str | None] = mapped_column(Words, default=None)
    board_on: Mapped[date | None] = mapped_column(Day, default=None)
    board_decision: Mapped[str | None] = mapped_column(Words, default=None)
    failure_reason: Mapped[str | None] = mapped_column(Words, default=None)
    evidence: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    waivers: Mapped[Any] = mapped_column(Json, nullable=True, default=None)
    generated: Mapped[bool | None] = mapped_column(Flag, default=None)


class Visit(Record):
    """A visit that took place."""

    __tablename__ = "visit"
    __action__ = Action.FOLLOW
    __refers__ = (("inclusion", "inclusion"),)

    inclusion: Mapped[str] = mapped_column(Words)
    name: Mapped[str] = mapped_column(Words)
    visited_on: Mapped[date] = mapped_column(Day)
    ecog: Mapped[int | None] = mapped_column(Whole, default=None)
    note: Mapped[str | None] = mapped_column(Words, default=None)
    generated: Mapped[bool | None] = mapped_column(Flag, default=None)


class Departure(Record):
    """How a patient left the study: lost, withdrawn, refused, dead, or completed."""

    __tablename__ = "departure"
    __action__ = Action.FOLLOW
    __refers__ = (("inclusion", "inclusion"),)

    inclusion: Mapped[str] = mapped_column(Words)
    kind: Mapped[str] = mapped_column(Words)
    left_on: Mapped[date] = mapped_column(Day)
    reason: Mapped[str | None] = mapped_column(Words, default=None)
    generated: Mapped[bool | None] = mapped_column(Flag, default=None)


class AdverseEvent(Record):
    """An adverse event, attributed to the agent and to the procedure apart."""

    __tablename__ = "adverse_event"
    __action__ = Action.FOLLOW
    __refers__ = (("inclusion", "inclusion"), ("administration", "administration"))

    inclusion: Mapped[str] = mapped_column(Words)
    term: Mapped[str] = mapped_column(Words)
    organ_class: Mapped[str] = mapped_column(Words)
    grade: Mapped[int] = mapped_column(Whole)
    began_on: Mapped[date] = mapped_column(Day)
    administration: Mapped[str | None] = mapped_column(Words, default=None)
    ctcae: Mapped[str | None] = mapped_column(Words, default=None)
    ended_on: Mapped[date | None] = mapped_column(Day, default=None)
    outcome: Mapped[str | None] = mapped_column(Words, default=None)
    related_agent: Mapped[str | None] = mapped_column(Words, default=None)
    related_procedure: Mapped[str | None] = mapped_column(Words, default=None)
    serious: Mapped[bool | None] = mapped_column(Flag, default=None)
    seriousness: Mapped[str | None] = mapped_column(Words, default=None)
    expected: Mapped[bool | None] = mapped_column(Flag, default=None)
    aware_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    reported_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    authority_reported_at: Mapped[datetime | None] = mapped_column(UtcTime, default=None)
    action_taken: Mapped[str | None] = mapped_column(Words, default=None)
    narrative: Mapped[str | None] = mapped_column(Words, default=None)
    generated: Mapped[bool | None] = mapped_column(Flag, default=None)


class Measurement(Record):
    """A laboratory value or a vital sign, with its limits of normal."""

    __tablename__ = "measurement"
    __action__ = Action.FOLLOW
    __refers__ = (("inclusion", "inclusion"),)

    inclusion: Mapped[str] = mapped_column(Words)
    visit: Mapped[str] = mapped_column(Words)
    measured_on: Mapped[date] = mapped_column(Day)
    test: Mapped[str] = mapped_column(Words)
    value: Mapped[Decimal] = mapped_column(Exact)
    unit: Mapped[str] = mapped_column(Words)
    lower_normal: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    upper_normal: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    generated: Mapped[bool | None] = mapped_column(Flag, default=None)


class LesionAssessment(Record):
    """A lesion at a visit, as it was measured or seen."""

    __tablename__ = "lesion_assessment"
    __action__ = Action.FOLLOW
    __refers__ = (("inclusion", "inclusion"), ("lesion", "lesion"))

    inclusion: Mapped[str] = mapped_column(Words)
    lesion: Mapped[str] = mapped_column(Words)
    visit: Mapped[str] = mapped_column(Words)
    assessed_on: Mapped[date] = mapped_column(Day)
    role: Mapped[str] = mapped_column(Words)
    status: Mapped[str] = mapped_column(Words)
    diameter_mm: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    too_small: Mapped[bool | None] = mapped_column(Flag, default=None)
    node: Mapped[bool | None] = mapped_column(Flag, default=None)
    injected: Mapped[bool | None] = mapped_column(Flag, default=None)
    density_hu: Mapped[Decimal | None] = mapped_column(Exact, default=None)
    blood_supply: Mapped[str | None] = mapped_column(Words, default=None)
    method: Mapped[str | None] = mapped_column(Words, default=None)
    generated: Mapped[bool | None] = mapped_column(Flag, default=None)


class DataQuery(Record):
    """A question about a record, from a named data check or from a person."""

    __tablename__ = "data_query"
    __action__ = Action.QUERY

    kind: Mapped[str] = mapped_column(Words)
    record: Mapped[str] = mapped_column(Words)
    words: Mapped[str] = mapped_column(Words)
    state: Mapped[str] = mapped_column(Words)
    data_check: Mapped[str | None] = mapped_column(Words, default=None)
    answer: Mapped[str | None] = mapped_column(Words, default=None)


class StudyTerms(Record):
    """The list of CTCAE's terms that a site imported; one a study, its versions are imports.

    `content` is the list as text with a hash of itself, `workbook_sha256` the hash of NCI's file.
    """

    __tablename__ = "term_list"
    __action__ = Action.AMEND_PROTOCOL

    ctcae: Mapped[str] = mapped_column(Words)
    workbook_sha256: Mapped[str] = mapped_column(Words)
    content: Mapped[str] = mapped_column(Words)
