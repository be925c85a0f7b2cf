"""A small made-up result, to see a report's layout and to show the functions of this room.

Nothing in it was measured or computed from physics.
"""

from datetime import UTC, datetime, timedelta

import numpy as np

from hevesy.case import (
    AdministrationSummary,
    BedResult,
    CaseResult,
    Closure,
    ClosureScan,
    CourseCurve,
    DvhResult,
    EngineComparison,
    FurtherScan,
    MonitorEntry,
    PercentInjected,
    RegionDoses,
    RegionKinetics,
    RegionResult,
    RegistrationRecord,
    ScanMeasurement,
    ScanPicture,
    Truth,
    UncertaintyShare,
)
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.provenance import Provenance

__all__ = ["sample_result"]

_START = datetime(2024, 5, 14, 8, 0, tzinfo=UTC)
_HOURS = (1.0, 24.0, 72.0)
_HALF_LIFE_H = 16.0


def _region(name: str, kind: str, amount_mbq: float, volume_ml: float) -> RegionResult:
    hours = np.linspace(0.0, 96.0, 49)
    activity = amount_mbq * 0.5 ** (hours / _HALF_LIFE_H)
    tia = amount_mbq * _HALF_LIFE_H / np.log(2)
    dose = 0.45 * tia / volume_ml
    curve = CourseCurve(
        course=1, model="mono-exponential", tia_mbq_h=tia, tia_uncertainty_mbq_h=0.08 * tia,
        effective_half_life_h=_HALF_LIFE_H, hours=hours, activity_mbq=activity,
        low_mbq=0.92 * activity, high_mbq=1.08 * activity,
    )  # fmt: skip
    at_scans = [amount_mbq * 0.5 ** (h / _HALF_LIFE_H) for h in _HOURS]
    axis_gy = np.linspace(0.0, 2 * dose, 41)
    return RegionResult(
        name=name, kind=kind, volume_ml=volume_ml, mass_g=1.05 * volume_ml, density_g_cm3=1.05,
        tia_mbq_h=tia, tia_uncertainty_mbq_h=0.08 * tia, mean_dose_gy=dose,
        mean_dose_uncertainty_gy=0.11 * dose, voxel_mean_dose_gy=0.9 * dose,
        scans=tuple(
            ScanMeasurement(
                scan=n + 1, course=1, hours_after_administration=h, activity_mbq=a,
                activity_uncertainty_mbq=0.07 * a, random_uncertainty_mbq=0.02 * a,
                uncorrected_mbq=0.9 * a, recovery=0.9,
            )
            for n, (h, a) in enumerate(zip(_HOURS, at_scans, strict=True))
        ),
        curves=(curve,),
        dvh=DvhResult(
            d98_gy=0.4 * dose, d70_gy=0.8 * dose, d50_gy=dose, d2_gy=1.6 * dose,
            valid=volume_ml > 20, reason="" if volume_ml > 20 else "smaller than two FWHM",
            dose_gy=axis_gy, volume_share=np.clip(1.25 - 0.5 * axis_gy / dose, 0, 1),
        ),
        beds=(
            BedResult(
                bed_gy=1.8 * dose, alpha_per_gy=0.3, alpha_beta_gy=10.0, repair_half_time_h=1.5
            ),
        ),
        shares=(
            UncertaintyShare(source="volume", relative_uncertainty=0.09, variance_share=0.7),
            UncertaintyShare(source="fit", relative_uncertainty=0.06, variance_share=0.3),
        ),
        truth=Truth(tia_mbq_h=1.03 * tia, mean_dose_gy=1.05 * dose),
        monitor=tuple(
            MonitorEntry(
                after_scan=n + 1, course=1, hours=h,
                dose_so_far_gy=dose * (1 - 0.5 ** (h / _HALF_LIFE_H)),
                dose_so_far_uncertainty_gy=0.1 * dose * (1 - 0.5 ** (h / _HALF_LIFE_H)),
                final_dose_gy=dose, final_dose_uncertainty_gy=0.3 * dose / (n + 1),
                final_dose_interval90_gy=(dose * (1 - 0.5 / (n + 1)), dose * (1 + 0.5 / (n + 1))),
                single_scan_dose_gy=dose, single_scan_interval90_gy=(0.5 * dose, 1.5 * dose),
                prior="wide", wide_prior_weight=1.0,
                further_scans=(
                    FurtherScan(
                        hours=72.0, expected_interval90_width_gy=0.7 * dose / (n + 1),
                        expected_width_if_skipped_gy=dose / (n + 1),
                    ),
                ),
                expected_interval90_width_gy=0.7 * dose / (n + 1),
            )
            for n, h in enumerate(_HOURS[:2])
        ),
        percent_ia=tuple(
            PercentInjected(
                scan=n + 1, course=1, hours_after_administration=h, percent=a / 6.0,
                percent_uncertainty=0.0728 * a / 6.0,
                decay_corrected_percent=a / 6.0 * 2.0 ** (h / 17.0),
                decay_corrected_percent_uncertainty=0.0728 * a / 6.0 * 2.0 ** (h / 17.0),
                below_detection=False, detection_limit_mbq=0.2, detection_limit_percent=0.03,
            )
            for n, (h, a) in enumerate(zip(_HOURS, at_scans, strict=True))
        ),
        kinetics=(
            RegionKinetics(
                course=1, effective_half_life_h=_HALF_LIFE_H, effective_half_life_uncertainty_h=0.4,
                biological_half_life_h=272.0, biological_half_life_uncertainty_h=40.0,
                biological_half_life_at_least_h=220.0, residence_time_h=tia / 600.0,
                residence_time_uncertainty_h=0.11 * tia / 600.0,
            ),
        ),
    )  # fmt: skip


def _closure() -> Closure:
    scans = []
    for n, hours in enumerate(_HOURS):
        left = 0.5 ** (hours / 17.0)
        seen = 0.97 * 0.5 ** (hours / 272.0)
        scans.append(
            ClosureScan(
                scan=n + 1, course=1, hours_after_administration=hours, expected_mbq=600 * left,
                measured_mbq=600 * left * seen, left_over_mbq=0.0,
                difference_mbq=600 * left * (seen - 1), difference_uncertainty_mbq=25 * left,
                ratio=seen, ratio_uncertainty=0.04, ratio_stated_uncertainty=0.04,
                excreted_measured_mbq=0.0, excreted_percent=100 * (1 - seen),
                excreted_percent_uncertainty=4.0,
                excreted_since_first_percent=0.0 if n == 0 else 100 * (1 - seen / 0.967),
                excreted_since_first_percent_uncertainty=0.3, regions_mbq=550 * left * seen,
                remainder_mbq=50 * left * seen, remainder_uncertainty_mbq=6 * left,
                counted_twice_mbq=0.0, body_in_field_percent=100.0, outside_at_most_mbq=0.0,
                tests_closure=n == 0, verdict="closes" if n == 0 else "not tested",
                reason="made up",
            )
        )  # fmt: skip
    return Closure(
        net_injected_mbq=600.0, kind="net", expected_mbq=scans[0].expected_mbq,
        measured_mbq=scans[0].measured_mbq, ratio=scans[0].ratio, ratio_uncertainty=0.04,
        ratio_stated_uncertainty=0.04, unstated=(), excreted_mbq=90.0,
        excreted_uncertainty_mbq=20.0, excreted_by="balance", verdict="closes", reason="made up",
        explanations=(), per_scan=tuple(scans),
    )  # fmt: skip


def _comparison(
    dose: "np.ndarray[tuple[int, ...], np.dtype[np.float32]]", grid: Grid
) -> EngineComparison:
    return EngineComparison(
        reference="monte-carlo",
        regions=("lesion 1", "liver"),
        rows=(
            RegionDoses(
                method="monte-carlo",
                mean_dose_gy=(61.0, 1.2),
                gamma_pass_share=None,
                note="electrons and photons in the tissue",
            ),
            RegionDoses(
                method="local",
                mean_dose_gy=(65.0, 1.1),
                gamma_pass_share=0.93,
                note="electrons stay where they are born",
            ),
        ),
        maps=(
            Volume(values=0.94 * dose, grid=grid, quantity=Quantity.GY),
            Volume(values=dose, grid=grid, quantity=Quantity.GY),
        ),
    )


def sample_result() -> CaseResult:
    """Make up a result: one lesion, the liver, three scans, a CT, the truth.

    Examples
    --------
    >>> [region.name for region in sample_result().regions]
    ['lesion 1', 'liver']
    """
    grid = Grid.from_spacing((24, 20, 28), spacing_mm=(12, 12, 12), origin_mm=(-162, -114, -138))
    at = grid.to_world_mm(np.moveaxis(np.indices(grid.shape), 0, -1))
    lesion = np.linalg.norm(at - (-60, 0, 20), axis=-1) < 25
    liver = (np.linalg.norm(at - (-60, 0, 20), axis=-1) < 70) & ~lesion
    body = np.linalg.norm(at / (150, 100, 400), axis=-1) < 1
    dose = np.where(lesion, 100.0, np.where(liver, 0.5, 0.0))
    bq_per_ml = np.where(lesion, 8e6, np.where(body, 4e3, 0.0))
    pictures = tuple(
        ScanPicture(
            scan=n + 1, course=1, start=_START + timedelta(hours=h), hours_after_administration=h,
            total_activity_mbq=600 * 0.5 ** (h / _HALF_LIFE_H),
            coronal_mip=np.asarray(bq_per_ml.max(axis=1)[::-1], dtype=np.float32),
            spacing_mm=(12.0, 12.0), decay_note="start of the frame",
        )
        for n, h in enumerate(_HOURS)
    )  # fmt: skip
    record = RegistrationRecord(
        scan=2, method="rigid CT to CT", translation_mm=(1.0, -2.0, 3.0), rotation_deg=0.5,
        figure_of_merit=0.98, figure_of_merit_before=0.91,
        checkerboard=np.asarray(body.any(axis=1), dtype=np.float32),
        checkerboard_spacing_mm=(12.0, 12.0),
    )  # fmt: skip
    return CaseResult(
        patient="SAMPLE", nuclide="Re-188", agent="ImDendrim", timezone="Europe/Paris",
        method="monte-carlo",
        method_reason="as the case asks",
        comparison=_comparison(dose, grid),
        administrations=(
            AdministrationSummary(
                course=1, activity_mbq=600.0, activity_uncertainty_mbq=12.0, kind="net",
                time=_START, route="intratumoral", lesions=(("lesion 1", 600.0),),
            ),
        ),
        regions=(
            _region("lesion 1", "lesion", 500.0, 65.0), _region("liver", "organ", 50.0, 1400.0)
        ),
        dose=Volume(values=dose, grid=grid, quantity=Quantity.GY),
        anatomy=Volume(values=np.where(body, 40.0, -1000.0), grid=grid, quantity=Quantity.HU),
        activity=Volume(values=bq_per_ml, grid=grid, quantity=Quantity.BQ_PER_ML),
        masks=(
            Region(name="lesion 1", mask=lesion, grid=grid),
            Region(name="liver", mask=liver, grid=grid),
        ),
        registrations=(record,), pictures=pictures, warnings=("made up, to show the layout",),
        provenance=Provenance(
            inputs=(), options={"method": "local"}, data_sets=(), seed=1,
            created="2024-05-20T08:00:00+00:00",
        ),
        resolution_fwhm_mm=16.0,
        closure=_closure(),
    )  # fmt: skip
