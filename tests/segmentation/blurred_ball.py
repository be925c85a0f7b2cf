"""A ball blurred by a Gaussian: the closed form, so that images carry no sampling error."""

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

from hevesy.images import Grid, Quantity, Volume

FWHM_OF_SIGMA = 2.354820045


def profile(r_mm: NDArray[np.float64], radius_mm: float, fwhm_mm: float) -> NDArray[np.float64]:
    """Concentration at a distance from the centre of a unit ball, after a Gaussian of FWHM."""
    s = fwhm_mm / FWHM_OF_SIGMA
    r = np.maximum(r_mm, 1e-6)
    low, high = (r - radius_mm) / (np.sqrt(2) * s), (r + radius_mm) / (np.sqrt(2) * s)
    edge = s / (r * np.sqrt(2 * np.pi)) * (np.exp(-(low**2)) - np.exp(-(high**2)))
    return np.asarray(0.5 * (erf(high) - erf(low)) - edge)


def ball_image(
    radius_mm: float,
    fwhm_mm: float,
    *,
    spacing_mm: tuple[float, float, float] = (2.5, 2.0, 2.0),
    half_width_mm: float = 60.0,
    background: float = 0.0,
    contrast: float = 1.0,
    centre_mm: tuple[float, float, float] = (0.4, -0.3, 0.7),
) -> Volume:
    """Background + contrast x profile; the lesion in it holds background + contrast."""
    shape = tuple(int(2 * half_width_mm / s) + 1 for s in spacing_mm)
    grid = Grid.from_spacing(shape, spacing_mm=spacing_mm, origin_mm=(-half_width_mm,) * 3)  # type: ignore[arg-type]
    places = grid.to_world_mm(np.stack(np.indices(grid.shape), axis=-1))
    r = np.linalg.norm(places - np.asarray(centre_mm), axis=-1)
    return Volume(
        values=background + contrast * profile(r, radius_mm, fwhm_mm),
        grid=grid,
        quantity=Quantity.BQ_PER_ML,
        frame_of_reference="1.2.3",
    )


def ball_ml(radius_mm: float) -> float:
    return float(4 / 3 * np.pi * radius_mm**3 / 1000)
