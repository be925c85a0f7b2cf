"""The exact image of a uniform sphere under a Gaussian blur, and coverages of spheres."""

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import erf

from hevesy.images import Grid


def sigma_mm(fwhm_mm: float) -> float:
    return fwhm_mm / (2 * math.sqrt(2 * math.log(2)))


def profile(distance_mm: NDArray[np.float64], radius_mm: float, fwhm_mm: float) -> NDArray:
    """Intensity at a distance from the centre: the integral of the Gaussian over the sphere.

    By shells: I(d) = int_0^r (rho / (d s sqrt(2 pi))) (e^{-(d-rho)^2/2s^2} - e^{-(d+rho)^2/2s^2})
    d rho, whose closed form is below.
    """
    s = sigma_mm(fwhm_mm)
    d = np.maximum(np.asarray(distance_mm, dtype=float), 1e-6)
    plus, minus = (radius_mm + d) / (math.sqrt(2) * s), (radius_mm - d) / (math.sqrt(2) * s)
    edge = np.exp(-(minus**2)) - np.exp(-(plus**2))
    return 0.5 * (erf(plus) + erf(minus)) - s / (d * math.sqrt(2 * math.pi)) * edge


def image(grid: Grid, centre_mm: Sequence[float], radius_mm: float, fwhm_mm: float) -> NDArray:
    """Mean intensity over each voxel, by two Gauss points along each axis."""
    return _mean_in_voxels(grid, centre_mm, lambda d: profile(d, radius_mm, fwhm_mm))


def _mean_in_voxels(
    grid: Grid, centre_mm: Sequence[float], radial: Callable[[NDArray], NDArray]
) -> NDArray:
    index = np.moveaxis(np.indices(grid.shape), 0, -1).astype(float)
    total = np.zeros(grid.shape)
    point = 0.5 / math.sqrt(3)
    for z in (-point, point):
        for y in (-point, point):
            for x in (-point, point):
                world = grid.to_world_mm(index + np.array([z, y, x]))
                total += radial(np.linalg.norm(world - np.asarray(centre_mm), axis=-1))
    return total / 8


def recovery(radius_mm: float, fwhm_mm: float) -> float:
    """Share of a sphere's activity that its own contour holds after the blur."""
    inside, _ = quad(
        lambda d: float(profile(np.array(d), radius_mm, fwhm_mm)) * d * d, 0, radius_mm
    )
    return 3 * inside / radius_mm**3


def distances_mm(grid: Grid, centre_mm: Sequence[float]) -> NDArray[np.float64]:
    index = np.moveaxis(np.indices(grid.shape), 0, -1)
    return np.linalg.norm(grid.to_world_mm(index) - np.asarray(centre_mm), axis=-1)


def coverage(grid: Grid, centre_mm: Sequence[float], radius_mm: float, parts: int = 4) -> NDArray:
    """Share of each voxel inside the sphere, from parts^3 points in each that its surface cuts."""
    steps = (np.arange(parts) + 0.5) / parts - 0.5
    distance = distances_mm(grid, centre_mm)
    reach = math.hypot(*grid.spacing_mm) / 2
    total = (distance < radius_mm).astype(float)
    cut = np.argwhere(np.abs(distance - radius_mm) <= reach).astype(float)
    inside = np.zeros(len(cut))
    for z in steps:
        for y in steps:
            for x in steps:
                world = grid.to_world_mm(cut + np.array([z, y, x]))
                inside += np.linalg.norm(world - np.asarray(centre_mm), axis=-1) <= radius_mm
    total[np.abs(distance - radius_mm) <= reach] = inside / parts**3
    return total


def graded_image(
    grid: Grid,
    centre_mm: Sequence[float],
    radius_mm: float,
    fwhm_mm: float,
    gradient: float,
    steps: int = 24,
) -> NDArray:
    """A sphere of concentration 1 + g (1 - r^2 / (0.6 R^2)), mean 1, as nested uniform spheres."""
    edges = radius_mm * (np.arange(1, steps + 1) / steps)
    inner = np.concatenate([[0.0], edges[:-1]])
    # mean of r^2 over each shell, so that its content is exact
    squared = 0.6 * (edges**5 - inner**5) / (edges**3 - inner**3)
    level = 1 + gradient * (1 - squared / (0.6 * radius_mm**2))
    drop = level - np.append(level[1:], 0.0)
    fine = np.linspace(0.0, radius_mm + 6 * sigma_mm(fwhm_mm), 2000)
    radial = sum(d * profile(fine, r, fwhm_mm) for d, r in zip(drop, edges, strict=True))
    return _mean_in_voxels(grid, centre_mm, lambda d: np.interp(d, fine, radial))
