"""Random histories of the chain, drawn by Hypothesis, on both databases.

The steps, the ledger and the model of the rules are those of `benchmarks.chain_histories`, which
`make validate` runs at length.
"""

import functools
import itertools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from benchmarks import chain_page
from benchmarks.chain_histories import (
    CLOSE,
    HISTORIES,
    PAGE,
    STEPS,
    STORED,
    BrokenRuleError,
    check,
    cut_off,
    make_base,
    play,
    run_history,
)
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hevesy.store import tables as t
from hevesy.workflows.study import open_study, with_address
from tests.store.cluster import run_on

RANDOM = st.randoms(use_true_random=False)  # its choices are Hypothesis's, and shrink
_numbers = itertools.count()
few = functools.partial(
    settings,
    deadline=None,
    derandomize=True,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.large_base_example,  # the smallest history makes as many choices as any
    ],
)


@pytest.fixture(scope="session")
def base(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], Path]:
    """Give a study on which nothing was made yet; copied, never written to."""
    made: dict[str, Path] = {}

    def find(dialect: str) -> Path:
        if dialect not in made:
            made[dialect] = tmp_path_factory.mktemp("histories") / "s"
            url = None
            if dialect == "postgresql":
                address = request.getfixturevalue("postgresql")
                run_on(address, "CREATE DATABASE histories TEMPLATE template0")
                url = f"{address}/histories"
            make_base(made[dialect], url)
        return made[dialect]

    return find


@few(max_examples=7)
@given(random=RANDOM, steps=st.integers(20, 45))
def test_histories_on_sqlite(base: Callable[[str], Path], random: Random, steps: int) -> None:
    with TemporaryDirectory() as place:
        shutil.copytree(base("sqlite"), Path(place) / "s")
        found = run_history(Path(place) / "s", random, steps=steps, altered=3)
    assert found["worst"] < CLOSE


@few(max_examples=3)
@given(random=RANDOM, steps=st.integers(15, 30))
def test_histories_on_postgresql(
    base: Callable[[str], Path], postgresql: str, random: Random, steps: int
) -> None:
    with TemporaryDirectory() as place:
        folder, name = Path(place) / "s", f"history_{next(_numbers)}"
        shutil.copytree(base("postgresql"), folder)
        run_on(postgresql, f"CREATE DATABASE {name} TEMPLATE histories")
        toml = with_address((folder / "study.toml").read_text(), f"{postgresql}/{name}")
        (folder / "study.toml").write_text(toml)
        found = run_history(folder, random, steps=steps, altered=2)
        run_on(postgresql, f"DROP DATABASE {name}")
    assert found["worst"] < CLOSE


def test_the_ledger_would_notice(base: Callable[[str], Path], tmp_path: Path) -> None:
    """Activity from nowhere, by a person who may, within all rules of the database."""
    shutil.copytree(base("sqlite"), tmp_path / "s")
    ledger, counts = play(tmp_path / "s", Random(6), 60)
    assert counts["dispense passed"] > 1
    assert check(tmp_path / "s", ledger) < CLOSE
    with open_study(tmp_path / "s") as (_, store):
        with store.reading() as reader:
            syringe = reader.all(t.Syringe)[0]
        with store.writing("yann", reason="a slip") as writer:
            more_bq = syringe.activity_bq * 1.001
            writer.correct(t.Syringe, syringe.id, expected_version=1, activity_bq=more_bq)
    with pytest.raises(BrokenRuleError, match="Bq in the ledger"):
        check(tmp_path / "s", ledger)
    next(iter(ledger.batches.values())).state = "released somehow"
    with pytest.raises(BrokenRuleError, match="should be"):
        check(tmp_path / "s", ledger)
    cut_off(tmp_path / "s", Random(1))


def test_the_long_run_that_is_stored() -> None:
    stored = json.loads(STORED.read_text("utf-8"))
    assert set(stored["databases"]) == {"SQLite", "PostgreSQL"}
    for one, histories in zip(stored["databases"].values(), HISTORIES.values(), strict=True):
        assert (one["histories"], one["cut_off_found"]) == (histories, histories)
        assert one["broken"] == []
        assert one["worst_relative_difference"] < CLOSE
        passed = {name.split()[0] for name in one["steps"] if name.endswith("passed")}
        assert passed >= {"generator", "elute", "label", "test", "invalidate", "decide",
                          "dispatch", "receive", "dispense", "withdraw", "inject"}  # fmt: skip
    assert PAGE.read_text("utf-8") == chain_page.page(stored, steps=STEPS, close=CLOSE)
