"""Tables of what was found: doses, dose-volume figures, the truth beside them, BED."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from hevesy.report.numbers import NOT_AVAILABLE, format_number, format_percent, is_number
from hevesy.report.table import (
    Cell,
    Column,
    Notes,
    Row,
    Table,
    lesions_first,
    measured_cell,
    number_cell,
)

if TYPE_CHECKING:
    from hevesy.case import CaseResult, RegionResult

__all__ = ["tabulate_bed", "tabulate_doses", "tabulate_truth", "tabulate_volumes"]

_MOST_VOLUME_COLUMNS = 1  # more would run over the page's edge: they get a table of their own


def _dvh_cells(region: "RegionResult", notes: Notes) -> tuple[Cell, ...]:
    dvh = region.dvh
    if dvh is None:
        mark = notes.mark("No dose-volume histogram was made for this region.")
        return (Cell(text=NOT_AVAILABLE, mark=mark, missing=True),) + (
            Cell(text="", missing=True),
        ) * 3
    figures = [number_cell(v) for v in (dvh.d98_gy, dvh.d70_gy, dvh.d50_gy, dvh.d2_gy)]
    if not dvh.valid:
        cause = "noise" if "noise" in dvh.reason else "blur"
        why = notes.mark(f"{_not_valid(dvh.reason)} The {cause} is in D70, D50 and D2 too.")
        figures[0] = Cell(text=figures[0].text, mark=why, struck=True)
    return tuple(figures)


def _not_valid(reason: str) -> str:
    """One sentence on why D98 and V are not valid."""
    said = reason.rstrip(".") or "the region is too small for the image"
    return f"{said}." if said.startswith("D98") else f"D98 and V are not valid: {said}."


def _volume_columns(result: "CaseResult") -> list[float]:
    """Doses at which some region's V is known, Gy, in order."""
    return sorted({d for r in result.regions if r.dvh for d, _ in r.dvh.volume_shares_at})


def _volume_cells(region: "RegionResult", doses_gy: Sequence[float]) -> list[Cell]:
    known = dict(region.dvh.volume_shares_at) if region.dvh is not None else {}
    struck = region.dvh is not None and not region.dvh.valid
    return [
        Cell(
            text=format_percent(known[dose]) if dose in known else "",
            struck=struck and dose in known,
            missing=dose not in known,
        )
        for dose in doses_gy
    ]


def tabulate_doses(result: "CaseResult") -> Table:
    """List each region's volume, mass, TIA, mean dose and dose-volume figures, lesions first.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [row.heading for row in tabulate_doses(sample_result()).rows]
    ['lesion 1', 'liver']
    """
    notes = Notes()
    at_gy = _volume_columns(result)
    at_gy = at_gy if len(at_gy) <= _MOST_VOLUME_COLUMNS else []
    with_eud = any(r.eud_gy is not None for r in result.regions)
    rows = []
    for region in lesions_first(result.regions):
        dose = measured_cell(
            region.mean_dose_gy,
            region.mean_dose_uncertainty_gy,
            notes,
            "No finite mean dose: see this region's warnings.",
            detail=_voxel_mean(region),
        )
        tia = measured_cell(
            region.tia_mbq_h,
            region.tia_uncertainty_mbq_h,
            notes,
            "No finite time-integrated activity: see this region's warnings.",
        )
        cells = [
            number_cell(region.volume_ml), number_cell(region.mass_g), tia, dose,
            *_dvh_cells(region, notes),
            *_volume_cells(region, at_gy),
        ]  # fmt: skip
        if with_eud:
            cells.append(number_cell(region.eud_gy) if region.eud_gy is not None else Cell(text=""))
        rows.append(Row(heading=region.name, cells=tuple(cells), lesion=region.kind == "lesion"))
    columns = [
        Column(title="Region", number=False), Column(title="Volume", unit="mL"),
        Column(title="Mass", unit="g"), Column(title="TIA", unit="MBq h"),
        Column(title="Mean dose", unit="Gy"), Column(title="D98", unit="Gy"),
        Column(title="D70", unit="Gy"), Column(title="D50", unit="Gy"),
        Column(title="D2", unit="Gy"),
        *(Column(title=f"V at {format_number(d)} Gy", unit="of volume") for d in at_gy),
    ]  # fmt: skip
    if with_eud:
        columns.append(Column(title="EUD", unit="Gy"))
    return Table(
        caption=(
            "Absorbed dose per region, over all courses; ± one standard deviation (k = 1). The "
            "mean dose is energy over mass; under it the mean of the dose map's voxels; the map "
            f"{result.map_note}."
        ),
        columns=tuple(columns),
        rows=tuple(rows),
        notes=notes.listed(),
        doses=True,
    )


def tabulate_volumes(result: "CaseResult") -> Table | None:
    """List the shares of volume that get given doses; None where the table of doses has them.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_volumes(sample_result()) is None
    True
    """
    at_gy = _volume_columns(result)
    if len(at_gy) <= _MOST_VOLUME_COLUMNS:
        return None
    notes = Notes()
    rows = []
    for region in lesions_first(result.regions):
        if region.dvh is None:
            continue
        mark = notes.mark("" if region.dvh.valid else _not_valid(region.dvh.reason))
        first, *others = _volume_cells(region, at_gy)
        cells = (replace(first, mark=mark), *others)
        rows.append(Row(heading=region.name, cells=cells, lesion=region.kind == "lesion"))
    return Table(
        caption="V: share of each region's volume that gets at least the dose",
        columns=(
            Column(title="Region", number=False),
            *(Column(title=f"V at {format_number(d)} Gy") for d in at_gy),
        ),
        rows=tuple(rows),
        notes=notes.listed(),
        doses=True,
    )


def _voxel_mean(region: "RegionResult") -> str:
    if region.voxel_mean_dose_gy is None or not is_number(region.voxel_mean_dose_gy):
        return ""
    return f"map {format_number(region.voxel_mean_dose_gy)}"


def _difference(value: float, uncertainty: float, truth: float) -> Cell:
    """How far a figure is from the truth: in per cent, and in its own uncertainties."""
    if not (is_number(value) and is_number(truth)) or truth == 0:
        return Cell(text=NOT_AVAILABLE, missing=True)
    share = (value - truth) / truth
    sign = "+" if share > 0 else ""
    far = abs(value - truth) / uncertainty if is_number(uncertainty) and uncertainty > 0 else None
    detail = "" if far is None else f"{far:.1f} u"
    return Cell(text=f"{sign}{format_percent(share)}", detail=detail, alert=far is None or far > 2)


def tabulate_truth(result: "CaseResult") -> Table | None:
    r"""Set a virtual patient's truth beside the figures; None where none is known.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [cell.text for cell in tabulate_truth(sample_result()).rows[0].cells][3:4]
    ['−2.9\u202f%']
    """
    rows = []
    for region in lesions_first(result.regions):
        truth = region.truth
        if truth is None:
            continue
        cells = (
            number_cell(region.volume_ml),
            number_cell(region.tia_mbq_h, region.tia_uncertainty_mbq_h),
            number_cell(truth.tia_mbq_h),
            _difference(region.tia_mbq_h, region.tia_uncertainty_mbq_h, truth.tia_mbq_h),
            number_cell(region.mean_dose_gy, region.mean_dose_uncertainty_gy),
            number_cell(truth.mean_dose_gy),
            _difference(region.mean_dose_gy, region.mean_dose_uncertainty_gy, truth.mean_dose_gy),
        )
        rows.append(Row(heading=region.name, cells=cells, lesion=region.kind == "lesion"))
    if not rows:
        return None
    return Table(
        caption=(
            "Virtual patient: the figures beside the truth. Under each difference, how many "
            "standard uncertainties (u) it is; beyond 2 u it is marked. True doses: "
            + "; ".join(dict.fromkeys(r.truth.dose_source for r in result.regions if r.truth))
            + "."
        ),
        columns=(
            Column(title="Region", number=False),
            Column(title="Volume", unit="mL"),
            Column(title="TIA", unit="MBq h"),
            Column(title="true TIA", unit="MBq h"),
            Column(title="difference"),
            Column(title="Mean dose", unit="Gy"),
            Column(title="true dose", unit="Gy"),
            Column(title="difference"),
        ),
        rows=tuple(rows),
        doses=True,
    )


def tabulate_bed(result: "CaseResult") -> Table | None:
    """List biologically effective doses with the parameters they rest on; None without any.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> tabulate_bed(sample_result()).rows[0].cells[2].text
    '10.0'
    """
    rows = tuple(
        Row(
            heading=region.name,
            cells=(
                number_cell(bed.bed_gy), number_cell(bed.alpha_per_gy),
                number_cell(bed.alpha_beta_gy), number_cell(bed.repair_half_time_h),
            ),
            lesion=region.kind == "lesion",
        )
        for region in lesions_first(result.regions)
        for bed in region.beds
    )  # fmt: skip
    if not rows:
        return None
    return Table(
        caption=(
            "Biologically effective dose (BED) with the parameters given in the case; no "
            "uncertainty is stated, for that of the parameters is not known"
        ),
        columns=(
            Column(title="Region", number=False),
            Column(title="BED", unit="Gy"),
            Column(title="α", unit="1/Gy"),
            Column(title="α/β", unit="Gy"),
            Column(title="Repair half-time", unit="h"),
        ),
        rows=rows,
        doses=True,
    )
