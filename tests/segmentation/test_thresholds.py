"""Thresholds and edges on blurred balls, against the closed form."""

import numpy as np
import pytest
from scipy.optimize import brentq, minimize_scalar

from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.segmentation import (
    grow_region,
    outline_body,
    segment_gradient,
    threshold_adaptive,
    threshold_fixed,
)
from tests.segmentation.blurred_ball import ball_image, ball_ml, profile


def radius_at(level: float, radius_mm: float, fwhm_mm: float) -> float:
    def above(r: float) -> float:
        return float(profile(np.array(r), radius_mm, fwhm_mm)) - level

    return float(brentq(above, 0.0, 3 * radius_mm))


@pytest.mark.parametrize("share", [0.3, 0.42, 0.5, 0.7])
@pytest.mark.parametrize(("radius_mm", "fwhm_mm"), [(24.0, 8.0), (24.0, 16.0), (15.0, 16.0)])
def test_a_fixed_share_meets_the_surface_it_should(
    share: float, radius_mm: float, fwhm_mm: float
) -> None:
    """Voxel centres within the isosurface: volume to 3 %.

    The number of lattice points in a ball of n >= 800 voxels strays from its volume by under 1 %,
    and the largest voxel stands off the true maximum by up to half a voxel, which is under 1 % of
    the maximum and, by the steepness there, under 2 % of volume.
    """
    image = ball_image(radius_mm, fwhm_mm)
    most = float(profile(np.array(0.0), radius_mm, fwhm_mm))
    wanted = ball_ml(radius_at(share * most, radius_mm, fwhm_mm))
    found = threshold_fixed(image, share=share, name="lesion")
    assert found.volume_ml == pytest.approx(wanted, rel=0.03)
    assert found.frame_of_reference == "1.2.3"


@pytest.mark.parametrize("background", [0.0, 0.1, 0.3])
@pytest.mark.parametrize(
    ("radius_mm", "fwhm_mm", "theory"),
    [(24.0, 8.0, 0.940), (24.0, 12.0, 0.867), (24.0, 16.0, 0.772), (32.0, 8.0, 0.966)],
)
def test_the_adaptive_threshold_does_not_see_the_background(
    background: float, radius_mm: float, fwhm_mm: float, theory: float
) -> None:
    """Volumes as its docstring says for radii of 3, 2, 1.5 and 4 FWHM, to 3 %, at any background.

    The shell begins one FWHM outside, where a share of 1 % or less is spill-out.
    """
    image = ball_image(
        radius_mm, fwhm_mm, background=background, contrast=1 - background, half_width_mm=70.0
    )
    found = threshold_adaptive(image, name="lesion", gap_mm=fwhm_mm, width_mm=10.0)
    assert found.volume_ml / ball_ml(radius_mm) == pytest.approx(theory, rel=0.03)


def test_a_fixed_share_does_see_the_background() -> None:
    """The reason for the other: 50 % of the maximum over a background of 60 % takes in all."""
    image = ball_image(20.0, 8.0, background=0.6, contrast=0.4)
    assert threshold_fixed(image, share=0.5, name="lesion").mask.all()


@pytest.mark.parametrize("background", [0.0, 0.5])
@pytest.mark.parametrize(("radius_mm", "fwhm_mm"), [(24.0, 8.0), (28.0, 12.0)])
def test_the_watershed_stops_where_the_edge_is_steepest(
    radius_mm: float, fwhm_mm: float, background: float
) -> None:
    """The steepest place of the closed form, with the smoothing added in quadrature.

    To 0.6 mm in radius: the watershed's border runs between voxels of 2 to 2.5 mm (0.5 to 0.6 mm
    for a line through a voxel at a random place), and has no bias.
    """
    smoothing_mm = 2.5
    image = ball_image(radius_mm, fwhm_mm, background=background)
    found = segment_gradient(
        image,
        (0.0, 0.0, 0.0),
        search_radius_mm=1.8 * radius_mm,
        smoothing_mm=smoothing_mm,
        name="lesion",
    )
    both = float(np.hypot(fwhm_mm, 2.3548 * smoothing_mm))

    def slope(r: float) -> float:
        ends = profile(np.array([r - 1e-3, r + 1e-3]), radius_mm, both)
        return float(ends[1] - ends[0])

    bounds = (0.3 * radius_mm, 1.7 * radius_mm)
    steepest = float(minimize_scalar(slope, bounds=bounds, method="bounded").x)
    got = float(np.cbrt(found.volume_ml * 1000 * 3 / (4 * np.pi)))
    assert got == pytest.approx(steepest, abs=0.6)


def two_balls() -> Volume:
    first = ball_image(12.0, 6.0, centre_mm=(-30.0, 0.0, 0.0))
    second = ball_image(12.0, 6.0, centre_mm=(30.0, 0.0, 0.0), contrast=0.9)
    return first.with_values(first.values + second.values)


def test_only_the_part_that_holds_the_maximum_is_taken() -> None:
    image = two_balls()
    one = threshold_fixed(image, share=0.5, name="left")
    assert one.volume_ml == pytest.approx(
        ball_ml(radius_at(0.5, 12.0, 6.0)), rel=0.05
    )  # not twice that
    places = image.grid.to_world_mm(np.argwhere(one.mask))
    assert places[:, 0].max() < 0


def test_a_search_can_be_narrowed() -> None:
    image = two_balls()
    right = np.zeros(image.grid.shape, dtype=bool)
    right[:, :, image.grid.shape[2] // 2 + 3 :] = True
    where = Region(name="right half", mask=right, grid=image.grid)
    found = threshold_fixed(image, share=0.5, name="right", within=where)
    assert image.grid.to_world_mm(np.argwhere(found.mask))[:, 0].min() > 0


def test_growing_takes_what_hangs_together_with_the_point() -> None:
    image = two_balls()
    left = grow_region(image, (-30.0, 0.0, 0.0), between=(0.3, 2.0), name="left")
    right = grow_region(image, (30.0, 0.0, 0.0), between=(0.3, 2.0), name="right")
    whole = grow_region(image, (30.0, 0.0, 0.0), between=(-1.0, 2.0), name="all")
    assert whole.mask.all()
    assert not (left.mask & right.mask).any()
    assert ((image.values >= 0.3) == (left.mask | right.mask)).all()


def test_growing_needs_a_point_within_image_and_range() -> None:
    image = two_balls()
    with pytest.raises(RegionError, match="outside the image"):
        grow_region(image, (500.0, 0.0, 0.0), between=(0.0, 1.0), name="x")
    with pytest.raises(RegionError, match="not within its range"):
        grow_region(image, (0.0, 0.0, 0.0), between=(0.5, 1.0), name="x")


def test_thresholds_refuse_what_cannot_be() -> None:
    image = ball_image(10.0, 6.0, half_width_mm=30.0)
    for share in (0.0, 42.0, -0.1, float("nan")):
        with pytest.raises(RegionError):
            threshold_fixed(image, share=share, name="x")
        with pytest.raises(RegionError):
            threshold_adaptive(image, share=share, name="x", gap_mm=5.0, width_mm=5.0)
    nothing = image.with_values(np.zeros(image.grid.shape))
    with pytest.raises(RegionError, match="nothing is above 0"):
        threshold_fixed(nothing, share=0.5, name="x")
    other = Grid.from_spacing((4, 4, 4), spacing_mm=(2, 2, 2))
    elsewhere = Region(name="there", mask=np.ones(other.shape, dtype=bool), grid=other)
    with pytest.raises(GridError, match="not on the image's grid"):
        threshold_fixed(image, share=0.5, name="x", within=elsewhere)
    with pytest.raises(RegionError, match="fills the whole image"):
        segment_gradient(image, (0, 0, 0), search_radius_mm=90.0, smoothing_mm=3.0, name="x")
    with pytest.raises(RegionError, match="out of range"):
        segment_gradient(image, (0, 0, 0), search_radius_mm=20.0, smoothing_mm=0.0, name="x")


def phantom_ct() -> tuple[Volume, np.ndarray]:
    """An elliptic body with lungs, on a couch of two thin shells."""
    grid = Grid.from_spacing((24, 128, 160), spacing_mm=(5, 3, 3))
    _, y, x = np.indices(grid.shape)
    across, back = (x - 80) * 3.0, (y - 56) * 3.0
    body = (across / 180) ** 2 + (back / 110) ** 2 < 1
    lungs = ((np.abs(across) - 80) / 55) ** 2 + (back / 75) ** 2 < 1
    couch = (np.abs(back - 135) < 4) | (np.abs(back - 175) < 4)
    hu = np.where(body, 40, -1000) - 800 * (lungs & body) + 900 * (couch & ~body)
    return Volume(values=hu.astype(np.int16), grid=grid, quantity=Quantity.HU), body


def test_the_body_is_solid_and_without_its_couch() -> None:
    ct, body = phantom_ct()
    found = outline_body(ct)
    wrong = np.count_nonzero(found.mask ^ body) * ct.grid.voxel_volume_ml
    # A cube passes -300 HU where it is filled to 0.67, so the edge lies 0.17 x 4 mm inside: 0.7 mm
    # of a surface of about 930 mm x 120 mm, and as much again for the steps of the cubes.
    assert wrong < 930 * 120 * 1.4 / 1000
    assert found.volume_ml == pytest.approx(
        np.count_nonzero(body) * ct.grid.voxel_volume_ml, rel=0.02
    )


def test_the_coarse_body_has_the_body_s_volume() -> None:
    """By the same measure as above: 0.7 mm of the surface, 0.02 of the volume."""
    ct, body = phantom_ct()
    found = outline_body(ct, coarse=True)
    assert found.grid.spacing_mm[0] == 5.0  # coarser than a cube: as it was
    assert 3.0 < found.grid.spacing_mm[1] <= 4.0
    assert found.volume_ml == pytest.approx(
        np.count_nonzero(body) * ct.grid.voxel_volume_ml, rel=0.02
    )


def test_the_body_from_spect() -> None:
    ct, body = phantom_ct()
    hot = body * 1.0
    hot[10:14, 50:60, 60:70] = 40.0
    spect = Volume(values=hot, grid=ct.grid, quantity=Quantity.COUNTS)
    found = outline_body(spect)
    assert np.count_nonzero(found.mask ^ body) < 0.03 * np.count_nonzero(body)


def test_no_body_is_said() -> None:
    ct, _ = phantom_ct()
    with pytest.raises(RegionError, match="no body"):
        outline_body(ct.with_values(np.full(ct.grid.shape, -1000.0)))
