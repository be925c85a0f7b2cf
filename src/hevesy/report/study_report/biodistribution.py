"""Biodistribution over the administrations: regions' parts by scan time, and the balance."""

from collections.abc import Sequence

from hevesy.report.numbers import format_number
from hevesy.report.study_report.biodistribution_figure import draw_parts, mark_parts
from hevesy.report.study_report.drawn import draw_section_figure
from hevesy.report.study_report.material import ResultEntry
from hevesy.report.study_report.pooled_parts import PooledParts, pool_parts
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import (
    TracedCell,
    TracedRow,
    TracedTable,
    counted,
    measured,
    said,
    spread,
)

__all__ = ["biodistribution_section"]

_ORDER = ("closes", "does not close", "partial", "not tested")


def biodistribution_section(given: ReportGiven) -> Section:
    """Report where the activity was, and whether it added up.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> [table.name for table in biodistribution_section(sample_given()).tables]
    ['biodistribution', 'closure', 'closures']
    """
    results = given.material.results
    title = "Biodistribution"
    if not any(region.parts for result in results for region in result.regions):
        n = len(given.material.rows.administrations)
        why = f"{len(given.material.scans)} scans of {n} administrations are on record, and no "
        return Section(
            name="biodistribution", title=title,
            missing=why + "dose result that tells where the activity was is filed",
        )  # fmt: skip
    pooled = pool_parts(results, given.material.protocol.scan_times_s)
    without = len(given.material.rows.administrations) - len(results)
    figure = draw_section_figure(
        given,
        name="biodistribution",
        title="Biodistribution",
        caption="Part of the injected activity (physical decay taken out) by time after the "
        "injection: thin lines are single lesions or organs of one administration, the heavy line "
        "joins the means at each planned time, with one standard deviation between regions. Where "
        "counting says that a part can't be told from none, the measured value is shown all the "
        f"same. Unit: administrations, N = {len(results)}.",
        panels=mark_parts(results, pooled),
        draw=draw_parts,
    )
    return Section(
        name="biodistribution",
        title=title,
        says=(
            "Per cent of the injected activity with physical decay taken out, by the newest filed "
            "result of each administration. A scan counts for the planned time nearest to it.",
        ),
        tables=(_parts_table(pooled, results), *_closures(results)),
        figures=(figure,),
        missing=f"{without} administrations have no filed result" if without > 0 else "",
    )


def _parts_table(pooled: Sequence[PooledParts], results: Sequence[ResultEntry]) -> TracedTable:
    rows = []
    for one in pooled:
        values = [(part.percent, ("result", name)) for name, part in one.parts]
        unsure = sorted(
            part.percent_uncertainty for _, part in one.parts
            if part.percent_uncertainty is not None
        )  # fmt: skip
        hours = [part.hours_after_administration for _, part in one.parts]
        first, last = format_number(min(hours)), format_number(max(hours))
        below = tuple(("result", name) for name, part in one.parts if part.below_detection)
        unknown = sum(part.below_detection is None for _, part in one.parts)
        n, *others = spread(values)
        middle = unsure[len(unsure) // 2] if unsure else None
        rows.append(
            TracedRow(
                heading=f"{one.label} ({first} to {last} h)",
                group=one.region,
                cells=(
                    TracedCell(text=str(len(values)), rows=n.rows, value=float(len(values))),
                    *others,
                    said("not stated") if middle is None else TracedCell(
                        text=format_number(middle, digits=2), value=middle),
                    said("not known") if unknown == len(values) else counted(
                        dict.fromkeys(below)),
                ),
            )
        )  # fmt: skip
    return TracedTable(
        name="biodistribution",
        caption="Part of the injected activity by planned scan time, % IA",
        unit=f"regions of administrations with a result, N = {len(results)}",
        columns=(("n", "regions"), ("mean", "% IA"), ("SD", "% IA"), ("median", "% IA"),
                 ("range", "% IA"), ("measurement", "median SD, % IA"),
                 ("not told from none", "results")),
        rows=tuple(rows),
        notes=(
            "SD: between regions; the measurement's own standard deviation stands apart, and is "
            "in it. In brackets the scans' actual times. Values that can't be told from none "
            "(below Currie's decision limit) enter as measured, so that means stay unbiased.",
        ),
    )  # fmt: skip


def _closures(results: Sequence[ResultEntry]) -> tuple[TracedTable, ...]:
    told = [(one, one.closure) for one in results if one.closure is not None]
    if not told:
        return ()
    by_verdict: dict[str, list[tuple[str, str]]] = {verdict: [] for verdict in _ORDER}
    for one, closure in told:
        by_verdict.setdefault(closure.verdict, []).append(("result", one.result))
    total = len(told)
    rows = tuple(
        TracedRow(heading=verdict, cells=(counted(names, of=total),))
        for verdict, names in by_verdict.items()
    )
    ratios = [(closure.ratio, ("result", one.result)) for one, closure in told]
    n, mean, deviation, middle, ends = spread(ratios, digits=4)
    summary = TracedTable(
        name="closure",
        caption="Did the activity add up?",
        unit=f"administrations with a balance, N = {total}",
        columns=(("results", ""),),
        rows=(
            *rows,
            TracedRow(heading="mean ratio of measured to expected", cells=(
                TracedCell(text=mean.text, value=mean.value, rows=n.rows),)),
            TracedRow(heading="standard deviation between administrations", cells=(deviation,)),
            TracedRow(heading="median ratio", cells=(middle,)),
            TracedRow(heading="range of ratios", cells=(ends,)),
        ),
        notes=("verdicts are those of each result, by its own uncertainty",),
    )  # fmt: skip
    listing = TracedTable(
        name="closures",
        caption="Balance of each administration",
        unit=f"administrations, N = {total}",
        columns=(("measured / expected", ""), ("verdict", "text"), ("why", "text"),
                 ("uncertainties not stated", "text")),
        rows=tuple(
            TracedRow(heading=one.administration, cells=_closure(one)) for one, _ in told
        ),
    )  # fmt: skip
    return summary, listing


def _closure(one: ResultEntry) -> tuple[TracedCell, ...]:
    closure, key = one.closure, ("result", one.result)
    if closure is None:
        return (said(""),) * 4
    ratio = measured(closure.ratio, closure.ratio_uncertainty, key)
    if closure.ratio_uncertainty is None and closure.ratio_stated_uncertainty is not None:
        ratio = TracedCell(
            text=f"{closure.ratio:.3f} ± {closure.ratio_stated_uncertainty:.3f} or more",
            rows=(key,), value=closure.ratio, uncertainty=closure.ratio_stated_uncertainty,
        )  # fmt: skip
    return (
        ratio, said(closure.verdict, key, alert=closure.verdict == "does not close"),
        said(closure.reason), said(", ".join(closure.unstated)),
    )  # fmt: skip
