"""Regions by their distance from a surface or a needle: rims, capsules, tracts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, RegionError
from hevesy.images import Grid, Region

__all__ = [
    "NeedleTrack",
    "outline_border_layer",
    "outline_rim",
    "outline_tract",
    "signed_distance_mm",
]

Box = tuple[slice, slice, slice]


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedleTrack:
    """The way of a needle: from where it entered to where its tip was.

    Parameters
    ----------
    points_mm : tuple of tuple of float
        Two points or more, LPS mm, from the entry to the tip.

    Raises
    ------
    RegionError
        Fewer than two points, one that is not finite, or no length.

    Examples
    --------
    >>> NeedleTrack(points_mm=((0, 0, 0), (0, 30, 40))).length_mm
    50.0
    """

    points_mm: tuple[tuple[float, float, float], ...]

    def __post_init__(self) -> None:
        points = np.asarray(self.points_mm, dtype=np.float64)
        if points.ndim != 2 or points.shape[0] < 2 or points.shape[1] != 3:
            raise RegionError(
                "a needle's track needs two points or more of three coordinates",
                got=str(points.shape),
                remedy="give entry and target in LPS mm",
            )
        if not np.isfinite(points).all() or self.length_mm <= 0:
            raise RegionError(
                "a needle's track has no length",
                got=str(points.tolist()),
                remedy="give an entry and a target that differ, in LPS mm",
            )

    @property
    def length_mm(self) -> float:
        """From the entry to the tip along the track, mm."""
        steps = np.diff(np.asarray(self.points_mm, dtype=np.float64), axis=0)
        return float(np.linalg.norm(steps, axis=1).sum())


def signed_distance_mm(region: Region, *, reach_mm: float) -> NDArray[np.float32]:
    """Distance of each voxel's centre from a region's surface: above 0 outside, below 0 inside.

    The distance to the nearest centre on the other side is too long by what lies between that
    centre and the surface. For a plane along the grid's axes that is half a voxel along the line,
    at any distance d; of a surface at any angle centres come nearer, the more so the further away
    one looks: by a Poisson lattice of voxel volume v its mean is sqrt(v / d) / 2. The smaller of
    the two is taken off. Errors then are under a tenth of a voxel for curved surfaces (balls of 15
    and 30 mm, from one voxel away on, on average), and up to half a voxel for a plane along the
    axes. The image's border is no surface: a region that
    reaches it goes on beyond.

    Parameters
    ----------
    region : Region
        On a grid of any spacing and direction.
    reach_mm : float
        How far outside the distance is wanted; further away it is infinite.

    Returns
    -------
    ndarray of float32, shape ``region.grid.shape``

    Raises
    ------
    RegionError
        A reach that is not 0 or more.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 6), spacing_mm=(9, 9, 2))
    >>> block = Region(name="b", mask=np.array([[[1, 1, 1, 0, 0, 0]]], dtype=bool), grid=grid)
    >>> signed_distance_mm(block, reach_mm=10.0)[0, 0, 3:].tolist()
    [1.0, 3.0, 5.0]
    """
    if not 0 <= reach_mm < math.inf:
        raise RegionError(
            f"no distance from region '{region.name}' can be found that far",
            got=f"{reach_mm:g} mm",
            allowed="0 mm or more",
            remedy="correct the width",
        )
    box = _box(region.mask, region.grid, reach_mm)
    mask = region.mask[box]
    spacing = region.grid.spacing_mm
    outside_mm = _to_other_side(~mask, spacing)
    inside_mm = _to_other_side(np.pad(mask, 1, mode="edge"), spacing)[1:-1, 1:-1, 1:-1]
    found = np.full(region.grid.shape, np.inf, dtype=np.float32)
    found[box] = np.where(mask, -inside_mm, outside_mm)
    return found


def outline_rim(
    region: Region, *, inside_mm: float = 0.0, outside_mm: float = 0.0, name: str | None = None
) -> Region:
    """The layer along a region's surface, so far inside and so far outside.

    Parameters
    ----------
    region : Region
    inside_mm, outside_mm : float
        Thickness on each side, 0 or more, not both 0.
    name : str, optional
        By default the region's with "rim of" before it.

    Returns
    -------
    Region

    Raises
    ------
    RegionError
        Thicknesses out of range, or no voxel's centre in it.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 6), spacing_mm=(9, 9, 2))
    >>> block = Region(name="b", mask=np.array([[[1, 1, 1, 0, 0, 0]]], dtype=bool), grid=grid)
    >>> outline_rim(block, outside_mm=4.0).mask.astype(int).tolist()
    [[[0, 0, 0, 1, 1, 0]]]
    """
    if not (inside_mm >= 0 and outside_mm >= 0 and 0 < inside_mm + outside_mm < math.inf):
        raise RegionError(
            f"the rim of region '{region.name}' needs a thickness",
            got=f"{inside_mm:g} mm inside, {outside_mm:g} mm outside",
            allowed="0 mm or more, not both 0",
            remedy="correct the thickness",
        )
    distance = signed_distance_mm(region, reach_mm=outside_mm)
    return _named(
        region,
        (distance > -inside_mm) & (distance <= outside_mm) & ((distance > 0) | (inside_mm > 0)),
        name or f"rim of {region.name}",
        f"{inside_mm:g} mm inside to {outside_mm:g} mm outside",
    )


def outline_border_layer(
    organ: Region,
    *,
    thickness_mm: float,
    near: Region,
    within_mm: float,
    part_of_organ: Sequence[Region] = (),
    name: str | None = None,
) -> Region:
    """An organ's border layer beside a lesion: pleura, or a liver's capsule.

    The layer lies inside the organ, along its surface, as far as `within_mm` from the lesion. A
    lesion is part of the organ for this, so that its own surface is not taken for the organ's.

    Parameters
    ----------
    organ : Region
    thickness_mm : float
        Of the layer, above 0.
    near : Region
        The lesion, on the same grid.
    within_mm : float
        How far from the lesion's surface the layer goes, above 0.
    part_of_organ : sequence of Region
        What lies in the organ though its drawing leaves it out: the lesion itself, vessels.
    name : str, optional
        By default the organ's with "border of" before it.

    Returns
    -------
    Region

    Raises
    ------
    GridError
        Regions on different grids.
    RegionError
        Lengths out of range, or the border is not that near.

    Examples
    --------
    >>> grid = Grid.from_spacing((1, 1, 8), spacing_mm=(2, 2, 2))
    >>> organ = Region(name="lung", mask=np.array([[[0, 1, 1, 1, 1, 1, 1, 0]]], bool), grid=grid)
    >>> lesion = Region(name="t", mask=np.array([[[0, 0, 0, 1, 0, 0, 0, 0]]], bool), grid=grid)
    >>> outline_border_layer(organ, thickness_mm=2.0, near=lesion, within_mm=4.0).volume_ml > 0
    True
    """
    if not (0 < thickness_mm < math.inf and 0 < within_mm < math.inf):
        raise RegionError(
            f"the border layer of region '{organ.name}' needs a thickness and a reach",
            got=f"{thickness_mm:g} mm thick, within {within_mm:g} mm",
            allowed="above 0 mm",
            remedy="correct the lengths",
        )
    whole = organ.mask
    for other in (near, *part_of_organ):
        if not other.grid.matches(organ.grid):
            raise GridError(
                f"regions '{organ.name}' and '{other.name}' lie on different grids",
                got=f"{organ.grid.shape} and {other.grid.shape}",
                remedy="bring them onto one grid first",
            )
        whole = whole | other.mask
    distance = signed_distance_mm(
        Region(name=organ.name, mask=whole, grid=organ.grid), reach_mm=0.0
    )
    from_lesion = signed_distance_mm(near, reach_mm=within_mm)
    layer = (distance <= 0) & (distance > -thickness_mm)
    layer &= (from_lesion > 0) & (from_lesion <= within_mm)
    return _named(
        organ,
        layer,
        name or f"border of {organ.name}",
        f"no border within {within_mm:g} mm of region '{near.name}'",
    )


def outline_tract(
    track: NeedleTrack,
    grid: Grid,
    *,
    radius_mm: float,
    name: str = "needle tract",
    frame_of_reference: str | None = None,
) -> Region:
    """All voxels whose centre is within a radius of a needle's track, flat at both ends.

    Parameters
    ----------
    track : NeedleTrack
        Its points must lie in the image.
    grid : Grid
    radius_mm : float
        Above 0.
    name : str
    frame_of_reference : str, optional
        DICOM Frame of Reference UID of the grid.

    Returns
    -------
    Region

    Raises
    ------
    RegionError
        A point outside the image, a radius out of range, or no voxel's centre within it.

    Examples
    --------
    >>> grid = Grid.from_spacing((3, 3, 9), spacing_mm=(2, 2, 2))
    >>> track = NeedleTrack(points_mm=((2, 2, 2), (12, 2, 2)))
    >>> outline_tract(track, grid, radius_mm=1.0).mask[1, 1].astype(int).tolist()
    [0, 1, 1, 1, 1, 1, 1, 0, 0]
    """
    if not 0 < radius_mm < math.inf:
        raise RegionError(
            f"region '{name}' needs a radius", got=f"{radius_mm:g} mm", allowed="above 0 mm",
            remedy="correct the radius",
        )  # fmt: skip
    points = np.asarray(track.points_mm, dtype=np.float64)
    index = grid.to_index(points)
    top = np.asarray(grid.shape) - 0.5
    for number, place in enumerate(index):
        if (place < -0.5).any() or (place > top).any():
            ends = grid.to_world_mm(np.array([[-0.5] * 3, top]))
            low, high = ends.min(axis=0), ends.max(axis=0)
            raise RegionError(
                f"point {number + 1} of {name} is outside the image",
                got=f"LPS ({', '.join(f'{v:g}' for v in points[number])}) mm",
                allowed=", ".join(
                    f"{axis} {a:.0f} to {b:.0f}"
                    for axis, a, b in zip("xyz", low, high, strict=True)
                ),
                remedy="give the points in LPS mm, in the frame of the CT",
            )
    reach = radius_mm / np.asarray(grid.spacing_mm)
    low = np.maximum(np.floor(index.min(axis=0) - reach).astype(int), 0)
    high = np.minimum(np.ceil(index.max(axis=0) + reach).astype(int) + 1, grid.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    cells = np.stack(np.meshgrid(*(np.arange(s.start, s.stop) for s in box), indexing="ij"), -1)
    places = grid.to_world_mm(cells)
    mask = np.zeros(grid.shape, dtype=np.bool_)
    mask[box] = _near_track(places, points, radius_mm)
    if not mask.any():
        raise RegionError(
            f"no voxel's centre lies in {name}",
            got=f"radius {radius_mm:g} mm, voxels of {max(grid.spacing_mm):g} mm",
            remedy="choose a radius of a voxel or more",
        )
    return Region(name=name, mask=mask, grid=grid, frame_of_reference=frame_of_reference)


def _near_track(
    places: NDArray[np.float64], points: NDArray[np.float64], radius_mm: float
) -> NDArray[np.bool_]:
    """Within the radius of a straight part (between its ends), or of a bend."""
    near = np.zeros(places.shape[:-1], dtype=np.bool_)
    for start, end in pairwise(points):
        along = end - start
        length = float(np.linalg.norm(along))
        if length == 0:
            continue
        offset = places - start
        path = offset @ (along / length)
        across_sq = np.einsum("...i,...i", offset, offset) - path**2
        near |= (path >= 0) & (path <= length) & (across_sq <= radius_mm**2)
    for bend in points[1:-1]:
        near |= np.linalg.norm(places - bend, axis=-1) <= radius_mm
    return near


def _to_other_side(
    mask: NDArray[np.bool_], spacing_mm: tuple[float, float, float]
) -> NDArray[np.float64]:
    """From each voxel of the mask to the surface that parts it from the rest."""
    from scipy.ndimage import distance_transform_edt

    if mask.all():  # there is no other side
        return np.full(mask.shape, np.inf)
    distance, nearest = distance_transform_edt(mask, sampling=spacing_mm, return_indices=True)
    half_sq = np.zeros(mask.shape)
    for axis, (n, mm) in enumerate(zip(mask.shape, spacing_mm, strict=True)):
        here = np.arange(n).reshape([-1 if a == axis else 1 for a in range(3)])
        half_sq += ((nearest[axis] - here) * mm * mm / 2.0) ** 2
    away = np.where(np.asarray(distance) > 0, distance, 1.0)
    half = np.minimum(np.sqrt(half_sq) / away, 0.5 * np.sqrt(np.prod(spacing_mm) / away))
    return np.asarray(distance - half)


def _box(mask: NDArray[np.bool_], grid: Grid, reach_mm: float) -> Box:
    spans = []
    for axis, (n, mm) in enumerate(zip(grid.shape, grid.spacing_mm, strict=True)):
        found = np.flatnonzero(mask.any(axis=tuple(a for a in range(3) if a != axis)))
        more = math.ceil(reach_mm / mm) + 1
        spans.append(slice(max(0, int(found[0]) - more), min(n, int(found[-1]) + more + 1)))
    return spans[0], spans[1], spans[2]


def _named(like: Region, mask: NDArray[np.bool_], name: str, what: str) -> Region:
    if not mask.any():
        raise RegionError(
            f"nothing is in region '{name}'",
            got=what,
            remedy="make it thicker, or leave it out",
        )
    return Region(name=name, mask=mask, grid=like.grid, frame_of_reference=like.frame_of_reference)
