"""Media: what tissue is made of, and how electrons and photons meet it."""

from hevesy.media.elements import ELEMENTS, Element, get_element
from hevesy.media.medium import MEDIA, Medium, get_medium
from hevesy.media.tissue_map import TissueMap, classify_tissue, uniform_tissue

__all__ = [
    "ELEMENTS",
    "MEDIA",
    "Element",
    "Medium",
    "TissueMap",
    "classify_tissue",
    "get_element",
    "get_medium",
    "uniform_tissue",
]
