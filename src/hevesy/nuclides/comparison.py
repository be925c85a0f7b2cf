"""Nuclides side by side, by the figures that decide between them for therapy."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import NuclideError
from hevesy.nuclides.decay import decay_factor
from hevesy.nuclides.electron_range import csda_range_mm
from hevesy.nuclides.nuclide import Nuclide, get_nuclide

__all__ = ["JOULE_PER_MEV", "NuclideComparison", "compare_nuclides"]

JOULE_PER_MEV = 1.602176634e-13  # exact in the SI of 2019

_IMAGING_MEV = (0.07, 0.4)  # gamma cameras: 166Ho is imaged at 81 keV, 131I at 364 keV
_BQ_PER_GBQ = 1e9


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NuclideComparison:
    """One nuclide's figures for therapy and imaging; daughters are not in them.

    Parameters
    ----------
    nuclide : Nuclide
    half_life_s : float
    beta_mean_energy_mev, beta_max_energy_mev : float
        Mean energy and end point of the betas, MeV.
    mean_range_mm, max_range_mm : float or None
        CSDA range in water of an electron of the mean and of the greatest beta energy, mm; None
        where there is no beta or ESTAR's table does not reach.
    electron_energy_j_per_gbq : float
        Energy of all electrons from 1 GBq until nothing is left, J.
    imaging_photons : tuple of (float, float)
        Gamma lines of 70 to 400 keV, ``(energy in MeV, yield per decay)``, strongest first.

    Examples
    --------
    >>> round(compare_nuclides(["Re-188"])[0].electron_energy_j_per_gbq, 2)
    11.03
    """

    nuclide: Nuclide
    half_life_s: float
    beta_mean_energy_mev: float
    beta_max_energy_mev: float
    mean_range_mm: float | None
    max_range_mm: float | None
    electron_energy_j_per_gbq: float
    imaging_photons: tuple[tuple[float, float], ...]

    def electron_power_mw_per_gbq(self, elapsed_s: ArrayLike) -> NDArray[np.float64]:
        """Power of all electrons at times after there was 1 GBq, mW; the shape of `elapsed_s`.

        Where the activity stays in the lesion the dose rate is in proportion to it:
        A exp(-lambda t) times the electron energy per decay.
        """
        per_decay_j = self.nuclide.electron_energy_mev * JOULE_PER_MEV
        left = decay_factor(self.nuclide, np.asarray(elapsed_s, dtype=np.float64))
        return np.asarray(_BQ_PER_GBQ * per_decay_j * 1e3 * left)


def _range_or_none(energy_mev: float) -> float | None:
    # outside ESTAR's table there is no figure, and the table on the page shows a dash
    return csda_range_mm(energy_mev) if 0.01 <= energy_mev <= 3.0 else None


def _compare(nuclide: Nuclide) -> NuclideComparison:
    photons = nuclide.photons
    low, high = _IMAGING_MEV
    imaging = [
        (float(energy), float(share))
        for energy, share, kind in zip(
            photons.energy_mev, photons.yield_per_decay, photons.kinds, strict=True
        )
        if kind == "gamma" and low <= energy <= high
    ]
    decays_per_gbq = _BQ_PER_GBQ * nuclide.half_life_s / math.log(2.0)
    return NuclideComparison(
        nuclide=nuclide,
        half_life_s=nuclide.half_life_s,
        beta_mean_energy_mev=nuclide.beta_mean_energy_mev,
        beta_max_energy_mev=nuclide.beta_max_energy_mev,
        mean_range_mm=_range_or_none(nuclide.beta_mean_energy_mev),
        max_range_mm=_range_or_none(nuclide.beta_max_energy_mev),
        electron_energy_j_per_gbq=decays_per_gbq * nuclide.electron_energy_mev * JOULE_PER_MEV,
        imaging_photons=tuple(sorted(imaging, key=lambda line: -line[1])),
    )


def compare_nuclides(names: Sequence[str]) -> tuple[NuclideComparison, ...]:
    """Put nuclides side by side.

    Half-life, beta energies and their ranges in water, energy given to tissue per GBq, photons a
    camera can image, and the power over time.

    Parameters
    ----------
    names : sequence of str
        Any usual spelling of each; at least one.

    Returns
    -------
    tuple of NuclideComparison
        In the order of `names`.

    Raises
    ------
    NuclideError
        No name, or one nuclide twice.

    Examples
    --------
    >>> [round(row.max_range_mm, 1) for row in compare_nuclides(["Re-188", "Y-90"])]
    [10.4, 11.3]
    """
    nuclides = [get_nuclide(name) for name in names]
    found = [nuclide.name for nuclide in nuclides]
    if not found or len(set(found)) < len(found):
        raise NuclideError(
            "a comparison needs nuclides that differ",
            got=", ".join(found) or "none",
            remedy="name each nuclide once, such as: Re-188 Y-90 Ho-166 Lu-177 I-131",
        )
    return tuple(_compare(nuclide) for nuclide in nuclides)
