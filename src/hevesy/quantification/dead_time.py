"""Dead time of a scan, view by view, and of a camera, from a source that decays."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.camera import (
    FLAGGED_LOSS_RATIO,
    MOST_LOSS_RATIO,
    DeadTime,
    EnergyWindow,
    Projections,
    check_low_branch,
    measurable_after_s,
    true_rate_per_s,
)
from hevesy.errors import FitError, InputError
from hevesy.reconstruction import ScatterEstimate

__all__ = ["DeadTimeCorrection", "FittedDeadTime", "correct_dead_time", "fit_dead_time"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DeadTimeCorrection:
    """What each view lost to dead time.

    Parameters
    ----------
    live_fraction : ndarray of float64, shape (views,)
        Observed over true, exp(-n tau). Multiply the views' weights by it and leave the counts as
        they are: they stay Poisson.
    loss_ratio : ndarray of float64, shape (views,)
        n tau.
    net_rate_per_s : ndarray of float64, shape (views,)
        Observed rate of the scatter-corrected peak over the whole detector.
    counting_relative : ndarray of float64, shape (views,)
        Relative uncertainty of the correction from counting, independent from view to view.
    dead_time_relative : float
        Relative uncertainty of the scan's total from the dead time's own; common to all views and
        all scans of a camera.
    warnings : tuple of str
        Views above the limit of flagging.

    Examples
    --------
    >>> DeadTimeCorrection.__slots__[0]
    'live_fraction'
    """

    live_fraction: NDArray[np.float64]
    loss_ratio: NDArray[np.float64]
    net_rate_per_s: NDArray[np.float64]
    counting_relative: NDArray[np.float64]
    dead_time_relative: float
    warnings: tuple[str, ...]

    def corrected(self, projections: Projections) -> Projections:
        """The same projections with every window's counts over their view's live fraction.

        For totals and pictures. All windows of a detector are live for the same time, so they
        share the factor. A reconstruction takes `live_fraction` instead.
        """
        factor = 1.0 / self.live_fraction
        return Projections(
            counts=projections.counts * factor[None, :, None, None],
            windows=projections.windows,
            geometry=projections.geometry,
            view_seconds=projections.view_seconds,
            view_starts_s=projections.view_starts_s,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class FittedDeadTime:
    """Sensitivity and dead time of a camera, from one fit.

    Parameters
    ----------
    counts_per_bq_s : float
        Sensitivity of the source's geometry without losses.
    relative_uncertainty : float
        Of the sensitivity, from the fit alone.
    dead_time : DeadTime
        With its uncertainty from the fit.
    reduced_chi2 : float or None
        Above 1: the points lie further from the model than their uncertainties say, which were
        widened by its root. None for two points.

    Examples
    --------
    >>> FittedDeadTime(counts_per_bq_s=1e-5, relative_uncertainty=0.01,
    ...     dead_time=DeadTime(dead_time_s=5e-6), reduced_chi2=None).counts_per_bq_s
    1e-05
    """

    counts_per_bq_s: float
    relative_uncertainty: float
    dead_time: DeadTime
    reduced_chi2: float | None


def correct_dead_time(
    projections: Projections,
    peak: EnergyWindow,
    scatter: ScatterEstimate,
    dead_time: DeadTime,
    *,
    decay_per_s: float,
    most_true_per_s: float | None = None,
    earlier_per_s: ArrayLike = (),
    later_per_s: ArrayLike = (),
    most_ratio: float = MOST_LOSS_RATIO,
    flag_ratio: float = FLAGGED_LOSS_RATIO,
    where: str = "the scan",
) -> DeadTimeCorrection:
    """Find each view's losses from its scatter-corrected peak over the whole detector.

    Each view of each head is corrected by its own rate: a head that faces the activity loses more.
    The peak less scatter, not the full spectrum, is what keeps its relation to the dead time when
    the amount of scattering tissue changes between calibration and patient. A view's rate is taken
    as constant while it lasts, and counts beside the stored matrix are not known.

    Parameters
    ----------
    projections : Projections
        As recorded.
    peak : EnergyWindow
    scatter : ScatterEstimate
        Of the same, not corrected, projections.
    dead_time : DeadTime
        Of the calibration.
    decay_per_s : float
        The nuclide's decay constant, to say when the patient can be measured.
    most_true_per_s : float, optional
        The greatest true rate that the activity given allows, for `check_low_branch`.
    earlier_per_s, later_per_s : array_like of float
        Greatest observed net rates of the patient's other scans, for `check_low_branch`.
    most_ratio, flag_ratio : float
        Limits of n tau for refusal and for a warning.
    where : str
        Which scan, for messages.

    Returns
    -------
    DeadTimeCorrection

    Raises
    ------
    InputError
        A view above `most_ratio`, with the time from which the patient can be measured; a branch
        that can't be told.

    References
    ----------
    EJNMMI Phys 2018, doi:10.1186/s40658-017-0202-7 (scatter-corrected photopeak); EJNMMI Phys
    2022, doi:10.1186/s40658-022-00484-w (per projection against per volume: up to 3.5 %).

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> peak = EnergyWindow(lower_kev=139.5, upper_kev=170.5)
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> seen = Projections(counts=np.full((1, 1, 1, 1), 1e5 * math.exp(-0.1)), windows=(peak,),
    ...     geometry=views, view_seconds=np.ones(1), view_starts_s=np.zeros(1))
    >>> none = ScatterEstimate(expected_counts=np.zeros((1, 1, 1)),
    ...     variance=np.zeros((1, 1, 1)), method="none")
    >>> correct_dead_time(seen, peak, none, DeadTime(dead_time_s=1e-6), decay_per_s=1e-5,
    ...     most_true_per_s=5e5).loss_ratio.round(6)
    array([0.1])
    """
    counts = projections.in_window(peak)
    seconds = projections.view_seconds
    net = np.maximum(scatter.net_per_view(counts), 0.0)  # a rate below 0 loses nothing
    rate = net / seconds
    check_low_branch(
        rate,
        dead_time,
        most_true_per_s=most_true_per_s,
        earlier_per_s=earlier_per_s,
        later_per_s=later_per_s,
        decay_per_s=decay_per_s,
    )
    # up to the very top of the curve, so that the refusal can say when
    true = true_rate_per_s(rate, dead_time, most_ratio=1 - 1e-9, flag_ratio=flag_ratio)
    worst = int(true.loss_ratio.argmax())
    if true.loss_ratio[worst] > most_ratio:
        wait_s = measurable_after_s(
            float(true.rate_per_s[worst]),
            dead_time.dead_time_s,
            decay_per_s=decay_per_s,
            most_ratio=most_ratio,
        )
        raise InputError(
            f"view {worst + 1} of {where} lost too many counts to dead time to be corrected",
            got=f"n tau {true.loss_ratio[worst]:.2f}",
            allowed=f"up to {most_ratio:g}",
            remedy=f"by decay alone it can be measured {wait_s / 3600:.1f} h later",
        )
    variance = counts.sum(axis=(1, 2), dtype=np.float64) + scatter.variance.sum(axis=(1, 2))
    relative = np.sqrt(variance) / np.maximum(net, 1.0)
    total = float((net * true.factor).sum())
    common = float((net * true.factor * true.dead_time_relative).sum()) / total if total else 0.0
    flagged = int(np.count_nonzero(true.flagged))
    lost = 100 * -math.expm1(-float(true.loss_ratio[worst]))
    return DeadTimeCorrection(
        live_fraction=1.0 / true.factor,
        loss_ratio=true.loss_ratio,
        net_rate_per_s=rate,
        counting_relative=true.loss_ratio * true.relative_to_observed * relative,
        dead_time_relative=common,
        warnings=(
            f"{where}: {flagged} of {len(rate)} views lost more than "
            f"{100 * -math.expm1(-flag_ratio):.0f} % of their counts to dead time, up to "
            f"{lost:.0f} %",
        )
        if flagged
        else (),
    )


def fit_dead_time(
    activity_bq: ArrayLike, observed_per_s: ArrayLike, relative_uncertainty: ArrayLike
) -> FittedDeadTime:
    """Sensitivity and dead time at once, from one source measured while it decays.

    m = S A exp(-S A tau), so ln(m/A) = ln S - S tau A is a straight line in A, fitted by weighted
    least squares; points beyond the top of the curve serve as well, since A is known.

    Parameters
    ----------
    activity_bq : array_like of float, shape (n,)
        Activity at each measurement, Bq; n is 2 or more.
    observed_per_s : array_like of float, shape (n,)
        Scatter-corrected peak rate over the whole detector, 1/s.
    relative_uncertainty : array_like of float, shape (n,)
        Of each rate (counting, placement), above 0.

    Returns
    -------
    FittedDeadTime

    Raises
    ------
    InputError
        Numbers that differ in length or are not above 0.
    FitError
        All activities are the same, or the rates rise faster than the activity.

    References
    ----------
    EJNMMI Phys 2020, doi:10.1186/s40658-020-0275-6 (both at once, by curve fitting).

    Examples
    --------
    >>> activity = np.array([1e8, 1e9, 5e9])
    >>> found = fit_dead_time(activity, 1e-5 * activity * np.exp(-5e-11 * activity), [0.01] * 3)
    >>> round(found.counts_per_bq_s, 12), round(found.dead_time.dead_time_s, 12)
    (1e-05, 5e-06)
    """
    activity, rate, relative = (
        np.asarray(a, dtype=np.float64) for a in (activity_bq, observed_per_s, relative_uncertainty)
    )
    same = activity.shape == rate.shape == relative.shape and activity.ndim == 1
    if not same or activity.size < 2 or not min(a.min() for a in (activity, rate, relative)) > 0:
        raise InputError(
            "a dead time needs two or more activities, rates and uncertainties above 0",
            got=f"{activity.size}, {rate.size}, {relative.size}",
            remedy="give one of each for each measurement",
        )
    scale = float(activity.max())
    design = np.stack([np.ones_like(activity), activity / scale], axis=1) / relative[:, None]
    if np.linalg.matrix_rank(design) < 2:
        raise FitError(
            "a dead time needs measurements at different activities",
            got=f"{scale:.4g} Bq only",
            remedy="measure the source again when it has decayed",
        )
    covariance = np.linalg.inv(design.T @ design)
    level, slope = covariance @ (design.T @ (np.log(rate / activity) / relative))
    residual = np.log(rate / activity) / relative - design @ np.array([level, slope])
    freedom = activity.size - 2
    chi2 = float(residual @ residual) / freedom if freedom else None
    covariance = covariance * max(chi2 or 1.0, 1.0)
    # tau = -slope/(scale S), S = exp(level)
    tau = -float(slope) * math.exp(-float(level)) / scale
    gradient = np.array([-tau, -math.exp(-float(level)) / scale])
    spread = math.sqrt(float(gradient @ covariance @ gradient))
    if tau < -3 * spread:
        raise FitError(
            "the rates rise faster than the activity: no dead time describes them",
            got=f"{tau:.3g} s",
            remedy="check the activities and the decay between the measurements",
        )
    return FittedDeadTime(
        counts_per_bq_s=math.exp(float(level)),
        relative_uncertainty=math.sqrt(float(covariance[0, 0])),
        dead_time=DeadTime(dead_time_s=max(tau, 0.0), uncertainty_s=spread),
        reduced_chi2=chi2,
    )
