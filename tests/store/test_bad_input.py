"""What must not be entered into the chain: each by the real command, on both databases."""

# ruff: noqa: F811 - fixtures that are imported are named by parameters

import contextlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from hevesy.files import read_study
from hevesy.store import tables as t
from hevesy.workflows.study import open_study, with_address
from tests.store.chain_study import DRAW, READ, TEST, at, call, record
from tests.store.cluster import run_on
from tests.store.test_chain import (
    Run,
    _known,  # noqa: F401 - a fixture
    audit_length,
    dispense,
    inject,
    refused,
    run,  # noqa: F401 - a fixture
    study,  # noqa: F401 - a fixture
)

ELUTE = {"as": "ada", "generator": "G1", "at": at("06:00", 8), "measured": at("06:12", 8),
         "activity": "19 GBq", "volume": "10 mL", "uncertainty": "3 %"}  # fmt: skip
SEND = {"as": "ada", "to": "Hospital", "at": at("08:05"), "measured": at("08:00"),
        "activity": "3.2 GBq", "uncertainty": "3 %"}  # fmt: skip
DRAWN = {"as": "yann", "purpose": "waste", "volume": "1 mL", "measured": at("08:10"),
         "activity": "650 MBq", "uncertainty": "3 %"}  # fmt: skip
MADE = {"as": "ada", "site": "Workshop", "parent": "37 GBq", "uncertainty": "5 %", "lot": "7",
        "daughter": "0 GBq", "calibrated": at("06:00", 3), "expires": at("06:00", 30)}  # fmt: skip


def words(given: dict[str, str], **other: str) -> list[str]:
    return [part for key, value in {**given, **other}.items() for part in (f"--{key}", value)]


def _times() -> list[tuple[str, Callable[[str], list[object]]]]:
    """Every time that a command of the chain takes."""
    found: list[tuple[str, Callable[[str], list[object]]]] = []
    for key in ("calibrated", "expires"):
        found.append(("generator G2", lambda when, key=key: [*words(MADE, **{key: when})]))  # type: ignore[misc]
    for key in ("at", "measured"):
        found.append(("elute E4", lambda when, key=key: [*words(ELUTE, **{key: when})]))  # type: ignore[misc]
        found.append(("dispatch V4", lambda when, key=key: [*words(SEND, **{key: when})]))  # type: ignore[misc]
        arrived = {k: v for k, v in SEND.items() if k != "to"}
        found.append(
            ("receive V4-T1", lambda when, key=key, a=arrived: [*words(a, **{key: when})])  # type: ignore[misc]
        )
    found.append(("withdraw V1", lambda when: [*words(DRAWN, measured=when)]))
    found.append(("dispense X", lambda when: dispense(measured=when)))
    for key in ("pre-time", "start", "end", "post-time"):
        found.append(("inject A1", lambda when, key=key: inject(**{key: when})))  # type: ignore[misc]
    for n in (1, 3):
        found.append(
            ("test B2 pH", lambda when, n=n: ["--as", "cleo", "--value", "6", *TEST[:n], when,
                                              *TEST[n + 1:]])  # type: ignore[misc]
        )  # fmt: skip
    found.append(("release B2 conditional", lambda when: ["--as", "dana", "--at", when]))
    return found


def test_times_without_a_zone_or_where_clocks_change(run: Run, study: Path, tmp_path: Path) -> None:
    """Naive; in the gap (31 March) and in the overlap (27 October) of Warsaw's clocks."""
    before = audit_length(study)
    for command, give in _times():
        refused(run(command, *give("2024-03-07T08:00")), "has no time zone")
        zone = ("--timezone", "Europe/Warsaw")
        refused(run(command, *give("2024-03-31T02:30"), *zone), "2024-03-31")
        refused(run(command, *give("2024-10-27T02:30"), *zone), "happened twice")
        refused(run(command, *give("soon"), *zone), "soon")
    label = ("label B5", "--as", "ada", "--record", tmp_path / "r.toml")
    text = record(tmp_path, "B5").read_text()
    for old in ("2024-03-07T06:12:00Z", "2024-03-07T06:20:00Z", "2024-03-07T06:40:00Z",
                "2024-03-07T07:00:00Z", "2024-05-01T00:00:00Z"):  # fmt: skip
        for new, head, said in (
            ("2024-03-07T06:12:00", "", "has no time zone"),
            ("2024-03-31T02:30:00", 'timezone = "Europe/Warsaw"\n', "2024-03-31"),
            ("2024-10-27T02:30:00", 'timezone = "Europe/Warsaw"\n', "happened twice"),
        ):
            (tmp_path / "r.toml").write_text(head + text.replace(old, new))
            refused(run(*label), said)
    assert audit_length(study) == before


def test_slips_of_the_unit(run: Run, study: Path, tmp_path: Path) -> None:
    """A value in mCi with MBq behind it, everywhere that one is entered."""
    before = audit_length(study)
    cases: list[tuple[str, list[object], str]] = [
        ("elute E4", [*words(ELUTE, activity="513 MBq")], "were 513 mCi"),
        ("dispatch V4", [*words(SEND, activity="86.5 MBq")], "were 86.5 mCi"),
        ("withdraw V1", [*words(DRAWN, activity="17.6 MBq")], "were 17.6 mCi"),
        ("dispense X", dispense(activity="17.6 MBq"), "were 17.6 mCi"),
        ("inject A1", inject(pre="34.3 MBq", post="2.7 MBq"), "were 34.3 mCi"),
        ("elute E4", [*words(ELUTE, activity="703 GBq")], "written as mCi"),
        ("elute E4", [*words(ELUTE, activity="19 MBq")], "were 19 GBq meant?"),
        ("generator G2", [*words(MADE, daughter="300 GBq")], "is it right?"),
        ("elute E4", [*words(ELUTE, activity="19")], "needs a number and a unit"),
        ("elute E4", [*words(ELUTE, activity="19 GBQ")], "unit"),
        ("elute E4", [*words(ELUTE, activity="19 Gy")], "unit"),
        ("elute E4", [*words(ELUTE, activity="-19 GBq")], "can't be negative"),
    ]
    for command, given, said in cases:
        refused(run(command, *given), said)
    path = record(tmp_path, "B5", held=0.092)
    refused(run("label B5", "--as", "ada", "--record", path), "were 92 mCi")
    assert audit_length(study) == before


def test_batches_that_must_not_be_used(run: Run) -> None:
    """Quarantine, recalled, expired, at the drawing and at the injection; more than there is."""
    refused(run("dispense X", *dispense(vial="V2")), "quarantine")
    refused(run("dispense X", *dispense(vial="V3")), "recalled")
    refused(run("dispense X", *dispense(measured=at("14:41"))), "past its expiry")
    refused(run("withdraw V1", *words(DRAWN, volume="3.1 mL", activity="1.9 GBq")),
            "more was drawn than", "at most 3 mL")  # fmt: skip
    refused(run("inject A1", *inject(end=at("14:41"), **{"post-time": at("14:45")})), "expiry")
    refused(run("inject A1", *inject(**{"post-time": at("08:44")})), "before the injection was")
    decision = ("release B1 recall", "--as", "dana", "--reason", "a leak", "--at")
    assert run(*decision, at("08:42"))[0] == 0
    refused(run("inject A1", *inject()), "can't be used for the injection", "recalled")
    earlier = inject(start=at("08:35"), end=at("08:41"))
    assert run("inject A1", *earlier)[0] == 0  # before it was known: the patient must be found


AT_ONCE = """
import json, sys, time
from pathlib import Path
from hevesy.cli import main
import hevesy.workflows.custody.labelling, hevesy.workflows.custody.dispensing
import hevesy.workflows.custody.release
folder, number = Path(sys.argv[1]), int(sys.argv[2])
for step, commands in enumerate(json.loads(sys.argv[3])):
    (folder / f"ready-{step}-{number}").touch()
    while not (folder / f"ready-{step}-{1 - number}").exists():
        time.sleep(0.001)
    try:
        main(commands[number])
    except SystemExit as ended:
        print("code", step, ended.code, file=sys.stderr)
"""


def at_once(folder: Path, steps: list[tuple[list[object], list[object]]]) -> list[str]:
    """Run pairs of commands in two processes that wait for each other before each of them."""
    folder.mkdir()
    asked = json.dumps([[[str(word) for word in one] for one in pair] for pair in steps])
    running = [
        subprocess.Popen(
            [sys.executable, "-c", AT_ONCE, str(folder), str(number), asked],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in (0, 1)
    ]
    return [one.communicate(timeout=300)[1] for one in running]


def test_two_processes_write_the_same_batch(study: Path, tmp_path: Path) -> None:
    """Of two identical new batches, decisions, and draws of the last drop, one is kept."""
    tail = ["--study", study]
    label = ["pharmacy", "label", "B5", *tail, "--as", "ada", "--record", record(tmp_path, "B5")]
    decide = ["pharmacy", "release", "B4", "recall", *tail, "--as", "dana", "--reason", "x",
              "--seen", "1"]  # fmt: skip
    rest = ["--vial", "V1", "--volume", "2 mL", "--activity", "1.28 GBq", *READ, *DRAW]
    one, other = (
        ["pharmacy", "dispense", name, *tail, "--as", "yann", *rest] for name in ("S8", "S9")
    )
    pairs = [(label, label), (decide, decide), (one, other)]
    said = at_once(tmp_path / "go", pairs)
    refusals = ("this batch is there already", "decided on meanwhile", "more was drawn than")
    for step, words_ in enumerate(refusals):
        codes = sorted(f"code {step} {code}" in text for text in said for code in (0, 2))
        assert codes == [False, False, True, True], said
        loser = next(text for text in said if f"code {step} 2" in text)
        (line,) = (line for line in loser.splitlines() if words_ in line)
        assert line.startswith("hevesy: error: ")
    for one_said in said:
        lines = [line for line in one_said.splitlines() if not line.startswith("code ")]
        assert len(lines) == one_said.count(" 2\n"), one_said
    with open_study(study) as (_, store), store.reading() as reader:
        assert len(reader.history(t.Batch, "B5")) == 1
        assert len(reader.all(t.Vial, batch="B5")) == 1
        assert len(reader.all(t.ReleaseDecision, batch="B4")) == 2
        assert len(reader.all(t.Syringe, vial="V1")) == 2
    assert call("trial", "check", study, "--audit") == 0


def address(study: Path) -> str:
    return read_study(study / "study.toml").url or f"sqlite:///{study / 'study.db'}"


def test_a_newer_database_is_left_alone(run: Run, study: Path) -> None:
    engine = create_engine(address(study))
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    engine.dispose()
    commands: list[list[object]] = [
        ["elute E4", *words(ELUTE)],
        ["dispense X", *dispense()],
        ["release B1 recall", "--as", "dana", "--reason", "x"],
        ["correct vial V1", "--as", "ada", "--set", "volume=4 mL", "--reason", "x"],
        ["recall B1"],
        ["trace B1"],
    ]
    for command in commands:
        refused(run(*command), "of a newer version: got '9999'", "use a newer hevesy")  # type: ignore[arg-type]


@pytest.fixture
def small() -> Iterator[Path]:
    """A disk of 40 MB that anybody may write to, or skip and say why.

    It is not in pytest's folder: the database's server is somebody else, and another run of pytest
    closes that folder to others.
    """
    place = Path(tempfile.mkdtemp(prefix="hevesy-disk-"))
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", "size=40m,mode=777", "tmpfs", str(place)]
    if not mount or subprocess.run([mount, *options], capture_output=True, check=False).returncode:
        place.rmdir()
        pytest.skip("this user may not mount a small disk")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)
    place.rmdir()


@contextlib.contextmanager
def on_disk(study: Path, small: Path, dialect: str, server: str) -> Iterator[Path]:
    """The study with its database on the small disk."""
    if dialect == "sqlite":
        shutil.copytree(study, small / "s")
        yield small / "s"
        return
    (small / "space").mkdir(mode=0o700)
    shutil.chown(small / "space", "nobody", "nogroup")
    run_on(server, f"CREATE TABLESPACE small LOCATION '{small / 'space'}'")
    run_on(server, "CREATE DATABASE on_small TEMPLATE chained TABLESPACE small")
    toml = study / "study.toml"
    toml.write_text(with_address(toml.read_text(), f"{server}/on_small"))
    try:
        yield study
    finally:
        (small / "filler").unlink(missing_ok=True)
        run_on(server, "DROP DATABASE on_small WITH (FORCE)")
        run_on(server, "DROP TABLESPACE small")


def test_a_full_disk(
    study: Path, small: Path, dialect: str, request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    server = request.getfixturevalue("postgresql") if dialect == "postgresql" else ""
    with on_disk(study, small, dialect, server) as folder:
        # long and hard to compress: it does not fit into pages that are there
        note = random.Random(7).randbytes(100_000).hex()
        command = ("pharmacy", "elute", "E4", "--study", folder, *words(ELUTE), "--note", note)
        before = audit_length(folder)
        with contextlib.suppress(OSError), (small / "filler").open("wb", buffering=0) as file:
            while file.write(b"0" * 4096):
                pass
        capsys.readouterr()
        code = call(*command)
        said = capsys.readouterr()
        refused((code, said.out, said.err), "disk", "is full", "make room")
        (small / "filler").unlink()
        assert audit_length(folder) == before
        assert call(*command) == 0
        assert call("trial", "check", folder, "--audit") == 0


def test_a_read_only_database(
    study: Path, small: Path, dialect: str, request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """A disk, or a user of the server, that only reads."""
    before = audit_length(study)
    command = ("pharmacy", "elute", "E4", *words(ELUTE), "--study")
    toml = study / "study.toml"
    whole = toml.read_text()
    folder = study
    if dialect == "sqlite":
        folder = small / "s"
        shutil.copytree(study, folder)
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
    else:
        server = request.getfixturevalue("postgresql")
        run_on(server, "CREATE ROLE reader LOGIN")
        run_on(server, "GRANT pg_read_all_data TO reader")
        toml.write_text(with_address(whole, address(study).replace("hevesy@", "reader@")))
        assert call("pharmacy", "trace", "B1", "--study", study) == 0
    capsys.readouterr()
    code = call(*command, folder)
    said = capsys.readouterr()
    words_ = "may be written to" if dialect == "sqlite" else "user may not do this"
    refused((code, said.out, said.err), words_)
    if dialect == "sqlite":
        subprocess.run(["mount", "-o", "remount,rw", str(small)], check=True)
    toml.write_text(whole)
    assert audit_length(folder) == before
    assert call(*command, folder) == 0
