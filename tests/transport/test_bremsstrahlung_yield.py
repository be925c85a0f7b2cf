"""Energy that slowing electrons give to photons, against ESTAR; what early absorption withholds."""

import numpy as np
import pytest

from hevesy.images import Grid
from hevesy.media import uniform_tissue
from hevesy.transport import StepControl, electron_tables, voxel_table
from hevesy.transport.electron_kernels import follow_electrons

# Stopping powers of liquid water, MeV cm2/g: NIST SRD 124 (ESTAR)
ENERGY_MEV = np.array([0.01, 0.02, 0.05, 0.1, 0.5, 1.0, 2.0])
COLLISION = np.array([22.56, 13.17, 6.603, 4.115, 2.034, 1.849, 1.824])
RADIATIVE = np.array([3.898e-3, 3.963e-3, 4.031e-3, 4.228e-3, 7.257e-3, 1.280e-2, 2.678e-2])
PLACES, BATCHES = 2000, 20


def published_yield(energy_mev: float) -> float:
    """Share of an electron's energy that becomes photons as it slows down from it, in water."""
    energy = np.geomspace(0.01, energy_mev, 2000)
    share = np.exp(np.interp(np.log(energy), np.log(ENERGY_MEV), np.log(RADIATIVE / COLLISION)))
    return float(np.trapezoid(share / (1.0 + share), energy) / energy_mev)


def found_yield(energy_mev: float, voxel_mm: float, **steps: float) -> tuple[float, float]:
    """The same by transport from places in a voxel; and its standard uncertainty."""
    grid = Grid.from_spacing((15, 15, 15), spacing_mm=(voxel_mm,) * 3)
    tissue = uniform_tissue(grid, "water")
    voxels, tables = voxel_table(tissue), electron_tables(tissue.media, StepControl(**steps))
    random = np.random.default_rng(4)
    stack, photons, dose = np.zeros((64, 10)), np.zeros((64, 10)), np.zeros(grid.size)
    shares = []
    for _ in range(BATCHES):
        ledger, state = np.zeros(5), random.integers(2**63, size=1).astype(np.uint64)
        places = random.uniform(0.0, voxel_mm / 10.0, (PLACES, 3))
        ways = random.normal(size=(PLACES, 3))
        ways /= np.linalg.norm(ways, axis=1, keepdims=True)
        for place, way in zip(places, ways, strict=True):
            stack[0] = energy_mev, 7, 7, 7, *place, *way
            follow_electrons(stack, 1, state, voxels, tables, dose, ledger, photons, 0)
        shares.append(ledger[2] / PLACES / energy_mev)
    return float(np.mean(shares)), float(np.std(shares, ddof=1) / np.sqrt(BATCHES))


@pytest.mark.parametrize("energy_mev", [0.5, 2.0])
def test_photons_take_what_estar_says(energy_mev: float) -> None:
    """Photons above 1 keV (softer: 0.5 % of it), nothing absorbed early; 4 standard deviations.

    A step carries photons by the mean rate of its energy bin: 2 % is allowed for that.
    """
    found, sigma = found_yield(energy_mev, 4.0, photon_cutoff_mev=0.001, rejection_mev=0.0)
    wanted = published_yield(energy_mev)
    assert sigma < 0.06 * wanted
    assert abs(found - wanted) < 4.0 * sigma + 0.02 * wanted


def test_early_absorption_withholds_no_more_than_a_third_of_a_mev_would_radiate() -> None:
    """In voxels so wide that every electron ends early, at 0.3 MeV: 0.04 % of 1 MeV at the most."""
    whole, one = found_yield(1.0, 4.0, rejection_mev=0.0)
    absorbed, other = found_yield(1.0, 40.0)
    most = 0.3 * published_yield(0.3) / 1.0
    assert most < 4.2e-4
    noise = 4.0 * np.hypot(one, other)
    assert whole - noise - most < absorbed < whole + noise
