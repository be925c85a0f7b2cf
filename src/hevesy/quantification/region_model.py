"""Regions as uniform sources with a blur: what the transfer matrix is made of."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, RegionError
from hevesy.images import Volume
from hevesy.quantification.regions import border_weight, bounding_box

__all__ = ["BlurredModel", "RegionModel", "build_region_model"]

_SIGMAS = 3.5  # the blur is followed so far: 0.05 % of it lies beyond, per axis
_FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))

Box = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RegionModel:
    """Disjoint components, one a region, each in a box that its blur does not leave.

    Rows of the matrix are means over components and over the shells around them; columns are unit
    concentrations in components and in the backgrounds around them. The background of region i is
    all that is not a component, so its column is the blurred body less all blurred components, in
    the rows of region i and of its shell only. A region with no shell (other regions all around)
    has a background of 0: what little of it is not a region lies beyond the reach.

    Parameters
    ----------
    names : tuple of str
    boxes : tuple of tuple of slice
        Each component's box in the image.
    components : tuple of ndarray of float64, shape of the box
        Share of each voxel in the component, in its box.
    cores : tuple of tuple of slice
        The part of each box that its component's blur does not leave, within the box.
    shells : tuple of ndarray of float64, shape of the box
        Weight of each voxel in the shell, in the component's box.
    owned : ndarray of float64, shape (n, n)
        Volume of region i that is in component j, mL.
    images : tuple of ndarray of float64, shape of the box
        The image in each box, Bq/mL.
    bodies : tuple of ndarray of float64, shape of the box, or of None
        Share of each voxel in the body.
    full : tuple of int
        Shape of the image.
    spacing_mm : tuple of float
        Along ``(z, y, x)``.
    uncorrected_bq : ndarray of float64, shape (n,)
        Each region's activity as the image shows it.
    at_edge : tuple of bool
        Whether a region lies within the blur of the image's edge.
    """

    names: tuple[str, ...]
    boxes: tuple[Box, ...]
    components: tuple[NDArray[np.float64], ...]
    cores: tuple[Box, ...]
    shells: tuple[NDArray[np.float64], ...]
    owned: NDArray[np.float64]
    images: tuple[NDArray[np.float64], ...]
    bodies: tuple[NDArray[np.float64] | None, ...]
    full: tuple[int, int, int]
    spacing_mm: tuple[float, float, float]
    uncorrected_bq: NDArray[np.float64]
    at_edge: tuple[bool, ...]

    @property
    def voxel_ml(self) -> float:
        """Volume of a voxel, mL."""
        return float(np.prod(self.spacing_mm) / 1000.0)

    @property
    def volumes_ml(self) -> NDArray[np.float64]:
        """Each region's volume, overlap included, mL; shape (n,)."""
        return np.asarray(self.owned.sum(axis=1))

    @property
    def row_volumes_ml(self) -> NDArray[np.float64]:
        """Volumes of components and shells, mL; shape (2 n,)."""
        sums = [float(w.sum()) for w in (*self.components, *self.shells)]
        return np.array(sums) * self.voxel_ml

    def measured_bq_per_ml(self) -> NDArray[np.float64]:
        """Mean concentration in components and shells, Bq/mL; shape (2 n,)."""
        images = (*self.images, *self.images)
        weights = (*self.components, *self.shells)
        return np.array([_mean(c, w) for w, c in zip(weights, images, strict=True)])

    def component_bq_per_ml(self, index: int) -> float:
        """Mean concentration in one component, Bq/mL."""
        return _mean(self.images[index], self.components[index])

    @property
    def activity_rows_ml(self) -> NDArray[np.float64]:
        """Takes the solution to the regions' activities, mL; shape (n, 2 n)."""
        return np.hstack([self.owned, np.zeros_like(self.owned)])

    def activities_bq(self, solution: NDArray[np.float64]) -> NDArray[np.float64]:
        """Activities of regions from concentrations of components and backgrounds, Bq."""
        return np.asarray(self.activity_rows_ml @ solution)

    def blur(self, fwhm_mm: float) -> "BlurredModel":
        """Blur components and bodies by a Gaussian."""
        return BlurredModel(
            components=tuple(self._spread(i, c, fwhm_mm) for i, c in enumerate(self.components)),
            # the image has no say on what lies beyond it: the body is taken to go on
            bodies=tuple(
                None if b is None else self._blur(b, fwhm_mm, "nearest") for b in self.bodies
            ),
        )

    def _spread(
        self, index: int, coverage: NDArray[np.float64], fwhm_mm: float
    ) -> NDArray[np.float64]:
        """Blur a coverage within its core; beyond it there is nothing."""
        core = self.cores[index]
        spread = np.zeros_like(coverage)
        spread[core] = self._blur(coverage[core], fwhm_mm, "constant")
        return spread

    def _blur(
        self, values: NDArray[np.float64], fwhm_mm: float, mode: Literal["constant", "nearest"]
    ) -> NDArray[np.float64]:
        from scipy.ndimage import gaussian_filter

        sigma = [fwhm_mm / _FWHM_PER_SIGMA / step for step in self.spacing_mm]
        return np.asarray(gaussian_filter(values, sigma, mode=mode, truncate=_SIGMAS))

    def matrix(self, blurred: "BlurredModel") -> NDArray[np.float64]:
        """Build the transfer matrix; shape (2 n, 2 n)."""
        count = len(self.names)
        matrix = np.zeros((2 * count, 2 * count))
        for i in range(count):
            matrix[i] = self._row(i, self.components[i], blurred)
            if self.shells[i].any():
                matrix[count + i] = self._row(i, self.shells[i], blurred)
            else:  # surrounded by regions: its background is set to 0
                matrix[count + i, count + i] = 1.0
        return matrix

    def _row(
        self, i: int, weight: NDArray[np.float64], blurred: "BlurredModel"
    ) -> NDArray[np.float64]:
        """Means over a weight in box i for unit concentrations."""
        count = len(self.names)
        row = np.zeros(2 * count)
        total = float(weight.sum())
        for j in range(count):
            row[j] = self._falls(i, weight, j, blurred.components[j]) / total
        body = blurred.bodies[i]
        everything = 1.0 if body is None else float(np.vdot(weight, body)) / total
        row[count + i] = everything - float(row[:count].sum())
        return row

    def _falls(
        self, i: int, weight: NDArray[np.float64], j: int, spread: NDArray[np.float64]
    ) -> float:
        """Sum of a weight in box i times a blurred coverage in box j."""
        here, there = _overlap(self.boxes[i], self.boxes[j])
        if here is None or there is None:
            return 0.0
        return float(np.einsum("zyx,zyx->", weight[here], spread[there]))

    def border_moved(
        self,
        index: int,
        distance_mm: float,
        *,
        matrix: NDArray[np.float64],
        blurred: "BlurredModel",
        fwhm_mm: float,
    ) -> tuple["RegionModel", NDArray[np.float64]]:
        """Move one region's border outwards by a small distance; mend the matrix for it."""
        count = len(self.names)
        extra = distance_mm * border_weight(self.components[index], self.spacing_mm)
        spread = self._spread(index, extra, fwhm_mm)
        components, owned = list(self.components), self.owned.copy()
        components[index] = components[index] + extra
        owned[index, index] += float(extra.sum()) * self.voxel_ml
        after = matrix.copy()
        for i in range(count):
            for row, weight in ((i, self.components[i]), (count + i, self.shells[i])):
                total = float(weight.sum())
                gained = self._falls(i, weight, index, spread) / total if total else 0.0
                after[row, index] += gained
                after[row, count + i] -= gained
        wider = list(blurred.components)
        wider[index] = wider[index] + spread
        moved = replace(self, components=tuple(components), owned=owned)
        after[index] = moved._row(
            index, components[index], replace(blurred, components=tuple(wider))
        )
        return moved, after


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BlurredModel:
    """A model's components and bodies after the blur, each in its box."""

    components: tuple[NDArray[np.float64], ...]
    bodies: tuple[NDArray[np.float64] | None, ...]


def build_region_model(
    activity: Volume,
    coverages: Mapping[str, NDArray[Any]],
    *,
    fwhm_mm: float,
    body: NDArray[Any] | None,
    reach_mm: float,
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

    Returns
    -------
    RegionModel

    Raises
    ------
    GridError
        A coverage does not have the image's shape.
    RegionError
        A region is empty, or wholly inside smaller ones.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((8, 8, 8), spacing_mm=(4, 4, 4))
    >>> image = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> cube = np.zeros(grid.shape)
    >>> cube[3:5, 3:5, 3:5] = 1.0
    >>> build_region_model(image, {"a": cube}, fwhm_mm=4.0, body=None, reach_mm=6.0).names
    ('a',)
    """
    grid = activity.grid
    blur_mm = _SIGMAS * fwhm_mm / _FWHM_PER_SIGMA
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
        cores.append(_core(tight, box, near))
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
    components, owned = _disjoint(names, given, boxes, grid.voxel_volume_ml)
    bodies = tuple(None if body is None else np.asarray(body[b], dtype=np.float64) for b in boxes)
    shells = _shells(components, boxes, bodies, grid.spacing_mm, reach_mm)
    return RegionModel(
        names=names,
        boxes=tuple(boxes),
        components=components,
        cores=tuple(cores),
        shells=shells,
        owned=owned,
        images=images,
        bodies=bodies,
        full=grid.shape,
        spacing_mm=grid.spacing_mm,
        uncorrected_bq=np.array([float((w * c).sum()) for w, c in zip(given, images, strict=True)])
        * grid.voxel_volume_ml,
        at_edge=tuple(at_edge),
    )


def _mean(values: NDArray[np.float64], weights: NDArray[np.float64]) -> float:
    total = float(weights.sum())
    return float(np.vdot(weights, values)) / total if total else 0.0


def _core(tight: Box, box: Box, margin: tuple[int, ...]) -> Box:
    """The tight box with a margin, as slices into the wide box."""
    z, y, x = (
        slice(max(t.start - pad, b.start) - b.start, min(t.stop + pad, b.stop) - b.start)
        for t, b, pad in zip(tight, box, margin, strict=True)
    )
    return z, y, x


def _overlap(first: Box, second: Box) -> tuple[Box | None, Box | None]:
    """The voxels two boxes share, as slices into each."""
    starts = [max(a.start, b.start) for a, b in zip(first, second, strict=True)]
    stops = [min(a.stop, b.stop) for a, b in zip(first, second, strict=True)]
    if any(low >= high for low, high in zip(starts, stops, strict=True)):
        return None, None
    spans = list(zip(starts, stops, strict=True))
    inside = [
        tuple(slice(lo - b.start, hi - b.start) for (lo, hi), b in zip(spans, box, strict=True))
        for box in (first, second)
    ]
    (z, y, x), (w, v, u) = inside
    return (z, y, x), (w, v, u)


def _disjoint(
    names: tuple[str, ...],
    given: list[NDArray[np.float64]],
    boxes: list[Box],
    voxel_ml: float,
) -> tuple[tuple[NDArray[np.float64], ...], NDArray[np.float64]]:
    """Give overlaps to the smaller region; note which part of each region lies in which."""
    count = len(given)
    owned = np.zeros((count, count))
    components: list[NDArray[np.float64]] = [np.zeros(0)] * count
    order = sorted(range(count), key=lambda k: float(given[k].sum()))
    for position, i in enumerate(order):
        smaller = []
        taken = np.zeros_like(given[i])
        for j in order[:position]:
            here, there = _overlap(boxes[i], boxes[j])
            if here is not None and there is not None:
                taken[here] += components[j][there]
                smaller.append((j, here, there))
        components[i] = np.minimum(given[i], np.clip(1.0 - taken, 0.0, 1.0))
        # shares below 1 may lie beside each other in a voxel, so full voxels decide
        full = given[i] > 0.99
        left = components[i][full] if full.any() else components[i]
        if left.sum() < 1e-3 * (given[i][full] if full.any() else given[i]).sum():
            raise RegionError(
                f"region '{names[i]}' lies wholly inside smaller regions",
                remedy="leave it out, or correct without the transfer matrix",
            )
        owned[i, i] = float(components[i].sum()) * voxel_ml
        share = np.divide(
            given[i] - components[i], taken, out=np.zeros_like(taken), where=taken > 0
        )
        for j, here, there in smaller:
            owned[i, j] = float((share[here] * components[j][there]).sum()) * voxel_ml
    return tuple(components), owned


def _shells(
    components: tuple[NDArray[np.float64], ...],
    boxes: list[Box],
    bodies: tuple[NDArray[np.float64] | None, ...],
    spacing_mm: tuple[float, float, float],
    reach_mm: float,
) -> tuple[NDArray[np.float64], ...]:
    """Voxels within reach of each component that belong to none, inside the body."""
    from scipy.ndimage import distance_transform_edt

    shells = []
    for i, own in enumerate(components):
        distance_mm = np.asarray(distance_transform_edt(own <= 0, sampling=spacing_mm))
        free = np.ones_like(own) if bodies[i] is None else np.array(bodies[i])
        for j, other in enumerate(components):
            here, there = _overlap(boxes[i], boxes[j])
            if here is not None and there is not None:
                free[here] -= other[there]
        near = (distance_mm <= reach_mm) & (own <= 0)
        shells.append(np.where(near, np.clip(free, 0.0, 1.0), 0.0))
    return tuple(shells)
