"""Photons of a decay that a camera may see: lines, and bremsstrahlung of the betas."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import NuclideError
from hevesy.media import (
    bremsstrahlung_hard_cm2_per_g,
    collision_stopping_power_mev_cm2_per_g,
    get_medium,
    radiative_stopping_power_mev_cm2_per_g,
)
from hevesy.nuclides import Nuclide

__all__ = ["PhotonSource", "photon_source"]

_BANDS_PER_OCTAVE = 8
_STEPS = 60  # of the electrons' slowing down
_LEAST_ELECTRON_MEV = 0.011
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PhotonSource:
    """Bands of photon energy; a line is a band without width.

    Parameters
    ----------
    lower_mev, upper_mev : ndarray of float64, shape (bands,)
        Limits of each band, MeV; within a band ln E is even. Read-only.
    per_decay : ndarray of float64, shape (bands,)
        Photons per decay. Read-only.

    Raises
    ------
    NuclideError
        No band.

    Examples
    --------
    See `photon_source`.
    """

    lower_mev: Numbers
    upper_mev: Numbers
    per_decay: Numbers

    def __post_init__(self) -> None:
        if self.per_decay.size < 1:
            raise NuclideError(
                "a nuclide sends out no photon that the windows could count",
                remedy="take lower windows, or another nuclide",
            )
        for name in ("lower_mev", "upper_mev", "per_decay"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    @property
    def mean_mev(self) -> Numbers:
        """Middle of each band by the logarithm, MeV, shape (bands,)."""
        return np.asarray(np.sqrt(self.lower_mev * self.upper_mev))


def _slower(nuclide: Nuclide, energies: Numbers) -> Numbers:
    """Betas per decay that start above each energy."""
    start, density = nuclide.beta_energy_mev, nuclide.beta_density_per_mev
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(start)
    above = np.concatenate([np.cumsum(steps[::-1])[::-1], [0.0]])
    return np.asarray(np.interp(energies, start, above), dtype=np.float64)


@lru_cache(maxsize=16)
def _bremsstrahlung(nuclide: Nuclide, least_mev: float) -> tuple[Numbers, Numbers]:
    """Edges of bands, MeV, and photons per decay in each.

    Electrons slow down in water without end: each energy E is passed by the betas that start
    above it, and they emit on their way dE / S(E).
    """
    most = nuclide.beta_max_energy_mev
    water = get_medium("water")
    bands = max(int(np.ceil(_BANDS_PER_OCTAVE * np.log2(most / least_mev))), 1)
    edges = np.geomspace(least_mev, most, bands + 1)
    energies = np.geomspace(max(least_mev, _LEAST_ELECTRON_MEV), most, _STEPS)
    stopping = collision_stopping_power_mev_cm2_per_g(
        water, energies
    ) + radiative_stopping_power_mev_cm2_per_g(water, energies)
    path = _slower(nuclide, energies) / stopping
    harder = np.zeros(bands + 1)
    for k, edge in enumerate(edges[:-1]):
        emitted = bremsstrahlung_hard_cm2_per_g(water, energies, cut_off_mev=float(edge))
        harder[k] = np.trapezoid(path * emitted, energies)
    return edges, harder[:-1] - harder[1:]


def photon_source(
    nuclide: Nuclide, *, least_kev: float, bremsstrahlung: bool = True
) -> PhotonSource:
    """Gammas, X rays and bremsstrahlung above an energy.

    Bremsstrahlung is that of betas that slow down in water, sent out evenly in all directions from
    where the decay was (the betas of 188Re go 3 mm on average, 10 mm at most). Conversion
    electrons' and internal bremsstrahlung are left out.

    Parameters
    ----------
    nuclide : Nuclide
    least_kev : float
        Softer photons are left out, keV.
    bremsstrahlung : bool
        Whether bremsstrahlung is in.

    Returns
    -------
    PhotonSource

    Raises
    ------
    NuclideError
        Photons beyond 3 MeV, where the tables end.

    References
    ----------
    ICRP Publication 107 (lines). Seltzer, Berger 1986 (bremsstrahlung).

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> source = photon_source(get_nuclide("Re-188"), least_kev=100, bremsstrahlung=False)
    >>> round(float(source.per_decay.max()), 3)
    0.156
    """
    least = 1e-3 * least_kev
    lines = nuclide.photons.energy_mev >= least
    lower = nuclide.photons.energy_mev[lines]
    upper, shares = lower, nuclide.photons.yield_per_decay[lines]
    if bremsstrahlung and nuclide.beta_max_energy_mev > 1.05 * least:
        edges, emitted = _bremsstrahlung(nuclide, least)
        lower = np.concatenate([lower, edges[:-1]])
        upper = np.concatenate([upper, edges[1:]])
        shares = np.concatenate([shares, emitted])
    if upper.size and upper.max() > 3.0:
        raise NuclideError(
            "a nuclide sends out harder photons than can be followed",
            got=f"{nuclide.name} with {upper.max():.3g} MeV",
            allowed="up to 3 MeV",
            remedy="use another nuclide",
        )
    return PhotonSource(lower_mev=lower, upper_mev=upper, per_decay=shares)
