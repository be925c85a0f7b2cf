"""Beds put together: nothing lost, nothing doubled, the ramp where they overlap."""

import numpy as np
import pytest

from hevesy.errors import GridError
from hevesy.images import Grid, Quantity, Volume
from hevesy.reconstruction import stitch_beds


def bed(low_mm: float, slices: int = 10, value: float = 5.0, **kwargs: float) -> Volume:
    grid = Grid.from_spacing(
        (slices, 3, 3),
        spacing_mm=(4.0, kwargs.get("pixel", 4.0), 4.0),
        origin_mm=(0.0, 0.0, low_mm),
    )
    values = np.full(grid.shape, value, dtype=np.float32)
    return Volume(values=values, grid=grid, quantity=Quantity.COUNTS)


def test_a_uniform_body_stays_uniform_and_keeps_its_counts() -> None:
    # the second bed goes on from 24 to 64 mm (edges), four slices shared; in either order
    for beds in ([bed(0.0), bed(24.0)], [bed(24.0), bed(0.0)]):
        body = stitch_beds(beds)
        assert body.grid.shape == (16, 3, 3)
        assert body.grid.to_world_mm([0, 0, 0])[2] == pytest.approx(0.0)
        np.testing.assert_allclose(body.values, 5.0, rtol=1e-5)
        assert body.values.sum() == pytest.approx(5.0 * 16 * 9, rel=1e-5)


def test_the_change_over_is_a_straight_ramp() -> None:
    body = stitch_beds([bed(0.0, value=0.0), bed(24.0, value=8.0)])
    got = body.values[:, 1, 1]
    np.testing.assert_allclose(got[:6], 0.0, atol=1e-6)
    np.testing.assert_allclose(got[6:10], [1.0, 3.0, 5.0, 7.0], rtol=1e-5)
    np.testing.assert_allclose(got[10:], 8.0, rtol=1e-5)


def test_beds_between_the_slices_are_resampled() -> None:
    """A body that grows along z: what each slice holds comes out, to the resampling's blur."""
    beds = []
    for low in (0.0, 25.5):
        volume = bed(low)
        z = low + np.arange(10) * 4.0
        beds.append(volume.with_values(np.broadcast_to((10.0 + z)[:, None, None], (10, 3, 3))))
    body = stitch_beds(beds)
    place = body.grid.to_world_mm([[k, 1, 1] for k in range(body.grid.shape[0])])[:, 2]
    inner = (place > 0.0) & (place < 60.0)
    # constant voxels of 4 mm taken at other places: off by a slope x half a voxel at most
    assert np.abs(body.values[inner, 1, 1] - (10.0 + place[inner])).max() < 2.0
    uniform = stitch_beds([bed(0.0), bed(25.5)])
    np.testing.assert_allclose(uniform.values, 5.0, rtol=1e-5)


def test_three_beds_and_one_bed() -> None:
    body = stitch_beds([bed(0.0), bed(32.0), bed(64.0)])
    assert body.grid.shape == (26, 3, 3)
    np.testing.assert_allclose(body.values, 5.0, rtol=1e-5)
    np.testing.assert_allclose(stitch_beds([bed(0.0)]).values, 5.0)


def test_a_weight_of_nothing_leaves_voxels_to_the_other_bed() -> None:
    weights = [np.ones((10, 3, 3)), np.ones((10, 3, 3))]
    weights[1][:4] = 0.0  # the second bed saw nothing in the shared slices
    body = stitch_beds([bed(0.0, value=1.0), bed(24.0, value=9.0)], weights)
    np.testing.assert_allclose(body.values[:10], 1.0, rtol=1e-5)
    np.testing.assert_allclose(body.values[10:], 9.0, rtol=1e-5)


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(GridError, match="gap"):
        stitch_beds([bed(0.0), bed(60.0)])
    with pytest.raises(GridError, match="voxel sizes"):
        stitch_beds([bed(0.0), bed(24.0, pixel=5.0)])
    with pytest.raises(GridError, match="no bed"):
        stitch_beds([])
    with pytest.raises(GridError, match="weights"):
        stitch_beds([bed(0.0), bed(24.0)], [np.ones((10, 3, 3))])
