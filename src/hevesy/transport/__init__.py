"""Transport of electrons and photons through voxels."""

from hevesy.transport.electron_tables import ElectronTables, StepControl, electron_tables
from hevesy.transport.emission import Emission, emission_of
from hevesy.transport.schedule import LEAST_BATCHES, batch_sizes, effective_batches, next_border
from hevesy.transport.simulation import (
    DecayProblem,
    decay_problem,
    empty_tally,
    simulate_batches,
)
from hevesy.transport.tally import Tally
from hevesy.transport.voxel_table import VoxelTable, voxel_table

__all__ = [
    "LEAST_BATCHES",
    "DecayProblem",
    "ElectronTables",
    "Emission",
    "StepControl",
    "Tally",
    "VoxelTable",
    "batch_sizes",
    "decay_problem",
    "effective_batches",
    "electron_tables",
    "emission_of",
    "empty_tally",
    "next_border",
    "simulate_batches",
    "voxel_table",
]
