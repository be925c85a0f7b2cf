"""Local times of a case file, turned into UTC; the impossible and the ambiguous are refused."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo, available_timezones

from hevesy.errors import TimeError
from hevesy.files.case_refusal import nearest

__all__ = ["read_zone", "to_utc"]


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
    known = available_timezones()
    if name not in known:
        near = nearest(name, sorted(known)) or _by_city(name, known)
        raise TimeError(
            "timezone is not a known zone",
            got=name,
            allowed='an IANA name such as "Europe/Warsaw"',
            remedy=f'did you mean "{near}"?' if near else "correct `timezone` in the case",
        )
    return ZoneInfo(name)


def _by_city(name: str, known: set[str]) -> str:
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
