"""Kernels of the projector: columns of voxels onto a view, and back.

Modelled: parallel rays, the exact strip area of a square voxel in a detector column, attenuation
along the ray, a Gaussian point spread that grows with the distance. Neglected: scatter (given to
the reconstruction as an expected additive term), septal penetration, slant of the holes.

The image is kept as columns: one for each (y, x) place of the support, its axial values side by
side (float32), so that every step is a vector operation along the axis. A view is built as a
stack of planes (level, transaxial, axial); a plane's level says how often it is still to be
blurred with a small kernel of variance `step`. A column between two levels is shared out so that
its variance is exact.

Units: places in transaxial pixels from the axis of rotation; attenuation per transaxial pixel;
attenuation factors as uint16, 65535 for 1.
"""

import math
from typing import Any

import numpy as np

from hevesy.compiled import kernel

__all__ = ["attenuate_view", "blur_planes", "gather_columns", "splat_view"]

_FULL = np.float32(65535.0)
_STEP = np.float32(1.0 / 65535.0)
_NODES_PER_PIXEL = 2.0


@kernel
def _level(level_at: Any, depth: Any) -> Any:
    """Blurring level of a column at a depth (towards the detector, pixels from the axis)."""
    last = level_at.size - 1
    place = depth * _NODES_PER_PIXEL + 0.5 * last
    if place <= 0.0:
        return level_at[0]
    if place >= last:
        return level_at[last]
    node = int(place)
    part = place - node
    return (1.0 - part) * level_at[node] + part * level_at[node + 1]


@kernel
def splat_view(
    columns: Any, x: Any, y: Any, direction: Any, taps: Any, level_at: Any, factors: Any,
    line: Any, stack: Any,
) -> None:  # fmt: skip
    """Add all columns to the stack of one view.

    Parameters
    ----------
    columns : ndarray of float32, shape (columns, axial)
        The image.
    x, y : ndarray of float64, shape (columns,)
        Places of the columns, pixels from the axis.
    direction : ndarray of float64, shape (3,)
        Sine and cosine of the view's angle; index of the detector column that sees the axis.
    taps : ndarray of float32, shape (fractions + 1, 4)
        Shares of the four detector columns around a place, by its fraction.
    level_at : ndarray of float64, shape (nodes,)
        Blurring level by depth, two nodes a pixel, the axis in the middle.
    factors : ndarray of uint16, shape (columns, axial) or (0, 0)
        Attenuation factors; empty for none.
    line : ndarray of float32, shape (axial,)
        Scratch.
    stack : ndarray of float32, shape (levels, transaxial, axial)
        Added to in place.

    Examples
    --------
    >>> from hevesy.camera.view_tables import footprint_shares
    >>> stack = np.zeros((2, 3, 1), dtype=np.float32)
    >>> splat_view(np.ones((1, 1), np.float32), np.zeros(1), np.zeros(1), np.array([0.0, 1.0, 1.0]),
    ...            footprint_shares(0.0), np.zeros(5), np.empty((0, 0), np.uint16),
    ...            np.empty(1, np.float32), stack)
    >>> stack[0, :, 0].tolist()
    [0.0, 1.0, 0.0]
    """
    sine, cosine, middle = direction
    wide = stack.shape[1]
    length = stack.shape[2]
    fractions = taps.shape[0] - 1
    attenuated = factors.size > 0
    for i in range(columns.shape[0]):
        level = _level(level_at, x[i] * sine + y[i] * cosine)
        low = min(int(level), stack.shape[0] - 2)
        upper = level - low
        across = y[i] * sine - x[i] * cosine + middle
        first = math.floor(across)
        row = int((across - first) * fractions + 0.5)
        if attenuated:
            for z in range(length):
                line[z] = columns[i, z] * (np.float32(factors[i, z]) * _STEP)
        else:
            for z in range(length):
                line[z] = columns[i, z]
        for tap in range(4):
            j = first - 1 + tap
            if j < 0 or j >= wide or taps[row, tap] == 0.0:
                continue
            near = np.float32(taps[row, tap] * (1.0 - upper))
            far = np.float32(taps[row, tap] * upper)
            for z in range(length):
                stack[low, j, z] += near * line[z]
            if upper > 0.0:
                for z in range(length):
                    stack[low + 1, j, z] += far * line[z]


@kernel
def gather_columns(
    stack: Any, x: Any, y: Any, direction: Any, taps: Any, level_at: Any, factors: Any,
    line: Any, first_column: Any, columns: Any,
) -> None:  # fmt: skip
    """Add what one view's stack holds at some columns: the transpose of `splat_view`.

    Parameters
    ----------
    stack : ndarray of float32, shape (levels, transaxial, axial)
        Each level is the one before it, blurred.
    x, y, direction, taps, level_at, factors, line
        As in `splat_view`.
    first_column : int
        Number of the first of the columns in `x`, `y` and `factors`.
    columns : ndarray of float32, shape (some, axial)
        Added to in place.

    Examples
    --------
    >>> from hevesy.camera.view_tables import footprint_shares
    >>> column = np.zeros((1, 1), dtype=np.float32)
    >>> gather_columns(np.ones((2, 3, 1), np.float32), np.zeros(1), np.zeros(1),
    ...                np.array([0.0, 1.0, 1.0]), footprint_shares(0.0), np.zeros(5),
    ...                np.empty((0, 0), np.uint16), np.empty(1, np.float32), 0, column)
    >>> column.item()
    1.0
    """
    sine, cosine, middle = direction
    wide = stack.shape[1]
    length = stack.shape[2]
    fractions = taps.shape[0] - 1
    attenuated = factors.size > 0
    for k in range(columns.shape[0]):
        i = first_column + k
        level = _level(level_at, x[i] * sine + y[i] * cosine)
        low = min(int(level), stack.shape[0] - 2)
        upper = level - low
        across = y[i] * sine - x[i] * cosine + middle
        first = math.floor(across)
        row = int((across - first) * fractions + 0.5)
        for z in range(length):
            line[z] = 0.0
        for tap in range(4):
            j = first - 1 + tap
            if j < 0 or j >= wide or taps[row, tap] == 0.0:
                continue
            near = np.float32(taps[row, tap] * (1.0 - upper))
            far = np.float32(taps[row, tap] * upper)
            if upper > 0.0:
                for z in range(length):
                    line[z] += near * stack[low, j, z] + far * stack[low + 1, j, z]
            else:
                for z in range(length):
                    line[z] += near * stack[low, j, z]
        if attenuated:
            for z in range(length):
                columns[k, z] += line[z] * (np.float32(factors[i, z]) * _STEP)
        else:
            for z in range(length):
                columns[k, z] += line[z]


@kernel
def blur_planes(source: Any, across: Any, axial: Any, scratch: Any, target: Any) -> None:
    """Add a plane, blurred along both its axes by [c, 1 - 2 c, c], to another.

    Beyond the borders there is nothing: what is blurred out of the plane is lost, and the
    operation is its own transpose.

    Parameters
    ----------
    source, scratch, target : ndarray of float32, shape (transaxial, axial)
        The plane, room for one, and the plane that is added to in place.
    across, axial : float32
        c along each axis.

    Examples
    --------
    >>> point, out = np.zeros((3, 3), np.float32), np.zeros((3, 3), np.float32)
    >>> point[1, 1] = 4.0
    >>> blur_planes(point, np.float32(0.25), np.float32(0.25), np.empty_like(point), out)
    >>> out.tolist()
    [[0.25, 0.5, 0.25], [0.5, 1.0, 0.5], [0.25, 0.5, 0.25]]
    """
    wide, length = source.shape
    keep = np.float32(1.0) - across - across
    for j in range(wide):
        for z in range(length):
            scratch[j, z] = keep * source[j, z]
        if j > 0:
            for z in range(length):
                scratch[j, z] += across * source[j - 1, z]
        if j + 1 < wide:
            for z in range(length):
                scratch[j, z] += across * source[j + 1, z]
    keep = np.float32(1.0) - axial - axial
    for j in range(wide):
        for z in range(length):
            target[j, z] += keep * scratch[j, z]
        for z in range(1, length):
            target[j, z] += axial * scratch[j, z - 1]
        for z in range(length - 1):
            target[j, z] += axial * scratch[j, z + 1]


@kernel
def _turn_row(mu: Any, x: Any, y: Any, out: Any, row: Any, place: Any) -> None:
    """Set one line of `out` to the map at (x, y), bilinearly; 0 outside."""
    ny, nx, length = mu.shape
    for z in range(length):
        out[row, place, z] = 0.0
    x0, y0 = math.floor(x), math.floor(y)
    for step in range(4):
        j, i = y0 + step // 2, x0 + step % 2
        if j < 0 or j >= ny or i < 0 or i >= nx:
            continue
        share = np.float32((1.0 - abs(x - i)) * (1.0 - abs(y - j)))
        if share > 0.0:
            for z in range(length):
                out[row, place, z] += share * mu[j, i, z]


@kernel
def attenuate_view(
    mu: Any, x: Any, y: Any, direction: Any, running: Any, turned: Any, factors: Any
) -> None:
    """Attenuation factors of all columns in one view.

    The map is turned to the view, summed from the detector's side with half of a voxel's own
    attenuation, and the sum is taken at the columns' places.

    Parameters
    ----------
    mu : ndarray of float32, shape (y, x, axial)
        Attenuation of one pixel's length; y and x have the same size.
    x, y : ndarray of float64, shape (columns,)
        Places of the columns, pixels from the axis.
    direction : ndarray of float64, shape (3,)
        Sine and cosine of the view's angle; the third is not used.
    running : ndarray of float32, shape (x, axial)
        Scratch.
    turned : ndarray of float32, shape (y, x, axial)
        Scratch.
    factors : ndarray of uint16, shape (columns, axial)
        Set in place; 65535 where nothing attenuates.

    Examples
    --------
    >>> mu = np.full((2, 2, 1), np.log(2.0), dtype=np.float32)
    >>> factors = np.empty((1, 1), dtype=np.uint16)
    >>> attenuate_view(mu, np.array([0.5]), np.array([0.5]), np.array([0.0, 1.0, 0.5]),
    ...                np.empty((2, 1), np.float32), np.empty_like(mu), factors)
    >>> round(factors.item() / 65535, 3)
    0.707
    """
    sine, cosine = direction[0], direction[1]
    wide, length = mu.shape[0], mu.shape[2]
    middle = 0.5 * (wide - 1)
    half = np.float32(0.5)
    running[:] = 0.0
    for i in range(wide):  # from the detector inwards
        depth = middle - i
        for j in range(wide):
            across = j - middle
            _turn_row(
                mu, depth * sine - across * cosine + middle,
                depth * cosine + across * sine + middle, turned, i, j,
            )  # fmt: skip
            for z in range(length):
                own = turned[i, j, z]
                turned[i, j, z] = running[j, z] + half * own
                running[j, z] += own
    line = running[0]
    for k in range(x.size):
        i_place = min(max(middle - (x[k] * sine + y[k] * cosine), 0.0), wide - 1.0)
        j_place = min(max(middle + y[k] * sine - x[k] * cosine, 0.0), wide - 1.0)
        i0, j0 = min(int(i_place), wide - 2), min(int(j_place), wide - 2)
        i_part, j_part = i_place - i0, j_place - j0
        near = np.float32((1.0 - i_part) * (1.0 - j_part))
        beside = np.float32((1.0 - i_part) * j_part)
        for z in range(length):
            line[z] = near * turned[i0, j0, z] + beside * turned[i0, j0 + 1, z]
        near = np.float32(i_part * (1.0 - j_part))
        beside = np.float32(i_part * j_part)
        for z in range(length):
            line[z] += near * turned[i0 + 1, j0, z] + beside * turned[i0 + 1, j0 + 1, z]
        _to_factors(line, factors, k)


@kernel
def _to_factors(line: Any, factors: Any, k: Any) -> None:
    """exp(-line) as uint16: a polynomial in line / 32, squared five times (a vector operation).

    The polynomial's relative error is below 2e-5 for factors above 1e-6.
    """
    one = np.float32(1.0)
    for z in range(line.size):
        part = min(line[z], np.float32(16.0)) * np.float32(1.0 / 32.0)
        value = one - part * np.float32(1.0 / 6.0)
        value = one - part * np.float32(1.0 / 5.0) * value
        value = one - part * np.float32(1.0 / 4.0) * value
        value = one - part * np.float32(1.0 / 3.0) * value
        value = one - part * np.float32(1.0 / 2.0) * value
        value = one - part * value
        value = value * value
        value = value * value
        value = value * value
        value = value * value
        value = value * value
        factors[k, z] = np.uint16(np.int32(value * _FULL + np.float32(0.5)))
