"""Regions grown and shrunk by a distance in mm, on voxels of any shape.

A distance is between voxel centres: a voxel belongs to a region grown by m where its centre is
within m of the centre of a voxel inside.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, RegionError
from hevesy.images import Region

__all__ = ["dilate", "erode", "surround"]

_ROUND_OFF_MM = 1e-6


def dilate(region: Region, margin_mm: float, *, name: str | None = None) -> Region:
    """Grow a region by a distance; it ends at the image's border.

    Parameters
    ----------
    region : Region
        On a grid of any spacing and direction.
    margin_mm : float
        0 or more.
    name : str, optional
        Of the result; by default the region's own.

    Returns
    -------
    Region

    Raises
    ------
    RegionError
        A negative margin.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 5), spacing_mm=(5, 5, 2))
    >>> point = Region(name="p", mask=np.array([[[0, 0, 1, 0, 0]]], dtype=bool), grid=grid)
    >>> dilate(point, 2.0).mask.astype(int).tolist()
    [[[0, 1, 1, 1, 0]]]
    """
    if not margin_mm >= 0:
        raise RegionError(
            f"region '{region.name}' can't be grown by a negative margin",
            got=f"{margin_mm} mm",
            remedy="shrink it by erode",
        )
    mask = _outside_distance_mm(region, margin_mm) <= margin_mm + _ROUND_OFF_MM
    return Region(
        name=name or region.name,
        mask=mask,
        grid=region.grid,
        frame_of_reference=region.frame_of_reference,
    )


def erode(region: Region, margin_mm: float, *, name: str | None = None) -> Region:
    """Shrink a region by a distance; beyond the image's border counts as outside.

    Keeps the voxels whose centre is further than `margin_mm` from every centre outside.

    Parameters
    ----------
    region : Region
        On a grid of any spacing and direction.
    margin_mm : float
        0 or more.
    name : str, optional
        Of the result; by default the region's own.

    Returns
    -------
    Region

    Raises
    ------
    RegionError
        A negative margin, or nothing is left.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((3, 3, 5), spacing_mm=(5, 5, 2))
    >>> block = Region(name="b", mask=np.ones(grid.shape, dtype=bool), grid=grid)
    >>> erode(block, 2.0).mask[1, 1].astype(int).tolist()
    [0, 1, 1, 1, 0]
    """
    from scipy.ndimage import distance_transform_edt

    if not margin_mm >= 0:
        raise RegionError(
            f"region '{region.name}' can't be shrunk by a negative margin",
            got=f"{margin_mm} mm",
            remedy="grow it by dilate",
        )
    low, high = _around(region.mask)
    box = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
    inside = np.pad(region.mask[box], 1)
    distance = distance_transform_edt(inside, sampling=region.grid.spacing_mm)
    core = np.asarray(distance)[1:-1, 1:-1, 1:-1] > margin_mm + _ROUND_OFF_MM
    mask = np.zeros(region.grid.shape, dtype=np.bool_)
    mask[box] = core & region.mask[box]
    if not mask.any():
        raise RegionError(
            f"nothing is left of region '{region.name}'",
            got=f"a margin of {margin_mm:g} mm inwards",
            remedy="choose a smaller margin",
        )
    return Region(
        name=name or region.name,
        mask=mask,
        grid=region.grid,
        frame_of_reference=region.frame_of_reference,
    )


def surround(
    region: Region,
    *,
    gap_mm: float,
    width_mm: float,
    others: Sequence[Region] = (),
    within: Region | None = None,
    name: str | None = None,
) -> Region:
    """A shell around a region, for its local background.

    Parameters
    ----------
    region : Region
        What is surrounded.
    gap_mm : float
        Distance from the region at which the shell begins; 0 or more.
    width_mm : float
        Thickness of the shell; above 0.
    others : sequence of Region
        What must not be in the shell (other lesions, hot organs), on the same grid.
    within : Region, optional
        What the shell must stay within (the body), on the same grid.
    name : str, optional
        By default the region's name with "around" before it.

    Returns
    -------
    Region

    Raises
    ------
    GridError
        Another region is on another grid.
    RegionError
        A gap or width out of range, or nothing is left of the shell.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 7), spacing_mm=(2, 2, 2))
    >>> point = Region(name="p", mask=np.array([[[0, 0, 0, 1, 0, 0, 0]]], dtype=bool), grid=grid)
    >>> surround(point, gap_mm=2.0, width_mm=4.0).mask.astype(int).tolist()
    [[[1, 1, 0, 0, 0, 1, 1]]]
    """
    if not (gap_mm >= 0 and width_mm > 0):
        raise RegionError(
            f"the shell around region '{region.name}' needs a gap and a width",
            got=f"gap {gap_mm} mm, width {width_mm} mm",
            allowed="a gap of 0 mm or more, a width above 0 mm",
            remedy="correct the distances",
        )
    for other in (*others, *([within] if within else [])):
        if not other.grid.matches(region.grid):
            raise GridError(
                f"regions '{region.name}' and '{other.name}' lie on different grids",
                got=f"{region.grid.shape} and {other.grid.shape}",
                remedy="bring them onto one grid first",
            )
    distance_mm = _outside_distance_mm(region, gap_mm + width_mm)
    mask = (distance_mm > gap_mm + _ROUND_OFF_MM) & (
        distance_mm <= gap_mm + width_mm + _ROUND_OFF_MM
    )
    for other in others:
        mask &= ~other.mask
    if within is not None:
        mask &= within.mask
    if not mask.any():
        raise RegionError(
            f"nothing is left of the shell around region '{region.name}'",
            got=f"{gap_mm:g} to {gap_mm + width_mm:g} mm around it",
            remedy="make the shell wider, or leave fewer regions out of it",
        )
    return Region(
        name=name or f"around {region.name}",
        mask=mask,
        grid=region.grid,
        frame_of_reference=region.frame_of_reference,
    )


def _outside_distance_mm(region: Region, farthest_mm: float) -> NDArray[np.float32]:
    """Distance to the region, 0 inside, infinite where it is beyond `farthest_mm` for sure."""
    from scipy.ndimage import distance_transform_edt

    low, high = _around(region.mask)
    reach = [int(np.ceil(farthest_mm / s)) + 1 for s in region.grid.spacing_mm]
    box = tuple(
        slice(max(0, a - r), min(n, b + r))
        for a, b, r, n in zip(low, high, reach, region.grid.shape, strict=True)
    )
    distance_mm = np.full(region.grid.shape, np.inf, dtype=np.float32)
    distance_mm[box] = distance_transform_edt(~region.mask[box], sampling=region.grid.spacing_mm)
    return distance_mm


def _around(mask: NDArray[np.bool_]) -> tuple[list[int], list[int]]:
    low, high = [], []
    for axis in range(3):
        found = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        low.append(int(found[0]))
        high.append(int(found[-1]) + 1)
    return low, high
