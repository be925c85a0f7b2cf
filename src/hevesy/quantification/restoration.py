"""Put blurred activity back into the regions it came from, before electrons are followed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError
from hevesy.images import Quantity, Region, Volume

__all__ = ["RestoredActivity", "restore_activity"]

_SIGMA_PER_FWHM = 1.0 / (2.0 * math.sqrt(2.0 * math.log(2.0)))
_REACH_SIGMAS = 3.0
_FAR_FWHM = 1.5  # beyond this from every region the image shows the background alone
_MOST_GAIN = 10.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RestoredActivity:
    """Decays where they were, and how much was moved.

    Parameters
    ----------
    tia : Volume
        BQ_S: each region holds its own total.
    before_bq_s, after_bq_s : tuple of float
        Of each region, before and after.
    total_before_bq_s, total_after_bq_s : float
        Of the whole image.

    Examples
    --------
    See `restore_activity`.
    """

    tia: Volume
    before_bq_s: tuple[float, ...]
    after_bq_s: tuple[float, ...]
    total_before_bq_s: float
    total_after_bq_s: float


def restore_activity(
    tia: Volume, regions: Sequence[Region], tia_bq_s: Sequence[float], *, fwhm_mm: float
) -> RestoredActivity:
    """Give each region the decays that are its own, and take away what blur put elsewhere.

    Region-based voxel-wise correction: the image is multiplied by s / (s * PSF), where s holds
    each region's own decays spread evenly over it and the background's outside, and the PSF is a
    Gaussian; then each region is scaled to its total. What the image shows of the distribution
    within a region stays. Errors of the regions' borders stay too: activity that breathing moved
    is put back where the region was drawn.

    Parameters
    ----------
    tia : Volume
        BQ_S, blurred.
    regions : sequence of Region
        On the same grid. Where two overlap, the earlier one has the voxel: lesions first.
    tia_bq_s : sequence of float
        Each region's own total (recovered, or corrected by the transfer matrix), Bq s.
    fwhm_mm : float
        Resolution of the image.

    Returns
    -------
    RestoredActivity

    Raises
    ------
    GridError
        A region is not on the image's grid.
    InputError
        Totals that are negative or not one for each region, or a resolution that is not above 0.

    References
    ----------
    Thomas et al. 2011, Eur J Nucl Med Mol Imaging 38:1104 (equations 5 to 7).

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 9), spacing_mm=(4, 4, 4))
    >>> seen = Volume(values=np.array([[[0, 0, 1, 2, 4, 2, 1, 0, 0.0]]]), grid=grid,
    ...               quantity=Quantity.BQ_S)
    >>> mask = np.zeros(grid.shape, bool)
    >>> mask[0, 0, 4] = True
    >>> found = restore_activity(seen, [Region(name="lesion", mask=mask, grid=grid)], [10.0],
    ...                          fwhm_mm=8.0)
    >>> [round(float(v), 1) for v in found.tia.values[0, 0]]
    [0.0, 0.0, 0.0, 0.0, 10.0, 0.0, 0.0, 0.0, 0.0]
    """
    tia.require(Quantity.BQ_S)
    _check(tia, regions, tia_bq_s, fwhm_mm)
    observed = np.asarray(tia.values, dtype=np.float32)
    owner = np.zeros(tia.grid.shape, dtype=np.uint8)
    for number, region in enumerate(regions, start=1):
        owner[region.mask & (owner == 0)] = number
    counts = np.bincount(owner.reshape(-1), minlength=len(regions) + 1)
    before = _sums(observed, owner, len(regions))
    synthetic = np.full(tia.grid.shape, _background(observed, owner, tia, fwhm_mm), np.float32)
    for number, total in enumerate(tia_bq_s, start=1):
        if counts[number]:
            synthetic[owner == number] = total / counts[number]
    blurred = _blur(synthetic, tia, fwhm_mm)
    gain = np.divide(synthetic, blurred, out=np.ones_like(blurred), where=blurred > 0)
    restored = observed * np.minimum(gain, _MOST_GAIN)
    now = _sums(restored, owner, len(regions))
    scale = np.ones(len(regions) + 1, dtype=np.float64)
    for number, total in enumerate(tia_bq_s, start=1):
        if now[number - 1] > 0:
            scale[number] = total / now[number - 1]
    restored *= scale.astype(np.float32)[owner]
    for number, total in enumerate(tia_bq_s, start=1):
        if now[number - 1] <= 0 < total and counts[number]:
            restored[owner == number] = total / counts[number]
    return RestoredActivity(
        tia=tia.with_values(restored),
        before_bq_s=tuple(before.tolist()),
        after_bq_s=tuple(_sums(restored, owner, len(regions)).tolist()),
        total_before_bq_s=float(observed.sum(dtype=np.float64)),
        total_after_bq_s=float(restored.sum(dtype=np.float64)),
    )


def _check(
    tia: Volume, regions: Sequence[Region], tia_bq_s: Sequence[float], fwhm_mm: float
) -> None:
    for region in regions:
        if not region.grid.matches(tia.grid):
            raise GridError(
                f"region '{region.name}' is not on the grid of the decays",
                got=region.grid.shape,
                allowed=str(tia.grid.shape),
                remedy="bring it to that grid",
            )
    if len(regions) != len(tia_bq_s) or min(tia_bq_s, default=0.0) < 0:
        raise InputError(
            "each region needs a total that is not negative",
            got=f"{len(tia_bq_s)} totals for {len(regions)} regions",
            remedy="look at the regions' curves",
        )
    if not 0 < fwhm_mm < math.inf:
        raise InputError(
            "activity can be restored only where the image's resolution is known",
            got=f"{fwhm_mm:g} mm",
            allowed="above 0 mm",
            remedy="state `resolution` in [options]",
        )


def _sums(values: NDArray[np.float32], owner: NDArray[np.uint8], n: int) -> NDArray[np.float64]:
    weights = values.reshape(-1).astype(np.float64)
    found = np.bincount(owner.reshape(-1), weights=weights, minlength=n + 1)
    return np.asarray(found[1:], dtype=np.float64)


def _blur(values: NDArray[np.float32], tia: Volume, fwhm_mm: float) -> NDArray[np.float32]:
    from scipy import ndimage

    sigma = [fwhm_mm * _SIGMA_PER_FWHM / mm for mm in tia.grid.spacing_mm]
    return np.asarray(
        ndimage.gaussian_filter(values, sigma, mode="nearest", truncate=_REACH_SIGMAS)
    )


def _background(
    observed: NDArray[np.float32], owner: NDArray[np.uint8], tia: Volume, fwhm_mm: float
) -> float:
    """Mean outside of all regions and their blur; 0 where there is no such place."""
    from scipy import ndimage

    width = [2 * math.ceil(_FAR_FWHM * fwhm_mm / mm) + 1 for mm in tia.grid.spacing_mm]
    near = ndimage.maximum_filter(owner, size=width, mode="constant")
    far = near == 0
    return float(observed[far].mean()) if far.any() else 0.0
