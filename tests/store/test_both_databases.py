"""The same history on SQLite and on PostgreSQL gives the same records, hashes and answers.

The clock and the salts of passphrases are the tests' own here, so that nothing may differ.
"""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from benchmarks.chain_histories import make_base, play

from hevesy.files import read_study
from hevesy.store import record_kinds
from hevesy.workflows.custody.tracing import _TABLES
from hevesy.workflows.study import init_study, open_study
from hevesy.workflows.study_case import read_study_case
from tests.store import dose_study
from tests.store.cluster import run_on
from tests.store.commands import Run
from tests.store.conftest import Clock
from tests.store.study import PASSPHRASE

Both = Callable[[Callable[[Path, str | None], object]], tuple[Path, Path]]


def salted(passphrase: str) -> str:
    """Argon2 with one salt for all."""
    from argon2 import PasswordHasher

    return PasswordHasher().hash(passphrase, salt=b"the same for all")


@pytest.fixture
def both(postgresql: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Both:
    """Make a study by one function on both databases."""
    for room in ("hevesy.store.opening", "hevesy.workflows.people"):
        monkeypatch.setattr(f"{room}.hash_passphrase", salted)

    def make(script: Callable[[Path, str | None], object]) -> tuple[Path, Path]:
        name = f"both_{tmp_path.name[-12:].lower().replace('-', '_')}"
        run_on(postgresql, f"CREATE DATABASE {name} TEMPLATE template0")
        places = tmp_path / "sqlite", tmp_path / "postgresql"
        for place, url in zip(places, (None, f"{postgresql}/{name}"), strict=True):
            clock = Clock()
            monkeypatch.setattr("hevesy.workflows.study._clock", clock)
            monkeypatch.setattr(dose_study, "clock", clock)
            script(place, url)
        return places

    return make


def answers(run: Run, study: Path) -> dict[str, Any]:
    """What the commands say of all that is in a study."""
    found: dict[str, Any] = {}

    def ask(*words: object) -> Any:
        code, out, error = run(*words, "--json")
        key = " ".join(str(word) for word in words if word != study)
        found[key] = json.loads(out) if code == 0 else error
        return found[key]

    ask("trial", "check", study, "--audit")
    ask("user", "list", "--study", study)
    names: dict[str, list[str]] = {}
    for kind in record_kinds():
        shown = ask("trial", "show", kind, "--study", study)["records"]
        names[kind] = [record["name"] for record in shown]
        for name in names[kind][:1]:
            ask("trial", "show", kind, name, "--history", "--study", study)
    for kind, table in _TABLES.items():
        for name in names[str(table.__tablename__)][:2]:
            ask("pharmacy", "trace", f"{kind}:{name}", "--study", study)
            ask("pharmacy", "recall", f"{kind}:{name}", "--study", study)
    for name in names["generator"]:
        ask("pharmacy", "predict", "--generator", name, "--at", "2024-03-08T06:00Z", "--study",
            study)  # fmt: skip
    return found


def same(run: Run, studies: tuple[Path, Path]) -> dict[str, Any]:
    one, other = (answers(run, study) for study in studies)
    assert one.keys() == other.keys()
    for key, answer in one.items():
        assert answer == other[key], key
    assert one["trial check --audit"]["proved"]
    return one


def test_a_history_of_the_chain(run: Run, both: Both) -> None:
    def script(folder: Path, url: str | None) -> None:
        make_base(folder, url)
        _, counts = play(folder, Random(6), 60)
        assert counts["dispense passed"] > 1

    found = same(run, both(script))
    whole = [key for key, answer in found.items() if key.startswith("pharmacy trace")
             and len(answer["items"]) > 4]  # fmt: skip
    assert whole


def test_the_case_of_a_dose(run: Run, both: Both) -> None:
    def script(folder: Path, url: str | None) -> None:
        init_study(
            folder, template="imdendrim", user="ada", full_name="Ada", passphrase=PASSPHRASE,
            url=url,
        )  # fmt: skip
        dose_study.make_trial(folder)

    studies = both(script)
    same(run, studies)
    cases = []
    for study in studies:
        with open_study(study) as (_, store), store.reading() as reader:
            found = read_study_case(reader, read_study(study / "study.toml"), study, "A1")
        cases.append((found.source, repr(found.case).replace(str(study), "")))
    assert cases[0] == cases[1]
