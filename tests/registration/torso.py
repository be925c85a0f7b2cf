"""A torso made of ellipsoids: CT and SPECT of it at any place, from closed forms."""

import numpy as np
from numpy.typing import NDArray

from hevesy.images import Grid, Quantity, RigidTransform, Volume

# name: centre x, y, z; half axes; HU; activity
PARTS = {
    "body": ((0, 0, 0), (160, 110, 400), 20.0, 1.0),
    "right lung": ((-75, -5, 110), (55, 75, 110), -800.0, 0.3),
    "left lung": ((75, -5, 110), (50, 70, 105), -790.0, 0.3),
    "liver": ((-65, -10, -30), (75, 70, 55), 70.0, 8.0),
    "spleen": ((95, 40, -20), (30, 35, 45), 60.0, 12.0),
    "right kidney": ((-60, 55, -110), (25, 25, 50), 40.0, 20.0),
    "left kidney": ((65, 55, -95), (25, 25, 50), 40.0, 20.0),
    "spine": ((0, 70, 0), (20, 20, 400), 350.0, 1.0),
    "stomach gas": ((45, -50, -30), (30, 25, 25), -950.0, 0.0),
    "lesion": ((-50, -30, -45), (18, 18, 18), 40.0, 60.0),
}


def torso(
    motion: RigidTransform,
    *,
    quantity: Quantity,
    spacing_mm: tuple[float, float, float] = (5.0, 4.0, 4.0),
    shape: tuple[int, int, int] = (72, 64, 88),
    origin_mm: tuple[float, float, float] = (-174.0, -126.0, -178.0),
    noise: float = 0.0,
    seed: int = 1,
) -> Volume:
    """The torso as seen by a point p at ``motion.apply(p)``.

    An image of it by the identity is "moving", one by a motion T "fixed": then T takes the fixed
    world to the moving world, which is what a registration has to find. Edges are soft over about
    4 mm, as voxels make them.
    """
    grid = Grid.from_spacing(shape, spacing_mm=spacing_mm, origin_mm=origin_mm)
    places = motion.apply(grid.to_world_mm(np.stack(np.indices(shape), axis=-1)))
    values = np.full(shape, -1000.0 if quantity is Quantity.HU else 0.0)
    for centre, half_axes, hu, uptake in PARTS.values():
        share = _soft(places, np.asarray(centre, float), np.asarray(half_axes, float))
        inside = hu if quantity is Quantity.HU else uptake
        values += share * (inside - values)
    if quantity is not Quantity.HU:
        from scipy.ndimage import gaussian_filter

        values = gaussian_filter(values, [12.0 / 2.355 / s for s in spacing_mm])
    rng = np.random.default_rng(seed)
    return Volume(values=values + noise * rng.normal(size=shape), grid=grid, quantity=quantity)


def _soft(
    places: NDArray[np.float64], centre: NDArray[np.float64], half_axes: NDArray[np.float64]
) -> NDArray[np.float64]:
    size = np.linalg.norm((places - centre) / half_axes, axis=-1)
    depth_mm = (1 - size) * half_axes.min()
    return np.clip(0.5 + depth_mm / 4.0, 0.0, 1.0)


def centre_of(grid: Grid) -> NDArray[np.float64]:
    return grid.to_world_mm((np.asarray(grid.shape) - 1) / 2)
