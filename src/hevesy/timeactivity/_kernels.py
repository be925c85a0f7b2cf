"""Kernels of the voxel-wise fit.

Modelled: one falling exponential per voxel, a exp(-k t), or a (exp(-k t) - exp(-u t)) with a
given uptake rate u; weighted least squares with a >= 0 and k between physical decay and `fastest`.
The amplitude is eliminated (variable projection, Golub and Pereyra, SIAM J. Numer. Anal.
1973;10:413), so the search is in k alone: a grid, then the zero of the derivative by false
position (Illinois). Neglected: correlation between voxels and between scans.

Units: s, 1/s, activity in the caller's unit; weights are 1/variance. Sums are in float64.
"""

import math

import numpy as np
from numpy.typing import NDArray

from hevesy.compiled import kernel

EMPTY = 0
FITTED = 1
AT_PHYSICAL_DECAY = 2
AT_FASTEST = 3
POOLED = 4
MAX_STEPS = 60
RELATIVE_STEP = 1e-9

Array = NDArray[np.float64]


@kernel
def slope(times: Array, values: Array, weights: Array, rate: float, uptake: float) -> float:
    """Half the derivative by k of the least sum of squares, over the amplitude (same sign)."""
    shape_shape = 0.0
    value_shape = 0.0
    value_change = 0.0
    shape_change = 0.0
    for i in range(times.size):
        fall = math.exp(-rate * times[i])
        change = -times[i] * fall
        shape = fall
        if uptake > 0.0:
            shape = fall - math.exp(-uptake * times[i])
        shape_shape += weights[i] * shape * shape
        value_shape += weights[i] * values[i] * shape
        value_change += weights[i] * values[i] * change
        shape_change += weights[i] * shape * change
    return -(value_change - value_shape / shape_shape * shape_change)


@kernel
def amplitude_at(times: Array, values: Array, weights: Array, rate: float, uptake: float) -> float:
    """The amplitude that fits best at a rate."""
    shape_shape = 0.0
    value_shape = 0.0
    for i in range(times.size):
        shape = math.exp(-rate * times[i])
        if uptake > 0.0:
            shape -= math.exp(-uptake * times[i])
        shape_shape += weights[i] * shape * shape
        value_shape += weights[i] * values[i] * shape
    return value_shape / shape_shape


@kernel
def refine(
    times: Array, values: Array, weights: Array, low: float, high: float, uptake: float
) -> float:
    """Where the derivative changes from falling to rising between two rates.

    The derivative is below 0 at `low`. Where it isn't above 0 at `high`, `high` stands for a
    point that is no better, and halving finds the change between.
    """
    at_low = slope(times, values, weights, low, uptake)
    at_high = slope(times, values, weights, high, uptake)
    side = 0
    rate = high
    for _ in range(MAX_STEPS):
        if at_high > 0.0:
            trial = (low * at_high - high * at_low) / (at_high - at_low)
        else:
            trial = 0.5 * (low + high)
        moved = abs(trial - rate)
        rate = trial
        at = slope(times, values, weights, rate, uptake)
        if at == 0.0 or high - low <= RELATIVE_STEP * high or moved <= RELATIVE_STEP * rate:
            break
        if at > 0.0:
            high = rate
            at_high = at
            if side == 1:
                at_low *= 0.5
            side = 1
        else:
            low = rate
            at_low = at
            if side == -1 and at_high > 0.0:
                at_high *= 0.5
            side = -1
    return rate


@kernel
def best_rate(
    times: Array, values: Array, weights: Array, grid: Array, table: Array, uptake: float
) -> tuple[float, int]:
    """Best rate between the grid's ends and its status; `table` (grid, scans) holds the shapes."""
    best = -1
    most = 0.0
    for g in range(grid.size):
        shape_shape = 0.0
        value_shape = 0.0
        for i in range(times.size):
            weighted = weights[i] * table[g, i]
            shape_shape += weighted * table[g, i]
            value_shape += weighted * values[i]
        if value_shape > 0.0 and value_shape * value_shape > most * shape_shape:
            most = value_shape * value_shape / shape_shape
            best = g
    if best < 0:
        return 0.0, EMPTY
    here = slope(times, values, weights, grid[best], uptake)
    # The amplitude is above 0 here, so the sign of `slope` is that of the derivative.
    if here < 0.0:
        if best == grid.size - 1:
            return grid[best], AT_FASTEST
        return refine(times, values, weights, grid[best], grid[best + 1], uptake), FITTED
    if best == 0:
        return grid[0], AT_PHYSICAL_DECAY
    low = grid[best - 1]
    # False position needs a fall at its low end; halve towards the grid's best where there's none.
    for _ in range(MAX_STEPS):
        if slope(times, values, weights, low, uptake) < 0.0:
            return refine(times, values, weights, low, grid[best], uptake), FITTED
        low = 0.5 * (low + grid[best])
    return grid[best], FITTED


@kernel
def fit_batch(
    times: Array,
    activities: NDArray[np.float32],
    variances: NDArray[np.float32],
    grid: Array,
    table: Array,
    uptake: float,
    pooled_values: Array,
    pooled_integrals: Array,
    pooled_index: NDArray[np.uint8],
    minimum_sigmas: float,
    first: int,
    last: int,
    tia: NDArray[np.float32],
    rates: NDArray[np.float32],
    status: NDArray[np.uint8],
) -> int:
    """Fit voxels `first` to `last` (excluded); the number of those that were fitted freely.

    `activities` is (scans, voxels); `variances` is that or (scans, 1); `pooled_index` has one
    element for each voxel or one for all. `tia`, `rates` and `status` are written.
    """
    scans = times.size
    values = np.empty(scans)
    weights = np.empty(scans)
    own_variance = variances.shape[1] > 1
    own_index = pooled_index.size > 1
    fitted = 0
    for voxel in range(first, last):
        highest = 0.0
        for i in range(scans):
            values[i] = activities[i, voxel]
            weights[i] = 1.0 / variances[i, voxel if own_variance else 0]
            highest = max(highest, values[i])
        tia[voxel] = 0.0
        rates[voxel] = np.nan
        status[voxel] = EMPTY
        if highest <= 0.0:
            continue
        pool = pooled_index[voxel if own_index else 0]
        shape_shape = 0.0
        value_shape = 0.0
        for i in range(scans):
            shape = pooled_values[pool, i]
            shape_shape += weights[i] * shape * shape
            value_shape += weights[i] * values[i] * shape
        if value_shape <= 0.0:
            continue
        if scans == 1 or value_shape < minimum_sigmas * math.sqrt(shape_shape):
            tia[voxel] = value_shape / shape_shape * pooled_integrals[pool]
            status[voxel] = POOLED
            continue
        rate, code = best_rate(times, values, weights, grid, table, uptake)
        if code == EMPTY:
            continue
        amplitude = amplitude_at(times, values, weights, rate, uptake)
        integral = 1.0 / rate
        if uptake > 0.0:
            integral -= 1.0 / uptake
        tia[voxel] = max(amplitude, 0.0) * integral
        rates[voxel] = rate
        status[voxel] = code
        fitted += 1
    return fitted
