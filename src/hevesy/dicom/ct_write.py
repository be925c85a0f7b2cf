"""A CT that hevesy made (the virtual patient's), written as a DICOM series."""

from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import CTImageStorage

from hevesy._version import __version__
from hevesy.dicom.atomic_write import write_dataset, writing_folder
from hevesy.dicom.encoding import decimal, place_plane
from hevesy.dicom.geometry import right_handed
from hevesy.dicom.identity import StudyIdentity, seeded_uid
from hevesy.errors import GridError, QuantityError
from hevesy.images import Grid, Quantity, Volume

__all__ = ["write_ct_series"]


def write_ct_series(
    folder: Path,
    ct: Volume,
    *,
    identity: StudyIdentity,
    series_number: int = 1,
    description: str = "Simulated CT",
) -> tuple[Path, ...]:
    """Write a CT as single slices, HU rounded to integers.

    UIDs follow from the identity's seed, the study and the series number alone.

    Parameters
    ----------
    folder : Path
        Must not exist, or be empty; it appears whole or not at all.
    ct : Volume
        In HU, between -32768 and 32767, with a frame of reference.
    identity : StudyIdentity
        Patient and study; its start is the acquisition's.
    series_number : int
        Tells series of one study apart.
    description : str
        Series Description.

    Returns
    -------
    tuple of Path
        One for each slice, in the direction of the planes' normal.

    Raises
    ------
    GridError
        The CT has no frame of reference.
    QuantityError
        Values that 16 bits can't hold.

    References
    ----------
    DICOM PS3.3 A.3 (CT Image IOD), C.8.2.1.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC, datetime
    >>> grid = Grid.from_spacing((2, 4, 4), spacing_mm=(5, 2, 2))
    >>> ct = Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU,
    ...             frame_of_reference=seeded_uid("demo", "frame"))
    >>> who = StudyIdentity(patient_id="V1", patient_name="Virtual^Patient", seed="demo",
    ...                     study_start=datetime(2024, 5, 6, 9, tzinfo=UTC))
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     [file.name for file in write_ct_series(Path(parent) / "ct", ct, identity=who)]
    ['CT0001.dcm', 'CT0002.dcm']
    """
    ct.require(Quantity.HU)
    if ct.frame_of_reference is None:
        raise GridError(
            "a CT needs a frame of reference to be written", remedy="give the volume one"
        )
    values, grid = right_handed(ct.values, ct.grid)
    limits = np.iinfo(np.int16)
    if float(values.min()) < limits.min or float(values.max()) > limits.max:
        raise QuantityError(
            "the CT's values do not fit into 16 bits",
            got=f"{float(values.min()):g} to {float(values.max()):g} HU",
            allowed=f"{limits.min} to {limits.max} HU",
            remedy="clip them to the scanner's range",
        )
    seed = (identity.seed, identity.study_uid, "CT", str(series_number))
    with writing_folder(folder) as part:
        for z in range(grid.shape[0]):
            dataset = _slice(grid, z, identity, seed)
            dataset.SeriesNumber = series_number
            dataset.SeriesDescription = description
            dataset.FrameOfReferenceUID = ct.frame_of_reference
            stored = np.rint(values[z]).astype("<i2")
            dataset.add_new(Tag("PixelData"), "OW", stored.tobytes())
            write_dataset(dataset, part / f"CT{z + 1:04d}.dcm")
    return tuple(folder / f"CT{z + 1:04d}.dcm" for z in range(grid.shape[0]))


def _slice(grid: Grid, z: int, identity: StudyIdentity, seed: tuple[str, ...]) -> Dataset:
    dataset = Dataset()
    identity.apply(dataset)
    dataset.SOPClassUID = CTImageStorage
    dataset.SOPInstanceUID = seeded_uid(*seed, str(z))
    dataset.Modality = "CT"
    dataset.SeriesInstanceUID = seeded_uid(*seed)
    dataset.PatientPosition = "HFS"
    dataset.BodyPartExamined = "WHOLEBODY"
    dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = dataset.StudyDate
    dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = dataset.StudyTime
    dataset.Manufacturer = "hevesy"
    dataset.ManufacturerModelName = "simulated"
    dataset.SoftwareVersions = __version__
    dataset.PositionReferenceIndicator = ""
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "AXIAL"]
    dataset.AcquisitionNumber = 1
    dataset.InstanceNumber = z + 1
    place_plane(dataset, grid, z=z)
    dataset.SliceThickness = decimal(grid.spacing_mm[0])
    dataset.KVP = None
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = grid.shape[1:]
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 1
    dataset.RescaleIntercept = "0"
    dataset.RescaleSlope = "1"
    dataset.RescaleType = "HU"
    return dataset
