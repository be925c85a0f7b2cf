"""Who acts on a study's records, where, and what is asked before it is written."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path

from hevesy.errors import CustodyError, TimeError
from hevesy.files import nearest
from hevesy.pharmacy import unit_slip_question
from hevesy.protocol import Action, StudyProtocol, check_permission
from hevesy.store import Writer
from hevesy.store.tables import Site
from hevesy.workflows.study import open_study

__all__ = ["acting", "confirm", "confirm_activity", "happened", "site_of"]

_CLOCKS_DIFFER = timedelta(minutes=5)  # the clock of the device that was read, and this one's


@contextmanager
def acting(
    folder: Path,
    user: str,
    action: Action,
    *,
    reason: str = "",
    passphrase: str | None = None,
) -> Iterator[tuple[StudyProtocol, Writer]]:
    """Open a study to write, all of it or nothing, as somebody who may.

    Parameters
    ----------
    folder : Path
    user : str
    action : Action
        What is to be done; who may is one table.
    reason : str
    passphrase : str or None
        For a signature.

    Yields
    ------
    StudyProtocol, Writer
    """
    with (
        open_study(folder) as (study, store),
        store.writing(user, reason=reason, passphrase=passphrase) as writer,
    ):
        check_permission(user, writer.acting.roles, action)
        yield study.protocol, writer


def happened(writer: Writer, time: datetime, what: str) -> datetime:
    """Refuse what has not happened yet.

    Parameters
    ----------
    writer : Writer
    time : datetime
        Aware.
    what : str

    Returns
    -------
    datetime
        The same.

    Raises
    ------
    TimeError
        It is later than the study's clock, by more than clocks differ.
    """
    now = writer.now()
    if time > now + _CLOCKS_DIFFER:
        raise TimeError(
            f"the time of {what} has not come yet",
            got=time.isoformat(),
            allowed=f"until {now.isoformat(timespec='seconds')}",
            remedy="enter what was done; check date and zone",
        )
    return time


def confirm(question: str | None, *, confirmed: bool) -> None:
    """Ask about a value that looks like a slip; go on where it was confirmed.

    Parameters
    ----------
    question : str or None
    confirmed : bool
        By ``--yes-unit``.

    Raises
    ------
    CustodyError
        There is a question, and nobody confirmed the value.
    """
    if question is not None and not confirmed:
        raise CustodyError(question, remedy="correct it, or add --yes-unit if it is right")


def confirm_activity(
    activity_bq: float, *, expected_bq: float, ratio: float, what: str, confirmed: bool
) -> None:
    """Ask about an activity that is far from what the records let expect.

    Parameters
    ----------
    activity_bq : float
        As entered, Bq.
    expected_bq : float
        Bq.
    ratio : float
        Above 1: up to this many times more, or less, is plausible.
    what : str
        The activity's name, for the question.
    confirmed : bool
        By ``--yes-unit``.

    Raises
    ------
    CustodyError
        It is farther off, and nobody confirmed it.
    """
    question = unit_slip_question(
        activity_bq, low_bq=expected_bq / ratio, high_bq=expected_bq * ratio, what=what
    )
    confirm(question, confirmed=confirmed)


def site_of(writer: Writer, protocol: StudyProtocol, name: str | None) -> Site:
    """Find a site of the study; one of study.toml is entered with what is done there first.

    Parameters
    ----------
    writer : Writer
    protocol : StudyProtocol
    name : str or None
        May be left out where the study has one site only.

    Returns
    -------
    Site

    Raises
    ------
    CustodyError
        No such site, or several and none was named.
    """
    known = {site.name: site for site in protocol.sites}
    if name is None and len(known) == 1:
        name = next(iter(known))
    for site in writer.all(Site):
        if name is not None and name in {site.id, site.name}:
            return site
    if name in known:
        return writer.add(Site(id=name, name=name, timezone=known[name].timezone))
    near = nearest(name or "", list(known))
    raise CustodyError(
        "there is no such site" if name else "the study has several sites, and none was named",
        got=name,
        allowed=", ".join(known),
        remedy=f'did you mean "{near}"?' if near else "name one of them, or add it to study.toml",
    )
