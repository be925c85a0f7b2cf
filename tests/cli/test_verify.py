"""`hevesy verify` tells what agrees, and fails when something does not."""

import importlib
import json
from dataclasses import replace

import pytest

from hevesy.cli import main
from hevesy.penelope import has_penelope

module = importlib.import_module("hevesy.workflows.verify")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_everything_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "--json") == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert all(check["passed"] for check in checks)
    assert {check["topic"] for check in checks} == {"nuclides", "time-activity", "dose", "pharmacy"}
    by_name = {check["name"]: check for check in checks}
    # SNMMI 2021 challenge: the two numbers that the project promises
    kidney = by_name["left kidney, bi-exponential B = -A"]
    assert kidney["measured"] == pytest.approx(7593.75, abs=0.01)
    dose = by_name["left kidney of 233.6 g, mean dose"]
    assert dose["measured"] == pytest.approx(2.773, abs=0.001)
    assert all(
        check["difference"] == pytest.approx(check["measured"] - check["reference"])
        for check in checks
    )
    # the Monte Carlo engine: what the project promises to hold it against
    for words, count in {
        "collision stopping power of water": 6,
        "deposited and escaped over emitted energy": 1,
        "188Re all over soft tissue": 1,
        "188Re betas, energy within": 6,
        "90Y betas, energy within": 6,
        "90Y voxel of": 8,
        "188Re voxel of": 8,
        "90Y sphere of": 5,
        "from A to B": 1,
        "lower over upper half": 1,
        "steps of a third": 2,
        "voxels of an eighth": 2,
        "188Re sphere of 10 g in lung": 2 if has_penelope() else 0,
    }.items():
        assert sum(words in name for name in by_name) == count, words


def test_a_number_that_is_off_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = module.verify("nuclides")
    off = replace(good[0], measured=good[0].measured + 2 * good[0].tolerance)
    monkeypatch.setattr(module, "verify", lambda topic: (off, *good[1:]))
    assert run("verify", "nuclides") == 1
    out = capsys.readouterr().out
    assert "FAILED" in out
    assert f"{len(good) - 1} of {len(good)} agree" in out
