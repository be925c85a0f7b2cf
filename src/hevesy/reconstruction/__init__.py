"""From projections to an image."""

from hevesy.reconstruction.penetration_floor import fit_floor
from hevesy.reconstruction.scatter_windows import (
    ScatterEstimate,
    ScatterWindows,
    add_estimates,
    choose_windows,
    estimate_blank,
    estimate_dew,
    estimate_tew,
    estimate_upper,
)

__all__ = [
    "ScatterEstimate",
    "ScatterWindows",
    "add_estimates",
    "choose_windows",
    "estimate_blank",
    "estimate_dew",
    "estimate_tew",
    "estimate_upper",
    "fit_floor",
]
