"""Electrons through voxels: condensed history with a random hinge.

Modelled: energy loss by soft collisions and soft bremsstrahlung, continuous, with straggling of
the path; hard collisions (Moller) with their delta rays, hard bremsstrahlung with its photons, one
by one; multiple scattering by the Goudsmit-Saunderson distribution of a whole energy bin, applied
at one random place (the hinge) within the bin. An electron that enters a bin in its midst meets
the hinge with the probability that it lies ahead.
Neglected: shell corrections, positrons (taken as electrons), binding in hard collisions.
Units: cm, MeV, g/cm3. A place is a voxel's index (z, y, x) and the distance from its lower corner.
Tables and voxels come as named tuples of arrays (`ElectronTables`, `VoxelTable`).

Sempau, Wilderman, Bielajew 2000, Phys Med Biol 45:2263 (mechanics of the hinge across voxels);
Fernandez-Varea et al. 1993, Nucl Instrum Meth B 73:447.
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import uniform

__all__ = ["STACK_COLUMNS", "STACK_ROWS", "follow_electrons", "moller_loss", "rotate"]

STACK_ROWS = 64
STACK_COLUMNS = 10  # energy; voxel z, y, x; place x, y, z; direction x, y, z
_MASS = 0.51099895
_FAR = 1e30
_ROOT3 = math.sqrt(3.0)
_AZIMUTHS = 2048
_ANGLES = (np.arange(_AZIMUTHS) + 0.5) * (2.0 * math.pi / _AZIMUTHS)
_CIRCLE = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], axis=1)


@kernel
def rotate(ux: Any, uy: Any, uz: Any, half: Any, turn: Any) -> Any:
    """Turn a direction.

    Parameters
    ----------
    ux, uy, uz : float
        Unit vector.
    half : float
        (1 - cos)/2 of the angle.
    turn : float
        Azimuth as a share of a full turn, 0 to below 1; one of 2048.

    Returns
    -------
    tuple of float
        Unit vector.

    Examples
    --------
    >>> rotate(0.0, 0.0, 1.0, 1.0, 0.3)[2]
    -1.0
    """
    cosine = 1.0 - 2.0 * half
    sine = 2.0 * math.sqrt(half * (1.0 - half))
    place = int(turn * _AZIMUTHS)
    a = sine * _CIRCLE[place, 0]
    b = sine * _CIRCLE[place, 1]
    across = ux * ux + uy * uy
    if across > 1e-12:
        root = math.sqrt(across)
        inverse = 1.0 / root
        vx = ux * cosine + (ux * uz * a - uy * b) * inverse
        vy = uy * cosine + (uy * uz * a + ux * b) * inverse
        vz = uz * cosine - root * a
    else:
        vx, vy = a, b
        vz = cosine if uz > 0 else -cosine
    length = 1.5 - 0.5 * (vx * vx + vy * vy + vz * vz)  # one step of Newton's to length 1
    return vx * length, vy * length, vz * length


@kernel
def moller_loss(energy: Any, cutoff: Any, state: Any) -> Any:
    """Draw the energy that a hard collision loses, MeV: from the cut-off to half the energy.

    Parameters
    ----------
    energy : float
        MeV, above twice the cut-off.
    cutoff : float
        MeV.
    state : ndarray of uint64, shape (1,)
        Random stream.

    Returns
    -------
    float

    References
    ----------
    Moller. Ann Phys 1932;14:531.

    Examples
    --------
    >>> 0.05 <= moller_loss(1.0, 0.05, np.zeros(1, dtype=np.uint64)) <= 0.5
    True
    """
    least = cutoff / energy
    gamma = energy / _MASS + 1.0
    square = ((gamma - 1.0) / gamma) ** 2
    cross = (2.0 * gamma - 1.0) / (gamma * gamma)
    bound = 1.0 + 1.25 * square
    while True:
        share = 1.0 / (1.0 / least - uniform(state) * (1.0 / least - 2.0))
        ratio = share / (1.0 - share)
        value = 1.0 + ratio * ratio + square * share * share - cross * ratio
        if uniform(state) * bound <= value:
            return share * energy


@kernel
def _wall_ahead(
    x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any, sx: Any, sy: Any, sz: Any
) -> Any:
    """Distance to the voxel's wall along the direction, and the wall's axis."""
    wall = _FAR
    axis = 0
    if ux > 0.0:
        wall = (sx - x) / ux
    elif ux < 0.0:
        wall = -x / ux
    other = _FAR
    if uy > 0.0:
        other = (sy - y) / uy
    elif uy < 0.0:
        other = -y / uy
    if other < wall:
        wall = other
        axis = 1
    other = _FAR
    if uz > 0.0:
        other = (sz - z) / uz
    elif uz < 0.0:
        other = -z / uz
    if other < wall:
        wall = other
        axis = 2
    return wall, axis


@kernel
def _enter(index: Any, direction: Any, edge: Any) -> Any:
    """Index of the next voxel along an axis, and the place at its near wall."""
    if direction > 0.0:
        return index + 1, 0.0
    return index - 1, edge


@kernel
def _cross(
    axis: Any, iz: Any, iy: Any, ix: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any,
    sx: Any, sy: Any, sz: Any,
) -> Any:  # fmt: skip
    """Go through the wall of an axis: the new voxel and the place in it."""
    if axis == 0:
        ix, x = _enter(ix, ux, sx)
    elif axis == 1:
        iy, y = _enter(iy, uy, sy)
    else:
        iz, z = _enter(iz, uz, sz)
    return iz, iy, ix, x, y, z


@kernel
def _nearest_wall(x: Any, y: Any, z: Any, sx: Any, sy: Any, sz: Any) -> Any:
    return min(min(min(x, sx - x), min(y, sy - y)), min(z, sz - z))


@kernel
def _bin_of(energy: Any, b: Any, edge: Any) -> Any:
    """The bin that holds an energy, from bin `b` on downwards."""
    last = edge.size - 2
    while b < last and energy <= edge[b + 1]:
        b += 1
    return b


@kernel
def _load(stack: Any, n: Any) -> Any:
    return (
        stack[n, 0], int(stack[n, 1]), int(stack[n, 2]), int(stack[n, 3]),
        stack[n, 4], stack[n, 5], stack[n, 6], stack[n, 7], stack[n, 8], stack[n, 9],
    )  # fmt: skip


@kernel
def _push(stack: Any, n: Any, energy: Any, iz: Any, iy: Any, ix: Any, x: Any, y: Any, z: Any,
          ux: Any, uy: Any, uz: Any) -> None:  # fmt: skip
    stack[n, 0], stack[n, 1], stack[n, 2], stack[n, 3] = energy, iz, iy, ix
    stack[n, 4], stack[n, 5], stack[n, 6] = x, y, z
    stack[n, 7], stack[n, 8], stack[n, 9] = ux, uy, uz


@kernel
def _collide(energy: Any, lost: Any, turn: Any, ux: Any, uy: Any, uz: Any) -> Any:
    """Directions of both electrons after a collision with a free one: primary, then secondary."""
    left = energy - lost
    first = math.sqrt(left * (energy + 2.0 * _MASS) / (energy * (left + 2.0 * _MASS)))
    second = math.sqrt(lost * (energy + 2.0 * _MASS) / (energy * (lost + 2.0 * _MASS)))
    opposite = turn + 0.5 if turn < 0.5 else turn - 0.5
    vx, vy, vz = rotate(ux, uy, uz, 0.5 * (1.0 - second), opposite)
    wx, wy, wz = rotate(ux, uy, uz, 0.5 * (1.0 - first), turn)
    return wx, wy, wz, vx, vy, vz


@kernel
def _radiate(
    energy: Any, tables: Any, medium: Any, b: Any, ux: Any, uy: Any, uz: Any, state: Any
) -> Any:
    """Energy and direction of a hard bremsstrahlung photon.

    The direction is a dipole's in a frame that moves with the electron.
    """
    draw = tables.photon_draw
    last = draw.shape[2] - 1
    place = (1.0 - math.sqrt(uniform(state))) * last
    k = int(place)
    power = draw[medium, b, k] + (place - k) * (draw[medium, b, k + 1] - draw[medium, b, k])
    least = tables.photon_cutoff_mev
    photon = least * (energy / least) ** power if energy > least else 0.0
    while True:
        cosine = 2.0 * uniform(state) - 1.0
        if 2.0 * uniform(state) <= 1.0 + cosine * cosine:
            break
    beta = math.sqrt(energy * (energy + 2.0 * _MASS)) / (energy + _MASS)
    cosine = (cosine + beta) / (1.0 + beta * cosine)
    vx, vy, vz = rotate(ux, uy, uz, 0.5 * (1.0 - cosine), uniform(state))
    return photon, vx, vy, vz


@kernel
def _share(at: Any) -> Any:
    """Index of one of 255 deflections: 127 equal shares, the last one divided again in 128."""
    place = at * 128.0
    first = int(place)
    return first if first < 127 else 128 + int((place - 127.0) * 128.0)


@kernel
def _hard_event(
    energy: Any, m: Any, b: Any, place: Any, ux: Any, uy: Any, uz: Any, state: Any, tables: Any,
    stack: Any, count: Any, photons: Any, made: Any, ledger: Any,
) -> Any:  # fmt: skip
    """A hard photon or a hard collision: energy and direction after it, rows on both stacks."""
    iz, iy, ix, x, y, z = place
    ledger[4] += 1.0
    if uniform(state) < tables.radiative_share[m, b]:
        photon, vx, vy, vz = _radiate(energy, tables, m, b, ux, uy, uz, state)
        if photon > 0.0 and made < photons.shape[0]:
            _push(photons, made, photon, iz, iy, ix, x, y, z, vx, vy, vz)
            made += 1
            energy -= photon
            ledger[2] += photon
    elif energy > 2.0 * tables.hard_loss_mev and count < stack.shape[0]:
        lost = moller_loss(energy, tables.hard_loss_mev, state)
        ux, uy, uz, vx, vy, vz = _collide(energy, lost, uniform(state), ux, uy, uz)
        _push(stack, count, lost, iz, iy, ix, x, y, z, vx, vy, vz)
        count += 1
        energy -= lost
    return energy, ux, uy, uz, count, made


@kernel
def _absorbed(
    energy: Any, reach: Any, safety: Any, tolerance: Any, rejection: Any, bottom: Any
) -> Any:
    """Whether an electron ends here: it can't matter where in the voxel it does."""
    return reach < tolerance or (reach < safety and energy < rejection) or energy <= bottom


@kernel
def _close(
    dose: Any, voxel: Any, inside: Any, local: Any, energy: Any, deposited: Any, steps: Any,
    ledger: Any,
) -> None:  # fmt: skip
    """Put an electron's last energy where it belongs."""
    if inside:
        dose[voxel] += local
    else:
        ledger[1] += energy
    ledger[0] += deposited
    ledger[3] += steps


@kernel
def _follow(
    stack: Any, count: Any, state: Any, voxels: Any, tables: Any, dose: Any, ledger: Any,
    photons: Any, made: Any,
) -> Any:  # fmt: skip
    """Follow the electron in row `count` to its end; new electrons go on the stack from there."""
    energy, iz, iy, ix, x, y, z, ux, uy, uz = _load(stack, count)
    nz, ny, nx = voxels.nz, voxels.ny, voxels.nx
    sx, sy, sz = voxels.sx_cm, voxels.sy_cm, voxels.sz_cm
    m, rho = voxels.labels[iz, iy, ix], voxels.density[iz, iy, ix]
    edge, tolerance, rejection = tables.edge_mev, tables.tolerance_cm, tables.rejection_mev
    b = _bin_of(energy, 0, edge)
    depth = -math.log(uniform(state))  # mean free paths to the next hard event
    local, deposited, steps = 0.0, 0.0, 0
    inside, pending, fresh = True, False, True
    hinge, stretch = 0.0, 1.0
    while True:
        safety = _nearest_wall(x, y, z, sx, sy, sz)
        if fresh:  # a new bin
            reach = tables.reach_g_per_cm2[m, b] / rho
            if _absorbed(energy, reach, safety, tolerance, rejection, edge[edge.size - 1]):
                local += energy * tables.scored[m, b]
                deposited += energy
                break
            hinge = edge[b] - uniform(state) * (edge[b] - edge[b + 1])
            pending = energy > hinge
            stretch = 1.0 + tables.spread[m, b] * _ROOT3 * (2.0 * uniform(state) - 1.0)
            fresh = False
        loss = energy - (hinge if pending else edge[b + 1])
        rate = tables.hard_per_mev[m, b]
        hard = rate * loss > depth
        if hard:
            loss = depth / rate
        way = loss * tables.path_g_per_cm2_mev[m, b] * stretch / rho
        axis = -1
        if way >= safety:
            wall, axis = _wall_ahead(x, y, z, ux, uy, uz, sx, sy, sz)
            axis = axis if way >= wall else -1
            loss, way = (loss * wall / way, wall) if axis >= 0 else (loss, way)
        x, y, z = x + ux * way, y + uy * way, z + uz * way
        energy -= loss
        depth -= rate * loss
        local += loss * tables.scored[m, b]
        deposited += loss
        steps += 1
        if axis >= 0:
            dose[(iz * ny + iy) * nx + ix] += local
            local = 0.0
            iz, iy, ix, x, y, z = _cross(axis, iz, iy, ix, x, y, z, ux, uy, uz, sx, sy, sz)
            inside = 0 <= iz < nz and 0 <= iy < ny and 0 <= ix < nx
            if not inside:
                break
            m, rho = voxels.labels[iz, iy, ix], voxels.density[iz, iy, ix]
        elif hard:
            depth = -math.log(uniform(state))
            place = (iz, iy, ix, x, y, z)
            energy, ux, uy, uz, count, made = _hard_event(
                energy, m, b, place, ux, uy, uz, state, tables, stack, count, photons, made, ledger
            )
            fresh = energy <= edge[b + 1]
            b = _bin_of(energy, b, edge)
            pending = pending and energy > hinge
        elif pending:
            pending = False
            half = tables.deflection[m, b, _share(uniform(state))]
            ux, uy, uz = rotate(ux, uy, uz, half, uniform(state))
        else:
            energy = edge[b + 1]
            b, fresh = min(b + 1, edge.size - 2), True
    _close(dose, (iz * ny + iy) * nx + ix, inside, local, energy, deposited, steps, ledger)
    return count, made


@kernel
def follow_electrons(
    stack: Any, count: Any, state: Any, voxels: Any, tables: Any, dose: Any, ledger: Any,
    photons: Any, made: Any,
) -> Any:  # fmt: skip
    """Follow all electrons on a stack, and the delta rays they make, until none is left.

    Parameters
    ----------
    stack : ndarray of float64, shape (64, 10)
        Energy; z, y, x index of the voxel; place within it along x, y, z; direction x, y, z.
    count : int
        Electrons on the stack.
    state : ndarray of uint64, shape (1,)
        Random stream.
    voxels : VoxelTable
    tables : ElectronTables
        What is looked up.
    dose : ndarray of float64, shape (nz * ny * nx,)
        Energy scored in each voxel, MeV; added to.
    ledger : ndarray of float64, shape (5,)
        Deposited, escaped and given to photons, MeV; steps; hard events; added to.
    photons : ndarray of float64, shape (p, 10)
        Bremsstrahlung photons are put here, as on the electrons' stack. Where it is full the
        electron radiates no more.
    made : int
        Photons that are on it already.

    Returns
    -------
    int
        Photons on their stack.

    Examples
    --------
    >>> import numpy as np
    >>> from hevesy.media import get_medium, uniform_tissue
    >>> from hevesy.images import Grid
    >>> from hevesy.transport.electron_tables import electron_tables
    >>> from hevesy.transport.voxel_table import voxel_table
    >>> tissue = uniform_tissue(Grid.from_spacing((5, 5, 5), spacing_mm=(2, 2, 2)), "water")
    >>> stack, state, ledger = np.zeros((64, 10)), np.zeros(1, np.uint64), np.zeros(5)
    >>> stack[0] = 0.2, 2, 2, 2, 0.1, 0.1, 0.1, 0, 0, 1  # 0.2 MeV in the middle, along z
    >>> dose = np.zeros(125)
    >>> follow_electrons(stack, 1, state, voxel_table(tissue), electron_tables(tissue.media),
    ...                  dose, ledger, np.zeros((8, 10)), 0)
    0
    >>> round(float(dose[62]), 6), round(float(ledger[:3].sum()), 6)
    (0.2, 0.2)
    """
    while count > 0:
        count -= 1
        count, made = _follow(stack, count, state, voxels, tables, dose, ledger, photons, made)
    return made
