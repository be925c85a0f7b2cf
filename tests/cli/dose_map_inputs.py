"""Images for `hevesy dose-map`, and the command run on them."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import SimpleITK

from hevesy.cli import main

SHAPE = (8, 9, 10)
OUTPUTS = ("dose.nii.gz", "uncertainty.nii.gz", "result.json")


def write(
    path: Path, values: np.ndarray, spacing_mm: tuple[float, float, float] = (3.0, 3.0, 4.0)
) -> Path:
    """An image with spacing along (x, y, z)."""
    image = SimpleITK.GetImageFromArray(np.asarray(values, dtype=np.float32))
    image.SetSpacing(spacing_mm)
    SimpleITK.WriteImage(image, str(path))
    return path


def decays() -> np.ndarray:
    values = np.zeros(SHAPE)
    values[3:5, 3:6, 4:6] = 1e9
    return values


def hounsfield() -> np.ndarray:
    """Soft tissue, and lung from x = 6 on; a corner of air."""
    values = np.full(SHAPE, 40.0)
    values[:, :, 6:] = -740.0
    values[0, 0, :] = -1000.0
    return values


def density() -> np.ndarray:
    return np.where(hounsfield() > 0, 1.05, np.where(hounsfield() < -900, 0.0012, 0.26))


class Inputs:
    """A folder with images, and the command's arguments for them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.out = folder / "out"
        self.options: dict[str, str | None] = {
            "--tia": str(write(folder / "tia.nii.gz", decays())),
            "--unit": "Bq.s",
            "--ct": str(write(folder / "ct.nii.gz", hounsfield())),
            "--nuclide": "Re-188",
            "--histories": "3000",
            "--threads": "2",
            "--out": str(self.out),
        }

    def image(self, name: str, values: np.ndarray, **options: tuple[float, float, float]) -> str:
        return str(write(self.folder / f"{name}.nii.gz", values, **options))

    def arguments(self, *flags: str, **changed: str | None) -> list[str]:
        """`None` takes an option away; underscores are dashes."""
        options = self.options | {f"--{k.replace('_', '-')}": v for k, v in changed.items()}
        pairs = [
            part for key, value in options.items() if value is not None for part in (key, value)
        ]
        return ["dose-map", *pairs, *flags]

    def command(self, *flags: str, **changed: str | None) -> list[str]:
        return [sys.executable, "-m", "hevesy", *self.arguments(*flags, **changed)]


def run_here(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """The command by its `main`: exit code, what it printed, what it complained of."""
    capsys.readouterr()
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    said = capsys.readouterr()
    return int(ended.value.code or 0), said.out, said.err


def run_process(command: list[str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
