"""Planar NM files (STATIC and WHOLE BODY) read onto the patient's axes."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.camera import EnergyWindow
from hevesy.dicom.frame_start import acquisition_start
from hevesy.dicom.identity import patient_key
from hevesy.dicom.projection_frames import read_windows, require_counts
from hevesy.dicom.radiopharmaceutical import RadiopharmaceuticalTags, read_radiopharmaceutical
from hevesy.dicom.reading import decode_pixels, read_dataset, refusing_damage
from hevesy.dicom.times import DicomClock
from hevesy.errors import GridError, ImageFileError, InputError

__all__ = ["PLANAR_VIEWS", "PlanarFile", "read_planar"]

PLANAR_VIEWS = ("anterior", "posterior")
_KINDS = ("STATIC", "WHOLE BODY")
_ANGLE_SLACK_DEG = 20.0
_UPRIGHT = 0.95  # least cosine between a view's rows or columns and the patient's axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanarFile:
    """A planar file's frames, laid on the patient's axes.

    Parameters
    ----------
    counts : ndarray of int, shape (windows, views, rows, columns)
        Rows run to the head, columns to the patient's left, in every view. Read-only. 0 or more,
        unless `lossy`.
    views : tuple of str
        ``"anterior"`` or ``"posterior"`` of each view.
    windows : tuple of EnergyWindow
        Empty where the file does not say them.
    pixel_mm : tuple of float
        ``(row, column)`` spacing, mm.
    whole_body : bool
        A scan over the body; else all was counted at once.
    duration_s : float or None
        Of the whole acquisition, s.
    speed_mm_per_s : float or None
        Of a scan over the body.
    lossy : bool
        The pixels went through lossy compression: they are no counts.
    started_at : datetime or None
        Aware, UTC.
    agent : RadiopharmaceuticalTags
    patient_key : str
        For comparisons only.
    warnings : tuple of str

    Examples
    --------
    >>> PlanarFile.__slots__[:2]
    ('counts', 'views')
    """

    counts: NDArray[Any]
    views: tuple[str, ...]
    windows: tuple[EnergyWindow, ...]
    pixel_mm: tuple[float, float]
    whole_body: bool
    duration_s: float | None
    speed_mm_per_s: float | None
    lossy: bool
    started_at: datetime | None = field(repr=False)
    agent: RadiopharmaceuticalTags
    patient_key: str = field(repr=False)
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        counts = np.asarray(self.counts).view()
        counts.flags.writeable = False
        object.__setattr__(self, "counts", counts)


def read_planar(
    path: Path, *, views: Sequence[str] | None = None, zone: ZoneInfo | None = None
) -> PlanarFile:
    """Read a planar file: all windows, one or both heads.

    Which view a head took comes from View Code Sequence, else from Start Angle (0 at the patient's
    back), else from `views`. Without Image Orientation the head is taken to be at the top, and each
    view as an observer in the detector's place sees it: the patient's right at the left of the
    anterior one, at the right of the posterior one; a warning says so.

    Parameters
    ----------
    path : Path
    views : sequence of str, optional
        Of each head, ``"anterior"`` or ``"posterior"``, for files that do not say.
    zone : ZoneInfo, optional
        The site's, for files without Timezone Offset From UTC.

    Returns
    -------
    PlanarFile

    Raises
    ------
    ImageFileError
        Not planar NM, frames missing or twice.
    InputError
        A view that is neither in the file nor given, or differs.
    GridError
        Pixels without a spacing, a view that lies askew.

    References
    ----------
    DICOM PS3.3 C.8.4.8 (vectors), C.8.4.9 (Image Type), C.8.4.11 (NM Detector), C.8.4.5
    (whole body: Scan Velocity, Whole Body Technique).

    Examples
    --------
    >>> read_planar(Path("no-such-file.dcm"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    with refusing_damage("the planar views"):
        return _read(path, views, zone)


def _read(path: Path, views: Sequence[str] | None, zone: ZoneInfo | None) -> PlanarFile:
    header = read_dataset(path)
    kind = _require_planar(header, path)
    stored = decode_pixels(header, name=path.name)
    stored = stored[None] if stored.ndim == 2 else stored
    lossy = str(header.get("LossyImageCompression") or "") == "01"
    if not lossy:  # what lossy compression left is no counts: it may be looked at, and below 0
        require_counts(header, stored)
    table = _frames(header, len(stored))
    items = list(header.get("DetectorInformationSequence") or [])
    items += [Dataset()] * (table.shape[1] - len(items))
    names = _views(items[: table.shape[1]], views)
    counts = stored[table].copy()
    warnings = ["the pixels went through lossy compression: they are no counts"] if lossy else []
    for number, (item, name) in enumerate(zip(items, names, strict=False)):
        rows_down, columns_right, said = _directions(item, name)
        if not said:
            warnings.append(
                f"the file does not say how the {name} view lies: the head was taken at the top, "
                f"the patient's right at the {'left' if name == 'anterior' else 'right'}"
            )
        part = counts[:, number]
        part = part[:, ::-1] if rows_down else part
        counts[:, number] = part[..., ::-1].copy() if columns_right else part.copy()
    windows: tuple[EnergyWindow, ...] = ()
    if header.get("EnergyWindowInformationSequence"):
        windows, _ = read_windows(header, count=table.shape[0])
    started_at, notes = acquisition_start([header], zone, where="the planar scan")
    agent = read_radiopharmaceutical(header, DicomClock(header, zone))
    return PlanarFile(
        counts=counts,
        views=names,
        windows=windows,
        pixel_mm=_pixel_mm(header),
        whole_body=kind == "WHOLE BODY",
        duration_s=_number(header, "ActualFrameDuration", 1e-3),
        speed_mm_per_s=_number(header, "ScanVelocity", 1.0),
        lossy=lossy,
        started_at=started_at,
        agent=agent,
        patient_key=patient_key(header),
        warnings=(*warnings, *notes, *agent.warnings),
    )


def _require_planar(header: Dataset, path: Path) -> str:
    written = header.get("ImageType") or ""
    kinds = (written,) if isinstance(written, str) else tuple(str(part) for part in written)
    kind = kinds[2] if len(kinds) > 2 else ""
    if not header.get("SOPClassUID") and not header.get("Modality"):
        raise ImageFileError(
            "a file is truncated or is not DICOM", got=path.name, remedy="copy or export it again"
        )
    if str(header.get("Modality") or "") != "NM" or kind not in _KINDS:
        raise ImageFileError(
            "the file is not a planar nuclear medicine image",
            got="\\".join(kinds) or "no Image Type",
            allowed="NM, " + " or ".join(_KINDS),
            remedy="give the anterior and posterior views as the camera wrote them",
        )
    if "TRANSMISSION" in kinds:
        raise ImageFileError(
            "the planar image is a transmission scan",
            got="\\".join(kinds),
            allowed="EMISSION",
            remedy="give the emission views; attenuation comes from the CT",
        )
    return kind


def _frames(header: Dataset, stored: int) -> NDArray[np.intp]:
    """Index of each window's and head's frame, shape (windows, heads)."""
    vectors = []
    for keyword in ("EnergyWindowVector", "DetectorVector"):
        written = header.get(keyword)
        empty = written is None or written == ""
        vector = np.ones(stored, np.intp) if empty else np.atleast_1d(np.asarray(written, np.intp))
        if vector.size != stored or vector.min() < 1:
            raise ImageFileError(
                f"the planar file's list of frames ({keyword}) does not fit its pixels",
                got=f"{vector.size} listed",
                allowed=f"{stored} stored",
                remedy="export the whole acquisition again",
            )
        vectors.append(vector)
    windows, heads = vectors
    table = np.full((windows.max(), heads.max()), -1, dtype=np.intp)
    table[windows - 1, heads - 1] = np.arange(stored)
    if table.min() < 0 or stored != table.size:
        raise ImageFileError(
            "the planar file does not hold each window and head once",
            got=f"{stored} frames",
            allowed=f"{table.shape[0]} windows x {table.shape[1]} heads",
            remedy="export the views of one scan, without repeats in time",
        )
    return table


def _views(items: Sequence[Dataset], given: Sequence[str] | None) -> tuple[str, ...]:
    if given is not None and (
        len(given) != len(items) or any(name not in PLANAR_VIEWS for name in given)
    ):
        raise InputError(
            "the views named are not those of the file's heads",
            got=", ".join(given),
            allowed=f"{len(items)} of {', '.join(PLANAR_VIEWS)}",
            remedy="name one view for each head, in the file's order",
        )
    names = []
    for number, item in enumerate(items):
        said = _said_view(item)
        asked = None if given is None else given[number]
        if said is not None and asked is not None and said != asked:
            raise InputError(
                f"head {number + 1} took another view than was named",
                got=asked,
                allowed=said,
                remedy="leave the views out, or mend the file",
            )
        name = said or asked
        if name is None:
            raise InputError(
                f"the file does not say which view head {number + 1} took",
                allowed=", ".join(PLANAR_VIEWS),
                remedy="name the heads' views, such as --views anterior,posterior",
            )
        names.append(name)
    return tuple(names)


def _said_view(item: Dataset) -> str | None:
    codes = item.get("ViewCodeSequence") or []
    meaning = " ".join(str(code.get("CodeMeaning") or "") for code in codes).strip().lower()
    by_code = None
    if meaning.startswith(("anter", "posterior", "postero-anterior")) and "oblique" not in meaning:
        by_code = "anterior" if meaning.startswith("anter") else "posterior"
    angle = item.get("StartAngle")
    by_angle = None
    if angle not in {None, ""}:
        from_back = abs((float(angle) + 180.0) % 360.0 - 180.0)
        if from_back <= _ANGLE_SLACK_DEG:
            by_angle = "posterior"
        elif from_back >= 180.0 - _ANGLE_SLACK_DEG:
            by_angle = "anterior"
    if by_code is not None and by_angle is not None and by_code != by_angle:
        raise InputError(
            "a head's view and its angle contradict each other",
            got=f"{by_code} at {float(angle):g} degrees from the back",
            remedy="mend the file: hevesy can't tell the front from the back",
        )
    return by_code or by_angle


def _directions(item: Dataset, view: str) -> tuple[bool, bool, bool]:
    """Whether rows run down (to the feet), columns to the right; whether the file says it."""
    cosines = item.get("ImageOrientationPatient") or []
    if len(cosines) != 6:
        return True, view == "posterior", False
    across, down = (np.asarray(cosines[n : n + 3], dtype=np.float64) for n in (0, 3))
    if abs(across[0]) < _UPRIGHT or abs(down[2]) < _UPRIGHT:
        raise GridError(
            f"the {view} view does not lie along the patient",
            got=", ".join(f"{float(c):g}" for c in cosines),
            allowed="columns along x, rows along z",
            remedy="export the views upright",
        )
    return bool(down[2] < 0), bool(across[0] < 0), True


def _pixel_mm(header: Dataset) -> tuple[float, float]:
    spacing = header.get("PixelSpacing") or []
    if len(spacing) != 2 or min(float(s) for s in spacing) <= 0:
        raise GridError(
            "the planar file does not say how large its pixels are",
            remedy="export it with Pixel Spacing",
        )
    return float(spacing[0]), float(spacing[1])


def _number(header: Dataset, keyword: str, factor: float) -> float | None:
    value = header.get(keyword)
    return None if value in {None, ""} or not float(value) > 0 else factor * float(value)
