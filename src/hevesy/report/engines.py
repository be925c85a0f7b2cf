"""Several dose engines over the same decays: a table of doses and a picture of where they part."""

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hevesy.report.numbers import format_number, format_percent
from hevesy.report.style import PAGE_WIDTH_MM, Picture, data_uri, new_figure, place, to_png
from hevesy.report.table import Cell, Column, Notes, Row, Table, number_cell

if TYPE_CHECKING:
    from hevesy.case import CaseResult, EngineComparison
    from hevesy.images import Region

__all__ = ["draw_engines", "tabulate_engines"]

_MARGIN_MM = 35.0  # around the lesion in the picture
_MOST_PANELS = 4
_SPAN_PERCENT = 25.0


def tabulate_engines(result: "CaseResult") -> Table | None:
    r"""Set the engines' mean doses beside each other; None where only one was run.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> [column.title for column in tabulate_engines(sample_result()).columns]
    ['Region', 'monte-carlo', 'local', 'local against monte-carlo']
    """
    found = result.comparison
    if found is None:
        return None
    notes = Notes()
    reference, *others = found.rows
    lesions = {region.name for region in result.regions if region.kind == "lesion"}
    rows = []
    for n, name in enumerate(found.regions):
        base = reference.mean_dose_gy[n]
        cells = [number_cell(row.mean_dose_gy[n]) for row in found.rows]
        cells += [_against(row.mean_dose_gy[n], base) for row in others]
        rows.append(Row(heading=name, cells=tuple(cells), lesion=name in lesions))
    rows.sort(key=lambda row: not row.lesion)
    rows.append(
        Row(
            heading="gamma 3 %, 3 mm: voxels that pass",
            cells=(
                Cell(text=""),
                *(
                    Cell(
                        text=(
                            ""
                            if row.gamma_pass_share is None
                            else format_percent(row.gamma_pass_share)
                        )
                    )
                    for row in others
                ),
                *(Cell(text="") for _ in others),
            ),
        )
    )
    for row in found.rows:
        notes.mark(f"{row.method}: {row.note}.")
    return Table(
        caption=(
            "Engines beside each other, given the same decays. Mean dose is energy imparted over "
            "the mass of the region's voxels; gamma counts voxels above 10 % of the maximum."
        ),
        columns=(
            Column(title="Region", number=False),
            *(Column(title=row.method, unit="Gy") for row in found.rows),
            *(Column(title=f"{row.method} against {reference.method}") for row in others),
        ),
        rows=tuple(rows),
        notes=notes.listed(),
        doses=True,
    )


def _against(value: float, base: float) -> Cell:
    if base <= 0:
        return Cell(text="", missing=True)
    percent = 100.0 * (value / base - 1.0)
    sign = "−" if percent < 0 else "+"
    return Cell(text=f"{sign}{format_number(abs(percent), digits=2)}\u202f%")


def draw_engines(result: "CaseResult") -> Picture | None:
    """Draw the reference engine's dose and the others' differences; None where only one was run.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     picture = draw_engines(sample_result())
    >>> picture.title
    'Where the engines part'
    """
    found = result.comparison
    if found is None or not result.masks:
        return None
    region = _shown_region(result, found)
    plane, rows, columns, extent = _plane(result, region)
    maps = [np.asarray(m.values[plane, rows, columns], dtype=np.float32) for m in found.maps]
    top = float(np.asarray(found.maps[0].values)[plane].max()) or 1.0
    count = min(len(maps), _MOST_PANELS)
    wide = (PAGE_WIDTH_MM - 34.0) / max(count, 3) - 3.0
    tall = min(wide * abs(extent[3] - extent[2]) / abs(extent[1] - extent[0]), 70.0)
    figure = new_figure(PAGE_WIDTH_MM, tall + 14.0, fitted=False)
    outline = region.mask[plane, rows, columns]
    images: list[Any] = []
    for n in range(count):
        left = 2.0 + n * (wide + 3.0) + (14.0 if n else 0.0)
        axes = place(figure, left_mm=left, top_mm=8, width_mm=wide, height_mm=tall)
        if n == 0:
            image = axes.imshow(maps[0], cmap="magma", vmin=0, vmax=top, extent=extent)
            axes.set_title(f"{found.rows[0].method}: dose", fontsize=7, loc="center")
        else:
            image = axes.imshow(
                100.0 * (maps[n] - maps[0]) / top, cmap="PuOr_r", extent=extent,
                vmin=-_SPAN_PERCENT, vmax=_SPAN_PERCENT,
            )  # fmt: skip
            axes.set_title(f"{found.rows[n].method}: difference", fontsize=7, loc="center")
        axes.contour(
            outline.astype(np.float32), levels=[0.5], colors="#777777" if n else "white",
            linewidths=0.7, extent=extent, origin="upper",
        )  # fmt: skip
        axes.set_xticks([])
        axes.set_yticks([])
        images.append(image)
    _bars(figure, images, wide, tall, count)
    return Picture(
        title="Where the engines part",
        caption=(
            f"The slice through the middle of {region.name} (outlined). Left: dose by "
            f"{found.rows[0].method}, Gy. Others: their dose less that, in per cent of the slice's "
            "maximum; orange is more, purple is less. Research use only."
        ),
        alt=f"Dose by {found.rows[0].method} and differences of {count - 1} other engines",
        uri=data_uri(to_png(figure, dpi=170), "image/png"),
    )


def _bars(figure: Any, images: list[Any], wide: float, tall: float, count: int) -> None:
    first = place(figure, left_mm=wide + 3.5, top_mm=8, width_mm=2.2, height_mm=tall)
    bar = figure.colorbar(images[0], cax=first)
    bar.set_label("Gy")
    if count > 1:
        left = 2.0 + count * (wide + 3.0) + 12.0
        second = place(figure, left_mm=left, top_mm=8, width_mm=2.2, height_mm=tall)
        figure.colorbar(images[1], cax=second).set_label("% of maximum")


def _shown_region(result: "CaseResult", found: "EngineComparison") -> "Region":
    """The lesion in which the engines differ most; else the region with the highest dose."""
    lesions = {region.name for region in result.regions if region.kind == "lesion"}
    reference = found.rows[0].mean_dose_gy

    def apart(n: int) -> tuple[bool, float]:
        base = reference[n] or 1.0
        most = max((abs(row.mean_dose_gy[n] / base - 1.0) for row in found.rows[1:]), default=0.0)
        return (found.regions[n] in lesions, most)

    best = max(range(len(found.regions)), key=apart)
    return next(mask for mask in result.masks if mask.name == found.regions[best])


def _plane(
    result: "CaseResult", region: "Region"
) -> tuple[int, slice, slice, tuple[float, float, float, float]]:
    """The slice with most of the region, a window around it, and its extent in mm."""
    grid = result.dose.grid
    plane = int(np.argmax(region.mask.sum(axis=(1, 2))))
    spans: list[slice] = []
    for axis, mm in ((1, grid.spacing_mm[1]), (2, grid.spacing_mm[2])):
        inside: NDArray[np.intp] = np.flatnonzero(region.mask.any(axis=tuple({0, 1, 2} - {axis})))
        margin = round(_MARGIN_MM / mm)
        low = max(int(inside[0]) - margin, 0)
        high = min(int(inside[-1]) + margin + 1, grid.shape[axis])
        spans.append(slice(low, high))
    height = (spans[0].stop - spans[0].start) * grid.spacing_mm[1]
    width = (spans[1].stop - spans[1].start) * grid.spacing_mm[2]
    return plane, spans[0], spans[1], (0.0, width, height, 0.0)
