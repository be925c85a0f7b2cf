"""Hybrid imaging: the shape of a curve from planar scans, its height from one SPECT."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import FitError
from hevesy.timeactivity.fit import fit_time_activity
from hevesy.timeactivity.options import FitOptions
from hevesy.timeactivity.result import TimeActivityFit

__all__ = ["HybridFit", "fit_hybrid"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HybridFit:
    """A curve from planar scans, brought to a SPECT's height.

    Parameters
    ----------
    shape : TimeActivityFit
        Of the planar activities as they are.
    scale_ratio : float
        SPECT over the planar curve at the SPECT's time: 1 where both agree. It is common to all
        times.
    tia_bq_s, tia_uncertainty_bq_s : float
        Scaled, Bq s.
    shape_relative_uncertainty : float
        Of the integral over the curve's value at the SPECT's time, from the planar scans.
    scale_relative_uncertainty : float
        Of the SPECT: common to all times.

    Examples
    --------
    >>> HybridFit.__slots__[1]
    'scale_ratio'
    """

    shape: TimeActivityFit
    scale_ratio: float
    tia_bq_s: float
    tia_uncertainty_bq_s: float
    shape_relative_uncertainty: float
    scale_relative_uncertainty: float

    def activity_bq(self, times_s: ArrayLike) -> NDArray[np.float64]:
        """Scaled activity at `times_s`, Bq, in its shape."""
        return self.scale_ratio * self.shape.curve.activity_bq(
            np.asarray(times_s, dtype=np.float64)
        )


def fit_hybrid(
    times_s: ArrayLike,
    planar_bq: ArrayLike,
    planar_random_bq: ArrayLike,
    *,
    spect_time_s: float,
    spect_bq: float,
    spect_uncertainty_bq: float,
    decay_per_s: float,
    options: FitOptions,
    name: str,
) -> HybridFit:
    """Fit planar activities, and scale the curve to one quantitative SPECT.

    What is wrong with all planar scans by one factor (sensitivity, attenuation, overlap that
    stays) falls out: the integral is S R with S the SPECT's activity and R the planar curve's
    integral over its value at the SPECT's time. u(R) is found by moving each planar scan by its
    own random uncertainty and fitting again; the errors of S are common to all times, as any
    calibration's. What changes with time in the planar scans (overlap with an organ that empties)
    does not fall out.

    Parameters
    ----------
    times_s : array_like of float, shape (n,)
        Planar scans, since time zero, s.
    planar_bq, planar_random_bq : array_like of float, shape (n,)
        Their physical activities, in any common unit, and random uncertainties (common ones do
        not belong here).
    spect_time_s : float
        Within the planar scans' times, s: the curve is not read beyond them.
    spect_bq, spect_uncertainty_bq : float
        Physical activity then, above 0, with all its uncertainty, Bq.
    decay_per_s : float
        Physical, 1/s.
    options : FitOptions
    name : str
        The region's name, for messages.

    Returns
    -------
    HybridFit

    Raises
    ------
    FitError
        A SPECT outside the planar scans' times or without an activity; scans without uncertainty;
        a curve that is not above 0 then.

    References
    ----------
    Koral KF et al., hybrid SPECT and conjugate views: J Nucl Med 2005;46(1 Suppl):134S.

    Examples
    --------
    >>> hours = np.array([1.0, 6.0, 24.0, 48.0])
    >>> shape = 1.3e8 * np.exp(-np.log(2) / 12 * hours)  # planar reads 1.3 times too much
    >>> found = fit_hybrid(hours * 3600, shape, 0.02 * shape, spect_time_s=24 * 3600.0,
    ...     spect_bq=2.5e7, spect_uncertainty_bq=1e6, decay_per_s=np.log(2) / (17 * 3600),
    ...     options=FitOptions(models=("mono",)), name="lesion")
    >>> round(found.scale_ratio, 4), round(found.tia_bq_s / 3.6e9, 1)  # 100 MBq x 12 h / ln 2
    (0.7692, 1731.2)
    """
    times = np.asarray(times_s, dtype=np.float64)
    values = np.asarray(planar_bq, dtype=np.float64)
    random = np.asarray(planar_random_bq, dtype=np.float64)
    if not (spect_bq > 0 and 0 <= spect_uncertainty_bq < math.inf):
        raise FitError(
            f"region '{name}': the SPECT that sets the height needs an activity above 0",
            got=f"{spect_bq:g} ± {spect_uncertainty_bq:g} Bq",
            remedy="take another SPECT, or the planar scans alone",
        )
    if not times.size or not times.min() <= spect_time_s <= times.max():
        raise FitError(
            f"region '{name}': the SPECT lies outside the times of the planar scans",
            got=f"{spect_time_s / 3600:.1f} h",
            allowed="between the first and the last planar scan",
            remedy="take a SPECT of one of the planar sessions",
        )
    if random.shape != values.shape or not (random > 0).all():
        raise FitError(
            f"region '{name}': each planar scan needs a random uncertainty above 0",
            got=f"{int((random > 0).sum())} of {values.size}",
            remedy="give what counting leaves open in each scan",
        )

    def ratio(activities: NDArray[np.float64], chosen: FitOptions) -> tuple[TimeActivityFit, float]:
        fit = fit_time_activity(
            times, activities, random, decay_per_s=decay_per_s, options=chosen, name=name
        )
        height = float(fit.curve.activity_bq(np.array(spect_time_s)))
        if not height > 0:
            raise FitError(
                f"region '{name}': the planar curve is not above 0 at the SPECT's time",
                got=f"{height:g} Bq",
                remedy="leave the planar scans of this region out",
            )
        return fit, fit.tia_bq_s / height

    shape, central = ratio(values, options)
    quick = replace(options, n_bootstrap=50, interval="covariance")
    variance = 0.0
    for number in range(values.size):
        ends = []
        for sign in (1.0, -1.0):
            moved = values.copy()
            moved[number] += sign * random[number]
            ends.append(ratio(moved, quick)[1])
        variance += ((ends[0] - ends[1]) / 2) ** 2
    shape_share = math.sqrt(variance) / central
    scale_share = spect_uncertainty_bq / spect_bq
    tia = spect_bq * central
    return HybridFit(
        shape=shape,
        scale_ratio=spect_bq * central / shape.tia_bq_s,
        tia_bq_s=tia,
        tia_uncertainty_bq_s=tia * math.hypot(shape_share, scale_share),
        shape_relative_uncertainty=shape_share,
        scale_relative_uncertainty=scale_share,
    )
