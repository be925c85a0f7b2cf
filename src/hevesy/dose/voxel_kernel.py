"""Voxel kernels: a point kernel integrated over a pair of voxels, for the voxel size in hand."""

import math
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hevesy.dose.point_kernel import get_point_kernel
from hevesy.errors import GridError
from hevesy.nuclides import JOULE_PER_MEV

__all__ = ["VoxelKernel", "lay_out_shells", "voxel_kernel"]

_Numbers = NDArray[np.float64]
_ORDERS = (2, 3, 4, 6, 8)
_FLOOR = 1e-3  # voxels under this share of the central one need that much less precision


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelKernel:
    """Energy per decay in the voxels around one that is filled evenly with decays, in water.

    Parameters
    ----------
    octant_mev : ndarray of float64, shape (a, b, c)
        Energy per decay in the voxel at offset (z, y, x), MeV; the same at the mirrored offsets.
        Read-only.
    spacing_mm : tuple of float
        The voxels' edges along (z, y, x).
    outside_mev : float
        Energy per decay further out than these voxels, up to the last radius of the point kernel.
    convergence_relative : float
        Greatest difference between the last two orders of the quadrature, over the voxel's own
        energy, or 0.1 % of the source voxel's where that is more.

    Examples
    --------
    >>> kernel = voxel_kernel("Y-90", (3.0, 3.0, 3.0))
    >>> round(kernel.s_value_mgy_per_mbq_s((0, 0, 0)), 2)
    1.6
    """

    octant_mev: _Numbers
    spacing_mm: tuple[float, float, float]
    outside_mev: float
    convergence_relative: float

    def __post_init__(self) -> None:
        octant = np.array(self.octant_mev, dtype=np.float64)
        octant.setflags(write=False)
        object.__setattr__(self, "octant_mev", octant)

    @property
    def half_width(self) -> tuple[int, int, int]:
        """Voxels to each side of the source, along (z, y, x)."""
        z, y, x = (n - 1 for n in self.octant_mev.shape)
        return z, y, x

    @property
    def energy_mev(self) -> float:
        """Energy per decay in all voxels of the kernel, MeV."""
        return float((self.octant_mev * _mirror_images(self.octant_mev.shape)).sum())

    def full_mev(self) -> _Numbers:
        """The whole kernel, MeV; shape (2a - 1, 2b - 1, 2c - 1), the source in the middle."""
        at = np.ix_(*(np.abs(np.arange(-n, n + 1)) for n in self.half_width))
        return np.asarray(self.octant_mev[at])

    def s_value_mgy_per_mbq_s(self, offset: tuple[int, int, int]) -> float:
        """Mean dose per decay at an offset (z, y, x) in water of 1 g/cm3, mGy/(MBq s)."""
        z, y, x = (abs(n) for n in offset)
        mass_kg = math.prod(self.spacing_mm) * 1e-6
        return float(self.octant_mev[z, y, x]) * JOULE_PER_MEV / mass_kg * 1e9


def _mirror_images(shape: tuple[int, ...]) -> _Numbers:
    """How many voxels of the whole kernel each voxel of the octant stands for."""
    z, y, x = (np.where(np.arange(n) > 0, 2.0, 1.0) for n in shape)
    return np.asarray(z[:, None, None] * y[:, None] * x)


def lay_out_shells(
    radius_mm: _Numbers,
    energy_mev: _Numbers,
    spacing_mm: tuple[float, float, float],
    half_width: tuple[int, int, int],
    *,
    tolerance_relative: float = 1e-3,
) -> VoxelKernel:
    """Integrate shells of energy around a point over a source voxel and each target voxel.

    The distance distribution of two boxes is the product of three triangles, so a displacement's
    energy is shared by eight voxels with weights that sum to 1: energy is conserved exactly.
    Distance and directions are integrated by Gauss and Legendre between the voxels' planes, at
    rising orders until two agree.

    Parameters
    ----------
    radius_mm : ndarray of float64, shape (n + 1,)
        Ascending.
    energy_mev : ndarray of float64, shape (n,)
        Between each two radii, spread evenly over the distance.
    spacing_mm : tuple of float
        The voxels' edges along (z, y, x).
    half_width : tuple of int
        Voxels wanted to each side of the source.
    tolerance_relative : float
        For `VoxelKernel.convergence_relative`.

    Returns
    -------
    VoxelKernel

    Raises
    ------
    GridError
        Edges that are not above 0.

    Examples
    --------
    >>> import numpy as np
    >>> shell = lay_out_shells(np.array([0.0, 0.1]), np.array([1.0]), (2, 2, 2), (1, 1, 1))
    >>> round(shell.energy_mev, 12), bool(shell.octant_mev[0, 0, 0] > 0.9)
    (1.0, True)
    """
    from hevesy.dose import _deposit_kernels as kernels

    if not min(spacing_mm) > 0:
        raise GridError(
            "a voxel's edges must be above 0 mm", got=spacing_mm, remedy="check the spacing"
        )
    shape = tuple(n + 1 for n in half_width)
    az, ay, ax = (float(mm) for mm in spacing_mm)
    images = _mirror_images(shape)
    before, apart, lost = np.zeros(shape), math.inf, 0.0
    for order in _ORDERS:
        nodes, weights = np.polynomial.legendre.leggauss(order)
        octant = np.zeros(shape)
        lost = kernels.lay_shells(
            radius_mm, energy_mev, az, ay, ax, 0.5 * (nodes + 1.0), 0.5 * weights, octant
        )
        octant /= images
        floor = np.maximum(octant, _FLOOR * octant[0, 0, 0])
        apart = float((np.abs(octant - before) / np.maximum(floor, 1e-300)).max())
        before = octant
        if apart <= tolerance_relative:
            break
    return VoxelKernel(
        octant_mev=before,
        spacing_mm=(az, ay, ax),
        outside_mev=float(lost),
        convergence_relative=apart,
    )


@lru_cache(maxsize=32)
def voxel_kernel(
    nuclide: str,
    spacing_mm: tuple[float, float, float],
    *,
    parts: tuple[str, ...] = ("electrons",),
    reach_mm: float | None = None,
) -> VoxelKernel:
    """Make a nuclide's voxel kernel in water for one voxel size.

    Parameters
    ----------
    nuclide : str
        With the dash.
    spacing_mm : tuple of float
        The voxels' edges along (z, y, x); they may differ.
    parts : tuple of str
        Of ``"electrons"``, ``"bremsstrahlung"`` and ``"photons"``.
    reach_mm : float, optional
        How far the kernel goes; by default as far as electrons do.

    Returns
    -------
    VoxelKernel

    Examples
    --------
    >>> flat = voxel_kernel("Re-188", (4.8, 2.21, 2.21))
    >>> flat.half_width
    (3, 5, 5)
    """
    kernel = get_point_kernel(nuclide)
    reach = kernel.electron_reach_mm() if reach_mm is None else reach_mm
    radii, shells = kernel.shells_mev(parts)
    inner = radii[1:] <= reach * (1.0 + 1e-9)
    left = float(shells[~inner].sum())
    energy = np.where(inner, shells, 0.0)
    if reach_mm is None and set(parts) == {"electrons"}:
        energy[np.flatnonzero(inner)[-1]] += left  # under a millionth, kept for closure
        left = 0.0
    z, y, x = (int(reach / mm) + 1 for mm in spacing_mm)
    made = lay_out_shells(radii, energy, spacing_mm, (z, y, x))
    return replace(made, outside_mev=made.outside_mev + left)
