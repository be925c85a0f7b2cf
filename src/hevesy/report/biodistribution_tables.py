"""Tables of where the injected activity is, and how long it stays."""

from typing import TYPE_CHECKING

from hevesy.report.numbers import format_hours, format_measurement, format_number
from hevesy.report.table import Cell, Column, Notes, Row, Table, lesions_first, number_cell

if TYPE_CHECKING:
    from hevesy.case import CaseResult, PercentInjected, RegionKinetics, RegionResult

__all__ = ["tabulate_biodistribution", "tabulate_kinetics"]

_MOST_SCANS = 6  # more columns would run over the page's edge
_UNSEEN = (
    "Can't be told from none: below Currie's decision limit. What stands there is what would be "
    "found (the detection limit, 95 %)."
)


def tabulate_biodistribution(result: "CaseResult") -> tuple[Table, ...]:
    """List each region's part of the injected activity at each scan, six scans to a table.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_biodistribution(sample_result())[0].rows[0].cells[0].text
    '83.1 ± 6.1'
    """
    regions = [region for region in lesions_first(result.regions) if region.percent_ia]
    if not regions:
        return ()
    parts = regions[0].percent_ia
    return tuple(
        _table(result, regions, start, min(start + _MOST_SCANS, len(parts)))
        for start in range(0, len(parts), _MOST_SCANS)
    )


def _table(result: "CaseResult", regions: "list[RegionResult]", start: int, stop: int) -> Table:
    notes = Notes()
    rows = [
        Row(
            heading=region.name,
            lesion=region.kind == "lesion",
            cells=tuple(_cell(part, notes) for part in region.percent_ia[start:stop]),
        )
        for region in regions
    ]
    rows += _body_rows(result, start, stop)
    several = len(result.administrations) > 1
    columns = [Column(title="Region", number=False)]
    columns += [
        Column(
            title=f"Scan {part.scan}" + (f", course {part.course}" if several else ""),
            unit=format_hours(part.hours_after_administration),
        )
        for part in regions[0].percent_ia[start:stop]
    ]
    return Table(
        caption=(
            "Part of the injected activity, % IA, with physical decay since the injection taken "
            "out; the smaller line is the physical activity at the scan, % IA. ± one standard "
            "deviation (k = 1)."
        ),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=notes.listed(),
    )


def _cell(part: "PercentInjected", notes: Notes) -> Cell:
    if part.below_detection and part.detection_limit_percent is not None:
        scale = part.decay_corrected_percent / part.percent if part.percent else 1.0
        return Cell(
            text=f"< {format_number(part.detection_limit_percent * scale, digits=2)}",
            detail=f"< {format_number(part.detection_limit_percent, digits=2)}",
            mark=notes.mark(_UNSEEN),
        )
    return Cell(
        text=format_measurement(
            part.decay_corrected_percent, part.decay_corrected_percent_uncertainty
        ),
        detail=format_measurement(part.percent, part.percent_uncertainty),
        alert=part.decay_corrected_percent - 100.0 > 2.0 * part.decay_corrected_percent_uncertainty,
    )


def _body_rows(result: "CaseResult", start: int, stop: int) -> list[Row]:
    """The whole image, and what is no longer seen: decay taken out."""
    closure = result.closure
    if closure is None:
        return []
    seen, gone = [], []
    for one in closure.per_scan[start:stop]:
        left = 100.0 - one.excreted_percent
        spread = one.excreted_percent_uncertainty
        seen.append(_body_cell(left, spread))
        gone.append(_body_cell(one.excreted_percent, spread))
    return [
        Row(heading="whole image", cells=tuple(seen), group="Whole body"),
        Row(heading="no longer seen", cells=tuple(gone)),
    ]


def _body_cell(percent: float, spread: float | None) -> Cell:
    if spread is None:
        return Cell(text=f"{format_number(percent)} ± n. s.")
    return number_cell(percent, spread)


def tabulate_kinetics(result: "CaseResult") -> Table | None:
    """List half-lives and residence times; None without any.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [cell.text for cell in tabulate_kinetics(sample_result()).rows[0].cells]
    ['16.00 ± 0.40', '272 ± 40', '19.2 ± 2.1']
    """
    notes = Notes()
    several = len(result.administrations) > 1
    rows = []
    for region in lesions_first(result.regions):
        for one in region.kinetics:
            name = f"{region.name}, course {one.course}" if several else region.name
            rows.append(
                Row(
                    heading=name,
                    lesion=region.kind == "lesion",
                    cells=(
                        _effective(one, notes),
                        _biological(one, notes),
                        number_cell(one.residence_time_h, one.residence_time_uncertainty_h),
                    ),
                )
            )
    if not rows:
        return None
    return Table(
        caption=(
            "How long the activity stays: effective and biological half-life of the last phase, "
            "and residence time (time-integrated over injected activity). ± one standard "
            "deviation (k = 1); that of the half-lives is of the fit alone."
        ),
        columns=(
            Column(title="Region", number=False),
            Column(title="Effective half-life", unit="h"),
            Column(title="Biological half-life", unit="h"),
            Column(title="Residence time", unit="h"),
        ),
        rows=tuple(rows),
        notes=notes.listed(),
    )


def _effective(one: "RegionKinetics", notes: Notes) -> Cell:
    value, spread = one.effective_half_life_h, one.effective_half_life_uncertainty_h
    if value is None:
        mark = notes.mark("The scans can't tell how fast activity leaves.")
        return Cell(text="not available", mark=mark, missing=True)
    if spread is None:
        mark = notes.mark("The fit does not tell this half-life's uncertainty.")
        return Cell(text=format_number(value), mark=mark)
    return number_cell(value, spread)


def _biological(one: "RegionKinetics", notes: Notes) -> Cell:
    if one.biological_half_life_h is not None:
        return number_cell(one.biological_half_life_h, one.biological_half_life_uncertainty_h)
    if one.biological_half_life_at_least_h is not None:
        mark = notes.mark(
            "The effective half-life is not shorter than the physical one beyond its uncertainty: "
            "no clearance is seen; a one-sided 95 % bound is given."
        )
        return Cell(text=f"none; > {format_number(one.biological_half_life_at_least_h)}", mark=mark)
    return Cell(text="not available", missing=True)
