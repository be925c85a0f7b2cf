"""Regions from labels, regions of regions, and where regions overlap."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Region

__all__ = [
    "Overlap",
    "find_overlaps",
    "intersect",
    "regions_from_labels",
    "subtract",
    "unite",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Overlap:
    """Two regions that share voxels.

    Parameters
    ----------
    first, second : str
        Their names, in the order in which they were given.
    volume_ml : float
        What they share, mL.
    smaller_share : float
        That as a share of the smaller region.

    Examples
    --------
    >>> Overlap(first="liver", second="lesion", volume_ml=2.0, smaller_share=1.0).second
    'lesion'
    """

    first: str
    second: str
    volume_ml: float
    smaller_share: float


def _on_one_grid(regions: Sequence[Region]) -> None:
    for region in regions[1:]:
        if not region.grid.matches(regions[0].grid):
            raise GridError(
                f"regions '{regions[0].name}' and '{region.name}' lie on different grids",
                got=f"{regions[0].grid.shape} and {region.grid.shape}",
                remedy="bring them onto one grid first",
            )


def regions_from_labels(
    labels: NDArray[Any],
    grid: Grid,
    *,
    names: Mapping[int, str] | None = None,
    frame_of_reference: str | None = None,
) -> tuple[Region, ...]:
    """Regions from an image of whole numbers; 0 is no region.

    Parameters
    ----------
    labels : ndarray of numbers, shape ``grid.shape``
        Whole numbers of 0 or more; a float image of whole numbers is taken too.
    grid : Grid
        Where they lie.
    names : mapping of int to str, optional
        Only these labels, by these names. By default all, as "label 1" and so on.
    frame_of_reference : str, optional
        DICOM Frame of Reference UID.

    Returns
    -------
    tuple of Region
        By rising label.

    Raises
    ------
    RegionError
        Values that are no labels, a named label that is not in the image, a name given twice, or
        no label at all.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(10, 10, 10))
    >>> labels = np.array([[[0, 4, 4]]])
    >>> [(r.name, r.volume_ml) for r in regions_from_labels(labels, grid, names={4: "liver"})]
    [('liver', 2.0)]
    """
    values = np.asarray(labels)
    whole = values if values.dtype.kind in "iub" else np.round(values)
    if not np.array_equal(whole, values) or float(whole.min()) < 0:
        raise RegionError(
            "a label image must hold whole numbers of 0 or more",
            got=f"values from {values.min()} to {values.max()}",
            remedy="give a segmentation, not an image of values",
        )
    whole = whole.astype(np.int64)
    present = [int(n) for n in np.unique(whole) if n > 0]
    chosen = {n: f"label {n}" for n in present} if names is None else dict(names)
    absent = sorted(set(chosen) - set(present))
    if absent or not chosen:
        raise RegionError(
            "the label image does not hold what was asked for",
            got=f"labels {present}",
            allowed=f"all of {sorted(chosen)}" if chosen else "one label or more",
            remedy="check the labels' numbers and names",
        )
    if len(set(chosen.values())) < len(chosen):
        twice = sorted(n for n in set(chosen.values()) if list(chosen.values()).count(n) > 1)
        raise RegionError(
            "a region's name was given to two labels",
            got=", ".join(twice),
            remedy="give every label a name of its own",
        )
    return tuple(
        Region(name=chosen[n], mask=whole == n, grid=grid, frame_of_reference=frame_of_reference)
        for n in sorted(chosen)
    )


def unite(regions: Sequence[Region], *, name: str) -> Region:
    """What any of the regions holds.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(10, 10, 10))
    >>> a, b = (Region(name=n, mask=np.array([[m]]) > 0, grid=grid)
    ...         for n, m in (("a", [1, 1, 0]), ("b", [0, 1, 1])))
    >>> unite([a, b], name="both").volume_ml, intersect([a, b], name="common").volume_ml
    (3.0, 1.0)
    >>> subtract(a, [b], name="rest").mask.ravel().tolist()
    [True, False, False]
    """
    _on_one_grid(regions)
    mask = np.logical_or.reduce([region.mask for region in regions])
    return _like(regions[0], mask, name)


def intersect(regions: Sequence[Region], *, name: str) -> Region:
    """What all of the regions hold; an empty result is an error of `Region`.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(10, 10, 10))
    >>> a = Region(name="a", mask=np.ones(grid.shape, dtype=bool), grid=grid)
    >>> intersect([a, a], name="a again").volume_ml
    2.0
    """
    _on_one_grid(regions)
    mask = np.logical_and.reduce([region.mask for region in regions])
    return _like(regions[0], mask, name)


def subtract(region: Region, others: Sequence[Region], *, name: str) -> Region:
    """What a region holds beside all `others`; an empty result is an error of `Region`.

    Parameters
    ----------
    region : Region
        What to take from.
    others : sequence of Region
        What to take, on the same grid.
    name : str
        Of the result.

    Returns
    -------
    Region

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(10, 10, 10))
    >>> organ = Region(name="liver", mask=np.ones(grid.shape, dtype=bool), grid=grid)
    >>> lesion = Region(name="lesion", mask=np.array([[[True, False]]]), grid=grid)
    >>> subtract(organ, [lesion], name="healthy liver").volume_ml
    1.0
    """
    _on_one_grid([region, *others])
    mask = region.mask.copy()
    for other in others:
        mask &= ~other.mask
    return _like(region, mask, name)


def _like(region: Region, mask: NDArray[np.bool_], name: str) -> Region:
    return Region(
        name=name, mask=mask, grid=region.grid, frame_of_reference=region.frame_of_reference
    )


def find_overlaps(regions: Sequence[Region]) -> tuple[Overlap, ...]:
    """All pairs of regions that share voxels.

    A lesion within an organ is meant; an organ that reaches into another is a drawing error. This
    only says which pairs there are.

    Raises
    ------
    RegionError
        Two regions have one name.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(10, 10, 10))
    >>> a, b = (Region(name=n, mask=np.array([[m]]) > 0, grid=grid)
    ...         for n, m in (("a", [1, 1, 0]), ("b", [0, 1, 0])))
    >>> find_overlaps([a, b])
    (Overlap(first='a', second='b', volume_ml=1.0, smaller_share=1.0),)
    """
    names = [region.name for region in regions]
    twice = sorted({n for n in names if names.count(n) > 1})
    if twice:
        raise RegionError(
            "two regions have one name",
            got=", ".join(twice),
            remedy="rename one of them",
        )
    _on_one_grid(regions)
    found = []
    boxes = [_bounds(region.mask) for region in regions]
    for i, first in enumerate(regions):
        for j in range(i + 1, len(regions)):
            second = regions[j]
            low = np.maximum(boxes[i][0], boxes[j][0])
            high = np.minimum(boxes[i][1], boxes[j][1])
            if (low >= high).any():
                continue
            box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
            voxels = int(np.count_nonzero(first.mask[box] & second.mask[box]))
            if voxels:
                volume_ml = voxels * first.grid.voxel_volume_ml
                found.append(
                    Overlap(
                        first=first.name,
                        second=second.name,
                        volume_ml=volume_ml,
                        smaller_share=volume_ml / min(first.volume_ml, second.volume_ml),
                    )
                )
    return tuple(found)


def _bounds(mask: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First voxel and one past the last, along each axis."""
    ends = []
    for axis in range(3):
        found = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        ends.append((int(found[0]), int(found[-1]) + 1))
    low, high = np.array(ends, dtype=np.int64).T
    return low, high
