"""Options of `hevesy spect` as people write them, turned into values."""

from datetime import date
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hevesy.camera import EnergyWindow
from hevesy.errors import InputError, TimeError

__all__ = ["parse_angles_deg", "parse_day", "parse_peak_kev", "parse_zone"]


def _numbers(text: str, separator: str, option: str, example: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(separator))
    except ValueError:
        raise InputError(
            f"{option} is not numbers", got=text, remedy=f"write it as {option} {example}"
        ) from None


def parse_peak_kev(text: str) -> tuple[float, float]:
    """Limits of a window, keV, from ``LO:HI``.

    Raises
    ------
    InputError
        Not two numbers in order.

    Examples
    --------
    >>> parse_peak_kev("139.5:170.5")
    (139.5, 170.5)
    """
    found = _numbers(text, ":", "--peak", "139.5:170.5")
    if len(found) != 2:
        raise InputError(
            "--peak needs two limits", got=text, remedy="write it as --peak 139.5:170.5"
        )
    window = EnergyWindow(lower_kev=found[0], upper_kev=found[1])
    return window.lower_kev, window.upper_kev


def parse_angles_deg(text: str) -> tuple[float, ...]:
    """Angles in degrees, from a list with commas.

    Examples
    --------
    >>> parse_angles_deg("0,180")
    (0.0, 180.0)
    """
    return _numbers(text, ",", "--start", "0,180")


def parse_zone(text: str) -> ZoneInfo:
    """A time zone by its IANA name.

    Raises
    ------
    TimeError
        There is none of this name.

    Examples
    --------
    >>> parse_zone("Europe/Warsaw").key
    'Europe/Warsaw'
    """
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise TimeError(
            "unknown time zone", got=text, remedy="give an IANA name such as Europe/Warsaw"
        ) from None


def parse_day(text: str) -> date:
    """A day from ``YYYY-MM-DD``.

    Raises
    ------
    TimeError
        No calendar has it.

    Examples
    --------
    >>> parse_day("2024-05-06").month
    5
    """
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise TimeError(
            "--day is not a day", got=text, remedy="write it as --day 2024-05-06"
        ) from None
