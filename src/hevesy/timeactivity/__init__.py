"""Curves of activity over time, fitted to a region's scans or voxel by voxel."""

from hevesy.timeactivity.fit import fit_time_activity
from hevesy.timeactivity.hybrid import HybridFit, fit_hybrid
from hevesy.timeactivity.options import FitOptions
from hevesy.timeactivity.result import ModelCandidate, TimeActivityFit
from hevesy.timeactivity.voxels import (
    VoxelCurves,
    VoxelFitOptions,
    VoxelStatus,
    evaluate_voxel_curves,
    fit_voxel_curves,
)

__all__ = [
    "FitOptions",
    "HybridFit",
    "ModelCandidate",
    "TimeActivityFit",
    "VoxelCurves",
    "VoxelFitOptions",
    "VoxelStatus",
    "evaluate_voxel_curves",
    "fit_hybrid",
    "fit_time_activity",
    "fit_voxel_curves",
]
