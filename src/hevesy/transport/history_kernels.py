"""Batches of histories: where a decay is, what it sends out, and its transport to the end.

Histories of a batch are spread evenly (a lattice with a random shift of its own for each batch)
over place, energy and direction: each is uniform, so results are unbiased, and batches are
independent, so their spread is the uncertainty; it is smaller than that of independent histories.
Everything after the start is drawn from the history's own stream.
Units: cm, MeV.
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import start_stream, uniform
from hevesy.transport.electron_kernels import follow_electrons
from hevesy.transport.photon_kernels import transport_photon

__all__ = ["accumulate", "electron_batch", "photon_batch"]

_SHIFT_STREAM = np.uint64(0xFFFFFFFFFFFFFFFF)
_ELECTRON_STREAM = np.uint64(0)
_PHOTON_STREAM = np.uint64(0x8000000000000000)
# Steps of the lattice: fractional parts of square roots of primes, no two of which are rationally
# dependent (Kronecker's sequence).
_STEP = np.sqrt(np.array([2.0, 3.0, 5.0, 7.0, 11.0, 13.0, 17.0])) % 1.0
_TURN = 2.0 * math.pi
_STACK = 64
_LEAST_ELECTRON_MEV = 0.01


@kernel
def _at(shift: Any, axis: Any, i: Any) -> Any:
    """Coordinate of a lattice point, 0 to below 1."""
    value = shift[axis] + i * _STEP[axis]
    return value - math.floor(value)


@kernel
def _shift_of(state: Any, seed: Any, batch: Any, kind: Any) -> Any:
    """The lattice's random shift along its seven axes, of a batch and kind of particle."""
    shift = np.empty(7)
    start_stream(state, seed, batch, _SHIFT_STREAM ^ kind)
    for axis in range(7):
        shift[axis] = uniform(state)
    return shift


@kernel
def _start(stack: Any, energy: Any, voxel: Any, voxels: Any, shift: Any, i: Any) -> None:
    """Put a particle in a voxel, anywhere in it, in any direction, as row 0 of a stack."""
    cosine = 2.0 * _at(shift, 5, i) - 1.0
    sine = math.sqrt(1.0 - cosine * cosine)
    turn = _TURN * _at(shift, 6, i)
    stack[0, 0] = energy
    stack[0, 1] = voxel // (voxels.ny * voxels.nx)
    stack[0, 2] = (voxel // voxels.nx) % voxels.ny
    stack[0, 3] = voxel % voxels.nx
    stack[0, 4] = _at(shift, 2, i) * voxels.sx_cm
    stack[0, 5] = _at(shift, 3, i) * voxels.sy_cm
    stack[0, 6] = _at(shift, 4, i) * voxels.sz_cm
    stack[0, 7], stack[0, 8], stack[0, 9] = sine * math.cos(turn), sine * math.sin(turn), cosine


@kernel
def _draw_line(energies: Any, cumulative: Any, at: Any) -> Any:
    k = 0
    if cumulative.size > 8:
        k = np.searchsorted(cumulative, at)
    else:
        while k < cumulative.size - 1 and cumulative[k] < at:
            k += 1
    return energies[min(k, energies.size - 1)]


@kernel
def _electron_energy(emission: Any, at: Any) -> Any:
    """Energy of an electron whose share of all is `at`: betas first, then lines."""
    if at < emission.beta_share:
        quantiles = emission.beta_quantiles_mev
        place = at / emission.beta_share * (quantiles.size - 1)
        k = int(place)
        return quantiles[k] + (place - k) * (quantiles[k + 1] - quantiles[k])
    rest = (at - emission.beta_share) / (1.0 - emission.beta_share)
    return _draw_line(emission.line_mev, emission.line_cumulative, rest)


@kernel
def _voxel_of(place: Any, size: Any, count: Any) -> Any:
    """Voxel along an axis, and the place within it."""
    k = min(max(int(place / size), 0), count - 1)
    return k, min(max(place - k * size, 0.0), size)


@kernel
def _follow_photons(
    made: Any, stack: Any, photons: Any, freed: Any, count: Any, state: Any, voxels: Any,
    tables: Any, rays: Any, dose: Any, ledger: Any, photon_ledger: Any,
) -> None:  # fmt: skip
    """Follow photons, the electrons that they set free, and these electrons' photons."""
    sx, sy, sz = voxels.sx_cm, voxels.sy_cm, voxels.sz_cm
    grid = dose.reshape(voxels.nz, voxels.ny, voxels.nx)
    while made > 0:
        made -= 1
        count[0] = 0
        transport_photon(
            state, photons[made, 0],
            photons[made, 3] * sx + photons[made, 4], photons[made, 2] * sy + photons[made, 5],
            photons[made, 1] * sz + photons[made, 6],
            photons[made, 7], photons[made, 8], photons[made, 9],
            voxels.density, voxels.labels, sx, sy, sz,
            rays.grid, rays.interaction, rays.majorant, rays.scatter, rays.rayleigh_x2,
            rays.rayleigh_area, rays.cutoff_mev, _LEAST_ELECTRON_MEV, grid, freed, count,
            photon_ledger,
        )  # fmt: skip
        for n in range(count[0]):
            ix, x = _voxel_of(freed[n, 1], sx, voxels.nx)
            iy, y = _voxel_of(freed[n, 2], sy, voxels.ny)
            iz, z = _voxel_of(freed[n, 3], sz, voxels.nz)
            stack[0, 0], stack[0, 1], stack[0, 2], stack[0, 3] = freed[n, 0], iz, iy, ix
            stack[0, 4], stack[0, 5], stack[0, 6] = x, y, z
            stack[0, 7], stack[0, 8], stack[0, 9] = freed[n, 4], freed[n, 5], freed[n, 6]
            made = follow_electrons(stack, 1, state, voxels, tables, dose, ledger, photons, made)


@kernel
def _simulate(
    histories: Any, kind: Any, seed: Any, batch: Any, source: Any, emission: Any, voxels: Any,
    tables: Any, rays: Any, dose: Any, ledger: Any, photon_ledger: Any,
) -> Any:  # fmt: skip
    """Simulate a batch of electrons, or of photons, from decays; their energy."""
    state = np.zeros(1, dtype=np.uint64)
    count = np.zeros(1, dtype=np.int64)
    shift = _shift_of(state, seed, batch, kind)
    stack = np.empty((_STACK, 10))
    photons = np.empty((_STACK, 10))
    freed = np.empty((_STACK, 7))
    emitted = 0.0
    row = 0
    for i in range(histories):
        start_stream(state, seed, batch, np.uint64(i) | kind)
        at = (i + shift[0]) / histories
        while row < source.voxel.size - 1 and source.cumulative[row] <= at:
            row += 1
        if kind == _ELECTRON_STREAM:
            energy = _electron_energy(emission, _at(shift, 1, i))
            _start(stack, energy, source.voxel[row], voxels, shift, i)
            made = follow_electrons(stack, 1, state, voxels, tables, dose, ledger, photons, 0)
        else:
            energy = _draw_line(emission.photon_mev, emission.photon_cumulative, _at(shift, 1, i))
            _start(photons, energy, source.voxel[row], voxels, shift, i)
            made = 1
        emitted += energy
        if made > 0:
            _follow_photons(
                made, stack, photons, freed, count, state, voxels, tables, rays, dose, ledger,
                photon_ledger,
            )  # fmt: skip
    return emitted


@kernel
def electron_batch(
    histories: Any, seed: Any, batch: Any, source: Any, emission: Any, voxels: Any, tables: Any,
    rays: Any, dose: Any, ledger: Any, photon_ledger: Any,
) -> Any:  # fmt: skip
    """Simulate a batch of electrons from decays.

    Parameters
    ----------
    histories : int
        Primary electrons.
    seed, batch : uint64
        Name the batch's streams.
    source, emission : NamedTuple
        Of `DecayProblem`.
    voxels : VoxelTable
    tables : ElectronTables
    rays : NamedTuple
        Of `DecayProblem`.
    dose : ndarray of float64, shape (nz * ny * nx,)
        Scored energy, MeV; added to.
    ledger : ndarray of float64, shape (5,)
        Of `follow_electrons`; added to.
    photon_ledger : ndarray of float64, shape (3,)
        Of `transport_photon`; added to.

    Returns
    -------
    float
        Energy of the primary electrons, MeV.

    Examples
    --------
    >>> electron_batch.__name__, photon_batch.__name__  # called by `simulate_batches`
    ('electron_batch', 'photon_batch')
    """
    return _simulate(
        histories, _ELECTRON_STREAM, seed, batch, source, emission, voxels, tables, rays, dose,
        ledger, photon_ledger,
    )  # fmt: skip


@kernel
def photon_batch(
    histories: Any, seed: Any, batch: Any, source: Any, emission: Any, voxels: Any, tables: Any,
    rays: Any, dose: Any, ledger: Any, photon_ledger: Any,
) -> Any:  # fmt: skip
    """Simulate a batch of photons from decays.

    Parameters
    ----------
    histories : int
        Primary photons.
    seed, batch, source, emission, voxels, tables, rays, dose, ledger, photon_ledger : object
        As in `electron_batch`.

    Returns
    -------
    float
        Energy of the primary photons, MeV.

    Examples
    --------
    >>> electron_batch.__name__, photon_batch.__name__  # called by `simulate_batches`
    ('electron_batch', 'photon_batch')
    """
    return _simulate(
        histories, _PHOTON_STREAM, seed, batch, source, emission, voxels, tables, rays, dose,
        ledger, photon_ledger,
    )  # fmt: skip


@kernel
def accumulate(dose: Any, scale: Any, weight: Any, total: Any, squares: Any) -> None:
    """Add a batch to the sums, and empty it.

    Parameters
    ----------
    dose : ndarray of float64, shape (n,)
        The batch; set to 0.
    scale : float
        Makes a mean of the batch.
    weight : float
        The batch's weight.
    total, squares : ndarray of float64, shape (n,)
        Weighted sums of means and of their squares; added to.

    Examples
    --------
    >>> import numpy as np
    >>> dose, total, squares = np.array([4.0]), np.zeros(1), np.zeros(1)
    >>> accumulate(dose, 0.5, 10.0, total, squares)
    >>> float(total[0]), float(squares[0]), float(dose[0])
    (20.0, 40.0, 0.0)
    """
    for n in range(dose.size):
        value = dose[n]
        if value != 0.0:
            value *= scale
            total[n] += weight * value
            squares[n] += weight * value * value
            dose[n] = 0.0
