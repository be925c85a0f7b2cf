"""OSEM beside PyTomography: the same real bed, the same model, CPU seconds, memory, images.

python -m benchmarks.pytomography_peer [FOLDER OF ge670_lu177_raw]

PyTomography is installed by pip into out/peers, into an environment of its own (some GB, once).
The data are looked for beside the checkout; without them there is nothing to measure.
"""

import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

ROOT = Path(__file__).resolve().parents[1]
DATA = ROOT.parent / "shared" / "data" / "ge670_lu177_raw"
VERSION = "3.4.0"
ENVIRONMENT = ROOT / "out" / "peers" / f"pytomography-{VERSION}"
PEAK, UPPER, LOWER = 1, 2, 3  # of the file's energy windows
WIDTHS_KEV = {PEAK: 228.8 - 187.2, UPPER: 251.16 - 229.63, LOWER: 186.31 - 166.89}
ENERGY_KEV = 208.4
# GE MEGP: holes of 3.0 mm, 58 mm long, lead at 208 keV; NaI as 3.9 mm at 140 keV
POINT_SPREAD = (0.0535, 3.0, 3.2)
ITERATIONS, SUBSETS = 2, 10
GOALS = {"cpu_ratio": 20.0, "correlation": 0.999, "hot_region_percent": 1.0}


def read_bed(folder: Path) -> dict[str, Any]:
    """Bed 2 and its attenuation map; rows turned towards the head."""
    import pydicom

    from hevesy.camera import ViewGeometry, attenuation_map
    from hevesy.files import read_volume
    from hevesy.images import Quantity

    with tempfile.TemporaryDirectory() as place:
        with zipfile.ZipFile(folder / "NM.zip") as archive:
            name = next(n for n in archive.namelist() if n.endswith("bed2_projections.dcm"))
            archive.extract(name, place)
        data = pydicom.dcmread(Path(place) / name)
    frames = data.pixel_array.reshape(6, 60, 128, 128)[:, :, ::-1].astype(np.float32)
    scatter = (
        (frames[LOWER] / WIDTHS_KEV[LOWER] + frames[UPPER] / WIDTHS_KEV[UPPER])
        * WIDTHS_KEV[PEAK]
        / 2
    )
    detector = data.DetectorInformationSequence[0]
    rotation = data.RotationInformationSequence[0]
    pixel = float(data.PixelSpacing[0])
    x, y, top = (float(v) for v in detector.ImagePositionPatient)
    half = 127 / 2 * pixel
    turn = 1.0 if rotation.RotationDirection == "CC" else -1.0
    geometry = ViewGeometry(
        angles_deg=float(rotation.StartAngle) + turn * float(rotation.AngularStep) * np.arange(60),
        radii_mm=np.full(60, float(rotation.RadialPosition)),
        shape=(128, 128),
        pixel_mm=(pixel, pixel),
        axis_mm=(x + half, y + half),
        axial_centre_mm=top - half,
    )
    ct = read_volume(folder / "CT_128x128x303_HU.nii.gz", quantity=Quantity.HU)
    mu = attenuation_map(ct, ENERGY_KEV, kvp=120.0, grid=geometry.grid())
    return {"counts": frames[PEAK], "scatter": scatter, "geometry": geometry, "attenuation": mu}


def run_hevesy(bed: dict[str, Any], support: str = "field") -> dict[str, Any]:
    """Image, CPU seconds and peak memory of this process (warmed up: code compiled)."""
    from hevesy.camera import PointSpread, SystemModel
    from hevesy.reconstruction import reconstruct_osem

    slope, face, intrinsic = POINT_SPREAD
    spread = PointSpread(slope_mm_per_mm=slope, at_face_mm=face, intrinsic_mm=intrinsic)
    geometry, mu = bed["geometry"], bed["attenuation"]
    few = np.arange(2)
    small = SystemModel(geometry=geometry.select(few), point_spread=spread, attenuation=mu)
    reconstruct_osem(bed["counts"][few], small, iterations=1, subsets=2)
    del small
    begin = time.process_time(), time.perf_counter()
    model = SystemModel(
        geometry=geometry,
        point_spread=spread,
        attenuation=mu,
        support=support,  # type: ignore[arg-type]
    )
    state = reconstruct_osem(
        bed["counts"], model, iterations=ITERATIONS, subsets=SUBSETS, additive=bed["scatter"]
    )
    return {
        "image": state.image,
        "cpu_s": time.process_time() - begin[0],
        "wall_s": time.perf_counter() - begin[1],
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0,
    }


def install() -> Path | None:
    """Python of PyTomography's environment, made where it is missing; None where it can't be."""
    python = ENVIRONMENT / "bin" / "python"
    probe = [str(python), "-c", "import pytomography, torch"]
    if python.exists() and subprocess.run(probe, capture_output=True, check=False).returncode == 0:
        return python
    print(f"installing pytomography {VERSION} into {ENVIRONMENT.relative_to(ROOT)} ...")
    commands = (
        [sys.executable, "-m", "venv", str(ENVIRONMENT)],
        [str(python), "-m", "pip", "install", "--quiet", f"pytomography=={VERSION}"],
    )
    for command in commands:
        if subprocess.run(command, capture_output=True, check=False).returncode != 0:
            return None
    return python


def run_peer(python: Path, bed: dict[str, Any]) -> dict[str, Any]:
    """The same by PyTomography, in a process of its own, with the same subsets."""
    from hevesy.reconstruction import order_subsets

    with tempfile.TemporaryDirectory() as place:
        source, target = Path(place) / "in.npz", Path(place) / "out.npz"
        geometry = bed["geometry"]
        groups = order_subsets(geometry.angles_deg, SUBSETS)
        views = np.full((SUBSETS, max(group.size for group in groups)), -1)
        for row, group in zip(views, groups, strict=True):
            row[: group.size] = group
        np.savez(
            source,
            counts=bed["counts"],
            scatter=bed["scatter"],
            angles_deg=geometry.angles_deg,
            radii_mm=geometry.radii_mm,
            attenuation_per_mm=bed["attenuation"].values,
            pixel_mm=geometry.pixel_mm[0],
            point_spread=np.array(POINT_SPREAD),
            iterations=ITERATIONS,
            subsets=SUBSETS,
            subset_views=views,
        )
        worker = Path(__file__).with_name("pytomography_worker.py")
        subprocess.run([str(python), str(worker), str(source), str(target)], check=True)
        found = np.load(target)
        return {key: found[key] for key in found.files}


def compare(ours: NDArray[np.float32], theirs: NDArray[np.float32]) -> dict[str, float]:
    """Correlation within the field's circle; the hot region is above 40 % of their maximum."""
    place = np.arange(ours.shape[1]) - (ours.shape[1] - 1) / 2
    circle = np.hypot(place[:, None], place[None, :]) < ours.shape[1] / 2 - 2
    inside = np.broadcast_to(circle, ours.shape)
    hot = inside & (theirs > 0.4 * theirs[inside].max())
    return {
        "correlation": float(np.corrcoef(ours[inside], theirs[inside])[0, 1]),
        "hot_region_percent": 100.0 * float(ours[hot].sum() / theirs[hot].sum() - 1.0),
        "hot_voxels": float(hot.sum()),
        "total_percent": 100.0 * float(ours[inside].sum() / theirs[inside].sum() - 1.0),
    }


def run(folder: Path = DATA) -> dict[str, float] | None:
    """All figures; None where data or peer are missing (a line says which)."""
    if not folder.is_dir():
        print("OSEM beside PyTomography: not measured, ge670_lu177_raw is not beside the checkout")
        return None
    with tempfile.TemporaryDirectory() as place:
        target = Path(place) / "ours.npz"
        command = [sys.executable, "-m", "benchmarks.pytomography_peer", str(folder), str(target)]
        subprocess.run(command, check=True, cwd=ROOT)
        ours = dict(np.load(target))
    found = {f"hevesy_{k}": float(ours[k]) for k in ("cpu_s", "wall_s", "memory_mb")}
    python = install()
    if python is None:
        print(f"OSEM beside PyTomography: pytomography {VERSION} could not be installed")
        return found
    theirs = run_peer(python, read_bed(folder))
    found |= {f"pytomography_{k}": float(theirs[k]) for k in ("cpu_s", "wall_s", "memory_mb")}
    found |= compare(ours["image"], theirs["image"])
    found["cpu_ratio"] = found["pytomography_cpu_s"] / found["hevesy_cpu_s"]
    return found


def main(arguments: list[str]) -> None:
    """Print all figures; with a second argument write hevesy's own (for a process of its own)."""
    folder = Path(arguments[0]) if arguments else DATA
    if len(arguments) > 1:
        np.savez(arguments[1], **run_hevesy(read_bed(folder)))
        return
    found = run(folder)
    if found is None:
        return
    print(f"OSEM of {ITERATIONS} x {SUBSETS}, 60 views of 128 x 128, attenuation, resolution, TEW")
    for name, value in found.items():
        goal = f"  goal {GOALS[name]:g}" if name in GOALS else ""
        print(f"{name:24s} {value:12.4f}{goal}")


if __name__ == "__main__":
    main(sys.argv[1:])
