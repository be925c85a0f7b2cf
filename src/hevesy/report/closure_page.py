"""The first answer of a report: did the activity add up?"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hevesy.report.numbers import (
    format_hours,
    format_measurement,
    format_number,
    format_percent,
)
from hevesy.report.table import Cell, Column, Row, Table, number_cell

if TYPE_CHECKING:
    from hevesy.case import CaseResult, Closure, ClosureScan

__all__ = ["ClosureAnswer", "answer_closure", "tabulate_closure", "tabulate_split"]

_MOST_EXPLANATIONS = 3
_WORDS = {
    "closes": "Yes",
    "does not close": "No",
    "partial": "Only in part",
    "not tested": "It can't be said",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClosureAnswer:
    """What the first page says of the balance.

    Parameters
    ----------
    verdict : str
        As in the result.
    answer : str
        The same in words: yes, no, in part, can't be said.
    figures : str
        Measured, expected, ratio.
    reason : str
        Empty where it closes.
    likely : tuple of (str, str, str)
        Cause, strength, words; the likeliest first.
    field : str
        What of the body the field of view does not hold; empty where it holds it.
    excreted : str
        What left the body; empty where it is not known.
    """

    verdict: str
    answer: str
    figures: str
    reason: str
    likely: tuple[tuple[str, str, str], ...]
    field: str
    excreted: str

    @property
    def line(self) -> str:
        """All of it but explanations, on one line."""
        return f"Did it add up? {self.answer} ({self.verdict}). {self.figures}."


def answer_closure(result: "CaseResult") -> ClosureAnswer | None:
    """Say whether the activity adds up; None where no balance was made.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> answer_closure(sample_result()).answer
    'Yes'
    """
    closure = result.closure
    if closure is None or not closure.per_scan:
        return None
    first = closure.per_scan[0]
    given = "net injected" if closure.kind == "net" else "gross"
    measured = format_number(closure.measured_mbq, digits=4)
    expected = format_number(closure.expected_mbq, digits=4)
    figures = (
        f"In the whole image of scan {first.scan} "
        f"({format_hours(first.hours_after_administration)}) there are {measured} MBq, and "
        f"{expected} MBq are expected of the {given} activity: ratio "
        f"{_ratio(first, closure.unstated)}{_mean_ratio(closure)}"
    )
    closes = closure.verdict == "closes"
    return ClosureAnswer(
        verdict=closure.verdict,
        answer=_WORDS.get(closure.verdict, closure.verdict),
        figures=figures,
        reason="" if closes else closure.reason,
        likely=()
        if closes
        else tuple(
            (e.cause, e.strength, e.words) for e in closure.explanations[:_MOST_EXPLANATIONS]
        ),
        field=_field(first),
        excreted=_excreted(result, closure),
    )


def _ratio(found: "Closure | ClosureScan", unstated: tuple[str, ...]) -> str:
    if found.ratio_uncertainty is not None:
        return format_measurement(found.ratio, found.ratio_uncertainty)
    return (
        f"{format_number(found.ratio)}, ± at least "
        f"{format_number(found.ratio_stated_uncertainty, digits=2)} (the uncertainty of the "
        f"{' and of the '.join(unstated)} is not stated)"
    )


def _mean_ratio(closure: "Closure") -> str:
    """The mean over the scans that test closure; empty where the first alone does."""
    first = closure.per_scan[0]
    tested = [s for s in closure.per_scan if s.tests_closure and s.course == first.course]
    if not tested or tested == [first]:
        return ""
    which = f"the {len(tested)} scans" if len(tested) > 1 else f"scan {tested[0].scan}, the one"
    return f"; over {which} that can test it {_ratio(closure, closure.unstated)}"


def _field(first: "ClosureScan") -> str:
    outside = first.outside_at_most_mbq
    if not outside:  # where it is not known, the reason says so
        return ""
    return (
        "The field of view does not hold the whole body: filled as its cut ends are, what is "
        f"outside would hold {format_number(outside, digits=2)} MBq at most "
        f"({format_percent(outside / first.expected_mbq)} of what is expected)."
    )


def _excreted(result: "CaseResult", closure: "Closure") -> str:
    if closure.excreted_mbq is None:
        return ""
    own = [one for one in closure.per_scan if one.course == closure.per_scan[0].course]
    last = format_hours(own[-1].hours_after_administration)
    percent = 100.0 * closure.excreted_mbq / closure.net_injected_mbq
    spread = closure.excreted_uncertainty_mbq
    shown = (
        format_number(percent)
        if spread is None
        else format_measurement(percent, 100.0 * spread / closure.net_injected_mbq)
    )
    if closure.excreted_by in {"urine", "excreta"}:
        return (
            f"By {last}, {shown} % of it was measured in {closure.excreted_by} (decay taken out)."
        )
    return (
        f"By {last}, {shown} % of it was no longer seen (decay taken out): excreted, by the "
        "balance; no urine was measured."
    )


def tabulate_closure(result: "CaseResult") -> Table | None:
    """List every scan's balance; None without one.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_closure(sample_result()).rows[0].cells[-1].text
    'closes'
    """
    closure = result.closure
    if closure is None:
        return None
    several = len({one.course for one in closure.per_scan}) > 1
    rows = tuple(
        Row(heading=f"Scan {one.scan}", cells=_cells(one, several=several))
        for one in closure.per_scan
    )
    return Table(
        caption=(
            "The whole body, scan by scan: activity of the whole image against the injected "
            "activity decayed to the frame's start, less measured excretion. What left since the "
            "first scan has decay taken out; its ± is of counting alone. Remainder: in "
            "no region. ± one standard deviation (k = 1); n. s.: a part of it is not stated."
        ),
        columns=(
            Column(title="", number=False),
            *((Column(title="Course"),) if several else ()),
            Column(title="After admin.", unit="h"),
            Column(title="Expected", unit="MBq"),
            Column(title="Measured", unit="MBq"),
            Column(title="Ratio"),
            Column(title="Left since first", unit="%"),
            Column(title="Remainder", unit="MBq"),
            Column(title="Adds up", number=False),
        ),
        rows=rows,
    )


def _cells(one: "ClosureScan", *, several: bool) -> tuple[Cell, ...]:
    ratio = (
        Cell(text=f"{format_number(one.ratio)} ± n. s.")
        if one.ratio_uncertainty is None
        else number_cell(one.ratio, one.ratio_uncertainty)
    )
    since = (
        Cell(text="–")
        if one.excreted_since_first_percent == 0.0
        else number_cell(
            one.excreted_since_first_percent, one.excreted_since_first_percent_uncertainty
        )
    )
    failed = one.verdict == "does not close"
    return (
        *((Cell(text=str(one.course)),) if several else ()),
        Cell(text=format_hours(one.hours_after_administration).removesuffix(" h")),
        Cell(text=format_number(one.expected_mbq, digits=4)),
        Cell(text=format_number(one.measured_mbq - one.left_over_mbq, digits=4)),
        ratio,
        since,
        number_cell(one.remainder_mbq, one.remainder_uncertainty_mbq),
        Cell(text=one.verdict, alert=failed),
    )


def tabulate_split(result: "CaseResult") -> Table | None:
    """List how the activity is split between lesions; None with fewer than two.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_split(sample_result()) is None
    True
    """
    closure = result.closure
    if closure is None or not closure.lesion_split:
        return None
    several = len({one.course for one in closure.lesion_split}) > 1
    rows = tuple(
        Row(
            heading=one.lesion + (f", course {one.course}" if several else ""),
            lesion=True,
            cells=(
                Cell(text=format_percent(one.planned_share))
                if one.planned_share is not None
                else Cell(text="not injected", missing=True),
                number_cell(100.0 * one.measured_share, 100.0 * one.measured_share_uncertainty),
            ),
        )
        for one in closure.lesion_split
    )
    return Table(
        caption=(
            "Split of the activity between the lesions: of what was injected into them, and of "
            "what they hold at the first scan (the calibration cancels)"
        ),
        columns=(
            Column(title="Lesion", number=False),
            Column(title="Injected"),
            Column(title="Held", unit="%"),
        ),
        rows=rows,
    )
