"""Raw projections made by hand for the tests of reader and writer."""

from datetime import datetime
from pathlib import Path

import numpy as np
import pydicom

from hevesy.camera import EnergyWindow, Projections, ViewGeometry
from hevesy.dicom import RawAcquisition, write_projections
from tests.dicom.image_cases import FRAME, PARIS, WHO

WINDOWS = (
    EnergyWindow(lower_kev=139.5, upper_kev=170.5),
    EnergyWindow(lower_kev=123.0, upper_kev=139.0),
)
HOW = RawAcquisition(
    start=datetime(2024, 5, 6, 10, 15, 30, tzinfo=PARIS),
    nuclide="Re-188",
    half_life_s=61214.4,
    administered_bq=1.234e9,
    administered_at=datetime(2024, 5, 6, 9, 5, tzinfo=PARIS),
    window_names=("PEAK", "LOWER"),
    collimator="HE",
    manufacturer="hevesy",
    model="simulated",
)


def raw(
    *,
    views: int = 4,
    heads: int = 1,
    start: float = 0.0,
    step: float = 6.0,
    apart: float = 180.0,
    radii: float | np.ndarray = 250.0,
    axis: tuple[float, float] = (0.0, 0.0),
    axial: float = 0.0,
    shape: tuple[int, int] = (5, 6),
    pixel: tuple[float, float] = (4.8, 4.4),
    seconds: float = 20.0,
    seed: int = 1,
) -> Projections:
    """Two windows of random counts; heads stand `apart` degrees from each other."""
    angles = [start + head * apart + step * np.arange(views) for head in range(heads)]
    geometry = ViewGeometry(
        angles_deg=np.concatenate(angles),
        radii_mm=np.broadcast_to(np.asarray(radii, float), (heads * views,)).copy(),
        shape=shape,
        pixel_mm=pixel,
        axis_mm=axis,
        axial_centre_mm=axial,
    )
    counts = np.random.default_rng(seed).integers(
        0, 3000, (2, heads * views, *shape), dtype=np.uint16
    )
    return Projections(
        counts=counts,
        windows=WINDOWS,
        geometry=geometry,
        view_seconds=np.full(heads * views, seconds),
        view_starts_s=np.tile(np.arange(views) * seconds, heads),
    )


def written(path: Path, seen: Projections, *, heads: int = 1) -> Path:
    how = RawAcquisition(
        start=HOW.start, nuclide=HOW.nuclide, half_life_s=HOW.half_life_s, heads=heads,
        administered_bq=HOW.administered_bq, administered_at=HOW.administered_at,
        window_names=HOW.window_names, collimator="HE",
    )  # fmt: skip
    write_projections(path, seen, how, identity=WHO, frame_of_reference=FRAME)
    return path


def change(path: Path, *, where: str = "", **attributes: object) -> Path:
    """Set attributes of the file, or of a sequence's first item; None removes one."""
    dataset = pydicom.dcmread(path)
    item = dataset[where][0] if where else dataset
    for keyword, value in attributes.items():
        if value is None:
            if keyword in item:
                del item[keyword]
        else:
            setattr(item, keyword, value)
    dataset.save_as(path)
    return path
