"""What earlier courses left in a region, taken off the scans of a later one."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from hevesy.timeactivity import TimeActivityFit
from hevesy.workflows.unseen import WITHIN_SIGMAS, nothing_seen

__all__ = ["WORTH_SAYING_SHARE", "Remainder", "fit_after_earlier", "left_by_earlier"]

Array = NDArray[np.float64]

WORTH_SAYING_SHARE = 0.01  # of a scan's activity: less than any calibration tells
_WORTH_A_SLOPE = 1e-3  # a remainder's uncertainty beside its scan's, under which it has no effect
_STEP = 0.1  # of a scan's uncertainty, for the TIA's slope: small beside what the fit bends


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Remainder:
    """What earlier courses' curves say is still in a region at a later course's scans.

    The arrays are read-only.

    Parameters
    ----------
    measured_bq : ndarray of float64, shape (n,)
        What the course's scans show, Bq.
    left_bq : ndarray of float64, shape (n,)
        What the earlier courses left of it, by their curves, Bq; may be more than is shown.
    covariance_bq2 : ndarray of float64, shape (n, n)
        Of `left_bq`, from the curves that the earlier fits leave open, Bq2.
    tia_covariances_bq2_s : Mapping of int to ndarray of float64, shape (n,)
        By earlier course: of `left_bq` with that course's TIA, Bq2 s.

    Examples
    --------
    >>> left = Remainder(measured_bq=np.array([8.0, 2.0]), left_bq=np.array([2.0, 3.0]),
    ...                  covariance_bq2=np.array([[0.04, 0.06], [0.06, 0.09]]))
    >>> left.shares.tolist(), left.uncertainties_bq.round(3).tolist()
    ([0.25, 1.0], [0.2, 0.3])
    """

    measured_bq: Array
    left_bq: Array
    covariance_bq2: Array
    tia_covariances_bq2_s: Mapping[int, Array] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for array in (self.measured_bq, self.left_bq, self.covariance_bq2):
            array.setflags(write=False)

    @property
    def uncertainties_bq(self) -> Array:
        """Standard uncertainty of `left_bq`, Bq."""
        return np.asarray(np.sqrt(np.maximum(np.diag(self.covariance_bq2), 0.0)))

    @property
    def net_bq(self) -> Array:
        """What is shown beyond what was left, at least 0, Bq."""
        return np.asarray(np.maximum(self.measured_bq - self.left_bq, 0.0))

    @property
    def shares(self) -> Array:
        """Part of each scan's activity that is left from before, 0 to 1."""
        shown = np.where(self.measured_bq > 0, self.measured_bq, 1.0)
        return np.asarray(np.where(self.measured_bq > 0, np.clip(self.left_bq / shown, 0, 1), 0.0))


def left_by_earlier(
    fits: Mapping[int, TimeActivityFit],
    zeros: Mapping[int, datetime],
    starts: Sequence[datetime],
    measured_bq: Array,
) -> Remainder:
    """Go on with earlier courses' curves to the scans of a later one.

    What is uncertain is taken from the curves that each fit drew from what its scans leave open
    (noise, half-life, choice of model), about its own curve. Courses are taken as independent.

    Parameters
    ----------
    fits : Mapping of int to TimeActivityFit
        The region's, by earlier course; each of its own course's activity alone.
    zeros : Mapping of int to datetime
        Time zero of these courses.
    starts : sequence of datetime
        Start of each of the later course's frames.
    measured_bq : ndarray of float64, shape (n,)
        The region's activity in them, Bq.

    Returns
    -------
    Remainder
    """
    left_bq = np.zeros(len(starts))
    covariance = np.zeros((len(starts), len(starts)))
    with_tia: dict[int, Array] = {}
    for course, fit in fits.items():
        times_s = np.array([(start - zeros[course]).total_seconds() for start in starts])
        central_bq = fit.curve.activity_bq(times_s)
        left_bq += central_bq
        if fit.samples:
            apart = np.stack([c.activity_bq(times_s) for c in fit.samples]) - central_bq
            covariance += apart.T @ apart / len(fit.samples)
            tia_apart = np.array([c.tia_bq_s() for c in fit.samples]) - fit.tia_bq_s
            with_tia[course] = tia_apart @ apart / len(fit.samples)
    return Remainder(
        measured_bq=np.array(measured_bq, dtype=np.float64),
        left_bq=left_bq,
        covariance_bq2=covariance,
        tia_covariances_bq2_s=with_tia,
    )


def fit_after_earlier(
    fit: Callable[[Array, Array], TimeActivityFit],
    times_s: Array,
    remainder: Remainder,
    counting_bq: Array,
    *,
    decay_per_s: float,
    name: str,
    course: int,
    scans: Sequence[int],
) -> tuple[TimeActivityFit, dict[int, float]]:
    """Fit a course's own activity: what its scans show beyond what the courses before it left.

    Each scan's uncertainty is counting's and the remainder's in squares. A remainder above what is
    shown counts as nothing of this course: with a warning within three standard deviations; beyond
    them the excess is made the scan's uncertainty, and the warning says that the earlier curve
    does not hold. What the remainders have in common from scan to scan is added to the TIA's
    uncertainty by its slopes.

    Parameters
    ----------
    fit : callable
        Fits activities with their uncertainties, both in Bq.
    times_s : ndarray of float64, shape (n,)
        Of the scans, from the course's time zero, s.
    remainder : Remainder
    counting_bq : ndarray of float64, shape (n,)
        Random standard uncertainty of what each scan shows, Bq.
    decay_per_s : float
        Physical decay constant, 1/s.
    name : str
        The region, for messages.
    course : int
    scans : sequence of int
        The scans' numbers, for messages.

    Returns
    -------
    fit : TimeActivityFit
    covariances : dict of int to float
        Of this course's TIA with each earlier one's, (Bq s)2: what is too much in one is missing
        in the other, so they are mostly negative.
    """
    excess_bq = remainder.left_bq - remainder.measured_bq
    sigmas_bq = np.hypot(counting_bq, remainder.uncertainties_bq)
    beyond = excess_bq > WITHIN_SIGMAS * sigmas_bq
    said = _said(remainder, sigmas_bq, beyond, name, course, scans)
    sigmas_bq = np.where(beyond, np.hypot(sigmas_bq, excess_bq), sigmas_bq)
    net_bq = remainder.net_bq
    if not (net_bq > 0).any():
        covariance = remainder.covariance_bq2 + np.diag(
            np.maximum(sigmas_bq**2 - remainder.uncertainties_bq**2, 0.0)
        )
        return nothing_seen(
            _spread_bq(times_s, covariance, decay_per_s), decay_per_s, name=name, said=said,
            model="nothing beyond what earlier courses left",
        ), {}  # fmt: skip
    found = fit(net_bq, sigmas_bq)
    unsure_bq = remainder.uncertainties_bq
    effects = _effects_bq_s(fit, found, net_bq, sigmas_bq, unsure_bq)
    slopes_s = np.divide(effects, unsure_bq, out=np.zeros_like(effects), where=unsure_bq > 0)
    variance = float(slopes_s @ remainder.covariance_bq2 @ slopes_s)
    widened = _widened(found, float(np.sum(effects**2)), variance, said)
    pairs = remainder.tia_covariances_bq2_s.items()
    return widened, {earlier: -float(slopes_s @ with_tia) for earlier, with_tia in pairs}


def _percent(share: float) -> str:
    """Two digits below 10 %, whole per cent from there: never a power of ten."""
    return f"{100 * share:.2g} %" if share < 0.0995 else f"{100 * share:.0f} %"


def _said(
    remainder: Remainder,
    sigmas_bq: Array,
    beyond: NDArray[np.bool_],
    name: str,
    course: int,
    scans: Sequence[int],
) -> tuple[str, ...]:
    """What is to be said of what was taken off."""
    warnings = []
    largest = float(remainder.shares.max(initial=0.0))
    if largest > WORTH_SAYING_SHARE:
        first = float(remainder.shares[0])
        warnings.append(
            f"course {course}: {_percent(first)} of the activity at its first scan (at most "
            f"{_percent(largest)} at any) is what the curves before it leave; it was taken off"
        )
    for scan, shown_bq, left_bq, sigma_bq, far in zip(
        scans, remainder.measured_bq, remainder.left_bq, sigmas_bq, beyond, strict=True
    ):
        if left_bq <= shown_bq:
            continue
        figures = f"{left_bq / 1e6:.4g} MBq left, {shown_bq / 1e6:.4g} MBq shown"
        if far:
            excess = (left_bq - shown_bq) / sigma_bq if sigma_bq > 0 else math.inf
            warnings.append(
                f"region '{name}', course {course}, scan {scan}: the curves before it leave more "
                f"than the scan shows, by {excess:.3g} standard deviations ({figures}): they fall "
                "too slowly there, or time or contour are wrong; the scan counts as nothing of "
                "this course, give or take the difference, and the earlier courses' TIA is "
                "probably too high"
            )
        else:
            warnings.append(
                f"course {course}, scan {scan}: the curves before it leave as much as the scan "
                f"shows, within its uncertainty ({figures}): it counts as nothing of this course"
            )
    return tuple(warnings)


def _spread_bq(times_s: Array, covariance_bq2: Array, decay_per_s: float) -> float:
    """Standard uncertainty at time zero of an activity that would only decay, Bq."""
    shape = np.exp(-decay_per_s * times_s)
    sigmas_bq = np.sqrt(np.maximum(np.diag(covariance_bq2), 1e-300))
    scaled = shape / sigmas_bq
    inverse = np.linalg.pinv(covariance_bq2 / np.outer(sigmas_bq, sigmas_bq), hermitian=True)
    precision = float(scaled @ inverse @ scaled)
    return 1.0 / math.sqrt(precision) if precision > 0 else 0.0


def _effects_bq_s(
    fit: Callable[[Array, Array], TimeActivityFit],
    found: TimeActivityFit,
    net_bq: Array,
    sigmas_bq: Array,
    unsure_bq: Array,
) -> Array:
    """What a standard uncertainty of the remainder at each scan does to the TIA, Bq s."""
    names = [candidate.name for candidate in found.candidates]
    effects = np.zeros(net_bq.size)
    for index in np.flatnonzero(unsure_bq > _WORTH_A_SLOPE * sigmas_bq):
        for step in (_STEP, -_STEP):
            moved = net_bq.copy()
            moved[index] += step * unsure_bq[index]
            if moved[index] < 0:
                continue
            there = fit(moved, sigmas_bq)
            if [candidate.name for candidate in there.candidates] == names:
                effects[index] = (there.tia_bq_s - found.tia_bq_s) / step
                break  # the other way only where this one leads to another kind of curve
    return effects


def _widened(
    found: TimeActivityFit, apart_bq2_s2: float, together_bq2_s2: float, said: tuple[str, ...]
) -> TimeActivityFit:
    """Put the remainders' true variance for the one that the fit saw, where it is larger.

    The fit took them as independent from scan to scan; it is never made surer than it was.
    """
    before = found.tia_uncertainty_bq_s
    after = math.sqrt(before**2 + max(together_bq2_s2 - apart_bq2_s2, 0.0))
    wider = after / before if before > 0 else 1.0
    low, high = found.tia_interval68_bq_s
    counting = found.tia_counting_uncertainty_bq_s
    return replace(
        found,
        tia_uncertainty_bq_s=after,
        tia_interval68_bq_s=(
            max(found.tia_bq_s - wider * (found.tia_bq_s - low), 0.0),
            found.tia_bq_s + wider * (high - found.tia_bq_s),
        ),
        tia_counting_uncertainty_bq_s=(
            None if counting is None else math.sqrt(max(counting**2 - apart_bq2_s2, 0.0))
        ),
        warnings=(*found.warnings, *said),
    )
