"""Moments in the chain of custody: aware, unambiguous, in UTC, in order."""

from datetime import UTC, datetime

from hevesy.errors import TimeError

__all__ = ["as_utc", "elapsed_s"]


def as_utc(time: datetime, what: str) -> datetime:
    """Return a moment in UTC; one without a zone, or that happened twice, is refused.

    A moment that bears a zone's rules (not a fixed offset) is refused where the clocks of that
    zone were changed: whether its ``fold`` was meant cannot be told.

    Parameters
    ----------
    time : datetime
        Aware.
    what : str
        What happened then, for messages.

    Returns
    -------
    datetime
        The same moment in UTC.

    Raises
    ------
    TimeError
        Naive; or a local time in the gap or the overlap where clocks change.

    Examples
    --------
    >>> from zoneinfo import ZoneInfo
    >>> as_utc(datetime(2024, 3, 1, 9, tzinfo=ZoneInfo("Europe/Warsaw")), "elution").isoformat()
    '2024-03-01T08:00:00+00:00'
    """
    if time.tzinfo is None or time.utcoffset() is None:
        raise TimeError(
            f"the time of the {what} has no time zone",
            got=time.isoformat(),
            allowed="a time with its offset from UTC",
            remedy="write it as 2024-03-01T09:00+01:00, or name the site's zone",
        )
    if time.replace(fold=0).utcoffset() != time.replace(fold=1).utcoffset():
        raise TimeError(
            f"the time of the {what} falls where clocks were changed",
            got=time.replace(tzinfo=None).isoformat(),
            allowed="a time with its offset from UTC",
            remedy="give the offset in place of the zone",
        )
    return time.astimezone(UTC)


def elapsed_s(earlier: datetime, later: datetime, what: str) -> float:
    """Time from one moment to a later one, s.

    Parameters
    ----------
    earlier, later : datetime
        Aware.
    what : str
        The two in words, the earlier first: ``"calibration and elution"``.

    Returns
    -------
    float
        At least 0.

    Raises
    ------
    TimeError
        They are in the wrong order.

    Examples
    --------
    >>> noon = datetime(2024, 3, 1, 12, tzinfo=UTC)
    >>> elapsed_s(noon, noon.replace(hour=14), "elution and labelling")
    7200.0
    """
    seconds = (later - earlier).total_seconds()
    if seconds < 0:
        raise TimeError(
            f"{what} are in the wrong order",
            got=f"{earlier.isoformat()} and {later.isoformat()}",
            allowed="the second not before the first",
            remedy="correct one of the two times",
        )
    return seconds
