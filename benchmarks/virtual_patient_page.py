"""The page and figure of the virtual patient's repeats, from what is stored."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.repeat_statistics import (
    DOSE,
    TIA,
    Agreement,
    Coverage,
    agreement,
    spread_budget,
)
from hevesy.report.style import (
    BLUE,
    GREY,
    INK,
    VERMILLION,
    drawing,
    new_figure,
    place,
    to_png,
    to_svg,
)

__all__ = ["draw", "page", "write"]

PAGE, FIGURE = "virtual-patient.md", "virtual-patient.svg"
ORDER = ("lesion", "small lesion", "liver", "lungs", "left kidney", "right kidney", "bladder")
NEIGHBOURS = {"liver": ("lesion",), "lungs": ("lesion", "liver")}
LEAST_ML = 20.0  # the acceptance of 5 % is for regions of this size and more
ALLOWED_PERCENT = 5.0

Stored = Mapping[str, Any]


def write(stored: Stored, folder: Path) -> None:
    """Write page and figure beside the stored repeats."""
    (folder / PAGE).write_text(page(stored), encoding="utf-8")
    (folder / FIGURE).write_bytes(draw(stored["repeats"]))


def page(stored: Stored) -> str:
    """The page, with every number from the stored repeats."""
    repeats, exact, moved = stored["repeats"], stored["no_errors"], stored["moved"]
    parts = [
        _head(stored),
        _accuracy(exact),
        _repeats(repeats),
        _budget(repeats, stored["stated"]),
        _findings(repeats, exact, stored["stated"]),
        _small(repeats),
        _moved(repeats, moved),
        _foot(stored),
    ]
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _head(stored: Stored) -> str:
    said = stored["stated"]
    return f"""\
# Virtual patient

The whole calculation is run over the [virtual patient](../methods/virtual-patient.md), whose \
activity is known everywhere and at all times, again and again, with errors of the size that its \
case states. Two questions: how far are the figures from the truth, and does the stated \
uncertainty tell? These patients have no lesion in the lung, and doses are by local deposition: \
the repeats are of the measurement, not of transport.

In each of {len(stored["repeats"])} repeats these are drawn anew; all figures are one standard \
deviation (k = 1):

| what the case states | what is drawn |
|---|---|
| calibration: {100 * said["calibration_share"]:g} % | one factor for all six scans, \
N(1, {100 * said["calibration_share"]:g} %) |
| resolution: {said["fwhm_mm"]:g} ± {said["fwhm_uncertainty_mm"]:g} mm | the blur's true FWHM, \
N({said["fwhm_mm"]:g}, {said["fwhm_uncertainty_mm"]:g}) mm |
| borders: {said["border_mm"]:g} mm | every region's border, out by \
N(0, {said["border_mm"]:g}) mm at every point: it grows and shifts, so that opposite borders are \
independent, as the [chain](../methods/uncertainty.md) takes them to be |
| sensitivity: 10 counts/s per MBq, frames of 30 min | Poisson counts |

The lumps in the lesion (which the case does not state) are drawn anew too; its gradient of 30 % is \
always there. Regions are moved as \
solids, not voxel by voxel, and the truth stays that of the undisturbed regions. All scans of a \
repeat have one position, so that no registration is needed; that is tested apart, below."""


def _accuracy(exact: Sequence[Stored]) -> str:
    rows = [
        "## The calculation itself",
        "",
        f"First without those errors: calibration, resolution and borders are exactly as stated, "
        f"and only counts and lumps differ ({len(exact)} repeats). What is left is the method's "
        f"own error. The acceptance is {ALLOWED_PERCENT:g} % for regions of {LEAST_ML:g} mL and "
        f"more.",
        "",
        "| region | volume (mL) | TIA − truth (%), mean ± standard error | largest (%) "
        "| dose − truth (%) | within 5 % |",
        "|---|---|---|---|---|---|",
    ]
    for name in ORDER:
        volume = exact[0]["regions"][name]["volume_ml"]
        tia, dose = agreement(exact, name, TIA), agreement(exact, name, DOSE)
        worst = max((_percent(repeat, name) for repeat in exact), key=abs)
        verdict = "yes" if abs(worst) <= ALLOWED_PERCENT else "no"
        if volume < LEAST_ML:
            verdict += f" (under {LEAST_ML:g} mL)"
        rows.append(
            f"| {name} | {volume:.0f} | {tia.bias:+.2f} ± {tia.bias_uncertainty:.2f} "
            f"| {worst:+.2f} | {dose.bias:+.2f} ± {dose.bias_uncertainty:.2f} | {verdict} |"
        )
    return "\n".join(rows)


def _repeats(repeats: Sequence[Stored]) -> str:
    n = len(repeats)
    rows = [
        "## With the errors that are stated",
        "",
        f"![Differences of TIA from the truth in {n} repeats]({FIGURE})",
        "",
        "*Left: each dot is one repeat's time-integrated activity (TIA) less the truth; the bars "
        "are one and two stated uncertainties around zero, the dotted lines ± 5 %. Right: TIA as "
        "a share of the truth, mean of all repeats, with the transfer matrix (filled) and as the "
        "image shows it (open).*",
    ]
    for title, names in (("TIA", TIA), ("Mean dose", DOSE)):
        rows += [
            "",
            f"### {title}",
            "",
            "| region | mean difference (%) | spread (%) | RMS (%) | stated (%) "
            "| covered, k = 1 (68 %) | covered, k = 2 (95 %) |",
            "|---|---|---|---|---|---|---|",
        ]
        for name in ORDER:
            found = agreement(repeats, name, names)
            rows.append(
                f"| {name} | {found.bias:+.1f} ± {found.bias_uncertainty:.1f} "
                f"| {found.spread:.1f} | {found.root_mean_square:.1f} | {found.stated:.1f} "
                f"| {_covered(found.once)} | {_covered(found.twice)} |"
            )
    rows += [
        "",
        "Mean difference with its standard error; spread, the standard deviation over repeats; "
        "stated, the mean of the uncertainties that came with the figures; covered, how often "
        "the truth lay within k uncertainties, with the 95 % interval of Clopper and Pearson. "
        f"With {n} repeats a true 68 % may well be seen as 52 or 84 %.",
    ]
    return "\n".join(rows)


def _percent(repeat: Stored, name: str) -> float:
    row = repeat["regions"][name]
    return float(100 * (row["tia_mbq_h"] / row["true_tia_mbq_h"] - 1))


def _covered(found: Coverage) -> str:
    return f"{100 * found.share:.0f} % ({100 * found.low:.0f} to {100 * found.high:.0f})"


def _too_narrow(found: Agreement) -> bool:
    """Whether the truth is missed more often than chance lets it be."""
    return found.once.high < 0.6827 or found.twice.high < 0.9545


def _budget(repeats: Sequence[Stored], stated: Stored) -> str:
    rows = [
        "### Where the spread comes from",
        "",
        "The errors drawn are known, so a line can be put through the differences: per cent of "
        "TIA for one standard deviation of each source (of a neighbour: its border grown, and "
        "shifted along the body, added in squares). The last column is the spread that is left: "
        "counts, lumps, and what is not linear.",
        "",
        "| region | nothing wrong | calibration | FWHM | own border | border of the lesion "
        "| border of the liver | left |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name in ORDER:
        found = spread_budget(repeats, name, stated, neighbours=NEIGHBOURS.get(name, ()))
        rows.append(
            f"| {name} | {found.nothing_wrong:+.1f} | "
            + " | ".join(
                f"{found.by_source[source]:.1f}" if source in found.by_source else ""
                for source in (
                    "calibration", "FWHM", "own border", "border of the lesion",
                    "border of the liver",
                )
            )
            + f" | {found.left:.1f} |"
        )  # fmt: skip
    return "\n".join(rows)


def _findings(repeats: Sequence[Stored], exact: Sequence[Stored], stated: Stored) -> str:
    liver = spread_budget(repeats, "liver", stated, neighbours=NEIGHBOURS["liver"]).by_source
    lungs = spread_budget(repeats, "lungs", stated, neighbours=NEIGHBOURS["lungs"]).by_source
    found = {name: agreement(repeats, name, TIA) for name in ORDER}
    dose = {name: agreement(repeats, name, DOSE) for name in ORDER}
    narrow = [n for n in ORDER if _too_narrow(found[n]) or _too_narrow(dose[n])]
    wide = [n for n in ORDER if found[n].spread > ALLOWED_PERCENT and n != "small lesion"]
    ratio = _liver_ratio(repeats)
    lines = [
        "### What this says",
        "",
        "- The stated uncertainty holds where it covers the truth as often as it should: "
        + _listed([n for n in ORDER if n not in narrow])
        + ".",
    ]
    if narrow:
        lines.append(
            f"- It is too small for {_listed(narrow)}: the truth is missed more often than chance "
            "explains."
        )
    lines += [
        f"- The mean over repeats is within {ALLOWED_PERCENT:g} % of the truth for "
        + _listed([n for n in ORDER if abs(found[n].bias) <= ALLOWED_PERCENT])
        + ".",
        f"- A single patient's figure is often further out than {ALLOWED_PERCENT:g} %, by "
        "calibration alone in one patient of ten. "
        + (f"For {_listed(wide)} the spread itself is over {ALLOWED_PERCENT:g} %." if wide else ""),
        "- **The liver is the hard one.** It holds the lesion, whose concentration is about "
        f"{ratio:.0f} times its own, and {_liver_spill(repeats):.0f} % of the activity that the "
        "image shows within the liver's borders has been carried there by blur, most of it from "
        "the lesion. The lesion's middle is 30 % hotter than its mean and its surface 20 % colder; "
        "were it taken for even, the liver would be 14 % too low (see [the table of gradients]"
        "(../methods/virtual-patient.md#the-lesion-is-not-even)). Taken as middle and rim, the "
        f"liver is out by {agreement(exact, 'liver', TIA).bias:+.1f} % on average with nothing "
        "wrong, most of it the needle's tract, which nobody drew. The resolution is what its "
        f"figure hangs on: {liver['FWHM']:.1f} % for {stated['fwhm_uncertainty_mm']:g} mm. In a "
        "patient whose depot is lopsided the figure of an organ around it is an estimate at best.",
        f"- **Neighbours' borders** count: the lesion's moves the liver by "
        f"{liver['border of the lesion']:.1f} % (its own by {liver['own border']:.1f} %), and the "
        f"lungs, on which lesion and liver shine, by {lungs['border of the lesion']:.1f} %, the "
        f"liver's border by another {lungs['border of the liver']:.1f} %. The stated uncertainty "
        "holds all of them.",
        f"- **The lungs' mass** is {_mass(repeats, 'lungs')} off as drawn (the liver's "
        f"{_mass(repeats, 'liver')}). A border of lung that takes in a millimetre of chest wall or "
        "liver takes in tissue five times as dense, and what it gives up elsewhere is light: the "
        "mass grows more than the volume, and is too large on the mean. Both are in the stated "
        "uncertainty, as volume and density; the dose is not corrected for it.",
        f"- A reader who draws *all* of a border too wide by {stated['border_mm']:g} mm makes an error √2 times "
        "larger in volume than these repeats have: opposite borders then err together, which the "
        "statement of the border's uncertainty does not say.",
    ]
    return "\n".join(lines)


def _mass(repeats: Sequence[Stored], name: str) -> str:
    """How far the mass is off, from TIA over dose."""
    rows = [repeat["regions"][name] for repeat in repeats]
    percent = [
        100
        * (r["tia_mbq_h"] / r["true_tia_mbq_h"] / (r["mean_dose_gy"] / r["true_mean_dose_gy"]) - 1)
        for r in rows
    ]
    return f"{np.mean(percent):+.1f} ± {np.std(percent, ddof=1):.1f} %"


def _listed(names: Sequence[str]) -> str:
    if not names:
        return "none"
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _liver_ratio(repeats: Sequence[Stored]) -> float:
    regions = repeats[0]["regions"]
    lesion, liver = (
        regions[n]["true_tia_mbq_h"] / np.mean([r["regions"][n]["volume_ml"] for r in repeats])
        for n in ("lesion", "liver")
    )
    return float(lesion / liver)


def _liver_spill(repeats: Sequence[Stored]) -> float:
    """Per cent of what is seen in the liver that is not the liver's."""
    rows = [repeat["regions"]["liver"] for repeat in repeats]
    seen = np.mean([row["uncorrected_tia_mbq_h"] / row["true_tia_mbq_h"] for row in rows])
    return float(100 * (1 - 1 / seen))


def _seen(repeats: Sequence[Stored], name: str) -> float:
    rows = [repeat["regions"][name] for repeat in repeats]
    return float(
        100 * np.mean([row["uncorrected_tia_mbq_h"] / row["true_tia_mbq_h"] for row in rows])
    )


def _corrected(repeats: Sequence[Stored], name: str) -> float:
    rows = [repeat["regions"][name] for repeat in repeats]
    return float(100 * np.mean([row["tia_mbq_h"] / row["true_tia_mbq_h"] for row in rows]))


def _small(repeats: Sequence[Stored]) -> str:
    small = agreement(repeats, "small lesion", TIA)
    rows = [
        "## What blur takes away",
        "",
        'The same curves fitted to what the image shows (`partial_volume = "none"`) and with the '
        'geometric transfer matrix (`"gtm"`); TIA in per cent of the truth, mean of the repeats:',
        "",
        "| region | volume (mL) | none | gtm |",
        "|---|---|---|---|",
    ]
    for name in ORDER:
        volume = np.mean([repeat["regions"][name]["volume_ml"] for repeat in repeats])
        rows.append(
            f"| {name} | {volume:.0f} | {_seen(repeats, name):.0f} | "
            f"{_corrected(repeats, name):.0f} |"
        )
    rows += [
        "",
        f"The lesion of 3 mL (18 mm across, at 16 mm resolution) shows a quarter of its activity: "
        f"without correction its dose is "
        f"{100 - _seen(repeats, 'small lesion'):.0f} % too low. With it the mean is right "
        f"({small.bias:+.1f} ± {small.bias_uncertainty:.1f} %), and a single figure has a spread "
        f"of {small.spread:.0f} %. It is right because the shape was drawn right and the lesion "
        "is even: the correction multiplies by four, and the errors of that assumption with it. "
        "Below two FWHM the report says so beside the figure.",
    ]
    return "\n".join(rows)


def _moved(repeats: Sequence[Stored], moved: Sequence[Stored]) -> str:
    same = {repeat["repeat"]: repeat for repeat in repeats}
    rows = [
        "## With registration",
        "",
        f"The first {len(moved)} repeats once more, with the same errors, but the patient lies "
        "anew at each scan (turned by up to 3°, shifted by up to 8 mm), and the scans are "
        "registered CT to CT. The difference to the same repeat without movement is what "
        "registration brings (with fresh noise):",
        "",
        "| region | TIA − truth (%), mean ± standard error | covered, k = 2 "
        "| moved − unmoved (%), mean ± spread | largest (%) |",
        "|---|---|---|---|---|",
    ]
    for name in ORDER:
        found = agreement(moved, name, TIA)
        change = np.array([_percent(r, name) - _percent(same[r["repeat"]], name) for r in moved])
        largest = float(change[np.argmax(np.abs(change))])
        rows.append(
            f"| {name} | {found.bias:+.1f} ± {found.bias_uncertainty:.1f} "
            f"| {found.twice.covered} of {found.twice.repeats} "
            f"| {change.mean():+.2f} ± {change.std(ddof=1):.2f} | {largest:+.2f} |"
        )
    rows += [
        "",
        "Registration's uncertainty is not in the stated one. Here the patient is rigid and CT and "
        "SPECT of one session fit exactly; breathing and a bending spine are worse.",
    ]
    return "\n".join(rows)


def _foot(stored: Stored) -> str:
    return f"""\
## Again

```console
$ make validate
```

makes the repeats anew, stores them in [virtual-patient.json](virtual-patient.json) (version, date,\
 seeds, each repeat's errors and figures) and writes this page and its figure from them; this one \
is of hevesy {stored["version"]}, {stored["date"]}. `make test` runs three stored repeats again, and \
fails if one differs or if this page is not what the stored repeats give."""


def draw(repeats: Sequence[Stored]) -> bytes:
    """Draw the repeats' differences, and what blur takes away, as SVG."""
    with drawing():
        return to_svg(_figure(repeats))


def draw_png(repeats: Sequence[Stored]) -> bytes:
    """Draw the same as PNG, to be looked at."""
    with drawing():
        return to_png(_figure(repeats))


def _figure(repeats: Sequence[Stored]) -> Any:
    figure = new_figure(178, 76, fitted=False)
    left = place(figure, left_mm=24, top_mm=7, width_mm=92, height_mm=58)
    right = place(figure, left_mm=126, top_mm=7, width_mm=48, height_mm=58)
    for row, name in enumerate(ORDER):
        found = agreement(repeats, name, TIA)
        colour = VERMILLION if "lesion" in name else BLUE
        for k, alpha in ((2, 0.14), (1, 0.22)):
            left.barh(row, 2 * k * found.stated, left=-k * found.stated, height=0.62,
                      color=colour, alpha=alpha, linewidth=0)  # fmt: skip
        percent = [_percent(repeat, name) for repeat in repeats]
        aside = (np.arange(len(percent)) * 0.618 % 1 - 0.5) * 0.46
        left.plot(percent, row + aside, "o", color=colour, markersize=2.4, markeredgewidth=0)
        left.plot([found.bias] * 2, [row - 0.38, row + 0.38], color=INK, linewidth=1.2)
        seen, corrected = _seen(repeats, name), _corrected(repeats, name)
        right.plot([seen, corrected], [row, row], color=colour, linewidth=0.8, alpha=0.6)
        right.plot(seen, row, "o", markerfacecolor="white", markeredgecolor=colour, markersize=4.5)
        right.plot(corrected, row, "o", color=colour, markersize=4.5)
        right.annotate(f"{seen:.0f}", (seen, row), textcoords="offset points", xytext=(0, 4.5),
                       ha="center", fontsize=6.0, color=GREY)  # fmt: skip
    for at in (-ALLOWED_PERCENT, ALLOWED_PERCENT):
        left.axvline(at, color=GREY, linewidth=0.8, linestyle=(0, (1.2, 1.6)))
    for axes in (left, right):
        axes.set_ylim(len(ORDER) - 0.5, -0.6)
        axes.set_yticks(range(len(ORDER)))
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
    left.set_yticklabels(ORDER)
    right.set_yticklabels([""] * len(ORDER))
    left.set_xlabel("TIA − truth (%)")
    left.set_title(f"{len(repeats)} repeats; bars: 1 and 2 stated uncertainties")
    right.axvline(100, color=GREY, linewidth=0.8)
    right.set_xlim(0, 280)
    right.set_xlabel("TIA (% of the truth)")
    right.set_title("corrected (●) and not (○)")
    return figure
