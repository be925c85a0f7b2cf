"""The background under the peak as a smooth surface, fitted beside the body."""

import math
from functools import cache

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError
from hevesy.reconstruction.scatter_estimate import ScatterEstimate

__all__ = ["fit_floor"]

_ITERATIONS = 300
_LEAST_SHARE = 0.05  # of a view's pixels must lie beside the body


def fit_floor(
    counts: NDArray[np.floating],
    outside: NDArray[np.bool_],
    *,
    order: tuple[int, int] = (1, 2),
) -> ScatterEstimate:
    """Fit a smooth surface, nowhere below 0, to the pixels of each view that see past the body.

    Photons that penetrate the septa fall on the whole detector, also where no hole points at the
    body. The surface is a sum of Bernstein polynomials of low order with coefficients of 0 or
    more, found by maximum likelihood for Poisson counts (EM, 300 steps: the fit's sum over the
    pixels it was fitted to equals theirs after each step, so there is no bias in the level).
    Inside the body it is an interpolation: it misses what penetration is above a plane and a
    parabola there, and takes in scatter that leaves the body at a slant. Where an upper window was
    recorded, `estimate_upper` sees the shape as well; this is for when there is none.

    The variance is that of the fit (inverse of Fisher's information, without the bound at 0).

    Parameters
    ----------
    counts : ndarray, shape (views, axial, transaxial)
        Counts of the peak window.
    outside : ndarray of bool, shape (views, axial, transaxial)
        Pixels whose holes point past the body and its blur.
    order : tuple of int
        Of the polynomials, (axial, transaxial), 0 to 4.

    Returns
    -------
    ScatterEstimate

    Raises
    ------
    GridError
        The two arrays differ in shape.
    InputError
        A view sees past the body in less than a twentieth of its pixels, or an order out of range.

    References
    ----------
    Shepp, Vardi 1982, IEEE Trans Med Imaging 1:113 (the EM step); Farouki 2012, Comput Aided Geom
    Des 29:379 (Bernstein polynomials: non-negative, and their sum is 1).

    Examples
    --------
    >>> seen = np.full((1, 8, 8), 3.0)
    >>> beside = np.ones((1, 8, 8), dtype=bool)
    >>> beside[:, :, 3:5] = False
    >>> seen[~beside] = 100.0
    >>> fit_floor(seen, beside).expected_counts.round(6).max().item()
    3.0
    """
    if counts.shape != outside.shape or counts.ndim != 3:
        raise GridError(
            "counts and the pixels beside the body differ in shape",
            got=f"{counts.shape}, {outside.shape}",
            allowed="(views, axial, transaxial) for both",
            remedy="give one truth value a pixel",
        )
    if not all(0 <= o <= 4 for o in order):
        raise InputError(
            "the order of the background's surface is out of range",
            got=order,
            allowed="0 to 4, (axial, transaxial)",
            remedy="choose a low order such as (1, 2)",
        )
    beside = outside.reshape(len(outside), -1)
    share = beside.mean(axis=1)
    if share.min() < _LEAST_SHARE:
        raise InputError(
            f"view {int(share.argmin()) + 1} sees past the body in too few pixels for a background",
            got=f"{100 * share.min():.1f} % of its pixels",
            allowed=f"{100 * _LEAST_SHARE:g} % or more",
            remedy="use the upper window instead",
        )
    basis = _basis(counts.shape[1], counts.shape[2], order)
    expected = np.empty(counts.shape)
    variance = np.empty(counts.shape)
    for view, pixels in enumerate(beside):
        seen = counts[view].reshape(-1)[pixels].astype(np.float64)
        surface, spread = _fit(seen, basis[pixels], basis)
        expected[view] = surface.reshape(counts.shape[1:])
        variance[view] = spread.reshape(counts.shape[1:])
    return ScatterEstimate(
        expected_counts=expected, variance=variance, method=f"fitted floor, order {order}"
    )


@cache
def _basis(axial: int, across: int, order: tuple[int, int]) -> NDArray[np.float64]:
    """Bernstein products at each pixel, shape (pixels, terms); each row sums to 1."""

    def one(size: int, degree: int) -> NDArray[np.float64]:
        x = (np.arange(size) + 0.5) / size
        terms = [math.comb(degree, k) * x**k * (1 - x) ** (degree - k) for k in range(degree + 1)]
        return np.stack(terms, axis=1)

    rows, columns = one(axial, order[0]), one(across, order[1])
    return np.asarray(np.einsum("ik,jl->ijkl", rows, columns).reshape(axial * across, -1))


def _fit(
    seen: NDArray[np.float64], inside: NDArray[np.float64], everywhere: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The surface and its variance in all pixels."""
    if not seen.any():
        return np.zeros(len(everywhere)), np.zeros(len(everywhere))
    sums = inside.sum(axis=0)
    weights = np.full(inside.shape[1], seen.mean())
    for _ in range(_ITERATIONS):
        weights = weights * ((seen / np.maximum(inside @ weights, 1e-12)) @ inside) / sums
    fitted = np.maximum(inside @ weights, 1e-12)
    information = (inside / fitted[:, None]).T @ inside
    covariance = np.linalg.pinv(information, hermitian=True)
    return everywhere @ weights, np.einsum("pi,ij,pj->p", everywhere, covariance, everywhere)
