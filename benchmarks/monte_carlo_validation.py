"""The Monte Carlo engine against PENELOPE and point kernels; its cost. Stored with seeds; a page.

python -m benchmarks.monte_carlo_validation             all of it (PENELOPE's runs are kept in out/)
python -m benchmarks.monte_carlo_validation --penelope  only PENELOPE's runs
python -m benchmarks.monte_carlo_validation --page      only the page and figures, from what is stored
"""

import argparse
import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import monte_carlo_page
from benchmarks.monte_carlo_cases import CASES
from benchmarks.monte_carlo_cost import measure_cost
from benchmarks.penelope_cases import PeerCase
from benchmarks.penelope_peer import REFERENCE, run_case
from benchmarks.stored import write_stored
from hevesy import __version__
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap
from hevesy.nuclides import get_nuclide
from hevesy.transport import batch_sizes, decay_problem, empty_tally, simulate_batches
from hevesy.workflows.water_phantoms import beta_only, energy_within, kernel_fractions

__all__ = ["compare", "main", "own_energy", "penelope_energy"]

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "out" / "monte-carlo"
PAGES = ROOT / "docs" / "validation"
STORED = PAGES / "monte-carlo.json"
SEED, PENELOPE_SEED = 3, 11
LEAST_HISTORIES = 4_000_000
BANDS = ((0.5, 1.01), (0.1, 0.5), (0.01, 0.1))
Numbers = NDArray[np.float64]


def penelope_energy(name: str) -> dict[str, Any]:
    """Energy in each voxel over what was emitted, and sigma: as kept, else run now."""
    path = KEPT / f"{name.replace(' ', '_').replace('/', '_')}.npz"
    if not path.exists():
        make, histories = CASES[name]
        done = run_case(make(), REFERENCE, histories, PENELOPE_SEED)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(
            path, energy_mev_per_history=done.energy_mev, sigma_mev_per_history=done.sigma_mev,
            emitted_mev=done.emitted_mev, histories=histories, seed=PENELOPE_SEED, cpu_s=done.cpu_s,
        )  # fmt: skip
    with np.load(path) as kept:
        emitted = float(kept["emitted_mev"])
        return {
            "energy": kept["energy_mev_per_history"] / emitted,
            "sigma": kept["sigma_mev_per_history"] / emitted,
            "histories": int(kept["histories"]),
            "seed": int(kept["seed"]),
            "cpu_s": float(kept["cpu_s"]),
        }


def own_energy(case: PeerCase, histories: int) -> dict[str, Any]:
    """Compute the same by hevesy, electrons and their bremsstrahlung."""
    grid = Grid.from_spacing(case.labels.shape, spacing_mm=case.spacing_mm)
    density = case.density_g_per_cm3.astype(np.float32)
    tissue = TissueMap(
        density=Volume(values=density, grid=grid, quantity=Quantity.DENSITY_G_PER_CM3),
        labels=case.labels.astype(np.uint8),
        media=case.media,
    )
    problem = decay_problem(
        Volume(values=case.source, grid=grid, quantity=Quantity.BQ_S), tissue,
        get_nuclide("Re-188"), photons=False, seed=SEED, regions=_regions(case),
    )  # fmt: skip
    begin = time.process_time()
    tally = simulate_batches(problem, empty_tally(problem), batch_sizes(histories), threads=1)
    cpu_s = time.process_time() - begin
    mean, sigma = tally.mean_and_sigma()
    emitted = problem.emission.electron_energy_mev
    return {
        "energy": mean.reshape(grid.shape) / emitted,
        "sigma": sigma.reshape(grid.shape) / emitted,
        "regions": {name: tally.region_mean_and_sigma(name)[1] / emitted for name in tally.names},
        "cpu_s": cpu_s,
    }


def compare(name: str) -> dict[str, Any]:
    """One row: voxels by dose, regions' energy, agreement, time."""
    case = CASES[name][0]()
    theirs = penelope_energy(name)
    histories = max(theirs["histories"], LEAST_HISTORIES)
    own = own_energy(case, histories)
    # ranges of dose by hevesy's own run, which is the more precise one: by PENELOPE's, a voxel
    # would be chosen for its fluctuation, and the sums would be biased
    dose = own["energy"] / case.density_g_per_cm3
    scale = dose.max()
    dose = dose / scale
    difference = own["energy"] - theirs["energy"]
    # PENELOPE's own sigma in voxels that few histories reached follows their fluctuation: there
    # (over 10 %) it is hevesy's, scaled to as many histories
    scaled = own["sigma"] * np.sqrt(histories / theirs["histories"])
    rough = scaled > 0.1 * own["energy"]
    sigma = np.hypot(own["sigma"], np.where(rough, scaled, theirs["sigma"]))
    bands = []
    for low, high in BANDS:
        k = (dose > low) & (dose <= high)
        bands.append(
            {
                "voxels": int(k.sum()),
                "bias_percent": 100 * float(difference[k].sum() / theirs["energy"][k].sum()),
                "bias_sigma_percent": 100
                * float(np.sqrt((sigma[k] ** 2).sum()) / theirs["energy"][k].sum()),
                "chi2_per_voxel": float(np.mean((difference[k] / sigma[k]) ** 2)),
            }
        )
    counted = dose > 0.01
    allowed = np.maximum(0.01 * dose, 0.05 * _slope_per_mm(dose, case.spacing_mm))
    apart = np.abs(difference / case.density_g_per_cm3)
    within = apart / scale <= allowed + 3.0 * sigma / case.density_g_per_cm3 / scale
    return {
        "case": name,
        "voxels": list(case.labels.shape),
        "spacing_mm": case.spacing_mm[0],
        "histories": histories,
        "penelope_histories": theirs["histories"],
        "seed": SEED,
        "penelope_seed": theirs["seed"],
        "bands": bands,
        "within_percent": 100 * float(within[counted].mean()),
        "regions": {
            key: {
                "penelope": float(theirs["energy"][mask].sum()),
                "hevesy": float(own["energy"][mask].sum()),
                # of PENELOPE voxel by voxel, or from hevesy's batches, whichever is more: one
                # electron crosses several voxels of a region
                "sigma": float(
                    np.hypot(
                        own["regions"][key],
                        max(
                            np.sqrt((theirs["sigma"][mask] ** 2).sum()),
                            own["regions"][key] * np.sqrt(histories / theirs["histories"]),
                        ),
                    )
                ),
            }
            for key, mask in _regions(case).items()
        },
        "cpu_s": own["cpu_s"],
        "penelope_cpu_s": theirs["cpu_s"],
    }


def _regions(case: PeerCase) -> dict[str, NDArray[np.bool_]]:
    media = {medium.name: case.labels == k for k, medium in enumerate(case.media)}
    return {"source": case.source > 0} | media


def _slope_per_mm(dose: Numbers, spacing_mm: tuple[float, float, float]) -> Numbers:
    return np.sqrt(sum(part**2 for part in np.gradient(dose, *spacing_mm)))


def profile(name: str) -> dict[str, Any]:
    """Dose by the distance from the middle, per shell of 2 mm, with differences in sigma."""
    case, theirs = CASES[name][0](), penelope_energy(name)
    own = own_energy(case, theirs["histories"])
    at = [
        (np.arange(n) - (n - 1) / 2) * mm
        for n, mm in zip(case.labels.shape, case.spacing_mm, strict=True)
    ]
    radius = np.sqrt(at[0][:, None, None] ** 2 + at[1][:, None] ** 2 + at[2] ** 2)
    sigma = np.hypot(own["sigma"], theirs["sigma"])
    rows = []
    for low in np.arange(0.0, 58.0, 2.0):
        k = (radius >= low) & (radius < low + 2.0)
        if not k.any():
            continue
        mass = case.density_g_per_cm3[k].sum()
        a, b = (float(part["energy"][k].sum() / mass) for part in (own, theirs))
        rows.append([float(radius[k].mean()), a, b, float(np.sqrt((sigma[k] ** 2).sum()) / mass)])
    return {"case": name, "columns": ["radius_mm", "hevesy", "penelope", "sigma"], "rows": rows}


def kernels(histories: int) -> dict[str, Any]:
    """Share of the beta energy within radii, beside the packaged kernels."""
    radii = np.arange(0.5, 9.1, 0.5)
    found = {}
    for name, title in (("Re-188", "188Re"), ("Y-90", "90Y")):
        given = np.interp(radii, *kernel_fractions(name))
        own = energy_within(beta_only(name), radii, histories)
        found[title] = {
            "radius_mm": radii.tolist(),
            "hevesy": own.tolist(),
            "penelope": given.tolist(),
        }
    return found


def run() -> None:
    """Compute everything and store it."""
    found: dict[str, Any] = {
        "what": "hevesy's Monte Carlo against PENELOPE (PenRed) and point kernels; k = 1",
        "version": __version__,
        "date": datetime.now(UTC).date().isoformat(),
        "cases": [],
    }
    for name in CASES:
        begin = time.perf_counter()
        found["cases"].append(compare(name))
        print(f"{name}: {time.perf_counter() - begin:.0f} s", flush=True)
    found["profile"] = profile("lesion in lung")
    found["kernels"] = kernels(600_000)
    found["cost"] = measure_cost()
    _store(found)


def _store(found: dict[str, Any]) -> None:
    """One case a line, so that a change can be read."""
    write_stored(STORED, found, digits=6)


def main(arguments: list[str] | None = None) -> None:
    """Run, and write the page."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.monte_carlo_validation",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--penelope", action="store_true", help="PENELOPE's runs only")
    parser.add_argument("--page", action="store_true", help="write the page only")
    asked = parser.parse_args(arguments)
    if asked.penelope:
        for name in CASES:
            print(name, penelope_energy(name)["histories"], flush=True)
        return
    if not asked.page:
        run()
    monte_carlo_page.write(json.loads(STORED.read_text(encoding="utf-8")), PAGES)


if __name__ == "__main__":
    main()
