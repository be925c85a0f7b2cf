"""A case as it was after its first scans: the later ones are left out unread."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

from hevesy.errors import CaseError
from hevesy.files.case_models import ScanModel
from hevesy.files.case_times import to_utc

__all__ = ["first_scans"]


def first_scans(models: Sequence[ScanModel], wanted: int | None, zone: ZoneInfo) -> list[ScanModel]:
    """Give the first scans of a case, which must be listed in order of time.

    Parameters
    ----------
    models : sequence of ScanModel
        As the case file has them.
    wanted : int or None
        How many; None takes all.
    zone : ZoneInfo
        The site's zone, for times without an offset.

    Returns
    -------
    list of ScanModel

    Raises
    ------
    CaseError
        A number that the case does not have, or a scan among those left out that was made before
        one of those kept.

    Examples
    --------
    >>> len(first_scans([ScanModel(spect="a"), ScanModel(spect="b")], 1, ZoneInfo("UTC")))
    1
    """
    if wanted is None:
        return list(models)
    if not 1 <= wanted <= len(models):
        raise CaseError(
            "--scans asks for a number of scans that the case does not have",
            got=wanted,
            allowed=f"1 to {len(models)}",
            remedy="give a number in that range, or leave --scans out",
        )
    moments = [
        None if model.time is None else to_utc(model.time, zone, f"scan[{i + 1}].time")
        for i, model in enumerate(models)
    ]
    kept = [moment for moment in moments[:wanted] if moment is not None]
    for i, moment in enumerate(moments[wanted:], start=wanted + 1):
        if kept and moment is not None and moment < max(kept):
            raise CaseError(
                f"--scans takes the scans in the case's order, and scan {i} was made before one "
                "that is listed earlier",
                got=moment.isoformat(),
                remedy="list the [[scan]] tables in order of time",
            )
    return list(models[:wanted])
