"""A case of NIfTI files through the real command: its doses, and what it refuses."""

import json
from pathlib import Path

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Volume

GRID = Grid.from_spacing((10, 12, 14), spacing_mm=(5, 5, 5))
HOURS = (2,)
HALF_LIFE_H = 40.0
CASE = """patient = "P01"
nuclide = "Lu-177"
agent = "test"
timezone = "UTC"
[administration]
activity = "100 MBq"
kind = "net"
time = 2024-03-05T10:00:00
route = "intravenous"
"""
SCAN = """[[scan]]
spect = "spect{i}.nii.gz"
structures = ["labels.nrrd"]
structure_names = {{ 1 = "liver" }}
time = 2024-03-0{day}T12:00:00
unit = "kBq/mL"
decay_corrected_to = "acquisition"
"""
OPTIONS = """[options]
density_g_cm3 = 1.0
count_uncertainty = "1 %"
effective_half_life = "40 h"
effective_half_life_uncertainty = "4 h"
"""


def write(folder: Path, *, spect: float = 10.0, **changes: str) -> Path:
    """A uniform block of 10 kBq/mL at time zero that leaves with 40 h, as the case says."""
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[3:7, 3:9, 3:10] = 1
    text = CASE
    write_volume(
        folder / "labels.nrrd", Volume(values=labels, grid=GRID, quantity=Quantity.RELATIVE)
    )
    for i, hours in enumerate(HOURS):
        values = spect * labels * 2.0 ** (-hours / HALF_LIFE_H)
        image = Volume(values=values, grid=GRID, quantity=Quantity.BQ_PER_ML)
        write_volume(folder / f"spect{i}.nii.gz", image)
        text += SCAN.format(i=i, day=5 + i)
    text += OPTIONS
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    (folder / "case.toml").write_text(text)
    return folder / "case.toml"


def run(case: Path) -> int:
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(case), "--out", str(case.parent / "out")])
    return int(ended.value.code or 0)


def test_doses(tmp_path: Path) -> None:
    assert run(write(tmp_path)) == 0
    result = json.loads((tmp_path / "out" / "result.json").read_text())
    (liver,) = result["regions"]
    volume_ml = 4 * 6 * 7 * 0.125
    assert liver["volume_ml"] == pytest.approx(volume_ml)
    hours = [scan["hours_after_administration"] for scan in liver["scans"]]
    assert hours == pytest.approx(HOURS)
    # closed form: A T / ln 2; the image is in float32 (6e-8)
    tia_mbq_h = 0.01 * volume_ml * HALF_LIFE_H / np.log(2)
    assert liver["tia_mbq_h"] == pytest.approx(tia_mbq_h, rel=1e-4)
    # 177Lu: 0.14792 MeV of electrons per decay (ICRP-107)
    dose_gy = tia_mbq_h * 3.6e9 * 0.14792 * 1.602176634e-13 / (volume_ml * 1e-3)
    assert liver["mean_dose_gy"] == pytest.approx(dose_gy, rel=2e-4)
    assert liver["voxel_mean_dose_gy"] == pytest.approx(dose_gy, rel=2e-3)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "result.json", "report.html", "report.pdf", "dose.nii.gz",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"spect": -10.0}, "negative"),
        ({"label": ("{ 1 =", "{ 2 =")}, "no voxel with the label of region 'liver'"),
        ({"twice": ('["labels.nrrd"]', '["labels.nrrd", "again.nrrd"]')}, "liver"),
        ({"early": ("2024-03-05T12", "2024-03-05T09")}, "before the injection"),
        ({"unit": ("kBq/mL", "kBq")}, "unit"),
        ({"method": ("[options]", '[options]\nmethod = "kernell"')}, "method"),
        ({"cut": ("spect0", "cut")}, "truncated"),
    ],
)
def test_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: dict[str, object], words: str
) -> None:
    case = write(tmp_path, **changes)  # type: ignore[arg-type]
    (tmp_path / "again.nrrd").write_bytes((tmp_path / "labels.nrrd").read_bytes())
    whole = (tmp_path / "spect0.nii.gz").read_bytes()
    (tmp_path / "cut.nii.gz").write_bytes(whole[: len(whole) // 2])
    before = set(tmp_path.rglob("*"))
    assert run(case) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert words in captured.err
    assert captured.out == ""
    assert set(tmp_path.rglob("*")) == before
