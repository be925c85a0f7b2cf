"""A final name stands for a complete file of one run, or it does not stand at all."""

import errno
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from hevesy.errors import Interrupted, OutputError
from hevesy.files import atomic_file, atomic_write_bytes, atomic_write_text, staged_output
from hevesy.files import output as output_module


def names(folder: Path) -> list[str]:
    return sorted(str(p.relative_to(folder)) for p in folder.rglob("*"))


def test_new_folder_and_parents(tmp_path: Path) -> None:
    with staged_output(tmp_path / "a" / "b") as stage:
        stage.path("x.txt").write_text("1")
        (stage.folder / "sub").mkdir()
        stage.path("sub/y.txt").write_text("2")
        assert not (tmp_path / "a" / "b").exists()
    assert names(tmp_path) == ["a", "a/b", "a/b/sub", "a/b/sub/y.txt", "a/b/x.txt"]
    mask = os.umask(0)
    os.umask(mask)
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o777 & ~mask


def test_an_earlier_run_is_replaced_as_a_whole(tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in ("result.json", "rtdose.dcm", "notes.txt"):
        (out / name).write_text("old")
    with staged_output(out, owned=("result.json", "rtdose.dcm")) as stage:
        stage.path("result.json").write_text("new")
        assert (out / "result.json").read_text() == "old"
    assert names(out) == ["notes.txt", "result.json"]  # the old dose map would not belong to it
    assert (out / "result.json").read_text() == "new"
    assert (out / "notes.txt").read_text() == "old"


@pytest.mark.parametrize(
    "error",
    [
        KeyboardInterrupt(),
        Interrupted("interrupted", remedy="nothing was written"),
        MemoryError(),
        OSError(errno.EIO, "broken"),
    ],
)
@pytest.mark.parametrize("existing", [True, False])
def test_nothing_is_left_by_an_exception(
    tmp_path: Path, error: BaseException, existing: bool
) -> None:
    out = tmp_path / "a" / "out"
    if existing:
        out.mkdir(parents=True)
        (out / "result.json").write_text("old")
    before = names(tmp_path)

    def run() -> None:
        with staged_output(out, owned=("result.json",)) as stage:
            stage.path("result.json").write_text("new")
            raise error

    with pytest.raises(type(error)):
        run()
    assert names(tmp_path) == before
    if existing:
        assert (out / "result.json").read_text() == "old"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_said(tmp_path: Path, number: int) -> None:
    with pytest.raises(OutputError, match="disk") as refused, staged_output(tmp_path / "out"):
        raise OSError(number, os.strerror(number))
    assert refused.value.exit_code == 2
    assert "\n" not in str(refused.value)
    assert names(tmp_path) == []


@pytest.mark.parametrize("at", range(6))
def test_a_fault_while_moving_puts_everything_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int
) -> None:
    out = tmp_path / "out"
    out.mkdir()
    for name in "abc":
        (out / name).write_text("old")
    real = Path.replace
    calls = 0

    def replace(self: Path, target: Path) -> Path:
        nonlocal calls
        calls += 1
        if calls == at + 1:
            raise OSError(errno.EIO, "broken")
        return real(self, target)

    def run() -> None:
        with staged_output(out) as stage:
            for name in "abc":
                stage.path(name).write_text("new")
            monkeypatch.setattr(Path, "replace", replace)

    with pytest.raises(OutputError):
        run()
    monkeypatch.undo()
    assert {name: (out / name).read_text() for name in names(out)} == dict.fromkeys("abc", "old")


def test_refused_folders_and_names(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="is a file"), staged_output(tmp_path / "file"):
        pass
    with pytest.raises(OutputError), staged_output(tmp_path / "file" / "out"):
        pass
    with staged_output(tmp_path / "out") as stage:
        for name in ("../x", "/x", ".x", "a/../../x"):
            with pytest.raises(OutputError, match="within its folder"):
                stage.path(name)


def test_atomic_files(tmp_path: Path) -> None:
    path = tmp_path / "a.nii.gz"
    path.write_text("old")

    def broken() -> None:
        with atomic_file(path) as part:
            assert part.name.endswith("a.nii.gz")
            part.write_text("half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        broken()
    assert (names(tmp_path), path.read_text()) == (["a.nii.gz"], "old")
    atomic_write_bytes(path, b"new")
    assert atomic_write_text(tmp_path / "b", "µ").read_bytes() == "µ".encode()
    assert (names(tmp_path), path.read_text()) == (["a.nii.gz", "b"], "new")
    with pytest.raises(OutputError):
        atomic_write_text(tmp_path / "no" / "b", "x")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real disk of 256 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", str(place)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True).returncode:
        pytest.skip("a small disk can only be mounted by root")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_really_full_disk(small_disk: Path) -> None:
    (small_disk / "result.json").write_text("old")
    with pytest.raises(OutputError, match="the disk is full"), staged_output(small_disk) as stage:
        stage.path("result.json").write_bytes(bytes(300_000))
    assert names(small_disk) == ["result.json"]
    assert (small_disk / "result.json").read_text() == "old"


@pytest.mark.parametrize("name", ["dose.nii", "dose.nii.gz", "dose.nrrd"])
def test_an_image_on_a_really_full_disk(small_disk: Path, name: str) -> None:
    import numpy as np

    from hevesy.files import write_volume
    from hevesy.images import Grid, Quantity, Volume

    noise = np.random.default_rng(1).random((50, 50, 50)).astype(np.float32)  # 500 kB
    grid = Grid.from_spacing(noise.shape, spacing_mm=(2, 2, 2))
    with pytest.raises(OutputError, match="disk"):
        write_volume(small_disk / name, Volume(values=noise, grid=grid, quantity=Quantity.GY))
    assert names(small_disk) == []


def test_hidden_parts_are_hidden(tmp_path: Path) -> None:
    assert output_module.__all__ == sorted(output_module.__all__)
    with staged_output(tmp_path / "out"):
        assert all(name.startswith(".hevesy-") for name in os.listdir(tmp_path))  # noqa: PTH208
