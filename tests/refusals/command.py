"""The real command, run and judged."""

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from hevesy.cli import main
from tests.refusals.patient import IDENTIFIERS

OUTPUTS = ("result.json", "report.html", "report.pdf", "dose.nii.gz", "rtdose.dcm", "seg.dcm")
SECONDS = 120  # far more than it takes: a command that hangs ends the test, not the run


def run_process(case: Path, out: Path) -> subprocess.CompletedProcess[str]:
    """`hevesy dose` in a process of its own."""
    command = [sys.executable, "-m", "hevesy", "dose", str(case), "--out", str(out)]
    return subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)


def run_here(
    case: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> subprocess.CompletedProcess[str]:
    """`hevesy dose` by its `main`, in this process."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(case), "--out", str(out)])
    said = capsys.readouterr()
    return subprocess.CompletedProcess([], int(ended.value.code or 0), said.out, said.err)


def contents(folder: Path) -> dict[str, bytes | None]:
    """Every file and folder below, with its bytes."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }


def write_earlier_result(out: Path) -> None:
    """What an earlier run left, under all final names."""
    out.mkdir()
    for name in OUTPUTS:
        (out / name).write_text(f"an earlier {name}")


def assert_refused(done: subprocess.CompletedProcess[str], words: Sequence[str]) -> None:
    """One line that says it, exit code 2, nothing else, nobody's name."""
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("hevesy: error: "), done.stderr
    assert done.stderr.count("\n") == 1, done.stderr
    assert "; " in done.stderr, "it says what to do"
    for word in words:
        assert word in done.stderr, done.stderr
    for word in IDENTIFIERS:
        assert word not in done.stderr
