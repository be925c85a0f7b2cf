"""Figure of the six kinds of virtual patients: closure, lesions, running dose, truth beside."""

from collections.abc import Mapping
from typing import Any

from hevesy.report.style import (
    BLUE,
    GREEN,
    GREY,
    INK,
    VERMILLION,
    drawing,
    new_figure,
    place,
    to_png,
    to_svg,
)

__all__ = ["FIGURE", "draw", "draw_png"]

FIGURE = "patients.svg"
_LOOKS = ((VERMILLION, "o"), (GREEN, "s"))
_ROW_MM, _TOP_MM, _HEIGHT_MM = 32.0, 8.0, 25.0
Stored = Mapping[str, Any]


def draw(stored: Stored) -> bytes:
    """Draw the figure as SVG."""
    with drawing():
        return to_svg(_figure(stored))


def draw_png(stored: Stored) -> bytes:
    """Draw the same as PNG, to be looked at."""
    with drawing():
        return to_png(_figure(stored))


def _figure(stored: Stored) -> Any:
    patients = stored["patients"]
    figure = new_figure(178, _TOP_MM + _ROW_MM * len(patients) + 5.0, fitted=False)
    for row, patient in enumerate(patients):
        top = _TOP_MM + _ROW_MM * row
        left, middle, right = (
            place(figure, left_mm=10 + 58 * n, top_mm=top, width_mm=48, height_mm=_HEIGHT_MM)
            for n in range(3)
        )
        _closure(left, patient)
        _lesions(middle, patient)
        _running(right, patient)
        last = row == len(patients) - 1
        for axes in (left, middle, right):
            axes.set_xlabel("scan at (h)" if last else "")
        left.text(0.04, 0.08, patient["title"], transform=left.transAxes, weight="bold", color=INK)
        if row == 0:
            left.set_title("whole body / expected")
            middle.set_title("in lesions (% of the injected)")
            right.set_title("final dose / true")
    return figure


def _ticks(axes: Any, patient: Stored) -> list[int]:
    """Scans side by side, labelled with their hours; a line between courses."""
    scans = patient["closure"]["scans"]
    at = list(range(len(scans)))
    axes.set_xticks(at, [f"{scan['hours']:g}" for scan in scans])
    axes.set_xlim(-0.6, len(scans) - 0.4)
    for n in at[1:]:
        if scans[n]["course"] != scans[n - 1]["course"]:
            axes.axvline(n - 0.5, color=GREY, lw=0.8, ls=(0, (1.2, 1.6)))
    return at


def _closure(axes: Any, patient: Stored) -> None:
    at = _ticks(axes, patient)
    figures = [scan["ratio"] for scan in patient["closure"]["scans"]]
    axes.axhline(1.0, color=GREY, lw=0.8)
    axes.errorbar(
        at, [f[0] for f in figures], yerr=[f[1] for f in figures],
        fmt="o", color=BLUE, ms=3, elinewidth=0.9, capsize=2,
    )  # fmt: skip
    axes.plot(at, [f[2] for f in figures], color=INK, ls="none", marker="x", ms=5, mew=1.0)
    axes.set_ylim(0.4, 1.12)


def _lesions(axes: Any, patient: Stored) -> None:
    at = _ticks(axes, patient)
    lesions = [region for region in patient["regions"] if region["kind"] == "lesion"]
    for number, (region, (colour, marker)) in enumerate(zip(lesions, _LOOKS, strict=False)):
        shift = 0.16 * (number - (len(lesions) - 1) / 2)
        figures = region["percent"]
        places = [x + shift for x in at]
        axes.errorbar(
            places, [f[0] for f in figures], yerr=[f[1] for f in figures],
            fmt=marker, color=colour, ms=3, elinewidth=0.9, capsize=2, label=region["name"],
        )  # fmt: skip
        axes.plot(places, [f[2] for f in figures], color=INK, ls="none", marker="x", ms=5, mew=1.0)
    axes.set_ylim(0, 100)
    if len(lesions) > 1:
        axes.legend(loc="upper right", ncols=2, fontsize=6)


def _running(axes: Any, patient: Stored) -> None:
    _ticks(axes, patient)
    axes.axhline(1.0, color=INK, lw=0.9)
    lesions = [region for region in patient["regions"] if region["monitor"]]
    for number, (region, (colour, marker)) in enumerate(zip(lesions, _LOOKS, strict=False)):
        shift = 0.16 * (number - (len(lesions) - 1) / 2)
        for step in region["monitor"]:
            true, median = step["true_gy"], step["median_gy"]
            low, high = step["interval90_gy"]
            axes.errorbar(
                step["after_scan"] - 1 + shift, median / true,
                yerr=[[(median - low) / true], [(high - median) / true]],
                fmt=marker, color=colour, ms=3, elinewidth=0.9, capsize=2,
            )  # fmt: skip
    axes.set_ylim(0.3, 1.7)
