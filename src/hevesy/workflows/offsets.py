"""Where injected lesions seem to lie on each SPECT, from where they were drawn."""

import math
from collections.abc import Sequence
from dataclasses import replace

from hevesy.case import Case, OffsetRecord
from hevesy.errors import CaseError
from hevesy.images import coverage_share
from hevesy.quantification import estimate_offset_mm
from hevesy.workflows.frames import Frames
from hevesy.workflows.region_plan import PlannedRegion
from hevesy.workflows.session import Session

__all__ = ["find_offsets", "with_estimated_mismatch"]

_REACH_FWHM = 1.0


def find_offsets(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    planned: Sequence[PlannedRegion],
) -> tuple[OffsetRecord, ...]:
    """Look for every injected lesion on each SPECT, within one FWHM of where it was drawn.

    Parameters
    ----------
    case : Case
        With a resolution.
    sessions : sequence of Session
    frames : Frames
    planned : sequence of PlannedRegion

    Returns
    -------
    tuple of OffsetRecord
    """
    fwhm_mm = case.options.resolution_fwhm_mm or 0.0
    if fwhm_mm <= 0:
        return ()
    injected = {part.lesion for given in case.administrations for part in given.injections}
    found = []
    for region in planned:
        if region.name not in injected:
            continue
        for index, session in enumerate(sessions):
            drawn, transform = region.on(index, frames)
            share = coverage_share(drawn, session.spect.grid, transform=transform)
            found.append(
                OffsetRecord(
                    lesion=region.name,
                    scan=session.scan,
                    offset_mm=estimate_offset_mm(
                        session.spect, share, fwhm_mm=fwhm_mm, reach_mm=_REACH_FWHM * fwhm_mm
                    ),
                )
            )
    return tuple(found)


def with_estimated_mismatch(
    case: Case,
    sessions: Sequence[Session],
    frames: Frames,
    planned: Sequence[PlannedRegion],
) -> tuple[Session, ...]:
    """Give the scans that ask for it a mismatch from where their injected lesions seem to lie.

    The standard uncertainty along each axis is the root mean square of the lesions' offsets over
    sqrt(3).

    Parameters
    ----------
    case : Case
    sessions : sequence of Session
    frames : Frames
    planned : sequence of PlannedRegion

    Returns
    -------
    tuple of Session

    Raises
    ------
    CaseError
        A scan asks, and there is no injected lesion or no resolution to find it by.
    """
    asked = [n for n, source in enumerate(case.scans, start=1) if source.mismatch_from_image]
    if not asked:
        return tuple(sessions)
    offsets = find_offsets(case, sessions, frames, planned)
    if not offsets:
        raise CaseError(
            f"scan[{asked[0]}].mismatch can't be estimated",
            got="no injected lesion" if case.options.resolution_fwhm_mm else "no resolution",
            remedy='give a length, e.g. mismatch = "4 mm", or injections and the resolution',
        )
    made = []
    for session in sessions:
        squares = [math.hypot(*o.offset_mm) ** 2 for o in offsets if o.scan == session.scan]
        if session.scan not in asked or not squares:
            made.append(session)
            continue
        sigma_mm = math.sqrt(math.fsum(squares) / len(squares) / 3.0)
        made.append(replace(session, mismatch_mm=sigma_mm or None))
    return tuple(made)
