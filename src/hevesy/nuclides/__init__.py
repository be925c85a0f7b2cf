"""Radionuclides: half-lives, emissions, decay, ranges, and a comparison for therapy."""

from hevesy.nuclides.comparison import JOULE_PER_MEV, NuclideComparison, compare_nuclides
from hevesy.nuclides.decay import (
    branching_fraction,
    chain_data_set,
    decay_activity_bq,
    decay_chain_activities_bq,
    decay_factor,
    radioactive_progeny,
)
from hevesy.nuclides.electron_range import csda_range_mm
from hevesy.nuclides.icrp107 import icrp107_data_set, icrp107_names
from hevesy.nuclides.names import normalise_nuclide_name
from hevesy.nuclides.nuclide import EmissionLines, Nuclide, get_nuclide

__all__ = [
    "JOULE_PER_MEV",
    "EmissionLines",
    "Nuclide",
    "NuclideComparison",
    "branching_fraction",
    "chain_data_set",
    "compare_nuclides",
    "csda_range_mm",
    "decay_activity_bq",
    "decay_chain_activities_bq",
    "decay_factor",
    "get_nuclide",
    "icrp107_data_set",
    "icrp107_names",
    "normalise_nuclide_name",
    "radioactive_progeny",
]
