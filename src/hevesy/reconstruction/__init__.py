"""From projections to an image: OSEM, priors, filters, beds together, uncertainty."""

from hevesy.reconstruction.osem import IterationFigures, OsemState, reconstruct_osem
from hevesy.reconstruction.postfilter import smooth_gaussian
from hevesy.reconstruction.prior import Prior, RelativeDifferencePrior
from hevesy.reconstruction.stitching import stitch_beds
from hevesy.reconstruction.subsets import order_subsets
from hevesy.reconstruction.uncertainty import RegionTotals, bootstrap_region_totals

__all__ = [
    "IterationFigures",
    "OsemState",
    "Prior",
    "RegionTotals",
    "RelativeDifferencePrior",
    "bootstrap_region_totals",
    "order_subsets",
    "reconstruct_osem",
    "smooth_gaussian",
    "stitch_beds",
]
