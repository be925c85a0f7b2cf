"""The gamma camera: windows, views, projections, and how wide a point looks."""

from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.point_spread import FWHM_PER_SIGMA, PointSpread
from hevesy.camera.projections import Projections
from hevesy.camera.window import EnergyWindow

__all__ = ["FWHM_PER_SIGMA", "EnergyWindow", "PointSpread", "Projections", "ViewGeometry"]
