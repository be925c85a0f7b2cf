"""Doses that others reported, to stand beside one's own."""

from dataclasses import dataclass

__all__ = ["PUBLISHED_DOSES", "PUBLISHED_WARNING", "PublishedDose"]

PUBLISHED_WARNING = (
    "a threshold does not carry from one agent to another: dose rate, range, how evenly the dose "
    "lies, the tumour and how response was read differ"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedDose:
    """A dose that others reported, to stand beside one's own.

    Parameters
    ----------
    agent, what : str
    dose_gy : float
    bed_gy : float or None
    source : str

    Examples
    --------
    >>> PUBLISHED_DOSES[0].agent, PUBLISHED_DOSES[0].dose_gy
    ('90Y', 292.0)
    """

    agent: str
    what: str
    dose_gy: float
    bed_gy: float | None
    source: str


PUBLISHED_DOSES = (
    PublishedDose(
        agent="90Y", what="half of the tumours controlled", dose_gy=292.0, bed_gy=441.0,
        source="J Nucl Med 61:104",
    ),
    PublishedDose(
        agent="186Re nanoliposome, intratumoral", what="longer survival at or above it",
        dose_gy=100.0, bed_gy=None, source="ReSPECT trial, abstracts",
    ),
    PublishedDose(
        agent="32P, intratumoral", what="prescribed, no threshold", dose_gy=100.0, bed_gy=None,
        source="NCT05131776",
    ),
)  # fmt: skip
