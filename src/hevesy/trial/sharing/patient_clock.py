"""One shift for each person: days and moments moved together."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

from hevesy.errors import TimeError
from hevesy.trial.rows import StudyRows
from hevesy.trial.sharing.codes import SharingKey

__all__ = ["PatientClock", "patient_clocks"]


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientClock:
    """How one person's dates and moments are moved.

    Every moment moves by the same seconds, so that each interval stays to the second. A copy's
    clock shows what the site's showed at the person's first treatment, by one offset throughout,
    and calls it UTC: an offset would tell where the site is, and one that changes with daylight
    saving would tell the day.

    Parameters
    ----------
    shift_days : int
        Added to days; negative.
    offset_s : float
        From UTC to the site's clock at the first treatment, s.

    Raises
    ------
    TimeError
        The shift is not backwards.

    Examples
    --------
    >>> clock = PatientClock(shift_days=-10, offset_s=8 * 3600)
    >>> clock.day(date(2024, 3, 5)).isoformat()
    '2024-02-24'
    >>> clock.moment(datetime(2024, 3, 5, 2, tzinfo=UTC)).isoformat()
    '2024-02-24T10:00:00+00:00'
    """

    shift_days: int
    offset_s: float

    def __post_init__(self) -> None:
        if self.shift_days >= 0:
            raise TimeError(
                "a sharing copy's days are moved backwards",
                got=self.shift_days,
                allowed="-1 or less",
                remedy="take the shift from the key",
            )

    def day(self, day: date) -> date:
        """Move a day of the site's calendar."""
        return day + timedelta(days=self.shift_days)

    def moment(self, at: datetime) -> datetime:
        """Move an aware moment; the result is the site's clock, called UTC.

        Raises
        ------
        TimeError
            It has no zone.
        """
        if at.tzinfo is None:
            raise TimeError(
                "a moment without a zone can't be moved",
                got=at.isoformat(),
                remedy="give it with its zone",
            )
        return at.astimezone(UTC) + timedelta(days=self.shift_days, seconds=self.offset_s)


def patient_clocks(
    rows: StudyRows, key: SharingKey, zones: Mapping[str, ZoneInfo]
) -> Mapping[str, PatientClock]:
    """Give each person's clock.

    Parameters
    ----------
    rows : StudyRows
    key : SharingKey
    zones : mapping of str to ZoneInfo
        By site.

    Returns
    -------
    mapping of str to PatientClock
        By patient.

    Examples
    --------
    >>> patient_clocks(StudyRows(study="A", as_of=date.max), SharingKey(secret=bytes(32)), {})
    mappingproxy({})
    """
    patient_of = {row.inclusion: row.patient for row in rows.inclusions}
    first: dict[str, datetime] = {}
    zone_of = {row.patient: zones[row.site] for row in rows.patients}
    for inclusion in sorted(rows.inclusions, key=lambda row: row.included_on, reverse=True):
        zone = zone_of[inclusion.patient]
        first[inclusion.patient] = datetime.combine(inclusion.included_on, time(12), tzinfo=zone)
    for given in sorted(rows.administrations, key=lambda row: row.given_at, reverse=True):
        patient = patient_of[given.inclusion]
        first[patient] = given.given_at.astimezone(zone_of[patient])
    found = {}
    for row in rows.patients:
        at = first.get(row.patient, datetime(2000, 1, 1, tzinfo=zone_of[row.patient]))
        offset = at.utcoffset() or timedelta()
        found[row.patient] = PatientClock(
            shift_days=key.shift_days(row.patient), offset_s=offset.total_seconds()
        )
    return MappingProxyType(found)
