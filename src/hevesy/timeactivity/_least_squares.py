"""Weighted least squares within a box, many at once (Levenberg-Marquardt with projection)."""

import numpy as np
from numpy.typing import NDArray

from hevesy.timeactivity._families import Family, curve_values

Array = NDArray[np.float64]
MAX_ITERATIONS = 300
COARSE_ITERATIONS = 40


def minimise(
    family: Family,
    start: Array,
    times: Array,
    values: Array,
    weights: Array,
    lower: Array,
    upper: Array,
    *,
    coarse: bool = False,
) -> tuple[Array, Array]:
    """Parameters (b, p) and sums of squares (b,) of each start's local minimum.

    `start` is (b, p); `values` (b, n) or (n,); `weights` (n,) are 1/sigma; the bounds are (p,) or
    (b, p). Parameters that sit at a bound and are pushed outwards are held there for the step (an
    active set); steps are cut at the box and taken only where they lower the sum of squares.
    `coarse` stops where that changes by less than 1e-5 of itself.
    """
    lower, upper = np.broadcast_to(lower, start.shape), np.broadcast_to(upper, start.shape)
    theta = np.clip(start, lower, upper)
    tolerance, patience = (1e-5, 1) if coarse else (1e-13, 3)
    target = np.broadcast_to(values, (len(theta), times.size))
    damping = np.full(len(theta), 1e-3)
    working = np.ones(len(theta), dtype=bool)
    still = np.zeros(len(theta), dtype=int)
    model, jacobian = curve_values(family, theta, times)
    residual = (model - target) * weights
    cost = np.sum(residual**2, axis=1)
    jacobian = jacobian * weights[:, None]
    for _ in range(COARSE_ITERATIONS if coarse else MAX_ITERATIONS):
        index = np.flatnonzero(working)
        if index.size == 0:
            break
        low, high = lower[index], upper[index]
        step = _step(theta[index], jacobian[index], residual[index], damping[index], low, high)
        trial = np.clip(theta[index] + step, low, high)
        before = theta[index]
        new_model, new_jacobian = curve_values(family, trial, times)
        new_residual = (new_model - target[index]) * weights
        new_cost = np.sum(new_residual**2, axis=1)
        old = cost[index]
        better = new_cost <= old
        took = index[better]
        theta[took] = trial[better]
        residual[took] = new_residual[better]
        jacobian[took] = new_jacobian[better] * weights[:, None]
        cost[took] = new_cost[better]
        damping[index] = np.where(better, damping[index] / 5, damping[index] * 4)
        damping[took] = np.maximum(damping[took], 1e-14)
        moved = np.abs(trial - before) <= 1e-11 * np.abs(before) + 1e-14
        settled = (better & (old - new_cost <= tolerance * old + 1e-28)) | moved.all(axis=1)
        still[index] = np.where(settled, still[index] + 1, 0)
        working[index] = (still[index] < patience) & (damping[index] < 1e12)
    return theta, cost


def _step(
    theta: Array, jacobian: Array, residual: Array, damping: Array, lower: Array, upper: Array
) -> Array:
    gradient = np.einsum("bnp,bn->bp", jacobian, residual)
    held = ((theta <= lower) & (gradient > 0)) | ((theta >= upper) & (gradient < 0))
    normal = np.einsum("bnp,bnq->bpq", jacobian, jacobian)
    normal = np.where(held[:, :, None] | held[:, None, :], 0.0, normal)
    scale = np.einsum("bpp->bp", normal)
    floor = np.maximum(1e-12 * scale.max(axis=1, keepdims=True), 1e-280)
    diagonal = damping[:, None] * np.maximum(scale, floor) + floor * 1e-3
    diagonal = np.where(held, 1.0, diagonal)
    size = theta.shape[1]
    normal = normal + diagonal[:, :, None] * np.eye(size)
    return np.asarray(-np.linalg.solve(normal, np.where(held, 0.0, gradient)[..., None])[..., 0])


def best_start(
    family: Family, times: Array, values: Array, weights: Array, lower: Array, upper: Array
) -> tuple[Array, float]:
    """The best minimum (p,) over the family's starting points, and its sum of squares."""
    start = family.starts(times, lower, upper)
    model, _ = curve_values(family, start, times)
    squared = np.sum((model * weights) ** 2, axis=1)
    overlap = np.sum(model * weights**2 * values, axis=1)
    amplitude = np.where(squared > 0, overlap / np.where(squared > 0, squared, 1.0), 1.0)
    start[:, 0] = np.clip(start[:, 0] * amplitude, lower[0], upper[0])
    model, _ = curve_values(family, start, times)
    cost = np.sum(((model - values) * weights) ** 2, axis=1)
    kept = start[np.argsort(cost, kind="stable")[:16]]
    theta, cost = minimise(family, kept, times, values, weights, lower, upper, coarse=True)
    kept = theta[np.argsort(cost, kind="stable")[:6]]
    theta, cost = minimise(family, kept, times, values, weights, lower, upper)
    # Of minima that are equal to rounding the first in a fixed order is taken.
    best = int(np.flatnonzero(cost <= cost.min() * (1 + 1e-9) + 1e-26)[0])
    return theta[best], float(cost[best])
