"""Every command that writes, and every kind of record that is typed, tried as every role.

The commands are those of the command line itself: one without a call here fails.
"""

import hashlib
import itertools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import typer.main
from sqlalchemy import create_engine, text

from hevesy.cli import app
from hevesy.protocol import PERMISSIONS, Action, Role
from hevesy.store import record_kinds
from hevesy.store import tables as t
from hevesy.store.audit import row_text, stored_values
from hevesy.workflows.study import open_study, with_address
from hevesy.workflows.study_records import TYPED_KINDS
from tests.store.chain_study import TEST, at, record
from tests.store.cluster import run_on
from tests.store.command_calls import (
    CALLS,
    CORRECTIONS,
    NEW_STUDY,
    READS,
    READS_REACH,
    RECORDS,
    Call,
    prepare,
)
from tests.store.commands import Run, address_of, refused
from tests.store.study import PASSPHRASE

WRITERS = (
    Role.PHARMACIST, Role.PHYSICIST, Role.INVESTIGATOR, Role.STATISTICIAN, Role.ADMINISTRATOR,
)  # fmt: skip
_numbers = itertools.count()


@pytest.fixture(scope="session")
def everyone(
    request: pytest.FixtureRequest,
    chained: Callable[[str], Path],
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[str], Path]:
    """Give a study on which each call goes through; copied, never written to."""
    made: dict[str, Path] = {}

    def find(dialect: str) -> Path:
        if dialect not in made:
            folder = tmp_path_factory.mktemp("everyone") / "s"
            shutil.copytree(chained(dialect), folder)
            if dialect == "postgresql":
                _own_database(folder, request.getfixturevalue("postgresql"), "everyone", "chained")
            with pytest.MonkeyPatch.context() as patch:
                patch.setenv("HEVESY_PASSPHRASE", PASSPHRASE)
                patch.setenv("HEVESY_NEW_PASSPHRASE", PASSPHRASE)
                prepare(folder)
            made[dialect] = folder
        return made[dialect]

    return find


def _own_database(folder: Path, address: str, name: str, template: str) -> None:
    run_on(address, f"CREATE DATABASE {name} TEMPLATE {template}")
    toml = folder / "study.toml"
    toml.write_text(with_address(toml.read_text(), f"{address}/{name}"))


@pytest.fixture
def source(dialect: str, everyone: Callable[[str], Path]) -> Path:
    return everyone(dialect)


@pytest.fixture
def study(source: Path, dialect: str, request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    shutil.copytree(source, tmp_path / "s")
    if dialect == "postgresql":
        name = f"roles_{next(_numbers)}"
        _own_database(tmp_path / "s", request.getfixturevalue("postgresql"), name, "everyone")
    return tmp_path / "s"


def _commands() -> Iterator[tuple[str, bool]]:
    """Every command on a study, and whether it asks who acts."""

    def walk(command: object, words: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, (*words, name))
        options = [option for param in getattr(command, "params", []) for option in param.opts]
        places = [
            param.metavar
            for param in getattr(command, "params", [])
            if param.param_type_name == "argument"
        ]
        if words and ("--as" in options or "--study" in options or "DIR" in places):
            yield " ".join(words), "--as" in options

    yield from walk(typer.main.get_command(app), ())


def test_every_command_has_its_call() -> None:
    """Whoever adds a command, or a kind of record, says here who may."""
    found = dict(_commands())
    typed = {"trial record", "trial correct"}
    writing = {name for name, acts in found.items() if acts}
    assert writing == {*CALLS, *typed, NEW_STUDY}
    others = {name for name, acts in found.items() if not acts}
    rooms = {"pharmacy", "trial", "user"}
    assert {name for name in others if name.split()[0] in rooms} == set(READS)
    assert set(RECORDS) == set(CORRECTIONS) == set(TYPED_KINDS)


def _all_calls() -> dict[str, Call]:
    kinds = record_kinds()
    calls = dict(CALLS)
    for kind, words in RECORDS.items():
        name, changes = CORRECTIONS[kind]
        action = kinds[kind].__action__
        calls[f"trial record {kind}"] = Call(
            action=action, words=lambda study, w=words: [*w, "--study", study]
        )
        calls[f"trial correct {kind} {name}"] = Call(
            action=action,
            words=lambda study, w=changes: [*w, "--reason", "x", "--study", study],
            reaches="" if changes else "changes nothing",
        )
    # a changed study.toml stops all others
    return {name: calls[name] for name in sorted(calls, key=lambda name: name == "trial amend")}


def _rows(study: Path) -> int:
    engine = create_engine(address_of(study))
    with engine.connect() as connection:
        found = connection.execute(text("SELECT max(seq) FROM audit")).scalar_one()
    engine.dispose()
    return int(found)


def _put_back(study: Path, source: Path) -> None:
    for path in study.glob("study.db-*"):
        path.unlink()
    for name in ("study.db", "study.toml"):
        if (source / name).exists():
            shutil.copy(source / name, study / name)


def _may(call: Call, role: Role) -> bool:
    return call.action is None or role in PERMISSIONS[call.action]


def _went_through(done: tuple[int, str, str], call: Call) -> None:
    if call.reaches:
        refused(done, call.reaches)
    else:
        assert done[0] == 0, done


@pytest.mark.parametrize(
    ("dialect", "role"),
    [("sqlite", role) for role in Role] + [("postgresql", role) for role in WRITERS],
    indirect=["dialect"],
)
def test_every_call_as_every_role(
    run: Run, study: Path, source: Path, dialect: str, role: Role
) -> None:
    """On SQLite each call starts from the same study; on PostgreSQL they follow one another.

    What a role may is decided before any database: there, those who together may all of it do.
    """
    before, tried = _rows(source), 0
    last = before
    for name, call in _all_calls().items():
        words = call.words(study)
        done = run(*name.split(), *words, "--as", role)
        now = _rows(study)
        if _may(call, role):
            _went_through(done, call)
            jobs_alone = call.action in {Action.MAINTAIN, Action.SHARE}
            writes = not call.reaches and not jobs_alone
            assert (now > last) is writes, (name, now, last)
            tried += 1
        else:
            assert call.action is not None
            refused(done, f"{role} may not {call.action.value}")
            assert now == last, name
        last = now
        if dialect == "sqlite":
            _put_back(study, source)
            last = before
    assert tried == sum(_may(call, role) for call in _all_calls().values())


def test_reading_writes_nothing(run: Run, study: Path) -> None:
    before = _rows(study)
    for name, words in READS.items():
        done = run(*name.split(), *words(study))
        if name in READS_REACH:
            refused(done, READS_REACH[name])
        else:
            assert done[0] == 0, done
    assert _rows(study) == before


def test_nobody_acts(run: Run, study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a name, with one that the study does not know, and without the passphrase."""
    monkeypatch.delenv("HEVESY_USER")
    signed = {
        "pharmacy invalidate", "pharmacy release", "user add", "user role", "user passphrase",
        "trial amend", "trial query close", "trial threshold fix", "trial threshold unblind",
    }  # fmt: skip
    before = _rows(study)
    for name, call in _all_calls().items():
        refused(run(*name.split(), *call.words(study)), "somebody who makes it")
        refused(run(*name.split(), *call.words(study), "--as", "zoe"), "nobody of this name")
    monkeypatch.delenv("HEVESY_PASSPHRASE")
    for name in signed:
        user = "monitor" if name == "trial query close" else "root"
        user = "statistician" if name.startswith("trial threshold") else user
        words = [*name.split(), *CALLS[name].words(study), "--as", user]
        refused(run(*words), "is signed, and needs a passphrase")
        (study / "wrong").write_text("the words of another\n")
        refused(run(*words, "--passphrase-file", study / "wrong"), f"passphrase of {user} is wrong")
    assert _rows(study) == before


def test_two_people_sign(run: Run, study: Path, tmp_path: Path) -> None:
    """Each with a passphrase of their own; what is signed is what the other one made."""
    words = {"paul": "paul has six words of his", "petra": "and petra has others of her own"}
    files = {}
    for name, secret in words.items():
        files[name] = tmp_path / name
        files[name].write_text(secret + "\n")
        add = ("user", "add", name, "--role", "pharmacist", "--study", study, "--as", "root")
        assert run(*add, "--new-passphrase-file", files[name])[0] == 0

    def signed(person: str, *command: object, by: str = "") -> tuple[int, str, str]:
        own = ("--study", study, "--as", person, "--passphrase-file", files[by or person])
        return run("pharmacy", *command, *own)

    paul = ("--study", study, "--as", "paul")
    assert run("pharmacy", "label", "B5", "--record", record(tmp_path, "B5"), *paul)[0] == 0
    for test, value in (("pH", 6.2), ("radio-TLC", 84.9)):
        assert run("pharmacy", "test", "B5", test, "--value", value, *TEST, *paul)[0] == 0
    release = ("release", "B5", "conditional", "--at", at("07:30"))
    refused(signed("petra", *release), "radio-TLC: 84.9 %")
    refused(signed("petra", *release, by="paul"), "the passphrase of petra is wrong")
    spoilt = ("invalidate", "B5-Q2", "--reason", "the strip was torn")
    refused(signed("paul", *spoilt), "can't be declared invalid by who measured it")
    refused(signed("petra", *spoilt, by="paul"), "the passphrase of petra is wrong")
    assert signed("petra", *spoilt)[0] == 0
    again = ("pharmacy", "test", "B5", "radio-TLC", "--value", 91.5, *TEST, *paul)
    assert run(*again)[0] == 0
    refused(signed("paul", *release), "by who made or tested it", "paul")
    assert signed("petra", *release)[0] == 0
    assert signed("paul", "release", "B5", "recall", "--reason", "x")[0] == 0  # anybody may stop it
    with open_study(study) as (_, store), store.reading() as reader:
        decided = [reader.get(t.ReleaseDecision, f"B5-D{number}") for number in (1, 2)]
        result = reader.get(t.QualityTest, "B5-Q2")
        made = [(row, *reader.signatures(type(row), row.id)) for row in (*decided, result)]
    found = [(one.signer, one.meaning, one.record_version) for _, one in made]
    assert found == [
        ("petra", "conditionally released", 1), ("paul", "recalled", 1),
        ("petra", "declared invalid", 2),
    ]  # fmt: skip
    for row, signature in made:
        content = row_text(type(row), stored_values(row))
        assert signature.content_sha256 == hashlib.sha256(content.encode()).hexdigest()
    assert json.loads(run("trial", "check", study, "--audit", "--json")[1])["proved"]
