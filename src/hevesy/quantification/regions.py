"""Activity of regions in one image."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Quantity, Volume
from hevesy.quantification.counting import CountingNoise

__all__ = ["RegionActivity", "bounding_box", "measure_regions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionActivity:
    """A region's activity as the image shows it, without partial-volume correction.

    Parameters
    ----------
    name : str
    activity_bq : float
        Sum of concentration, voxel volume and coverage, Bq.
    volume_ml : float
        Sum of voxel volume and coverage, mL.
    random_relative_uncertainty : float or None
        From counting; None where the case gives no way to know.
    random_source : str
        ``"Poisson"``, ``"stated"`` or ``"unknown"``.
    volume_slope_ratio : float
        d ln A / d ln v when the border moves: concentration on the border over the mean inside.
    border_area_mm2 : float
        Area of the border, from the coverage's gradient, mm2.
    warnings : tuple of str

    Examples
    --------
    >>> RegionActivity(name="lesion", activity_bq=1e6, volume_ml=10.0).mean_bq_per_ml
    100000.0
    """

    name: str
    activity_bq: float
    volume_ml: float
    random_relative_uncertainty: float | None = None
    random_source: str = "unknown"
    volume_slope_ratio: float = 0.0
    border_area_mm2: float = 0.0
    warnings: tuple[str, ...] = ()

    @property
    def mean_bq_per_ml(self) -> float:
        """Mean concentration, Bq/mL."""
        return self.activity_bq / self.volume_ml


def measure_regions(
    activity: Volume,
    coverages: Mapping[str, NDArray[Any]],
    *,
    noise: CountingNoise | None = None,
) -> tuple[RegionActivity, ...]:
    """Sum the activity inside regions: A = sum of c V w.

    c is a voxel's concentration, V its volume and w the share of it that the region covers, so a
    region drawn on a finer CT keeps its volume. `volume_slope_ratio` is taken from the image: a
    border moved outwards by dr takes in voxels weighted by the gradient of w, so that
    dA/dr over dv/dr is the mean concentration on the border. For a blurred sphere it is Gear's
    phi / (2 R).

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML, at one moment.
    coverages : Mapping of str to ndarray, shape ``activity.grid.shape``
        Share of each voxel inside the region, 0 to 1; a bool mask will do.
    noise : CountingNoise, optional
        The frame's; without it the counting uncertainty is unknown.

    Returns
    -------
    tuple of RegionActivity
        In the order of `coverages`.

    Raises
    ------
    GridError
        A coverage does not have the image's shape.
    RegionError
        A coverage is empty, or holds values outside 0 to 1.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((4, 4, 4), spacing_mm=(10, 10, 10))
    >>> image = Volume(values=np.full(grid.shape, 5.0), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> mask = np.zeros(grid.shape, dtype=bool)
    >>> mask[1:3, 1:3, 1:3] = True
    >>> measure_regions(image, {"lesion": mask})[0].activity_bq
    40.0
    """
    activity.require(Quantity.BQ_PER_ML)
    noise = noise or CountingNoise()
    measured = []
    for name, coverage in coverages.items():
        if coverage.shape != activity.grid.shape:
            raise GridError(
                f"the coverage of region '{name}' does not have the image's shape",
                got=coverage.shape,
                allowed=str(activity.grid.shape),
                remedy="bring the region to the image's grid first",
            )
        box = bounding_box(coverage, margin=(2, 2, 2))
        if box is None:
            raise RegionError(
                f"region '{name}' is empty or lies outside the image",
                got="0 mL",
                remedy="draw it on this image, or leave it out",
            )
        weight = np.asarray(coverage[box], dtype=np.float64)
        if weight.min() < -1e-6 or weight.max() > 1 + 1e-6:
            raise RegionError(
                f"the coverage of region '{name}' is not a share",
                got=f"{weight.min():.4g} to {weight.max():.4g}",
                allowed="0 to 1",
                remedy="give the share of each voxel that the region covers",
            )
        image = np.asarray(activity.values[box], dtype=np.float64)
        measured.append(_measure(name, image, weight, activity.grid, noise))
    return tuple(measured)


def _measure(
    name: str,
    image: NDArray[np.float64],
    weight: NDArray[np.float64],
    grid: Grid,
    noise: CountingNoise,
) -> RegionActivity:
    volume_ml = float(weight.sum() * grid.voxel_volume_ml)
    activity_bq = float((image * weight).sum() * grid.voxel_volume_ml)
    border = border_weight(weight, grid.spacing_mm)
    on_border = float((border * image).sum() / border.sum()) if border.sum() > 0 else 0.0
    warnings = []
    relative = noise.relative(activity_bq)
    if relative is None:
        warnings.append("counting uncertainty unknown: give counts_per_bq_s or count_uncertainty")
    if activity_bq <= 0:
        warnings.append(f"region '{name}' holds no activity in this scan")
    return RegionActivity(
        name=name,
        activity_bq=activity_bq,
        volume_ml=volume_ml,
        random_relative_uncertainty=relative,
        random_source=noise.source,
        volume_slope_ratio=on_border * volume_ml / activity_bq if activity_bq > 0 else 0.0,
        border_area_mm2=float(border.sum()) * grid.voxel_volume_ml * 1000.0,
        warnings=tuple(warnings),
    )


def bounding_box(
    coverage: NDArray[Any], *, margin: tuple[int, int, int] = (0, 0, 0)
) -> tuple[slice, slice, slice] | None:
    """Slices that hold all non-zero voxels and a margin; None where there are none.

    Parameters
    ----------
    coverage : ndarray, shape (z, y, x)
        Shares or bools.
    margin : tuple of int
        Voxels to add at each side along ``(z, y, x)``, cut at the image's edge.

    Examples
    --------
    >>> mask = np.zeros((5, 5, 5), dtype=bool)
    >>> mask[2, 3, 1:3] = True
    >>> bounding_box(mask)
    (slice(2, 3, None), slice(3, 4, None), slice(1, 3, None))
    """
    inside = np.asarray(coverage) > 0
    slabs = np.flatnonzero(inside.any(axis=(1, 2)))
    if slabs.size == 0:
        return None
    found = [(int(slabs[0]), int(slabs[-1]))]
    slab = inside[slabs[0] : slabs[-1] + 1]
    for axes in ((0, 2), (0, 1)):
        line = np.flatnonzero(slab.any(axis=axes))
        found.append((int(line[0]), int(line[-1])))
    z, y, x = (
        slice(max(low - pad, 0), min(high + 1 + pad, size))
        for (low, high), pad, size in zip(found, margin, inside.shape, strict=True)
    )
    return z, y, x


def border_weight(
    weight: NDArray[np.float64], spacing_mm: tuple[float, float, float]
) -> NDArray[np.float64]:
    """Length of the coverage's gradient, 1/mm: its integral is the border's area."""
    slope = np.zeros_like(weight)
    for axis, step in enumerate(spacing_mm):
        if weight.shape[axis] > 1:
            slope += np.gradient(weight, step, axis=axis) ** 2
    return np.sqrt(slope)
