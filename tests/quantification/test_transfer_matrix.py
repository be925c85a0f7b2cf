"""The transfer matrix against spheres blurred in closed form, and against its invariants."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import GridError, InputError, RegionError
from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification import CountingNoise, correct_by_transfer_matrix
from tests.quantification import blurred_sphere

GRID = Grid.from_spacing((36, 40, 44), spacing_mm=(4.0, 4.0, 4.0))
FWHM = 14.0
LEFT, RIGHT = (60.0, 78.0, 70.0), (112.0, 80.0, 72.0)
RADII = (20.0, 16.0)


def volume(values, grid=GRID) -> Volume:
    return Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML)


@pytest.fixture(scope="module")
def spheres():
    return {
        "left": blurred_sphere.coverage(GRID, LEFT, RADII[0]),
        "right": blurred_sphere.coverage(GRID, RIGHT, RADII[1]),
    }


@pytest.fixture(scope="module")
def blurred():
    return [
        blurred_sphere.image(GRID, c, r, FWHM) for c, r in zip((LEFT, RIGHT), RADII, strict=True)
    ]


@pytest.mark.parametrize(
    ("left", "right", "background"),
    [(100.0, 100.0, 0.0), (100.0, 20.0, 10.0), (5.0, 80.0, 20.0), (0.0, 50.0, 5.0)],
)
def test_two_spheres_in_a_warm_background_come_back(spheres, blurred, left, right, background):
    image = background + (left - background) * blurred[0] + (right - background) * blurred[1]
    found = correct_by_transfer_matrix(volume(image), spheres, fwhm_mm=FWHM)
    for region, truth, radius in zip(found.regions, (left, right), RADII, strict=True):
        ml = 4 / 3 * math.pi * radius**3 / 1000
        # coverages of 64 points in 4 mm voxels: 1 % of the hotter of region and surroundings
        assert region.activity_bq == pytest.approx(truth * ml, abs=0.01 * max(left, right) * ml)
        assert region.background_bq_per_ml == pytest.approx(background, abs=0.01 * max(left, right))
    assert found.condition < 10
    assert not found.warnings


def test_recovery_is_that_of_the_closed_form(spheres, blurred):
    found = correct_by_transfer_matrix(
        volume(100 * blurred[0]), {"left": spheres["left"]}, fwhm_mm=FWHM
    )
    expected = blurred_sphere.recovery(RADII[0], FWHM)
    # the contour, spread over voxels of 4 mm, takes in less than a sharp one: 1.7 % here
    assert found.regions[0].recovery == pytest.approx(expected, rel=0.02)


@given(seed=st.integers(0, 10_000), level=st.floats(1, 1e6))
@settings(max_examples=15, deadline=None)
def test_a_uniform_image_needs_no_correction(seed, level):
    """Whatever the shapes: what spills out spills in."""
    rng = np.random.default_rng(seed)
    grid = Grid.from_spacing((20, 20, 20), spacing_mm=(4.0, 5.0, 3.0))
    z, y, x = np.indices(grid.shape)
    shapes = {}
    for name, cz in (("a", 6), ("b", 13)):
        reach = rng.uniform(2, 4, 3)
        inside = (
            ((z - cz) / reach[0]) ** 2 + ((y - 10) / reach[1]) ** 2 + ((x - 10) / reach[2]) ** 2
        )
        shapes[name] = np.where(inside <= 1, rng.uniform(0.5, 1), 0.0)
    found = correct_by_transfer_matrix(
        volume(np.full(grid.shape, level), grid), shapes, fwhm_mm=9.0
    )
    for region in found.regions:
        assert region.recovery == pytest.approx(1, rel=1e-9)
        assert region.background_bq_per_ml == pytest.approx(level, rel=1e-9)


def test_order_and_scale_do_not_matter(spheres, blurred):
    image = 3 + 50 * blurred[0] + 20 * blurred[1]
    there = correct_by_transfer_matrix(volume(image), spheres, fwhm_mm=FWHM).regions
    back = correct_by_transfer_matrix(
        volume(2 * image), dict(reversed(spheres.items())), fwhm_mm=FWHM
    ).regions
    for one, two in zip(there, reversed(back), strict=True):
        assert two.name == one.name
        assert two.activity_bq == pytest.approx(2 * one.activity_bq, rel=1e-9)
        assert two.fwhm_slope_per_mm == pytest.approx(one.fwhm_slope_per_mm, rel=1e-6)


def test_a_region_inside_another_keeps_its_own_concentration():
    """A hot lesion (12 mm) inside a liver-like ball (40 mm) drawn as a whole."""
    outer = blurred_sphere.coverage(GRID, LEFT, 40.0)
    inner = blurred_sphere.coverage(GRID, LEFT, 12.0)
    image = 10 * blurred_sphere.image(GRID, LEFT, 40.0, FWHM)
    image = image + 90 * blurred_sphere.image(GRID, LEFT, 12.0, FWHM)
    found = correct_by_transfer_matrix(
        volume(image), {"liver": outer, "lesion": inner}, fwhm_mm=FWHM
    )
    liver, lesion = found.regions
    inner_ml, outer_ml = (4 / 3 * math.pi * r**3 / 1000 for r in (12.0, 40.0))
    assert lesion.activity_bq == pytest.approx(100 * inner_ml, rel=0.02)
    assert liver.activity_bq == pytest.approx(10 * outer_ml + 90 * inner_ml, rel=0.01)
    assert lesion.small
    assert not liver.small


def test_the_body_mask_ends_the_background():
    """A source at the skin: outside the body there is nothing to spill in."""
    grid = GRID
    x = np.indices(grid.shape)[2]
    body = (x * 4.0 >= 40.0).astype(float)
    centre = (66.0, 78.0, 70.0)
    sphere = blurred_sphere.coverage(grid, centre, 18.0)
    sigma = blurred_sphere.sigma_mm(FWHM)
    from scipy.special import erf

    # half space from x = 38 mm, the face of the first voxel inside
    half = 0.5 * (1 + erf((x * 4.0 - 38.0) / (math.sqrt(2) * sigma)))
    ball = blurred_sphere.image(grid, centre, 18.0, FWHM)
    image = 20 * half + 60 * ball
    with_body = correct_by_transfer_matrix(
        volume(image), {"ball": sphere}, fwhm_mm=FWHM, body=body
    ).regions[0]
    truth = 80 * 4 / 3 * math.pi * 18.0**3 / 1000
    assert with_body.activity_bq == pytest.approx(truth, rel=0.01)
    assert with_body.background_bq_per_ml == pytest.approx(20, rel=0.02)


def test_the_slope_against_resolution_is_that_of_another_resolution(spheres, blurred):
    image = volume(5 + 80 * blurred[0] + 30 * blurred[1])
    middle = correct_by_transfer_matrix(image, spheres, fwhm_mm=FWHM).regions
    low = correct_by_transfer_matrix(image, spheres, fwhm_mm=FWHM - 0.5, reach_mm=21.0).regions
    high = correct_by_transfer_matrix(image, spheres, fwhm_mm=FWHM + 0.5, reach_mm=21.0).regions
    for a, b, c in zip(low, middle, high, strict=True):
        apart = math.log(c.activity_bq / a.activity_bq)
        assert b.fwhm_slope_per_mm == pytest.approx(apart, rel=0.03)


def test_the_slope_against_volume_is_that_of_a_larger_contour(spheres, blurred):
    image = volume(5 + 80 * blurred[0])
    found = correct_by_transfer_matrix(image, {"left": spheres["left"]}, fwhm_mm=FWHM).regions[0]
    around = [
        correct_by_transfer_matrix(
            image, {"left": blurred_sphere.coverage(GRID, LEFT, RADII[0] + dr)}, fwhm_mm=FWHM
        )
        .regions[0]
        .activity_bq
        for dr in (-1.0, 1.0)
    ]
    grown = 3 * math.log((RADII[0] + 1) / (RADII[0] - 1))
    # the border is spread over voxels of 4 mm; a slope to a tenth is what an uncertainty needs
    assert found.volume_slope_ratio == pytest.approx(
        math.log(around[1] / around[0]) / grown, abs=0.1
    )


def test_counting_noise_through_the_inverse_against_sampled_images(spheres, blurred):
    """Independent Poisson noise in each voxel; 150 images; the spread of corrected activities."""
    rng = np.random.default_rng(11)
    clean = 5 + 80 * blurred[0] + 30 * blurred[1]
    counts_per_bq = 0.5
    per_voxel = clean * GRID.voxel_volume_ml * counts_per_bq
    masks = {name: (w >= 0.5).astype(float) for name, w in spheres.items()}
    stated = correct_by_transfer_matrix(
        volume(clean), masks, fwhm_mm=FWHM, noise=CountingNoise(counts_per_bq=counts_per_bq)
    ).regions
    from hevesy.quantification.region_model import build_region_model

    model = build_region_model(volume(clean), masks, fwhm_mm=FWHM, body=None, reach_mm=1.5 * FWHM)
    inverse = np.linalg.inv(model.matrix(model.blur(FWHM)))
    samples = []
    for _ in range(150):
        noisy = rng.poisson(per_voxel) / per_voxel * clean
        rows = [
            float((w * noisy[b]).sum() / w.sum())
            for weights in (model.components, model.shells)
            for w, b in zip(weights, model.boxes, strict=True)
        ]
        samples.append(model.activities_bq(inverse @ np.array(rows)))
    spread = np.std(samples, axis=0) / np.mean(samples, axis=0)
    for region, sampled in zip(stated, spread, strict=True):
        assert region.random_relative_uncertainty is not None
        # the sample's own error: 1/sqrt(2 x 150) = 6 %; three of them
        assert region.random_relative_uncertainty == pytest.approx(sampled, rel=0.18)


def test_unknown_noise_stays_unknown(spheres, blurred):
    found = correct_by_transfer_matrix(volume(blurred[0]), {"a": spheres["left"]}, fwhm_mm=FWHM)
    assert found.regions[0].random_relative_uncertainty is None


def test_small_neighbours_are_ill_conditioned_and_it_is_said():
    near = {
        "a": blurred_sphere.coverage(GRID, (80.0, 80.0, 70.0), 4.0),
        "b": blurred_sphere.coverage(GRID, (88.0, 80.0, 70.0), 4.0),
    }
    image = 1 + 50 * blurred_sphere.image(GRID, (80.0, 80.0, 70.0), 4.0, 16.0)
    found = correct_by_transfer_matrix(volume(image), near, fwhm_mm=16.0)
    assert any("ill conditioned" in w for w in found.warnings)
    assert all(r.small and any("two FWHM" in w for w in r.warnings) for r in found.regions)


def test_a_region_at_the_edge_is_said(blurred):
    edge = np.zeros(GRID.shape)
    edge[0:4, 15:20, 15:20] = 1
    found = correct_by_transfer_matrix(volume(1 + blurred[0]), {"top": edge}, fwhm_mm=FWHM)
    assert any("edge" in w for w in found.regions[0].warnings)


def test_bad_input_is_refused(spheres, blurred):
    image, one = volume(blurred[0]), {"left": spheres["left"]}
    for fwhm in (0.0, -1.0, math.nan):
        with pytest.raises(InputError):
            correct_by_transfer_matrix(image, one, fwhm_mm=fwhm)
    with pytest.raises(RegionError, match="inside"):
        correct_by_transfer_matrix(image, {**one, "twin": spheres["left"]}, fwhm_mm=FWHM)
    with pytest.raises(RegionError, match="empty"):
        correct_by_transfer_matrix(image, {"none": 0 * spheres["left"]}, fwhm_mm=FWHM)
    with pytest.raises(GridError):
        correct_by_transfer_matrix(image, {"a": spheres["left"][1:]}, fwhm_mm=FWHM)
    with pytest.raises(GridError):
        correct_by_transfer_matrix(image, one, fwhm_mm=FWHM, body=np.ones((2, 2, 2)))
    assert correct_by_transfer_matrix(image, {}, fwhm_mm=FWHM).regions == ()
