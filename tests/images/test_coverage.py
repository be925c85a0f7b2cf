"""Shares of voxels: the region's volume stays, on any two grids."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import RegionError
from hevesy.images import (
    Grid,
    Quantity,
    Region,
    RigidTransform,
    Volume,
    coverage_share,
    resample_activity,
)
from tests.images.test_resample import centred, shifts, spacings, turns


def sphere(grid: Grid, radius_mm: float, centre_mm: tuple[float, float, float]) -> Region:
    points = grid.to_world_mm(np.stack(np.indices(grid.shape), axis=-1))
    mask = np.linalg.norm(points - np.asarray(centre_mm), axis=-1) <= radius_mm
    return Region(name="ball", mask=mask, grid=grid)


@settings(deadline=None, max_examples=40)
@given(spacings, spacings, turns, st.one_of(st.just((0.0, 0.0, 0.0)), turns), shifts)
def test_the_volume_stays(
    own: tuple[float, float, float],
    other: tuple[float, float, float],
    turn: tuple[float, float, float],
    move: tuple[float, float, float],
    shift: tuple[float, float, float],
) -> None:
    """To 3e-3 for oblique grids, as promised for 100 voxels or more (a ball of 18 mm, 6 mm voxels:
    113); to 1e-5 where the axes are parallel."""
    shape = tuple(int(np.ceil(60.0 / s)) for s in own)
    region = sphere(centred(shape, own, turn), 18.0, (2.0, -1.0, 3.0))  # type: ignore[arg-type]
    around = tuple(int(np.ceil(110.0 / s)) for s in other)
    grid = centred(around, other)  # type: ignore[arg-type]
    motion = RigidTransform.from_parts(rotation_deg=move, translation_mm=shift)
    share = coverage_share(region, grid, transform=motion)
    assert share.dtype == np.float32
    assert share.shape == grid.shape
    assert float(share.min()) >= 0.0
    assert float(share.max()) <= 1.0
    got_ml = float(share.sum(dtype=np.float64)) * grid.voxel_volume_ml
    parallel = turn == (0.0, 0.0, 0.0) and move == (0.0, 0.0, 0.0)
    assert got_ml == pytest.approx(region.volume_ml, rel=1e-5 if parallel else 3e-3)


def test_a_ball_of_known_volume_through_a_fine_mask() -> None:
    """4/3 pi r^3 = 33.51 mL; a 1 mm mask of r = 20 mm gives it to 0.2 %, on 5 mm voxels too."""
    region = sphere(centred((60, 60, 60), (1, 1, 1)), 20.0, (0.3, 0.1, -0.2))
    grid = centred((21, 20, 19), (5, 4.5, 5), (0, 0, 25))
    got_ml = float(coverage_share(region, grid).sum(dtype=np.float64)) * grid.voxel_volume_ml
    assert got_ml == pytest.approx(33.51, rel=0.002)


def test_the_same_grid_gives_the_mask() -> None:
    region = sphere(centred((12, 13, 14), (3, 2, 2), (5, 5, 5)), 9.0, (0, 0, 0))
    assert np.array_equal(coverage_share(region, region.grid), region.mask.astype(np.float32))


def test_shares_are_the_overlaps_of_boxes() -> None:
    """One voxel of 4 mm at -2 to 2 mm over voxels of 3 mm at -4.5, -1.5, 1.5, 4.5: 1/6, 1, 1/6."""
    one = Grid.from_spacing((1, 1, 1), spacing_mm=(4, 4, 4))
    region = Region(name="box", mask=np.ones((1, 1, 1), dtype=bool), grid=one)
    grid = Grid.from_spacing((3, 3, 3), spacing_mm=(3, 3, 3), origin_mm=(-3, -3, -3))
    line = np.array([1 / 6, 1.0, 1 / 6])
    wanted = line[:, None, None] * line[:, None] * line
    assert np.allclose(coverage_share(region, grid), wanted, atol=1e-6)


@pytest.mark.parametrize("turn", [(0.0, 0.0, 0.0), (0.0, 0.0, 12.0)])
def test_a_region_holds_the_same_activity_on_both_grids(turn: tuple[float, float, float]) -> None:
    """On the fine grid by its mask, on the coarse grid by its shares (see resample_activity).

    Exact for parallel axes to float32; by cells to 3e-3.
    """
    coarse = centred((12, 12, 12), (5, 5, 5))
    spect = Volume(
        values=np.random.default_rng(8).gamma(2.0, 10.0, coarse.shape),
        grid=coarse,
        quantity=Quantity.BQ,
    )
    fine = centred((44, 44, 44), (1, 1, 1), turn)
    region = sphere(fine, 15.0, (1, 2, 3))
    by_shares = float((coverage_share(region, coarse) * spect.values).sum())
    by_mask = float(resample_activity(spect, fine).values[region.mask].sum(dtype=np.float64))
    assert by_mask == pytest.approx(by_shares, rel=1e-5 if turn == (0, 0, 0) else 3e-3)


def test_a_region_outside_is_refused() -> None:
    region = sphere(centred((20, 20, 20), (3, 3, 3)), 12.0, (0, 0, 0))
    grid = Grid.from_spacing((10, 10, 10), spacing_mm=(3, 3, 3), origin_mm=(200, 0, 0))
    with pytest.raises(RegionError, match=r"0\.0 % of its volume"):
        coverage_share(region, grid, least_inside_share=0.0)


def test_a_cut_region_is_refused_unless_allowed() -> None:
    region = sphere(centred((20, 20, 20), (2, 2, 2)), 12.0, (0, 0, 0))
    half = Grid.from_spacing((20, 20, 20), spacing_mm=(2, 2, 2), origin_mm=(1, -19, -19))
    with pytest.raises(RegionError, match="'ball' is not within the image"):
        coverage_share(region, half)
    share = coverage_share(region, half, least_inside_share=0.4)
    got_ml = float(share.sum(dtype=np.float64)) * half.voxel_volume_ml
    assert got_ml == pytest.approx(region.volume_ml / 2, rel=1e-5)  # the cut is its mirror plane
