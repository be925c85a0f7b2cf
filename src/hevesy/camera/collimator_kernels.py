"""How much lead a straight ray meets in a collimator, averaged over where it enters.

Modelled: holes of a regular pattern, straight rays, each weakened by exp(-mu x lead on its way).
Neglected: scatter in the lead and its X rays (75 to 87 keV), the collimator's outer edge.
Lengths in mm, mu in 1/mm.

The pattern is hexagonal (round and hexagonal holes; flats face the neighbours) or square.
"""

import math
from typing import Any

from hevesy.compiled.jit import kernel

__all__ = ["HEXAGONAL", "ROUND", "SQUARE", "average_transmission", "is_open"]

HEXAGONAL, SQUARE, ROUND = 0, 1, 2
ROOT3 = 1.7320508075688772
# plastic-number sequence (Roberts 2018): even in three dimensions
STEP_A, STEP_B, STEP_C = 0.8191725133961645, 0.6710436067037893, 0.5497004779019703
STEP_D = 0.6180339887498949


@kernel
def _from_middle(x: Any, y: Any, pitch: Any, shape: Any) -> Any:
    """Place relative to the middle of the nearest hole."""
    if shape == SQUARE:
        return x - pitch * math.floor(x / pitch + 0.5), y - pitch * math.floor(y / pitch + 0.5)
    tall = pitch * ROOT3
    ax = x - pitch * math.floor(x / pitch + 0.5)
    ay = y - tall * math.floor(y / tall + 0.5)
    bx = x - pitch * (math.floor(x / pitch) + 0.5)
    by = y - tall * (math.floor(y / tall) + 0.5)
    if bx * bx + by * by < ax * ax + ay * ay:
        return bx, by
    return ax, ay


@kernel
def _inside(x: Any, y: Any, half: Any, shape: Any) -> Any:
    """Whether a place lies in the hole about the origin."""
    if shape == ROUND:
        return x * x + y * y < half * half
    x, y = abs(x), abs(y)
    if shape == SQUARE:
        return x < half and y < half
    return x < half and 0.5 * x + 0.5 * ROOT3 * y < half


@kernel
def is_open(x: Any, y: Any, hole: Any, pitch: Any, shape: Any) -> Any:
    """Whether a point of the face lies over a hole.

    Parameters
    ----------
    x, y : float64
        mm; a hole's middle lies at (0, 0).
    hole, pitch : float64
        Flat to flat (or diameter), and between holes' middles, mm.
    shape : int
        HEXAGONAL, SQUARE or ROUND.

    Returns
    -------
    bool

    Examples
    --------
    >>> bool(is_open(0.0, 0.0, 1.0, 1.2, 0)), bool(is_open(0.6, 0.0, 1.0, 1.2, 0))
    (True, False)
    """
    ax, ay = _from_middle(x, y, pitch, shape)
    return _inside(ax, ay, 0.5 * hole, shape)


@kernel
def average_transmission(
    cosine_high: Any, cosine_low: Any, hole: Any, length: Any, pitch: Any, shape: Any, mu: Any,
    first: Any, rays: Any, steps: Any, transmission: Any,
) -> Any:  # fmt: skip
    """Mean exp(-mu x lead) of rays in a band of polar angles, evenly over azimuth and face.

    Parameters
    ----------
    cosine_high, cosine_low : float64
        The band's cosines to the holes' axis.
    hole, length, pitch : float64
        mm.
    shape : int
        HEXAGONAL, SQUARE or ROUND.
    mu : ndarray of float64, shape (n,)
        Attenuation coefficients of lead, 1/mm.
    first, rays, steps : int
        Place in the sequence, rays, and points looked at along each (six more for every hole that
        it crosses).
    transmission : ndarray of float64, shape (n,)
        Set to the mean.

    Returns
    -------
    float64
        Share of the rays that meet no lead.

    Examples
    --------
    >>> import numpy as np
    >>> mean = np.zeros(1)
    >>> share = average_transmission(1.0, 1.0, 4.0, 59.7, 6.0, 0, np.array([1e9]), 0, 4096, 4, mean)
    >>> round(float(share), 2), round(float(mean[0]), 2)  # open area: (4 / 6)^2
    (0.44, 0.44)
    """
    for k in range(mu.shape[0]):
        transmission[k] = 0.0
    tall = pitch * ROOT3 if shape != SQUARE else pitch
    clear = 0
    half = 0.5 * hole
    for ray in range(first, first + rays):
        x0 = pitch * ((ray * STEP_A) % 1.0)
        y0 = tall * ((ray * STEP_B) % 1.0)
        azimuth = 2.0 * math.pi * ((ray * STEP_C) % 1.0)
        cosine = cosine_high + (cosine_low - cosine_high) * (ray - first + 0.5) / rays
        reach = length * math.sqrt(max(0.0, 1.0 - cosine * cosine)) / cosine
        dx, dy = reach * math.cos(azimuth), reach * math.sin(azimuth)
        ax, ay = _from_middle(x0, y0, pitch, shape)
        if _inside(ax, ay, half, shape) and _inside(ax + dx, ay + dy, half, shape):
            clear += 1  # a hole is convex: both ends in it, all of it in it
            for k in range(mu.shape[0]):
                transmission[k] += 1.0
            continue
        shift = (ray * STEP_D) % 1.0
        lead = 0
        points = steps + int(6.0 * reach / pitch)
        for step in range(points):
            # shifted within its step, or a step of a whole pitch would see holes only
            share = (step + (shift + step * STEP_A) % 1.0) / points
            if not is_open(x0 + share * dx, y0 + share * dy, hole, pitch, shape):
                lead += 1
        path = length / cosine * max(lead, 0.5) / points
        for k in range(mu.shape[0]):
            tau = mu[k] * path
            if tau < 60.0:
                transmission[k] += math.exp(-tau)
    for k in range(mu.shape[0]):
        transmission[k] /= rays
    return clear / rays
