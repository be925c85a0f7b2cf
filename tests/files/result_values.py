"""A finished case to write down: every optional figure once there and once not."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from hevesy.case import (
    AdministrationSummary,
    BedResult,
    CaseResult,
    CourseCurve,
    DvhResult,
    FurtherScan,
    MonitorEntry,
    PartialVolume,
    RegionResult,
    RegistrationRecord,
    ScanMeasurement,
    ScanPicture,
    Truth,
    UncertaintyShare,
)
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.provenance import DataSet, InputRecord, Provenance

GRID = Grid.from_spacing((3, 4, 5), spacing_mm=(5, 4, 4))


def lesion() -> RegionResult:
    line = np.linspace(0.0, 10.0, 300)
    return RegionResult(
        name="lesion 1",
        kind="lesion",
        volume_ml=24.6,
        mass_g=25.8,
        density_g_cm3=1.05,
        tia_mbq_h=7593.7526,
        tia_uncertainty_mbq_h=np.float64(512.0),  # type: ignore[arg-type]
        mean_dose_gy=2.773,
        mean_dose_uncertainty_gy=0.2,
        voxel_mean_dose_gy=2.6,
        scans=(
            ScanMeasurement(
                scan=1, course=1, hours_after_administration=3.7411, activity_mbq=98.5614,
                activity_uncertainty_mbq=5.0, random_uncertainty_mbq=1.0, uncorrected_mbq=90.0,
                recovery=0.913,
            ),
        ),
        curves=(
            CourseCurve(
                course=1, model="bi-exponential", tia_mbq_h=7593.7526, tia_uncertainty_mbq_h=512.0,
                effective_half_life_h=50.0, hours=line, activity_mbq=line, low_mbq=line,
                high_mbq=line,
            ),
        ),
        dvh=DvhResult(
            d98_gy=1.0, d70_gy=2.0, d50_gy=2.7, d2_gy=4.0, valid=False, reason="under two FWHM",
            dose_gy=line, volume_share=line[::-1] / 10, volume_shares_at=((2.0, 0.7),),
        ),
        beds=(
            BedResult(bed_gy=3.0, alpha_per_gy=0.35, alpha_beta_gy=10.0, repair_half_time_h=1.5),
        ),
        eud_gy=2.2,
        shares=(
            UncertaintyShare(source="calibration", relative_uncertainty=0.05, variance_share=1.0),
        ),
        truth=Truth(tia_mbq_h=7600.0, mean_dose_gy=2.77),
        monitor=(
            MonitorEntry(
                after_scan=1, course=1, hours=3.7411, dose_so_far_gy=0.2,
                dose_so_far_uncertainty_gy=0.02, final_dose_gy=2.6, final_dose_uncertainty_gy=0.8,
                final_dose_interval90_gy=(1.4, 4.1), single_scan_dose_gy=2.6,
                single_scan_interval90_gy=(1.4, 4.1), prior="wide", wide_prior_weight=1.0,
                further_scans=(
                    FurtherScan(
                        hours=24.0, expected_interval90_width_gy=1.2,
                        expected_width_if_skipped_gy=1.9,
                    ),
                ),
                expected_interval90_width_gy=0.9,
            ),
        ),
        warnings=("smaller than two FWHM",),
    )  # fmt: skip


def result() -> CaseResult:
    zero = datetime(2018, 11, 15, 14, 22, tzinfo=UTC)
    whole = Volume(values=np.ones(GRID.shape), grid=GRID, quantity=Quantity.GY)
    bare = replace(
        lesion(), name="liver", kind="organ", voxel_mean_dose_gy=None, dvh=None, beds=(),
        eud_gy=None, shares=(), truth=None, warnings=(),
    )  # fmt: skip
    return CaseResult(
        patient="P01",
        nuclide="Lu-177",
        agent="DOTATATE",
        timezone="America/Detroit",
        method="local",
        administrations=(
            AdministrationSummary(
                course=1, activity_mbq=7210.0, activity_uncertainty_mbq=None, kind="net",
                time=zero, route="intratumoral", lesions=(("lesion 1", 500.0),),
            ),
        ),
        regions=(lesion(), bare),
        dose=whole,
        anatomy=None,
        activity=whole,
        masks=(Region(name="lesion 1", mask=np.ones(GRID.shape, dtype=bool), grid=GRID),),
        registrations=(
            RegistrationRecord(
                scan=2, method="rigid CT to CT", translation_mm=(1.0, 2.0, 3.0), rotation_deg=0.5,
                figure_of_merit=0.95,
            ),
        ),
        pictures=(
            ScanPicture(
                scan=1, course=1, start=zero, hours_after_administration=0.0,
                total_activity_mbq=100.0, coronal_mip=np.zeros((2, 2), np.float32),
                spacing_mm=(1, 1), decay_note="acquisition, as the case says",
            ),
        ),
        warnings=("one point",),
        provenance=Provenance(
            inputs=(InputRecord(role="case file", sha256="0" * 64, files=1, size_bytes=800),),
            options={
                "partial_volume": PartialVolume.NONE,
                "hu_to_density": Path("/home/DOE_JOHN/scanner.csv"),
                "fit": ("mono", "bi"),
                "eud_a": None,
            },
            data_sets=(DataSet(name="ICRP-107", version="0.0.3", source="Ann. ICRP 38(3)"),),
            packages={"numpy": "2.4"},
            seed=1,
            created="2024-01-01T00:00:00+00:00",
        ),
        resolution_fwhm_mm=16.0,
    )  # fmt: skip
