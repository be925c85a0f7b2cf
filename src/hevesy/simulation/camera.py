"""What a SPECT camera makes of a known activity: blur, voxels, decay, counting noise."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Grid, Quantity, Volume, resample_activity
from hevesy.kinetics import frame_mean_factor
from hevesy.nuclides import Nuclide

__all__ = ["counting_uncertainty_bq", "counts_per_bq", "simulate_spect"]

_FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
_SIGMAS = 4.0  # the kernel ends there and is normalised: 6e-5 of a Gaussian lies beyond, per axis


def counts_per_bq(nuclide: Nuclide, *, counts_per_bq_s: float, duration_s: float) -> float:
    """Counts expected in a frame for each Bq at its start.

    Sensitivity times duration times the mean of exp(-lambda t) over the frame; what moves within
    the frame is neglected.

    Parameters
    ----------
    nuclide : Nuclide
    counts_per_bq_s : float
        Sensitivity, counts per decay, above 0.
    duration_s : float
        Of the frame, s, above 0.

    Raises
    ------
    InputError
        A sensitivity or a duration that is not above 0.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> round(counts_per_bq(get_nuclide("Re-188"), counts_per_bq_s=1e-5, duration_s=1800), 6)
    0.017818
    """
    if not (0 < counts_per_bq_s < math.inf and 0 < duration_s < math.inf):
        raise InputError(
            "a simulated frame needs a sensitivity and a duration above 0",
            got=f"{counts_per_bq_s:g} counts/(Bq s), {duration_s:g} s",
            remedy="give both, such as 1e-5 counts/(Bq s) and 1800 s",
        )
    return counts_per_bq_s * duration_s * frame_mean_factor(nuclide.decay_per_s, duration_s)


def _blur(values: NDArray[Any], grid: Grid, fwhm_mm: float) -> NDArray[np.float32]:
    from scipy.ndimage import gaussian_filter

    if not 0 <= fwhm_mm < math.inf:
        raise InputError(
            "a resolution must be 0 mm (none) or more",
            got=f"{fwhm_mm:g} mm",
            remedy="give the FWHM in mm",
        )
    if fwhm_mm == 0:
        return np.asarray(values, dtype=np.float32)
    sigma = [fwhm_mm / _FWHM_PER_SIGMA / step for step in grid.spacing_mm]
    # "reflect" mirrors at the outer faces: the sum is kept, and the operator is symmetric
    return np.asarray(
        gaussian_filter(values, sigma, output=np.float32, mode="reflect", truncate=_SIGMAS)
    )


def simulate_spect(
    activity: Volume,
    *,
    spect_grid: Grid,
    nuclide: Nuclide,
    counts_per_bq_s: float,
    duration_s: float,
    seed: int | None,
    fwhm_mm: float = 16.0,
) -> Volume:
    """SPECT image of a known activity, corrected for decay to the start of the frame.

    Each voxel of the known map sends a Poisson number of counts, whose mean is its activity times
    sensitivity times duration times the mean decay over the frame. The map of counts is blurred by
    a Gaussian (mirrored at the faces, so that none is lost), brought to the SPECT's voxels without
    loss, and divided by the counts per Bq, so that the image is in Bq/mL AT THE START OF THE FRAME
    (DICOM DecayCorrection START).

    Noise is drawn before the blur. The image is therefore not negative, its noise is correlated
    over the camera's resolution as a reconstruction's is, and a region well over the resolution
    has the Poisson variance of its own counts (`counting_uncertainty_bq` has the closed form for
    any region). It has no scatter, septal penetration, dead time, attenuation or ringing; those
    would bring more noise to small regions than is drawn here.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML at the start of the frame; not negative.
    spect_grid : Grid
        Of the SPECT; must cover `activity`, or what lies outside is lost.
    nuclide : Nuclide
    counts_per_bq_s : float
        Sensitivity, counts per decay.
    duration_s : float
        Of the frame, s.
    seed : int or None
        None gives the expectation, without noise.
    fwhm_mm : float
        Of the blur, mm. The voxels' own averaging comes on top: 16 mm appear as
        sqrt(16^2 + 5.545 h^2 / 12) with voxels of h mm, 16.3 for 4.8.

    Returns
    -------
    Volume
        BQ_PER_ML, float32, on `spect_grid`, in the frame of `activity`.

    Raises
    ------
    GridError
        The two grids do not run along the same axes.
    QuantityError
        A negative activity.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((8, 8, 8), spacing_mm=(4, 4, 4))
    >>> known = Volume(values=np.full(grid.shape, 1e4), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> image = simulate_spect(known, spect_grid=grid, nuclide=get_nuclide("Re-188"),
    ...                        counts_per_bq_s=1e-5, duration_s=1800, seed=None)
    >>> image.values.mean().round().item()
    10000.0
    """
    activity.require(Quantity.BQ_PER_ML)
    aligned = np.abs(activity.grid.direction.T @ spect_grid.direction) > 0.999999
    if aligned.sum() != 3:
        raise GridError(
            "the simulated SPECT must run along the axes of the known activity",
            remedy="give a grid of the same direction, or move the patient instead",
        )
    if activity.values.min() < 0:
        raise QuantityError(
            "the known activity has negative values",
            got=f"{float(activity.values.min()):g} Bq/mL",
            remedy="give an activity of 0 Bq/mL or more everywhere",
        )
    per_bq = counts_per_bq(nuclide, counts_per_bq_s=counts_per_bq_s, duration_s=duration_s)
    mean_counts = activity.values * (activity.grid.voxel_volume_ml * per_bq)
    if seed is None:
        counts: NDArray[Any] = mean_counts
    else:
        counts = np.random.default_rng(seed).poisson(mean_counts).astype(np.float32)
    blurred = _blur(counts, activity.grid, fwhm_mm)
    known = activity.with_values(blurred / np.float32(activity.grid.voxel_volume_ml * per_bq))
    return resample_activity(known, spect_grid)


def counting_uncertainty_bq(
    activity: Volume,
    weight: NDArray[Any],
    *,
    spect_grid: Grid,
    nuclide: Nuclide,
    counts_per_bq_s: float,
    duration_s: float,
    fwhm_mm: float = 16.0,
) -> float:
    """Standard deviation, from counting alone, of a weighted sum over a simulated SPECT, Bq.

    R = sum over SPECT voxels of w_i a_i, with a_i the activity in voxel i. Each known voxel j sends
    Poisson counts n_j, of which the share q_j reaches the sum, so that Var(R) = sum of q_j^2 A_j /
    c, with A_j the activity of known voxel j, c the counts per Bq, and q the weight carried back
    through voxels and blur (both are symmetric). For a region much larger than the resolution q is
    1 inside, and Var(R) = A / c: Poisson of its own counts.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML at the start of the frame, as given to `simulate_spect`.
    weight : ndarray, shape ``spect_grid.shape``
        w; for a region its coverage of each voxel, 0 to 1.
    spect_grid, nuclide, counts_per_bq_s, duration_s, fwhm_mm
        As given to `simulate_spect`.

    Returns
    -------
    float
        Standard deviation, Bq (k = 1).

    Raises
    ------
    GridError
        The weight does not have the grid's shape.

    Examples
    --------
    >>> from hevesy.nuclides import get_nuclide
    >>> grid = Grid.from_spacing((8, 8, 8), spacing_mm=(4, 4, 4))
    >>> known = Volume(values=np.full(grid.shape, 1e4), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> rhenium = get_nuclide("Re-188")
    >>> std = counting_uncertainty_bq(known, np.ones(grid.shape), spect_grid=grid, nuclide=rhenium,
    ...                               counts_per_bq_s=1e-5, duration_s=1800)
    >>> total = 1e4 * 512 * 0.064
    >>> counts = total * counts_per_bq(rhenium, counts_per_bq_s=1e-5, duration_s=1800)
    >>> round(std / total * counts**0.5, 4)
    1.0
    """
    activity.require(Quantity.BQ_PER_ML)
    if weight.shape != spect_grid.shape:
        raise GridError(
            "the weight does not have the simulated SPECT's shape",
            got=weight.shape,
            allowed=str(spect_grid.shape),
            remedy="bring the region to the SPECT's grid first",
        )
    per_bq = counts_per_bq(nuclide, counts_per_bq_s=counts_per_bq_s, duration_s=duration_s)
    # carried as if it were a concentration: each known voxel gets the mean weight over its box
    weights = Volume(
        values=np.asarray(weight, dtype=np.float32),
        grid=spect_grid,
        quantity=Quantity.BQ_PER_ML,
        frame_of_reference=activity.frame_of_reference,
    )
    reached = _blur(resample_activity(weights, activity.grid).values, activity.grid, fwhm_mm)
    voxel_bq = activity.values * activity.grid.voxel_volume_ml
    variance = float((reached.astype(np.float64) ** 2 * voxel_bq).sum()) / per_bq
    return math.sqrt(variance)
