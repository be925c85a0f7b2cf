"""Evidence: lesions' dose beside what became of them, as far as the data allow."""

from hevesy.evidence import (
    EvidenceResult,
    LesionOutcome,
    ThresholdRule,
    analyse_lesions,
    lesion_table,
)
from hevesy.report.numbers import format_number
from hevesy.report.study_report.evidence_figure import evidence_figures
from hevesy.report.study_report.section import ReportGiven, Section
from hevesy.report.study_report.traced import (
    TracedCell,
    TracedRow,
    TracedTable,
    counted,
    measured,
    said,
)

__all__ = ["evidence_section"]

_RULE = ThresholdRule(name="study report: half of the lesions respond")
_PLACES = ("dose and outcome", "dose without outcome", "outcome without dose", "neither")


def evidence_section(given: ReportGiven) -> Section:
    """Report dose beside response; nothing is fitted where outcomes are too few.

    The rule is the study's fixed one; without one, or of several, hevesy's usual one: then all is
    exploratory. While outcomes are blind nothing is shown.

    Parameters
    ----------
    given : ReportGiven

    Returns
    -------
    Section

    Examples
    --------
    >>> from hevesy.report.study_report.sample import sample_given
    >>> evidence_section(sample_given()).missing
    'nothing is fitted: too few outcomes: 1 lesions with and 1 without in 2 patients; the rule...'
    """
    title = "Dose and outcome"
    found = lesion_table(given.material.rows)
    if not found.rows:
        return Section(
            name="evidence", title=title,
            missing="no lesion was injected or has a dose: there is nothing to compare",
        )  # fmt: skip
    if given.material.blind:
        return Section(
            name="evidence", title=title,
            missing="outcomes are blind: they are not shown beside doses until "
            "`hevesy trial threshold unblind`",
        )  # fmt: skip
    fixed = given.material.rule
    rule = ThresholdRule.from_json(fixed) if fixed else _RULE
    result = analyse_lesions(found.rows, rule=rule, fixed_sha256=given.material.rule_fixed_sha256)
    missing = f"nothing is fitted: {result.not_fitted}" if result.not_fitted else ""
    says = [
        "Response is that of the lesion alone, by RECIST 1.1's cut-offs, not confirmed.",
        f"By the rule '{rule.name}', fixed and signed before the outcomes were unblinded."
        if given.material.rule_fixed_sha256
        else "All here is exploratory: no one rule was fixed before the outcomes were known.",
        *(f"{note[0].upper()}{note[1:]}." for note in (*found.notes, *result.notes)),
    ]
    return Section(
        name="evidence",
        title=title,
        says=tuple(says),
        tables=(_account(result), *_fit(result), _listing(result)),
        figures=evidence_figures(given, result, found.rows),
        missing=missing,
    )


def _keys(row: LesionOutcome) -> tuple[tuple[str, str], ...]:
    return (("administration", row.administration), ("lesion", row.lesion))


def _places(result: EvidenceResult) -> dict[str, list[LesionOutcome]]:
    account = result.account
    complete = [row for row, _, _ in account.complete]
    parts = (complete, account.dose_without_outcome, account.outcome_without_dose, account.neither)
    return {name: list(rows) for name, rows in zip(_PLACES, parts, strict=True)}


def _account(result: EvidenceResult) -> TracedTable:
    total = result.account.total
    rows = [
        TracedRow(
            heading=name,
            cells=(
                TracedCell(
                    text=f"{len(rows)} of {total}", value=float(len(rows)),
                    rows=tuple(dict.fromkeys(key for row in rows for key in _keys(row))),
                ),
                counted(dict.fromkeys(("patient", row.subject) for row in rows)),
            ),
        )
        for name, rows in _places(result).items()
    ]  # fmt: skip
    responders = [row for row, _, outcome in result.account.complete if outcome]
    rows.append(
        TracedRow(
            heading="of those with both: responded (CR or PR)",
            cells=(
                TracedCell(
                    text=f"{len(responders)} of {len(result.account.complete)}",
                    value=float(len(responders)),
                    rows=tuple(dict.fromkeys(key for row in responders for key in _keys(row))),
                ),
                counted(dict.fromkeys(("patient", row.subject) for row in responders)),
            ),
        )
    )
    return TracedTable(
        name="evidence_account",
        caption="Lesions with dose and outcome",
        unit=f"lesions of an administration, N = {total}",
        columns=(("lesions", ""), ("patients", "")),
        rows=tuple(rows),
        notes=("lesions without dose or outcome are listed below, and in no fit",),
        doses=True,
    )


def _fit(result: EvidenceResult) -> tuple[TracedTable, ...]:
    curve, roc, threshold = result.curve, result.roc, result.threshold
    if curve is None or roc is None or threshold is None:
        return ()
    low, high = curve.slope_interval()
    lines = (
        ("dose at which half of the lesions respond", threshold.as_text()),
        ("slope of the log odds per unit of log dose (95 %)",
         f"{format_number(curve.coefficients[1])} ({format_number(low)} to {format_number(high)})"),
        ("the same, doses taken as exact", format_number(curve.uncorrected[1])),
        ("area under the ROC (95 %)",
         f"{roc.area_share:.3f} ({roc.area_interval[0]:.3f} to {roc.area_interval[1]:.3f})"),
        ("area less optimism", f"{roc.area_corrected_share:.3f}"),
    )  # fmt: skip
    rows = tuple(("administration", name) for name in dict.fromkeys(
        row.administration for row, _, _ in result.account.complete))  # fmt: skip
    return (
        TracedTable(
            name="evidence_fit",
            caption=f"Response against log dose, {result.status}",
            unit=f"lesions with both, N = {curve.lesions}, of {curve.subjects} patients",
            columns=(("", "text"),),
            rows=tuple(
                TracedRow(heading=name, cells=(said(text, *(rows if not i else ())),))
                for i, (name, text) in enumerate(lines)
            ),
            notes=(f"rule: {result.rule.as_text()}; its SHA-256 {result.rule.sha256}",),
            doses=True,
        ),
    )


def _listing(result: EvidenceResult) -> TracedTable:
    rows = []
    for place, own in _places(result).items():
        for row in own:
            change = row.best_change_percent
            rows.append(
                TracedRow(
                    heading=f"{row.lesion} ({row.administration})",
                    group=place,
                    cells=(
                        said(row.subject),
                        said("") if row.dose_gy is None else measured(
                            row.dose_gy, row.dose_uncertainty_gy, *_keys(row)),
                        said(row.category),
                        said("" if change is None else f"{change:+.1f}"),
                        said("" if row.followed_d is None else str(row.followed_d)),
                    ),
                )
            )  # fmt: skip
    return TracedTable(
        name="evidence_lesions",
        caption="Every lesion: dose and what became of it",
        unit=f"lesions of an administration, N = {result.account.total}",
        columns=(("patient", "text"), ("mean dose", "Gy"), ("best category", "text"),
                 ("best change", "%"), ("followed", "d")),
        rows=tuple(rows),
        doses=True,
    )  # fmt: skip
