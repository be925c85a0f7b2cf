"""12.5 GBq before a camera that can't count it at first: what is refused, from when it is measured.

Simulated: views of the whole detector at each time by the effective camera model (one bed, 2 heads
of 6 angles, peak and two scatter windows), losses of a paralysable detector by the rate of the
scatter-corrected peak, Poisson counts; hevesy's own scatter estimate, branch test and correction.
Not simulated: a reconstruction. The images are those of the effective camera, as of the other
kinds, times what the corrected views hold over what they would without losses.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.patient_kinds import CALIBRATION_SHARE, Course, run_courses
from hevesy.camera import DeadTime, EnergyWindow, ViewGeometry, get_camera
from hevesy.errors import InputError
from hevesy.quantification import correct_dead_time
from hevesy.reconstruction import choose_windows, estimate_scatter
from hevesy.simulation import (
    SCAN_HOURS,
    VirtualPatient,
    activity_bq_per_ml,
    build_virtual_patient,
    expected_loss_ratios,
    record_counts,
    render_ct,
    simulate_projections,
)
from hevesy.workflows.session import Session

__all__ = ["GIVEN_BQ", "courses", "run_dead_time", "scan_views"]

GIVEN_BQ = 12.5e9
TRUE_DEAD_S = 10.26e-6
"""For the scatter-corrected peak; as the calibration on docs/validation/spect.md found it."""
SITE = DeadTime(dead_time_s=10.38e-6, uncertainty_s=0.12e-6)
"""What the site's calibration says: one standard uncertainty too much."""
AIR_COUNTS_PER_BQ_S = 2.2e-5
"""Most that the activity given can count; the branch test's bound."""
BETWEEN_HOURS = (12.0, 18.0)
CAMERA = "siemens-symbia-he"
PEAK, LOWER, UPPER = (
    EnergyWindow(lower_kev=low, upper_kev=high)
    for low, high in ((139.5, 170.5), (123.5, 139.5), (170.5, 186.5))
)
_HEADS, _ANGLES, _VIEW_S = 2, 6, 20.0


def courses(seed: int, hours: tuple[float, ...] = SCAN_HOURS) -> tuple[Course, ...]:
    """The patient: one lesion in the liver; scans at these hours."""
    patient = build_virtual_patient(
        seed=seed,
        lesion_activity_bq=GIVEN_BQ,
        lung_lesion_activity_bq=None,
        small_lesion_activity_bq=None,
    )
    return (Course(starts_h=0.0, patient=patient, scan_hours=hours),)


def scan_views(patient: VirtualPatient, hours: float, *, seed: int) -> dict[str, Any]:
    """Count a bed's views, and correct or refuse them.

    Parameters
    ----------
    patient : VirtualPatient
    hours : float
        Of the scan's start.
    seed : int
        Of the counts.

    Returns
    -------
    dict
        ``hours``, ``given_mbq`` (there at most), ``true_loss_ratio`` (n tau, of the view that loses
        most); and ``refused`` (the error's words), or ``loss_ratio`` as found, ``recovered``
        (corrected over true counts of the peak), ``dead_time_relative``, ``warnings``.
    """
    camera = get_camera(CAMERA)
    steps = np.arange(_ANGLES) * 180.0 / _ANGLES
    starts = np.tile(np.arange(_ANGLES) * _VIEW_S, _HEADS)
    expected = simulate_projections(
        activity_bq_per_ml(patient, 3600.0 * hours),
        render_ct(patient, seed=1),
        camera,
        patient.nuclide,
        ViewGeometry(
            angles_deg=np.concatenate([steps, steps + 180.0]),
            radii_mm=np.full(_HEADS * _ANGLES, 210.0),
            shape=(80, camera.matrix[1]),
            pixel_mm=camera.pixel_mm,
            axial_centre_mm=30.0,
        ),
        (PEAK, LOWER, UPPER),
        view_seconds=np.full(starts.size, _VIEW_S),
        view_starts_s=starts,
    )
    counted = record_counts(expected, seed=seed, dead_time_s=TRUE_DEAD_S)
    whole = expected.in_window(PEAK).sum(dtype=np.float64)
    there_bq = patient.net_activity_bq * math.exp(-patient.nuclide.decay_per_s * 3600.0 * hours)
    row: dict[str, Any] = {
        "hours": hours, "given_mbq": there_bq / 1e6,
        "true_loss_ratio": float(expected_loss_ratios(expected, TRUE_DEAD_S).max()),
    }  # fmt: skip
    windows = choose_windows(counted.windows, PEAK)
    try:
        found = correct_dead_time(
            counted, PEAK, estimate_scatter(counted, windows, method="tew"), SITE,
            decay_per_s=patient.nuclide.decay_per_s,
            most_true_per_s=there_bq * AIR_COUNTS_PER_BQ_S,
        )  # fmt: skip
    except InputError as error:
        return row | {"refused": str(error)}
    corrected = found.corrected(counted).in_window(PEAK).sum(dtype=np.float64)
    return row | {
        "loss_ratio": float(found.loss_ratio.max()),
        "recovered": float(corrected / whole),
        "dead_time_relative": found.dead_time_relative,
        "warnings": list(found.warnings),
    }


def run_dead_time(seed: int = 1) -> dict[str, Any]:
    """Scan at the trial's times and two between; compute from the scans that were not refused.

    Parameters
    ----------
    seed : int

    Returns
    -------
    dict
        As of `benchmarks.patient_kinds.run_kind`, and ``views``, as of `scan_views`.
    """
    patient = courses(seed)[0].patient
    when = sorted({*SCAN_HOURS, *BETWEEN_HOURS})
    views = [scan_views(patient, h, seed=1000 * seed + n) for n, h in enumerate(when)]
    seen = {row["hours"]: row for row in views if "refused" not in row}
    hours = tuple(h for h in SCAN_HOURS if h in seen)

    def counted(session: Session) -> Session:
        row = seen[session.hours_after_administration]
        return replace(
            session,
            spect=session.spect.with_values(
                np.asarray(session.spect.values * np.float32(row["recovered"])),
                session.spect.quantity,
            ),
            calibration_relative_uncertainty=math.hypot(
                CALIBRATION_SHARE, row["dead_time_relative"]
            ),
            warnings=tuple(row["warnings"]),
        )

    found = run_courses(
        courses(seed, hours),
        "dead-time",
        seed,
        case_of=lambda case: replace(
            case, options=replace(case.options, calibration_relative_uncertainty=None)
        ),
        session_of=counted,
    )
    return found | {"views": views}
