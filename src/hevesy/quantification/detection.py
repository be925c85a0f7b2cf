"""The least activity that a late scan can tell from none."""

import math
from dataclasses import dataclass
from statistics import NormalDist

from hevesy.errors import InputError

__all__ = ["DetectionLimit", "detection_limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectionLimit:
    """Decision and detection limits of a region.

    Parameters
    ----------
    decision_counts, detection_counts : float
        Net counts L_C, above which activity is said to be there, and L_D, which is found so with
        the confidence asked for.
    decision_bq, detection_bq : float
        The same as activity, Bq; the detection limit takes the calibration's uncertainty in.

    Examples
    --------
    >>> found = detection_limit(100.0, 10.0, counts_per_bq=0.01)
    >>> found.verdict(10.0), found.verdict(50.0)
    ('not detected', 'detected')
    """

    decision_counts: float
    detection_counts: float
    decision_bq: float
    detection_bq: float

    def verdict(self, net_counts: float) -> str:
        """``"detected"`` above the decision limit, else ``"not detected"``."""
        return "detected" if net_counts > self.decision_counts else "not detected"


def detection_limit(
    background_counts: float,
    background_uncertainty_counts: float,
    *,
    counts_per_bq: float,
    calibration_relative_uncertainty: float = 0.0,
    confidence: float = 0.95,
) -> DetectionLimit:
    """Currie's limits for a region over its background.

    With B the background expected in the region and u(B) its uncertainty, L_C = k sqrt(B + u(B)^2)
    and L_D = (k^2 + 2 L_C)/(1 - k^2 w^2), w being the calibration's relative uncertainty and k the
    one-sided quantile of `confidence` (1.645 at 95 %). A background measured once in as many
    pixels has u(B)^2 = B, which gives 2.71 + 4.65 sqrt(B); a well-known one 2.71 + 3.29 sqrt(B).
    Poisson counts are taken as normal: B should be 10 or more. In a reconstructed image u(B)
    should be the spread of such regions without uptake, which holds the image's noise; the Poisson
    value is a lower bound.

    Parameters
    ----------
    background_counts : float
        B, counts, 0 or more.
    background_uncertainty_counts : float
        u(B), counts, 0 or more.
    counts_per_bq : float
        Counts in the region for each Bq: sensitivity times seconds times recovery, above 0.
    calibration_relative_uncertainty : float
        w, of `counts_per_bq`.
    confidence : float
        Of both errors, 0.5 to 1.

    Returns
    -------
    DetectionLimit

    Raises
    ------
    InputError
        A number out of its range, or a calibration so uncertain that nothing can be detected.

    References
    ----------
    Currie 1968, Anal Chem 40:586, doi:10.1021/ac60259a007; ISO 11929-1:2019 (the calibration's
    uncertainty in the detection limit).

    Examples
    --------
    >>> found = detection_limit(100.0, 10.0, counts_per_bq=0.01)
    >>> round(found.decision_counts, 1), round(found.detection_counts, 1)
    (23.3, 49.2)
    """
    numbers = (background_counts, background_uncertainty_counts, calibration_relative_uncertainty)
    fine = all(0 <= n < math.inf for n in numbers) and 0 < counts_per_bq < math.inf
    if not fine or not 0.5 < confidence < 1:
        raise InputError(
            "a detection limit needs a background, a sensitivity and a confidence",
            got=f"B {background_counts:g}, u(B) {background_uncertainty_counts:g}, "
            f"{counts_per_bq:g} counts/Bq, confidence {confidence:g}",
            allowed="0 or more; above 0; 0.5 to 1",
            remedy="correct the number that is out of range",
        )
    k = NormalDist().inv_cdf(confidence)
    narrowed = 1.0 - (k * calibration_relative_uncertainty) ** 2
    if narrowed <= 0:
        raise InputError(
            "the calibration is too uncertain for a detection limit",
            got=f"{100 * calibration_relative_uncertainty:.0f} %",
            allowed=f"below {100 / k:.0f} %",
            remedy="calibrate anew",
        )
    decision = k * math.sqrt(background_counts + background_uncertainty_counts**2)
    detection = (k * k + 2.0 * decision) / narrowed
    return DetectionLimit(
        decision_counts=decision,
        detection_counts=detection,
        decision_bq=decision / counts_per_bq,
        detection_bq=detection / counts_per_bq,
    )
