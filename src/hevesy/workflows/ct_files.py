"""A CT and what was drawn on it, from a volume file or from DICOM."""

from dataclasses import dataclass
from pathlib import Path

from hevesy.dicom import DicomContext, read_ct, read_structures
from hevesy.errors import ImageFileError
from hevesy.files import is_volume_file, read_label_map, read_volume
from hevesy.images import Quantity, Region, Volume

__all__ = ["CtFile", "read_ct_file", "read_outlines"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CtFile:
    """A CT as it was read.

    Parameters
    ----------
    volume : Volume
        HU.
    context : DicomContext or None
        None of a volume file: DICOM structures can't be read on it.
    patient_key : str or None
    warnings : tuple of str
    """

    volume: Volume
    context: DicomContext | None = None
    patient_key: str | None = None
    warnings: tuple[str, ...] = ()


def read_ct_file(path: Path) -> CtFile:
    """Read a CT.

    Parameters
    ----------
    path : Path
        A volume file, or a DICOM series.

    Returns
    -------
    CtFile

    Examples
    --------
    >>> read_ct_file.__name__
    'read_ct_file'
    """
    if is_volume_file(path):
        return CtFile(volume=read_volume(path, quantity=Quantity.HU))
    found = read_ct(path)
    return CtFile(
        volume=found.volume,
        context=found.context,
        patient_key=found.patient_key,
        warnings=tuple(found.warnings),
    )


def read_outlines(
    path: Path, ct: CtFile, *, instead: str
) -> tuple[tuple[Region, ...], tuple[str, ...]]:
    """Read the regions that were drawn on a CT.

    Parameters
    ----------
    path : Path
        A label map, or DICOM structures.
    ct : CtFile
    instead : str
        What may be given in place of structures, for the message.

    Returns
    -------
    tuple of Region, tuple of str
        The regions on their own grid, and warnings.

    Raises
    ------
    ImageFileError
        DICOM structures without the DICOM CT.

    Examples
    --------
    >>> read_outlines.__name__
    'read_outlines'
    """
    if is_volume_file(path):
        return tuple(read_label_map(path, [])), ()
    if ct.context is None:
        raise ImageFileError(
            "DICOM structures need the DICOM image they were drawn on",
            got=path.name,
            remedy=f"give the CT as a DICOM folder, or {instead}",
        )
    found = read_structures(path, ct.context)
    return tuple(found.regions), tuple(found.warnings)
