"""A case as a site saw it after its first scans."""

from collections.abc import Sequence
from dataclasses import replace

from hevesy.case import Case
from hevesy.workflows.session import Session

__all__ = ["as_seen_then", "early_warnings"]


def as_seen_then(case: Case, sessions: Sequence[Session]) -> Case:
    """Leave out what came after the last scan that was read, where later scans were left out.

    Parameters
    ----------
    case : Case
    sessions : sequence of Session

    Returns
    -------
    Case
        Without later administrations and urine; the same case where no scan was left out.
    """
    if not case.scans_left_out:
        return case
    last = max(session.start for session in sessions)
    return replace(
        case,
        administrations=tuple(given for given in case.administrations if given.time < last),
        urine=tuple(item for item in case.urine if item.end <= last),
    )


def early_warnings(case: Case) -> tuple[str, ...]:
    """Say that later scans were left out.

    Parameters
    ----------
    case : Case

    Returns
    -------
    tuple of str
    """
    if not case.scans_left_out:
        return ()
    read = len(case.scans)
    return (
        f"stopped after scan {read} of {read + case.scans_left_out} (`--scans`): later scans were "
        "not read, and the figures are what could be known then",
    )
