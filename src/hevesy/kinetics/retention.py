"""A curve whose decay-corrected part goes straight from scan to scan."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.kinetics.samples import rising_samples

__all__ = ["RetentionCurve"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetentionCurve:
    """Physical decay times what is retained, which goes straight from scan to scan.

    A(t) = r(t) exp(-k t), with r the activity corrected for decay to time zero: level before the
    first scan and after the last. It is linear in the activities, so that the curves of parts add
    up to the whole's, values below zero included; and exact where nothing moves. Between two scans
    of an exponential washout of rate b the chord of r lies above it by at most (b dt)^2 / 8 of
    itself, b being biological: slow for a depot, where a chord of the activity itself would err by
    the physical decay.

    Parameters
    ----------
    times_s : ndarray of float64, shape (n,)
        Times of the scans since time zero, s, at least 0 and strictly rising.
    activities_bq : ndarray of float64, shape (n,)
        Activities at these times, Bq; of any sign.
    decay_per_s : float
        Physical decay constant, 1/s, above 0.

    Raises
    ------
    InputError
        No point, arrays of different length, times that don't rise or lie before zero, values
        that aren't finite, or a decay constant that isn't above 0.

    Examples
    --------
    >>> curve = RetentionCurve(times_s=[100.0], activities_bq=[np.exp(-1.0)], decay_per_s=0.01)
    >>> round(float(curve.activity_bq(0.0)), 6), round(curve.tia_bq_s(), 6)
    (1.0, 100.0)
    """

    times_s: NDArray[np.float64]
    activities_bq: NDArray[np.float64]
    decay_per_s: float

    def __post_init__(self) -> None:
        times, values = rising_samples(self.times_s, self.activities_bq, what="a retention curve")
        if not 0 < self.decay_per_s < np.inf:
            raise InputError(
                "a retention curve needs a decay constant above 0",
                got=f"{self.decay_per_s:g} /s",
                remedy="give ln 2 over the half-life in s",
            )
        object.__setattr__(self, "times_s", times)
        object.__setattr__(self, "activities_bq", values)

    def _retained_bq(self) -> NDArray[np.float64]:
        return np.asarray(self.activities_bq * np.exp(self.decay_per_s * self.times_s))

    def activity_bq(self, time_s: ArrayLike) -> NDArray[np.float64]:
        """Activity at each of `time_s`, Bq; the shape of `time_s`."""
        time = np.asarray(time_s, dtype=np.float64)
        retained = np.interp(time, self.times_s, self._retained_bq())
        return np.asarray(retained * np.exp(-self.decay_per_s * time))

    def tia_bq_s(self, start_s: float = 0.0, end_s: float = np.inf) -> float:
        """Time-integrated activity between two times, Bq s."""
        inside = self.times_s[(self.times_s > start_s) & (self.times_s < end_s)]
        edges = np.concatenate(([start_s], inside, [end_s]))
        retained = self._retained_bq()
        rate = self.decay_per_s
        total = 0.0
        for low, high in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
            # r(t) = first + slope (t - low); the integral of it with the decay, in closed form
            first = float(np.interp(low, self.times_s, retained))
            last = float(np.interp(high, self.times_s, retained))
            if np.isinf(high):
                total += last / rate * np.exp(-rate * low)
                continue
            slope = (last - first) / (high - low) if high > low else 0.0
            begin = np.exp(-rate * low) * (first + slope / rate)
            finish = np.exp(-rate * high) * (last + slope / rate)
            total += (begin - finish) / rate
        return float(total)

    def tia_weights_s(self) -> NDArray[np.float64]:
        """What each scan's activity counts for in the integral to infinity, s; shape (n,)."""
        unit = np.eye(self.times_s.size)
        return np.array(
            [
                RetentionCurve(
                    times_s=self.times_s, activities_bq=row, decay_per_s=self.decay_per_s
                ).tia_bq_s()
                for row in unit
            ]
        )
