"""The people of a study: added, given roles, their passphrases."""

from pathlib import Path

from hevesy.errors import AccessError
from hevesy.files import nearest
from hevesy.protocol import Role
from hevesy.store import hash_passphrase
from hevesy.store.tables import Account
from hevesy.workflows.study import open_study

__all__ = ["add_user", "change_passphrase", "list_users", "set_roles"]


def _roles(words: tuple[str, ...]) -> list[str]:
    known = [role.value for role in Role]
    for word in words:
        if word not in known:
            near = nearest(word, known)
            raise AccessError(
                "there is no such role",
                got=word,
                allowed=", ".join(known),
                remedy=f'did you mean "{near}"?' if near else "take one of these",
            )
    return [role.value for role in Role if role.value in words]


def list_users(folder: Path) -> tuple[Account, ...]:
    """Give the people of a study.

    Examples
    --------
    >>> list_users(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder) as (_, store), store.reading() as reader:
        return reader.all(Account)


def add_user(
    folder: Path,
    name: str,
    *,
    full_name: str,
    roles: tuple[str, ...],
    new_passphrase: str,
    user: str,
    passphrase: str,
    reason: str = "",
) -> Account:
    """Add a person; the administrator who does it signs.

    Parameters
    ----------
    folder : Path
    name, full_name : str
        The new person's.
    roles : tuple of str
    new_passphrase : str
        Theirs, to be changed by them.
    user, passphrase : str
        The administrator's.
    reason : str

    Returns
    -------
    Account

    Examples
    --------
    >>> add_user(
    ...     Path("x"), "paul", full_name="Paul", roles=("pharmacy",), new_passphrase="",
    ...     user="ada", passphrase="",
    ... )
    Traceback (most recent call last):
    ...
    hevesy.errors.AccessError: there is no such role: got 'pharmacy', ...
    """
    given = _roles(roles)
    with open_study(folder) as (_, store):
        hashed = hash_passphrase(new_passphrase)
        with store.writing(user, passphrase=passphrase, reason=reason) as writer:
            return writer.add(
                Account(id=name, full_name=full_name, roles=given, passphrase_hash=hashed)
            )


def set_roles(
    folder: Path,
    name: str,
    *,
    roles: tuple[str, ...],
    user: str,
    passphrase: str,
    reason: str,
) -> Account:
    """Give a person other roles, or none; the administrator who does it signs.

    Parameters
    ----------
    folder : Path
    name : str
        The person.
    roles : tuple of str
        All that they have from now on.
    user, passphrase : str
        The administrator's.
    reason : str

    Returns
    -------
    Account

    Raises
    ------
    AccessError
        The study would be left without an administrator.

    Examples
    --------
    >>> set_roles(
    ...     Path("no-such-folder"), "paul", roles=(), user="ada", passphrase="", reason="left"
    ... )
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    given = _roles(roles)
    with (
        open_study(folder) as (_, store),
        store.writing(user, passphrase=passphrase, reason=reason) as writer,
    ):
        old = writer.get(Account, name)
        changed = writer.correct(
            Account, name, expected_version=old.version, meaning="gave roles", roles=given
        )
        if not any(Role.ADMINISTRATOR in person.roles for person in writer.each(Account)):
            raise AccessError(
                "the study would be left without an administrator",
                got=name,
                remedy="make somebody else administrator first",
            )
        return changed


def change_passphrase(folder: Path, *, user: str, passphrase: str, new_passphrase: str) -> Account:
    """Give oneself another passphrase.

    Parameters
    ----------
    folder : Path
    user, passphrase : str
    new_passphrase : str

    Returns
    -------
    Account

    Examples
    --------
    >>> change_passphrase(
    ...     Path("no-such-folder"), user="ada", passphrase="", new_passphrase="")
    Traceback (most recent call last):
    ...
    hevesy.errors.StudyError: this folder holds no study: ...
    """
    with open_study(folder) as (_, store):
        hashed = hash_passphrase(new_passphrase)
        with store.writing(user, passphrase=passphrase, reason="own passphrase") as writer:
            old = writer.get(Account, user)
            return writer.correct(
                Account,
                user,
                expected_version=old.version,
                meaning="own passphrase",
                passphrase_hash=hashed,
            )
