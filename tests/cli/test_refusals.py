"""A case that can't be used: the real command says so in one line and writes nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

from hevesy.cli import main
from tests.files.case_text import write_case
from tests.files.test_case_toml import REFUSED

# One of each kind through the command; all of them are read in tests/files.
SHOWN = REFUSED[::7]


def assert_nothing_new(folder: Path, before: set[Path]) -> None:
    assert set(folder.rglob("*")) == before


@pytest.mark.parametrize(("changes", "end", "error", "words"), SHOWN)
def test_the_command_refuses_in_one_line(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    changes: list[tuple[str, str]],
    end: str,
    error: type,
    words: tuple[str, ...],
) -> None:
    case = write_case(tmp_path, *changes, end=end)
    before = set(tmp_path.rglob("*"))
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(case), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    for word in words:
        assert word in captured.err
    assert_nothing_new(tmp_path, before)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ([("patient =", "pateint =")], "did you mean `patient`?"),
        ([("time = 2018-11-15T09:22:00\n", "")], "administration.time is missing"),
        ([("2018-11-15T09:22:00", "2018-11-04T01:30:00")], "give an offset"),
        ([], "SCAN_001"),  # its files are not DICOM
    ],
)
def test_the_real_process(tmp_path: Path, changes: list[tuple[str, str]], words: str) -> None:
    case = write_case(tmp_path, *changes)
    before = set(tmp_path.rglob("*"))
    done = subprocess.run(
        [sys.executable, "-m", "hevesy", "dose", str(case), "--out", str(tmp_path / "out")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("hevesy: error: ")
    if changes:
        assert words in done.stderr
    assert_nothing_new(tmp_path, before)


def test_an_output_folder_that_is_a_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    case = write_case(tmp_path)
    (tmp_path / "out").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(case), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "is a file" in capsys.readouterr().err
    assert (tmp_path / "out").read_text() == "mine"
