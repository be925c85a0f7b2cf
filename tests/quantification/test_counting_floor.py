"""What counting leaves uncertain: repeated images through the matrix, and the floor."""

import math

import numpy as np
import pytest

from hevesy.errors import InputError
from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification import CountingFloor, correct_by_transfer_matrix

GRID = Grid.from_spacing((28, 28, 28), spacing_mm=(4, 4, 4))


def ball(radius: float) -> np.ndarray:
    index = np.stack(np.indices(GRID.shape), axis=-1)
    return (np.linalg.norm((index - 13.5) * 4.0, axis=-1) < radius).astype(float)


def test_the_floor_is_the_root_of_the_counts_in_a_spheres_shadow() -> None:
    """A sphere of 33.51 mL is 40 mm across: its shadow is 1256.6 mm2."""
    volume_ml = math.pi / 6 * 40.0**3 / 1e3
    floor = CountingFloor(counts_per_mm2=2.0, activity_per_count_bq=10.0)
    expected = 10.0 * math.sqrt(2.0 * math.pi / 4 * 40.0**2)
    assert floor.deviation_bq(volume_ml) == pytest.approx(expected, rel=1e-9)


def test_without_counts_one_count_is_the_least() -> None:
    assert CountingFloor(counts_per_mm2=0.0, activity_per_count_bq=10.0).deviation_bq(5.0) == 10.0


@pytest.mark.parametrize("numbers", [(-1.0, 1.0), (1.0, 0.0), (math.nan, 1.0)])
def test_numbers_out_of_range_are_refused(numbers: tuple[float, float]) -> None:
    with pytest.raises(InputError, match="counting floor"):
        CountingFloor(counts_per_mm2=numbers[0], activity_per_count_bq=numbers[1])


def test_repeats_that_differ_by_a_factor_spread_by_that_factor() -> None:
    """The inverse is linear: images times f_i give activities times f_i."""
    mask = ball(30.0)
    image = 100.0 * mask
    factors = np.array([0.9, 1.0, 1.1, 1.3])
    found = correct_by_transfer_matrix(
        Volume(values=image, grid=GRID, quantity=Quantity.BQ_PER_ML),
        {"ball": mask},
        fwhm_mm=10.0,
        repeats=[image * factor for factor in factors],
    )
    stated = found.regions[0].random_relative_uncertainty
    assert stated == pytest.approx(float(factors.std(ddof=1)), rel=1e-9)


def test_repeats_are_stated_as_they_scatter() -> None:
    """White noise s in n voxels of a uniform body without blur: the mean's is s / sqrt(n)."""
    mask = ball(30.0)
    rng = np.random.default_rng(4)
    repeats = [100.0 + rng.normal(0.0, 5.0, GRID.shape) for _ in range(200)]
    found = correct_by_transfer_matrix(
        Volume(values=np.full(GRID.shape, 100.0), grid=GRID, quantity=Quantity.BQ_PER_ML),
        {"ball": mask},
        fwhm_mm=0.01,  # no blur: the matrix is one
        reach_mm=8.0,
        repeats=repeats,
    )
    expected = 5.0 / math.sqrt(mask.sum()) / 100.0
    # a standard deviation of 200 is known to 5 %; three of these
    assert found.regions[0].random_relative_uncertainty == pytest.approx(expected, rel=0.15)
