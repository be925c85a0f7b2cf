"""Line art: time-activity curves, dose-volume histograms, the uncertainty's budget."""

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from hevesy.report.numbers import format_number, format_relative, is_number
from hevesy.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    GRID,
    INK,
    ORANGE,
    PAGE_WIDTH_MM,
    PURPLE,
    SKY,
    VERMILLION,
    YELLOW,
    Look,
    Picture,
    data_uri,
    new_figure,
    place,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hevesy.case import CaseResult, CourseCurve, RegionResult, ScanMeasurement

__all__ = ["draw_curves", "draw_histograms", "draw_uncertainty_budget"]

_COURSE_DASHES = ("-", (0, (5, 1.6)), (0, (1.2, 1.4)), (0, (6, 1.4, 1.2, 1.4)))
_COURSE_MARKERS = ("o", "s", "^", "D")
_LOG_FROM_RATIO = 10.0  # of activities, above which one scale in decades is used for all
_LOG_DOSE_FROM_RATIO = 30.0  # of the largest D2 to the least D98 in one panel
_DECADES = 4
_MOST_POINTS = 90  # of a drawn curve
_SOURCE_COLOURS = (BLUE, ORANGE, GREEN, VERMILLION, SKY, PURPLE, GREY, YELLOW, BLACK)
_DARK = (BLUE, GREEN, VERMILLION, GREY, BLACK)
_LEAST_LABELLED_PERCENT = 7.0
_LEGEND_COLUMNS = 3


def _svg(figure: "Figure") -> str:
    return data_uri(to_svg(figure), "image/svg+xml")


def _thinned(curve: "CourseCurve", ends_at_h: float) -> np.ndarray[tuple[int, ...], np.dtype]:
    """Rows hours, activity, low, high of the curve up to a time, few enough to draw."""
    table = np.stack([curve.hours, curve.activity_mbq, curve.low_mbq, curve.high_mbq])
    table = table[:, np.isfinite(table).all(axis=0) & (curve.hours <= ends_at_h)]
    step = max(1, table.shape[1] // _MOST_POINTS)
    return table[:, ::step]


def _small_multiples(count: int) -> "tuple[Figure, list[Axes]]":
    """A figure with `count` panels, three in a row."""
    columns = min(3, count)
    rows = -(-count // columns)
    figure = new_figure(PAGE_WIDTH_MM, rows * 41.0 + 1, fitted=False)
    step = PAGE_WIDTH_MM / 3
    panels = [
        place(
            figure, left_mm=(n % columns) * step + 12, top_mm=(n // columns) * 41.0 + 5,
            width_mm=step - 15, height_mm=28.5,
        )
        for n in range(count)
    ]  # fmt: skip
    return figure, panels


def _activities(region: "RegionResult") -> list[float]:
    return [_own_mbq(s) for s in region.scans if is_number(s.activity_mbq)]


def _own_mbq(scan: "ScanMeasurement") -> float:
    """What the course's curve was fitted to: without what earlier courses left."""
    if scan.left_over_mbq <= 0:
        return scan.activity_mbq
    return max(scan.activity_mbq - scan.left_over_mbq, 0.0)


def _wants_decades(regions: Sequence["RegionResult"]) -> bool:
    for region in regions:
        positive = [a for a in _activities(region) if a > 0]
        if positive and max(positive) / min(positive) > _LOG_FROM_RATIO:
            return True
    return False


def _points(axes: "Axes", scans: Sequence["ScanMeasurement"], look: Look, course: int) -> None:
    usable = [
        s for s in scans if is_number(s.activity_mbq) and is_number(s.hours_after_administration)
    ]
    axes.errorbar(
        [s.hours_after_administration for s in usable],
        [_own_mbq(s) for s in usable],
        yerr=[
            math.hypot(s.activity_uncertainty_mbq, s.left_over_uncertainty_mbq)
            if is_number(s.activity_uncertainty_mbq)
            else 0.0
            for s in usable
        ],
        fmt=_COURSE_MARKERS[(course - 1) % len(_COURSE_MARKERS)], color=INK, ecolor=INK,
        mfc="white", mew=1.0, elinewidth=0.9, capsize=1.8, capthick=0.9, zorder=4,
        label=f"course {course}",
    )  # fmt: skip


def _draw_curve(
    axes: "Axes", region: "RegionResult", look: Look, *, decades: bool, end_h: float
) -> None:
    tops = _activities(region)
    for curve in region.curves:
        hours, activity, low, high = _thinned(curve, end_h)
        tops += [float(activity.max(initial=0.0))]
        floor = max(tops, default=1.0) * 10.0**-_DECADES
        if decades:
            low, activity = np.maximum(low, floor), np.maximum(activity, floor)
            high = np.maximum(high, floor)
        axes.fill_between(hours, low, high, color=look.colour, alpha=0.22, lw=0)
        dash = _COURSE_DASHES[(curve.course - 1) % len(_COURSE_DASHES)]
        axes.plot(hours, activity, color=look.colour, ls=dash, lw=1.5)
        scans = [s for s in region.scans if s.course == curve.course]
        _points(axes, scans, look, curve.course)
    positive = [t for t in tops if t > 0]
    if decades and positive:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.yaxis.set_minor_formatter(lambda value, _: "")
        bottom = max(min(positive) / 4, max(positive) * 10.0**-_DECADES)
        axes.set_ylim(bottom, max(positive) * 2.2)
    else:
        axes.set_ylim(bottom=0.0)
    axes.set_xlim(left=0.0)
    axes.set_title(region.name, fontsize=7.5)


def draw_curves(result: "CaseResult", styles: dict[str, Look]) -> Picture | None:
    """Draw each region's activity over time with its measurements; None without curves.

    Parameters
    ----------
    result : CaseResult
    styles : dict of str to Look
        One for each region.

    Returns
    -------
    Picture or None

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing, looks
    >>> with drawing():
    ...     picture = draw_curves(sample_result(), looks(["lesion 1", "liver"]))
    >>> picture.alt
    'Time-activity curves of lesion 1, liver'
    """
    regions = [r for r in result.regions if r.curves]
    regions.sort(key=lambda r: r.kind != "lesion")
    if not regions:
        return None
    figure, panels = _small_multiples(len(regions))
    decades = _wants_decades(regions)
    end_h = 1.15 * max(
        (s.hours_after_administration for r in regions for s in r.scans), default=100.0
    )
    for axes, region in zip(panels, regions, strict=True):
        _draw_curve(axes, region, styles[region.name], decades=decades, end_h=end_h)
    for n, axes in enumerate(panels):
        if n % 3 == 0:
            axes.set_ylabel("activity (MBq)", fontsize=7)
        if n + 3 >= len(panels):
            axes.set_xlabel("hours after the administration", fontsize=7)
    several = ""
    if max(len(r.curves) for r in regions) > 1:
        panels[0].legend(loc="upper right", fontsize=6.5)
        several = "Each course's own activity: what earlier courses left was taken off. "
    scale = "in decades" if decades else "linear"
    return Picture(
        title="Activity over time",
        caption=(
            "Points: activity at each scan, with one standard deviation. Lines: the fitted curve "
            f"with its 68 % band. {several}Physical activity, not decay-corrected; the scale is "
            f"{scale} and differs from panel to panel."
        ),
        alt="Time-activity curves of " + ", ".join(r.name for r in regions),
        uri=_svg(figure),
    )


def _histogram(axes: "Axes", regions: Sequence["RegionResult"], styles: dict[str, Look]) -> None:
    for region in regions:
        if region.dvh is None:
            continue
        look = styles[region.name]
        dose, share = np.asarray(region.dvh.dose_gy), np.asarray(region.dvh.volume_share)
        step = max(1, dose.size // (2 * _MOST_POINTS))
        mark = "" if region.dvh.valid else " †"
        axes.plot(
            dose[::step], 100 * share[::step], color=look.colour, ls=look.dash,
            lw=look.width_pt, label=f"{region.name}{mark}",
        )  # fmt: skip
    axes.set_ylim(0, 102)
    ends = [v for r in regions if r.dvh for v in (r.dvh.d98_gy, r.dvh.d2_gy) if is_number(v)]
    if ends and 0 < min(ends) * _LOG_DOSE_FROM_RATIO < max(ends):
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
        axes.xaxis.set_minor_formatter(lambda value, _: "")
        axes.set_xlim(min(ends) / 2, max(ends) * 2)
    else:
        axes.set_xlim(left=0)
    axes.set_xlabel("absorbed dose (Gy)")
    axes.legend(  # under the axes: a histogram may run anywhere within
        loc="upper left", bbox_to_anchor=(-0.04, -0.17), fontsize=6.5, ncols=_LEGEND_COLUMNS,
        columnspacing=1.2,
    )  # fmt: skip


def draw_histograms(result: "CaseResult", styles: dict[str, Look]) -> Picture | None:
    """Draw cumulative dose-volume histograms, lesions beside organs; None without any.

    Parameters
    ----------
    result : CaseResult
    styles : dict of str to Look
        One for each region.

    Returns
    -------
    Picture or None

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing, looks
    >>> with drawing():
    ...     picture = draw_histograms(sample_result(), looks(["lesion 1", "liver"]))
    >>> picture.uri[:18]
    'data:image/svg+xml'
    """
    with_dvh = [r for r in result.regions if r.dvh is not None]
    groups = [
        ("Lesions", [r for r in with_dvh if r.kind == "lesion"]),
        ("Other regions", [r for r in with_dvh if r.kind != "lesion"]),
    ]
    groups = [(title, regions) for title, regions in groups if regions]
    if not groups:
        return None
    rows = math.ceil(max(len(group) for _, group in groups) / _LEGEND_COLUMNS)
    figure = new_figure(PAGE_WIDTH_MM, 62 + 4 * rows, fitted=False)
    step = PAGE_WIDTH_MM / 2
    for n, (title, group) in enumerate(groups):
        axes = place(figure, left_mm=n * step + 12, top_mm=6, width_mm=step - 16, height_mm=45)
        _histogram(axes, group, styles)
        axes.set_title(title, fontsize=7.5)
        if n == 0:
            axes.set_ylabel("volume that gets at least this (%)")
    resolution = (
        f"The image's resolution is {format_number(result.resolution_fwhm_mm)} mm (FWHM): it "
        "flattens every histogram, the more the smaller the region."
        if is_number(result.resolution_fwhm_mm)
        else "The image's resolution is not known; it flattens every histogram."
    )
    dagger = " † D98 and V are not valid: see the table of doses." if any(
        r.dvh is not None and not r.dvh.valid for r in with_dvh
    ) else ""  # fmt: skip
    return Picture(
        title="Dose-volume histograms",
        caption=(
            f"Cumulative, by volume, from the dose map, which {result.map_note}; "
            "the dose axis has decades where the doses differ widely. "
            f"{resolution}{dagger}"
        ),
        alt="Dose-volume histograms of " + ", ".join(r.name for r in with_dvh),
        uri=_svg(figure),
    )


def draw_uncertainty_budget(result: "CaseResult") -> Picture | None:
    """Draw what each region's uncertainty consists of, as shares of its variance; None without.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     picture = draw_uncertainty_budget(sample_result())
    >>> picture.title
    'Where the uncertainty comes from'
    """
    regions = [r for r in result.regions if r.shares]
    regions.sort(key=lambda r: r.kind != "lesion")
    if not regions:
        return None
    sources = list(dict.fromkeys(share.source for r in regions for share in r.shares))
    height = 5.6 * len(regions)
    figure = new_figure(PAGE_WIDTH_MM, height + 20, fitted=False)
    axes = place(figure, left_mm=38, top_mm=9, width_mm=PAGE_WIDTH_MM - 56, height_mm=height)
    left = np.zeros(len(regions))
    for n, source in enumerate(sources):
        widths = np.array(
            [100 * sum(s.variance_share for s in r.shares if s.source == source) for r in regions]
        )
        widths = np.where(np.isfinite(widths), widths, 0.0)
        colour = _SOURCE_COLOURS[n % len(_SOURCE_COLOURS)]
        axes.barh(
            range(len(regions)), widths, left=left, height=0.7, label=source, color=colour,
            edgecolor="white", lw=0.8,
        )  # fmt: skip
        for row, (width, start) in enumerate(zip(widths, left, strict=True)):
            if width >= _LEAST_LABELLED_PERCENT:
                ink = "white" if colour in _DARK else "black"
                axes.text(
                    start + width / 2, row, f"{width:.0f}", ha="center", va="center_baseline",
                    fontsize=6.5, color=ink,
                )  # fmt: skip
        left += widths
    for row, region in enumerate(regions):
        total = format_relative(region.mean_dose_gy, region.mean_dose_uncertainty_gy)
        axes.text(102, row, total, va="center", fontsize=7)
    axes.text(102, -0.95, "of the dose", va="center", fontsize=6.5, color=GREY)
    axes.set_yticks(range(len(regions)), [r.name for r in regions])
    axes.set_xlim(0, 100)
    axes.set_xlabel("share of the variance (%)")
    axes.grid(visible=False, axis="y")
    axes.grid(color=GRID, axis="x")
    axes.tick_params(axis="y", length=0)
    axes.set_ylim(len(regions) - 0.5, -0.5)
    axes.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=min(5, len(sources)))
    return Picture(
        title="Where the uncertainty comes from",
        caption=(
            "Shares of the variance of the mean dose; at the right its standard uncertainty "
            "(k = 1) as a share of the dose."
        ),
        alt="Uncertainty budget of " + ", ".join(r.name for r in regions),
        uri=_svg(figure),
    )
