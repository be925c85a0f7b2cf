"""The overlap kernel: compiled as read, exact where it must be, and nothing lost."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.images import RigidTransform
from hevesy.images._overlap_kernels import mean_planes
from hevesy.images.overlap import mean_in_voxels, share_in_field


def turned(angle_deg: float, scale: float = 1.0) -> np.ndarray:
    matrix = RigidTransform.from_parts(
        rotation_deg=(angle_deg, -angle_deg, 0.5 * angle_deg),
        centre_mm=(3.5, 3.5, 3.5),
        translation_mm=(0.3, -0.2, 0.1),
    ).matrix.copy()
    matrix[:3, :3] *= scale
    return matrix


def test_the_compiled_kernel_does_as_its_python_reading() -> None:
    values = np.random.default_rng(1).random((5, 6, 7)).astype(np.float32)
    matrix = turned(20.0)
    cells = np.array([2, 3, 2], dtype=np.int64)
    reach = (np.abs(matrix[:3, :3]) / cells).sum(axis=1)
    low = np.array([1, -1, 0], dtype=np.int64)
    outs = [np.zeros((4, 6, 5), dtype=np.float32) for _ in range(2)]
    mean_planes(values, matrix, cells, reach, low, outs[0])
    mean_planes.py_func(values, matrix, cells, reach, low, outs[1])
    assert outs[0].max() > 0
    assert np.array_equal(outs[0], outs[1])


def test_parallel_axes_are_exact_in_the_kernel_too() -> None:
    """The kernel and the separable way are two codes for one quantity."""
    values = np.random.default_rng(2).random((6, 7, 8)).astype(np.float32)
    matrix = np.diag([1.3, 0.8, 1.1, 1.0])
    matrix[:3, 3] = (0.2, -0.6, 0.4)
    shape = (6, 9, 8)
    cells = np.array([3, 2, 3], dtype=np.int64)
    reach = (np.abs(matrix[:3, :3]) / cells).sum(axis=1)
    out = np.zeros(shape, dtype=np.float32)
    mean_planes(values, matrix, cells, reach, np.zeros(3, dtype=np.int64), out)
    assert np.allclose(out, mean_in_voxels(values, matrix, shape), atol=1e-6)


@settings(deadline=None, max_examples=30)
@given(st.floats(0.5, 44.0), st.floats(0.5, 2.5))
def test_what_is_uniform_stays_uniform(angle_deg: float, scale: float) -> None:
    """A target voxel that lies wholly inside a uniform source holds its value, to float32."""
    values = np.full((8, 8, 8), 7.0, dtype=np.float32)
    matrix = turned(angle_deg, scale)
    shape = (8, 8, 8)
    means = mean_in_voxels(values, matrix, shape)
    inside = share_in_field(shape, (8, 8, 8), matrix)
    # a cell's box is up to 0.4 of a source voxel larger than the cell: keep a voxel's distance
    within = matrix.copy()
    within[:3, 3] -= 1.0
    deep = share_in_field(shape, (6, 6, 6), within) > 0.9999
    assert np.allclose(means[deep], 7.0, rtol=1e-5)
    assert (means <= 7.0 * (1 + 1e-5)).all()
    # with its other means, the whole is what the source and the target have in common
    if float(inside.mean()) > 1e-3 and scale > 1:
        assert float(means.sum()) / 7.0 == pytest.approx(float(inside.sum()), rel=0.02)


def test_a_grid_elsewhere_gets_nothing() -> None:
    matrix = turned(10.0)
    matrix[:3, 3] += 100.0
    assert not mean_in_voxels(np.ones((4, 4, 4)), matrix, (4, 4, 4)).any()


@settings(deadline=None, max_examples=30)
@given(st.floats(-40.0, 40.0), st.floats(-1.0, 8.0))
def test_the_share_below_a_plane(angle_deg: float, place: float) -> None:
    """Against 20,000 points in one voxel: a standard deviation of at most 0.0035."""
    matrix = turned(angle_deg)
    matrix[0, 3] += place - (matrix @ [4.0, 4.0, 4.0, 1.0])[0]
    matrix[1:3, 3] += 50.0 - (matrix @ [4.0, 4.0, 4.0, 1.0])[1:3]
    share = share_in_field((5, 5, 5), (4, 100, 100), matrix)[4, 4, 4]
    points = np.random.default_rng(3).uniform(3.5, 4.5, (20_000, 3))
    at = points @ matrix[0, :3] + matrix[0, 3]
    assert float(share) == pytest.approx(((at > -0.5) & (at < 3.5)).mean(), abs=0.015)
