"""Where the injected activity is over time, as a picture with bands."""

from typing import TYPE_CHECKING, Any

import numpy as np

from hevesy.report.style import (
    BLACK,
    PAGE_WIDTH_MM,
    Look,
    Picture,
    data_uri,
    new_figure,
    place,
    to_svg,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hevesy.case import CaseResult, RegionResult

__all__ = ["draw_biodistribution"]

_DECADES_FROM_RATIO = 20.0
_MOST_POINTS = 90
_LEGEND_COLUMNS = 3


def draw_biodistribution(result: "CaseResult", styles: dict[str, Look]) -> Picture | None:
    """Draw each region's part of the injected activity, decay taken out; None without any.

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
    ...     picture = draw_biodistribution(sample_result(), looks(["lesion 1", "liver"]))
    >>> picture.title
    'Where the injected activity is'
    """
    regions = [region for region in result.regions if region.percent_ia]
    if not regions:
        return None
    lesions = [region for region in regions if region.kind == "lesion"]
    others = [region for region in regions if region.kind != "lesion"]
    rows = -(-max(len(lesions) + 1, len(others)) // _LEGEND_COLUMNS)
    figure = new_figure(PAGE_WIDTH_MM, 62 + 4 * rows, fitted=False)
    step = PAGE_WIDTH_MM / 2
    decades = False
    for n, (title, group) in enumerate(
        (("Whole body and lesions", lesions), ("Other regions", others))
    ):
        axes = place(figure, left_mm=n * step + 12, top_mm=6, width_mm=step - 16, height_mm=45)
        if n == 0:
            _draw_body(axes, result)
        for region in group:
            _draw_region(axes, region, styles[region.name], result)
        tops = [max(p.decay_corrected_percent for p in r.percent_ia) for r in group]
        if n == 1 and tops and max(tops) > _DECADES_FROM_RATIO * max(min(tops), 1e-9):
            decades = True
            _in_decades(axes, group)
        else:
            axes.set_ylim(bottom=0.0)
        axes.set_xlim(left=0.0)
        axes.set_title(title, fontsize=7.5)
        axes.set_xlabel("hours after the administration")
        if n == 0:
            axes.set_ylabel("injected activity, decay taken out (%)")
        if axes.get_legend_handles_labels()[1]:
            axes.legend(
                loc="upper left", bbox_to_anchor=(-0.04, -0.17), fontsize=6.5,
                ncols=_LEGEND_COLUMNS, columnspacing=1.2,
            )  # fmt: skip
    return Picture(
        title="Where the injected activity is",
        caption=(
            "Per cent of the injected activity, physical decay taken out. Points: scans, with one "
            "standard deviation. Lines: the fitted curves with their 68 % bands."
            + (" At the right the scale has decades." if decades else "")
            + (" Courses after the first are dashed." if len(result.administrations) > 1 else "")
        ),
        alt="Part of the injected activity over time in " + ", ".join(r.name for r in regions),
        uri=data_uri(to_svg(figure), "image/svg+xml"),
    )


def _draw_body(axes: "Axes", result: "CaseResult") -> None:
    """The whole image at each scan, joined by a thin line: no curve was fitted to it."""
    if result.closure is None:
        return
    for course in sorted({one.course for one in result.closure.per_scan}):
        scans = [one for one in result.closure.per_scan if one.course == course]
        axes.errorbar(
            [one.hours_after_administration for one in scans],
            [100.0 - one.excreted_percent for one in scans],
            yerr=[one.excreted_percent_uncertainty or 0.0 for one in scans],
            fmt="X", ls=":" if course == 1 else "--", lw=0.9, color=BLACK, capsize=1.8,
            elinewidth=0.9, label="whole image" if course == 1 else None,
        )  # fmt: skip
    axes.axhline(100.0, color=BLACK, lw=0.5, zorder=0)


def _draw_region(axes: "Axes", region: "RegionResult", look: Look, result: "CaseResult") -> None:
    for curve in region.curves:
        parts = [part for part in region.percent_ia if part.course == curve.course]
        if not parts:
            continue
        injected = result.administrations[curve.course - 1].activity_mbq
        table = _corrected(curve, result.nuclide) * (100.0 / injected)
        hours = np.asarray(curve.hours)
        kept = hours <= 1.15 * max(part.hours_after_administration for part in parts)
        every = max(1, int(kept.sum()) // _MOST_POINTS)
        hours, table = hours[kept][::every], table[:, kept][:, ::every]
        axes.fill_between(hours, table[1], table[2], color=look.colour, alpha=0.22, lw=0)
        dash: Any = look.dash if curve.course == 1 else "--"
        axes.plot(hours, table[0], color=look.colour, ls=dash, lw=look.width_pt)
        axes.errorbar(
            [part.hours_after_administration for part in parts],
            [part.decay_corrected_percent for part in parts],
            yerr=[part.decay_corrected_percent_uncertainty for part in parts],
            fmt=look.marker, color=look.colour, mfc="white", mew=1.0, elinewidth=0.9, capsize=1.8,
            ls="", label=region.name if curve.course == 1 else None,
        )  # fmt: skip


def _corrected(curve: Any, nuclide: str) -> Any:
    """Activity and its band with physical decay taken out, MBq; rows value, low, high."""
    from hevesy.nuclides import get_nuclide

    half_life_h = get_nuclide(nuclide).half_life_s / 3600.0
    growth = 2.0 ** (np.asarray(curve.hours) / half_life_h)
    return np.stack([curve.activity_mbq, curve.low_mbq, curve.high_mbq]) * growth


def _in_decades(axes: "Axes", regions: "list[RegionResult]") -> None:
    seen = [
        part.decay_corrected_percent
        for region in regions
        for part in region.percent_ia
        if part.decay_corrected_percent > 0
    ]
    axes.set_yscale("log")
    axes.set_ylim(max(min(seen) / 2.0, max(seen) * 1e-4), max(seen) * 2.0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(lambda value, _: "")
