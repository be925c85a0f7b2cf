"""Curves voxel by voxel."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from hevesy.compiled import run_batches
from hevesy.errors import InputError
from hevesy.kinetics import Curve
from hevesy.progress import SILENT, Control

__all__ = [
    "VoxelCurves",
    "VoxelFitOptions",
    "VoxelStatus",
    "evaluate_voxel_curves",
    "fit_voxel_curves",
]

BATCH_VOXELS = 32_768
GRID_POINTS = 24
# As for regions: a rate at which a voxel would lose a biological factor of ten before the first
# scan can't be told from the scans.
FALL_BEFORE_FIRST_SCAN = 10.0


class VoxelStatus(IntEnum):
    """What became of a voxel."""

    EMPTY = 0  # nothing above zero
    FITTED = 1
    AT_PHYSICAL_DECAY = 2
    AT_FASTEST = 3
    POOLED = 4  # too weak for a rate of its own: the pooled curve's shape


@dataclass(frozen=True, slots=True, kw_only=True)
class VoxelFitOptions:
    """How voxels are fitted.

    Parameters
    ----------
    minimum_sigmas : float
        A voxel gets a rate of its own where the pooled curve's amplitude in it is at least this
        many standard deviations; infinity gives the pooled shape to all.
    uptake_rate_per_s : float or None
        A rate common to all voxels at which activity comes in, physical decay included, 1/s; the
        curve is then a (exp(-k t) - exp(-u t)) with k below u. None: no uptake phase.
    threads : int or None
        None: the CPUs that this process may use.

    Raises
    ------
    InputError
        A negative threshold, or an uptake rate that isn't above 0.

    Examples
    --------
    >>> VoxelFitOptions().minimum_sigmas
    5.0
    """

    minimum_sigmas: float = 5.0
    uptake_rate_per_s: float | None = None
    threads: int | None = None

    def __post_init__(self) -> None:
        uptake = self.uptake_rate_per_s
        if not self.minimum_sigmas >= 0 or (uptake is not None and not 0 < uptake < math.inf):
            raise InputError(
                "a voxel fit needs a threshold of at least 0 and an uptake rate above 0",
                got=f"{self.minimum_sigmas:g} sigmas, uptake {uptake} /s",
                remedy="correct the options",
            )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class VoxelCurves:
    """Fitted curves of all voxels; the arrays are read-only.

    Parameters
    ----------
    tia_bq_s : ndarray of float32, shape (n_voxels,)
        Time-integrated activity, in the unit of the activities times s, at least 0.
    rates_per_s : ndarray of float32, shape (n_voxels,)
        Effective rate, 1/s; not a number where the voxel is empty or follows the pooled shape.
    status : ndarray of uint8, shape (n_voxels,)
        `VoxelStatus`.
    """

    tia_bq_s: NDArray[np.float32]
    rates_per_s: NDArray[np.float32]
    status: NDArray[np.uint8]

    def __post_init__(self) -> None:
        for array in (self.tia_bq_s, self.rates_per_s, self.status):
            array.setflags(write=False)

    def count(self, status: VoxelStatus) -> int:
        """How many voxels have this status."""
        return int(np.count_nonzero(self.status == status))


def fit_voxel_curves(
    times_s: ArrayLike,
    activities_bq: NDArray[np.float32],
    uncertainties_bq: ArrayLike,
    *,
    decay_per_s: float,
    pooled: Sequence[Curve],
    pooled_index: NDArray[np.uint8] | None = None,
    options: VoxelFitOptions,
    control: Control = SILENT,
) -> VoxelCurves:
    """Fit one exponential to each voxel's scans, no slower than physical decay.

    Weighted least squares, amplitude at least 0. A voxel too weak for a rate of its own, and every
    voxel where there is one scan, takes the shape of a pooled curve (its region's). Rates are at
    most ln(10) / (time of the first scan) above physical decay. Noise makes a voxel's own integral
    biased high or low by its curvature in k; sums over regions are to be taken from the region's
    fit. Results are the same bits for any number of threads.

    Parameters
    ----------
    times_s : array_like of float, shape (n_scans,)
        Start of each frame since time zero, s, rising.
    activities_bq : ndarray of float32, shape (n_scans, n_voxels)
        Physical activity at these times, Bq or Bq/mL; noise may make it negative.
    uncertainties_bq : array_like of float, shape (n_scans,) or (n_scans, n_voxels)
        Standard uncertainty of a voxel, in the same unit, above 0.
    decay_per_s : float
        Physical decay constant, 1/s.
    pooled : sequence of Curve
        Shapes for weak voxels; only their form counts.
    pooled_index : ndarray of uint8, shape (n_voxels,), optional
        Which of `pooled` is a voxel's; by default the first.
    options : VoxelFitOptions
    control : Control
        Told of the batches; may stop the work between them.

    Returns
    -------
    VoxelCurves

    Raises
    ------
    InputError
        Arrays that don't fit together, uncertainties that aren't above 0, times that don't rise,
        an uptake rate at or below physical decay.

    References
    ----------
    Variable projection: Golub and Pereyra, SIAM J. Numer. Anal. 1973;10:413.

    Examples
    --------
    >>> import numpy as np
    >>> from hevesy.kinetics import ExponentialCurve
    >>> times, decay = np.array([3600.0, 86400.0]), np.log(2) / 61214.4
    >>> scans = np.float32(1e4) * np.exp(-1.5 * decay * times)[:, None].astype(np.float32)
    >>> found = fit_voxel_curves(times, scans, [100.0, 50.0], decay_per_s=decay,
    ...     pooled=[ExponentialCurve(amplitudes_bq=[1], rates_per_s=[decay])],
    ...     options=VoxelFitOptions())
    >>> round(float(found.rates_per_s[0] / decay), 4), VoxelStatus(found.status[0]).name
    (1.5, 'FITTED')
    """
    times = np.array(times_s, dtype=np.float64).reshape(-1)
    scans = np.ascontiguousarray(activities_bq, dtype=np.float32)
    voxels = scans.shape[1] if scans.ndim == 2 else 0
    variances = _variances(uncertainties_bq, times.size, voxels)
    index = np.zeros(1, np.uint8) if pooled_index is None else np.ascontiguousarray(pooled_index)
    _check(times, scans, variances, decay_per_s, pooled, index)
    uptake = options.uptake_rate_per_s or 0.0
    grid = _rate_grid(times, decay_per_s, uptake)
    table = np.exp(-grid[:, None] * times)
    if uptake > 0:
        table = table - np.exp(-uptake * times)
    shapes = np.array([np.maximum(c.activity_bq(times), 0.0) for c in pooled])
    integrals = np.array([c.tia_bq_s() for c in pooled])
    # A pooled curve that is nothing at every scan has no amplitude to fit.
    if not (shapes.max(axis=1) > 0).all() or not (integrals > 0).all():
        raise InputError(
            "a pooled curve has no activity at the scans",
            got=f"largest values {shapes.max(axis=1).tolist()} Bq",
            remedy="give the region's fitted curve, or physical decay",
        )
    tia = np.zeros(voxels, np.float32)
    rates = np.full(voxels, np.nan, np.float32)
    status = np.zeros(voxels, np.uint8)

    from hevesy.timeactivity._kernels import fit_batch

    def work(batch: int) -> None:
        first = batch * BATCH_VOXELS
        fit_batch(
            times, scans, variances, grid, table, uptake, shapes, integrals, index,
            float(options.minimum_sigmas), first, min(first + BATCH_VOXELS, voxels),
            tia, rates, status,
        )  # fmt: skip

    batches = -(-voxels // BATCH_VOXELS)
    run_batches(work, batches, threads=options.threads, control=control)
    return VoxelCurves(tia_bq_s=tia, rates_per_s=rates, status=status)


def evaluate_voxel_curves(
    curves: VoxelCurves,
    time_s: float,
    *,
    pooled: Sequence[Curve],
    pooled_index: NDArray[np.uint8] | None = None,
) -> NDArray[np.float32]:
    """Activity of each voxel at one moment, by its curve; for curves without an uptake phase.

    A voxel with a rate k of its own has TIA k exp(-k t); a pooled one its TIA's share of the
    pooled curve.

    Parameters
    ----------
    curves : VoxelCurves
    time_s : float
        Since time zero, s.
    pooled : sequence of Curve
        As given to the fit.
    pooled_index : ndarray of uint8, shape (n_voxels,), optional
        As given to the fit.

    Returns
    -------
    ndarray of float32, shape (n_voxels,)
        In the unit of the fitted activities, at least 0.

    Examples
    --------
    >>> import numpy as np
    >>> from hevesy.kinetics import ExponentialCurve
    >>> curves = VoxelCurves(tia_bq_s=np.float32([2e9, 1e9]),
    ...                      rates_per_s=np.float32([1e-5, np.nan]),
    ...                      status=np.uint8([VoxelStatus.FITTED, VoxelStatus.POOLED]))
    >>> shape = ExponentialCurve(amplitudes_bq=[1.0], rates_per_s=[2e-5])
    >>> evaluate_voxel_curves(curves, 1e5, pooled=[shape]).round(-1).tolist()
    [7360.0, 2710.0]
    """
    parts = np.array(
        [max(float(curve.activity_bq(time_s)), 0.0) / curve.tia_bq_s() for curve in pooled]
    )
    index = np.zeros(1, np.uint8) if pooled_index is None else pooled_index
    own = np.isfinite(curves.rates_per_s)
    rates = np.where(own, curves.rates_per_s, 0.0).astype(np.float64)
    shape = np.where(own, rates * np.exp(-rates * time_s), parts[index])
    return np.asarray(curves.tia_bq_s * shape, dtype=np.float32)


def _variances(uncertainties_bq: ArrayLike, scans: int, voxels: int) -> NDArray[np.float32]:
    sigma = np.asarray(uncertainties_bq)
    if sigma.ndim == 1:
        sigma = sigma[:, None]
    if sigma.shape not in {(scans, 1), (scans, voxels)}:
        raise InputError(
            "uncertainties of voxels don't fit the scans",
            got=f"shape {sigma.shape}",
            allowed=f"({scans},) or ({scans}, {voxels})",
            remedy="give one for each scan, or one for each scan and voxel",
        )
    variance = np.square(sigma, dtype=np.float32)
    if not ((variance > 0) & np.isfinite(variance)).all():
        raise InputError(
            "an uncertainty of a voxel is not above 0",
            got=f"smallest {float(np.min(sigma)):g}",
            remedy="give the noise level of empty voxels where nothing was counted",
        )
    return np.ascontiguousarray(variance)


def _check(
    times: NDArray[np.float64], scans: NDArray[np.float32], variances: NDArray[np.float32],
    decay_per_s: float, pooled: Sequence[Curve], index: NDArray[np.uint8],
) -> None:  # fmt: skip
    def refuse(problem: str, got: str, remedy: str) -> InputError:
        return InputError(f"voxel curves: {problem}", got=got, remedy=remedy)

    if scans.ndim != 2 or scans.shape[0] != times.size or scans.size == 0:
        raise refuse(
            "activities need one row for each time and a column for each voxel",
            f"shape {scans.shape} for {times.size} times",
            "stack the scans along the first axis",
        )
    if times[0] < 0 or (np.diff(times) <= 0).any() or not np.isfinite(times).all():
        raise refuse("times must rise from time zero on", f"{times.tolist()} s", "sort the scans")
    if not 0 < decay_per_s < math.inf:
        raise refuse("the decay constant must be above 0", f"{decay_per_s} /s", "correct it")
    if not len(pooled) or index.dtype != np.uint8 or index.shape not in {(1,), scans.shape[1:]}:
        raise refuse(
            "pooled curves need one index of type uint8 for each voxel",
            f"{len(pooled)} curves, index {index.dtype} of shape {index.shape}",
            "give at least one curve and an index below their number",
        )
    if int(index.max()) >= len(pooled):
        raise refuse(
            "an index points past the pooled curves", f"{int(index.max())}", "correct the index"
        )
    if not all(np.isfinite(row).all() for row in scans):
        raise refuse("an activity is not finite", "nan or infinity", "correct the images")


def _rate_grid(
    times: NDArray[np.float64], decay_per_s: float, uptake: float
) -> NDArray[np.float64]:
    """Rates from physical decay to the fastest, in 1/s."""
    first = float(times[0]) if times[0] > 0 else float(times[times > 0].min(initial=math.inf))
    # A first scan at time zero sees the amplitude itself: any rate that the second can tell.
    fall = math.log(FALL_BEFORE_FIRST_SCAN) if times[0] > 0 else 20.0
    fastest = fall / first if math.isfinite(first) else decay_per_s
    if uptake > 0:
        fastest = min(fastest, 0.98 * uptake - decay_per_s)
        if fastest <= 0:
            raise InputError(
                "the uptake rate must be above physical decay",
                got=f"{uptake:g} /s",
                allowed=f"more than {decay_per_s / 0.98:g} /s",
                remedy="give the effective rate, physical decay included",
            )
    slowest = min(0.03 / float(times[-1]) if times[-1] > 0 else fastest, 0.5 * fastest)
    biological = np.concatenate(([0.0], np.geomspace(slowest, fastest, GRID_POINTS - 1)))
    return decay_per_s + biological
