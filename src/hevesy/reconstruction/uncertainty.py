"""How sure a region's reconstructed total is, from the counts alone."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError, Interrupted
from hevesy.progress import SILENT, Control

__all__ = ["RegionTotals", "bootstrap_region_totals"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionTotals:
    """Regions' totals with their counting uncertainty.

    Parameters
    ----------
    totals : ndarray of float64, shape (regions,)
        From the counts as they are, in the image's unit.
    covariance : ndarray of float64, shape (regions, regions)
        Of the totals, over the replicates.
    replicates : int
        How many there were.
    seed : int
        What they were drawn with.

    Raises
    ------
    GridError
        Arrays that do not fit each other.

    Examples
    --------
    >>> found = RegionTotals(totals=np.array([10.0]), covariance=np.array([[4.0]]), replicates=9,
    ...                      seed=1)
    >>> found.deviation.tolist(), found.relative.tolist()
    ([2.0], [0.2])
    """

    totals: NDArray[np.float64]
    covariance: NDArray[np.float64]
    replicates: int
    seed: int

    def __post_init__(self) -> None:
        if self.covariance.shape != (self.totals.size, self.totals.size):
            raise GridError(
                "a covariance does not fit its totals",
                got=self.covariance.shape,
                allowed=str((self.totals.size, self.totals.size)),
                remedy="give one row and column for each total",
            )
        self.totals.setflags(write=False)
        self.covariance.setflags(write=False)

    @property
    def deviation(self) -> NDArray[np.float64]:
        """One standard deviation of each total, itself known to 1 / sqrt(2 (replicates - 1))."""
        return np.asarray(np.sqrt(np.diag(self.covariance)))

    @property
    def relative(self) -> NDArray[np.float64]:
        """Deviation over total; infinite for a total of 0."""
        relative = np.full(self.totals.size, np.inf)
        np.divide(self.deviation, np.abs(self.totals), out=relative, where=self.totals != 0)
        return relative


def bootstrap_region_totals(
    counts: NDArray[Any],
    reconstruct: Callable[[NDArray[np.float32]], NDArray[np.float32]],
    shares: NDArray[Any],
    *,
    replicates: int = 20,
    seed: int,
    control: Control = SILENT,
) -> RegionTotals:
    """Regions' totals and their covariance, from counts drawn anew.

    Every measured count n is replaced by a Poisson number of mean n, the whole is reconstructed
    again, and the regions are added up; so noise goes through scatter correction, updates and
    filter as it does in the measurement. Hand over all energy windows that the reconstruction
    uses: their noise then counts too. Calibration and other things that are common to all counts
    are not in it.

    Parameters
    ----------
    counts : ndarray, shape (...)
        Measured counts, whatever `reconstruct` takes, e.g. (windows, views, axial, transaxial).
    reconstruct : callable
        Takes counts of that shape (float32), gives an image (z, y, x). It must not draw numbers.
    shares : ndarray, shape (regions, z, y, x)
        Share of each voxel that belongs to each region.
    replicates : int
        2 or more.
    seed : int
        Each replicate draws from a stream of its own, so more replicates keep the first ones.
    control : Control
        Told of each replicate; asked whether to stop.

    Returns
    -------
    RegionTotals

    Raises
    ------
    InputError
        Fewer replicates than 2, or counts below 0.
    Interrupted
        The control said stop.

    References
    ----------
    Haynor DR, Woods SD. Resampling estimates of precision in emission tomography. IEEE Trans Med
    Imaging 1989;8:337. Buvat I. A non-parametric bootstrap approach for analysing the statistical
    properties of SPECT and PET images. Phys Med Biol 2002;47:1761.

    Examples
    --------
    >>> found = bootstrap_region_totals(np.full((1, 1, 100), 4.0), lambda drawn: drawn,
    ...                                 np.ones((1, 1, 1, 100)), replicates=400, seed=1)
    >>> float(found.totals[0]), bool(18 < found.deviation[0] < 22)
    (400.0, True)
    """
    if replicates < 2:
        raise InputError(
            "an uncertainty needs two replicates", got=replicates, remedy="give 20 or more"
        )
    if counts.size and not (np.isfinite(counts).all() and counts.min() >= 0):
        raise InputError(
            "counts are negative or not finite",
            got=f"least {counts.min():g}",
            allowed="0 or more",
            remedy="give the counts as they were recorded",
        )

    def add_up(given: NDArray[np.float32]) -> NDArray[np.float64]:
        image = reconstruct(given)
        return np.asarray(np.tensordot(shares.astype(np.float64), image.astype(np.float64), axes=3))

    control.stage("bootstrap")
    totals = add_up(np.asarray(counts, dtype=np.float32))
    drawn = np.empty((replicates, totals.size))
    for number in range(replicates):
        generator = np.random.default_rng([seed, number])
        drawn[number] = add_up(generator.poisson(counts).astype(np.float32))
        control.advance(number + 1, replicates)
        if number + 1 < replicates and control.should_stop():
            raise Interrupted(
                f"stopped after {number + 1} of {replicates} replicates",
                remedy="start it again, or with fewer replicates",
            )
    covariance = np.cov(drawn, rowvar=False).reshape(totals.size, totals.size)
    return RegionTotals(totals=totals, covariance=covariance, replicates=replicates, seed=seed)
