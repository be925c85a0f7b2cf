"""Names of regions: an organ or a lesion by words that everybody uses, else a code."""

import functools
import re
from collections.abc import Mapping
from importlib import resources

from hevesy.trial.sharing.codes import SharingKey
from hevesy.trial.sharing.identifiers import Identifiers

__all__ = ["share_region"]


@functools.cache
def _words() -> frozenset[str]:
    text = resources.files("hevesy.trial").joinpath("data/sharing_regions.txt").read_text("utf-8")
    lines = (line.split("#")[0] for line in text.splitlines())
    return frozenset(word for line in lines for word in line.split())


def share_region(
    name: str,
    *,
    key: SharingKey,
    patient: str,
    lesions: Mapping[str, str],
    known: Identifiers,
) -> str:
    """Give a region's name in a copy, the same in records and in DICOM.

    Parameters
    ----------
    name : str
    key : SharingKey
    patient : str
    lesions : mapping of str to str
        New codes of the person's lesions.
    known : Identifiers
        A name that holds one is replaced, whatever else it says.

    Returns
    -------
    str
        The lesion's code where it is called by it; the name itself where all its words are those of
        organs, lesions, sides, or numbers up to 99; else ``"region-"`` with a code.

    Examples
    --------
    >>> key = SharingKey(secret=bytes(32))
    >>> [share_region(name, key=key, patient="P1", lesions={"L1": "L-A"}, known=Identifiers())
    ...  for name in ("liver", "Lesion_2", "L1")]
    ['liver', 'Lesion_2', 'L-A']
    >>> share_region("Mrs Doe", key=key, patient="P1", lesions={}, known=Identifiers())[:7]
    'region-'
    """
    if name in lesions:
        return lesions[name]
    parts = [part for part in re.split(r"[\s_+.,;:()/-]+", name.casefold()) if part]
    plain = all(part in _words() or re.fullmatch(r"\d{1,2}", part) for part in parts)
    if parts and plain and not known.found_in(name):
        return name
    return f"region-{key.code(f'region of {patient}', name)[2:10]}"
