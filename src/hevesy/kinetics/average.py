"""The weighted average of several curves."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.kinetics.curve import Curve, ExponentialCurve

__all__ = ["AverageCurve", "average_curves"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AverageCurve:
    """A weighted sum of curves of any kind.

    Parameters
    ----------
    curves : tuple of Curve
        What is averaged.
    weights : tuple of float
        One weight for each, as they are used.

    Raises
    ------
    InputError
        No curve, or not one weight for each.

    Examples
    --------
    >>> one = ExponentialCurve(amplitudes_bq=[1e6], rates_per_s=[1e-5])
    >>> round(AverageCurve(curves=(one, one), weights=(0.5, 0.5)).tia_bq_s() / 1e9, 6)
    100.0
    """

    curves: tuple[Curve, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.curves or len(self.curves) != len(self.weights):
            raise InputError(
                "an average needs one weight for each of its curves",
                got=f"{len(self.curves)} curves, {len(self.weights)} weights",
                remedy="give as many weights as curves",
            )

    def activity_bq(self, time_s: ArrayLike) -> NDArray[np.float64]:
        """Activity at each of `time_s`, Bq; the shape of `time_s`."""
        total = np.zeros_like(np.asarray(time_s, dtype=np.float64))
        for curve, weight in zip(self.curves, self.weights, strict=True):
            total = total + weight * curve.activity_bq(time_s)
        return np.asarray(total)

    def tia_bq_s(self, start_s: float = 0.0, end_s: float = np.inf) -> float:
        """Time-integrated activity between two times, Bq s."""
        pairs = zip(self.curves, self.weights, strict=True)
        return float(sum(weight * curve.tia_bq_s(start_s, end_s) for curve, weight in pairs))


def average_curves(curves: Sequence[Curve], weights: Sequence[float]) -> Curve:
    """Weighted average of curves; exponentials stay a sum of exponentials.

    Parameters
    ----------
    curves : sequence of Curve
        What is averaged.
    weights : sequence of float
        One weight at or above 0 for each; scaled to the sum 1.

    Returns
    -------
    Curve
        An `ExponentialCurve` where all are (terms of weight 0 are left out), else an
        `AverageCurve`.

    Raises
    ------
    InputError
        Not one weight for each curve, a negative one, or none above 0.

    Examples
    --------
    >>> fast = ExponentialCurve(amplitudes_bq=[2e6], rates_per_s=[2e-5])
    >>> slow = ExponentialCurve(amplitudes_bq=[1e6], rates_per_s=[1e-5])
    >>> average_curves([fast, slow], [1, 3]).amplitudes_bq.tolist()
    [500000.0, 750000.0]
    """
    share = np.asarray(weights, dtype=np.float64)
    usable = share.shape == (len(curves),) and bool((share >= 0).all())
    if not usable or not 0 < share.sum() < np.inf:
        raise InputError(
            "an average needs one weight at or above 0 for each curve, and one above 0",
            got=f"{len(curves)} curves, weights {share.tolist()}",
            remedy="give as many weights as curves",
        )
    share = share / share.sum()
    kept = [(c, float(w)) for c, w in zip(curves, share, strict=True) if w > 0]
    exponentials = [(c, w) for c, w in kept if isinstance(c, ExponentialCurve)]
    if len(exponentials) == len(kept):
        return ExponentialCurve(
            amplitudes_bq=np.concatenate([w * c.amplitudes_bq for c, w in exponentials]),
            rates_per_s=np.concatenate([c.rates_per_s for c, _ in exponentials]),
        )
    return AverageCurve(curves=tuple(c for c, _ in kept), weights=tuple(w for _, w in kept))
