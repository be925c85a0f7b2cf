"""Measured urine and other excreta at each scan: how much, and whether it is all of it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hevesy.case import Case, UrineCollection
from hevesy.nuclides import Nuclide
from hevesy.workflows.session import Session

__all__ = ["Excretion", "excreted_before"]

_GAP = timedelta(minutes=30)  # between collections, in all, that still counts as no gap


@dataclass(frozen=True, slots=True, kw_only=True)
class Excretion:
    """Measured excretion of a course up to a scan.

    Parameters
    ----------
    activity_bq, uncertainty_bq : float
        Decayed to the frame's start, Bq.
    covered : bool
        Collections follow each other from the administration to the scan.
    warnings : tuple of str
    """

    activity_bq: float
    uncertainty_bq: float
    covered: bool
    warnings: tuple[str, ...] = ()


def excreted_before(case: Case, session: Session, nuclide: Nuclide) -> Excretion:
    """Sum the excreta that were passed between a scan's administration and the scan.

    A collection belongs to the last administration before its end. One that goes on past the
    scan's start is not counted, for what part of it was passed by then is not known. Uncertainties
    are taken as common (one meter): they add straight.

    Parameters
    ----------
    case : Case
    session : Session
    nuclide : Nuclide

    Returns
    -------
    Excretion
    """
    zero = case.administrations[session.course - 1].time
    later = [given.time for given in case.administrations if given.time > zero]
    until = min([session.start, *later])
    own = [item for item in case.urine if zero < item.end]
    counted = [item for item in own if item.end <= until]
    total = spread = 0.0
    for item in counted:
        left = math.exp(-nuclide.decay_per_s * (session.start - item.measured_at).total_seconds())
        total += item.activity_bq * left
        spread += item.activity_bq * left * item.activity_relative_uncertainty
    straddling = [
        item for item in own if item.start is not None and item.start < session.start < item.end
    ]
    site = ZoneInfo(case.timezone)
    warnings = [
        f"scan {session.scan}: a collection of {item.kind} goes on past the scan's start (until "
        f"{item.end.astimezone(site):%Y-%m-%d %H:%M}, {case.timezone}); it is not counted at this "
        "scan"
        for item in straddling
    ]
    urine = [item for item in counted if item.kind == "urine"]
    return Excretion(
        activity_bq=total,
        uncertainty_bq=spread,
        covered=bool(urine) and _covered(urine, zero, session.start),
        warnings=tuple(warnings),
    )


def _covered(items: Sequence[UrineCollection], zero: datetime, until: datetime) -> bool:
    reached, missed = zero, timedelta()
    for item in sorted(items, key=lambda one: one.end):
        start = item.start
        if start is None:
            return False  # what was passed before a single voiding is not known
        missed += max(start - reached, timedelta())
        reached = max(reached, item.end)
    return missed + max(until - reached, timedelta()) <= _GAP
