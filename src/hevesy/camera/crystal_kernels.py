"""Photons in the crystal and in what lies behind it: how much energy stays in the crystal.

Modelled: photoelectric absorption with iodine's K X rays (which may escape), Compton scattering by
Klein and Nishina on free electrons, any number of events, and scatter back from a layer of PMMA
that stands for light guide and photomultipliers. Neglected: coherent scattering, the electrons'
range (0.3 mm at 500 keV), the two photons of a pair (they leave), the crystal's edges, its cover.

Energies in MeV, depths in mm; two slabs: 0 to `crystal` and on to `whole`.
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import start_stream, uniform
from hevesy.transport.photon_sampling_kernels import deflect, sample_annihilation, sample_compton

__all__ = ["respond"]

K_EDGE_MEV = 0.033169  # of iodine
K_RAY_MEV = 0.02914  # mean of its K X rays above 28 keV
K_SHARE = 0.736  # K shell's part of absorption (0.834) x fluorescence yield (0.882)
LEAST_MEV = 0.0201
OUT_FRONT, OUT_BACK = -1.0, 1e12
ROOT2 = 1.4142135623730951


@kernel
def _move(z: Any, uz: Any, tau: Any, crystal: Any, whole: Any, mu_front: Any, mu_back: Any) -> Any:
    """Depth of the next event, tau mean free paths on."""
    if abs(uz) < 1e-9:
        uz = 1e-9
    if uz > 0.0:
        if z < crystal:
            thick = (crystal - z) / uz * mu_front
            if tau < thick:
                return z + tau / mu_front * uz
            tau -= thick
            z = crystal
        if tau < (whole - z) / uz * mu_back:
            return z + tau / mu_back * uz
        return OUT_BACK
    if z >= crystal:
        thick = (crystal - z) / uz * mu_back
        if tau < thick:
            return z + tau / mu_back * uz
        tau -= thick
        z = crystal
    if tau < -z / uz * mu_front:
        return z + tau / mu_front * uz
    return OUT_FRONT


@kernel
def _follow(
    state: Any, energy: Any, z: Any, uz: Any, crystal: Any, whole: Any, grid: Any, rows: Any,
    free: Any,
) -> Any:  # fmt: skip
    """Energy that a photon, which has its first event at depth z, leaves in the crystal."""
    left = 0.0
    ux, uy = math.sqrt(max(0.0, 1.0 - uz * uz)), 0.0
    last = rows.shape[0] - 2
    while True:
        place = (math.log(energy) - grid[0]) * grid[1]
        row = max(min(int(place), last), 0)
        front = z < crystal
        column = 1 if front else 4
        if uniform(state) < rows[row, column]:  # absorbed
            if not front:
                return left
            if energy < K_EDGE_MEV or uniform(state) > K_SHARE:
                return left + energy
            left += energy - K_RAY_MEV
            energy = K_RAY_MEV
            ux, uy, uz = sample_annihilation(state)
        elif front and uniform(state) < rows[row, 2]:  # a pair
            return left + energy - 1.02199790
        else:
            scattered, cosine = sample_compton(state, energy, 0, free)
            if front:
                left += energy - scattered
            energy = scattered
            ux, uy, uz = deflect(state, ux, uy, uz, cosine)
        if energy < LEAST_MEV:
            return left + energy if front else left
        place = (math.log(energy) - grid[0]) * grid[1]
        row = max(min(int(place), last), 0)
        z = _move(z, uz, -math.log(uniform(state)), crystal, whole, rows[row, 0], rows[row, 3])
        if z < 0.0 or z >= whole:
            return left


@kernel
def respond(
    seed: Any, node: Any, energy: Any, cosine: Any, histories: Any, crystal: Any, whole: Any,
    grid: Any, rows: Any, free: Any, windows: Any, sigma_per_root: Any, result: Any,
) -> Any:  # fmt: skip
    """Shares of photons that are counted: with all of their energy, and with part in each window.

    Parameters
    ----------
    seed, node : uint64
        Name the streams.
    energy : float64
        MeV.
    cosine : float64
        To the crystal's normal, above 0.
    histories : int
        Photons that have an event in one of the slabs.
    crystal, whole : float64
        Thickness of the crystal, and of both slabs, mm.
    grid : ndarray of float64, shape (2,)
        ln of the first energy in MeV, 1 / step of the logarithm.
    rows : ndarray of float64, shape (energies, 5)
        Attenuation of the crystal (1/mm, without coherent), share of absorption, share of pairs
        among the rest; attenuation of the back layer, share of absorption.
    free : ndarray of float64, shape (1, n)
        Ones: the scattering function of free electrons.
    windows : ndarray of float64, shape (windows, 2)
        Limits, MeV.
    sigma_per_root : float64
        Standard deviation of the measured energy over the root of the deposit, MeV^(1/2).
    result : ndarray of float64, shape (windows + 1,)
        Set: share with all of the energy, then those with part of it that fall into each window.

    Returns
    -------
    float64
        Mean energy left in the crystal for each photon that comes, MeV.

    Examples
    --------
    >>> shares = np.zeros(2)
    >>> rows = np.tile([0.2, 1.0, 0.0, 0.01, 1.0], (2, 1))  # all absorbed
    >>> left = respond(np.uint64(1), np.uint64(1), 0.03, 1.0, 100, 9.5, 9.5, np.array([-4.0, 1.0]),
    ...                rows, np.ones((1, 9)), np.array([[0.1, 0.2]]), 0.01, shares)
    >>> round(float(shares[0]), 3)  # 1 - exp(-0.2 x 9.5)
    0.85
    """
    result[:] = 0.0
    place = (math.log(energy) - grid[0]) * grid[1]
    row = max(min(int(place), rows.shape[0] - 2), 0)
    weight = place - row
    mu_front = rows[row, 0] + weight * (rows[row + 1, 0] - rows[row, 0])
    mu_back = rows[row, 3] + weight * (rows[row + 1, 3] - rows[row, 3])
    thick = (crystal * mu_front + (whole - crystal) * mu_back) / cosine
    met = -math.expm1(-thick)
    state = np.zeros(1, dtype=np.uint64)
    deposited = 0.0
    for i in range(histories):
        start_stream(state, seed, node, np.uint64(i))
        tau = -math.log1p(-met * (i + uniform(state)) / histories)
        z = min(_move(0.0, cosine, tau, crystal, whole, mu_front, mu_back), whole * (1 - 1e-12))
        left = _follow(state, energy, z, cosine, crystal, whole, grid, rows, free)
        deposited += left
        if left > energy * (1.0 - 1e-9):
            result[0] += 1.0
        elif left > 1e-4:
            scale = 1.0 / (ROOT2 * sigma_per_root * math.sqrt(left))
            for w in range(windows.shape[0]):
                result[w + 1] += 0.5 * (
                    math.erf((windows[w, 1] - left) * scale)
                    - math.erf((windows[w, 0] - left) * scale)
                )
    for w in range(result.shape[0]):
        result[w] *= met / histories
    return deposited * met / histories
