"""Curves of activity over time, fitted to a region's scans or voxel by voxel, or followed."""

from hevesy.timeactivity.fit import fit_time_activity
from hevesy.timeactivity.half_lives import (
    HalfLives,
    half_lives,
    terminal_half_life_uncertainty_s,
)
from hevesy.timeactivity.hybrid import HybridFit, fit_hybrid
from hevesy.timeactivity.measured_curve import DoseScale, MeasuredCurve
from hevesy.timeactivity.options import FitOptions
from hevesy.timeactivity.posterior import CurvePosterior, follow_curve, single_scan_posterior
from hevesy.timeactivity.preposterior import expected_interval90_width_gy
from hevesy.timeactivity.prior import CITED_PRIORS, KineticsPrior, cited_prior, wide_prior
from hevesy.timeactivity.result import ModelCandidate, TimeActivityFit
from hevesy.timeactivity.single_time_point import (
    half_life_tia_bq_s,
    population_tia_bq_s,
    steadiest_scan_s,
)
from hevesy.timeactivity.study_prior import LEAST_PATIENTS, fit_study_prior
from hevesy.timeactivity.voxels import (
    VoxelCurves,
    VoxelFitOptions,
    VoxelStatus,
    evaluate_voxel_curves,
    fit_voxel_curves,
)

__all__ = [
    "CITED_PRIORS",
    "LEAST_PATIENTS",
    "CurvePosterior",
    "DoseScale",
    "FitOptions",
    "HalfLives",
    "HybridFit",
    "KineticsPrior",
    "MeasuredCurve",
    "ModelCandidate",
    "TimeActivityFit",
    "VoxelCurves",
    "VoxelFitOptions",
    "VoxelStatus",
    "cited_prior",
    "evaluate_voxel_curves",
    "expected_interval90_width_gy",
    "fit_hybrid",
    "fit_study_prior",
    "fit_time_activity",
    "fit_voxel_curves",
    "follow_curve",
    "half_life_tia_bq_s",
    "half_lives",
    "population_tia_bq_s",
    "single_scan_posterior",
    "steadiest_scan_s",
    "terminal_half_life_uncertainty_s",
    "wide_prior",
]
