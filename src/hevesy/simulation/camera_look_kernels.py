"""What a view of a turning camera sees of one event: the forced detection of a photon.

Modelled: Compton scattering into the view's direction, or emission; a Rayleigh event on the way;
weakening by the voxels between; holes and septa (`AngularResponse`); depth and blur in the
crystal, and its windows (`CrystalResponse`). See `camera_photon_kernels`.

Lengths in cm from the grid's corner (x, y, z); energies in MeV.
"""

import math
from typing import Any

from hevesy.compiled.jit import kernel
from hevesy.compiled.random_kernels import uniform
from hevesy.transport.photon_kernels import fly
from hevesy.transport.photon_sampling_kernels import (
    MASS_MEV,
    PER_ANGSTROM_MEV,
    deflect,
    draw_azimuth,
    sample_rayleigh_cosine,
)

__all__ = ["compton_density", "look", "optical_depth"]

HALF_RE2_CM2 = 3.97039385e-26  # half of the classical electron radius squared
INVERSE_4PI = 0.07957747154594767
BROAD = 0.25  # share of directions drawn for the energy before scattering
DETOUR = 0.25  # share of looks that also try a Rayleigh event on the way
TAU_END = 25.0
SPOTS = 6  # directions through the holes for each look
TAIL_SPOTS, TAIL_CM = 4, 0.6  # photons through lead far from the holes: spread, for speed


@kernel
def optical_depth(
    x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any, voxels: Any, photons: Any, row: Any,
    weight: Any,
) -> Any:  # fmt: skip
    """Mean free paths from a point to the grid's border, voxel by voxel.

    Parameters
    ----------
    x, y, z, ux, uy, uz : float64
        Place in the grid, cm from its corner, and unit vector.
    voxels : VoxelTable
    photons : NamedTuple
        `interaction` of `PhotonTables`, among others.
    row, weight : int, float64
        Row of the photon's energy, and its place between this row and the next.

    Returns
    -------
    float64
        Once it is beyond 25 the rest is left out.

    Examples
    --------
    See ``tests/simulation/test_camera_photons.py``: exp(-mu d) through a slab.

    >>> optical_depth.py_func.__name__
    'optical_depth'
    """
    ix = max(min(int(x / voxels.sx_cm), voxels.nx - 1), 0)
    iy = max(min(int(y / voxels.sy_cm), voxels.ny - 1), 0)
    iz = max(min(int(z / voxels.sz_cm), voxels.nz - 1), 0)
    px, py, pz = 1 if ux > 0.0 else -1, 1 if uy > 0.0 else -1, 1 if uz > 0.0 else -1
    dx = voxels.sx_cm / max(abs(ux), 1e-12)
    dy = voxels.sy_cm / max(abs(uy), 1e-12)
    dz = voxels.sz_cm / max(abs(uz), 1e-12)
    fx, fy, fz = x / voxels.sx_cm - ix, y / voxels.sy_cm - iy, z / voxels.sz_cm - iz
    tx = (1.0 - fx if px > 0 else fx) * dx
    ty = (1.0 - fy if py > 0 else fy) * dy
    tz = (1.0 - fz if pz > 0 else fz) * dz
    travelled, depth = 0.0, 0.0
    while True:
        medium = voxels.labels[iz, iy, ix]
        low = photons.interaction[medium, row, 0]
        mu = low + weight * (photons.interaction[medium, row + 1, 0] - low)
        mu *= voxels.density[iz, iy, ix]
        if tx <= ty and tx <= tz:
            depth += mu * (tx - travelled)
            travelled = tx
            tx += dx
            ix += px
            if ix < 0 or ix >= voxels.nx:
                return depth
        elif ty <= tz:
            depth += mu * (ty - travelled)
            travelled = ty
            ty += dy
            iy += py
            if iy < 0 or iy >= voxels.ny:
                return depth
        else:
            depth += mu * (tz - travelled)
            travelled = tz
            tz += dz
            iz += pz
            if iz < 0 or iz >= voxels.nz:
                return depth
        if depth > TAU_END:
            return depth


@kernel
def _row(energy: Any, grid: Any, last: Any) -> Any:
    """Row of an energy, and its place between this row and the next."""
    place = (math.log(energy) - grid[0]) * grid[1]
    row = max(min(int(place), last), 0)
    return row, min(max(place - row, 0.0), 1.0)


@kernel
def compton_density(energy: Any, cosine: Any, medium: Any, photons: Any) -> Any:
    """Probability of Compton scattering into a direction, for each steradian, and the energy left.

    Parameters
    ----------
    energy : float64
        MeV.
    cosine : float64
        Of the angle of scattering.
    medium : int
    photons : NamedTuple
        `grid`, `interaction` and `scatter` of `PhotonTables`, and `electrons_per_g`.

    Returns
    -------
    tuple of float64
        1/sr and MeV. Over all directions it integrates to 1 (0.3 %: the incoherent cross section
        is XCOM's, the scattering function Hubbell's).

    Examples
    --------
    >>> compton_density.py_func.__name__
    'compton_density'
    """
    row, weight = _row(energy, photons.grid, photons.majorant.shape[0] - 2)
    left = 1.0 / (1.0 + energy / MASS_MEV * (1.0 - cosine))
    free = HALF_RE2_CM2 * left * left * (left + 1.0 / left - (1.0 - cosine * cosine))
    x = energy * PER_ANGSTROM_MEV * math.sqrt(max(0.5 * (1.0 - cosine), 0.0))
    place = (photons.scatter.shape[1] - 1) * x / (1.0 + x)
    cell = min(int(place), photons.scatter.shape[1] - 2)
    low = photons.scatter[medium, cell]
    bound = low + (place - cell) * (photons.scatter[medium, cell + 1] - low)
    here = photons.interaction[medium, row, 0] * photons.interaction[medium, row, 1]
    there = photons.interaction[medium, row + 1, 0] * photons.interaction[medium, row + 1, 1]
    cross_section = here + weight * (there - here)
    return photons.electrons_per_g[medium] * free * bound / cross_section, energy * left


@kernel
def _lead_place(energy: Any, photons: Any, head: Any) -> Any:
    """Row of the collimator's tables for an energy, with a fraction."""
    row, between = _row(energy, photons.grid, photons.majorant.shape[0] - 2)
    return head.lead_place[row] + between * (head.lead_place[row + 1] - head.lead_place[row])


@kernel
def _transmission(head: Any, place: Any, cell: Any) -> Any:
    row = int(place)
    low = head.transmission[row, cell]
    return low + (place - row) * (head.transmission[row + 1, cell] - low)


@kernel
def _acceptance(head: Any, place: Any) -> Any:
    row = int(place)
    end = head.cumulative_sr.shape[1] - 1
    low = head.cumulative_sr[row, end]
    return low + (place - row) * (head.cumulative_sr[row + 1, end] - low)


@kernel
def _draw_cell(state: Any, head: Any, place: Any) -> Any:
    """Band of polar angles, in proportion to what the collimator lets through."""
    row = int(place)
    share = place - row
    end = head.cumulative_sr.shape[1] - 1
    first = (1.0 - share) * head.cumulative_sr[row, end]
    second = share * head.cumulative_sr[row + 1, end]
    if uniform(state) * (first + second) >= first:
        row += 1
    wanted = uniform(state) * head.cumulative_sr[row, end]
    low, high = 0, end
    while high - low > 1:
        middle = (low + high) >> 1
        if head.cumulative_sr[row, middle] <= wanted:
            low = middle
        else:
            high = middle
    return low


@kernel
def _count(
    state: Any, weight: Any, across: Any, axial: Any, view: Any, part: Any, clear: Any, seen: Any,
    tail: Any, head: Any, image: Any, origin: Any,
) -> Any:  # fmt: skip
    """Count a hit in each window, in the pixel where the crystal's blur takes it."""
    a, b = draw_azimuth(state)
    spread = math.sqrt(-2.0 * math.log(uniform(state)))
    rows, columns = image.shape[2], image.shape[3]
    if tail > 0.0:
        across += spread * tail * b
        axial += spread * tail * a
        a, b = draw_azimuth(state)
        spread = math.sqrt(-2.0 * math.log(uniform(state)))
    for w in range(seen.shape[0]):
        count = weight * seen[w]
        if count > 0.0:
            shift = spread * head.blur_cm[w]
            row = math.floor((axial + shift * a) / head.pixel_axial_cm + 0.5 * rows)
            column = math.floor((across + shift * b) / head.pixel_across_cm + 0.5 * columns)
            if 0 <= row < rows and 0 <= column < columns:
                image[min(part, image.shape[0] - 1), view, int(row), int(column), w] += count
                origin[part, 0, w] += count * clear
                origin[part, 1, w] += count * (1.0 - clear)


@kernel
def _arrive(
    state: Any, weight: Any, x: Any, y: Any, z: Any, view: Any, cosine: Any, along: Any, up: Any,
    energy: Any, cell: Any, part: Any, tau: Any, voxels: Any, photons: Any, head: Any, views: Any,
    image: Any, origin: Any,
) -> Any:  # fmt: skip
    """Count what reaches the crystal from a point in a direction; `weight` has everything else.

    `tau` is the optical depth on the way, where it is known (else below 0); it is handed back.
    """
    distance = views[view, 9] - x * views[view, 0] - y * views[view, 1] - z * views[view, 2]
    if distance < 0.0:
        return tau
    row, between = _row(energy, photons.grid, photons.majorant.shape[0] - 2)
    thick = head.stopping_per_cm[row + 1 if between > 0.5 else row] * head.crystal_cm / cosine
    depth = -math.log1p(uniform(state) * math.expm1(-thick)) / thick * head.crystal_cm
    travel = (distance + head.crystal_front_cm + depth) / cosine
    across = x * views[view, 3] + y * views[view, 4] + z * views[view, 5] - views[view, 10]
    axial = x * views[view, 6] + y * views[view, 7] + z * views[view, 8] - views[view, 11]
    across += along * travel
    axial += up * travel
    if abs(across) > head.half_across_cm or abs(axial) > head.half_axial_cm:
        return tau
    if tau < 0.0:
        ux = cosine * views[view, 0] + along * views[view, 3] + up * views[view, 6]
        uy = cosine * views[view, 1] + along * views[view, 4] + up * views[view, 7]
        uz = cosine * views[view, 2] + along * views[view, 5] + up * views[view, 8]
        tau = optical_depth(x, y, z, ux, uy, uz, voxels, photons, row, between)
    through = _transmission(head, _lead_place(energy, photons, head), cell)
    clear = min(head.open_share[cell] / through, 1.0) if through > 0.0 else 1.0
    weight *= through * math.exp(-tau)
    seen = head.share[
        max(min(int((math.log(energy) - head.share_grid[0]) * head.share_grid[1] + 0.5),
                head.share.shape[0] - 1), 0),
        int(cosine * (head.share.shape[1] - 1) + 0.5),
    ]  # fmt: skip
    if cell < head.tail_cell:
        _count(state, weight, across, axial, view, part, clear, seen, 0.0, head, image, origin)
    else:
        for _ in range(TAIL_SPOTS):
            _count(
                state, weight / TAIL_SPOTS, across, axial, view, part, clear, seen, TAIL_CM, head,
                image, origin,
            )  # fmt: skip
    return tau


@kernel
def look(
    state: Any, weight: Any, energy: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any, uz: Any,
    medium: Any, emitted: Any, part: Any, looks: Any, voxels: Any, photons: Any, head: Any,
    views: Any, image: Any, origin: Any,
) -> Any:  # fmt: skip
    """Look from an event at some views, one drawn from each of `looks` equal groups of them.

    The direction is drawn from what the collimator lets through at the energy that a photon has
    after it has turned to the view; in a quarter of the cases at its energy before, for directions
    far from the holes' are taken by harder photons. A direction through the holes is drawn
    `SPOTS` times; the weakening on the way is that of the first (the holes pass a few degrees).

    Parameters
    ----------
    state : ndarray of uint64, shape (1,)
        The stream.
    weight, energy, x, y, z, ux, uy, uz : float64
        The photon before the event.
    medium : int
        Where it is.
    emitted : bool
        Sent out in all directions alike; else Compton-scattered.
    part : int
        0: not scattered before; 1: scattered.
    looks : int
        Views.
    voxels, photons, head, views, image, origin : as in `camera_photon_kernels.camera_batch`

    Examples
    --------
    >>> look.py_func.__name__  # called by `camera_photon_kernels.camera_batch`
    'look'
    """
    wide = _lead_place(energy, photons, head)
    for k in range(looks):
        view = min(int((k + uniform(state)) * views.shape[0] / looks), views.shape[0] - 1)
        nx, ny, nz = views[view, 0], views[view, 1], views[view, 2]
        central = energy
        if not emitted:
            central = energy / (1.0 + energy / MASS_MEV * (1.0 - (ux * nx + uy * ny + uz * nz)))
        place = _lead_place(central, photons, head)
        tau, spots, spot = -1.0, 1, 0
        while spot < spots:
            cell = _draw_cell(
                state, head, wide if not emitted and uniform(state) < BROAD else place
            )
            if spot == 0:
                spots = SPOTS if cell < head.tail_cell else 1
            elif cell >= head.tail_cell:
                continue  # a further direction through the holes is wanted
            spot += 1
            top, low = head.cosine_edges[cell], head.cosine_edges[cell + 1]
            cosine = top + (low - top) * uniform(state)
            sine = math.sqrt(max(0.0, 1.0 - cosine * cosine))
            a, b = draw_azimuth(state)
            along, up = sine * a, sine * b
            vx = cosine * nx + along * views[view, 3] + up * views[view, 6]
            vy = cosine * ny + along * views[view, 4] + up * views[view, 7]
            vz = cosine * nz + along * views[view, 5] + up * views[view, 8]
            drawn = _transmission(head, place, cell) / _acceptance(head, place)
            if not emitted:
                drawn *= 1.0 - BROAD
                drawn += BROAD * _transmission(head, wide, cell) / _acceptance(head, wide)
            scale = weight * views.shape[0] / (looks * drawn)
            direct, left = INVERSE_4PI, energy
            if not emitted:
                direct, left = compton_density(energy, ux * vx + uy * vy + uz * vz, medium, photons)
            if left >= photons.cutoff_mev:
                tau = _arrive(
                    state, scale * direct / spots, x, y, z, view, cosine, along, up, left, cell,
                    part, tau, voxels, photons, head, views, image, origin,
                )  # fmt: skip
            if spot == 1 and central >= photons.cutoff_mev and uniform(state) < DETOUR:
                _detour(
                    state, scale / DETOUR, energy, central, x, y, z, ux, uy, uz, vx, vy, vz,
                    medium, emitted, view, cosine, along, up, cell, voxels, photons, head, views,
                    image, origin,
                )  # fmt: skip


@kernel
def _detour(
    state: Any, scale: Any, energy: Any, central: Any, x: Any, y: Any, z: Any, ux: Any, uy: Any,
    uz: Any, vx: Any, vy: Any, vz: Any, medium: Any, emitted: Any, view: Any, cosine: Any,
    along: Any, up: Any, cell: Any, voxels: Any, photons: Any, head: Any, views: Any, image: Any,
    origin: Any,
) -> Any:  # fmt: skip
    """Leave an event beside the chosen direction v, and turn into it by a Rayleigh event.

    The turn is drawn first (for the medium and the energy at the event; both differ little where
    the photon turns), so that no weight is greater than those of straight photons.
    """
    turned = sample_rayleigh_cosine(
        state, central, medium, photons.rayleigh_x2, photons.rayleigh_area
    )
    wx, wy, wz = deflect(state, vx, vy, vz, turned)
    density, left = INVERSE_4PI, energy
    if not emitted:
        density, left = compton_density(energy, ux * wx + uy * wy + uz * wz, medium, photons)
    if left < photons.cutoff_mev:
        return
    row, between = _row(left, photons.grid, photons.majorant.shape[0] - 2)
    iz, iy, ix, x, y, z = fly(
        state, x, y, z, wx, wy, wz, voxels.density, voxels.labels, voxels.sx_cm, voxels.sy_cm,
        voxels.sz_cm, photons.interaction, photons.majorant, row, between,
    )  # fmt: skip
    if iz < 0:
        return
    met = voxels.labels[iz, iy, ix]
    near = row + 1 if between > 0.5 else row
    coherent = photons.interaction[met, near, 3] - photons.interaction[met, near, 2]
    _arrive(
        state, scale * density * coherent, x, y, z, view, cosine, along, up, left, cell,
        1, -1.0, voxels, photons, head, views, image, origin,
    )  # fmt: skip
