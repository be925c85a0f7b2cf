"""Each scan's whole image against what should be in the body, before it is put in words."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from hevesy.case import Case, Route
from hevesy.nuclides import Nuclide
from hevesy.quantification import (
    ClosureEvidence,
    ClosureUncertainty,
    CountingNoise,
    ScanBalance,
    WholeBodyScan,
    balance_scan,
    find_rises,
)
from hevesy.workflows.body_field import BodyField
from hevesy.workflows.excretion import Excretion
from hevesy.workflows.session import Session

__all__ = ["balance_case", "counting_of", "evidence_for", "whole_image_bq"]


def whole_image_bq(session: Session) -> float:
    """Activity of the whole image at the frame's start, Bq."""
    values = session.spect.values
    return float(values.sum(dtype=np.float64)) * session.spect.grid.voxel_volume_ml


def counting_of(session: Session, case: Case, nuclide: Nuclide) -> CountingNoise:
    """How sure this image's counts are, as far as it is known.

    Parameters
    ----------
    session : Session
    case : Case
    nuclide : Nuclide

    Returns
    -------
    CountingNoise
    """
    return session.counting or CountingNoise.of_frame(
        counts_per_bq_s=case.options.counts_per_bq_s,
        frame_duration_s=session.duration_s,
        decay_per_s=nuclide.decay_per_s,
        relative_uncertainty=case.options.count_relative_uncertainty,
    )


def balance_case(
    case: Case,
    sessions: Sequence[Session],
    nuclide: Nuclide,
    fields: Sequence[BodyField],
    excreted: Sequence[Excretion],
) -> tuple[ScanBalance, ...]:
    """Balance every scan.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
        In order of time.
    nuclide : Nuclide
    fields : sequence of BodyField
        For each session.
    excreted : sequence of Excretion
        For each session.

    Returns
    -------
    tuple of ScanBalance
    """
    balances: list[ScanBalance] = []
    shown: dict[int, list[_Shown]] = {}
    for session, field, urine in zip(sessions, fields, excreted, strict=True):
        given = case.administrations[session.course - 1]
        measured_bq = whole_image_bq(session)
        seconds = session.start.timestamp()
        left_bq, left_sigma_bq = _left_over(shown, session.course, seconds, nuclide)
        shown.setdefault(session.course, []).append(
            _Shown(at_s=seconds, own_bq=max(measured_bq - left_bq, 0.0), sigma_bq=left_sigma_bq)
        )
        body = WholeBodyScan(
            scan=session.scan,
            course=session.course,
            hours_after_administration=session.hours_after_administration,
            measured_bq=measured_bq,
            counting_relative_uncertainty=_counting(session, case, nuclide, measured_bq),
            injected_bq=given.activity_bq,
            decay_factor=math.exp(-nuclide.decay_per_s * session.seconds_after_administration),
            left_over_bq=left_bq,
            left_over_uncertainty_bq=left_sigma_bq,
            excreted_bq=urine.activity_bq,
            excreted_uncertainty_bq=urine.uncertainty_bq,
            excretion_covered=urine.covered,
            outside_bq=field.outside_bq,
            field_too_short=field.outside_bq is None and field.cut is True,
        )
        uncertainty = ClosureUncertainty(
            calibration_relative_uncertainty=case.options.calibration_relative_uncertainty,
            administered_relative_uncertainty=given.activity_relative_uncertainty,
        )
        balances.append(balance_scan(body, uncertainty))
    return tuple(balances)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Shown:
    """What a scan shows of its own course: moment, activity, uncertainty beyond calibration."""

    at_s: float
    own_bq: float
    sigma_bq: float


def _left_over(
    shown: Mapping[int, Sequence[_Shown]], course: int, at_s: float, nuclide: Nuclide
) -> tuple[float, float]:
    """What earlier courses still hold: between physical decay and the fall of their last scans.

    Taken as the middle of the two, rectangular between them (JCGM 100:2008, 4.3.7).
    """
    total = variance = 0.0
    for earlier, scans in shown.items():
        if earlier >= course:
            continue
        last = scans[-1]
        after_s = at_s - last.at_s
        most = last.own_bq * math.exp(-nuclide.decay_per_s * after_s)
        least = 0.0
        if len(scans) > 1 and last.own_bq > 0:
            before = scans[-2]
            fall = math.log(before.own_bq / last.own_bq) / (last.at_s - before.at_s)
            least = last.own_bq * math.exp(-max(fall, nuclide.decay_per_s) * after_s)
        total += (most + least) / 2.0
        variance += (most - least) ** 2 / 12.0
        if last.own_bq > 0:
            variance += (last.sigma_bq * most / last.own_bq) ** 2
    return total, math.sqrt(variance)


def _counting(session: Session, case: Case, nuclide: Nuclide, measured_bq: float) -> float | None:
    if len(session.repeats) > 1 and measured_bq > 0:
        voxel_ml = session.spect.grid.voxel_volume_ml
        drawn = [float(image.sum(dtype=np.float64)) * voxel_ml for image in session.repeats]
        return float(np.std(drawn, ddof=1)) / measured_bq
    return counting_of(session, case, nuclide).relative(measured_bq)


def evidence_for(case: Case, session: Session, balances: Sequence[ScanBalance]) -> ClosureEvidence:
    """Gather what may explain a scan's difference.

    Parameters
    ----------
    case : Case
    session : Session
    balances : sequence of ScanBalance
        Of all scans.

    Returns
    -------
    ClosureEvidence
    """
    given = case.administrations[session.course - 1]
    raw = session.calibration_relative_uncertainty is not None
    said = {
        word: next((text for text in session.warnings if word in text.lower()), "")
        for word in ("dead time", "scatter", "quality control", "calibration")
    }
    return ClosureEvidence(
        gross=given.kind.value == "gross",
        intravenous=given.route is not Route.INTRATUMORAL,
        named_parts_bq=(
            sum(part.activity_bq for part in given.injections) if given.injections else None
        ),
        dead_time_said=said["dead time"],
        dead_time_corrected=True if raw and not said["dead time"] else None,
        scatter_said=said["scatter"],
        calibration_said=said["quality control"] or said["calibration"],
        rises=any(earlier == session.scan for earlier, *_ in find_rises(balances)),
        later_course=session.course > 1,
    )
