"""ICRP 103's tissue weighting factors, and the tissue that a region's name stands for."""

from collections.abc import Mapping
from types import MappingProxyType

from hevesy.errors import CaseError

__all__ = ["TISSUE_WEIGHTS", "find_tissue", "require_tissue"]

_REMAINDER_WEIGHT = 0.12
_REMAINDER = (
    "adrenals", "extrathoracic region", "gall bladder", "heart", "kidneys", "lymphatic nodes",
    "muscle", "oral mucosa", "pancreas", "small intestine", "spleen", "thymus",
)  # fmt: skip
_ONE_SEX = ("prostate", "uterus")
_EACH = _REMAINDER_WEIGHT / (len(_REMAINDER) + 1)

# ICRP 103, table 3 and paragraph 185: the remainder is the mean of 13 tissues in each sex, and
# effective dose averages the sexes, so prostate and uterus have half of another one's weight.
TISSUE_WEIGHTS: Mapping[str, float] = MappingProxyType(
    {
        "red marrow": 0.12, "colon": 0.12, "lungs": 0.12, "stomach": 0.12, "breast": 0.12,
        "gonads": 0.08,
        "urinary bladder": 0.04, "oesophagus": 0.04, "liver": 0.04, "thyroid": 0.04,
        "bone surface": 0.01, "brain": 0.01, "salivary glands": 0.01, "skin": 0.01,
        **dict.fromkeys(_REMAINDER, _EACH),
        **dict.fromkeys(_ONE_SEX, 0.5 * _EACH),
    }
)  # fmt: skip

# Names as people and automatic segmentation write them; a part counts by its mass. Nothing else is
# guessed: "liver segment" is no liver.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "lungs": (
        "lung", "left lung", "right lung", "lung left", "lung right", "lung upper lobe left",
        "lung lower lobe left", "lung upper lobe right", "lung middle lobe right",
        "lung lower lobe right",
    ),
    "kidneys": ("kidney", "left kidney", "right kidney", "kidney left", "kidney right"),
    "urinary bladder": ("bladder", "bladder wall", "urinary bladder wall"),
    "oesophagus": ("esophagus",),
    "thyroid": ("thyroid gland",),
    "gonads": ("testes", "testicles", "ovaries", "left ovary", "right ovary", "left testis",
               "right testis"),
    "adrenals": ("adrenal", "left adrenal", "right adrenal", "adrenal gland left",
                 "adrenal gland right", "adrenal glands"),
    "gall bladder": ("gallbladder",),
    "small intestine": ("small bowel", "duodenum"),
    "salivary glands": ("parotids", "left parotid", "right parotid", "parotid gland left",
                        "parotid gland right", "submandibular gland left",
                        "submandibular gland right"),
    "breast": ("breasts", "left breast", "right breast"),
    "heart": ("heart wall", "myocardium", "heart myocardium"),
    "colon": ("large intestine", "large bowel"),
    "stomach": ("stomach wall",),
}  # fmt: skip
_TISSUE_OF = {name: tissue for tissue, names in _NAMES.items() for name in (tissue, *names)} | {
    tissue: tissue for tissue in TISSUE_WEIGHTS
}
# SNOMED CT codes of the same (DICOM CID 4 and 7601 use them in segmentations).
_CODES = {
    "39607008": "lungs", "64033007": "kidneys", "10200004": "liver", "89837001": "urinary bladder",
    "69695003": "stomach", "71854001": "colon", "32849002": "oesophagus", "69748006": "thyroid",
    "78961009": "spleen", "15776009": "pancreas", "80891009": "heart", "12738006": "brain",
    "28231008": "gall bladder", "30315005": "small intestine", "41216001": "prostate",
    "35039007": "uterus",
}  # fmt: skip


def find_tissue(name: str) -> str | None:
    """Tissue of ICRP 103 that a region's name or SNOMED CT code stands for; None for any other.

    Parameters
    ----------
    name : str
        Case, and spaces or underscores between words, don't matter.

    Returns
    -------
    str or None
        A key of `TISSUE_WEIGHTS`.

    Examples
    --------
    >>> find_tissue("kidney_left"), find_tissue("Liver"), find_tissue("liver segment 4")
    ('kidneys', 'liver', None)
    """
    plain = " ".join(name.lower().replace("_", " ").split())
    return _TISSUE_OF.get(plain) or _CODES.get(plain)


def require_tissue(name: str, region: str) -> str:
    """Tissue that a case gives a region, checked.

    Parameters
    ----------
    name : str
        Of `TISSUE_WEIGHTS`, or ``"none"``.
    region : str
        The region it was given to, for the message.

    Returns
    -------
    str
        The key of `TISSUE_WEIGHTS`, or ``"none"``.

    Raises
    ------
    CaseError
        No such tissue in ICRP 103's list.

    Examples
    --------
    >>> require_tissue("Urinary bladder", "bladder contents")
    'urinary bladder'
    """
    plain = " ".join(name.lower().split())
    if plain == "none" or plain in TISSUE_WEIGHTS:
        return plain
    raise CaseError(
        f"rest_of_body.tissues gives region '{region}' a tissue that ICRP 103 does not list",
        got=name,
        allowed=", ".join((*TISSUE_WEIGHTS, "none")),
        remedy="use a tissue's name of the list, or none to leave the region out",
    )
