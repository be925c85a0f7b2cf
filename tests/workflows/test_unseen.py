"""A region that shows nothing beside a hot one: 0 with its uncertainty, not a refusal."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from hevesy.cli import main
from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Volume
from hevesy.workflows.unseen import nothing_seen, unseen_spread_bq, widen_below_zero

DECAY_PER_S = math.log(2) / 61_200.0  # 17 h
GRID = Grid.from_spacing((12, 14, 20), spacing_mm=(5, 5, 5))
CASE = """patient = "P01"
nuclide = "Re-188"
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
structure_names = {{ 1 = "hot", 2 = "cold" }}
time = 2024-03-0{day}T12:00:00
unit = "Bq/mL"
decay_corrected_to = "acquisition"
"""
OPTIONS = """[options]
method = "local"
density_g_cm3 = 1.0
count_uncertainty = "1 %"
partial_volume = "gtm"
resolution = "16 mm"
resolution_uncertainty = "1 mm"
fit = ["mono"]
"""


def test_noise_is_left_to_the_fit() -> None:
    values, sigmas = np.array([5.0, -1.0, 2.0]), np.array([1.0, 0.5, 0.5])
    found, widened, said = widen_below_zero(values, sigmas, name="lungs", scans=[1, 2, 3])
    assert found is values
    assert widened is sigmas
    assert said == ()


def test_far_below_zero_is_zero_as_unsure_as_it_was_far() -> None:
    values, sigmas = np.array([5e6, -4e6, 2e6]), np.array([1e6, 3e5, 5e5])
    found, widened, said = widen_below_zero(values, sigmas, name="lungs", scans=[1, 2, 3])
    assert found.tolist() == [5e6, 0.0, 2e6]
    assert widened.tolist() == pytest.approx([1e6, math.hypot(4e6, 3e5), 5e5])
    assert len(said) == 1
    assert "shows -4 MBq in scan 2" in said[0]


def test_an_uncertainty_that_decays_is_its_own_at_time_zero() -> None:
    """sigma(t) = s exp(-lambda t): its integral is s / lambda; straight lines over 1 h: 1e-4."""
    times_s = np.arange(1.0, 97.0) * 3600.0
    sigmas = 7e6 * np.exp(-DECAY_PER_S * times_s)
    spread = unseen_spread_bq(times_s, sigmas, DECAY_PER_S)
    assert spread == pytest.approx(7e6, rel=3e-4)
    fit = nothing_seen(spread, DECAY_PER_S, name="lungs", said=(), model="nothing")
    assert fit.tia_bq_s == 0.0
    assert fit.tia_uncertainty_bq_s == pytest.approx(7e6 / DECAY_PER_S, rel=3e-4)


def test_a_case_with_a_region_below_zero_goes_through(tmp_path: Path) -> None:
    """An image that is not blurred, taken as blurred by 16 mm: the hot block's spill, which is not
    there, is taken off its neighbour, which comes out below zero.
    """
    labels = np.zeros(GRID.shape, dtype=np.uint8)
    labels[4:8, 4:10, 3:9] = 1
    labels[4:8, 4:10, 9:12] = 2
    write_volume(
        tmp_path / "labels.nrrd", Volume(values=labels, grid=GRID, quantity=Quantity.RELATIVE)
    )
    text = CASE
    for i, hours in enumerate((2.0, 26.0)):
        decayed = 2.0 ** (-hours / 17.0)
        values = 1e6 * decayed * (labels == 1) + 100.0 * decayed * (labels == 2)
        write_volume(
            tmp_path / f"spect{i}.nii.gz",
            Volume(values=values, grid=GRID, quantity=Quantity.BQ_PER_ML),
        )
        text += SCAN.format(i=i, day=5 + i)
    (tmp_path / "case.toml").write_text(text + OPTIONS)
    with pytest.raises(SystemExit) as ended:
        main(["dose", str(tmp_path / "case.toml"), "--out", str(tmp_path / "out"), "--quiet"])
    assert not ended.value.code
    result = json.loads((tmp_path / "out/result.json").read_text())
    cold = next(region for region in result["regions"] if region["name"] == "cold")
    assert cold["tia_mbq_h"] == 0.0
    assert cold["mean_dose_gy"] == 0.0
    assert cold["tia_uncertainty_mbq_h"] > 0.0
    # the dose's uncertainty is the TIA's as a dose: 188Re sends out 0.779 MeV of electrons
    gy = cold["tia_uncertainty_mbq_h"] * 3.6e9 * 0.779 * 1.602176634e-13 / (cold["mass_g"] * 1e-3)
    assert cold["mean_dose_uncertainty_gy"] == pytest.approx(gy, rel=0.02)
    assert any("no activity in any scan" in text for text in cold["warnings"])
    # each scan's error is at least what lay below zero
    first = cold["scans"][0]["activity_mbq"]
    assert first < 0
    assert cold["tia_uncertainty_mbq_h"] > 0.9 * abs(first) / math.log(2) * 17.0
