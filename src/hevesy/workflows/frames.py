"""All scans of a case in one frame: the reference scan's."""

from collections.abc import Sequence
from dataclasses import dataclass

from hevesy.case import RegistrationRecord
from hevesy.errors import Interrupted, RegistrationError
from hevesy.images import RigidTransform, Volume
from hevesy.progress import Control
from hevesy.workflows.session import Session

__all__ = ["Frames", "bring_into_one_frame"]

TAKEN_AS_COMMON = "coordinates of the files taken as common"
_SAME = RigidTransform.identity()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Frames:
    """Which scan is the reference, and how the others lie to it.

    Parameters
    ----------
    reference : int
        Index into the sessions: the first with a CT, else the first.
    to_scan : tuple of RigidTransform
        For each session, takes points of the reference's world to the session's (LPS mm).
    records : tuple of RegistrationRecord
    """

    reference: int
    to_scan: tuple[RigidTransform, ...]
    records: tuple[RegistrationRecord, ...]


def bring_into_one_frame(sessions: Sequence[Session], *, control: Control) -> Frames:
    """Register every scan to the reference scan, where their frames of reference differ.

    CT is registered to CT where both scans have one, else SPECT to SPECT.

    Parameters
    ----------
    sessions : sequence of Session
        In order of time.
    control : Control
        Told of each scan.

    Returns
    -------
    Frames

    Raises
    ------
    RegistrationError
        Two scans could not be brought together; names the scan.
    Interrupted
        The user stopped the work.

    Examples
    --------
    >>> from datetime import UTC, datetime
    >>> import numpy as np
    >>> from hevesy.images import Grid, Quantity
    >>> from hevesy.progress import SILENT
    >>> grid = Grid.from_spacing((2, 2, 2), spacing_mm=(4, 4, 4))
    >>> spect = Volume(values=np.ones(grid.shape), grid=grid, quantity=Quantity.BQ_PER_ML)
    >>> only = Session(scan=1, course=1, start=datetime(2024, 1, 1, tzinfo=UTC),
    ...                seconds_after_administration=3600.0, duration_s=None, spect=spect)
    >>> bring_into_one_frame([only], control=SILENT).records[0].method
    'reference'
    """
    with_ct = [i for i, session in enumerate(sessions) if session.ct is not None]
    reference = with_ct[0] if with_ct else 0
    fixed = sessions[reference]
    transforms, records = [], []
    for index, session in enumerate(sessions):
        if control.should_stop():
            raise Interrupted("stopped during registration", remedy="run the command again")
        transform, record = (
            (_SAME, _unmoved(session.scan, "reference"))
            if index == reference
            else _register(session, fixed)
        )
        transforms.append(transform)
        records.append(record)
        control.advance(index + 1, len(sessions))
    return Frames(reference=reference, to_scan=tuple(transforms), records=tuple(records))


def _unmoved(scan: int, method: str) -> RegistrationRecord:
    return RegistrationRecord(
        scan=scan,
        method=method,
        translation_mm=(0.0, 0.0, 0.0),
        rotation_deg=0.0,
        figure_of_merit=None,
    )


def _register(session: Session, fixed: Session) -> tuple[RigidTransform, RegistrationRecord]:
    from hevesy.registration import register_rigid

    own, reference = session.spect.frame_of_reference, fixed.spect.frame_of_reference
    if own is not None and own == reference:
        return _SAME, _unmoved(session.scan, "same frame of reference")
    if own is None and reference is None and not session.register_rigidly:
        return _SAME, _unmoved(session.scan, TAKEN_AS_COMMON)
    pair: tuple[Volume, Volume]
    if session.ct is not None and fixed.ct is not None:
        pair, method = (session.ct, fixed.ct), "rigid, CT to CT"
    else:
        pair, method = (session.spect, fixed.spect), "rigid, SPECT to SPECT"
    try:
        found = register_rigid(pair[0], pair[1])
    except RegistrationError as error:
        raise RegistrationError(
            f"scan {session.scan} could not be brought onto scan {fixed.scan}: {error.problem}",
            got=error.got,
            allowed=error.allowed,
            remedy=error.remedy,
        ) from error
    # the shift of the image's middle: that of the frame's origin would depend on where it lies
    grid = pair[1].grid
    middle = grid.to_world_mm([(n - 1) / 2.0 for n in grid.shape])
    x, y, z = (found.transform.apply(middle) - middle).tolist()
    record = RegistrationRecord(
        scan=session.scan,
        method=method,
        translation_mm=(x, y, z),
        rotation_deg=found.rotation_deg,
        figure_of_merit=found.figure_of_merit,
        figure_of_merit_before=found.figure_of_merit_before,
        checkerboard=found.checkerboard,
        checkerboard_spacing_mm=found.checkerboard_spacing_mm,
    )
    return found.transform, record
