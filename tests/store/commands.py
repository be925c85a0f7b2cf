"""What the tests of a study's commands share."""

from collections.abc import Callable
from pathlib import Path

from hevesy.files import read_study

Run = Callable[..., tuple[int, str, str]]


def address_of(study: Path) -> str:
    url = read_study(study / "study.toml").url
    return url or f"sqlite:///{study / 'study.db'}"


def refused(done: tuple[int, str, str], *words: str) -> None:
    """One line, exit code 2, nothing else."""
    code, out, error = done
    assert code == 2, error
    assert out == ""
    assert error.startswith("hevesy: error: ")
    assert error.count("\n") == 1
    assert "; " in error
    for word in words:
        assert word in error, error
