"""What the running posterior starts from: a region's scans, and what turns decays into dose."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError

__all__ = ["DoseScale", "MeasuredCurve"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeasuredCurve:
    """A region's activities after one administration, and what was given.

    Parameters
    ----------
    times_s : ndarray of float64, shape (k,)
        Since time zero, rising, s.
    activities_bq : ndarray of float64, shape (k,)
        Physical activity at that moment, Bq.
    uncertainties_bq : ndarray of float64, shape (k,)
        Random standard uncertainty, independent from scan to scan, above 0, Bq.
    decay_per_s : float
        Physical decay constant, 1/s.
    injected_bq : float or None
        What was given to this region (a depot) or at all (an organ), Bq; None where that says
        nothing of the region's activity.
    injected_relative_uncertainty : float
        Its standard uncertainty, as a share.
    scatter_relative : float
        Scatter from scan to scan beyond the stated (repositioning, drawing, breathing), as a share
        of the activity; added in squares.

    Raises
    ------
    InputError
        Lengths, order, or a number that is out of its range.

    Examples
    --------
    >>> curve = MeasuredCurve(times_s=[3600.0], activities_bq=[5e8], uncertainties_bq=[1e7],
    ...                       decay_per_s=1.13e-5, injected_bq=6e8)
    >>> curve.first(1).times_s.tolist()
    [3600.0]
    """

    times_s: Array
    activities_bq: Array
    uncertainties_bq: Array
    decay_per_s: float
    injected_bq: float | None = None
    injected_relative_uncertainty: float = 0.05
    scatter_relative: float = 0.02

    def __post_init__(self) -> None:
        for name in ("times_s", "activities_bq", "uncertainties_bq"):
            values = np.array(getattr(self, name), dtype=np.float64).reshape(-1)
            values.setflags(write=False)
            object.__setattr__(self, name, values)
        sizes = {self.times_s.size, self.activities_bq.size, self.uncertainties_bq.size}
        finite = all(
            bool(np.isfinite(values).all())
            for values in (self.times_s, self.activities_bq, self.uncertainties_bq)
        )
        if len(sizes) != 1 or not finite or not self.times_s.size:
            raise InputError(
                "a curve needs as many activities and uncertainties as times, all finite",
                got=f"{self.times_s.size} times, {self.activities_bq.size} activities",
                remedy="give one of each for every scan",
            )
        if (self.times_s < 0).any() or (np.diff(self.times_s) <= 0).any():
            raise InputError(
                "a curve's scans must be in order of time, after the injection",
                got=f"{[round(t / 3600, 3) for t in self.times_s.tolist()]} h",
                remedy="sort them, and check the administration's time",
            )
        limits = (self.injected_bq, self.decay_per_s, *self.uncertainties_bq.tolist())
        if any(value is not None and not 0 < value < math.inf for value in limits):
            raise InputError(
                "injected activity, decay constant and random uncertainties must be above 0",
                got=f"{self.injected_bq}, {self.decay_per_s}, {self.uncertainties_bq.min():g}",
                remedy="state a counting uncertainty; leave out an unknown injected activity",
            )
        if min(self.injected_relative_uncertainty, self.scatter_relative) < 0:
            raise InputError(
                "a relative uncertainty can't be negative",
                got=f"{self.injected_relative_uncertainty}, {self.scatter_relative}",
                remedy="give shares of 0 or more",
            )

    def first(self, count: int) -> "MeasuredCurve":
        """The curve as it was known after its first scans."""
        return self._some(slice(0, count))

    def only(self, scan: int) -> "MeasuredCurve":
        """The curve with one scan alone; `scan` from 0."""
        return self._some(slice(scan, scan + 1))

    def _some(self, part: slice) -> "MeasuredCurve":
        return replace(
            self,
            times_s=self.times_s[part],
            activities_bq=self.activities_bq[part],
            uncertainties_bq=self.uncertainties_bq[part],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseScale:
    """From decays to dose, with the errors that all scans share; k = 1, in logarithms.

    Parameters
    ----------
    gy_per_bq_s : float
        Mean dose for one decay (1 Bq s) as measured.
    activity_relative_uncertainty : float
        Common to all measured activities: calibration, recovery, borders.
    dose_relative_uncertainty : float
        Of the dose, the curve aside: the same, with the mass.
    covariance_relative : float
        Of the two.

    Raises
    ------
    InputError
        A negative number, or a covariance larger than the two allow.

    Examples
    --------
    >>> DoseScale(gy_per_bq_s=1e-12).covariance_relative
    0.0
    """

    gy_per_bq_s: float
    activity_relative_uncertainty: float = 0.0
    dose_relative_uncertainty: float = 0.0
    covariance_relative: float = 0.0

    def __post_init__(self) -> None:
        activity, dose = self.activity_relative_uncertainty, self.dose_relative_uncertainty
        if not all(0 <= value < math.inf for value in (self.gy_per_bq_s, activity, dose)):
            raise InputError(
                "a dose scale and its uncertainties can't be negative or infinite",
                got=f"{self.gy_per_bq_s:g} Gy/(Bq s), {activity:g}, {dose:g}",
                remedy="look at the region's mass and its uncertainty",
            )
        if not abs(self.covariance_relative) <= activity * dose * (1 + 1e-9) + 1e-15:
            raise InputError(
                "a covariance can't exceed the product of its standard uncertainties",
                got=self.covariance_relative,
                allowed=f"-{activity * dose:g} to {activity * dose:g}",
                remedy="give the covariance of relative errors",
            )
