"""A full disk, and a run that is stopped: what the user finds afterwards."""

import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.refusals.command import (
    OUTPUTS,
    SECONDS,
    assert_refused,
    contents,
    write_earlier_result,
)

SMALL_BYTES = 64 * 1024  # the report alone takes several times as much


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path | None]:
    """A disk of 64 kB, where this process may mount one."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = shutil.which("mount")
    options = ["-t", "tmpfs", "-o", f"size={SMALL_BYTES}", "tmpfs", str(place)]
    done = subprocess.run([mount, *options], capture_output=True, check=False) if mount else None
    if done is None or done.returncode:
        yield None
        return
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def limit_files() -> None:
    """No file of this process grows beyond 64 kB: writing then fails as on a disk too small."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_BYTES, SMALL_BYTES))


def start(case: Path, out: Path, *, limited: bool = False) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "hevesy", "dose", str(case), "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=limit_files if limited else None,
    )


def end(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    said, complained = process.communicate(timeout=SECONDS)
    return subprocess.CompletedProcess([], process.returncode, said, complained)


def test_a_full_disk(patient: Path, small_disk: Path | None) -> None:
    """On a real disk of 64 kB; without the right to mount one, by a limit on the process."""
    out = patient.parent / "disk"
    (out / "result.json").write_text("an earlier result")
    before = contents(patient.parent)
    done = end(start(patient / "nifti.toml", out, limited=small_disk is None))
    assert_refused(done, ["the disk", "make room"])
    if small_disk is not None:
        assert "full" in done.stderr
    assert contents(patient.parent) == before


def test_a_file_too_large_for_the_disk(patient: Path) -> None:
    """The output folder does not exist yet, and must not exist afterwards."""
    before = contents(patient.parent)
    done = end(start(patient / "nifti.toml", patient.parent / "new" / "out", limited=True))
    assert_refused(done, ["too large for this disk", "make room"])
    assert contents(patient.parent) == before


@pytest.mark.parametrize(
    ("number", "begun", "delay_s"),
    [
        (signal.SIGINT, "new", 0.0),
        (signal.SIGTERM, "new", 0.7),
        (signal.SIGTERM, "new/dose.nii.gz", 0.0),
    ],
    ids=["SIGINT while reading", "SIGTERM while computing", "SIGTERM while writing"],
)
def test_interrupted(patient: Path, number: int, begun: str, delay_s: float) -> None:
    out = patient.parent / "out"
    write_earlier_result(out)
    before = contents(patient.parent)
    process = start(patient / "case.toml", out)
    wait_for(process, out, f".hevesy-*/{begun}")
    time.sleep(delay_s)
    process.send_signal(number)
    assert_refused(end(process), ["; "])
    assert contents(patient.parent) == before
    assert {path.name for path in out.iterdir()} == set(OUTPUTS)


def wait_for(process: subprocess.Popen[str], folder: Path, pattern: str) -> None:
    """Until the run has written that much."""
    until = time.monotonic() + SECONDS
    while not any(folder.glob(pattern)):
        assert process.poll() is None, "the run ended before it could be stopped"
        assert time.monotonic() < until
        time.sleep(0.01)
