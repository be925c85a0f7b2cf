"""The spheres of `benchmarks.spect_spheres` reconstructed with scatter by the model, and by windows.

    python -m benchmarks.spheres_model_scatter out/spect_spheres.npz out/spect_spheres_2.npz

No noise but the simulation's own, and no calibration: counts become becquerels by the camera's own
counts straight through the holes, so that each correction answers for all that it gets wrong.
"""

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.patient_photons import Background
from benchmarks.spect_chain import Expected, load, read_weights
from hevesy.camera import FWHM_PER_SIGMA, SystemModel, get_camera
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import get_nuclide
from hevesy.reconstruction import choose_windows, estimate_scatter, iterate_osem, reconstruct_osem
from hevesy.simulation import build_background_model, scattered_only_share
from hevesy.simulation.straight_bands import sharp_bands, straight_bands

CAMERA = "siemens-symbia-he"
FIELD = (slice(32, 96), slice(20, 108))  # rows and columns that `spect_chain` reconstructs


def _say(name: str, image: np.ndarray, expected: Expected, per_bq: float) -> None:
    weights = read_weights(expected)
    found = weights.reshape(weights.shape[0], -1) @ image.ravel().astype(np.float64) / per_bq
    parts = [
        f"{across:.0f} mm {100 * (found[3 * n + 3] / expected.sphere_bq(n) - 1):+.1f}"
        for n, across in enumerate(expected.diameters_mm)
    ]
    total = 100 * (found[0] / expected.total_bq - 1)
    print(f"{name:26s} " + ", ".join(parts) + f", total {total:+.1f}", flush=True)


def _body(stored: Any) -> Volume:
    density = stored["density_g_per_cm3"]
    hu = np.where(density < 0.01, -1000.0, 1000.0 * (density - 1.0)).astype(np.float32)
    grid = Grid(shape=density.shape, affine=stored["affine"])
    return Volume(values=hu, grid=grid, quantity=Quantity.HU)


def main() -> None:
    """Reconstruct, and print spill-out totals of spheres and the whole over the truth, %."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("runs", type=Path, nargs="+")
    given = parser.parse_args()
    expected = load(given.runs, events_per_peak=1.0)
    seen, tew = expected.projections, expected.model
    peak, camera, nuclide = seen.windows[0], get_camera(CAMERA), get_nuclide("Re-188")
    rows, columns = FIELD
    counts = seen.counts[0][:, rows, columns]
    least = peak.lower_kev - 4.0 * camera.detector.energy_fwhm_kev(peak.lower_kev) / FWHM_PER_SIGMA
    bands = straight_bands(nuclide, camera, (peak,), least_kev=least, crystal_histories=6000)
    through = sum(float(band.holes_counts[0]) for band in sharp_bands(bands))
    per_bq = through * float(seen.view_seconds[0])
    assert tew.attenuation is not None
    less = tew.attenuation.values * np.float32(scattered_only_share(155.0))
    model = SystemModel(
        geometry=tew.geometry, point_spread=tew.point_spread, support="body",
        attenuation=tew.attenuation.with_values(less),
    )  # fmt: skip
    body = _body(np.load(given.runs[0]))
    background = build_background_model(body, camera, nuclide, tew.geometry, peak)
    for scale in (1.0, 1.05):
        added = Background(background, model.grid, scale)
        for state in iterate_osem(counts, model, iterations=8, subsets=10, additive_model=added):
            if state.iteration in (4, 8):
                _say(f"model x {scale:g}, {state.iteration} x 10", state.image, expected, per_bq)
    for method in ("tew", "tew:0.8"):
        beside = choose_windows(seen.windows, peak)
        scatter = estimate_scatter(seen, beside, method=method, smooth_fwhm_mm=15.0)
        additive = scatter.expected_counts[:, rows, columns]
        state = reconstruct_osem(counts, tew, iterations=8, subsets=10, additive=additive)
        _say(method, state.image, expected, per_bq)


if __name__ == "__main__":
    main()
