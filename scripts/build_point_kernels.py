"""Build the packaged dose-point kernels in water with hevesy's own Monte Carlo.

    .venv/bin/python scripts/build_point_kernels.py

About two minutes a nuclide on two cores. The seed and the numbers of histories stand in
`water_point_kernel_runs.csv` beside the table; the same ones give the same bits again.
"""

import argparse
import csv
import time
from pathlib import Path

import numpy as np

from hevesy._version import __version__
from hevesy.nuclides import Nuclide, csda_range_mm, get_nuclide
from hevesy.transport.point_source import PointSourceEnergy, simulate_point_source

NUCLIDES = ("Re-188", "Re-186", "Y-90", "Ho-166", "Lu-177", "I-131", "P-32")
OUT = Path(__file__).resolve().parents[1] / "src" / "hevesy" / "dose" / "data"
NEAR, FAR = 240, 48  # radii up to 1.1 of the greatest range, and from there to 300 mm
LAST_MM = 300.0
BATCHES = 64


def radii_mm(nuclide: Nuclide) -> np.ndarray:
    """Fine at the point, where soft electrons end, and 0.6 % of the range at its end."""
    reach = 1.1 * csda_range_mm(nuclide.beta_max_energy_mev)
    near = reach * (np.arange(NEAR + 1) / NEAR) ** 1.5
    return np.concatenate([near, np.geomspace(reach, LAST_MM, FAR + 1)[1:]])


def rows_of(name: str, found: PointSourceEnergy) -> list[list[str]]:
    columns = (found.electrons_mev, found.bremsstrahlung_mev, found.photons_mev)
    return [
        [name, f"{r:.6g}", *(f"{column[k]:.7g}" for column in columns)]
        for k, r in enumerate(found.radius_mm)
    ]


def run_of(name: str, found: PointSourceEnergy, seed: int) -> list[str]:
    sigmas = (
        found.electrons_sigma_mev, found.bremsstrahlung_sigma_mev, found.photons_sigma_mev,
    )  # fmt: skip
    return [
        name, str(found.histories), str(found.photons), str(BATCHES), str(seed), __version__,
        f"{found.emitted_mev:.7g}", f"{found.beyond_mev:.7g}",
        *(f"{sigma.max():.2g}" for sigma in sigmas),
    ]  # fmt: skip


def write(name: str, header: list[str], rows: list[list[str]]) -> None:
    with (OUT / name).open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)
    print(f"{name}: {len(rows)} rows, {(OUT / name).stat().st_size} bytes")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--histories", type=int, default=6_400_000, help="primary electrons")
    parser.add_argument("--photons", type=int, default=6_400_000, help="primary photons")
    parser.add_argument("--seed", type=int, default=188)
    chosen = parser.parse_args()
    table, runs = [], []
    for name in NUCLIDES:
        begin = time.perf_counter()
        nuclide = get_nuclide(name)
        found = simulate_point_source(
            nuclide, radii_mm(nuclide), histories=chosen.histories, photons=chosen.photons,
            seed=chosen.seed, batches=BATCHES,
        )  # fmt: skip
        table += rows_of(name, found)
        runs.append(run_of(name, found, chosen.seed))
        print(f"{name}: {time.perf_counter() - begin:.0f} s", flush=True)
    columns = ["electrons_mev", "bremsstrahlung_mev", "photons_mev"]
    write("water_point_kernels.csv", ["nuclide", "radius_mm", *columns], table)
    header = ["nuclide", "histories", "photons", "batches", "seed", "hevesy", "emitted_mev"]
    sigmas = [column.replace("_mev", "_sigma_mev") for column in columns]
    write("water_point_kernel_runs.csv", [*header, "beyond_mev", *sigmas], runs)


if __name__ == "__main__":
    main()
