"""Which DICOM series a folder holds: a first pass over headers."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataset import FileDataset

from hevesy.dicom.identity import patient_key
from hevesy.dicom.reading import read_dataset, refusing_damage
from hevesy.errors import IdentityError, ImageFileError

__all__ = ["DicomSeries", "choose_series", "find_dicom_series"]

_TAGS = (
    "SOPClassUID", "SOPInstanceUID", "ImageType", "Modality", "PatientID", "PatientName",
    "PatientBirthDate", "SpecificCharacterSet", "StudyInstanceUID", "SeriesInstanceUID",
    "SeriesDescription", "InstanceNumber",
)  # fmt: skip
_SUFFIXES = {".dcm", ".dicom", ".ima", ".dic"}
_MEDIA_DIRECTORY = "1.2.840.10008.1.3.10"  # a DICOMDIR: an index, not an image


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomSeries:
    """The files of one series; its text shows no identifier.

    Parameters
    ----------
    modality : str
        ``"CT"``, ``"NM"``, ``"PT"``, ``"RTSTRUCT"``, ``"SEG"`` and so on.
    image_type : tuple of str
        Image Type of the first file.
    sop_class_uid, series_uid, study_uid : str
        Of the series.
    patient_key : str
        For comparisons only.
    description : str
        Series Description.
    files : tuple of Path
        Sorted by path.
    image_types : tuple of tuple of str
        Image Type of each file, in the order of `files`.
    """

    modality: str
    image_type: tuple[str, ...]
    sop_class_uid: str
    series_uid: str = field(repr=False)
    study_uid: str = field(repr=False)
    patient_key: str = field(repr=False)
    description: str = field(repr=False)
    files: tuple[Path, ...] = field(repr=False)
    image_types: tuple[tuple[str, ...], ...] = field(repr=False)


def find_dicom_series(path: Path) -> tuple[DicomSeries, ...]:
    """List the series in a folder, all folders below it included, or in one file.

    Only headers are read. DICOMDIR and files that are not DICOM are left aside; a file that claims
    to be DICOM by its suffix and is not, or that lacks its identifiers, is an error.

    Parameters
    ----------
    path : Path
        A folder or a file.

    Returns
    -------
    tuple of DicomSeries
        In order of modality, then of series UID.

    Raises
    ------
    ImageFileError
        The path does not exist, holds no DICOM, or holds a broken file.
    IdentityError
        Files of two patients.

    Examples
    --------
    >>> find_dicom_series(Path("no-such-folder"))
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: there is no such DICOM file or folder: got 'no-such-folder'; ...
    """
    if not path.exists():
        raise ImageFileError(
            "there is no such DICOM file or folder", got=path.name, remedy="check the path"
        )
    with refusing_damage("a file"):
        return _find(path)


def _find(path: Path) -> tuple[DicomSeries, ...]:
    found: dict[tuple[str, str], list[tuple[Path, FileDataset]]] = {}
    for file in _candidates(path):
        header = _header(file, must=path.is_file())
        if header is not None:
            key = (str(header.SeriesInstanceUID), str(header.SOPClassUID))
            found.setdefault(key, []).append((file, header))
    if not found:
        raise ImageFileError(
            "no DICOM images here", got=path.name, remedy="give the folder that holds them"
        )
    series = sorted(
        (_series(files) for files in found.values()), key=lambda s: (s.modality, s.series_uid)
    )
    patients = {patient_key(header) for files in found.values() for _, header in files}
    if len(patients) > 1:
        raise IdentityError(
            "the folder holds files of two patients or more (ID, name, birth date are compared)",
            got=f"{len(patients)} patients",
            allowed="one",
            remedy="give a folder of one patient",
        )
    return tuple(series)


def choose_series(
    present: Sequence[DicomSeries],
    *,
    wanted: Callable[[DicomSeries], bool],
    what: str,
    series_uid: str | None = None,
) -> DicomSeries:
    """Pick the one series that is `wanted`.

    Parameters
    ----------
    present : sequence of DicomSeries
        From `find_dicom_series`.
    wanted : callable
        Whether a series will do.
    what : str
        What is looked for, for messages: ``"CT series"``.
    series_uid : str or None
        Which one, where there are several.

    Returns
    -------
    DicomSeries

    Raises
    ------
    ImageFileError
        None, or more than one.

    Examples
    --------
    >>> choose_series([], wanted=lambda series: series.modality == "CT", what="CT series")
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: there is no CT series here: got 'nothing'; ...
    """
    fitting = [s for s in present if wanted(s) and series_uid in {None, s.series_uid}]
    if len(fitting) == 1:
        return fitting[0]
    held = ", ".join(
        f"{s.modality or 'no modality'} ({'/'.join(s.image_type[2:]) or 'no image type'}, "
        f"{len(s.files)} file{'s' * (len(s.files) > 1)})"
        for s in (fitting or present)[:6]
    )
    if not fitting:
        raise ImageFileError(
            f"there is no {what} here",
            got=held or "nothing",
            remedy="give the folder or file that holds it",
        )
    raise ImageFileError(
        f"there is more than one {what} here",
        got=held,
        allowed="one",
        remedy="give a folder that holds one, or the file",
    )


def _candidates(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for file in sorted(path.rglob("*")):
        if file.is_file() and not file.name.startswith(".") and file.name.upper() != "DICOMDIR":
            yield file


def _header(file: Path, *, must: bool) -> FileDataset | None:
    """The header, or None for a side file."""
    if not must and not _looks_like_dicom(file):
        return None
    header = read_dataset(file, header_only=True, tags=_TAGS)
    meta = getattr(header, "file_meta", None)
    if getattr(meta, "MediaStorageSOPClassUID", None) == _MEDIA_DIRECTORY and not must:
        return None
    missing = [
        word
        for word in ("SOPClassUID", "SOPInstanceUID", "SeriesInstanceUID")
        if not header.get(word)
    ]
    if missing:
        raise ImageFileError(
            "a file is truncated or is no DICOM image",
            got=f"'{file.name}' without {', '.join(missing)}",
            remedy="copy or export it again, or remove it",
        )
    return header


def _looks_like_dicom(file: Path) -> bool:
    """Whether a file is DICOM, or claims to be and must then be readable."""
    if file.suffix.lower() in _SUFFIXES:
        return True
    try:
        with file.open("rb") as stream:
            start = stream.read(132)
    except OSError as error:
        raise ImageFileError(
            "a file can't be opened",
            got=file.name,
            remedy=f"check its permissions ({error.strerror or 'no reason given'})",
        ) from error
    if start[128:132] == b"DICM":
        return True
    # A data set without preamble begins with group 0002 or 0008, an even element and often a VR.
    bare = start[:2] in {b"\x02\x00", b"\x08\x00"} and len(start) > 8 and start[3:4] == b"\x00"
    # A file cut off inside its preamble of zeros, under a name without suffix as PACS write them.
    cut = len(start) < 132 and not start.strip(b"\x00") and not file.suffix.strip(".0123456789")
    return bare or cut


def _series(files: list[tuple[Path, FileDataset]]) -> DicomSeries:
    header = files[0][1]
    types = tuple(
        tuple(str(v).strip().upper() for v in (h.get("ImageType") or ())) for _, h in files
    )
    return DicomSeries(
        modality=str(header.get("Modality") or "").strip(),
        image_type=types[0],
        sop_class_uid=str(header.SOPClassUID),
        series_uid=str(header.SeriesInstanceUID),
        study_uid=str(header.get("StudyInstanceUID") or ""),
        patient_key=patient_key(header),
        description=str(header.get("SeriesDescription") or ""),
        files=tuple(file for file, _ in files),
        image_types=types,
    )
