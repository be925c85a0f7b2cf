"""Rims, border layers and tracts against their volumes in closed form.

Tolerances. A voxel belongs by its centre, so a smooth surface of area S errs by the fluctuation of
lattice points near it: with N = S/h^2 independent columns, each out by h/sqrt(12) at random, the
volume is out by S h / (sqrt(12) sqrt(N)) = h^2 sqrt(S/12), h being the cube root of the voxel's
volume; four of these are allowed for each of the shell's surfaces. A surface that is itself known
by its voxels only adds the distance's own error: a tenth of h on average, and the lattice's lengths
are few near a voxel or two (on cubes of 2 mm none lies between 4.9 and 5.66 mm), so that a surface
drawn between them is out by up to half of that gap; S h / 4 is allowed for both (on the rim's far
surface; the near one is the region's own).
"""

import itertools

import numpy as np
import pytest

from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Region
from hevesy.segmentation import (
    NeedleTrack,
    outline_border_layer,
    outline_rim,
    outline_tract,
    signed_distance_mm,
)

SPACINGS = ((2.0, 2.0, 2.0), (3.0, 1.5, 1.5), (1.0, 2.0, 2.5))


def ball(radius_mm: float, spacing: tuple[float, float, float], half_mm: float = 50.0) -> Region:
    shape = tuple(int(2 * half_mm / s) + 1 for s in spacing)
    grid = Grid.from_spacing(shape, spacing_mm=spacing, origin_mm=(-half_mm,) * 3)  # type: ignore[arg-type]
    places = grid.to_world_mm(np.stack(np.indices(grid.shape), axis=-1))
    return Region(
        name="ball", mask=np.linalg.norm(places - (0.3, -0.2, 0.6), axis=-1) <= radius_mm, grid=grid
    )


def lattice_ml(area_mm2: float, spacing: tuple[float, float, float]) -> float:
    h = float(np.prod(spacing)) ** (1 / 3)
    return 4 * h**2 * float(np.sqrt(area_mm2 / 12)) / 1000


def ball_ml(radius_mm: float) -> float:
    return 4 / 3 * np.pi * radius_mm**3 / 1000


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("radius_mm", [15.0, 30.0])
@pytest.mark.parametrize(("inside_mm", "outside_mm"), [(0.0, 5.0), (5.0, 0.0), (4.0, 6.0)])
def test_rim_of_a_ball(
    spacing: tuple[float, float, float], radius_mm: float, inside_mm: float, outside_mm: float
) -> None:
    rim = outline_rim(ball(radius_mm, spacing), inside_mm=inside_mm, outside_mm=outside_mm)
    inner, outer = radius_mm - inside_mm, radius_mm + outside_mm
    areas = 4 * np.pi * (inner**2 + outer**2)
    h = float(np.prod(spacing)) ** (1 / 3)
    allowed = lattice_ml(areas, spacing) + 4 * np.pi * max(inner, outer) ** 2 * h / 4 / 1000
    assert rim.volume_ml == pytest.approx(ball_ml(outer) - ball_ml(inner), abs=allowed)


@pytest.mark.parametrize("spacing", SPACINGS)
def test_distance_to_a_plane_along_the_axes(spacing: tuple[float, float, float]) -> None:
    for axis in range(3):
        mask = np.zeros((12, 12, 12), dtype=bool)
        mask[tuple(slice(0, 5) if a == axis else slice(None) for a in range(3))] = True
        half = Region(
            name="half", mask=mask, grid=Grid.from_spacing(mask.shape, spacing_mm=spacing)
        )
        found = np.moveaxis(signed_distance_mm(half, reach_mm=100.0), axis, 0)[:, 6, 6]
        want = (np.arange(12) - 4.5) * spacing[axis]  # and no surface at the image's border
        assert np.abs(found - want).max() <= spacing[axis] / 2 + 1e-5
        assert (np.sign(found) == np.sign(want)).all()


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("radius_mm", [15.0, 30.0])
def test_distance_to_a_ball(spacing: tuple[float, float, float], radius_mm: float) -> None:
    """Mean error under a tenth of a voxel (one eighth between one and two voxels away)."""
    region = ball(radius_mm, spacing)
    places = region.grid.to_world_mm(np.stack(np.indices(region.grid.shape), axis=-1))
    true = np.linalg.norm(places - (0.3, -0.2, 0.6), axis=-1) - radius_mm
    found = signed_distance_mm(region, reach_mm=14.0)
    h = float(np.prod(spacing)) ** (1 / 3)
    for low, high, limit in ((h, 2 * h, 0.125), (2 * h, 6.0, 0.1), (6.0, 12.0, 0.1)):
        for side in (1, -1):
            there = (side * true > low) & (side * true < high)
            assert abs(float((found - true)[there].mean())) < limit * h


@pytest.mark.parametrize("spacing", SPACINGS)
@pytest.mark.parametrize("direction", [(0, 0, 1), (1, 0, 0), (1, 2, 2), (2, -1, 1)])
def test_tract_is_a_cylinder(
    spacing: tuple[float, float, float], direction: tuple[int, int, int]
) -> None:
    unit = np.asarray(direction) / np.linalg.norm(direction)
    start, end = -30.0 * unit + 0.3, 30.0 * unit + 0.3
    grid = ball(10.0, spacing).grid
    track = NeedleTrack(points_mm=(tuple(start), tuple(end)))
    tract = outline_tract(track, grid, radius_mm=6.0)
    side, caps = 2 * np.pi * 6 * 60, 2 * np.pi * 36
    # caps and sides along the grid's axes are no random columns: a cap may gain or lose one layer,
    # a side parallel to an axis repeats one disc's error, whose own is sqrt(2 pi r h / 12) h each
    layer = caps / 2 * max(spacing)
    disc = 4 * float(np.sqrt(2 * np.pi * 6 * max(spacing) / 12)) * max(spacing) * 60
    allowed = lattice_ml(side + caps, spacing) + (layer + disc) / 1000 * (0 in direction)
    assert tract.volume_ml == pytest.approx(np.pi * 36 * 60 / 1000, abs=allowed)


def test_bent_track_has_no_gap_and_no_double_count() -> None:
    grid = ball(10.0, (1.0, 1.0, 1.0)).grid
    points = ((-20.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 20.0, 0.0))
    tract = outline_tract(NeedleTrack(points_mm=points), grid, radius_mm=5.0)
    # the cylinders share less than r of length; the ball in the bend adds a quarter of itself
    straight = np.pi * 25 * 40 / 1000
    quarter = np.pi * 25 * 5 / 1000
    assert straight - quarter < tract.volume_ml < straight + ball_ml(5.0) / 4 + 0.2
    corner = grid.to_index((3.0, -3.0, 0.0)).round().astype(int)
    assert tract.mask[tuple(corner)]  # the outer side of the bend is filled


@pytest.mark.parametrize("spacing", SPACINGS)
def test_border_layer_of_a_ball_beside_a_lesion(spacing: tuple[float, float, float]) -> None:
    """A lesion in the middle, within reach of all of the border: the layer is a whole shell."""
    organ = ball(35.0, spacing)
    lesion = Region(name="lesion", mask=ball(10.0, spacing).mask, grid=organ.grid)
    hollow = Region(name="organ", mask=organ.mask & ~lesion.mask, grid=organ.grid)
    layer = outline_border_layer(hollow, thickness_mm=4.0, near=lesion, within_mm=40.0)
    area = 4 * np.pi * (35.0**2 + 31.0**2)
    h = float(np.prod(spacing)) ** (1 / 3)
    allowed = lattice_ml(area, spacing) + 4 * np.pi * 35**2 * h / 4 / 1000
    assert layer.volume_ml == pytest.approx(ball_ml(35.0) - ball_ml(31.0), abs=allowed)
    near = outline_border_layer(hollow, thickness_mm=4.0, near=lesion, within_mm=23.0)
    assert near.volume_ml == pytest.approx(ball_ml(33.0) - ball_ml(31.0), abs=allowed)
    with pytest.raises(RegionError, match="no border within"):
        outline_border_layer(hollow, thickness_mm=4.0, near=lesion, within_mm=15.0)


def test_turning_the_axes_changes_nothing() -> None:
    region = ball(15.0, (2.0, 2.0, 2.0))
    distance = signed_distance_mm(region, reach_mm=20.0)
    for order in itertools.permutations(range(3)):
        turned = Region(
            name="t", mask=region.mask.transpose(order),
            grid=Grid.from_spacing(region.grid.shape, spacing_mm=(2.0, 2.0, 2.0)),
        )  # fmt: skip
        found = signed_distance_mm(turned, reach_mm=20.0)
        near = np.isfinite(found)
        # the nearest centre may be another one where two are equally near: their half voxels differ
        assert np.median(np.abs(found[near] - distance.transpose(order)[near])) < 1e-5


@pytest.mark.parametrize(
    ("points", "words"),
    [
        (((0.0, 0.0, 0.0), (0.0, 0.0, 300.0)), "point 2 of needle tract is outside"),
        (((-80.0, 0.0, 0.0), (0.0, 0.0, 0.0)), "point 1 of needle tract is outside"),
    ],
)
def test_track_outside_the_image(points: tuple[tuple[float, ...], ...], words: str) -> None:
    with pytest.raises(RegionError, match=words):
        outline_tract(
            NeedleTrack(points_mm=points),  # type: ignore[arg-type]
            ball(10.0, (2.0, 2.0, 2.0)).grid,
            radius_mm=5.0,
        )


def test_refusals() -> None:
    region = ball(10.0, (2.0, 2.0, 2.0))
    other = ball(10.0, (3.0, 2.0, 2.0))
    with pytest.raises(RegionError, match="two points"):
        NeedleTrack(points_mm=((0.0, 0.0, 0.0),))
    with pytest.raises(RegionError, match="no length"):
        NeedleTrack(points_mm=((1.0, 0.0, 0.0), (1.0, 0.0, 0.0)))
    with pytest.raises(RegionError, match="no length"):
        NeedleTrack(points_mm=((1.0, 0.0, 0.0), (float("nan"), 0.0, 0.0)))
    with pytest.raises(RegionError, match="thickness"):
        outline_rim(region)
    with pytest.raises(RegionError, match="radius"):
        outline_tract(NeedleTrack(points_mm=((0, 0, 0), (5, 0, 0))), region.grid, radius_mm=0.0)
    with pytest.raises(GridError, match="different grids"):
        outline_border_layer(region, thickness_mm=2.0, near=other, within_mm=5.0)
