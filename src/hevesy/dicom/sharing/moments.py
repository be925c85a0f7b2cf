"""Dates and times within a file, moved by one person's shift."""

import re
from datetime import date, datetime, timedelta, tzinfo
from zoneinfo import ZoneInfo

from pydicom.dataset import Dataset

from hevesy.dicom.times import parse_zone_offset, place_wall_time
from hevesy.trial.sharing import PatientClock

__all__ = ["FileMoments"]

_DATE = re.compile(r"(\d{4})\.?(\d{2})\.?(\d{2})")
_TIME = re.compile(r"([01]\d|2[0-3])(?::?([0-5]\d)(?::?([0-5]\d|60)(\.\d{1,6})?)?)?")
_DATETIME = re.compile(r"(\d{8})([\d.]+)?([+-]\d{4})?")
_FIRST, _LAST = date(1980, 1, 1), date(2099, 12, 31)
_FAR = timedelta(days=1100)  # no scan of a course of treatment lies so far from another date
_REFERENCES = ("AcquisitionDate", "StudyDate", "SeriesDate", "ContentDate")


class FileMoments:
    """Moves a file's dates and times.

    A clock that the file shows holds in its Timezone Offset From UTC, else in the site's zone. A
    date before 1980 or after 2099 is a placeholder, and one that lies three years or more from the
    file's acquisition may be; they are emptied: shifted, they would tell the shift.

    Parameters
    ----------
    root : pydicom.Dataset
        The file's.
    zone : ZoneInfo
        The site's.
    clock : PatientClock

    Raises
    ------
    TimeError
        The file's offset is not one (from `hevesy.dicom.times`); a clock that was never shown, or
        shown twice, at the change of daylight saving.

    Examples
    --------
    >>> moments = FileMoments(Dataset(), ZoneInfo("UTC"), PatientClock(shift_days=-1, offset_s=0))
    >>> moments.pair("20240301", "101530.50"), moments.date_time("20240301101500+0200")
    (('20240229', '101530.50'), '20240229081500+0000')
    """

    def __init__(self, root: Dataset, zone: ZoneInfo, clock: PatientClock) -> None:
        text = str(root.get("TimezoneOffsetFromUTC") or "").strip()
        self._zone: tzinfo = parse_zone_offset(text) if text else zone
        self._clock = clock
        shown = [_day(str(root.get(word) or "")) for word in _REFERENCES]
        latest = next((max(pair) for pair in _pairs(shown) if pair), None)
        near = [day for day in shown if day and latest and abs(latest - day) <= _FAR]
        self._day, self._latest = (near[0] if near else None), latest

    def day(self, text: str) -> str:
        """Move a date (DA) that has no time beside it; empty where it is none."""
        day = self._near(text)
        return "" if day is None else self._clock.day(day).strftime("%Y%m%d")

    def pair(self, date_text: str, time_text: str) -> tuple[str, str]:
        """Move a date and the time beside it together."""
        day = self._near(date_text)
        if day is None:
            return "", self.time(time_text)
        if _TIME.fullmatch(time_text.strip()) is None:
            return self.day(date_text), ""
        moved, shown = self._moved(day, time_text, self._zone)
        return moved.strftime("%Y%m%d"), shown

    def time(self, text: str) -> str:
        """Move a time (TM) that has no date beside it; empty where it is none."""
        if _TIME.fullmatch(text.strip()) is None:
            return ""
        if self._day is None:
            return text.strip().replace(":", "")
        return self._moved(self._day, text, self._zone)[1]

    def date_time(self, text: str) -> str:
        """Move a date and time in one (DT); empty where it is none, or not to the day."""
        match = _DATETIME.fullmatch(text.strip())
        day = None if match is None else self._near(match[1])
        if match is None or day is None:
            return ""
        if not match[2]:
            return self._clock.day(day).strftime("%Y%m%d")
        if _TIME.fullmatch(match[2]) is None:
            return ""
        own = parse_zone_offset(match[3]) if match[3] else self._zone
        moved, shown = self._moved(day, match[2], own)
        return f"{moved:%Y%m%d}{shown}{'+0000' if match[3] else ''}"

    def _near(self, text: str) -> date | None:
        day = _day(text)
        latest = self._latest
        far = day is not None and latest is not None and abs(day - latest) > _FAR
        return None if far else day

    def _moved(self, day: date, time_text: str, zone: tzinfo) -> tuple[datetime, str]:
        match = _TIME.fullmatch(time_text.strip())
        hour, minute, second = (int(match[n] or 0) for n in (1, 2, 3)) if match else (0, 0, 0)
        leap = second == 60  # DICOM allows a leap second: kept as written
        naive = datetime(  # noqa: DTZ001 - placed in a zone below
            day.year, day.month, day.day, hour, minute, 59 if leap else second
        )
        moved = self._clock.moment(place_wall_time(naive, zone, what="a moment in a file"))
        given = [n for n in (1, 2, 3) if match is not None and match[n]]
        if moved.minute != minute and len(given) == 1:
            given = [1, 2]
        parts = [f"{moved:%H}", f"{moved:%M}", "60" if leap else f"{moved:%S}"]
        fraction = (match[4] or "") if match is not None else ""
        return moved, "".join(parts[: len(given)]) + fraction


def _pairs(shown: list[date | None]) -> list[list[date]]:
    """When it was acquired; where that is not said, when it was made: often years later."""
    return [[day for day in pair if day is not None] for pair in (shown[:2], shown[2:])]


def _day(text: str) -> date | None:
    match = _DATE.fullmatch(text.strip())
    if match is None:
        return None
    try:
        found = date(int(match[1]), int(match[2]), int(match[3]))
    except ValueError:
        return None
    return found if _FIRST <= found <= _LAST else None
