"""Gamma analysis: do two dose maps agree in dose, or in the distance to the same dose?"""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hevesy.compiled import run_batches
from hevesy.errors import GridError, InputError, QuantityError
from hevesy.images import Quantity, Volume
from hevesy.progress import SILENT, Control

__all__ = ["GammaCriterion", "GammaResult", "analyse_gamma"]

_SLABS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class GammaCriterion:
    """When two doses agree.

    Parameters
    ----------
    dose_percent : float
        Dose difference, % of the reference.
    distance_mm : float
        Distance to agreement, mm.
    local : bool
        Whether the reference is each voxel's own dose; otherwise it is `reference_gy`.
    reference_gy : float or None
        By default the greatest dose of the reference map. Also what the threshold is a share of.
    threshold_percent : float
        Voxels with less of the reference dose are not judged.
    most_ratio : float
        The search ends at this value of gamma, which stands for all above.
    points_per_distance : int
        Steps of the search within the distance to agreement.

    Raises
    ------
    InputError
        A number that is not above 0, or a threshold outside of 0 to 100 %.

    Examples
    --------
    >>> GammaCriterion(dose_percent=1, distance_mm=0.5).local
    True
    """

    dose_percent: float = 3.0
    distance_mm: float = 2.0
    local: bool = True
    reference_gy: float | None = None
    threshold_percent: float = 10.0
    most_ratio: float = 2.0
    points_per_distance: int = 5

    def __post_init__(self) -> None:
        if not (
            0 < self.dose_percent < math.inf
            and 0 < self.distance_mm < math.inf
            and 0 <= self.threshold_percent < 100
            and 1 <= self.most_ratio < math.inf
            and 1 <= self.points_per_distance <= 50
            and (self.reference_gy is None or 0 < self.reference_gy < math.inf)
        ):
            raise InputError(
                "a gamma analysis cannot use this criterion",
                got=repr(self),
                allowed="percent, mm and Gy above 0, a threshold under 100 %, a greatest gamma of 1"
                " or more, 1 to 50 points per distance",
                remedy="use 3 % and 2 mm",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GammaResult:
    """Gamma in each voxel that was judged.

    Parameters
    ----------
    gamma : ndarray of float32, shape ``reference.grid.shape``
        Not a number where it was not judged. Read-only.
    pass_fraction : float
        Share of the judged voxels with gamma up to 1.
    judged : int
        Voxels judged.
    mean_ratio : float
        Mean gamma.
    criterion : GammaCriterion
        With its reference dose filled in.

    Examples
    --------
    See `analyse_gamma`.
    """

    gamma: NDArray[np.float32]
    pass_fraction: float
    judged: int
    mean_ratio: float
    criterion: GammaCriterion


def _offsets(
    spacing_mm: tuple[float, float, float], criterion: GammaCriterion
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points of the search: offsets in voxels, and squared distances in units of the DTA."""
    steps = math.ceil(criterion.points_per_distance * criterion.most_ratio)
    line = np.arange(-steps, steps + 1) / criterion.points_per_distance
    z, y, x = np.meshgrid(line, line, line, indexing="ij")
    distance2 = (z**2 + y**2 + x**2).ravel()
    inside = np.flatnonzero(distance2 < criterion.most_ratio**2)
    order = inside[np.argsort(distance2[inside], kind="stable")]
    places = np.stack([z.ravel(), y.ravel(), x.ravel()], axis=1)[order]
    return places * criterion.distance_mm / np.array(spacing_mm), distance2[order]


def _steepest(
    dose: NDArray[np.float64],
    spacing_mm: tuple[float, float, float],
    offsets: NDArray[np.float64],
    distance_mm: float,
) -> NDArray[np.float64]:
    """Bound of the interpolated dose's change over one DTA, in the box that the search stays in."""
    from scipy import ndimage

    size = tuple(int(2 * np.ceil(offsets[:, axis].max()) + 1) for axis in range(3))
    squares = np.zeros(dose.shape)
    for axis in range(3):
        change = np.abs(np.diff(dose, axis=axis)) * (distance_mm / spacing_mm[axis])
        ends = [(0, 0)] * 3
        ends[axis] = (1, 1)
        padded = np.pad(change, ends)
        before = padded.take(np.arange(dose.shape[axis]), axis)
        after = padded.take(np.arange(1, dose.shape[axis] + 1), axis)
        around = ndimage.maximum_filter(np.maximum(before, after), size=size, mode="nearest")
        squares += np.asarray(around) ** 2
    return np.sqrt(squares)


def analyse_gamma(
    evaluated: Volume,
    reference: Volume,
    criterion: GammaCriterion = GammaCriterion(),
    *,
    threads: int | None = None,
    control: Control = SILENT,
) -> GammaResult:
    """Compare a dose map with a reference by the gamma index of Low et al.

    For each reference voxel, the evaluated dose is searched around it, interpolated linearly
    between voxels, at steps of the distance to agreement over `points_per_distance`. The step
    limits gamma's accuracy: it is too high by up to half of a step where the dose is steep.

    Parameters
    ----------
    evaluated, reference : Volume
        GY, on one grid.
    criterion : GammaCriterion
    threads : int, optional
    control : Control

    Returns
    -------
    GammaResult

    Raises
    ------
    GridError
        Not on one grid.
    QuantityError
        The reference has no dose, or no voxel reaches the threshold.

    References
    ----------
    Low, Harms, Mutic, Purdy 1998, Med Phys 25:656, doi:10.1118/1.598248.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((3, 3, 3), spacing_mm=(2, 2, 2))
    >>> here = Volume(values=np.full(grid.shape, 100.0), grid=grid, quantity=Quantity.GY)
    >>> there = here.with_values(np.full(grid.shape, 101.5))
    >>> found = analyse_gamma(there, here)  # 1.5 % of 3 %
    >>> round(float(found.gamma[1, 1, 1]), 3), found.pass_fraction
    (0.5, 1.0)
    """
    from hevesy.dose._gamma_kernels import gamma_slab

    evaluated.require(Quantity.GY)
    reference.require(Quantity.GY)
    if not evaluated.grid.matches(reference.grid):
        raise GridError(
            "two dose maps are not on one grid",
            got=evaluated.grid.shape,
            allowed=str(reference.grid.shape),
            remedy="resample one of them",
        )
    doses = np.ascontiguousarray(reference.values, dtype=np.float64)
    others = np.ascontiguousarray(evaluated.values, dtype=np.float64)
    whole_gy = float(doses.max()) if criterion.reference_gy is None else criterion.reference_gy
    threshold_gy = whole_gy * criterion.threshold_percent / 100.0
    judged = int(np.count_nonzero((doses >= threshold_gy) & (doses > 0)))
    if judged == 0:
        raise QuantityError(
            "no voxel of the reference has the dose from which a gamma analysis judges",
            got=f"at most {float(doses.max()):.4g} Gy",
            allowed=f"{threshold_gy:.4g} Gy and above",
            remedy="lower the threshold or give another reference dose",
        )
    offsets, distance2 = _offsets(reference.grid.spacing_mm, criterion)
    steepest = _steepest(others, reference.grid.spacing_mm, offsets, criterion.distance_mm)
    share = criterion.dose_percent / 100.0
    gamma = np.empty(doses.shape, dtype=np.float32)
    borders = np.linspace(0, doses.shape[0], min(_SLABS, doses.shape[0]) + 1).astype(int)

    def work(slab: int) -> None:
        gamma_slab(
            doses, others, steepest, borders[slab], borders[slab + 1], offsets, distance2,
            criterion.local, share if criterion.local else share * whole_gy, threshold_gy,
            criterion.most_ratio, gamma,
        )  # fmt: skip

    run_batches(work, borders.size - 1, threads=threads, control=control)
    values = gamma[gamma >= 0]
    gamma[gamma < 0] = np.nan
    gamma.setflags(write=False)
    return GammaResult(
        gamma=gamma,
        pass_fraction=float(np.mean(values <= 1.0)),
        judged=judged,
        mean_ratio=float(values.mean(dtype=np.float64)),
        criterion=replace(criterion, reference_gy=whole_gy),
    )
