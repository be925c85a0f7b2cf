"""A SPECT that hevesy made, simulated or reconstructed, written as reconstructed NM."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import NuclearMedicineImageStorage

from hevesy.dicom.atomic_write import write_dataset
from hevesy.dicom.encoding import decimal, place_plane, scale_to_integers
from hevesy.dicom.identity import DicomContext, StudyIdentity, dataset_in_study, seeded_uid
from hevesy.dicom.nm_parts import coded, describe_agent, describe_equipment
from hevesy.dicom.times import parse_zone_offset
from hevesy.errors import GridError, OutputError, QuantityError, TimeError
from hevesy.images import Grid, Quantity, Volume

__all__ = ["NmAcquisition", "write_nm_spect"]

_UNITS = {
    Quantity.BQ_PER_ML: ("Bq/ml", "Becquerels/milliliter", "BQML", "Activity concentration"),
    Quantity.COUNTS: ("{counts}", "Counts", "CNTS", "Counts in the voxel"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class NmAcquisition:
    """When, of what and by what a SPECT was taken; what is None is left empty in the file.

    Parameters
    ----------
    start : datetime or None
        Of the frame; aware.
    duration_s : float
        Of the frame, s. Written in whole ms for each view: to half a ms times `views`.
    nuclide : str or None
        As in ICRP-107, with the dash.
    half_life_s : float or None
        Of the nuclide, s.
    administered_bq : float or None
        At `administered_at`, Bq.
    administered_at : datetime or None
        Aware.
    decay_correction : str
        What the values refer to: ``"START"`` of the frame, ``"ADMIN"`` istration, or ``"NONE"``
        (the mean over the frame).
    decay_factor : float or None
        The factor that was applied; None leaves it out.
    energy_window_kev : tuple of float or None
        Lower and upper limit of the photopeak window, keV.
    corrections : tuple of str
        Corrected Image's words but for decay, e.g. ``"ATTN"``, ``"SCAT"``.
    manufacturer, model : str
        Of what made the image.
    collimator : str
        Its name, or empty.
    heads, views : int
        Heads, and views of each over `scan_arc_deg`.
    scan_arc_deg : float
        What each head turned through, degrees.

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

    start: datetime | None
    duration_s: float
    nuclide: str | None
    half_life_s: float | None
    administered_bq: float | None
    administered_at: datetime | None
    decay_correction: str = "START"
    decay_factor: float | None = None
    energy_window_kev: tuple[float, float] | None = None
    corrections: tuple[str, ...] = ("ATTN", "SCAT")
    manufacturer: str = "hevesy"
    model: str = "simulated"
    collimator: str = ""
    heads: int = 2
    views: int = 60
    scan_arc_deg: float = 180.0

    def __post_init__(self) -> None:
        moments = [m for m in (self.start, self.administered_at) if m is not None]
        if any(moment.tzinfo is None for moment in moments):
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
    identity: StudyIdentity | DicomContext,
    created: datetime | None = None,
    series_number: int = 2,
    description: str = "Simulated SPECT",
) -> float:
    """Write an activity concentration, or counts, as a reconstructed NM multi-frame file.

    16-bit integers, one slope for the file, given both as Real World Value Mapping (UCUM Bq/ml or
    {counts}) and as Rescale Slope. A step is 1/65535 of the maximum: where a depot holds 10^4
    times the body's concentration, the body is resolved to several steps only. The values are
    written as they are: `acquisition.decay_correction` says what they refer to.

    Parameters
    ----------
    path : Path
        The file; replaced if it exists, and left as it was if writing fails.
    spect : Volume
        Bq/mL or counts, none negative, with a frame of reference.
    acquisition : NmAcquisition
        Times, nuclide, activity, decay.
    identity : StudyIdentity or DicomContext
        Patient and study: invented, or those of the projections it was made from. Times are
        written in its offset.
    created : datetime or None
        When, aware; needed with a `DicomContext`, whose file and series UIDs follow from it.
    series_number : int
        Tells series of one study apart.
    description : str
        Series Description.

    Returns
    -------
    float
        The step, Bq/mL or counts: the rounding is half of it at most.

    Raises
    ------
    GridError
        The SPECT has no frame of reference.
    QuantityError
        Neither an activity concentration nor counts.
    TimeError
        A study to join, and no time of creation.

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
    if spect.quantity not in _UNITS:
        raise QuantityError(
            "this image can't be written as a SPECT",
            got=str(spect.quantity),
            allowed="Bq/mL, counts",
            remedy="convert it first",
        )
    if spect.frame_of_reference is None:
        raise GridError(
            "a SPECT needs a frame of reference to be written", remedy="give the volume one"
        )
    pixels = scale_to_integers(spect.values, bits=16, what="the SPECT")
    dataset, zone, seed = _begin(acquisition, identity, created, series_number)
    dataset.SeriesInstanceUID = seeded_uid(*seed)
    dataset.SeriesNumber = series_number
    dataset.SeriesDescription = description
    dataset.FrameOfReferenceUID = spect.frame_of_reference
    dataset.PositionReferenceIndicator = ""
    start = acquisition.start
    describe_equipment(
        dataset,
        None if start is None else start.astimezone(zone),
        manufacturer=acquisition.manufacturer,
        model=acquisition.model,
    )
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"]
    _frames(dataset, spect.grid, acquisition)
    _detectors(dataset, spect.grid, acquisition)
    describe_agent(
        dataset,
        nuclide=acquisition.nuclide,
        half_life_s=acquisition.half_life_s,
        administered_bq=acquisition.administered_bq,
        administered_at=acquisition.administered_at,
        zone=zone,
    )
    _decay(dataset, acquisition)
    _values(dataset, pixels.step, pixels.step_text, spect.quantity)
    dataset.add_new(Tag("PixelData"), "OW", pixels.stored.astype("<u2").tobytes())
    write_dataset(dataset, path)
    return pixels.step


def _begin(
    acquisition: NmAcquisition,
    identity: StudyIdentity | DicomContext,
    created: datetime | None,
    series_number: int,
) -> tuple[Dataset, timezone, tuple[str, ...]]:
    """Patient and study, the zone of all times, and what the UIDs follow from."""
    if isinstance(identity, StudyIdentity):
        moment = acquisition.start or identity.study_start
        own = (identity.seed, identity.study_uid, "NM", str(series_number), moment.isoformat())
        dataset = Dataset()
        identity.apply(dataset)
        dataset.SOPClassUID = NuclearMedicineImageStorage
        dataset.SOPInstanceUID = seeded_uid(*own, "instance")
        return dataset, timezone(identity.study_start.utcoffset() or timedelta()), own
    if created is None:
        raise TimeError(
            "a SPECT that joins a study needs the time it was made", remedy="give `created`"
        )
    seed = (identity.series_uid, "NM", str(series_number), created.isoformat())
    dataset = dataset_in_study(
        identity,
        sop_class_uid=NuclearMedicineImageStorage,
        sop_instance_uid=seeded_uid(*seed, "instance"),
        created=created,
    )
    if identity.timezone_offset is not None:
        return dataset, parse_zone_offset(identity.timezone_offset), seed
    # the study's own times have no offset: written in the zone of the one who made the file
    local = (acquisition.start or created).astimezone(created.tzinfo)
    dataset.TimezoneOffsetFromUTC = local.strftime("%z")[:5]
    return dataset, timezone(local.utcoffset() or timedelta()), seed


def _frames(dataset: Dataset, grid: Grid, acquisition: NmAcquisition) -> None:
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
    dataset.NumberOfDetectors = acquisition.heads
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
    for _ in range(acquisition.heads):
        item = Dataset()
        if acquisition.collimator:
            item.CollimatorGridName = acquisition.collimator
        item.CollimatorType = "PARA"
        item.FocalDistance = 0
        item.ImagePositionPatient = place.ImagePositionPatient
        item.ImageOrientationPatient = place.ImageOrientationPatient
        detectors.append(item)
    dataset.DetectorInformationSequence = detectors
    rotation = Dataset()
    rotation.StartAngle = "0"
    rotation.AngularStep = decimal(acquisition.scan_arc_deg / acquisition.views)
    rotation.RotationDirection = "CW"
    rotation.ScanArc = decimal(acquisition.scan_arc_deg)
    rotation.ActualFrameDuration = round(acquisition.duration_s * 1000 / acquisition.views)
    rotation.NumberOfFramesInRotation = acquisition.views
    dataset.RotationInformationSequence = [rotation]
    window = Dataset()
    if acquisition.energy_window_kev is not None:
        limits = Dataset()
        limits.EnergyWindowLowerLimit = decimal(acquisition.energy_window_kev[0])
        limits.EnergyWindowUpperLimit = decimal(acquisition.energy_window_kev[1])
        window.EnergyWindowRangeSequence = [limits]
    dataset.EnergyWindowInformationSequence = [window]


def _decay(dataset: Dataset, acquisition: NmAcquisition) -> None:
    corrected = acquisition.decay_correction != "NONE"
    dataset.CorrectedImage = [*acquisition.corrections, *(("DECY",) if corrected else ())]
    # Attributes of PET, added to NM (Standard Extended): NM alone can't say to when.
    dataset.DecayCorrection = acquisition.decay_correction
    if acquisition.decay_factor is not None:
        dataset.DecayFactor = decimal(acquisition.decay_factor)


def _values(dataset: Dataset, step: float, step_text: str, quantity: Quantity) -> None:
    code, meaning, label, explanation = _UNITS[quantity]
    mapping = Dataset()
    mapping.LUTLabel = label
    mapping.LUTExplanation = explanation
    mapping.RealWorldValueFirstValueMapped = 0
    mapping.RealWorldValueLastValueMapped = 65535
    mapping.RealWorldValueIntercept = 0.0
    mapping.RealWorldValueSlope = step
    mapping.MeasurementUnitsCodeSequence = [coded(code, "UCUM", meaning)]
    dataset.RealWorldValueMappingSequence = [mapping]
    dataset.RescaleIntercept = "0"
    dataset.RescaleSlope = step_text
