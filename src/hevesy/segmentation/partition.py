"""Regions made disjoint: each voxel belongs to one of them, and is counted once."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.errors import GridError, RegionError
from hevesy.images import Region

__all__ = ["Partition", "partition_regions"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Partition:
    """Disjoint regions, and what was taken from each.

    Parameters
    ----------
    regions : tuple of Region
        In the order of their priority; no two share a voxel.
    taken_ml : tuple of (str, float)
        By region: how much of it went to those before it, mL. A region of which nothing was left
        stands here only.

    Examples
    --------
    >>> Partition(regions=(), taken_ml=(("rim", 1.5),)).taken_ml
    (('rim', 1.5),)
    """

    regions: tuple[Region, ...]
    taken_ml: tuple[tuple[str, float], ...]


def partition_regions(regions: Sequence[Region]) -> Partition:
    """Give each voxel to the first region that claims it.

    Parameters
    ----------
    regions : sequence of Region
        On one grid, the one that goes before first.

    Returns
    -------
    Partition
        Volumes add up: those of the parts make the union's, to the voxel.

    Raises
    ------
    GridError
        Regions on different grids.
    RegionError
        Two of one name, or no region.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(10, 10, 10))
    >>> first = Region(name="depot", mask=np.array([[[1, 1, 0]]], dtype=bool), grid=grid)
    >>> second = Region(name="lesion", mask=np.array([[[0, 1, 1]]], dtype=bool), grid=grid)
    >>> [(r.name, r.volume_ml) for r in partition_regions([first, second]).regions]
    [('depot', 2.0), ('lesion', 1.0)]
    """
    if not regions:
        raise RegionError("there is no region to part", remedy="give at least one")
    names = [region.name for region in regions]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise RegionError(
            "two regions of a partition have one name", got=twice[0], remedy="rename one of them"
        )
    grid = regions[0].grid
    owned = np.zeros(grid.shape, dtype=np.bool_)
    kept, taken = [], []
    for region in regions:
        if not region.grid.matches(grid):
            raise GridError(
                f"regions '{regions[0].name}' and '{region.name}' lie on different grids",
                got=f"{grid.shape} and {region.grid.shape}",
                remedy="bring them onto one grid first",
            )
        mask = region.mask & ~owned
        owned |= region.mask
        left = int(np.count_nonzero(mask))
        lost = int(np.count_nonzero(region.mask)) - left
        if lost:
            taken.append((region.name, lost * grid.voxel_volume_ml))
        if left:
            kept.append(
                Region(
                    name=region.name,
                    mask=mask,
                    grid=region.grid,
                    frame_of_reference=region.frame_of_reference,
                )
            )
    return Partition(regions=tuple(kept), taken_ml=tuple(taken))
