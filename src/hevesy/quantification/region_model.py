"""Regions as sources with a blur: what the transfer matrix is made of."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Volume
from hevesy.quantification.region_components import (
    Box,
    core_of,
    cut_components,
    gaussian,
    overlap,
    reach_of_blur_mm,
    surrounding_shells,
)
from hevesy.quantification.regions import bounding_box

__all__ = ["BlurredModel", "RegionModel", "build_region_model"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionModel:
    """Disjoint components, one or two a region, each in a box that its blur does not leave.

    Rows of the matrix are means over the m components and over the n shells around the regions;
    columns are unit concentrations in components and in the backgrounds around regions. The
    background of region i is all that is not a component, so its column is the blurred body less
    all blurred components, in the rows of region i and of its shell only. A region with no shell
    (other regions all around) has a background of 0: what little of it is not a region lies beyond
    the reach.

    Parameters
    ----------
    names : tuple of str, length n
    owners : tuple of int, length m
        The region that each component belongs to; a cut region's middle stands before its rim.
    boxes : tuple of tuple of slice, length n
        Each region's box in the image.
    components : tuple of ndarray of float64, shape of the owner's box
        Share of each voxel in the component.
    cores : tuple of tuple of slice, length n
        The part of each box that its region's blur does not leave, within the box.
    shells : tuple of ndarray of float64, shape of the box, length n
        Weight of each voxel in the shell.
    owned : ndarray of float64, shape (n, m)
        Volume of region i that is in component c, mL.
    images : tuple of ndarray of float64, shape of the box, length n
        The image in each box, Bq/mL.
    bodies : tuple of ndarray of float64, shape of the box, or of None, length n
        Share of each voxel in the body.
    grid : Grid
        The image's.
    uncorrected_bq : ndarray of float64, shape (n,)
        Each region's activity as the image shows it.
    at_edge : tuple of bool, length n
        Whether a region lies within the blur of the image's edge.
    """

    names: tuple[str, ...]
    owners: tuple[int, ...]
    boxes: tuple[Box, ...]
    components: tuple[Array, ...]
    cores: tuple[Box, ...]
    shells: tuple[Array, ...]
    owned: Array
    images: tuple[Array, ...]
    bodies: tuple[Array | None, ...]
    grid: Grid
    uncorrected_bq: Array
    at_edge: tuple[bool, ...]

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Voxel size along ``(z, y, x)``, mm."""
        return self.grid.spacing_mm

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel, mL."""
        return self.grid.voxel_volume_ml

    @property
    def volumes_ml(self) -> Array:
        """Each region's volume, overlap included, mL; shape (n,)."""
        return np.asarray(self.owned.sum(axis=1))

    @property
    def rows(self) -> tuple[tuple[int, Array], ...]:
        """Region and weight of each row of the matrix: m components, then n shells."""
        own = zip(self.owners, self.components, strict=True)
        return (*own, *enumerate(self.shells))

    @property
    def row_volumes_ml(self) -> Array:
        """Volumes of components and shells, mL; shape (m + n,)."""
        return np.array([float(w.sum()) for _, w in self.rows]) * self.voxel_ml

    def measured_bq_per_ml(self) -> Array:
        """Mean concentration in components and shells, Bq/mL; shape (m + n,)."""
        return np.array([_mean(self.images[i], w) for i, w in self.rows])

    def measured_in(self, values: Array) -> Array:
        """The same in another image on the same grid, Bq/mL; shape (m + n,)."""
        return np.array([_mean(values[self.boxes[i]], w) for i, w in self.rows])

    @property
    def activity_rows_ml(self) -> Array:
        """Takes the solution to the regions' activities, mL; shape (n, m + n)."""
        return np.hstack([self.owned, np.zeros((len(self.names),) * 2)])

    def activities_bq(self, solution: Array) -> Array:
        """Activities of regions from concentrations of components and backgrounds, Bq."""
        return np.asarray(self.activity_rows_ml @ solution)

    def blur(self, fwhm_mm: float) -> "BlurredModel":
        """Blur components and bodies by a Gaussian."""
        return BlurredModel(
            components=tuple(
                self.spread(i, c, fwhm_mm)
                for i, c in zip(self.owners, self.components, strict=True)
            ),
            # the image has no say on what lies beyond it: the body is taken to go on
            bodies=tuple(
                None if b is None else gaussian(b, fwhm_mm, self.spacing_mm, beyond="nearest")
                for b in self.bodies
            ),
        )

    def spread(self, region: int, coverage: Array, fwhm_mm: float) -> Array:
        """Blur a coverage within its region's core; beyond it there is nothing."""
        core = self.cores[region]
        wide = np.zeros_like(coverage)
        wide[core] = gaussian(coverage[core], fwhm_mm, self.spacing_mm, beyond="constant")
        return wide

    def matrix(self, blurred: "BlurredModel") -> Array:
        """Build the transfer matrix; shape (m + n, m + n)."""
        parts = len(self.components)
        size = parts + len(self.names)
        matrix = np.zeros((size, size))
        for row, (i, weight) in enumerate(self.rows):
            total = float(weight.sum())
            if total <= 0:  # surrounded by regions: its background is set to 0
                matrix[row, parts + i] = 1.0
                continue
            for c, spread in enumerate(blurred.components):
                matrix[row, c] = self.falls(i, weight, self.owners[c], spread) / total
            body = blurred.bodies[i]
            everything = 1.0 if body is None else float(np.vdot(weight, body)) / total
            matrix[row, parts + i] = everything - float(matrix[row, :parts].sum())
        return matrix

    def falls(self, i: int, weight: Array, j: int, spread: Array) -> float:
        """Sum of a weight in box i times an array in box j."""
        here, there = overlap(self.boxes[i], self.boxes[j])
        if here is None or there is None:
            return 0.0
        return float(np.einsum("zyx,zyx->", weight[here], spread[there]))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlurredModel:
    """A model's components and bodies after the blur, each in its region's box."""

    components: tuple[Array, ...]
    bodies: tuple[Array | None, ...]


def build_region_model(
    activity: Volume,
    coverages: Mapping[str, NDArray[Any]],
    *,
    fwhm_mm: float,
    body: NDArray[Any] | None,
    reach_mm: float,
    uneven: Collection[str] = (),
) -> RegionModel:
    """Cut regions into disjoint components with boxes and shells.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML.
    coverages : Mapping of str to ndarray, shape ``activity.grid.shape``
        Share of each voxel inside the region.
    fwhm_mm : float
        The widest resolution the model will be asked for, mm.
    body : ndarray or None, shape ``activity.grid.shape``
        Share of each voxel inside the body.
    reach_mm : float
        Thickness of the shells, mm.
    uneven : collection of str
        Regions to cut into middle and rim, where they are large enough.

    Returns
    -------
    RegionModel

    Raises
    ------
    GridError
        A coverage does not have the image's shape.
    RegionError
        A region is empty.

    Examples
    --------
    >>> from hevesy.images import Quantity
    >>> grid = Grid.from_spacing((8, 8, 8), spacing_mm=(4, 4, 4))
    >>> image = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> cube = np.zeros(grid.shape)
    >>> cube[3:5, 3:5, 3:5] = 1.0
    >>> build_region_model(image, {"a": cube}, fwhm_mm=4.0, body=None, reach_mm=6.0).names
    ('a',)
    """
    grid = activity.grid
    blur_mm = reach_of_blur_mm(fwhm_mm)
    margin = tuple(math.ceil((reach_mm + blur_mm) / step) + 1 for step in grid.spacing_mm)
    near = tuple(math.ceil(blur_mm / step) + 2 for step in grid.spacing_mm)
    boxes: list[Box] = []
    cores: list[Box] = []
    at_edge = []
    for name, coverage in coverages.items():
        if coverage.shape != grid.shape:
            raise GridError(
                f"the coverage of region '{name}' does not have the image's shape",
                got=coverage.shape,
                allowed=str(grid.shape),
                remedy="bring the region to the image's grid first",
            )
        tight = bounding_box(coverage)
        box = bounding_box(coverage, margin=(margin[0], margin[1], margin[2]))
        if box is None or tight is None:
            raise RegionError(
                f"region '{name}' is empty or lies outside the image",
                got="0 mL",
                remedy="draw it on this image, or leave it out",
            )
        boxes.append(box)
        cores.append(core_of(tight, box, near))
        at_edge.append(
            any(
                s.start < pad or s.stop > size - pad
                for s, pad, size in zip(tight, near, grid.shape, strict=True)
            )
        )
    images = tuple(np.asarray(activity.values[b], dtype=np.float64) for b in boxes)
    given = [
        np.asarray(c[b], dtype=np.float64) for c, b in zip(coverages.values(), boxes, strict=True)
    ]
    names = tuple(coverages)
    cut = cut_components(
        names, given, boxes, cores, spacing_mm=grid.spacing_mm, fwhm_mm=fwhm_mm, uneven=uneven
    )
    bodies = tuple(None if body is None else np.asarray(body[b], dtype=np.float64) for b in boxes)
    wholes = tuple(
        sum((s for o, s in zip(cut.owners, cut.shares, strict=True) if o == i), np.zeros(g.shape))
        for i, g in enumerate(given)
    )
    return RegionModel(
        names=names,
        owners=cut.owners,
        boxes=tuple(boxes),
        components=cut.shares,
        cores=tuple(cores),
        shells=surrounding_shells(
            wholes, boxes, bodies, spacing_mm=grid.spacing_mm, reach_mm=reach_mm
        ),
        owned=cut.owned,
        images=images,
        bodies=bodies,
        grid=grid,
        uncorrected_bq=np.array([float((w * c).sum()) for w, c in zip(given, images, strict=True)])
        * grid.voxel_volume_ml,
        at_edge=tuple(at_edge),
    )


def _mean(values: Array, weights: Array) -> float:
    total = float(weights.sum())
    return float(np.vdot(weights, values)) / total if total else 0.0
