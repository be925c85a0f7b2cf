"""What is known of a person's files before they are shared: identifiers, UIDs, dates, kinds."""

import re
import warnings
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.uid import UID

from hevesy.dicom.reading import read_dataset, refusing_damage
from hevesy.errors import ImageFileError
from hevesy.trial.sharing import Identifiers

__all__ = [
    "DAMAGED",
    "NO_DICOM",
    "NO_IMAGE",
    "DicomSource",
    "each_element",
    "is_registered",
    "read_dicom_source",
    "refusal_to_share",
    "texts_of",
    "why_not_shared",
]

DAMAGED = "it is damaged, or its moments can't be moved"
"""One reason for both: a moment at the change of daylight saving would tell the day."""
NO_DICOM = "it is no DICOM file"
NO_IMAGE = "it is no image, dose, structure set, segmentation or registration"

_IMAGES = (
    "1.2.840.10008.5.1.4.1.1.2", "1.2.840.10008.5.1.4.1.1.2.1", "1.2.840.10008.5.1.4.1.1.20",
    "1.2.840.10008.5.1.4.1.1.128", "1.2.840.10008.5.1.4.1.1.130", "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.481.2", "1.2.840.10008.5.1.4.1.1.481.3",
    "1.2.840.10008.5.1.4.1.1.66", "1.2.840.10008.5.1.4.1.1.66.1", "1.2.840.10008.5.1.4.1.1.66.3",
    "1.2.840.10008.5.1.4.1.1.66.4", "1.2.840.10008.5.1.4.1.1.66.7",
)  # fmt: skip
_NAMING = {
    "PatientID", "OtherPatientIDs", "AccessionNumber", "InstitutionName", "InstitutionAddress",
    "InstitutionalDepartmentName", "StationName", "DeviceSerialNumber", "PatientAddress",
    "PatientTelephoneNumbers", "IssuerOfPatientID", "AdmissionID", "RequestingService",
    "ClinicalTrialSubjectID", "ClinicalTrialSiteID", "ClinicalTrialSiteName", "GantryID",
    "DetectorID", "PerformedStationName", "ScheduledStationName", "MedicalRecordLocator",
    "PerformedProcedureStepID", "RequestedProcedureID", "ScheduledProcedureStepID",
    "PatientComments", "MilitaryRank", "RegionOfResidence", "CountryOfResidence",
}  # fmt: skip
_DIRECTORY = "1.2.840.10008.1.3.10"  # a DICOMDIR
_SUFFIXES = {".dcm", ".dicom", ".ima", ".dic"}
_SCREEN = re.compile(r"SCREEN|DOSE_INFO|LOCALIZER_REPORT")


@dataclass(frozen=True, slots=True, kw_only=True)
class DicomSource:
    """What must not stand in a copy of some files; its text shows none of it.

    Parameters
    ----------
    known : Identifiers
        Persons, places, numbers, and days as DICOM writes them.
    uids : frozenset of str
        All that are mapped.
    days : frozenset of str
        ``YYYYMMDD``.
    body_parts : frozenset of str
        Body Part Examined of CT and MR; ``""`` for one that does not say.
    """

    known: Identifiers = field(repr=False)
    uids: frozenset[str] = field(repr=False)
    days: frozenset[str] = field(repr=False)
    body_parts: frozenset[str]


def each_element(dataset: Dataset) -> Iterator[DataElement]:
    """Give every element, those of sequences' items too.

    Examples
    --------
    >>> outer, inner = Dataset(), Dataset()
    >>> inner.PatientID, outer.ReferencedPatientSequence = "P1", [inner]
    >>> [element.keyword for element in each_element(outer)]
    ['ReferencedPatientSequence', 'PatientID']
    """
    for element in dataset:
        yield element
        if element.VR == "SQ":
            for item in element.value or ():
                yield from each_element(item)


def is_registered(uid: str) -> bool:
    """Whether a UID is the standard's own; not every one below its root is.

    Examples
    --------
    >>> is_registered("1.2.840.10008.1.4.1.1"), is_registered("1.2.840.10008.20240305.7")
    (True, False)
    """
    return UID(uid).name != uid


def texts_of(element: DataElement) -> tuple[str, ...]:
    """Give an element's values as texts; bytes as what of them is ASCII.

    Examples
    --------
    >>> texts_of(DataElement(0x00080008, "CS", ["ORIGINAL", "PRIMARY"]))
    ('ORIGINAL', 'PRIMARY')
    >>> texts_of(DataElement(0x00100010, "PN", "Doe^Jane"))
    ('Doe^Jane',)
    """
    value = element.value
    if value is None or element.VR == "SQ":
        return ()
    if isinstance(value, bytes):
        return (value.decode("ascii", "replace"),)
    if isinstance(value, MultiValue | list | tuple):
        return tuple(str(one) for one in value)
    return (str(value),)  # a PersonName can be iterated over, too: letter by letter


def read_dicom_source(paths: Iterable[Path]) -> DicomSource:
    """Read the headers of all files of a person that are to be shared.

    Parameters
    ----------
    paths : iterable of Path

    Returns
    -------
    DicomSource

    Raises
    ------
    ImageFileError
        A file is broken (from its reading).

    Examples
    --------
    >>> len(read_dicom_source([]).uids)
    0
    """
    people: set[str] = set()
    texts: set[str] = set()
    uids: set[str] = set()
    days: set[str] = set()
    parts: set[str] = set()
    for path in paths:
        with warnings.catch_warnings(), refusing_damage("a file to be shared"):
            warnings.simplefilter("ignore")
            header = read_dataset(path, header_only=True)
            if header.get("Modality") in {"CT", "MR"}:  # sharp enough to show a face
                parts.add(str(header.get("BodyPartExamined") or "").strip().upper())
            for element in each_element(header):
                found = [text.strip() for text in texts_of(element)]
                if element.VR == "PN":
                    people.update(found)
                elif element.VR == "UI":
                    uids.update(one for one in found if one and not is_registered(one))
                elif element.VR in {"DA", "DT"}:
                    days.update(one.replace(".", "")[:8] for one in found if len(one) >= 8)
                elif element.keyword in _NAMING:
                    texts.update(found)
            uids -= _kinds(header)
    known = Identifiers([*texts, *days], people=people)
    return DicomSource(
        known=known, uids=frozenset(uids), days=frozenset(days), body_parts=frozenset(parts)
    )


def _kinds(header: Dataset) -> set[str]:
    """UIDs that say what an object is, which a maker may define for itself."""
    return {
        text
        for element in each_element(header)
        if element.VR == "UI" and ("SOPClass" in element.keyword or "Syntax" in element.keyword)
        for text in texts_of(element)
    }


def refusal_to_share(header: Dataset) -> str:
    """Say why a file must not be shared; empty where it may.

    Examples
    --------
    >>> header = Dataset()
    >>> header.SOPClassUID, header.BurnedInAnnotation = "1.2.840.10008.5.1.4.1.1.2", "YES"
    >>> refusal_to_share(header)
    'it says that text is burnt into its pixels'
    """
    kind = str(header.get("SOPClassUID") or "")
    if kind not in _IMAGES:
        return NO_IMAGE
    if str(header.get("BurnedInAnnotation") or "").strip().upper() == "YES":
        return "it says that text is burnt into its pixels"
    words = " ".join(texts_of(header["ImageType"])) if "ImageType" in header else ""
    if "ConversionType" in header or _SCREEN.search(words.upper()):
        return "it is a picture of a screen"
    return ""


def why_not_shared(path: Path) -> str:
    """Say why a file of a folder must not be shared; empty where it may.

    Examples
    --------
    >>> why_not_shared(Path("no-such-file"))
    'it is no DICOM file'
    """
    try:
        with warnings.catch_warnings(), refusing_damage("a file to be shared"):
            warnings.simplefilter("ignore")
            header = read_dataset(path, header_only=True)
            if header.file_meta.get("MediaStorageSOPClassUID") == _DIRECTORY:
                return NO_IMAGE
            if header.get("SOPClassUID"):
                return refusal_to_share(header)
    except ImageFileError:
        pass  # what it is said to be decides
    return DAMAGED if _claims_dicom(path) else NO_DICOM


def _claims_dicom(path: Path) -> bool:
    if path.suffix.lower() in _SUFFIXES:
        return True
    try:
        with path.open("rb") as file:
            return file.read(132)[128:] == b"DICM"
    except OSError:
        return False
