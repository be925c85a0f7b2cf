"""Conjugate views in closed form: activity of a uniform slab from two opposed counts."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.errors import InputError

__all__ = ["background_share", "conjugate_view_bq", "self_attenuation"]


def self_attenuation(mu_per_mm: float, thickness_mm: float) -> float:
    """Correction of a conjugate view for the source's own depth, (mu x/2)/sinh(mu x/2).

    Parameters
    ----------
    mu_per_mm : float
        Attenuation coefficient of the source, 1/mm, 0 or more.
    thickness_mm : float
        Its thickness x along the line of sight, mm, 0 or more.

    Returns
    -------
    float
        0 to 1; 1 for a thin source.

    Raises
    ------
    InputError
        A negative number.

    References
    ----------
    Siegel JA et al. MIRD pamphlet no. 16. J Nucl Med 1999;40(2 Suppl):37S-61S (f_j).

    Examples
    --------
    >>> round(self_attenuation(0.0149, 60.0), 4)
    0.9675
    """
    if not (0 <= mu_per_mm < math.inf and 0 <= thickness_mm < math.inf):
        raise InputError(
            "attenuation and thickness must be 0 or more",
            got=f"{mu_per_mm:g} /mm, {thickness_mm:g} mm",
            remedy="give both in mm",
        )
    half = mu_per_mm * thickness_mm / 2
    return half / math.sinh(half) if half > 0 else 1.0


def conjugate_view_bq(
    anterior_per_s: float,
    posterior_per_s: float,
    *,
    body_mu_mm: float,
    source_mu_per_mm: float,
    source_mm: float,
    counts_per_bq_s: float,
) -> float:
    """Activity of one slab in a body, from its net counting rates at the front and at the back.

    A = sqrt(I_A I_P exp(mu_e t)) f / C. The depth of the slab falls out of the product.

    Parameters
    ----------
    anterior_per_s, posterior_per_s : float
        Net rates, scatter and background taken off, 1/s, 0 or more.
    body_mu_mm : float
        mu_e t: integral of the attenuation coefficient from front to back, no unit.
    source_mu_per_mm, source_mm : float
        The source's own attenuation coefficient, 1/mm, and thickness, mm.
    counts_per_bq_s : float
        C: the camera's sensitivity in air, counts for each Bq and second.

    Returns
    -------
    float
        Bq.

    Raises
    ------
    InputError
        A negative rate, or a sensitivity that is not above 0.

    References
    ----------
    Siegel JA et al. MIRD pamphlet no. 16. J Nucl Med 1999;40(2 Suppl):37S-61S (conjugate view).

    Examples
    --------
    >>> round(conjugate_view_bq(100.0, 100.0, body_mu_mm=0.0, source_mu_per_mm=0.0,
    ...                         source_mm=10.0, counts_per_bq_s=1e-4))
    1000000
    """
    if min(anterior_per_s, posterior_per_s) < 0 or not 0 < counts_per_bq_s < math.inf:
        raise InputError(
            "a conjugate view needs rates of 0 or more and a sensitivity above 0",
            got=f"{anterior_per_s:g} /s, {posterior_per_s:g} /s, {counts_per_bq_s:g}",
            remedy="a source that does not stand out from its background has no conjugate view",
        )
    mean = math.sqrt(anterior_per_s * posterior_per_s * math.exp(body_mu_mm))
    return mean * self_attenuation(source_mu_per_mm, source_mm) / counts_per_bq_s


def background_share(source_mm: ArrayLike, body_mm: ArrayLike) -> NDArray[np.float64]:
    """Share of the counts beside a source that belong under it too, 1 - x/t.

    Background lies before and behind the source, not in its place: the counts beside it, taken
    over the whole depth t, are too many by the source's own thickness x.

    Parameters
    ----------
    source_mm, body_mm : array_like of float
        x and t along the line of sight, mm; any shapes that fit each other.

    Returns
    -------
    ndarray of float64, shape of the arguments
        0 to 1; 0 outside the body.

    References
    ----------
    Siegel JA et al. MIRD pamphlet no. 16, 1999 (background); Buijs WCAM et al. Eur J Nucl Med
    1998;25:1552 (simple rules for background in conjugate views).

    Examples
    --------
    >>> background_share([0.0, 50.0, 10.0], [200.0, 200.0, 0.0]).tolist()
    [1.0, 0.75, 0.0]
    """
    x, t = np.broadcast_arrays(
        np.asarray(source_mm, dtype=np.float64), np.asarray(body_mm, dtype=np.float64)
    )
    share = np.zeros(x.shape)
    some = t > 0
    share[some] = 1.0 - np.minimum(x[some] / t[some], 1.0)
    return share
