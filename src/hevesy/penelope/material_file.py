"""PENELOPE's material file: our mean excitation energy and the voxel's density put into it.

PenRed makes a material from a composition with Bragg's I, which for water is 69.0 eV. Here the
file is rewritten for another I: the oscillators' resonance energies are scaled so that they give
it (Sternheimer and Liljequist's model, as PENELOPE builds them), and the table of collision
stopping powers, to which PENELOPE scales its cross sections, is multiplied by the ratio of the
two stopping numbers of Bethe's formula, each with its own density effect. The density line comes
last: PENELOPE takes the stopping powers per mass, so the density effect stays that of the density
at which the file was made, in every voxel of the medium, as in hevesy's own engine.

References: Salvat, PENELOPE-2018 (NEA/MBDAV/R(2019)1), sections 3.2.1 (eqs 3.72 to 3.85) and
3.2.2; ICRU Report 37 (1984), eqs 2.13 and 2.16.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.errors import InputError

__all__ = ["Oscillator", "adjust_material", "density_effect", "read_oscillators"]

_ELECTRON_EV = 510998.95
_BETHE_FROM_EV = 1000.0  # below, the ratio at 1 keV stands; cut-offs are far above
_PLASMA = 28.8159  # eV for 1 g/cm3 and one electron per unit of atomic mass


@dataclass(frozen=True, slots=True, kw_only=True)
class Oscillator:
    """One oscillator of PENELOPE's model of inelastic collisions.

    Parameters
    ----------
    electrons : float
        Its strength: electrons per molecule.
    ionisation_ev : float
        Ionisation energy of the shell; 0 for conduction electrons.
    resonance_ev : float
        Resonance energy W.

    Examples
    --------
    >>> Oscillator(electrons=2, ionisation_ev=538.0, resonance_ev=1250.5).electrons
    2
    """

    electrons: float
    ionisation_ev: float
    resonance_ev: float


def read_oscillators(text: str) -> tuple[Oscillator, ...]:
    r"""Read the oscillators from a material file.

    Parameters
    ----------
    text : str

    Returns
    -------
    tuple of Oscillator

    Examples
    --------
    >>> read_oscillators(
    ...     " Number of oscillators =  1 (E/P inelastic model)\n"
    ...     "   1  2.00000000E+00  5.38000000E+02  1.25051422E+03   8   1\n")[0].resonance_ev
    1250.51422
    """
    lines = text.splitlines()
    first = _find(lines, " Number of oscillators =")
    count = int(lines[first].split("=")[1].split()[0])
    found = []
    for line in lines[first + 1 : first + 1 + count]:
        fields = line[4:].split()
        found.append(
            Oscillator(
                electrons=float(fields[0]),
                ionisation_ev=float(fields[1]),
                resonance_ev=float(fields[2]),
            )
        )
    return tuple(found)


def density_effect(energy_ev: float, oscillators: Sequence[Oscillator], plasma_ev: float) -> float:
    """Density-effect correction of the stopping number (Fano; PENELOPE eqs 3.84 and 3.85).

    Parameters
    ----------
    energy_ev : float
        Kinetic energy of the electron, eV.
    oscillators : sequence of Oscillator
    plasma_ev : float
        Plasma energy of the medium, eV.

    Returns
    -------
    float
        delta, 0 for slow electrons in an insulator.

    Examples
    --------
    >>> water = [Oscillator(electrons=10, ionisation_ev=12.6, resonance_ev=78.0)]
    >>> density_effect(1e4, water, 21.5)
    0.0
    """
    gamma = 1 + energy_ev / _ELECTRON_EV
    target = 1 / gamma**2
    total = math.fsum(o.electrons for o in oscillators)

    def drop(square: float) -> float:
        return (
            plasma_ev**2
            * math.fsum(o.electrons / (o.resonance_ev**2 + square) for o in oscillators)
            / total
        )

    if drop(0.0) <= target:
        return 0.0
    low, high = 0.0, plasma_ev**2 / target
    for _ in range(200):
        middle = 0.5 * (low + high)
        low, high = (middle, high) if drop(middle) > target else (low, middle)
    square = 0.5 * (low + high)
    logs = math.fsum(o.electrons * math.log1p(square / o.resonance_ev**2) for o in oscillators)
    return logs / total - square / plasma_ev**2 * target


def _stopping_number(
    energy_ev: float, oscillators: Sequence[Oscillator], plasma_ev: float
) -> float:
    tau = energy_ev / _ELECTRON_EV
    beta2 = 1 - 1 / (tau + 1) ** 2
    f_minus = (1 - beta2) * (1 + tau**2 / 8 - (2 * tau + 1) * math.log(2))
    return (
        math.log((energy_ev / _mean_excitation(oscillators)) ** 2 * (1 + tau / 2))
        + f_minus
        - density_effect(energy_ev, oscillators, plasma_ev)
    )


def _mean_excitation(oscillators: Sequence[Oscillator]) -> float:
    total = math.fsum(o.electrons for o in oscillators)
    return math.exp(math.fsum(o.electrons * math.log(o.resonance_ev) for o in oscillators) / total)


def _scaled(oscillators: Sequence[Oscillator], mean_ev: float) -> tuple[Oscillator, ...]:
    """Oscillators with another I: W^2 = (a U)^2 + c, with c kept and a found anew."""
    inner = max(oscillators, key=lambda o: o.ionisation_ev)
    a = inner.resonance_ev / inner.ionisation_ev  # c is under 1e-4 of W^2 there

    def with_factor(s: float) -> tuple[Oscillator, ...]:
        made = []
        for o in oscillators:
            bound = min((a * o.ionisation_ev) ** 2, o.resonance_ev**2)
            rest = o.resonance_ev**2 - bound
            made.append(
                Oscillator(
                    electrons=o.electrons,
                    ionisation_ev=o.ionisation_ev,
                    resonance_ev=float(f"{math.sqrt(s * s * bound + rest):.8E}"),
                )
            )
        return tuple(made)

    low, high = 0.3, 3.0
    for _ in range(100):
        middle = 0.5 * (low + high)
        below = _mean_excitation(with_factor(middle)) < mean_ev
        low, high = (middle, high) if below else (low, middle)
    return with_factor(0.5 * (low + high))


def _find(lines: Sequence[str], start: str) -> int:
    for index, line in enumerate(lines):
        if line.startswith(start):
            return index
    raise InputError(
        "PenRed's material file does not have the form that hevesy knows",
        got=f"no line '{start.strip()}'",
        remedy="install the version of pypenred that constraints.txt names",
    )


def adjust_material(
    text: str,
    *,
    mean_excitation_energy_ev: float,
    density_g_per_cm3: float,
    electrons_per_atomic_mass: float,
) -> str:
    """Rewrite a material file for another mean excitation energy and density.

    Parameters
    ----------
    text : str
        PenRed's file; its density is the one at which the density effect is taken.
    mean_excitation_energy_ev : float
        I, eV.
    density_g_per_cm3 : float
        Density of the voxels, g/cm3.
    electrons_per_atomic_mass : float
        Z/A of the medium (0.5551 for water).

    Returns
    -------
    str
        The file's new text.

    Raises
    ------
    InputError
        The text does not have the form of a PENELOPE material file.

    Examples
    --------
    >>> adjust_material("", mean_excitation_energy_ev=78, density_g_per_cm3=1,
    ...                 electrons_per_atomic_mass=0.555)
    Traceback (most recent call last):
        ...
    hevesy.errors.InputError: PenRed's material file does not have the form that hevesy knows: ...
    """
    lines = text.split("\n")
    at = _find(lines, " Mass density =")
    made_at = float(lines[at].split("=")[1].split()[0])
    plasma_ev = _PLASMA * math.sqrt(made_at * electrons_per_atomic_mass)
    before = read_oscillators(text)
    after = _scaled(before, mean_excitation_energy_ev)
    lines[at] = f" Mass density ={density_g_per_cm3:15.8E} g/cm**3"
    lines[_find(lines, " Mean excitation energy =")] = (
        f" Mean excitation energy ={_mean_excitation(after):15.8E} eV"
    )
    first = _find(lines, " Number of oscillators =") + 1
    for index, oscillator in enumerate(after):
        line = lines[first + index]
        lines[first + index] = f"{line[:36]}{oscillator.resonance_ev:16.8E}{line[52:]}"
    first = _find(lines, " *** Stopping powers for electrons and positrons") + 1
    count = int(lines[first - 1].rsplit("=", 1)[1])
    for index in range(first, first + count):
        energy, *powers = (float(field) for field in lines[index].split())
        reference = max(energy, _BETHE_FROM_EV)
        ratio = _stopping_number(reference, after, plasma_ev) / _stopping_number(
            reference, before, plasma_ev
        )
        powers[0] *= ratio
        powers[2] *= ratio
        lines[index] = f"{energy:10.3E}" + "".join(f"{power:12.5E}" for power in powers)
    return "\n".join(lines)
