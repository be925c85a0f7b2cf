"""Photons from voxels to the pixels of a turning camera, by forced detection.

Modelled: emission, Compton and Rayleigh scattering, photoelectric absorption (as a loss of weight)
and pairs in voxels of any medium; at each emission and each Compton event the share that goes
through the collimator to some of the views, weakened by what lies between; a Rayleigh event as the
last before the collimator; penetration of septa (`AngularResponse`); the crystal's response
(`CrystalResponse`), its depth and its blur. Neglected: two Rayleigh events in a row before the
collimator (under 0.2 % of counts), scatter in the lead, air around the patient, polarisation.

Lengths in cm from the grid's corner (x, y, z); energies in MeV.

References: Beekman, de Jong, van Geloven. IEEE Trans Med Imaging 2002;21:867 (forced detection).
Woodcock et al., ANL-7050, 1965. Klein, Nishina. Z Phys 1929;52:853.
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import start_stream, uniform
from hevesy.simulation.camera_look_kernels import look
from hevesy.transport.photon_kernels import fly
from hevesy.transport.photon_sampling_kernels import (
    MASS_MEV,
    deflect,
    sample_annihilation,
    sample_compton,
    sample_rayleigh_cosine,
)

__all__ = ["ABSORBED", "CUT", "EMITTED", "ESCAPED", "camera_batch"]

EMITTED, ABSORBED, ESCAPED, CUT = 0, 1, 2, 3  # places in the ledger


@kernel
def _row(energy: Any, grid: Any, last: Any) -> Any:
    """Row of an energy, and its place between this row and the next."""
    place = (math.log(energy) - grid[0]) * grid[1]
    row = max(min(int(place), last), 0)
    return row, min(max(place - row, 0.0), 1.0)


@kernel
def _follow(
    state: Any, weight: Any, energy: Any, x: Any, y: Any, z: Any, looks: Any, voxels: Any,
    photons: Any, head: Any, views: Any, image: Any, origin: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Follow a photon from its emission; look at the views from each event."""
    ux, uy, uz = sample_annihilation(state)
    last, part = photons.majorant.shape[0] - 2, 1
    while True:
        if energy < photons.cutoff_mev:
            ledger[CUT] += weight * energy
            return
        row, between = _row(energy, photons.grid, last)
        iz, iy, ix, x, y, z = fly(
            state, x, y, z, ux, uy, uz, voxels.density, voxels.labels, voxels.sx_cm, voxels.sy_cm,
            voxels.sz_cm, photons.interaction, photons.majorant, row, between,
        )  # fmt: skip
        if iz < 0:
            ledger[ESCAPED] += weight * energy
            return
        medium = voxels.labels[iz, iy, ix]
        near = row + 1 if uniform(state) < between else row
        compton = photons.interaction[medium, near, 1]
        absorbed = photons.interaction[medium, near, 2] - compton
        ledger[ABSORBED] += weight * energy * absorbed
        weight *= 1.0 - absorbed
        u = uniform(state) * (1.0 - absorbed)
        if u < compton:
            look(
                state, weight, energy, x, y, z, ux, uy, uz, medium, False, part, looks, voxels,
                photons, head, views, image, origin,
            )  # fmt: skip
            left, cosine = sample_compton(state, energy, medium, photons.scatter)
            ledger[ABSORBED] += weight * (energy - left)
            energy = left
            ux, uy, uz = deflect(state, ux, uy, uz, cosine)
        elif u < photons.interaction[medium, near, 3] - absorbed or energy <= 2.0 * MASS_MEV:
            cosine = sample_rayleigh_cosine(
                state, energy, medium, photons.rayleigh_x2, photons.rayleigh_area
            )
            ux, uy, uz = deflect(state, ux, uy, uz, cosine)
        else:  # a pair: one photon of 511 keV with the weight of both
            ledger[ABSORBED] += weight * (energy - 2.0 * MASS_MEV)
            weight *= 2.0
            energy = MASS_MEV
            look(
                state, weight, energy, x, y, z, ux, uy, uz, medium, True, part, looks, voxels,
                photons, head, views, image, origin,
            )  # fmt: skip
            ux, uy, uz = sample_annihilation(state)


@kernel
def camera_batch(
    histories: Any, seed: Any, batch: Any, looks_first: Any, looks: Any, source: Any, voxels: Any,
    photons: Any, head: Any, views: Any, image: Any, origin: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Start photons in the source's voxels and add what each view counts, for one photon emitted.

    Parameters
    ----------
    histories : int
    seed, batch : uint64
        With the history's number they name its stream.
    looks_first, looks : int
        Views looked at from each emission, and from each event after it.
    source : NamedTuple
        `voxel` (flat indices), `cumulative` (running share), `lower_mev`, `upper_mev`, `drawn`
        (running share of the bands) and `weight` (of a photon of each band).
    voxels : VoxelTable
    photons : NamedTuple
        ``PhotonTables.arrays``, `electrons_per_g` and `cutoff_mev`.
    head : NamedTuple
        The collimator's and the crystal's tables and sizes.
    views : ndarray of float64, shape (views, 12)
        Normal, transaxial and axial unit vectors; coordinates of the face along the first and of
        the detector's middle along the others.
    image : ndarray of float64, shape (parts, views, axial, transaxial, windows)
        Gains the counts; with two parts: of photons that came straight, and scattered.
    origin : ndarray of float64, shape (2, 2, windows)
        Gains the counts of straight and scattered photons through holes and through lead.
    ledger : ndarray of float64, shape (4,)
        Gains energy times weight, MeV: emitted, absorbed, escaped, cut off.

    Examples
    --------
    >>> camera_batch.py_func.__name__  # made ready by `camera_photons.simulate_camera_photons`
    'camera_batch'
    """
    state = np.zeros(1, dtype=np.uint64)
    plane = voxels.ny * voxels.nx
    for i in range(histories):
        start_stream(state, seed, batch, np.uint64(i))
        wanted = (i + uniform(state)) / histories
        index = source.voxel[min(np.searchsorted(source.cumulative, wanted),
                                 source.voxel.shape[0] - 1)]  # fmt: skip
        iz, rest = index // plane, index % plane
        x = (rest % voxels.nx + uniform(state)) * voxels.sx_cm
        y = (rest // voxels.nx + uniform(state)) * voxels.sy_cm
        z = (iz + uniform(state)) * voxels.sz_cm
        band = min(np.searchsorted(source.drawn, uniform(state)), source.drawn.shape[0] - 1)
        low = source.lower_mev[band]
        energy = low * math.exp(uniform(state) * math.log(source.upper_mev[band] / low))
        weight = source.weight[band]
        ledger[EMITTED] += weight * energy
        medium = voxels.labels[iz, rest // voxels.nx, rest % voxels.nx]
        look(
            state, weight, energy, x, y, z, 0.0, 0.0, 1.0, medium, True, 0, looks_first, voxels,
            photons, head, views, image, origin,
        )  # fmt: skip
        _follow(
            state, weight, energy, x, y, z, looks, voxels, photons, head, views, image, origin,
            ledger,
        )  # fmt: skip
