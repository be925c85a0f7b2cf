"""What a gamma camera is made of: how lead and sodium iodide attenuate photons."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.media.cross_sections import read_detector_cross_sections

__all__ = [
    "DETECTOR_KEV",
    "LEAD",
    "SODIUM_IODIDE",
    "DetectorMaterial",
    "linear_attenuation_per_mm",
]

DETECTOR_KEV = (20.0, 3000.0)
"""Least and greatest photon energy of the tables, keV."""

DetectorProcess = Literal["total", "photoelectric", "incoherent", "coherent", "pair"]

_COLUMNS: dict[str, slice] = {
    "total": slice(1, 5),
    "photoelectric": slice(1, 2),
    "incoherent": slice(2, 3),
    "coherent": slice(3, 4),
    "pair": slice(4, 5),
}
_TINY_CM2_PER_G = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class DetectorMaterial:
    """A material of the detector.

    Parameters
    ----------
    name : str
    density_g_per_cm3 : float
    mass_fractions : tuple of (str, float)
        Symbol of each element and its share of the mass.

    Raises
    ------
    InputError
        A density that is not above 0, an element without a table, or shares that do not sum to 1.

    Examples
    --------
    >>> LEAD.density_g_per_cm3
    11.35
    """

    name: str
    density_g_per_cm3: float
    mass_fractions: tuple[tuple[str, float], ...]

    def __post_init__(self) -> None:
        known = read_detector_cross_sections()
        total = sum(share for _, share in self.mass_fractions)
        if (
            not self.density_g_per_cm3 > 0
            or abs(total - 1.0) > 1e-3
            or any(symbol not in known for symbol, _ in self.mass_fractions)
        ):
            raise InputError(
                f"the material {self.name} has no density, no table, or shares that miss 1",
                got=f"{self.density_g_per_cm3:g} g/cm3, {self.mass_fractions}",
                allowed=", ".join(sorted(known)),
                remedy="give a density above 0 and the mass share of each element",
            )


LEAD = DetectorMaterial(name="lead", density_g_per_cm3=11.35, mass_fractions=(("Pb", 1.0),))
"""Lead of collimators; its antimony (a few per cent) is left out."""

SODIUM_IODIDE = DetectorMaterial(
    name="sodium iodide",
    density_g_per_cm3=3.67,
    mass_fractions=(("Na", 0.15337), ("I", 0.84663)),
)
"""NaI(Tl); the thallium (0.1 %) is left out."""


def linear_attenuation_per_mm(
    material: DetectorMaterial, energy_kev: ArrayLike, process: DetectorProcess = "total"
) -> NDArray[np.float64]:
    """Linear attenuation coefficient of a material of the detector.

    Each element is interpolated in both logarithms, within 0.05 % of XCOM.

    Parameters
    ----------
    material : DetectorMaterial
    energy_kev : float or ndarray
        Photon energy, 20 to 3000 keV.
    process : {"total", "photoelectric", "incoherent", "coherent", "pair"}
        The total holds them all.

    Returns
    -------
    ndarray of float64, shape of `energy_kev`
        1/mm.

    Raises
    ------
    InputError
        An energy outside the tables.

    References
    ----------
    See `hevesy.media.cross_sections.read_photon_cross_sections`.

    Examples
    --------
    >>> float(linear_attenuation_per_mm(LEAD, 155.0).round(2))
    2.11
    """
    energies = np.asarray(energy_kev, dtype=np.float64)
    low, high = DETECTOR_KEV
    if not np.all((energies >= low) & (energies <= high)):
        raise InputError(
            "a photon's energy lies outside the detector's tables",
            got=f"{float(np.min(energies)):g} to {float(np.max(energies)):g} keV",
            allowed=f"{low:g} to {high:g} keV",
            remedy="softer photons do not reach a window; harder ones are not supported",
        )
    mass = np.zeros(energies.shape)
    for symbol, share in material.mass_fractions:
        table = read_detector_cross_sections()[symbol]
        values = table[:, _COLUMNS[process]].sum(axis=1)
        found = np.exp(
            np.interp(
                np.log(1e-3 * energies),
                np.log(table[:, 0]),
                np.log(np.maximum(values, _TINY_CM2_PER_G)),
            )
        )
        mass = mass + share * np.where(found > 2 * _TINY_CM2_PER_G, found, 0.0)
    return np.asarray(0.1 * material.density_g_per_cm3 * mass)
