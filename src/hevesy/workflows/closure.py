"""Closure of a case: whether the activity adds up, in the words of the report."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.case import (
    Case,
    Closure,
    ClosureExplanation,
    ClosureScan,
    LesionShare,
    RegionResult,
)
from hevesy.quantification import (
    ClosureVerdict,
    ScanBalance,
    combine_ratios,
    explain_balance,
    find_rises,
)
from hevesy.workflows.body_field import BodyField
from hevesy.workflows.ledger import Ledger
from hevesy.workflows.session import Session
from hevesy.workflows.whole_body import evidence_for

__all__ = ["ScanLedger", "close_case", "closure_warnings"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScanLedger:
    """All that is known of one scan's whole body."""

    session: Session
    balance: ScanBalance
    field: BodyField
    ledger: Ledger


def close_case(case: Case, scans: Sequence[ScanLedger], regions: Sequence[RegionResult]) -> Closure:
    """Say whether the activity adds up.

    The first course's scans that test closure give the ratio, its first scan the verdict; any scan
    that fails, and any rise with decay taken out, makes the whole fail.

    Parameters
    ----------
    case : Case
    scans : sequence of ScanLedger
        In order of time, at least one.
    regions : sequence of RegionResult

    Returns
    -------
    Closure
    """
    balances = [one.balance for one in scans]
    first = balances[0]
    own = [b for b in balances if b.body.course == first.body.course]
    ratio, spread = combine_ratios([b for b in own if b.tests_closure] or [first])
    worst, reason = _verdict(balances)
    told = next((b for b in balances if b.verdict is worst), first)
    session = next(one.session for one in scans if one.balance is told)
    given = case.administrations[first.body.course - 1]
    excreted_bq, excreted_sigma_bq, by = _excreted(own, worst, given.activity_bq, case)
    return Closure(
        net_injected_mbq=given.activity_bq / 1e6,
        kind=given.kind.value,
        expected_mbq=first.body.expected_bq / 1e6,
        measured_mbq=first.body.own_bq / 1e6,
        ratio=ratio,
        ratio_uncertainty=None if first.unstated else spread,
        ratio_stated_uncertainty=spread,
        unstated=first.unstated,
        excreted_mbq=excreted_bq,
        excreted_uncertainty_mbq=excreted_sigma_bq,
        excreted_by=by,
        verdict=worst.value,
        reason=reason,
        explanations=tuple(
            ClosureExplanation(cause=e.cause.value, strength=e.strength.value, words=e.words)
            for e in explain_balance(told, evidence_for(case, session, balances))
        ),
        per_scan=tuple(_scan(one, balances) for one in scans),
        lesion_split=_split(case, scans, regions),
    )


def _verdict(balances: Sequence[ScanBalance]) -> tuple[ClosureVerdict, str]:
    for balance in balances:
        if balance.verdict is ClosureVerdict.DOES_NOT_CLOSE:
            return balance.verdict, f"scan {balance.body.scan}: {balance.reason}"
    rises = find_rises(balances)
    if rises:
        earlier, later, percent, sigma = rises[0]
        return ClosureVerdict.DOES_NOT_CLOSE, (
            f"scan {later} shows {percent:.2g} ± {sigma:.2g} % more than scan {earlier}, decay "
            "taken out: one of them is wrong"
        )
    first = balances[0]
    return first.verdict, f"scan {first.body.scan}: {first.reason}"


def _excreted(
    own: Sequence[ScanBalance], verdict: ClosureVerdict, injected_bq: float, case: Case
) -> tuple[float | None, float | None, str]:
    """Of the first course up to its last scan, decay taken out, MBq; how it is known."""
    last = own[-1]
    body = last.body
    if body.excretion_covered:
        scale = body.decay_factor * 1e6
        by = "urine" if all(item.kind == "urine" for item in case.urine) else "excreta"
        return body.excreted_bq / scale, body.excreted_uncertainty_bq / scale, by
    if verdict is not ClosureVerdict.CLOSES:
        return None, None, "not known"
    missing = last.excreted_percent / 100.0 * injected_bq / 1e6
    sigma = None if last.unstated else _missing_sigma(last) * injected_bq / 1e6
    return missing, sigma, "balance"


def _missing_sigma(balance: ScanBalance) -> float:
    """Standard uncertainty of what is missing, as a share of the injected activity.

    Measured over injected and decayed, whose uncertainty is that of the ratio without excretion.
    """
    body = balance.body
    scale = body.expected_bq / (body.injected_bq * body.decay_factor)
    return scale * math.hypot(balance.common_share, balance.random_share)


def _scan(one: ScanLedger, balances: Sequence[ScanBalance]) -> ClosureScan:
    balance, body = one.balance, one.balance.body
    known = not balance.unstated
    sigma = math.hypot(balance.common_share, balance.random_share)
    first = next(b for b in balances if b.body.course == body.course)
    since, since_sigma = _since_first(first, balance)
    share = one.field.in_field_share
    outside = one.field.outside_bq
    return ClosureScan(
        scan=body.scan,
        course=body.course,
        hours_after_administration=body.hours_after_administration,
        expected_mbq=body.expected_bq / 1e6,
        measured_mbq=body.measured_bq / 1e6,
        left_over_mbq=body.left_over_bq / 1e6,
        difference_mbq=balance.difference_bq / 1e6,
        difference_uncertainty_mbq=balance.stated_uncertainty_bq / 1e6 if known else None,
        ratio=balance.ratio,
        ratio_uncertainty=sigma if known else None,
        ratio_stated_uncertainty=sigma,
        excreted_measured_mbq=body.excreted_bq / 1e6,
        excreted_percent=balance.excreted_percent,
        excreted_percent_uncertainty=100.0 * _missing_sigma(balance) if known else None,
        excreted_since_first_percent=since,
        excreted_since_first_percent_uncertainty=since_sigma,
        regions_mbq=one.ledger.regions_mbq,
        remainder_mbq=one.ledger.remainder_mbq,
        remainder_uncertainty_mbq=one.ledger.remainder_uncertainty_mbq,
        counted_twice_mbq=one.ledger.counted_twice_mbq,
        body_in_field_percent=None if share is None else 100.0 * share,
        outside_at_most_mbq=None if outside is None else outside / 1e6,
        tests_closure=balance.tests_closure,
        verdict=balance.verdict.value,
        reason=balance.reason,
    )


def _since_first(first: ScanBalance, later: ScanBalance) -> tuple[float, float | None]:
    """What left since the course's first scan, in per cent of it; the common part cancels."""
    then, now = (b.body.own_bq / b.body.decay_factor for b in (first, later))
    if then <= 0 or first is later:
        return 0.0, None
    if any(b.body.counting_relative_uncertainty is None for b in (first, later)):
        return 100.0 * (1.0 - now / then), None
    relative = [
        b.random_share * b.body.expected_bq / max(b.body.own_bq, 1e-30) for b in (first, later)
    ]
    return 100.0 * (1.0 - now / then), 100.0 * now / then * math.hypot(*relative)


def _split(
    case: Case, scans: Sequence[ScanLedger], regions: Sequence[RegionResult]
) -> tuple[LesionShare, ...]:
    lesions = [region for region in regions if region.kind == "lesion"]
    if len(lesions) < 2:
        return ()
    calibration = case.options.calibration_relative_uncertainty or 0.0
    found = []
    for course in sorted({one.session.course for one in scans}):
        index = next(i for i, one in enumerate(scans) if one.session.course == course)
        parts = {p.lesion: p.activity_bq for p in case.administrations[course - 1].injections}
        held = [r.scans[index].activity_mbq - r.scans[index].left_over_mbq for r in lesions]
        whole = sum(held)
        if whole <= 0:
            continue
        variances = [
            max(
                r.scans[index].activity_uncertainty_mbq ** 2
                - (calibration * r.scans[index].activity_mbq) ** 2,
                0.0,
            )
            + r.scans[index].left_over_uncertainty_mbq ** 2
            for r in lesions
        ]
        for n, region in enumerate(lesions):
            share = held[n] / whole
            others = sum(v for m, v in enumerate(variances) if m != n)
            planned = parts.get(region.name)
            found.append(
                LesionShare(
                    lesion=region.name,
                    course=course,
                    planned_share=planned / sum(parts.values()) if planned else None,
                    measured_share=share,
                    measured_share_uncertainty=math.sqrt(
                        (1.0 - share) ** 2 * variances[n] + share**2 * others
                    )
                    / whole,
                )
            )
    return tuple(found)


def closure_warnings(closure: Closure) -> tuple[str, ...]:
    """What of the balance is to be said as a warning.

    Parameters
    ----------
    closure : Closure

    Returns
    -------
    tuple of str
    """
    found = []
    if closure.verdict != ClosureVerdict.CLOSES.value:
        likely = closure.explanations[0] if closure.explanations else None
        found.append(
            f"the whole body: {closure.verdict} ({closure.reason})"
            + (f"; most likely: {likely.cause}, {likely.words}" if likely else "")
        )
    if "administered activity" in closure.unstated:
        found.append(
            "the administered activity's uncertainty is not stated (`activity_uncertainty`): "
            "percentages of it lack that part, and the closure ratio has no full uncertainty"
        )
    if "calibration" in closure.unstated:
        found.append(
            "the calibration's uncertainty is not stated (`calibration_uncertainty`): it is in "
            "none of the uncertainties of activities, and closure can't be judged by it"
        )
    found += [
        f"scan {one.scan}: the regions hold {-one.remainder_mbq:.4g} MBq more than the whole "
        f"image, beyond the uncertainty ({one.remainder_uncertainty_mbq:.3g} MBq): their "
        "partial-volume correction brings in too much"
        for one in closure.per_scan
        if one.remainder_mbq < -2.0 * one.remainder_uncertainty_mbq
    ]
    return tuple(found)
