"""What is expected of an image before the counts are seen: neighbours are alike."""

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError

__all__ = ["Prior", "RelativeDifferencePrior"]

_LEAST = np.float32(1e-30)


class Prior(Protocol):
    """A penalty on images, as its slope.

    `strength_share` is the penalty's weight, as a share of a voxel's mean sensitivity.
    """

    @property
    def strength_share(self) -> float:
        """Weight of the penalty, as a share of the mean sensitivity."""

    def slope(
        self, image: NDArray[np.float32], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float32]:
        """Slope of the penalty at an image, shape of `image`; `spacing_mm` along its axes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelativeDifferencePrior:
    """Penalty on relative differences between a voxel and its six neighbours.

    The sum over neighbours of w (a - b)^2 / (a + b + edge |a - b|), with weights w that fall with
    the neighbour's distance (1 for the nearest). It hangs on relative differences: hot and cold
    regions are smoothed alike; a large `edge_factor` spares edges.

    Parameters
    ----------
    strength_share : float
        Weight, as a share of a voxel's mean sensitivity; 0 or more. 0.02 to 0.2 is usual.
    edge_factor : float
        Nuyts' gamma, 0 or more.

    Raises
    ------
    InputError
        A negative number.

    References
    ----------
    Nuyts J, Bequé D, Dupont P, Mortelmans L. A concave prior penalizing relative differences for
    maximum-a-posteriori reconstruction in emission tomography. IEEE Trans Nucl Sci 2002;49:56,
    10.1109/TNS.2002.998681, eq. 5.

    Examples
    --------
    >>> flat = RelativeDifferencePrior(strength_share=0.1)
    >>> float(np.abs(flat.slope(np.ones((3, 3, 3), dtype=np.float32), (4, 4, 4))).max())
    0.0
    """

    strength_share: float
    edge_factor: float = 2.0

    def __post_init__(self) -> None:
        if not (0 <= self.strength_share < math.inf and 0 <= self.edge_factor < math.inf):
            raise InputError(
                "a prior's numbers must be 0 or more",
                got=f"strength {self.strength_share:g}, edge {self.edge_factor:g}",
                remedy="give 0 for no prior",
            )

    def penalty(self, image: NDArray[np.float32], spacing_mm: tuple[float, float, float]) -> float:
        """The penalty of an image, of which `slope` is the derivative."""
        total = 0.0
        for axis, weight in enumerate(self._weights(spacing_mm)):
            one, other = self._pairs(image.astype(np.float64), axis)
            apart = one - other
            down = one + other + self.edge_factor * np.abs(apart)
            total += weight * float((apart**2 / np.where(down > 0, down, 1.0)).sum())
        return total

    def slope(
        self, image: NDArray[np.float32], spacing_mm: tuple[float, float, float]
    ) -> NDArray[np.float32]:
        """Slope of the penalty, without its weight.

        Parameters
        ----------
        image : ndarray of float32, shape (a, b, c)
            0 or more.
        spacing_mm : tuple of float
            Along the three axes.

        Returns
        -------
        ndarray of float32, shape of `image`
        """
        result = np.zeros_like(image)
        for axis, weight in enumerate(self._weights(spacing_mm)):
            one, other = self._pairs(image, axis)
            to_one, to_other = self._pairs(result, axis)
            apart = one - other
            size = np.float32(self.edge_factor) * np.abs(apart)
            over = 1 / np.maximum(one + other + size, _LEAST)
            share = np.float32(weight) * apart * over
            to_one += share * ((size + one + 3 * other) * over)
            to_other -= share * ((size + other + 3 * one) * over)
        return result

    @staticmethod
    def _weights(spacing_mm: tuple[float, float, float]) -> tuple[float, ...]:
        return tuple(min(spacing_mm) / mm for mm in spacing_mm)

    @staticmethod
    def _pairs(values: NDArray[np.floating], axis: int) -> tuple[NDArray[np.floating], ...]:
        """Views of each voxel but the last along an axis, and of its next neighbour."""
        moved = np.moveaxis(values, axis, 0)
        return moved[:-1], moved[1:]
