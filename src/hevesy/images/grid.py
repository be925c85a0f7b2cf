"""Where an image's voxels lie in the patient."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import GridError

__all__ = ["Grid"]

_ORTHOGONAL = 1e-4  # direction cosines in DICOM carry 6 to 16 digits; 1e-4 is 0.006 degrees


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Grid:
    """A regular lattice of voxels in the patient's frame (LPS, mm).

    An index ``(z, y, x)`` names a voxel's centre. Axes may be oblique and spacings may differ;
    they are at right angles to each other, as every DICOM image plane's are.

    Parameters
    ----------
    shape : tuple of int
        Voxels along the array's axes ``(z, y, x)``.
    affine : ndarray of float64, shape (4, 4)
        Takes the homogeneous index ``(z, y, x, 1)`` to LPS mm ``(x, y, z, 1)``.

    Raises
    ------
    GridError
        A shape that is not positive, or an affine that is not finite, singular or sheared.

    Examples
    --------
    >>> grid = Grid.from_spacing((20, 30, 40), spacing_mm=(5.0, 2.0, 2.0))
    >>> grid.voxel_volume_ml
    0.02
    >>> grid.to_world_mm([1, 0, 0]).tolist()
    [0.0, 0.0, 5.0]
    """

    shape: tuple[int, int, int]
    affine: NDArray[np.float64]

    def __post_init__(self) -> None:
        shape = tuple(int(n) for n in self.shape)
        if len(shape) != 3 or min(shape) < 1:
            raise GridError(
                "an image needs three axes of one voxel or more",
                got=shape,
                remedy="check the image's dimensions",
            )
        affine = np.array(self.affine, dtype=np.float64)
        if affine.shape != (4, 4) or not np.isfinite(affine).all():
            raise GridError(
                "an image's affine must be 4 x 4 and finite",
                got=affine.shape,
                remedy="check position, orientation and spacing",
            )
        columns = affine[:3, :3]
        lengths = np.linalg.norm(columns, axis=0)
        if lengths.min() <= 0:
            raise GridError(
                "voxel spacing must be above 0 mm",
                got=tuple(lengths.tolist()),
                remedy="check spacing and orientation",
            )
        cosines = (columns / lengths).T @ (columns / lengths)
        if np.abs(cosines - np.eye(3)).max() > _ORTHOGONAL:
            raise GridError(
                "the image's axes are not at right angles",
                got=f"largest cosine {np.abs(cosines - np.eye(3)).max():.4g}",
                allowed=f"up to {_ORTHOGONAL:g}",
                remedy="resample the image to a grid without shear (a tilted gantry gives such)",
            )
        affine.setflags(write=False)
        object.__setattr__(self, "shape", shape)
        object.__setattr__(self, "affine", affine)

    @classmethod
    def from_spacing(
        cls,
        shape: tuple[int, int, int],
        *,
        spacing_mm: tuple[float, float, float],
        origin_mm: ArrayLike = (0.0, 0.0, 0.0),
        direction: ArrayLike | None = None,
    ) -> "Grid":
        """Build a grid from spacing, origin and direction.

        Parameters
        ----------
        shape : tuple of int
            Voxels along ``(z, y, x)``.
        spacing_mm : tuple of float
            Voxel size along ``(z, y, x)``, mm.
        origin_mm : array_like, shape (3,)
            LPS position of the centre of voxel (0, 0, 0), mm.
        direction : array_like, shape (3, 3), optional
            Columns are the unit LPS vectors of the array axes z, y, x. By default the array's z, y
            and x run along the patient's z (to the head), y (to the back) and x (to the left).

        Returns
        -------
        Grid

        Examples
        --------
        >>> Grid.from_spacing((2, 2, 2), spacing_mm=(1, 1, 1)).spacing_mm
        (1.0, 1.0, 1.0)
        """
        axes = np.eye(3)[::-1] if direction is None else np.asarray(direction, dtype=np.float64)
        affine = np.eye(4)
        affine[:3, :3] = axes * np.asarray(spacing_mm, dtype=np.float64)
        affine[:3, 3] = np.asarray(origin_mm, dtype=np.float64)
        return cls(shape=shape, affine=affine)

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel size along ``(z, y, x)``, mm."""
        z, y, x = np.linalg.norm(self.affine[:3, :3], axis=0).tolist()
        return (z, y, x)

    @property
    def origin_mm(self) -> NDArray[np.float64]:
        """LPS position of the centre of voxel (0, 0, 0), mm; shape (3,)."""
        return self.affine[:3, 3].copy()

    @property
    def direction(self) -> NDArray[np.float64]:
        """Unit LPS vectors of the array axes ``(z, y, x)`` as columns; shape (3, 3)."""
        return np.asarray(self.affine[:3, :3] / np.asarray(self.spacing_mm))

    @property
    def voxel_volume_ml(self) -> float:
        """Volume of a voxel, mL."""
        return float(np.prod(self.spacing_mm) / 1000.0)

    @property
    def size(self) -> int:
        """Number of voxels."""
        return int(np.prod(self.shape))

    def to_world_mm(self, index_zyx: ArrayLike) -> NDArray[np.float64]:
        """LPS mm of indices ``(z, y, x)``; shape (..., 3), fractions allowed.

        Examples
        --------
        >>> Grid.from_spacing((2, 2, 2), spacing_mm=(3, 2, 1)).to_world_mm([1, 1, 1]).tolist()
        [1.0, 2.0, 3.0]
        """
        index = np.asarray(index_zyx, dtype=np.float64)
        return np.asarray(index @ self.affine[:3, :3].T + self.affine[:3, 3])

    def to_index(self, world_mm: ArrayLike) -> NDArray[np.float64]:
        """Fractional indices ``(z, y, x)`` of points in LPS mm; shape (..., 3).

        Examples
        --------
        >>> Grid.from_spacing((2, 2, 2), spacing_mm=(3, 2, 1)).to_index([1.0, 2.0, 3.0]).tolist()
        [1.0, 1.0, 1.0]
        """
        world = np.asarray(world_mm, dtype=np.float64)
        inverse = np.linalg.inv(self.affine[:3, :3])
        return np.asarray((world - self.affine[:3, 3]) @ inverse.T)

    def matches(self, other: "Grid", *, tolerance_mm: float = 0.01) -> bool:
        """Whether both grids have the same voxels, to `tolerance_mm` at every corner.

        Examples
        --------
        >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(3, 2, 1))
        >>> grid.matches(Grid.from_spacing((2, 2, 2), spacing_mm=(3, 2, 1.5)))
        False
        """
        if self.shape != other.shape:
            return False
        ends = [(0, n - 1) for n in self.shape]
        corners = np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
        apart = self.to_world_mm(corners) - other.to_world_mm(corners)
        return bool(np.abs(apart).max() <= tolerance_mm)
