"""How the cost of a simulation grows: voxels, energy, density, precision. One thread, CPU time."""

import time
from typing import Any

import numpy as np

from hevesy.dose import MonteCarlo
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, uniform_tissue
from hevesy.nuclides import get_nuclide
from hevesy.transport import batch_sizes, empty_tally, simulate_batches

__all__ = ["measure_cost"]

HISTORIES = 200_000
NUCLIDES = ("Lu-177", "I-131", "Re-186", "Ho-166", "P-32", "Re-188", "Y-90")


def measure_cost() -> dict[str, Any]:
    """CPU microseconds a history (or seconds, for a precision), each against what is varied."""
    _seconds(_problem(4.0, "soft-tissue", None, "Re-188"), 5000)  # compile
    voxels = [
        [spacing, round(96.0 / spacing) ** 3, _cost(spacing, "soft-tissue", None, "Re-188")]
        for spacing in (8.0, 6.0, 4.0, 3.0, 2.0, 1.5, 1.0)
    ]
    density = [
        [rho, _cost(3.0, "lung" if rho < 0.9 else "soft-tissue", rho, "Re-188")]
        for rho in (0.1, 0.2, 0.3, 0.5, 0.8, 1.06, 1.3)
    ]
    energy = []
    for name in NUCLIDES:
        nuclide = get_nuclide(name)
        energy.append([name, nuclide.beta_mean_energy_mev, _cost(3.0, "soft-tissue", None, name)])
    return {
        "unit": "CPU microseconds a primary electron, one thread",
        "voxels": voxels,
        "density": density,
        "energy": energy,
        "precision": _precision(),
    }


def _lesion(spacing_mm: float, medium: str, rho: float | None) -> tuple[Volume, TissueMap]:
    """A sphere of 15 mm radius in the middle of a cube of 96 mm."""
    count = round(96.0 / spacing_mm)
    grid = Grid.from_spacing((count,) * 3, spacing_mm=(spacing_mm,) * 3)
    at = (np.arange(count) - (count - 1) / 2) * spacing_mm
    inside = at[:, None, None] ** 2 + at[:, None] ** 2 + at**2 <= 15.0**2
    tia = Volume(values=inside.astype(float), grid=grid, quantity=Quantity.BQ_S)
    return tia, uniform_tissue(grid, medium, rho)


def _problem(spacing_mm: float, medium: str, rho: float | None, name: str) -> Any:
    tia, tissue = _lesion(spacing_mm, medium, rho)
    return MonteCarlo(histories=HISTORIES, precision=None).prepare(tia, tissue, get_nuclide(name))


def _seconds(problem: Any, histories: int) -> float:
    begin = time.process_time()
    simulate_batches(problem, empty_tally(problem), batch_sizes(histories), threads=1)
    return time.process_time() - begin


def _cost(spacing_mm: float, medium: str, rho: float | None, name: str) -> float:
    """Least of two: what else the machine does only adds."""
    problem = _problem(spacing_mm, medium, rho, name)
    return 1e6 / HISTORIES * min(_seconds(problem, HISTORIES) for _ in range(2))


def _precision() -> list[list[float]]:
    """Precision that is reached, histories, CPU seconds; voxels of 3 mm."""
    problem = _problem(3.0, "soft-tissue", None, "Re-188")
    rows = []
    for histories in (65_536, 262_144, 1_048_576, 2_097_152):
        begin = time.process_time()
        tally = simulate_batches(problem, empty_tally(problem), batch_sizes(histories), threads=1)
        seconds = time.process_time() - begin
        rows.append([100 * MonteCarlo.precision_of(problem, tally), tally.histories, seconds])
    return rows
