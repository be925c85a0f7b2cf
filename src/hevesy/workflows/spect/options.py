"""Options of `hevesy spect` as people write them, turned into values."""

from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hevesy.camera import DeadTime, EnergyWindow
from hevesy.errors import InputError, TimeError
from hevesy.units import parse_duration_s

__all__ = [
    "parse_angles_deg",
    "parse_day",
    "parse_dead_time",
    "parse_hours",
    "parse_moment",
    "parse_peak_kev",
    "parse_seconds",
    "parse_windows",
    "parse_zone",
    "scatter_with_camera",
]


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


def scatter_with_camera(scatter: str, camera: str | None) -> str:
    """The scatter correction as records write it: ``model`` and a camera in one.

    Raises
    ------
    InputError
        A camera for another correction than the model, or two of them.

    Examples
    --------
    >>> scatter_with_camera("model", "siemens-symbia-he")
    'model:siemens-symbia-he'
    >>> scatter_with_camera("tew", None)
    'tew'
    """
    if camera is None:
        return scatter
    if scatter != "model":
        raise InputError(
            "--camera goes with --scatter model alone",
            got=f"--scatter {scatter} --camera {camera}",
            allowed=f"--scatter model --camera {camera}",
            remedy="leave --camera out, or choose the model",
        )
    return f"{scatter}:{camera}"


def parse_dead_time(text: str) -> DeadTime:
    """A dead time in microseconds, with its uncertainty after a colon.

    Raises
    ------
    InputError
        Not one or two numbers.

    Examples
    --------
    >>> parse_dead_time("4:0.5").uncertainty_s
    5e-07
    """
    found = _numbers(text, ":", "--dead-time", "4.6:0.2")
    if len(found) > 2:
        raise InputError(
            "--dead-time needs one number or two", got=text, remedy="write it as --dead-time 4.6"
        )
    spread_us = found[1] if len(found) == 2 else 0.0
    return DeadTime(dead_time_s=found[0] / 1e6, uncertainty_s=spread_us / 1e6)


def parse_hours(text: str) -> tuple[float, ...]:
    """Hours since the administration, from a list with commas.

    Examples
    --------
    >>> parse_hours("1,24")
    (1.0, 24.0)
    """
    return _numbers(text, ",", "--hours", "1,24,48")


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


def parse_windows(text: str) -> tuple[EnergyWindow, ...]:
    """Energy windows from ``LO:HI,LO:HI,...``, keV; the first is the peak.

    Raises
    ------
    InputError
        One of them is not two numbers.

    Examples
    --------
    >>> [window.width_kev for window in parse_windows("139.5:170.5,123.5:139.5")]
    [31.0, 16.0]
    """
    found = []
    for part in text.split(","):
        limits = _numbers(part, ":", "--windows", "139.5:170.5,123.5:139.5")
        if len(limits) != 2:
            raise InputError(
                "--windows needs two limits for each window",
                got=part,
                remedy="write it as --windows 139.5:170.5,123.5:139.5",
            )
        found.append(EnergyWindow(lower_kev=limits[0], upper_kev=limits[1]))
    return tuple(found)


def parse_seconds(text: str, option: str) -> float:
    """A duration in s, with a unit or without.

    Examples
    --------
    >>> parse_seconds("20", "--seconds-per-view"), parse_seconds("0.5 min", "--seconds-per-view")
    (20.0, 30.0)
    """
    try:
        return float(text)
    except ValueError:
        return parse_duration_s(text, option)


def parse_moment(text: str) -> datetime:
    """A moment with its zone, from ISO 8601.

    Raises
    ------
    TimeError
        Not a moment, or one without a zone.

    Examples
    --------
    >>> parse_moment("2024-05-06T10:15:30+02:00").hour
    10
    """
    remedy = "write it as 2024-05-06T10:15:30+02:00"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise TimeError("--start-time is not a moment", got=text, remedy=remedy) from None
    if moment.tzinfo is None:
        raise TimeError("--start-time has no zone", got=text, remedy=remedy)
    return moment
