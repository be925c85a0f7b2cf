"""The sum of target lesions against the baseline and the nadir, exact on the recorded decimals."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from hevesy.errors import TrialError
from hevesy.trial.lesions import LesionVisit

__all__ = ["TargetState", "judge_targets", "number_text", "was_gone"]

_RESPONSES = ("baseline", "none", "CR", "PR", "SD", "PD", "NE")


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetState:
    """What the target lesions say at a visit.

    Parameters
    ----------
    response : str
        "baseline", "none", CR, PR, SD, PD or NE.
    sum_mm : Decimal or None
        None where a target was not measured, and without targets.
    reason : str

    Raises
    ------
    TrialError
        An unknown response.

    Examples
    --------
    >>> TargetState(response="SD", sum_mm=Decimal(80), reason="-20.0 % of the baseline").response
    'SD'
    """

    response: str
    sum_mm: Decimal | None
    reason: str

    def __post_init__(self) -> None:
        if self.response not in _RESPONSES:
            raise TrialError(
                "a response of the targets is unknown",
                got=self.response,
                allowed=", ".join(_RESPONSES),
                remedy="give one of them",
            )


def judge_targets(
    visits: Sequence[LesionVisit], i: int, targets: Sequence[str], *, was_complete: bool
) -> TargetState:
    """Judge the sum at visit `i`.

    CR: all gone, nodes below 10 mm. PD: 20 % or more and 5 mm or more above the nadir, the least
    complete sum before (baseline included), or a target that reappears after a complete response.
    PR: 30 % or more below the baseline. Else SD. With a target not measured: PD if the measured
    ones alone reach it, else NE, and the visit is no nadir.

    Parameters
    ----------
    visits : sequence of LesionVisit
        From the baseline on.
    i : int
    targets : sequence of str
    was_complete : bool
        The last response that could be evaluated was a complete one.

    Returns
    -------
    TargetState

    References
    ----------
    Eisenhauer et al., Eur J Cancer 2009;45:228, section 4.3 and appendix III.

    Examples
    --------
    >>> judge_targets([], 0, [], was_complete=False).response
    'none'
    """
    if not targets:
        return TargetState(response="none", sum_mm=None, reason="no target")
    sums = [_sum_mm(visit, targets) for visit in visits[: i + 1]]
    baseline, now = sums[0], sums[i]
    if i == 0 or baseline is None:
        many = "target" if len(targets) == 1 else "targets"
        said = "" if now is None else f", {number_text(now)} mm"
        return TargetState(
            response="baseline", sum_mm=now, reason=f"baseline of {len(targets)} {many}{said}"
        )
    rows = [visits[i].rows.get(name) for name in targets]
    if all(row is not None and row.gone for row in rows):
        return TargetState(response="CR", sum_mm=now, reason="all gone (nodes below 10 mm)")
    back = [
        row.lesion
        for row in rows
        if row and not row.node and row.size_mm and was_gone(visits[:i], row.lesion)
    ]
    if was_complete and back:
        reason = f"reappeared after a complete response ({', '.join(back)})"
        return TargetState(response="PD", sum_mm=now, reason=reason)
    complete = [
        (value, visit.name)
        for value, visit in zip(sums[:i], visits[:i], strict=True)
        if value is not None
    ]
    nadir, at = min(complete, key=lambda pair: pair[0])
    measured = sum((row.size_mm or Decimal(0) for row in rows if row), Decimal(0))
    missing = [
        name for name, row in zip(targets, rows, strict=True) if row is None or row.size_mm is None
    ]
    over = f"over the nadir of visit {at} ({number_text(nadir)} mm)"
    rise = measured - nadir
    if rise >= 5 and measured * 5 >= nadir * 6:
        partly = f"{', '.join(missing)} not measured, the others alone " if missing else ""
        share = f"{_percent_text(rise, nadir)} and " if nadir else ""
        reason = f"{partly}{share}+{number_text(rise)} mm {over}"
        return TargetState(response="PD", sum_mm=now, reason=reason)
    if missing:
        reason = f"{', '.join(missing)} not measured"
        return TargetState(response="NE", sum_mm=None, reason=reason)
    change = f"{_percent_text(measured - baseline, baseline)} of the baseline"
    if measured * 10 <= baseline * 7:
        return TargetState(response="PR", sum_mm=now, reason=change)
    share = f"{_percent_text(rise, nadir)} and " if nadir else ""
    sign = "+" if rise >= 0 else "-"
    reason = f"{change}; {share}{sign}{number_text(abs(rise))} mm {over}"
    return TargetState(response="SD", sum_mm=now, reason=reason)


def _sum_mm(visit: LesionVisit, targets: Sequence[str]) -> Decimal | None:
    total = Decimal(0)
    for name in targets:
        row = visit.rows.get(name)
        size_mm = None if row is None else row.size_mm
        if size_mm is None:
            return None
        total += size_mm
    return total


def was_gone(visits: Sequence[LesionVisit], lesion: str) -> bool:
    """Whether a lesion was gone at one of these visits.

    Examples
    --------
    >>> was_gone([], "T1")
    False
    """
    return any(lesion in visit.rows and visit.rows[lesion].gone for visit in visits)


def number_text(value: Decimal) -> str:
    """Write an exact decimal without needless zeros.

    Examples
    --------
    >>> number_text(Decimal("58.80")), number_text(Decimal("100"))
    ('58.8', '100')
    """
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent_text(part: Decimal, whole: Decimal) -> str:
    """Per cent with enough digits that no rounding reaches a border, 20 or 30 %.

    Whole numbers throughout, rounded half away from zero as `round_half_away` does.
    """
    (a, b), (c, d) = part.as_integer_ratio(), whole.as_integer_ratio()
    above, below = 100 * abs(a) * d, b * c
    for decimals in range(1, 12):
        unit = 10**decimals
        rounded = (2 * above * unit + below) // (2 * below)
        if rounded not in {20 * unit, 30 * unit} or rounded * below == above * unit:
            break
    sign = "-" if part < 0 else "+"
    return f"{sign}{rounded // unit}.{rounded % unit:0{decimals}d} %"
