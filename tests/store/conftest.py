"""Every test of the store runs on both databases."""

import functools
import itertools
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import argon2
import pytest
import typer.main

from hevesy.store import Store, create_store, open_store
from tests.store.chain_study import chained  # noqa: F401 - a fixture
from tests.store.cluster import cluster, run_on, why_missing
from tests.store.study import PASSPHRASE, fill, founder, people, study

_numbers = itertools.count()


class Clock:
    """A clock of the tests' own: each reading is a second later."""

    def __init__(self) -> None:
        self.now = datetime(2026, 1, 9, 10, 30, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


def _make(address: str | Path) -> None:
    """A study with one person of each role and one record of every kind."""
    made = create_store(
        address, clock=Clock(), study=study(), founder=founder(), passphrase=PASSPHRASE
    )
    with made.writing("ada", passphrase=PASSPHRASE) as writer:
        for person in people():
            writer.add(person)
    fill(made)
    made.close()


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """Argon2 with its least costs: what it costs an attacker is not tested here."""
    with pytest.MonkeyPatch.context() as patch:
        cheap = functools.partial(argon2.PasswordHasher, time_cost=1, memory_cost=8, parallelism=1)
        patch.setattr(argon2, "PasswordHasher", cheap)
        yield


@pytest.fixture(scope="session", autouse=True)
def one_parser() -> Iterator[None]:
    """The command line's parser made once: it takes longer to make than a command to run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(typer.main, "get_command", functools.cache(typer.main.get_command))
        yield


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """Address of a cluster, or skip and say why."""
    if reason := why_missing():
        pytest.skip(reason)
    with cluster() as address:
        yield address


@pytest.fixture(scope="session")
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str | Path]:
    """Give the address of a study that is copied, never written to, made once."""
    made: dict[str, str | Path] = {}

    def find(dialect: str) -> str | Path:
        if dialect not in made:
            if dialect == "sqlite":
                made[dialect] = tmp_path_factory.mktemp("study") / "study.db"
            else:
                address = request.getfixturevalue("postgresql")
                run_on(address, "CREATE DATABASE filled TEMPLATE template0")
                made[dialect] = f"{address}/filled"
            _make(made[dialect])
        return made[dialect]

    return find


@pytest.fixture(params=["sqlite", "postgresql"])
def dialect(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def place(
    dialect: str, request: pytest.FixtureRequest, tmp_path: Path
) -> Callable[..., str | Path]:
    """Give a new database each time it is called: empty, or a copy of the filled one."""

    def find(*, filled: bool = False) -> str | Path:
        name = f"study_{next(_numbers)}"
        source = request.getfixturevalue("filled")(dialect) if filled else None
        if dialect == "sqlite":
            path = tmp_path / f"{name}.db"
            if isinstance(source, Path):
                shutil.copy(source, path)
            return path
        address = request.getfixturevalue("postgresql")
        template = "template0" if source is None else "filled"
        run_on(address, f"CREATE DATABASE {name} TEMPLATE {template}")
        return f"{address}/{name}"

    return find


@pytest.fixture
def clock() -> Clock:
    clock = Clock()
    clock.now += timedelta(days=30)
    return clock


@pytest.fixture
def store(place: Callable[..., str | Path], clock: Clock) -> Iterator[Store]:
    """A copy of the filled study, on either database."""
    opened = open_store(place(filled=True), clock=clock)
    yield opened
    opened.close()
