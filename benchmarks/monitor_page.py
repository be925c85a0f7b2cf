"""Page of the running dose: coverage, widths, one scan alone; from the stored patients."""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.monitor_patients import (
    CALIBRATION_SHARE,
    COUNTING_AT_FIRST,
    FAMILIES,
    HALF_LIFE_H,
    INJECTED_SHARE,
    MASS_SHARE,
    SCATTER_SHARE,
)
from benchmarks.repeat_statistics import clopper_pearson
from hevesy.report.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    ORANGE,
    PURPLE,
    SKY,
    VERMILLION,
    drawing,
    new_figure,
    place,
    to_png,
    to_svg,
)
from hevesy.timeactivity import half_life_tia_bq_s, population_tia_bq_s, steadiest_scan_s

__all__ = ["FIGURE", "PAGE", "PRIORS", "counted", "draw_png", "page", "write"]

PAGE, FIGURE = "monitor.md", "monitor.svg"
PRIORS = ("right", "study", "wide", "wrong", "wrong, alone")
_LOOKS = {
    "right": (BLUE, "o", "-"),
    "study": (GREEN, "s", (0, (5, 1.6))),
    "wide": (ORANGE, "^", (0, (1.2, 1.4))),
    "wrong": (PURPLE, "D", (0, (6, 1.4, 1.2, 1.4))),
    "wrong, alone": (VERMILLION, "v", "-"),
}
_OUT = ("power law", "stretched", "part leaks")

Stored = Mapping[str, Any]
Array = NDArray[np.float64]


def write(stored: Stored, folder: Path) -> None:
    """Write the page and its figure."""
    (folder / PAGE).write_text(page(stored), encoding="utf-8")
    with drawing():
        (folder / FIGURE).write_bytes(to_svg(_figure(stored)))


def draw_png(stored: Stored) -> bytes:
    """Draw the figure as PNG, to be looked at."""
    with drawing():
        return to_png(_figure(stored))


def _table(stored: Stored, name: str) -> Array:
    """Patients x scans x (quantile, ratio, width[, quantile of the dose so far])."""
    return np.array([row[name] for row in stored["patients"]])


def counted(quantiles: Array) -> tuple[int, int, float, float]:
    """Truths within the central 90 %, of how many, and the 95 % interval of the share."""
    within = int(np.sum((quantiles > 0.05) & (quantiles < 0.95)))
    return within, int(quantiles.size), *clopper_pearson(within, int(quantiles.size))


def _cell(quantiles: Array) -> str:
    within, of, low, high = counted(quantiles)
    mark = "" if low <= 0.9 <= high else " **" + ("below" if high < 0.9 else "above") + "**"
    return f"{100 * within / of:.1f} ({100 * low:.0f} to {100 * high:.0f}){mark}"


def _coverage(stored: Stored, column: int) -> str:
    hours = stored["hours"]
    rows = [
        "| prior | " + " | ".join(f"{h:g} h" for h in hours) + " |",
        "|---" * (len(hours) + 1) + "|",
    ]
    for name in PRIORS:
        found = _table(stored, name)[:, :, column]
        cells = " | ".join(_cell(found[:, k]) for k in range(len(hours)))
        rows.append(f"| {name} | {cells} |")
    return "\n".join(rows)


def _widths(stored: Stored) -> str:
    hours = stored["hours"]
    rows = [
        "| prior | " + " | ".join(f"{h:g} h" for h in hours) + " |",
        "|---" * (len(hours) + 1) + "|",
    ]
    for name in PRIORS:
        found = _table(stored, name)
        cells = [
            f"{100 * float(np.median(found[:, k, 2])):.0f} / "
            f"{_signed(100 * float(np.median(found[:, k, 1]) - 1))}"
            for k in range(len(hours))
        ]
        rows.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _families(stored: Stored) -> str:
    hours = stored["hours"]
    kinds = np.array([row["family"] for row in stored["patients"]])
    rows = [
        "| kinetics | patients | " + " | ".join(f"{h:g} h" for h in hours) + " |",
        "|---" * (len(hours) + 2) + "|",
    ]
    for family in FAMILIES:
        chosen = kinds == family
        found = _table(stored, "wide")[chosen][:, :, 0]
        cells = []
        for k in range(len(hours)):
            within, of, low, high = counted(found[:, k])
            mark = "" if low <= 0.9 <= high else " **" + ("below" if high < 0.9 else "above") + "**"
            cells.append(f"{within} of {of}{mark}")
        outside = " (not in the model)" if family in _OUT else ""
        rows.append(f"| {family}{outside} | {int(chosen.sum())} | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _signed(percent: float) -> str:
    """Whole per cent with a sign; none for 0."""
    text = f"{percent:+.0f}"
    return "0" if text in ("+0", "-0") else text


def _rms(ratios: Array) -> float:
    """Root mean square of the differences, per cent."""
    return 100 * math.sqrt(float(np.mean((ratios - 1.0) ** 2)))


def _single(stored: Stored) -> str:
    formulas = _table(stored, "formulas")
    wide, study = _table(stored, "one scan, wide"), _table(stored, "one scan, study")
    rows = [
        "| scan at | wide prior: RMS (%) | covered (%) | study prior: RMS (%) | covered (%) "
        "| A 2t/ln 2: RMS (%) | population's half-life: RMS (%) |",
        "|---|---|---|---|---|---|---|",
    ]
    for k, hours in enumerate(stored["hours"]):
        rows.append(
            f"| {hours:g} h | {_rms(wide[:, k, 1]):.0f} | {_cell(wide[:, k, 0])} "
            f"| {_rms(study[:, k, 1]):.0f} | {_cell(study[:, k, 0])} "
            f"| {_rms(formulas[:, k, 0]):.0f} | {_rms(formulas[:, k, 1]):.0f} |"
        )
    return "\n".join(rows)


def _closed(hours: Sequence[float]) -> str:
    """What each formula gives of one exponential, over the truth, by effective half-life."""
    half_lives = (8.0, 12.5, 16.0, 17.0)
    rows = [
        "| scan at | " + " | ".join(f"T = {t:g} h" for t in half_lives) + " |",
        "|---" * (len(half_lives) + 1) + "|",
    ]
    for at in hours:
        cells = []
        for half_life in half_lives:
            activity = 2.0 ** (-at / half_life)
            true = half_life / math.log(2.0)
            first = 100 * (half_life_tia_bq_s(activity, at) / true - 1)
            second = 100 * (population_tia_bq_s(activity, at, half_life_s=16.0) / true - 1)
            cells.append(f"{_signed(first)} / {_signed(second)}")
        rows.append(f"| {at:g} h | " + " | ".join(cells) + " |")
    return "\n".join(rows)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(names) if names else "none"


def _findings(stored: Stored) -> str:
    hours = stored["hours"]
    low, high, fine = [], [], []
    for name in PRIORS:
        found = _table(stored, name)[:, :, 0]
        bounds = [counted(found[:, k])[2:] for k in range(len(hours))]
        short = [h for h, (_, top) in zip(hours, bounds, strict=True) if top < 0.9]
        over = [h for h, (bottom, _) in zip(hours, bounds, strict=True) if bottom > 0.9]
        if short:
            low.append(f"{name} (at {_listed([f'{h:g} h' for h in short])})")
        if over:
            high.append(f"{name} (at {_listed([f'{h:g} h' for h in over])})")
        if not short and not over:
            fine.append(name)
    alone = _table(stored, "wrong, alone")
    best = min(range(len(hours)), key=lambda k: _rms(_table(stored, "one scan, wide")[:, k, 1]))
    uptake = np.array([row["family"] == "uptake" for row in stored["patients"]])
    first, second = (counted(_table(stored, "wide")[uptake][:, k, 0]) for k in (0, 1))
    last = _table(stored, "wide")[:, -1, 2]
    floor = 2 * 1.645 * math.hypot(CALIBRATION_SHARE, MASS_SHARE)
    return "\n".join(
        [
            "## What this says",
            "",
            f"- Not to be told from 90 % at every time: {_listed(fine)}. Below it: {_listed(low)}. "
            f"Above it: {_listed(high)}.",
            "- The prior that is wrong, taken at its word, misses the truth in "
            f"{100 * (1 - counted(alone[:, -1, 0])[0] / len(alone)):.0f} % of the patients even "
            f"after the last scan, with a median {100 * (np.median(alone[:, -1, 1]) - 1):+.0f} % "
            "off: scans do not outvote a prior that is sure of itself. The fifth of its weight that "
            "hevesy keeps for the wide prior mends that from the second scan on; after the first "
            "nothing can tell it yet. `wide_weight = 0` in a prior file is at your own risk.",
            f"- One scan after an hour cannot see that activity is still to come: of the patients "
            f"with an uptake phase the wide prior's interval after the first scan held the truth in "
            f"{first[0]} of {first[1]}, after the second in {second[0]} of {second[1]}.",
            "- From the third scan on all columns but the last row are nearly one trial: the curve "
            "is known, and what is left are the same draws of calibration and mass. That all of "
            "them lie on one side of 90 % is one accident, not fifteen.",
            f"- The best single scan of the six is at {hours[best]:g} h "
            f"({_rms(_table(stored, 'one scan, wide')[:, best, 1]):.0f} % RMS, common errors of "
            f"{100 * math.hypot(CALIBRATION_SHARE, MASS_SHARE):.0f} % included); in closed form it "
            f"is at {steadiest_scan_s(16.0):.0f} h for an effective half-life of 16 h.",
            f"- After the last scan the width is {100 * float(np.median(last)):.0f} % of the dose; "
            f"calibration and mass alone make {100 * floor:.0f} %. What more scans can still give is "
            "small: mass and calibration are where the dose is lost.",
        ]
    )


def page(stored: Stored) -> str:
    """The page."""
    n = len(stored["patients"])
    return f"""\
# The running dose

{n} virtual patients as curves (no images), 188Re ({HALF_LIFE_H:g} h), \
{stored["injected_mbq"]:g} MBq into the lesion, scans at \
{", ".join(f"{h:g}" for h in stored["hours"])} h. After each scan the \
[running posterior](../methods/monitor.md) gives the final dose with a 90 % interval. How often does \
it hold the truth?

**Patients**: {", ".join(f"{100 * p:.0f} % {name}" for name, p in FAMILIES.items())}. The last three \
are not in the model's family: a power law, a stretched exponential, and a depot of which 30 to 70 % \
leaks away from a moment between 10 and 60 h on. **Errors**: counting {100 * COUNTING_AT_FIRST:.0f} % \
at first, growing as counts fall, and {100 * SCATTER_SHARE:.0f} % scatter from scan to scan; common to \
all scans calibration {100 * CALIBRATION_SHARE:.0f} % and mass {100 * MASS_SHARE:.0f} %; injected \
activity {100 * INJECTED_SHARE:.0f} %. All are stated as they are drawn.

**Priors**: *right*, fitted to 150 other patients of the same population with twelve good scans each; \
*study*, fitted to 20 with six usual scans; *wide*, no data; *wrong*, a depot from which nothing \
leaves, sure of itself, with the fifth of weight on the wide prior that hevesy keeps; *wrong, alone*, \
without it. The family cannot hold the population exactly, so "right" is the best of its kind, not \
the truth.

![Coverage, width, and one scan alone]({FIGURE})

*Left: share of the {n} truths within the 90 % interval; grey, where 90 % of truths would show up in \
19 of 20 such trials. Middle: width of the interval as a share of the true dose, median. Right: root \
mean square error of the final dose from one scan alone.*

## Final dose: truths within the 90 % interval (%)

{_coverage(stored, 0)}

In brackets the 95 % interval of Clopper and Pearson; bold where it does not hold 90 %.

## Dose so far

The dose given until each scan, likewise (%):

{_coverage(stored, 3)}

## Width and bias

Median width of the 90 % interval, and median difference of the final dose, per cent of the truth:

{_widths(stored)}

## By kinetics, under the wide prior

{_families(stored)}

{_findings(stored)}

## One scan alone

The same model with one scan, and the two formulas of the literature (Hänscheid's without any \
half-life, Madsen's with the population's, here the right prior's median). RMS of the difference to \
the true dose, common errors included:

{_single(stored)}

In closed form, one exponential of effective half-life T, no other error: difference in per cent by \
A 2t/ln 2, and by an assumed half-life of 16 h:

{_closed(stored["hours"])}

## Again

```console
$ make validate
```

makes all of it anew, stores it in [monitor.json](monitor.json) (version, date, seeds, priors, each \
patient) and writes this page; this one is of hevesy {stored["version"]}, {stored["date"]}. \
`make test` runs a few stored patients again, and fails if they differ or if this page is not what \
the stored patients give.
"""


def _figure(stored: Stored) -> Any:
    hours = np.array(stored["hours"])
    n = len(stored["patients"])
    at = np.arange(hours.size)
    figure = new_figure(178, 74, fitted=False)
    first, second, third = (
        place(figure, left_mm=12 + 60 * i, top_mm=7, width_mm=44, height_mm=44) for i in range(3)
    )
    spread = 1.96 * math.sqrt(0.9 * 0.1 / n)
    first.axhspan(100 * (0.9 - spread), 100 * (0.9 + spread), color=GREY, alpha=0.18, lw=0)
    first.axhline(90, color=INK, lw=0.8)
    for number, name in enumerate(PRIORS):
        colour, marker, dash = _LOOKS[name]
        found = _table(stored, name)
        shares = [counted(found[:, k, 0]) for k in range(hours.size)]
        share = np.array([100 * w / of for w, of, _, _ in shares])
        bars = [
            [s - 100 * low for s, (_, _, low, _) in zip(share, shares, strict=True)],
            [100 * high - s for s, (_, _, _, high) in zip(share, shares, strict=True)],
        ]
        first.errorbar(
            at + 0.12 * (number - 2), share, yerr=bars, color=colour, marker=marker, ls=dash,
            lw=1.0, ms=3, elinewidth=0.7, label=name,
        )  # fmt: skip
        second.plot(
            at, 100 * np.median(found[:, :, 2], axis=0), color=colour, marker=marker, ls=dash,
            lw=1.0, ms=3,
        )  # fmt: skip
    first.set_ylim(0, 102)
    first.set_ylabel("truths in the 90 % interval (%)")
    first.set_title("Coverage after each scan")
    second.set_ylim(0, None)
    second.set_ylabel("width (% of the dose)")
    second.set_title("Width")
    formulas = _table(stored, "formulas")
    lines = (
        ("model, wide prior", _table(stored, "one scan, wide")[:, :, 1], ORANGE, "^", "-"),
        ("model, study prior", _table(stored, "one scan, study")[:, :, 1], GREEN, "s", "-"),
        ("A 2t/ln 2", formulas[:, :, 0], INK, "x", (0, (5, 1.6))),
        ("population's half-life", formulas[:, :, 1], SKY, "D", (0, (1.2, 1.4))),
    )
    for name, ratios, colour, marker, dash in lines:
        errors = [_rms(ratios[:, k]) for k in range(hours.size)]
        third.plot(at, errors, color=colour, marker=marker, ls=dash, lw=1.0, ms=3, label=name)
    third.set_yscale("log")
    third.set_yticks([10, 20, 50, 100], ["10", "20", "50", "100"])
    third.yaxis.set_minor_formatter(lambda value, _: "")
    third.set_ylabel("RMS error (%)")
    third.set_title("One scan alone")
    for axes in (first, second, third):
        axes.set_xticks(at, [f"{h:g}" for h in hours])
        axes.set_xlabel("scan at (h)")
    first.legend(loc="upper left", bbox_to_anchor=(-0.1, -0.2), ncols=3, fontsize=6.5)
    third.legend(loc="upper left", bbox_to_anchor=(-0.75, -0.2), ncols=2, fontsize=6.5)
    return figure
