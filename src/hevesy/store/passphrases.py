"""Passphrases: hashed by argon2id, checked, never kept."""

from hevesy.errors import AccessError

__all__ = ["check_passphrase", "hash_passphrase"]

_SHORTEST = 12


def hash_passphrase(passphrase: str) -> str:
    """Hash a new passphrase with argon2id and a salt of its own (RFC 9106, low-memory profile).

    Raises
    ------
    AccessError
        It is shorter than twelve characters.

    Examples
    --------
    >>> hash_passphrase("correct horse battery").startswith("$argon2id$")
    True
    """
    from argon2 import PasswordHasher

    if len(passphrase) < _SHORTEST:
        raise AccessError(
            "the passphrase is too short",
            got=f"{len(passphrase)} characters",
            allowed=f"{_SHORTEST} or more",
            remedy="choose several words",
        )
    return PasswordHasher().hash(passphrase)


def check_passphrase(user: str, passphrase: str, hashed: str) -> None:
    """Refuse a wrong passphrase.

    Parameters
    ----------
    user : str
        Their name in the study.
    passphrase : str
        As given.
    hashed : str
        From `hash_passphrase`.

    Raises
    ------
    AccessError
        It is wrong.

    Examples
    --------
    >>> check_passphrase("anna", "wrong words here", hash_passphrase("correct horse battery"))
    Traceback (most recent call last):
    ...
    hevesy.errors.AccessError: the passphrase of anna is wrong; ...
    """
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    try:
        PasswordHasher().verify(hashed, passphrase)
    except (VerificationError, InvalidHashError) as error:
        raise AccessError(
            f"the passphrase of {user} is wrong", remedy="nothing was signed; give it again"
        ) from error
