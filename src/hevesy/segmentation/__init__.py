"""Segmentation: regions from images, points, labels and contours, and from other regions."""

from hevesy.segmentation.body import outline_body
from hevesy.segmentation.combine import (
    Overlap,
    find_overlaps,
    intersect,
    regions_from_labels,
    subtract,
    unite,
)
from hevesy.segmentation.density_inside import LesionDensity, measure_density
from hevesy.segmentation.deposits import Deposit, edge_share, find_deposits
from hevesy.segmentation.diameters import LesionDiameters, measure_diameters
from hevesy.segmentation.growing import grow_region, segment_gradient
from hevesy.segmentation.margins import dilate, erode, surround
from hevesy.segmentation.partition import Partition, partition_regions
from hevesy.segmentation.spill_out import (
    SpillOut,
    SpillOutRegions,
    spill_out_region,
    spill_out_total,
)
from hevesy.segmentation.surfaces import (
    NeedleTrack,
    outline_border_layer,
    outline_rim,
    outline_tract,
    signed_distance_mm,
)
from hevesy.segmentation.thresholds import threshold_adaptive, threshold_fixed

__all__ = [
    "Deposit",
    "LesionDensity",
    "LesionDiameters",
    "NeedleTrack",
    "Overlap",
    "Partition",
    "SpillOut",
    "SpillOutRegions",
    "dilate",
    "edge_share",
    "erode",
    "find_deposits",
    "find_overlaps",
    "grow_region",
    "intersect",
    "measure_density",
    "measure_diameters",
    "outline_body",
    "outline_border_layer",
    "outline_rim",
    "outline_tract",
    "partition_regions",
    "regions_from_labels",
    "segment_gradient",
    "signed_distance_mm",
    "spill_out_region",
    "spill_out_total",
    "subtract",
    "surround",
    "threshold_adaptive",
    "threshold_fixed",
    "unite",
]
