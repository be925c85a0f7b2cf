"""Small images on oblique, anisotropic grids, and files made by hand, for the DICOM tests."""

import shutil
import subprocess
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import strategies as st
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import PositronEmissionTomographyImageStorage
from scipy.spatial.transform import Rotation

from hevesy.dicom import NmAcquisition, StudyIdentity, seeded_uid
from hevesy.dicom.atomic_write import write_dataset
from hevesy.images import Grid, Quantity, Volume

PARIS = ZoneInfo("Europe/Paris")
FRAME = seeded_uid("tests", "frame of reference")
WHO = StudyIdentity(
    patient_id="SECRET-4711",
    patient_name="Hidden^Name",
    patient_birth_date="19520301",
    study_start=datetime(2024, 5, 6, 9, tzinfo=PARIS),
    seed="tests",
)
IDENTIFIERS = ("SECRET", "4711", "Hidden", "19520301")
SCAN = NmAcquisition(
    start=datetime(2024, 5, 6, 10, 15, 30, tzinfo=PARIS),
    duration_s=1200.0,
    nuclide="Re-188",
    half_life_s=61214.4,
    administered_bq=1.234e9,
    administered_at=datetime(2024, 5, 6, 9, 5, tzinfo=PARIS),
    energy_window_kev=(139.5, 170.5),
)


@st.composite
def grids(draw: st.DrawFn) -> Grid:
    """Draw an oblique, anisotropic grid, left-handed half of the time."""
    angles = draw(st.tuples(*[st.floats(-180, 180)] * 3))
    axes = Rotation.from_euler("xyz", angles, degrees=True).as_matrix()[:, ::-1]
    if draw(st.booleans()):
        axes = axes * [-1, 1, 1]
    shape = draw(st.tuples(st.integers(2, 5), st.integers(2, 6), st.integers(2, 6)))
    spacing = draw(st.tuples(*[st.floats(0.5, 8.0)] * 3))
    origin = draw(st.tuples(*[st.floats(-400, 400)] * 3))
    return Grid.from_spacing(shape, spacing_mm=spacing, origin_mm=origin, direction=axes)


def volume(values: NDArray[np.generic], grid: Grid, quantity: Quantity) -> Volume:
    return Volume(values=values, grid=grid, quantity=quantity, frame_of_reference=FRAME)


def random_values(grid: Grid, seed: int, *, top: float) -> NDArray[np.float64]:
    return np.random.default_rng(seed).random(grid.shape) * top


def sampled_at(image: Volume, centres_mm: NDArray[np.float64]) -> NDArray[np.generic]:
    """Values at voxel centres given in LPS, so that images in other index orders compare."""
    index = np.rint(image.grid.to_index(centres_mm)).astype(int)
    return image.values[tuple(np.moveaxis(index, -1, 0))]


def centres_mm(grid: Grid) -> NDArray[np.float64]:
    return grid.to_world_mm(np.stack(np.indices(grid.shape), axis=-1))


def verify(path: Path) -> None:
    """Fail on an error of dciodvfy, David Clunie's DICOM validator."""
    if shutil.which("dciodvfy") is None:
        pytest.skip("dciodvfy (Debian package dicom3tools) is not installed: run `make system`")
    done = subprocess.run(["dciodvfy", str(path)], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    assert done.returncode == 0, said
    assert "Error" not in said, said


def pt_slices(folder: Path, *, changes: dict[int, dict[str, object]] | None = None) -> Path:
    """Four PT-labelled slices with a slope each; `changes` by slice (-1: all) and keyword."""
    changes = changes or {}
    for z in range(4):
        ds = Dataset()
        WHO.apply(ds)
        del ds.TimezoneOffsetFromUTC
        ds.SOPClassUID = PositronEmissionTomographyImageStorage
        ds.SOPInstanceUID = seeded_uid("tests", "pt", str(z))
        ds.SeriesInstanceUID = seeded_uid("tests", "pt")
        ds.FrameOfReferenceUID = FRAME
        ds.Modality = "PT"
        ds.ImageType = ["ORIGINAL", "PRIMARY"]
        ds.AcquisitionDate, ds.AcquisitionTime = "20240506", "101530.500"
        ds.SeriesDate, ds.SeriesTime = "20240506", "101530.500"
        ds.ActualFrameDuration = 1200000
        ds.FrameReferenceTime = "600000"
        ds.Units = "BQML"
        ds.DecayCorrection = "START"
        ds.DecayFactor = "1.0066"
        ds.CorrectedImage = ["ATTN", "SCAT", "DECY"]
        ds.ImagePositionPatient = [-10, -20, 30 + 4 * z]
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing = [3, 2]
        ds.SliceThickness = 4
        ds.Rows, ds.Columns, ds.SamplesPerPixel = 3, 5, 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit = 16, 16, 15
        ds.PixelRepresentation = 0
        ds.RescaleIntercept, ds.RescaleSlope = "0", str(10 ** (z - 1))
        for keyword, value in {**changes.get(-1, {}), **changes.get(z, {})}.items():
            if value is None:
                del ds[keyword]
            else:
                setattr(ds, keyword, value)
        kind = "<i2" if ds.PixelRepresentation else "<u2"
        stored = np.arange(15, dtype=kind) - (5 if ds.PixelRepresentation else 0)
        ds.add_new("PixelData", "OW", stored.tobytes())
        write_dataset(ds, folder / f"pt{3 - z}.dcm")  # names against the order of positions
    return folder
