"""Expected counts in the peak window that are not what is to be reconstructed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError

__all__ = ["ScatterEstimate", "add_estimates"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScatterEstimate:
    """Expected counts in the peak window that are not unscattered peak photons.

    Parameters
    ----------
    expected_counts : ndarray of float64, shape (views, axial, transaxial)
        0 or more in each pixel. Read-only.
    variance : ndarray of float64, shape (views, axial, transaxial)
        Of `expected_counts`, from counting; pixels of a smoothed estimate are correlated with
        their neighbours. Read-only.
    method : str
        For the result.

    Raises
    ------
    GridError
        The two differ in shape.

    Examples
    --------
    >>> nothing = np.zeros((1, 2, 2))
    >>> ScatterEstimate(expected_counts=nothing, variance=nothing, method="none").method
    'none'
    """

    expected_counts: NDArray[np.float64]
    variance: NDArray[np.float64]
    method: str

    def __post_init__(self) -> None:
        for name in ("expected_counts", "variance"):
            array = np.asarray(getattr(self, name), dtype=np.float64).view()
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if self.expected_counts.shape != self.variance.shape:
            raise GridError(
                "an estimate and its variance differ in shape",
                got=f"{self.expected_counts.shape}, {self.variance.shape}",
                remedy="give one variance a pixel",
            )

    def net_per_view(self, peak_counts: NDArray[np.floating]) -> NDArray[np.float64]:
        """Peak less scatter, summed over each view's pixels, shape (views,); may be below 0."""
        total = peak_counts.sum(axis=(1, 2), dtype=np.float64)
        return np.asarray(total - self.expected_counts.sum(axis=(1, 2)))


def add_estimates(estimates: Sequence[ScatterEstimate]) -> ScatterEstimate:
    """Sum of estimates from independent counts.

    Raises
    ------
    InputError
        No estimate.

    Examples
    --------
    >>> part = ScatterEstimate(expected_counts=np.ones((1, 1, 1)), variance=np.ones((1, 1, 1)),
    ...                        method="blank")
    >>> add_estimates([part, part]).method
    'blank + blank'
    """
    if not estimates:
        raise InputError("there is no estimate to add", remedy="give one or more")
    return ScatterEstimate(
        expected_counts=np.sum([e.expected_counts for e in estimates], axis=0),
        variance=np.sum([e.variance for e in estimates], axis=0),
        method=" + ".join(e.method for e in estimates),
    )
