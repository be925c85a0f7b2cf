"""The gamma camera: windows, views, projections, collimators, crystal, resolution."""

from hevesy.camera.angular_response import AngularResponse, angular_response
from hevesy.camera.collimator import Collimator, HoleShape, collimator_names, get_collimator
from hevesy.camera.crystal_response import CrystalResponse, crystal_response
from hevesy.camera.detector import REFERENCE_KEV, Detector
from hevesy.camera.gamma_camera import Camera, camera_names, get_camera
from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.point_spread import FWHM_PER_SIGMA, PointSpread
from hevesy.camera.projections import Projections
from hevesy.camera.window import EnergyWindow

__all__ = [
    "FWHM_PER_SIGMA",
    "REFERENCE_KEV",
    "AngularResponse",
    "Camera",
    "Collimator",
    "CrystalResponse",
    "Detector",
    "EnergyWindow",
    "HoleShape",
    "PointSpread",
    "Projections",
    "ViewGeometry",
    "angular_response",
    "camera_names",
    "collimator_names",
    "crystal_response",
    "get_camera",
    "get_collimator",
]
