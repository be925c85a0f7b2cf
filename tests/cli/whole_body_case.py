"""A patient whose whole body lies in the field, as NIfTI files: every becquerel is counted here.

An ellipsoid of a body with a liver and a lesion; the activity of each is written down, without
noise or blur. The camera is what is uncertain: the case states by how much.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Volume
from hevesy.nuclides import get_nuclide

ZERO = datetime(2024, 3, 5, 10, tzinfo=UTC)
HALF_LIFE_H = get_nuclide("Re-188").half_life_s / 3600.0
INJECTED_MBQ = 1000.0
GRID = Grid.from_spacing((30, 24, 24), spacing_mm=(8, 8, 8), origin_mm=(-92, -92, -116))
HOURS = (1.0, 24.0, 48.0)
# of what was injected, decay taken out, at each scan: lesion, liver, the rest of the body
PARTS = ((0.70, 0.20, 0.10), (0.60, 0.20, 0.08), (0.58, 0.18, 0.05))

HEAD = """patient = "P01"
nuclide = "Re-188"
agent = "test"
timezone = "UTC"
[administration]
activity = "1000 MBq"
activity_uncertainty = "2 %"
kind = "net"
time = 2024-03-05T10:00:00
route = "intratumoral"
[[administration.injection]]
lesion = "lesion"
activity = "1000 MBq"
"""
OPTIONS = """[options]
method = "local"
voxel_curves = false
resolution = "8 mm"
counts_per_bq_s = 1e-5
calibration_uncertainty = "3 %"
"""


def places() -> NDArray[np.float64]:
    """World coordinates (x, y, z), mm, of every voxel."""
    index = np.moveaxis(np.indices(GRID.shape), 0, -1)
    return np.moveaxis(GRID.to_world_mm(index.astype(np.float64)), -1, 0)


def solids(*, lesion_shift_mm: float = 0.0) -> dict[str, NDArray[np.bool_]]:
    x, y, z = places()
    body = (x / 80) ** 2 + (y / 70) ** 2 + (z / 100) ** 2 < 1
    lesion = (x - 35 - lesion_shift_mm) ** 2 + y**2 + z**2 < 20**2
    liver = (np.abs(x + 30) < 28) & (np.abs(y) < 33) & (np.abs(z) < 36)
    return {"lesion": lesion, "liver": liver, "body": body & ~lesion & ~liver}


def activity(
    scan: int, *, kept: float = 1.0, parts: tuple[tuple[float, ...], ...] = PARTS,
    lesion_shift_mm: float = 0.0,
) -> NDArray[np.float64]:  # fmt: skip
    """Bq/mL at the frame's start; `kept` of the injected activity never was in the needle."""
    left = 0.5 ** (HOURS[scan - 1] / HALF_LIFE_H)
    values = np.zeros(GRID.shape)
    shapes = solids(lesion_shift_mm=lesion_shift_mm)
    for share, mask in zip(parts[scan - 1], shapes.values(), strict=True):
        bq = share * kept * INJECTED_MBQ * 1e6 * left
        values[mask] = bq / (mask.sum() * GRID.voxel_volume_ml)
    return values


def write_case(
    folder: Path,
    *,
    images: Mapping[int, NDArray[np.float64]] | None = None,
    kept: float = 1.0,
    scans: int = 3,
    head: str = HEAD,
    options: str = OPTIONS,
    tables: str = "",
    ct: bool = True,
    overlap: bool = False,
    rows: slice = slice(None),
) -> Path:
    """Write images, CT, regions and case file; `rows` are the slices that the field keeps."""
    shapes = solids()
    hu = np.where(shapes["body"] | shapes["lesion"] | shapes["liver"], 40, -1000)
    grid = Grid.from_spacing(
        (len(range(30)[rows]), 24, 24), spacing_mm=(8, 8, 8),
        origin_mm=(-92, -92, -116 + 8 * range(30)[rows][0]),
    )  # fmt: skip
    write_volume(
        folder / "ct.nii.gz", Volume(values=hu.astype(np.int16), grid=GRID, quantity=Quantity.HU)
    )
    for name in ("lesion", "liver"):
        mask = shapes[name].astype(np.uint8)
        if name == "liver" and overlap:
            mask[shapes["lesion"]] = 1
        whole = Volume(values=mask, grid=GRID, quantity=Quantity.RELATIVE)
        write_volume(folder / f"{name}.nii.gz", whole)
    text = head
    for scan in range(1, scans + 1):
        values = (images or {}).get(scan, activity(scan, kept=kept))[rows]
        write_volume(
            folder / f"spect{scan}.nii.gz",
            Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML),
        )
        moment = ZERO + timedelta(hours=HOURS[scan - 1])
        text += f'[[scan]]\nspect = "spect{scan}.nii.gz"\nunit = "Bq/mL"\n'
        text += 'duration = "1200 s"\ndecay_corrected_to = "acquisition"\n'
        text += f"time = {moment:%Y-%m-%dT%H:%M:%S}\n"
        text += 'ct = "ct.nii.gz"\n' if ct and scan == 1 else ""
        text += 'structures = ["lesion.nii.gz", "liver.nii.gz"]\n' if scan == 1 else ""
    if not ct:
        options += "density_g_cm3 = 1.05\n"
    (folder / "case.toml").write_text(text + tables + options)
    return folder / "case.toml"
