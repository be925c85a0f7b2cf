"""One virtual patient after another, each with errors of the size that its case states.

What a case states as uncertain is drawn anew for each repeat, from the distribution that the
statement means:

- calibration: one factor for all scans, N(1, 3 %);
- resolution: the true FWHM is N(16, 0.5) mm while the case says 16;
- borders: every point of every region's border is out by N(0, 0.5) mm, opposite borders
  independently, which is what Gear et al. (2018) take a border's uncertainty to mean. A region
  that grows by g and shifts by s has its border out by g + n.s in direction n; with g and each
  part of s from N(0, 0.5 / sqrt(2)) mm that is N(0, 0.5) mm in every direction, and opposite ends
  are uncorrelated. Regions take from one another as the patient's parts do; the needle's tract,
  which nobody draws, stays;
- counting: Poisson.

The lumps in the lesion differ between repeats too. The truth stays: closed-form decays, and the
dose of the undisturbed regions.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from hevesy.case import (
    ActivityKind,
    Administration,
    Case,
    CaseOptions,
    CaseResult,
    Injection,
    PartialVolume,
    Route,
    ScanSource,
)
from hevesy.images import Grid, Region, RigidTransform
from hevesy.provenance import Provenance
from hevesy.simulation import (
    ANATOMY,
    SCAN_HOURS,
    Capsule,
    Ellipsoid,
    PartKind,
    Solid,
    SuperellipticCylinder,
    VirtualPatient,
    build_virtual_patient,
    patient_points,
    simulate_session,
)
from hevesy.workflows.compute import compute_case
from hevesy.workflows.curves import fit_courses
from hevesy.workflows.demo import demo_truth
from hevesy.workflows.measure import MeasuredRegion
from hevesy.workflows.session import Session

__all__ = [
    "STATED",
    "Draw",
    "draw_errors",
    "drawn_regions",
    "no_errors",
    "run_repeat",
    "simulate_sessions",
    "virtual_case",
]

_START = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
_COUNTS_PER_BQ_S = 1e-5
# These repeats test regions and curves in soft tissue, by local deposition: no lesion in lung or bone.
_PARTS = tuple(part for part in ANATOMY if part.name not in ("lung lesion", "bone lesion"))
_DRAWN = tuple(part.name for part in _PARTS if part.kind is not PartKind.OTHER)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the case states, one standard deviation each."""

    fwhm_mm: float = 16.0
    fwhm_uncertainty_mm: float = 0.5
    calibration_share: float = 0.03
    border_mm: float = 0.5


STATED = Stated()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draw:
    """What is wrong in one repeat: borders are ``(grown, x, y, z)`` in mm by region."""

    calibration: float
    fwhm_mm: float
    borders_mm: Mapping[str, tuple[float, float, float, float]]


def draw_errors(repeat: int) -> Draw:
    """Draw a repeat's errors; the repeat's number is the seed."""
    rng = np.random.default_rng([repeat, 20])
    calibration = 1.0 + STATED.calibration_share * rng.standard_normal()
    fwhm = STATED.fwhm_mm + STATED.fwhm_uncertainty_mm * rng.standard_normal()
    part = STATED.border_mm / math.sqrt(2.0)
    borders = {}
    for name in _DRAWN:
        grown, x, y, z = (part * rng.standard_normal(4)).tolist()
        borders[name] = (grown, x, y, z)
    return Draw(calibration=float(calibration), fwhm_mm=float(fwhm), borders_mm=borders)


def no_errors() -> Draw:
    """Everything is as the case states."""
    return Draw(
        calibration=1.0,
        fwhm_mm=STATED.fwhm_mm,
        borders_mm=dict.fromkeys(_DRAWN, (0.0, 0.0, 0.0, 0.0)),
    )


def _moved(solid: Solid, border_mm: tuple[float, float, float, float]) -> Solid:
    grown, *shift = border_mm
    if not isinstance(solid, Ellipsoid):
        raise TypeError("only ellipsoids are drawn as regions")
    x, y, z = (c + d for c, d in zip(solid.centre_mm, shift, strict=True))
    a, b, c = (s + grown for s in solid.semi_axes_mm)
    return Ellipsoid(centre_mm=(x, y, z), semi_axes_mm=(a, b, c))


def drawn_regions(patient: VirtualPatient, draw: Draw) -> tuple[Region, ...]:
    """Regions as a reader with these errors draws them on the first scan's CT.

    Voxels are asked at their centres, as the patient's own are; a region that grows does not take
    air, and later parts take from earlier ones.
    """
    grid = patient.grid
    points = patient_points(grid, RigidTransform.identity())
    labels = np.zeros(grid.shape, dtype=np.uint8)
    for number, part in enumerate(_PARTS, start=1):
        for solid in part.solids:
            known = isinstance(solid, (SuperellipticCylinder, Capsule))
            border = draw.borders_mm.get(part.name)
            asked = solid if known or border is None else _moved(solid, border)
            inside = np.broadcast_to(asked.contains(points), grid.shape)
            labels[inside if number == 1 else inside & (labels > 0)] = number
    return tuple(
        Region(
            name=part.name,
            mask=labels == number,
            grid=grid,
            frame_of_reference=patient.frame_of_reference,
        )
        for number, part in enumerate(_PARTS, start=1)
        if part.kind is not PartKind.OTHER
    )


def virtual_case(patient: VirtualPatient) -> Case:
    """Give the case that a site would write for the virtual patient."""
    return Case(
        patient="VIRTUAL",
        nuclide=patient.nuclide.name,
        agent="ImDendrim (virtual)",
        timezone="UTC",
        administrations=(
            Administration(
                activity_bq=patient.net_activity_bq,
                activity_relative_uncertainty=0.02,
                kind=ActivityKind.NET,
                time=_START,
                route=Route.INTRATUMORAL,
                injections=tuple(
                    Injection(lesion=name, activity_bq=activity)
                    for name, activity in patient.injected_bq.items()
                ),
            ),
        ),
        scans=tuple(ScanSource(spect=Path(f"scan_{n + 1}")) for n in range(len(SCAN_HOURS))),
        options=CaseOptions(
            method="local",  # the repeats are of the measurement, not of transport
            resolution_fwhm_mm=STATED.fwhm_mm,
            resolution_uncertainty_mm=STATED.fwhm_uncertainty_mm,
            partial_volume=PartialVolume.GEOMETRIC_TRANSFER_MATRIX,
            counts_per_bq_s=_COUNTS_PER_BQ_S,
            contour_uncertainty_mm=STATED.border_mm,
            uptake_phase=True,
            calibration_relative_uncertainty=STATED.calibration_share,
        ),
    )


def simulate_sessions(
    patient: VirtualPatient,
    draw: Draw,
    regions: tuple[Region, ...],
    *,
    seed: int,
    moved: bool,
    grid: Grid | None = None,
) -> tuple[Session, ...]:
    """Scan the patient six times; `moved` lays it down anew for each scan."""
    sessions = []
    for number, hours in enumerate(SCAN_HOURS, start=1):
        scan = simulate_session(
            patient,
            scan=number if moved else 1,
            hours=hours,
            seed=seed if moved else 100 * seed + number,
            fwhm_mm=draw.fwhm_mm,
            counts_per_bq_s=_COUNTS_PER_BQ_S,
            grid=grid,
        )
        shown = scan.spect.with_values(scan.spect.values * np.float32(draw.calibration))
        sessions.append(
            Session(
                scan=number,
                course=1,
                start=_START + timedelta(hours=hours),
                seconds_after_administration=hours * 3600.0,
                duration_s=scan.duration_s,
                spect=shown,
                ct=scan.ct,
                structures=regions if number == 1 else (),
            )
        )
    return tuple(sessions)


def run_repeat(repeat: int, *, errors: bool = True, moved: bool = False) -> dict[str, Any]:
    """Simulate and compute one repeat; every number is in the unit that its name bears.

    Parameters
    ----------
    repeat : int
        From 1; seeds everything.
    errors : bool
        Draw calibration, resolution and borders; otherwise only noise and lumps differ.
    moved : bool
        The patient lies anew at each scan, and the scans are registered.

    Returns
    -------
    dict
        As stored in ``virtual-patient.json``.
    """
    patient = build_virtual_patient(seed=repeat, lung_lesion_activity_bq=None)
    draw = draw_errors(repeat) if errors else no_errors()
    regions = drawn_regions(patient, draw)
    sessions = simulate_sessions(patient, draw, regions, seed=repeat, moved=moved)
    case = virtual_case(patient)
    nothing = Provenance(inputs=(), options={}, data_sets=())
    result = compute_case(case, sessions, patient.nuclide, nothing)
    uncorrected = _uncorrected_tia_mbq_h(case, sessions, result, patient)
    truth = demo_truth(patient)
    rows = {
        found.name: {
            "volume_ml": found.volume_ml,
            "tia_mbq_h": found.tia_mbq_h,
            "tia_uncertainty_mbq_h": found.tia_uncertainty_mbq_h,
            "true_tia_mbq_h": truth[found.name].tia_mbq_h,
            "uncorrected_tia_mbq_h": uncorrected[found.name],
            "mean_dose_gy": found.mean_dose_gy,
            "mean_dose_uncertainty_gy": found.mean_dose_uncertainty_gy,
            "true_mean_dose_gy": truth[found.name].mean_dose_gy,
        }
        for found in result.regions
    }
    return {
        "repeat": repeat,
        "calibration": _short(draw.calibration),
        "fwhm_mm": _short(draw.fwhm_mm),
        "borders_mm": {n: [_short(v) for v in b] for n, b in draw.borders_mm.items()},
        "regions": {n: {k: _short(v) for k, v in row.items()} for n, row in rows.items()},
    }


def _short(value: float) -> float:
    return float(f"{value:.7g}")


def _uncorrected_tia_mbq_h(
    case: Case, sessions: tuple[Session, ...], result: CaseResult, patient: VirtualPatient
) -> dict[str, float]:
    """Fit what the image shows in each region, with no correction for blur."""
    plain = replace(case, options=replace(case.options, partial_volume=PartialVolume.NONE))
    found = {}
    for region in result.regions:
        measured = [
            {
                region.name: MeasuredRegion(
                    activity_bq=scan.uncorrected_mbq * 1e6,
                    uncorrected_bq=scan.uncorrected_mbq * 1e6,
                    recovery=1.0,
                    random_relative_uncertainty=scan.random_uncertainty_mbq
                    / abs(scan.activity_mbq),
                    fwhm_slope_per_mm=0.0,
                    volume_slope_ratio=0.0,
                    volume_ml=region.volume_ml,
                )
            }
            for scan in region.scans
        ]
        fits = fit_courses(plain, sessions, measured, patient.nuclide, region.name, region.kind)
        found[region.name] = fits.fits[1].tia_bq_s / 3.6e9
    return found
