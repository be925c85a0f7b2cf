"""Does it add up? The body's activity against what was injected, less what was excreted."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from hevesy.errors import InputError

__all__ = [
    "ClosureUncertainty",
    "ClosureVerdict",
    "ScanBalance",
    "WholeBodyScan",
    "balance_scan",
    "combine_ratios",
    "find_rises",
]

WITHIN_SIGMAS = 2.0  # a difference beyond it is said to be one: wrong in 1 of 20 of true closures
# No calibration that deserves the name is out by more (k = 1): a difference that would need more
# of what is not stated fails, whatever was left unsaid.
BEYOND_ANY_RELATIVE = 0.5
# ICRP takes six voidings a day for adults: before that a deficit is not urine that was passed.
FIRST_VOIDING_H = 4.0
# Of a large region's activity from scan to scan beyond counting (Gear 2018).
REPEATABILITY_RELATIVE = 0.05


class ClosureVerdict(StrEnum):
    """Whether the activity adds up."""

    CLOSES = "closes"
    DOES_NOT_CLOSE = "does not close"
    PARTIAL = "partial"  # the field of view does not hold the body
    NOT_TESTED = "not tested"  # what is known does not allow it to be said


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureUncertainty:
    """What is common to all scans of a case; None is not stated, which is not 0.

    Parameters
    ----------
    calibration_relative_uncertainty : float or None
        Of the camera's calibration, dead time included, as a share.
    administered_relative_uncertainty : float or None
        Of the net injected activity, as a share.

    Raises
    ------
    InputError
        A share below 0.

    Examples
    --------
    >>> ClosureUncertainty(calibration_relative_uncertainty=0.05,
    ...                    administered_relative_uncertainty=None).unstated
    ('administered activity',)
    """

    calibration_relative_uncertainty: float | None
    administered_relative_uncertainty: float | None

    def __post_init__(self) -> None:
        for value in (
            self.calibration_relative_uncertainty, self.administered_relative_uncertainty,
        ):  # fmt: skip
            if value is not None and not 0 <= value < math.inf:
                raise InputError(
                    "a relative uncertainty can't be negative",
                    got=value,
                    remedy="correct it, or leave it out where it is not known",
                )

    @property
    def unstated(self) -> tuple[str, ...]:
        """What was not stated."""
        parts = (
            ("calibration", self.calibration_relative_uncertainty),
            ("administered activity", self.administered_relative_uncertainty),
        )
        return tuple(name for name, value in parts if value is None)


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeBodyScan:
    """One scan's whole image, and what should be in it.

    Parameters
    ----------
    scan, course : int
        Numbers, from 1.
    hours_after_administration : float
        From the course's time zero to the frame's start, h.
    measured_bq : float
        Activity of the whole image at the frame's start, Bq.
    counting_relative_uncertainty : float or None
        Of `measured_bq`, independent from scan to scan; None where it is not known.
    injected_bq : float
        Net injected activity of the course at its time zero, Bq, above 0.
    decay_factor : float
        What physical decay leaves of it at the frame's start, above 0 to 1.
    left_over_bq, left_over_uncertainty_bq : float
        What earlier courses left of `measured_bq`, and what is uncertain of it beyond the
        calibration, Bq.
    excreted_bq, excreted_uncertainty_bq : float
        Measured excretion since the administration, decayed to the frame's start, Bq.
    excretion_covered : bool
        All that was excreted since the administration was measured.
    outside_bq : float or None
        The most that can lie in the body outside the field, Bq; 0 where the field holds the body,
        None where that can't be said.
    field_too_short : bool
        No adult's body fits into the field, though nothing outlines it.

    Raises
    ------
    InputError
        A number out of its range.

    Examples
    --------
    >>> seen = WholeBodyScan(scan=1, course=1, hours_after_administration=1.0, measured_bq=9.3e8,
    ...     counting_relative_uncertainty=0.001, injected_bq=1e9, decay_factor=0.96, outside_bq=0.0)
    >>> seen.expected_bq / 1e6
    960.0
    """

    scan: int
    course: int
    hours_after_administration: float
    measured_bq: float
    counting_relative_uncertainty: float | None
    injected_bq: float
    decay_factor: float
    left_over_bq: float = 0.0
    left_over_uncertainty_bq: float = 0.0
    excreted_bq: float = 0.0
    excreted_uncertainty_bq: float = 0.0
    excretion_covered: bool = False
    outside_bq: float | None = None
    field_too_short: bool = False

    def __post_init__(self) -> None:
        whole = (
            self.measured_bq, self.left_over_bq, self.left_over_uncertainty_bq, self.excreted_bq,
            self.excreted_uncertainty_bq, self.outside_bq or 0.0, self.hours_after_administration,
            self.counting_relative_uncertainty or 0.0,
        )  # fmt: skip
        fine = all(0 <= value < math.inf for value in whole) and 0 < self.injected_bq < math.inf
        if not fine or not 0 < self.decay_factor <= 1:
            raise InputError(
                f"the whole body of scan {self.scan} has a number out of its range",
                got=f"{self.measured_bq:g} Bq of {self.injected_bq:g} Bq, decay factor "
                f"{self.decay_factor:g}",
                allowed="activities of 0 Bq or more, a decay factor above 0 and up to 1",
                remedy="correct it",
            )
        if self.expected_bq <= 0:
            raise InputError(
                f"more was excreted before scan {self.scan} than was injected",
                got=f"{self.excreted_bq / 1e6:.4g} MBq of "
                f"{self.injected_bq * self.decay_factor / 1e6:.4g} MBq at the scan's start",
                allowed="less than the injected activity",
                remedy="correct the urine's `activity` or `measured_at`",
            )

    @property
    def expected_bq(self) -> float:
        """Injected activity decayed to the frame's start, less what was measured as excreted."""
        return self.injected_bq * self.decay_factor - self.excreted_bq

    @property
    def own_bq(self) -> float:
        """What is measured of this course."""
        return self.measured_bq - self.left_over_bq


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanBalance:
    """One scan's balance.

    Parameters
    ----------
    body : WholeBodyScan
    difference_bq : float
        Measured less expected, Bq.
    stated_uncertainty_bq : float
        Its standard uncertainty from all that is stated, Bq.
    ratio : float
        Measured over expected.
    common_share : float
        Part of the ratio's standard uncertainty that is the same for all scans, in the ratio's own
        units: calibration and injected activity.
    random_share : float
        The rest: counting, remainders, excretion.
    unstated : tuple of str
        What has no stated uncertainty, and is not in the figures.
    verdict : ClosureVerdict
    reason : str
        Why, in words.
    """

    body: WholeBodyScan
    difference_bq: float
    stated_uncertainty_bq: float
    ratio: float
    common_share: float
    random_share: float
    unstated: tuple[str, ...]
    verdict: ClosureVerdict
    reason: str

    @property
    def tests_closure(self) -> bool:
        """Whether this scan's ratio should be 1: nothing can have left unmeasured."""
        body = self.body
        return body.excretion_covered or body.hours_after_administration <= FIRST_VOIDING_H

    @property
    def excreted_percent(self) -> float:
        """What is missing, in per cent of the injected activity: excretion where all else holds."""
        body = self.body
        injected_bq = body.injected_bq * body.decay_factor
        return 100.0 * (injected_bq - body.own_bq) / injected_bq


def balance_scan(body: WholeBodyScan, uncertainty: ClosureUncertainty) -> ScanBalance:
    """Hold a scan's whole image against what should be in the body.

    The calibration acts on all that the camera shows, remainders of earlier courses included, by
    one factor. A difference of more than two standard uncertainties counts as one. What lies
    outside the field can only be missing: it may excuse a deficit as far as `outside_bq` goes,
    never an excess. So may excretion that was not measured, after the first voiding.

    Parameters
    ----------
    body : WholeBodyScan
    uncertainty : ClosureUncertainty

    Returns
    -------
    ScanBalance

    References
    ----------
    Siegel et al. 1999, MIRD pamphlet 16, J Nucl Med 40:37S (the whole body before the first voiding
    stands for the injected activity); JCGM 100:2008, 5.2 (correlated inputs).

    Examples
    --------
    >>> seen = WholeBodyScan(scan=1, course=1, hours_after_administration=1.0, measured_bq=8.4e8,
    ...     counting_relative_uncertainty=0.001, injected_bq=1e9, decay_factor=0.96, outside_bq=0.0)
    >>> found = balance_scan(seen, ClosureUncertainty(calibration_relative_uncertainty=0.03,
    ...                                               administered_relative_uncertainty=0.02))
    >>> found.ratio, found.verdict.value
    (0.875, 'does not close')
    """
    expected, own = body.expected_bq, body.own_bq
    calibration = (uncertainty.calibration_relative_uncertainty or 0.0) * abs(own)
    given = (uncertainty.administered_relative_uncertainty or 0.0) * (
        body.injected_bq * body.decay_factor
    )
    counting = (body.counting_relative_uncertainty or 0.0) * body.measured_bq
    common = math.hypot(calibration, given)
    random = math.hypot(counting, body.left_over_uncertainty_bq, body.excreted_uncertainty_bq)
    difference, total = own - expected, math.hypot(common, random)
    verdict, reason = _judge(body, difference, total, uncertainty.unstated)
    ratio = own / expected
    return ScanBalance(
        body=body,
        difference_bq=difference,
        stated_uncertainty_bq=total,
        ratio=ratio,
        common_share=math.hypot(calibration, ratio * given) / expected,
        random_share=math.hypot(
            counting, body.left_over_uncertainty_bq, ratio * body.excreted_uncertainty_bq
        )
        / expected,
        unstated=uncertainty.unstated,
        verdict=verdict,
        reason=reason,
    )


def _judge(
    body: WholeBodyScan, difference: float, sigma: float, unstated: tuple[str, ...]
) -> tuple[ClosureVerdict, str]:
    """The verdict with its reason; `difference` is above 0 where too much is seen."""
    outside = body.outside_bq
    late = body.hours_after_administration > FIRST_VOIDING_H and not body.excretion_covered
    allowance = 0.0 if difference > 0 else (outside or 0.0)
    far = max(abs(difference) - allowance, 0.0)
    unknown = _field_unknown(body)
    if far > WITHIN_SIGMAS * sigma:
        missing = _needed(far, sigma, body.expected_bq)
        if unstated and missing < BEYOND_ANY_RELATIVE:
            return ClosureVerdict.NOT_TESTED, (
                f"the uncertainty of the {' and of the '.join(unstated)} is not stated; "
                f"{100 * missing:.2g} % (k = 1) would be needed for the difference to mean nothing"
            )
        if difference > 0:
            return ClosureVerdict.DOES_NOT_CLOSE, "more is seen than can be in the body"
        if late:
            return ClosureVerdict.NOT_TESTED, (
                "excretion was not measured, and by then activity may have left the body"
            )
        if unknown is not None:
            return unknown[0], f"less is seen than was given, and {unknown[1]}"
        held = "" if outside == 0 else ", even if the body outside the field were as its cut ends"
        return ClosureVerdict.DOES_NOT_CLOSE, f"less is seen than should be in the body{held}"
    if unknown is not None:
        return unknown
    if abs(difference) > WITHIN_SIGMAS * sigma:
        return ClosureVerdict.PARTIAL, (
            "less is seen than should be in the body, and it may lie outside the field of view"
        )
    if (outside or 0.0) > WITHIN_SIGMAS * sigma:
        return ClosureVerdict.PARTIAL, (
            "the field of view does not hold the body, and what is outside may be more than the "
            "uncertainty"
        )
    return ClosureVerdict.CLOSES, "measured and expected agree within two standard uncertainties"


def _field_unknown(body: WholeBodyScan) -> tuple[ClosureVerdict, str] | None:
    """What is to be said where nothing outlines the body."""
    if body.outside_bq is not None:
        return None
    if body.field_too_short:
        return ClosureVerdict.PARTIAL, "the field of view is too short for an adult's body"
    return ClosureVerdict.NOT_TESTED, (
        "without a CT it can't be said whether the field of view holds the body"
    )


def _needed(far: float, sigma: float, expected: float) -> float:
    """Relative uncertainty that, added to the stated one, would make a difference mean nothing."""
    return math.sqrt(max((far / WITHIN_SIGMAS) ** 2 - sigma**2, 0.0)) / expected


def combine_ratios(balances: Sequence[ScanBalance]) -> tuple[float, float]:
    """Mean ratio of several scans; what is common to them counts once.

    Weights go by the random parts, which have a floor of 5 % repeatability so that counts alone
    don't choose one scan; the common part does not shrink with the number of scans.

    Parameters
    ----------
    balances : sequence of ScanBalance
        Those whose ratio should be 1.

    Returns
    -------
    ratio, stated_uncertainty : float
        The uncertainty lacks what is not stated.

    Raises
    ------
    InputError
        No scan.

    Examples
    --------
    >>> seen = WholeBodyScan(scan=1, course=1, hours_after_administration=1.0, measured_bq=9e8,
    ...     counting_relative_uncertainty=0.0, injected_bq=1e9, decay_factor=1.0, outside_bq=0.0)
    >>> one = balance_scan(seen, ClosureUncertainty(calibration_relative_uncertainty=0.03,
    ...                                             administered_relative_uncertainty=0.04))
    >>> [round(value, 3) for value in combine_ratios([one, one])]
    [0.9, 0.045]
    """
    if not balances:
        raise InputError("no scan to take a ratio from", remedy="give one or more")
    spreads = [math.hypot(b.random_share, REPEATABILITY_RELATIVE * b.ratio) for b in balances]
    weights = [1.0 / max(spread, 1e-12) ** 2 for spread in spreads]
    whole = sum(weights)
    shares = [weight / whole for weight in weights]
    pairs = list(zip(shares, balances, strict=True))
    ratio = sum(share * b.ratio for share, b in pairs)
    random = math.hypot(*(share * b.random_share for share, b in pairs))
    common = sum(share * b.common_share for share, b in pairs)
    return ratio, math.hypot(common, random)


def find_rises(balances: Sequence[ScanBalance]) -> tuple[tuple[int, int, float, float], ...]:
    """Scans after which the body holds more than before, decay taken out; the body makes none.

    Calibration and injected activity are common to both scans and cancel; what is left is counting
    and 5 % of repeatability for each scan.

    Parameters
    ----------
    balances : sequence of ScanBalance
        In order of time.

    Returns
    -------
    tuple of (int, int, float, float)
        Earlier scan, later scan, rise in per cent, its standard uncertainty; each beyond two of
        them. The earlier scan is the one that shows least before.

    References
    ----------
    Gear et al. 2018, Eur J Nucl Med Mol Imaging 45:2456, doi:10.1007/s00259-018-4136-7.

    Examples
    --------
    >>> find_rises([])
    ()
    """
    found = []
    for n, later in enumerate(balances):
        course = later.body.course
        before = [b for b in balances[:n] if b.body.course == course and b.body.own_bq > 0]
        if not before:
            continue
        lowest = min(before, key=lambda b: b.body.own_bq / b.body.decay_factor)
        ratio = (later.body.own_bq / later.body.decay_factor) / (
            lowest.body.own_bq / lowest.body.decay_factor
        )
        spread = ratio * math.hypot(
            lowest.random_share / lowest.ratio, later.random_share / max(later.ratio, 1e-12),
            math.sqrt(2.0) * REPEATABILITY_RELATIVE,
        )  # fmt: skip
        if ratio - 1.0 > WITHIN_SIGMAS * spread:
            found.append((lowest.body.scan, later.body.scan, 100.0 * (ratio - 1.0), 100.0 * spread))
    return tuple(found)
