"""The hot spots that an injection left, found on SPECT by thresholds that fit their size."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import RegionError
from hevesy.images import Region, Volume
from hevesy.images.sampling import simpleitk
from hevesy.segmentation.margins import surround

__all__ = ["Deposit", "edge_share", "find_deposits"]

_FWHM_PER_SIGMA = 2.0 * math.sqrt(2.0 * math.log(2.0))
_MOST_ROUNDS = 50
_RESOLVED_DIAMETER_FWHM = 1.3  # an error of the image there becomes twice as large in the radius


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Deposit:
    """One hot spot.

    Parameters
    ----------
    region : Region
        On the image's grid.
    number : int
        From 1, the hottest first.
    peak_bq_per_ml : float
        Its maximum, in the image's unit (Bq/mL of an activity image).
    peak_mm : tuple of float
        Where that is, LPS mm.
    background_bq_per_ml : float
        Mean around all deposits.
    threshold_share : float
        Of the contrast, at which its edge was drawn.
    resolved : bool
        Its diameter is 1.3 FWHM or more: size and concentration are told by the image. A smaller
        one has a total, but its size is a guess.

    Raises
    ------
    RegionError
        A number below 1, or a share that is none.
    """

    region: Region
    number: int
    peak_bq_per_ml: float
    peak_mm: tuple[float, float, float]
    background_bq_per_ml: float
    threshold_share: float
    resolved: bool

    def __post_init__(self) -> None:
        if self.number < 1 or not 0 < self.threshold_share < 1:
            raise RegionError(
                "a deposit needs a number and the share at which its edge was drawn",
                got=f"number {self.number}, share {self.threshold_share:g}",
                allowed="1 or more; between 0 and 1",
                remedy="take deposits from find_deposits",
            )


def edge_share(radius_ratio: float) -> float:
    """Concentration on the true edge of a blurred uniform ball over that in its middle.

    With the ball's radius R and the Gaussian's standard deviation s, the edge holds
    1/2 erf(2 R / (s sqrt 2)) - s / (R sqrt(2 pi)) (1 - exp(-2 R^2 / s^2)) and the middle
    erf(R / (s sqrt 2)) - sqrt(2/pi) (R / s) exp(-R^2 / (2 s^2)), of the true concentration.

    Parameters
    ----------
    radius_ratio : float
        Radius over the image's FWHM, above 0.

    Returns
    -------
    float
        One half for large balls, 0.38 at 1, 0.80 at 0.3.

    Raises
    ------
    RegionError
        A radius that is not above 0.

    References
    ----------
    The convolution of a ball with a Gaussian, in closed form; Gear et al. 2018,
    doi:10.1007/s00259-018-4136-7, has the same edge as phi / 2.

    Examples
    --------
    >>> round(edge_share(100.0), 2), round(edge_share(1.0), 3)
    (0.5, 0.383)
    """
    if not radius_ratio > 0:
        raise RegionError(
            "a ball's radius must be above 0",
            got=f"{radius_ratio:g} FWHM",
            remedy="give radius and resolution in the same unit",
        )
    ratio = max(radius_ratio, 0.05) * _FWHM_PER_SIGMA  # a point's share is 1 to 0.5 % there
    edge = 0.5 * math.erf(2.0 * ratio / math.sqrt(2.0))
    edge += math.expm1(-2.0 * ratio**2) / (ratio * math.sqrt(2.0 * math.pi))
    middle = math.erf(ratio / math.sqrt(2.0))
    middle -= math.sqrt(2.0 / math.pi) * ratio * math.exp(-(ratio**2) / 2.0)
    return min(edge / middle, 1.0 - 1e-9)


def find_deposits(
    volume: Volume,
    *,
    within: Region,
    fwhm_mm: float,
    name: str = "depot",
    least_share: float = 0.2,
    dip_share: float = 0.15,
) -> tuple[Deposit, ...]:
    """Hot spots within a region, each up to the threshold that its size and the blur call for.

    Peaks that are parted by a dip of `dip_share` of the lower one's contrast are deposits of their
    own (two equal points: from 1.2 FWHM apart), and each has the part of the search that drains to
    it. There it is cut at B + s (maximum - B), with B the mean of a shell one FWHM wide that begins
    one FWHM outside all deposits, and s the share that the true edge of a ball of the volume found
    so far shows (`edge_share`); all three are found in turn until they stay. For a uniform ball
    without noise the true volume is the fixed point at any size; an error of the image is
    magnified in the radius by 1.1 at a radius of 1 FWHM, 2 at 0.65, 3 at 0.5. The maximum of a
    noisy image is too high, which makes the region too small.

    Parameters
    ----------
    volume : Volume
        Activity or counts.
    within : Region
        Where deposits may lie, on the same grid.
    fwhm_mm : float
        The image's resolution.
    name : str
        Each deposit's region is this and its number; of an only one just this.
    least_share : float
        Peaks with less than this share of the highest contrast are none.
    dip_share : float
        How deep the valley between two of them is, as a share of the lower one's contrast.

    Returns
    -------
    tuple of Deposit
        The hottest first. Their regions do not overlap.

    Raises
    ------
    RegionError
        Options out of range, nothing above the surroundings, or a search on another grid.

    References
    ----------
    Jentzen W et al. J Nucl Med 2007;48:108 (a threshold that depends on the volume, found in
    turn); van Dalen JA et al. Nucl Med Commun 2007;28:485 (background found in turn).

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity
    >>> grid = Grid.from_spacing((1, 1, 13), spacing_mm=(10, 10, 10))
    >>> values = np.array([[[0, 0, 0, 5, 9, 5, 1, 4, 8, 4, 0, 0, 0.0]]])
    >>> spect = Volume(values=values, grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> search = Region(name="search", mask=values > 0, grid=grid)
    >>> [d.region.name for d in find_deposits(spect, within=search, fwhm_mm=12.0)]
    ['depot 1', 'depot 2']
    """
    _check(volume, within, fwhm_mm, least_share, dip_share)
    values = np.asarray(volume.values, dtype=np.float64)
    base = _first_background(values, volume, within, fwhm_mm)
    peaks = _peaks(values, within.mask, base, least_share, dip_share)
    basins = _basins(values, within.mask, peaks)
    masks, shares, base = _settle(volume, values, peaks, basins, base, fwhm_mm)
    found = []
    for number, (place, mask, share) in enumerate(zip(peaks, masks, shares, strict=True), start=1):
        x, y, z = volume.grid.to_world_mm(place).tolist()
        label = name if len(peaks) == 1 else f"{name} {number}"
        found.append(
            Deposit(
                region=Region(
                    name=label,
                    mask=mask,
                    grid=volume.grid,
                    frame_of_reference=volume.frame_of_reference,
                ),
                number=number,
                peak_bq_per_ml=float(values[place]),
                peak_mm=(x, y, z),
                background_bq_per_ml=base,
                threshold_share=share,
                resolved=2.0 * _radius_mm(mask, volume) >= _RESOLVED_DIAMETER_FWHM * fwhm_mm,
            )
        )
    return tuple(found)


def _check(
    volume: Volume, within: Region, fwhm_mm: float, least_share: float, dip_share: float
) -> None:
    if not within.grid.matches(volume.grid):
        raise RegionError(
            f"region '{within.name}' is not on the image's grid",
            got=within.grid.shape,
            allowed=str(volume.grid.shape),
            remedy="bring it onto the image's grid first",
        )
    if not (0 < fwhm_mm < math.inf and 0 < least_share < 1 and 0 < dip_share < 1):
        raise RegionError(
            "deposits can't be found with these options",
            got=f"resolution {fwhm_mm:g} mm, shares {least_share:g} and {dip_share:g}",
            allowed="a resolution above 0 mm, shares between 0 and 1",
            remedy="state the image's resolution (FWHM)",
        )


def _first_background(
    values: NDArray[np.float64], volume: Volume, within: Region, fwhm_mm: float
) -> float:
    """Lowest tenth of the search region: a first guess that `_settle` replaces."""
    inside = values[within.mask]
    base, most = float(np.percentile(inside, 10.0)), float(inside.max())
    base = min(base, 0.5 * most)
    if not most > max(base, 0.0):
        raise RegionError(
            f"no deposit can be found in region '{within.name}'",
            got=f"maximum {most:g}, surroundings {base:g}",
            remedy="check that the image shows the injection, and where it is looked for",
        )
    return base


def _peaks(
    values: NDArray[np.float64],
    mask: NDArray[np.bool_],
    base: float,
    least_share: float,
    dip_share: float,
) -> list[tuple[int, int, int]]:
    """Local maxima that no higher one reaches without a valley; highest first."""
    from scipy.ndimage import label, maximum_filter

    shown = np.where(mask, values, -np.inf)
    most = float(shown.max())
    top = (shown == maximum_filter(shown, size=3, mode="constant", cval=-np.inf)) & mask
    top &= shown >= base + least_share * (most - base)
    places = [tuple(int(i) for i in place) for place in np.argwhere(top)]
    places.sort(key=lambda place: -values[place])
    kept: list[tuple[int, int, int]] = []
    for z, y, x in places:
        level = base + (1.0 - dip_share) * (float(values[z, y, x]) - base)
        parts, _ = label(shown >= level)
        own = int(parts[z, y, x])
        if all(int(parts[other]) != own for other in kept):
            kept.append((z, y, x))
    return kept


def _basins(
    values: NDArray[np.float64], mask: NDArray[np.bool_], peaks: list[tuple[int, int, int]]
) -> NDArray[np.int64]:
    """Which peak each voxel of the search drains to, from 1; 0 elsewhere."""
    if len(peaks) == 1:
        return mask.astype(np.int64)
    sitk = simpleitk()
    marks = np.zeros(values.shape, dtype=np.uint16)
    for number, place in enumerate(peaks, start=1):
        marks[place] = number
    depth: Any = sitk.GetImageFromArray(-np.where(mask, values, values.min()))
    flooded = sitk.MorphologicalWatershedFromMarkers(
        depth, sitk.GetImageFromArray(marks), markWatershedLine=False
    )
    return np.where(mask, sitk.GetArrayFromImage(flooded), 0).astype(np.int64)


def _settle(
    volume: Volume,
    values: NDArray[np.float64],
    peaks: list[tuple[int, int, int]],
    basins: NDArray[np.int64],
    base: float,
    fwhm_mm: float,
) -> tuple[list[NDArray[np.bool_]], list[float], float]:
    """Thresholds, sizes and background in turn, until the voxels stay as they are."""
    from scipy.ndimage import label

    shares = [0.5] * len(peaks)
    masks: list[NDArray[np.bool_]] = []
    met: set[bytes] = set()
    for _ in range(_MOST_ROUNDS):
        masks = []
        for number, (place, share) in enumerate(zip(peaks, shares, strict=True), start=1):
            cut = base + share * max(float(values[place]) - base, 0.0)
            parts, _ = label((basins == number) & (values >= cut))
            masks.append(np.asarray(parts == parts[place]))
        together = np.logical_or.reduce(masks)
        key = np.packbits(together).tobytes()
        if key in met:  # the same, or a circle of a few neighbouring masks: the last one stands
            break
        met.add(key)
        base = _background(volume, values, together, fwhm_mm)
        shares = [edge_share(_radius_mm(mask, volume) / fwhm_mm) for mask in masks]
    return masks, shares, base


def _background(
    volume: Volume, values: NDArray[np.float64], hot: NDArray[np.bool_], fwhm_mm: float
) -> float:
    region = Region(name="deposits", mask=hot, grid=volume.grid)
    try:
        shell = surround(region, gap_mm=fwhm_mm, width_mm=fwhm_mm)
    except RegionError:
        return 0.0  # the deposits fill the image: nothing around them is known
    return float(values[shell.mask].mean())


def _radius_mm(mask: NDArray[np.bool_], volume: Volume) -> float:
    """Of the ball of the mask's volume."""
    volume_mm3 = np.count_nonzero(mask) * volume.grid.voxel_volume_ml * 1000.0
    return float((3.0 * volume_mm3 / (4.0 * math.pi)) ** (1.0 / 3.0))
