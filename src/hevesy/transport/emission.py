"""What one decay sends out, as tables that histories are drawn from."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import NuclideError
from hevesy.nuclides import EmissionLines, Nuclide

__all__ = ["Emission", "SpectraTable", "emission_of", "spectra_table"]

_QUANTILES = 16384  # the mean of the drawn betas is then the spectrum's to 1e-5
LEAST_ELECTRON_MEV = 0.010  # 2.5 um in water
LEAST_PHOTON_MEV = 0.005  # 0.24 mm in water
_MOST_MEV = 3.0  # of the tables of stopping power and attenuation


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Emission:
    """Electrons and photons of a decay; what cannot leave its place is taken together.

    Parameters
    ----------
    electrons_per_decay : float
        Betas, conversion and Auger electrons above 10 keV.
    beta_share : float
        Share of betas among these.
    beta_quantiles_mev : ndarray of float64, shape (16385,)
        Energies that divide the beta spectrum into equal shares, MeV.
    line_mev, line_cumulative : ndarray of float64, shape (n,)
        Electron lines, MeV, and their running share (the last is 1).
    photons_per_decay : float
        Gammas, X rays and annihilation photons above 5 keV.
    photon_mev, photon_cumulative : ndarray of float64, shape (n,)
        Photon lines, MeV, and their running share.
    local_mev : float
        Energy per decay of softer electrons and photons, which stays where the decay was.
    electron_energy_mev, photon_energy_mev : float
        Mean energy per decay of those that are transported.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> rhenium = emission_of(get_nuclide("Re-188"))
    >>> round(rhenium.electrons_per_decay, 3), round(rhenium.local_mev, 4)
    (1.133, 0.0009)
    """

    electrons_per_decay: float
    beta_share: float
    beta_quantiles_mev: NDArray[np.float64]
    line_mev: NDArray[np.float64]
    line_cumulative: NDArray[np.float64]
    photons_per_decay: float
    photon_mev: NDArray[np.float64]
    photon_cumulative: NDArray[np.float64]
    local_mev: float
    electron_energy_mev: float
    photon_energy_mev: float


class SpectraTable(NamedTuple):
    """What kernels draw energies from; see `Emission`. Lists without a line hold a zero.

    Parameters
    ----------
    beta_share : float
    beta_quantiles_mev, line_mev, line_cumulative : ndarray of float64, shape (n,)
    photon_mev, photon_cumulative : ndarray of float64, shape (n,)
    """

    beta_share: float
    beta_quantiles_mev: NDArray[np.float64]
    line_mev: NDArray[np.float64]
    line_cumulative: NDArray[np.float64]
    photon_mev: NDArray[np.float64]
    photon_cumulative: NDArray[np.float64]


def spectra_table(emission: Emission) -> SpectraTable:
    """Prepare an emission for kernels.

    Parameters
    ----------
    emission : Emission

    Returns
    -------
    SpectraTable

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> spectra_table(emission_of(get_nuclide("P-32"))).line_mev.tolist()
    [0.0]
    """
    return SpectraTable(
        beta_share=emission.beta_share,
        beta_quantiles_mev=emission.beta_quantiles_mev,
        line_mev=emission.line_mev if emission.line_mev.size else np.zeros(1),
        line_cumulative=emission.line_cumulative,
        photon_mev=emission.photon_mev if emission.photon_mev.size else np.zeros(1),
        photon_cumulative=emission.photon_cumulative,
    )


def emission_of(nuclide: Nuclide, *, photons: bool = True) -> Emission:
    """Prepare a nuclide's emissions.

    Electrons under 10 keV and photons under 5 keV stay where they are born. Energies of lines are
    those of ICRP-107; betas are drawn from the normalised spectrum, scaled so that their mean is
    the published one (0.03 % for 188Re).

    Parameters
    ----------
    nuclide : Nuclide
    photons : bool
        Whether photons are followed; else they are left out, their energy too.

    Returns
    -------
    Emission

    Raises
    ------
    NuclideError
        It sends out alphas or fission fragments, no electrons at all, or anything above 3 MeV,
        where the tables of electrons and photons end.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> emission_of(get_nuclide("Y-90"), photons=False).photons_per_decay
    0.0
    """
    if nuclide.heavy_energy_mev > 0:
        raise NuclideError(
            "Monte Carlo follows electrons and photons only",
            got=f"{nuclide.name} with {nuclide.heavy_energy_mev:.3g} MeV of alphas per decay",
            allowed="beta and electron-capture emitters",
            remedy='use method = "local" with care, or another nuclide',
        )
    _require_in_tables(nuclide)
    lines, soft = _split(nuclide.electrons, LEAST_ELECTRON_MEV)
    rays, faint = _split(nuclide.photons, LEAST_PHOTON_MEV)
    if not photons:
        rays, faint = (np.zeros(0), np.zeros(0)), 0.0
    count = nuclide.beta_yield + float(lines[1].sum())
    if count <= 0:
        raise NuclideError(
            "a nuclide sends out no electrons that could be followed",
            got=nuclide.name,
            allowed="nuclides with electrons above 10 keV",
            remedy="use another nuclide",
        )
    return Emission(
        electrons_per_decay=count,
        beta_share=nuclide.beta_yield / count,
        beta_quantiles_mev=_beta_quantiles(nuclide),
        line_mev=lines[0],
        line_cumulative=_running(lines[1]),
        photons_per_decay=float(rays[1].sum()),
        photon_mev=rays[0],
        photon_cumulative=_running(rays[1]),
        local_mev=soft + faint,
        electron_energy_mev=nuclide.beta_energy_per_decay_mev + float(np.dot(*lines)),
        photon_energy_mev=float(np.dot(*rays)),
    )


def _require_in_tables(nuclide: Nuclide) -> None:
    lines = (nuclide.electrons.energy_mev, nuclide.photons.energy_mev)
    most = max(nuclide.beta_max_energy_mev, *(float(e.max(initial=0.0)) for e in lines))
    if most > _MOST_MEV:
        raise NuclideError(
            "a nuclide sends out more energetic particles than can be followed",
            got=f"{nuclide.name} with {most:.3g} MeV",
            allowed=f"up to {_MOST_MEV:g} MeV",
            remedy='use method = "local" with care, or another nuclide',
        )


def _split(
    lines: EmissionLines, least_mev: float
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], float]:
    """Lines above an energy, and the energy per decay of the others."""
    hard = lines.energy_mev >= least_mev
    soft = float(np.dot(lines.energy_mev[~hard], lines.yield_per_decay[~hard]))
    return (lines.energy_mev[hard].copy(), lines.yield_per_decay[hard].copy()), soft


def _running(shares: NDArray[np.float64]) -> NDArray[np.float64]:
    if shares.size == 0:
        return np.ones(1)
    total = np.cumsum(shares)
    return np.asarray(total / total[-1])


def _beta_quantiles(nuclide: Nuclide) -> NDArray[np.float64]:
    """Energies between equal shares of the spectrum."""
    energy, density = nuclide.beta_energy_mev, nuclide.beta_density_per_mev
    if energy.size == 0:
        return np.zeros(2)
    steps = 0.5 * (density[1:] + density[:-1]) * np.diff(energy)
    running = np.concatenate([[0.0], np.cumsum(steps)])
    at = np.linspace(0.0, running[-1], _QUANTILES + 1)
    # within a step the density is straight, so the share is a parabola of the energy
    k = np.clip(np.searchsorted(running, at, side="right") - 1, 0, energy.size - 2)
    start, slope = density[k], (density[k + 1] - density[k]) / (energy[k + 1] - energy[k])
    left = at - running[k]
    root = np.sqrt(np.maximum(start**2 + 2.0 * slope * left, 0.0))
    found = energy[k] + np.where(start + root > 0, 2.0 * left / np.maximum(start + root, 1e-300), 0)
    found[-1] = energy[-1]
    mean = float(0.5 * (found[1:] + found[:-1]).mean())
    return np.asarray(found * (nuclide.beta_mean_energy_mev / mean))
