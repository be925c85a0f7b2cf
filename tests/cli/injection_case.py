"""An injected lesion with what leaked from it, as NIfTI files: every share is known.

A ball in the middle of a larger lesion in a slab of liver, a needle's tract from the skin to its
middle, and two scans. The image is the truth averaged over voxels and blurred by the Gaussian that
the case states, without noise.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter

from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Volume

FWHM_MM = 10.0
GRID = Grid.from_spacing((40, 44, 44), spacing_mm=(3.0, 3.0, 3.0), origin_mm=(-64.5, -64.5, -58.5))
MIDDLE = np.array([0.0, 6.0, 0.0])
RADIUS_MM = 17.0  # of what was injected
LESION_RADIUS_MM = 22.0
ENTRY = np.array([0.0, -60.0, 0.0])
TRACT_RADIUS_MM = 5.0
HOURS = (2.0, 26.0)
HALF_LIFE_H = 17.0040  # 188Re, ICRP-107
NET_MBQ = 500.0
# shares of the injection at both scans: what is missing has left the body
SHARES = {"lesion": (0.80, 0.70), "tract": (0.04, 0.02), "liver": (0.08, 0.12)}

CASE = f"""patient = "P01"
nuclide = "Re-188"
agent = "test"
timezone = "UTC"
[administration]
activity = "{NET_MBQ:g} MBq"
activity_uncertainty = "2 %"
kind = "net"
time = 2024-03-05T10:00:00
route = "intratumoral"
[[administration.injection]]
lesion = "lesion"
activity = "{NET_MBQ:g} MBq"
entry_mm = {ENTRY.tolist()}
target_mm = {MIDDLE.tolist()}
"""
SCAN = """[[scan]]
spect = "spect{i}.nii.gz"
{structures}time = 2024-03-0{day}T12:00:00
unit = "kBq/mL"
decay_corrected_to = "acquisition"
"""
STRUCTURES = """structures = ["labels.nrrd"]
structure_names = { 1 = "lesion", 2 = "liver" }
"""
OPTIONS = f"""[options]
method = "local"
density_g_cm3 = 1.0
count_uncertainty = "1 %"
calibration_uncertainty = "3 %"
contour_uncertainty = "0.5 mm"
partial_volume = "gtm"
resolution = "{FWHM_MM:g} mm"
resolution_uncertainty = "0.2 mm"
fit = ["mono"]
[options.injection_regions]
rim_mm = 5
tract_radius_mm = {TRACT_RADIUS_MM:g}
"""


def places() -> NDArray[np.float64]:
    return GRID.to_world_mm(np.stack(np.indices(GRID.shape), axis=-1))


def truth() -> dict[str, NDArray[np.bool_]]:
    """Voxels of the ball (by the lesion's name), tract and liver, outside of the lesion."""
    xyz = places()
    lesion = np.linalg.norm(xyz - MIDDLE, axis=-1) <= LESION_RADIUS_MM
    path = xyz[..., 1]
    across = np.hypot(xyz[..., 0], xyz[..., 2])
    tract = (path >= ENTRY[1]) & (path <= MIDDLE[1]) & (across <= TRACT_RADIUS_MM) & ~lesion
    liver = (np.abs(xyz) <= [45.0, 36.0, 42.0]).all(axis=-1) & ~lesion & ~tract
    ball = np.linalg.norm(xyz - MIDDLE, axis=-1) <= RADIUS_MM
    return {"lesion": ball, "tract": tract, "liver": liver}


def image(scan: int, shift_voxels: tuple[float, float, float] = (0.0, 0.0, 0.0)) -> Volume:
    """kBq/mL at a scan's start."""
    left = NET_MBQ * 1e3 * 2.0 ** (-HOURS[scan] / HALF_LIFE_H)
    values = np.zeros(GRID.shape)
    for name, mask in truth().items():
        total_ml = np.count_nonzero(mask) * GRID.voxel_volume_ml
        values[mask] += SHARES[name][scan] * left / total_ml
    if any(shift_voxels):
        from scipy.ndimage import shift

        values = shift(values, shift_voxels, order=1)
    sigma = FWHM_MM / 2.354820045 / 3.0
    return Volume(
        values=gaussian_filter(values, sigma, truncate=5.0), grid=GRID, quantity=Quantity.BQ_PER_ML
    )


def write(
    folder: Path, *changes: tuple[str, str], shift: tuple[float, float, float] = (0, 0, 0)
) -> Path:
    inside = (np.abs(places()) <= [45.0, 36.0, 42.0]).all(axis=-1)
    lesion = np.linalg.norm(places() - MIDDLE, axis=-1) <= LESION_RADIUS_MM
    labels = np.where(lesion, 1, np.where(inside, 2, 0)).astype(np.uint8)
    write_volume(
        folder / "labels.nrrd", Volume(values=labels, grid=GRID, quantity=Quantity.RELATIVE)
    )
    text = CASE
    for i in range(len(HOURS)):
        write_volume(folder / f"spect{i}.nii.gz", image(i, shift))
        text += SCAN.format(i=i, day=5 + i, structures=STRUCTURES if i == 0 else "")
    text += OPTIONS
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (folder / "case.toml").write_text(text)
    return folder / "case.toml"
