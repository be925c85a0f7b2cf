"""Rigid motion: closed forms, and the group's laws."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hevesy.errors import GridError
from hevesy.images import RigidTransform

angles = st.tuples(*[st.floats(-180, 180) for _ in range(3)])
shifts = st.tuples(*[st.floats(-500, 500) for _ in range(3)])
motions = st.builds(
    lambda a, t, c: RigidTransform.from_parts(rotation_deg=a, translation_mm=t, centre_mm=c),
    angles,
    shifts,
    shifts,
)
POINTS = np.array([[0, 0, 0], [100, 0, 0], [0, 200, 0], [-50, 60, 300.0]])


@settings(deadline=None, max_examples=50)
@given(motions)
def test_the_inverse_takes_points_back(motion: RigidTransform) -> None:
    # lengths up to 1.5 m in float64: rounding of 1e-12 relative stays far below 1e-8 mm
    assert np.allclose(motion.inverse().apply(motion.apply(POINTS)), POINTS, atol=1e-8)
    assert motion.compose(motion.inverse()).is_identity(tolerance_mm=1e-3)


@settings(deadline=None, max_examples=50)
@given(motions, motions)
def test_a_chain_applies_the_inner_motion_first(a: RigidTransform, b: RigidTransform) -> None:
    assert np.allclose(a.compose(b).apply(POINTS), a.apply(b.apply(POINTS)), atol=1e-8)


@settings(deadline=None, max_examples=50)
@given(motions)
def test_distances_stay(motion: RigidTransform) -> None:
    before = np.linalg.norm(POINTS[:, None] - POINTS[None], axis=-1)
    moved = motion.apply(POINTS)
    assert np.allclose(np.linalg.norm(moved[:, None] - moved[None], axis=-1), before, atol=1e-8)


@settings(deadline=None, max_examples=50)
@given(st.floats(-179.9, 179.9), st.integers(0, 2))
def test_the_angle_of_a_single_turn(angle: float, axis: int) -> None:
    parts = [0.0, 0.0, 0.0]
    parts[axis] = angle
    turn = RigidTransform.from_parts(rotation_deg=parts, centre_mm=(10, 20, 30))
    assert turn.rotation_deg == pytest.approx(abs(angle), abs=1e-9)
    assert np.allclose(turn.apply([10, 20, 30]), [10, 20, 30])


def test_turns_are_right_handed_and_in_order() -> None:
    assert np.allclose(
        RigidTransform.from_parts(rotation_deg=(90, 0, 0)).apply([0, 1, 0]), [0, 0, 1]
    )
    assert np.allclose(
        RigidTransform.from_parts(rotation_deg=(0, 90, 0)).apply([0, 0, 1]), [1, 0, 0]
    )
    assert np.allclose(
        RigidTransform.from_parts(rotation_deg=(0, 0, 90)).apply([1, 0, 0]), [0, 1, 0]
    )
    # x first, then y, then z: y -> z -> x -> y
    both = RigidTransform.from_parts(rotation_deg=(90, 90, 90))
    assert np.allclose(both.apply([0, 1, 0]), [0, 1, 0])


@pytest.mark.parametrize(
    "matrix",
    [
        np.diag([1.01, 1, 1, 1]),
        np.diag([-1.0, 1, 1, 1]),
        np.eye(3),
        np.full((4, 4), np.nan),
        np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0.1, 1.0]]),
        np.array([[1, 0.01, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1.0]]),
    ],
    ids=["scaled", "mirrored", "3 x 3", "not finite", "projective", "sheared"],
)
def test_what_is_not_rigid_is_refused(matrix: np.ndarray) -> None:
    with pytest.raises(GridError):
        RigidTransform(matrix=matrix)


def test_a_matrix_with_few_digits_becomes_a_true_rotation() -> None:
    exact = RigidTransform.from_parts(rotation_deg=(3, -7, 11), translation_mm=(1, 2, 3))
    read = RigidTransform(matrix=np.round(exact.matrix, 5))
    assert np.abs(read.matrix[:3, :3].T @ read.matrix[:3, :3] - np.eye(3)).max() < 1e-14
    assert np.abs(read.apply(POINTS) - exact.apply(POINTS)).max() < 0.01
    assert not read.matrix.flags.writeable
