"""Where the injection went: the made regions, their deposits, and leakage over time."""

import math
from typing import TYPE_CHECKING

from hevesy.report.numbers import format_measurement, format_number
from hevesy.report.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PAGE_WIDTH_MM,
    PURPLE,
    SKY,
    VERMILLION,
    Picture,
    data_uri,
    new_figure,
    place,
    to_svg,
)
from hevesy.report.table import Cell, Column, Notes, Row, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hevesy.case import CaseResult, LeakageCourse, LeakagePoint

__all__ = ["draw_leakage", "tabulate_injection_regions", "tabulate_leakage"]

_COLOURS = (ORANGE, PURPLE, VERMILLION, GREEN, SKY, BLUE, BLACK)
_MARKERS = ("o", "s", "^", "D", "v", "P", "X")
_MOST_ORGANS = 3
_GROUPS = {"needle tract": "needle tract", "border": "organ border", "rim": "rim",
           "deposit": "deposit outside"}  # fmt: skip

Series = list[tuple[float, float]]


def _percent(share: float, uncertainty: float) -> str:
    return format_measurement(100.0 * share, 100.0 * uncertainty)


def tabulate_injection_regions(result: "CaseResult") -> Table | None:
    """List the regions made around injections; None where the case made none.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_injection_regions(sample_result()) is None
    True
    """
    if not result.injection_regions:
        return None
    notes = Notes()
    unresolved = {
        d.name for d in (result.injection.deposits if result.injection else ()) if not d.resolved
    }
    rows = []
    for region in result.injection_regions:
        mark = ""
        if region.name in unresolved:
            mark = notes.mark("Too small for the image to tell its size: its dose is a guess.")
        first = region.scans[0]
        rows.append(
            Row(
                heading=region.name,
                cells=(
                    Cell(text=format_number(region.volume_ml), mark=mark),
                    Cell(
                        text=format_measurement(first.activity_mbq, first.activity_uncertainty_mbq)
                    ),
                    Cell(text=format_measurement(region.tia_mbq_h, region.tia_uncertainty_mbq_h)),
                    Cell(
                        text=format_measurement(
                            region.mean_dose_gy, region.mean_dose_uncertainty_gy
                        )
                    ),
                ),
            )
        )
    return Table(
        caption="Regions made around the injections. No two overlap, but they lie within and "
        "around the drawn ones: never add the two. Dose: mean of the dose map, most of it from the "
        "lesion beside.",
        columns=(
            Column(title="", number=False),
            Column(title="Volume", unit="mL"),
            Column(title="First scan", unit="MBq"),
            Column(title="TIA", unit="MBq h"),
            Column(title="Mean dose", unit="Gy"),
        ),
        rows=tuple(rows),
        notes=notes.listed(),
        doses=True,
    )


def tabulate_leakage(result: "CaseResult") -> Table | None:
    """List what the lesions hold and what they do not, scan by scan; None without an injection.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_leakage(sample_result()) is None
    True
    """
    if result.injection is None or not result.injection.leakage:
        return None
    kinds = {region.name: region.kind for region in result.injection_regions}
    rows, said = [], []
    for course in result.injection.leakage:
        for point in course.points:
            here = [p for p in point.parts if p.name in kinds]
            away = [p for p in point.parts if p.name not in kinds]
            rows.append(
                Row(
                    heading=f"Course {course.course}, scan {point.scan}",
                    cells=(
                        Cell(text=f"{point.hours_after_administration:.1f}"),
                        Cell(text=_percent(point.retained_share, point.retained_uncertainty_share)),
                        Cell(text=_percent(point.leaked_share, point.leaked_uncertainty_share)),
                        *(
                            Cell(
                                text=_percent(
                                    math.fsum(p.share for p in chosen),
                                    math.hypot(0.0, *(p.uncertainty_share for p in chosen)),
                                )
                            )
                            for chosen in (here, away)
                        ),
                        Cell(text=_percent(point.rest_share, point.rest_uncertainty_share)),
                    ),
                )
            )
        lost = format_measurement(
            course.extravasation_percent, course.extravasation_uncertainty_percent
        )
        said.append(f"course {course.course}: {lost} %")
    return Table(
        caption="Share of the net injected activity, decay-corrected, with one standard deviation. "
        f"Extravasation as DICOM defines it (lost at the site, first scan): {'; '.join(said)}.",
        columns=(
            Column(title="", number=False),
            Column(title="Time", unit="h"),
            Column(title="In lesions", unit="%"),
            Column(title="Not in lesions", unit="%"),
            Column(title="of it at the site", unit="%"),
            Column(title="in organs", unit="%"),
            Column(title="elsewhere", unit="%"),
        ),
        rows=tuple(rows),
        notes=(
            ("", "At the site: needle tract, organ borders, rims, deposits outside. Elsewhere: the "
             "rest of the body, outside the field, excreted, or an error of the net activity or of "
             "the calibration."),
        ),
    )  # fmt: skip


def draw_leakage(result: "CaseResult") -> Picture | None:
    """Draw the shares over time, each course in its panels; None without an injection.

    Parameters
    ----------
    result : CaseResult

    Returns
    -------
    Picture or None

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> draw_leakage(sample_result()) is None
    True
    """
    if result.injection is None or not result.injection.leakage:
        return None
    courses = result.injection.leakage
    kinds = {region.name: region.kind for region in result.injection_regions}
    row_mm = 62.0
    figure = new_figure(PAGE_WIDTH_MM, row_mm * len(courses), fitted=False)
    for n, course in enumerate(courses):
        top_mm = n * row_mm + 6.0
        whole = place(figure, left_mm=13, top_mm=top_mm, width_mm=55, height_mm=44)
        parts = place(figure, left_mm=84, top_mm=top_mm, width_mm=52, height_mm=44)
        _whole(whole, course)
        _parts(parts, course, kinds)
        for axes in (whole, parts):
            axes.set_xlabel("hours after the injection", fontsize=7)
            axes.set_xlim(left=0)
            axes.set_ylabel("of the injected activity (%)", fontsize=7)
        whole.set_title(f"course {course.course}: in the lesions or not", fontsize=7.5)
        parts.set_title("where else", fontsize=7.5)
    return Picture(
        title="Where the injection went",
        caption=(
            "Shares of the net injected activity, decay-corrected, with one standard deviation; "
            "straight lines lead the eye; the right scale is linear up to 1 % and in decades "
            "beyond. What is not in the lesions includes what was excreted. A "
            "share below zero is a measurement of nothing, with its uncertainty."
        ),
        alt="Share of the injection in and outside the lesions at each scan",
        uri=data_uri(to_svg(figure), "image/svg+xml"),
    )


def _line(
    axes: "Axes", hours: list[float], series: Series, *, colour: str, marker: str, label: str
) -> None:
    axes.errorbar(
        hours, [100 * v for v, _ in series], yerr=[100 * u for _, u in series], color=colour,
        marker=marker, ms=3.5, lw=1.0, elinewidth=0.8, capsize=1.6, label=label,
    )  # fmt: skip


def _whole(axes: "Axes", course: "LeakageCourse") -> None:
    hours = [p.hours_after_administration for p in course.points]
    retained = [(p.retained_share, p.retained_uncertainty_share) for p in course.points]
    leaked = [(p.leaked_share, p.leaked_uncertainty_share) for p in course.points]
    _line(axes, hours, retained, colour=VERMILLION, marker="o", label="in lesions")
    _line(axes, hours, leaked, colour=BLUE, marker="s", label="not in lesions")
    axes.set_ylim(bottom=min(0.0, axes.get_ylim()[0]))
    axes.legend(loc="best", fontsize=6.5)


def _parts(axes: "Axes", course: "LeakageCourse", kinds: dict[str, str]) -> None:
    hours = [p.hours_after_administration for p in course.points]
    groups = _grouped(course.points, kinds)
    for n, (label, series) in enumerate(groups.items()):
        _line(
            axes, hours, series, colour=_COLOURS[n % len(_COLOURS)],
            marker=_MARKERS[n % len(_MARKERS)], label=label,
        )  # fmt: skip
    rest = [(p.rest_share, p.rest_uncertainty_share) for p in course.points]
    _line(axes, hours, rest, colour=GREY, marker="h", label="elsewhere")
    axes.axhline(0.0, color=GREY, lw=0.6)
    axes.set_yscale("symlog", linthresh=1.0)
    axes.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    axes.yaxis.set_minor_formatter(lambda value, _: "")
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), fontsize=6.5)


def _grouped(points: "tuple[LeakagePoint, ...]", kinds: dict[str, str]) -> dict[str, Series]:
    """Site parts by kind, the organs with most, the other organs together."""
    most: dict[str, float] = {}
    for point in points:
        for part in point.parts:
            if part.name not in kinds:
                most[part.name] = max(most.get(part.name, 0.0), part.share)
    shown = sorted(most, key=lambda name: -most[name])[:_MOST_ORGANS]

    def group(name: str) -> str:
        if name in kinds:
            return _GROUPS.get(kinds[name], kinds[name])
        return name if name in shown else "other organs"

    names = dict.fromkeys(group(part.name) for part in points[0].parts)
    return {
        label: [
            (
                math.fsum(p.share for p in point.parts if group(p.name) == label),
                math.hypot(
                    0.0, *(p.uncertainty_share for p in point.parts if group(p.name) == label)
                ),
            )
            for point in points
        ]
        for label in names
    }
