"""The page on the Monte Carlo engine, and its figures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.report.style import BLUE, GREY, VERMILLION, drawing, new_figure, place, to_png, to_svg

__all__ = ["FIGURES", "draw_png", "page", "write"]

PAGE = "monte-carlo.md"
Stored = Mapping[str, Any]


def write(found: Stored, folder: Path) -> None:
    """Write page and figures."""
    (folder / PAGE).write_text(page(found), encoding="utf-8")
    for name, figure in FIGURES.items():
        with drawing():
            (folder / f"monte-carlo-{name}.svg").write_bytes(to_svg(figure(found)))


def draw_png(found: Stored, name: str) -> bytes:
    """Draw a figure as PNG, to be looked at."""
    with drawing():
        return to_png(FIGURES[name](found))


def _voxel_row(case: Stored) -> str:
    cells = [
        f"{band['bias_percent']:+.2f} ± {band['bias_sigma_percent']:.2f} "
        f"({band['chi2_per_voxel']:.2f})"
        if band["voxels"]
        else "none"
        for band in case["bands"]
    ]
    side = f"{case['spacing_mm']:g}"
    return (
        f"| {case['case']} | {side} | {case['penelope_histories'] / 1e6:g} | {' | '.join(cells)} "
        f"| {case['within_percent']:.1f} |"
    )


def _region_rows(case: Stored) -> list[str]:
    rows = []
    for name, part in case["regions"].items():
        if part["penelope"] < 0.001:
            continue
        ratio = 100 * (part["hevesy"] / part["penelope"] - 1)
        sigma = 100 * part["sigma"] / part["penelope"]
        rows.append(
            f"| {case['case']} | {name} | {part['penelope']:.4f} | {part['hevesy']:.4f} "
            f"| {ratio:+.2f} ± {sigma:.2f} |"
        )
    return rows


def _furthest(cases: Sequence[Stored]) -> str:
    """Say how far the regions are apart, and which the most."""
    rows = []
    for case in cases:
        for name, part in case["regions"].items():
            if part["penelope"] >= 0.001:
                apart = part["hevesy"] - part["penelope"]
                rows.append((abs(apart) / part["sigma"], abs(apart) / part["penelope"], name, case))
    beyond = sum(relative > 0.005 for _, relative, _, _ in rows)
    sigmas, _, name, case = max(rows, key=lambda row: row[0])
    return (
        f"{beyond or 'None'} of the {len(rows)} is beyond 0.5 %. The furthest, {name} in "
        f"*{case['case']}*, is {sigmas:.1f} standard deviations from 0."
    )


def page(found: Stored) -> str:
    """The page, with every figure as computed."""
    cases = found["cases"]
    voxels = "\n".join(_voxel_row(case) for case in cases)
    regions = "\n".join(row for case in cases for row in _region_rows(case))
    worst = min(case["within_percent"] for case in cases)
    kernels = found["kernels"]
    most = max(
        abs(own - given)
        for rows in kernels.values()
        for own, given in zip(rows["hevesy"], rows["penelope"], strict=True)
    )
    ratio = [
        case["penelope_cpu_s"] / case["penelope_histories"] / (case["cpu_s"] / case["histories"])
        for case in cases
    ]
    seeds = sorted({case["penelope_seed"] for case in cases})
    return f"""\
# Monte Carlo against PENELOPE

hevesy's engine and PENELOPE-2018 (PenRed 1.15.2 by `pypenred`; C1 = C2 = 0.05, WCC 5 keV, WCR \
1 keV, absorption at 10 keV for electrons and 1 keV for photons) on the same voxels, media, \
densities and spectrum: the electrons of 188Re from 10 keV up, with their bremsstrahlung. \
Computed {found["date"]} by version {found["version"]} (`python -m \
benchmarks.monte_carlo_validation`); stored in `docs/validation/monte-carlo.json` with seeds \
(hevesy {cases[0]["seed"]}, PENELOPE {", ".join(map(str, seeds))}). Every uncertainty is one \
standard deviation, of both codes together.

## Voxels

Difference of the energy summed over the voxels of a dose range, per cent; in brackets chi-square \
per voxel (1 where the codes differ by their statistics alone). *Within*: share of the voxels \
above 1 % of the maximum that agree to 1 % of the local dose or 0.05 mm, plus three standard \
deviations (which 0.27 % of all voxels exceed by chance); {worst:.1f} % at the least.

| case | voxel (mm) | PENELOPE's histories (million) | 0.5 to 1 of the maximum | 0.1 to 0.5 | 0.01 to 0.1 \
| within (%) |
|---|---|---|---|---|---|---|
{voxels}

Spheres are of 188Re in soft tissue; *pleura* is a lesion of 8 mm radius in lung that touches \
muscle and a rib; *airway* a lesion of 18 mm radius with a tube of air through it; *random* are \
blocks of 12 mm of lung, adipose, soft tissue or bone at 0.8, 1 or 1.15 times their density; \
*tissue/bone*, */air* and */lung* have the source beside the border; the lesion in lung has 20 mm \
radius.

## Regions

Share of the emitted energy that each region gets. The project asks for 0.5 %.

| case | region | PENELOPE | hevesy | difference (%) |
|---|---|---|---|---|
{regions}

{_furthest(cases)} Air, which holds under 0.1 % of the energy, is looked at \
[apart](../methods/monte-carlo.md#air-beside-tissue).

## A lesion in lung

![Dose by the distance from the middle of a lesion of 20 mm in lung, and its difference from \
PENELOPE's in standard deviations](monte-carlo-lung.svg)

*Left: dose per shell of 2 mm over the greatest (dots PENELOPE, line hevesy). Right: the \
difference in standard deviations of both.*

## Point kernels in water

![Energy within a radius for 188Re and 90Y, hevesy's and the reference's, and their \
difference](monte-carlo-kernels.svg)

*Share of the beta energy within a radius of a point source, against the PENELOPE kernels that \
`hevesy verify dose` uses (their systematic error is put at 1 %). The greatest difference is \
{100 * most:.2f} % of the energy emitted; at the smallest radii it is the voxel of 0.25 mm.*

## What it costs

![CPU time against voxels, energy, density and precision](monte-carlo-cost.svg)

*One thread; a sphere of 188Re of 15 mm radius in a cube of 96 mm of soft tissue, 3 mm voxels, one \
thing varied at a time, the nuclides' photons included. Measured on a shared machine that was \
busy: read the slopes, not the last digit. At 1 mm a fifth of a million histories in 61 batches is \
mostly the adding of batches to the sums, voxel by voxel; longer runs have larger batches.*

CPU time of a history, PENELOPE's over hevesy's, in the cases above: \
{min(ratio):.0f} to {max(ratio):.0f} (at PENELOPE's accurate settings; `make bench` has the ratio \
of efficiencies at its fast ones).
"""


def _decades(axis: Any) -> None:
    """Write powers of ten as plain numbers: the house's figures draw no formulae."""
    from matplotlib.ticker import FuncFormatter, NullFormatter

    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def _lung(found: Stored) -> Any:
    rows = np.array(found["profile"]["rows"])
    radius, own, theirs, sigma = rows.T
    figure = new_figure(178, 66, fitted=False)
    axes = place(figure, left_mm=18, top_mm=7, width_mm=70, height_mm=46)
    axes.semilogy(radius, own / theirs.max(), color=VERMILLION, label="hevesy")
    axes.semilogy(radius, theirs / theirs.max(), "o", color=BLUE, markersize=3.5, label="PENELOPE")
    axes.axvline(20.0, color=GREY, linewidth=0.9, linestyle=(0, (1.2, 1.6)))
    _decades(axes.yaxis)
    axes.annotate("border of the lesion", (20.6, 0.9), color=GREY, fontsize=7, va="top")
    axes.legend(loc="lower left")
    axes.set_title("dose over the greatest")
    axes.set_xlabel("distance from the middle (mm)")
    axes.set_ylabel("dose (1)")
    right = place(figure, left_mm=104, top_mm=7, width_mm=70, height_mm=46)
    right.axhspan(-2, 2, color=GREY, alpha=0.12, linewidth=0)
    right.axhline(0, color=GREY, linewidth=0.8)
    right.plot(radius, (own - theirs) / sigma, "o", color=VERMILLION)
    right.set_ylim(-4.5, 4.5)
    right.set_title("hevesy less PENELOPE")
    right.set_xlabel("distance from the middle (mm)")
    right.set_ylabel("difference (standard deviations)")
    return figure


def _kernels(found: Stored) -> Any:
    figure = new_figure(178, 66, fitted=False)
    left = place(figure, left_mm=16, top_mm=7, width_mm=72, height_mm=46)
    right = place(figure, left_mm=104, top_mm=7, width_mm=70, height_mm=46)
    for (name, rows), colour, marker in zip(
        found["kernels"].items(), (VERMILLION, BLUE), "os", strict=True
    ):
        radius, own, given = (np.array(rows[key]) for key in ("radius_mm", "hevesy", "penelope"))
        left.plot(radius, own, color=colour, label=f"{name}, hevesy")
        left.plot(radius, given, marker, color=colour, mfc="none", label=f"{name}, PENELOPE")
        right.plot(radius, 100 * (own - given), marker + "-", color=colour, label=name)
    left.legend(loc="lower right")
    left.set_ylim(0, 1.02)
    left.set_title("beta energy within a radius")
    left.set_ylabel("share of the energy emitted (1)")
    right.axhline(0, color=GREY, linewidth=0.8)
    right.set_ylim(-1.0, 1.0)
    right.legend(loc="upper right")
    right.set_title("hevesy less PENELOPE")
    right.set_ylabel("difference (% of the energy emitted)")
    for axes in (left, right):
        axes.set_xlim(0, None)
        axes.set_xlabel("radius (mm)")
    return figure


def _cost(found: Stored) -> Any:
    cost = found["cost"]
    figure = new_figure(178, 116, fitted=False)
    voxels, energy, density, precision = (
        place(figure, left_mm=16 + 90 * column, top_mm=7 + 58 * row, width_mm=68, height_mm=38)
        for row in (0, 1)
        for column in (0, 1)
    )
    rows = np.array(cost["voxels"])
    voxels.semilogx(rows[:, 1], rows[:, 2], "o-", color=BLUE)
    voxels.set_xticks([1e3, 1e4, 1e5, 1e6], ["1000", "10 000", "100 000", "1 000 000"])
    voxels.set_title("voxels in the cube")
    voxels.set_xlabel("number of voxels (8 mm to 1 mm)")
    names = [row[0] for row in cost["energy"]]
    at, spent = np.array([row[1:] for row in cost["energy"]]).T
    energy.plot(at, spent, "o", color=BLUE)
    for name, x, y in zip(names, at, spent, strict=True):
        end = name in ("Y-90", "P-32", "Ho-166")
        energy.annotate(
            name, (x, y), textcoords="offset points", xytext=(-5 if end else 5, -2),
            ha="right" if end else "left", fontsize=6.5, color=GREY,
        )  # fmt: skip
    energy.set_xlim(0, 1.0)
    energy.set_title("energy")
    energy.set_xlabel("mean beta energy (MeV)")
    rows = np.array(cost["density"])
    density.plot(rows[:, 0], rows[:, 1], "o-", color=BLUE)
    density.set_xlim(0, None)
    density.set_title("density")
    density.set_xlabel("density (g/cm3)")
    for axes in (voxels, energy, density):
        axes.set_ylim(0, None)
        axes.set_ylabel("CPU time (µs a history)")
    rows = np.array(cost["precision"])
    precision.loglog(rows[:, 0], rows[:, 2], "o-", color=BLUE, label="measured")
    line = rows[0, 2] * (rows[0, 0] / rows[:, 0]) ** 2
    precision.loglog(rows[:, 0], line, color=GREY, linestyle=(0, (1.2, 1.6)), label="as 1 / square")
    precision.legend(loc="upper right")
    ticks = [v for v in (0.2, 0.5, 1.0, 2.0, 5.0) if rows[:, 0].min() / 1.3 < v < 1.3 * rows[0, 0]]
    precision.set_xticks(ticks, [f"{v:g}" for v in ticks])
    precision.set_yticks([0.1, 0.3, 1.0, 3.0], ["0.1", "0.3", "1", "3"])
    precision.minorticks_off()
    precision.set_title("precision")
    precision.set_xlabel("median uncertainty of the hot voxels (%)")
    precision.set_ylabel("CPU time (s)")
    return figure


FIGURES = {"lung": _lung, "kernels": _kernels, "cost": _cost}
