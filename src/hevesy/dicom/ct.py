"""CT series read into Hounsfield units on a grid."""

from dataclasses import dataclass, field
from pathlib import Path

from hevesy.dicom.functional_groups import read_enhanced_planes
from hevesy.dicom.identity import DicomContext, patient_key
from hevesy.dicom.reading import refusing_damage
from hevesy.dicom.scan_files import DicomSeries, choose_series, find_dicom_series
from hevesy.dicom.slices import PlaneImage, assemble, read_planes, spacing_warnings
from hevesy.errors import ImageFileError, QuantityError
from hevesy.images import Quantity, Volume

__all__ = ["DicomImage", "read_ct"]

_CT = "1.2.840.10008.5.1.4.1.1.2"
_ENHANCED_CT = {"1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.2.2"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DicomImage:
    """An image from DICOM, and what others need to join its study.

    Parameters
    ----------
    volume : Volume
        The image.
    series_uid, study_uid : str
        Of the series.
    frame_of_reference : str or None
        Frame of Reference UID.
    patient_key : str
        For comparisons only; see `hevesy.dicom.patient_key`.
    context : DicomContext
        For writers.
    warnings : tuple of str
        For the report.
    """

    volume: Volume
    series_uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    frame_of_reference: str | None = field(repr=False)
    patient_key: str = field(repr=False)
    context: DicomContext = field(repr=False)
    warnings: tuple[str, ...] = ()


def read_ct(path: Path, *, series_uid: str | None = None) -> DicomImage:
    """Read a CT series: slices in files of their own, or one enhanced multi-frame file.

    Slices are put in order by position along their normal; Image Position and Image Orientation
    (Patient) alone say where they lie, so oblique and feet-first series need nothing special. Their
    spacing must be equal (see `stack_planes`). Scouts are left aside. Memory: int16 where every
    slice's Rescale Slope is 1 and its intercept whole (2 bytes a voxel, 150 MB for 300 slices of
    512 x 512), else float32.

    Parameters
    ----------
    path : Path
        A folder or a file.
    series_uid : str or None
        Which series, where the folder holds several.

    Returns
    -------
    DicomImage
        `volume` in HU, int16 or float32, shape (slices, rows, columns).

    Raises
    ------
    ImageFileError
        No CT, several, a broken file; an enhanced CT of more than one file.
    QuantityError
        Slices that don't say how to rescale to HU.
    GridError
        Missing, duplicate or unequally spaced slices, a tilted gantry.
    IdentityError
        Files of two patients.

    References
    ----------
    DICOM PS3.3 C.7.6.2 (image plane), C.11.1 (rescale to HU), C.7.6.16 (functional groups).

    Examples
    --------
    >>> read_ct(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: there is no such DICOM file or folder: ...
    """
    with refusing_damage("the CT"):
        return _read_ct(path, series_uid)


def _read_ct(path: Path, series_uid: str | None) -> DicomImage:
    series = choose_series(
        find_dicom_series(path), wanted=_is_ct, what="CT series", series_uid=series_uid
    )
    files = [
        file
        for file, kind in zip(series.files, series.image_types, strict=True)
        if "LOCALIZER" not in kind
    ]
    if series.sop_class_uid in _ENHANCED_CT:
        if len(files) > 1:
            raise ImageFileError(
                "an enhanced CT series has more than one file",
                got=f"{len(files)} files",
                allowed="one",
                remedy="give the file",
            )
        planes = read_enhanced_planes(files[0], where="the CT")
    else:
        planes = read_planes(files, where="the CT")
        for keyword in ("RescaleSlope", "RescaleIntercept"):
            if any(plane.header.get(keyword) is None for plane in planes):
                raise QuantityError(
                    "the CT does not say how its stored values become HU",
                    got=f"a slice without {keyword}",
                    allowed="both on every slice",
                    remedy="export the series again, or give it as NIfTI in HU",
                )
    image = assemble(planes, where="the CT", integers=True)
    return _image(image, series)


def _is_ct(series: DicomSeries) -> bool:
    if series.sop_class_uid != _CT and series.sop_class_uid not in _ENHANCED_CT:
        return False
    return any("LOCALIZER" not in kind for kind in series.image_types)


def _image(image: PlaneImage, series: DicomSeries) -> DicomImage:
    context = DicomContext.from_header(image.header, grid=image.grid, slices=image.slices)
    return DicomImage(
        volume=Volume(
            values=image.values,
            grid=image.grid,
            quantity=Quantity.HU,
            frame_of_reference=context.frame_of_reference,
        ),
        series_uid=series.series_uid,
        study_uid=series.study_uid,
        frame_of_reference=context.frame_of_reference,
        patient_key=patient_key(image.header),
        context=context,
        warnings=spacing_warnings(image, where="the CT"),
    )
