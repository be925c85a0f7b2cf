"""A full disk, an interruption: nothing is left under a final name."""

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from hevesy.dicom import DicomContext, read_ct, write_ct_series, write_nm_spect, write_rtdose
from hevesy.dicom.atomic_write import writing_file
from hevesy.errors import OutputError
from hevesy.images import Grid, Quantity
from tests.dicom.image_cases import SCAN, WHO, random_values, volume

GRID = Grid.from_spacing((3, 5, 6), spacing_mm=(4, 2, 2))
WRITTEN = datetime(2024, 5, 13, 12, tzinfo=UTC)


@pytest.fixture
def context(tmp_path: Path) -> DicomContext:
    folder = tmp_path / "image"
    write_ct_series(folder, volume(np.zeros(GRID.shape), GRID, Quantity.HU), identity=WHO)
    return read_ct(folder).context


@pytest.fixture(params=[OSError(errno.ENOSPC, "No space left on device"), KeyboardInterrupt()])
def trouble(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> BaseException:
    """The disk is full, or the user stops the work, when the second file is to be made safe."""
    fault: BaseException = request.param
    calls = []

    def fail(descriptor: int) -> None:
        calls.append(descriptor)
        raise fault

    monkeypatch.setattr(os, "fsync", fail)
    return fault


def refused(trouble: BaseException) -> type[BaseException]:
    return OutputError if isinstance(trouble, OSError) else type(trouble)


def test_an_old_file_stays_as_it_was(
    context: DicomContext, tmp_path: Path, trouble: BaseException
) -> None:
    path = tmp_path / "out" / "rtdose.dcm"
    path.parent.mkdir()
    path.write_text("the former result")
    dose = volume(random_values(GRID, 1, top=1.0), GRID, Quantity.GY)
    with pytest.raises(refused(trouble)):
        write_rtdose(path, dose, context, written_at=WRITTEN)
    assert [file.name for file in path.parent.iterdir()] == ["rtdose.dcm"]
    assert path.read_text() == "the former result"


def test_no_new_file_appears(tmp_path: Path, trouble: BaseException) -> None:
    spect = volume(random_values(GRID, 1, top=1.0), GRID, Quantity.BQ_PER_ML)
    with pytest.raises(refused(trouble)):
        write_nm_spect(tmp_path / "new" / "nm.dcm", spect, SCAN, identity=WHO)
    assert list((tmp_path / "new").iterdir()) == []


def test_no_half_series_appears(tmp_path: Path, trouble: BaseException) -> None:
    ct = volume(np.zeros(GRID.shape), GRID, Quantity.HU)
    with pytest.raises(refused(trouble)):
        write_ct_series(tmp_path / "new" / "ct", ct, identity=WHO)
    assert list((tmp_path / "new").iterdir()) == []


def test_a_path_below_a_file_is_refused(context: DicomContext, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    dose = volume(random_values(GRID, 1, top=1.0), GRID, Quantity.GY)
    with pytest.raises(OutputError, match="can't be written"):
        write_rtdose(tmp_path / "file" / "d.dcm", dose, context, written_at=WRITTEN)


def test_a_really_full_disk() -> None:
    """/dev/full answers every write with ENOSPC."""
    from hevesy.dicom.atomic_write import writing_file

    if not Path("/dev/full").exists():
        pytest.skip("this system has no /dev/full")
    with (
        pytest.raises(OutputError, match="No space left"),
        writing_file(Path("/tmp/hevesy-never")) as _,
        Path("/dev/full").open("wb", buffering=0) as stream,
    ):
        stream.write(b"1")
    assert not Path("/tmp/hevesy-never").exists()


def test_the_reason_is_found_beneath_the_words_of_pydicom(tmp_path: Path) -> None:
    """It raises a fault of the disk anew, without its number."""
    full = OSError(errno.ENOSPC, "No space left on device")
    with pytest.raises(OutputError, match="No space left"), writing_file(tmp_path / "a.dcm"):
        raise OSError("With tag (7fe0,0010) got exception: ...") from full
