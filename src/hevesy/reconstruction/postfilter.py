"""Smoothing after the reconstruction."""

import math

import numpy as np

from hevesy.camera import FWHM_PER_SIGMA
from hevesy.errors import InputError
from hevesy.images import Volume

__all__ = ["smooth_gaussian"]


def smooth_gaussian(volume: Volume, fwhm_mm: float) -> Volume:
    """Image convolved with a three-dimensional Gaussian; its total stays.

    Nothing is carried over the borders (they are mirrors), so the sum over all voxels is kept.
    The Gaussian is cut at four standard deviations.

    Parameters
    ----------
    volume : Volume
        Any quantity.
    fwhm_mm : float
        Full width at half maximum, mm, 0 or more; 0 gives the image back.

    Returns
    -------
    Volume
        float32, on the same grid.

    Raises
    ------
    InputError
        A width below 0.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((5, 5, 5), spacing_mm=(4, 4, 4))
    >>> point = np.zeros(grid.shape)
    >>> point[0, 2, 2] = 8.0
    >>> soft = smooth_gaussian(Volume(values=point, grid=grid, quantity=Quantity.COUNTS), 6.0)
    >>> round(float(soft.values.sum()), 4)
    8.0
    """
    if not 0 <= fwhm_mm < math.inf:
        raise InputError(
            "a filter's width must be 0 or more", got=f"{fwhm_mm:g} mm", remedy="give a FWHM in mm"
        )
    from scipy import ndimage

    values = np.array(volume.values, dtype=np.float32)
    if fwhm_mm > 0:
        sigma = [fwhm_mm / FWHM_PER_SIGMA / mm for mm in volume.grid.spacing_mm]
        values = ndimage.gaussian_filter(values, sigma, mode="reflect")
    return volume.with_values(values)
