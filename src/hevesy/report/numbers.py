"""How a number is written: its digits follow from its uncertainty.

An uncertainty is given with two significant digits and the value to the same decimal place
(GUM, 7.2.6). A number that is not there is never "nan": it is "not available".

References
----------
JCGM 100:2008 (GUM), 7.2.6; SI Brochure, 9th edition, 5.4.4 (digits in threes, thin space).
"""

import math
from decimal import ROUND_HALF_EVEN, Decimal

from hevesy.errors import InputError

__all__ = [
    "NOT_AVAILABLE",
    "format_hours",
    "format_measurement",
    "format_number",
    "format_percent",
    "format_relative",
    "is_number",
]

NOT_AVAILABLE = "not available"
_THIN = "\u202f"  # narrow no-break space
_MINUS = "\u2212"
_MOST_DIGITS = 9  # of a value whose uncertainty is minute
_LARGEST = 1e6  # written out; beyond it something is wrong, and a few digits will do
_SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def is_number(value: float | None) -> bool:
    """Whether there is a finite number to print.

    Examples
    --------
    >>> is_number(float("nan")), is_number(None), is_number(0.0)
    (False, False, True)
    """
    return value is not None and math.isfinite(value)


def _rounded(value: float, place: int) -> Decimal:
    """`value` rounded to the decimal `place` (the exponent of its last digit)."""
    step = Decimal(1).scaleb(place)
    return (Decimal(repr(float(value))) / step).quantize(Decimal(1), ROUND_HALF_EVEN) * step


def _exponent(value: float) -> int:
    return Decimal(repr(abs(float(value)))).adjusted()


def _place(value: float, digits: int) -> int:
    """Where the last of `digits` significant digits stands, after rounding."""
    place = _exponent(value) - digits + 1
    return place + (_rounded(abs(value), place).adjusted() - place + 1 - digits)


def _grouped(number: Decimal, place: int) -> str:
    """Plain text of a rounded number, in threes from 10 000 up."""
    text = f"{abs(number):.{max(0, -place)}f}"
    whole, point, decimals = text.partition(".")
    if len(whole) > 4:
        whole = f"{int(whole):,}".replace(",", _THIN)
    sign = _MINUS if number < 0 and abs(number) > 0 else ""
    return f"{sign}{whole}{point}{decimals}"


def _power(exponent: int) -> str:
    return f"{_THIN}×{_THIN}10{str(exponent).translate(_SUPERSCRIPT)}"


def format_number(value: float | None, *, digits: int = 3) -> str:
    r"""Write a number that has no uncertainty, to `digits` significant digits.

    Parameters
    ----------
    value : float or None
        None and values that are not finite give "not available".
    digits : int
        Significant digits, 1 or more.

    Returns
    -------
    str
        In threes from 10 000 up; as a power of ten below 0.0001 and from 1e9 up.

    Raises
    ------
    InputError
        `digits` is below 1.

    Examples
    --------
    >>> format_number(2.77331), format_number(0.0), format_number(None)
    ('2.77', '0', 'not available')
    >>> format_number(1.5e-7, digits=2)
    '1.5\u202f×\u202f10⁻⁷'
    """
    if digits < 1:
        raise InputError("a number needs digits", got=digits, allowed="1 or more", remedy="give 3")
    if value is None or not math.isfinite(value):
        return NOT_AVAILABLE
    if value == 0:
        return "0"
    place = _place(value, digits)
    exponent = place + digits - 1
    if not -4 <= exponent < 9:
        scaled = _rounded(value, place).scaleb(-exponent)
        return _grouped(scaled, 1 - digits) + _power(exponent)
    return _grouped(_rounded(value, place), place)


def format_measurement(value: float | None, uncertainty: float | None) -> str:
    """Write a value with its standard uncertainty (k = 1), both in one unit.

    Parameters
    ----------
    value : float or None
        None and values that are not finite give "not available".
    uncertainty : float or None
        One standard deviation; two of its digits are given. Where it is None, not finite or
        negative, the text says that it is not available.

    Returns
    -------
    str

    Examples
    --------
    >>> format_measurement(7593.7, 123.4), format_measurement(2.7733, 0.0099)
    ('7590 ± 120', '2.7733 ± 0.0099')
    >>> format_measurement(12.31, None)
    '12.3 (uncertainty not available)'
    """
    if value is None or not math.isfinite(value):
        return NOT_AVAILABLE
    if uncertainty is None or not math.isfinite(uncertainty) or uncertainty < 0:
        return f"{format_number(value)} (uncertainty {NOT_AVAILABLE})"
    if uncertainty == 0:
        return f"{format_number(value, digits=4)} ± 0"
    place = _place(uncertainty, 2)
    largest = max(_exponent(value) if value else place + 1, place + 1)
    if largest - place >= _MOST_DIGITS:
        place = largest - _MOST_DIGITS + 1
    shown, spread = _rounded(value, place), _rounded(uncertainty, place)
    if not -4 <= largest < 9:
        shown, spread, place = shown.scaleb(-largest), spread.scaleb(-largest), place - largest
        inside = f"{_grouped(shown, place)} ± {_spread(spread, place)}"
        return f"({inside}){_power(largest)}"
    return f"{_grouped(shown, place)} ± {_spread(spread, place)}"


def _spread(spread: Decimal, place: int) -> str:
    """An uncertainty; one that is lost in the value's digits is said to be under the last."""
    if spread == 0:
        return f"<{_grouped(Decimal(1).scaleb(place), place)}"
    return _grouped(spread, place)


def format_percent(share: float | None) -> str:
    r"""Write a share in per cent: two digits below 10 %, whole per cent from there.

    Examples
    --------
    >>> format_percent(0.0432), format_percent(0.123), format_percent(None)
    ('4.3\u202f%', '12\u202f%', 'not available')
    """
    if share is None or not math.isfinite(share):
        return NOT_AVAILABLE
    percent = 100 * share
    if abs(percent) >= _LARGEST:
        return f"{format_number(percent)}{_THIN}%"
    place = 0 if abs(percent) >= 9.95 else -1
    return f"{_grouped(_rounded(percent, place), place)}{_THIN}%"


def format_hours(hours: float | None) -> str:
    """Write a time since the administration, in hours to a tenth.

    Examples
    --------
    >>> format_hours(1.0), format_hours(96.52)
    ('1.0 h', '96.5 h')
    """
    if hours is None or not math.isfinite(hours):
        return NOT_AVAILABLE
    if abs(hours) >= _LARGEST:
        return f"{format_number(hours)} h"
    return f"{_grouped(_rounded(hours, -1), -1)} h"


def format_relative(value: float | None, uncertainty: float | None) -> str:
    r"""Write an uncertainty as a share of its value; "not available" where either is not there.

    Examples
    --------
    >>> format_relative(50.0, 6.0)
    '12\u202f%'
    """
    if not is_number(value) or not is_number(uncertainty) or not value or uncertainty is None:
        return NOT_AVAILABLE
    return format_percent(abs(uncertainty / value))
