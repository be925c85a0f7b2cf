"""Data queries: raised about a record, answered, and closed with a signature."""

from dataclasses import dataclass
from pathlib import Path

from hevesy.errors import RecordError
from hevesy.files import nearest
from hevesy.protocol import Action
from hevesy.store import Writer, record_kinds
from hevesy.store.tables import DataQuery
from hevesy.trial import DATA_CHECKS
from hevesy.workflows.study import open_study, permit

__all__ = ["QUERY_STATES", "StudyQuery", "answer_query", "close_query", "list_queries",
           "raise_query"]  # fmt: skip

QUERY_STATES = ("open", "answered", "closed")


@dataclass(frozen=True, slots=True, kw_only=True)
class StudyQuery:
    """A data query as it stands.

    Parameters
    ----------
    name, kind, record, words, state : str
    check : str
        The data check that it comes from; empty for a person's own.
    answer : str
    signed_by : tuple of str
        Who closed it.

    Examples
    --------
    >>> StudyQuery(name="query-1", kind="lesion", record="L1", words="which lobe?", state="open",
    ...            check="", answer="", signed_by=()).state
    'open'
    """

    name: str
    kind: str
    record: str
    words: str
    state: str
    check: str
    answer: str
    signed_by: tuple[str, ...]


def raise_query(
    folder: Path, kind: str, record: str, words: str, *, user: str, check: str = ""
) -> str:
    """Raise a query about a record.

    Parameters
    ----------
    folder : Path
        The study's.
    kind, record : str
        What it is about.
    words : str
        The question.
    user : str
    check : str
        One of `hevesy.trial.DATA_CHECKS`, where it comes from one.

    Returns
    -------
    str
        The query's name.

    Raises
    ------
    RecordError
        No such kind, record or check; no words; the same query is open already.

    Examples
    --------
    >>> raise_query(Path("no-such-folder"), "lesion", "L1", "which lobe?", user="mona")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    kinds = record_kinds()
    for word, allowed, what in (
        (kind, tuple(kinds), "kind of record"),
        (check, ("", *DATA_CHECKS), "data check"),
    ):
        if word not in allowed:
            near = nearest(word, allowed)
            raise RecordError(
                f"there is no such {what}",
                got=word[:60],
                allowed=", ".join(filter(None, allowed)),
                remedy=f'did you mean "{near}"?' if near else "name one of these",
            )
    _say(words, "a query needs words")
    with open_study(folder) as (_, store):
        permit(store, user, Action.QUERY)
        with store.writing(user) as writer:
            writer.get(kinds[kind], record)
            for other in writer.each(DataQuery, record=record, kind=kind):
                same = other.data_check == (check or None) and other.words == words.strip()
                if same and other.state != "closed":
                    raise RecordError(
                        "this query is raised already", got=other.id, remedy="answer or close it"
                    )
            made = writer.add(
                DataQuery(
                    id=f"query-{writer.count(DataQuery) + 1}",
                    kind=kind,
                    record=record,
                    words=words.strip(),
                    state="open",
                    data_check=check or None,
                )
            )
            return made.id


def answer_query(folder: Path, name: str, words: str, *, user: str) -> None:
    """Answer a query that is not closed; a second answer replaces the first, which stays on record.

    Parameters
    ----------
    folder : Path
        The study's.
    name : str
    words : str
    user : str

    Examples
    --------
    >>> answer_query(Path("no-such-folder"), "query-1", "left", user="cora")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    _say(words, "an answer needs words")
    with open_study(folder) as (_, store):
        permit(store, user, Action.QUERY)
        with store.writing(user, reason="answered") as writer:
            query = _not_closed(writer, name)
            writer.correct(
                DataQuery,
                name,
                expected_version=query.version,
                state="answered",
                answer=words.strip(),
            )


def close_query(folder: Path, name: str, *, user: str, passphrase: str, reason: str) -> None:
    """Close a query, signed.

    Parameters
    ----------
    folder : Path
        The study's.
    name : str
    user, passphrase : str
    reason : str
        Why it is settled.

    Examples
    --------
    >>> close_query(Path("no-such-folder"), "query-1", user="mona", passphrase="x", reason="y")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    _say(reason, "closing a query needs a reason")
    with open_study(folder) as (_, store):
        permit(store, user, Action.QUERY)
        with store.writing(user, reason=reason, passphrase=passphrase) as writer:
            query = _not_closed(writer, name)
            writer.correct(DataQuery, name, expected_version=query.version, state="closed")
            writer.sign(DataQuery, name, meaning="query closed")


def list_queries(folder: Path, *, closed: bool = False) -> tuple[StudyQuery, ...]:
    """Give the queries that are not closed, or all.

    Parameters
    ----------
    folder : Path
        The study's.
    closed : bool
        With the closed ones.

    Returns
    -------
    tuple of StudyQuery
        In the order in which they were raised.

    Examples
    --------
    >>> list_queries(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder, any_protocol=True) as (_, store), store.reading() as reader:
        found = sorted(reader.each(DataQuery), key=lambda one: (len(one.id), one.id))
        return tuple(
            StudyQuery(
                name=one.id,
                kind=one.kind,
                record=one.record,
                words=one.words,
                state=one.state,
                check=one.data_check or "",
                answer=one.answer or "",
                signed_by=tuple(s.signer for s in reader.signatures(DataQuery, one.id)),
            )
            for one in found
            if closed or one.state != "closed"
        )


def _say(words: str, problem: str) -> None:
    if not words.strip():
        raise RecordError(problem, remedy="say it in a few words")


def _not_closed(writer: Writer, name: str) -> DataQuery:
    query = writer.get(DataQuery, name)
    if query.state == "closed":
        raise RecordError("this query is closed", got=name[:60], remedy="raise a new one")
    return query
