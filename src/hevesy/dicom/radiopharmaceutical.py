"""What an image says of the radiopharmaceutical: nuclide, half-life, activity, time."""

import re
from dataclasses import dataclass, field
from datetime import datetime

from pydicom.dataset import Dataset

from hevesy.dicom.times import DicomClock
from hevesy.errors import TimeError

__all__ = [
    "RadiopharmaceuticalTags",
    "parse_radionuclide",
    "radionuclide_code",
    "read_radiopharmaceutical",
]

_ELEMENTS = {
    "actinium": "Ac", "astatine": "At", "bismuth": "Bi", "carbon": "C", "chromium": "Cr",
    "copper": "Cu", "dysprosium": "Dy", "erbium": "Er", "fluorine": "F", "gadolinium": "Gd",
    "gallium": "Ga", "gold": "Au", "holmium": "Ho", "indium": "In", "iodine": "I",
    "iridium": "Ir", "iron": "Fe", "krypton": "Kr", "lead": "Pb", "lutetium": "Lu",
    "lutecium": "Lu", "nitrogen": "N", "oxygen": "O", "phosphorus": "P", "phosphorous": "P",
    "radium": "Ra", "rhenium": "Re", "rubidium": "Rb", "samarium": "Sm", "scandium": "Sc",
    "selenium": "Se", "strontium": "Sr", "technetium": "Tc", "terbium": "Tb", "thallium": "Tl",
    "thorium": "Th", "tin": "Sn", "tungsten": "W", "wolfram": "W", "xenon": "Xe",
    "ytterbium": "Yb", "yttrium": "Y", "zirconium": "Zr",
}  # fmt: skip
_SYMBOLS = {symbol.lower(): symbol for symbol in _ELEMENTS.values()}
# Codes whose meaning some files leave empty: SNOMED CT, DICOM CID 18.
_CODES = {
    "395865006": "Re-186", "423578007": "Re-188", "447553000": "Lu-177", "1368003": "I-131",
    "14691008": "Y-90", "32505007": "P-32", "419804008": "Sm-153", "21572004": "I-123",
    "56609000": "In-111", "C1943": "Ho-166",
}  # fmt: skip
_MASS = re.compile(r"(?<![\d.])(\d{1,3})(m(?![a-z])|)(?![\d.])", re.IGNORECASE)
# NM writes MBq (C.8.4.10.1.7), PT writes Bq (C.8.9.2). Nobody is given 100 GBq, nor 100 kBq for a
# therapy scan: a value beyond is in the other unit.
_LIMIT = 1e5


@dataclass(frozen=True, slots=True, kw_only=True)
class RadiopharmaceuticalTags:
    """The radiopharmaceutical as the image tells it; None where it doesn't.

    Parameters
    ----------
    radionuclide : str or None
        As in ICRP-107, with the dash.
    half_life_s : float or None
        The file's own, s.
    administered_bq : float or None
        Radionuclide Total Dose, Bq.
    administration_time : datetime or None
        Aware, UTC.
    warnings : tuple of str
        What could not be read.
    """

    radionuclide: str | None = None
    half_life_s: float | None = None
    administered_bq: float | None = None
    administration_time: datetime | None = field(default=None, repr=False)
    warnings: tuple[str, ...] = ()


def parse_radionuclide(text: str) -> str | None:
    """Name of a nuclide as vendors write it, with the dash; None where it is not understood.

    The element by name or symbol and one mass number, in either order, with or without carets,
    brackets and dashes.

    Examples
    --------
    >>> [parse_radionuclide(t) for t in ("177 Lutetium", "188^Rhenium", "^99m^Technetium", "Tc99m")]
    ['Lu-177', 'Re-188', 'Tc-99m', 'Tc-99m']
    >>> parse_radionuclide("Solution") is None
    True
    """
    spaced = re.sub(r"[\^\[\](){}_,;:/-]+", " ", text)
    # a letter after a digit begins a new word, but for the isomer's m
    spaced = re.sub(r"(?<=\d)(?=[A-Za-ln-z])|(?<=\dm)(?=[A-Z])", " ", spaced)
    spaced = re.sub(r"(?<=[A-Za-z])(?=\d)", " ", spaced)
    masses = {(int(m[1]), m[2].lower()) for m in _MASS.finditer(spaced) if 0 < int(m[1]) < 300}
    words = [word.lower() for word in re.findall(r"[A-Za-z]+", spaced)]
    named = {_ELEMENTS[word] for word in words if word in _ELEMENTS}
    symbols = named or {_SYMBOLS[word] for word in words if word in _SYMBOLS}
    if len(masses) != 1 or len(symbols) != 1:
        return None
    mass, isomer = masses.pop()
    return f"{symbols.pop()}-{mass}{isomer}"


def radionuclide_code(nuclide: str) -> tuple[str, str, str]:
    """Code value, scheme and meaning of a nuclide, from CID 18 or else of hevesy's own.

    Examples
    --------
    >>> radionuclide_code("Re-188")
    ('423578007', 'SCT', '^188^Rhenium')
    """
    symbol, _, mass = nuclide.partition("-")
    names = {symbol: name.capitalize() for name, symbol in reversed(_ELEMENTS.items())}
    meaning = f"^{mass}^{names.get(symbol, symbol)}"
    code = next((code for code, name in _CODES.items() if name == nuclide), None)
    if code is None:
        return nuclide, "99HEVESY", meaning
    return code, "NCIt" if code.startswith("C") else "SCT", meaning


def read_radiopharmaceutical(header: Dataset, clock: DicomClock) -> RadiopharmaceuticalTags:
    """Read the Radiopharmaceutical Information Sequence.

    Nothing here is an error: the case says what was given, and workflows compare. Radionuclide
    Total Dose is in MBq in NM and in Bq in PT; a value that can't be in that unit is taken in the
    other with a warning. A start time without a date is left out: on the second day it would be a
    day late.

    Parameters
    ----------
    header : pydicom.Dataset
        Of an NM or PT image.
    clock : DicomClock
        Of the same header.

    Returns
    -------
    RadiopharmaceuticalTags

    References
    ----------
    DICOM PS3.3 C.8.4.10 (NM Isotope), C.8.9.2 (PET Isotope); PS3.16 CID 18.

    Examples
    --------
    >>> read_radiopharmaceutical(Dataset(), DicomClock(Dataset(), None)).warnings
    ('the SPECT does not say which radiopharmaceutical was given',)
    """
    items = header.get("RadiopharmaceuticalInformationSequence") or []
    if not items:
        return RadiopharmaceuticalTags(
            warnings=("the SPECT does not say which radiopharmaceutical was given",)
        )
    warnings: list[str] = []
    if len(items) > 1:
        warnings.append(f"the SPECT names {len(items)} radiopharmaceuticals; the first was read")
    item = items[0]
    return RadiopharmaceuticalTags(
        radionuclide=_radionuclide(item, warnings),
        half_life_s=_positive(item, "RadionuclideHalfLife"),
        administered_bq=_administered_bq(item, str(header.get("Modality", "")), warnings),
        administration_time=_administration_time(item, clock, warnings),
        warnings=tuple(warnings),
    )


def _positive(item: Dataset, keyword: str) -> float | None:
    value = item.get(keyword)
    return float(value) if value is not None and str(value).strip() and float(value) > 0 else None


def _radionuclide(item: Dataset, warnings: list[str]) -> str | None:
    code = (item.get("RadionuclideCodeSequence") or [Dataset()])[0]
    texts = (str(code.get("CodeMeaning") or ""), str(code.get("CodeValue") or ""))
    # Radiopharmaceutical is free text and may name the nuclide where the code does not.
    candidates = (
        parse_radionuclide(texts[0]),
        _CODES.get(texts[1]),
        parse_radionuclide(str(item.get("Radiopharmaceutical") or "")),
    )
    for name in candidates:
        if name is not None:
            return name
    warnings.append("the SPECT's nuclide can't be read from its radionuclide code")
    return None


def _administered_bq(item: Dataset, modality: str, warnings: list[str]) -> float | None:
    value = _positive(item, "RadionuclideTotalDose")
    if value is None:
        return None
    in_mbq = value < _LIMIT
    if in_mbq != (modality == "NM"):
        warnings.append(
            f"the SPECT's Radionuclide Total Dose was read in {'MBq' if in_mbq else 'Bq'}, though "
            f"{modality or 'this modality'} writes {'MBq' if modality == 'NM' else 'Bq'}"
        )
    return value * 1e6 if in_mbq else value


def _administration_time(item: Dataset, clock: DicomClock, warnings: list[str]) -> datetime | None:
    what = "the SPECT's radiopharmaceutical start time"
    try:
        moment = clock.moment_of(str(item.get("RadiopharmaceuticalStartDateTime") or ""), what=what)
    except TimeError as error:
        warnings.append(f"{what} was not read: {error.problem}")
        return None
    if moment is None and item.get("RadiopharmaceuticalStartTime"):
        warnings.append(f"{what} has no date or no zone and was not read")
    return moment
