"""How long those who were treated were followed, who left, who progressed, who died."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite

from hevesy.trial.tables.analysis import AnalysisUnit, StudyAnalysis
from hevesy.trial.tables.cell import FigureCell, Member, RowKey, StudyTable, TableRow
from hevesy.trial.tables.statistics import median_interval, quantile
from hevesy.trial.tables.survival import SurvivalCurve, SurvivalTime, estimate_survival

__all__ = [
    "DAYS_PER_MONTH",
    "ENDPOINTS",
    "DatedUnit",
    "date_units",
    "survival_of",
    "tabulate_follow_up",
    "tabulate_survival",
]

DAYS_PER_MONTH = Fraction(1461, 48)  # 365.25 days in twelve
ENDPOINTS = ("overall", "progression-free", "follow-up")
_DEATHS = ("died", "dead", "death")
_LANDMARK_MONTHS = (3, 6, 12)
_NEVER = "follow-up ends before the first administration"


@dataclass(frozen=True, slots=True, kw_only=True)
class DatedUnit:
    """A unit's days since its first administration.

    Parameters
    ----------
    unit : AnalysisUnit
    last_day : int
        Of the last contact; negative where dates contradict each other.
    last_row : (str, str)
        The row that says so.
    died : bool
        That row is a departure by death.
    departure : str
        Kind of departure at the end; empty where the unit is still followed.
    progressed_day : int or None
        First progression.
    assessed_day : int
        Last assessed visit, 0 where there is none.
    responded_day : int or None
        First complete or partial response.
    """

    unit: AnalysisUnit
    last_day: int
    last_row: RowKey
    died: bool
    departure: str
    progressed_day: int | None
    assessed_day: int
    responded_day: int | None


def date_units(analysis: StudyAnalysis) -> tuple[DatedUnit, ...]:
    """Give each unit's days.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> found = date_units(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [(one.last_day, one.died, one.progressed_day) for one in found]
    [(81, False, None), (112, True, 81), (28, False, None)]
    """
    departures = {row.departure: row.kind for row in analysis.rows.departures}
    found = []
    for unit in analysis.units:
        last, row = analysis.last_contact[unit.key]
        course = analysis.courses[unit.key]
        progressed = course.first(("PD",))
        responded = course.first(("CR", "PR"))
        departure = departures.get(row[1], "") if row[0] == "departure" else ""
        evaluated = [visit.day for visit in course.later if visit.overall != "NE"]
        found.append(
            DatedUnit(
                unit=unit,
                last_day=(last - unit.started_on).days,
                last_row=row,
                died=departure.casefold() in _DEATHS,
                departure=departure,
                progressed_day=None if progressed is None else progressed.day,
                assessed_day=max(evaluated, default=0),
                responded_day=None if responded is None else responded.day,
            )
        )
    return tuple(found)


def survival_of(units: Sequence[DatedUnit], endpoint: str) -> SurvivalCurve | None:
    """Estimate one of `ENDPOINTS`; None where nobody is followed.

    "overall": until death. "progression-free": until the first progression or death, censored at
    the last visit that could be evaluated. "follow-up": until the end of observation, a death
    censors it (reverse Kaplan-Meier).

    Parameters
    ----------
    units : sequence of DatedUnit
        Those with contradicting dates are left out; the tables count them.
    endpoint : str

    Returns
    -------
    SurvivalCurve or None

    References
    ----------
    Schemper M, Smith TL. Control Clin Trials 1996;17:343 (reverse Kaplan-Meier).

    Examples
    --------
    >>> survival_of((), "overall") is None
    True
    """
    times = []
    for one in units:
        if one.last_day < 0:
            continue
        if endpoint == "overall":
            times.append(SurvivalTime(days=one.last_day, event=one.died))
        elif endpoint == "follow-up":
            times.append(SurvivalTime(days=one.last_day, event=not one.died))
        elif one.progressed_day is not None:
            times.append(SurvivalTime(days=one.progressed_day, event=True))
        elif one.died:
            times.append(SurvivalTime(days=one.last_day, event=True))
        else:
            times.append(SurvivalTime(days=one.assessed_day, event=False))
    return estimate_survival(times) if times else None


def _months(days: int | None) -> Fraction | None:
    return None if days is None else Fraction(days) / DAYS_PER_MONTH


def _made_up(analysis: StudyAnalysis, units: Sequence[DatedUnit]) -> int:
    """How many of these units' times rest on generated rows."""
    return sum(
        one.unit.key in analysis.placed_by_generated
        or one.last_row in analysis.generated
        or analysis.courses[one.unit.key].generated
        for one in units
        if one.last_day >= 0
    )


def _median_cell(curve: SurvivalCurve | None, generated: int) -> FigureCell:
    lower, upper = curve.median_interval_days if curve else (None, None)
    return FigureCell(
        statistic="median",
        n=curve.n if curve else 0,
        unit="months",
        value=_months(curve.median_days) if curve else None,
        lower=_months(lower),
        upper=_months(upper) if lower is not None else None,
        missing="not reached" if curve else "not available",
        generated=generated,
    )


def _plain_cells(units: Sequence[DatedUnit], generated: int) -> tuple[FigureCell, FigureCell]:
    ordered = sorted(Fraction(u.last_day) / DAYS_PER_MONTH for u in units if u.last_day >= 0)
    if not ordered:
        empty = FigureCell(statistic="median", n=0, unit="months")
        return empty, FigureCell(statistic="range", n=0, unit="months")
    low, high = median_interval(ordered) or (None, None)
    median = FigureCell(
        statistic="median",
        n=len(ordered),
        unit="months",
        value=quantile(ordered, Fraction(1, 2)),
        lower=low,
        upper=high,
        generated=generated,
    )
    ends = FigureCell(
        statistic="range",
        n=len(ordered),
        unit="months",
        lower=ordered[0],
        upper=ordered[-1],
        generated=generated,
    )
    return median, ends


def _by_column(
    analysis: StudyAnalysis, units: Sequence[DatedUnit]
) -> tuple[tuple[DatedUnit, ...], ...]:
    return tuple(
        tuple(one for one in units if one.unit.key in column)
        for column in analysis.columns.values()
    )


def _headings(analysis: StudyAnalysis) -> tuple[str, ...]:
    return tuple(f"{name} (N = {len(units)})" for name, units in analysis.columns.items())


def tabulate_follow_up(analysis: StudyAnalysis) -> StudyTable:
    """Table of the follow-up's length, both medians, and of how it ended.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_follow_up(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [(row.heading, row.cells[0].text) for row in table.rows[1:2]]
    [('median, plain', '2.7')]
    """
    units = date_units(analysis)
    columns = _by_column(analysis, units)
    until = max(day for day, _ in analysis.last_contact.values())
    made_up = [_made_up(analysis, column) for column in columns]
    plain = [_plain_cells(column, n) for column, n in zip(columns, made_up, strict=True)]
    group = "Follow-up, months"
    rows = [
        TableRow(
            heading="median, reverse Kaplan-Meier (95 % CI)",
            cells=tuple(
                _median_cell(survival_of(column, "follow-up"), n)
                for column, n in zip(columns, made_up, strict=True)
            ),
            group=group,
        ),
        TableRow(heading="median, plain", cells=tuple(m for m, _ in plain), group=group),
        TableRow(heading="range", cells=tuple(r for _, r in plain), group=group),
    ]

    def members(state: str) -> list[Member]:
        return [
            analysis.member(one.unit.key, (one.last_row,)) for one in units if _end(one) == state
        ]

    states = sorted({_end(one) for one in units} - {"still followed", _NEVER})
    rows += [
        TableRow(heading=state, cells=analysis.counts(members(state)), group="How it ended")
        for state in (*states, "still followed", _NEVER)
    ]
    return StudyTable(
        name="follow_up",
        caption=f"Follow-up, up to {until.isoformat()}",
        unit=analysis.unit_text,
        columns=_headings(analysis),
        rows=tuple(rows),
        notes=(
            "From the day of the first administration to the departure, or else to the last day "
            "with a visit, an assessment, a measurement, an event or an administration. Reverse "
            "Kaplan-Meier: the end of observation is the event, and a death censors it. Plain: all "
            "times alike; its interval is the exact one. A month has 365.25/12 days.",
        ),
    )


def _end(one: DatedUnit) -> str:
    return _NEVER if one.last_day < 0 else one.departure or "still followed"


def tabulate_survival(analysis: StudyAnalysis) -> StudyTable:
    """Table of progression-free and overall survival, medians and shares at landmarks.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_survival(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [(row.heading, row.cells[0].text) for row in table.rows[:2]]
    [('events', '1 (33.3 %)'), ('not known: dates contradict each other', '0 (0.0 %)')]
    """
    units = date_units(analysis)
    columns = _by_column(analysis, units)
    rows: list[TableRow] = []
    for endpoint, group in (
        ("progression-free", "Progression-free survival"),
        ("overall", "Overall survival"),
    ):
        ended = (one for one in units if one.last_day >= 0 and _event_rows(analysis, one, endpoint))
        members = [
            analysis.member(one.unit.key, _event_rows(analysis, one, endpoint)) for one in ended
        ]
        unknown = [
            analysis.member(one.unit.key, (one.last_row,)) for one in units if one.last_day < 0
        ]
        rows.append(TableRow(heading="events", cells=analysis.counts(members), group=group))
        rows.append(
            TableRow(
                heading="not known: dates contradict each other",
                cells=analysis.counts(unknown),
                group=group,
            )
        )
        curves = [(survival_of(column, endpoint), _made_up(analysis, column)) for column in columns]
        rows.append(
            TableRow(
                heading="median, months (95 % CI)",
                cells=tuple(_median_cell(curve, n) for curve, n in curves),
                group=group,
            )
        )
        rows += [
            TableRow(
                heading=f"at {months} months, % (95 % CI)",
                cells=tuple(_landmark(curve, months, n) for curve, n in curves),
                group=group,
            )
            for months in _LANDMARK_MONTHS
        ]
    return StudyTable(
        name="survival",
        caption="Progression-free and overall survival",
        unit=analysis.unit_text,
        columns=_headings(analysis),
        rows=tuple(rows),
        notes=(
            "Kaplan-Meier from the first administration; 95 % intervals by Greenwood's variance on "
            "the log-log scale, those of medians by Brookmeyer and Crowley. Progression as the "
            "response table's criteria have it; without one, those alive are censored at the last "
            "visit that could be evaluated (day 0 if there is none). A share is given as far as "
            "somebody was followed; 0 and 100 % have no interval of this kind.",
        ),
    )


def _event_rows(analysis: StudyAnalysis, one: DatedUnit, endpoint: str) -> tuple[RowKey, ...]:
    if endpoint == "progression-free" and one.progressed_day is not None:
        course = analysis.courses[one.unit.key]
        visit = course.first(("PD",))
        return course.rows[visit.visit] if visit else ()
    return (one.last_row,) if one.died else ()


def _landmark(curve: SurvivalCurve | None, months: int, generated: int) -> FigureCell:
    day = int(months * DAYS_PER_MONTH)
    n = curve.at_risk(day) if curve else 0
    known = curve is not None and (curve.followed_to >= day or curve.share[-1] == 0.0)
    if curve is None or not known:
        return FigureCell(statistic="survival", n=n, unit="%", missing="not followed so long")
    share, *limits = curve.at(day)
    low, high = (100 * Fraction(v) for v in limits) if all(map(isfinite, limits)) else (None, None)
    return FigureCell(
        statistic="survival",
        n=n,
        unit="%",
        value=100 * Fraction(share),
        lower=low,
        upper=high,
        generated=generated,
    )
