"""Results to draw: made up, with shapes and sizes as a patient's are."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from hevesy.case import (
    AdministrationSummary,
    BedResult,
    CaseResult,
    CourseCurve,
    DvhResult,
    RegionResult,
    RegistrationRecord,
    ScanMeasurement,
    ScanPicture,
    Truth,
    UncertaintyShare,
)
from hevesy.images import Grid, Quantity, Region, Volume
from hevesy.provenance import DataSet, InputRecord, Provenance

START = datetime(2024, 5, 14, 7, 22, tzinfo=UTC)
HALF_LIFE_H = 17.005
HOURS = (1.0, 6.0, 24.0, 48.0, 72.0, 96.0)

# name: kind, centre (z, y, x) mm from the body's, radii mm, MBq at zero, T_eff h, uptake share
ORGANS = {
    "lesion 1": ("lesion", (35, -20, -75), (22, 22, 22), 620.0, 16.6),
    "lesion 2": ("lesion", (60, 10, -40), (9, 9, 9), 41.0, 15.9),
    "liver": ("organ", (45, 0, -60), (75, 70, 85), 95.0, 14.2),
    "left kidney": ("organ", (0, 40, 60), (52, 26, 26), 12.4, 13.1),
    "right kidney": ("organ", (-5, 40, -60), (52, 26, 26), 12.9, 13.3),
    "lungs": ("organ", (190, 0, 0), (90, 70, 120), 18.0, 16.0),
    "spleen": ("organ", (50, 50, 105), (45, 30, 25), 6.2, 15.0),
    "urinary bladder": ("organ", (-160, -40, 0), (36, 34, 40), 8.1, 9.0),
}


def ellipsoid(grid, centre_mm, radii_mm):
    index = np.indices(grid.shape).reshape(3, -1).T
    world = grid.to_world_mm(index)[:, ::-1].reshape(*grid.shape, 3)  # (z, y, x) mm
    away = (world - np.asarray(centre_mm)) / np.asarray(radii_mm)
    return (away**2).sum(axis=-1) <= 1.0


def body_grid(spacing_mm=4.8, shape=(120, 64, 88)):
    half = [(n - 1) / 2 * spacing_mm for n in shape]
    return Grid.from_spacing(
        shape, spacing_mm=(spacing_mm,) * 3, origin_mm=(-half[2], -half[1], -half[0])
    )


def curve_for(course, amount_mbq, effective_h, relative):
    hours = np.linspace(0.0, 120.0, 121)
    activity = amount_mbq * np.exp(-np.log(2) * hours / effective_h)
    spread = activity * (relative + 0.002 * hours)
    tia = amount_mbq * effective_h / np.log(2)
    return CourseCurve(
        course=course,
        model="mono-exponential (81 %), bi-exponential (19 %), by AICc",
        tia_mbq_h=tia,
        tia_uncertainty_mbq_h=tia * relative,
        effective_half_life_h=effective_h,
        hours=hours,
        activity_mbq=activity,
        low_mbq=activity - spread,
        high_mbq=activity + spread,
    )


def dvh_for(mean_gy, valid):
    dose = np.linspace(0.0, 2.0 * mean_gy, 200)
    share = 1 / (1 + np.exp((dose - mean_gy) / (0.18 * mean_gy)))
    share = (share - share[-1]) / (share[0] - share[-1])
    return DvhResult(
        d98_gy=0.31 * mean_gy, d70_gy=0.84 * mean_gy, d50_gy=mean_gy, d2_gy=1.71 * mean_gy,
        valid=valid,
        reason="" if valid else "18 mm across, less than two FWHM (32 mm)",
        dose_gy=dose, volume_share=share,
        volume_shares_at=((100.0, 0.62 if mean_gy > 100 else 0.0),),
    )  # fmt: skip


def region_for(name, course_offsets, hours, *, truth):
    kind, _, radii, amount, effective_h = ORGANS[name]
    relative = 0.24 if name == "lesion 2" else (0.085 if kind == "lesion" else 0.12)
    volume = 4 / 3 * np.pi * np.prod(radii) / 1000.0
    courses = range(1, len(course_offsets) + 1)
    curves = tuple(curve_for(c, amount * 0.8 ** (c - 1), effective_h, relative) for c in courses)
    tia = sum(c.tia_mbq_h for c in curves)
    mass = volume * (0.3 if name == "lungs" else 1.05)
    dose = tia * 3600e6 * 1.602e-13 * 0.78 / (mass * 1e-3)
    wobble = np.random.default_rng(len(name)).normal(1.0, 0.5 * relative, size=64)
    scans = tuple(
        ScanMeasurement(
            scan=n + 1 + (c - 1) * len(hours),
            course=c,
            hours_after_administration=h,
            activity_mbq=amount * 0.8 ** (c - 1) * np.exp(-np.log(2) * h / effective_h) * wobble[n],
            activity_uncertainty_mbq=amount * np.exp(-np.log(2) * h / effective_h) * relative,
            random_uncertainty_mbq=amount * np.exp(-np.log(2) * h / effective_h) * 0.03,
            uncorrected_mbq=amount * np.exp(-np.log(2) * h / effective_h) * wobble[n] * 0.86,
            recovery=0.86,
        )
        for c in courses
        for n, h in enumerate(hours)
    )
    shares = (
        UncertaintyShare(source="volume", relative_uncertainty=0.05, variance_share=0.31),
        UncertaintyShare(source="recovery", relative_uncertainty=0.05, variance_share=0.27),
        UncertaintyShare(source="calibration", relative_uncertainty=0.04, variance_share=0.22),
        UncertaintyShare(source="fit", relative_uncertainty=0.03, variance_share=0.15),
        UncertaintyShare(source="counts", relative_uncertainty=0.01, variance_share=0.05),
    )
    small = name == "lesion 2"
    beds = ()
    if kind == "lesion":
        beds = (
            BedResult(
                bed_gy=dose * 1.9, alpha_per_gy=0.3, alpha_beta_gy=10.0, repair_half_time_h=1.5
            ),
        )
    return RegionResult(
        name=name, kind=kind, volume_ml=volume, mass_g=mass,
        density_g_cm3=mass / volume, tia_mbq_h=tia, tia_uncertainty_mbq_h=tia * relative,
        mean_dose_gy=dose, mean_dose_uncertainty_gy=dose * relative,
        voxel_mean_dose_gy=dose * 0.87, scans=scans, curves=curves, dvh=dvh_for(dose, not small),
        beds=beds, eud_gy=dose * 0.7 if kind == "lesion" else None, shares=shares,
        truth=Truth(tia_mbq_h=tia * 1.031, mean_dose_gy=dose * 1.043) if truth else None,
        warnings=("smaller than two FWHM: D98 and V are not valid",) if small else (),
    )  # fmt: skip


def make_result(*, names, hours, courses=1, truth=True, ct=True, registered=True):
    grid = body_grid()
    body = ellipsoid(grid, (0, 0, 0), (400, 105, 175))
    rng = np.random.default_rng(5)
    masks, hu = [], np.where(body, 30.0, -1000.0) + rng.normal(0, 12, grid.shape)
    activity = np.where(body, 2e3, 0.0)
    dose = np.where(body, 0.2, 0.0)
    offsets = tuple(28 * 24.0 * n for n in range(courses))
    regions = tuple(region_for(name, offsets, hours, truth=truth) for name in names)
    for region in sorted(regions, key=lambda r: r.kind == "lesion"):
        mask = ellipsoid(grid, ORGANS[region.name][1], ORGANS[region.name][2])
        if region.name == "lungs":
            hu[mask] = -780 + rng.normal(0, 20, mask.sum())
        elif region.kind == "organ":
            hu[mask] += 40
        activity[mask] += region.scans[0].activity_mbq * 1e6 / region.volume_ml
        dose[mask] = region.mean_dose_gy
        masks.append(Region(name=region.name, mask=mask, grid=grid))
    from scipy.ndimage import gaussian_filter

    activity, dose = gaussian_filter(activity, 1.4), gaussian_filter(dose, 1.4)
    pictures = tuple(
        ScanPicture(
            scan=n + 1 + c * len(hours), course=c + 1,
            start=START + timedelta(hours=offsets[c] + h),
            hours_after_administration=h,
            total_activity_mbq=float(activity.sum() * grid.voxel_volume_ml / 1e6)
            * 0.5 ** (h / HALF_LIFE_H),
            coronal_mip=(activity.max(axis=1)[::-1] * 0.5 ** (h / HALF_LIFE_H)).astype(np.float32),
            spacing_mm=(4.8, 4.8),
            decay_note="DICOM: DecayCorrection START, the frame's start",
        )
        for c in range(courses)
        for n, h in enumerate(hours)
    )  # fmt: skip
    board = np.clip((hu.max(axis=1)[::-1] + 200) / 500, 0, 1).astype(np.float32)
    registrations = tuple(
        RegistrationRecord(
            scan=p.scan,
            method="same frame of reference" if p.scan == 1 else "rigid CT to CT",
            translation_mm=(0.0, 0.0, 0.0) if p.scan == 1 else (1.2, -3.4, 6.5),
            rotation_deg=0.0 if p.scan == 1 else 0.8,
            figure_of_merit=None if p.scan == 1 else 0.972,
            figure_of_merit_before=None if p.scan == 1 else 0.913,
            checkerboard=None if p.scan == 1 else board,
            checkerboard_spacing_mm=(4.8, 4.8),
        )
        for p in pictures
        if registered
    )
    administrations = tuple(
        AdministrationSummary(
            course=c + 1, activity_mbq=812.0, activity_uncertainty_mbq=16.2, kind="net",
            time=START + timedelta(hours=offsets[c]), route="intratumoral",
            lesions=(("lesion 1", 760.0), ("lesion 2", 52.0)),
        )
        for c in range(courses)
    )  # fmt: skip
    return CaseResult(
        patient="P01", nuclide="Re-188", agent="ImDendrim", timezone="Europe/Paris",
        method="local", administrations=administrations, regions=regions,
        dose=Volume(values=dose, grid=grid, quantity=Quantity.GY),
        anatomy=Volume(values=hu, grid=grid, quantity=Quantity.HU) if ct else None,
        activity=Volume(values=activity, grid=grid, quantity=Quantity.BQ_PER_ML),
        masks=tuple(masks), registrations=registrations, pictures=pictures,
        warnings=("the calibration's uncertainty is not stated in the case: 5 % was taken",),
        provenance=Provenance(
            inputs=(
                InputRecord(role="scan 1 SPECT", sha256="ab" * 32, files=1, size_bytes=13_107_200),
                InputRecord(role="scan 1 CT", sha256="cd" * 32, files=200, size_bytes=105_000_000),
            ),
            options={"method": "local", "density_g_cm3": None, "resolution_fwhm_mm": 16.0,
                     "fit_models": ("mono", "bi"), "seed": 1},
            data_sets=(DataSet(name="ICRP-107", version="0.0.3", source="Ann. ICRP 38(3), 2008"),),
            packages={"numpy": "2.1.0", "scipy": "1.14.1", "SimpleITK": "2.4.0"},
            seed=1, created="2024-05-20T08:00:00+00:00",
        ),
        resolution_fwhm_mm=16.0,
    )  # fmt: skip


@pytest.fixture(scope="session")
def virtual_result():
    """Six scans, eight regions of which one lesion is small, and the truth."""
    return make_result(names=tuple(ORGANS), hours=HOURS)


@pytest.fixture(scope="session")
def bare_result():
    """Two scans, no CT, no truth, no registration, an agent given into a vein."""
    names = ("lesion 1", "liver", "left kidney")
    result = make_result(names=names, hours=(24.0, 97.0), truth=False, ct=False, registered=False)
    given = replace(
        result.administrations[0], route="intravenous", lesions=(), activity_uncertainty_mbq=None,
        kind="gross",
    )  # fmt: skip
    regions = tuple(replace(r, dvh=None, shares=()) for r in result.regions)
    return replace(
        result, administrations=(given,), regions=regions, resolution_fwhm_mm=None, warnings=()
    )


@pytest.fixture(scope="session")
def repeated_result():
    """Two courses of three scans, with truth unknown."""
    return make_result(
        names=("lesion 1", "lesion 2", "liver"), hours=(1.0, 24.0, 72.0), courses=2, truth=False
    )
