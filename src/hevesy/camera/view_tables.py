"""What a view does to a column of voxels by its place: shares of detector columns, blurring."""

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.camera.geometry import ViewGeometry
from hevesy.camera.point_spread import PointSpread

__all__ = ["LEVEL_SHARE", "blurring_levels", "footprint_shares", "level_step_mm2"]

LEVEL_SHARE = 1.0 / 3.0
"""Variance of one blurring step, square pixels: [1/6, 2/3, 1/6] has a Gaussian's 4th moment."""

_FRACTIONS = 1024
_NODES_PER_PIXEL = 2


def footprint_shares(angle_deg: float) -> NDArray[np.float32]:
    """Shares of a square voxel's shadow that fall into the detector columns around it.

    The shadow of a square of side 1 is a trapezoid, the convolution of two boxes as wide as the
    angle's sine and cosine; a detector column takes the part of its area that lies over it. So
    the sum is 1 wherever the voxel lies, and a uniform object's projection is its line integral.

    Parameters
    ----------
    angle_deg : float
        The view's angle.

    Returns
    -------
    ndarray of float32, shape (1025, 4)
        By the fraction f = 0, 1/1024 ... 1 of the place between two columns' middles: shares of
        the columns at -1, 0, 1 and 2.

    Examples
    --------
    >>> footprint_shares(0.0)[256].tolist()
    [0.0, 0.75, 0.25, 0.0]
    """
    a, b = sorted((abs(math.cos(math.radians(angle_deg))), abs(math.sin(math.radians(angle_deg)))))
    fraction = np.linspace(0.0, 1.0, _FRACTIONS + 1)[:, None]
    edges = np.arange(-1.5, 2.6)[None, :] - fraction
    if a < 1e-4:
        below = np.clip(edges / b + 0.5, 0.0, 1.0)
    else:
        ends = ((a + b) / 2, (b - a) / 2, (a - b) / 2, -(a + b) / 2)
        below = np.zeros_like(edges)
        for sign, end in zip((1, -1, -1, 1), ends, strict=True):
            below += sign * np.clip(edges + end, 0.0, None) ** 2 / (2 * a * b)
    shares = np.diff(below, axis=1)
    shares[shares < 1e-9] = 0.0
    return np.ascontiguousarray(shares, dtype=np.float32)


def level_step_mm2(geometry: ViewGeometry) -> float:
    """Variance of one blurring step, mm2: a third of the smaller pixel's square.

    Examples
    --------
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 200.0), shape=(4, 4),
    ...                      pixel_mm=(4.0, 3.0))
    >>> level_step_mm2(views)
    3.0
    """
    return LEVEL_SHARE * min(geometry.pixel_mm) ** 2


def blurring_levels(
    geometry: ViewGeometry, point_spread: PointSpread | None
) -> NDArray[np.float64]:
    """How many blurring steps a place needs in each view, by its depth.

    Parameters
    ----------
    geometry : ViewGeometry
        The views.
    point_spread : PointSpread or None
        None for no blurring.

    Returns
    -------
    ndarray of float64, shape (views, nodes)
        Steps (with a fraction) at depths two to a pixel, the axis in the middle; beyond the
        collimator's face as at the face.

    Examples
    --------
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 200.0), shape=(4, 4),
    ...                      pixel_mm=(4.0, 4.0))
    >>> spread = PointSpread(slope_mm_per_mm=0.05, at_face_mm=2.0, intrinsic_mm=4.0)
    >>> levels = blurring_levels(views, spread)
    >>> wanted = spread.sigma_mm(200.0) ** 2 / level_step_mm2(views)
    >>> bool(np.isclose(levels[0, levels.shape[1] // 2], wanted))
    True
    """
    across = geometry.shape[1]
    reach = across // 2 + 2
    depth_mm = np.arange(-reach * _NODES_PER_PIXEL, reach * _NODES_PER_PIXEL + 1) * (
        geometry.pixel_mm[1] / _NODES_PER_PIXEL
    )
    if point_spread is None:
        return np.zeros((geometry.view_count, depth_mm.size))
    distance = geometry.radii_mm[:, None] - depth_mm[None, :]
    return np.asarray(point_spread.sigma_mm(distance) ** 2 / level_step_mm2(geometry))
