"""What a check of a study's rows looks at, and what it gives."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from hevesy.protocol import StudyProtocol
from hevesy.trial.row_index import RowIndex
from hevesy.trial.rows import StudyRows

__all__ = ["CheckInput", "Findings", "RowCheck", "ScanTime"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanTime:
    """When a scan was, for the check against its injection.

    Examples
    --------
    >>> from datetime import UTC
    >>> ScanTime(scan="N1", administration="A1", at=datetime(2026, 1, 9, tzinfo=UTC)).scan
    'N1'
    """

    scan: str
    administration: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckInput:
    """All that a check may look at."""

    rows: StudyRows
    protocol: StudyProtocol
    now: datetime
    scans: Sequence[ScanTime]
    index: RowIndex


Findings = Iterator[tuple[str, tuple[tuple[str, str], ...]]]
"""What is wrong, in words, and the records that it is about: their kinds and names."""
RowCheck = Callable[[CheckInput], Findings]
