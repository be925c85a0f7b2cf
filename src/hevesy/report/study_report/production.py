"""Production quality: eluates against their prediction, yields, tests, batches, transport."""

from collections.abc import Iterator
from math import hypot

from hevesy.report.numbers import format_number
from hevesy.report.study_report.drawn import draw_section_figure
from hevesy.report.study_report.material import BatchEntry, EluateEntry, StudyMaterial
from hevesy.report.study_report.production_figure import draw_production, mark_production
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
from hevesy.trial.tables.cell import RowKey

__all__ = ["production_section"]

_MBQ = 1e-6


def production_section(given: ReportGiven) -> Section:
    """Report how the agent was made, judged and sent.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> production_section(sample_given()).missing
    'no elution and no batch is on record'
    """
    material = given.material
    if not material.eluates and not material.batches:
        return Section(
            name="production",
            title="Production quality",
            missing="no elution and no batch is on record",
        )
    tables = [_summary(material)]
    tables += [_eluates(material)] if material.eluates else []
    tables += [_batches(material), _tests(material)] if material.batches else []
    tables += [_transports(material)] if material.transports else []
    figures = []
    if material.eluates or material.tests:
        figures.append(
            draw_section_figure(
                given,
                name="production",
                title="Eluates, and tests of batches",
                caption="Left: measured over predicted activity of each eluate, and measured over "
                "what the column held; bars: one standard deviation. Right: results of each test "
                "with a number, as a share of its limit (line): a lower limit is kept right of "
                "the line, an upper one left of it. Unit: eluates, test results.",
                panels=mark_production(material),
                draw=draw_production,
            )
        )
    return Section(
        name="production",
        title="Production quality",
        says=(
            "Activities hold at the end of the elution or at the measurement; uncertainties are "
            "one standard deviation (k = 1). Predictions are those that were stored before the "
            "eluate was measured.",
        ),
        tables=tuple(tables),
        figures=tuple(figures),
    )


def _eluate_rows(material: StudyMaterial) -> Iterator[tuple[EluateEntry, float]]:
    for one in material.eluates:
        if one.eluted_bq is not None and one.theoretical_bq:
            yield one, one.eluted_bq / one.theoretical_bq


def _summary(material: StudyMaterial) -> TracedTable:
    """Yields, predictions, times: n, mean, SD, median, range."""
    elution_yield = [(100 * r, ("elution", one.elution)) for one, r in _eluate_rows(material)]
    predicted = [
        (100 * (one.eluted_bq / one.predicted_bq - 1), ("elution", one.elution))
        for one in material.eluates
        if one.eluted_bq is not None and one.predicted_bq
    ]
    labelled = [
        (100 * one.activity_bq / one.precursor_bq, ("batch", one.batch))
        for one in material.batches
        if one.activity_bq is not None and one.precursor_bq
    ]
    took = [
        (one.elution_to_labelled_s / 60, ("batch", one.batch))
        for one in material.batches
        if one.elution_to_labelled_s is not None
    ]
    sent = [
        (100 * (one.received_bq / one.expected_bq - 1), ("receipt", one.receipt))
        for one in material.transports
        if one.received_bq is not None and one.expected_bq
    ]
    lines: tuple[tuple[str, list[tuple[float, RowKey]]], ...] = (
        ("elution yield, % of what the column held", elution_yield),
        ("eluate less prediction, % of the prediction", predicted),
        ("labelling yield, % of the eluates' activity, decay taken out", labelled),
        ("end of elution to end of labelling, min", took),
        ("received less sent, %, decay taken out", sent),
    )
    return TracedTable(
        name="production_summary",
        caption="Production in figures",
        unit=f"{len(material.eluates)} eluates, {len(material.batches)} batches, "
        f"{len(material.transports)} dispatches",
        columns=(("n", ""), ("mean", ""), ("SD", ""), ("median", ""), ("range", "")),
        rows=tuple(
            TracedRow(heading=name, cells=spread(values, decimals=1)) for name, values in lines
        ),
        notes=("SD: between eluates, batches, dispatches; the readings' own uncertainty is in it",),
    )


def _eluates(material: StudyMaterial) -> TracedTable:
    rows = []
    for one in sorted(material.eluates, key=lambda e: (e.generator, e.eluted_at)):
        key = ("elution", one.elution)
        found, unsure, ahead = one.eluted_bq, one.eluted_uncertainty_bq, one.predicted_bq
        off = said("")
        if found is not None and ahead is not None and one.predicted_uncertainty_bq is not None:
            sigma = hypot(unsure or 0.0, one.predicted_uncertainty_bq)
            if sigma > 0:
                value = (found - ahead) / sigma
                off = TracedCell(text=f"{value:+.1f}", value=value, rows=(key,),
                                 alert=abs(value) > 3)  # fmt: skip
        rows.append(
            TracedRow(
                heading=f"{one.elution}, {one.eluted_at:%Y-%m-%d %H:%M} UTC",
                group=f"Generator {one.generator}",
                cells=(
                    _mbq(found, unsure, key),
                    said(one.why_not) if found is None or not one.theoretical_bq else measured(
                        100 * found / one.theoretical_bq,
                        None if unsure is None else 100 * unsure / one.theoretical_bq, key,
                    ),
                    said("") if ahead is None else _mbq(ahead, one.predicted_uncertainty_bq, key),
                    off,
                    said("") if one.breakthrough_ratio is None else said(
                        format_number(one.breakthrough_ratio, digits=2), key),
                ),
            )
        )  # fmt: skip
    return TracedTable(
        name="eluates",
        caption="Eluates: found against predicted",
        unit=f"eluates, N = {len(rows)}",
        columns=(("measured", "MBq"), ("yield", "%"), ("predicted", "MBq"),
                 ("difference", "SD"), ("parent / daughter", "")),
        rows=tuple(rows),
        notes=(
            "the yield's uncertainty is that of this reading alone; the difference is in standard "
            "deviations of reading and prediction together; – : not recorded or not predicted",
        ),
    )  # fmt: skip


def _mbq(value_bq: float | None, uncertainty_bq: float | None, key: tuple[str, str]) -> TracedCell:
    return measured(
        None if value_bq is None else value_bq * _MBQ,
        None if uncertainty_bq is None else uncertainty_bq * _MBQ,
        key,
    )


def _batches(material: StudyMaterial) -> TracedTable:
    return TracedTable(
        name="batches",
        caption="Batches: made, judged, released",
        unit=f"batches, N = {len(material.batches)}",
        columns=(("activity", "MBq"), ("elution to labelled", "min"), ("steps recorded", ""),
                 ("deviations from limits", "text"), ("tests not passed", "text"),
                 ("decisions", "text")),
        rows=tuple(TracedRow(heading=_batch_heading(one), cells=_batch(one))
                   for one in material.batches),
        notes=("a decision counts from its time; who decided is on record",),
    )  # fmt: skip


def _batch_heading(one: BatchEntry) -> str:
    return f"{one.batch}, {one.labelled_at:%Y-%m-%d}" if one.labelled_at else one.batch


def _batch(one: BatchEntry) -> tuple[TracedCell, ...]:
    key = ("batch", one.batch)
    took = one.elution_to_labelled_s
    steps = tuple(("batch_step", name) for name in one.steps)
    open_tests = [f"{name}: {outcome}" for name, outcome in one.verdicts if outcome != "passed"]
    decisions = "; ".join(
        f"{r.state} ({r.decided_at:%Y-%m-%d %H:%M} UTC)" + (f": {r.reason}" if r.reason else "")
        for r in one.releases
    )
    deviations = "; ".join((*one.deviations, *one.step_notes))
    return (
        said("") if one.activity_bq is None else _mbq(
            one.activity_bq, one.activity_uncertainty_bq, key),
        said("") if took is None else said(f"{took / 60:.0f}", key,
                                          *(("elution", name) for name in one.elutions)),
        counted(steps, of=one.planned_steps),
        said(one.why_not or deviations or "none", key, *steps, alert=bool(deviations)),
        said(one.why_not or "; ".join(open_tests) or "none", key, alert=bool(open_tests)),
        said(decisions or "none", *(("release_decision", r.decision) for r in one.releases),
             alert=not decisions),
    )  # fmt: skip


def _tests(material: StudyMaterial) -> TracedTable:
    """Each kind of test: how many batches passed, and its values."""
    kinds: dict[str, str] = {}
    units: dict[str, str] = {}
    for one in material.tests:
        kinds.setdefault(one.kind, one.allowed)
        units.setdefault(one.kind, one.unit)
    outcomes: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for batch in material.batches:
        for name, outcome in batch.verdicts:
            kinds.setdefault(name, "")
            outcomes.setdefault((name, outcome), []).append(("batch", batch.batch))
    rows = []
    for kind, allowed in kinds.items():
        values = [
            (one.value, ("quality_test", one.test))
            for one in material.tests
            if one.kind == kind and one.value is not None and not one.invalid_because
        ]
        invalid = [("quality_test", t.test) for t in material.tests
                   if t.kind == kind and t.invalid_because]  # fmt: skip
        unit = units.get(kind, "")
        counts = [outcomes.get((kind, state), []) for state in ("passed", "failed", "missing")]
        n, _, _, middle, ends = spread(values)
        rows.append(
            TracedRow(
                heading=f"{kind} ({unit})" if unit else kind,
                cells=(
                    said(allowed or "in the protocol"),
                    *(counted(names) for names in counts),
                    n,
                    middle if values else said(""),
                    ends if values else said(""),
                    counted(invalid),
                ),
            )
        )
    return TracedTable(
        name="quality_tests",
        caption="Tests of batches, radio-TLC among them",
        unit=f"batches, N = {len(material.batches)}; values: results, N = {len(material.tests)}",
        columns=(("allowed", "text"), ("passed", "batches"), ("failed", "batches"),
                 ("missing", "batches"), ("values", "n"), ("median", ""), ("range", ""),
                 ("declared invalid", "n")),
        rows=tuple(rows),
        notes=(
            "one failed result fails a batch's test, unless it was declared invalid with a reason; "
            "invalid results are in no value",
        ),
    )  # fmt: skip


def _transports(material: StudyMaterial) -> TracedTable:
    rows = []
    for one in material.transports:
        sent, got = ("dispatch", one.dispatch), ("receipt", one.receipt)
        if not one.receipt:
            cells = (said("has not arrived", sent, alert=True), said(""), said(""), said(""))
        else:
            found, ahead = one.received_bq, one.expected_bq
            off = None if found is None or not ahead else found - ahead
            unsure = one.difference_uncertainty_bq
            percent = None if off is None or not ahead else 100 * off / ahead
            sigmas = None if off is None or not unsure else off / unsure
            cells = (
                said("arrived", sent, got),
                said("" if found is None else format_number(found * _MBQ, digits=4), got),
                measured(
                    percent, None if not unsure or not ahead else 100 * unsure / ahead, sent, got
                ),
                said("") if sigmas is None else said(f"{sigmas:+.1f}", sent, got,
                                                     alert=abs(sigmas) > 3),
            )  # fmt: skip
        rows.append(
            TracedRow(
                heading=f"{one.vial}, {one.sent_at:%Y-%m-%d %H:%M} UTC",
                group=f"{one.from_site} to {one.to_site}",
                cells=cells,
            )
        )
    return TracedTable(
        name="transports",
        caption="Transport: what arrived beside what was sent",
        unit=f"dispatches, N = {len(rows)}",
        columns=(("state", "text"), ("received", "MBq"), ("difference, decay taken out", "%"),
                 ("difference", "SD")),
        rows=tuple(rows),
        notes=("two dose calibrators: a difference is of their factors too",),
    )  # fmt: skip
