"""What was known of a region's dose after each scan."""

from dataclasses import dataclass

__all__ = ["FurtherScan", "MonitorEntry"]


@dataclass(frozen=True, slots=True, kw_only=True)
class FurtherScan:
    """A planned scan that had not been made, and what it would tell of the final dose.

    Parameters
    ----------
    hours : float
        After the administration.
    expected_interval90_width_gy : float
        Width of the 90 % interval to be expected if it were the only further scan, Gy.
    expected_width_if_skipped_gy : float
        Width to be expected after all other planned scans, without it, Gy.
    """

    hours: float
    expected_interval90_width_gy: float
    expected_width_if_skipped_gy: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MonitorEntry:
    """The dose as it was known after one scan; nothing of later scans is in it.

    Parameters
    ----------
    after_scan : int
        Number of the scan in the case, from 1.
    course : int
        The administration that it follows; doses are of this one.
    hours : float
        From that administration to the frame's start, h: the moment of `dose_so_far_gy`.
    dose_so_far_gy, dose_so_far_uncertainty_gy : float
        Given until then (median), and its standard uncertainty, Gy.
    final_dose_gy, final_dose_uncertainty_gy : float
        Of the whole decay (median), and its standard uncertainty, Gy.
    final_dose_interval90_gy : tuple of float
        The true final dose lies within with a probability of 90 %, Gy.
    single_scan_dose_gy : float
        Final dose from this scan alone (median), Gy.
    single_scan_interval90_gy : tuple of float
        Its 90 % interval, Gy.
    prior : str
        What was expected before the first scan, by name.
    wide_prior_weight : float
        That the wide prior holds here in place of the named one, after these scans.
    further_scans : tuple of FurtherScan
        What each planned scan would tell.
    expected_interval90_width_gy : float
        Width to be expected after all planned scans, Gy.
    """

    after_scan: int
    course: int
    hours: float
    dose_so_far_gy: float
    dose_so_far_uncertainty_gy: float
    final_dose_gy: float
    final_dose_uncertainty_gy: float
    final_dose_interval90_gy: tuple[float, float]
    single_scan_dose_gy: float
    single_scan_interval90_gy: tuple[float, float]
    prior: str
    wide_prior_weight: float
    further_scans: tuple[FurtherScan, ...]
    expected_interval90_width_gy: float
