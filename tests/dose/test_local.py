"""Local deposition: energy is conserved, dose is linear, published figures come back."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.dose import (
    LocalDeposition,
    border_densities,
    get_engine,
    mean_density,
    mean_region_dose,
)
from hevesy.errors import (
    CaseError,
    GridError,
    InputError,
    Interrupted,
    QuantityError,
    RegionError,
)
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import classify_tissue
from hevesy.nuclides import get_nuclide
from hevesy.progress import Silent

GRID = Grid.from_spacing((5, 6, 7), spacing_mm=(4.0, 3.0, 2.0))
RE188 = get_nuclide("Re-188")
JOULE_PER_MEV = 1.602176634e-13


def decays(values, grid=GRID) -> Volume:
    return Volume(values=values, grid=grid, quantity=Quantity.BQ_S)


def density(values, grid=GRID) -> Volume:
    return Volume(values=values, grid=grid, quantity=Quantity.DENSITY_G_PER_CM3)


def random_case(seed):
    rng = np.random.default_rng(seed)
    rho = rng.choice([0.0012, 0.26, 1.05, 1.4], GRID.shape) * rng.uniform(0.9, 1.1, GRID.shape)
    return decays(rng.uniform(0, 1e9, GRID.shape)), density(rho)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_energy_is_conserved_but_for_what_is_reported(seed):
    tia, rho = random_case(seed)
    found = LocalDeposition().compute(tia, classify_tissue(rho), RE188)
    mass_kg = rho.values * GRID.voxel_volume_ml * 1e-3
    deposited_j = float((found.dose.values.astype(float) * mass_kg).sum())
    released_j = float(tia.values.sum()) * RE188.electron_energy_mev * JOULE_PER_MEV
    # dose is held in single precision: 6e-8 a voxel
    assert deposited_j == pytest.approx(released_j * (1 - found.excluded_energy_share), rel=1e-6)
    assert found.excluded is not None
    np.testing.assert_array_equal(found.excluded, rho.values < 0.05)
    assert not found.dose.values[found.excluded].any()
    assert any("air" in note for note in found.notes)


@given(seed=st.integers(0, 10_000), factor=st.floats(1e-3, 1e3))
@settings(max_examples=25, deadline=None)
def test_dose_is_linear_in_decays_and_inverse_in_density(seed, factor):
    tia, rho = random_case(seed)
    engine = LocalDeposition(minimum_density_g_per_cm3=1e-9)
    base = engine.compute(tia, classify_tissue(rho), RE188).dose.values
    more = engine.compute(decays(tia.values * factor), classify_tissue(rho), RE188).dose.values
    np.testing.assert_allclose(more, base * factor, rtol=1e-6)
    denser = engine.compute(tia, classify_tissue(density(rho.values * 2)), RE188).dose.values
    np.testing.assert_allclose(denser, base / 2, rtol=1e-6)


def test_mirrored_input_gives_the_mirrored_dose():
    tia, rho = random_case(4)
    flip = np.s_[::-1, :, ::-1]
    there = LocalDeposition().compute(tia, classify_tissue(rho), RE188).dose.values
    back = LocalDeposition().compute(
        decays(tia.values[flip]), classify_tissue(density(rho.values[flip])), RE188
    )
    np.testing.assert_array_equal(back.dose.values, there[flip])


@pytest.mark.parametrize(
    ("name", "joule"),
    [
        ("Re-188", 11.03),
        ("Y-90", 49.77),
        ("Ho-166", 15.53),
        ("Re-186", 24.97),
        ("Lu-177", 19.64),
        ("I-131", 30.73),
    ],
)
def test_dose_per_gbq_in_a_kilogram_is_the_published_energy(name, joule):
    """Full decay of 1 GBq in 1 kg: the tabulated J/GBq are Gy kg/GBq, to their last digit."""
    nuclide = get_nuclide(name)
    tia = 1e9 / nuclide.decay_per_s
    found = mean_region_dose(tia, volume_ml=1000.0, density_g_per_cm3=1.0, nuclide=nuclide)
    assert found.mean_dose_gy == pytest.approx(joule, abs=0.006)
    assert found.energy_j == pytest.approx(joule, abs=0.006)
    assert found.mass_g == 1000.0


def test_the_snmmi_left_kidney():
    """SNMMI 2021 challenge: 7593.7526 MBq h of 177Lu in 233.6 g is 2.773 Gy."""
    found = mean_region_dose(
        7593.7526e6 * 3600, volume_ml=233.6, density_g_per_cm3=1.0, nuclide=get_nuclide("Lu-177")
    )
    assert found.mean_dose_gy == pytest.approx(2.773, abs=0.001)


def test_the_map_of_a_uniform_region_is_its_mean_dose():
    total = 3e12
    tia = decays(np.full(GRID.shape, total / GRID.size))
    rho = density(np.full(GRID.shape, 1.04))
    found = LocalDeposition().compute(tia, classify_tissue(rho), RE188)
    mean = mean_region_dose(
        total,
        volume_ml=GRID.size * GRID.voxel_volume_ml,
        density_g_per_cm3=mean_density(rho, np.ones(GRID.shape)),
        nuclide=RE188,
    )
    np.testing.assert_allclose(found.dose.values, mean.mean_dose_gy, rtol=1e-6)
    assert found.excluded is None
    assert found.excluded_energy_share == 0


def test_mean_density_is_mass_over_volume():
    rho = density(np.linspace(0.2, 1.2, GRID.size).reshape(GRID.shape))
    weight = np.random.default_rng(1).random(GRID.shape)
    assert mean_density(rho, weight) == pytest.approx((rho.values * weight).sum() / weight.sum())
    with pytest.raises(RegionError):
        mean_density(rho, 0 * weight)
    with pytest.raises(GridError):
        mean_density(rho, weight[1:])


class _Recorder(Silent):
    def __init__(self, stop_after: int) -> None:
        self.seen: list[tuple[int, int]] = []
        self.stop_after = stop_after

    def advance(self, done: int, total: int) -> None:
        self.seen.append((done, total))

    def should_stop(self) -> bool:
        return len(self.seen) >= self.stop_after


def test_densities_on_both_sides_of_a_border_count_by_area():
    """A block of lung, tissue on one face of six, else lung; voxels of 2 x 3 x 4 mm."""
    grid = Grid.from_spacing((6, 6, 6), spacing_mm=(2.0, 3.0, 4.0))
    rho = np.full(grid.shape, 0.25)
    rho[4] = 1.05
    mask = np.zeros(grid.shape, dtype=bool)
    mask[2:4, 2:4, 2:4] = True
    density = Volume(values=rho, grid=grid, quantity=Quantity.DENSITY_G_PER_CM3)
    inside, outside = border_densities(density, mask)
    z, y, x = 6 * 8, 4 * 8, 4 * 6  # faces of the block, mm2
    assert inside == pytest.approx(0.25)
    assert outside == pytest.approx(0.25 + 0.8 * z / (2 * (x + y + z)))


def test_a_region_that_fills_the_image_has_no_border():
    grid = Grid.from_spacing((2, 2, 2), spacing_mm=(1.0, 1.0, 1.0))
    density = Volume(
        values=np.full(grid.shape, 0.9), grid=grid, quantity=Quantity.DENSITY_G_PER_CM3
    )
    assert border_densities(density, np.ones(grid.shape, dtype=bool)) == pytest.approx((0.9, 0.9))


def test_it_tells_its_progress_and_stops_when_asked():
    tia, rho = random_case(1)
    told = _Recorder(stop_after=99)
    LocalDeposition().compute(tia, classify_tissue(rho), RE188, control=told)
    assert told.seen == [(z, 5) for z in range(1, 6)]
    with pytest.raises(Interrupted):
        LocalDeposition().compute(tia, classify_tissue(rho), RE188, control=_Recorder(stop_after=2))


def test_bad_input_is_refused():
    tia, rho = random_case(1)
    other = Grid.from_spacing(GRID.shape, spacing_mm=(4.0, 3.0, 2.5))
    engine = LocalDeposition()
    with pytest.raises(GridError):
        engine.compute(tia, classify_tissue(density(rho.values, other)), RE188)
    with pytest.raises(QuantityError):
        engine.compute(rho, classify_tissue(rho), RE188)
    with pytest.raises(QuantityError, match="negative"):
        engine.compute(decays(tia.values - 1e9), classify_tissue(rho), RE188)
    with pytest.raises(QuantityError, match="above 0"):
        engine.compute(tia, classify_tissue(density(rho.values - 1)), RE188)
    with pytest.raises(InputError):
        LocalDeposition(minimum_density_g_per_cm3=0.0)
    for tia_bq_s, ml, rho_g in ((-1.0, 1.0, 1.0), (math.nan, 1.0, 1.0)):
        with pytest.raises(QuantityError):
            mean_region_dose(tia_bq_s, volume_ml=ml, density_g_per_cm3=rho_g, nuclide=RE188)
    for ml, rho_g in ((0.0, 1.0), (1.0, 0.0)):
        with pytest.raises(RegionError):
            mean_region_dose(1.0, volume_ml=ml, density_g_per_cm3=rho_g, nuclide=RE188)


def test_an_engine_is_found_by_name_and_the_nearest_is_offered():
    assert get_engine("local").name == "local"
    with pytest.raises(CaseError, match='method = "local"'):
        get_engine("locla")
    mine = LocalDeposition(minimum_density_g_per_cm3=0.2)
    assert get_engine("mine", {"mine": mine}) is mine
    with pytest.raises(CaseError):
        get_engine("local", {})
