"""Laboratory values as they were recorded: exact decimals with a unit."""

import re
from dataclasses import dataclass
from decimal import Decimal

from hevesy.errors import TrialError

__all__ = ["LaboratoryValue", "known_unit", "parse_laboratory_value"]

_VALUE = re.compile(
    r"(\d+(?:\.\d+)?|\.\d+)(?:\s*[x×*]\s*(?=10)|\s+(?=10[\^e*⁹³])|\s*(?![\d.,\s]))(.*)"
)
_MOST_DIGITS = 15  # products of two such numbers are exact in the 28 digits of decimals
_COUNT = {  # to 10^9/L
    "10^9/l": "1", "10e9/l": "1", "10*9/l": "1", "giga/l": "1", "gpt/l": "1",
    "10^3/ul": "1", "10*3/ul": "1", "10e3/ul": "1", "k/ul": "1", "10^3/mm3": "1",
    "/mm3": "0.001", "/ul": "0.001", "cells/ul": "0.001", "cells/mm3": "0.001",
    "10^6/l": "0.001", "10*6/l": "0.001",
    "gi/l": "1",  # as CDISC's controlled terms write 10^9/L
}  # fmt: skip
_UNITS: dict[str, tuple[str, str]] = {  # as written: (canonical, exact factor to it)
    **{name: ("10^9/L", factor) for name, factor in _COUNT.items()},
    "g/l": ("g/L", "1"),
    "g/dl": ("g/L", "10"),
    "g/100ml": ("g/L", "10"),
    "mg/dl": ("mg/dL", "1"),
    "mmol/l": ("mmol/L", "1"),
    "umol/l": ("mmol/L", "0.001"),
    "meq/l": ("meq/L", "1"),
    "u/l": ("U/L", "1"),
    "iu/l": ("U/L", "1"),
    "s": ("s", "1"),
    "sec": ("s", "1"),
    "": ("", "1"),
    "ml/min": ("mL/min", "1"),
    "ph": ("", "1"),
    "inr": ("", "1"),
}

_OTHER_UNITS = frozenset({  # of tests without cut-offs in the unit, and of vital signs
    "%", "1", "ratio", "score", "fl", "pg", "l/l", "10^12/l", "10*12/l", "ti/l", "t/l", "10^6/ul",
    "10*6/ul", "10^3/ul", "g", "kg", "cm", "m", "mm", "kg/m2", "m2", "mmhg", "kpa", "/min",
    "beats/min", "breaths/min", "bpm", "degc", "\N{DEGREE SIGN}c", "c", "ms", "mm/h", "mg/l",
    "ug/l", "ug/dl", "ug/ml", "ng/l", "ng/dl", "ng/ml", "pg/ml", "pmol/l", "nmol/l", "fmol",
    "fmol(fe)", "mu/l", "miu/l", "miu/ml", "uiu/ml", "ku/l", "u/ml", "iu/ml", "kat/l", "ukat/l",
    "nkat/l", "mosm/kg", "ml/min/1.73m2", "ml", "l", "g/24h", "mg/24h", "mg/g", "mg/mmol",
    "l/min",
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LaboratoryValue:
    """A recorded value, exact.

    Parameters
    ----------
    amount : Decimal
        In `unit`; not negative.
    unit : str
        10^9/L, g/L, mg/dL, mmol/L, U/L, s, mL/min, nothing (pH), or a unit that only ratios use.
    text : str
        As it was written.

    Raises
    ------
    TrialError
        The amount is negative or not finite.

    Examples
    --------
    >>> LaboratoryValue(amount=Decimal("0.9"), unit="10^9/L", text="900 /mm3").amount
    Decimal('0.9')
    """

    amount: Decimal
    unit: str
    text: str

    def __post_init__(self) -> None:
        if not self.amount.is_finite() or self.amount < 0:
            raise TrialError(
                "a laboratory value can't be negative or infinite",
                got=self.text,
                remedy="write the recorded number",
            )


def parse_laboratory_value(
    text: str, what: str = "the value", *, unit_of: LaboratoryValue | None = None
) -> LaboratoryValue:
    """Read a number and its unit, without rounding.

    Counts become 10^9/L, g/dL becomes g/L and µmol/L becomes mmol/L, each by an exact power of
    ten. mg/dL and mmol/L are never turned into each other: CTCAE states cut-offs in both.

    Parameters
    ----------
    text : str
        Such as ``"0.9 10^9/L"``, ``"900 /mm3"``, ``"9.8 g/dL"``.
    what : str
        For messages.
    unit_of : LaboratoryValue, optional
        A bare number is taken in the unit that this value was written in.

    Returns
    -------
    LaboratoryValue

    Raises
    ------
    TrialError
        No plain number (a decimal comma, a "<" of a detection limit, a thousands separator).

    Examples
    --------
    >>> parse_laboratory_value("900 /mm3").amount
    Decimal('0.900')
    >>> parse_laboratory_value("9.8 g/dL")
    LaboratoryValue(amount=Decimal('98.0'), unit='g/L', text='9.8 g/dL')
    """
    match = _VALUE.fullmatch(text.strip())
    if match is None or len(match.group(1)) > _MOST_DIGITS:
        raise TrialError(
            f"{what} must be a plain number and its unit",
            got=text.strip(),
            allowed='such as "0.9 10^9/L"; a decimal point, no comma, no "<"',
            remedy="write the number that the laboratory reported",
        )
    number, written = match.group(1), match.group(2)
    if not written.strip() and unit_of is not None:
        written = _unit_text(unit_of.text)
    canonical, factor = _UNITS.get(_key(written), (written.strip(), "1"))
    return LaboratoryValue(
        amount=Decimal(number) * Decimal(factor), unit=canonical, text=text.strip()
    )


def known_unit(text: str) -> bool:
    """Whether this is a unit of laboratory values or vital signs; case and blanks don't count.

    Examples
    --------
    >>> known_unit("10^9/L"), known_unit("mmHg"), known_unit("10^9 L")
    (True, True, False)
    """
    key = _key(text)
    return key in _OTHER_UNITS or (bool(key) and key in _UNITS)


def _key(written: str) -> str:
    key = re.sub(r"\s+", "", written).replace("µ", "u").replace("μ", "u").lower()
    return key.replace("mm³", "mm3").replace("10⁹", "10^9").replace("10³", "10^3")


def _unit_text(text: str) -> str:
    match = _VALUE.fullmatch(text)
    return match.group(2) if match else ""
