"""What a case says and finds of an injection: where it was put, and where it went."""

import math
from dataclasses import dataclass

from hevesy.errors import CaseError

__all__ = [
    "DepositRecord",
    "InjectionFindings",
    "InjectionRegionOptions",
    "LeakageCourse",
    "LeakagePoint",
    "OffsetRecord",
    "RetainedShare",
    "ShareOfInjection",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionRegionOptions:
    """Which regions are made around injected lesions.

    Parameters
    ----------
    rim_mm : float
        Thickness of the tissue around a lesion, mm.
    tract_radius_mm : float
        Of the cylinder along the needle's track, mm.
    capsule_mm : float
        Thickness of the organ's border layer (pleura, liver capsule), mm.
    capsule_reach_mm : float
        How far from the lesion that layer goes, mm.
    capsule_of : tuple of str
        Organs whose border it is; empty: every drawn organ that borders on the lesion.
    downstream : tuple of str
        Organs that what leaks may go to; empty: every drawn organ.

    Raises
    ------
    CaseError
        A length that is not above 0 mm and up to 50 mm.
    """

    rim_mm: float = 5.0
    tract_radius_mm: float = 5.0
    capsule_mm: float = 5.0
    capsule_reach_mm: float = 20.0
    capsule_of: tuple[str, ...] = ()
    downstream: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for name in ("rim_mm", "tract_radius_mm", "capsule_mm", "capsule_reach_mm"):
            value = getattr(self, name)
            if not (math.isfinite(value) and 0 < value <= 50):
                raise CaseError(
                    f"options.injection_regions.{name} is out of range",
                    got=f"{value:g} mm",
                    allowed="above 0, up to 50 mm",
                    remedy="correct it",
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositRecord:
    """One hot spot found on the first scan after an injection.

    Parameters
    ----------
    name : str
        Of its region.
    lesion : str
    scan : int
        The scan it was found on.
    volume_ml : float
        As found there.
    inside_share : float
        Of its volume, within the drawn lesion.
    peak_mm : tuple of float
        Where its maximum is, LPS mm in the reference scan's frame.
    threshold_share : float
        Of the contrast, at which its edge was drawn.
    resolved : bool
        Large enough for the image to tell its size.
    """

    name: str
    lesion: str
    scan: int
    volume_ml: float
    inside_share: float
    peak_mm: tuple[float, float, float]
    threshold_share: float
    resolved: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OffsetRecord:
    """Where an injected lesion seems to lie on one SPECT, from where it was drawn, LPS mm."""

    lesion: str
    scan: int
    offset_mm: tuple[float, float, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareOfInjection:
    """A share of the net injected activity, decay-corrected, with its standard uncertainty."""

    name: str
    share: float
    uncertainty_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class RetainedShare:
    """What one lesion retains of what was put into it.

    Parameters
    ----------
    lesion : str
    injected_mbq : float
    retained_share, retained_uncertainty_share : float
        Of its own injection, decay-corrected.
    """

    lesion: str
    injected_mbq: float
    retained_share: float
    retained_uncertainty_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakagePoint:
    """Where the injection is at one scan, as shares of its net activity, decay-corrected.

    Parameters
    ----------
    scan : int
    hours_after_administration : float
    retained_share, retained_uncertainty_share : float
        In the lesions.
    leaked_share, leaked_uncertainty_share : float
        Not in the lesions; excreted activity is in it.
    parts : tuple of ShareOfInjection
        Each part outside the lesions.
    rest_share, rest_uncertainty_share : float
        In no lesion and no part.
    lesions : tuple of RetainedShare
    """

    scan: int
    hours_after_administration: float
    retained_share: float
    retained_uncertainty_share: float
    leaked_share: float
    leaked_uncertainty_share: float
    parts: tuple[ShareOfInjection, ...]
    rest_share: float
    rest_uncertainty_share: float
    lesions: tuple[RetainedShare, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeakageCourse:
    """Leakage after one administration.

    Parameters
    ----------
    course : int
    net_injected_mbq : float
        Into lesions, at time zero.
    extravasation_percent, extravasation_uncertainty_percent : float
        At the first scan: lost at the injection's site (needle tract, border layer, rim, deposits
        outside), of the net injected activity; DICOM's 113506.
    points : tuple of LeakagePoint
        In order of time.
    """

    course: int
    net_injected_mbq: float
    extravasation_percent: float
    extravasation_uncertainty_percent: float
    points: tuple[LeakagePoint, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectionFindings:
    """What was found of the injections, beside the regions that were made.

    Parameters
    ----------
    deposits : tuple of DepositRecord
    leakage : tuple of LeakageCourse
    offsets : tuple of OffsetRecord
        One for each injected lesion and scan of its courses.
    warnings : tuple of str
    """

    deposits: tuple[DepositRecord, ...] = ()
    leakage: tuple[LeakageCourse, ...] = ()
    offsets: tuple[OffsetRecord, ...] = ()
    warnings: tuple[str, ...] = ()
