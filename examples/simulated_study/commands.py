"""The `hevesy` command, as a person would type it."""

import contextlib
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from hevesy.cli import main as hevesy


def say(text: str) -> None:
    """Write a line."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def run(*words: object, shown: bool = False, allowed: tuple[int, ...] = (0,)) -> str:
    """Run a command; give what it printed, or end if it failed."""
    out, err = io.StringIO(), io.StringIO()
    code = 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            hevesy([str(word) for word in words])
        except SystemExit as ended:
            code = int(ended.code or 0)
    if code not in allowed:
        line = " ".join(f'"{word}"' if " " in str(word) else str(word) for word in words)
        raise SystemExit(f"$ hevesy {line}\n{err.getvalue()}")
    if shown:
        line = " ".join(f'"{word}"' if " " in str(word) else str(word) for word in words)
        say(f"$ hevesy {line}\n{out.getvalue().rstrip()}")
    return out.getvalue()


def sets(**values: object) -> list[str]:
    """``--set key=value`` for each; a double underscore is a dot."""
    found = []
    for key, value in values.items():
        found += ["--set", f"{key.replace('__', '.')}={value}"]
    return found


@contextmanager
def passphrases(text: str) -> Iterator[None]:
    """One passphrase for all, as all here is made up."""
    names = ("HEVESY_PASSPHRASE", "HEVESY_NEW_PASSPHRASE")
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(dict.fromkeys(names, text))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
