"""Two beds of a real patient in one body, where the data are beside the checkout: a figure."""

import json
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import PointSpread
from hevesy.files import read_volume
from hevesy.images import Quantity, Volume
from hevesy.report.style import drawing, new_figure, place, to_png
from hevesy.workflows.spect.reconstruct import run_spect_reconstruct
from hevesy.workflows.spect.request import ReconstructRequest

__all__ = ["DATA", "FIGURE", "compute", "draw", "write"]

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "ge670_lu177_raw"
CT = "CT_128x128x303_HU.nii.gz"
FIGURE, FIGURES = "spect-bed.png", "spect-bed.json"
KIDNEYS_MM = {"right kidney": (-95.0, -45.0), "left kidney": (50.0, 100.0)}  # x of their boxes
TOP_MM = 180.0  # the neck: no face is shown
Numbers = NDArray[np.float64]


def write(folder: Path) -> None:
    """Write figure and figures, or say that the data are missing."""
    if not DATA.is_dir():
        print("a real patient's beds: no data beside the checkout (../shared/data); left as it is")
        return
    image, ct, result = compute()
    (folder / FIGURE).write_bytes(draw(image, ct))
    found = json.dumps(_figures(image, ct, result), indent=1)
    (folder / FIGURES).write_text(found + "\n", encoding="utf-8")


def compute() -> tuple[Volume, Volume, dict[str, Any]]:
    """Reconstruct both beds as the command does, and read the CT."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with zipfile.ZipFile(DATA / "NM.zip") as archive:
            archive.extractall(folder)
        request = ReconstructRequest(
            beds=tuple(sorted(folder.rglob("bed?_projections.dcm"))),
            ct=DATA / CT,
            iterations=4,
            subsets=10,
            peak_kev=(187.2, 228.8),
            point_spread=PointSpread(slope_mm_per_mm=0.0535, at_face_mm=3.0, intrinsic_mm=3.8),
            nuclide="Lu-177",
            heads_in_one=2,
        )
        result = run_spect_reconstruct(request, folder / "out")
        image = read_volume(folder / "out" / "spect.nii.gz", quantity=Quantity.COUNTS)
    return image, read_volume(DATA / CT, quantity=Quantity.HU), result


def _axes(volume: Volume) -> tuple[Numbers, Numbers, Numbers]:
    """World z, y, x of the voxels."""
    grid = volume.grid
    z, y, x = (
        grid.origin_mm[2 - k] + np.arange(grid.shape[k]) * grid.affine[2 - k, k] for k in range(3)
    )
    return z, y, x


def _figures(image: Volume, ct: Volume, result: dict[str, Any]) -> dict[str, Any]:
    """Where the activity lies, by the CT."""
    places = image.grid.to_world_mm(np.stack(np.indices(image.grid.shape), axis=-1))
    index = np.rint(ct.grid.to_index(places)).astype(int)
    index = np.clip(index, 0, np.asarray(ct.grid.shape) - 1)
    hu = np.asarray(ct.values)[tuple(np.moveaxis(index, -1, 0))]
    values = np.asarray(image.values, np.float64)
    x, y, z = np.moveaxis(places, -1, 0)
    kidneys = {}
    for name, (low, high) in KIDNEYS_MM.items():
        box = (x > low) & (x < high) & (y > 45) & (y < 105) & (z > -195) & (z < -95)
        soft = box & (hu > 0)
        hot = box & (values > 0.6 * values[box].max())
        apart = [
            float(np.average(axis[box], weights=values[box]) - axis[soft].mean())
            for axis in (x, y, z)
        ]
        kidneys[name] = {
            "hot_in_soft_tissue": float((hu[hot] > 0).mean()),
            "box_in_soft_tissue": float((hu[box] > 0).mean()),
            "apart_mm": [round(a, 1) for a in apart],
        }
    dome = np.abs(z + 20) < 20
    return {
        "in_body": float(values[hu > -500].sum() / values.sum()),
        "right_over_left_at_the_dome": float(
            values[dome & (x < -10)].sum() / values[dome & (x > 10)].sum()
        ),
        "kidneys": kidneys,
        "beds": len(result["beds"]),
        "iterations": 4,
        "subsets": 10,
    }


def draw(image: Volume, ct: Volume) -> bytes:
    """Fused slices: coronal through both kidneys, sagittal through each, axial."""
    top = float(np.percentile(image.values[image.values > 0], 99.7))
    with drawing():
        figure = new_figure(178, 88, fitted=False)
        views = (
            ("y", 70.0, "coronal", 0.0, 62.0),
            ("x", -70.0, "right kidney", 64.0, 37.0),
            ("x", 72.0, "left kidney", 103.0, 37.0),
            ("z", -145.0, "axial", 142.0, 36.0),
        )
        for axis, at, title, left, width in views:
            axes = place(figure, left_mm=left + 1, top_mm=6, width_mm=width, height_mm=80)
            for volume in (ct, image):
                _show(axes, volume, axis, at, top)
            axes.set_title(title)
            axes.set_axis_off()
            wide = 250.0 if axis != "x" else 150.0
            axes.set_xlim(-wide, wide)
            axes.set_ylim(*((-370.0, TOP_MM) if axis != "z" else (200.0, -200.0)))
            axes.set_facecolor("black")
        return to_png(figure, dpi=90)


def _show(axes: Any, volume: Volume, axis: str, at_mm: float, top: float) -> None:
    """One slice: a CT in grey, an image in colours over it."""
    places = dict(zip("zyx", _axes(volume), strict=True))
    cut = "zyx".index(axis)
    plane = np.take(volume.values, int(np.abs(places[axis] - at_mm).argmin()), axis=cut)
    down, across = (places[name] for name in "zyx" if name != axis)
    extent = (across[0], across[-1], down[0], down[-1])
    look: dict[str, Any] = {"cmap": "gray", "vmin": -200, "vmax": 300}
    if volume.quantity is Quantity.COUNTS:
        plane = np.ma.masked_less(plane, 0.04 * top)
        look = {"cmap": "hot", "vmin": 0.0, "vmax": top, "alpha": 0.55}
    axes.imshow(plane, extent=extent, origin="lower", aspect="equal", **look)
