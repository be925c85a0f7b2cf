"""PENELOPE as an engine to be held against: PenRed in a process of its own, through files."""

from hevesy.penelope.density_bins import BinnedMedium, VoxelMaterials, bin_densities
from hevesy.penelope.engine import Penelope, PenelopeDose
from hevesy.penelope.inputs import TransportOptions
from hevesy.penelope.process import has_penelope
from hevesy.penelope.run import PenelopeRun, run_penelope
from hevesy.penelope.spectrum import Spectrum, electron_spectrum, photon_spectrum

__all__ = [
    "BinnedMedium",
    "Penelope",
    "PenelopeDose",
    "PenelopeRun",
    "Spectrum",
    "TransportOptions",
    "VoxelMaterials",
    "bin_densities",
    "electron_spectrum",
    "has_penelope",
    "photon_spectrum",
    "run_penelope",
]
