"""What share of the photons that reach the crystal each energy window counts."""

import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from hevesy.camera.detector import Detector
from hevesy.camera.point_spread import FWHM_PER_SIGMA
from hevesy.camera.window import EnergyWindow
from hevesy.compiled import run_batches
from hevesy.errors import InputError
from hevesy.media import (
    SODIUM_IODIDE,
    Medium,
    linear_attenuation_per_mm,
    mass_attenuation_cm2_per_g,
)

__all__ = ["CrystalResponse", "crystal_response"]

_ROWS = 1024  # of attenuation
_NODES = 160  # energies that are simulated: 3 % steps
_NODE_COSINES = (1.0, 0.75, 0.5, 0.25, 0.1)
_FINE = 4096  # energies of the result: 0.12 % steps
_COSINES = 16
_LEAST_MEV, _MOST_MEV = 0.021, 3.0
_SEED = 20_188
_PMMA = Medium(
    name="pmma",
    mass_fractions=(("H", 0.080538), ("C", 0.599848), ("O", 0.319614)),
    density_g_per_cm3=1.19,
    mean_excitation_energy_ev=74.0,
    source="ICRU Report 37 (1984)",
)
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CrystalResponse:
    """Counts in each window for a photon that reaches the crystal. Made by `crystal_response`.

    Parameters
    ----------
    windows : tuple of EnergyWindow
    grid : ndarray of float64, shape (2,)
        ln of the first energy in MeV, and 1 / step of the logarithm.
    share : ndarray of float64, shape (energies, cosines, windows)
        At each energy, and at cosines to the crystal's normal from 0 to 1 in equal steps.

    Raises
    ------
    InputError
        Not one share for each window.

    Examples
    --------
    See `crystal_response`.
    """

    windows: tuple[EnergyWindow, ...]
    grid: Numbers
    share: Numbers

    def __post_init__(self) -> None:
        if self.share.ndim != 3 or self.share.shape[2] != len(self.windows):
            raise InputError(
                "a crystal's response needs a share for each window",
                got=self.share.shape,
                remedy="make it with crystal_response",
            )
        for name in ("grid", "share"):
            array = np.ascontiguousarray(getattr(self, name), dtype=np.float64)
            array.setflags(write=False)
            object.__setattr__(self, name, array)

    def counted(self, energy_kev: float, *, cosine_ratio: float = 1.0) -> Numbers:
        """Counts in each window for a photon, shape (windows,).

        Parameters
        ----------
        energy_kev : float
        cosine_ratio : float
            Cosine to the crystal's normal: 1 comes straight on.
        """
        place = (math.log(1e-3 * energy_kev) - self.grid[0]) * self.grid[1]
        row = min(max(round(place), 0), self.share.shape[0] - 1)
        return np.array(self.share[row, round(cosine_ratio * (self.share.shape[1] - 1))])


def _attenuation() -> tuple[Numbers, Numbers]:
    """Grid and rows of `crystal_kernels.respond`."""
    mev = np.geomspace(_LEAST_MEV, _MOST_MEV, _ROWS)
    mev[-1] = _MOST_MEV
    kev = 1e3 * mev
    absorbed, scattered, pair = (
        linear_attenuation_per_mm(SODIUM_IODIDE, kev, process)
        for process in ("photoelectric", "incoherent", "pair")
    )
    per_mm = 0.1 * _PMMA.density_g_per_cm3
    back_absorbed = per_mm * mass_attenuation_cm2_per_g(_PMMA, mev, "photoelectric")
    back = back_absorbed + per_mm * mass_attenuation_cm2_per_g(_PMMA, mev, "incoherent")
    total = absorbed + scattered + pair
    rows = np.stack(
        [total, absorbed / total, pair / (pair + scattered), back, back_absorbed / back], axis=1
    )
    grid = np.array([math.log(_LEAST_MEV), (_ROWS - 1) / math.log(_MOST_MEV / _LEAST_MEV)])
    return grid, rows


def _full_energy_shares(detector: Detector, windows: tuple[EnergyWindow, ...]) -> Numbers:
    """Share of a full deposit at each fine energy in each window."""
    fine = np.geomspace(_LEAST_MEV, _MOST_MEV, _FINE) * 1e3
    return np.array([[detector.window_fraction(e, w) for w in windows] for e in fine])


@lru_cache(maxsize=8)
def crystal_response(
    detector: Detector, windows: tuple[EnergyWindow, ...], *, histories: int = 6000
) -> CrystalResponse:
    """Follow photons in the crystal, and sort what they leave there into windows.

    Photons of 160 energies and 5 angles meet a slab of sodium iodide with a layer of PMMA behind
    it (`crystal_kernels`); what they leave is blurred by a Gaussian. Full deposits are blurred at
    4096 energies of their own, partial ones (Compton continuum, escape of iodine's X rays,
    back-scatter peak) are interpolated between the 160.

    Parameters
    ----------
    detector : Detector
    windows : tuple of EnergyWindow
    histories : int
        For each energy and angle, at least 100; always the same random numbers.

    Returns
    -------
    CrystalResponse

    Raises
    ------
    InputError
        No window, or too few histories.

    References
    ----------
    De Vries DJ et al. IEEE Trans Med Imaging 1990;9:430 (66 mm of PMMA in place of what lies
    behind the crystal). Elam et al. 2002 (iodine's K shell).

    Examples
    --------
    >>> peak = EnergyWindow.around(140.5, percent=10)
    >>> seen = crystal_response(Detector(), (peak,), histories=200)
    >>> bool(0.8 < seen.counted(140.5)[0] < 0.9)
    True
    """
    from hevesy.camera import crystal_kernels as kernels

    if not windows or histories < 100:
        raise InputError(
            "a crystal's response needs a window and photons",
            got=f"{len(windows)} windows, {histories} histories",
            allowed="one window or more, 100 histories or more",
            remedy="give the windows that the camera records",
        )
    grid, rows = _attenuation()
    limits = np.array([[1e-3 * w.lower_kev, 1e-3 * w.upper_kev] for w in windows])
    sigma_per_root = 1e-3 * detector.energy_fwhm_kev(1e3) / FWHM_PER_SIGMA
    nodes = np.geomspace(_LEAST_MEV, _MOST_MEV, _NODES)
    free = np.ones((1, 512))

    def node(k: int) -> Numbers:
        found = np.zeros((len(_NODE_COSINES), len(windows) + 1))
        for j, cosine in enumerate(_NODE_COSINES):
            kernels.respond(
                np.uint64(_SEED), np.uint64(k * len(_NODE_COSINES) + j), nodes[k], cosine,
                histories, detector.crystal_mm, detector.crystal_mm + detector.back_layer_mm,
                grid, rows, free, limits, sigma_per_root, found[j],
            )  # fmt: skip
        return found

    simulated = np.stack(run_batches(node, _NODES))  # (nodes, cosines, 1 + windows)
    fine = np.linspace(0.0, _NODES - 1, _FINE)
    low = np.minimum(fine.astype(int), _NODES - 2)
    between = (fine - low)[:, None, None]
    shares = simulated[low] * (1.0 - between) + simulated[low + 1] * between
    total = shares[:, :, :1] * _full_energy_shares(detector, windows)[:, None, :] + shares[:, :, 1:]
    return CrystalResponse(
        windows=windows,
        grid=np.array([math.log(_LEAST_MEV), (_FINE - 1) / math.log(_MOST_MEV / _LEAST_MEV)]),
        share=_over_cosines(total),
    )


def _over_cosines(total: Numbers) -> Numbers:
    """Bring the simulated angles to equal steps of the cosine."""
    simulated = np.array(_NODE_COSINES[::-1])
    ascending = total[:, ::-1]
    wanted = np.linspace(0.0, 1.0, _COSINES)
    low = np.clip(np.searchsorted(simulated, wanted, side="right") - 1, 0, simulated.size - 2)
    place = (wanted - simulated[low]) / (simulated[low + 1] - simulated[low])
    place = np.clip(place, 0.0, 1.0)[None, :, None]
    return np.asarray(ascending[:, low] * (1.0 - place) + ascending[:, low + 1] * place)
