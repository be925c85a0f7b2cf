"""The background-corrected total of a spill-out region, against blurred balls."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from hevesy.errors import GridError, QuantityError, RegionError
from hevesy.images import Quantity, Region, Volume
from hevesy.segmentation import spill_out_region, spill_out_total
from tests.segmentation.blurred_ball import FWHM_OF_SIGMA, ball_image, ball_ml

FWHM_MM = 12.0


def lesion(image: Volume, radius_mm: float, name: str = "lesion") -> Region:
    places = image.grid.to_world_mm(np.stack(np.indices(image.grid.shape), axis=-1))
    mask = np.linalg.norm(places - np.array([0.4, -0.3, 0.7]), axis=-1) <= radius_mm
    return Region(name=name, mask=mask, grid=image.grid)


@pytest.mark.parametrize("background", [0.0, 0.125, 0.25])
@pytest.mark.parametrize("radius_mm", [10.0, 15.0, 25.0])
def test_the_total_comes_back(background: float, radius_mm: float) -> None:
    """Balls of 2 to 5 cm at no background, 8:1 and 4:1, as in PMC9859999: total over true.

    Beyond one FWHM (2.35 sigma) of a plane edge lies less than 0.2 % of its spill-out column; for
    a ball of 10 mm, whose surroundings grow as the radius squared, under 2 %. With background, the
    lesion's voxels hold background + contrast; its own volume is that of its mask (1.5 %).
    """
    image = ball_image(
        radius_mm, FWHM_MM, background=background, contrast=1 - background, half_width_mm=70.0
    )
    region = lesion(image, radius_mm)
    found = spill_out_region(region, margin_mm=1.25 * FWHM_MM, width_mm=10.0)
    got = spill_out_total(image, found, fwhm_mm=FWHM_MM)
    assert got.value == pytest.approx(ball_ml(radius_mm), rel=0.02)
    assert got.background_per_ml == pytest.approx(background, abs=0.003)
    assert got.gross == pytest.approx(got.value + got.background_total)
    # inside its own edge alone a blurred ball has lost a lot more than that
    inside = float(image.values[region.mask].sum()) * image.grid.voxel_volume_ml
    if background == 0.0:
        assert inside < 0.85 * got.value


def test_the_unit_follows_the_image() -> None:
    image = ball_image(15.0, FWHM_MM, background=0.2)
    found = spill_out_region(lesion(image, 15.0), margin_mm=15.0, width_mm=10.0)
    per_ml = spill_out_total(image, found, fwhm_mm=FWHM_MM)
    in_voxels = image.with_values(image.values * image.grid.voxel_volume_ml, Quantity.BQ)
    per_voxel = spill_out_total(in_voxels, found, fwhm_mm=FWHM_MM)
    assert per_voxel.value == pytest.approx(per_ml.value)
    assert per_voxel.uncertainty == pytest.approx(per_ml.uncertainty)
    assert per_voxel.background_per_ml == pytest.approx(per_ml.background_per_ml)


def test_the_background_s_uncertainty_is_that_of_repeats() -> None:
    """400 images of correlated noise: spread of the shell's mean against the stated u, to 12 %.

    400 repeats know a standard deviation to 3.5 %, and the root of the mean stated variance is
    known much better; 12 % is more than three times that.
    """
    image = ball_image(12.0, FWHM_MM, background=0.25, spacing_mm=(4.0, 4.0, 4.0))
    found = spill_out_region(lesion(image, 12.0), margin_mm=15.0, width_mm=15.0)
    rng = np.random.default_rng(11)
    sigma = FWHM_MM / FWHM_OF_SIGMA / 4.0
    means, stated = [], []
    for _ in range(400):
        noise = gaussian_filter(rng.normal(0, 0.5, image.grid.shape), sigma, mode="wrap")
        noisy = image.with_values(0.25 + noise)
        got = spill_out_total(noisy, found, fwhm_mm=FWHM_MM)
        means.append(got.background_total)
        stated.append(got.uncertainty)
    stated_rms = float(np.sqrt(np.mean(np.square(stated))))
    assert stated_rms == pytest.approx(float(np.std(means, ddof=1)), rel=0.12)


def test_a_hot_neighbour_is_kept_out_of_the_shell_but_not_out_of_the_lesion() -> None:
    image = ball_image(12.0, FWHM_MM, background=0.1, half_width_mm=70.0)
    region = lesion(image, 12.0)
    places = image.grid.to_world_mm(np.stack(np.indices(image.grid.shape), axis=-1))
    far = np.linalg.norm(places - np.array([40.0, 0, 0]), axis=-1) <= 12.0
    hot = image.with_values(image.values + 5.0 * far)
    other = Region(name="gut", mask=far, grid=image.grid)
    without = spill_out_region(region, margin_mm=14.0, width_mm=20.0, others=[other])
    got = spill_out_total(hot, without, fwhm_mm=FWHM_MM)
    assert got.value == pytest.approx(1.1 * ball_ml(12.0), rel=0.03)
    with pytest.raises(RegionError, match="'gut' reaches into the spill-out of region 'lesion'"):
        spill_out_region(region, margin_mm=25.0, width_mm=10.0, others=[other])


def test_what_cannot_be_is_refused() -> None:
    image = ball_image(12.0, FWHM_MM, half_width_mm=40.0)
    found = spill_out_region(lesion(image, 12.0), margin_mm=12.0, width_mm=8.0)
    with pytest.raises(RegionError, match="FWHM"):
        spill_out_total(image, found, fwhm_mm=0.0)
    with pytest.raises(RegionError, match="too small to be judged"):
        spill_out_total(image, found, fwhm_mm=200.0)
    with pytest.raises(QuantityError):
        spill_out_total(image.with_values(image.values, Quantity.HU), found, fwhm_mm=12.0)
    other = ball_image(12.0, FWHM_MM, half_width_mm=30.0)
    with pytest.raises(GridError):
        spill_out_total(other, found, fwhm_mm=12.0)
