"""Attenuation from CT numbers, against published coefficients and scales."""

import numpy as np
import pytest

from hevesy.camera import attenuation_map, cortical_bone_hu, measure_ct_coverage
from hevesy.errors import GridError, InputError
from hevesy.images import Grid, Quantity, Volume

LINE = Grid.from_spacing((1, 1, 6), spacing_mm=(2.0, 2.0, 2.0))


def ct_of(*hu: float) -> Volume:
    return Volume(
        values=np.array([[hu]]),
        grid=Grid.from_spacing((1, 1, len(hu)), spacing_mm=(2, 2, 2)),
        quantity=Quantity.HU,
    )


@pytest.mark.parametrize(
    ("energy_kev", "water_per_cm"),
    # NIST XCOM, total with coherent scattering, water of 1 g/cm3
    [(100.0, 0.1707), (150.0, 0.1505), (200.0, 0.1370), (300.0, 0.1186), (511.0, 0.0960)],
)
def test_water_is_nists(energy_kev: float, water_per_cm: float) -> None:
    got = attenuation_map(ct_of(0.0), energy_kev).values.item() * 10.0
    assert got == pytest.approx(water_per_cm, rel=3e-3)


def test_air_is_nothing_and_padding_too() -> None:
    assert attenuation_map(ct_of(-1000, -2000, -3024), 155.0).values.max() == 0.0


def test_bone_is_icrus_at_its_own_ct_number() -> None:
    # ICRU-44 cortical bone at 150 keV by NIST: 0.1480 cm2/g x 1.92 g/cm3
    for kvp in (80.0, 120.0, 140.0):
        bone = ct_of(cortical_bone_hu(kvp))
        got = attenuation_map(bone, 150.0, kvp=kvp).values.item() * 10.0
        assert got == pytest.approx(0.1480 * 1.92, rel=5e-3)


@pytest.mark.parametrize(("kvp", "a", "b"), [(80, 3.64e-5, 6.26e-2), (140, 5.64e-5, 4.08e-2)])
def test_at_511_kev_it_is_carneys_scale(kvp: float, a: float, b: float) -> None:
    """His two lines meet at 30 to 52 HU, these at 0: a constant of 1.5 % of water's at most."""
    hu = np.array([200.0, 600.0, 1000.0, 1400.0])
    got = attenuation_map(ct_of(*hu), 511.0, kvp=kvp).values.ravel() * 10.0
    np.testing.assert_allclose(got, a * (hu + 1000.0) + b, rtol=0.03)


@pytest.mark.parametrize(
    ("energy_kev", "water_per_cm", "slope_per_cm"), [(140.0, 0.15, 1.14e-4), (208.0, 0.13, 9.45e-5)]
)
def test_a_vendors_scale_is_near(
    energy_kev: float, water_per_cm: float, slope_per_cm: float
) -> None:
    """Mediso's at 120 kV, as STIR's ct_slopes.json has it, to two digits."""
    got = attenuation_map(ct_of(1000.0), energy_kev).values.item() * 10.0
    assert got == pytest.approx(water_per_cm + 1000 * slope_per_cm, rel=0.07)


def test_a_coarser_grid_gets_the_mean() -> None:
    ct = ct_of(0, 0, -1000, -1000, 0, -1000)
    coarse = Grid.from_spacing((1, 1, 3), spacing_mm=(2, 2, 4), origin_mm=(1, 0, 0))
    got = attenuation_map(ct, 155.0, grid=coarse).values.ravel()
    np.testing.assert_allclose(got / got[0], [1.0, 0.0, 0.5], atol=1e-6)


def test_a_ct_elsewhere_is_refused() -> None:
    far = Grid.from_spacing((1, 1, 3), spacing_mm=(2, 2, 4), origin_mm=(1, 0, 500))
    with pytest.raises(GridError, match="does not reach"):
        attenuation_map(ct_of(0, 0), 155.0, grid=far)


@pytest.mark.parametrize(("energy_kev", "kvp"), [(5.0, 120.0), (155.0, 60.0), (155.0, 150.0)])
def test_what_is_not_tabulated_is_refused(energy_kev: float, kvp: float) -> None:
    with pytest.raises(InputError):
        attenuation_map(ct_of(0.0), energy_kev, kvp=kvp)


def test_coverage_says_what_is_missing_at_which_end() -> None:
    bed = Grid.from_spacing((40, 16, 16), spacing_mm=(4, 4, 4), origin_mm=(-30, -30, -100))
    # slices of 5 mm from -82 mm up: 20 mm of the bed's foot end (-102 mm) have none
    ct = Grid.from_spacing((60, 64, 64), spacing_mm=(5, 1, 1), origin_mm=(-31.5, -31.5, -79.5))
    found = measure_ct_coverage(ct, bed)
    assert found.missing_feet_mm == pytest.approx(20.0)
    assert found.missing_head_mm == 0.0
    assert found.axial_share == pytest.approx(1.0 - 20.0 / 160.0)
    assert found.across_share == 1.0
    narrow = Grid.from_spacing((60, 32, 64), spacing_mm=(5, 1, 1), origin_mm=(-31.5, -31.5, -100))
    assert measure_ct_coverage(narrow, bed).across_share == pytest.approx(0.5, abs=0.02)
    away = Grid.from_spacing((10, 64, 64), spacing_mm=(5, 1, 1), origin_mm=(-31.5, -31.5, 500))
    assert measure_ct_coverage(away, bed).axial_share == 0.0
