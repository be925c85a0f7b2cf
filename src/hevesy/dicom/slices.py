"""Images of one slice a file, put together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset

from hevesy.dicom.geometry import stack_planes
from hevesy.dicom.identity import ReferencedSlice
from hevesy.dicom.reading import decode_pixels, read_dataset
from hevesy.errors import GridError, ImageFileError
from hevesy.images import Grid

__all__ = ["Plane", "PlaneImage", "assemble", "read_planes", "spacing_warnings"]

_COSINE = 5e-4  # 0.03 degrees: what direction cosines of 4 digits need
_SPACING_SHARE = 1e-4
_FURTHEST = 1.5  # spacing over thickness


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Plane:
    """One slice as stored, with what places and scales it.

    Parameters
    ----------
    header : pydicom.Dataset
        Of its file, without the pixels.
    stored : ndarray, shape (rows, columns)
        Values as stored.
    slope, intercept : float
        Value = stored x slope + intercept.
    position_mm : tuple of float
        Image Position (Patient), LPS mm.
    orientation : tuple of float
        Image Orientation (Patient).
    pixel_spacing_mm : tuple of float
        Between rows, between columns, mm.
    thickness_mm : float or None
        Spacing Between Slices or Slice Thickness, for a single slice, mm.
    frame_number : int or None
        From 1, in a multi-frame file.
    """

    header: Dataset
    stored: NDArray[np.generic]
    slope: float
    intercept: float
    position_mm: tuple[float, ...]
    orientation: tuple[float, ...]
    pixel_spacing_mm: tuple[float, ...]
    thickness_mm: float | None
    frame_number: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlaneImage:
    """Slices put together.

    Parameters
    ----------
    values : ndarray of int16 or float32, shape ``grid.shape``
        Rescaled.
    grid : Grid
        Where the voxels lie.
    slices : tuple of ReferencedSlice
        In the order of the grid's z.
    header : pydicom.Dataset
        Of slice 0.
    headers : tuple of pydicom.Dataset
        Of every slice, in the order of z.
    """

    values: NDArray[np.generic]
    grid: Grid
    slices: tuple[ReferencedSlice, ...]
    header: Dataset
    headers: tuple[Dataset, ...]


def read_planes(files: Sequence[Path], *, where: str) -> list[Plane]:
    """Read files of one slice each.

    Parameters
    ----------
    files : sequence of Path
        Of one series, in any order.
    where : str
        Which image, for messages.

    Returns
    -------
    list of Plane
        In the order of `files`.

    Raises
    ------
    ImageFileError
        A broken file, a colour image, or several frames where one is expected.
    GridError
        A slice without position, orientation or spacing.

    Examples
    --------
    >>> read_planes([], where="the CT")
    []
    """
    return [_read_plane(file, where) for file in files]


def _read_plane(file: Path, where: str) -> Plane:
    dataset = read_dataset(file)
    stored = decode_pixels(dataset, name=file.name)
    if stored.ndim != 2:
        raise ImageFileError(
            f"{where} has a file that is not one grey slice",
            got=f"'{file.name}' of shape {stored.shape}",
            allowed="(rows, columns)",
            remedy="export the series as single grey slices",
        )
    del dataset.PixelData  # the header stays, the pixels need not stay twice
    return Plane(
        header=dataset,
        stored=stored,
        slope=float(dataset.get("RescaleSlope", 1.0)),
        intercept=float(dataset.get("RescaleIntercept", 0.0)),
        position_mm=_numbers(dataset, "ImagePositionPatient", 3, where),
        orientation=_numbers(dataset, "ImageOrientationPatient", 6, where),
        pixel_spacing_mm=_numbers(dataset, "PixelSpacing", 2, where),
        thickness_mm=_thickness_mm(dataset),
    )


def _numbers(dataset: Dataset, keyword: str, count: int, where: str) -> tuple[float, ...]:
    value = dataset.get(keyword)
    if value is None or isinstance(value, str) or len(value) != count:
        raise GridError(
            f"a slice of {where} has no {keyword}",
            got=None if value is None else f"{value}",
            allowed=f"{count} numbers",
            remedy="export the series again with its geometry",
        )
    return tuple(float(v) for v in value)


def _thickness_mm(dataset: Dataset) -> float | None:
    for keyword in ("SpacingBetweenSlices", "SliceThickness"):
        if dataset.get(keyword):
            return abs(float(dataset[keyword].value))
    return None


def assemble(planes: Sequence[Plane], *, where: str, integers: bool = False) -> PlaneImage:
    """Put slices in order along their normal, rescaled, on one grid.

    Parameters
    ----------
    planes : sequence of Plane
        Parallel, of one size, in any order.
    where : str
        Which image, for messages.
    integers : bool
        Keep int16 where slopes are 1, intercepts whole and all values fit.

    Returns
    -------
    PlaneImage

    Raises
    ------
    GridError
        Slices of different size, spacing, orientation or frame of reference; and as
        `hevesy.dicom.geometry.stack_planes`.

    Examples
    --------
    >>> plane = Plane(header=Dataset(), stored=np.ones((2, 2)), slope=2.0, intercept=-1.0,
    ...               position_mm=(0.0, 0.0, 0.0), orientation=(1.0, 0, 0, 0, 1.0, 0),
    ...               pixel_spacing_mm=(1.0, 1.0), thickness_mm=3.0)
    >>> assemble([plane], where="the CT").values.tolist()
    [[[1.0, 1.0], [1.0, 1.0]]]
    """
    first = planes[0]
    _require_alike(planes, where)
    stack = stack_planes(
        [plane.position_mm for plane in planes],
        orientation=np.median([plane.orientation for plane in planes], axis=0),
        pixel_spacing_mm=first.pixel_spacing_mm,
        rows=first.stored.shape[0],
        columns=first.stored.shape[1],
        single_spacing_mm=first.thickness_mm,
        where=where,
    )
    ordered = [planes[i] for i in stack.order]
    as_integers = integers and _fit_int16(planes)
    values = np.empty(stack.grid.shape, dtype=np.int16 if as_integers else np.float32)
    for z, plane in enumerate(ordered):
        if as_integers:
            values[z] = plane.stored.astype(np.int32) + int(plane.intercept)
        else:
            values[z] = plane.stored.astype(np.float64) * plane.slope + plane.intercept
    slices = tuple(
        ReferencedSlice(
            sop_instance_uid=str(plane.header.get("SOPInstanceUID", "")),
            position_mm=np.array(plane.position_mm),
            frame_number=plane.frame_number,
        )
        for plane in ordered
    )
    return PlaneImage(
        values=values,
        grid=stack.grid,
        slices=slices,
        header=ordered[0].header,
        headers=tuple(plane.header for plane in ordered),
    )


def spacing_warnings(image: PlaneImage, *, where: str) -> tuple[str, ...]:
    """Warn where slices stand further apart than 1.5 times their thickness.

    Every second slice missing, or all but two, leaves an equal spacing that nothing else betrays.

    Examples
    --------
    >>> thin = Dataset()
    >>> thin.SliceThickness = 2
    >>> image = PlaneImage(values=np.zeros((2, 1, 1), dtype=np.int16), slices=(), header=thin,
    ...     grid=Grid.from_spacing((2, 1, 1), spacing_mm=(4, 1, 1)), headers=(thin, thin))
    >>> spacing_warnings(image, where="the CT")
    ('the slices of the CT are 2 mm thick and 4 mm apart: some may be missing',)
    """
    thickness_mm = float(image.header.get("SliceThickness") or 0)
    spacing_mm = image.grid.spacing_mm[0]
    if image.grid.shape[0] < 2 or not 0 < thickness_mm * _FURTHEST < spacing_mm:
        return ()
    return (
        f"the slices of {where} are {thickness_mm:g} mm thick and {spacing_mm:g} mm apart: "
        "some may be missing",
    )


def _fit_int16(planes: Sequence[Plane]) -> bool:
    limits = np.iinfo(np.int16)
    return all(
        plane.slope == 1.0
        and plane.intercept == round(plane.intercept)
        and plane.stored.dtype.kind in "iu"
        and int(plane.stored.min()) + plane.intercept >= limits.min
        and int(plane.stored.max()) + plane.intercept <= limits.max
        for plane in planes
    )


def _require_alike(planes: Sequence[Plane], where: str) -> None:
    first = planes[0]
    frame = first.header.get("FrameOfReferenceUID")
    for plane in planes[1:]:
        if plane.stored.shape != first.stored.shape:
            fault, got = "pixels", f"{first.stored.shape} and {plane.stored.shape}"
        elif not np.allclose(
            plane.pixel_spacing_mm, first.pixel_spacing_mm, rtol=_SPACING_SHARE, atol=0
        ):
            fault = "pixel spacing"
            got = f"{first.pixel_spacing_mm} and {plane.pixel_spacing_mm} mm"
        elif not np.allclose(plane.orientation, first.orientation, rtol=0, atol=_COSINE):
            fault, got = "orientation", f"{first.orientation} and {plane.orientation}"
        elif plane.header.get("FrameOfReferenceUID") != frame:
            fault, got = "Frame of Reference", "two"
        else:
            continue
        raise GridError(
            f"the slices of {where} differ in {fault}",
            got=got,
            allowed="one for all",
            remedy="give one series only (a scout or a reformat may have joined it)",
        )
