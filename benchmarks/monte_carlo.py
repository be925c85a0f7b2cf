"""hevesy's Monte Carlo beside PENELOPE, on one case in one run; threads; a lesion in lung.

python -m benchmarks.monte_carlo [HISTORIES]     PENELOPE needs the extra hevesy[penelope]
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.penelope_cases import PeerCase, peer_case
from benchmarks.penelope_peer import ACCURATE, FAST, efficiency, run_case
from hevesy.dose import MonteCarlo
from hevesy.errors import InputError
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, get_medium
from hevesy.nuclides import get_nuclide
from hevesy.transport import batch_sizes, decay_problem, empty_tally, simulate_batches

PENELOPE_HISTORIES = 150_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Speed:
    """One run: primary electrons a CPU second, and efficiency."""

    name: str
    histories_per_s: float
    efficiency_per_s: float


def _problem(case: PeerCase, seed: int) -> Any:
    grid = Grid.from_spacing(case.density_g_per_cm3.shape, spacing_mm=case.spacing_mm)
    tissue = TissueMap(
        density=Volume(
            values=case.density_g_per_cm3.astype(np.float32),
            grid=grid,
            quantity=Quantity.DENSITY_G_PER_CM3,
        ),
        labels=case.labels.astype(np.uint8),
        media=case.media,
    )
    tia = Volume(values=case.source, grid=grid, quantity=Quantity.BQ_S)
    return decay_problem(tia, tissue, get_nuclide("Re-188"), photons=False, seed=seed)


def own(case: PeerCase, histories: int, *, threads: int = 1) -> tuple[Speed, float]:
    """Run hevesy's engine on the peer case; its speed and the wall seconds."""
    problem = _problem(case, 1)
    simulate_batches(problem, empty_tally(problem), (64,) * 32, threads=1)  # compiled, warm
    wall, cpu = time.perf_counter(), time.process_time()
    tally = simulate_batches(problem, empty_tally(problem), batch_sizes(histories), threads=threads)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    mean, sigma = (part.reshape(case.source.shape) for part in tally.mean_and_sigma())
    found = efficiency(mean, sigma, case.density_g_per_cm3, cpu)
    return Speed(name="hevesy", histories_per_s=histories / cpu, efficiency_per_s=found), wall


def penelope(case: PeerCase, histories: int = PENELOPE_HISTORIES) -> list[Speed]:
    """Run PENELOPE in both settings."""
    rows = []
    for name, options in (
        ("PENELOPE, C 0.05, 20 keV", ACCURATE),
        ("PENELOPE, C 0.1, 50 keV", FAST),
    ):
        done = run_case(case, options, histories)
        rows.append(
            Speed(
                name=name,
                histories_per_s=done.histories_per_cpu_s,
                efficiency_per_s=efficiency(
                    done.energy_mev, done.sigma_mev, case.density_g_per_cm3, done.cpu_s
                ),
            )
        )
    return rows


def lung_lesion(size: int = 128, spacing_mm: float = 3.0, precision: float = 0.02) -> float:
    """Wall seconds of a 4 cm lesion in lung to a precision, on all threads."""
    grid = Grid.from_spacing((size,) * 3, spacing_mm=(spacing_mm,) * 3)
    place = (np.indices(grid.shape) - (size - 1) / 2) * spacing_mm
    lesion = (place**2).sum(axis=0) < 20.0**2
    tissue = TissueMap(
        density=Volume(
            values=np.where(lesion, 1.06, 0.26).astype(np.float32),
            grid=grid,
            quantity=Quantity.DENSITY_G_PER_CM3,
        ),
        labels=np.where(lesion, 0, 1).astype(np.uint8),
        media=(get_medium("soft-tissue"), get_medium("lung")),
    )
    tia = Volume(values=lesion.astype(np.float32), grid=grid, quantity=Quantity.BQ_S)
    begin = time.perf_counter()
    MonteCarlo(precision=precision).compute(tia, tissue, get_nuclide("Re-188"))
    return time.perf_counter() - begin


def start_seconds(*, cold: bool) -> float:
    """Seconds from the start of a process to its first thousand histories."""
    code = (
        "import time; t = time.perf_counter()\n"
        "from benchmarks.monte_carlo import _problem\n"
        "from benchmarks.penelope_cases import peer_case\n"
        "from hevesy.transport import empty_tally, simulate_batches\n"
        "p = _problem(peer_case(), 1)\n"
        "t0 = time.perf_counter()\n"
        "simulate_batches(p, empty_tally(p), (32,) * 32, threads=1)\n"
        "print(time.perf_counter() - t0)\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        environment = {**os.environ, **({"HEVESY_CACHE_DIR": folder} if cold else {})}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=environment,
            cwd=Path(__file__).resolve().parents[1],
            check=True,
            capture_output=True,
            text=True,
        )
    return float(done.stdout.split()[-1])


def run(histories: int = 3_000_000) -> dict[str, float]:
    """Measure everything; ratios are of one run on one machine."""
    case = peer_case()
    before, one_wall = own(case, histories)
    try:
        peers = penelope(case)
    except InputError as error:
        print(f"PENELOPE was not measured: {error}")
        peers = []
    after, _ = own(case, histories)
    _, two_wall = own(case, histories, threads=2)
    mine = 0.5 * (before.efficiency_per_s + after.efficiency_per_s)
    for speed in (before, after, *peers):
        print(
            f"{speed.name:26s} {speed.histories_per_s:10.0f} electrons/CPU s, efficiency "
            f"{speed.efficiency_per_s:8.2f} /s"
        )
    figures = {
        "histories_per_s": before.histories_per_s,
        "threads_1_to_2": one_wall / two_wall,
        "cold_start_s": start_seconds(cold=True),
        "warm_start_s": start_seconds(cold=False),
        "lung_lesion_s": lung_lesion(),
        "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    if peers:
        figures["efficiency_ratio"] = mine / max(p.efficiency_per_s for p in peers)
        figures["speed_ratio"] = before.histories_per_s / max(p.histories_per_s for p in peers)
    return figures


if __name__ == "__main__":
    for key, value in run(*(int(float(a)) for a in sys.argv[1:2])).items():
        print(f"{key:22s} {value:10.4g}")
