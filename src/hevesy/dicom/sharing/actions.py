"""What becomes of a DICOM attribute: the profile's table, and a rule by kind for all others."""

import csv
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType

from pydicom.datadict import keyword_for_tag
from pydicom.dataelem import DataElement

__all__ = ["AttributeRule", "attribute_action", "attribute_name", "attribute_rules"]

_NUMBERS = {
    "DS", "IS", "FL", "FD", "SS", "US", "SL", "UL", "SV", "UV", "AT", "US or SS",
    "US or OW", "US or SS or OW",
}  # fmt: skip
_TEXTS = {"PN", "LO", "SH", "LT", "ST", "UT", "UC", "UR", "AE"}
_MOMENTS = {"DA", "TM", "DT"}
_PIXELS = {0x7FE00008, 0x7FE00009, 0x7FE00010}
_LOOK_UP = {0x00281201, 0x00281202, 0x00281203, 0x00281204, 0x00283006, 0x00281221, 0x00281222,
            0x00281223}  # fmt: skip
_DRAWN = {0x50: "curves", 0x60: "overlays"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AttributeRule:
    """One attribute's line of the table.

    Parameters
    ----------
    keyword : str
    profile : str
        Its action in the Basic Profile (X, Z, D, U, alone or as alternatives); empty where the
        profile does not name it.
    action : str
        What is done here, with the options that are taken.
    """

    keyword: str
    profile: str
    action: str


@functools.cache
def attribute_rules() -> Mapping[int, AttributeRule]:
    """Give the table of attributes by tag.

    The profile's columns are Table E.1-1's; the actions are hevesy's choice among what the profile
    allows with its options 113105 (clean descriptors), 113107 (modified dates) and 113108 (patient
    characteristics), and stricter where the column `why` says so.

    References
    ----------
    DICOM PS3.15 (2026c), Annex E, Table E.1-1, Basic Application Level Confidentiality Profile.

    Examples
    --------
    >>> attribute_rules()[0x00100010].action
    'code'
    """
    file = resources.files("hevesy.dicom.sharing").joinpath("attributes.csv")
    return MappingProxyType(
        {
            int(row["tag"], 16): AttributeRule(
                keyword=row["keyword"], profile=row["profile"], action=row["action"]
            )
            for row in csv.DictReader(file.read_text("utf-8").splitlines())
        }
    )


def attribute_action(element: DataElement) -> str:
    """Say what becomes of an element.

    An attribute that the table does not name goes by its value representation: identifiers are
    mapped, dates shifted, numbers and coded strings kept, texts and names emptied, unknown bytes
    removed.

    Examples
    --------
    >>> attribute_action(DataElement(0x00080060, "CS", "NM"))
    'keep'
    >>> attribute_action(DataElement(0x00081030, "LO", "a study"))
    'remove'
    >>> attribute_action(DataElement(0x00201040, "LO", "sternal notch"))
    'empty'
    """
    tag = int(element.tag)
    group = tag >> 16
    if element.tag.is_private or not tag & 0xFFFF:
        return "remove"
    if group >> 8 in _DRAWN and group & 0xFF <= 0x1E:
        return "remove"
    rule = attribute_rules().get(tag)
    return rule.action if rule is not None else _by_kind(element)


def _by_kind(element: DataElement) -> str:
    kind, tag = str(element.VR), int(element.tag)
    if kind == "SQ":
        return "walk"
    if kind == "UI":
        word = keyword_for_tag(tag)
        return "keep" if "SOPClass" in word or "TransferSyntax" in word else "uid"
    if kind in _MOMENTS:
        return "shift"
    if kind == "AS":
        return "age"
    if tag in _PIXELS or tag in _LOOK_UP or kind in _NUMBERS or kind == "CS":
        return "keep"
    return "empty" if kind in _TEXTS else "remove"  # some objects must have it, if empty


def attribute_name(element: DataElement) -> str:
    """Name an attribute for the report: its keyword, or what kind of attribute it is.

    Examples
    --------
    >>> attribute_name(DataElement(0x00091001, "LO", "x"))
    'private attributes'
    """
    tag = int(element.tag)
    if element.tag.is_private:
        return "private attributes"
    if tag >> 24 in _DRAWN and (tag >> 16) & 0xFF <= 0x1E:
        return _DRAWN[tag >> 24]
    return str(keyword_for_tag(tag)) or "attributes that the dictionary does not know"
