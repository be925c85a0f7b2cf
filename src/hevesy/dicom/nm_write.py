"""A SPECT that hevesy made (the virtual patient's), written as reconstructed NM."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import Tag
from pydicom.uid import NuclearMedicineImageStorage

from hevesy._version import __version__
from hevesy.dicom.atomic_write import write_dataset
from hevesy.dicom.encoding import decimal, place_plane, scale_to_integers
from hevesy.dicom.identity import StudyIdentity, seeded_uid
from hevesy.dicom.radiopharmaceutical import radionuclide_code
from hevesy.errors import GridError, OutputError, TimeError
from hevesy.images import Grid, Quantity, Volume

__all__ = ["NmAcquisition", "write_nm_spect"]

_VIEWS = 60  # of each of the two heads, over half a turn


@dataclass(frozen=True, slots=True, kw_only=True)
class NmAcquisition:
    """When and of what a SPECT was taken.

    Parameters
    ----------
    start : datetime
        Of the frame; aware.
    duration_s : float
        Of the frame, s. Written in whole ms for each of 60 views: to 30 ms.
    nuclide : str
        As in ICRP-107, with the dash.
    half_life_s : float
        Of the nuclide, s.
    administered_bq : float
        At `administered_at`, Bq.
    administered_at : datetime
        Aware.
    decay_correction : str
        What the values refer to: ``"START"`` of the frame, ``"ADMIN"`` istration, or ``"NONE"``
        (the mean over the frame).
    decay_factor : float or None
        The factor that was applied; None leaves it out.
    energy_window_kev : tuple of float or None
        Lower and upper limit of the photopeak window, keV.

    Raises
    ------
    TimeError
        A moment without a zone, or a duration that is not above 0.
    OutputError
        An unknown decay correction.

    Examples
    --------
    >>> from datetime import UTC
    >>> NmAcquisition(start=datetime(2024, 5, 6, 10, tzinfo=UTC), duration_s=1200.0,
    ...               nuclide="Re-188", half_life_s=61214.4, administered_bq=1e9,
    ...               administered_at=datetime(2024, 5, 6, 9, tzinfo=UTC)).decay_correction
    'START'
    """

    start: datetime
    duration_s: float
    nuclide: str
    half_life_s: float
    administered_bq: float
    administered_at: datetime
    decay_correction: str = "START"
    decay_factor: float | None = None
    energy_window_kev: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or self.administered_at.tzinfo is None:
            raise TimeError("a SPECT's times have no zone", remedy="give them with their zone")
        if not 0 < self.duration_s < 1e6:
            raise TimeError(
                "a SPECT's duration must be above 0 s", got=self.duration_s, remedy="correct it"
            )
        if self.decay_correction not in {"START", "ADMIN", "NONE"}:
            raise OutputError(
                "an unknown decay correction",
                got=self.decay_correction,
                allowed="START, ADMIN, NONE",
                remedy="choose one of these",
            )


def write_nm_spect(
    path: Path,
    spect: Volume,
    acquisition: NmAcquisition,
    *,
    identity: StudyIdentity,
    series_number: int = 2,
    description: str = "Simulated SPECT",
) -> float:
    """Write an activity concentration as a reconstructed NM multi-frame file.

    16-bit integers, one slope for the file, given both as Real World Value Mapping (UCUM Bq/ml) and
    as Rescale Slope. A step is 1/65535 of the maximum: where a depot holds 10^4 times the body's
    concentration, the body is resolved to several steps only. The values are written as they are:
    `acquisition.decay_correction` says what they refer to.

    Parameters
    ----------
    path : Path
        The file; replaced if it exists, and left as it was if writing fails.
    spect : Volume
        Bq/mL, none negative, with a frame of reference.
    acquisition : NmAcquisition
        Times, nuclide, activity, decay.
    identity : StudyIdentity
        Patient and study; times are written in its offset.
    series_number : int
        Tells series of one study apart.
    description : str
        Series Description.

    Returns
    -------
    float
        The step, Bq/mL: the rounding is half of it at most.

    Raises
    ------
    GridError
        The SPECT has no frame of reference.

    References
    ----------
    DICOM PS3.3 A.5 (NM IOD), C.8.4.8 to C.8.4.15, C.7.6.16.2.11 (Real World Value Mapping).

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> grid = Grid.from_spacing((2, 4, 4), spacing_mm=(5, 5, 5))
    >>> spect = Volume(values=np.full(grid.shape, 65535.0), grid=grid,
    ...                quantity=Quantity.BQ_PER_ML, frame_of_reference=seeded_uid("demo", "frame"))
    >>> who = StudyIdentity(patient_id="V1", patient_name="Virtual^Patient", seed="demo",
    ...                     study_start=datetime(2024, 5, 6, 9, tzinfo=UTC))
    >>> scan = NmAcquisition(start=datetime(2024, 5, 6, 10, tzinfo=UTC), duration_s=1200.0,
    ...                      nuclide="Re-188", half_life_s=61214.4, administered_bq=1e9,
    ...                      administered_at=datetime(2024, 5, 6, 9, tzinfo=UTC))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_nm_spect(Path(folder) / "nm.dcm", spect, scan, identity=who)
    1.0
    """
    spect.require(Quantity.BQ_PER_ML)
    if spect.frame_of_reference is None:
        raise GridError(
            "a SPECT needs a frame of reference to be written", remedy="give the volume one"
        )
    pixels = scale_to_integers(spect.values, bits=16, what="the SPECT")
    seed = (identity.seed, identity.study_uid, "NM", str(series_number),
            acquisition.start.isoformat())  # fmt: skip
    dataset = Dataset()
    identity.apply(dataset)
    dataset.SOPClassUID = NuclearMedicineImageStorage
    dataset.SOPInstanceUID = seeded_uid(*seed, "instance")
    dataset.SeriesInstanceUID = seeded_uid(*seed)
    dataset.SeriesNumber = series_number
    dataset.SeriesDescription = description
    dataset.FrameOfReferenceUID = spect.frame_of_reference
    dataset.PositionReferenceIndicator = ""
    offset = identity.study_start.utcoffset() or timedelta()
    _describe(dataset, acquisition.start.astimezone(timezone(offset)))
    _frames(dataset, spect.grid)
    _detectors(dataset, spect.grid, acquisition)
    _agent(dataset, acquisition, timezone(offset))
    _decay(dataset, acquisition)
    _values(dataset, pixels.step, pixels.step_text)
    dataset.add_new(Tag("PixelData"), "OW", pixels.stored.astype("<u2").tobytes())
    write_dataset(dataset, path)
    return pixels.step


def _describe(dataset: Dataset, start: datetime) -> None:
    dataset.Modality = "NM"
    dataset.Manufacturer = "hevesy"
    dataset.ManufacturerModelName = "simulated"
    dataset.SoftwareVersions = __version__
    # Without BodyPartExamined dciodvfy asks for Laterality.
    dataset.BodyPartExamined = "WHOLEBODY"
    day, clock = start.strftime("%Y%m%d"), start.strftime("%H%M%S.%f")
    dataset.SeriesDate = dataset.AcquisitionDate = dataset.ContentDate = day
    dataset.SeriesTime = dataset.AcquisitionTime = dataset.ContentTime = clock
    dataset.PatientOrientationCodeSequence = [
        _code("102538003", "SCT", "recumbent", modifier=_code("40199007", "SCT", "supine"))
    ]
    dataset.PatientGantryRelationshipCodeSequence = [_code("102540008", "SCT", "headfirst")]
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
    dataset.InstanceNumber = 1
    dataset.PatientOrientation = ""
    dataset.CountsAccumulated = None


def _code(value: str, scheme: str, meaning: str, *, modifier: Dataset | None = None) -> Dataset:
    item = Dataset()
    item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, scheme, meaning
    if modifier is not None:
        item.PatientOrientationModifierCodeSequence = Sequence([modifier])
    return item


def _frames(dataset: Dataset, grid: Grid) -> None:
    slices, rows, columns = grid.shape
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.NumberOfFrames = slices
    dataset.FrameIncrementPointer = Tag("SliceVector")
    dataset.SliceVector = list(range(1, slices + 1))
    dataset.NumberOfSlices = slices
    dataset.NumberOfEnergyWindows = 1
    dataset.NumberOfDetectors = 2
    dataset.NumberOfRotations = 1
    z, y, x = grid.direction.T
    sign = 1.0 if np.dot(np.cross(x, y), z) > 0 else -1.0  # C.8.4.15: the direction of stacking
    dataset.SpacingBetweenSlices = decimal(sign * grid.spacing_mm[0])
    dataset.SliceThickness = decimal(grid.spacing_mm[0])


def _detectors(dataset: Dataset, grid: Grid, acquisition: NmAcquisition) -> None:
    place = Dataset()
    place_plane(place, grid)
    dataset.PixelSpacing = place.PixelSpacing
    detectors = []
    for _ in range(2):
        item = Dataset()
        item.CollimatorType = "PARA"
        item.FocalDistance = 0
        item.ImagePositionPatient = place.ImagePositionPatient
        item.ImageOrientationPatient = place.ImageOrientationPatient
        detectors.append(item)
    dataset.DetectorInformationSequence = detectors
    rotation = Dataset()
    rotation.StartAngle = "0"
    rotation.AngularStep = decimal(180 / _VIEWS)
    rotation.RotationDirection = "CW"
    rotation.ScanArc = "180"
    rotation.ActualFrameDuration = round(acquisition.duration_s * 1000 / _VIEWS)
    rotation.NumberOfFramesInRotation = _VIEWS
    dataset.RotationInformationSequence = [rotation]
    window = Dataset()
    if acquisition.energy_window_kev is not None:
        limits = Dataset()
        limits.EnergyWindowLowerLimit = decimal(acquisition.energy_window_kev[0])
        limits.EnergyWindowUpperLimit = decimal(acquisition.energy_window_kev[1])
        window.EnergyWindowRangeSequence = [limits]
    dataset.EnergyWindowInformationSequence = [window]


def _agent(dataset: Dataset, acquisition: NmAcquisition, zone: timezone) -> None:
    item = Dataset()
    value, scheme, meaning = radionuclide_code(acquisition.nuclide)
    item.RadionuclideCodeSequence = [_code(value, scheme, meaning)]
    item.RadionuclideHalfLife = decimal(acquisition.half_life_s)
    item.RadionuclideTotalDose = decimal(acquisition.administered_bq / 1e6)  # NM: MBq
    given = acquisition.administered_at.astimezone(zone)
    item.RadiopharmaceuticalStartTime = given.strftime("%H%M%S.%f")
    # Not of the NM IOD, but without the date a start time is of no use (Standard Extended).
    item.RadiopharmaceuticalStartDateTime = given.strftime("%Y%m%d%H%M%S.%f%z")
    dataset.RadiopharmaceuticalInformationSequence = [item]


def _decay(dataset: Dataset, acquisition: NmAcquisition) -> None:
    corrected = acquisition.decay_correction != "NONE"
    dataset.CorrectedImage = ["ATTN", "SCAT", *(("DECY",) if corrected else ())]
    # Attributes of PET, added to NM (Standard Extended): NM alone can't say to when.
    dataset.DecayCorrection = acquisition.decay_correction
    if acquisition.decay_factor is not None:
        dataset.DecayFactor = decimal(acquisition.decay_factor)


def _values(dataset: Dataset, step: float, step_text: str) -> None:
    mapping = Dataset()
    mapping.LUTLabel = "BQML"
    mapping.LUTExplanation = "Activity concentration"
    mapping.RealWorldValueFirstValueMapped = 0
    mapping.RealWorldValueLastValueMapped = 65535
    mapping.RealWorldValueIntercept = 0.0
    mapping.RealWorldValueSlope = step
    mapping.MeasurementUnitsCodeSequence = [_code("Bq/ml", "UCUM", "Becquerels/milliliter")]
    dataset.RealWorldValueMappingSequence = [mapping]
    dataset.RescaleIntercept = "0"
    dataset.RescaleSlope = step_text
