"""Absorbed dose: per lesion and organ with its uncertainty, summarised and listed."""

from collections.abc import Mapping, Sequence

from hevesy.report.numbers import format_number
from hevesy.report.study_report.dose_figure import draw_study_doses, mark_study_doses
from hevesy.report.study_report.drawn import draw_section_figure
from hevesy.report.study_report.material import ResultEntry
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import (
    TracedCell,
    TracedRow,
    TracedTable,
    measured,
    said,
    spread,
)
from hevesy.trial import DoseRow, StudyRows

__all__ = ["dose_section"]

_METRICS = (("d70_gy", "D70"), ("eud_gy", "EUD"), ("bed_gy", "BED"))


def dose_section(given: ReportGiven) -> Section:
    """Report doses.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in dose_section(sample_given()).tables]
    ['dose_summary', 'doses', 'dose_budget']
    """
    rows = given.material.rows
    undosed = _undosed(rows)
    if not rows.doses:
        n = len(rows.administrations)
        return Section(
            name="dose", title="Absorbed dose",
            missing=f"no dose result is filed for any of {n} administrations: "
            "there is none to report, and none is estimated",
        )  # fmt: skip
    figure = draw_section_figure(
        given,
        name="dose",
        title="Mean absorbed dose",
        caption="Lesions in order of their mean dose, with one standard deviation; beside them "
        "other regions, where there are any: each mark is one administration, with one standard "
        "deviation; the line is the median. Logarithmic scale. Research use only. Unit: doses of "
        "regions by the newest result of each administration.",
        panels=mark_study_doses(rows.doses),
        draw=draw_study_doses,
    )
    tables = [_summary(rows.doses), _listing(rows)]
    budget = _budget(given.material.results)
    tables += [budget] if budget is not None else []
    says = ["Uncertainties are one standard deviation (k = 1), as each result states them."]
    several = given.material.other_results
    if several:
        says.append(f"{several} results of several courses together are in none of these tables.")
    missing = ""
    if undosed:
        named = ", ".join(f"{one} / {lesion}" for one, lesion in undosed[:20])
        more = f" and {len(undosed) - 20} more" if len(undosed) > 20 else ""
        missing = f"{len(undosed)} injected lesions have no dose: {named}{more}"
    return Section(
        name="dose", title="Absorbed dose", says=tuple(says), tables=tuple(tables),
        figures=(figure,), missing=missing,
    )  # fmt: skip


def _undosed(rows: StudyRows) -> list[tuple[str, str]]:
    known = {(row.administration, row.lesion) for row in rows.doses}
    return [
        (one.administration, lesion)
        for one in rows.administrations
        for lesion in one.lesions
        if (one.administration, lesion) not in known
    ]


def _summary(doses: Sequence[DoseRow]) -> TracedTable:
    by_name: dict[str, list[DoseRow]] = {}
    for row in sorted(doses, key=lambda one: (not one.lesion, one.region)):
        by_name.setdefault("lesions" if row.lesion else row.region, []).append(row)
    lines = []
    for name, own in by_name.items():
        lines.append(_line(name, "mean dose, Gy", [(r.mean_dose_gy, r) for r in own], own))
        for key, words in _METRICS:
            values = [(row.metrics[key], row) for row in own if key in row.metrics]
            if values:
                lines.append(_line(name, f"{words}, Gy", values, None))
    return TracedTable(
        name="dose_summary",
        caption="Absorbed dose by region",
        unit=f"doses of regions, N = {len(doses)}",
        columns=(("n", ""), ("mean", "Gy"), ("SD", "Gy"), ("median", "Gy"), ("range", "Gy"),
                 ("uncertainty", "median, %"), ("without", "n")),
        rows=tuple(lines),
        notes=(
            "SD: between lesions or administrations, which the doses' own uncertainty is in; "
            "uncertainty: median of the stated relative standard deviations; without: doses that "
            "state none",
        ),
        doses=True,
    )  # fmt: skip


def _line(
    group: str,
    heading: str,
    values: Sequence[tuple[float, DoseRow]],
    unsure: Sequence[DoseRow] | None,
) -> TracedRow:
    cells = spread([(value, ("dose", row.dose)) for value, row in values])
    tail = (said(""), said(""))
    if unsure is not None:
        stated = sorted(
            100 * row.mean_dose_uncertainty_gy / row.mean_dose_gy
            for row in unsure
            if row.mean_dose_uncertainty_gy is not None and row.mean_dose_gy > 0
        )
        middle = (stated[(len(stated) - 1) // 2] + stated[len(stated) // 2]) / 2 if stated else None
        none = tuple(("dose", r.dose) for r in unsure if r.mean_dose_uncertainty_gy is None)
        tail = (
            said("not stated")
            if middle is None
            else TracedCell(text=format_number(middle, digits=2), value=middle),
            TracedCell(text=str(len(none)), rows=none, value=float(len(none))),
        )
    return TracedRow(heading=heading, group=group, cells=(*cells, *tail))


def _listing(rows: StudyRows) -> TracedTable:
    given_to = {row.administration: row.inclusion for row in rows.administrations}
    lines = []
    for row in sorted(rows.doses, key=lambda r: (r.administration, not r.lesion, r.region)):
        key = ("dose", row.dose)
        lines.append(
            TracedRow(
                heading=f"{row.administration}: {row.region}",
                cells=(
                    said(given_to.get(row.administration, "not on record")),
                    said("lesion" if row.lesion else "other"),
                    _metric(row.metrics, "volume", row.volume_ml),
                    measured(row.mean_dose_gy, row.mean_dose_uncertainty_gy, key),
                    *(_metric(row.metrics, name, None) for name, _ in _METRICS),
                    said(row.method),
                ),
            )
        )
    return TracedTable(
        name="doses",
        caption="Every dose",
        unit=f"doses of regions, N = {len(lines)}",
        columns=(("inclusion", "text"), ("kind", "text"), ("volume", "mL"), ("mean dose", "Gy"),
                 *((words, "Gy") for _, words in _METRICS), ("method", "text")),
        rows=tuple(lines),
        notes=("– : not in the result (no histogram that holds, or no radiobiology asked for)",),
        doses=True,
    )  # fmt: skip


def _metric(metrics: Mapping[str, float], name: str, value: float | None) -> TracedCell:
    found = metrics.get(name, value)
    return (
        said("") if found is None else TracedCell(text=format_number(found, digits=4), value=found)
    )


def _budget(results: Sequence[ResultEntry]) -> TracedTable | None:
    """Where the uncertainty of the lesions' doses comes from."""
    shares: dict[str, list[tuple[float, tuple[str, str]]]] = {}
    regions = 0
    for result in results:
        for region in result.regions:
            if region.kind != "lesion" or not region.shares:
                continue
            regions += 1
            for source, relative in region.shares:
                shares.setdefault(source, []).append((100 * relative, ("result", result.result)))
    if not shares:
        return None
    order = sorted(shares, key=lambda name: (-sum(v for v, _ in shares[name]), name))
    rows = []
    for name in order:
        n, *others = spread(shares[name], digits=2)
        count = TracedCell(text=str(len(shares[name])), rows=n.rows, value=float(len(shares[name])))
        rows.append(TracedRow(heading=name, cells=(count, *others)))
    return TracedTable(
        name="dose_budget",
        caption="Where the uncertainty of lesions' doses comes from, relative",
        unit=f"lesions' doses with a budget, N = {regions}",
        columns=(("n", ""), ("mean", "%"), ("SD", "%"), ("median", "%"), ("range", "%")),
        rows=tuple(rows),
        doses=True,
    )
