"""Absorbed dose: engines, mean doses, histograms, biology, uncertainty."""

from hevesy.dose.biology import (
    BiologicalDose,
    biologically_effective_dose,
    equivalent_uniform_bed,
    generalised_eud,
    lea_catcheside_factor,
)
from hevesy.dose.changing_mass import EffectiveMass, effective_mass
from hevesy.dose.choice import choose_method
from hevesy.dose.dvh import DoseVolumeHistogram, compute_dvh, region_doses_gy
from hevesy.dose.engine import DoseEngine, DoseMap, TransportStatistics, get_engine
from hevesy.dose.fine_region import (
    FineEnergy,
    FineOutline,
    fine_region_energy,
    refine_outline,
)
from hevesy.dose.gamma import GammaCriterion, GammaResult, analyse_gamma
from hevesy.dose.kernel import KernelConvolution, electron_reach_mm, near_low_density_share
from hevesy.dose.local import LocalDeposition
from hevesy.dose.monte_carlo import MonteCarlo, hot_region
from hevesy.dose.point_kernel import (
    PointKernel,
    get_point_kernel,
    point_kernel_data_set,
    point_kernel_nuclides,
    sphere_absorbed_fraction,
)
from hevesy.dose.region_dose import RegionDose, border_densities, mean_density, mean_region_dose
from hevesy.dose.region_fraction import region_absorbed_fraction
from hevesy.dose.uncertainty import (
    DoseUncertainty,
    DoseUncertaintyInputs,
    UncertaintySource,
    propagate_dose_uncertainty,
)
from hevesy.dose.voxel_kernel import VoxelKernel, voxel_kernel

__all__ = [
    "BiologicalDose",
    "DoseEngine",
    "DoseMap",
    "DoseUncertainty",
    "DoseUncertaintyInputs",
    "DoseVolumeHistogram",
    "EffectiveMass",
    "FineEnergy",
    "FineOutline",
    "GammaCriterion",
    "GammaResult",
    "KernelConvolution",
    "LocalDeposition",
    "MonteCarlo",
    "PointKernel",
    "RegionDose",
    "TransportStatistics",
    "UncertaintySource",
    "VoxelKernel",
    "analyse_gamma",
    "biologically_effective_dose",
    "border_densities",
    "choose_method",
    "compute_dvh",
    "effective_mass",
    "electron_reach_mm",
    "equivalent_uniform_bed",
    "fine_region_energy",
    "generalised_eud",
    "get_engine",
    "get_point_kernel",
    "hot_region",
    "lea_catcheside_factor",
    "mean_density",
    "mean_region_dose",
    "near_low_density_share",
    "point_kernel_data_set",
    "point_kernel_nuclides",
    "propagate_dose_uncertainty",
    "refine_outline",
    "region_absorbed_fraction",
    "region_doses_gy",
    "sphere_absorbed_fraction",
    "voxel_kernel",
]
