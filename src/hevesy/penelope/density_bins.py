"""One PENELOPE material for each medium and density: the voxels' densities in narrow bins.

PenRed's density factors would give wrong ranges, so each density needs a material of its own, and
PenRed holds fewer than a hundred. Bins are equal in the logarithm of the density and stand for the
mean density of their voxels, so that mass is kept; a voxel's density is off by at most half a bin.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError
from hevesy.media import Medium

__all__ = ["BinnedMedium", "VoxelMaterials", "bin_densities"]

_MOST_MATERIALS = 90  # PenRed takes 99; each costs a second or two to set up
_FINEST = 0.01
_DECIMALS = 6  # densities equal to a millionth are one


@dataclass(frozen=True, slots=True, kw_only=True)
class BinnedMedium:
    """A medium at one density: one PENELOPE material.

    Parameters
    ----------
    medium : Medium
    density_g_per_cm3 : float
        Mean density of the voxels that it stands for.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> BinnedMedium(medium=get_medium("lung"), density_g_per_cm3=0.26).density_g_per_cm3
    0.26
    """

    medium: Medium
    density_g_per_cm3: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelMaterials:
    """The voxels as PENELOPE sees them.

    Parameters
    ----------
    index : ndarray of int64, shape (z, y, x)
        Index into `materials`.
    materials : tuple of BinnedMedium
    bin_width_relative : float
        Width of a density bin; 0 where every density is kept as it is.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> seen = bin_densities(np.full((1, 1, 2), 1.0), np.zeros((1, 1, 2), int),
    ...                      [get_medium("water")])
    >>> seen.density_g_per_cm3().tolist(), seen.bin_width_relative
    ([[[1.0, 1.0]]], 0.0)
    """

    index: NDArray[np.int64]
    materials: tuple[BinnedMedium, ...]
    bin_width_relative: float

    def density_g_per_cm3(self) -> NDArray[np.float64]:
        """Density that is transported in, of each voxel; shape (z, y, x)."""
        return np.array([m.density_g_per_cm3 for m in self.materials])[self.index]


def bin_densities(
    density_g_per_cm3: NDArray[np.floating],
    labels: NDArray[np.integer],
    media: Sequence[Medium],
    *,
    most: int = _MOST_MATERIALS,
) -> VoxelMaterials:
    """Put voxels of one medium and nearly one density together.

    Where there are no more than `most` pairs of medium and density, each is kept. Otherwise bins
    of 1 % of the density, or wider where these are still too many.

    Parameters
    ----------
    density_g_per_cm3 : ndarray, shape (z, y, x)
        Above 0.
    labels : ndarray of int, shape (z, y, x)
        Index into `media`.
    media : sequence of Medium
    most : int
        Greatest number of materials.

    Returns
    -------
    VoxelMaterials

    Raises
    ------
    InputError
        More media than materials, or a density that is not above 0.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> rho = np.linspace(0.2, 0.4, 1000).reshape(10, 10, 10)
    >>> seen = bin_densities(rho, np.zeros(rho.shape, int), [get_medium("lung")])
    >>> len(seen.materials), float(abs(seen.density_g_per_cm3() / rho - 1).max()) < 0.006
    (70, True)
    """
    rho = np.asarray(density_g_per_cm3, dtype=np.float64)
    if not np.isfinite(rho).all() or rho.min() <= 0:
        raise InputError(
            "PENELOPE's voxels may not be empty",
            got=f"least density {rho.min():g} g/cm3",
            allowed="above 0 (air is 0.0012 g/cm3)",
            remedy="check the density image",
        )
    if np.unique(labels).size > most:
        raise InputError(
            "there are more media than PENELOPE can hold",
            got=int(np.unique(labels).size),
            allowed=f"{most}",
            remedy="put media together",
        )
    width = 0.0
    while True:
        key = np.round(rho, _DECIMALS) if width == 0 else np.floor(np.log(rho) / width)
        pairs, index = np.unique(
            np.stack([np.asarray(labels, dtype=np.float64).ravel(), key.ravel()]),
            axis=1,
            return_inverse=True,
        )
        if pairs.shape[1] <= most:
            break
        width = _FINEST if width == 0 else width * 1.25
    index = index.reshape(rho.shape).astype(np.int64)
    voxels = np.bincount(index.ravel())
    mean = np.bincount(index.ravel(), weights=rho.ravel()) / voxels
    materials = tuple(
        BinnedMedium(medium=media[int(label)], density_g_per_cm3=float(round(value, 9)))
        for label, value in zip(pairs[0], mean, strict=True)
    )
    relative = math.expm1(width)
    return VoxelMaterials(index=index, materials=materials, bin_width_relative=relative)
