"""The box of voxels that a run needs: where the activity is, and as far as its particles go."""

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.nuclides import csda_range_mm
from hevesy.penelope.inputs import bounding_box

__all__ = ["electron_box", "grow_box"]

Box = tuple[slice, slice, slice]
_LEAST_DENSITY = 0.2  # g/cm3: through air, electrons are followed as far as through thin lung


def grow_box(
    box: Box, margin_mm: float, spacing_mm: tuple[float, float, float], shape: tuple[int, ...]
) -> Box:
    """Widen a box of voxels on all sides, within the image.

    Parameters
    ----------
    box : tuple of slice
    margin_mm : float
    spacing_mm : tuple of float
        Along (z, y, x).
    shape : tuple of int
        The image's.

    Returns
    -------
    tuple of slice

    Examples
    --------
    >>> grow_box((slice(5, 6), slice(5, 6), slice(0, 1)), 4.0, (4.0, 2.0, 3.0), (10, 10, 10))
    (slice(4, 7, None), slice(3, 8, None), slice(0, 3, None))
    """
    grown = []
    for part, size, count in zip(box, spacing_mm, shape, strict=True):
        more = math.ceil(margin_mm / size)
        grown.append(slice(max(0, part.start - more), min(count, part.stop + more)))
    return (grown[0], grown[1], grown[2])


def electron_box(
    decays: NDArray[np.floating],
    density_g_per_cm3: NDArray[np.floating],
    spacing_mm: tuple[float, float, float],
    greatest_mev: float,
) -> Box:
    """Box around the activity that holds the range of its electrons.

    The CSDA range in water is divided by the least density within reach, but by no less than
    0.2 g/cm3: an electron that crosses more than five times its range in water of air (55 mm for
    188Re) is let go.

    Parameters
    ----------
    decays : ndarray, shape (z, y, x)
    density_g_per_cm3 : ndarray, shape (z, y, x)
    spacing_mm : tuple of float
        Along (z, y, x).
    greatest_mev : float
        Greatest energy of the electrons, 3 MeV at most.

    Returns
    -------
    tuple of slice

    Examples
    --------
    >>> decays = np.zeros((21, 21, 21)); decays[10, 10, 10] = 1
    >>> electron_box(decays, np.ones(decays.shape), (4.0, 4.0, 4.0), 2.12)[0]
    slice(7, 14, None)
    """
    active = bounding_box(np.asarray(decays) > 0)
    shape = np.shape(decays)
    reach_mm = csda_range_mm(greatest_mev)
    widest = grow_box(active, reach_mm / _LEAST_DENSITY, spacing_mm, shape)
    least = max(float(np.min(density_g_per_cm3[widest])), _LEAST_DENSITY)
    return grow_box(active, reach_mm / least, spacing_mm, shape)
