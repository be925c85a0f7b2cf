"""A phantom for calibration: hot spheres in a warm cylinder of water."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid, Quantity, Volume

__all__ = ["CalibrationPhantom", "build_calibration_phantom"]

_RADIUS_MM = 110.0
_HALF_LENGTH_MM = 100.0
_FIELD_MM = 400.0  # along the axis: a camera's field, for its CT to cover
_CIRCLE_MM = 62.0  # on which the spheres' middles lie
_SPHERES_MM = (60.0, 37.0, 28.0, 22.0, 17.0)
_ANGLES_DEG = (0.0, 85.0, 150.0, 210.0, 265.0)
_FINE = 3  # samples along each axis of a voxel


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalibrationPhantom:
    """What is filled into the phantom, and where.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML when it was filled.
    ct : Volume
        HU; water in air.
    diameters_mm : tuple of float
        Of the spheres.
    centres_mm : ndarray of float64, shape (spheres, 3)
        World (x, y, z), LPS mm.
    stock_bq_per_ml, background_bq_per_ml : float
        In the spheres, and in the water around them.
    water_ml : float
        Volume of the water around the spheres, mL.
    """

    activity: Volume
    ct: Volume
    diameters_mm: tuple[float, ...]
    centres_mm: NDArray[np.float64]
    stock_bq_per_ml: float
    background_bq_per_ml: float
    water_ml: float

    def labels(self, grid: Grid) -> Volume:
        """Spheres as a label map on an image's grid, 1 for the first; a voxel by its middle."""
        world = grid.to_world_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
        values = np.zeros(grid.shape, dtype=np.float32)
        for number, (centre, across) in enumerate(
            zip(self.centres_mm, self.diameters_mm, strict=True), start=1
        ):
            values[np.linalg.norm(world - centre, axis=-1) <= across / 2] = number
        return Volume(values=values, grid=grid, quantity=Quantity.RELATIVE)


def build_calibration_phantom(
    *, stock_bq_per_ml: float, contrast_ratio: float = 8.0, voxel_mm: float = 4.0
) -> CalibrationPhantom:
    """Build spheres of 17 to 60 mm in a cylinder of 22 cm across and 20 cm long, without walls.

    Parameters
    ----------
    stock_bq_per_ml : float
        In the spheres.
    contrast_ratio : float
        Stock to warm water.
    voxel_mm : float
        Of the activity and the CT; a voxel at a border holds its share.

    Returns
    -------
    CalibrationPhantom

    Examples
    --------
    >>> phantom = build_calibration_phantom(stock_bq_per_ml=8e5)
    >>> total_bq = float(phantom.activity.values.sum(dtype=float)) * 0.064
    >>> spheres_ml = sum(d**3 for d in phantom.diameters_mm) * 5.236e-4
    >>> poured_bq = phantom.water_ml * 1e5 + 8e5 * spheres_ml
    >>> round(total_bq / poured_bq, 2)
    1.0
    """
    across = int(2 * _RADIUS_MM / voxel_mm) + 4
    shape = (int(_FIELD_MM / voxel_mm), across, across)
    middle = [-(n - 1) / 2 * voxel_mm for n in shape[::-1]]
    grid = Grid.from_spacing(shape, spacing_mm=(voxel_mm,) * 3, origin_mm=middle)
    angles = np.radians(np.array(_ANGLES_DEG))
    centres = np.zeros((angles.size, 3))
    centres[:, 0], centres[:, 1] = _CIRCLE_MM * np.cos(angles), _CIRCLE_MM * np.sin(angles)
    offsets = ((np.arange(_FINE) + 0.5) / _FINE - 0.5) * voxel_mm
    world = grid.to_world_mm(np.moveaxis(np.indices(shape), 0, -1)).astype(np.float32)
    water, hot = np.zeros(shape), np.zeros(shape)
    for dz in offsets:
        for dy in offsets:
            for dx in offsets:
                point = world + np.array([dx, dy, dz], dtype=np.float32)
                inside = np.hypot(point[..., 0], point[..., 1]) <= _RADIUS_MM
                water += inside & (np.abs(point[..., 2]) <= _HALF_LENGTH_MM)
                for centre, wide in zip(centres, _SPHERES_MM, strict=True):
                    hot += np.linalg.norm(point - centre, axis=-1) <= wide / 2
    water, hot = water / _FINE**3, hot / _FINE**3
    background = stock_bq_per_ml / contrast_ratio
    values = background * (water - hot) + stock_bq_per_ml * hot
    filled_ml = np.pi * _RADIUS_MM**2 * 2 * _HALF_LENGTH_MM / 1e3
    spheres_ml = sum(np.pi / 6 * across**3 for across in _SPHERES_MM) / 1e3
    return CalibrationPhantom(
        activity=Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML),
        ct=Volume(
            values=np.rint(-1000.0 + 1000.0 * water).astype(np.int16),
            grid=grid,
            quantity=Quantity.HU,
        ),
        diameters_mm=_SPHERES_MM,
        centres_mm=centres,
        stock_bq_per_ml=stock_bq_per_ml,
        background_bq_per_ml=background,
        water_ml=filled_ml - spheres_ml,
    )
