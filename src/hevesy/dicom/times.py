"""DICOM's dates and times, made into moments."""

import re
from contextlib import suppress
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset

from hevesy.errors import TimeError

__all__ = ["DicomClock", "parse_wall_time", "parse_zone_offset", "place_wall_time"]

_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_TIME = re.compile(r"(\d{2}):?(\d{2}):?(?:(\d{2})(?:\.(\d{1,6}))?)?")
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})")
_DATETIME = re.compile(r"(\d{8})(\d{4,6}(?:\.\d{1,6})?)([+-]\d{4})?")


def parse_zone_offset(text: str) -> timezone:
    """Zone of a Timezone Offset From UTC such as ``"-0500"``.

    Raises
    ------
    TimeError
        Not ``+hhmm`` or ``-hhmm`` within 14 h.

    Examples
    --------
    >>> parse_zone_offset("-0530").utcoffset(None)
    datetime.timedelta(days=-1, seconds=66600)
    """
    match = _OFFSET.fullmatch(text.strip())
    minutes = int(match[2]) * 60 + int(match[3]) if match else 0
    if match is None or minutes > 14 * 60 or int(match[3]) > 59:
        raise TimeError(
            "the DICOM's Timezone Offset From UTC is not one",
            got=text,
            allowed="+hhmm or -hhmm, up to 14 h",
            remedy="correct the attribute, or give the scan's `time` in the case",
        )
    return timezone(timedelta(minutes=minutes if match[1] == "+" else -minutes))


def parse_wall_time(date: str, time: str, *, what: str) -> datetime:
    """Naive moment of a DICOM date (DA) and time (TM); the time is given to the minute or better.

    Parameters
    ----------
    date, time : str
        ``YYYYMMDD`` and ``HHMM``, ``HHMMSS`` or ``HHMMSS.ffffff``.
    what : str
        Which moment, for messages.

    Returns
    -------
    datetime
        Without a zone: pass it on to `place_wall_time`.

    Raises
    ------
    TimeError
        Not a date, not a time, or one that no calendar has.

    References
    ----------
    DICOM PS3.5 6.2 (DA, TM).

    Examples
    --------
    >>> parse_wall_time("20181115", "130628.148", what="the acquisition").isoformat()
    '2018-11-15T13:06:28.148000'
    """
    day, clock = _DATE.fullmatch(date.strip()), _TIME.fullmatch(time.strip())
    moment = None
    if day is not None and clock is not None:
        year, month, date_of_month = (int(part) for part in day.groups())
        hour, minute, second = int(clock[1]), int(clock[2]), int(clock[3] or 0)
        fraction = int((clock[4] or "0").ljust(6, "0"))
        with suppress(ValueError):  # the 30th of February, 25 o'clock
            moment = datetime(  # noqa: DTZ001 - placed in a zone by the caller
                year, month, date_of_month, hour, minute, second, fraction
            )
    if moment is None:
        raise TimeError(
            f"{what} has a date or time that no calendar has",
            got=f"{date.strip()} {time.strip()}",
            allowed="YYYYMMDD and HHMMSS",
            remedy="give the scan's `time` in the case",
        )
    return moment


def place_wall_time(naive: datetime, zone: tzinfo, *, what: str) -> datetime:
    """Moment in UTC of a clock on the wall of `zone`.

    Parameters
    ----------
    naive : datetime
        As the clock showed it.
    zone : tzinfo
        The site's zone.
    what : str
        Which moment, for messages.

    Returns
    -------
    datetime
        Aware, UTC.

    Raises
    ------
    TimeError
        The clock never showed it (the gap of daylight saving) or showed it twice (the overlap).

    Examples
    --------
    >>> place_wall_time(datetime(2018, 11, 15, 13, 6, 28), ZoneInfo("America/Detroit"),
    ...                 what="the acquisition").isoformat()
    '2018-11-15T18:06:28+00:00'
    """
    early, late = (naive.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() != late.utcoffset():
        shown = early.astimezone(UTC).astimezone(zone).replace(tzinfo=None, fold=0)
        twice = shown == naive.replace(fold=0)
        raise TimeError(
            f"{what} falls into the {'overlap' if twice else 'gap'} of daylight saving: the clock "
            f"{'showed it twice' if twice else 'never showed it'}",
            got=f"{naive.isoformat()} in {zone}",
            remedy="give the scan's `time` in the case with an offset: 2024-10-27T02:30:00+01:00",
        )
    return early.astimezone(UTC)


class DicomClock:
    """Reads a file's dates and times as moments in UTC.

    The file's own Timezone Offset From UTC holds where it has one; otherwise the site's zone; where
    neither is known a time stays unknown.

    Parameters
    ----------
    header : pydicom.Dataset
        The file's header.
    zone : ZoneInfo or None
        The site's zone.

    Raises
    ------
    TimeError
        The file's offset is not one.

    Examples
    --------
    >>> header = Dataset()
    >>> header.AcquisitionDate, header.AcquisitionTime = "20240506", "100000"
    >>> header.TimezoneOffsetFromUTC = "+0200"
    >>> DicomClock(header, None).moment("AcquisitionDate", "AcquisitionTime", what="it").isoformat()
    '2024-05-06T08:00:00+00:00'
    """

    def __init__(self, header: Dataset, zone: ZoneInfo | None) -> None:
        self._header = header
        self._site = zone
        text = header.get("TimezoneOffsetFromUTC")
        # Several offsets (an object collected across a change) can't be told apart: not a str.
        own = isinstance(text, str) and bool(text.strip())
        self._own = parse_zone_offset(str(text)) if own else None

    @property
    def zone(self) -> tzinfo | None:
        """The zone in force, or None."""
        return self._own or self._site

    def moment(self, date_keyword: str, time_keyword: str, *, what: str) -> datetime | None:
        """Moment of a pair of attributes; None where either is missing or no zone is known."""
        date = str(self._header.get(date_keyword) or "")
        time = str(self._header.get(time_keyword) or "")
        if not date.strip() or not time.strip() or self.zone is None:
            return None
        return place_wall_time(parse_wall_time(date, time, what=what), self.zone, what=what)

    def moment_of(self, text: str, *, what: str) -> datetime | None:
        """Moment of a DT value, whose own offset holds first; None without a time or a zone.

        Raises
        ------
        TimeError
            Not a DT value.
        """
        if not text.strip() or len(text.strip()) <= len("YYYYMMDD"):
            return None
        match = _DATETIME.fullmatch(text.strip())
        if match is None:
            raise TimeError(
                f"{what} is not a DICOM date and time",
                got=text.strip(),
                allowed="YYYYMMDDHHMMSS",
                remedy="give it in the case",
            )
        zone = parse_zone_offset(match[3]) if match[3] else self.zone
        if zone is None:
            return None
        return place_wall_time(parse_wall_time(match[1], match[2], what=what), zone, what=what)

    def disagreement_h(self, moment: datetime) -> float:
        """Hours by which the file's own offset differs from the site's zone at `moment`."""
        if self._own is None or self._site is None:
            return 0.0
        own = self._own.utcoffset(None)
        site = moment.astimezone(self._site).utcoffset()
        return 0.0 if site is None else (own - site).total_seconds() / 3600
