"""Tables of what was given and measured: administrations, scans, curves, registrations."""

from typing import TYPE_CHECKING

from hevesy.report.numbers import (
    NOT_AVAILABLE,
    format_hours,
    format_measurement,
    format_number,
    format_relative,
    is_number,
)
from hevesy.report.table import (
    Cell,
    Column,
    Notes,
    Row,
    Table,
    in_mci,
    lesions_first,
    local_time,
    measured_cell,
    number_cell,
)
from hevesy.units import MBQ_PER_MCI

if TYPE_CHECKING:
    from hevesy.case import AdministrationSummary, CaseResult, ScanMeasurement

__all__ = [
    "tabulate_administrations",
    "tabulate_fits",
    "tabulate_registrations",
    "tabulate_scans",
]

_NEGLIGIBLE_SHARE = 1e-4


def _given(administration: "AdministrationSummary") -> tuple[str, str]:
    spread = administration.activity_uncertainty_mbq
    if not is_number(spread):
        mbq = format_number(administration.activity_mbq, digits=4)
        return mbq, format_number(administration.activity_mbq / MBQ_PER_MCI, digits=4)
    return (
        format_measurement(administration.activity_mbq, spread),
        in_mci(administration.activity_mbq, spread),
    )


def tabulate_administrations(result: "CaseResult") -> Table:
    """List what was given, in MBq and mCi, with each lesion's part.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [column.unit for column in tabulate_administrations(sample_result()).columns]
    ['', '', 'MBq', 'mCi', '', '']
    """
    notes = Notes()
    rows = []
    for given in result.administrations:
        mbq, mci = _given(given)
        mark = ""
        if not is_number(given.activity_uncertainty_mbq):
            mark = notes.mark("The case does not state this activity's uncertainty.")
        kind = notes.mark(
            "Gross: the residual in the syringe was not measured; the activity given is at most "
            "this."
            if given.kind == "gross"
            else ""
        )
        cells = (
            Cell(text=local_time(given.time, result.timezone)),
            Cell(text=mbq, mark=mark),
            Cell(text=mci),
            Cell(text=given.kind, mark=kind),
            Cell(text=given.route),
        )
        rows.append(Row(heading=f"Course {given.course}", cells=cells))
        rows += [
            Row(
                heading=f"into {lesion}",
                cells=(
                    Cell(text=""),
                    Cell(text=format_number(activity, digits=4)),
                    Cell(text=format_number(activity / MBQ_PER_MCI, digits=4)),
                    Cell(text=""),
                    Cell(text=""),
                ),
            )
            for lesion, activity in given.lesions
        ]
    return Table(
        caption=f"Administration of {result.nuclide} {result.agent}",
        columns=(
            Column(title="", number=False),
            Column(title="End of injection", number=False),
            Column(title="Activity", unit="MBq"),
            Column(title="Activity", unit="mCi"),
            Column(title="Kind", number=False),
            Column(title="Route", number=False),
        ),
        rows=tuple(rows),
        notes=notes.listed(),
    )


def tabulate_scans(result: "CaseResult") -> Table:
    """List each region's activity in each scan, in MBq and mCi.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [row.cells[1].text for row in tabulate_scans(sample_result()).rows][:3]
    ['1.0', '24.0', '72.0']
    """
    several = len(result.administrations) > 1
    rows = []
    for region in lesions_first(result.regions):
        for n, scan in enumerate(region.scans):
            spread = scan.activity_uncertainty_mbq
            mci = (scan.activity_mbq / MBQ_PER_MCI, spread / MBQ_PER_MCI)
            cells = (
                Cell(text=str(scan.course)),
                Cell(text=format_hours(scan.hours_after_administration).removesuffix(" h")),
                number_cell(scan.activity_mbq, spread),
                number_cell(*mci),
                Cell(
                    text=format_relative(scan.activity_mbq, scan.random_uncertainty_mbq)
                    if scan.random_uncertainty_mbq is not None
                    else "not known"
                ),
                number_cell(scan.uncorrected_mbq),
                number_cell(scan.recovery),
                *((_left_over(scan),) if several else ()),
            )
            group = region.name if n == 0 else ""
            rows.append(Row(heading=f"Scan {scan.scan}", cells=cells, group=group))
    return Table(
        caption=(
            "Activity in each region at each scan: physical activity at the frame's start, not "
            "corrected to the injection; ± one standard deviation (k = 1)."
            + (
                " What earlier courses left of it, by their curves, was taken off for the curve."
                if several
                else ""
            )
        ),
        columns=(
            Column(title="Scan", number=False),
            Column(title="Course"),
            Column(title="After admin.", unit="h"),
            Column(title="Activity", unit="MBq"),
            Column(title="Activity", unit="mCi"),
            Column(title="of which counting"),
            Column(title="Before correction", unit="MBq"),
            Column(title="Recovery"),
            *((Column(title="Left from before", unit="MBq"),) if several else ()),
        ),
        rows=tuple(rows),
    )


def _left_over(scan: "ScanMeasurement") -> Cell:
    """What earlier courses left; 0 where it is nothing beside what is shown."""
    if scan.left_over_mbq < _NEGLIGIBLE_SHARE * abs(scan.activity_mbq):
        return number_cell(0.0)
    return number_cell(scan.left_over_mbq, scan.left_over_uncertainty_mbq)


def tabulate_fits(result: "CaseResult") -> Table:
    """List what was fitted to each region's activity.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_fits(sample_result()).rows[0].cells[1].text
    '16.0'
    """
    notes = Notes()
    several = len(result.administrations) > 1
    rows = []
    for region in lesions_first(result.regions):
        for curve in region.curves:
            half_life = curve.effective_half_life_h
            cells = (
                Cell(text=curve.model),
                number_cell(half_life)
                if half_life is not None and is_number(half_life)
                else Cell(
                    text=NOT_AVAILABLE,
                    missing=True,
                    mark=notes.mark("The curve has no last phase of one half-life."),
                ),
                measured_cell(
                    curve.tia_mbq_h, curve.tia_uncertainty_mbq_h, notes, "No finite integral."
                ),
            )
            name = f"{region.name}, course {curve.course}" if several else region.name
            rows.append(Row(heading=name, cells=cells, lesion=region.kind == "lesion"))
    return Table(
        caption=(
            "Curves fitted to the activity, and their integrals (TIA); ± here is of the fit alone, "
            "the table of doses has the whole"
        ),
        columns=(
            Column(title="Region", number=False),
            Column(title="Model and weight", number=False),
            Column(title="Effective half-life", unit="h"),
            Column(title="TIA", unit="MBq h"),
        ),
        rows=tuple(rows),
        notes=notes.listed(),
    )


def tabulate_registrations(result: "CaseResult") -> Table | None:
    """List how each scan came into the reference scan's frame; None without records.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_registrations(sample_result()).rows[0].cells[1].text
    '1.0, −2.0, 3.0'
    """
    rows = tuple(
        Row(
            heading=f"Scan {record.scan}",
            cells=(
                Cell(text=record.method),
                Cell(text=", ".join(f"{mm:.1f}".replace("-", "−") for mm in record.translation_mm)),
                Cell(text=f"{record.rotation_deg:.1f}"),
                Cell(text=_merit(record.figure_of_merit_before)),
                Cell(text=_merit(record.figure_of_merit)),
            ),
        )
        for record in result.registrations
    )
    if not rows:
        return None
    return Table(
        caption="Registration to the reference scan; r is the correlation of the two images",
        columns=(
            Column(title="", number=False),
            Column(title="Method", number=False),
            Column(title="Shift L, P, H", unit="mm"),
            Column(title="Rotation", unit="°"),
            Column(title="r before"),
            Column(title="r after"),
        ),
        rows=rows,
    )


def _merit(merit: float | None) -> str:
    return "not needed" if merit is None or not is_number(merit) else f"{merit:.3f}"
