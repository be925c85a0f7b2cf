"""`hevesy verify` tells what agrees, and fails when something does not."""

import importlib
import json
from dataclasses import replace

import pytest

from hevesy.cli import main

module = importlib.import_module("hevesy.workflows.verify")


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


def test_everything_agrees(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("verify", "--json") == 0
    checks = json.loads(capsys.readouterr().out)["checks"]
    assert all(check["passed"] for check in checks)
    assert {check["topic"] for check in checks} == {"nuclides", "time-activity", "dose"}
    by_name = {check["name"]: check for check in checks}
    # SNMMI 2021 challenge: the two numbers that the project promises
    kidney = by_name["left kidney, bi-exponential B = -A"]
    assert kidney["measured"] == pytest.approx(7593.75, abs=0.01)
    dose = by_name["left kidney of 233.6 g, mean dose"]
    assert dose["measured"] == pytest.approx(2.773, abs=0.001)


def test_a_number_that_is_off_fails(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    good = module.verify("dose")
    off = replace(good[0], measured=good[0].measured + 2 * good[0].tolerance)
    monkeypatch.setattr(module, "verify", lambda topic: (off, *good[1:]))
    assert run("verify", "dose") == 1
    out = capsys.readouterr().out
    assert "FAILED" in out
    assert f"{len(good) - 1} of {len(good)} agree" in out
