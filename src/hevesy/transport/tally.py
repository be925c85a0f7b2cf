"""Sums over batches, and what they say."""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

__all__ = ["Tally"]

_Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Tally:
    """Sums over the batches so far; can be taken up again.

    Parameters
    ----------
    sizes : tuple of int
        Histories of each batch done, in order.
    total, squares : ndarray of float64, shape (voxels,)
        Sums over batches of n x and n x^2, where x is the energy per decay, MeV, of a batch of n.
    regions : ndarray of float64, shape (batches, regions)
        Energy per decay in each region, MeV.
    ledger : ndarray of float64, shape (batches, 6)
        Of each batch: energy emitted, deposited and escaped, MeV, of the sampled decays; primary
        photons; steps and hard events of all electrons.
    stopped : bool
        The control said stop before the last batch.
    goal : int
        Histories that were being run to.

    Examples
    --------
    >>> Tally(sizes=(10, 10), total=np.array([40.0]), squares=np.array([100.0]),
    ...       regions=np.zeros((2, 0))).mean_and_sigma()
    (array([2.]), array([1.]))
    """

    sizes: tuple[int, ...]
    total: _Numbers
    squares: _Numbers
    regions: _Numbers
    ledger: _Numbers = field(default_factory=lambda: np.zeros((0, 6)))
    stopped: bool = False
    goal: int = 0
    names: tuple[str, ...] = field(default=())

    @property
    def histories(self) -> int:
        """Primary electrons."""
        return sum(self.sizes)

    @property
    def emitted_mev(self) -> float:
        """Energy emitted, MeV."""
        return self._sum(0)

    @property
    def deposited_mev(self) -> float:
        """Energy deposited, MeV."""
        return self._sum(1)

    @property
    def escaped_mev(self) -> float:
        """Energy that left the grid, MeV."""
        return self._sum(2)

    @property
    def photons(self) -> int:
        """Primary photons."""
        return int(self._sum(3))

    @property
    def steps(self) -> float:
        """Steps of all electrons."""
        return self._sum(4)

    @property
    def hard_events(self) -> float:
        """Hard events of all electrons."""
        return self._sum(5)

    def _sum(self, column: int) -> float:
        """Rounded once, so the same however the batches were run."""
        return math.fsum(self.ledger[:, column])

    def mean_and_sigma(self, rows: NDArray[np.int64] | None = None) -> tuple[_Numbers, _Numbers]:
        """Energy per decay in each voxel (or some) and its standard uncertainty, MeV."""
        if rows is None:
            return _weighted(self.total, self.squares, self.sizes)
        return _weighted(self.total[rows], self.squares[rows], self.sizes)

    def region_mean_and_sigma(self, name: str) -> tuple[float, float]:
        """Energy per decay in a region and its standard uncertainty, MeV."""
        weights = np.array(self.sizes, dtype=np.float64)
        values = self.regions[:, self.names.index(name)]
        mean, sigma = _weighted(
            np.array([np.dot(weights, values)]),
            np.array([np.dot(weights, values**2)]),
            self.sizes,
        )
        return float(mean[0]), float(sigma[0])


def _weighted(
    total: _Numbers, squares: _Numbers, sizes: tuple[int, ...]
) -> tuple[_Numbers, _Numbers]:
    histories = float(sum(sizes))
    mean = total / histories
    variance = (squares / histories - mean**2) / (len(sizes) - 1)
    return mean, np.sqrt(np.maximum(variance, 0.0))
