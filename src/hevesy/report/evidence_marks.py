"""Dose and outcome as marks: lesions, curve, band and threshold; the ROC; control curves."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import OutputError
from hevesy.evidence import (
    PUBLISHED_DOSES,
    PUBLISHED_WARNING,
    ControlCurve,
    EvidenceResult,
    FurtherModels,
    LesionOutcome,
    probability_of,
)
from hevesy.report.figure_marks import Mark, Panel, line_marks, note_mark

__all__ = [
    "BEST_CUT",
    "BEYOND",
    "CORRECTED",
    "EXACT",
    "NO_DISCRIMINATION",
    "PUBLISHED",
    "ROC",
    "THRESHOLD",
    "mark_control",
    "mark_dose_response",
    "mark_roc",
]

Floats = NDArray[np.float64]
CORRECTED, EXACT = "curve, doses' uncertainty undone", "doses taken as exact"
THRESHOLD, ROC, BEST_CUT = "threshold", "ROC", "best cut"
NO_DISCRIMINATION, PUBLISHED, BEYOND = "no discrimination", "published", ", beyond the doses seen"


def mark_dose_response(result: EvidenceResult) -> tuple[Panel, ...]:
    """Give lesions with their doses' uncertainty, the curve with its band, and the threshold.

    Where nothing was fitted, the lesions alone.

    Parameters
    ----------
    result : EvidenceResult

    Returns
    -------
    tuple of Panel
        One. A dose's limits are those of one standard deviation of its logarithm.

    Examples
    --------
    >>> from hevesy.evidence import ThresholdRule, analyse_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, responded=True)]
    >>> panel = mark_dose_response(analyse_lesions(rows, rule=ThresholdRule(name="x")))[0]
    >>> [(one.label, one.x, one.y) for one in panel.of("point")]
    [('T', 80.0, 1.0)]
    """
    marks = [*_lesions(result), *_curve(result), *_threshold(result)]
    return (
        Panel(
            title=_title(result), x_is=_metric(result), x_scale="log",
            y_is=f"share of lesions with {_endpoint(result)}",
            marks=tuple(marks) or (note_mark("no lesion has dose and outcome"),),
        ),
    )  # fmt: skip


def _metric(result: EvidenceResult) -> str:
    return f"{result.rule.metric.removesuffix('_gy').replace('_', ' ')} (Gy)"


def _endpoint(result: EvidenceResult) -> str:
    days = result.rule.horizon_d
    return "response" if days is None else f"local control at {days} d"


def _keys(row: LesionOutcome) -> tuple[tuple[str, str], ...]:
    named = (("administration", row.administration), ("lesion", row.lesion))
    return tuple(key for key in named if key[1])


def _lesions(result: EvidenceResult) -> Iterator[Mark]:
    complete = result.account.complete
    for outcome, word in ((True, "with"), (False, "without")):
        chosen = [(row, dose) for row, dose, found in complete if found is outcome]
        for row, dose in chosen:
            unsure = row.dose_uncertainty_gy
            relative = (unsure or 0.0) / row.dose_gy if row.dose_gy else 0.0
            width = float(np.exp(np.sqrt(np.log1p(relative**2))))
            yield Mark(
                series=f"lesions {word} {_endpoint(result)} (n = {len(chosen)}), dose ± 1 SD",
                kind="point", label=row.lesion, x=dose, x_low=None if not unsure else dose / width,
                x_high=None if not unsure else dose * width, y=float(outcome), records=_keys(row),
            )  # fmt: skip


def _bands(series: str, x: Floats, low: Floats, high: Floats) -> Iterator[Mark]:
    for a, b, c in zip(x.tolist(), low.tolist(), high.tolist(), strict=True):
        yield Mark(series=series, kind="band", x=a, y_low=b, y_high=c)


def _curve(result: EvidenceResult) -> Iterator[Mark]:
    curve = result.curve
    if curve is None:
        return
    first, last = curve.doses_range
    dose = np.geomspace(first / 1.15, last * 1.15, 400)
    yield from _bands(f"{100 * curve.confidence:.4g} % band, patients resampled", dose,
                      *curve.band(dose))  # fmt: skip
    yield from line_marks(CORRECTED, dose.tolist(), curve.probability(dose).tolist())
    if curve.uncorrected != curve.coefficients:
        intercept, slope = curve.uncorrected
        plain = probability_of(intercept + slope * np.log(dose / curve.reference_gy), curve.link)
        yield from line_marks(EXACT, dose.tolist(), plain.tolist())


def _threshold(result: EvidenceResult) -> Iterator[Mark]:
    found = result.threshold
    if found is None or found.dose_gy is None:
        return
    level = result.rule.probability if result.rule.method == "probability" else 0.5
    low = "no lower limit" if found.low_gy is None else f"{found.low_gy:.3g}"
    high = "no upper limit" if found.high_gy is None else f"{found.high_gy:.3g}"
    yield Mark(
        series=THRESHOLD, kind="point", label=f"{found.dose_gy:.3g} Gy ({low} to {high})",
        x=found.dose_gy, x_low=found.low_gy, x_high=found.high_gy, y=level,
    )  # fmt: skip
    if result.rule.method == "probability":
        yield Mark(series="", kind="rule", label="level of the rule", y=level)


def _title(result: EvidenceResult) -> str:
    n = result.account.counts
    said = f"{n['complete']} of {result.account.total} lesions have dose and outcome"
    if result.not_fitted:
        why = result.not_fitted.split(":")[0].split(";")[0]
        return f"{said}; nothing fitted: {why}; {result.status}"
    return f"{said}; {result.status}"


def mark_roc(result: EvidenceResult) -> tuple[Panel, ...]:
    """Give the ROC of dose for the outcome, its area and its best cut.

    Parameters
    ----------
    result : EvidenceResult
        In which something was fitted.

    Returns
    -------
    tuple of Panel
        One; a point for each cut, labelled with it.

    Raises
    ------
    OutputError
        Nothing was fitted.

    Examples
    --------
    >>> from hevesy.evidence import ThresholdRule, analyse_lesions
    >>> rows = [LesionOutcome(subject=str(i), lesion="T", dose_gy=20.0 + i, responded=i % 5 > 2)
    ...         for i in range(20)]
    >>> result = analyse_lesions(rows, rule=ThresholdRule(name="x", resamples=120))
    >>> mark_roc(result)[0].of("line", "no discrimination")[1].y
    1.0
    """
    roc = result.roc
    if roc is None:
        raise OutputError("there is no ROC to draw", got=result.not_fitted, remedy="leave it out")
    false = [*(1 - roc.specificity).tolist(), 0.0]
    true = [*roc.sensitivity.tolist(), 0.0]
    best = int(np.argmin(np.abs(roc.cuts_gy - roc.best_cut_gy)))
    low, high = roc.area_interval
    cut = roc.best_cut_interval_gy
    percent = f"{100 * roc.confidence:.4g} %"
    other = result.rule.method != "youden" and result.status != "exploratory"
    notes = (
        f"area {roc.area_share:.2f} ({percent}: {low:.2f} to {high:.2f})",
        f"less optimism {roc.area_corrected_share:.2f}",
        f"best cut {roc.best_cut_gy:.3g} Gy ({cut[0]:.3g} to {cut[1]:.3g})",
        f"Youden {roc.youden_share:.2f}, less optimism {roc.youden_corrected_share:.2f}",
    )
    return (
        Panel(
            title=f"ROC of dose, {result.status}{'; cut: exploratory' if other else ''}",
            x_is="1 - specificity", y_is="sensitivity",
            marks=(
                *line_marks(NO_DISCRIMINATION, [0, 1], [0, 1]),
                *line_marks(ROC, false, true),
                *(Mark(series="cuts of dose", kind="point", label=f"{at:.6g} Gy", x=x, y=y)
                  for at, x, y in zip(roc.cuts_gy.tolist(), false, true, strict=False)),
                Mark(series=BEST_CUT, kind="point", label=f"{roc.best_cut_gy:.6g} Gy",
                     x=false[best], y=true[best]),
                *(note_mark(words) for words in notes),
            ),
        ),
    )  # fmt: skip


def mark_control(result: EvidenceResult, further: FurtherModels) -> tuple[Panel, ...]:
    """Give the fitted control curves with their bands, and published doses beside them.

    Parameters
    ----------
    result : EvidenceResult
    further : FurtherModels

    Returns
    -------
    tuple of Panel
        One.

    Raises
    ------
    OutputError
        No control curve was fitted.

    Examples
    --------
    >>> from hevesy.evidence import ThresholdRule, analyse_lesions, fit_further
    >>> rows = [LesionOutcome(subject=str(i), lesion="T", dose_gy=20.0 + i, responded=i % 5 > 2)
    ...         for i in range(20)]
    >>> rule = ThresholdRule(name="x", resamples=120)
    >>> panel = mark_control(analyse_lesions(rows, rule=rule), fit_further(rows, rule=rule))[0]
    >>> panel.y_is
    'share of lesions with response'
    """
    if not further.control or result.curve is None:
        raise OutputError("there is no control curve to draw", remedy="leave it out")
    low, high = result.curve.doses_range
    most = max(high * 1.1, max(one.dose_gy for one in PUBLISHED_DOSES) * 1.1)
    seen, beyond = np.linspace(low, high, 300), np.linspace(high, most, 100)
    marks: list[Mark] = []
    for curve in further.control:
        half = "none" if curve.half_gy is None else f"{curve.half_gy:.3g} Gy"
        ends = ["no limit" if end is None else f"{end:.3g}" for end in curve.half_interval_gy]
        name = f"{curve.kind}: D50 {half} ({ends[0]} to {ends[1]})"
        marks += [
            *_bands(f"{curve.kind}, {100 * curve.confidence:.4g} % band", seen, *curve.band(seen)),
            *_line(name, seen, curve),
            *_line(f"{curve.kind}{BEYOND}", beyond, curve),
        ]
        if curve.uncorrected != curve.coefficients:
            plain = replace(curve, coefficients=curve.uncorrected)
            marks += _line(f"{curve.kind}, {EXACT}", seen, plain)
    shown: dict[float, list[str]] = {}
    for one in PUBLISHED_DOSES:
        shown.setdefault(one.dose_gy, []).append(f"{one.agent}: {one.what}")
    marks += [
        Mark(series=PUBLISHED, kind="rule", label="; ".join([f"{dose:g} Gy", *words]), x=dose)
        for dose, words in shown.items()
    ]
    marks.append(note_mark(f"Published doses for comparison only: {PUBLISHED_WARNING}."))
    return (
        Panel(
            title=f"Control curves, {further.status}", x_is=_metric(result),
            y_is=f"share of lesions with {_endpoint(result)}", marks=tuple(marks),
        ),
    )  # fmt: skip


def _line(name: str, dose: Floats, curve: ControlCurve) -> tuple[Mark, ...]:
    return line_marks(name, dose.tolist(), curve.probability(dose).tolist())
