"""A lesion at baseline and at each follow-up: slices in one window and one frame, and density."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import TrialError
from hevesy.images import Region, RigidTransform, Volume
from hevesy.report.sampling import sample_plane
from hevesy.report.style import (
    BLUE,
    GREY,
    ORANGE,
    PAGE_WIDTH_MM,
    SKY,
    YELLOW,
    drawing,
    new_figure,
    place,
    to_png,
    to_svg,
)
from hevesy.segmentation import LesionDensity, LesionDiameters

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.ticker import Locator

__all__ = ["LesionPicture", "draw_lesion_course"]

_STEP_MM = 0.5
_MARGIN_MM = 30.0
_ARROW_MM = 16.0
_IN_PLANE_MM = 15.0  # an injection site this far above or below the slice is still shown
_PER_ROW = 4
_KEY = (
    "Solid blue: outline at the visit. Dashed orange: outline at baseline, moved by the rigid "
    "registration. Arrow: injection site.\n"
    "Yellow: longest diameter, and dashed the short axis. Bars: voxels under the outline (those "
    "beyond the axis in its end bars);\n"
    "grey line: their mean; dashed: the baseline's. Research use only, not a medical device."
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LesionPicture:
    """What is drawn of one visit.

    Parameters
    ----------
    name : str
    day : int
    ct : Volume
        HU, on its own grid.
    to_ct : RigidTransform
        From the baseline's world to this CT's.
    outline : Region
        On this CT's grid.
    own_outline : bool
        Drawn on this CT; else the baseline's, moved.
    diameters : LesionDiameters or None
        In this CT's world; None where the outline is not its own.
    density : LesionDensity
    injection_mm : tuple of float or None
        x, y, z in this CT's world.
    changes : tuple of str
        Against the baseline, in words.
    """

    name: str
    day: int
    ct: Volume
    to_ct: RigidTransform
    outline: Region
    own_outline: bool
    diameters: LesionDiameters | None
    density: LesionDensity
    injection_mm: tuple[float, float, float] | None
    changes: tuple[str, ...]


def draw_lesion_course(
    pictures: Sequence[LesionPicture], *, title: str, window_hu: tuple[float, float]
) -> tuple[bytes, bytes]:
    """Draw a lesion's visits side by side.

    Each panel is the patient's axial plane (of the baseline's frame) through the visit's longest
    diameter, at one scale and in one window; below it, the density under its outline.

    Parameters
    ----------
    pictures : sequence of LesionPicture
        The baseline first.
    title : str
    window_hu : tuple of float
        What is black and what is white.

    Returns
    -------
    svg, png : bytes
        For the page, and for print at 300 dots an inch.

    Raises
    ------
    TrialError
        No visit.

    Examples
    --------
    >>> draw_lesion_course((), title="L1", window_hu=(-160, 240))
    Traceback (most recent call last):
    ...
    hevesy.errors.TrialError: a lesion without a visit can't be drawn; give its baseline
    """
    if not pictures:
        raise TrialError("a lesion without a visit can't be drawn", remedy="give its baseline")
    with drawing():
        figure = _figure(pictures, title, window_hu)
        return to_svg(figure), to_png(figure, dpi=300)


def _figure(
    pictures: Sequence[LesionPicture], title: str, window_hu: tuple[float, float]
) -> "Figure":
    columns = min(_PER_ROW, len(pictures))
    rows = -(-len(pictures) // columns)
    side_mm = _side_mm(pictures)
    gap, words, histogram = 5.0, 27.0, 24.0
    panel = min((PAGE_WIDTH_MM - 8 - gap * (columns - 1)) / columns, 80.0)
    row_high = panel + words + histogram + 13
    high_mm = rows * row_high + 21
    figure = new_figure(PAGE_WIDTH_MM, high_mm, fitted=False)
    figure.text(0.01, 1 - 3.5 / high_mm, title, fontsize=9, fontweight="bold", va="top")
    limits = _limits_hu(pictures)
    histograms, highest = [], 0.0
    for number, picture in enumerate(pictures):
        left = 7 + (number % columns) * (panel + gap)
        top = 13 + (number // columns) * row_high
        axes = place(figure, left_mm=left, top_mm=top, width_mm=panel, height_mm=panel)
        _panel(axes, picture, pictures[0], side_mm, window_hu)
        _words(figure, picture, left, top + panel + 2, high_mm)
        below = place(
            figure, left_mm=left, top_mm=top + panel + words, width_mm=panel, height_mm=histogram
        )
        _histogram(below, picture, pictures[0], limits)
        highest = max(highest, below.get_ylim()[1])
        histograms.append(below)
        if number % columns:
            below.set_yticklabels([])
            below.set_ylabel("")
    for below in histograms:
        below.set_ylim(0, highest)
    figure.text(0.01, 2.5 / high_mm, _KEY, fontsize=6.5, color=GREY, va="bottom")
    return figure


def _limits_hu(pictures: Sequence[LesionPicture]) -> tuple[float, float]:
    """What the histograms show: 3 to 97 % of the voxels under each visit's own outline."""
    own = [p.density.values_hu for p in pictures if p.own_outline]
    ends = [np.percentile(values, (3, 97)) for values in own]
    low, high = min(float(e[0]) for e in ends), max(float(e[1]) for e in ends)
    room = 0.1 * max(high - low, 50.0)
    return low - room, high + room


def _side_mm(pictures: Sequence[LesionPicture]) -> float:
    """A square that holds the longest diameter of any visit, with its surroundings."""
    longest = [p.diameters.longest_mm for p in pictures if p.diameters is not None]
    return max(longest) + 2 * _MARGIN_MM


def _centre_mm(picture: LesionPicture) -> NDArray[np.float64]:
    """Middle of the outline's slice that is drawn, in the baseline's world."""
    if picture.diameters is not None:
        index = picture.diameters.slice_index
    else:
        index = int(np.argmax(picture.outline.mask.sum(axis=(1, 2))))
    inside = np.argwhere(picture.outline.mask[index]).mean(axis=0)
    world = picture.outline.grid.to_world_mm([[index, *inside]])[0]
    moved = picture.to_ct.inverse().apply(world[None])
    return np.asarray(moved[0])


def _panel(
    axes: "Axes",
    picture: LesionPicture,
    baseline: LesionPicture,
    side_mm: float,
    window_hu: tuple[float, float],
) -> None:
    centre = _centre_mm(picture)
    middle = _centre_mm(baseline)
    half = side_mm / 2
    along = np.arange(-half, half, _STEP_MM) + _STEP_MM / 2
    points = np.empty((along.size, along.size, 3))
    points[..., 0] = middle[0] + along[None, :]
    points[..., 1] = middle[1] + along[:, None]
    points[..., 2] = centre[2]
    seen = picture.to_ct.apply(points.reshape(-1, 3)).reshape(points.shape)
    extent = (middle[0] - half, middle[0] + half, middle[1] + half, middle[1] - half)
    grey = sample_plane(picture.ct.values, picture.ct.grid, seen, -1000.0)
    axes.imshow(grey, cmap="gray", vmin=window_hu[0], vmax=window_hu[1], extent=extent)
    xs, ys = points[0, :, 0], points[:, 0, 1]
    _outline(axes, picture.outline, seen, xs, ys, colour=SKY if picture.own_outline else ORANGE,
             dashed=not picture.own_outline)  # fmt: skip
    if picture is not baseline:
        moved = baseline.to_ct.apply(points.reshape(-1, 3)).reshape(points.shape)
        _outline(axes, baseline.outline, moved, xs, ys, colour=ORANGE, dashed=True)
    back = picture.to_ct.inverse()
    if picture.diameters is not None:
        for ends, dash in (
            (picture.diameters.longest_ends_mm, "-"),
            (picture.diameters.short_axis_ends_mm, (0, (2, 1.2))),
        ):
            line = back.apply(ends)
            axes.plot(line[:, 0], line[:, 1], color=YELLOW, lw=1.1, ls=dash)
    if picture.injection_mm is not None:
        _arrow(axes, back.apply(np.array([picture.injection_mm]))[0], centre[2])
    _decorate(axes, extent)


def _outline(
    axes: "Axes",
    region: Region,
    points: NDArray[np.float64],
    xs: NDArray[np.float64],
    ys: NDArray[np.float64],
    *,
    colour: str,
    dashed: bool,
) -> None:
    cut = sample_plane(region.mask, region.grid, points, 0.0)
    if cut.max() <= 0.5:
        return
    axes.contour(xs, ys, cut, levels=[0.5], colors="black", linewidths=2.0, alpha=0.6)
    axes.contour(
        xs, ys, cut, levels=[0.5], colors=[colour], linewidths=1.1,
        linestyles=[(0, (3, 1.5)) if dashed else "-"],
    )  # fmt: skip


def _off_mm(picture: LesionPicture) -> float:
    """How far above the slice the injection site lies, mm."""
    site = picture.to_ct.inverse().apply(np.array([picture.injection_mm]))[0]
    return float(site[2] - _centre_mm(picture)[2])


def _arrow(axes: "Axes", tip: NDArray[np.float64], plane_mm: float) -> None:
    """Point at the injection site; one that lies off the slice gets its distance beside it."""
    off = float(tip[2] - plane_mm)
    if abs(off) > _IN_PLANE_MM:
        return
    axes.annotate(
        "" if abs(off) < 1 else f"{off:+.0f} mm", xy=(tip[0], tip[1]),
        xytext=(tip[0] + _ARROW_MM, tip[1] - _ARROW_MM), color="white", fontsize=6,
        arrowprops={"arrowstyle": "-|>", "color": "white", "lw": 1.4, "mutation_scale": 9},
        annotation_clip=True,
    )  # fmt: skip


def _decorate(axes: "Axes", extent: tuple[float, float, float, float]) -> None:
    left, right, bottom, top = extent
    axes.set_xlim(left, right)
    axes.set_ylim(bottom, top)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.grid(visible=False)
    for spine in axes.spines.values():
        spine.set_visible(False)
    for words, x, y, across, along in (
        ("R", 0.02, 0.5, "left", "center"), ("L", 0.98, 0.5, "right", "center"),
        ("A", 0.5, 0.98, "center", "top"), ("P", 0.5, 0.02, "center", "bottom"),
    ):  # fmt: skip
        axes.text(x, y, words, transform=axes.transAxes, color="white", fontsize=7, ha=across,
                  va=along, fontweight="bold", path_effects=_halo())  # fmt: skip
    start, low = left + 4, bottom - 4
    axes.plot([start, start + 20], [low, low], color="white", lw=2)
    axes.text(start + 10, low - 2, "2 cm", color="white", fontsize=6, ha="center", va="bottom",
              path_effects=_halo())  # fmt: skip


def _halo() -> list[Any]:
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=1.6, foreground="black")]


def _words(
    figure: "Figure", picture: LesionPicture, left_mm: float, top_mm: float, high_mm: float
) -> None:
    lines = []
    if picture.diameters is not None:
        d = picture.diameters
        lines.append(f"{d.longest_mm:.1f} × {d.short_axis_mm:.1f} mm")
    else:
        lines.append("no outline of its own")
    median = picture.density.percentiles_hu[1]
    lines.append(f"mean {picture.density.mean_hu:.0f}, median {median:.0f} HU")
    lines += picture.changes
    if picture.injection_mm is not None:
        off = _off_mm(picture)
        if abs(off) > _IN_PLANE_MM:
            lines.append(f"injected {abs(off):.0f} mm {'above' if off > 0 else 'below'}")
    figure.text(
        left_mm / PAGE_WIDTH_MM, 1 - top_mm / high_mm, f"{picture.name}, day {picture.day}",
        fontsize=7.5, fontweight="bold", va="top",
    )  # fmt: skip
    figure.text(
        left_mm / PAGE_WIDTH_MM, 1 - (top_mm + 4) / high_mm, "\n".join(lines), fontsize=7, va="top",
        linespacing=1.35,
    )  # fmt: skip


def _histogram(
    axes: "Axes", picture: LesionPicture, baseline: LesionPicture, limits: tuple[float, float]
) -> None:
    edges = np.linspace(*limits, 41)
    for one, colour, filled in ((picture, BLUE, True), (baseline, ORANGE, False)):
        if picture is baseline and not filled:
            continue
        values = np.clip(one.density.values_hu, *limits)
        share = 100 * np.histogram(values, edges)[0] / values.size
        if filled:
            axes.stairs(share, edges, fill=True, color=colour, alpha=0.75)
        else:
            axes.stairs(share, edges, color=colour, lw=1.2, ls=(0, (3, 1.5)), zorder=3)
    axes.axvline(picture.density.mean_hu, color=GREY, lw=1)
    axes.set_xlim(*limits)
    axes.set_xlabel("HU under the outline")
    axes.set_ylabel("% of voxels")
    axes.yaxis.set_major_locator(_few_ticks())
    axes.xaxis.set_major_locator(_few_ticks())


def _few_ticks() -> "Locator":
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(4, integer=True)
