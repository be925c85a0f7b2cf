"""Named checks of a study's rows: what contradicts, what is missing, what is overdue."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from hevesy.errors import TrialError
from hevesy.protocol import StudyProtocol
from hevesy.trial.check_input import CheckInput, ScanTime
from hevesy.trial.observation_checks import OBSERVATION_CHECKS
from hevesy.trial.patient_checks import PATIENT_CHECKS
from hevesy.trial.row_index import RowIndex
from hevesy.trial.rows import StudyRows

__all__ = ["DATA_CHECKS", "DataFinding", "check_rows"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataFinding:
    """What one check found.

    Parameters
    ----------
    check : str
        One of `DATA_CHECKS`.
    words : str
        What is wrong, and with which value.
    records : tuple of (str, str)
        The records that it is about: their kinds and names.

    Raises
    ------
    TrialError
        There is no such check, or no record.

    Examples
    --------
    >>> DataFinding(check="age-and-birth", words="66 and 1990", records=(("patient", "P1"),)).check
    'age-and-birth'
    """

    check: str
    words: str
    records: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        if self.check not in DATA_CHECKS or not self.records:
            raise TrialError(
                "a finding needs a check that exists, and a record",
                got=self.check,
                allowed=", ".join(DATA_CHECKS),
                remedy="name both",
            )


def check_rows(
    rows: StudyRows,
    protocol: StudyProtocol,
    *,
    now: datetime,
    scans: Sequence[ScanTime] = (),
) -> tuple[DataFinding, ...]:
    """Run every check of `DATA_CHECKS`.

    Parameters
    ----------
    rows : StudyRows
    protocol : StudyProtocol
    now : datetime
        Aware: what is overdue by then, and which visits' windows are over.
    scans : sequence of ScanTime

    Returns
    -------
    tuple of DataFinding
        In the order of the checks.

    Examples
    --------
    >>> from datetime import UTC, date
    >>> from hevesy.protocol import ProtocolSite
    >>> protocol = StudyProtocol(name="A", nuclide="Re-188", agent="B", route="intratumoral",
    ...                          sites=(ProtocolSite(name="S", timezone="UTC"),))
    >>> check_rows(StudyRows(study="A", as_of=date(2026, 1, 9)), protocol,
    ...            now=datetime(2026, 1, 9, tzinfo=UTC))
    ()
    """
    given = CheckInput(rows=rows, protocol=protocol, now=now, scans=scans, index=RowIndex.of(rows))
    return tuple(
        DataFinding(check=name, words=words, records=records)
        for name, (_, check) in _CHECKS.items()
        for words, records in check(given)
    )


_CHECKS = {**PATIENT_CHECKS, **OBSERVATION_CHECKS}
DATA_CHECKS: Mapping[str, str] = MappingProxyType(
    {name: words for name, (words, _) in _CHECKS.items()}
)
"""What each check looks for, by its name."""
