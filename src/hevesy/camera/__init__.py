"""The gamma camera: windows, views, projections, the projector, dead time."""

from hevesy.camera.attenuation_map import (
    CtCoverage,
    attenuation_map,
    cortical_bone_hu,
    measure_ct_coverage,
)
from hevesy.camera.dead_time import (
    FLAGGED_LOSS_RATIO,
    MOST_LOSS_RATIO,
    DeadTime,
    TrueRate,
    check_low_branch,
    measurable_after_s,
    observed_rate_per_s,
    true_rate_per_s,
    upper_branch_rate_per_s,
)
from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.point_spread import FWHM_PER_SIGMA, PointSpread
from hevesy.camera.projections import Projections
from hevesy.camera.projector import SystemModel
from hevesy.camera.window import EnergyWindow

__all__ = [
    "FLAGGED_LOSS_RATIO",
    "FWHM_PER_SIGMA",
    "MOST_LOSS_RATIO",
    "CtCoverage",
    "DeadTime",
    "EnergyWindow",
    "PointSpread",
    "Projections",
    "SystemModel",
    "TrueRate",
    "ViewGeometry",
    "attenuation_map",
    "check_low_branch",
    "cortical_bone_hu",
    "measurable_after_s",
    "measure_ct_coverage",
    "observed_rate_per_s",
    "true_rate_per_s",
    "upper_branch_rate_per_s",
]
