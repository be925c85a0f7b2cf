"""Closure as the report and `result.json` show it: in MBq, with verdict and explanations."""

from dataclasses import dataclass

__all__ = ["Closure", "ClosureExplanation", "ClosureScan", "LesionShare"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureExplanation:
    """What may explain a difference, with what speaks for it."""

    cause: str
    strength: str
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureScan:
    """One scan's ledger; `regions_mbq` + `remainder_mbq` is `measured_mbq`.

    Parameters
    ----------
    scan, course : int
    hours_after_administration : float
    expected_mbq : float
        Injected activity decayed to the frame's start, less measured excretion, MBq.
    measured_mbq : float
        The whole image at the frame's start, MBq.
    left_over_mbq : float
        What earlier courses left of it, MBq.
    difference_mbq, difference_uncertainty_mbq : float, float or None
        Measured, less what earlier courses left, less expected, MBq; None where a part of the
        uncertainty is not stated.
    ratio, ratio_uncertainty : float, float or None
        Measured, less what earlier courses left, over expected.
    ratio_stated_uncertainty : float
        From what is stated alone: the true one is not less.
    excreted_measured_mbq : float
        Measured as excreted since the administration, decayed to the frame's start, MBq.
    excreted_percent, excreted_percent_uncertainty : float, float or None
        What the balance misses of the injected activity: excretion, where all else holds.
    excreted_since_first_percent, excreted_since_first_percent_uncertainty : float, float or None
        Of what the course's first scan shows, decay taken out: calibration and injected activity
        cancel. The uncertainty is of counting and of earlier courses' remainders: how steady the
        camera is from scan to scan is not in it. None at the first scan, and where counting is
        not known.
    regions_mbq, remainder_mbq, remainder_uncertainty_mbq : float
        Sum of the regions, and what is in none of them, MBq. Negative where the regions'
        partial-volume correction brings in more than the image has.
    counted_twice_mbq : float
        Activity in more than one region, which the sum counts once, MBq.
    body_in_field_percent : float or None
        Part of the CT's body that lies in the field; None without a CT.
    outside_at_most_mbq : float or None
        The most that the body outside the field can hold if filled as its cut ends, MBq.
    tests_closure : bool
        Nothing can have left the body unmeasured by then: the ratio should be 1.
    verdict, reason : str
    """

    scan: int
    course: int
    hours_after_administration: float
    expected_mbq: float
    measured_mbq: float
    left_over_mbq: float
    difference_mbq: float
    difference_uncertainty_mbq: float | None
    ratio: float
    ratio_uncertainty: float | None
    ratio_stated_uncertainty: float
    excreted_measured_mbq: float
    excreted_percent: float
    excreted_percent_uncertainty: float | None
    excreted_since_first_percent: float
    excreted_since_first_percent_uncertainty: float | None
    regions_mbq: float
    remainder_mbq: float
    remainder_uncertainty_mbq: float
    counted_twice_mbq: float
    body_in_field_percent: float | None
    outside_at_most_mbq: float | None
    tests_closure: bool
    verdict: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LesionShare:
    """One lesion's part of what the lesions of a course hold at its first scan.

    Parameters
    ----------
    lesion : str
    course : int
    planned_share : float or None
        By the injections; None where the lesion was not injected.
    measured_share, measured_share_uncertainty : float
        By the images; the calibration cancels.
    """

    lesion: str
    course: int
    planned_share: float | None
    measured_share: float
    measured_share_uncertainty: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure:
    """Did it add up?

    Parameters
    ----------
    net_injected_mbq : float
        Of the first course at its time zero, MBq; where `kind` is gross, the most it can be.
    kind : str
        ``"net"`` or ``"gross"``.
    expected_mbq, measured_mbq : float
        At the first scan, MBq.
    ratio : float
        Mean of the scans of the first course that test closure, else of its first scan.
    ratio_uncertainty : float or None
        Calibration and injected activity once; None where a part is not stated.
    ratio_stated_uncertainty : float
        From what is stated alone: the true one is not less.
    unstated : tuple of str
        What has no stated uncertainty.
    excreted_mbq : float or None
        Of the injected activity, decay taken out, by the last scan of the first course: what was
        measured where all was, else what the balance misses (which a scan whose closure is not
        shown can't tell from loss: None then).
    excreted_uncertainty_mbq : float or None
    excreted_by : str
        ``"urine"``, ``"excreta"`` (urine and others), ``"balance"`` or ``"not known"``.
    verdict, reason : str
    explanations : tuple of ClosureExplanation
        Strong evidence first.
    per_scan : tuple of ClosureScan
    lesion_split : tuple of LesionShare
    """

    net_injected_mbq: float
    kind: str
    expected_mbq: float
    measured_mbq: float
    ratio: float
    ratio_uncertainty: float | None
    ratio_stated_uncertainty: float
    unstated: tuple[str, ...]
    excreted_mbq: float | None
    excreted_uncertainty_mbq: float | None
    excreted_by: str
    verdict: str
    reason: str
    explanations: tuple[ClosureExplanation, ...]
    per_scan: tuple[ClosureScan, ...]
    lesion_split: tuple[LesionShare, ...] = ()
