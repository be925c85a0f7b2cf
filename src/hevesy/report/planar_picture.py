"""Both planar views with the regions' places on them."""

from typing import TYPE_CHECKING

import numpy as np

from hevesy.quantification.planar_model import REST
from hevesy.report.numbers import format_measurement
from hevesy.report.style import GREY, PAGE_WIDTH_MM, drawing, looks, new_figure, place, to_png

if TYPE_CHECKING:
    from hevesy.camera.planar_pair import PlanarPair
    from hevesy.quantification.planar import PlanarResult
    from hevesy.quantification.planar_counts import NetViews
    from hevesy.quantification.planar_model import PlanarScene

__all__ = ["draw_planar"]

_TALLEST_MM, _WIDEST_MM = 120.0, 53.0


def draw_planar(
    views: "NetViews", scene: "PlanarScene", pair: "PlanarPair", found: "PlanarResult"
) -> bytes:
    """Draw the anterior and the posterior view on one scale, and the activities beside, as PNG.

    Counts per mm2 of the net views (scatter taken off) over the rows under the CT; head up, the
    anterior view as seen from the front (the patient's right at the left), the posterior one from
    behind.

    Parameters
    ----------
    views : NetViews
        Over the scene's rows.
    scene : PlanarScene
    pair : PlanarPair
        For the pixels' size.
    found : PlanarResult

    Returns
    -------
    bytes

    Examples
    --------
    >>> draw_planar.__name__
    'draw_planar'
    """
    import matplotlib as mpl
    import matplotlib.lines

    high, wide = (n * size for n, size in zip(scene.body_mm.shape, pair.pixel_mm, strict=True))
    scale = min(_TALLEST_MM / high, _WIDEST_MM / wide)
    tall, across = high * scale, wide * scale
    styles = looks([region.name for region in found.regions], ())
    top = float(views.counts.max()) / (pair.pixel_mm[0] * pair.pixel_mm[1]) or 1.0
    norm = mpl.colors.PowerNorm(0.5, vmin=0.0, vmax=top)
    with drawing():
        figure = new_figure(
            PAGE_WIDTH_MM, max(tall + 12, 5.0 * len(found.regions) + 6.0), fitted=False
        )
        for n, (name, letters) in enumerate((("anterior", "RL"), ("posterior", "LR"))):
            axes = place(
                figure, left_mm=2 + n * (across + 4), top_mm=6, width_mm=across, height_mm=tall
            )
            turn = (slice(None, None, -1), slice(None) if n == 0 else slice(None, None, -1))
            counts = views.counts[n][turn] / (pair.pixel_mm[0] * pair.pixel_mm[1])
            extent = (0.0, wide, 0.0, high)
            image = axes.imshow(
                np.maximum(counts, 0.0), cmap="gray_r", norm=norm, extent=extent, aspect="auto"
            )
            for region in scene.regions:
                if region.name == REST or not region.footprint.any():
                    continue
                look = styles[region.name]
                axes.contour(
                    region.footprint[turn].astype(float), levels=[0.5], colors=[look.colour],
                    linestyles=[look.dash], linewidths=0.9, origin="upper", extent=extent,
                )  # fmt: skip
            axes.set_title(name, fontsize=7.5)
            axes.set_xticks([])
            axes.set_yticks([])
            axes.grid(visible=False)
            for letter, at in zip(letters, (0.03, 0.93), strict=True):
                axes.text(at, 0.98, letter, transform=axes.transAxes, va="top", color=GREY)
        left = 2 * across + 10
        bar = place(figure, left_mm=left, top_mm=6, width_mm=2.5, height_mm=min(tall, 40.0))
        figure.colorbar(image, cax=bar).set_label("net counts per mm²")
        handles = [
            mpl.lines.Line2D(
                [], [], color=styles[one.name].colour, linestyle=styles[one.name].dash,
                label=f"{one.name}: "
                + format_measurement(one.activity_bq / 1e6, one.uncertainty_bq / 1e6)
                + " MBq",
            )
            for one in found.regions
        ]  # fmt: skip
        figure.legend(
            handles=handles, loc="upper left", fontsize=6, handlelength=2.4, frameon=False,
            bbox_to_anchor=((left + 16) / PAGE_WIDTH_MM, 0.97),
        )  # fmt: skip
        figure.text(
            2 / PAGE_WIDTH_MM, 0.01, "± one standard deviation. Research use only, not a medical "
            "device.", fontsize=6, color=GREY,
        )  # fmt: skip
        return to_png(figure, dpi=150)
