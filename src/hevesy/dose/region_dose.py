"""Mean dose of a region: energy imparted over mass."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, QuantityError, RegionError
from hevesy.images import Quantity, Volume
from hevesy.nuclides import JOULE_PER_MEV, Nuclide

__all__ = ["RegionDose", "border_densities", "mean_density", "mean_region_dose"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionDose:
    """Mean absorbed dose of a region and what it was made of.

    Parameters
    ----------
    mean_dose_gy : float
    mass_g : float
    energy_j : float
        Energy of electrons released in the region, all taken as deposited in it, J.

    Examples
    --------
    >>> RegionDose(mean_dose_gy=2.0, mass_g=500.0, energy_j=1.0).energy_j
    1.0
    """

    mean_dose_gy: float
    mass_g: float
    energy_j: float


def mean_region_dose(
    tia_bq_s: float, *, volume_ml: float, density_g_per_cm3: float, nuclide: Nuclide
) -> RegionDose:
    """Mean dose by local deposition of all electrons.

    D = TIA E / (rho v). The self-dose only, with an absorbed fraction of 1; electrons that leave
    (a sphere of 4 g keeps 80 % of 90Y's energy, of 100 g 93 %) and photons that arrive are left
    out. The region's TIA may carry a partial-volume correction, which a dose map's voxels do not.

    Parameters
    ----------
    tia_bq_s : float
        Time-integrated activity, Bq s (decays).
    volume_ml : float
        Volume of the region, mL.
    density_g_per_cm3 : float
        Mean density of the region, g/cm3.
    nuclide : Nuclide
        Gives the energy of electrons per decay.

    Returns
    -------
    RegionDose

    Raises
    ------
    QuantityError
        A negative TIA.
    RegionError
        Volume or density is not above 0.

    References
    ----------
    Bolch et al. 2009 (MIRD pamphlet 21), J Nucl Med 50:477, with a self-absorbed fraction of 1.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> dose = mean_region_dose(7593.7526e6 * 3600, volume_ml=233.6, density_g_per_cm3=1.0,
    ...                         nuclide=get_nuclide("Lu-177"))
    >>> round(dose.mean_dose_gy, 2)
    2.77
    """
    if not 0 <= tia_bq_s < math.inf:
        raise QuantityError(
            "a time-integrated activity can't be negative or infinite",
            got=f"{tia_bq_s:.4g} Bq s",
            remedy="look at the region's curve",
        )
    for value, what in ((volume_ml, "volume in mL"), (density_g_per_cm3, "density in g/cm3")):
        if not 0 < value < math.inf:
            raise RegionError(
                f"a region's {what} must be above 0",
                got=f"{value:g}",
                remedy="check the region, the CT and `density_g_cm3` in [options]",
            )
    mass_g = volume_ml * density_g_per_cm3
    energy_j = tia_bq_s * nuclide.electron_energy_mev * JOULE_PER_MEV
    return RegionDose(mean_dose_gy=energy_j / (mass_g * 1e-3), mass_g=mass_g, energy_j=energy_j)


def mean_density(density: Volume, coverage: NDArray[Any]) -> float:
    """Mean density of a region, g/cm3: its mass over its volume, air within it included.

    Parameters
    ----------
    density : Volume
        DENSITY_G_PER_CM3.
    coverage : ndarray, shape ``density.grid.shape``
        Share of each voxel inside the region, 0 to 1.

    Returns
    -------
    float

    Raises
    ------
    GridError
        The coverage does not have the density's shape.
    RegionError
        The coverage is empty.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(1, 1, 1))
    >>> density = Volume(values=np.array([[[1.0, 1.2]]]), grid=grid,
    ...                  quantity=Quantity.DENSITY_G_PER_CM3)
    >>> mean_density(density, np.array([[[1.0, 1.0]]]))
    1.1
    """
    density.require(Quantity.DENSITY_G_PER_CM3)
    if coverage.shape != density.grid.shape:
        raise GridError(
            "a region's coverage does not have the density's shape",
            got=coverage.shape,
            allowed=str(density.grid.shape),
            remedy="bring the region to the density's grid first",
        )
    weight = float(np.sum(coverage, dtype=np.float64))
    if weight <= 0:
        raise RegionError(
            "a region is empty or lies outside the image",
            got="0 mL",
            remedy="draw it on this image, or leave it out",
        )
    inside = coverage > 0
    rho = np.asarray(density.values[inside], dtype=np.float64)
    return float((rho * coverage[inside]).sum() / weight)


def border_densities(density: Volume, mask: NDArray[np.bool_]) -> tuple[float, float]:
    """Mean densities just inside and just outside a region's border, g/cm3.

    Each pair of neighbouring voxels of which one is inside counts once, so a border's parts count
    by their area along the voxels' faces.

    Parameters
    ----------
    density : Volume
        DENSITY_G_PER_CM3.
    mask : ndarray of bool, shape ``density.grid.shape``
        The region.

    Returns
    -------
    inside, outside : float
        Equal to the region's mean where it has no border within the image.

    Raises
    ------
    GridError
        The mask does not have the density's shape.
    RegionError
        The mask is empty.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 3), spacing_mm=(1, 1, 1))
    >>> density = Volume(values=np.array([[[0.25, 0.25, 1.0]]]), grid=grid,
    ...                  quantity=Quantity.DENSITY_G_PER_CM3)
    >>> border_densities(density, np.array([[[True, True, False]]]))
    (0.25, 1.0)
    """
    mean = mean_density(density, mask)
    found = np.nonzero(mask)
    box = tuple(slice(max(int(i.min()) - 1, 0), int(i.max()) + 2) for i in found)
    rho = np.asarray(density.values[box], dtype=np.float64)
    own = np.asarray(mask[box], dtype=np.bool_)
    sums = np.zeros(2)
    faces = 0.0
    spacing = density.grid.spacing_mm
    for axis in range(3):
        area_mm2 = spacing[(axis + 1) % 3] * spacing[(axis + 2) % 3]
        low = [slice(None)] * 3
        high = [slice(None)] * 3
        low[axis], high[axis] = slice(None, -1), slice(1, None)
        for here, there in ((tuple(low), tuple(high)), (tuple(high), tuple(low))):
            face = own[here] & ~own[there]
            sums += area_mm2 * np.array([rho[here][face].sum(), rho[there][face].sum()])
            faces += area_mm2 * int(face.sum())
    if faces == 0:
        return mean, mean
    inside, outside = (sums / faces).tolist()
    return inside, outside
