"""Several beds put together into one body."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError
from hevesy.images import Grid, RigidTransform, Volume
from hevesy.images.overlap import aligned_axes, index_matrix, mean_in_voxels

__all__ = ["stitch_beds"]

_SAME_SPACING = 1e-3


def stitch_beds(volumes: Sequence[Volume], weights: Sequence[NDArray[Any]] | None = None) -> Volume:
    """One image of several overlapping beds.

    The result's voxels are those of the first bed, continued along z. Where beds overlap, their
    mean is taken with weights that rise from each bed's end inwards, so that the change-over is a
    straight ramp. A bed whose slices do not fall on the first's is taken as constant in its
    voxels and averaged over the result's. A uniform object stays uniform, and the total is kept
    where the beds' slices coincide and agree.

    Parameters
    ----------
    volumes : sequence of Volume
        Beds of one quantity, with parallel axes and the same voxel size; their fields along z
        must touch.
    weights : sequence of ndarray, shape (z, y, x) each, optional
        Multiply the ramps: sensitivity of each voxel, or durations; 0 leaves a voxel out.

    Returns
    -------
    Volume
        float32; 0 where no bed has a weight.

    Raises
    ------
    GridError
        No bed, other voxel sizes or directions, weights of another shape, or a gap between beds.

    Examples
    --------
    >>> from hevesy.images import Quantity
    >>> beds = [Volume(values=np.full((4, 1, 1), 5.0), quantity=Quantity.COUNTS,
    ...                grid=Grid.from_spacing((4, 1, 1), spacing_mm=(4, 4, 4),
    ...                                       origin_mm=(0, 0, low))) for low in (0.0, 10.0)]
    >>> body = stitch_beds(beds)
    >>> body.grid.shape, body.values.ravel().round(4).tolist()
    ((7, 1, 1), [5.0, 5.0, 5.0, 5.0, 5.0, 5.0, 5.0])
    """
    if not volumes:
        raise GridError("there is no bed to put together", remedy="give one or more")
    first = volumes[0]
    for volume in volumes[1:]:
        volume.require(first.quantity)
    if weights is not None and [w.shape for w in weights] != [v.grid.shape for v in volumes]:
        raise GridError(
            "beds and their weights do not have the same shapes",
            got=[w.shape for w in weights],
            allowed=str([v.grid.shape for v in volumes]),
            remedy="give one array of weights for each bed",
        )
    spans = [_span(first.grid, volume.grid) for volume in volumes]
    grid = _joined(first.grid, spans)
    upper = np.zeros(grid.shape, dtype=np.float32)
    lower = np.zeros(grid.shape, dtype=np.float32)
    for number, volume in enumerate(volumes):
        ramp = _ramp(number, spans, volume.grid.shape[0])[:, None, None]
        share = np.broadcast_to(ramp, volume.grid.shape)
        if weights is not None:
            share = share * np.asarray(weights[number], dtype=np.float32)
        matrix = index_matrix(volume.grid, grid, RigidTransform.identity())
        upper += mean_in_voxels(share * volume.values, matrix, grid.shape)
        lower += mean_in_voxels(np.ascontiguousarray(share), matrix, grid.shape)
    values = np.divide(upper, lower, out=np.zeros_like(upper), where=lower > 0)
    frames = {volume.frame_of_reference for volume in volumes}
    return Volume(
        values=values,
        grid=grid,
        quantity=first.quantity,
        frame_of_reference=frames.pop() if len(frames) == 1 else None,
    )


def _span(first: Grid, other: Grid) -> tuple[float, float]:
    """Both ends of a bed along the first bed's z axis, in its voxels; checks that they fit."""
    matrix = index_matrix(first, other, RigidTransform.identity())
    sizes = np.abs(np.asarray(first.spacing_mm) - np.asarray(other.spacing_mm))
    if aligned_axes(matrix, other.shape) != (0, 1, 2) or sizes.max() > _SAME_SPACING:
        raise GridError(
            "beds have other axes or voxel sizes than the first",
            got=f"{other.spacing_mm} mm",
            allowed=f"{first.spacing_mm} mm, parallel",
            remedy="resample them first",
        )
    ends = sorted(matrix[0, 0] * end + matrix[0, 3] for end in (-0.5, other.shape[0] - 0.5))
    return float(ends[0]), float(ends[1])


def _joined(first: Grid, spans: list[tuple[float, float]]) -> Grid:
    """The first bed's grid, continued along z over all beds; refuses gaps."""
    reached = None
    for low, high in sorted(spans):
        if reached is not None and low > reached + 1e-3:
            raise GridError(
                "there is a gap between two beds",
                got=f"{(low - reached) * first.spacing_mm[0]:.1f} mm",
                allowed="0 mm",
                remedy="give the bed between them, or reconstruct them apart",
            )
        reached = high if reached is None else max(reached, high)
    below = int(np.ceil(max(-0.5 - min(low for low, _ in spans), 0.0) - 1e-3))
    above = int(np.ceil(max(max(high for _, high in spans) - (first.shape[0] - 0.5), 0.0) - 1e-3))
    affine = first.affine.copy()
    affine[:3, 3] = first.to_world_mm([-below, 0, 0])
    return Grid(shape=(first.shape[0] + below + above, *first.shape[1:]), affine=affine)


def _ramp(number: int, spans: list[tuple[float, float]], slices: int) -> NDArray[np.float32]:
    """Weights of a bed's slices: distance to its ends where another bed goes on, in voxels."""
    low, high = spans[number]
    place = low + (np.arange(slices) + 0.5) * (high - low) / slices
    weight = np.full(slices, np.inf)
    for other, (other_low, other_high) in enumerate(spans):
        if other == number:
            continue
        if other_low < low < other_high and other_high < high:
            weight = np.minimum(weight, (place - low) / (other_high - low))
        if other_low < high < other_high and other_low > low:
            weight = np.minimum(weight, (high - place) / (high - other_low))
    return np.asarray(np.clip(weight, 0.0, 1.0), dtype=np.float32)
