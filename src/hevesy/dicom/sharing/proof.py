"""Reading a written file again, by itself, for anything of the source that is left in it."""

import re
import warnings
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import FileDataset

from hevesy.dicom.reading import refusing_damage
from hevesy.dicom.sharing.pixels import bytes_of_pixels
from hevesy.dicom.sharing.source import DicomSource, each_element, texts_of
from hevesy.trial.sharing import Identifiers, holds_date

__all__ = ["CopyProof", "SourceMoments", "check_shared_file"]

_UIDS = re.compile(rb"[0-9]+(?:\.[0-9]+){3,}")
_PIXEL_GROUP = 0x7FE0
_CODES = re.compile(r"(?:\b[A-Z]-|region-)[0-9A-Z]{8,10}\b")
_WORDS = {"LO", "SH", "LT", "ST", "UT", "UC"}
_NO_WORDS = {"CodeValue", "LongCodeValue", "CodingSchemeDesignator"}
_PREAMBLE = 128
_LEAST_SIGNS = 5  # of a name that is looked for among binary values
_NUMBERS = {"DS", "TM", "US", "SS", "UL", "SL", "FD", "FL", "AT", "OB", "OW", "OF", "OD"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceMoments:
    """The days of the source, and by how much a copy's are earlier.

    Parameters
    ----------
    days : frozenset of str
        ``YYYYMMDD``.
    shift_days : int
        Negative.
    """

    days: frozenset[str] = field(repr=False)
    shift_days: int = field(repr=False)

    def belongs(self, day: str) -> bool:
        """Whether a copy's day is one of the source's, shifted (or beside it at midnight).

        Examples
        --------
        >>> moments = SourceMoments(days=frozenset({"20240305"}), shift_days=-4)
        >>> moments.belongs("20240301"), moments.belongs("20240305")
        (True, False)
        """
        try:
            copied = date(int(day[:4]), int(day[4:6]), int(day[6:8]))
        except ValueError:
            return False
        back = [copied + timedelta(days=days - self.shift_days) for days in (0, -1, 1)]
        return any(one.strftime("%Y%m%d") in self.days for one in back)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyProof:
    """What a copy's files are held against.

    Parameters
    ----------
    source : DicomSource
    moments : SourceMoments
    """

    source: DicomSource
    moments: SourceMoments


def check_shared_file(path: Path, proof: CopyProof) -> tuple[str, ...]:
    """Read a copy's file, its bytes before the pixels and each of its elements.

    It shares no code with the rewriting but the reading of elements: the bytes are searched for
    every known identifier and every UID of the source, every date must be one of the source's,
    shifted, and private attributes, overlays and curves must not be there.

    Parameters
    ----------
    path : Path
    proof : CopyProof

    Returns
    -------
    tuple of str
        What is wrong, in words that hold none of it; empty where nothing is.

    Raises
    ------
    ImageFileError
        It can't be read (from its reading).

    Examples
    --------
    >>> import tempfile
    >>> from pydicom.dataset import Dataset
    >>> from hevesy.dicom.atomic_write import write_dataset
    >>> from hevesy.dicom.sharing.source import read_dicom_source
    >>> proof = CopyProof(source=read_dicom_source([]),
    ...                   moments=SourceMoments(days=frozenset(), shift_days=-1))
    >>> made = Dataset()
    >>> made.SOPClassUID, made.SOPInstanceUID = "1.2.840.10008.5.1.4.1.1.2", "2.25.1"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     check_shared_file(write_dataset(made, Path(folder) / "a.dcm"), proof)
    ('it does not say that it is de-identified',)
    """
    whole = path.read_bytes()
    faults: list[str] = []
    with warnings.catch_warnings(), refusing_damage("a file of the copy"):
        warnings.simplefilter("ignore")
        dataset = dcmread(path)
        head = whole[: _pixels_begin(dataset, len(whole))]
        if any(whole[:_PREAMBLE]):
            faults.append("the preamble is not empty")
        if dataset.get("PatientIdentityRemoved") != "YES":
            faults.append("it does not say that it is de-identified")
        for element in each_element(dataset):
            faults += _element_faults(element, proof)
        faults += _pixel_faults(dataset, proof.source.known)
        for element in dataset.file_meta:
            faults += _element_faults(element, proof)
    left = {match.decode("ascii") for match in _UIDS.findall(head)} & proof.source.uids
    faults += ["a UID of the source stands in its bytes"] * bool(left)
    faults += _byte_faults(head, proof.source.known)
    return tuple(dict.fromkeys(faults))


def _pixels_begin(dataset: FileDataset, length: int) -> int:
    for tag in sorted(dataset.keys()):
        if tag.group == _PIXEL_GROUP:
            raw: Any = dataset.get_item(tag)
            return int(raw.value_tell) if raw.is_raw else length
    return length


def _byte_faults(head: bytes, known: Identifiers) -> Iterable[str]:
    """Search the bytes; a number or a few letters may stand there by chance, a name does not."""
    signs = {word: re.sub(r"[\W_]", "", word) for word in known.words}
    names = Identifiers(
        word for word, own in signs.items() if not own.isdigit() and len(own) >= _LEAST_SIGNS
    )
    text = head.decode("utf-8", "replace")
    return ["a known identifier stands in its bytes"] * names.found_in(text)


def _element_faults(element: DataElement, proof: CopyProof) -> Iterable[str]:
    name = element.keyword or "an attribute"
    group = int(element.tag) >> 16
    if element.tag.is_private:
        yield "a private attribute is left"
    if group >> 8 in {0x50, 0x60}:
        yield "an overlay or a curve is left"
    kind = str(element.VR)
    if kind == "SQ" or group == _PIXEL_GROUP:
        return
    for text in texts_of(element):
        if kind in {"DA", "DT"}:
            if text and not proof.moments.belongs(text):
                yield f"{name} holds a day that is none of the source's, shifted"
        elif kind == "UI":
            if text in proof.source.uids:
                yield f"{name} holds a UID of the source"
        elif kind not in _NUMBERS and proof.source.known.found_in(text):
            yield f"{name} holds a known identifier"
        elif kind in _WORDS and name not in _NO_WORDS and holds_date(_CODES.sub("", text)):
            yield f"{name} holds a date"


def _pixel_faults(dataset: FileDataset, known: Identifiers) -> Iterable[str]:
    """Look for bytes behind the last pixel, and for names within compressed frames."""
    for word in ("PixelData", "FloatPixelData", "DoubleFloatPixelData"):
        content = dataset[word].value if word in dataset else None
        if not isinstance(content, bytes):
            continue
        if dataset.file_meta.TransferSyntaxUID.is_encapsulated:
            yield from _byte_faults(content, known)
            continue
        length = bytes_of_pixels(dataset)
        if length is not None and len(content) > length + length % 2:
            yield "there is something behind the pixels"
