"""Dose and outcome as figures: the curve with its band and the lesions, and the ROC."""

import io
import textwrap
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from hevesy.errors import OutputError
from hevesy.evidence import PUBLISHED_DOSES, PUBLISHED_WARNING, EvidenceResult, FurtherModels
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    PAGE_WIDTH_MM,
    SKY,
    VERMILLION,
    drawing,
    new_figure,
    to_png,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_control", "draw_dose_response", "draw_roc", "render_evidence_figure"]

_FORMATS = ("png", "pdf", "svg")


def draw_dose_response(result: EvidenceResult) -> "Figure":
    """Draw lesions with their doses' uncertainty, the curve with its band, and the threshold.

    Where nothing was fitted, the lesions alone.

    Parameters
    ----------
    result : EvidenceResult

    Returns
    -------
    matplotlib.figure.Figure
        178 mm wide; draw and save it within `hevesy.report.style.drawing`.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, responded=True)]
    >>> with drawing():
    ...     figure = draw_dose_response(analyse_lesions(rows, rule=ThresholdRule(name="x")))
    >>> figure.axes[0].get_xlabel()
    'mean dose (Gy)'
    """
    figure = new_figure(PAGE_WIDTH_MM, 92)
    axes = figure.add_subplot()
    axes.set_xscale("log")
    _lesions(axes, result)
    curve = result.curve
    if curve is not None:
        low, high = curve.doses_range
        dose = np.geomspace(low / 1.15, high * 1.15, 400)
        below, above = curve.band(dose)
        axes.fill_between(
            dose, below, above, color=SKY, alpha=0.35, lw=0,
            label=f"{100 * curve.confidence:g} % band, patients resampled",
        )  # fmt: skip
        axes.plot(dose, curve.probability(dose), color=BLUE, lw=1.8,
                  label="curve, doses' uncertainty undone")  # fmt: skip
        intercept, slope = curve.uncorrected
        if curve.uncorrected != curve.coefficients:
            from hevesy.evidence import probability_of

            plain = probability_of(intercept + slope * np.log(dose / curve.reference_gy),
                                   curve.link)  # fmt: skip
            axes.plot(dose, plain, color=GREY, lw=1.2, ls=(0, (5, 1.6)),
                      label="doses taken as exact")  # fmt: skip
    _threshold(axes, result)
    axes.set_ylim(-0.16, 1.16)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel(f"{result.rule.metric.removesuffix('_gy').replace('_', ' ')} (Gy)")
    axes.set_ylabel(f"share of lesions with {_endpoint(result)}")
    axes.set_title(_title(result))
    _dose_ticks(axes)
    figure.legend(loc="outside right upper")
    return figure


def _dose_ticks(axes: "Axes") -> None:
    """Doses of 1, 2 and 5 times a power of ten, in plain figures."""
    from matplotlib.ticker import NullLocator

    low, high = axes.get_xlim()
    powers = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    ticks = [m * 10.0**k for k in powers for m in (1, 2, 5) if low <= m * 10.0**k <= high]
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlim(low, high)


def _endpoint(result: EvidenceResult) -> str:
    days = result.rule.horizon_d
    return "response" if days is None else f"local control at {days} d"


def _lesions(axes: "Axes", result: EvidenceResult) -> None:
    complete = result.account.complete
    shift = np.random.default_rng(1).uniform(-0.055, 0.055, len(complete))
    for outcome, colour, marker, word in (
        (True, BLUE, "o", "with"), (False, VERMILLION, "s", "without"),
    ):  # fmt: skip
        chosen = [i for i, row in enumerate(complete) if row[2] is outcome]
        if not chosen:
            continue
        x = np.array([complete[i][1] for i in chosen])
        relative = np.array(
            [
                (row.dose_uncertainty_gy or 0.0) / row.dose_gy if row.dose_gy else 0.0
                for row in (complete[i][0] for i in chosen)
            ]
        )
        width = np.exp(np.sqrt(np.log1p(relative**2)))
        base = 1.08 if outcome else -0.08
        axes.errorbar(
            x, base + shift[chosen], xerr=[x - x / width, x * width - x], fmt=marker, ms=3.4,
            color=colour, mfc="white", elinewidth=0.6, lw=0,
            label=f"lesions {word} {_endpoint(result)}\n(n = {len(chosen)}), dose ± 1 SD",
        )  # fmt: skip


def _threshold(axes: "Axes", result: EvidenceResult) -> None:
    found = result.threshold
    if found is None or found.dose_gy is None:
        return
    low, high = axes.get_xlim()
    left = low if found.low_gy is None else found.low_gy
    right = high if found.high_gy is None else found.high_gy
    level = result.rule.probability if result.rule.method == "probability" else 0.5
    axes.plot([left, right], [level, level], color=INK, lw=1.6, solid_capstyle="butt")
    axes.plot([found.dose_gy], [level], "D", color=INK, ms=5, label=f"threshold: {_range(result)}")
    axes.axhline(level, color=GREY, lw=0.6, ls=(0, (1.2, 1.4)))
    axes.set_xlim(low, high)


def _range(result: EvidenceResult) -> str:
    found = result.threshold
    if found is None or found.dose_gy is None:
        return "none"
    low = "no lower limit" if found.low_gy is None else f"{found.low_gy:.3g}"
    high = "no upper limit" if found.high_gy is None else f"{found.high_gy:.3g}"
    return f"{found.dose_gy:.3g} Gy\n({low} to {high})"


def _title(result: EvidenceResult) -> str:
    n = result.account.counts
    said = f"{n['complete']} of {result.account.total} lesions have dose and outcome"
    if result.not_fitted:
        return f"{said}; nothing fitted: {result.not_fitted.split(':')[0]}"
    return f"{said}; {result.status}"


def draw_roc(result: EvidenceResult) -> "Figure":
    """Draw the ROC of dose for the outcome.

    Parameters
    ----------
    result : EvidenceResult
        In which something was fitted.

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    OutputError
        Nothing was fitted.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions
    >>> rows = [LesionOutcome(subject=str(i), lesion="T", dose_gy=20.0 + i, responded=i % 5 > 2)
    ...         for i in range(20)]
    >>> rule = ThresholdRule(name="x", resamples=120)
    >>> with drawing():
    ...     draw_roc(analyse_lesions(rows, rule=rule)).axes[0].get_xlabel()
    '1 - specificity'
    """
    roc = result.roc
    if roc is None:
        raise OutputError("there is no ROC to draw", got=result.not_fitted, remedy="leave it out")
    figure = new_figure(100, 100)
    axes = figure.add_subplot()
    false = np.concatenate([1 - roc.specificity, [0.0]])
    true = np.concatenate([roc.sensitivity, [0.0]])
    axes.plot([0, 1], [0, 1], color=GREY, lw=0.8, ls=(0, (1.2, 1.4)))
    axes.plot(false, true, color=BLUE, drawstyle="default", lw=1.6)
    best = int(np.argmin(np.abs(roc.cuts_gy - roc.best_cut_gy)))
    axes.plot([false[best]], [true[best]], "D", color=VERMILLION, ms=5)
    low, high = roc.area_interval
    cut = roc.best_cut_interval_gy
    percent = f"{100 * result.rule.confidence:g} %"
    axes.text(
        0.98, 0.03,
        f"area {roc.area_share:.2f} ({percent}: {low:.2f} to {high:.2f})\n"
        f"less optimism {roc.area_corrected_share:.2f}\n"
        f"best cut {roc.best_cut_gy:.3g} Gy ({cut[0]:.3g} to {cut[1]:.3g})\n"
        f"Youden {roc.youden_share:.2f}, less optimism {roc.youden_corrected_share:.2f}",
        ha="right", va="bottom", transform=axes.transAxes, fontsize=7,
    )  # fmt: skip
    axes.set_xlim(-0.02, 1.02)
    axes.set_ylim(-0.02, 1.02)
    axes.set_aspect("equal")
    axes.set_xlabel("1 - specificity")
    axes.set_ylabel("sensitivity")
    other = result.rule.method != "youden" and result.status != "exploratory"
    youden = "; cut: exploratory" if other else ""
    axes.set_title(f"ROC of dose, {result.status}{youden}")
    return figure


def draw_control(result: EvidenceResult, further: FurtherModels) -> "Figure":
    """Draw the fitted control curves with their bands, and published doses beside them.

    Parameters
    ----------
    result : EvidenceResult
    further : FurtherModels

    Returns
    -------
    matplotlib.figure.Figure

    Raises
    ------
    OutputError
        No control curve was fitted.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions, fit_further
    >>> rows = [LesionOutcome(subject=str(i), lesion="T", dose_gy=20.0 + i, responded=i % 5 > 2)
    ...         for i in range(20)]
    >>> rule = ThresholdRule(name="x", resamples=120)
    >>> with drawing():
    ...     figure = draw_control(analyse_lesions(rows, rule=rule), fit_further(rows, rule=rule))
    >>> figure.axes[0].get_ylabel()
    'share of lesions with response'
    """
    if not further.control or result.curve is None:
        raise OutputError("there is no control curve to draw", remedy="leave it out")
    figure = new_figure(PAGE_WIDTH_MM, 92)
    axes = figure.add_subplot()
    low, high = result.curve.doses_range
    most = max(high * 1.1, max(one.dose_gy for one in PUBLISHED_DOSES) * 1.1)
    seen = np.linspace(low, high, 300)
    beyond = np.linspace(high, most, 100)
    looks = ((BLUE, "-", SKY), (VERMILLION, (0, (5, 1.6)), VERMILLION))
    for curve, (colour, dash, fill) in zip(further.control, looks, strict=False):
        below, above = curve.band(seen)
        axes.fill_between(seen, below, above, color=fill, alpha=0.22, lw=0)
        half = "none" if curve.half_gy is None else f"{curve.half_gy:.3g} Gy"
        ends = [
            word if limit is None else f"{limit:.3g}"
            for limit, word in zip(curve.half_interval_gy, ("no limit", "no limit"), strict=True)
        ]
        axes.plot(seen, curve.probability(seen), color=colour, ls=dash, lw=1.8,
                  label=f"{curve.kind}: D50 {half}\n({ends[0]} to {ends[1]})")  # fmt: skip
        if curve.uncorrected != curve.coefficients:
            plain = replace(curve, coefficients=curve.uncorrected)
            axes.plot(seen, plain.probability(seen), color=colour, ls=(0, (1.2, 1.4)), lw=1.0,
                      label=f"{curve.kind}, doses taken as exact")  # fmt: skip
        axes.plot(beyond, curve.probability(beyond), color=colour, ls=dash, lw=0.7)
    dots: tuple[Any, ...] = (
        (0, (1.2, 1.4)), (0, (3, 3)), (0, (8, 2)), (0, (6, 1.4, 1.2, 1.4)),
    )  # fmt: skip
    shown: dict[float, list[str]] = {}
    for one in PUBLISHED_DOSES:
        shown.setdefault(one.dose_gy, []).append(f"{one.agent}:\n  {one.what}")
    for (dose, words), dash in zip(shown.items(), dots, strict=True):
        axes.axvline(dose, color=GREY, lw=1.1, ls=dash,
                     label="\n".join([f"published {dose:g} Gy", *words]))  # fmt: skip
    axes.set_xlim(0, most)
    axes.set_ylim(0, 1.02)
    axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
    axes.set_xlabel(f"{result.rule.metric.removesuffix('_gy').replace('_', ' ')} (Gy)")
    figure.supxlabel(
        textwrap.fill(f"Published doses for comparison only: {PUBLISHED_WARNING}.", 120),
        fontsize=6.5, color=INK,
    )  # fmt: skip
    axes.set_ylabel(f"share of lesions with {_endpoint(result)}")
    axes.set_title(f"Control curves, {further.status}")
    figure.legend(loc="outside right upper")
    return figure


def render_evidence_figure(
    figure: str, result: EvidenceResult, file_format: str, *, further: FurtherModels | None = None
) -> bytes:
    """Draw a figure of the evidence and give its bytes.

    Parameters
    ----------
    figure : str
        ``"dose-response"``, ``"roc"``, or with `further` ``"control"``.
    result : EvidenceResult
    file_format : str
        ``"png"`` (300 dpi), ``"pdf"`` or ``"svg"``.
    further : FurtherModels, optional

    Returns
    -------
    bytes

    Raises
    ------
    OutputError
        Another figure or format.

    Examples
    --------
    >>> from hevesy.evidence import LesionOutcome, ThresholdRule, analyse_lesions
    >>> rows = [LesionOutcome(subject="1", lesion="T", dose_gy=80.0, responded=True)]
    >>> result = analyse_lesions(rows, rule=ThresholdRule(name="x"))
    >>> render_evidence_figure("dose-response", result, "svg")[:5]
    b'<?xml'
    """
    drawers: dict[str, Callable[[EvidenceResult], Figure]] = {
        "dose-response": draw_dose_response,
        "roc": draw_roc,
    }
    if further is not None:
        drawers["control"] = lambda found: draw_control(found, further)
    if file_format not in _FORMATS or figure not in drawers:
        raise OutputError(
            "this figure can't be drawn", got=f"{figure}.{file_format}",
            allowed=f"{', '.join(drawers)} as {', '.join(_FORMATS)}", remedy="name another",
        )  # fmt: skip
    with drawing():
        drawn = drawers[figure](result)
        if file_format == "png":
            return to_png(drawn, dpi=300)
        if file_format == "svg":
            return to_svg(drawn)
        buffer = io.BytesIO()
        drawn.savefig(buffer, format="pdf", metadata={"CreationDate": None})
        return buffer.getvalue()
