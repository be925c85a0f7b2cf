"""Frames of a raw tomographic NM file: which is which, and whether all are there."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.camera import EnergyWindow
from hevesy.errors import ImageFileError, QuantityError

__all__ = ["FrameTable", "frame_table", "read_windows", "require_counts", "require_raw_tomo"]

_NM = "1.2.840.10008.5.1.4.1.1.20"
_RETIRED_NM = "1.2.840.10008.5.1.4.1.1.5"
_PLANAR = {"STATIC", "DYNAMIC", "GATED", "WHOLE BODY"}


def require_raw_tomo(header: Dataset) -> None:
    """Refuse what is not a raw, ungated, emission tomogram.

    Parameters
    ----------
    header : pydicom.Dataset

    Raises
    ------
    ImageFileError
        Not NM; planar, whole-body, gated, transmission or already reconstructed.

    References
    ----------
    DICOM PS3.3 C.8.4.9.1.1 (NM Image Type).

    Examples
    --------
    >>> header = Dataset()
    >>> header.Modality, header.ImageType = "NM", ["ORIGINAL", "PRIMARY", "TOMO", "EMISSION"]
    >>> require_raw_tomo(header)
    """
    modality = str(header.get("Modality") or "")
    if modality != "NM" or str(header.get("SOPClassUID") or _NM) not in {_NM, _RETIRED_NM}:
        raise ImageFileError(
            "the file is not a nuclear medicine image",
            got=modality or "no Modality",
            allowed="NM",
            remedy="give the raw projections as the camera wrote them",
        )
    written = header.get("ImageType") or ""
    kinds = (written,) if isinstance(written, str) else tuple(str(part) for part in written)
    kind = kinds[2] if len(kinds) > 2 else ""
    if kind == "TOMO" and "TRANSMISSION" not in kinds:
        return
    if kind in _PLANAR:
        what, remedy = "is planar", "give a tomographic acquisition (TOMO)"
    elif kind.startswith("RECON"):
        what, remedy = "is reconstructed already", "give the raw projections it was made from"
    elif kind == "GATED TOMO":
        what, remedy = "is gated", "export the sum over the gates"
    elif kind == "TOMO":
        what, remedy = "is a transmission scan", "give the emission projections"
    else:
        what, remedy = "is of an unknown kind", "give the raw projections as the camera wrote them"
    raise ImageFileError(
        f"the NM image {what}",
        got="\\".join(kinds) or "no Image Type",
        allowed="TOMO, EMISSION",
        remedy=remedy,
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FrameTable:
    """Which frame holds which window, head and view.

    Parameters
    ----------
    frames : ndarray of int, shape (windows, heads, views)
        Index of the frame, from 0.
    """

    frames: NDArray[np.intp]

    @property
    def windows(self) -> int:
        """Number of energy windows."""
        return int(self.frames.shape[0])

    @property
    def heads(self) -> int:
        """Number of heads."""
        return int(self.frames.shape[1])

    @property
    def views(self) -> int:
        """Number of views of each head."""
        return int(self.frames.shape[2])


def frame_table(header: Dataset, *, stored: int) -> FrameTable:
    """Find each window's, head's and view's frame by the vectors of the multi-frame module.

    Parameters
    ----------
    header : pydicom.Dataset
    stored : int
        How many frames the pixel data hold.

    Returns
    -------
    FrameTable

    Raises
    ------
    ImageFileError
        Several rotations, a vector that is missing or of another length, a view that is missing or
        there twice.

    References
    ----------
    DICOM PS3.3 C.8.4.8 (NM Multi-frame): each vector holds one number, from 1, for each frame.

    Examples
    --------
    >>> header = Dataset()
    >>> header.EnergyWindowVector, header.AngularViewVector = [1, 1, 2, 2], [1, 2, 1, 2]
    >>> frame_table(header, stored=4).frames.tolist()
    [[[0, 1]], [[2, 3]]]
    """
    rotations = _vector(header, "RotationVector", stored, "NumberOfRotations")
    if rotations.max() > 1:
        raise ImageFileError(
            "the projections are of several rotations",
            got=int(rotations.max()),
            allowed="one",
            remedy="export each rotation, or their sum, as a file of its own",
        )
    windows = _vector(header, "EnergyWindowVector", stored, "NumberOfEnergyWindows")
    heads = _vector(header, "DetectorVector", stored, "NumberOfDetectors")
    views = _vector(header, "AngularViewVector", stored, None)
    counts = [
        max(int(vector.max()), _number(header, word))
        for vector, word in (
            (windows, "NumberOfEnergyWindows"),
            (heads, "NumberOfDetectors"),
            (views, ""),
        )
    ]
    said = [
        _number(item, "NumberOfFramesInRotation")
        for item in header.get("RotationInformationSequence") or []
    ]
    counts[2] = max(counts[2], *said) if said else counts[2]
    table = np.full(counts, -1, dtype=np.intp)
    table[windows - 1, heads - 1, views - 1] = np.arange(stored)
    missing = np.argwhere(table < 0)
    if missing.size or stored != table.size:
        first = ", ".join(
            f"{name} {number + 1}"
            for name, number in zip(("window", "head", "view"), missing[0], strict=True)
        ) if missing.size else "a view twice"  # fmt: skip
        raise ImageFileError(
            "views are missing from the projections",
            got=f"{stored} frames, the first fault at {first}",
            allowed=f"{counts[0]} windows x {counts[1]} heads x {counts[2]} views",
            remedy="export the whole acquisition again",
        )
    return FrameTable(frames=table)


def _number(header: Dataset, keyword: str) -> int:
    value = header.get(keyword) if keyword else None
    return int(value) if value not in {None, ""} else 1


def _vector(header: Dataset, keyword: str, stored: int, count: str | None) -> NDArray[np.intp]:
    written = header.get(keyword)
    if written is None or written == "":
        only = count is None or _number(header, count) == 1
        if only and count is not None:
            return np.ones(stored, dtype=np.intp)
        raise ImageFileError(
            f"the projections have no {keyword}, which says what each frame is",
            got=f"{stored} frames",
            remedy="export them again with it",
        )
    vector = np.atleast_1d(np.asarray(written, dtype=np.intp))
    if vector.size != stored or vector.min() < 1:
        raise ImageFileError(
            "views are missing from the projections: the pixels and the file's list of frames "
            f"({keyword}) differ",
            got=f"{stored} frames stored",
            allowed=f"{vector.size} frames listed",
            remedy="export the whole acquisition again",
        )
    return vector


def read_windows(
    header: Dataset, *, count: int
) -> tuple[tuple[EnergyWindow, ...], tuple[str, ...]]:
    """Read the energy windows and their names.

    Parameters
    ----------
    header : pydicom.Dataset
    count : int
        How many windows the frames are of.

    Returns
    -------
    windows : tuple of EnergyWindow
    names : tuple of str
        As in the file; empty where it has none.

    Raises
    ------
    ImageFileError
        No limits, fewer windows than the frames are of, or a window of several intervals.

    References
    ----------
    DICOM PS3.3 C.8.4.10 (NM Isotope).

    Examples
    --------
    >>> read_windows(Dataset(), count=1)
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: the projections do not say their energy windows: ...
    """
    items = list(header.get("EnergyWindowInformationSequence") or [])
    ranges = [list(item.get("EnergyWindowRangeSequence") or []) for item in items]
    if len(items) < count or any(not _limits(r[0]) if r else True for r in ranges[:count]):
        raise ImageFileError(
            "the projections do not say their energy windows",
            got=f"limits of {sum(bool(r) for r in ranges)} windows",
            allowed=f"the limits of all {count}",
            remedy="export them with Energy Window Information",
        )
    if any(len(r) > 1 for r in ranges[:count]):
        raise ImageFileError(
            "an energy window is made of several intervals",
            got=f"{max(len(r) for r in ranges)} intervals",
            allowed="one",
            remedy="export the windows one by one",
        )
    windows = []
    for item in ranges[:count]:
        lower, upper = _limits(item[0])
        windows.append(EnergyWindow(lower_kev=lower, upper_kev=upper))
    names = tuple(str(item.get("EnergyWindowName") or "").strip() for item in items[:count])
    return tuple(windows), names


def _limits(item: Dataset) -> tuple[float, ...]:
    values = (item.get("EnergyWindowLowerLimit"), item.get("EnergyWindowUpperLimit"))
    return () if None in values or "" in values else tuple(float(value) for value in values)


def require_counts(header: Dataset, stored: NDArray[Any]) -> None:
    """Refuse projections that are not the counts as they were recorded.

    Parameters
    ----------
    header : pydicom.Dataset
    stored : ndarray, shape (frames, rows, columns)
        As stored.

    Raises
    ------
    QuantityError
        Rescaled, not integers, negative, or saturated.

    Examples
    --------
    >>> header = Dataset()
    >>> header.BitsStored, header.RescaleSlope = 16, "0.5"
    >>> require_counts(header, np.zeros((1, 2, 2), np.uint16))
    Traceback (most recent call last):
    ...
    hevesy.errors.QuantityError: the projections were rescaled: ...
    """
    slope, intercept = _scale(header)
    if slope != 1.0 or intercept != 0.0:
        raise QuantityError(
            "the projections were rescaled: they are counts no more",
            got=f"slope {slope:g}, intercept {intercept:g}",
            allowed="slope 1, intercept 0",
            remedy="export the raw projections",
        )
    if stored.dtype.kind not in "ui":
        raise QuantityError(
            "the projections' counts are not integers",
            got=str(stored.dtype),
            allowed="integers",
            remedy="export the raw projections",
        )
    if stored.size and stored.min() < 0:
        raise QuantityError(
            "the projections hold negative counts",
            got=int(stored.min()),
            allowed="0 or more",
            remedy="export the raw projections, before any subtraction",
        )
    bits = int(header.get("BitsStored") or 8 * stored.dtype.itemsize)
    top = 2 ** (bits - (stored.dtype.kind == "i")) - 1
    full = int(np.count_nonzero(stored >= top))
    if full:
        raise QuantityError(
            "the projections are saturated: pixels stand at the largest number that fits",
            got=f"{full} pixels at {top}",
            allowed=f"below {top}",
            remedy="acquire with shorter views or a finer matrix; what is lost can't be restored",
        )


def _scale(header: Dataset) -> tuple[float, float]:
    holders: Sequence[Dataset] = list(header.get("RealWorldValueMappingSequence") or [])
    slopes = [float(h.get("RealWorldValueSlope") or 1.0) for h in holders]
    offsets = [float(h.get("RealWorldValueIntercept") or 0.0) for h in holders]
    slopes.append(float(header.get("RescaleSlope") or 1.0))
    offsets.append(float(header.get("RescaleIntercept") or 0.0))
    return (
        next((s for s in slopes if s != 1.0), 1.0),
        next((o for o in offsets if o != 0.0), 0.0),
    )
