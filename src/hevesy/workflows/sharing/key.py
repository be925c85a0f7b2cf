"""The secret key of a sharing copy: read, or made where there is none."""

import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hevesy.errors import AccessError
from hevesy.trial.sharing import SharingKey

__all__ = ["KEY_VARIABLE", "sharing_key"]

KEY_VARIABLE = "HEVESY_SHARING_KEY"
_BYTES = 32
_MOST_SIGNS = 4096


@contextmanager
def sharing_key(path: Path | None, *, out: Path) -> Iterator[SharingKey]:
    """Give the key of a file, or of the environment; make the file where it is not there.

    A key that was made stays only if the block ends well.

    Parameters
    ----------
    path : Path or None
        None takes the environment's.
    out : Path
        The copy: no key may lie in it.

    Yields
    ------
    SharingKey

    Raises
    ------
    AccessError
        There is no key, it is no key, others may read it, or it would lie in the copy.
    """
    if path is None:
        yield _parse(os.environ.get(KEY_VARIABLE, ""), KEY_VARIABLE)
        return
    if path.resolve().is_relative_to(out.resolve()):
        raise AccessError(
            "the key would lie in the copy",
            got=path.name,
            remedy="give --key a file elsewhere: who has both can undo the shift",
        )
    if path.exists():
        yield _read(path)
        return
    made = secrets.token_bytes(_BYTES)
    _write(path, made)
    try:
        yield SharingKey(secret=made)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _parse(text: str, where: str) -> SharingKey:
    try:
        secret = bytes.fromhex(text.strip())
    except ValueError:
        secret = b""
    if len(secret) < _BYTES:
        raise AccessError(
            f"there is no key in {where}",
            allowed=f"{2 * _BYTES} hexadecimal digits or more",
            remedy="give --key FILE; a file that is not there is made",
        )
    return SharingKey(secret=secret)


def _read(path: Path) -> SharingKey:
    try:
        with path.open(encoding="ascii") as file:
            key = _parse(file.read(_MOST_SIGNS), "the file of --key")
        mode = stat.S_IMODE(path.stat().st_mode)
    except (OSError, UnicodeDecodeError) as error:
        raise AccessError(
            "the file of --key can't be read",
            got=type(error).__name__,
            remedy="give a file that this command made",
        ) from None
    if mode & 0o077:  # of a key alone: of another file nobody is told to change the rights
        raise AccessError(
            "others may read the key",
            got=f"{mode:04o}",
            allowed="0600",
            remedy=f"chmod 600 {path.name}",
        )
    return key


def _write(path: Path, secret: bytes) -> None:
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise AccessError(
            "the file of --key can't be made",
            got=str(error.strerror),
            remedy="give a file in a folder that may be written to",
        ) from None
    with os.fdopen(descriptor, "w") as file:
        file.write(secret.hex() + "\n")
        file.flush()
        os.fsync(file.fileno())
