"""A region's part of the injected activity, and whether it can be told from none."""

import math
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.quantification.detection import DetectionLimit, detection_limit

__all__ = ["InjectedShare", "injected_share", "region_detection"]

_LEAST_RATIO = 1e-6  # of a detection limit's calibration term, under 1


@dataclass(frozen=True, slots=True, kw_only=True)
class InjectedShare:
    """Part of the injected activity, as shares with standard uncertainties.

    Parameters
    ----------
    physical_share, physical_uncertainty_share : float
        Activity at the moment over activity injected.
    decay_corrected_share, decay_corrected_uncertainty_share : float
        With physical decay taken out.
    """

    physical_share: float
    physical_uncertainty_share: float
    decay_corrected_share: float
    decay_corrected_uncertainty_share: float


def injected_share(
    activity_bq: float,
    activity_uncertainty_bq: float,
    *,
    injected_bq: float,
    injected_relative_uncertainty: float | None,
    decay_factor: float,
) -> InjectedShare:
    """Share of the injected activity (IA) that a region holds.

    Parameters
    ----------
    activity_bq, activity_uncertainty_bq : float
        Physical activity at the frame's start, Bq, calibration's uncertainty included.
    injected_bq : float
        At time zero, Bq, above 0.
    injected_relative_uncertainty : float or None
        As a share; None is not stated, and the result then lacks it.
    decay_factor : float
        exp(-lambda t) of the frame's start, above 0 to 1.

    Returns
    -------
    InjectedShare

    Raises
    ------
    InputError
        An injected activity or decay factor out of range.

    Examples
    --------
    >>> found = injected_share(2.5e8, 1e7, injected_bq=1e9, injected_relative_uncertainty=0.03,
    ...                        decay_factor=0.5)
    >>> round(100 * found.physical_share, 1), round(100 * found.decay_corrected_share, 1)
    (25.0, 50.0)
    >>> round(100 * found.decay_corrected_uncertainty_share, 1)
    2.5
    """
    if not 0 < injected_bq < math.inf or not 0 < decay_factor <= 1:
        raise InputError(
            "a share of the injected activity needs one above 0, and a decay factor of at most 1",
            got=f"{injected_bq:g} Bq, factor {decay_factor:g}",
            remedy="correct it",
        )
    share = activity_bq / injected_bq
    spread = math.hypot(
        activity_uncertainty_bq / injected_bq, share * (injected_relative_uncertainty or 0.0)
    )
    return InjectedShare(
        physical_share=share,
        physical_uncertainty_share=spread,
        decay_corrected_share=share / decay_factor,
        decay_corrected_uncertainty_share=spread / decay_factor,
    )


def region_detection(
    *,
    background_bq: float,
    random_uncertainty_bq: float,
    counts_per_bq: float,
    calibration_relative_uncertainty: float | None,
) -> DetectionLimit | None:
    """Currie's limits for a region in the body.

    The background is what the region would hold at the concentration of the body around the
    regions; its uncertainty is the larger of Poisson's and of the region's own random uncertainty,
    which holds what other regions' counts and the reconstruction bring.

    Parameters
    ----------
    background_bq : float
        0 or more, Bq.
    random_uncertainty_bq : float
        Of the region's activity in this image, Bq, 0 or more.
    counts_per_bq : float
        Counts of the frame for each Bq in the region, its recovery included, above 0.
    calibration_relative_uncertainty : float or None
        As a share; None is not stated, and the detection limit then lacks it.

    Returns
    -------
    DetectionLimit or None
        None where the calibration is so uncertain that nothing can be detected.

    References
    ----------
    Currie 1968, Anal Chem 40:586, doi:10.1021/ac60259a007.

    Examples
    --------
    >>> found = region_detection(background_bq=1e4, random_uncertainty_bq=0.0, counts_per_bq=0.01,
    ...                          calibration_relative_uncertainty=None)
    >>> round(found.detection_counts, 1)  # 2.71 + 4.65 sqrt(100)
    49.2
    """
    background = max(background_bq, 0.0) * counts_per_bq
    spread = max(math.sqrt(background), random_uncertainty_bq * counts_per_bq)
    relative = calibration_relative_uncertainty or 0.0
    if 1.0 - (1.6449 * relative) ** 2 < _LEAST_RATIO:
        return None
    return detection_limit(
        background, spread, counts_per_bq=counts_per_bq, calibration_relative_uncertainty=relative
    )
