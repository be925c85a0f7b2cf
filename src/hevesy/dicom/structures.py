"""Regions from an RTSTRUCT or a SEG, whichever a file is."""

from collections.abc import Sequence
from pathlib import Path

from hevesy.dicom.identity import DicomContext
from hevesy.dicom.rtstruct_read import read_rtstruct
from hevesy.dicom.seg_read import read_seg
from hevesy.dicom.structure_file import (
    StructureReference,
    lenient_reading,
    read_structure_file,
    structure_kind,
)
from hevesy.dicom.structure_set import StructureSet

__all__ = ["read_structure_names", "read_structure_reference", "read_structures"]


def read_structures(
    path: Path, image: DicomContext, *, names: Sequence[str] | None = None
) -> StructureSet:
    """Read the regions of an RTSTRUCT or a SEG.

    Parameters
    ----------
    path : Path
        The file.
    image : DicomContext
        Of the image it was drawn on.
    names : sequence of str, optional
        Read these regions only, in this order. By default all.

    Returns
    -------
    StructureSet
        On the image's grid; a SEG with voxels of its own keeps its grid.

    Examples
    --------
    >>> from pydicom import Dataset
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((9, 9, 9), spacing_mm=(5, 2, 2))
    >>> read_structures(
    ...     Path("absent.dcm"), DicomContext.from_header(Dataset(), grid=grid, slices=())
    ... )
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the structure file is missing: got 'absent.dcm'; ...
    """
    kind = structure_kind(read_structure_file(path, header_only=True))
    read = read_seg if kind == "SEG" else read_rtstruct
    return read(path, image, names=names)


def read_structure_reference(path: Path) -> StructureReference:
    """Read which series and frame of reference an RTSTRUCT or SEG was drawn on.

    Examples
    --------
    >>> read_structure_reference(Path("absent.dcm"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the structure file is missing: got 'absent.dcm'; ...
    """
    return StructureReference.of(read_structure_file(path))


def read_structure_names(path: Path) -> tuple[str, ...]:
    """Read what the regions of an RTSTRUCT or SEG are called, in the file's order, drawn or not.

    Examples
    --------
    >>> read_structure_names(Path("absent.dcm"))
    Traceback (most recent call last):
    hevesy.errors.ImageFileError: the structure file is missing: got 'absent.dcm'; ...
    """
    dataset = read_structure_file(path, header_only=True)
    seg = structure_kind(dataset) == "SEG"
    with lenient_reading(path.name):
        items = dataset.get("SegmentSequence" if seg else "StructureSetROISequence") or []
        names = [str(item.get("SegmentLabel" if seg else "ROIName") or "") for item in items]
    return tuple(name.strip() for name in names if name.strip())
