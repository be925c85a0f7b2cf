"""A calibration record made as a site makes it: from scans of phantoms of its own."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.spect_chain import (
    FWHM_MM,
    Expected,
    Protocol,
    Reading,
    quadrature,
    read_weights,
    reconstruct,
    scan,
)
from hevesy.camera import DeadTime
from hevesy.quantification import (
    CalibrationFactor,
    CombinedFactor,
    FittedDeadTime,
    NetCounts,
    RecoveryCurve,
    combine_factors,
    factor_from_counts,
    fit_dead_time,
    fit_recovery,
    region_counts,
    sphere_volume_ml,
)
from hevesy.reconstruction import choose_windows, estimate_scatter
from hevesy.segmentation import spill_out_total

__all__ = ["DOSE_CALIBRATOR", "Record", "calibrate", "find_share", "measure_dead_time", "totals"]

DOSE_CALIBRATOR = 0.02
DISPENSING = 0.005
PHANTOM_BQ = 6e8
AGREED = 0.02
LEAST_MM = 25.0  # spheres that serve for the factor
DECAYING_BQ = (2e8, 5e8, 1e9, 2e9, 4e9, 7e9)


@dataclass(frozen=True)
class Record:
    """What the phantoms gave."""

    counts_per_bq_s: float
    relative_uncertainty: float
    spill_out_spread: float
    cylinder: CalibrationFactor
    spheres: tuple[CalibrationFactor, ...]
    reduced_chi2: float | None
    curve: RecoveryCurve
    points: tuple[tuple[float, float], ...]
    dead_time: DeadTime

    @property
    def by_spheres(self) -> CombinedFactor:
        """The factor for spill-out regions: of the same kind as they."""
        return combine_factors(self.spheres)

    @property
    def sphere_over_cylinder(self) -> float:
        """Ratio of the two kinds of factor."""
        return float(self.by_spheres.counts_per_bq_s / self.cylinder.counts_per_bq_s)


def measure_dead_time(expected: Expected, scatter: str, *, seed: int) -> FittedDeadTime:
    """From the sphere phantom while it decays: the first view's net rate."""
    rates, spreads = [], []
    for number, activity in enumerate(DECAYING_BQ):
        seen = scan(expected, activity_bq=activity, seed=seed + number)
        beside = choose_windows(seen.windows, seen.windows[0])
        found = estimate_scatter(seen, beside, method=scatter)
        peak = seen.in_window(seen.windows[0])
        net = float(found.net_per_view(peak)[0])
        rates.append(net / seen.view_seconds[0])
        noise = float(peak[0].sum() + found.variance[0].sum())
        spreads.append(np.hypot(np.sqrt(noise) / net, DISPENSING))
    return fit_dead_time(DECAYING_BQ, rates, spreads)


def calibrate(
    cylinder: Expected, spheres: Expected, protocol: Protocol, dead_time: DeadTime, *,
    seed: int | None,
) -> Record:  # fmt: skip
    """Factor from the cylinder's total and the larger spheres' spill-out, recovery from all."""
    seeds = (None, None) if seed is None else (2 * seed, 2 * seed + 1)
    even, hot = (
        reconstruct(
            scan(e, activity_bq=PHANTOM_BQ, seed=s), e, protocol, dead_time, given_bq=PHANTOM_BQ
        )
        for e, s in zip((cylinder, spheres), seeds, strict=True)
    )
    whole = _factor("cylinder", region_counts(even.image), even, PHANTOM_BQ)
    scale = PHANTOM_BQ / spheres.total_bq
    by_sphere = tuple(_sphere_factors(spheres, hot, scale))
    combined = combine_factors([whole, *by_sphere])
    k = combined.counts_per_bq_s
    points = tuple(_recoveries(spheres, hot, scale, k))
    by_kind = combine_factors(by_sphere).counts_per_bq_s
    spread = np.std([f.counts_per_bq_s / by_kind for f in by_sphere], ddof=1)
    return Record(
        counts_per_bq_s=k,
        relative_uncertainty=combined.relative_uncertainty,
        spill_out_spread=float(spread),
        cylinder=whole,
        spheres=by_sphere,
        reduced_chi2=combined.reduced_chi2,
        curve=fit_recovery(*np.transpose(points)),
        points=points,
        dead_time=dead_time,
    )


def _factor(kind: str, counts: NetCounts, seen: Reading, activity_bq: float) -> CalibrationFactor:
    return factor_from_counts(
        kind,
        counts,
        duration_s=seen.counted_s,
        activity_bq=activity_bq,
        decay_per_s=0.0,
        activity_relative_uncertainty=DOSE_CALIBRATOR,
        other_relative_uncertainty=DISPENSING,
    )


def _sphere_factors(spheres: Expected, hot: Reading, scale: float) -> Sequence[CalibrationFactor]:
    found = []
    sums = totals(spheres, hot.image.values)
    for number, around in enumerate(spheres.regions):
        if spheres.diameters_mm[number] < LEAST_MM:
            continue
        total = spill_out_total(hot.image, around, fwhm_mm=FWHM_MM)
        noise = quadrature(total.uncertainty, max(total.gross, 0.0) ** 0.5)
        counts = NetCounts(value_counts=float(sums[3 + 3 * number]), uncertainty_counts=noise)
        found.append(_factor("sphere", counts, hot, spheres.sphere_bq(number) * scale))
    return found


def _recoveries(
    spheres: Expected, hot: Reading, scale: float, k: float
) -> Sequence[tuple[float, float]]:
    """Volume, and what stands out over what should."""
    sums = totals(spheres, hot.image.values) / (hot.counted_s * k * scale)
    warm, most = spheres.warm_bq_per_ml, spheres.hot_bq_per_ml
    return [
        (sphere_volume_ml(d), float((mean - warm) / (most - warm)))
        for d, mean in zip(spheres.diameters_mm, sums[1::3], strict=True)
    ]


def totals(expected: Expected, values: NDArray[Any]) -> NDArray[np.float64]:
    """Sums of an image with `read_weights`."""
    return np.asarray(np.tensordot(read_weights(expected), values.astype(np.float64), axes=3))


def find_share(
    cylinder: Expected, spheres: Expected, *, seed: int
) -> tuple[float, list[dict[str, float]]]:
    """Find the least upper share at which spheres and cylinder agree within 2 %, in steps of 0.05.

    No further than their own uncertainty asks: with a larger share more scatter is left in, and
    totals depend more on the body's size.
    """
    rows = []
    for share in (0.5, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9):
        protocol = Protocol(scatter=f"tew:{share:g}")
        dead_time = measure_dead_time(spheres, protocol.scatter, seed=seed).dead_time
        found = calibrate(cylinder, spheres, protocol, dead_time, seed=seed)
        rows.append({"share": share, "sphere_over_cylinder": found.sphere_over_cylinder})
    for row in rows:
        if abs(row["sphere_over_cylinder"] - 1.0) <= AGREED:
            return row["share"], rows
    raise RuntimeError(f"no share brings spheres and cylinder together: {rows}")
