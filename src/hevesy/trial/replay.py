"""A published figure held to its own data: recomputed, compared at its own decimals, judged."""

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from hevesy.errors import TrialError
from hevesy.trial.exact_interval import round_half_away
from hevesy.trial.published import Publication, PublishedStatement
from hevesy.trial.replay_rules import RULES, DataLackError, Recomputed, Tables

__all__ = ["VERDICTS", "ReplayedStatement", "replay"]

VERDICTS = ("agrees", "differs", "can't be recomputed")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayedStatement:
    """A statement and what its data say.

    Parameters
    ----------
    statement : PublishedStatement
    recomputed : str or None
        None where it could not be recomputed.
    verdict : str
        One of `VERDICTS`.
    why : str

    Raises
    ------
    TrialError
        An unknown verdict, or one without a reason.

    Examples
    --------
    >>> from hevesy.trial import read_publication
    >>> found = {r.statement.name: r for r in replay(read_publication("imdendrim"))}
    >>> found["age-median"].verdict, found["age-median"].recomputed
    ('differs', '59.5')
    """

    statement: PublishedStatement
    recomputed: str | None
    verdict: str
    why: str

    def __post_init__(self) -> None:
        if self.verdict not in VERDICTS or not self.why:
            raise TrialError(
                "a verdict is one of three, with a reason",
                got=self.verdict,
                allowed=", ".join(VERDICTS),
                remedy="give both",
            )


def replay(publication: Publication) -> tuple[ReplayedStatement, ...]:
    """Recompute every statement from the publication's own tables.

    A number agrees if the recomputed one, rounded half away from zero to the published decimals, is
    the same; a published bound if the recomputed number keeps it. A rule that asks for a table, a
    column or a count that the publication does not give ends as "can't be recomputed", and says
    what is missing.

    Parameters
    ----------
    publication : Publication

    Returns
    -------
    tuple of ReplayedStatement
        In the order of the statements.

    Examples
    --------
    >>> from hevesy.trial import read_publication
    >>> sorted({found.verdict for found in replay(read_publication("imdendrim"))})
    ['agrees', "can't be recomputed", 'differs']
    """
    return tuple(_replayed(statement, publication.tables) for statement in publication.statements)


def _replayed(statement: PublishedStatement, tables: Tables) -> ReplayedStatement:
    if statement.rule not in RULES:
        raise TrialError(
            f"statement {statement.name}: this rule is unknown",
            got=statement.rule,
            allowed=", ".join(sorted(RULES)),
            remedy="correct the statement",
        )
    try:
        found = RULES[statement.rule](statement.arguments, tables)
    except DataLackError as lack:
        return ReplayedStatement(
            statement=statement, recomputed=None, verdict=VERDICTS[2], why=f"because {lack.problem}"
        )
    agrees, text = _compared(statement, found)
    return ReplayedStatement(
        statement=statement, recomputed=text, verdict=VERDICTS[0 if agrees else 1], why=found.how
    )


def _compared(statement: PublishedStatement, found: Recomputed) -> tuple[bool, str]:
    if isinstance(found.value, str):
        return found.value.casefold() == statement.published.casefold(), found.value
    try:
        published = Decimal(statement.published)
    except InvalidOperation:
        raise TrialError(
            f"statement {statement.name}: a number was recomputed, none was published",
            got=statement.published,
            remedy="correct the statement",
        ) from None
    exponent = published.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    value = found.value
    if statement.compare == "at least":
        agrees = value >= Fraction(published)
    elif statement.compare == "at most":
        agrees = value <= Fraction(published)
    else:
        agrees = round_half_away(value, decimals) == published
    return agrees, _text(value, decimals, rounded=agrees and statement.compare == "equal")


def _text(value: Fraction, decimals: int, *, rounded: bool) -> str:
    """The published decimals where they agree, else one more than needed to see the difference."""
    shown = round_half_away(value, decimals if rounded else decimals + 1)
    if shown == shown.to_integral_value() and Fraction(shown) == value:
        return str(int(shown))
    return str(shown)
