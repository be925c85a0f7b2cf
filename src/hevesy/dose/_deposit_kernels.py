"""Shells around a point, laid out over voxels.

A decay anywhere in a voxel and a deposit at a displacement u from it: the chance that the deposit
lies in the voxel at offset i is the product over the axes of 1 - |u/a - i| (0 where that is
negative). These chances sum to 1 for every u, so energy is conserved whatever points stand for a
shell. Points: Gauss and Legendre's in distance, polar angle and azimuth of one octant, between the
angles where u passes from voxel to voxel; there the chances are smooth, so few points do.
Units: mm, MeV.
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled.jit import kernel

_QUARTER = 0.5 * math.pi


@kernel
def _polar_borders(r: Any, az: Any, ay: Any, ax: Any, borders: Any) -> Any:
    """Polar angles where a shell meets the voxels' planes or outgrows them; how many."""
    borders[0] = 0.0
    count = 1
    for m in range(1, int(r / az) + 1):
        borders[count] = math.acos(min(m * az / r, 1.0))
        count += 1
    for m in range(1, int(r / ay) + 1):
        borders[count] = math.asin(min(m * ay / r, 1.0))
        count += 1
    if ax != ay:
        for m in range(1, int(r / ax) + 1):
            borders[count] = math.asin(min(m * ax / r, 1.0))
            count += 1
    borders[count] = _QUARTER
    borders[: count + 1].sort()
    return count + 1


@kernel
def _lay_circle(
    energy: Any, height: Any, across: Any, ay: Any, ax: Any, nodes: Any, weights: Any, octant: Any
) -> Any:
    """Lay a quarter circle at a height (in voxels) and a radius `across`; what falls outside."""
    nz, ny, nx = octant.shape
    iz = int(height)
    tz = height - iz
    x_at, y_at = across / ax, across / ay
    ix, iy, start = int(x_at), 0, 0.0
    outside = 0.0
    while start < _QUARTER:
        next_x = math.acos(min(ix / x_at, 1.0)) if ix > 0 else _QUARTER
        next_y = math.asin((iy + 1) / y_at) if iy + 1 < y_at else _QUARTER
        end = min(next_x, next_y)
        share = energy * (end - start) / _QUARTER
        for n in range(nodes.size):
            turn = start + (end - start) * nodes[n]
            part = share * weights[n]
            tx, ty = x_at * math.cos(turn) - ix, y_at * math.sin(turn) - iy
            for dz in range(2):
                wz = part * (tz if dz else 1.0 - tz)
                for dy in range(2):
                    wy = wz * (ty if dy else 1.0 - ty)
                    for dx in range(2):
                        w = wy * (tx if dx else 1.0 - tx)
                        if iz + dz < nz and iy + dy < ny and ix + dx < nx:
                            octant[iz + dz, iy + dy, ix + dx] += w
                        else:
                            outside += w
        if end >= _QUARTER:
            break
        if next_x <= next_y:
            ix -= 1
        if next_y <= next_x:
            iy += 1
        start = end
    return outside


@kernel
def lay_shells(
    radii: Any, energy: Any, az: Any, ay: Any, ax: Any, nodes: Any, weights: Any, octant: Any
) -> Any:
    """Add shells' energy to the voxels of an octant; the energy that falls outside of it.

    radii : ndarray of float64, shape (n + 1,); energy : ndarray of float64, shape (n,), MeV;
    nodes, weights : ndarray of float64, shape (p,), a rule on 0 to 1;
    octant : ndarray of float64, shape (z, y, x): the first voxel is the source, and those off the
    planes through it hold the energy of all their mirror images.
    """
    outside = 0.0
    edge = min(az, min(ay, ax))
    last = radii[radii.size - 1]
    borders = np.empty(4 + int(last / az) + int(last / ay) + int(last / ax))
    for shell in range(energy.size):
        if energy[shell] == 0.0:
            continue
        width = radii[shell + 1] - radii[shell]
        if width == 0.0 and radii[shell] == 0.0:
            octant[0, 0, 0] += energy[shell]
            continue
        slices = 1 + int(width / (0.5 * edge))
        for k in range(slices * nodes.size):
            place = (k // nodes.size + nodes[k % nodes.size]) / slices
            r = radii[shell] + width * place
            here = energy[shell] * weights[k % nodes.size] / slices
            count = _polar_borders(r, az, ay, ax, borders)
            for segment in range(count - 1):
                low, high = borders[segment], borders[segment + 1]
                if high <= low:
                    continue
                total = 0.0
                for n in range(nodes.size):
                    total += weights[n] * math.sin(low + (high - low) * nodes[n])
                cap = here * (math.cos(low) - math.cos(high)) / total
                for n in range(nodes.size):
                    angle = low + (high - low) * nodes[n]
                    sine = math.sin(angle)
                    outside += _lay_circle(
                        cap * weights[n] * sine, r * math.cos(angle) / az, r * sine, ay, ax,
                        nodes, weights, octant,
                    )  # fmt: skip
    return outside
