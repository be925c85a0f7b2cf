"""A camera's phantoms as files: a point source, a cylinder, spheres; and a plan for them."""

import math
from pathlib import Path

import numpy as np
import SimpleITK
from scipy.ndimage import gaussian_filter

SENSITIVITY = 8.0e-6  # counts/(Bq s)
DEAD_TIME_S = 5e-6
RE188 = math.log(2) / (17.0040 * 3600)
MM = 5.0
FWHM_MM = 12.0
DIAMETERS = (60.0, 37.0, 28.0, 22.0, 17.0)
STOCK = 4e5  # Bq/mL at the scan's start

PLAN = """\
version = "2026-01"
scanner = "Room 2"
collimator = "HE"
nuclide = "Re-188"
timezone = "Europe/Warsaw"
made = 2026-01-09
expires = 2027-01-09

[windows]
peak = [139.5, 170.5]
lower = [123.5, 139.5]
upper = [170.5, 186.5]
scatter = "tew"

[reconstruction]
iterations = 8
subsets = 10
voxel = ["5 mm", "5 mm", "5 mm"]

[dose_calibrator]
name = "chamber A, setting 496"
traceable_to = "certificate 12/2025"
uncertainty = "2 %"

[dead_time]
value = "5 us"
uncertainty = "0.2 us"

[[quality_control]]
test = "uniformity"
on = 2026-01-08
value = 2.9
unit = "%"
passed = true

[[planar]]
peak = "peak.nii.gz"
lower = "lower.nii.gz"
upper = "upper.nii.gz"
activity = "2 GBq"
at = 2026-01-09T09:00:00
start = 2026-01-09T10:00:00
duration = "300 s"
radius = "40 mm"
uncertainty = "1 %"

[[cylinder]]
image = "cylinder.nii.gz"
activity = "500 MBq"
at = 2026-01-09T12:00:00
start = 2026-01-09T12:00:00
duration = "20 s"
uncertainty = "1 %"

[[spheres]]
image = "spheres.nii.gz"
labels = "labels.nii.gz"
activity = "400 MBq"
at = 2026-01-09T14:00:00
start = 2026-01-09T14:00:00
duration = "20 s"
uncertainty = "1 %"
stock_ml = 1000.0
background_activity = "400 MBq"
background_ml = 8000.0
margin = "20 mm"
shell = "15 mm"
fwhm = "12 mm"
least_for_factor = "28 mm"

[[spheres.sphere]]
label = 1
diameter = "60 mm"
[[spheres.sphere]]
label = 2
diameter = "37 mm"
[[spheres.sphere]]
label = 3
diameter = "28 mm"
[[spheres.sphere]]
label = 4
diameter = "22 mm"
[[spheres.sphere]]
label = 5
diameter = "17 mm"
"""

SCAN = PLAN.partition("version")[0] + "".join(
    line + "\n"
    for line in (
        'scanner = "Room 2"', 'collimator = "HE"', 'nuclide = "Re-188"',
        'timezone = "Europe/Warsaw"', "start = 2026-05-04T09:30:00", 'duration = "20 s"',
        'counted = "1200 s"', "", "[windows]", "peak = [139.5, 170.5]", "lower = [123.5, 139.5]",
        "upper = [170.5, 186.5]", 'scatter = "tew"', "", "[reconstruction]", "iterations = 8",
        "subsets = 10", 'voxel = ["5 mm", "5 mm", "5 mm"]',
    )
)  # fmt: skip


def write(path: Path, values: np.ndarray) -> None:
    image = SimpleITK.GetImageFromArray(values)
    image.SetSpacing((MM, MM, MM))
    SimpleITK.WriteImage(image, str(path))


def spheres() -> tuple[np.ndarray, np.ndarray]:
    """Concentrations in Bq/mL (hot 8:1 in warm water) by partial volumes, and labels."""
    fine = 4
    shape = (24, 44, 44)
    z, y, x = np.meshgrid(
        *((np.arange(n * fine) + 0.5) * MM / fine for n in shape), indexing="ij", sparse=True
    )
    share = np.zeros(shape)
    labels = np.zeros(shape, dtype=np.uint8)
    places = ((60, 60, 60), (60, 60, 165), (60, 165, 60), (60, 165, 165), (60, 112, 112))
    for label, (diameter, (a, b, c)) in enumerate(zip(DIAMETERS, places, strict=True), start=1):
        inside = (z - a) ** 2 + (y - b) ** 2 + (x - c) ** 2 <= (diameter / 2) ** 2
        part = inside.reshape(*(s for n in shape for s in (n, fine))).mean(axis=(1, 3, 5))
        share += part
        labels[part >= 0.5] = label
    return STOCK * (share + (1 - share) / 8), labels


def write_phantoms(folder: Path) -> Path:
    """All files; return the plan's path."""
    folder.mkdir(exist_ok=True)
    # planar: 2 GBq an hour before, and what the detector loses
    y, x = np.meshgrid(np.arange(64) * MM, np.arange(64) * MM, indexing="ij")
    spot = np.exp(-((y - 160.0) ** 2 + (x - 158.0) ** 2) / (2 * 6.0**2))
    start_bq = 2e9 * math.exp(-RE188 * 3600)
    mean = -math.expm1(-RE188 * 300) / (RE188 * 300)
    rate = start_bq * mean * SENSITIVITY
    live = math.exp(-rate * DEAD_TIME_S)
    peak = spot / spot.sum() * rate * 300 * live
    density = 0.5  # counts per keV and pixel from penetration, everywhere
    for name, values in (("peak", peak + 31 * density), ("lower", 0 * peak + 16 * density),
                         ("upper", 0 * peak + 16 * density)):  # fmt: skip
        write(folder / f"{name}.nii.gz", values[None])
    scale = SENSITIVITY * 20.0
    cylinder = np.zeros((20, 40, 40))
    cylinder[4:16, 8:32, 8:32] = 5e8 * scale / (12 * 24 * 24)
    write(folder / "cylinder.nii.gz", gaussian_filter(cylinder, 1.0))
    concentration, labels = spheres()
    sigma = FWHM_MM / 2.354820045 / MM
    seen = gaussian_filter(concentration, sigma, mode="nearest") * scale * (MM / 10) ** 3
    write(folder / "spheres.nii.gz", seen)
    write(folder / "labels.nii.gz", labels)
    (folder / "plan.toml").write_text(PLAN)
    (folder / "scan.toml").write_text(SCAN)
    return folder / "plan.toml"
