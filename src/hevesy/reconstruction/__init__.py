"""From projections to an image."""

from hevesy.reconstruction.penetration_floor import fit_floor
from hevesy.reconstruction.scatter_estimate import ScatterEstimate, add_estimates
from hevesy.reconstruction.scatter_windows import (
    SCATTER_METHODS,
    estimate_blank,
    estimate_dew,
    estimate_scatter,
    estimate_tew,
    estimate_upper,
)
from hevesy.reconstruction.window_choice import ScatterWindows, choose_windows

__all__ = [
    "SCATTER_METHODS",
    "ScatterEstimate",
    "ScatterWindows",
    "add_estimates",
    "choose_windows",
    "estimate_blank",
    "estimate_dew",
    "estimate_scatter",
    "estimate_tew",
    "estimate_upper",
    "fit_floor",
]
