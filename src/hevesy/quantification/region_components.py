"""Regions cut into disjoint components, and the shells around them."""

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionError
from hevesy.quantification.regions import border_weight

__all__ = [
    "Box",
    "Components",
    "absolute_core",
    "core_of",
    "cut_components",
    "gaussian",
    "middle_and_rim",
    "overlap",
    "reach_of_blur_mm",
    "surrounding_shells",
]

_SIGMAS = 3.5  # the blur is followed so far: 0.05 % of it lies beyond, per axis
_FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
# What blur leaves in the middle of a sphere of two FWHM across is 0.864: a region whose middle
# keeps less is too small to tell its middle from its border.
_MIDDLE_KEEPS = 0.86

Box = tuple[slice, slice, slice]
Array = NDArray[np.float64]

_FREE_SHARE = 1e-3  # of what is within reach; the rounding of shares leaves less


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Components:
    """Disjoint components, one or two a region.

    Parameters
    ----------
    owners : tuple of int, length m
        The region that each component belongs to.
    shares : tuple of ndarray of float64, shape of the owner's box
        Share of each voxel in the component.
    owned : ndarray of float64, shape (n, m)
        Volume of region i that is in component c, mL.
    """

    owners: tuple[int, ...]
    shares: tuple[Array, ...]
    owned: Array


def gaussian(
    values: Array,
    fwhm_mm: float,
    spacing_mm: tuple[float, float, float],
    *,
    beyond: Literal["constant", "nearest"],
) -> Array:
    """Blur by a Gaussian.

    Parameters
    ----------
    values : ndarray of float64, shape (z, y, x)
    fwhm_mm : float
    spacing_mm : tuple of float
        Along ``(z, y, x)``.
    beyond : str
        ``"constant"`` for nothing beyond the array, ``"nearest"`` where it goes on.

    Returns
    -------
    ndarray of float64, shape (z, y, x)

    Examples
    --------
    >>> point = np.zeros((9, 9, 9))
    >>> point[4, 4, 4] = 1.0
    >>> round(float(gaussian(point, 4.0, (2.0, 2.0, 2.0), beyond="constant").sum()), 3)
    1.0
    """
    from scipy.ndimage import gaussian_filter

    sigma = [fwhm_mm / _FWHM_PER_SIGMA / step for step in spacing_mm]
    return np.asarray(gaussian_filter(values, sigma, mode=beyond, truncate=_SIGMAS))


def reach_of_blur_mm(fwhm_mm: float) -> float:
    """How far the blur is followed, mm.

    Examples
    --------
    >>> round(reach_of_blur_mm(16.0), 1)
    23.8
    """
    return _SIGMAS * fwhm_mm / _FWHM_PER_SIGMA


def cut_components(
    names: tuple[str, ...],
    given: list[Array],
    boxes: list[Box],
    cores: list[Box],
    *,
    spacing_mm: tuple[float, float, float],
    fwhm_mm: float,
    uneven: Collection[str],
) -> Components:
    """Give overlaps to the smaller region; cut regions that may be uneven into middle and rim.

    Middle and rim are c u and c (1 - u) of a region's share c, with u the blurred c, scaled to run
    from 0 on the border (its mean there) to 1 where it is highest. Any mixture of the two is a
    concentration that rises or falls smoothly from the border inwards. A region whose middle the
    blur empties by more than it would a sphere of two FWHM is left whole.

    Parameters
    ----------
    names : tuple of str, length n
    given : list of ndarray of float64, shape of the box
        Share of each voxel inside the region.
    boxes : list of tuple of slice
        Each region's box in the image.
    cores : list of tuple of slice
        The part of each box that its blur does not leave, within the box.
    spacing_mm : tuple of float
        Along ``(z, y, x)``.
    fwhm_mm : float
    uneven : collection of str
        Regions to cut.

    Returns
    -------
    Components
        A cut region's middle stands before its rim.

    Raises
    ------
    RegionError
        A region lies wholly inside smaller ones.

    Examples
    --------
    >>> box = (slice(0, 1), slice(0, 1), slice(0, 3))
    >>> liver, lesion = np.ones((1, 1, 3)), np.array([[[0.0, 1.0, 0.0]]])
    >>> found = cut_components(
    ...     ("liver", "lesion"), [liver, lesion], [box, box], [box, box],
    ...     spacing_mm=(10.0, 10.0, 10.0), fwhm_mm=5.0, uneven=())
    >>> found.owned.tolist()
    [[2.0, 1.0], [0.0, 1.0]]
    """
    count = len(given)
    voxel_ml = math.prod(spacing_mm) / 1000.0
    parts: list[tuple[Array, ...]] = [()] * count
    held: list[dict[tuple[int, int], float]] = [{} for _ in range(count)]
    order = sorted(range(count), key=lambda k: float(given[k].sum()))
    for position, i in enumerate(order):
        smaller = []
        taken = np.zeros_like(given[i])
        for j in order[:position]:
            here, there = overlap(boxes[i], boxes[j])
            if here is not None and there is not None:
                for part in parts[j]:
                    taken[here] += part[there]
                smaller.append((j, here, there))
        own = np.minimum(given[i], np.clip(1.0 - taken, 0.0, 1.0))
        _require_something_left(names[i], given[i], own)
        parts[i] = _cut(own, cores[i], spacing_mm, fwhm_mm) if names[i] in uneven else (own,)
        for k, part in enumerate(parts[i]):
            held[i][i, k] = float(part.sum()) * voxel_ml
        share = np.divide(given[i] - own, taken, out=np.zeros_like(taken), where=taken > 0)
        for j, here, there in smaller:
            for k, part in enumerate(parts[j]):
                held[i][j, k] = float((share[here] * part[there]).sum()) * voxel_ml
    keys = [(i, k) for i in range(count) for k in range(len(parts[i]))]
    return Components(
        owners=tuple(i for i, _ in keys),
        shares=tuple(parts[i][k] for i, k in keys),
        owned=np.array([[held[i].get(key, 0.0) for key in keys] for i in range(count)]),
    )


def _require_something_left(name: str, given: Array, own: Array) -> None:
    # shares below 1 may lie beside each other in a voxel, so full voxels decide
    full = given > 0.99
    left, whole = (own[full], given[full]) if full.any() else (own, given)
    if left.sum() < 1e-3 * whole.sum():
        raise RegionError(
            f"region '{name}' lies wholly inside smaller regions",
            remedy="leave it out, or correct without the transfer matrix",
        )


def middle_and_rim(
    own: Array, spacing_mm: tuple[float, float, float], fwhm_mm: float
) -> tuple[Array, ...]:
    """Cut a share into middle and rim; leave it whole where the blur empties its middle.

    Parameters
    ----------
    own : ndarray of float64, shape (z, y, x)
        Share of each voxel in the region, with a margin that its blur does not leave.
    spacing_mm : tuple of float
        Along ``(z, y, x)``.
    fwhm_mm : float

    Returns
    -------
    tuple of ndarray of float64, shape (z, y, x)
        One or two; their sum is `own`.

    Examples
    --------
    >>> block = np.zeros((11, 11, 11))
    >>> block[3:8, 3:8, 3:8] = 1.0
    >>> len(middle_and_rim(block, (2.0, 2.0, 2.0), 2.0))
    2
    >>> len(middle_and_rim(block, (2.0, 2.0, 2.0), 9.0))
    1
    """
    spread = gaussian(own, fwhm_mm, spacing_mm, beyond="constant")
    border = border_weight(own, spacing_mm)
    highest = float(spread.max())
    if highest < _MIDDLE_KEEPS or border.sum() <= 0:
        return (own,)
    lowest = float((border * spread).sum() / border.sum())
    inwards = np.clip((spread - lowest) / (highest - lowest), 0.0, 1.0)
    return own * inwards, own * (1.0 - inwards)


def _cut(
    own: Array, core: Box, spacing_mm: tuple[float, float, float], fwhm_mm: float
) -> tuple[Array, ...]:
    """Cut within the box: beyond the core there is nothing."""
    parts = []
    for part in middle_and_rim(own[core], spacing_mm, fwhm_mm):
        whole = np.zeros_like(own)
        whole[core] = part
        parts.append(whole)
    return tuple(parts)


def core_of(tight: Box, box: Box, margin: tuple[int, ...]) -> Box:
    """Give the tight box with a margin, as slices into the wide box.

    Parameters
    ----------
    tight, box : tuple of slice
        Slices into the image.
    margin : tuple of int
        Voxels along ``(z, y, x)``.

    Examples
    --------
    >>> core_of((slice(4, 6),) * 3, (slice(1, 9),) * 3, (1, 1, 1))[0]
    slice(2, 6, None)
    """
    z, y, x = (
        slice(max(t.start - pad, b.start) - b.start, min(t.stop + pad, b.stop) - b.start)
        for t, b, pad in zip(tight, box, margin, strict=True)
    )
    return z, y, x


def absolute_core(box: Box, core: Box) -> Box:
    """Give a core as slices into the image.

    Examples
    --------
    >>> absolute_core((slice(1, 9),) * 3, (slice(2, 6),) * 3)[0]
    slice(3, 7, None)
    """
    z, y, x = (slice(b.start + c.start, b.start + c.stop) for b, c in zip(box, core, strict=True))
    return z, y, x


def overlap(first: Box, second: Box) -> tuple[Box | None, Box | None]:
    """Give the voxels that two boxes share, as slices into each; None where they share none.

    Examples
    --------
    >>> overlap((slice(0, 5),) * 3, (slice(3, 9),) * 3)[1][0]
    slice(0, 2, None)
    """
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


def surrounding_shells(
    wholes: tuple[Array, ...],
    boxes: list[Box],
    bodies: tuple[Array | None, ...],
    *,
    spacing_mm: tuple[float, float, float],
    reach_mm: float,
) -> tuple[Array, ...]:
    """Voxels within reach of each region that belong to none, inside the body.

    Where less than a thousandth of what is within reach is free, there is no shell.

    Parameters
    ----------
    wholes : tuple of ndarray of float64, shape of the box
        Share of each voxel in each region, its components together.
    boxes : list of tuple of slice
    bodies : tuple of ndarray of float64, shape of the box, or of None
        Share of each voxel in the body.
    spacing_mm : tuple of float
        Along ``(z, y, x)``.
    reach_mm : float
        Thickness of the shells, mm.

    Returns
    -------
    tuple of ndarray of float64, shape of the box

    Examples
    --------
    >>> box = (slice(0, 1), slice(0, 1), slice(0, 4))
    >>> own = np.array([[[1.0, 0.0, 0.0, 0.0]]])
    >>> surrounding_shells((own,), [box], (None,), spacing_mm=(4, 4, 4), reach_mm=8.0)[0].tolist()
    [[[0.0, 1.0, 1.0, 0.0]]]
    """
    from scipy.ndimage import distance_transform_edt

    shells = []
    for i, own in enumerate(wholes):
        distance_mm = np.asarray(distance_transform_edt(own <= 0, sampling=spacing_mm))
        free = np.ones_like(own) if bodies[i] is None else np.array(bodies[i])
        for j, other in enumerate(wholes):
            here, there = overlap(boxes[i], boxes[j])
            if here is not None and there is not None:
                free[here] -= other[there]
        near = (distance_mm <= reach_mm) & (own <= 0)
        shell = np.where(near, np.clip(free, 0.0, 1.0), 0.0)
        # regions all around leave the rounding of their shares, which is no background to measure
        shells.append(shell if shell.sum() > _FREE_SHARE * np.count_nonzero(near) else 0.0 * shell)
    return tuple(shells)
