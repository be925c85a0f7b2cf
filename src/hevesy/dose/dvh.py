"""Dose-volume histograms weighted by volume."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.dose.engine import DoseMap
from hevesy.errors import GridError, InputError, RegionError
from hevesy.quantification import bounding_box, sphere_diameter_mm

__all__ = ["DoseVolumeHistogram", "compute_dvh", "region_doses_gy"]

_MOST_NOISE = 0.10
_POINTS = 400


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DoseVolumeHistogram:
    """How a region's volume shares in dose.

    Parameters
    ----------
    d98_gy, d70_gy, d50_gy, d2_gy : float
        Least dose to the hottest 98, 70, 50, 2 % of the volume, Gy.
    mean_gy : float
        Mean over the volume, Gy.
    dose_gy : ndarray of float64, shape (n,)
        Doses of the cumulative curve, from 0 to the greatest, n up to 400.
    volume_share : ndarray of float64, shape (n,)
        Share of the volume that gets at least that dose.
    volume_shares_at : tuple of (float, float)
        ``(dose in Gy, share)`` for the doses asked for.
    valid : bool
        Whether D98 and V may be read: False where the region is under two FWHM.
    reason : str
        Why not; empty where valid.
    resolution_fwhm_mm : float or None
        Of the image the dose rests on.
    excluded_share : float
        Share of the region's volume that is air and has no dose; not in the histogram.

    Examples
    --------
    >>> dvh = DoseVolumeHistogram(d98_gy=1.0, d70_gy=2.0, d50_gy=3.0, d2_gy=4.0, mean_gy=3.0,
    ...                           dose_gy=np.array([0.0]), volume_share=np.array([1.0]))
    >>> dvh.d2_gy
    4.0
    """

    d98_gy: float
    d70_gy: float
    d50_gy: float
    d2_gy: float
    mean_gy: float
    dose_gy: NDArray[np.float64]
    volume_share: NDArray[np.float64]
    volume_shares_at: tuple[tuple[float, float], ...] = ()
    valid: bool = True
    reason: str = ""
    resolution_fwhm_mm: float | None = None
    excluded_share: float = 0.0

    def __post_init__(self) -> None:
        for name in ("dose_gy", "volume_share"):
            values = np.array(getattr(self, name), dtype=np.float64)
            values.setflags(write=False)
            object.__setattr__(self, name, values)


def region_doses_gy(
    dose: DoseMap, coverage: NDArray[Any]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Doses of a region's voxels and the share of the region's volume in each.

    Parameters
    ----------
    dose : DoseMap
        The map; its excluded voxels are left out.
    coverage : ndarray, shape ``dose.dose.grid.shape``
        Share of each voxel inside the region, 0 to 1.

    Returns
    -------
    doses_gy : ndarray of float64, shape (n,)
    volume_shares : ndarray of float64, shape (n,)
        Sum to 1.

    Raises
    ------
    GridError
        The coverage does not have the dose's shape.
    RegionError
        Nothing of the region holds tissue.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity, Volume
    >>> grid = Grid.from_spacing((1, 1, 2), spacing_mm=(1, 1, 1))
    >>> gy = Volume(values=np.array([[[3.0, 5.0]]]), grid=grid, quantity=Quantity.GY)
    >>> region_doses_gy(DoseMap(dose=gy, method="local"), np.array([[[1.0, 0.0]]]))[0].tolist()
    [3.0]
    """
    if coverage.shape != dose.dose.grid.shape:
        raise GridError(
            "a region's coverage does not have the dose's shape",
            got=coverage.shape,
            allowed=str(dose.dose.grid.shape),
            remedy="bring the region to the dose's grid first",
        )
    inside = np.asarray(coverage) > 0
    if dose.excluded is not None:
        inside = inside & ~dose.excluded
    if not inside.any():
        raise RegionError(
            "a region holds no voxel with dose (it is empty, outside the image, or air)",
            got="0 mL",
            remedy="draw it on this image, or leave it out",
        )
    weights = np.asarray(coverage[inside], dtype=np.float64)
    return np.asarray(dose.dose.values[inside], dtype=np.float64), weights / weights.sum()


def compute_dvh(
    dose: DoseMap,
    coverage: NDArray[Any],
    *,
    resolution_fwhm_mm: float | None,
    doses_at_gy: Sequence[float] = (),
) -> DoseVolumeHistogram:
    """Compute a region's cumulative histogram, weighted by the volume of each voxel inside.

    Dx is the greatest dose that at least x % of the volume reaches: a step function of the voxels,
    without interpolation. The curve's points are equally spaced in dose. D98 and V are marked as
    not valid where the diameter of the sphere of the same volume, or the diameter of the largest
    sphere that fits inside (for flat and long regions), is under two FWHM: the blur then decides
    the histogram's shape. Where the resolution is not known nothing can be said, and so they are
    marked too, as they are where a simulation's noise is over 10 % in the region's median voxel.

    Parameters
    ----------
    dose : DoseMap
        The map.
    coverage : ndarray, shape ``dose.dose.grid.shape``
        Share of each voxel inside the region, 0 to 1.
    resolution_fwhm_mm : float or None
        Resolution of the image the dose rests on, mm; None where it is not known.
    doses_at_gy : sequence of float
        Doses at which the share of the volume is wanted, Gy.

    Returns
    -------
    DoseVolumeHistogram

    Raises
    ------
    InputError
        A dose asked for is negative.

    References
    ----------
    ICRU Report 83 (2010) for Dx and V. Dewaraja et al. 2012 (MIRD pamphlet 23), J Nucl Med 53:1310,
    on what blur does to small regions; two FWHM is hevesy's own limit.

    Examples
    --------
    >>> from hevesy.images import Grid, Quantity, Volume
    >>> grid = Grid.from_spacing((10, 10, 10), spacing_mm=(4, 4, 4))
    >>> gy = Volume(values=np.arange(1000.0).reshape(grid.shape), grid=grid, quantity=Quantity.GY)
    >>> dvh = compute_dvh(DoseMap(dose=gy, method="local"), np.ones(grid.shape),
    ...                   resolution_fwhm_mm=8.0, doses_at_gy=(500.0,))
    >>> dvh.d98_gy, dvh.d50_gy, dvh.d2_gy, round(dvh.volume_shares_at[0][1], 6), dvh.valid
    (20.0, 500.0, 980.0, 0.5, True)
    """
    for asked in doses_at_gy:
        if not 0 <= asked < math.inf:
            raise InputError(
                "V is asked for at a dose that can't be",
                got=f"{asked:g} Gy",
                allowed="0 and above",
                remedy="correct `dvh_volumes_at_gy` in [options]",
            )
    doses, shares = region_doses_gy(dose, coverage)
    order = np.argsort(-doses, kind="stable")
    falling, reached = doses[order], np.cumsum(shares[order])

    def least_dose(share: float) -> float:
        # a billionth for the rounding of the sum
        index = int(np.searchsorted(reached, share * (1.0 - 1e-9)))
        return float(falling[min(index, falling.size - 1)])

    def share_at(dose_gy: float) -> float:
        count = int(np.searchsorted(-falling, -dose_gy, side="right"))
        return float(min(reached[count - 1], 1.0)) if count else 0.0

    axis = np.linspace(0.0, max(float(falling[0]), 0.0), _POINTS)
    reason = _why_not_valid(dose, coverage, resolution_fwhm_mm)
    return DoseVolumeHistogram(
        d98_gy=least_dose(0.98),
        d70_gy=least_dose(0.70),
        d50_gy=least_dose(0.50),
        d2_gy=least_dose(0.02),
        mean_gy=float((doses * shares).sum()),
        dose_gy=axis,
        volume_share=np.array([share_at(d) for d in axis.tolist()]),
        volume_shares_at=tuple((float(d), share_at(float(d))) for d in doses_at_gy),
        valid=not reason,
        reason=reason,
        resolution_fwhm_mm=resolution_fwhm_mm,
        excluded_share=_excluded_share(dose, coverage),
    )


def _excluded_share(dose: DoseMap, coverage: NDArray[Any]) -> float:
    if dose.excluded is None:
        return 0.0
    return float(np.sum(coverage[dose.excluded], dtype=np.float64) / np.sum(coverage))


def _why_not_valid(dose: DoseMap, coverage: NDArray[Any], fwhm_mm: float | None) -> str:
    if fwhm_mm is None:
        return "the image's resolution is not stated, so D98 and V can't be judged"
    grid = dose.dose.grid
    volume_ml = float(np.sum(coverage, dtype=np.float64)) * grid.voxel_volume_ml
    diameter_mm = sphere_diameter_mm(volume_ml)
    if diameter_mm < 2.0 * fwhm_mm:
        return (
            f"D98 and V are not valid: the sphere of its volume is {diameter_mm:.0f} mm across, "
            f"under two FWHM ({2 * fwhm_mm:.0f} mm)"
        )
    width_mm = _inscribed_diameter_mm(coverage, grid.spacing_mm)
    if width_mm < 2.0 * fwhm_mm:
        return (
            f"D98 and V are not valid: the largest sphere that fits inside is {width_mm:.0f} mm "
            f"across, under two FWHM ({2 * fwhm_mm:.0f} mm)"
        )
    return _noise(dose, coverage)


def _noise(dose: DoseMap, coverage: NDArray[Any]) -> str:
    """A simulation's noise widens the histogram of a region that few histories reach."""
    if dose.relative_uncertainty is None:
        return ""
    inside = np.asarray(dose.relative_uncertainty.values)[coverage >= 0.5]
    middle = float(np.median(inside)) if inside.size else 0.0
    if middle <= _MOST_NOISE:
        return ""
    return (
        f"D98 and V are not valid: the simulation's noise is {100 * middle:.0f} % in its middle "
        f"voxel, over {100 * _MOST_NOISE:.0f} %, and widens the histogram (the mean dose is not "
        "touched)"
    )


def _inscribed_diameter_mm(coverage: NDArray[Any], spacing_mm: tuple[float, float, float]) -> float:
    """Diameter of the largest sphere inside; high by up to a voxel, in the region's favour."""
    from scipy.ndimage import distance_transform_edt

    box = bounding_box(coverage)
    if box is None:
        return 0.0
    padded = np.pad(np.asarray(coverage[box]) >= 0.5, 1)
    distance_mm = np.asarray(distance_transform_edt(padded, sampling=spacing_mm))
    return 2.0 * float(distance_mm.max())
