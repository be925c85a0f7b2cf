"""SEG: segments read as regions, on the image's voxels or on their own."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydicom import Dataset
from pydicom.dataset import FileDataset
from pydicom.pixels.utils import iter_pixels

from hevesy.dicom.geometry import stack_planes
from hevesy.dicom.identity import DicomContext
from hevesy.dicom.structure_file import StructureReference, lenient_reading, read_structure_file
from hevesy.dicom.structure_set import StructureSet
from hevesy.errors import GridError, ImageFileError, RegionError
from hevesy.images import Grid, Region

__all__ = ["read_seg"]

_FRACTION = 0.5
_SAME_VOXEL = 0.02  # voxels: corners nearer than this to the image's are the image's voxels
_OFF_LATTICE = 0.05  # of the spacing
_MOST_SLICES = 10_000  # two stray frames must not ask for a volume of terabytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    """Where one frame lies, and whose it is."""

    segment: int | None  # None in a label map
    position_mm: tuple[float, ...]
    orientation: tuple[float, ...]
    pixel_spacing_mm: tuple[float, ...]
    slice_spacing_mm: float | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Placement:
    """A grid, and where each frame goes in it: slice, and the corner in the slice."""

    grid: Grid
    slices: tuple[int, ...]
    corner: tuple[int, int]


def read_seg(
    path: Path, image: DicomContext | None = None, *, names: Sequence[str] | None = None
) -> StructureSet:
    """Read the segments of a SEG: binary, fractional or label map.

    Where the frames' voxels are the image's (within 1/50 of a voxel, a part of the image's extent
    included), the regions lie on the image's grid; otherwise on the SEG's own, and a warning says
    so. Frames that a SEG leaves out are empty. A fractional segment holds the voxels of 0.5 and
    more. In a label map, segment 0 is the background.

    Parameters
    ----------
    path : Path
        The SEG file.
    image : DicomContext, optional
        Of the image; its frame of reference must be the SEG's.
    names : sequence of str, optional
        Read the segments with these labels only, in this order. By default all.

    Returns
    -------
    StructureSet

    Raises
    ------
    ImageFileError
        Not a SEG, truncated, compressed in a way that cannot be read here, or frames that do not
        say where they lie.
    RegionError
        A name that the file lacks, or two segments of one name.

    References
    ----------
    DICOM PS3.3, A.51 (Segmentation IOD), C.8.20.2, C.8.20.3.

    Examples
    --------
    >>> read_seg(Path("absent.dcm"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the structure file is missing: got 'absent.dcm'; ...
    """
    dataset = read_structure_file(path, "SEG")
    with lenient_reading(path.name):
        reference = StructureReference.of(dataset)
        frames = _frames(dataset)
        labels = _labels(dataset)
        shape = (int(dataset.Rows), int(dataset.Columns))
        kind = str(dataset.SegmentationType)
    warnings: list[str] = []
    if image is not None:
        warnings += reference.require_image(image, same_series=False)
    placement = None if image is None else _on_image(frames, shape, image.grid)
    if placement is None:
        placement = _on_own_grid(frames, shape)
        if image is not None:
            warnings.append("the SEG's voxels are not the image's: its regions keep their own grid")
    if kind == "FRACTIONAL":
        warnings.append(f"the SEG is fractional: voxels of {_FRACTION:g} and more are taken as in")
    chosen = _choose(labels, names)
    with lenient_reading(path.name):
        masks = _masks(dataset, frames, placement, set(chosen), path.name)
    frame_uid = reference.frames[0] if reference.frames else None
    if image is not None and image.frame_of_reference:
        frame_uid = image.frame_of_reference
    regions = tuple(
        Region(
            name=name,
            mask=masks[number],
            grid=placement.grid,
            frame_of_reference=frame_uid,
        )
        for number, name in chosen.items()
    )
    return StructureSet(regions=regions, kind="SEG", warnings=tuple(warnings))


def _labels(dataset: Dataset) -> dict[int, str]:
    """Segment labels by number, without a label map's background."""
    labels: dict[int, str] = {}
    for segment in dataset.SegmentSequence:
        number = int(segment.SegmentNumber)
        name = str(segment.get("SegmentLabel") or "").strip()
        if number in labels:
            raise RegionError(
                "two segments have one number", got=number, remedy="export the SEG again"
            )
        if number != 0:
            labels[number] = name
    if not labels:
        raise RegionError("the SEG holds no segment", remedy="export one that has segments")
    return labels


def _choose(labels: dict[int, str], names: Sequence[str] | None) -> dict[int, str]:
    """Pick the segments to read."""
    if names is not None:
        for name in names:
            if name not in labels.values():
                raise RegionError(
                    "the SEG has no such segment",
                    got=name,
                    allowed=", ".join(labels.values()),
                    remedy="choose among its segments",
                )
        labels = {
            number: label
            for name in dict.fromkeys(names)
            for number, label in labels.items()
            if label == name
        }
    held = list(labels.values())
    for number, name in labels.items():
        if not name:
            raise RegionError(
                "a segment has no label", got=f"segment {number}", remedy="label it in the SEG"
            )
        if held.count(name) > 1:
            raise RegionError(
                "two regions have one name", got=name, remedy="rename one of them in the SEG"
            )
    return labels


def _frames(dataset: Dataset) -> list[_Frame]:
    """Every frame's place, from its own functional groups or from the shared ones."""
    shared = dataset.SharedFunctionalGroupsSequence[0]
    is_label_map = dataset.SegmentationType == "LABELMAP"

    def group(frame: Dataset, keyword: str) -> Any:
        return (frame.get(keyword) or shared.get(keyword))[0]

    found = []
    for frame in dataset.PerFrameFunctionalGroupsSequence:
        measures = group(frame, "PixelMeasuresSequence")
        spacing = measures.get("SpacingBetweenSlices") or measures.get("SliceThickness")
        identification = None if is_label_map else group(frame, "SegmentIdentificationSequence")
        found.append(
            _Frame(
                segment=None
                if identification is None
                else int(identification.ReferencedSegmentNumber),
                position_mm=_floats(group(frame, "PlanePositionSequence").ImagePositionPatient, 3),
                orientation=_floats(
                    group(frame, "PlaneOrientationSequence").ImageOrientationPatient, 6
                ),
                pixel_spacing_mm=_floats(measures.PixelSpacing, 2),
                slice_spacing_mm=abs(float(spacing)) if spacing else None,
            )
        )
    if len(found) != int(dataset.NumberOfFrames):
        raise ImageFileError(
            "a SEG does not describe each of its frames",
            got=f"{len(found)} descriptions",
            allowed=f"{int(dataset.NumberOfFrames)} frames",
            remedy="export it again",
        )
    if any(
        frame.orientation != found[0].orientation
        or frame.pixel_spacing_mm != found[0].pixel_spacing_mm
        for frame in found
    ):
        raise GridError(
            "the frames of a SEG differ in orientation or spacing",
            remedy="export it as one volume",
        )
    return found


def _floats(values: Any, count: int) -> tuple[float, ...]:
    numbers = tuple(float(value) for value in values)
    if len(numbers) != count or not np.isfinite(numbers).all():
        raise ImageFileError(
            "a SEG's frame has a broken position, orientation or spacing",
            got=f"{len(numbers)} numbers",
            allowed=f"{count} finite numbers",
            remedy="export it again",
        )
    return numbers


def _on_image(frames: list[_Frame], shape: tuple[int, int], grid: Grid) -> _Placement | None:
    """Place the frames on the image's voxels; None where they are not the same."""
    rows, columns = shape
    y_mm, x_mm = frames[0].pixel_spacing_mm
    along_rows, along_columns = np.reshape(frames[0].orientation, (2, 3))
    reach = np.array(
        [
            [0, 0, 0],
            along_columns * y_mm * (rows - 1),
            along_rows * x_mm * (columns - 1),
            along_columns * y_mm * (rows - 1) + along_rows * x_mm * (columns - 1),
        ]
    )
    positions = np.array([frame.position_mm for frame in frames])
    corners = grid.to_index(positions[:, None, :] + reach)  # frames, corners, zyx
    nearest = np.round(corners)
    if np.abs(corners - nearest).max() > _SAME_VOXEL:
        return None
    spans = nearest - nearest[:, :1]
    steps = np.array([[0, 0, 0], [0, rows - 1, 0], [0, 0, columns - 1], [0, rows - 1, columns - 1]])
    slice_mm = frames[0].slice_spacing_mm
    single = len(np.unique(nearest[:, 0, 0])) == 1
    thick = slice_mm is not None and abs(slice_mm / grid.spacing_mm[0] - 1) > _SAME_VOXEL
    inside = (nearest >= 0).all() and (nearest < np.array(grid.shape)).all()
    one_corner = (nearest[:, 0, 1:] == nearest[0, 0, 1:]).all()
    if (spans != steps).any() or not inside or not one_corner or (thick and not single):
        return None
    first = nearest[:, 0].astype(int)
    return _Placement(
        grid=grid,
        slices=tuple(first[:, 0].tolist()),
        corner=(int(first[0, 1]), int(first[0, 2])),
    )


def _on_own_grid(frames: list[_Frame], shape: tuple[int, int]) -> _Placement:
    """Place the frames on the lattice that they span themselves."""
    along_rows, along_columns = np.reshape(frames[0].orientation, (2, 3))
    normal = np.cross(along_rows, along_columns)
    positions = np.array([frame.position_mm for frame in frames])
    along = positions @ normal
    apart = np.diff(np.unique(np.round(along, 3)))
    spacing_mm = frames[0].slice_spacing_mm
    if len(apart) and (spacing_mm is None or apart.min() < 0.9 * spacing_mm):
        spacing_mm = float(apart.min())
    slots = (along - along.min()) / (spacing_mm or 1.0)
    off = float(np.abs(slots - np.round(slots)).max())
    if off > _OFF_LATTICE or slots.max() >= _MOST_SLICES:
        raise GridError(
            "the frames of a SEG are not equally spaced",
            got=f"{off:.2g} of the spacing off, {slots.max() + 1:.0f} slices",
            allowed=f"up to {_OFF_LATTICE:g}, {_MOST_SLICES} slices",
            remedy="export it as one volume",
        )
    slices = np.round(slots).astype(int)
    count = int(slices.max()) + 1
    lowest, highest = positions[along.argmin()], positions[along.argmax()]
    stack = stack_planes(
        lowest + np.linspace(0, 1, count)[:, None] * (highest - lowest),
        orientation=frames[0].orientation,
        pixel_spacing_mm=frames[0].pixel_spacing_mm,
        rows=shape[0],
        columns=shape[1],
        single_spacing_mm=spacing_mm,
        where="the SEG",
    )
    return _Placement(grid=stack.grid, slices=tuple(slices.tolist()), corner=(0, 0))


def _masks(
    dataset: FileDataset,
    frames: list[_Frame],
    placement: _Placement,
    wanted: set[int],
    name: str,
) -> dict[int, NDArray[np.bool_]]:
    """Fill a mask for each wanted segment."""
    masks = {number: np.zeros(placement.grid.shape, dtype=np.bool_) for number in wanted}
    rows, columns = int(dataset.Rows), int(dataset.Columns)
    y, x = placement.corner
    filled: set[tuple[int | None, int]] = set()
    fraction = _FRACTION * float(dataset.get("MaximumFractionalValue") or 1)
    fractional = dataset.SegmentationType == "FRACTIONAL"
    for frame, k, plane in zip(frames, placement.slices, _planes(dataset, name), strict=True):
        if (frame.segment, k) in filled:
            raise ImageFileError(
                "two frames of one segment lie at one place",
                got=name,
                remedy="export a SEG of one time point and one volume",
            )
        filled.add((frame.segment, k))
        for number in wanted if frame.segment is None else wanted & {frame.segment}:
            place = masks[number][k, y : y + rows, x : x + columns]
            if frame.segment is None:
                place[...] = plane == number
            else:
                place[...] = plane >= fraction if fractional else plane != 0
    return masks


def _planes(dataset: FileDataset, name: str) -> Iterator[NDArray[Any]]:
    """Stored values frame by frame: a SEG of many segments unpacked at once would fill memory."""
    syntax = dataset.file_meta.get("TransferSyntaxUID")  # none: native, by DICOM's default
    shape = (int(dataset.Rows), int(dataset.Columns))
    count = int(dataset.NumberOfFrames)
    if dataset.get("BitsAllocated") == 1 and not (syntax and syntax.is_encapsulated):
        packed = np.frombuffer(dataset.get("PixelData") or b"", dtype=np.uint8)
        size = shape[0] * shape[1]
        if packed.size * 8 < size * count:
            raise ImageFileError(
                "a SEG has fewer pixels than it announces",
                got=name,
                remedy="it is truncated: copy or export it again",
            )
        for i in range(count):
            start, offset = divmod(i * size, 8)
            part = packed[start : (i * size + size + 7) // 8]
            bits = np.unpackbits(part, bitorder="little")[offset : offset + size]
            yield bits.reshape(shape)
        return
    for plane in iter_pixels(dataset, raw=True):
        yield np.asarray(plane)
