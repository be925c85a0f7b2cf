"""What was done to a copy, counted; never the values themselves."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["SharingCount", "Tally"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SharingCount:
    """How often one thing was done: where (records, DICOM), to what, how.

    Parameters
    ----------
    where : str
        ``"records"``, ``"DICOM"``, ``"images"``.
    what : str
        A column or an attribute.
    action : str
        ``"removed"``, ``"emptied"``, ``"replaced"``, ``"shifted"``, ``"kept"`` and so on.
    times : int
    """

    where: str
    what: str
    action: str
    times: int


class Tally:
    """Counts what is done while a copy is made.

    Examples
    --------
    >>> tally = Tally()
    >>> tally.add("records", "events.narrative", "removed")
    >>> tally.counts()[0].times
    1
    """

    def __init__(self) -> None:
        self._found: Counter[tuple[str, str, str]] = Counter()

    def add(self, where: str, what: str, action: str, times: int = 1) -> None:
        """Count something that was done."""
        self._found[where, what, action] += times

    def take(self, counts: Iterable[SharingCount]) -> None:
        """Add what was counted elsewhere."""
        for one in counts:
            self.add(one.where, one.what, one.action, one.times)

    def counts(self) -> tuple[SharingCount, ...]:
        """Give all of them, in order of place, thing and action."""
        return tuple(
            SharingCount(where=where, what=what, action=action, times=times)
            for (where, what, action), times in sorted(self._found.items())
        )
