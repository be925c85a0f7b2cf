"""Figures of the page on 188Re SPECT."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from hevesy.report.style import BLUE, GREY, GRID, VERMILLION, drawing, new_figure, place, to_svg

__all__ = ["draw"]

DIAMETERS_MM = (60.0, 37.0, 28.0, 22.0, 17.0)
Stored = Mapping[str, Any]


def draw(stored: Stored) -> dict[str, bytes]:
    """All of them as SVG, by file name."""
    with drawing():
        return {
            "spect-spheres.svg": to_svg(_spheres(stored)),
            "spect-totals.svg": to_svg(_totals(stored)),
            "spect-slices.svg": to_svg(_slices(stored)),
        }


def _spheres(stored: Stored) -> Any:
    times = list(dict.fromkeys(row["hours"] for row in stored["repeats"]))
    figure = new_figure(178, 62, fitted=False)
    for column, hours in enumerate(times):
        axes = place(figure, left_mm=14 + 55 * column, top_mm=7, width_mm=49, height_mm=42)
        axes.axhspan(0.95, 1.05, color=GRID)
        rows = [row for row in stored["repeats"] if row["hours"] == hours]
        for name, label, colour, marker, shift in (
            ("recovered", "recovery curve", BLUE, "o", -0.6),
            ("spilled", "spill-out region", VERMILLION, "s", 0.6),
        ):
            found = np.mean([row["found"][name] for row in rows], axis=0)
            said = np.mean([row["stated"][name] for row in rows], axis=0)
            at = np.array(DIAMETERS_MM) + shift
            axes.errorbar(at, found, 2 * said, fmt="none", color=colour, elinewidth=0.7)
            axes.errorbar(at, found, said, fmt=marker, color=colour, elinewidth=2.0, label=label)
        axes.axhline(1.0, color=GREY, linewidth=0.8)
        axes.set_ylim(0.6, 1.4)
        axes.set_title(f"{hours:g} h")
        axes.set_xlabel("diameter (mm)")
        if column == 0:
            axes.set_ylabel("found / true")
            axes.legend(loc="upper right")
        else:
            axes.set_yticklabels([])
    return figure


def _totals(stored: Stored) -> Any:
    figure = new_figure(178, 62, fitted=False)
    left = place(figure, left_mm=14, top_mm=7, width_mm=70, height_mm=42)
    right = place(figure, left_mm=102, top_mm=7, width_mm=70, height_mm=42)
    looks = ((3e9, BLUE, "o"), (6e9, GREY, "^"), (7e9, GREY, "v"), (12.5e9, VERMILLION, "s"))
    for given, colour, marker in looks:
        rows = [row for row in stored["times"] if row["given_bq"] == given and "found" in row]
        label = f"{given / 1e9:g} GBq"
        found = [row["found"]["total"] for row in rows]
        said = [row["stated"]["total"] for row in rows]
        for axes, key in ((left, "hours"), (right, "true_loss")):
            axes.errorbar(
                [row[key] for row in rows], found, said, fmt=marker, color=colour,
                elinewidth=1.0, label=label,
            )  # fmt: skip
        for row in stored["times"]:
            if row["given_bq"] == given and "refused" in row:
                left.plot(row["hours"], 0.91, "x", color=colour)
                right.plot(row["true_loss"], 0.91, "x", color=colour)
    for axes in (left, right):
        axes.axhspan(0.97, 1.03, color=GRID)
        axes.axhline(1.0, color=GREY, linewidth=0.8)
        axes.set_ylim(0.9, 1.1)
        axes.set_ylabel("total found / true")
    left.set_xlabel("hours after the injection")
    left.set_title("by time (cross: refused)")
    left.legend(loc="lower right")
    right.set_xlabel("n tau of the view that lost most")
    right.set_title("by losses")
    return figure


def _slices(stored: Stored) -> Any:
    figure = new_figure(178, 52, fitted=False)
    pixel = stored["slices"]["pixel_mm"]
    for column, image in enumerate(stored["slices"]["images"]):
        axes = place(figure, left_mm=1 + 59 * column, top_mm=6, width_mm=57, height_mm=45)
        values = np.array(image["percent"], dtype=float)
        down, across = (n * pixel / 2 for n in values.shape)
        axes.imshow(values, cmap="inferno", vmin=0, vmax=110, extent=(-across, across, down, -down))
        axes.set_title(f"{image['hours']:g} h")
        axes.set_axis_off()
    return figure
