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
    ('90Y glass microspheres', 292.0)
    """

    agent: str
    what: str
    dose_gy: float
    bed_gy: float | None
    source: str


PUBLISHED_DOSES = (
    PublishedDose(
        agent="90Y glass microspheres", what="half of the lesions respond (mRECIST)",
        dose_gy=292.0, bed_gy=441.0, source="J Nucl Med 2020;61:104",
    ),
    PublishedDose(
        agent="90Y resin microspheres", what="half of the tumours controlled, about",
        dose_gy=60.0, bed_gy=None,
        source="quoted in EJNMMI Res 2022, 10.1186/s13550-022-00911-0",
    ),
    PublishedDose(
        agent="166Ho microspheres", what="geometric mean of complete responses", dose_gy=232.0,
        bed_gy=None, source="J Nucl Med 2020;61:608",
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
