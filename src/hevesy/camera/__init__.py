"""The gamma camera: windows, views, projections, projector, collimators, crystal, dead time."""

from hevesy.camera.angular_response import AngularResponse, angular_response
from hevesy.camera.attenuation_map import (
    CtCoverage,
    attenuation_map,
    cortical_bone_hu,
    measure_ct_coverage,
)
from hevesy.camera.collimator import Collimator, HoleShape, collimator_names, get_collimator
from hevesy.camera.crystal_response import CrystalResponse, crystal_response
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
from hevesy.camera.detector import REFERENCE_KEV, Detector
from hevesy.camera.gamma_camera import Camera, camera_names, get_camera
from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.planar_pair import PlanarPair
from hevesy.camera.point_spread import FWHM_PER_SIGMA, PointSpread
from hevesy.camera.projections import Projections
from hevesy.camera.projector import SystemModel
from hevesy.camera.window import EnergyWindow

__all__ = [
    "FLAGGED_LOSS_RATIO",
    "FWHM_PER_SIGMA",
    "MOST_LOSS_RATIO",
    "REFERENCE_KEV",
    "AngularResponse",
    "Camera",
    "Collimator",
    "CrystalResponse",
    "CtCoverage",
    "DeadTime",
    "Detector",
    "EnergyWindow",
    "HoleShape",
    "PlanarPair",
    "PointSpread",
    "Projections",
    "SystemModel",
    "TrueRate",
    "ViewGeometry",
    "angular_response",
    "attenuation_map",
    "camera_names",
    "check_low_branch",
    "collimator_names",
    "cortical_bone_hu",
    "crystal_response",
    "get_camera",
    "get_collimator",
    "measurable_after_s",
    "measure_ct_coverage",
    "observed_rate_per_s",
    "true_rate_per_s",
    "upper_branch_rate_per_s",
]
