"""Decays at a point in an endless uniform medium, scored by distance.

The physics is that of `electron_kernels` and `photon_kernels`: the same tables, the same events,
the same hinge. Only the bookkeeping differs: no voxels, and each step's loss is scored at one
random place of the step, which is unbiased. Modelled and neglected as there.
Units: cm, MeV, g/cm3. A particle lies on a stack as in `electron_kernels`, in voxel (0, 0, 0).
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import start_stream, uniform
from hevesy.transport.electron_kernels import (
    STACK_COLUMNS,
    _bin_of,
    _hard_event,
    _load,
    _push,
    _share,
    rotate,
)
from hevesy.transport.history_kernels import (
    _PHOTON_STREAM,
    _at,
    _draw_line,
    _electron_energy,
    _shift_of,
)
from hevesy.transport.photon_kernels import transport_photon

__all__ = ["radial_electron_batch", "radial_photon_batch"]

_ROOT3 = math.sqrt(3.0)
_STACK = 64
_EVERY_ELECTRON_MEV = 0.0  # photons hand over all electrons, so that their place is known


@kernel
def _score(tally: Any, radii: Any, x: Any, y: Any, z: Any, energy: Any) -> None:
    """Add energy to the shell that ends at the first radius not below the place's."""
    tally[np.searchsorted(radii, math.sqrt(x * x + y * y + z * z))] += energy


@kernel
def _follow(
    stack: Any, count: Any, state: Any, tables: Any, rho: Any, nearness: Any, radii: Any,
    tally: Any, photons: Any, made: Any,
) -> Any:  # fmt: skip
    """Follow the electron in row `count` to its end; new electrons go on the stack from there."""
    energy, _, _, _, x, y, z, ux, uy, uz = _load(stack, count)
    events = np.zeros(5)
    edge = tables.edge_mev
    b = _bin_of(energy, 0, edge)
    depth = -math.log(uniform(state))
    pending, fresh = False, True
    hinge, stretch = 0.0, 1.0
    while True:
        if fresh:
            reach = tables.reach_g_per_cm2[0, b] / rho
            near = nearness * math.sqrt(x * x + y * y + z * z)
            if (
                reach < tables.tolerance_cm
                or (reach < near and energy < tables.rejection_mev)
                or energy <= edge[edge.size - 1]
            ):
                _score(tally, radii, x, y, z, energy)
                return count, made
            hinge = edge[b] - uniform(state) * (edge[b] - edge[b + 1])
            pending = energy > hinge
            stretch = 1.0 + tables.spread[0, b] * _ROOT3 * (2.0 * uniform(state) - 1.0)
            fresh = False
        loss = energy - (hinge if pending else edge[b + 1])
        rate = tables.hard_per_mev[0, b]
        hard = rate * loss > depth
        if hard:
            loss = depth / rate
        way = loss * tables.path_g_per_cm2_mev[0, b] * stretch / rho
        part = way * uniform(state)
        _score(tally, radii, x + ux * part, y + uy * part, z + uz * part, loss)
        x, y, z = x + ux * way, y + uy * way, z + uz * way
        energy -= loss
        depth -= rate * loss
        if hard:
            depth = -math.log(uniform(state))
            energy, ux, uy, uz, count, made = _hard_event(
                energy, 0, b, (0, 0, 0, x, y, z), ux, uy, uz, state, tables, stack, count, photons,
                made, events,
            )  # fmt: skip
            fresh = energy <= edge[b + 1]
            b = _bin_of(energy, b, edge)
            pending = pending and energy > hinge
        elif pending:
            pending = False
            half = tables.deflection[0, b, _share(uniform(state))]
            ux, uy, uz = rotate(ux, uy, uz, half, uniform(state))
        else:
            energy = edge[b + 1]
            b = min(b + 1, edge.size - 2)
            fresh = True


@kernel
def _follow_all(
    stack: Any, count: Any, state: Any, tables: Any, rho: Any, nearness: Any, radii: Any,
    tally: Any, photons: Any, made: Any,
) -> Any:  # fmt: skip
    """Follow all electrons on a stack and their delta rays; how many photons there are then."""
    while count > 0:
        count, made = _follow(
            stack, count - 1, state, tables, rho, nearness, radii, tally, photons, made
        )
    return made


@kernel
def _follow_photons(
    made: Any, stack: Any, photons: Any, freed: Any, count: Any, state: Any, tables: Any,
    rays: Any, nearness: Any, radii: Any, tally: Any, ledger: Any,
) -> None:  # fmt: skip
    """Follow photons in one huge voxel around the point, and the electrons they set free.

    What a photon leaves without an electron (binding energies, its last keV) lies where it met
    the last electron that it freed.
    """
    half = 0.5 * rays.box_cm
    place = np.zeros((1, 1, 1))
    while made > 0:
        made -= 1
        count[0] = 0
        place[0, 0, 0] = 0.0
        energy, _, _, _, x, y, z, ux, uy, uz = _load(photons, made)
        transport_photon(
            state, energy, x + half, y + half, z + half, ux, uy, uz,
            rays.density, rays.labels, rays.box_cm, rays.box_cm, rays.box_cm,
            rays.grid, rays.interaction, rays.majorant, rays.scatter, rays.rayleigh_x2,
            rays.rayleigh_area, rays.cutoff_mev, _EVERY_ELECTRON_MEV, place, freed, count, ledger,
        )  # fmt: skip
        if count[0] > 0:
            last = count[0] - 1
            x, y, z = freed[last, 1] - half, freed[last, 2] - half, freed[last, 3] - half
        _score(tally, radii, x, y, z, place[0, 0, 0])
        for n in range(count[0]):
            _push(stack, 0, freed[n, 0], 0, 0, 0, freed[n, 1] - half, freed[n, 2] - half,
                  freed[n, 3] - half, freed[n, 4], freed[n, 5], freed[n, 6])  # fmt: skip
            made = _follow_all(
                stack, 1, state, tables, rays.density[0, 0, 0], nearness, radii, tally, photons,
                made,
            )  # fmt: skip


@kernel
def radial_electron_batch(
    histories: Any, seed: Any, batch: Any, emission: Any, tables: Any, rays: Any, nearness: Any,
    radii: Any, direct: Any, radiated: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Simulate a batch of electrons from the point.

    Parameters
    ----------
    histories : int
        Primary electrons.
    seed, batch : uint64
        Name the batch's streams.
    emission : SpectraTable
        Of `hevesy.transport.point_source`.
    tables : ElectronTables
        Of one medium.
    rays : RayTable
        Photons' tables and the one voxel they fly in.
    nearness : float
        Below `rejection_mev`, an electron whose range is less than this share of its distance is
        absorbed.
    radii : ndarray of float64, shape (n,)
        Ascending, cm.
    direct, radiated : ndarray of float64, shape (n + 1,)
        Energy in the shell that ends at each radius, and (last) beyond them all, MeV: of electrons
        and their delta rays, and by way of bremsstrahlung; added to.
    ledger : ndarray of float64, shape (3,)
        Of `transport_photon`: its second is the energy that left the voxel; added to.

    Returns
    -------
    float
        Energy of the primary electrons, MeV.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.transport.electron_tables import electron_tables
    >>> from hevesy.transport.emission import emission_of, spectra_table
    >>> from hevesy.transport.point_source import _rays
    >>> water, emission = get_medium("water"), emission_of(get_nuclide("Re-188"))
    >>> direct, radiated, ledger = np.zeros(3), np.zeros(3), np.zeros(3)
    >>> emitted = radial_electron_batch(
    ...     10, np.uint64(1), np.uint64(0), spectra_table(emission), electron_tables((water,)),
    ...     _rays(water, 1.0), 0.0, np.array([0.1, 1.0]), direct, radiated, ledger)
    >>> bool(abs(direct.sum() + radiated.sum() + ledger[1] - emitted) < 1e-9)
    True
    """
    state = np.zeros(1, dtype=np.uint64)
    count = np.zeros(1, dtype=np.int64)
    shift = _shift_of(state, seed, batch, np.uint64(0))
    stack, photons = np.empty((_STACK, STACK_COLUMNS)), np.empty((_STACK, STACK_COLUMNS))
    freed = np.empty((_STACK, 7))
    emitted = 0.0
    for i in range(histories):
        start_stream(state, seed, batch, np.uint64(i))
        energy = _electron_energy(emission, _at(shift, 1, i))
        emitted += energy
        _push(stack, 0, energy, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
        made = _follow_all(
            stack, 1, state, tables, rays.density[0, 0, 0], nearness, radii, direct, photons, 0
        )
        if made > 0:
            _follow_photons(
                made, stack, photons, freed, count, state, tables, rays, nearness, radii, radiated,
                ledger,
            )  # fmt: skip
    return emitted


@kernel
def radial_photon_batch(
    histories: Any, seed: Any, batch: Any, emission: Any, tables: Any, rays: Any, nearness: Any,
    radii: Any, tally: Any, ledger: Any,
) -> Any:  # fmt: skip
    """Simulate a batch of photons from the point.

    Parameters
    ----------
    histories : int
        Primary photons.
    seed, batch, emission, tables, rays, nearness, radii, ledger
        As in `radial_electron_batch`.
    tally : ndarray of float64, shape (n + 1,)
        Energy in each shell, MeV; added to.

    Returns
    -------
    float
        Energy of the primary photons, MeV.

    Examples
    --------
    >>> from hevesy.media import get_medium
    >>> from hevesy.nuclides import get_nuclide
    >>> from hevesy.transport.electron_tables import electron_tables
    >>> from hevesy.transport.emission import emission_of, spectra_table
    >>> from hevesy.transport.point_source import _rays
    >>> water, emission = get_medium("water"), emission_of(get_nuclide("Re-188"))
    >>> tally, ledger = np.zeros(3), np.zeros(3)
    >>> emitted = radial_photon_batch(
    ...     10, np.uint64(1), np.uint64(0), spectra_table(emission), electron_tables((water,)),
    ...     _rays(water, 1.0), 0.0, np.array([0.1, 1.0]), tally, ledger)
    >>> bool(abs(tally.sum() + ledger[1] - emitted) < 1e-9)
    True
    """
    state = np.zeros(1, dtype=np.uint64)
    count = np.zeros(1, dtype=np.int64)
    shift = _shift_of(state, seed, batch, _PHOTON_STREAM)
    stack, photons = np.empty((_STACK, STACK_COLUMNS)), np.empty((_STACK, STACK_COLUMNS))
    freed = np.empty((_STACK, 7))
    emitted = 0.0
    for i in range(histories):
        start_stream(state, seed, batch, np.uint64(i) | _PHOTON_STREAM)
        energy = _draw_line(emission.photon_mev, emission.photon_cumulative, _at(shift, 1, i))
        emitted += energy
        _push(photons, 0, energy, 0, 0, 0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0)
        _follow_photons(
            1, stack, photons, freed, count, state, tables, rays, nearness, radii, tally, ledger
        )
    return emitted
