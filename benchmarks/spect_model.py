"""The effective model of a camera beside the photons of `benchmarks.spect_spheres`.

python -m benchmarks.spect_model --spheres out/spect_spheres.npz --figure docs/validation/camera-model.svg
"""

import argparse
import time
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.camera import EnergyWindow, ViewGeometry, get_camera
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import get_nuclide
from hevesy.simulation import ModelRun, decayed_seconds, model_projections


def model_of(spheres: Any) -> tuple[ModelRun, np.ndarray, np.ndarray]:
    """The run, and its counts and straight counts without decay."""
    grid = Grid(shape=spheres["activity_bq_per_ml"].shape, affine=spheres["affine"])
    density = spheres["density_g_per_cm3"]
    hu = np.where(density < 0.01, -1000.0, 1000.0 * (density - 1.0))
    geometry = ViewGeometry(
        angles_deg=spheres["angles_deg"],
        radii_mm=spheres["radii_mm"],
        shape=spheres["counts"].shape[2:],
        pixel_mm=tuple(float(mm) for mm in spheres["pixel_mm"]),
    )
    nuclide = get_nuclide("Re-188")
    run = model_projections(
        Volume(values=spheres["activity_bq_per_ml"], grid=grid, quantity=Quantity.BQ_PER_ML),
        Volume(values=hu, grid=grid, quantity=Quantity.HU),
        get_camera("siemens-symbia-he"),
        nuclide,
        geometry,
        tuple(EnergyWindow(lower_kev=a, upper_kev=b) for a, b in spheres["windows_kev"]),
        view_seconds=spheres["view_seconds"],
    )
    seconds, starts = run.expected.view_seconds, run.expected.view_starts_s
    decay = decayed_seconds(seconds, starts, nuclide.decay_per_s) / seconds
    undo = (1.0 / decay)[None, :, None, None]
    return run, run.expected.counts * undo, run.straight_counts * undo


def compare(spheres: Any, counts: np.ndarray, straight: np.ndarray) -> None:
    """Print totals, views, correlation and the lean of the profiles."""
    for w, (lower, upper) in enumerate(spheres["windows_kev"]):
        theirs, ours = spheres["counts"][w].astype(float), counts[w].astype(float)
        direct = spheres["straight_counts"][w].sum(dtype=float)
        views = ours.sum(axis=(1, 2)) / theirs.sum(axis=(1, 2))
        middle, side = np.s_[:, 54:74, 54:74], np.s_[:, :, 15:30]
        print(
            f"{lower:g}-{upper:g} keV: total {ours.sum() / theirs.sum():.3f}, "
            f"straight {straight[w].sum(dtype=float) / direct:.3f}, "
            f"scattered {(ours.sum() - straight[w].sum(dtype=float)) / (theirs.sum() - direct):.3f}, "
            f"views {views.min():.3f}-{views.max():.3f}, "
            f"r {np.corrcoef(ours.ravel(), theirs.ravel())[0, 1]:.4f}, "
            f"middle {ours[middle].sum() / theirs[middle].sum():.3f}, "
            f"far side {ours[side].sum() / theirs[side].sum():.3f}"
        )


def draw(spheres: Any, counts: np.ndarray, path: Path) -> None:
    """Profiles across and along of the first view, 20 rows or columns wide."""
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "hevesy"
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 4, figsize=(12, 5), sharex=True, layout="constrained")
    place = (np.arange(counts.shape[3]) - (counts.shape[3] - 1) / 2) * spheres["pixel_mm"][1]
    for w, (lower, upper) in enumerate(spheres["windows_kev"]):
        for row, (cut, axis) in enumerate(((np.s_[54:74, :], 0), (np.s_[:, 54:74], 1))):
            for values, style, label in (
                (spheres["counts"][w, 0], "0.5", "photons followed"),
                (counts[w, 0], "C3", "model"),
            ):
                axes[row, w].plot(place, values[cut].sum(axis=axis), style, lw=1.2, label=label)
        axes[0, w].set_title(f"{lower:g}-{upper:g} keV", fontsize=10)
        axes[1, w].set_xlabel("mm")
    axes[0, 0].set_ylabel("counts across")
    axes[1, 0].set_ylabel("counts along")
    axes[0, 0].legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None})


def main() -> None:
    """Run the model on the spheres, print and draw."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--spheres", type=Path, default=Path("out/spect_spheres.npz"))
    parser.add_argument("--figure", type=Path)
    options = parser.parse_args()
    spheres = np.load(options.spheres)
    begin, busy = time.perf_counter(), time.process_time()
    _, counts, straight = model_of(spheres)
    print(f"{time.perf_counter() - begin:.0f} s, {time.process_time() - busy:.0f} CPU-s")
    compare(spheres, counts, straight)
    if options.figure is not None:
        draw(spheres, counts, options.figure)


if __name__ == "__main__":
    main()
