"""What the figures of a study draw: changes of sums, courses, lanes, shares with events."""

from dataclasses import dataclass
from fractions import Fraction

from hevesy.trial.tables.adverse_events import fold, related_to, spell
from hevesy.trial.tables.analysis import StudyAnalysis
from hevesy.trial.tables.cell import CountCell, Member, RowKey
from hevesy.trial.tables.course import GROUPS
from hevesy.trial.tables.follow_up import DatedUnit, date_units

__all__ = [
    "EventDots",
    "SpiderLine",
    "WaterfallBar",
    "count_event_dots",
    "groups_with_targets",
    "order_lanes",
    "trace_spider",
    "trace_waterfall",
]

_CONFIRMABLE = ("CR", "PR")


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterfallBar:
    """One unit's best change of its targets' sum.

    Parameters
    ----------
    unit : (str, str)
    change : Fraction
        Per cent of the baseline's sum, up to the first progression of the group, its visit
        included.
    best : str
        Best response without confirmation, of the same group of lesions.
    confirmed : bool
        It is a complete or partial response and was confirmed.
    """

    unit: RowKey
    change: Fraction
    best: str
    confirmed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpiderLine:
    """One unit's sum over time: day since the first administration, per cent of the baseline."""

    unit: RowKey
    best: str
    points: tuple[tuple[int, Fraction], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EventDots:
    """One term: units whose worst grade is 1 or 2, and 3 or more."""

    term: str
    low: CountCell
    high: CountCell


def groups_with_targets(analysis: StudyAnalysis) -> tuple[str, ...]:
    """Groups of lesions that have a figure of their own: under itRECIST the injected ones too.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> groups_with_targets(prepare_analysis(sample_rows(), options=TableOptions()))
    ('injected',)
    """
    found = [g for g in GROUPS if any(trace_waterfall(analysis, g))]
    if analysis.options.criteria != "itrecist":
        return tuple(g for g in found if g == "all")
    parts = [g for g in found if g != "all"]
    return tuple(parts if len(parts) == 1 else found)


def trace_waterfall(analysis: StudyAnalysis, group: str) -> tuple[WaterfallBar, ...]:
    """Best change of each unit that has one, largest first.

    Parameters
    ----------
    analysis : StudyAnalysis
    group : str
        One of "all", "injected", "noninjected".

    Returns
    -------
    tuple of WaterfallBar

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> bars = trace_waterfall(prepare_analysis(sample_rows(), options=TableOptions()), "injected")
    >>> [(float(bar.change), bar.best, bar.confirmed) for bar in bars]
    [(2.5, 'SD', False), (-40.0, 'PR', True)]
    """
    named = group if analysis.options.criteria == "itrecist" else "all"
    bars = []
    for unit in analysis.units:
        course = analysis.courses[unit.key]
        change = course.best_change(group)
        if change is None:
            continue
        best = course.best(confirmed=False, group=named)
        again = course.best(confirmed=True, group=named)
        bars.append(
            WaterfallBar(
                unit=unit.key,
                change=change,
                best=best,
                confirmed=best in _CONFIRMABLE and again == best,
            )
        )
    return tuple(sorted(bars, key=lambda bar: (-bar.change, bar.unit)))


def trace_spider(analysis: StudyAnalysis, group: str) -> tuple[SpiderLine, ...]:
    """Sum of each unit over time, from the baseline on; visits not measured in full left out.

    Parameters
    ----------
    analysis : StudyAnalysis
    group : str

    Returns
    -------
    tuple of SpiderLine

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> lines = trace_spider(prepare_analysis(sample_rows(), options=TableOptions()), "injected")
    >>> lines[0].points
    ((-5, Fraction(0, 1)), (41, Fraction(-40, 1)), (81, Fraction(-36, 1)))
    """
    named = group if analysis.options.criteria == "itrecist" else "all"
    lines = []
    for unit in analysis.units:
        course = analysis.courses[unit.key]
        later = [
            (day, change) for day, change in course.changes.get(group, ()) if change is not None
        ]
        if later and course.response is not None:
            lines.append(
                SpiderLine(
                    unit=unit.key,
                    best=course.best(confirmed=False, group=named),
                    points=((course.response.visits[0].day, Fraction(0)), *later),
                )
            )
    return tuple(lines)


def order_lanes(analysis: StudyAnalysis) -> tuple[DatedUnit, ...]:
    """Units for a swimmer plot, the longest followed first; contradicting dates left out.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> lanes = order_lanes(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [lane.last_day for lane in lanes]
    [112, 81, 28]
    """
    lanes = [one for one in date_units(analysis) if one.last_day >= 0]
    return tuple(sorted(lanes, key=lambda one: (-one.last_day, one.unit.key)))


def count_event_dots(analysis: StudyAnalysis, attribution: str) -> tuple[EventDots, ...]:
    """Units with each term in two bands of worst grade, most frequent first.

    Parameters
    ----------
    analysis : StudyAnalysis
    attribution : str
        "any", or "agent" or "procedure" for events related to it.

    Returns
    -------
    tuple of EventDots
        The same terms for every attribution.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> dots = count_event_dots(prepare_analysis(sample_rows(), options=TableOptions()), "any")
    >>> [(one.term, one.low.n, one.high.n) for one in dots]
    [('Fever', 0, 1), ('Pain', 1, 0)]
    """
    wanted = None if attribution == "any" else related_to(attribution)
    names = spell(event.term for unit in analysis.units for event in unit.events)
    units: dict[str, set[RowKey]] = {}
    for unit in analysis.units:
        for event in unit.events:
            units.setdefault(fold(event.term), set()).add(unit.key)
    order = sorted(names, key=lambda key: (-len(units[key]), names[key].lower()))
    total = len(analysis.units)
    by_term: dict[str, dict[bool, list[Member]]] = {key: {False: [], True: []} for key in order}
    for unit in analysis.units:
        worst: dict[str, int] = {}
        for event in unit.events:
            if wanted is None or wanted(event):
                key = fold(event.term)
                worst[key] = max(worst.get(key, 0), event.grade)
        for key, grade in worst.items():
            by_term[key][grade >= 3].append(analysis.member(unit.key))
    return tuple(
        EventDots(
            term=names[key],
            low=CountCell(members=tuple(by_term[key][False]), denominator=total),
            high=CountCell(members=tuple(by_term[key][True]), denominator=total),
        )
        for key in order
    )
