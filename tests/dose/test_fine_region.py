"""Small lesions on large voxels: the kernel engine's mean dose against the integral over a ball."""

import numpy as np
import pytest

from hevesy.dose import (
    KernelConvolution,
    fine_region_energy,
    get_point_kernel,
    refine_outline,
    sphere_absorbed_fraction,
)
from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import uniform_tissue
from hevesy.nuclides import get_nuclide

NAME = "Re-188"
RHENIUM = get_nuclide(NAME)
SHIFTS = ((0.5, 0.5, 0.5), (0.25, -0.4, 0.1))  # of the ball, in voxels


def radius_of_mm(mass_g):
    return 10.0 * (0.75 * mass_g / np.pi) ** (1 / 3)


def ball(radius_mm, voxel_mm, shift, parts=8):
    """Share of each voxel inside a ball, with room for its electrons around it."""
    count = 2 * (int((radius_mm + 11.0) / voxel_mm) + 1) + 1
    line = (np.arange(count * parts) + 0.5) * voxel_mm / parts - count * voxel_mm / 2
    z, y, x = (line - part * voxel_mm for part in shift)
    inside = z[:, None, None] ** 2 + y[:, None] ** 2 + x**2 <= radius_mm**2
    return inside.reshape((count, parts) * 3).mean(axis=(1, 3, 5))


def kept(decays, shares, voxel_mm):
    """Energy imparted to the region over the electrons' energy released in it; electrons only."""
    grid = Grid.from_spacing(decays.shape, spacing_mm=(voxel_mm,) * 3)
    tia = Volume(values=decays, grid=grid, quantity=Quantity.BQ_S)
    water = uniform_tissue(grid, "water")
    engine = KernelConvolution(photons=False, allow_lung=True)
    dose = engine.compute(tia, water, RHENIUM)
    found = engine.region_energy(dose, tia, water, RHENIUM, shares)
    return found.imparted_mev / (
        found.own_tia_bq_s * RHENIUM.electron_energy_mev
    ), found.own_tia_bq_s


@pytest.mark.parametrize("voxel_mm", [2.0, 4.0, 4.8])
@pytest.mark.parametrize("mass_g", [1.0, 3.0, 10.0])
def test_a_small_ball_keeps_what_the_integral_says(mass_g, voxel_mm):
    """Decays by the share of each voxel, which alone would keep 0.65 (1 g, 4.8 mm) to 0.95 of it.

    By the shares 2 %; by a mask, whose own volume is off by up to a third, 4 % (1 g: 8 %).
    """
    radius_mm = radius_of_mm(mass_g)
    wanted = sphere_absorbed_fraction(get_point_kernel(NAME), radius_mm)
    for shift in SHIFTS:
        shares = ball(radius_mm, voxel_mm, shift)
        found, own = kept(shares, shares, voxel_mm)
        assert found == pytest.approx(wanted, rel=0.02), shift
        assert own == pytest.approx(shares.sum(), rel=0.03)
        mask = shares >= 0.5
        even, _ = kept(mask.astype(float), mask, voxel_mm)
        assert even == pytest.approx(wanted, rel=0.08 if mass_g < 2 and voxel_mm > 2 else 0.04)


@pytest.mark.parametrize("voxel_mm", [2.0, 4.8])
def test_what_comes_from_around_is_counted_once(voxel_mm):
    """Decays everywhere: a region gets what it sends out; a fifth around: it keeps, and gets it."""
    shares = ball(radius_of_mm(3.0), voxel_mm, SHIFTS[1])
    wanted = sphere_absorbed_fraction(get_point_kernel(NAME), radius_of_mm(3.0))
    assert kept(np.ones(shares.shape), shares, voxel_mm)[0] == pytest.approx(1.0, abs=0.006)
    mixed = shares + 0.2 * (1.0 - shares)
    found, own = kept(mixed, shares, voxel_mm)
    assert found == pytest.approx(wanted + 0.2 * (1.0 - wanted), rel=0.015)
    assert own == pytest.approx(shares.sum(), rel=0.03)


def test_photons_stay_those_of_the_map():
    """131I: three times as much energy by photons as by electrons, nearly all of it leaves."""
    grid = Grid.from_spacing((11, 11, 11), spacing_mm=(4, 4, 4))
    shares = ball(6.2, 4.0, SHIFTS[0])[:9, :9, :9]
    decays = np.zeros(grid.shape)
    decays[1:10, 1:10, 1:10] = shares
    tia = Volume(values=decays, grid=grid, quantity=Quantity.BQ_S)
    water, iodine = uniform_tissue(grid, "water"), get_nuclide("I-131")
    energies = []
    for photons in (True, False):
        engine = KernelConvolution(photons=photons)
        dose = engine.compute(tia, water, iodine)
        found = engine.region_energy(dose, tia, water, iodine, decays)
        coarse = np.vdot(decays, dose.dose.values)
        energies.append((found.imparted_mev, coarse))
    per_mev = 1.602176634e-13 / (0.064 * 1e-3)
    added = (energies[0][0] - energies[1][0]) * per_mev
    assert added == pytest.approx(energies[0][1] - energies[1][1], rel=1e-4)


def test_the_outline_keeps_the_volume_and_large_regions_stay_as_they_are():
    shares = ball(radius_of_mm(1.0), 4.0, SHIFTS[1])
    outline = refine_outline(shares, (4.0, 4.0, 4.0))
    assert outline.parts == (8, 8, 8)
    assert outline.inside.sum() == round(shares.sum() * 512)
    assert outline.coverage().sum() == pytest.approx(shares.sum(), abs=1e-2)
    assert refine_outline(shares, (4.0, 1.0, 0.4)).parts[2] == 1
    assert refine_outline(np.ones((40, 40, 40)), (4.0, 4.0, 4.0)).parts == (1, 1, 1)
    flat = refine_outline(np.ones((1, 400, 400), dtype=bool), (5.0, 5.0, 5.0), margin_mm=60.0)
    assert flat.inside.size < 2.6e7


def test_bad_regions_are_refused():
    with pytest.raises(RegionError):
        refine_outline(np.zeros((2, 2, 2)), (1.0, 1.0, 1.0))
    with pytest.raises(RegionError):
        refine_outline(np.full((2, 2, 2), 1.5), (1.0, 1.0, 1.0))
    grid = Grid.from_spacing((2, 2, 2), spacing_mm=(4, 4, 4))
    tia = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_S)
    with pytest.raises(GridError):
        fine_region_energy(tia, np.ones((3, 3, 3)), np.ones(grid.shape), NAME)
