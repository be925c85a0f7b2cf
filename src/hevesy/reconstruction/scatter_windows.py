"""Expected scatter and background in the peak window, from the windows beside it."""

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import FWHM_PER_SIGMA, EnergyWindow, Projections
from hevesy.errors import GridError, InputError
from hevesy.reconstruction.scatter_estimate import ScatterEstimate
from hevesy.reconstruction.scatter_method import ScatterMethod
from hevesy.reconstruction.window_choice import ScatterWindows

__all__ = [
    "estimate_blank",
    "estimate_dew",
    "estimate_scatter",
    "estimate_tew",
    "estimate_upper",
]


def estimate_tew(
    projections: Projections,
    windows: ScatterWindows,
    *,
    shape: str = "trapezoid",
    upper_share: float | None = None,
    smooth_fwhm_mm: float = 0.0,
) -> ScatterEstimate:
    """Scatter by the triple energy window: a straight line under the peak.

    With C counts and W widths, ``trapezoid`` is Ogawa's S = (C_l/W_l + C_u/W_u) W_p / 2: each
    window's density is taken to be that at the peak's own border, right for narrow windows that
    abut. ``line`` draws the line through the windows' middles and reads it at the peak's middle:
    for wide windows and for windows with a gap, S = W_p (C_l/W_l (x_u - x_p) + C_u/W_u (x_p -
    x_l)) / (x_u - x_l).

    With `upper_share` x it is S = W_p ((1 - x) C_l/W_l + x C_u/W_u) instead; x = 1/2 is Ogawa's.
    The spectrum of scatter falls steeply above the lower window and is hollow under the peak, and
    photons scattered far from a hot source gather in the lower window: under 188Re and in a warm
    body the half takes too much off the body and too little off a hot sphere. x is found with a
    phantom: where spheres and the warm cylinder give one calibration factor.

    Both are weighted sums of counts with weights of 0 or more, so the estimate has no negative
    values and no bias from clipping. Where peak less scatter is needed (as a sum over a region or
    a view), it is taken without clipping, too.

    Parameters
    ----------
    projections : Projections
    windows : ScatterWindows
        With a lower and an upper window.
    shape : str
        ``"trapezoid"`` or ``"line"``.
    upper_share : float, optional
        The upper window's share of the density under the peak, 0 to 1, in place of `shape`.
    smooth_fwhm_mm : float
        Gaussian over each view of the scatter windows, mm; 0 for none. With narrow windows and few
        counts the estimate is noisy, and smoothing it (and adding it inside the reconstruction
        rather than subtracting) reduces the error of the image.

    Returns
    -------
    ScatterEstimate

    Raises
    ------
    InputError
        A window is missing (from `ScatterWindows`), an unknown shape, or a share that is not one.

    References
    ----------
    Ogawa et al. 1991, IEEE Trans Med Imaging 10:408, doi:10.1109/42.97591. King et al.
    1997, IEEE Trans Nucl Sci 44:1140 (filtering of TEW estimates; a Butterworth filter there).

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> from hevesy.reconstruction import choose_windows
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> low, peak, high = (EnergyWindow(lower_kev=a, upper_kev=b)
    ...                    for a, b in ((123.5, 139.5), (139.5, 170.5), (170.5, 186.5)))
    >>> seen = Projections(counts=np.array([32.0, 500.0, 16.0]).reshape(3, 1, 1, 1),
    ...     windows=(low, peak, high), geometry=views, view_seconds=np.ones(1),
    ...     view_starts_s=np.zeros(1))
    >>> found = estimate_tew(seen, choose_windows(seen.windows, peak))
    >>> float(found.expected_counts[0, 0, 0]), float(found.variance[0, 0, 0])
    (46.5, 45.046875)
    """
    lower, upper, peak = windows.need_lower(), windows.need_upper(), windows.peak
    if shape not in {"trapezoid", "line"}:
        raise InputError(
            "unknown shape of the scatter under the peak",
            got=shape,
            allowed="trapezoid, line",
            remedy="choose one of them",
        )
    below, above = 0.5, 0.5
    if shape == "line":
        between = upper.centre_kev - lower.centre_kev
        below = (upper.centre_kev - peak.centre_kev) / between
        above = (peak.centre_kev - lower.centre_kev) / between
    if upper_share is not None:
        share = ScatterMethod(name="tew", upper_share=upper_share).upper_share or 0.0
        below, above, shape = 1.0 - share, share, f"upper share {share:g}"
    weights = {
        lower: below * peak.width_kev / lower.width_kev,
        upper: above * peak.width_kev / upper.width_kev,
    }
    return _weighted(projections, weights, smooth_fwhm_mm, f"TEW ({shape})")


def estimate_dew(
    projections: Projections,
    windows: ScatterWindows,
    *,
    factor: float | None = None,
    smooth_fwhm_mm: float = 0.0,
) -> ScatterEstimate:
    """Scatter by the dual energy window: a share of the counts below the peak.

    S = k C_l. By default k = W_p / (2 W_l), a triangle that falls to nothing at the peak's upper
    border: the triple window without counts above. It is for nuclides without photons above the
    peak; 188Re needs the upper window.

    Parameters
    ----------
    projections : Projections
    windows : ScatterWindows
        With a lower window.
    factor : float, optional
        k, 0 or more, from a phantom of the camera.
    smooth_fwhm_mm : float
        As in `estimate_tew`.

    Returns
    -------
    ScatterEstimate

    Raises
    ------
    InputError
        No lower window (from `ScatterWindows`), or a factor below 0.

    References
    ----------
    Jaszczak et al. 1984, J Nucl Med 25:893 (k = 0.5 for 99mTc and their window).

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> from hevesy.reconstruction import choose_windows
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> low, peak = (EnergyWindow(lower_kev=a, upper_kev=b)
    ...              for a, b in ((108.5, 139.5), (139.5, 170.5)))
    >>> seen = Projections(counts=np.array([31.0, 500.0]).reshape(2, 1, 1, 1),
    ...     windows=(low, peak), geometry=views, view_seconds=np.ones(1),
    ...     view_starts_s=np.zeros(1))
    >>> found = estimate_dew(seen, choose_windows(seen.windows, peak))
    >>> float(found.expected_counts[0, 0, 0])
    15.5
    """
    lower = windows.need_lower()
    k = 0.5 * windows.peak.width_kev / lower.width_kev if factor is None else factor
    if not 0 <= k < math.inf:
        raise InputError(
            "the factor of the dual energy window must be 0 or more",
            got=k,
            remedy="give the scatter in the peak per count in the lower window",
        )
    return _weighted(projections, {lower: k}, smooth_fwhm_mm, f"DEW (k = {k:.3g})")


def estimate_upper(
    projections: Projections,
    windows: ScatterWindows,
    *,
    slope_ratio: float = 1.0,
    smooth_fwhm_mm: float = 0.0,
) -> ScatterEstimate:
    """Background under the peak from photons of higher lines, by the upper window.

    No photon of the peak's line can appear well above it: what is counted there has penetrated
    the septa, or was scattered down from higher lines, and goes on under the peak. S = r C_u W_p /
    W_u with r the ratio of the background's density under the peak to that in the upper window: 1
    for a flat spectrum, else from a blank or a simulation.

    With r = 1 this background, plus a dual window fed with what it leaves in the lower window, k
    (C_l - C_u W_l/W_u) with k = W_p/(2 W_l), *is* the triple energy window. So it is an
    alternative to TEW, not an addition to it: for scatter-free measurements (a point source in
    air) or together with a model of the peak's own scatter.

    Parameters
    ----------
    projections : Projections
    windows : ScatterWindows
        With an upper window.
    slope_ratio : float
        r, 0 or more.
    smooth_fwhm_mm : float
        As in `estimate_tew`; penetration is smooth over centimetres.

    Returns
    -------
    ScatterEstimate

    Raises
    ------
    InputError
        No upper window (from `ScatterWindows`), or a ratio below 0.

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> from hevesy.reconstruction import choose_windows
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> high, peak = (EnergyWindow(lower_kev=a, upper_kev=b)
    ...              for a, b in ((170.5, 201.5), (139.5, 170.5)))
    >>> seen = Projections(counts=np.array([31.0, 500.0]).reshape(2, 1, 1, 1),
    ...     windows=(high, peak), geometry=views, view_seconds=np.ones(1),
    ...     view_starts_s=np.zeros(1))
    >>> found = estimate_upper(seen, choose_windows(seen.windows, peak))
    >>> float(found.expected_counts[0, 0, 0])
    31.0
    """
    upper = windows.need_upper()
    if not 0 <= slope_ratio < math.inf:
        raise InputError(
            "the ratio of background under the peak to that above must be 0 or more",
            got=slope_ratio,
            remedy="give 1 for a flat spectrum",
        )
    weights = {upper: slope_ratio * windows.peak.width_kev / upper.width_kev}
    return _weighted(projections, weights, smooth_fwhm_mm, f"upper window (r = {slope_ratio:g})")


def estimate_blank(
    blank: NDArray[np.floating],
    blank_seconds: NDArray[np.float64],
    view_seconds: NDArray[np.float64],
    *,
    pixel_mm: tuple[float, float] = (1.0, 1.0),
    smooth_fwhm_mm: float = 0.0,
) -> ScatterEstimate:
    """Background measured without the object, scaled to the scan's durations.

    Parameters
    ----------
    blank : ndarray, shape (views, axial, transaxial)
        Counts in the peak window without the object: room background, or the neighbouring
        patient's.
    blank_seconds : ndarray of float64, shape (views,)
        Their durations, s, above 0.
    view_seconds : ndarray of float64, shape (views,)
        The scan's, s.
    pixel_mm : tuple of float
        (axial, transaxial), for the smoothing.
    smooth_fwhm_mm : float
        As in `estimate_tew`.

    Returns
    -------
    ScatterEstimate

    Raises
    ------
    GridError
        Numbers of views that differ.
    InputError
        Durations that are not above 0.

    Examples
    --------
    >>> found = estimate_blank(np.full((1, 1, 1), 400.0), np.array([100.0]), np.array([20.0]))
    >>> float(found.expected_counts[0, 0, 0]), float(found.variance[0, 0, 0].round(9))
    (80.0, 16.0)
    """
    if not blank.shape[0] == len(blank_seconds) == len(view_seconds):
        raise GridError(
            "the blank does not have the scan's views",
            got=f"{blank.shape[0]} views, {len(blank_seconds)} and {len(view_seconds)} durations",
            remedy="acquire the blank with the same views",
        )
    if not (np.min(blank_seconds) > 0 and np.min(view_seconds) > 0):
        raise InputError(
            "a blank needs durations above 0",
            got=f"least {np.min(blank_seconds):g} and {np.min(view_seconds):g} s",
            remedy="give how long each view was counted, s",
        )
    scale = (np.asarray(view_seconds) / np.asarray(blank_seconds))[:, None, None]
    counts = blank.astype(np.float64)
    return ScatterEstimate(
        expected_counts=scale * _smooth(counts, pixel_mm, smooth_fwhm_mm, power=1),
        variance=scale**2 * _smooth(counts, pixel_mm, smooth_fwhm_mm, power=2),
        method="blank",
    )


def estimate_scatter(
    projections: Projections,
    windows: ScatterWindows,
    *,
    method: str,
    smooth_fwhm_mm: float = 0.0,
) -> ScatterEstimate:
    """Scatter from energy windows by a method: ``tew``, ``tew:0.75``, ``dew``, ``upper``, ``none``.

    Parameters
    ----------
    projections : Projections
    windows : ScatterWindows
    method : str
        As `ScatterMethod.parse` reads it.
    smooth_fwhm_mm : float
        As in `estimate_tew`.

    Returns
    -------
    ScatterEstimate

    Raises
    ------
    InputError
        A model, which needs an image.

    Examples
    --------
    >>> from hevesy.camera import ViewGeometry
    >>> from hevesy.reconstruction import choose_windows
    >>> views = ViewGeometry(angles_deg=np.zeros(1), radii_mm=np.full(1, 250.0), shape=(1, 1),
    ...                      pixel_mm=(4.8, 4.8))
    >>> low, peak, high = (EnergyWindow(lower_kev=a, upper_kev=b)
    ...                    for a, b in ((123.5, 139.5), (139.5, 170.5), (170.5, 186.5)))
    >>> seen = Projections(counts=np.array([32.0, 500.0, 16.0]).reshape(3, 1, 1, 1),
    ...     windows=(low, peak, high), geometry=views, view_seconds=np.ones(1),
    ...     view_starts_s=np.zeros(1))
    >>> beside = choose_windows(seen.windows, peak)
    >>> estimate_scatter(seen, beside, method="tew:0.75").expected_counts.item()
    38.75
    """
    asked = ScatterMethod.parse(method)
    if asked.name == "model":
        raise InputError(
            "scatter by a model can't be told from windows alone",
            got=method,
            allowed="tew, dew, upper, none",
            remedy="reconstruct with it, or choose windows",
        )
    if asked.name == "none":
        return _weighted(projections, {}, 0.0, "none")
    if asked.name == "dew":
        return estimate_dew(projections, windows, smooth_fwhm_mm=smooth_fwhm_mm)
    if asked.name == "upper":
        return estimate_upper(projections, windows, smooth_fwhm_mm=smooth_fwhm_mm)
    return estimate_tew(
        projections, windows, upper_share=asked.upper_share, smooth_fwhm_mm=smooth_fwhm_mm
    )


def _weighted(
    projections: Projections,
    weights: Mapping[EnergyWindow, float],
    smooth_fwhm_mm: float,
    method: str,
) -> ScatterEstimate:
    pixel_mm = projections.geometry.pixel_mm
    expected = np.zeros((projections.geometry.view_count, *projections.geometry.shape))
    variance = np.zeros_like(expected)
    for window, weight in weights.items():
        counts = projections.in_window(window).astype(np.float64)
        expected += weight * _smooth(counts, pixel_mm, smooth_fwhm_mm, power=1)
        variance += weight**2 * _smooth(counts, pixel_mm, smooth_fwhm_mm, power=2)
    if smooth_fwhm_mm > 0:
        method += f", smoothed by {smooth_fwhm_mm:g} mm"
    return ScatterEstimate(expected_counts=expected, variance=variance, method=method)


def _smooth(
    counts: NDArray[np.float64], pixel_mm: tuple[float, float], fwhm_mm: float, *, power: int
) -> NDArray[np.float64]:
    """Gaussian over each view; with power 2 the kernel's square: the variance of Poisson counts.

    Reflected at the borders, which keeps each view's total. Where the border folds the kernel the
    variance is a little low.
    """
    from scipy.ndimage import correlate1d

    if not 0 <= fwhm_mm < math.inf:
        raise InputError(
            "a smoothing's FWHM must be 0 or more", got=fwhm_mm, remedy="give it in mm"
        )
    for axis, spacing in ((1, pixel_mm[0]), (2, pixel_mm[1])):
        sigma = fwhm_mm / FWHM_PER_SIGMA / spacing
        reach = int(4 * sigma + 0.5)
        if sigma > 0 and reach > 0:
            kernel = np.exp(-0.5 * (np.arange(-reach, reach + 1) / sigma) ** 2)
            kernel = (kernel / kernel.sum()) ** power
            counts = correlate1d(counts, kernel, axis=axis, mode="reflect")
    return counts
