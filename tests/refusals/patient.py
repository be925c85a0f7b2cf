"""A small patient, written as a site would have it: DICOM and the same as NIfTI.

Three scans of a body with a liver and a lesion, 20 slices of 8 mm. Everything lies in one frame of
reference; the activity is what the closed form says, without noise.
"""

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pydicom
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.uid import PositronEmissionTomographyImageStorage

from hevesy.dicom import (
    NmAcquisition,
    StudyIdentity,
    read_ct,
    seeded_uid,
    write_ct_series,
    write_nm_spect,
    write_rtstruct,
    write_seg,
)
from hevesy.dicom.atomic_write import write_dataset
from hevesy.files import write_volume
from hevesy.images import Grid, Quantity, Region, Volume

# None of these may ever be shown.
PATIENT_ID, PATIENT_NAME, BIRTH_DATE = "SECRET-ID", "Hidden^Name", "19520301"
IDENTIFIERS = ("SECRET", "Hidden", "19520301", "Other^Person")

TIME_ZERO = datetime(2024, 3, 5, 10, tzinfo=ZoneInfo("Europe/Warsaw"))
HOURS = (4.0, 24.0, 96.0)
HALF_LIFE_H = 60.0  # effective, of liver and lesion
FRAME = seeded_uid("refusals", "frame")
SHAPE = (20, 24, 24)
SPECT_GRID = Grid.from_spacing(SHAPE, spacing_mm=(8, 8, 8), origin_mm=(-92, -92, -76))
CT_GRID = Grid.from_spacing((20, 32, 32), spacing_mm=(8, 6, 6), origin_mm=(-93, -93, -76))
LIVER_BQ_PER_ML, LESION_BQ_PER_ML = 20e3, 200e3

CASE = """patient = "P01"
nuclide = "Lu-177"
agent = "DOTATATE"
timezone = "Europe/Warsaw"

[administration]
activity = "200 MBq"
activity_uncertainty = "2 %"
kind = "net"
time = 2024-03-05T10:00:00
route = "intravenous"

[[scan]]
spect = "scan_1/spect"
ct = "scan_1/ct"
structures = ["scan_1/regions.dcm"]

[[scan]]
spect = "scan_2/spect"
ct = "scan_2/ct"

[[scan]]
spect = "scan_3/spect"

[options]
method = "local"
count_uncertainty = "2 %"
calibration_uncertainty = "3 %"
"""

NIFTI_CASE = """patient = "P01"
nuclide = "Lu-177"
agent = "DOTATATE"
timezone = "Europe/Warsaw"

[administration]
activity = "200 MBq"
kind = "net"
time = 2024-03-05T10:00:00
route = "intravenous"

[[scan]]
spect = "nifti/spect.nii.gz"
ct = "nifti/ct.nii.gz"
structures = ["nifti/labels.nii.gz"]
structure_names = { 1 = "liver", 2 = "lesion" }
time = 2024-03-05T14:00:00
unit = "Bq/mL"
decay_corrected_to = "acquisition"

[options]
count_uncertainty = "2 %"
effective_half_life = "60 h"
effective_half_life_uncertainty = "6 h"
"""


def build_patient(folder: Path) -> None:
    """Write all files of the patient, as DICOM and as NIfTI, and the two case files."""
    for number, hours in enumerate(HOURS, start=1):
        place = folder / f"scan_{number}"
        (place / "spect").mkdir(parents=True)
        write_nm_spect(
            place / "spect" / "nm.dcm", spect(hours), acquisition(hours), identity=identity(hours)
        )
        if number < 3:
            write_ct_series(place / "ct", ct(), identity=identity(hours))
    drawn_on = read_ct(folder / "scan_1" / "ct").context
    written_at = TIME_ZERO + timedelta(hours=HOURS[0])
    write_rtstruct(folder / "scan_1/regions.dcm", regions(), drawn_on, written_at=written_at)
    write_seg(folder / "scan_1/seg.dcm", regions(), drawn_on, written_at=written_at)
    _write_nifti(folder / "nifti")
    (folder / "case.toml").write_text(CASE)
    (folder / "nifti.toml").write_text(NIFTI_CASE)


def _write_nifti(folder: Path) -> None:
    folder.mkdir()
    write_volume(folder / "spect.nii.gz", spect(HOURS[0]))
    write_volume(folder / "ct.nii.gz", ct())
    labels = np.zeros(CT_GRID.shape, dtype=np.uint8)
    for label, region in enumerate(regions(), start=1):
        labels[region.mask] = label
    write_volume(
        folder / "labels.nii.gz", Volume(values=labels, grid=CT_GRID, quantity=Quantity.RELATIVE)
    )


def identity(
    hours: float, *, patient_id: str = PATIENT_ID, patient_name: str = PATIENT_NAME
) -> StudyIdentity:
    return StudyIdentity(
        patient_id=patient_id,
        patient_name=patient_name,
        patient_birth_date=BIRTH_DATE,
        study_start=TIME_ZERO + timedelta(hours=hours),
        seed=f"refusals {hours}",
    )


def acquisition(hours: float, *, nuclide: str = "Lu-177") -> NmAcquisition:
    return NmAcquisition(
        start=TIME_ZERO + timedelta(hours=hours),
        duration_s=1200.0,
        nuclide=nuclide,
        half_life_s=574300.0,
        administered_bq=200e6,
        administered_at=TIME_ZERO,
    )


def spect(hours: float) -> Volume:
    """Physical activity at that moment, uniform in each region."""
    left = 2.0 ** (-hours / HALF_LIFE_H)
    values = 100.0 * left * _inside_body(SPECT_GRID).astype(np.float64)
    values[_liver(SPECT_GRID)] = LIVER_BQ_PER_ML * left
    values[_lesion(SPECT_GRID)] = LESION_BQ_PER_ML * left
    return Volume(
        values=values, grid=SPECT_GRID, quantity=Quantity.BQ_PER_ML, frame_of_reference=FRAME
    )


def ct(frame: str = FRAME) -> Volume:
    """Air, and a body of 40 HU."""
    values = np.where(_inside_body(CT_GRID), 40, -1000).astype(np.int16)
    return Volume(values=values, grid=CT_GRID, quantity=Quantity.HU, frame_of_reference=frame)


def regions() -> tuple[Region, Region]:
    return tuple(
        Region(name=name, mask=mask, grid=CT_GRID, frame_of_reference=FRAME)
        for name, mask in (("liver", _liver(CT_GRID)), ("lesion", _lesion(CT_GRID)))
    )  # type: ignore[return-value]


def _places(grid: Grid) -> NDArray[np.float64]:
    return np.moveaxis(grid.to_world_mm(np.moveaxis(np.indices(grid.shape), 0, -1)), -1, 0)


def _inside_body(grid: Grid) -> NDArray[np.bool_]:
    x, y, _ = _places(grid)
    return np.asarray((x / 80) ** 2 + (y / 70) ** 2 < 1)


def _liver(grid: Grid) -> NDArray[np.bool_]:
    x, y, z = _places(grid)
    return np.asarray((np.abs(x + 30) < 30) & (np.abs(y) < 33) & (np.abs(z) < 42))


def _lesion(grid: Grid) -> NDArray[np.bool_]:
    x, y, z = _places(grid)
    return np.asarray((x - 40) ** 2 + y**2 + z**2 < 22**2)


def write_pt_slices(folder: Path, hours: float) -> Path:
    """The SPECT of `hours` as PT-labelled slices with a slope each, as the Intevo writes them."""
    folder.mkdir(parents=True, exist_ok=True)
    image = spect(hours)
    moment = TIME_ZERO + timedelta(hours=hours)
    for z, plane in enumerate(image.values):
        ds = Dataset()
        identity(hours).apply(ds)
        ds.SOPClassUID = PositronEmissionTomographyImageStorage
        ds.SOPInstanceUID = seeded_uid("refusals", "pt", f"{hours}", str(z))
        ds.SeriesInstanceUID = seeded_uid("refusals", "pt", f"{hours}")
        ds.FrameOfReferenceUID = FRAME
        ds.Modality = "PT"
        ds.ImageType = ["ORIGINAL", "PRIMARY"]
        ds.AcquisitionDate = ds.SeriesDate = moment.strftime("%Y%m%d")
        ds.AcquisitionTime = ds.SeriesTime = moment.strftime("%H%M%S")
        ds.ActualFrameDuration = 1200000
        ds.Units = "BQML"
        ds.DecayCorrection = "START"
        ds.CorrectedImage = ["ATTN", "SCAT", "DECY"]
        ds.InstanceNumber = z + 1
        ds.ImagePositionPatient = SPECT_GRID.to_world_mm([z, 0, 0]).tolist()
        ds.ImageOrientationPatient = [1, 0, 0, 0, 1, 0]
        ds.PixelSpacing = [8, 8]
        ds.SliceThickness = 8
        ds.Rows, ds.Columns, ds.SamplesPerPixel = *SHAPE[1:], 1
        ds.PhotometricInterpretation = "MONOCHROME2"
        ds.BitsAllocated, ds.BitsStored, ds.HighBit, ds.PixelRepresentation = 16, 16, 15, 0
        slope = float(f"{max(float(plane.max()), 1.0) / 65535:.10g}")
        ds.RescaleIntercept, ds.RescaleSlope = "0", f"{slope:.10g}"
        ds.add_new("PixelData", "OW", np.rint(plane / slope).clip(0, 65535).astype("<u2").tobytes())
        write_dataset(ds, folder / f"pt{z:03d}.dcm")
    return folder


def edit_dicom(path: Path, **changes: object) -> None:
    """Change elements of a DICOM file in place; None deletes."""
    dataset = pydicom.dcmread(path)
    for keyword, value in changes.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    dataset.save_as(path)


def edit_text(path: Path, *changes: tuple[str, str]) -> None:
    """Replace texts in a case file; each must be there."""
    text = path.read_text()
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path.write_text(text)


def cut_in_half(path: Path) -> None:
    """Leave the first half of a file."""
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
