"""Lesions with a gradient, in a liver, against spheres blurred in closed form."""

import math

import numpy as np
import pytest

from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification import CountingNoise, correct_by_transfer_matrix
from tests.quantification import blurred_sphere

GRID = Grid.from_spacing((44, 44, 44), spacing_mm=(4.0, 4.0, 4.0))
MIDDLE = (86.0, 86.0, 86.0)
FWHM = 16.0
LESION, LIVER = 20.0, 55.0
HOT = 200.0  # the lesion's mean concentration over the liver's, as in the virtual patient
NOISE = CountingNoise(counts_per_bq=10.0)


def ml(radius: float) -> float:
    return 4 / 3 * math.pi * radius**3 / 1000


LIVER_ML = ml(LIVER) - ml(LESION)


@pytest.fixture(scope="module")
def drawn():
    lesion = blurred_sphere.coverage(GRID, MIDDLE, LESION)
    return {"liver": blurred_sphere.coverage(GRID, MIDDLE, LIVER) - lesion, "lesion": lesion}


@pytest.fixture(scope="module")
def images():
    liver = blurred_sphere.image(GRID, MIDDLE, LIVER, FWHM)
    even = blurred_sphere.image(GRID, MIDDLE, LESION, FWHM)

    def of(gradient: float) -> Volume:
        lesion = blurred_sphere.graded_image(GRID, MIDDLE, LESION, FWHM, gradient)
        values = liver - even + HOT * lesion
        return Volume(values=np.maximum(values, 0), grid=GRID, quantity=Quantity.BQ_PER_ML)

    return {g: of(g) for g in (-0.3, 0.0, 0.3, 0.6)}


def errors(image, drawn, **options):
    """Of lesion and liver, as shares of the truth."""
    found = {
        r.name: r for r in correct_by_transfer_matrix(image, drawn, fwhm_mm=FWHM, **options).regions
    }
    truth = {"lesion": HOT * ml(LESION), "liver": LIVER_ML}
    return {name: found[name].activity_bq / truth[name] - 1 for name in truth}, found


def test_graded_spheres_hold_what_they_should(images):
    total = float(images[0.6].values.sum()) * GRID.voxel_volume_ml
    assert total == pytest.approx(HOT * ml(LESION) + LIVER_ML, rel=2e-3)


@pytest.mark.parametrize("gradient", [-0.3, 0.0, 0.3, 0.6])
def test_a_gradient_in_the_lesion_is_found_and_leaves_the_liver_right(images, drawn, gradient):
    off, found = errors(images[gradient], drawn, uneven=["lesion"])
    assert abs(off["lesion"]) < 0.01
    # 0.2 % of the lesion's activity is 1 % of the liver's; its contour in 4 mm voxels leaves 1 %
    assert abs(off["liver"]) < 0.04
    # the surface has 1 - g (1/0.6 - 1), the middle 1 + g of the mean
    expected = (1 - gradient * (1 / 0.6 - 1)) / (1 + gradient)
    assert found["lesion"].rim_to_middle_ratio == pytest.approx(expected, abs=0.2)


def test_taken_for_even_the_gradient_would_be_missed_by_more(images, drawn):
    off, _ = errors(images[0.3], drawn)
    assert off["lesion"] > 0.025
    assert off["liver"] < -0.15


def test_what_shines_on_another_region_is_said(images, drawn):
    """About 60 % of what the liver shows is the lesion's; a lesion no hotter brings it little."""
    _, found = errors(images[0.3], drawn, uneven=["lesion"])
    assert any("carried in from 'lesion' by blur" in text for text in found["liver"].warnings)
    assert not any("carried in" in text for text in found["lesion"].warnings)
    flat = Volume(values=np.full(GRID.shape, 7.0), grid=GRID, quantity=Quantity.BQ_PER_ML)
    even = correct_by_transfer_matrix(flat, drawn, fwhm_mm=FWHM, uneven=["lesion"])
    liver = next(region for region in even.regions if region.name == "liver")
    assert not any("carried in" in text for text in liver.warnings)


def test_a_lesion_under_two_fwhm_is_left_whole(images):
    small = {"lesion": blurred_sphere.coverage(GRID, MIDDLE, 14.0)}
    found = correct_by_transfer_matrix(images[0.0], small, fwhm_mm=FWHM, uneven=["lesion"])
    assert found.regions[0].rim_to_middle_ratio is None
    assert found.matrix.shape == (2, 2)


def test_a_uniform_image_needs_no_correction_when_cut(drawn):
    flat = Volume(values=np.full(GRID.shape, 7.0), grid=GRID, quantity=Quantity.BQ_PER_ML)
    lesion = {"lesion": drawn["lesion"]}
    found = correct_by_transfer_matrix(flat, lesion, fwhm_mm=FWHM, uneven=["lesion"])
    assert found.matrix.shape == (3, 3)
    assert found.regions[0].recovery == pytest.approx(1, rel=1e-9)


def test_counting_noise_grows_when_cut_and_stays_known(images, drawn):
    whole = correct_by_transfer_matrix(images[0.0], drawn, fwhm_mm=FWHM, noise=NOISE)
    cut = correct_by_transfer_matrix(
        images[0.0], drawn, fwhm_mm=FWHM, noise=NOISE, uneven=["lesion"]
    )
    for one, two in zip(whole.regions, cut.regions, strict=True):
        assert two.random_relative_uncertainty > one.random_relative_uncertainty


def moved(coverages, name, growth=0.0, shift=(0.0, 0.0, 0.0)):
    """Both regions anew with one border moved: the lesion takes from the liver around it."""
    radius = {"lesion": LESION, "liver": LIVER}
    centre = {"lesion": MIDDLE, "liver": MIDDLE}
    radius[name] += growth
    centre[name] = tuple(c + s for c, s in zip(MIDDLE, shift, strict=True))
    lesion, liver = (
        blurred_sphere.coverage(GRID, centre[n], radius[n]) for n in ("lesion", "liver")
    )
    return {"liver": np.clip(liver - lesion, 0, 1), "lesion": lesion}


@pytest.mark.parametrize("uneven", [(), ("lesion",)])
@pytest.mark.parametrize("name", ["lesion", "liver"])
def test_growth_of_any_border_moves_all_activities_as_a_larger_contour_does(
    images, drawn, name, uneven
):
    _, found = errors(images[0.3], moved(drawn, name), uneven=uneven)
    ends = [errors(images[0.3], moved(drawn, name, h), uneven=uneven)[1] for h in (-0.5, 0.5)]
    for region in ("lesion", "liver"):
        again = math.log(ends[1][region].activity_bq / ends[0][region].activity_bq)
        # borders spread over voxels of 4 mm: to 15 %, and 0.2 % per mm
        assert found[region].border_slopes_per_mm[name][0] == pytest.approx(
            again, rel=0.15, abs=0.002
        )


def test_a_shift_moves_activities_as_a_shifted_contour_does():
    """A hot ball that takes a cap from a cold one, moved into it."""
    hot_at, cold_at = (60.0, 86.0, 86.0), (114.0, 86.0, 86.0)
    image = 10 * blurred_sphere.image(GRID, hot_at, 30.0, FWHM)
    image = image + blurred_sphere.image(GRID, cold_at, 34.0, FWHM)
    volume = Volume(values=image, grid=GRID, quantity=Quantity.BQ_PER_ML)
    ball = blurred_sphere.coverage(GRID, cold_at, 34.0)

    def at(x: float):
        hot = blurred_sphere.coverage(GRID, (hot_at[0] + x, *hot_at[1:]), 30.0)
        both = {"hot": hot, "cold": np.clip(ball - hot, 0, 1)}
        found = correct_by_transfer_matrix(volume, both, fwhm_mm=FWHM)
        return {r.name: r for r in found.regions}

    found, low, high = at(0.0), at(-0.5), at(0.5)
    again = math.log(high["cold"].activity_bq / low["cold"].activity_bq)
    _, x, y, z = found["cold"].border_slopes_per_mm["hot"]
    assert again < -0.02
    assert x == pytest.approx(again, rel=0.15)
    assert max(abs(y), abs(z)) < 0.02 * abs(x)


def test_slopes_do_not_depend_on_how_the_image_lies(images, drawn):
    """Array axes in another order and direction, the same world: the same slopes along x, y, z."""
    shifted = {
        "liver": blurred_sphere.coverage(GRID, (90.0, 86.0, 82.0), 40.0),
        "lesion": blurred_sphere.coverage(GRID, (60.0, 74.0, 90.0), 12.0),
    }
    image = images[0.3]
    affine = GRID.affine[:, [2, 0, 1, 3]].copy()
    affine[:3, 3] += affine[:3, 0] * (GRID.shape[2] - 1)
    affine[:3, 0] *= -1
    turned = Grid(shape=(GRID.shape[2], GRID.shape[0], GRID.shape[1]), affine=affine)

    def turn(values):
        return np.ascontiguousarray(np.transpose(values, (2, 0, 1))[::-1])

    there = correct_by_transfer_matrix(image, shifted, fwhm_mm=FWHM).regions
    back = correct_by_transfer_matrix(
        Volume(values=turn(image.values), grid=turned, quantity=Quantity.BQ_PER_ML),
        {name: turn(c) for name, c in shifted.items()},
        fwhm_mm=FWHM,
    ).regions
    for one, two in zip(there, back, strict=True):
        for name in shifted:
            assert two.border_slopes_per_mm[name] == pytest.approx(
                one.border_slopes_per_mm[name], rel=1e-6, abs=1e-9
            )
