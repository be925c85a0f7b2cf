"""The small patient: built once, copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.refusals.patient import build_patient


@pytest.fixture(scope="session")
def built_patient(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that nobody changes."""
    folder = tmp_path_factory.mktemp("patient") / "files"
    build_patient(folder)
    return folder


@pytest.fixture
def patient(built_patient: Path, tmp_path: Path) -> Iterator[Path]:
    """A copy to be spoilt."""
    folder = tmp_path / "files"
    shutil.copytree(built_patient, folder)
    yield folder
    shutil.rmtree(folder)
