"""Tables for photon transport, laid out for kernels: one logarithm finds an energy's row."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.media import (
    PHOTON_MEV,
    Medium,
    form_factor_squared,
    mass_attenuation_cm2_per_g,
    photoelectric_binding_mev,
    scattering_function,
)

__all__ = ["PhotonTables", "make_photon_tables"]

_ENERGIES = 1025  # 0.8 % steps: straight lines in ln E are right within 0.01 %
_SCATTER = 512
_RAYLEIGH = 400
_LEAST_X, _GREATEST_X = 2e-3, 250.0  # 1/angstrom; the form factors end there

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotonTables:
    """What `photon_kernels.transport_photon` looks up. All arrays are C-contiguous and read-only.

    Parameters
    ----------
    media : tuple of Medium
        The labels' meaning.
    grid : ndarray of float64, shape (2,)
        ln of the first energy in MeV, and 1 / step of the logarithm.
    interaction : ndarray of float64, shape (media, energies, 5)
        At each energy: total mu/rho, cm2/g; probability of an incoherent event, of that or an
        absorption, of these or a coherent event (the rest is pair production); mean binding
        energy of a photoelectron, MeV.
    majorant : ndarray of float64, shape (energies,)
        For Woodcock tracking, 1/cm: at least the linear attenuation coefficient of every medium
        at its greatest density, from this energy to the next.
    scatter : ndarray of float64, shape (media, 512)
        S(x)/Z for Compton's rejection, at x / (1 + x) = 0 ... 1 in equal steps, x in 1/angstrom.
    rayleigh_x2 : ndarray of float64, shape (400,)
        Squares of x, 1/angstrom^2, from 0.
    rayleigh_area : ndarray of float64, shape (media, 400)
        Integral of F(x)^2 over x^2 up to each, as a share of the whole.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> tables = make_photon_tables((get_medium("water"),), max_density_g_per_cm3=(1.0,))
    >>> tables.interaction.shape, float(tables.interaction[0, 0, 0].round(0))
    ((1, 1025, 5), 4077.0)
    """

    media: tuple[Medium, ...]
    grid: Numbers
    interaction: Numbers
    majorant: Numbers
    scatter: Numbers
    rayleigh_x2: Numbers
    rayleigh_area: Numbers

    def __post_init__(self) -> None:
        for name in self.arrays_names():
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @staticmethod
    def arrays_names() -> tuple[str, ...]:
        """Names of the arrays, in the order in which the kernels take them."""
        return (
            "grid", "interaction", "majorant", "scatter", "rayleigh_x2", "rayleigh_area",
        )  # fmt: skip

    @property
    def arrays(self) -> tuple[Numbers, ...]:
        """The arrays, in the order in which the kernels take them."""
        return tuple(getattr(self, name) for name in self.arrays_names())


def _interaction(medium: Medium, energies: Numbers) -> Numbers:
    parts = [
        mass_attenuation_cm2_per_g(medium, energies, process)
        for process in ("incoherent", "photoelectric", "coherent", "pair")
    ]
    total = np.sum(parts, axis=0)
    shares = np.cumsum(parts[:3], axis=0) / total
    # no pair below its threshold, whatever the rounding of the sum
    shares[2][parts[3] == 0.0] = 1.0
    return np.stack([total, *shares, photoelectric_binding_mev(medium, energies)], axis=1)


def _rayleigh(medium: Medium, x2: Numbers) -> Numbers:
    density = form_factor_squared(medium, np.sqrt(x2))
    area = np.concatenate([[0.0], np.cumsum(0.5 * (density[1:] + density[:-1]) * np.diff(x2))])
    return np.asarray(area / area[-1])


def make_photon_tables(
    media: Sequence[Medium], *, max_density_g_per_cm3: ArrayLike
) -> PhotonTables:
    """Make the tables of some media.

    Energies run from 1 keV to 3 MeV in equal steps of the logarithm. A K edge (all lie below
    4.1 keV) is smeared over one step of 0.8 %.

    Parameters
    ----------
    media : sequence of Medium
        In the order of the labels.
    max_density_g_per_cm3 : sequence of float
        Greatest density of a voxel of each medium, g/cm3; 0 for a medium that no voxel has.

    Returns
    -------
    PhotonTables

    Raises
    ------
    InputError
        No medium, not one density for each, or none above 0.

    References
    ----------
    Woodcock et al., ANL-7050, 1965 (the majorant).

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> media = (get_medium("lung"), get_medium("cortical-bone"))
    >>> make_photon_tables(media, max_density_g_per_cm3=(0.4, 1.9)).majorant.shape
    (1025,)
    """
    greatest = np.asarray(max_density_g_per_cm3, dtype=np.float64)
    if not media or greatest.shape != (len(media),) or not (
        np.all(np.isfinite(greatest)) and np.all(greatest >= 0) and greatest.max() > 0
    ):  # fmt: skip
        raise InputError(
            "photon tables need the greatest density of each medium",
            got=f"{len(media)} media, densities {greatest.tolist()}",
            allowed="one density for each, 0 or more, one above 0",
            remedy="take it from the tissue map",
        )
    energies = np.geomspace(*PHOTON_MEV, _ENERGIES)
    energies[[0, -1]] = PHOTON_MEV
    interaction = np.stack([_interaction(medium, energies) for medium in media])
    linear = (greatest[:, None] * interaction[:, :, 0]).max(axis=0)
    majorant = np.maximum(linear, np.append(linear[1:], linear[-1]))
    share = np.arange(_SCATTER) / (_SCATTER - 1)
    x = np.append(share[:-1] / (1.0 - share[:-1]), 1e6)
    x2 = np.append(0.0, np.geomspace(_LEAST_X, _GREATEST_X, _RAYLEIGH - 1) ** 2)
    return PhotonTables(
        media=tuple(media),
        grid=np.array(
            [np.log(PHOTON_MEV[0]), (_ENERGIES - 1) / np.log(PHOTON_MEV[1] / PHOTON_MEV[0])]
        ),
        interaction=interaction,
        majorant=majorant * (1.0 + 1e-12),
        scatter=np.stack([scattering_function(medium, x) for medium in media]),
        rayleigh_x2=x2,
        rayleigh_area=np.stack([_rayleigh(medium, x2) for medium in media]),
    )
