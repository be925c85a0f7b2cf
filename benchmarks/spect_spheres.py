"""Spheres in a warm body, seen by a Symbia with 188Re: expected projections.

Photons are transported by `hevesy.simulation.simulate_camera_photons`, so that a reconstruction
can be tested against something other than its own forward model. Three phantoms: the test's body
of the NEMA one's size (30 x 23 cm, 20 cm long) with spheres of 1.7 to 6 cm at 8:1; and two that a
site calibrates with, a cylinder of 21.6 cm with other spheres at other places, and one without.

    python -m benchmarks.spect_spheres --histories 40000000 --out out/spect_spheres.npz
    python -m benchmarks.spect_spheres --layout calibration --out out/spect_calibration.npz
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
CLEARANCE_MM = 15.0
SUBSAMPLES = 4


@dataclass(frozen=True)
class Layout:
    """An elliptic cylinder's half axes (x, y, z), spheres (diameter; middle x, y, z), activity."""

    half_body_mm: tuple[float, float, float]
    spheres_mm: tuple[tuple[float, float, float, float], ...]
    background_bq_per_ml: float = 5e4
    contrast: float = 8.0


def _ring(diameters_mm: tuple[float, ...], radius_mm: float) -> tuple[tuple[float, ...], ...]:
    """Spheres on a circle with even gaps between them."""
    gap = 2 * np.pi * radius_mm - sum(diameters_mm)
    gap /= len(diameters_mm)
    place, found = 0.0, []
    for diameter in diameters_mm:
        place += diameter / 2
        turn = place / radius_mm
        middle = (float(radius_mm * np.cos(turn)), float(radius_mm * np.sin(turn)))
        found.append((diameter, *middle, 0.0))
        place += diameter / 2 + gap
    return tuple(found)


LAYOUTS = {
    "test": Layout(
        half_body_mm=(150.0, 115.0, 100.0),
        spheres_mm=(
            (60.0, -80.0, 0.0, 0.0),
            (37.0, 70.0, -45.0, 0.0),
            (28.0, 70.0, 50.0, 0.0),
            (22.0, 0.0, -72.0, 0.0),
            (17.0, 0.0, 72.0, 0.0),
        ),
    ),
    "calibration": Layout(
        half_body_mm=(108.0, 108.0, 93.0),
        spheres_mm=_ring((52.0, 16.0, 34.0, 20.0, 42.0, 26.0), 64.0),
        contrast=10.0,
    ),
    "small": Layout(half_body_mm=(90.0, 90.0, 60.0), spheres_mm=((60.0, -35.0, 0.0, 0.0),)),
    "cylinder": Layout(half_body_mm=(108.0, 108.0, 93.0), spheres_mm=(), contrast=1.0),
}


@dataclass(frozen=True)
class SpherePhantom:
    """The truth: activity, tissue, and what the camera does."""

    layout: Layout
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


def _shares(grid: Grid, layout: Layout) -> tuple[np.ndarray, np.ndarray]:
    """Share of each voxel in the body, and in the spheres."""
    body, hot = np.zeros(grid.shape, np.float32), np.zeros(grid.shape, np.float32)
    offsets = (np.arange(SUBSAMPLES) + 0.5) / SUBSAMPLES - 0.5
    half_x, half_y, half_z = layout.half_body_mm
    x, y, z = _points(grid)
    sz, sy, sx = grid.spacing_mm
    for dz in offsets:
        for dy in offsets:
            for dx in offsets:
                px, py, pz = x + dx * sx, y + dy * sy, z + dz * sz
                inside = (px / half_x) ** 2 + (py / half_y) ** 2 < 1
                body += inside & (np.abs(pz) < half_z)
                for diameter, cx, cy, cz in layout.spheres_mm:
                    near = (px - cx) ** 2 + (py - cy) ** 2 + (pz - cz) ** 2
                    hot += near < (diameter / 2) ** 2
    return body / SUBSAMPLES**3, hot / SUBSAMPLES**3


def sphere_phantom(
    *, views: int = 60, matrix: int = 128, pixel_mm: float = 4.8, voxel_mm: float = 3.0,
    camera: str = "siemens-symbia-he", layout: str = "test",
) -> SpherePhantom:  # fmt: skip
    """The body with its spheres, and a camera that follows its outline."""
    laid = LAYOUTS[layout]
    counts = [int(2 * half / voxel_mm) + 4 for half in laid.half_body_mm[::-1]]
    origin = [-(n - 1) / 2 * voxel_mm for n in counts[::-1]]
    grid = Grid.from_spacing(tuple(counts), spacing_mm=(voxel_mm,) * 3, origin_mm=origin)
    body, hot = _shares(grid, laid)
    values = laid.background_bq_per_ml * (body + (laid.contrast - 1.0) * hot)
    air = get_medium("air").density_g_per_cm3
    density = Volume(
        values=np.maximum(body, air).astype(np.float32),
        grid=grid,
        quantity=Quantity.DENSITY_G_PER_CM3,
    )
    head = get_camera(camera)
    angles = np.arange(views) * 360.0 / views
    rad = np.deg2rad(angles)
    outline = np.hypot(laid.half_body_mm[0] * np.sin(rad), laid.half_body_mm[1] * np.cos(rad))
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
        layout=laid,
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


def events_per_peak(layout: str, *, histories: int = 200_000, seed: int = 5) -> float:
    """Events of any energy (50 keV to 1 MeV) for each count in the peak window, over all views."""
    phantom = sphere_phantom(layout=layout, views=12, matrix=64, pixel_mm=9.6)
    run = simulate_camera_photons(
        phantom.activity, phantom.tissue, get_nuclide("Re-188"), phantom.camera, phantom.geometry,
        (WINDOWS[0], EnergyWindow(lower_kev=50.0, upper_kev=1000.0)), view_seconds=20.0,
        histories=histories, seed=seed,
    )  # fmt: skip
    peak, every = run.expected.counts.sum(axis=(1, 2, 3), dtype=np.float64)
    return float(every / peak)


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
        spheres_mm=np.array(phantom.layout.spheres_mm).reshape(-1, 4),
        seed=run.seed,
        histories=run.histories,
    )


def main() -> None:
    """Simulate, print what was counted and how surely, and store it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--histories", type=int, default=40_000_000)
    parser.add_argument("--layout", choices=sorted(LAYOUTS), default="test")
    parser.add_argument("--views", type=int, default=60)
    parser.add_argument("--camera", default="siemens-symbia-he")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path("out/spect_spheres.npz"))
    options = parser.parse_args()
    phantom = sphere_phantom(views=options.views, camera=options.camera, layout=options.layout)
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
