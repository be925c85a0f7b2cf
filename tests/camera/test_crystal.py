"""The crystal against Geant4's numbers and closed forms."""

import itertools
import math

import numpy as np
import pytest

from hevesy.camera import Detector, EnergyWindow, crystal_response, get_camera
from hevesy.camera import crystal_kernels as kernels
from hevesy.errors import InputError

# Photons of a pencil beam on 9.5 mm of NaI that leave 90 to 110 % of their energy, by Geant4 11.2
# (Penelope physics): OpenTOPAS-SPECT 0.2, docs/validation.md, section 1.
GEANT4 = {113.0: 0.944, 140.5: 0.862, 208.0: 0.545, 218.0: 0.505, 250.0: 0.400, 440.0: 0.149}


@pytest.mark.parametrize("kev", list(GEANT4))
def test_full_energy_is_geant4_s(kev: float) -> None:
    sharp = Detector(energy_resolution_percent=0.5, back_layer_mm=0.0)
    seen = crystal_response(sharp, (EnergyWindow.around(kev, percent=10),), histories=1500)
    assert float(seen.counted(kev)[0]) == pytest.approx(GEANT4[kev], rel=0.03)


def test_windows_side_by_side_count_everything_that_is_left() -> None:
    detector = Detector(back_layer_mm=0.0)
    edges = np.linspace(0.0, 600.0, 13)
    windows = tuple(EnergyWindow(lower_kev=a, upper_kev=b) for a, b in itertools.pairwise(edges))
    seen = crystal_response(detector, windows, histories=300)
    for kev in (155.0, 478.0):
        met = detector.interaction_fraction(kev)
        assert float(seen.counted(kev).sum()) == pytest.approx(met, rel=0.02)
    assert sum(detector.window_fraction(155.0, w) for w in windows) == pytest.approx(1.0)


def test_the_compton_edge_and_the_back_scatter_peak() -> None:
    """633 keV: nothing between 451 keV and the line; back-scattered 182 keV photons in a bump."""
    windows = tuple(
        EnergyWindow(lower_kev=a, upper_kev=b) for a, b in ((150, 230), (500, 560), (590, 680))
    )
    behind = crystal_response(Detector(), windows, histories=1500).counted(633.0)
    bare = crystal_response(Detector(back_layer_mm=0.0), windows, histories=1500).counted(633.0)
    assert behind[0] > 2 * bare[0]
    assert behind[1] < 0.15 * behind[0]
    assert behind[2] == pytest.approx(bare[2], rel=0.2)


def test_energy_resolution_and_depth() -> None:
    detector = Detector(energy_resolution_percent=10.0)
    assert detector.energy_fwhm_kev(281.0) == pytest.approx(math.sqrt(2) * 14.05)
    # a window of one FWHM about the line holds erf(sqrt(ln 2)) of a Gaussian
    half = EnergyWindow.around(140.5, percent=5.0)
    wanted = math.erf(math.sqrt(math.log(2.0)))
    assert detector.window_fraction(140.5, half) == pytest.approx(wanted, rel=1e-6)
    assert 0 < detector.mean_depth_mm(60.0) < detector.mean_depth_mm(500.0) < 9.5 / 2


def test_impossible_detectors_and_cameras_are_refused() -> None:
    with pytest.raises(InputError, match="resolutions"):
        Detector(crystal_mm=0.0)
    with pytest.raises(InputError, match="siemens-symbia-he"):
        get_camera("siemens-symbia-hi")
    with pytest.raises(InputError, match="histories"):
        crystal_response(Detector(), (), histories=1000)


def test_what_is_left_in_the_crystal_is_at_most_what_comes() -> None:
    rows = np.tile([0.05, 0.1, 0.0, 0.02, 0.05], (2, 1))
    given = (
        np.uint64(3), np.uint64(4), 0.4, 0.8, 40, 9.5, 75.5, np.array([-4.0, 0.5]), rows,
        np.ones((1, 16)), np.array([[0.1, 0.3]]), 0.006,
    )  # fmt: skip
    one, other = np.zeros(2), np.zeros(2)
    left = kernels.respond(*given, one)
    assert 0 < left < 0.4
    assert kernels.respond.py_func(*given, other) == pytest.approx(left, rel=1e-12)
    np.testing.assert_allclose(one, other, rtol=1e-12)
