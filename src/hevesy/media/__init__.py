"""Media: what tissue is made of, and how electrons and photons meet it."""

from hevesy.media.attenuation import (
    PHOTON_MEV,
    form_factor_squared,
    mass_attenuation_cm2_per_g,
    photoelectric_binding_mev,
    scattering_function,
)
from hevesy.media.bremsstrahlung import (
    bremsstrahlung_hard_cm2_per_g,
    bremsstrahlung_quantiles,
    radiative_stopping_power_mev_cm2_per_g,
)
from hevesy.media.collision import (
    ELECTRON_MASS_MEV,
    collision_stopping_power_mev_cm2_per_g,
    csda_range_g_per_cm2,
    density_effect_correction,
    moller_cross_section_cm2_per_g,
    soft_straggling_mev2_cm2_per_g,
)
from hevesy.media.cross_sections import bremsstrahlung_data_set, photon_data_set
from hevesy.media.deflection import deflection_moments_cm2_per_g, legendre_polynomials
from hevesy.media.detector_materials import (
    DETECTOR_KEV,
    LEAD,
    SODIUM_IODIDE,
    DetectorMaterial,
    linear_attenuation_per_mm,
)
from hevesy.media.elements import ELEMENTS, Element, get_element
from hevesy.media.medium import MEDIA, Medium, get_medium
from hevesy.media.tissue_map import TissueMap, classify_tissue, uniform_tissue

__all__ = [
    "DETECTOR_KEV",
    "ELECTRON_MASS_MEV",
    "ELEMENTS",
    "LEAD",
    "MEDIA",
    "PHOTON_MEV",
    "SODIUM_IODIDE",
    "DetectorMaterial",
    "Element",
    "Medium",
    "TissueMap",
    "bremsstrahlung_data_set",
    "bremsstrahlung_hard_cm2_per_g",
    "bremsstrahlung_quantiles",
    "classify_tissue",
    "collision_stopping_power_mev_cm2_per_g",
    "csda_range_g_per_cm2",
    "deflection_moments_cm2_per_g",
    "density_effect_correction",
    "form_factor_squared",
    "get_element",
    "get_medium",
    "legendre_polynomials",
    "linear_attenuation_per_mm",
    "mass_attenuation_cm2_per_g",
    "moller_cross_section_cm2_per_g",
    "photoelectric_binding_mev",
    "photon_data_set",
    "radiative_stopping_power_mev_cm2_per_g",
    "scattering_function",
    "soft_straggling_mev2_cm2_per_g",
    "uniform_tissue",
]
