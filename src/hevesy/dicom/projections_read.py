"""Raw tomographic projections (NM, TOMO) read into the camera's own frame."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.camera import Projections, ViewGeometry
from hevesy.dicom.frame_start import acquisition_start
from hevesy.dicom.identity import DicomContext, patient_key
from hevesy.dicom.projection_frames import (
    FrameTable,
    frame_table,
    read_windows,
    require_counts,
    require_raw_tomo,
)
from hevesy.dicom.projection_geometry import HeadPlacement, place_heads
from hevesy.dicom.radiopharmaceutical import RadiopharmaceuticalTags, read_radiopharmaceutical
from hevesy.dicom.reading import decode_pixels, read_dataset, refusing_damage
from hevesy.dicom.supplied import Supplied
from hevesy.dicom.times import DicomClock
from hevesy.errors import ImageFileError, InputError

__all__ = ["RawBed", "read_projections"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RawBed:
    """One bed position's raw projections, with what the file says of them.

    Parameters
    ----------
    projections : Projections
        In the frame of `ViewGeometry`; views head by head, in the order they were taken.
    window_names : tuple of str
        As in the file, empty where it has none; one for each window.
    heads : int
        How many heads counted at the same time.
    started_at : datetime or None
        Aware, UTC. None where the file has no date and time, or no zone is known.
    agent : RadiopharmaceuticalTags
        Nuclide, half-life, administered activity and its time, where the file has them.
    collimator, manufacturer, model : str
        As in the file, or empty.
    frame_of_reference : str or None
        Frame of Reference UID.
    patient_key : str
        For comparisons only; see `hevesy.dicom.patient_key`.
    context : DicomContext
        For writers; its grid is the one that belongs to the views.
    warnings : tuple of str
        For the report.
    """

    projections: Projections
    window_names: tuple[str, ...]
    heads: int
    started_at: datetime | None = field(repr=False)
    agent: RadiopharmaceuticalTags
    collimator: str
    manufacturer: str
    model: str
    frame_of_reference: str | None = field(repr=False)
    patient_key: str = field(repr=False)
    context: DicomContext = field(repr=False)
    warnings: tuple[str, ...] = ()

    @property
    def counts_by_window(self) -> tuple[int, ...]:
        """Counts of each window, over all views."""
        return tuple(int(c.sum(dtype=np.int64)) for c in self.projections.counts)

    @property
    def duration_s(self) -> float:
        """From the first view's start to the last one's end, s."""
        seen = self.projections
        return float((seen.view_starts_s + seen.view_seconds).max())


def read_projections(
    path: Path,
    *,
    supplied: Supplied | None = None,
    heads_in_one: int = 1,
    zone: ZoneInfo | None = None,
) -> RawBed:
    """Read one bed's raw projections: all windows, all heads, either direction.

    Rows are brought to run towards the head, columns as an observer behind the detector sees the
    patient, angles to grow from the patient's back to the left (DICOM's own). Views follow each
    other without a pause, for NM says nothing of the time the heads take to move.

    Parameters
    ----------
    path : Path
        A file.
    supplied : Supplied or None
        Radius, start angle, duration and the like, for what the file lacks.
    heads_in_one : int
        GE writes two heads' views as one detector's: 2 says so, and view times follow. It does not
        change where views lie.
    zone : ZoneInfo or None
        The site's zone, for files without Timezone Offset From UTC.

    Returns
    -------
    RawBed
        ``projections.counts`` of the file's integer type, shape (windows, views, axial,
        transaxial).

    Raises
    ------
    ImageFileError
        Not a raw NM tomogram, views missing, no energy windows.
    QuantityError
        Rescaled, negative, saturated or not integers.
    InputError, GridError
        An angle, radius, duration or place that is neither in the file nor supplied.

    References
    ----------
    DICOM PS3.3 A.5 (NM IOD), C.8.4.8 to C.8.4.12.

    Examples
    --------
    >>> read_projections(Path("no-such-file.dcm"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    with refusing_damage("the projections"):
        return _read(path, supplied or Supplied(), heads_in_one, zone)


def _read(path: Path, supplied: Supplied, heads_in_one: int, zone: ZoneInfo | None) -> RawBed:
    header = read_dataset(path)
    if not header.get("SOPClassUID") and not header.get("Modality"):
        raise ImageFileError(
            "a file is truncated or is not DICOM", got=path.name, remedy="copy or export it again"
        )
    require_raw_tomo(header)
    stored = decode_pixels(header, name=path.name)
    stored = stored[None] if stored.ndim == 2 else stored
    require_counts(header, stored)
    table = frame_table(header, stored=len(stored))
    windows, names = read_windows(header, count=table.windows)
    placement = place_heads(header, heads=table.heads, views=table.views, supplied=supplied)
    geometry = _geometry(header, placement)
    starts, timing = _view_starts(table, placement.seconds, heads_in_one)
    projections = Projections(
        counts=_arrange(stored, table, placement),
        windows=windows,
        geometry=geometry,
        view_seconds=np.full(geometry.view_count, placement.seconds),
        view_starts_s=starts,
    )
    if "PixelData" in header:
        del header.PixelData
    started_at, start_warnings = acquisition_start([header], zone, where="the acquisition")
    agent = read_radiopharmaceutical(header, DicomClock(header, zone))
    detector = (header.get("DetectorInformationSequence") or [Dataset()])[0]
    return RawBed(
        projections=projections,
        window_names=names,
        heads=table.heads * heads_in_one,
        started_at=started_at,
        agent=agent,
        collimator=str(detector.get("CollimatorGridName") or "").strip(),
        manufacturer=str(header.get("Manufacturer") or "").strip(),
        model=str(header.get("ManufacturerModelName") or "").strip(),
        frame_of_reference=str(header.get("FrameOfReferenceUID") or "") or None,
        patient_key=patient_key(header),
        context=DicomContext.from_header(header, grid=geometry.grid(), slices=()),
        warnings=(*placement.warnings, *_notes(header, detector, table, heads_in_one), *timing,
                  *start_warnings, *agent.warnings),
    )  # fmt: skip


def _geometry(header: Dataset, placement: HeadPlacement) -> ViewGeometry:
    return ViewGeometry(
        angles_deg=placement.angles_deg.reshape(-1),
        radii_mm=placement.radii_mm.reshape(-1),
        shape=(int(header.Rows), int(header.Columns)),
        pixel_mm=placement.pixel_mm,
        axis_mm=placement.axis_mm,
        axial_centre_mm=placement.axial_centre_mm,
    )


def _arrange(stored: NDArray[Any], table: FrameTable, placement: HeadPlacement) -> NDArray[Any]:
    """Counts as (windows, views, axial, transaxial); the views head by head."""
    counts = stored[table.frames]
    if placement.rows_flipped:
        counts = counts[..., ::-1, :]
    counts = np.ascontiguousarray(counts)
    for head, flipped in enumerate(placement.columns_flipped):
        if flipped:
            counts[:, head] = counts[:, head, ..., ::-1].copy()
    shape = counts.shape
    return counts.reshape(shape[0], shape[1] * shape[2], *shape[3:])


def _view_starts(
    table: FrameTable, seconds: float, heads_in_one: int
) -> tuple[NDArray[np.float64], tuple[str, ...]]:
    if heads_in_one < 1 or table.views % heads_in_one or (heads_in_one > 1 and table.heads > 1):
        raise InputError(
            "the views can't be shared out to so many heads",
            got=f"{table.views} views of {table.heads} detectors, {heads_in_one} heads",
            remedy="correct --heads",
        )
    each = table.views // heads_in_one
    times = np.tile(np.arange(each) * seconds, heads_in_one)
    return np.tile(times, table.heads), ()


def _notes(
    header: Dataset, detector: Dataset, table: FrameTable, heads_in_one: int
) -> tuple[str, ...]:
    notes = []
    rotation = (header.get("RotationInformationSequence") or [Dataset()])[0]
    whole_turn = float(rotation.get("ScanArc") or 0) > 300
    if whole_turn and table.heads == 1 and heads_in_one == 1:
        notes.append(
            "all views were written as one head's; if two heads took them the scan was half as "
            "long as was taken for decay (say so with --heads 2)"
        )
    offset = detector.get("CenterOfRotationOffset")
    if offset not in {None, ""} and float(offset) != 0.0:
        notes.append(
            f"the file names a centre-of-rotation offset of {float(offset):g} mm; projections were "
            "taken as corrected for it"
        )
    codes = header.get("PatientOrientationCodeSequence") or []
    modifiers = [m for c in codes for m in c.get("PatientOrientationModifierCodeSequence") or []]
    words = " ".join(str(m.get("CodeMeaning") or "").lower() for m in modifiers)
    if words and "supine" not in words:
        notes.append(
            f"the patient lay {words}: angles were taken from the patient's back, as DICOM says, "
            "not from the table"
        )
    return tuple(notes)
