"""Table 1 and the table of exposure: who was treated, and with what."""

from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction

from hevesy.trial.rows import AdministrationRow
from hevesy.trial.tables.analysis import AnalysisUnit, StudyAnalysis
from hevesy.trial.tables.cell import CountCell, FigureCell, Member, RowKey, StudyTable, TableRow
from hevesy.trial.tables.statistics import describe, exact
from hevesy.units import MBQ_PER_MCI

__all__ = ["tabulate_baseline", "tabulate_exposure"]

_NOT_RECORDED = "not recorded"
_SEXES = {"F": "female", "M": "male"}


def tabulate_baseline(analysis: StudyAnalysis) -> StudyTable:
    """Table of age, sex, ECOG, primary tumour, treated site and prior lines.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_baseline(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [(row.heading, row.cells[0].text) for row in table.rows[:1] + table.rows[5:7]]
    [('median (exact 95 % CI)', '54.5'), ('not recorded', '1 (33.3 %)'), ('female', '3 (100.0 %)')]
    """
    sexes = {row.patient: row.sex for row in analysis.rows.patients}

    def count(value: int | None) -> str:
        return "" if value is None else str(value)

    rows = (
        *_age_rows(analysis),
        *_level_rows(analysis, "Sex", lambda u: _sex(sexes.get(u.first.patient, ""))),
        *_level_rows(analysis, "ECOG performance status", lambda u: count(u.first.ecog)),
        *_level_rows(analysis, "Primary tumour", lambda u: u.first.primary_tumour, frequent=True),
        *_level_rows(analysis, "Treated site", lambda u: u.first.treated_site, frequent=True),
        *_level_rows(analysis, "Prior lines of therapy", lambda u: count(u.first.prior_lines)),
    )
    return StudyTable(
        name="baseline",
        caption="Baseline of those who were treated",
        unit=analysis.unit_text,
        columns=_columns(analysis),
        rows=rows,
        notes=(
            "As recorded for the inclusion that was treated first. Percentages are of the whole "
            "column, those not recorded included. Median with its exact 95 % interval by order "
            "statistics (from six values on); quartiles by Hyndman and Fan's definition 2.",
        ),
    )


def _columns(analysis: StudyAnalysis) -> tuple[str, ...]:
    return tuple(f"{name} (N = {len(units)})" for name, units in analysis.columns.items())


def _sex(recorded: str) -> str:
    return _SEXES.get(recorded, recorded)


def _age_rows(analysis: StudyAnalysis) -> tuple[TableRow, ...]:
    group = "Age at screening, years"
    described = []
    for column in analysis.columns.values():
        known = [
            (Fraction(unit.first.age_years), ("inclusion", unit.first.inclusion))
            for unit in analysis.units
            if unit.key in column and unit.first.age_years is not None
        ]
        made_up = sum(key in analysis.generated for _, key in known)
        ages = [age for age, _ in known]
        described.append(describe(ages, unit="a", decimals=1, generated=made_up))
    missing = analysis.counts(
        _member(analysis, unit) for unit in analysis.units if unit.first.age_years is None
    )
    return (
        *_figure_rows(described, group),
        TableRow(heading=_NOT_RECORDED, cells=missing, group=group),
    )


def _figure_rows(
    described: Sequence[tuple[tuple[str, FigureCell], ...]], group: str
) -> tuple[TableRow, ...]:
    return tuple(
        TableRow(heading=cells[0][0], cells=tuple(cell for _, cell in cells), group=group)
        for cells in zip(*described, strict=True)
    )


def _member(analysis: StudyAnalysis, unit: AnalysisUnit) -> Member:
    return analysis.member(unit.key, (("inclusion", unit.first.inclusion),))


def _level_rows(
    analysis: StudyAnalysis,
    group: str,
    level_of: Callable[[AnalysisUnit], str],
    *,
    frequent: bool = False,
) -> tuple[TableRow, ...]:
    """A row for each level, in order or most frequent first; "not recorded" is the last."""
    levels: dict[str, list[AnalysisUnit]] = {}
    names: dict[str, str] = {}
    for unit in analysis.units:
        said = " ".join(level_of(unit).split())
        name = names.setdefault(said.casefold(), said) or _NOT_RECORDED
        levels.setdefault(name, []).append(unit)
    unknown = levels.pop(_NOT_RECORDED, [])
    order = sorted(
        levels,
        key=lambda name: (
            -len(levels[name]) if frequent else 0,
            len(name) if name.isdigit() else 99,
            name.casefold(),
        ),
    )
    return tuple(
        TableRow(
            heading=name,
            cells=analysis.counts(_member(analysis, unit) for unit in units),
            group=group,
        )
        for name, units in (*((n, levels[n]) for n in order), (_NOT_RECORDED, unknown))
    )


def tabulate_exposure(analysis: StudyAnalysis) -> StudyTable:
    """Table of administrations: activities, injected lesions, how often each unit was treated.

    Examples
    --------
    >>> from hevesy.trial.tables.analysis import prepare_analysis
    >>> from hevesy.trial.tables.options import TableOptions
    >>> from hevesy.trial.tables.sample import sample_rows
    >>> table = tabulate_exposure(prepare_analysis(sample_rows(), options=TableOptions()))
    >>> [row.cells[0].text for row in table.rows if "median" in row.heading][:2]
    ['2220.0', '60.00']
    """
    columns = tuple(
        tuple(row for unit in analysis.units if unit.key in column for row in unit.administrations)
        for column in analysis.columns.values()
    )
    rows: list[TableRow] = []
    given = {row.administration: exact(row.activity_mbq) for row in columns[0]}
    for unit, factor, decimals in (("MBq", Fraction(1), 1), ("mCi", 1 / exact(MBQ_PER_MCI), 2)):
        described = [
            describe(
                [given[row.administration] * factor for row in column],
                unit=unit,
                decimals=decimals,
                generated=sum(row.generated for row in column),
            )
            for column in columns
        ]
        rows += _figure_rows(described, f"Activity of an administration, {unit}")
    rows += _administration_rows(
        analysis, columns, "Kind of the recorded activity", lambda row: row.kind or _NOT_RECORDED
    )
    rows += _administration_rows(
        analysis,
        columns,
        "Lesions injected in an administration",
        lambda row: str(len(row.lesions)) if row.lesions else _NOT_RECORDED,
    )
    rows += _administration_rows(
        analysis,
        columns,
        "Needle passes in an administration",
        lambda row: _NOT_RECORDED if row.needle_passes is None else str(row.needle_passes),
    )
    total = len(columns[0])
    return StudyTable(
        name="exposure",
        caption="Exposure: what was administered",
        unit=f"administrations, N = {total}, to {len(analysis.units)} {analysis.options.unit}s",
        columns=tuple(
            f"{name} (N = {len(column)})"
            for name, column in zip(analysis.columns, columns, strict=True)
        ),
        rows=tuple(rows),
        notes=(
            "Activities are at the end of the injection, 37 MBq to 1 mCi. A cohort is that of the "
            "unit's first administration. Needle passes are the sum over an administration's "
            "injections; not recorded where one of them has none on record.",
        ),
    )


def _administration_rows(
    analysis: StudyAnalysis,
    columns: Sequence[Sequence[AdministrationRow]],
    group: str,
    level_of: Callable[[AdministrationRow], str],
) -> list[TableRow]:
    found = {level_of(row) for row in columns[0]}
    order = sorted(found - {_NOT_RECORDED}, key=lambda name: (len(name), name))

    def cell(rows: Iterable[AdministrationRow], level: str, total: int) -> CountCell:
        keys: list[RowKey] = [
            ("administration", row.administration) for row in rows if level_of(row) == level
        ]
        return CountCell(
            members=tuple(analysis.member(key, (key,)) for key in keys), denominator=total
        )

    return [
        TableRow(
            heading=level,
            cells=tuple(cell(column, level, len(column)) for column in columns),
            group=group,
        )
        for level in (*order, _NOT_RECORDED)
    ]
