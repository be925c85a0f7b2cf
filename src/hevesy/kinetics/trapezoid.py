"""A curve drawn straight from scan to scan, with a declared tail."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.kinetics.samples import rising_samples

__all__ = ["TrapezoidCurve"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TrapezoidCurve:
    """Straight lines between the scans, an exponential after the last one.

    From time zero to the first scan the line starts at `start_activity_bq`. Between two scans of
    an exponential the chord lies above the curve, so the area is too large by at most
    (k dt)^2 / 12 of itself, in the leading order.

    Parameters
    ----------
    times_s : ndarray of float64, shape (n,)
        Times of the scans since time zero, s, at least 0 and strictly rising.
    activities_bq : ndarray of float64, shape (n,)
        Activities at these times, Bq.
    tail_rate_per_s : float
        Rate of the exponential after the last scan, 1/s, above 0, physical decay included.
    start_activity_bq : float
        Activity at time zero, Bq; not used where the first scan is at time zero.

    Raises
    ------
    InputError
        No point, arrays of different length, times that don't rise or lie before zero, values
        that aren't finite, or a rate that isn't above 0.

    Examples
    --------
    >>> curve = TrapezoidCurve(times_s=[0, 100], activities_bq=[2e6, 1e6], tail_rate_per_s=0.01,
    ...                        start_activity_bq=0)
    >>> float(curve.activity_bq(50)), round(curve.tia_bq_s() / 1e6, 6)
    (1500000.0, 250.0)
    """

    times_s: NDArray[np.float64]
    activities_bq: NDArray[np.float64]
    tail_rate_per_s: float
    start_activity_bq: float

    def __post_init__(self) -> None:
        times, values = rising_samples(self.times_s, self.activities_bq, what="a trapezoid")
        if not (0 < self.tail_rate_per_s < np.inf and np.isfinite(self.start_activity_bq)):
            raise InputError(
                "a trapezoid needs a tail that falls and a finite start",
                got=f"rate {self.tail_rate_per_s:g} /s, start {self.start_activity_bq:g} Bq",
                remedy="give a rate above 0 in 1/s that includes physical decay",
            )
        object.__setattr__(self, "times_s", times)
        object.__setattr__(self, "activities_bq", values)

    def _knots(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        if self.times_s[0] == 0:
            return self.times_s, self.activities_bq
        return (
            np.concatenate(([0.0], self.times_s)),
            np.concatenate(([self.start_activity_bq], self.activities_bq)),
        )

    def activity_bq(self, time_s: ArrayLike) -> NDArray[np.float64]:
        """Activity at each of `time_s`, Bq; the shape of `time_s`."""
        time = np.asarray(time_s, dtype=np.float64)
        knots, values = self._knots()
        line = np.interp(time, knots, values)
        past = np.maximum(time - knots[-1], 0.0)
        return np.asarray(line * np.exp(-self.tail_rate_per_s * past))

    def tia_bq_s(self, start_s: float = 0.0, end_s: float = np.inf) -> float:
        """Time-integrated activity between two times, Bq s."""
        knots, values = self._knots()
        last = float(knots[-1])
        inside = knots[(knots > start_s) & (knots < end_s)]
        first_in, last_in = min(max(start_s, 0.0), last), min(end_s, last)
        edges = np.concatenate(([first_in], inside[inside < last_in], [last_in]))
        lines = float(np.trapezoid(np.interp(edges, knots, values), edges))
        begin, finish = max(start_s, last) - last, max(end_s, last) - last
        rate = self.tail_rate_per_s
        tail = float(values[-1]) / rate * (np.exp(-rate * begin) - np.exp(-rate * finish))
        return lines + float(tail)
