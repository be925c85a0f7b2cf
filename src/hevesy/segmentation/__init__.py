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
from hevesy.segmentation.growing import grow_region, segment_gradient
from hevesy.segmentation.margins import dilate, erode, surround
from hevesy.segmentation.spill_out import (
    SpillOut,
    SpillOutRegions,
    spill_out_region,
    spill_out_total,
)
from hevesy.segmentation.thresholds import threshold_adaptive, threshold_fixed

__all__ = [
    "Overlap",
    "SpillOut",
    "SpillOutRegions",
    "dilate",
    "erode",
    "find_overlaps",
    "grow_region",
    "intersect",
    "outline_body",
    "regions_from_labels",
    "segment_gradient",
    "spill_out_region",
    "spill_out_total",
    "subtract",
    "surround",
    "threshold_adaptive",
    "threshold_fixed",
    "unite",
]
