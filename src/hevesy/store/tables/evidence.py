"""A threshold's rule as it was fixed, and the moment from which outcomes stand beside doses."""

from sqlalchemy.orm import Mapped, mapped_column

from hevesy.protocol import Action
from hevesy.store.columns import Words
from hevesy.store.record import Record

__all__ = ["FixedRule", "Unblinding"]


class FixedRule(Record):
    """The rule of a dose threshold, signed; its name is the rule's.

    `content` is the rule's canonical text, `content_sha256` the hash of it.
    """

    __tablename__ = "threshold_rule"
    __action__ = Action.FIX_RULE

    content: Mapped[str] = mapped_column(Words)
    content_sha256: Mapped[str] = mapped_column(Words)


class Unblinding(Record):
    """Outcomes were first shown beside doses; signed, once in a study, never taken back."""

    __tablename__ = "unblinding"
    __action__ = Action.UNBLIND

    reason: Mapped[str] = mapped_column(Words)
