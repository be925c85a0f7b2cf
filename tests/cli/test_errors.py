"""Every way a command can end: one line, an exit code, nothing half-written."""

import errno
import json
import signal
import subprocess
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from hevesy.cli import main
from hevesy.cli.console import terminal_control
from hevesy.errors import FitError, InputError, Interrupted
from tests.files.result_values import result


def run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return int(ended.value.code or 0)


@pytest.fixture
def workflows(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Stand-ins for the work, so that only the command line is tested."""
    module: Any = types.ModuleType("hevesy.workflows")
    module.run_dose = module.run_demo = module.run_demo_raw = lambda *_, **__: result()
    monkeypatch.setitem(sys.modules, "hevesy.workflows", module)
    monkeypatch.delenv("HEVESY_DEBUG", raising=False)
    return module


def fail_with(workflows: Any, error: BaseException) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    workflows.run_dose = fail


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1, captured.err
    assert captured.err.startswith("hevesy: error: ")
    return captured.err


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (InputError("unknown unit", got="Ci/m", remedy="write mCi"), 2, "got 'Ci/m'; write mCi"),
        (FitError("region 'liver' has no curve", remedy="add scans"), 1, "region 'liver'"),
        (Interrupted("interrupted", remedy="nothing was written"), 2, "nothing was written"),
        (KeyboardInterrupt(), 2, "interrupted; nothing was written"),
        (OSError(errno.ENOSPC, "No space left"), 2, "the disk is full"),
        (MemoryError(), 1, "not enough memory"),
        (ZeroDivisionError("JOHN DOE"), 1, "unexpected ZeroDivisionError in hevesy/cli/dose.py"),
        (PermissionError(errno.EACCES, "no"), 1, "unexpected PermissionError"),
    ],
)
def test_an_error_is_one_line_and_an_exit_code(
    workflows: Any,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    words: str,
) -> None:
    fail_with(workflows, error)
    assert run("dose", "case.toml", "--out", "out") == code
    line = one_line(capsys)
    assert words in line
    assert "JOHN DOE" not in line


@pytest.mark.parametrize("by", ["option", "environment"])
def test_debug_shows_the_traceback(
    workflows: Any, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, by: str
) -> None:
    fail_with(workflows, ZeroDivisionError("x"))
    arguments = ["dose", "case.toml", "--out", "out"]
    if by == "option":
        arguments.insert(0, "--debug")
    else:
        monkeypatch.setenv("HEVESY_DEBUG", "1")
    assert run(*arguments) == 1
    assert "Traceback" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing command; see hevesy --help"),
        (["dos"], "No such command 'dos'"),
        (["dose"], "CASE.toml"),
        (["dose", "case.toml"], "--out"),
        (["dose", "case.toml", "--outt", "x"], "--outt"),
        (["nuclide"], "Missing command; see hevesy nuclide --help"),
        (["nuclide", "show", "Xx-1"], "unknown nuclide"),
        (["nuclide", "decay", "Re-188", "1000 MBq", "-2 h"], "got '-2 h'"),  # no call for help
        (["nuclide", "decay", "Re-188", "-1000 MBq", "2 h", "--json"], "got '-1000 MBq'"),
        (["verify", "dos"], "unknown topic"),
    ],
)
def test_usage(capsys: pytest.CaptureFixture[str], arguments: list[str], words: str) -> None:
    assert run(*arguments) == 2
    assert words in one_line(capsys)


def test_help_and_version(capsys: pytest.CaptureFixture[str]) -> None:
    for arguments in (["--version"], ["--help"], ["-h"], ["dose", "--help"]):
        assert run(*arguments) == 0
        captured = capsys.readouterr()
        assert captured.err == ""
        assert "hevesy" in captured.out


@pytest.mark.parametrize("command", [("dose", "case.toml"), ("demo",)])
def test_a_table_or_json(
    workflows: Any, capsys: pytest.CaptureFixture[str], command: tuple[str, ...]
) -> None:
    assert run(*command, "--out", "out") == 0
    captured = capsys.readouterr()
    assert captured.err == ""
    for words in ("lesion 1", "liver", "one point", "smaller than two FWHM", "Research use only"):
        assert words in captured.out
    assert run(*command, "--out", "out", "--json") == 0
    written = json.loads(capsys.readouterr().out)
    assert written["regions"][0]["tia_mbq_h"] == 7593.7526


def test_stages_as_lines_on_request_only(
    workflows: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def work(*_: object, control: Any, **__: object) -> object:
        control.stage("reading the scans")
        control.advance(1, 2)
        return result()

    workflows.run_dose = work
    assert run("dose", "case.toml", "--out", "out") == 0
    assert capsys.readouterr().err == ""
    assert run("dose", "case.toml", "--out", "out", "--verbose") == 0
    assert "reading the scans" in capsys.readouterr().err
    assert run("dose", "case.toml", "--out", "out", "--verbose", "--quiet") == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_at_the_next_safe_place(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with terminal_control() as control:
        control.stage("one")
        assert not control.should_stop()
        signal.raise_signal(number)
        assert control.should_stop()
        for report in (lambda: control.stage("two"), lambda: control.advance(1, 2)):
            with pytest.raises(Interrupted):
                report()
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before


WORK = """
import sys, time, types
module = types.ModuleType("hevesy.workflows")
def run_dose(case, out, *, scans, control):
    from hevesy.files import staged_output
    with staged_output(out, owned=("result.json",)) as stage:
        stage.path("result.json").write_text("half")
        print("ready", flush=True)
        for step in range(600):
            time.sleep(0.05)
            control.advance(step, 600)
module.run_dose = run_dose
sys.modules["hevesy.workflows"] = module
from hevesy.cli import main
main(["dose", "case.toml", "--out", sys.argv[1]])
"""


LOADING = """
import os, signal, sys
class Finder:
    def find_spec(self, name, path, target=None):
        if name == "hevesy.cli":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
from hevesy.__main__ import main
main()
"""


def test_interrupted_while_the_command_is_still_loaded() -> None:
    def heed() -> None:  # a shell's background jobs have the signal ignored
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    done = subprocess.run(
        [sys.executable, "-c", LOADING],
        capture_output=True,
        text=True,
        check=False,
        preexec_fn=heed,
    )
    assert done.returncode == 2
    assert done.stderr == "hevesy: error: interrupted; nothing was written\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_process_leaves_nothing(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-c", WORK, str(tmp_path / "out")],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    process.send_signal(number)
    _, errors = process.communicate(timeout=20)
    assert process.returncode == 2
    assert errors == "hevesy: error: interrupted; nothing was written\n"
    assert list(tmp_path.iterdir()) == []
