"""Raw tomographic projections written as NM, for other tools and for hevesy's own reader."""

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset
from pydicom.tag import Tag
from pydicom.uid import NuclearMedicineImageStorage

from hevesy.camera import Projections, ViewGeometry
from hevesy.dicom.atomic_write import write_dataset
from hevesy.dicom.encoding import decimal, decimals
from hevesy.dicom.identity import StudyIdentity, seeded_uid
from hevesy.dicom.nm_parts import describe_agent, describe_equipment
from hevesy.errors import OutputError, TimeError

__all__ = ["RawAcquisition", "write_projections"]

_TOP = 65535  # a pixel that stands there counts as saturated


@dataclass(frozen=True, slots=True, kw_only=True)
class RawAcquisition:
    """When, of what and by what projections were taken.

    Parameters
    ----------
    start : datetime
        Of the first view; aware.
    nuclide : str
        As in ICRP-107, with the dash.
    half_life_s : float
        Of the nuclide, s.
    administered_bq : float or None
        At `administered_at`, Bq.
    administered_at : datetime or None
        Aware.
    heads : int
        The views are theirs, head by head.
    window_names : tuple of str
        One for each window, or none.
    collimator : str
        Its name.
    manufacturer, model : str
        Of the camera.
    feet_first : bool
        How the patient lay to the gantry; the projections' frame is the patient's all the same.

    Raises
    ------
    TimeError
        A moment without a zone.

    Examples
    --------
    >>> from datetime import UTC
    >>> RawAcquisition(start=datetime(2024, 5, 6, 10, tzinfo=UTC), nuclide="Re-188",
    ...                half_life_s=61214.4).heads
    1
    """

    start: datetime
    nuclide: str
    half_life_s: float
    administered_bq: float | None = None
    administered_at: datetime | None = None
    heads: int = 1
    window_names: tuple[str, ...] = ()
    collimator: str = ""
    manufacturer: str = "hevesy"
    model: str = "simulated"
    feet_first: bool = False

    def __post_init__(self) -> None:
        moments = [m for m in (self.start, self.administered_at) if m is not None]
        if any(moment.tzinfo is None for moment in moments):
            raise TimeError("an acquisition's times have no zone", remedy="give their zone")


def write_projections(
    path: Path,
    projections: Projections,
    acquisition: RawAcquisition,
    *,
    identity: StudyIdentity,
    frame_of_reference: str,
    series_number: int = 1,
    description: str = "Raw projections",
) -> None:
    """Write one bed's projections as an NM multi-frame file (TOMO).

    Rows run from the head down, columns as an observer behind the detector sees them. Each head
    carries its own Start Angle, Radial Position, Image Orientation (of its first view) and Image
    Position. Image Position's x and y are the corner of the cube that belongs to the views, as GE
    writes and PyTomography reads them, its z the first row's.

    Parameters
    ----------
    path : Path
        The file; replaced if it exists, and left as it was if writing fails.
    projections : Projections
        Whole counts below 65535; views of one duration in whole ms, at equal steps of angle for
        each head.
    acquisition : RawAcquisition
        Times, nuclide, heads, names.
    identity : StudyIdentity
        Patient and study; times are written in its offset.
    frame_of_reference : str
        Frame of Reference UID; the CT's, where there is one.
    series_number : int
        Tells beds of one study apart.
    description : str
        Series Description.

    Raises
    ------
    OutputError
        Something that NM can't hold: counts that are not whole or too large, views of unequal
        duration or angle, a detector that is off its axis' image, names that don't fit.

    References
    ----------
    DICOM PS3.3 A.5 (NM IOD), C.8.4.8 to C.8.4.12.

    Examples
    --------
    >>> import tempfile
    >>> from datetime import UTC
    >>> from hevesy.camera import EnergyWindow
    >>> views = ViewGeometry(angles_deg=np.array([0.0, 180.0]), radii_mm=np.full(2, 250.0),
    ...                      shape=(4, 4), pixel_mm=(4.8, 4.8))
    >>> seen = Projections(counts=np.ones((1, 2, 4, 4), np.uint16), windows=(
    ...     EnergyWindow.around(155.0, percent=10.0),), geometry=views,
    ...     view_seconds=np.full(2, 20.0), view_starts_s=np.array([0.0, 20.0]))
    >>> start = datetime(2024, 5, 6, 10, tzinfo=UTC)
    >>> who = StudyIdentity(patient_id="V1", patient_name="Virtual^Patient", seed="demo",
    ...                     study_start=start)
    >>> how = RawAcquisition(start=start, nuclide="Re-188", half_life_s=61214.4)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_projections(Path(folder) / "raw.dcm", seen, how, identity=who,
    ...                       frame_of_reference=seeded_uid("demo", "frame"))
    """
    stored = _whole_counts(projections)
    angles, step = _by_head(projections.geometry, acquisition.heads)
    milliseconds = _milliseconds(projections, acquisition.heads)
    names = acquisition.window_names or ("",) * len(projections.windows)
    if len(names) != len(projections.windows):
        raise OutputError(
            "each energy window needs a name, or none has one",
            got=f"{len(names)} names, {len(projections.windows)} windows",
            remedy="give one for each",
        )
    dataset = Dataset()
    identity.apply(dataset)
    seed = (identity.seed, identity.study_uid, "raw NM", str(series_number),
            acquisition.start.isoformat())  # fmt: skip
    dataset.SOPClassUID = NuclearMedicineImageStorage
    dataset.SOPInstanceUID = seeded_uid(*seed, "instance")
    dataset.SeriesInstanceUID = seeded_uid(*seed)
    dataset.SeriesNumber = series_number
    dataset.SeriesDescription = description
    dataset.FrameOfReferenceUID = frame_of_reference
    dataset.PositionReferenceIndicator = ""
    zone = timezone(identity.study_start.utcoffset() or timedelta())
    describe_equipment(
        dataset,
        acquisition.start.astimezone(zone),
        manufacturer=acquisition.manufacturer,
        model=acquisition.model,
        feet_first=acquisition.feet_first,
    )
    dataset.ImageType = ["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"]
    dataset.CountsAccumulated = int(min(stored.sum(dtype=np.int64), 2**31 - 1))
    _frames(dataset, projections, acquisition.heads)
    _windows(dataset, projections, names)
    _heads(dataset, projections.geometry, angles, acquisition)
    _rotation(dataset, projections.geometry, angles, step, milliseconds, acquisition.heads)
    describe_agent(
        dataset,
        nuclide=acquisition.nuclide,
        half_life_s=acquisition.half_life_s,
        administered_bq=acquisition.administered_bq,
        administered_at=acquisition.administered_at,
        zone=zone,
    )
    dataset.add_new(Tag("PixelData"), "OW", stored[..., ::-1, :].astype("<u2").tobytes())
    write_dataset(dataset, path)


def _whole_counts(projections: Projections) -> NDArray[np.uint16]:
    counts = projections.counts
    if counts.size and (counts.max() >= _TOP or (counts != np.rint(counts)).any()):
        raise OutputError(
            "NM holds whole counts",
            got=f"the largest is {counts.max():g}",
            allowed=f"whole numbers below {_TOP}",
            remedy="draw counts from the expected ones, or split the views",
        )
    return counts.astype(np.uint16)


def _by_head(geometry: ViewGeometry, heads: int) -> tuple[NDArray[np.float64], float]:
    """Angles, shape (heads, views of each), and the step between them, degrees."""
    if geometry.offset_mm != 0.0:
        raise OutputError(
            "NM has no place for a detector that is off its axis' image",
            got=f"{geometry.offset_mm:g} mm",
            allowed="0",
            remedy="move the projections to the axis first",
        )
    if heads < 1 or geometry.view_count % heads:
        raise OutputError(
            "the views can't be shared out to the heads",
            got=f"{geometry.view_count} views, {heads} heads",
            remedy="give each head as many views",
        )
    angles = geometry.angles_deg.reshape(heads, -1)
    steps = np.diff(angles, axis=1)
    if steps.size and np.abs(steps - steps.flat[0]).max() > 1e-6:
        raise OutputError(
            "NM holds views at equal steps of angle, in one direction, head by head",
            got=f"steps of {steps.min():g} to {steps.max():g} degrees",
            remedy="order the views by head and angle, or leave out the odd ones",
        )
    return angles, float(steps.flat[0]) if steps.size else 0.0


def _milliseconds(projections: Projections, heads: int) -> int:
    seconds = projections.view_seconds
    whole = round(float(seconds[0]) * 1000)
    starts = projections.view_starts_s.reshape(heads, -1)
    expected = np.arange(starts.shape[1]) * float(seconds[0])
    uneven = np.ptp(seconds) > 1e-9 or abs(whole / 1000 - float(seconds[0])) > 1e-9
    if uneven or np.abs(starts - expected).max() > 1e-6:
        raise OutputError(
            "NM holds views of one duration in whole ms, without a pause between them",
            got=f"{seconds.min():g} to {seconds.max():g} s",
            remedy="give them all one duration",
        )
    return whole


def _frames(dataset: Dataset, projections: Projections, heads: int) -> None:
    windows, (rows, columns) = len(projections.windows), projections.geometry.shape
    views = projections.geometry.view_count // heads
    dataset.SamplesPerPixel = 1
    dataset.PhotometricInterpretation = "MONOCHROME2"
    dataset.Rows, dataset.Columns = rows, columns
    dataset.BitsAllocated = dataset.BitsStored = 16
    dataset.HighBit = 15
    dataset.PixelRepresentation = 0
    dataset.PixelSpacing = decimals(projections.geometry.pixel_mm)
    dataset.NumberOfFrames = windows * heads * views
    words = ("EnergyWindowVector", "DetectorVector", "RotationVector", "AngularViewVector")
    dataset.FrameIncrementPointer = [Tag(word) for word in words]
    number = np.indices((windows, heads, views)).reshape(3, -1) + 1
    dataset.EnergyWindowVector = number[0].tolist()
    dataset.DetectorVector = number[1].tolist()
    dataset.RotationVector = [1] * number.shape[1]
    dataset.AngularViewVector = number[2].tolist()
    dataset.NumberOfEnergyWindows = windows
    dataset.NumberOfDetectors = heads
    dataset.NumberOfRotations = 1


def _windows(dataset: Dataset, projections: Projections, names: tuple[str, ...]) -> None:
    items = []
    for window, name in zip(projections.windows, names, strict=True):
        limits, item = Dataset(), Dataset()
        limits.EnergyWindowLowerLimit = decimal(window.lower_kev)
        limits.EnergyWindowUpperLimit = decimal(window.upper_kev)
        item.EnergyWindowRangeSequence = [limits]
        if name:
            item.EnergyWindowName = name
        items.append(item)
    dataset.EnergyWindowInformationSequence = items


def _radial(geometry: ViewGeometry, heads: int, head: int) -> list[str]:
    radii = geometry.radii_mm.reshape(heads, -1)[head]
    return decimals(radii[:1] if np.ptp(radii) == 0 else radii)


def _heads(
    dataset: Dataset,
    geometry: ViewGeometry,
    angles: NDArray[np.float64],
    acquisition: RawAcquisition,
) -> None:
    rows, columns = geometry.shape
    axial_mm, across_mm = geometry.pixel_mm
    corner = (
        geometry.axis_mm[0] - (columns - 1) / 2 * across_mm,
        geometry.axis_mm[1] - (columns - 1) / 2 * across_mm,
        geometry.axial_centre_mm + (rows - 1) / 2 * axial_mm,
    )
    items = []
    for head in range(acquisition.heads):
        first = np.radians(angles[head, 0])
        item = Dataset()
        if acquisition.collimator:
            item.CollimatorGridName = acquisition.collimator
        item.CollimatorType = "PARA"
        item.FocalDistance = 0
        item.StartAngle = decimal(angles[head, 0])
        item.RadialPosition = _radial(geometry, acquisition.heads, head)
        item.ImagePositionPatient = decimals(corner)
        item.ImageOrientationPatient = decimals(
            (-np.cos(first), np.sin(first), 0.0, 0.0, 0.0, -1.0)
        )
        items.append(item)
    dataset.DetectorInformationSequence = items


def _rotation(
    dataset: Dataset,
    geometry: ViewGeometry,
    angles: NDArray[np.float64],
    step: float,
    milliseconds: int,
    heads: int,
) -> None:
    item = Dataset()
    item.StartAngle = decimal(angles[0, 0])
    item.AngularStep = decimal(abs(step))
    item.RotationDirection = "CW" if step < 0 else "CC"
    item.ScanArc = decimal(abs(step) * angles.shape[1])
    item.ActualFrameDuration = milliseconds
    item.NumberOfFramesInRotation = angles.shape[1]
    item.RadialPosition = _radial(geometry, heads, 0)
    dataset.RotationInformationSequence = [item]
    dataset.TypeOfDetectorMotion = "STEP AND SHOOT"
