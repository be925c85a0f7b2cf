"""One person's DICOM files, rewritten for a copy."""

import re
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pydicom.datadict import tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.uid import UID

from hevesy._version import __version__
from hevesy.dicom.atomic_write import write_dataset
from hevesy.dicom.reading import read_dataset, refusing_damage
from hevesy.dicom.sharing.actions import attribute_action, attribute_name
from hevesy.dicom.sharing.moments import FileMoments
from hevesy.dicom.sharing.pixels import clean_pixels
from hevesy.dicom.sharing.source import is_registered, texts_of
from hevesy.trial.sharing import (
    OLDEST_SHARED_AGE_YEARS,
    Identifiers,
    PatientClock,
    SharingKey,
    Tally,
    holds_date,
)

__all__ = ["PatientSharing", "share_dicom_file"]

_UID_LIKE = re.compile(r"\d+(?:\.\d+){4,}")
_DUMMY = "REMOVED"
_WORDS = {"LO", "SH", "LT", "ST", "UT", "UC"}
_NO_WORDS = {"CodeValue", "LongCodeValue", "CodingSchemeDesignator"}  # digits that are no date
_CODES = (
    ("113100", "Basic Application Confidentiality Profile"),
    ("113105", "Clean Descriptors Option"),
    ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
    ("113108", "Retain Patient Characteristics Option"),
)
_DONE = {
    "remove": "removed", "empty": "emptied", "dummy": "replaced by a dummy", "uid": "mapped",
    "shift": "shifted", "age": "kept; over 89 as 90", "code": "replaced by codes",
    "zone": "written as +0000",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientSharing:
    """What one person's files are rewritten with.

    Parameters
    ----------
    key : SharingKey
    patient : str
        As in the study; UIDs are mapped for each person apart.
    clock : PatientClock
    zone : ZoneInfo
        The site's.
    known : Identifiers
        The source's: a kept text that holds one goes.
    region : callable
        A region's name to its name in the copy.
    """

    key: SharingKey
    patient: str = field(repr=False)
    clock: PatientClock = field(repr=False)
    zone: ZoneInfo = field(repr=False)
    known: Identifiers = field(repr=False)
    region: Callable[[str], str] = field(repr=False)

    @property
    def code(self) -> str:
        """The person's new code."""
        return self.key.code("patient", self.patient)


def share_dicom_file(path: Path, target: Path, *, sharing: PatientSharing, tally: Tally) -> Path:
    """Write a file's de-identified copy; pixels and their scale stay as they are.

    Parameters
    ----------
    path, target : Path
        Source; new file.
    sharing : PatientSharing
    tally : Tally
        Counts what is done.

    Returns
    -------
    Path
        `target`.

    Raises
    ------
    ImageFileError
        The source is broken, or pixels are missing (from their reading).
    TimeError
        Its clock was never shown, or shown twice, at the site (from the moving of its moments).

    References
    ----------
    DICOM PS3.15 Annex E, Basic Application Level Confidentiality Profile; PS3.3 C.7.1.1, C.12.1.1.

    Examples
    --------
    >>> from hevesy.trial.sharing import Tally
    >>> sharing = PatientSharing(
    ...     key=SharingKey(secret=bytes(32)), patient="P1", zone=ZoneInfo("UTC"),
    ...     clock=PatientClock(shift_days=-1, offset_s=0), known=Identifiers(), region=str)
    >>> share_dicom_file(Path("no-such.dcm"), Path("a.dcm"), sharing=sharing, tally=Tally())
    Traceback (most recent call last):
    ...
    hevesy.errors.ImageFileError: a DICOM file can't be opened: ...
    """
    with warnings.catch_warnings(), refusing_damage("a file to be shared"):
        warnings.simplefilter("ignore")
        source = read_dataset(path)
        made = _Rewriting(source, sharing, tally).dataset(source)
        syntax = str(source.file_meta.TransferSyntaxUID)
        if clean_pixels(made, compressed=UID(syntax).is_encapsulated):
            tally.add("DICOM", "texts beside the pixels", "removed")
        _say_so(made, sharing)
        return write_dataset(made, target, transfer_syntax=syntax)


def _say_so(made: Dataset, sharing: PatientSharing) -> None:
    made.SpecificCharacterSet = "ISO_IR 192"
    made.PatientName = made.PatientID = sharing.code
    made.PatientBirthDate = ""
    if "PatientSex" not in made:
        made.PatientSex = ""
    made.TimezoneOffsetFromUTC = "+0000"
    made.PatientIdentityRemoved = "YES"
    made.DeidentificationMethod = ["DICOM PS3.15 Annex E, 2026c", f"hevesy {__version__}"]
    items = []
    for value, meaning in _CODES:
        item = Dataset()
        item.CodeValue, item.CodingSchemeDesignator, item.CodeMeaning = value, "DCM", meaning
        items.append(item)
    made.DeidentificationMethodCodeSequence = items
    made.LongitudinalTemporalInformationModified = "MODIFIED"


class _Rewriting:
    """One file's rewriting."""

    def __init__(self, root: Dataset, sharing: PatientSharing, tally: Tally) -> None:
        self._sharing, self._tally = sharing, tally
        self._moments = FileMoments(root, sharing.zone, sharing.clock)
        self._makers: Mapping[str, Callable[[DataElement, Dataset], Any]] = {
            "keep": self._kept,
            "empty": lambda element, _: None,
            "dummy": self._dummy,
            "uid": self._uid,
            "shift": self._shifted,
            "age": lambda element, _: self._each(element, _age),
            "code": lambda element, _: self._sharing.code,
            "zone": lambda element, _: "+0000",
            "region": self._region,
        }

    def dataset(self, source: Dataset) -> Dataset:
        made = Dataset()
        for element in source:
            self._element(element, source, made)
        return made

    def _count(self, element: DataElement, action: str) -> None:
        self._tally.add("DICOM", attribute_name(element), action)

    def _element(self, element: DataElement, source: Dataset, made: Dataset) -> None:
        action = attribute_action(element)
        if element.VR == "SQ" and action in {"walk", "keep"}:
            items = [self.dataset(item) for item in element.value or ()]
            made.add(DataElement(element.tag, "SQ", Sequence(items)))
            return
        if action == "remove" or (element.VR == "SQ" and action != "empty"):
            self._count(element, _DONE["remove"])
            return
        if action in _DONE and (element.value not in (None, "") or action == "zone"):
            self._count(element, _DONE[action])
        if action == "keep" and not self._speaks(element):
            made.add(element)  # numbers, pixels: the very element, with its encoding
            return
        value = self._makers[action](element, source)
        if value is not _LEFT_OUT:
            made.add(DataElement(element.tag, element.VR, value))

    @staticmethod
    def _speaks(element: DataElement) -> bool:
        return not isinstance(element.value, bytes) and element.VR in {
            "CS", "LO", "SH", "LT", "ST", "UT", "UC", "UR", "AE", "IS",
        }  # fmt: skip

    def _each(self, element: DataElement, change: Callable[[str], str]) -> Any:
        found = [change(text) for text in texts_of(element)]
        return found[0] if len(found) == 1 else (found or None)

    def _kept(self, element: DataElement, _: Dataset) -> Any:
        why = next((why for text in texts_of(element) if (why := self._told(element, text))), "")
        if not why:
            return element.value
        self._count(element, f"removed: holds {why}")
        return _LEFT_OUT if element.VR == "CS" else None if element.VR == "IS" else _DUMMY

    def _told(self, element: DataElement, text: str) -> str:
        if self._sharing.known.found_in(text) or _UID_LIKE.search(text):
            return "an identifier"
        words = element.VR in _WORDS and element.keyword not in _NO_WORDS
        return "a date" if words and holds_date(text) else ""

    def _dummy(self, element: DataElement, source: Dataset) -> Any:
        if element.VR == "UI":
            return self._uid(element, source)
        return "000Y" if element.VR == "AS" else _DUMMY

    def _uid(self, element: DataElement, _: Dataset) -> Any:
        key, patient = self._sharing.key, self._sharing.patient

        def mapped(text: str) -> str:
            uid = text.strip()
            return uid if is_registered(uid) else key.uid(patient, uid)

        return self._each(element, mapped)

    def _region(self, element: DataElement, _: Dataset) -> Any:
        def rename(name: str) -> str:
            made = self._sharing.region(name)
            self._count(element, "kept: a word for an organ or a lesion" if made == name
                        else "replaced by codes")  # fmt: skip
            return made

        return self._each(element, rename)

    def _shifted(self, element: DataElement, source: Dataset) -> Any:
        texts = texts_of(element)
        if element.VR == "DT":
            found = [self._moments.date_time(text) for text in texts]
        else:
            beside = _partner(element, source)
            if element.VR == "DA":
                found = [
                    self._moments.pair(text, other)[0] if other else self._moments.day(text)
                    for text, other in zip(texts, _padded(beside, texts), strict=True)
                ]
            else:
                found = [
                    self._moments.pair(other, text)[1] if other else self._moments.time(text)
                    for text, other in zip(texts, _padded(beside, texts), strict=True)
                ]
        if any(text and not made for text, made in zip(texts, found, strict=True)):
            self._count(element, "emptied: no day that can be shifted")
        return found[0] if len(found) == 1 else (found or None)


_LEFT_OUT = object()


def _partner(element: DataElement, source: Dataset) -> tuple[str, ...]:
    """Values of the time beside a date, or of the date beside a time, at the same place."""
    word = str(element.keyword)
    mine, other = ("Date", "Time") if element.VR == "DA" else ("Time", "Date")
    if word.count(mine) != 1:
        return ()
    partner = tag_for_keyword(word.replace(mine, other))
    return texts_of(source[partner]) if partner is not None and partner in source else ()


def _padded(beside: tuple[str, ...], texts: tuple[str, ...]) -> tuple[str, ...]:
    return beside if len(beside) == len(texts) else ("",) * len(texts)


def _age(text: str) -> str:
    match = re.fullmatch(r"(\d{3})([YMWD])", text.strip())
    if match is None:
        return ""
    years = int(match[1]) / {"Y": 1, "M": 12, "W": 52, "D": 365}[match[2]]
    return text if years < OLDEST_SHARED_AGE_YEARS else f"{OLDEST_SHARED_AGE_YEARS:03d}Y"
