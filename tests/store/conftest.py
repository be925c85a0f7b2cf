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

from hevesy.cli import main
from hevesy.store import Store, create_store, open_store
from hevesy.workflows.study import init_study, with_address
from tests.store.chain_study import chained  # noqa: F401 - a fixture
from tests.store.cluster import cluster, run_on, why_missing
from tests.store.commands import Run
from tests.store.dose_study import make_trial
from tests.store.study import PASSPHRASE, fill, founder, people
from tests.store.study import study as small_study

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
        address, clock=Clock(), study=small_study(), founder=founder(), passphrase=PASSPHRASE
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


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("HEVESY_USER", "ada")
    monkeypatch.setenv("HEVESY_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("HEVESY_NEW_PASSPHRASE", PASSPHRASE)
    monkeypatch.delenv("HEVESY_DEBUG", raising=False)

    def call(*arguments: object) -> tuple[int, str, str]:
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture(scope="session")
def initiated(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    """Give a study's folder that is copied, never written to; each made once for each database."""
    made: dict[tuple[str, str], Path] = {}

    def find(dialect: str, address: str, kind: str = "initiated") -> Path:
        if (dialect, kind) not in made:
            folder = made[dialect, kind] = tmp_path_factory.mktemp(kind) / "s"
            url = None
            if address:
                run_on(address, f"CREATE DATABASE {kind} TEMPLATE template0")
                url = f"{address}/{kind}"
            init_study(
                folder,
                template="imdendrim",
                user="ada",
                full_name="Ada",
                passphrase=PASSPHRASE,
                url=url,
            )
            if kind == "trial":
                make_trial(folder)
        return made[dialect, kind]

    return find


@pytest.fixture
def copied(
    dialect: str,
    request: pytest.FixtureRequest,
    initiated: Callable[..., Path],
    tmp_path: Path,
) -> Callable[[str], Path]:
    def copy(kind: str) -> Path:
        address = request.getfixturevalue("postgresql") if dialect == "postgresql" else ""
        shutil.copytree(initiated(dialect, address, kind), tmp_path / "s")
        if address:
            name = f"commands_{next(_numbers)}"
            run_on(address, f"CREATE DATABASE {name} TEMPLATE {kind}")
            toml = tmp_path / "s" / "study.toml"
            toml.write_text(with_address(toml.read_text(), f"{address}/{name}"))
        return tmp_path / "s"

    return copy


@pytest.fixture
def study(copied: Callable[[str], Path]) -> Path:
    """A study's folder with its administrator `ada`."""
    return copied("initiated")


@pytest.fixture
def trial(copied: Callable[[str], Path]) -> Path:
    """A study's folder with people of every role, and a patient with one administration."""
    return copied("trial")
