"""Quantities of the case file by their key: text in, canonical unit out, sensible or refused."""

from hevesy.errors import CaseError, UnitError
from hevesy.units import parse_activity_bq, parse_duration_s, parse_length_mm, parse_share

__all__ = ["activity_bq", "duration_s", "length_mm", "share"]


def activity_bq(text: str, what: str) -> float:
    """Activity in Bq, above 0.

    Raises
    ------
    CaseError
        It is 0.

    Examples
    --------
    >>> activity_bq("7.210 GBq", "administration.activity")
    7210000000.0
    """
    value = parse_activity_bq(text, what)
    if value <= 0:
        raise CaseError(f"{what} must be above 0", got=text, remedy="correct it")
    return value


def duration_s(text: str | None, what: str) -> float | None:
    """Duration in s, above 0; None where the case does not say.

    Raises
    ------
    CaseError
        It is 0.

    Examples
    --------
    >>> duration_s("14 h", "options.effective_half_life")
    50400.0
    """
    if text is None:
        return None
    value = parse_duration_s(text, what)
    if value <= 0:
        raise CaseError(f"{what} must be above 0", got=text, remedy="correct it")
    return value


def length_mm(text: str | None, what: str, *, most_mm: float = 100.0) -> float | None:
    """Length in mm, above 0; None where the case does not say.

    Parameters
    ----------
    text : str or None
        Such as ``"16 mm"``.
    what : str
        The key, for messages.
    most_mm : float
        The largest that makes sense, mm.

    Raises
    ------
    CaseError
        It is 0 or above `most_mm`.

    Examples
    --------
    >>> length_mm("1.6 cm", "options.resolution")
    16.0
    """
    if text is None:
        return None
    value = parse_length_mm(text, what)
    if not 0 < value <= most_mm:
        raise CaseError(
            f"{what} is out of range",
            got=text,
            allowed=f"above 0, up to {most_mm:g} mm",
            remedy="correct it",
        )
    return value


def share(text: str | None, what: str) -> float | None:
    """Relative standard uncertainty as a share, at most 1; None where the case does not say.

    Raises
    ------
    UnitError
        It is above 100 %.

    Examples
    --------
    >>> share("2 %", "administration.activity_uncertainty")
    0.02
    """
    if text is None:
        return None
    value = parse_share(text, what)
    if value > 1:
        raise UnitError(
            f"{what} is above 100 %",
            got=text,
            remedy="give one relative standard deviation (k = 1)",
        )
    return value
