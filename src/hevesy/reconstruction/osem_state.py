"""How far a reconstruction is, and what may be added to its expected counts."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError
from hevesy.images import Grid, Quantity, Volume

__all__ = ["AdditiveModel", "IterationFigures", "OsemState"]


class AdditiveModel(Protocol):
    """What an image adds to the expected counts beside its straight projection.

    Examples
    --------
    >>> class Tenth:
    ...     def expected_counts(self, image, views):
    ...         return np.full((views.size, 4, 16), 0.1 * image.sum() / 64, dtype=np.float32)
    >>> round(float(Tenth().expected_counts(np.ones((4, 16, 16)), np.arange(2)).sum()), 3)
    204.8
    """

    def expected_counts(
        self, image: NDArray[np.float32], views: NDArray[np.int64]
    ) -> NDArray[np.float32]:
        """Of views of weight 1, shape (views, axial, transaxial), for an image (z, y, x)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class IterationFigures:
    """What one iteration did; sums over all views, each taken when its subset was used.

    Parameters
    ----------
    iteration : int
        1 for the first.
    log_likelihood : float
        Poisson log-likelihood of the counts, without the terms that hang on the counts alone.
    expected_counts : float
        Counts that image and additive term together make, to be held against those measured.
    image_counts : float
        Sum of the image after the iteration.
    change_relative : float
        Norm of the image's change over the norm of the image.

    Examples
    --------
    >>> IterationFigures(iteration=1, log_likelihood=-3.0, expected_counts=10.0,
    ...                  image_counts=1.0, change_relative=0.5).iteration
    1
    """

    iteration: int
    log_likelihood: float
    expected_counts: float
    image_counts: float
    change_relative: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OsemState:
    """An image and how far its reconstruction is; it can be taken up again.

    Parameters
    ----------
    image : ndarray of float32, shape ``grid.shape``
        Counts of a voxel in a view of weight 1, without attenuation. Read-only.
    grid : Grid
        Where the voxels lie.
    iteration : int
        How many iterations are done.
    subsets : int
        Updates an iteration.
    figures : tuple of IterationFigures
        One for each iteration.

    Raises
    ------
    GridError
        The image does not have the grid's shape.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(4, 4, 4))
    >>> OsemState(image=np.ones(grid.shape, np.float32), grid=grid, iteration=0, subsets=1,
    ...           figures=()).updates
    0
    """

    image: NDArray[np.float32]
    grid: Grid
    iteration: int
    subsets: int
    figures: tuple[IterationFigures, ...]

    def __post_init__(self) -> None:
        image = np.asarray(self.image, dtype=np.float32)
        if image.shape != self.grid.shape:
            raise GridError(
                "a reconstruction's image does not have its grid's shape",
                got=image.shape,
                allowed=str(self.grid.shape),
                remedy="give the image in (z, y, x) order",
            )
        image = image.view()
        image.setflags(write=False)
        object.__setattr__(self, "image", image)

    @property
    def updates(self) -> int:
        """Iterations times subsets."""
        return self.iteration * self.subsets

    def to_volume(self, frame_of_reference: str | None = None) -> Volume:
        """The image as a volume of counts."""
        return Volume(
            values=self.image,
            grid=self.grid,
            quantity=Quantity.COUNTS,
            frame_of_reference=frame_of_reference,
        )
