"""A study's evidence as one page that needs nothing but itself."""

from collections.abc import Mapping, Sequence
from math import exp, log
from typing import Any

from hevesy.evidence import (
    LINK_WORDS,
    Association,
    Complication,
    EvidenceResult,
    FurtherModels,
    pairs_words,
)
from hevesy.report.style import Picture, data_uri
from hevesy.report.table import Cell, Column, Row, Table

__all__ = ["FIGURE_TITLES", "association_table", "render_evidence_page"]

FIGURE_TITLES: Mapping[str, tuple[str, str]] = {
    "dose-response": (
        "Lesions, curve and threshold",
        "Each lesion's dose with its uncertainty; the curve, its band and the threshold where "
        "something was fitted",
    ),
    "roc": ("ROC", "Sensitivity and specificity of cuts of dose, patients resampled"),
    "control": (
        "Control curves",
        "Exploratory; doses' uncertainty undone where it is known; published doses beside them",
    ),
    "changes": ("Density and size", "Each lesion's change against its dose; exploratory"),
    "events": (
        "Events",
        "Each inclusion's activity, procedures and organ doses, and whether it had an event that "
        "is related to the agent; exploratory",
    ),
    "complications": (
        "Complications",
        "Each inclusion's mean dose to an organ, and whether it had an event of the organ's class; "
        "Lyman's curve where events were enough; exploratory",
    ),
    "laboratory": (
        "Laboratory",
        "Lowest value after the first administration against the one before; exploratory",
    ),
}
"""Figures of a study's evidence, in the order of the page."""

_LN2 = log(2)
_KINDS = {"poisson": "Poisson"}


def association_table(found: Sequence[Association]) -> Table:
    """Give all pairs of exposure and outcome, with intervals or why nothing was fitted.

    Parameters
    ----------
    found : sequence of Association

    Returns
    -------
    Table

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, associate_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0)]
    >>> pairs = associate_lesions(rows, rule=ThresholdRule(name="x"))
    >>> association_table(pairs).rows[0].cells[0].text
    '0'
    """
    level = f"{100 * found[0].confidence:g} %" if found else "95 %"
    rows, last = [], ""
    for one in found:
        group = one.exposure if one.exposure != last else ""
        last = one.exposure
        rows.append(Row(heading=one.outcome, group=group, cells=_cells(one)))
    return Table(
        caption=f"Exposures against outcomes. Exploratory: none chosen beforehand. "
        f"{pairs_words(found)}. The exposures' uncertainty is undone, unless they "
        "differ little beyond it: then they are taken as exact, and the slope is too flat.",
        columns=(
            Column(title="outcome", number=False),
            Column(title="counted"),
            Column(title="not counted"),
            Column(title="slope", unit="per doubling, procedure, or 10 % of the volume"),
            Column(title=level),
            Column(title="exposures taken as exact"),
        ),
        rows=tuple(rows),
        doses=True,
    )


def _cells(one: Association) -> tuple[Cell, ...]:
    counts = (Cell(text=str(len(one.points))), Cell(text=str(len(one.uncounted))))
    if one.coefficients is None or one.interval is None or one.uncorrected is None:
        missing = Cell(text="not fitted", detail=one.not_fitted, missing=True)
        return (*counts, missing, Cell(text="", missing=True), Cell(text="", missing=True))
    low, high = one.interval

    def word(value: float) -> str:
        return f"{exp(value):.2g}" if one.binary else f"{value:+.3g}"

    kind = "odds ratio" if one.binary else "percentage points"
    return (
        *counts,
        Cell(text=word(one.coefficients[1]), detail=kind),
        Cell(text=f"{word(low)} to {word(high)}"),
        Cell(text=word(one.uncorrected[1]), detail="so taken here, too" if one.note else ""),
    )


def _lesion_table(result: EvidenceResult, elsewhere: Sequence[tuple[str, str]]) -> Table:
    account = result.account
    rows = [
        Row(heading=row.subject, cells=(Cell(text=row.lesion), Cell(text=place)))
        for place, some in (
            ("dose without outcome", account.dose_without_outcome),
            ("outcome without dose", account.outcome_without_dose),
            ("neither dose nor outcome", account.neither),
        )
        for row in some
    ]
    rows += [
        Row(heading=subject, cells=(Cell(text=lesion), Cell(text="assessed, not injected")))
        for subject, lesion in elsewhere
    ]
    return Table(
        caption=f"Lesions that are not counted. {account.as_text()}.",
        columns=(
            Column(title="patient", number=False), Column(title="lesion", number=False),
            Column(title="why", number=False),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _uncounted_table(found: Sequence[Association]) -> Table:
    rows = [
        Row(heading=name, cells=(Cell(text=f"{one.exposure}, {one.outcome}"), Cell(text=why)))
        for one in found
        for name, why in one.uncounted
    ]
    return Table(
        caption="Rows that are not counted in a pair.",
        columns=(
            Column(title="row", number=False), Column(title="pair", number=False),
            Column(title="why", number=False),
        ),
        rows=tuple(rows),
    )  # fmt: skip


def _answer(result: EvidenceResult) -> list[str]:
    curve, roc, threshold = result.curve, result.roc, result.threshold
    if curve is None or roc is None or threshold is None:
        return [f"Nothing was fitted: {result.not_fitted}."]
    low, high = curve.slope_interval()
    level = f"{100 * curve.confidence:.4g} %"
    return [
        f"Threshold: {threshold.as_text()} ({level} interval).",
        f"Slope of the {LINK_WORDS[curve.link]} per doubling of dose: "
        f"{curve.coefficients[1] * _LN2:.2f} ({level}: {low * _LN2:.2f} to {high * _LN2:.2f}); "
        f"doses taken as exact {curve.uncorrected[1] * _LN2:.2f}.",
        f"Area under the ROC: {roc.area_share:.2f} ({level}: {roc.area_interval[0]:.2f} to "
        f"{roc.area_interval[1]:.2f}), less optimism {roc.area_corrected_share:.2f}. "
        "0.5: dose tells nothing; 1: a cut of dose tells the outcomes apart; below 0.5: the "
        "outcome is rarer with more dose.",
    ]


def _beside(further: FurtherModels, complications: Sequence[Complication]) -> list[str]:
    """Control curves, ordered response, time to progression and complications, in words."""
    said = []
    for one in further.control:
        half = "none" if one.half_gy is None else f"{one.half_gy:.3g} Gy"
        low, high = ("no limit" if x is None else f"{x:.3g} Gy" for x in one.half_interval_gy)
        plain = one.exact_half[0]
        said.append(
            f"Control curve, {_KINDS.get(one.kind, one.kind)}: half of the lesions at {half} "
            f"({low} to {high}); doses taken as exact "
            f"{'none' if plain is None else f'{plain:.3g} Gy'}."
        )
    if further.ordinal is not None:
        low, high = (f"{exp(x):.2f}" for x in further.ordinal.cluster_interval)
        said.append(
            "Odds of a better category per doubling of dose: "
            f"{exp(further.ordinal.log_odds[0]):.2f} ({low} to {high}); doses taken as exact "
            f"{exp(further.ordinal.uncorrected[0]):.2f}."
        )
    if further.hazard is not None:
        low, high = (f"{exp(x):.2f}" for x in further.hazard.cluster_interval)
        said.append(
            "Hazard of progression (loss of local control) per doubling of dose: "
            f"{exp(further.hazard.log_hazard[0]):.2f} ({low} to {high}), "
            f"{further.hazard.events} events; doses taken as exact "
            f"{exp(further.hazard.uncorrected[0]):.2f}."
        )
    said += [f"{one.as_text()[0].upper()}{one.as_text()[1:]}." for one in complications]
    said += [f"Not fitted: {note}." for note in further.notes]
    return [*said, *(f"{note[0].upper()}{note[1:]}." for note in further.remarks)]


def render_evidence_page(
    result: EvidenceResult,
    further: FurtherModels,
    associations: Sequence[Association],
    figures: Mapping[str, bytes],
    *,
    study: str,
    why: str,
    lines: Sequence[str],
    notes: Sequence[str],
    elsewhere: Sequence[tuple[str, str]],
    complications: Sequence[Complication] = (),
) -> str:
    """Render a study's evidence as HTML; it refers to nothing outside itself.

    Parameters
    ----------
    result : EvidenceResult
    further : FurtherModels
    associations : sequence of Association
    figures : mapping of str to bytes
        SVG by name, see `FIGURE_TITLES`.
    study : str
    why : str
        What the rule's status rests on.
    lines, notes : sequence of str
    elsewhere : sequence of (str, str)
        Patient and lesion of those that nobody injected.
    complications : sequence of Complication

    Returns
    -------
    str

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions, fit_further
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, responded=True)]
    >>> rule = ThresholdRule(name="x")
    >>> page = render_evidence_page(
    ...     analyse_lesions(rows, rule=rule), fit_further(rows, rule=rule), [], {}, lines=[],
    ...     study="A study", notes=[], why="fixed after the unblinding", elsewhere=[])
    >>> "Exploratory" in page, "Nothing was fitted" in page
    (True, True)
    """
    tables = [("not-counted", _lesion_table(result, elsewhere))]
    if associations:
        tables.insert(0, ("pairs", association_table(associations)))
        tables.append(("rows-not-counted", _uncounted_table(associations)))
    return str(
        _environment()
        .get_template("evidence.html.j2")
        .render(
            study=study,
            status=result.status,
            why=why,
            rule=result.rule.as_text(),
            sha256=result.rule.sha256,
            lines=lines,
            answer=_answer(result),
            beside=_beside(further, complications),
            beside_status=further.status,
            beside_level=f"{100 * result.rule.confidence:g} %",
            notes=notes,
            pictures=[
                Picture(
                    title=title, caption=f"{caption}. {result.status.capitalize()}."
                    if name in {"dose-response", "roc"} else f"{caption}.",
                    alt=f"{title}. {caption}", uri=data_uri(figures[name], "image/svg+xml"),
                )
                for name, (title, caption) in FIGURE_TITLES.items()
                if name in figures
            ],
            tables=[(name, content) for name, content in tables if content.rows],
        )
    )  # fmt: skip


def _environment() -> Any:
    import jinja2

    return jinja2.Environment(
        loader=jinja2.PackageLoader("hevesy.report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
