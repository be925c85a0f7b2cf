"""A medium: what a voxel is made of, and the list that hevesy knows."""

import difflib
import math
from dataclasses import dataclass

from hevesy.errors import InputError
from hevesy.media.elements import get_element

__all__ = ["MEDIA", "Medium", "get_medium"]

_COMPOSITION_TOLERANCE = 1.5e-3  # published fractions have three decimals


@dataclass(frozen=True, slots=True, kw_only=True)
class Medium:
    """A homogeneous medium; a voxel's own density replaces the nominal one.

    Parameters
    ----------
    name : str
        As the command line and label keys spell it.
    mass_fractions : tuple of (str, float)
        Symbol of each element and its share of the mass; they sum to 1 within the rounding of
        the publication and are normalised.
    density_g_per_cm3 : float
        Nominal mass density. The density effect of the stopping power is taken at this density
        in every voxel of the medium.
    mean_excitation_energy_ev : float
        Mean excitation energy I, eV.
    source : str
        Where composition, density and I come from.

    Raises
    ------
    InputError
        An unknown element, fractions that do not sum to 1, or a density or I that is not above 0.

    Examples
    --------
    >>> water = get_medium("water")
    >>> round(water.electrons_per_g / 6.02214076e23, 4)
    0.5551
    """

    name: str
    mass_fractions: tuple[tuple[str, float], ...]
    density_g_per_cm3: float
    mean_excitation_energy_ev: float
    source: str

    def __post_init__(self) -> None:
        total = math.fsum(share for _, share in self.mass_fractions)
        if (
            abs(total - 1.0) > _COMPOSITION_TOLERANCE
            or min((share for _, share in self.mass_fractions), default=0.0) <= 0
        ):
            raise InputError(
                f"the mass fractions of {self.name} do not sum to 1",
                got=f"{total:.6g}",
                allowed="positive fractions that sum to 1",
                remedy="give the share of each element by mass",
            )
        if not (
            0 < self.density_g_per_cm3 < math.inf and 0 < self.mean_excitation_energy_ev < math.inf
        ):
            raise InputError(
                f"density and mean excitation energy of {self.name} must be above 0",
                got=f"{self.density_g_per_cm3:g} g/cm3, {self.mean_excitation_energy_ev:g} eV",
                remedy="take both from the publication of the composition",
            )
        for symbol, _ in self.mass_fractions:
            get_element(symbol)
        normalised = tuple((symbol, share / total) for symbol, share in self.mass_fractions)
        object.__setattr__(self, "mass_fractions", normalised)

    @property
    def atoms_per_g(self) -> tuple[tuple[int, float], ...]:
        """Atomic number and atoms per gram of each element."""
        return tuple(
            (element.atomic_number, share * _AVOGADRO / element.atomic_weight)
            for element, share in ((get_element(s), w) for s, w in self.mass_fractions)
        )

    @property
    def electrons_per_g(self) -> float:
        """Electrons per gram."""
        return math.fsum(z * atoms for z, atoms in self.atoms_per_g)


_AVOGADRO = 6.02214076e23
_ICRU44 = "ICRU Report 44 (1989)"
_ICRU46 = "ICRU Report 46 (1992)"
_BRAGG = "I by Bragg's rule with the elements' values in compounds of ICRU Report 37 (1984)"


def _fractions(text: str) -> tuple[tuple[str, float], ...]:
    """Per cent by mass, as the tables print them: ``"H 10.3, C 10.5"``."""
    parts = (part.split() for part in text.split(","))
    return tuple((symbol, float(percent) / 100.0) for symbol, percent in parts)


MEDIA: tuple[Medium, ...] = (
    Medium(
        name="air",
        mass_fractions=_fractions("C 0.0124, N 75.5268, O 23.1781, Ar 1.2827"),
        density_g_per_cm3=1.205e-3,
        mean_excitation_energy_ev=85.7,
        source="dry air near sea level, ICRU Report 37 (1984)",
    ),
    Medium(
        name="lung",
        mass_fractions=_fractions(
            "H 10.3, C 10.5, N 3.1, O 74.9, Na 0.2, P 0.2, S 0.3, Cl 0.3, K 0.2"
        ),
        density_g_per_cm3=0.26,
        mean_excitation_energy_ev=75.3,
        source=f"lung, {_ICRU44}; density of inflated lung, {_ICRU46}",
    ),
    Medium(
        name="adipose",
        mass_fractions=_fractions("H 11.4, C 59.8, N 0.7, O 27.8, Na 0.1, S 0.1, Cl 0.1"),
        density_g_per_cm3=0.95,
        mean_excitation_energy_ev=64.8,
        source=f"adipose tissue, {_ICRU44}",
    ),
    Medium(
        name="soft-tissue",
        mass_fractions=_fractions(
            "H 10.2, C 14.3, N 3.4, O 70.8, Na 0.2, P 0.3, S 0.3, Cl 0.2, K 0.3"
        ),
        density_g_per_cm3=1.06,
        mean_excitation_energy_ev=74.7,
        source=f"soft tissue, {_ICRU44}",
    ),
    Medium(
        name="muscle",
        mass_fractions=_fractions(
            "H 10.2, C 14.3, N 3.4, O 71.0, Na 0.1, P 0.2, S 0.3, Cl 0.1, K 0.4"
        ),
        density_g_per_cm3=1.05,
        mean_excitation_energy_ev=74.6,
        source=f"skeletal muscle, {_ICRU44}",
    ),
    Medium(
        name="liver",
        mass_fractions=_fractions(
            "H 10.2, C 13.9, N 3.0, O 71.6, Na 0.2, P 0.3, S 0.3, Cl 0.2, K 0.3"
        ),
        density_g_per_cm3=1.06,
        mean_excitation_energy_ev=74.8,
        source=f"liver, adult, healthy, {_ICRU46}; {_BRAGG}",
    ),
    Medium(
        name="cartilage",
        mass_fractions=_fractions("H 9.6, C 9.9, N 2.2, O 74.4, Na 0.5, P 2.2, S 0.9, Cl 0.3"),
        density_g_per_cm3=1.10,
        mean_excitation_energy_ev=78.0,
        source=f"cartilage, {_ICRU44}; {_BRAGG}",
    ),
    Medium(
        name="cortical-bone",
        mass_fractions=_fractions(
            "H 3.4, C 15.5, N 4.2, O 43.5, Na 0.1, Mg 0.2, P 10.3, S 0.3, Ca 22.5"
        ),
        density_g_per_cm3=1.92,
        mean_excitation_energy_ev=112.0,
        source=f"cortical bone, adult, {_ICRU44}",
    ),
    Medium(
        name="water",
        mass_fractions=_fractions("H 11.1894, O 88.8106"),
        density_g_per_cm3=1.0,
        mean_excitation_energy_ev=78.0,
        source="liquid water, I of ICRU Report 90 (2016)",
    ),
)
"""Every medium, in the order in which the command line lists them."""


def get_medium(name: str) -> Medium:
    """Get a medium by its name.

    Parameters
    ----------
    name : str
        As `MEDIA` spells it; case, blanks and underscores do not matter.

    Returns
    -------
    Medium

    Raises
    ------
    InputError
        No medium has that name; the nearest is named.

    Examples
    --------
    >>> get_medium("Soft tissue").density_g_per_cm3
    1.06
    """
    wanted = name.strip().lower().replace(" ", "-").replace("_", "-")
    by_name = {medium.name: medium for medium in MEDIA}
    if wanted not in by_name:
        near = difflib.get_close_matches(wanted, by_name, n=1, cutoff=0.0)[0]
        raise InputError(
            "unknown medium", got=name, allowed=", ".join(by_name), remedy=f"write '{near}'"
        )
    return by_name[wanted]
