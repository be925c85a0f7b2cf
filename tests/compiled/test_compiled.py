"""The cache's name, the jit defaults, and batches on threads."""

import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from hevesy.compiled import kernel, kernel_sources, run_batches, source_hash, thread_count
from hevesy.compiled.cache import _default_parents, _usable
from hevesy.errors import InputError, Interrupted


def folder_in_a_new_process(**environment: str) -> subprocess.CompletedProcess[str]:
    code = "from hevesy.compiled import cache_folder; print(cache_folder())"
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip


def test_an_edit_of_an_inner_kernel_changes_the_name(tmp_path: Path) -> None:
    room = tmp_path / "room"
    room.mkdir()
    (room / "outer_kernels.py").write_text("from room.inner_kernels import add\n")
    inner = room / "inner_kernels.py"
    inner.write_text("def add(a, b):\n    return a + b\n")
    (room / "other.py").write_text("x = 1\n")

    def name(version: str = "0.60", cpu: str = "x") -> str:
        return source_hash(kernel_sources(tmp_path), numba_version=version, cpu=cpu)

    before = name()
    (room / "other.py").write_text("x = 2\n")
    assert name() == before
    inner.write_text("def add(a, b):\n    return a - b\n")
    assert name() != before
    assert len({name(), name(version="0.61"), name(cpu="y")}) == 3


def test_an_edited_inner_kernel_is_compiled_again(tmp_path: Path) -> None:
    """The case that numba's own cache misses, in two processes over one cache folder."""
    (tmp_path / "inner_kernels.py").write_text(
        "from hevesy.compiled import kernel\n@kernel\ndef inner(x):\n    return x + 1\n"
    )
    (tmp_path / "outer_kernels.py").write_text(
        "from hevesy.compiled import kernel\nfrom inner_kernels import inner\n"
        "@kernel\ndef outer(x):\n    return inner(x)\n"
    )
    code = (
        "import hevesy.compiled.cache as c, pathlib\n"
        "found = c.kernel_sources\n"
        f"c.kernel_sources = lambda: found(pathlib.Path({str(tmp_path)!r}))\n"
        "import outer_kernels\nprint(outer_kernels.outer(1))"
    )
    environment = {
        **os.environ, "HEVESY_CACHE_DIR": str(tmp_path / "cache"), "PYTHONPATH": str(tmp_path)
    }  # fmt: skip

    def run() -> str:
        return subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, check=True,
            env=environment,
        ).stdout.strip()  # fmt: skip

    assert run() == "2"
    text = (tmp_path / "inner_kernels.py").read_text()
    (tmp_path / "inner_kernels.py").write_text(text.replace("x + 1", "x + 5"))
    assert run() == "6"
    assert len(list((tmp_path / "cache" / "kernels").iterdir())) == 2


def test_the_folder_can_be_named(tmp_path: Path) -> None:
    done = folder_in_a_new_process(HEVESY_CACHE_DIR=str(tmp_path))
    assert done.stdout.startswith(str(tmp_path / "kernels"))


def test_a_home_that_cannot_be_written_is_no_hindrance(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")  # a file where a folder is wanted fails for root as well
    done = folder_in_a_new_process(
        HOME=str(blocked), XDG_CACHE_HOME=str(blocked), TMPDIR=str(tmp_path), HEVESY_CACHE_DIR=""
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(str(tmp_path / "hevesy-"))


def test_a_declared_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    done = folder_in_a_new_process(HEVESY_CACHE_DIR=str(blocked))
    assert done.returncode != 0
    assert "HEVESY_CACHE_DIR" in done.stderr


@pytest.mark.skipif(not hasattr(os, "getuid") or os.getuid() != 0, reason="only root can give away")
def test_a_folder_of_another_user_is_not_taken(tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    assert _usable(folder)
    os.chown(folder, 12345, 12345)
    assert not _usable(folder)
    assert _default_parents()


def test_a_kernel_stands_in_a_file_that_the_name_covers() -> None:
    with pytest.raises(InputError, match=r"kernels\.py"):
        kernel(lambda x: x)


def test_results_come_in_the_order_of_the_batches() -> None:
    def slow_first(batch: int) -> int:
        time.sleep(0.01 if batch == 0 else 0.0)
        return batch * 10

    assert run_batches(slow_first, 6, threads=3) == (0, 10, 20, 30, 40, 50)
    assert run_batches(slow_first, 0) == ()
    assert thread_count() >= 1
    with pytest.raises(InputError):
        run_batches(slow_first, 2, threads=0)


class Watcher:
    """Counts; says stop after `limit` batches."""

    def __init__(self, limit: int = 10**9) -> None:
        self.limit = limit
        self.seen: list[tuple[int, int]] = []
        self.threads: set[int] = set()

    def stage(self, name: str) -> None:
        """Nothing."""

    def advance(self, done: int, total: int) -> None:
        self.seen.append((done, total))
        self.threads.add(threading.get_ident())

    def should_stop(self) -> bool:
        return len(self.seen) >= self.limit


def test_progress_is_told_in_the_callers_thread() -> None:
    watcher = Watcher()
    run_batches(lambda batch: batch, 5, threads=2, control=watcher)
    assert watcher.seen == [(i, 5) for i in range(1, 6)]
    assert watcher.threads == {threading.get_ident()}


def test_work_stops_between_batches() -> None:
    begun = []

    def work(batch: int) -> None:
        begun.append(batch)
        time.sleep(0.005)

    with pytest.raises(Interrupted):
        run_batches(work, 200, threads=2, control=Watcher(limit=3))
    assert len(begun) < 20


def test_an_error_in_a_batch_is_the_callers() -> None:
    def work(batch: int) -> None:
        if batch == 2:
            raise InputError("bad batch", remedy="none")

    with pytest.raises(InputError, match="bad batch"):
        run_batches(work, 50, threads=2)
