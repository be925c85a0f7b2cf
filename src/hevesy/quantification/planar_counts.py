"""Planar counts made ready: scatter taken off, dead time, decay while the scan goes on."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hevesy.camera import MOST_LOSS_RATIO, DeadTime, EnergyWindow, true_rate_per_s
from hevesy.camera.planar_pair import PlanarPair
from hevesy.errors import GridError, InputError
from hevesy.reconstruction import choose_windows, estimate_scatter

__all__ = ["NetViews", "prepare_planar"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NetViews:
    """Counts of both views less scatter, and what they are worth.

    Parameters
    ----------
    counts : ndarray of float64, shape (2, rows, columns)
        Anterior first; not clipped at 0.
    variance : ndarray of float64, shape (2, rows, columns)
        Of `counts`, from counting.
    scatter : ndarray of float64, shape (2, rows, columns)
        What was taken off as scatter.
    effective_s : float
        Seconds of the activity at the scan's start that the counts stand for.
    common_relative_uncertainty : float
        From dead time and the moment at which the body was passed; common to all regions.
    most_loss_ratio : float
        The greatest n tau of the scan; 0 without dead time.
    warnings : tuple of str

    Raises
    ------
    GridError
        Shapes that differ.

    Examples
    --------
    >>> one = np.ones((2, 1, 1))
    >>> NetViews(counts=one, variance=one, scatter=0 * one, effective_s=600.0,
    ...          common_relative_uncertainty=0.0, most_loss_ratio=0.0).effective_s
    600.0
    """

    counts: NDArray[np.float64]
    variance: NDArray[np.float64]
    scatter: NDArray[np.float64]
    effective_s: float
    common_relative_uncertainty: float
    most_loss_ratio: float
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        shapes = {self.counts.shape, self.variance.shape, self.scatter.shape}
        if len(shapes) > 1 or self.counts.ndim != 3:
            raise GridError(
                "planar counts, their variance and their scatter differ in shape",
                got=", ".join(str(shape) for shape in sorted(shapes)),
                remedy="give one of each a pixel, for both views",
            )

    def on_rows(self, rows: slice) -> "NetViews":
        """The same over some of the rows."""
        return NetViews(
            counts=self.counts[:, rows],
            variance=self.variance[:, rows],
            scatter=self.scatter[:, rows],
            effective_s=self.effective_s,
            common_relative_uncertainty=self.common_relative_uncertainty,
            most_loss_ratio=self.most_loss_ratio,
            warnings=self.warnings,
        )


def _losses(
    net: NDArray[np.float64], pair: PlanarPair, dead_time: DeadTime
) -> tuple[NDArray[np.float64], float, float]:
    """Live fraction of each view's rows, shape (2, rows); the greatest n tau; u from tau's."""
    per_row = np.maximum(net.sum(axis=2), 0.0) / pair.exposure_s
    rows = pair.shape[0]
    length = rows if pair.field_mm is None else max(round(pair.field_mm / pair.pixel_mm[0]), 1)
    reach = min(length, rows) if pair.field_mm is None else length
    live = np.empty((2, rows))
    worst = relative = 0.0
    for view in range(2):
        if pair.field_mm is None:
            rate = np.array([per_row[view].sum()])
        else:  # what the detector counts while it passes: the sum over the rows under it
            padded = np.concatenate([np.zeros(reach - 1), per_row[view], np.zeros(reach - 1)])
            sums = np.concatenate([[0.0], np.cumsum(padded)])
            rate = sums[reach:] - sums[:-reach]
        true = true_rate_per_s(rate, dead_time)
        worst = max(worst, float(true.loss_ratio.max()))
        relative = max(relative, float(true.dead_time_relative.max()))
        share = 1.0 / true.factor
        if pair.field_mm is None:
            live[view] = share[0]
        else:  # a row is live for the mean over the places at which the detector is above it
            sums = np.concatenate([[0.0], np.cumsum(share)])
            live[view] = (sums[reach:] - sums[:-reach]) / reach
    return live, worst, relative


def prepare_planar(
    pair: PlanarPair,
    peak: EnergyWindow,
    *,
    scatter: str,
    decay_per_s: float,
    dead_time: DeadTime | None = None,
    smooth_fwhm_mm: float = 0.0,
) -> NetViews:
    """Take scatter off planar counts, undo dead time, and find what they are worth in seconds.

    Scatter by windows, pixel by pixel: peak less the estimate, with the variances of both. Dead
    time by the scatter-corrected rate over the detector: of a scan over the body by the sum over
    the rows that lie under it at each moment. Counts are worth (1 - exp(-lambda T))/lambda seconds
    of the activity at their start; a scan over the body passes each point at another moment,
    which the file does not tell: half its length is taken, and as uncertainty the standard
    deviation of an even distribution over it, lambda D/sqrt(12).

    Parameters
    ----------
    pair : PlanarPair
    peak : EnergyWindow
        One of its windows.
    scatter : str
        ``tew``, ``tew:SHARE``, ``dew``, ``upper`` or ``none``.
    decay_per_s : float
        The nuclide's, 1/s.
    dead_time : DeadTime, optional
        For the scatter-corrected peak over the whole detector; None: no losses.
    smooth_fwhm_mm : float
        Gaussian over the scatter windows, mm.

    Returns
    -------
    NetViews

    Raises
    ------
    InputError
        A decay constant that is not above 0, a window that was not recorded.

    References
    ----------
    Siegel JA et al. MIRD pamphlet no. 16, 1999 (scatter, dead time); Ogawa 1991,
    doi:10.1109/42.97591 (triple energy window).

    Examples
    --------
    >>> peak = EnergyWindow(lower_kev=139.5, upper_kev=170.5)
    >>> pair = PlanarPair(counts=np.full((1, 2, 2, 2), 100.0), windows=(peak,),
    ...     pixel_mm=(4.0, 4.0), corner_mm=(0.0, 0.0), exposure_s=10.0, scan_s=10.0)
    >>> found = prepare_planar(pair, peak, scatter="none", decay_per_s=1e-9)
    >>> round(found.effective_s, 6), float(found.variance[0, 0, 0])
    (10.0, 100.0)
    """
    if not 0 < decay_per_s < math.inf:
        raise InputError(
            "a decay constant must be above 0", got=decay_per_s, remedy="give the nuclide's own"
        )
    seen = pair.as_projections()
    estimate = estimate_scatter(
        seen, choose_windows(pair.windows, peak), method=scatter, smooth_fwhm_mm=smooth_fwhm_mm
    )
    gross = np.asarray(seen.in_window(peak), dtype=np.float64)
    lost_to_scatter = np.asarray(estimate.expected_counts, dtype=np.float64)
    net = gross - lost_to_scatter
    variance = gross + estimate.variance
    warnings = []
    if scatter == "none":
        warnings.append(
            "no scatter correction: attenuation is corrected for a narrow beam, and activities "
            "come out too large"
        )
    worst = lost = 0.0
    if dead_time is not None and dead_time.dead_time_s > 0:
        live, worst, lost = _losses(net, pair, dead_time)
        net, lost_to_scatter = net / live[:, :, None], lost_to_scatter / live[:, :, None]
        variance = variance / live[:, :, None] ** 2
        if worst > 0.2:
            warnings.append(
                f"dead time: n tau up to {worst:.2f} (refused above {MOST_LOSS_RATIO:g})"
            )
    decay = decay_per_s * pair.exposure_s
    seconds = pair.exposure_s * -math.expm1(-decay) / decay
    moment = 0.0
    if pair.field_mm is not None:
        passing_s = max(pair.scan_s - pair.exposure_s, 0.0)
        seconds *= math.exp(-decay_per_s * passing_s / 2)
        moment = decay_per_s * passing_s / math.sqrt(12.0)
    return NetViews(
        counts=net,
        variance=variance,
        scatter=lost_to_scatter,
        effective_s=seconds,
        common_relative_uncertainty=math.hypot(lost, moment),
        most_loss_ratio=worst,
        warnings=tuple(warnings),
    )
