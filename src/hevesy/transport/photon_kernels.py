"""Photons through voxels: Woodcock tracking, and the electrons they set free.

Modelled: photoelectric absorption, Compton and Rayleigh scattering, pair production, in voxels of
any medium and density. Neglected: fluorescence (light elements; the binding energy stays where the
atom is), the range of positrons (their two 511 keV photons start at the pair), triplets (counted as
Compton events), photons above 3 MeV. See `photon_sampling_kernels` and docs/methods/photons.md.

Lengths in cm from the grid's corner (x, y, z); energies in MeV. Arrays of voxels are (z, y, x).
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import start_stream, uniform
from hevesy.transport.photon_sampling_kernels import (
    MASS_MEV,
    deflect,
    draw_azimuth,
    sample_annihilation,
    sample_compton,
    sample_pair_cosine,
    sample_photoelectron_cosine,
    sample_rayleigh_cosine,
    turn,
)

__all__ = [
    "DEPOSITED",
    "ENERGY_OUTSIDE",
    "ESCAPED",
    "PUSHED",
    "STACK_FULL",
    "fly",
    "transport_photon",
    "transport_photons_batch",
]

STACK_FULL, ENERGY_OUTSIDE = 1, 2  # status; 0: done
DEPOSITED, ESCAPED, PUSHED = 0, 1, 2  # places in the ledger
GREATEST_MEV = 3.0000001


@kernel
def _locate(x: Any, y: Any, z: Any, density: Any, sx: Any, sy: Any, sz: Any) -> Any:
    """Voxel (z, y, x) of a point; -1 for the first where it lies outside (or is not a number)."""
    nz, ny, nx = density.shape
    fx, fy, fz = x / sx, y / sy, z / sz
    if fx >= 0.0 and fx < nx and fy >= 0.0 and fy < ny and fz >= 0.0 and fz < nz:
        return int(fz), int(fy), int(fx)
    return -1, 0, 0


@kernel
def fly(
    state: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any, density: Any, labels: Any,
    sx: Any, sy: Any, sz: Any, interaction: Any, majorant: Any, row: Any, weight: Any,
) -> Any:  # fmt: skip
    """Fly to the next real collision, by Woodcock tracking.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream of random numbers.
    x, y, z, ux, uy, uz : float64
        Place, cm from the grid's corner, and unit vector.
    density, labels : ndarray, shape (z, y, x)
    sx, sy, sz : float64
        The voxels, as in `transport_photon`.
    interaction, majorant : ndarray, shapes as in `PhotonTables`
    row, weight : int, float64
        Row of the photon's energy, and its place between this row and the next.

    Returns
    -------
    tuple
        Voxel's index z (-1: escaped), y and x, and the place x, y, z.

    Examples
    --------
    >>> density, labels = np.ones((9, 9, 9), np.float32), np.zeros((9, 9, 9), np.uint8)
    >>> steep = np.full((1, 2, 5), 1e3)  # 1000 collisions in a cm
    >>> found = fly(np.zeros(1, np.uint64), 4.5, 4.5, 4.5, 0.0, 0.0, 1.0, density, labels, 1.0,
    ...             1.0, 1.0, steep, np.full(2, 1e3), 0, 0.0)
    >>> found[:5]
    (4, 4, 4, 4.5, 4.5)
    """
    nz, ny, nx = density.shape
    rx, ry, rz = 1.0 / sx, 1.0 / sy, 1.0 / sz
    greatest = majorant[row]
    mean_free_path = 1.0 / greatest
    while True:
        step = -math.log(uniform(state)) * mean_free_path
        x += step * ux
        y += step * uy
        z += step * uz
        fx, fy, fz = x * rx, y * ry, z * rz
        if not (fx >= 0.0 and fx < nx and fy >= 0.0 and fy < ny and fz >= 0.0 and fz < nz):
            return -1, 0, 0, x, y, z
        iz, iy, ix = int(fz), int(fy), int(fx)
        medium = labels[iz, iy, ix]
        low = interaction[medium, row, 0]
        here = low + weight * (interaction[medium, row + 1, 0] - low)
        if uniform(state) * greatest < here * density[iz, iy, ix]:
            return iz, iy, ix, x, y, z


@kernel
def _release(
    energy: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any, iz: Any, iy: Any, ix: Any,
    electron_cutoff: Any, deposit: Any, stack: Any, count: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Push an electron on the stack; below the cut-off, or where it is full, deposit it here."""
    if energy <= electron_cutoff or count[0] >= stack.shape[0]:
        deposit[iz, iy, ix] += energy
        ledger[DEPOSITED] += energy
        return 0 if energy <= electron_cutoff else STACK_FULL
    i = count[0]
    stack[i, 0] = energy
    stack[i, 1], stack[i, 2], stack[i, 3] = x, y, z
    stack[i, 4], stack[i, 5], stack[i, 6] = ux, uy, uz
    count[0] = i + 1
    ledger[PUSHED] += energy
    return 0


@kernel
def _absorb(
    state: Any, energy: Any, binding: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any,
    iz: Any, iy: Any, ix: Any, electron_cutoff: Any, deposit: Any, stack: Any, count: Any,
    ledger: Any,
) -> Any:  # fmt: skip
    """Photoelectric absorption: a photoelectron, and its binding energy on the spot."""
    kinetic = energy - binding
    if kinetic <= electron_cutoff:
        deposit[iz, iy, ix] += energy
        ledger[DEPOSITED] += energy
        return 0
    deposit[iz, iy, ix] += binding
    ledger[DEPOSITED] += binding
    cosine = sample_photoelectron_cosine(state, kinetic)
    vx, vy, vz = deflect(state, ux, uy, uz, cosine)
    return _release(
        kinetic, x, y, z, vx, vy, vz, iz, iy, ix, electron_cutoff, deposit, stack, count, ledger
    )


@kernel
def _recoil(
    energy: Any, left: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any, vx: Any, vy: Any,
    vz: Any, iz: Any, iy: Any, ix: Any, electron_cutoff: Any, deposit: Any, stack: Any,
    count: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Compton's electron: the energy and momentum that the photon has lost."""
    kinetic = energy - left
    wx, wy, wz = energy * ux - left * vx, energy * uy - left * vy, energy * uz - left * vz
    norm = math.sqrt(wx * wx + wy * wy + wz * wz)
    scale = 1.0 / norm if norm > 0.0 else 0.0
    return _release(
        kinetic, x, y, z, wx * scale, wy * scale, wz * scale, iz, iy, ix, electron_cutoff,
        deposit, stack, count, ledger,
    )  # fmt: skip


@kernel
def _make_pair(
    state: Any, energy: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any, iz: Any, iy: Any,
    ix: Any, electron_cutoff: Any, deposit: Any, stack: Any, count: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Two electrons that share the photon's energy above 2 m c2 evenly at random."""
    free = energy - 2.0 * MASS_MEV
    first = free * uniform(state)
    a, b = draw_azimuth(state)
    vx, vy, vz = turn(ux, uy, uz, sample_pair_cosine(state, first), a, b)
    status = _release(
        first, x, y, z, vx, vy, vz, iz, iy, ix, electron_cutoff, deposit, stack, count, ledger
    )
    second = free - first
    vx, vy, vz = turn(ux, uy, uz, sample_pair_cosine(state, second), -a, -b)
    return max(status, _release(
        second, x, y, z, vx, vy, vz, iz, iy, ix, electron_cutoff, deposit, stack, count, ledger
    ))  # fmt: skip


@kernel
def transport_photon(
    state: Any, energy: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any,
    density: Any, labels: Any, sx: Any, sy: Any, sz: Any,
    grid: Any, interaction: Any, majorant: Any, scatter: Any, rayleigh_x2: Any, rayleigh_area: Any,
    photon_cutoff: Any, electron_cutoff: Any, deposit: Any, stack: Any, count: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Follow a photon, and the annihilation photons of its pairs, until nothing is left.

    The electrons it sets free are left on `stack` for their own transport. The energy given equals
    what the three places of `ledger` gain, within rounding. A photon that starts outside the
    grid escapes.

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream of random numbers.
    energy : float64
        MeV, at most 3.
    x, y, z : float64
        Place, cm from the grid's corner.
    ux, uy, uz : float64
        Unit vector.
    density : ndarray of float32, shape (z, y, x)
        g/cm3.
    labels : ndarray of uint8, shape (z, y, x)
        Rows of `interaction`.
    sx, sy, sz : float64
        Voxel's edges, cm.
    grid, interaction, majorant : ndarray, shapes as in `PhotonTables`
    scatter, rayleigh_x2, rayleigh_area : ndarray, shapes as in `PhotonTables`
        ``PhotonTables.arrays``, one by one.
    photon_cutoff : float64
        A photon below it is deposited where it is, MeV; at least 0.001.
    electron_cutoff : float64
        An electron at or below it is deposited where it arises, MeV; infinite for kerma.
    deposit : ndarray of float64, shape (z, y, x)
        Gains the energy deposited, MeV.
    stack : ndarray of float64, shape (n, 7)
        Gains electrons: energy, x, y, z, ux, uy, uz.
    count : ndarray of int64, shape (1,)
        Electrons on the stack; moved on.
    ledger : ndarray of float64, shape (3,)
        Gains energy deposited, escaped and pushed, MeV.

    Returns
    -------
    int
        0; STACK_FULL: an electron was deposited on the spot because the stack had no room;
        ENERGY_OUTSIDE: nothing was done, the energy is above 3 MeV or not a number, or the cut-off
        is below 1 keV.

    References
    ----------
    Woodcock et al., ANL-7050, 1965. Salvat, PENELOPE-2018, NEA/MBDAV/R(2019)1, chapter 2.

    Examples
    --------
    >>> import numpy as np
    >>> from hevesy.media import get_medium
    >>> from hevesy.transport.photon_tables import make_photon_tables
    >>> tables = make_photon_tables((get_medium("water"),), max_density_g_per_cm3=(1.0,))
    >>> density, labels = np.ones((9, 9, 9), np.float32), np.zeros((9, 9, 9), np.uint8)
    >>> deposit, ledger = np.zeros((9, 9, 9)), np.zeros(3)
    >>> state, stack, count = np.zeros(1, np.uint64), np.zeros((8, 7)), np.zeros(1, np.int64)
    >>> transport_photon(state, 0.155, 4.5, 4.5, 4.5, 0.0, 0.0, 1.0, density, labels, 1.0, 1.0,
    ...                  1.0, *tables.arrays, 0.005, np.inf, deposit, stack, count, ledger)
    0
    >>> round(float(ledger.sum()), 9)
    0.155
    """
    if not (energy <= GREATEST_MEV and photon_cutoff >= 1e-3):
        return ENERGY_OUTSIDE
    status, pending = 0, False
    px = py = pz = dx = dy = dz = 0.0
    last = majorant.shape[0] - 2
    iz, iy, ix = _locate(x, y, z, density, sx, sy, sz)
    if iz < 0:
        ledger[ESCAPED] += energy
        return 0
    while True:
        alive = energy >= photon_cutoff
        if not alive:
            deposit[iz, iy, ix] += energy
            ledger[DEPOSITED] += energy
        else:
            place = (math.log(energy) - grid[0]) * grid[1]
            row = max(min(int(place), last), 0)
            weight = min(max(place - row, 0.0), 1.0)
            iz, iy, ix, x, y, z = fly(
                state, x, y, z, ux, uy, uz, density, labels, sx, sy, sz, interaction, majorant,
                row, weight,
            )  # fmt: skip
            if iz < 0:
                ledger[ESCAPED] += energy
                alive = False
        if alive:
            medium = labels[iz, iy, ix]
            # which process: the table's nearer energy, drawn so that the mean is interpolated
            near = row + 1 if uniform(state) < weight else row
            u = uniform(state)
            if u < interaction[medium, near, 1]:
                left, cosine = sample_compton(state, energy, medium, scatter)
                vx, vy, vz = deflect(state, ux, uy, uz, cosine)
                failed = _recoil(
                    energy, left, x, y, z, ux, uy, uz, vx, vy, vz, iz, iy, ix, electron_cutoff,
                    deposit, stack, count, ledger,
                )  # fmt: skip
                energy, ux, uy, uz = left, vx, vy, vz
            elif u < interaction[medium, near, 2]:
                binding = min(interaction[medium, row, 4], energy)
                failed = _absorb(
                    state, energy, binding, x, y, z, ux, uy, uz, iz, iy, ix, electron_cutoff,
                    deposit, stack, count, ledger,
                )  # fmt: skip
                alive = False
            elif u < interaction[medium, near, 3] or energy <= 2.0 * MASS_MEV:
                cosine = sample_rayleigh_cosine(state, energy, medium, rayleigh_x2, rayleigh_area)
                ux, uy, uz = deflect(state, ux, uy, uz, cosine)
                failed = 0
            else:
                failed = _make_pair(
                    state, energy, x, y, z, ux, uy, uz, iz, iy, ix, electron_cutoff, deposit,
                    stack, count, ledger,
                )  # fmt: skip
                pending, px, py, pz = True, x, y, z
                ux, uy, uz = sample_annihilation(state)
                dx, dy, dz = -ux, -uy, -uz
                energy = MASS_MEV
            status = max(status, failed)
        if not alive:
            if not pending:
                return status
            pending, energy = False, MASS_MEV
            x, y, z, ux, uy, uz = px, py, pz, dx, dy, dz
            iz, iy, ix = _locate(x, y, z, density, sx, sy, sz)


@kernel
def transport_photons_batch(
    seed: Any, batch: Any, photons: Any, density: Any, labels: Any, sx: Any, sy: Any, sz: Any,
    grid: Any, interaction: Any, majorant: Any, scatter: Any, rayleigh_x2: Any, rayleigh_area: Any,
    photon_cutoff: Any, electron_cutoff: Any, deposit: Any, stack: Any, count: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Follow a list of photons, each with its own stream; electrons that are set free are dropped.

    For tests and for kerma: the ledger holds the energy of the electrons dropped.

    Parameters
    ----------
    seed, batch : uint64
        With the photon's row they name its stream.
    photons : ndarray of float64, shape (n, 7)
        Energy, x, y, z, ux, uy, uz.
    density, labels : ndarray, shape (z, y, x)
    sx, sy, sz : float64
        The voxels, as in `transport_photon`.
    grid, interaction, majorant : ndarray, shapes as in `PhotonTables`
    scatter, rayleigh_x2, rayleigh_area : ndarray, shapes as in `PhotonTables`
        ``PhotonTables.arrays``, one by one.
    photon_cutoff, electron_cutoff : float64
        MeV.
    deposit, stack, count, ledger : ndarray, shapes as in `transport_photon`
        Changed in place; `count` is 0 at the end.

    Returns
    -------
    int
        The worst status of a photon.

    Examples
    --------
    >>> import numpy as np
    >>> from hevesy.media import get_medium
    >>> from hevesy.transport.photon_tables import make_photon_tables
    >>> tables = make_photon_tables((get_medium("water"),), max_density_g_per_cm3=(1.0,))
    >>> photons = np.tile([0.155, 4.5, 4.5, 4.5, 0.0, 0.0, 1.0], (100, 1))
    >>> ledger = np.zeros(3)
    >>> transport_photons_batch(
    ...     np.uint64(1), np.uint64(0), photons, np.ones((9, 9, 9), np.float32),
    ...     np.zeros((9, 9, 9), np.uint8), 1.0, 1.0, 1.0, *tables.arrays, 0.005, 0.01,
    ...     np.zeros((9, 9, 9)), np.zeros((64, 7)), np.zeros(1, np.int64), ledger)
    0
    >>> round(float(ledger.sum()), 9)
    15.5
    """
    status = 0
    state = np.zeros(1, dtype=np.uint64)
    for i in range(photons.shape[0]):
        start_stream(state, seed, batch, np.uint64(i))
        status = max(status, transport_photon(
            state, photons[i, 0], photons[i, 1], photons[i, 2], photons[i, 3], photons[i, 4],
            photons[i, 5], photons[i, 6], density, labels, sx, sy, sz, grid, interaction, majorant,
            scatter, rayleigh_x2, rayleigh_area, photon_cutoff, electron_cutoff, deposit, stack,
            count, ledger,
        ))  # fmt: skip
        count[0] = 0
    return status
