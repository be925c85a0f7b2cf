"""The exact image of a uniform sphere under a Gaussian blur, and coverages of spheres."""

import math
from collections.abc import Sequence

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
    index = np.moveaxis(np.indices(grid.shape), 0, -1).astype(float)
    total = np.zeros(grid.shape)
    point = 0.5 / math.sqrt(3)
    for z in (-point, point):
        for y in (-point, point):
            for x in (-point, point):
                world = grid.to_world_mm(index + np.array([z, y, x]))
                distance = np.linalg.norm(world - np.asarray(centre_mm), axis=-1)
                total += profile(distance, radius_mm, fwhm_mm)
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
    """Share of each voxel inside the sphere, from parts^3 points in each."""
    steps = (np.arange(parts) + 0.5) / parts - 0.5
    index = np.moveaxis(np.indices(grid.shape), 0, -1).astype(float)
    total = np.zeros(grid.shape)
    for z in steps:
        for y in steps:
            for x in steps:
                world = grid.to_world_mm(index + np.array([z, y, x]))
                total += np.linalg.norm(world - np.asarray(centre_mm), axis=-1) <= radius_mm
    return total / parts**3
