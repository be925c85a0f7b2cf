"""Local times of a case or a command, in UTC; the impossible and the ambiguous are refused."""

from datetime import UTC, datetime
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from hevesy.errors import TimeError
from hevesy.files.case_refusal import nearest

__all__ = ["read_moment", "read_zone", "to_utc"]

_DATE_ALONE = 10  # characters of a date without its time


def read_moment(text: str, zone: str | None, what: str) -> datetime:
    """Read a date and time that was written on the command line.

    Parameters
    ----------
    text : str
        ISO 8601, such as ``2024-03-01T09:00+01:00``; without an offset it is local to `zone`.
    zone : str or None
        IANA name of the site's zone; None: a time without an offset is refused.
    what : str
        What happened then, for messages.

    Returns
    -------
    datetime
        Aware, in UTC.

    Raises
    ------
    TimeError
        No date and time, no zone, or a local time in the gap or the overlap where clocks change.

    Examples
    --------
    >>> read_moment("2024-03-01T09:00", "Europe/Warsaw", "start").isoformat()
    '2024-03-01T08:00:00+00:00'
    """
    written = text.strip()
    try:
        time = datetime.fromisoformat(written if len(written) > _DATE_ALONE else "")
    except ValueError:
        raise TimeError(
            f"{what} is not a date and time",
            got=written,
            allowed="ISO 8601",
            remedy="write it as 2024-03-01T09:00+01:00",
        ) from None
    if time.tzinfo is None and zone is None:
        raise TimeError(
            f"{what} has no time zone",
            got=written,
            allowed="a time with its offset from UTC",
            remedy="write it as 2024-03-01T09:00+01:00, or name the site's zone by --timezone",
        )
    return to_utc(time, read_zone(zone) if zone is not None else ZoneInfo("UTC"), what)


@cache  # it walks through the zones' files
def _known_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def read_zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name.

    Raises
    ------
    TimeError
        No such zone.

    Examples
    --------
    >>> read_zone("Europe/Warsaw").key
    'Europe/Warsaw'
    """
    known = _known_zones()
    if name not in known:
        near = nearest(name, sorted(known)) or _by_city(name, known)
        raise TimeError(
            "timezone is not a known zone",
            got=name,
            allowed='an IANA name such as "Europe/Warsaw"',
            remedy=f'did you mean "{near}"?' if near else "correct `timezone` in the case",
        )
    return ZoneInfo(name)


def _by_city(name: str, known: frozenset[str]) -> str:
    city = name.replace(" ", "_").lower()
    return next((zone for zone in sorted(known) if zone.lower().endswith(f"/{city}")), "")


def to_utc(time: datetime, zone: ZoneInfo, what: str) -> datetime:
    """Return a time with an offset, or a local time of `zone`, in UTC.

    Parameters
    ----------
    time : datetime
        As the case file has it: with an offset, or naive and then local to `zone`.
    zone : ZoneInfo
        The site's zone.
    what : str
        The key, for messages.

    Returns
    -------
    datetime
        Aware, in UTC.

    Raises
    ------
    TimeError
        The local time falls into the gap or the overlap where clocks change.

    Examples
    --------
    >>> to_utc(datetime(2018, 11, 15, 9, 22), ZoneInfo("America/Detroit"), "time").isoformat()
    '2018-11-15T14:22:00+00:00'
    """
    if time.tzinfo is not None:
        return time.astimezone(UTC)
    early, late = (time.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if early.utcoffset() == late.utcoffset():
        return early.astimezone(UTC)
    if early.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == time:
        raise TimeError(
            f"{what} happened twice in {zone.key}, where clocks were set back",
            got=time.isoformat(),
            allowed=f"{early.isoformat()} or {late.isoformat()}",
            remedy="give an offset",
        )
    raise TimeError(
        f"{what} never was in {zone.key}, where clocks were set forward",
        got=time.isoformat(),
        remedy="correct it, or give an offset",
    )
