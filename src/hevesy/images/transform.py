"""Rigid motion between two frames of the patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import GridError

__all__ = ["RigidTransform"]

_RIGID = 1e-4  # matrices from files carry 6 digits or more; 1e-4 moves a point 1 m away by 0.1 mm


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RigidTransform:
    """A rotation and a shift in LPS mm: ``apply(p) = R p + t``.

    Which way it goes is said by whoever holds one. All of hevesy's resampling takes the transform
    from the *target's* world to the *source's* world: where in the source does the value of this
    target point lie?

    Parameters
    ----------
    matrix : ndarray of float64, shape (4, 4)
        Homogeneous matrix in LPS mm; its 3 x 3 part is a proper rotation to 1e-4, of which the
        nearest true rotation is kept (so that inverses and chains stay rigid). Read-only.

    Raises
    ------
    GridError
        The matrix is not 4 x 4, not finite, or not a rotation and a shift.

    Examples
    --------
    >>> turn = RigidTransform.from_parts(rotation_deg=(0, 0, 90), translation_mm=(1, 2, 3))
    >>> turn.apply([1.0, 0.0, 0.0]).round(6).tolist()
    [1.0, 3.0, 3.0]
    >>> turn.inverse().compose(turn).is_identity()
    True
    """

    matrix: NDArray[np.float64]

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        if matrix.shape != (4, 4) or not np.isfinite(matrix).all():
            raise GridError(
                "a rigid transform's matrix must be 4 x 4 and finite",
                got=matrix.shape,
                remedy="check the registration's matrix",
            )
        turn = matrix[:3, :3]
        fault = float(np.abs(turn.T @ turn - np.eye(3)).max())
        if fault > _RIGID or np.linalg.det(turn) < 0 or np.abs(matrix[3] - [0, 0, 0, 1]).max() > 0:
            raise GridError(
                "a transform is not rigid (a rotation and a shift)",
                got=f"determinant {np.linalg.det(turn):.6g}, stretch or shear {fault:.2g}",
                allowed=f"determinant 1, stretch or shear up to {_RIGID:g}, last row 0 0 0 1",
                remedy="give a rigid registration's matrix; scaling and mirroring are not taken",
            )
        if fault > 1e-12:
            left, _, right = np.linalg.svd(turn)
            matrix[:3, :3] = left @ right
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)

    @classmethod
    def identity(cls) -> "RigidTransform":
        """No motion."""
        return cls(matrix=np.eye(4))

    @classmethod
    def from_parts(
        cls,
        *,
        rotation_deg: ArrayLike = (0.0, 0.0, 0.0),
        translation_mm: ArrayLike = (0.0, 0.0, 0.0),
        centre_mm: ArrayLike = (0.0, 0.0, 0.0),
    ) -> "RigidTransform":
        """Rotate about `centre_mm`, about x first, then y, then z, then shift.

        Parameters
        ----------
        rotation_deg : array_like, shape (3,)
            Angles about the patient's fixed x, y and z axes, degrees, right-handed.
        translation_mm : array_like, shape (3,)
            Shift after the rotation, LPS mm.
        centre_mm : array_like, shape (3,)
            The point that the rotation leaves where it is, LPS mm.

        Returns
        -------
        RigidTransform
        """
        (cx, cy, cz), (sx, sy, sz) = (f(np.radians(rotation_deg)) for f in (np.cos, np.sin))
        about_x = np.array([[1, 0, 0], [0, cx, -sx], [0, sx, cx]])
        about_y = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
        about_z = np.array([[cz, -sz, 0], [sz, cz, 0], [0, 0, 1]])
        centre = np.asarray(centre_mm, dtype=np.float64)
        matrix = np.eye(4)
        matrix[:3, :3] = about_z @ about_y @ about_x
        matrix[:3, 3] = centre - matrix[:3, :3] @ centre + np.asarray(translation_mm)
        return cls(matrix=matrix)

    @property
    def translation_mm(self) -> NDArray[np.float64]:
        """Where the frame's origin goes, LPS mm; shape (3,). Depends on where the origin lies."""
        return self.matrix[:3, 3].copy()

    @property
    def rotation_deg(self) -> float:
        """Angle of the rotation about its own axis, 0 to 180 degrees."""
        turn = self.matrix[:3, :3]
        # The sine part keeps small angles exact, where the arc cosine of the trace would not.
        axis = (turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1])
        return float(np.degrees(np.arctan2(np.linalg.norm(axis), np.trace(turn) - 1.0)))

    def apply(self, points_mm: ArrayLike) -> NDArray[np.float64]:
        """Move points in LPS mm; shape (..., 3)."""
        points = np.asarray(points_mm, dtype=np.float64)
        return np.asarray(points @ self.matrix[:3, :3].T + self.matrix[:3, 3])

    def shift_mm(self, point_mm: ArrayLike) -> float:
        """How far a point in LPS mm, shape (3,), is moved, mm."""
        return float(np.linalg.norm(self.apply(point_mm) - np.asarray(point_mm)))

    def inverse(self) -> "RigidTransform":
        """The motion back."""
        return RigidTransform(matrix=np.asarray(np.linalg.inv(self.matrix), dtype=np.float64))

    def compose(self, first: "RigidTransform") -> "RigidTransform":
        """Move by `first`, then by this: ``a.compose(b).apply(p) == a.apply(b.apply(p))``."""
        return RigidTransform(matrix=self.matrix @ first.matrix)

    def is_identity(self, *, tolerance_mm: float = 1e-6) -> bool:
        """Whether no point within 1 m of the origin is moved by more than `tolerance_mm`."""
        angle_mm = 1000.0 * float(np.radians(self.rotation_deg))
        return angle_mm + float(np.linalg.norm(self.translation_mm)) <= tolerance_mm
