"""Partial-volume correction from the regions' shapes: the geometric transfer matrix."""

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hevesy.errors import GridError, InputError
from hevesy.images import Quantity, Volume
from hevesy.quantification.border_slopes import BORDER_MODES, BorderSlopes, border_slopes
from hevesy.quantification.counting import CountingNoise
from hevesy.quantification.delineation import sphere_diameter_mm
from hevesy.quantification.region_model import BlurredModel, RegionModel, build_region_model

__all__ = [
    "CorrectedActivity",
    "TransferMatrixResult",
    "correct_by_transfer_matrix",
    "solve_transfer_matrix",
]

_ILL_CONDITIONED = 10.0  # an error in the image of 1 % may then become 10 % in an activity
_FWHM_STEP = 0.02
_MUCH = 1.0 / 3.0  # of what a region shows: spill-in above it is told


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectedActivity:
    """One region's activity after the transfer matrix.

    Parameters
    ----------
    name : str
    activity_bq : float
        Corrected, Bq.
    uncorrected_bq : float
        As the image shows it, Bq.
    recovery : float
        Uncorrected over corrected; above 1 where more spilled in than out.
    background_bq_per_ml : float
        Concentration found around the region, Bq/mL.
    fwhm_slope_per_mm : float
        d ln A / d FWHM, 1/mm; times the FWHM's uncertainty it is the correction's.
    volume_slope_ratio : float
        d ln A / d ln v when the region's own border moves.
    border_slopes_per_mm : Mapping of str to tuple of float
        d ln A / d r, 1/mm, for the border of each region (this one included) that grows by r, or is
        shifted by r along the patient's x, y, z.
    rim_to_middle_ratio : float or None
        Concentration on the border over that in the middle, where the region was cut in two.
    random_relative_uncertainty : float or None
        Counting carried through the matrix; None where unknown.
    small : bool
        The equivalent sphere's diameter is under two FWHM: the figure rests on the assumed shape
        and uniformity more than on the image.
    warnings : tuple of str

    Examples
    --------
    >>> CorrectedActivity(name="a", activity_bq=2.0, uncorrected_bq=1.0, recovery=0.5,
    ...                   background_bq_per_ml=0.0, fwhm_slope_per_mm=0.1,
    ...                   volume_slope_ratio=0.2).small
    False
    """

    name: str
    activity_bq: float
    uncorrected_bq: float
    recovery: float
    background_bq_per_ml: float
    fwhm_slope_per_mm: float
    volume_slope_ratio: float
    border_slopes_per_mm: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    rim_to_middle_ratio: float | None = None
    random_relative_uncertainty: float | None = None
    small: bool = False
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class TransferMatrixResult:
    """All regions' corrected activities, and the matrix they rest on.

    Parameters
    ----------
    regions : tuple of CorrectedActivity
        In the order they were given.
    matrix : ndarray of float64, shape (m + n, m + n)
        Mean in m components of n regions and in n surrounding shells for unit concentration in m
        components and n backgrounds; m is n where no region was cut in two.
    condition : float
        The matrix's condition number (2-norm).
    warnings : tuple of str

    Examples
    --------
    >>> TransferMatrixResult(regions=(), matrix=np.eye(2), condition=1.0).condition
    1.0
    """

    regions: tuple[CorrectedActivity, ...]
    matrix: NDArray[np.float64]
    condition: float
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        matrix = np.array(self.matrix, dtype=np.float64)
        matrix.setflags(write=False)
        object.__setattr__(self, "matrix", matrix)


def correct_by_transfer_matrix(
    activity: Volume,
    coverages: Mapping[str, NDArray[Any]],
    *,
    fwhm_mm: float,
    body: NDArray[Any] | None = None,
    reach_mm: float | None = None,
    noise: CountingNoise | None = None,
    uneven: Collection[str] = (),
    repeats: Sequence[NDArray[Any]] = (),
) -> TransferMatrixResult:
    """Undo spill-out and spill-in between regions, given the resolution (Rousset 1998).

    Each region is taken to be uniform and blurred by a Gaussian of `fwhm_mm`; the regions named in
    `uneven`, if they are two FWHM across or more, to rise or fall smoothly from the border to the
    middle, by as much as the image says (two unknowns instead of one). The matrix holds the
    share of each region's blurred coverage that falls into each region; its inverse takes measured
    means to true ones. The remainder of the body is seldom uniform, so each region has a background
    of its own: what the image shows in the shell within `reach_mm` around it, extended as uniform
    as far as the blur reaches. Where regions overlap, the smaller one owns the overlap; the
    larger's activity includes its part of it. The image's values are taken as means over voxels,
    as coverages are; the voxel's own width is then no part of `fwhm_mm`.

    Limits: activity that is lopsided in its region (a depot along a needle) or uneven in a small
    one, a hot organ that was not drawn within reach, a point spread that is not Gaussian or varies,
    breathing.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML, at one moment.
    coverages : Mapping of str to ndarray, shape ``activity.grid.shape``
        Share of each voxel inside the region, 0 to 1.
    fwhm_mm : float
        The reconstructed image's resolution, mm.
    body : ndarray, shape ``activity.grid.shape``, optional
        Share of each voxel inside the body; outside it there is no background. By default all of
        the field of view.
    reach_mm : float, optional
        Thickness of the shell, mm; 1.5 FWHM by default.
    noise : CountingNoise, optional
        The frame's counting noise, carried through the inverse for regions and shells.
    uneven : collection of str
        Regions whose middle may be hotter or colder than their border: injected lesions.
    repeats : sequence of ndarray, shape ``activity.grid.shape``
        The image again with other counting noise, Bq/mL; with two or more, their spread through
        the inverse is the random uncertainty, and `noise` is not used.

    Returns
    -------
    TransferMatrixResult

    Raises
    ------
    InputError
        The resolution or reach is not above 0, or the matrix has no inverse.
    GridError
        `body` does not have the image's shape.

    References
    ----------
    Rousset, Ma, Evans 1998, J Nucl Med 39:904.

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((24, 24, 24), spacing_mm=(4, 4, 4))
    >>> image = Volume(values=np.full(grid.shape, 7.0), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> cube = np.zeros(grid.shape)
    >>> cube[9:15, 9:15, 9:15] = 1.0
    >>> found = correct_by_transfer_matrix(image, {"cube": cube}, fwhm_mm=12.0)
    >>> round(found.regions[0].recovery, 6)
    1.0
    """
    activity.require(Quantity.BQ_PER_ML)
    reach = 1.5 * fwhm_mm if reach_mm is None else reach_mm
    if not (0 < fwhm_mm < math.inf and 0 < reach < math.inf):
        raise InputError(
            "the transfer matrix needs the image's resolution",
            got=f"FWHM {fwhm_mm:g} mm, reach {reach:g} mm",
            allowed="above 0",
            remedy='write `resolution = "16 mm"` in [options]',
        )
    if body is not None and body.shape != activity.grid.shape:
        raise GridError(
            "the body's mask does not have the image's shape",
            got=body.shape,
            allowed=str(activity.grid.shape),
            remedy="bring the mask to the image's grid first",
        )
    if not coverages:
        return TransferMatrixResult(regions=(), matrix=np.zeros((0, 0)), condition=1.0)
    model = build_region_model(
        activity, coverages, fwhm_mm=fwhm_mm, body=body, reach_mm=reach, uneven=uneven
    )
    blurred = model.blur(fwhm_mm)
    matrix = model.matrix(blurred)
    condition = float(np.linalg.cond(matrix))
    if not condition < 1e8:
        raise InputError(
            "the regions can't be told apart at this resolution: no inverse transfer matrix",
            got=f"condition number {condition:.3g}",
            remedy='join or leave out regions that coincide, or use partial_volume = "none"',
        )
    warnings = []
    if condition > _ILL_CONDITIONED:
        warnings.append(
            f"the transfer matrix is ill conditioned (condition number {condition:.1f}): "
            "small errors of image and contours are magnified"
        )
    regions = _corrected(model, blurred, matrix, fwhm_mm, noise or CountingNoise(), repeats)
    return TransferMatrixResult(
        regions=regions, matrix=matrix, condition=condition, warnings=tuple(warnings)
    )


def solve_transfer_matrix(
    activity: Volume,
    coverages: Mapping[str, NDArray[Any]],
    *,
    fwhm_mm: float,
    body: NDArray[Any] | None = None,
    uneven: Collection[str] = (),
) -> dict[str, float]:
    """Give the corrected activities alone, Bq, as `correct_by_transfer_matrix` does with the rest.

    Parameters
    ----------
    activity : Volume
        BQ_PER_ML.
    coverages : Mapping of str to ndarray, shape ``activity.grid.shape``
        Share of each voxel inside the region, 0 to 1.
    fwhm_mm : float
        The image's resolution, mm, above 0.
    body : ndarray, shape ``activity.grid.shape``, optional
        Share of each voxel inside the body.
    uneven : collection of str
        Regions whose middle may be hotter or colder than their border.

    Returns
    -------
    dict of str to float

    Examples
    --------
    >>> from hevesy.images import Grid
    >>> grid = Grid.from_spacing((24, 24, 24), spacing_mm=(4, 4, 4))
    >>> image = Volume(values=np.full(grid.shape, 7.0), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> cube = np.zeros(grid.shape)
    >>> cube[9:15, 9:15, 9:15] = 1.0
    >>> round(solve_transfer_matrix(image, {"cube": cube}, fwhm_mm=12.0)["cube"], 3)
    96.768
    """
    model = build_region_model(
        activity, coverages, fwhm_mm=fwhm_mm, body=body, reach_mm=1.5 * fwhm_mm, uneven=uneven
    )
    solution = _solve(model.matrix(model.blur(fwhm_mm)), model.measured_bq_per_ml())
    return dict(zip(model.names, model.activities_bq(solution).tolist(), strict=True))


def _corrected(
    model: RegionModel,
    blurred: BlurredModel,
    matrix: NDArray[np.float64],
    fwhm_mm: float,
    noise: CountingNoise,
    repeats: Sequence[NDArray[Any]],
) -> tuple[CorrectedActivity, ...]:
    measured = model.measured_bq_per_ml()
    solution = _solve(matrix, measured)
    activities = model.activities_bq(solution)
    step = _FWHM_STEP * fwhm_mm
    wide, narrow = (
        model.activities_bq(_solve(model.matrix(model.blur(w)), measured))
        for w in (fwhm_mm + step, fwhm_mm - step)
    )
    fwhm_slopes = _ratio((wide - narrow) / (2.0 * step), activities)
    inverse = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
    random = (
        _spread_of(model, inverse, repeats, activities)
        if len(repeats) > 1
        else _random(model, inverse, measured, activities, noise)
    )
    borders = border_slopes(model, blurred, inverse, solution, fwhm_mm=fwhm_mm)
    recoveries = _ratio(model.uncorrected_bq, activities)
    parts = len(model.components)
    regions = []
    for i, name in enumerate(model.names):
        activity_bq = float(activities[i])
        small = sphere_diameter_mm(float(model.volumes_ml[i])) < 2.0 * fwhm_mm
        slopes = _border_slopes(model, borders, i, activity_bq)
        growth = borders[i].growth_ml_per_mm / float(model.volumes_ml[i])
        regions.append(
            CorrectedActivity(
                name=name,
                activity_bq=activity_bq,
                uncorrected_bq=float(model.uncorrected_bq[i]),
                recovery=float(recoveries[i]),
                background_bq_per_ml=float(solution[parts + i]),
                fwhm_slope_per_mm=float(fwhm_slopes[i]),
                volume_slope_ratio=slopes[name][0] / growth if growth else 0.0,
                border_slopes_per_mm=slopes,
                rim_to_middle_ratio=_rim_to_middle(model, solution, i),
                random_relative_uncertainty=random[i],
                small=small,
                warnings=(
                    *_warnings(name, activity_bq, small, model.at_edge[i]),
                    *_shone_upon(model, matrix, measured, solution, i),
                ),
            )
        )
    return tuple(regions)


def _border_slopes(
    model: RegionModel, borders: tuple[BorderSlopes, ...], i: int, activity_bq: float
) -> dict[str, tuple[float, ...]]:
    """One region's relative slopes against the borders of all."""
    if activity_bq == 0:
        return {name: (0.0,) * len(BORDER_MODES) for name in model.names}
    return {
        name: tuple((found.activities_bq_per_mm[:, i] / activity_bq).tolist())
        for name, found in zip(model.names, borders, strict=True)
    }


def _rim_to_middle(model: RegionModel, solution: NDArray[np.float64], i: int) -> float | None:
    cut = [c for c, owner in enumerate(model.owners) if owner == i]
    if len(cut) < 2 or solution[cut[0]] <= 0:
        return None
    return float(solution[cut[1]] / solution[cut[0]])


def _solve(matrix: NDArray[np.float64], measured: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.linalg.solve(matrix, measured), dtype=np.float64)


def _ratio(above: NDArray[np.float64], below: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.divide(above, below, out=np.zeros_like(above), where=below != 0)


def _warnings(name: str, activity_bq: float, small: bool, at_edge: bool) -> tuple[str, ...]:
    found = []
    if activity_bq <= 0:
        found.append(f"region '{name}': no activity is left after partial-volume correction")
    if small:
        found.append(
            f"region '{name}' is under two FWHM: its corrected activity rests on the assumed shape"
        )
    if at_edge:
        found.append(f"region '{name}' lies within the blur of the image's edge")
    return tuple(found)


def _shone_upon(
    model: RegionModel,
    matrix: NDArray[np.float64],
    measured_bq_per_ml: NDArray[np.float64],
    solution: NDArray[np.float64],
    i: int,
) -> list[str]:
    """Which other regions' spill-out makes up much of what a region shows."""
    owners = np.array(model.owners)
    rows = np.flatnonzero(owners == i)
    volumes_ml = model.row_volumes_ml[rows]
    shown_bq = float(volumes_ml @ measured_bq_per_ml[rows])
    found = []
    for j, name in enumerate(model.names):
        columns = np.flatnonzero(owners == j)
        carried_bq = float(volumes_ml @ matrix[np.ix_(rows, columns)] @ solution[columns])
        if j != i and carried_bq > _MUCH * shown_bq > 0:
            found.append(
                f"region '{model.names[i]}': more than a third of what the image shows there was "
                f"carried in from '{name}' by blur: its figure hangs on the resolution, on the "
                f"border of '{name}' and on how evenly '{name}' is filled"
            )
    return found


def _random(
    model: RegionModel,
    inverse: NDArray[np.float64],
    measured_bq_per_ml: NDArray[np.float64],
    activities_bq: NDArray[np.float64],
    noise: CountingNoise,
) -> list[float | None]:
    """Counting uncertainty of measured means, independent of each other, through the inverse.

    A region's middle and rim share its counts out, which leaves Poisson counts independent.
    """
    measured_bq = measured_bq_per_ml * model.row_volumes_ml
    relative = [noise.relative(float(a)) for a in measured_bq]
    if any(r is None for r in relative):
        return [None] * len(model.names)
    spread = np.abs(measured_bq_per_ml) * np.array(relative, dtype=np.float64)
    gain = model.activity_rows_ml @ inverse
    standard_bq = np.sqrt((gain**2) @ (spread**2))
    return [
        float(u / abs(a)) if a != 0 else None
        for u, a in zip(standard_bq, activities_bq, strict=True)
    ]


def _spread_of(
    model: RegionModel,
    inverse: NDArray[np.float64],
    repeats: Sequence[NDArray[Any]],
    activities_bq: NDArray[np.float64],
) -> list[float | None]:
    """Standard deviation of the regions' activities over repeated images, as shares."""
    gain = model.activity_rows_ml @ inverse
    drawn = np.array([gain @ model.measured_in(np.asarray(image)) for image in repeats])
    spread = drawn.std(axis=0, ddof=1)
    return [
        float(u / abs(a)) if a != 0 else None for u, a in zip(spread, activities_bq, strict=True)
    ]
