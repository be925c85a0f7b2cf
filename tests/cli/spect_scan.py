"""A small scan in closed form: Gaussian sources, whose projections are Gaussians."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import numpy as np

from hevesy.camera import EnergyWindow, Projections, ViewGeometry
from hevesy.dicom import RawAcquisition, write_projections
from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Volume
from tests.dicom.image_cases import FRAME, WHO
from tests.dicom.raw_cases import HOW

PIXEL_MM, ROWS, COLUMNS, VIEWS, SECONDS = 8.0, 16, 32, 24, 10.0
AXIS = (3.0, -5.0)
LOWER, PEAK, UPPER = (
    EnergyWindow(lower_kev=a, upper_kev=b)
    for a, b in ((123.0, 139.5), (139.5, 170.5), (170.5, 187.0))
)


@dataclass(frozen=True)
class Source:
    """A Gaussian at (x, y, z), mm, with its counts in a view."""

    place: tuple[float, float, float]
    counts: float
    sigma: float = 13.0


def project(
    sources: tuple[Source, ...], angles: np.ndarray, centre: float, weaken: float = 1.0
) -> np.ndarray:
    """Counts of each view, by hand: across, x and y are seen as (y - y0) sin a - (x - x0) cos a."""
    across = (np.arange(COLUMNS) - (COLUMNS - 1) / 2) * PIXEL_MM
    axial = centre + (np.arange(ROWS) - (ROWS - 1) / 2) * PIXEL_MM
    total = np.zeros((len(angles), ROWS, COLUMNS))
    for source in sources:
        x, y, z = source.place
        for view, angle in enumerate(np.radians(angles)):
            middle = (y - AXIS[1]) * np.sin(angle) - (x - AXIS[0]) * np.cos(angle)
            blob = np.exp(-0.5 * ((across - middle) / source.sigma) ** 2)[None, :]
            blob = blob * np.exp(-0.5 * ((axial - z) / source.sigma) ** 2)[:, None]
            area = 2 * np.pi * source.sigma**2 / PIXEL_MM**2
            total[view] += weaken * source.counts / area * blob
    return total


def write_bed(
    path: Path,
    sources: tuple[Source, ...],
    *,
    centre: float = 0.0,
    start: float = 0.0,
    step: float = 15.0,
    scatter: float = 0.0,
    weaken: float = 1.0,
    minutes_later: float = 0.0,
    windows: tuple[EnergyWindow, ...] = (LOWER, PEAK, UPPER),
    frame: str = FRAME,
) -> Path:
    """A bed whose adjacent windows hold a flat `scatter` (counts a keV and pixel)."""
    angles = start + step * np.arange(VIEWS)
    peak = project(sources, angles, centre, weaken)
    counts = np.stack([
        np.full_like(peak, scatter * w.width_kev) + (peak if w == PEAK else 0.0) for w in windows
    ])  # fmt: skip
    geometry = ViewGeometry(
        angles_deg=angles, radii_mm=np.full(VIEWS, 200.0), shape=(ROWS, COLUMNS),
        pixel_mm=(PIXEL_MM, PIXEL_MM), axis_mm=AXIS, axial_centre_mm=centre,
    )  # fmt: skip
    seen = Projections(
        counts=np.rint(counts), windows=windows, geometry=geometry,
        view_seconds=np.full(VIEWS, SECONDS), view_starts_s=np.arange(VIEWS) * SECONDS,
    )  # fmt: skip
    how = RawAcquisition(
        start=HOW.start + timedelta(minutes=minutes_later), nuclide=HOW.nuclide,
        half_life_s=HOW.half_life_s, administered_bq=HOW.administered_bq,
        administered_at=HOW.administered_at, collimator="HE", model="camera",
    )  # fmt: skip
    write_projections(path, seen, how, identity=WHO, frame_of_reference=frame,
                      series_number=int(minutes_later) + 1)  # fmt: skip
    return path


def write_water(path: Path, *, radius: float, length: float = 400.0) -> Path:
    """A CT of a water cylinder about the axis of rotation."""
    n = 64
    grid = Grid.from_spacing(
        (int(length / 8), n, n), spacing_mm=(8.0, 5.0, 5.0),
        origin_mm=(AXIS[0] - 157.5, AXIS[1] - 157.5, -length / 2 + 4.0),
    )  # fmt: skip
    fine = (np.arange(n * 4) - (n * 4 - 1) / 2) * 1.25
    inside = (np.hypot(fine[:, None], fine[None, :]) < radius).astype(float)
    share = inside.reshape(n, 4, n, 4).mean(axis=(1, 3))
    hu = np.broadcast_to(-1000 + 1000 * share, grid.shape).astype(np.float32)
    write_volume(path, Volume(values=hu, grid=grid, quantity=Quantity.HU))
    return path
