"""What two planar views see of each region: shares of its decays' photons, pixel by pixel."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import FWHM_PER_SIGMA, attenuation_map
from hevesy.camera.planar_pair import PlanarPair
from hevesy.errors import GridError, InputError
from hevesy.images import Grid, Region, Volume, coverage_share
from hevesy.quantification.conjugate_view import background_share

__all__ = ["REST", "PlanarScene", "SeenRegion", "build_planar_scene", "ring_weights", "see_region"]

_ROWS_AT_ONCE = 32
_DEPTH_MM = 4.0  # steps along the line of sight; within a step attenuation is exact
REST = "rest of body"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SeenRegion:
    """One region as both views see it.

    Parameters
    ----------
    name : str
    seen_share : ndarray of float64, shape (2, rows, columns)
        Share of the photons emitted towards the view that reach each pixel: its sum is the mean
        transmission from the region to the view. Anterior first.
    thickness_mm : ndarray of float64, shape (rows, columns)
        Of the region along the line of sight.
    footprint : ndarray of bool, shape (rows, columns)
        Where its counts are taken.
    volume_ml : float

    Examples
    --------
    >>> SeenRegion.__slots__[0]
    'name'
    """

    name: str
    seen_share: NDArray[np.float64]
    thickness_mm: NDArray[np.float64]
    footprint: NDArray[np.bool_]
    volume_ml: float

    @property
    def transmission(self) -> tuple[float, float]:
        """Mean transmission to the anterior and to the posterior view."""
        front, back = self.seen_share.sum(axis=(1, 2)).tolist()
        return (front, back)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PlanarScene:
    """The patient between the two views.

    Parameters
    ----------
    rows : slice
        The views' rows that the CT covers; all arrays have these rows only.
    grid : Grid
        Voxels whose rows and columns are the views' pixels, with steps in depth.
    mu_per_mm : ndarray of float32, shape (rows, depth, columns)
        Attenuation, 1/mm; depth runs from the front to the back.
    body_mm : ndarray of float64, shape (rows, columns)
        Thickness of the body along the line of sight.
    regions : tuple of SeenRegion
        The rest of the body last, where it was asked for.

    Examples
    --------
    >>> PlanarScene.__slots__[0]
    'rows'
    """

    rows: slice
    grid: Grid
    mu_per_mm: NDArray[np.float32]
    body_mm: NDArray[np.float64]
    regions: tuple[SeenRegion, ...]


def see_region(
    share: NDArray[np.floating],
    mu_per_mm: NDArray[np.floating],
    *,
    depth_mm: float,
    pixel_mm: tuple[float, float],
    fwhm_mm: float = 0.0,
) -> NDArray[np.float64]:
    """Project a uniformly filled region to the front and to the back, attenuated.

    In each voxel of thickness d the source is spread evenly, which weakens it by
    (1 - exp(-mu d))/(mu d) before it leaves the voxel; a slab on the voxels' borders comes out as
    in closed form. Rays are parallel. The blur is one Gaussian, the same at every depth.

    Parameters
    ----------
    share : ndarray of float, shape (rows, depth, columns)
        How much of each voxel the region fills, 0 to 1; its sum is above 0.
    mu_per_mm : ndarray of float, shape (rows, depth, columns)
        1/mm.
    depth_mm : float
        Thickness of a voxel along the depth, mm.
    pixel_mm : tuple of float
        ``(row, column)``, mm.
    fwhm_mm : float
        Of the blur, mm; 0 for none.

    Returns
    -------
    ndarray of float64, shape (2, rows, columns)
        To the front, to the back.

    Examples
    --------
    >>> mu = np.full((1, 50, 1), 0.0149)
    >>> share = np.zeros((1, 50, 1)); share[0, 10:25] = 1.0
    >>> front, back = see_region(share, mu, depth_mm=4.0, pixel_mm=(4.0, 4.0)).ravel()
    >>> x, t = 60.0, 200.0  # the closed form: exp(-mu t) (sinh(mu x/2)/(mu x/2))^2
    >>> f = (0.0149 * x / 2) / math.sinh(0.0149 * x / 2)
    >>> bool(abs(front * back * f**2 / math.exp(-0.0149 * t) - 1) < 1e-12)
    True
    """
    rows, _, columns = share.shape
    seen = np.zeros((2, rows, columns))
    for first in range(0, rows, _ROWS_AT_ONCE):  # a body of 1024 rows would not fit in memory
        part = slice(first, first + _ROWS_AT_ONCE)
        weight = np.asarray(share[part], dtype=np.float64)
        if not weight.any():
            continue
        step = np.asarray(mu_per_mm[part], dtype=np.float64) * depth_mm
        before = np.cumsum(step, axis=1) - step
        after = before[:, -1:, :] + step[:, -1:, :] - before - step
        weight = weight * np.where(step > 1e-9, -np.expm1(-step) / np.maximum(step, 1e-9), 1.0)
        seen[0, part] = (weight * np.exp(-before)).sum(axis=1)
        seen[1, part] = (weight * np.exp(-after)).sum(axis=1)
    seen /= share.sum(dtype=np.float64)
    if fwhm_mm > 0:
        from scipy.ndimage import gaussian_filter

        sigma = [fwhm_mm / FWHM_PER_SIGMA / pixel for pixel in pixel_mm]
        seen = gaussian_filter(seen, (0.0, *sigma), mode="constant", truncate=4.0)
    return np.asarray(seen, dtype=np.float64)


def _grid(pair: PlanarPair, ct: Grid) -> tuple[slice, Grid]:
    """The views' rows within the CT, and voxels behind their pixels over the CT's whole depth."""
    ends = [(-0.5, n - 0.5) for n in ct.shape]
    corners = ct.to_world_mm(np.stack(np.meshgrid(*ends, indexing="ij"), -1).reshape(-1, 3))
    low, high = corners.min(axis=0), corners.max(axis=0)
    dz, dx = pair.pixel_mm
    z, x = pair.corner_mm
    first = max(math.ceil((low[2] - z) / dz - 1e-6), 0)
    last = min(math.floor((high[2] - z) / dz + 1e-6), pair.shape[0] - 1)
    right = x + (pair.shape[1] - 1) * dx
    if last < first or right < low[0] or x > high[0]:
        raise GridError(
            "the CT does not lie under the planar views",
            got=f"views z {z:.0f} to {z + (pair.shape[0] - 1) * dz:.0f}, x {x:.0f} to "
            f"{right:.0f} mm",
            allowed=f"CT z {low[2]:.0f} to {high[2]:.0f}, x {low[0]:.0f} to {high[0]:.0f} mm",
            remedy="correct where the views lie (--top, --centre)",
        )
    steps = max(round((high[1] - low[1]) / _DEPTH_MM), 1)
    deep = (high[1] - low[1]) / steps
    grid = Grid.from_spacing(
        (last - first + 1, steps, pair.shape[1]),
        spacing_mm=(dz, deep, dx),
        origin_mm=(x, low[1] + deep / 2, z + first * dz),
    )
    return slice(first, last + 1), grid


def build_planar_scene(
    pair: PlanarPair,
    ct: Volume,
    regions: Sequence[Region],
    body: Region,
    *,
    energy_kev: float,
    kvp: float = 120.0,
    fwhm_mm: float = 0.0,
    with_rest: bool = True,
    mu_factor: float = 1.0,
) -> PlanarScene:
    """Lay CT and regions behind the views' pixels, and see each region from both sides.

    Attenuation is the integral of the CT's coefficients along each line, voxel by voxel. Regions
    are taken as evenly filled. A pixel belongs to a region's footprint where the region fills half
    of it or more at some depth; the rest of the body's footprint is the body's less those.

    Parameters
    ----------
    pair : PlanarPair
    ct : Volume
        HU.
    regions : sequence of Region
        In the CT's frame; the views must see all of each.
    body : Region
        The whole body, in the CT's frame.
    energy_kev : float
        Of the photons counted, keV.
    kvp : float
        The CT's tube voltage, kV.
    fwhm_mm : float
        Of the views' resolution, mm; 0: not modelled.
    with_rest : bool
        See the body outside the regions as one more, evenly filled, region.
    mu_factor : float
        On every attenuation coefficient, to see what their uncertainty does.

    Returns
    -------
    PlanarScene

    Raises
    ------
    GridError
        The CT does not lie under the views.
    InputError
        No region.

    Examples
    --------
    >>> build_planar_scene.__kwdefaults__["kvp"]
    120.0
    """
    if not regions:
        raise InputError("planar views need a region", remedy="give regions on the CT")
    rows, grid = _grid(pair, ct.grid)
    mu = attenuation_map(ct, energy_kev, kvp=kvp, grid=grid).values * np.float32(mu_factor)
    deep = grid.spacing_mm[1]
    solid = coverage_share(body, grid, least_inside_share=0.0)
    body_mm = solid.sum(axis=1, dtype=np.float64) * deep

    def see(name: str, share: NDArray[np.float32], footprint: NDArray[np.bool_]) -> SeenRegion:
        return SeenRegion(
            name=name,
            seen_share=see_region(
                share, mu, depth_mm=deep, pixel_mm=pair.pixel_mm, fwhm_mm=fwhm_mm
            ),
            thickness_mm=share.sum(axis=1, dtype=np.float64) * deep,
            footprint=footprint,
            volume_ml=float(share.sum(dtype=np.float64)) * grid.voxel_volume_ml,
        )

    taken = np.zeros(grid.shape, dtype=np.float32)
    seen = []
    for region in regions:
        share = coverage_share(region, grid)
        taken = np.minimum(taken + share, 1.0)
        seen.append(see(region.name, share, share.max(axis=1) >= 0.5))
    rest = np.clip(solid - taken, 0.0, 1.0)
    beside = (rest.max(axis=1) >= 0.5) & (taken.max(axis=1) < 0.5)
    if with_rest and beside.any():
        seen.append(see(REST, rest, beside))
    return PlanarScene(
        rows=rows,
        grid=grid,
        mu_per_mm=mu,
        body_mm=body_mm,
        regions=tuple(seen),
    )


def ring_weights(
    scene: PlanarScene, region: SeenRegion, *, gap_mm: float, width_mm: float
) -> NDArray[np.float64]:
    """Weights of the pixels whose sum is the region's counts less its background's.

    1 within the footprint; in a ring around it, within the body and outside every other region's
    footprint, minus the mean times the sum of 1 - x/t over the footprint.

    Parameters
    ----------
    scene : PlanarScene
    region : SeenRegion
    gap_mm, width_mm : float
        Between footprint and ring, and of the ring, mm.

    Returns
    -------
    ndarray of float64, shape (rows, columns)

    Raises
    ------
    InputError
        No pixel is left for the ring.

    Examples
    --------
    >>> ring_weights.__name__
    'ring_weights'
    """
    from scipy.ndimage import distance_transform_edt

    away = distance_transform_edt(~region.footprint, sampling=scene.grid.spacing_mm[::2])
    ring = (away > gap_mm) & (away <= gap_mm + width_mm) & (scene.body_mm > 0)
    for other in scene.regions:
        if other.name not in {region.name, REST}:
            ring &= ~other.footprint
    if not ring.any():
        raise InputError(
            f"there is no background beside region '{region.name}'",
            got=f"a ring of {width_mm:g} mm from {gap_mm:g} mm on",
            remedy="choose another background (--background body or none)",
        )
    share = background_share(region.thickness_mm, scene.body_mm)
    weights = region.footprint.astype(np.float64)
    weights[ring] -= float(share[region.footprint].sum()) / int(np.count_nonzero(ring))
    return weights
