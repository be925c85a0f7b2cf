"""Pictures of whole scans: projections in a row on one scale, and registration checkerboards."""

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from hevesy.report.numbers import format_hours, format_number
from hevesy.report.style import (
    GREY,
    PAGE_WIDTH_MM,
    Look,
    Picture,
    data_uri,
    new_figure,
    place,
    to_png,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from hevesy.case import CaseResult, RegistrationRecord, ScanPicture
    from hevesy.images import Region

__all__ = ["draw_checkerboards", "draw_projections"]

_PER_ROW = 6
_SCAN_PREFIX = re.compile(r"^scan \d+: ")
_TALLEST_MM = 62.0  # on paper
_THIN_MM = 20.0  # narrower strips that a scan did not see are not hatched


def _bare(axes: "Axes") -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set(visible=True, color=GREY, linewidth=0.4)


def _panels(
    sizes_mm: list[tuple[float, float]], heading_mm: float, *, below: bool = False
) -> "tuple[Figure, list[Axes], float]":
    """A figure with a panel for each picture of ``(height, width)``; and where the row ends.

    The heading stands above each panel, or below it.
    """
    columns = min(_PER_ROW, len(sizes_mm))
    rows = -(-len(sizes_mm) // columns)
    high, wide = max(h for h, _ in sizes_mm), max(w for _, w in sizes_mm)
    scale = min((PAGE_WIDTH_MM - 20) / columns / wide, _TALLEST_MM / high)
    step, tall = scale * wide, scale * high
    figure = new_figure(PAGE_WIDTH_MM, rows * (tall + heading_mm) + 2, fitted=False)
    panels = [
        place(
            figure, left_mm=(n % columns) * step,
            top_mm=(n // columns) * (tall + heading_mm) + (1.0 if below else heading_mm),
            width_mm=step - 2, height_mm=tall - 2,
        )
        for n in range(len(sizes_mm))
    ]  # fmt: skip
    for axes in panels:
        _bare(axes)
    return figure, panels, columns * step


def _decay_notes(pictures: "Sequence[ScanPicture]") -> str:
    """What was taken as each scan's decay reference, said once for scans that share it."""
    scans: dict[str, list[int]] = {}
    for picture in pictures:
        note = _SCAN_PREFIX.sub("", picture.decay_note).rstrip(".") or "not stated"
        scans.setdefault(note, []).append(picture.scan)
    if len(scans) == 1:
        return next(iter(scans))
    return "; ".join(
        f"scan {', '.join(str(n) for n in numbers)}: {note}" for note, numbers in scans.items()
    )


def _bar_mm(figure: "Figure") -> float:
    return min(60.0, 25.4 * float(figure.get_size_inches()[1]) - 12)


def _outline(axes: "Axes", picture: "ScanPicture", lesion: "Region", look: "Look") -> None:
    """The lesion's shadow on the picture, as a line around it."""
    if picture.corner_mm is None:
        return
    from scipy.ndimage import binary_closing

    inner = np.stack(np.meshgrid(*[(-0.25, 0.25)] * 3, indexing="ij"), axis=-1).reshape(-1, 3)
    points = (np.argwhere(lesion.mask)[:, None, :] + inner).reshape(-1, 3)
    world = lesion.grid.to_world_mm(points)
    shape = picture.coronal_mip.shape
    left, top = picture.corner_mm
    row = np.floor((top - world[:, 2]) / picture.spacing_mm[0]).astype(int)
    column = np.floor((world[:, 0] - left) / picture.spacing_mm[1]).astype(int)
    inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
    shadow = np.zeros((shape[0] + 2, shape[1] + 2), dtype=bool)
    shadow[row[inside] + 1, column[inside] + 1] = True
    shadow = binary_closing(shadow)
    if not shadow.any():
        return
    high, wide = shape[0] * picture.spacing_mm[0], shape[1] * picture.spacing_mm[1]
    across = -wide / 2 + (np.arange(shape[1] + 2) - 0.5) * picture.spacing_mm[1]
    down = high / 2 - (np.arange(shape[0] + 2) - 0.5) * picture.spacing_mm[0]
    axes.contour(
        across, down, shadow, levels=[0.5], colors=[look.colour], linewidths=0.7,
        linestyles=[look.dash],
    )  # fmt: skip


def _hatch_unseen(axes: "Axes", picture: "ScanPicture") -> bool:
    """Hatch what the scan did not see; whether there is any."""
    if picture.seen is None:
        return False
    from scipy.ndimage import binary_opening

    least = [max(round(_THIN_MM / size), 1) for size in picture.spacing_mm]
    unseen = binary_opening(~np.asarray(picture.seen), structure=np.ones(least, dtype=bool))
    if not unseen.any():
        return False
    high = picture.seen.shape[0] * picture.spacing_mm[0]
    wide = picture.seen.shape[1] * picture.spacing_mm[1]
    axes.contourf(
        unseen.astype(float), levels=[0.5, 1.5], colors="none", hatches=["////"],
        origin="upper", extent=(-wide / 2, wide / 2, -high / 2, high / 2),
    )  # fmt: skip
    return True


def _label(picture: "ScanPicture", courses: int) -> str:
    course = f"course {picture.course}, " if courses > 1 else ""
    return (
        f"{course}{format_hours(picture.hours_after_administration)}\n"
        f"{format_number(picture.total_activity_mbq)} MBq"
    )


def draw_projections(
    result: "CaseResult", styles: "Mapping[str, Look] | None" = None
) -> Picture | None:
    """Draw each scan's coronal projection, all on one scale; None without pictures.

    The activity is that at each frame's start: decay dims the later ones, as in the body. Lesions
    are outlined where `styles` has a look for them; what a scan did not see is hatched.

    Parameters
    ----------
    result : CaseResult
    styles : Mapping of str to Look, optional
        Of the lesions.

    Returns
    -------
    Picture or None

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     picture = draw_projections(sample_result())
    >>> picture.uri[:14]
    'data:image/png'
    """
    pictures = result.pictures
    if not pictures:
        return None
    import matplotlib as mpl

    sizes = [
        (p.coronal_mip.shape[0] * p.spacing_mm[0], p.coronal_mip.shape[1] * p.spacing_mm[1])
        for p in pictures
    ]
    figure, panels, ends_mm = _panels(sizes, 8.0, below=True)
    top = max(float(p.coronal_mip.max()) for p in pictures) / 1e3 or 1.0
    norm = mpl.colors.PowerNorm(0.5, vmin=0.0, vmax=top)
    reach = (max(h for h, _ in sizes), max(w for _, w in sizes))
    image: Any = None
    unseen = False
    names = {r.name for r in result.regions if r.kind == "lesion"} & set(styles or ())
    lesions = [mask for mask in result.masks if mask.name in names]
    for axes, picture, size in zip(panels, pictures, sizes, strict=True):
        high, wide = size
        image = axes.imshow(
            np.asarray(picture.coronal_mip) / 1e3, cmap="gray_r", norm=norm,
            extent=(-wide / 2, wide / 2, -high / 2, high / 2), interpolation="bilinear",
        )  # fmt: skip
        axes.set_xlim(-reach[1] / 2, reach[1] / 2)
        axes.set_ylim(-reach[0] / 2, reach[0] / 2)
        axes.set_xlabel(_label(picture, len(result.administrations)), fontsize=7, labelpad=2)
        unseen = _hatch_unseen(axes, picture) or unseen
        for lesion in lesions:
            _outline(axes, picture, lesion, (styles or {})[lesion.name])
        axes.text(0.03, 0.98, "R", transform=axes.transAxes, va="top", fontsize=7, color=GREY)
        axes.text(
            0.97, 0.98, "L", transform=axes.transAxes, va="top", ha="right", fontsize=7, color=GREY
        )
    narrow = place(figure, left_mm=ends_mm, top_mm=1, width_mm=2.5, height_mm=_bar_mm(figure))
    bar = figure.colorbar(image, cax=narrow)
    bar.set_label("kBq/mL")
    bar.outline.set_visible(False)
    return Picture(
        title="Whole scans",
        caption=(
            "Coronal projections (maximum along the line of sight) on one scale, darker for more, "
            "with the square root as grey so that weak uptake is seen. Times are from the "
            "administration to the frame's start, MBq the activity in the field of view then; "
            "neither picture nor MBq is decay-corrected to the administration. "
            + ("Lines: the lesions as drawn. " if lesions else "")
            + (
                "Hatched: not in that scan's field of view (strips under 2 cm left out). "
                if unseen
                else ""
            )
            + f"Decay reference: {_decay_notes(pictures)}."
        ),
        alt=f"Coronal projections of {len(pictures)} scans side by side",
        uri=data_uri(to_png(figure, dpi=150), "image/png"),
    )


def _merit(record: "RegistrationRecord") -> str:
    if record.figure_of_merit is None:
        return f"scan {record.scan}"
    return f"scan {record.scan}: r = {record.figure_of_merit:.3f}"


def draw_checkerboards(result: "CaseResult") -> Picture | None:
    """Draw the checkerboards of the scans that were registered; None where there are none.

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing
    >>> with drawing():
    ...     picture = draw_checkerboards(sample_result())
    >>> picture.alt
    'Checkerboards of 1 registered scans'
    """
    shown = [r for r in result.registrations if r.checkerboard is not None]
    if not shown:
        return None
    boards = [np.asarray(r.checkerboard, dtype=np.float32) for r in shown]
    sizes = [
        (b.shape[0] * r.checkerboard_spacing_mm[0], b.shape[1] * r.checkerboard_spacing_mm[1])
        for b, r in zip(boards, shown, strict=True)
    ]
    figure, panels, _ = _panels(sizes, 5.5)
    for axes, board, record in zip(panels, boards, shown, strict=True):
        ratio = record.checkerboard_spacing_mm[0] / record.checkerboard_spacing_mm[1]
        axes.imshow(board, cmap="gray", vmin=0, vmax=1, aspect=ratio)
        axes.set_title(_merit(record), fontsize=7, loc="center")
    return Picture(
        title="Registration",
        caption=(
            "Coronal checkerboards: squares of the scan alternate with squares of the reference "
            "scan. Edges that run on from square to square show a good fit; r is the correlation "
            "of both images after registration."
        ),
        alt=f"Checkerboards of {len(shown)} registered scans",
        uri=data_uri(to_png(figure, dpi=130), "image/png"),
    )
