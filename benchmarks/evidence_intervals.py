"""The threshold's limits by other rules than the one in use, from the same resamples."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy.special import stdtrit

from hevesy.evidence import DoseResponse, bootstrap_interval, first_crossing, link_of

__all__ = ["INTERVALS", "USED", "limits_by_rule"]

_GRID = 801

Band = tuple[Any, Any]


def _linear(every: Any, middle: Any, patients: int) -> Band:
    low, high = np.percentile(every, [2.5, 97.5], axis=0)
    return low, high


def _order(every: Any, middle: Any, patients: int) -> Band:
    low, high = np.quantile(every, [0.025, 0.975], axis=0, method="weibull")
    return low, high


def _expanded(every: Any, middle: Any, patients: int) -> Band:
    return bootstrap_interval(every, confidence=0.95, clusters=patients)


def _fieller(every: Any, middle: Any, patients: int) -> Band:
    reach = stdtrit(patients - 1, 0.975) * np.sqrt(patients / (patients - 1))
    spread = reach * every.std(axis=0, ddof=1)
    return middle - spread, middle + spread


INTERVALS: dict[str, Callable[[Any, Any, int], Band]] = {
    "percentile": _linear,
    "order statistic": _order,
    "expanded": _expanded,
    "Fieller": _fieller,
}
"""Of the predictor at doses, from draws (R, m), the fitted one (m,) and the number of patients."""

USED = "expanded"


def limits_by_rule(
    curve: DoseResponse, probabilities: tuple[float, ...]
) -> dict[str, list[list[float | None]]]:
    """Give each rule's limits of the dose, one pair a probability; searched as the fit does."""
    low, high = curve.doses_range
    x = np.linspace(np.log(low / 10), np.log(high * 10), _GRID) - np.log(curve.reference_gy)
    every = curve.draws[:, :1] + curve.draws[:, 1:] * x
    middle = curve.coefficients[0] + curve.coefficients[1] * x
    found: dict[str, list[list[float | None]]] = {}
    for name, rule in INTERVALS.items():
        below, above = rule(every, middle, curve.subjects)
        found[name] = []
        for probability in probabilities:
            wanted = link_of(probability, curve.link)
            ends = (
                first_crossing(x, above - wanted),
                first_crossing(-x[::-1], (wanted - below)[::-1]),
            )
            found[name].append([
                None if end is None else float(curve.reference_gy * np.exp(side * end))
                for side, end in zip((1, -1), ends, strict=True)
            ])  # fmt: skip
    return found
