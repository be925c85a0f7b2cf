"""Fused slices: the CT in grey, the dose as a colour wash, regions as outlines.

The planes are the patient's own (axial, coronal, sagittal in LPS), whatever the grids' axes:
each volume is sampled where the plane lies, so an oblique or flipped image is drawn upright with
the right letters at its sides. Radiological convention: the patient's right is at the left.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid, Region
from hevesy.report.sampling import sample_plane
from hevesy.report.style import PAGE_WIDTH_MM, Look, Picture, data_uri, new_figure, place, to_png

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from hevesy.case import CaseResult

__all__ = ["draw_slices"]

_CT_WINDOW_HU = (-160.0, 240.0)  # soft tissue: width 400, level 40
_STEP_MM = 1.2
_WASH_FROM_SHARE = 0.05  # of the scale's end: below it the CT stays bare
_BODY_HU = -400.0
_HEIGHT_MM = (240.0, 340.0)  # least and most of the patient that a panel shows, head to foot
_ACROSS_MM = 460.0
_MARGIN_MM = 30.0  # around the regions, where no CT shows the body
_TALLEST_MM = 75.0  # on paper


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plane:
    """A patient plane: the LPS axes to the right and down, with their signs, and the letters."""

    title: str
    right_axis: int
    down_axis: int
    down_sign: int
    letters: tuple[str, str, str, str]  # left, right, top, bottom


_PLANES = (
    _Plane(title="Axial", right_axis=0, down_axis=1, down_sign=1, letters=("R", "L", "A", "P")),
    _Plane(title="Coronal", right_axis=0, down_axis=2, down_sign=-1, letters=("R", "L", "H", "F")),
    _Plane(title="Sagittal", right_axis=1, down_axis=2, down_sign=-1, letters=("A", "P", "H", "F")),
)


def _corners_mm(grid: Grid, low: Sequence[int], high: Sequence[int]) -> NDArray[np.float64]:
    ends = [(a - 0.5, b + 0.5) for a, b in zip(low, high, strict=True)]
    return grid.to_world_mm(np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(-1, 3))


def _body_box_mm(result: "CaseResult") -> NDArray[np.float64]:
    """Box around the body within the dose grid, LPS mm; shape (2, 3), lower and upper corner.

    Without a CT, around all regions, with a margin.
    """
    dose = result.dose.grid
    whole = _corners_mm(dose, (0, 0, 0), [n - 1 for n in dose.shape])
    box = np.stack([whole.min(axis=0), whole.max(axis=0)])
    if result.anatomy is not None:
        corners = [_filled_mm(result.anatomy.values > _BODY_HU, result.anatomy.grid, 0.0)]
    else:
        corners = [_filled_mm(mask.mask, mask.grid, _MARGIN_MM) for mask in result.masks]
    points = np.concatenate([c for c in corners if c.size] or [whole])
    tight = np.stack(
        [np.maximum(points.min(axis=0), box[0]), np.minimum(points.max(axis=0), box[1])]
    )
    return tight if (tight[1] - tight[0] > 2 * _MARGIN_MM).all() else box


def _filled_mm(inside: NDArray[np.bool_], grid: Grid, margin_mm: float) -> NDArray[np.float64]:
    """Corners of the box that holds all that is inside, LPS mm; none where nothing is."""
    spans = []
    for axis in range(3):
        along = np.flatnonzero(inside.any(axis=tuple(a for a in range(3) if a != axis)))
        if not along.size:
            return np.empty((0, 3))
        spans.append((int(along[0]), int(along[-1])))
    corners = _corners_mm(grid, [low for low, _ in spans], [high for _, high in spans])
    outward = np.sign(corners - corners.mean(axis=0))
    return np.asarray(corners + margin_mm * outward)


def _window(low: float, high: float, centre: float, size: float) -> tuple[float, float]:
    """An interval of `size` around `centre`, moved so that it leaves [low, high] least."""
    if size >= high - low:
        middle = (low + high) / 2
        return middle - size / 2, middle + size / 2
    start = min(max(centre - size / 2, low), high - size)
    return start, start + size


def _extents_mm(box: NDArray[np.float64], centre: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the panels show along x, y, z, LPS mm; shape (3, 2)."""
    wide, deep, tall = (box[1] - box[0]) * 1.04 + 8
    tall = float(np.clip(tall, *_HEIGHT_MM))
    sizes = (min(wide, _ACROSS_MM), min(deep, _ACROSS_MM), tall)
    return np.array([_window(box[0][a], box[1][a], centre[a], sizes[a]) for a in range(3)])


def _centroid_mm(region: Region) -> NDArray[np.float64]:
    """The middle of the region; of a hollow one, its voxel nearest to that."""
    index = np.argwhere(region.mask)
    middle = index.mean(axis=0)
    if not region.mask[tuple(np.rint(middle).astype(int))]:
        middle = index[np.argmin(((index - middle) ** 2).sum(axis=1))]
    return region.grid.to_world_mm(middle)


def _points(
    plane: _Plane, extents: NDArray[np.float64], centre: NDArray[np.float64]
) -> NDArray[np.float64]:
    """LPS mm of each pixel of a panel; shape (rows, columns, 3)."""
    right, down = (
        np.arange(extents[axis][0], extents[axis][1], _STEP_MM) + _STEP_MM / 2
        for axis in (plane.right_axis, plane.down_axis)
    )
    points = np.empty((down.size, right.size, 3))
    points[...] = centre
    points[..., plane.right_axis] = right[None, :]
    points[..., plane.down_axis] = down[:: plane.down_sign, None]
    return points


def _decorate(axes: "Axes", plane: _Plane, size: tuple[int, int], *, bar: bool) -> None:
    """Letters at the sides, and a bar of 5 cm."""
    from matplotlib.patheffects import withStroke

    rows, columns = size
    halo = [withStroke(linewidth=1.6, foreground="black")]
    left, right, top, bottom = plane.letters
    places = (
        (left, 0.015, 0.5, "left", "center"),
        (right, 0.985, 0.5, "right", "center"),
        (top, 0.5, 0.985, "center", "top"),
        (bottom, 0.5, 0.015, "center", "bottom"),
    )
    for letter, x, y, across, along in places:
        axes.text(
            x, y, letter, transform=axes.transAxes, ha=across, va=along, color="white",
            fontsize=8, fontweight="bold", path_effects=halo,
        )  # fmt: skip
    if bar:
        x, y, length = columns * 0.05, rows * 0.95, 50 / _STEP_MM
        axes.plot([x, x + length], [y, y], color="white", lw=2.2, path_effects=halo)
        axes.text(
            x + length / 2, y - rows * 0.015, "5 cm", color="white", fontsize=6.5, ha="center",
            va="bottom", path_effects=halo,
        )  # fmt: skip


def _outlines(
    axes: "Axes", masks: Sequence[Region], points: NDArray[np.float64], styles: dict[str, Look]
) -> set[str]:
    """Draw where regions cut the plane; the names of those that do."""
    seen = set()
    for mask in masks:
        cut = sample_plane(mask.mask, mask.grid, points, 0.0)
        if cut.max() <= 0.5:
            continue
        look = styles[mask.name]
        axes.contour(cut, levels=[0.5], colors="black", linewidths=look.width_pt + 0.6, alpha=0.6)
        axes.contour(
            cut, levels=[0.5], colors=[look.colour], linewidths=0.75 * look.width_pt,
            linestyles=[look.dash],
        )  # fmt: skip
        seen.add(mask.name)
    return seen


def _panel(
    axes: "Axes", plane: _Plane, result: "CaseResult", points: NDArray[np.float64], top_gy: float
) -> Any:
    """Draw CT and dose on one panel; the dose's image."""
    import matplotlib as mpl

    dose = sample_plane(result.dose.values, result.dose.grid, points, 0.0)
    colours = mpl.colormaps["inferno"]
    share = np.clip(dose / top_gy, 0, 1)
    norm = mpl.colors.Normalize(0, top_gy)
    if result.anatomy is not None:
        grey = sample_plane(result.anatomy.values, result.anatomy.grid, points, -1000.0)
        axes.imshow(grey, cmap="gray", vmin=_CT_WINDOW_HU[0], vmax=_CT_WINDOW_HU[1])
        start = _WASH_FROM_SHARE
        rgba = colours(0.25 + 0.75 * share)
        rgba[..., 3] = np.where(share < start, 0.0, np.clip(0.30 + 0.5 * share, 0, 0.72))
        axes.imshow(rgba, interpolation="nearest")
        shades: Any = mpl.colors.ListedColormap(colours(np.linspace(0.25, 1.0, 256)))
    else:
        axes.imshow(share, cmap=colours, vmin=0, vmax=1)
        shades = colours
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    axes.set_anchor("N")
    axes.set_title(plane.title, fontweight="normal", fontsize=7.5)
    for spine in axes.spines.values():
        spine.set_visible(False)
    return mpl.cm.ScalarMappable(norm=norm, cmap=shades)


def _scale_end_gy(result: "CaseResult", region: Region) -> float:
    """A round dose just above what all but 1 % of the region's voxels get, Gy."""
    inside = sample_plane(
        result.dose.values, result.dose.grid, region.grid.to_world_mm(np.argwhere(region.mask)), 0.0
    )
    top = float(np.percentile(inside, 99)) if inside.size else 0.0
    top = top if top > 0 else float(result.dose.values.max())
    if top <= 0:
        return 1.0
    step = 10.0 ** np.floor(np.log10(top)) / 2
    return float(np.ceil(top / step) * step)


def _figure(
    result: "CaseResult", region: Region, styles: dict[str, Look], box: NDArray[np.float64]
) -> tuple[bytes, float]:
    from matplotlib.lines import Line2D

    centre = _centroid_mm(region)
    extents = _extents_mm(box, centre)
    top_gy = _scale_end_gy(result, region)
    spans = extents[:, 1] - extents[:, 0]
    scale = (PAGE_WIDTH_MM - 24) / sum(spans[p.right_axis] for p in _PLANES)
    scale = min(scale, _TALLEST_MM / max(spans[p.down_axis] for p in _PLANES))
    tall = scale * max(spans[p.down_axis] for p in _PLANES)
    figure = new_figure(PAGE_WIDTH_MM, tall + 15, fitted=False)
    seen: set[str] = set()
    left = 0.0
    wash: Any = None
    for plane in _PLANES:
        wide, high = scale * spans[plane.right_axis], scale * spans[plane.down_axis]
        axes = place(figure, left_mm=left, top_mm=4.5, width_mm=wide, height_mm=high)
        points = _points(plane, extents, centre)
        wash = _panel(axes, plane, result, points, top_gy)
        seen |= _outlines(axes, result.masks, points, styles)
        _decorate(axes, plane, points.shape[:2], bar=plane is _PLANES[0])
        left += wide + 3
    narrow = place(figure, left_mm=left, top_mm=4.5, width_mm=3, height_mm=tall)
    bar = figure.colorbar(wash, cax=narrow)
    bar.set_label("absorbed dose (Gy)")
    bar.outline.set_visible(False)
    handles = [
        Line2D([], [], color=look.colour, ls=look.dash, lw=look.width_pt, label=name)
        for name, look in styles.items()
        if name in seen
    ]
    if handles:
        figure.legend(
            handles=handles, loc="lower left", bbox_to_anchor=(0, 0), ncols=5, borderaxespad=0.1
        )
    return to_png(figure, dpi=160), top_gy


def draw_slices(
    result: "CaseResult", styles: dict[str, Look], *, most_figures: int = 4
) -> tuple[Picture, ...]:
    """Draw three planes through the middle of each lesion; without lesions, of the highest dose.

    Parameters
    ----------
    result : CaseResult
    styles : dict of str to Look
        One for each region.
    most_figures : int
        Lesions beyond this many, by falling dose, are not drawn.

    Returns
    -------
    tuple of Picture

    Examples
    --------
    >>> from hevesy.report.sample import sample_result
    >>> from hevesy.report.style import drawing, looks
    >>> with drawing():
    ...     picture = draw_slices(sample_result(), looks(["lesion 1", "liver"]))
    >>> [p.title for p in picture]
    ['Dose in lesion 1']
    """
    masks = {mask.name: mask for mask in result.masks}
    ranked = sorted((r for r in result.regions if r.name in masks), key=lambda r: -r.mean_dose_gy)
    lesions = [r for r in ranked if r.kind == "lesion"] or ranked[:1]
    ground = (
        f"CT in grey (window {_CT_WINDOW_HU[0]:.0f} to {_CT_WINDOW_HU[1]:.0f} HU), dose as colour "
        f"from {100 * _WASH_FROM_SHARE:.0f} % of the scale's end"
        if result.anatomy is not None
        else "no CT: the dose alone"
    )
    pictures = []
    box = _body_box_mm(result)
    for region in lesions[:most_figures]:
        png, top_gy = _figure(result, masks[region.name], styles, box)
        caption = (
            f"Planes through the middle of {region.name}; {ground}. The scale ends at "
            f"{top_gy:g} Gy. The map has no "
            "partial-volume correction. Patient's right at the left (R), head up (H)."
        )
        pictures.append(
            Picture(
                title=f"Dose in {region.name}",
                caption=caption,
                alt=f"Axial, coronal and sagittal slice through {region.name} with the dose map",
                uri=data_uri(png, "image/png"),
            )
        )
    return tuple(pictures)
