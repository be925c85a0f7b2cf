"""Where the heads stood in each view: a raw NM file's headers brought to `ViewGeometry`."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.dicom.geometry import row_and_column_cosines
from hevesy.dicom.supplied import Supplied
from hevesy.errors import GridError, InputError

__all__ = ["HeadPlacement", "place_heads"]

_DIRECTIONS = {"CC": 1.0, "CCW": 1.0, "CW": -1.0}
_OFF_AXIS_MM = 150.0  # no axis of rotation is further than this from the frame's origin
_ALONG = 0.7  # cosine above which two directions are taken for the same


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeadPlacement:
    """Angles, radii and place of all heads of one bed.

    Parameters
    ----------
    angles_deg, radii_mm : ndarray of float64, shape (heads, views)
        As `ViewGeometry` says, by head.
    seconds : float
        Of each view, s.
    rows_flipped : bool
        The file's first row lies at the head: rows are to be turned over.
    columns_flipped : tuple of bool
        For each head: columns run against what an observer behind the detector sees.
    pixel_mm : tuple of float
        (axial, transaxial), mm.
    axis_mm : tuple of float
        World x and y of the axis, mm.
    axial_centre_mm : float
        World z of the detector's middle, mm.
    warnings : tuple of str
    """

    angles_deg: NDArray[np.float64]
    radii_mm: NDArray[np.float64]
    seconds: float
    rows_flipped: bool
    columns_flipped: tuple[bool, ...]
    pixel_mm: tuple[float, float]
    axis_mm: tuple[float, float]
    axial_centre_mm: float
    warnings: tuple[str, ...] = ()


def place_heads(header: Dataset, *, heads: int, views: int, supplied: Supplied) -> HeadPlacement:
    """Read where each head stood in each view.

    DICOM's angles are those of `ViewGeometry`: 0 at the patient's back, growing towards the left,
    whichever way the patient lies; ``CC`` grows, ``CW`` falls. Each head's own Start Angle and
    Radial Position (in Detector Information) come before the rotation's. Image Orientation
    (Patient) is taken as the first view's. Image Position (Patient) gives the axial place by its z.
    The axis of rotation: its x and y are taken as the corner of the cube that belongs to the
    views, as GE writes and PyTomography reads them; where that corner would put the axis further
    than 150 mm from the frame's origin, as the detector's corner in the first view, which gives
    the component along the detector and leaves the other 0; Siemens writes y = 0, x on the axis,
    and the axis' height as Table Height.

    Parameters
    ----------
    header : pydicom.Dataset
    heads, views : int
        Of the frames.
    supplied : Supplied
        For what the file lacks.

    Returns
    -------
    HeadPlacement

    Raises
    ------
    InputError
        No angle, direction, radius or duration, and none supplied.
    GridError
        No pixel size, orientation or position; an oblique detector.

    References
    ----------
    DICOM PS3.3 C.8.4.11 (NM Detector), C.8.4.12 (NM Tomo Acquisition); C.7.6.2.1.1.

    Examples
    --------
    >>> place_heads(Dataset(), heads=1, views=2, supplied=Supplied())
    Traceback (most recent call last):
    ...
    hevesy.errors.GridError: the projections do not say their pixels' size: ...
    """
    rotation = (header.get("RotationInformationSequence") or [Dataset()])[0]
    detectors = list(header.get("DetectorInformationSequence") or [])
    detectors += [Dataset()] * (heads - len(detectors))
    spacing = header.get("PixelSpacing")
    if not spacing or len(spacing) != 2 or min(float(s) for s in spacing) <= 0:
        raise GridError(
            "the projections do not say their pixels' size",
            got="no Pixel Spacing",
            remedy="export them with it",
        )
    warnings: list[str] = []
    starts = _starts(rotation, detectors[:heads], supplied, warnings)
    step = _step_deg(rotation, views, supplied, warnings)
    angles = np.asarray(starts)[:, None] + step * np.arange(views)
    placement = HeadPlacement(
        angles_deg=angles,
        radii_mm=_radii(rotation, detectors[:heads], views, supplied, warnings),
        seconds=_seconds(rotation, supplied, warnings),
        rows_flipped=True,
        columns_flipped=(False,) * heads,
        pixel_mm=(float(spacing[0]), float(spacing[1])),
        axis_mm=(0.0, 0.0),
        axial_centre_mm=0.0,
    )
    placement = _orient(placement, header, detectors[:heads], supplied, warnings)
    placement = _locate(placement, header, detectors[0], rotation, supplied, warnings)
    return replace(placement, warnings=tuple(warnings))


def _missing(what: str, option: str) -> InputError:
    return InputError(
        f"the projections do not say {what}",
        remedy=f"give it with {option}",
    )


def _overrule(
    what: str, written: float | None, given: float | None, warnings: list[str]
) -> float | None:
    if given is None:
        return written
    if written is not None and abs(written - given) > 1e-6 * max(1.0, abs(written)):
        warnings.append(f"the file says {what} {written:g}; {given:g}, as given, was taken")
    return given


def _value(item: Dataset, keyword: str) -> float | None:
    value = item.get(keyword)
    if value is None or str(value).strip() == "":
        return None
    number = float(value)
    return number if math.isfinite(number) else None


def _starts(
    rotation: Dataset, detectors: Sequence[Dataset], supplied: Supplied, warnings: list[str]
) -> list[float]:
    own = [_value(item, "StartAngle") for item in detectors]
    if len(detectors) == 1 and own[0] is None:
        own = [_value(rotation, "StartAngle")]
    given = supplied.start_deg
    if given is not None and len(given) != len(detectors):
        raise InputError(
            "each head needs a start angle",
            got=f"{len(given)} angles",
            allowed=f"{len(detectors)}",
            remedy="give one --start for each head, separated by commas",
        )
    starts = []
    for head, written in enumerate(own):
        start = _overrule(
            f"head {head + 1} starts at (degrees)",
            written,
            None if given is None else given[head],
            warnings,
        )
        if start is None:
            raise _missing(f"at which angle head {head + 1} started", "--start")
        starts.append(start)
    return starts


def _step_deg(rotation: Dataset, views: int, supplied: Supplied, warnings: list[str]) -> float:
    word = str(rotation.get("RotationDirection") or "").strip().upper()
    if supplied.direction is not None:
        if word in _DIRECTIONS and _DIRECTIONS[word] != _DIRECTIONS[supplied.direction]:
            warnings.append(f"the file says direction {word}; {supplied.direction} was taken")
        word = supplied.direction
    if word not in _DIRECTIONS:
        raise _missing("in which direction the heads turned", "--direction CC or CW")
    step = _value(rotation, "AngularStep")
    arc = _value(rotation, "ScanArc")
    if not step and not arc and views > 1:
        raise InputError(
            "the projections do not say the angle between views",
            got="no Angular Step and no Scan Arc",
            remedy="export them with one of these",
        )
    # where both are there and disagree, the step is what the camera did
    size = abs(step) if step else abs(arc or 0.0) / views
    return _DIRECTIONS[word] * size


def _radii(
    rotation: Dataset,
    detectors: Sequence[Dataset],
    views: int,
    supplied: Supplied,
    warnings: list[str],
) -> NDArray[np.float64]:
    heads = len(detectors)
    shared = _numbers(rotation, "RadialPosition")
    radii = np.zeros((heads, views))
    for head, item in enumerate(detectors):
        own = _numbers(item, "RadialPosition")
        if not own and len(shared) == heads * views and heads > 1:
            own = shared[head * views : (head + 1) * views]
        own = own or shared
        if supplied.radius_mm is not None:
            if own and min(own) > 0 and not np.allclose(own, supplied.radius_mm):
                warnings.append(
                    f"the file says radius {np.mean(own):g} mm for head {head + 1}; "
                    f"{supplied.radius_mm:g} mm, as given, was taken"
                )
            radii[head] = supplied.radius_mm
            continue
        if not own or min(own) <= 0:
            raise _missing("how far the collimator was from the axis", "--radius")
        if len(own) not in {1, views}:
            raise InputError(
                "the projections' radii do not fit their views",
                got=f"{len(own)} radii",
                allowed=f"1 or {views}",
                remedy="give one with --radius",
            )
        radii[head] = own
    return radii


def _numbers(item: Dataset, keyword: str) -> list[float]:
    value = item.get(keyword)
    if value is None or str(value).strip() == "":
        return []
    return [float(v) for v in np.atleast_1d(np.asarray(value, dtype=np.float64))]


def _seconds(rotation: Dataset, supplied: Supplied, warnings: list[str]) -> float:
    written = _value(rotation, "ActualFrameDuration")
    seconds = _overrule(
        "a view took (s)",
        written / 1000 if written and written > 0 else None,
        supplied.seconds,
        warnings,
    )
    if seconds is None:
        raise _missing("how long each view was counted", "--duration")
    return seconds


def _orient(
    placement: HeadPlacement,
    header: Dataset,
    detectors: Sequence[Dataset],
    supplied: Supplied,
    warnings: list[str],
) -> HeadPlacement:
    written = [item.get("ImageOrientationPatient") for item in (*detectors, header)]
    found = [np.asarray(w, dtype=np.float64) for w in written if w]
    if supplied.rows_from is None and not found:
        raise GridError(
            "the projections do not say which way their rows and columns run",
            got="no Image Orientation (Patient)",
            remedy="give --rows-from head or --rows-from feet",
        )
    flipped = supplied.rows_from == "head"
    if found:
        _, column = row_and_column_cosines(found[0], where="the projections")
        if abs(column[2]) < 1 - 1e-3:
            raise GridError(
                "the detector is tilted against the patient's long axis",
                got=f"{math.degrees(math.acos(min(1.0, abs(column[2])))):.1f} degrees",
                allowed="0",
                remedy="only parallel detectors can be reconstructed",
            )
        if supplied.rows_from is None:
            flipped = bool(column[2] < 0)
    columns = _columns(placement, header, detectors, warnings)
    return replace(placement, rows_flipped=flipped, columns_flipped=columns)


def _columns(
    placement: HeadPlacement, header: Dataset, detectors: Sequence[Dataset], warnings: list[str]
) -> tuple[bool, ...]:
    """Whether columns run against an observer's view, where the orientation is the first view's."""
    flips: list[bool] = []
    rows = [
        np.asarray(w, dtype=np.float64)[:3] if (w := d.get("ImageOrientationPatient")) else None
        for d in detectors
    ]
    known = [row for row in rows if row is not None]
    same = len(known) > 1 and all(np.allclose(row, known[0], atol=1e-3) for row in known)
    apart = np.ptp(placement.angles_deg[:, 0]) > 1.0
    for row, first in zip(rows, np.radians(placement.angles_deg[:, 0]), strict=True):
        if row is None or (same and apart) or _is_siemens(header, detectors[0]):
            flips.append(False)  # no orientation, or one that is not this view's
            continue
        along = float(row @ (-np.cos(first), np.sin(first), 0.0))
        if along < -_ALONG:
            flips.append(True)
            warnings.append(
                "the columns run against what an observer behind the detector sees, by the "
                "file's orientation; they were turned over"
            )
        else:
            flips.append(False)
            if along < _ALONG:
                warnings.append(
                    "the file's orientation is not that of its first view; columns were taken as "
                    "an observer behind the detector sees them"
                )
    return tuple(flips)


def _is_siemens(header: Dataset, detector: Dataset) -> bool:
    position = detector.get("ImagePositionPatient")
    maker = str(header.get("Manufacturer") or "").upper()
    return bool(position) and float(position[1]) == 0.0 and "SIEMENS" in maker


def _locate(
    placement: HeadPlacement,
    header: Dataset,
    detector: Dataset,
    rotation: Dataset,
    supplied: Supplied,
    warnings: list[str],
) -> HeadPlacement:
    written = detector.get("ImagePositionPatient") or header.get("ImagePositionPatient")
    if not written and supplied.axial_centre_mm is None:
        raise GridError(
            "the projections do not say where the bed lay",
            got="no Image Position (Patient)",
            remedy="give the z of the detector's middle in the CT's frame with --axial-centre",
        )
    rows, columns = int(header.Rows), int(header.Columns)
    axial_mm, across_mm = placement.pixel_mm
    half_z = (rows - 1) / 2 * axial_mm
    position = np.asarray(written or (0.0, 0.0, 0.0), dtype=np.float64)
    centre = float(position[2] + (-half_z if placement.rows_flipped else half_z))
    if supplied.axial_centre_mm is not None:
        centre = supplied.axial_centre_mm
    if supplied.axis_mm is not None:
        return replace(placement, axis_mm=supplied.axis_mm, axial_centre_mm=centre)
    half = (columns - 1) / 2 * across_mm
    if not written:
        axis = (0.0, 0.0)
        warnings.append("the axis of rotation was taken on the frame's own z axis")
    elif _is_siemens(header, detector):
        axis = (float(position[0]), -(_value(rotation, "TableHeight") or 0.0))
        warnings.append("the axis of rotation was taken at Table Height, as Siemens writes it")
    else:
        axis = (float(position[0]) + half, float(position[1]) + half)
    if max(abs(axis[0]), abs(axis[1])) > _OFF_AXIS_MM:
        axis = _from_first_view(placement, position, half)
        warnings.append(
            "the file's position is no corner of the image; the axis of rotation was taken from "
            "the first view's corner, and only along that detector"
        )
    return replace(placement, axis_mm=axis, axial_centre_mm=centre)


def _from_first_view(
    placement: HeadPlacement, position: NDArray[np.float64], half: float
) -> tuple[float, float]:
    first = math.radians(float(placement.angles_deg[0, 0]))
    along = np.array([-math.cos(first), math.sin(first)])
    if placement.columns_flipped[0]:
        along = -along
    on_row = float((position[:2] + half * along) @ along)
    axis = on_row * along
    if max(abs(axis[0]), abs(axis[1])) > _OFF_AXIS_MM:
        return 0.0, 0.0
    return float(axis[0]), float(axis[1])
