"""NIfTI and NRRD images, in the patient's LPS frame."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import CaseError, ImageFileError, OutputError, RegionError
from hevesy.files.nifti import check_nifti, read_nifti
from hevesy.files.output import atomic_file
from hevesy.images import Grid, Quantity, Region, Volume

__all__ = [
    "is_volume_file",
    "read_activity_volume",
    "read_label_map",
    "read_volume",
    "write_volume",
]

_SUFFIXES = (".nii", ".nii.gz", ".nrrd")
_UNITS = {
    "Bq/mL": (Quantity.BQ_PER_ML, 1.0),
    "kBq/mL": (Quantity.BQ_PER_ML, 1e3),
    "MBq/mL": (Quantity.BQ_PER_ML, 1e6),
    "Bq": (Quantity.BQ, 1.0),
}


def is_volume_file(path: Path) -> bool:
    """Whether the path is named as a NIfTI or NRRD file; else it is taken for DICOM.

    Examples
    --------
    >>> is_volume_file(Path("spect.nii.gz")), is_volume_file(Path("SCAN_001"))
    (True, False)
    """
    return path.name.lower().endswith(_SUFFIXES)


def read_volume(path: Path, *, quantity: Quantity, scale: float = 1.0) -> Volume:
    """Read a NIfTI or NRRD image.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz`` or ``.nrrd``; three axes, one number a voxel.
    quantity : Quantity
        What the numbers are, for the file does not say.
    scale : float
        The numbers are multiplied by it; 1 keeps the file's own type.

    Returns
    -------
    Volume
        Without a frame of reference, which these formats don't have.

    Raises
    ------
    ImageFileError
        Missing, truncated, another format, a time series, colours, or no orientation.

    Examples
    --------
    >>> import tempfile
    >>> grid = Grid.from_spacing((2, 3, 4), spacing_mm=(5, 2, 2))
    >>> dose = Volume(values=np.ones(grid.shape, np.float32), grid=grid, quantity=Quantity.GY)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_volume(Path(folder) / "dose.nii.gz", dose)
    ...     read_volume(Path(folder) / "dose.nii.gz", quantity=Quantity.GY).grid.matches(grid)
    True
    """
    values, grid = _read(path)
    if values.dtype.kind == "f" and not np.isfinite(values).all():
        raise ImageFileError(
            "the image has voxels that are not finite",
            got=path.name,
            remedy="set them to a number, or export it again",
        )
    if scale != 1.0:
        values = values * np.float64(scale)
    return Volume(values=values, grid=grid, quantity=quantity)


def read_activity_volume(path: Path, *, unit: str) -> Volume:
    """Read a SPECT that is kept as NIfTI or NRRD, in the unit that the case file gives.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz`` or ``.nrrd``.
    unit : str
        ``"Bq/mL"``, ``"kBq/mL"``, ``"MBq/mL"``, or ``"Bq"`` per voxel.

    Returns
    -------
    Volume
        BQ_PER_ML, or BQ for activity per voxel.

    Raises
    ------
    CaseError
        Another unit.

    Examples
    --------
    >>> read_activity_volume(Path("spect.nii"), unit="counts")
    Traceback (most recent call last):
    hevesy.errors.CaseError: unknown unit of a scan: ...
    """
    if unit not in _UNITS:
        raise CaseError(
            "unknown unit of a scan",
            got=unit,
            allowed=", ".join(_UNITS),
            remedy="correct `unit` in the case",
        )
    quantity, scale = _UNITS[unit]
    return read_volume(path, quantity=quantity, scale=scale)


def read_label_map(path: Path, names: Sequence[tuple[int, str]]) -> tuple[Region, ...]:
    """Read the named labels of a NIfTI or NRRD label map.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz`` or ``.nrrd`` with whole numbers.
    names : sequence of (int, str)
        Which labels are wanted, and what they are called; other labels are left out. Empty: all
        labels, called by the file's name, and with their number where there are several.

    Returns
    -------
    tuple of Region
        In the order of `names`.

    Raises
    ------
    ImageFileError
        The file can't be read, or holds numbers that are not whole.
    RegionError
        An empty map, or a label that the file does not have.

    Examples
    --------
    >>> import tempfile
    >>> grid = Grid.from_spacing((1, 1, 4), spacing_mm=(10, 10, 10))
    >>> labels = np.array([[[0, 1, 1, 2]]], dtype=np.uint8)
    >>> image = Volume(values=labels, grid=grid, quantity=Quantity.RELATIVE)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = write_volume(Path(folder) / "labels.nrrd", image)
    ...     liver, = read_label_map(Path(folder) / "labels.nrrd", [(1, "liver")])
    >>> liver.volume_ml
    2.0
    """
    values, grid = _read(path)
    if values.dtype.kind == "f" and not np.array_equal(values, np.rint(values)):
        raise ImageFileError(
            "a label map must hold whole numbers",
            got=path.name,
            remedy="was it resampled? Use nearest neighbours",
        )
    present = [int(label) for label in np.unique(values) if label > 0]
    if not present and not names:
        raise RegionError(
            "the label map is empty", got=path.name, remedy="draw a region in it, or leave it out"
        )
    stem = path.name.split(".")[0]
    all_labels = [(n, stem if len(present) == 1 else f"{stem} {n}") for n in present]
    regions = []
    for label, name in names or all_labels:
        if label not in present:
            shown = ", ".join(map(str, present[:20])) + (" ..." if len(present) > 20 else "")
            raise RegionError(
                f"the label map has no voxel with the label of region '{name}'",
                got=label,
                allowed=shown or "none: the map is empty",
                remedy="correct structure_names",
            )
        regions.append(Region(name=name, mask=values == label, grid=grid))
    return tuple(regions)


def write_volume(path: Path, volume: Volume) -> Path:
    """Write an image as NIfTI or NRRD; complete, or not at all.

    Floats are written in 32 bits, integers as they are, booleans in 8 bits. NIfTI keeps the
    geometry in 32-bit floats, NRRD in decimal digits that give back the same number.

    Parameters
    ----------
    path : Path
        ``.nii``, ``.nii.gz`` or ``.nrrd``.
    volume : Volume
        What to write.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    OutputError
        Another suffix, or the file could not be written.

    Examples
    --------
    >>> grid = Grid.from_spacing((2, 3, 4), spacing_mm=(5, 2, 2))
    >>> dose = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.GY)
    >>> write_volume(Path("dose.tif"), dose)
    Traceback (most recent call last):
    hevesy.errors.OutputError: an image can't be written in this format: ...
    """
    sitk = _toolkit()
    if not is_volume_file(path):
        raise OutputError(
            "an image can't be written in this format",
            got=path.name,
            allowed=", ".join(_SUFFIXES),
            remedy="change the suffix",
        )
    values = volume.values
    if values.dtype.kind == "b":
        values = values.astype(np.uint8)
    elif values.dtype.kind == "f":
        values = values.astype(np.float32)
    image = sitk.GetImageFromArray(values)
    image.SetSpacing(volume.grid.spacing_mm[::-1])
    image.SetOrigin(volume.grid.origin_mm.tolist())
    image.SetDirection(volume.grid.direction[:, ::-1].reshape(-1).tolist())
    with atomic_file(path) as part:
        try:
            sitk.WriteImage(image, str(part), useCompression=not part.name.endswith(".nii"))
            _check_written(part)
        except (RuntimeError, ImageFileError) as error:
            raise OutputError(
                "the image could not be written completely",
                got=path.name,
                remedy="is the disk full? Make room, or choose another folder",
            ) from error
    return path


def _check_written(path: Path) -> None:
    """Read it back: a full disk may leave a part of a file without a word."""
    if path.name.endswith(".nrrd"):
        _read_nrrd(path)
    else:
        check_nifti(path)


def _read(path: Path) -> tuple[NDArray[Any], Grid]:
    if not path.is_file() or not is_volume_file(path):
        raise ImageFileError(
            "the image is not a file of a known format" if path.exists() else "no such image",
            got=path.name,
            allowed=", ".join(_SUFFIXES),
            remedy="correct the path in the case file",
        )
    return _read_nrrd(path) if path.name.lower().endswith(".nrrd") else read_nifti(path)


def _read_nrrd(path: Path) -> tuple[NDArray[Any], Grid]:
    sitk = _toolkit()
    try:
        image = sitk.ReadImage(str(path), imageIO="NrrdImageIO")
    except RuntimeError:
        raise ImageFileError(
            "the image is truncated, damaged or not NRRD",
            got=path.name,
            remedy="copy it again from its source",
        ) from None
    if image.GetDimension() != 3 or image.GetNumberOfComponentsPerPixel() != 1:
        raise ImageFileError(
            "the image must have three axes and one number a voxel",
            got=f"{path.name}: {' x '.join(map(str, image.GetSize()))}, "
            f"{image.GetNumberOfComponentsPerPixel()} numbers a voxel",
            remedy="give one [[scan]] per time point",
        )
    if "NRRD_space" not in image.GetMetaDataKeys():
        raise ImageFileError(
            "the NRRD file does not say how the image lies in the patient (no `space`)",
            got=path.name,
            remedy="export it again with its orientation",
        )
    x, y, z = image.GetSpacing()
    grid = Grid.from_spacing(
        image.GetSize()[::-1],
        spacing_mm=(z, y, x),
        origin_mm=image.GetOrigin(),
        direction=np.array(image.GetDirection()).reshape(3, 3)[:, ::-1],
    )
    return np.asarray(sitk.GetArrayFromImage(image)), grid


def _toolkit() -> Any:
    """SimpleITK, untyped and slow to import: only where an image is read or written."""
    import SimpleITK

    return SimpleITK
