"""Six scans of 256 x 256 x 200 with CT, rigid registration and voxel-wise curves, in memory.

python -m benchmarks.six_scans          prints seconds of wall and CPU, and GB
python -m benchmarks.six_scans --profile
"""

import argparse
import cProfile
import json
import pstats
import resource
import time

import numpy as np

from benchmarks.virtual_repeats import draw_errors, drawn_regions, simulate_sessions, virtual_case
from hevesy.images import Grid
from hevesy.provenance import Provenance
from hevesy.simulation import VirtualPatient, build_virtual_patient
from hevesy.workflows.compute import compute_case

SHAPE, SPACING_MM = (200, 256, 256), (2.6, 2.4, 2.4)


def spect_grid(patient: VirtualPatient) -> Grid:
    """A grid of that size around the patient's middle."""
    middle = patient.grid.to_world_mm((np.array(patient.grid.shape) - 1) / 2)
    half = (np.array(SHAPE) - 1) / 2 * np.array(SPACING_MM)
    return Grid.from_spacing(SHAPE, spacing_mm=SPACING_MM, origin_mm=middle - half[::-1])


def run(*, profile: bool = False) -> dict[str, float]:
    """Measure the calculation alone: simulating the scans is not part of it."""
    # without the lung lesion: its regions are drawn for the older anatomy of the stored repeats
    patient = build_virtual_patient(seed=1, lung_lesion_activity_bq=None)
    draw = draw_errors(1)
    regions = drawn_regions(patient, draw)
    sessions = simulate_sessions(
        patient, draw, regions, seed=1, moved=True, grid=spect_grid(patient)
    )
    nothing = Provenance(inputs=(), options={}, data_sets=())
    watch = cProfile.Profile()
    wall, cpu = time.perf_counter(), time.process_time()
    if profile:
        watch.enable()
    compute_case(virtual_case(patient), sessions, patient.nuclide, nothing)
    watch.disable()
    found = {
        "wall_s": time.perf_counter() - wall,
        "cpu_s": time.process_time() - cpu,
        "memory_gb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
    }
    if profile:
        pstats.Stats(watch).sort_stats("cumtime").print_stats(45)
    return found


def main() -> None:
    """Print one line of JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.six_scans", description=__doc__)
    parser.add_argument("--profile", action="store_true")
    print(json.dumps(run(profile=parser.parse_args().profile)))


if __name__ == "__main__":
    main()
