"""Resampling: exact cases, and totals that stay."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import GridError, QuantityError
from hevesy.images import (
    Grid,
    Quantity,
    RigidTransform,
    Volume,
    activity_inside_share,
    resample,
    resample_activity,
)

spacings = st.tuples(*[st.floats(1.5, 6.0) for _ in range(3)])
turns = st.tuples(*[st.floats(-30.0, 30.0) for _ in range(3)])
small_turns = st.tuples(*[st.floats(-10.0, 10.0) for _ in range(3)])
shifts = st.tuples(*[st.floats(-8.0, 8.0) for _ in range(3)])


def oblique(turn: tuple[float, float, float]) -> np.ndarray:
    return RigidTransform.from_parts(rotation_deg=turn).matrix[:3, :3] @ np.eye(3)[::-1]


def centred(
    shape: tuple[int, int, int],
    spacing: tuple[float, float, float],
    turn: tuple[float, float, float] = (0, 0, 0),
) -> Grid:
    """A grid whose field's centre is the origin."""
    grid = Grid.from_spacing(shape, spacing_mm=spacing, direction=oblique(turn))
    middle = grid.to_world_mm((np.asarray(shape) - 1) / 2)
    return Grid.from_spacing(shape, spacing_mm=spacing, direction=oblique(turn), origin_mm=-middle)


def activity(grid: Grid, quantity: Quantity, seed: int = 1) -> Volume:
    rng = np.random.default_rng(seed)
    return Volume(values=rng.gamma(0.3, 1000.0, grid.shape), grid=grid, quantity=quantity)


def total_bq(volume: Volume) -> float:
    per_voxel = volume.quantity in (Quantity.BQ, Quantity.BQ_S)
    return float(volume.values.sum(dtype=np.float64)) * (
        1.0 if per_voxel else volume.grid.voxel_volume_ml
    )


@pytest.mark.parametrize("interpolation", ["linear", "nearest"])
@pytest.mark.parametrize("dtype", [np.int16, np.uint8, np.float32, np.float64, np.int64])
def test_the_same_grid_gives_the_same_values(interpolation: str, dtype: type) -> None:
    grid = centred((5, 6, 7), (3.3, 2.2, 1.1), (10, 20, 30))
    values = np.random.default_rng(3).integers(0, 200, grid.shape).astype(dtype)
    ct = Volume(values=values, grid=grid, quantity=Quantity.HU, frame_of_reference="1.2.3")
    same = resample(ct, grid, interpolation=interpolation, outside=-1000.0)  # type: ignore[arg-type]
    assert np.array_equal(same.values, values)
    assert same.values.dtype == np.float32
    assert same.frame_of_reference == "1.2.3"


@settings(deadline=None, max_examples=30)
@given(spacings, turns, turns, shifts)
def test_a_linear_field_is_met_exactly(
    spacing: tuple[float, float, float],
    turn: tuple[float, float, float],
    move: tuple[float, float, float],
    shift: tuple[float, float, float],
) -> None:
    """Linear interpolation of a linear function of place is that function, wherever it is asked.

    The function is seen in the source's world at the moved point, which tests the direction of
    the transform. float32 of values up to 500: tolerance 1e-3.
    """
    source = centred((16, 18, 20), (6.0, 5.0, 4.0), turn)
    slope = np.array([1.0, -2.0, 3.0])
    index = np.stack(np.indices(source.shape), axis=-1)
    ct = Volume(values=source.to_world_mm(index) @ slope, grid=source, quantity=Quantity.HU)
    target = centred((4, 5, 6), spacing)
    motion = RigidTransform.from_parts(rotation_deg=move, translation_mm=shift)
    got = resample(ct, target, transform=motion, outside=9e9)
    points = motion.apply(target.to_world_mm(np.stack(np.indices(target.shape), axis=-1)))
    at = source.to_index(points)
    inner = ((at >= 0) & (at <= np.array(source.shape) - 1)).all(axis=-1)
    assert np.allclose(got.values[inner], (points @ slope)[inner], atol=1e-3)
    beyond = ((at < -0.51) | (at > np.array(source.shape) - 0.49)).any(axis=-1)
    assert (got.values[beyond] == np.float32(9e9)).all()


def test_nearest_gives_only_values_that_were_there() -> None:
    grid = centred((8, 9, 10), (3, 2, 2), (5, 10, 15))
    labels = np.random.default_rng(2).choice([0, 3, 7], grid.shape).astype(np.uint8)
    image = Volume(values=labels, grid=grid, quantity=Quantity.RELATIVE)
    moved = resample(image, centred((9, 9, 9), (2, 2, 2)), interpolation="nearest", outside=0.0)
    assert set(np.unique(moved.values)) <= {0.0, 3.0, 7.0}


def test_flipped_axes_are_put_right() -> None:
    grid = centred((3, 4, 5), (3, 2, 1))
    values = np.random.default_rng(4).normal(size=grid.shape)
    affine = grid.affine.copy()
    affine[:3, 3] = grid.to_world_mm([2, 0, 4])
    affine[:3, 0] *= -1
    affine[:3, 2] *= -1
    flipped = Volume(
        values=values[::-1, :, ::-1],
        grid=Grid(shape=grid.shape, affine=affine),
        quantity=Quantity.HU,
    )
    assert np.allclose(resample(flipped, grid, outside=0.0).values, values, atol=1e-6)


def test_a_moved_image_has_no_frame_unless_it_is_given_one() -> None:
    grid = centred((4, 4, 4), (2, 2, 2))
    spect = Volume(
        values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ, frame_of_reference="1.2"
    )
    move = RigidTransform.from_parts(translation_mm=(1, 0, 0))
    assert resample(spect, grid, transform=move, outside=0.0).frame_of_reference is None
    told = resample_activity(spect, grid, transform=move, frame_of_reference="3.4")
    assert told.frame_of_reference == "3.4"
    assert resample_activity(spect, grid).frame_of_reference == "1.2"


def test_an_unknown_interpolation_is_refused() -> None:
    grid = centred((4, 4, 4), (2, 2, 2))
    ct = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.HU)
    with pytest.raises(GridError, match="linear, nearest"):
        resample(ct, grid, interpolation="cubic", outside=0.0)  # type: ignore[arg-type]


@settings(deadline=None, max_examples=40)
@given(
    spacings,
    spacings,
    turns,
    st.one_of(st.just((0.0, 0.0, 0.0)), turns),
    shifts,
    st.sampled_from([Quantity.BQ, Quantity.BQ_PER_ML, Quantity.BQ_S, Quantity.BQ_S_PER_ML]),
)
def test_the_total_stays_where_the_target_covers_the_source(
    fine: tuple[float, float, float],
    coarse: tuple[float, float, float],
    turn: tuple[float, float, float],
    move: tuple[float, float, float],
    shift: tuple[float, float, float],
    quantity: Quantity,
) -> None:
    """To 1e-5: float32 sums of a few hundred terms; the source spans at most 60 mm."""
    source = activity(centred((8, 9, 10), fine, turn), quantity)
    shape = tuple(int(np.ceil(130.0 / s)) for s in coarse)
    target = centred(shape, coarse)  # type: ignore[arg-type]
    motion = RigidTransform.from_parts(rotation_deg=move, translation_mm=shift)
    moved = resample_activity(source, target, transform=motion)
    assert moved.quantity is quantity
    assert (moved.values >= 0).all()
    assert total_bq(moved) == pytest.approx(total_bq(source), rel=1e-5)
    assert activity_inside_share(source, target, transform=motion) == pytest.approx(1.0, abs=1e-6)


@settings(deadline=None, max_examples=20)
@given(small_turns, shifts)
def test_activity_keeps_its_centre(
    move: tuple[float, float, float], shift: tuple[float, float, float]
) -> None:
    """The centre of activity goes where the motion takes it: to 0.2 mm on 4 mm voxels.

    One voxel holds all the activity, so nothing averages out; the cells are 2 mm boxes, whose
    overlaps are taken along the source's axes (5 % of a voxel for their turn).
    """
    source_grid = centred((21, 21, 21), (4, 4, 4))
    values = np.zeros(source_grid.shape)
    values[10, 10, 10] = 1e6
    source = Volume(values=values, grid=source_grid, quantity=Quantity.BQ)
    target = centred((31, 31, 31), (4, 4, 4))
    motion = RigidTransform.from_parts(rotation_deg=move, translation_mm=shift)
    moved = resample_activity(source, target, transform=motion)
    index = np.stack(np.indices(target.shape), axis=-1).reshape(-1, 3)
    weights = moved.values.ravel().astype(np.float64)
    centre = weights @ target.to_world_mm(index) / weights.sum()
    wanted = motion.inverse().apply([0.0, 0.0, 0.0])
    assert np.linalg.norm(centre - wanted) < 0.2


def test_whole_blocks_are_summed_exactly() -> None:
    fine = Grid.from_spacing((4, 6, 8), spacing_mm=(2, 2, 2))
    source = activity(fine, Quantity.BQ)
    coarse = Grid.from_spacing((2, 3, 4), spacing_mm=(4, 4, 4), origin_mm=(1, 1, 1))
    blocks = source.values.reshape(2, 2, 3, 2, 4, 2).sum(axis=(1, 3, 5))
    assert np.allclose(resample_activity(source, coarse).values, blocks, rtol=1e-6)


def test_a_finer_target_keeps_the_concentration_and_comes_back() -> None:
    coarse = Grid.from_spacing((3, 3, 3), spacing_mm=(6, 6, 6))
    source = activity(coarse, Quantity.BQ_PER_ML)
    fine = Grid.from_spacing((9, 9, 9), spacing_mm=(2, 2, 2), origin_mm=(-2, -2, -2))
    there = resample_activity(source, fine)
    assert np.allclose(there.values[::3, ::3, ::3], source.values, rtol=1e-6)
    assert np.allclose(resample_activity(there, coarse).values, source.values, rtol=1e-5)


@settings(deadline=None, max_examples=20)
@given(st.one_of(st.just((0.0, 0.0, 0.0)), small_turns), shifts)
def test_what_lies_outside_is_left_out_and_said(
    move: tuple[float, float, float], shift: tuple[float, float, float]
) -> None:
    """A uniform box cut by the target's field: to 2e-3 of the total, the share that is inside."""
    source_grid = centred((20, 20, 20), (4, 4, 4))
    source = Volume(
        values=np.full(source_grid.shape, 5.0), grid=source_grid, quantity=Quantity.BQ_PER_ML
    )
    target = centred((20, 20, 10), (4, 4, 4))
    motion = RigidTransform.from_parts(rotation_deg=move, translation_mm=shift)
    moved = resample_activity(source, target, transform=motion)
    share = activity_inside_share(source, target, transform=motion)
    assert 0.3 < share < 0.8
    assert total_bq(moved) == pytest.approx(share * total_bq(source), rel=2e-3)
    # independent count: 400,000 random points in the source, seen from the target (0.0008)
    lattice = np.random.default_rng(9).uniform(-0.5, 19.5, (400_000, 3))
    at = target.to_index(motion.inverse().apply(source_grid.to_world_mm(lattice)))
    inside = ((at > -0.5) & (at < np.array(target.shape) - 0.5)).all(axis=1).mean()
    assert share == pytest.approx(inside, abs=0.004)


def test_an_image_elsewhere_is_refused() -> None:
    source = activity(centred((4, 4, 4), (4, 4, 4)), Quantity.BQ)
    far = RigidTransform.from_parts(translation_mm=(500, 0, 0))
    with pytest.raises(GridError, match="wholly outside"):
        resample_activity(source, source.grid, transform=far)


def test_only_activity_is_taken_as_activity() -> None:
    grid = centred((4, 4, 4), (4, 4, 4))
    dose = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.GY)
    with pytest.raises(QuantityError):
        resample_activity(dose, grid)
