"""A region's part of the injected activity over time, and how long it stays."""

from dataclasses import dataclass

__all__ = ["PercentInjected", "RegionKinetics"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PercentInjected:
    """A region's part of a course's injected activity at one scan.

    Parameters
    ----------
    scan, course : int
    hours_after_administration : float
    percent, percent_uncertainty : float
        Physical activity at the frame's start over the activity injected, per cent.
    decay_corrected_percent, decay_corrected_percent_uncertainty : float
        The same with physical decay since time zero taken out.
    below_detection : bool or None
        The activity can't be told from none; None where the image's counts are not known.
    detection_limit_mbq, detection_limit_percent : float or None
        Currie's detection limit (95 %): what would be found; in MBq at the frame's start, and in
        per cent as `percent`.
    """

    scan: int
    course: int
    hours_after_administration: float
    percent: float
    percent_uncertainty: float
    decay_corrected_percent: float
    decay_corrected_percent_uncertainty: float
    below_detection: bool | None
    detection_limit_mbq: float | None
    detection_limit_percent: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionKinetics:
    """How long a course's activity stays in a region.

    Parameters
    ----------
    course : int
    effective_half_life_h, effective_half_life_uncertainty_h : float or None
        Of the last phase, h; None where it could not be told.
    biological_half_life_h, biological_half_life_uncertainty_h : float or None
        None where the effective one is not shorter than the physical beyond its uncertainty.
    biological_half_life_at_least_h : float or None
        One-sided 95 % bound, h.
    residence_time_h, residence_time_uncertainty_h : float
        Time-integrated activity over injected activity, h.
    """

    course: int
    effective_half_life_h: float | None
    effective_half_life_uncertainty_h: float | None
    biological_half_life_h: float | None
    biological_half_life_uncertainty_h: float | None
    biological_half_life_at_least_h: float | None
    residence_time_h: float
    residence_time_uncertainty_h: float
