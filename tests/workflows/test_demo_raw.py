"""The raw demonstration's calibration plan says what was poured, and how it is reconstructed.

The whole of it is `make demo-raw`; its steps are tested where they are at home.
"""

from pathlib import Path

import numpy as np
import pytest

from hevesy.files import read_calibration_plan, write_volume
from hevesy.nuclides import get_nuclide
from hevesy.simulation import build_calibration_phantom
from hevesy.workflows import demo_calibration
from hevesy.workflows.demo_calibration import RawChoice


@pytest.mark.parametrize(
    ("choice", "windows", "smoothing_mm"),
    [(RawChoice(), 0, 0.0), (RawChoice(scatter="tew:0.8", psf=True, factor="sphere"), 2, 15.0)],
)
def test_the_plan(tmp_path: Path, choice: RawChoice, windows: int, smoothing_mm: float) -> None:
    phantom = build_calibration_phantom(stock_bq_per_ml=6e5, voxel_mm=8.0)
    (tmp_path / "image").mkdir()
    write_volume(tmp_path / "image/spect.nii.gz", phantom.ct)
    write_volume(tmp_path / "labels.nii.gz", phantom.ct)
    text = demo_calibration._plan_text(phantom, 19.9, get_nuclide("Re-188"), choice)
    (tmp_path / "plan.toml").write_text(text)
    plan = read_calibration_plan(tmp_path / "plan.toml")
    assert plan.protocol.scatter == choice.scatter
    assert len(plan.protocol.scatter_windows) == windows
    assert plan.protocol.scatter_smoothing_fwhm_mm == smoothing_mm
    assert (plan.protocol.reconstruction.point_spread is not None) == choice.psf
    assert plan.factor_from == (choice.factor,)
    # what is in the cylinder is what was poured into water and spheres
    spheres_ml = np.pi / 6e3 * sum(across**3 for across in phantom.diameters_mm)
    poured = 6e5 * spheres_ml + 6e5 / 8 * phantom.water_ml
    assert plan.cylinders[0].exposure.activity_bq == pytest.approx(poured, rel=1e-6)
    assert [s.diameter_mm for s in plan.spheres[0].spheres] == list(phantom.diameters_mm)
