"""What may explain activity that does not add up, ranked by the evidence there is."""

import math
from dataclasses import dataclass
from enum import StrEnum

from hevesy.quantification.closure import (
    FIRST_VOIDING_H,
    WITHIN_SIGMAS,
    ScanBalance,
)

__all__ = ["ClosureCause", "ClosureEvidence", "Explanation", "Strength", "explain_balance"]


_LARGE_RESIDUAL_SHARE = 0.25  # more than a quarter in the syringe would be seen by who injects


class ClosureCause(StrEnum):
    """What may be behind a difference."""

    DEAD_TIME = "dead time"
    SCATTER = "scatter"
    RESIDUAL = "residual"
    LOST_PART = "lost part of the syringe"
    FIELD_OF_VIEW = "field of view"
    CALIBRATION = "calibration"
    EXCRETION = "excretion"
    EARLIER_COURSE = "earlier course"
    CASE_FILE = "activity or times in the case file"


class Strength(StrEnum):
    """How much speaks for an explanation."""

    STRONG = "strong"
    SOME = "some"
    POSSIBLE = "possible"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureEvidence:
    """What is known beside the balance itself.

    Parameters
    ----------
    gross : bool
        The syringe's residual was not measured.
    intravenous : bool
        The agent went into the blood, from where it is excreted at once.
    named_parts_bq : float or None
        Sum of the parts that the case names for lesions, Bq; None without parts.
    dead_time_said : str
        A warning of dead time of the scan; empty without.
    dead_time_corrected : bool or None
        None where the image does not say.
    scatter_said : str
        A warning of scatter of the scan; empty without.
    calibration_said : str
        A warning of the calibration (its age, its quality control); empty without.
    rises : bool
        Later scans of the course show more than this one, decay taken out.
    later_course : bool
        Earlier courses' activity was taken off.

    Examples
    --------
    >>> ClosureEvidence(gross=True).dead_time_said
    ''
    """

    gross: bool = False
    intravenous: bool = False
    named_parts_bq: float | None = None
    dead_time_said: str = ""
    dead_time_corrected: bool | None = None
    scatter_said: str = ""
    calibration_said: str = ""
    rises: bool = False
    later_course: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One explanation with what speaks for it."""

    cause: ClosureCause
    strength: Strength
    words: str


def explain_balance(balance: ScanBalance, evidence: ClosureEvidence) -> tuple[Explanation, ...]:
    """Rank what may explain a scan's difference; strong evidence first.

    Only what works in the difference's direction is named. Nothing is said where the scan agrees
    within one standard uncertainty.

    Parameters
    ----------
    balance : ScanBalance
    evidence : ClosureEvidence

    Returns
    -------
    tuple of Explanation

    Examples
    --------
    >>> from hevesy.quantification.closure import (
    ...     ClosureUncertainty, WholeBodyScan, balance_scan)
    >>> seen = WholeBodyScan(scan=1, course=1, hours_after_administration=1.0, measured_bq=8e8,
    ...     counting_relative_uncertainty=0.0, injected_bq=1e9, decay_factor=1.0, outside_bq=0.0)
    >>> known = ClosureUncertainty(calibration_relative_uncertainty=0.03,
    ...                            administered_relative_uncertainty=0.02)
    >>> found = explain_balance(balance_scan(seen, known), ClosureEvidence(gross=True))
    >>> found[0].cause.value, found[0].strength.value
    ('residual', 'strong')
    """
    if abs(balance.difference_bq) <= balance.stated_uncertainty_bq and not balance.unstated:
        return ()
    too_little = balance.difference_bq < 0
    found = _of_deficit(balance, evidence) if too_little else _of_excess(evidence)
    found.append(_calibration(balance, evidence))
    found.append(
        Explanation(
            cause=ClosureCause.CASE_FILE,
            strength=Strength.POSSIBLE,
            words="the activity, the moment it holds for, or a scan's time is not as written",
        )
    )
    order = list(Strength)
    return tuple(sorted(found, key=lambda item: order.index(item.strength)))


def _of_deficit(balance: ScanBalance, evidence: ClosureEvidence) -> list[Explanation]:
    body = balance.body
    found = []
    if evidence.gross:
        words = "the activity given is gross: what stayed in the syringe was not measured"
        large = -balance.difference_bq > _LARGE_RESIDUAL_SHARE * body.expected_bq
        strength = Strength.SOME if large else Strength.STRONG
        found.append(_item(ClosureCause.RESIDUAL, strength, words))
    parts = evidence.named_parts_bq
    if parts is not None and parts < body.injected_bq * (1.0 - 1e-3):
        apart = (1.0 - parts / body.injected_bq) * 100.0
        words = f"the parts named for lesions are {apart:.2g} % less than the activity given"
        found.append(_item(ClosureCause.LOST_PART, Strength.STRONG, words))
    elif not evidence.gross:
        words = (
            "activity may have stayed in the needle, or run out along it, without being measured"
        )
        found.append(_item(ClosureCause.LOST_PART, Strength.SOME, words))
    found += _excretion(balance, evidence) + _field(balance)
    if evidence.dead_time_said or evidence.rises:
        words = evidence.dead_time_said or (
            "later scans show more than this one, decay taken out, as after lost counts"
        )
        found.append(_item(ClosureCause.DEAD_TIME, Strength.STRONG, words))
    elif not evidence.dead_time_corrected:
        words = "nothing says that the image was corrected for the camera's dead time"
        found.append(_item(ClosureCause.DEAD_TIME, Strength.POSSIBLE, words))
    return found


def _excretion(balance: ScanBalance, evidence: ClosureEvidence) -> list[Explanation]:
    body = balance.body
    if body.excretion_covered:
        return []
    late = body.hours_after_administration > FIRST_VOIDING_H
    if not late and not evidence.intravenous:
        return []
    words = "excretion was not measured" + (
        f" in the {body.hours_after_administration:.3g} h before the scan" if late else ""
    )
    return [_item(ClosureCause.EXCRETION, Strength.STRONG if late else Strength.SOME, words)]


def _field(balance: ScanBalance) -> list[Explanation]:
    outside = balance.body.outside_bq
    if balance.body.field_too_short:
        words = "the field of view is too short for an adult's body"
        return [_item(ClosureCause.FIELD_OF_VIEW, Strength.STRONG, words)]
    if outside is None:
        words = "without a CT it can't be said whether the field of view holds the body"
        return [_item(ClosureCause.FIELD_OF_VIEW, Strength.SOME, words)]
    if outside == 0:
        return []
    percent = 100.0 * outside / balance.body.expected_bq
    words = (
        f"the body goes on outside the field: up to {percent:.2g} % of what is expected, if the "
        "rest is filled as its cut ends are"
    )
    enough = outside >= abs(balance.difference_bq) - WITHIN_SIGMAS * balance.stated_uncertainty_bq
    strong = enough and outside > 0.5 * abs(balance.difference_bq)
    return [_item(ClosureCause.FIELD_OF_VIEW, Strength.STRONG if strong else Strength.SOME, words)]


def _of_excess(evidence: ClosureEvidence) -> list[Explanation]:
    found = []
    if evidence.scatter_said:
        certain = "not corrected" in evidence.scatter_said
        strength = Strength.STRONG if certain else Strength.SOME
        found.append(_item(ClosureCause.SCATTER, strength, evidence.scatter_said))
    if evidence.dead_time_said:
        found.append(_item(ClosureCause.DEAD_TIME, Strength.SOME, evidence.dead_time_said))
    if evidence.later_course:
        words = "what earlier courses left may be more than was taken off"
        found.append(_item(ClosureCause.EARLIER_COURSE, Strength.SOME, words))
    return found


def _calibration(balance: ScanBalance, evidence: ClosureEvidence) -> Explanation:
    if evidence.calibration_said:
        return _item(ClosureCause.CALIBRATION, Strength.STRONG, evidence.calibration_said)
    if "calibration" in balance.unstated:
        words = "the calibration's uncertainty is not stated"
        return _item(ClosureCause.CALIBRATION, Strength.SOME, words)
    away = abs(balance.difference_bq)
    sigma = balance.stated_uncertainty_bq
    far = away / sigma if sigma > 0 else math.inf
    words = f"an error of calibration or activity meter: {far:.2g} of the stated uncertainties"
    return _item(ClosureCause.CALIBRATION, Strength.POSSIBLE, words)


def _item(cause: ClosureCause, strength: Strength, words: str) -> Explanation:
    return Explanation(cause=cause, strength=strength, words=words)
