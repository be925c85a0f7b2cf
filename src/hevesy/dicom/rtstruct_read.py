"""RTSTRUCT: contours in the patient, read as regions on an image's grid."""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset

from hevesy.dicom.identity import DicomContext
from hevesy.dicom.structure_file import (
    StructureReference,
    lenient_reading,
    read_structure_file,
    shortened,
)
from hevesy.dicom.structure_set import StructureSet
from hevesy.errors import IdentityError, ImageFileError, RegionError
from hevesy.images import Region
from hevesy.segmentation.contours import fill_contours, plane_positions

__all__ = ["read_rtstruct"]

_CLOSED = {"CLOSED_PLANAR", "CLOSEDPLANAR_XOR"}
_CONTOUR_DATA = 0x30060050


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Roi:
    """One ROI as the file has it."""

    name: str
    frame: str
    contours_mm: tuple[NDArray[np.float64], ...]
    slab_mm: float | None
    left_out: tuple[str, ...]  # kinds of contours that enclose nothing
    repeated: int  # contours that are there twice
    on_instances: frozenset[str]


def read_rtstruct(
    path: Path, image: DicomContext, *, names: Sequence[str] | None = None
) -> StructureSet:
    """Read the regions of an RTSTRUCT on the grid of the image it was drawn on.

    Which voxels are in is decided by `hevesy.segmentation.contours.fill_contours`: those whose
    centres lie inside a slice's contours by the even-odd rule, so that holes may be contours of
    their own or keyholes. A contour's slab is as thick as the file says (Source Pixel Planes
    Characteristics, or the retired Contour Slab Thickness), else one slice where the contours name
    this image's instances, else the smallest distance between two planes of the file.

    Points and open contours enclose nothing: they are left out and reported, as is a region that
    has no contours, unless it is asked for by name.

    Parameters
    ----------
    path : Path
        The RTSTRUCT file.
    image : DicomContext
        Of the image it was drawn on.
    names : sequence of str, optional
        Read these regions only, in this order. By default all.

    Returns
    -------
    StructureSet

    Raises
    ------
    ImageFileError
        Not an RTSTRUCT, truncated, or contour data that are not points.
    IdentityError
        Drawn on another series, in another frame of reference, or of another patient.
    RegionError
        A name that the file lacks, a region asked for that has no contours, no region that has any,
        two regions of one name, a region outside the image.

    References
    ----------
    DICOM PS3.3, A.19 (RT Structure Set IOD), C.8.8.5, C.8.8.6.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((9, 9, 9), spacing_mm=(5, 2, 2))
    >>> image = DicomContext.from_header(Dataset(), grid=grid, slices=())
    >>> read_rtstruct(Path("absent.dcm"), image)
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the structure file is missing: got 'absent.dcm'; ...
    """
    dataset = read_structure_file(path, "RTSTRUCT")
    with lenient_reading(path.name):
        reference = StructureReference.of(dataset)
        rois = _rois(dataset)
    warnings = list(reference.require_image(image))
    chosen, more = _choose(rois, image, names)
    warnings += more
    regions = []
    fallback_mm = _smallest_gap_mm(chosen, image)
    for roi in chosen:
        region, met = _fill(roi, image, fallback_mm)
        regions.append(region)
        warnings += met
    return StructureSet(regions=tuple(regions), kind="RTSTRUCT", warnings=tuple(warnings))


def _rois(dataset: Dataset) -> list[_Roi]:
    """Every ROI, in the order of the Structure Set ROI Sequence."""
    contours: dict[int, Dataset] = {}
    for item in dataset.get("ROIContourSequence") or []:
        number = int(item.ReferencedROINumber)
        if number in contours:
            raise RegionError(
                "two sets of contours belong to one region",
                got=f"ROI number {number}",
                remedy="export the structure set again",
            )
        contours[number] = item
    rois = []
    numbers: set[int] = set()
    for item in dataset.get("StructureSetROISequence") or []:
        number = int(item.ROINumber)
        if number in numbers:
            raise RegionError(
                "two regions have one number",
                got=f"ROI number {number}",
                remedy="export the structure set again",
            )
        numbers.add(number)
        rois.append(_roi(item, contours.get(number)))
    if not rois:
        raise RegionError("the RTSTRUCT holds no region", remedy="export one that has regions")
    return rois


def _roi(item: Dataset, contours: Dataset | None) -> _Roi:
    name = str(item.get("ROIName") or "").strip()
    if not name:
        raise RegionError(
            "a region has no name",
            got=f"ROI number {item.ROINumber}",
            remedy="name it and export the structure set again",
        )
    closed: list[NDArray[np.float64]] = []
    seen: set[bytes] = set()
    left_out: set[str] = set()
    instances: set[str] = set()
    slab_mm = _source_plane_spacing_mm(contours)
    repeated = 0
    for contour in (contours.get("ContourSequence") or []) if contours is not None else []:
        kind = str(contour.get("ContourGeometricType") or "")
        points = _points(contour, name)
        if kind not in _CLOSED or len(points) < 3:
            left_out.add(kind if kind not in _CLOSED else "CLOSED_PLANAR of under 3 points")
            continue
        key = points.tobytes()
        if key in seen:
            repeated += 1
            continue
        seen.add(key)
        closed.append(points)
        if slab_mm is None and contour.get("ContourSlabThickness"):
            slab_mm = abs(float(contour.ContourSlabThickness))
        for source in contour.get("ContourImageSequence") or []:
            instances.add(str(source.get("ReferencedSOPInstanceUID") or ""))
    return _Roi(
        name=name,
        frame=str(item.get("ReferencedFrameOfReferenceUID") or ""),
        contours_mm=tuple(closed),
        slab_mm=slab_mm,
        left_out=tuple(sorted(left_out)),
        repeated=repeated,
        on_instances=frozenset(instances),
    )


def _source_plane_spacing_mm(contours: Dataset | None) -> float | None:
    """Distance between the planes a region was made from, where the file says."""
    if contours is None:
        return None
    for planes in contours.get("SourcePixelPlanesCharacteristicsSequence") or []:
        if planes.get("SpacingBetweenSlices"):
            return abs(float(planes.SpacingBetweenSlices))
    return None


def _points(contour: Dataset, name: str) -> NDArray[np.float64]:
    """Read a contour's vertices, shape (n, 3), LPS mm.

    The text is split here: pydicom makes an object of each number, which takes minutes for a large
    structure set.
    """
    element: Any = contour.get_item(_CONTOUR_DATA)
    value = None if element is None else element.value
    try:
        if isinstance(value, bytes):
            numbers = [float(text) for text in value.strip(b" \0").split(b"\\") if text]
        else:
            numbers = [float(number) for number in (value or ())]
    except ValueError:
        numbers = [float("nan")]
    points = np.array(numbers)
    if points.size % 3 or not np.isfinite(points).all():
        raise ImageFileError(
            f"a contour of region '{name}' does not hold points",
            got=f"{points.size} numbers",
            allowed="x, y and z of each point, finite",
            remedy="export the structure set again",
        )
    points = points.reshape(-1, 3)
    told = contour.get("NumberOfContourPoints")
    if told is not None and int(told) != len(points):
        raise ImageFileError(
            f"a contour of region '{name}' lacks points",
            got=f"{len(points)} points",
            allowed=f"{int(told)}, as the file announces",
            remedy="export the structure set again",
        )
    return points


def _choose(
    rois: list[_Roi], image: DicomContext, names: Sequence[str] | None
) -> tuple[list[_Roi], list[str]]:
    """Pick the ROIs to read, and say which are left out."""
    warnings: list[str] = []
    if names is not None:
        known = [roi.name for roi in rois]
        for name in names:
            if name not in known:
                raise RegionError(
                    "the RTSTRUCT has no such region",
                    got=name,
                    allowed=", ".join(known),
                    remedy="choose among its regions",
                )
        rois = [roi for name in dict.fromkeys(names) for roi in rois if roi.name == name]
    chosen = []
    for roi in rois:
        if image.frame_of_reference and roi.frame and roi.frame != image.frame_of_reference:
            if names is not None:
                raise IdentityError(
                    f"region '{roi.name}' lies in another frame of reference than the image",
                    got=shortened(roi.frame),
                    allowed=shortened(image.frame_of_reference),
                    remedy="give the image it was drawn on",
                )
            warnings.append(f"region '{roi.name}' lies in another frame of reference: left out")
        elif roi.contours_mm:
            chosen.append(roi)
        elif names is None:  # planning systems write every name of a template, drawn or not
            has = f"{_listed(roi)} only" if roi.left_out else "no contours"
            warnings.append(f"region '{roi.name}' has {has}: left out")
        else:
            raise RegionError(
                f"region '{roi.name}' has no closed contour",
                got=_listed(roi) if roi.left_out else "0 contours",
                remedy="draw it, or choose the other regions by name",
            )
    if not chosen:
        raise RegionError(
            "the RTSTRUCT has no region with closed contours in the image's frame of reference",
            got=", ".join(roi.name for roi in rois),
            remedy="draw the regions on the image",
        )
    for roi in chosen:
        if sum(other.name == roi.name for other in chosen) > 1:
            raise RegionError(
                "two regions have one name",
                got=roi.name,
                remedy="rename one of them in the RTSTRUCT",
            )
    return chosen, warnings


def _listed(roi: _Roi) -> str:
    return " and ".join(f"{kind or 'untyped'} contours" for kind in roi.left_out)


def _smallest_gap_mm(rois: list[_Roi], image: DicomContext) -> float | None:
    """Smallest distance between two planes of one region, over all regions."""
    spacing_mm = image.grid.spacing_mm[0]
    gaps = []
    for roi in rois:
        with contextlib.suppress(RegionError):  # told where the region itself is filled
            planes = np.sort(plane_positions(roi.contours_mm, image.grid, name=roi.name))
            apart = np.diff(planes)
            gaps += (apart[apart > 0.05] * spacing_mm).tolist()
    return min(gaps) if gaps else None


def _fill(
    roi: _Roi, image: DicomContext, fallback_mm: float | None
) -> tuple[Region, tuple[str, ...]]:
    slab_mm = roi.slab_mm
    if slab_mm is None:
        own = roi.on_instances & {part.sop_instance_uid for part in image.slices}
        slab_mm = image.grid.spacing_mm[0] if own else fallback_mm
    filled = fill_contours(roi.contours_mm, image.grid, name=roi.name, slab_mm=slab_mm)
    region = Region(
        name=roi.name,
        mask=filled.mask,
        grid=image.grid,
        frame_of_reference=image.frame_of_reference or roi.frame or None,
    )
    warnings = list(filled.warnings)
    if roi.left_out:
        warnings.append(f"region '{roi.name}' has {_listed(roi)} beside closed ones: left out")
    if roi.repeated:
        warnings.append(f"region '{roi.name}' has {roi.repeated} contours twice: counted once")
    return region, tuple(warnings)
