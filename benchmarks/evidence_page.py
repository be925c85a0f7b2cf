"""The page and figure of the simulated studies with a known threshold."""

from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.evidence_intervals import INTERVALS, USED
from benchmarks.evidence_truths import truths_lines
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    PAGE_WIDTH_MM,
    VERMILLION,
    drawing,
    new_figure,
    to_svg,
)
from hevesy.trial import clopper_pearson_percent

__all__ = ["FIGURE", "PAGE", "counted", "page", "pooled", "write"]

PAGE, FIGURE = "evidence.md", "evidence.svg"
_NAMES = {"calibration": "uncertainty undone", "none": "doses taken as exact"}
_RULES = {
    "percentile": "percentiles, linear rule (as it was)",
    "order statistic": "percentiles, order statistics (R + 1) p",
    "expanded": "**expanded percentiles, order statistics (in use)**",
    "Fieller": "resamples' covariance, Student's t (Fieller)",
}


def counted(
    stored: dict[str, Any], patients: int, correction: str, k: int, rule: str = USED
) -> dict[str, Any]:
    """Bias, coverage and width at a number of patients, for a correction and a probability.

    Of another rule than the one in use the limits are stored for the first correction alone.
    """
    truth = stored["thresholds_gy"][k]
    rows = [r for r in stored["studies"] if r["patients"] == patients]
    fitted = [row[correction][k] for row in rows if correction in row]
    if rule != USED:
        other = [row["limits"][rule][k] for row in rows if correction in row]
        fitted = [[row[0], *ends] for row, ends in zip(fitted, other, strict=True)]
    dose = np.array([np.inf if row[0] is None else row[0] for row in fitted])
    low = np.array([0.0 if row[1] is None else row[1] for row in fitted])
    high = np.array([np.inf if row[2] is None else row[2] for row in fitted])
    bounded = (low > 0) & np.isfinite(high)
    ratio = np.full(low.shape, np.inf)
    ratio[bounded] = high[bounded] / low[bounded]
    covered = (low <= truth) & (truth <= high)
    return {
        "studies": len(rows),
        "fitted": len(fitted),
        "truth": truth,
        "median": float(np.median(dose)),
        "bias": 100 * (float(np.median(dose)) / truth - 1),
        "spread": 50 * float(np.subtract(*np.percentile(np.log(dose), [84.1, 15.9]))),
        "covered": int(covered.sum()),
        "above": int((low > truth).sum()),
        "below": int((high < truth).sum()),
        "ratio": float(np.median(ratio)),
        "unbounded": int((~bounded).sum()),
        "rows": (dose, low, high),
    }


def write(stored: dict[str, Any], pages: Path) -> None:
    """Write the page and its figure."""
    (pages / PAGE).write_text(page(stored), encoding="utf-8")
    with drawing():
        (pages / FIGURE).write_bytes(to_svg(draw(stored)))


def _sizes(stored: dict[str, Any]) -> tuple[int, int]:
    first = stored["studies"][0]["patients"]
    return first, stored["needed"]


def draw(stored: dict[str, Any]) -> Any:
    """Intervals of the first 60 studies of each size, and the estimates of all."""
    figure = new_figure(PAGE_WIDTH_MM, 78)
    axes = figure.subplots(1, 3, width_ratios=(1, 1, 0.8))
    k = len(stored["probabilities"]) - 1
    truth = stored["thresholds_gy"][k]
    share = f"{100 * stored['probabilities'][k]:g} %"
    for ax, patients in zip(axes, _sizes(stored), strict=False):
        found = counted(stored, patients, "calibration", k)
        dose, low, high = (values[:60] for values in found["rows"])
        at = np.arange(dose.size)
        misses = (low > truth) | (truth > high)
        for chosen, colour, width in ((~misses, BLUE, 0.9), (misses, VERMILLION, 1.6)):
            ax.vlines(at[chosen], np.maximum(low[chosen], 20), np.minimum(high[chosen], 2000),
                      color=colour, lw=width)  # fmt: skip
            ax.plot(at[chosen], dose[chosen], "o" if width < 1 else "s", ms=2.4, color=colour)
        ax.axhline(truth, color=INK, lw=0.8)
        ax.set_yscale("log")
        ax.set_ylim(50, 1000)
        ax.set_yticks([50, 100, 200, 500, 1000], ["50", "100", "200", "500", "1000"])
        ax.minorticks_off()
        ax.set_xlabel("study")
        ax.set_ylabel(f"dose at which {share} respond (Gy)")
        ax.set_title(f"{patients} patients: 60 of {found['studies']} studies")
    ax = axes[2]
    labels, y = [], 0
    for patients in _sizes(stored):
        for k, p in enumerate(stored["probabilities"]):
            for correction, colour, marker in (
                ("calibration", BLUE, "o"), ("none", GREY, "s"),
            ):  # fmt: skip
                found = counted(stored, patients, correction, k)
                share = 100 * found["covered"] / found["fitted"]
                low, high = clopper_pearson_percent(found["covered"], found["fitted"])
                ax.errorbar(share, y, xerr=[[share - low], [high - share]], fmt=marker, ms=4,
                            color=colour, elinewidth=1,
                            label=_NAMES[correction] if y < 2 else None)  # fmt: skip
                y += 1
            labels.append((y - 1.5, f"n = {patients}, {100 * p:g} %"))
            y += 0.6
    ax.axvline(95, color=INK, lw=0.8)
    ax.set_yticks([at for at, _ in labels], [text for _, text in labels])
    ax.set_xlim(78, 99.5)
    ax.set_ylim(y - 0.1, -1.6)
    ax.set_xlabel("hold the truth (%)")
    ax.set_title("coverage (of 95 %)")
    ax.legend(loc="upper left", fontsize=5.5, handlelength=1.2, borderaxespad=0.1)
    return figure


def _row(stored: dict[str, Any], patients: int, correction: str, k: int) -> str:
    found = counted(stored, patients, correction, k)
    low, high = clopper_pearson_percent(found["covered"], found["fitted"])
    off = " **below**" if high < 95 else " **above**" if low > 95 else ""
    ratio = "no limit" if not np.isfinite(found["ratio"]) else f"{found['ratio']:.2f}"
    return (
        f"| {patients} | {100 * stored['probabilities'][k]:g} % ({found['truth']:.1f} Gy) "
        f"| {_NAMES[correction]} | {found['median']:.1f} | {found['bias']:+.1f} "
        f"| {found['spread']:.0f} "
        f"| {100 * found['covered'] / found['fitted']:.1f} ({low:.1f} to {high:.1f}){off} "
        f"| {found['above']} / {found['below']} | {ratio} | {found['unbounded']} "
        f"| {found['studies'] - found['fitted']} |"
    )


def _rules(stored: dict[str, Any]) -> list[str]:
    """Coverage and width of other rules from the same resamples, both sizes."""
    lines = [
        "## Why this interval",
        "",
        "The limits are draws among the resamples. Which draws, is a choice. That the former one, "
        "the linear percentiles, held the truth in 93.3 % of 1,000 studies of 36 and 94 patients was "
        "the reason to look; what to take in its place was settled by two arguments, not by the best number "
        "below, and nothing was tuned:",
        "",
        "- Of R draws the share p lies below the (R + 1) p-th on average, not below the "
        "1 + (R - 1) p-th that the common linear rule takes: of 200 draws that leaves 3.0 % beyond "
        "each limit in place of 2.5 % (Davison and Hinkley 1997, section 5.2.1; Hyndman and Fan "
        "1996, type 6).",
        "- Resamples of n patients scatter too little, by the square root of (n - 1) / n, and "
        "normal tails take their spread as known. Hesterberg's expanded percentiles "
        "(Am Stat 2015;69:371) go as far out as makes the interval of a normal mean Student's own: "
        "at n = 36 to 1.98 %, at n = 10 to 0.86 % beyond each limit.",
        "",
        "Neither knows of thresholds. What they do to one, beside other intervals from the same "
        "resamples (doses' uncertainty undone):",
        "",
        "| interval | patients | threshold | covered (%) | missed: interval above / below "
        "| upper/lower, median | without a limit |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in INTERVALS:
        for patients in _sizes(stored):
            for k, p in enumerate(stored["probabilities"]):
                found = counted(stored, patients, "calibration", k, rule)
                share = 100 * found["covered"] / found["fitted"]
                low, high = clopper_pearson_percent(found["covered"], found["fitted"])
                ratio = "none" if not np.isfinite(found["ratio"]) else f"{found['ratio']:.2f}"
                lines.append(
                    f"| {_RULES[rule]} | {patients} | {100 * p:g} % | {share:.1f} ({low:.1f} to "
                    f"{high:.1f}) | {found['above']} / {found['below']} | {ratio} "
                    f"| {found['unbounded']} |"
                )
    lines += ["", *_together(stored)]
    return lines


def _together(stored: dict[str, Any]) -> list[str]:
    said = []
    for rule in INTERVALS:
        words = []
        for k, p in enumerate(stored["probabilities"]):
            covered, fitted = pooled(stored, k, rule)
            low, high = clopper_pearson_percent(covered, fitted)
            words.append(
                f"{100 * covered / fitted:.1f} % ({low:.1f} to {high:.1f}) at {100 * p:g} %"
            )
        said.append(f"{_RULES[rule].replace('**', '')}: {', '.join(words)}")
    return [
        f"Both sizes together: {'; '.join(said)}.",
        "",
        "Fieller's interval rests on the covariance of the resamples, in which a few steep curves "
        "of small studies outweigh the rest: hence its width and its missing limits. BCa intervals "
        "need one more fit for each patient left out, and were not tried.",
    ]


def pooled(stored: dict[str, Any], k: int, rule: str = USED) -> tuple[int, int]:
    """Intervals that hold the truth, and all, over both sizes."""
    both = [counted(stored, n, "calibration", k, rule) for n in _sizes(stored)]
    return sum(one["covered"] for one in both), sum(one["fitted"] for one in both)


def _ran(stored: dict[str, Any]) -> str:
    run = stored["run"]
    return (
        f"It took {run['wall_s']} s of wall time, {run['processor_s']} s of processor time, on "
        f"{run['cores']} cores (load {run['load_before']:g} before, {run['load_after']:g} after); "
        "the goal is 10 minutes."
    )


def _slopes(stored: dict[str, Any], patients: int) -> str:
    cells = []
    for name in ("none", "calibration", "simex"):
        values = [
            row[f"slope, {name}"]
            for row in stored["studies"]
            if row["patients"] == patients and f"slope, {name}" in row
        ]
        cells.append(f"{np.median(values):.2f} ({np.mean(values):.2f})")
    return f"| {patients} | " + " | ".join(cells) + " |"


def page(stored: dict[str, Any]) -> str:
    """Markdown of the page."""
    small, needed = _sizes(stored)
    truth, criterion = stored["truth"], stored["criterion"]
    rows = [
        _row(stored, patients, correction, k)
        for patients in (small, needed)
        for k in range(len(stored["probabilities"]))
        for correction in ("calibration", "none")
    ]
    tried = ", ".join(f"{n} patients {k} of {of}" for n, k, of in sorted(stored["tried"]))
    studies = counted(stored, small, "calibration", 0)["studies"]
    last = 100 * stored["probabilities"][-1]
    lines = [
        "# The threshold's interval",
        "",
        f"{studies} simulated studies of {small} patients, and as many of {needed}, with a known "
        "threshold, each analysed as [`hevesy trial evidence`](../methods/evidence.md) does. How "
        "often does the 95 % interval hold the truth?",
        "",
        f"**Truth**: half of the lesions respond at {truth['half_dose_gy']:g} Gy; log odds rise by "
        f"{truth['steepness_factor']:g} per unit of log dose within a patient; "
        f"{100 * truth['patient_share']:g} % of the latent variance is common to a patient's "
        f"lesions. {truth['lesions_per_patient_ratio']:g} lesions a patient on average (one or more). "
        f"Doses log-normal about {truth['median_dose_gy']:g} Gy, SD of the log "
        f"{truth['dose_spread_factor']:g}, each measured with an independent log-normal error of "
        f"{100 * truth['dose_uncertainty_share']:g} %, stated as drawn. "
        f"{100 * truth['missing_share']:g} % of outcomes missing. "
        f"{stored['rule']['resamples']} resamples of patients a study.",
        "",
        f"**What would be needed**: {needed} patients, for an interval of the {last:g} % threshold "
        f"whose upper is at most {criterion['ratio']:g} times its lower limit in "
        f"{100 * criterion['assurance']:g} % of the studies (narrow ones among those tried: "
        f"{tried}).",
        "",
        "![Intervals and coverage](evidence.svg)",
        "",
        f"*Left, middle: the {last:g} % threshold of 60 studies, doses' uncertainty undone; "
        "vermillion squares where the interval misses the truth (line); bars that leave the frame "
        "have no limit there. Right: share of all studies' intervals that hold the truth, with its "
        "own 95 % interval.*",
        "",
        "| patients | threshold (truth) | doses | median (Gy) | bias of median (%) "
        "| spread, 1 SD (%) | covered (%) | missed: interval above / below | upper/lower, median "
        "| without a limit | not fitted |",
        "|---|---|---|---|---|---|---|---|---|---|---|",
        *rows,
        "",
        "In brackets the 95 % interval of Clopper and Pearson; bold where it does not hold 95 %. "
        "Intervals without a limit count as holding what lies on that side.",
        "",
        *_rules(stored),
        "",
        "## Slope",
        "",
        f"Median (mean) of the slope per unit of log dose. The population's is "
        f"{stored['slope']:.2f} (a fit to 150,000 patients without dose errors); it is flatter "
        "than one patient's because patients differ.",
        "",
        "| patients | doses taken as exact | calibration | SIMEX |",
        "|---|---|---|---|",
        _slopes(stored, small),
        _slopes(stored, needed),
        "",
        *truths_lines(stored["harder"]),
        "",
        "## What this says",
        "",
        *_findings(stored),
        "",
        "## Again",
        "",
        "```console",
        "$ make validate",
        "```",
        "",
        "makes all of it anew, stores it in [evidence.json](evidence.json) (version, date, seeds, "
        f"each study) and writes this page; this one is of hevesy {stored['version']}, "
        f"{stored['date']}. {_ran(stored)} `make test` runs a few stored studies again, and fails if they differ "
        "or if this page is not what the stored studies give.",
    ]
    return "\n".join(lines) + "\n"


def _findings(stored: dict[str, Any]) -> list[str]:
    small, needed = _sizes(stored)
    said = []
    for patients in (small, needed):
        words = []
        for k, p in enumerate(stored["probabilities"]):
            found = counted(stored, patients, "calibration", k)
            low, high = clopper_pearson_percent(found["covered"], found["fitted"])
            share = 100 * found["covered"] / found["fitted"]
            judged = (
                "less than the 95 % it promises" if high < 95
                else "more than it promises" if low > 95
                else "not to be told from 95 %"
            )  # fmt: skip
            words.append(f"{share:.1f} % at the {100 * p:g} % threshold ({judged})")
        said.append(f"- With {patients} patients the interval holds the truth in "
                    f"{' and '.join(words)}.")  # fmt: skip
    for k, p in enumerate(stored["probabilities"]):
        covered, fitted = pooled(stored, k)
        low, high = clopper_pearson_percent(covered, fitted)
        judged = (
            "the interval is a little too short" if high < 95
            else "the interval is a little too long" if low > 95
            else "not to be told from 95 %"
        )  # fmt: skip
        said.append(
            f"- Both sizes together, {100 * p:g} % threshold: {100 * covered / fitted:.1f} % "
            f"({low:.1f} to {high:.1f}): {judged}."
        )
    k = len(stored["probabilities"]) - 1
    last = 100 * stored["probabilities"][k]
    few = counted(stored, small, "calibration", k)
    naive, many = counted(stored, small, "none", k), counted(stored, needed, "calibration", k)
    said += [
        f"- With {small} patients one study's {last:g} % threshold is uncertain by "
        f"{few['spread']:.0f} % (1 SD), its interval spans a factor of {few['ratio']:.1f}, and in "
        f"{few['unbounded']} of {few['fitted']} studies has no upper or no lower limit: such a "
        f"study finds the threshold's order of magnitude. With {needed} patients the factor is "
        f"{many['ratio']:.1f}.",
        f"- Doses taken as exact put the {last:g} % threshold {naive['bias']:+.0f} % off in the "
        f"median at {small} patients and "
        f"{counted(stored, needed, 'none', k)['bias']:+.0f} % at {needed}: a bias that more "
        "patients do not cure.",
        "- Stated uncertainties are right here. If they are too small or too large, the correction "
        "is too weak or too strong by as much; nothing in the data tells.",
    ]
    return said
