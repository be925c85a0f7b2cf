"""Margins in mm, and regions made of regions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Region
from hevesy.segmentation import (
    dilate,
    erode,
    find_overlaps,
    intersect,
    regions_from_labels,
    subtract,
    surround,
    unite,
)

spacings = st.tuples(*[st.floats(1.0, 5.0) for _ in range(3)])


def blob(spacing: tuple[float, float, float], seed: int, shape: tuple[int, int, int]) -> Region:
    rng = np.random.default_rng(seed)
    mask = np.zeros(shape, dtype=bool)
    middle = tuple(slice(n // 3, n - n // 3) for n in shape)
    mask[middle] = rng.random(mask[middle].shape) < 0.3
    mask[tuple(n // 2 for n in shape)] = True
    return Region(name="blob", mask=mask, grid=Grid.from_spacing(shape, spacing_mm=spacing))


@settings(deadline=None, max_examples=40)
@given(spacings, st.integers(0, 10**6), st.floats(0.0, 12.0))
def test_a_margin_is_a_distance_between_centres(
    spacing: tuple[float, float, float], seed: int, margin_mm: float
) -> None:
    """Against all pairs of voxels, on anisotropic spacing."""
    region = blob(spacing, seed, (7, 9, 11))
    places = np.argwhere(np.ones(region.mask.shape, dtype=bool)) * np.array(spacing)
    within = places[region.mask.ravel()]
    nearest = np.sqrt(((places[:, None] - within[None]) ** 2).sum(-1)).min(1)
    nearest = nearest.reshape(region.mask.shape)
    sure = np.abs(nearest - margin_mm) > 1e-4
    assert np.array_equal(dilate(region, margin_mm).mask[sure], (nearest <= margin_mm)[sure])
    width_mm = 4.0
    shell = (nearest > margin_mm) & (nearest <= margin_mm + width_mm)
    sure &= np.abs(nearest - margin_mm - width_mm) > 1e-4
    if (shell & sure).any():
        got = surround(region, gap_mm=margin_mm, width_mm=width_mm)
        assert np.array_equal(got.mask[sure], shell[sure])


@settings(deadline=None, max_examples=30)
@given(spacings, st.integers(0, 10**6), st.floats(0.0, 8.0))
def test_shrinking_is_growing_of_the_rest(
    spacing: tuple[float, float, float], seed: int, margin_mm: float
) -> None:
    """Erosion is the complement of the complement's dilation, with outside beyond the border."""
    shape = (9, 10, 11)
    grid = Grid.from_spacing(shape, spacing_mm=spacing)
    mask = np.random.default_rng(seed).random(shape) < 0.97
    rest = np.pad(~mask, 1, constant_values=True)
    wide = Grid.from_spacing(rest.shape, spacing_mm=spacing)  # type: ignore[arg-type]
    grown = dilate(Region(name="rest", mask=rest, grid=wide), margin_mm).mask[1:-1, 1:-1, 1:-1]
    region = Region(name="most", mask=mask, grid=grid)
    if grown.all():
        with pytest.raises(RegionError, match="nothing is left"):
            erode(region, margin_mm)
    else:
        assert np.array_equal(erode(region, margin_mm).mask, ~grown)


def test_a_grown_and_a_shrunk_ball() -> None:
    """A ball of 15 mm by 6 mm either way: 38.79 and 3.05 mL.

    Centres that were cut at 15 mm lie up to half a voxel off it: 0.5 mm of radius at most.
    """
    grid = Grid.from_spacing((40, 60, 60), spacing_mm=(1.5, 1, 1))
    places = grid.to_world_mm(np.stack(np.indices(grid.shape), axis=-1))
    mask = np.linalg.norm(places - 29.7, axis=-1) <= 15.0
    ball = Region(name="ball", mask=mask, grid=grid)
    for found, radius_mm in ((dilate(ball, 6.0), 21.0), (erode(ball, 6.0), 9.0)):
        got = np.cbrt(found.volume_ml * 1000 * 3 / (4 * np.pi))
        assert got == pytest.approx(radius_mm, abs=0.5)


def test_margins_refuse_what_cannot_be() -> None:
    region = blob((2, 2, 2), 1, (9, 9, 9))
    for call in (dilate, erode):
        for margin_mm in (-1.0, float("nan")):
            with pytest.raises(RegionError, match="negative margin"):
                call(region, margin_mm)
    with pytest.raises(RegionError, match="a gap and a width"):
        surround(region, gap_mm=1.0, width_mm=0.0)
    with pytest.raises(RegionError, match="nothing is left of the shell"):
        surround(region, gap_mm=500.0, width_mm=5.0)
    other = blob((3, 2, 2), 1, (9, 9, 9))
    with pytest.raises(GridError, match="different grids"):
        surround(region, gap_mm=1.0, width_mm=4.0, others=[other])


def test_a_shell_leaves_out_what_it_must() -> None:
    region = blob((2, 2, 2), 1, (15, 15, 15))
    all_of_it = surround(region, gap_mm=2.0, width_mm=6.0)
    half = np.zeros(region.mask.shape, dtype=bool)
    half[:, :, :7] = True
    left = Region(name="left", mask=half, grid=region.grid)
    without = surround(region, gap_mm=2.0, width_mm=6.0, others=[left])
    inside = surround(region, gap_mm=2.0, width_mm=6.0, within=left)
    assert np.array_equal(without.mask, all_of_it.mask & ~half)
    assert np.array_equal(inside.mask, all_of_it.mask & half)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10**6))
def test_sets_obey_their_laws(seed: int) -> None:
    rng = np.random.default_rng(seed)
    grid = Grid.from_spacing((4, 5, 6), spacing_mm=(5, 4, 3))
    masks = rng.random((2, *grid.shape)) < 0.5
    a, b = (Region(name=n, mask=m, grid=grid) for n, m in zip("ab", masks, strict=True))
    common = intersect([a, b], name="common").volume_ml
    assert unite([a, b], name="u").volume_ml == pytest.approx(a.volume_ml + b.volume_ml - common)
    assert subtract(a, [b], name="s").volume_ml == pytest.approx(a.volume_ml - common)
    (overlap,) = find_overlaps([a, b])
    assert (overlap.first, overlap.second) == ("a", "b")
    assert overlap.volume_ml == pytest.approx(common)
    assert overlap.smaller_share == pytest.approx(common / min(a.volume_ml, b.volume_ml))


def test_labels_become_regions_and_back() -> None:
    grid = Grid.from_spacing((5, 6, 7), spacing_mm=(5, 4, 3))
    labels = np.random.default_rng(2).integers(0, 4, grid.shape)
    found = regions_from_labels(labels.astype(np.float32), grid, frame_of_reference="1.2")
    assert [r.name for r in found] == ["label 1", "label 2", "label 3"]
    assert np.array_equal(sum(r.mask * n for n, r in enumerate(found, 1)), labels)
    assert find_overlaps(found) == ()
    named = regions_from_labels(labels, grid, names={3: "liver"})
    assert [r.name for r in named] == ["liver"]


@pytest.mark.parametrize(
    ("values", "names", "match"),
    [
        ([0.0, 1.5], None, "whole numbers"),
        ([0, -1], None, "whole numbers"),
        ([0, 1], {2: "liver"}, "does not hold"),
        ([0, 0], None, "does not hold"),
        ([1, 2], {1: "liver", 2: "liver"}, "given to two labels"),
    ],
)
def test_broken_labels_are_refused(
    values: list[float], names: dict[int, str] | None, match: str
) -> None:
    grid = Grid.from_spacing((1, 1, 2), spacing_mm=(5, 5, 5))
    with pytest.raises(RegionError, match=match):
        regions_from_labels(np.array([[values]]), grid, names=names)


def test_regions_of_one_name_or_two_grids_are_refused() -> None:
    a = blob((2, 2, 2), 1, (9, 9, 9))
    with pytest.raises(RegionError, match="one name"):
        find_overlaps([a, a])
    other = Region(name="other", mask=a.mask, grid=blob((3, 2, 2), 1, (9, 9, 9)).grid)
    for call in (unite, intersect):
        with pytest.raises(GridError):
            call([a, other], name="x")
    with pytest.raises(RegionError, match="empty"):
        subtract(a, [a], name="nothing")
