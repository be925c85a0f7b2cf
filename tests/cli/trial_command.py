"""`hevesy trial ...` as it is called: exit code, answer and error."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from hevesy.cli import main


def run(arguments: Sequence[object], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["trial", *(str(word) for word in arguments)])
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def answer(arguments: Sequence[object], capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    code, out, err = run([*arguments, "--json"], capsys)
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


def refused(arguments: Sequence[object], capsys: pytest.CaptureFixture[str]) -> str:
    code, out, err = run(arguments, capsys)
    assert (code, out) == (2, "")
    assert err.startswith("hevesy: error: ")
    assert err.count("\n") == 1
    return err
