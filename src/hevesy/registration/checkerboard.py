"""A picture that shows whether two images lie on each other."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid, Quantity, RigidTransform, Volume, resample

__all__ = ["draw_checkerboard"]

_SHOWN_HU = (-250.0, 250.0)
_TILE_MM = 40.0


def draw_checkerboard(
    moving: Volume, fixed: Volume, transform: RigidTransform, *, spacing_mm: float = 2.0
) -> NDArray[np.float32]:
    """Coronal slice with tiles of 40 mm that show the fixed and the moved image in turn.

    Through the middle of the fixed field, seen from the front: head above, the patient's right at
    the left. CT from -250 to 250 HU, all else from 0 to its 99.8th percentile, each scaled to
    0 to 1.

    Parameters
    ----------
    moving, fixed : Volume
        The two images.
    transform : RigidTransform
        From the fixed world to the moving world.
    spacing_mm : float
        Pixel size along both axes.

    Returns
    -------
    ndarray of float32, shape (rows, columns)
        0 to 1; rows run to the feet, columns to the patient's left.

    Examples
    --------
    >>> grid = Grid.from_spacing((4, 4, 8), spacing_mm=(10, 10, 10))
    >>> ct = Volume(values=np.zeros(grid.shape), grid=grid, quantity=Quantity.HU)
    >>> draw_checkerboard(ct, ct, RigidTransform.identity(), spacing_mm=10.0).shape
    (4, 8)
    """
    ends = [(-0.5, n - 0.5) for n in fixed.grid.shape]
    corners = fixed.grid.to_world_mm(
        np.stack(np.meshgrid(*ends, indexing="ij"), axis=-1).reshape(-1, 3)
    )
    low, high = corners.min(axis=0), corners.max(axis=0)
    columns, rows = (max(1, round(float(high[a] - low[a]) / spacing_mm)) for a in (0, 2))
    plane = Grid.from_spacing(
        (rows, 1, columns),
        spacing_mm=(spacing_mm, spacing_mm, spacing_mm),
        origin_mm=(low[0] + spacing_mm / 2, (low[1] + high[1]) / 2, high[2] - spacing_mm / 2),
        direction=[[0, 0, 1], [0, 1, 0], [-1, 0, 0]],
    )
    shown = []
    for volume, motion in ((fixed, RigidTransform.identity()), (moving, transform)):
        empty = _SHOWN_HU[0] if volume.quantity is Quantity.HU else 0.0
        cut = resample(volume, plane, transform=motion, outside=empty).values[:, 0, :]
        shown.append(_grey(cut, volume))
    step = max(1, round(_TILE_MM / spacing_mm))
    tile = (np.arange(rows)[:, None] // step + np.arange(columns)[None, :] // step) % 2
    return np.where(tile == 0, shown[0], shown[1]).astype(np.float32)


def _grey(cut: NDArray[Any], volume: Volume) -> NDArray[Any]:
    if volume.quantity is Quantity.HU:
        low, high = _SHOWN_HU
    else:
        low, high = 0.0, float(np.percentile(cut, 99.8))
    return np.clip((cut - low) / (high - low), 0.0, 1.0) if high > low else np.zeros_like(cut)
