"""Planes become grids, or an error that says which slices are wrong."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.dicom.geometry import right_handed, row_and_column_cosines, stack_planes
from hevesy.errors import GridError
from hevesy.images import Grid
from tests.dicom.image_cases import grids

AXIAL = [1, 0, 0, 0, 1, 0]


def along_z(places: list[float]) -> list[list[float]]:
    return [[0.0, 0.0, z] for z in places]


def stack(positions: list[list[float]], **changes: object) -> object:
    options: dict[str, object] = {
        "orientation": AXIAL, "pixel_spacing_mm": (1.0, 1.0), "rows": 4, "columns": 4,
        "where": "the CT",
    }  # fmt: skip
    return stack_planes(positions, **{**options, **changes})  # type: ignore[arg-type]


@given(grid=grids(), seed=st.integers(0, 2**32 - 1))
@settings(max_examples=60, deadline=None)
def test_shuffled_planes_give_their_grid_back(grid: Grid, seed: int) -> None:
    _, grid = right_handed(np.zeros(grid.shape), grid)
    _, column, row = grid.direction.T
    positions = grid.to_world_mm([[z, 0, 0] for z in range(grid.shape[0])])
    shuffled = np.random.default_rng(seed).permutation(grid.shape[0])
    found = stack_planes(
        positions[shuffled],
        orientation=(*row, *column),
        pixel_spacing_mm=grid.spacing_mm[1:],
        rows=grid.shape[1],
        columns=grid.shape[2],
    )
    assert found.grid.matches(grid, tolerance_mm=1e-9)
    np.testing.assert_array_equal(shuffled[found.order], np.arange(grid.shape[0]))


@given(grid=grids())
@settings(max_examples=60, deadline=None)
def test_turning_over_moves_no_voxel(grid: Grid) -> None:
    values = np.arange(grid.size).reshape(grid.shape)
    turned, other = right_handed(values, grid)
    z, y, x = other.direction.T
    assert np.dot(np.cross(x, y), z) > 0
    for index in ([0, 0, 0], [s - 1 for s in grid.shape]):
        there = np.rint(other.to_index(grid.to_world_mm(index))).astype(int)
        assert turned[tuple(there)] == values[tuple(index)]


def test_a_missing_slice_is_named_with_its_gap() -> None:
    with pytest.raises(
        GridError, match=r"misses 1 slice between numbers 3 and 4 of 5.*got '5\.000"
    ):
        stack(along_z([0, 2.5, 5, 10, 12.5]))


def test_two_missing_slices_are_counted() -> None:
    with pytest.raises(GridError, match=r"misses 2 slices between numbers 1 and 2 of 4"):
        stack(along_z([0, 9, 12, 15]))


def test_a_duplicate_is_named() -> None:
    with pytest.raises(GridError, match=r"two slices at one place: numbers 2 and 3 of 4"):
        stack(along_z([0, 3, 3, 6]))


def test_all_slices_at_one_place() -> None:
    with pytest.raises(GridError, match="two slices at one place"):
        stack(along_z([7, 7, 7]))


def test_a_change_of_spacing_is_refused() -> None:
    # 3.0 mm, then 3.3 mm: no gap is a quarter off, but the line from end to end is left by 0.75 mm
    with pytest.raises(GridError, match="not equally spaced"):
        stack(along_z([3.0 * i for i in range(6)] + [15 + 3.3 * i for i in range(1, 6)]))


def test_positions_written_with_one_digit_are_equally_spaced() -> None:
    places = [round(0.625 * i, 1) for i in range(200)]
    found = stack(along_z(places))
    # the ends are written to 0.05 mm, so the spacing is known to 0.1 mm over 199 gaps
    assert found.grid.spacing_mm[0] == pytest.approx(0.625, abs=0.1 / 199)  # type: ignore[attr-defined]


def test_a_tilted_gantry_is_refused_with_its_angle() -> None:
    positions = [[0.0, 3 * np.tan(np.radians(5)) * i, 3.0 * i] for i in range(10)]
    with pytest.raises(GridError, match=r"5\.00 degrees"):
        stack(positions)


def test_one_slice_needs_a_thickness() -> None:
    with pytest.raises(GridError, match="unknown thickness"):
        stack(along_z([0]))
    one = stack(along_z([0]), single_spacing_mm=5.0)
    assert one.grid.spacing_mm == (5.0, 1.0, 1.0)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "cosines",
    [[1, 0, 0, 0, 1], [1, 0, 0, 1, 0, 0], [0.9, 0, 0, 0, 1, 0], [np.nan, 0, 0, 0, 1, 0]],
    ids=["five", "parallel", "short", "nan"],
)
def test_direction_cosines_must_be_a_right_angle_of_unit_vectors(cosines: list[float]) -> None:
    with pytest.raises(GridError):
        row_and_column_cosines(cosines, where="the CT")


def test_cosines_of_few_digits_are_put_at_right_angles() -> None:
    row, column = row_and_column_cosines(
        [-0.999996, 0.002793, 0, 0.0028, 0.99999, 0], where="the CT"
    )
    assert abs(row @ column) < 1e-15
    assert np.linalg.norm(column) == pytest.approx(1, abs=1e-15)
