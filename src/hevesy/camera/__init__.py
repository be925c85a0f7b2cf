"""The gamma camera: windows, views, projections, resolution; from an image to its projections."""

from hevesy.camera.attenuation_map import (
    CtCoverage,
    attenuation_map,
    cortical_bone_hu,
    measure_ct_coverage,
)
from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.point_spread import FWHM_PER_SIGMA, PointSpread
from hevesy.camera.projections import Projections
from hevesy.camera.projector import SystemModel
from hevesy.camera.window import EnergyWindow

__all__ = [
    "FWHM_PER_SIGMA",
    "CtCoverage",
    "EnergyWindow",
    "PointSpread",
    "Projections",
    "SystemModel",
    "ViewGeometry",
    "attenuation_map",
    "cortical_bone_hu",
    "measure_ct_coverage",
]
