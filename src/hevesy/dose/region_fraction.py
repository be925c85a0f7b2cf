"""How much of its electrons' energy a region of any shape keeps."""

import numpy as np
from numpy.typing import NDArray

from hevesy.dose.convolution import convolve
from hevesy.dose.voxel_kernel import voxel_kernel
from hevesy.errors import RegionError
from hevesy.nuclides import get_nuclide

__all__ = ["checked_shares", "region_absorbed_fraction"]


def checked_shares(
    shares: NDArray[np.floating] | NDArray[np.bool_],
) -> NDArray[np.floating] | NDArray[np.bool_]:
    """Give back a region's shares of voxels, or refuse them.

    Parameters
    ----------
    shares : ndarray of float or bool, shape (z, y, x)

    Returns
    -------
    ndarray of float or bool, shape (z, y, x)

    Raises
    ------
    RegionError
        The region is empty, or a share is below 0 or above 1.

    Examples
    --------
    >>> checked_shares(np.array([0.0, 0.5, 1.0])).max()
    np.float64(1.0)
    """
    if shares.size == 0 or not (shares.min() >= 0 and 0 < shares.max() <= 1):
        raise RegionError(
            "a region's shares of voxels must lie between 0 and 1, some above 0",
            got=f"{shares.min():g} to {shares.max():g}" if shares.size else "no voxels",
            remedy="give the share of each voxel that is inside",
        )
    return shares


def region_absorbed_fraction(
    weights: NDArray[np.floating] | NDArray[np.bool_],
    spacing_mm: tuple[float, float, float],
    nuclide: str,
) -> float:
    """Share of the electrons' energy that stays in a region of water filled evenly with decays.

    Of whole voxels: in voxels of 4 mm a lesion of 1 g is mixed with what lies around it, and comes
    out 20 to 30 % too low, however right the kernel. Voxels of 1 mm are within 4 % for 1 g, of
    0.5 mm within 2 % (always too low: a voxel on the border counts as filled evenly);
    `refine_outline` makes them.

    Parameters
    ----------
    weights : ndarray of float or bool, shape (z, y, x)
        Share of each voxel that belongs to the region, with no need of a margin around it.
    spacing_mm : tuple of float
        The voxels' edges along (z, y, x).
    nuclide : str
        With the dash.

    Returns
    -------
    float

    Examples
    --------
    >>> line = np.arange(-12.0, 13.0)
    >>> ball = line[:, None, None] ** 2 + line[:, None] ** 2 + line**2 < 12.4**2  # 1 g
    >>> 0.74 < region_absorbed_fraction(ball, (0.5, 0.5, 0.5), "Re-188") < 0.75
    True
    """
    shares = np.asarray(checked_shares(weights), dtype=np.float64)
    kernel = voxel_kernel(nuclide, spacing_mm)
    energy, box = convolve(shares, kernel.octant_mev)
    kept = float(np.vdot(shares[box], energy)) / float(shares.sum())
    return kept / get_nuclide(nuclide).electron_energy_mev
