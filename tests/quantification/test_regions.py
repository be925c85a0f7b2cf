"""Activity of regions: sums, slopes, counting."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from hevesy.errors import GridError, InputError, QuantityError, RegionError
from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification import CountingNoise, measure_regions
from tests.quantification import blurred_sphere

GRID = Grid.from_spacing((8, 9, 10), spacing_mm=(5.0, 4.0, 3.0))


def image(values, grid=GRID, quantity=Quantity.BQ_PER_ML) -> Volume:
    return Volume(values=np.asarray(values), grid=grid, quantity=quantity)


shares = hnp.arrays(np.float32, GRID.shape, elements=st.floats(0, 1, width=32)).filter(
    lambda w: w.sum() > 0.01
)


@given(weight=shares, seed=st.integers(0, 99))
@settings(max_examples=30, deadline=None)
def test_parts_of_a_region_sum_to_it(weight, seed):
    values = np.random.default_rng(seed).uniform(0, 100, GRID.shape)
    half = (weight * 0.25).astype(np.float64)
    rest = weight - half
    whole, first, second = measure_regions(
        image(values), {"whole": weight, "first": half, "second": rest}
    )
    assert first.activity_bq + second.activity_bq == pytest.approx(whole.activity_bq, rel=1e-6)
    assert first.volume_ml + second.volume_ml == pytest.approx(whole.volume_ml, rel=1e-6)
    assert whole.activity_bq == pytest.approx(float((values * weight).sum()) * 0.06, rel=1e-6)


def test_mirrored_images_give_the_same():
    rng = np.random.default_rng(3)
    values, mask = rng.uniform(0, 9, GRID.shape), rng.random(GRID.shape) > 0.6
    (there,) = measure_regions(image(values), {"a": mask})
    (back,) = measure_regions(image(values[::-1, :, ::-1]), {"a": mask[::-1, :, ::-1]})
    assert back.activity_bq == pytest.approx(there.activity_bq)
    assert back.volume_slope_ratio == pytest.approx(there.volume_slope_ratio)


@pytest.mark.parametrize(("radius", "fwhm"), [(14.0, 12.0), (24.0, 16.0)])
def test_the_slope_from_the_image_is_gears(radius, fwhm):
    """Concentration on the border over the mean inside = phi / (2 R), for a blurred sphere."""
    grid = Grid.from_spacing((40, 40, 40), spacing_mm=(2.0, 2.0, 2.0))
    centre = (39.3, 38.6, 39.9)
    values = blurred_sphere.profile(blurred_sphere.distances_mm(grid, centre), radius, fwhm)
    (found,) = measure_regions(
        image(values, grid), {"sphere": blurred_sphere.coverage(grid, centre, radius)}
    )
    recovered = blurred_sphere.recovery(radius, fwhm)
    volume = 4 / 3 * math.pi * radius**3 / 1000
    # 2 mm voxels with 64 points each: volume and sum to 0.5 %
    assert found.volume_ml == pytest.approx(volume, rel=0.005)
    assert found.activity_bq == pytest.approx(recovered * volume, rel=0.005)
    at_border = float(blurred_sphere.profile(np.array([radius]), radius, fwhm)[0])
    # the gradient spreads the border over three voxels: 3 %
    assert found.volume_slope_ratio == pytest.approx(at_border / recovered, rel=0.03)


def test_poisson_from_sensitivity_against_sampled_counts():
    decay, sensitivity, duration, activity = 1e-4, 1e-5, 3600.0, 5e6
    noise = CountingNoise.of_frame(
        counts_per_bq_s=sensitivity, frame_duration_s=duration, decay_per_s=decay
    )
    expected = activity * sensitivity * (1 - math.exp(-decay * duration)) / decay
    sampled = np.random.default_rng(5).poisson(expected, 200_000)
    # standard error of a standard deviation: 1/sqrt(2 n) = 0.16 %
    assert noise.relative(activity) == pytest.approx(sampled.std() / sampled.mean(), rel=0.008)
    assert noise.source == "Poisson"


def test_a_stated_uncertainty_is_used_and_none_is_admitted():
    mask = np.ones(GRID.shape)
    stated = measure_regions(
        image(mask), {"a": mask}, noise=CountingNoise(relative_uncertainty=0.04)
    )[0]
    assert (stated.random_relative_uncertainty, stated.random_source) == (0.04, "stated")
    unknown = measure_regions(image(mask), {"a": mask})[0]
    assert unknown.random_relative_uncertainty is None
    assert any("counting uncertainty unknown" in w for w in unknown.warnings)


def test_a_frame_of_unknown_duration_has_no_poisson():
    noise = CountingNoise.of_frame(counts_per_bq_s=1e-5, frame_duration_s=None, decay_per_s=1e-5)
    assert noise.source == "unknown"


def test_a_region_without_activity_is_said():
    (found,) = measure_regions(image(np.zeros(GRID.shape)), {"a": np.ones(GRID.shape)})
    assert found.activity_bq == 0
    assert any("no activity" in w for w in found.warnings)


def test_bad_input_is_refused():
    ones = np.ones(GRID.shape)
    with pytest.raises(RegionError, match="empty"):
        measure_regions(image(ones), {"a": 0 * ones})
    with pytest.raises(RegionError, match="share"):
        measure_regions(image(ones), {"a": 2 * ones})
    with pytest.raises(GridError):
        measure_regions(image(ones), {"a": ones[1:]})
    with pytest.raises(QuantityError):
        measure_regions(image(ones, quantity=Quantity.COUNTS), {"a": ones})
    with pytest.raises(InputError):
        CountingNoise(counts_per_bq=0.0)
    with pytest.raises(InputError):
        CountingNoise(relative_uncertainty=-1.0)
