"""Counts per becquerel and second of a camera, from phantoms of known activity."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError
from hevesy.images import Quantity, Region, Volume
from hevesy.kinetics import frame_mean_factor

__all__ = [
    "CalibrationFactor",
    "CombinedFactor",
    "NetCounts",
    "combine_factors",
    "factor_from_counts",
    "region_counts",
    "source_counts",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class NetCounts:
    """Counts of a source above its background, and their uncertainty.

    Parameters
    ----------
    value_counts : float
    uncertainty_counts : float
        Standard uncertainty from counting.

    Examples
    --------
    >>> NetCounts(value_counts=100.0, uncertainty_counts=10.0).uncertainty_counts
    10.0
    """

    value_counts: float
    uncertainty_counts: float


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrationFactor:
    """One measurement of a camera's calibration factor.

    Parameters
    ----------
    kind : str
        ``"planar"``, ``"cylinder"`` or ``"sphere"``.
    counts_per_bq_s : float
        Counts for each Bq and second, above 0.
    own_relative_uncertainty : float
        Independent of the other measurements: counting, volumes, weighing.
    activity_relative_uncertainty : float
        Common to all measurements with one dose calibrator.

    Raises
    ------
    InputError
        A factor that is not above 0, or a negative uncertainty.

    Examples
    --------
    >>> CalibrationFactor(kind="planar", counts_per_bq_s=1e-5, own_relative_uncertainty=0.01,
    ...                   activity_relative_uncertainty=0.02).counts_per_bq_s
    1e-05
    """

    kind: str
    counts_per_bq_s: float
    own_relative_uncertainty: float
    activity_relative_uncertainty: float

    def __post_init__(self) -> None:
        spreads = (self.own_relative_uncertainty, self.activity_relative_uncertainty)
        if not 0 < self.counts_per_bq_s < math.inf or not all(0 <= u < math.inf for u in spreads):
            raise InputError(
                f"the {self.kind} measurement does not give a calibration factor",
                got=f"{self.counts_per_bq_s:g} counts/(Bq s), uncertainties {spreads}",
                allowed="above 0; 0 or more",
                remedy="check its counts, activity, times and uncertainties",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class CombinedFactor:
    """The factor that several measurements give together.

    Parameters
    ----------
    counts_per_bq_s : float
    relative_uncertainty : float
        With the activity's common part.
    reduced_chi2 : float or None
        Of the measurements about their mean by their own uncertainties, which were widened by its
        root where it is above 1; None for one measurement.
    measurements : tuple of CalibrationFactor

    Examples
    --------
    >>> one = CalibrationFactor(kind="planar", counts_per_bq_s=1e-5, own_relative_uncertainty=0.03,
    ...                         activity_relative_uncertainty=0.04)
    >>> round(combine_factors([one]).relative_uncertainty, 6)
    0.05
    """

    counts_per_bq_s: float
    relative_uncertainty: float
    reduced_chi2: float | None
    measurements: tuple[CalibrationFactor, ...]

    def deviation_relative(self, measurement: CalibrationFactor) -> float:
        """How far a measurement lies from the combined factor, as a share."""
        return measurement.counts_per_bq_s / self.counts_per_bq_s - 1.0


def factor_from_counts(
    kind: str,
    counts: NetCounts,
    *,
    duration_s: float,
    activity_bq: float,
    decay_per_s: float,
    activity_relative_uncertainty: float = 0.0,
    other_relative_uncertainty: float = 0.0,
) -> CalibrationFactor:
    """Counts over the decays they come from.

    k = N / (A T f), A the activity at the measurement's start and f its mean over the duration T
    in A.

    Parameters
    ----------
    kind : str
        ``"planar"``, ``"cylinder"`` or ``"sphere"``.
    counts : NetCounts
        Scatter and background taken off, dead time corrected.
    duration_s : float
        Duration to which the counts belong, s, with its decay still to be applied; for an image
        reconstructed with `view_weights` 1 s (weights as they are) or their mean (weights about
        1), and a decay of 0.
    activity_bq : float
        At the measurement's start, Bq.
    decay_per_s : float
        1/s; 0 where `duration_s` holds the decay.
    activity_relative_uncertainty : float
        Of the dose calibrator, common to all.
    other_relative_uncertainty : float
        Of this measurement beyond counting: weighing, positioning, the region's volume.

    Returns
    -------
    CalibrationFactor

    Raises
    ------
    InputError
        A duration or an activity that is not above 0.

    Examples
    --------
    >>> found = factor_from_counts("planar", NetCounts(value_counts=1e4, uncertainty_counts=1e2),
    ...     duration_s=100.0, activity_bq=1e7, decay_per_s=0.0)
    >>> found.counts_per_bq_s, round(found.own_relative_uncertainty, 4)
    (1e-05, 0.01)
    """
    if not (0 < duration_s < math.inf and 0 < activity_bq < math.inf):
        raise InputError(
            f"the {kind} measurement needs a duration and an activity above 0",
            got=f"{duration_s:g} s, {activity_bq:g} Bq",
            remedy="give both",
        )
    decays = activity_bq * duration_s * frame_mean_factor(decay_per_s, duration_s)
    counting = counts.uncertainty_counts / max(abs(counts.value_counts), 1.0)
    return CalibrationFactor(
        kind=kind,
        counts_per_bq_s=counts.value_counts / decays,
        own_relative_uncertainty=math.hypot(counting, other_relative_uncertainty),
        activity_relative_uncertainty=activity_relative_uncertainty,
    )


def combine_factors(factors: Sequence[CalibrationFactor]) -> CombinedFactor:
    """Weighted mean of measurements, with what they have in common kept apart.

    Weights are 1/u^2 of the measurements' own relative uncertainties; where the points scatter
    more than these say, they are widened (Birge). The activity's uncertainty is common: it does not
    shrink with the number of measurements.

    Parameters
    ----------
    factors : sequence of CalibrationFactor
        Of one protocol.

    Returns
    -------
    CombinedFactor

    Raises
    ------
    InputError
        No measurement.

    References
    ----------
    Birge 1932, Phys Rev 40:207 (the ratio).

    Examples
    --------
    >>> two = [CalibrationFactor(kind="planar", counts_per_bq_s=k, own_relative_uncertainty=0.01,
    ...        activity_relative_uncertainty=0.02) for k in (1.00e-5, 1.02e-5)]
    >>> found = combine_factors(two)
    >>> round(found.counts_per_bq_s, 8), round(found.relative_uncertainty, 4)
    (1.01e-05, 0.0223)
    """
    if not factors:
        raise InputError(
            "there is no measurement of the calibration factor",
            remedy="give a planar, cylinder or sphere measurement",
        )
    values = np.array([f.counts_per_bq_s for f in factors])
    # one without any uncertainty of its own would take all the weight: 0.1 % is the least
    spread = values.mean() * np.array([max(f.own_relative_uncertainty, 1e-3) for f in factors])
    weights = 1.0 / spread**2
    mean = float((weights * values).sum() / weights.sum())
    freedom = len(values) - 1
    chi2 = float((weights * (values - mean) ** 2).sum()) / freedom if freedom else None
    own = math.sqrt(1.0 / float(weights.sum()) * max(chi2 or 1.0, 1.0)) / mean
    if len(factors) == 1:
        own = factors[0].own_relative_uncertainty
    common = max(f.activity_relative_uncertainty for f in factors)
    return CombinedFactor(
        counts_per_bq_s=mean,
        relative_uncertainty=math.hypot(own, common),
        reduced_chi2=chi2,
        measurements=tuple(factors),
    )


def source_counts(
    net_counts: NDArray[np.floating],
    variance: NDArray[np.floating],
    *,
    pixel_mm: tuple[float, float],
    radius_mm: float,
    shell_mm: float = 30.0,
) -> NetCounts:
    """Counts of a small source in one planar view: a disc, less the ring around it.

    The disc's middle is the centroid of the counts within `radius_mm` of the hottest pixel (after
    a mean over 3 x 3 pixels). The ring's mean, times the disc's pixels, is the background left by
    the scatter correction: it may be negative, and is not clipped.

    Parameters
    ----------
    net_counts : ndarray, shape (axial, transaxial)
        Peak less scatter; may hold negative values.
    variance : ndarray, shape (axial, transaxial)
        Of `net_counts`.
    pixel_mm : tuple of float
        (axial, transaxial), mm.
    radius_mm : float
        Of the disc: three times the FWHM for a point takes in its tails.
    shell_mm : float
        Thickness of the ring beside the disc; 0 for no background.

    Returns
    -------
    NetCounts

    Raises
    ------
    GridError
        The arrays differ in shape, or the disc or its ring does not lie in the view.

    Examples
    --------
    >>> view = np.full((21, 21), 1.0)
    >>> view[10, 10] += 500.0
    >>> found = source_counts(view, view, pixel_mm=(5.0, 5.0), radius_mm=20.0, shell_mm=10.0)
    >>> round(found.value_counts, 6)
    500.0
    """
    from scipy.ndimage import uniform_filter

    if net_counts.shape != variance.shape or net_counts.ndim != 2:
        raise GridError(
            "a planar view and its variance differ in shape",
            got=f"{net_counts.shape}, {variance.shape}",
            allowed="(axial, transaxial) for both",
            remedy="give one view",
        )
    counts = net_counts.astype(np.float64)
    rows, columns = (np.arange(n) * s for n, s in zip(counts.shape, pixel_mm, strict=True))
    hot = np.unravel_index(int(uniform_filter(counts, 3).argmax()), counts.shape)
    middle = (float(rows[hot[0]]), float(columns[hot[1]]))
    near = np.hypot(rows[:, None] - middle[0], columns[None, :] - middle[1]) <= radius_mm
    weight = np.where(near, np.maximum(counts, 0.0), 0.0)
    total = float(weight.sum()) or 1.0
    middle = (
        float((weight * rows[:, None]).sum()) / total,
        float((weight * columns[None, :]).sum()) / total,
    )
    reach = radius_mm + shell_mm
    for place, size in zip(middle, (rows[-1], columns[-1]), strict=True):
        if place < reach or place > size - reach:
            raise GridError(
                "the source lies too near to the border of its view",
                got=f"{min(place, size - place):.0f} mm from it",
                allowed=f"{reach:.0f} mm or more: the disc and its ring",
                remedy="choose a smaller radius, or measure it again in the middle",
            )
    distance = np.hypot(rows[:, None] - middle[0], columns[None, :] - middle[1])
    disc = distance <= radius_mm
    ring = (distance > radius_mm) & (distance <= reach)
    ratio = np.count_nonzero(disc) / np.count_nonzero(ring) if ring.any() else 0.0
    return NetCounts(
        value_counts=float(counts[disc].sum() - ratio * counts[ring].sum()),
        uncertainty_counts=math.sqrt(float(variance[disc].sum() + ratio**2 * variance[ring].sum())),
    )


def region_counts(image: Volume, region: Region | None = None) -> NetCounts:
    """Counts of a reconstructed image, in a region or in all of it.

    The uncertainty is the counts' own (Poisson): a lower bound for a region of a reconstructed
    image, whose voxels are correlated.

    Parameters
    ----------
    image : Volume
        COUNTS in the voxel.
    region : Region, optional
        On the image's grid: a cylinder's middle, two FWHM and more from its walls.

    Returns
    -------
    NetCounts

    Raises
    ------
    GridError
        The region is not on the image's grid.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(5, 5, 5))
    >>> seen = Volume(values=np.full(grid.shape, 3.0), grid=grid, quantity=Quantity.COUNTS)
    >>> region_counts(seen).value_counts
    24.0
    """
    image.require(Quantity.COUNTS)
    if region is not None and not region.grid.matches(image.grid):
        raise GridError(
            f"region '{region.name}' is not on the image's grid",
            got=region.grid.shape,
            allowed=str(image.grid.shape),
            remedy="draw it on the reconstructed image",
        )
    values = image.values if region is None else image.values[region.mask]
    total = float(values.sum(dtype=np.float64))
    return NetCounts(value_counts=total, uncertainty_counts=math.sqrt(max(total, 0.0)))
