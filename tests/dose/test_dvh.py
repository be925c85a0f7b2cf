"""Histograms: order, means, weights, and when they may be read."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.dose import DoseMap, compute_dvh
from hevesy.errors import GridError, InputError, RegionError
from hevesy.images import Grid, Quantity, Volume

GRID = Grid.from_spacing((6, 7, 8), spacing_mm=(5.0, 4.0, 4.0))


def dose_map(values, grid=GRID, excluded=None) -> DoseMap:
    return DoseMap(
        dose=Volume(values=np.asarray(values), grid=grid, quantity=Quantity.GY),
        method="test",
        excluded=excluded,
    )


def random_case(seed):
    rng = np.random.default_rng(seed)
    values = rng.gamma(2.0, 20.0, GRID.shape)
    weight = np.where(rng.random(GRID.shape) < 0.6, rng.random(GRID.shape), 0.0)
    return values, weight


@given(seed=st.integers(0, 10_000))
@settings(max_examples=40, deadline=None)
def test_the_order_of_the_figures(seed):
    values, weight = random_case(seed)
    found = compute_dvh(
        dose_map(values), weight, resolution_fwhm_mm=8.0, doses_at_gy=(0.0, 30.0, 1e6)
    )
    assert found.d98_gy <= found.d70_gy <= found.d50_gy <= found.d2_gy
    inside = values[weight > 0]
    assert inside.min() <= found.mean_gy <= inside.max()
    assert found.mean_gy == pytest.approx(np.average(values, weights=weight))
    assert (np.diff(found.volume_share) <= 0).all()
    assert len(found.dose_gy) <= 400
    assert found.volume_share[0] == pytest.approx(1)
    (at_zero, at_30, at_much) = (share for _, share in found.volume_shares_at)
    assert at_zero == pytest.approx(1)
    assert at_much == 0
    assert at_30 == pytest.approx(weight[values >= 30].sum() / weight.sum())
    # the mean is the area under the cumulative curve; 400 steps: a step's width
    area = np.trapezoid(found.volume_share, found.dose_gy)
    assert area == pytest.approx(found.mean_gy, abs=found.dose_gy[1])


@given(seed=st.integers(0, 10_000), share=st.sampled_from([0.98, 0.70, 0.50, 0.02]))
@settings(max_examples=40, deadline=None)
def test_dx_is_the_greatest_dose_that_so_much_volume_reaches(seed, share):
    values, weight = random_case(seed)
    found = compute_dvh(dose_map(values), weight, resolution_fwhm_mm=8.0)
    dx = {0.98: found.d98_gy, 0.70: found.d70_gy, 0.50: found.d50_gy, 0.02: found.d2_gy}[share]
    total = weight.sum()
    assert weight[values >= dx].sum() / total >= share - 1e-9
    assert weight[values > dx].sum() / total < share


def test_order_of_voxels_does_not_matter():
    values, weight = random_case(2)
    order = np.random.default_rng(0).permutation(values.size)
    shuffled = dose_map(values.ravel()[order].reshape(GRID.shape))
    there = compute_dvh(dose_map(values), weight, resolution_fwhm_mm=None)
    back = compute_dvh(shuffled, weight.ravel()[order].reshape(GRID.shape), resolution_fwhm_mm=None)
    assert (back.d98_gy, back.d50_gy, back.d2_gy) == (there.d98_gy, there.d50_gy, there.d2_gy)
    np.testing.assert_allclose(back.volume_share, there.volume_share, atol=1e-12)


def test_weights_count_and_not_voxels():
    grid = Grid.from_spacing((1, 1, 3), spacing_mm=(1, 1, 1))
    found = compute_dvh(
        dose_map([[[1.0, 2.0, 3.0]]], grid), np.array([[[0.1, 0.8, 0.1]]]), resolution_fwhm_mm=None
    )
    assert (found.d98_gy, found.d70_gy, found.d50_gy, found.d2_gy) == (1.0, 2.0, 2.0, 3.0)


def test_air_is_left_out_and_said():
    values, weight = random_case(5)
    air = np.zeros(GRID.shape, dtype=bool)
    air[:, :, :2] = True
    values[air] = 0.0
    found = compute_dvh(dose_map(values, excluded=air), weight, resolution_fwhm_mm=8.0)
    assert found.d98_gy > 0
    assert found.excluded_share == pytest.approx(weight[air].sum() / weight.sum())
    with pytest.raises(RegionError):
        compute_dvh(dose_map(values, excluded=air), np.where(air, 1.0, 0.0), resolution_fwhm_mm=8.0)


def ball(diameter_mm: float):
    grid = Grid.from_spacing((30, 30, 30), spacing_mm=(2.0, 2.0, 2.0))
    z, y, x = (np.indices(grid.shape) - 14.5) * 2.0
    return dose_map(np.ones(grid.shape), grid), (z**2 + y**2 + x**2 <= diameter_mm**2 / 4) * 1.0


@pytest.mark.parametrize(("diameter", "valid"), [(26.0, False), (30.0, False), (36.0, True)])
def test_regions_under_two_fwhm_are_marked(diameter, valid):
    dose, region = ball(diameter)
    found = compute_dvh(dose, region, resolution_fwhm_mm=16.0)
    assert found.valid is valid
    assert bool(found.reason) is not valid
    if not valid:
        assert "under two FWHM (32 mm)" in found.reason


def test_a_flat_region_is_marked_though_its_volume_is_large():
    dose, _ = ball(10.0)
    slab = np.zeros(dose.dose.grid.shape)
    slab[10:15, 1:29, 1:29] = 1.0
    found = compute_dvh(dose, slab, resolution_fwhm_mm=8.0)
    assert not found.valid
    assert "fits inside" in found.reason


def test_without_a_resolution_nothing_is_called_valid():
    dose, region = ball(50.0)
    assert "not stated" in compute_dvh(dose, region, resolution_fwhm_mm=None).reason


def test_bad_input_is_refused():
    values, weight = random_case(1)
    with pytest.raises(GridError):
        compute_dvh(dose_map(values), weight[1:], resolution_fwhm_mm=8.0)
    with pytest.raises(RegionError):
        compute_dvh(dose_map(values), 0 * weight, resolution_fwhm_mm=8.0)
    with pytest.raises(InputError):
        compute_dvh(dose_map(values), weight, resolution_fwhm_mm=8.0, doses_at_gy=(-1.0,))
    with pytest.raises(GridError):
        dose_map(values, excluded=np.zeros((2, 2, 2), dtype=bool))
