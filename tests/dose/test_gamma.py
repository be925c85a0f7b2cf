"""Gamma analysis against closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.dose import GammaCriterion, analyse_gamma
from hevesy.dose import _gamma_kernels as kernels
from hevesy.dose.gamma import _offsets
from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Grid, Quantity, Volume

GRID = Grid.from_spacing((9, 10, 12), spacing_mm=(3.0, 2.0, 2.0))


def dose(values, grid=GRID):
    return Volume(
        values=np.broadcast_to(values, grid.shape).copy(), grid=grid, quantity=Quantity.GY
    )


@given(percent=st.floats(0.1, 5.9), tolerance=st.floats(3.0, 5.0), distance=st.floats(0.5, 4.0))
@settings(max_examples=20, deadline=None)
def test_an_even_difference_is_its_share_of_the_tolerance(percent, tolerance, distance):
    found = analyse_gamma(
        dose(100.0 + percent), dose(100.0),
        GammaCriterion(dose_percent=tolerance, distance_mm=distance),
    )  # fmt: skip
    np.testing.assert_allclose(found.gamma, percent / tolerance, rtol=1e-5)
    assert found.pass_fraction == (1.0 if percent <= tolerance else 0.0)
    assert found.judged == GRID.size
    assert found.mean_ratio == pytest.approx(percent / tolerance, rel=1e-5)


@pytest.mark.parametrize("shift_mm", [0.0, 0.8, 1.5, 2.4])
@pytest.mark.parametrize("slope", [1.0, 4.0, 20.0])
def test_a_shifted_slope_is_the_closed_form(shift_mm, slope):
    """Doses g x and g (x - s): gamma = s / sqrt(DTA^2 + (D/g)^2), for the tolerance D in Gy.

    The least of (t/DTA)^2 + (g (t - s)/D)^2 over t.
    """
    x = 2.0 * np.arange(12)
    reference, moved = dose(100.0 + slope * x), dose(100.0 + slope * (x - shift_mm))
    criterion = GammaCriterion(
        dose_percent=3.0, distance_mm=2.0, local=False, reference_gy=100.0, points_per_distance=20
    )
    found = analyse_gamma(moved, reference, criterion)
    wanted = shift_mm / np.hypot(2.0, 3.0 / slope)
    # steps of 0.1 mm: the place of the least is met within 0.05 mm, in units of 2 mm and 3 Gy
    step = 0.05 * np.hypot(1 / 2.0, slope / 3.0)
    allowed = np.sqrt(wanted**2 + step**2) - wanted + 1e-6
    inner = found.gamma[3:6, 3:7, 3:9]
    assert (inner >= wanted - 1e-6).all()
    assert (inner <= wanted + allowed).all()


def test_local_and_whole_references_differ_where_dose_is_low():
    low = np.where(np.arange(12) < 6, 100.0, 20.0)
    evaluated = low + 1.5
    local = analyse_gamma(dose(evaluated), dose(low), GammaCriterion(distance_mm=0.1))
    whole = analyse_gamma(dose(evaluated), dose(low), GammaCriterion(distance_mm=0.1, local=False))
    flat = [0, 1, 2, 3, 8, 9, 10, 11]  # away from the step, where the next dose is another's
    np.testing.assert_allclose(whole.gamma[..., flat], 0.5, rtol=1e-5)
    np.testing.assert_allclose(local.gamma[..., flat[:4]], 0.5, rtol=1e-5)
    np.testing.assert_allclose(local.gamma[..., flat[4:]], 2.0, rtol=1e-5)  # 2.5, cut at 2
    assert whole.pass_fraction == 1.0
    assert local.pass_fraction < 0.6
    assert whole.criterion.reference_gy == 100.0


def test_voxels_under_the_threshold_are_not_judged():
    values = np.full(GRID.shape, 5.0)
    values[4, 5, 6] = 100.0
    found = analyse_gamma(dose(values), dose(values))
    assert found.judged == 1
    assert np.isnan(found.gamma[0, 0, 0])
    assert found.gamma[4, 5, 6] == 0.0
    assert not found.gamma.flags.writeable


def test_threads_and_the_python_reading_change_nothing():
    rng = np.random.default_rng(4)
    here = dose(rng.uniform(50, 60, GRID.shape))
    there = dose(rng.uniform(50, 60, GRID.shape))
    one, two = (analyse_gamma(here, there, threads=n).gamma for n in (1, 2))
    np.testing.assert_array_equal(one, two)
    small = rng.uniform(50, 60, (2, 2, 3, 4, 3))[:, 0]
    offsets = np.array([[0.0, 0, 0], [0.4, 0, 0], [0, -0.5, 0], [0, 0, 1.5], [1.0, 1.0, -1.0]])
    distance2 = np.array([0.0, 0.1, 0.2, 0.5, 1.2])
    steep = np.full((3, 4, 3), 20.0)
    results = []
    for run in (kernels.gamma_slab, kernels.gamma_slab.py_func):
        gamma = np.empty((3, 4, 3), dtype=np.float32)
        run(small[0], small[1], steep, 0, 3, offsets, distance2, True, 0.03, 5.0, 2.0, gamma)
        results.append(gamma)
    np.testing.assert_array_equal(*results)
    places = [(0.0, 0.0, 0.0), (1.3, 2.5, 0.25), (2.0, 3.0, 2.0), (2.1, 0, 0), (-0.1, 0, 0)]
    for place in places:
        ends = [at(small[0], *place) for at in (kernels._dose_at, kernels._dose_at.py_func)]
        np.testing.assert_array_equal(*ends)


@given(seed=st.integers(0, 10_000), rough=st.floats(0.0, 20.0), spacing=st.floats(0.7, 5.0))
@settings(max_examples=15, deadline=None)
def test_the_shortened_search_misses_nothing(seed, rough, spacing):
    """The same with a bound that never ends the search early."""
    rng = np.random.default_rng(seed)
    grid = Grid.from_spacing((5, 6, 7), spacing_mm=(spacing, 2.0, 3.0))
    here = 60.0 + rough * rng.standard_normal(grid.shape)
    there = 1.02 * here + 0.3 * rough * rng.standard_normal(grid.shape)
    criterion = GammaCriterion(local=False, reference_gy=60.0, threshold_percent=0.0)
    found = analyse_gamma(dose(there, grid), dose(here, grid), criterion).gamma
    offsets, distance2 = _offsets(grid.spacing_mm, criterion)
    plain = np.empty(grid.shape, dtype=np.float32)
    kernels.gamma_slab(
        here, there, np.full(grid.shape, 1e9), 0, 5, offsets, distance2, False, 1.8, 0.0, 2.0, plain
    )
    np.testing.assert_allclose(found[plain >= 0], plain[plain >= 0], rtol=1e-6)


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="criterion"):
        GammaCriterion(dose_percent=0.0)
    with pytest.raises(InputError):
        GammaCriterion(threshold_percent=100.0)
    other = Grid.from_spacing(GRID.shape, spacing_mm=(3.0, 2.0, 2.5))
    with pytest.raises(GridError):
        analyse_gamma(dose(1.0), dose(1.0, other))
    with pytest.raises(QuantityError, match="judges"):
        analyse_gamma(dose(1.0), dose(0.0))
    with pytest.raises(QuantityError):
        analyse_gamma(dose(1.0).with_values(np.ones(GRID.shape), Quantity.BQ_S), dose(1.0))
