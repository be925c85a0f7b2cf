"""Who acts, and how they prove it: `--as`, HEVESY_USER, passphrases."""

import getpass
import os
import sys
from pathlib import Path

import typer

from hevesy.errors import AccessError

__all__ = ["NEW_PASSPHRASE_FILE", "PASSPHRASE_FILE", "STUDY", "USER", "acting_user", "passphrase"]

USER = typer.Option("--as", metavar="NAME", envvar="HEVESY_USER", help="Your name in the study.")
STUDY = typer.Option("--study", metavar="DIR", help="The study's folder.")
PASSPHRASE_FILE = typer.Option(
    "--passphrase-file",
    metavar="FILE",
    help="Your passphrase's first line; else HEVESY_PASSPHRASE, else it is asked for.",
)
NEW_PASSPHRASE_FILE = typer.Option(
    "--new-passphrase-file",
    metavar="FILE",
    help="The new passphrase; else HEVESY_NEW_PASSPHRASE, else it is asked for.",
)


def acting_user(name: str) -> str:
    """Refuse to act as nobody."""
    if not name.strip():
        raise AccessError(
            "a change needs somebody who makes it", remedy="give --as NAME, or set HEVESY_USER"
        )
    return name.strip()


def passphrase(path: Path | None, *, new: bool = False) -> str:
    """Read a passphrase from a file, the environment, or the keyboard."""
    variable = "HEVESY_NEW_PASSPHRASE" if new else "HEVESY_PASSPHRASE"
    option = "--new-passphrase-file" if new else "--passphrase-file"
    if path is not None:
        try:
            return path.read_text("utf-8").splitlines()[0]
        except (OSError, UnicodeDecodeError, IndexError) as error:
            raise AccessError(
                f"the file of {option} can't be read",
                got=type(error).__name__,
                remedy="give a file whose first line is the passphrase",
            ) from None
    if variable in os.environ:
        return os.environ[variable]
    if not sys.stdin.isatty():
        raise AccessError(
            f"{'a new' if new else 'this is signed, and needs a'} passphrase",
            remedy=f"run it in a terminal, or give {option}, or set {variable}",
        )
    asked = "New passphrase: " if new else "Your passphrase: "
    given = getpass.getpass(asked)
    if new and getpass.getpass("Once more: ") != given:
        raise AccessError("the two are not the same", remedy="give the new passphrase again")
    return given
