"""A curve of activity over time."""

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError

__all__ = ["Curve", "ExponentialCurve"]


class Curve(Protocol):
    """Activity over time since time zero (the end of the injection)."""

    def activity_bq(self, time_s: ArrayLike) -> NDArray[np.float64]:
        """Activity at each of `time_s`, Bq; the shape of `time_s`."""

    def tia_bq_s(self, start_s: float = 0.0, end_s: float = np.inf) -> float:
        """Time-integrated activity between two times, Bq s."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExponentialCurve:
    """A sum of exponentials, A(t) = sum of a_i exp(-k_i t).

    An uptake phase is a term with a negative amplitude. The rates are effective: physical decay
    is in them.

    Parameters
    ----------
    amplitudes_bq : ndarray of float64, shape (n,)
        a_i, Bq.
    rates_per_s : ndarray of float64, shape (n,)
        k_i, 1/s, above 0.

    Raises
    ------
    InputError
        The arrays differ in length, or a rate is not above 0.

    Examples
    --------
    >>> curve = ExponentialCurve(amplitudes_bq=[1e6], rates_per_s=[1e-5])
    >>> round(curve.tia_bq_s() / 1e9, 6)
    100.0
    """

    amplitudes_bq: NDArray[np.float64]
    rates_per_s: NDArray[np.float64]

    def __post_init__(self) -> None:
        amplitudes = np.array(self.amplitudes_bq, dtype=np.float64).reshape(-1)
        rates = np.array(self.rates_per_s, dtype=np.float64).reshape(-1)
        if amplitudes.shape != rates.shape or not (rates > 0).all():
            raise InputError(
                "an exponential curve needs one rate above 0 for each amplitude",
                got=f"{amplitudes.size} amplitudes, rates {rates.tolist()}",
                remedy="give rates in 1/s that include physical decay",
            )
        amplitudes.setflags(write=False)
        rates.setflags(write=False)
        object.__setattr__(self, "amplitudes_bq", amplitudes)
        object.__setattr__(self, "rates_per_s", rates)

    def activity_bq(self, time_s: ArrayLike) -> NDArray[np.float64]:
        """Activity at each of `time_s`, Bq; the shape of `time_s`."""
        time = np.asarray(time_s, dtype=np.float64)[..., None]
        return np.asarray(np.sum(self.amplitudes_bq * np.exp(-self.rates_per_s * time), axis=-1))

    def tia_bq_s(self, start_s: float = 0.0, end_s: float = np.inf) -> float:
        """Time-integrated activity between two times, Bq s."""
        first = np.exp(-self.rates_per_s * start_s)
        last = np.exp(-self.rates_per_s * end_s)
        return float(np.sum(self.amplitudes_bq / self.rates_per_s * (first - last)))
