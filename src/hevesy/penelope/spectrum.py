"""Energies of emitted particles in the form that PenRed samples: bins and lines."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError
from hevesy.nuclides import EmissionLines, Nuclide

__all__ = ["Spectrum", "electron_spectrum", "photon_spectrum"]

_LEAST_MEV = 1e-4  # PENELOPE ends at 50 eV; a lower energy makes PenRed wait for ever


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Spectrum:
    """Energies of one kind of particle: uniform within bins, with lines as bins without width.

    Parameters
    ----------
    energy_mev : ndarray of float64, shape (n,)
        Ascending; two equal ones in a row are a line. Read-only.
    per_decay : ndarray of float64, shape (n - 1,)
        Particles per decay between ``energy_mev[i]`` and ``energy_mev[i + 1]``. Read-only.

    Raises
    ------
    InputError
        Lengths that do not fit, energies that descend or are under 50 eV, a share below 0, or
        nothing emitted.

    Examples
    --------
    >>> line = Spectrum.from_parts(lines=[(1.0, 0.5)])
    >>> line.particles_per_decay, line.mean_energy_mev
    (0.5, 1.0)
    """

    energy_mev: NDArray[np.float64]
    per_decay: NDArray[np.float64]

    def __post_init__(self) -> None:
        energy = np.array(self.energy_mev, dtype=np.float64).reshape(-1)
        share = np.array(self.per_decay, dtype=np.float64).reshape(-1)
        fits = energy.size == share.size + 1 >= 2 and np.isfinite(energy).all()
        if not fits or np.diff(energy).min() < 0 or energy[0] < _LEAST_MEV / 2:
            raise InputError(
                "a spectrum needs ascending energies and one share between each two",
                got=f"{energy.size} energies, {share.size} shares",
                allowed="energies above 50 eV",
                remedy="use Spectrum.from_parts",
            )
        if not np.isfinite(share).all() or share.min() < 0 or share.sum() <= 0:
            raise InputError(
                "the shares of a spectrum must be 0 or above, and not all 0",
                got=f"sum {share.sum():.4g}",
                remedy="give the particles per decay of each bin",
            )
        energy.setflags(write=False)
        share.setflags(write=False)
        object.__setattr__(self, "energy_mev", energy)
        object.__setattr__(self, "per_decay", share)

    @classmethod
    def from_parts(
        cls,
        *,
        edges_mev: ArrayLike = (),
        per_decay: ArrayLike = (),
        lines: ArrayLike = (),
    ) -> "Spectrum":
        """Put a histogram and lines together; a bin that holds a line is cut in two.

        Parameters
        ----------
        edges_mev : array_like, shape (n + 1,)
            Edges of the bins, ascending, MeV. Those below 100 eV are moved there.
        per_decay : array_like, shape (n,)
            Particles per decay in each bin.
        lines : array_like, shape (m, 2)
            Energy (MeV) and yield per decay of each line.

        Returns
        -------
        Spectrum

        Examples
        --------
        >>> both = Spectrum.from_parts(edges_mev=[0.5, 1.5], per_decay=[1.0], lines=[(1.0, 2.0)])
        >>> both.energy_mev.tolist(), both.per_decay.tolist()
        ([0.5, 1.0, 1.0, 1.5], [0.5, 2.0, 0.5])
        """
        edges = np.maximum(np.asarray(edges_mev, dtype=np.float64).reshape(-1), _LEAST_MEV)
        shares = np.asarray(per_decay, dtype=np.float64).reshape(-1)
        table = np.asarray(lines, dtype=np.float64).reshape(-1, 2)
        at = np.unique(table[:, 0])
        cuts = np.union1d(edges, at)
        below = np.append(0.0, np.cumsum(shares))
        level = np.interp(cuts, edges, below) if edges.size else np.zeros(cuts.size)
        level[cuts <= edges[:1].sum()] = 0.0  # edges moved to 100 eV lie on one another
        # Every line's energy appears twice; what lies between the two is the line.
        energy = np.sort(np.append(cuts, at))
        between = np.zeros(energy.size - 1)
        wide = np.diff(energy) > 0
        between[wide] = np.diff(level)
        between[~wide] = [table[table[:, 0] == e, 1].sum() for e in energy[:-1][~wide]]
        return cls(energy_mev=energy, per_decay=between)

    @property
    def particles_per_decay(self) -> float:
        """Particles of this kind per decay."""
        return float(self.per_decay.sum())

    @property
    def mean_energy_mev(self) -> float:
        """Mean energy of one particle, MeV."""
        middle = 0.5 * (self.energy_mev[1:] + self.energy_mev[:-1])
        return float(middle @ self.per_decay / self.per_decay.sum())

    @property
    def greatest_mev(self) -> float:
        """Greatest energy, MeV."""
        emitted = np.flatnonzero(self.per_decay > 0)
        return float(self.energy_mev[emitted[-1] + 1])


def _over(lines: EmissionLines, least_mev: float) -> NDArray[np.float64]:
    rows = np.column_stack([lines.energy_mev, lines.yield_per_decay])
    return rows[(lines.energy_mev >= max(least_mev, _LEAST_MEV)) & (lines.yield_per_decay > 0)]


def electron_spectrum(
    nuclide: Nuclide, *, least_line_mev: float = 0.01, lines: bool = True
) -> Spectrum:
    """All betas of a nuclide with its conversion and Auger electrons.

    Parameters
    ----------
    nuclide : Nuclide
    least_line_mev : float
        Lines under this energy are left out (see `Penelope`, which deposits them where they are
        born), MeV.
    lines : bool
        False gives the betas alone.

    Returns
    -------
    Spectrum

    Raises
    ------
    InputError
        The nuclide emits no electrons.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> rhenium = electron_spectrum(get_nuclide("Re-188"))
    >>> round(rhenium.particles_per_decay, 4), round(rhenium.greatest_mev, 4)
    (1.1329, 2.1204)
    """
    energy, density = nuclide.beta_energy_mev, nuclide.beta_density_per_mev
    table = _over(nuclide.electrons, least_line_mev) if lines else np.zeros((0, 2))
    if energy.size == 0 and table.size == 0:
        raise InputError(
            f"{nuclide.name} emits no electrons that PENELOPE could follow",
            allowed=f"betas, or lines of {1e3 * least_line_mev:g} keV and more",
            remedy="use method 'local'",
        )
    shares = 0.5 * (density[1:] + density[:-1]) * np.diff(energy)
    return Spectrum.from_parts(edges_mev=energy, per_decay=shares, lines=table)


def photon_spectrum(nuclide: Nuclide, *, least_line_mev: float = 0.001) -> Spectrum | None:
    """Gamma, X and annihilation photons of a nuclide.

    Parameters
    ----------
    nuclide : Nuclide
    least_line_mev : float
        Lines under this energy are left out, MeV.

    Returns
    -------
    Spectrum or None
        None where there are none.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> photons = photon_spectrum(get_nuclide("Re-188"))
    >>> round(photons.particles_per_decay * photons.mean_energy_mev, 5)
    0.06121
    """
    table = _over(nuclide.photons, least_line_mev)
    return Spectrum.from_parts(lines=table) if table.size else None
