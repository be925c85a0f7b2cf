"""One scan of the virtual patient, seen by transported photons: expected projections of one bed.

So that a reconstruction beside a hot depot can be tested against something other than the model
that its own scatter estimate rests on.

    python -m benchmarks.patient_photons --histories 20000000 --out out/patient_photons.npz
"""

import argparse
import time
from pathlib import Path

import numpy as np

from hevesy.camera import EnergyWindow, ViewGeometry, get_camera
from hevesy.images import hu_to_density
from hevesy.media import classify_tissue
from hevesy.simulation import (
    activity_bq_per_ml,
    build_virtual_patient,
    render_ct,
    simulate_camera_photons,
)

CAMERA = "siemens-symbia-he"
WINDOWS = tuple(
    EnergyWindow(lower_kev=low, upper_kev=high)
    for low, high in ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5))
)
HOURS, VIEW_S, RADIUS_MM, ROWS = 1.0, 20.0, 210.0, 80


def geometry(views: int) -> ViewGeometry:
    """One bed whose middle is the patient's: liver, kidneys and lesions lie in it."""
    camera = get_camera(CAMERA)
    return ViewGeometry(
        angles_deg=np.arange(views) * 360.0 / views,
        radii_mm=np.full(views, RADIUS_MM),
        shape=(ROWS, camera.matrix[1]),
        pixel_mm=camera.pixel_mm,
    )


def main() -> None:
    """Simulate, print what was counted, store it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--histories", type=int, default=20_000_000)
    parser.add_argument("--views", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/patient_photons.npz"))
    options = parser.parse_args()
    patient = build_virtual_patient(seed=1)
    ct = render_ct(patient, seed=0, noise_hu=0.0)
    density = hu_to_density(ct)
    begin = time.perf_counter()
    run = simulate_camera_photons(
        activity_bq_per_ml(patient, 3600.0 * HOURS),
        classify_tissue(density, ct),
        patient.nuclide,
        get_camera(CAMERA),
        geometry(options.views),
        WINDOWS,
        view_seconds=VIEW_S,
        view_starts_s=np.zeros(options.views),
        histories=options.histories,
        seed=options.seed,
        split=True,
    )
    counts = run.expected.counts
    print(
        f"{time.perf_counter() - begin:.0f} s; {counts.sum(axis=(1, 2, 3))} counts, scattered "
        f"{run.scatter_fraction(WINDOWS[0]):.3f}, septa {run.septal_fraction(WINDOWS[0]):.3f}"
    )
    options.out.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        options.out,
        counts=counts,
        std_counts=run.std_counts,
        straight_counts=run.straight_counts,
        histories=options.histories,
        seed=options.seed,
    )


if __name__ == "__main__":
    main()
