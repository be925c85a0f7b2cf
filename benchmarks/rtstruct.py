"""RTSTRUCT: seconds to read 40 regions on a 512 x 512 x 200 CT, file and contours included."""

import resource
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hevesy.dicom import DicomContext, ReferencedSlice, read_rtstruct, seeded_uid, write_rtstruct
from hevesy.images import Grid, Region

SHAPE = (200, 512, 512)
REGIONS = 40
TARGET_S = 10.0  # on one core


def _context(grid: Grid) -> DicomContext:
    slices = tuple(
        ReferencedSlice(
            sop_instance_uid=seeded_uid("bench", str(k)), position_mm=grid.to_world_mm([k, 0, 0])
        )
        for k in range(grid.shape[0])
    )
    return DicomContext(
        patient=(("PatientName", "Bench^Mark"), ("PatientID", "B1")),
        study=(("StudyInstanceUID", seeded_uid("bench", "study")),),
        character_set="ISO_IR 100",
        modality="CT",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        series_uid=seeded_uid("bench", "series"),
        frame_of_reference=seeded_uid("bench", "frame"),
        grid=grid,
        slices=slices,
    )


def _region(grid: Grid, name: str, centre: np.ndarray, radii: np.ndarray) -> Region:
    """Make an ellipsoid with a wavy surface, in voxels."""
    mask = np.zeros(grid.shape, dtype=np.bool_)
    low = np.maximum(centre - 1.2 * radii, 0).astype(int)
    high = np.minimum(centre + 1.2 * radii + 1, grid.shape).astype(int)
    z, y, x = (
        (np.arange(a, b) - c) / r for a, b, c, r in zip(low, high, centre, radii, strict=True)
    )
    wave = 0.05 * np.sin(9 * y)[:, None] * np.cos(11 * x)
    inside = (z**2)[:, None, None] + (y**2)[:, None] + x**2 + wave < 1
    mask[low[0] : high[0], low[1] : high[1], low[2] : high[2]] = inside
    return Region(name=name, mask=mask, grid=grid)


def _regions(grid: Grid) -> tuple[Region, ...]:
    """Make a body, lungs and liver, and many organs and lesions."""
    rng = np.random.default_rng(40)
    found = [
        _region(grid, "body", np.array([100, 256, 256]), np.array([130, 170, 230])),
        _region(grid, "lung L", np.array([150, 250, 170]), np.array([48, 90, 60])),
        _region(grid, "lung R", np.array([150, 250, 340]), np.array([48, 90, 60])),
        _region(grid, "liver", np.array([80, 240, 200]), np.array([35, 90, 110])),
    ]
    while len(found) < REGIONS:
        centre = rng.uniform([30, 120, 100], [170, 390, 410])
        found.append(_region(grid, f"organ {len(found)}", centre, rng.uniform(4, 35, 3)))
    return tuple(found)


def run() -> dict[str, float]:
    """CPU seconds to read and to write (all on one core), and the contours' points; masks are checked."""
    grid = Grid.from_spacing(SHAPE, spacing_mm=(3.0, 0.977, 0.977))
    image = _context(grid)
    regions = _regions(grid)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rtstruct.dcm"
        begin = time.process_time()
        write_rtstruct(path, regions, image, written_at=datetime(2026, 1, 1, tzinfo=UTC))
        written_s = time.process_time() - begin
        size_mb = path.stat().st_size / 1e6
        begin = time.process_time()
        found = read_rtstruct(path, image)
        read_s = time.process_time() - begin
    same = all(
        np.array_equal(one.mask, other.mask)
        for one, other in zip(regions, found.regions, strict=True)
    )
    return {
        "read_40_regions_s": read_s,
        "target_s": TARGET_S,
        "write_40_regions_s": written_s,
        "file_mb": size_mb,
        "masks_equal": float(same),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    for name, value in run().items():
        print(f"{name}: {value:.2f}")
