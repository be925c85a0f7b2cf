"""Diameters of regions whose size is known in closed form, however they lie on the grid."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.files import read_label_map
from hevesy.images import Grid, Region
from hevesy.segmentation import measure_diameters

SHAPE = (5, 96, 96)
PIXEL_MM, SLICE_MM = 0.8, 5.0


def ellipse(a_mm: float, b_mm: float, turn: float, across_mm: tuple[float, float]) -> Region:
    """A cylinder of elliptic section in slices 1 to 3; the section in slice 2 is the largest."""
    grid = Grid.from_spacing(SHAPE, spacing_mm=(SLICE_MM, PIXEL_MM, PIXEL_MM))
    z, y, x = np.indices(SHAPE).astype(float)
    dx = (x - 47.5) * PIXEL_MM - across_mm[0]
    dy = (y - 47.5) * PIXEL_MM - across_mm[1]
    along = dx * np.cos(turn) + dy * np.sin(turn)
    across = -dx * np.sin(turn) + dy * np.cos(turn)
    size = np.select([z == 2, (z == 1) | (z == 3)], [1.0, 0.8], 1e-9)
    return Region(name="T", mask=(along / a_mm) ** 2 + (across / b_mm) ** 2 < size**2, grid=grid)


@settings(max_examples=40, deadline=None)
@given(
    a_mm=st.floats(8, 28), ratio=st.floats(0.4, 0.95), turn=st.floats(0, np.pi),
    x_mm=st.floats(-2, 2), y_mm=st.floats(-2, 2),
)  # fmt: skip
def test_an_ellipse(a_mm: float, ratio: float, turn: float, x_mm: float, y_mm: float) -> None:
    """2a and 2b: each end of a diameter lies within half a pixel's diagonal of the true edge."""
    found = measure_diameters(ellipse(a_mm, ratio * a_mm, turn, (x_mm, y_mm)))
    assert found.slice_index == 2
    assert found.longest_mm == pytest.approx(2 * a_mm, abs=2**0.5 * PIXEL_MM)
    # a long axis off by the angle t gives a chord across of 2b(1 + O(t^2)); near a circle any
    # direction is as long within a pixel, so the chord lies between 2b and 2a
    assert 2 * ratio * a_mm - 2 * PIXEL_MM < found.short_axis_mm <= found.longest_mm + PIXEL_MM
    if ratio < 0.8:
        assert found.short_axis_mm == pytest.approx(2 * ratio * a_mm, abs=2 * PIXEL_MM)
    ends = found.longest_ends_mm
    assert np.linalg.norm(ends[1] - ends[0]) == pytest.approx(found.longest_mm)
    across = found.short_axis_ends_mm
    assert np.dot(ends[1] - ends[0], across[1] - across[0]) == pytest.approx(0, abs=1e-6)


def test_a_turned_grid_gives_the_same_diameters() -> None:
    """Oblique slices: the measure is that of the slices, whichever way they lie in the patient."""
    straight = ellipse(20, 12, 0.4, (0, 0))
    c, s = np.cos(0.3), np.sin(0.3)
    turn = np.array([[c, 0, s, 7], [0, 1, 0, -3], [-s, 0, c, 11], [0, 0, 0, 1]])
    turned = Region(
        name="T", mask=straight.mask, grid=Grid(shape=SHAPE, affine=turn @ straight.grid.affine)
    )
    one, other = measure_diameters(straight), measure_diameters(turned)
    assert other.longest_mm == pytest.approx(one.longest_mm, rel=1e-9)
    assert other.short_axis_mm == pytest.approx(one.short_axis_mm, rel=1e-9)


def test_one_voxel() -> None:
    grid = Grid.from_spacing((1, 3, 3), spacing_mm=(5, 1, 1))
    mask = np.zeros(grid.shape, bool)
    mask[0, 1, 1] = True
    found = measure_diameters(Region(name="T", mask=mask, grid=grid))
    assert found.longest_mm == pytest.approx(1.0)


def test_the_spread_is_as_stated() -> None:
    """Ellipses laid on the pixels at random: the error's spread is no more than what is stated."""
    rng = np.random.default_rng(5)
    errors = []
    for _ in range(60):
        turn, x_mm, y_mm = rng.uniform((0, -1, -1), (np.pi, 1, 1))
        found = measure_diameters(ellipse(16, 9, turn, (x_mm, y_mm)))
        errors.append(found.longest_mm - 32)
    # 60 draws: the sample's spread is known to 1/sqrt(120) = 9 %; three of that
    assert np.std(errors) < 1.27 * found.uncertainty_mm
    assert abs(np.mean(errors)) < PIXEL_MM


def test_the_real_tumour_by_brute_force(shared_data: Callable[[str], Path]) -> None:
    """Every pair of edge voxels of each slice; the outline lies up to half a pixel outside both."""
    folder = shared_data("lung_ct_tumour")
    (region,) = read_label_map(folder / "lung2_label.nrrd", [])
    longest = 0.0
    for index in np.flatnonzero(region.mask.any(axis=(1, 2))):
        rows, columns = np.nonzero(region.mask[index])
        points = np.stack([rows, columns], -1) * np.array(region.grid.spacing_mm[1:])
        for point in points:
            longest = max(longest, float(np.linalg.norm(points - point, axis=1).max()))
    found = measure_diameters(region).longest_mm
    assert longest < found <= longest + 2**0.5 * region.grid.spacing_mm[1]
