"""Reconstructed NM multi-frame files: geometry, order of slices, duration."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.dicom.geometry import row_and_column_cosines
from hevesy.dicom.identity import ReferencedSlice
from hevesy.dicom.reading import decode_pixels, read_dataset
from hevesy.errors import GridError, ImageFileError
from hevesy.images import Grid

__all__ = ["NmFrames", "nm_duration_s", "read_nm_frames", "require_reconstruction"]

_RAW = {"TOMO": "raw projections", "GATED TOMO": "raw gated projections"}
_PLANAR = {"STATIC": "planar", "DYNAMIC": "planar dynamic", "GATED": "planar gated",
           "WHOLE BODY": "a planar whole-body image"}  # fmt: skip

# What else than the slice may run from frame to frame (DICOM PS3.3 C.8.4.8).
_OTHER_VECTORS = {
    "EnergyWindowVector": "energy windows",
    "DetectorVector": "detectors",
    "PhaseVector": "phases",
    "RotationVector": "rotations",
    "RRIntervalVector": "heart intervals",
    "TimeSlotVector": "time slots",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NmFrames:
    """Frames of a reconstruction on their grid.

    Parameters
    ----------
    stored : ndarray, shape ``grid.shape``
        Values as stored, in the order of the grid's z.
    grid : Grid
        The first axis runs from the first frame to the last, whichever way that is.
    slices : tuple of ReferencedSlice
        In the order of z.
    header : pydicom.Dataset
        Without pixels.
    """

    stored: NDArray[np.generic]
    grid: Grid
    slices: tuple[ReferencedSlice, ...]
    header: Dataset


def require_reconstruction(image_type: tuple[str, ...]) -> None:
    """Refuse an NM image that is not one reconstructed emission volume.

    Parameters
    ----------
    image_type : tuple of str
        Image Type (0008,0008); its third value says what kind of NM image it is.

    Raises
    ------
    ImageFileError
        Raw projections, planar, gated, or transmission.

    References
    ----------
    DICOM PS3.3 C.8.4.9.1.1.

    Examples
    --------
    >>> require_reconstruction(("ORIGINAL", "PRIMARY", "RECON TOMO", "EMISSION"))
    """
    kind = image_type[2] if len(image_type) > 2 else ""
    if kind == "RECON TOMO" and "TRANSMISSION" not in image_type:
        return
    if kind in _RAW:
        what, remedy = _RAW[kind], "reconstruct them first, and give the reconstruction"
    elif kind in _PLANAR:
        what, remedy = _PLANAR[kind], "give a reconstructed SPECT"
    elif kind == "RECON GATED TOMO":
        what, remedy = "a gated reconstruction", "give the sum over the gates"
    elif kind == "RECON TOMO":
        what, remedy = "a transmission image", "give the emission reconstruction"
    else:
        what, remedy = "of an unknown kind", "give a reconstructed SPECT"
    raise ImageFileError(
        f"the NM image is {what}",
        got="\\".join(image_type) or "no Image Type",
        allowed="RECON TOMO, EMISSION",
        remedy=remedy,
    )


def read_nm_frames(file: Path) -> NmFrames:
    """Read a reconstructed NM file.

    Image Position and Image Orientation (Patient) of the Detector Information Sequence are the
    first frame's; the others follow along the normal (row x column) by Spacing Between Slices,
    whose sign is the direction: positive behind the first frame, i.e. along the normal. Frames are
    ordered by the Slice Vector.

    Parameters
    ----------
    file : Path
        With Image Type RECON TOMO.

    Returns
    -------
    NmFrames

    Raises
    ------
    ImageFileError
        More frames than slices, or frames of several energy windows, detectors, phases or time
        slots in one file.
    GridError
        No position, no orientation or no Spacing Between Slices (its sign says which way the
        slices run, and Slice Thickness can't stand for it); detectors that disagree.

    References
    ----------
    DICOM PS3.3 C.8.4.15 (NM Reconstruction), C.8.4.11 (NM Detector), C.8.4.8 (NM Multi-frame).

    Examples
    --------
    >>> read_nm_frames(Path("no-such-file.dcm"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    dataset = read_dataset(file)
    stored = decode_pixels(dataset, name=file.name)
    stored = stored[None] if stored.ndim == 2 else stored
    order = _frame_order(dataset, stored)
    grid = _grid(dataset, stored.shape)
    del dataset.PixelData
    uid = str(dataset.SOPInstanceUID)
    slices = tuple(
        ReferencedSlice(
            sop_instance_uid=uid,
            position_mm=grid.to_world_mm([z, 0, 0]),
            frame_number=int(frame) + 1,
        )
        for z, frame in enumerate(order)
    )
    in_order = np.array_equal(order, np.arange(len(order)))
    return NmFrames(
        stored=stored if in_order else stored[order], grid=grid, slices=slices, header=dataset
    )


def _frame_order(dataset: Dataset, stored: NDArray[np.generic]) -> NDArray[np.intp]:
    if stored.ndim != 3:
        raise ImageFileError(
            "the NM image is not grey frames",
            got=f"shape {stored.shape}",
            allowed="(frames, rows, columns)",
            remedy="export the reconstruction itself, not a picture of it",
        )
    frames = len(stored)
    vector = dataset.get("SliceVector")
    if vector is None:
        numbers = np.arange(1, frames + 1)
    else:
        numbers = np.atleast_1d(np.asarray(vector, dtype=np.int64))
    said = dataset.get("NumberOfSlices")
    others = [what for word, what in _OTHER_VECTORS.items() if _differ(dataset.get(word))]
    if others:
        raise ImageFileError(
            "the NM image's frames are not the slices of one volume",
            got=f"{frames} frames of several {' and '.join(others)}",
            allowed="one frame for each slice",
            remedy="export one energy window, one phase and one bed as a volume of its own",
        )
    if sorted(numbers.tolist()) != list(range(1, frames + 1)) or said not in {None, "", frames}:
        raise ImageFileError(
            "the NM image's frames are not the slices of one volume",
            got=f"{frames} frames, {said} slices",
            allowed="one frame for each slice",
            remedy="export one energy window, one phase and one bed as a volume of its own",
        )
    return np.argsort(numbers, kind="stable")


def _differ(vector: object) -> bool:
    """Whether a vector of frame numbers names more than one thing."""
    return vector is not None and len(np.unique(np.atleast_1d(np.asarray(vector)))) > 1


def _grid(dataset: Dataset, shape: tuple[int, ...]) -> Grid:
    detectors = list(dataset.get("DetectorInformationSequence") or [])
    holders = [
        item
        for item in (*detectors, dataset)
        if item.get("ImagePositionPatient") and item.get("ImageOrientationPatient")
    ]
    spacing = dataset.get("PixelSpacing")
    if not holders or spacing is None:
        raise GridError(
            "the NM image does not say where it lies",
            got="no Image Position, Image Orientation (Patient) or Pixel Spacing",
            remedy="export it with its geometry, or as NIfTI",
        )
    positions = np.array([h.ImagePositionPatient for h in holders], dtype=np.float64)
    orientations = np.array([h.ImageOrientationPatient for h in holders], dtype=np.float64)
    if np.ptp(positions, axis=0).max() > 0.01 or np.ptp(orientations, axis=0).max() > 1e-3:
        raise GridError(
            "the NM image's detectors give it different places",
            got=f"{np.ptp(positions, axis=0).max():.2f} mm apart",
            remedy="export the reconstruction with one position",
        )
    step = dataset.get("SpacingBetweenSlices")
    if step in {None, ""} or float(step) == 0:
        raise GridError(
            "the NM image has no Spacing Between Slices, whose sign says which way slices run",
            got=step if step in {None, ""} else "0 mm",
            remedy="export it with that attribute, as single slices, or as NIfTI",
        )
    row, column = row_and_column_cosines(orientations[0], where="the NM image")
    affine = np.eye(4)
    affine[:3, 0] = np.cross(row, column) * float(step)
    affine[:3, 1] = column * float(spacing[0])
    affine[:3, 2] = row * float(spacing[1])
    affine[:3, 3] = positions[0]
    return Grid(shape=(shape[0], shape[1], shape[2]), affine=affine)


def nm_duration_s(header: Dataset) -> tuple[float | None, str | None]:
    """Duration of a tomographic acquisition, and a warning where it is uncertain.

    The views' duration times the views of a rotation, summed over rotations: heads turn together,
    so their number does not enter. A file that counts both heads' views as one detector's (GE
    writes 60 views over 360 degrees for two heads) gives twice the true duration; that can't be
    seen from the file, and is warned of.

    Parameters
    ----------
    header : pydicom.Dataset
        Of an NM file.

    Returns
    -------
    duration_s : float or None
    warning : str or None

    References
    ----------
    DICOM PS3.3 C.8.4.12 (NM Tomo Acquisition).

    Examples
    --------
    >>> nm_duration_s(Dataset())[0] is None
    True
    """
    total_ms = 0.0
    whole_turn = False
    for item in header.get("RotationInformationSequence") or []:
        frame_ms, views = item.get("ActualFrameDuration"), item.get("NumberOfFramesInRotation")
        if not frame_ms or not views:
            return None, "the SPECT's duration can't be read: views or their duration are missing"
        total_ms += float(frame_ms) * float(views)
        whole_turn |= float(item.get("ScanArc") or 0) > 300
    if total_ms == 0:
        return None, "the SPECT does not say how long it took"
    if whole_turn and int(header.get("NumberOfDetectors") or 1) == 1:
        return total_ms / 1000, (
            f"the SPECT's duration of {total_ms / 1000:g} s holds for one head; if two heads' "
            "views were written as one detector's it is half of that; the case may declare it"
        )
    return total_ms / 1000, None
