"""What breathing and a misplaced scan do to a region's activity."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import InputError, RegionError
from hevesy.images import Volume

__all__ = [
    "breathing_blur_mm",
    "breathing_offsets_mm",
    "estimate_offset_mm",
    "mismatch_offsets_mm",
    "spread_over",
]

_FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
_NODES = 4
Offset = tuple[float, float, float]


def breathing_offsets_mm(amplitude_mm: float) -> tuple[Offset, ...]:
    """Places of a region that breathing moves along the body's axis, each as likely.

    The regions stand where the CT caught them, at a phase that nobody knows, and the image shows
    them at all phases. Of a sine the places are spread as 1 / sqrt(1 - (2 z / a)^2), and the
    Gauss-Chebyshev quadrature for that weight has equal weights: four places, exact for
    polynomials up to the seventh power.

    Parameters
    ----------
    amplitude_mm : float
        Peak to peak, mm, above 0.

    Returns
    -------
    tuple of tuple of float
        Offsets in LPS mm.

    Raises
    ------
    InputError
        An amplitude that is not above 0.

    References
    ----------
    Abramowitz and Stegun, Handbook of Mathematical Functions, 25.4.38.

    Examples
    --------
    >>> [round(z, 3) for _, _, z in breathing_offsets_mm(10.0)]
    [4.619, 1.913, -1.913, -4.619]
    """
    _require_length(amplitude_mm, "breathing")
    angles = [(2 * k - 1) * math.pi / (2 * _NODES) for k in range(1, _NODES + 1)]
    return tuple((0.0, 0.0, 0.5 * amplitude_mm * math.cos(angle)) for angle in angles)


def breathing_blur_mm(amplitude_mm: float, fwhm_mm: float) -> float:
    """By how much breathing widens the image's resolution, as the mean over the three axes, mm.

    A sine of peak-to-peak amplitude a has the variance a^2 / 8, along one axis of three.

    Parameters
    ----------
    amplitude_mm : float
        Peak to peak, mm, above 0.
    fwhm_mm : float
        The resolution at rest, mm; 0 where it is not known.

    Returns
    -------
    float
        mm of FWHM.

    Raises
    ------
    InputError
        An amplitude that is not above 0.

    Examples
    --------
    >>> round(breathing_blur_mm(10.0, 10.0), 3)
    1.095
    """
    _require_length(amplitude_mm, "breathing")
    extra = _FWHM_PER_SIGMA**2 * amplitude_mm**2 / 24.0
    return math.sqrt(fwhm_mm**2 + extra) - fwhm_mm


def mismatch_offsets_mm(sigma_mm: float) -> tuple[Offset, ...]:
    """Places of a region that lies off by a normal error along each axis, each as likely.

    The six points of the cubature of the third degree for a normal density in three dimensions,
    at sqrt(3) sigma on the axes: exact mean, variance and covariance.

    Parameters
    ----------
    sigma_mm : float
        Standard uncertainty along each axis, mm, above 0.

    Returns
    -------
    tuple of tuple of float
        Offsets in LPS mm.

    Raises
    ------
    InputError
        An uncertainty that is not above 0.

    References
    ----------
    Stroud, Approximate Calculation of Multiple Integrals, 1971: degree 3, six points, for the
    weight exp(-r^2) over all of space.

    Examples
    --------
    >>> round(mismatch_offsets_mm(2.0)[0][0], 3), len(mismatch_offsets_mm(2.0))
    (3.464, 6)
    """
    _require_length(sigma_mm, "mismatch")
    far = math.sqrt(3.0) * sigma_mm
    offsets = []
    for axis in range(3):
        for sign in (1.0, -1.0):
            x, y, z = (sign * far if a == axis else 0.0 for a in range(3))
            offsets.append((x, y, z))
    return tuple(offsets)


def spread_over(
    still_bq: Mapping[str, float],
    moved_bq: Callable[[Offset], Mapping[str, float]],
    offsets_mm: Sequence[Offset],
) -> dict[str, float]:
    """Root mean square of what offsets do to regions' activities, as shares of those at rest.

    It holds the loss that motion brings on average as well as its scatter, since which it is in a
    given scan is not known.

    Parameters
    ----------
    still_bq : Mapping of str to float
        At rest, Bq.
    moved_bq : callable
        Gives the regions' activities where all of them are moved by an offset, Bq.
    offsets_mm : sequence of tuple of float
        Equally likely, LPS mm.

    Returns
    -------
    dict of str to float
        0 for a region without activity.

    Examples
    --------
    >>> spread_over({"a": 10.0}, lambda offset: {"a": 10.0 + offset[2]}, [(0, 0, 1), (0, 0, -1)])
    {'a': 0.1}
    """
    squares = dict.fromkeys(still_bq, 0.0)
    for offset in offsets_mm:
        found = moved_bq(offset)
        for name, activity_bq in still_bq.items():
            squares[name] += (found[name] - activity_bq) ** 2 / len(offsets_mm)
    return {
        name: math.sqrt(square) / abs(still_bq[name]) if still_bq[name] else 0.0
        for name, square in squares.items()
    }


def estimate_offset_mm(
    activity: Volume, share: NDArray[np.float32], *, fwhm_mm: float, reach_mm: float
) -> Offset:
    """How far a region would have to be moved to lie best on what the image shows.

    The region is blurred to the image's resolution and moved within reach; the best place is that
    of the highest correlation with the image around it, between voxels by a parabola along each
    axis. A region that is filled lopsidedly looks displaced too, so of one lesion it is an upper
    bound of the mismatch rather than the mismatch.

    Parameters
    ----------
    activity : Volume
        Bq/mL.
    share : ndarray of float32, shape ``activity.grid.shape``
        Of each voxel in the region.
    fwhm_mm : float
        The image's resolution, mm.
    reach_mm : float
        How far to look along each axis, mm, above 0.

    Returns
    -------
    tuple of float
        LPS mm.

    Raises
    ------
    RegionError
        The region is empty, or the image shows nothing there.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((9, 9, 9), spacing_mm=(4, 4, 4))
    >>> seen, drawn = np.zeros(grid.shape), np.zeros(grid.shape, np.float32)
    >>> seen[4, 4, 5], drawn[4, 4, 4] = 1.0, 1.0
    >>> image = Volume(values=seen, grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> [round(v) for v in estimate_offset_mm(image, drawn, fwhm_mm=0.0, reach_mm=8.0)]
    [4, 0, 0]
    """
    from scipy.ndimage import gaussian_filter

    _require_length(reach_mm, "the search")
    spacing = activity.grid.spacing_mm
    sigma = [fwhm_mm / _FWHM_PER_SIGMA / mm for mm in spacing]
    steps = [max(1, math.ceil(reach_mm / mm)) for mm in spacing]
    margin = [n + math.ceil(2 * s) + 1 for n, s in zip(steps, sigma, strict=True)]
    found = np.argwhere(share > 0)
    if found.size == 0:
        raise RegionError("a region to be found on an image is empty", remedy="draw it there")
    low = np.maximum(found.min(axis=0) - margin, 0)
    high = np.minimum(found.max(axis=0) + margin + 1, share.shape)
    box = tuple(slice(int(a), int(b)) for a, b in zip(low, high, strict=True))
    image = np.asarray(activity.values[box], dtype=np.float64)
    pattern = gaussian_filter(np.asarray(share[box], dtype=np.float64), sigma, mode="nearest")
    image = image - image.mean()
    if not image.any():
        raise RegionError(
            "the image shows nothing around the region that is to be found on it",
            got="the same value everywhere",
            remedy="is it the right image?",
        )
    score = _correlation(image, pattern, steps)
    best = np.unravel_index(int(score.argmax()), score.shape)
    index = [
        b - n + _vertex(score, best, axis)
        for axis, (b, n) in enumerate(zip(best, steps, strict=True))
    ]
    x, y, z = (activity.grid.affine[:3, :3] @ np.array(index)).tolist()
    return (x, y, z)


def _correlation(
    image: NDArray[np.float64], pattern: NDArray[np.float64], steps: Sequence[int]
) -> NDArray[np.float64]:
    """Of the image with the pattern moved by whole voxels up to `steps`, by axis.

    Around a circle: the box is wide enough that the pattern does not come in again on the far side,
    so that its mean and norm are the same at every place.
    """
    from scipy.fft import irfftn, rfftn

    spectrum = rfftn(image) * np.conj(rfftn(pattern - pattern.mean()))
    around = irfftn(spectrum, s=image.shape)
    rows = [np.arange(-n, n + 1) % size for n, size in zip(steps, image.shape, strict=True)]
    return np.asarray(around[np.ix_(*rows)])


def _vertex(score: NDArray[np.float64], best: tuple[np.intp, ...], axis: int) -> float:
    """Of the parabola through the best place and its neighbours; 0 at the search's end."""
    place = [int(i) for i in best]
    if not 0 < place[axis] < score.shape[axis] - 1:
        return 0.0
    values = []
    for step in (-1, 0, 1):
        there = list(place)
        there[axis] += step
        values.append(float(score[tuple(there)]))
    below, here, above = values
    bend = below - 2.0 * here + above
    return 0.5 * (below - above) / bend if bend < 0 else 0.0


def _require_length(value_mm: float, what: str) -> None:
    if not 0 < value_mm < math.inf:
        raise InputError(
            f"the length of {what} must be above 0",
            got=f"{value_mm:g} mm",
            remedy="leave it out where there is none",
        )
