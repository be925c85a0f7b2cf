"""The dose while it was being given: a figure and a table of what was known after each scan."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hevesy.report.numbers import (
    format_hours,
    format_measurement,
    format_number,
    format_percent,
    is_number,
)
from hevesy.report.style import (
    BLUE,
    INK,
    PAGE_WIDTH_MM,
    SKY,
    VERMILLION,
    Picture,
    data_uri,
    new_figure,
    place,
    to_svg,
)
from hevesy.report.table import Cell, Column, Row, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hevesy.case import CaseResult, MonitorEntry, RegionResult

__all__ = ["draw_monitor", "tabulate_monitor"]

_PANEL_MM = 47.0


def _followed(result: "CaseResult") -> list[tuple["RegionResult", int]]:
    """Lesions with a running dose, once for each course."""
    return [
        (region, course)
        for region in result.regions
        if region.kind == "lesion"
        for course in dict.fromkeys(entry.course for entry in region.monitor)
    ]


def _of(region: "RegionResult", course: int) -> list["MonitorEntry"]:
    return [entry for entry in region.monitor if entry.course == course]


def _true_gy(region: "RegionResult") -> float | None:
    """The true final dose, where one course is all there is."""
    several = len({entry.course for entry in region.monitor}) > 1
    if several or region.truth is None or not is_number(region.truth.mean_dose_gy):
        return None
    return region.truth.mean_dose_gy


def _draw_panel(axes: "Axes", region: "RegionResult", course: int, *, several: bool) -> None:
    entries = _of(region, course)
    at = np.arange(len(entries))
    low, high = np.array([entry.final_dose_interval90_gy for entry in entries]).T
    final = np.array([entry.final_dose_gy for entry in entries])
    so_far = np.array([entry.dose_so_far_gy for entry in entries])
    spread = np.array([entry.dose_so_far_uncertainty_gy for entry in entries])
    axes.errorbar(
        at + 0.16, [entry.single_scan_dose_gy for entry in entries],
        yerr=np.abs(
            np.array([entry.single_scan_interval90_gy for entry in entries])
            - np.array([[entry.single_scan_dose_gy] for entry in entries])
        ).T,
        fmt="D", ms=2.6, mfc="white", color=SKY, elinewidth=0.7, label="from that scan alone",
    )  # fmt: skip
    axes.errorbar(
        at, final, yerr=[final - low, high - final], fmt="o", color=BLUE, mfc=BLUE, elinewidth=1.4,
        capsize=2.2, label="final dose, 90 % interval", zorder=4,
    )  # fmt: skip
    axes.fill_between(at, low, high, color=BLUE, alpha=0.13, lw=0)
    axes.errorbar(
        at, so_far, yerr=spread, fmt="s", ls=(0, (5, 1.6)), lw=1.0, color=VERMILLION, mfc="white",
        elinewidth=0.9, capsize=1.6, label="given until then, k = 1",
    )  # fmt: skip
    true = _true_gy(region)
    if true is not None:
        axes.axhline(true, color=INK, lw=0.9, ls=(0, (1.2, 1.4)), label="truth")
    axes.set_xticks(at, [f"{entry.hours:.0f}" for entry in entries])
    axes.set_xlim(-0.5, len(entries) - 0.5)
    axes.set_ylim(bottom=0.0)
    axes.set_title(f"{region.name}, course {course}" if several else region.name, fontsize=7.5)


def _panels(count: int) -> "tuple[Figure, list[Axes]]":
    columns = min(3, count)
    rows = -(-count // columns)
    figure = new_figure(PAGE_WIDTH_MM, rows * _PANEL_MM + 8, fitted=False)
    step = PAGE_WIDTH_MM / 3
    return figure, [
        place(
            figure, left_mm=(n % columns) * step + 13, top_mm=(n // columns) * _PANEL_MM + 5,
            width_mm=step - 16, height_mm=33.0,
        )
        for n in range(count)
    ]  # fmt: skip


def draw_monitor(result: "CaseResult") -> Picture | None:
    """Draw each lesion's final dose as it was known after each scan; None without any.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     picture = draw_monitor(sample_result())
    >>> picture.alt
    'Final dose as known after each scan: lesion 1'
    """
    shown = _followed(result)
    if not shown:
        return None
    figure, panels = _panels(len(shown))
    several = len({course for _, course in shown}) > 1
    for axes, (region, course) in zip(panels, shown, strict=True):
        _draw_panel(axes, region, course, several=several)
    for n, axes in enumerate(panels):
        if n % 3 == 0:
            axes.set_ylabel("mean dose (Gy)", fontsize=7)
        if n + 3 >= len(panels):
            axes.set_xlabel("known after the scan at (h)", fontsize=7)
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="lower left", ncols=4, fontsize=6.8, columnspacing=1.4)
    return Picture(
        title="The dose while it was being given",
        caption=(
            "Filled: the final dose (median) as it was known after each scan, with its 90 % "
            "interval. Squares: the dose given until that scan, with one standard deviation. "
            "Diamonds: the final dose from that scan alone, 90 %. Nothing of later scans is in a "
            "point."
            + (" Dotted: the truth." if any(_true_gy(r) is not None for r, _ in shown) else "")
        ),
        alt="Final dose as known after each scan: "
        + ", ".join(dict.fromkeys(region.name for region, _ in shown)),
        uri=data_uri(to_svg(figure), "image/svg+xml"),
    )


def _next_scan(entry: "MonitorEntry") -> Cell:
    """The planned scan that tells most by itself, and the width that it would leave."""
    if not entry.further_scans:
        return Cell(text="none planned", missing=True)
    best = min(entry.further_scans, key=lambda scan: scan.expected_interval90_width_gy)
    return Cell(
        text=f"{format_number(best.expected_interval90_width_gy)} Gy",
        detail=f"with {format_hours(best.hours)}",
    )


def _rows(result: "CaseResult", shown: Sequence[tuple["RegionResult", int]]) -> tuple[Row, ...]:
    rows = []
    several = len({course for _, course in shown}) > 1
    for region, course in shown:
        name = f"{region.name}, course {course}" if several else region.name
        for number, entry in enumerate(_of(region, course)):
            low, high = entry.final_dose_interval90_gy
            one, two = entry.single_scan_interval90_gy
            cells = (
                Cell(text=format_hours(entry.hours)),
                Cell(text=format_measurement(
                    entry.dose_so_far_gy, entry.dose_so_far_uncertainty_gy)),
                Cell(text=format_number(entry.final_dose_gy),
                     detail=f"{format_number(low)} to {format_number(high)}"),
                Cell(text=format_number(high - low),
                     detail=format_percent((high - low) / entry.final_dose_gy)
                     if entry.final_dose_gy else ""),
                _next_scan(entry),
                Cell(text=format_number(entry.expected_interval90_width_gy)
                     if entry.further_scans else "", missing=not entry.further_scans),
                Cell(text=format_number(entry.single_scan_dose_gy),
                     detail=f"{format_number(one)} to {format_number(two)}"),
            )  # fmt: skip
            rows.append(
                Row(heading=f"scan {entry.after_scan}", cells=cells, group="" if number else name)
            )
    return tuple(rows)


def tabulate_monitor(result: "CaseResult") -> Table | None:
    """List what was known of each lesion's dose after each scan; None without any.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [row.heading for row in tabulate_monitor(sample_result()).rows]
    ['scan 1', 'scan 2']
    """
    shown = _followed(result)
    if not shown:
        return None
    names = dict.fromkeys(entry.prior for region, _ in shown for entry in region.monitor)
    return Table(
        caption=(
            "The running dose: what was known after each scan (prior: " + ", ".join(names) + "). "
            "Final dose: median with its 90 % interval; width: of that interval, then as expected "
            "after the one planned scan that tells most, and after all of them"
        ),
        columns=(
            Column(title="Known after", number=False),
            Column(title="At"),
            Column(title="Given until then", unit="Gy"),
            Column(title="Final dose", unit="Gy"),
            Column(title="Width", unit="Gy"),
            Column(title="With the best scan"),
            Column(title="With all planned", unit="Gy"),
            Column(title="From this scan alone", unit="Gy"),
        ),
        rows=_rows(result, shown),
        doses=True,
    )
