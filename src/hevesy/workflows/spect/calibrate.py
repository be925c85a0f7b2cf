"""`hevesy spect calibrate`: a calibration record from phantom scans."""

import math
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.camera import DeadTime, Projections, ViewGeometry, true_rate_per_s
from hevesy.errors import CaseError, ImageFileError, InputError
from hevesy.files import (
    CalibrationPlan,
    CylinderPhantom,
    Exposure,
    PlanarPhantom,
    SpherePhantom,
    read_calibration_plan,
    read_label_map,
    read_volume,
    record_input,
    write_calibration,
)
from hevesy.images import Quantity, Region, Volume
from hevesy.kinetics import frame_mean_factor
from hevesy.nuclides import get_nuclide
from hevesy.provenance import InputRecord
from hevesy.quantification import (
    CalibrationFactor,
    CalibrationRecord,
    NetCounts,
    RecoveryCurve,
    combine_factors,
    factor_from_counts,
    fit_dead_time,
    fit_recovery,
    region_counts,
    source_counts,
    sphere_volume_ml,
)
from hevesy.reconstruction import ScatterWindows, estimate_scatter
from hevesy.segmentation import spill_out_region, spill_out_total

__all__ = ["run_spect_calibrate"]


def run_spect_calibrate(plan_path: Path, out: Path) -> dict[str, Any]:
    """Make a calibration record and write it.

    Parameters
    ----------
    plan_path : Path
        The plan (TOML).
    out : Path
        The record (JSON); there completely, or not at all.

    Returns
    -------
    dict
        The factor, each measurement's deviation from it, recoveries, dead time, for people.

    Raises
    ------
    CaseError
        The plan's `factor_from` names a kind that was not measured.

    Examples
    --------
    >>> run_spect_calibrate(Path("none.toml"), Path("record.json"))
    Traceback (most recent call last):
    hevesy.errors.CaseError: the calibration plan can't be read ...
    """
    plan = read_calibration_plan(plan_path)
    decay_per_s = get_nuclide(plan.protocol.nuclide).decay_per_s
    dead_time = _dead_time(plan)
    factors = [
        *(_planar_factor(p, plan, decay_per_s, dead_time) for p in plan.planar),
        *(_cylinder_factor(c, plan, decay_per_s) for c in plan.cylinders),
        *(f for s in plan.spheres for f in _sphere_factors(s, plan, decay_per_s)),
    ]
    kinds = plan.factor_from or tuple(dict.fromkeys(f.kind for f in factors))
    chosen = [f for f in factors if f.kind in kinds]
    missing = [kind for kind in kinds if kind not in {f.kind for f in factors}]
    if missing or not chosen:
        raise CaseError(
            "factor_from of the calibration plan names what was not measured",
            got=", ".join(missing),
            allowed=", ".join(dict.fromkeys(f.kind for f in factors)) or "nothing was",
            remedy="correct factor_from; spheres serve from `least_for_factor` on",
        )
    combined = combine_factors(chosen)
    points = [
        point
        for s in plan.spheres
        for point in _recoveries(s, combined.counts_per_bq_s, decay_per_s)
    ]
    record = CalibrationRecord(
        version=plan.version,
        protocol=plan.protocol,
        counts_per_bq_s=combined.counts_per_bq_s,
        relative_uncertainty=combined.relative_uncertainty,
        made=plan.made,
        valid_from=plan.valid_from,
        expires=plan.expires,
        dose_calibrator=plan.dose_calibrator,
        dead_time=dead_time,
        recovery=_curve(points, plan.recovery_model),
        measurements=tuple(factors),
        quality_control=plan.quality_control,
        inputs=_inputs(plan_path, plan),
    )
    write_calibration(out, record)
    return _summary(record, combined.reduced_chi2, points)


def _summary(
    record: CalibrationRecord, chi2: float | None, points: list[tuple[float, float, float | None]]
) -> dict[str, Any]:
    curve = record.recovery
    return {
        "version": record.version,
        "counts_per_bq_s": record.counts_per_bq_s,
        "relative_uncertainty": record.relative_uncertainty,
        "reduced_chi2": chi2,
        "measurements": [
            {
                "kind": m.kind,
                "counts_per_bq_s": m.counts_per_bq_s,
                "own_relative_uncertainty": m.own_relative_uncertainty,
                "deviation_relative": m.counts_per_bq_s / record.counts_per_bq_s - 1.0,
            }
            for m in record.measurements
        ],
        "dead_time_s": record.dead_time.dead_time_s if record.dead_time else None,
        "dead_time_uncertainty_s": record.dead_time.uncertainty_s if record.dead_time else None,
        "recovery": [
            {
                "volume_ml": v,
                "measured": r,
                "fitted": curve.at_volume(v).recovery if curve else None,
            }
            for v, r, _ in points
        ],
        "expires": record.expires.isoformat(),
    }


def _inputs(plan_path: Path, plan: CalibrationPlan) -> tuple[InputRecord, ...]:
    found: list[tuple[str, Path | None]] = [("calibration plan", plan_path)]
    for i, p in enumerate(plan.planar, start=1):
        found += [(f"planar {i} {n}", getattr(p, n)) for n in ("peak", "lower", "upper")]
    for i, c in enumerate(plan.cylinders, start=1):
        found += [(f"cylinder {i} {n}", getattr(c, n)) for n in ("image", "region")]
    for i, s in enumerate(plan.spheres, start=1):
        found += [(f"spheres {i} {n}", getattr(s, n)) for n in ("image", "labels")]
    return tuple(record_input(role, path) for role, path in found if path is not None)


def _dead_time(plan: CalibrationPlan) -> DeadTime | None:
    if not plan.dead_time_rates:
        return plan.dead_time
    activity, rate, relative = (np.array(column) for column in zip(*plan.dead_time_rates,
                                                                   strict=True))  # fmt: skip
    return fit_dead_time(activity, rate, relative).dead_time


def _at_start_bq(exposure: Exposure, decay_per_s: float) -> float:
    age_s = (exposure.started_at - exposure.assayed_at).total_seconds()
    return exposure.activity_bq * math.exp(-decay_per_s * age_s)


def _effective_s(exposure: Exposure, decay_per_s: float) -> float:
    """Duration in terms of the activity at the start."""
    if exposure.scan_s is None:
        return exposure.duration_s
    return exposure.duration_s * frame_mean_factor(decay_per_s, exposure.scan_s)


def _planar_factor(
    phantom: PlanarPhantom, plan: CalibrationPlan, decay_per_s: float, dead_time: DeadTime | None
) -> CalibrationFactor:
    protocol, exposure = plan.protocol, phantom.exposure
    windows = ScatterWindows(
        peak=protocol.peak,
        lower=next((w for w in protocol.scatter_windows if w < protocol.peak), None),
        upper=next((w for w in protocol.scatter_windows if w > protocol.peak), None),
    )
    images, recorded = [read_volume(phantom.peak, quantity=Quantity.COUNTS)], [protocol.peak]
    for name, path, window in (
        ("lower", phantom.lower, windows.lower),
        ("upper", phantom.upper, windows.upper),
    ):
        if window is None:
            continue
        if path is None:
            raise CaseError(
                f"planar.{name} is missing, which {protocol.scatter} needs",
                remedy="give that window's image of the point source",
            )
        images.append(read_volume(path, quantity=Quantity.COUNTS))
        recorded.append(window)
    _require_one_view(images)
    grid = images[0].grid
    pixel_mm = (grid.spacing_mm[1], grid.spacing_mm[2])
    view = Projections(
        counts=np.stack([image.values for image in images]),
        windows=tuple(recorded),
        geometry=ViewGeometry(
            angles_deg=np.zeros(1),
            radii_mm=np.ones(1),
            shape=(grid.shape[1], grid.shape[2]),
            pixel_mm=pixel_mm,
        ),
        view_seconds=np.full(1, exposure.duration_s),
        view_starts_s=np.zeros(1),
    )
    peak = view.in_window(protocol.peak)
    scatter = estimate_scatter(view, windows, method=protocol.scatter)
    found = source_counts(
        peak[0] - scatter.expected_counts[0],
        peak[0] + scatter.variance[0],
        pixel_mm=pixel_mm,
        radius_mm=phantom.radius_mm,
        shell_mm=phantom.shell_mm,
    )
    lost = 1.0
    if dead_time is not None:
        rate = max(float(scatter.net_per_view(peak)[0]), 0.0) / exposure.duration_s
        lost = float(true_rate_per_s(rate, dead_time).factor)
    return factor_from_counts(
        "planar",
        NetCounts(
            value_counts=found.value_counts * lost,
            uncertainty_counts=found.uncertainty_counts * lost,
        ),
        duration_s=exposure.duration_s,
        activity_bq=_at_start_bq(exposure, decay_per_s),
        decay_per_s=decay_per_s,
        activity_relative_uncertainty=plan.dose_calibrator.relative_uncertainty,
        other_relative_uncertainty=exposure.relative_uncertainty,
    )


def _require_one_view(images: list[Volume]) -> None:
    shapes = {image.grid.shape for image in images}
    if len(shapes) > 1 or next(iter(shapes))[0] != 1:
        raise ImageFileError(
            "a planar measurement needs one view of one size for all windows",
            got="; ".join(str(image.grid.shape) for image in images),
            allowed="(1, rows, columns)",
            remedy="export one view of each window",
        )


def _cylinder_factor(
    phantom: CylinderPhantom, plan: CalibrationPlan, decay_per_s: float
) -> CalibrationFactor:
    image = read_volume(phantom.image, quantity=Quantity.COUNTS)
    activity_bq = _at_start_bq(phantom.exposure, decay_per_s)
    region: Region | None = None
    if phantom.region is not None and phantom.volume_ml is not None:
        (region,) = read_label_map(phantom.region, [(1, "cylinder")])
        activity_bq *= region.volume_ml / phantom.volume_ml
    return factor_from_counts(
        "cylinder",
        region_counts(image, region),
        duration_s=_effective_s(phantom.exposure, decay_per_s),
        activity_bq=activity_bq,
        decay_per_s=0.0,
        activity_relative_uncertainty=plan.dose_calibrator.relative_uncertainty,
        other_relative_uncertainty=phantom.exposure.relative_uncertainty,
    )


def _sphere_regions(phantom: SpherePhantom) -> tuple[Volume, tuple[Region, ...]]:
    image = read_volume(phantom.image, quantity=Quantity.COUNTS)
    names = [(s.label, f"sphere {s.label}") for s in phantom.spheres]
    regions = read_label_map(phantom.labels, names)
    if not regions[0].grid.matches(image.grid):
        raise InputError(
            "the spheres' labels are not on the image's grid",
            got=regions[0].grid.shape,
            allowed=str(image.grid.shape),
            remedy="draw them on the reconstructed image",
        )
    return image, regions


def _sphere_factors(
    phantom: SpherePhantom, plan: CalibrationPlan, decay_per_s: float
) -> list[CalibrationFactor]:
    """From the spill-out region's total of each sphere that is large enough."""
    image, regions = _sphere_regions(phantom)
    per_ml = _at_start_bq(phantom.exposure, decay_per_s) / phantom.stock_ml
    found = []
    for sphere, region in zip(phantom.spheres, regions, strict=True):
        if sphere.diameter_mm < phantom.least_mm:
            continue
        around = spill_out_region(
            region,
            margin_mm=phantom.margin_mm,
            width_mm=phantom.shell_mm,
            others=[r for r in regions if r is not region],
        )
        total = spill_out_total(image, around, fwhm_mm=phantom.fwhm_mm)
        counts = NetCounts(
            value_counts=total.value,
            uncertainty_counts=math.hypot(total.uncertainty, math.sqrt(max(total.gross, 0.0))),
        )
        found.append(
            factor_from_counts(
                "sphere",
                counts,
                duration_s=_effective_s(phantom.exposure, decay_per_s),
                activity_bq=per_ml * sphere_volume_ml(sphere.diameter_mm),
                decay_per_s=0.0,
                activity_relative_uncertainty=plan.dose_calibrator.relative_uncertainty,
                other_relative_uncertainty=phantom.exposure.relative_uncertainty,
            )
        )
    return found


def _recoveries(
    phantom: SpherePhantom, counts_per_bq_s: float, decay_per_s: float
) -> list[tuple[float, float, float | None]]:
    """Volume, recovery and its uncertainty of each sphere: what stands out, over what should."""
    image, regions = _sphere_regions(phantom)
    start_bq = _at_start_bq(phantom.exposure, decay_per_s)
    hot = start_bq / phantom.stock_ml
    # the background was assayed with the stock
    warm = phantom.background_bq_per_ml * start_bq / phantom.exposure.activity_bq
    scale = counts_per_bq_s * _effective_s(phantom.exposure, decay_per_s)
    if hot <= warm:
        raise InputError(
            "the spheres are not hotter than what surrounds them",
            got=f"{hot:.4g} and {warm:.4g} Bq/mL",
            remedy="check the stock's and the background's activity and volume",
        )
    points = []
    for sphere, region in zip(phantom.spheres, regions, strict=True):
        mean = float(image.values[region.mask].mean()) / (scale * image.grid.voxel_volume_ml)
        recovery = (mean - warm) / (hot - warm)
        stated = sphere.relative_uncertainty
        points.append(
            (
                sphere_volume_ml(sphere.diameter_mm),
                recovery,
                None if stated is None else stated * abs(recovery),
            )
        )
    return points


def _curve(points: list[tuple[float, float, float | None]], model: str) -> RecoveryCurve | None:
    if not points:
        return None
    volumes, recoveries, spreads = zip(*points, strict=True)
    if any(s is None for s in spreads) and any(s is not None for s in spreads):
        raise CaseError(
            "some spheres state an uncertainty and some do not",
            remedy="give `uncertainty` for each [[spheres.sphere]], or for none",
        )
    return fit_recovery(volumes, recoveries, None if spreads[0] is None else spreads, model=model)
