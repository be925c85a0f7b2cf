"""Kinds of virtual patients, each computed as a site would, with the truth beside.

liver, lung, bone: one lesion in each tissue, in the middle of what the trial injected;
leaking: 8 % ran back along the needle, and 10 % came out of the body and no record tells;
twice treated: injected again after 72 h, while 3 % of the first injection is left;
dead-time limited: 12.5 GBq, more than the camera can count at first
(`benchmarks.dead_time_patient`).

Images are those of the effective camera (blur and noise), lying still, regions as a perfect reader
draws them: what is tested is closure, shares of the injection, the running dose and the organs.
"""

import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from hevesy.case import (
    ActivityKind,
    Administration,
    Case,
    CaseOptions,
    Injection,
    PartialVolume,
    Route,
    ScanSource,
)
from hevesy.files import result_to_json
from hevesy.provenance import Provenance
from hevesy.simulation import (
    SCAN_HOURS,
    Leak,
    VirtualPatient,
    build_virtual_patient,
    patient_regions,
    region_curves,
    simulate_session,
    treat_again,
)
from hevesy.workflows.compute import compute_case
from hevesy.workflows.session import Session

__all__ = [
    "CALIBRATION_SHARE",
    "KINDS",
    "Course",
    "PatientKind",
    "alone",
    "run_courses",
    "run_kind",
    "true_share_percent",
]

_START = datetime(2024, 3, 4, 9, 0, tzinfo=UTC)
_COUNTS_PER_BQ_S = 1e-5
CALIBRATION_SHARE = 0.03
_GAP_H = 72.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """One injection: the patient from its end on, and the scans that follow."""

    starts_h: float
    patient: VirtualPatient
    scan_hours: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientKind:
    """A patient, and what is asked of the chain."""

    name: str
    title: str
    courses: Callable[[int], tuple[Course, ...]]


def _only(
    *,
    lesion: float | None = None,
    lung: float | None = None,
    small: float | None = None,
    bone: float | None = None,
    leak: Leak | None = None,
) -> Callable[[int], tuple[Course, ...]]:
    def build(seed: int) -> tuple[Course, ...]:
        patient = build_virtual_patient(
            seed=seed,
            lesion_activity_bq=lesion,
            lung_lesion_activity_bq=lung,
            small_lesion_activity_bq=small,
            bone_lesion_activity_bq=bone,
            leak=leak,
        )
        return (Course(starts_h=0.0, patient=patient, scan_hours=SCAN_HOURS),)

    return build


def _twice(seed: int) -> tuple[Course, ...]:
    def given(lesion: float, small: float) -> VirtualPatient:
        return build_virtual_patient(
            seed=seed,
            lesion_activity_bq=lesion,
            lung_lesion_activity_bq=None,
            small_lesion_activity_bq=small,
        )

    first, again = given(1.5e9, 6e7), given(8e8, 4e7)
    before = tuple(hours for hours in SCAN_HOURS if hours < _GAP_H)
    return (
        Course(starts_h=0.0, patient=first, scan_hours=before),
        Course(
            starts_h=_GAP_H,
            patient=treat_again(first, again, gap_s=3600.0 * _GAP_H),
            scan_hours=SCAN_HOURS,
        ),
    )


KINDS: dict[str, PatientKind] = {
    kind.name: kind
    for kind in (
        PatientKind(name="liver", title="Liver", courses=_only(lesion=1e9, small=6e7)),
        PatientKind(name="lung", title="Lung", courses=_only(lung=8e8)),
        PatientKind(name="bone", title="Bone", courses=_only(bone=2e8)),
        PatientKind(
            name="leaking",
            title="Leaking",
            courses=_only(lesion=1e9, leak=Leak(tract_share=0.08, lost_share=0.10)),
        ),
        PatientKind(name="twice", title="Twice treated", courses=_twice),
    )
}
"""By name. The dead-time limited one starts from projections, and is elsewhere."""


def run_kind(
    name: str,
    seed: int = 1,
    *,
    case_of: Callable[[Case], Case] | None = None,
    session_of: Callable[[Session], Session] | None = None,
) -> dict[str, Any]:
    """Simulate and compute one kind; the result as `result.json` holds it, and the truth.

    Parameters
    ----------
    name : str
        Of `KINDS`.
    seed : int
        Of the lesion's lumps and of the noise.
    case_of, session_of : callable, optional
        Change the case, and each scan, before they are computed.

    Returns
    -------
    dict
        ``result`` (as in result.json) and ``truth``: by region ``tia_mbq_h``, and
        ``percent_ia`` at each scan; ``retained_percent_ia`` of the whole body at each scan.
    """
    return run_courses(
        KINDS[name].courses(seed), name, seed, case_of=case_of, session_of=session_of
    )


def run_courses(
    courses: tuple[Course, ...],
    name: str,
    seed: int,
    *,
    case_of: Callable[[Case], Case] | None = None,
    session_of: Callable[[Session], Session] | None = None,
) -> dict[str, Any]:
    """Simulate and compute courses as `run_kind` does.

    Parameters
    ----------
    courses : tuple of Course
    name : str
        Of the kind.
    seed : int
        Of the noise.
    case_of, session_of : callable, optional
        Change the case, and each scan, before they are computed.

    Returns
    -------
    dict
        As of `run_kind`.
    """
    case = _case(courses)
    sessions = _sessions(courses, seed)
    found = compute_case(
        case if case_of is None else case_of(case),
        sessions if session_of is None else tuple(session_of(one) for one in sessions),
        courses[0].patient.nuclide,
        Provenance(inputs=(), options={}, data_sets=()),
    )
    return {
        "kind": name,
        "seed": seed,
        "result": json.loads(result_to_json(found)),
        "truth": _truth(courses),
    }


def _case(courses: tuple[Course, ...]) -> Case:
    count = sum(len(course.scan_hours) for course in courses)
    return Case(
        patient="VIRTUAL",
        nuclide=courses[0].patient.nuclide.name,
        agent="ImDendrim (virtual)",
        timezone="UTC",
        administrations=tuple(
            Administration(
                activity_bq=course.patient.net_activity_bq,
                activity_relative_uncertainty=0.02,
                kind=ActivityKind.NET,
                time=_START + timedelta(hours=course.starts_h),
                route=Route.INTRATUMORAL,
                injections=tuple(
                    Injection(lesion=lesion, activity_bq=activity)
                    for lesion, activity in course.patient.injected_bq.items()
                ),
            )
            for course in courses
        ),
        scans=tuple(ScanSource(spect=Path(f"scan_{n + 1}")) for n in range(count)),
        options=CaseOptions(
            resolution_fwhm_mm=16.0,
            resolution_uncertainty_mm=0.5,
            partial_volume=PartialVolume.GEOMETRIC_TRANSFER_MATRIX,
            counts_per_bq_s=_COUNTS_PER_BQ_S,
            contour_uncertainty_mm=0.5,
            uptake_phase=True,
            calibration_relative_uncertainty=CALIBRATION_SHARE,
            precision=0.03,
            seed=1,
        ),
    )


def _sessions(courses: tuple[Course, ...], seed: int) -> tuple[Session, ...]:
    sessions: list[Session] = []
    for number, course in enumerate(courses, start=1):
        for hours in course.scan_hours:
            scan = simulate_session(
                course.patient,
                scan=1,  # lies still
                hours=hours,
                seed=100 * seed + len(sessions),
                counts_per_bq_s=_COUNTS_PER_BQ_S,
            )
            sessions.append(
                Session(
                    scan=len(sessions) + 1,
                    course=number,
                    start=_START + timedelta(hours=course.starts_h + hours),
                    seconds_after_administration=3600.0 * hours,
                    duration_s=scan.duration_s,
                    spect=scan.spect,
                    ct=scan.ct,
                    structures=() if sessions else patient_regions(course.patient),
                )
            )
    return tuple(sessions)


def true_share_percent(course: Course, curves: Mapping[str, Any], hours: float) -> float:
    """Per cent of the course's injection that these curves hold, decay taken out."""
    seconds = 3600.0 * hours
    held_bq = math.fsum(float(curve.activity_bq(seconds)) for curve in curves.values())
    decayed_bq = course.patient.net_activity_bq * math.exp(
        -course.patient.nuclide.decay_per_s * seconds
    )
    return 100.0 * held_bq / decayed_bq


def _truth(courses: tuple[Course, ...]) -> dict[str, Any]:
    """Of each region and the body; what an earlier course left is the earlier course's."""
    own_patients = [alone(courses, number) for number in range(len(courses))]
    names = list(region_curves(courses[-1].patient))
    regions: dict[str, dict[str, Any]] = {}
    for name in names:
        shares, tia_bq_s = [], 0.0
        for course, patient in zip(courses, own_patients, strict=True):
            own = region_curves(patient)
            if name not in own:
                shares += [0.0] * len(course.scan_hours)
                continue
            tia_bq_s += own[name].tia_bq_s()
            shares += [true_share_percent(course, {name: own[name]}, h) for h in course.scan_hours]
        regions[name] = {"tia_mbq_h": tia_bq_s / 3.6e9, "percent_ia": shares}
    retained = [
        true_share_percent(course, patient.curves, hours)
        for course, patient in zip(courses, own_patients, strict=True)
        for hours in course.scan_hours
    ]
    return {"regions": regions, "retained_percent_ia": retained}


def alone(courses: Sequence[Course], number: int) -> VirtualPatient:
    """A course without what earlier ones left: the same curves less the earlier ones' terms."""
    course = courses[number]
    if number == 0:
        return course.patient
    before = courses[number - 1]
    curves = {}
    for name, both in course.patient.curves.items():
        old = before.patient.curves.get(name)
        skip = 0 if old is None else old.rates_per_s.size
        if both.rates_per_s.size == skip:
            continue
        curves[name] = replace(
            both,
            amplitudes_bq=both.amplitudes_bq[skip:],
            rates_per_s=both.rates_per_s[skip:],
        )
    return replace(course.patient, curves=curves)
