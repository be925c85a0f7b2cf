"""`hevesy pharmacy` on a study's records, by its real `main`, on both databases."""

import itertools
import json
import runpy
import shutil
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from hevesy.errors import HevesyError
from hevesy.store import tables as t
from hevesy.workflows.custody.release import decide
from hevesy.workflows.study import open_study, with_address
from tests.store.chain_study import READ, TEST, at, call, record
from tests.store.conftest import run_on
from tests.store.study import PASSPHRASE

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "preparation" / "study.py"
Done = tuple[int, str, str]
Run = Callable[..., Done]
_numbers = itertools.count()


@pytest.fixture(autouse=True)
def _known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEVESY_PASSPHRASE", PASSPHRASE)
    monkeypatch.setenv("HEVESY_NEW_PASSPHRASE", PASSPHRASE)
    monkeypatch.delenv("HEVESY_USER", raising=False)
    monkeypatch.delenv("HEVESY_DEBUG", raising=False)


@pytest.fixture
def study(
    dialect: str,
    request: pytest.FixtureRequest,
    chained: Callable[[str], Path],
    tmp_path: Path,
    _known: None,
) -> Path:
    source = chained(dialect)
    shutil.copytree(source, tmp_path / "s")
    if dialect == "postgresql":
        address = request.getfixturevalue("postgresql")
        name = f"chain_{next(_numbers)}"
        run_on(address, f"CREATE DATABASE {name} TEMPLATE chained")
        toml = tmp_path / "s" / "study.toml"
        toml.write_text(with_address(toml.read_text(), f"{address}/{name}"))
    return tmp_path / "s"


@pytest.fixture
def run(study: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    def go(command: str, *words: object) -> Done:
        capsys.readouterr()
        code = call("pharmacy", *command.split(), *words, "--study", study)
        said = capsys.readouterr()
        return code, said.out, said.err

    return go


def audit_length(study: Path) -> int:
    with open_study(study) as (_, store), store.reading() as reader:
        return reader.count(t.Signature) + sum(
            len(reader.history(kind, row.id))
            for kind in (t.Administration, t.QualityTest)
            for row in reader.all(kind)
        ) + sum(
            reader.count(kind)
            for kind in (t.Generator, t.Elution, t.Batch, t.BatchStep, t.Vial, t.Withdrawal,
                         t.Dispatch, t.Receipt, t.Syringe, t.Injection, t.ReleaseDecision)
        )  # fmt: skip


def refused(done: Done, *words: str) -> None:
    """One line, exit code 2, nothing else."""
    code, out, error = done
    assert code == 2, (out, error)
    assert out == ""
    assert error.startswith("hevesy: error: ")
    assert error.count("\n") == 1
    assert "; " in error, error
    for word in words:
        assert word in error, error


def json_of(done: Done) -> dict[str, object]:
    assert done[0] == 0, done
    found: dict[str, object] = json.loads(done[1])
    return found


def dispense(**other: object) -> list[object]:
    given = {
        "as": "yann", "vial": "V1", "volume": "1 mL", "activity": "650 MBq",
        "measured": at("08:10"), "uncertainty": "3 %", "container": "5 mL syringe",
        "shield": "W", **other,
    }  # fmt: skip
    return [word for key, value in given.items() for word in (f"--{key}", value)]


def inject(**other: object) -> list[object]:
    given = {
        "as": "ines", "inclusion": "P1-1", "syringe": "S1", "lesion": "P1-L", "passes": "P1-L=2",
        "pre": "1.27 GBq", "pre-time": at("08:30"), "start": at("08:40"), "end": at("08:45"),
        "post": "100 MBq", "post-time": at("08:50"), "uncertainty": "3 %", **other,
    }  # fmt: skip
    return [word for key, value in given.items() if value for word in (f"--{key}", value)]


def test_the_example_ends_in_a_recall(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", ["study.py", str(tmp_path / "day")])
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    said, errors = capfd.readouterr()
    assert errors.count("\n") == 1
    assert "can't be conditionally released: got 'radio-TLC: 84.9 %" in errors
    assert "test B-1-Q3, radio-TLC: 85.0 %, passed" in said
    # 3.21 GBq half an hour on, less 0.2 GBq carried 12 min back: 3145.3 - 201.6
    assert "injected: 2943.6 MBq ± 88 MBq" in said
    listed = said[said.index("batch B-1: mark as recalled") :]
    for words in ("syringe S-1: if not injected", "patient P-012: inform the investigator",
                  "site Shanghai East Hospital", "All agrees."):  # fmt: skip
        assert words in listed
    assert (tmp_path / "day" / "S-1.png").read_bytes()[:4] == b"\x89PNG"


def test_figures_by_hand(run: Run) -> None:
    """188Re halves in 17.0040 h (ICRP-107): what is carried, is carried by 2^(-t/T)."""
    half_h = 17.0040

    def later(hours: float) -> float:
        return float(2 ** (-hours / half_h))

    first = json_of(run("dispense S2 --json", *dispense()))
    assert first["left_ml"] == pytest.approx(2.0)
    # 3400 MBq at 07:00, less 1300 at 08:00, to 08:10, less 650; half-life to 1e-4: 1e-5 in 1 h
    assert first["left_mbq"] == pytest.approx(
        3400 * later(70 / 60) - 1300 * later(10 / 60) - 650, rel=1e-5
    )
    done = json_of(run("inject A1 --json", *inject()))
    net = 1270 * later(10 / 60) - 100 / later(10 / 60)
    assert done["net_mbq"] == pytest.approx(net, rel=1e-5)
    assert done["administered_mbq"] == pytest.approx(net * later(5 / 60), rel=1e-5)
    more = json_of(run(
        "inject A1 --json", *inject(
            syringe="S2", inclusion="", pre="640 MBq", start=at("08:55"), end=at("08:57"),
            post="", **{"post-time": "", "prescribed": "3 GBq"},
        )
    ))  # fmt: skip
    both = net * later(17 / 60) + 640 * later(27 / 60)
    assert more["administered_mbq"] == pytest.approx(both, rel=1e-5)
    assert more["kind"] == "gross"
    warnings = " ".join(more["warnings"])  # type: ignore[arg-type]
    assert "gross, not net" in warnings
    assert "of 3000 MBq prescribed" in warnings
    closed = json_of(run(
        "withdraw V1 --json", "--as", "yann", "--purpose", "residual", "--volume", "2 mL",
        "--activity", "1.2 GBq", "--measured", at("09:00"), "--uncertainty", "3 %",
    ))["balance"]  # fmt: skip
    assert isinstance(closed, dict)
    parts = (closed[f"{key}_mbq"] for key in ("dispensed", "sampled", "wasted", "left"))
    assert sum(parts) + closed["difference_mbq"] == pytest.approx(3400, rel=1e-12)
    assert closed["dispensed_mbq"] == pytest.approx(
        1300 / later(1) + 650 / later(70 / 60), rel=1e-5
    )
    refused(run("dispense S3", *dispense(measured=at("09:10"))), "books of vial V1 are closed")


def test_the_way_and_the_walk(run: Run) -> None:
    send = ("--as", "ada", "--to", "Hospital", "--activity", "3.2 GBq", *READ, "--at", at("08:05"))
    assert run("dispatch V4", *send)[0] == 0
    refused(run("dispense S4", *dispense(vial="V4")), "vial V4 is under way", "receive")
    refused(run("dispatch V4", *send), "is under way")
    arrive = ("--as", "yann", "--at", at("09:00"), "--measured", at("09:05"),
              "--uncertainty", "3 %", "--activity")  # fmt: skip
    refused(run("receive V4-T1", *arrive, "86 MBq"), "were 86 mCi (3182 MBq) meant?", "--yes-unit")
    got = json_of(run("receive V4-T1 --json", *arrive, "3 GBq"))
    expected = 3200 * 2 ** (-65 / 60 / 17.0040)
    assert got["expected_mbq"] == pytest.approx(expected, rel=1e-5)
    # both readings have 3 % of themselves
    sigma = 0.03 * (expected**2 + 3000**2) ** 0.5
    assert got["difference_sigmas"] == pytest.approx((3000 - expected) / sigma, rel=1e-4)
    refused(run("receive V4-T1", *arrive, "3 GBq"), "arrived already")
    refused(run("dispatch V4", *send), "is at this site already")
    assert (
        run("dispense S4", *dispense(vial="V4", measured=at("09:10"), activity="600 MBq"))[0] == 0
    )
    assert run("inject A1", *inject())[0] == 0
    down = json_of(run("trace G1 --json"))["items"]
    assert {"kind": "patient", "name": "P1"} in down  # type: ignore[operator]
    assert {"kind": "syringe", "name": "S4"} in down  # type: ignore[operator]
    up = json_of(run("trace P1 --json"))["items"]
    names = [item["name"] for item in up]  # type: ignore[attr-defined]
    assert names == ["G1", "E3", "B1", "V1", "S1", "S1-I1"]
    for first, last in itertools.permutations(["G1", "B1", "S1", "P1"], 2):
        way = json_of(run(f"trace {first} --to {last} --json"))["items"]
        assert [way[0]["name"], way[-1]["name"]] == [first, last]  # type: ignore[index]
    refused(run("trace B2 --to P1"), "no way leads from this batch to that patient")
    refused(run("trace nothing"), "nothing in the chain is so named")
    refused(run("recall P1"), "a patient is not recalled")
    said = run("recall B4")[1]
    assert "site Hospital: inform it" in said
    assert "patient" not in said
    assert "patient P1: inform" in run("recall E3")[1]


def test_a_recall_names_whom_a_syringe_was_labelled_for(run: Run) -> None:
    for name, subject in (("S5", "P2"), ("S6", "P1"), ("S7", None)):
        more = ("--subject", subject) if subject else ()
        assert run(f"dispense {name}", *dispense(measured=at("08:15")), *more)[0] == 0
    told = "patient P2: labelled for, not injected (syringe S5)"
    for start in ("G1", "E3", "B1", "V1", "S5"):
        assert told in run(f"recall {start}")[1]
    only = [{"syringe": "S5", "patient": "P2"}, {"syringe": "S6", "patient": "P1"}]
    assert json_of(run("recall B1 --json"))["labelled_not_injected"] == only
    assert json_of(run("recall S7 --json"))["labelled_not_injected"] == []
    assert run("inject A1", *inject(), "--syringe", "S6")[0] == 0
    found = json_of(run("recall B1 --json"))
    assert found["labelled_not_injected"] == only[:1]
    concerned = [one["name"] for one in found["concerned"] if one["kind"] == "patient"]  # type: ignore[attr-defined]
    assert concerned == ["P1"]


def test_a_late_failure(run: Run) -> None:
    late = ("--as", "cleo", "--sampled", at("07:05"), "--result", at("08:00", 12))
    before = json_of(run("test B1 sterility --json", "--words", "growth", *late))
    assert before["demanded"] == "recalled"  # a syringe was drawn
    assert json_of(run("test B4 sterility --json", "--words", "growth", *late))["demanded"] == (
        "rejected"
    )
    after = dispense(measured=at("09:00", 12))
    refused(run("dispense S9", *after), "past its expiry")
    refused(run("dispatch V4", "--as", "ada", "--to", "Hospital", "--activity", "3 GBq", *READ,
                "--at", at("08:05")), "a test failed")  # fmt: skip
    decision = ("--as", "dana", "--reason", "growth")
    refused(run("release B1 reject", *decision, "--at", at("09:00", 12)), "left the pharmacy")
    assert run("release B1 recall", *decision, "--at", at("09:00", 12))[0] == 0
    # the injection was before the recall: it is entered, or the patient would not be found
    done = json_of(run("inject A1 --json", *inject()))
    assert "batch B1 was usable at the injection; by now: recalled" in done["warnings"]  # type: ignore[operator]
    assert "patient P1: inform" in run("recall B1")[1]


REFUSALS: list[tuple[str, list[object], tuple[str, ...]]] = [
    ("dispense X", dispense(vial="V2"), ("can't be used for the dispensing", "quarantine")),
    ("dispense X", dispense(vial="V3"), ("can't be used for the dispensing", "recalled")),
    ("dispense X", dispense(measured=at("14:40")), ("past its expiry", "14:40:00")),
    ("dispense X", dispense(measured=at("07:20")), ("can't be used", "quarantine")),
    ("dispense X", dispense(volume="4 mL"), ("more was drawn than", "'4 mL'", "at most 3 mL")),
    ("dispense X", [*dispense(activity="2.4 GBq"), "--yes-unit"], ("more was drawn than",)),
    ("dispense X", dispense(activity="17.6 MBq"), ("were 17.6 mCi (651.2 MBq) meant?", "--yes")),
    ("dispense X", dispense(measured="2024-03-07T08:10"), ("has no time zone",)),
    ("dispense S1", dispense(), ("of this number already", "S1")),
    ("dispense X", dispense(vial="V9"), ("no such vial",)),
    ("dispense X", dispense(device="D9"), ("no such device",)),
    ("dispense X", dispense(subject="P9"), ("is no patient of the study",)),
    ("dispense X", dispense(uncertainty="3"), ("needs a number and a unit",)),
    ("dispense X", [*dispense(), "--label", "x.gif"], ("gif",)),
    ("inject A1", inject(start=at("14:50"), end=at("14:55"), **{"post-time": at("15:00")}),
     ("past its expiry at the injection",)),
    ("inject A1", inject(end=at("14:50"), **{"post-time": at("15:00")}), ("past its expiry",)),
    ("inject A1", inject(**{"post-time": at("08:42")}), ("before the injection was over",)),
    ("inject A1", inject(post=""), ("needs its activity and its time",)),
    ("inject A1", inject(post="1.3 GBq"), ("not less than what the syringe held",)),
    ("inject A1", inject(**{"pre-time": at("07:50")}), ("wrong order",)),
    ("inject A1", inject(pre="34.3 MBq", post="2.7 MBq"), ("were 34.3 mCi",)),
    ("inject A1", inject(inclusion=""), ("names no inclusion",)),
    ("inject A1", inject(inclusion="P2-1"), ("not found eligible",)),
    ("inject A1", inject(lesion="P2-L", passes="P2-L=1"), ("of another patient",)),
    ("inject A1", inject(passes="P1-L=0"), ("needle pass",)),
    ("inject A1", inject(passes="P1-L"), ("LESION=VALUE",)),
    ("inject A1", inject(reflux="X=5 %"), ("names a lesion that is not injected",)),
    ("inject A1", inject(lesion="P1-L=0.6"), ("must be 1 together",)),
    ("inject A1", inject(start="2024-10-27T02:30", timezone="Europe/Warsaw"), ("happened twice",)),
    ("inject A1", inject(start="2024-03-31T02:30", timezone="Europe/Warsaw"), ("2024-03-31",)),
    ("inject A1", inject(syringe="S9"), ("no such syringe",)),
    ("inject A1", inject(end="2199-01-01T00:00Z"), ("has not come yet",)),
    ("release B2 conditional", ["--as", "dana"], ("missing", "every test that is due")),
    ("release B1 approve", ["--as", "dana"], ("sterility: missing", "every test passed")),
    ("release B2 conditional", ["--as", "ada"], ("by who made or tested it", "ada")),
    ("release B1 recall", ["--as", "dana"], ("without a reason",)),
    ("release B1 reject", ["--as", "dana", "--reason", "x"], ("left the pharmacy",)),
    ("release B3 approve", ["--as", "dana"], ("is recalled and cannot become released",)),
    ("release B1 recal", ["--as", "dana"], ('did you mean "recall"',)),
    ("release B1 recall", ["--as", "dana", "--reason", "x", "--seen", "0"],
     ("decided on meanwhile", "1 decisions")),
    ("release B1 recall", ["--as", "dana", "--reason", "x", "--at", at("07:00")],
     ("signed for later than this",)),
    ("release B9 recall", ["--as", "dana", "--reason", "x"], ("no such batch",)),
    ("test B2 acidity", ["--as", "cleo", "--value", "6", *TEST], ("no such test", "acidity")),
    ("test B2 pH", ["--as", "cleo", *TEST], ("is one number, words, or strips",)),
    ("test B2 pH", ["--as", "cleo", "--words", "good", *TEST], ("of the wrong kind",)),
    ("test B2 pH", ["--as", "cleo", "--value", "nan", *TEST], ("finite",)),
    ("test B2 pH", ["--as", "cleo", "--value", "6", "--sampled", at("07:05"), "--result",
                    at("07:00")], ("wrong order",)),
    ("invalidate B1-Q1", ["--as", "cleo", "--reason", "x"], ("by who measured it",)),
    ("invalidate B1-Q1", ["--as", "dana", "--reason", "x", "--seen", "3"],
     ("changed meanwhile", "version 1")),
    ("invalidate B1-Q1", ["--as", "dana", "--reason", " "], ("needs a reason",)),
    ("dispatch V3", ["--as", "ada", "--to", "Hospital", "--activity", "3.2 GBq", *READ, "--at",
                     at("08:05")], ("can't be sent", "recalled")),
    ("dispatch V2", ["--as", "ada", "--to", "Workshop", "--activity", "3.2 GBq", *READ, "--at",
                     at("08:05")], ("is at this site already",)),
    ("dispatch V2", ["--as", "ada", "--to", "Hospitl", "--activity", "3.2 GBq", *READ, "--at",
                     at("08:05")], ('did you mean "Hospital"',)),
    ("dispatch V2", ["--as", "ada", "--to", "Hospital", "--activity", "3.2 GBq", *READ, "--at",
                     at("07:55")], ("wrong order",)),
    ("withdraw V2", ["--as", "ada", "--purpose", "gift", "--volume", "1 mL", "--activity",
                     "600 MBq", *READ], ("nothing is withdrawn for this",)),
    ("elute E3", ["--as", "ada", "--generator", "G1", "--at", at("06:00", 8), "--measured",
                  at("06:10", 8), "--activity", "19 GBq", "--volume", "9 mL", "--uncertainty",
                  "2 %"], ("one time or one number",)),
    ("elute E4", ["--as", "ada", "--generator", "G1", "--at", at("06:00", 8), "--measured",
                  at("06:10", 8), "--activity", "510 MBq", "--volume", "9 mL", "--uncertainty",
                  "2 %"], ("were 510 mCi (18870 MBq) meant?",)),
    ("elute E4", ["--as", "ada", "--generator", "G1", "--at", at("06:00", 2), "--measured",
                  at("06:10", 2), "--activity", "19 GBq", "--volume", "9 mL", "--uncertainty",
                  "2 %"], ("wrong order",)),
    ("generator G1", ["--as", "ada", "--site", "Workshop", "--parent", "37 GBq", "--uncertainty",
                      "5 %", "--daughter", "0 GBq", "--calibrated", at("06:00", 3), "--lot", "7"],
     ("there already",)),
    ("generator G2", ["--as", "ada", "--parent", "37 GBq", "--uncertainty", "5 %", "--daughter",
                      "0 GBq", "--calibrated", at("06:00", 3), "--lot", "7"],
     ("none was named", "Workshop, Hospital")),
    ("predict", ["--generator", "G1", "--parent", "3 GBq"], ("the one or the other",)),
    ("predict", ["--generator", "G1", "--at", at("06:00", 1)], ("needs elutions", "got 0")),
    ("dispense X", dispense(**{"as": "eve"}), ("nobody of this name",)),
    ("dispense X", dispense(**{"as": ""}), ("somebody who makes it",)),
]  # fmt: skip


def test_refusals(run: Run, study: Path) -> None:
    before = audit_length(study)
    for command, words, said in REFUSALS:
        refused(run(command, *words), *said)
    assert audit_length(study) == before


def test_refusals_of_records(run: Run, study: Path, tmp_path: Path) -> None:
    before = audit_length(study)
    good = record(tmp_path, "B5").read_text()
    cases = {
        good.replace('volume = "2 mL"', 'volume = "3 mL"'): ("eluate E3", "at most 2 mL"),
        record(tmp_path, "B5", used=6, held=5).read_text(): ("eluate E3", "at most 4000 MBq"),
        record(tmp_path, "B5", held=4.2).read_text(): ("the activity of batch B5 is 4200 MBq",),
        record(tmp_path, "B5", held=0.09).read_text(): ("were 90 mCi (3330 MBq) meant?",),
        good.replace('"reduction"', '"reducton"'): ("incomplete", "steps without reduction"),
        good.replace('"ben"', '"ada"'): ("performed and checked by one person",),
        good.replace('"ben"', '"eve"'): ("no such account",),
        good.replace("2024-05-01", "2024-03-01"): ("component past its expiry",),
        good.replace("T07:00:00Z", "T06:30:00Z"): ("measured before the batch was labelled",),
        good.replace("T07:00:00Z", "T07:00:00"): ("has no time zone",),
        good.replace("E3", "E9"): ("no such elution",),
        good.replace("[[vial]]", "[[vials]]"): ("did you mean `vial`?",),
        good.replace('gas = "CO"', "gas = 1"): ("must be a text",),
        "expires = 2024-03-08T07:00:00Z\n" + good: ("later than the study allows",),
        good + "[": ("not valid TOML",),
        good.replace('"V5"', '"V1"'): ("vial is there already",),
    }
    for text, words in cases.items():
        (tmp_path / "r.toml").write_text(text)
        refused(run("label B5", "--as", "ada", "--record", tmp_path / "r.toml"), *words)
    (tmp_path / "r.toml").write_text(good)
    refused(run("label B1", "--as", "ada", "--record", tmp_path / "r.toml"), "batch is there")
    refused(run("label B5", "--as", "ada", "--record", tmp_path / "no.toml"), "can't be read")
    for text, words in {
        "mm,counts\n0,5\n10,-3\n20,9\n": ("counts cannot be", "-3 at 10 mm"),
        "mm,counts\n0,5\n10,\n20,9\n": ("line 3",),
    }.items():
        (tmp_path / "strip.csv").write_text(text)
        refused(run("test B2 radio-TLC", "--as", "cleo", *TEST, "--trace", tmp_path / "strip.csv",
                    "--region", "product=0:15", "--region", "free=15:25"), *words)  # fmt: skip
    assert audit_length(study) == before
    other = record(tmp_path, "B5", gas="argon")
    made = json_of(run("label B5 --json", "--as", "ada", "--record", other))
    assert made["deviations"] == ["reduction: under argon, allowed: CO"]
    for test, value in (("pH", 6.2), ("radio-TLC", 91.5)):
        assert run(f"test B5 {test}", "--as", "cleo", "--value", value, *TEST)[0] == 0
    decision = ("--as", "dana", "--at", at("07:30"))
    refused(run("release B5 conditional", *decision), "has deviations and needs a reason")
    assert run("release B5 conditional", *decision, "--reason", "no harm")[0] == 0


def test_a_result_that_does_not_count_any_more(run: Run) -> None:
    assert run("dispense S2", "--subject", "P1", *dispense())[0] == 0
    assert run("invalidate B1-Q2", "--as", "dana", "--reason", "another batch's strip")[0] == 0
    refused(run("dispense S3", *dispense(measured=at("08:20"))), "radio-TLC: missing")
    done = json_of(run("inject A1 --json", *inject()))  # it was drawn before: entered, and said
    assert "does not count any more: radio-TLC: missing" in " ".join(done["warnings"])  # type: ignore[arg-type]


def test_what_was_known_when(run: Run) -> None:
    late = ("--as", "cleo", "--sampled", at("07:05"), "--result", at("07:50"), "--value")
    assert run("test B2 pH", *late, "6")[0] == 0
    assert run("test B2 radio-TLC", *late, "90")[0] == 0
    decision = ("release B2 conditional", "--as", "dana", "--at")
    refused(run(*decision, at("07:40")), "radio-TLC: missing")
    assert run(*decision, at("07:55"))[0] == 0


def test_a_syringe_of_another_patient(run: Run) -> None:
    assert run("dispense S2", "--subject", "P2", *dispense())[0] == 0
    other = inject(syringe="S2", pre="640 MBq", post="50 MBq")
    refused(run("inject A1", *other, "--yes-unit"), "S2 is labelled for another patient")


def test_two_people_at_once(study: Path) -> None:
    """Both have seen one decision; the second to come is told so."""
    barrier, outcomes = threading.Barrier(2), []

    def go(user: str, decision: str) -> None:
        barrier.wait()
        try:
            decide(study, "B4", decision, user=user, passphrase=PASSPHRASE, reason="x", seen=1)
            outcomes.append("done")
        except HevesyError as error:
            outcomes.append(str(error))

    threads = [threading.Thread(target=go, args=pair) for pair in
               (("dana", "recall"), ("ben", "reject"))]  # fmt: skip
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes.count("done") == 1
    assert any("decided on meanwhile by somebody else" in words for words in outcomes)
