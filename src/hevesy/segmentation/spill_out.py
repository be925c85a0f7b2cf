"""A lesion's total from an enlarged region, less its local background."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.errors import GridError, RegionError
from hevesy.images import Quantity, Region, Volume
from hevesy.segmentation.margins import dilate, surround

__all__ = ["SpillOut", "SpillOutRegions", "spill_out_region", "spill_out_total"]

_PER_ML = (Quantity.BQ_PER_ML, Quantity.BQ_S_PER_ML)
_PER_VOXEL = (Quantity.BQ, Quantity.BQ_S, Quantity.COUNTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillOutRegions:
    """A region, the region its activity spills out to, and the shell of background beyond.

    Parameters
    ----------
    region, enlarged, background : Region
        All on one grid.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((1, 1, 9), spacing_mm=(5, 5, 5))
    >>> mask = np.arange(9).reshape(grid.shape) == 4
    >>> lesion = Region(name="lesion", mask=mask, grid=grid)
    >>> found = spill_out_region(lesion, margin_mm=5.0, width_mm=5.0)
    >>> found.enlarged.volume_ml, found.background.volume_ml
    (0.375, 0.25)
    """

    region: Region
    enlarged: Region
    background: Region


@dataclass(frozen=True, slots=True, kw_only=True)
class SpillOut:
    """A background-corrected total, and what its random uncertainty is made of.

    Parameters
    ----------
    value : float
        Total of the region, in the image's unit times mL for concentrations (Bq for Bq/mL), else
        in the image's unit.
    uncertainty : float
        Of `value`, from the background's mean alone; same unit. Counting in the enlarged region,
        calibration and the margin's choice are not in it.
    background_per_ml, background_deviation_per_ml : float
        Mean and standard deviation of the shell's voxels; the second holds noise and true
        unevenness.
    beside_ml : float
        Volume of the enlarged region beside the region, over which the background was taken off.
    background_independent_share : float
        Independent values in the shell per voxel, by the resolution given.
    regions : SpillOutRegions
        Where.

    Examples
    --------
    >>> SpillOut.__slots__[:2]
    ('value', 'uncertainty')
    """

    value: float
    uncertainty: float
    background_per_ml: float
    background_deviation_per_ml: float
    beside_ml: float
    background_independent_share: float
    regions: SpillOutRegions

    @property
    def background_total(self) -> float:
        """What was taken off, in the unit of `value`."""
        return self.background_per_ml * self.beside_ml

    @property
    def gross(self) -> float:
        """Sum over the enlarged region, in the unit of `value`."""
        return self.value + self.background_total


def spill_out_region(
    region: Region,
    *,
    margin_mm: float,
    width_mm: float,
    gap_mm: float = 0.0,
    others: Sequence[Region] = (),
    within: Region | None = None,
) -> SpillOutRegions:
    """Enlarge a region by what its activity spills out to, and find its local background.

    Parameters
    ----------
    region : Region
        The lesion, on the SPECT's grid.
    margin_mm : float
        How far it spills out: about one FWHM takes in all but 1 %.
    width_mm : float
        Thickness of the background shell.
    gap_mm : float
        Between the enlarged region and the shell.
    others : sequence of Region
        Other lesions and hot organs, to be kept out of the shell. One that reaches into the
        enlarged region is an error: its activity would be counted.
    within : Region, optional
        What the shell must stay within (the body).

    Returns
    -------
    SpillOutRegions

    Raises
    ------
    RegionError
        Another region reaches into the enlarged region.

    References
    ----------
    The enlarged region with a background sampled outside it: see `spill_out_total`.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((9, 9, 9), spacing_mm=(5, 5, 5))
    >>> mask = np.zeros(grid.shape, dtype=bool)
    >>> mask[4, 4, 4] = True
    >>> found = spill_out_region(Region(name="lesion", mask=mask, grid=grid), margin_mm=5.0,
    ...                          width_mm=5.0)
    >>> int(found.enlarged.mask.sum())
    7
    """
    enlarged = dilate(region, margin_mm, name=f"{region.name} with spill-out")
    shell = surround(
        region,
        gap_mm=margin_mm + gap_mm,
        width_mm=width_mm,
        others=others,
        within=within,
        name=f"background of {region.name}",
    )
    for other in others:
        shared = np.count_nonzero(other.mask & enlarged.mask & ~region.mask)
        if shared:
            raise RegionError(
                f"region '{other.name}' reaches into the spill-out of region '{region.name}'",
                got=f"{shared * region.grid.voxel_volume_ml:.2g} mL",
                allowed="no overlap",
                remedy="choose a smaller margin, or use recovery coefficients for such neighbours",
            )
    return SpillOutRegions(region=region, enlarged=enlarged, background=shell)


def spill_out_total(volume: Volume, regions: SpillOutRegions, *, fwhm_mm: float) -> SpillOut:
    """Total of a region from its spill-out region, less the local background.

    With S the sum over the enlarged region of volume Ve, b the mean concentration in the shell and
    V the region's own volume, the total is S - b (Ve - V): the background is taken off where it
    is, beside the lesion, and what the lesion holds of it stays its own. No recovery coefficient
    is needed, and none must follow. Good for a depot of 2 to 6 cm at 4:1 or more over its
    background; at 2:1 and less the background's error rules.

    The background's random uncertainty is its standard deviation over the root of n - 1, n being
    the number of independent values that the shell's voxels are worth where the noise is white
    noise blurred by the resolution (correlation exp(-d^2 / 4 s^2) at a distance d, s = FWHM /
    2.355, summed over all pairs of the shell's voxels). True unevenness counts as noise.

    Parameters
    ----------
    volume : Volume
        BQ_PER_ML or BQ_S_PER_ML, or BQ, BQ_S or COUNTS in the voxel.
    regions : SpillOutRegions
        On the image's grid.
    fwhm_mm : float
        Resolution of the image, for the uncertainty only.

    Returns
    -------
    SpillOut

    Raises
    ------
    GridError
        The regions are not on the image's grid.
    RegionError
        The resolution is not above 0, or the shell has less than 8 voxels or less than 2
        independent values.

    References
    ----------
    Quantification by an expanded region with a background sampled outside the spill-out region:
    PMC9859999 (2-6 cm spheres, 99mTc, total over true near 100 % for 8:1 and 4:1).

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((21, 21, 21), spacing_mm=(5, 5, 5))
    >>> mask = np.zeros(grid.shape, dtype=bool)
    >>> mask[10, 10, 10] = True
    >>> found = spill_out_region(Region(name="l", mask=mask, grid=grid), margin_mm=15, width_mm=10)
    >>> spect = Volume(values=2.0 + 100.0 * mask, grid=grid, quantity=Quantity.BQ)
    >>> round(spill_out_total(spect, found, fwhm_mm=10.0).value, 6)
    102.0
    """
    volume.require(*_PER_ML, *_PER_VOXEL)
    if not volume.grid.matches(regions.region.grid):
        raise GridError(
            f"region '{regions.region.name}' is not on the image's grid",
            got=regions.region.grid.shape,
            allowed=str(volume.grid.shape),
            remedy="bring it onto the image's grid first",
        )
    voxels = int(np.count_nonzero(regions.background.mask))
    if not fwhm_mm > 0 or voxels < 8:
        raise RegionError(
            f"the background of region '{regions.region.name}' can't be taken",
            got=f"{voxels} voxels, FWHM {fwhm_mm} mm",
            allowed="8 voxels or more, a FWHM above 0 mm",
            remedy="make the shell wider, or give the resolution",
        )
    voxel_ml = volume.grid.voxel_volume_ml
    per_voxel = voxel_ml if volume.quantity in _PER_ML else 1.0
    gross = float(volume.values[regions.enlarged.mask].sum(dtype=np.float64)) * per_voxel
    shell = volume.values[regions.background.mask].astype(np.float64) * per_voxel / voxel_ml
    mean, deviation = float(shell.mean()), float(shell.std(ddof=1))
    beside_ml = regions.enlarged.volume_ml - regions.region.volume_ml
    independent = _independent(regions.background, fwhm_mm)
    if independent < 2.0:
        raise RegionError(
            f"the background shell of region '{regions.region.name}' is too small to be judged",
            got=f"{independent:.1f} independent values at a FWHM of {fwhm_mm:g} mm",
            allowed="2 or more",
            remedy="make the shell wider",
        )
    return SpillOut(
        value=gross - mean * beside_ml,
        uncertainty=beside_ml * deviation / math.sqrt(independent - 1.0),
        background_per_ml=mean,
        background_deviation_per_ml=deviation,
        beside_ml=beside_ml,
        background_independent_share=independent / voxels,
        regions=regions,
    )


def _independent(shell: Region, fwhm_mm: float) -> float:
    """Number of independent values that the voxels of a shell are worth."""
    from scipy.ndimage import gaussian_filter

    sigma_mm = math.sqrt(2.0) * fwhm_mm / math.sqrt(8 * math.log(2))
    sigma = [sigma_mm / s for s in shell.grid.spacing_mm]
    where = np.argwhere(shell.mask)
    box = tuple(slice(int(a), int(b) + 1) for a, b in zip(where.min(0), where.max(0), strict=True))
    mask = shell.mask[box].astype(np.float64)
    peak = 1.0  # of the sampled and normalised Gaussian, whose middle should be a correlation of 1
    for width in sigma:
        steps = np.arange(-int(4 * width + 0.5), int(4 * width + 0.5) + 1)
        peak /= float(np.exp(-0.5 * (steps / width) ** 2).sum())
    correlated = gaussian_filter(mask, sigma, mode="constant", truncate=4.0) / peak
    return float(mask.sum() ** 2 / (correlated * mask).sum())
