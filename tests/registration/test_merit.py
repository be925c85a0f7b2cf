"""Figures of merit and the checkerboard, against closed forms."""

import numpy as np
import pytest

from hevesy.images import Grid, Quantity, RigidTransform, Volume
from hevesy.registration import draw_checkerboard
from hevesy.registration.merit import correlation, information_share, measure_merit
from hevesy.registration.working import as_itk, window, working_volume

IDENTITY = RigidTransform.identity()


@pytest.mark.parametrize("rho", [-0.8, 0.0, 0.5, 0.95])
def test_correlation_of_normal_pairs(rho: float) -> None:
    """100,000 pairs: the estimate's standard deviation is (1 - rho^2) / sqrt(n) <= 0.0032."""
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(2, 100_000))
    got = correlation(a.astype(np.float32), (rho * a + np.sqrt(1 - rho**2) * b).astype(np.float32))
    assert got == pytest.approx(rho, abs=0.013)


def test_information_of_normal_pairs() -> None:
    """I = -ln(1 - rho^2) / 2 nat; entropies of the binned values, from their own histogram."""
    rng = np.random.default_rng(6)
    a, b = rng.normal(size=(2, 400_000)).astype(np.float32)
    for rho in (0.5, 0.8):
        c = (rho * a + np.sqrt(1 - rho**2) * b).astype(np.float32)
        entropies = []
        for values in (a, c):
            share = np.histogram(values, bins=48)[0] / values.size
            entropies.append(-float((share[share > 0] * np.log(share[share > 0])).sum()))
        wanted = 2 * (-0.5 * np.log(1 - rho**2)) / sum(entropies)
        # bins of 0.2 standard deviations lose a per cent or two
        assert information_share(a, c) == pytest.approx(wanted, rel=0.03)
    assert information_share(a, b) == pytest.approx(0.0, abs=1e-3)


def test_too_little_gives_no_merit() -> None:
    few = np.arange(10, dtype=np.float32)
    flat = np.ones(100, dtype=np.float32)
    assert correlation(few, few) == 0.0
    assert correlation(flat, flat) == 0.0
    assert information_share(flat, flat) == 0.0


@pytest.mark.parametrize(
    ("shift_mm", "share"),
    [((0, 0, 0), 1.0), ((20, 0, 0), 0.75), ((0, 40, 0), 0.5), ((20, 40, 0), 0.375)],
)
def test_the_overlap_is_that_of_boxes(shift_mm: tuple[int, int, int], share: float) -> None:
    """Two cubes of 80 mm, shifted by whole voxels of 4 mm."""
    grid = Grid.from_spacing((20, 20, 20), spacing_mm=(4, 4, 4))
    ct = Volume(
        values=np.random.default_rng(1).normal(size=grid.shape), grid=grid, quantity=Quantity.HU
    )
    move = RigidTransform.from_parts(translation_mm=shift_mm)
    assert measure_merit(ct, ct, move).overlap_share == pytest.approx(share, abs=1e-9)


def test_air_outside_does_not_count_for_likeness() -> None:
    """Two bodies of noise in one great field of air are not alike."""
    grid = Grid.from_spacing((24, 24, 24), spacing_mm=(4, 4, 4))
    rng = np.random.default_rng(7)
    bodies = []
    for _ in range(2):
        values = np.full(grid.shape, -1000.0)
        values[8:16, 8:16, 8:16] = rng.normal(40, 100, (8, 8, 8))
        bodies.append(Volume(values=values, grid=grid, quantity=Quantity.HU))
    assert abs(measure_merit(bodies[0], bodies[1], IDENTITY).value) < 0.2
    everything = correlation(
        bodies[0].values.ravel().astype(np.float32), bodies[1].values.ravel().astype(np.float32)
    )
    assert everything > 0.8


def test_working_volumes_keep_their_place_and_mean() -> None:
    """Averages over cubes keep the sum and the centre of what is seen, on oblique axes too.

    What a cube holds goes to the cube's middle: up to 2 mm for each of 4,500 cubes at random,
    which leaves 0.02 mm for their mean.
    """
    turn = RigidTransform.from_parts(rotation_deg=(10, 20, 30)).matrix[:3, :3] @ np.eye(3)[::-1]
    grid = Grid.from_spacing(
        (30, 41, 52), spacing_mm=(3, 1.7, 1.3), direction=turn, origin_mm=(5, 6, 7)
    )
    values = np.random.default_rng(8).gamma(0.2, 500.0, grid.shape)
    spect = Volume(values=values, grid=grid, quantity=Quantity.COUNTS)
    small = working_volume(spect, 4.0, role="fixed")
    assert np.sqrt(values).mean() == pytest.approx(float(small.values.mean()), rel=1e-5)
    centres = []
    for image, weight in ((spect, np.sqrt(values)), (small, small.values.astype(np.float64))):
        index = np.stack(np.indices(image.grid.shape), axis=-1).reshape(-1, 3)
        centres.append(weight.ravel() @ image.grid.to_world_mm(index) / weight.sum())
    assert np.allclose(centres[0], centres[1], atol=0.05)


def test_the_window_clips_ct_only() -> None:
    values = np.array([[[-3000.0, 0.0, 3000.0]]])
    assert window(values, Quantity.HU).ravel().tolist() == [-1000.0, 0.0, 500.0]
    assert window(values, Quantity.BQ).ravel() == pytest.approx([0.0, 0.0, np.sqrt(3000.0)])


def test_the_optimiser_sees_the_image_where_it_is() -> None:
    turn = RigidTransform.from_parts(rotation_deg=(10, 20, 30)).matrix[:3, :3] @ np.eye(3)[::-1]
    grid = Grid.from_spacing((3, 4, 5), spacing_mm=(3, 2, 1), direction=turn, origin_mm=(5, 6, 7))
    image = as_itk(Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU))
    got = image.TransformContinuousIndexToPhysicalPoint((3.5, 1.5, 0.5))
    assert got == pytest.approx(grid.to_world_mm([0.5, 1.5, 3.5]).tolist())


def test_the_checkerboard_shows_both_in_turn_head_above() -> None:
    """Fixed: white; moving: black; a bright block at the head and the patient's right."""
    grid = Grid.from_spacing((40, 10, 60), spacing_mm=(4, 4, 4), origin_mm=(-118, -18, -78))
    white = Volume(values=np.full(grid.shape, 250.0), grid=grid, quantity=Quantity.HU)
    black = Volume(values=np.full(grid.shape, -250.0), grid=grid, quantity=Quantity.HU)
    board = draw_checkerboard(black, white, IDENTITY, spacing_mm=4.0)
    assert board.shape == (40, 60)
    rows, columns = np.indices(board.shape) // 10
    assert np.array_equal(board, ((rows + columns) % 2 == 0).astype(np.float32))
    values = np.full(grid.shape, -250.0)
    values[30:, :, :10] = 250.0  # high z: the head; low x: the patient's right
    marked = Volume(values=values, grid=grid, quantity=Quantity.HU)
    board = draw_checkerboard(marked, marked, IDENTITY, spacing_mm=4.0)
    assert board[:10, :10].min() == 1.0
    assert board.sum() == 100.0


def test_the_checkerboard_follows_the_transform() -> None:
    grid = Grid.from_spacing((40, 10, 60), spacing_mm=(4, 4, 4), origin_mm=(-118, -18, -78))
    values = np.full(grid.shape, -250.0)
    values[15:25, :, 20:30] = 250.0
    fixed = Volume(values=values, grid=grid, quantity=Quantity.HU)
    moving = Volume(values=np.roll(values, 5, axis=2), grid=grid, quantity=Quantity.HU)
    move = RigidTransform.from_parts(translation_mm=(20.0, 0.0, 0.0))
    together = draw_checkerboard(moving, fixed, move, spacing_mm=4.0)
    assert np.array_equal(together, draw_checkerboard(fixed, fixed, IDENTITY, spacing_mm=4.0))
