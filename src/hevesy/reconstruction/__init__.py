"""From projections to an image: scatter, OSEM, priors, filters, beds together, uncertainty."""

from hevesy.reconstruction.detector_field import (
    counting_rows,
    crop_rows,
    pad_rows,
    truncated_share,
)
from hevesy.reconstruction.osem import iterate_osem, reconstruct_osem
from hevesy.reconstruction.osem_state import AdditiveModel, IterationFigures, OsemState
from hevesy.reconstruction.penetration_floor import fit_floor
from hevesy.reconstruction.postfilter import smooth_gaussian
from hevesy.reconstruction.prior import Prior, RelativeDifferencePrior
from hevesy.reconstruction.scatter_estimate import ScatterEstimate, add_estimates
from hevesy.reconstruction.scatter_method import SCATTER_METHODS, ScatterMethod
from hevesy.reconstruction.scatter_windows import (
    estimate_blank,
    estimate_dew,
    estimate_scatter,
    estimate_tew,
    estimate_upper,
)
from hevesy.reconstruction.stitching import stitch_beds
from hevesy.reconstruction.subsets import order_subsets
from hevesy.reconstruction.uncertainty import RegionTotals, bootstrap_region_totals
from hevesy.reconstruction.window_choice import ScatterWindows, choose_windows

__all__ = [
    "SCATTER_METHODS",
    "AdditiveModel",
    "IterationFigures",
    "OsemState",
    "Prior",
    "RegionTotals",
    "RelativeDifferencePrior",
    "ScatterEstimate",
    "ScatterMethod",
    "ScatterWindows",
    "add_estimates",
    "bootstrap_region_totals",
    "choose_windows",
    "counting_rows",
    "crop_rows",
    "estimate_blank",
    "estimate_dew",
    "estimate_scatter",
    "estimate_tew",
    "estimate_upper",
    "fit_floor",
    "iterate_osem",
    "order_subsets",
    "pad_rows",
    "reconstruct_osem",
    "smooth_gaussian",
    "stitch_beds",
    "truncated_share",
]
