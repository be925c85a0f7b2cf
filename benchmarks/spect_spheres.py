"""Spheres of 1.7 to 6 cm at 8:1 in a warm body, seen by a Symbia with 188Re: expected projections.

Photons are transported by `hevesy.simulation.simulate_camera_photons`, so that a reconstruction
can be tested against something other than its own forward model. The body is the NEMA one in
size (30 x 23 cm, 20 cm long); its spheres lie in one plane.

    python -m benchmarks.spect_spheres --histories 40000000 --out out/spect_spheres.npz
"""

import argparse
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hevesy.camera import Camera, EnergyWindow, ViewGeometry, get_camera
from hevesy.images import Grid, Quantity, Volume
from hevesy.media import TissueMap, get_medium
from hevesy.nuclides import get_nuclide
from hevesy.simulation import CameraRun, simulate_camera_photons

WINDOWS = (
    EnergyWindow(lower_kev=139.5, upper_kev=170.5),
    EnergyWindow(lower_kev=123.0, upper_kev=139.0),
    EnergyWindow(lower_kev=171.0, upper_kev=187.0),
    EnergyWindow(lower_kev=190.0, upper_kev=230.0),
)
HALF_BODY_MM = (150.0, 115.0, 100.0)  # x, y, z
SPHERES_MM = (  # diameter; middle x, y, z
    (60.0, -80.0, 0.0, 0.0),
    (37.0, 70.0, -45.0, 0.0),
    (28.0, 70.0, 50.0, 0.0),
    (22.0, 0.0, -72.0, 0.0),
    (17.0, 0.0, 72.0, 0.0),
)
BACKGROUND_BQ_PER_ML = 5e4
CONTRAST = 8.0
CLEARANCE_MM = 15.0
SUBSAMPLES = 4


@dataclass(frozen=True)
class SpherePhantom:
    """The truth: activity, tissue, and what the camera does."""

    activity: Volume
    tissue: TissueMap
    camera: Camera
    geometry: ViewGeometry


def _points(grid: Grid) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """World x, y, z of the grid's voxels, ready to broadcast."""
    nz, ny, nx = grid.shape
    x0, y0, z0 = grid.origin_mm
    sz, sy, sx = grid.spacing_mm
    return (
        (x0 + sx * np.arange(nx))[None, None, :],
        (y0 + sy * np.arange(ny))[None, :, None],
        (z0 + sz * np.arange(nz))[:, None, None],
    )


def _shares(grid: Grid) -> tuple[np.ndarray, np.ndarray]:
    """Share of each voxel in the body, and in the spheres."""
    body, hot = np.zeros(grid.shape, np.float32), np.zeros(grid.shape, np.float32)
    offsets = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5
    x, y, z = _points(grid)
    sz, sy, sx = grid.spacing_mm
    for dz in offsets:
        for dy in offsets:
            for dx in offsets:
                px, py, pz = x + dx * sx, y + dy * sy, z + dz * sz
                inside = (px / HALF_BODY_MM[0]) ** 2 + (py / HALF_BODY_MM[1]) ** 2 < 1
                body += inside & (np.abs(pz) < HALF_BODY_MM[2])
                for diameter, cx, cy, cz in SPHERES_MM:
                    near = (px - cx) ** 2 + (py - cy) ** 2 + (pz - cz) ** 2
                    hot += near < (diameter / 2) ** 2
    return body / SUBSAMPLES**3, hot / SUBSAMPLES**3


def sphere_phantom(
    *, views: int = 60, matrix: int = 128, pixel_mm: float = 4.8, voxel_mm: float = 3.0,
    camera: str = "siemens-symbia-he",
) -> SpherePhantom:  # fmt: skip
    """The body with its spheres, and a camera that follows its outline."""
    counts = [int(2 * half / voxel_mm) + 4 for half in HALF_BODY_MM[::-1]]
    origin = [-(n - 1) / 2 * voxel_mm for n in counts[::-1]]
    grid = Grid.from_spacing(tuple(counts), spacing_mm=(voxel_mm,) * 3, origin_mm=origin)
    body, hot = _shares(grid)
    values = BACKGROUND_BQ_PER_ML * (body + (CONTRAST - 1.0) * hot)
    air = get_medium("air").density_g_per_cm3
    density = Volume(
        values=np.maximum(body, air).astype(np.float32),
        grid=grid,
        quantity=Quantity.DENSITY_G_PER_CM3,
    )
    head = get_camera(camera)
    angles = np.arange(views) * 360.0 / views
    rad = np.deg2rad(angles)
    outline = np.hypot(HALF_BODY_MM[0] * np.sin(rad), HALF_BODY_MM[1] * np.cos(rad))
    geometry = ViewGeometry(
        angles_deg=angles,
        radii_mm=outline + CLEARANCE_MM,
        shape=(matrix, matrix),
        pixel_mm=(pixel_mm, pixel_mm),
    )
    labels = (np.asarray(density.values) >= 0.5).astype(np.uint8)
    tissue = TissueMap(
        density=density, labels=labels, media=(get_medium("air"), get_medium("water"))
    )
    return SpherePhantom(
        activity=Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML),
        tissue=tissue,
        camera=head,
        geometry=geometry,
    )


def simulate_spheres(
    phantom: SpherePhantom, *, histories: int, seed: int = 1, view_s: float = 20.0
) -> CameraRun:
    """Expected projections of the phantom in all windows."""
    return simulate_camera_photons(
        phantom.activity, phantom.tissue, get_nuclide("Re-188"), phantom.camera, phantom.geometry,
        WINDOWS, view_seconds=view_s, histories=histories, seed=seed, split=True,
    )  # fmt: skip


def save(run: CameraRun, phantom: SpherePhantom, path: Path) -> None:
    """Store projections, their uncertainty and the truth."""
    path.parent.mkdir(parents=True, exist_ok=True)
    geometry = phantom.geometry
    np.savez_compressed(
        path,
        counts=run.expected.counts,
        std_counts=run.std_counts,
        straight_counts=run.straight_counts,
        windows_kev=np.array([[w.lower_kev, w.upper_kev] for w in WINDOWS]),
        angles_deg=geometry.angles_deg,
        radii_mm=geometry.radii_mm,
        pixel_mm=np.array(geometry.pixel_mm),
        view_seconds=run.expected.view_seconds,
        activity_bq_per_ml=phantom.activity.values.astype(np.float32),
        density_g_per_cm3=phantom.tissue.density.values,
        affine=phantom.activity.grid.affine,
        spheres_mm=np.array(SPHERES_MM),
        seed=run.seed,
        histories=run.histories,
    )


def main() -> None:
    """Simulate, print what was counted and how surely, and store it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--histories", type=int, default=40_000_000)
    parser.add_argument("--views", type=int, default=60)
    parser.add_argument("--camera", default="siemens-symbia-he")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/spect_spheres.npz"))
    options = parser.parse_args()
    phantom = sphere_phantom(views=options.views, camera=options.camera)
    begin, busy = time.perf_counter(), time.process_time()
    run = simulate_spheres(phantom, histories=options.histories, seed=options.seed)
    print(f"{time.perf_counter() - begin:.0f} s, {time.process_time() - busy:.0f} CPU-s")
    counts, std = run.expected.counts, run.std_counts
    for w, window in enumerate(WINDOWS):
        hot = counts[w] > 0.3 * counts[w].max()
        noise = np.median(std[w][hot] / counts[w][hot])
        print(
            f"{window.lower_kev:g}-{window.upper_kev:g} keV: {counts[w].sum():.4g} counts, "
            f"scattered {run.scatter_fraction(window):.3f}, septa {run.septal_fraction(window):.3f}, "
            f"median uncertainty of bright pixels {noise:.3f}"
        )
    save(run, phantom, options.out)


if __name__ == "__main__":
    main()
